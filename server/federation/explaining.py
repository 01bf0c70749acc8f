"""Tells what would be asked of other endpoints, without asking them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rdfconv.vocabulary import PREFIXES
from server.federation.asking import MOST_ROWS
from server.federation.endpoints import Endpoint
from server.federation.planned import asked_of, next_of
from server.federation.writing import Table, local_query, remote_text
from server.grammar.terms import Nested
from server.query_text import place_of


def services(text: str, base: str, endpoints: Mapping[str, Endpoint]) -> list[dict[str, Any]]:
    """How the SERVICE clauses of a query would be asked, in their order.

    Args:
        text: the query.
        base: the IRI that relative ones are resolved against, if the query has no BASE.
        endpoints: those that may be asked, by IRI.

    Returns:
        For each clause its ``line`` and ``column``, the ``endpoints``, whether it is ``silent``,
        ``values``: the variables whose values are sent; ``first``: the query for these values, ""
        if nothing limits the clause; ``request``: what is sent, with an empty table where up to
        ``rows`` rows at a time stand.

    Raises:
        EngineError: the query cannot be taken apart, or an endpoint may not be asked.
    """
    parsed, waiting = asked_of(text, endpoints)
    known: dict[Nested, str] = {}
    told = []
    while waiting:
        place, around = next_of(text, waiting, known)
        one = waiting.pop(place)
        clause = one.clause
        asked = remote_text(parsed, clause, PREFIXES, base)
        names = sorted(clause.certain & around.visible)
        begins = place_of(text, clause.element.start)
        table = Table(tuple(names), [])
        told.append(
            {
                "line": begins.line,
                "column": begins.column,
                "endpoints": [endpoint.iri for endpoint in one.endpoints],
                "silent": clause.element.silent,
                "values": names,
                "first": local_query(parsed, around, names) if names else "",
                "request": asked.query(table if names else None),
                "rows": MOST_ROWS,
            }
        )
        own = (clause.name.value,) if clause.name.name else ()
        known[clause.element] = Table((*own, *asked.variables), []).text
    return told
