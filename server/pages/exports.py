"""Edges that pass a filter as files: ``/interactions.<suffix>``.

The table of edges is read in the web process, a batch at a time, and what was read is sent before
the next batch is read. RDF is asked from the engine in the same batches. So memory stays bounded,
and nothing is locked; but reading keeps a processor busy, so that only a few exports go on at
once, and each only for as long as a query may take.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from http import HTTPStatus

from flask import Blueprint, Response, current_app, request, stream_with_context, url_for

from rdfconv.config import Settings
from rdfconv.edges.reader import SlowError
from rdfconv.errors import UsageError
from rdfconv.exports import (
    EXPORT_FORMATS,
    ExportFormat,
    Ids,
    export,
    export_format,
    file_name,
    ids_for,
)
from rdfconv.filters import NAMES, Filter, parse
from rdfconv.formats import Format
from server import compression
from server.admission import RETRY_SECONDS, client_key
from server.caching import begin
from server.engine import Answer, Engine, EngineError, ErrorKind, Kind
from server.negotiation import HTML, named_format, negotiate
from server.parameters import given
from server.problems import Problem, not_acceptable
from server.reader import Reader, reader_of
from server.streaming import stream

AT_ONCE = 6
"""How many exports go on at once; the others are told to try again."""
EACH_AT_ONCE = 3
"""How many of them are one client's."""
RDF_EDGES = 50_000
"""How many edges an export as RDF may have: each batch is a few queries for the engine."""
PARAMETERS = (*NAMES, "ids", "format")
"""The parameters of an export."""

_PLACES = "exports"


class Places:
    """Lets a few exports go on at once.

    >>> places = Places(2, 1)
    >>> leave = places.enter("192.0.2.1")
    >>> places.enter("192.0.2.1")
    Traceback (most recent call last):
    ...
    server.engine.EngineError: you have 1 exports running already
    >>> leave()
    >>> leave = places.enter("192.0.2.1")
    """

    def __init__(self, total: int, each: int) -> None:
        self._total = total
        self._each = each
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()

    def enter(self, client: str) -> Callable[[], None]:
        """Takes a place; gives what leaves it, which may be called more than once.

        Raises:
            EngineError: there is none.
        """
        key = client_key(client)
        with self._lock:
            if self._running[key] >= self._each:
                raise EngineError(
                    ErrorKind.BUDGET,
                    f"you have {self._each} exports running already",
                    retry=RETRY_SECONDS,
                )
            if self._running.total() >= self._total:
                raise EngineError(
                    ErrorKind.BUSY,
                    f"{self._total} exports are running already; try again later",
                    retry=RETRY_SECONDS,
                )
            self._running[key] += 1
        left = threading.Event()

        def leave() -> None:
            with self._lock:
                if not left.is_set():
                    left.set()
                    self._running[key] -= 1
                    self._running += Counter()  # forgets those that have none

        return leave


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The route."""
    routes = Blueprint("exports", __name__)
    routes.record_once(
        lambda state: state.app.extensions.setdefault(_PLACES, Places(AT_ONCE, EACH_AT_ONCE))
    )

    @routes.get("/interactions.<suffix>")
    def interactions(suffix: str) -> Response:
        try:
            fmt = export_format(suffix)
        except UsageError as error:
            raise _no_such_format(error) from None
        return answer(settings, engine, fmt)

    return routes


def wanted_format() -> ExportFormat | None:
    """The export format that a request for a list asks for, by ``format=`` or by its Accept
    header; None if it wants the page.

    Browsers get the page; ``*/*``, which likes nothing best, gets the first export format.

    Raises:
        Problem: there is no such format.
    """
    formats: dict[str, Format] = {one.name: one.format for one in EXPORT_FORMATS.values()}
    formats[HTML.name] = HTML
    name = request.args.get("format", "")
    if name:
        found = named_format(name, formats.values())
    else:
        found = negotiate(request.headers.get("Accept"), tuple(formats.values()))
    if found is None:
        raise not_acceptable(formats)
    return None if found is HTML else EXPORT_FORMATS[found.name]


def answer(settings: Settings, engine: Engine, fmt: ExportFormat) -> Response:
    """The edges that pass the filter in the request's parameters, as a file.

    Raises:
        caching.Answered: nothing has to be read.
        UsageError: a parameter is unknown or wrong.
        Problem: there are too many edges.
        EngineError: there is no answer, or no place for another export.
    """
    wanted, ids = _asked(fmt)
    begin(engine.release(), "export", fmt.name, ids.value, wanted.parameters())
    leave = _places().enter(request.remote_addr or "")
    try:
        return _begun(settings, reader_of(engine, settings), wanted, ids, fmt, leave)
    except BaseException:
        leave()
        raise


def _begun(
    settings: Settings,
    reader: Reader,
    wanted: Filter,
    ids: Ids,
    fmt: ExportFormat,
    leave: Callable[[], None],
) -> Response:
    """The answer, once its first bytes are there."""
    chunks: Iterator[bytes] | None = None

    def close() -> None:
        if isinstance(chunks, Generator):
            chunks.close()
        reader.__exit__()
        leave()

    try:
        table = reader.edges
        _refuse_large(settings, fmt, wanted, table.count(wanted))
        name = file_name(wanted, fmt, table, ids)
        pieces = export(
            table, wanted, fmt, ids=ids, describe=reader.describe if fmt.is_rdf else None
        )
        # The engine's queries belong to this request, also those that come while it is sent.
        chunks = stream_with_context(_limited(pieces, reader, settings))
        kind = Kind.TRIPLES if fmt.is_rdf else Kind.SOLUTIONS
        (release,) = reader.releases
        begun, length = compression.begun(Answer(kind, release, chunks, close))
        response = stream(begun, fmt.format)
    except BaseException:
        close()
        raise
    if length is not None:
        response.content_length = length
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _limited(
    pieces: Iterator[bytes], reader: Reader, settings: Settings
) -> Generator[bytes, None, None]:
    """Pieces, broken off where they take too long, get too large or come from two releases."""
    end = time.monotonic() + settings.query_timeout
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if len(reader.releases) > 1:
                raise EngineError(
                    ErrorKind.UNAVAILABLE, "another release was published meanwhile", retry=1
                )
            if settings.result_bytes and size > settings.result_bytes:
                raise EngineError(
                    ErrorKind.LARGE, f"the file has more than {settings.result_bytes:,} bytes"
                )
            if settings.query_timeout and time.monotonic() > end:
                raise SlowError("the export takes too long")
            yield piece
    except SlowError as error:
        raise EngineError(
            ErrorKind.TIMEOUT, f"the export took more than {settings.query_timeout:g} seconds"
        ) from error


def _asked(fmt: ExportFormat) -> tuple[Filter, Ids]:
    """The filter and the ids in the request's parameters."""
    values = given(PARAMETERS)
    values.pop("format", None)
    ids = ids_for(fmt, values.pop("ids", None))
    return parse(values), ids


def _refuse_large(settings: Settings, fmt: ExportFormat, wanted: Filter, count: int) -> None:
    """Refuses what is better taken as a file of the release."""
    most = settings.result_rows
    if fmt.is_rdf:
        most = min(most or RDF_EDGES, RDF_EDGES) if wanted else 0
    if count <= most or (not most and not fmt.is_rdf):
        return
    detail = f"The filter lets {count:,} edges pass, and {fmt.label} may have {most:,}."
    if not wanted:
        detail = f"There are {count:,} edges, which are not exported as {fmt.label} all together."
    raise Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        ErrorKind.LARGE.value,
        "The answer is too large",
        detail,
        hint="add a filter, or take a file of all edges or of an organism from /downloads",
        available={"files": "/downloads"},
    )


def _no_such_format(error: UsageError) -> Problem:
    query = request.query_string.decode("ascii", "replace")
    available: Mapping[str, str] = {
        one.label: url_for("exports.interactions", suffix=one.suffix[1:])
        + (f"?{query}" if query else "")
        for one in EXPORT_FORMATS.values()
    }
    return Problem(
        HTTPStatus.NOT_FOUND,
        "not-found",
        HTTPStatus.NOT_FOUND.phrase,
        error.message,
        hint="use one of the formats there are",
        available=available,
    )


def _places() -> Places:
    found = current_app.extensions[_PLACES]
    assert isinstance(found, Places)
    return found
