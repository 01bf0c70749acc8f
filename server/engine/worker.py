"""A query worker: ``python -m server.engine.worker STORE BYTES [ENDPOINT]``.

It opens one store read-only, limits its own address space, gives up sockets, and answers one
query at a time. With an ENDPOINT (`server.engine.remote_store.Target` as JSON) it asks that
instead of a store, and keeps its sockets. A query that overruns the limit, overflows the stack or
panics ends this process and nothing else. It ends when its standard input ends, also in the middle
of a query: then nobody waits for it.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import re
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import pyoxigraph

from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.identifiers import BASE
from rdfconv.vocabulary import PREFIXES
from server.engine import ErrorKind, Kind
from server.engine.cutting import RowCounter, closing, end_of_row, link_in_head
from server.engine.frames import FrameType, read_frame, write_frame
from server.engine.remote_store import Found, RemoteStore, Target, kind_of, results_format
from server.engine.sandbox import forbid_sockets
from server.planning import Planner
from server.remote import RemoteError

WINDOW_BYTES = 64 << 10
WINDOW_SECONDS = 0.05
SPOOL_BYTES = 4 << 20
"""How much of an answer that may be cut is kept in memory; the rest goes to a temporary file."""
SLACK_BYTES = 64 << 10
"""How much below the limit of bytes a graph is cut: pyoxigraph writes in pieces."""


def main(arguments: list[str]) -> None:
    """Serves queries until standard input ends.

    Args:
        arguments: the store's folder, the address space in bytes (0: no limit), and maybe the
            endpoint.
    """
    store_path, memory = arguments[0], int(arguments[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    output = sys.stdout.buffer
    store: LocalStore | RemoteStore
    if len(arguments) > 2:
        store = RemoteStore(Target(**json.loads(arguments[2])))
    else:
        # Before there are other threads: the filter holds for this one and all it starts.
        forbid_sockets()
        try:
            store = LocalStore(pyoxigraph.Store.read_only(store_path))
        except OSError as error:
            _send_error(output, ErrorKind.UNAVAILABLE, f"the store cannot be opened: {error}")
            return
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    write_frame(output, FrameType.READY)
    planner = cache(lambda: Planner.of(Path(store_path).parent))
    while True:
        _answer(store, planner, requests.get(), output)


def _listen(pipe: BinaryIO, requests: queue.SimpleQueue[dict[str, Any]]) -> None:
    # pyoxigraph releases the GIL while it computes, so this thread sees the end of the pipe then.
    while (frame := read_frame(pipe)) is not None:
        requests.put(json.loads(frame[1]))
    os._exit(0)


class _TooLarge(Exception):  # noqa: N818 (it is caught here, and told as an `EngineError`)
    """The answer has reached a limit.

    Args:
        limit: what was reached, e.g. ``rows=1000``.
    """

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


class _Output:
    """The file that pyoxigraph writes an answer to.

    What comes is sent on in pieces of some size. Nothing at all is sent before the first
    `WINDOW_BYTES` have come or `WINDOW_SECONDS` have passed, so that what fails early fails with
    a status and not in the middle of an answer.
    """

    def __init__(self, pipe: BinaryIO, kind: Kind, request: dict[str, Any]) -> None:
        self._pipe = pipe
        self._kind: Kind | None = kind
        self._most: int = request["rows"]
        self._size: int = request["bytes"]
        self._counter: RowCounter | None = None
        self._held = bytearray()
        self._since = time.monotonic()
        self._total = 0

    def count_rows(self, name: str) -> None:
        """Has the rows counted in the bytes of a format."""
        self._counter = RowCounter(name)

    @property
    def rows(self) -> int:
        """How many rows were written, if they are counted."""
        return self._counter.rows if self._counter else 0

    def triples(self, triples: Iterable[Any]) -> Iterator[Any]:
        """Hands on triples up to the limit."""
        if not self._most:
            return iter(triples)
        return itertools.chain(itertools.islice(triples, self._most), self._no_more(triples))

    def _no_more(self, triples: Iterable[Any]) -> Iterator[Any]:
        for _ in triples:
            raise _TooLarge(f"rows={self._most}")
        yield from ()

    def write(self, data: bytes) -> int:
        self._count(data)
        self._total += len(data)
        if self._size and self._total > self._size:
            raise _TooLarge(f"bytes={self._size}")
        self._held += data
        if len(self._held) >= WINDOW_BYTES or time.monotonic() - self._since > WINDOW_SECONDS:
            self.send()
        return len(data)

    def _count(self, data: bytes) -> None:
        if self._counter is not None and self._counter.feed(data) > self._most and self._most:
            raise _TooLarge(f"rows={self._most}")

    def flush(self) -> None:
        """Nothing: `send` does it."""

    def send(self) -> None:
        """Sends what has come; at the end of the answer, to be called once more."""
        if self._kind is not None:
            write_frame(self._pipe, FrameType.KIND, self._kind.encode())
            self._kind = None
        if self._counter is not None:
            write_frame(self._pipe, FrameType.ROWS, str(self._counter.rows).encode())
        if self._held:
            write_frame(self._pipe, FrameType.DATA, self._held)
            self._held.clear()
        self._since = time.monotonic()


class _Spool(_Output):
    """An answer that is cut where it reaches a limit, and kept back until that is known.

    So what tells that it was cut stands before its first byte.
    """

    def __init__(self, pipe: BinaryIO, kind: Kind, request: dict[str, Any]) -> None:
        super().__init__(pipe, kind, request)
        self._file = cast("BinaryIO", tempfile.SpooledTemporaryFile(SPOOL_BYTES))  # noqa: SIM115
        self._name: str = request["format"]
        self._solutions = kind is Kind.SOLUTIONS
        self._truncated = ""

    def triples(self, triples: Iterable[Any]) -> Iterator[Any]:
        """Hands on triples up to the limit, and ends there."""
        for number, triple in enumerate(triples):
            if self._most and number == self._most:
                self._truncated = f"rows={self._most}"
                return
            if self._size and self._file.tell() + min(SLACK_BYTES, self._size // 2) > self._size:
                self._truncated = f"rows={number}"
                return
            yield triple

    def write(self, data: bytes) -> int:
        self._file.write(data)  # with what is over the limit: that shows where the last row ends
        self._count(data)
        if not self._solutions:
            return len(data)
        if self._size and self._file.tell() > self._size:
            raise _TooLarge(f"bytes={self._size}")
        return len(data)

    def cut(self, limit: str) -> None:
        """Takes away what is over the limit that was reached, and ends the result neatly."""
        rows = self._most if limit.startswith("rows=") else self._rows_within(self._size)
        self._file.truncate(end_of_row(self._file, self._name, rows))
        self._file.seek(0, os.SEEK_END)
        self._file.write(closing(self._name))
        self._truncated = f"rows={rows}"

    def _rows_within(self, size: int) -> int:
        """How many rows there are in the first bytes that surely are complete."""
        counter = RowCounter(self._name)
        self._file.seek(0)
        for start in range(0, size, WINDOW_BYTES):
            counter.feed(self._file.read(min(WINDOW_BYTES, size - start)))
        return max(counter.rows - (self._name in ("json", "xml")), 0)

    def send(self) -> None:
        """Sends the whole answer."""
        assert self._kind is not None
        head = f"{self._kind} {self._truncated}".strip()
        place, link = 0, b""
        if self._truncated and self._solutions:
            iri = f"{BASE}problem/truncated?{self._truncated}"
            place, link = link_in_head(self._file, self._name, iri)
        write_frame(self._pipe, FrameType.KIND, head.encode())
        if self._counter is not None:
            rows = self._truncated.partition("=")[2] or str(self._counter.rows)
            write_frame(self._pipe, FrameType.ROWS, rows.encode())
        self._file.seek(0)
        write_frame(self._pipe, FrameType.DATA, self._file.read(place) + link)
        while piece := self._file.read(WINDOW_BYTES):
            write_frame(self._pipe, FrameType.DATA, piece)
        self._file.close()


class LocalStore:
    """A store on disk, as something that answers.

    Args:
        store: the store.
    """

    def __init__(self, store: pyoxigraph.Store) -> None:
        self._store = store

    def query(self, text: str, request: Mapping[str, Any]) -> Found:
        """See `server.engine.remote_store.RemoteStore.query`."""
        results = self._store.query(
            text,
            base_iri=request["base"] or None,
            prefixes=dict(PREFIXES),
            default_graph=_graphs(request["default_graphs"]),
            named_graphs=_graphs(request["named_graphs"]),
        )
        if isinstance(results, pyoxigraph.QueryTriples):
            return Found(Kind.TRIPLES, triples=results)
        kind = Kind.BOOLEAN if isinstance(results, pyoxigraph.QueryBoolean) else Kind.SOLUTIONS

        def write(output: IO[bytes], name: str, rows: Callable[[], int]) -> None:
            results.serialize(output, results_format(name))

        return Found(kind, write=write)


def _answer(
    store: LocalStore | RemoteStore,
    planner: Callable[[], Planner],
    request: dict[str, Any],
    output: BinaryIO,
) -> None:
    try:
        write_frame(output, FrameType.TAKEN)
        text = _planned(planner, request, output) if request["plan"] else request["text"]
        _evaluate(store, text, request, output)
    except SyntaxError as error:
        detail, line, column = explain(str(error))
        _send_error(output, ErrorKind.SYNTAX, detail, line, column)
    except _TooLarge as error:
        name, _, number = error.limit.partition("=")
        detail = f"the answer has more than {number} {name}, which is the limit"
        _send_error(output, ErrorKind.LARGE, detail)
    except MemoryError:
        _send_error(output, ErrorKind.MEMORY, "the query needs too much memory")
    except BrokenPipeError:
        os._exit(0)
    except OSError as error:
        _send_error(output, ErrorKind.UNAVAILABLE, f"the store cannot be read: {error}")
    except (RuntimeError, ValueError, TypeError) as error:
        _send_error(output, ErrorKind.EVALUATION, str(error))
    except RemoteError as error:
        _send_error(output, kind_of(error), f"{error}")
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        write_frame(output, FrameType.END, str(peak).encode())


def _planned(planner: Callable[[], Planner], request: dict[str, Any], output: BinaryIO) -> str:
    """The query's text as the planner wants it.

    Raises:
        SyntaxError: the text that was given is no query. So its places are told, and nothing that
            is wrong becomes right by being planned.
    """
    given: str = request["text"]
    if request["default_graphs"] is not None or request["named_graphs"] is not None:
        return given  # the statistics are those of the store's own default graph
    try:
        planned = planner().plan(given).text
    except Exception as error:  # noqa: BLE001 - a fault of the planner costs nobody the answer
        text = f"the query was not planned: {type(error).__name__}: {error}"
        write_frame(output, FrameType.FAULT, text.encode())
        return given
    if planned == given:
        return given
    _parse(given, request)
    try:
        _parse(planned, request)
    except SyntaxError:
        return given
    return planned


def _parse(text: str, request: dict[str, Any]) -> None:
    pyoxigraph.Store().query(text, base_iri=request["base"] or None, prefixes=dict(PREFIXES))


def _evaluate(
    store: LocalStore | RemoteStore, text: str, request: dict[str, Any], output: BinaryIO
) -> None:
    found = store.query(text, request)
    kind, name = found.kind, request["format"]
    if name not in (RDF_FORMATS if kind is Kind.TRIPLES else RESULT_FORMATS):
        raise ValueError(
            "the query answers with triples, so the format must be an RDF format"
            if kind is Kind.TRIPLES
            else "the query answers with a table, so the format cannot be an RDF format"
        )
    target = (_Spool if request["truncate"] else _Output)(output, kind, request)
    if kind is Kind.SOLUTIONS or name in ("nt", "nq"):
        target.count_rows(name)
    if found.write is None:
        rdf_format = getattr(pyoxigraph.RdfFormat, RDF_FORMATS[name].oxigraph)
        # QueryTriples.serialize would write no prefixes.
        triples = target.triples(found.triples)
        pyoxigraph.serialize(triples, target, rdf_format, prefixes=dict(PREFIXES))  # type: ignore[arg-type]
    else:
        try:
            found.write(cast("IO[bytes]", target), name, lambda: target.rows)
        except _TooLarge as error:
            if not isinstance(target, _Spool):
                raise
            target.cut(error.limit)
    target.send()


def _graphs(iris: list[str] | None) -> list[Any] | None:
    return None if iris is None else [pyoxigraph.NamedNode(iri) for iri in iris]


def _send_error(
    output: BinaryIO,
    kind: ErrorKind,
    detail: str,
    line: int | None = None,
    column: int | None = None,
) -> None:
    error = {"kind": kind, "detail": detail, "line": line, "column": column}
    write_frame(output, FrameType.ERROR, json.dumps(error).encode())


def explain(message: str) -> tuple[str, int | None, int | None]:
    """Makes a syntax error of the SPARQL parser readable.

    The parser lists everything that it could have read at the place, with classes of characters;
    where one of the things is a sentence, that sentence is the reason.

    Returns:
        The detail, and the line and the column (1-based) if the message has them.

    >>> explain('error at 2:9: expected one of LATERAL, SERVICE, "}", [_]')
    ('expected "}"', 2, 9)
    >>> explain("error at 1:23: expected one of Prefix not found, ['%'], [':']")
    ('Prefix not found', 1, 23)
    """
    match = re.fullmatch(r"error at (\d+):(\d+): (.*)", message, re.DOTALL)
    if match is None:
        return message, None, None
    line, column, rest = int(match[1]), int(match[2]), " ".join(match[3].split())
    if rest.startswith("expected "):
        items = re.findall(r'"(?:[^"\\]|\\.)*"|\[[^\[\]]*\]|[^\s,\["][^,\["]*', rest[9:])
        things = [item.strip().removeprefix("one of").strip() for item in items]
        # SERVICE is refused here, so it is no way out; classes of characters explain nothing.
        things = [thing for thing in things if thing and thing not in ("LATERAL", "SERVICE")]
        things = [thing for thing in things if not thing.startswith("[")]
        reasons = [thing for thing in things if " " in thing and not thing.startswith('"')]
        if reasons:
            rest = "; ".join(reasons)
        elif things:
            rest = "expected " + ("one of " if len(things) > 1 else "") + ", ".join(things)
        else:
            rest = "unexpected character or end of the query"
    return rest, line, column


if __name__ == "__main__":
    main(sys.argv[1:])
