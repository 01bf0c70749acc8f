"""How one file comes: from where it stopped, as often as needed, and only whole under its name."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from http.client import HTTPResponse
from pathlib import Path
from typing import BinaryIO

from rdfconv.errors import RdfconvError
from rdfconv.fetching.client import FetchError, PassingError, ask, blocks
from rdfconv.fetching.content import fault
from rdfconv.fetching.files import File
from rdfconv.fetching.partial import Notes, Place, Version

PROGRESS = 1 << 20
"""After how many more bytes a connection that is cut counts as the first one again."""

OnProgress = Callable[[int, int | None], None]
"""Called with the bytes of a file that are there, and its size if the server says it."""
OnTrouble = Callable[[str], None]
"""Called with what went wrong, and when it is tried again."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for; all in seconds but `retries`.

    Attributes:
        silence: for a connection, and for the next byte.
        retries: how often to ask again, if no `PROGRESS` is made meanwhile.
        pause: before asking again; doubled each time.
        longest: the longest pause, also of those that a server asks for.
        sleep: how to wait.
    """

    silence: float = 30.0
    retries: int = 5
    pause: float = 1.0
    longest: float = 120.0
    sleep: Callable[[float], None] = time.sleep


class State(StrEnum):
    """What came of a file."""

    FETCHED = "fetched"
    RESUMED = "resumed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is there now.

    Attributes:
        file: which one.
        path: where it lies.
        bytes: its size.
        received: the bytes that came now.
        state: fetched from its beginning, resumed from what an earlier run had left, or unchanged.
    """

    file: File
    path: Path
    bytes: int
    received: int
    state: State


def fetch(
    file: File,
    folder: Path,
    base_url: str,
    *,
    patience: Patience | None = None,
    on_progress: OnProgress = lambda done, size: None,
    on_trouble: OnTrouble = lambda message: None,
) -> Fetched:
    """Fetches a file into a folder.

    What came stays in ``NAME.part`` if the connection is cut for good or the run is interrupted;
    the next call goes on from there, if the server's file is still the same. A file that is there
    is asked for only if it has changed.

    Args:
        file: which one.
        folder: where to; made if it is missing.
        base_url: the address of the folder on the server, with a slash at its end.
        patience: how long to wait.
        on_progress: called after each block.
        on_trouble: called before it is tried again.

    Raises:
        FetchError: the file cannot be had, is not what it should be, or does not fit on the disk.
        RdfconvError: the folder cannot be written.
    """
    place = Place(folder / file.saved_as)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with place.opened() as part:
            transfer = _Transfer(file, place, part, base_url + file.name, on_progress)
            return transfer.run(patience or Patience(), on_trouble)
    except OSError as error:  # those of the network are translated where they arise
        raise RdfconvError(
            f"cannot write {place.path}: {error.strerror or error}",
            hint="check the folder and the space left; what came is kept",
        ) from error


class _Transfer:
    """One file on its way."""

    def __init__(
        self, file: File, place: Place, part: BinaryIO, url: str, on_progress: OnProgress
    ) -> None:
        self._file = file
        self._place = place
        self._part = part
        self._url = url
        self._on_progress = on_progress
        self._received = 0
        self._kept = self._there() > 0  # of an earlier run
        self._joined = False  # from more than one answer

    def run(self, patience: Patience, on_trouble: OnTrouble) -> Fetched:
        """Asks until the file is there or there is no hope."""
        failures = reached = 0
        while True:
            try:
                return self._attempt(patience.silence)
            except PassingError as error:
                if self._there() >= reached + PROGRESS:
                    failures, reached = 0, self._there()
                failures += 1
                pause = self._pause(error, failures, patience)
                on_trouble(f"{error.message}; asking again in {pause:g} s")
                patience.sleep(pause)

    def _pause(self, error: PassingError, failures: int, patience: Patience) -> float:
        """How long to wait before asking again.

        Raises:
            FetchError: it was asked often enough, or the server wants to be left alone for long.
        """
        kept = "run the same command later"
        if self._there():
            kept += f"; {self._there():,} bytes are kept in {self._place.part.name}"
        if failures > patience.retries:
            raise FetchError(f"{error.message}; asked {failures} times", hint=kept) from error
        if error.wait is not None and error.wait > patience.longest:
            raise FetchError(
                f"{error.message}, and asks to wait {error.wait:,.0f} s", hint=kept
            ) from error
        usual = min(patience.pause * 2.0 ** (failures - 1), patience.longest)
        return usual if error.wait is None else max(usual, error.wait)

    def _attempt(self, silence: float) -> Fetched:
        """Asks once, for all or for the rest, and takes what comes."""
        notes, start = self._place.notes, self._there()
        known = notes.part
        if start and (known is None or known.url != self._url or not known.exact):
            self._drop()
            return self._attempt(silence)
        if start and known is not None and known.size == start:
            return self._finished()
        whole = None if start else self._place.whole(self._url)
        headers = whole.conditions() if whole else {}
        if start and known is not None:
            headers = {"Range": f"bytes={start}-", "If-Range": known.exact}
        with ask(self._url, headers, silence) as response:
            if response.status == HTTPStatus.NOT_MODIFIED and whole is not None:
                return self._told(State.UNCHANGED)
            fits = self._take(response, known if start else None)
        if fits:
            return self._finished()
        self._drop()  # what came cannot be gone on with
        return self._attempt(silence)

    def _take(self, response: HTTPResponse, known: Version | None) -> bool:
        """Writes what an answer brings.

        Args:
            response: the answer.
            known: what the server said of the part, if its rest was asked for.

        Returns:
            Whether it fits to the part.
        """
        version = _said(self._url, response)
        if response.status != HTTPStatus.OK:
            if known is None:
                raise FetchError(
                    f"{self._url}: the server answered {response.status} to a plain question",
                    hint="name another server that has the files by --base-url",
                )
            if not self._goes_on(response) or version.contradicts(known):
                return False
            self._joined = True
        else:
            self._begin(response, version)
        self._refuse_if_too_large(version)
        for block in blocks(response, self._url):
            self._write(block)
            self._received += len(block)
            self._on_progress(self._there(), version.size)
        if version.size is not None and self._there() < version.size:
            raise PassingError(f"{self._url}: the server sent less than the rest")
        return version.size in (None, self._there())

    def _begin(self, response: HTTPResponse, version: Version) -> None:
        """Starts at the beginning.

        Raises:
            FetchError: it is a web page, or it could be cut without anyone noticing.
        """
        if response.headers.get_content_type() == "text/html":
            raise FetchError(
                f"{self._url}: the server sent an HTML page instead of the file",
                hint="open the address in a browser to see what it says",
            )
        if version.size is None and not response.chunked and not self._compressed:
            raise FetchError(
                f"{self._url}: the server does not say how long the file is",
                hint="it could be cut without notice; name another server by --base-url",
            )
        self._drop()
        self._place.note(replace(self._place.notes, part=version))

    def _goes_on(self, response: HTTPResponse) -> bool:
        """Whether an answer begins where the part ends."""
        found = _range(response)
        return found is not None and found[0] == self._there()

    def _refuse_if_too_large(self, version: Version) -> None:
        free = shutil.disk_usage(self._place.path.parent).free
        needed = (version.size or 0) - self._there()
        if needed > free:
            raise FetchError(
                f"{self._url} needs {needed:,} bytes more, and {self._place.path.parent} has "
                f"{free:,} left",
                hint="make room, or name another folder by --into",
            )

    def _write(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            rest = rest[self._part.write(rest) :]

    def _finished(self) -> Fetched:
        """Gives the file its name if it is sound.

        Raises:
            FetchError: it is not.
        """
        wrong = fault(self._place.part, self._file.shape, self._compressed)
        if wrong and (self._joined or self._kept):
            self._drop()
            raise PassingError(f"{self._url}: the parts do not make a whole: {wrong}")
        if wrong:
            self._drop()
            raise FetchError(
                f"{self._url}: what came is not the file: {wrong}",
                hint="open the address in a browser to see what it says",
            )
        os.fsync(self._part.fileno())
        state = State.RESUMED if self._kept else State.FETCHED
        version = self._place.notes.part or Version(self._url)
        self._place.part.replace(self._place.path)
        self._place.note(Notes(file=replace(version, size=self._there())))
        return self._told(state)

    def _drop(self) -> None:
        """Empties the part."""
        self._part.seek(0)
        self._part.truncate()
        self._kept = self._joined = False

    def _there(self) -> int:
        """How many bytes of the part there are."""
        return self._part.seek(0, os.SEEK_END)

    @property
    def _compressed(self) -> bool:
        return self._place.path.suffix == ".gz"

    def _told(self, state: State) -> Fetched:
        size = self._place.path.stat().st_size
        return Fetched(self._file, self._place.path, size, self._received, state)


def _said(url: str, response: HTTPResponse) -> Version:
    """What an answer says of the file."""
    headers = response.headers
    size = response.length
    if response.status != HTTPStatus.OK:
        found = _range(response)
        size = found[1] if found else None
    etag, changed = headers.get("ETag", ""), headers.get("Last-Modified", "")
    return Version(url, etag, changed, size)


def _range(response: HTTPResponse) -> tuple[int, int] | None:
    """Where the bytes of an answer begin, and the size of the whole; None if it does not say."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if response.status != HTTPStatus.PARTIAL_CONTENT or found is None:
        return None
    return int(found[1]), int(found[2])
