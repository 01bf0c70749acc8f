"""Virtuoso with the triples of a release: dump, load once, start, ask.

The database stays in a work folder with the digest of the release it was loaded from, and is used
again as long as that fits. Virtuoso has no default graph of its own, so the release's default graph
is loaded as a named one, and each query is told to use it as the default graph.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlencode

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from benchmarks.endpoint import free_port, running
from benchmarks.sides import BenchmarkError
from rdfconv.identifiers import COUNTS_GRAPH
from rdfconv.release import Release

SERVER, CLIENT = "virtuoso-t", "isql-vt"
PACKAGE = "virtuoso-opensource-7-bin"
DEFAULT_GRAPH = "urn:x-benchmark:default"
GRAPHS = {"default": DEFAULT_GRAPH, "counts": COUNTS_GRAPH}
"""Folders of the dump, and the graphs that they are loaded into."""

PIECE = 512 << 20
"""Bytes of N-Triples in a piece of the dump, before it is compressed."""
BYTES_PER_TRIPLE = 100
"""What a triple takes on the disk at most while it is loaded: dump and database."""
SMALLEST = 512 << 20
"""Bytes that Virtuoso takes on the disk and in memory whatever is loaded."""
SECONDS_TO_START = 900

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Virtuoso:
    """A running server: its ports for SPARQL (HTTP) and for SQL, and its memory in bytes."""

    http: int
    sql: int
    memory: int

    def form(self, query: str, seconds: float) -> dict[str, str]:
        """The form of a query that is stopped after some seconds."""
        return {
            "query": query,
            "default-graph-uri": DEFAULT_GRAPH,
            "named-graph-uri": COUNTS_GRAPH,
            "timeout": str(round(seconds * 1000)),
        }

    def sql_rows(self, statement: str) -> list[str]:
        """The lines that an SQL statement gives.

        Raises:
            BenchmarkError: it fails.
        """
        command = [CLIENT, f"127.0.0.1:{self.sql}", "dba", "dba", "VERBOSE=OFF", "BANNER=OFF"]
        command += ["PROMPT=OFF", "ERRORS=STDOUT", f"EXEC={statement}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        if done.returncode or any(line.startswith("*** Error") for line in lines):
            told = " ".join([*lines, done.stderr.strip()])
            raise BenchmarkError(f"Virtuoso: {statement}: {told}")
        return lines


@contextmanager
def virtuoso(release: Release, work: Path, say: Say) -> Iterator[Virtuoso]:
    """A server that has the release's default graph and its numbers of edges.

    Args:
        release: the release.
        work: the folder for the database; what was loaded before stays if it is the same release.
        say: told what is being done.

    Raises:
        BenchmarkError: Virtuoso is missing or fails, or the disk is too small.
    """
    for program in (SERVER, CLIENT):
        if shutil.which(program) is None:
            raise BenchmarkError(f"{program} is missing: sudo apt-get install {PACKAGE}")
    work = work.resolve()
    folder, mark = work / "virtuoso", work / "virtuoso-loaded.json"
    loaded = _loaded(mark, release) if folder.is_dir() else None
    if loaded is None:
        mark.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        dump = work / "dump"
        numbers = _dump(release, dump, say)
        with _started(folder, dump, sum(numbers.values())) as server:
            _load(server, dump, numbers, say)
        shutil.rmtree(dump)
        loaded = {"digest": release.digest, "triples": numbers}
        mark.write_text(json.dumps(loaded), encoding="ascii")
    triples = sum(cast("dict[str, int]", loaded["triples"]).values())
    say(f"Virtuoso has {triples:,} triples, {_size(folder) / 1e9:.2f} GB")
    with _started(folder, work / "dump", triples) as server:
        yield server


def _loaded(mark: Path, release: Release) -> dict[str, object] | None:
    """What is in the database; None if it is not this release."""
    with suppress(OSError, ValueError):
        found = json.loads(mark.read_text("ascii"))
        if isinstance(found, dict) and found.get("digest") == release.digest:
            return found
    return None


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class _Pieces:
    """A binary output that begins a new compressed file when one is full, at the end of a line."""

    def __init__(self, folder: Path) -> None:
        self.lines = 0
        self._folder = folder
        self._number = 0
        self._begin()

    def _begin(self) -> None:
        self._number += 1
        self._room = PIECE
        name = self._folder / f"{self._number:04}.nt.gz"
        self._output = gzip.open(name, "wb", compresslevel=1)  # noqa: SIM115

    def write(self, content: bytes) -> int:
        """Writes a part of the dump."""
        self.lines += content.count(b"\n")
        self._room -= len(content)
        end = content.rfind(b"\n") + 1 if self._room < 0 else 0
        if end:
            self._output.write(content[:end])
            self.close()
            self._begin()
        self._output.write(content[end:])
        return len(content)

    def flush(self) -> None:
        """Does nothing: `close` writes what is left."""

    def close(self) -> None:
        """Ends the last file."""
        self._output.close()


def _dump(release: Release, dump: Path, say: Say) -> dict[str, int]:
    """Writes the graphs as N-Triples; gives the number of triples of each folder."""
    shutil.rmtree(dump, ignore_errors=True)
    dump.mkdir(parents=True)
    store = Store.read_only(str(release.store))
    need = len(store) * BYTES_PER_TRIPLE + SMALLEST
    free = shutil.disk_usage(dump).free
    if free < need:
        raise BenchmarkError(
            f"{dump.parent} has {free / 1e9:.1f} GB free; Virtuoso needs {need / 1e9:.1f} GB "
            "(name another folder by --work)"
        )
    numbers = {}
    for name, iri in GRAPHS.items():
        say(f"dumping the graph {name} of {release.id}")
        (dump / name).mkdir()
        graph = DefaultGraph() if iri == DEFAULT_GRAPH else NamedNode(iri)
        with closing(_Pieces(dump / name)) as output:
            store.dump(cast("IO[bytes]", output), RdfFormat.N_TRIPLES, from_graph=graph)
            numbers[name] = output.lines
    say(f"dumped {sum(numbers.values()):,} triples, {_size(dump) / 1e9:.2f} GB")
    return numbers


def _load(server: Virtuoso, dump: Path, numbers: dict[str, int], say: Say) -> None:
    """Loads a dump with as many loaders as there are cores, and counts what came in."""
    for name, iri in GRAPHS.items():
        server.sql_rows(f"ld_dir('{dump / name}', '*.nt.gz', '{iri}');")
    start = time.monotonic()
    loaders = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(loaders) as pool:
        runs = [pool.submit(server.sql_rows, "rdf_loader_run();") for _ in range(loaders)]
        while not all(run.done() for run in runs):
            time.sleep(1 if time.monotonic() - start < 20 else 20)
            [left] = server.sql_rows("SELECT COUNT(*) FROM DB.DBA.LOAD_LIST WHERE ll_state < 2;")
            say(f"loading: {left} files left after {time.monotonic() - start:.0f} s")
        for run in runs:
            run.result()
    failed = server.sql_rows(
        "SELECT ll_file, ll_error FROM DB.DBA.LOAD_LIST WHERE ll_error IS NOT NULL;"
    )
    if failed:
        raise BenchmarkError(f"Virtuoso could not load {' '.join(failed)}")
    server.sql_rows("checkpoint;")
    seconds = time.monotonic() - start
    say(f"loaded in {seconds:.0f} s, {sum(numbers.values()) / seconds:,.0f} triples/s")
    for name, iri in GRAPHS.items():
        count = f"SPARQL SELECT (COUNT(*) AS ?n) {{ GRAPH <{iri}> {{ ?s ?p ?o }} }};"
        [found] = server.sql_rows(count)
        if int(found) != numbers[name]:
            raise BenchmarkError(
                f"Virtuoso has {found} triples of the graph {name}, not {numbers[name]}"
            )


@contextmanager
def _started(folder: Path, dump: Path, triples: int) -> Iterator[Virtuoso]:
    """The server process, once it answers."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    memory = min(whole * 2 // 5, triples * BYTES_PER_TRIPLE + SMALLEST)
    server = Virtuoso(free_port(), free_port(), memory)
    settings = folder / "virtuoso.ini"
    settings.write_text(_settings(server, folder, dump), encoding="utf-8")
    # Left behind where the process was killed; nobody else uses this folder.
    (folder / "virtuoso.lck").unlink(missing_ok=True)
    with running([SERVER, "+foreground", "+configfile", str(settings)], server.sql):
        _wait(server, folder)
        yield server
        server.sql_rows("checkpoint;")


def _wait(server: Virtuoso, folder: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", server.http, timeout=60)) as one:
                one.request("GET", f"/sparql?{urlencode(server.form('ASK {}', 10))}")
                if one.getresponse().status == 200:
                    return
        except OSError:
            pass
        if time.monotonic() > end or not (folder / "virtuoso.lck").exists():
            raise BenchmarkError(f"Virtuoso did not start: see {folder / 'virtuoso.log'}")
        time.sleep(0.2)


def _settings(server: Virtuoso, folder: Path, dump: Path) -> str:
    """The configuration: two thirds of the memory for pages of 8 KB, as its manual says."""
    buffers = server.memory * 2 // 3 // 8192
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
MaxQueryMem = {server.memory // 3 >> 20}M
ThreadsPerQuery = {threads}
AsyncQueueMaxThreads = {threads}
CheckpointInterval = 0
DefaultIsolation = 2

[HTTPServer]
ServerPort = 127.0.0.1:{server.http}
ServerRoot = {folder}
ServerThreads = 4

[SPARQL]
ResultSetMaxRows = 100000000
"""
