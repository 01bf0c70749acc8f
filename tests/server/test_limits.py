"""The limits of a server that anybody may ask: clients that leave, and what is too much."""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest

from rdfconv.config import Settings
from server.problems import Problem
from server.sparql import checked
from tests.conftest import PATIENCE, MakeRelease, RunningServer, StartServer, wait_until
from tests.server.web import ask, fetch

FOREVER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
ENDLESS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


class Leaving:
    """A client that sends a query, takes no more than it is told to, and leaves.

    Args:
        url: the server.
        text: the query.
        fmt: the answer's format.
        headers: more headers of the request.
        more: what it sends behind the request.
        abrupt: whether it leaves with a reset.
    """

    def __init__(
        self,
        url: str,
        text: str,
        fmt: str = "json",
        *,
        headers: dict[str, str] | None = None,
        more: bytes = b"",
        abrupt: bool = False,
    ) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE)
        if abrupt:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        lines = [f"GET /sparql?format={fmt}&query={quote(text)} HTTP/1.1", "Host: x"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + more)

    def receive(self, size: int) -> bool:
        """Takes some bytes; whether there were so many."""
        while size > 0 and (data := self.socket.recv(size)):
            size -= len(data)
        return size <= 0

    def __enter__(self) -> Leaving:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def computes(server: RunningServer) -> bool:
    """Whether one of a server's workers computes now."""
    for pid in server.worker_pids:
        with contextlib.suppress(OSError):
            if _ready(pid) and _running(pid):
                return True
    return False


def _ready(pid: int) -> bool:
    """Whether a worker has its store open: it waits for queries in a second thread."""
    return len(list(Path(f"/proc/{pid}/task").iterdir())) > 1


def _running(pid: int) -> bool:
    return any(
        (task / "stat").read_text("ascii", "replace").rpartition(")")[2].split()[0] == "R"
        for task in Path(f"/proc/{pid}/task").iterdir()
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease) -> Path:
    folder = tmp_path_factory.mktemp("limits")
    make_release(folder, "".join(f"<x:s{n}> <x:p> <x:o{n}> .\n" for n in range(300)))
    return folder


@pytest.fixture(scope="module")
def server(root: Path, start_server: StartServer) -> RunningServer:
    """One worker, and no time limit that a test would see."""
    return start_server(root, workers=1, query_timeout=600, queue_timeout=PATIENCE)


def free(server: RunningServer, workers: list[int]) -> None:
    """Checks that the query was ended by its worker's end, long before its time."""
    wait_until(lambda: server.worker_pids != workers, "the worker's end")
    assert ask(f"{server.url}/sparql", "ASK { ?s ?p ?o }").json["boolean"] is True


@pytest.mark.parametrize("abrupt", [False, True])
@pytest.mark.parametrize("more", [b"", b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_a_client_that_leaves_ends_its_query(
    server: RunningServer, abrupt: bool, more: bytes
) -> None:
    workers = server.worker_pids
    with Leaving(server.url, FOREVER, more=more, abrupt=abrupt):
        wait_until(lambda: computes(server), "the query to run")
        assert server.worker_pids == workers
    free(server, workers)


def test_a_client_that_leaves_in_the_middle_of_an_answer(server: RunningServer) -> None:
    workers = server.worker_pids
    with Leaving(server.url, ENDLESS) as client:
        assert client.receive(100_000)
    free(server, workers)


def test_shutting_down_the_writing_side_counts_as_leaving(server: RunningServer) -> None:
    workers = server.worker_pids
    with Leaving(server.url, FOREVER) as client:
        wait_until(lambda: computes(server), "the query to run")
        client.socket.shutdown(socket.SHUT_WR)
        free(server, workers)


def test_what_is_sent_behind_a_request_is_no_leaving(server: RunningServer) -> None:
    """And it is answered in its turn."""
    workers = server.worker_pids
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?g = <x:s1>) }"
    behind = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    received = b""
    with Leaving(server.url, slow, "csv", more=behind) as client:
        while data := client.socket.recv(1 << 16):
            received += data
    assert received.count(b"HTTP/1.1 200") == 2
    assert b"n\r\n90000\r\n" in received
    assert server.worker_pids == workers


def test_a_client_that_leaves_the_queue(server: RunningServer) -> None:
    workers = server.worker_pids
    with Leaving(server.url, FOREVER) as first:
        wait_until(lambda: computes(server), "the query to run")
        with Leaving(server.url, FOREVER):
            wait_until(lambda: _metric(server, "rdfconv_queue_length") == 1, "the second to wait")
        wait_until(lambda: _metric(server, "rdfconv_queue_length") == 0, "the second to leave")
        assert server.worker_pids == workers  # the first goes on
        first.socket.close()
        free(server, workers)


def _metric(server: RunningServer, name: str) -> float:
    for line in fetch(f"{server.url}/metrics").text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[1])
    raise AssertionError(f"there is no {name}")


# Clients


def test_one_client_has_so_much(root: Path, start_server: StartServer) -> None:
    server = start_server(
        root,
        workers=2,
        query_timeout=600,
        client_queries=2,
        client_seconds=0,
        trusted_proxies="127.0.0.1",
    )
    endpoint = f"{server.url}/sparql"
    with Leaving(server.url, FOREVER), Leaving(server.url, FOREVER):
        wait_until(lambda: _metric(server, "rdfconv_queue_length") == 1, "the second to wait")
        reply = ask(endpoint, "ASK {}")
        assert reply.status == 429, reply.text
        assert int(reply.headers["Retry-After"]) > 0
        assert reply.json["type"].endswith("problem/too-many-requests")
        # Another client has a worker at once, and pages are let in.
        assert _from("192.0.2.1", server, "/sparql?query=ASK%7B%7D") == 200
        assert fetch(f"{server.url}/").status == 200
    wait_until(lambda: ask(endpoint, "ASK {}").status == 200, "the queries to end")


def _from(address: str, server: RunningServer, path: str) -> int:
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    connection.request("GET", path, headers={"X-Forwarded-For": address})
    reply = connection.getresponse()
    reply.read()
    connection.close()
    return reply.status


def test_query_time_is_told_and_runs_out(root: Path, start_server: StartServer) -> None:
    server = start_server(root, workers=4, query_timeout=600, client_seconds=1)
    endpoint = f"{server.url}/sparql"
    reply = ask(endpoint, "ASK {}")
    assert reply.headers["RateLimit-Policy"].startswith('"query-seconds";q=1;')
    assert reply.headers["RateLimit"].startswith('"query-seconds";r=1;')
    exposed = reply.headers["Access-Control-Expose-Headers"]
    assert "RateLimit," in exposed
    assert "RateLimit-Policy" in exposed
    assert "RateLimit" not in fetch(f"{server.url}/health").headers
    with Leaving(server.url, FOREVER), Leaving(server.url, FOREVER):
        wait_until(lambda: ask(endpoint, "ASK {}").status == 429, "the time to run out")
        reply = ask(endpoint, "ASK {}")
        assert reply.status == 429
        assert reply.headers["RateLimit"].startswith('"query-seconds";r=0;')
        assert int(reply.headers["Retry-After"]) > 0
    wait_until(lambda: ask(endpoint, "ASK {}").status == 200, "the queries to end")


# What is too complex

COMPLEX: dict[str, Callable[[int], str]] = {
    "not": lambda n: f"SELECT * {{ ?s ?p ?o FILTER({'!' * n}?o) }}",
    "spaced": lambda n: f"SELECT * {{ ?s ?p ?o FILTER({'! ' * n}?o) }}",
    "minus": lambda n: f"SELECT * {{ ?s ?p ?o FILTER(1{' - ?o' * n}) }}",
    "signs": lambda n: f"SELECT * {{ ?s ?p ?o FILTER(1{'+1' * n}) }}",
    "or": lambda n: f"SELECT * {{ ?s ?p ?o FILTER(?o{'||?o' * n}) }}",
    "calls": lambda n: f"SELECT * {{ BIND({'STR(' * n}1{')' * n} AS ?x) }}",
    "call row": lambda n: f"SELECT * {{ BIND(CONCAT({','.join(['STR(1)'] * n)}) AS ?x) }}",
    "filters": lambda n: f"SELECT * {{ ?s ?p ?o {'FILTER ex:f(?o)' * n} }}",
    "exists": lambda n: f"SELECT * {{ ?s ?p ?o {'FILTER EXISTS {?s ?p ?o}' * n} }}",
    "having": lambda n: f"SELECT (1 AS ?x) {{ ?s ?p ?o }} GROUP BY ?s HAVING {'(?s)' * n}",
    "projection": lambda n: f"SELECT {' '.join(f'(1 AS ?x{i})' for i in range(n))} {{}}",
    "binds": lambda n: f"SELECT * {{ {' '.join(f'BIND(1 AS ?x{i})' for i in range(n))} }}",
    "describe": lambda n: f"DESCRIBE {'<x:a> ' * n}",
    "union": lambda n: f"SELECT * {{ {{?s ?p ?o}} {'UNION {?s ?p ?o}' * n} }}",
    "empty union": lambda n: f"SELECT * {{ {{}} {'UNION {}' * n} }}",
    "optional": lambda n: f"SELECT * {{ ?s ?p ?o {'OPTIONAL {?s ?p ?o}' * n} }}",
    "empty optional": lambda n: f"SELECT * {{ ?s ?p ?o {'OPTIONAL {}' * n} }}",
    "minus groups": lambda n: f"SELECT * {{ ?s ?p ?o {'MINUS {}' * n} }}",
    "graphs": lambda n: f"SELECT * {{ {'GRAPH ?g {}' * n} }}",
    "lateral": lambda n: f"SELECT * {{ ?s ?p ?o {'LATERAL {}' * n} }}",
    "subselects": lambda n: f"SELECT * {{ {'{ SELECT * {} }' * n} }}",
    "many VALUES": lambda n: f"SELECT * {{ {'VALUES ?s { <x:a> }' * n} }}",
    "path parentheses": lambda n: f"SELECT * {{ ?s {'(' * n}<x:p>{')' * n} ?o }}",
    "path sequence": lambda n: f"SELECT * {{ ?s <x:p>{'/<x:p>' * n} ?o }}",
    "path alternatives": lambda n: f"SELECT * {{ ?s <x:p>{'|<x:p>' * n} ?o }}",
    "path stars": lambda n: f"SELECT * {{ <x:n> {'(' * n}<x:q>{')*' * n} ?o }}",
    "list": lambda n: f"SELECT * {{ ?s ?p ({'1 ' * n}) }}",
    "nested lists": lambda n: f"SELECT * {{ ?s ?p {'(' * n}1{')' * n} }}",
    "nested blank nodes": lambda n: f"SELECT * {{ ?s ?p {'[ ?p ' * n}1{']' * n} }}",
    "triple terms": lambda n: f"SELECT * {{ ?s ?p {'<<( ?s ?p ' * n}1{')>>' * n} }}",
    "reified": lambda n: f"SELECT * {{ ?s ?p {'<< ?s ?p ' * n}1{' >>' * n} }}",
    "annotations": lambda n: f"SELECT * {{ ?s ?p ?o {'{| ?p ?o |}' * n} }}",
    "nested annotations": lambda n: f"SELECT * {{ ?s ?p ?o {'{| ?p ?o ' * n}{'|}' * n} }}",
    "reifiers": lambda n: f"SELECT * {{ ?s ?p ?o {' '.join(f'~ _:b{i}' for i in range(n))} }}",
    "triples": lambda n: f"SELECT * {{ {'?s ?p ?o . ' * n} }}",
    "objects": lambda n: f"SELECT * {{ ?s ?p 1{',1' * n} }}",
    "braces": lambda n: f"SELECT * {{ {'{' * n}{'}' * n} }}",
}


@pytest.mark.parametrize("name", COMPLEX)
def test_what_is_too_complex_is_refused(name: str) -> None:
    for number in (1_001, 20_000):
        text = "PREFIX ex: <x:> " + COMPLEX[name](number)
        with pytest.raises(Problem) as caught:
            checked(text, Settings(request_bytes=1 << 30))
        assert (caught.value.status, caught.value.name) == (400, "too-complex")
        assert caught.value.line is not None


@pytest.mark.parametrize("name", COMPLEX)
def test_the_engine_survives_what_is_let_in(name: str, server: RunningServer) -> None:
    """The largest query of each kind that is not refused: it may fail, but not crash a worker."""
    low, high = 1, 2_000
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _passes(name, middle) else (low, middle - 1)
    assert low < 2_000
    workers = server.worker_pids
    reply = ask(
        f"{server.url}/sparql", "PREFIX ex: <x:> " + COMPLEX[name](low) + " LIMIT 1", "form"
    )
    assert reply.status in (200, 400), reply.text
    assert server.worker_pids == workers


def _passes(name: str, number: int) -> bool:
    try:
        checked("PREFIX ex: <x:> " + COMPLEX[name](number), Settings())
    except Problem:
        return False
    return True


LONG = {
    "VALUES": f"SELECT * {{ VALUES ?s {{ {' '.join(f'<x:s{n}>' for n in range(10_000))} }} }}",
    "VALUES of pairs": "SELECT * { VALUES (?s ?o) { "
    + " ".join(f"(<x:s{n}> -{n})" for n in range(10_000))
    + " } ?s ?p ?q }",
    "IN": "SELECT * { ?s ?p ?o FILTER(?s IN ("
    + ", ".join(f"<x:s{n}>" for n in range(5_000))
    + ")) }",
    "CONCAT": f"SELECT (CONCAT({', '.join(['STR(?s)'] * 500)}) AS ?x) {{ ?s ?p ?o }}",
    "prefixes": "".join(f"PREFIX p{n}: <x:{n}> " for n in range(5_000)) + "ASK { p1:a ?p p2:b }",
    "FROM": f"SELECT * {''.join(f'FROM <x:{n}> ' for n in range(1_000))} {{ ?s ?p ?o }}",
    "variables": f"SELECT {' '.join(f'?x{n}' for n in range(2_000))} {{ ?s ?p ?o }}",
}


@pytest.mark.parametrize("name", LONG)
def test_long_lists_are_no_complexity(name: str, server: RunningServer) -> None:
    reply = ask(f"{server.url}/sparql", LONG[name], "form")
    assert reply.status == 200, reply.text


@pytest.mark.parametrize("text", ["ASK { " + "a.a.a." * 100_000 + "}", "ASK {" + "<" * 300_000])
def test_hostile_text_ends_no_worker(text: str, server: RunningServer) -> None:
    workers = server.worker_pids
    assert ask(f"{server.url}/sparql", text, "form").status == 400
    assert server.worker_pids == workers


# Nobody outside is asked


def test_nothing_is_fetched(server: RunningServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        url = f"http://127.0.0.1:{trap.getsockname()[1]}/data.ttl"
        queries = [
            (f"SELECT * FROM <{url}> {{ ?s ?p ?o }}", {}, 200),
            (f"SELECT * FROM NAMED <{url}> {{ GRAPH <{url}> {{ ?s ?p ?o }} }}", {}, 200),
            (f"BASE <{url}> DESCRIBE <#x>", {}, 200),
            ("SELECT * { ?s ?p ?o }", {"default-graph-uri": url}, 200),
            ("SELECT * { GRAPH ?g { ?s ?p ?o } }", {"named-graph-uri": url}, 200),
            (f"LOAD <{url}>", {}, 403),
            (f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", {}, 403),
            (f"SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}", {}, 403),
            (f"LOAD <{url}> INTO GRAPH <x:g>", {}, 403),
        ]
        for text, more, status in queries:
            reply = ask(f"{server.url}/sparql", text, **more)
            assert reply.status == status, reply.text
        body = urlencode({"update": f"LOAD <{url}>"}).encode()
        form = "application/x-www-form-urlencoded"
        reply = fetch(f"{server.url}/sparql", method="POST", content_type=form, body=body)
        assert reply.status == 403
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_workers_have_no_socket(server: RunningServer) -> None:
    with Leaving(server.url, FOREVER):
        wait_until(lambda: computes(server), "the query to run")
        (worker,) = server.worker_pids
        inodes = {
            target.removeprefix("socket:[").removesuffix("]")
            for entry in Path(f"/proc/{worker}/fd").iterdir()
            if (target := str(entry.readlink())).startswith("socket:")
        }
        known = set()
        for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6", "unix"):
            path = Path(f"/proc/{worker}/net/{table}")
            if path.exists():
                column = 6 if table == "unix" else 9
                known |= {line.split()[column] for line in path.read_text().splitlines()[1:]}
        assert known  # the server's own are among them, so the tables are the right ones
        assert inodes & known == set()
        assert inodes == set()
