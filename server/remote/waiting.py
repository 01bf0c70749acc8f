"""When waiting ends: at a moment, or when somebody has had enough."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from server.remote import FailureKind, RemoteError


class OutOfTimeError(Exception):
    """The deadline has passed."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment, in `time.monotonic`'s seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The moment so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """The seconds until then; more than 0.

        Raises:
            OutOfTimeError: there are none.
        """
        seconds = self.seconds
        if not seconds:
            raise OutOfTimeError
        return seconds

    @property
    def seconds(self) -> float:
        """The seconds until then; 0 if it has passed."""
        return max(self.at - time.monotonic(), 0.0)

    def or_after(self, seconds: float) -> Deadline:
        """The earlier one of this and the moment so many seconds from now."""
        return min(self, Deadline.after(seconds), key=lambda deadline: deadline.at)


class Cancel:
    """Ends exchanges from another thread; all methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._ends: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Ends all exchanges that were begun with this, and those that will be."""
        with self._lock:  # held, so that nothing is ended that was let go of meanwhile
            self._event.set()
            for end in self._ends:
                end()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """Waits, no longer than until `cancel` is called."""
        self._event.wait(seconds)

    def watch(self, end: Callable[[], None]) -> None:
        """Has something called by `cancel`, which must not take long.

        Raises:
            RemoteError: it was called already (`FailureKind.CANCELLED`).
        """
        with self._lock:
            self.check()
            self._ends.append(end)

    def forget(self, end: Callable[[], None]) -> None:
        """Undoes `watch`; `end` is not running when this returns. May be called more than once."""
        with self._lock, suppress(ValueError):
            self._ends.remove(end)

    @contextmanager
    def watching(self, end: Callable[[], None]) -> Iterator[None]:
        """`watch` for a while.

        Raises:
            RemoteError: `cancel` was called before or meanwhile (`FailureKind.CANCELLED`).
        """
        self.watch(end)
        try:
            yield
        finally:
            self.forget(end)
        self.check()

    def check(self) -> None:
        """Raises RemoteError if `cancel` was called."""
        if self.cancelled:
            raise RemoteError(FailureKind.CANCELLED, "the request was cancelled")
