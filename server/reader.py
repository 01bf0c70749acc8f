"""Asks the engine on behalf of the application's own pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pyoxigraph
from flask import request
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from rdfconv.config import Settings
from rdfconv.edges.reader import EdgeTable
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS, Format
from rdfconv.release import folder_of
from server.engine import Engine, Lane, Limits, Query, limits_of
from server.query_text import Form

BATCH = 500
"""How many IRIs one query binds."""

_QUOTABLE = re.compile(r'[^\x00-\x20<>"{}|^`\\]+')

Term = NamedNode | BlankNode | Literal | Triple


T = TypeVar("T")


def consistent(engine: Engine, settings: Settings, read: Callable[[Reader], T]) -> tuple[T, str]:
    """What is read for the request, and from which release: once more if one was published
    meanwhile.

    Raises:
        EngineError: there is no answer.
    """
    for _ in range(2):
        with reader_of(engine, settings) as reader:
            result = read(reader)
        if len(reader.releases) == 1:
            break
    return result, max(reader.releases)


def reader_of(engine: Engine, settings: Settings) -> Reader:
    """What reads for the request. To be closed in the end."""
    # What a page asks for is bounded by the page itself, however short clients' results may be.
    limits = replace(limits_of(settings), rows=0, size=0)
    return Reader(engine, limits, request.remote_addr or "", Path(settings.release))


class Reader:
    """Queries for one page.

    Args:
        engine: what answers.
        limits: the limits of every single query.
        client: who asks.
        root: the releases' root, or one release in it.
    """

    def __init__(self, engine: Engine, limits: Limits, client: str, root: Path) -> None:
        self._engine = engine
        self._limits = limits
        self._client = client
        self._root = root
        self._edges: EdgeTable | None = None
        self.releases: set[str] = set()
        """The releases that answered; more than one if another was published in between."""

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        if self._edges is not None:
            self._edges.close()

    @property
    def edges(self) -> EdgeTable:
        """The table of edges of the release that answers.

        Raises:
            ReleaseError: the release has none.
        """
        if self._edges is None:
            release = self._engine.release()
            folder = folder_of(self._root, release)
            self._edges = EdgeTable(folder, self._limits.seconds)
            self.releases.add(release)
        return self._edges

    def select(self, text: str, *names: str) -> list[tuple[Term | None, ...]]:
        """The rows of a SELECT query: the values of the variables named.

        Raises:
            EngineError: there is no answer.
        """
        content = self._run(text, RESULT_FORMATS["json"], Form.SELECT)
        results = pyoxigraph.parse_query_results(content, pyoxigraph.QueryResultsFormat.JSON)
        assert isinstance(results, pyoxigraph.QuerySolutions)
        return [tuple(solution[name] for name in names) for solution in results]

    def describe(
        self,
        iris: Iterable[str],
        predicate: str | None = None,
        *,
        graph: str = "",
        without: Sequence[str] = (),
    ) -> list[Triple]:
        """The triples with these subjects, sorted; only with the predicate if one is given.

        Args:
            iris: the subjects.
            predicate: the predicate; None for any.
            graph: the IRI of a named graph; "" for the default graph.
            without: predicates that are left out.

        Raises:
            EngineError: there is no answer.
        """
        subjects = sorted({iri for iri in iris if _QUOTABLE.fullmatch(iri)})
        pattern = "?s ?p ?o" if predicate is None else f"?s <{predicate}> ?o"
        where = f"GRAPH <{graph}> {{ {pattern} }}" if graph else pattern
        if without:
            where += f" FILTER(?p NOT IN ({', '.join(f'<{iri}>' for iri in without)}))"
        triples: list[Triple] = []
        for start in range(0, len(subjects), BATCH):
            values = " ".join(f"<{iri}>" for iri in subjects[start : start + BATCH])
            # The subjects first: they are what is selective.
            text = f"CONSTRUCT {{ {pattern} }} WHERE {{ VALUES ?s {{ {values} }} {where} }}"
            content = self._run(text, RDF_FORMATS["nt"], Form.CONSTRUCT)
            triples += [
                quad.triple for quad in pyoxigraph.parse(content, pyoxigraph.RdfFormat.N_TRIPLES)
            ]
        return sorted(set(triples), key=str)

    def bounded_description(self, iri: str) -> list[Triple]:
        """The triples with a subject, and those of the blank nodes they lead to, sorted.

        Raises:
            EngineError: there is no answer.
        """
        content = self._run(f"DESCRIBE <{iri}>", RDF_FORMATS["nt"], Form.DESCRIBE)
        quads = pyoxigraph.parse(content, pyoxigraph.RdfFormat.N_TRIPLES)
        return sorted({quad.triple for quad in quads}, key=str)

    def graph(self, iri: str) -> list[Triple]:
        """The triples of a named graph, sorted.

        Raises:
            EngineError: there is no answer.
        """
        text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}"
        content = self._run(text, RDF_FORMATS["nt"], Form.CONSTRUCT)
        quads = pyoxigraph.parse(content, pyoxigraph.RdfFormat.N_TRIPLES)
        return sorted((quad.triple for quad in quads), key=str)

    def _run(self, text: str, fmt: Format, form: Form) -> bytes:
        query = Query(text, fmt, client=self._client, lane=Lane.PAGE, form=form.value)
        answer = self._engine.run(query, self._limits)
        self.releases.add(answer.release)
        try:
            return b"".join(answer.chunks)
        finally:
            answer.close()
