"""Statistics as VoID: the numbers of the data set, its class and property partitions, its links.

Everything has an IRI, a fragment of the data set's: without blank nodes the same triples can stand
in two graphs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from rdfconv.identifiers import VOID_GRAPH
from rdfconv.statistics import ClassPartition, Links, PropertyPartition, Statistics
from rdfconv.vocabulary import LINKED, METADATA_PREFIXES, PREFIXES

ALL_PREFIXES = {**PREFIXES, **METADATA_PREFIXES}


def term(curie: str) -> NamedNode:
    """The IRI of a short name.

    >>> term("void:triples")
    <NamedNode value=http://rdfs.org/ns/void#triples>
    """
    prefix, _, local = curie.partition(":")
    return NamedNode(ALL_PREFIXES[prefix] + local)


A = term("rdf:type")
_EVERY_CHARACTER = "-._~!$&'()*+,;=:@/?"
"""What may stand in the fragment of an IRI besides letters and digits."""


def fragment(dataset: str, **names: str) -> NamedNode:
    """The IRI of a part of a data set.

    >>> fragment("x:d", part="http://purl.uniprot.org/core/Protein")
    <NamedNode value=x:d#part=up:Protein>
    """
    return NamedNode(f"{dataset}#{';'.join(f'{key}={_short(iri)}' for key, iri in names.items())}")


def _short(iri: str) -> str:
    namespace = iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]
    prefix = next((name for name, space in ALL_PREFIXES.items() if space == namespace), None)
    text = iri if prefix is None else f"{prefix}:{iri.removeprefix(namespace)}"
    return quote(text, safe=_EVERY_CHARACTER)


def about(
    subject: NamedNode, *pairs: tuple[str, NamedNode | Literal | str | None]
) -> Iterator[Triple]:
    """Triples of one subject; a string is a plain literal, and None or "" says nothing."""
    for predicate, value in pairs:
        if value:
            object_ = Literal(value) if isinstance(value, str) else value
            yield Triple(subject, term(predicate), object_)


def english(text: str) -> Literal:
    """An English text."""
    return Literal(text, language="en")


def typed(value: str, datatype: str) -> Literal:
    """A literal of a datatype of XML Schema."""
    return Literal(value, datatype=NamedNode(PREFIXES["xsd"] + datatype))


def time_of(moment: datetime) -> Literal:
    """A moment in UTC, to the second."""
    return typed(f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "dateTime")


def linked_dataset(namespace: str) -> NamedNode:
    """The IRI of another data set that ours links to."""
    return fragment(VOID_GRAPH, linked=namespace)


def triples(dataset: str, statistics: Statistics) -> Iterator[Triple]:
    """All numbers of a data set.

    Args:
        dataset: the data set's IRI.
        statistics: its numbers.
    """
    node = NamedNode(dataset)
    for name, number in (
        ("triples", statistics.triples),
        ("entities", statistics.entities),
        ("distinctSubjects", statistics.subjects),
        ("distinctObjects", statistics.objects),
        ("classes", len(statistics.classes)),
        ("properties", len(statistics.properties)),
    ):
        yield _number(node, name, number)
    for class_ in statistics.classes:
        yield from _class_partition(dataset, class_)
    for one in statistics.properties:
        part = fragment(dataset, property=one.property)
        yield from _property_partition(node, part, one)
    for links in statistics.links:
        yield from _linkset(dataset, links)


def _class_partition(dataset: str, class_: ClassPartition) -> Iterator[Triple]:
    part = fragment(dataset, **{"class": class_.class_})
    yield Triple(NamedNode(dataset), term("void:classPartition"), part)
    yield Triple(part, term("void:class"), NamedNode(class_.class_))
    yield _number(part, "entities", class_.entities)
    yield _number(part, "triples", sum(one.triples for one in class_.properties))
    for one in class_.properties:
        names = {"class": class_.class_, "property": one.property}
        yield from _property_partition(part, fragment(dataset, **names), one)


def _property_partition(
    whole: NamedNode, part: NamedNode, one: PropertyPartition
) -> Iterator[Triple]:
    yield Triple(whole, term("void:propertyPartition"), part)
    yield Triple(part, term("void:property"), NamedNode(one.property))
    yield _number(part, "triples", one.triples)
    yield _number(part, "distinctSubjects", one.subjects)
    yield _number(part, "distinctObjects", one.objects)
    for class_ in one.classes:
        objects = NamedNode(f"{part.value};objects={_short(class_)}")
        yield Triple(part, term("void:classPartition"), objects)
        yield Triple(objects, term("void:class"), NamedNode(class_))
    for datatype in one.datatypes:
        objects = NamedNode(f"{part.value};objects={_short(datatype)}")
        yield Triple(part, term("void-ext:datatypePartition"), objects)
        yield Triple(objects, term("void-ext:datatype"), NamedNode(datatype))


def _linkset(dataset: str, links: Links) -> Iterator[Triple]:
    node, other = NamedNode(dataset), linked_dataset(links.namespace)
    linkset = fragment(dataset, links=links.property, to=links.namespace)
    yield Triple(node, term("void:subset"), linkset)
    yield Triple(linkset, A, term("void:Linkset"))
    yield Triple(linkset, term("void:subjectsTarget"), node)
    yield Triple(linkset, term("void:linkPredicate"), NamedNode(links.property))
    yield Triple(linkset, term("void:objectsTarget"), other)
    yield _number(linkset, "triples", links.triples)
    yield Triple(other, A, term("void:Dataset"))
    yield Triple(other, term("dcterms:title"), Literal(LINKED[links.namespace].title))
    yield Triple(other, term("dcat:landingPage"), NamedNode(LINKED[links.namespace].homepage))
    yield Triple(other, term("void:uriSpace"), Literal(links.namespace))


def _number(subject: NamedNode, name: str, number: int) -> Triple:
    return Triple(subject, term(f"void:{name}"), Literal(number))
