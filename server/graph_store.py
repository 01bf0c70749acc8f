"""The SPARQL 1.1 Graph Store HTTP Protocol, for reading: ``/graph-store`` and ``/graph/{name}``.

``/graph-store?graph=IRI`` is a named graph, ``/graph-store?default`` the default graph, and
``/graph/{name}`` one of our own named graphs, whose IRI ends so. The default graph of a release
that has a download of it in the format asked for is not sent from here: 307 leads to the download.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus

from flask import Blueprint, Response, redirect, request
from pyoxigraph import NamedNode
from werkzeug.wrappers import Response as BaseResponse

from rdfconv.config import Settings
from rdfconv.errors import shown
from rdfconv.formats import RDF_FORMATS, Format
from rdfconv.identifiers import GRAPH, VOID_GRAPH
from rdfconv.vocabulary import METADATA_PREFIXES, PREFIXES
from server.answers import answer
from server.engine import Engine, Query, limits_of
from server.grammar.words import is_iri
from server.negotiation import HTML
from server.pages.entities import document, has_suffix
from server.pages.links import KINDS
from server.problems import Problem, accepted
from server.query_text import Form
from server.reader import Term, consistent

METHODS = ("GET", "HEAD", "OPTIONS")
CHANGING = ("PUT", "POST", "DELETE", "PATCH")
"""What the protocol changes graphs with, and this store refuses."""

_DEFAULT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
# The whole data set and not a part of it: the dumps of what void:subset names are others' subjects.
_DUMPS = f"""
SELECT ?dump ?type WHERE {{ GRAPH <{VOID_GRAPH}> {{
  ?set <{PREFIXES["void"]}dataDump> ?dump .
  ?set <{METADATA_PREFIXES["dcat"]}distribution> ?file .
  ?file <{METADATA_PREFIXES["dcat"]}downloadURL> ?dump ;
    <{METADATA_PREFIXES["dcat"]}mediaType> ?type .
  FILTER NOT EXISTS {{ ?whole <{PREFIXES["void"]}subset> ?set }}
}} }}"""
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The routes of the graph store."""
    routes = Blueprint("graph_store", __name__)

    def select(text: str, *names: str) -> list[tuple[Term | None, ...]]:
        return consistent(engine, settings, lambda reader: reader.select(text, *names))[0]

    def stream(text: str, fmt: Format) -> Response:
        client = request.remote_addr or ""
        query = Query(text, fmt, id=uuid.uuid4().hex, client=client, form=Form.CONSTRUCT.value)
        return answer(engine, query, limits_of(settings))

    def named(iri: str, fmt: Format) -> Response:
        # is_iri has let nothing through that ends an IRI in a query.
        pattern = f"GRAPH <{iri}> {{ ?s ?p ?o }}"
        if not select(f"SELECT ?s WHERE {{ {pattern} }} LIMIT 1", "s"):
            raise _no_such_graph(iri)
        return stream(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}", fmt)

    def default() -> BaseResponse:
        fmt = accepted(RDF_FORMATS)
        for dump, media_type in select(_DUMPS, "dump", "type"):
            if isinstance(dump, NamedNode) and _names(media_type, fmt):
                return redirect(dump.value, HTTPStatus.TEMPORARY_REDIRECT)
        return stream(_DEFAULT, fmt)

    @routes.route("/graph-store", methods=(*METHODS, *CHANGING), provide_automatic_options=False)
    def graph_store() -> BaseResponse:
        if request.method == "OPTIONS":
            return _options()
        if request.method in CHANGING:
            raise _read_only()
        iris, defaults = request.args.getlist("graph"), request.args.getlist("default")
        if len(iris) + len(defaults) != 1:
            raise _bad_request("it names no graph, or more than one")
        if defaults:
            return default()
        if not is_iri(iris[0]):
            raise _bad_request(f"{shown(iris[0])} is no absolute IRI")
        return named(iris[0], accepted(RDF_FORMATS))

    @routes.route(
        "/graph/<path:name>", methods=(*METHODS, *CHANGING), provide_automatic_options=False
    )
    def graph(name: str) -> BaseResponse:
        if request.method == "OPTIONS":
            return _options()
        if request.method in CHANGING:
            raise _read_only()
        if not is_iri(GRAPH + name):
            raise _no_such_graph(GRAPH + name)
        # People get a page about the graph, as of all that has a page; its description as RDF has
        # a suffix, since the address itself is the graph's.
        fmt = accepted({**RDF_FORMATS, HTML.name: HTML})
        if fmt is HTML or has_suffix(name):
            return document(settings, engine, KINDS["graph"], name)
        response = named(GRAPH + name, fmt)
        response.vary.add("Accept")
        return response

    return routes


def _names(media_type: object, fmt: Format) -> bool:
    """Whether a media type, spelled out or as IANA's page of it, is that of a format."""
    text = getattr(media_type, "value", "")
    return str(text).removeprefix(_MEDIA_TYPES) == fmt.media_type


def _options() -> Response:
    return Response(status=HTTPStatus.NO_CONTENT, headers={"Allow": ", ".join(METHODS)})


def _no_such_graph(iri: str) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no-such-graph",
        "There is no such graph",
        f"This release has no named graph {shown(iri)}.",
        hint="SELECT DISTINCT ?g { GRAPH ?g {} } lists the named graphs",
    )


def _bad_request(detail: str) -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "bad-request",
        "The request is malformed",
        detail,
        hint="ask for ?default, or for ?graph= and the IRI of a named graph, percent-encoded",
    )


def _read_only() -> Problem:
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "read-only",
        "The service is read-only",
        "Graphs can be read here, not written. "
        "The data change only when a new release is built and published.",
        hint="use GET or HEAD",
        headers={"Allow": ", ".join(METHODS)},
    )
