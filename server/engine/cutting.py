"""Counts the rows of a result in the bytes that pyoxigraph writes, and cuts a result after a row.

pyoxigraph serialises a result itself, which is several times as fast as taking its rows one by
one. Where a row ends can be told from the bytes alone, exactly, in each of the four formats:
TSV escapes line ends; CSV doubles quotes, so a line end with an even number of quotes before it
ends a row; in JSON ``},{`` outside strings stands between two rows and nowhere else; in XML
``<result>`` cannot be text.

>>> rows = RowCounter("csv")
>>> rows.feed(b's,o\\r\\n1,"a\\nb"\\r\\n')
1
>>> rows.feed(b'2,c\\r\\n')
2
"""

from __future__ import annotations

import copy
import re
from typing import BinaryIO

_BLOCK = 1 << 16
_HEAD_BYTES = 1 << 20
"""Within how many bytes the head of a JSON or XML result must end to be told that it was cut."""


class RowCounter:
    """How many rows have begun (JSON, XML) or ended (CSV, TSV) in the bytes fed so far.

    Args:
        name: the format's name in `RESULT_FORMATS`; or ``nt`` or ``nq``, whose rows are lines.
    """

    def __init__(self, name: str) -> None:
        self._json = name == "json"
        self._quotes = name in ("json", "csv")
        self._mark = {"json": b"},{", "xml": b"<result>"}.get(name, b"\n")
        # JSON: a mark stands before each row but the first. CSV, TSV: the head is a line.
        self.rows = -1 if name in ("csv", "tsv") else 0
        self._first = b"[{" if name == "json" else b""
        """What stands before the first row, as long as that has not come."""
        self._held = b""
        """The last bytes, which may be the beginning of a mark."""
        self._escape = b""
        self._inside = False

    def feed(self, data: bytes) -> int:
        """Takes the next bytes; the number of rows so far."""
        outside = self._outside(data) if self._quotes else data
        keep = len(self._mark) - 1
        if keep:
            outside = self._held + outside
            self._held = outside[-keep:]
        self.rows += outside.count(self._mark)
        if self._first and self._first in outside:
            self._first = b""
            self.rows += 1
        return self.rows

    def _outside(self, data: bytes) -> bytes:
        """What of the bytes stands outside strings; a string shrinks to a quote."""
        if self._json and (self._escape or b"\\" in data):
            data = (self._escape + data).replace(b"\\\\", b"")
            self._escape = b"\\" if data.endswith(b"\\") else b""
            data = data.removesuffix(b"\\").replace(b'\\"', b"")
        if b'"' not in data:
            return b"" if self._inside else data
        parts = data.split(b'"')
        outside = b'"'.join(parts[self._inside :: 2])
        if len(parts) % 2 == 0:
            self._inside = not self._inside
        return outside + b'"' if self._inside else outside


def end_of_row(file: BinaryIO, name: str, row: int) -> int:
    """Where a row of a result ends; the result must go on behind it.

    Args:
        file: the result, from its beginning.
        name: the format's name.
        row: the row, counted from 1; 0 is the place before the first.

    Returns:
        The number of bytes up to its end, without what separates it from the next.
    """
    # The mark that shows where a row ends: its own in CSV and TSV, else that of the next row.
    target = row if name in ("csv", "tsv") else row + 1
    if name == "json" and row == 0:
        return _search(file, rb'"bindings":\[')
    counter = RowCounter(name)
    place = 0
    file.seek(0)
    while block := file.read(_BLOCK):
        before = copy.copy(counter)
        if counter.feed(block) < target:
            place += len(block)
            continue
        low, high = 1, len(block)
        while low < high:
            middle = (low + high) // 2
            if copy.copy(before).feed(block[:middle]) < target:
                low = middle + 1
            else:
                high = middle
        return place + low - {"json": 2, "xml": len(b"<result>")}.get(name, 0)
    raise ValueError(f"the result has no row {row} with more behind it")


def closing(name: str) -> bytes:
    """What ends a result behind its last row."""
    return {"json": b"]}}", "xml": b"</results></sparql>"}.get(name, b"")


def link_in_head(file: BinaryIO, name: str, iri: str) -> tuple[int, bytes]:
    """Where in a result's head a link can be put, and how it is written; CSV and TSV have none.

    Args:
        file: the result.
        name: the format's name.
        iri: the link, of characters that need no escaping.
    """
    if name == "json":
        return _search(file, rb'^\{"head":\{"vars":\[[^\]]*\]'), b',"link":["%s"]' % iri.encode()
    if name == "xml":
        return _search(file, rb"(?=</head>)"), b'<link href="%s"/>' % iri.encode()
    return 0, b""


def _search(file: BinaryIO, pattern: bytes) -> int:
    file.seek(0)
    found = re.search(pattern, file.read(_HEAD_BYTES))
    return found.end() if found else 0
