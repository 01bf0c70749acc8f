"""All edges as a list that can be filtered: ``/interactions``."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from rdfconv.config import Settings
from rdfconv.filters import Filter
from server.caching import begin
from server.engine import Engine
from server.negotiation import HTML
from server.pages import exports
from server.pages.edge_lists import Lists, form_choices
from server.pages.snippets import behind
from server.parameters import given
from server.reader import Reader, consistent
from server.streaming import RELEASE_HEADER, content_type

OWN = ("page", "sort", "format")
OFFERED = ("scale", "organism", "database", "method")


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The route of the list: a page or, as the Accept header or ``format=`` likes, a file."""
    routes = Blueprint("interactions", __name__)

    @routes.get("/interactions")
    def interactions() -> Response:
        fmt = exports.wanted_format()
        if fmt is not None:
            response = exports.answer(settings, engine, fmt)
        else:
            begin(engine.release(), "interactions", request.url)
            body, release = consistent(engine, settings, _page)
            response = Response(body, content_type=content_type(HTML))
            response.headers[RELEASE_HEADER] = release
        response.vary.add("Accept")
        return response

    return routes


def _page(reader: Reader) -> str:
    lists = Lists(reader.edges, request.path, given(), OWN)
    edges = lists.make(Filter(), options=OFFERED)
    return render_template(
        "interactions.html",
        edges=edges,
        choices=form_choices(lists.chosen, edges),
        chosen=lists.chosen,
        filtered=lists.chosen.words(reader.edges.name_of) if lists.chosen else "",
        without=lists.without_filters(),
        behind=[behind("The edges listed", edges.query)],
    )
