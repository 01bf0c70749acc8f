"""The routes of the server and the operations of its API, from the application itself."""

from __future__ import annotations

import inspect
import sys
from typing import cast

from flask import Flask

from docs._ext.markdown import code, codes, plain, prose, table
from rdfconv.config import Settings
from server.api.operations import OPERATIONS, PREFIX
from server.app import create_app
from server.engine import Engine
from server.pages.links import KINDS


def application() -> Flask:
    """The web application; it is looked at and never asked, so it has no engine."""
    return create_app(Settings(), cast("Engine", object()))


def routes() -> str:
    """The routes that are neither the API's nor pages of things."""
    app = application()
    alike: dict[tuple[str, str], list[str]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        if not rule.endpoint.startswith("entities.") and not _is_operation(rule.endpoint):
            methods = codes(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            alike.setdefault((methods, prose(_about(app, rule.endpoint))), []).append(rule.rule)
    rows = ([codes(rules), methods, about] for (methods, about), rules in alike.items())
    return table(["routes", "methods", "part of the server"], rows)


def things() -> str:
    """The kinds of things that have pages."""
    rows = (
        [code(f"/{kind.path}/NAME"), plain(kind.words), plain(kind.looks)]
        for kind in KINDS.values()
    )
    return table(["route", "a page for each", "NAME is"], rows)


def operations() -> str:
    """The operations of the API."""
    rows = (
        [
            code(f"{one.method} {PREFIX}{one.path}"),
            plain(one.text),
            codes(parameter.name for parameter in (*one.parameters, *one.members)),
        ]
        for one in OPERATIONS
    )
    return table(["operation", "what it gives", "parameters, or members of the body"], rows)


def _is_operation(endpoint: str) -> bool:
    return endpoint.removeprefix("api.") in {one.name for one in OPERATIONS}


def _about(app: Flask, endpoint: str) -> str:
    """What the module of a view says of itself, in its first sentence."""
    module = sys.modules[app.view_functions[endpoint].__module__]
    return (inspect.getdoc(module) or "").partition("\n\n")[0]
