"""Asks SPARQL endpoints: one POST, within limits of time and size.

No redirect is followed, no cookie kept, no proxy of the environment used. The address is checked
and then connected to (`addresses`), while the Host header and the certificate are the name's.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property, partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from importlib.metadata import version
from urllib.parse import urlencode

from rdfconv.config import Settings
from rdfconv.errors import UsageError
from server.remote import Caps, FailureKind, Remote, RemoteError, addresses
from server.remote.addresses import Resolver, Target, target
from server.remote.connections import Idle, Line, Origin, checked_addresses, opened
from server.remote.reply import Reply, failure, late
from server.remote.waiting import Cancel, Deadline, OutOfTimeError

__all__ = ["Cancel", "Caps", "Client", "FailureKind", "Remote", "RemoteError", "Reply"]

PAUSE = 0.5
"""Seconds before a request is sent once more, if the endpoint does not ask for another time."""
LONGEST_PAUSE = 2.0
"""Seconds; an endpoint that asks for more is not asked again."""

_PASSING = frozenset((429, 502, 503, 504))
"""The HTTP statuses that may be gone a moment later."""


def user_agent(settings: Settings) -> str:
    """What requests to other endpoints say of whom they come from.

    >>> user_agent(Settings(contact="mailto:me@example.org")).partition(" ")[2]
    '(mailto:me@example.org)'
    """
    about = " ".join(filter(None, (settings.public_url, settings.contact)))
    return f"rdfconv/{version('rdfconv')}" + (f" ({about})" if about else "")


class Client:
    """Asks endpoints; all methods may be called from any thread.

    Args:
        user_agent: what it calls itself: the project, its version, and where to complain.
        resolve: finds and checks addresses.
        tls: what certificates are checked with; the system's authorities if None.
        pause: seconds before a request is sent once more.

    Raises:
        UsageError: the name cannot be sent.
    """

    def __init__(
        self,
        user_agent: str,
        resolve: Resolver = addresses.resolve,
        *,
        tls: ssl.SSLContext | None = None,
        pause: float = PAUSE,
    ) -> None:
        if not user_agent.isascii() or not user_agent.isprintable():
            raise UsageError(
                f"{user_agent!r} cannot be sent as the name of a client",
                hint="write the contact and the public address in ASCII",
            )
        self._user_agent = user_agent
        self._resolve = resolve
        self._given_tls = tls
        self._pause = pause
        self._idle = Idle()

    def post(
        self,
        remote: Remote,
        query: str,
        accept: str,
        caps: Caps,
        cancel: Cancel,
        parameters: Sequence[tuple[str, str]] = (),
    ) -> Reply:
        """Sends a query and waits for the head of the answer.

        It is sent once more, after a short pause, if the endpoint could not be reached or says
        that it cannot answer now.

        Args:
            remote: where to.
            query: the SPARQL query.
            accept: the formats that are wanted, as an Accept header.
            caps: limits of the whole exchange, also of reading the answer.
            cancel: ends it from another thread.
            parameters: of SPARQL's protocol, e.g. ``default-graph-uri``.

        Raises:
            RemoteError: there is no answer of status 200.
        """
        deadline = Deadline.after(caps.seconds)
        to = target(remote.url)
        exchange = _Exchange(self, to, remote.private, caps, deadline, cancel)
        body = urlencode([("query", query), *parameters]).encode("ascii")
        headers = {
            "User-Agent": self._user_agent,
            "Accept": accept,
            "Accept-Encoding": "gzip",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            return exchange.sent(body, headers)
        except _PassingError as error:
            pause = self._pause if error.wait is None else error.wait
            if pause > LONGEST_PAUSE or pause >= deadline.seconds:
                raise error.failure from None
            cancel.wait(pause)
        try:
            return exchange.sent(body, headers)
        except _PassingError as error:
            raise error.failure from None

    def close(self) -> None:
        """Closes the connections that are kept."""
        self._idle.end()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or ssl.create_default_context()

    def _line(self, origin: Origin, caps: Caps, deadline: Deadline, cancel: Cancel) -> Line:
        """A new connection.

        Raises:
            _PassingError: the endpoint cannot be reached.
            RemoteError: it may not be, or it is not who it should be.
        """
        soon = deadline.or_after(caps.connect_seconds)
        try:
            found = checked_addresses(self._resolve, origin, soon, cancel)
            return opened(found, origin, soon, cancel, lambda: self._tls)
        except ssl.SSLCertVerificationError:
            cancel.check()
            raise RemoteError(
                FailureKind.CONNECT, "the endpoint has no valid certificate of its name"
            ) from None
        except ssl.SSLError:
            cancel.check()
            raise RemoteError(FailureKind.CONNECT, "the endpoint speaks no proper TLS") from None
        except (TimeoutError, OutOfTimeError):
            cancel.check()
            if not deadline.seconds:
                raise late() from None
            raise _PassingError(
                RemoteError(
                    FailureKind.CONNECT,
                    f"the endpoint cannot be reached within {caps.connect_seconds:g} s",
                )
            ) from None
        except OSError:
            cancel.check()
            raise _PassingError(
                RemoteError(FailureKind.CONNECT, "the endpoint cannot be reached")
            ) from None
        except RemoteError as error:
            if error.kind is FailureKind.CONNECT:
                raise _PassingError(error) from None
            raise


class _PassingError(Exception):
    """What may be otherwise in a moment; `wait` is what the endpoint asks for, in seconds."""

    def __init__(self, failure: RemoteError, wait: float | None = None) -> None:
        super().__init__(failure)
        self.failure = failure
        self.wait = wait


class _StaleError(Exception):
    """An idle connection that the endpoint had given up."""


class _Exchange:
    """One request, as often as it is sent."""

    def __init__(
        self,
        client: Client,
        to: Target,
        private: bool,
        caps: Caps,
        deadline: Deadline,
        cancel: Cancel,
    ) -> None:
        self._client = client
        self._target = to
        self._origin = Origin(to.secure, to.host, to.port, private)
        self._caps = caps
        self._deadline = deadline
        self._cancel = cancel

    def sent(self, body: bytes, headers: dict[str, str]) -> Reply:
        """Sends it, over a connection that is kept or over a new one.

        Raises:
            _PassingError: sending it again may help.
            RemoteError: it will not.
        """
        self._cancel.check()
        line = self._client._idle.take(self._origin)
        if line is not None:
            try:
                return self._over(line, body, headers)
            except _StaleError:
                pass
        line = self._client._line(self._origin, self._caps, self._deadline, self._cancel)
        return self._over(line, body, headers)

    def _over(self, line: Line, body: bytes, headers: dict[str, str]) -> Reply:
        """Sends it over a connection, which is closed if this raises."""
        line.begin(self._deadline)
        try:
            self._cancel.watch(line.cut)
            response = self._asked(line, body, headers)
            keep = partial(self._client._idle.put, self._origin)
            reply = Reply(response, line, self._caps.size, self._cancel, keep)
            self._refuse(reply)
        except (OutOfTimeError, OSError, HTTPException) as error:
            self._drop(line)
            if isinstance(error, OSError) and line.used and not line.received:
                self._cancel.check()
                if not isinstance(error, TimeoutError):
                    raise _StaleError from None
            raise failure(error, self._cancel) from None
        except BaseException:
            self._drop(line)
            raise
        return reply

    def _asked(self, line: Line, body: bytes, headers: dict[str, str]) -> HTTPResponse:
        connection = HTTPConnection(self._target.host, self._target.port)
        connection.default_port = 443 if self._target.secure else 80
        connection.auto_open = 0  # it would look the name up by itself
        connection.sock = line
        # Some refuse a long request before they have read it; the answer may be there.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", self._target.path, body, headers)
        response = connection.getresponse()
        line.head = False
        return response

    def _refuse(self, reply: Reply) -> None:
        """Raises for an answer that cannot be used; its body is not read."""
        if reply.status != HTTPStatus.OK:
            redirects = 300 <= reply.status < 400
            error = RemoteError(
                FailureKind.STATUS,
                f"the endpoint answered with the HTTP status {reply.status}",
                status=reply.status,
                hint="redirects are not followed; name the address it leads to"
                if redirects
                else "",
            )
            if reply.status in _PASSING:
                raise _PassingError(error, _wait(reply.header("Retry-After")))
            raise error
        if reply.header("X-SQL-State"):  # Virtuoso's way to say so, with what it has by then
            raise RemoteError(
                FailureKind.TIMEOUT,
                "the endpoint's answer is not complete: it stopped at a limit of its own",
                status=reply.status,
            )

    def _drop(self, line: Line) -> None:
        self._cancel.forget(line.cut)
        line.end()


def _wait(text: str) -> float | None:
    """The seconds of a Retry-After header; None without one, endless for a date."""
    if not text:
        return None
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else float("inf")
