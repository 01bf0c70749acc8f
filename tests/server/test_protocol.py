"""The SPARQL protocol, against a real server that serves the sample."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import socket
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest
import rdflib
from rdflib.compare import isomorphic

from rdfconv.examples import examples
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.identifiers import TERM
from tests.server.web import DIRECT, FORM, Reply, ask, fetch

SOX4 = "http://purl.uniprot.org/uniprot/Q06945"
SELECT = "SELECT ?name { VALUES ?s { uniprotkb:Q06945 } ?s rdfs:label ?name }"
CONSTRUCT = "CONSTRUCT WHERE { uniprotkb:Q06945 rdfs:label ?name ; dcterms:identifier ?id }"
DESCRIBE = "DESCRIBE <http://identifiers.org/ncbigene/6659>"
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
RESULTS_XML = "{http://www.w3.org/2005/sparql-results#}"


@pytest.fixture
def endpoint(base_url: str) -> str:
    return f"{base_url}/sparql"


def names(reply: Reply) -> list[str]:
    """The values of the first variable, from any of the four result formats."""
    if reply.media_type == "application/sparql-results+json":
        rows = reply.json["results"]["bindings"]
        return [row["name"]["value"] for row in rows]
    if reply.media_type == "application/sparql-results+xml":
        root = ET.fromstring(reply.body)
        return [node.text or "" for node in root.iter(f"{RESULTS_XML}literal")]
    if reply.media_type == "text/csv":
        return [row[0] for row in csv.reader(io.StringIO(reply.text))][1:]
    assert reply.media_type == "text/tab-separated-values"
    return [line.strip('"') for line in reply.text.splitlines()][1:]


@pytest.mark.parametrize("way", ["get", "form", "direct"])
@pytest.mark.parametrize("name", RESULT_FORMATS)
@pytest.mark.parametrize("by", ["accept", "format"])
def test_select(endpoint: str, way: str, name: str, by: str) -> None:
    fmt = RESULT_FORMATS[name]
    if by == "accept":
        reply = ask(endpoint, SELECT, way, accept=fmt.media_type)
    else:
        reply = ask(endpoint, SELECT, way, accept="image/png", format=name)
    assert reply.status == 200, reply.text
    assert reply.media_type == fmt.media_type
    assert names(reply) == ["SOX4"]


@pytest.mark.parametrize("way", ["get", "form", "direct"])
@pytest.mark.parametrize("name", RESULT_FORMATS)
@pytest.mark.parametrize(("pattern", "value"), [("?s ?p ?o", "true"), ("?s <x:y> ?o", "false")])
def test_ask(endpoint: str, way: str, name: str, pattern: str, value: str) -> None:
    reply = ask(endpoint, f"ASK {{ {pattern} }}", way, format=name)
    assert reply.media_type == RESULT_FORMATS[name].media_type
    if name == "json":
        assert reply.json == {"head": {}, "boolean": value == "true"}
    elif name == "xml":
        assert ET.fromstring(reply.body).findtext(f"{RESULTS_XML}boolean") == value
    else:
        assert reply.text.strip() == value


@pytest.mark.parametrize("way", ["get", "form", "direct"])
@pytest.mark.parametrize("name", ["ttl", "nt", "jsonld", "rdfxml"])
@pytest.mark.parametrize("text", [CONSTRUCT, DESCRIBE])
def test_construct_and_describe(endpoint: str, way: str, name: str, text: str) -> None:
    fmt = RDF_FORMATS[name]
    by_accept = ask(endpoint, text, way, accept=fmt.media_type)
    by_name = ask(endpoint, text, way, format=name)
    expected = ask(endpoint, text, format="nt").graph()
    assert len(expected) >= 2
    for reply in (by_accept, by_name):
        assert reply.status == 200, reply.text
        assert reply.media_type == fmt.media_type
        assert isomorphic(reply.graph(), expected)


def test_turtle_is_written_with_prefixes(endpoint: str) -> None:
    reply = ask(endpoint, CONSTRUCT, accept="text/turtle")
    assert "uniprotkb:Q06945" in reply.text
    assert reply.headers["Content-Type"] == "text/turtle; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/*", "text/csv"),
        ("application/xml", "application/sparql-results+xml"),
        ("text/csv;q=0.1, application/sparql-results+xml;q=0.2", "application/sparql-results+xml"),
        ("application/sparql-results+json;q=0, */*;q=0.1", "application/sparql-results+xml"),
    ],
)
def test_accept(endpoint: str, accept: str | None, media_type: str) -> None:
    reply = ask(endpoint, SELECT, accept=accept)
    assert (reply.status, reply.media_type) == (200, media_type)
    assert reply.headers["Vary"] == "Accept, Accept-Encoding, Origin"


@pytest.mark.parametrize(
    ("text", "parameters", "offered"),
    [
        (SELECT, {"accept": "text/turtle"}, "text/csv"),
        (SELECT, {"accept": "*/*;q=0"}, "text/csv"),
        (SELECT, {"format": "ttl"}, "application/sparql-results+json"),
        (SELECT, {"format": "nonsense"}, "application/sparql-results+json"),
        (CONSTRUCT, {"accept": "text/csv"}, "text/turtle"),
        (CONSTRUCT, {"format": "csv"}, "application/ld+json"),
    ],
)
def test_406_lists_what_there_is(
    endpoint: str, text: str, parameters: dict[str, str], offered: str
) -> None:
    reply = ask(endpoint, text, **parameters)
    assert reply.status == 406
    assert offered in reply.json["available"].values()


@pytest.mark.parametrize(
    ("text", "names", "media_type"),
    [
        (
            CONSTRUCT,
            ("json-ld", "application/ld+json,application/more"),
            "application/ld+json",
        ),
        (CONSTRUCT, ("rdf+xml", "application/rdf+xml"), "application/rdf+xml"),
        (SELECT, ("tsv", "text/tab-separated-values"), "text/tab-separated-values"),
        (SELECT, ("csv", "tsv"), "application/problem+json"),
        (SELECT, ("nonsense", "more"), "application/problem+json"),
    ],
)
def test_a_format_may_be_named_in_two_spellings(
    endpoint: str, text: str, names: tuple[str, str], media_type: str
) -> None:
    """SPARQLWrapper does so; to name two formats is an error."""
    body = urlencode({"query": text, "format": names}, doseq=True)
    for reply in (
        fetch(f"{endpoint}?{body}"),
        fetch(endpoint, method="POST", content_type=FORM, body=body.encode()),
    ):
        assert reply.media_type == media_type
        assert (reply.status == 200) is (media_type != "application/problem+json")


# tests/test_examples.py asks all of them; here they go through the whole server.
@pytest.mark.parametrize(
    ("name", "least"), [("targets", 100), ("regulators", 51), ("well-supported", 500)]
)
def test_examples_answer(endpoint: str, name: str, least: int) -> None:
    (example,) = [example for example in examples() if example.name == name]
    rows = ask(endpoint, example.text).json["results"]["bindings"]
    assert len(rows) >= least
    if name == "regulators":
        assert all(row["databases"]["value"] for row in rows)
        assert any("/pubmed/" in row["papers"]["value"] for row in rows)
    if name == "well-supported":
        counts = [int(row["databaseCount"]["value"]) for row in rows]
        assert counts == sorted(counts, reverse=True)
        assert counts[-1] >= 2


def test_release_is_named(endpoint: str, base_url: str) -> None:
    health = fetch(f"{base_url}/health")
    assert health.json["status"] == "ok"
    assert ask(endpoint, SELECT).headers["TFLink-Release"] == health.json["release"]


def test_head_has_no_body(endpoint: str) -> None:
    reply = fetch(endpoint, method="HEAD", query={"query": SELECT})
    assert (reply.status, reply.body) == (200, b"")
    assert reply.media_type == "application/sparql-results+json"


def test_large_answers_come_whole(endpoint: str) -> None:
    reply = ask(endpoint, "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 100000", format="tsv")
    assert len(reply.text.splitlines()) == 100001
    assert reply.headers["Transfer-Encoding"] == "chunked"


def test_http_1_0_gets_a_length(endpoint: str) -> None:
    parts = urlsplit(endpoint)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as sock:
        sock.sendall(f"GET /sparql?query={quote(SELECT)} HTTP/1.0\r\n\r\n".encode())
        received = b""
        while piece := sock.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["results"]["bindings"]


# CORS


def test_preflight(endpoint: str) -> None:
    reply = fetch(endpoint, method="OPTIONS")
    assert reply.status == 204
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in reply.headers["Access-Control-Allow-Headers"]
    assert reply.headers["Allow"] == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize(
    "path",
    ["/", "/sparql", "/sparql?query=x", "/protein/Q06945", "/health", "/none", "/static/site.css"],
)
def test_headers_of_every_answer(base_url: str, path: str) -> None:
    headers = fetch(f"{base_url}{path}").headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in headers["Access-Control-Expose-Headers"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert headers["Referrer-Policy"] == "no-referrer"


# Requests that are refused


def test_two_queries(endpoint: str) -> None:
    pairs = [("query", SELECT), ("query", SELECT)]
    assert fetch(endpoint, query=pairs).status == 400
    body = f"query={quote(SELECT)}&query={quote(SELECT)}".encode()
    assert fetch(endpoint, method="POST", content_type=FORM, body=body).status == 400
    both = fetch(
        endpoint,
        method="POST",
        content_type=DIRECT,
        body=SELECT.encode(),
        query={"query": SELECT},
    )
    assert both.status == 400


@pytest.mark.parametrize("body", [b"", b"x=y", b"default-graph-uri=http%3A%2F%2Fexample.org%2F"])
def test_post_without_a_query(endpoint: str, body: bytes) -> None:
    reply = fetch(endpoint, method="POST", content_type=FORM, body=body)
    assert reply.status == 400
    assert "query" in reply.json["detail"]


@pytest.mark.parametrize("text", ["", " # nothing\n"])
def test_an_empty_query(endpoint: str, text: str) -> None:
    for way in ("get", "form", "direct"):
        assert ask(endpoint, text, way).status == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods(endpoint: str, method: str) -> None:
    reply = fetch(endpoint, method=method, content_type=DIRECT, body=SELECT.encode())
    assert reply.status == 405
    assert {"GET", "HEAD", "POST", "OPTIONS"} == set(reply.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/json", f"{DIRECT}; charset=utf-16", "multipart/form-data"],
)
def test_other_content_types(endpoint: str, content_type: str | None) -> None:
    reply = fetch(endpoint, method="POST", content_type=content_type, body=SELECT.encode())
    assert reply.status == 415
    assert DIRECT in reply.headers["Accept-Post"]


def test_content_types_with_a_charset(endpoint: str) -> None:
    content_type = f"{DIRECT}; charset=UTF-8"
    reply = fetch(endpoint, method="POST", content_type=content_type, body=SELECT.encode())
    assert names(reply) == ["SOX4"]


def test_what_is_not_utf8(endpoint: str) -> None:
    body = "SELECT * { ?s ?p 'é' }".encode("latin-1")
    assert fetch(endpoint, method="POST", content_type=DIRECT, body=body).status == 400
    for encoded in (b"query=ASK%7B%7D%23%E9", b"query=ASK{}#\xe9"):
        assert fetch(endpoint, method="POST", content_type=FORM, body=encoded).status == 400
    assert fetch(f"{endpoint}?query=ASK%7B%7D%23%E9").status == 400


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_updates_are_refused(endpoint: str, way: str) -> None:
    reply = ask(endpoint, "INSERT DATA { <x:y> <x:y> <x:y> }", way)
    assert reply.status == 403
    assert "read-only" in reply.json["title"]


def test_the_update_protocol_is_refused(endpoint: str) -> None:
    update = b"DROP ALL"
    direct = fetch(endpoint, method="POST", content_type="application/sparql-update", body=update)
    form = fetch(endpoint, method="POST", content_type=FORM, body=b"update=" + update)
    assert [direct.status, form.status] == [403, 403]
    assert "read-only" in direct.json["title"]
    assert "read-only" in form.json["title"]
    assert ask(endpoint, "ASK { ?s ?p ?o }").json["boolean"] is True


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://127.0.0.1:9/>",
        "load silent <file:///etc/passwd> into graph <x:y>",
        "CLEAR ALL",
        "PREFIX x: <x:> DELETE WHERE { ?s ?p ?o }",
        "COPY DEFAULT TO <x:y>",
    ],
)
def test_updates_are_refused_wherever_they_stand(endpoint: str, text: str) -> None:
    for name in ("query", "update"):
        replies = [
            fetch(endpoint, query={name: text}),
            fetch(endpoint, method="POST", query={name: text}, content_type=FORM, body=b""),
            fetch(
                endpoint, method="POST", content_type=FORM, body=urlencode({name: text}).encode()
            ),
            fetch(endpoint, query={name: text, "using-graph-uri": "x:y"}),
        ]
        for reply in replies:
            assert (reply.status, reply.json["type"].rsplit("/", 1)[1]) == (403, "read-only")
            assert "new release" in reply.json["detail"]
    both = fetch(endpoint, query={"query": SELECT, "update": text})
    assert both.status == 403


def test_unknown_parameters_are_ignored(endpoint: str) -> None:
    more = {"maxrows": "1", "timeout": "0", "ac": "1", "": "", "results": "x", "debug": "on"}
    for way in ("get", "form", "direct"):
        assert names(ask(endpoint, SELECT, way, **more)) == ["SOX4"]


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_service_is_refused(endpoint: str, way: str) -> None:
    reply = ask(endpoint, "SELECT * {\n  SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", way)
    assert reply.status == 403
    assert (reply.json["line"], reply.json["column"]) == (2, 3)


def test_too_deep_and_too_many(endpoint: str) -> None:
    deep = ask(endpoint, "ASK " + "{" * 201 + "}" * 201)
    assert deep.status == 400
    assert deep.json["column"] == 205
    assert ask(endpoint, "ASK " + "{" * 100 + "}" * 100).status == 200
    many = ask(endpoint, "ASK { " + "?s ?p ?o . " * 201 + "}", "form")
    assert many.status == 400
    assert many.json["type"].endswith("/too-complex")
    values = " ".join(f"<http://example.org/{number}>" for number in range(1000))
    assert ask(endpoint, f"ASK {{ VALUES ?s {{ {values} }} ?s ?p ?o }}", "form").status == 200


@pytest.mark.parametrize("way", ["form", "direct"])
def test_too_long(endpoint: str, way: str) -> None:
    assert ask(endpoint, "ASK {} #" + "x" * (1 << 20), way).status == 413


# Errors


def test_syntax_errors_name_the_place(endpoint: str) -> None:
    reply = ask(endpoint, "SELECT * {\n  ?s ?p\n}")
    assert reply.status == 400
    assert reply.media_type == "application/problem+json"
    problem = reply.json
    assert (problem["status"], problem["line"]) == (400, 3)
    assert problem["title"] == "The query is not SPARQL"
    assert problem["hint"]


@pytest.mark.parametrize(
    ("text", "line", "excerpt"),
    [
        ("SELECT * {\n  ?s ?p\n}", 3, "}\n^"),
        ("SELECT * {\n  ?s ?p\n\n", 2, "  ?s ?p\n      ^"),
        ("SELECT * {\r\n\t?s ?p }", 2, " ?s ?p }\n       ^"),
        ("ASK { 'é𝄞' ?p }", 1, "ASK { 'é𝄞' ?p }\n" + " " * 14 + "^"),
        ("SELECT * { ?s ?p 'x", 1, "SELECT * { ?s ?p 'x\n                 ^"),
        ("ASK { ?s ?p\x1b[31m }", 1, "ASK { ?s ?p [31m }\n           ^"),
        ("ASK {" + " " * 200 + "}}", 1, "..." + " " * 59 + "}}\n" + " " * 63 + "^"),
        (
            "SELECT * { ?s ?p 'x }" + "x" * 200,
            1,
            "SELECT * { ?s ?p 'x }" + "x" * 16 + "...\n" + " " * 17 + "^",
        ),
    ],
)
def test_the_place_is_shown(endpoint: str, text: str, line: int, excerpt: str) -> None:
    reply = ask(endpoint, text, "form")
    assert (reply.status, reply.json["line"]) == (400, line)
    assert reply.json["excerpt"] == excerpt
    plain = ask(endpoint, text, "form", accept="text/plain, */*;q=0.1")
    assert excerpt in plain.text
    page = ask(endpoint, text, "form", accept="text/html, */*;q=0.1")
    assert html.escape(excerpt) in page.text.replace("&#39;", "&#x27;")


@pytest.mark.parametrize(
    ("text", "prefix", "advice", "column"),
    [
        ("SELECT * { ?s nonsense:x ?o }", "nonsense", "PREFIX nonsense: <...>", 15),
        ("SELECT * { ?s unprotkb:x ?o }", "unprotkb", "did you mean uniprotkb: <http", 15),
        ("SELECT * { ?s TFL:x ?o }", "TFL", "did you mean tfl: <http", 15),
        ("SELECT * { ?s sh:prefix ?o }", "sh", "'PREFIX sh: <http://www.w3.org/ns/shacl#>'", 15),
        ("SELECT * { ?s tfl:x 'a:b' ; a:b <c:d> }", "a", "PREFIX a: <...>", 29),
        ("PREFIX a: <b:> SELECT * { ?s a:x ?o ; ap:c ?d }", "ap", "PREFIX ap: <...>", 39),
        ("SELECT * { ?s :x ?o }", "", "PREFIX : <...>", 15),
    ],
)
def test_unknown_prefixes_are_named(
    endpoint: str, text: str, prefix: str, advice: str, column: int
) -> None:
    reply = ask(endpoint, text)
    assert reply.status == 400
    assert reply.json["detail"] == f"the prefix '{prefix}:' is not declared"
    assert advice in reply.json["hint"]
    assert reply.json["column"] == column


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("tfl:regulate", "regulates"),
        ("tfl:transcriptionfactor", "transcriptionFactor"),
        (f"<{TERM}evidences>", "evidence"),
        ("t:targets", "target"),
    ],
)
def test_the_nearest_term_is_named(endpoint: str, name: str, nearest: str) -> None:
    reply = ask(endpoint, f"PREFIX t: <{TERM}> SELECT * {{ ?s {name} ?o }}")
    assert (reply.status, reply.json["results"]["bindings"]) == (200, [])
    header = reply.headers["TFLink-Hint"]
    assert header.endswith(f" is no term of the ontology; the nearest is tfl:{nearest}")
    assert "TFLink-Hint" in reply.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    "pattern", ["?s tfl:regulates ?o", "?s <x:y#regulate> ?o", "?s ?p 'tfl:regulate'", "?s a tfl:"]
)
def test_no_hint_where_nothing_is_wrong(endpoint: str, pattern: str) -> None:
    reply = ask(endpoint, f"SELECT * {{ {pattern} }} LIMIT 1 # tfl:regulate")
    assert (reply.status, reply.headers["TFLink-Hint"]) == (200, None)
    declared = ask(endpoint, "PREFIX tfl: <x:> SELECT * { ?s tfl:regulate ?o }")
    assert declared.headers["TFLink-Hint"] is None


def test_a_hint_is_one_line_of_ascii(endpoint: str) -> None:
    names = ["tfl:é\u00fc", "tfl:a%0D%0Ab", "tfl:x\\/y", "tfl:" + "z" * 300, "tfl:k", "tfl:m"]
    reply = ask(endpoint, "SELECT * { VALUES ?s { " + " ".join(names) + " } ?s ?p ?o }")
    assert reply.status == 200, reply.text
    header = reply.headers["TFLink-Hint"]
    assert header.isascii()
    assert header.isprintable()
    assert "a?0D?0Ab" in header
    assert len(header) < 500
    assert header.count(" | ") == 2


def test_nothing_that_is_sent_splits_the_answer(base_url: str) -> None:
    evil = "x\r\nSet-Cookie: a=b\r\n\r\n<script>"
    asked = [
        ("/sparql", {"query": evil}),
        ("/sparql", {"query": f"SELECT * {{ ?s <x:{evil}> ?o }}"}),
        ("/sparql", {"query": f"SELECT * {{ ?s tfl:a ?o }} #{evil}"}),
        ("/sparql", {"query": SELECT, "format": evil}),
        ("/sparql", {"query": SELECT, "default-graph-uri": f"x:{evil}"}),
        ("/sparql", {"query": SELECT, "named-graph-uri": f"x:{evil}"}),
        ("/sparql", {"query": SELECT, evil: evil}),
        ("/sparql", {"update": evil}),
        ("/graph-store", {"graph": f"x:{evil}"}),
        ("/graph-store", {"default": evil}),
        ("/protein/Q06945", {"page": evil}),
        ("/protein/q06945", {"x": evil}),
        (f"/protein/{quote(evil)}", {}),
        (f"/protein/Q06945.{quote(evil, safe='')}", {}),
        (f"/protein/q06945.ttl{quote(evil, safe='')}", {}),
        (f"/ontology/{quote(evil, safe='')}", {}),
        (f"/ontology/{quote(evil, safe='')}.owl", {}),
        (f"/ontology.{quote(evil, safe='')}", {}),
        (f"/graph/{quote(evil)}", {}),
        (f"/static/{quote(evil)}", {}),
        (f"/{quote(evil)}", {}),
    ]
    for path, query in asked:
        for method in ("GET", "HEAD", "OPTIONS"):
            reply = fetch(base_url + path, method=method, query=query, accept="*/*")
            assert reply.status < 500, (path, query)
            assert reply.headers["Set-Cookie"] is None, (path, query)
            assert not any("\r" in v or "\n" in v for v in reply.headers.values())
    names = ("Origin", "Access-Control-Request-Headers", "Accept", "Accept-Encoding")
    for name in (*names, "If-None-Match", "X-Request-Id", "X-Forwarded-For", "User-Agent"):
        parts = urlsplit(base_url)
        for end in ("\r", "\n", "\r\n", "%0D%0A"):
            with socket.create_connection((parts.hostname or "", parts.port or 0), 60) as sock:
                value = f"{name}: a{end}Set-Cookie: a=b"
                lines = f"GET /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{value}\r\n\r\n"
                sock.sendall(lines.encode())
                received = b"".join(iter(lambda: sock.recv(65536), b""))
            head = received.partition(b"\r\n\r\n")[0]
            assert b"\nset-cookie:" not in head.lower(), value
            assert b" 500 " not in head.splitlines()[0], value


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/problem+json"),
        ("application/sparql-results+json", "application/problem+json"),
        ("application/json", "application/problem+json"),
        ("text/plain, */*;q=0.1", "text/plain"),
        (BROWSER, "text/html"),
    ],
)
def test_errors_are_negotiated(endpoint: str, accept: str | None, media_type: str) -> None:
    reply = ask(endpoint, "SELECT * { ?s <b>alert</b> '<script>' }", accept=accept)
    assert (reply.status, reply.media_type) == (400, media_type)
    assert "is not SPARQL" in reply.text
    if media_type == "text/html":
        assert "<script>" not in reply.text


def test_unknown_addresses(base_url: str) -> None:
    reply = fetch(f"{base_url}/none")
    assert (reply.status, reply.media_type) == (404, "application/problem+json")


# The data set


@pytest.fixture(scope="module")
def graphs(tmp_path_factory, make_release, start_server):  # type: ignore[no-untyped-def]
    """An endpoint with a triple in the default graph and one in each of two named graphs."""
    root: Path = tmp_path_factory.mktemp("graphs")
    make_release(
        root,
        "<x:default> <x:p> <x:o> .\n"
        "<x:one> <x:p> <x:o> <http://example.org/1> .\n"
        "<x:two> <x:p> <x:o> <http://example.org/2> .\n",
    )
    return f"{start_server(root, workers=1).url}/sparql"


@pytest.mark.parametrize("way", ["get", "form", "direct"])
@pytest.mark.parametrize(
    ("default", "named", "expected"),
    [
        ([], [], ["x:default", "x:one", "x:two"]),
        (["1"], [], ["x:one"]),
        (["1", "2"], [], ["x:one", "x:two"]),
        ([], ["2"], ["x:two"]),
        (["1"], ["2"], ["x:one", "x:two"]),
        (["3"], [], []),
    ],
)
def test_dataset(
    graphs: str, way: str, default: list[str], named: list[str], expected: list[str]
) -> None:
    text = "SELECT ?s { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } ORDER BY ?s"
    pairs = [("default-graph-uri", f"http://example.org/{number}") for number in default]
    pairs += [("named-graph-uri", f"http://example.org/{number}") for number in named]
    if way == "get":
        reply = fetch(graphs, query=[("query", text), *pairs])
    elif way == "form":
        body = "&".join(f"{key}={quote(value)}" for key, value in [("query", text), *pairs])
        reply = fetch(graphs, method="POST", content_type=FORM, body=body.encode())
    else:
        reply = fetch(graphs, method="POST", content_type=DIRECT, body=text.encode(), query=pairs)
    rows = reply.json["results"]["bindings"]
    assert [row["s"]["value"] for row in rows] == expected


@pytest.mark.parametrize("iri", ["relative", "http://example.org/a b", "x:<y>", ""])
def test_dataset_needs_iris(endpoint: str, iri: str) -> None:
    reply = fetch(endpoint, query={"query": SELECT, "default-graph-uri": iri})
    assert reply.status == 400


# The endpoint without a query


@pytest.mark.parametrize("name", ["ttl", "nt", "jsonld", "rdfxml"])
def test_service_description(endpoint: str, name: str) -> None:
    reply = fetch(endpoint, accept=RDF_FORMATS[name].media_type)
    assert reply.media_type == RDF_FORMATS[name].media_type
    graph = reply.graph()
    service = graph.value(predicate=rdflib.RDF.type, object=SD.Service)
    assert service is not None
    assert graph.value(service, SD.endpoint) == rdflib.URIRef(endpoint)
    assert graph.value(service, SD.supportedLanguage) == SD.SPARQL11Query
    assert len(list(graph.objects(service, SD.resultFormat))) == 10
    dataset = graph.value(service, SD.defaultDataset)
    assert (graph.value(dataset, SD.defaultGraph), rdflib.RDF.type, SD.Graph) in graph


def test_query_page(endpoint: str) -> None:
    reply = fetch(endpoint, accept=BROWSER)
    assert reply.media_type == "text/html"
    for example in examples():
        assert example.title in reply.text
    runnable = [example for example in examples() if not example.federates_with]
    graphs = [example for example in runnable if example.form == "CONSTRUCT"]
    assert reply.text.count("Run as Turtle") == len(graphs)
    assert reply.text.count("Run as JSON") == len(runnable) - len(graphs)
    scripts = re.findall(r"<script([^>]*)>", reply.text)
    assert all(' src="/static/' in one or ' type="application/json"' in one for one in scripts)
    assert "style=" not in reply.text
    assert fetch(endpoint, accept="image/png").status == 406
