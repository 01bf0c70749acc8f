"""Numbers that a build writes, and plans over HTTP."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest

from rdfconv import heavy, release
from rdfconv.config import Settings
from rdfconv.formats import RESULT_FORMATS
from rdfconv.statistics import Statistics, from_store
from rdfconv.vocabulary import PREFIXES
from server.engine import Limits, Query
from server.engine.embedded import EmbeddedEngine
from tests.conftest import StartServer
from tests.server.planning_cases import HUB_EDGES, LOCAL
from tests.server.web import ask, fetch

# Numbers that a build writes


def test_exact_counts(store: pyoxigraph.Store, tmp_path: Path) -> None:
    statistics = from_store(store)
    heavy.write(tmp_path, heavy.from_store(store, statistics))
    found = heavy.Heavy.from_json((tmp_path / heavy.FILE).read_text("utf-8"))
    assert found == heavy.from_store(store, statistics)
    assert found.triples == len(store)
    assert found.properties == {one.property: one.triples for one in statistics.properties}
    assert found.classes == {"http://x.example/Item": HUB_EDGES}
    assert found.objects["http://x.example/evidence"] == {"<http://x.example/hub>": HUB_EDGES}
    assert found.subjects["http://x.example/holds"] == {"<http://x.example/big>": HUB_EDGES}
    assert "http://x.example/target" not in found.objects


def test_counts_have_the_metadata_and_statistics_have_not(counted: Path) -> None:
    folder = release.open_release(counted).path
    data = Statistics.from_json((folder / "statistics.json").read_text("utf-8"))
    found = heavy.Heavy.from_json((folder / heavy.FILE).read_text("utf-8"))
    of_data = {one.property: one.triples for one in data.properties}
    assert found.properties[f"{PREFIXES['rdf']}type"] > of_data[f"{PREFIXES['rdf']}type"]
    assert set(found.properties) > set(of_data)
    asked = heavy.from_store(pyoxigraph.Store.read_only(str(folder / "store")), data)
    assert (found.triples, found.properties, found.classes) == (
        asked.triples,
        asked.properties,
        asked.classes,
    )
    # A binding site's evidence is none of an edge's, so a build may know less of it.
    of_edges = (f"{PREFIXES['tfl']}regulates", f"{PREFIXES['tfl']}transcriptionFactor")
    assert {one: found.objects.get(one) for one in of_edges} == {
        one: asked.objects.get(one) for one in of_edges
    }
    assert found.subjects == asked.subjects


WRONG_TYPES = '{"triples": 1, "properties": [1], "classes": null, "objects": [1], "subjects": [1]}'


@pytest.mark.parametrize(("content", "told"), [("no JSON", False), (WRONG_TYPES, True)])
def test_a_damaged_file_costs_nobody_the_answer(
    content: str,
    told: bool,
    sample_release: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    root = tmp_path / "release"
    shutil.copytree(release.open_release(sample_release).path, root)
    (root / heavy.FILE).write_text(content, "utf-8")
    text = "SELECT ?t { ?i tfl:evidence ?e ; tfl:target ?t FILTER(?t = uniprotkb:Q06945) } LIMIT 1"
    engine = EmbeddedEngine(Settings(release=str(root), workers=1))
    answer = engine.run(Query(text, RESULT_FORMATS["csv"], plan=True), Limits(60.0, 60.0))
    rows = b"".join(answer.chunks).split()
    engine.close()
    assert rows == [b"t", b"http://purl.uniprot.org/uniprot/Q06945"]
    assert ("the query was not planned: " in caplog.text) is told


# Over HTTP

COUNT = "SELECT (COUNT(*) AS ?n) { ?s a ?class }"
WRONG = "SELECT (COUNT(*) AS ?n) { ?s a ?class }\n}"


@pytest.fixture(scope="module")
def url(counted: Path, start_server: StartServer) -> Iterator[str]:
    """An endpoint that plans, with exact counts."""
    server = start_server(counted)
    yield f"{server.url}/sparql"
    server.stop()


@pytest.fixture(scope="module")
def plain_url(counted: Path, start_server: StartServer) -> Iterator[str]:
    """An endpoint that does not plan."""
    server = start_server(counted, planner="no")
    yield f"{server.url}/sparql"
    server.stop()


def test_explain(url: str) -> None:
    reply = ask(url, COUNT, explain="yes")
    assert (reply.status, reply.media_type) == (200, "application/json")
    number = ask(url, COUNT, accept="text/csv").text.split()[1]
    found = reply.json
    assert found["release"] == reply.headers["TFLink-Release"]
    assert (found["changed"], found["query"]) == (True, COUNT)
    assert found["rewritten"] == f"SELECT ?n {{ VALUES ?n {{ {number} }} }}"
    assert [step["reason"] for step in found["steps"]] == ["the release has counted this property"]
    again = fetch(url, query={"query": COUNT, "explain": "yes"},
                  headers={"If-None-Match": reply.headers["ETag"]})  # fmt: skip
    assert again.status == 304


def test_explain_as_text(url: str) -> None:
    join = "SELECT * {\n ?i tfl:target ?t . ?i tfl:evidence ?e }"
    for reply in (
        ask(url, join, accept="text/plain", explain="yes"),
        ask(url, join, "form", explain="yes", format="text"),
    ):
        assert (reply.status, reply.media_type) == (200, "text/plain")
        assert "Line 2, column 2: " in reply.text
        assert "As written, at a cost of about" in reply.text
    steps = ask(url, join, explain="yes").json["steps"]
    patterns = [part["pattern"] for part in steps[0]["before"]["order"]]
    assert patterns == ["?i tfl:target ?t", "?i tfl:evidence ?e"]


def test_explain_says_no(url: str, plain_url: str) -> None:
    assert ask(url, COUNT, explain="maybe").status == 400
    assert ask(url, COUNT, explain="yes", format="csv").status == 406
    assert ask(url, COUNT, explain="no", accept="text/csv").media_type == "text/csv"
    off = ask(plain_url, COUNT, explain="yes").json
    assert (off["changed"], off["rewritten"]) == (False, COUNT)
    assert "switched off" in off["steps"][0]["reason"]
    graphs = {"default-graph-uri": "http://x.example/g"}
    named = ask(url, COUNT, explain="yes", **graphs).json
    assert not named["changed"]
    assert ask(url, COUNT, accept="text/csv", **graphs).text.split() == ["n", "0"]


def test_planned_or_not_the_answer_is_the_same(url: str, plain_url: str) -> None:
    replies = [ask(one, COUNT, accept="application/sparql-results+xml") for one in (url, plain_url)]
    assert replies[0].text == replies[1].text
    assert "integer" in replies[0].text
    assert replies[0].headers["ETag"] != replies[1].headers["ETag"]
    for example in LOCAL:
        rows = [
            sorted(json.dumps(row, sort_keys=True) for row in _rows(ask(one, example.text).text))
            for one in (url, plain_url)
        ]
        assert rows[0] == rows[1], example.name


def _rows(text: str) -> list[object]:
    if not text.startswith("{"):
        return list(text.splitlines())
    found = json.loads(text)
    return list(found.get("results", {}).get("bindings", [found.get("boolean")]))


def test_errors_have_the_places_of_the_query_that_was_sent(url: str, plain_url: str) -> None:
    text = "SELECT * { ?i tfl:evidence ?e . ?i tfl:target uniprotkb:P1 } GROUP BY\n\n ?x ("
    for wrong in (WRONG, text, "SELECT * {\n ?s a ?o . BIND(1 AS ?o) }"):
        one, other = (ask(endpoint, wrong) for endpoint in (url, plain_url))
        assert one.status == other.status == 400
        problems = [{**reply.json, "instance": ""} for reply in (one, other)]
        assert problems[0] == problems[1]
