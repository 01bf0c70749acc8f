"""What no page of the site may do, whatever a test is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

OWN_SCHEMES = ("about", "blob", "data")
"""Addresses with these schemes are read without a request."""
POLICY = "content security policy"


@dataclass
class Watch:
    """Collects faults of all pages of some contexts: an error on the console, what the content
    security policy refused, an error of a script, a request to another origin, a cookie.

    Attributes:
        origin: scheme, host and port of the site, as ``http://127.0.0.1:8080``.
    """

    origin: str
    _contexts: list[BrowserContext] = field(default_factory=list)
    _statuses: dict[tuple[int, str], bool] = field(default_factory=dict)
    _faults: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Watches all pages of a context, also those that are opened later."""
        self._contexts.append(context)
        context.on("console", self._said)
        context.on("weberror", self._raised)
        context.on("request", self._asked)

    def expect_status(self, status: int, path: str = "") -> None:
        """Says that a page will get an answer with this status, which the browser logs as an error.

        The test fails if none comes.

        Args:
            status: such as 404.
            path: a part of the address; any will do if it is left out.
        """
        self._statuses[status, path] = False

    def faults(self) -> list[str]:
        """What was wrong so far, each once, in the order it happened."""
        cookies: list[str] = []
        for context in self._contexts:
            for page in context.pages:
                # What the page has reported so far arrives before this answer.
                page.evaluate("0")
            cookies += [f"a cookie was set: {each.get('name')}" for each in context.cookies()]
        missing = [
            f"no answer with status {status} came, although {path or 'a page'} was expected to"
            for (status, path), seen in self._statuses.items()
            if not seen
        ]
        return list(dict.fromkeys(self._faults + cookies + missing))

    def _said(self, message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        is_policy = POLICY in message.text.casefold()
        if message.type != "error" and not (message.type == "warning" and is_policy):
            return
        for status, path in self._statuses:
            if f"status of {status}" in message.text and path in address:
                self._statuses[status, path] = True
                return
        self._faults.append(f"console, {message.type}: {message.text} ({address})")

    def _raised(self, error: WebError) -> None:
        self._faults.append(f"a script failed: {error.error}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in OWN_SCHEMES and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self._faults.append(f"a request to another origin: {request.url}")
