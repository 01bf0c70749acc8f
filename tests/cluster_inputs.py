"""Inputs of every kind that a conversion on a cluster cuts, groups, reads early or late."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.inputs import archive, fasta, gff3, mitab_row, page, row, site_row, site_table, table

ROWS = 400
"""How many rows a table has: enough for many parts of some kilobytes."""


def every_kind(folder: Path) -> Path:
    """A folder with pages, tables, sites, sequences, MITAB, TRRUST and a list of accessions.

    Pages come twice, sites are told by several files and contradicted, rows are rejected far down
    in their files, and one protein is spelled in several ways.
    """
    folder.mkdir()
    rows = [
        row(
            UniprotID_Target=f"Q{place % 10}NYZ{place // 10 % 10}",
            PubmedID=str(1000 + place % 37),
            Name_Target="DKK" if place % 50 else "Dkk",
        )
        for place in range(ROWS)
    ]
    rows[ROWS // 2] = row(UniprotID_TF="none")
    rows[ROWS - 3] = "too\tshort"
    (folder / "edges.tsv").write_text(table(*rows))
    with gzip.GzipFile(folder / "more.tsv.gz", "wb", mtime=0) as packed:
        packed.write(table(*rows[:30]).encode())
    sites = [
        site_row(TFLinkID=f"TFLinkSS{place:08}", PubmedID=str(2000 + place % 5))
        for place in range(1, 120)
    ]
    (folder / "sites.tsv").write_text(site_table(*sites))
    again = [sites[3], site_row(TFLinkID="TFLinkSS00000005", Start="7"), *sites[60:64]]
    (folder / "sites2.tsv").write_text(site_table(*again))
    told = {f"TFLinkSS{place:08}": "ACGTA" for place in range(1, 130)}
    (folder / "sequences.fasta").write_text(fasta(**told))
    (folder / "zz.fasta").write_text(fasta(TFLinkSS00000002="ACGTA", TFLinkSS00000003="TTTTT"))
    lines = [f"TFLinkSS{place:08} {101 - place % 2} 104 +" for place in range(90, 140)]
    (folder / "TFLink_Homo_sapiens_sites.gff3").write_text(gff3(*lines))
    mitab = [
        mitab_row(
            uniqueID_B=f"uniprot:Q{place % 10}NYZ{place // 10}", annotation_A='function:"activator"'
        )
        for place in range(20)
    ]
    (folder / "modes.txt").write_text("".join(f"{one}\n" for one in mitab))
    (folder / "trrust_rawdata.human.tsv").write_text("NANOG\tSOX3\tActivation\t29087512\n")
    _pages(folder)
    return folder


def _pages(folder: Path) -> None:
    whole = page()
    other = page({"protein_name": "Sox four"})
    tp53 = page({"title": "P04637", "uniprot_accession": "P04637", "protein_name": "TP53"})
    contents = {
        "a.md": whole,
        "b.md": tp53,
        "c.md": whole.replace("\n", "\r\n"),
        "d.md": other,
        "e.md": page({"title": "P11308", "uniprot_accession": "P11308", "protein_name": "ERG3"}),
        "f.md": "no page",
    }
    (folder / "pages").mkdir()
    for name, content in contents.items():
        (folder / "pages" / name).write_text(content)
    archive(folder / "pages.tar.gz", {"again.md": tp53.encode(), "other.md": other.encode()})
