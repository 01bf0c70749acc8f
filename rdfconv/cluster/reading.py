"""The blocks of a partition, read where it is converted, and what was read of each file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from rdfconv.cluster.partitions import InputPart, Opener, Partition, begin
from rdfconv.cluster.storage import CHUNK, DigestedReader, opened, plain_errors, system_of
from rdfconv.errors import InputError
from rdfconv.problems import ProblemLog
from rdfconv.readers import KINDS, Block, LineBlock, read_blocks
from rdfconv.readers.blocks import pieces
from rdfconv.readers.sources import Source, translated


@dataclass(frozen=True, slots=True)
class FileRead:
    """What was read of a file that was read as a whole.

    Attributes:
        file: the file.
        sources: how many sources were in it.
        size: its bytes.
        sha256: its checksum, as hex.
    """

    file: InputPart
    sources: int
    size: int
    sha256: str


class PartReader(Opener):
    """Reads the files of a partition.

    Args:
        files: the files.
        kind: forces the kind of every file.

    Attributes:
        log: files that are no input.
        told: what was read of each file, when it was read.
    """

    def __init__(self, files: Iterable[InputPart], kind: str | None) -> None:
        self.log = ProblemLog()
        super().__init__([], kind, self.log.add)
        self.part_files = tuple(files)
        self.told: list[FileRead] = []

    def sources(self) -> Iterator[Source]:
        """The sources of all files, in order.

        Raises:
            InputError: a file is cut or broken, or cannot be read.
        """
        for file in self.part_files:
            with opened(file.url, file.name) as stream:
                read = DigestedReader(stream)
                count = 0
                with translated(file.name):
                    for source in self.sources_of(file.name, cast("BinaryIO", read)):
                        count += 1
                        yield source
                    while read.readinto(bytearray(CHUNK)):
                        pass
            self.told.append(FileRead(file, count, read.size, read.sha256.hexdigest()))


def blocks_of(partition: Partition, reader: PartReader) -> Iterator[Block]:
    """The blocks of a partition; the lines of a range count from 1.

    Raises:
        InputError: a file is cut or broken, cannot be read, or is not what it was.
    """
    if partition.range is None:
        yield from read_blocks(reader)
        return
    (file,) = partition.files
    told = partition.range
    cut = KINDS[told.kind].cut
    system, path = system_of(file.url)
    with translated(file.name), plain_errors():
        size = int(system.info(path)["size"])
    if size != file.size:
        raise InputError(
            f"the file had {file.size:,} bytes and now has {size:,}",
            source=file.name,
            hint="leave the inputs alone while they are converted",
        )
    with opened(file.url, file.name) as stream, translated(file.name), plain_errors():
        end = begin(stream, told.end, told.body, size, cut) if told.end < size else size
        start = begin(stream, told.start, told.body, size, cut)
        stream.seek(start)
        line = 1
        limited = cast("BinaryIO", io.BufferedReader(_Limited(stream, end - start)))
        for lines in pieces(limited, b"", cut):
            yield LineBlock(told.kind, file.name, line, lines, told.header)
            line += lines.count(b"\n")


class _Limited(io.RawIOBase):
    """The next bytes of a stream, and no more."""

    def __init__(self, stream: BinaryIO, count: int) -> None:
        super().__init__()
        self._stream = stream
        self._left = max(0, count)

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: object) -> int:
        """Reads into a buffer."""
        view = memoryview(cast("bytearray", buffer))
        content = self._stream.read(min(len(view), self._left))
        view[: len(content)] = content
        self._left -= len(content)
        return len(content)
