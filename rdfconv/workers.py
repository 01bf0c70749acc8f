"""Processes that work on items in turn and hand back the results in the items' order.

Item *i* goes to worker *i* modulo their number. Each worker keeps what it has learned (caches,
counts) until the end, when it is asked for it once; so little has to travel between processes.
"""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Generic, Protocol, TypeVar

from rdfconv.errors import RdfconvError

Item = TypeVar("Item", contravariant=True)
Result = TypeVar("Result", covariant=True)
Rest = TypeVar("Rest", covariant=True)

AHEAD = 2
"""How many items a worker may have before it: one to work on, one to go on with."""


class Task(Protocol[Item, Result, Rest]):
    """What a worker does."""

    def work(self, item: Item) -> tuple[Result, bytes]:
        """Works on an item; the bytes of the result travel without being packed."""

    def finish(self) -> Rest:
        """What the worker has gathered over all its items."""


class Workers(Generic[Item, Result, Rest]):
    """A number of worker processes, or the process itself if the number is 1.

    Args:
        count: how many.
        start: makes the task; called in each process.

    Use it as a context manager: it ends the processes, at once if there was an error.
    """

    def __init__(self, count: int, start: Callable[[], Task[Item, Result, Rest]]) -> None:
        self._task = start() if count == 1 else None
        context = get_context("fork")
        self._processes = []
        self._pipes: list[Connection] = []
        for _ in range(count if count > 1 else 0):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, start, [*self._pipes, ours]))
            process.start()
            theirs.close()
            self._processes.append(process)
            self._pipes.append(ours)

    def map(self, items: Iterable[Item]) -> Iterator[tuple[Result, bytes]]:
        """The results, in the order of the items.

        Raises:
            RdfconvError: a worker process was killed.
            Exception: what a worker raised.
        """
        if self._task is not None:
            for item in items:
                yield self._task.work(item)
            return
        count, sent = len(self._pipes), 0
        for item in items:
            if sent >= AHEAD * count:
                yield self._receive(sent % count)
            self._send(sent % count, item)
            sent += 1
        for index in range(max(0, sent - AHEAD * count), sent):
            yield self._receive(index % count)

    def finish(self) -> Iterator[Rest]:
        """What each worker has gathered; to be asked once, when all results are there."""
        if self._task is not None:
            yield self._task.finish()
            return
        for index in range(len(self._pipes)):
            self._send(index, None)
        for index in range(len(self._pipes)):
            rest, _ = self._receive(index)
            yield rest  # type: ignore[misc]

    def __enter__(self) -> Workers[Item, Result, Rest]:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for process, pipe in zip(self._processes, self._pipes, strict=True):
            if kind is not None:
                process.terminate()
            pipe.close()
        for process in self._processes:
            process.join()

    def _send(self, index: int, item: Item | None) -> None:
        try:
            self._pipes[index].send(item)
        except OSError:
            raise self._ended(index) from None

    def _receive(self, index: int) -> tuple[Result, bytes]:
        try:
            result = self._pipes[index].recv()
            if isinstance(result, BaseException):
                raise result
            return result, self._pipes[index].recv_bytes()
        except (EOFError, ConnectionResetError):
            raise self._ended(index) from None

    def _ended(self, index: int) -> RdfconvError:
        process = self._processes[index]
        process.join(1)
        return RdfconvError(
            f"a worker process ended unexpectedly (exit code {process.exitcode})",
            hint="if it was killed for want of memory, use fewer --jobs",
        )


def _serve(
    pipe: Connection,
    start: Callable[[], Task[Item, Result, Rest]],
    others: list[Connection],
) -> None:
    """The life of a worker process: it ends when its pipe does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process stops its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:  # else this process would keep the others' pipes open
        other.close()
    # Receiving in a thread: while a large result is being sent, the next item can arrive, or
    # both sides would wait for each other.
    items: queue.SimpleQueue[Item | EOFError | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, items), daemon=True).start()
    with suppress(BrokenPipeError):
        try:
            task = start()
            while not isinstance(item := items.get(), EOFError):
                result, data = (task.finish(), b"") if item is None else task.work(item)
                pipe.send(result)
                pipe.send_bytes(data)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, the main process raises it)
            pipe.send(error)


def _listen(pipe: Connection, items: queue.SimpleQueue[Item | EOFError | None]) -> None:
    try:
        while True:
            items.put(pipe.recv())
    except (EOFError, OSError):
        items.put(EOFError())
