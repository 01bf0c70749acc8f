"""The description of the data set where tools look for it: ``/.well-known/void``."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, request

from rdfconv.config import Settings
from rdfconv.formats import RDF_FORMATS
from server import description
from server.caching import begin
from server.engine import Engine, limits_of
from server.negotiation import negotiate
from server.problems import Problem, not_acceptable
from server.reader import Reader
from server.sparql import available
from server.streaming import RELEASE_HEADER, content_type


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The route; Turtle unless another RDF format is asked for."""
    routes = Blueprint("void", __name__)

    @routes.get("/.well-known/void")
    def void() -> Response:
        fmt = negotiate(request.headers.get("Accept"), tuple(RDF_FORMATS.values()))
        if fmt is None:
            raise not_acceptable(available(RDF_FORMATS))
        begin(engine.release(), "void", request.url, fmt.name)
        reader = Reader(engine, limits_of(settings), request.remote_addr or "")
        triples = description.read_void(reader)
        if not triples:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "no-description",
                "This release does not describe itself",
                "It was not made by 'rdfconv build', or by an older version.",
                hint="build it again",
            )
        response = Response(description.written(triples, fmt), content_type=content_type(fmt))
        response.headers[RELEASE_HEADER] = max(reader.releases)
        response.vary.add("Accept")
        return response

    return routes
