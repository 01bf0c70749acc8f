"""SERVICE clauses, answered by the application: workers never see one.

`FederatingEngine` stands around another engine. A query without SERVICE goes through as it is. Of
another one, `clauses` finds the SERVICE clauses and what limits them, `planned` checks them and
says which comes next, `writing` writes the queries for that and for the endpoints, `asking` sends
them, and `running` puts tables in the place of the clauses and has the rest answered. `endpoints`
is the table of those that may be asked, `explaining` tells what would be done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

from rdfconv.config import Settings
from server.engine import Answer, Engine, Limits, Query
from server.federation.asking import Asker, Budget, Tell
from server.federation.endpoints import allowed
from server.federation.planned import asked_of
from server.federation.running import Run
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
        tell: is told of each request.

    Raises:
        UsageError: the setting ``federate`` cannot be used.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        client: Client | None = None,
        tell: Tell | None = None,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._endpoints = allowed(settings.federate)
        self._asker = Asker(client or Client(user_agent(settings)), settings, tell)
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
        parsed, asked = asked_of(query.text, self._endpoints)
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


def has_service(text: str) -> bool:
    """Whether a query has a SERVICE clause."""
    if "SERVICE" not in text.upper():
        return False
    try:
        return inspect(text).service is not None
    except QueryTextError:
        return False  # the engine says what is wrong with it
