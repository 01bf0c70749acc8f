"""The Engine protocol: how the web application has queries answered.

The application knows nothing of stores. It hands a `Query` to an `Engine` and streams the bytes
of the `Answer`. `server.engine.embedded` answers from a release on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from rdfconv.errors import RdfconvError
from rdfconv.formats import Format

if TYPE_CHECKING:  # a query worker, which is started again and again, reads no settings
    from rdfconv.config import Settings


class Kind(StrEnum):
    """What a query answers with."""

    SOLUTIONS = "solutions"
    BOOLEAN = "boolean"
    TRIPLES = "triples"


class ErrorKind(StrEnum):
    """Why a query has no answer."""

    SYNTAX = "syntax"
    """The query is not SPARQL; line and column say where."""
    EVALUATION = "evaluation"
    """The query is SPARQL but cannot be answered, or not in this format."""
    TIMEOUT = "timeout"
    """It took longer than `Limits.seconds`."""
    MEMORY = "memory"
    """It needed more memory than a query may use."""
    BUSY = "busy"
    """No worker was free within `Limits.queue_seconds`."""
    CRASHED = "crashed"
    """The query ended its worker."""
    CANCELLED = "cancelled"
    """Somebody called `Engine.cancel`."""
    LARGE = "result-too-large"
    """The answer has more rows or bytes than `Limits` allow."""
    BUDGET = "too-many-requests"
    """The client has too many queries at once, or has used up its query time."""
    REFUSED = "service"
    """Its SERVICE clause asks an endpoint that may not be asked."""
    SHAPE = "service-shape"
    """Its SERVICE clause stands where it cannot be answered."""
    REMOTE = "remote"
    """An endpoint that it asks by SERVICE gives no answer."""
    UNAVAILABLE = "unavailable"
    """There is no release to answer from, or it cannot be opened."""


class EngineError(RdfconvError):
    """A query has no answer, or no complete one.

    Args:
        kind: why.
        detail: what happened, for the one who asked.
        line: the 1-based line in the query, if the error has a place.
        column: the 1-based column in that line.
        retry: in how many seconds it may be worth trying again.
    """

    def __init__(
        self,
        kind: ErrorKind,
        detail: str,
        *,
        line: int | None = None,
        column: int | None = None,
        retry: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.line = line
        self.column = column
        self.retry = retry


class Lane(StrEnum):
    """What a query is for; each lane has a queue of its own."""

    QUERY = "query"
    """A query that somebody sent."""
    PAGE = "page"
    """A small query of a page of ours."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query and how to answer it.

    Attributes:
        text: the SPARQL query; the well-known prefixes may be undeclared in it.
        media_type: the format of the answer; it must fit the query's form.
        default_graphs: IRIs of the graphs that make up the default graph; None leaves that to the
            query and the store, an empty tuple is an empty default graph.
        named_graphs: IRIs of the graphs that GRAPH sees; None leaves that to query and store.
        base: the IRI that relative ones are resolved against, if the query has no BASE; "" if
            they are refused.
        id: what `Engine.cancel` takes; unique among the running queries.
        client: who asks, e.g. an IP address; for limits and logs.
        lane: what it is for.
        truncate: whether an answer that is too large shall be cut, rather than be an error.
        form: SELECT, ASK ..., if whoever asks knows it; for numbers and logs.
        plan: whether the engine may be given other words with the same answer (`server.planning`).
    """

    text: str
    media_type: Format
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    base: str = ""
    id: str = ""
    client: str = ""
    lane: Lane = Lane.QUERY
    truncate: bool = False
    form: str = ""
    plan: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a query may run and wait, in seconds, and how large its answer may be.

    Attributes:
        seconds: wall-clock time for evaluating it and sending the answer.
        queue_seconds: time it may wait for a free worker before that.
        rows: rows or triples its answer may have; 0 for any number.
        size: bytes its answer may have; 0 for any number.
    """

    seconds: float
    queue_seconds: float
    rows: int = 0
    size: int = 0


def limits_of(settings: Settings) -> Limits:
    """The limits that the settings give to every query."""
    return Limits(
        settings.query_timeout, settings.queue_timeout, settings.result_rows, settings.result_bytes
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that has begun.

    Attributes:
        kind: what the query answers with.
        release: the id of the release it is answered from.
        chunks: the bytes, in order; raises `EngineError` if the answer breaks off.
        close: frees what the answer holds and ends the query if it still runs; may be called
            more than once, and must be called by whoever does not read to the end.
        truncated: what it was cut to, e.g. ``rows=1000``; empty if it is complete. Only an answer
            to a query with `Query.truncate` is ever cut.
        rows: how many rows the bytes have that came so far; None in formats without rows.
    """

    kind: Kind
    release: str
    chunks: Iterator[bytes]
    close: Callable[[], None]
    truncated: str = ""
    rows: Callable[[], int | None] = lambda: None


def ending(answer: Answer, then: Callable[[], None]) -> Answer:
    """The answer, with something that is done when it ends, whichever way it does.

    Args:
        answer: the answer.
        then: may be called more than once.
    """

    def close() -> None:
        try:
            answer.close()
        finally:
            then()

    def chunks() -> Iterator[bytes]:
        try:
            yield from answer.chunks
        finally:
            close()

    return replace(answer, chunks=chunks(), close=close)


class Engine(Protocol):
    """Answers queries. All methods may be called from any thread."""

    def run(self, query: Query, limits: Limits) -> Answer:
        """Starts a query and waits for the first bytes of its answer.

        Raises:
            EngineError: there is no answer.
        """

    def cancel(self, query_id: str) -> bool:
        """Ends a running query; whether there was one of that id."""

    def release(self) -> str:
        """The id of the release that the next query is answered from.

        Raises:
            EngineError: there is none (`ErrorKind.UNAVAILABLE`).
        """

    def close(self) -> None:
        """Ends all queries and frees everything; the engine answers no more."""
