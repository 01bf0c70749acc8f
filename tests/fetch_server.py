"""A web server on loopback that has files, and misbehaves as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHANGED = "Tue, 01 Mar 2022 10:00:00 GMT"


@dataclass(frozen=True)
class Document:
    """A file that a server has."""

    content: bytes
    etag: str = '"1"'
    last_modified: str = CHANGED


@dataclass(frozen=True)
class Answer:
    """How one request is answered; the defaults are those of a good server.

    Attributes:
        status: instead of 200; the content is then a short text.
        headers: beside or instead of the usual ones; an empty value leaves the header out.
        cut: how many bytes of the body are sent before the connection is cut.
        stall: whether nothing more comes after those bytes, instead of the cut.
        chunked: whether the body comes in chunks, without its length.
        ignore_range: whether all is sent, also if a part was asked for.
        ignore_if_range: whether a part is sent, also of another version.
        at_most: how many bytes a part has.
        extra: what is sent behind a part.
        before: called before the answer.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    stall: bool = False
    chunked: bool = False
    ignore_range: bool = False
    ignore_if_range: bool = False
    at_most: int | None = None
    extra: bytes = b""
    before: Callable[[], None] = lambda: None


@dataclass
class Asked:
    """A request that came, and how many bytes of a body were sent for it."""

    path: str
    headers: Mapping[str, str]
    status: int = 0
    sent: int = 0


class FileServer(ThreadingHTTPServer):
    """Serves `documents` by name; `script` holds the answers to the next requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.documents: dict[str, Document] = {}
        self.script: list[Answer] = []
        self.always = Answer()
        self.asked: list[Asked] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        """The address of the folder that the files lie in."""
        return f"http://127.0.0.1:{self.server_port}/files/"

    @property
    def sent(self) -> int:
        """The bytes of all bodies."""
        return sum(one.sent for one in self.asked)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are part of the tests."""


@contextmanager
def file_server() -> Iterator[FileServer]:
    """A server for a while."""
    with FileServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: FileServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self.close_connection = True
        asked = Asked(self.path, dict(self.headers.items()))
        self.server.asked.append(asked)
        answer = self.server.script.pop(0) if self.server.script else self.server.always
        answer.before()
        document = self.server.documents.get(self.path.rpartition("/")[2])
        headers: dict[str, str] = {}
        if answer.status or document is None:
            asked.status, body = answer.status or 404, b"<html>no</html>"
        else:
            asked.status, headers, body = self._document(document, answer)
        headers |= {"Content-Length": str(len(body))}
        if answer.chunked:
            headers |= {"Content-Length": "", "Transfer-Encoding": "chunked"}
        self.send_response(asked.status)
        for name, value in (headers | dict(answer.headers)).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self._send(body, answer, asked)

    def _document(self, document: Document, answer: Answer) -> tuple[int, dict[str, str], bytes]:
        """The status, the headers and the body that a document is answered with."""
        versions = (document.etag, document.last_modified)
        headers = {
            "ETag": document.etag,
            "Last-Modified": document.last_modified,
            "Content-Type": "application/octet-stream",
        }
        tags = {self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")}
        if tags & {version for version in versions if version}:
            return 304, headers, b""
        span = self.headers.get("Range", "")
        fresh = self.headers.get("If-Range") in versions or answer.ignore_if_range
        if not span or answer.ignore_range or not fresh:
            return 200, headers, document.content
        start, size = int(span.removeprefix("bytes=").rstrip("-")), len(document.content)
        if start >= size:
            return 416, headers | {"Content-Range": f"bytes */{size}"}, b""
        part = document.content[start:][: answer.at_most]
        headers["Content-Range"] = f"bytes {start}-{start + len(part) - 1}/{size}"
        return 206, headers, part + answer.extra

    def _send(self, body: bytes, answer: Answer, asked: Asked) -> None:
        sent = body[: answer.cut]
        pieces = [sent[at : at + 10_000] for at in range(0, len(sent), 10_000)]
        for piece in pieces:
            framed = b"%x\r\n%b\r\n" % (len(piece), piece) if answer.chunked else piece
            # Counted first: who has read the last piece may look at once.
            asked.sent += len(piece)
            self.wfile.write(framed)
        if answer.chunked and answer.cut is None:
            self.wfile.write(b"0\r\n\r\n")
        if answer.stall:
            self.wfile.flush()
            self.server.ended.wait()
