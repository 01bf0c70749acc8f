"""Full and read-only disks, and places that cannot be written to."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rdfconv.errors import ExitCode
from rdfconv.release import open_release, verify
from tests.conftest import PATIENCE
from tests.failures.conftest import Disk
from tests.failures.running import failed, names, run, whole
from tests.inputs import row, table


def out_of_room(result: subprocess.CompletedProcess[str]) -> None:
    """Asserts that a build failed for want of room, as the system says it, or SQLite, which does
    not hand on what the system says."""
    failed(result, "space left")
    reasons = (
        "No space left on device",
        "cannot write the table of edges: database or disk is full",
        "cannot write the table of edges: unable to open database file",
    )
    assert any(reason in result.stderr for reason in reasons), result.stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(("name", "size"), [("o.nt", "64k"), ("o.nt", "3m"), ("o.ttl.gz", "100k")])
def test_convert_on_a_full_disk(name: str, size: str, jobs: str, large: Path, disk: Disk) -> None:
    disk.mount(f"size={size}")
    output = disk.path / name
    output.write_text("old", "utf-8")
    result = run("convert", large, "-o", output, "--jobs", jobs)
    failed(result, f"cannot write {output}: No space left on device", "check the folder")
    assert names(disk.path) == [name]
    assert output.read_text("utf-8") == "old"


def test_build_on_a_full_disk(large: Path, small: Path, disk: Disk) -> None:
    """The more room there is, the later it stops: in the store's first files, or its last."""
    disk.mount("size=8m")
    root = disk.path / "root"
    assert run("build", small, "--into", root).returncode == ExitCode.DONE
    old = open_release(root)
    room = os.statvfs(disk.path)
    used = (room.f_blocks - room.f_bfree) * room.f_frsize >> 10
    for more in (100, 500, 1500, 3500):
        disk.mount(f"remount,size={used + more}k")
        out_of_room(run("build", large, "--into", root, "--jobs", "2"))
        whole(root, old)
    disk.mount("remount,size=512m")
    assert run("build", large, "--into", root).returncode == ExitCode.DONE
    whole(root, old, open_release(root))


def test_a_report_larger_than_the_disk(small: Path, tmp_path: Path, disk: Disk) -> None:
    """Rejected rows are small in the store and large in the report, which is written last."""
    table_of_bad_rows = tmp_path / "bad.tsv"
    table_of_bad_rows.write_text(table(row(), *["x" * 20_000] * 500), "utf-8")
    disk.mount("size=10m")
    root = disk.path / "root"
    assert run("build", small, "--into", root).returncode == ExitCode.DONE
    old = open_release(root)
    result = run("build", table_of_bad_rows, "--into", root)
    failed(result, "cannot write the release: No space left on device", "is untouched")
    whole(root, old)


def test_a_disk_without_room_for_files(small: Path, disk: Disk) -> None:
    """The number of files is limited, so that each of the store's files can be one too many."""
    disk.mount("size=64m,nr_inodes=128")
    root = disk.path / "root"
    assert run("build", small, "--into", root).returncode == ExitCode.DONE
    old = open_release(root)
    used = os.statvfs(disk.path).f_files - os.statvfs(disk.path).f_ffree
    for more in (0, 1, 2, 4, 8, 16):
        disk.mount(f"remount,nr_inodes={used + more}")
        out_of_room(run("build", small, "--into", root))
        whole(root, old)


@pytest.mark.parametrize(
    "arguments",
    ["convert {} -o - -f nt", "convert {} -o - -f nt --jobs 2", "check {} --json --quiet"],
)
def test_standard_output_that_is_full(arguments: str, large: Path) -> None:
    command = f"{sys.executable} -m rdfconv {arguments.format(large)} >/dev/full"
    result = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    failed(result, "cannot write standard output: No space left on device")


def test_a_read_only_disk(small: Path, disk: Disk) -> None:
    disk.mount("size=16m")
    root = disk.path / "root"
    assert run("build", small, "--into", root).returncode == ExitCode.DONE
    old = open_release(root)
    disk.mount("remount,ro")
    failed(run("build", small, "--into", root), f"cannot write into {root}", "Read-only")
    failed(run("build", small, "--into", disk.path / "new"), "cannot write into", "Read-only")
    output = disk.path / "out.nt"
    failed(run("convert", small, "-o", output), f"cannot write {output}", "Read-only")
    whole(root, old)


# Places to write to


def test_an_output_that_is_a_folder(small: Path, tmp_path: Path) -> None:
    failed(run("convert", small, "-o", tmp_path, "-f", "nt"), os.strerror(errno.EISDIR))
    failed(run("convert", small, "-o", tmp_path / ("a" * 300 + ".nt")), "File name too long")
    (tmp_path / "file").write_text("", "utf-8")
    failed(run("convert", small, "-o", tmp_path / "file" / "out.nt"), "Not a directory")
    assert names(tmp_path) == ["file"]


def test_current_that_is_a_folder(root: Path, small: Path) -> None:
    """The switch of the link fails after the rename: the release must not stay unpublished."""
    old = open_release(root)
    (root / "current").unlink()
    (root / "current").mkdir()
    (root / "current" / "file").write_text("", "utf-8")
    failed(run("build", small, "--into", root), "cannot write the release")
    assert names(root) == ["current", "releases"]
    assert names(root / "releases") == [old.id]


def test_a_link_stays_a_link(small: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to("real")
    (tmp_path / "out.nt").symlink_to("real/out.nt")
    for _ in range(2):
        assert run("build", small, "--into", tmp_path / "root").returncode == ExitCode.DONE
        assert run("convert", small, "-o", tmp_path / "out.nt").returncode == ExitCode.DONE
    assert names(tmp_path) == ["out.nt", "real", "root"]
    assert names(tmp_path / "real") == ["current", "out.nt", "releases"]
    assert (tmp_path / "root").is_symlink()
    assert (tmp_path / "out.nt").is_symlink()
    assert len(names(tmp_path / "real" / "releases")) == 2
    verify(open_release(tmp_path / "root"))


def test_a_pipe_is_written_into(small: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text("utf-8")), daemon=True)
    reader.start()
    assert run("convert", small, "-o", pipe, "-f", "nt").returncode == ExitCode.DONE
    reader.join(PATIENCE)
    assert pipe.is_fifo()
    assert read[0].endswith(" .\n")
