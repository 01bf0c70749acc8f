"""The ontology stays inside OWL 2 RL: a check of the syntax of its axioms, by the W3C's grammar.

https://www.w3.org/TR/owl2-profiles/#OWL_2_RL says which class expression may stand where. Every
triple that uses OWL's or RDFS's vocabulary must be understood here; what is not is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from rdfconv.vocabulary import PREFIXES, ontology_folder

SUB, SUPER, EQUIVALENT = "subclass", "superclass", "equivalent class"
DATATYPES = {
    RDF.PlainLiteral,
    RDF.XMLLiteral,
    RDFS.Literal,
    *(
        XSD[name]
        for name in (
            *("decimal", "integer", "nonNegativeInteger", "nonPositiveInteger", "positiveInteger"),
            *("negativeInteger", "long", "int", "short", "byte", "unsignedLong", "unsignedInt"),
            *("unsignedShort", "unsignedByte", "float", "double", "string", "normalizedString"),
            *("token", "language", "Name", "NCName", "NMTOKEN", "boolean", "hexBinary"),
            *("base64Binary", "anyURI", "dateTime", "dateTimeStamp"),
        )
    ),
}
"""The datatypes of OWL 2 RL: OWL 2's datatype map without owl:real and owl:rational."""
DECLARED = {
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    OWL.NamedIndividual,
    OWL.Ontology,
}
CHARACTERISTICS = {
    OWL.SymmetricProperty,
    OWL.AsymmetricProperty,
    OWL.TransitiveProperty,
    OWL.IrreflexiveProperty,
    OWL.FunctionalProperty,
    OWL.InverseFunctionalProperty,
}
"""Characteristics of properties that OWL 2 RL knows: all but owl:ReflexiveProperty."""
PARTS = {
    OWL.onProperty,
    OWL.hasValue,
    OWL.someValuesFrom,
    OWL.allValuesFrom,
    OWL.maxCardinality,
    OWL.intersectionOf,
    OWL.unionOf,
    OWL.complementOf,
    OWL.oneOf,
    OWL.members,
}
"""What class expressions and lists are made of; checked where the expression stands."""
HEADER = {OWL.versionIRI, OWL.versionInfo, OWL.priorVersion}
ANNOTATIONS = {RDFS.label, RDFS.comment, RDFS.seeAlso, RDFS.isDefinedBy}
OBJECT = {OWL.ObjectProperty}
DATA = {OWL.DatatypeProperty}


def faults(graph: Graph) -> list[str]:
    """What in an ontology is outside OWL 2 RL, or not understood."""
    found = []
    for subject, predicate, value in graph:
        text = f"{_short(graph, subject)} {_short(graph, predicate)} {_short(graph, value)}"
        found += [f"{text}: {fault}" for fault in _axiom(graph, subject, predicate, value)]
    return sorted(found)


def _axiom(graph: Graph, subject: Node, predicate: Node, value: Node) -> Iterator[str]:
    match predicate:
        case RDF.type:
            yield from _type(graph, subject, value)
        case RDFS.subClassOf:
            yield from _expression(graph, subject, SUB)
            yield from _expression(graph, value, SUPER)
        case OWL.equivalentClass:
            yield from _expression(graph, subject, EQUIVALENT)
            yield from _expression(graph, value, EQUIVALENT)
        case OWL.disjointWith:
            yield from _expression(graph, subject, SUB)
            yield from _expression(graph, value, SUB)
        case RDFS.subPropertyOf | OWL.equivalentProperty:
            if len(_kinds(graph, subject) | _kinds(graph, value)) != 1:
                yield "properties of two kinds"
        case OWL.inverseOf:
            if _kinds(graph, subject) != OBJECT or _kinds(graph, value) != OBJECT:
                yield "inverses are for object properties"
        case OWL.propertyChainAxiom:
            chain = [subject, *Collection(graph, value)]
            if any(_kinds(graph, part) != OBJECT for part in chain) or len(chain) < 3:
                yield "a chain is made of two or more object properties"
        case RDFS.domain:
            yield from _expression(graph, value, SUPER)
        case RDFS.range:
            if _kinds(graph, subject) == DATA:
                if value not in DATATYPES:
                    yield "no datatype of OWL 2 RL's map"
            else:
                yield from _expression(graph, value, SUPER)
        case RDF.first | RDF.rest:
            if not isinstance(subject, BNode):
                yield "a list that has a name"
        case _ if predicate in HEADER:
            pass  # of the ontology, or the version of another
        case _ if predicate in PARTS:
            if not isinstance(subject, BNode):
                yield "an expression that has a name"
        case _ if str(predicate).startswith((str(OWL), str(RDF))):
            yield "a construct that is not in OWL 2 RL, or that this test does not know"
        case _:
            kinds = _kinds(graph, predicate)
            if kinds == DATA and not isinstance(value, Literal):
                yield "a data property with a value that is no literal"
            elif kinds == OBJECT and isinstance(value, Literal):
                yield "an object property with a literal"
            elif not kinds and predicate not in ANNOTATIONS:
                yield "a property that is not declared"


def _type(graph: Graph, subject: Node, value: Node) -> Iterator[str]:
    if value in DECLARED:
        if not isinstance(subject, URIRef):
            yield "what is declared needs a name"
    elif value in CHARACTERISTICS:
        if _kinds(graph, subject) != OBJECT and value != OWL.FunctionalProperty:
            yield "a characteristic of object properties"
    elif value == OWL.AllDisjointClasses:
        (members,) = graph.objects(subject, OWL.members)
        for member in Collection(graph, members):
            yield from _expression(graph, member, SUB)
    elif value == OWL.Restriction:
        if not isinstance(subject, BNode) or not _used(graph, subject):
            yield "a restriction that stands in no axiom"
    elif str(value).startswith((str(OWL), str(RDF), str(RDFS))):
        yield "a construct that is not in OWL 2 RL, or that this test does not know"
    else:
        yield from _expression(graph, value, SUPER)


def _used(graph: Graph, node: Node) -> bool:
    return (None, None, node) in graph or (node, RDFS.subClassOf, None) in graph


def _expression(graph: Graph, node: Node, place: str) -> Iterator[str]:
    """The faults of a class expression where it stands."""
    if isinstance(node, URIRef):
        if node == OWL.Thing:
            yield f"owl:Thing as {place}"
        elif node != OWL.Nothing and (node, RDF.type, OWL.Class) not in graph:
            yield f"{_short(graph, node)} is not declared as a class"
        return
    if not isinstance(node, BNode):
        yield f"a literal as {place}"
        return
    parts = {p: o for p, o in graph.predicate_objects(node) if p in PARTS}
    restriction = parts.pop(OWL.onProperty, None)
    if len(parts) != 1:
        yield f"an expression as {place} that this test does not know"
        return
    ((construct, value),) = parts.items()
    name = _short(graph, construct)
    if restriction is not None:
        kinds = _kinds(graph, restriction)
        if kinds not in (OBJECT, DATA):
            yield f"a restriction on {_short(graph, restriction)}, which is no property"
        elif construct == OWL.hasValue:
            if (kinds == DATA) != isinstance(value, Literal):
                yield "owl:hasValue with a value of the wrong kind"
        elif construct == OWL.someValuesFrom and place == SUB:
            if kinds == DATA and value not in DATATYPES:
                yield "no datatype of OWL 2 RL's map"
            elif kinds == OBJECT and value != OWL.Thing:
                yield from _expression(graph, value, SUB)
        elif construct == OWL.allValuesFrom and place == SUPER:
            if kinds == DATA and value not in DATATYPES:
                yield "no datatype of OWL 2 RL's map"
            elif kinds == OBJECT:
                yield from _expression(graph, value, SUPER)
        elif construct == OWL.maxCardinality and place == SUPER:
            if not isinstance(value, Literal) or value.toPython() not in (0, 1):
                yield "owl:maxCardinality above 1"
        else:
            yield f"{name} as {place}"
    elif construct == OWL.intersectionOf or (construct == OWL.unionOf and place == SUB):
        for member in Collection(graph, value):
            yield from _expression(graph, member, place)
    elif construct == OWL.complementOf and place == SUPER:
        yield from _expression(graph, value, SUB)
    elif construct != OWL.oneOf or place != SUB:
        yield f"{name} as {place}"


def _kinds(graph: Graph, node: Node) -> set[Node]:
    kinds = {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
    return set(graph.objects(node, RDF.type)) & kinds


def _short(graph: Graph, node: Node) -> str:
    return node.n3(graph.namespace_manager)


def turtle(text: str) -> Graph:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    declared = """
    PREFIX : <urn:x:>
    :A a owl:Class . :B a owl:Class . :p a owl:ObjectProperty . :q a owl:ObjectProperty .
    :d a owl:DatatypeProperty . :n a owl:AnnotationProperty .
    """
    return Graph().parse(data=prefixes + declared + text, format="turtle")


def test_the_ontology_and_the_tree_of_methods_are_in_owl_2_rl() -> None:
    graph = Graph()
    for name in ("tflink.ttl", "methods.ttl"):
        graph.parse(ontology_folder() / name)
    assert len(graph) > 800
    assert faults(graph) == []


GOOD = [
    ":A rdfs:subClassOf :B .",
    "[ owl:unionOf ( :A :B ) ] rdfs:subClassOf :B .",
    "[ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :A ] rdfs:subClassOf :B .",
    ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :B ] .",
    ":A rdfs:subClassOf [ owl:complementOf :B ] .",
    ":A owl:equivalentClass [ a owl:Restriction ; owl:onProperty :d ; owl:hasValue true ] .",
    ":p owl:propertyChainAxiom ( :p :q ) .",
    ":d rdfs:range xsd:nonNegativeInteger .",
    '<urn:i> a :A ; :p <urn:j> ; :d "x" ; :n "y" ; rdfs:label "z" .',
]
BAD = [
    (":A rdfs:subClassOf owl:Thing .", "owl:Thing as superclass"),
    ("owl:Thing rdfs:subClassOf :A .", "owl:Thing as subclass"),
    (":A rdfs:subClassOf :C .", "is not declared as a class"),
    (":A rdfs:subClassOf [ owl:unionOf ( :A :B ) ] .", "owl:unionOf as superclass"),
    (":p rdfs:domain [ owl:unionOf ( :A :B ) ] .", "owl:unionOf as superclass"),
    (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] .",
        "owl:someValuesFrom as superclass",
    ),
    (
        ":A owl:equivalentClass [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ].",
        "owl:someValuesFrom as equivalent class",
    ),
    (
        "[ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :B ] rdfs:subClassOf :A .",
        "owl:allValuesFrom as subclass",
    ),
    (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:maxCardinality 2 ] .",
        "owl:maxCardinality above 1",
    ),
    (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:minCardinality 1 ] .",
        "not in OWL 2 RL",
    ),
    (":A owl:equivalentClass [ owl:oneOf ( <urn:i> ) ] .", "owl:oneOf as equivalent class"),
    (":A owl:disjointUnionOf ( :A :B ) .", "not in OWL 2 RL"),
    (":p a owl:ReflexiveProperty .", "not in OWL 2 RL"),
    (":d a owl:TransitiveProperty .", "a characteristic of object properties"),
    (":p rdfs:subPropertyOf :d .", "two kinds"),
    (":d owl:inverseOf :p .", "inverses are for object properties"),
    (":p owl:propertyChainAxiom ( :p :d ) .", "a chain is made of"),
    (":d rdfs:range xsd:date .", "no datatype"),
    (":d rdfs:range owl:rational .", "no datatype"),
    (":d rdfs:range [ a rdfs:Datatype ; owl:oneOf ( 1 2 ) ] .", "no datatype"),
    ("<urn:i> :p 1 .", "an object property with a literal"),
    ("<urn:i> :d <urn:j> .", "no literal"),
    ("<urn:i> <urn:unknown> 1 .", "not declared"),
    ("[] a owl:NegativePropertyAssertion .", "does not know"),
]


@pytest.mark.parametrize("text", GOOD)
def test_what_owl_2_rl_allows_passes(text: str) -> None:
    assert faults(turtle(text)) == []


@pytest.mark.parametrize(("text", "fault"), BAD, ids=[text for text, _ in BAD])
def test_what_owl_2_rl_forbids_is_found(text: str, fault: str) -> None:
    found = faults(turtle(text))
    assert any(fault in one for one in found), found
