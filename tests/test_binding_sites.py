"""Binding sites: tables, GFF3, sequences and pages, and how they meet in one graph."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from rdfconv.building import build
from rdfconv.model import BindingSite, ProteinPage
from rdfconv.readers import read
from rdfconv.readers.binding_sites import HEADER, OLD_HEADER
from rdfconv.readers.listed_sites import ListedSiteReader
from rdfconv.validate import validate
from tests.inputs import (
    Problems,
    fasta,
    gff3,
    page,
    read_as,
    site_lines,
    site_row,
    site_table,
    written,
)

ROWS, SEQUENCES = 15_069, 51_616
LISTED_SEQUENCES = SEQUENCES - 45_076
"""The sequences whose site has a row, too."""
ONE = "TFLinkSS00000001"
GFF3_NAME = "TFLink_Homo_sapiens_bindingSites_All_annotation_v1.0.gff3"


@pytest.fixture(scope="module")
def table(data: Path) -> Path:
    """The rows of all pages."""
    return data / "binding_sites" / "binding_sites_from_pages.tsv.gz"


@pytest.fixture(scope="module")
def sequences(data: Path) -> Path:
    """The sequences of all pages."""
    return data / "binding_sites" / "binding_site_sequences_SS_from_pages.fasta.gz"


# --- Real rows ----------------------------------------------------------------------------------


def test_every_real_row(table: Path) -> None:
    sites, problems = read_as(BindingSite, table)
    assert len(sites) == len({site.site for site in sites}) == ROWS
    # Two rows have a corrupt method; some give the paper of another database.
    # REDfly gives no strand.
    assert Counter(problems.kinds) == {
        "unknown-method": 2,
        "unlisted-database": 2827,
        "doubtful-strand": 1994,
    }
    small = {site.site for site in sites if site.evidence and site.evidence.small_scale}
    assert small == {site.site for site in sites if site.site.startswith("TFLinkSS")}
    assert Counter(site.site[6:8] for site in sites) == {"SS": 6540, "LS": 8529}
    assert Counter(site.strand for site in sites) == {"": 4025 + 1994, "-": 5038 - 1994, "+": 6006}
    nowhere = [site for site in sites if not site.chromosome]
    assert {site[2:7] for site in nowhere} == {("",) * 5}
    assert {site.evidence.databases for site in nowhere if site.evidence} == {("JASPAR",)}
    assert {site.overlaps for site in nowhere} == {""}
    placed = [site for site in sites if site.chromosome]
    unstranded = [site for site in placed if not site.strand]
    assert {site.evidence.databases for site in unstranded if site.evidence} == {("REDfly",)}
    assert {site.assembly for site in placed} == {"hg38", "mm10", "rn6", "dm6", "ce10", "saccer1"}
    assert all(site.overlaps.isdecimal() for site in placed)
    assert all(int(site.start) <= int(site.end) for site in placed)
    assert sum(site.start == site.end for site in placed) == 2


def test_every_real_sequence(table: Path, sequences: Path) -> None:
    sites, problems = read_as(BindingSite, sequences)
    assert not problems
    assert len(sites) == len({site.site for site in sites}) == SEQUENCES
    assert {site.site[:8] for site in sites} == {"TFLinkSS"}
    assert {site.evidence for site in sites} == {None}
    assert set("".join(site.sequence for site in sites)) == set("ACGT")
    rows = {site.site: site for site in read_as(BindingSite, table)[0]}
    with_row = [site for site in sites if site.site in rows]
    assert len(with_row) == LISTED_SEQUENCES
    assert all(site[:6] == rows[site.site][:6] for site in with_row)
    beyond = Counter(
        (site.assembly == "dm6", len(site.sequence) - (int(site.end) - int(site.start)))
        for site in sites
        if site.chromosome
    )
    assert {length for fly, length in beyond if not fly} == {0}
    fly = {length: count for (is_fly, length), count in beyond.items() if is_fly}
    assert (fly[1], fly[0], sum(fly.values())) == (2193, 997, 2193 + 997 + 30)


def test_the_real_table_of_one_protein_of_an_older_release(data: Path) -> None:
    path = data / "per_protein_tsv" / "bindingSites_of_Q21446.tsv"
    assert path.read_text("utf-8").splitlines()[0].split("\t") == list(OLD_HEADER)
    sites, problems = read_as(BindingSite, path)
    assert len(sites) == len({site.site for site in sites}) == 161
    assert {site.accession for site in sites} == {"Q21446"}
    assert {site.site[:8] for site in sites} == {"TFLinkLT"}
    # That release spells JASPAR otherwise.
    assert Counter(problems.kinds) == {"unknown-database": 159}
    first = sites[0]
    assert first[2:7] == ("ce10", "chrI", "13639613", "13639618", "-")
    assert (first.overlaps, first.overlapping) == ("", "")
    assert first.evidence is not None
    assert first.evidence.references == ("16314527",)
    _, report = written([path])
    assert (report.sites.read, report.sites.written) == (161, 161)


def test_pages_list_what_the_table_has(data: Path, table: Path, sequences: Path) -> None:
    rows = {site.site: site for site in read_as(BindingSite, table)[0]}
    told = {site.site: site for site in read_as(BindingSite, sequences)[0]}
    problems, count = Problems(), 0
    reader = ListedSiteReader("tflink-1.0", problems)
    for record in read(data / "pages", on_problem=lambda problem: None):
        assert isinstance(record, ProteinPage)
        assert record.document is not None
        for site in reader.sites(record.document.sites, "a page"):
            count += 1
            row, sequence = rows.get(site.site), told.get(site.site)
            assert site == (row or sequence or site)._replace(
                sequence=sequence.sequence if sequence else ""
            )
            assert row or sequence
    assert count > 500
    assert {problem.kind.rejects for problem in problems} <= {False}


@pytest.mark.parametrize("jobs", [1, 2])
def test_table_and_sequences_meet(jobs: int, table: Path, sequences: Path) -> None:
    text, report = written([sequences, table], jobs=jobs)
    assert not [kind for kind in report.problems.counts if kind.rejects]
    # Of each sequence something is new: the site, or the sequence of a site that has a row.
    assert (report.sites.read, report.sites.written) == (ROWS + SEQUENCES, ROWS + SEQUENCES)
    counts = {kind.value: count for kind, count in report.problems.counts.items()}
    assert counts["sequence-without-site"] == SEQUENCES - LISTED_SEQUENCES
    listed = report.as_json()["warnings"]["sequence-without-site"]
    assert listed["listed"] == 1000 < listed["count"]
    lines = site_lines(text)
    assert len(lines) == len(set(lines))
    assert len({line.split(" ", 1)[0] for line in lines}) == ROWS + SEQUENCES - LISTED_SEQUENCES
    assert sum("bindingSequence" in line for line in lines) == SEQUENCES


# --- How files of all kinds meet ----------------------------------------------------------------

ON_PAGE = (
    "TFLinkSS00000001,P41225,SOX3,Homo sapiens,hg38,chr1,100,104,+,hg38&position=chr1:100-104,"
    "footprinting,26578589%5Buid%5D,ORegAnno,Yes,1"
)
BODY = "\\>TFLinkSS00000001;P41225;SOX3;hg38;chr1:100-104\\ACGT\\"
MADE = {
    "sites.tsv": site_table(site_row()),
    "one.fasta": fasta(TFLinkSS00000001="ACGT"),
    GFF3_NAME: gff3("TFLinkSS00000001 101 104 +"),
    "page.md": page(
        {
            "title": "P41225",
            "uniprot_accession": "P41225",
            "protein_name": "SOX3",
            "binding_sites": ON_PAGE,
            "bindingSites_download_gff3": "''",
        },
        BODY,
    ),
}
"""One site, told by four files."""
PARTS = (
    "#boundBy> <http://purl.uniprot.org/uniprot/P41225>",
    "assembly/hg38/chr1>",
    'reportedStart> "100"',
    'reportedEnd> "104"',
    'strand> "+"',
    "/evidence/",
    'overlaps> "1"',
    'overlappingSites> "TFLinkSS00000002"',
    '"ACGT"',
)
"""What stands in the lines of it, but for its class."""


def put(folder: Path, names: Sequence[str], files: dict[str, str]) -> list[Path]:
    """Writes files; their order is that of the names."""
    paths = []
    for place, name in enumerate(names):
        path = folder / str(place) / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(files[name], "utf-8")
        paths.append(path)
    return paths


@pytest.mark.parametrize("names", list(permutations(MADE)))
def test_one_site_told_by_four_files(names: tuple[str, ...], tmp_path: Path) -> None:
    """All of it is written once, whatever the order."""
    text, report = written(put(tmp_path, names, MADE))
    lines = site_lines(text)
    assert len(lines) == len(set(lines)) == 10
    for part in PARTS:
        assert sum(part in line for line in lines) == 1, part
    assert not report.problems.counts
    # The page tells a row and a sequence of one site.
    assert (report.sites.read, report.sites.rejected) == (5, 0)
    assert report.sites.written + report.sites.merged == 5


@pytest.mark.parametrize("left_out", MADE)
def test_the_rest_is_written_when_one_file_is_missing(left_out: str, tmp_path: Path) -> None:
    names = [name for name in MADE if name != left_out]
    lines = site_lines(written(put(tmp_path, names, MADE))[0])
    # The table alone names the sites it overlaps with.
    assert len(lines) == len(set(lines)) == (9 if left_out == "sites.tsv" else 10)


@pytest.mark.parametrize("name", MADE)
def test_what_each_file_gives_alone_is_valid(name: str, tmp_path: Path) -> None:
    release, _ = build(put(tmp_path, [name], MADE), tmp_path / "releases")
    assert list(validate(release.path).lines()) == []


@pytest.mark.parametrize("start", ["100", "101"])
def test_gff3_may_count_from_0_or_from_1(start: str, tmp_path: Path) -> None:
    files = {"sites.tsv": MADE["sites.tsv"], GFF3_NAME: gff3(f"{ONE} {start} 104 -")}
    text, report = written(put(tmp_path, list(files), files))
    assert (report.sites.written, report.sites.merged) == (1, 1)
    assert not report.problems.counts
    assert '"100"' in text
    assert 'strand> "+"' in text  # the table tells it better
    assert '"101"' not in text


def test_gff3_at_another_place_contradicts(tmp_path: Path) -> None:
    files = {"sites.tsv": MADE["sites.tsv"], GFF3_NAME: gff3(f"{ONE} 102 104 +")}
    _, report = written(put(tmp_path, list(files), files))
    assert (report.sites.written, report.sites.rejected) == (1, 1)
    [(problem, _)] = report.problems
    assert (problem.kind.value, problem.value) == ("repeated-site", ONE)


def test_a_gff3_file_alone(tmp_path: Path) -> None:
    files = {GFF3_NAME: gff3(f"{ONE} 101 104 +", "TFLinkLS00000002 7 9 .")}
    text, report = written(put(tmp_path, list(files), files))
    assert (report.sites.read, report.sites.written) == (2, 2)
    assert not report.problems.counts
    assert 'reportedStart> "101"' in text
    assert text.count("/ontology#strand>") == 1  # of the other it is not known
    assert "database/ORegAnno>" in text


def test_gff3_comments_escapes_and_other_attributes(tmp_path: Path) -> None:
    path = tmp_path / GFF3_NAME
    line = gff3(f"{ONE} 101 104 +").splitlines()[-1]
    line = line.replace("Name=SOX3", "Name=a%3Bb;flag;Alias=x").replace("chr1\t", "chr%31\t")
    text = f"##gff-version 3\n# a comment\n\n{line}\n###\n"
    [site], problems = read_as(BindingSite, path, text)
    assert (site.accession, site.chromosome, site.assembly) == ("P41225", "chr1", "hg38")
    assert site.evidence is not None
    assert site.evidence.databases == ("ORegAnno",)
    assert site.evidence.small_scale is None
    assert not problems


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_sequences_of_several_lines(end: str, tmp_path: Path) -> None:
    lines = [f">{ONE};P41225;a;b;hg38;chr1:2-9", "ACGT", "AC", "", ">TFLinkLS2;P41225;x;-;-:---"]
    sites, problems = read_as(BindingSite, tmp_path / "s.fasta", end.join([*lines, "NNAA"]))
    assert [site.sequence for site in sites] == ["ACGTAC", "NNAA"]
    assert sites[0][2:7] == ("hg38", "chr1", "2", "9", "")
    assert sites[1][2:7] == ("",) * 5
    assert not problems


def test_rows_without_the_last_column(tmp_path: Path) -> None:
    lines = [line.rpartition("\t")[0] for line in (("\t".join(HEADER)), site_row())]
    [site], problems = read_as(BindingSite, tmp_path / "s.tsv", "\n".join(lines))
    assert (site.overlaps, site.overlapping) == ("1", "")
    assert not problems


def test_a_rejected_row_says_nothing_of_its_protein(tmp_path: Path) -> None:
    path = tmp_path / "s.tsv"
    bad = site_row(UniprotID_TF="P17542", Name_TF="TAL1", Strand="x")
    path.write_text(site_table(bad, site_row()), "utf-8")
    text, report = written([path])
    assert report.sites.rejected == 1
    assert "P17542" not in text
    # A good row behind it does.
    good = site_row(TFLinkID="TFLinkLS00000003", UniprotID_TF="P17542", Name_TF="TAL1")
    path.write_text(site_table(bad, site_row(), good), "utf-8")
    assert '"TAL1"' in written([path])[0]


def test_genome_browsers_spelling_of_an_assembly(tmp_path: Path) -> None:
    browser = "sacCer1&position=chrIV:5-9"
    line = site_row(
        Assembly="saccer1", Chromosome="chrIV", Start="5", End="9", Genome_browser=browser
    )
    assert not read_as(BindingSite, tmp_path / "s.tsv", site_table(line))[1]


# --- Pages --------------------------------------------------------------------------------------


def site_page(rows: str, body: str) -> str:
    """A page with binding sites."""
    changes = {"title": "P41225", "uniprot_accession": "P41225", "protein_name": "SOX3"}
    return page({**changes, "binding_sites": rows, "bindingSites_download_gff3": "''"}, body)


@pytest.mark.parametrize(
    ("rows", "body", "counts", "kinds"),
    [
        (ON_PAGE, BODY, (2, 1, 1, 0), set()),
        (ON_PAGE, "", (1, 1, 0, 0), set()),
        ("''", BODY, (1, 1, 0, 0), set()),
        # A bad row costs the row, not the sequence beside it, and the other way round.
        (ON_PAGE.replace(",+,", ",x,"), BODY, (2, 1, 0, 1), {"malformed-strand"}),
        (ON_PAGE.replace(",Yes,", ",maybe,"), BODY, (2, 1, 0, 1), {"malformed-site"}),
        (ON_PAGE, BODY.replace("100-104", "104-100"), (2, 1, 0, 1), {"start-after-end"}),
        (ON_PAGE, BODY.replace("100-104", "101-104"), (2, 1, 0, 1), {"repeated-site"}),
        (
            ON_PAGE.replace(",+,", ",x,"),
            BODY.replace("100-104", "104-100"),
            (2, 0, 0, 2),
            {"malformed-strand", "start-after-end"},
        ),
    ],
)
def test_rows_and_sequences_of_a_page(
    rows: str, body: str, counts: tuple[int, int, int, int], kinds: set[str], tmp_path: Path
) -> None:
    path = tmp_path / "page.md"
    path.write_text(site_page(rows, body), "utf-8")
    _, report = written([path])
    sites = report.sites
    assert (sites.read, sites.written, sites.merged, sites.rejected) == counts
    assert {kind.value for kind in report.problems.counts} == kinds


def test_compressed_files(tmp_path: Path) -> None:
    for name in ("sites.tsv", "one.fasta", GFF3_NAME):
        path = tmp_path / f"{name}.gz"
        path.write_bytes(gzip.compress(MADE[name].encode()))
    lines = site_lines(written([tmp_path])[0])
    assert len(lines) == 10
