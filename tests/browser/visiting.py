"""Visits every page type: what the general tests share."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.pages import PAGES, PageType
from tests.browser.watch import Watch

every_page = pytest.mark.parametrize("kind", PAGES, ids=lambda kind: kind.name)
schemes = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def visit(page: Page, watch: Watch, kind: PageType) -> dict[str, str]:
    """Opens a page, checks its status, and returns the headers of the answer."""
    if kind.status >= 400:
        watch.expect_status(kind.status, kind.path)
    response = page.goto(kind.path)
    assert response is not None
    assert response.status == kind.status, f"{kind.path} answers {response.status}"
    return response.all_headers()
