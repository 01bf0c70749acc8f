"""Lists by mode of regulation and by data set: as their SPARQL queries, and as the inputs say."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pyoxigraph
import pytest
from click.testing import CliRunner

from rdfconv.building import build, convert
from rdfconv.cli import main
from rdfconv.edges.reader import SORTS, EdgeTable
from rdfconv.errors import ExitCode
from rdfconv.filters import Filter
from rdfconv.release import Release, open_release
from rdfconv.vocabulary import PREFIXES
from tests.conftest import SAMPLE
from tests.inputs import mitab_row, row, table

MODES = ("activation", "repression", "unknown")
DATASETS = ("tflink-1.0", "trrust-2", "none-such")
TRRUST = (
    "NANOG\tDKK1\tRepression\t19148141\n"
    "NANOG\tDKK1\tActivation\t19148141\n"
    "DKK1\tNANOG\tUnknown\t1\n"
    "SOX4\tNANOG\tRepression\t2\n"
)


@pytest.fixture(scope="module")
def blended(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """TFLink's rows with and without a mode, and TRRUST's, which has one edge with both modes."""
    folder = tmp_path_factory.mktemp("blended")
    known = row(UniprotID_TF="P10242", UniprotID_Target="Q06945", Name_TF="MYB", Name_Target="SOX4")
    (folder / "table.tsv").write_text(table(row(), known), "utf-8")
    lines = [
        mitab_row(
            annotation_A=f'function:"{mode}"',
            uniqueID_A=f"uniprot:{one}",
            alias_A=f'uniprot:"{name}"("protein name")',
        )
        for one, name, mode in (
            ("Q9H9S0", "NANOG", "activator"),
            ("P17542", "TAL1", "repressor"),
            ("P15172", "MYOD1", "unknown"),
        )
    ]
    (folder / "mitab.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "trrust.human.tsv").write_text(TRRUST, "utf-8")
    built, report = build([folder], folder / "releases")
    assert not report.rejections
    return built


@pytest.fixture(scope="module")
def edges(blended: Release) -> Iterator[EdgeTable]:
    with EdgeTable(blended.path) as opened:
        yield opened


@pytest.fixture(scope="module")
def store(blended: Release) -> pyoxigraph.Store:
    return pyoxigraph.Store.read_only(str(blended.store))


def pairs(table: EdgeTable, wanted: Filter) -> set[tuple[str, str]]:
    """The accessions at the ends of the edges that pass."""
    return {(edge.tf.accession, edge.target.accession) for edge in table.all(wanted)}


def asked(store: pyoxigraph.Store, wanted: Filter) -> set[tuple[str, ...]]:
    """What the filter's query gives: regulator, target and report."""
    rows = store.query(wanted.sparql())
    assert isinstance(rows, pyoxigraph.QuerySolutions)
    return {tuple(term.value for term in one) for one in rows}


def listed(table: EdgeTable, wanted: Filter) -> list[tuple[str, ...]]:
    """The same, by the table of edges."""
    return [
        (edge.tf.iri, edge.target.iri, told.iri)
        for edge in table.all(wanted)
        for told in edge.evidence
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(mode="activation"), {("Q9H9S0", "O94907")}),
        (
            Filter(mode="repression"),
            {("Q9H9S0", "O94907"), ("P17542", "O94907"), ("Q06945", "Q9H9S0")},
        ),
        (
            Filter(mode="unknown"),
            {("P15172", "O94907"), ("O94907", "Q9H9S0"), ("P10242", "Q06945")},
        ),
        (Filter(mode="activation", tf="Q06945"), set()),
        (Filter(mode="repression", dataset="tflink-1.0"), {("P17542", "O94907")}),
        (
            Filter(dataset="trrust-2"),
            {("Q9H9S0", "O94907"), ("O94907", "Q9H9S0"), ("Q06945", "Q9H9S0")},
        ),
        (Filter(dataset="none-such"), set()),
    ],
    ids=lambda value: value.words() if isinstance(value, Filter) else "",
)
def test_lists_are_what_the_inputs_say(
    edges: EdgeTable, wanted: Filter, expected: set[tuple[str, str]]
) -> None:
    assert pairs(edges, wanted) == expected


ENDS: list[dict[str, str]] = [
    {},
    {"tf": "Q9H9S0"},
    {"target": "O94907"},
    {"name": "n"},
    {"organism": "9606"},
]


@pytest.mark.parametrize("mode", ["", *MODES])
@pytest.mark.parametrize("dataset", ["", *DATASETS])
def test_a_list_is_what_its_query_gives(
    edges: EdgeTable, store: pyoxigraph.Store, mode: str, dataset: str
) -> None:
    found = 0
    for ends, scale in product(ENDS, ("", "small")):
        wanted = Filter(mode=mode, dataset=dataset, scale=scale, **ends)  # type: ignore[arg-type]
        rows = listed(edges, wanted)
        assert sorted(rows) == sorted(asked(store, wanted)), wanted
        assert edges.count(wanted) == len({one[:2] for one in rows}), wanted
        found += len(rows)
    assert bool(found) == (dataset != "none-such")


@pytest.mark.parametrize("name", ["mode", "dataset"])
@pytest.mark.parametrize("ends", ENDS, ids=str)
def test_choices_tell_how_many_edges_are_left(
    edges: EdgeTable, name: str, ends: dict[str, str]
) -> None:
    """An edge that one report tells with both modes, or two data sets tell, counts in both."""
    wanted = Filter(**ends)  # type: ignore[arg-type]
    choices = {one.value: one.edges for one in edges.choices(wanted, name)}
    values = MODES if name == "mode" else DATASETS
    left = {value: edges.count(wanted.but(**{name: value})) for value in values}
    assert choices == +Counter(left)


def test_choices_have_names(edges: EdgeTable) -> None:
    assert {one.name for one in edges.choices(Filter(), "mode")} == set(MODES)
    assert {one.name for one in edges.choices(Filter(), "dataset")} == {"tflink-1.0", "trrust-2"}


def test_a_release_varies_or_not(edges: EdgeTable, sample_release: Path) -> None:
    assert edges.varies("mode")
    assert edges.varies("dataset")
    opened = open_release(sample_release)
    store = pyoxigraph.Store.read_only(str(opened.store))
    with EdgeTable(opened.path) as sample:
        for name, property_ in (("mode", "modeOfRegulation"), ("dataset", "reportedBy")):
            rows = store.query(
                "SELECT DISTINCT ?value { ?edge tfl:evidence ?told "
                f"OPTIONAL {{ ?told tfl:{property_} ?value }} }}",
                prefixes=dict(PREFIXES),
            )
            assert isinstance(rows, pyoxigraph.QuerySolutions)
            assert sample.varies(name) == (len(list(rows)) > 1)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeTable]:
    """Edges that two data sets report with reports of their own."""
    folder = tmp_path_factory.mktemp("twice")
    page = SAMPLE / "pages" / "q06945.md"
    convert([page], str(folder / "other.nt"), source="second-source")
    built, _ = build([page, folder / "other.nt"], folder / "out")
    with EdgeTable(built.path) as opened:
        yield opened


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(target="Q06945", method="MI_0001"),
        Filter(tf="Q06945", mode="unknown"),
        Filter(name="s", method="MI_0001"),
        Filter(target="Q06945", dataset="second-source"),
        Filter(target="Q06945"),
        Filter(),
    ],
    ids=lambda wanted: wanted.words(),
)
@pytest.mark.parametrize("sort", [f"{way}{name}" for name in SORTS for way in ("", "-")])
def test_pages_of_one_row_are_the_list(twice: EdgeTable, wanted: Filter, sort: str) -> None:
    """Reading stops at the end of a page, wherever that is, and must not leave out what follows."""
    whole = twice.page(wanted, sort, limit=1000)
    assert len(whole) == twice.count(wanted) > 10
    size = 1 if len(whole) < 100 else 7
    paged = [
        edge
        for offset in range(0, len(whole), size)
        for edge in twice.page(wanted, sort, offset, size)
    ]
    assert paged == whole


def test_the_command_line_takes_them(blended: Release, tmp_path: Path) -> None:
    output = tmp_path / "edges.json"
    command = ["export", "--release", str(blended.path.parent.parent), "-o", str(output)]
    done = CliRunner().invoke(main, [*command, "--mode", "repressor", "--dataset", "trrust-2"])
    assert done.exit_code == ExitCode.DONE, done.stderr
    told = json.loads(output.read_text("utf-8"))
    assert told["filter"] == {"mode": "repression", "dataset": "trrust-2"}
    ends = ("transcription_factor", "target")
    assert {tuple(one[end]["accession"] for end in ends) for one in told["edges"]} == {
        ("Q9H9S0", "O94907"),
        ("Q06945", "Q9H9S0"),
    }
    refused = CliRunner().invoke(main, [*command, "--mode", "inhibitor"])
    assert refused.exit_code == ExitCode.USAGE
    assert "no mode of regulation" in refused.stderr
