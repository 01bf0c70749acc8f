"""Reading answers as SPARQL results: what is none, or not all of one, is an error."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from server.remote import Caps, FailureKind, RemoteError
from server.remote.client import Cancel, Client, Reply
from server.remote.results import ACCEPT, Term, boolean, solutions
from tests.conftest import PATIENCE
from tests.server.remotes import (
    JSON,
    SECRET,
    XML,
    Cut,
    Visit,
    always,
    endpoint,
    failing,
    http_answer,
    trap,
    xml_results,
)

XSD = "http://www.w3.org/2001/XMLSchema#"
TYPED_XML = f"""<?xml version="1.0" encoding="utf-8"?>
<!-- a comment -->
<sparql xmlns="http://www.w3.org/2005/sparql-results#">
  <head><variable name="a"/><variable name="b"/></head>
  <results>
    <result><binding name="a"><uri>http://example.org/é</uri></binding>
      <binding name="b"><literal datatype="{XSD}integer">5</literal></binding></result>
    <result>
      <binding name="b"><literal xml:lang="en">a &lt;!DOCTYPE &amp; &lt;!DOCTYPE</literal></binding>
    </result>
    <result><binding name="a"><bnode>x1</bnode></binding></result>
  </results>
</sparql>
<!-- the end -->
""".encode()
TYPED_JSON = json.dumps(
    {
        "results": {
            "distinct": False,
            "bindings": [
                {
                    "a": {"type": "uri", "value": "http://example.org/é"},
                    "b": {"type": "typed-literal", "datatype": f"{XSD}integer", "value": "5"},
                },
                {"b": {"type": "literal", "xml:lang": "en", "value": "a <!DOCTYPE & <!DOCTYPE"}},
                {"a": {"type": "bnode", "value": "x1"}},
            ],
        },
        "head": {"link": [], "vars": ["a", "b"]},
    }
).encode()
YES_XML = xml_results().split(b"<head>")[0] + b"<head/><boolean>true</boolean></sparql>"
YES_JSON = b'{"head": {}, "boolean": true}'
NO_XML = YES_XML.replace(b"true", b"false")
TABLE = xml_results("one", "two")
TABLE_JSON = (
    b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"1"}}]}}'
)

Ask = Callable[..., Reply]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Has an endpoint answer with a body, to the connection's end, and asks it."""
    with ExitStack() as stack:
        client = stack.enter_context(closing(Client("test", pause=0)))

        def run(body: bytes, media_type: str = XML, **headers: str) -> Reply:
            answer = http_answer(
                body, media_type, headers={"Content-Length": "", "Connection": "close", **headers}
            )
            other = stack.enter_context(endpoint(always(answer, keep=False)))
            caps = Caps(PATIENCE, size=1 << 20)
            reply = client.post(other.remote, "...", ACCEPT, caps, Cancel())
            return stack.enter_context(reply)

        yield run


def rows_of(reply: Reply, rows: int = 0) -> list[tuple[Term | None, ...]]:
    return list(solutions(reply, rows))


# --- good answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (TYPED_XML, XML),
        (TYPED_XML, f"{XML}; charset=UTF-8"),
        (TYPED_XML, "Application/SPARQL-Results+XML"),
        (TYPED_XML, "application/xml"),
        (TYPED_XML, "text/xml;charset=utf-8"),
        (b"\xef\xbb\xbf" + TYPED_XML, XML),
        (TYPED_JSON, JSON),
        (TYPED_JSON, "application/json"),
    ],
)
def test_a_table_is_read(ask: Ask, body: bytes, media_type: str) -> None:
    found = solutions(ask(body, media_type), 3)
    assert found.variables == ("a", "b")
    assert list(found) == [
        (NamedNode("http://example.org/é"), Literal("5", datatype=NamedNode(f"{XSD}integer"))),
        (None, Literal("a <!DOCTYPE & <!DOCTYPE", language="en")),
        (BlankNode("x1"), None),
    ]


def test_a_table_may_have_no_rows_and_no_columns(ask: Ask) -> None:
    empty = solutions(ask(b'{"head":{"vars":[]},"results":{"bindings":[]}}', JSON), 1)
    assert (empty.variables, list(empty)) == ((), [])
    assert rows_of(ask(xml_results()), 1) == []


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [(YES_XML, XML, True), (NO_XML, XML, False), (YES_JSON, JSON, True)],
)
def test_yes_and_no_are_read(ask: Ask, body: bytes, media_type: str, expected: bool) -> None:
    assert boolean(ask(body, media_type)) is expected


def test_literals_come_as_they_are_in_json(ask: Ask) -> None:
    """It is asked for first: the ends of literals in XML are lost."""
    assert ACCEPT.startswith(JSON)
    body = TABLE_JSON.replace(b'"1"', b'"  <!DOCTYPE\\n\\u000b "')
    assert rows_of(ask(body, JSON)) == [(Literal("  <!DOCTYPE\n\x0b "),)]


def test_what_stands_behind_the_rows_is_passed_over(ask: Ask) -> None:
    """QLever tells its times there."""
    behind = b',"meta":{"query-time-ms":1,"links":["]},{"]}}'
    assert rows_of(ask(TABLE_JSON[:-1] + behind, JSON)) == [(Literal("1"),)]


def test_rows_come_while_the_answer_does(ask: Ask) -> None:
    """The endpoint sends the rest only when the first row was read."""
    read = threading.Event()
    first, second = TABLE.split(b"<result>", 2)[1:]
    start = TABLE.split(b"<result>")[0]
    padding = b"<!--" + b" " * (1 << 18) + b"-->"

    def behave(visit: Visit) -> None:
        visit.send(http_answer(b"", headers={"Content-Length": "", "Connection": "close"}))
        visit.send(start + b"<result>" + first + padding)
        if read.wait(PATIENCE):
            visit.send(b"<result>" + second)

    with endpoint(behave) as other, closing(Client("test")) as client:
        reply = client.post(other.remote, "...", ACCEPT, Caps(PATIENCE), Cancel())
        rows = iter(solutions(reply, 0))
        assert next(rows) == (Literal("one"),)
        read.set()
        assert list(rows) == [(Literal("two"),)]


def test_the_connection_is_used_again_after_the_last_row() -> None:
    with endpoint(always(http_answer(TABLE))) as other, closing(Client("test")) as client:
        for _ in range(3):
            with client.post(other.remote, "...", ACCEPT, Caps(PATIENCE), Cancel()) as reply:
                assert len(rows_of(reply)) == 2
        assert other.connections == 1


# --- what is no result ----------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["", "text/html", "text/plain", "text/csv", "text/turtle",
                                        "application/rdf+xml", "application/octet-stream",
                                        "application/qlever-results+json", "xml"])  # fmt: skip
def test_other_formats_are_refused_also_if_they_look_right(ask: Ask, media_type: str) -> None:
    error = failing(lambda: rows_of(ask(TABLE, media_type)))
    assert error.kind is FailureKind.FORMAT


HTML = f"<!DOCTYPE html><html><body><h1>{SECRET}</h1></body></html>".encode()
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
PROLOG, ROOT = TABLE.split(b"?>")


def declared(declaration: str, value: str = "&l;") -> bytes:
    """A table with a document type declaration."""
    body = ROOT.replace(b"one", value.encode())
    return PROLOG + b"?>\n" + f"<!DOCTYPE sparql{declaration}>".encode() + body


@pytest.mark.parametrize(
    "body",
    [
        declared("", "harmless"),
        declared(f' [<!ENTITY l "{SECRET}">]'),
        declared(f' [<!ENTITY l0 "lol">{LAUGHS}]', "&l9;"),
        declared(f' [<!ENTITY l "{"x" * 60_000}">]', "&l;" * 100_000),
        declared(' [<!ENTITY l SYSTEM "file:///etc/passwd">]'),
        declared(' [<!ENTITY l SYSTEM "http://127.0.0.1:{port}/">]'),
        declared(' SYSTEM "http://127.0.0.1:{port}/results.dtd"', "harmless"),
        declared(' [<!ENTITY % l SYSTEM "http://127.0.0.1:{port}/"> %l;]', "harmless"),
        declared("", "harmless").replace(b"<!DOCTYPE", b"<!--" + b"-" * 3000 + b"--><!DOCTYPE"),
        declared("", "harmless").replace(b"<!DOCTYPE", b"<?a b?>\n<!DOCTYPE"),
        declared("", "harmless").removeprefix(PROLOG + b"?>\n"),
        declared("", "harmless").replace(b"<!DOCTYPE", b"<!doctype"),
        PROLOG + b"?>" + b"<!-- -->" * 5000 + ROOT,
        HTML,
    ],
)
def test_document_types_and_entities_are_refused(ask: Ask, body: bytes) -> None:
    """Without a request to where they point."""
    with trap() as elsewhere:
        body = body.replace(b"{port}", str(elsewhere.port).encode())
        error = failing(lambda: rows_of(ask(body)))
        assert error.kind is FailureKind.FORMAT
        assert elsewhere.count == 0


@pytest.mark.parametrize("entity", ["&l;", "&nbsp;", "&#0;", "&#xFFFFFFFF;"])
def test_entities_that_nobody_declared_are_refused(ask: Ask, entity: str) -> None:
    error = failing(lambda: rows_of(ask(TABLE.replace(b"two", entity.encode()))))
    assert error.kind is FailureKind.FORMAT


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", XML),
        (b"", JSON),
        (b" ", XML),
        (HTML, JSON),
        (HTML.removeprefix(b"<!DOCTYPE html>"), XML),
        (f"Virtuoso 37000 Error SP031: {SECRET}".encode(), XML),
        (TABLE + f"!!!!>># {SECRET}".encode(), XML),
        (TABLE + TABLE, XML),
        (TABLE.replace(b"</results>", f"<p>{SECRET}</p></results>".encode()), XML),
        (TABLE.replace(b'binding name="x"', f'binding name="{SECRET}"'.encode()), XML),
        (TABLE.replace(b"literal", b"uri").replace(b"one", SECRET.encode()), XML),
        (TABLE.decode().encode("utf-16"), XML),
        (TABLE.replace(b"one", b"\xff\xfe"), XML),
        (TABLE, JSON),
        (TABLE_JSON, XML),
        (b"[]", JSON),
        (b"null", JSON),
        (b"{}", JSON),
        (f'{{"error": "{SECRET}"}}'.encode(), JSON),
        (TABLE_JSON + SECRET.encode(), JSON),
        (TABLE_JSON + TABLE_JSON, JSON),
        (TABLE_JSON.replace(b'"x":', f'"{SECRET}":'.encode()), JSON),
        (TABLE_JSON.replace(b"literal", SECRET.encode()), JSON),
        (TABLE_JSON.replace(b'"1"', b'"\\ud800"'), JSON),
        (TABLE_JSON.replace(b'"1"', b'"\xff"'), JSON),
        (b'{"head":' + b"[" * 500_000, JSON),
        (b"<a>" * 300_000, XML),
        (TABLE.replace(b"one", b"<a>" * 300_000), XML),
        (YES_XML, XML),
        (YES_JSON, JSON),
    ],
)
def test_what_is_no_table_is_an_error(ask: Ask, body: bytes, media_type: str) -> None:
    error = failing(lambda: rows_of(ask(body, media_type)))
    assert error.kind is FailureKind.FORMAT


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (TABLE, XML),
        (TABLE_JSON, JSON),
        (YES_XML.replace(b"true", SECRET.encode()), XML),
        (YES_XML + SECRET.encode(), XML),
        (YES_JSON.replace(b"true", f'"{SECRET}"'.encode()), JSON),
        (HTML, "text/html"),
    ],
)
def test_what_is_not_yes_or_no_is_an_error(ask: Ask, body: bytes, media_type: str) -> None:
    assert failing(lambda: boolean(ask(body, media_type))).kind is FailureKind.FORMAT


# --- what is not all of it ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "media_type", "read"),
    [
        (TABLE, XML, rows_of),
        (TYPED_XML[: TYPED_XML.index(b"</sparql>") + 9], XML, rows_of),
        (TABLE_JSON, JSON, rows_of),
        (TYPED_JSON, JSON, rows_of),
        (TABLE_JSON[:-1] + b',"meta":{"time":{"a":[1]}}}', JSON, rows_of),
        (YES_XML, XML, boolean),
        (b'{"boolean": false, "head": {"link": []}, "meta": {}}', JSON, boolean),
        (YES_JSON, JSON, boolean),
    ],
)
def test_an_answer_that_is_cut_anywhere_is_an_error(
    body: bytes, media_type: str, read: Callable[..., object]
) -> None:
    """XML that ends between two rows is one; pyoxigraph by itself takes it."""
    read(Cut(body, media_type))
    for place in range(len(body)):
        with pytest.raises(RemoteError) as caught:
            read(Cut(body[:place], media_type))
        assert caught.value.kind is FailureKind.FORMAT, body[:place]


def test_an_answer_that_breaks_off_is_an_error_also_if_it_could_be_all() -> None:
    with (
        endpoint(always(http_answer(TABLE, length=len(TABLE) + 1), keep=False)) as other,
        closing(Client("test", pause=0)) as client,
    ):
        reply = client.post(other.remote, "...", ACCEPT, Caps(PATIENCE), Cancel())
        assert failing(lambda: rows_of(reply)).kind is FailureKind.BROKEN


def test_more_rows_than_the_limit_are_an_error(ask: Ask) -> None:
    assert len(rows_of(ask(TABLE), 2)) == 2
    error = failing(lambda: rows_of(ask(TABLE), 1))
    assert (error.kind, error.message.split()[-2:]) == (FailureKind.LARGE, ["1", "rows"])


def test_rows_without_end_stop_at_the_limit() -> None:
    """Those before it come."""

    def behave(visit: Visit) -> None:
        start, row = TABLE.split(b"<result>")[:2]
        visit.send(http_answer(start, headers={"Content-Length": "", "Connection": "close"}))
        while not visit.ended.is_set():
            visit.send((b"<result>" + row) * 1000)

    with endpoint(behave) as other, closing(Client("test", pause=0)) as client:
        for size, limit in ((1 << 20, 0), (0, 5000)):
            caps = Caps(PATIENCE, size=size)
            with client.post(other.remote, "...", ACCEPT, caps, Cancel()) as reply:
                rows = iter(solutions(reply, limit))
                assert [next(rows) for _ in range(5000)] == [(Literal("one"),)] * 5000
                assert failing(lambda: list(rows)).kind is FailureKind.LARGE  # noqa: B023


@pytest.mark.parametrize(("limit", "whole"), [("1", False), ("2", False), ("3", True), ("x", True)])
def test_virtuoso_does_not_cut_a_table_unnoticed(ask: Ask, limit: str, whole: bool) -> None:
    reply = ask(TABLE, **{"X-SPARQL-MaxRows": limit})
    if whole:
        assert len(rows_of(reply)) == 2
    else:
        assert failing(lambda: rows_of(reply)).kind is FailureKind.LARGE


@pytest.mark.parametrize("kind", [FailureKind.TIMEOUT, FailureKind.CANCELLED])
def test_errors_of_reading_come_through_the_parser(kind: FailureKind) -> None:
    cancel = Cancel()

    def behave(visit: Visit) -> None:
        start = TABLE.partition(b"</result>")
        visit.send(http_answer(start[0] + start[1], length=len(TABLE)))
        if kind is FailureKind.CANCELLED:
            cancel.cancel()
        visit.stall()

    with endpoint(behave) as other, closing(Client("test", pause=0)) as client:
        seconds = 0.4 if kind is FailureKind.TIMEOUT else PATIENCE

        def read() -> None:
            rows_of(client.post(other.remote, "...", ACCEPT, Caps(seconds), cancel))

        assert failing(read).kind is kind


def test_another_thread_cannot_read(ask: Ask) -> None:
    """pyoxigraph would end the process."""
    found = solutions(ask(TABLE), 0)
    errors: list[BaseException] = []

    def read() -> None:
        try:
            list(found)
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert len(errors) == 1
    assert len(list(found)) == 2
