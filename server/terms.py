"""An ontology as a page shows it: its header, its terms, and what is said of each in words.

Nothing is left out: a property that has no heading here is shown under its own short name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from rdfconv.identifiers import BASE, TERM
from rdfconv.vocabulary import PREFIXES
from server.term_words import HEADINGS, KINDS, SECTIONS, USES

ONTOLOGY = BASE + "ontology"
"""The IRI of the ontology itself."""

_RDF, _RDFS, _OWL = PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["owl"]
_SKOS, _DCTERMS = PREFIXES["skos"], PREFIXES["dcterms"]
TYPE = _RDF + "type"
LABEL = _RDFS + "label"
DEFINITION = _SKOS + "definition"
EXAMPLE = _SKOS + "example"
DEFINED_BY = _RDFS + "isDefinedBy"
VERSION = _OWL + "versionInfo"
_TITLE, _DESCRIPTION = _DCTERMS + "title", _DCTERMS + "description"
_CHAIN = _OWL + "propertyChainAxiom"
_INVERSE = _OWL + "inverseOf"
_OPAQUE = re.compile(r"[A-Z]+_[0-9]+")
"""Local names that tell a reader nothing."""
_SHOWN_ELSEWHERE = {TYPE, LABEL, DEFINITION, DEFINED_BY, _TITLE, _DESCRIPTION}

Node = NamedNode | BlankNode | Literal | Triple


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text; a link if it has an address, a short name of a term if it is code."""

    text: str
    href: str | None = None
    is_code: bool = False


@dataclass(slots=True)
class Row:
    """A heading and what stands under it: items, each of which is one line of parts."""

    heading: str
    items: list[list[Part]]
    is_code: bool = False

    @property
    def is_short(self) -> bool:
        """Whether the items fit on one line: there is one, or all are just names of terms."""
        return len(self.items) == 1 or all(
            len(item) == 1 and item[0].is_code for item in self.items
        )


@dataclass(slots=True)
class TermView:
    """A term as the page shows it.

    Attributes:
        iri: its IRI.
        anchor: what the page calls it behind ``#``.
        curie: its short name.
        label: its name for people.
        kind: what it is, in words.
        definition: what it means; "" for terms from elsewhere.
        rows: everything else.
        home: where it is defined, if elsewhere.
    """

    iri: str
    anchor: str
    curie: str
    label: str
    kind: str
    definition: str
    rows: list[Row] = field(default_factory=list)
    home: Part | None = None

    @property
    def link(self) -> Part:
        """Its short name, leading to it on the web."""
        return Part(self.curie, _web(self.iri), True)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page."""

    anchor: str
    heading: str
    terms: list[TermView]


def curie(iri: str) -> str:
    """The short name of an IRI; the IRI itself if no prefix fits.

    >>> curie("https://w3id.org/tflink-rdf/ontology#regulates")
    'tfl:regulates'
    """
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and "/" not in local and "#" not in local:
            return f"{prefix}:{local}"
    return iri


def has_loops(triples: Iterable[Triple]) -> bool:
    """Whether blank nodes lead back to themselves: a list without an end, or worse."""
    steps: dict[str, set[str]] = {}
    for triple in triples:
        if isinstance(triple.subject, BlankNode) and isinstance(triple.object, BlankNode):
            steps.setdefault(triple.subject.value, set()).add(triple.object.value)
    try:
        TopologicalSorter(steps).prepare()
    except CycleError:
        return True
    return False


class Vocabulary:
    """An ontology's triples, with what the page needs of them.

    Args:
        triples: all triples of the ontology.
    """

    def __init__(self, triples: Sequence[Triple]) -> None:
        self._has_loops = has_loops(triples)
        self._said: dict[str, dict[str, list[Node]]] = {}
        for triple in triples:
            predicates = self._said.setdefault(_key(triple.subject), {})
            predicates.setdefault(triple.predicate.value, []).append(triple.object)
        self._declared = {iri for iri, said in self._said.items() if TYPE in said}
        self._uses = self._used()
        self._disjoint = dict(self._disjoint_classes())

    @property
    def exists(self) -> bool:
        """Whether there is an ontology at all."""
        return bool(self._said)

    @property
    def version(self) -> str:
        """Its version, or "" if it tells none."""
        return self.text(ONTOLOGY, VERSION)

    @property
    def title(self) -> str:
        """Its title."""
        return self.text(ONTOLOGY, _TITLE) or ONTOLOGY

    @property
    def description(self) -> str:
        """What it is about."""
        return self.text(ONTOLOGY, _DESCRIPTION)

    def header(self) -> list[Row]:
        """What is said of the ontology itself, apart from title and description."""
        return [Row("IRI", [[Part(ONTOLOGY, ONTOLOGY)]]), *self._rows(ONTOLOGY)]

    def sections(self) -> list[Section]:
        """The ontology's own terms by kind, sorted by label."""
        found: dict[str, list[TermView]] = {kind: [] for kind in SECTIONS}
        for iri in self._declared:
            if iri.startswith(TERM):
                types = {_key(node) for node in self._said[iri][TYPE]}
                kind = next((kind for kind in SECTIONS if kind in types), "")
                found[kind].append(self._view(iri))
        return [
            Section(f"section-{anchor}", heading, sorted(found[kind], key=_order))
            for kind, (anchor, heading) in SECTIONS.items()
            if found[kind]
        ]

    def terms_from_elsewhere(self) -> list[TermView]:
        """The declared terms that are not the ontology's own, sorted by short name."""
        views = [
            self._view(iri)
            for iri in self._declared
            if not iri.startswith((TERM, "_:")) and iri != ONTOLOGY and not self._is_data(iri)
        ]
        return sorted(views, key=lambda view: view.curie)

    def number_of_data(self) -> int:
        """How many nodes are no terms and not shown, such as the methods of a tree."""
        return sum(map(self._is_data, self._declared))

    def _is_data(self, iri: str) -> bool:
        types = {_key(node) for node in self._said[iri][TYPE]}
        return not iri.startswith((TERM, "_:")) and iri != ONTOLOGY and not types & KINDS.keys()

    def text(self, subject: str, predicate: str) -> str:
        """A literal in English, or without a language, or in any; "" if there is none."""
        literals = [node for node in self._objects(subject, predicate) if isinstance(node, Literal)]
        literals.sort(key=lambda node: (node.language not in ("en", None), node.language or ""))
        return literals[0].value if literals else ""

    # What is said of a term

    def _objects(self, subject: str, predicate: str) -> list[Node]:
        return self._said.get(subject, {}).get(predicate, [])

    def _view(self, iri: str) -> TermView:
        home = [_key(node) for node in self._objects(iri, DEFINED_BY)]
        types = [_key(node) for node in self._objects(iri, TYPE)]
        kinds = [KINDS.get(kind, curie(kind)) for kind in [*KINDS, *types] if kind in types]
        view = TermView(
            iri,
            _anchor(iri),
            curie(iri),
            self.text(iri, LABEL) or re.split("[:/#]", curie(iri))[-1],
            ", ".join(dict.fromkeys(kinds)),
            self.text(iri, DEFINITION),
            self._rows(iri),
        )
        if home and not iri.startswith(TERM):
            view.home = Part(home[0].rstrip("#/").partition("://")[2], _web(home[0]))
        return view

    def _rows(self, iri: str) -> list[Row]:
        said = self._said.get(iri, {})
        order = [*HEADINGS, *sorted(said.keys() - HEADINGS.keys() - _SHOWN_ELSEWHERE)]
        rows: dict[str, Row] = {}
        for predicate in order:
            for node in sorted(said.get(predicate, []), key=str):
                heading = HEADINGS.get(predicate, curie(predicate))
                row = rows.setdefault(heading, Row(heading, [], predicate == EXAMPLE))
                row.items.append(list(self._parts(node, chain=predicate == _CHAIN)))
        for other in self._disjoint.get(iri, []):
            row = rows.setdefault(HEADINGS[_OWL + "disjointWith"], Row("Never also", []))
            row.items.append([self._reference(other)])
        for predicate, heading in USES.items():
            for other in self._uses.get((iri, predicate), []):
                row = rows.setdefault(heading, Row(heading, []))
                item = [self._reference(other)]
                if item not in row.items:
                    row.items.append(item)
        return list(rows.values())

    def _used(self) -> dict[tuple[str, str], list[str]]:
        """The terms that name a term, by that term and the property."""
        uses: dict[tuple[str, str], list[str]] = {}
        for iri in sorted(self._declared - {ONTOLOGY}):
            for predicate in USES:
                for node in self._objects(iri, predicate):
                    members = self._members(node) if predicate == _CHAIN else [node]
                    for member in members:
                        users = uses.setdefault((_key(member), predicate), [])
                        if iri not in users and not iri.startswith("_:"):
                            users.append(iri)
        return uses

    def _disjoint_classes(self) -> Iterator[tuple[str, list[str]]]:
        for subject, said in self._said.items():
            if subject.startswith("_:"):
                for head in said.get(_OWL + "members", []):
                    members = [_key(node) for node in self._members(head)]
                    for member in members:
                        yield member, [other for other in members if other != member]

    # Nodes as text

    def _parts(self, node: Node, *, chain: bool = False) -> Iterator[Part]:
        """A node in words."""
        if isinstance(node, NamedNode):
            yield self._reference(node.value)
        elif isinstance(node, Literal):
            yield Part(_shown(node))
        elif self._has_loops or not isinstance(node, BlankNode):
            yield Part("an expression that only the RDF shows")
        elif chain:
            yield from self._joined(self._members(node), ", then ")
        else:
            yield from self._expression(_key(node))

    def _expression(self, node: str) -> Iterator[Part]:
        """A class or property that has no name of its own."""
        said = self._said.get(node, {})
        for name, joint in (("unionOf", " or "), ("intersectionOf", " and "), ("oneOf", " or ")):
            for head in said.get(_OWL + name, []):
                yield from self._joined(self._members(head), joint)
                return
        if _INVERSE in said:
            yield Part("the inverse of ")
            yield from self._parts(said[_INVERSE][0])
            return
        filler = (
            ("hasValue", "the value "),
            ("someValuesFrom", "at least one "),
            ("allValuesFrom", "nothing but "),
        )
        for name, words in filler:
            for value in said.get(_OWL + name, []):
                yield Part("whatever has for ")
                yield from self._joined(said.get(_OWL + "onProperty", []), ", ")
                yield Part(f" {words}")
                yield from self._parts(value)
                return
        yield Part("an expression that only the RDF shows")

    def _joined(self, nodes: Iterable[Node], joint: str) -> Iterator[Part]:
        for number, node in enumerate(nodes):
            if number:
                yield Part(joint)
            yield from self._parts(node)

    def _members(self, head: Node) -> list[Node]:
        """The members of an RDF list; none if it might have no end."""
        members: list[Node] = []
        rest = [] if self._has_loops else [head]
        while rest:
            key = _key(rest[0])
            members += self._objects(key, _RDF + "first")
            rest = self._objects(key, _RDF + "rest")
        return members

    def _reference(self, iri: str) -> Part:
        """A term by its short name, with its label where that is a number."""
        name = curie(iri)
        label = self.text(iri, LABEL)
        if label and _OPAQUE.fullmatch(name.rpartition(":")[2]):
            name = f"{name} ({label})"
        if iri in self._declared and iri != ONTOLOGY and not self._is_data(iri):
            return Part(name, f"#{_anchor(iri)}", True)
        return Part(name, _web(iri), name != iri)


def _order(view: TermView) -> tuple[str, str]:
    return view.label.casefold(), view.iri


def _anchor(iri: str) -> str:
    """The fragment of an own term; for others one that no own term can have."""
    return iri.removeprefix(TERM) if iri.startswith(TERM) else f"term-{curie(iri)}"


def _web(iri: str) -> str | None:
    return iri if iri.startswith(("http://", "https://")) else None


def _key(node: Node) -> str:
    if isinstance(node, BlankNode):
        return f"_:{node.value}"
    return node.value if isinstance(node, NamedNode | Literal) else str(node)


def _shown(literal: Literal) -> str:
    if literal.datatype.value == PREFIXES["xsd"] + "dateTime":
        return literal.value.partition("T")[0]
    if literal.language not in (None, "en"):
        return f"{literal.value} ({literal.language})"
    return literal.value
