"""Writes the binding sites of a block: of each, what was not written before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rdfconv.emitter import Emitter
from rdfconv.model import BindingSite
from rdfconv.site_register import BlockClaims, Claim, Part, SiteRegister

_BASE_LINES = 2
"""The lines of a site's triples that every block has: that it is one, and what binds it."""


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
    claims: list[Claim]
    sites: list[BindingSite]


class SiteWriter:
    """Writes binding sites.

    Args:
        emitter: what writes records; None writes nothing, but says what it would.
        register: what was written before.
        is_line_based: whether the emitter writes lines.
    """

    def __init__(
        self, emitter: Emitter | None, register: SiteRegister, *, is_line_based: bool
    ) -> None:
        self._write = emitter.write if emitter else lambda record: ""
        self._register = register
        self._is_line_based = is_line_based

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
        claims = BlockClaims(self._register)
        whole: list[str] = []
        added: list[str] = []
        new: list[BindingSite] = []
        for told in sites:
            site = told
            if are_additions and self._register.entry(site.site).parts & Part.ROW:
                site = self._as_known(site, one_based=one_based)
            news = claims.news(site)
            if news:
                new.append(site)
                if news & Part.BASE:
                    whole.append(self._write(site))
                else:
                    added.append(self._added(site, news))
        return Written("".join(whole), "".join(added), claims.claims, new)

    def _as_known(self, site: BindingSite, *, one_based: bool) -> BindingSite:
        """A site without what a row has told better."""
        bare = site._replace(strand="", evidence=None, overlaps="")
        if one_based and bare.start and not self._agrees(bare):
            shifted = bare._replace(start=str(int(bare.start) - 1))
            return shifted if self._agrees(shifted) else bare
        return bare

    def _agrees(self, site: BindingSite) -> bool:
        return BlockClaims(self._register).news(site) is not None

    def _added(self, site: BindingSite, news: Part) -> str:
        nowhere = site._replace(assembly="", chromosome="", start="", end="")
        if not news & Part.ROW:
            nowhere = nowhere._replace(strand="", evidence=None, overlaps="")
        if not news & Part.OVERLAPPING:
            nowhere = nowhere._replace(overlapping="")
        if not news & Part.SEQUENCE:
            nowhere = nowhere._replace(sequence="")
        text = self._write(nowhere)
        # In other formats triples that stand twice do no harm: nothing counts them.
        return text.split("\n", _BASE_LINES)[_BASE_LINES] if self._is_line_based else text
