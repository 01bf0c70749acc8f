"""What the pages show of a protein, read from the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from rdfconv.identifiers import INTERACTION, accession_of, interaction_iri
from rdfconv.vocabulary import PREFIXES
from server.reader import Reader

TFL = PREFIXES["tfl"]


@dataclass(frozen=True, slots=True)
class Edge:
    """A direct edge, by the IRIs of its ends."""

    regulator: str
    target: str

    @property
    def interaction(self) -> str | None:
        """The IRI of the edge as a thing; None if an end is no UniProt protein."""
        ends = accession_of(self.regulator), accession_of(self.target)
        return interaction_iri(*ends) if all(ends) else None


def exists(reader: Reader, iri: str) -> bool:
    """Whether the release says anything about an IRI, or an edge points to it."""
    text = (
        f"SELECT ?s WHERE {{ {{ VALUES ?s {{ <{iri}> }} ?s ?p ?o }} UNION "
        f"{{ VALUES ?s {{ <{iri}> }} ?o tfl:regulates ?s }} }} LIMIT 1"
    )
    return bool(reader.select(text, "s"))


def proteins_named(reader: Reader, name: str, limit: int) -> dict[str, str]:
    """The accessions and IRIs of proteins whose name, or upper-case name, is the one given."""
    spellings = " ".join(str(Literal(text)) for text in sorted({name, name.upper()}))
    text = (
        f"SELECT DISTINCT ?s WHERE {{ VALUES ?name {{ {spellings} }} ?s rdfs:label ?name . "
        f"?s a up:Protein }} ORDER BY ?s LIMIT {limit}"
    )
    iris = [row[0].value for row in reader.select(text, "s") if isinstance(row[0], NamedNode)]
    return {found: iri for iri in iris if (found := accession_of(iri))}


def count_edges(reader: Reader, iri: str) -> tuple[int, int]:
    """How many edges the protein takes part in as regulator, and how many as target."""
    return _count(reader, f"<{iri}>", "?end"), _count(reader, "?end", f"<{iri}>")


def _count(reader: Reader, subject: str, target: str) -> int:
    text = f"SELECT (COUNT(*) AS ?number) WHERE {{ {subject} tfl:regulates {target} }}"
    ((number,),) = reader.select(text, "number")
    assert isinstance(number, Literal)
    return int(number.value)


def edges_as_regulator(reader: Reader, iri: str, limit: int, offset: int) -> list[Edge]:
    """A slice of the edges that start at the protein, sorted by the target's IRI."""
    ends = _ends(reader, f"<{iri}> tfl:regulates ?end", limit, offset)
    return [Edge(iri, end) for end in ends]


def edges_as_target(reader: Reader, iri: str, limit: int, offset: int) -> list[Edge]:
    """A slice of the edges that end at the protein, sorted by the regulator's IRI."""
    ends = _ends(reader, f"?end tfl:regulates <{iri}>", limit, offset)
    return [Edge(end, iri) for end in ends]


def _ends(reader: Reader, pattern: str, limit: int, offset: int) -> list[str]:
    if limit <= 0:
        return []
    part = f"LIMIT {limit} OFFSET {max(offset, 0)}"
    text = f"SELECT ?end WHERE {{ {pattern} }} ORDER BY STR(?end) {part}"
    return [row[0].value for row in reader.select(text, "end") if isinstance(row[0], NamedNode)]


def describe_protein(reader: Reader, iri: str) -> list[Triple]:
    """What is said of the protein itself, without its edges, and of its gene."""
    # A hub has 20,000 edges: what lists them is left out by the engine already.
    listing = [TFL + name for name in _LISTING]
    found = reader.describe([iri], without=listing)
    if any(isinstance(triple.object, BlankNode) for triple in found):
        found = reader.bounded_description(iri)
    own = [
        triple
        for triple in found
        if triple.predicate.value not in listing
        and not (
            isinstance(triple.object, NamedNode) and triple.object.value.startswith(INTERACTION)
        )
    ]
    genes = _objects(own, TFL + "encodedBy")
    return own + (reader.describe(genes) if genes else [])


_LISTING = ("regulates", "regulatedBy", "isTranscriptionFactorIn", "isTargetIn")
"""The properties that lead from a protein to its edges."""


def describe_edges(reader: Reader, edges: Iterable[Edge]) -> list[Triple]:
    """The direct triples, the interactions and their evidence."""
    listed = list(edges)
    regulates = NamedNode(TFL + "regulates")
    triples = [
        Triple(NamedNode(edge.regulator), regulates, NamedNode(edge.target)) for edge in listed
    ]
    triples += reader.describe(edge.interaction for edge in listed if edge.interaction)
    triples += reader.describe(_objects(triples, TFL + "evidence"))
    return triples


def _objects(triples: Iterable[Triple], predicate: str) -> list[str]:
    return [
        triple.object.value
        for triple in triples
        if triple.predicate.value == predicate and isinstance(triple.object, NamedNode)
    ]
