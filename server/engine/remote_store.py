"""Another endpoint in place of a store, as a query worker sees it.

A worker asks, reads the answer as SPARQL results or N-Triples, and writes it in our own formats: so
limits, cutting and errors are those of a release's own store, whatever the endpoint does. What
engines are known to do otherwise stands in `server.engine.dialects`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import IO, Any, cast

import pyoxigraph
from pyoxigraph import QueryResultsFormat, RdfFormat

from rdfconv.identifiers import BASE
from rdfconv.vocabulary import PREFIXES
from server.engine import Kind
from server.engine.cutting import closing
from server.engine.dialects import OWN_GRAPHS, Mended, TripleLimit, is_virtuoso, mended
from server.engine.local_store import Found, check_syntax, results_format
from server.grammar.words import declarations
from server.query_text import Form, QueryTextError, Token, looked_through, place_of
from server.query_text import Kind as Word
from server.remote import Caps, FailureKind, Remote, RemoteError
from server.remote.client import Cancel, Client, Reply
from server.remote.results import ACCEPT, Solutions, answer, check_in_time, solutions

LONGEST_SECONDS = 7 * 24 * 3600.0
"""Of an exchange; the query's own deadline comes sooner, and ends the worker."""
TRIPLES = "application/n-triples, text/plain;q=0.5"
"""How triples are asked for: in lines, which are read as they come."""
NO_GRAPH = f"{BASE}graph/none"
"""A graph that nobody has: engines take a dataset without one to be without limits."""
CASTS = frozenset(
    ("boolean", "dateTime", "decimal", "double", "float", "integer", "string", "date", "time",
     "duration", "dayTimeDuration", "yearMonthDuration")
)  # fmt: skip
"""The functions of XML Schema's namespace, which SPARQL engines have."""
_CAST_IRIS = frozenset(f"{PREFIXES['xsd']}{name}" for name in CASTS)


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint that answers in place of a release's store.

    Attributes:
        url: its address. An operator named it, so it may be in a network of one's own.
        graph: the named graph in which it has our default graph; "" if it is its default graph.
        agent: what we call ourselves.
    """

    url: str
    graph: str = ""
    agent: str = "rdfconv"


class RemoteStore:
    """An endpoint, as something that answers. For one thread.

    Args:
        given: the endpoint.
    """

    def __init__(self, given: Target) -> None:
        self._graph = given.graph
        self._graphs: list[str] | None = None
        self._limit = TripleLimit(self._asked)
        self._remote = Remote(given.url, private=True)
        self._client = Client(given.agent)

    def query(self, text: str, request: Mapping[str, Any]) -> Found:
        """Asks a query.

        Args:
            text: the query.
            request: `base`, `default_graphs` and `named_graphs` as in `server.engine.Query`.

        Raises:
            SyntaxError: the text is no query; so it is not asked, and the place is told.
            RemoteError: there is no answer.
        """
        try:
            found, words = looked_through(text)
        except QueryTextError as error:
            place = f"{error.place.line}:{error.place.column}"
            raise SyntaxError(f"error at {place}: {error.message}") from None
        if found.service is not None:
            raise ValueError("SERVICE is not sent on")
        refuse_functions(text, words)
        base = request["base"]
        check_syntax(text, base)
        form = next(word.start for word in words if word.upper in Form.__members__)
        prologue = [word for word in words if word.start < form]
        # Virtuoso reads a query to its first U+0000, which can only stand in a text here.
        sent = (declarations(words, prologue, PREFIXES, base) + text).replace("\0", "\\u0000")
        has_dataset = any(word.upper == "FROM" for word in words)
        reply = self._client.post(
            self._remote,
            sent,
            TRIPLES if found.form in (Form.CONSTRUCT, Form.DESCRIBE) else ACCEPT,
            Caps(LONGEST_SECONDS),
            Cancel(),
            self._dataset(request, has_dataset),
        )
        if found.form is Form.CONSTRUCT and is_virtuoso(reply):
            return Found(Kind.TRIPLES, triples=self._limit.checked(_triples(reply)))
        if found.form in (Form.CONSTRUCT, Form.DESCRIBE):
            return Found(Kind.TRIPLES, triples=_triples(reply))
        return _table(reply, found.form is Form.ASK)

    def _dataset(self, request: Mapping[str, Any], has_own: bool) -> list[tuple[str, str]]:
        default, named = request["default_graphs"], request["named_graphs"]
        if default is None and named is None:
            if not self._graph or has_own:
                return []
            default, named = [self._graph], self._named()
        return [
            *(("default-graph-uri", iri) for iri in default or (NO_GRAPH,)),
            *(("named-graph-uri", iri) for iri in named or (NO_GRAPH,)),
        ]

    def _asked(self, text: str) -> Reply:
        return self._client.post(self._remote, text, ACCEPT, Caps(LONGEST_SECONDS), Cancel())

    def _named(self) -> list[str]:
        """The named graphs; an engine that is told its default graph has to be told them, too."""
        if self._graphs is None:
            with self._asked("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }") as reply:
                found = [row[0] for row in solutions(reply, 0)]
            self._graphs = sorted(
                graph.value
                for graph in found
                if isinstance(graph, pyoxigraph.NamedNode)
                and graph.value != self._graph
                and not graph.value.startswith(OWN_GRAPHS)
            )
        return self._graphs


def refuse_functions(text: str, words: Sequence[Token]) -> None:
    """Refuses a query that may call a function which SPARQL does not define.

    Engines have functions that fetch addresses, read files and run code: Virtuoso's ``bif:``,
    Jena's ``java:``. A parser that drops what need not be computed does not see each call, so the
    words are looked at; a property with a list behind it looks the same, and is refused, too.

    Args:
        text: the query.
        words: its tokens.

    Raises:
        SyntaxError: it may call one.

    >>> from server.query_text import tokens
    >>> text = "ASK { FILTER(true || <bif:http_get>('http://127.0.0.1/') = '') }"
    >>> refuse_functions(text, tokens(text))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    SyntaxError: error at 1:22: <bif:http_get>( ) is no function of SPARQL, and ...
    """
    prefixes: dict[str, set[str]] = {name: {iri} for name, iri in PREFIXES.items()}
    for before, name, iri in zip(words, words[1:], words[2:], strict=False):
        if before.upper.endswith("PREFIX") and iri.kind is Word.IRI:
            prefixes.setdefault(name.text[:-1], set()).add(iri.text[1:-1])
    for word, behind in pairwise(words):
        if behind.text != "(" or word.kind not in (Word.IRI, Word.NAME):
            continue
        prefix, _, local = word.text.partition(":")
        is_cast = (
            word.kind is Word.NAME and prefixes.get(prefix) == {PREFIXES["xsd"]} and local in CASTS
        ) or (word.kind is Word.IRI and word.text[1:-1] in _CAST_IRIS)
        if not is_cast:
            place = place_of(text, word.start)
            raise SyntaxError(
                f"error at {place.line}:{place.column}: {word.text}( ) is no function of SPARQL, "
                "and other engines are asked no others; write a list with rdf:first and rdf:rest"
            )


def _table(reply: Reply, asked: bool) -> Found:
    """Solutions, or yes or no; to be written from this thread."""
    if is_virtuoso(reply) and "json" in reply.media_type:
        reply = cast("Reply", Mended(reply))
    result = answer(reply, 0)
    if isinstance(result, Solutions) and not asked:
        table = result

        def write(output: IO[bytes], name: str, rows: Callable[[], int]) -> None:
            if table.serialize(output, results_format(name), rows):
                output.write(closing(name))

        return Found(Kind.SOLUTIONS, write=write)
    if isinstance(result, Solutions):
        result = _truth(result)

    def write_boolean(output: IO[bytes], name: str, rows: Callable[[], int]) -> None:
        _boolean(bool(result)).serialize(output, results_format(name))

    return Found(Kind.BOOLEAN, write=write_boolean)


def _truth(table: Solutions) -> bool:
    """What a table of one cell, or of none, says in answer to ASK."""
    rows = list(table)
    if len(rows) == 1 and len(rows[0]) == 1 and isinstance(rows[0][0], pyoxigraph.Literal):
        return rows[0][0].value.lower() in ("1", "true")
    if not rows:
        return False
    raise RemoteError(FailureKind.FORMAT, "the endpoint answers ASK with a table")


@cache
def _boolean(value: bool) -> pyoxigraph.QueryBoolean:
    content = json.dumps({"head": {}, "boolean": value}).encode()
    found = pyoxigraph.parse_query_results(content, QueryResultsFormat.JSON)
    assert isinstance(found, pyoxigraph.QueryBoolean)
    return found


def _triples(reply: Reply) -> Iterator[pyoxigraph.Triple]:
    with reply:
        if reply.media_type not in ("application/n-triples", "text/plain"):
            raise RemoteError(FailureKind.FORMAT, "the endpoint's answer is no N-Triples")
        chunked = "chunked" in reply.header("Transfer-Encoding").lower()
        if not chunked and not reply.header("Content-Length"):
            raise RemoteError(
                FailureKind.FORMAT, "whether the endpoint's answer is whole could not be told"
            )
        check_in_time(reply)
        is_theirs = is_virtuoso(reply)
        try:
            for quad in pyoxigraph.parse(cast("IO[bytes]", reply), RdfFormat.N_TRIPLES):
                yield mended(quad.triple) if is_theirs else quad.triple
        except (SyntaxError, ValueError):  # its text quotes the answer
            raise RemoteError(FailureKind.FORMAT, "the endpoint's answer is no N-Triples") from None
