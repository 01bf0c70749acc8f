"""A network for Cytoscape: ``cyjs``, which Cytoscape, Cytoscape.js and its notebooks read.

The edges come before the nodes, as all nodes are known only then; the order means nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from rdfconv.edges.reader import Edge, Protein
from rdfconv.exports.sheets import Context, Known, Sheet
from rdfconv.exports.tables import mode_of
from rdfconv.filters import name_of_iri


class CytoscapeNetwork(Sheet):
    """A node for each protein, an edge for each edge. The ids are accessions, or else IRIs."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._names = Known(context.name_of)
        self._proteins: dict[str, Protein] = {}
        self._comma = ""

    def head(self) -> str:
        """What comes before the edges."""
        words = self.context.wanted.words(self._names.__getitem__)
        network = json.dumps({"name": f"Regulatory interactions {words}".strip()})
        return (
            '{"format_version": "1.0", "generated_by": "rdfconv", '
            f'"target_cytoscapejs_version": "~3.0", "data": {network},\n'
            '"elements": {"edges": ['
        )

    def rows(self, edges: Sequence[Edge]) -> str:
        """The edges."""
        return "".join(map(self._edge, edges))

    def foot(self) -> str:
        """The nodes."""
        nodes = ",\n".join(map(self._node, self._proteins.values()))
        return f'\n],\n"nodes": [\n{nodes}\n]}}}}\n'

    def _edge(self, edge: Edge) -> str:
        for protein in (edge.tf, edge.target):
            self._proteins.setdefault(protein.iri, protein)
        source, target = _id(edge.tf), _id(edge.target)
        papers = list(map(name_of_iri, edge.all_of("papers")))
        data = {
            "id": f"{source}_{target}",
            "source": source,
            "target": target,
            "name": f"{edge.tf.name} regulates {edge.target.name}",
            "interaction": "regulates",
            "primary_papers": papers,
            "weight": 1 + len(papers),
            "databases": [self._names[iri] for iri in edge.all_of("databases")],
            "methods": [self._names[iri] for iri in edge.all_of("methods")],
            "small_scale": edge.small_scale,
            "modes": list(map(mode_of, edge.all_of("modes"))),
            "iri": edge.interaction,
        }
        comma, self._comma = self._comma, ","
        return f"{comma}\n{_element(data)}"

    def _node(self, protein: Protein) -> str:
        return _element(
            {
                "id": _id(protein),
                "name": protein.name,
                "accession": protein.accession,
                "ncbi_genes": list(protein.genes),
                "organism": self._names[protein.organism] if protein.organism else "",
                "iri": protein.iri,
            }
        )


def _id(protein: Protein) -> str:
    return protein.accession or protein.iri


def _element(data: dict[str, object]) -> str:
    """A node or edge; what is not known is left out, as Cytoscape's tables have no null."""
    known = {name: value for name, value in data.items() if value is not None}
    return json.dumps({"data": known}, ensure_ascii=False)
