"""Files made of parts: plain, or gzip members one after the other, which are a gzip file again.

Blocks are compressed in another thread, each as a member of its own, so that the bytes depend on
the content alone and not on which block was ready first.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

BLOCK = 4 << 20
"""How many bytes go into a member: with more, files get hardly smaller."""
LEVEL = 6
AHEAD = 3
"""How many blocks may wait to be compressed."""
_GZIP_WINDOW = 31
_COPIED = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A file that was written.

    Attributes:
        path: where it is.
        bytes: its size.
        sha256: its checksum, as hex.
        lines: how many lines it holds, compression aside.
    """

    path: Path
    bytes: int
    sha256: str
    lines: int


def compressed(data: bytes) -> bytes:
    """A gzip member, which holds no name and no time."""
    return zlib.compress(data, LEVEL, _GZIP_WINDOW)


class PartWriter:
    """Writes a part; used as a context manager.

    Args:
        path: the file.
        pool: what compresses; None writes it as it is.
    """

    def __init__(self, path: Path, pool: Executor | None) -> None:
        self._path = path
        self._pool = pool
        self._stream: BinaryIO = path.open("wb")
        self._held: list[bytes] = []
        self._size = 0
        self._waiting: deque[Future[bytes]] = deque()
        self._sum = hashlib.sha256()
        self._bytes = self._lines = 0

    def write(self, data: bytes) -> None:
        """Adds whole lines."""
        self._held.append(data)
        self._size += len(data)
        if self._size >= BLOCK:
            self._flush()

    def close(self) -> Part:
        """Writes what is left."""
        self._flush()
        while self._waiting:
            self._put(self._waiting.popleft().result())
        self._stream.close()
        return Part(self._path, self._bytes, self._sum.hexdigest(), self._lines)

    def _flush(self) -> None:
        data, self._held, self._size = b"".join(self._held), [], 0
        self._lines += data.count(b"\n")
        if not data:
            return
        if self._pool is None:
            self._put(data)
            return
        self._waiting.append(self._pool.submit(compressed, data))
        while len(self._waiting) > AHEAD:
            self._put(self._waiting.popleft().result())

    def _put(self, data: bytes) -> None:
        self._stream.write(data)
        self._sum.update(data)
        self._bytes += len(data)


def joined(path: Path, pieces: Iterable[bytes | Part]) -> Part:
    """Writes pieces and parts one after the other.

    The lines of pieces do not count: they are heads of tables.
    """
    total, size, lines = hashlib.sha256(), 0, 0
    with path.open("wb") as stream:
        for piece in pieces:
            if isinstance(piece, bytes):
                stream.write(piece)
                total.update(piece)
                size += len(piece)
                continue
            lines += piece.lines
            size += piece.bytes
            with piece.path.open("rb") as source:
                while data := source.read(_COPIED):
                    stream.write(data)
                    total.update(data)
    return Part(path, size, total.hexdigest(), lines)
