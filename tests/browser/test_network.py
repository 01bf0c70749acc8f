"""The picture of a network: what it draws, what a click shows, what is saved, who can use it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import pytest
from playwright.sync_api import Page, expect

from tests import network_case
from tests.browser.chromium import NARROW, PATIENCE
from tests.browser.conftest import CheckAccess, OpenPage, Site
from tests.conftest import MakeRelease, StartServer
from tests.network_case import ATTACK, DENSE, HUB, MODES, NAMES, NO_PAGE, SELF, accession
from tests.server.web import fetch

SOX4, NANOG = "Q06945", "A5JNG8"
ADDRESS = f"/network?protein={SOX4}"
GRAPH = "document.getElementById('picture')._cyreg.cy"
"""Where Cytoscape.js keeps the graph of a container."""
Json = dict[str, Any]


class Point(TypedDict):
    """A place in the window, in CSS pixels."""

    x: float
    y: float


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """Large networks take their time where much else goes on."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)


def data_of(site: Site, query: str) -> Json:
    found = fetch(f"{site.url}/network.json?{query}").json
    assert isinstance(found, dict)
    return found


def drawn(page: Page, address: str = ADDRESS) -> Page:
    """Opens an address, and waits for its picture."""
    page.goto(address)
    expect(page.locator("#drawing")).to_be_visible()
    return page


def at(page: Page, id_: str) -> Point:
    """Where an edge's middle or a protein is in the window; the picture is scrolled into it."""
    page.locator("#picture-title").evaluate("title => title.scrollIntoView()")
    place = page.evaluate(
        f"""id => {{
          const one = {GRAPH}.getElementById(id);
          const {{x, y}} = one.isEdge() ? one.renderedMidpoint() : one.renderedPosition();
          const box = document.getElementById("picture").getBoundingClientRect();
          return {{x: box.left + x, y: box.top + y}};
        }}""",
        id_,
    )
    return Point(x=place["x"], y=place["y"])


def click(page: Page, id_: str, count: int = 1) -> None:
    place = at(page, id_)
    page.mouse.move(place["x"], place["y"])
    page.mouse.click(place["x"], place["y"], click_count=count)


def agrees(page: Page) -> None:
    """The picture, the table and the data of the page's address say the same."""
    in_picture = page.evaluate(
        f"""() => ({{
          nodes: {GRAPH}.nodes().map(one => one.id()),
          edges: {GRAPH}.edges().map(one => one.id()),
        }})"""
    )
    in_table = page.locator("#edges tbody tr").evaluate_all("rows => rows.map(r => r.dataset.edge)")
    listed = page.locator("#proteins tbody tr").evaluate_all(
        "rows => rows.map(r => r.dataset.node)"
    )
    assert sorted(in_picture["edges"]) == sorted(in_table)
    assert sorted(in_picture["nodes"]) == sorted(listed)
    url = page.url.replace("/network?", "/network.json?")
    data = fetch(url).json
    assert in_table == [one["data"]["id"] for one in data["elements"]["edges"]]
    assert listed == [one["data"]["id"] for one in data["elements"]["nodes"]]
    picture = page.locator("#picture")
    expect(picture).to_have_attribute("data-edges", str(len(in_table)))
    expect(picture).to_have_attribute("data-nodes", str(len(listed)))


# What is drawn


def test_the_picture_shows_what_the_table_says(page: Page) -> None:
    drawn(page)
    agrees(page)
    picture = page.locator("#picture")
    expect(picture).to_have_attribute("data-nodes", "150")
    expect(picture).to_have_attribute(
        "aria-label",
        "Network of SOX4: 150 proteins and 149 edges. The table below lists the edges.",
    )
    expect(page.get_by_role("img", name="Network of SOX4")).to_be_visible()
    inside = page.evaluate(
        f"""() => {{
          const box = {GRAPH}.elements().renderedBoundingBox();
          return box.x1 >= 0 && box.y1 >= 0 && box.x2 <= {GRAPH}.width()
            && box.y2 <= {GRAPH}.height();
        }}"""
    )
    assert inside


def test_regulators_stand_on_the_left_and_labels_apart(page: Page) -> None:
    drawn(page)
    sides = page.evaluate(
        f"""() => {GRAPH}.nodes().map(one => [one.data("side"), one.position("x")])"""
    )
    assert {x < 0 for side, x in sides if side == "regulator"} == {True}
    assert {x > 0 for side, x in sides if side == "target"} == {True}
    overlaps = page.evaluate(
        f"""() => {{
          const boxes = {GRAPH}.nodes().map(one => one.boundingBox({{includeOverlays: false}}));
          let found = 0;
          boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {{
            const wide = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
            const high = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
            found += wide > 1 && high > 1 ? 1 : 0;
          }}));
          return found;
        }}"""
    )
    assert overlaps <= 3


def test_the_same_network_is_the_same_picture(open_page: OpenPage) -> None:
    places = [
        drawn(open_page(), f"{ADDRESS}&among=yes").evaluate(
            f"() => {GRAPH}.nodes().map(one => [one.id(), one.position()])"
        )
        for _ in range(2)
    ]
    assert places[0] == places[1]


def test_lines_tell_papers_and_scale(page: Page, site: Site) -> None:
    drawn(page)
    styles = page.evaluate(
        f"""() => Object.fromEntries({GRAPH}.edges().map(one => [one.id(), [
          one.numericStyle("width"), one.style("line-style"), one.style("target-arrow-shape"),
        ]]))"""
    )
    edges = [one["data"] for one in data_of(site, f"protein={SOX4}")["elements"]["edges"]]
    widths: dict[int, set[float]] = {}
    for edge in edges:
        width, line, arrow = styles[edge["id"]]
        widths.setdefault(edge["papers"], set()).add(width)
        assert line == {"small": "solid", "large": "dashed"}[edge["scale"]]
        assert arrow == "vee"
    assert {len(found) for found in widths.values()} == {1}
    ordered = [widths[papers].pop() for papers in sorted(widths)]
    assert len(ordered) > 2
    assert ordered == sorted(set(ordered))


# A click


def test_a_click_on_an_edge_shows_its_evidence(page: Page, site: Site) -> None:
    drawn(page, f"{ADDRESS}&nodes=25")
    click(page, f"P10275_{SOX4}")
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", level=3)).to_have_text("AR regulates SOX4")
    expect(page.locator("#picture")).to_have_attribute("data-picked", f"P10275_{SOX4}")
    data = data_of(site, f"protein={SOX4}&nodes=25")
    (edge,) = [
        one["data"] for one in data["elements"]["edges"] if one["data"]["source"] == "P10275"
    ]
    (report,) = [data["reports"][iri] for iri in edge["reports"]]
    for name, field in {
        "Primary papers": "papers",
        "Databases": "databases",
        "Methods": "methods",
        "Papers on the databases themselves, no evidence for this edge": "databasePapers",
    }.items():
        listed = panel.locator(f"dt:text-is('{name}') + dd a")
        assert report[field], field
        assert listed.evaluate_all(
            "all => all.map(a => [a.textContent, a.getAttribute('href')])"
        ) == [[data["terms"][iri]["name"], data["terms"][iri]["href"]] for iri in report[field]]
    expect(panel.get_by_text("2 primary papers; 2 databases; small-scale")).to_be_visible()
    expect(panel.get_by_role("link", name="PubMed 17721441")).to_be_visible()
    own = panel.get_by_role("link", name="Page of this edge")
    expect(own).to_have_attribute("href", f"/interaction/P10275_{SOX4}")
    panel.get_by_role("button", name="Close").click()
    expect(panel.get_by_role("heading", level=3)).to_have_text("Nothing selected")
    assert page.locator("#picture").get_attribute("data-picked") is None


def test_a_click_beside_everything_takes_the_selection_away(page: Page) -> None:
    drawn(page, f"{ADDRESS}&nodes=25")
    click(page, "P10275")
    expect(page.locator("#panel-title")).to_have_text("AR")
    box = page.locator("#picture").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 3, box["y"] + 3)
    expect(page.locator("#panel-title")).to_have_text("Nothing selected")


def test_a_protein_is_expanded_and_everything_follows(page: Page) -> None:
    drawn(page, f"{ADDRESS}&nodes=25")
    before = page.evaluate(f"() => {GRAPH}.nodes().map(one => one.id())")
    click(page, "P10275")
    panel = page.locator("#panel")
    expect(panel.get_by_role("link", name="Page of this protein")).to_have_attribute(
        "href", "/protein/P10275"
    )
    panel.get_by_role("button", name="Expand").click()
    expect(page).to_have_url(f"{page.url.split('/network')[0]}{ADDRESS}&nodes=25&expand=P10275")
    expect(page.locator("#picture")).not_to_have_attribute("data-nodes", "25")
    agrees(page)
    after = page.evaluate(f"() => {GRAPH}.nodes().map(one => one.id())")
    assert after[: len(before)] == before
    assert 0 < len(after) - len(before) <= 50
    expect(page.locator(".hubs li")).to_have_count(2)
    expect(page.locator("#status")).to_contain_text("added")
    # The history has both pictures.
    page.go_back()
    expect(page.locator("#picture")).to_have_attribute("data-nodes", "25")
    agrees(page)
    page.go_forward()
    expect(page.locator("#picture")).to_have_attribute("data-nodes", str(len(after)))
    agrees(page)
    # The address alone gives the same proteins and edges.
    page.reload()
    expect(page.locator("#picture")).to_have_attribute("data-nodes", str(len(after)))
    agrees(page)


def test_a_double_click_expands(page: Page) -> None:
    drawn(page, f"{ADDRESS}&nodes=25")
    click(page, "P10275", count=2)
    expect(page.locator("#picture")).not_to_have_attribute("data-nodes", "25")
    agrees(page)
    assert page.url.endswith("&expand=P10275")


def test_a_filter_changes_picture_table_and_address(page: Page) -> None:
    drawn(page)
    page.get_by_label("Scale of the evidence").select_option("small")
    expect(page.locator("#picture")).to_have_attribute("data-edges", "13")
    assert page.url.endswith(f"{ADDRESS}&scale=small")
    agrees(page)
    page.get_by_label("Primary papers").select_option("2")
    expect(page.locator("#picture")).to_have_attribute("data-edges", "2")
    assert page.url.endswith("&scale=small&min_papers=2")
    agrees(page)
    page.get_by_role("link", name="Take all filters away").click()
    expect(page.locator("#picture")).to_have_attribute("data-edges", "149")
    expect(page.get_by_label("Scale of the evidence")).to_have_value("")
    agrees(page)
    drawn(page, f"/network?protein={NANOG}")
    expect(page.locator("#picture")).to_have_attribute("data-edges", "150")
    page.get_by_label("edges among the partners").check()
    expect(page.locator("#picture")).not_to_have_attribute("data-edges", "150")
    agrees(page)
    assert page.url.endswith(f"/network?protein={NANOG}&among=yes")


def test_an_unreachable_server_leaves_the_picture(page: Page) -> None:
    drawn(page, f"{ADDRESS}&nodes=25")
    before = page.url
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('refused')); }")
    page.get_by_label("Scale of the evidence").select_option("small")
    expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    expect(page.locator("#picture")).to_have_attribute("data-nodes", "25")
    assert page.url == before


def test_buttons_zoom_and_reset(page: Page) -> None:
    drawn(page)
    zoom = f"() => {GRAPH}.zoom()"
    first = page.evaluate(zoom)
    page.get_by_role("button", name="Zoom in").click()
    closer = page.evaluate(zoom)
    assert closer > first
    page.get_by_role("button", name="Zoom out").click()
    assert page.evaluate(zoom) == pytest.approx(first)
    place = f"() => {GRAPH}.getElementById('P10275').position()"
    before = page.evaluate(place)
    page.evaluate(f"() => {{ {GRAPH}.getElementById('P10275').position({{x: 5000, y: 0}}); }}")
    page.get_by_role("button", name="Reset").click()
    assert page.evaluate(place) == before
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Fit").click()
    assert page.evaluate(zoom) == pytest.approx(first, rel=0.02)


def test_the_wheel_scrolls_the_page_and_zooms_with_ctrl(page: Page) -> None:
    drawn(page)
    place = at(page, SOX4)
    page.mouse.move(place["x"], place["y"])
    zoom = f"() => {GRAPH}.zoom()"
    first, top = page.evaluate(zoom), page.evaluate("scrollY")
    page.mouse.wheel(0, 200)
    page.wait_for_function("top => scrollY > top", arg=top)
    assert page.evaluate(zoom) == first
    # Cytoscape.js takes no wheel for a quarter of a second after the page has been scrolled.
    page.wait_for_timeout(500)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.wait_for_function(f"first => {GRAPH}.zoom() > first", arg=first)
    page.keyboard.up("Control")


def test_motion_only_where_it_is_wanted(page: Page) -> None:
    moves = f"""() => new Promise(done => {{
      const one = {GRAPH}.nodes()[5];
      const seen = new Set();
      one.on("position", () => seen.add(one.animated()));
      document.querySelector('#proteins a[data-expand="P10275"]').click();
      setTimeout(() => done([...seen]), 2500);
    }})"""
    drawn(page, f"{ADDRESS}&nodes=25")
    assert page.evaluate(moves) == [False]
    page.emulate_media(reduced_motion="no-preference")
    drawn(page, f"{ADDRESS}&nodes=25")
    assert True in page.evaluate(moves)


# Files


def save(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as started:
        page.get_by_role("button", name=name, exact=False).click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return file


def test_png(page: Page, tmp_path: Path) -> None:
    file = save(drawn(page), "PNG", tmp_path)
    content = file.read_bytes()
    assert file.name == f"network-{SOX4}.png"
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(content[at_ : at_ + 4], "big") for at_ in (16, 20))
    assert width > 1000
    assert height > 500
    assert len(content) > 50_000


def test_cyjs(page: Page, tmp_path: Path, site: Site) -> None:
    file = save(drawn(page, f"{ADDRESS}&scale=small"), "Cytoscape", tmp_path)
    assert file.name == f"network-{SOX4}.cyjs"
    saved = json.loads(file.read_text("utf-8"))
    data = data_of(site, f"protein={SOX4}&scale=small")
    for kind in ("nodes", "edges"):
        ids = [one["data"]["id"] for one in saved["elements"][kind]]
        assert ids == [one["data"]["id"] for one in data["elements"][kind]]
    first = saved["elements"]["nodes"][0]
    assert first["data"]["name"] == "SOX4"
    assert first["position"] == {"x": 0, "y": 0}
    (edge,) = [
        one["data"] for one in saved["elements"]["edges"] if one["data"]["source"] == "P10275"
    ]
    assert edge["interaction"] == "regulates"
    whole = fetch(f"{site.url}/interactions.cyjs?target={SOX4}&scale=small").json
    (same,) = [
        one["data"] for one in whole["elements"]["edges"] if one["data"]["source"] == "P10275"
    ]
    assert edge == same
    assert edge["databases"] == ["DoRothEA", "HTRI"]


def test_sif(page: Page, tmp_path: Path) -> None:
    file = save(drawn(page), "SIF", tmp_path)
    assert file.name == f"network-{SOX4}.sif"
    lines = [line.split("\t") for line in file.read_text("utf-8").splitlines()]
    in_table = page.locator("#edges tbody tr").evaluate_all("rows => rows.map(r => r.dataset.edge)")
    assert [f"{source}_{target}" for source, _, target in lines] == in_table
    assert {relation for _, relation, _ in lines} == {"regulates"}


# For everybody


def test_with_the_keyboard(page: Page) -> None:
    drawn(page, f"{ADDRESS}&nodes=25")
    button = page.locator(f"[data-edge='P10275_{SOX4}'] button")
    expect(button).to_have_accessible_name("show AR to SOX4 in the picture")
    button.focus()
    page.keyboard.press("Enter")
    title = page.locator("#panel-title")
    expect(title).to_be_focused()
    expect(title).to_have_text("AR regulates SOX4")
    expect(page.locator("#picture")).to_have_attribute("data-picked", f"P10275_{SOX4}")
    expect(title).to_be_in_viewport()
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent"))
    assert reached == ["Close", "Page of this edge", "Show AR", "Show SOX4"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(title).to_have_text("AR")
    expect(title).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#panel-expand")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#picture")).not_to_have_attribute("data-nodes", "25")
    agrees(page)
    expect(title).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(title).to_have_text("Nothing selected")
    expect(button).to_be_focused()


@pytest.mark.parametrize(
    ("dark", "width"), [(False, 1280), (True, 1280), (False, NARROW), (True, NARROW)]
)
def test_axe(open_page: OpenPage, axe: CheckAccess, dark: bool, width: int) -> None:
    page = drawn(open_page(dark=dark, width=width), f"{ADDRESS}&nodes=25")
    axe(page)
    page.locator("#proteins summary").click()
    page.locator(f"[data-edge='P10275_{SOX4}'] button").click()
    axe(page)
    page.locator("[data-node='P10275'] button").click()
    axe(page)


def test_a_narrow_window(open_page: OpenPage) -> None:
    page = drawn(open_page(width=NARROW), f"{ADDRESS}&nodes=50")
    for state in ("", "open"):
        if state:
            page.locator("#proteins summary").click()
            click(page, f"P10275_{SOX4}")
            expect(page.locator("#panel-title")).to_have_text("AR regulates SOX4")
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW
    box = page.locator("#picture").bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert box["height"] < 844 * 0.8


def test_the_picture_follows_the_colour_scheme(page: Page) -> None:
    drawn(page)
    colour = f"() => {GRAPH}.getElementById('{SOX4}').style('color')"
    light = page.evaluate(colour)
    assert light == "rgb(26,33,40)"
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => ({colour})() !== light", arg=light)
    dark = page.evaluate(colour)
    switch = page.locator("#theme")
    switch.click()
    expect(switch).to_have_text("Theme: light")
    assert page.evaluate(colour) == light
    switch.click()
    assert page.evaluate(colour) == dark


def test_without_javascript(open_page: OpenPage) -> None:
    page = open_page(script=False)
    page.goto(f"{ADDRESS}&nodes=25")
    expect(page.get_by_text("The picture is drawn by JavaScript")).to_be_visible()
    expect(page.locator("#drawing")).to_be_hidden()
    expect(page.locator("#edges tbody tr")).to_have_count(24)
    expect(page.locator("#edges button").first).to_be_hidden()
    page.get_by_label("Scale of the evidence").select_option("small")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#edges tbody tr")).to_have_count(13)
    page.locator("#proteins summary").click()
    page.locator("[data-expand='P10275']").click()
    expect(page.locator(".hubs li")).to_have_count(2)


# A release with what the sample does not have


class TestOddNetworks:
    @pytest.fixture(scope="class")
    @classmethod
    def site(
        cls,
        tmp_path_factory: pytest.TempPathFactory,
        make_release: MakeRelease,
        start_server: StartServer,
    ) -> Site:
        root = tmp_path_factory.mktemp("network")
        network_case.publish(root, make_release)
        return Site(start_server(root, workers=1).url)

    def test_modes_are_arrows(self, page: Page) -> None:
        drawn(page, f"/network?protein={MODES}")
        arrows = page.evaluate(
            f"""() => Object.fromEntries({GRAPH}.edges().map(
              one => [one.data("target"), one.style("target-arrow-shape")]))"""
        )
        shapes = [arrows[accession(3000 + number)] for number in range(4)]
        assert shapes == ["triangle", "tee", "vee", "triangle-tee"]
        click(page, f"{MODES}_{accession(3000)}")
        panel = page.locator("#panel")
        expect(panel).to_contain_text("3 primary papers; 1 database; small-scale; activation.")
        expect(panel.locator("h4")).to_have_text(["Report 1 of 2: made", "Report 2 of 2: made"])
        expect(panel).to_contain_text("see-there")

    def test_self_regulation_is_a_loop_that_can_be_clicked(self, page: Page) -> None:
        drawn(page, f"/network?protein={SELF}")
        agrees(page)
        box = page.evaluate(f"() => {GRAPH}.getElementById('{SELF}_{SELF}').renderedBoundingBox()")
        assert box["w"] > 10
        assert box["h"] > 10
        click(page, f"{SELF}_{SELF}")
        expect(page.locator("#panel-title")).to_have_text("SELF regulates SELF")

    def test_names_that_attack(self, page: Page, tmp_path: Path, axe: CheckAccess) -> None:
        drawn(page, f"/network?protein={ATTACK}")
        agrees(page)
        for number, name in enumerate(NAMES[1:]):
            page.locator(f"[data-edge='{ATTACK}_{accession(4000 + number)}'] button").click()
            expect(page.locator("#panel-title")).to_have_text(f"{NAMES[0]} regulates {name}")
            expect(page.locator("#panel")).to_contain_text(NO_PAGE)
        page.locator(f"[data-node='{NO_PAGE}'] button").evaluate("one => one.click()")
        expect(page.locator("#panel-title")).to_have_text(NO_PAGE)
        expect(page.locator("#panel a")).to_have_count(0)
        assert page.locator("a[href^='javascript' i]").count() == 0
        assert page.evaluate("window.attacked") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        axe(page)
        for name in ("PNG", "Cytoscape", "SIF"):
            assert save(page, name, tmp_path).name.startswith(f"network-{ATTACK}.")
        saved = json.loads((tmp_path / f"network-{ATTACK}.cyjs").read_text("utf-8"))
        assert {one["data"]["name"] for one in saved["elements"]["nodes"]} == {*NAMES, NO_PAGE}

    def test_a_full_picture(self, page: Page) -> None:
        expand = "".join([f"&expand={HUB}"] * 6)
        drawn(page, f"/network?protein={HUB}{expand}")
        agrees(page)
        expect(page.locator("#picture")).to_have_attribute("data-nodes", "450")
        click(page, HUB)
        page.get_by_role("button", name="Expand: up to 50 more").click()
        expect(page.locator("#picture")).to_have_attribute("data-nodes", "500")
        agrees(page)
        expect(
            page.get_by_text("The picture is full: it holds 500 proteins at most")
        ).to_be_visible()
        expect(page.locator("#panel")).to_contain_text("It cannot be expanded")
        expect(page.locator("#panel-expand")).to_have_count(0)

    def test_a_dense_picture(self, page: Page) -> None:
        drawn(page, f"/network?protein={DENSE}&among=yes")
        agrees(page)
        expect(page.locator("#picture")).to_have_attribute("data-edges", "1500")
