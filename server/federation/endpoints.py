"""Which endpoints a query may ask: the shipped table, and what an operator adds to it.

An endpoint is the IRI that stands in SERVICE, compared to the letter. A line in ``endpoints.tsv``
adds one that operators can name; none is asked unless they do.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from rdfconv.errors import RdfconvError, UsageError, shown
from server.remote import Remote, RemoteError
from server.remote.addresses import target

_TABLE = Path(__file__).with_name("endpoints.tsv")
_COLUMNS = ("name", "group", "iri", "title")
_MAPPED = re.compile(r"(?P<key>.*?)=(?P<url>https?:.*)", re.DOTALL)
_IRI = re.compile(r"""https?://[^\x00-\x20<>"{}|^`\\]+""")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that a query may ask.

    Attributes:
        iri: what stands between ``<`` and ``>`` in SERVICE.
        name: what the setting calls it; empty if it is not in the table.
        group: what it can be named together with; empty if it is in none.
        title: what people call it.
        remote: where requests go.
    """

    iri: str
    name: str
    group: str
    title: str
    remote: Remote


@cache
def shipped() -> tuple[Endpoint, ...]:
    """The endpoints of the table, in its order.

    >>> [one.iri for one in shipped() if one.name == "uniprot"]
    ['https://sparql.uniprot.org/sparql']

    Raises:
        RdfconvError: the table cannot be read.
    """
    try:
        with _TABLE.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RdfconvError(f"{_TABLE}: cannot be read: {error}") from error
    for number, row in enumerate(rows, 2):
        if tuple(row) != _COLUMNS or None in row.values():
            raise RdfconvError(f"{_TABLE}:{number}: must have the columns {', '.join(_COLUMNS)}")
    return tuple(Endpoint(**row, remote=Remote(row["iri"])) for row in rows)


def allowed(setting: str) -> Mapping[str, Endpoint]:
    """The endpoints that a setting lists, by IRI.

    Args:
        setting: separated by commas or blanks: a name or a group of the table, an https IRI, or
            ``NAME=URL`` and ``IRI=URL``, whose requests go to that URL instead. That one may be on
            loopback or in a private network, and http.

    Raises:
        UsageError: a name is unknown (the nearest one is told), or an address cannot be used.

    >>> list(allowed("rhea https://example.org/sparql=http://127.0.0.1:7878/query"))
    ['https://sparql.rhea-db.org/sparql', 'https://example.org/sparql']
    """
    found: dict[str, Endpoint] = {}
    for item in setting.replace(",", " ").split():
        for endpoint in _item(item):
            known = found.setdefault(endpoint.iri, endpoint)
            if known == endpoint or not endpoint.remote.private:
                continue  # a mirror counts, wherever it stands
            if known.remote.private:
                raise UsageError(
                    f"the setting 'federate' sends {shown(endpoint.iri)} to two addresses",
                    hint="name one of them",
                )
            found[endpoint.iri] = endpoint
    return found


def _item(item: str) -> Iterator[Endpoint]:
    """The endpoints of one item of the setting."""
    mapped = _MAPPED.fullmatch(item)
    named = list(_named(mapped["key"] if mapped else item))
    if mapped and len(named) > 1:
        raise UsageError(
            f"{shown(mapped['key'])} in the setting 'federate' is a group, and has no one address",
            hint=f"name one of {', '.join(one.name for one in named)}",
        )
    for endpoint in named:
        if mapped:
            _check(mapped["url"])
            endpoint = replace(endpoint, remote=Remote(mapped["url"], private=True))
        else:
            _check(endpoint.iri, public=True)
        yield endpoint


def _named(key: str) -> Iterator[Endpoint]:
    """The endpoints of a name, a group or an IRI."""
    table = [one for one in shipped() if key in (one.name, one.group, one.iri)]
    if table and key:
        yield from table
    elif "://" not in key:
        names = sorted({word for one in shipped() for word in (one.name, one.group) if word})
        near = get_close_matches(key, names, n=1)
        raise UsageError(
            f"the setting 'federate' knows no endpoint {shown(key)}",
            hint=f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}",
        )
    elif _IRI.fullmatch(key):
        yield Endpoint(key, "", "", key, Remote(key))
    else:
        raise UsageError(
            f"{shown(key)} in the setting 'federate' is no IRI of an endpoint",
            hint="write https://... as it stands in SERVICE",
        )


def _check(url: str, *, public: bool = False) -> None:
    """Raises UsageError for an address that requests cannot or should not be sent to."""
    try:
        secure = target(url).secure
    except RemoteError as error:
        raise UsageError(
            f"{shown(url)} in the setting 'federate' cannot be asked: {error.message}"
        ) from error
    if public and not secure:
        raise UsageError(
            f"{shown(url)} in the setting 'federate' is not encrypted",
            hint=f"use https://, or say where requests go: {url}=URL",
        )
