"""Answers stay the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfconv import release
from rdfconv.config import Settings
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from server.engine import Limits, Query
from server.engine.embedded import EmbeddedEngine
from server.planning import Planner
from tests.conformance.manifests import BASE, Case, cases, file_of
from tests.server.planning_cases import (
    LOCAL,
    answer,
    be_eager,
    knowledge_of,
    knowledges,
    planned,
    queries,
    stores,
)

W3C = [case for case in cases() if case.kind == "QueryEvaluationTest" and case.result]
LIMITS = Limits(20.0, 60.0)


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
        be_eager(patch)
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
    be_eager(monkeypatch)
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
