"""The ontology that a release was built with: ``/ontology``, for people and as RDF.

It is read from the release's own named graph, so it tells the terms of the data that are served.
"""

from __future__ import annotations

import io
from http import HTTPStatus

import rdflib
from flask import Blueprint, Response, redirect, render_template, request, url_for
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    Triple,
)
from rdflib.plugins.serializers.turtle import TurtleSerializer
from werkzeug.wrappers import Response as BaseResponse

from rdfconv.config import Settings
from rdfconv.errors import shown
from rdfconv.formats import RDF_FORMATS, Format
from rdfconv.identifiers import ONTOLOGY_GRAPH, TERM
from rdfconv.serialize import dumps
from rdfconv.vocabulary import PREFIXES
from server.caching import begin
from server.engine import Engine
from server.negotiation import HTML
from server.problems import Problem, accepted
from server.reader import Reader, consistent
from server.streaming import RELEASE_HEADER, content_type
from server.terms import ONTOLOGY, Vocabulary, has_loops

FORMATS = {
    fmt.suffixes[0].removeprefix("."): fmt
    for fmt in (*(RDF_FORMATS[name] for name in ("ttl", "jsonld", "nt", "rdfxml")), HTML)
}
"""The formats of the ontology by suffix, the default of ``*/*`` first."""
_SUFFIX = {fmt.name: suffix for suffix, fmt in FORMATS.items()}
_OTHER_SUFFIXES = {
    suffix.removeprefix("."): _SUFFIX[fmt.name]
    for fmt in FORMATS.values()
    for suffix in fmt.suffixes[1:]
}
"""Suffixes that are redirected, such as ``.owl``, and where to."""


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The routes of the ontology."""
    routes = Blueprint("ontology", __name__)

    def answer(version: str, suffix: str) -> BaseResponse:
        """The ontology, if it has that version ("" is any), in the suffix's or the best format."""
        if suffix in _OTHER_SUFFIXES:
            return redirect(_address(version, _OTHER_SUFFIXES[suffix]), 301)
        if suffix and suffix not in FORMATS:
            raise _no_such_format()
        fmt = FORMATS[suffix] if suffix else accepted(FORMATS)
        location = "" if suffix else _address(version, _SUFFIX[fmt.name])
        begin(engine.release(), "ontology", request.url, fmt.name, location=location)
        triples, release = consistent(engine, settings, _read)
        vocabulary = Vocabulary(triples)
        if not vocabulary.exists:
            raise _no_ontology()
        if version not in ("", vocabulary.version):
            raise _no_such_version(version, vocabulary.version)
        body = _html(vocabulary, version) if fmt is HTML else _rdf(triples, fmt)
        response = Response(body, content_type=content_type(fmt))
        response.headers[RELEASE_HEADER] = release
        response.headers["Link"] = ", ".join(_links(version, fmt))
        if not suffix:
            response.headers["Content-Location"] = location
            response.vary.add("Accept")
        return response

    @routes.get("/ontology")
    def ontology() -> BaseResponse:
        return answer("", "")

    @routes.get("/ontology.<suffix>")
    def document(suffix: str) -> BaseResponse:
        return answer("", suffix)

    @routes.get("/ontology/<name>")
    def version(name: str) -> BaseResponse:
        stem, _, suffix = name.rpartition(".")
        if suffix in FORMATS or suffix in _OTHER_SUFFIXES:
            return answer(stem, suffix)
        return answer(name, "")

    return routes


def _address(version: str, suffix: str) -> str:
    dotted = f".{suffix}" if suffix else ""
    if version:
        return url_for("ontology.version", name=version + dotted)
    return url_for("ontology.ontology") + dotted


def _links(version: str, fmt: Format) -> list[str]:
    links = [
        f'<{_address(version, suffix)}>; rel="alternate"; type="{other.media_type}"'
        for suffix, other in FORMATS.items()
        if other is not fmt
    ]
    return [*links, f'<{ONTOLOGY}>; rel="describes"']


# The documents


def _read(reader: Reader) -> list[Triple]:
    """The ontology's triples: its own terms before others, and blank nodes, always named alike."""
    text = f"SELECT ?s ?p ?o WHERE {{ GRAPH <{ONTOLOGY_GRAPH}> {{ ?s ?p ?o }} }}"
    dataset = Dataset()
    for subject, predicate, value in reader.select(text, "s", "p", "o"):
        # Three bound variables of a triple pattern: a reader that gives less is not right.
        assert isinstance(subject, NamedNode | BlankNode)
        assert isinstance(predicate, NamedNode)
        assert value is not None
        dataset.add(Quad(subject, predicate, value))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    triples = [quad.triple for quad in dataset]
    return sorted(triples, key=lambda triple: (_rank(str(triple.subject)), str(triple)))


def _rank(subject: str) -> tuple[int, str]:
    """Where a subject stands, given as in N-Triples: the ontology, its terms, others, no name."""
    starts = (f"<{ONTOLOGY}>", f"<{TERM}", "<", "_:")
    return next(number for number, start in enumerate(starts) if subject.startswith(start)), subject


def _rdf(triples: list[Triple], fmt: Format) -> str:
    # rdflib would follow a list without an end for ever.
    nested = fmt.name == "ttl" and not has_loops(triples)
    return _turtle(triples) if nested else dumps(triples, fmt)


class _InOrder(TurtleSerializer):
    """rdflib's Turtle, with the subjects in our order: the ontology, its terms, others.

    It writes lists and class expressions where they are used, so blank nodes come last, and of
    them first the ones that use others.
    """

    def orderSubjects(self) -> list[rdflib.term.Node]:  # noqa: N802 (rdflib calls it so)
        used = {node for node in self.store.objects() if isinstance(node, rdflib.BNode)}
        subjects = sorted(self.store.subjects(unique=True), key=lambda node: _rank(node.n3()))
        return sorted(subjects, key=lambda node: node in used)


def _turtle(triples: list[Triple]) -> str:
    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    for triple in triples:
        graph.add((_node(triple.subject), _node(triple.predicate), _node(triple.object)))
    stream = io.BytesIO()
    _InOrder(graph).serialize(stream, encoding="utf-8")
    return stream.getvalue().decode()


def _node(term: object) -> rdflib.IdentifiedNode | rdflib.Literal:
    if isinstance(term, Literal):
        datatype = None if term.language else rdflib.URIRef(term.datatype.value)
        if datatype == rdflib.XSD.string:
            datatype = None
        return rdflib.Literal(term.value, datatype=datatype, lang=term.language, normalize=False)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    assert isinstance(term, NamedNode)
    return rdflib.URIRef(term.value)


def _html(vocabulary: Vocabulary, version: str) -> str:
    return render_template(
        "ontology.html",
        ontology=vocabulary,
        sections=vocabulary.sections(),
        elsewhere=vocabulary.terms_from_elsewhere(),
        prefixes=PREFIXES,
        formats=[
            (fmt, _address(version, suffix)) for suffix, fmt in FORMATS.items() if fmt != HTML
        ],
    )


# What is not there


def _no_ontology() -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no-ontology",
        "This release carries no ontology",
        f"Its named graph {ONTOLOGY_GRAPH} is empty.",
        hint="build the release with 'rdfconv build', which puts the ontology into it",
    )


def _no_such_version(version: str, there: str) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no-such-version",
        "There is no such version of the ontology",
        f"{shown(version)} is not here. This release was built with version {there}.",
        hint="ask for that one, or leave the version out",
        available={there: _address(there, ""), "the ontology": _address("", "")},
    )


def _no_such_format() -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no-such-format",
        "There is no ontology in that format",
        f"There is: {', '.join('.' + suffix for suffix in FORMATS)}",
        hint="use one of these suffixes, or none and an Accept header",
        available={suffix: _address("", suffix) for suffix in FORMATS},
    )
