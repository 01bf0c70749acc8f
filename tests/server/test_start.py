"""The start page, and the frame that all pages have."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from rdfconv.identifiers import VOID_GRAPH
from server.pages.start import COUNTED, PLACES
from tests.conftest import MakeRelease, StartServer
from tests.server.test_health import MISSING, Fixed, client
from tests.server.web import ask, fetch


@pytest.fixture(scope="module")
def page(base_url: str) -> str:
    reply = fetch(f"{base_url}/", accept="text/html")
    assert (reply.status, reply.media_type) == (200, "text/html")
    return reply.text


def test_numbers_are_those_of_the_data(base_url: str, page: str) -> None:
    shown = re.findall(r"<dt>([^<]+)</dt><dd>([\d,]+)</dd>", page)
    assert [label for label, _ in shown] == list(COUNTED.values())
    for class_, (label, number) in zip(COUNTED, shown, strict=True):
        text = f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s a <{class_}> }}"
        found = ask(f"{base_url}/sparql", text, accept="text/csv").text.split()[1]
        assert number.replace(",", "") == found, label


def test_it_leads_to_what_there_is(base_url: str, page: str) -> None:
    """Every place to begin is in the sample, and every organism has a link."""
    for place in PLACES:
        assert f'href="{place.address}"' in page, place
    reply = ask(f"{base_url}/sparql", "SELECT ?t { ?t a up:Taxon }", accept="text/csv")
    taxa = [iri.rpartition("/")[2] for iri in reply.text.split()[1:]]
    assert len(taxa) == 7
    assert sorted(re.findall(r'href="/organism/(\d+)"', page)) == sorted(taxa)


def test_the_query_shown_can_be_run(base_url: str, page: str) -> None:
    address = re.findall(r'href="(/sparql\?query=[^"]*format=csv)"', page)[0].replace("&amp;", "&")
    reply = fetch(base_url + address)
    assert (reply.status, reply.media_type) == (200, "text/csv")
    assert "AR,http://purl.uniprot.org/uniprot/Q06945" in reply.text
    assert "SOX4" in unquote(address)


def test_it_says_which_release(base_url: str, page: str) -> None:
    release = fetch(f"{base_url}/").headers["TFLink-Release"]
    assert f"<code>{release}</code>" in page
    day = f"{release[:4]}-{release[4:6]}-{release[6:8]}"
    assert page.count(f'<time datetime="{day}">{day}</time>') == 1


@pytest.mark.parametrize("path", ["/", "/protein/Q06945", "/ontology", "/sparql", "/nothing"])
def test_the_frame(base_url: str, path: str) -> None:
    text = fetch(base_url + path, accept="text/html").text
    assert text.count('role="search"') == 1
    assert re.search(r'<form class="search" action="/search" method="get"', text)
    assert re.search(r'<label[^>]* for="search"', text)
    assert text.count('id="search"') == text.count('name="q"') == 1
    assert text.index('href="#main"') < text.index("<header")
    assert '<main id="main"' in text
    assert text.index("theme.js") < text.index("site.css") < text.index("</head>")
    assert "free for non-commercial use with attribution" in text
    for address in ("/.well-known/void", "/ontology", "/sparql?format=ttl", "https://tflink.net/"):
        assert f'href="{address}"' in text, address


def test_the_service_description_is_linked_as_data(base_url: str) -> None:
    reply = fetch(f"{base_url}/sparql?format=ttl", accept="text/html")
    assert (reply.status, reply.media_type) == (200, "text/turtle")


def test_it_is_not_made_again(base_url: str) -> None:
    tag = fetch(f"{base_url}/").headers["ETag"]
    assert fetch(f"{base_url}/", headers={"If-None-Match": tag}).status == 304


def test_without_a_release_it_still_comes() -> None:
    reply = client(Fixed(error=MISSING)).get("/")
    assert reply.status_code == 200
    assert "There are no data at the moment" in reply.text
    assert reply.headers["Cache-Control"] == "no-store"
    assert "Release <code>" not in reply.text


def test_names_that_attack(
    tmp_path: Path, make_release: MakeRelease, start_server: StartServer
) -> None:
    evil = "<script>alert(1)</script>\u202e'"
    a = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    terms = "http://purl.org/dc/terms"
    make_release(
        tmp_path,
        f"<x:set> {a} <http://www.w3.org/ns/dcat#Dataset> <{VOID_GRAPH}> .\n"
        f'<x:set> <{terms}/title> "{evil}" <{VOID_GRAPH}> .\n'
        f'<x:set> <{terms}/description> "{evil}{"long" * 60}" <{VOID_GRAPH}> .\n'
        f"<javascript:alert(1)> {a} <http://purl.uniprot.org/core/Taxon> .\n"
        f'<javascript:alert(1)> <http://purl.uniprot.org/core/scientificName> "{evil}" .\n',
    )
    text = fetch(f"{start_server(tmp_path, workers=1).url}/").text
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;\u202e&#39;") == 3
    assert "javascript:" not in text
