"""TFLink's MITAB 2.8: 46 tab-separated columns without a header, a missing value is ``-``.

Source: TFLink's FAQ and real rows; HUPO-PSI's MITAB 2.8
(https://github.com/HUPO-PSI/miTab). A is the transcription factor, B the target. It is the only
one of TFLink's formats that has the mode of regulation. Cells are turned into those of TFLink's
interaction table, so that a row whose mode is unknown gives the very evidence of the table's row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from rdfconv.model import Interaction, Mention
from rdfconv.problems import Doubt, Kind
from rdfconv.readers.cells import (
    MISSING,
    Cells,
    Columns,
    Doubts,
    KnownEvidence,
    OnProblem,
    RowError,
)
from rdfconv.readers.lines import RowReader
from rdfconv.vocabulary import methods, organisms

HEADER = (
    "uniqueID_A", "uniqueID_B", "alternativeID_A", "alternativeID_B", "alias_A", "alias_B",
    "detectionMethod", "firstAuthor", "pubmedID", "taxonomyID_A", "taxonomyID_B",
    "interactionType", "sourceDatabase", "interactionID_source", "confidenceScore",
    "complexExpansion", "biolRole_A", "biolRole_B", "experimentalRole_A", "experimentalRole_B",
    "interactorType_A", "interactorType_B", "xref_A", "xref_B", "xref_interaction",
    "annotation_A", "annotation_B", "annotation_int", "taxonomyID_host", "parameters",
    "creationDate", "updateDate", "checksum_A", "checksum_B", "checksum_interaction", "negative",
    "feature_A", "feature_B", "stoichiometry_A", "stoichiometry_B", "participantMethod_A",
    "participantMethod_B", "biologicalEffect_A", "biologicalEffect_B", "regulatoryMechanism",
    "causalStatement",
)  # fmt: skip
"""The columns' names, as TFLink gives them beside the files."""
(IDS, GENES, ALIASES, TAXA) = ((0, 1), (2, 3), (4, 5), (9, 10))
METHODS, PAPERS, DATABASES, FUNCTION, COMMENT, NEGATIVE = 6, 8, 12, 25, 27, 35
ROLES = {16: "MI:2274", 17: "MI:2275"}
"""The biological roles of A and B: regulator, regulator target."""

MODES = {"activator": ("activation",), "repressor": ("repression",), "unknown": ()}
"""What the annotation of A says of the mode of regulation."""
COMBINED = {("MI:0008", "MI:0080"): "array technology/partial DNA sequence identification by "
            "hybridization"}  # fmt: skip
"""The one method of TFLink that stands for two terms, which are never given apart together."""

COLUMNS = Columns(
    accession="uniqueID",
    gene_ids="alternativeID",
    methods="detectionMethod",
    references="pubmedID",
    databases="sourceDatabase",
    flag="annotation_int",
    organism="taxonomyID",
    orthologs="",
)

_ID = re.compile(r"uniprot(?:kb)?:(.+)")
_ALIAS = re.compile(r'uniprot(?:kb)?:"(.*?)"\("protein name"\)(?:\||$)')
_TERM = re.compile(r'psi-mi:"(MI:\d{4})"\("?(.*?)"?\)(?:\||$)')
_TAXON = re.compile(r'taxid:(-?\d+)\("?(.*?)"?\)')
_SOURCE = re.compile(r'(?:pubmed:\d+|-|[^("|]*)\("(.*?)"\)(?:\||$)')
_FLAG = re.compile(r'comment:"Small-scale\.evidence:(Yes|No|-)"')


def is_mitab(head: bytes) -> bool:
    """Whether a file that begins so is MITAB of UniProt's proteins."""
    first = head.split(b"\n", 1)[0]
    return first.startswith(b"uniprot") and first.count(b"\t") >= 40


@cache
def names_by_term() -> Mapping[str, str]:
    """TFLink's names of detection methods by their PSI-MI ids.

    >>> names_by_term()["MI:0402"]
    'chromatin immunoprecipitation assay'
    """
    return {one.term.replace("_", ":"): name for name, one in methods().items() if one.term}


KnownProtein = tuple[Mention, Doubts, tuple[str, str, str]]
KnownReport = tuple[KnownEvidence, Doubts, tuple[str, str, str, str]]
"""What cells were found to mean, what is doubtful in them, and the cells themselves."""


class MitabReader(RowReader[Interaction]):
    """Reads blocks of whole lines of MITAB.

    Args:
        dataset: the reporting data set.
        on_problem: called for each problem.
    """

    columns = HEADER

    def __init__(self, dataset: str, on_problem: OnProblem) -> None:
        super().__init__(on_problem)
        self._cells = Cells(dataset, COLUMNS)
        self._proteins: dict[str, KnownProtein] = {}
        self._reports: dict[str, KnownReport] = {}

    def holds_row(self, line: str) -> bool:
        """Whether a line is no comment and not the names of the columns."""
        return not line.startswith(("#", "uniqueID_A\t"))

    def row(self, cells: list[str]) -> Interaction:
        """The interaction of a row."""
        if cells[NEGATIVE] not in (MISSING, "false"):
            raise RowError(Kind.NEGATIVE_ROW, HEADER[NEGATIVE], cells[NEGATIVE])
        for place, role in ROLES.items():
            if role not in cells[place]:
                raise RowError(Kind.MALFORMED_CELL, HEADER[place], cells[place])
        factor, target = (self._protein(cells, side) for side in (0, 1))
        told_cells = cells[METHODS], cells[DATABASES], cells[FUNCTION], cells[COMMENT]
        papers = cells[PAPERS]
        told = self._reports.get(papers)
        if told is None or told[2] != told_cells:
            told = self._reports[papers] = self._report_of(papers, *told_cells)
        if factor[1] or target[1] or told[1]:
            self.doubt(*factor[1], *target[1], *told[1])
        return Interaction(factor[0], target[0], told[0][0])

    def _protein(self, cells: list[str], side: int) -> KnownProtein:
        identifier = cells[IDS[side]]
        own = cells[GENES[side]], cells[ALIASES[side]], cells[TAXA[side]]
        known = self._proteins.get(identifier)
        if known is None or known[2] != own:
            known = self._proteins[identifier] = self._protein_of(identifier, own, side)
        return known

    def _protein_of(self, identifier: str, own: tuple[str, str, str], side: int) -> KnownProtein:
        found = _ID.fullmatch(identifier)
        if not found:
            raise RowError(Kind.MALFORMED_CELL, HEADER[IDS[side]], identifier)
        gene_cell, alias_cell, taxon_cell = own
        genes = [] if gene_cell == MISSING else gene_cell.split("|")
        for gene in genes:
            if not gene.startswith("geneid:"):
                raise RowError(Kind.MALFORMED_CELL, HEADER[GENES[side]], gene_cell)
        names = _all(_ALIAS, alias_cell, HEADER[ALIASES[side]])
        taxon = _TAXON.fullmatch(taxon_cell)
        if not taxon:
            raise RowError(Kind.MALFORMED_CELL, HEADER[TAXA[side]], taxon_cell)
        known = {one.taxon: one.name for one in organisms().values()}
        gene_ids = ";".join(gene.removeprefix("geneid:") for gene in genes) or MISSING
        cells = (
            ";".join(found[1] for found in names) or MISSING,
            gene_ids,
            known.get(taxon[1], taxon[2]),
            MISSING,
            MISSING,
        )
        mention, doubts, _ = self._cells.mention(found[1], cells)
        return mention, doubts, own

    def _report_of(
        self, papers: str, how: str, sources: str, function: str, comment: str
    ) -> KnownReport:
        """The evidence of a row, its cells written as TFLink's table has them."""
        flag = _FLAG.fullmatch(comment)
        if not flag and comment != MISSING:
            raise RowError(Kind.MALFORMED_CELL, HEADER[COMMENT], comment)
        references = [] if papers == MISSING else papers.split("|")
        for reference in references:
            if not reference.startswith("pubmed:"):
                raise RowError(Kind.MALFORMED_CELL, HEADER[PAPERS], papers)
        doubts: list[Doubt] = []
        modes = _modes(function, doubts)
        names = sorted({one[1] for one in _all(_SOURCE, sources, HEADER[DATABASES])})
        terms = {one[1]: one[2] for one in _all(_TERM, how, HEADER[METHODS])}
        cells = (
            ";".join(names) or MISSING,
            ";".join(_method_names(terms)) or MISSING,
            flag[1] if flag else MISSING,
        )
        ids = ";".join(one.removeprefix("pubmed:") for one in references) or MISSING
        known = self._cells.report(ids, cells, modes)
        return known, (*known[1], *doubts), (how, sources, function, comment)


def _all(pattern: re.Pattern[str], cell: str, column: str) -> list[re.Match[str]]:
    """The items of a cell, all of which must fit.

    Raises:
        RowError: one does not.
    """
    if cell == MISSING:
        return []
    found = list(pattern.finditer(cell))
    if "".join(one[0] for one in found) != cell or cell.endswith("|"):
        raise RowError(Kind.MALFORMED_CELL, column, cell)
    return found


def _method_names(terms: Mapping[str, str]) -> list[str]:
    """TFLink's names of methods, sorted; a term that it has no name for keeps its own.

    >>> _method_names({"MI:0008": "", "MI:0080": "", "MI:0364": ""})[0]
    'array technology/partial DNA sequence identification by hybridization'
    """
    left = dict(terms)
    names = []
    for together, name in COMBINED.items():
        if left.keys() >= set(together):
            names.append(name)
            for term in together:
                del left[term]
    known = names_by_term()
    return sorted({*names, *(known.get(term, label) for term, label in left.items())})


def _modes(cell: str, doubts: list[Doubt]) -> tuple[str, ...]:
    """The modes of regulation that an annotation states; ``unknown`` states nothing."""
    modes: set[str] = set()
    for item in [] if cell == MISSING else cell.split("|"):
        word = item.removeprefix('function:"').removesuffix('"')
        if word in MODES and item == f'function:"{word}"':
            modes.update(MODES[word])
        else:
            doubts.append(Doubt(Kind.UNKNOWN_MODE, HEADER[FUNCTION], item))
    return tuple(sorted(modes))
