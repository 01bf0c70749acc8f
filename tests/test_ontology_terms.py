"""A closed vocabulary: no file names a term that the ontology lacks, and none is there for nothing.

Looked at are code, templates, pictures, mapping, shapes, queries, the JSON-LD context and the docs.
Terms are told by their prefix, by their full IRI, or in code as ``TERM + "name"``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from rdflib import OWL, RDF, RDFS, URIRef

from rdfconv.identifiers import TERM
from rdfconv.vocabulary import PREFIXES, ontology_folder
from tests.ontology_files import methods, ontology

ROOT = Path(__file__).parent.parent
CLOSED = ("tfl", "obo", "sio", "up", "orth", "lscr")
"""The vocabularies of which no file may name a term that is not declared."""
SHARED = ("dcterms", "foaf", "prov", "schema", "skos", "void")
"""Vocabularies that describe data sets and services, too; of these, only what is said of records
(mapping, shapes, context) must be declared."""
OF_RECORDS = ("mapping.ttl", "shapes.ttl", "context.jsonld")
PLACES = (
    ("rdfconv", "*.py"),
    ("rdfconv", "*.html"),
    ("server", "*.py"),
    ("server", "*.html"),
    ("server", "*.js"),
    ("server", "*.svg"),
    ("ontology", "*.rq"),
    ("ontology", "mapping.ttl"),
    ("ontology", "shapes.ttl"),
    ("ontology", "context.jsonld"),
    ("ontology", "README.md"),
    ("benchmarks", "rdflib_loop.py"),
    (".", "README.md"),
    (".", "CHANGELOG.md"),
)
DATA = re.compile(re.escape(PREFIXES["obo"]) + "NCBITaxon_")
"""IRIs that are values of the data, not terms."""
IN_CODE = re.compile(r'\bTERM \+ f?"(\w+)"|\{_?TERM\}(\w+)|\bTFL\.(\w+)')


class Mention(NamedTuple):
    """A term where a file names it."""

    place: str
    term: str


def prefixed(prefixes: tuple[str, ...]) -> re.Pattern[str]:
    """Names with one of the prefixes, and full IRIs in their namespaces."""
    namespaces = "|".join(re.escape(PREFIXES[prefix]) for prefix in prefixes)
    local = r"([A-Za-z]\w*(?:-\w+)*)"
    return re.compile(rf"(?<![\w:#-])({'|'.join(prefixes)}):{local}|({namespaces}){local}(?![.\w])")


def without_services(query: str) -> str:
    """A query without what it asks of other endpoints, with the same lines.

    >>> without_services("{ ?a tfl:b ?c SERVICE <x> { ?c { up:d } } ?e }")
    '{ ?a tfl:b ?c  ?e }'
    """
    while found := re.search(r"\bSERVICE\b[^{]*\{", query):
        end, depth = found.end(), 1
        while depth:
            depth += {"{": 1, "}": -1}.get(query[end], 0)
            end += 1
        query = query[: found.start()] + "\n" * query.count("\n", found.start(), end) + query[end:]
    return query


def named(text: str, prefixes: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The terms that a text names, with their lines."""
    for number, line in enumerate(text.splitlines(), 1):
        for prefix, name, namespace, local in prefixed(prefixes).findall(line):
            yield number, (PREFIXES[prefix] + name) if prefix else namespace + local
        for names in IN_CODE.findall(line):
            yield number, TERM + "".join(names)


def files() -> list[Path]:
    found: list[Path] = []
    for folder, pattern in PLACES:
        search = (ROOT / folder).glob if folder == "." else (ROOT / folder).rglob
        found += search(pattern)
    # What others wrote is none of ours.
    ours = {path for path in found if not {"node_modules", "vendor"}.intersection(path.parts)}
    return sorted(ours)


@cache
def mentions() -> tuple[Mention, ...]:
    found = []
    for path in files():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".rq":
            text = without_services(text)
        prefixes = CLOSED + (SHARED if path.name in OF_RECORDS else ())
        for line, term in named(text, prefixes):
            if not DATA.match(term):
                found.append(Mention(f"{path.relative_to(ROOT)}:{line}", term))
    return tuple(found)


def test_no_file_names_a_term_that_the_ontology_lacks() -> None:
    known = {str(term) for graph in (ontology(), methods()) for term in graph.subjects(RDF.type)}
    lacking = [
        f"{place}: <{term}> is neither in ontology/tflink.ttl nor in ontology/methods.ttl"
        for place, term in mentions()
        if term not in known
    ]
    assert not lacking, "\n".join(lacking)


def test_no_other_term_is_declared_for_nothing() -> None:
    used = {term for _, term in mentions()}
    for graph in (ontology(), methods()):
        for subject, predicate, value in graph:
            used |= {str(predicate)} | ({str(value)} - {str(subject)})
    idle = [
        f"ontology/tflink.ttl: <{term}> is declared, but nothing uses it"
        for term in ontology().subjects(RDFS.isDefinedBy, unique=True)
        if isinstance(term, URIRef) and not term.startswith(TERM) and str(term) not in used
    ]
    assert not idle, "\n".join(idle)


def test_every_file_is_looked_at() -> None:
    names = {path.name for path in files()}
    assert {"mapping.ttl", "shapes.ttl", "context.jsonld", "targets.rq", "protein.py"} <= names
    per_file = {place.partition(":")[0] for place, _ in mentions()}
    assert {"ontology/mapping.ttl", "ontology/shapes.ttl", "ontology/context.jsonld"} <= per_file
    assert {
        "rdfconv/pages.py",
        "server/pages/protein.py",
        "ontology/queries/targets.rq",
    } <= per_file
    assert (ontology_folder() / "tflink.ttl").is_relative_to(ROOT)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("?a tfl:regulates ?b", TERM + "regulates"),
        ("^tfl:regulates/tfl:encodedBy", TERM + "encodedBy"),
        (f"?a <{TERM}target> ?b", TERM + "target"),
        ('NamedNode(TERM + "evidence")', TERM + "evidence"),
        ('f"?edge a <{TERM}Evidence>"', TERM + "Evidence"),
        ('{"@id": "tfl:smallScale", "@type": "xsd:boolean"}', TERM + "smallScale"),
        ("?p obo:RO_0002162 ?t", PREFIXES["obo"] + "RO_0002162"),
    ],
)
def test_a_term_is_found_however_it_is_written(text: str, term: str) -> None:
    assert (1, term) in list(named(text, CLOSED))


def test_what_is_no_term_is_not_taken_for_one() -> None:
    text = "tfl: tfld:tflink-1.0 <http://purl.obolibrary.org/obo/mi.owl> obo:{term} backup:x"
    assert list(named(text, CLOSED)) == []
    assert OWL.Class not in {URIRef(term) for _, term in mentions()}
