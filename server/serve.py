"""Runs the application under gunicorn: one web process with threads, which owns the workers."""

from __future__ import annotations

import logging
import socket
import struct
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from rdfconv.config import Settings
from rdfconv.release import open_release
from server import create_app
from server.engine import EngineError
from server.engine.embedded import EmbeddedEngine

RECEIVE_SECONDS = 10
"""How long a client may pause in the middle of a request."""
SEND_SECONDS = 30
"""How long a client may take nothing of an answer."""
GRACE_SECONDS = 10
"""How long requests may go on when the server is told to stop."""


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT; logs one line, ``listening at http://...``, when ready.

    Raises:
        ReleaseError: there is no release to serve.
    """
    open_release(Path(settings.release))
    _Server(settings).run()


class _Log(Logger):
    """gunicorn's log on standard error, without its own chatter."""

    def info(self, msg: object, *args: Any, **kwargs: Any) -> None:
        super().debug(msg, *args, **kwargs)

    def exception(self, msg: object, *args: Any, **kwargs: Any) -> None:
        # What a client's silence raises after RECEIVE_SECONDS or SEND_SECONDS is no error of ours.
        error = sys.exc_info()[1]
        if isinstance(error, BlockingIOError):
            super().debug(msg, *args, **kwargs)
        elif isinstance(error, EngineError):
            super().warning("an answer broke off: %s", error)
        else:
            super().exception(msg, *args, **kwargs)


class _Server(BaseApplication):
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine: EmbeddedEngine | None = None
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        options = {
            "bind": f"{host}:{self._settings.port}",
            "worker_class": "gthread",
            # The limits and the pool are those of one process; more machines, not more of these.
            "workers": 1,
            "threads": max(self._settings.threads, 1),
            "keepalive": 15,
            "timeout": 120,
            "graceful_timeout": GRACE_SECONDS,
            "limit_request_line": 8190,
            "logger_class": _Log,
            "control_socket_disable": True,
            "when_ready": _listening,
            "worker_exit": self._stop,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        # Called in the web process: the engine's processes and threads must not be forked.
        logging.getLogger("rdfconv").handlers = logging.getLogger("gunicorn.error").handlers
        self._engine = EmbeddedEngine(self._settings)
        return create_app(self._settings, self._engine)

    def _stop(self, arbiter: Any, worker: Any) -> None:
        if self._engine is not None:
            self._engine.close()


def _listening(arbiter: Any) -> None:
    for listener in arbiter.LISTENERS:
        # The sockets of its connections inherit these limits.
        for option, seconds in (
            (socket.SO_RCVTIMEO, RECEIVE_SECONDS),
            (socket.SO_SNDTIMEO, SEND_SECONDS),
        ):
            listener.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))
        arbiter.log.error_log.info("listening at %s", listener)
