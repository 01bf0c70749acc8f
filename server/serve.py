"""Runs the application under gunicorn: one web process with threads, which owns the workers."""

from __future__ import annotations

import logging
import math
import socket
import struct
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from rdfconv.config import Settings
from rdfconv.dumping import DATA_GRAPH
from rdfconv.release import RELEASES, Release, open_release
from rdfconv.virtuoso import virtuoso
from server.app import create_app
from server.clients import networks
from server.engine import EngineError
from server.engine.embedded import EmbeddedEngine
from server.engine.remote import engine_of
from server.observing import Operations
from server.wellknown import contact_address

RECEIVE_SECONDS = 10
"""How long a client may pause in the middle of a request."""
SEND_SECONDS = 30
"""How long a client may take nothing of an answer."""
OWN_ENGINE = "virtuoso"
"""What the setting ``engine`` says for a Virtuoso of our own."""
CLEANUP_SECONDS = 5
"""How long answers that are broken off may take to end, when the server is told to stop."""


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT; logs one line, ``listening at http://...``, when ready.

    After SIGTERM, no connection is taken any more, and answers that have begun go on for
    ``stop_timeout`` seconds; then they are broken off. SIGINT breaks them off at once.

    Raises:
        ReleaseError: there is no release to serve.
        UsageError: a setting cannot be used.
    """
    own = settings.engine == OWN_ENGINE
    release = open_release(Path(settings.release), with_store=own or not settings.engine)
    networks("metrics", settings.metrics)
    contact_address(settings.contact)
    if not own:
        _Server(settings, Operations(settings)).run()
        return
    with virtuoso(release, _work(release), _say, memory=settings.virtuoso_memory) as started:
        engine = f"{started.url} {DATA_GRAPH}"
        _Server(replace(settings, engine=engine), Operations(settings)).run()


def _work(release: Release) -> Path:
    """Where a Virtuoso of our own keeps its database: in the releases' folder, or beside a release
    that is in none."""
    folder = release.path.parent
    return (folder.parent if folder.name == RELEASES else folder) / "virtuoso"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


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


class _Worker(ThreadWorker):
    """gunicorn's web process, which refuses connections as soon as it is told to stop, and waits
    for no client in the thread that takes connections."""

    def handle(self, conn: Any) -> Any:
        again = super().handle(conn)
        if again is False:
            # Closing waits up to two seconds for the client to close its side. gunicorn does that
            # in the one thread that takes connections: forty idle clients stop it for a minute.
            conn.close(graceful=True)
            conn.close = _closed
        return again

    def set_accept_enabled(self, enabled: bool | None) -> None:
        super().set_accept_enabled(enabled)
        if enabled or (self.alive and self.is_parent_alive()):
            return  # it only has enough connections for now
        assert isinstance(self.app, _Server)
        self.app.begin_stop()
        for listener in self.sockets:
            # A client that is connected already must not be turned away.
            before = -1
            while before != self.nr_conns:
                before = self.nr_conns
                self.accept(listener)
            # As long as it is open the system takes connections that nobody would answer.
            listener.close()


def _closed(graceful: bool = False) -> None:
    """Closes a connection that is closed."""


class _Server(BaseApplication):
    def __init__(self, settings: Settings, operations: Operations) -> None:
        self._settings = settings
        self._operations = operations
        self._engine: EmbeddedEngine | None = None
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        options = {
            "bind": f"{host}:{self._settings.port}",
            "worker_class": _Worker,
            # The limits and the pool are those of one process; more machines, not more of these.
            "workers": 1,
            "threads": max(self._settings.threads, 1),
            "keepalive": 15,
            "timeout": 120,
            "graceful_timeout": math.ceil(self._settings.stop_timeout) + CLEANUP_SECONDS,
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
        self._engine = engine_of(self._settings)
        return create_app(self._settings, self._engine, self._operations, self._engine.check)

    def begin_stop(self) -> None:
        """Says that the server is stopping, and breaks off what still runs after a while."""
        self._operations.stopping.set()
        if self._engine is not None:
            timer = threading.Timer(self._settings.stop_timeout, self._engine.close)
            timer.daemon = True
            timer.start()

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
