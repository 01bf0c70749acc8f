"""Fixtures of the browser tests: a running site, a browser, pages that are watched, and axe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.axe import Rules, grave
from tests.browser.chromium import WIDE, launched, profile
from tests.browser.watch import Watch


@dataclass(frozen=True, slots=True)
class Site:
    """A running server with the sample release.

    Attributes:
        url: where it is, without a slash at the end.
    """

    url: str


@pytest.fixture(scope="session")
def site(base_url: str) -> Site:
    """A running server (``rdfconv serve``) with the sample release."""
    return Site(base_url)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all these tests of a worker process; it ends before other tests go on."""
    with launched() as running:
        yield running


@pytest.fixture
def watch(site: Site) -> Watch:
    """Watches the pages of `page` and `open_page`; the test fails if one does what no page may.

    ``watch.expect_status(404)`` says beforehand that an answer with this status is wanted.
    """
    return Watch(site.url)


class OpenPage(Protocol):
    """Opens an address of the site in a fresh profile, see `tests.browser.chromium.profile`."""

    def __call__(
        self,
        path: str | None = None,
        *,
        dark: bool = False,
        width: int = WIDE,
        script: bool = True,
    ) -> Page: ...


@pytest.fixture
def open_page(browser: Browser, site: Site, watch: Watch) -> Iterator[OpenPage]:
    """Opens pages: ``open_page("/sparql", dark=True, width=NARROW, script=False)``."""
    opened: list[BrowserContext] = []

    def open_(
        path: str | None = None, *, dark: bool = False, width: int = WIDE, script: bool = True
    ) -> Page:
        made = profile(browser, site.url, dark=dark, width=width, script=script)
        opened.append(made)
        watch.follow(made)
        page = made.new_page()
        if path is not None:
            page.goto(path)
        return page

    yield open_
    faults = watch.faults()
    for each in opened:
        each.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """An empty page; ``page.goto("/protein/Q06945")`` opens an address of the site."""
    return open_page()


class CheckAccess(Protocol):
    """Fails with a list if the page has a serious or critical fault of accessibility."""

    def __call__(self, page: Page, rules: Rules = Rules.ALL) -> None: ...


@pytest.fixture(scope="session")
def axe() -> CheckAccess:
    """Fails with a list if the page has a serious or critical fault of accessibility."""

    def check(page: Page, rules: Rules = Rules.ALL) -> None:
        found = grave(page, rules)
        assert not found, f"{page.url}\n{found}"

    return check
