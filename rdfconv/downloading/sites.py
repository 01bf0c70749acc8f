"""Binding sites as files of places: FALDO, and BED for genome browsers.

What is said of a site may come in pieces, its sequence last, and files want sites in the order of
their places: so they are gathered in a table beside, which takes no memory.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from rdfconv.downloading.parts import Part, PartWriter
from rdfconv.exports.sheets import plain
from rdfconv.identifiers import ASSEMBLY, BINDING_SITE, TERM, last_part
from rdfconv.locations import ASSUMED, FROM_0, FROM_1, Base, Location, located

UNNAMED = "assembly"
"""What stands for the name of an assembly that has none."""
HELD = 20_000
"""How many rows are written at a time."""
PROVEN_SCORE, ASSUMED_SCORE = 1000, 500
"""The scores in BED: browsers show assumed places paler."""
BED_HEAD = (
    "# {title}\n"
    "# Data set: {dataset}. Terms: {terms}\n"
    "# BED6: chromosome, start (from 0), end (not in it), TFLink id, score, strand as reported.\n"
    f"# Score {PROVEN_SCORE}: the length of the sequence proves the coordinates. Score "
    f"{ASSUMED_SCORE}: there is no sequence;\n"
    "# it is assumed that the source counts from 0. Sites whose sequence contradicts their "
    "coordinates are left out.\n"
)

_FIELDS = re.compile(
    f"> <{re.escape(TERM)}(chromosome|reportedStart|reportedEnd|strand|bindingSequence)> "
    '(?:<([^>]*)>|"([^"]*)")'.encode()
)
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE chromosome (id INTEGER PRIMARY KEY, iri TEXT, assembly TEXT, name TEXT);
CREATE TABLE site (name TEXT, organism TEXT, chromosome INTEGER, start INTEGER, end INTEGER,
  strand TEXT);
CREATE TABLE sequence (name TEXT PRIMARY KEY, length INTEGER) WITHOUT ROWID;
"""
_SORTED = """
SELECT s.organism, c.assembly, c.iri, c.name, s.name, s.start, s.end, s.strand,
  COALESCE(q.length, 0)
FROM site AS s JOIN chromosome AS c ON c.id = s.chromosome LEFT JOIN sequence AS q USING (name)
ORDER BY s.organism, c.assembly, c.name, s.start, s.end, s.name
"""


class Site(NamedTuple):
    """A binding site with its place, in the source's numbers.

    Attributes:
        organism: the IRI of the organism; "" if it is of none.
        assembly: the name of the assembly, as it may stand in a file's name.
        chromosome: the IRI of the chromosome.
        chromosome_name: its name.
        name: the local name of the site.
        start: the start as the source gives it.
        end: the end as the source gives it.
        strand: ``+`` or ``-``; "" if it is not known.
        length: how many letters its sequence has; 0 if there is none.
    """

    organism: str
    assembly: str
    chromosome: str
    chromosome_name: str
    name: str
    start: int
    end: int
    strand: str
    length: int

    @property
    def location(self) -> Location:
        """Where it lies in FALDO's words."""
        return located(
            BINDING_SITE + self.name,
            self.chromosome,
            self.start,
            self.end,
            self.strand,
            self.length,
        )

    def bed(self, base: Base) -> str:
        """Its line in BED; "" if it is not known what its numbers count from.

        >>> site = Site("", "hg38", "", "chr15", "TFLinkSS09285279", 39580856, 39580860, "+", 0)
        >>> site.bed("assumed")
        'chr15\\t39580856\\t39580860\\tTFLinkSS09285279\\t500\\t+\\n'
        """
        if base not in (FROM_0, FROM_1, ASSUMED):
            return ""
        start = self.start - 1 if base == FROM_1 else self.start
        score = ASSUMED_SCORE if base == ASSUMED else PROVEN_SCORE
        name = self.chromosome_name
        return f"{name}\t{start}\t{self.end}\t{self.name}\t{score}\t{self.strand or '.'}\n"


class SiteTable:
    """Gathers binding sites.

    Args:
        path: the file of the table; one that is there is written anew.
    """

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")
        self._sites: list[tuple[object, ...]] = []
        self._sequences: list[tuple[str, int]] = []
        self._chromosomes: dict[bytes, int] = {}

    def add(self, subject: bytes, lines: bytes, organism: str) -> None:
        """Takes some lines of a site.

        Args:
            subject: the site, as N-Triples has it.
            lines: whole lines of N-Triples, all of it.
            organism: the IRI of the site's organism, or "".
        """
        told = {name: iri or text for name, iri, text in _FIELDS.findall(lines)}
        if not told:
            return
        name = subject[len(BINDING_SITE) + 1 : -1].decode()
        if sequence := told.get(b"bindingSequence"):
            self._sequences.append((name, len(sequence)))
        if all(one in told for one in (b"chromosome", b"reportedStart", b"reportedEnd")):
            try:
                ends = int(told[b"reportedStart"]), int(told[b"reportedEnd"])
            except ValueError:  # a file of RDF may say anything
                return
            chromosome = self._chromosome(told[b"chromosome"])
            strand = told.get(b"strand", b"").decode()
            self._sites.append((name, organism, chromosome, *ends, strand))
        if len(self._sites) + len(self._sequences) >= HELD:
            self._flush()

    def sorted(self) -> Iterator[Site]:
        """All sites that have a place, by organism, assembly and place."""
        self._flush()
        with closing(self._connection.execute(_SORTED)) as rows:
            yield from map(Site._make, rows)

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _flush(self) -> None:
        insert = self._connection.executemany
        insert("INSERT INTO site VALUES (?, ?, ?, ?, ?, ?)", self._sites)
        insert("INSERT OR REPLACE INTO sequence VALUES (?, ?)", self._sequences)
        self._sites, self._sequences = [], []

    def _chromosome(self, iri: bytes) -> int:
        number = self._chromosomes.get(iri)
        if number is None:
            number = self._chromosomes[iri] = len(self._chromosomes)
            text = iri.decode()
            assembly = text.removeprefix(ASSEMBLY).rpartition("/")[0]
            name = plain(unquote(assembly)) or UNNAMED
            row = (number, text, name, unquote(last_part(text)))
            self._connection.execute("INSERT INTO chromosome VALUES (?, ?, ?, ?)", row)
        return number


def write(
    sites: Iterable[Site],
    faldo: Callable[[str], PartWriter],
    bed: Callable[[str, str], PartWriter],
) -> list[Part]:
    """Writes sites in FALDO, a part for each organism, and in BED, one for each assembly, too.

    Args:
        sites: the sites, sorted.
        faldo: gives the writer for the IRI of an organism.
        bed: gives the writer for the IRI of an organism and the name of an assembly.
    """
    writers: dict[tuple[str, ...], PartWriter] = {}
    for site in sites:
        of_organism, of_assembly = (site.organism,), (site.organism, site.assembly)
        if of_assembly not in writers:
            writers[of_assembly] = bed(*of_assembly)
            if of_organism not in writers:
                writers[of_organism] = faldo(site.organism)
        location = site.location
        writers[of_organism].write(location.turtle().encode())
        writers[of_assembly].write(site.bed(location.base).encode())
    return [writer.close() for writer in writers.values()]
