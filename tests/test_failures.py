"""What goes wrong around a run: full disks, interrupts, killed processes, two builds at once.

Everything is real: file systems of limited size, signals, processes. A limited file system is a
tmpfs that the test mounts, which needs root; without it, run the tests in a namespace of their
own: ``unshare --user --map-root-user --mount .venv/bin/pytest tests/test_failures.py``.
"""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph
import pytest

from rdfconv.errors import ExitCode
from rdfconv.release import Release, open_release, verify
from tests.conftest import PATIENCE, children, runs, wait_until
from tests.inputs import row, table

INTERRUPTED = "interrupted; nothing was published"
ROWS = 20_000
KILLS = 10
MOMENTS = 2
"""How many moments of each command are interrupted."""


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


@pytest.fixture
def root(small: Path, tmp_path: Path) -> Path:
    """A releases' root with one release."""
    path = tmp_path / "root"
    assert run("build", small, "--into", path).returncode == ExitCode.DONE
    return path


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


# --- full and read-only disks -------------------------------------------------------------------


@dataclass(frozen=True)
class Disk:
    """A file system of its own."""

    path: Path

    def mount(self, options: str) -> None:
        """Mounts it, or changes its limits."""
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(self.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode and os.getuid():
            pytest.skip(f"mounting needs root; use unshare (see above): {done.stderr.strip()}")
        assert done.returncode == 0, f"mounting needs CAP_SYS_ADMIN (see above): {done.stderr}"


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
    disk.mount("size=3m")
    root = disk.path / "root"
    assert run("build", small, "--into", root).returncode == ExitCode.DONE
    old = open_release(root)
    for size in ("2600k", "3m", "4m", "6m"):
        disk.mount(f"remount,size={size}")
        failed(run("build", large, "--into", root, "--jobs", "2"), "No space left on device")
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
        failed(run("build", small, "--into", root), "No space left on device")
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


# --- places to write to -------------------------------------------------------------------------


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


# --- interrupts ---------------------------------------------------------------------------------


def begun(process: subprocess.Popen[str], folder: Path, pattern: str) -> None:
    """Waits until a command has made its temporary file, or has ended."""
    wait_until(lambda: bool(list(folder.glob(pattern))) or process.poll() is not None, pattern)


def interrupt(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """Interrupts as a terminal does (SIGINT to all) or as ``kill`` does; what came of it."""
    if process.poll() is None and number == signal.SIGINT:
        os.killpg(process.pid, number)
    elif process.poll() is None:
        process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE)
    wait_until(lambda: session(process.pid) == [], "the end of all processes")
    return process.returncode, errors.strip()


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_conversion_leaves_nothing(
    number: signal.Signals, jobs: str, large: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.ttl"
    arguments = ("convert", large, "-o", output, "--jobs", jobs)
    process = start(*arguments)
    begun(process, tmp_path, ".out*")
    first = time.monotonic()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == ExitCode.DONE
    duration = time.monotonic() - first
    moments = random.Random(f"{number} {jobs}")
    for _ in range(MOMENTS):
        output.write_text("old", "utf-8")
        process = start(*arguments)
        begun(process, tmp_path, ".out*")
        time.sleep(moments.random() * duration)
        code, errors = interrupt(process, number)
        assert names(tmp_path) == ["out.ttl"]
        if output.read_text("utf-8") == "old":
            assert (code, errors) == (ExitCode.INTERRUPTED, INTERRUPTED)


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_nothing(
    number: signal.Signals, jobs: str, large: Path, root: Path
) -> None:
    releases = [open_release(root)]
    arguments = ("build", large, "--into", root, "--jobs", jobs)
    process = start(*arguments)
    begun(process, root, "releases/.tmp-*")
    first = time.monotonic()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == ExitCode.DONE
    duration = time.monotonic() - first
    releases.append(open_release(root))
    moments = random.Random(f"{number} {jobs}")
    for _ in range(MOMENTS):
        process = start(*arguments)
        begun(process, root, "releases/.tmp-*")
        time.sleep(moments.random() * duration)
        code, errors = interrupt(process, number)
        if open_release(root) == releases[-1]:
            assert (code, errors) == (ExitCode.INTERRUPTED, INTERRUPTED)
        else:  # it was published before the signal came
            releases.append(open_release(root))
        whole(root, *releases)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_impatience_leaves_nothing(number: signal.Signals, large: Path, root: Path) -> None:
    """A second signal while the first one is being obeyed changes nothing."""
    old = open_release(root)
    for pattern in ("releases/.tmp-*", "releases/.tmp-*/store"):
        process = start("build", large, "--into", root, "--jobs", "2")
        begun(process, root, pattern)
        for _ in range(20):
            if process.poll() is None:
                process.send_signal(number)
            time.sleep(0.002)
        assert interrupt(process, number) == (ExitCode.INTERRUPTED, INTERRUPTED)
        whole(root, old)


# --- killed processes ---------------------------------------------------------------------------


def kill(process: subprocess.Popen[str]) -> None:
    """Kills a command; the processes it had started may still run and hold its streams."""
    process.kill()
    process.wait(PATIENCE)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def workers(process: subprocess.Popen[str]) -> list[int]:
    """The processes of a command that convert: those that are copies of it."""
    own = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    found = []
    for pid in children(process.pid):
        with suppress(OSError):
            if Path(f"/proc/{pid}/cmdline").read_bytes() == own:
                found.append(pid)
    return found


def test_a_build_killed_at_any_moment(large: Path, small: Path, root: Path) -> None:
    """The old release is served, no process stays, and the next build leaves nothing over."""
    releases = [open_release(root)]
    arguments = ("build", large, "--into", root, "--jobs", "2")
    first = time.monotonic()
    assert run(*arguments).returncode == ExitCode.DONE
    duration = time.monotonic() - first
    releases.append(open_release(root))
    moments = random.Random(0)
    for number in range(KILLS):
        process = start(*arguments)
        time.sleep((number + moments.random()) * duration / KILLS)
        kill(process)
        served = open_release(root)
        verify(served)
        if served != releases[-1]:  # it was published before
            releases.append(served)
        wait_until(lambda pid=process.pid: session(pid) == [], "the orphans' end")  # type: ignore[misc]
        result = run("build", small, "--into", root)
        assert result.returncode == ExitCode.DONE, result.stderr
        releases.append(open_release(root))
        whole(root, *releases)


def test_a_release_that_was_never_published_is_removed(root: Path, small: Path) -> None:
    """A build that was killed between the rename and the switch leaves a release and a link."""
    old = open_release(root)
    old.path.rename(root / "releases" / "unpublished")
    assert run("build", small, "--into", root).returncode == ExitCode.DONE
    kept = open_release(root)
    (root / f".current-{'0' * 32}").symlink_to("releases/unpublished")
    assert run("build", small, "--into", root).returncode == ExitCode.DONE
    whole(root, kept, open_release(root))


def test_a_killed_worker_is_told(large: Path, root: Path) -> None:
    old = open_release(root)
    process = start("build", large, "--into", root, "--jobs", "2")
    wait_until(lambda: len(workers(process)) == 2, "the workers")
    os.kill(workers(process)[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == ExitCode.FAILED
    assert errors.startswith("error: a worker process ended unexpectedly (exit code -9)")
    assert session(process.pid) == []
    whole(root, old)


def test_a_killed_load_is_told(large: Path, root: Path) -> None:
    old = open_release(root)
    process = start("build", large, "--into", root)
    begun(process, root, "releases/.tmp-*/store")
    [loading] = set(children(process.pid)) - set(workers(process))
    os.kill(loading, signal.SIGKILL)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == ExitCode.FAILED
    assert errors.startswith("error: cannot write the store: its process ended (-9)")
    assert session(process.pid) == []
    whole(root, old)


# --- two builds at once -------------------------------------------------------------------------


def test_two_builds_at_once(large: Path, small: Path, root: Path) -> None:
    """The second one is refused, and the first one does not notice."""
    old = open_release(root)
    process = start("build", large, "--into", root, "--jobs", "2", "--json")
    begun(process, root, "releases/.tmp-*")
    process.send_signal(signal.SIGSTOP)
    try:
        second = run("build", small, "--into", root)
    finally:
        process.send_signal(signal.SIGCONT)
    failed(second, f"another build is writing into {root}", "wait until it has ended")
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == ExitCode.DONE, errors
    assert json.loads(output)["rows"]["written"] == ROWS
    whole(root, old, open_release(root))


def test_an_orphan_does_not_keep_the_next_build_out(large: Path, small: Path, root: Path) -> None:
    """A worker that cannot end yet, when its build was killed, holds no lock."""
    old = open_release(root)
    process = start("build", large, "--into", root, "--jobs", "2")
    wait_until(lambda: len(workers(process)) == 2, "the workers")
    orphan = workers(process)[0]
    wait_until(lambda: not holds(orphan, root / "releases"), "the worker's start")
    os.kill(orphan, signal.SIGSTOP)
    try:
        kill(process)
        result = run("build", small, "--into", root)
        assert result.returncode == ExitCode.DONE, result.stderr
        assert runs(orphan)
    finally:
        os.kill(orphan, signal.SIGCONT)
    wait_until(lambda: session(process.pid) == [], "the orphan's end")
    whole(root, old, open_release(root))


def holds(pid: int, folder: Path) -> bool:
    """Whether a process has a folder open."""
    try:
        return any(
            os.path.realpath(entry) == os.path.realpath(folder)
            for entry in Path(f"/proc/{pid}/fd").iterdir()
        )
    except FileNotFoundError:
        return False
