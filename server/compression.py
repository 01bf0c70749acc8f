"""Content coding (RFC 9110, section 12.5.3): gzip for clients that ask for it.

A stream is compressed block by block, and each block can be read when it arrives. If the answer
breaks off, the compressed stream lacks its end, as the answer does.

>>> choose("br, gzip;q=0.8").name, choose("gzip;q=0.2, identity").name, choose("*;q=0")
('gzip', '', None)
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import NamedTuple

from flask import Flask, Response, g, request

from server.engine import Answer
from server.problems import Problem

SMALL = 1024
"""A body of fewer bytes is not worth compressing."""
LEVEL = 5
BLOCK = 8 << 10
"""How much of a stream is compressed and sent at once; pyoxigraph writes as much at once."""

_UNSAID = 0.0001
_GZIP = ("gzip", "x-gzip")
_ELEMENT = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*)?",
    re.IGNORECASE,
)
_TEXTUAL = re.compile(
    r"text/.*|.*\+(?:json|xml)|application/(?:json|xml|n-triples|n-quads|trig|sparql-query)"
)


class Coding(NamedTuple):
    """A content coding: its name, "" for none, and whether the client takes no other."""

    name: str
    only: bool = False


def choose(header: str | None) -> Coding | None:
    """The coding that an Accept-Encoding header likes best.

    Without the header nothing is compressed. Elements that are malformed do not count.

    Returns:
        None if all that there is are refused.
    """
    if header is None:
        return Coding("")
    qualities: dict[str, float] = {}
    for element in header.split(","):
        match = _ELEMENT.fullmatch(element.strip())
        if match:
            name = "gzip" if match[1].lower() in _GZIP else match[1].lower()
            quality = 1.0 if match[2] is None else float(match[2])
            qualities[name] = max(quality, qualities.get(name, 0.0))
    squeezed = qualities.get("gzip", qualities.get("*", 0.0))
    # It may be sent as it is, unless that is refused; but what is named is liked better.
    plain = qualities.get("identity", qualities.get("*", _UNSAID))
    if squeezed and squeezed >= plain:
        return Coding("gzip", only=not plain)
    return Coding("") if plain else None


def begun(answer: Answer) -> tuple[Answer, int | None]:
    """Waits until an answer is complete or has `SMALL` bytes.

    Returns:
        The answer, and its length if it is complete.

    Raises:
        EngineError: the answer broke off before that.
    """
    parts: list[bytes] = []
    size, complete = 0, True
    for chunk in answer.chunks:
        parts.append(chunk)
        size += len(chunk)
        if size >= SMALL:
            complete = False
            break
    return replace(answer, chunks=_joined(parts, answer.chunks)), size if complete else None


def _joined(parts: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    yield from parts
    yield from rest


def install(app: Flask) -> None:
    """Has the coding chosen before anything is answered."""

    @app.before_request
    def negotiate() -> None:
        chosen = choose(request.headers.get("Accept-Encoding"))
        g.coding, g.only_coded = chosen or Coding("")
        if chosen is None and request.method != "OPTIONS":
            raise Problem(
                HTTPStatus.NOT_ACCEPTABLE,
                "no-such-coding",
                "There is no answer in that content coding",
                "There is: gzip, identity",
                hint="leave the Accept-Encoding header out, or allow one of these in it",
                available={"gzip": "gzip", "identity": "identity"},
            )


def compress(response: Response) -> None:
    """Compresses a response if the client asked for that and it is worth it."""
    skip = response.status_code in (
        HTTPStatus.NO_CONTENT,
        HTTPStatus.PARTIAL_CONTENT,
        HTTPStatus.NOT_MODIFIED,
    )
    if g.get("coding") != "gzip" or skip or g.get("answered"):
        return
    if "Content-Encoding" in response.headers or not _TEXTUAL.fullmatch(response.mimetype or ""):
        return
    if response.is_sequence:
        response.content_length = len(response.get_data())
    length = response.content_length
    if length is not None and length < SMALL and not g.only_coded:
        return
    if response.is_sequence:
        response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
    else:
        if hasattr(response.response, "close"):
            response.call_on_close(response.response.close)
        response.response = _compressed(response.iter_encoded())
        response.headers.pop("Content-Length", None)
    response.headers["Content-Encoding"] = "gzip"


def _compressed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(LEVEL, wbits=31)
    held = bytearray()
    for chunk in chunks:
        held += chunk
        # Always the same blocks, however the chunks come: the tag is one of bytes.
        while len(held) >= BLOCK:
            yield compressor.compress(held[:BLOCK]) + compressor.flush(zlib.Z_SYNC_FLUSH)
            del held[:BLOCK]
    # Not reached if the answer breaks off: then what was sent is no complete gzip file.
    yield compressor.compress(held) + compressor.flush(zlib.Z_FINISH)
