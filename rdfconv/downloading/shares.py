"""What each data set reports: files of one hold nothing that only another one says.

Data sets have terms of their own, which do not blend. The main data set's files hold all but what
others alone report. Another data set's files hold its evidence, the edges that have it, with that
evidence only, and what these name: papers, databases and methods as they are described, but of
proteins no more than what names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad

from rdfconv.data_sets import other_datasets
from rdfconv.entailment import entailed
from rdfconv.identifiers import DATASET, METHOD, PAGES_GRAPH, TERM
from rdfconv.mapping import Variable
from rdfconv.vocabulary import PREFIXES

TYPE = NamedNode(PREFIXES["rdf"] + "type")
LABEL = NamedNode(PREFIXES["rdfs"] + "label")
IDENTIFIER = NamedNode(PREFIXES["dcterms"] + "identifier")
IN_TAXON = NamedNode(PREFIXES["obo"] + "RO_0002162")
PROTEIN = NamedNode(PREFIXES["up"] + "Protein")
TOPIC = NamedNode(PREFIXES["foaf"] + "primaryTopic")
REPORTED_BY = NamedNode(TERM + "reportedBy")
EVIDENCE = NamedNode(TERM + "evidence")
FACTOR, TARGET = NamedNode(TERM + "transcriptionFactor"), NamedNode(TERM + "target")
ROLES = {FACTOR: NamedNode(TERM + "TranscriptionFactor"), TARGET: NamedNode(TERM + "TargetProtein")}
"""What the proteins at the ends of edges are."""

_DEFAULT = DefaultGraph()
Edge = tuple[str, str]
"""The IRIs of a regulator and its target."""


@dataclass(frozen=True, slots=True)
class Share:
    """What another data set than the main one reports.

    Attributes:
        dataset: the data set's name.
        evidence: the IRIs of its evidence.
        things: the IRIs of the edges and binding sites that have it, sorted.
        edges: the ends of the edges, sorted.
    """

    dataset: str
    evidence: frozenset[str]
    things: tuple[str, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class LeftOut:
    """What the main data set's files leave out.

    Attributes:
        evidence: the IRIs of the evidence that others alone report.
        subjects: the subjects, as N-Triples has them, of which they leave out everything.
        lines: the lines of N-Triples, of other subjects, that they leave out.
    """

    evidence: frozenset[str] = frozenset()
    subjects: frozenset[bytes] = frozenset()
    lines: frozenset[bytes] = frozenset()

    @cached_property
    def touched(self) -> frozenset[bytes]:
        """The subjects of which something is left out."""
        return self.subjects | {line.split(b" ", 1)[0] for line in self.lines}

    def kept(self, subject: bytes, text: bytes) -> bytes:
        """What is left of the lines of a subject."""
        if subject in self.subjects:
            return b""
        return b"".join(line for line in text.splitlines(keepends=True) if line not in self.lines)


def shares(store: pyoxigraph.Store, main: str) -> list[Share]:
    """What data sets besides the main one report.

    Args:
        store: the store.
        main: the main data set's name.
    """
    return [_share(store, name) for name in other_datasets(store, main)]


def _share(store: pyoxigraph.Store, name: str) -> Share:
    evidence = _subjects(store, REPORTED_BY, NamedNode(DATASET + name))
    things = {thing for one in evidence for thing in _subjects(store, EVIDENCE, NamedNode(one))}
    edges = {edge for thing in things for edge in _ends(store, thing)}
    return Share(name, frozenset(evidence), tuple(sorted(things)), tuple(sorted(edges)))


def left_out(store: pyoxigraph.Store, main: str, others: Iterable[Share]) -> LeftOut:
    """What of a store only others than the main data set report.

    Args:
        store: the store.
        main: the main data set's name.
        others: what the others report.
    """
    others = list(others)
    if not others:
        return LeftOut()
    also = NamedNode(DATASET + main)
    evidence = frozenset(
        one
        for share in others
        for one in share.evidence
        if Quad(NamedNode(one), REPORTED_BY, also) not in store
    )
    subjects = {*evidence, *(DATASET + share.dataset for share in others)}
    lines: set[bytes] = set()
    alone: set[str] = set()
    for thing in {thing for share in others for thing in share.things}:
        reports = _objects(store, NamedNode(thing), EVIDENCE)
        if evidence.issuperset(reports):
            alone.add(thing)
        lines.update(
            _line(Quad(NamedNode(thing), EVIDENCE, NamedNode(one)))
            for one in evidence.intersection(reports)
        )
    subjects |= alone
    subjects |= _named_only_by(store, evidence)
    nodes = frozenset(map(NamedNode, alone))
    for thing in alone:
        lines.update(_line(quad) for quad in _beside(store, thing))
        lines.update(_roles_of(store, thing, nodes))
    return LeftOut(evidence, frozenset(f"<{one}>".encode() for one in subjects), frozenset(lines))


def lines(store: pyoxigraph.Store, share: Share, known: Iterable[str]) -> Iterator[bytes]:
    """What a data set reports as lines of N-Triples, those of a subject side by side but for the
    proteins'.

    Args:
        store: the store.
        share: the data set's share.
        known: the IRIs that the ontology describes.
    """
    named = {DATASET + share.dataset}
    for one in sorted(share.evidence):
        quads = _about(store, one)
        named.update(
            quad.object.value
            for quad in quads
            if quad.predicate != TYPE and isinstance(quad.object, NamedNode)
        )
        yield _text(quads)
    for one in sorted(named.difference(known)):
        if not one.startswith(TERM):
            yield _text(_about(store, one))
    reported = {NamedNode(one) for one in share.evidence}
    for thing in share.things:
        yield _text(
            quad
            for quad in _about(store, thing)
            if quad.predicate != EVIDENCE or quad.object in reported
        )
        yield _text(_beside(store, thing))
    yield from _proteins(store, share)


def _proteins(store: pyoxigraph.Store, share: Share) -> Iterator[bytes]:
    """What names the proteins, and the organisms of these."""
    taxa: set[str] = set()
    sides = {FACTOR: {tf for tf, _ in share.edges}, TARGET: {target for _, target in share.edges}}
    for iri in sorted(set.union(*sides.values())):
        node = NamedNode(iri)
        wanted = {PROTEIN, *(ROLES[side] for side in sides if iri in sides[side])}
        quads = [
            quad
            for quad in _about(store, iri)
            if quad.predicate in (LABEL, IDENTIFIER, IN_TAXON)
            or (quad.predicate == TYPE and quad.object in wanted)
        ]
        yield _text(quads)
        taxa.update(_objects(store, node, IN_TAXON))
    for taxon in sorted(taxa):
        yield _text(_about(store, taxon))


def _named_only_by(store: pyoxigraph.Store, evidence: frozenset[str]) -> set[str]:
    """The papers, databases and methods of our own that no other evidence names."""
    named = {
        (quad.predicate, quad.object)
        for one in evidence
        for quad in _about(store, one)
        if quad.predicate not in (TYPE, REPORTED_BY) and isinstance(quad.object, NamedNode)
    }
    others = {
        node.value
        for node in {node for _, node in named}
        if any(
            quad.subject.value not in evidence
            for quad in store.quads_for_pattern(None, None, node, _DEFAULT)
            if isinstance(quad.subject, NamedNode)
        )
    }
    papers = PREFIXES["pubmed"], PREFIXES["tfldb"], METHOD
    return {node.value for _, node in named if node.value.startswith(papers)} - others


def _roles_of(store: pyoxigraph.Store, thing: str, alone: frozenset[NamedNode]) -> Iterator[bytes]:
    """What makes proteins regulators or targets if nobody else has such an edge of theirs, nor a
    page on which they might be called so."""
    for side, role in ROLES.items():
        for protein in _objects(store, NamedNode(thing), side):
            node = NamedNode(protein)
            edges = store.quads_for_pattern(None, side, node, _DEFAULT)
            pages = store.quads_for_pattern(None, TOPIC, node, NamedNode(PAGES_GRAPH))
            if all(quad.subject in alone for quad in edges) and not any(pages):
                yield _line(Quad(node, TYPE, role))


def _beside(store: pyoxigraph.Store, thing: str) -> list[Quad]:
    """What the mapping writes of an edge with an end as the subject."""
    found: list[Quad] = []
    for tf, target in _ends(store, thing):
        nodes = {"tf": tf, "target": target, "": thing}
        for subject, predicate, value in _direct():
            pattern = NamedNode(nodes[subject]), predicate, NamedNode(nodes[value]), _DEFAULT
            found += store.quads_for_pattern(*pattern)
    return found


@cache
def _direct() -> frozenset[tuple[str, NamedNode, str]]:
    """The triples of an edge about an end: which end, the property, and what else: the other end
    or "", the edge itself."""
    return frozenset(
        (block.subject.fields[0], NamedNode(predicate), value.fields[0] if one_end else "")
        for block in entailed("full").records["Interaction"].blocks
        if len(block.subject.fields) == 1
        for predicate, values in block.pairs
        for value in values
        if isinstance(value, Variable)
        for one_end in [len(value.fields) == 1]
    )


def _ends(store: pyoxigraph.Store, thing: str) -> list[Edge]:
    node = NamedNode(thing)
    return [
        (tf, target)
        for tf in _objects(store, node, FACTOR)
        for target in _objects(store, node, TARGET)
    ]


def _about(store: pyoxigraph.Store, iri: str) -> list[Quad]:
    return list(store.quads_for_pattern(NamedNode(iri), None, None, _DEFAULT))


def _subjects(store: pyoxigraph.Store, predicate: NamedNode, value: NamedNode) -> list[str]:
    quads = store.quads_for_pattern(None, predicate, value, _DEFAULT)
    return [quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode)]


def _objects(store: pyoxigraph.Store, subject: NamedNode, predicate: NamedNode) -> list[str]:
    quads = store.quads_for_pattern(subject, predicate, None, _DEFAULT)
    return [quad.object.value for quad in quads if isinstance(quad.object, NamedNode)]


def _line(quad: Quad) -> bytes:
    return _text([quad])


def _text(quads: Iterable[Quad]) -> bytes:
    """Sorted lines of N-Triples."""
    content = pyoxigraph.serialize(
        (quad.triple for quad in quads), format=pyoxigraph.RdfFormat.N_TRIPLES
    )
    assert content is not None
    return b"".join(sorted(content.splitlines(keepends=True)))
