"""A store made of files: a program of its own, started by `rdfconv.build.load`.

    python loading.py STORE ONTOLOGY ONTOLOGY_GRAPH FILE...

The store works in long calls that no signal ends, and a lack of memory aborts its process. In a
process apart, an interrupt stops it at once, and the build can tell what happened and clean up.
It ends when its standard input does, so a build that was killed leaves no process behind.
"""

from __future__ import annotations

import os
import sys
import threading

import pyoxigraph


def main(store: str, ontology: str, ontology_graph: str, *files: str) -> None:
    """Makes a store of N-Quads files and the ontology, compacted for reading."""
    threading.Thread(target=_watch, daemon=True).start()
    try:
        writable = pyoxigraph.Store(store)
        for file in files:
            # Lenient skips a second check of what our own emitter has checked.
            writable.bulk_load(path=file, format=pyoxigraph.RdfFormat.N_QUADS, lenient=True)
        for graph in (None, pyoxigraph.NamedNode(ontology_graph)):
            writable.bulk_load(path=ontology, to_graph=graph)
        writable.optimize()
        writable.flush()
    except OSError as error:
        sys.exit(str(error))


def _watch() -> None:
    """Ends the process with the one that started it."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
