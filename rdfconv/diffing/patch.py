"""Differences as RDF that can be applied: one named graph of triples to take away, one to add.

Taking the triples of `REMOVED` from the first release's default graph and adding those of `ADDED`
gives the second's edges and evidence. A report that both tell keeps its node, also where the
second release has another name for the data set that reports it. The triples stand in the data as
they are: the edges, their links to evidence, and evidence that is new or that no edge has any more.
What is told of proteins, papers, databases and methods is no part of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from rdfconv.diffing.comparison import Comparison, Difference, has_rdf
from rdfconv.diffing.values import State, Value
from rdfconv.entailment import FULL
from rdfconv.formats import Format
from rdfconv.identifiers import GRAPH, interaction_iri
from rdfconv.release import Release
from rdfconv.serialize import RDF_TYPE, Syntax, Term, syntax_of, term_of
from rdfconv.vocabulary import PREFIXES

REMOVED = GRAPH + "removed"
"""The named graph of what only the first release has."""
ADDED = GRAPH + "added"
"""The named graph of what only the second release has."""

_DEFAULT = DefaultGraph()
_EVIDENCE = NamedNode(PREFIXES["tfl"] + "evidence")
_TF = NamedNode(PREFIXES["tfl"] + "transcriptionFactor")
_TARGET = NamedNode(PREFIXES["tfl"] + "target")


class Patch:
    """Writes the differences of two releases as a document.

    Args:
        comparison: the comparison.
        fmt: an RDF format with named graphs.

    Attributes:
        unnamed: how many differing edges have triples with blank nodes, which no other document
            can name: these triples are left out.
    """

    def __init__(self, comparison: Comparison, fmt: Format) -> None:
        self.unnamed = 0
        self._comparison = comparison
        self._syntax = syntax_of(fmt)
        self._before, self._after = (
            _Side(release, reports, bool(comparison.wanted))
            for release, reports in zip(comparison.releases, comparison.reports, strict=True)
        )

    def pieces(self) -> Iterator[bytes]:
        """The pieces of the document."""
        yield from map(bytes, self._syntax.document(self._blocks()))

    def _blocks(self) -> Iterator[bytes]:
        removed_links: Counter[str] = Counter()
        new: set[str] = set()
        for one in self._comparison.differences():
            removed, added = self._triples(one)
            removed_links.update(_linked(removed))
            new.update(_linked(added))
            yield self._told(removed, added)
        for iri in sorted(new):
            was, now = (side.facts(NamedNode(iri)) for side in (self._before, self._after))
            yield self._told(was - now, now - was)
        for iri in sorted(removed_links.keys() - new):
            if not self._before.is_linked(iri, more_than=removed_links[iri]):
                yield self._told(self._before.facts(NamedNode(iri)), set())

    def _triples(self, one: Difference) -> tuple[set[Triple], set[Triple]]:
        """What to take away and what to add for an edge."""
        before, after = self._before.edge(one, one.before), self._after.edge(one, one.after)
        facts = before.facts - after.facts, after.facts - before.facts
        links = before.moved(one.after, after), after.moved(one.before, before)
        self.unnamed += before.is_unnamed or after.is_unnamed
        return facts[0] | links[0], facts[1] | links[1]

    def _told(self, removed: set[Triple], added: set[Triple]) -> bytes:
        texts = [*_blocks(self._syntax, REMOVED, removed), *_blocks(self._syntax, ADDED, added)]
        return "".join(texts).encode()


class _EdgeTriples:
    """The triples of an edge in a release.

    Attributes:
        nodes: the nodes that stand for it.
        facts: what is said of them, and of one end with the other; not the evidence.
        links: the triples that link to evidence, with its value.
        is_unnamed: whether some were left out.
    """

    def __init__(self) -> None:
        self.nodes: set[NamedNode] = set()
        self.facts: set[Triple] = set()
        self.links: dict[Triple, Value] = {}
        self.is_unnamed = False

    def moved(self, other: State | None, edge: _EdgeTriples) -> set[Triple]:
        """The links that another release does not have: to other values, or of other nodes."""
        values = other or frozenset()
        return {
            triple
            for triple, value in self.links.items()
            if value not in values or triple.subject not in edge.nodes
        }


class _Side:
    """A release's store.

    Args:
        release: the release.
        reports: the values of its evidence nodes.
        is_filtered: whether it may have edges that the comparison has not seen.
    """

    def __init__(self, release: Release, reports: Mapping[str, Value], is_filtered: bool) -> None:
        self._store = pyoxigraph.Store.read_only(str(release.store))
        self._reports = reports
        self._is_filtered = is_filtered
        self._has_rdf = has_rdf(release)
        # Asking takes most of the time, and else nothing is said in this direction.
        self._has_inverses = self._has_rdf or release.info.get("entail") == FULL

    def edge(self, one: Difference, state: State | None) -> _EdgeTriples:
        """The triples of an edge that has this state here."""
        found = _EdgeTriples()
        if state is None and not self._is_filtered:
            return found
        tf, target = NamedNode(one.tf.iri), NamedNode(one.target.iri)
        found.facts |= self._quads(tf, target)
        if self._has_inverses:
            found.facts |= self._quads(target, tf)
        for node in self._nodes(one):
            if isinstance(node, BlankNode):
                found.is_unnamed = True
            else:
                self._read(node, found)
        return found

    def _read(self, node: NamedNode, found: _EdgeTriples) -> None:
        """Adds the triples of a node that stands for an edge."""
        triples = self._quads(node, None)
        if triples:
            found.nodes.add(node)
        if self._has_inverses:
            triples |= self._quads(None, node)
        for triple in triples:
            if not _is_named(triple):
                found.is_unnamed = True
            elif triple.predicate != _EVIDENCE:
                found.facts.add(triple)
            elif (value := self._reports.get(_iri(triple.object))) is not None:
                found.links[triple] = value

    def facts(self, node: NamedNode) -> set[Triple]:
        """What is said of a node, without blank nodes."""
        return {triple for triple in self._quads(node, None) if _is_named(triple)}

    def is_linked(self, iri: str, more_than: int) -> bool:
        """Whether more things than a number have this evidence; binding sites have some, too."""
        found = self._store.quads_for_pattern(None, _EVIDENCE, NamedNode(iri), _DEFAULT)
        return sum(1 for _ in islice(found, more_than + 1)) > more_than

    def _nodes(self, one: Difference) -> set[NamedNode | BlankNode]:
        """The nodes that stand for an edge; in files of RDF they may be any."""
        nodes: set[NamedNode | BlankNode] = set()
        ends = one.tf.accession, one.target.accession
        if all(ends):
            nodes.add(NamedNode(interaction_iri(*ends)))
        if self._has_rdf:
            tf, target = NamedNode(one.tf.iri), NamedNode(one.target.iri)
            for quad in self._store.quads_for_pattern(None, _TARGET, target, _DEFAULT):
                if Quad(quad.subject, _TF, tf) in self._store:
                    assert isinstance(quad.subject, NamedNode | BlankNode)
                    nodes.add(quad.subject)
        return nodes

    def _quads(self, subject: NamedNode | None, object_: NamedNode | None) -> set[Triple]:
        quads = self._store.quads_for_pattern(subject, None, object_, _DEFAULT)
        return {quad.triple for quad in quads}


def _iri(term: object) -> str:
    return term.value if isinstance(term, NamedNode) else ""


def _is_named(triple: Triple) -> bool:
    """Whether a triple means the same in every document."""
    return isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode | Literal)


def _linked(triples: Iterable[Triple]) -> Iterator[str]:
    """The evidence that triples link to."""
    return (_iri(triple.object) for triple in triples if triple.predicate == _EVIDENCE)


def _blocks(syntax: Syntax, graph: str, triples: Iterable[Triple]) -> Iterator[str]:
    """Triples as blocks of a named graph, in an order that does not depend on theirs."""
    subjects: dict[Term, dict[str, list[Term]]] = {}
    for triple in triples:
        predicates = subjects.setdefault(term_of(triple.subject), {})
        predicates.setdefault(triple.predicate.value, []).append(term_of(triple.object))
    for subject in sorted(subjects):
        pairs = sorted(subjects[subject].items(), key=lambda pair: (pair[0] != RDF_TYPE, pair[0]))
        yield syntax.graph_block(graph, subject, [(name, sorted(values)) for name, values in pairs])
