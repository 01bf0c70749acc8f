"""A release's files are read ahead."""

from __future__ import annotations

import logging
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from rdfconv.config import Settings
from server.engine.embedded import EmbeddedEngine
from server.engine.memory import available
from server.engine.warming import read_ahead
from tests.conftest import MakeRelease, wait_until


def test_as_much_is_read_as_there_is_room(tmp_path: Path) -> None:
    files = [tmp_path / name for name in "abc"]
    for file in files:
        file.write_bytes(b"x" * 3_000_000)
    assert read_ahead(files, 1 << 40) == 9_000_000
    assert read_ahead(files, 4_000_000) == 4_000_000
    assert read_ahead(files, 0) == 0
    assert read_ahead(files, 1 << 40, lambda: True) == 0
    files[1].unlink()
    assert read_ahead([*files, tmp_path], 1 << 40) == 6_000_000


def test_what_was_read_is_in_memory() -> None:
    # Not in a folder that is in memory anyway.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        file = Path(folder) / "file"
        file.write_bytes(os.urandom(1 << 20))
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        assert _in_memory(file) < 1 << 20
        read_ahead([file], available())
        assert _in_memory(file) == 1 << 20


def _in_memory(file: Path) -> int:
    """How many bytes of a file the system has in memory."""
    command = ["fincore", "--bytes", "--noheadings", "--output", "RES", str(file)]
    return int(subprocess.run(command, check=True, capture_output=True).stdout)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_server_reads_each_release(
    tmp_path: Path, make_release: MakeRelease, caplog: pytest.LogCaptureFixture, wanted: bool
) -> None:
    caplog.set_level(logging.INFO, "rdfconv.engine")
    first = make_release(tmp_path, "<x:a> <x:b> <x:c> .\n", "1")
    engine = EmbeddedEngine(Settings(release=str(tmp_path), workers=1, read_ahead=wanted))
    try:
        second = make_release(tmp_path, "<x:a> <x:b> <x:d> .\n", "2")
        assert engine.release() == second.id
        if wanted:
            wait_until(lambda: f"MB of release {first.id}" in caplog.text, "reading")
            wait_until(lambda: f"MB of release {second.id}" in caplog.text, "reading")
        assert ("ahead" in caplog.text) is wanted
    finally:
        engine.close()
