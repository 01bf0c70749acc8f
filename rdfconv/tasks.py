"""What each process of a conversion does: blocks of input to triples, and proteins to triples."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import cast

from rdfconv.catalog import Catalog, Spelling, Tally
from rdfconv.emitter import Emitter
from rdfconv.entailment import CORE, LEVELS, entailed
from rdfconv.errors import UsageError
from rdfconv.formats import Format
from rdfconv.identifiers import DATASET_NAME
from rdfconv.model import (
    AccessionStatus,
    BindingSite,
    Evidence,
    Interaction,
    ListedRow,
    Mention,
    ProteinPage,
    Record,
)
from rdfconv.problems import Kind, Problem, ProblemLog, Unit
from rdfconv.readers import (
    DATASET,
    KINDS,
    Block,
    LineBlock,
    LineReaders,
    PageBlock,
    PageReader,
    Phase,
    phase_of,
)
from rdfconv.readers.binding_sites import BindingSiteReader
from rdfconv.readers.kinds import ADDING, Context
from rdfconv.readers.listed_sites import ListedSiteReader
from rdfconv.report import Totals
from rdfconv.serialize import syntax_of
from rdfconv.site_register import Claims, SiteRegister
from rdfconv.site_writer import SiteWriter
from rdfconv.symbols import Symbols

EdgeEnds = tuple[str, str]
"""The accessions of an edge's transcription factor and target."""


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
        edges: whether the results of blocks list their edges, too.
    """

    format: Format | None
    dataset: str = DATASET
    kind: str | None = None
    jobs: int = 1
    pages: bool = True
    entail: str = CORE
    edges: bool = False

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
        evidence: the reports on edges that its process met for the first time, in the order of
            use.
        site_evidence: the reports on its binding sites, in the order of use.
        bound: the proteins that bind its sites.
        accepted: the accessions of its pages that were read.
        rows: the rows' counts.
        pages: the pages' counts.
        sites: the counts of binding sites, rows, lines and sequences, without what follows from
            `claims`.
        problems: what was wrong.
        edges: if they are asked for, a line for each row: regulator, target and evidence.
        modes: the edges whose mode of regulation a row tells, with what its evidence's id would
            be without the mode.
        claims: what was decided of each binding site.
        chromosomes: the assemblies and chromosomes that sites lie on; ("", "") for none.
        whole_bytes: how many bytes of the text are binding sites.
        added_bytes: how many bytes behind them add to sites that were written before.
        statuses: what lists of accessions say.
    """

    evidence: list[Evidence] = field(default_factory=list)
    site_evidence: list[Evidence] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)
    accepted: list[str] = field(default_factory=list)
    rows: Totals = field(default_factory=Totals)
    pages: Totals = field(default_factory=Totals)
    sites: Totals = field(default_factory=Totals)
    problems: ProblemLog = field(default_factory=ProblemLog)
    edges: bytes = b""
    modes: dict[EdgeEnds, str] = field(default_factory=dict)
    claims: Claims = field(default_factory=Claims)
    chromosomes: set[tuple[str, str]] = field(default_factory=set)
    whole_bytes: int = 0
    added_bytes: int = 0
    statuses: list[AccessionStatus] = field(default_factory=list)


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


@dataclass(frozen=True, slots=True)
class Modes:
    """Told to every process: the edges whose mode of regulation is known (see `BlockResult`)."""

    edges: Mapping[EdgeEnds, str]


Question = Set[Spelling] | Modes | None
"""What processes are asked: for rows that have some spellings, for nothing (they are told the
modes), or for all they gathered."""


class BlockConverter:
    """Converts blocks; one lives in each process and remembers the cells it has seen.

    Args:
        options: how inputs are converted.
        register: the binding sites that were written.
        symbols: the proteins by their symbols, for formats that need them.
    """

    def __init__(
        self, options: Options, register: SiteRegister, symbols: Symbols | None = None
    ) -> None:
        self.syntax = syntax_of(options.format) if options.format else None
        self.emitter = Emitter(entailed(options.entail), self.syntax) if self.syntax else None
        self.page_emitter = (
            self.emitter if options.pages and self.syntax and self.syntax.has_graphs else None
        )
        self._problems = ProblemLog()
        self._lines = LineReaders(Context(options.dataset, self._report, symbols or Symbols()))
        self._pages = PageReader(options.dataset, self._report)
        self._listed_sites = ListedSiteReader(options.dataset, self._report)
        self._sites = SiteWriter(self.emitter, register)
        self._tally = Tally()
        self._modes: Mapping[EdgeEnds, str] = {}
        self._lists_edges = options.edges

    def work(self, block: Block) -> tuple[BlockResult, bytes]:
        """The result of a block, and its triples: of pages, of interactions, of binding sites;
        those that are added to sites that were written before come last."""
        self._problems = ProblemLog()
        result = BlockResult(problems=self._problems)
        if isinstance(block, LineBlock):
            rows, sites = self._read_lines(block, result)
            texts: list[str] = []
        else:
            rows, sites, texts = self._read_pages(block, result)
        texts += self._edges(rows, result, block)
        text = "".join(texts).encode()
        if not sites:
            return result, text
        return result, b"".join((text, *self._write_sites(sites, result, block)))

    def accession(self, content: bytes, name: str) -> str:
        """The accession of a page; "" if the page cannot be read."""
        self._problems = ProblemLog()
        page = self._pages.read(content, name)
        return page.protein.accession if page else ""

    def answer(self, question: Question) -> Gathered:
        """What was gathered over all blocks or, asked for spellings, the rows that have them."""
        if isinstance(question, Modes):
            self._modes = question.edges
            return Gathered([], [], [])
        if question is None:
            return Gathered(self._tally.mentions(), self._tally.pages, [])
        return Gathered([], [], self._tally.rows_of(question))

    def _report(self, problem: Problem) -> None:
        self._problems.add(problem)

    def _read_lines(
        self, block: LineBlock, result: BlockResult
    ) -> tuple[list[Interaction], list[BindingSite]]:
        """The interactions and the binding sites of a block of lines; one of them is empty."""
        reader = self._lines.of(block.kind)
        before = reader.rows_read
        records = reader.read(block.lines, block.source, block.first_line, block.header)
        read = reader.rows_read - before
        rejected = self._problems.count(Unit.ROW) + self._problems.count(Unit.SITE)
        record = KINDS[block.kind].record
        if record is AccessionStatus:
            result.statuses = cast("list[AccessionStatus]", records)
        elif record is BindingSite:
            result.sites.read, result.sites.rejected = read, rejected
            sites = cast("list[BindingSite]", records)
            if isinstance(reader, BindingSiteReader):
                self._tally.add_names(reader.take_mentions())
            return [], sites
        else:
            result.rows.read, result.rows.rejected = read, rejected
            return cast("list[Interaction]", records), []
        return [], []

    def _edges(self, rows: list[Interaction], result: BlockResult, block: Block) -> list[str]:
        """The triples of interactions, but for those whose mode another row tells."""
        kept = rows
        if isinstance(block, LineBlock) and phase_of(block) is Phase.MODES:
            result.modes = {
                (factor[0], target[0]): told.without_modes()
                for factor, target, told in rows
                if told.modes
            }
        elif self._modes:
            kept = [row for row in rows if (row[0][0], row[1][0]) not in self._modes]
            if len(kept) < len(rows):
                self._compare(rows, block)
                result.rows.merged = len(rows) - len(kept)
        self._tally.add_rows(rows)
        result.evidence = self._tally.new_evidence(kept)
        result.rows.written = len(kept)
        if self._lists_edges:
            lines = [f"{factor[0]} {target[0]} {told.id}\n" for factor, target, told in kept]
            result.edges = "".join(lines).encode()
        if self.emitter is None:
            return []
        write = self.emitter.interaction
        return [write(factor[0], target[0], told.id) for factor, target, told in kept]

    def _compare(self, rows: list[Interaction], block: Block) -> None:
        """Says which rows report otherwise than the one that takes their place."""
        source = block.source if isinstance(block, LineBlock) else block.pages[0][0]
        for factor, target, told in rows:
            other = self._modes.get((factor[0], target[0]), told.id)
            if other != told.id:
                edge = f"{factor[0]} {target[0]}"
                self._report(Problem(Kind.REPORTS_DIFFER, source, None, "edge", edge))

    def sites_again(self, block: Block, result: BlockResult, text: bytes) -> bytes:
        """A block's text with its binding sites written anew, after what is known by now.

        Args:
            block: the block.
            result: its result; what is said there of sites changes.
            text: its text.
        """
        self._problems = ProblemLog()  # everything was told before
        if isinstance(block, LineBlock):
            sites = cast("list[BindingSite]", self._lines.read(block))
        else:
            pages = ((self._pages.read(content, name), name) for name, content in block.pages)
            sites = [
                site
                for page, name in pages
                if page and page.document
                for site in self._listed_sites.sites(page.document.sites, name)
            ]
        start = text[: len(text) - result.whole_bytes - result.added_bytes]
        return b"".join((start, *self._write_sites(sites, result, block)))

    def _write_sites(
        self, sites: list[BindingSite], result: BlockResult, block: Block
    ) -> tuple[bytes, bytes]:
        """The triples of sites that are whole, and those that are added to others."""
        kind = KINDS[block.kind] if isinstance(block, LineBlock) else None
        written = self._sites.write(
            sites,
            are_additions=kind is not None and kind.phase in ADDING,
            one_based=kind is not None and kind.one_based,
        )
        whole, added = written.whole.encode(), written.added.encode()
        result.claims = written.claims
        result.whole_bytes, result.added_bytes = len(whole), len(added)
        # Nothing of this is remembered here: if the sites are written again it may be otherwise.
        told = {site.evidence.id: site.evidence for site in written.sites if site.evidence}
        result.site_evidence = list(told.values())
        result.bound = {site.accession for site in written.sites}
        result.chromosomes = {(site.assembly, site.chromosome) for site in written.sites}
        return whole, added

    def _read_pages(
        self, block: PageBlock, result: BlockResult
    ) -> tuple[list[Interaction], list[BindingSite], list[str]]:
        """The interactions and binding sites of a block of pages, and the triples of the pages
        themselves."""
        rows: list[Interaction] = []
        sites: list[BindingSite] = []
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
            if page.document:
                sites += self._listed_sites.sites(page.document.sites, name)
            if self.page_emitter and page.document:
                records: tuple[Record, ...] = (
                    page.document,
                    *page.document.sites,
                    *page.document.fields,
                    *page.document.rows,
                )
                texts += map(self.page_emitter.write, records)
        self._tally.add_names(self._listed_sites.take_mentions())
        result.rows.read = self._pages.rows_read - rows_before
        result.rows.rejected = self._problems.count(Unit.ROW)
        read = self._pages.sites_read - sites_before
        rejected = self._problems.count(Unit.SITE)
        # A site's row and its sequence on one page are one site.
        result.sites.read, result.sites.rejected = read, rejected
        result.sites.merged = read - rejected - len(sites)
        return rows, sites, texts


class ProteinWriter:
    """Puts proteins together and writes them; one lives in each process.

    Args:
        catalog: all that is known of the proteins.
        emitter: what writes them; None writes nothing.
    """

    def __init__(self, catalog: Catalog, emitter: Emitter | None) -> None:
        self._catalog = catalog
        self._emitter = emitter

    def work(self, accessions: list[str]) -> tuple[ProblemLog, bytes]:
        """The contradictions in what is said of some proteins, and their triples."""
        problems = ProblemLog()
        proteins = self._catalog.proteins(accessions, problems)
        if self._emitter is None:
            for _ in proteins:
                pass
            return problems, b""
        return problems, "".join(map(self._emitter.write, proteins)).encode()

    def answer(self, question: None) -> None:
        """Nothing: it gathers nothing."""
