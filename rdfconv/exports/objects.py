"""Edges as JSON objects, each with all its reports.

The document is ``{"filter": {...}, "edges": [...]}``; an edge is::

    {"interaction": IRI or null,
     "transcription_factor": {"iri", "accession", "name", "ncbi_genes": [...],
                              "organism": {"iri", "name"} or null},
     "target": {the same},
     "small_scale": true, false or null,
     "evidence": [{"iri", "small_scale", "datasets": [...], "databases": [{"iri", "name"}],
                   "methods": [{"iri", "id", "name"}], "primary_papers": [PubMed ids],
                   "database_papers": [...], "other_papers": [...],
                   "unparsed_references": [...], "modes": [...]}]}

Each edge is a line of its own, so that a file can be read line by line, too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from rdfconv.edges.reader import Edge, Evidence, Protein
from rdfconv.exports.sheets import Context, Known, Sheet
from rdfconv.exports.tables import mode_of, name_of_dataset
from rdfconv.filters import name_of_iri


class EdgeObjects(Sheet):
    """An object for each edge."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._names = Known(context.name_of)
        self._proteins: dict[str, str] = {}
        self._reports: dict[str, str] = {}
        self._comma = ""

    def head(self) -> str:
        """What comes before the edges."""
        return f'{{"filter": {_json(self.context.wanted.parameters())},\n"edges": ['

    def rows(self, edges: Sequence[Edge]) -> str:
        """The objects."""
        return "".join(map(self._edge, edges))

    def foot(self) -> str:
        """What closes the document."""
        return "\n]}\n"

    def _edge(self, edge: Edge) -> str:
        comma, self._comma = self._comma, ","
        return (
            f'{comma}\n{{"interaction": {_json(edge.interaction or None)}, '
            f'"transcription_factor": {self._protein(edge.tf)}, '
            f'"target": {self._protein(edge.target)}, "small_scale": {_json(edge.small_scale)}, '
            f'"evidence": [{", ".join(map(self._report, edge.evidence))}]}}'
        )

    def _protein(self, protein: Protein) -> str:
        found = self._proteins.get(protein.iri)
        if found is None:
            organism = protein.organism
            found = self._proteins[protein.iri] = _json(
                {
                    "iri": protein.iri,
                    "accession": protein.accession or None,
                    "name": protein.name,
                    "ncbi_genes": protein.genes,
                    "organism": {"iri": organism, "name": self._names[organism]}
                    if organism
                    else None,
                }
            )
        return found

    def _report(self, report: Evidence) -> str:
        found = self._reports.get(report.iri)
        if found is None:
            found = self._reports[report.iri] = _json(
                {
                    "iri": report.iri,
                    "small_scale": report.small_scale,
                    "datasets": list(map(name_of_dataset, report.datasets)),
                    "databases": [
                        {"iri": iri, "name": self._names[iri]} for iri in report.databases
                    ],
                    "methods": [
                        {"iri": iri, "id": name_of_iri(iri), "name": self._names[iri]}
                        for iri in report.methods
                    ],
                    "primary_papers": list(map(name_of_iri, report.papers)),
                    "database_papers": list(map(name_of_iri, report.database_papers)),
                    "other_papers": list(map(name_of_iri, report.other_papers)),
                    "unparsed_references": report.unparsed,
                    "modes": list(map(mode_of, report.modes)),
                }
            )
        return found


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
