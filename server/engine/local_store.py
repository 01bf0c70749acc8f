"""A release's own store, as a query worker sees it, and what a worker has of any store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any, cast

import pyoxigraph
from pyoxigraph import QueryResultsFormat

from rdfconv.formats import RESULT_FORMATS
from rdfconv.vocabulary import PREFIXES
from server.engine import Kind


@dataclass(frozen=True, slots=True)
class Found:
    """What a query has found, before it is written.

    Attributes:
        kind: what it is.
        triples: the triples.
        write: for all else, writes it: takes the file, the format's name, and what tells how many
            rows were written so far.
    """

    kind: Kind
    triples: Iterable[Any] = ()
    write: Callable[[IO[bytes], str, Callable[[], int]], None] | None = None


def results_format(name: str) -> QueryResultsFormat:
    """pyoxigraph's format for one of `RESULT_FORMATS`."""
    return cast("QueryResultsFormat", getattr(QueryResultsFormat, RESULT_FORMATS[name].oxigraph))


def check_syntax(text: str, base: str) -> None:
    """Has the engine's parser look at a query, which finds nothing.

    Args:
        text: the query; without SERVICE.
        base: the IRI that relative ones are resolved against; "" if they are refused.

    Raises:
        SyntaxError: it is none.
    """
    pyoxigraph.Store().query(text, base_iri=base or None, prefixes=dict(PREFIXES))


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


def _graphs(iris: list[str] | None) -> list[Any] | None:
    return None if iris is None else [pyoxigraph.NamedNode(iri) for iri in iris]
