"""What a validation finds: findings, counted and listed by shape."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyoxigraph

from rdfconv.vocabulary import PREFIXES, short

QUERIES, SHACL = METHODS = ("queries", "shacl")
"""How data is checked: by queries on a store, or by pySHACL."""
LIMIT = 100
"""How many findings of a shape are told, if nothing else is asked for."""


class Finding(NamedTuple):
    """A rule that is broken. Findings sort by shape, focus node, path, component and value.

    Attributes:
        shape: the local name of the node shape.
        focus: the node that breaks it: an IRI, ``_:`` and a label, or a literal in quotes.
        path: the property as a SPARQL path; "" if the node itself is wrong.
        component: the constraint component, e.g. ``MinCountConstraintComponent``.
        value: the value that is wrong, written as `focus` is; "" if there is none.
        message: what is wrong, in plain words.
    """

    shape: str
    focus: str
    path: str
    component: str
    value: str
    message: str

    def __str__(self) -> str:
        value = f": {self.value}" if self.value else ""
        place = f" {self.path}" if self.path else ""
        return f"{self.focus}{place}: {self.message}{value}"


@dataclass(frozen=True, slots=True)
class ShapeResult:
    """What one shape finds.

    Attributes:
        shape: the local name of the node shape.
        count: how many findings there are.
        findings: the first of them, sorted.
    """

    shape: str
    count: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Validation:
    """What all shapes find.

    Attributes:
        method: how the data was checked, `queries` or `shacl`.
        results: for each shape, in the order of their names.
    """

    method: str
    results: tuple[ShapeResult, ...]

    @property
    def count(self) -> int:
        """How many findings there are."""
        return sum(result.count for result in self.results)

    @property
    def conforms(self) -> bool:
        """Whether there are none."""
        return self.count == 0

    @property
    def summary(self) -> str:
        """One line about it."""
        shapes = f"{len(self.results)} shapes ({self.method})"
        broken = sum(1 for result in self.results if result.count)
        if self.conforms:
            return f"valid: no findings by {shapes}"
        return f"not valid: {self.count:,} findings by {broken} of {shapes}"

    def as_json(self) -> dict[str, Any]:
        """The validation as JSON values."""
        return {
            "conforms": self.conforms,
            "method": self.method,
            "findings": self.count,
            "shapes": [
                {
                    "shape": result.shape,
                    "findings": result.count,
                    "listed": [finding._asdict() for finding in result.findings],
                }
                for result in self.results
            ],
        }

    def lines(self) -> Iterator[str]:
        """The validation as lines of text, findings first by shape."""
        for result in self.results:
            if result.count:
                cut = len(result.findings) < result.count
                head = f"first {len(result.findings):,} of " if cut else ""
                yield f"{result.shape}: {head}{result.count:,} findings"
                yield from (f"  {finding}" for finding in result.findings)


def result_of(name: str, findings: Iterable[Finding], limit: int) -> ShapeResult:
    """Counts a shape's findings and keeps the first of them."""
    count = 0

    def counted() -> Iterator[Finding]:
        nonlocal count
        for finding in findings:
            count += 1
            yield finding

    first = tuple(heapq.nsmallest(limit, counted()))
    for _ in counted():  # what a limit of 0 left unread
        pass
    return ShapeResult(name, count, first)


def text_of(term: object) -> str:
    """A term as a finding tells it, whichever library it comes from."""
    match term:
        case None:
            return ""
        case pyoxigraph.NamedNode():
            return term.value
        case pyoxigraph.Literal():
            return _quoted(term.value, term.language, term.datatype.value)
        case pyoxigraph.BlankNode():
            return f"_:{term.value}"
    import rdflib  # only here: it takes its time, and the command line reads this module

    match term:
        case rdflib.URIRef():
            return str(term)
        case rdflib.BNode():
            return f"_:{term}"
        case rdflib.Literal():
            return _quoted(str(term), term.language, str(term.datatype or ""))
    raise TypeError(f"{term!r} is no term")


def _quoted(text: str, language: str | None, datatype: str) -> str:
    if language:
        return f'"{text}"@{language}'
    local = datatype.removeprefix(PREFIXES["xsd"])
    if local in ("", "string", "boolean", "integer"):
        return f'"{text}"'
    return f'"{text}"^^{short(datatype)}'
