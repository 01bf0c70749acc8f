"""Another engine behind our protocol: an Oxigraph server in place of the store."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rdfconv.examples import Example, Form
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.release import open_release
from server.engine import Engine, ErrorKind, Query
from tests.conftest import StartServer
from tests.engines.asking import LIMITS, OWN, content, failure, rows, triples
from tests.engines.databases import oxigraph_of
from tests.server.web import ask, fetch


@pytest.mark.parametrize("example", OWN, ids=lambda one: one.name)
def test_examples_on_oxigraph(local: Engine, oxigraph: Engine, example: Example) -> None:
    """What the store answers, the server answers; and it comes in the same bytes."""
    if example.form is Form.SELECT:
        assert rows(oxigraph, example.text) == rows(local, example.text)
    elif example.form is Form.ASK:
        assert content(oxigraph, example.text) == content(local, example.text)
    else:
        assert triples(oxigraph, example.text) == triples(local, example.text)


TABLE = """SELECT ?a ?b { VALUES (?a ?b) {
  (1 "a, \\"b\\"\\n c ") (UNDEF "ä"@de) (<x:iri> "2020-01-01"^^xsd:date) (1.50 "  blanks  ") }}"""


@pytest.mark.parametrize("name", RESULT_FORMATS)
def test_results_are_the_same_bytes(local: Engine, oxigraph: Engine, name: str) -> None:
    for text in (
        TABLE,
        "ASK { }",
        "ASK { FILTER(false) }",
        "SELECT * { }",
        "SELECT ?x { <x:y> a ?x }",
    ):
        assert content(oxigraph, text, name) == content(local, text, name), text


@pytest.mark.parametrize("name", RDF_FORMATS)
def test_triples_come_in_every_format(local: Engine, oxigraph: Engine, name: str) -> None:
    text = "CONSTRUCT { uniprotkb:Q06945 ?p ?o } { uniprotkb:Q06945 ?p ?o } ORDER BY ?p ?o"
    assert content(oxigraph, text, name) == content(local, text, name)


def test_the_dataset_of_a_request(local: Engine, oxigraph: Engine) -> None:
    graph = "https://w3id.org/tflink-rdf/graph/counts"
    for default, named in (((), (graph,)), ((graph,), ()), ((graph,), (graph,))):
        query = Query(
            "SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }",
            RESULT_FORMATS["csv"],
            default_graphs=default,
            named_graphs=named,
        )
        answers = [b"".join(one.run(query, LIMITS).chunks) for one in (oxigraph, local)]
        assert answers[0] == answers[1]


def test_a_relative_iri(local: Engine, oxigraph: Engine) -> None:
    query = Query("SELECT (<a> AS ?x) { }", RESULT_FORMATS["csv"], base="http://x.example/b/")
    answers = [b"".join(one.run(query, LIMITS).chunks) for one in (oxigraph, local)]
    assert answers[0] == answers[1] == b"x\r\nhttp://x.example/b/a\r\n"


def test_syntax_errors_have_a_place(local: Engine, oxigraph: Engine) -> None:
    text = "SELECT * {\n ?s ?p }"
    one, other = failure(oxigraph, text), failure(local, text)
    assert (one.kind, one.line, one.column, str(one)) == (
        *(ErrorKind.SYNTAX, other.line, other.column),
        str(other),
    )


EMPTY = "SELECT ?x { <x:y> a ?x }"
MANY = "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 5000"


def test_limits(oxigraph: Engine) -> None:
    assert failure(oxigraph, MANY, replace(LIMITS, rows=4999)).kind is ErrorKind.LARGE
    assert failure(oxigraph, MANY, replace(LIMITS, size=9999)).kind is ErrorKind.LARGE
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    assert failure(oxigraph, slow, replace(LIMITS, seconds=0.5)).kind is ErrorKind.TIMEOUT
    assert content(oxigraph, "ASK { }")


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_a_result_is_cut_as_ours(local: Engine, oxigraph: Engine, name: str) -> None:
    text = "SELECT ?x { VALUES ?x { 1 2 3 4 5 } }"
    query = Query(text, RESULT_FORMATS[name], truncate=True)
    answers = [one.run(query, replace(LIMITS, rows=3)) for one in (oxigraph, local)]
    assert answers[0].truncated == answers[1].truncated == "rows=3"
    assert b"".join(answers[0].chunks) == b"".join(answers[1].chunks)


def test_the_release_is_told(oxigraph: Engine, sample_release: Path) -> None:
    assert oxigraph.release() == open_release(sample_release).id


def test_the_store_may_be_missing(
    sample_release: Path, tmp_path: Path, start_server: StartServer
) -> None:
    """Pages, lists, search and metadata come from the rest of the release."""
    shutil.copytree(sample_release, tmp_path / "releases", symlinks=True)
    shutil.rmtree(open_release(tmp_path / "releases").store)
    with oxigraph_of(sample_release, tmp_path / "log") as url:
        server = start_server(tmp_path / "releases", engine=url, workers=2)
        for path in ("/", "/protein/Q06945", "/protein/Q06945.ttl", "/interactions?tf=Q06945",
                     "/search?q=SOX4", "/sparql", "/.well-known/void", "/health"):  # fmt: skip
            reply = fetch(server.url + path, accept="text/html, */*;q=0.5")
            assert reply.status == 200, path
        reply = ask(f"{server.url}/sparql", "ASK { uniprotkb:Q06945 tfl:regulates ?t }")
        assert reply.json["boolean"] is True
        server.stop()
