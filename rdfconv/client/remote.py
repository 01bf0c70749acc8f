"""A server as a source: its SPARQL endpoint, asked over HTTP.

An answer is read to its end before anything is made of it, so that one that breaks off is an error
and never a part of the rows.
"""

from __future__ import annotations

import gzip
import http.client
import json
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Mapping
from email.message import Message
from importlib.metadata import version
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

import pyoxigraph

from rdfconv.client.answers import Answer, answer_of, of_triples
from rdfconv.client.errors import QueryError, ServiceError
from rdfconv.errors import UsageError, shown
from rdfconv.fetching.client import seconds
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS

ENDPOINT = "/sparql"
"""The path of the SPARQL endpoint of a server."""
RELEASE_HEADER = "TFLink-Release"
TRUNCATED_HEADER = "TFLink-Truncated"
LONGEST_WAIT = 60.0
"""For how many seconds at most a server that is busy is waited for."""

_RESULTS, _TRIPLES = RESULT_FORMATS["json"].media_type, RDF_FORMATS["nt"].media_type
_BUSY = (429, 503)
_EXCERPT = 200


def endpoint_of(url: str) -> str:
    """The address of the SPARQL endpoint of a server; addresses of endpoints stay as they are.

    >>> endpoint_of("http://127.0.0.1:8080/"), endpoint_of("https://example.org/tf/sparql")
    ('http://127.0.0.1:8080/sparql', 'https://example.org/tf/sparql')

    Raises:
        UsageError: that is no http(s) address.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{shown(url)} is no http address", hint="write https://host/")
    if parts.query or parts.fragment:
        raise UsageError(f"{shown(url)} has a part behind its path", hint="leave it out")
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path.removesuffix(ENDPOINT)}{ENDPOINT}"


class RemoteSource:
    """Asks a server. A server that is busy and says for how long is asked once more.

    Args:
        url: the server, or its SPARQL endpoint.
        timeout: seconds that the server may take until it sends something, and between two pieces
            of its answer.

    Raises:
        UsageError: that is no http(s) address.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._url = endpoint_of(url)
        self._timeout = timeout
        self._opener = urllib.request.build_opener(_NoRedirects)

    def ask(self, query: str) -> Answer:
        """The answer to a query.

        Raises:
            QueryError: it is not SPARQL.
            ServiceError: there is no answer, or no complete one.
        """
        body, headers = self._content(query)
        if headers.get(TRUNCATED_HEADER):
            raise ServiceError(f"{self._url} cut the answer: {headers[TRUNCATED_HEADER]}")
        release = headers.get(RELEASE_HEADER, "")
        try:
            return _read(body, headers.get_content_type(), release)
        except (SyntaxError, ValueError) as error:
            raise ServiceError(
                f"{self._url} sent what is no SPARQL result: {error}",
                hint="is this the address of a SPARQL endpoint?",
            ) from error

    def close(self) -> None:
        """Nothing is kept open between queries."""

    def _content(self, query: str) -> tuple[bytes, Message]:
        """The body of the answer and its headers; of the second answer if the first says when."""
        try:
            return self._post(query)
        except ServiceError as error:
            wait = error.retry_after
            if error.status not in _BUSY or wait is None or wait > LONGEST_WAIT:
                raise
        time.sleep(wait)
        return self._post(query)

    def _post(self, query: str) -> tuple[bytes, Message]:
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            self._url,
            urlencode({"query": query}).encode(),
            {
                "Accept": f"{_RESULTS}, {_TRIPLES};q=0.9",
                "Accept-Encoding": "gzip",
                "User-Agent": f"rdfconv-client/{version('rdfconv')}",
            },
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as reply:
                return _body(reply, reply.headers), reply.headers
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error) from error
        except (http.client.IncompleteRead, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ServiceError(
                f"the answer of {self._url} broke off: nothing of it is used",
                hint="ask again, or ask for less: the server may have reached its limits",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise ServiceError(
                f"{self._url} cannot be asked: {reason}", hint="check the address; try again later"
            ) from error

    def _refusal(self, error: urllib.error.HTTPError) -> QueryError | ServiceError:
        """The error that an HTTP status stands for."""
        told = _problem(error)
        detail = str(told.get("detail") or told.get("title") or error.reason)
        hint = str(told.get("hint") or "")
        if error.code == 400:
            line, column = told.get("line"), told.get("column")
            what = "the query is not SPARQL" if _is_syntax(told) else "the query was refused"
            return QueryError(f"{what}: {detail}", line=line, column=column, hint=hint)
        if error.code == 404:
            detail, hint = "there is no SPARQL endpoint", "check the address"
        elif 300 <= error.code < 400:
            detail, hint = "it has moved", f"use {error.headers.get('Location', 'its new address')}"
        return ServiceError(
            f"{self._url} answered {error.code}: {detail}",
            status=error.code,
            retry_after=seconds(error.headers.get("Retry-After", "")),
            hint=hint,
        )


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirected POST would lose its query."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        """Follows none."""


def _body(reply: IO[bytes], headers: Message) -> bytes:
    content = reply.read()
    return gzip.decompress(content) if headers.get("Content-Encoding") == "gzip" else content


def _read(body: bytes, media_type: str, release: str) -> Answer:
    if media_type == _TRIPLES:
        quads = pyoxigraph.parse(body, pyoxigraph.RdfFormat.N_TRIPLES)
        return of_triples(sorted({quad.triple for quad in quads}, key=str), release)
    if media_type != _RESULTS:
        raise ValueError(f"its media type is {media_type}")
    return answer_of(
        pyoxigraph.parse_query_results(body, pyoxigraph.QueryResultsFormat.JSON), release
    )


def _problem(error: urllib.error.HTTPError) -> Mapping[str, Any]:
    """The members of problem details (RFC 9457); empty if there are none."""
    try:
        content = _body(error, error.headers)
        if error.headers.get_content_type() != "application/problem+json":
            return {"detail": content[:_EXCERPT].decode("utf-8", "replace").strip()}
        told = json.loads(content)
    except (OSError, http.client.HTTPException, EOFError, zlib.error, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _is_syntax(told: Mapping[str, Any]) -> bool:
    return str(told.get("type", "")).endswith("/syntax")
