"""SERVICE clauses: the same solutions as if all data stood in one store."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from rdfconv.building import build
from rdfconv.config import Settings
from rdfconv.formats import RESULT_FORMATS
from server.engine import Limits, Query
from server.engine.embedded import EmbeddedEngine
from server.federation import FederatingEngine
from server.remote.client import Client
from tests.conftest import StartServer

LIMITS = Limits(30.0, 10.0)
A, B, DEAD = "http://a.example/sparql", "http://b.example/sparql", "http://dead.example/sparql"
HEAD = "PREFIX x: <http://x.example/>\n"
DATA = {
    "": """x:0 x:p x:1 , x:2 ; x:q "a" . x:1 x:p x:2 , x:3 ; x:q "b"@en . x:2 x:q 7 ; x:p x:2 .
        x:3 x:r x:4 ; x:p x:0 . x:4 x:r x:0 , x:1 . x:5 x:q "c" .""",
    A: """x:1 x:s x:2 , x:5 ; x:t "one" , "eins"@de . x:2 x:s x:3 ; x:t 2 . x:3 x:s x:3 .
        x:4 x:t "vier" . x:0 x:s x:0 , x:1 . x:6 x:s x:7 .""",
    B: """x:2 x:u x:1 . x:3 x:u x:1 , x:2 ; x:v true . x:5 x:u x:0 . x:1 x:v false .
        x:7 x:u x:0 .""",
}


@pytest.fixture(scope="module")
def federation(
    tmp_path_factory: pytest.TempPathFactory, start_server: StartServer
) -> Iterator[tuple[FederatingEngine, ox.Store]]:
    """A federating engine with two other endpoints, and one store with the data of all three."""
    together = ox.Store()
    urls: dict[str, str] = {}
    root = tmp_path_factory.mktemp("federation")
    for number, (iri, text) in enumerate(DATA.items()):
        turtle = f"@prefix x: <http://x.example/> .\n{text}"
        graph = ox.NamedNode(iri) if iri else ox.DefaultGraph()
        together.load(turtle.encode(), format=ox.RdfFormat.TURTLE, to_graph=graph)
        source = root / f"{number}.ttl"
        source.write_text(turtle, "utf-8")
        build([source], root / str(number))
        if iri:
            server = start_server(root / str(number), workers=1, client_queries=0)
            urls[iri] = f"{server.url}/sparql"
    setting = " ".join(f"{iri}={url}" for iri, url in urls.items()) + f" {DEAD}=http://127.0.0.1:9/"
    chosen = Settings(release=str(root / "0"), workers=1, federate=setting)
    client = Client("rdfconv tests", pause=0.0)
    engine = FederatingEngine(EmbeddedEngine(chosen), chosen, client)
    yield engine, together
    engine.close()


def rows(content: bytes) -> Counter[frozenset[tuple[str, str]]]:
    """The solutions of a result in JSON, as often as they come."""
    found = ox.parse_query_results(content, format=ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    return _counted(found)


def _counted(found: ox.QuerySolutions) -> Counter[frozenset[tuple[str, str]]]:
    names = [variable.value for variable in found.variables]
    return Counter(
        frozenset(
            (name, str(term)) for name, term in zip(names, row, strict=True) if term is not None
        )
        for row in found
    )


def answer(engine: FederatingEngine, text: str) -> Counter[frozenset[tuple[str, str]]]:
    """The solutions that the engine gives."""
    found = engine.run(Query(text, RESULT_FORMATS["json"], id="q"), LIMITS)
    return rows(b"".join(found.chunks))


def expected(store: ox.Store, text: str) -> Counter[frozenset[tuple[str, str]]]:
    """The solutions over one store that has the other endpoints' data in named graphs."""
    text = re.sub(rf"SERVICE SILENT <{DEAD}> {{.*?}} #", "{ }", text)
    text = re.sub(r"SERVICE( SILENT)?", "GRAPH", text)
    found = store.query(text)
    assert isinstance(found, ox.QuerySolutions)
    return _counted(found)


VARIABLES = st.sampled_from(["?a", "?b", "?c", "?d"])
NODES = st.one_of(VARIABLES, VARIABLES, st.sampled_from([f"x:{number}" for number in range(6)]))
OBJECTS = st.one_of(NODES, NODES, NODES, st.sampled_from(['"a"', '"eins"@de', "7", "true"]))


def triples(predicates: str) -> st.SearchStrategy[str]:
    """A triple pattern or two."""
    one = st.tuples(NODES, st.sampled_from([f"x:{name}" for name in predicates]))
    pattern = st.tuples(one, OBJECTS).map(lambda it: f"{it[0][0]} {it[0][1]} {it[1]} .")
    return st.lists(pattern, min_size=1, max_size=2).map(" ".join)


def filters() -> st.SearchStrategy[str]:
    """A filter."""
    return st.one_of(
        st.tuples(VARIABLES, NODES).map(lambda it: f"FILTER({it[0]} != {it[1]})"),
        VARIABLES.map(lambda it: f"FILTER(BOUND({it}))"),
        VARIABLES.map(lambda it: f"FILTER NOT EXISTS {{ {it} x:q ?z }}"),
    )


TABLES = st.one_of(
    st.tuples(VARIABLES, st.lists(st.integers(0, 5), max_size=3)).map(
        lambda it: f"VALUES {it[0]} {{ {' '.join(f'x:{number}' for number in it[1])} }}"
    ),
    st.just("VALUES (?a ?b) { (x:1 UNDEF) (UNDEF x:2) (x:3 x:3) }"),
)


def groups(parts: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    """What stands between braces; a BIND makes a variable that comes nowhere before it."""
    return st.lists(parts, min_size=1, max_size=most).map(" ".join)


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A part of a group with groups in it."""
    group = groups(inner, 3)
    return st.one_of(
        group.map(lambda it: f"OPTIONAL {{ {it} }}"),
        group.map(lambda it: f"MINUS {{ {it} }}"),
        group.map(lambda it: f"{{ {it} }}"),
        st.tuples(group, group).map(lambda it: f"{{ {it[0]} }} UNION {{ {it[1]} }}"),
        group.map(lambda it: f"{{ SELECT DISTINCT ?a ?b {{ {it} }} }}"),
        group.map(lambda it: f"{{ SELECT ?a (COUNT(*) AS ?n) {{ {it} }} GROUP BY ?a }}"),
        st.tuples(group, VARIABLES).map(lambda it: f"{{ {it[0]} BIND({it[1]} AS ?z) }}"),
    )


def services() -> st.SearchStrategy[str]:
    """A SERVICE clause."""
    asked = [(A, "st"), (B, "uv")]
    clauses = []
    for iri, predicates in asked:
        simple = st.one_of(triples(predicates), triples(predicates), filters(), TABLES)
        inner = groups(st.one_of(simple, simple, compound(simple)), 3)
        word = st.sampled_from([f"SERVICE <{iri}>", f"SERVICE SILENT <{iri}>"])
        clauses.append(st.tuples(word, inner).map(lambda it: f"{it[0]} {{ {it[1]} }}"))
    both = triples("stuv").map(lambda it: f"VALUES ?e {{ <{A}> <{B}> }} SERVICE ?e {{ {it} }}")
    dead = triples("st").map(lambda it: f"SERVICE SILENT <{DEAD}> {{ {it} }} #\n")
    return st.one_of(*clauses, *clauses, *clauses, both, dead)


PARTS = st.recursive(
    st.one_of(triples("pqr"), triples("pqr"), services(), services(), filters(), TABLES),
    compound,
    max_leaves=6,
)
QUERIES = groups(PARTS, 4).filter(lambda it: "SERVICE" in it)


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(pattern=QUERIES, star=st.booleans())
def test_solutions_are_those_of_one_store(
    federation: tuple[FederatingEngine, ox.Store], pattern: str, star: bool
) -> None:
    """Wherever SERVICE stands, the solutions are the same, each as often."""
    engine, store = federation
    text = f"{HEAD}SELECT {'*' if star else '?a ?c'} {{\n{pattern}\n}}"
    try:
        wanted = expected(store, text)
    except SyntaxError:
        reject()  # BIND to a variable that has a value
    assert answer(engine, text) == wanted
