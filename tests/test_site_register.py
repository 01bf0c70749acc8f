"""Sites that many files tell, against a model that keeps everything in one dictionary."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfconv import pipeline
from rdfconv.identifiers import evidence_id
from rdfconv.pipeline import Conversion
from rdfconv.readers import blocks
from rdfconv.site_register import SiteRegister
from rdfconv.tasks import BlockConverter
from rdfconv.vocabulary import PREFIXES
from rdfconv.workers import Buffer
from tests import inputs
from tests.inputs import fasta, gff3, page, site_lines, site_row, site_table, written

TABLE, SEQUENCES, GFF3 = "sites.tsv", "sites.fasta", "TFLink_Homo_sapiens_sites.gff3"
ORDER = {TABLE: 0, SEQUENCES: 1, GFF3: 2}
"""The phases in which they are read."""
IDS = ("TFLinkSS00000001", "TFLinkSS00000002", "TFLinkLS00000001", "TFLinkLT00000001", "TFLinkSS3")
"""Ids of the usual shape, and two others."""
BOTH = ["26578589"]
"""The papers of a table's rows."""


@dataclass(frozen=True)
class Told:
    """What a file tells of a site.

    Attributes:
        site: its id.
        start: its start; its end is 200.
        strand: its strand.
        overlapping: whether a row names the sites it overlaps with.
    """

    site: str
    start: int
    strand: str
    overlapping: bool


@dataclass
class Known:
    """What the model has of a site."""

    start: int
    row: tuple[str, ...] = ()
    overlapping: bool = False
    sequence: bool = False


@dataclass
class Model:
    """Puts together what files tell, one record after the other."""

    sites: dict[str, Known] = field(default_factory=dict)
    written: int = 0
    merged: int = 0
    rejected: int = 0

    def add(self, kind: str, told: Told) -> None:
        """Adds a record, unless it contradicts what is known."""
        known = self.sites.get(told.site)
        new = Known(told.start)
        if kind == TABLE:
            report = evidence_id(
                "tflink-1.0", ["ORegAnno"], ["footprinting"], BOTH, small_scale=True
            )
            new.row = (told.strand, report, "1")
            new.overlapping = told.overlapping
        elif kind == GFF3:
            report = evidence_id("tflink-1.0", ["ORegAnno"], [], [], small_scale=None)
            new.row = (told.strand, report, "")
            if known and known.row:  # a row was told before, most likely by a table
                new.row = ()
            if known and new.start - 1 == known.start:  # counted from 0 before
                new.start -= 1
        else:
            new.sequence = True
        if known is None:
            self.sites[told.site] = new
            self.written += 1
            return
        if known.start != new.start or (known.row and new.row and known.row != new.row):
            self.rejected += 1
            return
        joined = Known(
            known.start,
            known.row or new.row,
            known.overlapping or new.overlapping,
            known.sequence or new.sequence,
        )
        if joined == known:
            self.merged += 1
        else:
            self.written += 1
        self.sites[told.site] = joined

    def lines(self) -> Iterator[str]:
        """The lines of triples about the sites."""
        for site, known in self.sites.items():
            subject = f"<{PREFIXES['tfls']}{site}>"
            own = PREFIXES["tfl"]
            integer = f"^^<{PREFIXES['xsd']}integer>"
            yield f"{subject} <{PREFIXES['rdf']}type> <{PREFIXES['obo']}SO_0000235> ."
            yield f"{subject} <{own}boundBy> <{PREFIXES['uniprotkb']}P41225> ."
            place = PREFIXES["tfls"].replace("bindingsite", "assembly")
            yield f"{subject} <{own}chromosome> <{place}hg38/chr1> ."
            yield f'{subject} <{own}reportedStart> "{known.start}"{integer} .'
            yield f'{subject} <{own}reportedEnd> "200"{integer} .'
            if known.row:
                strand, report, overlaps = known.row
                yield f'{subject} <{own}strand> "{strand}" .'
                yield f"{subject} <{own}evidence> <{PREFIXES['tfle']}{report}> ."
                if overlaps:
                    yield f'{subject} <{own}overlaps> "{overlaps}"{integer} .'
            if known.overlapping:
                yield f'{subject} <{own}overlappingSites> "TFLinkSS00000099" .'
            if known.sequence:
                yield f'{subject} <{own}bindingSequence> "ACGT" .'


def text_of(kind: str, records: list[Told]) -> str:
    """A file."""
    if kind == GFF3:
        return gff3(*(f"{one.site} {one.start} 200 {one.strand}" for one in records))
    if kind == SEQUENCES:
        return "".join(
            fasta(**{one.site: "ACGT"}).replace("100-104", f"{one.start}-200") for one in records
        )
    return site_table(
        *(
            site_row(
                TFLinkID=one.site,
                Start=str(one.start),
                End="200",
                Strand=one.strand,
                TFBS_overlaps="TFLinkSS00000099" if one.overlapping else "-",
            )
            for one in records
        )
    )


RECORDS = st.builds(
    Told,
    st.sampled_from(IDS),
    st.sampled_from([100, 100, 100, 101, 102]),
    st.sampled_from("++-"),
    st.booleans(),
)
FILES = st.lists(
    st.tuples(
        st.sampled_from([TABLE, TABLE, SEQUENCES, GFF3]),
        st.lists(RECORDS, max_size=9, unique_by=lambda one: one.site)
        | st.lists(RECORDS, max_size=9).map(lambda all_of: all_of[:9]),
    ),
    min_size=1,
    max_size=4,
)


def distinct(kind: str, records: list[Told]) -> list[Told]:
    """The records of a file; a GFF3 file tells each site once."""
    return list({one.site: one for one in records}.values()) if kind == GFF3 else records


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_many_files_tell_is_written_once(jobs: int) -> None:
    @settings(max_examples=150 if jobs == 1 else 25, deadline=None)
    @given(FILES, st.integers(1, 400))
    def check(files: list[tuple[str, list[Told]]], block: int) -> None:
        model = Model()
        files = [(kind, distinct(kind, records)) for kind, records in files]
        for kind, records in sorted(files, key=lambda one: ORDER[one[0]]):
            for record in records:
                model.add(kind, record)
        with tempfile.TemporaryDirectory() as folder, patch.object(blocks, "BLOCK_BYTES", block):
            paths = []
            for place, (kind, records) in enumerate(files):
                path = Path(folder) / str(place) / kind
                path.parent.mkdir()
                path.write_text(text_of(kind, records), "utf-8")
                paths.append(path)
            text, report = written(paths, jobs=jobs)
        lines = site_lines(text)
        assert sorted(lines) == sorted(model.lines())  # none is missing, none stands twice
        totals = report.sites
        assert totals.read == sum(len(records) for _, records in files)
        assert totals.written == model.written
        assert totals.merged == model.merged
        assert totals.rejected == model.rejected

    check()


PAGE = {
    "title": "P41225",
    "uniprot_accession": "P41225",
    "protein_name": "SOX3",
    "binding_sites": "TFLinkSS00000001,P41225,SOX3,Homo sapiens,hg38,chr1,100,200,+,-,footprinting,"
    "26578589%5Buid%5D,ORegAnno,Yes,1",
    "bindingSites_download_gff3": "''",
}
BODY = "\\>TFLinkSS00000007;P41225;SOX3;hg38;chr1:1-5\\ACGT\\"


@pytest.mark.parametrize("block", [1, 300, 1 << 19])
def test_workers_that_know_nothing_of_each_other(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks converted as if nothing had been written before give what one process gives."""
    files = {
        "a.tsv": [Told(IDS[n % 5], 100, "+", overlapping=n > 5) for n in range(12)],
        "b.tsv": [Told(IDS[n % 5], 100 + n % 2, "+-"[n % 2], overlapping=True) for n in range(12)],
    }
    paths = [tmp_path / name for name in (*files, "c.fasta", "TFLink_Homo_sapiens.gff3")]
    for path, records in zip(paths, files.values(), strict=False):
        path.write_text(text_of(TABLE, records), "utf-8")
    paths[2].write_text(text_of(SEQUENCES, files["b.tsv"]), "utf-8")
    paths[3].write_text(text_of(GFF3, distinct(GFF3, files["b.tsv"])), "utf-8")
    paths.append(tmp_path / "page.md")
    paths[-1].write_text(page(PAGE, BODY), "utf-8")
    monkeypatch.setattr(blocks, "BLOCK_BYTES", block)
    alone, report = written(paths)

    class Blind(Conversion):
        def blocks(self) -> Iterator[Buffer]:
            monkeypatch.setattr(
                pipeline,
                "BlockConverter",
                lambda options, register: BlockConverter(options, SiteRegister()),
            )
            return super().blocks()

    monkeypatch.setattr(inputs, "Conversion", Blind)
    blind, blind_report = written(paths)
    assert blind == alone
    assert blind_report.sites == report.sites
    assert {kind: count for kind, count in report.problems.counts.items() if count} == {
        kind: count for kind, count in blind_report.problems.counts.items() if count
    }
