"""The ontology as a reasoner reads it, and the closure of small graphs under it by OWL 2 RL.

owlrl does the reasoning. What makes it affordable for millions of records is in
`rdfconv.entailment`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import rdflib
from rdflib import OWL, RDF, RDFS, XSD, BNode, Literal, URIRef
from rdflib.exceptions import ParserError
from rdflib.term import Node

from rdfconv.errors import OntologyError
from rdfconv.identifiers import TERM
from rdfconv.vocabulary import FILES, ONTOLOGY, ontology_folder
from rdfconv.vocabulary import short as short_iri

Triple = tuple[Node, Node, Node]


@dataclass(frozen=True, slots=True)
class JoiningAxiom:
    """An axiom that is declared but not drawn conclusions from, since it joins records.

    Attributes:
        subject: the term that the axiom is about.
        predicate: the axiom's property.
        instead: the pattern of ?subject and ?object that asks for what it would entail.
    """

    subject: URIRef
    predicate: URIRef
    instead: str


JOINING_AXIOMS = (
    JoiningAxiom(
        URIRef(TERM + "regulatesGene"),
        OWL.propertyChainAxiom,
        "?subject tfl:regulates/tfl:encodedBy ?object",
    ),
)
"""The record-joining axioms that the ontology declares and no build applies."""

MERGING = {
    OWL.FunctionalProperty: "makes two values of it one thing",
    OWL.InverseFunctionalProperty: "makes two things with one value one thing",
    OWL.hasKey: "makes two things with one key one thing",
    OWL.sameAs: "makes two things one",
    OWL.maxCardinality: "makes two values one thing",
    OWL.maxQualifiedCardinality: "makes two values one thing",
}
"""Constructs that merge nodes: rules of OWL RL for them would have to see all records at once."""


def read_ontology(folder: Path | None = None) -> rdflib.Graph:
    """The ontology and the tree of methods.

    Raises:
        OntologyError: a file cannot be read or is no Turtle (with its line), or an axiom merges
            nodes.
    """
    folder = folder or ontology_folder()
    graph = rdflib.Graph()
    for name in FILES:
        path = folder / name
        try:
            graph.parse(path, format="turtle")
        except OSError as error:
            raise OntologyError(f"{path}: cannot be read: {error.strerror}") from error
        except (ParserError, SyntaxError) as error:
            raise OntologyError(f"{path}: is no Turtle: {_told(error)}") from error
    _refuse_merging(graph, folder / ONTOLOGY)
    return graph


def _told(error: Exception) -> str:
    """What a parser says, on one line."""
    return " ".join(str(error).split())


def _refuse_merging(graph: rdflib.Graph, path: Path) -> None:
    for subject, predicate, value in graph:
        construct = value if predicate == RDF.type else predicate
        if isinstance(construct, URIRef) and construct in MERGING:
            raise OntologyError(
                f"{path}: {short(subject)} {short(predicate)} {short(value)}: "
                f"it {MERGING[construct]}, which would need all records at once",
                hint="leave the axiom out; a shape in ontology/shapes.ttl can check the rule",
            )


def without_joining(ontology: rdflib.Graph) -> rdflib.Graph:
    """The ontology as it is applied: without the record-joining axioms and all that only says
    something to people."""
    graph = rdflib.Graph()
    spoken = set(ontology.subjects(RDF.type, OWL.AnnotationProperty))
    left_out = {(axiom.subject, axiom.predicate) for axiom in JOINING_AXIOMS}
    for subject, predicate, value in ontology:
        if predicate in spoken or value == OWL.AnnotationProperty:
            continue
        if (subject, predicate) not in left_out:
            graph.add((subject, predicate, value))
    return graph


def close(graph: rdflib.Graph) -> rdflib.Graph:
    """A copy of a graph with all that follows by the rules of OWL 2 RL.

    >>> graph = rdflib.Graph().parse(data=\"\"\"
    ...     @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    ...     <urn:p> rdfs:subPropertyOf <urn:q> . <urn:a> <urn:p> <urn:b> .\"\"\", format="turtle")
    >>> (URIRef("urn:a"), URIRef("urn:q"), URIRef("urn:b")) in close(graph)
    True
    """
    with warnings.catch_warnings():
        # owlrl 7.1 imports names that rdflib has renamed.
        warnings.simplefilter("ignore", DeprecationWarning)
        import owlrl

        closed = rdflib.Graph()
        for triple in graph:
            closed.add(triple)
        owlrl.DeductiveClosure(
            owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False
        ).expand(closed)
    return closed


def conclusions(closed: Iterable[Triple]) -> Iterator[Triple]:
    """The triples of a closure that say something.

    Left out are the trivial ones: a subject that is a literal, a blank node (the members of the
    ontology's unnamed classes), what is the same as itself, what is below or equivalent to itself,
    `owl:Thing` and `owl:Nothing`, and which terms are datatypes or annotation properties.
    """
    for subject, predicate, value in closed:
        if isinstance(subject, Literal | BNode) or isinstance(value, BNode):
            continue
        if subject == value and predicate in _REFLEXIVE:
            continue
        if value in _TOP or subject in _TOP or value == RDFS.Datatype:
            continue
        if str(subject).startswith(str(XSD)) or str(subject).startswith(str(RDF)):
            continue
        yield subject, predicate, value


_REFLEXIVE = {
    OWL.sameAs, OWL.equivalentClass, OWL.equivalentProperty, RDFS.subClassOf, RDFS.subPropertyOf,
}  # fmt: skip
_TOP = {OWL.Thing, OWL.Nothing, RDFS.Resource, OWL.AnnotationProperty}


def refuse_contradiction(closed: rdflib.Graph, about: str) -> None:
    """Raises OntologyError if a closure found a contradiction."""
    error_class = URIRef("http://www.daml.org/2002/03/agents/agent-ont#ErrorMessage")
    for found in closed.subjects(RDF.type, error_class):
        message = next(
            (str(text) for text in closed.objects(found) if isinstance(text, Literal)), ""
        )
        raise OntologyError(f"{about} contradicts itself: {message}")


def short(term: Node) -> str:
    """A term with a prefix, for messages.

    >>> short(URIRef("https://w3id.org/tflink-rdf/ontology#regulates"))
    'tfl:regulates'
    """
    if isinstance(term, URIRef):
        return short_iri(term)
    return "[...]" if isinstance(term, BNode) else term.n3()
