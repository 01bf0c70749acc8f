"""Processes that work on items in turn and hand back the results in the items' order.

Item *i* goes to worker *i* modulo their number. Each worker keeps what it has learned (caches,
counts) until the end, when it can be asked for it; so little has to travel between processes.
"""

from __future__ import annotations

import mmap
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from rdfconv.errors import RdfconvError

Item = TypeVar("Item", contravariant=True)
Result = TypeVar("Result", covariant=True)
Question = TypeVar("Question", contravariant=True)
Answer = TypeVar("Answer", covariant=True)

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
_WORK, _ANSWER = "work", "answer"
SLOT_BYTES = 1 << 25
"""How many bytes of a result travel in shared memory; larger ones go through the pipe, where the
worker has to wait until they are taken."""
Buffer = bytes | memoryview
AHEAD = 2
"""How many items a worker may have before it: one to work on, one to go on with."""


class Task(Protocol[Item, Result, Question, Answer]):
    """What a worker does."""

    def work(self, item: Item) -> tuple[Result, bytes]:
        """Works on an item; the bytes of the result travel without being packed."""

    def answer(self, question: Question) -> Answer:
        """Answers from what the worker has gathered over all its items."""


class Workers(Generic[Item, Result, Question, Answer]):
    """A number of worker processes, or the process itself if the number is 1.

    Args:
        count: how many.
        start: makes the task; called in each process.

    Use it as a context manager: it ends the processes, at once if there was an error.
    """

    def __init__(
        self, count: int, start: Callable[[], Task[Item, Result, Question, Answer]]
    ) -> None:
        self._task = start() if count == 1 else None
        context = get_context("fork")
        self._processes = []
        self._pipes: list[Connection] = []
        self._slots: list[list[mmap.mmap]] = []
        # An interrupt waits until each process is known here and has set its own handlers.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
        try:
            for _ in range(count if count > 1 else 0):
                ours, theirs = context.Pipe()
                slots = [mmap.mmap(-1, SLOT_BYTES) for _ in range(AHEAD)]
                process = context.Process(target=_serve, args=(theirs, start, slots, blocked))
                self._pipes.append(ours)
                self._slots.append(slots)
                process.start()
                theirs.close()
                self._processes.append(process)
        except OSError as error:
            self.__exit__(OSError)
            raise RdfconvError(
                f"cannot start a worker process: {error.strerror}", hint="use fewer --jobs"
            ) from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def map(self, items: Iterable[Item]) -> Iterator[tuple[Result, Buffer]]:
        """The results, in the order of the items.

        The bytes of a result may lie in memory shared with the worker: they are to be used before
        the next result is asked for.

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
            self._send(sent % count, _WORK, item)
            sent += 1
        for index in range(max(0, sent - AHEAD * count), sent):
            yield self._receive(index % count)

    def ask(self, question: Question) -> list[Answer]:
        """The answer of each worker; to be asked when all results are there."""
        if self._task is not None:
            return [self._task.answer(question)]
        for index in range(len(self._pipes)):
            self._send(index, _ANSWER, question)
        return [self._receive(index)[0] for index in range(len(self._pipes))]

    def __enter__(self) -> Workers[Item, Result, Question, Answer]:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            for process in self._processes:
                process.terminate()
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join()

    def _send(self, index: int, method: str, argument: object) -> None:
        try:
            self._pipes[index].send((method, argument))
        except OSError:
            raise self._ended(index) from None

    def _receive(self, index: int) -> tuple[Any, Buffer]:
        pipe = self._pipes[index]
        try:
            result, slot, length = pipe.recv()
            data: Buffer = b""
            if slot is not None:
                data = memoryview(self._slots[index][slot])[:length]
            elif length:
                data = pipe.recv_bytes()
        except (EOFError, OSError):  # an OSError if it ended in the middle of a message
            raise self._ended(index) from None
        if isinstance(result, BaseException):
            raise result
        return result, data

    def _ended(self, index: int) -> RdfconvError:
        process = self._processes[index]
        process.join(1)
        return RdfconvError(
            f"a worker process ended unexpectedly (exit code {process.exitcode})",
            hint="if it was killed for want of memory, use fewer --jobs",
        )


def _serve(
    pipe: Connection,
    start: Callable[[], Task[Any, Any, Any, Any]],
    slots: list[mmap.mmap],
    mask: set[signal.Signals],
) -> None:
    """The life of a worker process: it ends when its pipe does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process stops its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    _close_inherited(pipe.fileno())
    # Receiving in a thread: while a large result is being sent, the next item can arrive, or
    # both sides would wait for each other.
    messages: queue.SimpleQueue[tuple[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, messages), daemon=True).start()
    with suppress(BrokenPipeError):
        try:
            task = start()
            turn = 0
            while message := messages.get():
                method, argument = message
                if method == _ANSWER:
                    pipe.send((task.answer(argument), None, 0))
                    continue
                result, data = task.work(argument)
                # The main process sends no further item before it has used the result that lay
                # in this slot, so it is free.
                slot, turn = turn, (turn + 1) % AHEAD
                if len(data) <= SLOT_BYTES:
                    slots[slot][: len(data)] = data
                    pipe.send((result, slot, len(data)))
                else:
                    pipe.send((result, None, len(data)))
                    pipe.send_bytes(data)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, the main process raises it)
            pipe.send((error, None, 0))


def _close_inherited(own: int) -> None:
    """Closes what the main process had open: the others' pipes, its files, the build's lock.

    A worker may outlive a main process that was killed by a moment; what that one held must not.
    """
    for number in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        if number not in (0, 1, 2, own):
            with suppress(OSError):
                os.close(number)


def _listen(pipe: Connection, messages: queue.SimpleQueue[tuple[str, Any] | None]) -> None:
    try:
        while True:
            messages.put(pipe.recv())
    except (EOFError, OSError):
        messages.put(None)
