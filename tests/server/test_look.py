"""The style sheet: contrast in both schemes, by WCAG 2.2; what it must not hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.assets import FOLDER
from server.vendor import VENDOR

STYLE = (FOLDER / "site.css").read_text("utf-8")
TEXT, PART = 4.5, 3.0
"""The least contrast of text (1.4.3), and of borders and outlines that tell something (1.4.11)."""
PAIRS = [
    *((name, ground, TEXT) for name in ("text", "link", "quiet") for ground in ("ground", "soft")),
    *((name, ground, TEXT) for name in ("good", "bad") for ground in ("ground", "soft")),
    ("on-accent", "accent", TEXT),
    ("text", "mark", TEXT),
    ("link", "mark", TEXT),
    ("bad", "mark", TEXT),
    *(
        (name, ground, PART)
        for name in ("edge", "focus", "accent")
        for ground in ("ground", "soft")
    ),
]
"""What stands on what."""


def declared(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


def schemes() -> dict[str, dict[str, str]]:
    """The colours of the blocks that set them."""
    blocks = re.findall(r"^\s*(:root\S*) \{(.*?)\}", STYLE, re.MULTILINE | re.DOTALL)
    found = {selector: declared(block) for selector, block in blocks if declared(block)}
    assert list(found) == [
        ":root",
        ':root[data-theme="dark"]',
        ':root:not([data-theme="light"])',
    ]
    return found


def luminance(colour: str) -> float:
    """The relative luminance of ``#rrggbb``, as WCAG defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_known_colours() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_contrast(front: str, back: str, least: float) -> None:
    for selector, colours in schemes().items():
        found = contrast(colours[front], colours[back])
        assert found >= least, (selector, front, back, round(found, 2))


def test_the_dark_scheme_is_the_same_however_it_is_chosen() -> None:
    light, chosen, asked = schemes().values()
    assert chosen == asked
    assert chosen.keys() == light.keys()


STYLES = sorted(path for path in FOLDER.rglob("*.css") if VENDOR not in path.parents)
"""Our own."""


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_load_nothing_from_elsewhere(path: Path) -> None:
    text = re.sub(r'url\("data:[^"]*"\)', "", path.read_text("utf-8"))
    assert not re.search(r"@import|//", text)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_properties_are_declared(path: Path) -> None:
    """One that nobody declares would be no colour at all."""
    text = path.read_text("utf-8")
    known = set(re.findall(r"(--[a-z-]+):", text + STYLE))
    used = set(re.findall(r"var\((--[a-z-]+)", text))
    assert used <= known, used - known
