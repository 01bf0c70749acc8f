"""From paths to streams: files, folders, tar archives, gzip, told apart by their content.

A *source* is one file or archive member of one kind. Archives are read as streams, in their own
order; folders are walked in the order of their names.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from rdfconv.errors import InputError, UsageError
from rdfconv.problems import Kind, Problem
from rdfconv.readers.cells import OnProblem
from rdfconv.readers.kinds import KINDS, Phase, kind_of

PAGE_SUFFIX, ARCHIVE_SUFFIXES = ".md", (".tar", ".tar.gz", ".tgz", ".tar.xz")
TEXT_SUFFIXES = (".tsv", ".txt", ".gff3", ".fasta", ".fa")
SUFFIXES = (
    PAGE_SUFFIX,
    *TEXT_SUFFIXES,
    *(f"{suffix}.gz" for suffix in TEXT_SUFFIXES),
    *ARCHIVE_SUFFIXES,
)
"""The files that are read from a folder; a file given by its own name may have any name."""

_HEAD = 1 << 16
_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"
_TAR_MAGIC, _TAR_AT = b"ustar", 257
_BROKEN = (EOFError, lzma.LZMAError, zlib.error, tarfile.TarError, gzip.BadGzipFile)


@dataclass(frozen=True, slots=True)
class Source:
    """One file or archive member, opened.

    Attributes:
        name: what messages call it: the path, or ``archive:member``.
        kind: a name of `rdfconv.readers.kinds.KINDS`.
        stream: its content, decompressed; valid until the next source is asked for.
    """

    name: str
    kind: str
    stream: BinaryIO


@dataclass(slots=True)
class InputFile:
    """One input as it was given, with what was read of it.

    Attributes:
        name: the path as it was given.
        files: how many sources were in it.
        size: its bytes on disk.
        sha256: the checksum of a file; of a folder, that of the sorted lines
            ``<sha256 of the file>  <name in the folder>``.
        skipped: files of a folder that have no suffix of `SUFFIXES`.
    """

    name: str
    files: int = 0
    size: int = 0
    sha256: str = ""
    skipped: int = 0


@dataclass(slots=True)
class Inputs:
    """All inputs of a run.

    Args:
        paths: files, folders and archives.
        kind: forces the kind of every file; None detects it from the content.
        on_problem: called for files that are no input.
        on_bytes: called with the number of bytes read from disk, as they are read.

    Raises:
        UsageError: a path does not exist, or the kind is unknown.
    """

    paths: list[Path]
    kind: str | None
    on_problem: OnProblem
    on_bytes: Callable[[int], None] = lambda count: None
    read: list[InputFile] = field(default_factory=list)
    _found: dict[Path, list[Path]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise UsageError(
                f"there is no kind of input {self.kind!r}", hint=f"there are: {', '.join(KINDS)}"
            )
        for path in self.paths:
            with translated(_name(path)):
                there = path.exists()
            if not there:
                raise UsageError(f"there is no file or folder {_name(path)}", hint="check the path")

    def size(self) -> int:
        """The bytes on disk of all inputs."""
        return sum(file.stat().st_size for path in self.paths for file in self._files(path))

    def sources(self) -> Iterator[Source]:
        """The sources of all inputs: phase by phase, and in each in order; `read` is whole at
        the end.

        Raises:
            InputError: an archive or compressed file is cut or broken, or cannot be read.
        """
        self.read = [
            InputFile(_name(path), skipped=len(self._all(path)) - len(self._files(path)))
            for path in self.paths
        ]
        digests: list[dict[Path, str]] = [{} for _ in self.paths]
        for _, place, file in sorted(self._planned(), key=lambda planned: planned[0]):
            told = self.read[place]
            if file.name.endswith(PAGE_SUFFIX):
                content = self._content(file)
                for source in self._single_file(_name(file), content):
                    told.files += 1
                    yield source
                told.size += len(content)
                digests[place][file] = hashlib.sha256(content).hexdigest()
                continue
            with translated(_name(file)), _counted(file, self.on_bytes) as raw:
                for source in self._opened(_name(file), cast("BinaryIO", raw)):
                    told.files += 1
                    yield source
                raw.drain()
            told.size += raw.count
            digests[place][file] = raw.sha256()
        for told, path, found in zip(self.read, self.paths, digests, strict=True):
            told.sha256 = _digest_of(path, sorted(found.items()))

    def _all(self, path: Path) -> list[Path]:
        """All files of an input: itself, or those in the folder."""
        if path not in self._found:
            self._found[path] = _walked(path) if path.is_dir() else [path]
        return self._found[path]

    def _files(self, path: Path) -> list[Path]:
        """The files of an input that are read."""
        files = self._all(path)
        return [file for file in files if file.name.endswith(SUFFIXES)] if path.is_dir() else files

    def _content(self, file: Path) -> bytes:
        """The bytes of a small file, read at once."""
        with translated(_name(file)), file.open("rb", buffering=0) as stream:
            content = stream.readall()
        self.on_bytes(len(content))
        return content

    def _single_file(self, name: str, content: bytes) -> Iterator[Source]:
        with translated(name):
            yield from self._opened(name, cast("BinaryIO", io.BytesIO(content)))

    def _planned(self) -> Iterator[tuple[Phase, int, Path]]:
        """When each file is read, and the place of the input it belongs to."""
        for place, path in enumerate(self.paths):
            files = self._files(path)
            if not files:
                raise InputError(
                    "the folder holds nothing to read",
                    source=_name(path),
                    hint=f"what is read ends in {', '.join(SUFFIXES)}",
                )
            for file in files:
                yield self._phase(file), place, file

    def _phase(self, file: Path) -> Phase:
        if self.kind is not None:
            return KINDS[self.kind].phase
        if file.name.endswith((PAGE_SUFFIX, *ARCHIVE_SUFFIXES)):
            return Phase.ROWS
        try:
            with _peekable(cast("BinaryIO", file.open("rb", buffering=0))) as stream:
                kind = kind_of(_content(stream)[1])
        except (OSError, *_BROKEN):
            return Phase.ROWS  # it is told when it is read
        return KINDS[kind].phase if kind else Phase.ROWS

    def _opened(self, name: str, raw: BinaryIO) -> Iterator[Source]:
        stream, head = _content(_peekable(raw))
        if head[_TAR_AT : _TAR_AT + len(_TAR_MAGIC)] == _TAR_MAGIC:
            yield from self._members(name, stream)
        else:
            yield from self._single(name, stream, head)

    def _members(self, archive: str, stream: io.BufferedReader) -> Iterator[Source]:
        with closing(tarfile.open(fileobj=stream, mode="r|")) as members:
            for member in members:
                name = f"{archive}:{_name(member.name)}"
                if member.isdir():
                    continue
                parts = PurePosixPath(member.name)
                if not member.isfile() or parts.is_absolute() or ".." in parts.parts:
                    self.on_problem(Problem(Kind.UNSAFE_MEMBER, name, None, "", _name(member.name)))
                    continue
                content = members.extractfile(member)
                if content is not None:
                    inner = _peekable(cast("BinaryIO", content))
                    yield from self._single(name, inner, _head(inner), is_member=True)
            # tarfile takes a missing end marker for an end; a cut archive must not pass for whole.
            read = cast("BinaryIO", members.fileobj).tell()
            if read < members.offset + tarfile.BLOCKSIZE:
                raise tarfile.ReadError("unexpected end of data")
        while rest := stream.read(_HEAD):  # to the end, so that gzip and xz check their sums
            if rest.strip(b"\0"):
                raise tarfile.ReadError("unexpected data behind the archive's end")

    def _single(
        self, name: str, stream: io.BufferedReader, head: bytes, *, is_member: bool = False
    ) -> Iterator[Source]:
        kind = self.kind or kind_of(head)
        if not head:
            self.on_problem(Problem(Kind.EMPTY_FILE, name, None, "", None))
        elif kind is None:
            self.on_problem(Problem(Kind.UNKNOWN_KIND, name, None, "", None))
        elif is_member and self.kind is None and KINDS[kind].phase != Phase.ROWS:
            # Other members were read before it, so it would come too late.
            title = KINDS[kind].title
            self.on_problem(Problem(Kind.PACKED_KIND, name, None, "", None, detail=title))
        else:
            yield Source(name, kind, cast("BinaryIO", stream))


def _name(path: Path | str) -> str:
    """A file's name as reports show it: bytes that are no UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _walked(folder: Path) -> list[Path]:
    """All files in a folder and the folders in it, sorted by the parts of their names.

    Raises:
        InputError: a folder in it cannot be read; what it holds would be missing.
    """

    def refused(error: OSError) -> None:
        raise InputError(
            f"the folder cannot be read: {error.strerror}",
            source=_name(error.filename),
            hint="allow reading it, or name the files to convert",
        )

    found: list[str] = []
    for parent, _, _ in os.walk(folder, onerror=refused):
        with os.scandir(parent) as entries:
            found += [entry.path for entry in entries if entry.is_file()]
    return [Path(name) for name in sorted(found, key=lambda name: name.split("/"))]


def _head(stream: io.BufferedReader) -> bytes:
    """The first bytes of a stream; `peek` alone may return fewer than there are."""
    return stream.peek(_HEAD)[:_HEAD]


def _content(stream: io.BufferedReader) -> tuple[io.BufferedReader, bytes]:
    """A stream without its compression, and its first bytes."""
    head = _head(stream)
    if head.startswith(_GZIP):
        stream = _peekable(cast("BinaryIO", gzip.GzipFile(fileobj=stream)))
        head = _head(stream)
    elif head.startswith(_XZ):
        stream = _peekable(cast("BinaryIO", lzma.LZMAFile(stream)))  # noqa: SIM115
        head = _head(stream)
    return stream, head


def _peekable(raw: BinaryIO) -> io.BufferedReader:
    return io.BufferedReader(cast("io.RawIOBase", raw), buffer_size=_HEAD)


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turns what goes wrong while a file is read into an InputError that names the file."""
    try:
        yield
    except _BROKEN as error:
        raise InputError(
            f"the file is cut or damaged: {error}",
            source=name,
            hint="fetch or pack it again",
        ) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", source=name) from error


def _digest_of(path: Path, digests: list[tuple[Path, str]]) -> str:
    if not path.is_dir():
        return digests[0][1]
    lines = "".join(f"{digest}  {file.relative_to(path).as_posix()}\n" for file, digest in digests)
    return hashlib.sha256(os.fsencode(lines)).hexdigest()


@contextmanager
def _counted(path: Path, on_bytes: Callable[[int], None]) -> Iterator[_Counted]:
    raw = _Counted(path, on_bytes)
    try:
        yield raw
    finally:
        raw.end()


class _Counted(io.RawIOBase):
    """A file that counts and digests what is read of it.

    Closing it, as buffers above it do when they are dropped, leaves the file open, so that it can
    still be drained; `end` closes the file.
    """

    def __init__(self, path: Path, on_bytes: Callable[[int], None]) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)
        self._on_bytes = on_bytes
        self._sha256 = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: object) -> int:
        """Reads into a buffer and counts."""
        view = memoryview(cast("bytearray", buffer))
        count = self._file.readinto(view) or 0
        self._sha256.update(view[:count])
        self.count += count
        self._on_bytes(count)
        return count

    def drain(self) -> None:
        """Reads what is left, so that the checksum is the whole file's."""
        buffer = bytearray(_HEAD)
        while self.readinto(buffer):
            pass

    def sha256(self) -> str:
        """The checksum of what was read, as hex."""
        return self._sha256.hexdigest()

    def end(self) -> None:
        """Closes the file."""
        self._file.close()
