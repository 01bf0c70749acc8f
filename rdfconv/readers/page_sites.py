"""The binding sites of a protein page: rows in its front matter, sequences in its body.

A row has 15 columns (id, accession, name ... overlaps), of which only the name may hold a comma.
The body is FASTA with a backslash before each ``>`` and at the end of each line, lines of 80
letters; TFLink's own files end them with a lone CR, copies with all CRs dropped have one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rdfconv.identifiers import SITE_ID
from rdfconv.model import SEQUENCE_COLUMNS, SITE_COLUMNS, ListedSite
from rdfconv.page_format import wrapped
from rdfconv.problems import Doubt, Kind

BEFORE_NAME, AFTER_NAME = 2, len(SITE_COLUMNS) - 1

_RECORD = re.compile(r"\\>(?=TFLink)")
_HEADER = re.compile(
    r"([^;\\]*);([^;\\]*);(.*);([^;\\]*);([^;\\]*)\\((?:[A-Za-z*-]+\\)*)", re.DOTALL
)

Report = Callable[[Doubt], None]


class SiteList:
    """Gathers the binding sites of one page.

    Args:
        accession: the page's accession.
        report: called for each row or sequence that has to be left out.
    """

    def __init__(self, accession: str, report: Report) -> None:
        self._accession = accession
        self._report = report
        self._rows: dict[str, tuple[str, ...]] = {}
        self._sequences: dict[str, tuple[str, ...]] = {}
        self.count = 0

    def add_rows(self, cell: str) -> str:
        """Adds the rows of the ``binding_sites`` cell; returns their ids, parted by blanks."""
        for index, row in enumerate(cell.split("\n") if cell else ()):
            self.count += 1
            first, _, rest = row.partition(",")
            accession, _, rest = rest.partition(",")
            cells = tuple(rest.rsplit(",", AFTER_NAME))
            self._add(
                self._rows,
                first,
                accession,
                cells,
                len(SITE_COLUMNS),
                f"binding_sites[{index}]",
                row,
            )
        return " ".join(self._rows)

    def add_body(self, body: str) -> str:
        """Adds the sequences of a page's body; returns their ids, parted by blanks."""
        text = body.replace("\r", "").replace("\n", "")
        start, *records = _RECORD.split(text)
        if start:
            self.count += 1
            self._report(Doubt(Kind.MALFORMED_SEQUENCE, "body", start))
        for index, record in enumerate(records):
            self.count += 1
            found = _HEADER.fullmatch(record)
            cells: tuple[str, ...] = ()
            first = accession = ""
            if found:
                first, accession, name, assembly, location, lines = found.groups()
                sequence = lines.replace("\\", "")
                if lines == wrapped(sequence):
                    cells = (name, assembly, location, sequence)
            self._add(
                self._sequences,
                first,
                accession,
                cells,
                len(SEQUENCE_COLUMNS),
                f"body[{index}]",
                record,
            )
        return " ".join(self._sequences)

    def sites(self) -> tuple[ListedSite, ...]:
        """All sites: those with a row in the order of the rows, then the others."""
        return tuple(
            ListedSite(
                self._accession, site, self._rows.get(site, ()), self._sequences.get(site, ())
            )
            for site in dict.fromkeys((*self._rows, *self._sequences))
        )

    def _add(
        self,
        found: dict[str, tuple[str, ...]],
        site: str,
        accession: str,
        cells: tuple[str, ...],
        columns: int,
        place: str,
        text: str,
    ) -> None:
        if len(cells) != columns or accession != self._accession or not SITE_ID.fullmatch(site):
            is_row = found is self._rows
            kind = Kind.MALFORMED_SITE if is_row else Kind.MALFORMED_SEQUENCE
            self._report(Doubt(kind, place, text))
        elif site in found:
            self._report(Doubt(Kind.REPEATED_SITE, place, site))
        else:
            found[site] = cells
