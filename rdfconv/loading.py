"""A store made of the N-Quads on standard input: a program of its own, started by a build.

    python loading.py STORE ONTOLOGY ONTOLOGY_GRAPH METHODS [FILES]

The store works in long calls that no signal ends, and a lack of memory aborts its process. In a
process apart it loads while the build still converts, an interrupt stops it at once, and the
build can tell what happened and clean up. FILES is a JSON list of files of RDF that are loaded
behind standard input; what came of them is told on standard output (`rdfconv.rdf_input`). With ""
for ONTOLOGY there is neither ontology nor tree of methods. The input is whole with the line `END`;
if it is closed, before that line or after it, the build is gone and this process ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pyoxigraph

END = b"# end\n"
"""The line that says that the input is whole."""
CHUNK_BYTES = 1 << 25
"""How many bytes of whole lines are loaded at a time: more take more memory, not less time."""
THREADS = 2
"""How many chunks are loaded at once; the store uses little more than one core for each."""


def chunks(descriptor: int) -> Iterator[bytes]:
    """What is read up to the line `END`, in chunks of whole lines."""
    parts: list[bytes] = []
    size, tail = 0, b""
    while True:
        data = os.read(descriptor, CHUNK_BYTES)
        if not data:
            os._exit(1)
        parts.append(data)
        size += len(data)
        tail = (tail + data[-len(END) :])[-len(END) :]
        whole = tail == END
        if whole or size >= CHUNK_BYTES:
            text = b"".join(parts)
            end = text.rfind(b"\n") + 1
            yield text[:end]
            if whole:
                return
            parts, size = [text[end:]], len(text) - end


def main(store: str, ontology: str, ontology_graph: str, methods: str, files: str = "") -> None:
    """Makes the store, with the tree of methods and the ontology in the default graph and the
    ontology in its own, too, and the files of RDF; compacted."""
    try:
        writable = pyoxigraph.Store(store)
        with ThreadPoolExecutor(THREADS) as pool:
            loading: deque[Future[None]] = deque()
            for chunk in chunks(sys.stdin.fileno()):
                loading.append(pool.submit(_load, writable, chunk))
                if len(loading) > THREADS:
                    loading.popleft().result()
            threading.Thread(target=_watch, daemon=True).start()
            for future in loading:
                future.result()
        if files:
            _load_files(writable, files)
        if ontology:
            for graph in (None, pyoxigraph.NamedNode(ontology_graph)):
                writable.bulk_load(path=ontology, to_graph=graph)
            writable.bulk_load(path=methods)
        # Many chunks leave many files; a look-up in a store that is not compacted takes ten times
        # as long.
        writable.optimize()
        writable.flush()
    except OSError as error:
        sys.exit(str(error))


def _load(store: pyoxigraph.Store, chunk: bytes) -> None:
    # Lenient skips a second check of what our own emitter has checked.
    store.bulk_load(input=chunk, format=pyoxigraph.RdfFormat.N_QUADS, lenient=True)


def _load_files(store: pyoxigraph.Store, files: str) -> None:
    from rdfconv.rdf_input import answer_of  # most builds have no use for it

    with open(files, encoding="utf-8") as stream:
        answer, well = answer_of(store, json.load(stream))
    print(answer, flush=True)  # noqa: T201 - the build reads it
    if not well:
        os._exit(1)  # the store is thrown away: nothing is to be compacted or closed


def _watch() -> None:
    """Ends the process with the one that started it."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
