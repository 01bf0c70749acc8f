"""Linked-data pages: ``/`` and ``/protein/{accession}``."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from flask import Blueprint, Response, redirect, render_template, request, url_for
from pyoxigraph import Triple
from werkzeug.wrappers import Response as BaseResponse

from rdfconv.config import Settings
from rdfconv.errors import shown
from rdfconv.examples import examples
from rdfconv.formats import RDF_FORMATS, Format
from rdfconv.identifiers import ACCESSION, UNIPROT
from rdfconv.serialize import dumps
from rdfconv.vocabulary import PREFIXES
from server import protein
from server.caching import begin
from server.engine import Engine
from server.negotiation import HTML
from server.problems import Problem, accepted
from server.protein import TFL, Edge, Graph
from server.reader import Reader, consistent
from server.streaming import RELEASE_HEADER, content_type

EDGES_PER_DOCUMENT = 500
"""How many edges one page of an RDF document has, over both lists."""
ROWS_PER_PAGE = 100
"""How many rows one page of HTML shows of each of its two lists."""
CANDIDATES = 10
"""How many proteins a 404 proposes at most."""

FORMATS = {name: RDF_FORMATS[name] for name in ("ttl", "jsonld", "nt")} | {HTML.name: HTML}
"""The formats of a protein's description by suffix, the default of ``*/*`` first."""

ALT_LABEL = PREFIXES["skos"] + "altLabel"
ORTHOLOG = PREFIXES["orth"] + "hasOrtholog"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Link:
    """A thing as a page shows it. Only http and https IRIs become links."""

    name: str
    iri: str

    @property
    def href(self) -> str | None:
        """The IRI if a browser may follow it."""
        return self.iri if self.iri.startswith(("http://", "https://")) else None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list of edges: the partner and what supports the edge."""

    partner: Link
    accession: str | None
    databases: list[Link]
    methods: list[Link]
    papers: list[Link]
    small_scale: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list: its rows, where they stand in it, and how long it is."""

    rows: list[Row]
    page: int
    total: int

    @property
    def first(self) -> int:
        """The number of the first row."""
        return (self.page - 1) * ROWS_PER_PAGE + 1

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self.first + len(self.rows) - 1


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The routes of the pages."""
    routes = Blueprint("pages", __name__)

    def read(ask: Callable[[Reader], T]) -> tuple[T, str]:
        return consistent(engine, settings, ask)

    @routes.get("/")
    def start() -> str:
        return render_template("start.html", examples=examples())

    @routes.get("/protein/<name>")
    def protein_page(name: str) -> BaseResponse:
        stem, dot, suffix = name.partition(".")
        if not ACCESSION.fullmatch(stem.upper()):
            raise _malformed(stem, lambda: read(lambda reader: _candidates(reader, stem))[0])
        if dot and suffix.lower() not in FORMATS:
            raise _no_such_format(stem.upper())
        if stem != stem.upper() or suffix != suffix.lower():
            return redirect(_address(stem.upper(), suffix.lower(), request.query_string), 301)
        fmt = FORMATS[suffix] if dot else accepted(FORMATS)
        make = _html if fmt is HTML else _rdf
        page = _page()
        location = "" if dot else _address(stem, fmt.name, request.query_string)
        begin(engine.release(), "protein", request.url, fmt.name, location=location)
        (body, pages), release = read(lambda reader: make(reader, stem, page, fmt))
        response = Response(body, content_type=content_type(fmt))
        response.headers[RELEASE_HEADER] = release
        response.headers["Link"] = ", ".join(_links(stem, suffix, fmt, page, pages))
        if not dot:
            response.headers["Content-Location"] = location
            response.vary.add("Accept")
        return response

    return routes


def _address(accession: str, suffix: str, query: bytes = b"") -> str:
    name = f"{accession}.{suffix}" if suffix else accession
    path = url_for("pages.protein_page", name=name)
    return f"{path}?{query.decode('ascii', 'replace')}" if query else path


def _links(accession: str, suffix: str, fmt: Format, page: int, pages: int) -> list[str]:
    links = [
        f'<{_address(accession, other.name)}>; rel="alternate"; type="{other.media_type}"'
        for other in FORMATS.values()
        if other is not fmt
    ]
    links.append(f'<{UNIPROT}{accession}>; rel="describes"')
    for number, relation in ((page - 1, "prev"), (page + 1, "next")):
        if 1 <= number <= pages:
            address = _address(accession, suffix, f"page={number}".encode())
            links.append(f'<{address}>; rel="{relation}"')
    return links


def _page() -> int:
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "bad-request",
            "The request is malformed",
            f"the page {shown(text)} is no number from 1 on",
            hint="leave 'page' out for the first page",
        )
    return int(text)


# The documents


def _counted(reader: Reader, accession: str, page: int, size: int, *, both: bool) -> list[int]:
    """The lengths of the two lists and the number of pages.

    Args:
        both: whether the lists are paged one after the other, and not side by side.
    """
    iri = UNIPROT + accession
    if not protein.exists(reader, iri):
        raise _unknown(accession)
    as_regulator, as_target = protein.count_edges(reader, iri)
    longest = as_regulator + as_target if both else max(as_regulator, as_target)
    pages = max(math.ceil(longest / size), 1)
    if page > pages:
        raise Problem(
            HTTPStatus.NOT_FOUND,
            "no-such-page",
            "There is no such page",
            f"The last page is {pages}.",
            hint=f"ask for {_address(accession, '', f'page={pages}'.encode())}",
        )
    return [as_regulator, as_target, pages]


def _rdf(reader: Reader, accession: str, page: int, fmt: Format) -> tuple[str, int]:
    """A page of the description as RDF, and the number of pages."""
    iri, size = UNIPROT + accession, EDGES_PER_DOCUMENT
    as_regulator, _, pages = _counted(reader, accession, page, size, both=True)
    offset = (page - 1) * size
    edges = protein.edges_as_regulator(reader, iri, size, offset) if offset < as_regulator else []
    left = size - len(edges)
    edges += protein.edges_as_target(reader, iri, left, offset + len(edges) - as_regulator)
    return dumps(_triples(reader, iri, edges), fmt), pages


def _html(reader: Reader, accession: str, page: int, fmt: Format) -> tuple[str, int]:
    """A page of the description for people, and the number of pages."""
    iri, size = UNIPROT + accession, ROWS_PER_PAGE
    as_regulator, as_target, pages = _counted(reader, accession, page, size, both=False)
    offset = (page - 1) * size
    targets = protein.edges_as_regulator(reader, iri, size, offset)
    regulators = protein.edges_as_target(reader, iri, size, offset)
    graph = Graph(_triples(reader, iri, targets + regulators))
    taxa = graph.iris(iri, protein.IN_TAXON)
    body = render_template(
        "protein.html",
        accession=accession,
        iri=iri,
        name=graph.name(iri),
        other_names=graph.values(iri, ALT_LABEL),
        is_regulator=TFL + "TranscriptionFactor" in graph.iris(iri, protein.TYPE),
        taxa=_named(graph, taxa),
        genes=[Link(_last(gene), gene) for gene in graph.iris(iri, TFL + "encodedBy")],
        orthologs=_named(graph, graph.iris(iri, ORTHOLOG)),
        matrices=[Link(_last(found), found) for found in graph.iris(iri, TFL + "jasparMatrix")],
        targets=Listing([_row(graph, edge, edge.target) for edge in targets], page, as_regulator),
        regulators=Listing(
            [_row(graph, edge, edge.regulator) for edge in regulators], page, as_target
        ),
        formats=[(fmt, _address(accession, fmt.name)) for fmt in FORMATS.values() if fmt != HTML],
        previous=_address(accession, "", f"page={page - 1}".encode()) if page > 1 else None,
        next=_address(accession, "", f"page={page + 1}".encode()) if page < pages else None,
    )
    return body, pages


def _triples(reader: Reader, iri: str, edges: list[Edge]) -> list[Triple]:
    triples = protein.describe_protein(reader, iri) + protein.describe_edges(reader, edges)
    triples += protein.describe_names(reader, triples)
    return list(dict.fromkeys(triples))


def _row(graph: Graph, edge: Edge, partner: str) -> Row:
    evidence = graph.iris(edge.interaction, TFL + "evidence") if edge.interaction else []

    def all_of(predicate: str) -> list[str]:
        return sorted({iri for node in evidence for iri in graph.iris(node, TFL + predicate)})

    flags = {text for node in evidence for text in graph.values(node, TFL + "smallScale")}
    return Row(
        Link(graph.name(partner), partner),
        protein.accession_of(partner),
        _named(graph, all_of("sourceDatabase")),
        _named(graph, all_of("detectionMethod")),
        [Link(_last(paper), paper) for paper in all_of("primaryReference")],
        "yes" if "true" in flags else "no" if "false" in flags else "",
    )


def _named(graph: Graph, iris: list[str]) -> list[Link]:
    return sorted((Link(graph.name(iri), iri) for iri in iris), key=lambda link: link.name)


def _last(iri: str) -> str:
    return iri.rstrip("/").rsplit("/", 1)[-1]


# What is not there


def _candidates(reader: Reader, name: str) -> dict[str, str]:
    found = protein.proteins_named(reader, name, CANDIDATES)
    return {accession: _address(accession, "") for accession in found}


def _malformed(name: str, candidates: Callable[[], dict[str, str]]) -> Problem:
    found = candidates()
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no-such-protein",
        "There is no such protein",
        f"{shown(name)} is no UniProt accession, which looks like Q06945 or A0A024RBG1.",
        hint=(
            "these proteins have it for a name"
            if found
            else "no protein has it for a name either; search for it on https://www.uniprot.org/"
        ),
        available=found,
    )


def _unknown(accession: str) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no-such-protein",
        "There is no such protein",
        f"{accession} is well-formed, but this release knows nothing of it.",
        hint=(
            "it may be a secondary accession, or of another organism: "
            f"see https://www.uniprot.org/uniprotkb/{accession}"
        ),
    )


def _no_such_format(accession: str) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no-such-format",
        "There is no description in that format",
        f"There is: {', '.join('.' + name for name in FORMATS)}",
        hint="use one of these suffixes, or none and an Accept header",
        available={name: _address(accession, name) for name in FORMATS},
    )
