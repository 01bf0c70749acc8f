"""What is asked of a source about edges, and how the answers become tables.

The queries begin with what is most selective, and every table is sorted here: so the same data
give the same rows, whatever answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyoxigraph import Literal

from rdfconv.client.answers import Answer, Row, Term
from rdfconv.client.frames import Column, Kind, Table
from rdfconv.filters import name_of_iri
from rdfconv.identifiers import DATASET, PUBMED, TAXON, accession_of, last_part
from rdfconv.vocabulary import declared

BATCH = 500
"""How many reports one query asks for."""

EDGE_COLUMNS = (
    Column("regulator", Kind.TEXT, "UniProtKB accession of the transcription factor"),
    Column("regulator_name", Kind.TEXT, "its name, mostly a gene symbol"),
    Column("target", Kind.TEXT, "UniProtKB accession of the target"),
    Column("target_name", Kind.TEXT, "its name, mostly a gene symbol"),
    Column("taxon", Kind.INTEGER, "NCBI taxonomy id of the regulator's organism"),
    Column("small_scale", Kind.BOOLEAN, "whether any report is flagged as small-scale"),
    Column("databases", Kind.TEXTS, "names of the source databases, of all reports"),
    Column("methods", Kind.TEXTS, "names of the detection methods, of all reports"),
    Column("primary_papers", Kind.TEXTS, "PubMed ids of the primary papers, of all reports"),
    Column("database_papers", Kind.TEXTS, "PubMed ids of the databases' own papers"),
    Column("reports", Kind.INTEGER, "how many reports there are of the edge"),
    Column("interaction", Kind.TEXT, "IRI of the edge"),
)
"""The columns of `regulators_of` and `targets_of`, one row for each edge."""
EVIDENCE_COLUMNS = (
    Column("dataset", Kind.TEXT, "the data set that reports the edge"),
    Column("small_scale", Kind.BOOLEAN, "the report's flag; missing if it has none"),
    Column("databases", Kind.TEXTS, "names of the source databases"),
    Column("methods", Kind.TEXTS, "names of the detection methods"),
    Column("primary_papers", Kind.TEXTS, "PubMed ids of the primary papers"),
    Column("database_papers", Kind.TEXTS, "PubMed ids of the databases' own papers"),
    Column("other_papers", Kind.TEXTS, "PubMed ids of papers of which neither is known"),
    Column("unparsed_references", Kind.TEXTS, "references that are no PubMed ids, as they are"),
    Column("modes", Kind.TEXTS, "activation, repression"),
    Column("evidence", Kind.TEXT, "IRI of the report"),
)
"""The columns of `evidence`, one row for each report. The lists of a row are separate sets: nothing
says which method or paper belongs to which database."""

_PREFIXES = declared("rdfs", "obo", "tfl")
_PARTNERS = """SELECT ?partner ?name ?taxon WHERE {
  %s
  OPTIONAL { ?partner rdfs:label ?name }
  OPTIONAL { ?partner obo:RO_0002162 ?taxon }
}"""
_REPORTS = """SELECT ?partner ?interaction ?evidence WHERE {
  ?interaction tfl:%s <%s> ; tfl:%s ?partner .
  OPTIONAL { ?interaction tfl:evidence ?evidence }
}"""
_OF_EDGE = """SELECT DISTINCT ?evidence WHERE {
  ?interaction tfl:target <%s> ; tfl:transcriptionFactor <%s> ; tfl:evidence ?evidence .
}"""
_DETAILS = """SELECT DISTINCT ?evidence ?property ?value ?label WHERE {
  VALUES ?evidence { %s }
  VALUES ?property { tfl:reportedBy tfl:smallScale tfl:sourceDatabase tfl:detectionMethod
    tfl:primaryReference tfl:databaseReference tfl:reference tfl:unparsedReference
    tfl:modeOfRegulation }
  ?evidence ?property ?value .
  OPTIONAL { ?value rdfs:label ?label }
}"""


class Source(Protocol):
    """Answers SPARQL queries."""

    def ask(self, query: str) -> Answer:
        """The whole answer to a query."""

    def close(self) -> None:
        """Frees what the source holds."""


@dataclass(frozen=True, slots=True)
class Protein:
    """A protein: its IRI, its name ("" if it has none), its taxon (None if none is known)."""

    iri: str
    name: str
    taxon: int | None

    @property
    def id(self) -> str:
        """Its accession; its IRI if it is no UniProt protein."""
        return accession_of(self.iri) or self.iri


@dataclass(slots=True)
class Report:
    """What one report says: names of databases, methods and modes, PubMed ids."""

    dataset: str | None = None
    small_scale: bool | None = None
    databases: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    primary_papers: set[str] = field(default_factory=set)
    database_papers: set[str] = field(default_factory=set)
    papers: set[str] = field(default_factory=set)
    unparsed: set[str] = field(default_factory=set)
    modes: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Edge:
    partner: Protein
    interaction: str | None = None
    evidence: set[str] = field(default_factory=set)


def regulators(source: Source, target: Protein) -> Table:
    """The edges that end at a protein; the columns are `EDGE_COLUMNS`."""
    direct = f"?partner tfl:regulates <{target.iri}> ."
    reports = _REPORTS % ("target", target.iri, "transcriptionFactor")
    return _edges(source, target, direct, reports, is_target=True)


def targets(source: Source, regulator: Protein) -> Table:
    """The edges that start at a protein; the columns are `EDGE_COLUMNS`."""
    direct = f"<{regulator.iri}> tfl:regulates ?partner ."
    reports = _REPORTS % ("transcriptionFactor", regulator.iri, "target")
    return _edges(source, regulator, direct, reports, is_target=False)


def evidence(source: Source, regulator: Protein, target: Protein) -> Table:
    """The reports of an edge; the columns are `EVIDENCE_COLUMNS`. Small-scale ones come first."""
    found = source.ask(_PREFIXES + _OF_EDGE % (target.iri, regulator.iri))
    details = _details(source, {text(iri) for (iri,) in found.rows})
    rows = [
        (
            report.dataset,
            report.small_scale,
            sorted(report.databases),
            sorted(report.methods),
            _by_number(report.primary_papers),
            _by_number(report.database_papers),
            _by_number(report.papers - report.primary_papers - report.database_papers),
            sorted(report.unparsed),
            sorted(report.modes),
            iri,
        )
        for iri, report in details.items()
    ]
    rows.sort(key=lambda row: (not row[1], -len(row[2]), -len(row[4]), row[0] or "", row[-1]))
    return Table(EVIDENCE_COLUMNS, rows)


def _edges(
    source: Source, protein: Protein, direct: str, reports: str, *, is_target: bool
) -> Table:
    edges: dict[str, _Edge] = {}
    for partner, (name, taxon) in proteins(source.ask(_PREFIXES + _PARTNERS % direct).rows).items():
        edges[partner] = _Edge(Protein(partner, name, taxon))
    for partner_term, interaction, report in source.ask(_PREFIXES + reports).rows:
        edge = edges.get(text(partner_term))
        if edge is not None:
            iri = text(interaction)
            edge.interaction = min(edge.interaction or iri, iri)
            if report is not None:
                edge.evidence.add(text(report))
    details = _details(source, {iri for edge in edges.values() for iri in edge.evidence})
    rows = [_row(edge, protein, details, is_target=is_target) for edge in edges.values()]
    # The best supported first; then by name, in the order of code points.
    place = 0 if is_target else 2
    rows.sort(key=lambda row: (-len(row[6]), -len(row[8]), row[place + 1] or "", row[place]))
    return Table(EDGE_COLUMNS, rows)


def _row(
    edge: _Edge, protein: Protein, details: dict[str, Report], *, is_target: bool
) -> tuple[Any, ...]:
    ends = (edge.partner, protein) if is_target else (protein, edge.partner)
    told = [details[iri] for iri in edge.evidence]
    flags = {report.small_scale for report in told} - {None}
    return (
        *(value for end in ends for value in (end.id, end.name or None)),
        ends[0].taxon,
        True in flags if flags else None,
        sorted({name for report in told for name in report.databases}),
        sorted({name for report in told for name in report.methods}),
        _by_number({paper for report in told for paper in report.primary_papers}),
        _by_number({paper for report in told for paper in report.database_papers}),
        len(told),
        edge.interaction,
    )


def _details(source: Source, iris: set[str]) -> dict[str, Report]:
    """What reports say, by their IRIs."""
    reports = {iri: Report() for iri in sorted(iris)}
    said: defaultdict[tuple[str, str, Term], list[str]] = defaultdict(list)
    wanted = list(reports)
    for start in range(0, len(wanted), BATCH):
        values = " ".join(f"<{iri}>" for iri in wanted[start : start + BATCH])
        for report, name, value, label in source.ask(_PREFIXES + _DETAILS % values).rows:
            assert value is not None
            said[text(report), last_part(text(name)), value].append(text(label) if label else "")
    for (iri, called, told), labels in said.items():
        _note(reports[iri], called, told, min(labels))
    return reports


def _note(report: Report, name: str, value: Term, label: str) -> None:
    """Adds what a property of a report says."""
    called = label or name_of_iri(text(value))
    if name == "reportedBy":
        report.dataset = text(value).removeprefix(DATASET)
    elif name == "smallScale":
        report.small_scale = text(value) == "true"
    elif name == "sourceDatabase":
        report.databases.add(called)
    elif name == "detectionMethod":
        report.methods.add(called)
    elif name == "modeOfRegulation":
        report.modes.add(name_of_iri(text(value)))
    elif name == "unparsedReference":
        report.unparsed.add(text(value))
    else:
        papers = {
            "primaryReference": report.primary_papers,
            "databaseReference": report.database_papers,
            "reference": report.papers,
        }
        papers[name].add(text(value).removeprefix(PUBMED))


def proteins(rows: Iterable[Row]) -> dict[str, tuple[str, int | None]]:
    """Names and taxa of proteins by their IRIs, from rows of IRI, name and taxon.

    Of several names or taxa the first by code points counts.
    """
    found: dict[str, tuple[str, int | None]] = {}
    for iri, name, taxon in sorted(rows, key=lambda row: [str(term or "") for term in row]):
        if text(iri) not in found:
            found[text(iri)] = (text(name) if name else "", _taxid(taxon))
    return found


def text(term: Term | None) -> str:
    """The text of an IRI or literal."""
    assert term is not None
    return term.value if not hasattr(term, "predicate") else str(term)


def _taxid(taxon: Term | None) -> int | None:
    number = text(taxon).removeprefix(TAXON) if taxon is not None else ""
    return int(number) if number.isdecimal() else None


def _by_number(papers: Iterable[str]) -> list[str]:
    return sorted(papers, key=lambda paper: (len(paper), paper))


def quoted(value: str) -> str:
    """A text as a SPARQL string."""
    return str(Literal(value))


def values_of(names: Sequence[str]) -> str:
    """Texts as the values of a VALUES clause."""
    return " ".join(map(quoted, names))
