"""A Virtuoso of our own: dump a release, load it once, start, ask.

Virtuoso 7 (https://github.com/openlink/virtuoso-opensource) is a column store: it counts over all
edges many times faster than the store of a release. The database stays in a folder with the digest
of the release it was loaded from, and is used again as long as that fits. Virtuoso has no default
graph of its own, so a release's default graph is loaded as the named graph `DATA_GRAPH`, and each
query is told to use that as the default graph.

The server listens on loopback only. Its administrator has a password of its own, kept in the
folder; the public may read and nothing else, and SERVICE is not allowed.
"""

from __future__ import annotations

import ctypes
import fcntl
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from rdfconv.dumping import BYTES_PER_TRIPLE, DATA_GRAPH, SMALLEST, Say, dumped, folder_of, size
from rdfconv.errors import RdfconvError, UsageError
from rdfconv.isql import CLIENT, sql_rows
from rdfconv.keeping import Kept
from rdfconv.release import Release

SERVER = "virtuoso-t"
PACKAGE = "virtuoso-opensource-7-bin"
SECONDS_TO_START = 900
MOST_ROWS = 100_000_000
"""Rows beyond which Virtuoso cuts an answer, and says so in a header."""
_OTHER_USER = "SELECT user_set_password(U_NAME, '{}') FROM DB.DBA.SYS_USERS WHERE U_NAME = 'dav';"
"""Gives the user that may write files by HTTP a password; else it is its name."""
_SERVED = "served"
"""The folder that Virtuoso shows over HTTP, which stays empty."""
_SETTINGS = "virtuoso.ini"
_DIED_WITH_PARENT = 1  # PR_SET_PDEATHSIG, linux/prctl.h


@dataclass(frozen=True, slots=True)
class Virtuoso:
    """A running server.

    Attributes:
        http: the port of its SPARQL endpoint.
        sql: the port of its SQL.
        password: its administrator's.
    """

    http: int
    sql: int
    password: str

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://127.0.0.1:{self.http}/sparql"

    def sql_rows(self, statement: str) -> list[str]:
        """The lines that an SQL statement gives.

        Raises:
            RdfconvError: it fails.
        """
        return sql_rows(f"127.0.0.1:{self.sql}", "dba", self.password, statement)


def check_programs() -> None:
    """Checks that Virtuoso is there.

    Raises:
        RdfconvError: it is not.
    """
    for program in (SERVER, CLIENT):
        if shutil.which(program) is None:
            raise RdfconvError(
                f"the program {program} is missing", hint=f"sudo apt-get install {PACKAGE}"
            )


@contextmanager
def virtuoso(release: Release, work: Path, say: Say, *, memory: int = 0) -> Iterator[Virtuoso]:
    """A server that has the graphs of a release.

    Args:
        release: the release.
        work: the folder for the database; what was loaded before stays if it is the same release.
        say: told what is being done.
        memory: bytes that it may take; 0 for what the release needs, at most two fifths of all.

    Raises:
        RdfconvError: Virtuoso is missing or fails, or the disk is too small.
    """
    check_programs()
    work = work.resolve()
    check_path(work)
    with alone(work) as lock:
        yield from _loaded_one(release, work, say, memory, lock)


def check_path(path: Path) -> None:
    """Checks that Virtuoso can be told of a path, in its settings and in SQL.

    Raises:
        UsageError: it cannot.

    >>> check_path(Path("/srv/tflink"))
    """
    if not re.fullmatch(r"[\w./+-]+", str(path), re.ASCII):
        raise UsageError(f"Virtuoso cannot be told of {path}", hint="use plain letters in its path")


@contextmanager
def alone(work: Path) -> Iterator[int]:
    """A lock on a folder. Virtuoso inherits the descriptor, and so keeps the lock until it has
    ended, also where this process is killed before."""
    try:
        work.mkdir(parents=True, exist_ok=True)
        opened = (work / "virtuoso-lock").open("w")
    except OSError as error:
        raise RdfconvError(f"cannot write {work}: {error.strerror}") from error
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RdfconvError(
                f"another server uses the database in {work}",
                hint="stop it; one Virtuoso serves one folder of releases",
            ) from None
        yield lock.fileno()


def _loaded_one(
    release: Release, work: Path, say: Say, memory: int, lock: int
) -> Iterator[Virtuoso]:
    """See `virtuoso`; the folder is ours."""
    folder, mark = work / "virtuoso", work / "virtuoso-loaded.json"
    loaded = _loaded(mark, release) if folder.is_dir() else None
    if loaded is None:
        mark.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        dump = work / "dump"
        numbers = dumped(release, dump, say)
        with started(folder, dump, sum(numbers.values()), memory, lock) as server:
            load(server.sql_rows, dump, numbers, say)
        shutil.rmtree(dump)
        loaded = {"digest": release.digest, "triples": numbers}
        mark.write_text(json.dumps(loaded), encoding="ascii")
    triples = sum(cast("dict[str, int]", loaded["triples"]).values())
    say(f"Virtuoso has {triples:,} triples, {size(folder) / 1e9:.2f} GB")
    with started(folder, work / "dump", triples, memory, lock, again=say) as server:
        server.sql_rows(_OTHER_USER.format(secrets.token_hex(16)))  # not at the first start
        yield server


def _loaded(mark: Path, release: Release) -> dict[str, object] | None:
    """What is in the database; None if it is not this release."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(mark.read_text("ascii"))
        if found["digest"] == release.digest and DATA_GRAPH in found["triples"]:
            return cast("dict[str, object]", found)
    return None


def load(
    ask: Callable[[str], list[str]],
    dump: Path,
    numbers: Mapping[str, int],
    say: Say,
) -> None:
    """Loads a dump with as many loaders as there are cores, and counts what came in.

    Args:
        ask: gives the lines of an SQL statement; may be called from several threads.
        dump: where it is, by a path that the server sees, too, and may read (``DirsAllowed``).
        numbers: how many triples each graph must have then.
        say: told what is being done.

    Raises:
        RdfconvError: something was not loaded.
    """
    for iri in numbers:
        ask(f"ld_dir('{folder_of(dump, iri)}', '*.nt.gz', '{iri}');")
    start = time.monotonic()
    loaders = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(loaders) as pool:
        runs = [pool.submit(ask, "rdf_loader_run();") for _ in range(loaders)]
        while not all(run.done() for run in runs):
            waited = time.monotonic() - start
            time.sleep(0.1 if waited < 1 else 1 if waited < 20 else 20)
            [left] = ask("SELECT COUNT(*) FROM DB.DBA.LOAD_LIST WHERE ll_state < 2;")
            if waited > 1:
                say(f"loading: {left} files left after {time.monotonic() - start:.0f} s")
        for run in runs:
            run.result()
    failed = ask("SELECT ll_file, ll_error FROM DB.DBA.LOAD_LIST WHERE ll_error IS NOT NULL;")
    if failed:
        raise RdfconvError(f"Virtuoso could not load {' '.join(failed)}")
    ask("checkpoint;")
    seconds = time.monotonic() - start
    say(f"loaded in {seconds:.0f} s, {sum(numbers.values()) / seconds:,.0f} triples/s")
    for iri, number in numbers.items():
        [found] = ask(f"SPARQL SELECT (COUNT(*) AS ?n) {{ GRAPH <{iri}> {{ ?s ?p ?o }} }};")
        if int(found) != number:
            raise RdfconvError(f"Virtuoso has {found} triples of {iri}, not {number}")


@contextmanager
def started(
    folder: Path, dump: Path, triples: int, memory: int, lock: int, *, again: Say | None = None
) -> Iterator[Virtuoso]:
    """The server process, once it answers; it ends with this process, however that ends.

    Args:
        folder: where its database is.
        dump: the folder of the files that it may load.
        triples: how many it has, or will have.
        memory: bytes that it may take; 0 for what the triples need.
        lock: the descriptor that it inherits, see `alone`.
        again: told when it has ended by itself and is started again; None if it is not.
    """
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    memory = memory or min(whole * 2 // 5, triples * BYTES_PER_TRIPLE + SMALLEST)
    secret = folder / "password"
    is_new = not secret.exists()
    password = "dba" if is_new else secret.read_text("ascii")
    server = Virtuoso(free_port(), free_port(), password)
    (folder / _SERVED).mkdir(exist_ok=True)
    text = _settings(server, folder, dump, memory)
    (folder / _SETTINGS).write_text(text, encoding="utf-8")
    kept = Kept("Virtuoso", lambda: _process(folder, lock))
    try:
        _wait(server, kept, folder)
        if is_new:
            server = _with_password(server, secret)
        if again is not None:
            kept.watch(again)
        yield server
        if kept.runs:
            server.sql_rows("checkpoint;")
    finally:
        kept.end()


def _process(folder: Path, lock: int) -> subprocess.Popen[bytes]:
    """Starts the server; to be called from a thread that does not end before it."""
    # Left behind where the process was killed; the lock says that nobody else uses this folder.
    (folder / "virtuoso.lck").unlink(missing_ok=True)
    libc = ctypes.CDLL(None)
    with (folder / "output.log").open("wb") as log:
        return subprocess.Popen(
            [SERVER, "+foreground", "+configfile", str(folder / _SETTINGS)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            pass_fds=[lock],
            preexec_fn=lambda: libc.prctl(_DIED_WITH_PARENT, signal.SIGTERM),
        )


def _with_password(server: Virtuoso, secret: Path) -> Virtuoso:
    """The server with a password that nobody else knows."""
    password = secrets.token_hex(16)
    descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(password)
    server.sql_rows(f'SET PASSWORD "dba" "{password}";')
    return Virtuoso(server.http, server.sql, password)


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait(server: Virtuoso, kept: Kept, folder: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    form = urlencode({"query": "ASK {}", "default-graph-uri": DATA_GRAPH})
    while kept.runs and time.monotonic() < end:
        with (
            suppress(OSError),
            closing(http.client.HTTPConnection("127.0.0.1", server.http, timeout=60)) as one,
        ):
            one.request("GET", f"/sparql?{form}")
            if one.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise RdfconvError(f"Virtuoso did not start: see {folder / 'virtuoso.log'}")


def _settings(server: Virtuoso, folder: Path, dump: Path, memory: int) -> str:
    """The configuration: two thirds of the memory for pages of 8 KB, as its manual says."""
    buffers = memory * 2 // 3 // 8192
    threads = len(os.sched_getaffinity(0))
    return f"""[Database]
DatabaseFile = {folder}/virtuoso.db
TransactionFile = {folder}/virtuoso.trx
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
xa_persistent_file = {folder}/virtuoso.pxa
FileExtension = 2000

[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx

[Parameters]
ServerPort = 127.0.0.1:{server.sql}
DirsAllowed = {dump}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {buffers * 3 // 4}
MaxQueryMem = {memory // 3 >> 20}M
ThreadsPerQuery = {threads}
AsyncQueueMaxThreads = {threads}
CheckpointInterval = 0
MaxSortedTopRows = {MOST_ROWS}
DefaultIsolation = 2

[HTTPServer]
ServerPort = 127.0.0.1:{server.http}
ServerRoot = {folder}/{_SERVED}
ServerThreads = 32

[SPARQL]
ResultSetMaxRows = {MOST_ROWS}
"""
