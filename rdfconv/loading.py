"""A store made of the N-Quads on standard input: a program of its own, started by a build.

    python loading.py STORE ONTOLOGY ONTOLOGY_GRAPH

The store works in long calls that no signal ends, and a lack of memory aborts its process. In a
process apart it loads while the build still converts, an interrupt stops it at once, and the
build can tell what happened and clean up. The last line of the input must be `END`: without it
the build was killed, and there is nothing to finish.
"""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

import pyoxigraph

END = b"# end\n"
"""The line that says that the input is whole."""


class WholeInput:
    """Standard input; its end without the line `END` ends the process."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._last = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._stream.read(size)
        if data:
            self._last = (self._last + data[-len(END) :])[-len(END) :]
        elif self._last != END:
            os._exit(1)
        return data


def main(store: str, ontology: str, ontology_graph: str) -> None:
    """Makes the store, with the ontology in the default graph and in its own, compacted."""
    try:
        writable = pyoxigraph.Store(store)
        # Lenient skips a second check of what our own emitter has checked.
        writable.bulk_load(
            input=WholeInput(sys.stdin.buffer),  # type: ignore[arg-type]
            format=pyoxigraph.RdfFormat.N_QUADS,
            lenient=True,
        )
        for graph in (None, pyoxigraph.NamedNode(ontology_graph)):
            writable.bulk_load(path=ontology, to_graph=graph)
        writable.optimize()
        writable.flush()
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
