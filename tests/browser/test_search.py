"""The search box in a browser: suggestions by keyboard and mouse, and the page without them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

import rdfconv
from tests.browser.chromium import NARROW, profile
from tests.browser.conftest import CheckAccess, OpenPage
from tests.browser.watch import Watch
from tests.conftest import StartServer

ATTACK = "<script>alert(1)</script>\u202e"


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search")


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def typed(page: Page, text: str) -> None:
    """Types and waits for the suggestions."""
    box(page).press_sequentially(text, delay=10)
    expect(options(page).first).to_be_visible()


def active(page: Page) -> str | None:
    """The text of the option that is chosen."""
    chosen = page.locator("[role=option][aria-selected=true]")
    identifier = box(page).get_attribute("aria-activedescendant")
    assert (chosen.count() == 1) == (identifier is not None)
    if identifier is None:
        return None
    assert chosen.get_attribute("id") == identifier
    return chosen.inner_text()


def test_by_keyboard_to_the_page_of_a_protein(open_page: OpenPage) -> None:
    page = open_page("/")
    typed(page, "sox")
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status").filter(has_text="10 suggestions")).to_be_attached()
    assert active(page) is None
    page.keyboard.press("ArrowDown")
    assert "SOX4" in (active(page) or "")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/protein/Q06945")


def test_the_arrows_go_round_and_leave_what_was_typed(open_page: OpenPage) -> None:
    page = open_page("/")
    typed(page, "sox")
    page.keyboard.press("ArrowUp")
    last = active(page)
    assert last == options(page).last.inner_text()
    page.keyboard.press("ArrowDown")
    assert active(page) is None
    expect(box(page)).to_have_value("sox")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/search?q=sox")
    expect(page.get_by_role("heading", name="Proteins")).to_be_visible()


def test_escape_closes_the_list_and_keeps_the_text(open_page: OpenPage) -> None:
    page = open_page("/")
    typed(page, "sox")
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_value("sox")
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    expect(options(page).first).to_be_visible()
    page.keyboard.press("Tab")
    expect(options(page)).to_have_count(0)


def test_with_the_mouse(open_page: OpenPage) -> None:
    page = open_page("/")
    typed(page, "gtr")
    with page.expect_navigation():
        options(page).filter(has_text="GTRD").click()
    assert page.url.endswith("/database/GTRD")


def test_the_slash_key_leads_to_the_box(open_page: OpenPage) -> None:
    page = open_page("/ontology")
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.type("a/b")
    expect(box(page)).to_have_value("a/b")


def test_an_edge_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/")
    typed(page, "AR > sox4")
    page.keyboard.press("ArrowDown")
    assert "AR > SOX4" in (active(page) or "")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/interaction/P10275_Q06945")


def test_nothing_to_suggest(open_page: OpenPage) -> None:
    page = open_page("/")
    box(page).press_sequentially("qqqqqqqq")
    expect(page.get_by_role("status").filter(has_text="No suggestions")).to_be_attached()
    expect(options(page)).to_have_count(0)
    box(page).fill("a" * 201)
    expect(options(page)).to_have_count(0)


def test_an_answer_that_is_late_does_not_replace_a_newer_one(open_page: OpenPage) -> None:
    """The answer to the first letters is held back until the one to all of them is there."""
    page = open_page("/")
    held: list[Route] = []

    def hold(route: Route, request: Request) -> None:
        if request.url.endswith("q=gt"):
            held.append(route)
        else:
            route.continue_()

    page.route("**/suggest?*", hold)
    with page.expect_request("**/suggest?q=gt"):
        box(page).press_sequentially("gt")
    box(page).press_sequentially("rd")
    expect(options(page).filter(has_text="GTRD")).to_be_visible()
    before = options(page).all_inner_texts()
    assert len(held) == 1
    held[0].fulfill(json={"suggestions": [{"label": "late", "kind": "x", "detail": "",
                                           "address": "/"}]})  # fmt: skip
    page.wait_for_timeout(300)
    assert options(page).all_inner_texts() == before


def test_without_script_the_form_searches(open_page: OpenPage) -> None:
    page = open_page("/", script=False)
    page.locator("#search").fill("sox4")
    page.locator("#search").press("Enter")
    expect(page.get_by_role("heading", name="Proteins")).to_be_visible()
    page.locator("main").get_by_role("link", name="SOX4", exact=True).click()
    assert page.url.endswith("/protein/Q06945")


def test_next_page_of_finds(open_page: OpenPage) -> None:
    page = open_page("/search?q=s")
    page.get_by_role("link", name="proteins").click()
    expect(page.get_by_role("heading", name="21-40 of")).to_be_visible()
    page.get_by_role("link", name="next").click()
    expect(page.get_by_role("heading", name="41-60 of")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    "path", ["/search", "/search?q=sox", "/search?q=SOX4+>+AR", "/search?q=SXO4", "/search?q=s"]
)
def test_axe_finds_no_fault(open_page: OpenPage, axe: CheckAccess, path: str, dark: bool) -> None:
    page = open_page(path, dark=dark)
    axe(page)
    box(page).fill("")
    typed(page, "sox")
    page.keyboard.press("ArrowDown")
    axe(page)


def test_the_list_fits_a_telephone(open_page: OpenPage) -> None:
    page = open_page("/search?q=chromatin", width=NARROW)
    box(page).fill("")
    typed(page, "chro")
    frame = page.get_by_role("listbox").bounding_box()
    assert frame is not None
    assert frame["x"] >= 0
    assert frame["x"] + frame["width"] <= NARROW
    assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW


def test_names_that_attack_are_text(
    tmp_path: Path, start_server: StartServer, browser: Browser
) -> None:
    source = tmp_path / "attack.nt"
    label = json.dumps(ATTACK + " " + "long" * 60, ensure_ascii=False)
    source.write_text(
        "<http://purl.uniprot.org/uniprot/P00001> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
        " <http://purl.uniprot.org/core/Protein> .\n"
        "<http://purl.uniprot.org/uniprot/P00001> <http://www.w3.org/2000/01/rdf-schema#label> "
        f"{label} .\n",
        "utf-8",
    )
    rdfconv.build([source], tmp_path / "releases", plain=True)
    url = start_server(tmp_path / "releases").url
    context = profile(browser, url, width=NARROW)
    watch = Watch(url)
    watch.follow(context)
    page = context.new_page()
    page.goto("/search")
    typed(page, "<scr")
    assert options(page).first.inner_text().startswith(ATTACK)
    assert options(page).locator("script").count() == 0
    assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW
    page.goto("/search?q=%3Cscr")
    expect(page.locator("main").get_by_role("listitem").first).to_contain_text(ATTACK)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW
    faults = watch.faults()
    context.close()
    assert not faults
