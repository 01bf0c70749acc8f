"""The page of a thing that has no page of a special kind: what is said of it, what refers to it,
the edges that belong to it, and the query behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from flask import render_template, request
from pyoxigraph import NamedNode

from rdfconv.filters import Filter
from rdfconv.identifiers import last_part
from server.pages.documents import own_triples, with_names
from server.pages.edge_lists import Link, Lists, address, form_choices
from server.pages.facts import LABEL, TFL, TYPE, Graph, facts_of
from server.pages.links import Kind, outside
from server.pages.schema_org import as_script, structured_data
from server.pages.snippets import Behind, behind
from server.parameters import given
from server.reader import Reader

LISTED = 100
"""How many things that refer to a thing are listed."""

EDGES_OF: Mapping[str, str] = {
    "evidence": "evidence",
    "paper": "paper",
    "database": "database",
    "method": "method",
    "organism": "organism",
}
"""The filter that gives the edges of a thing, by its kind."""
NOT_SHOWN: Mapping[str, tuple[str, ...]] = {"assembly": (TYPE, LABEL)}
"""What the head of a page says already, by kind."""
INTRODUCTIONS: Mapping[str, str] = {
    "evidence": "What one data set reports. All edges and binding sites with the same report "
    "share it.",
    "paper": "A paper that supports edges, or that describes a source database.",
    "database": "A database that TFLink collected edges from.",
    "method": "A detection method, as PSI-MI or this data set names it.",
    "page": "A page of TFLink as a document: what it states and lists, word for word.",
    "graph": "A named graph of this data set.",
    "organism": "The organism of proteins and edges.",
    "gene": "A gene, by its NCBI gene id.",
    "assembly": "A version of an organism's genome. Positions of binding sites hold for it alone.",
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """Things that refer to a thing.

    Attributes:
        heading: what they are.
        things: the first of them.
        more: whether there are more than those.
    """

    heading: str
    things: list[Link]
    more: bool


_INCOMING: Mapping[str, tuple[tuple[str, str], ...]] = {
    "gene": (("Proteins it encodes", TFL + "encodedBy"),),
    "paper": (("Databases it describes", TFL + "databaseCitation"),),
    "method": (("Narrower methods", TFL + "broaderMethod"),),
    "assembly": (("Chromosomes", TFL + "assembly"),),
    "page": (),
}
"""What refers to a thing, by its kind: heading and property."""


def page(reader: Reader, kind: Kind, name: str, iri: str) -> str | None:
    """The HTML of a thing; None if the release says nothing about it."""
    own = own_triples(reader, kind, iri)
    if not own:
        return None
    graph = Graph(with_names(reader, own))
    headings = Graph(reader.describe({triple.predicate.value for triple in own}, LABEL))
    title = graph.name(iri)
    # The name as addresses spell it, and the suffix as it was asked for.
    path = kind.address(name)
    path += request.path.removeprefix(unquote(path))
    edges, lists, filtered, without = None, None, "", ""
    if kind.path in EDGES_OF:
        wanted = Filter(**{EDGES_OF[kind.path]: _filter_value(kind, name, iri)})  # type: ignore[arg-type]
        lists = Lists(reader.edges, path, given(), ("page", "sort"))
        without = lists.without_filters()
        offered = ("scale", "database", "method", "organism")
        options = tuple(other for other in offered if not getattr(wanted, other))
        edges = lists.make(wanted, options=options)
        filtered = lists.chosen.words(reader.edges.name_of) if lists.chosen else ""
    incoming = [
        _incoming(reader, heading, property_, iri)
        for heading, property_ in _INCOMING.get(kind.path, ())
    ]
    if kind.path == "evidence" and edges and not edges.everything:
        # Only binding sites have it, so that no edges have to be passed over.
        incoming.append(_incoming(reader, "Binding sites with it", TFL + "evidence", iri, order=""))
    data = structured_data(kind, iri, title, graph, request.host_url + path[1:])
    return render_template(
        "entity.html",
        kind=kind,
        name=name,
        iri=iri,
        title=title,
        introduction=INTRODUCTIONS.get(kind.path, ""),
        facts=facts_of(graph, iri, headings, NOT_SHOWN.get(kind.path, ())),
        incoming=[one for one in incoming if one.things],
        edges=edges,
        filtered=filtered,
        without=without,
        chosen=lists.chosen if lists else None,
        choices=form_choices(lists.chosen, edges) if lists and edges else {},
        outside=outside(kind.path, name),
        structured=as_script(data) if data else "",
        behind=queries(kind, iri, edges.query if edges else ""),
        graph_address=address("/graph-store", {"graph": iri}) if kind.path == "graph" else "",
    )


def queries(kind: Kind, iri: str, of_edges: str) -> list[Behind]:
    """The queries behind a page."""
    found = said_of(kind.words, iri, in_graph=kind.path == "page")
    return [found, behind("The edges listed", of_edges)] if of_edges else [found]


def said_of(words: str, iri: str, *, in_graph: bool = False) -> Behind:
    """The query for what is said of a thing.

    Args:
        words: what its kind is called.
        iri: the thing.
        in_graph: whether it is said in a named graph.
    """
    pattern = f"<{iri}> ?property ?value"
    if in_graph:
        pattern = f"GRAPH ?graph {{ {pattern} }}"
    return behind(
        f"What is said of this {words}",
        f"SELECT ?property ?value WHERE {{\n  {pattern}\n}}\nORDER BY ?property ?value",
    )


def _filter_value(kind: Kind, name: str, iri: str) -> str:
    """What the filter calls the thing: the local name of its IRI."""
    for namespace in kind.namespaces:
        if iri.startswith(namespace.start):
            return iri.removeprefix(namespace.start)
    return name


def _noted(name: str, iri: str) -> Link:
    return Link(name, iri, "" if name == last_part(iri) else last_part(iri))


def _natural(name: str) -> list[tuple[int, str]]:
    """What sorts chr2 before chr10.

    >>> sorted(["chr10", "chrX", "chr2"], key=_natural)
    ['chr2', 'chr10', 'chrX']
    """
    parts = re.findall(r"[0-9]+|[^0-9]+", name.lower())
    return [(int(part[:9]), "") if part.isdecimal() else (10**9, part) for part in parts]


def _incoming(
    reader: Reader, heading: str, predicate: str, iri: str, order: str = "ORDER BY STR(?thing)"
) -> Incoming:
    rows = reader.select(
        f"SELECT DISTINCT ?thing WHERE {{ ?thing <{predicate}> <{iri}> }} "
        f"{order} LIMIT {LISTED + 1}",
        "thing",
    )
    iris = [row[0].value for row in rows if isinstance(row[0], NamedNode)]
    names = Graph(reader.describe(iris, LABEL)) if iris else Graph([])
    things = [_noted(names.name(one), one) for one in iris[:LISTED]]
    things.sort(key=lambda link: _natural(link.name))
    return Incoming(heading, things, len(iris) > LISTED)
