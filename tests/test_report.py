"""The build report: numbers that add up and agree, lists that say when they are cut, safe HTML."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import rdfconv
from rdfconv import release as releases
from rdfconv import report_page
from rdfconv.problems import KEPT, Kind, Problem, ProblemLog, Unit
from rdfconv.readers.sources import InputFile
from rdfconv.report import NOT_MERGED, Report, Totals
from tests.inputs import page, row, table

VOID = {"meta", "link", "br", "hr", "img", "input", "col", "wbr"}
TIMES = re.compile(r'(<td class="number seconds">)[^<]*(</td>)')


class Parsed(HTMLParser):
    """A page taken apart: its elements, its text, its tables' cells; the nesting is checked."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self._table = ""
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        assert len(attributes) == len(attrs)
        self.elements.append((tag, attributes))
        self.texts.setdefault(tag, []).append("")
        if tag == "caption":
            self._table = attributes["id"] or ""
            self.tables[self._table] = []
        elif tag == "tr":
            self.tables[self._table].append([])
        elif tag in ("td", "th"):
            self.tables[self._table][-1].append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            self.texts[tag][-1] += data
        if "td" in self._open or "th" in self._open:
            self.tables[self._table][-1][-1] += data

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of these names."""
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def text(self) -> str:
        """All text, with single blanks."""
        return " ".join(self.texts["html"][0].split())


def problem(kind: Kind, line: int | None = 1, value: str | None = "bad") -> Problem:
    return Problem(kind, "table.tsv", line, "Name.TF", value)


def report(*problems: Problem) -> Report:
    """A build's report of five rows, with rejections and warnings."""
    log = ProblemLog()
    for one in problems:
        log.add(one)
    rejected = log.count(Unit.ROW)
    pages, sites = (Totals(count, 0, 0, count) for count in map(log.count, (Unit.PAGE, Unit.SITE)))
    return Report(
        source="tflink-1.0",
        digest="ab" * 32,
        rows=Totals(5 + rejected, 4, 1, rejected),
        pages=pages,
        sites=sites,
        written={"Evidence": 2, "DetectionMethod": 1200},
        triples=99,
        inputs=[InputFile("table.tsv", 1, 1234567, "0f" * 32)],
        problems=log,
        seconds={"convert": 1.5, "load": 0.25},
    )


def parsed(told: Report) -> Parsed:
    return Parsed(report_page.render(told.as_json()))


@pytest.fixture(scope="module")
def built(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two releases of the sample's pages and a file that is no input."""
    folder = tmp_path_factory.mktemp("built")
    bad = folder / "bad <b>.tsv"
    bad.write_text(table(row(), "<script>alert(1)</script>"), "utf-8")
    return [
        rdfconv.build([sample / "pages", bad], folder / name)[0].path for name in ("one", "two")
    ]


def contents(folder: Path) -> tuple[dict[str, Any], str]:
    told = json.loads((folder / releases.REPORT).read_text("utf-8"))
    return told, (folder / releases.REPORT_PAGE).read_text("utf-8")


def test_both_files_tell_the_same(built: list[Path]) -> None:
    told, text = contents(built[0])
    page = Parsed(text)
    assert text == report_page.render(told)
    for key, unit in (("rows", "rows"), ("pages", "pages"), ("sites", "binding sites")):
        counts = told[key]
        assert counts["read"] == counts["written"] + counts["merged"] + counts["rejected"]
        numbers = "{read:,} {unit} read: {written:,} written, {merged:,} merged, {rejected:,} "
        assert numbers.format(unit=unit, **counts) + "rejected." in page.text
    assert told["rows"]["rejected"] == 1
    assert told["rows"]["merged"] > 0
    totals = {line[0]: line[1:] for line in page.tables["totals-table"]}
    for name in ("read", "written", "merged", "rejected"):
        assert totals[name.capitalize()] == [
            f"{told[key][name]:,}" for key in ("rows", "pages", "sites")
        ]
    assert totals["Adds up"] == ["yes"] * 3
    assert page.tables["rejected-kinds"][1:] == [["column-count", "rows", "1"], ["All", "", "1"]]
    warnings = {line[0]: line[-1] for line in page.tables["warnings-kinds"][1:-1]}
    assert warnings == {kind: str(one["count"]) for kind, one in told["warnings"].items()}
    for file, line in zip(told["inputs"], page.tables["inputs-table"][1:], strict=True):
        assert line[0].split() == [*file["name"].split(), file["sha256"]]
        assert line[1:] == [f"{file[key]:,}" for key in ("files", "skipped", "size")]
    written = [line[1] for line in page.tables["written-table"][1:]]
    assert written == [f"{count:,}" for count in told["written"].values()]
    for version in (*told["software"].values(), told["source"], told["digest"]):
        assert version in page.texts["dd"]
    assert told["software"].keys() == {"rdfconv", "pyoxigraph", "python"}
    assert told["digest"] == releases.open_release(built[0]).digest


def test_two_builds_differ_in_times_only(built: list[Path]) -> None:
    (first, first_page), (second, second_page) = (contents(folder) for folder in built)
    assert first.pop("seconds").keys() == second.pop("seconds").keys()
    assert json.dumps(first) == json.dumps(second)
    pages = [TIMES.subn(r"\1\2", text) for text in (first_page, second_page)]
    assert pages[0] == pages[1]
    assert pages[0][1] == 7  # convert, load, count, index, downloads, describe and their sum


def test_the_page_is_well_made_and_self_contained(built: list[Path]) -> None:
    many = [problem(Kind.COLUMN_COUNT, line) for line in range(40)]
    for text in (contents(built[0])[1], report_page.render(report(*many).as_json())):
        page = Parsed(text)
        assert text.startswith("<!doctype html>\n<html")
        assert page.named("html") == [{"lang": "en"}]
        assert page.texts["title"] == page.texts["h1"] == ["Build report of tflink-1.0"]
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert len(page.named("table")) == len(page.tables) == len(page.named("caption")) > 4
        assert all(caption.strip() for caption in page.texts["caption"])
        assert all(one["scope"] in ("col", "row") for one in page.named("th"))
        for lines in page.tables.values():
            assert len({len(line) for line in lines}) == 1
        ids = [one["id"] for _, one in page.elements if "id" in one]
        assert len(ids) == len(set(ids))
        assert all((one["href"] or "")[1:] in ids for one in page.named("a"))
        assert {one["aria-labelledby"] for one in page.named("div") if "role" in one} <= {*ids}
        assert page.named("script", "link", "img", "iframe", "object", "form", "base") == []
        assert len(page.named("style")) == 1
        assert "prefers-color-scheme: dark" in page.texts["style"][0]
        assert not re.search(r"url\(|@import|https?:", page.texts["style"][0])
        names = {name for _, one in page.elements for name in one}
        assert not {name for name in names if name == "src" or name.startswith("on")}
        assert "style" not in names


def test_values_are_escaped() -> None:
    nasty = "<script>alert('1')</script>\"&\x0b\u202e" + "x" * 100
    told = report(
        Problem(Kind.COLUMN_COUNT, nasty, 7, nasty, nasty, detail=nasty),
        Problem(Kind.UNKNOWN_DATABASE, nasty, None, nasty, nasty),
    )
    told.inputs.append(InputFile(nasty + "\udcff", 1, 1, "00"))
    told.source = nasty
    text = report_page.render(told.as_json())
    page = Parsed(text)
    assert page.named("script") == []
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\udc80-\udcff]", text)
    escaped = "<script>alert('1')</script>\"&\\x0b\\u202e" + "x" * 100
    [place] = page.tables["column-count-places"][1:]
    assert place[0] == f"{escaped}:7"
    assert place[1] == place[3] == escaped
    assert place[2] == f"{nasty[:80]!r}... ({len(nasty)} characters)"
    assert f"{escaped}\\udcff" in page.tables["inputs-table"][2][0]


def test_a_file_name_that_is_not_utf8(tmp_path: Path) -> None:
    told = report(Problem(Kind.EMPTY_FILE, "pages/\udcff.md", None, "", None))
    file, page = tmp_path / "report.json", tmp_path / "report.html"
    report_page.write(told.as_json(), file, page)
    assert json.loads(file.read_text("utf-8")) == told.as_json()
    assert "pages/\\udcff.md" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (Totals(1200, 1000, 100, 1), "1,000 + 100 + 1 = 1,101, not 1,200"),
        (Totals(4, 1, 1, 2), "the reasons tell of 1 rejected, not 2"),
    ],
)
def test_a_mismatch_is_shown(rows: Totals, fault: str) -> None:
    told = replace(report(problem(Kind.COLUMN_COUNT)), rows=rows, pages=Totals(2, 1, 1, 0))
    page = parsed(told)
    assert f"The counts of rows do not add up: {fault}." in page.texts["strong"]
    assert page.tables["totals-table"][-1] == ["Adds up", "no", "yes"]
    assert "do not add up" not in parsed(report(problem(Kind.COLUMN_COUNT))).text


def test_a_cut_list_says_so() -> None:
    told = report(*(problem(Kind.COLUMN_COUNT, line) for line in range(12_345)))
    problems = told.as_json()["rejected"]["column-count"]
    assert (problems["count"], problems["listed"], len(problems["first"])) == (12_345, KEPT, KEPT)
    page = parsed(told)
    assert page.texts["summary"] == ["Places: the first 1,000 of 12,345"]
    assert len(page.tables["column-count-places"]) == 1 + KEPT
    assert "open" not in page.named("details")[0]
    assert "  ... and 12,342 more of column-count" in list(told.lines())


def test_equal_warnings_are_listed_once() -> None:
    values = [str(number % (KEPT + 1)) for number in range(3 * KEPT)]
    cut = report(*(problem(Kind.UNKNOWN_METHOD, value=value) for value in values))
    assert parsed(cut).texts["summary"] == ["Places: the first 1,000 different, for 2,998 of 3,000"]
    whole = parsed(report(*(problem(Kind.UNKNOWN_METHOD, value=value) for value in "aab")))
    assert whole.texts["summary"] == ["Places: 2 different, for all 3"]
    assert [line[-1] for line in whole.tables["unknown-method-places"]] == ["Times", "2", "1"]


def test_many_inputs_are_cut_and_it_is_said() -> None:
    told = report()
    told.inputs = [InputFile(f"{number}.md", 1, 1, "00") for number in range(1001)]
    page = parsed(told)
    assert len(page.tables["inputs-table"]) == 1001
    assert "The first 1,000 of 1,001 inputs; report.json names all." in page.text
    assert len(told.as_json()["inputs"]) == 1001


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_explained(kind: Kind) -> None:
    page = parsed(report(problem(kind)))
    assert page.texts["h3"] == [kind.value]
    assert page.texts["dd"][5:8] == [kind.message, kind.hint, f"1 {kind.unit.value}"]
    assert page.texts["summary"] == ["Places: one"]
    assert "strong" not in page.texts
    if kind.rejects:
        said = "1 file" if kind.unit is Unit.FILE else "1"
        assert f" {said} rejected." in page.text
    else:
        assert " 1 warning." in page.text


def test_an_empty_report() -> None:
    page = parsed(Report())
    assert page.texts["h1"] == ["Conversion report"]
    for sentence in ("No rows and no pages were read.", "No warnings.", "Nothing was rejected."):
        assert sentence in page.text


def test_a_conversion_does_not_merge_edges_and_says_so(tmp_path: Path) -> None:
    """Of two pages that tell one edge, a conversion writes it twice; a build merges."""
    (tmp_path / "a.md").write_text(page(), "utf-8")
    (tmp_path / "table.tsv").write_text(
        table(row(UniprotID_TF="P11308", UniprotID_Target="Q06945")), "utf-8"
    )
    converted = rdfconv.convert([tmp_path], str(tmp_path / "output.nt"))
    assert (converted.rows.read, converted.rows.merged) == (2, 0)
    assert NOT_MERGED in list(converted.lines())
    assert NOT_MERGED in parsed(converted).texts["dd"]
    _, built = rdfconv.build([tmp_path], tmp_path / "output")
    assert (built.rows.written, built.rows.merged) == (1, 1)
    assert NOT_MERGED not in list(built.lines())
    assert "the edge was written once" in parsed(built).text
