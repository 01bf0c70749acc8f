"""A reader's hands on a page, whose actions are counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page


class Hands:
    """Works on a page as a reader does, and counts what that takes.

    A click counts as one action, and so do Enter and choosing something from a list. Typing,
    scrolling and moving through suggestions with the arrow keys are free.

    Attributes:
        page: the page.
        actions: what was done since the last `within` began, in order.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions: list[str] = []

    @contextmanager
    def within(self, limit: int, task: str) -> Iterator[None]:
        """A task that must not take more actions than the limit.

        Raises:
            AssertionError: it took more; the message lists them.
        """
        self.actions = []
        yield
        taken = "; ".join(self.actions)
        assert len(self.actions) <= limit, f"to {task} took {len(self.actions)} actions: {taken}"

    def type(self, field: Locator, text: str) -> None:
        """Types into a field, key by key."""
        field.focus()
        field.press_sequentially(text)

    def enter(self) -> None:
        """Presses Enter where the focus is, and waits for the page that comes."""
        self.actions.append("Enter")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def follow(self, link: Locator) -> None:
        """Clicks on what leads to another page, and waits for it."""
        before = self.page.url
        self._count("click on", link)
        with self.page.expect_navigation():
            link.click()
        assert self.page.url != before, f"{self.actions[-1]} led nowhere"

    def click(self, thing: Locator) -> None:
        """Clicks on something that changes the page."""
        self._count("click on", thing)
        thing.click()

    def choose(self, field: Locator, label: str) -> None:
        """Chooses an entry of a list by its label."""
        self._count(f"choose {label!r} in", field)
        field.select_option(label=label)

    def get(self, link: Locator, folder: Path) -> Path:
        """Clicks on a link to a file, and saves the file under the name that the site gives it."""
        self._count("click on", link)
        with self.page.expect_download() as started:
            link.click()
        file = folder / started.value.suggested_filename
        started.value.save_as(file)
        return file

    def _count(self, verb: str, thing: Locator) -> None:
        words = thing.inner_text() or thing.get_attribute("aria-label") or str(thing)
        self.actions.append(f"{verb} {' '.join(words.split())[:60]!r}")
