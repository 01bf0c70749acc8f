"""Run a command and watch all of its processes: memory together, and disk while it runs.

`benchmarks.measure` tells the peak of the largest single process; here the processes of a run are
added up, so that what several hold and share is told as it weighs on the machine.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

EVERY = 0.2
"""Seconds between two looks at the memory; shorter peaks may be missed."""
_DISK = 5  # looks at the memory to one at the disk, which takes longer
_SESSION = 3  # the place of the session in /proc/PID/stat, counted behind the command's name


class Watched(NamedTuple):
    """What a run did and cost.

    Attributes:
        code: the exit code; minus the signal's number if a signal ended it.
        wall: seconds.
        cpu: seconds of all its processes, user and system.
        memory: bytes, the highest sum over its processes; what they share counts once (PSS).
        disk: bytes, the most that the watched folders took at one time.
    """

    code: int
    wall: float
    cpu: float
    memory: int
    disk: int


def watch(
    command: list[str],
    log: Path,
    *,
    folders: Callable[[], Iterable[Path]] = tuple,
    environment: Mapping[str, str] = os.environ,
    interrupt: Callable[[float], bool] = lambda wall: False,
) -> Watched:
    """Run a command to its end in a session of its own, and watch it.

    Args:
        command: program and arguments.
        log: the file for what it prints, overwritten.
        folders: names the folders whose size is watched, asked anew each time.
        environment: the command's environment.
        interrupt: told the seconds that have passed, says whether all its processes get SIGINT
            now, as from a terminal; asked until it said so.

    Raises:
        OSError: the command cannot be started.
    """
    opened = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    actions = [(os.POSIX_SPAWN_DUP2, opened, 1), (os.POSIX_SPAWN_DUP2, opened, 2)]
    start = time.monotonic()
    try:
        pid = os.posix_spawnp(
            command[0],
            command,
            environment,
            file_actions=actions,
            setsid=True,
            setsigdef=[signal.SIGINT],  # a shell has jobs in the background ignore it
        )
    finally:
        os.close(opened)
    memory = disk = ended = 0
    interrupted, looks = False, itertools.count()
    try:
        while True:
            ended, status, used = os.wait4(pid, os.WNOHANG)
            wall = time.monotonic() - start
            if ended:
                cpu = used.ru_utime + used.ru_stime
                return Watched(os.waitstatus_to_exitcode(status), wall, cpu, memory, disk)
            if not interrupted and interrupt(wall):
                os.killpg(pid, signal.SIGINT)
                interrupted = True
            memory = max(memory, sum(map(_proportional, members(pid))))
            if next(looks) % _DISK == 0:
                disk = max(disk, sum(map(size_on_disk, folders())))
            time.sleep(EVERY)
    finally:
        if not ended:  # this process was interrupted
            os.killpg(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


def members(session: int) -> Iterator[int]:
    """The processes of a session."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # it has ended
            if int(stat.rpartition(")")[2].split()[_SESSION]) == session:
                yield int(entry.name)


def _proportional(pid: int) -> int:
    """The memory of a process in bytes, shared pages divided by those who share them."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
            return next((int(line.split()[1]) * 1024 for line in lines if line[:4] == "Pss:"), 0)
    except OSError:
        return 0  # it has ended


def size_on_disk(path: Path) -> int:
    """The bytes that a file, or a folder with all it holds, takes on the disk."""
    try:
        taken = path.lstat().st_blocks * 512
        if path.is_dir() and not path.is_symlink():
            taken += sum(map(size_on_disk, path.iterdir()))
    except OSError:
        return 0  # it was removed meanwhile
    return taken
