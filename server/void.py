"""The description of the data set where tools look for it: ``/.well-known/void``."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, request

from rdfconv.config import Settings
from rdfconv.formats import RDF_FORMATS
from server import description
from server.caching import begin
from server.engine import Engine
from server.problems import Problem, accepted
from server.reader import consistent
from server.streaming import RELEASE_HEADER, content_type


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The route; Turtle unless another RDF format is asked for."""
    routes = Blueprint("void", __name__)

    @routes.get("/.well-known/void")
    def void() -> Response:
        fmt = accepted(RDF_FORMATS)
        begin(engine.release(), "void", request.url, fmt.name)
        triples, release = consistent(engine, settings, description.read_void)
        if not triples:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "no-description",
                "This release does not describe itself",
                "It was not made by 'rdfconv build', or by an older version.",
                hint="build it again",
            )
        response = Response(description.written(triples, fmt), content_type=content_type(fmt))
        response.headers[RELEASE_HEADER] = release
        response.vary.add("Accept")
        return response

    return routes
