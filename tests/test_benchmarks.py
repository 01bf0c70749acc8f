"""The results of benchmarks: tables and charts of one run, and the document that holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pyoxigraph
import pytest

from benchmarks import convert, engines, entailment, loaders, results
from benchmarks.loaders import triples
from benchmarks.measure import Machine
from benchmarks.peers.stores import WAYS, cut, parts_of
from benchmarks.results import Comparison, Row
from benchmarks.sides import BenchmarkError

DOCS = Path(__file__).parents[1] / "docs"
COMPARISONS = ("converters", "loaders", "engines", "entailment")
SVG = "{http://www.w3.org/2000/svg}"
MACHINE = Machine("Some CPU", 2, 25_000_000_000, "3.11.7", "Linux x86_64", 1.5)
ODD = Comparison(
    "odd",
    "Odd & <even>: a comparison",
    "The ratio is that of speeds.",
    ("triples/s", "writes"),
    (
        Row("1,000 rows", "ours --jobs 1", 1.0, ("1,000", "all")),
        Row("1,000 rows", "theirs | <2>", 12.34, ("12,340", "a & b")),
        Row("1,000 rows", "raw limit", None, ("-", "-")),
        Row("10 rows", "ours --jobs 1", 1.0, ("900", "all")),
        Row("10 rows", "slow", 0.0018, ("1.6", "all")),
    ),
    ("A note.",),
    MACHINE,
    "2026-01-31",
)
Told = list[tuple[str, str]]


def block_of(document: str, key: str) -> str:
    begin, end = results.markers(key)
    assert document.count(begin) == document.count(end) == 1
    return document.partition(begin)[2].partition(end)[0]


def sides_of(block: str) -> Iterator[tuple[str, str]]:
    """The name and the ratio of each line of the tables in a block, without their heads."""
    for line in block.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] not in ("ratio", "---"):
            yield cells[1], cells[0]


def drawn(chart: ElementTree.Element) -> Told:
    """The name and the ratio beside each bar."""
    texts = {
        role: [text.text or "" for text in chart.iter(f"{SVG}text") if text.get("class") == role]
        for role in ("name", "ratio")
    }
    # Cells of a table cannot have what divides them.
    names = [name.replace("|", "/") for name in texts["name"]]
    return list(zip(names, texts["ratio"], strict=True))


def check_chart(chart: ElementTree.Element, told: Told) -> None:
    """The chart has the ratios of the table, as bars of these lengths, and says them in words."""
    assert drawn(chart) == told
    bars = [rect for rect in chart.iter(f"{SVG}rect") if rect.get("class") == "bar"]
    lengths = [float(bar.get("width", "")) for bar in bars]
    ratios = [float(ratio) for _, ratio in told]
    assert len(lengths) == len(ratios)
    scale = max(lengths) / max(ratios)
    for length, ratio in zip(lengths, ratios, strict=True):
        # Ratios are rounded to two digits where it matters; no bar is shorter than a pixel.
        assert length == pytest.approx(max(1, scale * ratio), abs=1 + scale * 0.006)
    title, description = chart.find(f"{SVG}title"), chart.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert description is not None
    said = (description.text or "").replace("|", "/")
    assert all(f"{name}: {ratio}" in said for name, ratio in told)
    assert chart.get("role") == "img"
    assert chart.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def check_harmless(text: str) -> None:
    """The chart has no script and loads nothing, and follows the dark scheme."""
    chart = ElementTree.fromstring(text)
    assert {element.tag.removeprefix(SVG) for element in chart.iter()} == {
        *("svg", "title", "desc", "style", "rect", "text", "line")
    }
    assert not [name for element in chart.iter() for name in element.attrib if name[:2] == "on"]
    assert "prefers-color-scheme:dark" in text
    assert not re.search(r"url\(|@import|href", text)


def test_table_has_ratios_first_and_names_the_run() -> None:
    text = results.table(ODD)
    assert text.splitlines()[0] == (
        "The ratio is that of speeds. 2026-01-31, Some CPU, 2 cores, 25 GB, Linux x86_64, "
        "Python 3.11.7, load 1.5 at the start."
    )
    assert text.count("| ratio | side | triples/s | writes |") == 2
    assert "| 12.3 | theirs / <2> | 12,340 | a & b |" in text
    assert "| - | raw limit | - | - |" in text
    assert text.index("**1,000 rows**") < text.index("| 12.3 |") < text.index("**10 rows**")
    assert text.endswith("- A note.\n")


def test_chart_tells_what_the_table_tells() -> None:
    told = [(name, ratio) for name, ratio in sides_of(results.table(ODD)) if ratio != "-"]
    assert told == [
        ("ours --jobs 1", "1.00"),
        ("theirs / <2>", "12.3"),
        ("ours --jobs 1", "1.00"),
        ("slow", "0.002"),
    ]
    text = results.chart(ODD)
    check_chart(ElementTree.fromstring(text), told)
    check_harmless(text)


def test_chart_without_any_ratio_is_a_document() -> None:
    bare = Comparison("bare", "Bare", "None.", (), (), (), MACHINE, "2026-01-31")
    assert drawn(ElementTree.fromstring(results.chart(bare))) == []


def test_a_run_replaces_the_one_before(tmp_path: Path) -> None:
    begin, end = results.markers("odd")
    document = tmp_path / results.DOCUMENT
    document.write_text(f"# Head\n\n{begin}\nold\n{end}\n\nTail\n", encoding="utf-8")
    results.write(ODD, tmp_path)
    once = document.read_bytes()
    results.write(ODD, tmp_path)
    assert document.read_bytes() == once
    text = once.decode()
    assert text.startswith(f"# Head\n\n{begin}\n![Odd & <even>: a comparison](benchmarks/odd.svg)")
    assert text.endswith(f"\n{end}\n\nTail\n")
    assert "old" not in text
    assert results.table(ODD) in text
    assert (tmp_path / "benchmarks" / "odd.svg").read_text("utf-8") == results.chart(ODD)


@pytest.mark.parametrize("text", ["", "{begin}", "{end}{begin}", "{begin}{end}{begin}{end}"])
def test_a_document_without_a_place_is_left_alone(text: str, tmp_path: Path) -> None:
    begin, end = results.markers("odd")
    document = tmp_path / results.DOCUMENT
    document.write_text(text.format(begin=begin, end=end), encoding="utf-8")
    before = document.read_bytes()
    with pytest.raises(BenchmarkError, match="once each"):
        results.write(ODD, tmp_path)
    assert document.read_bytes() == before
    assert list(tmp_path.iterdir()) == [document]


@pytest.mark.parametrize("key", COMPARISONS)
def test_document_and_charts_are_of_the_same_runs(key: str) -> None:
    block = block_of((DOCS / results.DOCUMENT).read_text("utf-8"), key)
    picture = re.search(r"^!\[(.+)\]\((.+)\)$", block, re.MULTILINE)
    assert picture is not None
    path = DOCS / picture[2]
    text = path.read_text("utf-8")
    chart = ElementTree.fromstring(text)
    assert chart.findtext(f"{SVG}title") == picture[1]
    told = [(name, ratio) for name, ratio in sides_of(block) if ratio != "-"]
    assert len(told) > 1
    assert told[0][1] == "1.00"
    check_chart(chart, told)
    check_harmless(text)
    # The machine, the day and the versions.
    assert re.search(r" 20\d\d-\d\d-\d\d, .+, \d+ cores, \d+ GB, .+, Python 3\.\d+", block)
    assert re.search(r"^- rdfconv \d+\.\d+", block, re.MULTILINE)


def test_document_has_no_other_charts() -> None:
    assert sorted(path.stem for path in (DOCS / results.CHARTS).iterdir()) == sorted(COMPARISONS)


def test_document_names_targets_that_are_there() -> None:
    makefile = (DOCS.parent / "Makefile").read_text("utf-8")
    document = (DOCS / results.DOCUMENT).read_text("utf-8")
    named = set(re.findall(r"make (bench[a-z-]*)", document))
    written = set(re.findall(r"^\| [a-z]+ \| `make (bench[a-z-]*)` \|", document, re.MULTILINE))
    assert len(written) == len(COMPARISONS)
    for target in named:
        [recipe] = re.findall(rf"^{target}: .*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
        assert ("--write $(WRITE)" in recipe) == (target in written)


@pytest.mark.parametrize("command", [convert, loaders, engines, entailment])
def test_commands_write_the_document(
    command: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(["--help"])
    assert stop.value.code == 0
    assert "--write DOCS" in capsys.readouterr().out


@pytest.mark.parametrize("way", sorted(set(WAYS) - {"oxigraph", "oxigraph-compact"}))
def test_loaders_hold_what_they_were_given(way: str, tmp_path: Path) -> None:
    document = tmp_path / "some.nt"
    lines = [f'<https://example.org/{n}> <https://example.org/p> "{n % 7}" .\n' for n in range(99)]
    document.write_text("".join(lines), encoding="utf-8")
    cut(document, tmp_path / "parts")
    assert b"".join(part.read_bytes() for part in parts_of(tmp_path / "parts")) == (
        document.read_bytes()
    )
    WAYS[way](tmp_path / "store", parts_of(tmp_path / "parts"))
    dump = tmp_path / "dump.nt"
    pyoxigraph.Store.read_only(str(tmp_path / "store")).dump(
        str(dump), pyoxigraph.RdfFormat.N_TRIPLES, from_graph=pyoxigraph.DefaultGraph()
    )
    assert triples(dump) == triples(document)
    assert len(triples(dump)) == 99


def test_one_spelling_of_booleans(tmp_path: Path) -> None:
    boolean = "^^<http://www.w3.org/2001/XMLSchema#boolean>"
    one, other = tmp_path / "one.nt", tmp_path / "other.nt"
    one.write_text(f'<urn:a> <urn:b> "true"{boolean} .\n<urn:a> <urn:b> "true" .\n')
    other.write_text(f'<urn:a> <urn:b> "1"{boolean} .\n<urn:a> <urn:b> "1" .\n')
    assert triples(one) & triples(other)
    assert triples(one) != triples(other)
