"""``make bench-federation``: a join with another endpoint, by the engine's own SERVICE and by ours.

LEFT rows of a release are joined with an endpoint of RIGHT triples, an `oxigraph` server. Between
the two stands a relay that counts requests and bytes. Both sides are asked the same query, one
after the other, and must give the same rows. Requests are few and bytes are what matters where the
endpoint is far away; the loopback between them costs nothing.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyoxigraph

from benchmarks.endpoint import JSON, Endpoint, install_oxigraph, running, timed
from benchmarks.measure import machine
from benchmarks.sides import HERE
from rdfconv.building import build
from rdfconv.release import open_release
from rdfconv.virtuoso import free_port

LEFT, RIGHT = 10_000, 1_000_000
QUERY = """SELECT ?one ?key ?value WHERE {{
  ?one <http://x.example/key> ?key .
  SERVICE <{service}> {{ ?key <http://x.example/value> ?value }}
}}"""


class Relay:
    """Passes bytes on to a port, and counts them and the requests.

    Attributes:
        requests: how many requests were passed on.
        sent: the bytes towards the port.
        got: the bytes back.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/query"
        self.clear()

    def clear(self) -> None:
        """Counts anew."""
        self.requests = self.sent = self.got = 0

    def run(self) -> None:
        """Passes on until `stop`."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            for ends in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def stop(self) -> None:
        """Takes no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _pass(self, source: socket.socket, sink: socket.socket, out: bool) -> None:
        with suppress(OSError):
            while block := source.recv(1 << 16):
                if out:
                    self.requests += block.startswith((b"GET ", b"POST "))
                    self.sent += len(block)
                else:
                    self.got += len(block)
                sink.sendall(block)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def relayed(port: int) -> Iterator[Relay]:
    """A relay for a while."""
    relay = Relay(port)
    thread = threading.Thread(target=relay.run)
    thread.start()
    try:
        yield relay
    finally:
        relay.stop()
        thread.join()


def write(folder: Path, left: int, right: int) -> tuple[Path, Path]:
    """Writes the triples of both sides."""
    one, other = folder / "left.nt", folder / "right.nt"
    keys = random.Random(1).sample(range(right), left)
    with one.open("w") as stream:
        for number, key in enumerate(keys):
            line = (
                f"<http://x.example/{number}> <http://x.example/key> <http://k.example/{key}> .\n"
            )
            stream.write(line)
    with other.open("w") as stream:
        for key in range(right):
            stream.write(f'<http://k.example/{key}> <http://x.example/value> "value {key}" .\n')
    return one, other


def rows_of(content: bytes) -> set[tuple[str, ...]]:
    """The rows of an answer in JSON."""
    found = json.loads(content)["results"]["bindings"]
    return {tuple(row[name]["value"] for name in sorted(row)) for row in found}


def main() -> None:
    """Measures, compares, prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--left", type=int, default=LEFT)
    parser.add_argument("--right", type=int, default=RIGHT)
    parser.add_argument("--work", type=Path, default=HERE / "work")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    program = install_oxigraph(given.work)
    with tempfile.TemporaryDirectory(dir=given.work) as name:
        folder = Path(name)
        left, right = write(folder, given.left, given.right)
        load = [program, "load", "--location", str(folder / "right"), "--file", str(right)]
        subprocess.run(load, check=True, capture_output=True)
        build([left], folder / "releases")
        port, own = free_port(), free_port()
        serve = [program, "serve-read-only", "--location", str(folder / "right")]
        with (
            running([*serve, "--bind", f"127.0.0.1:{port}"], port),
            relayed(port) as relay,
        ):
            ours = [sys.executable, "-m", "rdfconv", "serve", "--release", str(folder / "releases")]
            ours += ["--port", str(own), "--federate", f"http://x.example/sparql={relay.url}"]
            with running(ours, own, RDFCONV_FEDERATE_CACHE_SECONDS="0"):
                compare(Endpoint("rdfconv", own, "/sparql"), relay, folder, given)


def compare(ours: Endpoint, relay: Relay, folder: Path, given: argparse.Namespace) -> None:
    """Asks both and prints what it took."""
    answers: list[bytes] = []
    store = pyoxigraph.Store.read_only(str(open_release(folder / "releases").store))

    def before() -> None:
        found = store.query(QUERY.format(service=relay.url))
        assert isinstance(found, pyoxigraph.QuerySolutions)
        content = found.serialize(format=pyoxigraph.QueryResultsFormat.JSON)
        assert content is not None
        answers.append(content)

    def after() -> None:
        status, content = ours.ask(QUERY.format(service="http://x.example/sparql"), JSON)
        if status != 200:
            raise SystemExit(f"the server answered {status}: {content.decode()}")
        answers.append(content)

    ours.ask("ASK { }", JSON)
    print(f"{machine()}\n{given.left:,} rows joined with an endpoint of {given.right:,} triples\n")
    print(f"{'':<28} {'seconds':>8} {'requests':>9} {'bytes sent':>12} {'bytes back':>13}")
    numbers = []
    for label, action in (("the engine's own SERVICE", before), ("rdfconv", after)):
        relay.clear()
        seconds = timed(action)
        numbers.append((seconds, relay.got))
        counts = f"{relay.requests:>9,} {relay.sent:>12,} {relay.got:>13,}"
        print(f"{label:<28} {seconds:>8.2f} {counts}", flush=True)
    one, other = map(rows_of, answers)
    if one != other or len(one) != given.left:
        raise SystemExit("the answers differ")
    (old, many), (new, few) = numbers
    print(f"\nbefore : after  {old / new:.1f} in time, {many / few:.1f} in bytes; same rows")


if __name__ == "__main__":
    main()
