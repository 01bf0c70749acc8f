"""Lists of binding sites, of a chromosome or of a protein: sorted where that is cheap.

There are millions of sites, a million of them on the largest chromosomes, and the engine has no
order by position. So nothing is counted or sorted beyond `SORTED` sites: a longer list comes as
the store has it, `FARTHEST` pages at most. A region of at most `WIDEST` bases is always sorted: it
is asked for start by start (10,000 look-ups take 0.07 s; comparing the starts of a million sites
takes 6 s).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from pyoxigraph import Literal, NamedNode

from rdfconv.errors import shown
from rdfconv.identifiers import last_part
from rdfconv.locations import Location, described
from server.pages.edge_lists import Link, address, no_such_page, page_number
from server.pages.facts import LABEL, TFL, Graph
from server.pages.paging import ROWS, Paged
from server.problems import Problem
from server.reader import Reader

SORTED = 10_000
"""Up to how many sites a list is counted and sorted."""
FARTHEST = 100
"""How many pages an unsorted list has at most."""
WIDEST = 10_000
"""How many bases a region may have where the chromosome has more than `SORTED` sites."""
PARAMETERS = ("page", "start", "end")
"""What the list of a chromosome takes."""

_LARGEST = 10**10
_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_LEFT_OUT = (TFL + "bindingSequence", TFL + "overlappingSites")


@dataclass(frozen=True, slots=True)
class Site:
    """A binding site as a list shows it.

    Attributes:
        site: the site.
        protein: what binds it; None if that is not known.
        chromosome: where it is; None if that is not known.
        start: the start as the source gives it, or None.
        end: the end as the source gives it, or None.
        strand: ``+``, ``-`` or "".
    """

    site: Link
    protein: Link | None
    chromosome: Link | None
    start: int | None
    end: int | None
    strand: str


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a chromosome, both ends in, in the numbers that the sources give."""

    start: int
    end: int

    def parameters(self) -> dict[str, str]:
        """The region as parameters of a URL."""
        return {"start": str(self.start), "end": str(self.end)}


@dataclass(frozen=True, slots=True)
class SiteList(Paged):
    """A page of a list of sites.

    Attributes:
        rows: its rows.
        page: the page's number, from 1 on.
        total: how many sites there are; None if they are more than `SORTED`.
        is_sorted: whether the list is sorted by position.
        previous: the address of the page before; None if there is none.
        next: the address of the page behind; None if there is none.
        query: the SPARQL query for the whole list.
    """

    rows: list[Site]
    page: int
    total: int | None
    is_sorted: bool
    previous: str | None
    next: str | None
    query: str


def region_of(parameters: Mapping[str, str]) -> Region | None:
    """The region that a request asks for, or None.

    Raises:
        Problem: the parameters are no region.

    >>> region_of({"start": "22,000,000", "end": "22005000"})
    Region(start=22000000, end=22005000)
    """
    texts = [parameters.get(name, "").replace(",", "").strip() for name in ("start", "end")]
    if not any(texts):
        return None
    for text in texts:
        if not (text.isascii() and text.isdigit() and int(text[:12]) <= _LARGEST):
            raise _bad_region(
                f"{shown(text)} is no position" if text else "one end of the region is missing",
                "give start and end as numbers of bases, like start=22000000&end=22005000",
            )
    region = Region(int(texts[0]), int(texts[1]))
    if region.start > region.end:
        raise _bad_region("the region ends before it starts", "swap start and end")
    return region


def on_chromosome(
    reader: Reader, iri: str, path: str, parameters: Mapping[str, str]
) -> tuple[SiteList, bool]:
    """A page of the sites of a chromosome, and whether it has more than `SORTED` in all.

    Args:
        reader: asks the store.
        iri: the chromosome.
        path: the path of the page.
        parameters: the request's parameters: ``page``, ``start`` and ``end``.

    Raises:
        Problem: there is no such page, or no such region.
    """
    page = page_number(parameters.get("page", "1"))
    region = region_of(parameters)
    pattern = f"?site tfl:chromosome <{iri}>"
    number = _bounded_count(reader, pattern)
    is_large = number > SORTED

    def page_address(other: int) -> str:
        turned = {"page": str(other)} if other > 1 else {}
        return address(path, (region.parameters() if region else {}) | turned)

    if region is None:
        return _whole(reader, pattern, number, page, page_address), is_large
    if is_large and region.end - region.start >= WIDEST:
        raise _bad_region(
            f"the region is {region.end - region.start + 1:,} bases long",
            f"on a chromosome with so many sites ask for at most {WIDEST:,}",
        )
    where = _by_starts(pattern, region) if is_large else _by_comparing(pattern, region)
    rows = reader.select(f"SELECT ?site WHERE {{ {where} }} ORDER BY ?start ?site", "site")
    iris = [row[0].value for row in rows if isinstance(row[0], NamedNode)]
    pages = max(math.ceil(len(iris) / ROWS), 1)
    if page > pages:
        raise no_such_page(pages, page_address(pages))
    sites = described_sites(reader, iris[(page - 1) * ROWS : page * ROWS])
    before, behind = _turns(page, page < pages, page_address)
    query = _spelled(_by_comparing(pattern, region), "?start ?site")
    return SiteList(sites, page, len(iris), True, before, behind, query), is_large


def of_protein(reader: Reader, iri: str) -> SiteList | None:
    """The first sites that a protein binds, by chromosome and position; None if there are none."""
    pattern = f"?site tfl:boundBy <{iri}>"
    number = _bounded_count(reader, pattern)
    return _whole(reader, pattern, number, 1, lambda page: "") if number else None


def described_sites(reader: Reader, iris: Sequence[str]) -> list[Site]:
    """Sites as lists show them, in the order given."""
    triples = reader.describe(iris, without=_LEFT_OUT)
    graph = Graph(triples)
    mentioned = {
        other
        for iri in iris
        for name in ("boundBy", "chromosome")
        for other in graph.iris(iri, TFL + name)
    }
    named = Graph(reader.describe(mentioned, LABEL)) if mentioned else Graph([])
    return [_site(graph, named, iri) for iri in iris]


def location_of(graph: Graph, iri: str) -> Location | None:
    """Where a site lies; None if its description does not say it."""
    places = graph.iris(iri, TFL + "chromosome")
    start, end = (number_of(graph, iri, name) for name in ("reportedStart", "reportedEnd"))
    if not places or start is None or end is None:
        return None
    strand, sequence = (text_of(graph, iri, name) for name in ("strand", "bindingSequence"))
    return described(iri, places[0], start, end, strand, sequence)


def text_of(graph: Graph, iri: str, name: str) -> str:
    """The value of one of our properties; "" without one."""
    return next(iter(graph.values(iri, TFL + name)), "")


def number_of(graph: Graph, iri: str, name: str) -> int | None:
    """The value of one of our properties, a number; None without one."""
    text = text_of(graph, iri, name)
    return int(text) if _NUMBER.fullmatch(text) else None


def _site(graph: Graph, named: Graph, iri: str) -> Site:
    def link(name: str) -> Link | None:
        found = graph.iris(iri, TFL + name)
        return Link(named.name(found[0]), found[0]) if found else None

    return Site(
        Link(last_part(iri), iri),
        link("boundBy"),
        link("chromosome"),
        number_of(graph, iri, "reportedStart"),
        number_of(graph, iri, "reportedEnd"),
        text_of(graph, iri, "strand"),
    )


def _bad_region(detail: str, hint: str) -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST, "bad-request", "The request is malformed", detail, hint=hint
    )


# Asking


def _whole(
    reader: Reader, pattern: str, number: int, page: int, page_address: Callable[[int], str]
) -> SiteList:
    """A page of all sites that a pattern gives, of which there are ``number``, or more if that is
    more than `SORTED`."""
    is_sorted = number <= SORTED
    pages = max(math.ceil(number / ROWS), 1) if is_sorted else FARTHEST
    if page > pages:
        raise no_such_page(pages, page_address(pages))
    part = f"LIMIT {ROWS + 1} OFFSET {(page - 1) * ROWS}"
    place = "OPTIONAL { ?site tfl:chromosome ?place } " if "tfl:chromosome" not in pattern else ""
    # One property in each OPTIONAL: of two in one, the engine would read all sites of the store.
    starts = f"{pattern} {place}OPTIONAL {{ ?site tfl:reportedStart ?start }}"
    order = f"{'?place ' if place else ''}?start ?site"
    text = f"SELECT ?site WHERE {{ {pattern} }} {part}"
    if is_sorted:
        text = f"SELECT ?site WHERE {{ {starts} }} ORDER BY {order} {part}"
    rows = reader.select(text, "site")
    iris = [row[0].value for row in rows if isinstance(row[0], NamedNode)]
    before, behind = _turns(page, len(iris) > ROWS and page < pages, page_address)
    return SiteList(
        described_sites(reader, iris[:ROWS]),
        page,
        number if is_sorted else None,
        is_sorted,
        before,
        behind,
        _spelled(starts, order if is_sorted else ""),
    )


def _turns(
    page: int, has_more: bool, page_address: Callable[[int], str]
) -> tuple[str | None, str | None]:
    return page_address(page - 1) if page > 1 else None, page_address(
        page + 1
    ) if has_more else None


def _bounded_count(reader: Reader, pattern: str) -> int:
    """How many sites a pattern gives; `SORTED` + 1 if they are more than `SORTED`."""
    ((number,),) = reader.select(
        "SELECT (COUNT(?site) AS ?number) WHERE "
        f"{{ {{ SELECT ?site WHERE {{ {pattern} }} LIMIT {SORTED + 1} }} }}",
        "number",
    )
    assert isinstance(number, Literal)
    return int(number.value)


def _by_comparing(pattern: str, region: Region) -> str:
    return (
        f"{pattern} ; tfl:reportedStart ?start . "
        f"FILTER(?start >= {region.start} && ?start <= {region.end})"
    )


def _by_starts(pattern: str, region: Region) -> str:
    # EXISTS keeps the chromosome, which has a million sites, from being read first.
    starts = " ".join(map(str, range(region.start, region.end + 1)))
    return (
        f"VALUES ?start {{ {starts} }} ?site tfl:reportedStart ?start . "
        f"FILTER EXISTS {{ {pattern} }}"
    )


def _spelled(where: str, order: str) -> str:
    """The query of a whole list, as people read it."""
    lines = where.replace(" . FILTER", " .\n  FILTER").replace(" OPTIONAL", "\n  OPTIONAL")
    return (
        f"PREFIX tfl: <{TFL}>\n\nSELECT ?site ?start WHERE {{\n  {lines}\n}}"
        + f"\nORDER BY {order}" * bool(order)
    )
