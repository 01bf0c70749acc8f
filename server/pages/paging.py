"""What every page of a list has: the numbers of its rows."""

from __future__ import annotations

from collections.abc import Sequence

ROWS = 100
"""How many rows a page of a list has."""


class Paged:
    """A page of a list, `ROWS` rows of it.

    Attributes:
        rows: its rows.
        page: the page's number, from 1 on.
    """

    __slots__ = ()
    rows: Sequence[object]
    page: int

    @property
    def first(self) -> int:
        """The number of the first row."""
        return (self.page - 1) * ROWS + 1

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self.first + len(self.rows) - 1
