"""What a planner of queries must know of a store beyond VoID's numbers: exact counts, and hubs.

`rdfconv.statistics` has averages. An average says nothing of the one evidence node that millions
of edges share, and it counts the data, where a query counts the whole default graph. A build
knows them, and writes them to ``planning.json``.

>>> from rdfconv import statistics
>>> store = pyoxigraph.Store()
>>> store.load(b"<x:a> <x:p> <x:o> . <x:b> <x:p> <x:o> , <x:q> .", pyoxigraph.RdfFormat.TURTLE)
>>> found = from_store(store, statistics.from_store(store), least=1)
>>> found.triples, found.properties, found.objects
(3, {'x:p': 3}, {})
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph

from rdfconv.identifiers import TERM
from rdfconv.statistics import PropertyPartition, Statistics, iri_of
from rdfconv.vocabulary import PREFIXES

if TYPE_CHECKING:  # a query worker reads the file, and makes no indexes
    from rdfconv.edges.index import Numbers

FILE = "planning.json"
"""The file of a release."""
LEAST = 1000
"""How many triples of one property a term has at least that counts as a hub."""
MOST = 200
"""How many hubs of each property are listed."""
CLASSES = 1000
"""How many classes are counted."""
ASKED = 3_000_000
"""Up to how many triples of a property a build groups to find its hubs; of interactions, which have
more, it knows them."""
REPEATED = 4
"""How many triples the terms of a property must have on average before hubs are looked for: to
group by almost as many terms as there are triples takes as much memory as the triples."""

_TYPE = f"{PREFIXES['rdf']}type"

Hubs = Mapping[str, Mapping[str, int]]
"""Numbers of triples, by property and by term; a term is written as in N-Triples."""


@dataclass(frozen=True, slots=True)
class Heavy:
    """Exact numbers of a default graph.

    Attributes:
        triples: all its triples.
        properties: the triples of each property; all properties are there.
        classes: the entities of each class; None if there are too many classes.
        objects: the objects that have the most triples of a property.
        subjects: likewise the subjects.
    """

    triples: int
    properties: Mapping[str, int]
    classes: Mapping[str, int] | None
    objects: Hubs
    subjects: Hubs

    def as_json(self) -> str:
        """The content of the file."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Heavy:
        """Reads what `as_json` has written."""
        return cls(**json.loads(text))


def write(folder: Path, heavy: Heavy) -> None:
    """Writes the file of a release that is not published yet.

    Raises:
        OSError: the file cannot be written.
    """
    (folder / FILE).write_text(heavy.as_json(), "utf-8", newline="\n")


def of_release(
    store: pyoxigraph.Store,
    statistics: Statistics,
    described: Iterable[pyoxigraph.Triple],
    numbers: Numbers,
) -> Heavy:
    """The numbers of a release that is being built, nearly all of them from what it has counted.

    Args:
        store: its store; what is asked of it takes no longer for more edges.
        statistics: the numbers of its data.
        described: the other triples of its default graph.
        numbers: how many edges each evidence node and each protein has.
    """
    others = set(described)
    properties = Counter({one.property: one.triples for one in statistics.properties})
    properties.update(one.predicate.value for one in others)
    classes = Counter({one.class_: one.entities for one in statistics.classes})
    classes.update(
        one.object.value
        for one in others
        if one.predicate.value == _TYPE and isinstance(one.object, pyoxigraph.NamedNode)
    )
    evidence: Counter[str] = Counter()
    for (iri, _), number in numbers.reports.items():
        evidence[iri] += number
    objects: dict[str, dict[str, int]] = {
        TERM + "evidence": _hubs(evidence),
        TERM + "transcriptionFactor": _hubs(numbers.targets),
        TERM + "target": _hubs(numbers.regulators),
        TERM + "regulates": _hubs(numbers.regulators),
    }
    subjects = {TERM + "regulates": _hubs(numbers.targets)}
    for one in statistics.properties:
        if one.triples <= ASKED and one.property not in objects:
            _ask_hubs(store, one, LEAST, objects, subjects)
    return Heavy(
        statistics.triples + len(others),
        dict(properties),
        dict(classes) if len(classes) <= CLASSES else None,
        {name: hubs for name, hubs in objects.items() if hubs},
        {name: hubs for name, hubs in subjects.items() if hubs},
    )


def _hubs(numbers: Mapping[str, int]) -> dict[str, int]:
    """The most frequent of IRIs, as the file has them."""
    great = [(-number, iri) for iri, number in numbers.items() if number >= LEAST]
    return {f"<{iri}>": -number for number, iri in sorted(great)[:MOST]}


def from_store(store: pyoxigraph.Store, statistics: Statistics, *, least: int = LEAST) -> Heavy:
    """Counts in a store; it takes one to two seconds for each million triples.

    Args:
        store: the store.
        statistics: the numbers of its data; they tell where hubs can be.
        least: how many triples a hub has at least.
    """
    properties = dict(_counted(store, "?s ?key ?o", 1))
    kinds = dict(_counted(store, f"?s <{_TYPE}> ?key", 1, CLASSES + 1))
    objects: dict[str, dict[str, int]] = {}
    subjects: dict[str, dict[str, int]] = {}
    for one in statistics.properties:
        _ask_hubs(store, one, least, objects, subjects)
    return Heavy(
        sum(properties.values()),
        {iri_of(term.encode()): number for term, number in properties.items()},
        {iri_of(term.encode()): number for term, number in kinds.items()}
        if len(kinds) <= CLASSES
        else None,
        objects,
        subjects,
    )


def _ask_hubs(
    store: pyoxigraph.Store,
    one: PropertyPartition,
    least: int,
    objects: dict[str, dict[str, int]],
    subjects: dict[str, dict[str, int]],
) -> None:
    """Asks a store for the hubs of a property."""
    if one.property == _TYPE:
        return
    for found, distinct, pattern in (
        (objects, one.objects, f"?other <{one.property}> ?key"),
        (subjects, one.subjects, f"?key <{one.property}> ?other"),
    ):
        if one.triples >= max(least, REPEATED * distinct):
            hubs = dict(_counted(store, pattern, least, MOST))
            found |= {one.property: hubs} if hubs else {}


def _counted(
    store: pyoxigraph.Store, pattern: str, least: int, most: int = 0
) -> Iterator[tuple[str, int]]:
    """The terms at ``?key`` of a pattern, each with its number of triples, the greatest first."""
    found = store.query(
        f"SELECT ?key (COUNT(*) AS ?n) {{ {pattern} }} GROUP BY ?key HAVING(COUNT(*) >= {least}) "
        f"ORDER BY DESC(?n) ?key {f'LIMIT {most}' if most else ''}"
    )
    assert isinstance(found, pyoxigraph.QuerySolutions)
    for solution in found:
        number = solution["n"]
        assert isinstance(number, pyoxigraph.Literal)
        yield str(solution["key"]), int(number.value)
