"""Lists of edges as pages show them: filtered, sorted, paged, each state an address."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from rdfconv import filters
from rdfconv.edges.reader import SORTED_AT_MOST, SORTS, Edge, EdgeTable, Protein
from rdfconv.errors import shown
from rdfconv.exports import EXPORT_FORMATS, Ids
from rdfconv.filters import Filter
from server.pages.links import local_address
from server.pages.paging import ROWS, Paged
from server.problems import Problem

PAPERS = 8
"""How many papers a row links; the edge's page has them all."""
VARYING = ("mode", "dataset")
"""What lists can be narrowed to only if the release has several of them."""


@dataclass(frozen=True, slots=True)
class Link:
    """A thing as a page shows it. Only http and https IRIs become links.

    Attributes:
        name: what it is called.
        iri: what it is.
        note: more about it, said in brackets.
    """

    name: str
    iri: str
    note: str = ""

    @property
    def href(self) -> str | None:
        """Where it leads: to its page here, else into the web; None if nowhere."""
        local = local_address(self.iri)
        if local is not None:
            return local
        return self.iri if self.iri.startswith(("http://", "https://")) else None


@dataclass(frozen=True, slots=True)
class Row:
    """An edge in a list.

    Attributes:
        regulator: the transcription factor.
        target: the target.
        edge: the edge itself.
        papers: primary papers, as many as are shown.
        more_papers: how many there are beside those.
        scale: ``small``, ``large`` or "".
        modes: activation, repression.
        datasets: the data sets that report it; shown where a page's rows have several.
        conserved: the organisms that have the same edge between orthologs.
    """

    regulator: Link
    target: Link
    edge: Link | None
    databases: list[Link]
    methods: list[Link]
    papers: list[Link]
    more_papers: int
    scale: str
    modes: list[str]
    datasets: list[Link]
    conserved: list[Link] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a list can be narrowed to, or that it is narrowed to.

    Attributes:
        value: the value of the parameter.
        name: what it is called.
        edges: how many edges are left with it.
        href: the page with it or, where it is chosen, without it.
        is_chosen: whether the list is narrowed to it.
    """

    value: str
    name: str
    edges: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A heading that sorts: its address, and how the list is sorted by it now."""

    href: str
    way: str


@dataclass(frozen=True, slots=True)
class EdgeList(Paged):
    """A page of a list of edges.

    Attributes:
        wanted: the filter.
        rows: its rows.
        page: the page's number, from 1 on.
        total: how many edges pass the filter.
        everything: how many there are without the conditions that the reader chose.
        columns: the headings that sort, by name.
        options: what the list can be narrowed to, by filter, the most frequent first.
        previous: the address of the page before; None if there is none.
        next: the address of the page behind; None if there is none.
        downloads: label and address of each format of the whole list.
    """

    wanted: Filter
    rows: list[Row]
    page: int
    total: int
    everything: int
    columns: Mapping[str, Column]
    options: Mapping[str, list[Option]]
    previous: str | None
    next: str | None
    downloads: list[tuple[str, str]]

    @property
    def query(self) -> str:
        """The SPARQL query for the whole list."""
        return self.wanted.sparql()


class Lists:
    """Makes the lists of one page.

    Args:
        table: the table of edges.
        path: the page's path.
        parameters: the request's parameters, as `server.parameters.given` has them.
        own: the names of parameters that are no filters.

    Raises:
        UsageError: a parameter is unknown or wrong.
    """

    def __init__(
        self, table: EdgeTable, path: str, parameters: Mapping[str, str], own: tuple[str, ...] = ()
    ) -> None:
        self._table = table
        self._path = path
        self._own = {name: parameters[name] for name in own if parameters.get(name)}
        self.chosen = filters.parse(
            {name: value for name, value in parameters.items() if name not in own}
        )

    def make(self, fixed: Filter, prefix: str = "", options: tuple[str, ...] = ()) -> EdgeList:
        """A page of the list of edges that pass what is fixed and what the reader chose.

        Args:
            fixed: the conditions that belong to the page.
            prefix: what the parameters ``page`` and ``sort`` of this list start with.
            options: the filters whose values are offered; if there are any, those of `VARYING`
                in which the release varies are, too.

        Raises:
            Problem: there is no such page.
            UsageError: there is no such order.
        """
        wanted = self.chosen.but(**fixed.parameters())
        page = page_number(self._own.get(f"{prefix}page", "1"))
        sort = self._own.get(f"{prefix}sort", "")
        total = self._table.count(wanted)
        pages = max(math.ceil(total / ROWS), 1)
        if page > pages:
            raise no_such_page(pages, self._address({f"{prefix}page": str(pages)}))
        if options:
            options += tuple(name for name in VARYING if self._table.varies(name))
        edges = self._table.page(wanted, sort, (page - 1) * ROWS, ROWS)
        turn = f"{prefix}page"
        return EdgeList(
            wanted,
            [self._row(edge) for edge in edges],
            page,
            total,
            self._table.count(fixed) if self.chosen else total,
            self._columns(prefix, sort, wanted, total),
            {name: self._options(wanted, name) for name in options},
            self._address({turn: str(page - 1) if page > 2 else ""}) if page > 1 else None,
            self._address({turn: str(page + 1)}) if page < pages else None,
            downloads_of(wanted),
        )

    def without_filters(self) -> str:
        """The page's address without what the reader chose."""
        return self._path

    def _address(self, changes: Mapping[str, str], **chosen: str) -> str:
        """The page's address with other parameters; a new filter starts at the first pages."""
        kept = self.chosen.but(**chosen) if chosen else self.chosen
        own = {
            name: value
            for name, value in (self._own | dict(changes)).items()
            if value and not (chosen and name.endswith("page"))
        }
        return address(self._path, kept.parameters() | own)

    def _columns(self, prefix: str, sort: str, wanted: Filter, total: int) -> dict[str, Column]:
        columns = {}
        for name in SORTS:
            if name in ("papers", "databases") and not wanted.anchored and total > SORTED_AT_MOST:
                continue
            down, up = (name, f"-{name}") if name in ("support", "name") else (f"-{name}", name)
            is_down = sort == down or (name == "support" and not sort)
            way = "descending" if name not in ("support", "name") else "ascending"
            other = "ascending" if way == "descending" else "descending"
            now = way if is_down else other if sort == up else "none"
            wished = up if is_down else down
            changes = {f"{prefix}sort": "" if wished == "support" else wished, f"{prefix}page": ""}
            columns[name] = Column(self._address(changes), now)
        return columns

    def _options(self, wanted: Filter, name: str) -> list[Option]:
        chosen = getattr(self.chosen, name)
        return [
            Option(
                choice.value,
                choice.name,
                choice.edges,
                self._address({}, **{name: "" if choice.value == chosen else choice.value}),
                choice.value == chosen,
            )
            for choice in self._table.choices(wanted, name)
        ]

    def _row(self, edge: Edge) -> Row:
        papers = edge.all_of("papers")
        flag = edge.small_scale
        return Row(
            protein_link(edge.tf),
            protein_link(edge.target),
            Link("evidence", edge.interaction) if edge.interaction else None,
            named(self._table, edge.all_of("databases")),
            named(self._table, edge.all_of("methods")),
            named(self._table, papers[:PAPERS]),
            max(len(papers) - PAPERS, 0),
            "" if flag is None else filters.SMALL if flag else filters.LARGE,
            sorted(iri.rpartition("#")[2] for iri in edge.all_of("modes")),
            named(self._table, edge.all_of("datasets")),
        )


def form_choices(chosen: Filter, *lists: EdgeList) -> dict[str, list[tuple[str, str]]]:
    """What the form of a page offers: value and name, by filter, sorted by name.

    Args:
        chosen: the filter that the reader chose; its values are offered in any case.
        lists: the lists of the page.
    """
    found = {}
    for name in ("organism", "database", "method", *VARYING):
        options = [option for one in lists for option in one.options.get(name, ())]
        names = {option.value: option.name for option in options}
        value = getattr(chosen, name)
        if value:
            names.setdefault(value, value)
        if names:
            found[name] = sorted(names.items(), key=lambda pair: pair[1].lower())
    return found


def protein_link(protein: Protein) -> Link:
    """A protein as a page shows it."""
    return Link(protein.name, protein.iri, protein.accession)


def named(table: EdgeTable, iris: list[str]) -> list[Link]:
    """Things with their names, sorted by name."""
    return sorted((Link(table.name_of(iri), iri) for iri in iris), key=lambda link: link.name)


def downloads_of(wanted: Filter) -> list[tuple[str, str]]:
    """Label and address of the files of all edges that pass a filter."""
    found = []
    for one in EXPORT_FORMATS.values():
        path = f"/interactions{one.suffix}"
        found.append((one.label, address(path, wanted.parameters())))
        if one.name == "gmt":
            found += [
                (label, address(path, wanted.parameters() | {"ids": ids.value}))
                for label, ids in (("GMT, Entrez", Ids.ENTREZ), ("GMT, UniProt", Ids.UNIPROT))
            ]
    return found


def address(path: str, parameters: Mapping[str, str]) -> str:
    """A path with parameters."""
    return f"{path}?{urlencode(parameters)}" if parameters else path


def page_number(text: str) -> int:
    """The number of a page.

    Raises:
        Problem: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "bad-request",
            "The request is malformed",
            f"the page {shown(text)} is no number from 1 on",
            hint="leave 'page' out for the first page",
        )
    return int(text)


def no_such_page(pages: int, last: str) -> Problem:
    """The problem of a page behind the last one.

    Args:
        pages: how many there are.
        last: the address of the last one.
    """
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no-such-page",
        "There is no such page",
        f"The last page is {pages}.",
        hint=f"ask for {last}",
    )
