"""The search and its suggestions, against real servers."""

from __future__ import annotations

import html
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

import rdfconv
from rdfconv.release import SEARCH, open_release
from rdfconv.search.terms import KEY_LENGTH
from tests.conftest import MakeRelease, StartServer, wait_until
from tests.inputs import TURTLE_PREFIXES
from tests.server.web import Reply, fetch

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LONG = "very long " * 23 + "name of all"
"""A name of more than 240 characters."""
ATTACKS = {
    "P00001": "<script>alert(1)</script>",
    "P00002": "\"><img src=x onerror='alert(1)'>",
    "P00003": "javascript:alert(1)",
    "P00004": "\u202egnp.4XOS\u202c",
    "P00005": LONG,
    "P00006": "\u03b2-\u30ab\u30c6\u30cb\u30f3",
    "P00007": "O'Neill; DROP TABLE names; --",
    "P00008": 'NEAR("a" "b") OR name:* AND NOT ^x',
    "P00009": "{{ 7 * 7 }}",
    "P0000A0": "not an accession",
}
TAXA = """
taxon:9606 a up:Taxon ; up:scientificName "Homo sapiens" .
taxon:10090 a up:Taxon ; up:scientificName "Mus musculus" .
taxon:7955 a up:Taxon ; up:scientificName "Danio rerio" .
"""


def protein(accession: str, name: str, taxon: int = 9606, more: str = "") -> str:
    return (
        f"u:{accession} a up:Protein ; rdfs:label {json.dumps(name, ensure_ascii=False)} ; "
        f"obo:RO_0002162 taxon:{taxon} {more} .\n"
    )


def build(root: Path, *pieces: str, plain: bool = True) -> None:
    source = root.parent / f"{root.name}.ttl"
    source.write_text(TURTLE_PREFIXES + TAXA + "".join(pieces), "utf-8")
    rdfconv.build([source], root, plain=plain)


@pytest.fixture(scope="module")
def odd_url(tmp_path_factory: pytest.TempPathFactory, start_server: StartServer) -> str:
    """A release with names that attack, and with names that are alike."""
    root = tmp_path_factory.mktemp("odd") / "releases"
    build(
        root,
        *(protein(accession, name) for accession, name in ATTACKS.items()),
        # Of four that are called alike the one in the mouse and the one of the fish have an edge.
        protein("P10001", "Twin1", 10090, "; tfl:regulates u:P10002"),
        protein("P10002", "Twin2", 10090),
        protein("P20001", "twin1", 7955, "; tfl:regulates u:P20002"),
        protein("P20002", "twin2", 7955),
        protein("P30001", "TWIN1"),
        protein("P30002", "TWIN2", 9606, "; tfl:regulates u:P30003"),
        protein("P30003", "TWIN3", 9606, '; skos:altLabel "TWIN1" , "OTHER1"'),
        # One id of two kinds.
        protein("P40001", "IDS1", 9606, "; tfl:encodedBy ncbigene:777"),
        "ncbigene:777 a tfl:Gene . pubmed:777 a schema:ScholarlyArticle .\n",
        "ncbigene:888 a tfl:Gene . u:P40001 tfl:encodedBy ncbigene:888 .\n",
    )
    return start_server(root).url


class _Page(HTMLParser):
    """The text of the main part of a page, its links, and the tags of the whole."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.links: list[str] = []
        self._main = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._main = self._main or tag == "main"
        if self._main and tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        self._main = self._main and tag != "main"

    def handle_data(self, data: str) -> None:
        if self._main:
            self.text += data


def search(url: str, text: str, accept: str = BROWSER, **more: str) -> Reply:
    return fetch(f"{url}/search", accept=accept, query={"q": text, **more})


def page(url: str, text: str, **more: str) -> _Page:
    reply = search(url, text, **more)
    assert (reply.status, reply.media_type) == (200, "text/html"), reply.text
    return _Page(reply.text)


def suggestions(url: str, text: str) -> list[dict[str, Any]]:
    reply = fetch(f"{url}/suggest", query={"q": text})
    assert (reply.status, reply.media_type) == (200, "application/json")
    told: list[dict[str, Any]] = reply.json["suggestions"]
    return told


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Q06945", "/protein/Q06945"),
        (" q06945 ", "/protein/Q06945"),
        ("uniprot:Q06945", "/protein/Q06945"),
        ("http://purl.uniprot.org/uniprot/Q06945", "/protein/Q06945"),
        ("https://www.uniprot.org/uniprotkb/Q06945/entry", "/protein/Q06945"),
        ("https://tflink.net/protein/q06945/", "/protein/Q06945"),
        ("6659", "/gene/6659"),
        ("gene:6659", "/gene/6659"),
        ("20610535", "/paper/20610535"),
        ("PMID:20610535", "/paper/20610535"),
        ("pmid 20610535", "/paper/20610535"),
        ("https://pubmed.ncbi.nlm.nih.gov/20610535/", "/paper/20610535"),
        ("MI:0402", "/method/MI_0402"),
        ("mi_0402", "/method/MI_0402"),
        ("http://purl.obolibrary.org/obo/MI_0402", "/method/MI_0402"),
        ("9606", "/organism/9606"),
        ("taxon:9606", "/organism/9606"),
        ("database:GTRD", "/database/GTRD"),
        ("P10275 > Q06945", "/interaction/P10275_Q06945"),
        ("AR > SOX4", "/interaction/P10275_Q06945"),
        ("ar->sox4", "/interaction/P10275_Q06945"),
        ("AR\u2192SOX4", "/interaction/P10275_Q06945"),
        ("AR SOX4", "/interaction/P10275_Q06945"),
        ("367 > 6659", "/interaction/P10275_Q06945"),
        ("tfli:P10275_Q06945", "/interaction/P10275_Q06945"),
        ("https://w3id.org/tflink-rdf/interaction/P10275_Q06945", "/interaction/P10275_Q06945"),
    ],
)
def test_what_is_meant_for_sure_is_shown_at_once(base_url: str, text: str, address: str) -> None:
    reply = search(base_url, text)
    assert (reply.status, reply.headers["Location"]) == (303, address), reply.text
    told = search(base_url, text, "application/json")
    assert (told.status, told.json["address"]) == (200, address)


def test_evidence_is_found_by_its_whole_id_only(base_url: str) -> None:
    graph = fetch(f"{base_url}/protein/Q06945.nt").text
    node = re.findall(r"https://w3id\.org/tflink-rdf/evidence/([a-z2-7]{26})", graph)[0]
    reply = search(base_url, node)
    assert (reply.status, reply.headers["Location"]) == (303, f"/evidence/{node}")
    found = search(base_url, node[:25], "application/json").json
    assert (found["total"], found["address"]) == (0, None)


@pytest.mark.parametrize(
    ("text", "expected", "address"),
    [
        ("sox4", "SOX4", "/protein/Q06945"),
        ("SOX", "Sox10", "/protein/O55170"),
        ("gtr", "GTRD", "/database/GTRD"),
        ("Chromatin immuno", "chromatin immunoprecipitation assay", "/method/MI_0402"),
        ("immunoprecipitation ASSAY", "chromatin immunoprecipitation assay", "/method/MI_0402"),
        ("homo sap", "Homo sapiens", "/organism/9606"),
        ("human", "Homo sapiens", "/organism/9606"),
        ("sapiens", "Homo sapiens", "/organism/9606"),
        ("Q0694", "SOX4", "/protein/Q06945"),
        ("2061053", "PubMed 20610535", "/paper/20610535"),
    ],
)
def test_names_and_ids_by_their_beginning(
    base_url: str, text: str, expected: str, address: str
) -> None:
    shown = page(base_url, text)
    assert expected in shown.text
    assert address in shown.links
    told = search(base_url, text, "application/json").json
    results = [one for group in told["kinds"] for one in group["results"]]
    assert (expected, address) in [(one["label"], one["address"]) for one in results]
    assert told["address"] is None


def test_the_page_says_what_a_protein_is(base_url: str) -> None:
    text = re.sub(r"\s+", " ", page(base_url, "sox4").text)
    assert "SOX4 Q06945, Homo sapiens, transcription factor, 100 targets, 51 regulators" in text


def test_lists_are_paged_and_never_cut_silently(base_url: str) -> None:
    told = search(base_url, "s", "application/json", kind="protein").json
    [group] = told["kinds"]
    total = group["total"]
    assert total > 100
    assert f"Proteins 1-20 of {total:,}" in page(base_url, "s").text
    seen: list[str] = []
    address = "/search.json?q=s&kind=protein"
    while address:
        [group] = fetch(base_url + address).json["kinds"]
        assert group["first"] == len(seen) + 1
        seen += [one["iri"] for one in group["results"]]
        assert group["last"] == len(seen)
        address = group["next"]
    assert len(seen) == len(set(seen)) == total
    second = page(base_url, "s", kind="protein", page="2")
    assert f"Proteins 21-40 of {total:,}" in second.text
    assert {"/search?q=s&kind=protein", "/search?q=s&kind=protein&page=3"} <= set(second.links)
    first = page(base_url, "s")
    assert "/search?q=s&kind=protein&page=2" in first.links
    last = -(-total // 20)
    reply = search(base_url, "s", kind="protein", page=str(last + 1))
    assert (reply.status, f"The last page is {last:,}" in html.unescape(reply.text)) == (404, True)


def test_help_with_examples_that_find_something(base_url: str) -> None:
    for text in ("", "  "):
        shown = page(base_url, text)
        examples = [link for link in shown.links if link.startswith("/search?q=")]
        assert len(examples) >= 7
    for link in examples:
        reply = fetch(base_url + link, accept=BROWSER)
        assert reply.status in (200, 303), link
        told = fetch(f"{base_url}{link}".replace("/search?", "/search.json?")).json
        assert told["total"] or told["edges"]["results"], link


# Edges


def test_an_edge_that_several_organisms_have(odd_url: str) -> None:
    for text in ("Twin1 > Twin2", "twin1 twin2"):
        shown = page(odd_url, text)
        assert "2 interactions" in shown.text
        assert [link for link in shown.links if link.startswith("/interaction/")] == [
            "/interaction/P10001_P10002",
            "/interaction/P20001_P20002",
        ]
        assert "Mus musculus" in shown.text
        told = search(odd_url, text, "application/json").json
        assert len(told["edges"]["results"]) == 2
        assert told["address"] is None
    reply = search(odd_url, "P20001 > P20002")
    assert (reply.status, reply.headers["Location"]) == (303, "/interaction/P20001_P20002")


def test_an_edge_that_is_not_listed_and_its_reverse(odd_url: str) -> None:
    shown = page(odd_url, "TWIN3 > TWIN2")
    assert "no interaction in which TWIN3 regulates TWIN2 is listed" in shown.text
    assert "this does not say that there is none" in shown.text
    assert "The other way round" in shown.text
    assert "/interaction/P30002_P30003" in shown.links
    neither = page(odd_url, "TWIN3 > IDS1")
    assert "does not say that there is none" in neither.text
    assert "The other way round" not in neither.text


def test_an_edge_by_another_name(odd_url: str) -> None:
    reply = search(odd_url, "twin2 > other1")
    assert (reply.status, reply.headers["Location"]) == (303, "/interaction/P30002_P30003")


def test_an_edge_of_unknown_proteins(base_url: str) -> None:
    shown = page(base_url, "SXO4 > AR")
    assert "No protein here is called SXO4" in shown.text
    assert "/search?q=SOX4" in shown.links
    assert "/protein/P10275" in shown.links


# Did you mean


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("SXO4", "SOX4"),
        ("SOXX4", "SOX4"),
        ("gtdr", "GTRD"),
        ("chromatin imunoprecipitation asay", "chromatin immunoprecipitation assay"),
        ("homo sapeins", "Homo sapiens"),
    ],
)
def test_misspelled_names(base_url: str, text: str, meant: str) -> None:
    shown = page(base_url, text)
    assert "Did you mean" in shown.text
    assert f"/search?{urlencode({'q': meant})}" in shown.links
    assert meant in search(base_url, text, "application/json").json["did_you_mean"]


def test_nothing_like_it(base_url: str) -> None:
    for text in ("qqqqqqqqqqqq", "\u200f", "%", "_", "*"):
        told = search(base_url, text, "application/json").json
        assert (told["total"], told["did_you_mean"]) == (0, []), text
        assert "Nothing in this release" in page(base_url, text).text


# Names that attack


@pytest.mark.parametrize(("accession", "name"), ATTACKS.items())
def test_names_that_attack_are_text(odd_url: str, accession: str, name: str) -> None:
    text = name[:KEY_LENGTH]
    for reply in (search(odd_url, text), search(odd_url, text, kind="protein")):
        assert reply.status == 200
        assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
        shown = _Page(reply.text)
        assert name in shown.text
        assert (f"/protein/{accession}" in shown.links) == (accession != "P0000A0")
        assert not [link for link in shown.links if link.startswith("javascript")]
        scripts = [attrs for tag, attrs in shown.tags if tag == "script"]
        assert all(attrs.get("src", "").startswith("/static/") for attrs in scripts)  # type: ignore[union-attr]
        assert not [tag for tag, attrs in shown.tags if "onerror" in attrs]
    [group] = search(odd_url, text, "application/json").json["kinds"]
    assert [one["label"] for one in group["results"]] == [name]
    for beginning in (name[:3], name):
        reply = fetch(f"{odd_url}/suggest", query={"q": beginning[:KEY_LENGTH]})
        assert name in [one["label"] for one in reply.json["suggestions"]]
        assert b"<" not in reply.body


@pytest.mark.parametrize(
    "text",
    ['"', "'", "a'b", '"a" OR "b"', "a*", "^a", "NEAR(a b)", "a AND b", "%", "x'00'", "a\x00b",
     "-", ">", ">>", "> a", "a >", "a > b > c", ":", "PMID:", "http://", "\\", "'; DROP TABLE x"],
)  # fmt: skip
def test_nothing_in_a_search_has_a_meaning_to_the_database(base_url: str, text: str) -> None:
    for path in ("search", "search.json", "suggest"):
        reply = fetch(f"{base_url}/{path}", query={"q": text})
        assert reply.status == 200, (path, text, reply.text)
    assert search(base_url, text).status in (200, 303)


def test_direction_marks_and_case_do_not_hide_a_name(odd_url: str) -> None:
    told = search(odd_url, "GNP.4xos", "application/json").json
    assert told["kinds"][0]["results"][0]["identifier"] == "P00004"
    told = search(odd_url, "\u0392-\uff76\uff83", "application/json").json  # capital, half-width
    assert told["kinds"][0]["results"][0]["identifier"] == "P00006"


# One id, several things


def test_an_id_of_two_kinds_is_not_decided(odd_url: str) -> None:
    shown = page(odd_url, "777")
    assert {"/gene/777", "/paper/777"} <= set(shown.links)
    assert search(odd_url, "PMID:777").headers["Location"] == "/paper/777"
    assert search(odd_url, "gene:777").headers["Location"] == "/gene/777"
    assert search(odd_url, "888").headers["Location"] == "/gene/888"
    assert "encodes IDS1" in shown.text


# Suggestions


def test_the_order_of_suggestions(odd_url: str, base_url: str) -> None:
    told = suggestions(odd_url, "twin1")
    # Exact labels first, the human one of them before the mouse's; then what has it beside a label.
    assert [one["identifier"] for one in told] == ["P30001", "P10001", "P20001", "P30003"]
    assert [one["exact"] for one in told] == [True, True, True, False]
    # A transcription factor comes before the others of its organism.
    assert [one["identifier"] for one in suggestions(odd_url, "twin")][:3] == [
        "P30002",
        "P30003",
        "P30001",
    ]
    told = suggestions(base_url, "so")
    assert len(told) == 10
    organisms = [one["organism"]["label"] for one in told if not one["exact"]]
    assert organisms == sorted(organisms, key="Homo sapiens".__ne__)
    [first, *_] = suggestions(base_url, "sox4")
    assert first == {
        "kind": "protein",
        "label": "SOX4",
        "identifier": "Q06945",
        "iri": "http://purl.uniprot.org/uniprot/Q06945",
        "address": "/protein/Q06945",
        "organism": {"iri": "http://purl.uniprot.org/taxonomy/9606", "label": "Homo sapiens"},
        "detail": "Q06945, Homo sapiens, transcription factor, 100 targets, 51 regulators",
        "exact": True,
        "transcription_factor": True,
        "targets": 100,
        "regulators": 51,
    }


def test_suggestions_of_a_crowded_prefix_are_the_first_finds(base_url: str) -> None:
    """What is stored for a prefix is what a search puts first."""
    for text in ("s", "a0", "z"):
        told = [one["iri"] for one in suggestions(base_url, text)]
        kinds = search(base_url, text, "application/json").json["kinds"]
        best = {one["iri"] for group in kinds for one in group["results"][:10]}
        assert len(told) == 10
        assert set(told) <= best


def test_suggestions_for_the_target_of_an_edge(base_url: str) -> None:
    told = suggestions(base_url, "AR > sox4")
    assert told[0]["label"] == "AR > SOX4"
    reply = fetch(base_url + told[0]["address"], accept=BROWSER)
    assert reply.headers["Location"] == "/interaction/P10275_Q06945"


def test_no_text_no_suggestions(base_url: str) -> None:
    assert suggestions(base_url, "") == []
    assert suggestions(base_url, " \u200f ") == []
    assert fetch(f"{base_url}/suggest").json["suggestions"] == []


# HTTP


@pytest.mark.parametrize("path", ["search", "search.json", "suggest"])
def test_long_input_is_refused(base_url: str, path: str) -> None:
    reply = fetch(f"{base_url}/{path}", query={"q": "a" * KEY_LENGTH})
    assert reply.status == 200
    reply = fetch(f"{base_url}/{path}", query={"q": "a" * (KEY_LENGTH + 1)})
    assert reply.status == 400
    assert "201 characters; 200 are allowed" in reply.json["detail"]


@pytest.mark.parametrize(
    ("name", "value"), [("kind", "x"), ("page", "0"), ("page", "-1"), ("page", "1e3")]
)
def test_bad_parameters_are_refused(base_url: str, name: str, value: str) -> None:
    query = {"q": "s", "kind": "protein", name: value}
    reply = fetch(f"{base_url}/search", query=query)
    assert (reply.status, reply.media_type) == (400, "application/problem+json")
    assert reply.json["hint"]


def test_formats(base_url: str) -> None:
    for accept in (None, "*/*", "application/json"):
        reply = search(base_url, "sox", accept or "*/*")
        assert reply.media_type == "application/json"
        assert "Accept" in reply.headers["Vary"]
    assert search(base_url, "sox", "image/png").status == 406
    assert fetch(f"{base_url}/search.json", query={"q": "sox"}, accept=BROWSER).json["total"]


@pytest.mark.parametrize("path", ["search", "suggest"])
def test_answers_are_kept_by_release(base_url: str, path: str) -> None:
    first = fetch(f"{base_url}/{path}", query={"q": "sox4"})
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = fetch(f"{base_url}/{path}", query={"q": "sox4"}, headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    other = fetch(f"{base_url}/{path}", query={"q": "sox"})
    assert other.headers["ETag"] != tag
    assert first.headers["TFLink-Release"] == other.headers["TFLink-Release"]


# Releases


def test_a_new_release_is_searched_at_once(tmp_path: Path, start_server: StartServer) -> None:
    root = tmp_path / "releases"
    build(root, protein("P10001", "First"))
    url = start_server(root).url
    assert [one["label"] for one in suggestions(url, "f")] == ["First"]
    old = fetch(f"{url}/suggest", query={"q": "f"})
    build(root, protein("P10001", "Fresh"))
    wait_until(
        lambda: [one["label"] for one in suggestions(url, "f")] == ["Fresh"], "the new names"
    )
    new = fetch(f"{url}/suggest", query={"q": "f"}, headers={"If-None-Match": old.headers["ETag"]})
    assert new.status == 200
    assert new.headers["TFLink-Release"] == open_release(root).id
    assert "Fresh" in page(url, "fresh").text


def test_one_release_by_its_own_folder(tmp_path: Path, start_server: StartServer) -> None:
    root = tmp_path / "releases"
    build(root, protein("P10001", "First"))
    url = start_server(open_release(root).path).url
    assert [one["label"] for one in suggestions(url, "f")] == ["First"]


def test_a_release_without_an_index(
    tmp_path: Path, start_server: StartServer, sample_release: Path
) -> None:
    root = tmp_path / "releases"
    shutil.copytree(sample_release, root, symlinks=True)
    (open_release(root).path / SEARCH).unlink()
    url = start_server(root).url
    shown = page(url, "sox4")
    assert "Names cannot be searched in this release" in shown.text
    assert "rdfconv build" in shown.text
    for text, address in (
        ("q06945", "/protein/Q06945"),
        ("PMID:20610535", "/paper/20610535"),
        ("6659", "/gene/6659"),
        ("MI:0402", "/method/MI_0402"),
        ("taxon:9606", "/organism/9606"),
        ("P10275 > Q06945", "/interaction/P10275_Q06945"),
    ):
        reply = search(url, text)
        assert (reply.status, reply.headers["Location"]) == (303, address), text
    told = fetch(f"{url}/suggest", query={"q": "sox"}).json
    assert told == {"query": "sox", "names_searched": False, "suggestions": []}
    assert page(url, "").text
    assert "no interaction in which" in page(url, "Q06945 > P10275").text


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_an_index_that_cannot_be_read(
    tmp_path: Path, start_server: StartServer, make_release: MakeRelease, content: bytes
) -> None:
    root = tmp_path / "releases"
    release = make_release(
        root, "<http://purl.uniprot.org/uniprot/P10001> <http://e/p> <http://e/o> .\n"
    )
    (release.path / SEARCH).write_bytes(content)
    server = start_server(root)
    assert search(server.url, "P10001").headers["Location"] == "/protein/P10001"
    assert "Names cannot be searched" in page(server.url, "x").text
    assert "names cannot be searched in" in server.log.read_text()


def test_a_release_that_vanished_is_still_searched(
    tmp_path: Path, start_server: StartServer
) -> None:
    root = tmp_path / "releases"
    build(root, protein("P10001", "First"))
    url = start_server(root, threads=1).url
    assert suggestions(url, "f")
    shutil.move(open_release(root).path, tmp_path / "away")
    assert [one["label"] for one in suggestions(url, "f")] == ["First"]


def test_addresses_keep_what_was_searched_for(base_url: str) -> None:
    [link] = [link for link in page(base_url, "s").links if "kind=protein" in link]
    assert parse_qs(urlsplit(link).query) == {"q": ["s"], "kind": ["protein"], "page": ["2"]}
