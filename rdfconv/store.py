"""A release's store: made in a process beside the build, asked for numbers by it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict
from pathlib import Path

import pyoxigraph

from rdfconv.children import child_environment
from rdfconv.errors import ReleaseError
from rdfconv.identifiers import ONTOLOGY_GRAPH
from rdfconv.loading import END
from rdfconv.rdf_input import Loaded, RdfFile, told
from rdfconv.vocabulary import METHODS, ONTOLOGY, ontology_folder
from rdfconv.workers import Buffer


class Loader:
    """Makes a store of N-Quads and files of RDF, in a process beside this one.

    A context: what is not finished when it ends is stopped.

    Args:
        store: the store's folder, which must not exist.
        files: the files of RDF.
        vocabulary: whether it gets the ontology and the tree of methods, too.
    """

    def __init__(
        self, store: Path, files: Sequence[RdfFile] = (), *, vocabulary: bool = True
    ) -> None:
        script = Path(__file__).with_name("loading.py")
        arguments: list[str | Path] = [
            store,
            ontology_folder() / ONTOLOGY if vocabulary else "",
            ONTOLOGY_GRAPH,
            ontology_folder() / METHODS,
        ]
        with ExitStack() as stack:
            self._errors = stack.enter_context(tempfile.TemporaryFile())
            self._answer = stack.enter_context(tempfile.TemporaryFile())
            if files:
                job = stack.enter_context(tempfile.NamedTemporaryFile("w", encoding="utf-8"))
                json.dump([asdict(file) for file in files], job)
                job.flush()
                arguments.append(job.name)
            self._process = subprocess.Popen(
                [sys.executable, "-P", script, *arguments],
                stdin=subprocess.PIPE,
                stdout=self._answer,
                stderr=self._errors,
                env=child_environment(),
            )
            self._files = stack.pop_all()

    def __enter__(self) -> Loader:
        return self

    def __exit__(self, *_: object) -> None:
        stream = self._process.stdin
        assert stream is not None
        self._process.kill()  # first, or closing would wait until it has read what is left
        self._process.wait()
        with suppress(BrokenPipeError):
            stream.close()
        self._files.close()

    def feed(self, quads: Generator[Buffer, None, None]) -> None:
        """Loads a document. The store is not finished when this returns.

        Args:
            quads: the pieces of an N-Quads document. If they raise, nothing is finished.

        Raises:
            ReleaseError: the store cannot be written.
        """
        with closing(quads):
            for piece in quads:
                self._write(piece)
            self._write(END, is_last=True)

    def _write(self, piece: Buffer, *, is_last: bool = False) -> None:
        stream = self._process.stdin
        assert stream is not None
        try:
            stream.write(piece)
            if is_last:
                stream.flush()
        except BrokenPipeError:
            self.finish()  # tells why
            raise

    def finish(self) -> Loaded | None:
        """Waits for the store.

        Returns:
            What came of the files; None if there are none.

        Raises:
            InputError: a file of RDF cannot be read.
            ReleaseError: the store cannot be written.
        """
        code = self._process.wait()  # its input stays open: it ends when this process does
        self._errors.seek(0)
        trouble = self._errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        self._answer.seek(0)
        line = self._answer.read().decode()
        loaded = told(line) if line else None
        if code:
            raise ReleaseError(
                f"cannot write the store: {trouble or f'its process ended ({code})'}",
                hint="check the space left on the disk, and the memory",
            )
        return loaded


def asked_number(store: pyoxigraph.Store, query: str) -> int:
    """The one number that a SELECT query of one variable gives.

    >>> asked_number(pyoxigraph.Store(), "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    0
    """
    solutions = store.query(query)
    if not isinstance(solutions, pyoxigraph.QuerySolutions):
        raise TypeError("a SELECT query gives solutions")
    [[value]] = [list(solution) for solution in solutions]
    if not isinstance(value, pyoxigraph.Literal):
        raise TypeError("a count is a literal")
    return int(value.value)
