"""What each process of a conversion does: blocks of input to triples, and proteins to triples."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

from rdfconv.catalog import Catalog, Spelling, Tally
from rdfconv.emitter import Emitter
from rdfconv.entailment import CORE, LEVELS, entailed
from rdfconv.errors import UsageError
from rdfconv.formats import Format
from rdfconv.identifiers import DATASET_NAME
from rdfconv.model import Evidence, Interaction, ListedRow, Mention, ProteinPage, Record
from rdfconv.problems import Problem, ProblemLog, Unit
from rdfconv.readers import DATASET, PageBlock, PageReader, TableBlock, TableReader
from rdfconv.readers.blocks import Block
from rdfconv.report import Totals
from rdfconv.serialize import syntax_of


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
        evidence: the reports that its process met for the first time, in the order of use.
        accepted: the accessions of its pages that were read.
        rows: the rows' counts.
        pages: the pages' counts.
        sites: the counts of the binding sites that pages list, rows and sequences; none where
            pages are left out.
        problems: what was wrong.
        edges: if they are asked for, a line for each row: regulator, target and evidence.
    """

    evidence: list[Evidence] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    rows: Totals = field(default_factory=Totals)
    pages: Totals = field(default_factory=Totals)
    sites: Totals = field(default_factory=Totals)
    problems: ProblemLog = field(default_factory=ProblemLog)
    edges: bytes = b""


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
        self._lists_edges = options.edges

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
        if self._lists_edges:
            lines = [f"{factor[0]} {target[0]} {told.id}\n" for factor, target, told in rows]
            result.edges = "".join(lines).encode()
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
