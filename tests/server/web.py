"""A small HTTP client for tests: one request, everything of the reply."""

from __future__ import annotations

import http.client
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import rdflib

TIMEOUT = 60.0
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"


@dataclass(frozen=True)
class Reply:
    """An HTTP reply, read to the end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def media_type(self) -> str:
        return self.headers.get_content_type()

    def graph(self) -> rdflib.Graph:
        """The body as a graph; rdflib is an independent reader of what pyoxigraph wrote."""
        names = {"application/n-triples": "nt", "application/ld+json": "json-ld"}
        names |= {"text/turtle": "turtle", "application/rdf+xml": "xml"}
        with warnings.catch_warnings():
            # rdflib's own JSON-LD reader uses what rdflib has deprecated.
            warnings.simplefilter("ignore", DeprecationWarning)
            return rdflib.Graph().parse(data=self.body, format=names[self.media_type])


def fetch(
    url: str,
    *,
    method: str = "GET",
    accept: str | None = None,
    content_type: str | None = None,
    body: bytes | None = None,
    query: Mapping[str, str] | list[tuple[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Sends one request.

    Args:
        url: the address.
        query: parameters put behind the address.
        headers: more headers.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if query is not None:
        target += f"?{urlencode(query)}"
    wanted = {"Accept": accept, "Content-Type": content_type, **(headers or {})}
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        sent = {name: value for name, value in wanted.items() if value is not None}
        connection.request(method, target, body, sent)
        reply = connection.getresponse()
        return Reply(reply.status, reply.msg, reply.read())
    finally:
        connection.close()


def ask(url: str, text: str, way: str = "get", accept: str | None = None, **more: str) -> Reply:
    """Sends a query to an endpoint in one of the protocol's three ways."""
    parameters = {"query": text, **more}
    if way == "get":
        return fetch(url, accept=accept, query=parameters)
    if way == "form":
        body = urlencode(parameters).encode()
        return fetch(url, method="POST", accept=accept, content_type=FORM, body=body)
    return fetch(
        url, method="POST", accept=accept, content_type=DIRECT, body=text.encode(), query=more
    )
