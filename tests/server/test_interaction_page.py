"""The page of an edge, against real servers: each report as it is stored."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from server.pages.links import local_address
from tests.conftest import SAMPLE
from tests.server.conftest import EDGES, REPORTS
from tests.server.markup import Element, numbers, read
from tests.server.stored import BASE, TFL, Stored
from tests.server.test_protein_page import front_matter
from tests.server.web import ask, fetch

UNIPROT = "http://purl.uniprot.org/uniprot/"
LISTS = {
    "Source databases": "sourceDatabase",
    "Detection methods": "detectionMethod",
    "Primary papers": "primaryReference",
    "Papers of the databases": "databaseReference",
}
"""What a report says, and the property that says it."""
EXAMPLES = [
    "P11308_Q06945",
    "P10275_Q06945",
    "Q06945_P28698",
    "P28698_P10242",
    "P04637_P17948",
    "P40578_P40578",
]


def page_of(url: str, name: str) -> Element:
    reply = fetch(f"{url}/interaction/{name}.html")
    assert reply.status == 200, reply.text
    return read(reply.text)


def reports_of(page: Element) -> dict[str, dict[str, Element]]:
    """What each report says, by the name of its evidence node."""
    found = {}
    for facts in page.section("evidence").all("dl"):
        said = facts.terms()
        if "Evidence node" not in said:
            continue  # what is said of an edge without evidence
        (link,) = said["Evidence node"].links
        found[link.rpartition("/")[2]] = said
    return found


def addresses(iris: set[str]) -> set[str]:
    return {local_address(iri) or iri for iri in iris}


def check_reports(page: Element, stored: Stored, name: str) -> None:
    """Compares the reports that a page shows with the store."""
    nodes = stored.objects(f"{BASE}interaction/{name}", "evidence")
    reports = reports_of(page)
    assert set(reports) == {node.rpartition("/")[2] for node in nodes}
    assert numbers(page.section("evidence").one("h2").text) == [len(nodes)]
    headings = page.section("evidence").all("h3")
    for node in nodes:
        said = reports[node.rpartition("/")[2]]
        for heading, name_of_property in LISTS.items():
            wanted = stored.objects(node, name_of_property)
            assert set(said[heading].links) == addresses(wanted), heading
            assert len(said[heading].links) == len(wanted)
            assert bool(wanted) != (said[heading].text == "none")
        others = stored.objects(node, "reference") - {
            paper
            for kind in ("primaryReference", "databaseReference")
            for paper in stored.objects(node, kind)
        }
        unparsed = stored.objects(node, "unparsedReference")
        other = said.get("Other references")
        assert set(other.links if other else []) == addresses(others)
        for text in unparsed:
            assert other
            assert f"{text} (no PubMed id)" in other.text
        assert bool(other) == bool(others or unparsed)
        flags = {"true": "small-scale", "false": "large-scale"}
        (scale,) = stored.objects(node, "smallScale") or {""}
        assert said["Scale"].text == flags.get(scale, "not said")
        modes = {mode.rpartition("#")[2] for mode in stored.objects(node, "modeOfRegulation")}
        mode = said.get("Mode of regulation")
        assert set(mode.text.split(", ") if mode else ()) == modes
        datasets = addresses(stored.objects(node, "reportedBy"))
        assert any(set(heading.links) == datasets for heading in headings)


@pytest.mark.parametrize("name", EXAMPLES)
def test_reports_are_shown_as_stored(base_url: str, stored: Stored, name: str) -> None:
    check_reports(page_of(base_url, name), stored, name)


@pytest.mark.parametrize("ends", EDGES, ids="_".join)
def test_crafted_reports_are_shown_as_stored(
    crafted: tuple[str, Stored], ends: tuple[str, str]
) -> None:
    url, stored = crafted
    page = page_of(url, "_".join(ends))
    check_reports(page, stored, "_".join(ends))
    lead = page.one("p", class_="lead").text
    if not EDGES[ends]:
        assert lead == "The release lists this edge without evidence."
        return
    papers = {"one": 1}.get(EDGES[ends][0], 0)
    assert ("with 1 primary paper;" in lead) == bool(papers)
    assert ("without a primary paper" in lead) != bool(papers)
    # The second report cites another paper, and the third none at all.
    assert "only the databases' own papers" not in lead
    assert ("there is small-scale evidence" in lead) == ("one" in EDGES[ends])
    assert ("reported mode of regulation: activation" in lead) == ("one" in EDGES[ends])


def test_the_sentence_of_an_edge_with_database_papers_only(base_url: str, stored: Stored) -> None:
    (row, *_) = stored.select(
        "SELECT ?i { ?i tfl:target uniprotkb:Q06945 ; tfl:evidence ?e . "
        "?e tfl:primaryReferenceCount 0 ; tfl:databaseReference ?p . "
        "MINUS { ?e tfl:unparsedReference ?x } }"
    )
    lead = page_of(base_url, row[0].rpartition("/")[2]).one("p", class_="lead").text
    assert "without a primary paper: only the databases' own papers are cited" in lead


def test_primary_papers_stand_apart(base_url: str, stored: Stored) -> None:
    (said,) = reports_of(page_of(base_url, "P10275_Q06945")).values()
    primary, own = set(said["Primary papers"].links), set(said["Papers of the databases"].links)
    assert primary
    assert own
    assert not primary & own
    assert {link.rpartition("/")[2] for link in primary | own} == {
        "31340985", "22900683", "17721441", "20610535"
    }  # fmt: skip


# Where TFLink lists it


def listing(page: Element) -> set[tuple[str, str]]:
    found = set()
    for item in page.section("listed").all("li"):
        (link,) = item.links
        found.add((link.removeprefix("/page/"), item.text.rpartition(", ")[2]))
    return found


@pytest.mark.parametrize("name", [*EXAMPLES, "Q6TEL1_F1Q6W4"])
def test_the_pages_that_list_it(base_url: str, stored: Stored, name: str) -> None:
    tf, target = name.split("_")
    rows = stored.select(
        "SELECT ?page ?p ?list { GRAPH ?g { VALUES ?p { tfl:listedTargets "
        f"tfl:listedTranscriptionFactors }} VALUES ?page {{ <{BASE}page/{tf}> "
        f"<{BASE}page/{target}> }} ?page ?p ?list }} }}"
    )
    wanted = set()
    for page, property_, listed in rows:
        accession, accessions = page.rpartition("/")[2], listed.split()
        if property_ == TFL + "listedTargets" and accession == tf and target in accessions:
            wanted.add((accession, "among its targets"))
        if property_ != TFL + "listedTargets" and accession == target and tf in accessions:
            wanted.add((accession, "among its transcription factors"))
    page_shown = page_of(base_url, name)
    assert listing(page_shown) == wanted
    assert bool(wanted) != ("On no page of this release" in page_shown.section("listed").text)


def test_tflink_s_own_page_lists_it(base_url: str) -> None:
    """By the page itself and not by what was made of it."""
    states = front_matter(Path(SAMPLE / "pages" / "q06945.md"))
    listed = [line.split(",")[1] for line in states["tfs"].splitlines() if line.strip()]
    assert "P11308" in listed
    for regulator in listed[::10]:
        found = listing(page_of(base_url, f"{regulator}_Q06945"))
        assert ("Q06945", "among its transcription factors") in found


def test_listing_is_no_matter_of_parts_of_names(crafted: tuple[str, Stored]) -> None:
    assert listing(page_of(crafted[0], "P00001_P00002")) == {
        ("P00001", "among its targets"),
        ("P00002", "among its transcription factors"),
    }
    assert listing(page_of(crafted[0], "P00001_P00009")) == {("P00001", "among its targets")}
    assert listing(page_of(crafted[0], "P00001_P00001")) == set()


# Edges beside it


@pytest.mark.parametrize("ends", EDGES, ids="_".join)
def test_edges_between_orthologs_equal_a_query(
    crafted: tuple[str, Stored], ends: tuple[str, str]
) -> None:
    url, stored = crafted
    wanted = stored.select(
        f"SELECT ?a ?b ?n {{ uniprotkb:{ends[0]} orth:hasOrtholog ?a . "
        f"uniprotkb:{ends[1]} orth:hasOrtholog ?b . ?a tfl:regulates ?b . "
        "?a obo:RO_0002162/up:scientificName ?n }"
    )
    section = page_of(url, "_".join(ends)).section("orthologous")
    found = {
        (cells[1].links[0], cells[2].links[0], cells[0].text, *cells[3].links)
        for cells in section.rows()
    }
    assert found == {
        (
            f"/protein/{a.removeprefix(UNIPROT)}",
            f"/protein/{b.removeprefix(UNIPROT)}",
            organism,
            f"/interaction/{a.removeprefix(UNIPROT)}_{b.removeprefix(UNIPROT)}",
        )
        for a, b, organism in wanted
    }
    assert bool(wanted) != ("None listed." in section.text)
    reverse = [link for link in section.links if link == f"/interaction/{ends[1]}_{ends[0]}"]
    is_there = (ends[1], ends[0]) in EDGES and ends[0] != ends[1]
    assert len([one for one in section.all("p") if "other direction" in one.text]) == is_there
    assert bool(reverse) == is_there


def test_crafted_edges_between_orthologs_are_there(crafted: tuple[str, Stored]) -> None:
    rows = page_of(crafted[0], "P00001_P00002").section("orthologous").rows()
    assert {cells[1].text for cells in rows} == {"Alpha Q00001", "Alpha2 Q00003"}


@pytest.mark.parametrize(("name", "is_there"), [("P28698_P10242", True), ("P11308_Q06945", False)])
def test_the_other_direction(base_url: str, name: str, is_there: bool) -> None:
    tf, target = name.split("_")
    links = page_of(base_url, name).section("orthologous").links
    assert (f"/interaction/{target}_{tf}" in links) == is_there
    assert fetch(f"{base_url}/interaction/{target}_{tf}").status == (200 if is_there else 404)


def test_ends_of_different_organisms(crafted: tuple[str, Stored]) -> None:
    text = page_of(crafted[0], "P00001_Q00002").text
    assert "of different organisms: Homo sapiens and Mus musculus" in text
    assert "different organisms" not in page_of(crafted[0], "P00001_P00002").text


# The rest


def test_the_head_and_the_links(base_url: str) -> None:
    page = page_of(base_url, "P11308_Q06945")
    assert page.one("h1").text == "ERG regulates SOX4 P11308_Q06945"
    assert page.one("h1").links == ["/protein/P11308", "/protein/Q06945"]
    downloads = [link for link in page.one("main").links if link.startswith("/interactions.")]
    for link in downloads:
        assert parse_qs(urlsplit(link).query) == {"tf": ["P11308"], "target": ["Q06945"]}
    assert {urlsplit(link).path for link in downloads} == {
        "/interactions.tsv",
        "/interactions.json",
    }


@pytest.mark.parametrize("name", ["P11308_Q06945", "P10275_Q06945"])
def test_the_queries_behind_the_page(base_url: str, stored: Stored, name: str) -> None:
    section = page_of(base_url, name).section("behind")
    queries = [
        pre.raw for pre in section.all("pre") if pre.attrs["aria-label"].endswith(", SPARQL")
    ]
    assert len(queries) == 2
    rows = ask(f"{base_url}/sparql", queries[0]).json["results"]["bindings"]
    (node,) = stored.objects(f"{BASE}interaction/{name}", "evidence")
    found = {(row["property"]["value"], row["value"]["value"]) for row in rows}
    assert {row["evidence"]["value"] for row in rows} == {node}
    assert found == set(stored.select(f"SELECT ?p ?o {{ <{node}> ?p ?o }}"))
    runs = [link for link in section.links if link.startswith("/sparql?")]
    assert [parse_qs(urlsplit(link).query)["query"] for link in runs] == [[one] for one in queries]


def test_the_second_query_gives_the_orthologous_edges(crafted: tuple[str, Stored]) -> None:
    section = page_of(crafted[0], "P00001_P00002").section("behind")
    query = section.one("pre", aria_label="The same edge between orthologs, SPARQL").raw
    rows = ask(f"{crafted[0]}/sparql", query).json["results"]["bindings"]
    assert {row["transcriptionFactor"]["value"] for row in rows} == {
        f"{UNIPROT}Q00001", f"{UNIPROT}Q00003"
    }  # fmt: skip


def test_reports_of_several_data_sets_have_a_heading_each(crafted: tuple[str, Stored]) -> None:
    page = page_of(crafted[0], "P00001_P00002")
    assert [heading.text for heading in page.section("evidence").all("h3")] == [
        "Reported by First",
        "Reported by Second",
    ]
    assert list(reports_of(page)) == [REPORTS["one"], REPORTS["two"]]
