"""The tools, as plain functions over an engine. They read, and write nothing.

Queries go through the engine that they are given, and so under the service's limits; lists of edges
come from the release's table of edges, as the pages' do.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pyoxigraph

from rdfconv.client.answers import Answer as Found
from rdfconv.client.answers import answer_of, of_triples
from rdfconv.client.frames import table_of
from rdfconv.config import Settings
from rdfconv.edges.reader import Edge, Evidence, Protein
from rdfconv.errors import UsageError, shown
from rdfconv.examples import examples
from rdfconv.exports.tables import mode_of, name_of_dataset
from rdfconv.filters import SMALL, Filter, name_of_iri
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.identifiers import ACCESSION, ONTOLOGY_GRAPH, TAXON, UNIPROT
from rdfconv.search.terms import PROPOSALS, Kind
from rdfconv.vocabulary import PREFIXES
from server.engine import Engine, Query, limits_of
from server.mcp.answers import (
    EdgeExplanation,
    Edges,
    EdgeSummary,
    Entities,
    Entity,
    ExampleQueries,
    ExampleQuery,
    Named,
    Papers,
    ProteinRef,
    QueryResult,
    Report,
    Schema,
    TermDescription,
)
from server.problems import showing
from server.query_hints import hint
from server.query_text import Form
from server.reader import Reader
from server.search import Indexes
from server.search.names import Found as Entry
from server.search.names import Index
from server.search.query import read
from server.sparql import checked
from server.terms import TermView, Vocabulary

MOST_EDGES = 200
"""How many edges one answer has at most."""
MOST_ROWS = 1000
"""How many rows a query's answer has at most."""
MOST_BYTES = 1 << 18
"""How many bytes a query's answer has at most, as SPARQL JSON or N-Triples."""
MOST_PAPERS = 20
"""How many PubMed ids a list of edges gives of one edge; `explain_edge` gives all."""
MOST_EXAMPLES = 20
"""How many example queries one answer has at most."""


class Tools:
    """What the tools do.

    Args:
        settings: the release and the limits.
        engine: what answers queries.
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._root = Path(settings.release)
        self._indexes = Indexes(self._root)

    def find_entity(self, text: str, kind: Kind | None, limit: int) -> Entities:
        """Entities by name or identifier."""
        wanted = _bounded("limit", limit, PROPOSALS)
        release = self._engine.release()
        index = self._index(release)
        asked = read(text)
        kind = kind or asked.kind
        # One more than is shown tells whether there are more.
        found = (
            index.search(asked.name, kind, wanted + 1)
            if kind
            else [one for each in Kind for one in index.search(asked.name, each, wanted + 1)]
        )
        found.sort(key=lambda one: not one.exact)
        return Entities(
            release=release,
            found=[_entity(one) for one in found[:wanted]],
            near=[] if found else index.near(asked.name, kind),
            cut_at=wanted if len(found) > wanted else None,
        )

    def edges(
        self,
        client: str,
        end: Literal["tf", "target"],
        protein: str,
        organism: int | None,
        wanted: Filter,
        offset: int,
        limit: int,
    ) -> Edges:
        """The edges that have a protein at one end."""
        with self._reader(client) as reader:
            found = self._protein(reader, protein, organism)
            return _edges(reader, found, wanted.but(**{end: found.accession}), offset, limit)

    def explain_edge(
        self, client: str, regulator: str, target: str, organism: int | None
    ) -> EdgeExplanation:
        """All reports of an edge."""
        with self._reader(client) as reader:
            ends = [self._protein(reader, one, organism) for one in (regulator, target)]
            wanted = Filter(tf=ends[0].accession, target=ends[1].accession)
            found = reader.edges.page(wanted, limit=1) if wanted.tf and wanted.target else []
            return EdgeExplanation(
                release=_release(reader),
                regulator=_ref(reader, ends[0]),
                target=_ref(reader, ends[1]),
                is_known=bool(found),
                interaction=(found[0].interaction or None) if found else None,
                reports=[_report(reader, one) for edge in found for one in edge.evidence],
            )

    def example_queries(self, words: str, limit: int) -> ExampleQueries:
        """Example queries that have all of some words in them."""
        wanted = _bounded("limit", limit, MOST_EXAMPLES)
        parts = words.casefold().split()
        fitting = [
            one
            for one in examples()
            if all(part in f"{one.name} {one.source}".casefold() for part in parts)
        ]
        return ExampleQueries(
            total=len(fitting),
            queries=[
                ExampleQuery(
                    name=one.name,
                    title=one.title,
                    description=one.description,
                    level=one.level.value,
                    asks_elsewhere=list(one.federates_with),
                    query=one.text,
                )
                for one in fitting[:wanted]
            ],
            cut_at=wanted if len(fitting) > wanted else None,
        )

    def schema(self, client: str) -> Schema:
        """The ontology that the release was built with."""
        with self._reader(client) as reader:
            vocabulary = Vocabulary(reader.graph(ONTOLOGY_GRAPH))
            own = [view for section in vocabulary.sections() for view in section.terms]
            return Schema(
                release=_release(reader),
                prefixes=dict(PREFIXES),
                terms=[_described(view) for view in own],
                elsewhere=[_described(view) for view in vocabulary.terms_from_elsewhere()],
            )

    def run_query(self, client: str, text: str, limit: int) -> QueryResult:
        """The answer to a query, cut behind some rows."""
        rows = _bounded("limit", limit, MOST_ROWS)
        with showing(text):
            form = checked(text, self._settings)
        has_triples = form.form in (Form.CONSTRUCT, Form.DESCRIBE)
        query = Query(
            text,
            RDF_FORMATS["nt"] if has_triples else RESULT_FORMATS["json"],
            id=uuid.uuid4().hex,
            client=client,
            truncate=True,
            form=form.form.value,
            plan=self._settings.planner,
        )
        limits = limits_of(self._settings)
        limits = replace(
            limits,
            rows=min(rows, limits.rows or rows),
            size=min(MOST_BYTES, limits.size or MOST_BYTES),
        )
        with showing(text, form):
            answer = self._engine.run(query, limits)
            try:
                content = b"".join(answer.chunks)
            finally:
                answer.close()
        table = table_of(_found(content, answer.release, has_triples=has_triples))
        return QueryResult(
            release=answer.release,
            columns=[column.name for column in table.columns],
            rows=[list(row) for row in table.rows],
            cut_at=len(table.rows) if answer.truncated else None,
            hint=hint(form) or None,
        )

    # What they share

    @contextmanager
    def _reader(self, client: str) -> Iterator[Reader]:
        limits = replace(limits_of(self._settings), rows=0, size=0)
        with Reader(self._engine, limits, client, self._root) as reader:
            yield reader

    def _index(self, release: str) -> Index:
        index = self._indexes.open(release)
        if index is None:
            raise UsageError("this release has no index of names", hint="give UniProt accessions")
        return index

    def _protein(self, reader: Reader, name: str, organism: int | None) -> Protein:
        """The protein of the table of edges that a name stands for."""
        accession = name.strip().upper()
        if ACCESSION.fullmatch(accession):
            found = reader.edges.protein(UNIPROT + accession)
            if found is not None:
                return found
        entry = self._named(reader, name.strip(), organism)
        found = reader.edges.protein(entry.iri)
        # A protein without an edge is not in the table.
        return found or Protein(entry.iri, entry.title, entry.organism, ())

    def _named(self, reader: Reader, name: str, organism: int | None) -> Entry:
        index = self._index(self._engine.release())
        found = [
            one
            for one in index.named(name, Kind.PROTEIN)
            if organism is None or one.organism == f"{TAXON}{organism}"
        ]
        for best in (
            [one for one in found if one.label == name],
            [one for one in found if one.exact],
            found,
        ):
            if len(best) == 1:
                return best[0]
            if best:
                listed = ", ".join(
                    f"{one.identifier} ({one.title}, {one.organism_name or 'organism unknown'})"
                    for one in best
                )
                raise UsageError(
                    f"{shown(name)} may be any of {len(best)} proteins: {listed}",
                    hint="give an accession, or the organism's NCBI taxonomy id",
                )
        of = f" of taxon {organism}" if organism is not None else ""
        near = ", ".join(index.near(name, Kind.PROTEIN))
        raise UsageError(
            f"there is no protein {shown(name)}{of}",
            hint=f"near names are {near}" if near else "find_entity searches for names",
        )


def _bounded(name: str, number: int, most: int) -> int:
    if not 1 <= number <= most:
        raise UsageError(f"{name} is {number}", hint=f"use a number from 1 to {most}")
    return number


def conditions(small_scale_only: bool, min_papers: int) -> Filter:
    """The filter that a list of edges is narrowed by."""
    if min_papers < 0:
        raise UsageError(f"min_papers is {min_papers}", hint="use a number from 0 on")
    return Filter(scale=SMALL if small_scale_only else "", min_papers=min_papers)


def _edges(reader: Reader, protein: Protein, wanted: Filter, offset: int, limit: int) -> Edges:
    most = _bounded("limit", limit, MOST_EDGES)
    if offset < 0:
        raise UsageError(f"offset is {offset}", hint="use a number from 0 on")
    total = reader.edges.count(wanted) if wanted.anchored else 0
    found = reader.edges.page(wanted, offset=offset, limit=most) if total else []
    summaries = [
        _summary(reader, edge, edge.tf if wanted.target else edge.target) for edge in found
    ]
    return Edges(
        release=_release(reader),
        protein=_ref(reader, protein),
        total=total,
        edges=summaries,
        cut_at=len(found) if offset + len(found) < total else None,
    )


def _summary(reader: Reader, edge: Edge, partner: Protein) -> EdgeSummary:
    return EdgeSummary(
        interaction=edge.interaction or None,
        partner=_ref(reader, partner),
        small_scale=edge.small_scale,
        databases=sorted(map(reader.edges.name_of, edge.all_of("databases"))),
        primary_papers=_papers(edge.all_of("papers")),
        database_papers=_papers(edge.all_of("database_papers")),
        reports=len(edge.evidence),
    )


def _papers(iris: Sequence[str]) -> Papers:
    ids = _ids(iris)
    return Papers(count=len(ids), pubmed_ids=ids[:MOST_PAPERS])


def _ids(iris: Sequence[str]) -> list[str]:
    return sorted(map(name_of_iri, iris), key=lambda name: (len(name), name))


def _report(reader: Reader, report: Evidence) -> Report:
    def named(iris: Sequence[str]) -> list[Named]:
        return [Named(iri=iri, name=reader.edges.name_of(iri)) for iri in iris]

    return Report(
        evidence=report.iri,
        datasets=list(map(name_of_dataset, report.datasets)),
        small_scale=report.small_scale,
        databases=named(report.databases),
        methods=named(report.methods),
        modes=list(map(mode_of, report.modes)),
        primary_papers=_ids(report.papers),
        database_papers=_ids(report.database_papers),
        other_papers=_ids(report.other_papers),
        unparsed_references=list(report.unparsed),
    )


def _ref(reader: Reader, protein: Protein) -> ProteinRef:
    organism = protein.organism
    return ProteinRef(
        iri=protein.iri,
        accession=protein.accession or None,
        name=protein.name,
        organism=reader.edges.name_of(organism) if organism else None,
    )


def _entity(found: Entry) -> Entity:
    return Entity(
        kind=found.kind.value,
        iri=found.iri,
        id=found.identifier,
        name=found.title,
        organism=found.organism_name or None,
        is_regulator=found.regulator,
        targets=found.targets,
        regulators=found.regulators,
        is_exact=found.exact,
    )


def _described(view: TermView) -> TermDescription:
    return TermDescription(
        curie=view.curie,
        kind=view.kind,
        label=view.label,
        definition=view.definition,
        relations={
            row.heading: ["".join(part.text for part in item) for item in row.items]
            for row in view.rows
        },
    )


def _found(content: bytes, release: str, *, has_triples: bool) -> Found:
    if has_triples:
        quads = pyoxigraph.parse(content, pyoxigraph.RdfFormat.N_TRIPLES)
        return of_triples((quad.triple for quad in quads), release)
    parsed = pyoxigraph.parse_query_results(content, pyoxigraph.QueryResultsFormat.JSON)
    return answer_of(parsed, release)


def _release(reader: Reader) -> str:
    return max(reader.releases)
