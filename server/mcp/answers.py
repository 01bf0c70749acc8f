"""What the tools answer: records with a description of each field, from which clients are told the
schema of the answers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

Value = str | int | float | bool | None


class Record(BaseModel):
    """A record whose fields are described by the texts under them."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True)


class ProteinRef(Record):
    """A protein."""

    iri: str
    accession: str | None
    """The UniProtKB accession; null if it is no UniProt protein."""
    name: str
    """Its name, mostly a gene symbol."""
    organism: str | None


class Entity(Record):
    """Something that has a name or an identifier."""

    kind: str
    """protein, gene, database, method, organism, paper or evidence."""
    iri: str
    id: str
    """Accession, PubMed id, NCBI gene id, PSI-MI id ..."""
    name: str
    organism: str | None
    is_regulator: bool
    """Whether it is a transcription factor of some edge."""
    targets: int
    """How many edges start at it."""
    regulators: int
    """How many edges end at it."""
    is_exact: bool
    """Whether it is called exactly so; otherwise its name begins so."""


class Entities(Record):
    """What was found by a name."""

    release: str
    found: list[Entity]
    near: list[str]
    """Names that may have been meant, if nothing was found."""
    cut_at: int | None
    """If not null, there are more; only so many are given."""


class Papers(Record):
    """PubMed ids."""

    count: int
    pubmed_ids: list[str]
    """The first ones; all of them if there are as many as `count`."""


class EdgeSummary(Record):
    """An edge: a transcription factor regulates a target gene."""

    interaction: str | None
    """The IRI of the edge."""
    partner: ProteinRef
    small_scale: bool | None
    """Whether any report is flagged as small-scale; null if none says."""
    databases: list[str]
    primary_papers: Papers
    """Papers about the edge."""
    database_papers: Papers
    """The source databases' own papers, which are not about the edge."""
    reports: int
    """How many reports there are of the edge."""


class Edges(Record):
    """The edges of a protein, the best supported first."""

    release: str
    protein: ProteinRef
    total: int
    """How many edges there are in all that meet the conditions."""
    edges: list[EdgeSummary]
    cut_at: int | None
    """If not null, there are more edges; only so many are given. Ask on with `offset`."""


class Named(Record):
    """A term with its name."""

    iri: str
    name: str


class Report(Record):
    """What one data set reports of an edge. Its lists are separate sets: nothing says which method
    or paper belongs to which database."""

    evidence: str
    """The IRI of the report."""
    datasets: list[str]
    small_scale: bool | None
    databases: list[Named]
    methods: list[Named]
    modes: list[str]
    """activation, repression; empty if it is not known."""
    primary_papers: list[str]
    """PubMed ids of papers about the edge."""
    database_papers: list[str]
    """PubMed ids of the databases' own papers, which are not about the edge."""
    other_papers: list[str]
    """PubMed ids of papers of which neither is known."""
    unparsed_references: list[str]
    """References that are no PubMed ids, as they are."""


class EdgeExplanation(Record):
    """All that is known of an edge."""

    release: str
    regulator: ProteinRef
    target: ProteinRef
    is_known: bool
    """Whether the data have the edge. One that is missing may exist all the same."""
    interaction: str | None
    """The IRI of the edge."""
    reports: list[Report]


class ExampleQuery(Record):
    """A query that answers a question, to be run or changed."""

    name: str
    title: str
    description: str
    level: str
    asks_elsewhere: list[str]
    """Endpoints that its SERVICE clauses ask; the service must allow them."""
    query: str


class ExampleQueries(Record):
    """Example queries, the simplest first."""

    total: int
    """How many fit the words."""
    queries: list[ExampleQuery]
    cut_at: int | None
    """If not null, more queries fit; only so many are given."""


class TermDescription(Record):
    """A class or property of the ontology."""

    curie: str
    kind: str
    label: str
    definition: str
    relations: dict[str, list[str]]
    """What else is said of it: domain, range, superclass ..."""


class Schema(Record):
    """What queries are made of."""

    release: str
    prefixes: dict[str, str]
    """They need not be declared in a query."""
    terms: list[TermDescription]
    """The classes and properties of the ontology."""
    elsewhere: list[TermDescription]
    """Terms of other vocabularies that the data use."""


class QueryResult(Record):
    """The answer to a query."""

    release: str
    columns: list[str]
    rows: list[list[Value]]
    """IRIs are text. CONSTRUCT and DESCRIBE give subject, predicate and object."""
    cut_at: int | None
    """If not null, there are more rows; only so many are given."""
    hint: str | None
    """A term in the query that the ontology lacks, and the nearest one."""
