"""A query worker: ``python -m server.engine.worker STORE BYTES [ENDPOINT]``.

It opens one store read-only, limits its own address space, gives up sockets, and answers one
query at a time. With an ENDPOINT (`server.engine.remote_store.Target` as JSON) it asks that
instead of a store, and keeps its sockets. A query that overruns the limit, overflows the stack or
panics ends this process and nothing else. It ends when its standard input ends, also in the middle
of a query: then nobody waits for it.
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
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

import pyoxigraph

from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.vocabulary import PREFIXES
from server.engine import ErrorKind, Kind
from server.engine.frames import FrameType, read_frame, write_frame
from server.engine.local_store import LocalStore, check_syntax
from server.engine.memory import peak
from server.engine.output import Output, Spool, TooLarge
from server.engine.sandbox import forbid_sockets
from server.planning import Planner
from server.remote import FailureKind, RemoteError

if TYPE_CHECKING:
    from server.engine.remote_store import RemoteStore


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
        # Only here: most workers need none of it, and start the sooner.
        from server.engine.remote_store import RemoteStore, Target

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
    except TooLarge as error:
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
        _send_error(output, _kind_of(error), f"{error}")
    else:
        write_frame(output, FrameType.END, str(peak()).encode())


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
    check_syntax(given, request["base"])
    try:
        check_syntax(planned, request["base"])
    except SyntaxError:
        return given
    return planned


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
    target = (Spool if request["truncate"] else Output)(output, kind, request)
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
        except TooLarge as error:
            if not isinstance(target, Spool):
                raise
            target.cut(error.limit)
    target.send()


_KINDS = {
    FailureKind.TIMEOUT: ErrorKind.TIMEOUT,
    FailureKind.LARGE: ErrorKind.LARGE,
    FailureKind.CANCELLED: ErrorKind.CANCELLED,
}


def _kind_of(error: RemoteError) -> ErrorKind:
    """What an endpoint's failure is to whoever asked us."""
    if error.kind is FailureKind.STATUS and error.status in (400, 500):
        return ErrorKind.EVALUATION  # engines say 500 of what they do not like, too
    return _KINDS.get(error.kind, ErrorKind.UNAVAILABLE)


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
