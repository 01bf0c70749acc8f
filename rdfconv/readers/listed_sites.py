"""The binding sites that a page lists, as sites: its rows and sequences read as those of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdfconv.model import BindingSite, ListedSite, Mention
from rdfconv.page_format import read_references
from rdfconv.problems import Doubt, Kind, Problem
from rdfconv.readers.binding_sites import SHORT_HEADER, BindingSiteReader
from rdfconv.readers.cells import OnProblem, RowError
from rdfconv.readers.fasta import FastaReader

_REFERENCES = SHORT_HEADER.index("PubmedID")


class ListedSiteReader:
    """Turns the sites that pages list into records of sites.

    Args:
        dataset: the reporting data set.
        on_problem: called for each problem.
    """

    def __init__(self, dataset: str, on_problem: OnProblem) -> None:
        self._on_problem = on_problem
        self._rows = BindingSiteReader(dataset, self._doubt)
        self._rows.start(SHORT_HEADER, "")
        self._sequences = FastaReader(self._doubt)
        self._source = self._place = ""

    def take_mentions(self) -> dict[int, Mention]:
        """As `BindingSiteReader.take_mentions`."""
        return self._rows.take_mentions()

    def sites(self, listed: Iterable[ListedSite], source: str) -> Iterator[BindingSite]:
        """The sites of a page.

        Args:
            listed: what the page lists.
            source: the page's name, for messages.
        """
        self._source = source
        for one in listed:
            self._place = f"binding_sites {one.site}"
            try:
                yield self._site(one)
            except RowError as error:
                self._tell(error.doubt)
            for doubt in (*self._rows.take_doubts(), *self._sequences.take_doubts()):
                self._tell(doubt)

    def _site(self, listed: ListedSite) -> BindingSite:
        start = [listed.site, listed.accession]
        row_cells = [*start, *listed.row]
        if listed.row:
            row_cells[_REFERENCES] = ";".join(read_references(row_cells[_REFERENCES]))
        if not listed.sequence:
            return self._rows.row(row_cells)
        *header, sequence = listed.sequence
        with_sequence = self._sequences.record([f">{';'.join([*start, *header])}", sequence])
        if not listed.row:
            return with_sequence
        row = self._rows.row(row_cells)
        if row[2:6] != with_sequence[2:6]:
            raise RowError(Kind.REPEATED_SITE, "location", header[-1])
        return row._replace(sequence=with_sequence.sequence)

    def _doubt(self, problem: Problem) -> None:
        self._tell(Doubt(problem.kind, problem.column, problem.value or ""))

    def _tell(self, doubt: Doubt) -> None:
        self._on_problem(
            Problem(doubt.kind, self._source, None, f"{self._place} {doubt.column}", doubt.value)
        )
