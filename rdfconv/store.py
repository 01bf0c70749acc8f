"""A release's store: made in a process beside the build, asked for numbers by it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
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


def load(
    store: Path,
    quads: Generator[Buffer, None, None],
    files: Sequence[RdfFile] = (),
    *,
    vocabulary: bool = True,
) -> Loaded | None:
    """Makes a store of N-Quads and files of RDF, in a process beside this one.

    Args:
        store: the store's folder, which must not exist.
        quads: the pieces of an N-Quads document. If they raise, nothing is finished.
        files: the files of RDF.
        vocabulary: whether it gets the ontology and the tree of methods, too.

    Returns:
        What came of the files; None if there are none.

    Raises:
        InputError: a file of RDF cannot be read.
        ReleaseError: the store cannot be written.
    """
    script = Path(__file__).with_name("loading.py")
    arguments: list[str | Path] = [
        store,
        ontology_folder() / ONTOLOGY if vocabulary else "",
        ONTOLOGY_GRAPH,
        ontology_folder() / METHODS,
    ]
    with (
        tempfile.TemporaryFile() as errors,
        tempfile.TemporaryFile() as answer,
        tempfile.NamedTemporaryFile("w", encoding="utf-8") as job,
    ):
        if files:
            json.dump([asdict(file) for file in files], job)
            job.flush()
            arguments.append(job.name)
        process = subprocess.Popen(
            [sys.executable, "-P", script, *arguments],
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=errors,
            env=child_environment(),
        )
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError), closing(quads):
                for piece in quads:
                    process.stdin.write(piece)
                process.stdin.write(END)
                process.stdin.flush()
            code = process.wait()  # its input stays open: it ends when this process does
        finally:
            process.kill()  # first, or closing would wait until it has read what is left
            process.wait()
            with suppress(BrokenPipeError):
                process.stdin.close()
        errors.seek(0)
        trouble = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        answer.seek(0)
        line = answer.read().decode()
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
