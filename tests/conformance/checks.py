"""One check for each class of tests; a check that finds a fault raises `Failure`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from rdflib import RDF, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from tests.conformance.manifests import Case, Request
from tests.conformance.results import difference, expected, parse
from tests.server.web import FORM, Reply, fetch

NOTHING = "http://example.org/there-is-no-such-graph"
"""A graph that is not there: as the only default graph it makes an empty data set."""
UPDATE = "application/sparql-update"
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")

_ORDERED = re.compile(r"ORDER\s+BY[^{}]*$", re.IGNORECASE)
_FROM = re.compile(r"^\s*FROM\s", re.IGNORECASE | re.MULTILINE)
_CLASS = re.compile(r"StatusCode(\d)xx")
_NAMES = {status.name.replace("_", "").lower(): int(status) for status in HTTPStatus}


class Failure(AssertionError):
    """The server does not do what a test expects.

    Attributes:
        status: the status it answered with.
    """

    def __init__(self, detail: str, status: int = 0) -> None:
        super().__init__(detail)
        self.status = status


# --- Queries and their syntax ------------------------------------------------------------------


def query_evaluation(case: Case, endpoint: str) -> None:
    """A query's answer is the expected one, in the format that the test is about."""
    assert case.action is not None
    assert case.result is not None
    text = case.action.read_text("utf-8")
    wanted, name = expected(case.result, case.base)
    formats = RDF_FORMATS if name in RDF_FORMATS else RESULT_FORMATS
    media_type = formats[name].media_type
    dataset = [] if _FROM.search(text) else _dataset(case)
    reply = _ask(endpoint, _with_base(text, case), media_type, dataset)
    if reply.status != HTTPStatus.OK:
        raise Failure(f"status {reply.status}: {reply.text}", reply.status)
    if reply.media_type != media_type:
        raise Failure(f"{media_type} is wanted, not {reply.media_type}", reply.status)
    actual = parse(reply.body, name)
    ordered = bool(_ORDERED.search(text))
    if name in ("csv", "tsv"):
        _same_head(reply, case.result.read_text("utf-8"), "," if name == "csv" else "\t")
    if told := difference(actual, wanted, ordered=ordered, lax=case.lax, plain=name == "csv"):
        raise Failure(told, reply.status)


def _same_head(reply: Reply, wanted: str, comma: str) -> None:
    """The first line of CSV and TSV names the expected columns, with a question mark in TSV.

    The tests are of SELECT *, for which no order of the columns is defined.
    """
    one, two = (text.splitlines()[0].split(comma) for text in (reply.text, wanted))
    if sorted(one) != sorted(two):
        raise Failure(f"the first line is {reply.text.splitlines()[0]!r}", reply.status)


def positive_syntax(case: Case, endpoint: str) -> None:
    """A query is not refused as one that is no SPARQL; it may call functions that are unknown."""
    reply = _syntax(case, endpoint)
    if reply.status != HTTPStatus.OK and not _is_problem(reply, "evaluation"):
        raise Failure(f"status {reply.status}: {reply.text}", reply.status)


def negative_syntax(case: Case, endpoint: str) -> None:
    """A text that is no query is refused; the manifests have updates among these, too."""
    assert case.action is not None
    if case.action.suffix == ".ru":
        negative_update(case, endpoint)
        return
    reply = _syntax(case, endpoint)
    if reply.status != HTTPStatus.BAD_REQUEST or not _is_problem(reply, "syntax"):
        raise Failure(f"status {reply.status}: {reply.text}", reply.status)


def _is_problem(reply: Reply, name: str) -> bool:
    """Whether a response is a problem of a type."""
    if reply.media_type != "application/problem+json":
        return False
    return str(reply.json["type"]).endswith(f"/{name}")


def _syntax(case: Case, endpoint: str) -> Reply:
    assert case.action is not None
    text = _with_base(case.action.read_text("utf-8"), case)
    return _ask(endpoint, text, "*/*", [("default-graph-uri", NOTHING)])


def update(case: Case, endpoint: str) -> None:
    """An update is carried out; the data it leaves are not compared."""
    assert case.action is not None
    body = case.action.read_bytes()
    reply = fetch(endpoint, method="POST", content_type=UPDATE, body=body)
    if reply.status >= HTTPStatus.BAD_REQUEST:
        raise Failure(f"status {reply.status}", reply.status)


def negative_update(case: Case, endpoint: str) -> None:
    """A text that is no update is refused."""
    assert case.action is not None
    body = case.action.read_bytes()
    reply = fetch(endpoint, method="POST", content_type=UPDATE, body=body)
    if not 400 <= reply.status < 500:
        raise Failure(f"status {reply.status}", reply.status)


def _with_base(text: str, case: Case) -> str:
    """The query with the base that its file has; lines keep their numbers."""
    return f"BASE <{case.base}> {text}"


def _dataset(case: Case) -> list[tuple[str, str]]:
    """The data set that a test runs on, as the protocol names it."""
    default = case.data or (NOTHING,)
    parameters = [("default-graph-uri", iri) for iri in default]
    return parameters + [("named-graph-uri", iri) for iri in case.graphs]


def _ask(endpoint: str, text: str, accept: str, dataset: list[tuple[str, str]]) -> Reply:
    body = urlencode([("query", text), *dataset]).encode()
    return fetch(endpoint, method="POST", accept=accept, content_type=FORM, body=body)


# --- Requests of the protocols -----------------------------------------------------------------


def protocol(case: Case, endpoint: str) -> None:
    """The requests of a test of the SPARQL protocol get the expected responses."""
    for request in case.requests:
        reply = send(request, endpoint + request.path.removeprefix("/sparql/"))
        if request.boolean is not None and _boolean(reply) is not request.boolean:
            raise Failure(f"{request.boolean} is wanted, not {reply.text!r}", reply.status)
        tables = {fmt.media_type for fmt in RESULT_FORMATS.values()}
        graphs = {fmt.media_type for fmt in RDF_FORMATS.values()}
        awaited = {"RDF": graphs, "tabular": tables, "boolean": tables}.get(request.format or "")
        if awaited and reply.media_type not in awaited:
            raise Failure(f"{request.format} is wanted, not {reply.media_type}", reply.status)


def graph_store(case: Case, service: str) -> None:
    """The requests of a test of the Graph Store protocol get the expected responses."""
    words: dict[str, str] = {}
    for request in case.requests:
        path = request.path
        for word, location in words.items():
            path = path.replace(word, location)
        reply = send(request, service + path.removeprefix("/gsp"))
        graph_of_reply(request, reply)
        if request.location:
            words[request.location] = reply.headers["Location"] or ""


def graph_of_reply(request: Request, reply: Reply) -> None:
    """The response has the media type and the graph that are expected.

    Raises:
        Failure: it has not.
    """
    media_type = (request.expected_type or "").partition(";")[0]
    if media_type and reply.media_type != media_type:
        raise Failure(f"{media_type} is wanted, not {reply.media_type}", reply.status)
    if request.graph is not None:
        wanted = Graph().parse(data=request.graph, format="turtle")
        if not isomorphic(reply.graph(), wanted):
            raise Failure(f"{request.graph}\nis wanted, not\n{reply.text}", reply.status)


def send(request: Request, url: str) -> Reply:
    """Sends a request and looks at the status.

    Raises:
        Failure: it is none of the expected ones.
    """
    reply = fetch(
        url,
        method=request.method,
        accept=request.accept,
        content_type=request.content_type,
        body=request.body,
    )
    if request.statuses and not any(_has_status(reply.status, one) for one in request.statuses):
        told = ", ".join(sorted(request.statuses))
        raise Failure(f"{request.method}: {told} is wanted, not {reply.status}", reply.status)
    return reply


def _has_status(status: int, name: str) -> bool:
    found = _CLASS.fullmatch(name)
    return status // 100 == int(found[1]) if found else status == _NAMES[name.lower()]


def _boolean(reply: Reply) -> bool | None:
    names = {fmt.media_type: name for name, fmt in RESULT_FORMATS.items()}
    if reply.media_type not in names:
        return None
    outcome = parse(reply.body, names[reply.media_type])
    return outcome if isinstance(outcome, bool) else None


# --- The service description -------------------------------------------------------------------

_DOMAINS: Mapping[str, str] = {
    "endpoint": "Service",
    "feature": "Service",
    "defaultEntailmentRegime": "Service",
    "defaultSupportedEntailmentProfile": "Service",
    "extensionFunction": "Service",
    "extensionAggregate": "Service",
    "languageExtension": "Service",
    "supportedLanguage": "Service",
    "propertyFeature": "Service",
    "defaultDataset": "Service",
    "availableGraphs": "Service",
    "resultFormat": "Service",
    "inputFormat": "Service",
    "defaultGraph": "Dataset",
    "namedGraph": "Dataset",
    "name": "NamedGraph",
    "graph": "NamedGraph",
    "entailmentRegime": "NamedGraph",
    "supportedEntailmentProfile": "NamedGraph",
}
"""The classes that the specification gives to the subjects of its properties."""
_RANGES: Mapping[str, str] = {
    "defaultDataset": "Dataset",
    "availableGraphs": "GraphCollection",
    "defaultGraph": "Graph",
    "namedGraph": "NamedGraph",
    "graph": "Graph",
}
"""The classes of their objects."""
_CLASSES = {"Service", "Dataset", "Graph", "NamedGraph", "GraphCollection", "Feature", "Language",
            "Function", "Aggregate", "EntailmentRegime", "EntailmentProfile"}  # fmt: skip
_FEATURES = {"DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs",
             "BasicFederatedQuery"}  # fmt: skip
_LANGUAGES = {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"}


def service_description(case: Case, endpoint: str) -> None:
    """The three tests of the service description, which the manifest has no requests for."""
    reply = fetch(endpoint, accept="text/turtle")
    if reply.status != HTTPStatus.OK:
        raise Failure(f"status {reply.status}", reply.status)
    graph = reply.graph()
    name = case.id.partition("/")[2]
    if name == "returns-rdf" and not graph:
        raise Failure("there is no triple", reply.status)
    if name == "has-endpoint-triple" and (None, SD.endpoint, URIRef(endpoint)) not in graph:
        raise Failure(f"no triple says sd:endpoint <{endpoint}>", reply.status)
    if name == "conforms-to-schema":
        for told in _breaches(graph):
            raise Failure(told, reply.status)


def _breaches(graph: Graph) -> list[str]:
    """Where a description breaks the schema of the specification."""
    told = []
    services = set(graph.subjects(RDF.type, SD.Service))
    if not services:
        told.append("there is no sd:Service")
    for service in services:
        if not list(graph.objects(service, SD.endpoint)):
            told.append("a sd:Service has no sd:endpoint")
    for subject, predicate, object_ in graph:
        name = str(predicate).removeprefix(SD)
        if name == str(predicate):
            continue
        if name not in _DOMAINS:
            told.append(f"sd:{name} is no property of the vocabulary")
            continue
        needed = [(subject, _DOMAINS[name])]
        if name in _RANGES:
            needed.append((object_, _RANGES[name]))
        for node, class_ in needed:
            types = set(graph.objects(node, RDF.type))
            named = class_ == "Graph" and SD.NamedGraph in types
            if SD[class_] not in types and not named:
                told.append(f"{node} of sd:{name} is no sd:{class_}")
        if isinstance(object_, Literal):
            told.append(f"sd:{name} has a literal as its object")
        if name == "name" and isinstance(object_, BNode):
            told.append("a graph's name is a blank node")
        known = {"feature": _FEATURES, "supportedLanguage": _LANGUAGES}.get(name)
        if known and str(object_).startswith(SD) and str(object_).removeprefix(SD) not in known:
            told.append(f"{object_} is no value of sd:{name}")
    for type_ in graph.objects(None, RDF.type):
        if str(type_).startswith(SD) and str(type_).removeprefix(SD) not in _CLASSES:
            told.append(f"{type_} is no class of the vocabulary")
    return told


CHECKS: Mapping[str, Callable[[Case, str], None]] = {
    "QueryEvaluationTest": query_evaluation,
    "CSVResultFormatTest": query_evaluation,
    "PositiveSyntaxTest11": positive_syntax,
    "NegativeSyntaxTest11": negative_syntax,
    "UpdateEvaluationTest": update,
    "PositiveUpdateSyntaxTest11": update,
    "NegativeUpdateSyntaxTest11": negative_update,
    "ProtocolTest": protocol,
    "ServiceDescriptionTest": service_description,
    "GraphStoreProtocolTest": graph_store,
}
"""The checks by the local name of a test's class."""
