"""Edges that pass a filter, single ones, and the evidence for them."""

from __future__ import annotations

from collections.abc import Iterable

from rdfconv.edges.reader import Edge, Evidence, Protein
from rdfconv.filters import Filter
from rdfconv.identifiers import UNIPROT
from server.api.asking import Asked, unknown
from server.api.objects import Object
from server.api.parameters import SORT
from server.pages.documents import own_triples, with_names
from server.pages.edge_lists import Link
from server.pages.facts import TFL, Graph
from server.pages.links import KINDS
from server.pages.reports import of_node


def interactions(asked: Asked) -> Object:
    """A page of the edges that pass the filter, and how many do."""
    wanted, place = asked.filter, asked.place
    total = asked.table.count(wanted)
    sort = asked.values.get(SORT.name, SORT.default)
    found = asked.table.page(wanted, sort, place, asked.limit)
    following = place + asked.limit
    page = asked.page(asked.objects.edges(found), following if following < total else None)
    return {"total": total, **page}


def interaction(asked: Asked) -> Object:
    """An edge with its evidence.

    Raises:
        Problem: the release does not list it.
    """
    [found] = asked.objects.edges([_edge(asked)])
    return found


def evidence_of(asked: Asked) -> Object:
    """The evidence of an edge alone.

    Raises:
        Problem: the release does not list the edge.
    """
    return {"items": interaction(asked)["evidence"]}


def evidence(asked: Asked) -> Object:
    """What one data set reports, and how many edges share it.

    Raises:
        Problem: the release has no such evidence.
    """
    name = asked.values["id"]
    kind = KINDS["evidence"]
    iri = kind.namespaces[0].start + name
    triples = own_triples(asked.reader, kind, iri)
    if not triples:
        raise unknown("evidence", name)
    graph = Graph(with_names(asked.reader, triples))
    report = of_node(graph, iri)
    told = Evidence(
        iri,
        {"small": True, "large": False}.get(report.scale),
        _iris(report.datasets),
        _iris(report.databases),
        _iris(report.methods),
        _iris(report.papers),
        _iris(report.database_papers),
        _iris(report.others),
        tuple(sorted(report.unparsed)),
        tuple(TFL + mode for mode in report.modes),
    )
    edges = asked.table.count(Filter(evidence=name))
    return {**asked.objects.evidence(told), "interactions": edges}


def _edge(asked: Asked) -> Edge:
    """The edge that the path names."""
    name = asked.values["interaction"]
    tf, _, target = name.partition("_")
    found = asked.table.page(Filter(tf=tf, target=target))
    if found:
        return found[0]
    kind = KINDS["interaction"]
    if not own_triples(asked.reader, kind, kind.namespaces[0].start + name):
        raise unknown("interaction", name)
    # RDF given as input may have edges of which it reports nothing; the table has none of them.
    ends = (asked.table.protein(UNIPROT + one) for one in (tf, target))
    known = [
        end or Protein(UNIPROT + one, one, "", ())
        for end, one in zip(ends, (tf, target), strict=True)
    ]
    return Edge(known[0], known[1], ())


def _iris(links: Iterable[Link]) -> tuple[str, ...]:
    return tuple(sorted(link.iri for link in links))
