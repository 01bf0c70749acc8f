"""The tests of pages can fail: what they shall find is found on a page that has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import axe, chromium
from tests.browser.chromium import profile
from tests.browser.watch import Watch

ORIGIN = "http://127.0.0.1:9"
"""Nothing listens there: every answer is the test's own."""
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http://127.0.0.2:9"
)
SOUND = '<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1></main></html>'


class Bench:
    """A watched page whose answers the test makes."""

    def __init__(self, browser: Browser) -> None:
        self.watch = Watch(ORIGIN)
        self.context = profile(browser, ORIGIN)
        self.watch.follow(self.context)
        self.page = self.context.new_page()

    def show(self, body: str, *, script: str = "", headers: dict[str, str] | None = None) -> Page:
        """Opens a page under a strict policy, with a script of its own origin."""
        sent = {"Content-Type": "text/html", "Content-Security-Policy": STRICT, **(headers or {})}
        self.page.route("**/page", lambda route: route.fulfill(body=body, headers=sent))
        self.page.route("**/script.js", lambda route: route.fulfill(body=script))
        self.page.route("**/missing.png", lambda route: route.fulfill(status=404))
        self.page.goto("/page", wait_until="load")
        return self.page


@pytest.fixture
def bench(browser: Browser) -> Iterator[Bench]:
    made = Bench(browser)
    yield made
    made.context.close()


def test_a_sound_page_has_no_fault(bench: Bench) -> None:
    page = bench.show(SOUND)
    assert bench.watch.faults() == []
    assert axe.violations(page) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<script>document.title = 'x'</script>", "Content Security Policy"),
        ('<p style="color: red">x</p>', "Content Security Policy"),
        (
            '<img alt="x" src="http://127.0.0.2:9/missing.png">',
            "another origin: http://127.0.0.2:9",
        ),
        ('<img alt="x" src="/missing.png">', "status of 404"),
    ],
)
def test_faults_of_a_document_are_found(bench: Bench, body: str, fault: str) -> None:
    bench.show(SOUND + body)
    assert any(fault in each for each in bench.watch.faults())


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("console.error('ill')", "console, error: ill"),
        ("throw new Error('ill')", "a script failed: ill"),
        ("Promise.reject(new Error('ill'))", "a script failed: ill"),
        ("document.cookie = 'a=b'", "a cookie was set: a"),
        ("eval('1')", "a script failed: Evaluating a string as JavaScript"),
    ],
)
def test_faults_of_a_script_are_found(bench: Bench, script: str, fault: str) -> None:
    bench.show(SOUND + '<script src="/script.js"></script>', script=script)
    assert any(each.startswith(fault) for each in bench.watch.faults()), bench.watch.faults()


def test_an_expected_status_is_no_fault_unless_it_does_not_come(bench: Bench) -> None:
    bench.watch.expect_status(404, "/missing.png")
    assert bench.watch.faults() == [
        "no answer with status 404 came, although /missing.png was expected to"
    ]
    bench.show(SOUND + '<img alt="x" src="/missing.png">')
    assert bench.watch.faults() == []


def test_a_page_that_is_hard_to_use_is_found(bench: Bench) -> None:
    page = bench.show(SOUND + '<img src="data:,"><input><p id="a"><p id="a">')
    assert {each.rule for each in axe.violations(page)} >= {"image-alt", "label"}
    found = axe.grave(page)
    assert "critical: image-alt" in found
    assert "  at input" in found


def test_axe_sees_too_little_contrast(bench: Bench) -> None:
    body = SOUND.replace("<title>", '<link rel="stylesheet" href="/style.css"><title>')
    bench.page.route(
        "**/style.css",
        lambda route: route.fulfill(body="h1 {color: #ccc}", content_type="text/css"),
    )
    assert "color-contrast" in axe.grave(bench.show(body))
    assert bench.watch.faults() == []


def test_without_the_browser_or_axe_a_test_fails_with_what_to_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(chromium, "CHROMIUM", tmp_path / "none")
    with (
        pytest.raises(FileNotFoundError, match="run: sudo apt-get install chromium-headless-shell"),
        chromium.launched(),
    ):
        pytest.fail("started what is not there")
    monkeypatch.setattr(axe, "AXE", tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="run: make vendor"):
        axe.violations(bench.page)
