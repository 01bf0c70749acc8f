"""What is true of every page: one heading, a title of its own, a strict policy, little weight."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import PAGES, PageType
from tests.browser.visiting import every_page, visit
from tests.browser.watch import Watch

WEIGHT = 200_000
"""How many bytes a page and what it loads may have, as they travel."""
HEAVY = "/static/vendor/"
"""What draws the network and the query editor; it is not counted."""
OWN_SOURCES = {"'none'", "'self'", "data:", "blob:"}
POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
}
"""What every page's policy must say, word for word."""


def assert_strict(header: str) -> None:
    """Asserts that a policy lets a page load nothing but what is the site's own."""
    policy = {words[0]: set(words[1:]) for part in header.split(";") if (words := part.split())}
    for directive, sources in POLICY.items():
        assert policy.get(directive, policy["default-src"]) <= sources, header
    for directive, sources in policy.items():
        # The query editor sets styles from its script; nothing else may be laxer.
        lax = {"'unsafe-inline'"} if directive.startswith("style-src") else set()
        assert sources <= OWN_SOURCES | lax, header


@every_page
def test_structure_and_policy(page: Page, watch: Watch, kind: PageType) -> None:
    header = visit(page, watch, kind)["content-security-policy"]
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("main")).to_have_count(1)
    expect(page.locator("main")).to_contain_text(kind.shows)
    assert page.locator("h1").inner_text().strip()
    assert_strict(header)


@every_page
def test_works_without_javascript(open_page: OpenPage, watch: Watch, kind: PageType) -> None:
    page = open_page(script=False)
    visit(page, watch, kind)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("main")).to_contain_text(kind.shows, use_inner_text=True)


@every_page
def test_weight(page: Page, watch: Watch, kind: PageType) -> None:
    addresses: dict[str, str] = {}
    sizes: dict[str, float] = {}

    def answered(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["response"]["url"]

    def loaded(event: dict[str, Any]) -> None:
        sizes[addresses[event["requestId"]]] = event["encodedDataLength"]

    session = page.context.new_cdp_session(page)
    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", loaded)
    session.send("Network.enable")
    visit(page, watch, kind)
    # Also what scripts ask for after the page has loaded.
    page.wait_for_load_state("networkidle")
    session.detach()
    counted = {
        address: size
        for address, size in sizes.items()
        if not urlsplit(address).path.startswith(HEAVY)
    }
    assert any(urlsplit(address).path == urlsplit(kind.path).path for address in counted)
    assert sum(counted.values()) < WEIGHT, counted


def test_titles_differ(page: Page, watch: Watch) -> None:
    titles: dict[str, str] = {}
    for kind in PAGES:
        visit(page, watch, kind)
        title = page.title()
        assert title.strip(), kind.path
        assert title not in titles, f"{kind.path} has the title of {titles[title]}: {title}"
        titles[title] = kind.path
