"""The linked-data pages, against real servers."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import rdflib
from rdflib.compare import isomorphic

from rdfconv.identifiers import BASE
from tests.conftest import MakeRelease, StartServer
from tests.server.web import Reply, ask, fetch

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
UNIPROT = rdflib.Namespace("http://purl.uniprot.org/uniprot/")
TFL = rdflib.Namespace(f"{BASE}ontology#")
SOX4 = UNIPROT["Q06945"]


class _Page(HTMLParser):
    """Tags with their attributes, and the text, of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def links(self) -> list[str]:
        return [attrs["href"] or "" for tag, attrs in self.tags if tag == "a" and "href" in attrs]


@pytest.mark.parametrize(
    ("accept", "media_type", "suffix"),
    [
        (None, "text/turtle", "ttl"),
        ("*/*", "text/turtle", "ttl"),
        ("text/turtle", "text/turtle", "ttl"),
        ("application/ld+json", "application/ld+json", "jsonld"),
        ("application/n-triples", "application/n-triples", "nt"),
        ("text/html", "text/html", "html"),
        (BROWSER, "text/html", "html"),
        ("application/rdf+xml, application/ld+json;q=0.9, */*;q=0.1", "application/ld+json",
         "jsonld"),
    ],
)  # fmt: skip
def test_formats(base_url: str, accept: str | None, media_type: str, suffix: str) -> None:
    reply = fetch(f"{base_url}/protein/Q06945", accept=accept)
    assert (reply.status, reply.media_type) == (200, media_type)
    assert reply.headers["Content-Location"] == f"/protein/Q06945.{suffix}"
    assert reply.headers["Vary"] == "Accept, Accept-Encoding, Origin"
    by_suffix = fetch(f"{base_url}/protein/Q06945.{suffix}", accept="image/png")
    assert (by_suffix.status, by_suffix.media_type) == (200, media_type)
    assert by_suffix.body == reply.body
    assert "Content-Location" not in by_suffix.headers


def test_documents_say_the_same_in_all_formats(base_url: str) -> None:
    graphs = [
        fetch(f"{base_url}/protein/Q06945.{suffix}").graph() for suffix in ("ttl", "jsonld", "nt")
    ]
    assert len(graphs[0]) > 1000
    assert isomorphic(graphs[0], graphs[1])
    assert isomorphic(graphs[0], graphs[2])


def test_a_document_holds_the_protein_its_edges_and_their_evidence(base_url: str) -> None:
    graph = fetch(f"{base_url}/protein/Q06945.ttl").graph()
    assert graph.value(SOX4, rdflib.RDFS.label) == rdflib.Literal("SOX4")
    assert len(list(graph.objects(SOX4, TFL.regulates))) == 100
    assert len(list(graph.subjects(TFL.regulates, SOX4))) == 51
    interactions = list(graph.subjects(rdflib.RDF.type, TFL.RegulatoryInteraction))
    assert len(interactions) == 151
    for interaction in interactions:
        regulator = graph.value(interaction, TFL.transcriptionFactor)
        target = graph.value(interaction, TFL.target)
        assert (regulator, TFL.regulates, target) in graph
        assert SOX4 in (regulator, target)
        for evidence in graph.objects(interaction, TFL.evidence):
            databases = list(graph.objects(evidence, TFL.sourceDatabase))
            assert len(databases) == int(str(graph.value(evidence, TFL.databaseCount)))
            assert all(graph.value(database, rdflib.RDFS.label) for database in databases)
    partners = {UNIPROT["P10275"]}
    assert all(graph.value(partner, rdflib.RDFS.label) for partner in partners)


def test_a_document_says_nothing_that_the_store_does_not(base_url: str) -> None:
    document = fetch(f"{base_url}/protein/Q06945.nt").graph()
    subjects = " ".join(f"<{subject}>" for subject in set(document.subjects()))
    text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ VALUES ?s {{ {subjects} }} ?s ?p ?o }}"
    stored = ask(f"{base_url}/sparql", text, "form", accept="application/n-triples").graph()
    assert set(document) <= set(stored)
    own = set(stored.triples((SOX4, None, None)))
    assert own <= set(document)


def test_page_for_people(base_url: str) -> None:
    reply = fetch(f"{base_url}/protein/Q06945.html")
    page = _Page(reply.text)
    assert "SOX4" in page.text
    assert "1-100 of 100" in page.text
    assert "1-51 of 51" in page.text
    assert "/protein/P10275" in page.links
    assert "Homo sapiens" in page.text
    assert "GTRD" in page.text
    rows = sum(tag == "tr" for tag, _ in page.tags)
    assert rows == 151 + 2
    alternates = {attrs["type"] for _, attrs in page.tags if attrs.get("rel") == "alternate"}
    assert alternates == {"text/turtle", "application/ld+json", "application/n-triples"}


def test_links_of_a_document(base_url: str) -> None:
    link = fetch(f"{base_url}/protein/Q06945.ttl").headers["Link"]
    assert f'<{SOX4}>; rel="describes"' in link
    assert '</protein/Q06945.jsonld>; rel="alternate"; type="application/ld+json"' in link
    assert 'rel="next"' not in link


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("q06945", "/protein/Q06945"),
        ("q06945.ttl", "/protein/Q06945.ttl"),
        ("Q06945.TTL", "/protein/Q06945.ttl"),
        ("q06945.nt?page=2", "/protein/Q06945.nt?page=2"),
    ],
)
def test_lower_case_is_redirected(base_url: str, path: str, location: str) -> None:
    reply = fetch(f"{base_url}/protein/{path}")
    assert (reply.status, reply.headers["Location"]) == (301, location)


@pytest.mark.parametrize(
    ("path", "help_text"),
    [
        ("Q00000", "https://www.uniprot.org/uniprotkb/Q00000"),
        ("nonsense", "UniProt accession"),
        ("Q06945.xyz", ".jsonld"),
        ("Q0694", "UniProt accession"),
        ("%3Cscript%3E", "UniProt accession"),
        ("%0d%0aX-Header:%20x", "UniProt accession"),
        ("%22%20%7D", "UniProt accession"),
        ("Q06945?page=2", "/protein/Q06945?page=1"),
    ],
)
@pytest.mark.parametrize("accept", [None, "text/html", "text/plain;q=0.9, */*;q=0.1"])
def test_what_is_not_there(base_url: str, path: str, help_text: str, accept: str | None) -> None:
    reply = fetch(f"{base_url}/protein/{path}", accept=accept)
    assert reply.status == 404
    assert help_text in reply.text
    assert "<script>" not in reply.text or reply.media_type != "text/html"
    assert "X-Header" not in reply.headers


def test_a_name_in_place_of_an_accession_is_helped(base_url: str) -> None:
    for name in ("SOX4", "sox4"):
        reply = fetch(f"{base_url}/protein/{name}")
        assert reply.status == 404
        assert reply.json["available"]["Q06945"] == "/protein/Q06945"


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1e3", "99999999999999999999"])
def test_malformed_pages(base_url: str, page: str) -> None:
    assert fetch(f"{base_url}/protein/Q06945?page={page}").status == 400


def test_406(base_url: str) -> None:
    reply = fetch(f"{base_url}/protein/Q06945", accept="image/png")
    assert reply.status == 406
    assert "text/turtle" in reply.json["available"].values()


def test_start_page(base_url: str) -> None:
    page = _Page(fetch(f"{base_url}/").text)
    (form,) = [attrs for tag, attrs in page.tags if tag == "form"]
    assert form["action"] == "/search"
    for link in page.links:
        if link.startswith("/"):
            assert fetch(f"{base_url}{link}", accept=BROWSER).status == 200


# A release made up for what the sample does not have


HUB = "P00001"
ATTACK = "P00002"
NAMES = ['<script>alert("x")</script>', "\"'><img src=x onerror=alert(1)>", "{{ 7 * 7 }}"]


def _quads() -> str:
    """A hub with 1,203 edges, names that attack, and IRIs that must not become links."""
    label, tfl = "<http://www.w3.org/2000/01/rdf-schema#label>", f"<{BASE}ontology#"
    lines = [f'<{UNIPROT}{HUB}> {label} "HUB"']
    for number in range(1203):
        other = _accession(number)
        ends = (HUB, other) if number < 700 else (other, HUB)
        edge = f"{BASE}interaction/{ends[0]}_{ends[1]}"
        lines += [
            f"<{UNIPROT}{ends[0]}> {tfl}regulates> <{UNIPROT}{ends[1]}>",
            f"<{edge}> {tfl}evidence> <{BASE}evidence/e>",
        ]
    evidence = f"<{BASE}evidence/e>"
    lines += [f"{evidence} {tfl}sourceDatabase> <javascript:alert(1)>"]
    lines += [f'{evidence} {tfl}sourceDatabase> <x:"onmouseover=alert(1)>'.replace('"', "'")]
    attack = f"<{UNIPROT}{ATTACK}>"
    for name in NAMES:
        quoted = name.replace('"', '\\"')
        lines.append(f'{attack} {label} "{quoted}"')
        lines.append(f'{attack} <http://www.w3.org/2004/02/skos/core#altLabel> "{quoted}"')
    lines.append(f"{attack} {tfl}regulates> <javascript:alert(2)>")
    lines.append(f"{attack} {tfl}encodedBy> <javascript:alert(3)>")
    lines.append(f"{attack} {tfl}regulates> {attack}")
    lines.append(f"<{BASE}interaction/{ATTACK}_{ATTACK}> {tfl}evidence> {evidence}")
    return "".join(f"{line} .\n" for line in lines)


def _accession(number: int) -> str:
    """A ten-character accession for every number below 10,000."""
    return f"A0A{number // 10:03}AAA{number % 10}"


@pytest.fixture(scope="module")
def made_url(
    tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease, start_server: StartServer
) -> str:
    root: Path = tmp_path_factory.mktemp("made")
    make_release(root, _quads())
    return start_server(root, workers=1).url


def _next(reply: Reply, relation: str = "next") -> str | None:
    match = re.search(rf'<([^>]*)>; rel="{relation}"', reply.headers["Link"])
    return match[1] if match else None


@pytest.mark.parametrize("suffix", ["", ".nt", ".jsonld"])
def test_documents_are_paged_and_lose_nothing(made_url: str, suffix: str) -> None:
    edges: list[tuple[rdflib.term.Node, ...]] = []
    interactions = set()
    path: str | None = f"/protein/{HUB}{suffix}"
    sizes = []
    while path is not None:
        reply = fetch(f"{made_url}{path}")
        assert reply.status == 200, reply.text
        graph = reply.graph()
        found = list(graph.triples((None, TFL.regulates, None)))
        sizes.append(len(found))
        edges += found
        interactions |= set(graph.subjects(TFL.evidence))
        path = _next(reply)
    assert sizes == [500, 500, 203]
    assert len(set(edges)) == 1203
    assert len(interactions) == 1203
    assert fetch(f"{made_url}/protein/{HUB}{suffix}?page=4").status == 404
    assert _next(fetch(f"{made_url}/protein/{HUB}{suffix}?page=2"), "prev")


def test_pages_for_people_are_paged_and_lose_nothing(made_url: str) -> None:
    path: str | None = f"/protein/{HUB}.html"
    partners: list[str] = []
    texts = []
    while path is not None:
        reply = fetch(f"{made_url}{path}", accept=BROWSER)
        page = _Page(reply.text)
        texts.append(page.text)
        partners += [link for link in page.links if re.fullmatch("/protein/A0A[^.?]*", link)]
        following = [attrs["href"] for tag, attrs in page.tags if attrs.get("rel") == "next"]
        path = following[0] if following else None
    assert len(texts) == 7
    assert "1-100 of 700" in texts[0]
    assert "1-100 of 503" in texts[0]
    assert "601-700 of 700" in texts[6]
    assert "All 503 are on earlier pages" in texts[6]
    assert len(set(partners)) == len(partners) == 1203


def test_attacks_are_shown_as_text(made_url: str) -> None:
    reply = fetch(f"{made_url}/protein/{ATTACK}.html")
    page = _Page(reply.text)
    assert reply.status == 200
    for name in NAMES:
        assert name in page.text
    assert "javascript:alert(2)" in page.text
    for tag, attrs in page.tags:
        if tag in ("script", "img", "style", "iframe"):
            assert (attrs.get("src") or "").startswith("/static/"), (tag, attrs)
        assert not [name for name in attrs if name.startswith("on") or name == "style"], (
            tag,
            attrs,
        )
    for link in page.links:
        assert link.startswith(("/", "#", "http://", "https://")), link


def test_a_self_regulation_is_in_both_lists_and_one_edge(made_url: str) -> None:
    page = _Page(fetch(f"{made_url}/protein/{ATTACK}.html").text)
    assert "1-2 of 2" in page.text
    assert "1-1 of 1" in page.text
    graph = fetch(f"{made_url}/protein/{ATTACK}.ttl").graph()
    assert len(list(graph.triples((None, TFL.regulates, None)))) == 2


def test_attacks_come_through_results_unharmed(made_url: str) -> None:
    text = f"SELECT ?name {{ uniprotkb:{ATTACK} rdfs:label ?name }} ORDER BY ?name"
    rows = ask(f"{made_url}/sparql", text).json["results"]["bindings"]
    assert sorted(row["name"]["value"] for row in rows) == sorted(NAMES)
    reply = ask(f"{made_url}/sparql", text, accept=BROWSER)
    assert reply.media_type == "application/sparql-results+xml"
    assert "<script>" not in reply.text
