"""Loads a release into another store: by the SPARQL 1.1 Graph Store Protocol, or Virtuoso's loader.

The protocol (https://www.w3.org/TR/sparql11-http-rdf-update/) replaces one graph with each PUT. The
graphs go one after the other, in N-Triples and as they are read, so that memory stays small. When
one fails, those before it are there in whole, and that is said.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, cast
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from rdfconv.dumping import dumped, graphs_of
from rdfconv.errors import RdfconvError, UsageError
from rdfconv.identifiers import GRAPH
from rdfconv.isql import sql_rows
from rdfconv.release import Release
from rdfconv.virtuoso import check_path, load

BLOCK = 1 << 18
TIMEOUT = 600.0
"""Seconds that a store may say nothing; after the last byte it may still be indexing."""
_TOLD_BYTES = 300

OnGraph = Callable[[str, int], None]
"""Told the graph that is sent ("" for the default graph), and how many triples of it so far."""


def publish(
    release: Release,
    url: str,
    *,
    endpoint: str = "",
    headers: Mapping[str, str] | None = None,
    on_graph: OnGraph = lambda graph, triples: None,
) -> dict[str, int]:
    """Replaces the graphs of a store by those of a release.

    Args:
        release: the release.
        url: where the store takes graphs, e.g. ``http://127.0.0.1:7878/store``.
        endpoint: where it answers queries: there the triples are counted afterwards; "" does not.
        headers: more headers of the requests, e.g. ``Authorization``.
        on_graph: told how it goes on.

    Returns:
        The number of triples of each graph by its IRI; "" is the default graph.

    Raises:
        UsageError: an address is none.
        RdfconvError: the store does not take a graph, or has another number of triples then.
    """
    store = Store.read_only(str(release.store))
    target = _checked(url)
    if endpoint:
        _checked(endpoint)
    found: dict[str, int] = {}
    for iri, graph in graphs_of(store):
        name = "" if isinstance(graph, DefaultGraph) else iri
        try:
            found[name] = _put(store, graph, target, headers or {}, name, on_graph, len(found))
        except (OSError, http.client.HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise _broken(url, name, reason, len(found)) from error
    if endpoint:
        for name, number in found.items():
            _compare(endpoint, headers or {}, name, number)
    return found


def publish_to_virtuoso(
    release: Release,
    address: str,
    folder: Path,
    *,
    user: str,
    password: str,
    say: Callable[[str], None],
) -> dict[str, int]:
    """Loads a release by Virtuoso's own loader (``ld_dir``), and counts what came in.

    Args:
        release: the release.
        address: the host and the port of Virtuoso's SQL.
        folder: where files for it are written; Virtuoso must see it by the same path and may read
            it (``DirsAllowed`` in its settings).
        user: an administrator.
        password: theirs.
        say: told what is being done.

    Returns:
        The number of triples of each graph by its IRI; the default graph is `dumping.DATA_GRAPH`.

    Raises:
        RdfconvError: Virtuoso is not there, or has not loaded all.
    """

    def ask(statement: str) -> list[str]:
        return sql_rows(address, user, password, statement)

    dump = folder.resolve() / "rdfconv"
    check_path(dump)
    ask("SELECT 1;")  # before the work
    numbers = dumped(release, dump, say)
    for iri in numbers:
        ask(f"SPARQL CLEAR GRAPH <{iri}>;")
    ask(f"DELETE FROM DB.DBA.LOAD_LIST WHERE ll_file LIKE '{dump}/%';")  # noqa: S608
    load(ask, dump, numbers, say)
    return numbers


def _checked(url: str) -> SplitResult:
    """The parts of an address.

    Raises:
        UsageError: it is none.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        raise UsageError(f"{url!r} is no address of a store", hint="write https://host/store")
    if parts.username is not None:
        raise UsageError(
            "an address must not hold a password", hint="use --user and the environment"
        )
    return parts


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT)


def _put(
    store: Store,
    graph: NamedNode | DefaultGraph,
    target: SplitResult,
    headers: Mapping[str, str],
    name: str,
    on_graph: OnGraph,
    before: int,
) -> int:
    """Sends a graph; gives the number of its triples."""
    query = f"graph={quote(name, safe='')}" if name else "default"
    path = f"{target.path or '/'}?{'&'.join(filter(None, (target.query, query)))}"
    total = 0

    def counted(blocks: Iterator[bytes]) -> Iterator[bytes]:
        nonlocal total
        for block in blocks:
            total += block.count(b"\n")
            on_graph(name, total)
            yield block

    with closing(_connection(target)) as connection, closing(_dumped(store, graph)) as blocks:
        # Who refuses may answer, and hang up, before everything was sent: the answer is there.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(
                "PUT",
                path,
                counted(blocks),
                {**headers, "Content-Type": "application/n-triples"},
                encode_chunked=True,
            )
        reply = connection.getresponse()
        told = reply.read(_TOLD_BYTES).decode("utf-8", "replace")
    if not 200 <= reply.status < 300:
        hint = {
            401: "give --user and RDFCONV_PUBLISH_PASSWORD, or RDFCONV_PUBLISH_TOKEN",
            404: "name the address for graphs, e.g. /store, and not the one for queries",
            405: "name the address for graphs, e.g. /store, and not the one for queries",
        }.get(reply.status, "")
        reason = f"{reply.status} {reply.reason}: {' '.join(told.split())}"
        raise _broken(target.geturl(), name, reason, before, hint)
    return total


def _broken(url: str, name: str, reason: str, before: int, hint: str = "") -> RdfconvError:
    """The error that says which graph was not taken, and what is there."""
    return RdfconvError(
        f"{url} did not take {name or 'the default graph'}: {reason}",
        hint=hint or f"graphs that are there in whole: {before}; publish again",
    )


def _dumped(store: Store, graph: NamedNode | DefaultGraph) -> Generator[bytes, None, None]:
    """A graph in N-Triples, in blocks; a thread writes ahead as far as a pipe holds."""
    read, write = os.pipe()
    failed: list[BaseException] = []

    def dump() -> None:
        with suppress(BrokenPipeError), os.fdopen(write, "wb", BLOCK) as output:
            try:
                store.dump(cast("IO[bytes]", output), RdfFormat.N_TRIPLES, from_graph=graph)
            except BaseException as error:  # noqa: BLE001 - raised again by who reads
                failed.append(error)

    thread = threading.Thread(target=dump)
    thread.start()
    try:
        with os.fdopen(read, "rb", BLOCK) as source:
            while block := source.read(BLOCK):
                yield block
    finally:
        thread.join()  # it ends, since nobody reads any more
    if failed:
        raise failed[0]


def left_over(endpoint: str, headers: Mapping[str, str], published: Iterable[str]) -> list[str]:
    """The graphs of this project in a store that a release does not have: an earlier one had them.

    Args:
        endpoint: where the store answers queries.
        headers: more headers of the request.
        published: the graphs of the release.

    Raises:
        RdfconvError: the store does not answer.
    """
    names = _values(endpoint, headers, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", "g")
    return sorted(name for name in {*names} - {*published} if name.startswith(GRAPH))


def _compare(endpoint: str, headers: Mapping[str, str], name: str, number: int) -> None:
    pattern = f"GRAPH <{name}> {{ ?s ?p ?o }}" if name else "?s ?p ?o"
    (told,) = _values(endpoint, headers, f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}", "n") or ("",)
    if not told.isdecimal():
        raise RdfconvError(f"{endpoint} does not answer with a number: {_UNCHECKED}")
    found = int(told)
    if found != number:
        raise RdfconvError(
            f"{endpoint} has {found:,} triples of {name or 'the default graph'}, not {number:,}",
            hint="other data in the default graph? Else publish again",
        )


_UNCHECKED = "the graphs are not checked"


def _values(endpoint: str, headers: Mapping[str, str], query: str, name: str) -> list[str]:
    """The values of a variable in the answer to a query.

    Raises:
        RdfconvError: there is no answer.
    """
    parts = _checked(endpoint)
    sent = {
        **headers,
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/sparql-results+json",
    }
    try:
        with closing(_connection(parts)) as connection:
            path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
            connection.request("POST", path, urlencode({"query": query}), sent)
            content = connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        raise RdfconvError(f"{endpoint} does not answer: {error}") from error
    with suppress(ValueError, KeyError, TypeError):
        return [str(row[name]["value"]) for row in json.loads(content)["results"]["bindings"]]
    raise RdfconvError(f"{endpoint} does not answer as SPARQL does: {_UNCHECKED}")


def credentials(user: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The header that says who publishes.

    Args:
        user: the name; "" for none.
        environment: has ``RDFCONV_PUBLISH_PASSWORD`` or ``RDFCONV_PUBLISH_TOKEN``.

    Raises:
        UsageError: there is a name and no password.

    >>> credentials("me", {"RDFCONV_PUBLISH_PASSWORD": "secret"})
    {'Authorization': 'Basic bWU6c2VjcmV0'}
    """
    if user:
        password = environment.get("RDFCONV_PUBLISH_PASSWORD")
        if password is None:
            raise UsageError("there is no password", hint="set RDFCONV_PUBLISH_PASSWORD")
        word = base64.b64encode(f"{user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {word}"}
    token = environment.get("RDFCONV_PUBLISH_TOKEN")
    return {"Authorization": f"Bearer {token}"} if token else {}
