"""What the readers share: cells become values, each different combination of cells once.

TFLink's rows repeat few evidence cells and name each protein many times, and nearly always in the
same words. So a reader finds what it said last of an accession (or of a PubMed cell) by that alone
and compares the other cells, which is cheaper than hashing all of them; see `Cells.mentions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from rdfconv.identifiers import ACCESSION, GENE_ID, PUBMED_ID
from rdfconv.model import Evidence, Mention, Ortholog
from rdfconv.problems import Doubt, Kind, Problem
from rdfconv.vocabulary import databases, methods, organisms

MISSING = "-"
"""How TFLink writes a missing value."""
FLAGS = {"Yes": True, "No": False, MISSING: None}
"""TFLink's small-scale flag."""

OnProblem = Callable[[Problem], None]
"""What a reader calls for each problem; it may raise."""

Doubts = tuple[Doubt, ...]
MentionCells = tuple[str, str, str, str, str]
"""Name, gene ids, organism, and two lists of orthologs (the one with a TFLink page, the others)."""
EvidenceCells = tuple[str, str, str]
"""Databases, methods, flag."""
KnownMention = tuple[Mention, Doubts, MentionCells]
KnownEvidence = tuple[Evidence, Doubts, EvidenceCells]
"""What cells were found to mean, what is doubtful in them, and the cells themselves."""


class RowError(Exception):
    """A row that must be rejected: the doubt says why."""

    def __init__(self, kind: Kind, column: str, value: str) -> None:
        super().__init__(kind, column, value)
        self.doubt = Doubt(kind, column, value)


def listed(cell: str) -> list[str]:
    """The items of a list as TFLink's tables write it.

    >>> listed("19148141;29087512")
    ['19148141', '29087512']
    """
    return [item for item in cell.split(";") if item]


class Columns(NamedTuple):
    """How a format names its columns, for messages."""

    accession: str
    gene_ids: str
    methods: str
    references: str
    databases: str
    flag: str
    organism: str
    orthologs: str


class Cells:
    """Turns the cells of one format into values.

    Args:
        dataset: the reporting data set, e.g. ``tflink-1.0``.
        columns: the names of the columns, for messages.
        split_references: splits the format's PubMed cell into ids; as `listed` if nothing is said.
        join_references: joins ids as the format writes them.

    Attributes:
        mentions: what was last said of a protein, by its accession.
        evidence: what was last reported with a PubMed cell, by that cell.
    """

    def __init__(
        self,
        dataset: str,
        columns: Columns,
        split_references: Callable[[str], list[str]] = listed,
        join_references: Callable[[Iterable[str]], str] = ";".join,
    ) -> None:
        self.dataset = dataset
        self.columns = columns
        self._split_references = split_references
        self._join_references = join_references
        self.mentions: dict[str, KnownMention] = {}
        self.evidence: dict[str, KnownEvidence] = {}
        self._all_mentions: dict[tuple[str, MentionCells], KnownMention] = {}
        self._all_evidence: dict[tuple[str, EvidenceCells, tuple[str, ...]], KnownEvidence] = {}

    def mention(self, accession: str, cells: MentionCells) -> KnownMention:
        """What a row says of a protein. A reader first looks into `mentions`.

        Raises:
            RowError: the accession is malformed.
        """
        key = (accession, cells)
        known = self._all_mentions.get(key)
        if known is None:
            known = self._all_mentions[key] = self._new_mention(accession, cells)
        self.mentions[accession] = known
        return known

    def report(
        self, references: str, cells: EvidenceCells, modes: tuple[str, ...] = ()
    ) -> KnownEvidence:
        """The evidence of a row. A reader first looks into `evidence`.

        Args:
            references: the PubMed cell.
            cells: the other cells.
            modes: the modes of regulation, in formats that have them.

        Raises:
            RowError: the flag is malformed.
        """
        key = (references, cells, modes)
        known = self._all_evidence.get(key)
        if known is None:
            known = self._all_evidence[key] = self._new_evidence(references, cells, modes)
        self.evidence[references] = known
        return known

    def _new_evidence(
        self, references_cell: str, cells: EvidenceCells, modes: tuple[str, ...]
    ) -> KnownEvidence:
        databases_cell, methods_cell, flag = cells
        if flag not in FLAGS:
            raise RowError(Kind.MALFORMED_FLAG, self.columns.flag, flag)
        doubts: list[Doubt] = []
        names = self._items(databases_cell, self.columns.databases, doubts)
        how = self._items(methods_cell, self.columns.methods, doubts)
        papers = [] if references_cell == MISSING else self._split_references(references_cell)
        known_databases, known_methods = databases(), methods()
        doubts += [
            Doubt(Kind.UNKNOWN_DATABASE, self.columns.databases, name)
            for name in names
            if name not in known_databases
        ]
        doubts += [
            Doubt(Kind.UNKNOWN_METHOD, self.columns.methods, name)
            for name in how
            if name not in known_methods
        ]
        unlisted = {
            database.citation for name, database in known_databases.items() if name not in names
        }
        doubts += [
            Doubt(Kind.UNLISTED_DATABASE, self.columns.references, paper)
            for paper in papers
            if paper in unlisted
        ]
        doubts += [
            Doubt(Kind.NOT_A_PUBMED_ID, self.columns.references, paper)
            for paper in papers
            if not PUBMED_ID.fullmatch(paper)
        ]
        told = Evidence.of(self.dataset, names, how, papers, FLAGS[flag], modes)
        usual = (
            ";".join(told.databases) or MISSING,
            ";".join(told.methods) or MISSING,
            self._join_references(told.references) or MISSING,
        )
        if usual != (databases_cell, methods_cell, references_cell):
            lists = ",".join((databases_cell, methods_cell, references_cell))
            doubts.append(Doubt(Kind.UNSORTED_LIST, self.columns.databases, lists))
        return told, tuple(doubts), cells

    def _new_mention(self, accession: str, cells: MentionCells) -> KnownMention:
        if not ACCESSION.fullmatch(accession):
            raise RowError(Kind.MALFORMED_ACCESSION, self.columns.accession, accession)
        name, gene_ids, organism, *orthologs = cells
        doubts: list[Doubt] = []
        genes = tuple(self._items(gene_ids, self.columns.gene_ids, doubts))
        doubts += [
            Doubt(Kind.NOT_A_GENE_ID, self.columns.gene_ids, gene)
            for gene in genes
            if not GENE_ID.fullmatch(gene)
        ]
        species = "" if organism == MISSING else organism
        if species and species not in organisms():
            doubts.append(Doubt(Kind.UNKNOWN_ORGANISM, self.columns.organism, species))
        listed = tuple(one for cell in orthologs for one in self._orthologs(cell, doubts))
        mention = Mention(accession, "" if name == MISSING else name, genes, species, listed)
        return mention, tuple(doubts), cells

    def _orthologs(self, cell: str, doubts: list[Doubt]) -> Iterator[Ortholog]:
        by_code = {organism.code: organism.name for organism in organisms().values()}
        for item in self._items(cell, self.columns.orthologs, doubts):
            code, _, accession = item.partition(":")
            if code in by_code and ACCESSION.fullmatch(accession):
                yield Ortholog(by_code[code], accession)
            else:
                doubts.append(Doubt(Kind.NOT_AN_ORTHOLOG, self.columns.orthologs, item))

    def _items(self, cell: str, column: str, doubts: list[Doubt]) -> list[str]:
        if cell == MISSING:
            return []
        items = cell.split(";")
        if not all(items):
            doubts.append(Doubt(Kind.EMPTY_ITEM, column, cell))
        return [item for item in items if item]
