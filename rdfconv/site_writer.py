"""Writes the binding sites of a block: of each, what was not written before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rdfconv.emitter import Emitter
from rdfconv.mapping_values import chromosome_iri
from rdfconv.model import BindingSite
from rdfconv.site_register import (
    BASE,
    CONTRADICTED,
    OVERLAPPING,
    ROW,
    SEQUENCE,
    Claims,
    SiteRegister,
)

_FIELDS = (
    "bindingSite", "boundBy", "siteOnChromosome", "reportedStart", "reportedEnd", "strand",
    "evidenceOfSite", "overlaps", "overlappingSites", "bindingSequence",
)  # fmt: skip
_PLACE = ("siteOnChromosome", "reportedStart", "reportedEnd")

Shape = tuple[int, bool, bool, bool]
"""The parts that are written, and whether there are a place, a strand, a number of overlaps."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written of a block's sites.

    Attributes:
        whole: the triples of sites of which nothing was written before.
        added: the triples that were added to other sites.
        claims: what was decided of each site.
        sites: the sites of which something is new.
    """

    whole: str
    added: str
    claims: Claims
    sites: list[BindingSite]


class SiteWriter:
    """Writes binding sites.

    Args:
        emitter: what writes records; None writes nothing, but says what it would.
        register: what was written before.
    """

    def __init__(self, emitter: Emitter | None, register: SiteRegister) -> None:
        self._emitter = emitter
        self._register = register
        self._templates: dict[Shape, Callable[..., str]] = {}

    def write(
        self,
        sites: Iterable[BindingSite],
        *,
        are_additions: bool,
        one_based: bool,
    ) -> Written:
        """Writes the sites of a block.

        Args:
            sites: the sites.
            are_additions: whether they come from a file that adds to what tables tell, so that of
                a site that is known only what they add is looked at.
            one_based: whether they may count from 1 where the tables count from 0.
        """
        claims = Claims(self._register)
        whole: list[str] = []
        added: list[str] = []
        new: list[BindingSite] = []
        for told in sites:
            site = self._as_known(told, claims, one_based=one_based) if are_additions else told
            news = claims.news(site)
            if not news or news == CONTRADICTED:
                continue
            new.append(site)
            if self._emitter:
                (whole if news & BASE else added).append(self._text(site, news, self._emitter))
        return Written("".join(whole), "".join(added), claims, new)

    def _as_known(self, site: BindingSite, claims: Claims, *, one_based: bool) -> BindingSite:
        """A site without what a row has told better, and counted as what was written of it."""
        written = claims.written(site.site)
        if written & ROW and site.evidence:
            site = site._replace(strand="", evidence=None, overlaps="")
        if one_based and written and site.start and not claims.agrees(site):
            shifted = site._replace(start=str(int(site.start) - 1))
            return shifted if claims.agrees(shifted) else site
        return site

    def _text(self, site: BindingSite, news: int, emitter: Emitter) -> str:
        """The triples of some parts of a site."""
        (name, accession, assembly, chromosome, start, end, strand, evidence, overlaps,
         overlapping, sequence) = site  # fmt: skip
        shape = news, chromosome != "", strand != "", overlaps != ""
        fill = self._templates.get(shape)
        if fill is None:
            fill = self._templates[shape] = _template(emitter, shape)
        place = chromosome_iri(assembly, chromosome) if chromosome else ""
        told = evidence[-1] if evidence else ""
        return fill(
            name, accession, place, start, end, strand, told, overlaps, overlapping, sequence
        )


def _template(emitter: Emitter, shape: Shape) -> Callable[..., str]:
    """What writes sites of a shape, from the values of `_FIELDS`."""
    news, has_place, has_strand, has_overlaps = shape
    present = {"bindingSite"}
    if news & BASE:
        present |= {"boundBy", *(_PLACE if has_place else ())}
    if news & ROW:
        present |= {"evidenceOfSite"}
        present |= {"strand"} if has_strand else set()
        present |= {"overlaps"} if has_overlaps else set()
    if news & OVERLAPPING:
        present |= {"overlappingSites"}
    if news & SEQUENCE:
        present |= {"bindingSequence"}
    return emitter.template("BindingSite", _FIELDS, present, whole=bool(news & BASE))
