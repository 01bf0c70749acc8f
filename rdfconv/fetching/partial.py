"""A file that is coming, on disk: ``NAME.part``, and beside it what the server said of it.

What the server said is kept in ``.NAME.fetch.json``: of the part, so that it can go on, and of the
whole file, so that it is not fetched again.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import BinaryIO

from rdfconv.fetching.client import FetchError
from rdfconv.output import atomic


@dataclass(frozen=True, slots=True)
class Version:
    """What a server said of a file.

    Attributes:
        url: what was asked for.
        etag: its tag; "" if it has none.
        last_modified: when it changed last; "" if the server does not say.
        size: its bytes; None if the server does not say.
    """

    url: str
    etag: str = ""
    last_modified: str = ""
    size: int | None = None

    @property
    def exact(self) -> str:
        """What can stand in ``If-Range``: a strong tag, or the time; "" if there is neither."""
        return self.etag if self.etag.startswith('"') else self.last_modified

    def conditions(self) -> dict[str, str]:
        """The headers that ask for the file only if it is another one now."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}

    def contradicts(self, other: Version) -> bool:
        """Whether both say something of one kind, and not the same."""
        pairs = (
            (self.etag, other.etag),
            (self.last_modified, other.last_modified),
            (self.size, other.size),
        )
        return any(one and two and one != two for one, two in pairs)


@dataclass(frozen=True, slots=True)
class Notes:
    """What is known of the whole file and of the part; None if nothing is."""

    file: Version | None = None
    part: Version | None = None


class Place:
    """Where a file is written.

    Args:
        path: the file's place; what goes with it lies beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f"{path.name}.part")
        self._notes = path.with_name(f".{path.name}.fetch.json")

    @property
    def notes(self) -> Notes:
        """What was noted; nothing, if that cannot be read."""
        try:
            told = json.loads(self._notes.read_bytes())
            return Notes(_version(told["file"]), _version(told["part"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Notes()

    def note(self, notes: Notes) -> None:
        """Keeps what is known now."""
        with atomic(self._notes, durable=False) as stream:
            stream.write(json.dumps(asdict(notes), indent=1).encode())

    def whole(self, url: str) -> Version | None:
        """What the server said of the file that is there; None if it is not there, or is not the
        one that came from that address."""
        known = self.notes.file
        with suppress(OSError):
            if known is not None and known.url == url and self.path.stat().st_size == known.size:
                return known
        return None

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The part, to be read and written, for this process alone.

        Raises:
            FetchError: another process is fetching the file.
            OSError: it cannot be written.
        """
        descriptor = os.open(self.part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        with os.fdopen(descriptor, "r+b", buffering=0) as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                locked = self._is_ours(stream)  # not, if the other one has just finished
            except BlockingIOError:
                locked = False
            if not locked:
                raise FetchError(
                    f"another process is fetching {self.path}", hint="wait until it has ended"
                )
            try:
                yield stream
            finally:
                if self._is_ours(stream) and not os.fstat(stream.fileno()).st_size:
                    if self.notes.file is None:
                        self._notes.unlink(missing_ok=True)
                    self.part.unlink()

    def _is_ours(self, stream: BinaryIO) -> bool:
        """Whether the part is still the file that was opened."""
        try:
            return os.path.samestat(os.fstat(stream.fileno()), self.part.stat())
        except FileNotFoundError:
            return False


def _version(told: object) -> Version | None:
    """What was noted of one version; None if that makes no sense."""
    if not isinstance(told, dict) or set(told) != {field.name for field in fields(Version)}:
        return None
    version = Version(**told)
    texts = (version.url, version.etag, version.last_modified)
    fit = all(isinstance(text, str) and text.isprintable() for text in texts)
    return version if fit and isinstance(version.size, int | None) else None
