"""Readers: one per format; from a path to records.

>>> from rdfconv.readers import read
>>> [page] = read("tests/data/sample/pages/q13069.md")
>>> page.protein.name, len(page.transcription_factors)
('GAGE5', 1)
"""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from rdfconv.model import Interaction, ProteinPage
from rdfconv.problems import Problem
from rdfconv.readers.blocks import PageBlock, TableBlock, read_blocks
from rdfconv.readers.cells import OnProblem
from rdfconv.readers.interaction_table import TableReader
from rdfconv.readers.protein_page import PageReader, stated_accession
from rdfconv.readers.sources import KINDS, Inputs

__all__ = [
    "KINDS",
    "Inputs",
    "PageBlock",
    "PageReader",
    "TableBlock",
    "TableReader",
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
) -> Iterator[ProteinPage | Interaction]:
    """The records of a file, folder or archive: pages and the interactions of tables.

    Args:
        path: what to read.
        kind: ``page`` or ``table``; None detects it from the content.
        source: the data set that reports the evidence.
        on_problem: called for each rejected row or page and each warning. If it is None, the
            first rejection raises and warnings are dropped.

    Raises:
        UsageError: the path does not exist.
        InputError: a rejected row or page (without `on_problem`), or a broken archive.
    """
    report = _raise if on_problem is None else on_problem
    pages, tables = PageReader(source, report), TableReader(source, report)
    for block in read_blocks(Inputs([Path(path)], kind, report)):
        if isinstance(block, TableBlock):
            yield from tables.read(block.lines, block.source, block.first_line)
        else:
            for name, content in block.pages:
                page = pages.read(content, name)
                if page is not None:
                    yield page


def _raise(problem: Problem) -> None:
    if problem.kind.rejects:
        raise problem.error()
