"""The table of what can be read: one row for each format.

To add a format write its reader and one row here; docs/adding-a-source.md goes through it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Protocol

from rdfconv.model import AccessionStatus, BindingSite, Interaction, ProteinPage
from rdfconv.readers import (
    accession_lists,
    binding_sites,
    fasta,
    gff3,
    interaction_table,
    mitab,
    protein_page,
    protein_table,
    trrust,
)
from rdfconv.readers.cells import OnProblem
from rdfconv.symbols import Symbols

Header = tuple[str, ...]
Record = ProteinPage | Interaction | BindingSite | AccessionStatus
"""What the formats hold."""


class Phase(IntEnum):
    """When a format is read: what it says may decide how a later one is read."""

    MODES = 0
    """Modes of regulation: such a row takes the place of other rows of its edge."""
    ROWS = 1
    """Nearly everything."""
    ADDITIONS = 2
    """What adds to binding sites that were read."""
    FEATURES = 3
    """What may count their places in another way than all before."""
    SYMBOLS = 4
    """What names genes by symbols, which stand for proteins named before."""
    STATUSES = 5
    """What tells something of the accessions that were named."""


ADDING = (Phase.ADDITIONS, Phase.FEATURES)
"""The phases of files that add to sites, or tell them once more."""


class Cut(Enum):
    """How a file is cut into blocks."""

    LINES = "lines"
    RECORDS = "records that begin with >"
    WHOLE = "not at all"


@dataclass(frozen=True, slots=True)
class Context:
    """What readers are made with.

    Attributes:
        dataset: the reporting data set.
        on_problem: called for each problem.
        symbols: the proteins by their symbols, for formats of `Phase.SYMBOLS`.
    """

    dataset: str
    on_problem: OnProblem
    symbols: Symbols = field(default_factory=Symbols)


class BlockReader(Protocol):
    """Reads blocks of one format; it remembers the cells it has seen."""

    rows_read: int

    def read(
        self, block: bytes, source: str, first_line: int, header: Header = ()
    ) -> list[Interaction] | list[BindingSite] | list[AccessionStatus]:
        """The records of a block.

        Args:
            block: the block's bytes, without the file's header.
            source: the file's name, for messages.
            first_line: the 1-based number of the block's first line.
            header: the file's header; () if it has none.
        """


@dataclass(frozen=True, slots=True)
class InputKind:
    """A format.

    Attributes:
        title: what it is called in messages.
        recognises: whether a file that begins with some bytes is of this format.
        record: the records it holds.
        reader: makes its reader; None for pages, each of which is a file.
        headers: the headers it may have; the first one is that of a file without.
        needs_header: whether a file without one of them is refused, if its kind is not forced.
        phase: when it is read.
        cut: how it is cut into blocks.
        dataset: the data set that reports; "" for the one that ``--source`` names.
        one_based: whether its coordinates count from 1, by its specification, where TFLink's table
            of the same sites may count from 0.
    """

    title: str
    recognises: Callable[[bytes], bool]
    record: type[Record]
    reader: Callable[[Context], BlockReader] | None
    headers: tuple[Header, ...] = ()
    needs_header: bool = False
    phase: Phase = Phase.ROWS
    cut: Cut = Cut.LINES
    dataset: str = ""
    one_based: bool = False


KINDS: Mapping[str, InputKind] = {
    "page": InputKind("protein page", protein_page.is_page, ProteinPage, None),
    "table": InputKind(
        "interaction table",
        interaction_table.is_table,
        Interaction,
        lambda given: interaction_table.TableReader(given.dataset, given.on_problem),
        headers=(interaction_table.HEADER,),
        needs_header=True,
    ),
    "mitab": InputKind(
        "MITAB file",
        mitab.is_mitab,
        Interaction,
        lambda given: mitab.MitabReader(given.dataset, given.on_problem),
        phase=Phase.MODES,
    ),
    "protein-table": InputKind(
        "table of one protein's edges",
        protein_table.is_protein_table,
        Interaction,
        lambda given: protein_table.ProteinTableReader(given.dataset, given.on_problem),
        headers=protein_table.HEADERS,
        needs_header=True,
    ),
    "sites": InputKind(
        "table of binding sites",
        binding_sites.is_site_table,
        BindingSite,
        lambda given: binding_sites.BindingSiteReader(given.dataset, given.on_problem),
        headers=binding_sites.HEADERS,
        needs_header=True,
    ),
    "gff3": InputKind(
        "GFF3 file of binding sites",
        gff3.is_gff3,
        BindingSite,
        lambda given: gff3.Gff3Reader(given.dataset, given.on_problem),
        phase=Phase.FEATURES,
        one_based=True,
    ),
    "fasta": InputKind(
        "FASTA file of binding sites",
        fasta.is_fasta,
        BindingSite,
        lambda given: fasta.FastaReader(given.on_problem),
        phase=Phase.ADDITIONS,
        cut=Cut.RECORDS,
    ),
    "trrust": InputKind(
        "TRRUST table",
        trrust.is_trrust,
        Interaction,
        lambda given: trrust.TrrustReader(given.dataset, given.symbols, given.on_problem),
        headers=(trrust.HEADER,),
        phase=Phase.SYMBOLS,
        cut=Cut.WHOLE,
        dataset=trrust.DATASET,
    ),
    "merged-accessions": InputKind(
        "UniProt's list of secondary accessions",
        accession_lists.is_secondary_list,
        AccessionStatus,
        lambda given: accession_lists.AccessionListReader(2, given.on_problem),
        phase=Phase.STATUSES,
        cut=Cut.WHOLE,
    ),
    "deleted-accessions": InputKind(
        "UniProt's list of deleted accessions",
        accession_lists.is_deleted_list,
        AccessionStatus,
        lambda given: accession_lists.AccessionListReader(1, given.on_problem),
        phase=Phase.STATUSES,
        cut=Cut.WHOLE,
    ),
}
"""The formats by their names (``--kind``); the first one that recognises a file is the file's."""


def kind_of(head: bytes) -> str | None:
    """The kind of a file that begins with some bytes; None if it is of no known one.

    >>> kind_of(b"##gff-version 3\\n")
    'gff3'
    """
    return next((name for name, kind in KINDS.items() if kind.recognises(head)), None)
