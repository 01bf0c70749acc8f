"""The answer of an engine as an HTTP answer, sent while it comes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

from flask import Response, request

from rdfconv.formats import Format
from server.engine import Answer
from server.problems import Problem

RELEASE_HEADER = "TFLink-Release"
"""The header that names the release an answer comes from."""
TRUNCATED_HEADER = "TFLink-Truncated"
"""The header that tells to how many rows an answer was cut: ``rows=1000``."""
HELD_BYTES = 3
"""How many bytes of an answer are kept back until more come: no ``.`` or end of a line comes last
in what is broken off, so that the formats of lines, too, are broken in the middle of one."""
SPOOL_BYTES = 16 << 20
"""How large an answer to an HTTP/1.0 client may be: only its length tells it from a broken one."""


def stream(answer: Answer, fmt: Format) -> Response:
    """The answer of an engine as an HTTP answer, sent while it comes.

    If the answer breaks off, the connection is closed without the final chunk, so that no client
    takes what it got for the whole. HTTP/1.0 has no chunks: such a client gets it at once.

    Raises:
        EngineError: the answer broke off before anything was sent.
        Problem: the answer is too large for HTTP/1.0.
    """
    if _without_chunks() and request.method != "HEAD":
        response = Response(_spooled(answer))
    else:
        response = Response(_held_back(answer.chunks))
    response.call_on_close(answer.close)
    response.content_type = content_type(fmt)
    response.headers[RELEASE_HEADER] = answer.release
    if answer.truncated:
        response.headers[TRUNCATED_HEADER] = answer.truncated
    response.vary.add("Accept")
    return response


def _without_chunks() -> bool:
    """Whether the client speaks HTTP/1.0, here or with the proxy that tells so in ``Via``."""
    via = request.headers.get("Via", "")
    hops = re.findall(r"(?:^|,)\s*(?:HTTP/)?(\d(?:\.\d)?)\s", via, re.IGNORECASE)
    return request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0" or "1.0" in hops


def _held_back(chunks: Iterator[bytes]) -> Iterator[bytes]:
    held = b""
    for chunk in chunks:
        data = held + chunk
        held = data[-HELD_BYTES:]
        if len(data) > HELD_BYTES:
            yield data[:-HELD_BYTES]
    if held:
        yield held


def content_type(fmt: Format) -> str:
    """The Content-Type header of a format: text types name the charset, which is UTF-8."""
    text = fmt.media_type.startswith("text/")
    return f"{fmt.media_type}; charset=utf-8" if text else fmt.media_type


def _spooled(answer: Answer) -> bytes:
    parts, size = [], 0
    try:
        for chunk in answer.chunks:
            parts.append(chunk)
            size += len(chunk)
            if size > SPOOL_BYTES:
                raise Problem(
                    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED,
                    "http-version",
                    "The answer is too large for HTTP/1.0",
                    f"An answer of more than {SPOOL_BYTES} bytes needs HTTP/1.1.",
                    hint="use HTTP/1.1; with nginx in front, set 'proxy_http_version 1.1'",
                )
    finally:
        answer.close()
    return b"".join(parts)
