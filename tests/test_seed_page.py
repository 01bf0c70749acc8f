"""The page of SOX4, from the file to an answer over HTTP, against a reading of its own."""

import json
import urllib.parse
import urllib.request
from pathlib import Path
from typing import NamedTuple

import pytest
import rdflib
import yaml

import rdfconv
from rdfconv.vocabulary import databases
from tests.conftest import StartServer

PREFIXES = """
PREFIX tfl: <https://w3id.org/tflink-rdf/ontology#>
PREFIX uniprotkb: <http://purl.uniprot.org/uniprot/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
EDGES = """SELECT ?factor ?target ?scale ?kind ?value {
  ?edge a tfl:RegulatoryInteraction ; tfl:transcriptionFactor ?factor ; tfl:target ?target ;
    tfl:evidence ?evidence .
  ?evidence tfl:smallScale ?scale .
  { ?evidence tfl:sourceDatabase/rdfs:label ?value BIND ("database" AS ?kind) }
  UNION { ?evidence tfl:detectionMethod/rdfs:label ?value BIND ("method" AS ?kind) }
  UNION { ?evidence tfl:primaryReference ?value BIND ("primary" AS ?kind) }
  UNION { ?evidence tfl:databaseReference ?value BIND ("database paper" AS ?kind) }
}"""


class Edge(NamedTuple):
    """What is told of an edge: its proteins, its flag, and pairs of a kind and a value."""

    factor: str
    target: str
    small_scale: bool
    evidence: frozenset[tuple[str, str]]


@pytest.fixture(scope="module")
def expected(sample: Path) -> set[Edge]:
    """The edges as a plain reading of the page gives them."""
    text = (sample / "pages" / "q06945.md").read_text("utf-8")
    values = yaml.safe_load(text.split("---")[1])
    edges = set()
    for key in ("tfs", "targets"):
        for line in values[key].split("\n"):
            _, accession, _, names, methods, papers, flag = line.split(",")
            told = [("database", name) for name in names.split(";")]
            told += [("method", name) for name in methods.split(";")]
            own = {databases()[name].citation for name in names.split(";")}
            for paper in papers.replace("%5Buid%5D", "").split("+OR+"):
                told.append(("database paper" if paper in own else "primary", paper))
            factor, target = (accession, "Q06945") if key == "tfs" else ("Q06945", accession)
            edges.add(Edge(factor, target, flag == "Yes", frozenset(told)))
    assert len(edges) == 151
    assert sum(edge.target == "Q06945" for edge in edges) == 51
    return edges


def edges_of(rows: list[dict[str, str]]) -> set[Edge]:
    """Edges from the rows of the query."""
    found: dict[tuple[str, str, bool], set[tuple[str, str]]] = {}
    for row in rows:
        key = (_last(row["factor"]), _last(row["target"]), row["scale"] == "true")
        value = row["value"]
        if row["kind"] in ("primary", "database paper"):
            value = _last(value)
        found.setdefault(key, set()).add((row["kind"], value))
    return {Edge(*key, frozenset(told)) for key, told in found.items()}


def _last(iri: str) -> str:
    return iri.rpartition("/")[2]


def test_over_http(
    sample: Path, tmp_path: Path, start_server: StartServer, expected: set[Edge]
) -> None:
    rdfconv.build([sample / "pages" / "q06945.md"], tmp_path)
    server = start_server(tmp_path)
    data = urllib.parse.urlencode({"query": PREFIXES + EDGES}).encode()
    with urllib.request.urlopen(f"{server.url}/sparql", data, timeout=60) as reply:
        bindings = json.load(reply)["results"]["bindings"]
    rows = [{name: cell["value"] for name, cell in row.items()} for row in bindings]
    assert edges_of(rows) == expected


@pytest.mark.parametrize("name", ["SOX4.ttl", "SOX4.jsonld"])
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_in_the_file(name: str, sample: Path, tmp_path: Path, expected: set[Edge]) -> None:
    rdfconv.convert([sample / "pages" / "q06945.md"], str(tmp_path / name))
    graph = rdflib.Graph().parse(tmp_path / name)
    rows = [
        {str(key): str(value) for key, value in row.asdict().items()}  # type: ignore[union-attr]
        for row in graph.query(PREFIXES + EDGES)
    ]
    assert edges_of(rows) == expected
    direct = graph.subject_objects(rdflib.URIRef("https://w3id.org/tflink-rdf/ontology#regulates"))
    pairs = {(_last(str(factor)), _last(str(target))) for factor, target in direct}
    assert pairs == {(edge.factor, edge.target) for edge in expected}
