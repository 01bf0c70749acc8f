"""Inputs to triples: blocks are converted by one process or several, and put in order again.

A block's result is a pure function of the block, so the output does not depend on the number of
processes. Interactions and the evidence they are the first to name stream out as they come; what
is written once (proteins, genes ...) follows at the end.
"""

from __future__ import annotations

import hashlib
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path

from rdfconv.catalog import Catalog
from rdfconv.errors import UsageError
from rdfconv.formats import Format
from rdfconv.identifiers import DATASET_NAME
from rdfconv.mapping import Emitter, MappingFile
from rdfconv.model import Evidence, Interaction, Mention, ProteinPage
from rdfconv.problems import Kind, Problem, ProblemLog, Unit
from rdfconv.readers import (
    DATASET,
    Inputs,
    PageBlock,
    PageReader,
    TableBlock,
    TableReader,
    read_blocks,
)
from rdfconv.readers.blocks import Block
from rdfconv.report import Report, Totals
from rdfconv.serialize import syntax_of

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
    """

    format: Format | None
    dataset: str = DATASET
    kind: str | None = None
    jobs: int = 1

    def __post_init__(self) -> None:
        if not DATASET_NAME.fullmatch(self.dataset):
            raise UsageError(
                f"{self.dataset!r} cannot name a data set",
                hint="use letters, digits, '.', '_' and '-'",
            )
        if self.jobs < 1:
            raise UsageError(f"the number of jobs must be 1 or more, not {self.jobs}")


@dataclass(slots=True)
class BlockResult:
    """What a block gives.

    Attributes:
        text: the interactions' triples.
        evidence: the reports it names, each once, in the order of first use.
        mentions: the proteins its rows name, with the number of rows as regulator and as target.
        pages: its pages, without their rows, each with its place in the block and its digest.
        rows: the rows' counts.
        page_totals: the pages' counts.
        problems: what was wrong.
    """

    text: str = ""
    evidence: list[Evidence] = field(default_factory=list)
    mentions: list[tuple[Mention, int, int]] = field(default_factory=list)
    pages: list[tuple[int, bytes, ProteinPage]] = field(default_factory=list)
    rows: Totals = field(default_factory=Totals)
    page_totals: Totals = field(default_factory=Totals)
    problems: ProblemLog = field(default_factory=ProblemLog)


class BlockConverter:
    """Converts blocks; one lives in each process and remembers the cells it has seen."""

    def __init__(self, options: Options) -> None:
        self.syntax = syntax_of(options.format) if options.format else None
        self.emitter = Emitter(MappingFile.load(), self.syntax) if self.syntax else None
        self._problems = ProblemLog()
        self._tables = TableReader(options.dataset, self._report)
        self._pages = PageReader(options.dataset, self._report)

    def convert(self, block: Block, leave_out: frozenset[int] = frozenset()) -> BlockResult:
        """The result of a block.

        Args:
            block: the block.
            leave_out: the indexes of pages that are not wanted.
        """
        self._problems = ProblemLog()
        result = BlockResult(problems=self._problems)
        if isinstance(block, TableBlock):
            before = self._tables.rows_read
            rows = self._tables.read(block.lines, block.source, block.first_line)
            self._interactions(rows, result)
            result.rows.read = self._tables.rows_read - before
        else:
            before = self._pages.rows_read
            self._interactions(self._page_rows(block, leave_out, result), result)
            result.rows.read = self._pages.rows_read - before
        result.rows.rejected = self._problems.count(Unit.ROW)
        return result

    def _report(self, problem: Problem) -> None:
        self._problems.add(problem)

    def _page_rows(
        self, block: PageBlock, leave_out: frozenset[int], result: BlockResult
    ) -> Iterator[Interaction]:
        for index, (name, content) in enumerate(block.pages):
            if index in leave_out:
                continue
            result.page_totals.read += 1
            page = self._pages.read(content, name)
            if page is None:
                result.page_totals.rejected += 1
                continue
            result.page_totals.written += 1
            digest = hashlib.sha256(content.replace(b"\r", b"")).digest()
            yield from page.interactions()
            # Without rows and body it is small enough to be handed to the main process; that it
            # has targets says that its protein regulates.
            slim = page._replace(
                transcription_factors=(), targets=page.targets[:1], fields=(), body=""
            )
            result.pages.append((index, digest, slim))

    def _interactions(self, interactions: Iterator[Interaction], result: BlockResult) -> None:
        # One pass per question: each runs in C, and together they cost less than one loop.
        rows = list(interactions)
        factors = Counter(map(itemgetter(0), rows))
        targets = Counter(map(itemgetter(1), rows))
        result.evidence = list({told.id: told for _, _, told in rows}.values())
        if self.emitter:
            write = self.emitter.interaction
            result.text = "".join(
                [write(factor[0], target[0], told.id) for factor, target, told in rows]
            )
        result.rows.written = len(rows)
        result.mentions = [
            (mention, factors[mention], targets[mention])
            for mention in dict.fromkeys((*factors, *targets))
        ]


_converter: BlockConverter | None = None
"""The converter of a worker process; set once by `_start_worker`, None in the main process."""


def _start_worker(options: Options) -> None:
    global _converter
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process stops the workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _converter = BlockConverter(options)


def _convert_in_worker(block: Block) -> BlockResult:
    if _converter is None:
        raise RuntimeError("the worker was not started")
    return _converter.convert(block)


class Conversion:
    """One run: inputs to triples, with its report.

    Args:
        paths: files, folders and archives.
        options: how to convert them.
        on_bytes: called with the number of bytes read, as they are read.

    Raises:
        UsageError: a path does not exist, or an option is wrong.
        OntologyError: the mapping or a term table is broken.
    """

    def __init__(
        self,
        paths: list[Path],
        options: Options,
        on_bytes: Callable[[int], None] = lambda count: None,
    ) -> None:
        self.options = options
        self.report = Report()
        self._files = ProblemLog()
        self._inputs = Inputs(paths, options.kind, self._files.add, on_bytes)
        self._local = BlockConverter(options)
        self._catalog = Catalog(options.dataset)
        self._seen: dict[str, bytes] = {}
        self._emitter = self._local.emitter

    def size(self) -> int:
        """The bytes on disk of all inputs."""
        return self._inputs.size()

    def document(self) -> Iterator[str]:
        """The pieces of the whole document; the report is complete after the last one.

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

    def blocks(self) -> Iterator[str]:
        """The texts of all blocks: interactions with new evidence first, then what is once."""
        start = time.monotonic()
        with closing(self._results()) as results:
            for block, result in results:
                yield from self._taken(block, result)
        log = self.report.problems
        log.merge(self._files)
        written: Counter[str] = Counter()
        texts: list[str] = []
        for record in self._catalog.records(log):
            written[type(record).__name__] += 1
            if self._emitter:
                texts.append(self._emitter.write(record))
                if len(texts) == BATCH:
                    yield "".join(texts)
                    texts.clear()
        yield "".join(texts)
        self.report.written.update(written)
        self.report.inputs = self._inputs.read
        self.report.seconds["convert"] = time.monotonic() - start

    def _results(self) -> Generator[tuple[Block, BlockResult], None, None]:
        if self.options.jobs == 1:
            for block in read_blocks(self._inputs):
                yield block, self._local.convert(block)
            return
        with _pool(self.options) as pool:
            waiting: deque[tuple[Block, Future[BlockResult]]] = deque()
            for block in read_blocks(self._inputs):
                waiting.append((block, pool.submit(_convert_in_worker, block)))
                if len(waiting) > 2 * self.options.jobs:
                    block, future = waiting.popleft()
                    yield block, future.result()
            for block, future in waiting:
                yield block, future.result()

    def _taken(self, block: Block, result: BlockResult) -> Iterator[str]:
        """Takes a block's result over, and yields its triples."""
        if isinstance(block, PageBlock):
            again = self._second_pages(block, result)
            if again:
                result = self._local.convert(block, again)
            for _index, digest, page in result.pages:
                self._seen[page.protein.accession] = digest
                self._catalog.add_page(page)
        report = self.report
        report.problems.merge(result.problems)
        report.rows.add(result.rows)
        report.pages.add(result.page_totals)
        for evidence in result.evidence:
            if self._catalog.add_evidence(evidence):
                report.written["Evidence"] = report.written.get("Evidence", 0) + 1
                if self._emitter:
                    yield self._emitter.evidence(evidence)
        for mention, as_factor, as_target in result.mentions:
            self._catalog.add_mention(mention, as_factor, as_target)
        yield result.text

    def _second_pages(self, block: PageBlock, result: BlockResult) -> frozenset[int]:
        """The pages of a block whose protein already had a page; the first one stays."""
        new: dict[str, bytes] = {}
        again = set()
        for index, digest, page in result.pages:
            accession = page.protein.accession
            first = self._seen.get(accession) or new.get(accession)
            if first is None:
                new[accession] = digest
                continue
            again.add(index)
            self.report.pages.read += 1
            if first == digest:
                self.report.pages.merged += 1
            else:
                self.report.pages.rejected += 1
                name = block.pages[index][0]
                self.report.problems.add(
                    Problem(Kind.SECOND_PAGE, name, None, "uniprot_accession", accession)
                )
        return frozenset(again)


@contextmanager
def _pool(options: Options) -> Iterator[ProcessPoolExecutor]:
    """A pool whose workers end at once when the run is given up."""
    pool = ProcessPoolExecutor(options.jobs, get_context("fork"), _start_worker, (options,))
    try:
        yield pool
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
