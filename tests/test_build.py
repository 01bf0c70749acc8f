"""Builds and conversions: counts that add up, equal bytes, releases that are whole or not there."""

import json
import time
from pathlib import Path

import pyoxigraph
import pytest

import rdfconv
from rdfconv.errors import InputError, RdfconvError, StrictError, UsageError
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import METADATA_GRAPHS
from rdfconv.release import open_release, verify
from tests.inputs import archive, page, row, table

TFL = "https://w3id.org/tflink-rdf/ontology#"


def ask(root: Path, query: str) -> list[tuple[str, ...]]:
    store = pyoxigraph.Store.read_only(str(open_release(root).store))
    solutions = store.query(query, prefixes={"tfl": TFL})
    assert isinstance(solutions, pyoxigraph.QuerySolutions)
    return [tuple(str(value) for value in solution) for solution in solutions]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A table with a merged row, a rejected row and a warning."""
    path = tmp_path / "table.tsv"
    lines = (row(), row(), row(UniprotID_TF="P11308", Source_database="New"), "bad")
    path.write_text(table(*lines), "utf-8")
    return path


def test_a_release(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "output"
    release, report = rdfconv.build([source], root)
    assert (report.rows.read, report.rows.written, report.rows.merged, report.rows.rejected) == (
        4,
        2,
        1,
        1,
    )
    assert release == open_release(root) == open_release(release.path)
    assert (root / "current").readlink() == Path("releases", release.id)
    assert release.id.endswith(release.digest[:8])
    assert sorted(path.name for path in release.path.iterdir()) == [
        "SHA256SUMS",
        "downloads",
        "downloads.json",
        "edges.sqlite",
        "metadata.nq",
        "planning.json",
        "release.json",
        "report.html",
        "report.json",
        "search.sqlite",
        "statistics.json",
        "store",
    ]
    told = json.loads((release.path / "report.json").read_text("utf-8"))
    assert told["rows"] == {"read": 4, "written": 2, "merged": 1, "rejected": 1}
    assert told["rejected"]["column-count"]["first"][0]["line"] == 5
    assert told["warnings"]["unknown-database"]["count"] == 1
    store = pyoxigraph.Store.read_only(str(release.store))
    default = store.quads_for_pattern(None, None, None, pyoxigraph.DefaultGraph())
    described = {
        quad.triple
        for graph in METADATA_GRAPHS
        for quad in store.quads_for_pattern(None, None, None, pyoxigraph.NamedNode(graph))
    }
    assert told["triples"] == len({quad.triple for quad in default} - described)
    assert len(ask(root, "SELECT ?i { ?i a tfl:RegulatoryInteraction }")) == 2
    verify(release)


GRAPH = "https://w3id.org/tflink-rdf/graph/ontology"


def test_the_ontology_is_in_the_default_graph_and_in_its_own(source: Path, tmp_path: Path) -> None:
    rdfconv.build([source], tmp_path)
    query = "SELECT ?c {{ {} }} ORDER BY ?c"
    here = ask(tmp_path, query.format("tfl:RegulatoryInteraction a ?c"))
    there = ask(tmp_path, query.format(f"GRAPH <{GRAPH}> {{ tfl:RegulatoryInteraction a ?c }}"))
    assert here == there != []


def test_verify_sees_a_change(source: Path, tmp_path: Path) -> None:
    release, _ = rdfconv.build([source], tmp_path / "output")
    pyoxigraph.Store.read_only(str(release.store)).query("ASK {}")
    verify(release)
    with (release.path / "report.json").open("a") as stream:
        stream.write(" ")
    with pytest.raises(RdfconvError, match=r"was changed after it was built: report\.json"):
        verify(release)


def test_two_builds_differ_in_times_only(source: Path, tmp_path: Path) -> None:
    first, _ = rdfconv.build([source], tmp_path)
    second, _ = rdfconv.build([source], tmp_path)
    assert open_release(tmp_path) == second
    assert first.id != second.id or first.path != second.path
    assert first.info == second.info
    told = [json.loads((one.path / "report.json").read_text("utf-8")) for one in (first, second)]
    for report in told:
        stages = {"convert", "load", "count", "index", "downloads", "describe"}
        assert report.pop("seconds").keys() == stages
    assert told[0] == told[1]


def test_strict_publishes_nothing(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "output"
    with pytest.raises(StrictError, match="1 rows, pages, sites or files were rejected"):
        rdfconv.build([source], root, strict=True)
    assert not (root / "current").exists()
    assert list((root / "releases").iterdir()) == []
    output = tmp_path / "output.nt"
    output.write_text("old", "utf-8")
    with pytest.raises(StrictError):
        rdfconv.convert([source], str(output), strict=True)
    assert output.read_text("utf-8") == "old"


def test_a_cut_archive_publishes_nothing(tmp_path: Path) -> None:
    whole = archive(tmp_path / "pages.tar.gz", {"a.md": page().encode()}).read_bytes()
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(whole[:-20])
    with pytest.raises(InputError, match="cut"):
        rdfconv.build([cut], tmp_path / "output")
    with pytest.raises(InputError, match="cut"):
        rdfconv.convert([cut], str(tmp_path / "output.nt"))
    assert not (tmp_path / "output" / "current").exists()
    assert not list(tmp_path.glob("*.nt"))
    assert not list(tmp_path.glob(".*"))


def test_output_does_not_depend_on_jobs(sample: Path, tmp_path: Path) -> None:
    outputs = []
    for jobs in (1, 2, 3):
        output = tmp_path / f"{jobs}.nt"
        report = rdfconv.convert([sample], str(output), jobs=jobs)
        told = report.as_json()
        del told["seconds"]
        outputs.append((output.read_bytes(), told))
    assert outputs[0] == outputs[1] == outputs[2]


def test_output_does_not_depend_on_the_order_of_inputs(sample: Path, tmp_path: Path) -> None:
    # No two pages of one protein: of those the first stays.
    others = [case for case in CASES if case.suffix != ".md"]
    paths = [sample / "pages" / "p03069.md", sample / "pages" / "q06945.md", *others]
    outputs = []
    for order in (paths, paths[::-1]):
        output = tmp_path / "output.nt"
        rdfconv.convert(order, str(output))
        outputs.append(set(output.read_text("utf-8").splitlines()))
    assert outputs[0] == outputs[1]


CASES = sorted((Path(__file__).parent / "cases").glob("*/input.*"))


@pytest.mark.parametrize("name", RDF_FORMATS)
def test_gzip_repeats_to_the_byte(source: Path, name: str, tmp_path: Path) -> None:
    files = [tmp_path / "one.gz", tmp_path / "two.gz"]
    for file in files:
        rdfconv.convert([source], str(file), format=name)
        time.sleep(0.01)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_same_page_twice(tmp_path: Path) -> None:
    """Equal pages are merged; of two different ones the first stays, whatever the blocks."""
    first, other = page(), page({"protein_name": "other"})
    files = {"a.md": first, "b.md": first.replace("\n", "\r\n"), "c.md": other, "d.md": first}
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode())
    for paths in ([tmp_path], [tmp_path / name for name in files]):
        output = tmp_path / "output.nt"
        report = rdfconv.convert(paths, str(output))
        pages = report.pages
        assert (pages.read, pages.written, pages.merged, pages.rejected) == (4, 1, 2, 1)
        assert report.rows.read == report.rows.written == 1
        assert [problem.source for problem, _ in report.problems] == [str(tmp_path / "c.md")]
        assert '"other"' not in output.read_text("utf-8")


def test_a_rejected_page_does_not_hide_a_good_one(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(page({"number_of_interactions": "x"}), "utf-8")
    (tmp_path / "b.md").write_text(page(), "utf-8")
    report = rdfconv.convert([tmp_path], str(tmp_path / "output.nt"))
    assert (report.pages.written, report.pages.rejected) == (1, 1)


def test_usage_errors(tmp_path: Path, source: Path) -> None:
    for arguments, message in (
        ({"source": "two words"}, "cannot name a data set"),
        ({"jobs": 0}, "number of jobs"),
        ({"kind": "pdf"}, "there is no kind"),
    ):
        with pytest.raises(UsageError, match=message):
            rdfconv.build([source], tmp_path / "output", **arguments)
    with pytest.raises(UsageError, match="does not tell the RDF format"):
        rdfconv.convert([source], "edges.doc")


def test_another_source_is_another_report(source: Path, tmp_path: Path) -> None:
    rdfconv.build([source], tmp_path, source="mine-2.0")
    [(title,)] = ask(
        tmp_path,
        "SELECT ?title { ?e tfl:reportedBy ?d . ?d <http://purl.org/dc/terms/title> ?title } "
        "GROUP BY ?title",
    )
    assert title == '"mine-2.0"'


def test_the_next_build_removes_what_a_killed_one_left(source: Path, tmp_path: Path) -> None:
    left = tmp_path / "releases" / ".tmp-0123" / "store"
    left.mkdir(parents=True)
    release, _ = rdfconv.build([source], tmp_path)
    assert [path.name for path in (tmp_path / "releases").iterdir()] == [release.id]
