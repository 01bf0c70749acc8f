"""Every page can be used by everybody: axe finds no fault, and who types sees where."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.axe import Rules, grave
from tests.browser.chromium import NARROW, WIDE
from tests.browser.pages import PageType
from tests.browser.visiting import SCHEMES, every_page, visit_as
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


READERS = {
    # Each scheme has its colours, each width its layout.
    "light": (False, WIDE, Rules.ALL),
    "dark": (True, WIDE, Rules.COLOURS),
    "narrow": (False, NARROW, Rules.REST),
}
"""Whether a reader's scheme is dark, how wide the window is, and which rules that can change."""


@every_page
def test_axe_finds_nothing_grave(page: Page, watch: Watch, kind: PageType) -> None:
    found = {}
    for reader, (dark, width, rules) in READERS.items():
        visit_as(page, watch, kind, dark=dark, width=width)
        found[reader] = grave(page, rules)
    told = [f"{page.url}, {reader}:\n{faults}" for reader, faults in found.items() if faults]
    assert not told, "\n".join(told)


@every_page
def test_focus_is_seen(page: Page, watch: Watch, kind: PageType) -> None:
    for scheme, dark in SCHEMES.items():
        visit_as(page, watch, kind, dark=dark)
        reached = set()
        for _ in range(TABS):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            what = f"{focused['what']} ({scheme})"
            if what.startswith("BODY"):
                break
            reached.add(what)
            assert not focused["stays"], f"the key Tab does not leave {what}"
            assert focused["marked"], f"nothing marks the focus on {what}"
            assert focused["seen"], f"the focus is out of sight on {what}"
            if focused["writes"]:
                # In code the key indents; the page says that this key makes it move the focus.
                expect(page.locator("main")).to_contain_text("Esc, then Tab, leaves the editor")
                page.keyboard.press("Escape")
        assert len(reached) > 3, reached
