"""The table of edges says what the graph says: every list is compared with its SPARQL query."""

from __future__ import annotations

import filecmp
import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from pathlib import Path
from random import Random

import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rdfconv import filters
from rdfconv.building import build, convert
from rdfconv.edges import rows as rows_module
from rdfconv.edges.index import FILE, writing
from rdfconv.edges.reader import SORTS, Edge, EdgeTable, SlowError
from rdfconv.edges.triples import StoreTriples
from rdfconv.errors import ReleaseError, UsageError
from rdfconv.filters import Filter
from rdfconv.release import SEARCH, Release, open_release
from rdfconv.search import index as search_index
from rdfconv.vocabulary import PREFIXES
from tests.conftest import SAMPLE
from tests.test_accession_lists import SECONDARY

Row = tuple[str, str, str]
"""The IRIs of a regulator, a target and a report."""


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release in which two data sets report the same edges, in part with the same evidence."""
    folder = tmp_path_factory.mktemp("twice")
    pages = [SAMPLE / "pages" / name for name in ("q06945.md", "q13069.md", "p10275.md")]
    given = [page for page in pages if page.exists()]
    convert(given[:1], str(folder / "other.nt"), source="second-source")
    return build([*given, folder / "other.nt"], folder / "out", jobs=1)[0]


@pytest.fixture(scope="module")
def release(twice: Release) -> Release:
    """A release small enough to be asked for everything again and again."""
    return twice


@pytest.fixture(scope="module")
def store(release: Release) -> pyoxigraph.Store:
    return pyoxigraph.Store.read_only(str(release.store))


@pytest.fixture(scope="module")
def table(release: Release) -> Iterator[EdgeTable]:
    with EdgeTable(release.path) as opened:
        yield opened


def asked(store: pyoxigraph.Store, wanted: Filter) -> set[Row]:
    """What the filter's query gives."""
    solutions = store.query(wanted.sparql())
    assert isinstance(solutions, pyoxigraph.QuerySolutions)
    return {(row[0].value, row[1].value, row[2].value) for row in solutions}


@cache
def everything(store: pyoxigraph.Store) -> list[Row]:
    """All edges, sorted."""
    return sorted(asked(store, Filter()))


def rows(edges: list[Edge]) -> list[Row]:
    """The reports of edges."""
    return [(edge.tf.iri, edge.target.iri, told.iri) for edge in edges for told in edge.evidence]


def pairs(found: set[Row]) -> set[tuple[str, str]]:
    return {row[:2] for row in found}


@st.composite
def filters_of(draw: st.DrawFn, store: pyoxigraph.Store) -> Filter:
    """Filters whose values are those of some edge, so that most of them find something."""
    found = draw(st.sampled_from(everything(store)))
    values: dict[str, str] = {}
    tf, target, report = found
    said: dict[str, list[str]] = {}
    for quad in store.quads_for_pattern(pyoxigraph.NamedNode(report), None, None):
        if isinstance(quad.object, pyoxigraph.NamedNode):
            name = quad.predicate.value.rpartition("#")[2]
            said.setdefault(name, []).append(quad.object.value)
    offered = {
        "tf": [tf.rpartition("/")[2]],
        "target": [target.rpartition("/")[2]],
        "organism": ["9606", "7955", "4932"],
        "scale": ["small", "large"],
        "database": [filters.name_of_iri(iri) for iri in said.get("sourceDatabase", [])],
        "method": [filters.name_of_iri(iri) for iri in said.get("detectionMethodOrBroader", [])],
        "min_papers": ["1", "2"],
        "paper": [filters.name_of_iri(iri) for iri in said.get("primaryReference", [])],
        "evidence": [filters.name_of_iri(report)],
        "name": ["a", "SOX", "1", "ß", 'x"y', "\\"],
    }
    for name in draw(st.sets(st.sampled_from(sorted(offered)), max_size=3)):
        if offered[name]:
            values[name] = draw(st.sampled_from(sorted(offered[name])))
    return filters.parse(values)


SLOW = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(data=st.data())
def test_every_list_is_what_its_query_gives(
    data: st.DataObject, store: pyoxigraph.Store, table: EdgeTable
) -> None:
    wanted = data.draw(filters_of(store))
    expected = asked(store, wanted)
    found = list(table.all(wanted))
    assert sorted(rows(found)) == sorted(expected)
    assert len(found) == len(pairs(expected)) == table.count(wanted)
    sort = data.draw(st.sampled_from(["", *SORTS, *(f"-{name}" for name in SORTS)]))
    size = data.draw(st.integers(1, 120))
    limited = min(len(found), 5 * size)
    paged = [
        edge
        for offset in range(0, limited, size)
        for edge in table.page(wanted, sort, offset, size)
    ]
    assert len(paged) == min(len(found), -(-limited // size) * size)
    assert set(rows(paged)) <= expected
    assert len({(edge.tf.iri, edge.target.iri) for edge in paged}) == len(paged)


@SLOW
@given(data=st.data())
def test_choices_count_what_would_be_left(
    data: st.DataObject, store: pyoxigraph.Store, table: EdgeTable
) -> None:
    wanted = data.draw(filters_of(store))
    name = data.draw(st.sampled_from(["database", "method", "organism", "scale"]))
    choices = table.choices(wanted, name)
    for choice in choices[:3]:
        narrowed = wanted.but(**{name: choice.value})
        left = len(pairs(asked(store, narrowed)))
        assert choice.edges == left == table.count(narrowed)
    if name != "method":  # a broader method may be reported by no evidence of the list
        others = {choice.value for choice in choices}
        assert getattr(wanted, name) in {"", *others} or not table.count(wanted)


@pytest.mark.parametrize(
    "values",
    [
        {"organism": "7955", "scale": "small"},
        {"organism": "9606", "database": "GTRD", "min_papers": "1"},
        {"method": "MI_0045", "organism": "559292"},
        {"name": "sox", "scale": "small"},
        {"tf": "Q06945", "method": "MI_0402"},
    ],
)
def test_lists_of_the_sample(values: dict[str, str], sample_release: Path) -> None:
    opened = open_release(sample_release)
    wanted = filters.parse(values)
    expected = asked(pyoxigraph.Store.read_only(str(opened.store)), wanted)
    with EdgeTable(opened.path) as table:
        found = list(table.all(wanted))
        assert sorted(rows(found)) == sorted(expected)
        assert table.count(wanted) == len(found)


def test_edges_are_sorted_by_support(table: EdgeTable) -> None:
    edges = table.page(Filter(), limit=300)

    def support(edge: Edge) -> tuple[int, int, int]:
        best = edge.evidence[0]
        return -len(best.papers), -(best.small_scale or 0), -len(best.databases)

    assert [support(edge) for edge in edges] == sorted(support(edge) for edge in edges)


def test_names_sort_a_list_by_the_partner(table: EdgeTable) -> None:
    names = [edge.target.name.upper() for edge in table.page(Filter(tf="Q06945"), "name")]
    assert names == sorted(names)
    assert names
    back = [edge.target.name.upper() for edge in table.page(Filter(tf="Q06945"), "-name")]
    assert back == sorted(back, reverse=True)


def test_papers_sort_a_list_by_their_number(table: EdgeTable) -> None:
    numbers = [len(edge.evidence[0].papers) for edge in table.page(Filter(tf="Q06945"), "-papers")]
    assert numbers == sorted(numbers, reverse=True)


def test_a_narrower_method_counts(sample_release: Path) -> None:
    with EdgeTable(open_release(sample_release).path) as table:
        counts = {choice.value: choice.edges for choice in table.choices(Filter(), "method")}
        # Chromatin immunoprecipitation array (MI:0225) is a kind of the assay (MI:0402).
        narrow, broad = (
            {(edge.tf.iri, edge.target.iri) for edge in table.all(Filter(method=name))}
            for name in ("MI_0225", "MI_0402")
        )
        assert narrow < broad
        assert counts["MI_0402"] == len(broad)


def test_an_edge_with_two_reports_is_one_edge(twice: Release) -> None:
    with EdgeTable(twice.path) as table:
        [edge] = table.page(Filter(tf="Q06945", target="Q08211"))
        assert {told.datasets[0].rpartition("/")[2] for told in edge.evidence} == {
            "tflink-1.0",
            "second-source",
        }
        assert table.count(Filter(tf="Q06945", target="Q08211")) == 1
        assert table.count(Filter(database="GTRD")) == len(list(table.all(Filter(database="GTRD"))))


def test_an_unknown_order_is_refused(table: EdgeTable) -> None:
    with pytest.raises(UsageError, match=r"'colour'.*use support, name, papers, databases"):
        table.page(Filter(), "colour")


def test_what_takes_too_long_is_stopped(sample_release: Path) -> None:
    with (
        EdgeTable(open_release(sample_release).path, seconds=1e-9) as table,
        pytest.raises(SlowError, match="add a filter"),
    ):
        list(table.all(Filter()))


def test_a_release_without_a_table(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="build the release again"):
        EdgeTable(tmp_path)


def test_a_table_of_another_version(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ReleaseError, match="of another version"):
        EdgeTable(tmp_path)


def test_two_builds_write_the_same_table(tmp_path: Path) -> None:
    pages = [SAMPLE / "pages" / name for name in ("q06945.md", "q13069.md")]
    first, second = (build(pages, tmp_path / str(jobs), jobs=jobs)[0] for jobs in (1, 2))
    assert (first.path / FILE).read_bytes() == (second.path / FILE).read_bytes()


@pytest.mark.parametrize(
    ("entail", "plain"), [("none", False), ("core", False), ("full", False), ("core", True)]
)
def test_what_a_build_has_written_gives_the_indexes_that_its_store_gives(
    entail: str, plain: bool, tmp_path: Path
) -> None:
    (tmp_path / "trrust.human.tsv").write_text(
        "SOX4\tGAGE5\tActivation\t1\nSOX4\tGAGE5\tRepression\t2\n", "utf-8"
    )
    (tmp_path / "sec_ac.txt").write_text(SECONDARY, "utf-8")
    pages = [SAMPLE / "pages" / name for name in ("q06945.md", "q00286.md")]
    inputs = [*pages, tmp_path / "trrust.human.tsv", tmp_path / "sec_ac.txt"]
    opened, report = build(
        inputs, tmp_path / "out", entail=entail, plain=plain, downloads=False, jobs=2
    )
    assert report.rows.written > 100
    assert report.sites.written
    triples = StoreTriples(pyoxigraph.Store.read_only(str(opened.store)))
    with writing(tmp_path / FILE, triples) as numbers:
        # Of a store the search index asks for the direct edges.
        search_index.write(tmp_path / SEARCH, triples, numbers)
    for name in (FILE, SEARCH):
        assert filecmp.cmp(tmp_path / name, opened.path / name, shallow=False), name
    with EdgeTable(tmp_path) as table:
        assert sum(numbers.targets.values()) == table.count(Filter())
        assert sum(numbers.regulators.values()) == table.count(Filter())


def test_rows_are_written_once_sorted_and_counted() -> None:
    chooser = Random(1)
    given = {
        tf: array(
            "q", (chooser.randint(1, ends) << 32 | chooser.randint(1, 3) for _ in range(size))
        )
        for tf, ends, size in ((7, 100_000, 120_000), (2, 9, 200), (5, 40_000, 1))
    }
    taxa = [0, 0, 1, 0, 0, 1, 0, 0]
    expected = {(tf, row >> 32, row & 3) for tf, found in given.items() for row in found}
    edges = Counter((tf, target) for tf, target, _ in expected)
    with (
        closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection,
        ThreadPoolExecutor(1) as beside,
    ):
        connection.execute("CREATE TABLE edge (tf, target, evidence)")
        rows_module.write(connection, given, beside)
        written = connection.execute("SELECT * FROM edge ORDER BY rowid").fetchall()
    assert written == sorted(expected)
    counts = rows_module.count(given, taxa)
    again = [(tf, row >> 32, row & 3) for tf, found in counts.again.items() for row in found]
    assert again == [row for row in written if edges[row[:2]] > 1]
    assert (counts.rows, counts.edges) == (len(expected), len(edges))
    assert counts.targets == Counter(tf for tf, _ in edges)
    assert counts.regulators == Counter(target for _, target in edges)
    assert list(counts.numbers()) == sorted(
        (*key, number)
        for key, number in Counter((taxa[tf], report) for tf, _, report in expected).items()
    )


def test_a_fault_beside_the_table_stops_it(sample_release: Path, tmp_path: Path) -> None:
    store = pyoxigraph.Store.read_only(str(open_release(sample_release).store))
    with pytest.raises(ValueError, match="beside"), writing(tmp_path / FILE, StoreTriples(store)):
        raise ValueError("beside")


def test_a_table_that_cannot_be_written(tmp_path: Path) -> None:
    with (
        pytest.raises(ReleaseError, match="cannot write the table of edges"),
        writing(tmp_path / "nowhere" / FILE, StoreTriples(pyoxigraph.Store())),
    ):
        pass


def test_triples_are_read_as_they_are() -> None:
    store = pyoxigraph.Store()
    subject, name = pyoxigraph.NamedNode("http://example.org/ü"), pyoxigraph.NamedNode("urn:name")
    texts = ["", 'a\t"b"\n\\c\r', "\u200f\U0010ffff", "<urn:a>", "1.0"]
    literals = [
        *map(pyoxigraph.Literal, texts),
        pyoxigraph.Literal("colour", language="en-GB"),
        pyoxigraph.Literal("7", datatype=pyoxigraph.NamedNode(PREFIXES["xsd"] + "integer")),
    ]
    nodes = (pyoxigraph.BlankNode(), pyoxigraph.NamedNode("http://example.org/b"))
    values: list[pyoxigraph.Literal | pyoxigraph.BlankNode | pyoxigraph.NamedNode]
    values = [*literals, *nodes]
    for value in values:
        store.add(pyoxigraph.Quad(subject, name, value))
    store.add(pyoxigraph.Quad(pyoxigraph.BlankNode(), name, pyoxigraph.Literal("nobody's")))
    store.add(pyoxigraph.Quad(subject, name, subject, pyoxigraph.NamedNode("urn:graph")))
    triples = StoreTriples(store)
    triples.read(["urn:name", "urn:other"])
    assert triples.links("urn:name") == [(subject.value, "http://example.org/b")]
    assert {value for _, value in triples.literals("urn:name")} == {*literals}
    assert {value for _, value in triples.texts("urn:name")} == {
        *texts, "colour", "7", "http://example.org/b",
    }  # fmt: skip
    assert triples.texts("urn:other") == []
