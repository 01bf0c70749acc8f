"""Endpoints in place of the store that are down, or answer as none should."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rdfconv.config import Settings
from rdfconv.errors import UsageError
from rdfconv.virtuoso import free_port
from server.app import create_app
from server.engine import Engine, EngineError, ErrorKind
from server.engine.remote import RemoteEngine
from tests.engines.asking import content, failure
from tests.server.remotes import (
    JSON,
    SECRET,
    Behaviour,
    Visit,
    always,
    endpoint,
    http_answer,
    xml_results,
)


def test_an_engine_that_is_down(settings: Settings) -> None:
    engine = RemoteEngine(settings, f"http://127.0.0.1:{free_port()}/query")
    error = failure(engine, "ASK { }")
    engine.close()
    assert error.kind is ErrorKind.UNAVAILABLE


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (http_answer(SECRET.encode(), "text/plain", 503), ErrorKind.UNAVAILABLE),
        (http_answer(SECRET.encode(), "text/plain", 404), ErrorKind.UNAVAILABLE),
        (http_answer(SECRET.encode(), "text/plain", 500), ErrorKind.EVALUATION),
        (http_answer(b"<html>" + SECRET.encode(), "text/html"), ErrorKind.UNAVAILABLE),
        (http_answer(xml_results(SECRET)[:-20]), ErrorKind.UNAVAILABLE),
        (http_answer(xml_results("1"), length=9999), ErrorKind.UNAVAILABLE),
    ],
    ids=["busy", "no endpoint", "refused", "a page", "cut", "broken off"],
)
def test_answers_that_are_none(
    odd: Callable[[Behaviour], Engine], answer: bytes, kind: ErrorKind
) -> None:
    def behave(visit: Visit) -> None:
        visit.send(answer)

    error = failure(odd(behave), "SELECT * { }")
    assert error.kind is kind
    assert SECRET not in str(error)


def test_a_silent_cut_is_an_error(odd: Callable[[Behaviour], Engine]) -> None:
    """Virtuoso cuts at its own limit, and a header is all that tells."""
    body = xml_results("1", "2")
    cut = http_answer(body, headers={"X-SPARQL-MaxRows": "2"})
    assert failure(odd(always(cut)), "SELECT * { }").kind is ErrorKind.LARGE
    whole = http_answer(body, headers={"X-SPARQL-MaxRows": "3"})
    assert content(odd(always(whole)), "SELECT * { }", "csv") == b"x\r\n1\r\n2\r\n"


ASK = b'{"head":{},"boolean":true}'


def test_ready_is_what_the_endpoint_is(
    odd: Callable[[Behaviour], RemoteEngine], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = odd(always(http_answer(ASK, JSON)))
    asked = create_app(settings, engine, check=engine.check).test_client()
    monkeypatch.setattr("server.engine.probe.KEPT_SECONDS", 0.0)
    for status, ready in ((200, 200), (503, 503), (404, 503), (500, 503), (400, 200)):
        odd(always(http_answer(ASK, JSON, status)))
        reply = asked.get("/health")
        assert reply.status_code == ready, status
        assert SECRET not in reply.text
        assert asked.get("/health/live").status_code == 200
    odd(always(b""))
    assert "no answers" in asked.get("/health/ready").get_json()["detail"]


def test_the_endpoint_is_not_asked_with_each_request(settings: Settings) -> None:
    with endpoint(always(http_answer(ASK, JSON))) as running_one:
        engine = RemoteEngine(settings, running_one.url)
        for _ in range(20):
            engine.check()
        engine.close()
        assert len(running_one.visits) == 1


@pytest.mark.parametrize(("limit", "is_cut"), [("10000", True), ("10001", False), ("", False)])
def test_triples_that_are_cut(odd: Callable[[Behaviour], Engine], limit: str, is_cut: bool) -> None:
    """Virtuoso does not say so; it tells its limit with a table."""
    lines = b"".join(b"<x:%d> <x:b> <x:c> .\n" % number for number in range(10_001))
    told = {"Server": "Virtuoso/07.20", "X-SPARQL-MaxRows": limit}

    def behave(visit: Visit) -> None:
        is_table = dict(visit.form)["query"].find("CONSTRUCT") < 0
        visit.send(
            http_answer(xml_results("1"), headers=told)
            if is_table
            else http_answer(lines, "application/n-triples", headers={"Server": "Virtuoso/07.20"})
        )

    text, engine = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", odd(behave)
    if is_cut:
        with pytest.raises(EngineError) as caught:
            content(engine, text, "nt")
        assert caught.value.kind is ErrorKind.LARGE
    else:
        assert content(engine, text, "nt").count(b"\n") == 10_001


@pytest.mark.parametrize("name", ["csv", "nt"])
def test_an_answer_whose_time_was_over(odd: Callable[[Behaviour], Engine], name: str) -> None:
    """Virtuoso sends what it had till then, and headers are all that tells."""
    headers = {"X-SQL-State": "S1TAT"}
    if name == "nt":
        text, reply = (
            "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
            http_answer(b"<x:a> <x:b> <x:c> .\n", "application/n-triples", headers=headers),
        )
    else:
        text, reply = "SELECT * { }", http_answer(xml_results("1"), headers=headers)
    with pytest.raises(EngineError) as caught:
        content(odd(always(reply)), text, name)
    assert caught.value.kind is ErrorKind.TIMEOUT


def test_something_behind_the_rows(odd: Callable[[Behaviour], Engine]) -> None:
    """QLever writes what it took behind the rows."""
    text = b'{"head":{"vars":["x"]},"results":{"bindings":[%s]},"meta":{"ms":1}}'
    row = b'{"x":{"type":"literal","value":"1"}}'
    answer = http_answer(text % row, JSON)
    for name, expected in (
        ("csv", b"x\r\n1\r\n"),
        ("json", text.replace(b',"meta":{"ms":1}', b"") % row),
    ):
        assert content(odd(always(answer)), "SELECT * { }", name) == expected


def test_ask_that_comes_as_a_table(odd: Callable[[Behaviour], Engine]) -> None:
    for value, word in (("1", "true"), ("0", "false")):
        engine = odd(always(http_answer(xml_results(value))))
        assert content(engine, "ASK { }", "csv").decode() == word


@pytest.mark.parametrize("url", ["", "ftp://x.example/", "x", "https://me@x.example/", "sib"])
def test_addresses_that_are_none(settings: Settings, url: str) -> None:
    with pytest.raises(UsageError, match="engine"):
        RemoteEngine(settings, url)
