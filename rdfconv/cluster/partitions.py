"""Inputs cut into partitions, the unit of work of a cluster; each becomes one part of the output.

A file of lines that is not compressed is cut where a multiple of the size lies: a partition's lines
are those that begin in it. Pages of a folder are grouped. What is compressed or packed cannot be
cut, and is one partition. All of it depends on the inputs and the size alone.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from rdfconv.cluster.storage import (
    CHUNK,
    LOCAL,
    DigestedReader,
    opened,
    plain_errors,
    system_of,
    url_of,
)
from rdfconv.errors import InputError, UsageError
from rdfconv.problems import Problem
from rdfconv.readers import KINDS, Phase
from rdfconv.readers.blocks import MAX_LINE
from rdfconv.readers.kinds import Cut, Header, kind_of
from rdfconv.readers.sources import (
    ARCHIVE_SUFFIXES,
    PAGE_SUFFIX,
    SUFFIXES,
    InputFile,
    Inputs,
    Source,
    translated,
)

HEAD = 1 << 16
PACKED = (b"\x1f\x8b", b"\xfd7zXZ\x00")
"""What gzip and xz begin with."""
TAR_MAGIC, TAR_AT = b"ustar", 257


@dataclass(frozen=True, slots=True)
class InputPart:
    """A file of an input.

    Attributes:
        name: what messages call it.
        url: its address.
        size: its bytes.
        place: the place of the input that it belongs to.
    """

    name: str
    url: str
    size: int
    place: int


@dataclass(frozen=True, slots=True)
class Range:
    """Lines of a file, or records.

    Attributes:
        kind: the name of the file's kind.
        start: lines that begin here or behind it belong to it ...
        end: ... and not those that begin here or behind it.
        body: where the lines behind the file's header begin.
        header: the file's header; () if it has none.
    """

    kind: str
    start: int
    end: int
    body: int
    header: Header


@dataclass(frozen=True, slots=True)
class Partition:
    """What becomes one part.

    Attributes:
        number: its place among all partitions.
        phase: when it is read.
        files: the files that it is made of.
        range: which lines of its only file; None for all of what its files hold.
    """

    number: int
    phase: Phase
    files: tuple[InputPart, ...]
    range: Range | None = None


@dataclass(slots=True)
class Plan:
    """What is to be done.

    Attributes:
        inputs: the inputs as they were given.
        partitions: all of them, in the order of the inputs.
        late: the files that are read when everything else is known, with their phases.
        files: all files, in the order of the inputs.
    """

    inputs: list[InputFile]
    partitions: list[Partition] = field(default_factory=list)
    late: list[tuple[Phase, InputPart]] = field(default_factory=list)
    files: list[InputPart] = field(default_factory=list)


class Opener(Inputs):
    """Opens files of any storage as the readers' inputs do with those of this machine.

    Args:
        kind: forces the kind of every file.
        log: called for files that are no input.
    """

    def sources_of(self, name: str, raw: BinaryIO) -> Iterator[Source]:
        """The sources in a file that was opened."""
        return self._opened(name, raw)

    def local(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """All files in a folder of this machine, and those that are read."""
        return self._all(folder), self._files(folder)


def planned(paths: Sequence[str], kind: str | None, part_bytes: int) -> Plan:
    """The partitions of some inputs.

    Args:
        paths: local paths and addresses of files, folders and archives.
        kind: forces the kind of every file; None detects it.
        part_bytes: how many bytes of lines or pages become a part.

    Raises:
        UsageError: an input does not exist, or the kind is unknown.
        InputError: an input cannot be read.
    """
    if part_bytes < 1:
        raise UsageError(f"a part must have 1 byte or more, not {part_bytes}")
    opener = Opener([], kind, _ignore)
    plan = Plan([])
    pages: list[InputPart] = []
    for place, path in enumerate(paths):
        found, all_files = _files(path, place, opener)
        plan.inputs.append(InputFile(path if "://" in path else _shown(path), skipped=all_files))
        plan.files += found
        for file in found:
            is_page = kind in (None, "page") and file.name.endswith(PAGE_SUFFIX)
            if pages and (not is_page or _bytes(pages) + file.size > part_bytes):
                _add(plan, Phase.ROWS, pages)
                pages = []
            if is_page:
                pages.append(file)
                continue
            for phase, cut in _cut(file, opener, part_bytes):
                if phase > Phase.FEATURES:
                    plan.late.append((phase, file))
                else:
                    _add(plan, phase, [file], cut)
    if pages:
        _add(plan, Phase.ROWS, pages)
    plan.late.sort(key=lambda late: late[0])
    return plan


def _add(plan: Plan, phase: Phase, files: list[InputPart], cut: Range | None = None) -> None:
    plan.partitions.append(Partition(len(plan.partitions), phase, tuple(files), cut))


def _bytes(files: Sequence[InputPart]) -> int:
    return sum(file.size for file in files)


def _ignore(problem: Problem) -> None:
    """What is wrong with a file is told when it is read."""


def _shown(path: str) -> str:
    return str(Path(path)).encode(errors="surrogateescape").decode("utf-8", "backslashreplace")


def _files(path: str, place: int, opener: Opener) -> tuple[list[InputPart], int]:
    """The files of an input that are read, and how many of it are not."""
    url = url_of(path)
    system, inner = system_of(url)
    with translated(path), plain_errors():
        if not system.exists(inner):
            raise UsageError(f"there is no file or folder {path}", hint="check the path")
        if not system.isdir(inner):
            size = int(system.info(inner)["size"])
            return [InputPart(path if "://" in path else _shown(path), url, size, place)], 0
    if url.startswith(LOCAL):
        is_path = "://" not in path
        every, chosen = opener.local(Path(path if is_path else inner))
        found = [
            InputPart(
                _shown(str(file)) if is_path else LOCAL + str(file),
                url_of(str(file)),
                file.stat().st_size,
                place,
            )
            for file in chosen
        ]
        count = len(every)
    else:
        with translated(path), plain_errors():
            sizes = {
                f"{folder}/{name}": int(info["size"])
                for folder, _, files in system.walk(inner, detail=True, on_error="raise")
                for name, info in files.items()
                if name  # a marker of the folder itself has none
            }
        protocol = url.partition("://")[0]
        urls = {one: f"{protocol}://{one}" for one in sorted(sizes, key=lambda one: one.split("/"))}
        found = [
            InputPart(urls[one], urls[one], sizes[one], place)
            for one in urls
            if one.endswith(SUFFIXES)
        ]
        count = len(sizes)
    if not found:
        raise InputError(
            "the folder holds nothing to read",
            source=path,
            hint=f"what is read ends in {', '.join(SUFFIXES)}",
        )
    return found, count - len(found)


def _cut(file: InputPart, opener: Opener, part_bytes: int) -> Iterator[tuple[Phase, Range | None]]:
    """The ranges of a file, with its phase; None for the whole file."""
    if opener.kind is None and file.name.endswith(ARCHIVE_SUFFIXES):
        yield Phase.ROWS, None
        return
    with opened(file.url, file.name) as stream:
        head = stream.read(HEAD)
        if head.startswith(PACKED) or head[TAR_AT : TAR_AT + len(TAR_MAGIC)] == TAR_MAGIC:
            stream.seek(0)
            yield _phase(file, opener, stream), None
            return
        name = opener.kind or kind_of(head)
        if name is None or not head:
            yield Phase.ROWS, None  # it is told when it is read
            return
        kind = KINDS[name]
        header: Header = ()
        body = 0
        if kind.headers:
            stream.seek(0)
            first = io.BufferedReader(DigestedReader(stream)).readline(MAX_LINE)
            header = tuple(first.rstrip(b"\r\n").decode(errors="replace").split("\t"))
            if header in kind.headers:
                body = len(first)
            elif kind.needs_header and kind.recognises(first):
                yield kind.phase, None
                return
            else:
                header = ()
    if kind.reader is None or kind.cut is Cut.WHOLE or kind.phase > Phase.FEATURES:
        yield kind.phase, None
        return
    for start in range(0, max(file.size, 1), part_bytes):
        yield kind.phase, Range(name, start, min(start + part_bytes, file.size), body, header)


def _phase(file: InputPart, opener: Opener, stream: BinaryIO) -> Phase:
    """When a packed file is read."""
    if opener.kind is not None:
        return KINDS[opener.kind].phase
    try:
        with translated(file.name):
            raw = cast("BinaryIO", DigestedReader(stream))
            source = next(opener.sources_of(file.name, raw), None)
    except InputError:
        return Phase.ROWS  # it is told when it is read
    return KINDS[source.kind].phase if source else Phase.ROWS


def begin(stream: BinaryIO, at: int, body: int, size: int, cut: Cut) -> int:
    """Where the first line, or record, begins that begins at a place or behind it.

    Args:
        stream: the file.
        at: the place.
        body: where the file's lines behind its header begin.
        size: the file's bytes.
        cut: whether it is cut by lines or by records.

    >>> import io
    >>> begin(io.BytesIO(b"ab\\ncd\\nef"), 2, 0, 8, Cut.LINES)
    3
    """
    if at <= body:
        return body
    mark = b"\n>" if cut is Cut.RECORDS else b"\n"
    stream.seek(at - 1)
    behind, place = b"", at - 1
    while chunk := stream.read(CHUNK if behind else HEAD):
        found = (behind + chunk).find(mark)
        if found >= 0:
            return max(body, place + found + 1)
        place += len(behind) + len(chunk) - 1
        behind = chunk[-1:]
    return size


def folder_digest(path: str, digests: Sequence[tuple[str, str]]) -> str:
    """The checksum of a folder (see `InputFile.sha256`), from those of its files by name."""
    root = _shown(path) if "://" not in path else path.rstrip("/")
    lines = "".join(f"{digest}  {posixpath.relpath(name, root)}\n" for name, digest in digests)
    return hashlib.sha256(lines.encode(errors="surrogateescape")).hexdigest()
