"""The index of names that a release is searched by: ``search.sqlite``.

A build writes it once; the server opens it read-only. The order of the entities is worked out here:
an entity's number is its rank, and the kinds lie one after the other. So a search sorts by numbers.
What begins with a short prefix is more than can be ranked while somebody types; the best of those
are stored.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from rdfconv.edges.index import Numbers
from rdfconv.edges.triples import Triples
from rdfconv.identifiers import TAXON
from rdfconv.search.findable import FAMILIAR, Entity, Findable
from rdfconv.search.terms import (
    FORMAT,
    HIDDEN,
    IDENTIFIED,
    KEY_LENGTH,
    LABELLED,
    NAMED,
    PROPOSALS,
    Kind,
    key,
    merit,
)

CROWD = 1000
"""The best entities are stored for each prefix that more names than this begin with."""
WORDS = 20
"""A name is found by each of its first words."""

_TABLES = """
CREATE TABLE kinds (kind TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE entities (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, iri TEXT NOT NULL, identifier TEXT NOT NULL,
  label TEXT NOT NULL, organism INTEGER NOT NULL, regulator INTEGER NOT NULL,
  targets INTEGER NOT NULL, regulators INTEGER NOT NULL, edges INTEGER NOT NULL);
CREATE TABLE other_names (entity INTEGER, name TEXT, PRIMARY KEY (entity, name)) WITHOUT ROWID;
CREATE TABLE encoded (gene INTEGER, protein INTEGER, PRIMARY KEY (gene, protein)) WITHOUT ROWID;
CREATE TABLE names (
  key TEXT, entity INTEGER, quality INTEGER NOT NULL, PRIMARY KEY (key, entity)) WITHOUT ROWID;
CREATE TABLE prefixes (
  prefix TEXT, place INTEGER, entity INTEGER NOT NULL, PRIMARY KEY (prefix, place)) WITHOUT ROWID;
"""


def write(path: Path, triples: Triples, numbers: Numbers) -> None:
    """Writes the index of a release. The same triples give the same content.

    Args:
        path: the file, which must not exist.
        triples: the release's.
        numbers: how many edges it has (`rdfconv.edges`).

    Raises:
        OSError: the file cannot be written.
    """
    tables = dict(_tables(Findable(triples), numbers))
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")  # the release is synced as a whole
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.executescript(_TABLES)
            connection.execute("BEGIN")
            for table, rows in tables.items():
                _insert(connection, table, rows)
            connection.execute("COMMIT")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise OSError(f"cannot write {path.name}: {error}") from error


def _tables(found: Findable, counts: Numbers) -> Iterator[tuple[str, Iterable[Sequence[object]]]]:
    """The rows of the tables, each table's sorted by its key."""
    entities = sorted(found.entities(counts), key=_rank)
    numbers = {(one.kind, one.iri): number for number, one in enumerate(entities, 1)}
    names = _names(entities)
    yield "kinds", sorted(_ranges(entities))
    yield "entities", (_row(number, one, numbers) for number, one in enumerate(entities, 1))
    yield (
        "other_names",
        ((number, name) for number, one in enumerate(entities, 1) for name in sorted(one.others)),
    )
    yield (
        "encoded",
        sorted(
            (numbers[Kind.GENE, gene], numbers[Kind.PROTEIN, protein])
            for protein, gene in found.encoded
            if (Kind.PROTEIN, protein) in numbers
        ),
    )
    yield "names", names
    yield "prefixes", _prefixes(names, 0, len(names), 1)


def _row(number: int, one: Entity, numbers: Mapping[tuple[Kind, str], int]) -> tuple[object, ...]:
    organism = numbers.get((Kind.ORGANISM, one.organism), 0)
    return (
        number, one.kind, one.iri, one.identifier, one.label, organism, one.regulator,
        one.targets, one.regulators, one.edges,
    )  # fmt: skip


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Sequence[object]]) -> None:
    iterator = iter(rows)
    first = next(iterator, None)
    if first is not None:
        text = f"INSERT INTO {table} VALUES ({', '.join('?' * len(first))})"  # noqa: S608
        connection.execute(text, first)
        connection.executemany(text, iterator)


_KIND_ORDER = {kind: place for place, kind in enumerate(Kind)}
_ORGANISM_ORDER = {TAXON + taxon: place for place, taxon in enumerate(FAMILIAR)}


def _rank(one: Entity) -> tuple[object, ...]:
    """What sorts entities: the better known organism, the transcription factor, the busy one."""
    place = _ORGANISM_ORDER.get(one.organism, len(_ORGANISM_ORDER))
    return (_KIND_ORDER[one.kind], place, not one.regulator, -one.edges, one.label, one.iri)


def _ranges(entities: Sequence[Entity]) -> Iterator[tuple[str, int, int]]:
    """The first and the last number of each kind."""
    first = 1
    for kind in Kind:
        count = sum(one.kind is kind for one in entities)
        yield kind, first, first + count - 1
        first += count


# --- Names -------------------------------------------------------------------------------------


def _names(entities: Iterable[Entity]) -> list[tuple[str, int, int]]:
    """What is found by which key, and how well: (key, number, quality), sorted."""
    best: dict[tuple[str, int], int] = {}
    for number, one in enumerate(entities, 1):
        for text, quality in names_of(one):
            if text:
                place = text, number
                best[place] = min(quality, best.get(place, HIDDEN))
    return [(*place, quality) for place, quality in sorted(best.items())]


def names_of(one: Entity) -> Iterator[tuple[str, int]]:
    """The keys that an entity is found by, and how each belongs to it; some of them repeated."""
    if one.kind is Kind.EVIDENCE:
        yield key(one.identifier), HIDDEN
        return
    yield key(one.identifier), IDENTIFIED
    if one.kind is Kind.METHOD and one.identifier.startswith("MI_"):
        yield key(one.identifier.replace("_", ":")), IDENTIFIED
    labels = [(one.label, LABELLED)] if one.kind is not Kind.GENE else []
    for name, quality in (*labels, *((name, NAMED) for name in one.others)):
        text = key(name)
        yield text, quality
        words = text.split(" ", WORDS)[:WORDS]
        start = 0
        for word in words[:-1]:
            start += len(word) + 1
            yield text[start:], NAMED


def _prefixes(
    names: Sequence[tuple[str, int, int]], first: int, last: int, length: int
) -> Iterator[tuple[str, int, int]]:
    """The best entities of each prefix that a crowd of names begins with.

    Args:
        names: all names, sorted.
        first: the first name of those that begin alike.
        last: the one behind the last of them.
        length: the length of the prefixes looked at: one more than they have in common.
    """
    if last - first <= CROWD or length > KEY_LENGTH:
        return
    for prefix, members in groupby(range(first, last), lambda place: names[place][0][:length]):
        places = list(members)
        if len(places) > CROWD and len(prefix) == length:
            found = (
                merit(text == prefix, quality) << 32 | number
                for text, number, quality in names[places[0] : places[-1] + 1]
                if text == prefix or quality != HIDDEN
            )
            for place, number in enumerate(_best(found)):
                yield prefix, place, number
            yield from _prefixes(names, places[0], places[-1] + 1, length + 1)


def _best(found: Iterable[int]) -> list[int]:
    """The numbers of the best entities, each once, the best first."""
    merits: dict[int, int] = {}
    worst = 1 << 62  # nothing above it gets in any more
    for one in found:
        number = one & 0xFFFFFFFF
        if one < worst and one < merits.get(number, worst):
            merits[number] = one
            if len(merits) >= 8 * PROPOSALS:
                kept = heapq.nsmallest(PROPOSALS, merits.values())
                merits = {value & 0xFFFFFFFF: value for value in kept}
                worst = kept[-1]
    return [value & 0xFFFFFFFF for value in heapq.nsmallest(PROPOSALS, merits.values())]
