"""Edges as text tables: all that is known of them, a network for decoupler, and SIF.

Cells are separated by tabs and hold no tabs or line ends: these, and the backslash, are written
``\\t``, ``\\n``, ``\\r`` and ``\\\\``. A cell with a double quote stands in double quotes, and
its own are doubled, as in CSV. Cells that list several values separate them by ``;``, and a ``;``
in a value is ``\\;``. Nothing else is changed: a name that begins with ``=`` stays so, and a
spreadsheet has to be told to import the columns as text.

>>> cell("a\\tb"), cell('5" end'), listed(["x;y", "z"])
('a\\\\tb', '"5"" end"', 'x\\\\;y;z')
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rdfconv.edges.reader import Edge, Evidence, Protein
from rdfconv.exports.sheets import Context, Ids, Known, Sheet, ids_in
from rdfconv.filters import name_of_iri
from rdfconv.identifiers import interaction_iri

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_IN_LISTS = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", ";": "\\;"})

COLUMNS = {
    "tf": "UniProtKB accession of the transcription factor",
    "tf_name": "its name",
    "tf_ncbi_genes": "its NCBI gene ids",
    "target": "UniProtKB accession of the target",
    "target_name": "its name",
    "target_ncbi_genes": "its NCBI gene ids",
    "organism": "scientific name of the transcription factor's organism",
    "taxon": "its NCBI taxonomy id",
    "small_scale": "yes if a report is flagged small-scale, no if none is, empty if none says",
    "reports": "how many reports of the edge pass the filter",
    "databases": "the source databases",
    "methods": "the detection methods",
    "method_ids": "their ids, in the same order; those of PSI-MI look like MI_0402",
    "primary_papers": "PubMed ids of the papers that report the edge",
    "database_papers": "PubMed ids of the databases' own papers",
    "other_papers": "PubMed ids of which neither is known",
    "unparsed_references": "references that are no PubMed ids",
    "modes": "activation, repression",
    "datasets": "the data sets that report it",
    "tf_iri": "IRI of the transcription factor",
    "target_iri": "IRI of the target",
    "interaction_iri": "IRI of the edge",
    "evidence_iris": "IRIs of the reports",
}
"""The columns of the table of edges, and what they hold."""


def cell(text: str) -> str:
    """A text as a cell."""
    return _quoted(text.translate(_ESCAPES))


def listed(values: Iterable[str]) -> str:
    """Several texts as one cell."""
    return _quoted(";".join(value.translate(_IN_LISTS) for value in values))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if '"' in text else text


class EdgeRows(Sheet):
    """A row for each edge, with the reports that pass the filter."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._names = Known(context.name_of)
        self._proteins: dict[str, tuple[str, str, str]] = {}
        self._organisms = Known(
            lambda iri: f"{cell(self._names[iri])}\t{cell(name_of_iri(iri))}" if iri else "\t"
        )
        self._reports: dict[tuple[str, ...], str] = {}

    def head(self) -> str:
        """The columns' names."""
        return "\t".join(COLUMNS) + "\n"

    def rows(self, edges: Sequence[Edge]) -> str:
        """The rows."""
        return "".join(map(self._row, edges))

    def _row(self, edge: Edge) -> str:
        tf, tf_iri, tf_name = self._protein(edge.tf)
        target, target_iri, target_name = self._protein(edge.target)
        # As `Edge.interaction` has it, which takes the accessions out of the IRIs each time.
        interaction = interaction_iri(tf_name, target_name) if tf_name and target_name else ""
        key = tuple([report.iri for report in edge.evidence])
        reports = self._reports.get(key)
        if reports is None:
            reports = self._reports[key] = self._told(edge)
        return (
            f"{tf}\t{target}\t{self._organisms[edge.tf.organism]}\t{reports}\t{tf_iri}\t"
            f"{target_iri}\t{interaction}\t{';'.join(key)}\n"
        )

    def _protein(self, protein: Protein) -> tuple[str, str, str]:
        """A protein's cells, its IRI as a cell, and its accession."""
        found = self._proteins.get(protein.iri)
        if found is None:
            name = protein.accession
            cells = "\t".join([cell(name), cell(protein.name), listed(protein.genes)])
            found = self._proteins[protein.iri] = cells, cell(protein.iri), name
        return found

    def _told(self, edge: Edge) -> str:
        """What the reports say, in cells."""
        flag = edge.small_scale
        methods = edge.all_of("methods")
        cells = [
            "" if flag is None else "yes" if flag else "no",
            str(len(edge.evidence)),
            listed(self._names[iri] for iri in edge.all_of("databases")),
            listed(self._names[iri] for iri in methods),
            listed(map(name_of_iri, methods)),
            *(
                listed(map(name_of_iri, edge.all_of(kind)))
                for kind in ("papers", "database_papers", "other_papers")
            ),
            listed(edge.all_of("unparsed")),
            listed(map(mode_of, edge.all_of("modes"))),
            listed(name_of_dataset(iri) for iri in edge.all_of("datasets")),
        ]
        return "\t".join(cells)


def mode_of(value: str) -> str:
    """A mode of regulation as a word.

    >>> mode_of("https://w3id.org/tflink-rdf/ontology#activation"), mode_of("repression")
    ('activation', 'repression')
    """
    return value.rpartition("#")[2]


def name_of_dataset(iri: str) -> str:
    """The local name of a data set.

    >>> name_of_dataset("https://w3id.org/tflink-rdf/dataset/tflink-1.0")
    'tflink-1.0'
    """
    return iri.rstrip("/").rsplit("/", 1)[-1]


# --- Networks ----------------------------------------------------------------------------------


class Pairs(Sheet):
    """A base for formats with a line for each pair of ids.

    Two proteins can have one symbol or gene, so several edges can be one pair. What is said of
    them is joined: pairs are kept until the last transcription factor with that id has passed.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._left: Counter[str] = Counter()
        if context.ids is not Ids.UNIPROT:  # only there no two proteins share one
            for protein in context.regulators():
                self._left.update(set(ids_in(protein, context.ids)))
        self._kept: dict[str, dict[str, tuple[Evidence, ...]]] = {}
        self._tf: Protein | None = None

    @abstractmethod
    def line(self, source: str, target: str, reports: tuple[Evidence, ...]) -> str:
        """The line of a pair, from the reports of all its edges."""

    def rows(self, edges: Sequence[Edge]) -> str:
        """The pairs that are complete."""
        done: list[str] = []
        for edge in edges:
            if self._tf is None or edge.tf.iri != self._tf.iri:
                done += self._ended()
                self._tf = edge.tf
            targets = self.ids_in(edge.target)
            for source in self.ids_in(edge.tf):
                kept = self._kept.setdefault(source, {})
                for target in targets:
                    kept[target] = kept.get(target, ()) + edge.evidence
        return "".join(done)

    def foot(self) -> str:
        """The last pairs."""
        return "".join(self._ended())

    def _ended(self) -> Iterator[str]:
        """The lines of the sources that no later transcription factor has."""
        for source in dict.fromkeys(self.ids_in(self._tf)) if self._tf else ():
            self._left[source] -= 1
            if self._left[source] <= 0:
                for target, reports in self._kept.pop(source, {}).items():
                    yield self.line(source, target, reports)


class Network(Pairs):
    """A network for decoupler and the like: each pair of source and target once, with a weight.

    The weight is 1 and the number of primary papers, so that a pair without any counts, too.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._supports: dict[tuple[str, ...], str] = {}
        self._cells = Known(cell)

    def head(self) -> str:
        """The columns' names."""
        return "\t".join(NETWORK_COLUMNS) + "\n"

    def line(self, source: str, target: str, reports: tuple[Evidence, ...]) -> str:
        """A row."""
        key = tuple([report.iri for report in reports])
        support = self._supports.get(key)
        if support is None:
            support = self._supports[key] = _support(reports)
        return f"{self._cells[source]}\t{self._cells[target]}\t{support}\n"


def _support(reports: Sequence[Evidence]) -> str:
    """What supports a pair, in cells."""
    papers = {paper for report in reports for paper in report.papers}
    databases = {database for report in reports for database in report.databases}
    flags = {report.small_scale for report in reports} - {None}
    modes = {mode for report in reports for mode in report.modes}
    cells = [
        str(1 + len(papers)),
        str(len(papers)),
        str(len(databases)),
        "" if not flags else "yes" if True in flags else "no",
        listed(sorted(map(mode_of, modes))),
    ]
    return "\t".join(cells)


NETWORK_COLUMNS = {
    "source": "the transcription factor",
    "target": "the target",
    "weight": "1 plus the number of primary papers",
    "primary_papers": "how many primary papers report it",
    "databases": "how many source databases list it",
    "small_scale": "yes if a report is flagged small-scale, no if none is",
    "modes": "activation, repression",
}
"""The columns of the network, and what they hold."""


class Sif(Pairs):
    """Cytoscape's simple interaction format: source, ``regulates`` and target, by tabs."""

    def line(self, source: str, target: str, reports: tuple[Evidence, ...]) -> str:
        """A line."""
        return f"{source.translate(_ESCAPES)}\tregulates\t{target.translate(_ESCAPES)}\n"
