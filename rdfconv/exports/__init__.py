"""Edges that pass a filter, as files: for addresses and for the command line, the same bytes.

`EXPORT_FORMATS` is the one table of formats; `export` writes them from a release's table of edges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import groupby, islice
from pathlib import PurePath
from typing import TypeVar
from urllib.parse import unquote

from rdfconv.edges.reader import Edge, EdgeTable, Protein
from rdfconv.errors import UsageError, shown
from rdfconv.exports.cytoscape import CytoscapeNetwork
from rdfconv.exports.gmt import GeneSets
from rdfconv.exports.objects import EdgeObjects
from rdfconv.exports.rdf import BATCH as RDF_BATCH
from rdfconv.exports.rdf import Describe, document
from rdfconv.exports.sheets import Context, Ids, Sheet, Tally, ids_of, label_of, plain
from rdfconv.exports.tables import EdgeRows, Network, Sif
from rdfconv.filters import Filter, method_iri, organism_iri
from rdfconv.formats import RDF_FORMATS, Format
from rdfconv.identifiers import DATABASE, UNIPROT

__all__ = [
    "EXPORT_FORMATS",
    "Describe",
    "ExportFormat",
    "Ids",
    "Tally",
    "export",
    "export_format",
    "export_format_of",
    "file_name",
    "ids_for",
]

BATCH = 1000
"""How many edges are written at a time."""
LONGEST_STEM = 150
"""How many characters a file's name may have before its suffix."""

_TABLE = "text/tab-separated-values"


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format that edges are exported in. All of them are streamed.

    Attributes:
        format: its name, label, media type and suffix, as for other formats.
        about: what such a file is, in a sentence.
        sheet: makes what writes it; None for RDF.
        rdf: the name of the RDF format; "" if it is none.
        has_ids: whether there is a choice of what stands for proteins.
    """

    format: Format
    about: str
    sheet: Callable[[Context], Sheet] | None = None
    rdf: str = ""
    has_ids: bool = False

    @property
    def name(self) -> str:
        """The name in ``--format`` and ``format=``."""
        return self.format.name

    @property
    def label(self) -> str:
        """The name people use."""
        return self.format.label

    @property
    def media_type(self) -> str:
        """What it is served as."""
        return self.format.media_type

    @property
    def suffix(self) -> str:
        """The end of file names and addresses, with the dot."""
        return self.format.suffixes[0]

    @property
    def is_rdf(self) -> bool:
        """Whether it is RDF, which is read from the graph itself."""
        return bool(self.rdf)


def _rdf(name: str) -> ExportFormat:
    fmt = RDF_FORMATS[name]
    # JSON is a format of its own here.
    aliases = tuple(alias for alias in fmt.aliases if alias != "application/json")
    suffix = fmt.suffixes[0]
    served = replace(fmt, name=suffix[1:], aliases=aliases, suffixes=(suffix,))
    return ExportFormat(served, _GRAPH, rdf=name)


def _sheet(
    name: str,
    label: str,
    media_type: str,
    suffix: str,
    about: str,
    sheet: Callable[[Context], Sheet],
    *,
    has_ids: bool = False,
) -> ExportFormat:
    fmt = Format(name, label, media_type, (), (suffix,), False, "")
    return ExportFormat(fmt, about, sheet, has_ids=has_ids)


_GRAPH = "edges with all their evidence and what names their proteins, as RDF"

EXPORT_FORMATS: Mapping[str, ExportFormat] = {
    one.name: one
    for one in (
        _sheet("tsv", "TSV", _TABLE, ".tsv", "a table with a row for each edge and its evidence",
               EdgeRows),
        _sheet("json", "JSON", "application/json", ".json",
               "an object for each edge with all its evidence", EdgeObjects),
        _rdf("ttl"),
        _rdf("jsonld"),
        _rdf("nt"),
        _rdf("rdfxml"),
        _sheet("gmt", "GMT", _TABLE, ".gmt",
               "gene sets: the targets of each transcription factor or, of one target, its "
               "regulators", GeneSets, has_ids=True),
        _sheet("network", "network table", _TABLE, ".network.tsv",
               "source, target and weight, each pair once, for decoupler and the like", Network,
               has_ids=True),
        _sheet("cyjs", "Cytoscape", "application/json", ".cyjs",
               "a network for Cytoscape and Cytoscape.js, with the evidence", CytoscapeNetwork),
        _sheet("sif", "SIF", _TABLE, ".sif", "source, 'regulates' and target, for Cytoscape", Sif,
               has_ids=True),
    )
}  # fmt: skip
"""The export formats by name. Of those with one media type the first is meant by it."""


def export_format(name: str) -> ExportFormat:
    """The format of a name or suffix, without regard to case.

    >>> export_format("network.tsv").name, export_format("GMT").name
    ('network', 'gmt')

    Raises:
        UsageError: there is none.
    """
    wanted = name.strip().lower().removeprefix(".")
    for one in EXPORT_FORMATS.values():
        if wanted in (one.name, one.suffix[1:]):
            return one
    near = get_close_matches(wanted, EXPORT_FORMATS, n=1)
    there = f"there are {', '.join(EXPORT_FORMATS)}"
    raise UsageError(
        f"there is no export format {shown(name)}",
        hint=f"did you mean {near[0]!r}? {there}" if near else there,
    )


def export_format_of(path: str, name: str | None = None) -> ExportFormat:
    """The format of a file: the one named, else the one that its suffix tells (``.gz`` aside).

    >>> export_format_of("SOX4.network.tsv.gz").name, export_format_of("SOX4.tsv").name
    ('network', 'tsv')

    Raises:
        UsageError: an unknown name or suffix.
    """
    if name is not None:
        return export_format(name)
    lower = PurePath(path).name.lower().removesuffix(".gz")
    fitting = [one for one in EXPORT_FORMATS.values() if lower.endswith(one.suffix)]
    if fitting:
        return max(fitting, key=lambda one: len(one.suffix))
    raise UsageError(
        f"the name {path!r} does not tell the export format",
        hint=f"give --format: {', '.join(EXPORT_FORMATS)}",
    )


def ids_for(fmt: ExportFormat, text: str | None) -> Ids:
    """The ids that a parameter asks for.

    Args:
        fmt: the format.
        text: the parameter; None or "" if there is none.

    Raises:
        UsageError: there are no such ids, or the format has no choice of them.
    """
    if text and not fmt.has_ids:
        choice = ", ".join(one.name for one in EXPORT_FORMATS.values() if one.has_ids)
        raise UsageError(
            f"{fmt.label} has no choice of ids", hint=f"leave 'ids' out; it is for {choice}"
        )
    return ids_of(text or "")


def export(
    table: EdgeTable,
    wanted: Filter,
    fmt: ExportFormat,
    *,
    ids: Ids = Ids.SYMBOL,
    describe: Describe | None = None,
    tally: Tally | None = None,
) -> Iterator[bytes]:
    """The pieces of a file of the edges that pass a filter, in UTF-8.

    The bytes follow from the release and the arguments alone.

    Args:
        table: the release's table of edges.
        wanted: the filter.
        fmt: the format.
        ids: what stands for proteins, in the formats that have a choice.
        describe: reads the graph; needed for RDF.
        tally: what was written is counted into it.

    Raises:
        SlowError: reading takes longer than the table allows.
    """
    tally = Tally() if tally is None else tally
    batches = _counted(table.all(wanted), RDF_BATCH if fmt.is_rdf else BATCH, tally)
    if fmt.sheet is None:
        if describe is None:
            raise TypeError("RDF needs something that reads the graph")
        yield from document(batches, RDF_FORMATS[fmt.rdf], describe, tally)
        return
    sheet = fmt.sheet(
        Context(wanted, ids, table.name_of, lambda: regulators(table.all(wanted)), tally)
    )
    yield sheet.head().encode()
    for batch in batches:
        yield sheet.rows(batch).encode()
    yield sheet.foot().encode()


def regulators(edges: Iterable[Edge]) -> Iterator[Protein]:
    """The transcription factors of edges, of which those of one stand side by side."""
    for _, same in groupby(edges, key=lambda edge: edge.tf.iri):
        yield next(same).tf


T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Items, so many at a time.

    >>> list(batched("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def _counted(edges: Iterable[Edge], size: int, tally: Tally) -> Iterator[list[Edge]]:
    last = ""
    for batch in batched(edges, size):
        for edge in batch:
            if edge.tf.iri != last:
                last = edge.tf.iri
                tally.regulators += 1
        tally.edges += len(batch)
        yield batch


def file_name(wanted: Filter, fmt: ExportFormat, table: EdgeTable, ids: Ids = Ids.SYMBOL) -> str:
    """A name for the file, in ASCII, that tells what is in it.

    ``SOX4_Q06945_regulators_small-scale.gmt``, for example.
    """

    def protein(accession: str) -> str:
        found = table.protein(UNIPROT + accession)
        return label_of(found) if found else accession

    tf = protein(wanted.tf) if wanted.tf else ""
    target = protein(wanted.target) if wanted.target else ""
    if tf and target:
        parts = [tf, "regulates", target]
    else:
        parts = [tf, "targets"] if tf else [target, "regulators"] if target else ["interactions"]
    parts += [
        table.name_of(organism_iri(wanted.organism)) if wanted.organism else "",
        f"{wanted.scale}-scale" if wanted.scale else "",
        table.name_of(DATABASE + wanted.database) if wanted.database else "",
        table.name_of(method_iri(wanted.method)) if wanted.method else "",
        f"{wanted.min_papers}-papers" if wanted.min_papers else "",
        f"pubmed-{wanted.paper}" if wanted.paper else "",
        wanted.evidence,
        wanted.name,
        wanted.mode and f"mode-{wanted.mode}",
        wanted.dataset,
        ids.value if fmt.has_ids and ids is not Ids.SYMBOL else "",
    ]
    stem = "_".join(filter(None, (plain(unquote(part)) for part in parts)))
    return stem[:LONGEST_STEM].rstrip("_.-") + fmt.suffix
