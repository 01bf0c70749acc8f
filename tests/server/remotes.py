"""SPARQL endpoints on loopback that misbehave as told, and a trap that counts who comes."""

from __future__ import annotations

import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import pytest

from server.remote import Caps, Remote, RemoteError
from server.remote.client import Cancel, Client
from tests.conftest import PATIENCE

XML = "application/sparql-results+xml"
JSON = "application/sparql-results+json"
END = b"\r\n\r\n"
"""What a head ends with."""
TLS = b"\x16"
"""What a client begins TLS with."""
SECRET = "the-secret-of-the-remote"
"""Stands in bodies and headers, and never in an error."""


def xml_results(*values: str, variable: str = "x") -> bytes:
    """A table of one column with literals."""
    rows = "".join(
        f'<result><binding name="{variable}"><literal>{value}</literal></binding></result>'
        for value in values
    )
    return (
        '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#">'
        f'<head><variable name="{variable}"/></head><results>{rows}</results></sparql>'
    ).encode()


def http_answer(
    body: bytes,
    media_type: str = XML,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    length: int | None = None,
) -> bytes:
    """An answer as it stands on the wire; `length` instead of the body's."""
    lines = {
        "Content-Type": media_type,
        "Content-Length": str(len(body) if length is None else length),
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/1.1 {status} Whatever {SECRET}\r\n{head}\r\n".encode() + body


def framed(body: bytes, framing: str, *, packed: bool = False, end: bool = True) -> bytes:
    """An answer whose end shows by its length, by its chunks or by the connection's end."""
    headers = {"Content-Encoding": "gzip" if packed else ""}
    if framing == "length":
        return http_answer(body, headers=headers)
    if framing == "close":
        return http_answer(body, headers={"Content-Length": "", "Connection": "close", **headers})
    parts = [body[start : start + 999] for start in range(0, len(body), 999)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    head = http_answer(
        b"", headers={"Content-Length": "", "Transfer-Encoding": "chunked", **headers}
    )
    return head + chunks + (b"0\r\n\r\n" if end else b"")


@dataclass
class Visit:
    """A request that came, and the connection that it came over.

    Attributes:
        number: how many came before it, in all.
        path: with the query.
        headers: by name in lower case.
        form: the fields of the body.
        ended: set when the endpoint stops.
    """

    number: int
    path: str
    headers: Mapping[str, str]
    form: list[tuple[str, str]]
    ended: threading.Event
    connection: socket.socket = field(repr=False)

    def send(self, content: bytes) -> None:
        """Sends bytes; raises OSError if the client has gone."""
        self.connection.sendall(content)

    def drip(self, content: bytes, seconds: float = 0.05) -> None:
        """Sends one byte at a time."""
        for byte in content:
            if self.ended.wait(seconds):
                return
            self.send(bytes([byte]))

    def stall(self) -> None:
        """Does nothing until the endpoint stops."""
        self.ended.wait()


Behaviour = Callable[[Visit], bool | None]
"""Answers a request; the connection goes on if it returns True."""


class Endpoint:
    """Answers each request as `behaviour` does.

    Attributes:
        visits: the requests that came.
        connections: how many connections were made.
    """

    def __init__(self, behaviour: Behaviour, host: str = "127.0.0.1", port: int = 0) -> None:
        self.behaviour = behaviour
        self.visits: list[Visit] = []
        self.connections = 0
        self.tls: ssl.SSLContext | None = None
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((host, port))
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """The endpoint's address."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/sparql"

    @property
    def remote(self) -> Remote:
        """The endpoint, named by an operator."""
        return Remote(self.url, private=True)

    def start(self) -> None:
        self._begin(self._listen)

    def stop(self) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _begin(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._begin(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(0.05)
            if self.tls:
                connection.settimeout(10)
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                while self._answer(connection):
                    pass

    def _answer(self, connection: socket.socket) -> bool:
        got = self._received(connection, b"", lambda got: got[:1] == TLS or END in got)
        head, _, body = got.partition(END)
        if got[:1] == TLS:
            connection.sendall(http_answer(b"", status=400))
        if not head or got[:1] == TLS:
            return False
        request, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
        }
        size = int(headers.get("content-length", "0"))
        body = self._received(connection, body, lambda got: len(got) >= size)
        form = parse_qsl(body.decode(), keep_blank_values=True)
        visit = Visit(len(self.visits), request.split()[1], headers, form, self._ended, connection)
        self.visits.append(visit)
        connection.settimeout(2)
        return bool(self.behaviour(visit))

    def _received(
        self, connection: socket.socket, got: bytes, enough: Callable[[bytes], bool]
    ) -> bytes:
        connection.settimeout(0.05)
        while not enough(got):
            try:
                block = connection.recv(1 << 16)
            except TimeoutError:
                if self._ended.is_set():
                    return b""
                continue
            if not block:
                return b""
            got += block
        return got


@contextmanager
def endpoint(behaviour: Behaviour, host: str = "127.0.0.1", port: int = 0) -> Iterator[Endpoint]:
    """An endpoint for a while."""
    running = Endpoint(behaviour, host, port)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def always(content: bytes, *, keep: bool = True) -> Behaviour:
    """Answers every request with the same bytes."""

    def behave(visit: Visit) -> bool:
        visit.send(content)
        return keep

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Answers the first request as the first one does, and so on; the last one goes on."""
    return lambda visit: behaviours[min(visit.number, len(behaviours) - 1)](visit)


@dataclass
class Trap:
    """Where nobody may ever come: counts connections on every address of this machine."""

    port: int
    count: int = 0


@contextmanager
def trap() -> Iterator[Trap]:
    """A trap for a while."""
    dual = socket.has_dualstack_ipv6()
    family, host = (socket.AF_INET6, "::") if dual else (socket.AF_INET, "0.0.0.0")
    listener = socket.create_server((host, 0), family=family, dualstack_ipv6=dual, backlog=64)
    found = Trap(listener.getsockname()[1])

    def count() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            found.count += 1
            connection.close()

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield found
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


class Names:
    """A name server that says what it is told: one list of addresses a look-up, the last for good.

    Attributes:
        asked: the hosts that were looked up.
    """

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[tuple[Any, Any, Any, str, tuple[Any, ...]]]:
        self.asked.append(host)
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            answer
            for address in found
            for answer in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
        ]


QUERY = "SELECT * { ?s ?p 'é&=+' }"
CAPS = Caps(seconds=PATIENCE, connect_seconds=PATIENCE, size=1 << 20)


def asked(
    client: Client,
    remote: Remote,
    caps: Caps = CAPS,
    *,
    cancel: Cancel | None = None,
    parameters: Sequence[tuple[str, str]] = (),
) -> bytes:
    """The whole answer to `QUERY`."""
    with client.post(remote, QUERY, XML, caps, cancel or Cancel(), parameters) as reply:
        return reply.read()


def failure(client: Client, remote: Remote, caps: Caps = CAPS) -> RemoteError:
    """What goes wrong when `QUERY` is asked; see `failing`."""
    return failing(lambda: asked(client, remote, caps))


def failing(read: Callable[[], object]) -> RemoteError:
    """What goes wrong; nothing that the remote wrote is in it, nor in its traceback."""
    with pytest.raises(RemoteError) as caught:
        read()
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in told
    assert "During handling" not in told
    assert "SyntaxError" not in told
    return caught.value


class Cut:
    """An answer that ends early without the connection telling; stands in for `Reply`, so that
    each place can be tried."""

    def __init__(self, body: bytes, media_type: str) -> None:
        self.media_type = media_type
        self._body = body

    def read(self, size: int = -1) -> bytes:
        size = len(self._body) if size < 0 else size
        block, self._body = self._body[:size], self._body[size:]
        return block

    def header(self, name: str) -> str:
        return ""

    def close(self) -> None:
        """Nothing to close."""
