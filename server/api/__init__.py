"""The REST API: ``/api/v1``, its OpenAPI document, and the page ``/api`` that shows it.

`server.api.operations` is the table of what can be asked. Everything here follows from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus

from flask import Blueprint, Response, current_app, render_template, request

from rdfconv.config import Settings
from rdfconv.errors import UsageError, shown
from rdfconv.search.terms import KEY_LENGTH
from server.api import bodies, openapi
from server.api.asking import Asked
from server.api.objects import Object
from server.api.operations import OPERATIONS, PREFIX, Operation
from server.api.parameters import CURSOR
from server.caching import begin
from server.engine import Engine
from server.negotiation import HTML
from server.pages.edge_lists import address
from server.pages.exports import Places
from server.parameters import given
from server.problems import Problem, accepted
from server.reader import Reader, consistent
from server.search import JSON
from server.streaming import RELEASE_HEADER, content_type

AT_ONCE, EACH_AT_ONCE = 4, 2
"""How many gene lists are answered at once, and how many of one client: each reads for seconds."""

_PLACES = "gene lists"


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The routes."""
    routes = Blueprint("api", __name__, template_folder="templates")
    places = Places(AT_ONCE, EACH_AT_ONCE)
    routes.record_once(lambda state: state.app.extensions.update({_PLACES: places}))
    document = _json(openapi.content())

    @routes.get(f"{PREFIX}/openapi.json")
    def description() -> Response:
        accepted({JSON.name: JSON})
        _parameters(())
        return Response(document, content_type=JSON.media_type)

    @routes.get("/api")
    def page() -> Response:
        _parameters(())
        body = render_template("api.html", operations=OPERATIONS, prefix=PREFIX, to_json=_json)
        return Response(body, content_type=content_type(HTML))

    for operation in OPERATIONS:
        rule = PREFIX + operation.path.replace("{", "<").replace("}", ">")
        answer = partial(_answer, settings, engine, operation)
        routes.add_url_rule(rule, operation.name, answer, methods=[operation.method])
    return routes


def _answer(settings: Settings, engine: Engine, operation: Operation, **path: str) -> Response:
    accepted({JSON.name: JSON})
    values = _values(operation, path)
    body: Mapping[str, object] = {}
    if operation.body:
        more, body = bodies.read()
        values |= more
    begin(engine.release(), "api", operation.name, request.url)

    def read(reader: Reader) -> Object:
        table = reader.edges
        [release] = reader.releases
        return operation.view(Asked(reader, table, release, request.path, values, body))

    leave = _enter() if operation.body else None
    try:
        found, release = consistent(engine, settings, read)
    finally:
        if leave:
            leave()
    response = Response(_json({"release": release, **found}), content_type=JSON.media_type)
    response.headers[RELEASE_HEADER] = release
    response.vary.add("Accept")
    if found.get("next_cursor"):
        following = address(
            request.path, request.args.to_dict() | {CURSOR.name: found["next_cursor"]}
        )
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _values(operation: Operation, path: Mapping[str, str]) -> dict[str, str]:
    """The parameters of path and query, checked.

    Raises:
        Problem: a part of the path names nothing.
        UsageError: a parameter is unknown, missing or wrong.
    """
    known = {one.name: one for one in operation.parameters}
    values = {}
    for name, text in path.items():
        try:
            values[name] = known[name].check(text)
        except UsageError as error:
            raise _no_name(text, error) from None
    values |= _parameters(tuple(name for name in known if name not in path))
    for name, text in values.items():
        known[name].check(text)
    for name, parameter in known.items():
        if parameter.is_required and name not in values:
            raise UsageError(
                f"the parameter {name!r} is missing", hint=f"see {PREFIX}/openapi.json"
            )
    return values


def _parameters(known: tuple[str, ...]) -> dict[str, str]:
    """The parameters of the query.

    Raises:
        UsageError: one is unknown, or given more than once.
    """
    if request.args and not known:
        raise UsageError(
            f"there is no parameter {shown(next(iter(request.args)))}", hint="there are none here"
        )
    return given(known)


def _no_name(text: str, error: UsageError) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "not-found",
        HTTPStatus.NOT_FOUND.phrase,
        error.message,
        hint=error.hint,
        available={"search": address(f"{PREFIX}/search", {"q": text[:KEY_LENGTH]})},
    )


def _enter() -> Callable[[], None]:
    """Takes a place among those whose lists are answered.

    Raises:
        EngineError: there is none.
    """
    places = current_app.extensions[_PLACES]
    assert isinstance(places, Places)
    return places.enter(request.remote_addr or "")


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"
