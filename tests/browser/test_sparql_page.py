"""The query page in a browser: the editor, the results, the example queries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from rdfconv.examples import examples
from server.sparql_page import LONGEST_ADDRESS, PAGE_ROWS, SCRIPT_ROWS
from tests.browser.chromium import NARROW, PATIENCE
from tests.browser.conftest import CheckAccess, OpenPage, Site
from tests.browser.watch import Watch
from tests.server.web import ask

SELECT = "SELECT ?target { uniprotkb:Q06945 tfl:regulates ?target } ORDER BY ?target"
WRONG = "SELECT * {\n  ?s tfl:regulates ?o .\n  ?s 'é𝄞' ?o\n}"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
IN_EDITOR = "() => SparqlPage.yasgui.getTab().getYasqe().getValue()"
WRITE = "text => SparqlPage.yasgui.getTab().getYasqe().setValue(text)"

schemes = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """What is expected may take its time where much else runs."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=None)


def editor(page: Page) -> Locator:
    return page.locator(".tabPanel.active .CodeMirror")


def result(page: Page) -> Locator:
    return page.locator(".tabPanel.active .yasr_results")


def run(page: Page, text: str) -> None:
    """Puts a query into the editor and runs it with the button."""
    expect(editor(page)).to_be_visible()
    page.evaluate(WRITE, text)
    button(page, "Run").click()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def rows(page: Page) -> Locator:
    return result(page).locator("table tbody tr")


def column(page: Page, number: int) -> list[str]:
    """The texts of a column of the table; 0 has the rows' numbers."""
    return result(page).locator(f"table tbody td:nth-child({number + 1})").all_inner_texts()


def expected(site: Site, text: str) -> list[dict[str, Any]]:
    found = ask(f"{site.url}/sparql", text).json["results"]["bindings"]
    assert isinstance(found, list)
    return found


# The editor


def test_a_typed_query_runs(page: Page, site: Site) -> None:
    page.goto("/sparql")
    editor(page).click()
    page.keyboard.press("Control+A")
    # The editor completes names, closes no brackets, and declares the prefix.
    page.keyboard.type("SELECT ?target { uniprotkb:Q06945 tfl:regulates ?target } ")
    page.keyboard.press("Control+Enter")
    expect(rows(page)).to_have_count(100)
    targets = {row["target"]["value"].rpartition("/")[2] for row in expected(site, SELECT)}
    assert {name.removeprefix("uniprotkb:") for name in column(page, 1)} == targets
    expect(page.get_by_text("100 rows in")).to_be_visible()
    text = page.evaluate(IN_EDITOR)
    assert text.count("PREFIX tfl: <https://w3id.org/tflink-rdf/ontology#>") == 1
    assert text.count("PREFIX uniprotkb: <http://purl.uniprot.org/uniprot/>") == 1


def test_the_query_is_shared_by_its_address(page: Page, open_page: OpenPage) -> None:
    page.goto("/sparql")
    run(page, SELECT)
    expect(rows(page)).to_have_count(100)
    address = page.url
    assert dict(parse_qsl(urlsplit(address).query)) == {"query": SELECT}
    link = page.get_by_role("link", name="Link to this query")
    assert link.evaluate("link => link.href") == address
    for script in (True, False):
        other = open_page(address, script=script)
        if script:
            assert other.evaluate(IN_EDITOR) == SELECT
        else:
            expect(other.get_by_label("SPARQL query")).to_have_value(SELECT)
        expect(other.locator("#result tbody tr")).to_have_count(100)


def test_the_link_is_copied(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page.goto("/sparql")
    page.evaluate(WRITE, "ASK { ?s ?p 'a b&c' }")
    button(page, "Copy link").click()
    expect(page.locator("#told")).to_have_text("The link was copied.")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert dict(parse_qsl(urlsplit(copied).query)) == {"query": "ASK { ?s ?p 'a b&c' }"}
    assert copied.startswith(f"{site.url}/sparql?")


def test_a_query_too_long_for_an_address(page: Page, site: Site, tmp_path: Path) -> None:
    text = SELECT + " #" + "x" * LONGEST_ADDRESS
    page.goto("/sparql")
    with page.expect_request("**/sparql*") as sent:
        run(page, text)
    assert sent.value.method == "POST"
    expect(rows(page)).to_have_count(100)
    expect(page.get_by_role("link", name="Link to this query")).to_be_hidden()
    assert urlsplit(page.url).query == ""
    with page.expect_download() as download:
        result(page).get_by_role("button", name="CSV", exact=True).click()
    download.value.save_as(tmp_path / "result.csv")
    assert (tmp_path / "result.csv").read_bytes() == ask(
        f"{site.url}/sparql", SELECT, format="csv"
    ).body


def test_the_keyboard_leads_out_of_the_editor(page: Page) -> None:
    page.goto("/sparql")
    page.evaluate(WRITE, "ASK {}")
    editor(page).click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Tab")
    assert page.evaluate(IN_EDITOR) != "ASK {}"  # it indents
    expect(editor(page).locator("textarea")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(button(page, "Run")).to_be_focused()
    page.keyboard.press("Enter")
    expect(result(page)).to_contain_text("Yes")
    expect(page.locator("#keys")).to_contain_text("Esc, then Tab, leaves the editor")


def test_completion_knows_the_release(page: Page) -> None:
    page.goto("/sparql")
    hints = page.locator(".CodeMirror-hint")

    def complete(typed: str) -> None:
        page.evaluate(WRITE, "")
        editor(page).click()
        page.keyboard.type(typed)
        if typed.endswith(" "):
            page.keyboard.press("Control+Space")
        expect(hints.first).to_be_visible()

    complete("SELECT * { ?s tfl:reg")
    expect(hints.first).to_contain_text("tfl:regulates")
    expect(hints.first).to_contain_text("33,181 triples")
    page.keyboard.press("Enter")
    page.wait_for_function(
        f"wanted => ({IN_EDITOR})().endsWith(wanted)", arg="SELECT * { ?s tfl:regulates"
    )

    complete("SELECT * { ?s a tfl:Trans")
    expect(hints).to_have_text(["tfl:TranscriptionFactortranscription factor, 783 instances"])
    page.keyboard.press("Escape")

    complete("SELECT * { ?s small")  # a word of the name, without the prefix
    expect(hints.filter(has_text="tfl:smallScale")).to_have_count(1)
    page.keyboard.press("Escape")

    complete("SELECT * { ?s ")
    assert hints.count() > 50
    page.keyboard.press("Escape")

    complete("PREFIX up")
    expect(hints.filter(has_text="up: <http://purl.uniprot.org/core/>")).to_have_count(1)
    # What is not known here is asked nowhere: the fixture sees every request.
    page.evaluate(WRITE, "")
    editor(page).click()
    page.keyboard.press("Escape")
    editor(page).click()
    page.keyboard.type("SELECT * { ?s dbo:nonsen")
    page.keyboard.press("Control+Space")
    expect(hints).to_have_count(0)


def test_a_line_that_is_wrong_says_why(page: Page) -> None:
    page.goto("/sparql")
    sign = editor(page).locator(".parseErrorIcon")
    page.evaluate(WRITE, "SELECT * { ?s tfl:regulates ?o }")  # no prefix has to be declared
    expect(sign).to_have_count(0)
    page.evaluate(WRITE, "SELECT * { ?s nope:x ?o }")
    expect(sign).to_have_attribute("title", "Prefix 'nope' is not defined")
    page.evaluate(WRITE, "SELECT * {\n ?s ?p }")
    sign.hover()
    expect(sign).to_have_attribute("title", re.compile("This line is wrong. Expected: "))
    expect(page.locator(".yasqe_tooltip")).to_have_count(0)


# Tabs


def test_tabs_keep_their_queries_and_results(page: Page) -> None:
    page.goto("/sparql")
    run(page, "ASK { ?s ?p ?o }")
    expect(result(page)).to_contain_text("Yes")
    button(page, "New tab").click()
    run(page, "ASK { ?s <x:y> ?o }")
    expect(result(page)).to_contain_text("No")
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_count(2)
    tabs.first.click()
    expect(result(page)).to_contain_text("Yes")
    assert page.evaluate(IN_EDITOR) == "ASK { ?s ?p ?o }"
    tabs.first.press("F2")
    page.keyboard.press("Control+A")
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    expect(tabs.first).to_contain_text("Mine")
    page.goto("/sparql")  # a later visit
    expect(tabs).to_have_count(2)
    expect(tabs.first).to_contain_text("Mine")
    assert page.evaluate(IN_EDITOR) == "ASK { ?s ?p ?o }"
    stored = page.evaluate("() => JSON.stringify(localStorage)")
    assert "boolean" not in stored  # queries are kept, results are not
    for _ in range(2):
        tabs.first.focus()
        page.keyboard.press("Delete")
    expect(tabs).to_have_count(1)
    expect(editor(page)).to_be_visible()
    assert page.evaluate(IN_EDITOR) == examples()[0].text


def test_links_do_not_pile_up_tabs(page: Page) -> None:
    page.goto("/sparql")
    for number in range(3):
        page.goto(f"/sparql?query={quote(f'ASK {{}} #{number}')}")
        assert page.evaluate(IN_EDITOR) == f"ASK {{}} #{number}"
    expect(page.get_by_role("tab")).to_have_count(2)
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" mine")
    page.goto(f"/sparql?query={quote('ASK {} #3')}")
    expect(page.get_by_role("tab")).to_have_count(3)  # what was typed is not written over


def test_what_a_visit_left_cannot_send_queries_elsewhere(page: Page, site: Site) -> None:
    page.goto("/sparql")
    page.evaluate(WRITE, "ASK {}")
    page.evaluate(
        """() => {
          const key = Object.keys(localStorage).find(name => name.endsWith("_config"));
          const kept = JSON.parse(localStorage[key]);
          for (const tab of Object.values(kept.val.tabConfig)) {
            tab.requestConfig.endpoint = "https://example.org/sparql";
            tab.requestConfig.headers = {"X-Mine": "1"};
          }
          localStorage[key] = JSON.stringify(kept);
        }"""
    )
    page.goto("/sparql#endpoint=https://example.org/sparql&query=ASK%7B%7D")
    page.reload()
    with page.expect_request("**/sparql?*") as sent:
        button(page, "Run").click()
    assert sent.value.url.startswith(f"{site.url}/sparql?")
    assert "x-mine" not in sent.value.headers
    expect(result(page)).to_contain_text("Yes")


# Results


def test_terms_of_a_result(page: Page, site: Site) -> None:
    """What may be followed is a link; names that attack are text, whatever they look like."""
    texts = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "{{y}}",
        "\u202egnp.exe",
        "n" * 240,
        "' onclick='alert(1)",
    ]
    bad = ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "urn:x:y"]
    good = {
        "https://example.org/?a=1&b=2": "https://example.org/?a=1&b=2",
        "http://purl.uniprot.org/uniprot/Q06945": "/protein/Q06945",
        "https://w3id.org/tflink-rdf/database/GTRD": "/database/GTRD",
        "https://w3id.org/tflink-rdf/ontology#target": "/ontology#target",
        "https://w3id.org/tflink-rdf//example.org/": "https://w3id.org/tflink-rdf//example.org/",
    }
    values = " ".join(json.dumps(text, ensure_ascii=False) for text in texts)
    binds = " UNION ".join(f"{{ BIND(IRI('{iri}') AS ?x) }}" for iri in [*bad, *good])
    text = f"SELECT ?x ?y {{ BIND('changed' AS ?y) {{ VALUES ?x {{ {values} }} }} UNION {binds} }}"
    found = [row["x"]["value"] for row in expected(site, text)]
    assert set(found) == {*texts, *bad, *good}
    for path in ("/sparql", f"/sparql?query={quote(text)}"):
        page.goto(path)
        if path == "/sparql":
            run(page, text)
        table = page.locator("table.result")
        expect(table.locator("tbody tr")).to_have_count(len(found))
        shown = table.locator("tbody td:nth-child(2)").all_text_contents()
        assert set(texts) <= set(shown)
        assert set(bad) <= set(shown)
        links = table.locator("a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        assert sorted(links) == sorted(good.values())
        assert table.locator("script, img, [onclick]").count() == 0


@pytest.mark.parametrize(
    ("text", "said"), [("ASK { ?s ?p ?o }", "Yes:"), ("ASK { ?s <x:y> ?o }", "No:")]
)
def test_yes_and_no(page: Page, text: str, said: str) -> None:
    page.goto("/sparql")
    run(page, text)
    expect(result(page).locator(".boolean")).to_contain_text(said)


def test_triples_are_shown_piece_by_piece(page: Page, site: Site) -> None:
    text = "CONSTRUCT WHERE { ?s tfl:regulates ?o } LIMIT 9000"
    page.goto("/sparql")
    run(page, text)
    shown = result(page).locator("pre")
    expect(shown).to_contain_text("@prefix tfl:")
    assert 1000 < shown.inner_text().count("\n") <= 2000
    more = result(page).get_by_role("button", name="Show more")
    while more.is_visible():
        more.click()
    whole = ask(f"{site.url}/sparql", text, format="ttl").text
    assert sorted(shown.inner_text().split()) == sorted(whole.split())


def test_the_nearest_term_is_told(page: Page) -> None:
    page.goto("/sparql")
    run(page, "SELECT * { ?s tfl:regulate ?o }")
    expect(result(page)).to_contain_text("the nearest is tfl:regulates")
    expect(result(page)).to_contain_text("No rows")


def test_rows_are_sorted_and_filtered(page: Page) -> None:
    page.goto("/sparql")
    numbers = " ".join(f"({number} 'name {number % 7}')" for number in range(250))
    run(page, f"SELECT ?n ?name {{ VALUES (?n ?name) {{ {numbers} }} }}")
    expect(rows(page)).to_have_count(100)
    button(page, "n").click()
    assert column(page, 1) == [str(number) for number in range(100)]
    button(page, "n").click()
    assert column(page, 1) == [str(number) for number in range(249, 149, -1)]
    header = result(page).get_by_role("columnheader", name="n", exact=True)
    expect(header).to_have_attribute("aria-sort", "descending")
    button(page, "Last").click()
    assert column(page, 1) == [str(number) for number in range(49, -1, -1)]
    expect(button(page, "Next")).to_be_disabled()
    page.get_by_label("Filter rows").fill("NAME 3")
    assert set(column(page, 2)) == {"name 3"}
    expect(result(page).get_by_role("status")).to_have_text("Rows 1-36 of 36 that have this text")
    page.get_by_label("Filter rows").fill("nothing has this")
    expect(rows(page)).to_have_count(0)


def test_a_result_of_any_length_does_not_freeze_the_page(page: Page) -> None:
    page.goto("/sparql")
    run(page, "SELECT * { ?s ?p ?o }")
    expect(result(page).locator(".warning")).to_contain_text("Cut behind 100,000 rows.")
    assert SCRIPT_ROWS == 100_000
    expect(rows(page)).to_have_count(100)
    slowest = page.evaluate(
        """() => {
          const names = ["Next", "Last", "Previous", "First"];
          const all = [...document.querySelectorAll(".tabPanel.active .yasr_results button")];
          const took = names.map(name => {
            const before = performance.now();
            all.find(one => one.textContent === name).click();
            document.body.getBoundingClientRect();
            return performance.now() - before;
          });
          return Math.max(...took);
        }"""
    )
    assert slowest < 1000  # milliseconds, on a machine that has other things to do
    button(page, "Last").click()
    assert column(page, 0)[-1] == "100,000"


def test_a_result_is_downloaded(page: Page, site: Site, tmp_path: Path) -> None:
    page.goto("/sparql")
    run(page, SELECT)
    for name, label, media in (("csv", "CSV", "csv"), ("json", "SPARQL JSON", "srj")):
        with page.expect_download() as download:
            result(page).get_by_role("link", name=label, exact=True).click()
        assert download.value.suggested_filename == f"result.{media}"
        download.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes() == ask(f"{site.url}/sparql", SELECT, format=name).body
    page.get_by_label("Answer as").select_option("tsv")
    with page.expect_download() as download:
        button(page, "Run").click()
    download.value.save_as(tmp_path / "tsv")
    assert (tmp_path / "tsv").read_bytes() == ask(f"{site.url}/sparql", SELECT, format="tsv").body


def test_a_query_is_stopped(page: Page) -> None:
    page.goto("/sparql")
    expect(button(page, "Stop")).to_be_hidden()
    run(page, ENDLESS)
    button(page, "Stop").click()
    expect(result(page)).to_contain_text("The query was stopped.")
    expect(button(page, "Stop")).to_be_hidden()
    run(page, "ASK {}")
    expect(result(page)).to_contain_text("Yes")


def test_a_query_takes_the_place_of_one_that_runs(page: Page) -> None:
    page.goto("/sparql")
    run(page, ENDLESS)
    expect(button(page, "Stop")).to_be_visible()
    run(page, "ASK { ?s <x:y> ?o }")
    expect(result(page)).to_contain_text("No: there is no solution.")
    expect(button(page, "Stop")).to_be_hidden()


# What goes wrong


def test_an_error_shows_its_place(page: Page, watch: Watch) -> None:
    watch.expect_status(400, "/sparql")
    page.goto("/sparql")
    run(page, WRONG)
    alert = result(page).get_by_role("alert")
    expect(alert.get_by_role("heading")).to_have_text("The query is not SPARQL")
    expect(alert.locator("pre")).to_have_text("  ?s 'é𝄞' ?o\n          ^")
    expect(alert).to_contain_text("What to do:")
    expect(editor(page).locator(".fault")).to_have_count(1)
    place = editor(page).locator(".fault-place")
    expect(place).to_have_text("?")
    alert.get_by_role("button", name="Go to line 3, column 11").click()
    expect(editor(page).locator("textarea")).to_be_focused()
    page.keyboard.press("Delete")
    # The cursor stood there, though the editor counts the clef as two.
    assert "  ?s 'é𝄞' o\n" in page.evaluate(IN_EDITOR)
    expect(place).to_have_count(0)
    expect(editor(page).locator(".fault")).to_have_count(0)


def test_an_error_of_a_link_shows_its_place(page: Page, watch: Watch) -> None:
    watch.expect_status(400, "/sparql")
    page.goto(f"/sparql?query={quote(WRONG)}")
    expect(page.locator("#result h2")).to_have_text("The query is not SPARQL")
    expect(editor(page).locator(".fault-place")).to_have_text("?")
    run(page, "ASK {}")
    expect(page.locator("#result")).to_have_count(0)
    expect(result(page)).to_contain_text("Yes")


def test_a_server_that_is_gone(page: Page, watch: Watch) -> None:
    page.goto("/sparql")
    expect(editor(page)).to_be_visible()
    page.route("**/sparql?*", lambda route: route.fulfill(status=200, body="{"))
    run(page, "ASK {}")
    expect(result(page)).to_contain_text("There is no answer")
    page.unroute("**/sparql?*")
    run(page, "ASK {}")
    expect(result(page)).to_contain_text("Yes")


# The example queries


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_an_example_runs_with_one_click(open_page: OpenPage, script: bool) -> None:
    page = open_page("/sparql", script=script)
    chosen = next(one for one in examples() if one.name == "regulators")
    page.get_by_role("link", name=chosen.title).click()
    if script:
        expect(rows(page)).not_to_have_count(0)
        assert page.evaluate(IN_EDITOR) == chosen.text
        expect(editor(page)).to_be_in_viewport()
    else:
        expect(page.locator("#result tbody tr")).not_to_have_count(0)
        expect(page.get_by_label("SPARQL query")).to_have_value(chosen.text)
    assert dict(parse_qsl(urlsplit(page.url).query)) == {"query": chosen.text}


# Without the editor


def test_the_form_without_javascript(open_page: OpenPage, site: Site, tmp_path: Path) -> None:
    page = open_page("/sparql", script=False)
    field = page.get_by_label("SPARQL query")
    field.fill("SELECT * { ?s tfl:regulates ?o }")
    button(page, "Run").click()
    expect(page.locator("#result tbody tr")).to_have_count(PAGE_ROWS)
    expect(page.locator(".warning")).to_have_text("Rows 1-1,000 of more.")
    field.fill(SELECT)
    page.get_by_label("Answer as").select_option("csv")
    with page.expect_download() as download:
        button(page, "Run").click()
    download.value.save_as(tmp_path / "result.csv")
    assert (tmp_path / "result.csv").read_bytes() == ask(
        f"{site.url}/sparql", SELECT, format="csv"
    ).body


def test_the_form_stays_if_the_editor_fails(page: Page) -> None:
    page.route("**/vendor/yasgui.min.js*", lambda route: route.fulfill(body=""))
    page.goto("/sparql")
    page.get_by_label("SPARQL query").fill("ASK { ?s ?p ?o }")
    button(page, "Run").click()
    expect(page.locator("#result")).to_contain_text("Yes")


# For everybody


@schemes
def test_accessibility(open_page: OpenPage, watch: Watch, axe: CheckAccess, dark: bool) -> None:
    watch.expect_status(400, "/sparql")
    page = open_page("/sparql", dark=dark)
    run(page, "SELECT * { ?s ?p ?o } # 'a comment' \nLIMIT 250")
    expect(rows(page)).to_have_count(100)
    axe(page)
    run(page, WRONG)
    expect(result(page).get_by_role("alert")).to_be_visible()
    axe(page)
    button(page, "New tab").click()
    page.evaluate(WRITE, "")
    editor(page).click()
    page.keyboard.type("SELECT * { ?s tfl:reg")
    expect(page.locator(".CodeMirror-hint").first).to_be_visible()
    axe(page)
    page.keyboard.press("Escape")
    page.get_by_role("tab").first.click(button="right")
    expect(page.get_by_text("Close other tabs")).to_be_visible()
    axe(page)
    page.keyboard.press("Escape")
    run(page, "CONSTRUCT WHERE { ?s tfl:regulates ?o } LIMIT 5")
    expect(result(page).locator("pre")).to_be_visible()
    axe(page)
    page.goto(f"/sparql?query={quote('SELECT * { ?s ?p ?o } LIMIT 20')}")
    expect(page.locator("#result tbody tr")).to_have_count(20)
    axe(page)


@schemes
def test_the_editor_follows_the_scheme(open_page: OpenPage, dark: bool) -> None:
    page = open_page("/sparql", dark=dark)
    sums = editor(page).evaluate(
        """one => {
          const numbers = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
          const sum = text => numbers(text).reduce((a, b) => a + b);
          const style = getComputedStyle(one);
          return [sum(style.backgroundColor), sum(style.color)];
        }"""
    )
    assert (sums[0] < sums[1]) == dark


def test_a_wide_result_on_a_telephone(open_page: OpenPage) -> None:
    page = open_page("/sparql", width=NARROW)
    names = " ".join(f"?v{number}" for number in range(9))
    row = " ".join(f'"{"n" * 40} {number}"' for number in range(9))
    run(page, f"SELECT * {{ VALUES ({names}) {{ ({row}) }} }}")
    expect(rows(page)).to_have_count(1)
    assert page.evaluate("() => document.scrollingElement.scrollWidth") <= NARROW
    expect(button(page, "Run")).to_be_visible()
