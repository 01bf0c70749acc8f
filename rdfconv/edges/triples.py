"""The triples of a store by property, each property read once for all the files made of them.

A pattern of one triple is read at a time: a join takes several times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pyoxigraph
from pyoxigraph import Literal, NamedNode, QueryResultsFormat

from rdfconv.vocabulary import PREFIXES

TYPE = PREFIXES["rdf"] + "type"
_TSV = QueryResultsFormat.TSV
_THREADS = 2
"""How many properties are read at a time. Looking terms up, the most of it, needs no interpreter
lock as long as the store writes the results out as text."""

Link = tuple[str, str]
"""The IRIs at both ends of a triple."""


class Triples:
    """The triples of a store's default graph, without those of blank nodes.

    Args:
        store: the store, to which nobody writes.
    """

    def __init__(self, store: pyoxigraph.Store) -> None:
        self.store = store
        self._iris: dict[str, str] = {}
        """Each IRI once, as most of them stand in many triples."""
        self._found: dict[str, list[tuple[str, str | Literal]]] = {}

    def read(self, properties: Iterable[str]) -> None:
        """Reads properties that will be asked for, several at a time."""
        wanted = [one for one in properties if one not in self._found]
        with ThreadPoolExecutor(_THREADS) as pool:
            self._found.update(zip(wanted, pool.map(self._read, wanted), strict=True))

    def links(self, property: str) -> list[Link]:
        """The IRIs at both ends of a property, in no particular order."""
        found = self._of(property)
        return [(subject, value) for subject, value in found if isinstance(value, str)]

    def literals(self, property: str) -> list[tuple[str, Literal]]:
        """The IRIs that have a literal, and the literal, in no particular order."""
        found = self._of(property)
        return [(subject, value) for subject, value in found if isinstance(value, Literal)]

    def texts(self, property: str) -> list[tuple[str, str]]:
        """The IRIs that have a value, and the value as text: a literal's, or an IRI."""
        return [
            (subject, value if isinstance(value, str) else value.value)
            for subject, value in self._of(property)
        ]

    def members(self, class_: str) -> list[str]:
        """The IRIs of the members of a class."""
        rows = self.rows(f"SELECT ?s {{ ?s <{TYPE}> <{class_}> }}")
        return [node.value for (node,) in rows if isinstance(node, NamedNode)]

    def rows(self, query: str) -> pyoxigraph.QuerySolutions:
        """The answer to a query, by way of text (see `_THREADS`)."""
        found = self.store.query(query)
        assert isinstance(found, pyoxigraph.QuerySolutions)
        text = found.serialize(format=_TSV)
        assert text is not None
        rows = pyoxigraph.parse_query_results(text, format=_TSV)
        assert isinstance(rows, pyoxigraph.QuerySolutions)
        return rows

    def _of(self, property: str) -> Sequence[tuple[str, str | Literal]]:
        if property not in self._found:
            self._found[property] = self._read(property)
        return self._found[property]

    def _read(self, property: str) -> list[tuple[str, str | Literal]]:
        rows = self.rows(f"SELECT ?s ?o {{ ?s <{property}> ?o }}")
        return [
            (self._once(subject), value if isinstance(value, Literal) else self._once(value))
            for subject, value in rows
            if isinstance(subject, NamedNode) and isinstance(value, NamedNode | Literal)
        ]

    def _once(self, node: NamedNode) -> str:
        return self._iris.setdefault(node.value, node.value)
