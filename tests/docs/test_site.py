"""The built documentation: complete, without a warning, and without anything from elsewhere."""

from __future__ import annotations

import functools
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.browser.axe import grave
from tests.browser.chromium import launched, profile
from tests.browser.watch import Watch
from tests.conftest import ROOT

DOCS = ROOT / "docs"
LOADED = {"link": "href", "script": "src", "img": "src", "source": "src", "iframe": "src"}
"""The elements that make a browser load something, with the attribute that names it."""
LINKS_THAT_LOAD = {"stylesheet", "icon", "shortcut icon", "preload", "prefetch"}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages."""
    folder = tmp_path_factory.mktemp("docs")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-W",
            "--keep-going",
            "-q",
            *("-d", str(folder / "trees"), str(DOCS), str(folder / "html")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


class Links(HTMLParser):
    """What a page loads, what it leads to, and the anchors that it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what an element names."""
        given = {name: value or "" for name, value in attrs}
        self.anchors.add(given.get("id", ""))
        address = given.get(LOADED.get(tag, ""), "")
        if address and (tag != "link" or given.get("rel") in LINKS_THAT_LOAD):
            self.loads.append(address)
        if tag == "a" and "href" in given:
            self.leads.append(given["href"])


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Links]:
    """What stands in each page."""
    return {page: Links(page) for page in site.rglob("*.html")}


def test_every_document_is_a_page(site: Path) -> None:
    sources = [path for path in DOCS.rglob("*.md") if "_build" not in path.parts]
    made = {path.relative_to(site).with_suffix("") for path in site.rglob("*.html")}
    assert {path.relative_to(DOCS).with_suffix("") for path in sources} <= made


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Links]) -> None:
    loaded = {(page.name, one) for page, links in pages.items() for one in links.loads}
    assert any(one.endswith(".css") for _, one in {(n, a.partition("?")[0]) for n, a in loaded})
    assert [pair for pair in loaded if urlsplit(pair[1]).netloc] == []
    sheets = "".join(path.read_text("utf-8") for path in site.rglob("*.css"))
    assert "@import" not in sheets
    assert "url(http" not in sheets.replace("'", "").replace('"', "")
    assert "url(//" not in sheets.replace("'", "").replace('"', "")


def test_links_within_lead_somewhere(site: Path, pages: dict[Path, Links]) -> None:
    broken = []
    for page, links in pages.items():
        for link in links.leads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            anchors = pages[target].anchors if target in pages else {parts.fragment}
            if not target.exists() or (parts.fragment and unquote(parts.fragment) not in anchors):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert broken == []


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """Where the pages are served for a browser."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    handler = functools.partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_browser_asks_nobody_else_and_everybody_can_read_it(address: str) -> None:
    with launched() as browser:
        for dark in (False, True):
            context = profile(browser, address, dark=dark)
            watch = Watch(address)
            watch.follow(context)
            page = context.new_page()
            for name in ("index", "reference/terms", "tutorial"):
                page.goto(f"/{name}.html")
                assert grave(page) == "", page.url
            page.goto("/search.html?q=evidence")
            page.wait_for_selector("ul.search a[href*='terms']")
            assert watch.faults() == []
            context.close()
