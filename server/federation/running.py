"""Answers a query whose SERVICE clauses are known: asks, puts tables in, has the rest answered."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from io import BytesIO

import pyoxigraph

from rdfconv.formats import RESULT_FORMATS
from rdfconv.vocabulary import PREFIXES
from server.engine import Answer, Engine, EngineError, ErrorKind, Limits, Query
from server.federation.asking import Asker, Budget
from server.federation.clauses import Clause, Surroundings, replaced
from server.federation.endpoints import Endpoint
from server.federation.planned import Asked, at, next_of
from server.federation.writing import RemoteText, Row, Table, local_query, remote_text, term_text
from server.grammar.terms import Nested, ParsedQuery, TermKind
from server.remote.client import RemoteError

_JSON = RESULT_FORMATS["json"]
_EMPTY = "{ }"
"""What stands in the place of a clause that failed silently: one solution without bindings."""


@dataclass(slots=True)
class Run:
    """A federated query that is being answered.

    Attributes:
        engine: answers what is asked of the release.
        asker: asks the other endpoints.
        query: the query.
        limits: its limits; the time counts for all parts together.
        parsed: its text, taken apart.
        budget: what it may ask of other endpoints.
        known: the clauses that were asked, with what stands in their place.
        releases: the releases that answered parts of it.
    """

    engine: Engine
    asker: Asker
    query: Query
    limits: Limits
    parsed: ParsedQuery
    budget: Budget
    known: dict[Nested, str] = field(default_factory=dict)
    releases: set[str] = field(default_factory=set)

    def answer(self, clauses: Iterable[Asked]) -> Answer:
        """The answer of the whole query.

        Args:
            clauses: all its SERVICE clauses.

        Raises:
            EngineError: there is none.
        """
        waiting = list(clauses)
        while waiting:
            self._ask_one(waiting)
        text = replaced(self.query.text, 0, len(self.query.text), self.known)
        answer = self.engine.run(replace(self.query, text=text), self._limits())
        self.releases.add(answer.release)
        if len(self.releases) > 1:
            answer.close()
            raise EngineError(
                ErrorKind.UNAVAILABLE, "A new release was published meanwhile.", retry=1
            )
        return answer

    def _ask_one(self, waiting: list[Asked]) -> None:
        """Asks one of the clauses, and takes it from the list."""
        place, around = next_of(self.query.text, waiting, self.known)
        one = waiting.pop(place)
        self.known[one.clause.element] = self._in_place(one, around)

    def _in_place(self, one: Asked, around: Surroundings) -> str:
        """What stands in the place of a clause."""
        clause = one.clause
        text = remote_text(self.parsed, clause, PREFIXES, self.query.base)
        if clause.name.kind is TermKind.IRI:
            table = self._table(around, sorted(clause.certain & around.visible))
            (endpoint,) = one.endpoints
            rows = self._rows(clause, endpoint, text, table)
            return _EMPTY if rows is None else Table(text.variables, rows).text
        name = clause.name.value
        table = self._table(around, sorted((clause.certain | {name}) & around.visible))
        found: list[Row] = []
        for endpoint in one.endpoints:
            rows = self._rows(clause, endpoint, text, _with(table, name, f"<{endpoint.iri}>"))
            empty: list[Row] = [(None,) * len(text.variables)]
            found += [(f"<{endpoint.iri}>", *row) for row in (empty if rows is None else rows)]
        return Table((name, *text.variables), found).text

    def _table(self, around: Surroundings, names: Sequence[str]) -> Table | None:
        """The values of variables in a clause's surroundings; None if nothing limits the clause.

        A variable without a value in some row limits nothing, and is left out. What a blank node
        stands for, no other endpoint knows.
        """
        if not names:
            return None
        text = local_query(self.parsed, around, names)
        query = replace(self.query, text=text, media_type=_JSON, truncate=False, form="SELECT")
        limits = replace(self._limits(), rows=0, size=0)
        with closing(self.engine.run(query, limits)) as answer:
            self.releases.add(answer.release)
            content = b"".join(answer.chunks)
        parsed = pyoxigraph.parse_query_results(
            BytesIO(content), format=pyoxigraph.QueryResultsFormat.JSON
        )
        assert isinstance(parsed, pyoxigraph.QuerySolutions)
        columns = [variable.value for variable in parsed.variables]
        found = [tuple(solution[columns.index(name[1:])] for name in names) for solution in parsed]
        full = [place for place in range(len(names)) if all(row[place] for row in found)]
        rows: dict[Row, None] = {}
        for row in found:
            if not any(isinstance(row[place], pyoxigraph.BlankNode) for place in full):
                rows[tuple(term_text(row[place]) for place in full)] = None
        if len(rows) > self.budget.rows:
            detail = f"More than {self.budget.rows} rows would have to be sent to another endpoint."
            raise EngineError(ErrorKind.LARGE, detail)
        return Table(tuple(names[place] for place in full), list(rows))

    def _rows(
        self, clause: Clause, endpoint: Endpoint, text: RemoteText, table: Table | None
    ) -> list[Row] | None:
        """The rows of a clause at an endpoint; None if it failed, and may do so silently."""
        try:
            return self.asker.ask(endpoint, text, table, self.budget)
        except RemoteError as error:
            if self.budget.cancel.cancelled:
                raise EngineError(ErrorKind.CANCELLED, "The query was cancelled.") from error
            if time.monotonic() >= self.budget.deadline:
                detail = f"There was no time left while {endpoint.iri} was asked."
                raise EngineError(ErrorKind.TIMEOUT, detail) from error
            if clause.element.silent:
                return None
            start = clause.element.start
            raise at(
                self.query.text, start, ErrorKind.REMOTE, f"{endpoint.iri}: {error}"
            ) from error

    def _limits(self) -> Limits:
        """The limits of what is asked next.

        Raises:
            EngineError: the time is up, or the query was cancelled.
        """
        if self.budget.cancel.cancelled:
            raise EngineError(ErrorKind.CANCELLED, "The query was cancelled.")
        left = self.budget.deadline - time.monotonic()
        if left <= 0:
            raise EngineError(ErrorKind.TIMEOUT, "The time was up before all parts were answered.")
        return replace(self.limits, seconds=left)


def _with(table: Table | None, name: str, term: str) -> Table | None:
    """The rows of a table with a term in one column, without that column."""
    if table is None or name not in table.variables:
        return table
    place = table.variables.index(name)
    rest = (*table.variables[:place], *table.variables[place + 1 :])
    rows = [(*row[:place], *row[place + 1 :]) for row in table.rows if row[place] == term]
    return Table(rest, rows)
