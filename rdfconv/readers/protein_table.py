"""TFLink's tables of one protein: ``targets_of_X.tsv`` and ``tfs_of_X.tsv``.

The protein itself stands in the file's name alone; a row has the cells of the other end of the
edge. Missing gene ids are ``NA``, several are joined by a comma. Source: a real file of a release
before 1.0 and TFLink's FAQ. These files tell edges of their own release: give it by ``--source``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rdfconv.model import Interaction, Mention
from rdfconv.problems import Kind
from rdfconv.readers.cells import MISSING, Cells, OnProblem, RowError
from rdfconv.readers.interaction_table import COLUMNS
from rdfconv.readers.lines import RowReader

_SHARED = ("Detection.method", "PubmedID", "Organism", "Source.database", "Small-scale.evidence")
TARGETS_HEADER = ("UniprotID.Target", "NCBI.GeneID.Target", "Name.Target", *_SHARED)
"""The columns of ``targets_of_X.tsv``."""
FACTORS_HEADER = ("UniprotID.TF", "NCBI.GeneID.TF", "Name.TF", *_SHARED)
"""The columns of ``tfs_of_X.tsv``."""
HEADERS = (TARGETS_HEADER, FACTORS_HEADER)
NO_GENE = "NA"

_NAME = re.compile(r"(?:TFLink_)?(?:targets|tfs)_of_([A-Z0-9]+)\b")


def is_protein_table(head: bytes) -> bool:
    """Whether a file that begins so is a table of one protein's edges."""
    return head.startswith(tuple("\t".join(header[:2]).encode() for header in HEADERS))


class ProteinTableReader(RowReader[Interaction]):
    """Reads blocks of whole lines of the tables of one protein.

    Args:
        dataset: the reporting data set.
        on_problem: called for each problem.
    """

    columns: Sequence[str] = TARGETS_HEADER

    def __init__(self, dataset: str, on_problem: OnProblem) -> None:
        super().__init__(on_problem)
        self._cells = Cells(dataset, COLUMNS)
        self._own = ""
        self._mentions: dict[tuple[str, str], Mention] = {}

    def start(self, header: tuple[str, ...], source: str) -> None:
        """Takes the direction from the header and the protein from the file's name."""
        self.columns = header or TARGETS_HEADER
        found = _NAME.match(re.split("[/:]", source)[-1])
        self._own = found[1] if found else ""

    def row(self, cells: list[str]) -> Interaction:
        """The interaction of a row."""
        accession, genes, name, how, papers, organism, names, flag = cells
        if not self._own:
            raise RowError(Kind.NO_PROTEIN, "file name", accession)
        own = self._mentions.get((self._own, organism))
        if own is None:
            cells_of_own = (MISSING, MISSING, organism, MISSING, MISSING)
            own = self._cells.mention(self._own, cells_of_own)[0]
            self._mentions[self._own, organism] = own
        gene_ids = MISSING if genes == NO_GENE else genes.replace(",", ";")
        mention, doubts, _ = self._cells.mention(
            accession, (name, gene_ids, organism, MISSING, MISSING)
        )
        told, more, _ = self._cells.report(papers, (names, how, flag))
        self.doubt(*doubts, *more)
        pair = (own, mention) if self.columns != FACTORS_HEADER else (mention, own)
        return Interaction(*pair, told)
