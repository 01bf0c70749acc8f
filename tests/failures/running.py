"""The command line as a process of its own, and what it leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph

from rdfconv.errors import ExitCode
from rdfconv.release import Release, open_release, verify
from tests.conftest import PATIENCE, runs, wait_until

ROWS = 20_000
"""How many rows the large input has."""


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Starts the command line in a session of its own, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, "-m", "rdfconv", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the command line to its end."""
    process = start(*arguments)
    output, errors = process.communicate(timeout=PATIENCE)
    assert session(process.pid) == []
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def session(leader: int) -> list[int]:
    """The processes that run in the session of a process that was started here."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and runs(int(entry.name)):
            try:
                if os.getsid(int(entry.name)) == leader:
                    found.append(int(entry.name))
            except ProcessLookupError:
                continue
    return found


def names(folder: Path) -> list[str]:
    """What is in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def whole(root: Path, *releases: Release) -> None:
    """Asserts that a root holds these releases and nothing else, and serves the last one."""
    assert names(root) == ["current", "releases"]
    assert names(root / "releases") == sorted(release.id for release in releases)
    opened = open_release(root)
    assert opened == releases[-1]
    verify(opened)
    store = pyoxigraph.Store.read_only(str(opened.store))
    assert store.query("ASK { ?regulator a ?class }")


def failed(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """Asserts that a command failed with one clear line."""
    assert result.returncode == ExitCode.FAILED, result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1, result.stderr
    for word in words:
        assert word in result.stderr


def begun(process: subprocess.Popen[str], folder: Path, pattern: str) -> None:
    """Waits until a command has made its temporary file, or has ended."""
    wait_until(lambda: bool(list(folder.glob(pattern))) or process.poll() is not None, pattern)
