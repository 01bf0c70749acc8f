"""The Content-Security-Policy of every answer, and pages that keep to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask, Response

from server.assets import FOLDER, TEMPLATES
from server.security import HEADER, PAGE, REST, permit, policy
from server.vendor import VENDOR
from tests.server.test_health import answers, app, client
from tests.server.web import fetch


def directives(text: str) -> dict[str, set[str]]:
    parts = [part.split() for part in text.split(";")]
    return {name: set(sources) for name, *sources in parts}


@pytest.fixture
def request_context() -> Flask:
    return Flask("test")


def test_pages_may_use_what_is_ours(request_context: Flask) -> None:
    with request_context.test_request_context("/"):
        found = directives(policy())
    assert found == {name: set(sources) for name, sources in PAGE.items()}
    assert found["default-src"] == found["frame-ancestors"] == found["base-uri"] == {"'none'"}
    assert set().union(*found.values()) == {"'none'", "'self'", "data:"}
    assert [name for name, sources in found.items() if "data:" in sources] == ["img-src"]


def test_what_a_page_is_permitted(request_context: Flask) -> None:
    with request_context.test_request_context("/"):
        permit("style-src", "'unsafe-inline'")
        permit("style-src", "'unsafe-inline'")
        permit("frame-ancestors", "'self'")
        permit("worker-src", "blob:")
        found = policy()
    assert "; style-src 'self' 'unsafe-inline';" in found
    assert "; frame-ancestors 'self';" in found
    assert found.endswith("; worker-src blob:")
    with request_context.test_request_context("/"):
        assert "unsafe" not in policy()


@pytest.mark.parametrize(
    ("directive", "source"),
    [
        ("img-src", "x; script-src *"),
        ("img-src", "x, y"),
        ("img-src", ""),
        ("img-src", "x\r\nSet-Cookie: a"),
        ("img-src; x", "y"),
        ("", "y"),
    ],
)
def test_what_no_policy_can_hold(request_context: Flask, directive: str, source: str) -> None:
    with request_context.test_request_context("/"):
        with pytest.raises(ValueError, match="policy"):
            permit(directive, source)
        assert directives(policy()) == {name: set(found) for name, found in PAGE.items()}


def test_only_the_page_that_asks_gets_more() -> None:
    made = app()

    @made.get("/more")
    def more() -> str:
        permit("connect-src", "https://example.org")
        return "<p>more</p>"

    @made.get("/data")
    def data() -> Response:
        permit("connect-src", "https://example.org")
        return Response("{}", content_type="application/json")

    asked = made.test_client()
    assert "example.org" in asked.get("/more").headers[HEADER]
    assert asked.get("/data").headers[HEADER] == REST
    assert "example.org" not in asked.get("/").headers[HEADER]


def test_every_answer_has_one_policy() -> None:
    found = answers(client())
    for what, reply in found.items():
        (text,) = reply.headers.getlist(HEADER)
        assert ("script-src 'self'" in text) == (reply.mimetype == "text/html"), what
        assert "unsafe" not in text
        assert "*" not in text
        assert "http" not in text
    assert {reply.mimetype for reply in found.values()} >= {"text/html", "text/css", "text/csv"}


def test_a_problem_as_a_page() -> None:
    reply = client().get("/nothing/here", headers={"Accept": "text/html"})
    assert reply.mimetype == "text/html"
    assert "script-src 'self'" in reply.headers[HEADER]


def test_what_is_known_already_keeps_its_policy(base_url: str) -> None:
    """A 304 must not replace the policy of the page that the client has."""
    headers = {"Accept": "text/html"}
    page = fetch(f"{base_url}/protein/Q06945", headers=headers)
    assert "script-src 'self'" in page.headers[HEADER]
    known = headers | {"If-None-Match": page.headers["ETag"]}
    reply = fetch(f"{base_url}/protein/Q06945", headers=known)
    assert (reply.status, reply.headers.get_all(HEADER)) == (304, None)
    reply = fetch(f"{base_url}/protein/Q06945", method="HEAD", headers=headers)
    assert reply.headers[HEADER] == page.headers[HEADER]


# What the policy would stop must not stand in our own files


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_templates_have_nothing_inline(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), "an inline event handler"
    assert not re.search(r"<[^>]*\sstyle\s*=", text), "a style attribute"
    assert "<style" not in text
    assert "javascript:" not in text
    for attributes in re.findall(r"<script([^>]*)>", text):
        data = re.search(r'type="application/(ld\+)?json"', attributes)
        assert data or " src=" in attributes, attributes


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_templates_load_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r'<(?:script|img|iframe|link)[^>]*\s(?:src|href)="(?:https?:)?//', text)


SCRIPTS = sorted(path for path in FOLDER.rglob("*.js") if VENDOR not in path.parents)
"""Our own."""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_make_no_markup_of_text(path: Path) -> None:
    text = path.read_text("utf-8")
    unsafe = r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval)\b|new Function"
    assert not re.search(unsafe, text)
    assert "document.cookie" not in text
