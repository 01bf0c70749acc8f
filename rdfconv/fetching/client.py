"""Asking a server for a file: one request, its redirects, and what goes wrong with it.

Only http and https are spoken, and what began with https never goes on without it.
"""

from __future__ import annotations

import email.utils
import socket
import ssl
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, InvalidURL
from importlib.metadata import version
from typing import cast
from urllib.error import URLError
from urllib.parse import quote, urljoin, urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from rdfconv.errors import RdfconvError, UsageError, shown

REDIRECTS = 5
"""How many redirects are followed for one request."""
BLOCK = 1 << 18
"""How many bytes are read at once, at most."""

_REDIRECTED = (301, 302, 303, 307, 308)
_USED = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_MODIFIED,
         HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)  # fmt: skip
"""The answers that the transfer knows how to use; all others are errors."""


class FetchError(RdfconvError):
    """A file cannot be fetched."""


class PassingError(FetchError):
    """Something that may go by: asking again can help.

    Args:
        message: what is wrong.
        wait: how many seconds the server asks to wait; None if it does not say.
    """

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


@contextmanager
def ask(url: str, headers: Mapping[str, str], silence: float) -> Iterator[HTTPResponse]:
    """The answer to a request, after redirects; its status is one that can be used.

    Args:
        url: what is asked for.
        headers: beside those that every request has.
        silence: after how many seconds without a connection or a byte to give up.

    Raises:
        PassingError: the server cannot be reached, or says that it cannot answer now.
        FetchError: it will not give the file.
    """
    with _followed(url, headers, silence) as response:
        if response.status not in _USED:
            raise _refusal(url, response)
        yield response


def blocks(response: HTTPResponse, url: str) -> Iterator[bytes]:
    """The body of an answer, as it comes.

    Raises:
        PassingError: it was cut, or nothing came for too long.
    """
    while True:
        try:
            block = response.read1(BLOCK)
        except TimeoutError as error:
            raise PassingError(f"{url}: the server fell silent") from error
        except (OSError, HTTPException) as error:
            raise PassingError(f"{url}: the connection was cut") from error
        if not block:
            break
        yield block
    if response.length:
        raise PassingError(
            f"{url}: the connection was cut {response.length:,} bytes before the end"
        )


def checked_base(url: str) -> str:
    """The address of a folder, with a slash at its end.

    >>> checked_base("https://example.org/files")
    'https://example.org/files/'

    Raises:
        UsageError: it is not such an address.
    """
    parts = _parts(url)
    if parts is None or "?" in url or "#" in url or "@" in parts[1]:
        raise UsageError(
            f"{shown(url)} is not the address of a folder",
            hint="give one that begins with https:// or http://, without '?', '#' and '@'",
        )
    return url.rstrip("/") + "/"


def redirected(url: str, target: str) -> str:
    """Where a redirect leads.

    >>> redirected("https://example.org/a/b", "../c")
    'https://example.org/c'

    Raises:
        FetchError: it leads out of http and https, or from https to http.
    """
    leads = urljoin(url, quote(target, safe=string.punctuation, encoding="iso-8859-1"))
    parts = _parts(leads)
    if parts is None:
        raise FetchError(f"{url} redirects to {shown(target)}, which is no web address")
    if url.startswith("https:") and parts[0] != "https":
        raise FetchError(
            f"{url} redirects to {shown(leads)}, which is not protected",
            hint="name the server that has the files by --base-url",
        )
    return leads


def _parts(url: str) -> tuple[str, str] | None:
    """The scheme and the host of a web address; None if it is none."""
    try:
        parts = urlsplit(url)
        fit = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return (parts.scheme, parts.netloc) if fit and all("!" <= c <= "~" for c in url) else None


def _followed(url: str, headers: Mapping[str, str], silence: float) -> HTTPResponse:
    for _ in range(REDIRECTS + 1):
        response = _sent(url, headers, silence)
        target = response.headers.get("Location")
        if response.status not in _REDIRECTED or target is None:
            return response
        response.close()
        url = redirected(url, target)
    raise FetchError(f"{url} comes after {REDIRECTS} redirects, and redirects again")


def _sent(url: str, headers: Mapping[str, str], silence: float) -> HTTPResponse:
    usual = {"User-Agent": f"rdfconv/{version('rdfconv')}", "Accept-Encoding": "identity"}
    request = Request(url, headers={**usual, **headers})  # noqa: S310 - the scheme was checked
    try:
        return cast("HTTPResponse", _opener().open(request, timeout=silence))
    except (InvalidURL, ValueError) as error:  # the latter for names that no server can have
        raise FetchError(f"{url} is no web address") from error
    except (OSError, HTTPException) as error:
        raise _unreached(url, error) from error


def _unreached(url: str, error: Exception) -> FetchError:
    """Why there is no answer."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, socket.gaierror) and reason.errno != socket.EAI_AGAIN:
        return FetchError(
            f"{url}: there is no server of that name", hint="check the network and --base-url"
        )
    if isinstance(reason, ssl.SSLCertVerificationError):
        return FetchError(
            f"{url}: the server's certificate is not valid: {reason.verify_message}",
            hint="the network may stand between; ask who runs it",
        )
    if isinstance(reason, TimeoutError):
        return PassingError(f"{url}: the server does not answer")
    told = getattr(reason, "strerror", None) or reason
    return PassingError(f"{url}: the server cannot be reached: {told}")


def _refusal(url: str, response: HTTPResponse) -> FetchError:
    """The error for an answer that is of no use."""
    status = response.status
    said = f"{url}: the server answered {status} {response.reason}".rstrip()
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PassingError(said, wait=seconds(response.headers.get("Retry-After", "")))
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return FetchError(
            said, hint="TFLink may have moved its files; name where they are by --base-url"
        )
    return FetchError(said, hint="name another server that has the files by --base-url")


def seconds(header: str, now: datetime | None = None) -> float | None:
    """How long a ``Retry-After`` header asks to wait; None if it does not say.

    >>> seconds("120"), seconds("soon")
    (120.0, None)
    >>> seconds("Wed, 21 Oct 2026 07:28:00 GMT", datetime(2026, 10, 21, 7, 27, tzinfo=UTC))
    60.0
    """
    if header.strip().isdecimal() and header.isascii():
        return float(header)
    try:
        then = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())


@cache
def _opener() -> OpenerDirector:
    """Speaks http and https, through the proxies that the environment names, and leaves
    redirects and errors to us."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    return opener
