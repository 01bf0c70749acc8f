"""Turtle with lists and class expressions where they are used, as people write it; by rdflib.

A module of its own: to import rdflib takes a server a tenth of a second, and few requests need it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TypeAlias

import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.plugins.serializers.turtle import TurtleSerializer

from rdfconv.vocabulary import PREFIXES

Rank: TypeAlias = Callable[[str], tuple[int, str]]


class _InOrder(TurtleSerializer):
    """rdflib's Turtle, with the subjects in our order.

    It writes lists and class expressions where they are used, so blank nodes come last, and of
    them first the ones that use others.
    """

    def __init__(self, graph: rdflib.Graph, rank: Rank) -> None:
        super().__init__(graph)
        self._rank = rank

    def orderSubjects(self) -> list[rdflib.term.Node]:  # noqa: N802 (rdflib calls it so)
        used = {node for node in self.store.objects() if isinstance(node, rdflib.BNode)}
        subjects = sorted(self.store.subjects(unique=True), key=lambda node: self._rank(node.n3()))
        return sorted(subjects, key=lambda node: node in used)


def turtle(triples: list[Triple], rank: Rank) -> str:
    """Triples as Turtle.

    Args:
        triples: without a list that has no end.
        rank: where a subject stands, which is given as in N-Triples.
    """
    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    for triple in triples:
        graph.add((_node(triple.subject), _node(triple.predicate), _node(triple.object)))
    stream = io.BytesIO()
    _InOrder(graph, rank).serialize(stream, encoding="utf-8")
    return stream.getvalue().decode()


def _node(term: object) -> rdflib.IdentifiedNode | rdflib.Literal:
    if isinstance(term, Literal):
        datatype = None if term.language else rdflib.URIRef(term.datatype.value)
        if datatype == rdflib.XSD.string:
            datatype = None
        return rdflib.Literal(term.value, datatype=datatype, lang=term.language, normalize=False)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    assert isinstance(term, NamedNode)
    return rdflib.URIRef(term.value)
