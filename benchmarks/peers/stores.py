"""Load N-Triples into an empty store in one way, in a process of its own.

    python -m benchmarks.peers.stores WAY STORE PARTS [DUMP]

PARTS is the folder of the parts of a document, DUMP a file that gets what the store holds then, as
N-Triples. `benchmarks.loaders` runs and measures this.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pyoxigraph

from benchmarks.endpoint import install_oxigraph
from benchmarks.sides import HERE, count_lines
from rdfconv import store as stores
from rdfconv import virtuoso
from rdfconv.dumping import DATA_GRAPH, folder_of
from rdfconv.workers import Buffer

PIECE = 1 << 20
"""Bytes that are handed to the build's loader at a time, as a conversion does."""
Way = Callable[[Path, list[Path]], None]


def rdfconv(store: Path, parts: list[Path]) -> None:
    """As a build does: through a pipe into a process that loads chunks, then compacts."""

    def pieces() -> Iterator[Buffer]:
        for part in parts:
            with part.open("rb") as stream:
                yield from iter(lambda: stream.read(PIECE), b"")

    with stores.Loader(store, vocabulary=False) as loader:
        loader.feed(piece for piece in pieces())
        loader.finish()


def bulk_load(store: Path, parts: list[Path]) -> None:
    """pyoxigraph, part after part."""
    writable = pyoxigraph.Store(str(store))
    for part in parts:
        writable.bulk_load(path=str(part), lenient=True)
    writable.flush()


def bulk_load_compact(store: Path, parts: list[Path]) -> None:
    """The same, compacted."""
    bulk_load(store, parts)
    writable = pyoxigraph.Store(str(store))
    writable.optimize()
    writable.flush()


def oxigraph(store: Path, parts: list[Path]) -> None:
    """Oxigraph's command, the parts at the same time."""
    program = install_oxigraph(HERE / "work")
    files = [str(part) for part in parts]
    where = ["--location", str(store)]
    subprocess.run([program, "load", *where, "--lenient", "--file", *files], check=True)


def oxigraph_compact(store: Path, parts: list[Path]) -> None:
    """The same, compacted."""
    oxigraph(store, parts)
    program = install_oxigraph(HERE / "work")
    subprocess.run([program, "optimize", "--location", str(store)], check=True)


WAYS: dict[str, Way] = {
    "rdfconv": rdfconv,
    "oxigraph": oxigraph,
    "oxigraph-compact": oxigraph_compact,
    "bulk-load": bulk_load,
    "bulk-load-compact": bulk_load_compact,
}
VIRTUOSO = "virtuoso"


def in_virtuoso(store: Path, parts: Path, dump: str) -> None:
    """Virtuoso: a server of its own, as many loaders as there are cores, a checkpoint.

    Args:
        store: the folder of its database.
        parts: the folder of the parts, which it reads compressed.
        dump: the file for what it holds; "" for none.
    """
    folder = folder_of(parts, DATA_GRAPH)
    triples = int((folder / "triples").read_text("ascii"))
    store.mkdir()
    with (
        virtuoso.alone(store.parent) as lock,
        virtuoso.started(store, parts, triples, 0, lock) as server,
    ):
        # It counts what came in, too, and fails if that is not the number given.
        virtuoso.load(server.sql_rows, parts, {DATA_GRAPH: triples}, lambda _: None)
        if dump:
            query = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{DATA_GRAPH}> {{ ?s ?p ?o }} }}"
            form = {"query": query, "format": "text/plain"}
            with urlopen(f"{server.url}?{urlencode(form)}", timeout=600) as reply:
                Path(dump).write_bytes(reply.read())


def compressed(parts: Path) -> None:
    """Make what Virtuoso reads of the parts of a folder, and note the number of triples."""
    import gzip
    import shutil

    folder = folder_of(parts, DATA_GRAPH)
    folder.mkdir()
    files = parts_of(parts)
    for part in files:
        name = folder / f"{part.name}.gz"
        with part.open("rb") as source, gzip.open(name, "wb", compresslevel=1) as target:
            shutil.copyfileobj(source, target)
    count = sum(map(count_lines, files))
    (folder / "triples").write_text(str(count), encoding="ascii")


def parts_of(folder: Path) -> list[Path]:
    """The parts in a folder, in order."""
    return sorted(folder.glob("*.nt"))


def cut(document: Path, folder: Path) -> None:
    """Cut N-Triples into as many parts of whole lines as there are cores.

    Args:
        document: the document.
        folder: where the parts go; must be new.
    """
    number = len(os.sched_getaffinity(0))
    folder.mkdir(parents=True)
    share = document.stat().st_size // number + 1
    with document.open("rb") as lines:
        for index in range(number):
            with (folder / f"part-{index}.nt").open("wb") as part:
                while part.tell() < share and (line := lines.readline()):
                    part.write(line)


def main(way: str, store: str, parts: str, dump: str = "") -> None:
    """Load, and write down what is in the store if asked to."""
    if way == VIRTUOSO:
        in_virtuoso(Path(store), Path(parts), dump)
        return
    WAYS[way](Path(store), parts_of(Path(parts)))
    if dump:
        held = pyoxigraph.Store.read_only(store)
        held.dump(dump, pyoxigraph.RdfFormat.N_TRIPLES, from_graph=pyoxigraph.DefaultGraph())


if __name__ == "__main__":
    main(*sys.argv[1:])
