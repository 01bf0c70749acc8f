"""A relay on loopback that passes requests on to a server and remembers them."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.conftest import PATIENCE

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "accept-encoding"}
"""Headers that are not passed on; without the last the answers can be read."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was passed on, and its answer.

    Attributes:
        method: GET, POST ...
        path: the path without parameters.
        parameters: those of the address and of a form; a query sent as such is ``query``, too.
        accept: the header.
        agent: the header User-Agent.
        status: of the answer.
        media_type: of the answer.
        body: of the answer.
    """

    method: str
    path: str
    parameters: dict[str, list[str]]
    accept: str
    agent: str
    status: int
    media_type: str
    body: bytes = field(repr=False)

    @property
    def query(self) -> str:
        """The query; "" if there is none."""
        return self.parameters.get("query", [""])[0]


class Relay:
    """What was passed on since the last look.

    Attributes:
        url: where the relay listens.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._requests: list[Request] = []
        self._lock = threading.Lock()

    def note(self, request: Request) -> None:
        """Remembers a request."""
        with self._lock:
            self._requests.append(request)

    def taken(self) -> list[Request]:
        """The requests since the last call, in the order of their answers."""
        with self._lock:
            found, self._requests = self._requests, []
        return found


@contextmanager
def relayed(target: str) -> Iterator[Relay]:
    """A relay to a server.

    Args:
        target: the server's address, without a path.
    """

    class Handler(_Handler):
        host = urlsplit(target).netloc

    with _Server(("127.0.0.1", 0), Handler) as server:
        Handler.relay = Relay(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Handler.relay
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing of clients that break off; what was lost shows in the answers."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host: ClassVar[str]
    relay: ClassVar[Relay]

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _pass_on(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        address = urlsplit(self.path)
        kind = self.headers.get_content_type()
        parameters = parse_qs(address.query)
        if kind == "application/sparql-query":
            parameters["query"] = [sent.decode()]
        elif sent:
            parameters |= parse_qs(sent.decode())
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        try:
            connection.request(self.command, self.path, sent or None, headers)
            reply = connection.getresponse()
            body = reply.read()
        finally:
            connection.close()
        self.relay.note(
            Request(
                self.command,
                address.path,
                parameters,
                self.headers.get("Accept", ""),
                self.headers.get("User-Agent", ""),
                reply.status,
                reply.msg.get_content_type(),
                body,
            )
        )
        self.send_response_only(reply.status, reply.reason)
        for name, value in reply.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = do_OPTIONS = _pass_on
