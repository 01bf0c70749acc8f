"""The SPARQL 1.1 protocol: ``/sparql``."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request
from gunicorn.http.errors import ParseException

from rdfconv.config import Settings
from rdfconv.errors import shown
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS, Format
from rdfconv.release import folder_of
from server import description
from server.answers import answer
from server.caching import begin
from server.engine import Engine, EngineError, Limits, Query, limits_of
from server.federation import has_service
from server.federation.endpoints import allowed
from server.federation.explaining import services
from server.grammar.words import is_iri
from server.negotiation import HTML, named_format, negotiate
from server.planning import Plan, Planner, explain
from server.problems import Problem, accepted, not_acceptable, problem_of, showing
from server.query_hints import HINT_HEADER, hint
from server.query_text import Form, QueryText, QueryTextError, inspect
from server.reader import consistent
from server.sparql_page import QueryPage, graphs_of
from server.streaming import RELEASE_HEADER, content_type

METHODS = ("GET", "HEAD", "POST", "OPTIONS")

_FORM_TYPE = "application/x-www-form-urlencoded"
_QUERY_TYPE = "application/sparql-query"
_UPDATE_TYPE = "application/sparql-update"
_PARAMETERS_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class _Parameters:
    """The parameters of a request, each with all its values in order."""

    values: Mapping[str, tuple[str, ...]]

    def all(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())

    def only(self, name: str) -> str | None:
        values = self.all(name)
        if len(values) > 1:
            raise _bad_request(
                f"the parameter {name!r} is given {len(values)} times", hint="give it once"
            )
        return values[0] if values else None


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The route of the SPARQL protocol."""
    routes = Blueprint("sparql", __name__)
    page = QueryPage(settings, engine)

    @routes.route("/sparql", methods=METHODS, provide_automatic_options=False)
    def sparql() -> Response:
        if request.method == "OPTIONS":
            return Response(status=HTTPStatus.NO_CONTENT, headers={"Allow": ", ".join(METHODS)})
        parameters = _post_parameters() if request.method == "POST" else _url_parameters()
        if parameters.all("update"):
            raise _read_only()
        text = parameters.only("query")
        if text is None:
            if request.method == "POST":
                raise _bad_request(
                    "the parameter 'query' is missing", hint="send the query as query=..."
                )
            return _describe_service(parameters, settings, engine, page)
        try:
            return _answer(text, parameters, settings, engine, page)
        except (Problem, EngineError, QueryTextError) as error:
            if not _wants_page(parameters):
                raise
            return page.problem(text, graphs_of(parameters.values), problem_of(error))

    return routes


def _answer(
    text: str, parameters: _Parameters, settings: Settings, engine: Engine, page: QueryPage
) -> Response:
    """A query's answer, or the page with it.

    Raises:
        caching.Answered: nothing has to be asked.
        Problem: there is no answer.
    """
    with showing(text):
        found = checked(text, settings)
    if _explains(parameters):
        return _explanation(text, parameters, settings, engine)
    truncate, limits = _truncate(parameters, limits_of(settings))
    query = Query(
        text,
        _format(found.form, parameters),
        *_dataset(parameters),
        base=request.base_url,
        id=uuid.uuid4().hex,
        client=request.remote_addr or "",
        truncate=truncate,
        form=found.form.value,
        plan=settings.planner,
    )
    with showing(text, found):
        if query.media_type is HTML:
            return page.answer(query, found, graphs_of(parameters.values))
        response = answer(engine, query, limits, keep=not found.volatile)
    hinted = hint(found)
    if hinted:
        response.headers[HINT_HEADER] = hinted
    return response


def _explains(parameters: _Parameters) -> bool:
    """Whether the query shall not be run, but told how it would be."""
    value = parameters.only("explain") or "no"
    if value not in ("yes", "no"):
        raise _bad_request(f"explain={shown(value)} is neither yes nor no", hint="leave it out")
    return value == "yes"


def _explanation(
    text: str, parameters: _Parameters, settings: Settings, engine: Engine
) -> Response:
    """What the planner makes of a query.

    Raises:
        caching.Answered: nothing has to be asked.
        Problem: there is no such format.
    """
    fmt = _chosen(parameters, explain.FORMATS)
    graphs = _dataset(parameters)
    release = engine.release()
    begin(release, "explain", text, graphs, settings.planner, fmt.name)
    if not settings.planner:
        plan = Plan.unchanged(text, "the planner is switched off")
    elif graphs != (None, None):
        plan = Plan.unchanged(text, "the request names its graphs, and so the planner has no say")
    else:
        plan = Planner.of(folder_of(Path(settings.release), release)).plan(text)
    asked = []
    if settings.federate and has_service(text):
        asked = services(text, request.base_url, allowed(settings.federate))
    content = explain.written(plan, release, fmt, asked)
    response = Response(content, content_type=content_type(fmt))
    response.headers[RELEASE_HEADER] = release
    response.vary.add("Accept")
    return response


def checked(text: str, settings: Settings) -> QueryText:
    """Refuses queries that no engine shall see.

    Raises:
        Problem: the query updates, has a SERVICE clause, or is too long, deep or large.
        QueryTextError: the text is no query.
    """
    if len(text.encode("utf-8", "surrogatepass")) > settings.request_bytes:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too-large",
            "The query is too long",
            f"A query may have {settings.request_bytes} bytes.",
            hint="send a shorter query",
        )
    found = inspect(text)
    if found.form is Form.UPDATE:
        raise _read_only()
    if found.service is not None and not settings.federate:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "service",
            "SERVICE is not allowed",
            "This endpoint does not send queries on to other endpoints.",
            hint="ask the other endpoint yourself and put its answers into VALUES",
            line=found.service.line,
            column=found.service.column,
        )
    limits = (
        (found.nesting, settings.query_nesting, "braces and brackets may nest", found.deepest),
        (found.patterns, settings.query_patterns, "triple patterns may be", found.last_pattern),
        (found.groups, settings.query_groups, "groups in braces may be", found.last_group),
        (
            found.operators,
            settings.query_operators,
            "operators, calls and filters may be",
            found.last_operator,
        ),
    )
    for number, limit, what, place in limits:
        if number > limit:
            raise Problem(
                HTTPStatus.BAD_REQUEST,
                "too-complex",
                "The query is too complex",
                f"{number} is more than the {limit} that {what}.",
                hint="ask in several queries, or list values with VALUES",
                line=place.line,
                column=place.column,
            )
    return found


def _url_parameters() -> _Parameters:
    return _parsed(request.query_string)


def _post_parameters() -> _Parameters:
    """The parameters of a POST request, the query in the body among them."""
    in_url = _url_parameters()
    media_type = request.mimetype
    charset = request.mimetype_params.get("charset", "utf-8")
    if media_type == _UPDATE_TYPE:
        raise _read_only()
    if media_type not in (_FORM_TYPE, _QUERY_TYPE) or charset.lower() not in ("utf-8", "utf8"):
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "The request's content type is not supported",
            f"It is {shown(request.headers.get('Content-Type', ''))}.",
            hint=f"send {_QUERY_TYPE} or {_FORM_TYPE}, in UTF-8",
            headers={"Accept-Post": f"{_QUERY_TYPE}, {_FORM_TYPE}"},
        )
    try:
        body = request.get_data(cache=False)
    except ParseException:  # gunicorn's, for chunks that are none
        raise _bad_request("the request's body is broken off or no chunked coding") from None
    if media_type == _QUERY_TYPE:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise _not_utf8() from None
        return _joined(in_url, _Parameters({"query": (text,)}))
    return _joined(in_url, _parsed(body))


def _parsed(encoded: bytes) -> _Parameters:
    values: dict[str, tuple[str, ...]] = {}
    try:
        pairs = parse_qsl(
            encoded.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_PARAMETERS_LIMIT,
        )
    except UnicodeDecodeError:
        raise _not_utf8() from None
    except ValueError:
        raise _bad_request(f"there are more than {_PARAMETERS_LIMIT} parameters") from None
    for name, value in pairs:
        values[name] = (*values.get(name, ()), value)
    return _Parameters(values)


def _joined(first: _Parameters, second: _Parameters) -> _Parameters:
    names = {**first.values, **second.values}
    return _Parameters({name: first.all(name) + second.all(name) for name in names})


def _truncate(parameters: _Parameters, limits: Limits) -> tuple[bool, Limits]:
    """Whether a result over the limits shall be cut, and the limits.

    ``truncate=yes`` has it cut at the service's limits, ``truncate=1000`` behind 1,000 rows.
    """
    value = parameters.only("truncate") or "no"
    if value in ("yes", "no"):
        return value == "yes", limits
    if not re.fullmatch("[1-9][0-9]{0,8}", value, re.ASCII):
        raise _bad_request(
            f"truncate={shown(value)} is neither yes nor no nor a number of rows",
            hint="leave it out, or give the number of rows after which the result may be cut",
        )
    return True, replace(limits, rows=min(int(value), limits.rows or int(value)))


def _format(form: Form, parameters: _Parameters) -> Format:
    """The format of the answer: ``format=``, else what the Accept header likes best.

    ASK in CSV or TSV, which SPARQL 1.1 does not define, is the bare word ``true`` or ``false``.
    """
    triples = form in (Form.CONSTRUCT, Form.DESCRIBE)
    return _chosen(parameters, _with_page(RDF_FORMATS if triples else RESULT_FORMATS))


def _with_page(formats: Mapping[str, Format]) -> Mapping[str, Format]:
    """Formats, and the page, which only those get who like it better than all of them."""
    return {**formats, HTML.name: HTML}


def _chosen(parameters: _Parameters, formats: Mapping[str, Format]) -> Format:
    """The format named by ``format=``, else what the Accept header likes best.

    SPARQLWrapper names its format twice, in two spellings, of which one may be unknown.
    """
    names = [name for name in parameters.all("format") if name]
    if not names:
        return accepted(formats)
    named = {named_format(name, formats.values()) for name in names} - {None}
    if len(named) > 1:
        raise _bad_request("the parameter 'format' names several formats", hint="name one")
    chosen = next(iter(named), None)
    if chosen is None:
        raise not_acceptable(formats)
    return chosen


def _wants_page(parameters: _Parameters) -> bool:
    """Whether a query that has no answer was sent by a browser, to be shown on the page."""
    names = parameters.all("format")
    if any(names):
        return named_format(names[0], (HTML,)) is HTML
    formats = tuple(_with_page(RESULT_FORMATS).values())
    return negotiate(request.headers.get("Accept"), formats) is HTML


def _dataset(
    parameters: _Parameters,
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    default = parameters.all("default-graph-uri")
    named = parameters.all("named-graph-uri")
    for iri in default + named:
        if not is_iri(iri):
            raise _bad_request(f"{shown(iri)} is no absolute IRI", hint="give the graph's IRI")
    # Once one of the two is given, the data set has no graphs but the given ones.
    return (default, named) if default or named else (None, None)


def _describe_service(
    parameters: _Parameters, settings: Settings, engine: Engine, page: QueryPage
) -> Response:
    chosen = _chosen(parameters, _with_page(RDF_FORMATS))
    if chosen is HTML:
        return page.blank()
    begin(engine.release(), "service", request.url, chosen.name, settings)
    metadata, release = consistent(engine, settings, description.read_metadata)
    body = description.service_description(request.base_url, chosen, metadata, settings)
    response = Response(body, content_type=content_type(chosen))
    response.headers[RELEASE_HEADER] = release
    response.vary.add("Accept")
    return response


def _bad_request(detail: str, *, hint: str = "") -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST, "bad-request", "The request is malformed", detail, hint=hint
    )


def _not_utf8() -> Problem:
    return _bad_request("the request is not UTF-8", hint="encode the query in UTF-8")


def _read_only() -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "read-only",
        "The service is read-only",
        "This endpoint answers queries; it takes no updates. "
        "Its data change only when a new release is built and published.",
        hint="send a SELECT, ASK, CONSTRUCT or DESCRIBE query as 'query'",
    )
