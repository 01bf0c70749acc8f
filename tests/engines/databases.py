"""Virtuosos to test with. What they have is loaded once in a run of the tests, whichever worker
comes first; each start takes a copy of the database."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rdfconv.release import open_release
from rdfconv.virtuoso import Virtuoso, alone, free_port, started, virtuoso
from tests.federation.standins import loaded_with_facts, program, running

MEMORY = 400 << 20
"""Bytes that one may take; the sample needs less."""


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first who asks makes for all workers of the run; nobody writes into it.

    Args:
        factory: where folders come from.
        name: the folder's name.
        make: makes it at the path that it is given.
    """
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # what the workers of a run share
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / name).exists():
            unfinished = base / f"{name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            make(unfinished)
            unfinished.rename(base / name)
    return base / name


def sample_database(factory: pytest.TempPathFactory, root: Path) -> Path:
    """A copy of the database that has the sample.

    Args:
        factory: where folders come from.
        root: the releases' root of the sample.
    """

    def load(folder: Path) -> None:
        with virtuoso(open_release(root), folder, _silent, memory=MEMORY):
            pass

    return _copy(factory, made_once(factory, "virtuoso-of-the-sample", load))


@contextmanager
def virtuoso_of_sample(factory: pytest.TempPathFactory, root: Path) -> Iterator[Virtuoso]:
    """A Virtuoso that has the sample; see `sample_database`."""
    work = sample_database(factory, root)
    with virtuoso(open_release(root), work, _silent, memory=MEMORY) as server:
        yield server


@contextmanager
def virtuoso_of_facts(factory: pytest.TempPathFactory, may_read: Path) -> Iterator[Virtuoso]:
    """A Virtuoso that has the facts of all stand-ins and may use SERVICE.

    Args:
        factory: where folders come from.
        may_read: the folder that it may load files from.
    """
    work = _copy(factory, made_once(factory, "virtuoso-of-the-facts", loaded_with_facts))
    with (
        alone(work) as lock,
        started(work / "virtuoso", may_read, 0, MEMORY, lock) as server,
    ):
        yield server


def _copy(factory: pytest.TempPathFactory, made: Path) -> Path:
    return shutil.copytree(made, factory.mktemp("virtuoso") / "copy")


def _silent(text: str) -> None:
    """Says nothing."""


@contextmanager
def virtuoso_of(root: Path, work: Path) -> Iterator[Virtuoso]:
    """A Virtuoso that loads a release.

    Args:
        root: the releases' root.
        work: a folder for the database.
    """
    with virtuoso(open_release(root), work, _silent, memory=MEMORY) as server:
        yield server


@contextmanager
def oxigraph_of(root: Path, log: Path) -> Iterator[str]:
    """An Oxigraph server that has a release's store; its endpoint's address.

    Args:
        root: the releases' root.
        log: the file that it writes to.
    """
    port = free_port()
    store = str(open_release(root).store)
    command = [program("oxigraph"), "serve-read-only", "--location", store]
    with running([*command, "--bind", f"127.0.0.1:{port}"], port, log):
        yield f"http://127.0.0.1:{port}/query"
