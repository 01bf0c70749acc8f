"""Files and folders by their addresses: local paths, ``file://``, ``s3://`` and what else fsspec
knows.

>>> url_of("/data/edges.tsv"), url_of("s3://tflink/edges.tsv")
('file:///data/edges.tsv', 's3://tflink/edges.tsv')
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec

from rdfconv.errors import RdfconvError, UsageError
from rdfconv.readers.sources import translated

LOCAL = "file://"
CHUNK = 1 << 20
"""How many bytes are read at once where content is only looked through."""


def url_of(path: str) -> str:
    """The address of an input or output; that of a local path is absolute, for other processes."""
    return path if "://" in path else LOCAL + str(Path(path).absolute())


def system_of(url: str) -> tuple[Any, str]:
    """The file system of an address, and its path there.

    Raises:
        UsageError: what reads such addresses is not known or not installed.
    """
    protocol = url.partition("://")[0]
    try:
        return cast("tuple[Any, str]", fsspec.url_to_fs(url))
    except ImportError as error:
        raise UsageError(
            f"{protocol}:// needs a package that is not installed: {error}",
            hint=f"pip install 'rdfconv[{protocol}]'" if protocol == "s3" else "install it",
        ) from error
    except ValueError as error:
        raise UsageError(f"there is no kind of address {protocol}://: {error}") from error


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns the errors of a storage's own library into an OSError."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] in ("botocore", "aiobotocore", "aiohttp"):
            raise OSError(str(error)) from error
        raise


@contextmanager
def opened(url: str, name: str) -> Iterator[BinaryIO]:
    """A file to read.

    Args:
        url: its address.
        name: what messages call it.

    Raises:
        InputError: it cannot be read, is cut or damaged.
    """
    system, path = system_of(url)
    with translated(name), plain_errors(), ExitStack() as stack:
        if url.startswith(LOCAL):
            yield stack.enter_context(open(path, "rb"))
        else:
            yield stack.enter_context(system.open(path, "rb"))


class DigestedReader(io.RawIOBase):
    """A file that digests what is read of it; closing it, as buffers above it do when they are
    dropped, leaves the file open.

    Args:
        stream: the file.

    Attributes:
        sha256: the checksum of what was read.
        size: how many bytes that was.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self.sha256 = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: object) -> int:
        """Reads into a buffer."""
        view = memoryview(cast("bytearray", buffer))
        with plain_errors():
            content = self._stream.read(len(view))
        view[: len(content)] = content
        self.sha256.update(content)
        self.size += len(content)
        return len(content)


def sha256_of(url: str, name: str) -> str:
    """The checksum of a file, as hex.

    Raises:
        InputError: it cannot be read.
    """
    digest = hashlib.sha256()
    with opened(url, name) as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is written to; on storages without folders, a prefix of keys.

    Attributes:
        url: its address, without a slash at the end.
    """

    url: str

    @property
    def is_local(self) -> bool:
        """Whether it lies in this machine's file system."""
        return self.url.startswith(LOCAL)

    def names(self) -> list[str]:
        """The names of all that lies in it, sorted; [] if it does not exist.

        Raises:
            RdfconvError: it is a file or cannot be read.
        """
        with self._told("read"):
            system, path = system_of(self.url)
            system.invalidate_cache()
            if system.isfile(path):
                raise UsageError(f"{self.url} is a file", hint="name a new folder")
            if not system.exists(path):
                return []
            found = system.ls(path, detail=False)
            # Some storages list a marker of the folder itself.
            return sorted(
                one.rstrip("/").rpartition("/")[2]
                for one in found
                if one.rstrip("/") != path.rstrip("/")
            )

    def make(self) -> bool:
        """Makes it, if it is a local one and not there; keys need no folder. Whether it did."""
        place = Path(self.url.removeprefix(LOCAL))
        with self._told("write"):
            if not self.is_local or place.is_dir():
                return False
            place.mkdir(parents=True)
            return True

    def unmake(self) -> None:
        """Removes the folder itself, if nothing is in it."""
        with suppress(OSError):
            Path(self.url.removeprefix(LOCAL)).rmdir()

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """A new local file that can be put into the folder; it is removed in the end."""
        place = self.url.removeprefix(LOCAL) if self.is_local else None
        with self._told("write"):
            descriptor, name = tempfile.mkstemp(prefix=TEMPORARY, dir=place)
            os.close(descriptor)
        try:
            yield Path(name)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()

    def put(self, file: Path, name: str) -> None:
        """Puts a temporary file into the folder, under its name: at once and whole.

        Raises:
            RdfconvError: it cannot be written.
        """
        with self._told("write"):
            if self.is_local:
                file.chmod(0o666 & ~_mask())
                with file.open("rb") as stream:
                    os.fsync(stream.fileno())
                file.replace(Path(self.url.removeprefix(LOCAL)) / name)
            else:
                system, path = system_of(self.url)
                # The key of an upload appears when the upload is complete.
                system.put_file(str(file), f"{path}/{name}")

    def write(self, name: str, content: bytes) -> None:
        """Writes a small file, at once and whole."""
        with self.temporary() as file:
            with self._told("write"):
                file.write_bytes(content)
            self.put(file, name)

    def size(self, name: str) -> int:
        """The bytes of a file; -1 if it is not there."""
        with self._told("read"):
            system, path = system_of(self.url)
            try:
                return int(system.info(f"{path}/{name}")["size"])
            except FileNotFoundError:
                return -1

    def remove(self, name: str) -> None:
        """Removes a file, if it is there."""
        with self._told("write"), suppress(FileNotFoundError):
            system, path = system_of(self.url)
            system.rm_file(f"{path}/{name}")

    @contextmanager
    def _told(self, verb: str) -> Iterator[None]:
        try:
            with plain_errors():
                yield
        except OSError as error:
            raise RdfconvError(
                f"cannot {verb} {self.url}: {error.strerror or error}",
                hint="check the address, your rights and the space left",
            ) from error


TEMPORARY = ".rdfconv-"
"""What the names of temporary files begin with."""


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
