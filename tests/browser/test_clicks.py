"""How many actions a biologist's questions take from the start page: three at most."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.hands import Hands

LIMIT = 3
SMALL_SCALE = {"AR", "ERG", "FOSL2", "JUND", "KCNH2"}
"""What regulates SOX4 with small-scale evidence, by TFLink's page of it in the sample."""
PAPER_OF_AR = "17721441"
SOX4 = "http://purl.uniprot.org/uniprot/Q06945"
INTERACTIONS = "https://w3id.org/tflink-rdf/interaction/"


@pytest.fixture
def hands(open_page: OpenPage) -> Hands:
    """Hands on the start page."""
    return Hands(open_page("/"))


def regulators(page: Page) -> Locator:
    """The part of a protein's page that lists what regulates it."""
    return page.get_by_role(
        "region", name=re.compile("^Transcription factors that regulate it \\d")
    )


def narrow_to_small_scale(hands: Hands) -> None:
    """From the start page to the regulators of SOX4 that have small-scale evidence."""
    field = hands.page.get_by_role("combobox", name="Search")
    hands.type(field, "SOX4")
    suggestion = hands.page.get_by_role("option", name=re.compile("^SOX4 .*Homo sapiens"))
    # What is suggested for the beginning of the name is replaced when the whole name is there.
    first = hands.page.get_by_role("option").first
    expect(first).to_have_accessible_name(re.compile("^SOX4 .*Homo sapiens"))
    hands.page.keyboard.press("ArrowDown")
    expect(suggestion).to_have_attribute("aria-selected", "true")
    hands.enter()
    hands.follow(regulators(hands.page).get_by_role("link", name="small-scale"))


def names(page: Page) -> set[str]:
    """The transcription factors that the page lists."""
    return set(regulators(page).locator("tbody th").all_inner_texts())


def test_what_regulates_sox4_with_small_scale_evidence(hands: Hands) -> None:
    with hands.within(LIMIT, "find what regulates SOX4"):
        narrow_to_small_scale(hands)
    assert hands.page.url.endswith("/protein/Q06945?scale=small")
    assert names(hands.page) == SMALL_SCALE


def test_the_same_without_javascript(open_page: OpenPage) -> None:
    hands = Hands(open_page("/", script=False))
    with hands.within(LIMIT, "find what regulates SOX4"):
        hands.type(hands.page.get_by_role("searchbox", name="Search"), "SOX4")
        hands.enter()
        hands.follow(hands.page.get_by_role("main").get_by_role("link", name="SOX4", exact=True))
        hands.follow(regulators(hands.page).get_by_role("link", name="small-scale"))
    assert names(hands.page) == SMALL_SCALE


def test_as_gene_sets(hands: Hands, tmp_path: Path) -> None:
    with hands.within(LIMIT, "get the regulators as GMT"):
        narrow_to_small_scale(hands)
        file = hands.get(
            regulators(hands.page).get_by_role("link", name="GMT", exact=True), tmp_path
        )
    assert file.name == "SOX4_Q06945_regulators_small-scale.gmt"
    (regulators_of_sox4,) = file.read_text("utf-8").splitlines()
    name, iri, *members = regulators_of_sox4.split("\t")
    assert (name, iri) == ("regulators_of_SOX4_Q06945", SOX4)
    assert sorted(members) == sorted(SMALL_SCALE)


def test_as_turtle(hands: Hands, tmp_path: Path) -> None:
    with hands.within(LIMIT, "get the regulators as Turtle"):
        narrow_to_small_scale(hands)
        file = hands.get(regulators(hands.page).get_by_role("link", name="Turtle"), tmp_path)
    assert file.name == "SOX4_Q06945_regulators_small-scale.ttl"
    subjects = {str(quad.subject.value) for quad in pyoxigraph.parse(path=str(file))}
    edges = {each for each in subjects if each.startswith(INTERACTIONS)}
    assert len(edges) == len(SMALL_SCALE)
    assert all(each.endswith("_Q06945") for each in edges)


def test_the_paper_behind_an_edge(hands: Hands) -> None:
    with hands.within(LIMIT, "see the paper behind an edge"):
        narrow_to_small_scale(hands)
        row = regulators(hands.page).get_by_role("row").filter(has_text="P10275")
        hands.follow(row.get_by_role("link", name=PAPER_OF_AR))
    expect(hands.page.get_by_role("heading", level=1)).to_contain_text(PAPER_OF_AR)
    link = hands.page.get_by_role("main").locator(
        f"a[href*='pubmed.ncbi.nlm.nih.gov/{PAPER_OF_AR}']"
    )
    expect(link.first).to_be_visible()


def test_whether_one_regulates_the_other(hands: Hands) -> None:
    with hands.within(1, "see the edge from AR to SOX4"):
        hands.type(hands.page.get_by_role("combobox", name="Search"), "AR > SOX4")
        hands.enter()
    assert hands.page.url.endswith("/interaction/P10275_Q06945")


def test_too_many_actions_are_told(hands: Hands) -> None:
    site = hands.page.get_by_role("navigation", name="Site")

    def look_around() -> None:
        with hands.within(1, "look around"):
            hands.follow(site.get_by_role("link", name="SPARQL"))
            hands.follow(site.get_by_role("link", name="Ontology"))

    told = "to look around took 2 actions: click on 'SPARQL'; click on 'Ontology'"
    with pytest.raises(AssertionError, match=told):
        look_around()
