"""Bad binding sites: rows of tables, lines of GFF3, records of FASTA."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rdfconv.problems import Kind
from tests.bad_input.case import Case, check
from tests.inputs import fasta, gff3, packed, site_row, site_table

AROUND = ("TFLinkSS00000007", "TFLinkSS00000008")
"""The ids of good sites around a bad one."""
SITES_AROUND = tuple(site_row(TFLinkID=one, TFBS_overlaps="-") for one in AROUND)
BOTH_AROUND = " . ".join(f"tfls:{one} tfl:boundBy uniprotkb:P41225" for one in AROUND)
NO_SITE = "FILTER NOT EXISTS { tfls:TFLinkSS00000001 ?property ?value }"
GFF3_NAME = "TFLink_Homo_sapiens_bindingSites_All_annotation_v1.0.gff3"


def rejected_site(kind: Kind, line: str, column: str, value: str, place: str = "") -> Case:
    """A row of a table of binding sites that is left out."""
    before, after = SITES_AROUND
    return Case(
        kind,
        {"bad.tsv": site_table(before, line, after).encode()},
        place or f"bad.tsv:3: {column}",
        value,
        sites=(3, 2, 0, 1),
        pattern=f"{BOTH_AROUND} {NO_SITE}",
    )


def doubtful_site(kind: Kind, line: str, column: str, value: str, pattern: str) -> Case:
    """A row of a table of binding sites that is kept with a warning."""
    return replace(
        rejected_site(kind, line, column, value),
        sites=(3, 3, 0, 0),
        pattern=f"{BOTH_AROUND} . tfls:TFLinkSS00000001 {pattern}",
    )


def rejected_feature(kind: Kind, change: Callable[[str], str], column: str, value: str) -> Case:
    """A line of GFF3 that is left out."""
    good = gff3(*(f"{one} 101 104 +" for one in AROUND))
    bad = gff3("TFLinkSS00000001 101 104 +").splitlines()[-1]
    return Case(
        kind,
        {GFF3_NAME: f"{good}{change(bad)}".encode()},
        f"{GFF3_NAME}:5: {column}",
        value,
        sites=(3, 2, 0, 1),
        pattern=f"{BOTH_AROUND} {NO_SITE}",
    )


def rejected_sequence(kind: Kind, record: str, column: str, value: str) -> Case:
    """A record of FASTA that is left out."""
    before, after = (fasta(**{one: "ACGT"}) for one in AROUND)
    return Case(
        kind,
        {"bad.fasta": f"{before}{record}{after}".encode()},
        f"bad.fasta:3: {column}",
        value,
        sites=(3, 2, 0, 1),
        pattern=f"{BOTH_AROUND} {NO_SITE}",
    )


CASES: dict[str, Case] = {
    "a row of sites with too many columns": rejected_site(
        Kind.COLUMN_COUNT, site_row() + "\tmore", "17 columns", r"'TFLinkSS00000001\t"
    ),
    "a table of sites whose last line is cut": replace(
        rejected_site(Kind.COLUMN_COUNT, "", "", ""),
        files={"bad.tsv": (site_table(*SITES_AROUND) + site_row()[:40]).encode()},
        place="bad.tsv:4: 4 columns",
        value=r"'TFLinkSS00000001\t",
    ),
    "a control character in a row of sites": rejected_site(
        Kind.FORBIDDEN_CHARACTER, site_row(Name_TF="a\x0bb"), "Name.TF", r"'a\x0bb'"
    ),
    "a flag of a site that is none": rejected_site(
        Kind.MALFORMED_FLAG,
        site_row(Small_scale_evidence="maybe"),
        "Small-scale.evidence",
        "'maybe'",
    ),
    "an accession of a site that is none": rejected_site(
        Kind.MALFORMED_ACCESSION, site_row(UniprotID_TF="SOX3"), "UniprotID.TF", "'SOX3'"
    ),
    "an id that is no site's": rejected_site(
        Kind.MALFORMED_SITE_ID, site_row(TFLinkID="SS00000001"), "TFLinkID", "'SS00000001'"
    ),
    "an overlapping site that is none": rejected_site(
        Kind.MALFORMED_SITE_ID, site_row(TFBS_overlaps="TFLink1"), "TFBS.overlaps", "'TFLink1'"
    ),
    "a site with coordinates and no chromosome": rejected_site(
        Kind.INCOMPLETE_LOCATION, site_row(Chromosome="-"), "Chromosome", "'100-104'"
    ),
    "a site with a strand and no location": rejected_site(
        Kind.STRAND_WITHOUT_LOCATION,
        site_row(Assembly="-", Chromosome="-", Start="-", End="-"),
        "Strand",
        "'+'",
    ),
    "a strand that is none": rejected_site(
        Kind.MALFORMED_STRAND, site_row(Strand="."), "Strand", "'.'"
    ),
    "a coordinate with a decimal point": rejected_site(
        Kind.NOT_A_COORDINATE, site_row(Start="100.0"), "Start", "'100.0'"
    ),
    "an end that is missing": rejected_site(
        Kind.NOT_A_COORDINATE, site_row(End="-"), "End", "'-'"
    ),
    "a start behind the end": rejected_site(
        Kind.START_AFTER_END, site_row(Start="105"), "Start", "'105-104'"
    ),
    "a number of overlaps that is none": rejected_site(
        Kind.NOT_A_COUNT,
        site_row(Number_of_TFBS_overlaps="1.0"),
        "Number.of.TFBS.overlaps",
        "'1.0'",
    ),
    "a table of sites with other columns": Case(
        Kind.UNKNOWN_HEADER,
        {"bad.tsv": site_table(site_row()).replace("Strand", "Direction", 1).encode()},
        "bad.tsv:1: ",
        "table of binding sites: TFLinkID UniprotID.TF",
        pattern=NO_SITE,
    ),
    "two sites with one id in one file": rejected_site(
        Kind.REPEATED_SITE,
        site_row(TFLinkID="TFLinkSS00000007", End="105"),
        "",
        "'TFLinkSS00000007'",
        place="bad.tsv: TFLinkID TFLinkSS00000007",
    ),
    "two sites with one id in two files": Case(
        Kind.REPEATED_SITE,
        {
            "bad-1.tsv": site_table(site_row()).encode(),
            "bad-2.tsv": site_table(site_row(UniprotID_TF="P17542"), SITES_AROUND[0]).encode(),
        },
        "bad-2.tsv: TFLinkID TFLinkSS00000001",
        "'TFLinkSS00000001'",
        sites=(3, 2, 0, 1),
        pattern="tfls:TFLinkSS00000001 tfl:boundBy uniprotkb:P41225 . "
        "tfls:TFLinkSS00000007 tfl:boundBy uniprotkb:P41225 "
        "FILTER NOT EXISTS { ?site tfl:boundBy uniprotkb:P17542 }",
    ),
    "an unknown assembly": doubtful_site(
        Kind.UNKNOWN_ASSEMBLY,
        site_row(Assembly="hg99"),
        "Assembly",
        "'hg99'",
        'tfl:chromosome/tfl:assembly/rdfs:label "hg99"',
    ),
    "a location without assembly": doubtful_site(
        Kind.NO_ASSEMBLY,
        site_row(Assembly="-", Genome_browser="-"),
        "Assembly",
        "'Homo sapiens'",
        "tfl:chromosome ?chromosome ; tfl:reportedStart 100",
    ),
    "a strand of a database that gives none": doubtful_site(
        Kind.DOUBTFUL_STRAND,
        site_row(Source_database="REDfly", PubmedID="20965965", Strand="-"),
        "Strand",
        "'REDfly'",
        "tfl:chromosome ?chromosome "
        "FILTER NOT EXISTS { tfls:TFLinkSS00000001 tfl:strand ?strand }",
    ),
    "another number of overlaps": doubtful_site(
        Kind.OVERLAPS_DIFFER,
        site_row(Number_of_TFBS_overlaps="2"),
        "Number.of.TFBS.overlaps",
        "'2, 1 named'",
        "tfl:overlaps 2 ; tfl:overlappingSites ?others",
    ),
    "the genome browser at another place": doubtful_site(
        Kind.BROWSER_DIFFERS,
        site_row(Genome_browser="hg38&position=chr1:100-105"),
        "Genome.browser",
        "'hg38&position=chr1:100-105'",
        "tfl:reportedEnd 104",
    ),
    # GFF3
    "a line of GFF3 with too few columns": rejected_feature(
        Kind.COLUMN_COUNT, lambda line: line.rpartition("\t")[0], "8 columns", r"'chr1\t"
    ),
    "a line of GFF3 that is cut": rejected_feature(
        Kind.MALFORMED_ACCESSION, lambda line: line[:-2], "Note", "'P412'"
    ),
    "a line of GFF3 of another type": rejected_feature(
        Kind.NOT_A_SITE, lambda line: line.replace("TF_binding_site", "gene"), "type", "'gene'"
    ),
    "a line of GFF3 of another source": rejected_feature(
        Kind.NOT_A_SITE, lambda line: line.replace("TFLink_from_", ""), "source", "'ORegAnno'"
    ),
    "a line of GFF3 with a start that is none": rejected_feature(
        Kind.NOT_A_COORDINATE, lambda line: line.replace("\t101\t", "\tx\t"), "Start", "'x'"
    ),
    "a line of GFF3 whose start lies behind its end": rejected_feature(
        Kind.START_AFTER_END, lambda line: line.replace("\t101\t", "\t105\t"), "Start", "'105-104'"
    ),
    "a GFF3 file of no organism": Case(
        Kind.NO_ORGANISM,
        {"bad.gff3": gff3("TFLinkSS00000001 101 104 +").encode()},
        "bad.gff3:3: seqid",
        "'chr1'",
        sites=(1, 0, 0, 1),
        pattern=NO_SITE,
    ),
    "a GFF3 file in an archive": Case(
        Kind.PACKED_KIND,
        {"bad.tar.gz": packed({"a.gff3": gff3("TFLinkSS00000001 101 104 +").encode()})},
        "bad.tar.gz:a.gff3: ",
        "GFF3 file of binding sites",
        pattern=NO_SITE,
    ),
    # FASTA
    "a sequence with other letters": rejected_sequence(
        Kind.MALFORMED_SEQUENCE, fasta(TFLinkSS00000001="AC-T"), "sequence", "'AC-T'"
    ),
    "a FASTA file that is cut behind a header": replace(
        rejected_sequence(Kind.MALFORMED_SEQUENCE, "", "", ""),
        files={
            "bad.fasta": fasta(
                TFLinkSS00000007="ACGT", TFLinkSS00000008="ACGT", TFLinkSS00000001=""
            ).encode().rstrip()
        },
        place="bad.fasta:5: sequence",
        value="''",
    ),
    "a header of FASTA with too few fields": rejected_sequence(
        Kind.MALFORMED_SEQUENCE, ">TFLinkSS00000001;P41225;SOX3;hg38\nACGT\n", "header", "SOX3;hg38"
    ),
    "a sequence of no protein": rejected_sequence(
        Kind.MALFORMED_ACCESSION, ">TFLinkSS00000001;SOX3;SOX3;-;-:---\nACGT\n", "header", "'SOX3'"
    ),
    "a sequence with coordinates that are no numbers": rejected_sequence(
        Kind.NOT_A_COORDINATE,
        fasta(TFLinkSS00000001="ACGT").replace("100-104", "100.0-104.0"),
        "header",
        "'chr1:100.0-104.0'",
    ),
    "a sequence whose start lies behind its end": rejected_sequence(
        Kind.START_AFTER_END,
        fasta(TFLinkSS00000001="ACGT").replace("100-104", "104-100"),
        "Start",
        "'104-100'",
    ),
    "a sequence with a location but no assembly": rejected_sequence(
        Kind.INCOMPLETE_LOCATION,
        fasta(TFLinkSS00000001="ACGT").replace("hg38", "-"),
        "Assembly",
        "'chr1:100-104'",
    ),
    "a sequence of an unknown assembly": Case(
        Kind.UNKNOWN_ASSEMBLY,
        {"bad.fasta": fasta(TFLinkSS00000001="ACGT").replace("hg38", "hg99").encode()},
        "bad.fasta:1: Assembly",
        "'hg99'",
        sites=(1, 1, 0, 0),
        pattern='tfls:TFLinkSS00000001 tfl:bindingSequence "ACGT" ; tfl:chromosome ?chromosome',
    ),
    "a sequence of another place than its row": Case(
        Kind.REPEATED_SITE,
        {
            "bad.tsv": site_table(site_row()).encode(),
            "bad.fasta": fasta(TFLinkSS00000001="ACGT").replace("chr1:", "chr2:").encode(),
        },
        "bad.fasta: TFLinkID TFLinkSS00000001",
        "'TFLinkSS00000001'",
        sites=(2, 1, 0, 1),
        pattern="tfls:TFLinkSS00000001 tfl:reportedStart 100 "
        "FILTER NOT EXISTS { ?site tfl:bindingSequence ?sequence }",
    ),
    "a sequence whose site no table has": Case(
        Kind.SEQUENCE_WITHOUT_SITE,
        {
            "bad.tsv": site_table(site_row()).encode(),
            "bad.fasta": fasta(TFLinkSS00000001="ACGT", TFLinkSS00000009="ACGT").encode(),
        },
        "bad.fasta: TFLinkID",
        "TFLinkSS00000009",
        sites=(3, 3, 0, 0),
        pattern='tfls:TFLinkSS00000001 tfl:bindingSequence "ACGT" . '
        'tfls:TFLinkSS00000009 tfl:bindingSequence "ACGT" ; tfl:boundBy uniprotkb:P41225',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_bad_thing_beside_good_ones(name: str, tmp_path: Path) -> None:
    check(CASES[name], tmp_path)
