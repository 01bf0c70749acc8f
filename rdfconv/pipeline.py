"""Inputs to triples: blocks are converted by one process or several, and put in order again.

A block's text is a pure function of the block, so the output does not depend on the number of
processes. Interactions, and the evidence they are the first to name, stream out as they come;
what is written once (proteins, genes ...) follows at the end.
"""

from __future__ import annotations

import gc
import hashlib
import time
from collections import Counter as Counts
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, islice
from pathlib import Path

from rdfconv.catalog import Catalog, Spelling, Tally
from rdfconv.counting import Counter, Edges
from rdfconv.emitter import Emitter
from rdfconv.entailment import CORE, LEVELS, entailed
from rdfconv.errors import UsageError
from rdfconv.formats import Format
from rdfconv.identifiers import DATASET_NAME
from rdfconv.model import (
    Dataset,
    DetectionMethod,
    Evidence,
    Interaction,
    ListedRow,
    Mention,
    ProteinPage,
    Record,
    SourceDatabase,
    Taxon,
)
from rdfconv.problems import Kind, Problem, ProblemLog, Unit
from rdfconv.readers import (
    DATASET,
    Inputs,
    PageBlock,
    PageReader,
    TableBlock,
    TableReader,
    read_blocks,
    stated_accession,
)
from rdfconv.readers.blocks import Block
from rdfconv.report import Report, Totals
from rdfconv.serialize import syntax_of
from rdfconv.workers import Buffer, Workers

VOCABULARY = (Taxon, SourceDatabase, DetectionMethod, Dataset)
"""The records of terms, whose triples may also stand in the ontology or the description."""
BATCH = 1000
"""How many records that are written once are put out together."""


@dataclass(frozen=True, slots=True)
class Options:
    """How inputs are converted.

    Attributes:
        format: the RDF format; None reads and checks only.
        dataset: the reporting data set (``--source``).
        kind: forces the inputs' kind; None detects it.
        jobs: how many processes convert.
        pages: whether pages are kept as documents, in formats that have named graphs.
        entail: how much of what the ontology entails is written (`rdfconv.entailment.LEVELS`).
    """

    format: Format | None
    dataset: str = DATASET
    kind: str | None = None
    jobs: int = 1
    pages: bool = True
    entail: str = CORE

    def __post_init__(self) -> None:
        if not DATASET_NAME.fullmatch(self.dataset):
            raise UsageError(
                f"{self.dataset!r} cannot name a data set",
                hint="use letters, digits, '.', '_' and '-'",
            )
        if self.entail not in LEVELS:
            raise UsageError(f"entailments are written {', '.join(LEVELS)}; not {self.entail!r}")
        if self.jobs < 1:
            raise UsageError(f"the number of jobs must be 1 or more, not {self.jobs}")


@dataclass(slots=True)
class BlockResult:
    """What a block gives, beside its text.

    Attributes:
        evidence: the reports that its process met for the first time, in the order of use.
        accepted: the accessions of its pages that were read.
        rows: the rows' counts.
        pages: the pages' counts.
        sites: the counts of the binding sites that pages list, rows and sequences; none where
            pages are left out.
        problems: what was wrong.
    """

    evidence: list[Evidence] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    rows: Totals = field(default_factory=Totals)
    pages: Totals = field(default_factory=Totals)
    sites: Totals = field(default_factory=Totals)
    problems: ProblemLog = field(default_factory=ProblemLog)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a process gathered over all its blocks.

    Attributes:
        mentions: the proteins its rows name, with the numbers of rows as regulator and as target.
        pages: its pages, without rows and documents.
        rows: the rows that were asked for.
    """

    mentions: list[tuple[Mention, int, int]]
    pages: list[ProteinPage]
    rows: list[ListedRow]


class BlockConverter:
    """Converts blocks; one lives in each process and remembers the cells it has seen."""

    def __init__(self, options: Options) -> None:
        self.syntax = syntax_of(options.format) if options.format else None
        self.emitter = Emitter(entailed(options.entail), self.syntax) if self.syntax else None
        self.page_emitter = (
            self.emitter if options.pages and self.syntax and self.syntax.has_graphs else None
        )
        self._problems = ProblemLog()
        self._tables = TableReader(options.dataset, self._report)
        self._pages = PageReader(options.dataset, self._report)
        self._tally = Tally()

    def work(self, block: Block) -> tuple[BlockResult, bytes]:
        """The result of a block, and the triples of its interactions and pages."""
        self._problems = ProblemLog()
        result = BlockResult(problems=self._problems)
        if isinstance(block, TableBlock):
            before = self._tables.rows_read
            rows = self._tables.read(block.lines, block.source, block.first_line)
            texts: list[str] = []
            result.rows.read = self._tables.rows_read - before
        else:
            rows, texts = self._read_pages(block, result)
        result.evidence = self._tally.add_rows(rows)
        result.rows.written = len(rows)
        result.rows.rejected = self._problems.count(Unit.ROW)
        if self.emitter is None:
            return result, b""
        write = self.emitter.interaction
        texts += [write(factor[0], target[0], told.id) for factor, target, told in rows]
        return result, "".join(texts).encode()

    def accession(self, content: bytes, name: str) -> str:
        """The accession of a page; "" if the page cannot be read."""
        self._problems = ProblemLog()
        page = self._pages.read(content, name)
        return page.protein.accession if page else ""

    def answer(self, question: Set[Spelling] | None) -> Gathered:
        """What was gathered over all blocks or, asked for spellings, the rows that have them."""
        if question is None:
            return Gathered(self._tally.mentions(), self._tally.pages, [])
        return Gathered([], [], self._tally.rows_of(question))

    def _report(self, problem: Problem) -> None:
        self._problems.add(problem)

    def _read_pages(
        self, block: PageBlock, result: BlockResult
    ) -> tuple[list[Interaction], list[str]]:
        """The interactions of a block of pages, and the triples of the pages themselves."""
        rows: list[Interaction] = []
        texts: list[str] = []
        rows_before, sites_before = self._pages.rows_read, self._pages.sites_read
        for name, content in block.pages:
            result.pages.read += 1
            page = self._pages.read(content, name)
            if page is None:
                result.pages.rejected += 1
                continue
            result.pages.written += 1
            result.accepted.append(page.protein.accession)
            rows += page.transcription_factors
            rows += page.targets
            self._tally.add_page(page)
            if self.page_emitter and page.document:
                records: tuple[Record, ...] = (
                    page.document,
                    *page.document.sites,
                    *page.document.fields,
                    *page.document.rows,
                )
                texts += map(self.page_emitter.write, records)
        result.rows.read = self._pages.rows_read - rows_before
        if self.page_emitter or not self.emitter:
            result.sites.read = self._pages.sites_read - sites_before
            result.sites.rejected = self._problems.count(Unit.SITE)
            result.sites.written = result.sites.read - result.sites.rejected
        return rows, texts


class Conversion:
    """One run: inputs to triples, with its report.

    Args:
        paths: files, folders and archives.
        options: how to convert them.
        on_bytes: called with the number of bytes read, as they are read.
        counter: counts what is written once, in a line-based format.

    Raises:
        UsageError: a path does not exist, or an option is wrong.
        OntologyError: the mapping or a term table is broken.
    """

    def __init__(
        self,
        paths: list[Path],
        options: Options,
        on_bytes: Callable[[int], None] = lambda count: None,
        counter: Counter | None = None,
    ) -> None:
        self.options = options
        self._counter = counter
        self.report = Report(source=options.dataset)
        self._files = ProblemLog()
        self._inputs = Inputs(paths, options.kind, self._files.add, on_bytes)
        self._local = BlockConverter(options)
        self._catalog = Catalog(options.dataset)
        self._second = SecondPages()

    def size(self) -> int:
        """The bytes on disk of all inputs."""
        return self._inputs.size()

    def document(self) -> Iterator[Buffer]:
        """The pieces of the whole document; the report is complete after the last one.

        A piece is to be used before the next one is asked for.

        Raises:
            InputError: an archive or compressed file is cut or broken.
        """
        if self._local.syntax is None:
            raise UsageError("a conversion without a format writes nothing")
        yield from self._local.syntax.document(self.blocks())

    def run(self) -> Report:
        """Reads everything and writes nothing.

        Raises:
            InputError: an archive or compressed file is cut or broken.
        """
        for _ in self.blocks():
            pass
        return self.report

    def blocks(self) -> Iterator[Buffer]:
        """The texts of all blocks: interactions with new evidence first, then what is once."""
        start = time.monotonic()
        converter = partial(BlockConverter, self.options)
        with (
            _collector_paused(),
            Workers[Block, BlockResult, Set[Spelling] | None, Gathered](
                self.options.jobs, converter
            ) as workers,
        ):
            for result, text in workers.map(self._first_pages()):
                yield from self._taken(result, text)
            for block in self._second.blocks(self.report, self._local):
                yield from self._taken(*self._local.work(block))
            gathered = [*workers.ask(None), self._local.answer(None)]
            for part in gathered:
                self._gather(part)
            if self._local.page_emitter:
                mentions = (mention for part in gathered for mention, _, _ in part.mentions)
                differing = self._catalog.differing(mentions)
                parts = [*workers.ask(differing), self._local.answer(differing)]
                yield from self._listed_rows(parts)
            del gathered
        log = self.report.problems
        log.merge(self._files)
        yield from self._once(log)
        self.report.inputs = self._inputs.read
        self.report.seconds["convert"] = time.monotonic() - start

    def _listed_rows(self, parts: list[Gathered]) -> Iterator[bytes]:
        """The triples of the rows that are spelled otherwise, in an order of their own."""
        assert self._local.page_emitter is not None
        for row in sorted(row for part in parts for row in part.rows):
            yield self._local.page_emitter.write(row).encode()

    def _first_pages(self) -> Iterator[Block]:
        for block in read_blocks(self._inputs):
            yield self._second.without(block) if isinstance(block, PageBlock) else block

    def _taken(self, result: BlockResult, text: Buffer) -> Iterator[Buffer]:
        """Takes a block's result over, and yields its triples."""
        report = self.report
        report.problems.merge(result.problems)
        report.rows.add(result.rows)
        report.pages.add(result.pages)
        report.sites.add(result.sites)
        self._second.accepted.update(result.accepted)
        for evidence in result.evidence:
            if self._catalog.add_evidence(evidence):
                report.written["Evidence"] = report.written.get("Evidence", 0) + 1
                if self._local.emitter:
                    written = self._local.emitter.write(evidence).encode()
                    if self._counter:
                        self._counter.once(written)
                    yield written
        yield text

    def _gather(self, gathered: Gathered) -> None:
        for mention, as_factor, as_target in gathered.mentions:
            self._catalog.add_mention(mention, as_factor, as_target)
        for page in gathered.pages:
            self._catalog.add_page(page)

    def edges(self) -> Edges:
        """What is known of the interactions, once all is read and the report has their number."""
        catalog = self._catalog
        return Edges(self.report.rows.written, catalog.factors(), catalog.targets())

    def _once(self, log: ProblemLog) -> Iterator[bytes]:
        """The triples of what is written once, sorted."""
        written: Counts[str] = Counts()
        for kind, records in groupby(self._catalog.records(log), type):
            is_vocabulary = issubclass(kind, VOCABULARY)
            while batch := list(islice(records, BATCH)):
                written[kind.__name__] += len(batch)
                if self._local.emitter is None:
                    continue
                text = "".join(map(self._local.emitter.write, batch)).encode()
                if self._counter:
                    (self._counter.vocabulary if is_vocabulary else self._counter.once)(text)
                yield text
        self.report.written.update(written)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pauses Python's cycle collector, here and in the workers started meanwhile.

    Millions of records are made and none of them is part of a cycle; looking for cycles among
    them takes a fifth of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class SecondPages:
    """Sets pages aside whose protein had a page before: the first page that can be read stays.

    Attributes:
        accepted: the accessions of the pages that were read.
    """

    def __init__(self) -> None:
        self.accepted: set[str] = set()
        self._first: dict[str, bytes] = {}
        self._aside: list[tuple[str, bytes, str]] = []
        self._merged = 0

    def without(self, block: PageBlock) -> PageBlock:
        """The block without pages of proteins that were met before."""
        kept = []
        for name, content in block.pages:
            accession = stated_accession(content)
            digest = hashlib.sha256(content.replace(b"\r", b"")).digest()
            if accession and accession not in self._first:
                self._first[accession] = digest
                kept.append((name, content))
            elif accession and self._first[accession] == digest:
                self._merged += 1
            else:
                self._aside.append((name, content, accession))
        return PageBlock(tuple(kept))

    def blocks(self, report: Report, converter: BlockConverter) -> Iterator[PageBlock]:
        """The pages set aside whose protein has none yet, one by one; the others are told."""
        report.pages.read += self._merged
        report.pages.merged += self._merged
        for name, content, stated in self._aside:
            accession = stated or converter.accession(content, name)
            if accession not in self.accepted:
                yield PageBlock(((name, content),))
                continue
            report.pages.read += 1
            report.pages.rejected += 1
            report.problems.add(
                Problem(Kind.SECOND_PAGE, name, None, "uniprot_accession", accession)
            )
