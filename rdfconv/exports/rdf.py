"""Edges as RDF, as they stand in the data.

Of each edge there is the direct triple, its node with all that is said of it, all its reports, and
what tells its proteins, organisms, databases and methods: types, names, accessions, genes. A
report that does not pass the filter belongs to the edge all the same, so it is there, too.

The reading is injected, so that the same code serves the query service and a store on disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Triple

from rdfconv.edges.reader import Edge
from rdfconv.exports.sheets import Tally
from rdfconv.formats import Format
from rdfconv.serialize import RDF_TYPE, Term, syntax_of, term_of
from rdfconv.vocabulary import PREFIXES

BATCH = 500
"""How many edges are read at a time."""

TFL = PREFIXES["tfl"]
REGULATES = TFL + "regulates"
EVIDENCE = TFL + "evidence"
LABEL = PREFIXES["rdfs"] + "label"
OF_PROTEINS = (
    RDF_TYPE,
    LABEL,
    PREFIXES["dcterms"] + "identifier",
    PREFIXES["obo"] + "RO_0002162",
    TFL + "encodedBy",
)
"""What is told of a protein; all of it would be all edges of it."""
NAMED = {
    PREFIXES["obo"] + "RO_0002162": PREFIXES["up"] + "scientificName",
    TFL + "sourceDatabase": LABEL,
    TFL + "detectionMethod": LABEL,
}
"""What the terms that a property points at are named by."""


class Describe(Protocol):
    """Gives the triples with these subjects; only with the predicate if one is given."""

    def __call__(self, iris: Iterable[str], predicate: str | None = None) -> list[Triple]: ...


def from_store(store: pyoxigraph.Store) -> Describe:
    """Reads from a store that is open.

    >>> store = pyoxigraph.Store()
    >>> one = pyoxigraph.Quad(NamedNode("x:a"), NamedNode("x:b"), NamedNode("x:c"))
    >>> store.add(one)
    >>> from_store(store)(["x:a", "x:other"]) == [one.triple]
    True
    """

    def describe(iris: Iterable[str], predicate: str | None = None) -> list[Triple]:
        wanted = None if predicate is None else NamedNode(predicate)
        return [
            quad.triple
            for iri in iris
            for quad in store.quads_for_pattern(NamedNode(iri), wanted, None, DefaultGraph())
        ]

    return describe


def document(
    batches: Iterable[Sequence[Edge]], fmt: Format, describe: Describe, tally: Tally
) -> Iterator[bytes]:
    """The pieces of a document about edges.

    Args:
        batches: the edges.
        fmt: the RDF format.
        describe: what reads the data.
        tally: what edges without a node are counted into.
    """
    syntax = syntax_of(fmt)
    source = _Source(describe, tally)

    def blocks() -> Iterator[bytes]:
        for batch in batches:
            for subject, predicates in _by_subject(source.triples(batch)):
                yield syntax.block(subject, predicates).encode()

    yield from map(bytes, syntax.document(blocks()))


class _Source:
    """Reads the triples of edges; what was read once does not come again."""

    def __init__(self, describe: Describe, tally: Tally) -> None:
        self._describe = describe
        self._tally = tally
        self._seen: set[tuple[str, str | None]] = set()

    def triples(self, batch: Sequence[Edge]) -> list[Triple]:
        """The triples of some edges."""
        found = self._read(edge.interaction for edge in batch if edge.interaction)
        # A term of its own for each would take most of the time.
        subjects = {triple.subject.value for triple in found}  # type: ignore[union-attr]
        regulates = NamedNode(REGULATES)
        for edge in batch:
            found.append(Triple(NamedNode(edge.tf.iri), regulates, NamedNode(edge.target.iri)))
            self._tally.unnamed += edge.interaction not in subjects
        reports = {report.iri for edge in batch for report in edge.evidence}
        found += self._read(reports | _objects(found, EVIDENCE))
        proteins = {protein.iri for edge in batch for protein in (edge.tf, edge.target)}
        for predicate in OF_PROTEINS:
            found += self._read(proteins, predicate)
        for predicate, name in NAMED.items():
            found += self._read(_objects(found, predicate), name)
        return found

    def _read(self, iris: Iterable[str], predicate: str | None = None) -> list[Triple]:
        new = sorted({iri for iri in iris if (iri, predicate) not in self._seen})
        self._seen.update((iri, predicate) for iri in new)
        return self._describe(new, predicate) if new else []


def _objects(triples: Iterable[Triple], predicate: str) -> set[str]:
    """The IRIs that a property points at."""
    return {
        triple.object.value
        for triple in triples
        if triple.predicate.value == predicate and isinstance(triple.object, NamedNode)
    }


def _by_subject(
    triples: Iterable[Triple],
) -> Iterator[tuple[Term, list[tuple[str, list[Term]]]]]:
    """Triples as blocks, in an order that does not depend on theirs."""
    subjects: dict[Term, dict[str, set[Term]]] = {}
    for triple in triples:
        predicates = subjects.setdefault(term_of(triple.subject), {})
        predicates.setdefault(triple.predicate.value, set()).add(term_of(triple.object))
    for subject in sorted(subjects):
        pairs = sorted(subjects[subject].items(), key=lambda pair: (pair[0] != RDF_TYPE, pair[0]))
        yield subject, [(predicate, sorted(values)) for predicate, values in pairs]
