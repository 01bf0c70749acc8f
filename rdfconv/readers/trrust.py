"""TRRUST v2: transcription factor, target, mode of regulation and PubMed ids, tab separated.

Source: https://www.grnpedia.org/trrust/ (Han et al. 2018, Nucleic Acids Research 46:D380, PMID
29087512); CC BY-SA 4.0. Genes are named by symbols, so it is read after everything else, and each
symbol is resolved through the proteins that the other inputs name (`rdfconv.symbols`). The organism
stands in the file's name alone. Papers belong to a mode, so each mode of an edge is a report of its
own; rows that repeat an edge and a mode are one report, with the papers of all.
"""

from __future__ import annotations

import re

from rdfconv.identifiers import PUBMED_ID
from rdfconv.model import Evidence, Interaction, Mention
from rdfconv.problems import Doubt, Kind
from rdfconv.readers.cells import OnProblem, RowError
from rdfconv.readers.lines import RowReader, lines_of
from rdfconv.symbols import Symbols

HEADER = ("TF", "gene_symbol", "interaction", "position")
"""The columns, as a copy with a header names them; the last one holds the PubMed ids."""
DATASET = "trrust-2"
DATABASE = "TRRUST"
MODES = {"Activation": ("activation",), "Repression": ("repression",), "Unknown": ()}
ORGANISMS = {"human": "Homo sapiens", "mouse": "Mus musculus"}
"""The organisms by the word that a file's name has."""

_FIRST = re.compile(rb"[^\t\n]+\t[^\t\n]+\t(?:Activation|Repression|Unknown)\t[0-9;]+\r?\n")


def is_trrust(head: bytes) -> bool:
    """Whether a file that begins so is TRRUST's, with or without a header."""
    return head.startswith("\t".join(HEADER).encode()) or _FIRST.match(head) is not None


class TrrustReader(RowReader[Interaction]):
    """Reads blocks of whole lines of TRRUST's tables.

    Args:
        dataset: the reporting data set.
        symbols: the proteins by their symbols.
        on_problem: called for each problem.
    """

    columns = HEADER

    def __init__(self, dataset: str, symbols: Symbols, on_problem: OnProblem) -> None:
        super().__init__(on_problem)
        self._dataset = dataset
        self._symbols = symbols
        self._organism = ""
        self._papers: dict[tuple[str, ...], list[str]] = {}

    def read(
        self, block: bytes, source: str, first_line: int, header: tuple[str, ...] = ()
    ) -> list[Interaction]:
        """As `RowReader.read`; the block must be the whole file."""
        self._papers = {}
        for line in lines_of(block)[0]:
            *edge_and_mode, papers = line.split("\t")
            known = self._papers.setdefault(tuple(edge_and_mode), [])
            known += [paper for paper in papers.split(";") if paper and paper not in known]
        return super().read(block, source, first_line, header)

    def start(self, header: tuple[str, ...], source: str) -> None:
        """Takes the organism from the file's name."""
        name = source.rpartition("/")[2].lower()
        self._organism = next((one for word, one in ORGANISMS.items() if word in name), "")

    def row(self, cells: list[str]) -> Interaction:
        """The interaction of a row."""
        factor, target, mode, _ = cells
        if not self._organism:
            raise RowError(Kind.NO_ORGANISM, "file name", factor)
        if mode not in MODES:
            raise RowError(Kind.MALFORMED_CELL, HEADER[2], mode)
        ends = (self._protein(factor, HEADER[0]), self._protein(target, HEADER[1]))
        references = self._papers[factor, target, mode]
        self.doubt(
            *(
                Doubt(Kind.NOT_A_PUBMED_ID, HEADER[3], paper)
                for paper in references
                if not PUBMED_ID.fullmatch(paper)
            )
        )
        evidence = Evidence.of(self._dataset, [DATABASE], [], references, None, MODES[mode])
        return Interaction(*ends, evidence)

    def _protein(self, symbol: str, column: str) -> Mention:
        found = self._symbols.resolve(self._organism, symbol)
        if not found:
            raise RowError(Kind.UNKNOWN_SYMBOL, column, symbol)
        if len(found) > 1:
            raise RowError(Kind.AMBIGUOUS_SYMBOL, column, f"{symbol}: {', '.join(found)}")
        return Mention(found[0], "", (), self._organism, ())
