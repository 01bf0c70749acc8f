"""The start page: ``/``. What there is, how much of it, and where to begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from pyoxigraph import Literal, NamedNode

from rdfconv.config import Settings
from rdfconv.examples import Example, examples
from rdfconv.identifiers import INTERACTION, NCBI_GENE, PUBMED, TAXON, UNIPROT, VOID_GRAPH
from rdfconv.vocabulary import METADATA_PREFIXES, PREFIXES
from server.caching import begin
from server.engine import Engine, EngineError
from server.reader import Reader, consistent
from server.streaming import RELEASE_HEADER

COUNTED: Mapping[str, str] = {
    PREFIXES["tfl"] + "RegulatoryInteraction": "regulatory interactions",
    PREFIXES["tfl"] + "TranscriptionFactor": "transcription factors",
    PREFIXES["tfl"] + "TargetProtein": "targets",
    PREFIXES["schema"] + "ScholarlyArticle": "papers",
    PREFIXES["tfl"] + "SourceDatabase": "source databases",
    PREFIXES["up"] + "Taxon": "organisms",
    PREFIXES["obo"] + "SO_0000235": "binding sites",
}
"""The classes whose numbers the page tells, in this order."""
QUERY = "regulators-of-symbol"
"""The example query that the page shows."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to begin.

    Attributes:
        iri: the thing; it is offered if the release has it.
        address: its page.
        kind: what sort of thing it is.
        title: the thing.
        text: what the page shows.
    """

    iri: str
    address: str
    kind: str
    title: str
    text: str


PLACES = (
    Place(
        UNIPROT + "Q06945",
        "/protein/Q06945",
        "A protein",
        "SOX4",
        "who regulates it, what it regulates, and what supports each edge",
    ),
    Place(
        INTERACTION + "P10275_Q06945",
        "/interaction/P10275_Q06945",
        "An interaction",
        "AR regulates SOX4",
        "databases, methods and papers, as they were reported",
    ),
    Place(
        UNIPROT + "Q06945",
        "/network?protein=Q06945",
        "A network",
        "Around SOX4",
        "the best supported edges as a picture and as a table",
    ),
    Place(
        PUBMED + "20610535",
        "/paper/20610535",
        "A paper",
        "PubMed 20610535",
        "every interaction that it is evidence for",
    ),
    Place(
        NCBI_GENE + "6659",
        "/gene/6659",
        "A gene",
        "NCBI gene 6659",
        "the proteins that it encodes",
    ),
)
"""Where to begin, if the release has it."""


@dataclass(frozen=True, slots=True)
class Organism:
    """An organism of the release."""

    name: str
    address: str | None


@dataclass(frozen=True, slots=True)
class DataSet:
    """What the release says of itself.

    Attributes:
        title: such as ``TFLink 1.0``.
        description: one sentence.
        citation: how to cite it.
    """

    title: str
    description: str
    citation: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page tells of the release.

    Attributes:
        counts: numbers and what they count.
        data_sets: the data sets.
        organisms: the organisms, by name.
        places: where to begin.
    """

    counts: tuple[tuple[int, str], ...] = ()
    data_sets: tuple[DataSet, ...] = ()
    organisms: tuple[Organism, ...] = ()
    places: tuple[Place, ...] = ()


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The route of the page."""
    routes = Blueprint("pages", __name__)

    @routes.get("/")
    def start() -> Response:
        return _start_page(settings, engine)

    return routes


def _start_page(settings: Settings, engine: Engine) -> Response:
    """The page; without numbers if nothing can be asked."""
    release = ""
    facts = Facts()
    try:
        begin(engine.release(), "start", request.url)
        facts, release = consistent(engine, settings, read_facts)
    except EngineError:
        # The page is where people look first, so it has to come; it says that there are no data.
        pass
    response = Response(render_template("start.html", facts=facts, example=_example()))
    response.content_type = "text/html; charset=utf-8"
    if release:
        response.headers[RELEASE_HEADER] = release
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def _example() -> Example | None:
    return next((one for one in examples() if one.name == QUERY), None)


def read_facts(reader: Reader) -> Facts:
    """Asks for what the page tells.

    Raises:
        EngineError: there is no answer.
    """
    return Facts(_counts(reader), _data_sets(reader), _organisms(reader), _places(reader))


def _counts(reader: Reader) -> tuple[tuple[int, str], ...]:
    """From the release's description of itself: counting takes long with all of the data."""
    void, dcat = PREFIXES["void"], METADATA_PREFIXES["dcat"]
    classes = " ".join(f"<{class_}>" for class_ in COUNTED)
    rows = reader.select(
        f"SELECT ?class (SUM(?n) AS ?number) WHERE {{ VALUES ?class {{ {classes} }} "
        f"GRAPH <{VOID_GRAPH}> {{ ?part <{void}class> ?class ; <{void}entities> ?n . "
        f"?set <{void}classPartition> ?part ; a <{dcat}Dataset> }} }} GROUP BY ?class",
        "class",
        "number",
    )
    found = {
        class_.value: int(number.value)
        for class_, number in rows
        if isinstance(class_, NamedNode) and isinstance(number, Literal)
    }
    return tuple((found[class_], label) for class_, label in COUNTED.items() if class_ in found)


def _data_sets(reader: Reader) -> tuple[DataSet, ...]:
    terms, dcat = PREFIXES["dcterms"], METADATA_PREFIXES["dcat"]
    rows = reader.select(
        f"SELECT ?title ?description ?citation WHERE {{ GRAPH <{VOID_GRAPH}> {{ "
        f"?set a <{dcat}Dataset> ; <{terms}title> ?title . "
        f"OPTIONAL {{ ?set <{terms}description> ?description }} "
        f"OPTIONAL {{ ?set <{terms}bibliographicCitation> ?citation }} }} }} ORDER BY ?title",
        "title",
        "description",
        "citation",
    )
    texts = (tuple(term.value if isinstance(term, Literal) else "" for term in row) for row in rows)
    return tuple(DataSet(*text) for text in dict.fromkeys(texts))


def _organisms(reader: Reader) -> tuple[Organism, ...]:
    up = PREFIXES["up"]
    rows = reader.select(
        "SELECT DISTINCT ?taxon ?name WHERE "
        f"{{ ?taxon a <{up}Taxon> ; <{up}scientificName> ?name }} ORDER BY ?name",
        "taxon",
        "name",
    )
    return tuple(
        Organism(name.value, _organism_address(taxon.value))
        for taxon, name in rows
        if isinstance(taxon, NamedNode) and isinstance(name, Literal)
    )


def _organism_address(iri: str) -> str | None:
    number = iri.removeprefix(TAXON)
    return f"/organism/{number}" if number.isascii() and number.isdigit() else None


def _places(reader: Reader) -> tuple[Place, ...]:
    iris = " ".join(f"<{iri}>" for iri in dict.fromkeys(place.iri for place in PLACES))
    rows = reader.select(
        f"SELECT ?s WHERE {{ VALUES ?s {{ {iris} }} FILTER EXISTS {{ ?s ?p ?o }} }}",
        "s",
    )
    there = {row[0].value for row in rows if isinstance(row[0], NamedNode)}
    return tuple(place for place in PLACES if place.iri in there)
