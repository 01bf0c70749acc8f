"""A Virtuoso in place of the store, and what it does otherwise."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from rdfconv.examples import Example, Form
from rdfconv.formats import RESULT_FORMATS
from server.engine import Engine, ErrorKind, Query
from server.engine.dialects import DIFFERENCES
from tests.conftest import ROOT
from tests.engines.asking import LIMITS, OWN, content, failure, triples
from tests.server.remotes import (
    always,
    endpoint,
    http_answer,
)


def loosely(engine: Engine, text: str) -> Counter[tuple[tuple[str, str], ...]]:
    """The rows, with what Virtuoso is known to write otherwise made the same: see `DIFFERENCES`."""
    words = {"true": "1", "false": "0"}
    return Counter(
        tuple(
            (name, " ".join(sorted(re.split(r",?\s+", words.get(cell["value"], cell["value"])))))
            for name, cell in sorted(row.items())
        )
        for row in json.loads(content(engine, text))["results"]["bindings"]
    )


OTHERWISE = {
    "named-graphs": "GRAPH ?g { } without a pattern",
    "gel-shift-or-footprint": "SELECT DISTINCT ... LIMIT",
    "regulators": "GROUP_CONCAT of nothing",
    "binding-sites": "an error in IF",
}
"""Examples that Virtuoso answers otherwise, and what of `DIFFERENCES` shows there."""


def test_examples_that_virtuoso_answers_otherwise(local: Engine, of_virtuoso: Engine) -> None:
    """They still do: else the table of differences is out of date."""
    told = [one.what.replace("`", "") for one in DIFFERENCES]
    for example in OWN:
        if example.name in OTHERWISE:
            assert loosely(of_virtuoso, example.text) != loosely(local, example.text)
            assert any(one.startswith(OTHERWISE[example.name][:12]) for one in told)


@pytest.mark.parametrize(
    "example", [one for one in OWN if one.name not in OTHERWISE], ids=lambda one: one.name
)
def test_examples_on_virtuoso(local: Engine, of_virtuoso: Engine, example: Example) -> None:
    if example.form is Form.SELECT:
        mine, theirs = loosely(local, example.text), loosely(of_virtuoso, example.text)
        # Which rows a LIMIT leaves may be left open.
        limits = {int(number) for number in re.findall(r"\bLIMIT (\d+)", example.text)}
        assert theirs.total() == mine.total()
        assert theirs == mine or mine.total() in limits
    elif example.form is Form.ASK:
        assert content(of_virtuoso, example.text) == content(local, example.text)
    else:
        assert triples(of_virtuoso, example.text) == triples(local, example.text)


def test_what_is_mended_of_virtuoso(local: Engine, of_virtuoso: Engine) -> None:
    """See `DIFFERENCES`; and for the errors, that there is no answer."""
    small = "?e tfl:smallScale ?small FILTER(isLiteral(?small))"
    for text in (
        "ASK { uniprotkb:Q06945 tfl:regulates ?t }",
        "ASK { uniprotkb:Q06945 tfl:regulates <x:nothing> }",
        f"SELECT DISTINCT ?small {{ {small} }} ORDER BY ?small",
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
    ):
        for name in ("json", "csv", "xml", "tsv"):
            assert content(of_virtuoso, text, name) == content(local, text, name), text
    built = f"CONSTRUCT {{ ?e tfl:smallScale ?small }} {{ {small} }}"
    assert triples(of_virtuoso, built) == triples(local, built)
    paths = "SELECT * { ?a rdfs:subClassOf* ?b }"
    assert failure(of_virtuoso, paths).kind is ErrorKind.EVALUATION


FUNCTIONS = """
SELECT * { ?s a ?t . FILTER(CALL = "x" || true) } LIMIT 2
SELECT * { ?s a ?t . FILTER(sameTerm("a"@en, "a"@EN) || CALL = "") } LIMIT 1
SELECT * { { VALUES ?a {} BIND(CALL AS ?x) } UNION { BIND(1 AS ?y) } }
SELECT (IF(true, 1, CALL) AS ?x) { }
PREFIX b: <bif:> SELECT * { ?s a ?t . FILTER(b:http_get(URL) = "x" || true) } LIMIT 2
PREFIX xsd: <bif:> SELECT * { ?s a ?t . FILTER(xsd:http_get(URL) = "x" || true) } LIMIT 2
SELECT * { ?s a ?t . FILTER(<\\u0062if:http_get> # why
 (URL) = "x" || true) } LIMIT 2
"""


def test_functions_of_the_engine_are_not_called(of_virtuoso: Engine) -> None:
    """Virtuoso's fetch addresses, and our parser drops what need not be computed."""
    with endpoint(always(http_answer(b"secret", "text/plain"))) as trap:
        texts = [one for one in re.split(r"\n(?=[SP])", FUNCTIONS) if one.strip()]
        assert len(texts) == 7
        for text in texts:
            called = text.replace("CALL", "<bif:http_get>(URL)").replace("URL", f'"{trap.url}"')
            assert failure(of_virtuoso, called).kind is ErrorKind.SYNTAX, text
        assert not trap.visits
    double = "http://www.w3.org/2001/XMLSchema#double"
    casts = f"SELECT (xsd:integer('1') AS ?a) (<{double}>(1) AS ?b) {{ }}"
    assert content(of_virtuoso, casts, "csv").startswith(b"a,b\r\n1,1")


def test_blank_nodes_of_virtuoso(local: Engine, of_virtuoso: Engine) -> None:
    graph = "https://w3id.org/tflink-rdf/graph/ontology"
    text = f"SELECT ?s ?o {{ GRAPH <{graph}> {{ ?s ?p ?o FILTER(isBlank(?o)) }} }}"
    found = [json.loads(content(one, text))["results"]["bindings"] for one in (local, of_virtuoso)]
    assert len(found[0]) == len(found[1]) > 0
    assert {row["o"]["type"] for row in found[1]} == {"bnode"}


def test_the_dataset_of_a_request_to_virtuoso(local: Engine, of_virtuoso: Engine) -> None:
    """No graph is none, and not all; its own are never seen."""
    graph = "https://w3id.org/tflink-rdf/graph/counts"
    for default, named in (((), (graph,)), ((graph,), ()), (("x:none",), ()), ((), ("x:none",))):
        query = Query(
            "SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }",
            RESULT_FORMATS["csv"],
            default_graphs=default,
            named_graphs=named,
        )
        answers = [b"".join(one.run(query, LIMITS).chunks) for one in (of_virtuoso, local)]
        assert answers[0] == answers[1], (default, named)


def test_the_document_has_the_table() -> None:
    text = (ROOT / "docs" / "engines.md").read_text("utf-8")
    rows = [f"| {one.engine} | {one.what} | {one.remedy} |" for one in DIFFERENCES]
    table = "\n".join(["| engine | what it does otherwise | and we |", "|---|---|---|", *rows])
    assert table in text, f"docs/engines.md must have:\n{table}"
