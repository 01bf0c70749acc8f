"""Whether the service can answer: ``/health``."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from server.engine import Engine, EngineError


def blueprint(engine: Engine) -> Blueprint:
    """The route; 200 with the release's id, or 503 if there is none to answer from."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def health() -> Response:
        try:
            response = jsonify(status="ok", release=engine.release())
        except EngineError as error:
            response = jsonify(status="unavailable", detail=error.message)
            response.status_code = 503
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes
