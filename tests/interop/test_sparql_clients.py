"""Clients of SPARQL ask a real server; what they make of the answers is what the store has."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from SPARQLWrapper import SPARQLWrapper

from tests.federation.relay import Relay, Request
from tests.interop.programs import CLIENT
from tests.interop.questions import FEATURES, QUESTIONS, Answer, is_right
from tests.interop.tables import Tables

HEADING = "Clients of SPARQL"
READS = {
    "application/sparql-results+json": "JSON",
    "application/sparql-results+xml": "XML",
    "text/csv": "CSV",
}
"""What the document calls the formats of rows."""

WRAPPED = {
    "xml": "application/rdf+xml",
    "rdf+xml": "application/rdf+xml",
    "turtle": "text/turtle",
    "json-ld": "application/ld+json",
    "json": "application/sparql-results+json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
"""SPARQLWrapper's names of formats."""
CONSTRUCT = "CONSTRUCT WHERE { uniprotkb:Q06945 rdfs:label ?name }"
SELECT = "SELECT ?name { uniprotkb:Q06945 rdfs:label ?name }"


def does(store: ox.Store, feature: str, answers: dict[str, Answer], sent: list[Request]) -> bool:
    """Whether all answers of a feature are right, and were asked in the way that it needs."""
    asked = [one for one in QUESTIONS if one.feature == feature and one.name in answers]
    methods = {one.method for one in sent if one.query}
    return bool(asked) and all(
        one.method in methods and is_right(store, one, answers[one.name]) for one in asked
    )


@pytest.mark.parametrize("name", CLIENT)
def test_the_document_has_what_each_client_does(
    relay: Relay, store: ox.Store, tables: Tables, tmp_path: Path, name: str
) -> None:
    client = CLIENT[name]
    relay.taken()
    answers = client.ask(f"{relay.url}/sparql", QUESTIONS, tmp_path)
    sent = relay.taken()
    cells = []
    for feature in FEATURES:
        right = does(store, feature, answers, sent)
        told = {one.name: answers.get(one.name) for one in QUESTIONS if one.feature == feature}
        assert right is (feature not in client.lacks), (feature, told)
        cells.append("ok" if right else client.lacks[feature])
    # Whoever does not show the server's words says at least that there is an error.
    assert answers["error"]["error"]
    refused = {one.status for one in sent} - {200}
    assert refused == ({400, 406} if name == "roqet" else {400})
    formats = {READS[one.media_type] for one in sent if one.media_type in READS}
    tables.add(HEADING, [name, client.version(), ", ".join(sorted(formats)), *cells])


@pytest.mark.parametrize("name", WRAPPED)
def test_sparqlwrapper_gets_what_it_names(base_url: str, name: str) -> None:
    """It names formats in ways of its own, next to the Accept header."""
    text = CONSTRUCT if name in ("xml", "turtle", "rdf+xml", "json-ld") else SELECT
    wrapper = SPARQLWrapper(f"{base_url}/sparql", returnFormat=name)
    wrapper.setQuery(text)
    assert wrapper.query().info()["content-type"].partition(";")[0] == WRAPPED[name]


def test_the_document_has_nothing_else(tables: Tables) -> None:
    assert [row[0] for row in tables.rows(HEADING)] == list(CLIENT)
