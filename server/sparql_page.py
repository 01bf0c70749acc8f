"""The endpoint for people: ``/sparql`` in a browser.

The page has the query, its result as a table, the limits and the example queries, and works without
scripts: a query in the address is answered on the page, so that a link to it can be shared. Its
scripts (``static/sparql``) put an editor in the place of the form.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from urllib.parse import urlencode

from flask import Response, render_template, request, url_for

from rdfconv.config import Settings
from rdfconv.examples import Example, Level, examples
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS, Format
from rdfconv.vocabulary import METADATA_PREFIXES, PREFIXES
from server import query_terms
from server.assets import file_version
from server.caching import NOT_KEPT, begin
from server.description import limits
from server.engine import Answer, Engine, EngineError, Kind, Limits, Query, limits_of
from server.federation.endpoints import allowed
from server.negotiation import HTML
from server.problems import Problem
from server.query_hints import HINT_HEADER, hint
from server.query_terms import QueryTerms
from server.query_text import Form, QueryText
from server.reader import consistent
from server.result_terms import Cell, cell, local_table
from server.streaming import RELEASE_HEADER, TRUNCATED_HEADER, content_type

PAGE_ROWS = 1000
"""How many rows or triples of a result the page shows that the server makes."""
PAGE_BYTES = 4 << 20
"""How large that part of a result may be."""
SCRIPT_ROWS = 100_000
"""How many rows or triples the page's scripts ask for."""
LONGEST_ADDRESS = 8000
"""How many characters an address may have; a longer query is sent by POST."""

EDITOR = "vendor/yasgui.min.js"
"""The editor; without it the page has the form."""

_GRAPHS = ("default-graph-uri", "named-graph-uri")
_TRIPLES = (Form.CONSTRUCT, Form.DESCRIBE)

Graphs = list[tuple[str, str]]
"""Parameters that name graphs, in the request's order."""


@dataclass(frozen=True, slots=True)
class Download:
    """A format that the whole result can be had in; without an address if that was too long."""

    format: Format
    address: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """A result as the page shows it.

    Attributes:
        kind: a table, yes or no, or triples.
        columns: the variables.
        rows: the cells of each row that is shown; None where a variable has no value.
        holds: the answer to an ASK query.
        text: triples as Turtle.
        cut: behind how many rows or triples the page stops; None if it shows all.
        hint: the nearest terms to those that the ontology lacks.
        downloads: where all of it is.
    """

    kind: Kind
    columns: list[str]
    rows: list[list[Cell | None]]
    holds: bool | None
    text: str
    cut: int | None
    hint: str
    downloads: list[Download]


class QueryPage:
    """Makes the pages.

    Args:
        settings: the limits of queries.
        engine: what answers.
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._endpoints = frozenset(allowed(settings.federate))
        self._engine = engine
        self._lock = threading.Lock()
        self._known: tuple[str, QueryTerms] | None = None

    def blank(self) -> Response:
        """The page without a query.

        Raises:
            caching.Answered: nothing has to be asked.
            EngineError: there is no release.
        """
        begin(self._engine.release(), *self._parts())
        first = examples()
        return self._respond(first[0].text if first else "", [])

    def answer(self, query: Query, found: QueryText, graphs: Graphs) -> Response:
        """The page with a query and its result.

        Args:
            query: the query; its format does not matter.
            found: what was found in it.
            graphs: the parameters that name its graphs.

        Raises:
            caching.Answered: nothing has to be asked.
            EngineError: there is no answer.
        """
        if not found.volatile:
            begin(self._engine.release(), *self._parts())
        triples = found.form in _TRIPLES
        fmt = RDF_FORMATS["ttl"] if triples else RESULT_FORMATS["json"]
        begun = self._engine.run(
            replace(query, media_type=fmt, truncate=True), _page_limits(self._settings)
        )
        result = _read(begun, hint(found), _downloads(query.text, graphs, triples=triples))
        response = self._respond(query.text, graphs, result=result, release=begun.release)
        if begun.truncated:
            response.headers[TRUNCATED_HEADER] = begun.truncated
        if result.hint:
            response.headers[HINT_HEADER] = result.hint
        if found.volatile:
            response.headers["Cache-Control"] = NOT_KEPT
        return response

    def problem(self, text: str, graphs: Graphs, problem: Problem) -> Response:
        """The page with a query and why it has no result."""
        response = self._respond(text, graphs, problem=problem)
        response.status_code = int(problem.status)
        response.headers.update(problem.headers)
        return response

    def _parts(self) -> tuple[object, ...]:
        """What the page follows from, beside the release."""
        return "sparql-page", request.url, self._settings, file_version(EDITOR)

    def _respond(
        self,
        text: str,
        graphs: Graphs,
        *,
        result: Result | None = None,
        problem: Problem | None = None,
        release: str = "",
    ) -> Response:
        terms: QueryTerms | None
        try:
            terms, read_from = self._terms()
        except EngineError:
            # What shall be shown is there; it cannot be completed this time.
            terms, read_from = None, ""
        body = render_template(
            "sparql.html",
            text=text,
            graphs=graphs,
            result=result,
            problem=problem,
            levels=_by_level(examples()),
            endpoints=self._endpoints,
            result_formats=list(RESULT_FORMATS.values()),
            rdf_formats=list(RDF_FORMATS.values()),
            limits=limits(self._settings),
            hint_header=HINT_HEADER,
            data=self._script_data(terms, asked=result is not None or problem is not None),
        )
        response = Response(body, content_type=content_type(HTML))
        if release or read_from:
            response.headers[RELEASE_HEADER] = release or read_from
        if terms is None:
            response.headers["Cache-Control"] = NOT_KEPT
        response.vary.add("Accept")
        return response

    def _terms(self) -> tuple[QueryTerms, str]:
        """The terms of the release, and which one it is; they are read once for each."""
        release = self._engine.release()
        with self._lock:
            known = self._known
        if known is not None and known[0] == release:
            return known[1], release
        terms, release = consistent(self._engine, self._settings, query_terms.read)
        with self._lock:
            self._known = release, terms
        return terms, release

    def _script_data(self, terms: QueryTerms | None, *, asked: bool) -> dict[str, object]:
        """What the page's scripts need to know."""
        return {
            "asked": asked,
            "prefixes": dict(sorted({**PREFIXES, **METADATA_PREFIXES}.items())),
            "short": list(PREFIXES),
            "classes": [asdict(term) for term in terms.classes] if terms else [],
            "properties": [asdict(term) for term in terms.properties] if terms else [],
            "local": local_table(),
            "rows": min(SCRIPT_ROWS, self._settings.result_rows or SCRIPT_ROWS),
            "longest": LONGEST_ADDRESS,
            "hintHeader": HINT_HEADER,
            "truncatedHeader": TRUNCATED_HEADER,
            "resultFormats": _names(RESULT_FORMATS),
            "rdfFormats": _names(RDF_FORMATS),
        }


def _names(formats: Mapping[str, Format]) -> list[dict[str, str]]:
    return [
        {"name": fmt.name, "label": fmt.label, "suffix": fmt.suffixes[0]}
        for fmt in formats.values()
    ]


def _by_level(found: Iterable[Example]) -> list[tuple[Level, list[Example]]]:
    return [(level, list(group)) for level, group in groupby(found, key=lambda one: one.level)]


def _page_limits(settings: Settings) -> Limits:
    whole = limits_of(settings)
    return replace(
        whole,
        rows=min(PAGE_ROWS, whole.rows or PAGE_ROWS),
        size=min(PAGE_BYTES, whole.size or PAGE_BYTES),
    )


def graphs_of(pairs: Mapping[str, Iterable[str]]) -> Graphs:
    """The parameters of a request that name graphs."""
    return [(name, iri) for name in _GRAPHS for iri in pairs.get(name, ())]


def _downloads(text: str, graphs: Graphs, *, triples: bool) -> list[Download]:
    found = []
    for fmt in (RDF_FORMATS if triples else RESULT_FORMATS).values():
        pairs = [("query", text), *graphs, ("format", fmt.name)]
        address = f"{url_for('sparql.sparql')}?{urlencode(pairs)}"
        found.append(Download(fmt, address if len(address) <= LONGEST_ADDRESS else None))
    return found


def _read(answer: Answer, hinted: str, downloads: list[Download]) -> Result:
    """Reads an answer to its end: SPARQL JSON, or Turtle.

    Raises:
        EngineError: it breaks off.
    """
    try:
        content = b"".join(answer.chunks)
    finally:
        answer.close()
    cut = int(answer.truncated.partition("=")[2]) if answer.truncated else None
    columns: list[str] = []
    rows: list[list[Cell | None]] = []
    holds = None
    if answer.kind is Kind.TRIPLES:
        text = content.decode("utf-8")
        return Result(answer.kind, columns, rows, holds, text, cut, hinted, downloads)
    document = json.loads(content)
    if answer.kind is Kind.BOOLEAN:
        holds = bool(document["boolean"])
    else:
        columns = document["head"]["vars"]
        for binding in document["results"]["bindings"]:
            rows.append([cell(binding[name]) if name in binding else None for name in columns])
    return Result(answer.kind, columns, rows, holds, "", cut, hinted, downloads)
