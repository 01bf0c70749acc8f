"""Settings, formats and filters, each from its one table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from docs._ext.markdown import code, codes, plain, table
from rdfconv.config import PREFIX, Settings
from rdfconv.exports import EXPORT_FORMATS
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS, Format
from rdfconv.readers.kinds import KINDS, InputKind
from server.api.parameters import FILTERS, Parameter


def settings() -> str:
    """Every setting with its default; what limits the clients of a server is marked."""
    rows = (
        [
            code(one.name),
            code(PREFIX + one.name.upper()),
            type(one.default).__name__,
            code(str(one.default)) or "empty",
            plain(one.metadata["help"]),
            "yes" if one.metadata["limit"] else "",
        ]
        for one in fields(Settings)
    )
    return table(["name", "in the environment", "type", "default", "what it is", "limit"], rows)


def rdf_formats() -> str:
    """The RDF formats."""
    return _formats(RDF_FORMATS.values(), graphs=True)


def result_formats() -> str:
    """The formats of SELECT and ASK results."""
    return _formats(RESULT_FORMATS.values(), graphs=False)


def _formats(formats: Iterable[Format], *, graphs: bool) -> str:
    rows = [
        [
            code(one.name),
            one.label,
            code(one.media_type),
            codes(one.aliases),
            codes(one.suffixes),
            *(["yes" if one.quads else "no"] if graphs else []),
        ]
        for one in formats
    ]
    header = ["name", "format", "media type", "also asked for by", "suffixes"]
    return table([*header, "named graphs"] if graphs else header, rows)


def export_formats() -> str:
    """The formats of lists of edges."""
    rows = (
        [
            code(one.name),
            one.label,
            code(one.media_type),
            code(one.suffix),
            plain(one.about),
            "yes" if one.has_ids else "no",
        ]
        for one in EXPORT_FORMATS.values()
    )
    return table(["name", "format", "media type", "suffix", "what it is", "choice of ids"], rows)


def input_formats() -> str:
    """What can be read."""
    rows = (
        [code(name), plain(one.title), one.record.__name__, _header(one), code(one.dataset)]
        for name, one in KINDS.items()
    )
    return table(["kind", "what it is", "records", "first columns", "its own data set"], rows)


def _header(kind: InputKind) -> str:
    first = kind.headers[0] if kind.headers else ()
    return codes(first[:3]) + (" ..." if len(first) > 3 else "")


def filters() -> str:
    """The filters over edges."""
    rows = ([code(one.name), plain(one.meaning), _values(one)] for one in FILTERS.values())
    return table(["filter", "what passes", "values"], rows)


def _values(one: Parameter) -> str:
    if one.choices:
        return codes(one.choices)
    if one.least is not None:
        return f"a whole number from {one.least} to {one.most}"
    return plain(one.looks) or f"text of at most {one.most} characters"
