"""Health, what programs ask every site for, and the headers that every answer carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.robotparser import RobotFileParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from rdfconv.config import Settings
from rdfconv.errors import UsageError
from server.app import SECURITY_HEADERS, create_app
from server.engine import Answer, EngineError, ErrorKind, Kind, Limits, Query
from server.observing import ID_HEADER, Operations


class Fixed:
    """An engine that gives every query the same answer, or none.

    Args:
        chunks: the answer; an exception is raised where it stands.
        error: raised instead of an answer.
        rows: how many rows the answer has.
    """

    def __init__(
        self,
        *chunks: bytes | Exception,
        error: EngineError | None = None,
        rows: int | None = None,
    ) -> None:
        self.chunks = chunks
        self.rows = rows
        self.error = error
        self.queries: list[Query] = []
        self.closed = 0

    def run(self, query: Query, limits: Limits) -> Answer:
        self.queries.append(query)
        if self.error:
            raise self.error
        return Answer(Kind.SOLUTIONS, "r1", self._chunks(), self._close, rows=lambda: self.rows)

    def _chunks(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def _close(self) -> None:
        self.closed += 1

    def cancel(self, query_id: str) -> bool:
        return False

    def release(self) -> str:
        if self.error and self.error.kind is ErrorKind.UNAVAILABLE:
            raise self.error
        return "r1"

    def close(self) -> None:
        """Nothing is held."""


MISSING = EngineError(ErrorKind.UNAVAILABLE, "there is no release")


def client(engine: Fixed | None = None, **settings: str) -> FlaskClient:
    return app(engine, **settings).test_client()


def app(engine: Fixed | None = None, **settings: str) -> Flask:
    return create_app(Settings(**settings), engine or Fixed(b"x\r\n1\r\n"))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/health/live"])
def test_healthy(path: str) -> None:
    reply = client().get(path)
    assert reply.status_code == 200
    assert reply.get_json()["status"] == "ok"
    assert reply.headers["Cache-Control"] == "no-store"
    if path != "/health/live":
        assert reply.get_json()["release"] == "r1"


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_no_release_is_not_ready_but_alive(path: str) -> None:
    asked = client(Fixed(error=MISSING))
    reply = asked.get(path)
    assert reply.status_code == 503
    assert reply.get_json() == {"status": "unavailable", "detail": "there is no release"}
    assert reply.headers["Cache-Control"] == "no-store"
    assert asked.get("/health/live").status_code == 200


def test_stopping_is_not_ready_but_alive() -> None:
    operations = Operations(Settings())
    asked = create_app(Settings(), Fixed(b""), operations).test_client()
    assert asked.get("/health/ready").status_code == 200
    operations.stopping.set()
    assert asked.get("/health/ready").status_code == 503
    assert "stopping" in asked.get("/health").get_json()["detail"]
    assert asked.get("/health/live").status_code == 200


def answers(asked: FlaskClient) -> dict[str, TestResponse]:
    """One answer of each sort."""
    return {
        "page": asked.get("/"),
        "static": asked.get("/static/site.css", buffered=True),
        "query": asked.get("/sparql?query=ASK{}&format=csv"),
        "options": asked.options("/sparql"),
        "health": asked.get("/health"),
        "robots": asked.get("/robots.txt"),
        "missing": asked.get("/nothing/here"),
        "missing file": asked.get("/static/nothing"),
        "wrong method": asked.delete("/health"),
        "malformed": asked.get("/sparql?query=nonsense"),
        "read only": asked.post("/sparql?update=x", data={"a": "b"}),
        "wrong type": asked.post("/sparql", data=b"x", content_type="text/x"),
        "redirect": asked.get("/protein/q06945"),
    }


def test_every_answer_is_secured_and_named() -> None:
    engine = Fixed(b"x\r\n1\r\n")
    names = set()
    for what, reply in answers(client(engine)).items():
        for name, value in SECURITY_HEADERS.items():
            assert reply.headers.getlist(name) == [value], (what, name)
        (identity,) = reply.headers.getlist(ID_HEADER)
        assert re.fullmatch(r"[0-9a-f]{32}", identity), what
        names.add(identity)
    assert len(names) == len(answers(client(engine)))


def test_an_error_of_ours_is_secured_and_named(caplog: pytest.LogCaptureFixture) -> None:
    made = app()

    @made.get("/broken/<name>")
    def broken(name: str) -> str:
        raise RuntimeError(name)

    reply = made.test_client().get("/broken/a%0Ab", headers={"Accept": "application/json"})
    assert reply.status_code == 500
    for name, value in SECURITY_HEADERS.items():
        assert reply.headers.getlist(name) == [value]
    identity = reply.headers[ID_HEADER]
    assert reply.get_json()["instance"] == f"urn:uuid:{identity}"
    (record,) = caplog.records
    assert identity in record.getMessage()
    assert "\n" not in record.getMessage()


def test_the_name_of_a_request_is_ours() -> None:
    """A client cannot choose what stands in the log."""
    reply = client().get("/health", headers={ID_HEADER: "mine"})
    assert reply.headers[ID_HEADER] != "mine"


def test_what_protects_pages_does_not_break_other_sites_queries() -> None:
    reply = client().get("/sparql?query=ASK{}", headers={"Origin": "https://example.org"})
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert ID_HEADER in reply.headers["Access-Control-Expose-Headers"]


def test_robots() -> None:
    reply = client().get("/robots.txt")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    rules = RobotFileParser()
    rules.parse(reply.text.splitlines())
    assert str(rules.crawl_delay("*")) == "10"
    # RFC 9309 takes the longest rule that fits, Python's parser the first one.
    lines = [line.split(": ") for line in reply.text.splitlines() if not line.startswith("#")]
    assert lines[0] == ["User-agent", "*"]
    assert ["Disallow", "/sparql"] in lines
    assert ["Allow", "/"] in lines


def test_security_contact() -> None:
    before = datetime.now(UTC)
    reply = client(contact="help@example.org", public_url="https://tf.example.org/").get(
        "/.well-known/security.txt"
    )
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in reply.text.splitlines())
    assert fields["Contact"] == "mailto:help@example.org"
    assert fields["Canonical"] == "https://tf.example.org/.well-known/security.txt"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=360) < expires - before < timedelta(days=365)


def test_no_contact() -> None:
    reply = client().get("/.well-known/security.txt")
    assert reply.status_code == 404


@pytest.mark.parametrize("contact", ["me", "https://x\nExpires: never", "javascript:x@y"])
def test_a_contact_that_is_none(contact: str) -> None:
    with pytest.raises(UsageError, match="contact"):
        app(contact=contact)
