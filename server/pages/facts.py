"""What a page says of a thing: its triples as rows of words and links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from rdfconv.identifiers import last_part
from rdfconv.vocabulary import PREFIXES
from server.pages.edge_lists import Link
from server.pages.links import local_address
from server.reader import Term

LABEL = PREFIXES["rdfs"] + "label"
SCIENTIFIC_NAME = PREFIXES["up"] + "scientificName"
TYPE = PREFIXES["rdf"] + "type"
TFL = PREFIXES["tfl"]
SHOWN = 40
"""How many values of one property a page shows unfolded."""
LONG = 300
"""From how many characters on a text is folded."""

_DCTERMS, _SKOS, _RDFS = PREFIXES["dcterms"], PREFIXES["skos"], PREFIXES["rdfs"]
HEADINGS: Mapping[str, str] = {
    TYPE: "Is a",
    LABEL: "Name",
    SCIENTIFIC_NAME: "Scientific name",
    _SKOS + "altLabel": "Other names",
    _DCTERMS + "identifier": "Identifier",
    _DCTERMS + "description": "Description",
    PREFIXES["obo"] + "RO_0002162": "Organism",
    TFL + "encodedBy": "Encoded by",
    PREFIXES["orth"] + "hasOrtholog": "Orthologs",
    _SKOS + "exactMatch": "The same elsewhere",
    _SKOS + "closeMatch": "Close match",
    _RDFS + "seeAlso": "See also",
    PREFIXES["lscr"] + "xrefNCBIGene": "NCBI Gene",
    PREFIXES["foaf"] + "homepage": "Home page",
    PREFIXES["foaf"] + "primaryTopic": "About",
    PREFIXES["prov"] + "wasDerivedFrom": "Made from",
    _DCTERMS + "isPartOf": "Part of",
    _DCTERMS + "license": "Licence",
    _DCTERMS + "rights": "Terms of use",
    _DCTERMS + "title": "Title",
    _DCTERMS + "issued": "Issued",
    _DCTERMS + "created": "Made",
    _RDFS + "isDefinedBy": "Defined by",
}
"""What properties of others are called, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Triples with a look-up by subject and predicate."""

    triples: Sequence[Triple]
    _index: dict[tuple[str, str], list[Term]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for triple in self.triples:
            if isinstance(triple.subject, NamedNode):
                key = (triple.subject.value, triple.predicate.value)
                self._index.setdefault(key, []).append(triple.object)

    def values(self, subject: str, predicate: str) -> list[str]:
        """The IRIs and the texts of the literals at the other end."""
        objects = self._index.get((subject, predicate), [])
        return [term.value for term in objects if isinstance(term, NamedNode | Literal)]

    def iris(self, subject: str, predicate: str) -> list[str]:
        """The IRIs at the other end."""
        objects = self._index.get((subject, predicate), [])
        return [term.value for term in objects if isinstance(term, NamedNode)]

    def name(self, iri: str) -> str:
        """The label, the scientific name, or the last part of the IRI."""
        names = self.values(iri, LABEL) + self.values(iri, SCIENTIFIC_NAME)
        return names[0] if names else last_part(iri)

    def links(self, subject: str, predicate: str) -> list[Link]:
        """The things at the other end with their names, sorted by name."""
        found = {Link(self.name(iri), iri) for iri in self.iris(subject, predicate)}
        return sorted(found, key=lambda link: (link.name, link.iri))


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a property.

    Attributes:
        text: what is shown.
        href: where it leads; None if nowhere.
        note: the language or datatype, where it says something.
        is_long: whether the page folds it.
    """

    text: str
    href: str | None = None
    note: str = ""
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A property of a thing with all its values.

    Attributes:
        heading: what the property is called.
        href: where it is explained; None if nowhere.
        values: the values that are shown at once.
        more: the others.
    """

    heading: str
    href: str | None
    values: list[Value]
    more: list[Value]


def facts_of(graph: Graph, iri: str, headings: Graph, leave_out: Iterable[str] = ()) -> list[Fact]:
    """What the triples of a thing say, a row for each property.

    Args:
        graph: the thing's description, with the names of what it names.
        iri: the thing.
        headings: the labels of properties.
        leave_out: properties that are shown in another way.
    """
    left_out = set(leave_out)
    found: dict[str, list[Value]] = {}
    for triple in graph.triples:
        subject, predicate = triple.subject, triple.predicate.value
        if isinstance(subject, NamedNode) and subject.value == iri and predicate not in left_out:
            found.setdefault(predicate, []).append(_value(graph, triple.object))
    order = list(HEADINGS)
    places = {predicate: order.index(predicate) for predicate in found if predicate in HEADINGS}

    def place(predicate: str) -> tuple[int, str]:
        return places.get(predicate, len(order)), predicate

    facts = []
    for predicate in sorted(found, key=place):
        values = sorted(set(found[predicate]), key=lambda value: (value.text, value.href or ""))
        heading = HEADINGS.get(predicate) or headings.name(predicate)
        href = local_address(predicate) if predicate.startswith(TFL) else None
        sentence = heading[:1].upper() + heading[1:]
        facts.append(Fact(sentence, href, values[:SHOWN], values[SHOWN:]))
    return facts


def _value(graph: Graph, term: Term) -> Value:
    if isinstance(term, NamedNode):
        link = Link(graph.name(term.value), term.value)
        is_named = link.name != last_part(term.value) or local_address(term.value)
        return Value(link.name if is_named else term.value, link.href)
    if isinstance(term, Literal):
        kind = term.datatype.value
        text = {"true": "yes", "false": "no"}.get(term.value, term.value)
        is_boolean = kind == PREFIXES["xsd"] + "boolean"
        return Value(
            text if is_boolean else term.value,
            note=term.language or "",
            is_long=len(term.value) > LONG,
        )
    return Value("(a node without a name)" if isinstance(term, BlankNode) else str(term))
