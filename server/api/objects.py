"""Proteins, edges and evidence as JSON objects: the same as in the export of edges as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from rdfconv.edges.reader import Edge, Evidence, Protein
from rdfconv.exports.objects import EdgeObjects
from rdfconv.exports.sheets import Context, Ids, Tally
from rdfconv.filters import Filter

Object = dict[str, Any]

_NOBODY = Protein("", "", "", ())


class Objects:
    """Makes the objects.

    Args:
        name_of: gives the name of an IRI.
    """

    def __init__(self, name_of: Callable[[str], str]) -> None:
        self._context = Context(Filter(), Ids.UNIPROT, name_of, tuple, Tally())

    def edges(self, found: Sequence[Edge]) -> list[Object]:
        """Edges with all their reports."""
        objects: list[Object] = json.loads(f"[{EdgeObjects(self._context).rows(found)}]")
        return objects

    def proteins(self, found: Sequence[Protein]) -> list[Object]:
        """Proteins."""
        return [edge["target"] for edge in self.edges([Edge(_NOBODY, one, ()) for one in found])]

    def evidence(self, found: Evidence) -> Object:
        """What one data set reports."""
        [edge] = self.edges([Edge(_NOBODY, _NOBODY, (found,))])
        [report] = edge["evidence"]
        assert isinstance(report, dict)
        return report
