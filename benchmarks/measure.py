"""Run a command in a process of its own and measure it; tell what machine this is.

Run as a script, it is the launcher that ``run`` starts: a process forked off a large one inherits
its peak memory on Linux, so a small interpreter forks the measured command.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import NamedTuple


class Measure(NamedTuple):
    """What one run cost.

    Attributes:
        wall: seconds.
        cpu: seconds of all its processes, user and system.
        peak: bytes, the largest resident memory that any single one of its processes reached.
    """

    wall: float
    cpu: float
    peak: int


class Machine(NamedTuple):
    """Where the figures were taken; ``load`` is the average of the last minute."""

    cpu: str
    cores: int
    memory: int
    python: str
    system: str
    load: float


class RunError(Exception):
    """A measured command failed; the message has the command and the end of what it printed."""


def run(command: list[str], log: str) -> Measure:
    """Run a command to its end.

    Args:
        command: program and arguments.
        log: the file for what the command prints, overwritten.

    Raises:
        RunError: the command cannot be started or ends with another code than 0.
    """
    import subprocess

    launcher = [sys.executable, "-I", "-S", __file__, log, *command]
    done = subprocess.run(launcher, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunError(f"{' '.join(command)}\n{done.stderr}{_tail(log)}")
    return Measure(**json.loads(done.stdout))


def machine() -> Machine:
    """This machine, as far as Linux tells; unknown values are empty or 0."""
    import platform

    return Machine(
        cpu=_field("/proc/cpuinfo", "model name"),
        cores=len(os.sched_getaffinity(0)),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        load=round(os.getloadavg()[0], 2),
    )


def _field(path: str, name: str) -> str:
    try:
        with open(path, encoding="utf-8") as lines:
            return next(
                (line.partition(":")[2].strip() for line in lines if line.startswith(name)), ""
            )
    except OSError:
        return ""


def _tail(log: str) -> str:
    try:
        with open(log, encoding="utf-8", errors="replace") as lines:
            return "".join(lines.readlines()[-20:])
    except OSError:
        return ""


def _launch(log: str, command: list[str]) -> int:
    """Start, wait, print the measure as JSON; returns the command's exit code."""
    opened = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    actions = [(os.POSIX_SPAWN_DUP2, opened, 1), (os.POSIX_SPAWN_DUP2, opened, 2)]
    start = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, used = os.wait4(pid, 0)
    wall = time.monotonic() - start
    cpu = used.ru_utime + used.ru_stime
    print(json.dumps(Measure(wall, cpu, used.ru_maxrss * 1024)._asdict()))
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(_launch(sys.argv[1], sys.argv[2:]))
