"""Starting and stopping: nothing is left behind, and silent clients stop nobody."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import PATIENCE, ROOT, MakeRelease, StartServer, runs, wait_until
from tests.server.web import ask, fetch

FOREVER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease) -> Path:
    folder = tmp_path_factory.mktemp("serve")
    make_release(folder, "".join(f"<x:s{n}> <x:p> <x:o{n}> .\n" for n in range(300)))
    return folder


def busy(url: str, workers: list[int]) -> threading.Thread:
    """Has one of the workers compute a query that never ends."""
    quiet = 0
    while quiet < 10:  # they have started when they compute nothing for a while
        quiet = 0 if any(computing(pid) for pid in workers) else quiet + 1
        time.sleep(0.02)

    def send() -> None:
        # The server is stopped in the middle of it.
        with contextlib.suppress(OSError, http.client.HTTPException):
            ask(f"{url}/sparql", FOREVER)

    thread = threading.Thread(target=send)
    thread.start()
    wait_until(lambda: any(computing(pid) for pid in workers), "the query to run")
    return thread


def computing(pid: int) -> bool:
    """Whether a process computes right now."""
    text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    return text.rpartition(")")[2].split()[0] == "R"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("loaded", [False, True])
def test_stop(root: Path, start_server: StartServer, number: int, loaded: bool) -> None:
    server = start_server(root, workers=2, stop_timeout=0.5)
    web, workers = server.web_pid, server.worker_pids
    assert len(workers) == 2
    thread = busy(server.url, workers) if loaded else None
    server.process.send_signal(number)
    assert server.process.wait(PATIENCE) == 0
    wait_until(lambda: not any(runs(pid) for pid in [web, *workers]), "all processes' end")
    if thread:
        thread.join(PATIENCE)


@pytest.mark.parametrize("victim", ["master", "web"])
def test_no_orphans_after_sigkill(root: Path, start_server: StartServer, victim: str) -> None:
    server = start_server(root, workers=2, stop_timeout=0.5)
    web, workers = server.web_pid, server.worker_pids
    thread = busy(server.url, workers)
    os.kill(web if victim == "web" else server.process.pid, signal.SIGKILL)
    if victim == "master":
        server.process.wait(PATIENCE)
    wait_until(lambda: not any(runs(pid) for pid in [web, *workers]), "all processes' end")
    thread.join(PATIENCE)
    if victim == "web":  # the master starts another
        wait_until(lambda: _answers(server.url), "the new web process")


def _answers(url: str) -> bool:
    try:
        return ask(f"{url}/sparql", "ASK { ?s ?p ?o }").status == 200
    except OSError:
        return False


def test_log_lines(root: Path, start_server: StartServer) -> None:
    """One when the server listens, and then one for each query."""
    server = start_server(root)
    assert fetch(f"{server.url}/sparql?query=nonsense").status == 400
    assert fetch(f"{server.url}/robots.txt").status == 200
    server.stop()
    first, second = server.log.read_text().splitlines()
    assert re.search(r"listening at http://127\.0\.0\.1:\d+$", first)
    assert json.loads(second)["outcome"] == "refused"


def test_no_release(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rdfconv", "serve", "--release", str(tmp_path)]
    ended = subprocess.run(
        [*command, "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 1
    assert "there is no release" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_half_sent_requests_hold_no_threads(root: Path, start_server: StartServer) -> None:
    server = start_server(root, threads=2)
    parts = urlsplit(server.url)
    address = (parts.hostname or "", parts.port or 0)
    halves = [
        b"GET /health HTTP/1.1\r\nHost: x\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: 100\r\n\r\nASK",
    ]
    sockets = [socket.create_connection(address, timeout=PATIENCE) for _ in range(2)]
    try:
        for number, sock in enumerate(sockets):
            sock.sendall(halves[number])
        assert fetch(f"{server.url}/health").status == 200
    finally:
        for sock in sockets:
            sock.close()
    server.stop()
    assert "Traceback" not in server.log.read_text()
