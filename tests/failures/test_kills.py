"""Killed processes, and two builds at once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from rdfconv.errors import ExitCode
from rdfconv.release import open_release, verify
from tests.conftest import PATIENCE, children, runs, wait_until
from tests.failures.running import ROWS, begun, failed, run, session, start, whole

KILLS = 10


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


# Two builds at once


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
