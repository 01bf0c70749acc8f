"""Every page can be used by everybody: axe finds no fault, and who types sees where."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.axe import Rules
from tests.browser.chromium import NARROW, WIDE
from tests.browser.conftest import CheckAccess, OpenPage
from tests.browser.pages import PageType
from tests.browser.visiting import every_page, schemes, visit
from tests.browser.watch import Watch

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
    writes: shown !== focused,
    marked: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
      || style.boxShadow !== "none",
    seen: box.width > 1 && box.height > 1 && box.right > 0 && box.bottom > 0
      && box.left < innerWidth && box.top < innerHeight,
  };
}"""
"""What has the focus, whether it stays there, is a code editor's, is marked, and is in sight."""
TABS = 15
"""How many times the key is pressed that moves the focus."""


@pytest.mark.parametrize(
    ("dark", "width", "rules"),
    # Each scheme has its colours, each width its layout.
    [(False, WIDE, Rules.ALL), (True, WIDE, Rules.COLOURS), (False, NARROW, Rules.REST)],
    ids=["light", "dark", "narrow"],
)
@every_page
def test_axe_finds_nothing_grave(
    open_page: OpenPage,
    watch: Watch,
    axe: CheckAccess,
    kind: PageType,
    dark: bool,
    width: int,
    rules: Rules,
) -> None:
    page = open_page(dark=dark, width=width)
    visit(page, watch, kind)
    axe(page, rules)


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
        if focused["writes"]:
            # In code the key indents; the page says that this key makes it move the focus again.
            expect(page.locator("main")).to_contain_text("Esc, then Tab, leaves the editor")
            page.keyboard.press("Escape")
    assert len(reached) > 3, reached
