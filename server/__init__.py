"""The web application: a SPARQL endpoint and linked-data pages over one engine.

`create_app` is the factory; `server.serve` runs the application under gunicorn.
"""

from __future__ import annotations

from flask import Flask, Response

from rdfconv.config import Settings
from server import health, ontology, pages, problems, sparql, void
from server.engine import Engine
from server.streaming import RELEASE_HEADER

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": ", ".join(
        ("Allow", "Content-Location", "Link", "Location", "Retry-After", RELEASE_HEADER)
    ),
}
"""What every answer carries: all of it is public, none of it may run as a script."""


def create_app(settings: Settings, engine: Engine) -> Flask:
    """Makes the application.

    Args:
        settings: limits of requests and queries.
        engine: what answers queries; the caller closes it.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.request_bytes
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.register_blueprint(sparql.blueprint(settings, engine))
    app.register_blueprint(pages.blueprint(settings, engine))
    app.register_blueprint(ontology.blueprint(settings, engine))
    app.register_blueprint(void.blueprint(settings, engine))
    app.register_blueprint(health.blueprint(engine))
    problems.install(app)

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.update(SECURITY_HEADERS)
        return response

    return app
