"""Which binding sites were written, and how much of each: a site may be told by several files.

A row of a table, a row of a page, a line of GFF3 and a sequence may all tell the same site. Each of
its triples is written once, by the first file that has it; a file that tells something else under
the same id is contradicted.

What is written of a block is decided where the block is converted, by what the register says then.
The main process, which takes the blocks in their order, settles these *claims*: if another block
has meanwhile written some of it, the block's sites are written again. So the outcome does not
depend on the number of processes.

>>> register = SiteRegister()
>>> site = BindingSite("TFLinkSS00000001", "Q06945", "hg38", "chr6", "1", "9", "", None, "", "",
...                    "ACGTACGT")
>>> first, second = Claims(register), Claims(register)
>>> first.news(site), second.news(site._replace(start="2"))
(9, 9)
>>> register.settle(first), register.settle(second)
(True, False)
>>> Claims(register).news(site._replace(start="2")) == CONTRADICTED
True
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from zlib import crc32

from rdfconv.model import BindingSite
from rdfconv.sparse import sparse

BASE, ROW, OVERLAPPING, SEQUENCE = 1, 2, 4, 8
"""The parts of a site: that it is one, what binds it and where; what a row adds (strand, evidence,
number of overlaps); the sites it overlaps with; its sequence. What is told or written is a sum."""
CONTRADICTED = 255
"""What is decided of a site that contradicts one with its id."""

_CLASSES: Mapping[str, int] = {"TFLinkSS": 0, "TFLinkLS": 1}
_DIGITS = 8
_PER_CLASS: int = 10**_DIGITS
_WORDS, _WORD_BYTES = 5, 4
_ODD = 0xFFFFFFFF
"""Stands in the place of an entry for ids of another shape than those of release 1.0."""

Entry = tuple[int, int, int, int, int]
"""What was written of a site: the parts, and checksums of its place, row, overlapping sites and
sequence, in the order of the parts; 0 for what was not."""
_NOTHING: Entry = (0, 0, 0, 0, 0)


class SiteRegister:
    """What was written of which site.

    It lies in memory that processes share if they are forked from the one that made it: that one
    writes, all may look. Only ids that were noted take memory, 20 bytes each.
    """

    def __init__(self) -> None:
        size = len(_CLASSES) * _PER_CLASS * _WORDS * _WORD_BYTES
        self._words = memoryview(sparse(size, shared=True)).cast("I")
        # The other processes do not see these.
        self._odd: dict[str, Entry] = {}

    def entry(self, site: str, at: int) -> Entry:
        """What was written of a site.

        Args:
            site: its id.
            at: where its entry is (see `place_in_register`).
        """
        if at == _ODD:
            return self._odd.get(site, _NOTHING)
        words = self._words
        return words[at], words[at + 1], words[at + 2], words[at + 3], words[at + 4]

    def settle(self, claims: Claims) -> bool:
        """Notes what a block has written, unless it was decided by what is no longer so, or the
        block tells a site twice."""
        for site, at, told, news in claims:
            if news_of(self.entry(site, at), told) != news:
                return False
        self.note(claims)
        return True

    def note(self, claims: Claims) -> None:
        """Notes what a block has written."""
        words = self._words
        for site, at, told, news in claims:
            if news in (0, CONTRADICTED):
                continue
            entry = joined(self.entry(site, at), told)
            if at == _ODD:
                self._odd[site] = entry
            else:
                words[at : at + _WORDS] = memoryview(array("I", entry))


class Claims:
    """What a block tells of sites, and what of it was decided to be news.

    Args:
        register: what was written before; None for claims that are only looked at.
    """

    def __init__(self, register: SiteRegister | None = None) -> None:
        self._register = register
        self._own: dict[int | str, Entry] = {}
        self._columns = tuple(array("I") for _ in range(_WORDS + 2))
        self._odd_ids: list[str] = []

    def __iter__(self) -> Iterator[tuple[str, int, Entry, int]]:
        """Of each site: its id ("" for ids of the usual shape), where its entry is, what is told
        and what of it is news."""
        odd = iter(self._odd_ids)
        for at, parts, place, row, overlapping, sequence, news in zip(*self._columns, strict=True):
            told = parts, place, row, overlapping, sequence
            yield next(odd) if at == _ODD else "", at, told, news

    def counts(self) -> Counter[int]:
        """How many sites had which news."""
        return Counter(self._columns[-1])

    def contradicted(self) -> list[str]:
        """The ids of sites that contradict what was written."""
        return [site or _site_at(at) for site, at, _, news in self if news == CONTRADICTED]

    def first_told(self) -> list[str]:
        """The ids of sites of which nothing was written before."""
        if not any(news & BASE and news != CONTRADICTED for news in self.counts()):
            return []
        return [
            site or _site_at(at)
            for site, at, _, news in self
            if news & BASE and news != CONTRADICTED
        ]

    def news(self, site: BindingSite) -> int:
        """The parts of a site that were not written yet, or `CONTRADICTED`; it is claimed."""
        name = site[0]
        at = place_in_register(name)
        written = self._written(name, at)
        told = told_of(site)
        news = news_of(written, told)
        if at == _ODD:
            self._odd_ids.append(name)
        for column, value in zip(self._columns, (at, *told, news), strict=True):
            column.append(value)
        if news not in (0, CONTRADICTED):
            self._own[name if at == _ODD else at] = joined(written, told)
        return news

    def written(self, site: str) -> int:
        """The parts of a site that were written, by this block or before."""
        return self._written(site, place_in_register(site))[0]

    def agrees(self, site: BindingSite) -> bool:
        """Whether a site does not contradict what was written."""
        written = self._written(site[0], place_in_register(site[0]))
        return news_of(written, told_of(site)) != CONTRADICTED

    def _written(self, site: str, at: int) -> Entry:
        own = self._own.get(site if at == _ODD else at)
        if own is not None:
            return own
        assert self._register is not None
        return self._register.entry(site, at)

    def __getstate__(self) -> tuple[object, ...]:
        return self._columns, self._odd_ids

    def __setstate__(self, state: tuple[tuple[array[int], ...], list[str]]) -> None:
        self._register, self._own = None, {}
        self._columns, self._odd_ids = state


def told_of(site: BindingSite) -> Entry:
    """What a record tells of a site."""
    (_, accession, assembly, chromosome, start, end, strand, evidence, overlaps, overlapping,
     sequence) = site  # fmt: skip
    parts, row, others, letters = BASE, 0, 0, 0
    if evidence is not None:
        parts |= ROW
        row = crc32(f"{strand}\t{evidence[-1]}\t{overlaps}".encode())
    if overlapping:
        parts |= OVERLAPPING
        others = crc32(overlapping.encode())
    if sequence:
        parts |= SEQUENCE
        letters = crc32(sequence.encode())
    place = crc32(f"{accession}\t{assembly}\t{chromosome}\t{start}\t{end}".encode())
    return parts, place, row, others, letters


def news_of(written: Entry, told: Entry) -> int:
    """The parts that are told and were not written, or `CONTRADICTED`."""
    before = written[0]
    if not before:
        return told[0]
    both = before & told[0]
    if (
        written[1] != told[1]
        or (both & ROW and written[2] != told[2])
        or (both & OVERLAPPING and written[3] != told[3])
        or (both & SEQUENCE and written[4] != told[4])
    ):
        return CONTRADICTED
    return told[0] & ~before


def joined(written: Entry, told: Entry) -> Entry:
    """What is written when what is told was written, too."""
    return (
        written[0] | told[0],
        told[1],
        told[2] or written[2],
        told[3] or written[3],
        told[4] or written[4],
    )


def place_in_register(site: str) -> int:
    """Where the entry of a site begins."""
    class_ = _CLASSES.get(site[:8])
    number = site[8:]
    if class_ is None or len(number) != _DIGITS:
        return _ODD
    return (class_ * _PER_CLASS + int(number)) * _WORDS


def _site_at(at: int) -> str:
    class_, number = divmod(at // _WORDS, _PER_CLASS)
    return f"{list(_CLASSES)[class_]}{number:0{_DIGITS}}"
