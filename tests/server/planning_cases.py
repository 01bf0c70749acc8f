"""Graphs, numbers and queries that the planner is tried on, and how answers are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyoxigraph
import pytest
from hypothesis import strategies as st

from rdfconv import heavy
from rdfconv.examples import examples
from rdfconv.heavy import Heavy
from rdfconv.statistics import ClassPartition, PropertyPartition, Statistics, from_store
from rdfconv.vocabulary import PREFIXES
from server.planning import Plan, Planner, ordering
from server.planning.knowledge import Knowledge

LOCAL = [example for example in examples() if not example.federates_with]
"""The example queries that ask nobody else."""
HUB_EDGES = 3000
"""How many items share an evidence node in the store that the tests plan for."""
PROLOGUE = "PREFIX x: <http://x.example/> PREFIX y: <http://x.example/>\n"
NODES = ("x:a", "x:b", "x:c", "x:d", "<http://x.example/e>")
PROPERTIES = ("x:p", "x:q", "x:r", "<http://x.example/s>")
CLASSES = ("x:C", "x:D")
LITERALS = ('"1"', "1", "01", "1.0", '"l"@en', "true", "'it'", "-1")
VARIABLES = ("?a", "?b", "?c", "?d")
TYPE = f"{PREFIXES['rdf']}type"

Answer = Counter[object] | bool


def answer(store: pyoxigraph.Store, text: str) -> Answer:
    """A query's answer: its rows or triples, each with its number, whatever their order."""
    results = store.query(text, prefixes=dict(PREFIXES))
    if isinstance(results, pyoxigraph.QueryBoolean):
        return bool(results)
    if isinstance(results, pyoxigraph.QueryTriples):
        return Counter(str(triple) for triple in results)
    names = sorted(str(name) for name in results.variables)
    rows: Counter[object] = Counter(tuple(str(row[name[1:]]) for name in names) for row in results)
    rows["variables", *names] += 1
    return rows


def knowledge_of(store: pyoxigraph.Store) -> Knowledge:
    """What the planner knows of a release with this store."""
    statistics = from_store(store)
    return Knowledge(statistics, heavy.from_store(store, statistics))


def planned(store: pyoxigraph.Store, text: str, knowledge: Knowledge | None = None) -> Plan:
    """What the planner makes of a query."""
    return Planner(knowledge or knowledge_of(store)).plan(text)


# --- Graphs and numbers ------------------------------------------------------------------------


def _absolute(name: str) -> str:
    return name if name.startswith("<") else f"<http://x.example/{name.partition(':')[2]}>"


@st.composite
def stores(draw: st.DrawFn) -> pyoxigraph.Store:
    """A store with a default graph and one named graph, blank nodes and literals in both."""
    subjects = st.sampled_from([*map(_absolute, NODES), "_:n", "_:m"])
    objects = st.one_of(subjects, st.sampled_from(['"1"', '"l"@en', _integer("1"), _integer("01")]))
    triple = st.tuples(subjects, st.sampled_from(list(map(_absolute, PROPERTIES))), objects)
    typed = st.tuples(
        subjects, st.just(f"<{TYPE}>"), st.sampled_from(list(map(_absolute, CLASSES)))
    )
    store = pyoxigraph.Store()
    for graph, most in (("", 30), ("<http://x.example/g>", 8)):
        found = draw(st.lists(st.one_of(triple, triple, typed), max_size=most))
        lines = "".join(f"{' '.join(one)} {graph} .\n" for one in found)
        store.load(lines.encode(), pyoxigraph.RdfFormat.N_QUADS)
    return store


def _integer(digits: str) -> str:
    return f'"{digits}"^^<{PREFIXES["xsd"]}integer>'


@st.composite
def knowledges(draw: st.DrawFn, store: pyoxigraph.Store) -> Knowledge:
    """Numbers that may be as wrong as they like, but for exact counts: no answer rests on them."""
    large = st.sampled_from([1, 1000, 10**6, 10**9])
    names = [_absolute(name)[1:-1] for name in PROPERTIES] + [TYPE]
    properties = tuple(
        PropertyPartition(name, *draw(st.tuples(large, large, large))) for name in names
    )
    classes = tuple(ClassPartition(_absolute(name)[1:-1], draw(large), ()) for name in CLASSES)
    total = draw(large)
    statistics = Statistics(total, total, draw(large), draw(large), classes, properties, ())
    exact = heavy.from_store(store, from_store(store))
    hubs = {name: {_absolute(draw(st.sampled_from(NODES))): draw(large)} for name in names[:2]}
    own = Heavy(exact.triples, exact.properties, exact.classes, hubs, hubs)
    return Knowledge(statistics, draw(st.sampled_from([own, None])))


# --- Queries -----------------------------------------------------------------------------------

_variables = st.sampled_from(VARIABLES)
_iris = st.sampled_from(NODES)
_subjects = st.one_of(_variables, _variables, _variables, _iris, st.sampled_from(["_:k", "[]"]))
_objects = st.one_of(
    _variables, _variables, _iris, st.sampled_from((*LITERALS, "_:k", "[ x:p ?a ]"))
)
_links = st.sampled_from(PROPERTIES)
_paths = st.one_of(
    st.builds("{}/{}".format, _links, _links),
    st.builds("^{}".format, _links),
    st.builds("({}|{})".format, _links, _links),
    st.builds("{}{}".format, _links, st.sampled_from(["* ", "+ ", "? "])),
    st.builds("^({}/{})".format, _links, _links),
    st.builds("({}/{})*".format, _links, _links),
    st.builds("{}/{}*".format, _links, _links),
    st.builds("!{}".format, _links),
)
_verbs = st.one_of(_links, _links, _links, st.just("a"), _variables, _paths)


_RUN = "\0"
"""What begins a run of patterns, until its blank nodes have their labels."""


@st.composite
def _run(draw: st.DrawFn) -> str:
    """A run of triple patterns, with abbreviations."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        said = []
        for _ in range(draw(st.integers(1, 2))):
            verb = draw(_verbs)
            if verb == "a":
                objects = [draw(st.one_of(_variables, st.sampled_from(CLASSES)))]
            else:
                objects = draw(st.lists(_objects, min_size=1, max_size=2))
            said.append(f"{verb} {' , '.join(objects)}")
        parts.append(f"{draw(_subjects)} {' ; '.join(said)}")
    return _RUN + " . ".join(parts) + draw(st.sampled_from([" .", " ", " . # then }\n"]))


_equalities = st.one_of(
    st.builds("FILTER({} = {})".format, _variables, _iris),
    st.builds("FILTER({}={})".format, _iris, _variables),
    st.builds("FILTER sameTerm({}, {}) .".format, _variables, _iris),
    st.builds("FILTER({} IN ({}, {}))".format, _variables, _iris, _iris),
    st.builds("FILTER({} IN ({}, x:a, y:a))".format, _variables, _iris),
)
_tables = st.one_of(
    st.builds("VALUES {} {{ {} }}".format, _variables, _iris),
    st.builds('VALUES {} {{ {} UNDEF "1" }} .'.format, _variables, _iris),
    st.builds("VALUES (?a ?b) {{ ({} {}) (UNDEF {}) }}".format, _iris, _iris, _iris),
)


@st.composite
def _groups(draw: st.DrawFn, depth: int = 0) -> str:
    """What stands between two braces."""
    inner = _groups(depth + 1) if depth < 2 else _run()
    elements = [draw(_run())]
    kinds = draw(st.lists(st.integers(0, 14), max_size=4 - depth))
    for kind in kinds:
        if kind <= 2:
            elements.append(draw(_equalities))
        elif kind == 3:
            elements.append(draw(_run()))
        elif kind == 4:
            elements.append(draw(_tables))
        elif kind == 5:
            elements.append(f"OPTIONAL {{ {draw(inner)} }}")
        elif kind == 6:
            elements.append(f"MINUS {{ {draw(inner)} }} .")
        elif kind == 7:
            elements.append(f"{{ {draw(inner)} }} UNION {{ {draw(inner)} }}")
        elif kind == 8:
            elements.append(f"GRAPH {draw(st.sampled_from(['x:g', '?g']))} {{ {draw(inner)} }}")
        elif kind == 9:
            word = draw(st.sampled_from(["EXISTS", "NOT EXISTS"]))
            elements.append(f"FILTER {word} {{ {draw(inner)} }}")
        elif kind == 10:
            chosen = draw(st.sampled_from(["*", "?a ?b", "DISTINCT ?a", "(COUNT(*) AS ?n)"]))
            elements.append(f"{{ SELECT {chosen} {{ {draw(inner)} }} }}")
        elif kind == 11:
            elements.append(f"BIND({draw(_variables)} AS ?bound{depth})")
        elif kind == 12:
            elements.append(f"FILTER(isIRI({draw(_variables)}) || {draw(_variables)} < 3)")
        else:
            elements.append(f"{{ {draw(inner)} }}")
    return _joined(draw(st.permutations(elements)))


def _joined(elements: Sequence[str]) -> str:
    """Elements of a group, with a dot between two runs of patterns."""
    text, open_run = "", False
    for element in elements:
        is_run = element.startswith(_RUN)
        text += (" . " if is_run and open_run else " ") + element
        open_run = is_run and not element.endswith((".", "\n"))
    return text


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A query of some form; now and then one that is no SPARQL."""
    group = draw(_groups())
    head = draw(
        st.sampled_from(
            [
                "SELECT * {{ {} }}",
                "SELECT ?a ?b WHERE {{ {} }}",
                "SELECT DISTINCT ?c {{ {} }}",
                "SELECT (COUNT(*) AS ?n) {{ {} }}",
                "SELECT ?a (COUNT(DISTINCT ?b) AS ?n) {{ {} }} GROUP BY ?a HAVING(COUNT(*) > 0)",
                "SELECT ?a {{ {} }} ORDER BY ?a VALUES ?b {{ x:a UNDEF }}",
                "ASK {{ {} }}",
                "CONSTRUCT {{ ?a x:made ?b , [] }} WHERE {{ {} }}",
                "SELECT (?a AS ?z) FROM <http://x.example/g> {{ {} }}",
            ]
        )
    )
    # A label belongs to one run; now and then it does not, and the query is wrong.
    own = draw(st.integers(0, 9)) > 0
    runs = enumerate(head.format(group).split(_RUN))
    return PROLOGUE + "".join(run.replace("_:k", f"_:k{n if own else ''}") for n, run in runs)


def be_eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the planner rewrite whatever it may, whether it gains by it or not."""
    monkeypatch.setattr(ordering, "GAIN", 1e-9)
    monkeypatch.setattr(ordering, "FLOOR", 0.0)
