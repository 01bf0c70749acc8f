"""Answers of SPARQL queries as records, the same from a store and over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from rdfconv.client.errors import QueryError
from rdfconv.vocabulary import PREFIXES

Term = NamedNode | BlankNode | Literal | Triple
Row = tuple[Term | None, ...]

ANSWER = "answer"
"""The column of the answer to an ASK query."""
TRIPLE = ("subject", "predicate", "object")
"""The columns of the answer to a CONSTRUCT or DESCRIBE query."""

_BOOLEAN = NamedNode(f"{PREFIXES['xsd']}boolean")
_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer of a query.

    Attributes:
        columns: the names of the columns.
        rows: the values; None where a variable has none.
        release: the id of the release it comes from; "" if the server does not say.
    """

    columns: tuple[str, ...]
    rows: Sequence[Row]
    release: str


def answer_of(
    found: pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples,
    release: str,
) -> Answer:
    """What pyoxigraph found, as an answer. Triples are sorted, each once.

    >>> store = pyoxigraph.Store()
    >>> answer_of(store.query("ASK { ?s ?p ?o }"), "r1").rows[0][0].value
    'false'
    """
    if isinstance(found, pyoxigraph.QueryBoolean):
        return Answer((ANSWER,), [(Literal(str(bool(found)).lower(), datatype=_BOOLEAN),)], release)
    if isinstance(found, pyoxigraph.QuerySolutions):
        names = tuple(variable.value for variable in found.variables)
        return Answer(names, [tuple(row[name] for name in names) for row in found], release)
    return of_triples(sorted(set(found), key=str), release)


def of_triples(triples: Iterable[Triple], release: str) -> Answer:
    """Triples as an answer, in the order in which they come."""
    return Answer(TRIPLE, [(one.subject, one.predicate, one.object) for one in triples], release)


def query_error(error: SyntaxError) -> QueryError:
    """What pyoxigraph says of a query that is not SPARQL.

    >>> str(query_error(SyntaxError("error at 2:10: expected OPTIONAL")))
    'line 2, column 10: the query is not SPARQL: expected OPTIONAL'
    """
    place = _PLACE.fullmatch(str(error))
    if place is None:
        return QueryError(f"the query is not SPARQL: {error}")
    return QueryError(
        f"the query is not SPARQL: {place[3]}", line=int(place[1]), column=int(place[2])
    )
