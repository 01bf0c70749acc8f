"""What readers of lines share: lines cut from a block, checked, turned into records one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from rdfconv.identifiers import NOT_XML, not_xml
from rdfconv.problems import Doubt, Kind, Problem
from rdfconv.readers.cells import OnProblem, RowError

Record = TypeVar("Record")


def lines_of(block: bytes) -> tuple[list[str], bool]:
    """The lines of a block, and whether all of them are known to be clean (see `check`).

    >>> lines_of(b"a\\r\\nb")
    (['a', 'b'], True)
    """
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


def check(line: str, columns: Sequence[str]) -> None:
    """Raises RowError for a line with bytes that are no UTF-8 or characters no XML carries."""
    found = NOT_XML.search(line)
    if found is None:
        return
    kind = Kind.FORBIDDEN_CHARACTER
    if "\udc80" <= found.group() <= "\udcff":
        kind = Kind.ROW_NOT_UTF8
    start = found.start()
    column = columns[min(line.count("\t", 0, start), len(columns) - 1)]
    raise RowError(kind, column, line[line.rfind("\t", 0, start) + 1 :].partition("\t")[0])


class RowReader(ABC, Generic[Record]):
    """Reads lines of tab-separated cells, one record a line, each by `row`.

    Args:
        on_problem: called for each problem.

    Attributes:
        columns: the columns' names; a row has as many cells. A header of the file that is
            different takes their place.
        rows_read: how many rows were read.
    """

    columns: Sequence[str]

    def __init__(self, on_problem: OnProblem) -> None:
        self._on_problem = on_problem
        self._doubts: list[Doubt] = []
        self.rows_read = 0

    @abstractmethod
    def row(self, cells: list[str]) -> Record:
        """The record of a row that has one cell for each column. Doubts go to `doubt`.

        Raises:
            RowError: the row must be rejected.
        """

    def start(self, header: tuple[str, ...], source: str) -> None:
        """Told before each block: the header of its file, () if it has none, and its name."""

    def holds_row(self, line: str) -> bool:
        """Whether a line holds a row at all."""
        return True

    def doubt(self, *doubts: Doubt) -> None:
        """Notes what is doubtful in the row that is being read."""
        self._doubts += doubts

    def take_doubts(self) -> list[Doubt]:
        """What was noted since the last time."""
        doubts, self._doubts = self._doubts, []
        return doubts

    def read(
        self, block: bytes, source: str, first_line: int, header: tuple[str, ...] = ()
    ) -> list[Record]:
        """The records of a block of whole lines, without the file's header.

        Args:
            block: lines ended by LF or CRLF; the last line's end may be missing.
            source: the file's name, for messages.
            first_line: the 1-based number of the block's first line.
            header: the file's header; () if it has none.
        """
        lines, checked = lines_of(block)
        self.start(header, source)
        width = len(self.columns)
        records: list[Record] = []
        for number, line in enumerate(lines, first_line):
            if not self.holds_row(line):
                continue
            self.rows_read += 1
            cells = line.split("\t")
            try:
                if not checked:
                    check(line, self.columns)
                if len(cells) != width:
                    raise RowError(Kind.COLUMN_COUNT, f"{len(cells)} columns", line)
                records.append(self.row(cells))
            except RowError as error:
                self._doubts = [error.doubt]
            if self._doubts:
                for doubt in self.take_doubts():
                    problem = Problem(doubt.kind, source, number, doubt.column, doubt.value)
                    self._on_problem(problem)
        return records
