"""What a release offers for download: kinds of tables, and the names of their parts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rdfconv.downloading import slices
from rdfconv.downloads import FOLDER
from rdfconv.exports.sheets import Ids

NONE = "-"
"""What stands for the organism of edges without one."""
FALDO_WORDS, BED_WORDS = "binding-sites_faldo", "binding-sites"
"""What comes last in the names of files of binding sites, before the suffix."""


@dataclass(frozen=True, slots=True)
class Release:
    """The release that files are made of.

    Attributes:
        folder: its folder.
        store: its store, which nobody writes to.
        dataset: the reporting data set.
        recorded: what the build wrote; None if files of RDF were added.
        made: when the build began.
    """

    folder: Path
    store: Path
    dataset: str
    recorded: slices.Recorded | None
    made: datetime

    @property
    def parts(self) -> Path:
        """Where parts of files lie while they are made."""
        return self.folder / FOLDER / ".parts"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table that is written for each organism.

    Attributes:
        format: the name of its export format.
        ids: what stands for proteins; None where there is no choice.
        small: whether only small-scale evidence counts.
    """

    format: str
    ids: Ids | None = None
    small: bool = False

    @property
    def is_compressed(self) -> bool:
        """Whether files are compressed. Readers of GMT take no other than plain ones."""
        return self.format != "gmt"

    @property
    def words(self) -> str:
        """What comes last in a file's name, before its suffix."""
        parts = (
            {"tsv": "edges", "gmt": "targets", "network": "network"}[self.format],
            self.ids or "",
            "small-scale" if self.small else "",
        )
        return "_".join(filter(None, parts))

    @property
    def suffix(self) -> str:
        """The end of a file's name."""
        return ".gmt" if self.format == "gmt" else ".tsv.gz"

    @property
    def counted(self) -> str:
        """What its lines are."""
        return {"tsv": "edges", "gmt": "gene sets", "network": "pairs"}[self.format]


EDGES = Kind("tsv")
KINDS = (
    EDGES,
    *(Kind("gmt", ids) for ids in Ids),
    *(Kind("gmt", ids, small=True) for ids in Ids),
    *(Kind("network", ids) for ids in Ids),
)
"""What is written for each organism."""


def part_name(dataset: str, organism: str, what: str) -> str:
    """The name of a part's file. An organism's own name may be too long for one.

    >>> part_name("tflink-1.0", "", "nt")
    'tflink-1.0.common.nt'
    """
    return f"{dataset}.{digest(organism) if organism else 'common'}.{what}"


def digest(iri: str) -> str:
    """What stands for an IRI in the names of files."""
    return hashlib.sha256(iri.encode()).hexdigest()[:12]


_IDS = {
    Ids.SYMBOL: "gene symbols",
    Ids.ENTREZ: "NCBI gene ids",
    Ids.UNIPROT: "UniProtKB accessions",
}


def title(kind: Kind, organism: str) -> str:
    """What a table holds, in words."""
    if kind.ids is None:
        return f"Edges with their evidence: {organism}"
    what = "Targets of each transcription factor" if kind.format == "gmt" else "Network"
    small = ", small-scale evidence only" if kind.small else ""
    return f"{what}: {organism}, by {_IDS[kind.ids]}{small}"
