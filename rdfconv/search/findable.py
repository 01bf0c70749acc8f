"""What of a release can be found by name or identifier."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from rdfconv.edges.index import Numbers
from rdfconv.edges.triples import Link, StoreTriples, Triples
from rdfconv.identifiers import OBO, TERM
from rdfconv.search.terms import Kind, identifier_of
from rdfconv.vocabulary import PREFIXES

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


# --- The triples -------------------------------------------------------------------------------

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


class Findable:
    """What a release's default graph holds.

    Args:
        triples: its triples.
    """

    def __init__(self, triples: Triples) -> None:
        self._triples = triples
        self._organisms = dict(self._pairs(_IN_TAXON))
        """The organism of each protein; of several the one that comes first."""
        self.encoded = list(self._pairs(TERM + "encodedBy"))
        """The proteins and the genes that encode them."""

    def entities(self, numbers: Numbers) -> Iterator[Entity]:
        """Everything that can be found.

        Args:
            numbers: how many edges there are.
        """
        names = self._names()
        by_evidence: Counter[str] = Counter()
        by_organism: Counter[str] = Counter()
        for (evidence, organism), edges in numbers.reports.items():
            by_evidence[evidence] += edges
            by_organism[organism] += edges
        targets, regulators = numbers.targets, numbers.regulators
        if not numbers.are_all:
            assert isinstance(self._triples, StoreTriples)
            targets, regulators = (_degrees(self._triples, end) for end in ("?s", "?o"))
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
        yield from self._things(Kind.EVIDENCE, names, by_evidence)

    def _proteins(
        self,
        names: Mapping[str, list[str]],
        targets: Mapping[str, int],
        regulators: Mapping[str, int],
    ) -> Iterator[Entity]:
        factors = {*self._triples.members(TERM + "TranscriptionFactor"), *targets}
        known = {*self._triples.members(_CLASSES[Kind.PROTEIN]), *factors, *regulators}
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
        for iri in {*self._triples.members(_CLASSES[Kind.GENE]), *proteins}:
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
        for iri in {*self._triples.members(_CLASSES[kind]), *edges} - {""}:
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
            told[thing] += by_evidence.get(evidence, 0)
        return dict(told)

    # Patterns of one triple

    def _pairs(self, predicate: str) -> list[Link]:
        """The IRIs at both ends of a property, the first of several at the end."""
        return sorted(self._triples.links(predicate), reverse=True)

    def _literals(self, *predicates: str) -> Iterator[tuple[str, Literal]]:
        for predicate in predicates:
            yield from self._triples.literals(predicate)


def _degrees(triples: StoreTriples, end: str) -> dict[str, int]:
    """How many direct edges have a protein at one end."""
    query = f"SELECT {end} (COUNT(*) AS ?n) {{ ?s <{TERM}regulates> ?o }} GROUP BY {end}"
    return {
        node.value: int(number.value)
        for node, number in triples.rows(query)
        if isinstance(node, NamedNode) and isinstance(number, Literal)
    }
