"""Reads the table of edges: a page of a list, how long it is, what it could be narrowed to."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rdfconv.edges.conditions import Where
from rdfconv.edges.index import FILE, FORMAT, SHOWN
from rdfconv.errors import RdfconvError, ReleaseError, UsageError, shown
from rdfconv.filters import LARGE, SMALL, UNKNOWN, Filter, name_of_iri
from rdfconv.identifiers import UNIPROT, accession_of, interaction_iri, last_part

SORTED_AT_MOST = 200_000
"""How many edges are sorted by something else than their support."""


class SlowError(RdfconvError):
    """Reading took longer than it may."""


@dataclass(frozen=True, slots=True)
class Protein:
    """An end of an edge.

    Attributes:
        iri: its IRI.
        name: its label; the last part of the IRI if it has none.
        organism: the IRI of its taxon; "" if none is known.
        genes: NCBI gene ids.
    """

    iri: str
    name: str
    organism: str
    genes: tuple[str, ...]

    @property
    def accession(self) -> str:
        """The UniProtKB accession; "" if it is no UniProt protein."""
        return accession_of(self.iri)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one data set reports, in IRIs.

    Attributes:
        iri: the evidence node.
        small_scale: the flag; None if the report has none.
        datasets: the data set that reports it.
        databases: the source databases.
        methods: the detection methods as reported.
        papers: the primary papers.
        database_papers: the own papers of the databases.
        other_papers: papers of which neither is known.
        unparsed: references that are no PubMed ids, as they are.
        modes: activation, repression.
    """

    iri: str
    small_scale: bool | None
    datasets: tuple[str, ...]
    databases: tuple[str, ...]
    methods: tuple[str, ...]
    papers: tuple[str, ...]
    database_papers: tuple[str, ...]
    other_papers: tuple[str, ...]
    unparsed: tuple[str, ...]
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge with the reports of it that pass the filter, the best supported first."""

    tf: Protein
    target: Protein
    evidence: tuple[Evidence, ...]

    @property
    def interaction(self) -> str:
        """The IRI of the edge as a thing; "" if an end is no UniProt protein."""
        ends = self.tf.accession, self.target.accession
        return interaction_iri(*ends) if all(ends) else ""

    def all_of(self, name: str) -> list[str]:
        """The values of all reports, each once, sorted.

        Args:
            name: a field of `Evidence` that holds several values.
        """
        return sorted({value for report in self.evidence for value in getattr(report, name)})

    @property
    def small_scale(self) -> bool | None:
        """Whether any of the reports has the flag; None if none says."""
        flags = {report.small_scale for report in self.evidence} - {None}
        return True in flags if flags else None


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a list can be narrowed to, and how many edges would be left."""

    value: str
    name: str
    edges: int


SORTS = ("support", "name", "papers", "databases")
"""What lists can be sorted by: support (the best first, which is also the order if nothing is
said), the partner's name, the number of primary papers or of databases of the best report."""


class EdgeTable:
    """The table of one release. To be used in the thread that made it.

    Args:
        folder: the release's folder.
        seconds: how long it may be used; 0 for any time.

    Raises:
        ReleaseError: the release has no such table.
    """

    def __init__(self, folder: Path, seconds: float = 0) -> None:
        path = folder / FILE
        if not path.is_file():
            raise ReleaseError(
                f"{folder} has no table of edges", hint="build the release again with this version"
            )
        try:
            self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)
            [(version,)] = self._rows("PRAGMA user_version")
            if version != FORMAT:
                raise ReleaseError(
                    f"the table of edges in {folder} is of another version",
                    hint="build the release again with this version",
                )
            self._is_repeated = bool(self._rows("SELECT 1 FROM again LIMIT 1"))
        except sqlite3.Error as error:
            raise ReleaseError(f"{path} cannot be read: {error}") from error
        if seconds:
            end = time.monotonic() + seconds
            self._connection.set_progress_handler(lambda: time.monotonic() > end, 10_000)
        self._proteins: dict[int, Protein] = {}
        self._reports: dict[int, Evidence] = {}

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def __enter__(self) -> EdgeTable:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def count(self, wanted: Filter) -> int:
        """How many edges pass a filter.

        Raises:
            SlowError: it takes too long.
        """
        where = Where(wanted)
        if where.is_by_evidence:
            query = f"SELECT COALESCE(SUM(e.edges), 0) FROM number AS e {where.of_numbers}"
            [(total,)] = self._rows(query, where.parameters)
            return int(total) - self._repeated(where)
        number = "COUNT(DISTINCT e.tf * 4294967296 + e.target)" if self._is_repeated else "COUNT(*)"
        [(total,)] = self._rows(
            f"SELECT {number} FROM edge AS e {where.of_edges}", where.parameters
        )
        return int(total)

    def page(self, wanted: Filter, sort: str = "", offset: int = 0, limit: int = 100) -> list[Edge]:
        """A part of a list.

        Args:
            wanted: the filter.
            sort: one of `SORTS`, with ``-`` before it for the other direction.
            offset: how many edges are passed over.
            limit: how many edges are given at most.

        Raises:
            UsageError: there is no such order, or too much to sort.
            SlowError: it takes too long.
        """
        where = Where(wanted)
        order = self._order(wanted, sort)
        conditions = where.by_evidence
        if order.startswith(("e.tf", "e.target")):
            conditions = where.by_ends
            if where.is_of_evidence and not where.is_by_evidence:
                # SQLite reads by evidence here and sorts; 3.40 then takes the first edges of one
                # report for the first of all. The plus keeps it from that.
                order = f"+{order}"
        first, parameters = "", where.parameters
        if self._is_repeated:
            # Of an edge with several reports that pass, the best supported gives its place.
            first = (
                "AND NOT EXISTS (SELECT 1 FROM again AS a WHERE a.tf = e.tf AND "
                f"a.target = e.target AND a.evidence < e.evidence AND {where.evidence_in('a')})"
            )
            parameters = [*parameters, *where.evidence_parameters]
        rows = self._rows(
            "SELECT e.tf, e.target FROM edge AS e "
            f"{'JOIN evidence AS ev ON ev.id = e.evidence' if 'ev.' in order else ''} "
            f"{conditions} {first} ORDER BY {order} LIMIT ? OFFSET ?",
            [*parameters, limit, offset],
        )
        # Which reports pass is found once, and not again for every edge.
        passing = {number for (number,) in self._rows(where.evidence, where.evidence_parameters)}
        reports = (
            "SELECT e.tf, e.target, e.evidence FROM edge AS e WHERE e.tf = ? AND e.target = ? "
            "ORDER BY e.evidence"
        )
        return [
            Edge(self._protein(tf), self._protein(target), tuple(map(self._report, numbers)))
            for tf, target in rows
            if (
                numbers := [
                    number
                    for _, _, number in self._rows(reports, [tf, target])
                    if number in passing
                ]
            )
        ]

    def all(self, wanted: Filter) -> Iterator[Edge]:
        """All edges that pass, those of one regulator side by side, sorted by the ends' names.

        Raises:
            SlowError: it takes too long.
        """
        where = Where(wanted)
        text = f"SELECT e.tf, e.target, e.evidence FROM edge AS e {where.by_ends}"
        return self._edges(f"{text} ORDER BY e.tf, e.target, e.evidence", where.parameters)

    def among(
        self, proteins: Sequence[str], wanted: Filter, hubs: Sequence[str] | None = None
    ) -> list[Edge]:
        """The edges that pass and have both ends in a set, the best supported first.

        Args:
            proteins: the IRIs of the set; a few hundred at most, as every pair is looked up.
            wanted: the filter.
            hubs: if given, one end at least must be one of these.

        Raises:
            SlowError: it takes too long.
        """
        where = Where(wanted)
        # The ends are looked up; the plus keeps SQLite from beginning with anything else.
        conditions = where.of_edges.replace("e.evidence IN (", "+e.evidence IN (")
        conditions = conditions.replace("e.tf IN (", "+e.tf IN (")
        ids, through = json.dumps(list(proteins)), ""
        of_hubs: list[str] = []
        if hubs is not None:
            of_hub = "IN (SELECT p.id FROM json_each(?) AS one JOIN protein AS p ON p.iri = value)"
            through = f"AND (+e.tf {of_hub} OR +e.target {of_hub})"
            of_hubs = [json.dumps(list(hubs))] * 2
        rows = self._rows(
            f"{_GIVEN} SELECT e.tf, e.target, e.evidence FROM edge AS e "
            f"{conditions} AND e.tf IN given AND e.target IN given {through} "
            "ORDER BY e.evidence, e.tf, e.target",
            [ids, *where.parameters, *of_hubs],
        )
        reports: dict[tuple[int, int], list[Evidence]] = {}
        for tf, target, number in rows:
            reports.setdefault((tf, target), []).append(self._report(number))
        return [
            Edge(self._protein(tf), self._protein(target), tuple(evidence))
            for (tf, target), evidence in reports.items()
        ]

    def regulators(self, proteins: Sequence[str]) -> set[str]:
        """Those of some proteins that regulate anything, whatever the evidence; all by IRI."""
        rows = self._rows(
            f"{_GIVEN} SELECT iri FROM protein WHERE id IN given AND "
            "EXISTS (SELECT 1 FROM edge AS e WHERE e.tf = protein.id)",
            [json.dumps(list(proteins))],
        )
        return {iri for (iri,) in rows}

    def choices(self, wanted: Filter, name: str) -> list[Choice]:
        """What a list can be narrowed to, the most frequent value first.

        Args:
            wanted: the filter; its own condition of that name does not count.
            name: ``database``, ``method``, ``organism``, ``scale``, ``mode`` or ``dataset``.

        Raises:
            SlowError: it takes too long.
        """
        where = Where(wanted.but(**{name: ""}))
        if where.is_by_evidence:
            numbers = f"SELECT e.taxon, e.evidence, e.edges FROM number AS e {where.of_numbers}"
        else:
            numbers = (
                "SELECT p.taxon, e.evidence, COUNT(*) FROM edge AS e "
                f"JOIN protein AS p ON p.id = e.tf {where.of_edges} GROUP BY 1, 2"
            )
        query = f"WITH n (taxon, evidence, edges) AS ({numbers}) {_CHOICES[name]}"
        found = dict(self._rows(query, where.parameters))
        for value, extra in self._repeated_by(where, name):
            if value in found:
                found[value] -= extra
        rows = sorted(found.items(), key=lambda row: (-row[1], row[0]))
        if name == "scale":
            flags = {1: SMALL, 0: LARGE}
            return [Choice(flags[flag], f"{flags[flag]}-scale", edges) for flag, edges in rows]
        choices = []
        for number, edges in rows:
            if not number:
                choices.append(Choice(UNKNOWN, UNKNOWN, edges))
                continue
            [(iri, label)] = self._rows("SELECT iri, name FROM term WHERE id = ?", [number])
            choices.append(Choice(name_of_iri(iri), label, edges))
        return choices

    def varies(self, name: str) -> bool:
        """Whether the edges of the release differ in ``mode`` or ``dataset``."""
        return bool(self._rows("SELECT 1 FROM facts WHERE name = ? AND value > 1", [f"{name}s"]))

    def protein(self, iri: str) -> Protein | None:
        """A protein; None if the table has none of that IRI."""
        rows = self._rows("SELECT id FROM protein WHERE iri = ?", [iri])
        return self._protein(rows[0][0]) if rows else None

    def name_of(self, iri: str) -> str:
        """The name of a protein or term; the last part of the IRI if the table has none."""
        table = "protein" if iri.startswith(UNIPROT) else "term"
        rows = self._rows(f"SELECT name FROM {table} WHERE iri = ?", [iri])
        return str(rows[0][0]) if rows else last_part(iri)

    # How it is read

    def _rows(self, query: str, parameters: Sequence[object] = ()) -> list[Any]:
        with _in_time():
            return self._connection.execute(query, parameters).fetchall()

    def _repeated(self, where: Where) -> int:
        """How many edges a sum over evidence counts again."""
        if not self._is_repeated:
            return 0
        [(extra,)] = self._rows(
            f"SELECT COUNT(*) - COUNT(DISTINCT {_PAIR}) FROM again AS e {where.of_edges}",
            where.parameters,
        )
        return int(extra)

    def _repeated_by(self, where: Where, name: str) -> list[tuple[int, int]]:
        """How many edges a sum over evidence counts again, by the value of a choice."""
        if not self._is_repeated:
            return []
        value, joined = _REPEATED[name]
        return self._rows(
            f"SELECT {value}, COUNT(*) - COUNT(DISTINCT {_PAIR}) FROM again AS e {joined} "
            f"{where.of_edges} GROUP BY 1",
            where.parameters,
        )

    def _order(self, wanted: Filter, sort: str) -> str:
        name, way = sort.removeprefix("-") or "support", "DESC" if sort.startswith("-") else "ASC"
        if name not in SORTS:
            raise UsageError(
                f"lists cannot be sorted by {shown(name)}", hint=f"use {', '.join(SORTS)}"
            )
        ends = "e.target" if wanted.tf else "e.tf" if wanted.target else "e.tf, e.target"
        if name == "support":
            return ", ".join(f"{part} {way}" for part in ("e.evidence", *ends.split(", ")))
        if name == "name":
            return ", ".join(f"{part} {way}" for part in (*ends.split(", "), "e.evidence"))
        if not wanted.anchored and self.count(wanted) > SORTED_AT_MOST:
            raise UsageError(
                f"more than {SORTED_AT_MOST:,} edges are sorted by support or name only",
                hint="add a filter, or leave 'sort' out",
            )
        return f"ev.{name} {way}, e.evidence, {ends}"

    def _edges(self, query: str, parameters: Sequence[object]) -> Iterator[Edge]:
        """Edges with their reports, whose rows stand side by side."""
        with _in_time(), closing(self._connection.execute(query, parameters)) as cursor:
            for (tf, target), rows in groupby(cursor, key=lambda row: row[:2]):
                reports = tuple(self._report(number) for _, _, number in rows)
                yield Edge(self._protein(tf), self._protein(target), reports)

    def _protein(self, number: int) -> Protein:
        found = self._proteins.get(number)
        if found is None:
            [(iri, name, taxon, genes)] = self._rows(
                "SELECT p.iri, p.name, COALESCE(t.iri, ''), p.genes FROM protein AS p "
                "LEFT JOIN term AS t ON t.id = p.taxon WHERE p.id = ?",
                [number],
            )
            found = self._proteins[number] = Protein(iri, name, taxon, tuple(genes.split()))
        return found

    def _report(self, number: int) -> Evidence:
        found = self._reports.get(number)
        if found is None:
            [(iri, flag, content)] = self._rows(
                "SELECT iri, small_scale, content FROM evidence WHERE id = ?", [number]
            )
            said: dict[str, list[str]] = json.loads(content)
            fields = (tuple(said.get(name, ())) for name in SHOWN)
            found = self._reports[number] = Evidence(
                iri, None if flag is None else bool(flag), *fields
            )
        return found


_GIVEN = (
    "WITH given (id) AS MATERIALIZED (SELECT p.id FROM json_each(?) AS one "
    "JOIN protein AS p ON p.iri = value)"
)
"""A set of proteins; its parameter is the JSON array of their IRIs."""
_PAIR = "e.tf * 4294967296 + e.target"
"""Both ends as one number."""
_OF_TERMS = (
    "SELECT t.term, SUM(n.edges) FROM n JOIN evidence_term AS t ON t.evidence = n.evidence "
    "WHERE t.role = '{role}' GROUP BY 1"
)
_CHOICES = {
    "database": _OF_TERMS.format(role="database"),
    # The methods that are reported; each counts where a narrower one is reported, too.
    "method": _OF_TERMS.format(role="broader").replace(
        " GROUP BY",
        " AND t.term IN (SELECT o.term FROM n JOIN evidence_term AS o ON o.evidence = n.evidence "
        "WHERE o.role = 'method') GROUP BY",
    ),
    "dataset": _OF_TERMS.format(role="dataset"),
    # 0 is that of reports without a mode.
    "mode": "SELECT COALESCE(t.term, 0), SUM(n.edges) FROM n LEFT JOIN evidence_term AS t "
    "ON t.evidence = n.evidence AND t.role = 'mode' GROUP BY 1",
    "organism": "SELECT n.taxon, SUM(n.edges) FROM n WHERE n.taxon > 0 GROUP BY 1",
    "scale": "SELECT ev.small_scale, SUM(n.edges) FROM n JOIN evidence AS ev "
    "ON ev.id = n.evidence WHERE ev.small_scale IS NOT NULL GROUP BY 1",
}
"""Values with how many edges have them, from how many edges ``n`` there are by taxon and evidence.
An edge with two reports that have the value counts twice."""
_WITH_TERM = "JOIN evidence_term AS t ON t.evidence = e.evidence AND t.role = '{role}'"
_REPEATED = {
    "database": ("t.term", _WITH_TERM.format(role="database")),
    "method": ("t.term", _WITH_TERM.format(role="broader")),
    "dataset": ("t.term", _WITH_TERM.format(role="dataset")),
    "mode": ("COALESCE(t.term, 0)", f"LEFT {_WITH_TERM.format(role='mode')}"),
    "organism": ("p.taxon", "JOIN protein AS p ON p.id = e.tf AND p.taxon > 0"),
    "scale": (
        "ev.small_scale",
        "JOIN evidence AS ev ON ev.id = e.evidence AND ev.small_scale IS NOT NULL",
    ),
}
"""The values of edges that several reports tell: a column, and where it stands."""


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if str(error) != "interrupted":
            raise
        raise SlowError(
            "the list takes too long", hint="add a filter, or take the file of all edges"
        ) from error
