"""Visits every page type: what the general tests share."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import HEIGHTS, WIDE
from tests.browser.pages import PAGES, PageType
from tests.browser.watch import Watch

every_page = pytest.mark.parametrize("kind", PAGES, ids=lambda kind: kind.name)
SCHEMES = {"light": False, "dark": True}
"""The colour schemes, and whether they are dark."""
schemes = pytest.mark.parametrize("dark", SCHEMES.values(), ids=SCHEMES)


def visit(page: Page, watch: Watch, kind: PageType) -> dict[str, str]:
    """Opens a page, checks its status, and returns the headers of the answer."""
    if kind.status >= 400:
        watch.expect_status(kind.status, kind.path)
    response = page.goto(kind.path)
    assert response is not None
    assert response.status == kind.status, f"{kind.path} answers {response.status}"
    return response.all_headers()


def visit_as(
    page: Page, watch: Watch, kind: PageType, *, dark: bool = False, width: int = WIDE
) -> None:
    """Opens a page for another reader, in the profile there is: a new one takes its time.

    Args:
        page: where it is opened.
        watch: what watches it.
        kind: the page.
        dark: whether the reader prefers a dark scheme.
        width: of the window, in CSS pixels.
    """
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    visit(page, watch, kind)
