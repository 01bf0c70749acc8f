"""The tests as the W3C's manifests have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import rdflib
from rdflib import RDF, Graph, Namespace, Node, URIRef
from rdflib.collection import Collection

FOLDER = Path(__file__).parent / "w3c"
BASE = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
"""What the files' relative IRIs are resolved against, wherever the files lie."""

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")


@dataclass(frozen=True, slots=True)
class Request:
    """A request of a protocol test, with what is expected of the response.

    Attributes:
        statuses: names of status codes and their classes; one of them is expected.
        boolean: the expected answer of an ASK query, if there is one.
        format: ``boolean``, ``tabular`` or ``RDF``, if it matters.
        location: the word that stands for the Location header in later requests, if there is one.
        graph: the expected graph in Turtle, if there is one.
    """

    method: str
    path: str
    content_type: str | None
    accept: str | None
    body: bytes | None
    statuses: frozenset[str]
    boolean: bool | None
    format: str | None
    location: str | None
    expected_type: str | None
    graph: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """A test.

    Attributes:
        id: its group and name, e.g. ``bind/bind01``.
        kind: the local name of its class, e.g. ``QueryEvaluationTest``.
        action: the file of the query or update, if there is one.
        data: the graphs whose merge is the default graph.
        graphs: the named graphs.
        result: the file of the expected result, if there is one.
        lax: whether duplicates may be left out (REDUCED).
        requests: the requests of a protocol test.
    """

    id: str
    kind: str
    name: str
    action: Path | None
    data: tuple[str, ...]
    graphs: tuple[str, ...]
    result: Path | None
    lax: bool
    requests: tuple[Request, ...]

    @property
    def group(self) -> str:
        """The folder it is in."""
        return self.id.partition("/")[0]

    @property
    def base(self) -> str:
        """What relative IRIs in its query are resolved against."""
        return iri_of(self.action) if self.action else BASE


def iri_of(file: Path) -> str:
    """The IRI of a file."""
    return BASE + file.relative_to(FOLDER).as_posix()


def file_of(iri: Node | str | None) -> Path | None:
    """The file of an IRI, if it has one."""
    if iri is None or not str(iri).startswith(BASE):
        return None
    return FOLDER / str(iri).removeprefix(BASE)


def cases() -> Iterator[Case]:
    """All tests of all manifests, in the manifests' order."""
    for manifest in sorted(FOLDER.glob("*/manifest*.ttl")):
        graph = Graph().parse(manifest, format="turtle", publicID=iri_of(manifest))
        for entries in graph.objects(None, MF.entries):
            for entry in Collection(graph, entries):
                yield _case(graph, entry, manifest.parent.name)


def _case(graph: Graph, entry: Node, group: str) -> Case:
    action = graph.value(entry, MF.action)
    query = graph.value(action, QT.query) or graph.value(action, UT.request)
    if query is None and isinstance(action, URIRef):
        query = action
    requests = graph.value(action, HT.requests)
    named = [node for node in graph.objects(action, QT.graphData) if isinstance(node, URIRef)]
    return Case(
        f"{group}/{str(entry).rpartition('#')[2]}",
        str(graph.value(entry, RDF.type)).rpartition("#")[2],
        str(graph.value(entry, MF.name)),
        file_of(query),
        tuple(sorted(map(str, graph.objects(action, QT.data)))),
        tuple(sorted(map(str, named))),
        file_of(graph.value(entry, MF.result)),
        graph.value(entry, MF.resultCardinality) == MF.LaxCardinality,
        tuple(_request(graph, one) for one in Collection(graph, requests)) if requests else (),
    )


def _request(graph: Graph, node: Node) -> Request:
    response = graph.value(node, HT.resp)
    sent, awaited = _headers(graph, node), _headers(graph, response)
    boolean = graph.value(response, MF.expectedBoolean)
    expected = _body(graph, response)
    return Request(
        _text(graph, node, HT.methodName) or "",
        _text(graph, node, HT.absolutePath) or "",
        sent.get("content-type"),
        sent.get("accept"),
        _body(graph, node),
        frozenset(
            str(one).rpartition("#")[2] for one in graph.objects(response, MF.expectedStatus)
        ),
        boolean.toPython() if isinstance(boolean, rdflib.Literal) else None,
        _text(graph, response, MF.expectedFormat),
        _text(graph, response, MF.expectedLocation),
        awaited.get("content-type"),
        expected.decode() if expected is not None else None,
    )


def _text(graph: Graph, subject: Node | None, predicate: URIRef) -> str | None:
    value = graph.value(subject, predicate)
    return None if value is None else str(value)


def _headers(graph: Graph, node: Node | None) -> dict[str, str]:
    items = graph.value(node, HT.headers)
    headers = {}
    for item in Collection(graph, items) if items else ():
        name, value = (_text(graph, item, part) for part in (HT.fieldName, HT.fieldValue))
        headers[(name or "").lower()] = value or ""
    return headers


def _body(graph: Graph, node: Node | None) -> bytes | None:
    body = graph.value(node, HT.body)
    if body is None:
        return None
    encoding = _text(graph, body, CNT.characterEncoding) or "UTF-8"
    return (_text(graph, body, CNT.chars) or "").encode(encoding)
