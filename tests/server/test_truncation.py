"""An answer that is cut is never taken for a complete one, in any format, by any client.

Over a limit, there is an error; in the middle of an answer, the transfer breaks off. Only who asks
for it (``truncate=yes``) gets a cut answer, which says so.
"""

from __future__ import annotations

import csv
import http.client
import io
import json
import socket
import subprocess
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pyoxigraph
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from server.engine.cutting import RowCounter, closing, end_of_row, link_in_head
from server.streaming import SPOOL_BYTES
from tests.conftest import PATIENCE, MakeRelease, RunningServer, StartServer
from tests.server.web import ask

NASTY = ['"}},{', "},{},{", "a\nb", "\r\n", 'a""b', "x,y", "\\", '\\"', "<result>", "]}}", "\t"]
NAMES = sorted({*RESULT_FORMATS} | {f"rdf:{name}" for name in RDF_FORMATS})
ROWS = 300
MANY = 30_000

literals = st.one_of(st.sampled_from(NASTY), st.text('"{}[],<>\\\n\r\tab', max_size=8))
tables = st.lists(st.tuples(st.none() | literals, st.none() | literals), max_size=12)


def store_of(table: list[tuple[str | None, str | None]]) -> tuple[pyoxigraph.Store, str]:
    """A store, and a query that has exactly these rows, duplicates and empty ones included."""
    values = " ".join(
        f"({number} {_text(first)} {_text(second)})" for number, (first, second) in enumerate(table)
    )
    return pyoxigraph.Store(), f"SELECT ?a ?b {{ VALUES (?n ?a ?b) {{ {values} }} }}"


def _text(value: str | None) -> str:
    if value is None:
        return "UNDEF"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.replace("\r", "\\r").replace("\t", "\\t")


def serialized(table: list[tuple[str | None, str | None]], name: str) -> bytes:
    store, query = store_of(table)
    results = store.query(query)
    assert isinstance(results, pyoxigraph.QuerySolutions)
    fmt = getattr(pyoxigraph.QueryResultsFormat, RESULT_FORMATS[name].oxigraph)
    content = results.serialize(format=fmt)
    assert content is not None
    return content


@pytest.mark.parametrize("name", RESULT_FORMATS)
@given(table=tables, size=st.integers(1, 40))
def test_rows_are_counted(name: str, table: list[tuple[str | None, str | None]], size: int) -> None:
    content = serialized(table, name)
    counter = RowCounter(name)
    for start in range(0, len(content), size):
        counter.feed(content[start : start + size])
    assert counter.rows == len(table)


@pytest.mark.parametrize("name", RESULT_FORMATS)
@given(table=tables.filter(len), data=st.data())
def test_results_are_cut_behind_a_row(
    name: str, table: list[tuple[str | None, str | None]], data: st.DataObject
) -> None:
    rows = data.draw(st.integers(0, len(table) - 1))
    whole = io.BytesIO(serialized(table, name))
    place = end_of_row(whole, name, rows)
    assert whole.getvalue()[:place] + closing(name) == serialized(table[:rows], name)
    with_link = whole.getvalue()[:place] + closing(name)
    at, link = link_in_head(io.BytesIO(with_link), name, "http://example.org/")
    with_link = with_link[:at] + link + with_link[at:]
    if name == "json":
        assert json.loads(with_link)["head"]["link"] == ["http://example.org/"]
    if name in ("json", "xml"):
        fmt = getattr(pyoxigraph.QueryResultsFormat, RESULT_FORMATS[name].oxigraph)
        results = pyoxigraph.parse_query_results(with_link, fmt)
        assert isinstance(results, pyoxigraph.QuerySolutions)
        assert len(list(results)) == rows


# Over HTTP


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease) -> Path:
    folder = tmp_path_factory.mktemp("truncation")
    lines = "".join(
        f"<x:s{n}> <x:p> {_text(f'{n} {NASTY[n % len(NASTY)]}')} .\n" for n in range(MANY)
    )
    make_release(folder, lines)
    return folder


@pytest.fixture(scope="module")
def small(root: Path, start_server: StartServer) -> RunningServer:
    """Its limit is reached before anything is sent."""
    return start_server(root, workers=1, result_rows=ROWS, query_timeout=30)


@pytest.fixture(scope="module")
def large(root: Path, start_server: StartServer) -> RunningServer:
    """Its limit is reached in the middle of an answer."""
    return start_server(root, workers=1, result_rows=MANY - 1, query_timeout=30)


@pytest.fixture(scope="module")
def bytes_limit(root: Path, start_server: StartServer) -> RunningServer:
    return start_server(root, workers=1, result_bytes=400_000, query_timeout=30)


def query_of(name: str, limit: int | None = None) -> str:
    head = "CONSTRUCT { ?s ?p ?o }" if name.startswith("rdf:") else "SELECT ?s ?p ?o"
    return f"{head} {{ ?s ?p ?o }}" + (f" LIMIT {limit}" if limit is not None else "")


def format_of(name: str) -> str:
    return name.removeprefix("rdf:")


def rows_of(name: str, body: bytes) -> int:
    """How many rows or triples there are, where possible by readers that are not the writer's."""
    text = body.decode()
    if name == "json":
        return len(json.loads(body)["results"]["bindings"])
    if name == "xml":
        return len(list(rdflib.query.Result.parse(io.BytesIO(body), format="xml")))
    if name == "csv":
        return len(list(csv.reader(io.StringIO(text, newline="")))) - 1
    if name == "tsv":
        return text.count("\n") - 1
    if format_of(name) in ("nt", "ttl", "rdfxml"):
        names = {"nt": "nt", "ttl": "turtle", "rdfxml": "xml"}
        return len(rdflib.Graph().parse(data=body, format=names[format_of(name)]))
    rdf_format = getattr(pyoxigraph.RdfFormat, RDF_FORMATS[format_of(name)].oxigraph)
    return len(set(pyoxigraph.parse(body, rdf_format)))


def raw(url: str, version: str, target: str) -> bytes:
    """What a server sends until it closes the connection."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE) as sock:
        sock.sendall(
            f"GET {target} HTTP/{version}\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )
        parts_received = []
        while data := sock.recv(1 << 16):
            parts_received.append(data)
    return b"".join(parts_received)


def target(name: str, **more: str) -> str:
    parameters = {"query": query_of(name), "format": format_of(name), **more}
    return f"/sparql?{urlencode(parameters)}"


@pytest.mark.parametrize("name", NAMES)
def test_the_status_says_what_is_known_at_once(small: RunningServer, name: str) -> None:
    reply = ask(f"{small.url}/sparql", query_of(name), format=format_of(name))
    assert reply.status == 413, reply.text
    assert reply.json["type"].endswith("problem/result-too-large")
    assert f"{ROWS} rows" in reply.json["detail"]
    for limit in (0, 1, ROWS - 1, ROWS):
        reply = ask(f"{small.url}/sparql", query_of(name, limit), format=format_of(name))
        assert reply.status == 200, reply.text
        assert "TFLink-Truncated" not in reply.headers


def breaks_off_in_curl(url: str, *flags: str) -> None:
    """curl says that the transfer ended before its end."""
    ended = subprocess.run(
        ["curl", "-sS", *flags, "-o", "/dev/null", url],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 18, ended.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_transfer_breaks_off(large: RunningServer, name: str) -> None:
    parts = urlsplit(large.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    connection.request("GET", target(name))
    reply = connection.getresponse()
    assert reply.status == 200
    with pytest.raises(http.client.IncompleteRead) as caught:
        reply.read()
    connection.close()
    received = caught.value.partial
    assert len(received) > 64 << 10
    assert b"limit" not in received[-200:]  # no prose
    if name not in ("csv",):
        assert not received.endswith((b".\n", b"\n", b"]", b"</sparql>", b"</rdf:RDF>"))
    breaks_off_in_curl(large.url + target(name))


@pytest.mark.parametrize("name", NAMES)
def test_http_1_0_gets_a_status(large: RunningServer, name: str) -> None:
    head, _, body = raw(large.url, "1.0", target(name)).partition(b"\r\n\r\n")
    assert head.split()[1] == b"413"
    assert json.loads(body)["status"] == 413
    complete = f"/sparql?{urlencode({'query': query_of(name, 5), 'format': format_of(name)})}"
    head, _, body = raw(large.url, "1.0", complete).partition(b"\r\n\r\n")
    assert head.split()[1] == b"200"
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert rows_of(name, body) == 5


def test_a_proxy_that_speaks_http_1_0_to_the_client(large: RunningServer) -> None:
    parts = urlsplit(large.url)
    for via, spooled in (("1.0 proxy", True), ("HTTP/1.0 proxy", True), ("1.1 proxy", False)):
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
        connection.request("GET", f"/sparql?query={quote(query_of('csv', 9000))}&format=csv",
                           headers={"Via": via})  # fmt: skip
        reply = connection.getresponse()
        reply.read()
        assert (reply.headers["Content-Length"] is not None) is spooled
        connection.close()
    assert SPOOL_BYTES > 1 << 20


@pytest.mark.parametrize("name", NAMES)
def test_truncate(small: RunningServer, name: str) -> None:
    reply = ask(f"{small.url}/sparql", query_of(name), format=format_of(name), truncate="yes")
    assert reply.status == 200, reply.text
    assert reply.headers["TFLink-Truncated"] == f"rows={ROWS}"
    assert "TFLink-Truncated" in reply.headers["Access-Control-Expose-Headers"]
    assert rows_of(name, reply.body) == ROWS
    if name == "json":
        assert reply.json["head"]["link"][0].endswith(f"rows={ROWS}")
    if name == "xml":
        assert f'rows={ROWS}"/></head>' in reply.text
    for limit in (0, 1, ROWS):
        whole = ask(f"{small.url}/sparql", query_of(name, limit), format=format_of(name),
                    truncate="yes")  # fmt: skip
        assert "TFLink-Truncated" not in whole.headers
        assert b"truncated" not in whole.body
        assert rows_of(name, whole.body) == limit


@pytest.mark.parametrize("name", NAMES)
def test_the_limit_of_bytes(bytes_limit: RunningServer, name: str) -> None:
    endpoint = f"{bytes_limit.url}/sparql"
    with pytest.raises(http.client.IncompleteRead):
        ask(endpoint, query_of(name), format=format_of(name))
    reply = ask(endpoint, query_of(name), format=format_of(name), truncate="yes")
    assert reply.status == 200, reply.text
    assert 250_000 < len(reply.body) <= 400_100
    rows = rows_of(name, reply.body)
    assert reply.headers["TFLink-Truncated"] == f"rows={rows}"
    assert 1000 < rows < MANY


def test_ask_is_never_cut(small: RunningServer) -> None:
    for name in RESULT_FORMATS:
        reply = ask(f"{small.url}/sparql", "ASK {}", format=name, truncate="yes")
        assert reply.status == 200
        assert b"true" in reply.body
        assert "TFLink-Truncated" not in reply.headers


def test_truncate_is_yes_or_no(small: RunningServer) -> None:
    assert ask(f"{small.url}/sparql", "ASK {}", truncate="no").status == 200
    assert ask(f"{small.url}/sparql", "ASK {}", truncate="maybe").status == 400


def test_a_compressed_answer_breaks_off_too(large: RunningServer) -> None:
    for flags in (["--compressed"], ["-H", "Accept-Encoding: gzip"]):
        breaks_off_in_curl(large.url + target("csv"), *flags)
