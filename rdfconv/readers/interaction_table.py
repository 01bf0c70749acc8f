"""TFLink's published interaction table (simpleFormat): 15 tab-separated columns, no quoting.

Source: TFLink's FAQ and files of release 1.0. Lists are joined by ``;``, a missing value is
``-``, the small-scale flag is ``Yes`` or ``No``.
"""

from __future__ import annotations

from rdfconv.model import Interaction
from rdfconv.problems import Doubt, Kind, Problem
from rdfconv.readers.cells import Cells, Columns, OnProblem, RowError
from rdfconv.readers.lines import check, lines_of

HEADER = (
    "UniprotID.TF", "UniprotID.Target", "NCBI.GeneID.TF", "NCBI.GeneID.Target",
    "Name.TF", "Name.Target", "Detection.method", "PubmedID", "Organism", "Source.database",
    "Small-scale.evidence", "TF.TFLink.ortho", "TF.nonTFLink.ortho",
    "Target.TFLink.ortho", "Target.nonTFLink.ortho",
)  # fmt: skip
"""The table's columns."""

COLUMNS = Columns(
    accession="UniprotID",
    gene_ids="NCBI.GeneID",
    methods="Detection.method",
    references="PubmedID",
    databases="Source.database",
    flag="Small-scale.evidence",
    organism="Organism",
    orthologs="ortho",
)


def is_table(head: bytes) -> bool:
    """Whether a file that begins so is an interaction table."""
    first = head.split(b"\n", 1)[0].rstrip(b"\r")
    return first.startswith("\t".join(HEADER[:2]).encode())


class TableReader:
    """Reads blocks of whole lines of interaction tables.

    Args:
        dataset: the reporting data set.
        on_problem: called for each problem.
    """

    def __init__(self, dataset: str, on_problem: OnProblem) -> None:
        self._cells = Cells(dataset, COLUMNS)
        self._on_problem = on_problem
        self.rows_read = 0

    def read(
        self, block: bytes, source: str, first_line: int, header: tuple[str, ...] = ()
    ) -> list[Interaction]:
        """The interactions of a block of whole lines, without the header line.

        Args:
            block: UTF-8 lines ended by LF or CRLF; the last line's end may be missing.
            source: the file's name, for messages.
            first_line: the 1-based number of the block's first line.
            header: the file's header; `HEADER` if it has one.
        """
        lines, checked = lines_of(block)
        self.rows_read += len(lines)
        mentions, evidence = self._cells.mentions, self._cells.evidence
        new_mention, new_report = self._cells.mention, self._cells.report
        rows: list[Interaction] = []
        add, new = rows.append, tuple.__new__  # half the time of Interaction(...)
        for number, line in enumerate(lines, first_line):
            cells = line.split("\t")
            try:
                if not checked:
                    check(line, HEADER)
                (tf, target, tf_genes, target_genes, tf_name, target_name, how, papers, organism,
                 names, flag, tf_in, tf_out, target_in, target_out) = cells  # fmt: skip
                factor_cells = (tf_name, tf_genes, organism, tf_in, tf_out)
                factor = mentions.get(tf)
                if factor is None or factor[2] != factor_cells:
                    factor = new_mention(tf, factor_cells)
                target_cells = (target_name, target_genes, organism, target_in, target_out)
                regulated = mentions.get(target)
                if regulated is None or regulated[2] != target_cells:
                    regulated = new_mention(target, target_cells)
                told_cells = (names, how, flag)
                told = evidence.get(papers)
                if told is None or told[2] != told_cells:
                    told = new_report(papers, told_cells)
            except ValueError:
                found = f"{len(cells)} columns"
                self._report(source, number, Doubt(Kind.COLUMN_COUNT, found, line))
                continue
            except RowError as error:
                self._report(source, number, error.doubt)
                continue
            if factor[1] or regulated[1] or told[1]:
                for doubt in (*factor[1], *regulated[1], *told[1]):
                    self._report(source, number, doubt)
            add(new(Interaction, (factor[0], regulated[0], told[0])))
        return rows

    def _report(self, source: str, line: int, doubt: Doubt) -> None:
        self._on_problem(Problem(doubt.kind, source, line, doubt.column, doubt.value))
