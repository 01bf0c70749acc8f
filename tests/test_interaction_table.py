"""The interaction table: values, line numbers, and what is rejected."""

import gzip
from pathlib import Path

import pytest

import rdfconv
from rdfconv.errors import UsageError
from rdfconv.model import Interaction, Ortholog
from tests.inputs import Problems, row, table


def read(path: Path, text: str | bytes) -> tuple[list[Interaction], Problems]:
    problems = Problems()
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    records = []
    for record in rdfconv.read(path, on_problem=problems):
        assert isinstance(record, Interaction)
        records.append(record)
    return records, problems


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.tsv"


def test_a_row(path: Path) -> None:
    line = row(
        NCBI_GeneID_TF="1;2",
        Detection_method="b;a",
        PubmedID="3;1;2",
        Source_database="GTRD;ReMap",
        TF_TFLink_ortho="Mm:Q80Z64;Dr:A5JNG8",
        TF_nonTFLink_ortho="Rn:D3ZFD9",
    )
    [edge], problems = read(path, table(line))
    assert edge.transcription_factor.accession == "Q9H9S0"
    assert edge.transcription_factor.gene_ids == ("1", "2")
    assert edge.transcription_factor.organism == edge.target.organism == "Homo sapiens"
    assert edge.transcription_factor.orthologs == (
        Ortholog("Mus musculus", "Q80Z64"),
        Ortholog("Danio rerio", "A5JNG8"),
        Ortholog("Rattus norvegicus", "D3ZFD9"),
    )
    assert edge.target.orthologs == ()
    assert edge.evidence.methods == ("a", "b")
    assert edge.evidence.references == ("3", "1", "2")
    assert edge.evidence.small_scale is True
    assert problems.kinds == ["unknown-method", "unknown-method", "unsorted-list"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends(path: Path, end: str, last: bool) -> None:
    text = table(row(), row(UniprotID_TF="P11308")).replace("\n", end)
    edges, problems = read(path, text if last else text.removesuffix(end))
    assert [edge.transcription_factor.accession for edge in edges] == ["Q9H9S0", "P11308"]
    assert not problems


def test_gzip(tmp_path: Path) -> None:
    edges, _ = read(tmp_path / "misnamed.tsv", gzip.compress(table(row()).encode()))
    assert len(edges) == 1


@pytest.mark.parametrize(
    ("line", "kind", "column"),
    [
        (row() + "\tmore", "column-count", "16 columns"),
        (row().rpartition("\t")[0], "column-count", "14 columns"),
        ("", "column-count", "1 columns"),
        (row(UniprotID_TF="Q9H9S0-2"), "malformed-accession", "UniprotID"),
        (row(UniprotID_Target="-"), "malformed-accession", "UniprotID"),
        (row(Small_scale_evidence="yes"), "malformed-flag", "Small-scale.evidence"),
        (row(Name_TF="a\x0bb"), "forbidden-character", "Name.TF"),
        (row(Name_TF="a\ufffeb"), "forbidden-character", "Name.TF"),
        (row(Name_Target="\udcff"), "row-not-utf8", "Name.Target"),
    ],
)
def test_a_bad_row_is_rejected_and_told(path: Path, line: str, kind: str, column: str) -> None:
    text = table(row(), line, row(UniprotID_TF="P11308"))
    edges, problems = read(path, text.encode(errors="surrogateescape"))
    assert [edge.transcription_factor.accession for edge in edges] == ["Q9H9S0", "P11308"]
    assert problems.kinds == [kind]
    assert (problems[0].line, problems[0].column) == (3, column)
    assert f"{path}:3: {column}: " in str(problems[0].error())


def test_line_numbers_go_on_over_blocks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rdfconv.readers.blocks.BLOCK_BYTES", 300)
    good = [row() for _ in range(20)]
    text = table(*good, "bad", *good, "bad", *good, "bad")
    edges, problems = read(path, text)
    assert len(edges) == 60
    assert [problem.line for problem in problems] == [22, 43, 64]


def test_a_header_with_other_columns_is_no_table(path: Path) -> None:
    edges, problems = read(path, table(row()).replace("PubmedID", "Paper", 1))
    assert not edges
    assert problems.kinds == ["unknown-header"]
    assert "UniprotID.TF UniprotID.Target" in str(problems[0].error())


def test_a_table_without_header_by_force(path: Path) -> None:
    path.write_text(row() + "\n", "utf-8")
    assert len(list(rdfconv.read(path, kind="table"))) == 1
    problems = Problems()
    assert not list(rdfconv.read(path, on_problem=problems))
    assert problems.kinds == ["unknown-kind"]
    with pytest.raises(UsageError, match="there are: page, table"):
        list(rdfconv.read(path, kind="tables"))


def test_an_unlisted_databases_paper_is_a_warning(path: Path) -> None:
    _, problems = read(path, table(row(PubmedID="29087512;18971253")))
    assert problems.kinds == ["unlisted-database"]
    assert problems[0].value == "18971253"


def test_a_header_alone_is_an_empty_table(path: Path) -> None:
    edges, problems = read(path, table())
    assert not edges
    assert not problems


def test_equal_cells_give_one_evidence(path: Path) -> None:
    edges, _ = read(path, table(row(), row(UniprotID_TF="P11308")))
    assert edges[0].evidence is edges[1].evidence


def test_real_rows_of_the_published_table(data: Path) -> None:
    problems = Problems()
    name = "tflink_homo_sapiens_interactions.sample49.tsv.gz"
    edges = list(rdfconv.read(data / "tables" / name, on_problem=problems))
    assert len(edges) == 49
    assert not problems
