"""No value breaks out of its term, in any syntax; what is written is read back the same."""

import json
from typing import Any

import pyld.jsonld
import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfconv.emitter import Emitter
from rdfconv.formats import RDF_FORMATS, Format, rdf_format_of
from rdfconv.identifiers import NOT_XML, local_name
from rdfconv.mapping import MappingFile
from rdfconv.model import DetectionMethod, Protein, SourceDatabase, Taxon
from rdfconv.serialize import XSD, XSD_INTEGER, Term, dumps, iri, literal, syntax_of
from rdfconv.vocabulary import PREFIXES

NAMES = st.text(st.characters(codec="utf-8"), min_size=1).filter(
    lambda text: not NOT_XML.search(text)
)
"""Any string of XML 1.0 characters."""
FORMATS = list(RDF_FORMATS.values())


def read_back(text: str, fmt: Format) -> list[pyoxigraph.Triple]:
    rdf_format = getattr(pyoxigraph.RdfFormat, fmt.oxigraph)
    return [quad.triple for quad in pyoxigraph.parse(text.encode(), rdf_format)]


def document(fmt: Format, *blocks: str) -> str:
    return b"".join(syntax_of(fmt).document(block.encode() for block in blocks)).decode()


def protein(name: str) -> Protein:
    return Protein("Q06945", name, (name + "'",), ("1",), (), (), True, False, (), ())


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
@settings(max_examples=150, deadline=None)
@given(name=NAMES)
def test_any_name_survives(fmt: Format, name: str) -> None:
    emitter = Emitter(MappingFile.load(), syntax_of(fmt))
    unknown = f"unknown {name}"
    text = document(
        fmt,
        emitter.write(protein(name)),
        emitter.write(SourceDatabase(unknown)),
        emitter.write(DetectionMethod(unknown)),
        emitter.write(Taxon(unknown)),
    )
    triples = read_back(text, fmt)
    assert len(triples) == len({*triples}) == 7 + 2 + 3 + 2
    labels = [
        triple.object.value
        for triple in triples
        if triple.predicate.value in (PREFIXES["rdfs"] + "label", PREFIXES["up"] + "scientificName")
        and isinstance(triple.object, pyoxigraph.Literal)
    ]
    assert labels == [name, unknown, unknown, unknown]
    subjects = {str(triple.subject) for triple in triples}
    assert f"<https://w3id.org/tflink-rdf/database/{local_name(unknown)}>" in subjects


VALUES = st.one_of(
    NAMES.map(literal),
    st.integers().map(lambda number: literal(str(number), XSD_INTEGER)),
    st.booleans().map(lambda value: literal(str(value).lower(), XSD + "boolean")),
    st.sampled_from(["en", "de-at"]).flatmap(
        lambda tag: NAMES.map(lambda text: Term(text, PREFIXES["rdf"] + "langString", tag))
    ),
    st.sampled_from(
        [
            "http://purl.uniprot.org/uniprot/Q06945",
            "http://purl.uniprot.org/uniprot/",
            "http://purl.uniprot.org/uniprot/a.",
            "http://purl.uniprot.org/uniprot/-a",
            "http://purl.uniprot.org/uniprot/a%20b",
            "http://purl.obolibrary.org/obo/MI_0402",
            "https://example.org/a?b=c&d='e'#f",
            "urn:x",
            "https://example.org/é",
        ]
    ).map(iri),
    st.just(Term("_:b1")),
)
PREDICATES = st.sampled_from(
    [
        PREFIXES["rdf"] + "type",
        PREFIXES["rdfs"] + "label",
        PREFIXES["tfl"] + "evidence",
        PREFIXES["tfl"] + "smallScale",
        PREFIXES["tfl"] + "databaseCount",
        "https://example.org/p#x",
        "https://example.org/9a",
    ]
)


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
@settings(max_examples=100, deadline=None)
@given(triples=st.lists(st.tuples(PREDICATES, VALUES), max_size=6))
def test_any_graph_survives_dumps(fmt: Format, triples: list[tuple[str, Term]]) -> None:
    subject = pyoxigraph.NamedNode("https://example.org/s")
    graph = [
        pyoxigraph.Triple(subject, pyoxigraph.NamedNode(predicate), as_oxigraph(value))
        for predicate, value in triples
    ]
    back = read_back(dumps(graph, fmt), fmt)
    assert canonical(back) == canonical(graph)


def as_oxigraph(term: Term) -> Any:
    if term.language:
        return pyoxigraph.Literal(term.value, language=term.language)
    if term.is_literal:
        return pyoxigraph.Literal(term.value, datatype=pyoxigraph.NamedNode(term.datatype))
    if term.value.startswith("_:"):
        return pyoxigraph.BlankNode(term.value[2:])
    return pyoxigraph.NamedNode(term.value)


def canonical(triples: list[pyoxigraph.Triple]) -> set[str]:
    """Triples as text; there is one blank node at most, so its label does not matter."""
    return {
        f"{triple.predicate} "
        + ("_:" if isinstance(triple.object, pyoxigraph.BlankNode) else str(triple.object))
        for triple in triples
    }


def test_json_ld_expands_with_another_processor() -> None:
    fmt = RDF_FORMATS["jsonld"]
    emitter = Emitter(MappingFile.load(), syntax_of(fmt))
    text = document(fmt, emitter.write(protein("SOX4")))
    quads = pyld.jsonld.to_rdf(json.loads(text), {"format": "application/n-quads"})
    expected = {str(triple) for triple in read_back(text, fmt)}
    assert {line.removesuffix(" .") for line in quads.splitlines()} == expected
    assert len(expected) == 7


def test_an_empty_document_is_a_document() -> None:
    for fmt in FORMATS:
        assert read_back(document(fmt), fmt) == []
        assert read_back(dumps([], fmt), fmt) == []


def test_formats_are_told_by_suffix() -> None:
    for fmt in FORMATS:
        for suffix in fmt.suffixes:
            if suffix != ".xml":
                assert rdf_format_of(f"a.b{suffix}") is fmt
            assert rdf_format_of(f"a.b{suffix}.gz") is rdf_format_of(f"a{suffix}")
