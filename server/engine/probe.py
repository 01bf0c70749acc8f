"""Whether another endpoint answers, for those who ask often."""

from __future__ import annotations

import threading
import time
from http import HTTPStatus

from server.engine import EngineError, ErrorKind
from server.remote import Caps, Remote, RemoteError
from server.remote.client import Cancel, Client
from server.remote.results import ACCEPT

QUESTION = "ASK { }"
CAPS = Caps(5.0, connect_seconds=2.0, size=1 << 16)
KEPT_SECONDS = 3.0
"""How long what was found is told again, before the endpoint is asked again."""


class Probe:
    """Asks an endpoint whether it answers. All methods may be called from any thread.

    Args:
        url: the endpoint.
        agent: what we call ourselves.
    """

    def __init__(self, url: str, agent: str) -> None:
        self._remote = Remote(url, private=True)
        self._client = Client(agent, pause=0)
        self._lock = threading.Lock()
        self._asked: float | None = None
        self._failure = ""

    def check(self) -> None:
        """Raises what is wrong, if something is. While one thread asks, others are told what was
        found before.

        Raises:
            EngineError: the endpoint does not answer.
        """
        if self._lock.acquire(blocking=self._asked is None):
            try:
                if self._asked is None or time.monotonic() - self._asked > KEPT_SECONDS:
                    self._failure = self._found()
                    self._asked = time.monotonic()
            finally:
                self._lock.release()
        if self._failure:
            raise EngineError(ErrorKind.UNAVAILABLE, f"no answers: {self._failure}")

    def close(self) -> None:
        """Closes the connection that is kept."""
        self._client.close()

    def _found(self) -> str:
        try:
            with self._client.post(self._remote, QUESTION, ACCEPT, CAPS, Cancel()) as reply:
                while reply.read(CAPS.size):
                    pass
        except RemoteError as error:
            # Some know no ASK without a pattern; they say so, and so they are there.
            return "" if error.status == HTTPStatus.BAD_REQUEST else error.message
        return ""
