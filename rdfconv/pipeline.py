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
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, groupby, islice
from pathlib import Path

from rdfconv.catalog import Catalog
from rdfconv.counting import Counter, Edges
from rdfconv.errors import UsageError
from rdfconv.identifiers import EVIDENCE
from rdfconv.model import (
    Assembly,
    Chromosome,
    Dataset,
    DetectionMethod,
    Evidence,
    Mention,
    Protein,
    SourceDatabase,
    Taxon,
)
from rdfconv.problems import KEPT, Kind, Problem, ProblemLog
from rdfconv.readers import (
    Block,
    Inputs,
    LineBlock,
    PageBlock,
    Phase,
    phase_of,
    read_blocks,
    stated_accession,
)
from rdfconv.readers.kinds import ADDING
from rdfconv.report import Report, Totals
from rdfconv.site_register import CONTRADICTED, Claims, SiteRegister
from rdfconv.tasks import (
    BlockConverter,
    BlockResult,
    EdgeEnds,
    Gathered,
    Modes,
    Options,
    ProteinWriter,
    Question,
)
from rdfconv.workers import Buffer, Workers

VOCABULARY = (Taxon, SourceDatabase, DetectionMethod, Dataset, Chromosome, Assembly)
"""The records of terms, whose triples may also stand in the ontology or the description."""
BATCH = 1000
"""How many records that are written once are put out together."""


class Conversion:
    """One run: inputs to triples, with its report.

    Args:
        paths: files, folders and archives.
        options: how to convert them.
        on_bytes: called with the number of bytes read, as they are read.
        counter: counts what is written once, in a line-based format.

    Attributes:
        on_edges: called with lines of edges, if the options ask for them.

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
        self.on_edges: Callable[[bytes], object] = lambda lines: None
        self._counter = counter
        self.report = Report(source=options.dataset)
        self._files = ProblemLog()
        self._inputs = Inputs(paths, options.kind, self._files.add, on_bytes)
        self._register = SiteRegister()
        self._local = BlockConverter(options, self._register)
        self._modes: dict[EdgeEnds, str] = {}
        self._catalog = Catalog(options.dataset)
        self._second = SecondPages()
        self._has_site_rows = False

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
        converter = partial(BlockConverter, self.options, self._register)
        phases = groupby(read_blocks(self._inputs), phase_of)
        with (
            _collector_paused(),
            Workers[Block, BlockResult, Question, Gathered](
                self.options.jobs, converter
            ) as workers,
        ):
            late: tuple[Phase, Iterator[Block]] | None = None
            for phase, blocks in phases:
                if phase > Phase.FEATURES:
                    late = phase, blocks
                    break
                yield from self._converted(workers, blocks)
                if phase is Phase.MODES:
                    self._tell_modes(workers)
                if phase is Phase.ROWS:
                    for block in self._second.blocks(self.report, self._local):
                        yield from self._worked(block, self._local)
            gathered = [*workers.ask(None), self._local.answer(None)]
            for part in gathered:
                self._gather(part)
            if self._local.page_emitter:
                mentions = (mention for part in gathered for mention, _, _ in part.mentions)
                differing = self._catalog.differing(mentions)
                parts = [*workers.ask(differing), self._local.answer(differing)]
                yield from self._listed_rows(parts)
            del gathered
        if late:
            yield from self._late(chain([late], phases))
        log = self.report.problems
        log.merge(self._files)
        yield from self._once(log)
        self.report.inputs = self._inputs.read
        self.report.seconds["convert"] = time.monotonic() - start

    def _converted(
        self,
        workers: Workers[Block, BlockResult, Question, Gathered],
        blocks: Iterable[Block],
    ) -> Iterator[Buffer]:
        """The triples of the blocks of one phase, from the workers."""
        sent: deque[Block] = deque()

        def items() -> Iterator[Block]:
            for block in blocks:
                whole = self._second.without(block) if isinstance(block, PageBlock) else block
                sent.append(whole)
                yield whole

        for result, text in workers.map(items()):
            block = sent.popleft()
            if not self._register.settle(result.claims):
                # What another block has written of its sites was not known when it was converted.
                text = self._local.sites_again(block, result, bytes(text))
                self._register.note(result.claims)
            yield from self._taken(block, result, text)

    def _worked(self, block: Block, converter: BlockConverter) -> Iterator[Buffer]:
        """The triples of a block that is converted here."""
        result, text = converter.work(block)
        self._register.note(result.claims)
        yield from self._taken(block, result, text)

    def _tell_modes(self, workers: Workers[Block, BlockResult, Question, Gathered]) -> None:
        modes = Modes(self._modes)
        workers.ask(modes)
        self._local.answer(modes)

    def _late(self, phases: Iterable[tuple[Phase, Iterator[Block]]]) -> Iterator[Buffer]:
        """The triples of what is read when everything else is known."""
        for phase, blocks in phases:
            symbols = self._catalog.symbols() if phase is Phase.SYMBOLS else None
            converter = BlockConverter(self.options, self._register, symbols)
            for block in blocks:
                yield from self._worked(block, converter)
            self._gather(converter.answer(None))

    def _listed_rows(self, parts: list[Gathered]) -> Iterator[bytes]:
        """The triples of the rows that are spelled otherwise, in an order of their own."""
        assert self._local.page_emitter is not None
        for row in sorted(row for part in parts for row in part.rows):
            yield self._local.page_emitter.write(row).encode()

    def _taken(self, block: Block, result: BlockResult, text: Buffer) -> Iterator[Buffer]:
        """Takes a block's result over, and yields its triples."""
        report = self.report
        report.problems.merge(result.problems)
        report.rows.add(result.rows)
        report.pages.add(result.pages)
        report.sites.add(result.sites)
        self._count_claims(block, result.claims)
        self._second.accepted.update(result.accepted)
        self._modes.update(result.modes)
        self._catalog.add_chromosomes(result.chromosomes)
        for accession in result.bound:
            self._catalog.add_mention(Mention(accession, "", (), "", ()), 0, 0)
        for status in result.statuses:
            self._catalog.add_status(status)
        self.on_edges(result.edges)
        yield from self._new_evidence(result.evidence, of_edge=True)
        yield from self._new_evidence(result.site_evidence, of_edge=False)
        if self._counter and result.whole_bytes + result.added_bytes:
            end = len(text) - result.added_bytes
            self._counter.sites(bytes(text[end - result.whole_bytes : end]))
            self._counter.added(bytes(text[end:]))
        yield text

    def _count_claims(self, block: Block, claims: Claims) -> None:
        """Counts what was decided of binding sites; those that contradict others are rejected."""
        counts = claims.counts()
        if not counts:
            return
        source = block.source if isinstance(block, LineBlock) else block.pages[0][0]
        sites, rejected, merged = self.report.sites, counts[CONTRADICTED], counts[0]
        sites.add(Totals(0, counts.total() - rejected - merged, merged, rejected))
        for site in claims.contradicted() if rejected else ():
            self.report.problems.add(
                Problem(Kind.REPEATED_SITE, source, None, f"TFLinkID {site}", site)
            )
        if phase_of(block) not in ADDING:
            self._has_site_rows = True
        elif self._has_site_rows:
            self._tell_siteless(source, claims)

    def _tell_siteless(self, source: str, claims: Claims) -> None:
        """Counts the sites that only a file of additions has; there may be millions of them."""
        log = self.report.problems
        sites = claims.first_told()
        room = max(0, KEPT - log.counts.get(Kind.SEQUENCE_WITHOUT_SITE, 0))
        for site in sites[:room]:
            log.add(Problem(Kind.SEQUENCE_WITHOUT_SITE, source, None, "TFLinkID", site))
        if more := len(sites[room:]):
            log.counts[Kind.SEQUENCE_WITHOUT_SITE] += more

    def _new_evidence(self, reports: Iterable[Evidence], *, of_edge: bool) -> Iterator[bytes]:
        """The triples of evidence that was not written yet."""
        for evidence in reports:
            if self._catalog.add_evidence(evidence, of_edge=of_edge):
                written = self.report.written
                written["Evidence"] = written.get("Evidence", 0) + 1
                if self._local.emitter:
                    lines = self._local.emitter.write(evidence).encode()
                    if self._counter:
                        self._counter.once(lines)
                    yield lines

    def _gather(self, gathered: Gathered) -> None:
        for mention, as_factor, as_target in gathered.mentions:
            self._catalog.add_mention(mention, as_factor, as_target)
        for page in gathered.pages:
            self._catalog.add_page(page)

    def edges(self) -> Edges:
        """What is known of the interactions, once all is read and the report has their number."""
        catalog = self._catalog
        return Edges(
            self.report.rows.written,
            catalog.factors(),
            catalog.targets(),
            [EVIDENCE + one for one in catalog.edge_evidence],
        )

    def _once(self, log: ProblemLog) -> Iterator[Buffer]:
        """The triples of what is written once, sorted."""
        written: Counts[str] = Counts()
        accessions = self._catalog.accessions()
        written[Protein.__name__] += len(accessions)
        batches = [accessions[at : at + BATCH] for at in range(0, len(accessions), BATCH)]
        # New processes, which have the whole catalog from the start.
        start = partial(ProteinWriter, self._catalog, self._local.emitter)
        jobs = min(self.options.jobs, len(batches) // 2 + 1)
        with (
            _collector_paused(),
            Workers[list[str], ProblemLog, None, None](jobs, start) as workers,
        ):
            for problems, text in workers.map(batches):
                log.merge(problems)
                if self._counter:
                    self._counter.once(bytes(text))
                yield text
        for kind, records in groupby(self._catalog.others(), type):
            is_vocabulary = issubclass(kind, VOCABULARY)
            while batch := list(islice(records, BATCH)):
                written[kind.__name__] += len(batch)
                if self._local.emitter is None:
                    continue
                lines = "".join(map(self._local.emitter.write, batch)).encode()
                if self._counter:
                    (self._counter.vocabulary if is_vocabulary else self._counter.once)(lines)
                yield lines
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
        first: the checksum of each protein's first page.
        aside: the names, contents and stated accessions of the pages that were set aside.
        merged: how many pages were equal to one before.
    """

    def __init__(self) -> None:
        self.accepted: set[str] = set()
        self.first: dict[str, bytes] = {}
        self.aside: list[tuple[str, bytes, str]] = []
        self.merged = 0

    def without(self, block: PageBlock) -> PageBlock:
        """The block without pages of proteins that were met before."""
        kept = []
        for name, content in block.pages:
            accession = stated_accession(content)
            digest = hashlib.sha256(content.replace(b"\r", b"")).digest()
            if accession and accession not in self.first:
                self.first[accession] = digest
                kept.append((name, content))
            elif accession and self.first[accession] == digest:
                self.merged += 1
            else:
                self.aside.append((name, content, accession))
        return PageBlock(tuple(kept))

    def blocks(self, report: Report, converter: BlockConverter) -> Iterator[PageBlock]:
        """The pages set aside whose protein has none yet, one by one; the others are told."""
        report.pages.read += self.merged
        report.pages.merged += self.merged
        for name, content, stated in self.aside:
            accession = stated or converter.accession(content, name)
            if accession not in self.accepted:
                yield PageBlock(((name, content),))
                continue
            report.pages.read += 1
            report.pages.rejected += 1
            report.problems.add(
                Problem(Kind.SECOND_PAGE, name, None, "uniprot_accession", accession)
            )
