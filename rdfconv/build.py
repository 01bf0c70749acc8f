"""Inputs to a release: convert, load, count, publish.

A release is written into a temporary folder and appears by one rename (see `rdfconv.release`), so
a build that stops at any moment leaves the release that was served before.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

import pyoxigraph
import rdflib

from rdfconv import metadata, report_page
from rdfconv import release as releases
from rdfconv.counting import Counter
from rdfconv.entailment import CORE, entailed, vocabulary_conclusions
from rdfconv.errors import RdfconvError, ReleaseError, StrictError
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import ONTOLOGY_GRAPH, TERM
from rdfconv.loading import END
from rdfconv.output import write_pieces
from rdfconv.pipeline import Conversion, Options
from rdfconv.readers import DATASET
from rdfconv.reasoning.closure import METHODS, ONTOLOGY
from rdfconv.release import Release
from rdfconv.report import Report
from rdfconv.vocabulary import PREFIXES, ontology_folder
from rdfconv.workers import Buffer

OnProgress = Callable[[str, int], None]
"""Called with a stage's name and the number of bytes it has got on with."""


def build(
    inputs: Sequence[str | PathLike[str]],
    into: str | PathLike[str],
    *,
    jobs: int = 1,
    source: str = DATASET,
    kind: str | None = None,
    strict: bool = False,
    pages: bool = True,
    entail: str = CORE,
    public_url: str = "",
    on_progress: OnProgress = lambda stage, count: None,
) -> tuple[Release, Report]:
    """Builds a release from protein pages and tables, and publishes it.

    Args:
        inputs: files, folders and archives.
        into: the releases' root.
        jobs: how many processes convert.
        source: the reporting data set.
        kind: forces the inputs' kind.
        strict: publish nothing if anything is rejected.
        pages: keep the pages as documents, too, so that they can be written back.
        entail: how much of what the ontology entails is written: ``none``, ``core`` or ``full``.
        public_url: where the release will be served, for its description; "" if it is not known.
        on_progress: called as the stages ``convert`` and ``load`` get on.

    Returns:
        The release that was published, and the report.

    Raises:
        UsageError: a path does not exist, or an option is wrong.
        InputError: an archive or compressed file is cut or broken.
        StrictError: `strict`, and something was rejected.
        ReleaseError: the folder cannot be written.
    """
    counter = Counter(entailed(entail))
    conversion = Conversion(
        [Path(path) for path in inputs],
        Options(RDF_FORMATS["nq"], source, kind, jobs, pages, entail),
        lambda count: on_progress("convert", count),
        counter,
    )
    address = metadata.checked_url(public_url)
    started = datetime.now(UTC)
    root = Path(into)
    try:
        with releases.building(root) as folder:
            report = conversion.report
            start = time.monotonic()
            load(folder / releases.STORE, _with_vocabulary(conversion, strict))
            # Loading goes on beside converting; what is told is how much longer it took.
            report.seconds["load"] = time.monotonic() - start - report.seconds["convert"]
            on_progress("load", 0)
            with _timed(report, "count"):
                count(folder / releases.STORE, report)
            publication = _publication(conversion, address)
            with _timed(report, "describe"):
                _count_vocabulary(counter, entail)
                edges = conversion.edges()
                report.triples = metadata.write(
                    folder,
                    folder / releases.STORE,
                    _facts(publication, started),
                    lambda store, apart: counter.statistics(store, edges, apart),
                ).triples
            report.digest = publication["digest"]
            report_page.write(
                report.as_json(), folder / releases.REPORT, folder / releases.REPORT_PAGE
            )
            return releases.publish(root, folder, publication, now=datetime.now(UTC)), report
    except OSError as error:
        raise ReleaseError(
            f"cannot write the release: {error.strerror or error}",
            hint="check the space left; the release that was there is untouched",
        ) from error


def refuse_if_strict(report: Report, strict: bool) -> None:
    """Raises StrictError if `strict` and something was rejected."""
    if strict and report.rejections:
        raise StrictError(
            f"{report.rejections:,} rows, pages, sites or files were rejected",
            hint="nothing was published; 'rdfconv check' lists them; leave out --strict to "
            "publish the rest",
        )


def _document(conversion: Conversion, strict: bool) -> Generator[Buffer, None, None]:
    """The pieces of the document, and the refusal of what is not strict enough behind them."""
    yield from conversion.document()
    refuse_if_strict(conversion.report, strict)


def _with_vocabulary(conversion: Conversion, strict: bool) -> Generator[Buffer, None, None]:
    """The document, and what follows from the ontology and the tree of methods alone."""
    yield from _document(conversion, strict)
    yield vocabulary_conclusions(conversion.options.entail)


def _count_vocabulary(counter: Counter, entail: str) -> None:
    """Counts what the loader adds to the document."""
    counter.vocabulary(vocabulary_conclusions(entail))
    for name in (ONTOLOGY, METHODS):
        triples = pyoxigraph.parse(path=str(ontology_folder() / name))
        lines = pyoxigraph.serialize(
            (quad.triple for quad in triples), format=pyoxigraph.RdfFormat.N_TRIPLES
        )
        assert lines is not None
        counter.vocabulary(lines)


def load(store: Path, quads: Generator[Buffer, None, None]) -> None:
    """Makes a store of N-Quads, the ontology and the tree of methods, in a process beside this one.

    Args:
        store: the store's folder, which must not exist.
        quads: the pieces of an N-Quads document. If they raise, nothing is finished.

    Raises:
        ReleaseError: the store cannot be written.
    """
    script = Path(__file__).with_name("loading.py")
    arguments: list[str | Path] = [
        store,
        ontology_folder() / ONTOLOGY,
        ONTOLOGY_GRAPH,
        ontology_folder() / METHODS,
    ]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", script, *arguments], stdin=subprocess.PIPE, stderr=errors
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
        told = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
    if code:
        raise ReleaseError(
            f"cannot write the store: {told or f'its process ended ({code})'}",
            hint="check the space left on the disk, and the memory",
        )


def count(store: Path, report: Report) -> None:
    """Puts what only the store knows into the report: how many edges are distinct.

    Raises:
        RdfconvError: the counts do not add up: a fault of the program.
    """
    readable = pyoxigraph.Store.read_only(str(store))
    edges = _number(readable, f"?edge a <{TERM}RegulatoryInteraction>")
    report.rows.merged += report.rows.written - edges
    report.rows.written = edges
    for totals in (report.rows, report.pages, report.sites):
        if not totals.adds_up:
            raise RdfconvError(f"the counts do not add up: {asdict(totals)}; nothing was published")


def _number(store: pyoxigraph.Store, pattern: str) -> int:
    solutions = store.query(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")
    if not isinstance(solutions, pyoxigraph.QuerySolutions):
        raise TypeError("a SELECT query gives solutions")
    [value] = [solution["n"] for solution in solutions]
    if not isinstance(value, pyoxigraph.Literal):
        raise TypeError("a count is a literal")
    return int(value.value)


def _publication(conversion: Conversion, public_url: str) -> dict[str, Any]:
    """What ``release.json`` says; all of it but the digest goes into the digest."""
    content: dict[str, Any] = {
        "software": {"rdfconv": version("rdfconv"), "pyoxigraph": version("pyoxigraph")},
        "source": conversion.options.dataset,
        "kind": conversion.options.kind,
        "pages": conversion.options.pages,
        "public_url": public_url,
        "entail": conversion.options.entail,
        "inputs": [asdict(file) for file in conversion.report.inputs],
        "ontology": {
            file.relative_to(ontology_folder()).as_posix(): hashlib.sha256(
                file.read_bytes()
            ).hexdigest()
            for file in sorted(ontology_folder().rglob("*"))
            if file.is_file()
        },
    }
    text = json.dumps(content, sort_keys=True)
    return {"digest": hashlib.sha256(text.encode()).hexdigest(), **content}


def _facts(publication: Mapping[str, Any], started: datetime) -> metadata.Facts:
    """What the release's description says, from what ``release.json`` says."""
    return metadata.Facts(
        dataset=publication["source"],
        software=publication["software"],
        inputs=publication["inputs"],
        started=started,
        ended=datetime.now(UTC),
        public_url=publication["public_url"],
    )


@contextmanager
def _timed(report: Report, stage: str) -> Any:
    start = time.monotonic()
    yield
    report.seconds[stage] = time.monotonic() - start


def convert(
    inputs: Sequence[str | PathLike[str]],
    output: str,
    *,
    format: str | None = None,
    jobs: int = 1,
    source: str = DATASET,
    kind: str | None = None,
    strict: bool = False,
    pages: bool = True,
    entail: str = CORE,
    on_progress: OnProgress = lambda stage, count: None,
) -> Report:
    """Converts protein pages and tables to one RDF file.

    Args:
        inputs: files, folders and archives.
        output: the file to write; ``-`` is standard output; ``.gz`` compresses.
        format: a name of `rdfconv.formats.RDF_FORMATS`; None tells it from the file's name.

    The other arguments, and what is raised, are those of `build`.
    """
    from rdfconv.formats import rdf_format_of

    conversion = Conversion(
        [Path(path) for path in inputs],
        Options(rdf_format_of(output, format), source, kind, jobs, pages, entail),
        lambda count: on_progress("convert", count),
    )

    write_pieces(output, _document(conversion, strict))
    return conversion.report


def to_graph(
    path: str | PathLike[str],
    *,
    source: str = DATASET,
    kind: str | None = None,
    entail: str = CORE,
) -> rdflib.Graph:
    """A few pages or a small table as an rdflib graph, for work in Python.

    Args:
        path: a file, folder or archive.
        source: the reporting data set.
        kind: forces the kind.
        entail: as for `build`.

    >>> graph = to_graph("tests/data/sample/pages/q13069.md")
    >>> len(list(graph.subjects(predicate=rdflib.URIRef(TERM + "regulates"))))
    1
    """
    conversion = Conversion([Path(path)], Options(RDF_FORMATS["nt"], source, kind, entail=entail))
    graph = rdflib.Graph()
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace, replace=True)
    graph.parse(data=b"".join(map(bytes, conversion.document())), format="nt")
    return graph
