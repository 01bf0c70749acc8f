"""Takes pictures of the main pages for the documentation.

``python -m tests.browser.screenshots docs/screenshots`` serves the sample and takes them there;
``--url http://127.0.0.1:8080`` takes them of a server that runs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.chromium import NARROW, WIDE, launched, profile
from tests.browser.pages import PAGES, PageType
from tests.browser.png import reduced
from tests.browser.watch import Watch
from tests.conftest import served

VARIANTS = {"light": (False, WIDE), "dark": (True, WIDE), "narrow": (False, NARROW)}
"""What the name of a picture ends with, whether it is dark, and how wide it is."""


def picture(browser: Browser, url: str, kind: PageType, variant: str) -> bytes:
    """A picture of one screen of a page, as a PNG file.

    Args:
        browser: the browser.
        url: where the site is, without a slash at the end.
        kind: the page.
        variant: one of `VARIANTS`.

    Raises:
        AssertionError: the page is not well: it must not be shown like that.
    """
    dark, width = VARIANTS[variant]
    context = profile(browser, url, dark=dark, width=width)
    watch = Watch(url)
    watch.follow(context)
    page = context.new_page()
    response = page.goto(kind.path, wait_until="networkidle")
    assert response is not None
    assert response.status == kind.status, f"{response.url} answers {response.status}"
    if kind.begins:
        page.locator(kind.begins).evaluate("part => part.scrollIntoView()")
    taken = page.screenshot(animations="disabled", caret="hide")
    faults = watch.faults()
    context.close()
    assert not faults, "\n".join(faults)
    return reduced(taken)


def take(browser: Browser, url: str, folder: Path) -> list[Path]:
    """Writes the pictures of all pages that are to be shown; returns their files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in PAGES:
        for variant in kind.pictures:
            written.append(folder / f"{kind.name}-{variant}.png")
            written[-1].write_bytes(picture(browser, url, kind, variant))
    return written


def main(arguments: list[str] | None = None) -> int:
    """Takes the pictures and lists them with their sizes."""
    parser = argparse.ArgumentParser(
        description=__doc__, prog="python -m tests.browser.screenshots"
    )
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--url", help="a running site; without it the sample is served")
    options = parser.parse_args(arguments)
    with launched() as browser:
        if options.url:
            written = take(browser, options.url.rstrip("/"), options.folder)
        else:
            with served(None) as (server, _):
                written = take(browser, server.url, options.folder)
    for file in written:
        sys.stdout.write(f"{file}\t{file.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
