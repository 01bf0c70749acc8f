"""What parts before have told of what a part tells: an argument of the part's conversion.

A part is first converted as if nothing had been told before. The main process, which takes the
parts in their order, looks up what was told of its binding sites and of its pages' proteins; if
that is something, the part is converted again with it. So a part is a function of its input and of
this, and does not depend on which worker made it, or when.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rdfconv.site_register import CONTRADICTED, Claims, Entry, SiteRegister, joined

_NOTHING: Entry = (0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Known:
    """What was told before of what a part tells.

    Attributes:
        places: where the entries of its sites with usual ids are in the register.
        entries: the entries, one number after the other.
        odd: the entries of its other sites, by their ids.
        pages: the checksum of the first page of each of its pages' proteins.
    """

    places: array[int] = field(default_factory=lambda: array("I"))
    entries: array[int] = field(default_factory=lambda: array("I"))
    odd: Mapping[str, Entry] = field(default_factory=dict)
    pages: Mapping[str, bytes] = field(default_factory=dict)

    @staticmethod
    def of(
        sites: Iterable[tuple[str, int]],
        register: SiteRegister,
        pages: Iterable[str],
        first: Mapping[str, bytes],
    ) -> Known:
        """What was told before.

        Args:
            sites: the ids ("" for usual ones) and places of the part's sites.
            register: the sites that were written.
            pages: the accessions of the part's pages.
            first: the checksum of the first page of each protein.
        """
        known = Known(odd={}, pages={one: first[one] for one in sorted(pages) if one in first})
        odd: dict[str, Entry] = {}
        for site, at in dict.fromkeys(sites):
            entry = register.entry(site, at)
            if entry == _NOTHING:
                continue
            if site:
                odd[site] = entry
            else:
                known.places.append(at)
                known.entries.extend(entry)
        return Known(known.places, known.entries, odd, known.pages)


class SomeSites(SiteRegister):
    """The register of one part: it holds few sites, so it takes no room for all that may be.

    Args:
        known: what was told before.
    """

    def __init__(self, known: Known) -> None:
        numbers = iter(known.entries)
        entries = zip(*[numbers] * len(_NOTHING), strict=True)
        self._entries: dict[int | str, Entry] = dict(zip(known.places, entries, strict=True))
        self._entries.update(known.odd)

    def entry(self, site: str, at: int) -> Entry:
        """What was written of a site (see `SiteRegister.entry`)."""
        # Claims look a usual site up by its id and its place, and are listed without the id.
        return self._entries.get(at) or self._entries.get(site, _NOTHING)

    def note(self, claims: Claims) -> None:
        """Notes what a block has written."""
        for site, at, told, news in claims:
            if news not in (0, CONTRADICTED):
                self._entries[site or at] = joined(self.entry(site, at), told)
