"""Reads a release's files ahead, so that the first queries find them in memory.

A store on disk is read in blocks as queries need them. A transcription factor with twenty thousand
edges takes two seconds the first time, nearly all of it waiting for the disk, and half a second
once the system has the files in its page cache. To read them all takes about as long as ten such
queries, and can be done before anybody asks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from rdfconv.release import STORE, Release
from server.engine.memory import available

_LOG = logging.getLogger("rdfconv.engine")
_AT_ONCE = 1 << 20
"""How many bytes are read at a time."""
_FILES = ("*.sqlite", f"{STORE}/*")
PART = 2
"""Up to half of the memory that is available is filled; the system takes it back as it needs it."""


def begin(release: Release, stopped: Callable[[], bool]) -> None:
    """Reads a release's tables and its store ahead, in a thread of its own.

    Args:
        release: the release.
        stopped: tells when to give up.
    """

    def run() -> None:
        start = time.monotonic()
        files = (path for glob in _FILES for path in sorted(release.path.glob(glob)))
        read = read_ahead(files, available() // PART, stopped)
        seconds = time.monotonic() - start
        _LOG.info("read %.1f MB of release %s ahead in %.1f s", read / 1e6, release.id, seconds)

    threading.Thread(target=run, name="warming", daemon=True).start()


def read_ahead(
    files: Iterable[Path], room: int, stopped: Callable[[], bool] = lambda: False
) -> int:
    """Reads files; what cannot be read is left to who needs it.

    Args:
        files: the files.
        room: how many bytes to read at most.
        stopped: tells when to give up.

    Returns:
        How many bytes were read.
    """
    buffer = memoryview(bytearray(_AT_ONCE))
    read = 0
    for path in files:
        with suppress(OSError), path.open("rb", buffering=0) as stream:
            while read < room and not stopped():
                size = stream.readinto(buffer[: room - read])
                if not size:
                    break
                read += size
    return read
