"""The endpoint beside Oxigraph's own server, on one store: ``python -m benchmarks.endpoint ROOT``.

Both serve the same release at the same time and are asked in turns: every local example query, a
million rows as CSV and as JSON, and as many requests as 32 clients can send. Answers are compared
before anything is timed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

from benchmarks.measure import machine
from benchmarks.sides import HERE
from rdfconv.examples import examples
from rdfconv.release import open_release
from rdfconv.virtuoso import free_port
from rdfconv.vocabulary import PREFIXES

OXIGRAPH = "oxigraph==0.5.13"
CLIENTS = 32
MILLION = "SELECT ?tf ?target { ?tf tfl:regulates ?target } LIMIT 1000000"
LIGHT = "SELECT ?target { uniprotkb:Q06945 tfl:regulates ?target } LIMIT 10"
HEAVY = (
    "SELECT ?other (COUNT(*) AS ?n) { uniprotkb:Q06945 tfl:regulates ?t . ?other tfl:regulates ?t }"
    " GROUP BY ?other ORDER BY DESC(?n) LIMIT 10"
)
JSON, CSV, TURTLE = "application/sparql-results+json", "text/csv", "text/turtle"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server: its name, its port, and the path of its endpoint."""

    name: str
    port: int
    path: str

    def ask(self, text: str, accept: str) -> tuple[int, bytes]:
        """The status and the body of a query's answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request("GET", self.target(text), headers={"Accept": accept})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def target(self, text: str) -> str:
        """The path of a query."""
        return f"{self.path}?query={quote(text, safe='')}"


@contextmanager
def running(command: Sequence[str], port: int, **environment: str) -> Iterator[None]:
    """A server process, once it listens."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=log, stderr=log
        )
        try:
            end = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < end:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                except OSError:
                    time.sleep(0.05)
                else:
                    break
            yield
        finally:
            process.terminate()
            process.wait()


def install_oxigraph(work: Path) -> str:
    """The program of Oxigraph's server, installed if it is missing."""
    folder = work / "oxigraph"
    if not (folder / "bin" / "oxigraph").is_file():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", OXIGRAPH]
        subprocess.run(pip, check=True)
    return str(folder / "bin" / "oxigraph")


def timed(action: Callable[[], object]) -> float:
    """Seconds an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def in_turns(sides: Sequence[Endpoint], text: str, accept: str, repeats: int) -> list[float]:
    """The median seconds of a query on each side; the sides take turns."""
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(repeats):
        for side, seconds in zip(sides, times, strict=True):
            seconds.append(timed(lambda side=side: side.ask(text, accept)))  # type: ignore[misc]
    return [median(seconds) for seconds in times]


def rate(side: Endpoint, text: str, seconds: float) -> float:
    """Requests per second of 32 clients that keep their connections."""
    counts = [0] * CLIENTS
    until = time.monotonic() + seconds
    target = side.target(text)

    def client(number: int) -> None:
        address = (f"127.0.1.{number + 1}", 0)  # each with a share of its own
        connection = http.client.HTTPConnection(
            "127.0.0.1", side.port, timeout=60, source_address=address
        )
        while time.monotonic() < until:
            connection.request("GET", target, headers={"Accept": JSON})
            reply = connection.getresponse()
            reply.read()
            counts[number] += reply.status == 200
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def same(sides: Sequence[Endpoint], text: str, accept: str) -> str:
    """Whether the sides give the same answer, apart from the order of rows: "" or what differs."""
    answers = [side.ask(text, accept) for side in sides]
    if any(status != 200 for status, _ in answers):
        return f"statuses {[status for status, _ in answers]}"
    if accept == JSON:
        rows = [_rows(body) for _, body in answers]
        return "" if rows[0] == rows[1] else f"{len(rows[0])} and {len(rows[1])} rows"
    sizes = [len(body) for _, body in answers]
    return "" if sizes[0] and sizes[1] else f"sizes {sizes}"


def _rows(body: bytes) -> list[str]:
    found = json.loads(body)
    if "boolean" in found:
        return [str(found["boolean"])]
    return sorted(json.dumps(row, sort_keys=True) for row in found["results"]["bindings"])


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoint", description=__doc__)
    parser.add_argument("release", help="a releases' root")
    parser.add_argument("--repeat", type=int, default=7, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=10, help="of load; default: %(default)s")
    parser.add_argument("--work", type=Path, default=HERE / "work", metavar="DIR")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    store = str(open_release(Path(given.release)).store)
    where = machine()
    ours = Endpoint("rdfconv", free_port(), "/sparql")
    theirs = Endpoint("oxigraph", free_port(), "/query")
    program = install_oxigraph(given.work)
    bind = f"127.0.0.1:{theirs.port}"
    serve = [sys.executable, "-m", "rdfconv", "serve", "--release", given.release]
    many = {"RDFCONV_RESULT_ROWS": "2000000", "RDFCONV_RESULT_BYTES": str(1 << 30)}
    with (
        running([*serve, "--port", str(ours.port)], ours.port, **many),
        running([program, "serve-read-only", "--location", store, "--bind", bind], theirs.port),
    ):
        sides = [ours, theirs]
        print(f"{where.cpu}, {where.cores} cores, Python {where.python}, load {where.load}\n")
        print(f"{'query':<28} {'rdfconv ms':>11} {'oxigraph ms':>11}  over 1.3 x + 3 ms by")
        prefixes = "".join(f"PREFIX {name}: <{space}> " for name, space in PREFIXES.items())
        failed = 0
        asked = [
            (one.name, one.text, JSON if one.form in ("SELECT", "ASK") else TURTLE, given.repeat)
            for one in examples()
            if not one.federates_with
        ]
        asked += [
            ("a million rows, CSV", prefixes + MILLION, CSV, 3),
            ("a million rows, JSON", prefixes + MILLION, JSON, 3),
        ]
        for name, text, accept, repeats in asked:
            differs = same(sides, text, accept) if "LIMIT" not in text else ""
            mine, other = in_turns(sides, text, accept, repeats)
            over = mine - 1.3 * other - 0.003
            failed += over > 0 or bool(differs)
            told = f"{over * 1e3:.1f} ms" if over > 0 else "-"
            print(
                f"{name:<28} {mine * 1e3:11.1f} {other * 1e3:11.1f}  {told} {differs}", flush=True
            )
        print(f"\n{'requests/s, 32 clients':<28} {'rdfconv':>11} {'oxigraph':>11}  ratio")
        for name, text in (("a short query", LIGHT), ("a query over 5 ms", HEAVY)):
            mine, other = (rate(side, prefixes + text, given.seconds) for side in sides)
            print(f"{name:<28} {mine:11.1f} {other:11.1f}  {mine / other:.2f}", flush=True)
    print(f"\n{failed} of {len(asked)} queries are over the bound or differ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
