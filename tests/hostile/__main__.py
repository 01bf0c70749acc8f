"""``python -m tests.hostile [--release DIR]``: all bad requests, printed as a table.

Afterwards the same server must answer a normal query as fast as before, with no process or file
left over, and with as much memory.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import RunningServer, children, served
from tests.hostile.cases import Case, cases
from tests.hostile.client import Target, query_path

SETTINGS = {
    "query_timeout": 2,
    "query_memory": 1 << 30,
    "queue_timeout": 60,
    "workers": 2,
    # One client sends everything here: its share of the time must not stop it.
    "client_seconds": 0,
    "client_queries": 0,
}
"""Limits that make the greedy queries end soon."""
NORMAL = query_path(
    "SELECT ?target { <http://purl.uniprot.org/uniprot/Q06945> tfl:regulates ?target }"
)
REPEATS = 51
SETTLING = 30.0
"""Seconds until memory is looked at again."""


@dataclass(frozen=True, slots=True)
class Found:
    """A case and what came of it."""

    case: Case
    got: str

    @property
    def is_right(self) -> bool:
        """Whether it was expected."""
        return self.got in self.case.expected

    def __str__(self) -> str:
        expected = " or ".join(sorted(self.case.expected))
        mark = "" if self.is_right else "   <-- WRONG"
        return f"{self.case.name:<52} {expected:<42} {self.got}{mark}"


@dataclass(slots=True)
class State:
    """What a server uses: processes, open files, files in the release, memory in bytes, and the
    median seconds of a normal query."""

    processes: int
    files: int
    stored: list[str]
    memory: int
    median: float


@dataclass(slots=True)
class Outcome:
    """All that a run found."""

    found: list[Found] = field(default_factory=list)
    before: State | None = None
    after: State | None = None
    trapped: int = 0

    def faults(self) -> list[str]:
        """What is wrong, in words."""
        wrong = [f"{one.case.name}: {one.got}" for one in self.found if not one.is_right]
        assert self.before
        assert self.after
        if self.trapped:
            wrong.append(f"{self.trapped} connections to a listener nobody may ask")
        if self.after.processes > self.before.processes:
            wrong.append(f"{self.after.processes} processes, {self.before.processes} before")
        if self.after.files > self.before.files:
            wrong.append(f"{self.after.files} open files, {self.before.files} before")
        if self.after.stored != self.before.stored:
            wrong.append("files were left in the release")
        return wrong


def run(
    server: RunningServer,
    root: Path,
    settling: float,
    on_found: Callable[[Found], None] = lambda found: None,
) -> Outcome:
    """Sends all bad requests to a server.

    Args:
        server: the server.
        root: the releases' root it serves.
        settling: seconds it has for coming to rest.
        on_found: called with each case as it is done.
    """
    target = Target(server.url)
    outcome = Outcome(before=state(server, root))
    with trap() as (address, count):
        for case in cases(address):
            outcome.found.append(Found(case, case.run(target)))
            on_found(outcome.found[-1])
        outcome.trapped = count()
    time.sleep(settling)
    outcome.after = state(server, root)
    return outcome


@contextmanager
def trap() -> Iterator[tuple[str, Callable[[], int]]]:
    """A listener on loopback that counts who connects: its address as an IRI, and the count."""
    hits: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            try:
                while True:
                    connection, address = listener.accept()
                    hits.append(address)
                    connection.close()
            except OSError:
                return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/sparql", lambda: len(hits)
        listener.shutdown(socket.SHUT_RDWR)


def state(server: RunningServer, root: Path) -> State:
    """What a server uses now."""
    target = Target(server.url)
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        assert target.get(NORMAL) == "200"
        times.append(time.perf_counter() - start)
    stored = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
    return State(
        len(_tree(server.process.pid)),
        len(os.listdir(f"/proc/{server.web_pid}/fd")),  # noqa: PTH208
        stored,
        memory(server),
        statistics.median(times),
    )


def _tree(pid: int) -> list[int]:
    """A process and all below it."""
    return [pid, *(one for child in children(pid) for one in _tree(child))]


def memory(server: RunningServer) -> int:
    """Proportional resident bytes of all its processes: what they share counts once."""
    total = 0
    for pid in _tree(server.process.pid):
        # A worker may end in this moment.
        with suppress(OSError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
            [line] = [line for line in text.splitlines() if line.startswith("Pss_Anon:")]
            total += int(line.split()[1]) * 1024
    return total


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--release", type=Path, help="a releases' root [the sample, built for it]")
    given = parser.parse_args()
    with served(given.release, **SETTINGS) as (server, root):
        print(f"{'request':<52} {'expected':<42} got")
        outcome = run(server, root, SETTLING, lambda found: print(found, flush=True))
    before, after = outcome.before, outcome.after
    assert before
    assert after
    print(
        f"\n{len(outcome.found)} requests, {sum(one.is_right for one in outcome.found)} as expected"
        f"\nmedian of a normal query: {before.median * 1e3:.1f} ms before, "
        f"{after.median * 1e3:.1f} ms after ({after.median / before.median:.2f} times; under 2)"
        f"\nmemory: {before.memory / 1e6:.0f} MB before, {after.memory / 1e6:.0f} MB after "
        f"{SETTLING:.0f} s ({after.memory / before.memory - 1:+.0%}; within 10 %)"
        f"\nprocesses: {before.processes}, {after.processes}; open files: {before.files}, "
        f"{after.files}; connections from inside: {outcome.trapped}"
    )
    faults = outcome.faults()
    if after.median > 2 * before.median:
        faults.append("a normal query takes more than twice as long")
    if after.memory > 1.1 * before.memory:
        faults.append("memory grew by more than 10 %")
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
