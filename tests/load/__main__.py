"""``python -m tests.load [--seconds 900] [--clients 32] [--release DIR]``: mixed load, checked.

Each client, from an address of its own, sends one request after the other: ordinary queries in
several formats, whose answers are compared with those of the store itself, and one in twenty that
is hostile. Nothing may be wrong: no answer, no status that the service does not announce.
"""

from __future__ import annotations

import argparse
import http.client
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph

from rdfconv.release import open_release
from rdfconv.vocabulary import PREFIXES
from tests.conftest import RunningServer, served
from tests.hostile.__main__ import memory
from tests.hostile.client import Target, query_path

HOSTILE_SHARE = 0.05
ANNOUNCED = frozenset({429, 503, 504})
"""The statuses by which the service says that it cannot answer now."""
SETTINGS = {"query_timeout": 2, "queue_timeout": 10, "workers": 2}
SAMPLING = 0.5
"""Seconds between two looks at the memory."""

_RESULTS = {
    "text/csv": pyoxigraph.QueryResultsFormat.CSV,
    "text/tab-separated-values": pyoxigraph.QueryResultsFormat.TSV,
    "application/sparql-results+json": pyoxigraph.QueryResultsFormat.JSON,
}
_HOSTILE = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c",
    "SELECT * {" + "{" * 2000 + "}" * 2001,
    "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "SELECT * {" + "?a ?b ?c ." * 1000 + "}",
    "INSERT DATA { <x:s> <x:p> <x:o> }",
)


@dataclass(frozen=True, slots=True)
class Question:
    """An ordinary query, its format, and the lines of the right answer, sorted."""

    path: str
    accept: str
    answer: Sequence[bytes]


@dataclass(slots=True)
class Load:
    """What a run found.

    Attributes:
        seconds: the times of ordinary queries that were answered.
        statuses: how often each status came, for ordinary and for hostile queries.
        wrong: what was wrong, in words.
        memory: resident bytes of all processes, over time.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: dict[str, Counter[int]] = field(
        default_factory=lambda: {"ordinary": Counter(), "hostile": Counter()}
    )
    wrong: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)

    def growth(self) -> float:
        """The least memory of the last third over that of the second: a hostile query takes
        gigabytes for two seconds, and what is lost is lost in between, too."""
        third = len(self.memory) // 3
        if not third:
            return 1.0
        middle, last = self.memory[third : 2 * third], self.memory[2 * third :]
        return min(last) / min(middle)

    def percentile(self, part: float) -> float:
        """Seconds within which a part of the ordinary queries were answered."""
        return sorted(self.seconds)[int(part * (len(self.seconds) - 1))]


def questions(store: pyoxigraph.Store, seed: int = 1) -> list[Question]:
    """Ordinary queries about what is in a store, answered by the store itself."""
    chosen = random.Random(seed)
    edges = [
        (quad.subject.value.rpartition("/")[2], quad.object.value.rpartition("/")[2])
        for quad in store.quads_for_pattern(
            None, pyoxigraph.NamedNode(PREFIXES["tfl"] + "regulates"), None
        )
        if isinstance(quad.subject, pyoxigraph.NamedNode)
        and isinstance(quad.object, pyoxigraph.NamedNode)
    ]
    made = []
    for tf, target in chosen.sample(edges, min(40, len(edges))):
        made += [
            f"SELECT ?t ?name {{ uniprotkb:{tf} tfl:regulates ?t . ?t rdfs:label ?name }}",
            f"SELECT ?tf {{ ?tf tfl:regulates uniprotkb:{target} }}",
            f"SELECT ?p ?o {{ tfli:{tf}_{target} tfl:evidence ?e . ?e ?p ?o }}",
            f"SELECT (COUNT(?t) AS ?n) {{ uniprotkb:{tf} tfl:regulates ?t }}",
        ]
    return [_answered(store, text, chosen.choice(list(_RESULTS))) for text in made]


def _answered(store: pyoxigraph.Store, text: str, accept: str) -> Question:
    results = store.query(text, prefixes=dict(PREFIXES))
    assert isinstance(results, pyoxigraph.QuerySolutions)
    answer = results.serialize(format=_RESULTS[accept])
    assert answer is not None
    return Question(query_path(text), accept, _lines(answer))


def _lines(answer: bytes) -> Sequence[bytes]:
    """An answer as something that does not depend on the order of its rows."""
    return sorted(answer.replace(b"},{", b"},\n{").replace(b"[{", b"[\n{").replace(b"}]", b"},\n]")
                  .splitlines())  # fmt: skip


class Client(threading.Thread):
    """One client with an address of its own."""

    def __init__(
        self, number: int, target: Target, asked: Sequence[Question], until: float
    ) -> None:
        super().__init__(daemon=True)
        self._random = random.Random(number)
        self._from = (f"127.0.1.{number + 1}", 0)
        self._target = target
        self._asked = asked
        self._until = until
        self.load = Load()

    def run(self) -> None:
        """Asks until the time is over."""
        while time.monotonic() < self._until:
            try:
                if self._random.random() < HOSTILE_SHARE:
                    self._hostile()
                else:
                    self._ordinary(self._random.choice(self._asked))
            except Exception as error:  # noqa: BLE001  (whatever it is, the load is not all right)
                self.load.wrong.append(f"{type(error).__name__}: {error}")

    def _send(self, path: str, accept: str) -> tuple[int, bytes, str | None]:
        host, port = self._target.address
        connection = http.client.HTTPConnection(host, port, timeout=60, source_address=self._from)
        try:
            connection.request("GET", path, headers={"Accept": accept})
            reply = connection.getresponse()
            return reply.status, reply.read(), reply.headers["Retry-After"]
        finally:
            connection.close()

    def _ordinary(self, question: Question) -> None:
        start = time.perf_counter()
        status, body, retry = self._send(question.path, question.accept)
        self.load.statuses["ordinary"][status] += 1
        if status == 200:
            self.load.seconds.append(time.perf_counter() - start)
            if _lines(body) != question.answer:
                self.load.wrong.append(f"another answer to {question.path}")
        elif status not in ANNOUNCED:
            self.load.wrong.append(f"{status} for {question.path}")
        elif retry is None and status != 504:
            self.load.wrong.append(f"{status} without Retry-After")
        elif retry is not None:
            time.sleep(min(float(retry), 1.0))

    def _hostile(self) -> None:
        path = query_path(self._random.choice(_HOSTILE))
        try:
            status, _, _ = self._send(path, "text/csv")
        except (http.client.IncompleteRead, ConnectionError):
            status = 200  # broken off, as it should be
        self.load.statuses["hostile"][status] += 1
        if status >= 500 and status not in ANNOUNCED:
            self.load.wrong.append(f"{status} for a hostile query")


def run(
    server: RunningServer,
    root: Path,
    seconds: float,
    clients: int,
    on_tick: Callable[[int], None] = lambda count: None,
) -> Load:
    """Puts load on a server.

    Args:
        server: the server.
        root: the releases' root that it serves.
        seconds: for how long.
        clients: how many at once.
        on_tick: called now and then with the number of queries answered so far.
    """
    store = pyoxigraph.Store.read_only(str(open_release(root).store))
    asked = questions(store)
    until = time.monotonic() + seconds
    threads = [Client(number, Target(server.url), asked, until) for number in range(clients)]
    for thread in threads:
        thread.start()
    total = Load()
    while any(thread.is_alive() for thread in threads):
        total.memory.append(memory(server))
        on_tick(sum(len(thread.load.seconds) for thread in threads))
        time.sleep(SAMPLING)
    for thread in threads:
        total.seconds += thread.load.seconds
        total.wrong += thread.load.wrong
        for kind, statuses in thread.load.statuses.items():
            total.statuses[kind] += statuses
    return total


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=900, help="default: %(default)s")
    parser.add_argument("--clients", type=int, default=32, help="default: %(default)s")
    parser.add_argument("--release", type=Path, help="a releases' root [the sample, built for it]")
    given = parser.parse_args()
    with served(given.release, **SETTINGS) as (server, root):
        load = run(
            server,
            root,
            given.seconds,
            given.clients,
            lambda count: print(f"\r{count:,} answers", end="", file=sys.stderr, flush=True),
        )
    print(f"\n{given.clients} clients, {given.seconds:g} s, {len(load.seconds):,} answers compared")
    for kind, statuses in load.statuses.items():
        told = ", ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))
        print(f"{kind}: {told}")
    print(
        f"p50 {load.percentile(0.5) * 1e3:.1f} ms, p99 {load.percentile(0.99) * 1e3:.1f} ms; "
        f"memory {load.memory[-1] / 1e6:.0f} MB, {load.growth() - 1:+.1%} in the last third"
    )
    for wrong, count in Counter(load.wrong).most_common(20):
        print(f"WRONG ({count} times): {wrong}", file=sys.stderr)
    if load.growth() > 1.1:
        print("WRONG: memory grows", file=sys.stderr)
    return 1 if load.wrong or load.growth() > 1.1 else 0


if __name__ == "__main__":
    sys.exit(main())
