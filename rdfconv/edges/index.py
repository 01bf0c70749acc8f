"""Writes the table of edges of a release.

Nothing in the table is not in the store. Evidence is numbered by support, the best first: most
primary papers, then small-scale, then most databases, then its IRI. So rows in the order of their
evidence's number are sorted by support without sorting anything.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rdfconv.edges import rows, totals
from rdfconv.edges.rows import Counts, Ids, Rows
from rdfconv.edges.totals import Key
from rdfconv.edges.triples import Triples, WrittenTriples
from rdfconv.errors import ReleaseError
from rdfconv.identifiers import last_part
from rdfconv.vocabulary import PREFIXES

FORMAT = 2
"""Tells tables of this version from those of others (``user_version``)."""
FILE = "edges.sqlite"
"""The file's name in a release's folder."""

TFL = PREFIXES["tfl"]
LABEL = PREFIXES["rdfs"] + "label"
SCIENTIFIC_NAME = PREFIXES["up"] + "scientificName"
IN_TAXON = PREFIXES["obo"] + "RO_0002162"
ENCODED_BY = TFL + "encodedBy"
HAS_ORTHOLOG = PREFIXES["orth"] + "hasOrtholog"

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
CREATE TABLE again (tf INTEGER, target INTEGER, evidence INTEGER,
  PRIMARY KEY (tf, target, evidence)) WITHOUT ROWID;
CREATE TABLE number (taxon INTEGER, evidence INTEGER, edges INTEGER,
  PRIMARY KEY (taxon, evidence)) WITHOUT ROWID;
"""
"""``again`` holds the edges that several reports tell, ``number`` the edges by the taxon of their
regulator (0 if there is none) and their evidence. ``facts`` tells how many edges, reports of
edges, modes and data sets there are; that no mode is given counts as one. ``upper`` is a protein's
label in capitals, "" without one. ``content`` is what an evidence node says: a JSON object of
values by the local names of properties."""

INDEXES = """
CREATE INDEX edge_by_target ON edge (target, evidence, tf);
CREATE INDEX edge_by_evidence ON edge (evidence, tf, target);
CREATE INDEX edge_by_tf ON edge (tf, evidence, target);
CREATE INDEX term_by_evidence ON evidence_term (evidence, role, term);
CREATE INDEX protein_by_taxon ON protein (taxon);
"""

ROLES = {
    "sourceDatabase": "database",
    "detectionMethod": "method",
    "primaryReference": "paper",
    "reportedBy": "dataset",
    "modeOfRegulation": "mode",
}
"""The properties of evidence by which edges are looked for, and what the table calls them. It has
one role more, ``broader``: of the methods and of those that are broader."""
SHOWN = (
    *("reportedBy", "sourceDatabase", "detectionMethod", "primaryReference"),
    *("databaseReference", "reference", "unparsedReference", "modeOfRegulation"),
)
"""The properties of evidence that lists and exports show; of ``reference`` what is neither primary
nor a database's own."""
_SAID = sorted({*ROLES, *SHOWN, "detectionMethodOrBroader", "smallScale"})
_OF_PROTEINS = (LABEL, SCIENTIFIC_NAME, IN_TAXON, ENCODED_BY, HAS_ORTHOLOG)
_PROPERTIES = (*_OF_PROTEINS, *(TFL + name for name in _SAID))


class Said(NamedTuple):
    """What reports of edges say, by which edges are counted.

    Attributes:
        organism: the IRI of the regulator's organism, "" if it is not known.
        dataset: the IRI of the data set that tells the report, "" if none is named.
        role: ``database``, ``method``, ``paper``, or ``databases`` for two in one report.
        values: their IRIs.
    """

    organism: str
    dataset: str
    role: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many edges there are.

    Attributes:
        reports: with an evidence node: by its IRI and the IRI of the regulator's organism, ""
            if that is not known.
        said: with a report that says something.
        targets: from a protein, by its IRI.
        regulators: to a protein, by its IRI.
        conserved: from a protein, by its IRI, of which there is one between orthologs in another
            organism, by its IRI.
        shared: from a protein, by its IRI, to targets of another one, by its IRI; those others
            with the most.
        are_all: whether the store has no direct edge (``regulates``) besides these.
    """

    reports: Mapping[tuple[str, str], int]
    said: Mapping[Said, int]
    targets: Mapping[str, int]
    regulators: Mapping[str, int]
    conserved: Mapping[tuple[str, str], int]
    shared: Mapping[tuple[str, str], int]
    are_all: bool


@contextmanager
def writing(path: Path, triples: Triples) -> Iterator[Numbers]:
    """Writes the table. The edges stand in it when the context begins; indexes, which are half of
    the work, are made in a thread of their own until the context ends.

    Args:
        path: the file, which must not exist.
        triples: those of the release.

    Yields:
        How many edges there are.

    Raises:
        ReleaseError: the file cannot be written.
    """
    try:
        # One thread uses the connection at a time.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        with closing(connection), ThreadPoolExecutor(1) as beside:
            connection.executescript(_SETTINGS)
            connection.execute("BEGIN")
            _run(connection, SCHEMA)
            filled = _fill(connection, triples, beside)
            indexed = beside.submit(_run, connection, INDEXES)
            try:
                counts = rows.count(filled.rows, filled.taxa)
                yield _numbers(filled, counts, are_all=isinstance(triples, WrittenTriples))
            except BaseException:
                connection.interrupt()
                raise
            indexed.result()
            _write_counts(connection, counts)
            connection.execute("ANALYZE")
            connection.execute("COMMIT")
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


@dataclass(frozen=True, slots=True)
class _Filled:
    """What was written.

    Attributes:
        rows: the edges.
        taxa: the number of a protein's taxon, at the place of the protein's number.
        evidence: the IRIs of evidence nodes, each at the place of its number.
        proteins: those of proteins.
        terms: those of databases, methods, papers, data sets, modes and taxa.
        about: what is counted of an evidence node, at the place of its number.
        orthologs: numbers of proteins.
    """

    rows: Rows
    taxa: list[int]
    evidence: list[str]
    proteins: list[str]
    terms: list[str]
    about: list[list[Key]]
    orthologs: list[tuple[int, int]]


def _fill(connection: sqlite3.Connection, triples: Triples, beside: Executor) -> _Filled:
    """Writes the rows of all tables but those that are counted."""
    triples.read(_PROPERTIES)
    terms, proteins = Ids(), Ids()
    evidence, about = _write_evidence(connection, triples, terms)
    labels = dict(sorted(triples.texts(LABEL), reverse=True))
    names = {iri: labels.get(iri, "") for iri in triples.members(PREFIXES["up"] + "Protein")}
    for iri in sorted(names, key=lambda iri: ((names[iri] or last_part(iri)).upper(), iri)):
        proteins[iri]
    found = triples.edges(evidence, proteins)
    taxa = _write_proteins(connection, triples, proteins, names, terms)
    _write_terms(connection, triples, terms)
    rows.write(connection, found, beside)
    known = proteins.numbers
    orthologs = [
        (known[one], known[other])
        for one, other in triples.links(HAS_ORTHOLOG)
        if one in known and other in known
    ]
    iris = (["", *evidence], ["", *known], ["", *terms.numbers])
    return _Filled(found, taxa, *iris, about, orthologs)


def _numbers(filled: _Filled, counts: Counts, *, are_all: bool) -> Numbers:
    """The counts, by IRI."""
    proteins, terms = filled.proteins, filled.terms
    reports = {
        (filled.evidence[report], terms[taxon]): edges for taxon, report, edges in counts.numbers()
    }
    said = {
        Said(terms[taxon], terms[dataset], role, tuple(terms[one] for one in values)): edges
        for (taxon, (dataset, role, values)), edges in totals.by_key(counts, filled.about).items()
    }
    conserved = totals.conserved(filled.rows, filled.taxa, filled.orthologs)
    shared = totals.shared(filled.rows, filled.taxa)
    return Numbers(
        reports,
        said,
        {proteins[number]: edges for number, edges in counts.targets.items()},
        {proteins[number]: edges for number, edges in counts.regulators.items()},
        {(proteins[number], terms[taxon]): edges for (number, taxon), edges in conserved.items()},
        {(proteins[one], proteins[other]): edges for (one, other), edges in shared.items()},
        are_all,
    )


def _write_counts(connection: sqlite3.Connection, counts: Counts) -> None:
    """Writes the numbers of edges, and those that several reports tell."""
    for tf, again in counts.again.items():
        rows.insert(connection, "again", tf, again)
    connection.executemany("INSERT INTO number VALUES (?, ?, ?)", counts.numbers())
    facts = {"edges": counts.edges, "reports": counts.rows}
    for name, role in (("modes", "mode"), ("datasets", "dataset")):
        [(facts[name],)] = connection.execute(_VARIETY, [role])
    connection.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())


_VARIETY = (
    "SELECT COUNT(DISTINCT COALESCE(t.term, 0)) FROM (SELECT DISTINCT evidence FROM number) AS n "
    "LEFT JOIN evidence_term AS t ON t.evidence = n.evidence AND t.role = ?"
)
"""How many values of a role the reports of edges have; having none is one, too."""


def _write_evidence(
    connection: sqlite3.Connection, triples: Triples, terms: Ids
) -> tuple[dict[str, int], list[list[Key]]]:
    """Writes the evidence nodes.

    Returns:
        Their numbers by IRI, sorted; and what is counted of each, at the place of its number.
    """
    said: dict[str, dict[str, list[str]]] = {iri: {} for iri in triples.members(TFL + "Evidence")}
    for name in _SAID:
        for iri, value in triples.texts(TFL + name):
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
    nodes, links, about = [], [], [list[Key]()]
    for iri, number in numbers.items():
        one = said[iri]
        content = json.dumps({name: sorted(one[name]) for name in SHOWN if one.get(name)})
        flag = flags.get(one.get("smallScale", [""])[0])
        papers, databases = len(one.get("primaryReference", ())), len(one.get("sourceDatabase", ()))
        nodes.append((number, iri, flag, papers, databases, content))
        values = {
            role: {terms[v] for v in sorted(one.get(name, ()))} for name, role in ROLES.items()
        }
        links += [(value, role, number) for role, found in values.items() for value in found]
        about.append(totals.keys(values["dataset"], values))
        methods = {*one.get("detectionMethod", ()), *one.get("detectionMethodOrBroader", ())}
        links += [(terms[value], "broader", number) for value in sorted(methods)]
    connection.executemany("INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?)", nodes)
    connection.executemany("INSERT INTO evidence_term VALUES (?, ?, ?)", sorted(set(links)))
    return numbers, about


def _write_proteins(
    connection: sqlite3.Connection,
    triples: Triples,
    proteins: Ids,
    names: Mapping[str, str],
    terms: Ids,
) -> list[int]:
    """Writes the proteins; their taxa go to the terms.

    Returns:
        The number of a protein's taxon, 0 if it has none, at the place of the protein's number.
    """
    taxa = dict(sorted(triples.texts(IN_TAXON), reverse=True))
    genes: dict[str, list[str]] = defaultdict(list)
    for iri, gene in triples.texts(ENCODED_BY):
        genes[iri].append(gene.rsplit("/", 1)[-1])
    written, numbers = [], [0]
    for iri, number in proteins.numbers.items():
        name = names.get(iri, "")
        taxon = terms[taxa[iri]] if iri in taxa else 0
        ids = " ".join(sorted(genes[iri]))
        written.append((number, iri, name or last_part(iri), name.upper(), taxon, ids))
        numbers.append(taxon)
    connection.executemany("INSERT INTO protein VALUES (?, ?, ?, ?, ?, ?)", written)
    return numbers


def _write_terms(connection: sqlite3.Connection, triples: Triples, terms: Ids) -> None:
    """Writes the names of databases, methods, papers, data sets, modes and taxa."""
    names = dict(triples.texts(SCIENTIFIC_NAME)) | {
        iri: name for iri, name in triples.texts(LABEL) if iri in terms.numbers
    }
    connection.executemany(
        "INSERT INTO term VALUES (?, ?, ?)",
        ((number, iri, names.get(iri) or last_part(iri)) for iri, number in terms.numbers.items()),
    )
