"""Writes the files that a release offers for download: triples, tables, gene sets, networks.

The triples are one task, and the tables of each organism another; they are shared among processes.
What all files hold in common is written once and copied: the file of all triples is the common
part and that of each organism, and an organism's file the common part and its own.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyoxigraph

from rdfconv.downloading import slices
from rdfconv.downloading.parts import Part, PartWriter, compressed, joined
from rdfconv.downloads import FOLDER, GZIP, File, write_manifest
from rdfconv.edges.reader import Edge, EdgeTable, Protein
from rdfconv.exports import BATCH, EXPORT_FORMATS, batched, regulators
from rdfconv.exports.sheets import Context, Ids, Sheet, Tally, plain
from rdfconv.filters import SMALL, Filter, name_of_iri, organism_iri
from rdfconv.vocabulary import datasets
from rdfconv.workers import Workers

LONGEST_NAME = 60
"""How many characters of an organism's name stand in the names of files."""
NONE = "-"
"""What stands for the organism of edges without one."""
ALL = "all organisms"
OTHERS = (
    "Files of RDF were added by whoever built this release; for what they say their terms hold."
)
"""What is said of terms of use if not all data come from the data set."""


@dataclass(frozen=True, slots=True)
class Release:
    """The release that files are made of.

    Attributes:
        folder: its folder.
        store: its store, which nobody writes to.
        dataset: the reporting data set.
        recorded: what the build wrote; None if files of RDF were added.
        made: when the build began.
    """

    folder: Path
    store: Path
    dataset: str
    recorded: slices.Recorded | None
    made: datetime

    @property
    def parts(self) -> Path:
        """Where parts of files lie while they are made."""
        return self.folder / FOLDER / ".parts"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table that is written for each organism.

    Attributes:
        format: the name of its export format.
        ids: what stands for proteins; None where there is no choice.
        small: whether only small-scale evidence counts.
    """

    format: str
    ids: Ids | None = None
    small: bool = False

    @property
    def is_compressed(self) -> bool:
        """Whether files are compressed. Readers of GMT take no other than plain ones."""
        return self.format != "gmt"

    @property
    def words(self) -> str:
        """What comes last in a file's name, before its suffix."""
        parts = (
            {"tsv": "edges", "gmt": "targets", "network": "network"}[self.format],
            self.ids or "",
            "small-scale" if self.small else "",
        )
        return "_".join(filter(None, parts))

    @property
    def suffix(self) -> str:
        """The end of a file's name."""
        return ".gmt" if self.format == "gmt" else ".tsv.gz"

    @property
    def counted(self) -> str:
        """What its lines are."""
        return {"tsv": "edges", "gmt": "gene sets", "network": "pairs"}[self.format]


EDGES = Kind("tsv")
KINDS = (
    EDGES,
    *(Kind("gmt", ids) for ids in Ids),
    *(Kind("gmt", ids, small=True) for ids in Ids),
    *(Kind("network", ids) for ids in Ids),
)
"""What is written for each organism."""


def write(release: Release, jobs: int) -> list[File]:
    """Writes the files, and the manifest that lists them.

    Args:
        release: the release.
        jobs: how many processes write.

    Raises:
        OSError: a file cannot be written.
    """
    release.parts.mkdir(parents=True)
    with EdgeTable(release.folder) as table:
        found = {organism_iri(one.value): one.name for one in table.choices(Filter(), "organism")}
        edges = {iri: table.count(Filter(organism=name_of_iri(iri))) for iri in found}
        if sum(edges.values()) < table.count(Filter()):
            found[NONE] = "edges without an organism"
    # The largest first: the triples are as much work as the tables of the largest organism.
    tasks = [slices.COMMON, *found]
    with Workers[str, list[Part], None, None](
        min(jobs, len(tasks)), partial(_Task, release, tuple(found))
    ) as workers:
        parts = {part.path.name: part for result, _ in workers.map(tasks) for part in result}
    files = list(_Files(release, found, parts).all())
    for path in release.parts.iterdir():
        path.unlink()
    release.parts.rmdir()
    write_manifest(release.folder, files)
    return files


# What each process does


class _Task:
    """Writes the parts of one file, or those of an organism's tables.

    Args:
        release: the release.
        organisms: the IRIs of the organisms.
    """

    def __init__(self, release: Release, organisms: Sequence[str]) -> None:
        self._release = release
        self._organisms = organisms

    def work(self, organism: str) -> tuple[list[Part], bytes]:
        """Writes an organism's tables or, for `slices.COMMON`, the triples of all."""
        with ThreadPoolExecutor(1) as pool, EdgeTable(self._release.folder) as table:
            if organism == slices.COMMON:
                return self._triples(table, pool), b""
            return self._tables(organism, table, pool), b""

    def answer(self, question: None) -> None:
        """Nothing: it gathers nothing."""

    def _triples(self, table: EdgeTable, pool: Executor) -> list[Part]:
        store = pyoxigraph.Store.read_only(str(self._release.store))

        def writers() -> Mapping[str, PartWriter]:
            return {
                organism: PartWriter(self._release.parts / _part(organism, "nt"), pool)
                for organism in (slices.COMMON, *self._organisms)
            }

        used = slices.write(store, table, writers, self._release.recorded)
        return [writer.close() for writer in used.values()]

    def _tables(self, organism: str, table: EdgeTable, pool: Executor) -> list[Part]:
        edges = partial(_edges_of, table, organism)
        factors = list(regulators(edges()))
        written = [
            (kind, self._sheet(kind, table, factors), self._writer(organism, kind, pool))
            for kind in KINDS
        ]
        for batch in batched(edges(), BATCH):
            small = list(_small_scale(batch))
            for kind, sheet, writer in written:
                writer.write(sheet.rows(small if kind.small else batch).encode())
        for _, sheet, writer in written:
            writer.write(sheet.foot().encode())
        return [writer.close() for _, _, writer in written]

    def _sheet(self, kind: Kind, table: EdgeTable, factors: list[Protein]) -> Sheet:
        make = EXPORT_FORMATS[kind.format].sheet
        assert make is not None
        wanted = Filter(scale=SMALL) if kind.small else Filter()
        return make(
            Context(wanted, kind.ids or Ids.SYMBOL, table.name_of, lambda: factors, Tally())
        )

    def _writer(self, organism: str, kind: Kind, pool: Executor) -> PartWriter:
        path = self._release.parts / _part(organism, kind.words)
        return PartWriter(path, pool if kind.is_compressed else None)


def _edges_of(table: EdgeTable, organism: str) -> Iterator[Edge]:
    if organism != NONE:
        return table.all(Filter(organism=name_of_iri(organism)))
    return (edge for edge in table.all(Filter()) if not edge.tf.organism)


def _small_scale(edges: Sequence[Edge]) -> Iterator[Edge]:
    """The edges with their small-scale reports only, if they have any."""
    for edge in edges:
        if all(report.small_scale for report in edge.evidence):
            yield edge
        else:
            reports = tuple(report for report in edge.evidence if report.small_scale)
            if reports:
                yield replace(edge, evidence=reports)


def _part(organism: str, what: str) -> str:
    """The name of a part's file. An organism's own name may be too long for one."""
    return f"{_digest(organism) if organism else 'common'}.{what}"


def _digest(iri: str) -> str:
    return hashlib.sha256(iri.encode()).hexdigest()[:12]


# Putting the files together


class _Files:
    """Makes files of parts.

    Args:
        release: the release.
        organisms: names by IRI.
        parts: the parts by name.
    """

    def __init__(
        self, release: Release, organisms: Mapping[str, str], parts: Mapping[str, Part]
    ) -> None:
        self._release = release
        self._organisms = organisms
        self._parts = parts
        slugs = {iri: plain(name).replace("_", "-").lower() for iri, name in organisms.items()}
        counts = Counter(slugs.values())
        # A name that says too little, or too much, is told from others by its IRI.
        self._slugs = {
            iri: slug
            if counts[slug] == 1 and 0 < len(slug) <= LONGEST_NAME
            else f"{slug[:LONGEST_NAME]}-{_digest(iri)}".lstrip("-")
            for iri, slug in slugs.items()
        }

    def all(self) -> Iterator[File]:
        """The files, those of all organisms first."""
        common = self._parts[_part(slices.COMMON, "nt")]
        own = {iri: self._parts[_part(iri, "nt")] for iri in self._organisms}
        yield self._triples("", [common, *own.values()])
        yield self._edges("", [self._table(iri, EDGES) for iri in self._organisms])
        for iri in self._organisms:
            yield self._triples(iri, [common, own[iri]])
            for kind in KINDS:
                yield from self._of_kind(iri, kind)

    def _table(self, iri: str, kind: Kind) -> Part:
        return self._parts[_part(iri, kind.words)]

    def _triples(self, iri: str, parts: Sequence[Part]) -> File:
        whole = joined(self._path(iri, "", ".nt.gz"), parts)
        title = f"Triples: {self._name(iri)}, with the ontology"
        return self._described(whole, iri, title, "nt", GZIP, "application/n-triples", "triples")

    def _edges(self, iri: str, parts: Sequence[Part]) -> File:
        return self._file(iri, EDGES, parts)

    def _of_kind(self, iri: str, kind: Kind) -> Iterator[File]:
        part = self._table(iri, kind)
        if part.lines:  # a file without anything in it only puzzles
            yield self._file(iri, kind, [part])

    def _file(self, iri: str, kind: Kind, parts: Sequence[Part]) -> File:
        head = self._head(kind)
        pieces: list[bytes | Part] = [compressed(head.encode())] if head else []
        pieces += parts
        whole = joined(self._path(iri, kind.words, kind.suffix), pieces)
        content_type = EXPORT_FORMATS[kind.format].media_type
        return self._described(
            whole,
            iri,
            _title(kind, self._name(iri)),
            kind.format,
            GZIP if kind.is_compressed else content_type,
            content_type,
            kind.counted,
            ids=kind.ids or "",
            scale=SMALL if kind.small else "",
        )

    def _head(self, kind: Kind) -> str:
        make = EXPORT_FORMATS[kind.format].sheet
        assert make is not None
        context = Context(Filter(), kind.ids or Ids.SYMBOL, str, lambda: (), Tally())
        return make(context).head()

    def _path(self, iri: str, words: str, suffix: str) -> Path:
        slug = self._slugs[iri] if iri else "all"
        stem = "_".join(filter(None, (self._release.dataset, slug, words)))
        return self._release.folder / FOLDER / f"{stem}{suffix}"

    def _name(self, iri: str) -> str:
        return self._organisms[iri] if iri else ALL

    def _described(
        self,
        whole: Part,
        iri: str,
        title: str,
        format: str,
        media_type: str,
        content_type: str,
        counted: str,
        *,
        ids: str = "",
        scale: str = "",
    ) -> File:
        known = datasets().get(self._release.dataset)
        terms = known.rights if known else ""
        if self._release.recorded is None:
            terms = f"{terms} {OTHERS}".strip()
        return File(
            id=whole.path.name,
            file=whole.path.name,
            title=title,
            format=format,
            media_type=media_type,
            content_type=content_type,
            bytes=whole.bytes,
            sha256=whole.sha256,
            count=whole.lines,
            counted=counted,
            organism=self._name(iri) if iri else "",
            taxon=iri if iri != NONE else "",
            ids=ids,
            scale=scale,
            dataset=self._release.dataset,
            terms=terms,
            date=f"{self._release.made.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        )


_IDS = {
    Ids.SYMBOL: "gene symbols",
    Ids.ENTREZ: "NCBI gene ids",
    Ids.UNIPROT: "UniProtKB accessions",
}


def _title(kind: Kind, organism: str) -> str:
    if kind.ids is None:
        return f"Edges with their evidence: {organism}"
    what = "Targets of each transcription factor" if kind.format == "gmt" else "Network"
    small = ", small-scale evidence only" if kind.small else ""
    return f"{what}: {organism}, by {_IDS[kind.ids]}{small}"
