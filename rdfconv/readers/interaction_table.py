"""TFLink's published interaction table (simpleFormat): 15 tab-separated columns, no quoting.

Source: TFLink's FAQ and files of release 1.0. Lists are joined by ``;``, a missing value is
``-``, the small-scale flag is ``Yes`` or ``No``.
"""

from __future__ import annotations

from rdfconv.identifiers import NOT_XML, not_xml
from rdfconv.model import Interaction
from rdfconv.problems import Doubt, Kind, Problem
from rdfconv.readers.cells import Cells, Columns, OnProblem, RowError

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
        self._cells = Cells(dataset, COLUMNS, _references, ";".join)
        self._on_problem = on_problem
        self.rows_read = 0

    def read(self, block: bytes, source: str, first_line: int) -> list[Interaction]:
        """The interactions of a block of whole lines, without the header line.

        Args:
            block: UTF-8 lines ended by LF or CRLF; the last line's end may be missing.
            source: the file's name, for messages.
            first_line: the 1-based number of the block's first line.
        """
        lines, checked = _lines(block)
        self.rows_read += len(lines)
        mentions, evidence = self._cells.mentions, self._cells.evidence
        new_mention, new_report = self._cells.mention, self._cells.report
        rows: list[Interaction] = []
        add, new = rows.append, tuple.__new__  # half the time of Interaction(...)
        for number, line in enumerate(lines, first_line):
            cells = line.split("\t")
            try:
                if not checked:
                    _check(line)
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


def _lines(block: bytes) -> tuple[list[str], bool]:
    """The lines of a block, and whether all of them are known to be clean."""
    try:
        text, checked = block.decode(), True
    except UnicodeDecodeError:
        text, checked = block.decode(errors="surrogateescape"), False
    if checked and not_xml(block):
        checked = False
    lines = text.removesuffix("\n").split("\n") if text else []
    if "\r" in text:
        lines = [line.removesuffix("\r") for line in lines]
    return lines, checked


def _check(line: str) -> None:
    """Raises RowError for a line with bytes that are no UTF-8 or characters no XML carries."""
    found = NOT_XML.search(line)
    if found is None:
        return
    kind = Kind.FORBIDDEN_CHARACTER
    if "\udc80" <= found.group() <= "\udcff":
        kind = Kind.ROW_NOT_UTF8
    start = found.start()
    column = HEADER[min(line.count("\t", 0, start), len(HEADER) - 1)]
    raise RowError(kind, column, line[line.rfind("\t", 0, start) + 1 :].partition("\t")[0])


def _references(cell: str) -> list[str]:
    return [item for item in cell.split(";") if item]
