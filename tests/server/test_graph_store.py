"""The Graph Store Protocol for reading, against real servers."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import rdflib
from rdflib.compare import isomorphic

from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import GRAPH, METADATA_GRAPHS, VOID_GRAPH
from rdfconv.vocabulary import METADATA_PREFIXES, PREFIXES
from tests.conftest import MakeRelease, StartServer
from tests.server.web import ask, fetch

NAMED = "http://example.org/1"
ODD = "urn:x:é'#?&%3E()"
"""A graph's IRI with everything in it that an address or a query could stumble over."""


@pytest.fixture(scope="module")
def store(
    tmp_path_factory: pytest.TempPathFactory,
    make_release: MakeRelease,
    start_server: StartServer,
) -> str:
    """A graph store with a default graph and two named ones."""
    root: Path = tmp_path_factory.mktemp("graphs")
    quads = [
        "<x:default> <x:p> <x:o> .",
        f"<x:one> <x:p> 'é\\n' <{NAMED}> .",
        f"<x:one> <x:q> _:b <{NAMED}> .",
        f"<x:two> <x:p> <x:o> <{ODD}> .",
    ]
    make_release(root, "\n".join(quads).replace("'", '"', 2))
    return f"{start_server(root, workers=1).url}/graph-store"


@pytest.mark.parametrize("name", ["ttl", "nt", "jsonld", "rdfxml"])
def test_a_named_graph_in_all_formats(store: str, name: str) -> None:
    fmt = RDF_FORMATS[name]
    reply = fetch(store, query={"graph": NAMED}, accept=fmt.media_type)
    assert (reply.status, reply.media_type) == (200, fmt.media_type)
    expected = rdflib.Graph().parse(data='<x:one> <x:p> "é\\n" ; <x:q> [] .', format="turtle")
    assert isomorphic(reply.graph(), expected)
    assert reply.headers["TFLink-Release"]
    assert reply.headers["Vary"] == "Accept, Accept-Encoding, Origin"


def test_the_default_graph_is_turtle_unless_asked_otherwise(store: str) -> None:
    for query in ("default", "default="):
        reply = fetch(f"{store}?{query}")
        assert (reply.status, reply.media_type) == (200, "text/turtle")
        assert list(reply.graph().subjects()) == [rdflib.URIRef("x:default")]


def test_an_iri_is_quoted(store: str) -> None:
    reply = fetch(store, query={"graph": ODD})
    assert (reply.status, list(reply.graph().subjects())) == (200, [rdflib.URIRef("x:two")])


@pytest.mark.parametrize(
    "iri",
    [
        "",
        "relative",
        "/graph/x",
        "http://example.org/a b",
        "x:a> { ?s ?p ?o } } #",
        "x:a\r\nSet-Cookie: a=b",
        "x:\\u003E",
        "x:{}",
        "http://example.org/\u2028\x00",
    ],
)
def test_what_is_no_iri(store: str, iri: str) -> None:
    reply = fetch(store, query={"graph": iri})
    assert (reply.status, reply.media_type) == (400, "application/problem+json")
    assert reply.headers["Set-Cookie"] is None


@pytest.mark.parametrize("query", ["", "?x=y", "?default&graph=x:y", "?graph=x:y&graph=x:z"])
def test_one_graph_must_be_named(store: str, query: str) -> None:
    assert fetch(store + query).status == 400


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unknown_graph(store: str, method: str) -> None:
    reply = fetch(store, method=method, query={"graph": "http://example.org/2"})
    assert reply.status == 404
    if method == "GET":
        assert reply.json["type"].endswith("/no-such-graph")


def test_head(store: str) -> None:
    full = fetch(store, query={"graph": NAMED})
    reply = fetch(store, method="HEAD", query={"graph": NAMED})
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["Content-Type"] == full.headers["Content-Type"]
    assert reply.headers["ETag"] == full.headers["ETag"]


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["?default", f"?graph={quote(NAMED)}", "", "/../graph/void"])
def test_nothing_is_written(store: str, method: str, path: str) -> None:
    url = store.removesuffix("/graph-store") + path[3:] if "/.." in path else store + path
    reply = fetch(url, method=method, content_type="text/turtle", body=b"<x:a> <x:b> <x:c> .")
    assert reply.status == 405
    assert reply.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert reply.json["title"] == "The service is read-only"
    assert reply.json["hint"]
    assert len(fetch(store, query={"graph": NAMED}).graph()) == 2


def test_options(store: str) -> None:
    reply = fetch(store, method="OPTIONS")
    assert (reply.status, reply.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert reply.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_other_formats(store: str) -> None:
    reply = fetch(store, query={"graph": NAMED}, accept="text/csv")
    assert reply.status == 406
    assert "text/turtle" in reply.json["available"].values()


@pytest.mark.parametrize("iri", METADATA_GRAPHS)
def test_our_own_graphs_have_addresses(base_url: str, iri: str) -> None:
    direct = fetch(f"{base_url}/graph/{iri.removeprefix(GRAPH)}")
    indirect = fetch(f"{base_url}/graph-store", query={"graph": iri})
    assert direct.status == 200
    assert len(direct.graph()) > 5
    assert isomorphic(direct.graph(), indirect.graph())
    assert fetch(f"{base_url}/graph/{iri.removeprefix(GRAPH)}x").status == 404
    assert fetch(f"{base_url}/graph/a%0D%0Ab%3E").status == 404


def test_a_large_graph_comes_whole(base_url: str) -> None:
    counted = ask(f"{base_url}/sparql", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").json
    reply = fetch(f"{base_url}/graph-store?default", accept="application/n-triples")
    [row] = counted["results"]["bindings"]
    assert len(reply.text.splitlines()) == int(row["n"]["value"])
    assert reply.headers["Transfer-Encoding"] == "chunked"


def test_the_default_graph_is_at_its_download(
    tmp_path: Path, make_release: MakeRelease, start_server: StartServer
) -> None:
    dcat, void = METADATA_PREFIXES["dcat"], PREFIXES["void"]
    quads = ""
    for name, suffix, fmt in (("set", "nt", "n-triples"), ("part", "ttl", "turtle")):
        address = f"http://example.org/downloads/{name}.{suffix}.gz"
        kind = "application" if fmt == "n-triples" else "text"
        media_type = f"https://www.iana.org/assignments/media-types/{kind}/{fmt}"
        quads += (
            f"<x:{name}> <{void}dataDump> <{address}> <{VOID_GRAPH}> .\n"
            f"<x:{name}> <{dcat}distribution> <x:{name}-file> <{VOID_GRAPH}> .\n"
            f"<x:{name}-file> <{dcat}downloadURL> <{address}> <{VOID_GRAPH}> .\n"
            f"<x:{name}-file> <{dcat}mediaType> <{media_type}> <{VOID_GRAPH}> .\n"
        )
    quads += f"<x:set> <{void}subset> <x:part> <{VOID_GRAPH}> .\n<x:a> <x:b> <x:c> .\n"
    make_release(tmp_path, quads)
    server = start_server(tmp_path, workers=1)
    store = f"{server.url}/graph-store?default"
    for method in ("GET", "HEAD"):
        reply = fetch(store, method=method, accept="application/n-triples")
        assert reply.status == 307
        assert urlsplit(reply.headers["Location"]).path == "/downloads/set.nt.gz"
    # There is none in Turtle but of a part; and none of a named graph.
    assert list(fetch(store, accept="text/turtle").graph().subjects()) == [rdflib.URIRef("x:a")]
    named = fetch(f"{server.url}/graph/void", accept="application/n-triples")
    assert (named.status, len(named.graph())) == (200, 9)
    server.stop()
