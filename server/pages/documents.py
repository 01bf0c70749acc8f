"""The RDF of a page: a concise bounded description of one thing.

It holds the triples that have the thing, or a part of it, as subject, blank nodes followed, and
the names of what those triples name, but for classes and edges. The description of an edge holds
its evidence, too, and so does that of a binding site, which says where it lies in the words of
FALDO as well; that of a protein holds its gene and, page by page, its edges.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import BlankNode, NamedNode, Triple

from rdfconv.filters import Filter
from rdfconv.identifiers import INTERACTION, PAGES_GRAPH, accession_of
from server.pages.facts import LABEL, SCIENTIFIC_NAME, TFL, TYPE, Graph
from server.pages.links import Kind
from server.pages.protein import (
    Edge,
    count_edges,
    describe_edges,
    describe_protein,
    edges_as_regulator,
    edges_as_target,
)
from server.pages.sites import location_of
from server.reader import Reader

EDGES_PER_DOCUMENT = 500
"""How many edges one page of a protein's description has, over both its lists."""
TRIPLES_PER_DOCUMENT = 2000
"""How many triples of other things one page of their description has."""

WITH_EVIDENCE = ("interaction", "bindingsite")
"""The kinds whose description holds their evidence."""
WITH_PARTS = ("dataset", "graph")
"""The kinds whose parts are named by fragments of their IRI, and linked from it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A page of a description.

    Attributes:
        triples: its triples.
        pages: how many pages there are; 0 if the thing is not there at all.
    """

    triples: list[Triple]
    pages: int


def describe(reader: Reader, kind: Kind, iri: str, page: int = 1) -> Document:
    """A page of the description of a thing; no triples behind the last page.

    Raises:
        EngineError: there is no answer.
    """
    if kind.path == "protein":
        return _protein(reader, iri, page)
    own = own_triples(reader, kind, iri)
    if not own:
        return Document([], 0)
    if kind.path in WITH_EVIDENCE:
        own = [*own, *followed(reader, reader.describe(objects_of(own, TFL + "evidence")))]
    if kind.path == "bindingsite":
        location = location_of(Graph(own), iri)
        own += location.triples() if location else ()
    if kind.path in WITH_PARTS:
        own += _linked_parts(reader, iri, own)
    if kind.path == "page":
        own += _parts_of_page(reader, iri)
    pages = math.ceil(len(own) / TRIPLES_PER_DOCUMENT)
    start = (page - 1) * TRIPLES_PER_DOCUMENT
    shown = own[start : start + TRIPLES_PER_DOCUMENT]
    return Document(with_names(reader, shown), pages)


def own_triples(reader: Reader, kind: Kind, iri: str) -> list[Triple]:
    """The triples with a thing as subject, blank nodes followed, sorted."""
    if kind.path == "page":
        return reader.describe([iri], graph=PAGES_GRAPH)
    return followed(reader, reader.describe([iri]))


def followed(reader: Reader, triples: Iterable[Triple]) -> list[Triple]:
    """Triples with those of the blank nodes that they lead to, each once."""
    listed = list(triples)
    leading = {
        triple.subject.value
        for triple in listed
        if isinstance(triple.object, BlankNode) and isinstance(triple.subject, NamedNode)
    }
    for iri in sorted(leading):
        listed += reader.bounded_description(iri)
    return list(dict.fromkeys(listed))


def with_names(reader: Reader, triples: Iterable[Triple]) -> list[Triple]:
    """Triples with the names of what they name, each triple once."""
    listed = list(triples)
    mentioned: set[str] = set()
    for triple in listed:
        terms = (triple.subject, triple.object) if triple.predicate.value != TYPE else ()
        for term in terms:
            if isinstance(term, NamedNode) and not term.value.startswith(INTERACTION):
                mentioned.add(term.value)
    for name in (LABEL, SCIENTIFIC_NAME):
        listed += reader.describe(mentioned, name)
    return list(dict.fromkeys(listed))


def objects_of(triples: Iterable[Triple], predicate: str) -> list[str]:
    """The IRIs that triples with a predicate lead to."""
    return [
        triple.object.value
        for triple in triples
        if triple.predicate.value == predicate and isinstance(triple.object, NamedNode)
    ]


def _protein(reader: Reader, iri: str, page: int) -> Document:
    own = describe_protein(reader, iri)
    as_regulator, as_target = count_edges(reader, iri)
    if not (own or as_regulator or as_target):
        return Document([], 0)
    size = EDGES_PER_DOCUMENT
    pages = max(math.ceil((as_regulator + as_target) / size), 1)
    if page > pages:
        return Document([], pages)
    offset = (page - 1) * size
    edges = _slice(reader, iri, True, as_regulator, size, offset)
    left, offset = size - len(edges), offset + len(edges) - as_regulator
    edges += _slice(reader, iri, False, as_target, left, max(offset, 0))
    return Document(with_names(reader, own + describe_edges(reader, edges)), pages)


def _slice(
    reader: Reader, iri: str, is_regulator: bool, total: int, limit: int, offset: int
) -> list[Edge]:
    """A slice of the direct edges that start, or end, at a protein."""
    if limit <= 0 or offset >= total:
        return []
    accession = accession_of(iri)
    wanted = Filter(tf=accession) if is_regulator else Filter(target=accession)
    if reader.edges.count(wanted) == total:
        # Sorting 20,000 IRIs takes the engine most of a second; the table has them sorted.
        page = reader.edges.page(wanted, "name", offset, limit)
        return [Edge(edge.tf.iri, edge.target.iri) for edge in page]
    ends = edges_as_regulator if is_regulator else edges_as_target
    return ends(reader, iri, limit, offset)


def _linked_parts(reader: Reader, iri: str, triples: Iterable[Triple]) -> list[Triple]:
    """The triples of the parts that triples lead to, and of their parts."""
    known: set[str] = {iri}
    found: list[Triple] = []
    latest = list(triples)
    while latest:
        new = {
            triple.object.value
            for triple in latest
            if isinstance(triple.object, NamedNode) and triple.object.value.startswith(f"{iri}#")
        } - known
        known |= new
        latest = followed(reader, reader.describe(new)) if new else []
        found += latest
    return found


def _parts_of_page(reader: Reader, iri: str) -> list[Triple]:
    """The triples of what a TFLink page lists, which lead to the page."""
    rows = reader.select(
        f"SELECT ?part WHERE {{ GRAPH <{PAGES_GRAPH}> {{ ?part tfl:listedOn <{iri}> }} }}", "part"
    )
    parts = [row[0].value for row in rows if isinstance(row[0], NamedNode)]
    return reader.describe(parts, graph=PAGES_GRAPH) if parts else []
