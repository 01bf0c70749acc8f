"""Ends the queries of clients that have left, also while nothing is sent to them yet.

One thread watches the sockets of all requests that have a query. A client has left when its side
of the connection is shut down or reset. So one that sends a request and shuts down its writing
side at once (``nc -N``) gets no answer: from outside it cannot be told from one that is gone, and
most servers and proxies take it so. What a client sends on behind its request is left unread.

Sockets come from gunicorn (``gunicorn.socket`` in the WSGI environment). Under other servers, and
on systems that are not Linux, nothing is watched.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from uuid import uuid4

from flask import has_request_context, request

from server.engine import Answer, Engine, Limits, Query, ending
from server.observing import Load, load_of

LOOK_SECONDS = 0.05
"""How often it is looked who has left; also when to cancel again where the query was not yet, or no
longer, to be found. Most queries are done before the first look, and cost nothing here."""


@dataclass(slots=True, eq=False)
class _Watch:
    """A socket, and what to do when its client leaves."""

    descriptor: int
    cancel: Callable[[], bool]
    cancelled: bool = False


class Watcher:
    """Watches sockets in a thread that starts with the first one.

    There is no lock: a thread that waited for one would have to get the interpreter's own back as
    well, time and again. Adding to a dictionary and taking from it are single steps.
    """

    def __init__(self) -> None:
        self._watches: dict[_Watch, None] = {}
        self._some = threading.Event()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, descriptor: int, cancel: Callable[[], bool]) -> _Watch:
        """Watches a socket until `remove`, which must come before it is closed.

        Args:
            descriptor: the socket's.
            cancel: called when the client has left, and again until it returns True.
        """
        watch = _Watch(descriptor, cancel)
        self._watches[watch] = None
        if self._thread is None:
            with self._start:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="clients", daemon=True)
                    self._thread.start()
        if not self._some.is_set():
            self._some.set()
        return watch

    def remove(self, watch: _Watch) -> None:
        """Ends a watch. May be called more than once."""
        self._watches.pop(watch, None)

    def look(self) -> bool:
        """Cancels the queries of those who have left; whether there were any since the last look.

        May be called by any thread: at worst a query is cancelled twice.
        """
        watches = list(self._watches)
        left = _gone({watch.descriptor for watch in watches})
        some = False
        for watch in watches:
            # As long as it is watched, its socket is open and the number is its own.
            is_left = watch.descriptor in left and watch in self._watches
            if is_left and not watch.cancelled and watch.cancel():
                watch.cancelled = some = True
        return some

    def _run(self) -> None:
        while True:
            self._some.wait()
            time.sleep(LOOK_SECONDS)
            if self._watches:
                self.look()
                continue
            self._some.clear()
            if self._watches:  # added in between
                self._some.set()


def _gone(descriptors: Iterable[int]) -> set[int]:
    """The sockets whose client has shut down its side, or reset the connection."""
    poll = select.poll()
    for descriptor in descriptors:
        # No POLLIN: a client may send its next request meanwhile. Errors are always told.
        poll.register(descriptor, select.POLLRDHUP)
    return {descriptor for descriptor, event in poll.poll(0) if not event & select.POLLNVAL}


class Watching:
    """See `server.engine.Engine`: cancels the queries whose clients have left.

    Args:
        engine: what answers; it is closed with this.
        watcher: what watches the clients.
    """

    def __init__(self, engine: Engine, watcher: Watcher) -> None:
        self._engine = engine
        self._watcher = watcher

    def run(self, query: Query, limits: Limits) -> Answer:
        """Starts a query and watches the client of the request that it is for."""
        watchable = has_request_context() and hasattr(select, "POLLRDHUP")
        socket = request.environ.get("gunicorn.socket") if watchable else None
        if socket is None:
            return self._engine.run(query, limits)
        query = replace(query, id=query.id or uuid4().hex)
        watch = self._watcher.add(socket.fileno(), lambda: self._engine.cancel(query.id))
        try:
            answer = self._engine.run(query, limits)
        except BaseException:
            self._watcher.remove(watch)
            raise

        return ending(answer, lambda: self._watcher.remove(watch))

    def cancel(self, query_id: str) -> bool:
        """Ends a running query."""
        return self._engine.cancel(query_id)

    def release(self) -> str:
        """The id of the release that the next query is answered from."""
        return self._engine.release()

    def load(self) -> Load:
        """How busy the engine is; all zero if it does not know."""
        return load_of(self._engine)

    def close(self) -> None:
        """Closes the engine."""
        self._engine.close()
