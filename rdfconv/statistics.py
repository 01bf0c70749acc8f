"""VoID's numbers of a graph: triples, entities, classes, properties, and how they go together.

The *data* of a release are the triples of the default graph that stand in no metadata graph.
`from_store` counts them in any store; `rdfconv.counting` counts them while they are written.

Numbers of distinct terms rest on 64-bit hashes of the terms: among ten million terms two that
meet, so that a number is one too small, have a probability of three in a million.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any, cast

import pyoxigraph

from rdfconv.errors import RdfconvError
from rdfconv.identifiers import METADATA_GRAPHS
from rdfconv.tally import Group, Tally
from rdfconv.vocabulary import PREFIXES

FILE = "statistics.json"
"""The file's name in a release's folder."""

_STRING = f"{PREFIXES['xsd']}string"
_LANGUAGE_STRING = f"{PREFIXES['rdf']}langString"


@dataclass(frozen=True, slots=True)
class PropertyPartition:
    """The triples that have one property, in the whole graph or of one class.

    Attributes:
        property: the property's IRI.
        triples: how many there are.
        subjects: their distinct subjects.
        objects: their distinct objects, literals among them.
        classes: the classes of objects, sorted.
        datatypes: the datatypes of objects that are literals, sorted.
    """

    property: str
    triples: int
    subjects: int
    objects: int
    classes: tuple[str, ...] = ()
    datatypes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassPartition:
    """The entities of one class, and the triples that have them as subjects."""

    class_: str
    entities: int
    properties: tuple[PropertyPartition, ...]


@dataclass(frozen=True, slots=True)
class Links:
    """The triples of one property whose objects are IRIs of another data set.

    Attributes:
        property: the property's IRI.
        namespace: what the objects begin with, one of `rdfconv.vocabulary.LINKED`.
        triples: how many there are.
    """

    property: str
    namespace: str
    triples: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The numbers of a graph; all lists are sorted.

    Attributes:
        triples: the triples.
        entities: distinct subjects that have a class.
        subjects: distinct subjects.
        objects: distinct objects, literals among them.
        classes: the classes that have entities.
        properties: the properties.
        links: the links to other data sets.
    """

    triples: int
    entities: int
    subjects: int
    objects: int
    classes: tuple[ClassPartition, ...]
    properties: tuple[PropertyPartition, ...]
    links: tuple[Links, ...]

    def as_json(self) -> str:
        """The content of a release's ``statistics.json``."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Statistics:
        """Reads what `as_json` has written."""
        content: dict[str, Any] = json.loads(text)
        classes = [
            ClassPartition(one["class_"], one["entities"], _partitions(one["properties"]))
            for one in content.pop("classes")
        ]
        properties = _partitions(content.pop("properties"))
        links = tuple(Links(**one) for one in content.pop("links"))
        return cls(**content, classes=tuple(classes), properties=properties, links=links)


def _partitions(content: Iterable[dict[str, Any]]) -> tuple[PropertyPartition, ...]:
    parts = []
    for one in content:
        classes, datatypes = tuple(one.pop("classes")), tuple(one.pop("datatypes"))
        parts.append(PropertyPartition(**one, classes=classes, datatypes=datatypes))
    return tuple(parts)


def from_store(store: pyoxigraph.Store, apart: Iterable[pyoxigraph.Triple] = ()) -> Statistics:
    """Counts the data of a store, by reading all of it.

    It takes a microsecond and 8 bytes of memory a triple.

    Args:
        store: the store.
        apart: triples that do not count, beside those of the store's own metadata graphs.
    """
    left_out = set(apart)
    for graph in METADATA_GRAPHS:
        quads = store.quads_for_pattern(None, None, None, pyoxigraph.NamedNode(graph))
        left_out.update(quad.triple for quad in quads)
    tally = Tally(lines_of(left_out))
    # A store on disk has an index with all triples of a subject side by side; one in memory has
    # not, and neither is it promised.
    _dump(store, tally.add)
    try:
        return statistics_of(Graph(tally.groups()))
    except ScatteredError:
        lines: list[bytes] = []
        _dump(store, lambda text: lines.extend(text.splitlines(keepends=True)))
        tally = Tally(lines_of(left_out))
        tally.add(b"".join(sorted(lines)))
        return statistics_of(Graph(tally.groups()))


class ScatteredError(RdfconvError):
    """The triples of a subject do not stand side by side."""


def _dump(store: pyoxigraph.Store, write: Callable[[bytes], None]) -> None:
    graph = pyoxigraph.DefaultGraph()
    store.dump(cast("IO[bytes]", _Sink(write)), pyoxigraph.RdfFormat.N_TRIPLES, from_graph=graph)


class _Sink:
    """A file that hands whole lines on."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._rest = b""

    def write(self, data: bytes) -> int:
        whole, end, rest = data.rpartition(b"\n")
        if end:
            self._write(self._rest + whole + end)
            self._rest = rest
        else:
            self._rest += rest
        return len(data)

    def flush(self) -> None:
        """There is nothing to flush: what is written ends with a line."""


def lines_of(triples: Iterable[pyoxigraph.Triple]) -> set[bytes]:
    """Triples as lines of N-Triples, without what ends a line."""
    return {f"{one.subject} {one.predicate} {one.object}".encode() for one in triples}


# --- From groups to numbers --------------------------------------------------------------------


class Graph:
    """The groups of a graph, and what follows from them.

    Raises:
        ScatteredError: a subject stands in two groups, or twice in one.
    """

    def __init__(self, groups: Iterable[Group]) -> None:
        self.groups = list(groups)
        self.owners: dict[int, int] = {}
        """The number of its group, by the hash of a subject."""
        self.everything: set[int] = set()
        """The hashes of all objects whose partitions were asked for."""
        self.nameless_objects = 0
        """How many more objects there are whose hashes are not known."""
        for number, group in enumerate(self.groups):
            self.owners.update(dict.fromkeys(group.subjects, number))
        if len(self.owners) != sum(len(group.subjects) for group in self.groups):
            raise ScatteredError("the triples of a subject do not stand side by side")

    def partition(self, predicate: bytes, groups: Collection[int]) -> PropertyPartition:
        """The triples that have a property and whose subjects are in some of the groups."""
        uses = [
            self.groups[number].uses[predicate]
            for number in groups
            if predicate in self.groups[number].uses
        ]
        objects: set[int] = set().union(*(use.objects for use in uses))
        self.everything |= objects
        owners = {self.owners[one] for one in objects if one in self.owners}
        return PropertyPartition(
            iri_of(predicate),
            sum(use.triples for use in uses),
            sum(use.subjects for use in uses),
            len(objects),
            self.classes_of(owners),
            tuple(sorted({_datatype(one) for use in uses for one in use.datatypes})),
        )

    def classes_of(self, groups: Iterable[int]) -> tuple[str, ...]:
        """The classes of groups, sorted."""
        return tuple(sorted({iri_of(c) for number in groups for c in self.groups[number].classes}))

    def with_class(self, class_: bytes) -> frozenset[int]:
        """The groups that have a class."""
        return frozenset(n for n, group in enumerate(self.groups) if class_ in group.classes)

    def using(self, predicate: bytes, groups: Iterable[int]) -> frozenset[int]:
        """Those of the groups that use a property."""
        return frozenset(n for n in groups if predicate in self.groups[n].uses)

    def links(self) -> Iterator[Links]:
        """The links to other data sets."""
        counts: Counter[tuple[bytes, bytes]] = Counter()
        for group in self.groups:
            for predicate, use in group.uses.items():
                for space, count in use.linked.items():
                    counts[predicate, space] += count
        for (predicate, space), count in counts.items():
            yield Links(iri_of(predicate), space[1:].decode(), count)


Partition = Callable[[bytes, frozenset[int]], PropertyPartition]


def statistics_of(graph: Graph, special: Mapping[bytes, Partition] | None = None) -> Statistics:
    """The numbers of a graph.

    Args:
        graph: the graph.
        special: properties whose partitions are counted otherwise.
    """
    special = special or {}
    known: dict[tuple[bytes, frozenset[int]], PropertyPartition] = {}

    def partition(predicate: bytes, wanted: Iterable[int]) -> PropertyPartition:
        used = graph.using(predicate, wanted)
        key = predicate, used
        if key not in known:
            known[key] = special.get(predicate, graph.partition)(predicate, used)
        return known[key]

    groups = graph.groups
    everywhere = range(len(groups))
    predicates = {predicate for group in groups for predicate in group.uses}
    properties = sorted((partition(p, everywhere) for p in predicates), key=_by_property)
    classes = []
    for class_ in sorted({class_ for group in groups for class_ in group.classes}):
        members = graph.with_class(class_)
        used = {predicate for number in members for predicate in groups[number].uses}
        parts = sorted((partition(p, members) for p in used), key=_by_property)
        entities = sum(len(groups[number]) for number in members)
        classes.append(ClassPartition(iri_of(class_), entities, tuple(parts)))
    return Statistics(
        triples=sum(one.triples for one in properties),
        entities=sum(len(group) for group in groups if group.classes),
        subjects=sum(map(len, groups)),
        objects=len(graph.everything) + graph.nameless_objects,
        classes=tuple(sorted(classes, key=lambda one: one.class_)),
        properties=tuple(properties),
        links=tuple(sorted(graph.links(), key=lambda one: (one.property, one.namespace))),
    )


def _by_property(partition: PropertyPartition) -> str:
    return partition.property


def iri_of(term: bytes) -> str:
    """The IRI in angle brackets; a blank node stands for itself."""
    text = term.decode()
    return text[1:-1] if text.startswith("<") else text


def _datatype(suffix: bytes) -> str:
    """The datatype of a literal by what follows its closing quote."""
    if not suffix:
        return _STRING
    return _LANGUAGE_STRING if suffix.startswith(b"@") else iri_of(suffix.removeprefix(b"^^"))
