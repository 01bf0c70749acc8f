"""SERVICE clauses, answered by the application: workers never see one.

`FederatingEngine` stands around another engine. A query without SERVICE goes through as it is. Of
another one, `clauses` finds the SERVICE clauses and what limits them, `writing` writes the queries
for that and for the endpoints, `asking` sends them, and `running` puts tables in the place of the
clauses and has the rest answered. `endpoints` is the table of those that may be asked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

from rdfconv.config import Settings
from rdfconv.errors import shown
from rdfconv.vocabulary import PREFIXES
from server.engine import Answer, Engine, EngineError, ErrorKind, Limits, Query
from server.federation.asking import Asker, Budget
from server.federation.clauses import Clause, clauses_of, endpoints_of, replaced
from server.federation.endpoints import allowed
from server.federation.running import Asked, Run, at
from server.grammar.syntax import parse
from server.grammar.terms import Nested, ParsedQuery
from server.grammar.words import NotUnderstoodError
from server.observing import Load, load_of
from server.query_text import QueryTextError, inspect
from server.remote.client import Cancel, Client, user_agent

__all__ = ["FederatingEngine"]


class FederatingEngine:
    """See `server.engine.Engine`: answers SERVICE clauses before the engine within it is asked.

    Args:
        engine: what answers the rest; it is closed with this.
        settings: which endpoints may be asked, and the limits.
        client: sends the requests; made by the settings if there is none.

    Raises:
        UsageError: the setting ``federate`` cannot be used.
    """

    def __init__(self, engine: Engine, settings: Settings, client: Client | None = None) -> None:
        self._engine = engine
        self._settings = settings
        self._endpoints = allowed(settings.federate)
        self._asker = Asker(client or Client(user_agent(settings)), settings)
        self._lock = threading.Lock()
        self._running: dict[str, Cancel] = {}

    def run(self, query: Query, limits: Limits) -> Answer:
        """See `server.engine.Engine.run`.

        Raises:
            EngineError: there is no answer; `ErrorKind.REFUSED`, `SHAPE` and `REMOTE` are added.
        """
        if not has_service(query.text):
            return self._engine.run(query, limits)
        query = replace(query, id=query.id or uuid4().hex)
        parsed, asked = self._asked(query)
        with self._registered(query.id) as cancel:
            budget = Budget(
                self._settings.federate_requests,
                self._settings.federate_bytes,
                self._settings.federate_rows,
                time.monotonic() + limits.seconds,
                cancel,
            )
            return Run(self._engine, self._asker, query, limits, parsed, budget).answer(asked)

    def cancel(self, query_id: str) -> bool:
        """See `server.engine.Engine.cancel`."""
        with self._lock:
            found = self._running.get(query_id)
        if found is not None:
            found.cancel()
        return self._engine.cancel(query_id) or found is not None

    def load(self) -> Load:
        """How busy the engine is; all zero if it does not know."""
        return load_of(self._engine)

    def release(self) -> str:
        """See `server.engine.Engine.release`."""
        return self._engine.release()

    def close(self) -> None:
        """See `server.engine.Engine.close`."""
        with self._lock:
            running = list(self._running.values())
        for one in running:
            one.cancel()
        self._asker.close()
        self._engine.close()

    @contextmanager
    def _registered(self, query_id: str) -> Iterator[Cancel]:
        cancel = Cancel()
        with self._lock:
            self._running[query_id] = cancel
        try:
            yield cancel
        finally:
            with self._lock:
                self._running.pop(query_id, None)

    def _asked(self, query: Query) -> tuple[ParsedQuery, list[Asked]]:
        """The query, and its clauses with their endpoints, all of which may be asked."""
        try:
            parsed = parse(query.text, PREFIXES)
            clauses = clauses_of(parsed)
            _check_places(query.text, clauses)
        except NotUnderstoodError as error:
            raise at(query.text, error.start, ErrorKind.SHAPE, _TOLD.format(error)) from error
        except QueryTextError as error:
            place = error.place
            raise EngineError(
                ErrorKind.SYNTAX, str(error), line=place.line, column=place.column
            ) from error
        return parsed, [self._allowed(query.text, one) for one in clauses]

    def _allowed(self, text: str, clause: Clause) -> Asked:
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
            if iri not in self._endpoints:
                raise at(text, start, ErrorKind.REFUSED, self._refusal(iri))
        return Asked(clause, tuple(self._endpoints[iri] for iri in sorted(iris)))

    def _refusal(self, iri: str) -> str:
        names = ", ".join(sorted(self._endpoints))
        return f"{shown(iri)} is none of those that may be asked: {names or 'none'}."


_TOLD = "A query with SERVICE is taken apart, and this one cannot be: {}."


def has_service(text: str) -> bool:
    """Whether a query has a SERVICE clause."""
    if "SERVICE" not in text.upper():
        return False
    try:
        return inspect(text).service is not None
    except QueryTextError:
        return False  # the engine says what is wrong with it


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
