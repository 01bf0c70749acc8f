"""HTTP caching: entity tags, and 304 answers that cost no query.

The data of a release never change. So what an answer to a GET request is follows from the release
and the request, and so does its entity tag: it is known before anything is asked. A route calls
`begin` as soon as it knows the release and the format; a client that has the answer already gets
304 right there. `label` and `conclude` complete every response.

Caches may keep answers but must ask first (``no-cache``): so nobody gets an old release for new,
and asking costs next to nothing. Only static files asked for by their version (`server.assets`)
are used without asking. What is not the same twice, and errors, are not kept at all.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from functools import cache
from http import HTTPStatus
from importlib.metadata import version

from flask import Flask, Response, current_app, g, request

from server.assets import VERSION, look, version_of
from server.streaming import RELEASE_HEADER

KEPT = "public, no-cache"
"""``Cache-Control`` of what caches may keep if they ask before they use it."""
FOREVER = "public, max-age=31536000, immutable"
"""``Cache-Control`` of what never changes under its address."""
NOT_KEPT = "no-store"
"""``Cache-Control`` of everything else."""
REMEMBERED = 1024
"""How many answers the server remembers the headers of."""

_READING = ("GET", "HEAD")


class Answered(Exception):  # noqa: N818 (no error)
    """The answer is known without a query: 304, or the headers that HEAD asks for."""

    def __init__(self, response: Response) -> None:
        super().__init__(str(response.status_code))
        self.response = response


class _Memory:
    """The headers of the latest answers by tag."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._headers: OrderedDict[str, list[tuple[str, str]]] = OrderedDict()

    def get(self, tag: str) -> list[tuple[str, str]] | None:
        with self._lock:
            return self._headers.get(tag)

    def put(self, tag: str, headers: list[tuple[str, str]]) -> None:
        with self._lock:
            self._headers[tag] = headers
            self._headers.move_to_end(tag)
            if len(self._headers) > REMEMBERED:
                self._headers.popitem(last=False)


@cache
def _version() -> str:
    return version("rdfconv")


def make_tag(*parts: object) -> str:
    """An entity tag, without its quotes: the same for the same parts, another for others.

    >>> make_tag("a", ("b", "c")) == make_tag("a", ("b", "c")) != make_tag("a", ("bc",))
    True
    """
    made = repr((_version(), look(), parts))
    return hashlib.sha256(made.encode("utf-8", "replace")).hexdigest()[:32]


def begin(release: str, *parts: object, location: str = "") -> None:
    """Says what the answer to this GET or HEAD request follows from, apart from the coding.

    Args:
        release: the release that will answer; if another one does, the answer is tagged with that.
        parts: everything else; each with a `repr` that tells it from others.
        location: the answer's ``Content-Location``, if it has one.

    Raises:
        Answered: nothing has to be asked.
    """
    if request.method not in _READING:
        return
    g.tag_parts = (*parts, g.get("coding", ""))
    tag = make_tag(release, *g.tag_parts)
    known = _memory().get(tag)
    # Only an answer gives its tag away, so one who knows the tag has had an answer; "*" does not.
    if _has(tag) and (known is not None or not request.if_none_match.star_tag):
        response = Response(status=HTTPStatus.NOT_MODIFIED)
        if location:
            response.headers["Content-Location"] = location
        response.vary.add("Accept")
        response.headers[RELEASE_HEADER] = release
        response.headers["Cache-Control"] = KEPT
        response.set_etag(tag)
        raise Answered(response)
    if request.method == "HEAD" and known is not None:
        # Not a list: an empty one would be given a length of 0.
        response = Response(iter(()))
        response.headers.clear()
        response.headers.extend(known)
        raise Answered(response)


def label(response: Response) -> None:
    """Gives a response its ``ETag`` and ``Cache-Control``, before it is compressed."""
    if response.status_code == HTTPStatus.NOT_MODIFIED or g.get("answered"):
        return
    headers = response.headers
    if request.method not in _READING or response.status_code >= HTTPStatus.BAD_REQUEST:
        headers["Cache-Control"] = NOT_KEPT
    if request.method not in _READING or response.status_code != HTTPStatus.OK:
        return
    if "no-store" in headers.get("Cache-Control", ""):
        return
    parts = g.get("tag_parts")
    if parts is not None:
        tag = make_tag(headers.get(RELEASE_HEADER, ""), *parts)
    else:
        response.direct_passthrough = False  # a static file: small, and read as a whole
        if not (response.is_sequence or request.endpoint == "static"):
            headers["Cache-Control"] = NOT_KEPT
            return
        tag = make_tag(response.get_data(), g.get("coding", ""))
    headers["Cache-Control"] = FOREVER if _is_static_version(response) else KEPT
    response.set_etag(tag)


def conclude(response: Response) -> None:
    """Turns a complete response that the client has already into 304; remembers the others."""
    tag, _ = response.get_etag()
    reading = request.method in _READING and response.status_code == HTTPStatus.OK
    if not reading or tag is None or g.get("answered"):
        return
    if g.get("tag_parts") is not None:
        kept = [(name, value) for name, value in response.headers if _is_remembered(name)]
        _memory().put(tag, kept)
    if _has(tag):
        if hasattr(response.response, "close"):
            response.call_on_close(response.response.close)
        response.response = []
        response.status_code = HTTPStatus.NOT_MODIFIED
        response.headers.pop("Content-Type", None)


def install(app: Flask) -> None:
    """Has what is known answered at once."""
    app.extensions["answered"] = _Memory()

    def handle(known: Answered) -> Response:
        g.answered = True
        return known.response

    app.register_error_handler(Answered, handle)


def _is_static_version(response: Response) -> bool:
    """Whether it is a static file, and asked for by the version that it has now."""
    if request.endpoint != "static":
        return False
    return request.args.get(VERSION) == version_of(response.get_data())


def _is_remembered(name: str) -> bool:
    """Whether a header belongs to the answer itself, not to this sending of it."""
    ours = name.startswith("TFLink-")
    return ours or name.startswith("Content-") or name in ("ETag", "Cache-Control", "Link", "Vary")


def _memory() -> _Memory:
    found = current_app.extensions["answered"]
    assert isinstance(found, _Memory)
    return found


def _has(tag: str) -> bool:
    """Whether the client says that it has the answer; weak tags count, as RFC 9110 has it."""
    return "If-None-Match" in request.headers and request.if_none_match.contains_weak(tag)
