"""What every page looks like: usable by everybody in light and dark, and on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import NARROW
from tests.browser.conftest import CheckAccess, OpenPage
from tests.browser.pages import PageType
from tests.browser.test_pages import every_page, visit
from tests.browser.watch import Watch

schemes = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])

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

FOCUSED = """() => {
  const focused = document.activeElement;
  const stays = window.focusedBefore === focused;
  window.focusedBefore = focused;
  // A code editor reads the keys in a field that nobody sees; what is seen is the editor.
  const shown = focused.closest(".CodeMirror") || focused;
  const style = getComputedStyle(shown);
  const box = shown.getBoundingClientRect();
  return {
    what: focused.tagName + " " + (focused.innerText || focused.id).slice(0, 40),
    stays,
    marked: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
      || style.boxShadow !== "none",
    seen: box.width > 1 && box.height > 1 && box.right > 0 && box.bottom > 0
      && box.left < innerWidth && box.top < innerHeight,
  };
}"""
"""What has the focus, whether it stays there, is marked, and is in sight."""
TABS = 15
"""How many times the key is pressed that moves the focus."""


def is_dark(page: Page) -> bool:
    """Whether the text is brighter than the ground."""
    ground, text = page.evaluate(BRIGHTNESS)
    return bool(ground < text)


@schemes
@every_page
def test_accessibility(
    open_page: OpenPage, watch: Watch, axe: CheckAccess, kind: PageType, dark: bool
) -> None:
    page = open_page(dark=dark)
    visit(page, watch, kind)
    assert is_dark(page) == dark, "the page does not follow the scheme that the reader prefers"
    axe(page)


@every_page
def test_no_sideways_scroll_on_a_telephone(
    open_page: OpenPage, watch: Watch, axe: CheckAccess, kind: PageType
) -> None:
    page = open_page(width=NARROW)
    visit(page, watch, kind)
    wide = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter(each => each.getBoundingClientRect().right > innerWidth + 0.5)
            .filter(each => !each.closest(".scroll, pre"))
            .map(each => each.tagName + " " + (each.id || each.className))"""
    )
    assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW, wide
    axe(page)


@schemes
@every_page
def test_focus_is_seen(open_page: OpenPage, watch: Watch, kind: PageType, dark: bool) -> None:
    page = open_page(dark=dark)
    visit(page, watch, kind)
    reached = set()
    for _ in range(TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["what"].startswith("BODY"):
            break
        reached.add(focused["what"])
        assert not focused["stays"], f"the key Tab does not leave {focused['what']}"
        assert focused["marked"], f"nothing marks the focus on {focused['what']}"
        assert focused["seen"], f"the focus is out of sight on {focused['what']}"
    assert len(reached) > 3, reached


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
