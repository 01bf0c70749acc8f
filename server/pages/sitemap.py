"""``/sitemap.xml``: the addresses of the pages, for crawlers (https://www.sitemaps.org/).

The index names a file for every 50,000 pages of a kind. Interactions are left out: there are
millions of them, and the pages of their proteins link to them. So are binding sites, which the
pages of proteins and chromosomes link to.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal
from urllib.parse import quote
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request, url_for
from pyoxigraph import NamedNode

from rdfconv.config import Settings
from rdfconv.identifiers import (
    ACCESSION,
    ASSEMBLY,
    DATABASE,
    GENE_ID,
    NCBI_GENE,
    PUBMED,
    PUBMED_ID,
    TAXON,
    UNIPROT,
)
from rdfconv.vocabulary import PREFIXES
from server.caching import begin
from server.engine import Engine
from server.problems import Problem
from server.reader import Reader, consistent
from server.site import ReleaseName
from server.streaming import RELEASE_HEADER

ADDRESSES = 50_000
"""How many addresses one file may have, by the protocol."""
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
PAGES = ("/", "/ontology", "/downloads", "/api")
"""Pages that are about no single thing."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of page.

    Attributes:
        class_: the class of the things that have such a page.
        space: what their IRIs start with.
        local: what comes behind it.
        path: what the pages' addresses start with.
    """

    class_: str
    space: str
    local: re.Pattern[str]
    path: str

    @property
    def pattern(self) -> str:
        """The things, as ``?s``."""
        return f'{{ ?s a <{self.class_}> FILTER(STRSTARTS(STR(?s), "{self.space}")) }}'


_LOCAL = re.compile("[^/?#]+")

KINDS: Mapping[str, Kind] = {
    "proteins": Kind(PREFIXES["up"] + "Protein", UNIPROT, ACCESSION, "/protein/"),
    "genes": Kind(PREFIXES["tfl"] + "Gene", NCBI_GENE, GENE_ID, "/gene/"),
    "papers": Kind(PREFIXES["schema"] + "ScholarlyArticle", PUBMED, PUBMED_ID, "/paper/"),
    "organisms": Kind(PREFIXES["up"] + "Taxon", TAXON, re.compile("[0-9]+"), "/organism/"),
    "databases": Kind(PREFIXES["tfl"] + "SourceDatabase", DATABASE, _LOCAL, "/database/"),
    "assemblies": Kind(PREFIXES["obo"] + "SO_0001505", ASSEMBLY, _LOCAL, "/assembly/"),
    "chromosomes": Kind(
        PREFIXES["obo"] + "SO_0000340", ASSEMBLY, re.compile("[^/?#]+/[^/?#]+"), "/assembly/"
    ),
}
"""The kinds of pages by the name of their files."""

_NAME = re.compile(r"([a-z]+)-([1-9][0-9]{0,5})")


class _Names:
    """The local parts of the IRIs of each kind, sorted: read once for each release.

    ``ORDER BY`` takes the store fifteen times as long as giving the IRIs as they come.
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[list[str], str]] = {}

    def of(self, kind: str) -> tuple[list[str], str]:
        """The names, and the release that they are from."""
        with self._lock:
            if kind not in self._kept or self._kept[kind][1] != self._engine.release():
                self._kept[kind] = consistent(
                    self._engine, self._settings, lambda reader: _names(reader, KINDS[kind])
                )
            return self._kept[kind]


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The routes.

    Args:
        settings: where the service is (``public_url``); else the address that was asked for.
        engine: what knows the pages.
    """
    routes = Blueprint("sitemap", __name__)
    names = _Names(settings, engine)

    @routes.get("/sitemap.xml")
    def index() -> Response:
        release = engine.release()
        begin(release, "sitemap", request.url)
        files = ["pages"]
        for kind in KINDS:
            found, release = names.of(kind)
            files += [f"{kind}-{part + 1}" for part in range(math.ceil(len(found) / ADDRESSES))]
        addresses = [url_for("sitemap.part", name=name) for name in files]
        return _response(_document("sitemap", addresses, settings, release), release)

    @routes.get("/sitemap/<name>.xml")
    def part(name: str) -> Response:
        named = _NAME.fullmatch(name)
        if name != "pages" and (named is None or named[1] not in KINDS):
            raise _no_such_file(name)
        release = engine.release()
        begin(release, "sitemap", request.url)
        paths: Sequence[str] = PAGES
        if named is not None:
            found, release = names.of(named[1])
            end = int(named[2]) * ADDRESSES
            paths = [KINDS[named[1]].path + one for one in found[end - ADDRESSES : end]]
        if not paths:
            raise _no_such_file(name)
        return _response(_document("url", paths, settings, release), release)

    return routes


def site_address(settings: Settings) -> str:
    """Where the site is, without a slash at the end: as configured, or as this request says."""
    return (settings.public_url or request.url_root).rstrip("/")


def _names(reader: Reader, kind: Kind) -> list[str]:
    rows = reader.select(f"SELECT ?s WHERE {kind.pattern}", "s")
    names = {row[0].value.removeprefix(kind.space) for row in rows if isinstance(row[0], NamedNode)}
    return sorted(name for name in names if kind.local.fullmatch(name))


def _document(
    entry: Literal["sitemap", "url"], paths: Iterable[str], settings: Settings, release: str
) -> str:
    """An index of files (``sitemap``) or a file of pages (``url``)."""
    root = {"sitemap": "sitemapindex", "url": "urlset"}[entry]
    day = ReleaseName(release).day
    changed = f"<lastmod>{day}</lastmod>" if day else ""
    site = site_address(settings)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} xmlns="{NAMESPACE}">']
    for path in paths:
        # The local part of an IRI is percent-encoded already where it has to be.
        address = escape(site + quote(path, safe="/%~!$&'()*+,;=:@-._"))
        lines.append(f"<{entry}><loc>{address}</loc>{changed}</{entry}>")
    return "\n".join([*lines, f"</{root}>", ""])


def _response(body: str, release: str) -> Response:
    response = Response(body, content_type="application/xml; charset=utf-8")
    response.headers[RELEASE_HEADER] = release
    return response


def _no_such_file(name: str) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "not-found",
        HTTPStatus.NOT_FOUND.phrase,
        f"There is no sitemap of the name {name!r}.",
        hint="/sitemap.xml names all of them",
    )
