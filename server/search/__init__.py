"""The search: ``/search``, ``/search.json`` and ``/suggest``, and each release's index of names.

This is the only module that knows where the index lies. Other pages take what they need from it by
`index`.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from rdfconv.config import Settings
from rdfconv.errors import shown
from rdfconv.formats import Format
from rdfconv.identifiers import UNIPROT
from rdfconv.release import SEARCH, folder_of
from rdfconv.search.terms import KEY_LENGTH, Kind
from server.caching import begin
from server.engine import Engine
from server.negotiation import HTML
from server.problems import Problem, accepted
from server.reader import Reader, reader_of
from server.search.names import Found, Index
from server.search.query import ARROW, read
from server.search.results import CANDIDATES, PAGE_SIZE, Results, find
from server.streaming import RELEASE_HEADER

JSON = Format("json", "JSON", "application/json", (), (".json",), False, "")
FORMATS = {JSON.name: JSON, HTML.name: HTML}
"""The formats of an answer, the default of ``*/*`` first."""

_EXTENSION = "search"


def index(release: str) -> Index | None:
    """The index of names of a release, for the thread that asks.

    It tells what things are called: ``index(release).identified("Q06945", Kind.PROTEIN)``. Not to
    be kept longer than for the request.

    Args:
        release: the release that answers the page's queries, as `Engine.release` or
            `Reader.releases` tell it.

    Returns:
        The index; None if the release was built without one, or by another version.
    """
    indexes = current_app.extensions[_EXTENSION]
    assert isinstance(indexes, Indexes)
    return indexes.open(release)


_Known = tuple[tuple[str, int, int], Index | None]
"""What tells a release's index from any other, and the index."""


class Indexes:
    """Opens the releases' indexes, once in each thread.

    Args:
        root: the releases' root, or one release in it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._log = logging.getLogger("rdfconv.search")
        self._local = threading.local()

    def open(self, release: str) -> Index | None:
        """The index of a release; None if it has none that can be read."""
        known: _Known | None = getattr(self._local, "known", None)
        path = folder_of(self._root, release) / SEARCH
        try:
            found = path.stat()
        except OSError:
            # A release that vanished is still answered from where it is open.
            return known[1] if known and known[0][0] == release else None
        identity = release, found.st_ino, found.st_ctime_ns
        if known and known[0] == identity:
            return known[1]
        if known and known[1]:
            known[1].close()
        opened = None
        try:
            opened = Index(path, release)
        except sqlite3.Error as error:
            self._log.warning("names cannot be searched in %s: %s", release, error)
        self._local.known = identity, opened
        return opened


@dataclass(frozen=True, slots=True)
class Example:
    """Something to search for: what is typed, and what it shows."""

    text: str
    what: str

    @property
    def address(self) -> str:
        """Its search."""
        return f"/search?{urlencode({'q': self.text})}"


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The routes of the search."""
    routes = Blueprint("search", __name__)
    indexes = Indexes(Path(settings.release))
    routes.record_once(lambda state: state.app.extensions.update({_EXTENSION: indexes}))

    @routes.get("/search")
    def search() -> BaseResponse:
        return answer(accepted(FORMATS))

    @routes.get("/search.json")
    def search_json() -> BaseResponse:
        return answer(JSON)

    def answer(fmt: Format) -> BaseResponse:
        text, kind = _text(), _kind()
        page = _page() if kind else 1
        begin(engine.release(), "search", request.url, fmt.name)
        # Twice at most: a release may be published between the index's answer and the store's.
        for _ in range(2):
            release = engine.release()
            with reader_of(engine, settings) as reader:
                opened = indexes.open(release)
                results = find(opened, reader, read(text), kind, page)
                examples = [] if results.asked.text else _examples(opened, reader)
            if reader.releases <= {release}:
                break
        if any(page > group.pages for group in results.groups):
            raise _no_such_page(max(group.pages for group in results.groups))
        if fmt is HTML and results.only:
            return redirect(results.only, HTTPStatus.SEE_OTHER)
        response = _html(results, kind, examples) if fmt is HTML else _json(results.as_json())
        response.headers[RELEASE_HEADER] = max(reader.releases | {release})
        response.vary.add("Accept")
        return response

    @routes.get("/suggest")
    def suggest() -> BaseResponse:
        text = _text()
        release = engine.release()
        begin(release, "suggest", request.url)
        opened = indexes.open(release)
        response = _json(
            {
                "query": text,
                "names_searched": opened is not None,
                "suggestions": _suggestions(opened, text) if opened else [],
            }
        )
        response.headers[RELEASE_HEADER] = release
        return response

    return routes


def _html(results: Results, kind: Kind | None, examples: list[Example]) -> Response:
    body = render_template(
        "search.html",
        q=results.asked.text,
        results=results,
        kind=kind,
        examples=examples,
        page_size=PAGE_SIZE,
        candidates=CANDIDATES,
    )
    return Response(body, content_type="text/html; charset=utf-8")


def _json(content: object) -> Response:
    # Names stay readable, and what is in them cannot end a script that holds the answer.
    body = json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")
    return Response(body + "\n", content_type="application/json; charset=utf-8")


def _suggestions(opened: Index, text: str) -> list[dict[str, object]]:
    """What is proposed while somebody types: entities, or the target behind ``SOX4 >``."""
    found = opened.suggest(read(text).name)
    regulator, *target = ARROW.split(text.strip(), maxsplit=1)
    if found or not target or not opened.named(regulator, limit=1):
        return [one.as_json() for one in found]
    return [_edge_suggestion(regulator, one) for one in opened.suggest(target[0], Kind.PROTEIN)]


def _edge_suggestion(regulator: str, target: Found) -> dict[str, object]:
    query = urlencode({"q": f"{regulator} > {target.identifier}"})
    return target.as_json() | {
        "kind": "interaction",
        "label": f"{regulator} > {target.title}",
        "address": f"/search?{query}",
    }


def _examples(opened: Index | None, reader: Reader) -> list[Example]:
    """Things to search for that this release has."""
    if opened is None:
        return []
    examples = []
    factor = opened.first_of(Kind.PROTEIN)
    if factor and factor.title != factor.identifier:
        examples.append(Example(factor.title, "a gene symbol or protein name"))
    if factor and factor.address:
        examples.append(Example(factor.identifier, "a UniProt accession"))
        examples += _example_edges(opened, reader, factor)
    for kind, what in (
        (Kind.GENE, "an NCBI gene id"),
        (Kind.PAPER, "a PubMed id"),
        (Kind.DATABASE, "a source database"),
        (Kind.METHOD, "a detection method, by its name or its PSI-MI id"),
        (Kind.ORGANISM, "an organism"),
    ):
        found = opened.first_of(kind)
        if found:
            prefixes = {Kind.PAPER: "PMID:", Kind.GENE: "gene:"}
            name = found.label if kind is not Kind.GENE else ""
            examples.append(Example(prefixes.get(kind, "") + (name or found.identifier), what))
    return examples


def _example_edges(opened: Index, reader: Reader, factor: Found) -> list[Example]:
    """An edge of the protein."""
    rows = reader.select(
        f"SELECT ?target WHERE {{ <{factor.iri}> tfl:regulates ?target }} LIMIT 1", "target"
    )
    for (target,) in rows:
        identifier = str(getattr(target, "value", "")).removeprefix(UNIPROT)
        for found in opened.identified(identifier, Kind.PROTEIN):
            return [Example(f"{factor.title} > {found.title}", "does one regulate the other?")]
    return []


# What was asked for


def _text() -> str:
    text = request.args.get("q", "")
    if len(text) > KEY_LENGTH:
        raise _bad_request(
            f"the search has {len(text):,} characters; {KEY_LENGTH} are allowed",
            "search for one name, identifier or edge at a time",
        )
    return text


def _kind() -> Kind | None:
    text = request.args.get("kind", "")
    if text and text not in list(Kind):
        raise _bad_request(f"there is no kind {shown(text)}", f"use one of {', '.join(Kind)}")
    return Kind(text) if text else None


def _page() -> int:
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 8 and int(text) > 0):
        raise _bad_request(
            f"the page {shown(text)} is no number from 1 on", "leave 'page' out for the first page"
        )
    return int(text)


def _bad_request(detail: str, hint: str) -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST, "bad-request", "The request is malformed", detail, hint=hint
    )


def _no_such_page(pages: int) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no-such-page",
        "There is no such page",
        f"The last page is {pages:,}.",
        hint="go back to the first page of the search",
    )
