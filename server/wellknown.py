"""What programs ask every site for: ``/robots.txt`` and ``/.well-known/security.txt``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from flask import Blueprint, Response

from rdfconv.config import Settings
from rdfconv.errors import UsageError
from server.pages.sitemap import site_address
from server.problems import Problem

CRAWL_DELAY = 10
"""Seconds that a crawler shall wait between two requests."""
VALID = timedelta(days=364)
"""How long security.txt holds; RFC 9116 wants less than a year."""

ROBOTS = f"""\
# The pages may be read. Queries are for people and their programs, not for crawlers:
# whoever wants all of the data takes a dump instead of asking for it page by page.
User-agent: *
Crawl-delay: {CRAWL_DELAY}
Allow: /
Disallow: /sparql
Disallow: /search
Disallow: /metrics
Disallow: /health
"""


def blueprint(settings: Settings, started: datetime) -> Blueprint:
    """The routes.

    Args:
        settings: who is responsible (``contact``) and where the service is (``public_url``).
        started: when the server was started.

    Raises:
        UsageError: the contact is no address.
    """
    routes = Blueprint("wellknown", __name__)
    contact = contact_address(settings.contact)

    @routes.get("/robots.txt")
    def robots() -> Response:
        return _text(f"{ROBOTS}\nSitemap: {site_address(settings)}/sitemap.xml\n")

    @routes.get("/.well-known/security.txt")
    def security() -> Response:
        if not contact:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "not-found",
                HTTPStatus.NOT_FOUND.phrase,
                "The operator of this service has named no contact.",
            )
        lines = [
            f"Contact: {contact}",
            f"Expires: {(started + VALID).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "Preferred-Languages: en",
        ]
        if settings.public_url.startswith("https://"):
            address = settings.public_url.rstrip("/")
            lines.append(f"Canonical: {address}/.well-known/security.txt")
        return _text("".join(f"{line}\n" for line in lines))

    return routes


def contact_address(text: str) -> str:
    """A contact as RFC 9116 wants it: an address of the web, of mail or of a telephone.

    Raises:
        UsageError: it is none of them.

    >>> contact_address("help@example.org")
    'mailto:help@example.org'
    """
    text = text.strip()
    if not text:
        return ""
    address = f"mailto:{text}" if "@" in text and ":" not in text else text
    if not address.startswith(("https://", "mailto:", "tel:")) or not address.isprintable():
        raise UsageError(
            f"the setting 'contact' is no address: {text!r}",
            hint="give a mail address, or an address that starts with https:// or tel:",
        )
    return address.replace(" ", "%20")


def _text(content: str) -> Response:
    return Response(content, content_type="text/plain; charset=utf-8")
