"""The ontology that a release was built with: ``/ontology``, for people and as RDF.

It is read from the release's own named graph, so it tells the terms of the data that are served.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request, url_for
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    Triple,
)
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
    if not nested:
        return dumps(triples, fmt)
    from server.nested_turtle import turtle

    return turtle(triples, _rank)


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
