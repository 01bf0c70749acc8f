"""The description of the data set at its well-known address, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
import rdflib
from rdflib import DCAT, FOAF, RDF, VOID, URIRef
from rdflib.compare import isomorphic

from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import DATASET, VOID_GRAPH
from tests.conftest import MakeRelease, StartServer
from tests.server.web import ask, fetch

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
TFLINK = URIRef(DATASET + "tflink-1.0")


@pytest.fixture(scope="module")
def address(base_url: str) -> str:
    return f"{base_url}/.well-known/void"


@pytest.mark.parametrize("accept", [None, "*/*", "text/turtle", "text/html;q=0.9,*/*;q=0.1"])
def test_turtle_is_the_default(address: str, accept: str | None) -> None:
    reply = fetch(address, accept=accept)
    assert (reply.status, reply.media_type) == (200, "text/turtle")
    assert reply.headers["Vary"] == "Accept, Accept-Encoding, Origin"
    assert reply.headers["TFLink-Release"]
    assert "@prefix dcat:" in reply.text


@pytest.mark.parametrize("name", ["nt", "jsonld", "rdfxml"])
def test_other_formats_say_the_same(address: str, name: str) -> None:
    reply = fetch(address, accept=RDF_FORMATS[name].media_type)
    assert reply.media_type == RDF_FORMATS[name].media_type
    assert isomorphic(reply.graph(), fetch(address).graph())


def test_a_browser_gets_it(address: str) -> None:
    assert fetch(address, accept=BROWSER).status == 200


def test_it_is_the_named_graph(address: str, base_url: str) -> None:
    graph = fetch(address).graph()
    text = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{VOID_GRAPH}> {{ ?s ?p ?o }} }}"
    assert isomorphic(graph, ask(f"{base_url}/sparql", text, format="nt").graph())
    assert graph.value(URIRef(VOID_GRAPH), FOAF.primaryTopic) == TFLINK
    assert (TFLINK, RDF.type, DCAT.Dataset) in graph
    assert list(graph.objects(TFLINK, VOID.classPartition))


def test_the_number_of_edges(address: str, base_url: str) -> None:
    graph = fetch(address).graph()
    edges = URIRef("https://w3id.org/tflink-rdf/ontology#RegulatoryInteraction")
    stated = {
        int(str(number))
        for one in graph.subjects(VOID["class"], edges)
        for number in graph.objects(one, VOID.entities)
    }
    query = "SELECT (COUNT(*) AS ?name) { ?i a tfl:RegulatoryInteraction }"
    [row] = ask(f"{base_url}/sparql", query).json["results"]["bindings"]
    assert stated == {int(row["name"]["value"])}


def test_406(address: str) -> None:
    reply = fetch(address, accept="image/png")
    assert reply.status == 406
    assert "text/turtle" in reply.json["available"].values()


def test_a_release_without_a_description(
    tmp_path: Path, make_release: MakeRelease, start_server: StartServer
) -> None:
    make_release(tmp_path, "<x:s> <x:p> <x:o> .\n")
    server = start_server(tmp_path, workers=1)
    reply = fetch(f"{server.url}/.well-known/void")
    assert reply.status == 404
    assert "build it again" in reply.json["hint"]
    described = fetch(f"{server.url}/sparql", accept="text/turtle")
    assert described.status == 200
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    graph = described.graph()
    [dataset] = graph.objects(predicate=sd.defaultDataset)
    assert (graph.value(dataset, sd.defaultGraph), RDF.type, sd.Graph) in graph
    server.stop()
