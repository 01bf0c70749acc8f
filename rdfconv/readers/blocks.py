"""Inputs cut into blocks of about the same size, the unit of parallel work.

Where a block ends depends on the input alone, so whatever the number of processes, the same
blocks give the same output.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rdfconv.problems import Kind, Problem
from rdfconv.readers.interaction_table import HEADER, is_table
from rdfconv.readers.sources import Inputs, Source, translated

BLOCK_BYTES = 1 << 19
"""How many bytes a block has at least, if the input has so many left: small enough for what is
made of it to stay in the processor's cache."""
MAX_LINE = 1 << 26
"""A line longer than this many bytes is no row of a table."""


@dataclass(frozen=True, slots=True)
class TableBlock:
    """Whole lines of one table, without its header.

    Attributes:
        source: the table's name.
        first_line: the 1-based number of the first line.
        lines: the bytes of the lines.
    """

    source: str
    first_line: int
    lines: bytes


@dataclass(frozen=True, slots=True)
class PageBlock:
    """Some pages: their names and contents."""

    pages: tuple[tuple[str, bytes], ...]


Block = TableBlock | PageBlock


def read_blocks(inputs: Inputs) -> Iterator[Block]:
    """The blocks of all inputs, in order.

    Raises:
        InputError: an archive or compressed file is cut or broken.
    """
    pages: list[tuple[str, bytes]] = []
    size = 0
    for source in inputs.sources():
        if source.kind == "table":
            with translated(source.name):
                yield from _table_blocks(source, inputs)
            continue
        with translated(source.name):
            content = source.stream.read()
        pages.append((source.name, content))
        size += len(content)
        if size >= BLOCK_BYTES:
            yield PageBlock(tuple(pages))
            pages, size = [], 0
    if pages:
        yield PageBlock(tuple(pages))


def _table_blocks(source: Source, inputs: Inputs) -> Iterator[TableBlock]:
    header = source.stream.readline(MAX_LINE)
    line, rest = 2, b""
    if not is_table(header):
        line, rest = 1, header  # the kind was forced: a table without its header
    elif header.rstrip(b"\r\n").decode(errors="replace") != "\t".join(HEADER):
        inputs.on_problem(
            Problem(
                Kind.UNKNOWN_KIND,
                source.name,
                1,
                "",
                header.decode(errors="replace").strip(),
                detail=f"its header must be {' '.join(HEADER)}",
            )
        )
        return
    while chunk := source.stream.read(BLOCK_BYTES):
        end = chunk.rfind(b"\n") + 1
        if not end and len(rest) < MAX_LINE:
            rest += chunk
            continue
        lines = rest + chunk[:end]
        rest = chunk[end:]
        yield TableBlock(source.name, line, lines)
        line += lines.count(b"\n")
    if rest:
        yield TableBlock(source.name, line, rest)
