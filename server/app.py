"""The factory of the web application: what answers which path, with which headers."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, request

from rdfconv.config import Settings
from server import (
    api,
    assets,
    caching,
    compression,
    graph_store,
    health,
    metrics,
    ontology,
    problems,
    search,
    security,
    site,
    sparql,
    vendor,
    void,
    wellknown,
)
from server.admission import LIMIT_HEADER, POLICY_HEADER, Admission
from server.clients import TrustedProxies
from server.engine import Engine
from server.federation import FederatingEngine
from server.observing import ID_HEADER, Operations
from server.pages import downloads, entities, exports, interactions, network, sitemap, start
from server.query_hints import HINT_HEADER
from server.streaming import RELEASE_HEADER, TRUNCATED_HEADER
from server.watching import Watcher, Watching

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "microphone=(), payment=(), usb=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": ", ".join(
        (
            *("Allow", "Content-Location", "ETag", "Link", "Location", "Retry-After"),
            *(RELEASE_HEADER, TRUNCATED_HEADER, HINT_HEADER, ID_HEADER),
            *(LIMIT_HEADER, POLICY_HEADER),
        )
    ),
}
"""What every answer carries, beside its policy (`server.security`): all of it is public."""


PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
"""What answers a browser that asks whether a page of another site may send a request."""


def create_app(
    settings: Settings,
    engine: Engine,
    operations: Operations | None = None,
    check: Callable[[], None] | None = None,
) -> Flask:
    """Makes the application.

    Args:
        settings: limits of requests and queries.
        engine: what answers queries; the caller closes it.
        operations: what counts and logs the queries; made by the settings if there is none.
        check: see `health.blueprint`.

    Raises:
        UsageError: a setting cannot be used.
    """
    operations = operations or Operations(settings)
    watcher = Watcher()
    admission = Admission(engine, settings, sweep=watcher.look)
    engine = admission
    if settings.federate:
        engine = FederatingEngine(admission, settings, tell=operations.asked)
    engine = operations.watch(Watching(engine, watcher))
    app = Flask(__name__, static_folder=None)
    assets.install(app)
    vendor.install(app)
    site.install(app, engine)
    app.wsgi_app = TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    app.config["MAX_CONTENT_LENGTH"] = settings.request_bytes
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    for blueprint in (
        *(sparql.blueprint, graph_store.blueprint, start.blueprint, entities.blueprint),
        *(interactions.blueprint, exports.blueprint, downloads.blueprint, network.blueprint),
        *(ontology.blueprint, search.blueprint, api.blueprint, void.blueprint, sitemap.blueprint),
    ):
        app.register_blueprint(blueprint(settings, engine))
    app.register_blueprint(health.blueprint(engine, operations.stopping.is_set, check))
    app.register_blueprint(metrics.blueprint(operations.metrics, settings.metrics))
    app.register_blueprint(wellknown.blueprint(settings, operations.started))
    operations.install(app)
    problems.install(app)
    caching.install(app)
    compression.install(app)

    @app.after_request
    def complete(response: Response) -> Response:
        response.headers.update(SECURITY_HEADERS)
        security.secure(response)
        if request.endpoint == "sparql.sparql":
            response.headers.update(admission.headers(request.remote_addr or ""))
        if request.method == "OPTIONS" and "Allow" in response.headers:
            response.headers.update(PREFLIGHT_HEADERS)
            response.headers["Access-Control-Allow-Methods"] = response.headers["Allow"]
        response.vary.update(("Accept-Encoding", "Origin"))
        caching.label(response)
        compression.compress(response)
        caching.conclude(response)
        return response

    return app
