"""Inputs made for tests: TFLink's formats, written from values."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from rdfconv.problems import Problem
from rdfconv.readers.interaction_table import HEADER
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


def page(changes: Mapping[str, str | None] | None = None, body: str = "") -> str:
    """A protein page; a key whose value is None is left out, values are YAML."""
    values = {key: value for key, value in {**PAGE, **(changes or {})}.items() if value is not None}
    lines = "".join(f"{key}: {value}\n" for key, value in values.items())
    return f"---\n{lines}\n---\n{body}"


def archive(path: Path, members: Mapping[str, bytes], mode: str = "w:gz") -> Path:
    """A tar archive of files."""
    with tarfile.open(path, mode) as packed:  # type: ignore[call-overload]
        for name, content in members.items():
            told = tarfile.TarInfo(name)
            told.size = len(content)
            packed.addfile(told, io.BytesIO(content))
    return path


class Problems(list[Problem]):
    """Problems as they were reported; called with each one."""

    def __call__(self, problem: Problem) -> None:
        self.append(problem)

    @property
    def kinds(self) -> list[str]:
        """The names of their kinds."""
        return [problem.kind.value for problem in self]
