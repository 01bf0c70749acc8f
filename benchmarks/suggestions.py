"""Suggestions while somebody types: ``make bench-search``.

Makes a release of proteins with three names each, and asks for what begins with 1,000 random
prefixes of 1 to 5 characters: the release's index in SQLite as the server asks it, the same without
the stored prefixes, SQLite's full-text search (FTS5) over the same names, the store, and the
running server over HTTP. The sides take turns, so that a disturbance meets all of them; the server
is asked afterwards, one prefix after the other over one connection.
"""

from __future__ import annotations

import argparse
import http.client
import random
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote

import pyoxigraph

from benchmarks.measure import machine
from rdfconv.building import build
from rdfconv.identifiers import TAXON, TERM, UNIPROT
from rdfconv.release import SEARCH, Release
from rdfconv.search.terms import LAST, key
from rdfconv.vocabulary import PREFIXES
from server.search.names import Index

ORGANISMS = {"9606": 35, "10090": 30, "10116": 10, "7955": 10, "7227": 7, "6239": 5, "4932": 3}
"""The organisms' shares of the proteins, in percent."""
LABEL, ALT_LABEL = PREFIXES["rdfs"] + "label", PREFIXES["skos"] + "altLabel"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BEGINNINGS = ("LOC", "ENS", "zgc:", "si:dkey-", "CG", "Gm", "RIKEN", "C", "ZNF", "TMEM", "SLC")
"""What many real names begin with, so that some prefixes are crowded."""

Side = Callable[[str], list[str]]


def name(rng: random.Random) -> str:
    """A made-up gene symbol: a third of them begin as many do."""
    if rng.random() < 1 / 3:
        return f"{rng.choice(_BEGINNINGS)}{rng.randrange(100_000)}"
    letters = "".join(rng.choices(_LETTERS, k=rng.randint(2, 5)))
    return f"{letters}{rng.randrange(1, 40)}"


def accession(number: int) -> str:
    """The accession of a number.

    >>> accession(0), accession(1_000_000)
    ('A0A000AA00', 'A0A014YE70')
    """
    number, last = divmod(number, 10)
    number, first = divmod(number, 26)
    number, second = divmod(number, 26)
    number, digit = divmod(number, 10)
    return f"A0A{number:03}{_LETTERS[second]}{_LETTERS[first]}{digit}{last}"


def triples(proteins: int, edges: int, seed: int) -> Iterator[str]:
    """N-Triples of proteins with a label, two other names and an organism, and of direct edges."""
    rng = random.Random(seed)
    taxa = rng.choices(list(ORGANISMS), list(ORGANISMS.values()), k=proteins)
    for number, taxon in enumerate(taxa):
        iri = f"<{UNIPROT}{accession(number)}>"
        yield f"{iri} <{PREFIXES['rdf']}type> <{PREFIXES['up']}Protein> .\n"
        yield f'{iri} <{LABEL}> "{name(rng)}" .\n'
        for _ in range(2):
            yield f'{iri} <{ALT_LABEL}> "{name(rng)}" .\n'
        yield f"{iri} <{PREFIXES['obo']}RO_0002162> <{TAXON}{taxon}> .\n"
    for _ in range(edges):
        ends = rng.randrange(proteins // 50), rng.randrange(proteins)
        yield (
            f"<{UNIPROT}{accession(ends[0])}> <{TERM}regulates> <{UNIPROT}{accession(ends[1])}> .\n"
        )


def prefixes(index: Path, number: int, seed: int) -> list[str]:
    """The beginnings, 1 to 5 characters long, of names drawn at random."""
    rng = random.Random(seed)
    with closing(sqlite3.connect(index)) as connection:
        names = [text for (text,) in connection.execute("SELECT key FROM names")]
    return [rng.choice(names)[: rng.randint(1, 5)].strip() for _ in range(number)]


# The sides


def index_side(release: Release) -> Side:
    """The index, as the server asks it."""
    index = Index(release.path / SEARCH, release.id)
    return lambda prefix: [one.iri for one in index.suggest(prefix)]


def scan_side(release: Release) -> Side:
    """The index without its stored prefixes: everything that begins so is ranked."""
    connection = sqlite3.connect(release.path / SEARCH)
    query = (
        "SELECT iri FROM (SELECT entity FROM names WHERE key >= :key AND key < :last "
        "AND (quality < 3 OR key = :key) GROUP BY entity ORDER BY "
        "MIN(CASE WHEN key = :key THEN quality = 1 ELSE 2 + quality END), entity LIMIT 10) "
        "JOIN entities ON id = entity"
    )

    def ask(prefix: str) -> list[str]:
        values = {"key": key(prefix), "last": key(prefix) + LAST}
        return [iri for (iri,) in connection.execute(query, values)]

    return ask


def full_text_side(release: Release, file: Path) -> Side:
    """FTS5 over the same names, with indexes of all prefixes of 1 to 3 characters."""
    connection = sqlite3.connect(file)
    connection.execute("ATTACH ? AS release", (str(release.path / SEARCH),))
    connection.execute(
        "CREATE VIRTUAL TABLE fts USING fts5(key, entity UNINDEXED, quality UNINDEXED, "
        "prefix = '1 2 3', detail = none, tokenize = \"unicode61 tokenchars ':-._'\")"
    )
    connection.execute("INSERT INTO fts SELECT key, entity, quality FROM release.names")
    connection.commit()
    query = (
        "SELECT iri FROM (SELECT entity FROM fts WHERE fts MATCH :match GROUP BY entity ORDER BY "
        "MIN(CASE WHEN key = :key THEN quality = 1 ELSE 2 + quality END), entity LIMIT 10) "
        "JOIN release.entities ON id = entity"
    )

    def ask(prefix: str) -> list[str]:
        quoted = key(prefix).replace('"', '""')
        values = {"match": f'"{quoted}"*', "key": key(prefix)}
        return [iri for (iri,) in connection.execute(query, values)]

    return ask


def store_side(release: Release) -> Side:
    """The store: any ten proteins with a name that begins so, in no order."""
    store = pyoxigraph.Store.read_only(str(release.store))

    def ask(prefix: str) -> list[str]:
        text = re.sub(r'(["\\])', r"\\\1", key(prefix))
        query = (
            f"SELECT DISTINCT ?s {{ {{ ?s <{LABEL}> ?name }} UNION {{ ?s <{ALT_LABEL}> ?name }} "
            f'FILTER(STRSTARTS(LCASE(STR(?name)), "{text}")) }} LIMIT 10'
        )
        solutions = store.query(query)
        assert isinstance(solutions, pyoxigraph.QuerySolutions)
        return [str(solution["s"]) for solution in solutions]

    return ask


@contextmanager
def http_side(root: Path) -> Iterator[Side]:
    """A server that runs, over one connection."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "rdfconv",
        "serve",
        "--release",
        str(root),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(prefix: str) -> list[str]:
        connection.request("GET", f"/suggest?q={quote(prefix)}")
        reply = connection.getresponse()
        body = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"/suggest answered {reply.status}: {body.decode()}")
        return re.findall(r'"iri": "(http://purl\.uniprot\.org/uniprot/[^"]*)"', body.decode())

    try:
        for _ in range(300):
            try:
                ask("a")
                break
            except OSError:
                connection.close()
                time.sleep(0.1)
        yield ask
    finally:
        connection.close()
        process.terminate()
        process.wait()


# The comparison


def measured(sides: dict[str, Side], asked: list[str], stores: int) -> dict[str, list[float]]:
    """The milliseconds that each side takes for each prefix.

    Args:
        sides: the sides; those that rank must all answer as the first does.
        asked: the prefixes.
        stores: for how many of them the store is asked, too.

    Raises:
        AssertionError: two sides differ.
    """
    taken: dict[str, list[float]] = {side: [] for side in sides}
    for number, prefix in enumerate(asked):
        answers = {}
        for side, ask in sides.items():
            if side == "store" and number >= stores:
                continue
            start = time.perf_counter()
            answers[side] = ask(prefix)
            taken[side].append(1000 * (time.perf_counter() - start))
        first = answers["index"]
        assert answers["index without stored prefixes"] == first, prefix
        # Names have no spaces, so the words that FTS5 looks at are the names.
        assert answers["FTS5"] == first, prefix
    return taken


def served(ask: Side, index: Side, asked: list[str]) -> list[float]:
    """The milliseconds that the server takes for each prefix, from request to last byte.

    Raises:
        AssertionError: it answers otherwise than its index.
    """
    taken = []
    for prefix in asked:
        start = time.perf_counter()
        answer = ask(prefix)
        taken.append(1000 * (time.perf_counter() - start))
        assert answer == index(prefix), prefix
    return taken


def main() -> int:
    """Makes the release, runs the comparison and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proteins", type=int, default=150_000)
    parser.add_argument("--edges", type=int, default=500_000)
    parser.add_argument("--prefixes", type=int, default=1000)
    parser.add_argument(
        "--store-prefixes", type=int, default=100, help="for so many the store is asked, too"
    )
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        source = root / "proteins.nt"
        with source.open("w", encoding="ascii") as stream:
            stream.writelines(triples(arguments.proteins, arguments.edges, arguments.seed))
        release, report = build([source], root / "releases", plain=True)
        index = release.path / SEARCH
        print(
            f"{arguments.proteins:,} proteins: the index took {report.seconds['index']:.1f} s, "
            f"and is {index.stat().st_size / 1e6:.1f} MB"
        )
        asked = prefixes(index, arguments.prefixes, arguments.seed)
        sides = {
            "index": index_side(release),
            "index without stored prefixes": scan_side(release),
            "FTS5": full_text_side(release, root / "fts.sqlite"),
            "store": store_side(release),
        }
        taken = measured(sides, asked, arguments.store_prefixes)
        with http_side(root / "releases") as over_http:
            taken["GET /suggest"] = served(over_http, sides["index"], asked)
        print(f"FTS5's file is {(root / 'fts.sqlite').stat().st_size / 1e6:.1f} MB")
    print(f"{'side':32}{'prefixes':>9}{'median ms':>11}{'p99 ms':>9}{'longest':>9}")
    for side, times in taken.items():
        p99 = quantiles(times, n=100)[98]
        print(f"{side:32}{len(times):>9}{median(times):>11.2f}{p99:>9.2f}{max(times):>9.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
