"""What every page looks like: in light and dark, and on a telephone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.chromium import NARROW
from tests.browser.conftest import OpenPage
from tests.browser.pages import PageType
from tests.browser.visiting import SCHEMES, every_page, schemes, visit, visit_as
from tests.browser.watch import Watch

COLOURS = """() => [...document.querySelectorAll("body, body *")].map(each => {
  const style = getComputedStyle(each);
  return [style.color, style.backgroundColor, style.borderTopColor].join(" ");
})"""
"""The colours of everything on a page."""

BRIGHTNESS = """() => {
  const numbers = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const sum = text => numbers(text).reduce((a, b) => a + b, 0);
  const style = getComputedStyle(document.body);
  return [sum(style.backgroundColor), sum(style.color)];
}"""
"""The sums of red, green and blue of the ground and of the text."""


def is_dark(page: Page) -> bool:
    """Whether the text is brighter than the ground."""
    ground, text = page.evaluate(BRIGHTNESS)
    return bool(ground < text)


@every_page
def test_no_sideways_scroll_on_a_telephone(
    open_page: OpenPage, watch: Watch, kind: PageType
) -> None:
    page = open_page(width=NARROW)
    visit(page, watch, kind)
    wide = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter(each => each.getBoundingClientRect().right > innerWidth + 0.5)
            .filter(each => !each.closest(".scroll, pre")
              || getComputedStyle(each).position === "absolute")
            .map(each => each.tagName + " " + (each.id || each.className))"""
    )
    assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW, wide


@schemes
def test_the_switch_overrules_the_system(open_page: OpenPage, dark: bool) -> None:
    page = open_page("/", dark=dark)
    switch = page.get_by_role("button", name="Theme")
    seen = []
    for _ in range(3):
        switch.click()
        chosen = switch.inner_text()
        seen.append((chosen, is_dark(page)))
        page.reload()
        assert (switch.inner_text(), is_dark(page)) == seen[-1], "the choice is lost on reload"
        page.goto("/sparql")
        assert (switch.inner_text(), is_dark(page)) == seen[-1], "the choice is lost on a new page"
        page.goto("/")
    assert seen == [("Theme: light", False), ("Theme: dark", True), ("Theme: system", dark)]


@schemes
def test_the_switch_has_the_colours_of_the_system(open_page: OpenPage, dark: bool) -> None:
    wanted = open_page("/protein/Q06945", dark=dark)
    switched = open_page("/protein/Q06945", dark=not dark)
    switch = switched.get_by_role("button", name="Theme")
    for _ in range(2 if dark else 1):
        switch.click()
    assert is_dark(switched) == dark
    # The mouse is over the switch, and the focus on it.
    switched.mouse.move(0, 799)
    switch.blur()
    assert switched.evaluate(COLOURS) == wanted.evaluate(COLOURS)


def test_without_javascript_there_is_no_switch(open_page: OpenPage) -> None:
    page = open_page("/", script=False)
    expect(page.locator("#theme")).to_be_attached()
    expect(page.locator("#theme")).to_be_hidden()


@every_page
def test_the_scheme_is_that_of_the_reader(page: Page, watch: Watch, kind: PageType) -> None:
    for scheme, dark in SCHEMES.items():
        visit_as(page, watch, kind, dark=dark)
        assert is_dark(page) == dark, scheme
