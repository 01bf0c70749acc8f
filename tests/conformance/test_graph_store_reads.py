"""The reading half of the Graph Store tests: what they write is published, what they read is asked.

The tests of the protocol put graphs into the store and read them back. This store takes nothing
over HTTP; here a release with what a test has written up to then stands in for each of its writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyoxigraph
import pytest

from tests.conformance.checks import graph_of_reply, send
from tests.conformance.conftest import LIMITS
from tests.conformance.manifests import Case, Request, cases
from tests.conftest import MakeRelease, StartServer
from tests.server.web import fetch

INDIRECT = [
    case
    for case in cases()
    if case.kind == "GraphStoreProtocolTest" and not case.id.endswith("_direct")
]
NEW = "http://www.example/gsp/new"
"""The name of the graph that a POST without a name makes."""
READING = ("GET", "HEAD")

Graphs = dict[str, list[pyoxigraph.Triple]]
Publish = Callable[[Graphs], None]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease) -> Path:
    root = tmp_path_factory.mktemp("graph-store")
    make_release(root, "")
    return root


@pytest.fixture(scope="module")
def service(root: Path, start_server: StartServer) -> str:
    return start_server(root, workers=1, **LIMITS).url + "/graph-store"


@pytest.fixture
def publish(root: Path, make_release: MakeRelease) -> Iterator[Publish]:
    """Makes graphs, the default graph under the name "", the release that is served."""

    def publish(graphs: Graphs) -> None:
        lines = []
        for name, triples in graphs.items():
            graph = f"<{name}> " if name else ""
            lines += [f"{one.subject} {one.predicate} {one.object} {graph}.\n" for one in triples]
        make_release(root, "".join(lines))

    yield publish
    publish({})


@pytest.mark.parametrize("case", INDIRECT, ids=lambda case: case.id)
def test_reads(case: Case, service: str, publish: Publish) -> None:
    graphs: Graphs = {}
    publish(graphs)
    words: dict[str, str] = {}
    reads = 0
    for request in case.requests:
        path = request.path
        for word, location in words.items():
            path = path.replace(word, location)
        url = service + path.removeprefix("/gsp")
        if request.method in READING:
            graph_of_reply(request, send(request, url))
            reads += 1
            continue
        if request.location:
            words[request.location] = NEW
        changed(graphs, request, path)
        publish(graphs)
        reply = fetch(url, method=request.method, content_type=request.content_type)
        assert reply.status == HTTPStatus.METHOD_NOT_ALLOWED
        assert reply.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert reads


def changed(graphs: Graphs, request: Request, path: str) -> None:
    """Does to graphs what a request would do to a store that takes writes."""
    parameters = parse_qs(urlsplit(path).query, keep_blank_values=True)
    name = "" if "default" in parameters else parameters.get("graph", [NEW])[0]
    if request.method == "DELETE":
        graphs.pop(name, None)
        return
    before = graphs.get(name, []) if request.method == "POST" else []
    graphs[name] = before + triples_of(request, name)


def triples_of(request: Request, name: str) -> list[pyoxigraph.Triple]:
    """The triples that a request sends; in a form, each file is a graph."""
    body, media_type = request.body or b"", request.content_type or "text/turtle"
    message = message_from_bytes(f"Content-Type: {media_type}\n\n".encode() + body)
    parts = [part for part in message.walk() if not part.is_multipart()]
    return [triple for part in parts for triple in parsed(part, name)]


def parsed(part: Message, name: str) -> list[pyoxigraph.Triple]:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    quads = pyoxigraph.parse(
        content, pyoxigraph.RdfFormat.TURTLE, base_iri=name or None, rename_blank_nodes=True
    )
    return [quad.triple for quad in quads]
