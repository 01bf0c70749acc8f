"""TFLink's table of binding sites: 16 tab-separated columns, and the older ones of single proteins.

Source: TFLink's FAQ; rows as they stand on protein pages. An evidence is shared by many sites, so
its cells are looked up by the PubMed cell, as interactions' are (see `rdfconv.readers.cells`).
"""

from __future__ import annotations

from collections.abc import Sequence

from rdfconv.model import BindingSite, Mention
from rdfconv.problems import Doubt, Kind
from rdfconv.readers import interaction_table
from rdfconv.readers.cells import MISSING, Cells, OnProblem
from rdfconv.readers.lines import RowReader
from rdfconv.readers.site_cells import (
    UNSTRANDED,
    overlaps_of,
    place_of,
    site_id,
    site_of,
    without_doubtful_strand,
)

HEADER = (
    "TFLinkID", "UniprotID.TF", "Name.TF", "Organism", "Assembly", "Chromosome", "Start", "End",
    "Strand", "Genome.browser", "Detection.method", "PubmedID", "Source.database",
    "Small-scale.evidence", "Number.of.TFBS.overlaps", "TFBS.overlaps",
)  # fmt: skip
"""The table's columns."""
SHORT_HEADER = HEADER[:-1]
"""The columns without the ids of overlapping sites, as protein pages have them."""
OLD_HEADER = (
    "TFLinkID", "UniprotID.TF", "Name.TF", "Organism", "Detection.method", "PubmedID",
    "Source.database", "Small-scale.evidence", "Assembly", "Chromosome", "Start", "End", "Strand",
)  # fmt: skip
"""The columns of ``bindingSites_of_X.tsv`` in releases before 1.0."""
HEADERS = (HEADER, SHORT_HEADER, OLD_HEADER)

COLUMNS = interaction_table.COLUMNS._replace(accession="UniprotID.TF")


def is_site_table(head: bytes) -> bool:
    """Whether a file that begins so is a table of binding sites."""
    return head.startswith("\t".join(HEADER[:2]).encode() + b"\t")


class BindingSiteReader(RowReader[BindingSite]):
    """Reads blocks of whole lines of tables of binding sites.

    Args:
        dataset: the reporting data set.
        on_problem: called for each problem.
    """

    columns: Sequence[str] = HEADER

    def __init__(self, dataset: str, on_problem: OnProblem) -> None:
        super().__init__(on_problem)
        self._cells = Cells(dataset, COLUMNS)
        self._order: tuple[int, ...] | None = None
        self._mentions: dict[int, Mention] = {}

    def start(self, header: tuple[str, ...], source: str) -> None:
        """Takes the file's columns."""
        self.columns = header or HEADER
        usual = self.columns == HEADER[: len(self.columns)]
        places = {name: place for place, name in enumerate(self.columns)}
        self._order = None if usual else tuple(places.get(name, -1) for name in HEADER)

    def take_mentions(self) -> dict[int, Mention]:
        """What rows say of proteins, by the records' identities; what was new since last time."""
        mentions, self._mentions = self._mentions, {}
        return mentions

    def row(self, cells: list[str]) -> BindingSite:
        """The site of a row."""
        if self._order is not None:
            cells = [cells[place] if place >= 0 else MISSING for place in self._order]
        if len(cells) < len(HEADER):
            cells = [*cells, MISSING]
        (site, accession, name, organism, assembly, chromosome, start, end, strand, browser,
         how, papers, names, flag, count, listed) = cells  # fmt: skip
        site_id(site)
        told_cells = (names, how, flag)
        told = self._cells.evidence.get(papers)
        if told is None or told[2] != told_cells:
            told = self._cells.report(papers, told_cells)
        place = place_of(assembly, chromosome, start, end, strand, organism, self.doubt)
        if names in UNSTRANDED:
            place = without_doubtful_strand(place, names, self.doubt)
        overlaps = overlaps_of(count, listed, self.doubt)
        # The protein comes last: what a rejected row says of one does not count.
        known = self._cells.mentions.get(accession)
        if known is None or known[2][0] != name or known[2][2] != organism:
            known = self._cells.mention(accession, (name, MISSING, organism, MISSING, MISSING))
            self._mentions[id(known[0])] = known[0]
        if known[1] or told[1]:
            self.doubt(*known[1], *told[1])
        if browser not in (MISSING, f"{assembly}&position={chromosome}:{start}-{end}"):
            self._check_browser(browser, assembly, chromosome, f"{start}-{end}")
        return site_of(site, accession, place, told[0], overlaps)

    def _check_browser(self, browser: str, assembly: str, chromosome: str, span: str) -> None:
        # The genome browser spells some assemblies otherwise (sacCer1).
        if browser.lower() != f"{assembly}&position={chromosome}:{span}".lower():
            self.doubt(Doubt(Kind.BROWSER_DIFFERS, "Genome.browser", browser))
