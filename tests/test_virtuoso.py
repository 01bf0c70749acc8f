"""A Virtuoso of our own: what it shows, what it answers, and that one process uses a folder."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from rdfconv.dumping import DATA_GRAPH
from rdfconv.errors import RdfconvError, UsageError
from rdfconv.release import open_release
from rdfconv.virtuoso import Virtuoso, virtuoso
from server.serve import _work
from tests.conftest import PATIENCE, ROOT
from tests.engines.databases import sample_database


@pytest.fixture(scope="module")
def work(sample_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_database(tmp_path_factory, sample_release)


@pytest.fixture(scope="module")
def server(sample_release: Path, work: Path) -> Iterator[Virtuoso]:
    with virtuoso(open_release(sample_release), work, lambda text: None) as started:
        yield started


def answered(
    server: Virtuoso, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, bytes]:
    """The status and the body of an answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.http, timeout=PATIENCE)) as one:
        one.request(method, path, body, headers)
        reply = one.getresponse()
        return reply.status, reply.read()


def asked(server: Virtuoso, text: str) -> tuple[int, bytes]:
    form = urlencode({"query": text, "default-graph-uri": DATA_GRAPH})
    return answered(server, "POST", "/sparql", form, **{
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/sparql-results+json",
    })  # fmt: skip


def test_its_files_are_not_shown(server: Virtuoso, work: Path) -> None:
    """Over HTTP: the administrator's password lies among them."""
    names = [path.name for path in (work / "virtuoso").iterdir()]
    assert {"password", "virtuoso.db", "virtuoso.ini"} <= set(names)
    for name in names:
        status, content = answered(server, "GET", f"/{name}")
        assert status in (403, 404), name
        assert server.password.encode() not in content


def test_nobody_writes(server: Virtuoso) -> None:
    for text in (
        "INSERT DATA { GRAPH <urn:x> { <urn:a> <urn:b> <urn:c> } }",
        "CLEAR GRAPH <urn:x>",
        "LOAD <http://127.0.0.1:9/>",
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    ):
        status, content = asked(server, text)
        assert (status, b"SECURITY" in content) == (500, True), text
    triple = "<urn:a> <urn:b> <urn:c> ."
    kind = {"Content-Type": "text/turtle"}
    for name in ("dav", "dba"):  # the passwords that Virtuoso is shipped with
        word = base64.b64encode(f"{name}:{name}".encode()).decode()
        known = {"Authorization": f"Basic {word}"}
        assert answered(server, "MKCOL", f"/DAV/{name}/", **known)[0] in (401, 403), name
    for path in ("/sparql-graph-crud?graph=urn:x", "/sparql-graph-crud-auth?graph=urn:x"):
        assert answered(server, "PUT", path, triple, **kind)[0] in (401, 403), path


def test_sorted_answers_are_whole(server: Virtuoso) -> None:
    """Virtuoso as it comes sorts ten thousand rows at most where there is a LIMIT."""
    for text, number in (
        ("SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 12000", 12_000),
        ("SELECT ?s { ?s ?p ?o } ORDER BY ?s OFFSET 12000 LIMIT 10", 10),
    ):
        status, content = asked(server, text)
        assert status == 200, content
        assert len(json.loads(content)["results"]["bindings"]) == number


TWICE = """
import sys
from pathlib import Path
from rdfconv.release import open_release
from rdfconv.virtuoso import virtuoso
with virtuoso(open_release(Path(sys.argv[1])), Path(sys.argv[2]), print):
    pass
"""


def test_one_process_uses_a_folder(server: Virtuoso, sample_release: Path, work: Path) -> None:
    """Another must not touch its database, and says why."""
    done = subprocess.run(
        [sys.executable, "-c", TWICE, sample_release, work],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "another server uses" in done.stderr
    status, content = asked(server, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert status == 200, content


def test_paths_that_virtuoso_does_not_take(sample_release: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="cannot be told"),
        virtuoso(open_release(sample_release), tmp_path / "it's, mine", lambda text: None),
    ):
        pass


def test_a_folder_that_cannot_be_made(sample_release: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(RdfconvError, match="cannot write"),
        virtuoso(open_release(sample_release), tmp_path / "file" / "x", lambda text: None),
    ):
        pass


def test_where_the_database_is(sample_release: Path, tmp_path: Path) -> None:
    """In the releases' folder, or beside a release that is in none."""
    release = open_release(sample_release)
    assert _work(release) == sample_release.resolve() / "virtuoso"
    alone = shutil.copytree(release.path, tmp_path / "alone")
    assert _work(open_release(alone)) == tmp_path / "virtuoso"
