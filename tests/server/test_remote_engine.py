"""Other engines behind our protocol: an Oxigraph server and a Virtuoso in place of the store."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph
import pytest

from rdfconv.build import build
from rdfconv.config import Settings
from rdfconv.errors import RdfconvError, UsageError
from rdfconv.examples import Example, Form, examples
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.release import open_release
from rdfconv.virtuoso import DATA_GRAPH, free_port, virtuoso
from server.engine import Engine, EngineError, ErrorKind, Limits, Query
from server.engine.dialects import DIFFERENCES
from server.engine.embedded import EmbeddedEngine
from server.engine.remote import RemoteEngine
from tests.conftest import ROOT, SAMPLE, StartServer, children, runs, wait_until
from tests.federation.standins import program, running
from tests.server.remotes import (
    JSON,
    SECRET,
    Behaviour,
    Visit,
    always,
    endpoint,
    http_answer,
    xml_results,
)
from tests.server.web import ask, fetch

LIMITS = Limits(60.0, 10.0)
OWN = [one for one in examples() if not one.federates_with]


@pytest.fixture(scope="module")
def settings(sample_release: Path) -> Settings:
    return Settings(release=str(sample_release), workers=1)


@pytest.fixture(scope="module")
def local(settings: Settings) -> Iterator[Engine]:
    """The release's own store."""
    engine = EmbeddedEngine(settings)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def oxigraph(
    settings: Settings, sample_release: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An Oxigraph server that has the release's store."""
    port = free_port()
    store = str(open_release(sample_release).store)
    command = [program("oxigraph"), "serve-read-only", "--location", store]
    log = tmp_path_factory.mktemp("oxigraph") / "log"
    with running([*command, "--bind", f"127.0.0.1:{port}"], port, log):
        engine = RemoteEngine(settings, f"http://127.0.0.1:{port}/query")
        yield engine
        engine.close()


@pytest.fixture(scope="module")
def of_virtuoso(
    settings: Settings, sample_release: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A Virtuoso that has the release's graphs."""
    work = tmp_path_factory.mktemp("virtuoso")
    with virtuoso(open_release(sample_release), work, lambda text: None) as running_one:
        engine = RemoteEngine(settings, running_one.url, DATA_GRAPH)
        yield engine
        engine.close()


@pytest.fixture
def odd(settings: Settings) -> Iterator[Callable[[Behaviour], Engine]]:
    """Engines behind which stands an endpoint that behaves as told."""
    with endpoint(lambda visit: None) as running_one:
        engine = RemoteEngine(settings, running_one.url)

        def start(behaviour: Behaviour) -> Engine:
            running_one.behaviour = behaviour
            return engine

        yield start
        engine.close()


def content(engine: Engine, text: str, name: str = "json", limits: Limits = LIMITS) -> bytes:
    """An engine's answer."""
    fmt = {**RESULT_FORMATS, **RDF_FORMATS}[name]
    return b"".join(engine.run(Query(text, fmt), limits).chunks)


def failure(engine: Engine, text: str, limits: Limits = LIMITS) -> EngineError:
    """Why there is no answer, or no whole one."""
    with pytest.raises(EngineError) as caught:
        content(engine, text, limits=limits)
    return caught.value


def triples(engine: Engine, text: str) -> set[pyoxigraph.Quad]:
    """The triples that an engine answers with, those of blank nodes apart."""
    found = pyoxigraph.parse(content(engine, text, "nt"), pyoxigraph.RdfFormat.N_TRIPLES)
    blank = pyoxigraph.BlankNode
    return {
        one for one in found if not isinstance(one.subject, blank | type(None))
        and not isinstance(one.object, blank)
    }  # fmt: skip


def rows(engine: Engine, text: str) -> Counter[str]:
    """The rows that an engine answers with."""
    found = json.loads(content(engine, text))
    return Counter(json.dumps(row, sort_keys=True) for row in found["results"]["bindings"])


@pytest.mark.parametrize("example", OWN, ids=lambda one: one.name)
def test_examples_on_oxigraph(local: Engine, oxigraph: Engine, example: Example) -> None:
    """What the store answers, the server answers; and it comes in the same bytes."""
    if example.form is Form.SELECT:
        assert rows(oxigraph, example.text) == rows(local, example.text)
    elif example.form is Form.ASK:
        assert content(oxigraph, example.text) == content(local, example.text)
    else:
        assert triples(oxigraph, example.text) == triples(local, example.text)


def loosely(engine: Engine, text: str) -> Counter[tuple[tuple[str, str], ...]]:
    """The rows, with what Virtuoso is known to write otherwise made the same: see `DIFFERENCES`."""
    words = {"true": "1", "false": "0"}
    return Counter(
        tuple(
            (name, " ".join(sorted(re.split(r",?\s+", words.get(cell["value"], cell["value"])))))
            for name, cell in sorted(row.items())
        )
        for row in json.loads(content(engine, text))["results"]["bindings"]
    )


OTHERWISE = {
    "named-graphs": "GRAPH ?g { } without a pattern",
    "gel-shift-or-footprint": "SELECT DISTINCT ... LIMIT",
    "regulators": "GROUP_CONCAT of nothing",
    "binding-sites": "an error in IF",
}
"""Examples that Virtuoso answers otherwise, and what of `DIFFERENCES` shows there."""


def test_examples_that_virtuoso_answers_otherwise(local: Engine, of_virtuoso: Engine) -> None:
    """They still do: else the table of differences is out of date."""
    told = [one.what.replace("`", "") for one in DIFFERENCES]
    for example in OWN:
        if example.name in OTHERWISE:
            assert loosely(of_virtuoso, example.text) != loosely(local, example.text)
            assert any(one.startswith(OTHERWISE[example.name][:12]) for one in told)


@pytest.mark.parametrize(
    "example", [one for one in OWN if one.name not in OTHERWISE], ids=lambda one: one.name
)
def test_examples_on_virtuoso(local: Engine, of_virtuoso: Engine, example: Example) -> None:
    if example.form is Form.SELECT:
        mine, theirs = loosely(local, example.text), loosely(of_virtuoso, example.text)
        # Which rows a LIMIT leaves may be left open.
        limits = {int(number) for number in re.findall(r"\bLIMIT (\d+)", example.text)}
        assert theirs.total() == mine.total()
        assert theirs == mine or mine.total() in limits
    elif example.form is Form.ASK:
        assert content(of_virtuoso, example.text) == content(local, example.text)
    else:
        assert triples(of_virtuoso, example.text) == triples(local, example.text)


def test_what_is_mended_of_virtuoso(local: Engine, of_virtuoso: Engine) -> None:
    """See `DIFFERENCES`; and for the errors, that there is no answer."""
    small = "?e tfl:smallScale ?small FILTER(isLiteral(?small))"
    for text in (
        "ASK { uniprotkb:Q06945 tfl:regulates ?t }",
        "ASK { uniprotkb:Q06945 tfl:regulates <x:nothing> }",
        f"SELECT DISTINCT ?small {{ {small} }} ORDER BY ?small",
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
    ):
        for name in ("json", "csv", "xml", "tsv"):
            assert content(of_virtuoso, text, name) == content(local, text, name), text
    built = f"CONSTRUCT {{ ?e tfl:smallScale ?small }} {{ {small} }}"
    assert triples(of_virtuoso, built) == triples(local, built)
    paths = "SELECT * { ?a rdfs:subClassOf* ?b }"
    assert failure(of_virtuoso, paths).kind is ErrorKind.EVALUATION


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


def test_an_engine_that_is_down(settings: Settings) -> None:
    engine = RemoteEngine(settings, f"http://127.0.0.1:{free_port()}/query")
    error = failure(engine, "ASK { }")
    engine.close()
    assert error.kind is ErrorKind.UNAVAILABLE


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (http_answer(SECRET.encode(), "text/plain", 503), ErrorKind.UNAVAILABLE),
        (http_answer(SECRET.encode(), "text/plain", 500), ErrorKind.EVALUATION),
        (http_answer(b"<html>" + SECRET.encode(), "text/html"), ErrorKind.UNAVAILABLE),
        (http_answer(xml_results(SECRET)[:-20]), ErrorKind.UNAVAILABLE),
        (http_answer(xml_results("1"), length=9999), ErrorKind.UNAVAILABLE),
    ],
    ids=["busy", "refused", "a page", "cut", "broken off"],
)
def test_answers_that_are_none(
    odd: Callable[[Behaviour], Engine], answer: bytes, kind: ErrorKind
) -> None:
    def behave(visit: Visit) -> None:
        visit.send(answer)

    error = failure(odd(behave), "SELECT * { }")
    assert error.kind is kind
    assert SECRET not in str(error)


def test_a_silent_cut_is_an_error(odd: Callable[[Behaviour], Engine]) -> None:
    """Virtuoso cuts at its own limit, and a header is all that tells."""
    body = xml_results("1", "2")
    cut = http_answer(body, headers={"X-SPARQL-MaxRows": "2"})
    assert failure(odd(always(cut)), "SELECT * { }").kind is ErrorKind.LARGE
    whole = http_answer(body, headers={"X-SPARQL-MaxRows": "3"})
    assert content(odd(always(whole)), "SELECT * { }", "csv") == b"x\r\n1\r\n2\r\n"


@pytest.mark.parametrize("name", ["csv", "nt"])
def test_an_answer_whose_time_was_over(odd: Callable[[Behaviour], Engine], name: str) -> None:
    """Virtuoso sends what it had till then, and headers are all that tells."""
    headers = {"X-SQL-State": "S1TAT"}
    if name == "nt":
        text, reply = (
            "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
            http_answer(b"<x:a> <x:b> <x:c> .\n", "application/n-triples", headers=headers),
        )
    else:
        text, reply = "SELECT * { }", http_answer(xml_results("1"), headers=headers)
    with pytest.raises(EngineError) as caught:
        content(odd(always(reply)), text, name)
    assert caught.value.kind is ErrorKind.TIMEOUT


FUNCTIONS = """
SELECT * { ?s a ?t . FILTER(CALL = "x" || true) } LIMIT 2
SELECT * { ?s a ?t . FILTER(sameTerm("a"@en, "a"@EN) || CALL = "") } LIMIT 1
SELECT * { { VALUES ?a {} BIND(CALL AS ?x) } UNION { BIND(1 AS ?y) } }
SELECT (IF(true, 1, CALL) AS ?x) { }
PREFIX b: <bif:> SELECT * { ?s a ?t . FILTER(b:http_get(URL) = "x" || true) } LIMIT 2
PREFIX xsd: <bif:> SELECT * { ?s a ?t . FILTER(xsd:http_get(URL) = "x" || true) } LIMIT 2
SELECT * { ?s a ?t . FILTER(<\\u0062if:http_get> # why
 (URL) = "x" || true) } LIMIT 2
"""


def test_functions_of_the_engine_are_not_called(of_virtuoso: Engine) -> None:
    """Virtuoso's fetch addresses, and our parser drops what need not be computed."""
    with endpoint(always(http_answer(b"secret", "text/plain"))) as trap:
        texts = [one for one in re.split(r"\n(?=[SP])", FUNCTIONS) if one.strip()]
        assert len(texts) == 7
        for text in texts:
            called = text.replace("CALL", "<bif:http_get>(URL)").replace("URL", f'"{trap.url}"')
            assert failure(of_virtuoso, called).kind is ErrorKind.SYNTAX, text
        assert not trap.visits
    double = "http://www.w3.org/2001/XMLSchema#double"
    casts = f"SELECT (xsd:integer('1') AS ?a) (<{double}>(1) AS ?b) {{ }}"
    assert content(of_virtuoso, casts, "csv").startswith(b"a,b\r\n1,1")


def test_blank_nodes_of_virtuoso(local: Engine, of_virtuoso: Engine) -> None:
    graph = "https://w3id.org/tflink-rdf/graph/ontology"
    text = f"SELECT ?s ?o {{ GRAPH <{graph}> {{ ?s ?p ?o FILTER(isBlank(?o)) }} }}"
    found = [json.loads(content(one, text))["results"]["bindings"] for one in (local, of_virtuoso)]
    assert len(found[0]) == len(found[1]) > 0
    assert {row["o"]["type"] for row in found[1]} == {"bnode"}


def test_the_dataset_of_a_request_to_virtuoso(local: Engine, of_virtuoso: Engine) -> None:
    """No graph is none, and not all; its own are never seen."""
    graph = "https://w3id.org/tflink-rdf/graph/counts"
    for default, named in (((), (graph,)), ((graph,), ()), (("x:none",), ()), ((), ("x:none",))):
        query = Query(
            "SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }",
            RESULT_FORMATS["csv"],
            default_graphs=default,
            named_graphs=named,
        )
        answers = [b"".join(one.run(query, LIMITS).chunks) for one in (of_virtuoso, local)]
        assert answers[0] == answers[1], (default, named)


def test_one_database_has_one_server(sample_release: Path, tmp_path: Path) -> None:
    with (tmp_path / "virtuoso-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (
            pytest.raises(RdfconvError, match="another server"),
            virtuoso(open_release(sample_release), tmp_path, lambda text: None),
        ):
            pass


def test_something_behind_the_rows(odd: Callable[[Behaviour], Engine]) -> None:
    """QLever writes what it took behind the rows."""
    text = b'{"head":{"vars":["x"]},"results":{"bindings":[%s]},"meta":{"ms":1}}'
    row = b'{"x":{"type":"literal","value":"1"}}'
    answer = http_answer(text % row, JSON)
    for name, expected in (
        ("csv", b"x\r\n1\r\n"),
        ("json", text.replace(b',"meta":{"ms":1}', b"") % row),
    ):
        assert content(odd(always(answer)), "SELECT * { }", name) == expected


def test_ask_that_comes_as_a_table(odd: Callable[[Behaviour], Engine]) -> None:
    for value, word in (("1", "true"), ("0", "false")):
        engine = odd(always(http_answer(xml_results(value))))
        assert content(engine, "ASK { }", "csv").decode() == word


@pytest.mark.parametrize("url", ["", "ftp://x.example/", "x", "https://me@x.example/", "sib"])
def test_addresses_that_are_none(settings: Settings, url: str) -> None:
    with pytest.raises(UsageError, match="engine"):
        RemoteEngine(settings, url)


def test_the_store_may_be_missing(
    sample_release: Path, tmp_path: Path, start_server: StartServer
) -> None:
    """Pages, lists, search and metadata come from the rest of the release."""
    shutil.copytree(sample_release, tmp_path / "releases", symlinks=True)
    port = free_port()
    store = str(open_release(sample_release).store)
    shutil.rmtree(open_release(tmp_path / "releases").store)
    command = [program("oxigraph"), "serve-read-only", "--location", store]
    with running([*command, "--bind", f"127.0.0.1:{port}"], port, tmp_path / "log"):
        server = start_server(
            tmp_path / "releases", engine=f"http://127.0.0.1:{port}/query", workers=2
        )
        for path in ("/", "/protein/Q06945", "/protein/Q06945.ttl", "/interactions?tf=Q06945",
                     "/search?q=SOX4", "/sparql", "/.well-known/void", "/health"):  # fmt: skip
            reply = fetch(server.url + path, accept="text/html, */*;q=0.5")
            assert reply.status == 200, path
        reply = ask(f"{server.url}/sparql", "ASK { uniprotkb:Q06945 tfl:regulates ?t }")
        assert reply.json["boolean"] is True
        server.stop()


def test_the_document_has_the_table() -> None:
    text = (ROOT / "docs" / "engines.md").read_text("utf-8")
    rows = [f"| {one.engine} | {one.what} | {one.remedy} |" for one in DIFFERENCES]
    table = "\n".join(["| engine | what it does otherwise | and we |", "|---|---|---|", *rows])
    assert table in text, f"docs/engines.md must have:\n{table}"


def test_a_virtuoso_of_our_own(tmp_path: Path, start_server: StartServer) -> None:
    """It starts and ends with the server, also when that is killed, and is loaded once."""
    build([SAMPLE / "pages" / "q06945.md"], tmp_path / "releases")
    for turn in range(2):
        server = start_server(tmp_path / "releases", engine="virtuoso", workers=1)
        assert ("dumped" in server.log.read_text()) is (turn == 0)
        (pid,) = [pid for pid in children(server.process.pid) if "virtuoso" in name_of(pid)]
        reply = ask(f"{server.url}/sparql", "SELECT (COUNT(*) AS ?n) { ?a tfl:regulates ?b }")
        assert int(reply.json["results"]["bindings"][0]["n"]["value"]) > 100
        assert fetch(f"{server.url}/protein/Q06945", accept="text/html").status == 200
        assert (
            tmp_path / "releases" / "virtuoso" / "virtuoso" / "password"
        ).stat().st_mode & 0o77 == 0
        if turn == 0:
            server.stop()
        else:
            server.process.kill()
            server.process.wait()
        wait_until(lambda: not runs(pid), "Virtuoso's end")  # noqa: B023


def name_of(pid: int) -> str:
    """The name of a process."""
    return Path(f"/proc/{pid}/comm").read_text("ascii")
