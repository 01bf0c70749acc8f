"""Pages written back from the graph alone are the pages that were read."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import rdfconv
from rdfconv.errors import ReleaseError, UsageError
from rdfconv.pages import PageWriter
from rdfconv.release import Release, open_release
from tests.inputs import page, row, table
from tests.roundtrip import compare, originals

CI_PAGES = 2000
"""How many pages of the full archive the tests write back."""


def built(folder: Path, *pages: str, keep: bool = True) -> Release:
    for number, text in enumerate(pages):
        (folder / f"{number}.md").write_text(text, "utf-8", newline="")
    paths = [folder / f"{number}.md" for number in range(len(pages))]
    return rdfconv.build(paths, folder / "output", pages=keep)[0]


@pytest.fixture(scope="module")
def sample_pages(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Release:
    folder = tmp_path_factory.mktemp("pages")
    return rdfconv.build([sample / "pages"], folder, downloads=False)[0]


def test_the_sample(sample_pages: Release, sample: Path) -> None:
    result = compare(sample_pages, originals(sample / "pages"))
    assert result.differing == []
    assert result.values == result.pages == 46
    assert result.bytes == 45  # the other one is in the later version, without CR


def test_a_table_beside_the_pages_changes_nothing(sample: Path, sample_release: Path) -> None:
    release = open_release(sample_release)
    assert compare(release, originals(sample / "pages")).values == 46


def test_pages_of_the_full_archive(data: Path, tmp_path: Path) -> None:
    chosen = tmp_path / "pages"
    chosen.mkdir()
    pages = originals(data / "tflink-pages.tar.xz")
    for name, content in itertools.islice(pages, CI_PAGES):
        (chosen / Path(name).name).write_bytes(content)
    pages.close()  # type: ignore[attr-defined]
    release, _ = rdfconv.build([chosen], tmp_path / "output", jobs=2, downloads=False)
    result = compare(release, originals(chosen))
    assert result.differing == []
    assert result.values == result.pages == CI_PAGES


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": "SOX4", "type": "page", "layout": "other"},
        {"protein_name": "'; ;'", "ncbi_gene_id": "7;6;x"},
        {"protein_name": "'NO'", "organism": "'-'", "function": "''"},
        {"jaspar_matrices": ""},
        {"jaspar_matrices": '["MA0003.2", "MA0003.1", "odd"]'},
        {"orthologs": '\'[{"species": "Mus musculus", "id": ["Q06831", "MOUSE1"]}]\''},
        {"binding_sites": "''", "bindingSites_download_gff3": "''"},
        {"colour": "blue", "sizes": "[a, b]", "bracket": "'[not json'"},
        {"tfs": "''", "targets": "'a \"b\" c,P11308,-,New;GTRD,what,1x%5Buid%5D,-'"},
        {"tfs": '"Éß\\u2028x,P11308,2078,-,-,-,No"'},
        {"tfs": "b,P11308,2,TRRUST;GTRD;GTRD,b;a,3+OR+2%5Buid%5D+OR+2%5Buid%5D,Yes"},
        {"tfs": "\"two  blanks 'and' \\\\ colon: #x,P11308,2;1,TRRUST,-,1%5Buid%5D,No\""},
    ],
    ids=str,
)
def test_odd_values_survive(changes: dict[str, str], tmp_path: Path) -> None:
    text = page(changes)
    release = built(tmp_path, text)
    result = compare(release, [("page", text.encode())])
    assert result.values == 1, PageWriter(release).page("Q06945")


def test_what_a_row_spells_otherwise_survives(tmp_path: Path) -> None:
    rows = (
        "'{0},P11308,2078,TRRUST,-,29087512%5Buid%5D,Yes\n\n  b,Q12809,1,TRRUST,-,1%5Buid%5D,Yes'"
    )
    pages = [
        page({"tfs": rows.format("ERG,1")}),
        page({"title": "P48436", "uniprot_accession": "P48436", "tfs": rows.format("ERG_1")}),
        page({"title": "P11308", "uniprot_accession": "P11308", "protein_name": "ERG_1",
              "ncbi_gene_id": "'2078'"}),
    ]  # fmt: skip
    release = built(tmp_path, *pages)
    result = compare(release, [(text[:9], text.encode()) for text in pages])
    assert result.values == 3


BODY = (
    "\\>TFLinkSS00000001;Q06945;a;b;hg38;chr1:1-3\\\rAC\\\r"
    "\\>TFLinkSS00000002;Q06945;-;-;-:---\\\rAC\\\r"
)
LONG = "\\>TFLinkSS00000003;Q06945;x\\y;hg38;chr1:1-99\\\r" + "A" * 80 + "\\\r" + "C" * 19 + "\\\r"
SITE = "TFLinkSS00000001,Q06945,a,b,Homo sapiens,hg38,chr1,1,3,-,x,EMSA,1%5Buid%5D,ORegAnno,Yes,0"


def test_binding_sites_survive(tmp_path: Path) -> None:
    text = page({"binding_sites": SITE}, BODY + LONG)
    release = built(tmp_path, text)
    result = compare(release, [("page", text.encode())])
    assert result.values == 1


def test_a_bad_binding_site_costs_that_site_only(tmp_path: Path) -> None:
    rows = f"'{SITE}\n\n  too,short\n\n  {SITE}\n\n  {SITE.replace('Q06945', 'P11308')}'"
    body = BODY + "\\>TFLinkSS00000009;Q06945;a;hg38\\\rAC\\\r" + BODY[: BODY.index("C\\") + 3]
    (tmp_path / "page.md").write_text(page({"binding_sites": rows}, body), "utf-8", newline="")
    release, report = rdfconv.build([tmp_path / "page.md"], tmp_path / "output")
    assert (report.sites.read, report.sites.written, report.sites.rejected) == (8, 2, 5)
    assert report.sites.adds_up
    assert {kind.value: count for kind, count in report.problems.counts.items()} == {
        "malformed-site": 2,
        "repeated-site": 2,
        "malformed-sequence": 1,
        "browser-differs": 1,
        "unknown-method": 1,
        "names-differ": 1,
    }
    good = page({"binding_sites": SITE}, BODY)
    assert compare(release, [("page", good.encode())]).values == 1


def test_without_pages(tmp_path: Path) -> None:
    release = built(tmp_path, page(), keep=False)
    writer = PageWriter(release)
    assert writer.accessions == []
    with pytest.raises(UsageError, match="no page of Q06945"):
        writer.page("Q06945")
    for accession in ("q06945", "nonsense", "Q06945> <x"):
        with pytest.raises(UsageError):
            writer.page(accession)


def test_two_reports_of_one_edge_are_told(tmp_path: Path) -> None:
    (tmp_path / "table.tsv").write_text(
        table(row(UniprotID_TF="P11308", UniprotID_Target="Q06945", Small_scale_evidence="No")),
        "utf-8",
    )
    (tmp_path / "page.md").write_text(page(), "utf-8")
    inputs = [tmp_path / "page.md", tmp_path / "table.tsv"]
    release, _ = rdfconv.build(inputs, tmp_path / "output")
    with pytest.raises(ReleaseError, match=r"from P11308 to Q06945 has 2 reports of tflink-1\.0"):
        PageWriter(release).page("Q06945")


def test_the_command(sample_pages: Release, sample: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "rdfconv", "page", "--release", str(sample_pages.path)]
        return subprocess.run(
            [*command, *arguments], capture_output=True, timeout=120, check=False, cwd=tmp_path
        )

    original = (sample / "pages" / "p03069.md").read_bytes()
    assert run("P03069").stdout == original
    assert run("P03069", "Q06945", "-o", "two").returncode == 0
    assert (tmp_path / "two" / "p03069.md").read_bytes() == original
    assert run("--all", "-o", "all").stderr == b"46 pages written to all\n"
    written = {path.name for path in (tmp_path / "all").iterdir()}
    assert written == {path.name for path in (sample / "pages").iterdir()}
    for wrong in ([], ["--all"], ["P03069", "Q06945"], ["P03069", "--all"], ["P99999"]):
        result = run(*wrong)
        assert result.returncode == 2
        assert b"Traceback" not in result.stderr


def test_the_comparison_can_fail(sample_pages: Release, sample: Path) -> None:
    """A changed value and a changed body are both seen."""
    content = (sample / "pages" / "a1z7k4.md").read_bytes()
    for changed in (content.replace(b"aurA", b"aurB"), content.replace(b"AAGTC", b"AAGTT")):
        assert changed != content
        assert compare(sample_pages, [("page", changed)]).differing == ["page"]


def test_front_matter_is_yaml_1_1(sample_pages: Release) -> None:
    text = PageWriter(sample_pages).page("P07207")
    assert yaml.safe_load(text.split("---")[1])["protein_name"] == "N"
