"""A query worker: ``python -m server.engine.worker STORE BYTES``.

It opens one store read-only, limits its own address space, gives up sockets, and answers one
query at a time. A query that overruns the limit, overflows the stack or panics ends this process
and nothing else. It ends when its standard input ends, also in the middle of a query: then nobody
waits for it.
"""

from __future__ import annotations

import json
import os
import queue
import re
import resource
import signal
import sys
import threading
from typing import Any, BinaryIO

import pyoxigraph

from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.vocabulary import PREFIXES
from server.engine import ErrorKind, Kind
from server.engine.frames import FrameType, read_frame, write_frame
from server.engine.sandbox import forbid_sockets


def main(arguments: list[str]) -> None:
    """Serves queries until standard input ends.

    Args:
        arguments: the store's folder, and the address space in bytes (0: no limit).
    """
    store_path, memory = arguments[0], int(arguments[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Before there are other threads: the filter holds for this one and all it starts.
    forbid_sockets()
    output = sys.stdout.buffer
    try:
        store = pyoxigraph.Store.read_only(store_path)
    except OSError as error:
        _send_error(output, ErrorKind.UNAVAILABLE, f"the store cannot be opened: {error}")
        return
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    write_frame(output, FrameType.READY)
    while True:
        _answer(store, requests.get(), output)


def _listen(pipe: BinaryIO, requests: queue.SimpleQueue[dict[str, Any]]) -> None:
    # pyoxigraph releases the GIL while it computes, so this thread sees the end of the pipe then.
    while (frame := read_frame(pipe)) is not None:
        requests.put(json.loads(frame[1]))
    os._exit(0)


class _Output:
    """The file that pyoxigraph writes an answer to: each piece becomes a frame."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def write(self, data: bytes) -> int:
        write_frame(self._pipe, FrameType.DATA, data)
        return len(data)

    def flush(self) -> None:
        """Nothing: every frame is flushed."""


def _answer(store: pyoxigraph.Store, request: dict[str, Any], output: BinaryIO) -> None:
    try:
        write_frame(output, FrameType.TAKEN)
        _evaluate(store, request, output)
    except SyntaxError as error:
        detail, line, column = explain(str(error))
        _send_error(output, ErrorKind.SYNTAX, detail, line, column)
    except MemoryError:
        _send_error(output, ErrorKind.MEMORY, "the query needs too much memory")
    except BrokenPipeError:
        os._exit(0)
    except OSError as error:
        _send_error(output, ErrorKind.UNAVAILABLE, f"the store cannot be read: {error}")
    except (RuntimeError, ValueError, TypeError) as error:
        _send_error(output, ErrorKind.EVALUATION, str(error))
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        write_frame(output, FrameType.END, str(peak).encode())


def _evaluate(store: pyoxigraph.Store, request: dict[str, Any], output: BinaryIO) -> None:
    results = store.query(
        request["text"],
        prefixes=dict(PREFIXES),
        default_graph=_graphs(request["default_graphs"]),
        named_graphs=_graphs(request["named_graphs"]),
    )
    name = request["format"]
    target: Any = _Output(output)
    if isinstance(results, pyoxigraph.QueryTriples):
        write_frame(output, FrameType.KIND, Kind.TRIPLES.encode())
        if name not in RDF_FORMATS:
            raise ValueError("the query answers with triples, so the format must be an RDF format")
        rdf_format = getattr(pyoxigraph.RdfFormat, RDF_FORMATS[name].oxigraph)
        # QueryTriples.serialize would write no prefixes.
        pyoxigraph.serialize(results, target, rdf_format, prefixes=dict(PREFIXES))
        return
    boolean = isinstance(results, pyoxigraph.QueryBoolean)
    write_frame(output, FrameType.KIND, (Kind.BOOLEAN if boolean else Kind.SOLUTIONS).encode())
    if name not in RESULT_FORMATS:
        raise ValueError("the query answers with a table, so the format cannot be an RDF format")
    results.serialize(target, getattr(pyoxigraph.QueryResultsFormat, RESULT_FORMATS[name].oxigraph))


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
