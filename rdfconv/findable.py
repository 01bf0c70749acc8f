"""What of a release can be found by name or identifier, read from its store.

A pattern of one triple is read at a time: a join takes several times as long, and so do an edge's
terms as objects of Python.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, cast

import pyoxigraph
from pyoxigraph import Literal, NamedNode

from rdfconv.errors import RdfconvError
from rdfconv.identifiers import (
    EVIDENCE,
    INTERACTION,
    OBO,
    TERM,
    UNIPROT,
)
from rdfconv.search_terms import Kind, identifier_of
from rdfconv.store import asked_number
from rdfconv.vocabulary import PREFIXES

SLICE = 1 << 17
"""How many edges of one evidence node a thread reads at a time."""


FAMILIAR: Mapping[str, tuple[str, ...]] = {
    "9606": ("human",),
    "10090": ("mouse",),
    "10116": ("rat",),
    "7955": ("zebrafish",),
    "7227": ("fruit fly", "fly"),
    "6239": ("nematode", "worm"),
    "4932": ("budding yeast", "baker's yeast", "yeast"),
}
"""What the organisms are called in English, by taxonomy id, those proposed first at the front."""


@dataclass(slots=True)
class Entity:
    """Something that can be found.

    Attributes:
        kind: what it is.
        iri: its IRI.
        identifier: its accession or id; the IRI if that is none of `NAMESPACES`.
        label: its label; "" if it has none.
        others: its other names.
        organism: the IRI of its organism, or "".
        regulator: whether it is a transcription factor.
        targets: how many direct edges start at it.
        regulators: how many direct edges end at it.
        edges: how many edges it has, a gene by its proteins; or stands in the evidence of.
    """

    kind: Kind
    iri: str
    identifier: str
    label: str = ""
    others: tuple[str, ...] = ()
    organism: str = ""
    regulator: bool = False
    targets: int = 0
    regulators: int = 0
    edges: int = 0


# --- The store ---------------------------------------------------------------------------------

_TYPE = PREFIXES["rdf"] + "type"
_LABEL = PREFIXES["rdfs"] + "label"
_ALT_LABEL = PREFIXES["skos"] + "altLabel"
_SCIENTIFIC_NAME = PREFIXES["up"] + "scientificName"
_IN_TAXON = OBO + "RO_0002162"
_CITATIONS = tuple(TERM + name for name in ("primaryReference", "databaseReference", "reference"))

_CLASSES: Mapping[Kind, str] = {
    Kind.PROTEIN: PREFIXES["up"] + "Protein",
    Kind.DATABASE: TERM + "SourceDatabase",
    Kind.METHOD: TERM + "DetectionMethod",
    Kind.ORGANISM: PREFIXES["up"] + "Taxon",
    Kind.GENE: TERM + "Gene",
    Kind.PAPER: PREFIXES["schema"] + "ScholarlyArticle",
    Kind.EVIDENCE: TERM + "Evidence",
}

_EDGE = re.compile(
    rb"^<" + re.escape(INTERACTION.encode()) + rb"([A-Z0-9]+)_[A-Z0-9]+>$", re.MULTILINE
)
"""A line with the IRI of an edge, which names its regulator."""

Reports = Mapping[tuple[str, str], int]
"""How many edges have an evidence node: by its local name and the IRI of an organism."""


class Findable:
    """What a store's default graph holds.

    Args:
        store: the store.
        jobs: how many threads read the evidence.
    """

    def __init__(self, store: pyoxigraph.Store, jobs: int) -> None:
        self._store = store
        self._jobs = max(jobs, 1)
        self._organisms = dict(self._pairs(_IN_TAXON))
        """The organism of each protein; of several the one that comes first."""
        self.encoded = list(self._pairs(TERM + "encodedBy"))
        """The proteins and the genes that encode them."""

    def edges(self) -> int:
        """How many interactions there are."""
        return asked_number(
            self._store, f"SELECT (COUNT(*) AS ?n) {{ ?edge a <{TERM}RegulatoryInteraction> }}"
        )

    def entities(self, reports: Reports) -> Iterator[Entity]:
        """Everything that can be found.

        Args:
            reports: what `reports` has returned.
        """
        names = self._names()
        by_evidence: Counter[str] = Counter()
        by_organism: Counter[str] = Counter()
        for (evidence, organism), edges in reports.items():
            by_evidence[evidence] += edges
            by_organism[organism] += edges
        targets, regulators = self._degrees("?s"), self._degrees("?o")
        yield from self._proteins(names, targets, regulators)
        yield from self._things(
            Kind.DATABASE, names, self._told(by_evidence, TERM + "sourceDatabase")
        )
        yield from self._things(
            Kind.METHOD, names, self._told(by_evidence, TERM + "detectionMethod")
        )
        organisms = dict.fromkeys(self._organisms.values(), 0) | by_organism
        yield from self._things(Kind.ORGANISM, names, organisms)
        yield from self._genes(names, Counter(targets) + Counter(regulators))
        papers = self._told(by_evidence, *_CITATIONS)
        for _, paper in self._pairs(TERM + "databaseCitation"):
            papers.setdefault(paper, 0)
        yield from self._things(Kind.PAPER, names, papers)
        nodes = {
            name if "://" in name else EVIDENCE + name: edges
            for name, edges in by_evidence.items()
            if name
        }
        yield from self._things(Kind.EVIDENCE, names, nodes)

    def _proteins(
        self,
        names: Mapping[str, list[str]],
        targets: Mapping[str, int],
        regulators: Mapping[str, int],
    ) -> Iterator[Entity]:
        factors = {*self._of_class(TERM + "TranscriptionFactor"), *targets}
        known = {*self._of_class(_CLASSES[Kind.PROTEIN]), *factors, *regulators}
        for iri in known:
            label, *others = names.get(iri, [""])
            from_here, to_here = targets.get(iri, 0), regulators.get(iri, 0)
            yield Entity(
                Kind.PROTEIN, iri, identifier_of(Kind.PROTEIN, iri), label, tuple(others),
                self._organisms.get(iri, ""), iri in factors, from_here, to_here,
                from_here + to_here,
            )  # fmt: skip

    def _genes(
        self, names: Mapping[str, list[str]], degrees: Mapping[str, int]
    ) -> Iterator[Entity]:
        """The genes; a gene has no name of its own, so it is shown with its protein's."""
        proteins: defaultdict[str, list[str]] = defaultdict(list)
        for protein, gene in self.encoded:
            proteins[gene].append(protein)
        for iri in {*self._of_class(_CLASSES[Kind.GENE]), *proteins}:
            named = [names[protein][0] for protein in proteins[iri] if protein in names]
            organisms = [self._organisms[one] for one in proteins[iri] if one in self._organisms]
            edges = sum(degrees.get(protein, 0) for protein in proteins[iri])
            yield Entity(
                Kind.GENE, iri, identifier_of(Kind.GENE, iri), min(named, default=""),
                organism=min(organisms, default=""), edges=edges,
            )  # fmt: skip

    def _things(
        self, kind: Kind, names: Mapping[str, list[str]], edges: Mapping[str, int]
    ) -> Iterator[Entity]:
        for iri in {*self._of_class(_CLASSES[kind]), *edges} - {""}:
            label, *others = names.get(iri, [""])
            identifier = identifier_of(kind, iri)
            if kind is Kind.ORGANISM:
                others += FAMILIAR.get(identifier, ())
            yield Entity(kind, iri, identifier, label, tuple(others), edges=edges.get(iri, 0))

    def _names(self) -> dict[str, list[str]]:
        """The names of everything that has one: the label first, then the others, sorted."""
        labels: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for subject, value in self._literals(_LABEL, _SCIENTIFIC_NAME):
            # One in no language comes first, then English as its tag sorts before the most.
            labels[subject].append((value.language or "", value.value))
        names = {subject: [text for _, text in sorted(set(f))] for subject, f in labels.items()}
        others: defaultdict[str, set[str]] = defaultdict(set)
        for subject, value in self._literals(_ALT_LABEL):
            others[subject].add(value.value)
        for subject, found in others.items():
            names.setdefault(subject, []).extend(sorted(found))
        return {subject: list(dict.fromkeys(found)) for subject, found in names.items()}

    def _told(self, by_evidence: Mapping[str, int], *predicates: str) -> dict[str, int]:
        """What evidence names, and how many edges have such evidence."""
        pairs = {pair for predicate in predicates for pair in self._pairs(predicate)}
        told: Counter[str] = Counter()
        for evidence, thing in pairs:
            told[thing] += by_evidence.get(_local(evidence), 0)
        return dict(told)

    # The evidence of the edges

    def reports(self) -> Reports:
        """How many edges have which evidence, apart for each organism of their regulators.

        The organism is "" if it is not told, the evidence is "" if it has no IRI.
        """
        query = f"SELECT ?n (COUNT(*) AS ?c) {{ ?e <{TERM}evidence> ?n }} GROUP BY ?n"
        counts: dict[str, int] = {}
        nameless = False
        for node, number in self._rows(query):
            if isinstance(node, NamedNode) and isinstance(number, Literal):
                counts[node.value] = int(number.value)
            else:
                nameless = True
        # The largest first, in slices: a few nodes have nearly all edges.
        slices = [
            (iri, start)
            for iri in sorted(counts, key=lambda iri: -counts[iri])
            for start in range(0, counts[iri], SLICE)
        ]
        totals: Counter[tuple[str, str]] = Counter()
        with ThreadPoolExecutor(self._jobs) as threads:
            parts = threads.map(lambda part: self._edges_with(*part), slices)
            for (iri, _), found in zip(slices, parts, strict=True):
                for organism, edges in found.items():
                    totals[_local(iri), organism] += edges
        if totals.total() != sum(counts.values()):
            raise RdfconvError("the edges of the evidence do not add up; nothing was published")
        if nameless:
            query = f"SELECT ?e {{ ?e <{TERM}evidence> ?n FILTER(!isIRI(?n)) }}"
            for (edge,) in self._rows(query):
                totals["", self._organism_of(edge)] += 1
        return totals

    def _edges_with(self, evidence: str, start: int) -> Counter[str]:
        """How many edges of a slice have an evidence node, by organism."""
        sink = _Pieces()
        # Rows that are skipped cost next to nothing: their terms are not looked up.
        solutions = self._store.query(
            f"SELECT ?e {{ ?e <{TERM}evidence> <{evidence}> }} LIMIT {SLICE} OFFSET {start}"
        )
        assert isinstance(solutions, pyoxigraph.QuerySolutions)
        solutions.serialize(cast("IO[bytes]", sink), pyoxigraph.QueryResultsFormat.TSV)
        text = b"".join(sink.pieces).partition(b"\n")[2]  # the first line names the column
        factors = Counter(_EDGE.findall(text))
        found: Counter[str] = Counter()
        for accession, edges in factors.items():
            found[self._organisms.get(UNIPROT + accession.decode("ascii"), "")] += edges
        if factors.total() != text.count(b"\n"):
            for line in text.split(b"\n")[:-1]:
                if not _EDGE.match(line):
                    iri = line.decode()[1:-1] if line.startswith(b"<") else ""
                    found[self._organism_of(NamedNode(iri) if iri else None)] += 1
        return found

    def _organism_of(self, edge: object) -> str:
        """The organism of an edge's regulator."""
        if not isinstance(edge, NamedNode):
            return ""
        if told := _EDGE.match(f"<{edge.value}>".encode()):
            return self._organisms.get(UNIPROT + told[1].decode("ascii"), "")
        quads = self._store.quads_for_pattern(
            edge, NamedNode(TERM + "transcriptionFactor"), None, pyoxigraph.DefaultGraph()
        )
        factors = [quad.object.value for quad in quads if isinstance(quad.object, NamedNode)]
        return min((self._organisms.get(one, "") for one in factors), default="")

    # Patterns of one triple

    def _degrees(self, end: str) -> dict[str, int]:
        query = f"SELECT {end} (COUNT(*) AS ?n) {{ ?s <{TERM}regulates> ?o }} GROUP BY {end}"
        return {
            node.value: int(number.value)
            for node, number in self._rows(query)
            if isinstance(node, NamedNode) and isinstance(number, Literal)
        }

    def _of_class(self, class_: str) -> Iterator[str]:
        for (node,) in self._rows(f"SELECT ?s {{ ?s <{_TYPE}> <{class_}> }}"):
            if isinstance(node, NamedNode):
                yield node.value

    def _pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        """The IRIs at both ends of a property, the first of several at the end."""
        found = [
            (subject.value, value.value)
            for subject, value in self._rows(f"SELECT ?s ?o {{ ?s <{predicate}> ?o }}")
            if isinstance(subject, NamedNode) and isinstance(value, NamedNode)
        ]
        yield from sorted(found, reverse=True)

    def _literals(self, *predicates: str) -> Iterator[tuple[str, Literal]]:
        for predicate in predicates:
            for subject, value in self._rows(f"SELECT ?s ?o {{ ?s <{predicate}> ?o }}"):
                if isinstance(subject, NamedNode) and isinstance(value, Literal):
                    yield subject.value, value

    def _rows(self, query: str) -> pyoxigraph.QuerySolutions:
        solutions = self._store.query(query)
        assert isinstance(solutions, pyoxigraph.QuerySolutions)
        return solutions


class _Pieces:
    """A file that keeps what is written to it: the threads of Rust that write meet in Python, and
    the shorter they stay, the less they wait for one another."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(data)
        return len(data)

    def flush(self) -> None:
        """There is nothing to flush."""


def _local(evidence: str) -> str:
    return evidence.removeprefix(EVIDENCE)
