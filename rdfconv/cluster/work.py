"""What workers do: functions of their arguments and of the input alone, so that what a lost worker
has done can be done again by another one."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, Concatenate, ParamSpec, TypeVar, cast

from rdfconv.catalog import Spelling
from rdfconv.cluster.known import Known, SomeSites
from rdfconv.cluster.partitions import InputPart, Partition
from rdfconv.cluster.reading import FileRead, PartReader, blocks_of
from rdfconv.cluster.storage import Folder, sha256_of
from rdfconv.errors import RdfconvError
from rdfconv.model import Evidence
from rdfconv.pipeline import SecondPages
from rdfconv.problems import ProblemLog
from rdfconv.readers import Block, LineBlock, PageBlock
from rdfconv.tasks import BlockConverter, BlockResult, EdgeEnds, Gathered, Modes, Options
from rdfconv.workers import Buffer

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all parts of a run.

    Attributes:
        options: how inputs are converted.
        folder: where parts are put.
        suffix: what their names end in.
        marker: a file in the folder while the run lasts; without it nothing is put there any more.
        rdfconv: the version that was started; all workers must have it.
    """

    options: Options
    folder: Folder
    suffix: str
    marker: str
    rdfconv: str = field(default_factory=lambda: version("rdfconv"))

    def part_name(self, number: int, what: str = "") -> str:
        """The name of a part."""
        return f"part-{number:05}{what}{self.suffix}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was written.

    Attributes:
        name: its name in the folder.
        bytes: how long it is.
        sha256: its checksum, as hex.
        lines: how many lines, triples or quads, it has.
    """

    name: str
    bytes: int
    sha256: str
    lines: int


@dataclass(frozen=True, slots=True)
class Failure:
    """What the user is told when something cannot be done; it travels where an error may not."""

    text: str


@dataclass(slots=True)
class Outcome:
    """What the conversion of a partition gives, beside its part.

    Attributes:
        part: the part; None if nothing was written.
        results: the results of its blocks, each with the block without its content; the numbers of
            lines count from the partition's first line.
        gathered: what was gathered over all its blocks.
        files: files that are no input.
        pages: which pages came first and which were set aside.
        lines: how many lines its range has.
        read: what was read of files that were read as a whole.
    """

    part: Part | None = None
    results: list[tuple[Block, BlockResult]] = field(default_factory=list)
    gathered: Gathered = field(default_factory=lambda: Gathered([], [], []))
    files: ProblemLog = field(default_factory=ProblemLog)
    pages: SecondPages = field(default_factory=SecondPages)
    lines: int = 0
    read: list[FileRead] = field(default_factory=list)

    def sites(self) -> Iterator[tuple[str, int]]:
        """The ids and places in the register of all sites it tells."""
        for _, result in self.results:
            for site, at, _, _ in result.claims:
                yield site, at


def _told(
    function: Callable[Concatenate[Job, Parameters], Result],
) -> Callable[Concatenate[Job, Parameters], Result | Failure]:
    """Has a function return what the user is to be told."""

    @wraps(function)
    def told(job: Job, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result | Failure:
        own = version("rdfconv")
        if own != job.rdfconv:
            return Failure(f"a worker has rdfconv {own}, not {job.rdfconv} (install the same)")
        try:
            return function(job, *args, **kwargs)
        except RdfconvError as error:
            return Failure(str(error))

    return told


class PartWriter:
    """Writes a part to a temporary file.

    Args:
        stream: the file.
        compressed: whether it is compressed with gzip; the bytes depend on the lines alone.
    """

    def __init__(self, stream: BinaryIO, *, compressed: bool) -> None:
        self._file = _Digested(stream)
        self._stream: BinaryIO = cast("BinaryIO", self._file)
        if compressed:
            self._stream = cast(
                "BinaryIO",
                gzip.GzipFile("", "wb", fileobj=self._stream, mtime=0, compresslevel=6),
            )
        self.lines = 0

    def write(self, lines: Buffer) -> None:
        """Writes whole lines."""
        self.lines += bytes(lines).count(b"\n")
        self._stream.write(lines)

    def part(self, name: str) -> Part:
        """What was written, when it is all."""
        if self._stream is not cast("BinaryIO", self._file):
            self._stream.close()
        return Part(name, self._file.size, self._file.sha256.hexdigest(), self.lines)


class _Digested:
    """A file that digests what is written to it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, content: bytes | memoryview) -> int:
        """Writes."""
        self.sha256.update(content)
        self.size += len(content)
        return self._stream.write(content)

    def flush(self) -> None:
        """Hands on what is buffered."""
        self._stream.flush()


class OpenPart:
    """A part that is being written.

    Attributes:
        writer: what writes it.
        file: the temporary file.
    """

    def __init__(self, job: Job, file: Path, stream: BinaryIO) -> None:
        self.writer = PartWriter(stream, compressed=job.suffix.endswith(".gz"))
        self._job, self._file, self._stream = job, file, stream

    def write_all(self, pieces: Iterable[Buffer]) -> None:
        """Writes pieces one after the other."""
        for piece in pieces:
            self.writer.write(piece)

    def publish(self, name: str) -> Part:
        """Puts it into the folder, under its name.

        Raises:
            RdfconvError: it cannot be written, or the run was given up meanwhile.
        """
        part = self.writer.part(name)
        self._stream.close()
        if self._job.folder.size(self._job.marker) < 0:
            raise RdfconvError("the conversion was given up")
        self._job.folder.put(self._file, part.name)
        return part


@contextmanager
def open_part(job: Job) -> Iterator[OpenPart]:
    """A part to write; it is dropped if it is not published."""
    try:
        with job.folder.temporary() as file, file.open("wb") as stream:
            yield OpenPart(job, file, stream)
    except OSError as error:
        raise RdfconvError(
            f"cannot write a part: {error.strerror or error}", hint="check the space left"
        ) from error


class _PartConverter:
    """Converts the blocks of a partition.

    Args:
        partition: what is read.
        known: what was told before of its sites and pages.
        options: how it is converted.

    Attributes:
        converter: what converts them.
        outcome: what the conversion gives; whole when all results were taken.
    """

    def __init__(self, partition: Partition, known: Known, options: Options) -> None:
        self._register = SomeSites(known)
        self._partition = partition
        self.converter = BlockConverter(options, self._register)
        self._reader = PartReader(partition.files, options.kind)
        self.outcome = Outcome(files=self._reader.log, read=self._reader.told)
        self.outcome.pages.first.update(known.pages)

    def results(self) -> Iterator[tuple[BlockResult, bytes]]:
        """The results and texts of its blocks."""
        outcome = self.outcome
        for whole in blocks_of(self._partition, self._reader):
            block = outcome.pages.without(whole) if isinstance(whole, PageBlock) else whole
            result, text = self.converter.work(block)
            self._register.note(result.claims)
            if isinstance(block, LineBlock):
                outcome.lines += block.lines.count(b"\n")
            outcome.results.append((_without_content(block), result))
            yield result, text
        outcome.gathered = self.converter.answer(None)


@_told
def convert_part(
    job: Job, partition: Partition, known: Known, modes: Mapping[EdgeEnds, str]
) -> Outcome:
    """Converts a partition, and writes its part.

    Args:
        job: the run.
        partition: what is read.
        known: what was told before of its sites and pages.
        modes: the edges whose mode of regulation is known (see `BlockResult.modes`).
    """
    part = _PartConverter(partition, known, job.options)
    part.converter.answer(Modes(modes))
    emitter = part.converter.emitter
    assert emitter is not None
    seen: set[str] = set()
    with open_part(job) as opened:
        for result, text in part.results():
            for evidence in _new(result, seen):
                opened.writer.write(emitter.write(evidence).encode())
            opened.writer.write(text)
        part.outcome.part = opened.publish(job.part_name(partition.number))
    return part.outcome


@_told
def look_through(job: Job, partition: Partition) -> list[tuple[str, int]]:
    """The ids and places in the register of the sites that a partition tells."""
    part = _PartConverter(partition, Known(), replace(job.options, format=None))
    for _ in part.results():
        pass
    return list(dict.fromkeys(part.outcome.sites()))


@_told
def write_listed_rows(
    job: Job, partition: Partition, known: Known, spellings: Set[Spelling]
) -> Part | None:
    """Writes a part of the rows of a partition's pages that spell a protein in one of some ways;
    None if there are none."""
    part = _PartConverter(partition, known, replace(job.options, format=None))
    for _ in part.results():
        pass
    rows = sorted(part.converter.answer(spellings).rows)
    emitter = BlockConverter(job.options, SomeSites(Known())).page_emitter
    if not rows or emitter is None:
        return None
    with open_part(job) as opened:
        opened.write_all(emitter.write(row).encode() for row in rows)
        return opened.publish(job.part_name(partition.number, "-rows"))


@_told
def digest(job: Job, file: InputPart) -> str:
    """The checksum of a file that is read in ranges."""
    return sha256_of(file.url, file.name)


def _without_content(block: Block) -> Block:
    if isinstance(block, LineBlock):
        return replace(block, lines=b"")
    return PageBlock(tuple((name, b"") for name, _ in block.pages[:1]))


def _new(result: BlockResult, seen: set[str]) -> Iterator[Evidence]:
    """The evidence of a block that is not in the part yet; what the block tells of its sites is
    left with the result only if it is."""
    result.site_evidence = [one for one in result.site_evidence if one.id not in seen]
    for evidence in (*result.evidence, *result.site_evidence):
        if evidence.id not in seen:
            seen.add(evidence.id)
            yield evidence
