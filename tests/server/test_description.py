"""What the endpoint says of itself, over HTTP: the service, the data set, prefixes, examples."""

from __future__ import annotations

import time
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest
import rdflib
from rdflib import DCAT, RDF, RDFS, SH, VOID, XSD, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from rdfconv.config import Settings
from rdfconv.examples import examples
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import DATASET, METADATA_GRAPHS, PAGES_GRAPH, TERM
from rdfconv.vocabulary import METADATA_PREFIXES, PREFIXES
from server.description import local_name
from tests.conftest import MakeRelease, StartServer
from tests.server.web import ask, fetch
from tests.test_metadata import SIB_QUERIES

SD = Namespace(METADATA_PREFIXES["sd"])
SCHEMA = Namespace(PREFIXES["schema"])
TFLINK = URIRef(DATASET + "tflink-1.0")


@pytest.fixture(scope="module")
def endpoint(base_url: str) -> str:
    return f"{base_url}/sparql"


@pytest.fixture(scope="module")
def graph(endpoint: str) -> rdflib.Graph:
    return fetch(endpoint, accept="text/turtle").graph()


@pytest.mark.parametrize("name", ["nt", "jsonld", "rdfxml"])
def test_all_formats_say_the_same(endpoint: str, graph: rdflib.Graph, name: str) -> None:
    reply = fetch(endpoint, accept=RDF_FORMATS[name].media_type)
    assert reply.media_type == RDF_FORMATS[name].media_type
    assert reply.headers["TFLink-Release"]
    assert isomorphic(reply.graph(), graph)


def test_turtle_has_prefixes(endpoint: str) -> None:
    assert "a sd:Service" in fetch(endpoint, accept="text/turtle").text


def test_the_service_and_its_graphs(endpoint: str, graph: rdflib.Graph) -> None:
    [service] = graph.subjects(RDF.type, SD.Service)
    assert graph.value(service, SD.endpoint) == URIRef(endpoint)
    [dataset] = graph.objects(service, SD.defaultDataset)
    assert (dataset, RDF.type, SD.Dataset) in graph
    assert (graph.value(dataset, SD.defaultGraph), RDF.type, SD.Graph) in graph
    named = {str(graph.value(one, SD.name)) for one in graph.objects(dataset, SD.namedGraph)}
    assert named >= {*METADATA_GRAPHS, PAGES_GRAPH}
    text = "SELECT DISTINCT ?name { GRAPH ?name {} }"
    rows = ask(endpoint, text).json["results"]["bindings"]
    assert {row["name"]["value"] for row in rows} == named


def test_no_feature_that_there_is_not(graph: rdflib.Graph) -> None:
    # SERVICE is refused, and the default graph is not the union of the others.
    assert not list(graph.objects(predicate=SD.feature))


def test_the_address_is_the_one_asked(endpoint: str, graph: rdflib.Graph) -> None:
    assert graph.value(TFLINK, VOID.sparqlEndpoint) == URIRef(endpoint)
    targets = {(one, URIRef(endpoint)) for one in graph.subjects(RDF.type, SH.SPARQLExecutable)}
    assert set(graph.subject_objects(SCHEMA.target)) == targets
    other = endpoint.replace("127.0.0.1", "localhost")
    again = fetch(other, accept="text/turtle").graph()
    assert again.value(
        predicate=SD.endpoint, subject=next(again.subjects(RDF.type, SD.Service))
    ) == (URIRef(other))


def test_data_set_prefixes_and_examples(graph: rdflib.Graph) -> None:
    assert (TFLINK, RDF.type, DCAT.Dataset) in graph
    assert list(graph.objects(TFLINK, VOID.propertyPartition))
    pairs = {
        (str(graph.value(one, SH.prefix)), str(graph.value(one, SH.namespace)))
        for one in graph.objects(predicate=SH.declare)
    }
    assert pairs == {*PREFIXES.items(), *METADATA_PREFIXES.items()}
    labels = {str(graph.value(one, RDFS.label)) for one in graph.subjects(SH.prefixes, None)}
    assert labels == {one.title for one in examples()}


@pytest.mark.parametrize("name", SIB_QUERIES)
def test_what_tools_ask(endpoint: str, name: str) -> None:
    start = time.monotonic()
    reply = ask(endpoint, SIB_QUERIES[name], accept="application/sparql-results+json", ac="1")
    assert time.monotonic() - start < 1
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert len(reply.json["results"]["bindings"]) > 2


def test_the_graph_file_alone_answers_them(graph: rdflib.Graph) -> None:
    # A tool whose queries find nothing reads the endpoint's address as a file of RDF.
    for text in SIB_QUERIES.values():
        assert len(list(graph.query(text))) > 2


LIMITS = {one.name: float(str(one.default)) for one in fields(Settings) if one.metadata["limit"]}
"""The settings that limit what a client may do, with the values that the server has."""


def test_the_limits_are_told(graph: rdflib.Graph) -> None:
    [service] = graph.subjects(RDF.type, SD.Service)
    assert {"query_timeout", "query_memory", "result_rows", "client_seconds"} < set(LIMITS)
    assert_told(graph, {name: LIMITS[name] for name in LIMITS if not name.startswith("federate")})
    assert (service, SD.feature, SD.BasicFederatedQuery) not in graph


def assert_told(graph: rdflib.Graph, limits: dict[str, float]) -> None:
    """A service description tells these limits, and no others."""
    [service] = graph.subjects(RDF.type, SD.Service)
    for name, value in limits.items():
        term = URIRef(TERM + local_name(name))
        if value:
            [told] = graph.objects(service, term)
            assert float(str(told)) == value
    properties = {str(one) for one in graph.predicates(service) if str(one).startswith(TERM)}
    properties.discard(TERM + "federatesWith")
    assert properties == {TERM + local_name(name) for name, value in limits.items() if value}


def test_federation_is_told(
    tmp_path: Path, make_release: MakeRelease, start_server: StartServer
) -> None:
    make_release(tmp_path, "<x:a> <x:b> <x:c> .")
    server = start_server(tmp_path, workers=1, federate="uniprot https://own.example/sparql")
    described = fetch(f"{server.url}/sparql", accept="text/turtle").graph()
    assert_told(described, LIMITS | {"workers": 1})
    [service] = described.subjects(RDF.type, SD.Service)
    assert (service, SD.feature, SD.BasicFederatedQuery) in described
    asked = {str(one) for one in described.objects(service, URIRef(TERM + "federatesWith"))}
    assert asked == {"https://sparql.uniprot.org/sparql", "https://own.example/sparql"}
    server.stop()


def test_the_limits_are_those_in_force(
    tmp_path: Path, make_release: MakeRelease, start_server: StartServer
) -> None:
    make_release(tmp_path, "<x:a> <x:b> <x:c> .")
    server = start_server(tmp_path, workers=1, query_timeout=2.5, query_nesting=7, result_rows=0)
    described = fetch(f"{server.url}/sparql", accept="text/turtle").graph()
    [service] = described.subjects(RDF.type, SD.Service)
    assert described.value(service, URIRef(TERM + "queryTimeout")) == Literal(Decimal("2.5"))
    assert described.value(service, URIRef(TERM + "queryNesting")) == Literal(7)
    assert described.value(service, URIRef(TERM + "resultRows")) is None
    page = fetch(f"{server.url}/sparql", accept="text/html").text
    assert "<li>2.5 seconds a query may take" in page
    server.stop()


@pytest.mark.parametrize("name", LIMITS)
def test_each_limit_is_a_term_of_the_ontology(base_url: str, name: str) -> None:
    ontology = fetch(f"{base_url}/ontology.ttl").graph()
    term = URIRef(TERM + local_name(name))
    assert ontology.value(term, RDFS.domain) == SD.Service
    kind = Settings.__annotations__[name]
    expected = XSD.decimal if kind == "float" else XSD.integer
    assert ontology.value(term, RDFS.range) == expected
