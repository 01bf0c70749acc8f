"""Writes the table of edges from a store.

Nothing in the table is not in the store. Evidence is numbered by support, the best first: most
primary papers, then small-scale, then most databases, then its IRI. So rows in the order of their
evidence's number are sorted by support without sorting anything.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode

from rdfconv.errors import ReleaseError
from rdfconv.identifiers import EVIDENCE, INTERACTION, UNIPROT, last_part
from rdfconv.vocabulary import PREFIXES

FORMAT = 1
"""Tells tables of this version from those of others (``user_version``)."""
FILE = "edges.sqlite"
"""The file's name in a release's folder."""

TFL = PREFIXES["tfl"]
LABEL = PREFIXES["rdfs"] + "label"
SCIENTIFIC_NAME = PREFIXES["up"] + "scientificName"
IN_TAXON = PREFIXES["obo"] + "RO_0002162"
ENCODED_BY = TFL + "encodedBy"

SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
CREATE TABLE protein (id INTEGER PRIMARY KEY, iri TEXT UNIQUE, name TEXT, upper TEXT,
  taxon INTEGER, genes TEXT);
CREATE TABLE term (id INTEGER PRIMARY KEY, iri TEXT UNIQUE, name TEXT);
CREATE TABLE evidence (id INTEGER PRIMARY KEY, iri TEXT UNIQUE, small_scale INTEGER,
  papers INTEGER, databases INTEGER, content TEXT);
CREATE TABLE evidence_term (term INTEGER, role TEXT, evidence INTEGER,
  PRIMARY KEY (term, role, evidence)) WITHOUT ROWID;
CREATE TABLE edge (tf INTEGER, target INTEGER, evidence INTEGER,
  PRIMARY KEY (tf, target, evidence)) WITHOUT ROWID;
CREATE TEMPORARY TABLE raw (tf INTEGER, target INTEGER, evidence INTEGER);
CREATE TABLE again (tf INTEGER, target INTEGER, evidence INTEGER,
  PRIMARY KEY (tf, target, evidence)) WITHOUT ROWID;
CREATE TABLE number (taxon INTEGER, evidence INTEGER, edges INTEGER,
  PRIMARY KEY (taxon, evidence)) WITHOUT ROWID;
"""
"""``again`` holds the edges that several reports tell, ``number`` the edges by the taxon of their
regulator (0 if there is none) and their evidence. ``upper`` is a protein's label in capitals, ""
without one. ``content`` is what an evidence node says: a JSON object of values by the local
names of properties."""

INDEXES = """
CREATE INDEX edge_by_target ON edge (target, evidence, tf);
CREATE INDEX edge_by_evidence ON edge (evidence, tf, target);
CREATE INDEX edge_by_tf ON edge (tf, evidence, target);
CREATE INDEX term_by_evidence ON evidence_term (evidence, role, term);
CREATE INDEX protein_by_taxon ON protein (taxon);
ANALYZE;
"""

ROLES = {
    "sourceDatabase": "database",
    "detectionMethod": "method",
    "primaryReference": "paper",
    "reportedBy": "dataset",
}
"""The properties of evidence by which edges are looked for, and what the table calls them. It has
one role more, ``broader``: of the methods and of those that are broader."""
SHOWN = (
    *("reportedBy", "sourceDatabase", "detectionMethod", "primaryReference"),
    *("databaseReference", "reference", "unparsedReference", "modeOfRegulation"),
)
"""The properties of evidence that lists and exports show; of ``reference`` what is neither primary
nor a database's own."""


@dataclass(slots=True)
class _Ids:
    """Numbers for IRIs, in the order in which they are met."""

    numbers: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, iri: str) -> int:
        return self.numbers.setdefault(iri, len(self.numbers) + 1)


def write(path: Path, store: pyoxigraph.Store, lines: Iterable[bytes] | None = None) -> None:
    """Writes the table.

    Args:
        path: the file, which must not exist.
        store: the finished store, open for reading.
        lines: the edges as the conversion lists them, if they are all that the store has: each
            with regulator, target and the local name of the evidence, some of them repeated.
            Asking the store for them takes three times as long.

    Raises:
        ReleaseError: the file cannot be written.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.executescript(_SETTINGS)
            connection.execute("BEGIN")
            _run(connection, SCHEMA)
            _fill(connection, store, lines)
            _run(connection, INDEXES)
            connection.execute("COMMIT")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise ReleaseError(
            f"cannot write the table of edges: {error}", hint="check the space left on the disk"
        ) from error


_SETTINGS = f"""
PRAGMA user_version = {FORMAT};
PRAGMA page_size = 8192;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -100000;
"""
"""A file that is not finished is thrown away, so it needs no journal."""


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Runs statements within the transaction, which `executescript` would end."""
    for statement in script.split(";"):
        connection.execute(statement)


def _fill(
    connection: sqlite3.Connection, store: pyoxigraph.Store, lines: Iterable[bytes] | None
) -> None:
    terms = _Ids()
    evidence = _write_evidence(connection, store, terms)
    labels = dict(sorted(_objects(store, LABEL), reverse=True))
    is_a, protein = NamedNode(PREFIXES["rdf"] + "type"), NamedNode(PREFIXES["up"] + "Protein")
    typed = store.quads_for_pattern(None, is_a, protein, DefaultGraph())
    found = (quad.subject.value for quad in typed if isinstance(quad.subject, NamedNode))
    names = {iri: labels.get(iri, "") for iri in found}
    proteins = _Ids()
    for iri in sorted(names, key=lambda iri: ((names[iri] or last_part(iri)).upper(), iri)):
        proteins[iri]
    rows = (
        _edges(store, evidence, proteins) if lines is None else _of_lines(lines, evidence, proteins)
    )
    connection.executemany("INSERT INTO raw VALUES (?, ?, ?)", rows)
    _write_proteins(connection, store, proteins, names, terms)
    _write_terms(connection, store, terms)
    _run(connection, _DERIVED)


_DERIVED = """
INSERT OR IGNORE INTO edge SELECT tf, target, evidence FROM raw ORDER BY 1, 2, 3;
DROP TABLE raw;
INSERT INTO number SELECT protein.taxon, evidence, COUNT(*) FROM edge
  JOIN protein ON protein.id = edge.tf GROUP BY 1, 2 ORDER BY 1, 2;
INSERT INTO again SELECT edge.* FROM edge
  JOIN (SELECT tf, target FROM edge GROUP BY tf, target HAVING COUNT(*) > 1) AS twice
  ON twice.tf = edge.tf AND twice.target = edge.target ORDER BY 1, 2, 3;
INSERT INTO facts SELECT 'reports', COUNT(*) FROM edge;
INSERT INTO facts SELECT 'edges', (SELECT COUNT(*) FROM edge) - (SELECT COUNT(*) FROM again)
  + (SELECT COUNT(*) FROM (SELECT DISTINCT tf, target FROM again));
"""


def _of_lines(
    lines: Iterable[bytes], evidence: Mapping[str, int], proteins: _Ids
) -> Iterator[tuple[int, int, int]]:
    """Regulator, target and report of the edges that the conversion lists, as numbers."""
    ends = {iri.removeprefix(UNIPROT).encode(): number for iri, number in proteins.numbers.items()}
    reports = {iri.removeprefix(EVIDENCE).encode(): number for iri, number in evidence.items()}
    for line in lines:
        tf, target, report = line.split()
        yield ends[tf], ends[target], reports[report]


_OWN = re.compile(re.escape(INTERACTION) + "([A-Z0-9]+)_([A-Z0-9]+)", re.ASCII)


def _edges(
    store: pyoxigraph.Store, evidence: dict[str, int], proteins: _Ids
) -> Iterator[tuple[int, int, int]]:
    """Regulator, target and report of every edge, as numbers."""
    reports = store.quads_for_pattern(None, NamedNode(TFL + "evidence"), None, DefaultGraph())
    for quad in reports:
        assert isinstance(quad.object, NamedNode | BlankNode | Literal)
        report = evidence.get(quad.object.value)
        if report is None:
            continue
        # The name of an interaction of ours is made of its ends (`identifiers.interaction_iri`).
        assert isinstance(quad.subject, NamedNode | BlankNode)
        own = _OWN.fullmatch(quad.subject.value)
        if own:
            yield proteins[UNIPROT + own[1]], proteins[UNIPROT + own[2]], report
        else:
            for tf in _ends(store, quad.subject, "transcriptionFactor"):
                for target in _ends(store, quad.subject, "target"):
                    yield proteins[tf], proteins[target], report


def _ends(store: pyoxigraph.Store, edge: NamedNode | BlankNode, name: str) -> list[str]:
    found = store.quads_for_pattern(edge, NamedNode(TFL + name), None, DefaultGraph())
    return [quad.object.value for quad in found if isinstance(quad.object, NamedNode)]


def _objects(store: pyoxigraph.Store, predicate: str) -> Iterator[tuple[str, str]]:
    """Subject and object of the triples of a property, as text."""
    for quad in store.quads_for_pattern(None, NamedNode(predicate), None, DefaultGraph()):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
            yield quad.subject.value, quad.object.value


def _write_evidence(
    connection: sqlite3.Connection, store: pyoxigraph.Store, terms: _Ids
) -> dict[str, int]:
    """Writes the evidence nodes; gives their numbers by IRI."""
    kind = NamedNode(TFL + "Evidence")
    is_a = NamedNode(PREFIXES["rdf"] + "type")
    typed = store.quads_for_pattern(None, is_a, kind, DefaultGraph())
    said: dict[str, dict[str, list[str]]] = {
        quad.subject.value: {} for quad in typed if isinstance(quad.subject, NamedNode)
    }
    names = {
        *ROLES,
        *SHOWN,
        "detectionMethodOrBroader",
        "smallScale",
        "primaryReferenceCount",
        "databaseCount",
    }
    for name in sorted(names):
        for iri, value in _objects(store, TFL + name):
            if iri in said:
                said[iri].setdefault(name, []).append(value)
    for one in said.values():
        kinds = {*one.get("primaryReference", ()), *one.get("databaseReference", ())}
        one["reference"] = [paper for paper in one.get("reference", ()) if paper not in kinds]
    flags = {"true": 1, "false": 0}

    def support(iri: str) -> tuple[int, int, int, str]:
        one = said[iri]
        flag = flags.get(one.get("smallScale", [""])[0], 0)
        return (
            -len(one.get("primaryReference", ())),
            -flag,
            -len(one.get("sourceDatabase", ())),
            iri,
        )

    numbers = {iri: number for number, iri in enumerate(sorted(said, key=support), 1)}
    rows, links = [], []
    for iri, number in numbers.items():
        one = said[iri]
        content = json.dumps({name: sorted(one[name]) for name in SHOWN if one.get(name)})
        flag = flags.get(one.get("smallScale", [""])[0])
        papers, databases = len(one.get("primaryReference", ())), len(one.get("sourceDatabase", ()))
        rows.append((number, iri, flag, papers, databases, content))
        for name, role in ROLES.items():
            links += [(terms[value], role, number) for value in one.get(name, ())]
        methods = {*one.get("detectionMethod", ()), *one.get("detectionMethodOrBroader", ())}
        links += [(terms[value], "broader", number) for value in sorted(methods)]
    connection.executemany("INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.executemany("INSERT INTO evidence_term VALUES (?, ?, ?)", sorted(set(links)))
    return numbers


def _write_proteins(
    connection: sqlite3.Connection,
    store: pyoxigraph.Store,
    proteins: _Ids,
    names: Mapping[str, str],
    terms: _Ids,
) -> None:
    """Writes the proteins; their taxa go to the terms."""
    taxa = dict(sorted(_objects(store, IN_TAXON), reverse=True))
    genes: dict[str, list[str]] = defaultdict(list)
    for iri, gene in _objects(store, ENCODED_BY):
        genes[iri].append(gene.rsplit("/", 1)[-1])
    rows = []
    for iri, number in proteins.numbers.items():
        name = names.get(iri, "")
        taxon = terms[taxa[iri]] if iri in taxa else 0
        ids = " ".join(sorted(genes[iri]))
        rows.append((number, iri, name or last_part(iri), name.upper(), taxon, ids))
    connection.executemany("INSERT INTO protein VALUES (?, ?, ?, ?, ?, ?)", rows)


def _write_terms(connection: sqlite3.Connection, store: pyoxigraph.Store, terms: _Ids) -> None:
    """Writes the names of databases, methods, papers, data sets and taxa."""
    names = dict(_objects(store, SCIENTIFIC_NAME)) | {
        iri: name for iri, name in _objects(store, LABEL) if iri in terms.numbers
    }
    connection.executemany(
        "INSERT INTO term VALUES (?, ?, ?)",
        ((number, iri, names.get(iri) or last_part(iri)) for iri, number in terms.numbers.items()),
    )
