"""Releases to test with, and real server processes that serve them.

Everything listens on loopback, on ports that the system chooses, and is stopped at the end.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest

from rdfconv import release
from rdfconv.building import build

ROOT = Path(__file__).parent.parent
SAMPLE = Path(__file__).parent / "data" / "sample"
PATIENCE = 60.0
"""Seconds after which something that should have happened counts as failed."""


def pytest_configure() -> None:
    """Lets the programs under test be interrupted, also where the tests run in the background of a
    shell: it has what it starts there ignore Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


_LONG = """accessibility service_in remote_engine own_virtuoso remote_virtuoso validate pages
cluster engine network look downloads publish sparql_page reasoner operations search shapes
site_page entailment examples limits mapping screenshots whole interrupts clicks search_index
build"""
PLACES = {f"test_{name}": place for place, name in enumerate(_LONG.split())}
"""Files that take long, whatever the number of their tests, the longest first: they begin in this
order, before all others, so that the workers end at about the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests of the long files before the others."""
    items.sort(key=lambda item: PLACES.get(item.path.stem, len(PLACES)))


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Takes back what a command that ran within the test process did about signals: programs that
    later tests start would inherit it."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Waits for a condition.

    Raises:
        AssertionError: it did not come true.
    """
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """The ids of the processes that a process has started and that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def runs(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


@dataclass
class RunningServer:
    """A server that was started for a test.

    Attributes:
        url: where it listens, without a slash at the end.
        process: the process that was started.
        log: the file its standard error goes to.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def web_pid(self) -> int:
        """The id of its web process."""
        (pid,) = children(self.process.pid)
        return pid

    @property
    def worker_pids(self) -> list[int]:
        """The ids of its query workers."""
        return children(self.web_pid)

    def stop(self) -> None:
        """Stops it as an operator does, and waits for its end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)


StartServer = Callable[..., RunningServer]


def started(root: Path, log: Path, *, port: int = 0, **settings: object) -> RunningServer:
    """Starts ``rdfconv serve`` on a release, with settings, and waits until it is healthy.

    Args:
        root: the releases' root.
        log: the file that standard error goes to.
        port: where it shall listen; 0 leaves that to the system.
        settings: the settings that are not the usual ones.
    """
    environment = dict(os.environ)
    environment.update({f"RDFCONV_{name.upper()}": str(v) for name, v in settings.items()})
    command = [sys.executable, "-m", "rdfconv", "serve"]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*command, "--release", str(root), "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stderr=stream,
            stdout=stream,
            stdin=subprocess.DEVNULL,
        )
    server = RunningServer("", process, log)
    try:

        def listening() -> bool:
            assert process.poll() is None, f"the server ended: {log.read_text()}"
            return "listening at " in log.read_text()

        wait_until(listening, "the server's log line")
        server.url = log.read_text().partition("listening at ")[2].split()[0]
        wait_until(lambda: _healthy(server.url), "the server's health")
    except BaseException:
        server.stop()
        raise
    return server


@contextmanager
def served(release: Path | None, **settings: object) -> Iterator[tuple[RunningServer, Path]]:
    """A server for a while, and the releases' root that it serves.

    Args:
        release: the root; None builds the sample.
        settings: the settings that are not the usual ones.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = release or Path(folder) / "releases"
        if release is None:
            build([SAMPLE], root)
        server = started(root, Path(folder) / "log", port=0, **settings)
        try:
            yield server, root
        finally:
            server.stop()


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Starts ``rdfconv serve`` on a release, with settings as keyword arguments."""
    servers: list[RunningServer] = []

    def start(root: Path, **settings: Any) -> RunningServer:
        servers.append(started(root, tmp_path_factory.mktemp("server") / "log", **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=PATIENCE) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def sample_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A releases' root with a release built from ``tests/data/sample``, once for all workers; no
    test writes into it."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # what the workers of a run share
    root = base / "sample"
    with (base / "sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "current").exists():
            build([SAMPLE], root)
    return root


@pytest.fixture(scope="session")
def base_url(sample_release: Path, start_server: StartServer) -> str:
    """A server that serves the sample."""
    return start_server(sample_release).url


MakeRelease = Callable[..., release.Release]


@pytest.fixture(scope="session")
def make_release() -> MakeRelease:
    """Publishes a release that holds just the N-Quads given: ``make(root, quads, digest="0")``."""

    def make(root: Path, quads: str, digest: str = "0") -> release.Release:
        folder = release.begin(root)
        store = pyoxigraph.Store(str(folder / release.STORE))
        store.bulk_load(quads.encode(), pyoxigraph.RdfFormat.N_QUADS)
        store.flush()
        del store
        info = {"digest": digest * 64}
        return release.publish(root, folder, info, now=datetime.now(UTC))

    return make


@pytest.fixture(scope="session")
def sample() -> Path:
    """The folder of the data set *sample*."""
    return SAMPLE


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the full test data; CI has it, elsewhere tests that need it are skipped."""
    folder = os.environ.get("RDFCONV_TEST_DATA")
    if folder is None:
        pytest.skip("RDFCONV_TEST_DATA does not name the folder of the full test data")
    return Path(folder) / "data"
