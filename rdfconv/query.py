"""Queries straight on a release's store, in this process and without limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

import pyoxigraph

from rdfconv.errors import UsageError
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.release import Release
from rdfconv.vocabulary import PREFIXES

FORMATS = [*RESULT_FORMATS, *RDF_FORMATS]
"""The names of all formats that a result may have."""


def run(release: Release, text: str, name: str | None, output: IO[bytes]) -> None:
    """Runs a query and writes its result.

    Args:
        release: the release asked.
        text: the SPARQL query; the prefixes of `PREFIXES` may be left out.
        name: the result's format; None chooses CSV, JSON (ASK) or Turtle (graphs).
        output: where the result goes.

    Raises:
        UsageError: the query is not SPARQL, or its form has no such format.
    """
    store = pyoxigraph.Store.read_only(str(release.store))
    try:
        result = store.query(text, prefixes=dict(PREFIXES))
    except SyntaxError as error:
        raise UsageError(f"the query is not SPARQL: {error}") from error
    if isinstance(result, pyoxigraph.QueryTriples):
        fmt = RDF_FORMATS.get(name or "ttl")
        if fmt is None:
            raise _wrong(name, "CONSTRUCT and DESCRIBE", RDF_FORMATS)
        pyoxigraph.serialize(
            result, output, getattr(pyoxigraph.RdfFormat, fmt.oxigraph), prefixes=dict(PREFIXES)
        )
        return
    boolean = isinstance(result, pyoxigraph.QueryBoolean)
    fmt = RESULT_FORMATS.get(name or ("json" if boolean else "csv"))
    if fmt is None or (boolean and fmt.name in ("csv", "tsv")):
        allowed = [key for key in RESULT_FORMATS if not boolean or key in ("json", "xml")]
        raise _wrong(name, "ASK" if boolean else "SELECT", allowed)
    result.serialize(output, getattr(pyoxigraph.QueryResultsFormat, fmt.oxigraph))


def _wrong(name: str | None, form: str, formats: Iterable[str]) -> UsageError:
    return UsageError(
        f"{form} has no result in the format {name!r}", hint=f"there are: {', '.join(formats)}"
    )
