"""The engine: workers that hang, crash, overrun and die, and releases that change."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from rdfconv.config import Settings
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from server.engine import Answer, EngineError, ErrorKind, Kind, Limits, Query
from server.engine.embedded import EmbeddedEngine
from tests.conftest import ROOT, MakeRelease, RunningServer, StartServer, runs, wait_until
from tests.server.web import ask, fetch

JSON = RESULT_FORMATS["json"]
TRIPLES = "".join(f"<x:s{n}> <x:p> <x:o{n}> .\n" for n in range(300))
# 300 to the power of four rows: no machine ever gets through.
FOREVER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
ENDLESS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
# Doubles a string thirty times.
GREEDY = "SELECT ?x30 { BIND('0123456789' AS ?x0) " + "".join(
    f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1}) " for n in range(30)
)
GREEDY += "}"
# Overflows the parser's stack, with nothing in it that nests in brackets.
DEEP = "SELECT * { ?s ?p ?o FILTER(" + "!" * 60_000 + "?o) }"
LIMITS = Limits(60.0, 60.0)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease) -> Path:
    folder = tmp_path_factory.mktemp("engine")
    make_release(folder, TRIPLES)
    return folder


@pytest.fixture
def engine(root: Path) -> Iterator[EmbeddedEngine]:
    made = EmbeddedEngine(Settings(release=str(root), workers=1, query_memory=1 << 30))
    yield made
    made.close()


def count(engine: EmbeddedEngine) -> bytes:
    """The number of triples, as CSV."""
    text = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    return b"".join(engine.run(Query(text, RESULT_FORMATS["csv"]), LIMITS).chunks)


def failure(engine: EmbeddedEngine, text: str, limits: Limits = LIMITS) -> EngineError:
    with pytest.raises(EngineError) as caught:
        for _ in engine.run(Query(text, JSON), limits).chunks:
            pass
    return caught.value


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("SELECT * { ?s ?p ?o }", Kind.SOLUTIONS, "csv"),
        ("ASK { ?s ?p ?o }", Kind.BOOLEAN, "xml"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", Kind.TRIPLES, "nt"),
    ],
)
def test_answers(engine: EmbeddedEngine, text: str, kind: Kind, name: str) -> None:
    fmt = {**RDF_FORMATS, **RESULT_FORMATS}[name]
    answer = engine.run(Query(text, fmt), LIMITS)
    assert answer.kind is kind
    assert answer.release == engine.release()
    assert b"".join(answer.chunks)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SELECT * {", ErrorKind.SYNTAX),
        ("SELECT * { ?s ?p ?o FILTER(<x:unknown>(?o)) }", ErrorKind.EVALUATION),
        ("CONSTRUCT WHERE { ?s ?p ?o }", ErrorKind.EVALUATION),
        (GREEDY, ErrorKind.MEMORY),
        (DEEP, ErrorKind.CRASHED),
    ],
)
def test_errors_leave_a_working_engine(engine: EmbeddedEngine, text: str, kind: ErrorKind) -> None:
    for _ in range(2):
        assert failure(engine, text).kind is kind
        assert count(engine).split() == [b"n", b"300"]


def test_timeout(engine: EmbeddedEngine) -> None:
    assert failure(engine, FOREVER, Limits(0.3, 60.0)).kind is ErrorKind.TIMEOUT
    assert count(engine).split() == [b"n", b"300"]


def test_timeout_in_the_middle_of_an_answer(engine: EmbeddedEngine) -> None:
    answer = engine.run(Query(ENDLESS, JSON), Limits(2.0, 60.0))
    received = next(answer.chunks)
    with pytest.raises(EngineError) as caught:
        for _ in answer.chunks:
            pass
    assert received.startswith(b'{"head"')
    assert caught.value.kind is ErrorKind.TIMEOUT
    assert count(engine).split() == [b"n", b"300"]


def test_the_deadline_holds_while_nobody_reads(engine: EmbeddedEngine) -> None:
    answer = engine.run(Query(ENDLESS, JSON), Limits(1.0, 60.0))
    next(answer.chunks)
    with pytest.raises(EngineError) as caught:
        # The only worker is not given back before the answer is closed, but it is killed.
        engine.run(Query("ASK {}", JSON), Limits(1.0, 3.0))
    assert caught.value.kind is ErrorKind.BUSY
    with pytest.raises(EngineError) as late:
        for _ in answer.chunks:
            pass
    assert late.value.kind is ErrorKind.TIMEOUT


def test_closing_an_answer_ends_its_query(engine: EmbeddedEngine) -> None:
    answer = engine.run(Query(ENDLESS, JSON), LIMITS)
    next(answer.chunks)
    answer.close()
    answer.close()
    assert count(engine).split() == [b"n", b"300"]


def test_cancel(engine: EmbeddedEngine) -> None:
    assert engine.cancel("mine") is False
    with ThreadPoolExecutor(1) as pool:
        query = Query(FOREVER, JSON, id="mine")
        future = pool.submit(engine.run, query, LIMITS)
        wait_until(lambda: engine.cancel("mine"), "the query to run")
        with pytest.raises(EngineError) as caught:
            future.result()
    assert caught.value.kind is ErrorKind.CANCELLED
    assert count(engine).split() == [b"n", b"300"]


def test_many_threads_share_the_workers(engine: EmbeddedEngine) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: count(engine), range(64)))
    assert {answer.split()[1] for answer in answers} == {b"300"}


def test_workers_stay_whatever_the_memory_of_who_started_them(root: Path) -> None:
    """A worker that has used much is replaced; what another process has used does not count."""
    script = """
import os
import sys
from rdfconv.config import Settings
from server.engine.embedded import EmbeddedEngine
from tests.conftest import children
from tests.server.test_engine import count
held = b"x" * (700 << 20)
engine = EmbeddedEngine(Settings(release=sys.argv[1], workers=1, query_memory=1 << 30))
before = children(os.getpid())
for _ in range(3):
    count(engine)
print(before == children(os.getpid()), len(before))
engine.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(root)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True 1\n"


def test_closing_the_engine_ends_queries(root: Path) -> None:
    engine = EmbeddedEngine(Settings(release=str(root), workers=1))
    started = threading.Event()

    def run() -> Answer:
        started.set()
        return engine.run(Query(FOREVER, JSON, id="mine"), LIMITS)

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(run) for _ in range(2)]  # one runs, the other waits
        started.wait()
        engine.close()
        for future in futures:
            with pytest.raises(EngineError) as caught:
                future.result()
            assert caught.value.kind is ErrorKind.UNAVAILABLE


def test_there_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as caught:
        EmbeddedEngine(Settings(release=str(tmp_path)))
    assert caught.value.kind is ErrorKind.UNAVAILABLE


def test_a_broken_store_is_reported(tmp_path: Path, make_release: MakeRelease) -> None:
    release = make_release(tmp_path, TRIPLES)
    for file in release.store.iterdir():
        file.unlink()
    engine = EmbeddedEngine(Settings(release=str(tmp_path), workers=1))
    try:
        for _ in range(2):
            assert failure(engine, "ASK {}").kind is ErrorKind.UNAVAILABLE
    finally:
        engine.close()


def test_a_new_release_is_picked_up(tmp_path: Path, make_release: MakeRelease) -> None:
    first = make_release(tmp_path, TRIPLES, "1")
    engine = EmbeddedEngine(Settings(release=str(tmp_path), workers=2))
    try:
        assert engine.release() == first.id
        old = engine.run(Query(ENDLESS, JSON), LIMITS)
        second = make_release(tmp_path, TRIPLES + "<x:new> <x:p> <x:o> .\n", "2")
        for _ in range(4):
            assert count(engine).split() == [b"n", b"301"]
        assert engine.release() == second.id != first.id
        assert old.release == first.id
        assert next(old.chunks)  # what has begun goes on
        old.close()
    finally:
        engine.close()


# Through the web


@pytest.fixture(scope="module")
def server(root: Path, start_server: StartServer) -> RunningServer:
    return start_server(root, workers=1, query_timeout=3, queue_timeout=0.1, query_memory=1 << 30)


def test_statuses(server: RunningServer) -> None:
    endpoint = f"{server.url}/sparql"
    for text, status in ((FOREVER, 504), (DEEP, 400)):
        reply = ask(endpoint, text, "form")
        assert reply.status == status, reply.text
        assert reply.json["hint"]
        assert ask(endpoint, "ASK { ?s ?p ?o }").json["boolean"] is True


def test_the_status_of_a_query_that_needs_too_much_memory(
    root: Path, start_server: StartServer
) -> None:
    # On a busy machine it takes its time to use the memory up.
    server = start_server(root, workers=1, query_timeout=60, query_memory=1 << 30)
    reply = ask(f"{server.url}/sparql", GREEDY, "form")
    assert reply.status == 413, reply.text
    assert reply.json["hint"]
    assert ask(f"{server.url}/sparql", "ASK { ?s ?p ?o }").json["boolean"] is True
    server.stop()


def test_busy(server: RunningServer) -> None:
    endpoint = f"{server.url}/sparql"
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: ask(endpoint, FOREVER), range(8)))
    statuses = [reply.status for reply in replies]
    assert set(statuses) == {503, 504}
    busy = replies[statuses.index(503)]
    assert int(busy.headers["Retry-After"]) > 0
    assert ask(endpoint, "ASK { ?s ?p ?o }").json["boolean"] is True


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_a_broken_answer_does_not_look_complete(server: RunningServer, name: str) -> None:
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request("GET", f"/sparql?format={name}&query={quote(ENDLESS)}")
    reply = connection.getresponse()
    assert reply.status == 200
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        reply.read()
    connection.close()
    assert ask(f"{server.url}/sparql", "ASK { ?s ?p ?o }").json["boolean"] is True
    assert "Traceback" not in server.log.read_text()


def test_a_killed_worker_is_replaced(server: RunningServer) -> None:
    (worker,) = server.worker_pids
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: not runs(worker), "the worker's end")
    reply = ask(f"{server.url}/sparql", "ASK { ?s ?p ?o }")
    assert reply.status == 200, reply.text
    assert worker not in server.worker_pids
    assert fetch(f"{server.url}/health").status == 200


def test_workers_reach_nobody(engine: EmbeddedEngine) -> None:
    """Queries with SERVICE never get here; if one did, its worker could not open a socket."""
    with socket.create_server(("127.0.0.1", 0)) as remote:
        remote.setblocking(False)
        url = f"http://127.0.0.1:{remote.getsockname()[1]}/"
        error = failure(engine, f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}")
        with pytest.raises(BlockingIOError):
            remote.accept()
    assert "not permitted" in str(error)
    assert count(engine).split() == [b"n", b"300"]


def test_workers_hold_no_socket(server: RunningServer) -> None:
    assert ask(f"{server.url}/sparql", "ASK { ?s ?p ?o }").status == 200
    (worker,) = server.worker_pids
    targets = [str(entry.readlink()) for entry in Path(f"/proc/{worker}/fd").iterdir()]
    assert [target for target in targets if target.startswith("socket:")] == []


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("server.engine.worker", {"flask", "yaml", "ssl", "rdflib", "rdfconv.building"}),
        ("server.serve", {"rdflib", "rdfconv.building", "rdfconv.readers"}),
    ],
)
def test_a_process_imports_what_it_needs(module: str, unneeded: set[str]) -> None:
    """A worker is started whenever a query was cut short: what it imports, others wait for."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert unneeded & set(done.stdout.split()) == set()
