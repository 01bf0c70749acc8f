"""Ends the queries of clients that have left, also while nothing is sent to them yet.

One thread watches the sockets of all requests that have a query. A client has left when its side
of the connection is shut down or reset. So one that sends a request and shuts down its writing
side at once (``nc -N``) gets no answer: from outside it cannot be told from one that is gone, and
most servers and proxies take it so. What a client sends on behind its request is left unread.

Sockets come from gunicorn (``gunicorn.socket`` in the WSGI environment). Under other servers, and
on systems without epoll, nothing is watched.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import uuid4

from flask import has_request_context, request

from server.engine import Answer, Engine, Limits, Query
from server.observing import HasLoad, Load

AGAIN_SECONDS = 0.05
"""When to cancel again where the query was not yet, or no longer, to be found."""


@dataclass(slots=True, eq=False)
class _Watch:
    """A socket, and what to do when its client leaves.

    Attributes:
        descriptor: a duplicate of the socket's own: nobody else closes it.
    """

    descriptor: int
    cancel: Callable[[], bool]
    left: bool = False


class Watcher:
    """Watches sockets in a thread that starts with the first one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: dict[int, _Watch] = {}
        self._poll: select.epoll | None = None

    def add(self, descriptor: int, cancel: Callable[[], bool]) -> _Watch | None:
        """Watches a socket until `remove`; None where that cannot be done.

        Args:
            descriptor: the socket's.
            cancel: called when the client has left, and again until it returns True.
        """
        if not hasattr(select, "epoll"):
            return None
        with self._lock:
            if self._poll is None:
                self._poll = select.epoll()
                threading.Thread(target=self._run, name="clients", daemon=True).start()
            try:
                watch = _Watch(os.dup(descriptor), cancel)
            except OSError:
                return None  # the connection is closed already
            self._watches[watch.descriptor] = watch
            # No EPOLLIN: a client may send its next request meanwhile. Errors are always told.
            self._poll.register(watch.descriptor, select.EPOLLRDHUP | select.EPOLLONESHOT)
        return watch

    def remove(self, watch: _Watch) -> None:
        """Ends a watch. May be called more than once."""
        with self._lock:
            if self._watches.get(watch.descriptor) is watch:
                assert self._poll is not None
                del self._watches[watch.descriptor]
                self._poll.unregister(watch.descriptor)
                os.close(watch.descriptor)

    def _run(self) -> None:
        assert self._poll is not None
        again = False
        while True:
            events = self._poll.poll(AGAIN_SECONDS if again else None)
            with self._lock:
                for descriptor, _ in events:
                    # A watch may have been removed, and its number given away, since.
                    with contextlib.suppress(KeyError):
                        self._watches[descriptor].left |= _gone(descriptor)
                left = [watch for watch in self._watches.values() if watch.left]
            for watch in left:
                watch.left = not watch.cancel()
            again = any(watch.left for watch in left)


def _gone(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLRDHUP)
    return bool(poll.poll(0))


class Watching:
    """See `server.engine.Engine`: cancels the queries whose clients have left.

    Args:
        engine: what answers; it is closed with this.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._watcher = Watcher()

    def run(self, query: Query, limits: Limits) -> Answer:
        """Starts a query and watches the client of the request that it is for."""
        socket = request.environ.get("gunicorn.socket") if has_request_context() else None
        if socket is None:
            return self._engine.run(query, limits)
        query = replace(query, id=query.id or uuid4().hex)
        watch = self._watcher.add(socket.fileno(), lambda: self._engine.cancel(query.id))
        if watch is None:
            return self._engine.run(query, limits)
        try:
            answer = self._engine.run(query, limits)
        except BaseException:
            self._watcher.remove(watch)
            raise

        def close() -> None:
            self._watcher.remove(watch)
            answer.close()

        def chunks() -> Iterator[bytes]:
            try:
                yield from answer.chunks
            finally:
                close()

        return replace(answer, chunks=chunks(), close=close)

    def cancel(self, query_id: str) -> bool:
        """Ends a running query."""
        return self._engine.cancel(query_id)

    def release(self) -> str:
        """The id of the release that the next query is answered from."""
        return self._engine.release()

    def load(self) -> Load:
        """How busy the engine is; all zero if it does not know."""
        return self._engine.load() if isinstance(self._engine, HasLoad) else Load(0, 0, 0)

    def close(self) -> None:
        """Closes the engine."""
        self._engine.close()
