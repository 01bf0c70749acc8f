"""What the operator sees of the queries: numbers for `server.metrics`, a line each in the log.

`Observed` is an engine around another one. It changes nothing of the answers; it counts what goes
through it, also what is refused on the way.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Protocol, runtime_checkable

from flask import Flask, Response, g, request

from rdfconv.config import Settings
from rdfconv.errors import UsageError
from server.engine import Answer, Engine, EngineError, ErrorKind, Limits, Query
from server.metrics import Labels, Metrics, add_process
from server.problems import problem_of
from server.query_text import QueryTextError, inspect

ID_HEADER = "X-Request-Id"
"""The header that names a request; the log names it, too."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
"""The upper bounds of the histogram of durations."""
COMPLETE = "complete"
"""The outcome of a query whose answer was sent to its end."""
CLOSED = "closed"
"""The outcome of a query whose client went away, or did not want the answer's body."""
ENDED = frozenset(
    {CLOSED, ErrorKind.TIMEOUT, ErrorKind.MEMORY, ErrorKind.CRASHED, ErrorKind.CANCELLED}
)
"""The outcomes that end the query's worker."""
UNKNOWN = "unknown"
"""The form of what is no query."""


@dataclass(frozen=True, slots=True)
class Load:
    """How busy an engine is.

    Attributes:
        workers: how many queries it can run at once.
        busy: how many it runs.
        waiting: how many wait for a worker.
    """

    workers: int
    busy: int
    waiting: int


@runtime_checkable
class HasLoad(Protocol):
    """An engine that knows how busy it is; not every engine does."""

    def load(self) -> Load:
        """How busy it is now."""


def load_of(engine: Engine) -> Load:
    """How busy an engine is; all zero if it does not know."""
    return engine.load() if isinstance(engine, HasLoad) else Load(0, 0, 0)


class QueryLog:
    r"""Writes one line of JSON per query, on standard error or to a file.

    The file is opened again when it was moved away. JSON escapes control characters, so a query
    cannot forge a line.

    Args:
        path: the file; "" for standard error.

    Raises:
        UsageError: the file cannot be written.
    """

    def __init__(self, path: str) -> None:
        try:
            self._handler: logging.Handler = (
                logging.handlers.WatchedFileHandler(path, encoding="ascii")
                if path
                else logging.StreamHandler()
            )
        except OSError as error:
            raise UsageError(f"cannot write the log file {path}: {error.strerror}") from error

    def write(self, members: dict[str, object]) -> None:
        """Writes a line; members that are None are left out."""
        told = {name: value for name, value in members.items() if value is not None}
        self._handler.handle(logging.makeLogRecord({"msg": line_of(told)}))

    def close(self) -> None:
        """Closes the file."""
        self._handler.close()


def line_of(members: dict[str, object]) -> str:
    r"""JSON on one line, in printable ASCII.

    >>> line_of({"query": "ASK {}\n\x1b[31m\x7f\u2028"})
    '{"query": "ASK {}\\n\\u001b[31m\\u007f\\u2028"}'
    """
    return json.dumps(members)


class Operations:
    """What the operator of one application has: its numbers, its log, whether it is stopping.

    Args:
        settings: where the log goes and whether it holds the queries' text.

    Raises:
        UsageError: the log cannot be written.
    """

    def __init__(self, settings: Settings) -> None:
        self.started = datetime.now(UTC)
        self.stopping = threading.Event()
        self.metrics = metrics = Metrics()
        self._log = QueryLog(settings.log_file)
        self._log_queries = settings.log_queries
        self._queries = metrics.counter(
            "rdfconv_queries_total", "Queries by form and by what came of them.", "form", "outcome"
        )
        self._seconds = metrics.histogram(
            "rdfconv_query_seconds", "Time from a query's arrival to its end.", SECONDS, "form"
        )
        self._first = metrics.histogram(
            "rdfconv_first_byte_seconds", "Time to the first bytes of an answer.", SECONDS, "form"
        )
        self._running = metrics.gauge(
            "rdfconv_queries_running", "Queries that wait, are computed or are being sent."
        )
        self._ended = metrics.counter(
            "rdfconv_worker_ends_total", "Query workers that a query ended, by reason.", "reason"
        )
        self._rows = metrics.counter(
            "rdfconv_answer_rows_total", "Rows sent, in the formats that have rows."
        )
        self._bytes = metrics.counter("rdfconv_answer_bytes_total", "Bytes of answers sent.")
        self._responses = metrics.counter(
            "rdfconv_responses_total", "HTTP answers begun, by status.", "status"
        )
        self._remote_seconds = metrics.histogram(
            "rdfconv_remote_seconds", "Time of a request to another endpoint.", SECONDS, "endpoint"
        )
        self._remote = metrics.counter(
            "rdfconv_remote_requests_total",
            "Requests to other endpoints, by what came of them.",
            *("endpoint", "outcome"),
        )
        self._remote_bytes = metrics.counter(
            "rdfconv_remote_bytes_total", "Bytes of other endpoints' answers.", "endpoint"
        )

    def watch(self, engine: Engine) -> Engine:
        """The engine, observed; adds its load and release to the numbers. To be called once."""
        metrics = self.metrics

        def part(name: str) -> Callable[[], dict[Labels, float]]:
            return lambda: {(): getattr(engine.load(), name)} if isinstance(engine, HasLoad) else {}

        def release() -> dict[Labels, float]:
            with suppress(EngineError):
                return {(("release", engine.release()),): 1.0}
            return {}

        metrics.computed("rdfconv_workers", "Places for query workers.", part("workers"))
        metrics.computed("rdfconv_workers_busy", "Query workers that compute.", part("busy"))
        metrics.computed("rdfconv_queue_length", "Queries that wait for a worker.", part("waiting"))
        metrics.computed("rdfconv_release_info", "The release that is served.", release)
        build: dict[Labels, float] = {(("version", version("rdfconv")),): 1.0}
        metrics.computed("rdfconv_build_info", "The version of the program.", lambda: build)
        add_process(metrics)
        return Observed(engine, self)

    def install(self, app: Flask) -> None:
        """Names every request of an application, counts its answers, and logs what is refused."""

        @app.before_request
        def begin() -> None:
            g.request_id = uuid.uuid4().hex
            g.arrived = time.monotonic()
            g.queries = 0

        @app.after_request
        def name(response: Response) -> Response:
            response.headers[ID_HEADER] = request_id()
            self._responses.add(status=str(response.status_code))
            if request.path == "/sparql" and response.status_code >= 400 and not g.queries:
                seconds = time.monotonic() - g.arrived
                self._count(UNKNOWN, "refused", seconds)
                self._tell(request.remote_addr or "", UNKNOWN, "refused", seconds,
                           status=response.status_code)  # fmt: skip
            return response

    def asked(self, endpoint: str, outcome: str, seconds: float, size: int) -> None:
        """Counts a request to another endpoint; see `server.federation.asking.Tell`."""
        self._remote.add(endpoint=endpoint, outcome=outcome)
        self._remote_seconds.observe(seconds, endpoint=endpoint)
        self._remote_bytes.add(size, endpoint=endpoint)

    def close(self) -> None:
        """Closes the log."""
        self._log.close()

    def begin(self) -> None:
        """Counts a query that has come."""
        self._running.add(1)
        if g:
            g.queries = g.get("queries", 0) + 1

    def first(self, form: str, seconds: float) -> None:
        """Counts the beginning of an answer."""
        self._first.observe(seconds, form=form)

    def end(self, seen: _Watch, outcome: str, status: int) -> None:
        """Counts a query that has ended, and logs it."""
        seconds = time.monotonic() - seen.began
        self._running.add(-1)
        self._count(seen.form, outcome, seconds)
        if outcome in ENDED:
            self._ended.add(reason=outcome)
        rows = seen.rows()
        self._rows.add(rows or 0)
        self._bytes.add(seen.bytes)
        self._tell(
            seen.query.client,
            seen.form,
            outcome,
            seconds,
            identity=seen.request,
            route=seen.route,
            status=status,
            release=seen.release,
            rows=rows,
            size=seen.bytes,
            text=seen.query.text,
        )

    def _count(self, form: str, outcome: str, seconds: float) -> None:
        self._queries.add(form=form, outcome=outcome)
        self._seconds.observe(seconds, form=form)

    def _tell(
        self,
        client: str,
        form: str,
        outcome: str,
        seconds: float,
        *,
        status: int,
        identity: str | None = None,
        route: str | None = None,
        release: str | None = None,
        rows: int | None = None,
        size: int = 0,
        text: str | None = None,
    ) -> None:
        now = datetime.now(UTC)
        self._log.write(
            {
                "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "id": request_id() if identity is None else identity,
                "client": client,
                "route": route_name() if route is None else route,
                "form": form,
                "outcome": outcome,
                "status": status,
                "release": release,
                "seconds": round(seconds, 4),
                "rows": rows,
                "bytes": size,
                "query": text if self._log_queries else None,
            }
        )


def request_id() -> str:
    """The name of the request that is being answered; "" outside of one."""
    return str(g.get("request_id", "")) if g else ""


def route_name() -> str:
    """The route of the request that is being answered, like ``pages.start``; "" outside of one."""
    return (request.endpoint or "") if request else ""


class Observed:
    """See `server.engine.Engine`: another engine's answers, counted and logged.

    Args:
        engine: what answers.
        operations: what counts and logs.
    """

    def __init__(self, engine: Engine, operations: Operations) -> None:
        self._engine = engine
        self._operations = operations

    def run(self, query: Query, limits: Limits) -> Answer:
        """Starts a query and waits for the first bytes of its answer."""
        watch = _Watch(query, self._operations)
        try:
            answer = self._engine.run(query, limits)
        except BaseException as error:
            watch.fail(error)
            raise
        return watch.over(answer)

    def cancel(self, query_id: str) -> bool:
        """Ends a running query; whether there was one of that id."""
        return self._engine.cancel(query_id)

    def release(self) -> str:
        """The id of the release that the next query is answered from."""
        return self._engine.release()

    def close(self) -> None:
        """Ends all queries and frees everything."""
        self._engine.close()


class _Watch:
    """One query from its arrival to its end."""

    def __init__(self, query: Query, operations: Operations) -> None:
        self.query = query
        self.began = time.monotonic()
        self.request = request_id()
        self.route = route_name()
        self.form = query.form or form_of(query.text)
        self.release: str | None = None
        self.rows: Callable[[], int | None] = lambda: None
        self.bytes = 0
        self._operations = operations
        self._lock = threading.Lock()
        self._ended = False
        operations.begin()

    def over(self, answer: Answer) -> Answer:
        """The answer, watched to its end."""
        self._operations.first(self.form, time.monotonic() - self.began)
        self.release = answer.release
        self.rows = answer.rows

        def close() -> None:
            self._end(CLOSED, 200)
            answer.close()

        return replace(answer, chunks=self._chunks(answer.chunks), close=close)

    def fail(self, error: BaseException) -> None:
        """Ends the watch of a query that has no answer."""
        if isinstance(error, Exception):
            problem = problem_of(error)
            self._end(problem.name, int(problem.status))
        else:
            self._end(CLOSED, 500)

    def _chunks(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        try:
            for chunk in chunks:
                yield chunk
                self.bytes += len(chunk)
        except Exception as error:
            # The status is sent already; what broke off is seen by its outcome.
            self._end(problem_of(error).name, 200)
            raise
        except GeneratorExit:
            self._end(CLOSED, 200)
            raise
        self._end(COMPLETE, 200)

    def _end(self, outcome: str, status: int) -> None:
        with self._lock:
            first, self._ended = not self._ended, True
        if first:
            self._operations.end(self, outcome, status)


def form_of(text: str) -> str:
    """The form of a query, or `UNKNOWN`.

    >>> form_of("PREFIX x: <x:> ask {}"), form_of("ASK { 'open")
    ('ASK', 'unknown')
    """
    try:
        return str(inspect(text).form)
    except QueryTextError:
        return UNKNOWN
