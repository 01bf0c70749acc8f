"""The triples of a release by property, each property read once for all the files made of them.

They are read from the finished store or, where a build has written them all itself, from what it
has kept of it: that can be read while the store is not finished yet.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pyoxigraph
from pyoxigraph import Literal, NamedNode, QueryResultsFormat, RdfFormat

from rdfconv.edges import rows
from rdfconv.edges.rows import Ids, Rows
from rdfconv.vocabulary import PREFIXES

TYPE = PREFIXES["rdf"] + "type"
_TSV = QueryResultsFormat.TSV
_THREADS = 2
"""How many properties are read at a time. Looking terms up, the most of it, needs no interpreter
lock as long as the store writes the results out as text."""

Link = tuple[str, str]
"""The IRIs at both ends of a triple."""


class Triples(ABC):
    """The triples of a default graph, without those of blank nodes."""

    def __init__(self) -> None:
        self._iris: dict[str, str] = {}
        """Each IRI once, as most of them stand in many triples."""
        self._found: dict[str, list[tuple[str, str | Literal]]] = {}

    @abstractmethod
    def edges(self, evidence: Mapping[str, int], proteins: Ids) -> Rows:
        """The edges, in any order, some of them repeated.

        Args:
            evidence: the numbers of evidence nodes by IRI.
            proteins: the numbers of proteins, to which those are added that are no more than an
                end.
        """

    @abstractmethod
    def read(self, properties: Iterable[str]) -> None:
        """Reads properties that will be asked for, if several at a time take less."""

    @abstractmethod
    def members(self, class_: str) -> list[str]:
        """The IRIs of the members of a class."""

    @abstractmethod
    def _rows(self, property: str) -> Iterable[Sequence[object]]:
        """The terms at both ends of a property."""

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

    def _of(self, property: str) -> Sequence[tuple[str, str | Literal]]:
        if property not in self._found:
            self._found[property] = self._named(property)
        return self._found[property]

    def _named(self, property: str) -> list[tuple[str, str | Literal]]:
        return [
            (self._once(subject), value if isinstance(value, Literal) else self._once(value))
            for subject, value in self._rows(property)
            if isinstance(subject, NamedNode) and isinstance(value, NamedNode | Literal)
        ]

    def _once(self, node: NamedNode) -> str:
        return self._iris.setdefault(node.value, node.value)


class StoreTriples(Triples):
    """The triples of a store. A pattern of one triple is read at a time: a join takes several
    times as long.

    Args:
        store: the store, to which nobody writes.
    """

    def __init__(self, store: pyoxigraph.Store) -> None:
        super().__init__()
        self._store = store

    def edges(self, evidence: Mapping[str, int], proteins: Ids) -> Rows:
        return rows.of_store(self._store, evidence, proteins)

    def read(self, properties: Iterable[str]) -> None:
        wanted = [one for one in properties if one not in self._found]
        with ThreadPoolExecutor(_THREADS) as pool:
            self._found.update(zip(wanted, pool.map(self._named, wanted), strict=True))

    def members(self, class_: str) -> list[str]:
        found = self.rows(f"SELECT ?s {{ ?s <{TYPE}> <{class_}> }}")
        return [node.value for (node,) in found if isinstance(node, NamedNode)]

    def rows(self, query: str) -> pyoxigraph.QuerySolutions:
        """The answer to a query, by way of text (see `_THREADS`)."""
        found = self._store.query(query)
        assert isinstance(found, pyoxigraph.QuerySolutions)
        text = found.serialize(format=_TSV)
        assert text is not None
        solutions = pyoxigraph.parse_query_results(text, format=_TSV)
        assert isinstance(solutions, pyoxigraph.QuerySolutions)
        return solutions

    def _rows(self, property: str) -> Iterator[Sequence[object]]:
        return map(tuple, self.rows(f"SELECT ?s ?o {{ ?s <{property}> ?o }}"))


class WrittenTriples(Triples):
    """The triples that a build has written, apart from those of interactions and binding sites.

    Args:
        records: the file of those that were written once, as N-Triples.
        vocabulary: the lines of others, some of them repeated.
        listed: the file of the edges: regulator, target and the local name of the evidence, a line
            for each report of an edge, some of them repeated.

    Raises:
        OSError: a file cannot be read.
    """

    def __init__(self, records: Path, vocabulary: Iterable[bytes], listed: Path) -> None:
        super().__init__()
        self._listed = listed
        self._lines: defaultdict[bytes, list[bytes]] = defaultdict(list)
        with records.open("rb") as stream:
            for line in chain(vocabulary, stream):
                self._lines[line.split(b" ", 2)[1]].append(line)

    def edges(self, evidence: Mapping[str, int], proteins: Ids) -> Rows:
        with self._listed.open("rb") as lines:
            return rows.of_lines(lines, evidence, proteins)

    def read(self, properties: Iterable[str]) -> None:
        pass  # one after the other takes no longer

    def members(self, class_: str) -> list[str]:
        return [member for member, one in self._of(TYPE) if one == class_]

    def _rows(self, property: str) -> Iterator[Sequence[object]]:
        lines = dict.fromkeys(self._lines.get(f"<{property}>".encode(), ()))
        for quad in pyoxigraph.parse(b"".join(lines), RdfFormat.N_TRIPLES):
            yield quad.subject, quad.object
