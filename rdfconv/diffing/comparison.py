"""Compares the edges of two releases.

Both tables of edges are read once, in whatever order they have, into a temporary file of SQLite:
one number for the two ends of an edge, one for its evidence. What stays in memory are the proteins
and the distinct evidence, which are few; the edges are not.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode

from rdfconv.diffing.summary import Counts, Summary
from rdfconv.diffing.values import Kind, State, Value, all_of, change_of, value_of
from rdfconv.edges.reader import Edge, EdgeTable, Protein
from rdfconv.errors import ReleaseError
from rdfconv.filters import Filter, name_of_iri, organism_iri
from rdfconv.identifiers import UNIPROT, last_part
from rdfconv.release import Release
from rdfconv.vocabulary import PREFIXES

BATCH = 10_000
"""After how many edges it is told how far the reading has got."""

_SIDES = ("before", "after")
_SETTINGS = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -65536;
CREATE TABLE before (pair INTEGER PRIMARY KEY, state INTEGER NOT NULL);
CREATE TABLE after (pair INTEGER PRIMARY KEY, state INTEGER NOT NULL);
CREATE TABLE place (protein INTEGER PRIMARY KEY, place INTEGER NOT NULL);
CREATE TABLE difference (pair INTEGER PRIMARY KEY, before INTEGER, after INTEGER);
"""
"""``pair`` is the number of the regulator, moved up by 32 bits, and that of the target; among the
differences it is made of their places in the order of IRIs instead."""
_INSERTS = (
    "INSERT OR IGNORE INTO before VALUES (?, ?)",
    "INSERT OR IGNORE INTO after VALUES (?, ?)",
)
_COMPARE = """
INSERT INTO difference
SELECT regulator.place << 32 | target.place AS pair, old, new FROM (
  SELECT before.pair AS pair, before.state AS old, after.state AS new
    FROM before LEFT JOIN after ON after.pair = before.pair
    WHERE after.state IS NOT before.state
  UNION ALL
  SELECT pair, NULL, state FROM after
    WHERE NOT EXISTS (SELECT 1 FROM before WHERE before.pair = after.pair)
) AS differing
CROSS JOIN place AS regulator ON regulator.protein = differing.pair >> 32
CROSS JOIN place AS target ON target.protein = differing.pair & 4294967295
ORDER BY 1
"""
_LABEL = PREFIXES["rdfs"] + "label"
_IN_TAXON = PREFIXES["obo"] + "RO_0002162"
_DEFAULT = DefaultGraph()


@dataclass(frozen=True, slots=True)
class Difference:
    """An edge that differs.

    Attributes:
        tf: the transcription factor, as the later release that has it tells it.
        target: the target, likewise.
        before: its evidence in the first release; None if the edge is not there.
        after: its evidence in the second release.
    """

    tf: Protein
    target: Protein
    before: State | None
    after: State | None

    @property
    def kind(self) -> Kind:
        """What happened."""
        return _kind(self.before, self.after)


class Comparison:
    """Two releases compared. To be used in the thread that made it, and closed.

    Args:
        before: the first release.
        after: the second.
        wanted: which edges are compared; of their reports those that pass.
        on_progress: called with the number of edges read since the last call.

    Raises:
        ReleaseError: a release has no table of edges, or there is no space for temporary files.

    Attributes:
        reports: the values of the evidence nodes by their IRI, of either release.
        names: the names of organisms, databases and methods by IRI.
    """

    def __init__(
        self,
        before: Release,
        after: Release,
        wanted: Filter | None = None,
        on_progress: Callable[[int], None] = lambda edges: None,
    ) -> None:
        self.releases = (before, after)
        self.wanted = wanted or Filter()
        self.reports: tuple[dict[str, Value], dict[str, Value]] = ({}, {})
        self.names: dict[str, str] = {}
        self._on_progress = on_progress
        self._numbers: dict[str, int] = {}
        self._proteins: list[Protein] = []
        self._values: dict[Value, Value] = {}
        self._states: dict[State, int] = {}
        self._by_tf: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        self._by_state: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        # Without a name SQLite makes a file of its own, which is gone when it is closed.
        self._connection = sqlite3.connect("", isolation_level=None)
        try:
            self._compare()
        except sqlite3.Error as error:
            self.close()
            raise ReleaseError(
                f"the releases cannot be compared: {error}",
                hint="check the space left for temporary files; SQLITE_TMPDIR names another folder",
            ) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Removes the temporary file."""
        self._connection.close()

    def __enter__(self) -> Comparison:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def differences(self) -> Iterator[Difference]:
        """The edges that differ, sorted by the IRIs of their ends."""
        states: list[State | None] = [*self._states, None]
        for tf, target, before, after in self._differing():
            yield Difference(
                self._proteins[tf],
                self._proteins[target],
                states[-1 if before is None else before],
                states[-1 if after is None else after],
            )

    def summary(self) -> Summary:
        """The numbers.

        Raises:
            ReleaseError: they do not add up.
        """
        first, second = self.releases
        summary = Summary(first.id, second.id, self.wanted.parameters(), self.names)
        states = list(self._states)
        pairs: Counter[tuple[int | None, int | None]] = Counter()
        for tf, _, before, after in self._differing():
            summary.organisms[self._proteins[tf].organism].count(_kind(before, after))
            pairs[before, after] += 1
        for (before, after), edges in pairs.items():
            kind = _kind(before, after)
            summary.edges.count(kind, edges)
            old = frozenset() if before is None else states[before]
            new = frozenset() if after is None else states[after]
            was, now = all_of(old, "databases"), all_of(new, "databases")
            for database in was | now:
                seen = Kind.CHANGED
                if database not in was or database not in now:
                    seen = Kind.REMOVED if database in was else Kind.ADDED
                summary.databases[database].count(seen, edges)
            if kind is Kind.CHANGED:
                for aspect in change_of(old, new).aspects:
                    summary.aspects[aspect] += edges
        self._count_all(summary, states)
        summary.check()
        return summary

    def _count_all(self, summary: Summary, states: list[State]) -> None:
        """Counts the edges of either release."""

        def add(counts: Counts, side: str, edges: int) -> None:
            setattr(counts, side, getattr(counts, side) + edges)

        for side, by_tf, by_state in zip(_SIDES, self._by_tf, self._by_state, strict=True):
            add(summary.edges, side, by_tf.total())
            for tf, edges in by_tf.items():
                add(summary.organisms[self._proteins[tf].organism], side, edges)
            for state, edges in by_state.items():
                for database in all_of(states[state], "databases"):
                    add(summary.databases[database], side, edges)

    def _differing(self) -> Iterator[tuple[int, int, int | None, int | None]]:
        """The numbers of regulator, target and both states of the edges that differ."""
        numbers = [self._numbers[iri] for iri in sorted(self._numbers)]
        rows = self._connection.execute("SELECT * FROM difference ORDER BY pair")
        for pair, before, after in rows:
            yield numbers[pair >> 32], numbers[pair & 0xFFFFFFFF], before, after

    # How they are read

    def _compare(self) -> None:
        self._connection.executescript(_SETTINGS)
        self._connection.execute("BEGIN")
        for side, release in enumerate(self.releases):
            self._read(side, release)
        places = ((self._numbers[iri], place) for place, iri in enumerate(sorted(self._numbers)))
        self._connection.executemany("INSERT INTO place VALUES (?, ?)", places)
        self._connection.execute(_COMPARE)
        self._connection.execute("COMMIT")

    def _read(self, side: int, release: Release) -> None:
        with EdgeTable(release.path) as table:
            rows = self._rows(side, table.all(self.wanted))
            while batch := list(islice(rows, BATCH)):
                self._insert(side, batch)
                self._on_progress(len(batch))
            named = {iri for value in self.reports[side].values() for iri in _terms(value)}
            named |= {protein.organism for protein in self._proteins if protein.organism}
            for iri in named:
                name = table.name_of(iri)
                if name != last_part(iri) or iri not in self.names:
                    self.names[iri] = name
        if has_rdf(release) and _is_by_ends(self.wanted):
            self._read_bare(side, pyoxigraph.Store.read_only(str(release.store)))

    def _insert(self, side: int, rows: list[tuple[int, int]]) -> int:
        """Writes rows; gives how many were new."""
        return self._connection.executemany(_INSERTS[side], rows).rowcount

    def _rows(self, side: int, edges: Iterator[Edge]) -> Iterator[tuple[int, int]]:
        """The ends and the state of each edge, as numbers."""
        states: dict[tuple[str, ...], int] = {}
        reports, by_tf, by_state = self.reports[side], self._by_tf[side], self._by_state[side]
        seen: dict[str, int] = {}
        for edge in edges:
            tf, target = seen.get(edge.tf.iri), seen.get(edge.target.iri)
            if tf is None:
                tf = seen[edge.tf.iri] = self._number(edge.tf)
            if target is None:
                target = seen[edge.target.iri] = self._number(edge.target)
            key = tuple([report.iri for report in edge.evidence])
            state = states.get(key)
            if state is None:
                for one in edge.evidence:
                    value = value_of(one)
                    reports[one.iri] = self._values.setdefault(value, value)
                state = states[key] = self._state(frozenset(reports[iri] for iri in key))
            by_tf[tf] += 1
            by_state[state] += 1
            yield tf << 32 | target, state

    def _number(self, protein: Protein) -> int:
        """The number of a protein; what the later release says of it stays."""
        number = self._numbers.setdefault(protein.iri, len(self._proteins))
        if number == len(self._proteins):
            self._proteins.append(protein)
        else:
            old = self._proteins[number]
            organism = protein.organism or old.organism
            self._proteins[number] = Protein(protein.iri, protein.name, organism, protein.genes)
        return number

    def _state(self, state: State) -> int:
        return self._states.setdefault(state, len(self._states))

    def _read_bare(self, side: int, store: pyoxigraph.Store) -> None:
        """Adds the edges without evidence, which only files of RDF have: the table lacks them."""
        state = self._state(frozenset())
        for tf_iri, target_iri in _bare(store):
            if self._passes(store, tf_iri, target_iri):
                tf, target = self._of_store(store, tf_iri), self._of_store(store, target_iri)
                if self._insert(side, [(tf << 32 | target, state)]):
                    self._by_tf[side][tf] += 1
                    self._by_state[side][state] += 1

    def _passes(self, store: pyoxigraph.Store, tf: str, target: str) -> bool:
        wanted = self.wanted
        ends = (wanted.tf, tf), (wanted.target, target)
        if any(accession and iri != UNIPROT + accession for accession, iri in ends):
            return False
        return not wanted.organism or organism_iri(wanted.organism) in _values(store, tf, _IN_TAXON)

    def _of_store(self, store: pyoxigraph.Store, iri: str) -> int:
        number = self._numbers.get(iri)
        if number is not None:
            return number
        name = next(iter(_values(store, iri, _LABEL)), "") or last_part(iri)
        organism = next(iter(_values(store, iri, _IN_TAXON)), "")
        names = _values(store, organism, PREFIXES["up"] + "scientificName") if organism else []
        self.names.setdefault(organism, next(iter(names), "") or name_of_iri(organism))
        return self._number(Protein(iri, name, organism, ()))


def has_rdf(release: Release) -> bool:
    """Whether files of RDF were among a release's inputs: there edges may have any form."""
    return any("triples" in one for one in release.info.get("inputs", ()))


def _kind(before: object, after: object) -> Kind:
    if before is None:
        return Kind.ADDED
    return Kind.REMOVED if after is None else Kind.CHANGED


def _terms(value: Value) -> Iterator[str]:
    """The IRIs of a value that have names."""
    yield from value.databases
    yield from value.methods


def _is_by_ends(wanted: Filter) -> bool:
    """Whether edges without evidence can pass."""
    return wanted == Filter(tf=wanted.tf, target=wanted.target, organism=wanted.organism)


def _bare(store: pyoxigraph.Store) -> Iterator[tuple[str, str]]:
    """The ends of all edges, some of them repeatedly: of the direct triples and of the nodes."""
    tfl = PREFIXES["tfl"]
    for quad in store.quads_for_pattern(None, NamedNode(tfl + "regulates"), None, _DEFAULT):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            yield quad.subject.value, quad.object.value
    factor, target = NamedNode(tfl + "transcriptionFactor"), NamedNode(tfl + "target")
    for quad in store.quads_for_pattern(None, factor, None, _DEFAULT):
        if isinstance(quad.object, NamedNode):
            for other in store.quads_for_pattern(quad.subject, target, None, _DEFAULT):
                if isinstance(other.object, NamedNode):
                    yield quad.object.value, other.object.value


def _values(store: pyoxigraph.Store, iri: str, predicate: str) -> list[str]:
    """The objects of a property of a node, as text, sorted."""
    found: list[Any] = [
        quad.object
        for quad in store.quads_for_pattern(NamedNode(iri), NamedNode(predicate), None, _DEFAULT)
    ]
    return sorted(one.value for one in found if isinstance(one, NamedNode | pyoxigraph.Literal))
