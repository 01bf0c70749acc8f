"""A Virtuoso of our own: ``rdfconv serve --engine virtuoso``."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import threading
from pathlib import Path

import pytest

from rdfconv.building import build
from rdfconv.config import Settings
from rdfconv.dumping import DATA_GRAPH
from rdfconv.errors import RdfconvError
from rdfconv.isql import sql_rows
from rdfconv.release import open_release
from rdfconv.virtuoso import virtuoso
from server.engine import EngineError, ErrorKind
from server.engine.remote import RemoteEngine
from tests.conftest import SAMPLE, RunningServer, StartServer, children, runs, wait_until
from tests.engines.asking import content
from tests.engines.databases import sample_database, virtuoso_of_sample
from tests.server.web import ask, fetch


def test_one_database_has_one_server(sample_release: Path, tmp_path: Path) -> None:
    with (tmp_path / "virtuoso-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (
            pytest.raises(RdfconvError, match="another server"),
            virtuoso(open_release(sample_release), tmp_path, lambda text: None),
        ):
            pass


def test_triples_that_it_cuts(
    sample_release: Path,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are an error, and neither a smaller answer nor a table's rows are."""
    monkeypatch.setattr("rdfconv.virtuoso.MOST_ROWS", 1000)
    with virtuoso_of_sample(tmp_path_factory, sample_release) as server:
        engine = RemoteEngine(settings, server.url, DATA_GRAPH)
        text = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT"
        assert content(engine, f"{text} 1000", "nt").count(b"\n") == 1000
        for limit in ("1002", "5000"):
            with pytest.raises(EngineError) as caught:
                content(engine, f"{text} {limit}", "nt")
            assert caught.value.kind is ErrorKind.LARGE
        engine.close()


def test_the_password_is_not_seen(
    sample_release: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Anybody may read the arguments of a process."""
    with virtuoso_of_sample(tmp_path_factory, sample_release) as server:
        asking = threading.Thread(target=server.sql_rows, args=("delay(2);",))
        asking.start()
        seen: list[str] = []

        def asked() -> bool:
            arguments = [Path(f"/proc/{pid}/cmdline") for pid in children(os.getpid())]
            seen.extend(path.read_text("ascii") for path in arguments if path.exists())
            return any("isql" in one for one in seen)

        wait_until(asked, "the client")
        asking.join()
        assert not any(server.password in one for one in seen)
        with pytest.raises(RdfconvError, match="Bad login"):
            sql_rows(f"127.0.0.1:{server.sql}", "dba", "wrong", "SELECT 1;")
        assert server.sql_rows("SELECT 1;") == ["1"]


def virtuoso_pid(server: RunningServer) -> int:
    """The id of the Virtuoso that a server has started; 0 while there is none."""
    found = [pid for pid in children(server.process.pid) if "virtuoso" in name_of(pid)]
    return found[0] if found else 0


def killed(server: RunningServer) -> int:
    """Kills the Virtuoso of a server; its id."""
    pid = virtuoso_pid(server)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not runs(pid), "Virtuoso's end")
    return pid


def test_it_is_started_again_once(
    sample_release: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    start_server: StartServer,
) -> None:
    """Till then, and when it ends again, the server says that it cannot answer."""
    root = shutil.copytree(sample_release, tmp_path / "releases", symlinks=True)
    sample_database(tmp_path_factory, sample_release).rename(root / "virtuoso")
    server = start_server(root, engine="virtuoso", workers=1)
    assert "dumped" not in server.log.read_text()
    statuses = {200}

    def status() -> int:
        found = ask(f"{server.url}/sparql", "ASK { ?tf tfl:regulates ?target }").status
        statuses.add(found)
        return found

    first = killed(server)
    wait_until(lambda: virtuoso_pid(server) not in (0, first), "another Virtuoso")
    wait_until(lambda: status() == 200, "answers")
    assert statuses <= {200, 503}
    killed(server)
    wait_until(lambda: fetch(f"{server.url}/health").status == 503, "what the server says")
    reply = ask(f"{server.url}/sparql", "ASK { }")
    assert (reply.status, reply.json["type"].rsplit("/", 1)[1]) == (503, "unavailable")
    assert "no answers" in fetch(f"{server.url}/health").json["detail"]
    assert fetch(f"{server.url}/health/live").status == 200
    told = server.log.read_text()
    assert told.count("it is started again") == told.count("has ended again") == 1
    server.stop()
    assert server.process.returncode == 0
    assert "Traceback" not in server.log.read_text()


def test_a_virtuoso_of_our_own(tmp_path: Path, start_server: StartServer) -> None:
    """It starts and ends with the server, also when that is killed, and is loaded once."""
    build([SAMPLE / "pages" / "q06945.md"], tmp_path / "releases")
    for turn in range(2):
        server = start_server(tmp_path / "releases", engine="virtuoso", workers=1)
        assert ("dumped" in server.log.read_text()) is (turn == 0)
        (pid,) = [pid for pid in children(server.process.pid) if "virtuoso" in name_of(pid)]
        reply = ask(f"{server.url}/sparql", "SELECT (COUNT(*) AS ?n) { ?a tfl:regulates ?b }")
        assert int(reply.json["results"]["bindings"][0]["n"]["value"]) > 100
        assert fetch(f"{server.url}/protein/Q06945", accept="text/html").status == 200
        assert (
            tmp_path / "releases" / "virtuoso" / "virtuoso" / "password"
        ).stat().st_mode & 0o77 == 0
        if turn == 0:
            server.stop()
        else:
            server.process.kill()
            server.process.wait()
        wait_until(lambda: not runs(pid), "Virtuoso's end")  # noqa: B023


def name_of(pid: int) -> str:
    """The name of a process."""
    return Path(f"/proc/{pid}/comm").read_text("ascii")
