"""Whether the service lives and can answer: ``/health/live``, ``/health/ready``, ``/health``."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from server.engine import Engine, EngineError


def blueprint(
    engine: Engine, is_stopping: Callable[[], bool], check: Callable[[], None] | None = None
) -> Blueprint:
    """The routes.

    ``/health/live`` answers as long as there is a process that answers. ``/health/ready``, and
    ``/health`` like it, says with 200 that queries may be sent and names the release, and with 503
    that there is no release to answer from, that the server is stopping, or that the endpoint
    which answers in place of the release's store does not.

    Args:
        engine: what answers queries.
        is_stopping: whether the server was told to stop.
        check: raises EngineError where queries cannot be answered for another reason.
    """
    routes = Blueprint("health", __name__)

    @routes.get("/health/live")
    def live() -> Response:
        return _uncached(jsonify(status="ok"))

    @routes.get("/health")
    @routes.get("/health/ready")
    def ready() -> Response:
        if is_stopping():
            return _unavailable("the server is stopping")
        try:
            if check is not None:
                check()
            return _uncached(jsonify(status="ok", release=engine.release()))
        except EngineError as error:
            return _unavailable(error.message)

    return routes


def _unavailable(detail: str) -> Response:
    response = _uncached(jsonify(status="unavailable", detail=detail))
    response.status_code = 503
    return response


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
