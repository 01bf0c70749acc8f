"""Starts Debian's Chromium without a window, and opens pages in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

CHROMIUM = Path("/usr/bin/chromium-headless-shell")
"""Chromium without a window: the same engine, at a third of the work."""
WIDE = 1280
NARROW = 390
"""The width of a telephone, in CSS pixels."""
HEIGHTS = {WIDE: 800, NARROW: 844}
PATIENCE = 30_000
"""Milliseconds after which something that a page should do counts as failed."""

ARGUMENTS = (
    # No name but this machine's resolves, so nothing that is asked for gets anywhere else.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    # The same picture wherever it is taken.
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--hide-scrollbars",
)


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser for a while.

    Raises:
        FileNotFoundError: Chromium is not installed.
    """
    if not CHROMIUM.exists():
        raise FileNotFoundError(
            f"the browser tests need {CHROMIUM}; run: sudo apt-get install chromium-headless-shell"
        )
    # Chromium's own sandbox refuses to run as root.
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, *root], timeout=2 * PATIENCE
        )
        try:
            yield browser
        finally:
            browser.close()


def profile(
    browser: Browser, url: str, *, dark: bool = False, width: int = WIDE, script: bool = True
) -> BrowserContext:
    """A fresh profile: no cookie, no stored setting, an empty cache.

    Args:
        browser: the browser.
        url: where the site is; addresses are read relative to it.
        dark: whether the reader prefers a dark scheme.
        width: of the window, in CSS pixels.
        script: whether JavaScript runs.
    """
    made = browser.new_context(
        base_url=url,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        viewport={"width": width, "height": HEIGHTS.get(width, HEIGHTS[WIDE])},
        java_script_enabled=script,
        locale="en-GB",
    )
    made.set_default_timeout(PATIENCE)
    return made
