"""The bad requests, and what a server does with each if it is sound."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from tests.hostile.client import BROKEN, CLOSED, Target, head, query_path

ALL = "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
TOO_MUCH = frozenset({"400", "413", "503", "504", f"200 {BROKEN}"})
"""What may become of a query that asks for more than there is time or memory for."""
REFUSED = frozenset({"400"})
FORBIDDEN = frozenset({"403"})
NOT_THERE = frozenset({"404"})
UNHEARD = frozenset({"400", CLOSED})


@dataclass(frozen=True, slots=True)
class Case:
    """One bad request.

    Attributes:
        name: what is bad about it.
        expected: the outcomes of a sound server (see `tests.hostile.client.outcome`).
        run: sends it and gives the outcome.
    """

    name: str
    expected: frozenset[str]
    run: Callable[[Target], str]


def cases(trap: str) -> Iterator[Case]:
    """All cases.

    Args:
        trap: the address of a listener that nobody may ever connect to, as an IRI.
    """
    yield from deep()
    yield from greedy()
    yield from malformed()
    yield from traversal()
    yield from crowds()
    yield from outward(trap)


def _query(name: str, expected: frozenset[str], text: str | bytes) -> Case:
    return Case(name, expected, lambda target: target.query(text))


def deep() -> Iterator[Case]:
    """Queries that make a parser or a planner deep or slow."""
    made = {
        "2,000 nested braces": "SELECT * " + "{" * 2000 + "}" * 2000,
        "2,500 nested OPTIONALs": "SELECT * {" + "OPTIONAL{" * 2500 + "}" * 2501,
        "5,000 parentheses": f"SELECT ({'(' * 5000}1{')' * 5000} AS ?x) {{}}",
        "10,000 times !": f"SELECT ({'!' * 10_000}true AS ?x) {{}}",
        "60,000 times !": f"SELECT ({'!' * 60_000}true AS ?x) {{}}",
        "20,000 times minus": f"SELECT ({'- ' * 20_000}1 AS ?x) {{}}",
        "7,000 times 1+": f"SELECT ({'1+' * 7000}1 AS ?x) {{}}",
        "2,000 nested functions": f"SELECT ({'STR(' * 2000}1{')' * 2000} AS ?x) {{}}",
        "14,000 parentheses in a path": f"SELECT * {{ ?s {'(' * 14_000}<p>{')' * 14_000} ?o }}",
        "3,000 nested blank nodes": f"SELECT * {{ ?s <p> {'[ <p> ' * 3000}1{' ]' * 3000} }}",
        "3,000 nested lists": f"SELECT * {{ ?s <p> {'(' * 3000}{')' * 3000} }}",
        "2,000 nested triple terms": f"SELECT * {{ ?s <p> {'<<' * 2000}{'>>' * 2000} }}",
        "7,000 UNIONs": "SELECT * {" + "{}UNION" * 7000 + "{}}",
        "2,000 nested subselects": "SELECT * {" + "{SELECT*{" * 2000 + "}}" * 2000 + "}",
        "2,000 nested EXISTS": "SELECT * {" + "FILTER EXISTS{" * 2000 + "}" * 2001,
        "1,000 triple patterns": "SELECT * {" + "?a ?b ?c ." * 1000 + "}",
        "1,000 patterns that chain": "SELECT * {"
        + "".join(f"?a{n} <p> ?a{n + 1} . " for n in range(1000))
        + "}",
    }  # fmt: skip
    for name, text in made.items():
        yield _query(name, frozenset({"400", "413"}), text)
    yield _query(
        "300,000 words", frozenset({"400", "413"}), "SELECT * { FILTER(" + "a " * 300_000 + ") }"
    )


def greedy() -> Iterator[Case]:
    """Queries that are small and ask for too much."""
    doubling = "BIND(CONCAT(?x0, ?x0) AS ?x1) " + "".join(
        f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1}) " for n in range(1, 40)
    )
    made = {
        "cartesian product": f"SELECT * {ALL}",
        "cartesian product, counted": f"SELECT (COUNT(*) AS ?n) {ALL}",
        "cartesian product, sorted": f"SELECT * {ALL} ORDER BY ?i ?c DESC(?f)",
        "cartesian product, distinct": f"SELECT DISTINCT ?a ?d ?g {ALL}",
        "cartesian product as triples": f"CONSTRUCT {{ ?a ?e ?i }} {ALL}",
        "cartesian product in random order": f"SELECT * {ALL} ORDER BY RAND()",
        "cartesian product, grouped": f"SELECT ?a ?d (COUNT(*) AS ?n) {ALL} GROUP BY ?a ?d",
        "everything in one string": (
            f"SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?d), STR(?g))) AS ?x) {ALL}"
        ),
        "doubling CONCAT": f'SELECT (STRLEN(?x40) AS ?n) {{ BIND("xxxxxxxx" AS ?x0) {doubling} }}',
        "path over everything": "SELECT (COUNT(*) AS ?n) { ?a (!<p>)* ?b . ?b (!<p>)* ?c }",
        "join without an end": "SELECT * { ?a tfl:target ?b . ?c tfl:target ?d . ?e a ?f }",
        "ASK that finds nothing": f"ASK {ALL[:-1]} FILTER(STRLEN(STR(?i)) < -STRLEN(STR(?a))) }}",
        "long regular expression": (
            "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f "
            f'FILTER REGEX(CONCAT(STR(?a), STR(?d)), "{"(a|b|ab)*" * 200}c") }}'
        ),
        "VALUES times VALUES": "SELECT (COUNT(*) AS ?n) {"
        + "".join(f"VALUES ?v{k} {{ {'1 2 3 4 5 6 7 8 9 ' * 60} }} " for k in range(5))
        + "}",
        "MINUS of everything": f"SELECT (COUNT(*) AS ?n) {{ {ALL} MINUS {ALL} }}",
        "DESCRIBE of everything": f"DESCRIBE * {ALL}",
    }  # fmt: skip
    for name, text in made.items():
        yield _query(name, TOO_MUCH, text)


def malformed() -> Iterator[Case]:
    """Requests that are no good HTTP, SPARQL or UTF-8."""
    ask = "ASK {}"
    good = query_path(ask)
    yield Case("invalid UTF-8 in the URL", REFUSED, lambda t: t.get("/sparql?query=ASK%7B%FF%7D"))
    yield _query("invalid UTF-8 in the body", REFUSED, b"ASK { <\xff\xfe> ?p ?o }")
    yield _query("a surrogate in UTF-8", REFUSED, b"ASK { <a:\xed\xa0\x80> ?p ?o }")
    yield _query("a NUL", REFUSED, b"ASK { ?s ?p '\x00 }")
    yield Case("bad percent escapes", REFUSED, lambda t: t.get("/sparql?query=%ZZ%4"))
    yield Case("a NUL in the URL", frozenset({"400", "404"}), lambda t: t.get("/protein/%00"))
    yield _query("no query", REFUSED, "")
    yield _query("no SPARQL", REFUSED, "SHOW DATABASES; --")
    yield _query("10 MB query", frozenset({"413"}), "ASK { ?s ?p '" + "x" * 10_000_000 + "' }")
    yield Case("10 MB form", frozenset({"413"}), lambda t: t.form("query=" + "x" * 10_000_000))
    yield Case(
        "a URL of 100,000 characters",
        frozenset({"400", "414", CLOSED}),
        lambda t: t.get("/sparql?query=" + "x" * 100_000),
    )
    yield Case("2,000 parameters", REFUSED, lambda t: t.form("a=1&" * 2000 + "query=ASK{}"))
    yield Case("two queries", REFUSED, lambda t: t.get(good + "&query=ASK%7B%7D"))
    yield Case("no content type", frozenset({"415"}), lambda t: t.post(ask, ""))
    yield Case("a wrong content type", frozenset({"415"}), lambda t: t.post(ask, "text/html"))
    yield Case(
        "another charset",
        frozenset({"415"}),
        lambda t: t.post(ask.encode("utf-16"), "application/sparql-query; charset=utf-16"),
    )
    yield Case(
        "a graph that is no IRI",
        REFUSED,
        lambda t: t.get(query_path(ask, **{"default-graph-uri": "a b>\r\n"})),
    )
    yield Case("no such format", frozenset({"406"}), lambda t: t.get(query_path(ask, format="exe")))
    yield Case("nothing acceptable", frozenset({"406"}), lambda t: t.get(good, "Accept: image/png"))
    yield Case(
        "a malformed Accept",
        frozenset({"200", "400", "406"}),
        lambda t: t.get(good, "Accept: ;;;q=,,*/*/*;q=NaN"),
    )
    yield Case(
        "10,000 media types",
        frozenset({"200", "400", "406", "431"}),
        lambda t: t.get(good, "Accept: " + "a/b," * 1900),
    )
    yield Case("header injection", frozenset({"400", "404", "406"}), _without_injection)
    yield Case(
        "1,000 headers",
        frozenset({"400", "431", CLOSED}),
        lambda t: t.get(good, *(f"X-{number}: 1" for number in range(1000))),
    )
    yield Case(
        "a header of 100 KB",
        frozenset({"400", "431", CLOSED}),
        lambda t: t.get(good, "X-Long: " + "x" * 100_000),
    )
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND"):
        yield Case(
            f"method {method}",
            frozenset({"405", "400", "501", "404"}),
            partial(lambda t, method: t.send(head(method, "/sparql") + b"\r\n"), method=method),
        )
    yield Case(
        "garbage", UNHEARD, lambda t: t.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    )
    yield Case("HTTP/0.9", UNHEARD, lambda t: t.send(b"GET /\r\n\r\n"))
    yield Case("HTTP/9.9", UNHEARD | {"505"}, lambda t: t.send(b"GET / HTTP/9.9\r\n\r\n"))
    yield Case(
        "a negative length",
        UNHEARD,
        lambda t: t.send(head("POST", "/sparql", "Content-Length: -1") + b"\r\nASK{}"),
    )
    yield Case(
        "two lengths",
        UNHEARD,
        lambda t: t.send(
            head("POST", "/sparql", "Content-Length: 5", "Content-Length: 6") + b"\r\nASK{}"
        ),
    )
    yield Case(
        "length and chunks (smuggling)",
        UNHEARD | {"415"},
        lambda t: t.send(
            head("POST", "/sparql", "Content-Length: 4", "Transfer-Encoding: chunked")
            + b"\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n"
        ),
    )
    yield Case(
        "a broken chunk",
        UNHEARD | {"415"},
        lambda t: t.send(
            head(
                "POST",
                "/sparql",
                "Transfer-Encoding: chunked",
                "Content-Type: application/sparql-query",
            )
            + b"\r\nZZ\r\nASK{}\r\n0\r\n\r\n"
        ),
    )
    yield Case(
        "a compressed body (bomb)", frozenset({"400", "413", "415"}),
        lambda t: t.post(
            b"\x1f\x8b\x08\x00" + b"\x00" * 100, "application/sparql-query",
            "Content-Encoding: gzip",
        ),
    )  # fmt: skip


def _without_injection(target: Target) -> str:
    """CR LF in every parameter that an answer could repeat in a header."""
    evil = quote("x\r\nX-Evil: 1\r\n\r\n<script>", safe="")
    found = set()
    for path in (
        f"/sparql?query=ASK%7B%7D&format={evil}",
        f"/protein/{evil}",
        f"/ontology/{evil}",
        f"/sparql?query={evil}",
        f"/graph-store?graph={evil}",
    ):
        with target.connected() as connection:
            connection.sendall(head("GET", path) + b"\r\n")
            received = b""
            while chunk := connection.recv(1 << 16):
                received += chunk
        if b"\r\nx-evil" in received.lower().partition(b"\r\n\r\n")[0]:
            return "injected"
        found.add(received.split(b" ")[1].decode())
    return min(found)


def traversal() -> Iterator[Case]:
    """Ways out of the folders."""
    for prefix in ("/", "/static/", "/protein/", "/ontology/", "/page/", "/graph/", "/download/"):
        for up in (
            "../../../../etc/passwd",
            "..%2f..%2f..%2fetc%2fpasswd",
            "%2e%2e/%2e%2e/etc/passwd",
        ):
            path = prefix + up
            yield Case(
                f"GET {path}",
                frozenset({"404", "400", "301", "308"}),
                partial(lambda t, path: _without_passwd(t, path), path=path),
            )


def _without_passwd(target: Target, path: str) -> str:
    with target.connected() as connection:
        connection.sendall(head("GET", path) + b"\r\n")
        received = b""
        while chunk := connection.recv(1 << 16):
            received += chunk
    return "leaked" if b"root:x:" in received else received.split(b" ")[1].decode()


def crowds() -> Iterator[Case]:
    """Many connections that take or say nothing."""
    yield Case("40 half-sent requests", frozenset({"200"}), _half_sent)
    yield Case("30 clients that stop reading", frozenset({"200"}), _stop_reading)
    yield Case("30 clients that leave at once", frozenset({"200"}), _leave)


def _half_sent(target: Target) -> str:
    """Others are served while 40 requests are sent to the half and no further."""
    opened: list[socket.socket] = []
    try:
        for number in range(40):
            connection = socket.create_connection(target.address, timeout=60)
            half = head("POST", "/sparql", "Content-Length: 1000") if number % 2 else b"GET /spa"
            connection.sendall(half + (b"\r\nASK" if number % 2 else b""))
            opened.append(connection)
        return target.get(query_path("ASK {}"))
    finally:
        for connection in opened:
            connection.close()


def _stop_reading(target: Target) -> str:
    """Others are served while clients ask for much and read nothing of it."""
    opened: list[socket.socket] = []
    path = query_path("SELECT * { ?s ?p ?o }")
    try:
        for _ in range(30):
            connection = socket.create_connection(target.address, timeout=60)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(head("GET", path) + b"\r\n")
            opened.append(connection)
        # What takes no query worker is answered at once; a query waits its turn.
        return target.get("/health/live")
    finally:
        for connection in opened:
            connection.close()


def _leave(target: Target) -> str:
    """Those who left need nothing any more: the next query is served."""
    path = query_path(f"SELECT (COUNT(*) AS ?n) {ALL}")
    for _ in range(30):
        with target.connected() as connection:
            connection.sendall(head("GET", path) + b"\r\n")
    return target.get(query_path("ASK {}"))


def outward(trap: str) -> Iterator[Case]:
    """Queries and updates that would make the server ask another one."""
    group = "{ ?s ?p ?o }"
    disguises = {
        "SERVICE": f"SELECT * {{ SERVICE <{trap}> {group} }}",
        "service in small letters": f"SELECT * {{ sErViCe<{trap}>{group} }}",
        "SERVICE SILENT": f"SELECT * {{ SERVICE SILENT <{trap}> {group} }}",
        "SERVICE behind a comment": f"SELECT * {{ # no\nSERVICE#x\n<{trap}>#y\n{group} }}",
        "SERVICE by a prefix": f"PREFIX t: <{trap}> SELECT * {{ SERVICE t: {group} }}",
        "SERVICE glued to a prefix": f"PREFIX t: <{trap}> SELECT * {{ SERVICEt: {group} }}",
        "SERVICE by BASE": f"BASE <{trap}> SELECT * {{ SERVICE <> {group} }}",
        "SERVICE with an escape in the IRI": f"SELECT * {{ SERVICE <\\u0068{trap[1:]}> {group} }}",
        "SERVICE by a variable": f"SELECT * {{ VALUES ?e {{ <{trap}> }} SERVICE ?e {group} }}",
        "SERVICE in LATERAL": (
            f"SELECT * {{ VALUES ?e {{<{trap}>}} LATERAL {{ SERVICE ?e {group} }} }}"
        ),
        "SERVICE in EXISTS": f"ASK {{ FILTER EXISTS {{ SERVICE <{trap}> {group} }} }}",
        "SERVICE in a subselect": f"SELECT * {{ {{ SELECT * {{ SERVICE <{trap}> {group} }} }} }}",
        "SERVICE in OPTIONAL": f"SELECT * {{ OPTIONAL {{ SERVICE <{trap}> {group} }} }}",
        "SERVICE in DESCRIBE": f"DESCRIBE ?s {{ SERVICE <{trap}> {group} }}",
        "SERVICE with LIMIT 0": f"SELECT * {{ SERVICE <{trap}> {group} }} LIMIT 0",
        "SERVICE behind a string": (
            f"SELECT * {{ BIND('''it's''' AS ?x) SERVICE <{trap}> {group} }}"
        ),
        "SERVICE behind a less-than": f"SELECT * {{ FILTER(1<2) SERVICE<{trap}>{group} }}",
        "LOAD": f"LOAD <{trap}>",
        "LOAD SILENT": f"LOAD SILENT <{trap}> INTO GRAPH <x:g>",
        "CLEAR": "CLEAR ALL",
        "DROP": "DROP SILENT DEFAULT",
        "INSERT": "INSERT DATA { <x:s> <x:p> <x:o> }",
        "DELETE": "DELETE WHERE { ?s ?p ?o }",
        "INSERT behind a prefix": "PREFIX x: <x:> # SELECT\nINSERT DATA { x:s x:p x:o }",
    }  # fmt: skip
    for name, text in disguises.items():
        yield _query(name, FORBIDDEN, text)
    yield Case("an update by form", FORBIDDEN, lambda t: t.form("update=" + quote("CLEAR ALL")))
    yield Case(
        "an update by GET", FORBIDDEN, lambda t: t.get("/sparql?update=" + quote("CLEAR ALL"))
    )
    yield Case(
        "an update by its media type",
        FORBIDDEN,
        lambda t: t.post("CLEAR ALL", "application/sparql-update"),
    )
    yield Case(
        "FROM another server",
        frozenset({"200"}),
        lambda t: _count(t, query_path(f"SELECT * FROM <{trap}> {group}")),
    )
    yield Case(
        "a data set on another server",
        frozenset({"200"}),
        lambda t: _count(t, query_path(f"SELECT * {group}", **{"default-graph-uri": trap})),
    )


def _count(target: Target, path: str) -> str:
    """The status of a query, if it found nothing."""
    with target.connected() as connection:
        accept = "Accept: application/sparql-results+json"
        connection.sendall(head("GET", path, accept) + b"\r\n")
        received = b""
        while chunk := connection.recv(1 << 16):
            received += chunk
    if b'"bindings":[]' not in received:
        return "it found something"
    return received.split(b" ")[1].decode()
