"""Where binding sites lie, in the words of FALDO, as far as their sequences prove it.

Sources count from 0 or from 1 without saying so. A sequence as long as ``end - start`` proves that
the site counts from 0 and leaves the end out, as BED does; one letter more proves that it counts
from 1 and has both ends in, as FALDO and GFF3 do. Without a sequence the base is assumed to be 0,
which holds for nearly all of TFLink but *Drosophila*; with one of another length it is not known.

FALDO's begin and end follow the strand: on the reverse strand the begin has the larger number.
A position whose strand is not known is a ``faldo:StrandedPosition`` and no more.
See http://biohackathon.org/resource/faldo and doi:10.1186/s13326-016-0067-z.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pyoxigraph
from pyoxigraph import RdfFormat

from rdfconv.identifiers import BINDING_SITE, SITE_ID, TERM

FALDO = "http://biohackathon.org/resource/faldo#"
"""Where FALDO's terms start."""
Base: TypeAlias = Literal["0-based, half-open", "1-based, closed", "assumed", "unknown"]
FROM_0: Base = "0-based, half-open"
FROM_1: Base = "1-based, closed"
ASSUMED: Base = "assumed"
"""There is no sequence that could prove the base."""
UNKNOWN: Base = "unknown"
"""The sequence's length contradicts both bases."""

_STRANDS: Mapping[str, str] = {"+": "ForwardStrandPosition", "-": "ReverseStrandPosition"}
TURTLE_HEAD = f"@base <{BINDING_SITE}> .\n@prefix faldo: <{FALDO}> .\n@prefix tfl: <{TERM}> .\n"
"""What comes before lines of Turtle."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a binding site lies.

    Attributes:
        site: the IRI of the site.
        chromosome: the IRI of the chromosome.
        strand: ``+`` or ``-``; "" if it is not known.
        base: what the reported numbers count from, or why that is not proven.
        begin: the position of the first base along the strand, counted from 1; None if the base
            is not proven.
        end: the position of the last base along the strand, counted from 1, or None.
    """

    site: str
    chromosome: str
    strand: str
    base: Base
    begin: int | None
    end: int | None

    def turtle(self) -> str:
        """A line of Turtle with the FALDO region or, without one, how sure its base is.

        It needs `TURTLE_HEAD` before it.
        """
        site = _short(self.site)
        if self.begin is None or self.end is None:
            return f'<{site}> tfl:coordinateBase "{self.base}" .\n'
        last = (
            f"a faldo:ExactPosition, faldo:{_STRANDS.get(self.strand, 'StrandedPosition')} ; "
            f"faldo:reference <{self.chromosome}>"
        )
        return (
            f"<{site}> faldo:location <{site}#region> . "
            f"<{site}#region> a faldo:Region ; "
            f"faldo:begin <{site}#begin> ; faldo:end <{site}#end> . "
            f"<{site}#begin> faldo:position {self.begin} ; {last} . "
            f"<{site}#end> faldo:position {self.end} ; {last} .\n"
        )

    def triples(self) -> Iterator[pyoxigraph.Triple]:
        """The triples of the line."""
        text = TURTLE_HEAD + self.turtle()
        return (quad.triple for quad in pyoxigraph.parse(text, RdfFormat.TURTLE))


def _short(iri: str) -> str:
    """An IRI as Turtle has it between brackets: a site's id alone, as the base is known."""
    name = iri.removeprefix(BINDING_SITE)
    return name if SITE_ID.fullmatch(name) else iri


def base_of(start: int, end: int, length: int) -> Base:
    """What the coordinates of a site count from, as the length of its sequence proves it.

    Args:
        start: the start as the source gives it.
        end: the end as the source gives it.
        length: how many letters its sequence has; 0 if the source has none.

    >>> base_of(39580856, 39580860, len("GGCG")), base_of(24814630, 24814632, len("GAT"))
    ('0-based, half-open', '1-based, closed')
    >>> base_of(39580856, 39580860, 0), base_of(24802703, 24802747, len("CGC"))
    ('assumed', 'unknown')
    """
    if not length:
        return ASSUMED
    excess = length - (end - start)
    return FROM_0 if excess == 0 else FROM_1 if excess == 1 else UNKNOWN


def described(
    site_iri: str, chromosome: str, start: int, end: int, strand: str, sequence: str
) -> Location:
    """Where a site lies, in FALDO's numbers where they are proven.

    Args:
        site_iri: the site's IRI.
        chromosome: the IRI of its chromosome.
        start: the start as the source gives it.
        end: the end as the source gives it.
        strand: ``+`` or ``-``; "" if it is not known.
        sequence: its sequence; "" if the source has none.

    A site of hg38, and one of dm6 whose sequence has one letter more:

    >>> from rdfconv.identifiers import ASSEMBLY, BINDING_SITE
    >>> one = described(f"{BINDING_SITE}TFLinkSS09285279", f"{ASSEMBLY}hg38/chr15",
    ...                 39580856, 39580860, "+", "GGCG")
    >>> one.base, one.begin, one.end
    ('0-based, half-open', 39580857, 39580860)
    >>> one = described(f"{BINDING_SITE}TFLinkSS09281321", f"{ASSEMBLY}dm6/chr2R",
    ...                 24814630, 24814632, "-", "GAT")
    >>> one.base, one.begin, one.end, len(list(one.triples()))
    ('1-based, closed', 24814632, 24814630, 12)
    >>> one = described(f"{BINDING_SITE}TFLinkSS09282241", f"{ASSEMBLY}dm6/chr2R",
    ...                 24802703, 24802747, "-", "CGC")
    >>> one.base, one.begin, [triple.object.value for triple in one.triples()]
    ('unknown', None, ['unknown'])
    """
    return located(site_iri, chromosome, start, end, strand, len(sequence))


def located(
    site_iri: str, chromosome: str, start: int, end: int, strand: str, length: int
) -> Location:
    """As `described`, from the length of the sequence; 0 if the source has none."""
    base = base_of(start, end, length)
    if base not in (FROM_0, FROM_1):
        return Location(site_iri, chromosome, strand, base, None, None)
    first = start + 1 if base == FROM_0 else start
    begin, last = (end, first) if strand == "-" else (first, end)
    return Location(site_iri, chromosome, strand, base, begin, last)
