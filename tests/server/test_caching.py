"""Entity tags, 304 and content coding, against real servers."""

from __future__ import annotations

import gzip
import http.client
import socket
import time
import zlib
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest

from server.compression import choose
from server.query_text import inspect
from tests.conftest import MakeRelease, RunningServer, StartServer
from tests.server.web import DIRECT, Reply, ask, fetch

SELECT = "SELECT ?name { VALUES ?s { uniprotkb:Q06945 } ?s rdfs:label ?name }"
MANY = "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 20000"
PATHS = (
    "/",
    "/sparql",
    "/protein/Q06945",
    "/protein/Q06945.ttl",
    "/ontology",
    "/ontology.jsonld",
    "/.well-known/void",
    "/graph-store?graph=https://w3id.org/tflink-rdf/graph/prefixes",
    "/static/site.css",
)


def get(url: str, text: str, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return fetch(f"{url}/sparql", query={"query": text}, headers=named)


@pytest.fixture(scope="module")
def costly(
    tmp_path_factory: pytest.TempPathFactory,
    make_release: MakeRelease,
    start_server: StartServer,
) -> RunningServer:
    """A server of whose one worker everybody must see whether it was asked: it has 300 triples."""
    root = tmp_path_factory.mktemp("costly")
    quads = "".join(f"<x:s{number}> <x:p> <x:o> .\n" for number in range(300))
    make_release(root, quads)
    return start_server(root, workers=1, query_timeout=2, client_seconds=0)


COSTLY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
"""Takes longer than its server allows."""


# Tags


def test_the_same_question_has_the_same_tag(base_url: str) -> None:
    first, again = get(base_url, SELECT), get(base_url, SELECT)
    assert first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["ETag"].startswith('"')  # strong
    assert first.headers["Cache-Control"] == "public, no-cache"


def test_another_question_has_another_tag(base_url: str) -> None:
    endpoint = f"{base_url}/sparql"
    replies = [
        get(base_url, SELECT),
        get(base_url, SELECT + " "),
        get(base_url, SELECT, Accept="text/csv"),
        get(base_url, SELECT, Accept_Encoding="gzip"),
        fetch(endpoint, query={"query": SELECT, "default-graph-uri": "x:a"}),
        fetch(endpoint, query={"query": SELECT, "named-graph-uri": "x:a"}),
    ]
    assert len({reply.headers["ETag"] for reply in replies}) == len(replies)


def test_the_format_counts_and_not_how_it_was_asked_for(base_url: str) -> None:
    by_name = fetch(f"{base_url}/sparql", query={"query": SELECT, "format": "csv"})
    by_accept = get(base_url, SELECT, Accept="image/png, text/csv;q=0.1")
    assert by_name.headers["ETag"] == by_accept.headers["ETag"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}, "y"', '"x",W/{}', "*"])
def test_who_has_the_answer_gets_304(base_url: str, method: str, form: str) -> None:
    full = get(base_url, SELECT)
    tag = full.headers["ETag"]
    reply = fetch(
        f"{base_url}/sparql",
        method=method,
        query={"query": SELECT},
        headers={"If-None-Match": form.format(tag)},
    )
    assert (reply.status, reply.body) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary", "TFLink-Release", "Access-Control-Allow-Origin"):
        assert reply.headers[name] == full.headers[name]
    assert reply.headers["Content-Type"] is None
    assert reply.headers["Transfer-Encoding"] is None


@pytest.mark.parametrize("header", ['"x"', "", "x", 'W/"x", "y"', '"*"'])
def test_who_has_another_answer_gets_this_one(base_url: str, header: str) -> None:
    assert get(base_url, SELECT, If_None_Match=header).status == 200


def test_304_asks_nobody(costly: RunningServer) -> None:
    url, pid = costly.url, costly.worker_pids
    tag = get(url, "ASK { ?s ?p ?o }").headers["ETag"]
    start = time.monotonic()
    assert get(url, COSTLY).status == 504
    assert time.monotonic() - start > 1.5
    assert costly.worker_pids != pid
    pid = costly.worker_pids
    # The one worker is busy now, so only what need not ask it is answered at once.
    with socket.create_connection(_address(url)) as busy:
        busy.sendall(f"GET /sparql?query={quote(COSTLY)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.3)
        start = time.monotonic()
        for _ in range(6):
            assert get(url, "ASK { ?s ?p ?o }", If_None_Match=tag).status == 304
            head = fetch(f"{url}/sparql", method="HEAD", query={"query": "ASK { ?s ?p ?o }"})
            assert (head.status, head.headers["ETag"]) == (200, tag)
        assert time.monotonic() - start < 1


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 0


def test_star_promises_nothing_that_was_not_answered(costly: RunningServer) -> None:
    assert get(costly.url, "SELECT * { ?s ?p }", If_None_Match="*").status == 400
    assert get(costly.url, COSTLY + " # again", If_None_Match="*").status == 504
    assert get(costly.url, "ASK { <x:y> ?p ?o }", If_None_Match="*").status == 304


def test_a_new_release_has_new_tags(
    tmp_path: Path, make_release: MakeRelease, start_server: StartServer
) -> None:
    make_release(tmp_path, "<x:a> <x:b> <x:c> .", "1")
    server = start_server(tmp_path, workers=1)
    old = get(server.url, "SELECT * { ?s ?p ?o }")
    make_release(tmp_path, "<x:a> <x:b> <x:d> .", "2")
    new = get(server.url, "SELECT * { ?s ?p ?o }", If_None_Match=old.headers["ETag"])
    assert (new.status, b"x:d" in new.body) == (200, True)
    assert new.headers["ETag"] != old.headers["ETag"]
    server.stop()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (NOW() AS ?x) {}",
        "SELECT (rand() AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (StrUuid() AS ?x) {}",
        "SELECT (BNODE() AS ?x) {}",
        "SELECT ?x { BIND(BNODE('a') AS ?x) }",
        "SELECT ?s { ?s ?p ?o } ORDER BY RAND() LIMIT 1",
        "SELECT ?s { ?s ?p ?o FILTER(?o!=NOW()) } LIMIT 1",
        "ASK { FILTER(1<NOW()) }",
        "CONSTRUCT { ?s rdfs:seeAlso [ rdfs:label ?l ] } { ?s rdfs:label ?l } LIMIT 1",
        "CONSTRUCT{ _:x rdfs:label ?l }{ ?s rdfs:label ?l } LIMIT 1",
        "CONSTRUCT { ?s rdfs:seeAlso (1 2) } WHERE { ?s rdfs:label ?l } LIMIT 1",
    ],
)
def test_what_is_not_the_same_twice_has_no_tag(base_url: str, text: str) -> None:
    for headers in ({}, {"If-None-Match": "*"}):
        reply = fetch(f"{base_url}/sparql", query={"query": text}, headers=headers)
        assert reply.status == 200, reply.text
        assert reply.headers["ETag"] is None
        assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s rdfs:label 'NOW()' }",
        'SELECT * { ?s rdfs:label """RAND() \' UUID()""" }',
        "SELECT * { ?s rdfs:label <x:NOW> }",
        "SELECT * { ?s rdfs:BNODE ?NOW } # NOW()",
        "# RAND()\nSELECT * { ?s rdfs:label ?uuid } LIMIT 1",
        "PREFIX now: <x:> SELECT * { now:RAND ?p ?o }",
        "SELECT * { [] rdfs:label ?o , 'SERVICE <x:y>' } LIMIT 1",
        "CONSTRUCT { ?s rdfs:seeAlso ?l } { ?s rdfs:label ?l ; ?p [] FILTER(1 < 2) } LIMIT 1",
    ],
)
def test_what_only_looks_so_has_one(base_url: str, text: str) -> None:
    assert not inspect(text).volatile
    reply = get(base_url, text)
    assert reply.status == 200, reply.text
    assert get(base_url, text, If_None_Match=reply.headers["ETag"]).status == 304


def test_service_is_never_kept() -> None:
    assert inspect("SELECT * { SERVICE <x:y> { ?s ?p ?o } }").volatile
    assert inspect("SELECT * {SERVICEex:x{?s ?p ?o}}").volatile


def test_posts_and_errors_are_not_kept(base_url: str) -> None:
    tag = get(base_url, SELECT).headers["ETag"]
    post = fetch(
        f"{base_url}/sparql",
        method="POST",
        content_type=DIRECT,
        body=SELECT.encode(),
        headers={"If-None-Match": tag},
    )
    assert (post.status, post.headers["ETag"]) == (200, None)
    for reply in (post, get(base_url, "nonsense"), fetch(f"{base_url}/none")):
        assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_pages_have_tags(base_url: str, path: str, coding: str) -> None:
    url, headers = base_url + path, {"Accept-Encoding": coding}
    full = fetch(url, headers=headers)
    tag = full.headers["ETag"]
    assert (full.status, full.headers["Cache-Control"]) == (200, "public, no-cache")
    other = fetch(url, headers={"Accept-Encoding": "gzip" if coding == "identity" else "identity"})
    assert other.headers["ETag"] != tag
    for value in (tag, f"W/{tag}", "*"):
        reply = fetch(url, headers={**headers, "If-None-Match": value})
        assert (reply.status, reply.body) == (304, b"")
        assert reply.headers["ETag"] == tag
        assert reply.headers["Content-Location"] == full.headers["Content-Location"]
        assert reply.headers["TFLink-Release"] == full.headers["TFLink-Release"]


@pytest.mark.parametrize(
    "path", [*PATHS, f"/sparql?query={quote(SELECT)}", "/none", "/sparql?query=x"]
)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_head_says_what_get_says(base_url: str, path: str, coding: str, version: str) -> None:
    def headers(method: str) -> tuple[bytes, dict[bytes, bytes], bytes]:
        lines = f"{method} {path} HTTP/{version}\r\nHost: x\r\nAccept-Encoding: {coding}\r\n"
        with socket.create_connection(_address(base_url), timeout=60) as sock:
            sock.sendall(f"{lines}Connection: close\r\n\r\n".encode())
            received = b"".join(iter(lambda: sock.recv(65536), b""))
        head, _, body = received.partition(b"\r\n\r\n")
        status, *fields = head.split(b"\r\n")
        pairs = dict(line.split(b": ", 1) for line in fields)
        changing = (b"Date", b"Connection", b"X-Request-Id", b"Transfer-Encoding")
        return status, {n: v for n, v in pairs.items() if n not in changing}, body

    first = headers("HEAD")  # before and after the server has seen the whole answer
    status, named, body = headers("GET")
    again = headers("HEAD")
    for reply in (first, again):
        assert reply[2] == b""
        assert reply[0] == status
        if version == "1.0":  # the length of a stream is known from the whole only
            lengths = {one.pop(b"Content-Length", None) for one in (reply[1], dict(named))}
            assert len(lengths - {None}) <= 1
        assert {**named, **reply[1]} == named
    assert body


# Content coding


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, ""),
        ("", ""),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP;Q=0.5", "gzip"),
        ("gzip, deflate, br, zstd", "gzip"),
        ("deflate, br", ""),
        ("*", "gzip"),
        ("gzip;q=0", ""),
        ("gzip;q=0, *", ""),
        ("identity", ""),
        ("identity, gzip;q=0.9", ""),
        ("identity;q=0.5, gzip;q=0.9", "gzip"),
        ("identity;q=0, gzip;q=0.001", "gzip"),
        ("*;q=0, gzip;q=0.1", "gzip"),
        ("*;q=0, identity;q=0.1", ""),
        ("gzip;q=2, identity", ""),
        ("gzip;q=x", ""),
        ("identity;q=0", None),
        ("identity;q=0, br", None),
        ("*;q=0", None),
        ("gzip;q=0, *;q=0.000", None),
    ],
)
def test_choose(header: str | None, expected: str | None) -> None:
    chosen = choose(header)
    assert (chosen.name if chosen else None) == expected


def test_nothing_is_left(base_url: str) -> None:
    reply = get(base_url, SELECT, Accept_Encoding="identity;q=0, br")
    assert (reply.status, reply.media_type) == (406, "application/problem+json")
    assert reply.json["available"] == {"gzip": "gzip", "identity": "identity"}
    assert fetch(f"{base_url}/sparql", headers={"Accept-Encoding": "*;q=0"}).status == 406


def test_only_what_is_worth_it_is_compressed(base_url: str) -> None:
    plain, large = get(base_url, MANY), get(base_url, MANY, Accept_Encoding="gzip")
    assert plain.headers["Content-Encoding"] is None
    assert large.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(large.body) == plain.body
    assert len(large.body) < len(plain.body) / 4
    small = get(base_url, SELECT, Accept_Encoding="gzip")
    assert (small.headers["Content-Encoding"], small.status) == (None, 200)
    assert small.json
    forced = get(base_url, SELECT, Accept_Encoding="gzip, identity;q=0")
    assert forced.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(forced.body) == small.body


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_compressed(base_url: str, path: str) -> None:
    plain = fetch(base_url + path)
    packed = fetch(base_url + path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"] or len(packed.body)) == len(packed.body)
    assert sorted(gzip.decompress(packed.body).splitlines()) == sorted(plain.body.splitlines())


def test_a_compressed_stream_can_be_read_while_it_comes(costly: RunningServer) -> None:
    # The first rows come at once, and the query goes on until its time is over.
    text = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    connection = http.client.HTTPConnection(*_address(costly.url), timeout=60)
    target = f"/sparql?{urlencode({'query': text})}"
    connection.request("GET", target, headers={"Accept-Encoding": "gzip", "Accept": "text/csv"})
    reply = connection.getresponse()
    assert reply.headers["Content-Encoding"] == "gzip"
    start, reader = time.monotonic(), zlib.decompressobj(wbits=31)
    assert reader.decompress(reply.read1(65536)).startswith(b"a,b,c,")
    assert time.monotonic() - start < 1
    with pytest.raises(http.client.IncompleteRead) as caught:
        reply.read()
    reader.decompress(caught.value.partial)
    assert not reader.eof  # the gzip file has no end either
    connection.close()


def test_http_1_0_gets_the_compressed_length(base_url: str) -> None:
    with socket.create_connection(_address(base_url), timeout=60) as sock:
        request = f"GET /sparql?query={quote(MANY)} HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n"
        sock.sendall(request.encode())
        received = b"".join(iter(lambda: sock.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert gzip.decompress(body) == get(base_url, MANY).body


def test_answers_are_the_same_from_every_worker(base_url: str) -> None:
    # What a strong tag says: byte by byte the same, also after GROUP BY, DISTINCT and a path.
    for text in (
        "SELECT ?t (COUNT(*) AS ?n) (GROUP_CONCAT(?f) AS ?fs) { ?f tfl:regulates ?t } GROUP BY ?t",
        "SELECT DISTINCT ?p ?c { ?s ?p ?o ; a ?c }",
        "CONSTRUCT { ?a rdfs:seeAlso ?b } { ?a tfl:regulates/^tfl:regulates ?b } LIMIT 5000",
    ):
        assert len({ask(f"{base_url}/sparql", text).body for _ in range(4)}) == 1
