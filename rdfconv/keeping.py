"""A server process of ours that is started again when it ends by itself."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable

SECONDS_BETWEEN = 600.0
"""A process that ends again within this time stays ended: somebody has to look at it."""


class Kept:
    """A process, which is the same one or its successor.

    Args:
        name: what it is called.
        start: starts it.
    """

    def __init__(self, name: str, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._name = name
        self._start = start
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._ending = False
        self._thread: threading.Thread | None = None
        self._process = start()

    @property
    def runs(self) -> bool:
        """Whether it runs now."""
        return self._process.poll() is None

    def watch(self, say: Callable[[str], None]) -> None:
        """Begins to start it again when it ends, once in `SECONDS_BETWEEN`.

        Args:
            say: told that it has ended, and what is done about it.
        """
        self._thread = threading.Thread(target=self._watch, args=(say,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Ends it for good, and waits. Does nothing in a process that was forked off."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            self._ending = True
        self._process.terminate()
        self._process.wait()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, say: Callable[[str], None]) -> None:
        # This thread does not end before the process that it starts: the system tells a process of
        # the end of the thread that has started it.
        soonest = 0.0
        while True:
            self._process.wait()
            with self._lock:
                if self._ending:
                    return
                if time.monotonic() < soonest:
                    say(f"{self._name} has ended again; start the server again")
                    return
                soonest = time.monotonic() + SECONDS_BETWEEN
                say(f"{self._name} has ended; it is started again")
                self._process = self._start()
