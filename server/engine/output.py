"""The file that a query worker has an answer written to: it sends on, counts and cuts."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, cast

from rdfconv.identifiers import BASE
from server.engine import Kind
from server.engine.cutting import RowCounter, closing, end_of_row, link_in_head
from server.engine.frames import FrameType, write_frame

WINDOW_BYTES = 64 << 10
WINDOW_SECONDS = 0.05
SPOOL_BYTES = 4 << 20
"""How much of an answer that may be cut is kept in memory; the rest goes to a temporary file."""
SLACK_BYTES = 64 << 10
"""How much below the limit of bytes a graph is cut: pyoxigraph writes in pieces."""


class TooLarge(Exception):  # noqa: N818 (it is caught here, and told as an `EngineError`)
    """The answer has reached a limit.

    Args:
        limit: what was reached, e.g. ``rows=1000``.
    """

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


class Output:
    """The file that pyoxigraph writes an answer to.

    What comes is sent on in pieces of some size. Nothing at all is sent before the first
    `WINDOW_BYTES` have come or `WINDOW_SECONDS` have passed, so that what fails early fails with
    a status and not in the middle of an answer.
    """

    def __init__(self, pipe: BinaryIO, kind: Kind, request: dict[str, Any]) -> None:
        self._pipe = pipe
        self._kind: Kind | None = kind
        self._most: int = request["rows"]
        self._size: int = request["bytes"]
        self._counter: RowCounter | None = None
        self._held = bytearray()
        self._since = time.monotonic()
        self._total = 0

    def count_rows(self, name: str) -> None:
        """Has the rows counted in the bytes of a format."""
        self._counter = RowCounter(name)

    @property
    def rows(self) -> int:
        """How many rows were written, if they are counted."""
        return self._counter.rows if self._counter else 0

    def triples(self, triples: Iterable[Any]) -> Iterator[Any]:
        """Hands on triples up to the limit."""
        if not self._most:
            return iter(triples)
        return itertools.chain(itertools.islice(triples, self._most), self._no_more(triples))

    def _no_more(self, triples: Iterable[Any]) -> Iterator[Any]:
        for _ in triples:
            raise TooLarge(f"rows={self._most}")
        yield from ()

    def write(self, data: bytes) -> int:
        self._count(data)
        self._total += len(data)
        if self._size and self._total > self._size:
            raise TooLarge(f"bytes={self._size}")
        self._held += data
        if len(self._held) >= WINDOW_BYTES or time.monotonic() - self._since > WINDOW_SECONDS:
            self.send()
        return len(data)

    def _count(self, data: bytes) -> None:
        if self._counter is not None and self._counter.feed(data) > self._most and self._most:
            raise TooLarge(f"rows={self._most}")

    def flush(self) -> None:
        """Nothing: `send` does it."""

    def send(self) -> None:
        """Sends what has come; at the end of the answer, to be called once more."""
        if self._kind is not None:
            write_frame(self._pipe, FrameType.KIND, self._kind.encode())
            self._kind = None
        if self._counter is not None:
            write_frame(self._pipe, FrameType.ROWS, str(self._counter.rows).encode())
        if self._held:
            write_frame(self._pipe, FrameType.DATA, self._held)
            self._held.clear()
        self._since = time.monotonic()


class Spool(Output):
    """An answer that is cut where it reaches a limit, and kept back until that is known.

    So what tells that it was cut stands before its first byte.
    """

    def __init__(self, pipe: BinaryIO, kind: Kind, request: dict[str, Any]) -> None:
        super().__init__(pipe, kind, request)
        self._file = cast("BinaryIO", tempfile.SpooledTemporaryFile(SPOOL_BYTES))  # noqa: SIM115
        self._name: str = request["format"]
        self._solutions = kind is Kind.SOLUTIONS
        self._truncated = ""

    def triples(self, triples: Iterable[Any]) -> Iterator[Any]:
        """Hands on triples up to the limit, and ends there."""
        for number, triple in enumerate(triples):
            if self._most and number == self._most:
                self._truncated = f"rows={self._most}"
                return
            if self._size and self._file.tell() + min(SLACK_BYTES, self._size // 2) > self._size:
                self._truncated = f"rows={number}"
                return
            yield triple

    def write(self, data: bytes) -> int:
        self._file.write(data)  # with what is over the limit: that shows where the last row ends
        self._count(data)
        if not self._solutions:
            return len(data)
        if self._size and self._file.tell() > self._size:
            raise TooLarge(f"bytes={self._size}")
        return len(data)

    def cut(self, limit: str) -> None:
        """Takes away what is over the limit that was reached, and ends the result neatly."""
        rows = self._most if limit.startswith("rows=") else self._rows_within(self._size)
        self._file.truncate(end_of_row(self._file, self._name, rows))
        self._file.seek(0, os.SEEK_END)
        self._file.write(closing(self._name))
        self._truncated = f"rows={rows}"

    def _rows_within(self, size: int) -> int:
        """How many rows there are in the first bytes that surely are complete."""
        counter = RowCounter(self._name)
        self._file.seek(0)
        for start in range(0, size, WINDOW_BYTES):
            counter.feed(self._file.read(min(WINDOW_BYTES, size - start)))
        return max(counter.rows - (self._name in ("json", "xml")), 0)

    def send(self) -> None:
        """Sends the whole answer."""
        assert self._kind is not None
        head = f"{self._kind} {self._truncated}".strip()
        place, link = 0, b""
        if self._truncated and self._solutions:
            iri = f"{BASE}problem/truncated?{self._truncated}"
            place, link = link_in_head(self._file, self._name, iri)
        write_frame(self._pipe, FrameType.KIND, head.encode())
        if self._counter is not None:
            rows = self._truncated.partition("=")[2] or str(self._counter.rows)
            write_frame(self._pipe, FrameType.ROWS, rows.encode())
        self._file.seek(0)
        write_frame(self._pipe, FrameType.DATA, self._file.read(place) + link)
        while piece := self._file.read(WINDOW_BYTES):
            write_frame(self._pipe, FrameType.DATA, piece)
        self._file.close()
