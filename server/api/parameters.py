"""What the API's parameters are: checked by what its description says of them.

The filters are those of `rdfconv.filters`; their meanings are read from there, too.

>>> FILTERS["scale"].schema()
{'type': 'string', 'enum': ['small', 'large']}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from inspect import getdoc

from rdfconv import filters
from rdfconv.edges.reader import SORTS
from rdfconv.errors import UsageError, shown
from rdfconv.filters import Filter
from rdfconv.identifiers import ACCESSION, PUBMED_ID
from rdfconv.search.terms import KEY_LENGTH, Kind
from server.pages.links import KINDS

ROWS = 100
"""How many rows an answer has if nothing is said."""
MOST_ROWS = 1000
"""How many it may have."""

_NOT_BLANK = r"[^\s\x1c-\x1f\x85\ufeff]"
"""A character that is no blank to anybody: Python and JavaScript know different ones."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the path or query, or a member of a body. All values are texts there.

    Attributes:
        name: its name.
        meaning: what it says, in one sentence.
        choices: the values that there are; any if there are none.
        pattern: what the whole of a value matches.
        looks: what that looks like, for those who mistyped one.
        least: the smallest number; None if it is no number.
        most: the largest number, or the number of characters.
        default: what is taken if it is not given.
        is_required: whether it has to be given.
        in_path: whether it is a part of the path.
    """

    name: str
    meaning: str
    choices: tuple[str, ...] = ()
    pattern: str = ""
    looks: str = ""
    least: int | None = None
    most: int = filters.LONGEST_NAME
    default: str = ""
    is_required: bool = False
    in_path: bool = False

    def schema(self) -> dict[str, object]:
        """The values as JSON Schema has them."""
        found: dict[str, object] = {"type": "string"}
        if self.least is not None:
            found = {"type": "integer", "minimum": self.least, "maximum": self.most}
        elif self.choices:
            found["enum"] = list(self.choices)
        elif self.pattern:
            found["pattern"] = f"^(?:{self.pattern})$"
        else:
            found |= {"minLength": 1, "maxLength": self.most, "pattern": _NOT_BLANK}
        if self.default:
            found["default"] = self.default if self.least is None else int(self.default)
        return found

    def check(self, text: str) -> str:
        """A value, if it is one.

        Raises:
            UsageError: it is none.

        >>> FILTERS["min_papers"].check("many")
        Traceback (most recent call last):
        ...
        rdfconv.errors.UsageError: min_papers is 'many' (use a whole number from 0 to 999999)
        """
        if self.least is not None:
            fits = text.isascii() and text.isdigit() and len(text) < 10
            fits = fits and self.least <= int(text) <= self.most
            hint = f"use a whole number from {self.least} to {self.most}"
        elif self.choices:
            fits = text in self.choices
            hint = f"use {', '.join(self.choices)}"
        elif self.pattern:
            fits = bool(re.fullmatch(self.pattern, text, re.ASCII))
            hint = f"use {self.looks}"
        else:
            fits = bool(re.search(_NOT_BLANK, text)) and len(text) <= self.most
            hint = f"use 1 to {self.most} characters; leave it out for any"
        if not fits:
            raise UsageError(f"{self.name} is {shown(text)}", hint=hint)
        return text


def _meanings(documented: type) -> dict[str, str]:
    """What a record's docstring says of its attributes."""
    _, _, section = (getdoc(documented) or "").partition("Attributes:\n")
    entries = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", section, re.MULTILINE)
    return {name: " ".join(text.replace("`", "").split()) for name, text in entries}


_ANY: Mapping[str, object] = {}
_ACCESSION: Mapping[str, object] = {
    "pattern": ACCESSION.pattern,
    "looks": KINDS["protein"].looks,
}
_KINDS_OF_VALUES: Mapping[str, Mapping[str, object]] = {
    "tf": _ACCESSION,
    "target": _ACCESSION,
    "scale": {"choices": (filters.SMALL, filters.LARGE)},
    "min_papers": {"least": 0, "most": 999_999},
    "paper": {"pattern": PUBMED_ID.pattern, "looks": KINDS["paper"].looks},
    "evidence": {
        "pattern": KINDS["evidence"].namespaces[0].names.pattern,
        "looks": KINDS["evidence"].looks,
    },
    "mode": {"choices": tuple(filters.MODES)},
}
"""Of the filters whose values are no free text."""


def _filters() -> dict[str, Parameter]:
    meanings = _meanings(Filter)
    return {
        field.name: Parameter(
            field.name,
            meanings.get(field.name, ""),
            **_KINDS_OF_VALUES.get(field.name, _ANY),  # type: ignore[arg-type]
        )
        for field in fields(Filter)
    }


FILTERS: Mapping[str, Parameter] = _filters()
"""The filters over edges, by name."""

LIMIT = Parameter(
    "limit", "How many rows the answer has at most.", least=1, most=MOST_ROWS, default=str(ROWS)
)
CURSOR = Parameter(
    "cursor",
    "Where the list goes on: next_cursor of the answer before. It holds for one release.",
    pattern=r"[A-Za-z0-9_-]{1,400}",
    looks="what stood there, as it came",
)
SORT = Parameter(
    "sort",
    "What the list is sorted by, best first; a hyphen before it turns it round.",
    choices=(*SORTS, *(f"-{name}" for name in SORTS)),
    default=SORTS[0],
)
NAME = Parameter(
    "q", "The beginning of a name, accession or gene symbol; best matches first.", most=KEY_LENGTH
)
QUESTION = Parameter(
    "q",
    "A name, an identifier, an IRI, or an edge like TP53 > CDKN1A.",
    most=KEY_LENGTH,
    is_required=True,
)
KIND = Parameter("kind", "Only things of this kind.", choices=tuple(Kind))
PAGE = Parameter(
    "page", "Which page of the things of that kind.", least=1, most=9_999_999, default="1"
)


def in_path(kind: str, name: str, meaning: str) -> Parameter:
    """The name of a thing as a part of the path.

    Args:
        kind: one of `server.pages.links.KINDS`.
        name: the parameter's name.
        meaning: what it says.
    """
    known = KINDS[kind]
    pattern = known.namespaces[0].names.pattern
    return Parameter(
        name, meaning, pattern=pattern, looks=known.looks, is_required=True, in_path=True
    )
