"""Asks other endpoints in batches.

The values that a clause shares with its surroundings are sent as VALUES, some at a time. The size
of a batch follows the endpoint: while answers come quickly it doubles, and if one fails it is
halved and asked again. Several requests are under way at once.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import uuid4

from rdfconv.config import Settings
from server.federation.endpoints import Endpoint
from server.federation.writing import RemoteText, Row, Table, term_text
from server.remote.client import Cancel, Caps, Client, FailureKind, RemoteError, Reply
from server.remote.results import ACCEPT, solutions

FIRST_ROWS = 100
"""How many rows the first batch has."""
MOST_ROWS = 2000
"""How many rows a batch may have; some endpoints refuse longer tables."""
MOST_TEXT = 200_000
"""How many characters a batch may have."""
QUICK = 2.0
"""Seconds; an answer that comes sooner lets the next batch be twice as large."""
CACHED_CELLS = 2_000_000
"""How many terms are kept for those who ask the same again soon."""

_LARGE_STATUS = frozenset((400, 413, 414, 431, 500, 502, 503, 504))
_HALVINGS = 16
"""How many batches of a clause are halved before a failure counts: each of several that are under
way may be, some times."""

Tell: TypeAlias = "Callable[[str, str, float, int], None]"
"""Is told of a request: the endpoint's IRI, what came of it (``complete``, or a
`server.remote.FailureKind`), the seconds it took, and the bytes of a complete answer."""


@dataclass(slots=True)
class Budget:
    """What is left of what a federated query may use.

    Attributes:
        requests: how many requests it may still send.
        size: how many bytes of answers it may still read.
        rows: how many rows of answers it may still keep.
        deadline: when it must be done, by `time.monotonic`.
        cancel: ends its requests.
        sent: how many requests it has sent.
        got: how many rows came.
        read: how many bytes came.
    """

    requests: int
    size: int
    rows: int
    deadline: float
    cancel: Cancel
    sent: int = 0
    got: int = 0
    read: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take_request(self) -> None:
        """Counts a request before it is sent.

        Raises:
            RemoteError: there was one too many.
        """
        with self.lock:
            if self.sent >= self.requests:
                raise RemoteError(FailureKind.LARGE, f"it takes more than {self.requests} requests")
            self.sent += 1

    def take_answer(self, rows: int, size: int) -> None:
        """Counts an answer.

        Raises:
            RemoteError: there are too many rows or bytes by now.
        """
        with self.lock:
            self.got += rows
            self.read += size
            if self.got > self.rows:
                raise RemoteError(FailureKind.LARGE, f"there are more than {self.rows} rows")
            if self.size and self.read > self.size:
                raise RemoteError(FailureKind.LARGE, f"there are more than {self.size} bytes")


class Cache:
    """Answers of other endpoints, for a short time.

    Args:
        seconds: how long an answer is kept; 0 keeps none.
        clock: tells seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._cells = 0
        self._kept: OrderedDict[tuple[str, str], tuple[float, Sequence[Row]]] = OrderedDict()

    def get(self, key: tuple[str, str]) -> Sequence[Row] | None:
        """The rows of an answer, if they are still known."""
        with self._lock:
            self._forget()
            found = self._kept.get(key)
        return found[1] if found else None

    def put(self, key: tuple[str, str], rows: Sequence[Row]) -> None:
        """Keeps an answer."""
        if not self._seconds:
            return
        with self._lock:
            old = self._kept.pop(key, None)
            self._cells += _cells(rows) - (_cells(old[1]) if old else 0)
            self._kept[key] = (self._clock(), rows)
            self._forget()

    def _forget(self) -> None:
        before = self._clock() - self._seconds
        while self._kept:
            key, (since, rows) = next(iter(self._kept.items()))
            if since > before and self._cells <= CACHED_CELLS:
                return
            del self._kept[key]
            self._cells -= _cells(rows)


def _cells(rows: Sequence[Row]) -> int:
    return 1 + sum(map(len, rows))


class Asker:
    """Asks endpoints.

    Args:
        client: sends requests.
        settings: how many at once, how long each may take, and how long answers are kept.
        tell: is told of each request.
    """

    def __init__(self, client: Client, settings: Settings, tell: Tell | None = None) -> None:
        self._client = client
        self._tell = tell or (lambda *_: None)
        self._seconds = settings.federate_seconds
        self._parallel = max(settings.federate_parallel, 1)
        self._cache = Cache(settings.federate_cache_seconds)

    def ask(
        self, endpoint: Endpoint, text: RemoteText, table: Table | None, budget: Budget
    ) -> list[Row]:
        """The solutions of a clause that fit one of the rows of a table.

        Args:
            endpoint: who is asked.
            text: what.
            table: what the solutions have to fit; without a table, or without columns in it, all
                are asked for.
            budget: what may be used.

        Raises:
            RemoteError: the endpoint gives no answer, or too much of it.
        """
        if table is not None and not table.rows:
            return []
        if table is None or not table.variables:
            return list(self._request(endpoint, text, text.query(None), budget))
        batches = _Batches(table)
        with ThreadPoolExecutor(self._parallel, "federation") as pool:
            number = min(self._parallel, 1 + (len(table.rows) - 1) // FIRST_ROWS)
            works = [
                pool.submit(self._work, endpoint, text, batches, budget) for _ in range(number)
            ]
            done, _ = wait(works, return_when=FIRST_EXCEPTION)
            failed = [one.exception() for one in done if one.exception()]
            if failed:
                batches.stop()
        for error in failed:
            assert error is not None
            raise error
        return [row for rows in batches.answers() for row in rows]

    def close(self) -> None:
        """Closes the connections that are kept."""
        self._client.close()

    def _work(
        self, endpoint: Endpoint, text: RemoteText, batches: _Batches, budget: Budget
    ) -> None:
        while (batch := batches.take()) is not None:
            started = time.monotonic()
            try:
                rows = self._request(endpoint, text, text.query(batch.table), budget)
            except RemoteError as error:
                if budget.cancel.cancelled or not batches.halve(batch, error):
                    batches.stop()
                    raise
            else:
                batches.done(batch, rows, time.monotonic() - started)

    def _request(
        self, endpoint: Endpoint, text: RemoteText, query: str, budget: Budget
    ) -> Sequence[Row]:
        key = (endpoint.remote.url, query)
        known = self._cache.get(key)
        if known is not None:
            budget.take_answer(len(known), 0)
            return known
        budget.take_request()
        left = budget.deadline - time.monotonic()
        if left <= 0:
            raise RemoteError(FailureKind.TIMEOUT, "there was no time left to ask it")
        size = max(budget.size - budget.read, 1) if budget.size else 0
        caps = Caps(min(self._seconds, left), size=size)
        began, outcome, size = time.monotonic(), "complete", 0
        try:
            with self._client.post(endpoint.remote, query, ACCEPT, caps, budget.cancel) as reply:
                rows = _rows(reply, text, budget.rows)
                size = reply.size
        except RemoteError as error:
            outcome = error.kind.value
            raise
        finally:
            self._tell(endpoint.iri, outcome, time.monotonic() - began, size)
        budget.take_answer(len(rows), size)
        self._cache.put(key, rows)
        return rows


def _rows(reply: Reply, text: RemoteText, most: int) -> list[Row]:
    """The rows of an endpoint's answer.

    Args:
        reply: the answer.
        text: what was asked.
        most: how many rows there may be.

    Raises:
        RemoteError: it cannot be read, or is too large.
    """
    found = solutions(reply, most)
    places = _places(text.variables, found.variables)
    scope = uuid4().hex[:16]
    rows: list[Row] = []
    for solution in found:
        terms = [None if place is None else solution[place] for place in places]
        try:
            rows.append(tuple(term_text(term, scope) for term in terms))
        except ValueError as error:
            raise RemoteError(FailureKind.FORMAT, f"its answer holds {error}") from error
    return rows


def _places(wanted: Sequence[str], given: Sequence[str]) -> list[int | None]:
    """Where the columns of an answer stand; an endpoint may leave out those without values."""
    found = {f"?{name}": place for place, name in enumerate(given)}
    return [found.get(name) for name in wanted]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows that are sent at once; `start` is the place of the first among all."""

    start: int
    table: Table


class _Batches:
    """The rows of a table, handed out in batches to several threads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._lock = threading.Lock()
        self._next = 0
        self._size = FIRST_ROWS
        self._most = MOST_ROWS
        self._halvings = 0
        self._again: deque[_Batch] = deque()
        self._answers: dict[int, Sequence[Row]] = {}
        self._stopped = False

    def take(self) -> _Batch | None:
        """The next batch; None if there is none."""
        with self._lock:
            if self._stopped:
                return None
            if self._again:
                return self._again.popleft()
            rows = self._table.rows
            start, length = self._next, 0
            while self._next < len(rows) and self._next - start < self._size:
                length += sum(len(cell or "UNDEF") + 1 for cell in rows[self._next])
                if length > MOST_TEXT and self._next > start:
                    break
                self._next += 1
            if start == self._next:
                return None
            return _Batch(start, Table(self._table.variables, rows[start : self._next]))

    def done(self, batch: _Batch, rows: Sequence[Row], seconds: float) -> None:
        """Keeps the answer to a batch."""
        with self._lock:
            self._answers[batch.start] = rows
            if seconds < QUICK and len(batch.table.rows) >= self._size:
                self._size = min(self._size * 2, self._most)

    def halve(self, batch: _Batch, error: RemoteError) -> bool:
        """Has a batch that failed asked again in two halves, if that may help."""
        may_help = error.kind is FailureKind.TIMEOUT or error.status in _LARGE_STATUS
        rows = batch.table.rows
        with self._lock:
            if self._stopped or not may_help or len(rows) < 2 or self._halvings == _HALVINGS:
                return False
            self._halvings += 1
            middle = len(rows) // 2
            self._size = self._most = min(middle, self._most)
            for start, half in ((0, rows[:middle]), (middle, rows[middle:])):
                self._again.append(_Batch(batch.start + start, Table(batch.table.variables, half)))
            return True

    def stop(self) -> None:
        """Hands out no more."""
        with self._lock:
            self._stopped = True

    def answers(self) -> Iterator[Sequence[Row]]:
        """The answers, in the order of the table."""
        return (self._answers[start] for start in sorted(self._answers))
