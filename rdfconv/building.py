"""Inputs to a release: convert, load, count, publish.

A release is written into a temporary folder and appears by one rename (see `rdfconv.release`), so
a build that stops at any moment leaves the release that was served before.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph

from rdfconv import downloading, edge_counts, metadata, report_page
from rdfconv import release as releases
from rdfconv.counting import Counter
from rdfconv.downloading import slices
from rdfconv.edges import index as edge_index
from rdfconv.edges.triples import StoreTriples, Triples, WrittenTriples
from rdfconv.entailment import CORE, vocabulary_conclusions
from rdfconv.errors import RdfconvError, ReleaseError, StrictError
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import TERM
from rdfconv.output import write_pieces
from rdfconv.pipeline import Conversion
from rdfconv.rdf_input import Loaded, RdfFile, divided
from rdfconv.readers import DATASET
from rdfconv.release import Release
from rdfconv.report import Report
from rdfconv.search import index as search_index
from rdfconv.statistics import from_store
from rdfconv.store import Loader, asked_number
from rdfconv.tasks import Options
from rdfconv.vocabulary import FILES, PREFIXES, ontology_folder
from rdfconv.workers import Buffer

if TYPE_CHECKING:
    import rdflib

RECORDS = ".records.nt"
"""The file, in the folder of a release that is being built, of what is written once, apart from
binding sites."""
SITES = ".sites.nt"
"""The file of binding sites there."""
COUNTS = ".counts.nq"
"""The file of the numbers of edges there, as N-Quads."""
EDGES = ".edges"
"""The file of the edges there, a line each."""
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
    plain: bool = False,
    base: str = "",
    downloads: bool = True,
    on_progress: OnProgress = lambda stage, count: None,
) -> tuple[Release, Report]:
    """Builds a release from protein pages, tables and files of RDF, and publishes it.

    Args:
        inputs: files, folders and archives; files of RDF are told by their suffix.
        into: the releases' root.
        jobs: how many processes convert.
        source: the reporting data set.
        kind: forces the inputs' kind.
        strict: publish nothing if anything is rejected.
        pages: keep the pages as documents, too, so that they can be written back.
        entail: how much of what the ontology entails is written: ``none``, ``core`` or ``full``.
        public_url: where the release will be served, for its description; "" if it is not known.
        plain: add neither the ontology nor a description: the inputs' triples and nothing else.
        base: what relative IRIs in files of RDF are resolved against; "" takes each file's own
            file: IRI.
        downloads: write files of the data for download, too; a plain release, of which no terms
            are known, has none.
        on_progress: called as the stage ``convert`` gets on, and with 0 bytes as each of the
            stages ``load``, ``count``, ``index``, ``downloads`` and ``describe`` begins; without
            files of RDF ``index`` is a part of ``load``.

    Returns:
        The release that was published, and the report.

    Raises:
        UsageError: a path does not exist, or an option is wrong.
        InputError: an archive or compressed file is cut or broken, or a file of RDF has a fault.
        StrictError: `strict`, and something was rejected.
        ReleaseError: the folder cannot be written.
    """
    tables, files = divided(map(Path, inputs), kind, base)
    # What files of RDF hold is not counted while it is written, but afterwards, in the store.
    recorder = None if files else slices.Recorder(entail)
    counter = None if plain else recorder
    conversion = Conversion(
        tables,
        # What files of RDF tell is looked for in the store.
        Options(RDF_FORMATS["nq"], source, kind, jobs, pages, entail, edges=not files),
        lambda count: on_progress("convert", count),
        recorder,
    )
    address = metadata.checked_url(public_url)
    started = datetime.now(UTC)
    root = Path(into)
    try:
        with releases.building(root) as folder:
            report = conversion.report
            timed = partial(_timed, report, on_progress)
            if recorder:
                sites = folder / SITES if downloads and not plain else None
                recorder.record(folder / RECORDS, sites)
            start = time.monotonic()
            with (
                Loader(folder / releases.STORE, files, vocabulary=not plain) as loader,
                (folder / EDGES).open("wb") as listed,
            ):
                conversion.on_edges = listed.write
                quads = _quads(conversion, strict, plain, empty=not tables)
                loader.feed(_told(quads, on_progress))
                listed.close()
                if recorder:
                    # The store is being finished, by one core; what goes to the indexes is known.
                    with timed("index"):
                        numbers = _write_indexes(folder, _written(folder, recorder, plain=plain))
                loaded = loader.finish()
            # Loading goes on beside the others; what is told is how much longer it took.
            others = report.seconds.setdefault("convert", 0.0) + report.seconds.get("index", 0.0)
            report.seconds["load"] = time.monotonic() - start - others
            with timed("count"):
                count(folder / releases.STORE, report, loaded)
            if recorder is None:
                with timed("index"):
                    numbers = _write_indexes(folder, _stored(folder))
            publication = _publication(conversion, address, plain, files)
            offered: list[metadata.Download] = []
            if downloads and not plain:
                with timed("downloads"):
                    recorded = recorder.recorded() if recorder else None
                    offered = _write_downloads(folder, source, recorded, started, jobs)
            for name in (RECORDS, SITES, EDGES):
                (folder / name).unlink(missing_ok=True)
            with timed("describe"):
                report.triples = (
                    asked_number(
                        pyoxigraph.Store.read_only(str(folder / releases.STORE)),
                        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
                    )
                    if plain
                    else metadata.write(
                        folder,
                        folder / releases.STORE,
                        _facts(publication, started, offered),
                        _counting(counter, conversion),
                        numbers,
                        folder / COUNTS,
                    ).triples
                )
            (folder / COUNTS).unlink()
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


def _quads(
    conversion: Conversion, strict: bool, plain: bool, *, empty: bool
) -> Generator[Buffer, None, None]:
    """The document and, if not plain, what follows from the ontology and the tree of methods.

    Of a plain release without anything to convert there is nothing.
    """
    if not (plain and empty):
        yield from _document(conversion, strict)
    if not plain:
        yield vocabulary_conclusions(conversion.options.entail)


def _told(quads: Iterable[Buffer], on_progress: OnProgress) -> Generator[Buffer, None, None]:
    """The pieces; when they have ended, loading is all there is to wait for."""
    yield from quads
    on_progress("load", 0)


def _counting(counter: Counter | None, conversion: Conversion) -> metadata.Count:
    """What counts the data: the counter that has seen them all or, without one, the store."""
    if counter is None:
        return from_store
    _count_vocabulary(counter, conversion.options.entail)
    edges = conversion.edges()
    return lambda store, apart: counter.statistics(store, edges, apart)


def _count_vocabulary(counter: Counter, entail: str) -> None:
    """Counts what the loader adds to the document."""
    counter.vocabulary(vocabulary_conclusions(entail))
    for name in FILES:
        triples = pyoxigraph.parse(path=str(ontology_folder() / name))
        lines = pyoxigraph.serialize(
            (quad.triple for quad in triples), format=pyoxigraph.RdfFormat.N_TRIPLES
        )
        assert lines is not None
        counter.vocabulary(lines)


def count(store: Path, report: Report, loaded: Loaded | None = None) -> None:
    """Puts what only the store knows into the report: how many edges are distinct, and triples.

    Args:
        store: the store.
        report: the report.
        loaded: what came of the files of RDF, if there were any.

    Raises:
        RdfconvError: the counts do not add up: a fault of the program.
    """
    if loaded is None:
        readable = pyoxigraph.Store.read_only(str(store))
        edges = asked_number(
            readable, f"SELECT (COUNT(*) AS ?n) {{ ?edge a <{TERM}RegulatoryInteraction> }}"
        )
    else:
        edges = loaded.edges  # those that no file of RDF told
        report.inputs.extend(loaded.files)
        report.rdf.read = sum(file.triples for file in loaded.files)
        report.rdf.written = loaded.written
        report.rdf.merged = report.rdf.read - loaded.written
    report.rows.merged += report.rows.written - edges
    report.rows.written = edges
    for totals in (report.rows, report.pages, report.sites, report.rdf):
        if not totals.adds_up:
            raise RdfconvError(f"the counts do not add up: {asdict(totals)}; nothing was published")


def _publication(
    conversion: Conversion, public_url: str, plain: bool, files: Sequence[RdfFile]
) -> dict[str, Any]:
    """What ``release.json`` says.

    All of it but the digest goes into the digest, and what relative IRIs are resolved against,
    which is nobody's business where it is a path.
    """
    content: dict[str, Any] = {
        "software": {"rdfconv": version("rdfconv"), "pyoxigraph": version("pyoxigraph")},
        "source": conversion.options.dataset,
        "kind": conversion.options.kind,
        "pages": conversion.options.pages,
        "public_url": public_url,
        "entail": conversion.options.entail,
        "plain": plain,
        "inputs": [asdict(file) for file in conversion.report.inputs],
        "ontology": {
            file.relative_to(ontology_folder()).as_posix(): hashlib.sha256(
                file.read_bytes()
            ).hexdigest()
            for file in sorted(ontology_folder().rglob("*"))
            if file.is_file()
        },
    }
    text = json.dumps([content, *(file.base for file in files)], sort_keys=True)
    return {"digest": hashlib.sha256(text.encode()).hexdigest(), **content}


def _written(folder: Path, recorder: slices.Recorder, *, plain: bool) -> Triples:
    """The triples that the build has written."""
    recorded = recorder.recorded()
    vocabulary = recorded.vocabulary if plain else recorded.whole_vocabulary()
    return WrittenTriples(folder / RECORDS, vocabulary, folder / EDGES)


def _stored(folder: Path) -> Triples:
    """The triples of the finished store, of which files of RDF may have told some."""
    return StoreTriples(pyoxigraph.Store.read_only(str(folder / releases.STORE)))


def _write_indexes(folder: Path, triples: Triples) -> edge_index.Numbers:
    """Writes the table of edges, the numbers of edges and the index of names; tells the numbers."""
    with edge_index.writing(folder / edge_index.FILE, triples) as numbers:
        # In the meantime a thread makes the indexes of the table.
        search_index.write(folder / releases.SEARCH, triples, numbers)
        edge_counts.write(folder / COUNTS, numbers)
    return numbers


def _write_downloads(
    folder: Path, source: str, recorded: slices.Recorded | None, started: datetime, jobs: int
) -> list[metadata.Download]:
    """Writes the files for download; gives what the description says of them."""
    release = downloading.Release(folder, folder / releases.STORE, source, recorded, started)
    return [
        metadata.Download(
            file.file,
            file.content_type,
            file.bytes,
            file.sha256,
            file.dataset,
            file.count if file.is_all_triples else 0,
        )
        for file in downloading.write(release, jobs)
    ]


def _facts(
    publication: Mapping[str, Any], started: datetime, downloads: Sequence[metadata.Download]
) -> metadata.Facts:
    """What the release's description says, from what ``release.json`` says."""
    return metadata.Facts(
        dataset=publication["source"],
        software=publication["software"],
        inputs=publication["inputs"],
        started=started,
        ended=datetime.now(UTC),
        public_url=publication["public_url"],
        downloads=downloads,
    )


@contextmanager
def _timed(report: Report, on_progress: OnProgress, stage: str) -> Any:
    on_progress(stage, 0)
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
    """Converts protein pages, tables and TFLink's other files to one RDF file.

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

    >>> import rdflib
    >>> graph = to_graph("tests/data/sample/pages/q13069.md")
    >>> len(list(graph.subjects(predicate=rdflib.URIRef(TERM + "regulates"))))
    1
    """
    conversion = Conversion([Path(path)], Options(RDF_FORMATS["nt"], source, kind, entail=entail))
    import rdflib  # only here: it takes its time

    graph = rdflib.Graph()
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace, replace=True)
    graph.parse(data=b"".join(map(bytes, conversion.document())), format="nt")
    return graph
