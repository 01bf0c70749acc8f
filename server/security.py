"""The Content-Security-Policy: what a page may load and do.

Every page starts from `PAGE`. A page that needs more says so while its request is handled, with
`permit`; no other page gets it. What is not HTML gets `REST`, which allows nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, g

HEADER = "Content-Security-Policy"
PAGE: Mapping[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "connect-src": ("'self'",),
    "font-src": ("'self'",),
    "form-action": ("'self'",),
    "base-uri": ("'none'",),
    "frame-ancestors": ("'none'",),
}
"""The sources that a page may use, by directive."""
REST = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
"""The policy of what is not HTML."""

_DIRECTIVE = re.compile(r"[a-z]+(-[a-z]+)*")
_SOURCE = re.compile(r"[^\s;,]+")


def permit(directive: str, *sources: str) -> None:
    """Lets the page of this request use more than others.

    Args:
        directive: such as ``style-src``.
        sources: such as ``'unsafe-inline'``, with the quotes that keywords have.

    Raises:
        ValueError: the directive or a source is written in a way that no policy can hold.

    >>> from flask import Flask
    >>> with Flask("example").test_request_context("/"):
    ...     permit("worker-src", "blob:")
    ...     policy().endswith("; worker-src blob:")
    True
    """
    if not _DIRECTIVE.fullmatch(directive):
        raise ValueError(f"{directive!r} is no directive of a policy")
    for source in sources:
        if not _SOURCE.fullmatch(source):
            raise ValueError(f"{source!r} is no source of a policy")
    permitted: dict[str, list[str]] = g.setdefault("permitted", {})
    permitted.setdefault(directive, []).extend(sources)


def policy() -> str:
    """The policy of this request's page."""
    directives = {name: list(sources) for name, sources in PAGE.items()}
    permitted: dict[str, list[str]] = g.get("permitted", {})
    for name, sources in permitted.items():
        # 'none' means nothing beside other sources.
        kept = [source for source in directives.get(name, []) if source != "'none'"]
        directives[name] = list(dict.fromkeys(kept + sources)) or ["'none'"]
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())


def secure(response: Response) -> None:
    """Gives a response the policy that it needs.

    A 304 that was answered before the page was made has none: it would replace the policy of the
    page that the client has, and what that page was permitted is not known. The headers of a
    remembered answer hold the policy that was sent with it.
    """
    if g.get("answered"):
        if response.status_code != HTTPStatus.NOT_MODIFIED:
            response.headers.setdefault(HEADER, REST)
        return
    response.headers[HEADER] = policy() if response.mimetype == "text/html" else REST
