"""The tables of the document: what was seen is compared with them, or written into them."""

from __future__ import annotations

import re
from collections.abc import Sequence

Row = tuple[str, ...]
_VERSION = 1
"""The column of the version: it says with which one the row was seen last, and is not compared."""


class Tables:
    """The tables of a document, each under a heading of its own.

    Args:
        document: its text.
        compared: whether rows that are seen must be in it; else they are kept, to be written.
    """

    def __init__(self, document: str, *, compared: bool) -> None:
        self._document = document
        self._compared = compared
        self._seen: dict[str, list[Row]] = {}

    def add(self, heading: str, row: Sequence[str]) -> None:
        """Adds a row that was seen.

        Args:
            heading: that of the table.
            row: its cells: the name, the version, and what was seen.

        Raises:
            AssertionError: the document does not have it; ``make interop`` writes it.
        """
        self._seen.setdefault(heading, []).append(tuple(row))
        if self._compared:
            known = {each[0]: each for each in self.rows(heading)}
            assert _seen(row) == _seen(known.get(row[0], ()))

    def rows(self, heading: str) -> list[Row]:
        """The rows of a table of the document, or of what it is to become, without its head."""
        if not self._compared:
            return self._seen[heading]
        lines = self._lines(heading)[2:]
        return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]

    def written(self) -> str:
        """The document with the rows that were seen in place of those that it has."""
        text = self._document
        for heading, rows in self._seen.items():
            head = self._lines(heading)[:2]
            body = [f"| {' | '.join(row)} |" for row in rows]
            text = text.replace("\n".join(self._lines(heading)), "\n".join(head + body))
        return text

    def _lines(self, heading: str) -> list[str]:
        section = self._document.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        found = re.search(r"(?:^\|.*\n?)+", section, re.MULTILINE)
        assert found is not None, f"no table: {heading}"
        return found[0].splitlines()


def _seen(row: Sequence[str]) -> Row:
    return tuple(cell for column, cell in enumerate(row) if column != _VERSION)
