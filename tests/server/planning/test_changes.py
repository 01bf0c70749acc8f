"""What is changed, and what is left as it is."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfconv.statistics import from_store
from server.planning import LONGEST, Planner, ordering
from server.planning.knowledge import Knowledge, read
from tests.server.planning_cases import (
    PROLOGUE,
    answer,
    be_eager,
    planned,
    queries,
)

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


# What is left as it is

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
        be_eager(patch)
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
