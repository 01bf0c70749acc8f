"""Inputs made for tests: TFLink's formats, written from values."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import rdfconv
from rdfconv.formats import RDF_FORMATS
from rdfconv.pipeline import Conversion
from rdfconv.problems import Problem
from rdfconv.readers import binding_sites, mitab, protein_table
from rdfconv.readers.interaction_table import HEADER
from rdfconv.report import Report
from rdfconv.tasks import Options
from rdfconv.vocabulary import PREFIXES

TURTLE_PREFIXES = "".join(
    f"@prefix {name}: <{namespace}> .\n"
    for name, namespace in {**PREFIXES, "u": PREFIXES["uniprotkb"]}.items()
)
"""The start of a Turtle document that uses the well-known prefixes, and ``u:`` for proteins."""
ROW = {
    "UniprotID.TF": "Q9H9S0",
    "UniprotID.Target": "O94907",
    "NCBI.GeneID.TF": "79923",
    "NCBI.GeneID.Target": "22943",
    "Name.TF": "NANOG",
    "Name.Target": "DKK1",
    "Detection.method": "inferred by curator",
    "PubmedID": "29087512",
    "Organism": "Homo sapiens",
    "Source.database": "TRRUST",
    "Small-scale.evidence": "Yes",
}
SITE = {
    "TFLinkID": "TFLinkSS00000001",
    "UniprotID.TF": "P41225",
    "Name.TF": "SOX3",
    "Organism": "Homo sapiens",
    "Assembly": "hg38",
    "Chromosome": "chr1",
    "Start": "100",
    "End": "104",
    "Strand": "+",
    "Detection.method": "footprinting",
    "PubmedID": "26578589",
    "Source.database": "ORegAnno",
    "Small-scale.evidence": "Yes",
    "Number.of.TFBS.overlaps": "1",
    "TFBS.overlaps": "TFLinkSS00000002",
}
MITAB = {
    "uniqueID_A": "uniprot:Q9H9S0",
    "uniqueID_B": "uniprot:O94907",
    "alternativeID_A": "geneid:79923",
    "alternativeID_B": "geneid:22943",
    "alias_A": 'uniprot:"NANOG"("protein name")',
    "alias_B": 'uniprot:"DKK1"("protein name")',
    "detectionMethod": 'psi-mi:"MI:0364"("inferred by curator")',
    "pubmedID": "pubmed:29087512",
    "taxonomyID_A": 'taxid:9606("Homo sapiens")',
    "taxonomyID_B": 'taxid:9606("Homo sapiens")',
    "interactionType": 'psi-mi:"MI:2232"("molecular association")',
    "sourceDatabase": 'pubmed:29087512("TRRUST")',
    "biolRole_A": 'psi-mi:"MI:2274"("regulator")',
    "biolRole_B": 'psi-mi:"MI:2275"("regulator target")',
    "annotation_A": 'function:"unknown"',
    "annotation_int": 'comment:"Small-scale.evidence:Yes"',
}
"""The row of MITAB that says what `ROW` says."""
PAGE = {
    "type": "protein",
    "layout": "protein",
    "title": "Q06945",
    "protein_name": "SOX4",
    "uniprot_accession": "Q06945",
    "ncbi_gene_id": "'6659'",
    "organism": "Homo sapiens",
    "function": "target gene",
    "number_of_interactions": "'1'",
    "orthologs": "''",
    "jaspar_matrices": "''",
    "tfs": "ERG,P11308,2078,TRRUST,inferred by curator,29087512%5Buid%5D,Yes",
    "targets": "''",
    "tfs_download": "TFLink_tfs_of_Q06945.tsv",
    "targets_download": "''",
    "bindingSites_download": "''",
    "binding_sites_ls": "''",
}


def row(**changes: str) -> str:
    """A row of the interaction table; a column is named with ``_`` for its dot and hyphen."""
    named = {name.replace(".", "_").replace("-", "_"): name for name in HEADER}
    values = ROW | {named[name]: value for name, value in changes.items()}
    return "\t".join(values.get(name, "-") for name in HEADER)


def table(*rows: str) -> str:
    """An interaction table with its header."""
    return "".join(line + "\n" for line in ("\t".join(HEADER), *rows))


def site_row(**changes: str) -> str:
    """A row of the table of binding sites, its columns named as in `row`; the genome browser's
    address is that of the coordinates."""
    named = {name.replace(".", "_").replace("-", "_"): name for name in binding_sites.HEADER}
    values = SITE | {named[name]: value for name, value in changes.items()}
    assembly, place, start, end = (
        values[name] for name in ("Assembly", "Chromosome", "Start", "End")
    )
    if place != "-":
        values = {"Genome.browser": f"{assembly}&position={place}:{start}-{end}"} | values
    return "\t".join(values.get(name, "-") for name in binding_sites.HEADER)


def site_table(*rows: str) -> str:
    """A table of binding sites with its header."""
    return "".join(line + "\n" for line in ("\t".join(binding_sites.HEADER), *rows))


def mitab_row(**changes: str) -> str:
    """A row of MITAB."""
    values = MITAB | changes
    return "\t".join(values.get(name, "-") for name in mitab.HEADER)


def gff3(*rows: str) -> str:
    """A GFF3 file; each row is given as TFLink's id, coordinates and strand, parted by blanks."""
    lines = ["##gff-version 3", "##sequence-region chr1 1 248956422"]
    for one in rows:
        site, start, end, strand = one.split()
        attributes = f"ID={site};Name=SOX3;Note=P41225"
        lines.append(
            "\t".join(
                ("chr1", "TFLink_from_ORegAnno", "TF_binding_site", start, end, ".", strand, ".",
                 attributes)
            )
        )  # fmt: skip
    return "".join(line + "\n" for line in lines)


def fasta(**sequences: str) -> str:
    """A FASTA file of sites at the place of `SITE`, sequences by TFLink's ids."""
    return "".join(
        f">{site};P41225;SOX3;hg38;chr1:100-104\n{sequence}\n"
        for site, sequence in sequences.items()
    )


def protein_rows(*rows: str) -> str:
    """A table of the targets of one protein, from rows of the interaction table."""
    lines = ["\t".join(protein_table.TARGETS_HEADER)]
    for one in rows:
        cells = dict(zip(HEADER, one.split("\t"), strict=True))
        lines.append("\t".join(cells[name] for name in protein_table.TARGETS_HEADER))
    return "".join(line + "\n" for line in lines)


def page(changes: Mapping[str, str | None] | None = None, body: str = "") -> str:
    """A protein page; a key whose value is None is left out, values are YAML."""
    values = {key: value for key, value in {**PAGE, **(changes or {})}.items() if value is not None}
    lines = "".join(f"{key}: {value}\n" for key, value in values.items())
    return f"---\n{lines}\n---\n{body}"


def packed(members: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    """A tar archive of files."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode) as tar:  # type: ignore[call-overload]
        for name, member in members.items():
            told = tarfile.TarInfo(name)
            told.size = len(member)
            tar.addfile(told, io.BytesIO(member))
    return content.getvalue()


def archive(path: Path, members: Mapping[str, bytes], mode: str = "w:gz") -> Path:
    """The file of a tar archive of files."""
    path.write_bytes(packed(members, mode))
    return path


class Problems(list[Problem]):
    """Problems as they were reported; called with each one."""

    def __call__(self, problem: Problem) -> None:
        self.append(problem)

    @property
    def kinds(self) -> list[str]:
        """The names of their kinds."""
        return [problem.kind.value for problem in self]


Kept = TypeVar("Kept")


def read_as(
    kind: type[Kept], path: Path, content: str | bytes | None = None
) -> tuple[list[Kept], Problems]:
    """The records of a file, all of one class, and what was told.

    Args:
        kind: the class.
        path: the file.
        content: what is written to it first; None leaves it as it is.
    """
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    problems = Problems()
    records: list[Kept] = []
    for record in rdfconv.read(path, on_problem=problems):
        assert isinstance(record, kind)
        records.append(record)
    return records, problems


def written(paths: Sequence[Path], *, jobs: int = 1, pages: bool = False) -> tuple[str, Report]:
    """What a conversion to lines of triples writes, and its report, which adds up."""
    options = Options(RDF_FORMATS["nq" if pages else "nt"], jobs=jobs, pages=pages)
    conversion = Conversion(list(paths), options)
    text = b"".join(bytes(piece) for piece in conversion.document()).decode()
    report = conversion.report
    assert report.rows.adds_up
    assert report.pages.adds_up
    assert report.sites.adds_up
    return text, report


def site_lines(text: str) -> list[str]:
    """The lines of N-Triples that are about binding sites."""
    start = f"<{PREFIXES['tfls']}"
    return [line for line in text.splitlines() if line.startswith(start)]


def on_terminal(*arguments: str) -> tuple[bytes, int]:
    """What the command line shows on a terminal in place of standard error, and its exit code."""
    main_end, other_end = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "rdfconv", *arguments], stderr=other_end)
    os.close(other_end)
    shown = b""
    while True:
        try:
            part = os.read(main_end, 4096)
        except OSError:
            break
        shown += part
    os.close(main_end)
    return shown, process.wait(60)
