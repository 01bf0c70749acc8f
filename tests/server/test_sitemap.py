"""The sitemap: every page of a kind once, files that crawlers take, addresses that work."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from flask import Flask

from rdfconv.config import Settings
from server.app import create_app
from server.engine.embedded import EmbeddedEngine
from server.pages import sitemap
from server.pages.sitemap import ADDRESSES, KINDS, NAMESPACE
from tests.conftest import MakeRelease
from tests.server.web import Reply, ask, fetch


def locations(text: str, entry: str) -> list[str]:
    """The addresses in a file of ``url`` or ``sitemap`` entries."""
    root = ElementTree.fromstring(text)
    assert root.tag == f"{{{NAMESPACE}}}" + {"url": "urlset", "sitemap": "sitemapindex"}[entry]
    assert {child.tag for child in root} <= {f"{{{NAMESPACE}}}{entry}"}
    found = [child.findtext(f"{{{NAMESPACE}}}loc") or "" for child in root]
    assert len(found) == len(set(found))
    return found


def pages(reply: Reply) -> list[str]:
    assert (reply.status, reply.media_type) == (200, "application/xml")
    assert len(reply.body) < 50 << 20
    found = locations(reply.text, "url")
    assert 0 < len(found) <= ADDRESSES
    return found


@pytest.fixture(scope="module")
def files(base_url: str) -> list[str]:
    """The files that the index names."""
    reply = fetch(f"{base_url}/sitemap.xml")
    assert (reply.status, reply.media_type) == (200, "application/xml")
    assert re.findall(r"<lastmod>\d{4}-\d\d-\d\d</lastmod>", reply.text)
    return locations(reply.text, "sitemap")


def test_the_index(base_url: str, files: list[str]) -> None:
    names = ["pages", *(f"{kind}-1" for kind in KINDS)]
    assert files == [f"{base_url}/sitemap/{name}.xml" for name in names]


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_of_a_kind_is_there_once(base_url: str, files: list[str], kind: str) -> None:
    (file,) = [name for name in files if f"/{kind}-" in name]
    found = pages(fetch(file))
    text = f"SELECT (COUNT(DISTINCT ?s) AS ?n) {KINDS[kind].pattern}"
    reply = ask(f"{base_url}/sparql", text, accept="text/csv")
    assert len(found) == int(reply.text.split()[1])
    assert all(address.startswith(base_url + KINDS[kind].path) for address in found)


def test_proteins_that_are_named_have_a_page(base_url: str, files: list[str]) -> None:
    (file,) = [name for name in files if "/proteins-" in name]
    found = pages(fetch(file))
    assert f"{base_url}/protein/Q06945" in found
    for address in random.Random(6).sample(found, 20):
        assert fetch(address, accept="text/html").status == 200, address


def test_robots_names_it(base_url: str) -> None:
    assert f"\nSitemap: {base_url}/sitemap.xml\n" in fetch(f"{base_url}/robots.txt").text


def test_it_costs_nothing_to_ask_again(files: list[str]) -> None:
    for address in files:
        tag = fetch(address).headers["ETag"]
        assert tag
        assert fetch(address, headers={"If-None-Match": tag}).status == 304


@pytest.mark.parametrize(
    "name", ["nothing", "proteins", "proteins-0", "proteins-2", "proteins-999999", "x-1", "pages-1"]
)
def test_files_that_do_not_exist(base_url: str, name: str) -> None:
    reply = fetch(f"{base_url}/sitemap/{name}.xml")
    assert (reply.status, reply.json["hint"]) == (404, "/sitemap.xml names all of them")


# With other releases and settings


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease) -> Iterator[Flask]:
    """A release of 7 proteins, and things that have no page here."""
    root = tmp_path_factory.mktemp("odd")
    make_release(root, QUADS)
    settings = Settings(release=str(root), workers=1, public_url="https://tf.example.org/a/")
    engine = EmbeddedEngine(settings)
    yield create_app(settings, engine)
    engine.close()


UP, TFL = "http://purl.uniprot.org/core/", "https://w3id.org/tflink-rdf/ontology#"
ACCESSIONS = [f"P0000{number}" for number in range(7)]
QUADS = "".join(
    f"<{iri}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{class_}> .\n"
    for iri, class_ in [
        *((f"http://purl.uniprot.org/uniprot/{name}", f"{UP}Protein") for name in ACCESSIONS),
        ("http://purl.uniprot.org/uniprot/nonsense", f"{UP}Protein"),
        ("http://example.org/P12345", f"{UP}Protein"),
        ("https://w3id.org/tflink-rdf/database/A%26B&C", f"{TFL}SourceDatabase"),
        ("https://w3id.org/tflink-rdf/database/a/b", f"{TFL}SourceDatabase"),
    ]
)


def test_large_kinds_are_parted(odd: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "ADDRESSES", 3)
    asked = odd.test_client()
    index = locations(asked.get("/sitemap.xml").text, "sitemap")
    names = [urlsplit(address).path.rpartition("/")[2] for address in index]
    assert names == [
        *("pages.xml", "proteins-1.xml", "proteins-2.xml", "proteins-3.xml", "databases-1.xml")
    ]
    found = []
    for name in names[1:4]:
        part = locations(asked.get(f"/sitemap/{name}").text, "url")
        assert len(part) <= 3
        found += part
    assert found == [f"https://tf.example.org/a/protein/{name}" for name in ACCESSIONS]


def test_the_configured_address_is_used(odd: Flask) -> None:
    asked = odd.test_client()
    assert "https://tf.example.org/a/sitemap.xml" in asked.get("/robots.txt").text
    for path, entry in (("/sitemap.xml", "sitemap"), ("/sitemap/pages.xml", "url")):
        for address in locations(asked.get(path).text, entry):
            assert address.startswith("https://tf.example.org/a/")


def test_names_are_escaped(odd: Flask) -> None:
    text = odd.test_client().get("/sitemap/databases-1.xml").text
    assert "<loc>https://tf.example.org/a/database/A%26B&amp;C</loc>" in text
    assert locations(text, "url") == ["https://tf.example.org/a/database/A%26B&C"]


def test_an_empty_release(tmp_path: Path, make_release: MakeRelease) -> None:
    make_release(tmp_path, "<x:s> <x:p> <x:o> .\n")
    settings = Settings(release=str(tmp_path), workers=1)
    engine = EmbeddedEngine(settings)
    asked = create_app(settings, engine).test_client()
    assert locations(asked.get("/sitemap.xml").text, "sitemap") == [
        "http://localhost/sitemap/pages.xml"
    ]
    page = asked.get("/")
    assert page.status_code == 200
    assert "This release in numbers" not in page.text
    engine.close()
