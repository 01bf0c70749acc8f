"""The binding sites that a page lists, as sites: its rows and sequences read as those of files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from rdfconv.model import BindingSite, ListedSite, Mention
from rdfconv.page_format import read_references
from rdfconv.problems import Doubt, Kind, Problem, Unit
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
            row = self._checked(self._row, one) if one.row else None
            sequence = self._checked(self._sequence, one) if one.sequence else None
            if row and sequence:
                if row[2:6] == sequence[2:6]:
                    row = row._replace(sequence=sequence.sequence)
                else:
                    self._tell(Doubt(Kind.REPEATED_SITE, "location", one.sequence[2]))
            if row or sequence:
                yield cast("BindingSite", row or sequence)

    def _checked(
        self, read: Callable[[ListedSite], BindingSite], listed: ListedSite
    ) -> BindingSite | None:
        """What a reader makes of a site; None if it must be left out, which is told."""
        doubts: list[Doubt] = []
        site = None
        try:
            site = read(listed)
        except RowError as error:
            doubt = error.doubt
            # Otherwise it would count as a row of the page's interactions.
            is_row = doubt.kind.unit is Unit.ROW
            doubts.append(doubt._replace(kind=Kind.MALFORMED_SITE) if is_row else doubt)
        noted = [*self._rows.take_doubts(), *self._sequences.take_doubts()]
        for doubt in doubts or noted:
            self._tell(doubt)
        return site

    def _row(self, listed: ListedSite) -> BindingSite:
        cells = [listed.site, listed.accession, *listed.row]
        cells[_REFERENCES] = ";".join(read_references(cells[_REFERENCES]))
        return self._rows.row(cells)

    def _sequence(self, listed: ListedSite) -> BindingSite:
        *header, sequence = listed.sequence
        first = ";".join([listed.site, listed.accession, *header])
        return self._sequences.record([f">{first}", sequence])

    def _doubt(self, problem: Problem) -> None:
        self._tell(Doubt(problem.kind, problem.column, problem.value or ""))

    def _tell(self, doubt: Doubt) -> None:
        self._on_problem(
            Problem(doubt.kind, self._source, None, f"{self._place} {doubt.column}", doubt.value)
        )
