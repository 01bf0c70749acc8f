"""The one place that turns errors into HTTP answers.

An answer says what is wrong, where, and what to do next: as RFC 9457 problem details
(``application/problem+json``), as plain text or as a page, as the Accept header likes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from rdfconv.edges.reader import SlowError
from rdfconv.errors import RdfconvError, ReleaseError, UsageError
from rdfconv.formats import Format
from rdfconv.identifiers import BASE
from server.engine import EngineError, ErrorKind
from server.negotiation import HTML, negotiate
from server.query_hints import excerpt, not_blank, unknown_prefix
from server.query_text import QueryText, QueryTextError, place_of

PROBLEM = Format("problem", "problem details", "application/problem+json",
                 ("application/json",), (), False, "")  # fmt: skip
PLAIN = Format("text", "plain text", "text/plain", (), (".txt",), False, "")

_HTTP = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-large"}
"""The names of statuses that have another than their phrase."""

RETRY_SECONDS = 5
"""What ``Retry-After`` says when all query workers are busy."""

_ENGINE: Mapping[ErrorKind, tuple[HTTPStatus, str, str]] = {
    ErrorKind.SYNTAX: (
        HTTPStatus.BAD_REQUEST,
        "The query is not SPARQL",
        "correct the query at the place named, or shortly before it",
    ),
    ErrorKind.EVALUATION: (
        HTTPStatus.BAD_REQUEST,
        "The query cannot be answered",
        "ask in another way, or for another format",
    ),
    ErrorKind.TIMEOUT: (
        HTTPStatus.GATEWAY_TIMEOUT,
        "The query took too long",
        "put the most selective triple pattern first, bind values with VALUES, or add a LIMIT",
    ),
    ErrorKind.MEMORY: (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The query needs too much memory",
        "leave out ORDER BY, DISTINCT or GROUP BY, or ask for less",
    ),
    ErrorKind.LARGE: (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The answer is too large",
        "add a LIMIT, ask for less, or take what there is up to the limit with truncate=yes",
    ),
    ErrorKind.BUDGET: (
        HTTPStatus.TOO_MANY_REQUESTS,
        "You send too many queries",
        "send one query after the other; the header RateLimit tells what is left",
    ),
    ErrorKind.BUSY: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The service is busy",
        "try again in a few seconds",
    ),
    ErrorKind.CRASHED: (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The query could not be completed",
        "make the query simpler; deep nesting and very long expressions are the usual causes",
    ),
    ErrorKind.CANCELLED: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The query was cancelled",
        "send it again if you still need the answer",
    ),
    ErrorKind.REFUSED: (
        HTTPStatus.FORBIDDEN,
        "This endpoint may not be asked by SERVICE",
        "ask it yourself and put its answers into VALUES",
    ),
    ErrorKind.SHAPE: (
        HTTPStatus.BAD_REQUEST,
        "SERVICE cannot be answered in this place",
        "let it stand in the main group, in OPTIONAL, UNION or a subselect",
    ),
    ErrorKind.REMOTE: (
        HTTPStatus.BAD_GATEWAY,
        "Another endpoint gives no answer",
        "try again later, ask it for less, or write SERVICE SILENT to go on without it",
    ),
    ErrorKind.UNAVAILABLE: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The service is not available",
        "try again later",
    ),
}


_RDFCONV: Mapping[type[RdfconvError], tuple[HTTPStatus, str, str]] = {
    UsageError: (HTTPStatus.BAD_REQUEST, "bad-request", "The request is malformed"),
    SlowError: (HTTPStatus.GATEWAY_TIMEOUT, "timeout", "The list took too long"),
    ReleaseError: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        "The service is not available",
    ),
}


class Problem(Exception):  # noqa: N818 (RFC 9457 calls it so)
    """An HTTP answer that is not the one asked for.

    Args:
        status: the HTTP status.
        name: the kind of problem, one word or more joined by hyphens.
        title: what is wrong, the same text for every problem of the kind.
        detail: what is wrong here.
        hint: what to do next.
        line: the 1-based line in the query, if the problem has a place.
        column: the 1-based column in that line.
        headers: more headers of the answer.
        available: what there is, where something else was asked for: label and name or address.
        excerpt: the query's line with a caret under the column.
    """

    def __init__(
        self,
        status: HTTPStatus,
        name: str,
        title: str,
        detail: str = "",
        *,
        hint: str = "",
        line: int | None = None,
        column: int | None = None,
        headers: Mapping[str, str] | None = None,
        available: Mapping[str, str] | None = None,
        excerpt: str = "",
    ) -> None:
        super().__init__(title)
        self.status = status
        self.name = name
        self.title = title
        self.detail = detail
        self.hint = hint
        self.line = line
        self.column = column
        self.headers = dict(headers or {})
        self.available = dict(available or {})
        self.excerpt = excerpt

    def members(self) -> dict[str, object]:
        """The members of the problem details; those that say nothing are left out."""
        members = {
            "type": f"{BASE}problem/{self.name}",
            "title": self.title,
            "status": int(self.status),
            "detail": self.detail,
            "line": self.line,
            "column": self.column,
            "excerpt": self.excerpt,
            "hint": self.hint,
            "available": self.available,
        }
        return {name: value for name, value in members.items() if value not in (None, "", {})}

    def text(self) -> str:
        """The problem as plain text."""
        place = "" if self.line is None else f"line {self.line}, column {self.column}: "
        lines = [f"{int(self.status)} {self.title}", place + self.detail, self.excerpt, self.hint]
        lines += [f"  {name}: {value}" for name, value in self.available.items()]
        return "\n".join(line for line in lines if line) + "\n"


def accepted(formats: Mapping[str, Format]) -> Format:
    """The format that the request's Accept header likes best.

    Args:
        formats: as for `not_acceptable`; the preferred one first.

    Raises:
        Problem: none of them pleases.
    """
    fmt = negotiate(request.headers.get("Accept"), tuple(formats.values()))
    if fmt is None:
        raise not_acceptable(formats)
    return fmt


def not_acceptable(formats: Mapping[str, Format]) -> Problem:
    """The problem of a request that none of the formats pleases.

    Args:
        formats: what there is, by the name that ``format=`` or a suffix takes.
    """
    available = {name: fmt.media_type for name, fmt in formats.items()}
    return Problem(
        HTTPStatus.NOT_ACCEPTABLE,
        "not-acceptable",
        "There is no answer in that format",
        f"There is: {', '.join(available.values())}",
        hint="name one of these in the Accept header",
        headers={"Vary": "Accept"},
        available=available,
    )


def problem_of(error: Exception) -> Problem:
    """The problem that an exception stands for; unknown ones are the server's fault."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, EngineError):
        status, title, hint = _ENGINE[error.kind]
        return Problem(
            status,
            error.kind.value,
            title,
            error.message,
            hint=hint,
            line=error.line,
            column=error.column,
            headers=(
                {"Retry-After": str(error.retry or RETRY_SECONDS)}
                if error.retry or status is HTTPStatus.SERVICE_UNAVAILABLE
                else None
            ),
        )
    if isinstance(error, QueryTextError):
        return Problem(
            HTTPStatus.BAD_REQUEST,
            "syntax",
            "The query is not SPARQL",
            error.message,
            hint=error.hint,
            line=error.place.line,
            column=error.place.column,
        )
    if isinstance(error, RdfconvError):
        return _of_rdfconv(error)
    if isinstance(error, HTTPException) and error.code is not None:
        return _of_http(error, HTTPStatus(error.code))
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "The server made a mistake",
        hint="tell the operator what you asked for and when",
    )


def _of_rdfconv(error: RdfconvError) -> Problem:
    """The problem of a request whose parameters are wrong, or of a list that cannot be read."""
    status, name, title = _RDFCONV.get(
        type(error),
        (HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "The server made a mistake"),
    )
    return Problem(status, name, title, error.message, hint=error.hint)


def _of_http(error: HTTPException, status: HTTPStatus) -> Problem:
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted({*error.valid_methods, "OPTIONS"}))
    hints = {
        HTTPStatus.NOT_FOUND: "the start page / links everything there is",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "send a shorter query",
        HTTPStatus.METHOD_NOT_ALLOWED: f"use one of {headers.get('Allow', 'GET')}",
    }
    return Problem(
        status,
        _HTTP.get(status, status.phrase.lower().replace(" ", "-")),
        status.phrase,
        hint=hints.get(status, ""),
        headers=headers,
    )


@contextmanager
def showing(text: str, found: QueryText | None = None) -> Iterator[None]:
    """Has the problems of a query show the place in it, and what may have been meant.

    Args:
        text: the query.
        found: what was found in it, if it was looked through already.
    """
    try:
        yield
    except (Problem, EngineError, QueryTextError) as error:
        problem = problem_of(error)
        if found is not None and problem.name == "syntax":
            # The engine's parser names an unknown prefix only if nothing else comes behind it.
            unknown = unknown_prefix(found)
            if unknown is not None:
                problem.detail, problem.hint, offset = unknown
                place = place_of(text, offset)
                problem.line, problem.column = place.line, place.column
            elif problem.line is not None and problem.column is not None:
                problem.line, problem.column = not_blank(text, problem.line, problem.column)
        if problem.line is not None and problem.column is not None and not problem.excerpt:
            problem.excerpt = excerpt(text, problem.line, problem.column)
        raise problem from error


def respond(problem: Problem) -> Response:
    """The answer for a problem, in the format that the request likes best."""
    fmt = negotiate(request.headers.get("Accept"), (PROBLEM, HTML, PLAIN)) or PROBLEM
    if fmt is HTML:
        body = render_template("problem.html", problem=problem)
    elif fmt is PLAIN:
        body = problem.text()
    else:
        named = {"instance": f"urn:uuid:{g.request_id}"} if "request_id" in g else {}
        body = json.dumps(problem.members() | named, ensure_ascii=False) + "\n"
    response = Response(body, int(problem.status), problem.headers)
    response.content_type = fmt.media_type if fmt is PROBLEM else f"{fmt.media_type}; charset=utf-8"
    response.vary.add("Accept")
    return response


def install(app: Flask) -> None:
    """Has all errors of an application answered here."""

    def handle(error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
            return Response(error.get_response().get_data(), error.code, error.get_headers())
        problem = problem_of(error)
        if problem.name == "internal":
            app.logger.error(
                "a request failed: %r (%s)", request.path, g.get("request_id", ""), exc_info=error
            )
        return respond(problem)

    app.register_error_handler(Exception, handle)
