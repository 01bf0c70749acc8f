"""UniProt's lists of accessions that are no entry's primary one: ``sec_ac.txt``, ``delac_sp.txt``.

Both begin with a text for people. In the first, lines of two accessions follow: a secondary one
and the primary one of the entry it was merged into; a secondary one may stand on several lines, if
its entry was split. In the second, lines of one accession each, of entries deleted from
UniProtKB/Swiss-Prot. Source: https://www.uniprot.org/help/accession_numbers.
"""

from __future__ import annotations

from rdfconv.identifiers import ACCESSION
from rdfconv.model import AccessionStatus
from rdfconv.problems import Doubt, Kind, Problem
from rdfconv.readers.cells import OnProblem
from rdfconv.readers.lines import lines_of

HEAD = 1 << 12
"""Within how many bytes the text for people says what the list is."""
_SECONDARY = (b"sec_ac", b"Secondary AC", b"secondary accession")
_DELETED = (b"delac_", b"deleted accession", b"Deleted accession", b"have been deleted")


def is_secondary_list(head: bytes) -> bool:
    """Whether a file that begins so is UniProt's list of secondary accessions."""
    return b"\t" not in head[:HEAD] and any(word in head[:HEAD] for word in _SECONDARY)


def is_deleted_list(head: bytes) -> bool:
    """Whether a file that begins so is UniProt's list of deleted accessions."""
    return b"\t" not in head[:HEAD] and any(word in head[:HEAD] for word in _DELETED)


class AccessionListReader:
    """Reads one of the two lists.

    Args:
        width: how many accessions a line has: 2 in the list of secondary ones, 1 in the other.
        on_problem: called for each problem.

    Attributes:
        rows_read: how many lines with accessions were read.
    """

    def __init__(self, width: int, on_problem: OnProblem) -> None:
        self._width = width
        self._on_problem = on_problem
        self.rows_read = 0

    def read(
        self, block: bytes, source: str, first_line: int, header: tuple[str, ...] = ()
    ) -> list[AccessionStatus]:
        """What a list says.

        Args:
            block: the whole list; its first lines, up to the first one that holds accessions, and
                its last ones, from a line of dashes on, are for people.
            source: the file's name, for messages.
            first_line: the 1-based number of the first line.
            header: nothing.
        """
        lines, _ = lines_of(block)
        statuses: list[AccessionStatus] = []
        for number, line in enumerate(lines, first_line):
            words = line.split()
            if len(words) == self._width and all(map(ACCESSION.fullmatch, words)):
                self.rows_read += 1
                statuses.append(AccessionStatus(words[0], tuple(words[1:])))
            elif statuses and words and not _for_people(line):
                self._report(source, number, Doubt(Kind.NOT_AN_ACCESSION, "", line))
            elif statuses and line.startswith("---"):
                break
        if not statuses:
            self._report(source, None, Doubt(Kind.NO_ACCESSIONS, "", ""))
        return statuses

    def _report(self, source: str, line: int | None, doubt: Doubt) -> None:
        self._on_problem(Problem(doubt.kind, source, line, doubt.column, doubt.value or None))


def _for_people(line: str) -> bool:
    return line.startswith(("-", "_", "=", " ", "Copyrighted", "Distributed"))
