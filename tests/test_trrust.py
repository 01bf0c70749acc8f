"""TRRUST: symbols resolved through the other inputs, and evidence of its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pyoxigraph
import pytest

from rdfconv.building import build
from rdfconv.model import Interaction
from rdfconv.problems import Kind
from rdfconv.readers import read
from rdfconv.readers.trrust import HEADER
from rdfconv.statistics import FILE, Statistics, from_store
from rdfconv.symbols import Symbols
from rdfconv.validate import validate
from rdfconv.vocabulary import PREFIXES
from tests.inputs import (
    Problems,
    fasta,
    gff3,
    mitab_row,
    page,
    protein_rows,
    row,
    site_row,
    site_table,
    table,
    written,
)

HUMAN = "Homo sapiens"


def symbols_of(path: Path) -> dict[str, set[str]]:
    """The accessions by the names that a table gives, counted without the code under test."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for line in path.read_text("utf-8").splitlines()[1:]:
        cells = line.split("\t")
        for accession, name in (cells[0], cells[4]), (cells[1], cells[5]):
            if name != "-":
                names[name].add(accession)
            if ";" in name:
                for part in name.split(";"):
                    parts[part].add(accession)
    return {**parts, **names}


@pytest.mark.parametrize(
    ("organism", "word", "rows", "unknown"),
    [("Homo_sapiens", "human", 9396, 86), ("Mus_musculus", "mouse", 7057, 500)],
)
def test_the_real_tables_with_the_small_scale_tables(
    organism: str, word: str, rows: int, unknown: int, data: Path
) -> None:
    known = data / "tables" / f"{organism}_interactions_SS_from_pages.tsv"
    path = data / "trrust" / f"trrust_rawdata.{word}.tsv"
    names = symbols_of(known)
    expected: Counter[str] = Counter()
    for line in path.read_text("utf-8").splitlines()[1:]:
        found = [len(names.get(symbol, ())) for symbol in line.split("\t")[:2]]
        first = next((count for count in found if count != 1), 1)
        expected[{0: "unknown-symbol", 1: "resolved"}.get(first, "ambiguous-symbol")] += 1
    text, report = written([path, known])
    told = {kind.value: count for kind, count in report.problems.counts.items()}
    assert sum(expected.values()) == rows
    assert told["unknown-symbol"] == expected["unknown-symbol"] == unknown
    assert "ambiguous-symbol" not in told | expected
    edges = len(known.read_text("utf-8").splitlines()) - 1
    assert report.rows.read == edges + rows
    assert report.rows.written == edges + expected["resolved"]
    node = f"<{PREFIXES['tfld']}trrust-2>"
    reported = [line.split(" ")[0] for line in text.splitlines() if line.endswith(f"{node} .")]
    assert len(reported) == len(set(reported)) > 1000
    assert report.as_json()["rejected"]["unknown-symbol"]["listed"] <= 1000


def test_an_edge_that_both_tell(tmp_path: Path) -> None:
    """It has two evidences, told apart by who reports them."""
    (tmp_path / "edges.tsv").write_text(table(row()), "utf-8")
    (tmp_path / "a.human.tsv").write_text("NANOG\tDKK1\tActivation\t19148141\n", "utf-8")
    release, report = build([tmp_path], tmp_path / "releases")
    assert (report.rows.read, report.rows.written, report.rows.merged) == (2, 1, 1)
    store = pyoxigraph.Store.read_only(str(release.store))
    found = store.query(
        """SELECT ?dataset ?mode ?paper {
            tfli:Q9H9S0_O94907 tfl:evidence ?evidence .
            ?evidence tfl:reportedBy ?dataset
            OPTIONAL { ?evidence tfl:modeOfRegulation ?mode }
            OPTIONAL { ?evidence tfl:primaryReference ?paper } }""",
        prefixes=dict(PREFIXES),
    )
    assert isinstance(found, pyoxigraph.QuerySolutions)
    told = {tuple(str(term).rpartition("/")[2] for term in one) for one in found}
    assert told == {
        ("tflink-1.0>", "None", "None"),
        ("trrust-2>", "ontology#activation>", "19148141>"),
    }


def test_symbols_of_other_organisms_do_not_count() -> None:
    symbols = Symbols()
    symbols.add(HUMAN, "P1", "A")
    symbols.add("Mus musculus", "P2", "A")
    symbols.add(HUMAN, "P3", "B;A", ("B", "A"))
    assert symbols.resolve(HUMAN, "A") == ("P1",)  # the whole name goes before a part of one
    assert symbols.resolve(HUMAN, "B") == ("P3",)
    assert symbols.resolve(HUMAN, "a") == symbols.resolve(HUMAN, "C") == ()
    symbols.add(HUMAN, "P0", "A")
    assert symbols.resolve(HUMAN, "A") == ("P0", "P1")


@pytest.fixture
def symbols() -> Symbols:
    """Two proteins of man and two of the same name."""
    known = Symbols()
    for accession, name in (("P17542", "TAL1"), ("P15172", "MYOD1"), ("O1", "X"), ("O2", "X")):
        known.add(HUMAN, accession, name)
    return known


def rows(path: Path, text: str, symbols: Symbols) -> tuple[list[Interaction], Problems]:
    """The rows of a file."""
    path.write_text(text, "utf-8")
    problems = Problems()
    records = list(read(path, on_problem=problems, symbols=symbols))
    return [record for record in records if isinstance(record, Interaction)], problems


@pytest.mark.parametrize("header", ["", "\t".join(HEADER) + "\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows(header: str, end: str, symbols: Symbols, tmp_path: Path) -> None:
    lines = ["TAL1\tMYOD1\tActivation\t2;1", "MYOD1\tTAL1\tUnknown\t3", "TAL1\tTAL1\tRepression\tx"]
    text = header + "".join(line + end for line in lines)
    found, problems = rows(tmp_path / "trrust_rawdata.human.tsv", text, symbols)
    assert [one.transcription_factor.accession for one in found] == ["P17542", "P15172", "P17542"]
    told = [one.evidence for one in found]
    assert [one.modes for one in told] == [("activation",), (), ("repression",)]
    assert told[0].references == ("2", "1")
    assert {(one.dataset, one.databases, one.methods, one.small_scale) for one in told} == {
        ("trrust-2", ("TRRUST",), (), None)
    }
    assert problems.kinds == ["not-a-pubmed-id"]


def test_rows_that_repeat_an_edge_and_a_mode(symbols: Symbols, tmp_path: Path) -> None:
    """They are one report with the papers of all; another mode is another report."""
    modes = ("Activation\t2", "Repression\t3", "Activation\t1;2")
    text = "".join(f"TAL1\tMYOD1\t{one}\n" for one in modes)
    found, problems = rows(tmp_path / "trrust_rawdata.human.tsv", text, symbols)
    assert [one.evidence.references for one in found] == [("2", "1"), ("3",), ("2", "1")]
    assert found[0].evidence == found[2].evidence
    assert not problems


def test_the_data_set_is_trrusts_whatever_the_source(tmp_path: Path, symbols: Symbols) -> None:
    path = tmp_path / "trrust_rawdata.human.tsv"
    path.write_text("TAL1\tMYOD1\tUnknown\t2\n", "utf-8")
    [one] = read(path, source="other-1", symbols=symbols)
    assert isinstance(one, Interaction)
    assert one.evidence.dataset == "trrust-2"


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ("TAL1\tNONE\tUnknown\t1", Kind.UNKNOWN_SYMBOL, "NONE"),
        ("X\tTAL1\tUnknown\t1", Kind.AMBIGUOUS_SYMBOL, "X: O1, O2"),
        ("TAL1\tMYOD1\tunknown\t1", Kind.MALFORMED_CELL, "unknown"),
        ("TAL1\tMYOD1\tUnknown", Kind.COLUMN_COUNT, "TAL1\tMYOD1\tUnknown"),
    ],
)
def test_a_bad_row(line: str, kind: Kind, value: str, symbols: Symbols, tmp_path: Path) -> None:
    text = f"TAL1\tMYOD1\tUnknown\t1\n{line}\nMYOD1\tTAL1\tUnknown\t1\n"
    found, [problem] = rows(tmp_path / "human.tsv", text, symbols)
    assert len(found) == 2
    assert (problem.kind, problem.line, problem.value) == (kind, 2, value)


def test_a_file_of_no_organism(symbols: Symbols, tmp_path: Path) -> None:
    found, [problem] = rows(tmp_path / "trrust.tsv", "TAL1\tMYOD1\tUnknown\t1\n", symbols)
    assert not found
    assert problem.kind is Kind.NO_ORGANISM


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_build_with_files_of_all_kinds_counts_right(jobs: int, tmp_path: Path) -> None:
    """What is counted while it is written is what a store counts."""
    files = {
        "page.md": page(),
        "edges.tsv": table(row(), row(UniprotID_Target="P41225", Name_Target="SOX3")),
        "mitab.tsv": mitab_row(annotation_A='function:"activator"') + "\n",
        "targets_of_P17542.tsv": protein_rows(row()),
        "sites.tsv": site_table(site_row(), site_row(TFLinkID="TFLinkLS00000001")),
        "more.fasta": fasta(TFLinkSS00000001="ACGT", TFLinkSS00000009="ACGT"),
        "TFLink_Homo_sapiens.gff3": gff3("TFLinkSS00000009 100 104 +", "TFLinkSS00000008 1 9 -"),
        "trrust.human.tsv": "NANOG\tDKK1\tRepression\t19148141\nNANOG\tSOX3\tUnknown\t1\n",
        "sec_ac.txt": "Secondary AC     Primary AC\nO94907     Q9NEW1\n",
        "delac_sp.txt": "This lists the deleted accession numbers\nP41225\n",
    }
    folder = tmp_path / "input"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    release, report = build([folder], tmp_path / "releases", jobs=jobs)
    assert not [kind for kind in report.problems.counts if kind.rejects]
    assert (report.sites.read, report.sites.adds_up) == (6, True)
    assert report.rows.merged == 3  # two rows that the mode of MITAB replaces, and TRRUST's
    store = pyoxigraph.Store.read_only(str(release.store))
    statistics = Statistics.from_json((release.path / FILE).read_text("utf-8"))
    assert statistics == from_store(store)
    assert report.triples == statistics.triples
    assert list(validate(release.path).lines()) == []
    properties = {
        PREFIXES["tfl"] + name
        for name in ("modeOfRegulation", "bindingSequence", "accessionStatus")
    }
    assert properties <= {one.property for one in statistics.properties}
