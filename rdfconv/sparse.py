"""Memory for numbers that may be large but are few: only what is written takes room."""

from __future__ import annotations

import mmap
import sys

_NO_RESERVE = 0x4000 if sys.platform == "linux" else 0
"""MAP_NORESERVE, which Python does not name: without it the system may refuse room for all."""


def sparse(size: int, *, shared: bool = False) -> mmap.mmap:
    """Zeros, of which only the pages that are written take memory.

    Args:
        size: how many bytes.
        shared: whether processes that are forked from this one see what it writes, and it what
            they write.

    Raises:
        OSError: there is no such room.

    >>> memory = sparse(10**9)
    >>> memory[123_456_789] = 7
    >>> memory[123_456_789], memory[5]
    (7, 0)
    """
    kind = mmap.MAP_SHARED if shared else mmap.MAP_PRIVATE
    return mmap.mmap(-1, size, flags=kind | mmap.MAP_ANONYMOUS | _NO_RESERVE)
