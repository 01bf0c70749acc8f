"""``rdfconv publish``: a release in an Oxigraph server and in a Virtuoso, and stores that fail."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pyoxigraph
import pytest

from rdfconv.building import build
from rdfconv.identifiers import GRAPH
from rdfconv.release import open_release
from rdfconv.virtuoso import free_port
from tests.conftest import ROOT
from tests.engines.databases import virtuoso_of_facts
from tests.federation.standins import program, running
from tests.server.remotes import Visit, endpoint, http_answer

TRIG = (
    "".join(f'<x:s{n}> <x:p> "{n}" .\n' for n in range(5000))
    + """
<x:one> { <x:a> <x:b> <x:c> , "d"@en , 1.5 }
<https://graph.example/other-graph?a=1&b=2> { <x:a> <x:b> <x:c> }
"""
)


@pytest.fixture(scope="module")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A releases' root; its release has named graphs of its own beside those of each release."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "data.trig").write_text(TRIG, "utf-8")
    build([folder / "data.trig"], folder / "releases")
    return folder / "releases"


@contextmanager
def answering(*statuses: int) -> Iterator[tuple[str, list[Message]]]:
    """A store that reads what it is sent and answers with each status in turn, the last one ever
    after; its address, and the headers."""
    seen: list[Message] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            seen.append(self.headers)
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.send_response(statuses[min(len(seen), len(statuses)) - 1])
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as running_one:
        thread = threading.Thread(target=running_one.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running_one.server_port}/store", seen
        finally:
            running_one.shutdown()
            thread.join()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """An Oxigraph server without data; its address."""
    port = free_port()
    command = [program("oxigraph"), "serve", "--location", str(tmp_path / "db")]
    with running([*command, "--bind", f"127.0.0.1:{port}"], port, tmp_path / "log"):
        yield f"http://127.0.0.1:{port}"


def run(*arguments: str | Path, **environment: str) -> tuple[int, str]:
    """The exit code of the command, and what it told."""
    done = subprocess.run(
        [sys.executable, "-m", "rdfconv", "publish", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environment},
    )
    return done.returncode, done.stderr


def numbers(release: Path) -> dict[str, int]:
    """The number of triples of each graph."""
    store = pyoxigraph.Store.read_only(str(open_release(release).store))
    found: dict[str, int] = {}
    for quad in store:
        name = quad.graph_name
        key = name.value if isinstance(name, pyoxigraph.NamedNode) else ""
        found[key] = found.get(key, 0) + 1
    return found


def test_to_a_graph_store(small_release: Path, server: str, tmp_path: Path) -> None:
    """All graphs arrive, once, however often they are published, and are counted."""
    to: list[str | Path] = ["--release", small_release, "--to", f"{server}/store"]
    for _ in range(2):
        code, told = run(*to, "--endpoint", f"{server}/query")
        assert code == 0, told
        total, count = sum(numbers(small_release).values()), len(numbers(small_release))
        assert f"{total:,} triples in {count} graphs, counted there" in told
    code, told = run(*to)
    assert (code, "not counted there" in told) == (0, True)


def test_graphs_of_an_earlier_release_are_told(
    small_release: Path, server: str, tmp_path: Path
) -> None:
    (tmp_path / "less.nt").write_text("<x:a> <x:b> <x:c> .\n", "utf-8")
    build([tmp_path / "less.nt"], tmp_path / "less", plain=True)
    to: list[str | Path] = ["--to", f"{server}/store", "--endpoint", f"{server}/query"]
    assert "earlier" not in run("--release", tmp_path / "less", *to)[1]
    assert "earlier" not in run("--release", small_release, *to)[1]
    code, told = run("--release", tmp_path / "less", *to)
    assert code == 0
    ours = sorted(name for name in numbers(small_release) if name.startswith(GRAPH))
    assert f"of an earlier release are still there; drop them: {', '.join(ours)}\n" in told


def test_a_store_that_answers_before_all_was_sent(small_release: Path) -> None:
    """Its answer is told, not that the connection broke."""

    def refuse(visit: Visit) -> bool:
        visit.send(http_answer(b"too large", "text/plain", 413))
        return False

    with endpoint(refuse) as early:
        code, told = run("--release", small_release, "--to", early.url)
    assert code == 1
    assert "413" in told


def test_a_count_that_differs(small_release: Path, server: str) -> None:
    with answering(204) as (url, _):
        to: list[str | Path] = ["--release", small_release, "--to", url]
        code, told = run(*to, "--endpoint", f"{server}/query")
    assert code == 1
    assert "has 0 triples of the default graph, not" in told


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "RDFCONV_PUBLISH_PASSWORD"), (405, "/store"), (500, ""), (507, "")],
)
def test_stores_that_refuse(small_release: Path, status: int, hint: str) -> None:
    with answering(status) as (url, seen):
        code, told = run("--release", small_release, "--to", url)
    assert code == 1
    assert len(seen) == 1
    assert str(status) in told
    assert hint in told
    assert "Traceback" not in told


def test_a_store_that_breaks_off(small_release: Path) -> None:
    with endpoint(lambda visit: None) as odd:  # closes the connection at once
        code, told = run("--release", small_release, "--to", odd.url)
    assert code == 1
    assert "did not take the default graph" in told
    assert "Traceback" not in told


def test_a_store_that_refuses_later(small_release: Path) -> None:
    """It is said how much is there."""
    with answering(204, 204, 507) as (url, seen):
        code, told = run("--release", small_release, "--to", url)
    assert (code, len(seen)) == (1, 3)
    assert "507" in told
    assert "graphs that are there in whole: 2; publish again" in told


def test_who_publishes(small_release: Path) -> None:
    with answering(204) as (url, seen):
        to: list[str | Path] = ["--release", small_release, "--to", url]
        assert run(*to, "--user", "me", RDFCONV_PUBLISH_PASSWORD="secret")[0] == 0
        assert run(*to, RDFCONV_PUBLISH_TOKEN="token")[0] == 0
        code, told = run(*to, "--user", "me")
        sent = {headers["Authorization"] for headers in seen}
    assert sent == {"Basic bWU6c2VjcmV0", "Bearer token"}
    assert (code, "RDFCONV_PUBLISH_PASSWORD" in told) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--to", "ftp://x.example/"],
        ["--to", "http://me:secret@127.0.0.1/"],
        ["--virtuoso", "127.0.0.1:1"],
        ["--to", "http://127.0.0.1:9/", "--virtuoso", "127.0.0.1:1", "--folder", "x"],
    ],
)
def test_usage(small_release: Path, arguments: list[str]) -> None:
    code, told = run("--release", small_release, *arguments)
    assert code == 2, told
    assert "secret" not in told


def test_a_store_that_is_down(small_release: Path, tmp_path: Path) -> None:
    both: list[list[str | Path]] = [
        ["--to", f"http://127.0.0.1:{free_port()}/store"],
        ["--virtuoso", f"127.0.0.1:{free_port()}", "--folder", tmp_path],
    ]
    for arguments in both:
        code, told = run("--release", small_release, *arguments)
        assert code == 1
        assert told.startswith("error: ")
        assert "Traceback" not in told


def test_to_virtuoso(
    small_release: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """By its own loader, twice; the default graph has a name there."""
    with virtuoso_of_facts(tmp_path_factory, tmp_path) as running_one:
        address = f"127.0.0.1:{running_one.sql}"
        to: list[str | Path] = ["--virtuoso", address, "--folder", tmp_path]
        for _ in range(2):
            code, told = run(
                "--release", small_release, *to, RDFCONV_PUBLISH_PASSWORD=running_one.password
            )
            assert code == 0, told
        total = sum(numbers(small_release).values())
        assert f"{total:,} triples in {len(numbers(small_release))} graphs" in told
