"""Processes that are stopped and killed while clients ask: what fails, and that all comes back."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.conftest import PATIENCE, MakeRelease, RunningServer, StartServer, runs, wait_until
from tests.server.test_metrics import read
from tests.server.web import ask, fetch

FOREVER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
ENDLESS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
SMALL = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease) -> Path:
    folder = tmp_path_factory.mktemp("operations")
    make_release(folder, "".join(f"<x:s{n}> <x:p> <x:o{n}> .\n" for n in range(300)))
    return folder


def connect(server: RunningServer) -> http.client.HTTPConnection:
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    connection.connect()
    return connection


def status(connection: http.client.HTTPConnection, path: str) -> int:
    connection.request("GET", path)
    reply = connection.getresponse()
    reply.read()
    return reply.status


def numbers(server: RunningServer) -> dict[str, float]:
    return read(fetch(f"{server.url}/metrics").text)


def lines(server: RunningServer) -> list[dict[str, Any]]:
    """The lines of the query log."""
    found = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
    return [json.loads(line) for line in found]


def refused(server: RunningServer) -> bool:
    """Whether the server takes no connection any more."""
    parts = urlsplit(server.url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


class Reader:
    """Reads an answer in a thread, as slowly as told.

    Args:
        pace: called before each piece is read.
    """

    def __init__(self, server: RunningServer, text: str, pace: Callable[[], object]) -> None:
        self.begun = threading.Event()
        self.read = 0
        self.error: Exception | None = None
        self.status = 0
        self._pace = pace
        self._connection = connect(server)
        self._target = f"/sparql?format=tsv&query={quote(text)}"
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._connection.request("GET", self._target)
            reply = self._connection.getresponse()
            self.status = reply.status
            while piece := reply.read(1 << 16):
                self.read += len(piece)
                self.begun.set()
                self._pace()
        except (http.client.HTTPException, OSError) as error:
            self.error = error
        finally:
            self.begun.set()
            self._connection.close()


@contextlib.contextmanager
def reading(server: RunningServer, text: str, pace: Callable[[], object]) -> Iterator[Reader]:
    reader = Reader(server, text, pace)
    assert reader.begun.wait(PATIENCE)
    yield reader
    reader.thread.join(PATIENCE)
    assert not reader.thread.is_alive()


def test_numbers_of_real_queries(root: Path, start_server: StartServer) -> None:
    server = start_server(root, workers=1, query_timeout=1, query_memory=1 << 30)
    assert ask(f"{server.url}/sparql", SMALL).status == 200
    assert ask(f"{server.url}/sparql", FOREVER).status == 504
    assert ask(f"{server.url}/sparql", "SELECT * { ?s ?p ?o }", accept="text/csv").status == 200
    found = numbers(server)
    assert found["rdfconv_queries_total{form=SELECT,outcome=complete}"] == 2
    assert found["rdfconv_queries_total{form=SELECT,outcome=timeout}"] == 1
    assert found["rdfconv_worker_ends_total{reason=timeout}"] == 1
    assert found["rdfconv_answer_rows_total"] == 301
    assert found["rdfconv_workers"] == 1
    assert [line["outcome"] for line in lines(server)] == ["complete", "timeout", "complete"]
    assert [line["status"] for line in lines(server)] == [200, 504, 200]


def test_a_log_file(root: Path, start_server: StartServer, tmp_path: Path) -> None:
    log = tmp_path / "queries.log"
    server = start_server(root, log_file=log, log_queries="yes")
    reply = ask(f"{server.url}/sparql", SMALL)
    (line,) = map(json.loads, log.read_text("ascii").splitlines())
    assert (line["query"], line["id"]) == (SMALL, reply.headers["X-Request-Id"])
    assert lines(server) == []


def test_graceful_stop(root: Path, start_server: StartServer) -> None:
    """What has begun is finished, nobody new is let in, and whoever asks is told."""
    text = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    server = start_server(root, workers=1, stop_timeout=30)
    whole = len(ask(f"{server.url}/sparql", text, accept="text/tab-separated-values").body)
    kept = connect(server)
    assert status(kept, "/health/ready") == 200
    go_on = threading.Event()
    with reading(server, text + " OFFSET 0", lambda: go_on.wait(PATIENCE)) as reader:
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refused(server), "the server to refuse connections")
        assert status(kept, "/health/ready") == 503
        go_on.set()
    kept.close()
    assert reader.error is None
    assert (reader.status, reader.read) == (200, whole)
    assert server.process.wait(PATIENCE) == 0
    assert lines(server)[-1]["outcome"] == "complete"


def test_what_does_not_end_is_broken_off(root: Path, start_server: StartServer) -> None:
    server = start_server(root, workers=2, stop_timeout=0.5)
    web, workers = server.web_pid, server.worker_pids
    with (
        reading(server, ENDLESS, lambda: None) as stream,
        contextlib.ExitStack() as stack,
    ):
        replies: list[int] = []
        waiting = connect(server)
        stack.callback(waiting.close)
        counting = threading.Thread(
            target=lambda: replies.append(status(waiting, f"/sparql?query={quote(FOREVER)}"))
        )
        counting.start()
        wait_until(lambda: numbers(server)["rdfconv_queries_running"] == 2, "both queries")
        server.process.send_signal(signal.SIGTERM)
        counting.join(PATIENCE)
    # Nothing was sent of the one: it can still be told. The other one lacks its end.
    assert replies == [503]
    assert isinstance(stream.error, http.client.IncompleteRead | ConnectionResetError)
    assert stream.read > 0
    assert server.process.wait(PATIENCE) == 0
    wait_until(lambda: not any(runs(pid) for pid in [web, *workers]), "all processes' end")
    assert {line["outcome"] for line in lines(server)} == {"unavailable"}
    assert "Traceback" not in server.log.read_text()


def test_a_killed_worker_costs_one_request(root: Path, start_server: StartServer) -> None:
    server = start_server(root, workers=2)
    for _ in range(5):
        os.kill(server.worker_pids[0], signal.SIGKILL)
        # Idle workers cost none: the query is given to another one.
        assert ask(f"{server.url}/sparql", SMALL).status == 200
    with reading(server, ENDLESS, lambda: None) as reader:
        victims = server.worker_pids
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
    assert reader.error is not None
    assert {ask(f"{server.url}/sparql", SMALL).status for _ in range(8)} == {200}
    assert numbers(server)["rdfconv_worker_ends_total{reason=crashed}"] == 1
    wait_until(lambda: not any(runs(pid) for pid in victims), "the killed workers' end")


def test_a_killed_web_process_is_replaced(root: Path, start_server: StartServer) -> None:
    server = start_server(root, workers=2)
    before, workers = server.web_pid, server.worker_pids
    with reading(server, ENDLESS, lambda: None) as reader:
        os.kill(before, signal.SIGKILL)
    assert reader.error is not None
    # The listener stays open in the supervisor: whoever comes meanwhile waits, and is answered.
    assert ask(f"{server.url}/sparql", SMALL).status == 200
    assert server.web_pid != before
    wait_until(lambda: not any(runs(pid) for pid in workers), "the end of its query workers")
    assert len(server.worker_pids) == 2


def test_a_killed_supervisor_can_be_started_again(root: Path, start_server: StartServer) -> None:
    server = start_server(root, workers=2, stop_timeout=0.5)
    old = [server.web_pid, *server.worker_pids]
    port = urlsplit(server.url).port
    with reading(server, ENDLESS, lambda: time.sleep(0.01)) as reader:
        server.process.kill()
        server.process.wait(PATIENCE)
        # As systemd does it, but without ending what is left: the address is free at once.
        again = start_server(root, workers=2, port=port, stop_timeout=0.5)
        assert ask(f"{again.url}/sparql", SMALL).status == 200
    assert reader.error is not None
    wait_until(lambda: not any(runs(pid) for pid in old), "the end of what was left")
    assert again.url == server.url
