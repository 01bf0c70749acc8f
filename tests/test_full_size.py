"""The benchmark at full size, at the size of the sample: both engines give the same answers."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pyoxigraph
import pytest

from benchmarks import full_size
from benchmarks.analytics import ANALYTICAL
from benchmarks.full_size import Answer, Result, difference
from benchmarks.questions import Drawn, Question, questions
from benchmarks.virtuoso import virtuoso
from rdfconv.edges.index import FILE
from rdfconv.examples import Form, examples
from rdfconv.release import open_release
from tests.conftest import children

ASKED = (
    *("targets", "regulators", "is-listed", "evidence", "evidence-graph", "named-graphs"),
    *("cited-papers", "edges-per-database", "edges per method and organism"),
    *("edges per method and organism, plain", "top transcription factors"),
    *("top transcription factors, plain", "feed-forward loops of a factor"),
    *("overlap of two databases", "overlap of two databases, plain"),
)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("full size")


def run(release: Path, work: Path, *more: str) -> int:
    names = [word for name in ASKED for word in ("--only", name)]
    return full_size.main([str(release), "--work", str(work), "--repeat", "2", *names, *more])


def test_both_engines_answer_alike_and_the_database_is_loaded_once(
    sample_release: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = children(os.getpid())
    assert run(sample_release, work) == 0
    first = capsys.readouterr()
    assert run(sample_release, work, "--seed", "2") == 0
    second = capsys.readouterr()
    assert children(os.getpid()) == before
    assert "dumping" in first.err
    assert "dumping" not in second.err
    for told in (first, second):
        rows = [line.split(" | ") for line in told.out.splitlines() if line.startswith("| ")][1:]
        assert [row[0].removeprefix("| ") for row in rows] == [
            name for name in _names(sample_release) if name in ASKED
        ]
        assert {row[0]: row[3] for row in rows if row[3] == "-"} == {"| named-graphs": "-"}
        assert not any("rdfconv:" in row[-1] or "Virtuoso:" in row[-1] for row in rows)
        assert f"0 of {len(ASKED)} queries have different answers" in told.out


def _names(root: Path) -> list[str]:
    return [one.name for one in questions(open_release(root).path, 1, 1)]


def test_another_release_is_loaded_anew(sample_release: Path, work: Path) -> None:
    (work / "virtuoso-loaded.json").write_text('{"digest": "of another"}', "ascii")
    said: list[str] = []
    with virtuoso(open_release(sample_release), work, said.append) as server:
        assert any(text.startswith("dumping") for text in said)
        assert server.sql_rows("SELECT 1;") == ["1"]
    assert not (work / "dump").exists()


def test_an_endpoint_can_be_asked_alone(
    sample_release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(sample_release, tmp_path, "--no-virtuoso") == 0
    assert list(tmp_path.iterdir()) == []
    assert "| targets |" in capsys.readouterr().out


def test_a_full_disk_and_a_missing_release_are_told(
    sample_release: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(tmp_path / "none", tmp_path) == 2
    assert "there is no release" in capsys.readouterr().err
    monkeypatch.setattr("benchmarks.virtuoso.BYTES_PER_TRIPLE", 1 << 60)
    assert run(sample_release, tmp_path) == 2
    assert "GB free; Virtuoso needs" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(sample_release, tmp_path) == 2
    assert "apt-get install virtuoso" in capsys.readouterr().err


def test_both_texts_of_an_analytical_question_have_one_answer(sample_release: Path) -> None:
    folder = open_release(sample_release).path
    store = pyoxigraph.Store.read_only(str(folder / "store"))
    with closing(sqlite3.connect(folder / FILE)) as table:
        drawn = Drawn(table, 4, 1)
    for question in ANALYTICAL:
        for turn in range(4):
            texts = question.texts(drawn.values(question.draws, turn))
            found = [_rows(store, text) for text in texts.values()]
            assert found[0] == found[1], question.name


def _rows(store: pyoxigraph.Store, text: str) -> list[tuple[str, ...]]:
    found = store.query(text)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    return [tuple(map(str, solution)) for solution in found]


def test_entities_are_drawn_by_the_seed_and_stand_in_the_queries(sample_release: Path) -> None:
    folder = open_release(sample_release).path
    first, again, other = (list(questions(folder, 4, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    given = {one.name: one.text for one in examples()}
    with_entities = {one.name for one in first if len(set(one.texts)) > 1}
    assert {"targets", "regulators", "evidence", "is-listed", "regulators-of-gene"} <= with_entities
    for one in first:
        assert len(one.texts) == 5
        if one.name in with_entities and one.name in given:
            assert "Q06945" not in one.texts[0] or "<http://purl.uniprot.org" in one.texts[0]


def question(limit: str = "", has_order: bool = False) -> Question:
    return Question("q", 1, Form.SELECT, (f"SELECT * {{}} {limit}",), has_order)


def result(*rows: str) -> Result:
    return Result("one", {0: Answer(1, rows)})


def test_answers_that_differ_are_told() -> None:
    assert difference(question(), result("a"), result("a", "b")) == "1 and 2 rows"
    assert difference(question(), result("a"), result("b")) == "rows differ, for example 'a'"
    assert difference(question(), result("a"), result("a")) == ""
    assert difference(question("LIMIT 1"), result("a"), result("b")) == ""
    assert difference(question("LIMIT 2"), result("a"), result("b")) != ""
    assert difference(question("LIMIT 1", has_order=True), result("a"), result("b")) != ""
