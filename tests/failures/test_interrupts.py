"""Interrupted runs leave nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from rdfconv.errors import ExitCode
from rdfconv.release import open_release
from tests.conftest import PATIENCE, wait_until
from tests.failures.running import begun, names, session, start, whole

INTERRUPTED = "interrupted; nothing was published"
MOMENTS = 2
"""How many moments of each command are interrupted."""


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
