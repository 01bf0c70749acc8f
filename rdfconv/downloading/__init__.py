"""Writes the files that a release offers for download: triples, tables, gene sets, networks.

Each data set has files of its own, since each has its own terms. Of each, the triples are one
task, and the tables of each organism another; they are shared among processes. What all files of a
data set hold in common is written once and copied: the file of all triples is the common part and
that of each organism, and an organism's file the common part and its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import pyoxigraph

from rdfconv.downloading import shares, sites, slices
from rdfconv.downloading.files import Files
from rdfconv.downloading.kinds import BED_WORDS, FALDO_WORDS, KINDS, NONE, Kind, Release, part_name
from rdfconv.downloading.parts import Part, PartWriter
from rdfconv.downloading.shares import LeftOut, Share
from rdfconv.downloads import File, write_manifest
from rdfconv.edges.reader import Edge, EdgeTable, Protein
from rdfconv.exports import BATCH, EXPORT_FORMATS, batched, regulators
from rdfconv.exports.sheets import Context, Ids, Sheet, Tally
from rdfconv.filters import SMALL, Filter, name_of_iri, organism_iri
from rdfconv.identifiers import accession_of
from rdfconv.workers import Workers

__all__ = ["Release", "write"]


class _Item(NamedTuple):
    """What one process does at a time: an organism's tables or, for `slices.COMMON`, the triples
    of all; `share` is None for the main data set."""

    organism: str
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is written.

    Attributes:
        organisms: the names of the main data set's organisms, by IRI.
        others: of each other data set what it reports, and its regulators by organism.
        left_out: what the main data set's files leave out.
    """

    organisms: Mapping[str, str]
    others: Sequence[tuple[Share, Mapping[str, Sequence[str]]]]
    left_out: LeftOut

    def items(self) -> list[_Item]:
        """All that is to be done, the largest first: the triples are as much work as the tables of
        the largest organism."""
        return [
            *(_Item(one) for one in (slices.COMMON, *self.organisms)),
            *(_Item(one, share) for share, of in self.others for one in (slices.COMMON, *of)),
        ]


def write(release: Release, jobs: int) -> list[File]:
    """Writes the files, and the manifest that lists them.

    Args:
        release: the release.
        jobs: how many processes write.

    Raises:
        OSError: a file cannot be written.
    """
    release.parts.mkdir(parents=True)
    plan = _plan(release)
    items = plan.items()
    with Workers[_Item, list[Part], None, None](
        min(jobs, len(items)), partial(_Task, release, plan)
    ) as workers:
        parts = {part.path.name: part for result, _ in workers.map(items) for part in result}
    files = list(Files(release, release.dataset, plan.organisms, parts).all())
    for share, of in plan.others:
        names = {one: plan.organisms[one] for one in of}
        files += Files(release, share.dataset, names, parts).all()
    for path in release.parts.iterdir():
        path.unlink()
    release.parts.rmdir()
    write_manifest(release.folder, files)
    return files


def _plan(release: Release) -> _Plan:
    store = pyoxigraph.Store.read_only(str(release.store))
    found = shares.shares(store, release.dataset)
    with EdgeTable(release.folder) as table:
        names = {organism_iri(one.value): one.name for one in table.choices(Filter(), "organism")}
        edges = {iri: table.count(Filter(organism=name_of_iri(iri))) for iri in names}
        if sum(edges.values()) < table.count(Filter()):
            names[NONE] = "edges without an organism"
        for iri in slices.of_assemblies(store):
            names.setdefault(iri, table.name_of(iri))
        others = [(share, _factors(table, share, names)) for share in found]
    return _Plan(names, others, shares.left_out(store, release.dataset, found))


def _factors(
    table: EdgeTable, share: Share, organisms: Iterable[str]
) -> Mapping[str, Sequence[str]]:
    """The regulators of a share's edges by their organisms, which stand in the order given."""
    of: dict[str, list[str]] = {}
    for iri in sorted({tf for tf, _ in share.edges}):
        protein = table.protein(iri)
        of.setdefault(protein.organism if protein and protein.organism else NONE, []).append(iri)
    return {organism: of[organism] for organism in organisms if organism in of}


# What each process does


class _Task:
    """Writes the parts of one file, or those of an organism's tables.

    Args:
        release: the release.
        plan: what is written.
    """

    def __init__(self, release: Release, plan: _Plan) -> None:
        self._release = release
        self._plan = plan

    def work(self, item: _Item) -> tuple[list[Part], bytes]:
        """Does an item."""
        with ThreadPoolExecutor(1) as pool, EdgeTable(self._release.folder) as table:
            if item.organism != slices.COMMON:
                return self._tables(item, table, pool), b""
            if item.share is None:
                return self._triples(table, pool), b""
            return self._triples_of(item.share, pool), b""

    def answer(self, question: None) -> None:
        """Nothing: it gathers nothing."""

    def _triples(self, table: EdgeTable, pool: Executor) -> list[Part]:
        store = pyoxigraph.Store.read_only(str(self._release.store))
        dataset = self._release.dataset

        def outputs() -> tuple[Mapping[str, PartWriter], sites.SiteTable]:
            writers = self._writers(dataset, self._plan.organisms, pool)
            return writers, sites.SiteTable(self._release.parts / ".sites")

        used, found = slices.write(
            store, table, outputs, self._release.recorded, self._plan.left_out
        )
        parts = [writer.close() for writer in used.values()]
        organisms = self._plan.organisms
        parts += sites.write(
            (
                site if site.organism in organisms else site._replace(organism=slices.COMMON)
                for site in found.sorted()
            ),
            lambda organism: self._writer(dataset, organism, FALDO_WORDS, pool),
            lambda organism, assembly: self._writer(
                dataset, organism, f"{assembly}_{BED_WORDS}", pool
            ),
        )
        found.close()
        return parts

    def _triples_of(self, share: Share, pool: Executor) -> list[Part]:
        [organisms] = [of for one, of in self._plan.others if one.dataset == share.dataset]
        writers = self._writers(share.dataset, organisms, pool)
        store = pyoxigraph.Store.read_only(str(self._release.store))
        slices.write_share(store, writers, share)
        return [writer.close() for writer in writers.values()]

    def _writers(
        self, dataset: str, organisms: Iterable[str], pool: Executor
    ) -> Mapping[str, PartWriter]:
        return {
            organism: self._writer(dataset, organism, "nt", pool)
            for organism in (slices.COMMON, *organisms)
        }

    def _tables(self, item: _Item, table: EdgeTable, pool: Executor) -> list[Part]:
        dataset = item.share.dataset if item.share else self._release.dataset
        edges = partial(self._edges, table, item)
        factors = list(regulators(edges()))
        written = [
            (
                kind,
                _sheet(kind, table, factors),
                self._writer(
                    dataset, item.organism, kind.words, pool if kind.is_compressed else None
                ),
            )
            for kind in KINDS
        ]
        for batch in batched(edges(), BATCH):
            small = list(_small_scale(batch))
            for kind, sheet, writer in written:
                writer.write(sheet.rows(small if kind.small else batch).encode())
        for _, sheet, writer in written:
            writer.write(sheet.foot().encode())
        return [writer.close() for _, _, writer in written]

    def _edges(self, table: EdgeTable, item: _Item) -> Iterator[Edge]:
        """The edges of an organism with the reports of the data set."""
        if item.share is None:
            return _without(_edges_of(table, item.organism), self._plan.left_out.evidence)
        [organisms] = [of for one, of in self._plan.others if one.dataset == item.share.dataset]
        return _reported(table, organisms[item.organism], item.share.evidence)

    def _writer(self, dataset: str, organism: str, what: str, pool: Executor | None) -> PartWriter:
        return PartWriter(self._release.parts / part_name(dataset, organism, what), pool)


def _sheet(kind: Kind, table: EdgeTable, factors: list[Protein]) -> Sheet:
    make = EXPORT_FORMATS[kind.format].sheet
    assert make is not None
    wanted = Filter(scale=SMALL) if kind.small else Filter()
    return make(Context(wanted, kind.ids or Ids.SYMBOL, table.name_of, lambda: factors, Tally()))


def _edges_of(table: EdgeTable, organism: str) -> Iterator[Edge]:
    if organism != NONE:
        return table.all(Filter(organism=name_of_iri(organism)))
    return (edge for edge in table.all(Filter()) if not edge.tf.organism)


def _without(edges: Iterator[Edge], evidence: frozenset[str]) -> Iterator[Edge]:
    """Edges without some reports of them, if they have others."""
    if not evidence:
        return edges
    return _with_reports(edges, lambda report: report not in evidence)


def _reported(table: EdgeTable, factors: Iterable[str], evidence: frozenset[str]) -> Iterator[Edge]:
    """The edges of some regulators with the reports of another data set than the main one.

    Gene ids are left out: they are the main data set's.
    """
    accessions = filter(None, map(accession_of, factors))
    edges = (edge for one in accessions for edge in table.all(Filter(tf=one)))
    for edge in _with_reports(edges, lambda report: report in evidence):
        yield replace(edge, tf=replace(edge.tf, genes=()), target=replace(edge.target, genes=()))


def _with_reports(edges: Iterable[Edge], is_wanted: Callable[[str], bool]) -> Iterator[Edge]:
    for edge in edges:
        reports = tuple(report for report in edge.evidence if is_wanted(report.iri))
        if len(reports) == len(edge.evidence):
            yield edge
        elif reports:
            yield replace(edge, evidence=reports)


def _small_scale(edges: Sequence[Edge]) -> Iterator[Edge]:
    """The edges with their small-scale reports only, if they have any."""
    for edge in edges:
        if all(report.small_scale for report in edge.evidence):
            yield edge
        else:
            reports = tuple(report for report in edge.evidence if report.small_scale)
            if reports:
                yield replace(edge, evidence=reports)
