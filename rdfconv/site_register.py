"""Which binding sites were written, and how much of each: a site may be told by several files.

A row of a table, a row of a page, a line of GFF3 and a sequence may all tell the same site. Each of
its triples is written once, by the first file that has it; a file that tells something else under
the same id is contradicted.

What is written of a block is decided where the block is converted, by what the register says then.
The main process, which takes the blocks in their order, settles these *claims*: if another block
has meanwhile written some of it, the block is converted again. So the outcome does not depend on
the number of processes.

>>> register = SiteRegister()
>>> site = BindingSite("TFLinkSS00000001", "Q06945", "hg38", "chr6", "1", "9", "", None, "", "",
...                    "ACGTACGT")
>>> first, second = BlockClaims(register), BlockClaims(register)
>>> first.news(site), first.news(site), second.news(site._replace(start="2"))
(<Part.BASE|SEQUENCE: 9>, <Part: 0>, <Part.BASE|SEQUENCE: 9>)
>>> register.settle(first.claims), register.settle(second.claims)
(True, False)
>>> BlockClaims(register).news(site._replace(start="2")) is None
True
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Mapping, Sequence
from enum import IntFlag
from typing import NamedTuple
from zlib import crc32

from rdfconv.model import BindingSite

_CLASSES: Mapping[str, int] = {"TFLinkSS": 0, "TFLinkLS": 1}
_DIGITS = 8
_PER_CLASS: int = 10**_DIGITS
_WORDS, _WORD_BYTES = 3, 4
_NO_RESERVE = 0x4000 if sys.platform == "linux" else 0
"""Takes the room for all ids only where it is used (MAP_NORESERVE, which Python does not name)."""


class Part(IntFlag):
    """What is written of a site."""

    BASE = 1
    """That it is a site, which protein binds it, and where."""
    ROW = 2
    """What a row adds: strand, evidence, number of overlaps."""
    OVERLAPPING = 4
    """The sites it overlaps with."""
    SEQUENCE = 8
    """Its sequence."""


CONTRADICTED = -1
"""What is decided of a site that contradicts one with its id."""


class Entry(NamedTuple):
    """What was written of a site: the parts, and checksums of its place and row; 0 for nothing."""

    parts: int = 0
    place: int = 0
    row: int = 0


class Claim(NamedTuple):
    """What a block tells of a site, and what of it was decided to be news."""

    site: str
    told: Entry
    news: int


class SiteRegister:
    """What was written of which site.

    It lies in memory that processes share if they are forked from the one that made it: that one
    writes, all may look. Only ids that were noted take memory, 12 bytes each.
    """

    def __init__(self) -> None:
        size = len(_CLASSES) * _PER_CLASS * _WORDS * _WORD_BYTES
        flags = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | _NO_RESERVE
        self._words = memoryview(mmap.mmap(-1, size, flags=flags)).cast("I")
        # Ids of another shape than those of release 1.0; the other processes do not see them.
        self._others: dict[str, Entry] = {}

    def entry(self, site: str) -> Entry:
        """What was written of a site."""
        at = _index(site)
        if at is None:
            return self._others.get(site, Entry())
        return Entry(*self._words[at : at + _WORDS])

    def settle(self, claims: Sequence[Claim]) -> bool:
        """Notes what a block has written, unless it was decided by what is no longer so."""
        if any(news_of(self.entry(site), told) != news for site, told, news in claims):
            return False
        self.note(claims)
        return True

    def note(self, claims: Sequence[Claim]) -> None:
        """Notes what a block has written."""
        for site, told, news in claims:
            if news > 0:
                entry = joined(self.entry(site), told)
                at = _index(site)
                if at is None:
                    self._others[site] = entry
                else:
                    self._words[at], self._words[at + 1], self._words[at + 2] = entry


class BlockClaims:
    """Decides what is news of the sites of one block, after what the register has.

    Attributes:
        claims: what was decided.
    """

    def __init__(self, register: SiteRegister) -> None:
        self._register = register
        self._own: dict[str, Entry] = {}
        self.claims: list[Claim] = []

    def news(self, site: BindingSite) -> Part | None:
        """What of a site was not written yet; None if it contradicts what was."""
        name = site.site
        written = self._own.get(name) or self._register.entry(name)
        told = told_of(site)
        news = news_of(written, told)
        self.claims.append(Claim(name, told, news))
        if news == CONTRADICTED:
            return None
        self._own[name] = joined(written, told)
        return Part(news)


def told_of(site: BindingSite) -> Entry:
    """What a record tells of a site."""
    parts, row = Part.BASE.value, 0
    if site.evidence is not None:
        parts |= Part.ROW.value
        row = crc32(f"{site.strand}\t{site.evidence.id}\t{site.overlaps}".encode())
    if site.overlapping:
        parts |= Part.OVERLAPPING.value
    if site.sequence:
        parts |= Part.SEQUENCE.value
    return Entry(parts, crc32("\t".join(site[1:6]).encode()), row)


def news_of(written: Entry, told: Entry) -> int:
    """What is told and was not written, as the number of a `Part`, or `CONTRADICTED`."""
    if not written.parts:
        return told.parts
    both_rows = written.parts & told.parts & Part.ROW.value
    if written.place != told.place or (both_rows and written.row != told.row):
        return CONTRADICTED
    return told.parts & ~written.parts


def joined(written: Entry, told: Entry) -> Entry:
    """What is written when what is told was written, too."""
    return Entry(written.parts | told.parts, told.place, told.row or written.row)


def _index(site: str) -> int | None:
    """Where an id's entry begins; None for an id of another shape."""
    number = site[8:]
    class_ = _CLASSES.get(site[:8])
    if class_ is None or len(number) != _DIGITS:
        return None
    return (class_ * _PER_CLASS + int(number)) * _WORDS
