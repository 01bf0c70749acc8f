"""How long pages take on the server: ``python -m benchmarks.site ROOT``.

The pages are those of the busiest regulator and of the busiest target, the lists of all edges, and
suggestions while a name is typed. Times are those of a client on the same machine, from the request
to the last byte. Every page is made anew: the server keeps none.
"""

from __future__ import annotations

import argparse
import http.client
import random
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from urllib.parse import quote

from benchmarks.endpoint import running
from benchmarks.measure import machine
from rdfconv.edges.index import FILE
from rdfconv.release import SEARCH, open_release
from rdfconv.virtuoso import free_port

REPEATS = 20
PREFIXES = 300
"""How many beginnings of names are typed."""


def busiest(table: sqlite3.Connection, end: str) -> tuple[str, int]:
    """The accession of the protein with the most edges at an end, and their number."""
    [(iri, number)] = table.execute(
        f"SELECT iri, COUNT(*) FROM edge JOIN protein ON id = {end} "
        "GROUP BY id ORDER BY 2 DESC LIMIT 1"
    ).fetchall()
    return str(iri).rpartition("/")[2], int(number)


def fetched(port: int, path: str, accept: str) -> tuple[float, int]:
    """The milliseconds of a request, and the bytes of its answer."""
    start = time.perf_counter()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path, headers={"Accept": accept})
        reply = connection.getresponse()
        body = reply.read()
    if reply.status != 200:
        raise RuntimeError(f"{path}: {reply.status}")
    return (time.perf_counter() - start) * 1000, len(body)


def line(name: str, times: list[float], size: int) -> str:
    """A row of the table."""
    ranked = sorted(times)
    p99 = ranked[min(len(ranked) - 1, round(len(ranked) * 0.99))]
    return f"| {name} | {times[0]:.1f} | {median(times):.1f} | {p99:.1f} | {size / 1000:.0f} |"


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path, help="the releases' root")
    root = parser.parse_args().root
    release = open_release(root)
    with closing(sqlite3.connect(release.path / FILE)) as table:
        regulator, targets = busiest(table, "tf")
        target, regulators = busiest(table, "target")
    with closing(sqlite3.connect(release.path / SEARCH)) as index:
        rows = index.execute("SELECT label FROM entities WHERE label > ''")
        labels = [str(label) for (label,) in rows]
    chooser = random.Random(1)
    typed = [chooser.choice(labels)[: chooser.randint(1, 5)] for _ in range(PREFIXES)]
    port = free_port()
    command = [sys.executable, "-m", "rdfconv", "serve", "--release", str(root)]
    command += ["--port", str(port)]
    pages = {
        f"protein with {targets:,} targets": f"/protein/{regulator}",
        "its small-scale edges": f"/protein/{regulator}?scale=small",
        "its last targets by name": f"/protein/{regulator}?targets_sort=-name",
        f"protein with {regulators:,} regulators": f"/protein/{target}",
        "its network": f"/network?protein={regulator}",
        "its Turtle, 500 edges": f"/protein/{regulator}.ttl",
        "all edges": "/interactions",
        "all small-scale edges": "/interactions?scale=small",
    }
    print(machine())
    with running(command, port):
        print("| page | first, ms | median, ms | p99, ms | kB |\n|---|---|---|---|---|")
        for name, path in pages.items():
            answers = [fetched(port, path, "text/html") for _ in range(REPEATS)]
            print(line(name, [one for one, _ in answers], answers[0][1]))
        answers = [fetched(port, f"/suggest?q={quote(text)}", "application/json") for text in typed]
        size = max(size for _, size in answers)
        print(line(f"suggestions, {PREFIXES} beginnings", [one for one, _ in answers], size))


if __name__ == "__main__":
    main()
