"""Readers: one per format; from a path to records.

>>> from rdfconv.readers import read
>>> [page] = read("tests/data/sample/pages/q13069.md")
>>> page.protein.name, len(page.transcription_factors)
('GAGE5', 1)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from os import PathLike
from pathlib import Path

from rdfconv.problems import Problem
from rdfconv.readers.blocks import Block, LineBlock, PageBlock, phase_of, read_blocks
from rdfconv.readers.cells import OnProblem
from rdfconv.readers.kinds import KINDS, BlockReader, Context, Phase, Record
from rdfconv.readers.protein_page import PageReader, stated_accession
from rdfconv.readers.sources import Inputs
from rdfconv.symbols import Symbols

__all__ = [
    "KINDS",
    "Block",
    "Inputs",
    "LineBlock",
    "LineReaders",
    "PageBlock",
    "PageReader",
    "Phase",
    "phase_of",
    "read",
    "read_blocks",
    "stated_accession",
]

DATASET = "tflink-1.0"
"""The data set that reports, if nothing else is said."""


def read(
    path: str | PathLike[str],
    *,
    kind: str | None = None,
    source: str = DATASET,
    on_problem: OnProblem | None = None,
    symbols: Symbols | None = None,
) -> Iterator[Record]:
    """The records of a file, folder or archive: pages, interactions, binding sites ...

    Args:
        path: what to read.
        kind: a name of `KINDS`; None detects it from the content.
        source: the data set that reports the evidence, of formats that have none of their own.
        on_problem: called for each rejected row or page and each warning. If it is None, the
            first rejection raises and warnings are dropped.
        symbols: the proteins by their symbols, for formats that name genes by symbols.

    Raises:
        UsageError: the path does not exist.
        InputError: a rejected row or page (without `on_problem`), or a broken archive.
    """
    report = _raise if on_problem is None else on_problem
    pages = PageReader(source, report)
    lines = LineReaders(Context(source, report, symbols or Symbols()))
    for block in read_blocks(Inputs([Path(path)], kind, report)):
        if isinstance(block, LineBlock):
            yield from lines.read(block)
        else:
            for name, content in block.pages:
                page = pages.read(content, name)
                if page is not None:
                    yield page


class LineReaders:
    """The readers of all formats but pages, each made when it is first needed.

    Args:
        context: what they are made with.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._readers: dict[str, BlockReader] = {}

    def of(self, kind: str) -> BlockReader:
        """The reader of a kind of files."""
        found = self._readers.get(kind)
        if found is None:
            row = KINDS[kind]
            assert row.reader is not None
            context = replace(self._context, dataset=row.dataset or self._context.dataset)
            found = self._readers[kind] = row.reader(context)
        return found

    def read(self, block: LineBlock) -> list[Record]:
        """The records of a block."""
        reader = self.of(block.kind)
        return list(reader.read(block.lines, block.source, block.first_line, block.header))


def _raise(problem: Problem) -> None:
    if problem.kind.rejects:
        raise problem.error()
