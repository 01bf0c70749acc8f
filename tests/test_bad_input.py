"""Bad input through the real command line: what is told, what still converts, what adds up.

Each case puts one bad thing beside good pages and rows. `CASES` covers every kind of problem.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest

from rdfconv.errors import ExitCode
from rdfconv.problems import Kind
from rdfconv.release import open_release, verify
from rdfconv.vocabulary import PREFIXES
from tests.inputs import (
    MITAB,
    archive,
    fasta,
    gff3,
    mitab_row,
    packed,
    page,
    protein_rows,
    row,
    site_row,
    site_table,
    table,
)

Counts = tuple[int, int, int, int]
"""Read, written, merged, rejected."""

UNITS = ("rows", "pages", "sites")
GOOD: dict[str, bytes] = {"good.md": page().encode(), "good.tsv": table(row()).encode()}
GOOD_EDGES = ("P11308 Q06945", "Q9H9S0 O94907")
NEW = {"title": "P41225", "uniprot_accession": "P41225", "protein_name": "SOX3"}
"""Makes the page of another protein."""
BEFORE, AFTER = row(UniprotID_TF="P17542"), row(UniprotID_TF="P15172")
"""Good rows around a bad one."""
NEIGHBOURS = ("P17542 O94907", "P15172 O94907")
ON_PAGE = ("P11308 P41225",)
"""The edge of the page of another protein."""
SITE = (
    "TFLinkSS00000001,P41225,SOX3,Homo sapiens,hg38,chr1,1,5,+,hg38&position=chr1:1-5,"
    "footprinting,123,ORegAnno,Yes,-"
)
SEQUENCE = "\\>TFLinkSS00000001;P41225;SOX3;hg38;chr1:1-5\\ACGT\\"
MITAB_BEFORE, MITAB_AFTER = (mitab_row(uniqueID_A=f"uniprot:{one}") for one in ("P17542", "P15172"))
"""`BEFORE` and `AFTER` as MITAB has them."""
AROUND = ("TFLinkSS00000007", "TFLinkSS00000008")
"""The ids of good sites around a bad one."""
SITES_AROUND = tuple(site_row(TFLinkID=one, TFBS_overlaps="-") for one in AROUND)
BOTH_AROUND = " . ".join(f"tfls:{one} tfl:boundBy uniprotkb:P41225" for one in AROUND)
NO_SITE = "FILTER NOT EXISTS { tfls:TFLinkSS00000001 ?property ?value }"
TWINS = ("P15172", "P17542")
"""Accessions of proteins that get the same name."""
GFF3_NAME = "TFLink_Homo_sapiens_bindingSites_All_annotation_v1.0.gff3"


@dataclass(frozen=True)
class Case:
    """Something bad, and what must come of it.

    Attributes:
        kind: the problem that is told.
        files: the bad files, by name.
        place: how the message begins: file and line, or file and key.
        value: what the message quotes.
        rows: the counts of the rows of the bad files.
        pages: the same of pages.
        sites: the same of binding sites.
        edges: what must be in the store, beside `GOOD_EDGES`.
        absent: what must not be in the store.
        also: other problems that come with it.
        count: how often the problem is counted.
        pattern: what else the store must hold: a SPARQL pattern.
    """

    kind: Kind
    files: Mapping[str, bytes]
    place: str
    value: str = ""
    rows: Counts = (0, 0, 0, 0)
    pages: Counts = (0, 0, 0, 0)
    sites: Counts = (0, 0, 0, 0)
    edges: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    also: tuple[Kind, ...] = ()
    count: int = 1
    pattern: str = ""


def rejected_row(kind: Kind, line: str | bytes, place: str, value: str) -> Case:
    """A row of a table that is left out."""
    text = line if isinstance(line, bytes) else line.encode()
    lines = table(BEFORE, "LINE", AFTER).encode().replace(b"LINE", text)
    return Case(
        kind, {"bad.tsv": lines}, f"bad.tsv:3: {place}", value, (3, 2, 0, 1), edges=NEIGHBOURS
    )


def rejected_page(
    kind: Kind, content: str | bytes, place: str, value: str = "", absent: tuple[str, ...] = ON_PAGE
) -> Case:
    """A page that is left out."""
    text = content if isinstance(content, bytes) else content.encode()
    return Case(kind, {"bad.md": text}, f"bad.md:{place}", value, pages=(1, 0, 0, 1), absent=absent)


def doubtful_row(kind: Kind, place: str, value: str, pattern: str = "", **changes: str) -> Case:
    """A row of a table that is kept with a warning."""
    values = {"UniprotID_Target": "P41225", **changes}
    return Case(
        kind,
        {"bad.tsv": table(BEFORE, row(**values), AFTER).encode()},
        place,
        value,
        (3, 3, 0, 0),
        edges=(*NEIGHBOURS, f"{changes.get('UniprotID_TF', 'Q9H9S0')} P41225"),
        pattern=pattern,
    )


def doubtful_page(
    kind: Kind,
    changes: Mapping[str, str | None],
    place: str,
    value: str,
    pattern: str = "",
    edges: tuple[str, ...] = ON_PAGE,
) -> Case:
    """A page that is kept with a warning."""
    return Case(
        kind,
        {"bad.md": page({**NEW, **changes}).encode()},
        f"bad.md: {place}",
        value,
        (1, 1, 0, 0),
        (1, 1, 0, 0),
        edges=edges,
        pattern=pattern,
    )


def listed(name: str, accession: str, databases: str, papers: str) -> str:
    """A row of a page."""
    return f"'{name},{accession},-,{databases},inferred by curator,{papers},Yes'"


def sites_page(kind: Kind, rows: str, body: str, place: str, value: str, sites: Counts) -> Case:
    """A page with a binding site that is left out."""
    text = page({**NEW, "binding_sites": rows, "bindingSites_download_gff3": "''"}, body)
    return Case(
        kind,
        {"bad.md": text.encode()},
        f"bad.md: {place}",
        value,
        (1, 1, 0, 0),
        (1, 1, 0, 0),
        sites,
        edges=ON_PAGE,
    )


def mitab_lines(line: str) -> bytes:
    """A MITAB file: a row between good ones."""
    return f"{MITAB_BEFORE}\n{line}\n{MITAB_AFTER}\n".encode()


def rejected_mitab(kind: Kind, line: str, place: str, value: str) -> Case:
    """A row of MITAB that is left out."""
    files = {"bad.tsv": mitab_lines(line)}
    return Case(kind, files, f"bad.tsv:2: {place}", value, (3, 2, 0, 1), edges=NEIGHBOURS)


def rejected_trrust(
    kind: Kind,
    line: str,
    place: str,
    value: str,
    files: Mapping[str, bytes] | None = None,
    rows: Counts = (0, 0, 0, 0),
) -> Case:
    """A row of TRRUST that is left out, beside a good one and other files with their rows."""
    text = f"TF\tgene_symbol\tinteraction\tposition\nNANOG\tSOX4\tRepression\t123\n{line}\n"
    read, written, merged, rejected = rows
    return Case(
        kind,
        {"trrust_rawdata.human.tsv": text.encode(), **(files or {})},
        f"trrust_rawdata.human.tsv:3: {place}",
        value,
        (read + 2, written + 1, merged, rejected + 1),
        edges=("Q9H9S0 Q06945",),
        pattern="?evidence tfl:reportedBy tfld:trrust-2 ; tfl:modeOfRegulation tfl:repression "
        "FILTER NOT EXISTS { ?other tfl:modeOfRegulation tfl:activation }",
    )


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


def unsafe(name: str, kind: bytes) -> Case:
    """An archive with a member that is not read, before one that is."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as members:
        told = tarfile.TarInfo(name)
        told.type, told.linkname = kind, "/etc/passwd"
        members.addfile(told)
        good = page(NEW).encode()
        told = tarfile.TarInfo("good.md")
        told.size = len(good)
        members.addfile(told, io.BytesIO(good))
    return Case(
        Kind.UNSAFE_MEMBER,
        {"bad.tar.gz": packed.getvalue()},
        f"bad.tar.gz:{name}: ",
        repr(name),
        (1, 1, 0, 0),
        (1, 1, 0, 0),
        edges=ON_PAGE,
    )


def bomb() -> str:
    """Front matter of a few lines that stands for 10**9 values."""
    lines = ["jaspar_matrices: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"x{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return page({**NEW, "jaspar_matrices": None, "tfs": "''\n" + "\n".join(lines)})


CASES: dict[str, Case] = {
    # rows
    "a row with too few columns": rejected_row(
        Kind.COLUMN_COUNT, row().rpartition("\t")[0], "14 columns", "'Q9H9S0\\tO94907\\t"
    ),
    "a row with too many columns": rejected_row(
        Kind.COLUMN_COUNT, row() + "\tmore", "16 columns", "'Q9H9S0\\tO94907\\t"
    ),
    "a row of a page with too few columns": Case(
        Kind.COLUMN_COUNT,
        {
            "bad.md": page(
                {
                    **NEW,
                    "tfs": "'ERG,P11308,2078,TRRUST\n\n"
                    "  ERG,P11308,2078,TRRUST,inferred by curator,29087512%5Buid%5D,Yes'",
                }
            ).encode()
        },
        "bad.md: tfs[0]",
        "'ERG,P11308,2078,TRRUST'",
        (2, 1, 0, 1),
        (1, 1, 0, 0),
        edges=ON_PAGE,
    ),
    "an accession with isoform": rejected_row(
        Kind.MALFORMED_ACCESSION, row(UniprotID_TF="Q9H9S0-2"), "UniprotID", "'Q9H9S0-2'"
    ),
    "a flag that is none": rejected_row(
        Kind.MALFORMED_FLAG, row(Small_scale_evidence="yes"), "Small-scale.evidence", "'yes'"
    ),
    "a control character in a row": rejected_row(
        Kind.FORBIDDEN_CHARACTER, row(Name_Target="a\x0bb"), "Name.Target", r"'a\x0bb'"
    ),
    "a row that is not UTF-8": rejected_row(
        Kind.ROW_NOT_UTF8,
        row(Name_Target="BYTE").encode().replace(b"BYTE", b"a\xff"),
        "Name.Target",
        r"'a\udcff'",
    ),
    # pages
    "a control character on a page": rejected_page(
        Kind.PAGE_FORBIDDEN_CHARACTER, page({**NEW, "protein_name": "a\x0bb"}), "5: ", r"'\x0b'"
    ),
    "a control character that YAML escapes": rejected_page(
        Kind.PAGE_FORBIDDEN_CHARACTER,
        page({**NEW, "protein_name": r'"a\x0bb"'}),
        " protein_name: ",
        r"'a\x0bb'",
    ),
    "a page that is not UTF-8": rejected_page(
        Kind.PAGE_NOT_UTF8,
        page({**NEW, "protein_name": "BYTE"}).encode().replace(b"BYTE", b"a\xff"),
        "5: ",
    ),
    "a page without front matter": Case(
        Kind.NO_FRONT_MATTER,
        {"bad.md": b"SOX3\n"},
        "bad.md:1: ",
        "'SOX3\\n'",
        pages=(1, 0, 0, 1),
    ),
    "front matter that is not closed": rejected_page(
        Kind.NOT_CLOSED, page(NEW).rpartition("---")[0], " "
    ),
    "front matter that is not YAML": rejected_page(
        Kind.NOT_YAML, page({**NEW, "organism": "a: b: c"}), "8: "
    ),
    "front matter without a key": rejected_page(
        Kind.MISSING_KEY, page({**NEW, "organism": None}), " organism: "
    ),
    "front matter with a key twice": rejected_page(
        Kind.REPEATED_KEY, page({**NEW, "organism": "Homo sapiens\ntitle: P41225"}), " title: "
    ),
    "an alias bomb": rejected_page(Kind.NOT_TEXT, bomb(), " x1: "),
    "a bomb of one long value": rejected_page(
        Kind.NOT_TEXT,
        page({**NEW, "colour": f"&a {'x' * 10_000}\nx: [{', '.join(['*a'] * 100_000)}]"}),
        " ",
    ),
    "a list in place of text": rejected_page(
        Kind.NOT_TEXT, page({**NEW, "organism": "[a, b]"}), " organism: ", "['a', 'b']"
    ),
    "a malformed accession of a page": rejected_page(
        Kind.PAGE_ACCESSION,
        page({**NEW, "uniprot_accession": "P4122"}),
        " uniprot_accession: ",
        "'P4122'",
    ),
    "a count that is no number": rejected_page(
        Kind.MALFORMED_COUNT,
        page({**NEW, "number_of_interactions": "many"}),
        " number_of_interactions: ",
        "'many'",
    ),
    "orthologs that are no JSON": rejected_page(
        Kind.MALFORMED_ORTHOLOGS,
        page({**NEW, "orthologs": "'[{\"species\": 1'"}),
        " orthologs: ",
        "'[{\"species\": 1'",
    ),
    "the same page twice with different content": Case(
        Kind.SECOND_PAGE,
        {
            "bad-1.md": page(NEW).encode(),
            "bad-2.md": page(
                {**NEW, "tfs": "KCNH2,Q12809,-,TRRUST,inferred by curator,29087512%5Buid%5D,Yes"}
            ).encode(),
        },
        "bad-2.md: uniprot_accession: ",
        "'P41225'",
        (1, 1, 0, 0),
        (2, 1, 0, 1),
        edges=ON_PAGE,
        absent=("Q12809 P41225",),
    ),
    # binding sites
    "a binding site with too few columns": sites_page(
        Kind.MALFORMED_SITE, "TFLinkSS00000001", "", "binding_sites[0]", "'TFLink", (1, 0, 0, 1)
    ),
    "a sequence without header": sites_page(
        Kind.MALFORMED_SEQUENCE, "''", "ACGT", "body", "'ACGT'", (1, 0, 0, 1)
    ),
    "a binding site twice": sites_page(
        Kind.REPEATED_SITE,
        f"'{SITE}\n\n  {SITE}'",
        SEQUENCE,
        "binding_sites[1]",
        "'TFLinkSS00000001'",
        (3, 1, 1, 1),
    ),
    # MITAB
    "a MITAB row with too few columns": rejected_mitab(
        Kind.COLUMN_COUNT, mitab_row().rpartition("\t")[0], "45 columns", "'uniprot:Q9H9S0"
    ),
    "a MITAB file whose last line is cut": replace(
        rejected_mitab(
            Kind.COLUMN_COUNT, mitab_row(uniqueID_A="uniprot:P41225")[:100], "", "'uniprot:P41225"
        ),
        files={"bad.tsv": f"{MITAB_BEFORE}\n{MITAB_AFTER}\n{mitab_row()[:100]}".encode()},
        place="bad.tsv:3: 6 columns",
        value="'uniprot:Q9H9S0",
    ),
    "a MITAB cell of another form": rejected_mitab(
        Kind.MALFORMED_CELL,
        mitab_row(alternativeID_A="entrez:79923"),
        "alternativeID_A",
        "'entrez:79923'",
    ),
    "a MITAB row whose ends are exchanged": rejected_mitab(
        Kind.MALFORMED_CELL,
        mitab_row(biolRole_A=MITAB["biolRole_B"], biolRole_B=MITAB["biolRole_A"]),
        "biolRole_A",
        "regulator target",
    ),
    "a MITAB row that denies an interaction": rejected_mitab(
        Kind.NEGATIVE_ROW, mitab_row(negative="true"), "negative", "'true'"
    ),
    "an unknown mode of regulation": Case(
        Kind.UNKNOWN_MODE,
        {"bad.tsv": mitab_lines(mitab_row(annotation_A='function:"inhibitor"'))},
        "bad.tsv:2: annotation_A",
        "inhibitor",
        (3, 2, 1, 0),
        edges=NEIGHBOURS,
        pattern="FILTER NOT EXISTS { ?evidence tfl:modeOfRegulation ?mode }",
    ),
    "a row that reports otherwise than the one with a mode": Case(
        Kind.REPORTS_DIFFER,
        {
            "bad.tsv": mitab_lines(
                mitab_row(annotation_A='function:"repressor"', pubmedID="pubmed:19148141")
            )
        },
        "good.tsv: edge",
        "'Q9H9S0 O94907'",
        (3, 2, 1, 0),
        edges=NEIGHBOURS,
        pattern="?edge tfl:transcriptionFactor uniprotkb:Q9H9S0 ; tfl:target uniprotkb:O94907 ; "
        "tfl:evidence ?one . ?one tfl:modeOfRegulation tfl:repression "
        "FILTER NOT EXISTS { ?edge tfl:evidence ?other FILTER(?other != ?one) }",
    ),
    # tables of one protein
    "a table of one protein with too many columns": Case(
        Kind.COLUMN_COUNT,
        {"targets_of_P17542.tsv": (protein_rows(row()) + "a\tb\n").encode()},
        "targets_of_P17542.tsv:3: 2 columns",
        r"'a\tb'",
        (2, 1, 0, 1),
        edges=NEIGHBOURS[:1],
    ),
    "a table of one protein that is not named": Case(
        Kind.NO_PROTEIN,
        {"bad.tsv": protein_rows(row()).encode()},
        "bad.tsv:2: file name",
        "'O94907'",
        (1, 0, 0, 1),
        absent=NEIGHBOURS,
    ),
    # TRRUST
    "a row of TRRUST with too few columns": rejected_trrust(
        Kind.COLUMN_COUNT, "NANOG\tSOX4\tActivation", "3 columns", "'NANOG"
    ),
    "a mode that TRRUST does not have": rejected_trrust(
        Kind.MALFORMED_CELL, "NANOG\tSOX4\tactivates\t123", "interaction", "'activates'"
    ),
    "a symbol that no protein has": rejected_trrust(
        Kind.UNKNOWN_SYMBOL, "NANOG\tSOX44\tActivation\t123", "gene_symbol", "'SOX44'"
    ),
    "a symbol that several proteins have": rejected_trrust(
        Kind.AMBIGUOUS_SYMBOL,
        "TWIN\tSOX4\tActivation\t123",
        "TF",
        "'TWIN: P15172, P17542'",
        {"twins.tsv": table(*(row(UniprotID_TF=one, Name_TF="TWIN") for one in TWINS)).encode()},
        (2, 2, 0, 0),
    ),
    "a TRRUST table of no organism": Case(
        Kind.NO_ORGANISM,
        {"bad.tsv": b"NANOG\tSOX4\tActivation\t123\n"},
        "bad.tsv:1: file name",
        "'NANOG'",
        (1, 0, 0, 1),
        absent=("Q9H9S0 Q06945",),
    ),
    # tables of binding sites
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
    # lists of accessions
    "a list without accessions": Case(
        Kind.NO_ACCESSIONS, {"sec_ac.txt": b"Secondary AC     Primary AC\n"}, "sec_ac.txt: "
    ),
    "a list that is cut": Case(
        Kind.NOT_AN_ACCESSION,
        {"sec_ac.txt": b"Secondary AC     Primary AC\nO94907     Q9NEW1\nP12345     Q0694"},
        "sec_ac.txt:3: ",
        "'P12345     Q0694'",
        pattern='uniprotkb:O94907 tfl:accessionStatus ?status',
    ),
    # files
    "a binary file": Case(
        Kind.UNKNOWN_KIND, {"bad.tsv": bytes(range(256))}, "bad.tsv: ", "", absent=NEIGHBOURS
    ),
    "a table with other columns": Case(
        Kind.UNKNOWN_HEADER,
        {"bad.tsv": table(BEFORE).replace("PubmedID", "Paper", 1).encode()},
        "bad.tsv:1: ",
        "interaction table: UniprotID.TF",
        absent=NEIGHBOURS,
    ),
    "an empty file": Case(Kind.EMPTY_FILE, {"bad.md": b""}, "bad.md: "),
    "a member outside the archive": unsafe("../escape.md", tarfile.REGTYPE),
    "a member that is a link": unsafe("link.md", tarfile.SYMTYPE),
    "a member that is a device": unsafe("device.md", tarfile.CHRTYPE),
    # warnings
    "a title that is not the accession": doubtful_page(
        Kind.TITLE_DIFFERS, {"title": "SOX3"}, "title", "'SOX3'"
    ),
    "a comma in a name": doubtful_page(
        Kind.COMMA_IN_NAME,
        {"tfs": listed("DUR1,2", "P32528", "TRRUST", "29087512%5Buid%5D")},
        "tfs[0] name",
        "'DUR1,2'",
        'uniprotkb:P32528 rdfs:label "DUR1,2"',
        ("P32528 P41225",),
    ),
    "an unknown key": doubtful_page(Kind.UNKNOWN_KEY, {"colour": "blue"}, "colour", "'blue'"),
    "a matrix without version": doubtful_page(
        Kind.NOT_A_MATRIX, {"jaspar_matrices": '["MA0003"]'}, "jaspar_matrices", "'MA0003'"
    ),
    "a corrupt PubMed id": doubtful_page(
        Kind.NOT_A_PUBMED_ID,
        {"tfs": listed("ERG", "P11308", "TRRUST", "29087512%5Buid%5D+OR+1724219e%5Buid%5D")},
        "tfs[0] PubMed ids",
        "'1724219e'",
        '?evidence tfl:unparsedReference "1724219e"',
    ),
    "a list that is not sorted": doubtful_page(
        Kind.UNSORTED_LIST,
        {"tfs": listed("ERG", "P11308", "TRRUST;GTRD", "27924024%5Buid%5D")},
        "tfs[0] databases",
        "'TRRUST;GTRD,",
        "?evidence tfl:sourceDatabase tfldb:GTRD, tfldb:TRRUST",
    ),
    "a list with an empty item": replace(
        doubtful_row(
            Kind.EMPTY_ITEM, "bad.tsv:3: Detection.method", "';inferred by curator'",
            '?evidence tfl:detectionMethod ?method . ?method rdfs:label "inferred by curator"',
            Detection_method=";inferred by curator",
        ),
        also=(Kind.UNSORTED_LIST,),
    ),
    "an ortholog that is no accession": doubtful_row(
        Kind.NOT_AN_ORTHOLOG, "bad.tsv:3: ortho", "'Mm:MOUSE04050'", TF_TFLink_ortho="Mm:MOUSE04050"
    ),
    "an unknown database": replace(
        doubtful_row(
            Kind.UNKNOWN_DATABASE, "bad.tsv:3: Source.database", "'New DB'",
            "?evidence tfl:sourceDatabase <https://w3id.org/tflink-rdf/database/New%20DB> ; "
            "tfl:reference pubmed:29087512 FILTER NOT EXISTS { ?evidence tfl:primaryReference ?p }",
            Source_database="New DB",
        ),
        also=(Kind.UNLISTED_DATABASE,),
    ),
    "an unknown method": doubtful_row(
        Kind.UNKNOWN_METHOD, "bad.tsv:3: Detection.method", "'guessing'",
        '?evidence tfl:detectionMethod ?method . ?method rdfs:label "guessing"',
        Detection_method="guessing",
    ),
    "an unknown organism": replace(
        doubtful_row(
            Kind.UNKNOWN_ORGANISM, "bad.tsv:3: Organism", "'Homo novus'",
            'uniprotkb:P41225 ?in ?taxon . ?taxon a up:Taxon ; up:scientificName "Homo novus"',
            Organism="Homo novus", UniprotID_TF="Q12809",
        ),
        count=2,  # for both proteins
    ),
    "the paper of a database that is not listed": doubtful_row(
        Kind.UNLISTED_DATABASE, "bad.tsv:3: PubmedID", "'18971253'",
        "?evidence tfl:reference pubmed:18971253", PubmedID="29087512;18971253",
    ),
    "a gene id that is none": doubtful_row(
        Kind.NOT_A_GENE_ID, "bad.tsv:3: NCBI.GeneID", "'NA'",
        'uniprotkb:P41225 tfl:unparsedGeneId "NA"', NCBI_GeneID_Target="NA",
    ),
    "rows that give two organisms": doubtful_row(
        Kind.ORGANISMS_DIFFER, "Q9H9S0: organism", "Homo sapiens",
        "uniprotkb:Q9H9S0 ?in ?human, ?mouse . "
        '?human up:scientificName "Homo sapiens" . ?mouse up:scientificName "Mus musculus"',
        Organism="Mus musculus",
    ),
    "rows that give two names": doubtful_row(
        Kind.NAMES_DIFFER, "Q9H9S0: name", "NANOG",
        'uniprotkb:Q9H9S0 rdfs:label "NANOG" ; skos:altLabel "Nanog"', Name_TF="Nanog",
    ),
}  # fmt: skip


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the command line with an output that takes nothing but UTF-8."""
    return subprocess.run(
        [sys.executable, "-m", "rdfconv", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
    )


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Writes a folder of files."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def expected(case: Case) -> dict[str, dict[str, int]]:
    """The totals of a case together with the good files."""
    good = {"rows": (2, 2, 0, 0), "pages": (1, 1, 0, 0), "sites": (0, 0, 0, 0)}
    return {
        unit: dict(
            zip(
                ("read", "written", "merged", "rejected"),
                map(sum, zip(good[unit], getattr(case, unit), strict=True)),
                strict=True,
            )
        )
        for unit in UNITS
    }


def has(store: pyoxigraph.Store, pattern: str) -> bool:
    """Whether a store holds a SPARQL pattern."""
    return bool(store.query(f"ASK {{ {pattern} }}", prefixes=dict(PREFIXES)))


def has_edge(store: pyoxigraph.Store, edge: str) -> bool:
    """Whether a store holds an edge, given as two accessions: its triple and its node."""
    factor, target = (f"uniprotkb:{accession}" for accession in edge.split())
    direct = has(store, f"{factor} tfl:regulates {target}")
    node = has(store, f"?edge tfl:transcriptionFactor {factor} ; tfl:target {target}")
    assert direct == node, edge
    return direct


def nothing(root: Path) -> None:
    """Asserts that nothing was published and nothing is left over."""
    assert [path.name for path in root.rglob("*")] in ([], ["releases"])


def totals(report: Mapping[str, Any]) -> dict[str, Any]:
    """The totals of a report, which must add up."""
    for unit in UNITS:
        read, *others = (report[unit][key] for key in ("read", "written", "merged", "rejected"))
        assert read == sum(others), unit
    return {unit: report[unit] for unit in UNITS}


def test_every_kind_of_problem_has_a_case() -> None:
    assert {case.kind for case in CASES.values()} == set(Kind)


@pytest.mark.parametrize("name", CASES)
def test_a_bad_thing_beside_good_ones(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    folder, root = write(tmp_path / "input", {**GOOD, **case.files}), tmp_path / "output"
    # A file of unknown kind with the suffix of pages is read as a page only by force.
    force = ["--kind", "page"] if case.kind is Kind.NO_FRONT_MATTER else []
    inputs = [folder / "good.md", folder / "bad.md"] if force else [folder]
    if case.kind.rejects:
        strict = run("build", *inputs, *force, "--into", root, "--strict")
        assert strict.returncode == ExitCode.FAILED
        assert strict.stderr.startswith("error: 1 rows, pages")
        nothing(root)
    result = run("build", *inputs, *force, "--into", root)
    assert result.returncode == (ExitCode.REJECTED if case.kind.rejects else ExitCode.DONE)
    place = case.place if case.kind in PROTEIN else f"{folder}/{case.place}"
    [told] = [line for line in result.stderr.splitlines() if line.startswith(f"  {place}")]
    assert case.kind.message in told
    assert case.value in told
    assert told.endswith(f"({case.kind.hint})")
    release = open_release(root)
    verify(release)
    report = json.loads((release.path / "report.json").read_text("utf-8"))
    if not force:
        assert totals(report) == expected(case)
    problems = {**report["rejected"], **report["warnings"]}
    assert {case.kind.value, *(kind.value for kind in case.also)} == problems.keys()
    assert problems[case.kind.value]["count"] == case.count
    store = pyoxigraph.Store.read_only(str(release.store))
    for edge in (*(GOOD_EDGES[:1] if force else GOOD_EDGES), *case.edges):
        assert has_edge(store, edge), edge
    for edge in case.absent:
        assert not has_edge(store, edge), edge
    assert has(store, case.pattern), case.pattern


PROTEIN = (Kind.ORGANISMS_DIFFER, Kind.NAMES_DIFFER)
"""Problems whose place is a protein, not a file."""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_all_bad_things_at_once(jobs: str, tmp_path: Path) -> None:
    """What ``check`` tells is what ``build`` reports, whatever the number of processes."""
    pages = ("front matter without a key", "a malformed accession of a page", "an unknown key")
    files = dict(GOOD)
    for number, (name, case) in enumerate(CASES.items()):
        for file, content in case.files.items():
            if file.endswith(".tsv") or name in pages:
                files[f"{number:02}-{file}"] = content
    folder, root = write(tmp_path / "input", files), tmp_path / "output"
    check = run("check", folder, "--json", "--jobs", jobs)
    build = run("build", folder, "--into", root, "--json", "--jobs", jobs)
    assert check.returncode == build.returncode == ExitCode.REJECTED
    told, report = json.loads(check.stdout), json.loads(build.stdout)
    assert report["rejected"] == told["rejected"]
    assert report["warnings"] == told["warnings"]
    assert totals(report)["rows"]["read"] == totals(told)["rows"]["read"] > 40
    assert totals(report)["pages"] == totals(told)["pages"]
    assert totals(report)["sites"] == totals(told)["sites"]
    assert report["rows"]["rejected"] + report["sites"]["rejected"] == sum(
        problem["count"]
        for problem in report["rejected"].values()
        if problem["unit"] in ("row", "binding site")
    )
    assert run("check", folder, "--strict", "--quiet").returncode == ExitCode.FAILED


TAR = "good.tar.gz"
WHOLE = {
    "mitab.tsv": mitab_row() + "\n",
    "sites.tsv": site_table(site_row()),
    "gff3": gff3("TFLinkSS00000001 101 104 +"),
    "fasta": fasta(TFLinkSS00000001="ACGT"),
    "targets_of_P17542.tsv": protein_rows(row()),
    "human.tsv": "NANOG\tSOX4\tRepression\t123\n",
    "sec_ac.txt": "Secondary AC     Primary AC\nO94907     Q9NEW1\n",
}
"""Good files of the other formats, by the ends of their names."""


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "cut.tsv.gz",
            gzip.compress(table(row()).encode(), mtime=0)[:-9],
            "the file is cut or damaged",
        ),
        ("cut.tar.gz", None, "the file is cut or damaged"),
        ("cut.md", b"\x1f\x8b", "the file is cut or damaged"),
        ("cut.tsv", lzma.compress(table(row()).encode())[:-9], "the file is cut or damaged"),
        *(
            (
                f"cut.{name}.gz",
                gzip.compress(text.encode(), mtime=0)[:-9],
                "the file is cut or damaged",
            )
            for name, text in WHOLE.items()
        ),
    ],
)
def test_a_cut_file_publishes_nothing(
    name: str, content: bytes | None, words: str, tmp_path: Path
) -> None:
    if content is None:
        content = archive(tmp_path / TAR, {"a.md": page(NEW).encode()}).read_bytes()[:-20]
    folder, root = write(tmp_path / "input", {**GOOD, name: content}), tmp_path / "output"
    result = run("build", folder, "--into", root)
    assert result.returncode == ExitCode.FAILED
    assert result.stderr.startswith(f"error: {folder / name}: {words}")
    assert result.stderr.endswith("(fetch or pack it again)\n")
    nothing(root)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("missing", ExitCode.USAGE, "there is no file or folder {path} (check the path)"),
        ("a" * 300, ExitCode.FAILED, "{path}: cannot be read: File name too long"),
        (
            "empty",
            ExitCode.FAILED,
            "{path}: the folder holds nothing to read (what is read ends in",
        ),
    ],
)
def test_a_path_without_input_publishes_nothing(
    name: str, code: ExitCode, words: str, tmp_path: Path
) -> None:
    folder, root = write(tmp_path / "input", GOOD), tmp_path / "output"
    write(tmp_path / "empty", {"notes.pdf": b"%PDF"})
    result = run("build", folder, tmp_path / name, "--into", root)
    assert result.returncode == code
    assert result.stderr.startswith("error: " + words.format(path=tmp_path / name))
    nothing(root)


def test_names_and_values_that_are_no_unicode(tmp_path: Path) -> None:
    """They are told with escapes, in text and in JSON, and the rest converts."""
    orthologs = '\'[{"species": "Mus \\ud800", "id": ["x"]}]\''
    folder = write(
        tmp_path / "input", {**GOOD, "b.md": page({**NEW, "orthologs": orthologs}).encode()}
    )
    (folder / os.fsdecode(b"a\xff.tsv")).write_text(table(BEFORE, "short", AFTER), "utf-8")
    root = tmp_path / "output"
    result = run("build", folder, "--into", root)
    assert result.returncode == ExitCode.REJECTED
    assert rf"{folder}/a\xff.tsv:3: 1 columns" in result.stderr
    assert r"'Mus \ud800: x'" in result.stderr
    result = run("build", folder, "--into", root, "--json")
    assert result.returncode == ExitCode.REJECTED, result.stderr
    report = json.loads(result.stdout)
    [place] = report["rejected"]["column-count"]["first"]
    assert place["source"] == rf"{folder}/a\xff.tsv"
    assert totals(report)["rows"] == {"read": 6, "written": 5, "merged": 0, "rejected": 1}
