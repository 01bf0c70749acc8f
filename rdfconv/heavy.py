"""What a planner of queries must know of a store beyond VoID's numbers: exact counts, and hubs.

`rdfconv.statistics` has averages. An average says nothing of the one evidence node that millions
of edges share, and it counts the data, where a query counts the whole default graph. So a build
asks its finished store, and writes the answers to ``planning.json``.

>>> from rdfconv import statistics
>>> store = pyoxigraph.Store()
>>> store.load(b"<x:a> <x:p> <x:o> . <x:b> <x:p> <x:o> , <x:q> .", pyoxigraph.RdfFormat.TURTLE)
>>> found = from_store(store, statistics.from_store(store), least=1)
>>> found.triples, found.properties, found.objects
(3, {'x:p': 3}, {})
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pyoxigraph

from rdfconv.statistics import Statistics, iri_of
from rdfconv.vocabulary import PREFIXES

FILE = "planning.json"
"""The file of a release."""
LEAST = 1000
"""How many triples of one property a term has at least that counts as a hub."""
MOST = 200
"""How many hubs of each property are listed."""
CLASSES = 1000
"""How many classes are counted."""
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


def write(folder: Path, store: pyoxigraph.Store, statistics: Statistics) -> None:
    """Writes the file of a release that is not published yet.

    Args:
        folder: the release's folder.
        store: its store, complete with its description.
        statistics: the numbers of its data.

    Raises:
        OSError: the file or the store cannot be used.
    """
    (folder / FILE).write_text(from_store(store, statistics).as_json(), "utf-8", newline="\n")


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
        if one.property == _TYPE:
            continue
        for found, distinct, pattern in (
            (objects, one.objects, f"?other <{one.property}> ?key"),
            (subjects, one.subjects, f"?key <{one.property}> ?other"),
        ):
            if one.triples >= max(least, REPEATED * distinct):
                hubs = dict(_counted(store, pattern, least, MOST))
                found |= {one.property: hubs} if hubs else {}
    return Heavy(
        sum(properties.values()),
        {iri_of(term.encode()): number for term, number in properties.items()},
        {iri_of(term.encode()): number for term, number in kinds.items()}
        if len(kinds) <= CLASSES
        else None,
        objects,
        subjects,
    )


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
