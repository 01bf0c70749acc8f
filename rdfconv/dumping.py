"""Writes the graphs of a release as files that the loader of another store reads."""

from __future__ import annotations

import gzip
import hashlib
import multiprocessing
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import IO, cast

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from rdfconv.errors import RdfconvError
from rdfconv.identifiers import BASE
from rdfconv.release import Release

DATA_GRAPH = f"{BASE}graph/data"
"""The named graph that has a release's default graph where there is no default graph."""

PIECE = 512 << 20
"""Bytes of N-Triples in a piece of the dump, before it is compressed."""
BYTES_PER_TRIPLE = 100
"""What a triple takes on the disk at most while Virtuoso loads it: dump and database."""
SMALLEST = 512 << 20
"""Bytes that Virtuoso takes on the disk and in memory whatever is loaded."""

Say = Callable[[str], None]


def size(folder: Path) -> int:
    """Bytes of the files in a folder."""
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


def graphs_of(store: Store) -> list[tuple[str, NamedNode | DefaultGraph]]:
    """The graphs of a store, the default graph first, and their IRIs where each needs one."""
    named = [graph for graph in store.named_graphs() if isinstance(graph, NamedNode)]
    others = sorted(named, key=lambda graph: graph.value)
    return [(DATA_GRAPH, DefaultGraph()), *((graph.value, graph) for graph in others)]


def dumped(release: Release, dump: Path, say: Say) -> dict[str, int]:
    """Writes the graphs of a release as compressed N-Triples, each into a folder of its own.

    Args:
        release: the release.
        dump: the folder of the folders; what is there is removed.
        say: told what is being done.

    Returns:
        The number of triples of each graph, by its IRI; the folders are `folder_of` it.

    Raises:
        RdfconvError: the disk is too small.
    """
    shutil.rmtree(dump, ignore_errors=True)
    dump.mkdir(parents=True)
    store = str(release.store)
    with _apart() as pool:
        graphs, triples = pool.submit(_content, store).result()
    need = triples * BYTES_PER_TRIPLE + SMALLEST
    free = shutil.disk_usage(dump).free
    if free < need:
        raise RdfconvError(
            f"{dump.parent} has {free / 1e9:.1f} GB free; Virtuoso needs {need / 1e9:.1f} GB",
            hint="make room, or name a folder on another disk",
        )
    numbers = {}
    with _apart() as pool:
        for iri in graphs:
            say(f"dumping {iri} of {release.id}")
            numbers[iri] = pool.submit(_dump, store, iri, folder_of(dump, iri)).result()
    say(f"dumped {sum(numbers.values()):,} triples, {size(dump) / 1e9:.2f} GB")
    return numbers


def _apart() -> ProcessPoolExecutor:
    """A process for the store: it has threads, which a process that forks later must not have."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def _content(store: str) -> tuple[list[str], int]:
    """The IRIs of a store's graphs, and the number of its triples."""
    opened = Store.read_only(store)
    return [iri for iri, _ in graphs_of(opened)], len(opened)


def _dump(store: str, iri: str, folder: Path) -> int:
    """Writes one graph into a new folder; gives the number of its triples."""
    folder.mkdir()
    opened = Store.read_only(store)
    graph = dict(graphs_of(opened))[iri]
    with closing(_Pieces(folder)) as output:
        opened.dump(cast("IO[bytes]", output), RdfFormat.N_TRIPLES, from_graph=graph)
    return output.lines


def folder_of(dump: Path, graph: str) -> Path:
    """The folder of a graph in a dump; Virtuoso takes few characters in a path as they are."""
    return dump / hashlib.sha256(graph.encode()).hexdigest()[:16]
