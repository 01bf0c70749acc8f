"""Release folders: create, verify, publish, open, roll back, remove.

A releases' root holds ``releases/<UTC time>-<8 hex of the data digest>/`` and ``current``, a
relative symlink to one of them. A build writes ``releases/.tmp-*``, and a release appears by one
rename and one switch of the link: whoever reads ``current`` sees the old release or the new one.

The new link is made before the rename, under a name of its own (``.current-*``). Where a build was
killed between rename and switch, it tells the next build which release was never published. A
rollback's link has another name (``.switch-*``): what it names was published before and stays.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rdfconv.errors import ReleaseError

CURRENT = "current"
RELEASES = "releases"
STORE = "store"
INFO = "release.json"
REPORT = "report.json"
REPORT_PAGE = "report.html"
SEARCH = "search.sqlite"
CHECKSUMS = "SHA256SUMS"
TEMPORARY = ".tmp-"

KEPT_AT_LEAST = 2
"""How many releases stay when old ones are removed: the one that is served, and one to go back to.
The queries that still run on that one lose no file either."""

_NEW_LINK = re.compile(rf"\.{CURRENT}-[0-9a-f]{{32}}")
_SWITCH = ".switch-"


@dataclass(frozen=True, slots=True)
class Release:
    """An opened release.

    Attributes:
        path: the release's folder, with all links followed, so that it stays the same release
            when another one is published.
        id: the folder's name, e.g. ``20261122T114500Z-1f0c2a9b``.
        info: what ``release.json`` holds; ``info["digest"]`` is the data digest (hex).
    """

    path: Path
    id: str
    info: Mapping[str, Any]

    @property
    def store(self) -> Path:
        """The Oxigraph store's folder; only ever opened with ``Store.read_only``."""
        return self.path / STORE

    @property
    def digest(self) -> str:
        """The data digest: inputs, settings, mapping and software version, as hex."""
        return str(self.info["digest"])


def open_release(path: Path, *, with_store: bool = True) -> Release:
    """Opens the current release of a releases' root, or one release by its own folder.

    Args:
        path: the root or the folder.
        with_store: whether its store has to be there; where another engine answers, it need not.

    Raises:
        ReleaseError: there is none, or it is not complete.
    """
    folder = path if (path / INFO).is_file() else path / CURRENT
    info_file = folder.resolve() / INFO
    try:
        info = json.loads(info_file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ReleaseError(
            f"there is no release in {path}", hint="make one with 'rdfconv build INPUT --into DIR'"
        ) from error
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{info_file} cannot be read: {error}") from error
    release = Release(info_file.parent, info_file.parent.name, info)
    if with_store and not release.store.is_dir():
        raise ReleaseError(f"the release {release.path} has no store", hint="build it again")
    return release


def folder_of(path: Path, name: str) -> Path:
    """The folder of a release by its id, in a releases' root or where the path is the release."""
    return path if (path / INFO).is_file() else path / RELEASES / name


@contextmanager
def building(root: Path) -> Iterator[Path]:
    """The folder a build writes into; what was not published is gone at the end.

    One build at a time writes into a root. The folder ``releases`` is locked by the process, so
    a build that was killed holds no lock.

    Raises:
        ReleaseError: the folder cannot be made, or another build is writing into the root.
    """
    with _locked(root):
        try:
            yield begin(root)
        finally:
            _end(root)


def begin(root: Path) -> Path:
    """Makes the folder a build writes into, and removes what stopped builds left behind.

    Raises:
        ReleaseError: the folder cannot be made.
    """
    folder = root / RELEASES / f"{TEMPORARY}{uuid.uuid4().hex}"
    try:
        _tidy(root)
        folder.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(root, error) from error
    return folder


def publish(root: Path, folder: Path, info: Mapping[str, Any], *, now: datetime) -> Release:
    """Seals a finished folder (``release.json``, ``SHA256SUMS``), renames it, switches the link.

    Args:
        root: the releases' root.
        folder: what `begin` returned, with the store and the report in it.
        info: what ``release.json`` shall hold, with ``digest``.
        now: the time of the build, for the release's name.
    """
    _write_synced(folder / INFO, json.dumps(info, indent=2, sort_keys=True) + "\n")
    _write_synced(folder / CHECKSUMS, checksums(folder))
    name = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{info['digest'][:8]}"
    final = root / RELEASES / name
    number = 1
    while final.exists():
        number += 1
        final = root / RELEASES / f"{name}-{number}"
    _sync(folder)
    link = root / f".{CURRENT}-{uuid.uuid4().hex}"
    try:
        link.symlink_to(Path(RELEASES) / final.name)
        folder.rename(final)
        _sync_folder(final.parent)
        link.replace(root / CURRENT)
    finally:
        _withdraw(link)  # there is nothing to withdraw once the link has its name
    _sync_folder(root)
    return open_release(root)


def checksums(folder: Path) -> str:
    """The lines of ``SHA256SUMS``: one per file below the folder, sorted by name."""
    lines = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        if name != CHECKSUMS:
            with file.open("rb") as stream:
                lines.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {name}\n")
    return "".join(lines)


def verify(release: Release) -> None:
    """Compares the release's files with its ``SHA256SUMS``.

    Raises:
        ReleaseError: a file was changed, added or lost.
    """
    try:
        stated = set((release.path / CHECKSUMS).read_text("utf-8").splitlines())
    except OSError as error:
        raise ReleaseError(f"{release.path} has no {CHECKSUMS}") from error
    differing = stated ^ set(checksums(release.path).splitlines())
    if differing:
        name = min(line.split("  ", 1)[-1] for line in differing)
        raise ReleaseError(
            f"the release {release.id} was changed after it was built: {name}",
            hint="build it again",
        )


def releases(root: Path) -> list[Release]:
    """The releases that a root holds, oldest first."""
    found = []
    for info_file in (root / RELEASES).glob(f"[!.]*/{INFO}"):
        with suppress(ReleaseError):
            found.append(open_release(info_file.parent))
    return sorted(found, key=_age)


def roll_back(root: Path, to: str | None = None) -> Release:
    """Makes another release the current one, after comparing its files with their checksums.

    Args:
        root: the releases' root.
        to: the id of the release; the one that was built before the current one if None.

    Raises:
        ReleaseError: there is no such release, it was changed, or a build is writing into the root.
    """
    if not (root / RELEASES).is_dir():
        raise ReleaseError(f"{root} is no releases' folder", hint="give the folder of 'current'")
    with _locked(root):
        chosen = _chosen(root, to)
        verify(chosen)
        link = root / f"{_SWITCH}{uuid.uuid4().hex}"
        try:
            link.symlink_to(Path(RELEASES) / chosen.id)
            link.replace(root / CURRENT)
            _sync_folder(root)
        except OSError as error:
            raise _unwritable(root, error) from error
        finally:
            link.unlink(missing_ok=True)
        return open_release(root)


def prune(root: Path, keep: int) -> list[str]:
    """Removes all but the newest releases and the current one.

    Args:
        root: the releases' root.
        keep: how many stay; never less than `KEPT_AT_LEAST`.

    Returns:
        The ids of those that were removed.

    Raises:
        ReleaseError: one cannot be removed, or a build is writing into the root.
    """
    with _locked(root):
        current = open_release(root).id
        others = [release for release in releases(root) if release.id != current]
        removed = others[: max(len(others) + 1 - max(keep, KEPT_AT_LEAST), 0)]
        try:
            for release in removed:
                # First its name: nobody shall open half a release.
                doomed = root / RELEASES / f"{TEMPORARY}{uuid.uuid4().hex}"
                release.path.rename(doomed)
                shutil.rmtree(doomed)
        except OSError as error:
            raise _unwritable(root, error) from error
        return [release.id for release in removed]


def _chosen(root: Path, to: str | None) -> Release:
    """The release to go back to."""
    found = releases(root)
    if to is not None:
        fitting = [release for release in found if release.id == to]
    else:
        # The current one may be broken: that is a reason to leave it.
        current = (root / CURRENT).resolve().name
        places = [place for place, release in enumerate(found) if release.id == current]
        fitting = found[: places[0]] if places else [one for one in found if one.id < current]
    if fitting:
        return fitting[-1]
    ids = ", ".join(release.id for release in found) or "none"
    raise ReleaseError(
        f"there is no release {to} in {root}"
        if to is not None
        else f"{root} holds no release before the current",
        hint=f"there are: {ids}",
    )


def _age(release: Release) -> tuple[str, int, str]:
    """What sorts releases by their age: the time in the name, then, within a second, the file's."""
    return release.id[:16], (release.path / INFO).stat().st_mtime_ns, release.id


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Keeps other builds out of a root."""
    try:
        (root / RELEASES).mkdir(parents=True, exist_ok=True)
        descriptor = os.open(root / RELEASES, os.O_RDONLY)
    except OSError as error:
        raise _unwritable(root, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ReleaseError(
                f"another build is writing into {root}", hint="wait until it has ended"
            ) from error
        yield
    finally:
        os.close(descriptor)


def _unwritable(root: Path, error: OSError) -> ReleaseError:
    return ReleaseError(
        f"cannot write into {root}: {error.strerror}",
        hint="check that it is a folder that may be written, and the space left",
    )


def _end(root: Path) -> None:
    """Tidies at the end of a build, also if it is interrupted while doing so."""
    try:
        with suppress(OSError):  # what is still left the next build removes
            _tidy(root)
    except KeyboardInterrupt:
        _end(root)
        raise


def _tidy(root: Path) -> None:
    """Removes the temporary folders and the releases that were never published."""
    for link in root.glob(f".{CURRENT}-*"):
        if _NEW_LINK.fullmatch(link.name):
            _withdraw(link)
    for link in root.glob(f"{_SWITCH}*"):
        if link.is_symlink():
            link.unlink()
    for folder in (root / RELEASES).glob(f"{TEMPORARY}*"):
        shutil.rmtree(folder)


def _withdraw(link: Path) -> None:
    """Removes a link that did not become ``current``, and the release it names."""
    with suppress(FileNotFoundError):
        release = link.parent / link.readlink()
        if release.parent == link.parent / RELEASES:
            shutil.rmtree(release, ignore_errors=True)
        link.unlink()


def _write_synced(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    """Waits until a folder's content is on the disk."""
    for path in (folder, *folder.rglob("*")):
        _sync_folder(path)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
