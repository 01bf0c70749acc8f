"""Content negotiation against RFC 9110."""

from __future__ import annotations

import pytest

from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from server.negotiation import HTML, named_format, negotiate, parse_accept

RESULTS = tuple(RESULT_FORMATS.values())
RDF = tuple(RDF_FORMATS.values())
PAGE = (RDF_FORMATS["ttl"], RDF_FORMATS["jsonld"], RDF_FORMATS["nt"], HTML)

CASES = [
    # nothing said, or nothing understood
    (None, RESULTS, "json"),
    ("", RESULTS, "json"),
    (" , ", RESULTS, "json"),
    ("nonsense", RESULTS, "json"),
    ("*/csv", RESULTS, "json"),
    # exact types, aliases, case
    ("text/csv", RESULTS, "csv"),
    ("TEXT/CSV", RESULTS, "csv"),
    ("application/json", RESULTS, "json"),
    ("application/xml", RESULTS, "xml"),
    ("application/x-turtle", RDF, "ttl"),
    ("text/plain", RDF, "nt"),
    ("application/json", RDF, "jsonld"),
    # wildcards; an alias is not found by them
    ("*/*", RESULTS, "json"),
    ("text/*", RESULTS, "csv"),
    ("text/*", RDF, "ttl"),
    ("application/*", RDF, "nt"),
    ("image/*", RESULTS, None),
    # qualities
    ("text/csv;q=0.5, text/tab-separated-values;q=0.6", RESULTS, "tsv"),
    ("text/csv; q=0.5 , application/sparql-results+xml ; Q=0.501", RESULTS, "xml"),
    ("text/csv;q=0", RESULTS, None),
    ("text/csv;q=0.000, */*;q=0.001", RESULTS, "json"),
    ("application/sparql-results+json;q=0, */*", RESULTS, "xml"),
    ("application/sparql-results+json;q=0, application/json", RESULTS, None),
    ("*/*;q=0", RESULTS, None),
    ("*/*;q=0, text/csv;q=0.1", RESULTS, "csv"),
    # the most specific range wins, wherever it stands
    ("text/*, text/csv;q=0.1, application/sparql-results+xml;q=0.5", RESULTS, "tsv"),
    ("*/*;q=0.9, application/*;q=0.1", RESULTS, "csv"),
    (
        "text/turtle;q=0.1, text/turtle;charset=utf-8;q=0.2, application/n-triples;q=0.15",
        RDF,
        "ttl",
    ),
    ("text/turtle;q=0.9, text/turtle;version=1.1;q=0.1, application/n-triples;q=0.5", RDF, "nt"),
    # equal qualities: named before wildcard, then the table's order
    ("text/csv, */*", RESULTS, "csv"),
    ("text/csv, application/sparql-results+json", RESULTS, "json"),
    # parameters, quoted strings, malformed elements
    ("text/turtle;charset=UTF-8", RDF, "ttl"),
    ("text/turtle;charset=iso-8859-1, application/n-triples;q=0.1", RDF, "nt"),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded, x;q=0"', RDF, "jsonld"),
    ("text/csv;q=2, text/tab-separated-values;q=0.1", RESULTS, "tsv"),
    ("text/csv;q=0.1234, text/tab-separated-values;q=0.1", RESULTS, "tsv"),
    ("text/csv;q=, text/tab-separated-values;q=0.1", RESULTS, "tsv"),
    # what clients send
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", PAGE, "html"),
    ("*/*", PAGE, "ttl"),
    ("application/rdf+xml, text/html;q=0.1", PAGE, "html"),
    ("application/rdf+xml;q=0.9, text/turtle;q=0.8, application/ld+json;q=0.7", RDF, "rdfxml"),
]


@pytest.mark.parametrize(("header", "formats", "expected"), CASES)
def test_negotiate(header: str | None, formats: tuple[object, ...], expected: str | None) -> None:
    chosen = negotiate(header, formats)  # type: ignore[arg-type]
    assert (chosen.name if chosen else None) == expected


def test_a_long_header_is_read_to_the_end() -> None:
    header = ", ".join(f"x/y{number}" for number in range(5000)) + ", text/csv"
    assert len(parse_accept(header)) == 5001
    chosen = negotiate(header, RESULTS)
    assert chosen is RESULT_FORMATS["csv"]


@pytest.mark.parametrize(
    ("name", "formats", "expected"),
    [
        ("json", RESULTS, "json"),
        ("json", RDF, "jsonld"),
        ("xml", RESULTS, "xml"),
        ("xml", RDF, "rdfxml"),
        ("rdf+xml", RDF, "rdfxml"),
        ("Turtle", RDF, "ttl"),
        ("json-ld", RDF, "jsonld"),
        ("application/sparql-results+json", RESULTS, "json"),
        ("ttl", RESULTS, None),
        ("", RESULTS, None),
        ("nonsense", RDF, None),
    ],
)
def test_named_format(name: str, formats: tuple[object, ...], expected: str | None) -> None:
    chosen = named_format(name, formats)  # type: ignore[arg-type]
    assert (chosen.name if chosen else None) == expected
