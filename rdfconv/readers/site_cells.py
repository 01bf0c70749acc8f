"""What the formats of binding sites share: cells become a site, or the reason why not.

TFLink writes ``-`` in every cell of a location that it does not know, so a strand ``-`` means
minus only where a chromosome is given.
"""

from __future__ import annotations

from collections.abc import Callable

from rdfconv.identifiers import SITE_ID
from rdfconv.model import UNSTATED, BindingSite, Evidence
from rdfconv.problems import Doubt, Kind
from rdfconv.readers.cells import MISSING, RowError
from rdfconv.vocabulary import assemblies

STRANDS = frozenset("+-")

UNSTRANDED = frozenset({"REDfly"})
"""The databases that give no strand. All rows of REDfly, 1,994 on TFLink's pages, have ``-``,
its sign for a missing value; those of other databases have both strands."""

Report = Callable[[Doubt], None]
Place = tuple[str, str, str, str, str]
"""Assembly, chromosome, start, end and strand; all "" if the site has no location."""


def site_id(cell: str) -> str:
    """TFLink's id of a site.

    Raises:
        RowError: it is none.
    """
    if not SITE_ID.fullmatch(cell):
        raise RowError(Kind.MALFORMED_SITE_ID, "TFLinkID", cell)
    return cell


def place_of(
    assembly: str, chromosome: str, start: str, end: str, strand: str, organism: str, doubt: Report
) -> Place:
    """The place of a site from the cells of its row.

    Args:
        assembly: the cell of the genome assembly; this and the others are ``-`` if missing.
        chromosome: the cell of the chromosome.
        start: the cell of the start.
        end: the cell of the end.
        strand: the cell of the strand.
        organism: the organism's name, for the assembly where none is named; "" if not known.
        doubt: called for what is doubtful.

    Raises:
        RowError: the cells are no location.
    """
    if chromosome == MISSING:
        if start != MISSING or end != MISSING:
            raise RowError(Kind.INCOMPLETE_LOCATION, "Chromosome", f"{start}-{end}")
        if strand != MISSING:
            raise RowError(Kind.STRAND_WITHOUT_LOCATION, "Strand", strand)
        if assembly != MISSING:
            raise RowError(Kind.INCOMPLETE_LOCATION, "Chromosome", assembly)
        return "", "", "", "", ""
    if not (start.isdecimal() and end.isdecimal() and start.isascii() and end.isascii()):
        column, value = ("End", end) if start.isdecimal() else ("Start", start)
        raise RowError(Kind.NOT_A_COORDINATE, column, value)
    first, last = int(start), int(end)
    if first > last:
        raise RowError(Kind.START_AFTER_END, "Start", f"{start}-{end}")
    if strand not in STRANDS:
        raise RowError(Kind.MALFORMED_STRAND, "Strand", strand)
    if assembly == MISSING:
        if not organism:
            raise RowError(Kind.INCOMPLETE_LOCATION, "Assembly", f"{chromosome}:{start}-{end}")
        doubt(Doubt(Kind.NO_ASSEMBLY, "Assembly", organism))
        assembly = f"{UNSTATED}{organism}"
    elif assembly not in assemblies():
        doubt(Doubt(Kind.UNKNOWN_ASSEMBLY, "Assembly", assembly))
    return assembly, chromosome, str(first), str(last), strand


def without_doubtful_strand(place: Place, database: str, doubt: Report) -> Place:
    """A place without its strand if the database it comes from gives none.

    Args:
        place: the place.
        database: the cell of source databases.
        doubt: called for what is doubtful.
    """
    if place[4] != MISSING or database not in UNSTRANDED:
        return place
    doubt(Doubt(Kind.DOUBTFUL_STRAND, "Strand", database))
    return (*place[:4], "")


def overlaps_of(count: str, listed: str, doubt: Report) -> tuple[str, str]:
    """The number of overlapping sites, and their ids parted by blanks.

    Args:
        count: the cell of the number.
        listed: the cell of the ids, joined by ``;``.
        doubt: called for what is doubtful.

    Raises:
        RowError: the number is none, or an id is none.
    """
    number = "" if count == MISSING else count
    if number and not (number.isdecimal() and number.isascii()):
        raise RowError(Kind.NOT_A_COUNT, "Number.of.TFBS.overlaps", count)
    number = str(int(number)) if number else ""
    if listed == MISSING:
        return number, ""
    ids = listed.split(";")
    for one in ids:
        if not SITE_ID.fullmatch(one):
            raise RowError(Kind.MALFORMED_SITE_ID, "TFBS.overlaps", one)
    if number and int(number) != len(ids):
        doubt(Doubt(Kind.OVERLAPS_DIFFER, "Number.of.TFBS.overlaps", f"{number}, {len(ids)} named"))
    return number, " ".join(ids)


def site_of(
    site: str,
    accession: str,
    place: Place,
    evidence: Evidence | None,
    overlaps: tuple[str, str] = ("", ""),
    sequence: str = "",
) -> BindingSite:
    """The record of a site."""
    return BindingSite(site, accession, *place, evidence, *overlaps, sequence)
