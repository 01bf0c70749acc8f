"""The rows of the table of edges: gathered, sorted, counted and written.

There may be tens of millions, so a row that waits takes eight bytes: the numbers of its target and
of its report, in an array of its regulator's.
"""

from __future__ import annotations

import re
import sqlite3
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import TypeAlias

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode

from rdfconv.identifiers import EVIDENCE, INTERACTION, TERM, UNIPROT

Rows: TypeAlias = "dict[int, array[int]]"
"""The rows by the number of their regulator, each as ``target << 32 | report``."""

_REPORT = (1 << 32) - 1
_AT_ONCE = 50_000
"""How many rows a statement writes: a text of a megabyte."""
_INSERT = "INSERT INTO {table} SELECT ?1, value >> 32, value & 4294967295 FROM json_each(?2)"
"""Writes rows of a regulator four times as fast as a statement for each."""


@dataclass(slots=True)
class Ids:
    """Numbers for IRIs, in the order in which they are met."""

    numbers: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, iri: str) -> int:
        return self.numbers.setdefault(iri, len(self.numbers) + 1)


@dataclass(slots=True)
class Counts:
    """What is counted of rows.

    Attributes:
        rows: how many there are.
        edges: how many different pairs of regulator and target they have.
        by_taxon: how many rows have a report: by the number of their regulator's taxon, then by
            the report's.
        targets: how many edges start at a protein, by its number.
        regulators: how many edges end at a protein, by its number.
        again: the rows of edges that have several.
        together: how many edges have the same several reports: by the number of their regulator's
            taxon, and the reports' numbers.
    """

    rows: int = 0
    edges: int = 0
    by_taxon: defaultdict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    targets: dict[int, int] = field(default_factory=dict)
    regulators: Counter[int] = field(default_factory=Counter)
    again: Rows = field(default_factory=dict)
    together: Counter[tuple[int, tuple[int, ...]]] = field(default_factory=Counter)

    def numbers(self) -> Iterator[tuple[int, int, int]]:
        """Taxon, report and the number of rows, sorted."""
        for taxon, by_report in sorted(self.by_taxon.items()):
            for report, rows in sorted(by_report.items()):
                yield taxon, report, rows


def of_lines(lines: Iterable[bytes], evidence: Mapping[str, int], proteins: Ids) -> Rows:
    """The rows that the conversion lists.

    Args:
        lines: regulator, target and the local name of the evidence, some of them repeated.
        evidence: the numbers of evidence nodes by IRI.
        proteins: the numbers of proteins.
    """
    numbers = {iri.removeprefix(UNIPROT).encode(): one for iri, one in proteins.numbers.items()}
    targets = {accession: number << 32 for accession, number in numbers.items()}
    reports = {iri.removeprefix(EVIDENCE).encode(): number for iri, number in evidence.items()}
    found: defaultdict[bytes, array[int]] = defaultdict(partial(array, "q"))
    for line in lines:
        tf, target, report = line.split()
        found[tf].append(targets[target] | reports[report])
    return {numbers[tf]: rows for tf, rows in found.items()}


_OWN = re.compile(re.escape(INTERACTION) + "([A-Z0-9]+)_([A-Z0-9]+)", re.ASCII)


def of_store(store: pyoxigraph.Store, evidence: Mapping[str, int], proteins: Ids) -> Rows:
    """The rows that a store tells; takes three times as long.

    Args:
        store: the store.
        evidence: the numbers of evidence nodes by IRI.
        proteins: the numbers of proteins, to which those are added that are no more than an end.
    """
    found: defaultdict[int, array[int]] = defaultdict(partial(array, "q"))
    for quad in store.quads_for_pattern(None, NamedNode(TERM + "evidence"), None, DefaultGraph()):
        assert isinstance(quad.object, NamedNode | BlankNode | Literal)
        report = evidence.get(quad.object.value)
        if report is None:
            continue
        # The name of an interaction of ours is made of its ends (`identifiers.interaction_iri`).
        assert isinstance(quad.subject, NamedNode | BlankNode)
        own = _OWN.fullmatch(quad.subject.value)
        if own:
            tf, target = proteins[UNIPROT + own[1]], proteins[UNIPROT + own[2]]
            found[tf].append(target << 32 | report)
            continue
        for start in _ends(store, quad.subject, "transcriptionFactor"):
            for end in _ends(store, quad.subject, "target"):
                tf = proteins[start]
                found[tf].append(proteins[end] << 32 | report)
    return found


def _ends(store: pyoxigraph.Store, edge: NamedNode | BlankNode, name: str) -> list[str]:
    found = store.quads_for_pattern(edge, NamedNode(TERM + name), None, DefaultGraph())
    return [quad.object.value for quad in found if isinstance(quad.object, NamedNode)]


def write(connection: sqlite3.Connection, rows: Rows, beside: Executor) -> None:
    """Writes rows, which it sorts and of which it leaves each once.

    Args:
        connection: the database.
        rows: the rows, in any order, some of them repeated.
        beside: a thread that writes the rows of one regulator while those of the next are sorted.

    Raises:
        sqlite3.Error: they cannot be written.
    """
    writing: Future[None] | None = None
    for tf in sorted(rows):
        once = sorted(set(rows[tf]))
        rows[tf] = array("q", once)
        if writing:
            writing.result()
        writing = beside.submit(insert, connection, "edge", tf, once)
    if writing:
        writing.result()


def insert(connection: sqlite3.Connection, table: str, tf: int, rows: Sequence[int]) -> None:
    """Inserts rows of one regulator into a table."""
    for at in range(0, len(rows), _AT_ONCE):
        text = str(list(rows[at : at + _AT_ONCE]))
        connection.execute(_INSERT.format(table=table), (tf, text))


def count(rows: Rows, taxa: Sequence[int]) -> Counts:
    """Counts rows, of which each is there once.

    Args:
        rows: the rows.
        taxa: the number of a protein's taxon, at the place of the protein's number.
    """
    counts = Counts()
    for tf in sorted(rows):
        targets = [row >> 32 for row in rows[tf]]
        different = set(targets)
        counts.rows += len(targets)
        counts.edges += len(different)
        counts.targets[tf] = len(different)
        counts.regulators.update(different)
        counts.by_taxon[taxa[tf]].update([row & _REPORT for row in rows[tf]])
        if len(different) < len(targets):
            told = Counter(targets)
            again = [row for row, target in zip(rows[tf], targets, strict=True) if told[target] > 1]
            counts.again[tf] = array("q", again)
            for _, same in groupby(again, key=lambda row: row >> 32):
                counts.together[taxa[tf], tuple(row & _REPORT for row in same)] += 1
    return counts
