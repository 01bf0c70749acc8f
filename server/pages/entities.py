"""The pages and documents of all things: ``/protein/Q06945``, ``/database/GTRD.ttl`` ...

One route for each kind of `server.pages.links.KINDS`. The format follows from the suffix or from
the Accept header; ``*/*`` gives Turtle, browsers get HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from urllib.parse import unquote

from flask import Blueprint, Response, redirect, request
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as BaseResponse

from rdfconv.config import Settings
from rdfconv.errors import shown
from rdfconv.formats import RDF_FORMATS, Format
from rdfconv.serialize import dumps
from server.caching import begin
from server.engine import Engine
from server.negotiation import HTML
from server.pages import assembly_view, entity_view, interaction_view, protein_view, site_view
from server.pages.documents import describe
from server.pages.edge_lists import address, no_such_page, page_number
from server.pages.links import KINDS, Kind
from server.pages.protein import proteins_named
from server.problems import Problem, accepted
from server.reader import Reader, consistent
from server.streaming import RELEASE_HEADER, content_type

FORMATS: Mapping[str, Format] = {
    **{name: RDF_FORMATS[name] for name in ("ttl", "jsonld", "nt")},
    "rdf": RDF_FORMATS["rdfxml"],
    HTML.name: HTML,
}
"""The formats of a description by suffix, the default of ``*/*`` first."""
CANDIDATES = 10
"""How many proteins a 404 proposes at most."""

View = Callable[[Reader, Kind, str, str], str | None]
"""Makes the HTML of a thing, from its kind, name and IRI; None if there is no such thing."""

VIEWS: Mapping[str, View] = {
    "protein": protein_view.page,
    "interaction": interaction_view.page,
    "bindingsite": site_view.page,
    "assembly": assembly_view.page,
}
"""The pages that are not like the others."""
WITH_EDGES = frozenset(("protein", *entity_view.EDGES_OF))
"""The kinds whose pages list edges, which can be filtered."""


class _Name(BaseConverter):
    """The rest of a path, whatever is in it: names may begin with a slash or hold line breaks."""

    regex = "(?s:.+)"
    part_isolating = False
    weight = 200


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The routes of all kinds but named graphs, whose addresses are the graph store's."""
    routes = Blueprint("entities", __name__)
    routes.record_once(lambda state: state.app.url_map.converters.update(name=_Name))
    for kind in KINDS.values():
        if kind.path != "graph":
            rule = f"/{kind.path}/<name:name>"
            routes.add_url_rule(rule, kind.path, partial(document, settings, engine, kind))
    return routes


def document(settings: Settings, engine: Engine, kind: Kind, name: str) -> BaseResponse:
    """The page or document of a thing, or the way to it.

    Args:
        settings: the limits.
        engine: what answers.
        kind: the kind of thing.
        name: the decoded rest of the path.

    Raises:
        Problem: there is no such thing, page or format.
    """
    stem, suffix = _parts(name)
    try:
        return _answer(settings, engine, kind, stem, suffix)
    except Problem as problem:
        # The thing's own name may end like a suffix.
        whole = kind.iri(name) if suffix and problem.name == f"no-such-{kind.path}" else None
        if whole is None:
            raise
        try:
            return _answer(settings, engine, kind, name, "")
        except Problem:
            raise problem from None


def _answer(settings: Settings, engine: Engine, kind: Kind, name: str, suffix: str) -> BaseResponse:
    """What `document` gives for a name and a suffix; "" leaves the format to the Accept header."""
    stem = name.upper() if kind.upper else name
    iri = kind.iri(stem)
    if iri is None:
        asked = f"{name}.{suffix}" if suffix else name
        raise _malformed(kind, asked, lambda text: _named(engine, settings, text))
    path = kind.address(stem, suffix.lower())
    if request.path != unquote(path):
        return redirect(_same_query(path), 301)
    fmt = FORMATS[suffix] if suffix else accepted(FORMATS)
    location = "" if suffix else _same_query(kind.address(stem, _suffix(fmt)))
    begin(engine.release(), kind.path, request.url, fmt.name, location=location)
    number = _number(kind, stem, fmt)
    make = partial(_html if fmt is HTML else _rdf, kind=kind, name=stem, iri=iri)
    (body, pages), release = consistent(
        engine, settings, lambda reader: make(reader, fmt=fmt, page=number)
    )
    response = Response(body, content_type=content_type(fmt))
    response.headers[RELEASE_HEADER] = release
    response.headers["Link"] = ", ".join(_links(kind, stem, suffix, iri, fmt, number, pages))
    if not suffix:
        response.headers["Content-Location"] = location
        response.vary.add("Accept")
    return response


def has_suffix(name: str) -> bool:
    """Whether a name ends in the suffix of a description's format."""
    return bool(_parts(name)[1])


def _parts(name: str) -> tuple[str, str]:
    """The name and the suffix, "" if what stands behind the last dot is no format."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, suffix) if dot and suffix.lower() in FORMATS else (name, "")


def _suffix(fmt: Format) -> str:
    return next(suffix for suffix, other in FORMATS.items() if other is fmt)


def _same_query(path: str) -> str:
    query = request.query_string.decode("ascii", "replace")
    return f"{path}?{query}" if query else path


def _number(kind: Kind, name: str, fmt: Format) -> int:
    """The page that is asked for; lists on pages of HTML find theirs on their own."""
    is_chromosome = kind.path == "assembly" and "/" in name
    if fmt is HTML and (kind.path in WITH_EDGES or is_chromosome):
        return 1
    known = set() if fmt is HTML else {"page"}
    unknown = set(request.args) - known
    if unknown:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "bad-request",
            "The request is malformed",
            f"there is no parameter {shown(min(unknown))}",
            hint="a description takes 'page' only; for filtered edges ask /interactions"
            if known
            else "this page takes none; for filtered edges ask /interactions",
        )
    return page_number(request.args.get("page", "1"))


def _rdf(
    reader: Reader, *, kind: Kind, name: str, iri: str, fmt: Format, page: int
) -> tuple[str, int]:
    """A page of the description as RDF, and the number of pages."""
    document = describe(reader, kind, iri, page)
    if not document.pages:
        raise _unknown(kind, name)
    if page > document.pages:
        last = address(kind.address(name, _suffix(fmt)), {"page": str(document.pages)})
        raise no_such_page(document.pages, last)
    return dumps(document.triples, fmt), document.pages


def _html(
    reader: Reader, *, kind: Kind, name: str, iri: str, fmt: Format, page: int
) -> tuple[str, int]:
    """The page for people; its lists have pages of their own."""
    body = VIEWS.get(kind.path, entity_view.page)(reader, kind, name, iri)
    if body is None:
        raise _unknown(kind, name)
    return body, 1


def _links(
    kind: Kind, name: str, suffix: str, iri: str, fmt: Format, page: int, pages: int
) -> list[str]:
    links = [
        f'<{kind.address(name, other)}>; rel="alternate"; type="{FORMATS[other].media_type}"'
        for other in FORMATS
        if FORMATS[other] is not fmt
    ]
    links.append(f'<{iri}>; rel="describes"')
    if fmt is HTML:
        links.append(f'<{kind.address(name, "ttl")}>; rel="describedby"; type="text/turtle"')
    for number, relation in ((page - 1, "prev"), (page + 1, "next")):
        if 1 <= number <= pages:
            target = address(kind.address(name, suffix), {"page": str(number)})
            links.append(f'<{target}>; rel="{relation}"')
    return links


# What is not there


def _named(engine: Engine, settings: Settings, text: str) -> dict[str, str]:
    """Pages of proteins that have a text for a name."""
    found, _ = consistent(engine, settings, lambda reader: proteins_named(reader, text, CANDIDATES))
    return {accession: f"/protein/{accession}" for accession in found}


def _malformed(kind: Kind, name: str, candidates: Callable[[str], dict[str, str]]) -> Problem:
    stem, dot, suffix = name.rpartition(".")
    if dot and kind.iri(stem.upper() if kind.upper else stem) is not None:
        return Problem(
            HTTPStatus.NOT_FOUND,
            "no-such-format",
            "There is no such format",
            f"There is no description in the format {shown(suffix)}.",
            hint="use one of these",
            available={other: kind.address(stem, other) for other in FORMATS},
        )
    found = candidates(name) if kind.path in ("protein", "gene") else {}
    return Problem(
        HTTPStatus.NOT_FOUND,
        f"no-such-{kind.path}",
        f"There is no such {kind.words}",
        f"{shown(name)} is not {kind.looks}.",
        hint="these proteins have it for a name" if found else "search for it",
        available=found or {"search": address("/search", {"q": name[:200]})},
    )


def _unknown(kind: Kind, name: str) -> Problem:
    detail = f"This release says nothing about {shown(name)}."
    if kind.path == "interaction":
        detail += (
            " That is no statement that there is no such regulation: TFLink's pages list at most "
            "100 rows of each kind."
        )
    elif kind.path == "bindingsite":
        detail += " TFLink's pages list at most 100 binding sites of a protein."
    available = {"search": address("/search", {"q": name})}
    if kind.path == "interaction":
        tf, _, target = name.partition("_")
        available = {
            f"{tf} (transcription factor)": f"/protein/{tf}",
            f"{target} (target)": f"/protein/{target}",
            "the other direction": f"/interaction/{target}_{tf}",
        }
    elif kind.path == "assembly" and "/" in name:
        assembly = name.partition("/")[0]
        available[f"the assembly {assembly}"] = kind.address(assembly)
    return Problem(
        HTTPStatus.NOT_FOUND,
        f"no-such-{kind.path}",
        f"There is no such {kind.words}",
        detail,
        hint="look at these" if kind.path == "interaction" else "search for it",
        available=available,
    )
