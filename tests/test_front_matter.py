"""Where the front-matter reader answers, it says what PyYAML says; else it leaves it to PyYAML."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfconv.readers.front_matter import FrontMatter, FrontMatterReader
from rdfconv.readers.protein_page import OPTIONAL, PageReader, parsed_front_matter
from tests.front_matter import PIECES, Comparison, compare, edited, front_of
from tests.inputs import PAGE, Problems, page
from tests.roundtrip import originals

SAMPLE = Path(__file__).parent / "data" / "sample" / "pages"
FRONTS = [front_of(path.read_bytes()) for path in sorted(SAMPLE.iterdir())]
KEYS = [*PAGE]
KEYS.insert(KEYS.index("tfs_download"), OPTIONAL[0])
KEYS.insert(KEYS.index("binding_sites_ls"), OPTIONAL[1])
ROW = "ERG,P11308,2078,TRRUST,inferred by curator,29087512%5Buid%5D,Yes"


def read(front: bytes) -> FrontMatter | None:
    return FrontMatterReader().read(front)


def differing(*fronts: bytes) -> list[str]:
    """The front matters that a new reader and PyYAML do not read alike."""
    result, reader = Comparison(), FrontMatterReader()
    for front in fronts:
        result.add(repr(front), front, reader)
    return result.differing


def with_value(key: str, value: str) -> bytes:
    return front_of(page({key: value}).encode())


def test_the_sample() -> None:
    result, _ = compare(originals(SAMPLE))
    assert (result.pages, result.differing, result.left) == (46, [], 0)


def test_the_pages_of_the_test_data(data: Path) -> None:
    result, changed = compare(originals(data / "pages"), edits=20)
    assert (result.pages, result.differing, result.left) == (46, [], 0)
    assert changed.differing == []
    assert 0 < changed.left < changed.pages


def test_line_ends_do_not_matter() -> None:
    for front in FRONTS:
        lf = front.replace(b"\r", b"")
        found = read(lf)
        assert found is not None
        assert found == read(front) == parsed_front_matter(lf)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("protein_name", text) for text in ("y", "N", "11", "null", "1e5", "12:30:45", "0x1F")),
        ("protein_name", "mt:ND4"),
        ("protein_name", "IMP2'"),
        ("protein_name", "'it''s: #1 ''quoted'''"),
        ("protein_name", "Dmel\\CG4896"),
        ("protein_name", "; ;"),
        ("protein_name", "one\n  two\n  three"),
        ("jaspar_matrices", ""),
        ("jaspar_matrices", '["MA0003.1", "MA0003.2",\n  "MA0003.3"]'),
        ("tfs", f"'{ROW}\n\n  {ROW}'"),
        ("tfs", "-,P11308,-,TRRUST,inferred\n  by curator,29087512%5Buid%5D,Yes"),
        ("targets", f"'{ROW}\n\n  O''X{ROW.replace(' ', chr(10) + '  ')}'"),
    ],
)
def test_what_it_reads(key: str, value: str) -> None:
    front = with_value(key, value)
    found = read(front)
    assert found is not None
    assert found == parsed_front_matter(front)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("protein_name", '"SOX4"'),
        ("protein_name", "|\n  SOX4"),
        ("protein_name", ">\n  SOX4"),
        ("protein_name", "!!str SOX4"),
        ("protein_name", "&a SOX4"),
        ("protein_name", "SOX4 # a comment"),
        ("protein_name", "SOX4: 4"),
        ("protein_name", "SOX4:"),
        ("protein_name", "SOX\t4"),
        ("protein_name", "SÖX4"),
        ("protein_name", "SOX4 "),
        ("protein_name", "SOX\n   4"),
        ("protein_name", "SOX \n  4"),
        ("protein_name", "'SOX\n4'"),
        ("protein_name", "'SOX'4'"),
        ("protein_name", "'SOX4\n"),
        ("protein_name", "~"),
        ("protein_name", "[SOX4]"),
        ("protein_name", "SOX4\nprotein_name: SOX5"),
        ("protein_name", "SOX4\nother: key"),
        ("jaspar_matrices", '["MA\\u0003"]'),
        ("tfs", f"' {ROW}'"),
        ("tfs", f"'{ROW}\n\n\n  {ROW}'"),
        ("tfs", f"'{ROW}\n\n  \n  {ROW}'"),
        ("tfs", f"'{ROW} \n\n  {ROW}'"),
        ("tfs", f"'{ROW}'\n\n  {ROW}'"),
        ("tfs", f"'{ROW}\ntargets: '''"),
    ],
)
def test_what_it_leaves_to_pyyaml(key: str, value: str) -> None:
    assert read(with_value(key, value)) is None


def test_a_missing_key_is_told_as_ever() -> None:
    problems = Problems()
    content = page({"organism": None}).encode()
    assert PageReader("tflink-1.0", problems).read(content, "page.md") is None
    assert problems.kinds == ["missing-key"]


def test_a_row_in_doubt_is_not_remembered() -> None:
    reader = FrontMatterReader()
    odd = with_value("tfs", f"'{ROW}\n\n  it's'")
    for front in (odd, with_value("tfs", f"'{ROW}\n\n  its'"), odd):
        found = reader.read(front)
        assert (found is None) is (front is odd)


names = st.text(st.sampled_from(" \n\t'\"#:-,[]{}&*!|>%@`?~\\\r.=<ab1Né\x85\u2028"), max_size=12)
harmless = st.text(st.sampled_from("aN1 -,;:'()/%+"), max_size=150)
rows = st.lists(harmless | st.just(ROW) | names, max_size=4).map("\n".join)
matrices = st.lists(st.from_regex(r"MA[0-9]{4}\.[0-9]", fullmatch=True) | names, max_size=8)


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """A front matter as PyYAML writes it, of random values, most of them harmless."""
    few = draw(st.sets(st.sampled_from(KEYS), max_size=3))
    values: dict[str, object] = dict(PAGE)
    for key in KEYS:
        if key in few:
            values[key] = draw(rows if key in ("tfs", "targets") else names | harmless | st.none())
        elif key in OPTIONAL:
            values[key] = ROW
    if draw(st.booleans()):
        values["jaspar_matrices"] = draw(matrices)
    keys = [key for key in KEYS if key not in OPTIONAL or draw(st.booleans())]
    text = yaml.dump(
        {key: values[key] for key in keys},
        sort_keys=False,
        width=draw(st.sampled_from([5, 20, 80, 1000])),
        default_style=draw(st.sampled_from([None, None, "'", '"'])),
        default_flow_style=draw(st.sampled_from([None, None, False])),
        allow_unicode=draw(st.booleans()),
        line_break=draw(st.sampled_from(["\n", "\r\n"])),
        explicit_end=draw(st.sampled_from([False, False, True])),
    )
    return b"\n" + text.encode() + draw(st.sampled_from([b"", b"\n", b"\r\n"]))


@settings(max_examples=300, deadline=None)
@given(written(), st.integers(1, 3))
def test_what_pyyaml_writes(front: bytes, indent: int) -> None:
    assert differing(front, front.replace(b"\n  ", b"\n" + b" " * indent), front) == []


edits = st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from(PIECES))


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(FRONTS), st.lists(edits, min_size=1, max_size=4))
def test_edited_pages(front: bytes, changes: list[tuple[float, int, str]]) -> None:
    fronts = [front]
    for change in changes:
        fronts.append(edited(fronts[-1], *change))
    assert differing(*fronts) == []
