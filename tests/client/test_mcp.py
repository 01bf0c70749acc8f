"""The server for assistants, asked by the protocol's own client, over both transports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, TextContent, Tool

from rdfconv.config import Settings
from rdfconv.edges.reader import EdgeTable
from rdfconv.errors import ExitCode
from rdfconv.examples import examples
from rdfconv.filters import Filter, name_of_iri
from rdfconv.release import open_release
from server.engine.embedded import EmbeddedEngine
from server.mcp import mcp_server
from server.mcp.tools import MOST_EDGES, MOST_EXAMPLES, MOST_ROWS
from tests.conftest import PATIENCE, ROOT, RunningServer, StartServer, runs, wait_until
from tests.federation.standins import DATA, PUBLIC, oxigraph
from tests.server.web import fetch

TOOLS = {
    "find_entity",
    "regulators",
    "targets",
    "explain_edge",
    "example_queries",
    "schema",
    "run_query",
}
SOX4 = "http://purl.uniprot.org/uniprot/Q06945"
COMMAND = [sys.executable, "-m", "rdfconv", "mcp"]


def asked(source: Any, read: Callable[[Client], Awaitable[Any]]) -> Any:
    """What is read from a server: by address, by command, or in this process."""

    async def run() -> Any:
        async with Client(source) as client:
            return await read(client)

    return anyio.run(run)


def called(source: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    """The answer of a tool.

    Raises:
        AssertionError: it is an error.
    """
    result: CallToolResult = asked(source, lambda client: client.call_tool(tool, arguments))
    assert not result.is_error, result.content
    told: dict[str, Any] | None = result.structured_content
    assert told is not None
    return told


def refused(source: Any, tool: str, **arguments: Any) -> str:
    """The text of a tool's error."""
    result: CallToolResult = asked(source, lambda client: client.call_tool(tool, arguments))
    assert result.is_error
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@contextmanager
def listening(root: Path, log: Path, **settings: object) -> Iterator[RunningServer]:
    """``rdfconv mcp --http`` on a free port."""
    environment = {f"RDFCONV_{name.upper()}": str(value) for name, value in settings.items()}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*COMMAND, "--http", "--port", "0", "--release", str(root)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stderr=stream,
        )
    server = RunningServer("", process, log)
    try:

        def is_up() -> bool:
            assert process.poll() is None, f"it ended: {log.read_text()}"
            return "listening at " in log.read_text()

        wait_until(is_up, "the line that it listens")
        server.url = log.read_text().partition("listening at ")[2].split()[0]
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def url(sample_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of the sample."""
    with listening(sample_release, tmp_path_factory.mktemp("mcp") / "log") as server:
        yield server.url


@pytest.fixture(scope="module")
def table(sample_release: Path) -> Iterator[EdgeTable]:
    """The sample's table of edges."""
    with EdgeTable(open_release(sample_release).path) as opened:
        yield opened


def test_over_standard_input_and_output(sample_release: Path) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=[*COMMAND[1:], "--release", str(sample_release), "--workers", "1"],
        cwd=ROOT,
    )

    async def read(client: Client) -> tuple[set[str], Any]:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        return tools, await client.call_tool("regulators", {"protein": "SOX4", "limit": 1})

    tools, result = asked(command, read)
    assert tools == TOOLS
    assert result.structured_content["total"] == 51


def test_it_ends_when_standard_input_ends(sample_release: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--release", str(sample_release)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout, done.stderr) == (ExitCode.DONE, "", "")


def test_tools_tell_what_they_take_and_give(url: str) -> None:
    tools: list[Tool] = asked(url, lambda client: client.list_tools()).tools
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.description
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.output_schema is not None
        assert all(one["description"] for one in tool.input_schema["properties"].values())
        assert "ctx" not in tool.input_schema["properties"]
    edges = next(tool for tool in tools if tool.name == "regulators")
    assert edges.output_schema is not None
    summary = edges.output_schema["$defs"]["EdgeSummary"]["properties"]
    assert "not about the edge" in summary["database_papers"]["description"]


def test_find_entity(url: str) -> None:
    told = called(url, "find_entity", text="SOX4")
    first = told["found"][0]
    assert (first["iri"], first["id"], first["kind"]) == (SOX4, "Q06945", "protein")
    assert (first["targets"], first["regulators"]) == (100, 51)
    assert first["is_exact"]
    assert first["organism"] == "Homo sapiens"
    assert (told["near"], told["cut_at"]) == ([], None)


def test_find_entity_tells_where_it_was_cut_and_what_is_near(url: str) -> None:
    told = called(url, "find_entity", text="sox", kind="protein", limit=2)
    assert len(told["found"]) == told["cut_at"] == 2
    assert "SOX4" in called(url, "find_entity", text="SOXX4")["near"]
    paper = called(url, "find_entity", text="PMID:19147588")["found"]
    assert [one["kind"] for one in paper] == ["paper"]


@pytest.mark.parametrize("tool", ["regulators", "targets"])
def test_edges_are_those_of_the_table(tool: str, url: str, table: EdgeTable) -> None:
    is_target = tool == "regulators"
    wanted = Filter(target="Q06945") if is_target else Filter(tf="Q06945")
    told = called(url, tool, protein="SOX4", organism=9606, limit=30, offset=5)
    assert told["protein"]["iri"] == SOX4
    assert told["total"] == table.count(wanted)
    assert told["cut_at"] == len(told["edges"]) == 30
    for found, edge in zip(told["edges"], table.page(wanted, offset=5, limit=30), strict=True):
        assert found["interaction"] == edge.interaction
        assert found["partner"]["iri"] == (edge.tf if is_target else edge.target).iri
        assert found["small_scale"] == edge.small_scale
        papers = sorted(map(name_of_iri, edge.all_of("papers")), key=int)
        assert found["primary_papers"]["count"] == len(papers)
        assert found["primary_papers"]["pubmed_ids"] == papers[:20]
        own = set(map(name_of_iri, edge.all_of("database_papers")))
        assert set(found["database_papers"]["pubmed_ids"]) == own
    rest = called(url, tool, protein="Q06945", offset=told["total"] - 1)
    assert (len(rest["edges"]), rest["cut_at"]) == (1, None)


def test_edges_are_narrowed(url: str, table: EdgeTable) -> None:
    told = called(url, "targets", protein="Q06945", small_scale_only=True, min_papers=2)
    wanted = Filter(tf="Q06945", scale="small", min_papers=2)
    assert told["total"] == table.count(wanted) > 0
    assert all(edge["small_scale"] for edge in told["edges"])
    assert all(edge["primary_papers"]["count"] >= 2 for edge in told["edges"])


def test_explain_edge(url: str, table: EdgeTable) -> None:
    told = called(url, "explain_edge", regulator="SOX4", target="DHX9", organism=9606)
    assert told["is_known"]
    assert told["interaction"].endswith("/interaction/Q06945_Q08211")
    (edge,) = table.page(Filter(tf="Q06945", target="Q08211"))
    (report,) = told["reports"]
    assert report["evidence"] == edge.evidence[0].iri
    assert [one["iri"] for one in report["databases"]] == list(edge.evidence[0].databases)
    assert report["primary_papers"] == ["19147588", "22098624"]
    assert report["database_papers"] == ["27924024", "29087512"]
    turned = called(url, "explain_edge", regulator="DHX9", target="SOX4")
    assert (turned["is_known"], turned["reports"], turned["interaction"]) == (False, [], None)


def test_example_queries(url: str) -> None:
    told = called(url, "example_queries", words="Gene Symbol")
    assert {one["name"] for one in told["queries"]} == {"regulators-of-symbol"}
    every = called(url, "example_queries", limit=3)
    assert every["total"] == len(examples())
    assert [one["query"] for one in every["queries"]] == [one.text for one in examples()[:3]]
    assert every["cut_at"] == 3


def test_schema(url: str) -> None:
    told = called(url, "schema")
    terms = {one["curie"]: one for one in told["terms"]}
    assert told["prefixes"]["tfl"] == "https://w3id.org/tflink-rdf/ontology#"
    assert terms["tfl:regulates"]["definition"]
    assert terms["tfl:regulates"]["relations"]
    assert "up:Protein" in {one["curie"] for one in told["elsewhere"]}


def test_run_query(url: str) -> None:
    query = "SELECT ?n ?p { uniprotkb:Q06945 tfl:regulates ?p OPTIONAL { ?p rdfs:label ?n } }"
    told = called(url, "run_query", query=query, limit=2)
    assert told["columns"] == ["n", "p"]
    assert told["cut_at"] == len(told["rows"]) == 2
    assert told["rows"][0][1].startswith("http://purl.uniprot.org/uniprot/")
    whole = called(url, "run_query", query=query)
    assert (len(whole["rows"]), whole["cut_at"]) == (100, None)
    count = called(url, "run_query", query="SELECT (COUNT(*) AS ?c) { ?s tfl:target ?t }")
    assert isinstance(count["rows"][0][0], int)
    assert called(url, "run_query", query=f"ASK {{ <{SOX4}> ?p ?o }}")["rows"] == [[True]]
    triples = called(url, "run_query", query=f"DESCRIBE <{SOX4}>", limit=5)
    assert triples["columns"] == ["subject", "predicate", "object"]
    assert (len(triples["rows"]), triples["cut_at"]) == (5, 5)
    assert "tfl:regulates" in called(url, "run_query", query="ASK { ?s tfl:regulate ?o }")["hint"]


def test_a_result_of_many_bytes_is_cut(url: str) -> None:
    query = (
        "SELECT (CONCAT(STR(?s), STR(?p), STR(?o), STR(?s), STR(?p), STR(?o)) AS ?x) { ?s ?p ?o }"
    )
    told = called(url, "run_query", query=query, limit=MOST_ROWS)
    assert 0 < told["cut_at"] == len(told["rows"]) < MOST_ROWS


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("run_query", {"query": "SELECT ?x {\n ?x foo }"}, "line 2, column "),
        ("run_query", {"query": "SELECT ?x { ?x foo:a ?y }"}, "foo"),
        ("run_query", {"query": "DELETE WHERE { ?s ?p ?o }"}, "read-only"),
        ("run_query", {"query": "ASK { SERVICE <http://a.example/> {} }"}, "SERVICE"),
        ("run_query", {"query": "ASK {}", "limit": MOST_ROWS + 1}, f"1 to {MOST_ROWS}"),
        ("regulators", {"protein": "SOX4", "limit": MOST_EDGES + 1}, f"1 to {MOST_EDGES}"),
        ("regulators", {"protein": "SOX4", "offset": -1}, "from 0 on"),
        ("regulators", {"protein": "SOX4", "min_papers": -1}, "from 0 on"),
        ("example_queries", {"limit": 0}, f"1 to {MOST_EXAMPLES}"),
        ("targets", {"protein": "SOXX4"}, "near names are SOX4"),
        ("targets", {"protein": "SOX4", "organism": 10090}, "no protein 'SOX4' of taxon 10090"),
        ("find_entity", {"text": "x", "kind": "thing"}, "kind"),
    ],
)
def test_errors_say_what_to_do(
    tool: str, arguments: dict[str, Any], message: str, url: str
) -> None:
    assert message in refused(url, tool, **arguments)


def test_queries_are_under_the_services_limits(sample_release: Path, tmp_path: Path) -> None:
    slow = "SELECT (COUNT(*) AS ?c) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?i) }"
    with listening(sample_release, tmp_path / "log", query_timeout=1, query_patterns=3) as server:
        assert refused(server.url, "run_query", query=slow).count("504") == 1
        assert "too complex" in refused(
            server.url, "run_query", query="ASK { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
        )


def test_names_of_several_proteins(crafted: Path) -> None:
    settings = Settings(release=str(crafted), workers=1)
    engine = EmbeddedEngine(settings)
    try:
        server = mcp_server(settings, engine)
        message = refused(server, "regulators", protein="TWIN")
        assert "P00002 (TWIN, Homo sapiens)" in message
        assert "Q00001 (TWIN, Mus musculus)" in message
        mouse = called(server, "regulators", protein="TWIN", organism=10090)
        assert mouse["protein"]["accession"] == "Q00001"
        assert (mouse["total"], mouse["edges"], mouse["cut_at"]) == (0, [], None)
        (first, second) = called(server, "explain_edge", regulator="ALPHA", target="P00002")[
            "reports"
        ]
        assert {first["datasets"][0], second["datasets"][0]} == {"first", "second"}
    finally:
        engine.close()


def test_service_goes_to_endpoints_that_are_allowed(sample_release: Path, tmp_path: Path) -> None:
    query = next(one.text for one in examples() if one.name == "target-processes")
    with oxigraph(tmp_path / "standin", DATA / "uniprot.ttl") as standin:
        federate = f"{PUBLIC['uniprot']}={standin}"
        with listening(sample_release, tmp_path / "log", federate=federate) as server:
            assert called(server.url, "run_query", query=query)["rows"]


# Over HTTP


def test_it_listens_on_this_machine_alone_unless_told(url: str) -> None:
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/mcp")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://127.0.0.1:5000"}, 200),
        ({"Host": "tflink.example"}, 421),
        ({"Host": "127.0.0.1.example:80"}, 421),
        ({"Origin": "http://tflink.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_host_and_origin_are_checked(headers: dict[str, str], status: int, url: str) -> None:
    assert _list(url, headers) == status


def test_the_public_address_is_let_in(sample_release: Path, tmp_path: Path) -> None:
    public = "https://tflink.example/"
    with listening(sample_release, tmp_path / "log", public_url=public) as server:
        own = {"Host": "tflink.example", "Origin": "https://tflink.example"}
        assert _list(server.url, own) == 200
        assert _list(server.url, {"Host": "other.example"}) == 421


def _list(url: str, headers: dict[str, str]) -> int:
    """The status of a request for the list of tools."""
    reply = fetch(
        url,
        method="POST",
        content_type="application/json",
        accept="application/json, text/event-stream",
        body=b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}',
        headers=headers,
    )
    return reply.status


def test_it_stops_and_so_do_its_workers(sample_release: Path, tmp_path: Path) -> None:
    with listening(sample_release, tmp_path / "log") as server:
        called(server.url, "run_query", query="ASK {}")
        workers = [int(text) for text in _children(server.process.pid)]
        assert workers
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == ExitCode.DONE
        wait_until(lambda: not any(map(runs, workers)), "the end of the workers")
    assert "Traceback" not in server.log.read_text()


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_clear_errors_at_the_start(
    tmp_path: Path, sample_release: Path, start_server: StartServer, url: str
) -> None:
    port = url.rsplit(":", 1)[1].partition("/")[0]
    for options, message in (
        (["--release", str(tmp_path)], "there is no release"),
        (["--release", str(sample_release), "--http", "--port", port], "cannot listen on"),
    ):
        done = subprocess.run(
            [*COMMAND, *options], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode in (ExitCode.FAILED, ExitCode.USAGE)
        assert message in done.stderr
        assert "Traceback" not in done.stderr


def test_the_docs_tell_every_tool() -> None:
    text = (ROOT / "docs" / "mcp.md").read_text("utf-8")
    assert {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")} == TOOLS
    for number in (MOST_EDGES, MOST_ROWS, MOST_EXAMPLES):
        assert f"{number:,}" in text
