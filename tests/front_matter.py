"""Reads the front matter of pages with `FrontMatterReader` and with PyYAML, and compares.

``python -m tests.front_matter PAGES`` (a folder or archive of pages) prints how many are the same
and how many are left to PyYAML; with ``--edits 3`` each page is compared again with three random
edits, one upon the other.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rdfconv.readers.front_matter import FrontMatterReader
from rdfconv.readers.protein_page import PageError, parsed_front_matter
from tests.roundtrip import originals

PIECES = (
    "", "'", "''", '"', "#", " #", ":", ": ", " ", "  ", "\n", "\r", "\r\n", "\r\n ", "\r\n  ",
    "\r\n   ", "\r\n\r\n", "\r\n\r\n  ", "\n  ", "\n\n  ", "'\r\n  '", "\t", "-", "- ", "\r\n- ",
    "\\", "\\n", "&a ", "*a", "!", "!!int ", "|", ">", "[", "]", "{", "}", ",", ", ", "%", "@", "`",
    "?", "? ", "---", "\r\n---", "...", "\r\n...\r\n", "\x00", "\x07", "\x7f", "\x85", "\u2028",
    "\ufeff", "é", "a", "0", "~", "=", "<<: ", "tfs: ", "\r\ntfs: ''", "\r\ntargets: ",
    "\r\ntargets: ''", "\r\ntfs_download: ''", "\r\nbinding_sites: ''", "\r\nbinding_sites: a: b",
)  # fmt: skip
"""What may change the meaning of YAML, and harmless text."""
_TURNING_POINT = re.compile(rb"['\":,\[\]\r\n -]|\Z")


@dataclass
class Comparison:
    """How many front matters there are, how many were left to PyYAML, and which differ."""

    pages: int = 0
    left: int = 0
    differing: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.pages:,} front matters: {len(self.differing):,} differ, "
            f"{self.left:,} are left to PyYAML"
        )

    def add(self, name: str, front: bytes, reader: FrontMatterReader) -> None:
        """Reads one with both."""
        self.pages += 1
        read = reader.read(front)
        if read is None:
            self.left += 1
            return
        try:
            same = read == parsed_front_matter(front)
        except PageError:
            same = False
        if not same:
            self.differing.append(name)


def front_of(content: bytes) -> bytes:
    """A page's front matter, without the lines of hyphens."""
    return content[3 : content.index(b"\n---", 3) + 1]


def edited(front: bytes, place: float, removed: int, piece: str) -> bytes:
    """A front matter with one edit where it may matter.

    Args:
        front: the front matter.
        place: where, from 0 to 1.
        removed: how many bytes are taken out.
        piece: what is put in.
    """
    at = _TURNING_POINT.search(front, int(place * len(front)))
    assert at
    start = at.start() + (removed + len(piece)) % 2
    return front[:start] + piece.encode() + front[start + removed :]


def compare(pages: Iterable[tuple[str, bytes]], edits: int = 0) -> tuple[Comparison, Comparison]:
    """Compares all pages, and copies of them with random edits (always the same)."""
    plain, changed = Comparison(), Comparison()
    reader = FrontMatterReader()
    chance = random.Random(1)
    for name, content in pages:
        front = front_of(content)
        plain.add(name, front, reader)
        for number in range(edits):
            front = edited(front, chance.random(), chance.randrange(4), chance.choice(PIECES))
            changed.add(f"{name} after {number + 1} edits: {front!r}", front, reader)
    return plain, changed


def main() -> int:
    """Runs the comparison; the exit code says whether all are the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--edits", type=int, default=0)
    arguments = parser.parse_args()
    plain, changed = compare(originals(arguments.pages), arguments.edits)
    sys.stdout.write(f"{plain}\n")
    if arguments.edits:
        sys.stdout.write(f"edited: {changed}\n")
    differing = plain.differing + changed.differing
    for name in differing[:20]:
        sys.stdout.write(f"  differs: {name}\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
