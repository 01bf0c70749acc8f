"""Whether a file that came is what it should be: whole, undamaged, and of the right content.

Servers answer with pages that say "not found" or "log in" as if all were well; what they send is
therefore looked at before it gets its name.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from rdfconv.readers.binding_sites import is_site_table
from rdfconv.readers.fasta import is_fasta
from rdfconv.readers.interaction_table import is_table
from rdfconv.readers.mitab import is_mitab

GZIP = b"\x1f\x8b"
"""What gzip files begin with."""

# Comments and blank lines may come first; a set has an id, a name and at least one target.
_GENE_SET = re.compile(rb"(?:(?:#[^\n]*)?\r?\n)*[^\s<#][^\t\n]*\t[^\t\n]*\t[^\t\n]")


def is_gmt(head: bytes) -> bool:
    """Whether a file that begins so holds gene sets, and is none of TFLink's other tables."""
    others = (is_table, is_mitab, is_site_table)
    return _GENE_SET.match(head) is not None and not any(other(head) for other in others)


SHAPES: Mapping[str, Callable[[bytes], bool]] = {
    "TFLink's interaction table": is_table,
    "MITAB": is_mitab,
    "TFLink's table of binding sites": is_site_table,
    "FASTA of binding sites": is_fasta,
    "GMT": is_gmt,
}
"""The kinds of content, as messages call them, and whether a file that begins so is one."""

_HEAD = 1 << 16
_HTML = re.compile(rb"\s*<(?:!doctype|html|head|body|\?xml)", re.IGNORECASE)


def fault(path: Path, shape: str, compressed: bool) -> str:
    """What is wrong with a file; "" if it is sound.

    Args:
        path: the file; it is read to its end if it is compressed, so that its sum is checked.
        shape: a name of `SHAPES`.
        compressed: whether it must be compressed with gzip.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        if not head:
            return "it is empty"
        if compressed != head.startswith(GZIP):
            return f"it is {told(head)}, not {'gzip' if compressed else shape}"
        stream.seek(0)
        if compressed:
            try:
                head = _unpacked_head(stream)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                return f"it is cut or damaged: {error}"
    return "" if SHAPES[shape](head) else f"it is {told(head)}, not {shape}"


def told(head: bytes) -> str:
    """What a file that begins so seems to be, in words.

    >>> told(b"<html><body>Not found")
    'an HTML page'
    """
    if head.startswith(GZIP):
        return "compressed with gzip"
    if _HTML.match(head):
        return "an HTML page"
    line = head.split(b"\n", 1)[0][:40].decode("ascii", "backslashreplace")
    return f"something that begins with {line!r}" if line.strip() else "something else"


def _unpacked_head(stream: BinaryIO) -> bytes:
    """The first bytes of what is compressed; all of it is read, as its sum stands at the end."""
    with gzip.GzipFile(fileobj=stream) as unpacked:
        head = unpacked.read(_HEAD)
        buffer = memoryview(bytearray(1 << 20))
        while unpacked.readinto(buffer):
            pass
    return head
