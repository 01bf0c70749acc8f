"""Protein pages: every key, both key sets, CRLF and LF, and what is rejected."""

from pathlib import Path

import pytest

import rdfconv
from rdfconv.errors import InputError
from rdfconv.model import Ortholog, ProteinPage
from rdfconv.readers.protein_page import REQUIRED, PageReader
from tests.inputs import PAGE, Problems, page


def read(text: str | bytes) -> tuple[ProteinPage | None, Problems]:
    problems = Problems()
    content = text.encode() if isinstance(text, str) else text
    return PageReader("tflink-1.0", problems).read(content, "page.md"), problems


def read_file(path: Path) -> ProteinPage:
    [record] = rdfconv.read(path, on_problem=Problems())
    assert isinstance(record, ProteinPage)
    return record


def test_the_seed_page(sample: Path) -> None:
    sox4 = read_file(sample / "pages" / "q06945.md")
    assert sox4.protein.accession == "Q06945"
    assert sox4.protein.name == "SOX4"
    assert sox4.protein.gene_ids == ("6659",)
    assert sox4.protein.organism == "Homo sapiens"
    assert sox4.document is not None
    assert sox4.document.cells["pageFunction"] == "transcription factor and target gene"
    assert sox4.document.cells["pageInteractions"] == "6827"
    assert sox4.protein.orthologs == (
        Ortholog("Mus musculus", "Q06831"),
        Ortholog("Danio rerio", "A0A0R4IQD2"),
    )
    assert len(sox4.transcription_factors) == 51
    assert len(sox4.targets) == 100
    ar = sox4.transcription_factors[2]
    assert ar.transcription_factor.name == "AR"
    assert ar.target is sox4.protein
    assert ar.evidence.databases == ("DoRothEA", "HTRI")
    assert ar.evidence.methods == ("chromatin immunoprecipitation array", "inferred by curator")
    assert ar.evidence.references == ("31340985", "22900683", "17721441", "20610535")
    assert ar.evidence.small_scale is True
    assert sox4.document.cells["factorsDownload"] == "TFLink_tfs_of_Q06945.tsv"
    assert "sitesDownload" not in sox4.document.cells
    assert sox4.document.cells["pageFactors"].startswith("P11308 Q12809 P10275 ")
    assert (sox4.document.sites, sox4.document.fields, sox4.document.rows) == ((), (), ())


def test_line_ends_do_not_matter(sample: Path) -> None:
    content = (sample / "pages" / "p03069.md").read_bytes()
    assert b"\r\n" in content
    crlf, _ = read(content)
    lf, _ = read(content.replace(b"\r", b""))
    assert crlf is not None
    assert lf == crlf


def test_a_page_with_binding_sites(sample: Path) -> None:
    found = read_file(sample / "pages" / "a1z7k4.md")
    assert found.document is not None
    assert found.document.cells["pageSites"].split()[:2] == ["TFLinkSS09281087", "TFLinkSS09281088"]
    assert found.document.cells["pageMatrices"] == "null"
    first = found.document.sites[0]
    assert first.row[:4] == ("Dmel\\CG8248", "Drosophila melanogaster", "dm6", "chr3R")
    assert first.row[-3:] == ("REDfly", "Yes", "3")
    assert first.sequence[1:] == ("dm6", "chr3R:11963086-11963099", "AAGTCACGATATTC")
    assert len(found.document.sites) == 8
    assert found.jaspar_matrices is None


@pytest.mark.parametrize(
    ("name", "protein"),
    [
        ("a0a0b4jd15", "11"),
        ("a8juw5", "na"),
        ("p07207", "N"),
        ("p09957", "y"),
        ("p32351", "IMP2'"),
        ("p12297", "su(w[a])"),
        ("q16637", "SMN1; SMN2"),
    ],
)
def test_names_are_text(name: str, protein: str, sample: Path) -> None:
    assert read_file(sample / "pages" / f"{name}.md").protein.name == protein


def test_names_as_yaml_1_1_would_misread_them() -> None:
    for name in ("NO", "on", "1e5", "0670", "~", "null", "12:30:45", "0x1F"):
        found, problems = read(page({"protein_name": name}))
        assert found is not None
        assert not problems
        assert found.protein.name == name


def test_a_missing_name_and_gene() -> None:
    found, problems = read(page({"protein_name": "'-'", "ncbi_gene_id": "'-'"}))
    assert found is not None
    assert (found.protein.name, found.protein.gene_ids) == ("", ())
    assert not problems


def test_matrices(sample: Path) -> None:
    found_page = read_file(sample / "pages" / "p02835.md")
    assert found_page.jaspar_matrices == ("MA0225.1",)
    for text, expected in (
        ("''", ()),
        ("", None),
        ('["MA0003.1", "MA0003.2"]', ("MA0003.1", "MA0003.2")),
    ):
        found, _ = read(page({"jaspar_matrices": text}))
        assert found is not None
        assert found.jaspar_matrices == expected


def test_a_comma_in_a_name_is_kept_with_a_warning(sample: Path) -> None:
    found, problems = read((sample / "pages" / "a6ztw2.md").read_bytes())
    assert found is not None
    assert "DUR1,2" in [edge.target.name for edge in found.targets]
    assert problems.kinds == ["comma-in-name"]
    assert problems[0].column == "targets[12] name"


def test_a_bad_row_costs_that_row_only() -> None:
    rows = (
        "'ERG,P11308,2078,TRRUST,inferred by curator,29087512%5Buid%5D,Yes\n\n"
        "  ERG,P11308,2078,TRRUST,inferred by curator,29087512%5Buid%5D,Maybe\n\n"
        "  ERG,P1130,2078,TRRUST,inferred by curator,29087512%5Buid%5D,Yes\n\n"
        "  ERG,P11308,2078,TRRUST\n\n"
        "  KCNH2,Q12809,3757,TRRUST,inferred by curator,29087512%5Buid%5D,Yes'"
    )
    reader_problems = Problems()
    reader = PageReader("tflink-1.0", reader_problems)
    found = reader.read(page({"tfs": rows}).encode(), "page.md")
    assert found is not None
    assert [edge.transcription_factor.name for edge in found.interactions()] == ["ERG", "KCNH2"]
    assert reader_problems.kinds == ["malformed-flag", "malformed-accession", "column-count"]
    assert [problem.column for problem in reader_problems] == [
        "tfs[1] small-scale flag",
        "tfs[2] accession",
        "tfs[3]",
    ]
    assert [problem.value for problem in reader_problems] == [
        "Maybe",
        "P1130",
        "ERG,P11308,2078,TRRUST",
    ]
    assert reader.rows_read == 5


BOMB = (
    "[a, b]\nx1: &a [c, d]\nx2: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
    "x3: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nx4: [*c, *c, *c, *c, *c, *c, *c, *c, *c]"
)


@pytest.mark.parametrize(
    ("text", "kind", "column", "line"),
    [
        (page().replace("---\n", "", 1), "no-front-matter", "", 1),
        (page().rpartition("---")[0], "not-closed", "", None),
        (page({"organism": "'Homo"}), "not-yaml", "", 10),
        (page({"binding_sites_ls": "'open"}), "not-yaml", "", 18),
        (page({"organism": "a: b: c"}), "not-yaml", "", 8),
        ("---\n- a\n- b\n---\n", "not-yaml", "", None),
        ("---\n" + "[" * 5000 + "\n---\n", "not-yaml", "", 3),
        ("---\na: " + "[" * 900 + "]" * 900 + "\n---\n", "not-yaml", "", None),
        (page({"jaspar_matrices": BOMB}), "not-text", "x2", None),
        (page({"organism": "[a, b]"}), "not-text", "organism", None),
        (page({"uniprot_accession": "Q0694"}), "page-accession", "uniprot_accession", None),
        (
            page({"number_of_interactions": "many"}),
            "malformed-count",
            "number_of_interactions",
            None,
        ),
        (page({"orthologs": "'[{\"species\": 1'"}), "malformed-orthologs", "orthologs", None),
        (page({"orthologs": "'{}'"}), "malformed-orthologs", "orthologs", None),
        (page({"orthologs": "'[1]'"}), "malformed-orthologs", "orthologs", None),
        (page({"organism": "Homo sapiens\ntitle: Q06945"}), "repeated-key", "title", None),
        (page({"protein_name": "SO\x0bX4"}), "page-forbidden-character", "", 5),
        (page(body="\ufffe"), "page-forbidden-character", "", 21),
        *[(page({key: None}), "missing-key", key, None) for key in REQUIRED],
    ],
)
def test_a_bad_page_is_rejected(text: str, kind: str, column: str, line: int | None) -> None:
    found, problems = read(text)
    assert found is None
    assert problems.kinds == [kind]
    assert (problems[0].column, problems[0].line) == (column, line)
    assert str(problems[0].error()).startswith("page.md:")


def test_bytes_that_are_no_utf8() -> None:
    found, problems = read(page({"protein_name": "S"}).encode().replace(b": S\n", b": \xff\n"))
    assert found is None
    assert problems.kinds == ["page-not-utf8"]
    assert problems[0].line == 5


def test_what_is_kept_with_a_warning() -> None:
    changes = {
        "title": "SOX4",
        "organism": "Homo novus",
        "ncbi_gene_id": "12;x;",
        "jaspar_matrices": '["MA0003"]',
        "colour": "blue",
        "orthologs": '\'[{"species": "Mus musculus", "id": ["MOUSE04050", "Q06831"]}]\'',
        "tfs": "ERG,P11308,-,New;GTRD,guessing,27924024%5Buid%5D+OR+1x%5Buid%5D,-",
    }
    found, problems = read(page(changes))
    assert found is not None
    assert sorted(problems.kinds) == sorted(
        [
            "title-differs",
            "unknown-organism",
            "unknown-organism",
            "not-a-gene-id",
            "empty-item",
            "not-a-matrix",
            "unknown-key",
            "not-an-ortholog",
            "unknown-database",
            "unknown-method",
            "not-a-pubmed-id",
            "unsorted-list",
        ]
    )
    assert found.protein.orthologs == (Ortholog("Mus musculus", "Q06831"),)
    [edge] = found.transcription_factors
    assert edge.evidence.small_scale is None
    assert edge.evidence.references == ("27924024", "1x")


def test_without_a_listener_the_first_rejection_raises(tmp_path: Path) -> None:
    path = tmp_path / "bad.md"
    path.write_text(page({"organism": None}), "utf-8")
    with pytest.raises(InputError, match=r"bad\.md: organism: the front matter lacks a key"):
        list(rdfconv.read(path))


def test_every_page_of_the_sample_reads_without_loss(sample: Path) -> None:
    problems = Problems()
    pages = list(rdfconv.read(sample / "pages", on_problem=problems))
    assert len(pages) == 46
    assert not [problem for problem in problems if problem.kind.rejects]
    for record in pages:
        assert isinstance(record, ProteinPage)
        listed = len(record.transcription_factors) + len(record.targets)
        assert record.document is not None
        assert listed <= int(record.document.cells["pageInteractions"])


def test_the_made_page_has_all_keys() -> None:
    assert set(PAGE) == set(REQUIRED)
