"""Sequences of binding sites as FASTA.

Source: TFLink's FAQ and sequences as they stand on protein pages. A header has five fields,
``>id;accession;name;assembly;chromosome:start-end``; without a location the last two are ``-`` and
``-:---``. The strand is not stated.
"""

from __future__ import annotations

import re

from rdfconv.identifiers import ACCESSION
from rdfconv.model import BindingSite
from rdfconv.problems import Doubt, Kind, Problem
from rdfconv.readers.cells import MISSING, OnProblem, RowError
from rdfconv.readers.lines import check, lines_of
from rdfconv.readers.site_cells import Place, place_of, site_id, site_of

COLUMNS = ("header", "sequence")
NO_LOCATION = "-:---"
_LOCATION = re.compile(r"(?s)(.+):(\d+)-(\d+)")
_SEQUENCE = re.compile(r"[ACGTUNRYSWKMBDHV]+", re.ASCII)


def is_fasta(head: bytes) -> bool:
    """Whether a file that begins so holds sequences of TFLink's binding sites."""
    return head.startswith(b">TFLink")


class FastaReader:
    """Reads blocks of whole records of FASTA.

    Args:
        on_problem: called for each problem.

    Attributes:
        rows_read: how many records were read.
    """

    def __init__(self, on_problem: OnProblem) -> None:
        self._on_problem = on_problem
        self._doubts: list[Doubt] = []
        self.rows_read = 0

    def read(
        self, block: bytes, source: str, first_line: int, header: tuple[str, ...] = ()
    ) -> list[BindingSite]:
        """The sites of a block of whole records, each with its sequence.

        Args:
            block: lines ended by LF or CRLF; the last line's end may be missing.
            source: the file's name, for messages.
            first_line: the 1-based number of the block's first line.
            header: nothing: FASTA has none.
        """
        lines, checked = lines_of(block)
        sites: list[BindingSite] = []
        starts = [place for place, line in enumerate(lines) if line.startswith(">")]
        if lines and (not starts or starts[0]):
            starts = [0, *starts]
        for place, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            self.rows_read += 1
            try:
                if not checked:
                    for line in lines[place:end]:
                        check(line, COLUMNS)
                sites.append(self.record(lines[place:end]))
            except RowError as error:
                self._doubts = [error.doubt]
            for doubt in self.take_doubts():
                number = first_line + place
                self._on_problem(Problem(doubt.kind, source, number, doubt.column, doubt.value))
        return sites

    def take_doubts(self) -> list[Doubt]:
        """What was noted since the last time."""
        doubts, self._doubts = self._doubts, []
        return doubts

    def record(self, lines: list[str]) -> BindingSite:
        """The site of a record.

        Args:
            lines: the header and the lines of the sequence.

        Raises:
            RowError: the record must be rejected.
        """
        header = lines[0]
        if not header.startswith(">"):
            raise RowError(Kind.MALFORMED_SEQUENCE, "header", header)
        fields = header[1:].split(";")
        if len(fields) < 5:
            raise RowError(Kind.MALFORMED_SEQUENCE, "header", header)
        # A name may hold a semicolon; the other fields do not.
        site, accession, assembly, location = fields[0], fields[1], fields[-2], fields[-1]
        site_id(site)
        if not ACCESSION.fullmatch(accession):
            raise RowError(Kind.MALFORMED_ACCESSION, "header", accession)
        sequence = "".join(lines[1:])
        if not _SEQUENCE.fullmatch(sequence):
            raise RowError(Kind.MALFORMED_SEQUENCE, "sequence", sequence)
        return site_of(site, accession, self._place(assembly, location), None, sequence=sequence)

    def _place(self, assembly: str, location: str) -> Place:
        if location == NO_LOCATION and assembly == MISSING:
            return "", "", "", "", ""
        found = _LOCATION.fullmatch(location)
        if not found:
            raise RowError(Kind.NOT_A_COORDINATE, "header", location)
        doubt = self._doubts.append
        place = place_of(assembly, found[1], found[2], found[3], "+", "", doubt)
        return (*place[:4], "")
