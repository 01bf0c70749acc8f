"""Files that are whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rdfconv.errors import RdfconvError

STDOUT = "-"
"""The file name that stands for standard output."""
BUFFER = 1 << 20


def write_pieces(path: str, pieces: Iterable[bytes]) -> None:
    """Writes pieces one after the other; compressed with gzip if the name ends in ``.gz``.

    The bytes depend on the pieces alone: the gzip header holds no name and no time.

    Raises:
        RdfconvError: the file cannot be written; the one that was there before is untouched.
    """
    if path == STDOUT:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    with atomic(Path(path)) as stream:
        if path.endswith(".gz"):
            with gzip.GzipFile(
                filename="", fileobj=stream, mode="wb", mtime=0, compresslevel=6
            ) as z:
                _write(z, pieces)
        else:
            _write(stream, pieces)


def _write(stream: BinaryIO | gzip.GzipFile, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        stream.write(piece)


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its name only when all went well.

    Raises:
        RdfconvError: it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb", buffering=BUFFER) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise RdfconvError(
            f"cannot write {path}: {error.strerror or error}",
            hint="check the folder and the space left; nothing was changed",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
