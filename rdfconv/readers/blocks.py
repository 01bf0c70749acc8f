"""Inputs cut into blocks of about the same size, the unit of parallel work.

Where a block ends depends on the input alone, so whatever the number of processes, the same
blocks give the same output.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from rdfconv.problems import Kind, Problem
from rdfconv.readers.kinds import KINDS, Cut, Header, InputKind, Phase
from rdfconv.readers.sources import Inputs, Source, translated

BLOCK_BYTES = 1 << 19
"""How many bytes a block has at least, if the input has so many left: small enough for what is
made of it to stay in the processor's cache."""
MAX_LINE = 1 << 26
"""A line longer than this many bytes is no row."""


@dataclass(frozen=True, slots=True)
class LineBlock:
    """Whole lines of one file, without its header.

    Attributes:
        kind: the name of the file's kind.
        source: the file's name.
        first_line: the 1-based number of the first line.
        lines: the bytes of the lines.
        header: the file's header; () if it has none.
    """

    kind: str
    source: str
    first_line: int
    lines: bytes
    header: Header = ()


@dataclass(frozen=True, slots=True)
class PageBlock:
    """Some pages: their names and contents."""

    pages: tuple[tuple[str, bytes], ...]


Block = LineBlock | PageBlock


def phase_of(block: Block) -> Phase:
    """When a block is read."""
    return Phase.ROWS if isinstance(block, PageBlock) else KINDS[block.kind].phase


def read_blocks(inputs: Inputs) -> Iterator[Block]:
    """The blocks of all inputs, phase by phase.

    Raises:
        InputError: an archive or compressed file is cut or broken.
    """
    pages: list[tuple[str, bytes]] = []
    size = 0
    for source in inputs.sources():
        kind = KINDS[source.kind]
        if pages and (size >= BLOCK_BYTES or kind.phase != Phase.ROWS):
            yield PageBlock(tuple(pages))
            pages, size = [], 0
        if kind.reader:
            with translated(source.name):
                yield from _line_blocks(source, kind, inputs)
            continue
        with translated(source.name):
            content = source.stream.read()
        pages.append((source.name, content))
        size += len(content)
    if pages:
        yield PageBlock(tuple(pages))


def _line_blocks(source: Source, kind: InputKind, inputs: Inputs) -> Iterator[LineBlock]:
    header: Header = ()
    line, rest = 1, b""
    if kind.headers:
        first = source.stream.readline(MAX_LINE)
        names = tuple(first.rstrip(b"\r\n").decode(errors="replace").split("\t"))
        if names in kind.headers:
            line, header = 2, names
        elif kind.needs_header and kind.recognises(first):
            _refuse(source, kind, names, inputs)
            return
        else:
            rest = first  # a file without its header
    for lines in pieces(source.stream, rest, kind.cut):
        yield LineBlock(source.kind, source.name, line, lines, header)
        line += lines.count(b"\n")


def _refuse(source: Source, kind: InputKind, names: Header, inputs: Inputs) -> None:
    headers = " or ".join(" ".join(header) for header in kind.headers)
    inputs.on_problem(
        Problem(
            Kind.UNKNOWN_HEADER,
            source.name,
            1,
            "",
            " ".join(names),
            detail=f"{kind.title}: {headers}",
        )
    )


def pieces(stream: BinaryIO, rest: bytes, cut: Cut) -> Iterator[bytes]:
    """The pieces of a stream: whole lines or records, behind what was read of it before."""
    while chunk := stream.read(BLOCK_BYTES):
        if cut is Cut.RECORDS:
            end = chunk.rfind(b"\n>") + 1
        elif cut is Cut.LINES:
            end = chunk.rfind(b"\n") + 1
        else:
            end = 0
        if not end and len(rest) < MAX_LINE:
            rest += chunk
            continue
        yield rest + chunk[:end]
        rest = chunk[end:]
    if rest:
        yield rest
