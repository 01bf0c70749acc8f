"""The numbers of edges that a release keeps, so that nobody has to count twelve million of them.

Edges share evidence: the edges of a database, a method or a paper are those of its evidence nodes,
of which there are some ten thousands. So one number for each evidence node and organism answers
what would take the engine minutes, and one for each protein tells who regulates most. They stand in
a named graph of their own and say nothing that the edges do not say.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Quad

from rdfconv.edges.index import Numbers
from rdfconv.identifiers import COUNTS_GRAPH, TERM, last_part
from rdfconv.vocabulary import PREFIXES

_GRAPH = NamedNode(COUNTS_GRAPH)
_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_EDGE_COUNT = NamedNode(TERM + "EdgeCount")
_NUMBER = NamedNode(TERM + "edgeCount")
_EVIDENCE = NamedNode(TERM + "countedEvidence")
_ORGANISM = NamedNode(TERM + "countedOrganism")
_FACTOR = NamedNode(TERM + "countedTranscriptionFactor")
_TARGET = NamedNode(TERM + "countedTarget")
_INTEGER = NamedNode(PREFIXES["xsd"] + "integer")


def quads(numbers: Numbers) -> Iterator[Quad]:
    """The numbers of edges as quads.

    Args:
        numbers: how many edges each evidence node has in each organism, and each protein. Numbers
            of proteins are left out where the store may have other edges, too.
    """
    for (evidence, organism), number in numbers.reports.items():
        name = f"{last_part(evidence)}-{last_part(organism)}" if organism else last_part(evidence)
        about = [(_EVIDENCE, evidence)]
        if organism:
            about.append((_ORGANISM, organism))
        yield from _count(name, about, number)
    if numbers.are_all:
        for protein, number in numbers.targets.items():
            yield from _count(f"factor-{last_part(protein)}", [(_FACTOR, protein)], number)
        for protein, number in numbers.regulators.items():
            yield from _count(f"target-{last_part(protein)}", [(_TARGET, protein)], number)


def _count(name: str, about: list[tuple[NamedNode, str]], number: int) -> Iterator[Quad]:
    node = NamedNode(f"{COUNTS_GRAPH}#{name}")
    yield Quad(node, _TYPE, _EDGE_COUNT, _GRAPH)
    for predicate, iri in about:
        yield Quad(node, predicate, NamedNode(iri), _GRAPH)
    yield Quad(node, _NUMBER, Literal(str(number), datatype=_INTEGER), _GRAPH)
