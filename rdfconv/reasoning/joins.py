"""Whether what is written for each record alone is all that follows from all of them together.

A graph of records that share their evidence, proteins, genes and papers, as real ones do, is closed
as a whole and compared with what is written for it. What is missing there is the work of an axiom
that joins records, which nobody can apply record by record.
"""

from __future__ import annotations

import rdflib
from rdflib import OWL, URIRef

from rdfconv.emitter import Emitter
from rdfconv.errors import OntologyError
from rdfconv.formats import RDF_FORMATS
from rdfconv.mapping import MappingFile
from rdfconv.model import (
    Dataset,
    DetectionMethod,
    Evidence,
    Gene,
    Interaction,
    Mention,
    Paper,
    Protein,
    Record,
    SourceDatabase,
    Taxon,
)
from rdfconv.reasoning import closure
from rdfconv.reasoning.cases import graph_of
from rdfconv.reasoning.closure import Triple, short
from rdfconv.serialize import syntax_of


def check(mapping: MappingFile, full: MappingFile, ontology: rdflib.Graph) -> None:
    """Compares what is written for linked records with the closure of all of them together.

    Args:
        mapping: what is stated.
        full: the mapping with all that was found to follow.
        ontology: the axioms that are applied.

    Raises:
        OntologyError: the closure holds more: an axiom joins records; it is named.
    """
    emitter = Emitter(full, syntax_of(RDF_FORMATS["nt"]))
    plain = Emitter(mapping, syntax_of(RDF_FORMATS["nt"]))
    records = linked_records()
    written = graph_of(emitter, records)
    stated = graph_of(plain, records)
    missing = _missing(stated, written, ontology)
    if not missing:
        return
    triple = min(missing)
    for axiom in _axioms(ontology):
        if triple not in _missing(stated, written, _without(ontology, axiom)):
            named = " ".join(map(short, axiom))
            break
    else:
        named = "an axiom"
    raise OntologyError(
        f"{named}: it joins records, so that {' '.join(map(short, triple))} follows from several "
        "of them together; that cannot be written for each record alone",
        hint="leave the axiom out, or declare it in rdfconv.reasoning.closure.JOINING_AXIOMS with "
        "the query that asks for what it would entail",
    )


def _missing(stated: rdflib.Graph, written: rdflib.Graph, ontology: rdflib.Graph) -> set[Triple]:
    """What follows from records and ontology and is neither written nor follows from the ontology
    alone."""
    both = rdflib.Graph()
    for graph in (stated, ontology):
        for triple in graph:
            both.add(triple)
    closed = closure.close(both)
    closure.refuse_contradiction(closed, "the ontology, with a few linked records,")
    found = {triple for triple in closure.conclusions(closed) if triple not in written}
    return found and found - set(closure.conclusions(closure.close(ontology)))


def _axioms(ontology: rdflib.Graph) -> list[Triple]:
    """The axioms, those most likely to join records first."""
    likely = (OWL.propertyChainAxiom, OWL.TransitiveProperty, OWL.SymmetricProperty, OWL.inverseOf)

    def order(triple: Triple) -> tuple[int, Triple]:
        places = [place for place, one in enumerate(likely) if one in triple]
        return (places or [len(likely)])[0], triple

    return sorted(
        (triple for triple in ontology if isinstance(triple[0], URIRef) and triple[2] not in (
            OWL.ObjectProperty, OWL.DatatypeProperty, OWL.Class)),
        key=order,
    )  # fmt: skip


def _without(ontology: rdflib.Graph, axiom: Triple) -> rdflib.Graph:
    graph = rdflib.Graph()
    for triple in ontology:
        if triple != axiom:
            graph.add(triple)
    return graph


def linked_records() -> list[Record]:
    """A few records of each type that share what real ones share.

    A regulates B and C, C regulates A, B and itself; two edges have the same evidence, and
    reports share databases, methods and papers; A and B have one gene, and D is an ortholog of A.
    """
    factors = ("P00001", "P00002", "P00003", "P00004")
    a, b, c, d = (
        Mention(accession, accession, ("1",), "Homo sapiens", ()) for accession in factors
    )
    chip, curated = "chromatin immunoprecipitation assay", "inferred by curator"
    reports = [
        Evidence.of("tflink-1.0", ["GTRD"], [chip], ["27924024"], False),
        Evidence.of("tflink-1.0", ["GTRD", "TRRUST"], [chip, curated], ["27924024", "1"], True),
        Evidence.of("tflink-1.0", ["New"], ["new method"], ["1", "x"], None),
    ]
    edges = [(a, b, 0), (a, c, 0), (c, a, 1), (c, b, 2), (c, c, 2)]
    interactions = [Interaction(tf, target, reports[told]) for tf, target, told in edges]
    proteins = [
        Protein(one.accession, one.accession, (), ("1",), (), ("Homo sapiens",),
                one in (a, c), one in (a, b, c), orthologs, ())
        for one, orthologs in ((a, ("P00004",)), (b, ()), (c, ()), (d, ("P00001",)))
    ]  # fmt: skip
    return [
        *interactions,
        *reports,
        *proteins,
        Gene("1"),
        Taxon("Homo sapiens"),
        *map(SourceDatabase, ("GTRD", "TRRUST", "New")),
        *map(DetectionMethod, (chip, curated, "new method")),
        *map(Paper, ("1", "27924024", "29087512")),
        Dataset("tflink-1.0"),
    ]
