"""UniProt's lists of accessions that are no entry's primary one, made in their real shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from rdfconv.model import AccessionStatus
from rdfconv.readers.kinds import kind_of
from rdfconv.vocabulary import PREFIXES
from tests.inputs import page, read_as, row, site_row, site_table, table, written

HEAD = """\
----------------------------------------------------------------------------
        UniProt - Swiss-Prot Protein Knowledgebase
        SIB Swiss Institute of Bioinformatics; Geneva, Switzerland
        European Bioinformatics Institute (EBI); Hinxton, United Kingdom
----------------------------------------------------------------------------

Description: {title}
Name:        {name}
Release:     2024_01 of 24-Jan-2024

----------------------------------------------------------------------------

"""
COPYRIGHT = """\

-----------------------------------------------------------------------
Copyrighted by the UniProt Consortium, see https://www.uniprot.org/help/license
Distributed under the Creative Commons Attribution (CC BY 4.0) License
-----------------------------------------------------------------------
"""
SECONDARY = (
    HEAD.format(title="Secondary accession index", name="sec_ac.txt")
    + """\
  This document lists all secondary accession numbers in UniProtKB, together
  with their corresponding current primary accession number(s).
  Example: P29358 of an entry that was split.

Number of secondary accession numbers: 4

Secondary AC     Primary AC
____________     __________
A0A0B4JD15       P11308
O94907           Q9NEW1
P29358           P68250
P29358           P68251
"""
)
DELETED = (
    HEAD.format(title="Deleted accession numbers", name="delac_sp.txt")
    + """\
  This document lists the accession numbers that have been deleted from
  UniProtKB/Swiss-Prot.

Number of deleted accession numbers: 2

AC number
_________
P0A000
Q9H9S0
"""
    + COPYRIGHT
)
MERGED_ROWS = [
    AccessionStatus("A0A0B4JD15", ("P11308",)),
    AccessionStatus("O94907", ("Q9NEW1",)),
    AccessionStatus("P29358", ("P68250",)),
    AccessionStatus("P29358", ("P68251",)),
]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("copyright_", ["", COPYRIGHT])
def test_secondary_accessions(end: str, copyright_: str, tmp_path: Path) -> None:
    text = (SECONDARY + copyright_).replace("\n", end)
    assert kind_of(text.encode()) == "merged-accessions"
    told, problems = read_as(AccessionStatus, tmp_path / "sec_ac.txt", text)
    assert told == MERGED_ROWS
    assert not problems


def test_deleted_accessions(tmp_path: Path) -> None:
    assert kind_of(DELETED.encode()) == "deleted-accessions"
    told, problems = read_as(AccessionStatus, tmp_path / "delac_sp.txt", DELETED)
    assert told == [AccessionStatus("P0A000", ()), AccessionStatus("Q9H9S0", ())]
    assert not problems


def test_what_is_between_accessions_is_told(tmp_path: Path) -> None:
    text = SECONDARY + "O94907-2         Q9NEW1\nQ9H9S0           P1234\nP17542           P15172"
    told, problems = read_as(AccessionStatus, tmp_path / "sec_ac.txt", text)
    assert told == [*MERGED_ROWS, AccessionStatus("P17542", ("P15172",))]
    assert problems.kinds == ["not-an-accession"] * 2
    first = SECONDARY.count("\n") + 1
    assert [problem.line for problem in problems] == [first, first + 1]
    assert problems[0].value == "O94907-2         Q9NEW1"


@pytest.mark.parametrize("text", [SECONDARY, DELETED])
def test_a_list_that_ends_before_its_accessions(text: str, tmp_path: Path) -> None:
    told, [problem] = read_as(AccessionStatus, tmp_path / "list.txt", text[: text.index("___")])
    assert not told
    assert problem.kind.value == "no-accessions"


def test_pages_and_tables_are_no_lists() -> None:
    assert kind_of(page({"title": "sec_ac"}).encode()) == "page"
    assert kind_of(b"sec_ac\tdelac_\n") is None


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("names", [("0.txt", "1.txt"), ("z.txt", "y.txt")])
def test_proteins_get_their_status(jobs: int, names: tuple[str, str], tmp_path: Path) -> None:
    """Whatever the files are called; of accessions that nothing else names nothing is written."""
    for name, text in zip(names, (SECONDARY, DELETED), strict=True):
        (tmp_path / name).write_text(text, "utf-8")
    rows = [row(), row(UniprotID_TF="P29358", UniprotID_Target="P68250")]
    (tmp_path / "edges.tsv").write_text(table(*rows), "utf-8")
    (tmp_path / "sites.tsv").write_text(site_table(site_row(UniprotID_TF="A0A0B4JD15")), "utf-8")
    text, report = written([tmp_path], jobs=jobs)
    assert not [kind for kind in report.problems.counts if kind.rejects]
    assert report.rows.read == 2
    short = {
        f"<{PREFIXES['uniprotkb']}": "",
        f"<{PREFIXES['tfl']}": "",
        f"<{PREFIXES['dcterms']}": "",
        ">": "",
        " .": "",
    }
    told = set()
    for line in text.splitlines():
        if "accessionStatus>" in line or "isReplacedBy>" in line:
            for long, replacement in short.items():
                line = line.replace(long, replacement)
            told.add(line)
    assert told == {
        "A0A0B4JD15 accessionStatus mergedAccession",
        "A0A0B4JD15 isReplacedBy P11308",
        "O94907 accessionStatus mergedAccession",
        "O94907 isReplacedBy Q9NEW1",
        "P29358 accessionStatus mergedAccession",
        "P29358 isReplacedBy P68250",
        "P29358 isReplacedBy P68251",
        "Q9H9S0 accessionStatus deletedAccession",
    }
