"""A request to the API, as the functions that answer it get it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from rdfconv import filters
from rdfconv.edges.reader import EdgeTable
from rdfconv.errors import ReleaseError
from rdfconv.filters import Filter
from server import search
from server.api import cursors
from server.api.objects import Object, Objects
from server.api.parameters import CURSOR, FILTERS, LIMIT
from server.pages.links import KINDS
from server.problems import Problem
from server.reader import Reader
from server.search.names import Index


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, and of whom.

    Attributes:
        reader: asks the release.
        table: the release's table of edges.
        release: the release that answers.
        path: what the request's path is.
        values: the parameters that were given, checked, those of the path among them.
        body: the members of the body, checked.
    """

    reader: Reader
    table: EdgeTable
    release: str
    path: str
    values: Mapping[str, str]
    body: Mapping[str, object] = field(default_factory=dict)

    @property
    def objects(self) -> Objects:
        """What makes the objects of the answer."""
        return Objects(self.table.name_of)

    @property
    def names(self) -> Index:
        """The release's index of names.

        Raises:
            ReleaseError: it has none.
        """
        found = search.index(self.release)
        if found is None:
            raise ReleaseError(
                "names cannot be searched in this release", hint="ask for accessions"
            )
        return found

    @property
    def filter(self) -> Filter:
        """The filter over edges."""
        return filters.parse({name: self.values[name] for name in FILTERS if name in self.values})

    @property
    def limit(self) -> int:
        """How many rows the answer has at most."""
        return int(self.values.get(LIMIT.name, LIMIT.default))

    @property
    def place(self) -> int:
        """How many rows of the list stand before the answer's.

        Raises:
            Problem: the cursor names no place in this list, or belongs to another release.
        """
        text = self.values.get(CURSOR.name)
        return cursors.read(text, self.release, self._question) if text else 0

    def page(self, items: Sequence[Object], following: int | None) -> Object:
        """The members that every page of a list has.

        Args:
            items: its rows.
            following: how many rows stand before the next page; None if there is none.
        """
        cursor = None
        if following is not None:
            cursor = cursors.write(self.release, self._question, following)
        return {"items": list(items), "next_cursor": cursor}

    @property
    def _question(self) -> str:
        """What is asked, without the part of the list that is wanted."""
        paging = (LIMIT.name, CURSOR.name)
        kept = sorted(pair for pair in self.values.items() if pair[0] not in paging)
        return f"{self.path}?{urlencode(kept)}"


def unknown(kind: str, name: str) -> Problem:
    """The problem of a thing that the release does not know.

    Args:
        kind: one of `server.pages.links.KINDS`.
        name: its name.
    """
    detail = f"This release says nothing about {name!r}."
    if kind == "interaction":
        detail += " That is no statement that there is no such regulation."
    return Problem(
        HTTPStatus.NOT_FOUND,
        f"no-such-{kind}",
        f"There is no such {KINDS[kind].words}",
        detail,
        hint="search for it",
        available={"search": f"/api/v1/search?{urlencode({'q': name})}"},
    )
