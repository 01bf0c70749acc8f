"""The pictures for the documentation can be taken, and a smaller file is the same picture."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site
from tests.browser.pages import PAGES
from tests.browser.png import SIGNATURE, reduced
from tests.conftest import ROOT

LARGEST = 200_000
"""How many bytes a picture may add to the repository."""

READ = """async source => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const seen = pen.getImageData(0, 0, image.width, image.height).data;
  return [image.width, image.height, Array.from(seen)];
}"""


def pixels(page: Page, picture: bytes) -> tuple[int, int, list[int]]:
    """Width, height and samples of a picture as the browser reads it."""
    width, height, samples = page.evaluate(
        READ, f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    )
    return width, height, samples


def test_a_reduced_picture_looks_the_same(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 200, "height": 120})
    page.set_content("<h1>Greys</h1><hr>")
    taken = page.screenshot()
    smaller = reduced(taken)
    assert smaller != taken
    same = pixels(page, smaller) == pixels(page, taken)
    assert same
    page.context.close()


def test_a_picture_of_many_colours_looks_nearly_the_same(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 200, "height": 120})
    page.set_content("<body style='background: linear-gradient(45deg, red, blue, green)'>")
    taken = page.screenshot()
    width, height, samples = pixels(page, reduced(taken))
    _, _, wanted = pixels(page, taken)
    assert (width, height) == (200, 120)
    assert samples != wanted
    assert max(abs(a - b) for a, b in zip(samples, wanted, strict=True)) < 16
    page.context.close()


def test_what_is_no_png_is_refused() -> None:
    with pytest.raises(ValueError, match="not a PNG file"):
        reduced(b"GIF89a")


def test_all_pictures_are_taken_and_small(site: Site, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.browser.screenshots", str(tmp_path), "--url", site.url]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    files = {f"{kind.name}-{variant}.png" for kind in PAGES for variant in kind.pictures}
    assert {file.name for file in tmp_path.iterdir()} == files
    for name in files:
        content = (tmp_path / name).read_bytes()
        assert content.startswith(SIGNATURE)
        assert len(content) < LARGEST, name
        assert f"{name}\t{len(content):,} bytes" in done.stdout
