"""The Python client: the same answers from a folder and from a server, and clear errors."""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from rdfconv.client import (
    EDGE_COLUMNS,
    EVIDENCE_COLUMNS,
    AmbiguousNameError,
    Client,
    Kind,
    QueryError,
    ServiceError,
    UnknownProteinError,
    connect,
)
from rdfconv.edges.reader import EdgeTable
from rdfconv.errors import ReleaseError, UsageError
from rdfconv.filters import Filter, name_of_iri
from rdfconv.release import open_release
from rdfconv.virtuoso import free_port
from tests.conftest import ROOT, StartServer

Ask = Callable[[Client[Any]], Any]
CALLS: dict[str, Ask] = {
    "regulators": lambda c: c.regulators_of("SOX4", organism=9606),
    "targets": lambda c: c.targets_of("q06945"),
    "large": lambda c: c.targets_of("smad2"),
    "evidence": lambda c: c.evidence("SOX4", "DHX9"),
    "select": lambda c: c.sparql(
        "SELECT ?s ?n ?b { ?e tfl:smallScale ?b ; tfl:databaseCount ?n BIND(STR(?e) AS ?s) } "
        "ORDER BY ?s LIMIT 50"
    ),
    "none": lambda c: c.sparql("SELECT ?a ?b { ?a tfl:nothing ?b }"),
    "ask": lambda c: c.sparql("ASK { uniprotkb:Q06945 tfl:regulates uniprotkb:Q08211 }"),
    "describe": lambda c: c.sparql("DESCRIBE uniprotkb:Q06945"),
}
PANDAS = {
    Kind.TEXT: "string",
    Kind.INTEGER: "Int64",
    Kind.NUMBER: "Float64",
    Kind.BOOLEAN: "boolean",
    Kind.TEXTS: "object",
}
POLARS: dict[Kind, Any] = {
    Kind.TEXT: pl.String,
    Kind.INTEGER: pl.Int64,
    Kind.NUMBER: pl.Float64,
    Kind.BOOLEAN: pl.Boolean,
    Kind.TEXTS: pl.List(pl.String),
}
ONE_ROW = b'{"head":{"vars":["a"]},"results":{"bindings":[{"a":{"type":"literal","value":"x"}}]}}'
RESULTS = "application/sparql-results+json"


@pytest.mark.parametrize("name", CALLS)
def test_folder_and_server_give_the_same_frames(
    name: str, sample_release: Path, base_url: str
) -> None:
    with connect(sample_release) as folder, connect(base_url) as server:
        expected = CALLS[name](folder)
        pd.testing.assert_frame_equal(CALLS[name](server), expected)
    with connect(f"{base_url}/sparql", frames="polars") as server:
        frame = CALLS[name](server)
    assert frame.columns == list(expected.columns)
    rows = [[None if value is pd.NA else value for value in row] for row in expected.values]
    assert [list(row) for row in frame.rows()] == rows


def test_edges_are_those_of_the_table_of_edges(sample_release: Path) -> None:
    with connect(sample_release) as tflink:
        frame = tflink.targets_of("SOX4")
    with EdgeTable(open_release(sample_release).path) as table:
        expected = {
            edge.target.accession: (
                edge.small_scale,
                sorted(map(table.name_of, edge.all_of("databases"))),
                sorted(map(table.name_of, edge.all_of("methods"))),
                set(map(name_of_iri, edge.all_of("papers"))),
                set(map(name_of_iri, edge.all_of("database_papers"))),
                edge.interaction,
            )
            for edge in table.all(Filter(tf="Q06945"))
        }
    assert len(expected) == len(frame) == 100
    found_rows: list[Any] = list(frame.itertuples())
    for row in found_rows:
        papers, own = set(row.primary_papers), set(row.database_papers)
        found = (row.small_scale, row.databases, row.methods, papers, own, row.interaction)
        assert found == expected[row.target]
    support = [(-len(row.databases), -len(row.primary_papers)) for row in found_rows]
    assert support == sorted(support)


@pytest.mark.parametrize(
    ("name", "columns"),
    [("regulators", EDGE_COLUMNS), ("targets", EDGE_COLUMNS), ("evidence", EVIDENCE_COLUMNS)],
)
def test_columns_have_the_documented_names_and_types(
    name: str, columns: tuple[Any, ...], sample_release: Path
) -> None:
    with connect(sample_release) as tflink:
        frame = CALLS[name](tflink)
    assert list(frame.columns) == [column.name for column in columns]
    assert [str(kind) for kind in frame.dtypes] == [PANDAS[column.kind] for column in columns]
    with connect(sample_release, frames="polars") as tflink:
        schema = CALLS[name](tflink).schema
    assert dict(schema) == {column.name: POLARS[column.kind] for column in columns}


def test_the_docs_tell_every_column() -> None:
    text = (ROOT / "docs" / "client.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", text, re.MULTILINE)
    columns = [(one.name, str(one.kind), one.meaning) for one in EDGE_COLUMNS + EVIDENCE_COLUMNS]
    assert rows == columns


def test_several_reports_of_an_edge(crafted: Path) -> None:
    with connect(crafted) as tflink:
        first, second = tflink.evidence("ALPHA", "P00002").to_dict("records")
        edge, alone, bare = tflink.targets_of("ALPHA").to_dict("records")
    assert (first["dataset"], second["dataset"]) == ("first", "second")
    assert first["small_scale"] is True
    assert first["databases"] == ["Database A", "Unnamed"]
    assert first["methods"] == ["method m"]
    assert first["primary_papers"] == ["9", "11"]
    assert first["database_papers"] == ["22"]
    assert first["other_papers"] == ["33"]
    assert first["modes"] == ["activation"]
    assert (second["other_papers"], second["unparsed_references"]) == (["44"], ["17e"])
    assert (edge["target"], edge["reports"], edge["small_scale"]) == ("P00002", 2, True)
    assert edge["databases"] == ["Database A", "Unnamed"]
    assert (alone["target"], alone["reports"], alone["small_scale"]) == ("P00001", 1, False)
    assert (bare["target"], bare["reports"], bare["databases"]) == ("P00004", 0, [])
    assert all(pd.isna(bare[name]) for name in ("target_name", "small_scale", "interaction"))


def test_an_edge_that_is_not_there_has_no_evidence(crafted: Path) -> None:
    with connect(crafted) as tflink:
        assert tflink.evidence("P00002", "P00001").empty
        assert tflink.regulators_of("P00005").empty
        assert list(tflink.regulators_of("P00005").columns) == [one.name for one in EDGE_COLUMNS]


@pytest.mark.parametrize(
    ("name", "organism", "accession"),
    [
        ("P00001", None, "P00001"),
        (" p00001 ", 9606, "P00001"),
        ("ALPHA", None, "P00001"),
        ("Alpha", None, "Q00002"),
        ("Alpha", 9606, "P00001"),
        ("TWIN", 10090, "Q00001"),
        ("Other one", None, "Q00002"),
        ("C4ORF3", None, "P00005"),
        ('A "b" \\c', None, "P00006"),
    ],
)
def test_names(name: str, organism: int | None, accession: str, crafted: Path) -> None:
    with connect(crafted) as tflink:
        assert tflink.protein(name, organism=organism).id == accession


def test_a_name_of_several_proteins_lists_them(crafted: Path) -> None:
    with connect(crafted) as tflink:
        with pytest.raises(AmbiguousNameError) as caught:
            tflink.targets_of("TWIN")
        assert [one.accession for one in caught.value.candidates] == ["P00002", "P00003", "Q00001"]
        assert "Q00001 (TWIN, taxon 10090)" in str(caught.value)
        assert "organism=" in caught.value.hint
        with pytest.raises(AmbiguousNameError, match="any of 2 proteins") as caught:
            tflink.evidence("ALPHA", "TWIN", organism=9606)
        assert "organism=" not in caught.value.hint


@pytest.mark.parametrize(
    ("name", "organism", "message"),
    [
        ("nothing", None, "there is no protein 'nothing'"),
        ("TWIN", 7955, "there is no protein 'TWIN' of taxon 7955"),
        ("P00001", 10090, "P00001 is of taxon 9606, not of 10090"),
        ("P99999", None, "there is no protein 'P99999'"),
        ('"} #', None, "there is no protein"),
    ],
)
def test_unknown_names(name: str, organism: int | None, message: str, crafted: Path) -> None:
    with connect(crafted) as tflink, pytest.raises(UnknownProteinError, match=re.escape(message)):
        tflink.regulators_of(name, organism=organism)


def test_an_empty_name(crafted: Path) -> None:
    with connect(crafted) as tflink, pytest.raises(UsageError, match="is empty"):
        tflink.regulators_of(" ")


def test_the_types_of_a_querys_columns(crafted: Path) -> None:
    values = {
        "integer": "1 UNDEF -5",
        "decimal": "0.5 2.0 UNDEF",
        "double": "1e3 UNDEF 2e0",
        "flag": "true false UNDEF",
        "iri": "tfl:regulates UNDEF tfl:target",
        "mixed": "1 'a' 0.5",
        "large": "99999999999999999999 1 2",
        "wrong": "'a'^^xsd:integer UNDEF UNDEF",
        "tongue": "'a'@en 'b' UNDEF",
        "empty": "UNDEF UNDEF UNDEF",
    }
    cells = list(zip(*(text.split() for text in values.values()), strict=True))
    rows = " ".join(f"({' '.join(row)})" for row in cells)
    with connect(crafted) as tflink:
        frame = tflink.sparql(
            f"SELECT * {{ VALUES ({' '.join(f'?{name}' for name in values)}) {{ {rows} }} }}"
        )
    types = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert types == {
        "integer": "Int64",
        "decimal": "Float64",
        "double": "Float64",
        "flag": "boolean",
        **dict.fromkeys(("iri", "mixed", "large", "wrong", "tongue", "empty"), "string"),
    }
    assert frame["integer"].tolist() == [1, pd.NA, -5]
    assert frame["flag"].tolist() == [True, False, pd.NA]
    assert frame["mixed"].tolist() == ["1", "a", "0.5"]
    assert frame["iri"][0] == "https://w3id.org/tflink-rdf/ontology#regulates"


# Errors


def test_a_query_that_is_not_sparql(sample_release: Path, base_url: str) -> None:
    for source in (str(sample_release), base_url):
        with connect(source) as tflink, pytest.raises(QueryError) as caught:
            tflink.sparql("SELECT ?x {\n ?x foo }")
        assert (caught.value.line, str(caught.value)[:7]) == (2, "line 2,")
        assert "the query is not SPARQL" in str(caught.value)


def test_updates_are_refused(sample_release: Path, base_url: str) -> None:
    with connect(sample_release) as tflink, pytest.raises(QueryError):
        tflink.sparql("CLEAR ALL")
    with (
        connect(base_url) as tflink,
        pytest.raises(ServiceError, match="answered 403") as caught,
    ):
        tflink.sparql("CLEAR ALL")
    assert caught.value.status == 403


def test_sources_that_are_none(tmp_path: Path, sample_release: Path) -> None:
    with pytest.raises(ReleaseError, match="there is no release"):
        connect(tmp_path)
    for url in ("ftp://example.org", "http://", "http://example.org/?a=b"):
        with pytest.raises(UsageError):
            connect(url)
    with pytest.raises(UsageError, match="use pandas or polars"):
        connect(sample_release, frames="arrow")  # type: ignore[call-overload]
    tflink = connect(sample_release)
    tflink.close()
    with pytest.raises(ReleaseError, match="closed"):
        tflink.sparql("ASK {}")


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(ServiceError, match=r"cannot be asked: .*refused"):
        connect(f"http://127.0.0.1:{free_port()}").sparql("ASK {}")


def test_an_address_without_endpoint(base_url: str) -> None:
    with pytest.raises(ServiceError, match="404: there is no SPARQL endpoint") as caught:
        connect(f"{base_url}/elsewhere").sparql("ASK {}")
    assert caught.value.status == 404


def test_an_answer_that_reaches_the_servers_limits(
    sample_release: Path, start_server: StartServer
) -> None:
    server = start_server(sample_release, result_rows=30_000)
    with pytest.raises(ServiceError, match="broke off"):
        connect(server.url).sparql("SELECT * { ?s ?p ?o }")
    assert len(connect(server.url).sparql("SELECT * { ?s ?p ?o } LIMIT 29000")) == 29_000
    server.stop()


Reply = tuple[int, dict[str, str], bytes]


@contextmanager
def answering(*replies: Reply) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these replies, one after the other, and then closes the connection; its
    address, and what it was asked.

    Replies have no Content-Length but the one in their headers.
    """
    left, asked = list(replies), []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status, headers, body = left.pop(0)
            self.send_response(status)
            for name, value in {"Connection": "close", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def whole(body: bytes = ONE_ROW, media_type: str = RESULTS, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return 200, {"Content-Type": media_type, "Content-Length": str(len(body)), **named}, body


def busy(status: int, after: str) -> Reply:
    return status, {"Retry-After": after, "Content-Length": "0"}, b""


def test_a_busy_server_is_asked_once_more_when_it_says() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
    for status, after in ((429, "0"), (503, "0"), (429, soon)):
        with answering(busy(status, after), whole()) as (url, asked):
            assert connect(url).sparql("SELECT ?a {}")["a"].tolist() == ["x"]
        assert asked == ["query=SELECT+%3Fa+%7B%7D"] * 2


@pytest.mark.parametrize(
    ("replies", "seconds"),
    [
        ([busy(429, "0"), busy(429, "7")], 7.0),
        ([busy(429, "3600")], 3600.0),
        ([busy(429, "later")], None),
    ],
)
def test_a_server_that_stays_busy_is_an_error(replies: list[Reply], seconds: float | None) -> None:
    with answering(*replies) as (url, asked), pytest.raises(ServiceError, match="429") as caught:
        connect(url).sparql("ASK {}")
    assert caught.value.status == 429
    assert caught.value.retry_after == seconds
    assert len(asked) == len(replies)


CUT = ONE_ROW[:-20]
BROKEN: dict[str, Reply] = {
    "length": (200, {"Content-Type": RESULTS, "Content-Length": "500"}, ONE_ROW),
    "chunks": (
        200,
        {"Content-Type": RESULTS, "Transfer-Encoding": "chunked"},
        b"%x\r\n%s\r\n" % (len(ONE_ROW), ONE_ROW),
    ),
    "gzip": whole(gzip.compress(ONE_ROW)[:-9], Content_Encoding="gzip"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_that_breaks_off_is_an_error(name: str) -> None:
    with answering(BROKEN[name]) as (url, _), pytest.raises(ServiceError, match="broke off"):
        connect(url).sparql("SELECT ?a {}")


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (whole(CUT), "no SPARQL result"),
        (whole(b"<html>", "text/html"), "its media type is text/html"),
        (whole(b"<a:a> <a:b> ", "application/n-triples"), "no SPARQL result"),
        (whole(TFLink_Truncated="rows=1"), "cut the answer: rows=1"),
        ((307, {"Location": "http://b.example/", "Content-Length": "0"}, b""), "use http://b.exam"),
        ((302, {"Location": "http://b.example/", "Content-Length": "0"}, b""), "it has moved"),
        ((500, {"Content-Length": "5"}, b"oh no"), "500: oh no"),
    ],
)
def test_what_is_no_answer(reply: Reply, message: str) -> None:
    with answering(reply) as (url, _), pytest.raises(ServiceError, match=message):
        connect(url).sparql("SELECT ?a {}")


def test_a_compressed_answer() -> None:
    reply = whole(gzip.compress(ONE_ROW), Content_Encoding="gzip")
    with answering(reply) as (url, _):
        assert connect(url).sparql("SELECT ?a {}")["a"].tolist() == ["x"]


def rows(*names: str) -> bytes:
    """Rows with an IRI in the first column."""
    bound = ",".join(f'{{"{names[0]}":{{"type":"uri","value":"u:x"}}}}' for _ in names[:1])
    listed = ",".join(f'"{name}"' for name in names)
    return f'{{"head":{{"vars":[{listed}]}},"results":{{"bindings":[{bound}]}}}}'.encode()


def test_data_that_are_replaced_meanwhile_are_read_again() -> None:
    protein = rows("protein", "name", "taxon")
    none = b'{"head":{"vars":["partner"]},"results":{"bindings":[]}}'

    def told(release: str) -> list[Reply]:
        return [whole(body, TFLink_Release=release) for body in (protein, none, none)]

    mixed = [*told("r1")[:2], told("r2")[2]]
    with answering(*mixed, *told("r2")) as (url, asked):
        assert connect(url).regulators_of("P00001").empty
    assert len(asked) == 6
    with answering(*mixed, *mixed) as (url, _), pytest.raises(ServiceError, match="replaced"):
        connect(url).regulators_of("P00001")
