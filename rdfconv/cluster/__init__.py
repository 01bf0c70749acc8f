"""Conversion past one machine: on a Dask cluster, from and to storages that fsspec knows.

An input is cut into partitions; each becomes one part, a file of N-Triples or N-Quads, on some
worker. What is written once, proteins, genes, papers, becomes the last part. All parts together
hold what `rdfconv.convert` writes; some lines stand in several parts. ``docs/scaling.md``
tells how to run it.

It needs ``pip install 'rdfconv[cluster]'``, and nothing else of rdfconv does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rdfconv.entailment import CORE
from rdfconv.errors import UsageError
from rdfconv.readers import DATASET
from rdfconv.report import Report

PART_BYTES = 1 << 26
"""How many bytes of input become a part, if nothing else is said."""


def convert(
    inputs: Sequence[str],
    output: str,
    *,
    scheduler: str,
    part_bytes: int = PART_BYTES,
    format: str | None = None,
    source: str = DATASET,
    kind: str | None = None,
    strict: bool = False,
    pages: bool = True,
    entail: str = CORE,
    on_part: Callable[[int, int], object] = lambda done, all_parts: None,
) -> Report:
    """Converts protein pages and tables to a folder of parts, with a manifest.

    Args:
        inputs: local paths and addresses of files, folders and archives.
        output: the path or address of a folder that is empty or does not exist; if its name ends
            in ``.gz`` the parts are compressed.
        scheduler: the address of Dask's scheduler; or ``local``, or ``local:N`` for N processes of
            this machine.
        part_bytes: how many bytes of input become a part.
        format: ``nt`` or ``nq``; None tells it from the folder's name.
        on_part: called with the numbers of parts that are done and of all.

    The other arguments are those of `rdfconv.convert`.

    Raises:
        UsageError: an argument is wrong, or Dask is not installed.
        InputError: an input cannot be read.
        StrictError: `strict`, and something was rejected.
        RdfconvError: a part cannot be written, or the workers are lost.
    """
    try:
        from rdfconv.cluster.run import Run
    except ImportError as error:
        raise UsageError(
            f"a package that conversion on a cluster needs is not installed: {error.name}",
            hint="pip install 'rdfconv[cluster]'",
        ) from error
    run = Run.of(output, format, source, kind, pages, entail)
    return run.convert(inputs, scheduler, part_bytes, strict, on_part)
