"""Files that are whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import ctypes
import gzip
import os
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from rdfconv.errors import RdfconvError

STDOUT = "-"
"""The file name that stands for standard output."""
BUFFER = 1 << 20
AHEAD_BYTES = 1 << 25
"""After how many bytes a file begins to go to the disk, so that little is left at its end."""
_SYNC_FILE_RANGE_WRITE = 2


def write_pieces(path: str, pieces: Iterable[bytes | memoryview]) -> None:
    """Writes pieces one after the other; compressed with gzip if the name ends in ``.gz``.

    The bytes depend on the pieces alone: the gzip header holds no name and no time.

    Raises:
        RdfconvError: the file cannot be written; the one that was there before is untouched.
        BrokenPipeError: whoever read the output went away.
    """
    with _opened(path) as stream:
        if path.endswith(".gz"):
            with gzip.GzipFile(
                filename="", fileobj=stream, mode="wb", mtime=0, compresslevel=6
            ) as z:
                _write(z, pieces)
        else:
            _write(stream, pieces)


def _write(stream: BinaryIO | gzip.GzipFile, pieces: Iterable[bytes | memoryview]) -> None:
    behind = 0
    try:
        for piece in pieces:
            stream.write(piece)
            behind += len(piece)
            if behind >= AHEAD_BYTES:
                _begin_to_sync(stream.fileno())
                behind = 0
    finally:
        if isinstance(pieces, Generator):
            pieces.close()  # ends the processes that convert, also if the error is kept


def _begin_to_sync(descriptor: int) -> None:
    """Has the system begin to put a file on the disk, and does not wait for it.

    Python has no function for that; where the C library has none either (it is Linux's), nothing
    happens, and the sync at the end takes longer. Standard output that is no file ignores it.
    """
    begin = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if begin is not None:
        everything = ctypes.c_int64(0)
        begin(descriptor, everything, everything, _SYNC_FILE_RANGE_WRITE)


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """What to write into: only a file can appear at once, not standard output or a device."""
    if path == STDOUT:
        sys.stdout.flush()
        with _told("standard output"), open(sys.stdout.fileno(), "wb", closefd=False) as stream:
            yield stream
        return
    with _told(path):
        whole = Path(path).is_file() or not Path(path).exists()
    if whole:
        with atomic(Path(path)) as stream:
            yield stream
    else:
        with _told(path), open(path, "wb") as stream:
            yield stream


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turns what goes wrong while a file is written into an error that names it."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RdfconvError(
            f"cannot write {name}: {error.strerror or error}",
            hint="check the folder and the space left; nothing was changed",
        ) from error


@contextmanager
def atomic(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A file to write that takes its name only when all went well.

    Args:
        path: the file.
        durable: wait until it is on the disk; too slow for a hundred thousand small files.

    Raises:
        RdfconvError: it cannot be written.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    with _told(str(path)):
        try:
            with temporary.open("wb", buffering=BUFFER) as stream:
                yield stream
                stream.flush()
                if durable:
                    os.fsync(stream.fileno())
            temporary.replace(target)
        finally:
            with suppress(FileNotFoundError, NotADirectoryError):
                temporary.unlink()
