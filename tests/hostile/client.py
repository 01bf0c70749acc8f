"""Clients that no library lets one be: raw bytes in, and what became of it out."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

PATIENCE = 60.0
"""Seconds after which a server that says nothing counts as hanging."""
HANGS = "hangs"
CLOSED = "closed"
BROKEN = "broken off"


@dataclass(frozen=True, slots=True)
class Target:
    """A server under test."""

    url: str

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        """A connection."""
        with socket.create_connection(self.address, timeout=PATIENCE) as connection:
            yield connection

    def send(self, request: bytes) -> str:
        """Sends bytes on a connection of their own; tells what came back, as `outcome`."""
        with self.connected() as connection:
            # It may have answered before it had read everything.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(request)
            return outcome(connection)

    def get(self, path: str, *headers: str) -> str:
        """A GET request of exactly this path."""
        return self.send(head("GET", path, *headers) + b"\r\n")

    def query(self, text: str | bytes, *headers: str) -> str:
        """A query by POST."""
        return self.post(text, "application/sparql-query", *headers)

    def form(self, body: str, *headers: str) -> str:
        """A POST of a form, as it is given."""
        return self.post(body, "application/x-www-form-urlencoded", *headers)

    def post(self, body: str | bytes, content_type: str, *headers: str) -> str:
        """A POST to the endpoint."""
        data = body.encode() if isinstance(body, str) else body
        more = (f"Content-Type: {content_type}", f"Content-Length: {len(data)}", *headers)
        return self.send(head("POST", "/sparql", *more) + b"\r\n" + data)


def head(method: str, path: str, *headers: str) -> bytes:
    """A request's line and headers, without the empty line at the end."""
    lines = (f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers)
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1", "surrogateescape")


def query_path(text: str, **parameters: str) -> str:
    """The path of a query by GET."""
    more = "".join(f"&{name}={quote(value, safe='')}" for name, value in parameters.items())
    return f"/sparql?query={quote(text, safe='')}{more}"


def outcome(connection: socket.socket) -> str:
    """What a server did: the status; followed by "broken off" if the answer ended before its end;
    "closed" without a word; or "hangs"."""
    received = bytearray()
    try:
        while chunk := connection.recv(1 << 16):
            received += chunk
            if len(received) > 1 << 30:
                return "endless"
    except TimeoutError:
        return HANGS
    except ConnectionResetError:
        pass
    return judged(bytes(received))


def judged(received: bytes) -> str:
    """What an answer on a connection that was closed amounts to."""
    top, _, body = received.partition(b"\r\n\r\n")
    first, *headers = top.decode("latin-1").split("\r\n")
    if not first.startswith("HTTP/"):
        return CLOSED
    status = first.split()[1]
    fields = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in headers)}
    if fields.get("transfer-encoding") == "chunked":
        whole = body.endswith(b"0\r\n\r\n")
    else:
        whole = len(body) == int(fields.get("content-length", len(body)))
    return status if whole else f"{status} {BROKEN}"
