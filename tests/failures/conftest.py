"""Inputs, a releases' root, and file systems of limited size."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rdfconv.errors import ExitCode
from tests.failures.running import ROWS, run
from tests.inputs import row, table


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of one row."""
    path = tmp_path_factory.mktemp("small") / "table.tsv"
    path.write_text(table(row()), "utf-8")
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of two blocks, so that two processes have work."""
    path = tmp_path_factory.mktemp("large") / "table.tsv"
    rows = [
        row(UniprotID_TF=f"P{n % 20:05}", UniprotID_Target=f"Q{n // 20:05}", Name_Target="-")
        for n in range(ROWS)
    ]
    path.write_text(table(*rows), "utf-8")
    return path


@pytest.fixture(scope="module")
def built(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A releases' root with one release, which is only read."""
    path = tmp_path_factory.mktemp("built") / "root"
    assert run("build", small, "--into", path).returncode == ExitCode.DONE
    return path


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    """A releases' root with one release, to be changed by the test."""
    return Path(shutil.copytree(built, tmp_path / "root", symlinks=True))


@dataclass(frozen=True)
class Disk:
    """A file system of its own."""

    path: Path

    def mount(self, options: str) -> None:
        """Mounts it, or changes its limits."""
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(self.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode and os.getuid():
            pytest.skip(
                f"mounting needs root; use unshare (see tests.failures): {done.stderr.strip()}"
            )
        assert done.returncode == 0, (
            f"mounting needs CAP_SYS_ADMIN (see tests.failures): {done.stderr}"
        )


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A file system to be given its limits by the test."""
    path = tmp_path / "disk"
    path.mkdir()
    try:
        yield Disk(path)
    finally:
        while os.path.ismount(path):
            subprocess.run(["umount", str(path)], check=True)
