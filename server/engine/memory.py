"""What the system tells of memory, in bytes."""

from __future__ import annotations

import resource
from contextlib import suppress
from pathlib import Path


def peak() -> int:
    """The most memory that this process ever held.

    Linux counts what the process that started this one held into ``ru_maxrss``, so it is asked
    only where there is nothing better.
    """
    return (
        _told(Path("/proc/self/status"), "VmHWM")
        or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    )


def available() -> int:
    """How much memory programs can have without swapping, page cache included; 0 where the system
    does not tell."""
    return _told(Path("/proc/meminfo"), "MemAvailable")


def _told(file: Path, wanted: str) -> int:
    """A number of a file of lines like ``name: 12 kB`` (proc(5)); 0 if it is not there."""
    with suppress(OSError):
        for line in file.read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            if name == wanted:
                return int(value.split()[0]) << 10
    return 0
