"""The one table of formats: RDF and SPARQL results, with names, suffixes and media types.

The command line's choices, content negotiation, the docs and the tests all read it.

>>> RDF_FORMATS["ttl"].media_type
'text/turtle'
>>> rdf_format_of("SOX4.jsonld.gz").name
'jsonld'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from rdfconv.errors import UsageError


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes:
        name: the name in ``--format`` and ``format=``.
        label: the name people use.
        media_type: what it is served as; other media types that ask for it are ``aliases``.
        suffixes: file name endings, with the dot; the first is the usual one.
        quads: whether it can carry named graphs.
        oxigraph: the name of the format in pyoxigraph's ``RdfFormat`` or ``QueryResultsFormat``.
    """

    name: str
    label: str
    media_type: str
    aliases: tuple[str, ...]
    suffixes: tuple[str, ...]
    quads: bool
    oxigraph: str


def _table(*formats: Format) -> Mapping[str, Format]:
    return {fmt.name: fmt for fmt in formats}


RDF_FORMATS = _table(
    Format("ttl", "Turtle", "text/turtle", ("application/x-turtle",), (".ttl",), False, "TURTLE"),
    Format("nt", "N-Triples", "application/n-triples", ("text/plain",), (".nt",), False,
           "N_TRIPLES"),
    Format("jsonld", "JSON-LD", "application/ld+json", ("application/json",),
           (".jsonld", ".json"), True, "JSON_LD"),
    Format("rdfxml", "RDF/XML", "application/rdf+xml", ("application/xml", "text/xml"),
           (".rdf", ".xml", ".owl"), False, "RDF_XML"),
    Format("nq", "N-Quads", "application/n-quads", (), (".nq",), True, "N_QUADS"),
    Format("trig", "TriG", "application/trig", (), (".trig",), True, "TRIG"),
)  # fmt: skip
"""RDF formats by name; the first is the default of ``*/*``."""

RESULT_FORMATS = _table(
    Format("json", "SPARQL JSON", "application/sparql-results+json", ("application/json",),
           (".srj", ".json"), False, "JSON"),
    Format("xml", "SPARQL XML", "application/sparql-results+xml", ("application/xml", "text/xml"),
           (".srx", ".xml"), False, "XML"),
    Format("csv", "CSV", "text/csv", (), (".csv",), False, "CSV"),
    Format("tsv", "TSV", "text/tab-separated-values", (), (".tsv",), False, "TSV"),
)  # fmt: skip
"""Formats of SELECT and ASK results by name; the first is the default of ``*/*``."""


def rdf_format_of(path: str, name: str | None = None) -> Format:
    """The RDF format of a file: the one named, else the one its suffix tells (``.gz`` aside).

    Raises:
        UsageError: an unknown name or suffix.
    """
    if name is not None:
        if name not in RDF_FORMATS:
            raise UsageError(f"there is no RDF format {name!r}", hint=_choices())
        return RDF_FORMATS[name]
    suffix = PurePath(path.removesuffix(".gz")).suffix
    for fmt in RDF_FORMATS.values():
        if suffix in fmt.suffixes:
            return fmt
    raise UsageError(
        f"the name {path!r} does not tell the RDF format", hint=f"give --format: {_choices()}"
    )


def _choices() -> str:
    return ", ".join(RDF_FORMATS)
