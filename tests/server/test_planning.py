"""The planner: what it changes, what it leaves, and that answers stay the same."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfconv import heavy, release
from rdfconv.config import Settings
from rdfconv.examples import examples
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.statistics import Statistics, from_store
from rdfconv.vocabulary import PREFIXES
from server.engine import Limits, Query
from server.engine.embedded import EmbeddedEngine
from server.planning import LONGEST, Planner, ordering
from server.planning.knowledge import Knowledge, read
from tests.conformance.manifests import BASE, Case, cases, file_of
from tests.conftest import StartServer
from tests.server.planning_cases import (
    PROLOGUE,
    answer,
    knowledge_of,
    knowledges,
    planned,
    queries,
    stores,
)
from tests.server.web import ask, fetch

LOCAL = [example for example in examples() if not example.federates_with]
W3C = [case for case in cases() if case.kind == "QueryEvaluationTest" and case.result]
LIMITS = Limits(20.0, 60.0)
HUB_EDGES = 3000


@pytest.fixture(scope="module")
def store() -> pyoxigraph.Store:
    """Many items that share one evidence node; each has a target of its own, and a label."""
    lines = []
    for number in range(HUB_EDGES):
        item, target = f"<http://x.example/i{number}>", f"<http://x.example/t{number % 1000}>"
        lines.append(f"{item} <http://x.example/evidence> <http://x.example/hub> .")
        lines.append(f"{item} <http://x.example/target> {target} .")
        lines.append(f"{item} a <http://x.example/Item> .")
        lines.append(f'{target} <http://x.example/label> "{number % 1000}" .')
        lines.append(f"<http://x.example/big> <http://x.example/holds> {item} .")
        lines.append(f"{target} <http://x.example/broader> <http://x.example/t{number % 7}> .")
    made = pyoxigraph.Store()
    made.load("\n".join(lines).encode(), pyoxigraph.RdfFormat.TURTLE)
    return made


@pytest.fixture(scope="module")
def knowledge(store: pyoxigraph.Store) -> Knowledge:
    """What a release with this store knows of it."""
    return knowledge_of(store)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the planner rewrite whatever it may, whether it gains by it or not."""
    _be_eager(monkeypatch)


def _be_eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "GAIN", 1e-9)
    monkeypatch.setattr(ordering, "FLOOR", 0.0)


# --- The answers stay the same -----------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_answers_stay_the_same(data: st.DataObject) -> None:
    made = data.draw(stores())
    text = data.draw(queries())
    try:
        wanted = answer(made, text)
    except SyntaxError:
        return
    with pytest.MonkeyPatch.context() as patch:
        _be_eager(patch)
        plan = planned(made, text, data.draw(knowledges(made)))
    found = answer(made, plan.text)
    if isinstance(wanted, Counter) and "CONSTRUCT" in text:
        # Each row makes blank nodes of its own.
        assert isinstance(found, Counter)
        assert sum(found.values()) == sum(wanted.values())
    else:
        assert found == wanted, plan.text


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("case", W3C, ids=[case.id for case in W3C])
def test_answers_of_the_w3c_tests_stay_the_same(case: Case) -> None:
    assert case.action is not None
    made = pyoxigraph.Store()
    for iri in case.data:
        _load(made, iri, None)
    for iri in case.graphs:
        _load(made, iri, pyoxigraph.NamedNode(iri))
    text = f"BASE <{case.base}> {case.action.read_text('utf-8')}"
    plan = planned(made, text)
    if not plan.changed:
        return
    try:
        wanted = answer(made, text)
    except SyntaxError:
        with pytest.raises(SyntaxError):
            answer(made, plan.text)
        return
    found = answer(made, plan.text)
    if "bnode" in text.lower() or "uuid" in text.lower() or "CONSTRUCT" in text:
        assert isinstance(wanted, Counter)
        assert isinstance(found, Counter)
        assert sum(found.values()) == sum(wanted.values())
    else:
        assert found == wanted, plan.text


def _load(made: pyoxigraph.Store, iri: str, graph: pyoxigraph.NamedNode | None) -> None:
    file = file_of(iri)
    assert file is not None
    kinds = {".ttl": "TURTLE", ".rdf": "RDF_XML", ".nt": "N_TRIPLES"}
    made.load(
        path=file,
        format=getattr(pyoxigraph.RdfFormat, kinds[file.suffix]),
        base_iri=iri,
        to_graph=graph or pyoxigraph.DefaultGraph(),
    )


def test_many_of_the_w3c_tests_are_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    _be_eager(monkeypatch)
    planner = Planner(knowledge_of(pyoxigraph.Store()))
    texts = [case.action.read_text("utf-8") for case in W3C if case.action]
    changed = [text for text in texts if planner.plan(f"BASE <{BASE}> {text}").changed]
    assert len(changed) > len(texts) / 3


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", [example.name for example in LOCAL])
def test_answers_of_the_examples_stay_the_same(name: str, counted: Path) -> None:
    made = pyoxigraph.Store.read_only(str(counted / release.STORE))
    text = next(example.text for example in LOCAL if example.name == name)
    plan = Planner.of(counted).plan(text)
    assert not any("stays as it is" in change.reason for change in plan.changes)
    assert answer(made, plan.text) == answer(made, text), plan.text


def test_the_engine_answers_planned_examples_alike(sample_release: Path) -> None:
    engine = EmbeddedEngine(Settings(release=str(sample_release), workers=1))
    try:
        for example in LOCAL:
            graph = example.form.value.upper() in ("CONSTRUCT", "DESCRIBE")
            fmt = RDF_FORMATS["nt"] if graph else RESULT_FORMATS["tsv"]
            one, other = (
                b"".join(engine.run(Query(example.text, fmt, plan=plan), LIMITS).chunks)
                for plan in (False, True)
            )
            assert sorted(one.splitlines()) == sorted(other.splitlines()), example.name
    finally:
        engine.close()


# --- What is changed ---------------------------------------------------------------------------

CHANGED = [
    # a hub behind what is rare
    (
        "SELECT * { ?i x:evidence x:hub . ?i x:target x:t5 }",
        "SELECT * { ?i x:target x:t5 .\n  ?i x:evidence x:hub . }",
    ),
    # abbreviations are written out
    (
        "SELECT * { ?i x:evidence x:hub ; a x:Item ; x:target x:t5 , ?t . }",
        "SELECT * { ?i x:target x:t5 .\n  ?i x:evidence x:hub .\n  ?i a x:Item .\n"
        "  ?i x:target ?t . }",
    ),
    # a blank node's brackets, too
    (
        "SELECT ?t { [ x:evidence x:hub ] x:target x:t5 . x:t5 x:label ?t }",
        "SELECT ?t { x:t5 x:label ?t .\n  _:planned1 x:target x:t5 .\n"
        "  _:planned1 x:evidence x:hub . }",
    ),
    # a better shape is not better: the constant of the rare one goes into a table
    (
        "SELECT ?i { x:big x:holds ?i . ?i x:target x:t5 }",
        "SELECT ?i { VALUES ?planned0 { x:t5 }\n  ?i x:target ?planned0 .\n  x:big x:holds ?i . }",
    ),
    # filters to IRIs, in all their forms, wherever they stand
    *(
        (
            f"SELECT * {{ ?i x:evidence ?e {dot} ?i x:target ?t . FILTER{filter_} }}",
            f"SELECT * {{ VALUES ?t {{ {terms} }}\n  ?i x:evidence ?e .\n  ?i x:target ?t . }}",
        )
        for dot, filter_, terms in (
            (".", "(?t = x:t5)", "x:t5"),
            (".", "(x:t5=?t) .", "x:t5"),
            (".", "(?t IN (x:t5, <http://x.example/t6>))", "x:t5 <http://x.example/t6>"),
            (".", "(?t in (x:t5, y:t5, x:t6))", "x:t5 x:t6"),
            (".", " sameTerm(?t, x:t5)", "x:t5"),
            (".", "(sameTERM(x:t5, ?t))", "x:t5"),
            ("FILTER(isIRI(?i))", "($t = x:t5)", "x:t5"),
        )
        if dot == "."
    ),
    (
        "SELECT * { ?i x:evidence ?e FILTER(?t = x:t5) ?i x:target ?t FILTER(isIRI(?i)) }",
        "SELECT * { VALUES ?t { x:t5 }\n  ?i x:evidence ?e .\n  ?i x:target ?t .\n"
        "  FILTER(isIRI(?i)) }",
    ),
    (
        "SELECT * { ?i x:target ?t . OPTIONAL { ?i x:none ?t } FILTER(?t = x:t5) }",
        "SELECT * { VALUES ?t { x:t5 }\n  ?i x:target ?t . OPTIONAL { ?i x:none ?t }  }",
    ),
    # within OPTIONAL, what is known before counts
    (
        "SELECT * { VALUES ?t { x:t5 } OPTIONAL { ?i x:evidence x:hub . ?i x:target ?t } }",
        "SELECT * { VALUES ?t { x:t5 } OPTIONAL { ?i x:target ?t .\n  ?i x:evidence x:hub . } }",
    ),
    # branches, what is taken away, and subqueries are planned for themselves
    *(
        (
            f"SELECT * {{ {before} {{ ?i x:evidence x:hub . ?i x:target x:t5 }} {after} }}",
            f"SELECT * {{ {before} {{ ?i x:target x:t5 .\n  ?i x:evidence x:hub . }} {after} }}",
        )
        for before, after in (
            ("{ ?i x:none ?n } UNION", ""),
            ("", "UNION { ?i x:none ?n }"),
            ("?i x:none ?n MINUS", "."),
            ("{ SELECT DISTINCT ?i", "LIMIT 3 }"),
        )
    ),
    (
        "ASK { ?i x:evidence x:hub ; x:target x:t5 }",
        "ASK { ?i x:target x:t5 .\n  ?i x:evidence x:hub . }",
    ),
    (
        "CONSTRUCT { ?i a x:Found } WHERE { ?i x:evidence x:hub ; x:target x:t5 }",
        "CONSTRUCT { ?i a x:Found } WHERE { ?i x:target x:t5 .\n  ?i x:evidence x:hub . }",
    ),
    # paths stay whole
    (
        "SELECT * { ?i x:evidence x:hub . ?i x:target/x:label '5' }",
        "SELECT * { ?i x:target/x:label '5' .\n  ?i x:evidence x:hub . }",
    ),
    # counts
    ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "SELECT ?n { VALUES ?n { 16000 } }"),
    ("SELECT (COUNT(?s) AS $n) WHERE { ?s x:target ?o . }", "SELECT $n { VALUES $n { 3000 } }"),
    ("SELECT (COUNT(?i) AS ?n) { ?i a x:Item }", "SELECT ?n { VALUES ?n { 3000 } }"),
    ("SELECT (COUNT(*) AS ?n) { ?i x:none ?o }", "SELECT ?n { VALUES ?n { 0 } }"),
    ("SELECT (COUNT(*) AS ?n) { ?i a x:None }", "SELECT ?n { VALUES ?n { 0 } }"),
]


@pytest.mark.parametrize(("text", "wanted"), CHANGED, ids=[one[0] for one in CHANGED])
def test_changed(store: pyoxigraph.Store, knowledge: Knowledge, text: str, wanted: str) -> None:
    plan = planned(store, PROLOGUE + text, knowledge)
    assert plan.text == PROLOGUE + wanted
    assert answer(store, plan.text) == answer(store, plan.given)


# --- What is left as it is ---------------------------------------------------------------------

LITTLE = "cost a fourth"

KEPT = [
    # it costs little, or nothing is better
    ("SELECT * { ?i x:target x:t5 . ?i x:evidence x:hub }", "costs little"),
    ("SELECT * { ?i x:evidence x:hub . ?i x:target ?t }", LITTLE),
    # the filter's variable may be unbound, or bound elsewhere
    (
        "SELECT * { ?i x:evidence ?e OPTIONAL { ?i x:target ?t } FILTER(?t = x:t5) }",
        LITTLE,
    ),
    ("SELECT * { ?i x:evidence ?e . { ?i x:target ?t } FILTER(?t = x:t5) }", LITTLE),
    (
        "SELECT * { ?i x:evidence ?e . { SELECT ?t { ?i x:target ?t } } FILTER(?t = x:t5) }",
        LITTLE,
    ),
    ("SELECT * { ?i x:evidence ?e BIND(?e AS ?t) FILTER(?t = x:t5) }", LITTLE),
    # the filter says something else
    *(
        (f"SELECT * {{ ?i x:evidence ?e . ?i x:target ?t FILTER({filter_}) }}", LITTLE)
        for filter_ in (
            "?t = 1",
            '?t = "x"',
            "?t != x:t5",
            "?t NOT IN (x:t5)",
            "?t IN ()",
            "?t IN (x:t5, 1)",
            "?t IN (x:t5, ?e)",
            "?t = x:t5 || ?e = x:hub",
            "!(?t = x:t5)",
            "?t = ?e",
            "?t = x:f(1)",
            "?t = <relative>",
            "?t IN (<http://x.example/a/../t5>, x:t5)",
            "EXISTS { ?i x:target ?t FILTER(?t = x:t5) }",
        )
    ),
    # no group of its own
    (
        "SELECT * { ?i x:label ?l FILTER NOT EXISTS { ?i x:evidence x:hub ; a x:Item } }",
        LITTLE,
    ),
    # other graphs have other numbers
    ("SELECT * FROM x:g { ?i x:evidence x:hub . ?i x:target x:t5 }", "names its graphs"),
    ("SELECT * { GRAPH x:g { ?i x:evidence x:hub . ?i x:target x:t5 } }", None),
    # not of the kind that is moved
    ("SELECT * { ?i x:evidence x:hub . ?i x:target (x:t5) }", "is not expected"),
    ("SELECT * { << ?i x:evidence x:hub >> x:says ?t . ?i x:target x:t5 }", "is not expected"),
    ("SELECT * { ?i x:evidence x:hub ~ x:r . ?i x:target x:t5 }", "is not expected"),
    ("SELECT * { ?i x:evidence x:hub {| x:by ?y |} . ?i x:target x:t5 }", "is not expected"),
    ("SELECT * { ?i x:evidence x:hub . LATERAL { ?i x:target x:t5 } }", "is not expected"),
    ("CONSTRUCT WHERE { ?i x:evidence x:hub . ?i x:target x:t5 }", "the template"),
    ("SELECT * { ?i nope:evidence x:hub . ?i x:target x:t5 }", "is not declared"),
    ("SELECT * { ?i x:evidence x:hub . ?i x:broader+1 . ?i x:target x:t5 }", "two ways"),
    # blank nodes belong to one run of patterns
    ("SELECT * { _:b x:evidence x:hub . FILTER(?t = x:t5) _:b x:target ?t }", "blank nodes"),
    ("SELECT * { _:b x:evidence x:hub . VALUES ?t { x:t5 } _:b x:target ?t }", "blank nodes"),
    # a path of no length gives what is not in the graph
    ("SELECT * { VALUES ?z { x:none } ?i x:evidence x:hub . ?z x:broader* ?t }", "no length"),
    ("SELECT * { ?i ?z x:hub . ?z x:broader? ?t }", "no length"),
    # no plain counts
    ("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s x:target ?o }", LITTLE),
    ("SELECT (COUNT(*) AS ?n) { ?s x:target ?s }", "different variables"),
    ("SELECT (COUNT(*) AS ?n) { ?s x:evidence x:hub }", "by object"),
    ("SELECT (COUNT(*) AS ?n) { x:big x:holds ?o }", "by subject"),
    ("SELECT (COUNT(?x) AS ?n) { ?s x:target ?o }", "do not fit"),
    ("SELECT (COUNT(*) AS ?s) { ?s x:target ?o }", "do not fit"),
    ("SELECT (COUNT(*) AS ?n) { ?s x:target ?o } GROUP BY ?s", LITTLE),
    ("SELECT (COUNT(*) AS ?n) { ?s x:target ?o } HAVING(COUNT(*) > 9000)", LITTLE),
    ("SELECT (COUNT(*) AS ?n) { ?s x:target ?o } LIMIT 0", LITTLE),
    ("SELECT (COUNT(*) AS ?n) { ?s x:target ?o FILTER(?o != x:t5) }", "one pattern"),
    ("SELECT (COUNT(*) AS ?n) { ?s x:target/x:label ?o }", "one pattern"),
    ("SELECT (COUNT(*) AS ?n) (1 AS ?m) { ?s x:target ?o }", LITTLE),
    ("SELECT ?n { { SELECT (COUNT(*) AS ?n) { ?s x:target ?o } } }", LITTLE),
]


@pytest.mark.parametrize(("text", "reason"), KEPT, ids=[one[0] for one in KEPT])
def test_kept(store: pyoxigraph.Store, knowledge: Knowledge, text: str, reason: str | None) -> None:
    plan = planned(store, PROLOGUE + text, knowledge)
    assert not plan.changed, plan.text
    if reason:
        assert reason in " ".join(change.reason for change in plan.changes)


def test_a_shown_variable_is_not_made_up(store: pyoxigraph.Store, knowledge: Knowledge) -> None:
    where = "{ x:big x:holds ?i . ?i x:target x:t5 }"
    assert not planned(store, f"{PROLOGUE} SELECT * {where}", knowledge).changed
    assert not planned(store, f"{PROLOGUE} DESCRIBE * {where}", knowledge).changed
    within = f"{PROLOGUE} SELECT ?i {{ {{ SELECT * {where} }} }}"
    assert not planned(store, within, knowledge).changed
    taken = f"{PROLOGUE} SELECT ?i ?planned {where}"
    assert "?planned00" in planned(store, taken, knowledge).text


def test_what_has_no_statistics_is_left(store: pyoxigraph.Store, tmp_path: Path) -> None:
    assert read(tmp_path) is None
    plan = Planner.of(tmp_path).plan(PROLOGUE + CHANGED[0][0])
    assert (plan.changed, plan.changes[0].reason) == (False, "the release has no statistics")
    plain = Knowledge(from_store(store))
    assert not planned(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", plain).changed


def test_plans_are_the_same_each_time(store: pyoxigraph.Store, knowledge: Knowledge) -> None:
    for text, _ in CHANGED:
        plans = {planned(store, PROLOGUE + text, knowledge).text for _ in range(3)}
        assert len(plans) == 1


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_broken_queries_break_nothing(data: st.DataObject) -> None:
    words = data.draw(queries()).split(" ")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(words) - 1))
        words[place] = data.draw(st.sampled_from(["", "{", "}", "(", ")", "[", ";", "a", "VALUES"]))
    text = " ".join(words)
    made = pyoxigraph.Store()
    with pytest.MonkeyPatch.context() as patch:
        _be_eager(patch)
        plan = planned(made, text)
    # What is no SPARQL may be rewritten; the worker looks at what was sent first.
    assert plan.given == text


def test_large_queries_are_left(store: pyoxigraph.Store, knowledge: Knowledge) -> None:
    many = " . ".join(f"?i x:evidence ?e{n}" for n in range(ordering.MOST_PATTERNS + 1))
    assert not planned(store, f"{PROLOGUE} SELECT * {{ {many} }}", knowledge).changed
    long = " ".join("x:t5" for _ in range(LONGEST // 4))
    text = f"{PROLOGUE} SELECT * {{ ?i x:evidence x:hub ; x:target ?t VALUES ?t {{ {long} }} }}"
    assert "characters" in planned(store, text, knowledge).changes[0].reason
    deep = "{" * 100 + "?i x:evidence x:hub ; x:target x:t5" + "}" * 100
    plan = planned(store, f"{PROLOGUE} SELECT * {deep}", knowledge)
    assert "too deep" in plan.changes[0].reason


# --- Numbers that a build writes ---------------------------------------------------------------


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


# --- Over HTTP ---------------------------------------------------------------------------------

COUNT = "SELECT (COUNT(*) AS ?n) { ?s a ?class }"
WRONG = "SELECT (COUNT(*) AS ?n) { ?s a ?class }\n}"


@pytest.fixture(scope="module")
def counted(sample_release: Path) -> Path:
    """The sample's release, with exact counts."""
    return release.open_release(sample_release).path


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
