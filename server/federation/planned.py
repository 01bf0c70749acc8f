"""Which endpoints the SERVICE clauses of a query ask, and which of them comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rdfconv.errors import shown
from rdfconv.vocabulary import PREFIXES
from server.engine import EngineError, ErrorKind
from server.federation.clauses import (
    Clause,
    Surroundings,
    clauses_of,
    endpoints_of,
    replaced,
    surroundings,
)
from server.federation.endpoints import Endpoint
from server.grammar.syntax import parse
from server.grammar.terms import Nested, ParsedQuery
from server.grammar.words import NotUnderstoodError
from server.query_text import QueryTextError, inspect, place_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A clause and the endpoints that it asks."""

    clause: Clause
    endpoints: tuple[Endpoint, ...]


def asked_of(text: str, endpoints: Mapping[str, Endpoint]) -> tuple[ParsedQuery, list[Asked]]:
    """A query, taken apart, and its clauses with their endpoints.

    Args:
        text: the query.
        endpoints: those that may be asked, by IRI.

    Raises:
        EngineError: it cannot be taken apart (`ErrorKind.SYNTAX`, `SHAPE`), or asks an endpoint
            that may not be asked (`REFUSED`).
    """
    try:
        parsed = parse(text, PREFIXES)
        clauses = clauses_of(parsed)
        _check_places(text, clauses)
    except NotUnderstoodError as error:
        raise at(text, error.start, ErrorKind.SHAPE, _TOLD.format(error)) from error
    except QueryTextError as error:
        place = error.place
        raise EngineError(
            ErrorKind.SYNTAX, str(error), line=place.line, column=place.column
        ) from error
    return parsed, [_allowed(text, one, endpoints) for one in clauses]


def next_of(
    text: str, waiting: Sequence[Asked], known: Mapping[Nested, str]
) -> tuple[int, Surroundings]:
    """Which clause is asked next: its place among those that wait, and what limits it.

    Args:
        text: the query.
        waiting: the clauses that were not asked yet, at least one.
        known: those that were, with what stands in their place.
    """
    around = [surroundings(text, one.clause, known) for one in waiting]
    # One that shares nothing with what is known yet may do so when others are known.
    sharing = (
        place for place, one in enumerate(waiting) if one.clause.certain & around[place].visible
    )
    place = next(sharing, 0)
    return place, around[place]


def at(text: str, start: int | None, kind: ErrorKind, detail: str) -> EngineError:
    """An error at a place in a query.

    Args:
        text: the query.
        start: the offset, if there is a place.
        kind: the kind of error.
        detail: what is wrong.
    """
    if start is None:
        return EngineError(kind, detail)
    place = place_of(text, start)
    return EngineError(kind, detail, line=place.line, column=place.column)


def _allowed(text: str, clause: Clause, endpoints: Mapping[str, Endpoint]) -> Asked:
    start = clause.element.start
    iris = endpoints_of(clause)
    if iris is None:
        detail = (
            f"Which endpoints {clause.name.text} stands for is not known beforehand; "
            "write an absolute IRI, or list them with VALUES beside the clause."
        )
        raise at(text, start, ErrorKind.SHAPE, detail)
    if clause.name.name and clause.name.name in clause.visible:
        detail = f"{clause.name.text} stands for the endpoint, and in what it is asked as well."
        raise at(text, start, ErrorKind.SHAPE, detail)
    for iri in sorted(iris):
        if iri not in endpoints:
            names = ", ".join(sorted(endpoints)) or "none"
            detail = f"{shown(iri)} is none of those that may be asked: {names}."
            raise at(text, start, ErrorKind.REFUSED, detail)
    return Asked(clause, tuple(endpoints[iri] for iri in sorted(iris)))


_TOLD = "A query with SERVICE is taken apart, and this one cannot be: {}."


def _check_places(text: str, clauses: Iterable[Clause]) -> None:
    """Refuses SERVICE where no clause was found: in EXISTS, in a clause, in HAVING ...

    Raises:
        NotUnderstoodError: there is one.
    """
    elements = [one.element for one in clauses]
    # Of the same length, so that places stay what they are.
    rest = replaced(text, 0, len(text), {one: _blank(one) for one in elements})
    if inspect(rest).service is not None:
        raise NotUnderstoodError("one stands within an expression, as in EXISTS, or is misspelt")
    for one in clauses:
        if inspect(f"ASK {text[one.pattern.start : one.pattern.end]}").service is not None:
            raise NotUnderstoodError("one stands within another", one.element.start)


def _blank(element: Nested) -> str:
    return "{" + " " * (element.end - element.start - 2) + "}"
