"""What each client asks, and whether its answer is the store's own.

A client gives for each question one of these, as JSON:

- ``{"results": ...}``: rows or a yes or no, in SPARQL's own form of results in JSON;
- ``{"cells": [[...], ...]}``: a table of texts, the names of the columns first;
- ``{"graph": "..."}``: triples in N-Triples;
- ``{"error": "..."}``: what it tells its user.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from rdfconv.vocabulary import PREFIXES as WELL_KNOWN
from tests.federation.standins import rows

Answer = Mapping[str, Any]
GET, POST = "GET", "POST"
PREFIXES = """PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX tfl: <https://w3id.org/tflink-rdf/ontology#>
PREFIX tfli: <https://w3id.org/tflink-rdf/interaction/>
PREFIX uniprotkb: <http://purl.uniprot.org/uniprot/>
"""
_SHORT = (
    "SELECT ?factor ?target { VALUES ?factor { uniprotkb:P03069 } ?factor tfl:regulates ?target }"
)
# Clients that choose the method themselves post what is longer than 600 characters or so.
_FACTORS = (
    "P03069",
    "P02835",
    "P07207",
    "P08047",
    "P09957",
    "P10242",
    "P21192",
    "Q00286",
    "Q06945",
)
_LONG = f"""SELECT ?factor ?target {{
  VALUES ?factor {{ {" ".join(f"<http://purl.uniprot.org/uniprot/{each}>" for each in _FACTORS)} }}
  ?factor tfl:regulates ?target
}}"""
_TEXTS = """SELECT ?text ?given {
  { ?term skos:example ?text FILTER(CONTAINS(?text, "Köln")) }
  UNION { ?data dcterms:bibliographicCitation ?text FILTER(CONTAINS(?text, "Bohár")) }
  UNION { tfl:statedStrand skos:definition ?text }
  VALUES ?given { "a \\"quoted\\" \\\\ β, 'é'\\n<&> 😀"@de "" true 42 }
}"""


@dataclass(frozen=True, slots=True)
class Question:
    """A query, and how it is sent.

    Attributes:
        name: its own name.
        feature: what a client can that answers it rightly.
        form: SELECT, ASK or CONSTRUCT.
        method: GET or POST.
        query: the text.
    """

    name: str
    feature: str
    form: str
    method: str
    query: str


QUESTIONS = tuple(
    Question(name, feature, form, method, text if name == "bare" else f"{PREFIXES}{text}")
    for name, feature, form, method, text in (
        ("select-get", "SELECT, GET", "SELECT", GET, _SHORT),
        ("select-post", "SELECT, POST", "SELECT", POST, _LONG),
        ("yes", "ASK", "ASK", GET, "ASK { uniprotkb:Q06945 tfl:regulates uniprotkb:Q08211 }"),
        ("no", "ASK", "ASK", GET, "ASK { uniprotkb:Q08211 tfl:regulates uniprotkb:Q06945 }"),
        ("construct", "CONSTRUCT", "CONSTRUCT", GET,
         "CONSTRUCT { ?edge ?property ?value } { VALUES ?edge { tfli:P11308_Q06945 }"
         " ?edge ?property ?value }"),
        ("bare", "no PREFIX", "SELECT", GET, _SHORT),
        ("texts-get", "texts", "SELECT", GET, _TEXTS),
        ("texts-post", "texts", "SELECT", POST, _TEXTS),
        ("error", "error 400", "SELECT", GET,
         "SELECT (<http://example.org/nothing>(?target) AS ?value)"
         " { uniprotkb:P03069 tfl:regulates ?target }"),
    )
)  # fmt: skip
FEATURES = tuple(dict.fromkeys(question.feature for question in QUESTIONS))
DETAIL = "function <http://example.org/nothing> is not supported"
"""What the server says of the question *error*."""


def as_json(endpoint: str, questions: Sequence[Question] = QUESTIONS) -> str:
    """The questions as programs of other languages read them."""
    asked = [
        {"name": one.name, "form": one.form, "method": one.method, "query": one.query}
        for one in questions
    ]
    return json.dumps({"endpoint": endpoint, "questions": asked})


def is_right(store: ox.Store, question: Question, answer: Answer) -> bool:
    """Whether an answer is what the store itself answers.

    Args:
        store: the store of the release that the server serves.
        question: what was asked.
        answer: what a client gave.
    """
    if question.name == "error":
        return DETAIL in answer.get("error", "")
    wanted = store.query(question.query, prefixes=dict(WELL_KNOWN))
    if isinstance(wanted, ox.QuerySolutions):
        if "cells" in answer:
            return _of_cells(answer["cells"]) == _texts(wanted)
        found = _parsed(answer.get("results"))
        return isinstance(found, ox.QuerySolutions) and rows(found) == rows(wanted)
    if isinstance(wanted, ox.QueryBoolean):
        found = _parsed(answer.get("results"))
        return isinstance(found, ox.QueryBoolean) and bool(found) is bool(wanted)
    assert isinstance(wanted, ox.QueryTriples)
    triples = ox.parse(answer.get("graph", "").encode(), format=ox.RdfFormat.N_TRIPLES)
    return {quad.triple for quad in triples} == set(wanted)


def _parsed(results: object) -> ox.QuerySolutions | ox.QueryBoolean | None:
    if results is None:
        return None
    text = json.dumps(results).encode()
    return ox.parse_query_results(text, format=ox.QueryResultsFormat.JSON)


def _of_cells(table: Sequence[Sequence[str]]) -> list[list[str]]:
    head, *body = table
    order = sorted(range(len(head)), key=lambda column: head[column])
    return sorted([row[column] for column in order] for row in body)


def _texts(solutions: ox.QuerySolutions) -> list[list[str]]:
    """The rows as a table has them: without types and languages."""
    names = sorted(variable.value for variable in solutions.variables)
    return sorted([_text(row[name]) for name in names] for row in solutions)


def _text(term: object) -> str:
    assert isinstance(term, ox.NamedNode | ox.Literal)
    return term.value
