"""What the picture of the model shows: record types as boxes, their properties, their links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pyoxigraph

from rdfconv.drawing import CHARACTER
from rdfconv.errors import OntologyError
from rdfconv.mapping import Block, MappingFile, Variable
from rdfconv.serialize import RDF_TYPE, Term
from rdfconv.vocabulary import PREFIXES

COLUMNS = (
    ("Protein", "Gene", "Taxon"),
    ("Interaction", "Evidence", "Paper"),
    ("DetectionMethod", "Dataset", "SourceDatabase"),
)
"""The record types of the default graph, from left to right and from top to bottom."""
ROW = ("Assembly", "Chromosome", "BindingSite")
"""The record types below those, one under each column."""
DOCUMENTS = ("PageDocument", "ListedRow", "ListedField", "ListedSite")
"""The record types of the named graph of pages, which only count their properties."""
LINKS = {PREFIXES["obo"] + "RO_0002162": "Taxon"}
"""What properties from elsewhere link to, where no template and no range tells it."""

LINE = 18.0
"""The height of a line of text."""
PAD = 10.0
"""The room around text."""
PILL = 26.0
"""The height of an IRI elsewhere, with the room around it."""

_FIELD = re.compile(r"\{[A-Za-z]+\}")
_OPAQUE = re.compile(r"[A-Z]+_[0-9]+")
_NUMBER = {"1": "", "?": " 0..1", "*": " 0..n"}


@dataclass
class Box:
    """A record type as it is drawn.

    Attributes:
        name: the record type.
        classes: the lines of the head: classes, the first of them bold.
        iri: the form of its IRIs, or "".
        literals: the lines of the body: property, and datatype with how many.
        outside: properties that lead elsewhere, each with the forms of the IRIs.
    """

    name: str
    classes: list[str] = field(default_factory=list)
    iri: str = ""
    literals: list[tuple[str, str]] = field(default_factory=list)
    outside: dict[str, list[str]] = field(default_factory=dict)
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0

    @property
    def height(self) -> float:
        """The height of the box itself."""
        head = len(self.classes) + bool(self.iri)
        body = len(self.literals) * LINE + PAD if self.literals else 0.0
        return head * LINE + PAD + body

    @property
    def full_height(self) -> float:
        """The height with what hangs below it."""
        pills = sum(map(len, self.outside.values()))
        return self.height + (len(self.outside) * LINE + pills * PILL + 6.0 if pills else 0.0)

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def needed_width(self) -> float:
        """The width that its longest line takes."""
        texts = [len(text) for text in (*self.classes, self.iri)]
        texts += [len(name) + 2 + len(kind) for name, kind in self.literals]
        texts += [len(text) + 6 for forms in self.outside.values() for text in forms]
        texts += [len(text) + 5 for text in self.outside]
        return max(texts) * CHARACTER + 2 * PAD


@dataclass(frozen=True)
class Model:
    """What the picture shows.

    Attributes:
        boxes: the record types by name.
        links: the labels of the arrows by the record types at their ends.
        direct: the labels of the arrows of a record type to itself that another one writes.
    """

    boxes: Mapping[str, Box]
    links: Mapping[tuple[str, str], list[str]]
    direct: Mapping[str, list[str]]

    def description(self) -> str:
        """What the arrows say, in words."""
        names = {name: box.classes[0] for name, box in self.boxes.items()}
        sentences = [
            f"{names[name]} {' and '.join(labels)} {names[name]}, directly."
            for name, labels in self.direct.items()
        ]
        sentences += [
            f"{names[source]} {' and '.join(labels)} {names[target]}."
            for (source, target), labels in self.links.items()
        ]
        return " ".join(sentences).replace("\n", " ")


def read_model(mapping: MappingFile, ontology: Path) -> Model:
    """What there is to draw.

    Args:
        mapping: the mapping.
        ontology: the ontology's file, for names and ranges.

    Raises:
        OntologyError: a record type has no place in the picture.
    """
    reading = _Reading(mapping, ontology)
    if unplaced := sorted(mapping.records.keys() ^ reading.boxes.keys()):
        raise OntologyError(
            f"the picture of the model and the mapping differ in {', '.join(unplaced)}",
            hint="give the record type a place in COLUMNS, ROW or DOCUMENTS, in model_boxes.py",
        )
    for record in mapping.records.values():
        for block in record.blocks:
            reading.add(record.name, block)
    for name in DOCUMENTS:
        number = len(reading.boxes[name].literals)
        reading.boxes[name].literals = [(f"{number} literal properties", "")]
    return Model(reading.boxes, reading.links, reading.direct)


class _Reading:
    """The model while it is read."""

    def __init__(self, mapping: MappingFile, ontology: Path) -> None:
        quads = list(pyoxigraph.parse(path=str(ontology), format=pyoxigraph.RdfFormat.TURTLE))
        self.boxes = {name: Box(name) for name in (*chain(*COLUMNS), *ROW, *DOCUMENTS)}
        self.links: dict[tuple[str, str], list[str]] = {}
        self.direct: dict[str, list[str]] = {}
        self._records, by_class = _record_types(mapping)
        self._labels = dict(_values(quads, PREFIXES["rdfs"] + "label"))
        self._ranges = dict(LINKS)
        for iri, range_ in _values(quads, PREFIXES["rdfs"] + "range"):
            if range_ in by_class:
                self._ranges.setdefault(iri, by_class[range_])

    def add(self, record: str, block: Block) -> None:
        """Adds the triples of a block."""
        owner = self._records.get(_form(block.subject), record)
        box = self.boxes[owner]
        if owner == record and block.subject.template:
            box.iri = curie(block.subject.template)
        for predicate, values in block.pairs:
            for value in values:
                if predicate == RDF_TYPE:
                    box.classes += self._classes(value)
                elif isinstance(value, Term):
                    shown = self._on_a_line(predicate)
                    box.outside.setdefault(shown, []).append(curie(value.value))
                elif target := self._target(predicate, value):
                    label = self._shown(predicate, value.occurs)
                    if owner != record and owner == target:
                        self.direct.setdefault(owner, []).append(label)
                    else:
                        self.links.setdefault((owner, target), []).append(label)
                else:
                    self._add_value(box, predicate, value)

    def _add_value(self, box: Box, predicate: str, value: Variable) -> None:
        """Adds a literal, or an IRI elsewhere."""
        if value.datatype:
            kind = value.datatype.removeprefix(PREFIXES["xsd"])
            box.literals.append((self._on_a_line(predicate), kind + _NUMBER[value.occurs]))
        else:
            forms = box.outside.setdefault(self._on_a_line(predicate, value.occurs), [])
            forms += _forms(value)

    def _classes(self, value: Variable | Term) -> list[str]:
        if isinstance(value, Term):
            return [self._on_a_line(value.value)]
        return [self._on_a_line(iri, value.occurs) for iri in value.one_of]

    def _target(self, predicate: str, value: Variable) -> str | None:
        """The record type that a variable stands for, if it is one."""
        return (
            None if value.datatype else self._records.get(_form(value), self._ranges.get(predicate))
        )

    def _shown(self, term: str, occurs: str = "1") -> str:
        """A term, how many there are and, on a line of its own, a name if the IRI has none."""
        name = curie(term)
        opaque = _OPAQUE.fullmatch(name.rpartition(":")[2])
        label = f"\n({self._labels[term]})" if opaque and term in self._labels else ""
        return name + _NUMBER[occurs] + label

    def _on_a_line(self, term: str, occurs: str = "1") -> str:
        return self._shown(term, occurs).replace("\n", " ")


def _record_types(mapping: MappingFile) -> tuple[dict[str, str], dict[str, str]]:
    """The record types by the form of their IRIs, and by their class."""
    forms, classes = {}, {}
    for record in mapping.records.values():
        for block in record.blocks:
            types = [values for predicate, values in block.pairs if predicate == RDF_TYPE]
            for value in (value for values in types for value in values):
                if isinstance(value, Term):
                    classes[value.value] = record.name
                    if block.subject.template:
                        forms[_form(block.subject)] = record.name
    return forms, classes


def _values(quads: list[pyoxigraph.Quad], predicate: str) -> list[tuple[str, str]]:
    return [
        (quad.subject.value, quad.object.value)
        for quad in quads
        if quad.predicate.value == predicate
        and isinstance(quad.subject, pyoxigraph.NamedNode)
        and isinstance(quad.object, pyoxigraph.NamedNode | pyoxigraph.Literal)
    ]


def _form(variable: Variable) -> str:
    """An IRI template without the names of its fields."""
    return _FIELD.sub("{}", variable.template)


def curie(iri: str) -> str:
    # The longest namespace: one may begin with another.
    for prefix, namespace in sorted(PREFIXES.items(), key=lambda item: -len(item[1])):
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _forms(value: Variable) -> list[str]:
    """What IRIs elsewhere, or terms of the ontology, look like."""
    if value.one_of:
        first, *others = map(curie, value.one_of)
        return [first, *(f"or {other}" for other in others)]
    return [_web(value.template) if value.template else "an IRI"]


def _web(template: str) -> str:
    """An IRI elsewhere as people read it: no scheme, an ellipsis for what varies."""
    return _FIELD.sub("\N{HORIZONTAL ELLIPSIS}", template.partition("://")[2])
