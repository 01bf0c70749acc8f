"""What the store of a release holds, read from the store itself and not through a server.

`Stored.description` is the definition of a thing's description in `server.pages.documents`, written
a second time, with loops over quads in place of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox
import rdflib

from rdfconv.release import open_release

BASE = "https://w3id.org/tflink-rdf/"
TFL = f"{BASE}ontology#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
NAMES = (LABEL, "http://purl.uniprot.org/core/scientificName")
PREFIXES = {
    "tfl": TFL,
    "up": "http://purl.uniprot.org/core/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "obo": "http://purl.obolibrary.org/obo/",
    "orth": "http://purl.org/net/orth#",
    "dcterms": "http://purl.org/dc/terms/",
    "uniprotkb": "http://purl.uniprot.org/uniprot/",
    "ncbigene": "http://identifiers.org/ncbigene/",
    "schema": "https://schema.org/",
}

Node = ox.NamedNode | ox.BlankNode


class Stored:
    """The store of the current release.

    Args:
        root: the releases' root.
    """

    def __init__(self, root: Path) -> None:
        self.store = ox.Store.read_only(str(open_release(root).store))

    def select(self, text: str) -> list[tuple[str, ...]]:
        """The rows of a SELECT query: IRIs, the texts of literals, "" for what is not bound."""
        solutions = self.store.query(text, prefixes=PREFIXES)
        assert isinstance(solutions, ox.QuerySolutions)
        return [tuple(_text(term) for term in row) for row in solutions]

    def count(self, pattern: str) -> int:
        """How many solutions a pattern has."""
        ((number,),) = self.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}")
        return int(number)

    def objects(self, subject: str, predicate: str) -> set[str]:
        """What is at the other end, as text."""
        return {_text(triple.object) for triple in self._of(subject, TFL + predicate)}

    def graph(self, iri: str = "") -> rdflib.Graph:
        """A named graph."""
        within = ox.NamedNode(iri) if iri else ox.DefaultGraph()
        return as_graph(
            {quad.triple for quad in self.store.quads_for_pattern(None, None, None, within)}
        )

    def description(self, kind: str, iri: str) -> rdflib.Graph:
        """All pages of a thing's description together.

        Args:
            kind: the first part of the path of its pages.
            iri: the thing.
        """
        own = set(self._of(iri, graph=f"{BASE}graph/pages" if kind == "page" else ""))
        if kind == "protein":
            own = self._protein(iri, own)
        elif kind == "interaction":
            for evidence in _objects(own, TFL + "evidence"):
                own |= set(self._of(evidence))
        elif kind == "page":
            pages = ox.NamedNode(f"{BASE}graph/pages")
            listed = ox.NamedNode(TFL + "listedOn")
            for quad in self.store.quads_for_pattern(None, listed, ox.NamedNode(iri), pages):
                assert isinstance(quad.subject, ox.NamedNode)
                own |= set(self._of(quad.subject, graph=pages.value))
        elif kind in ("dataset", "graph"):
            own |= self._parts(iri, own, {iri})
        return as_graph(own | set(self._names(own)))

    def _of(self, subject: str | Node, predicate: str = "", graph: str = "") -> Iterator[ox.Triple]:
        """The triples with a subject, and those of the blank nodes they lead to."""
        seen: set[Node] = set()
        waiting = [ox.NamedNode(subject) if isinstance(subject, str) else subject]
        within = ox.NamedNode(graph) if graph else ox.DefaultGraph()
        wanted = ox.NamedNode(predicate) if predicate else None
        while waiting:
            node = waiting.pop()
            seen.add(node)
            for quad in self.store.quads_for_pattern(node, wanted, None, within):
                yield quad.triple
                if isinstance(quad.object, ox.BlankNode) and quad.object not in seen:
                    waiting.append(quad.object)

    def _protein(self, iri: str, own: set[ox.Triple]) -> set[ox.Triple]:
        regulates = TFL + "regulates"
        listing = {
            TFL + name
            for name in ("regulates", "regulatedBy", "isTranscriptionFactorIn", "isTargetIn")
        }
        found = {triple for triple in own if triple.predicate.value not in listing}
        for gene in _objects(found, TFL + "encodedBy"):
            found |= set(self._of(gene))
        start = len("http://purl.uniprot.org/uniprot/")
        protein, direct = ox.NamedNode(iri), ox.NamedNode(regulates)
        for ends in ((protein, None), (None, protein)):
            for quad in self.store.quads_for_pattern(ends[0], direct, ends[1], ox.DefaultGraph()):
                found.add(quad.triple)
                names = _text(quad.subject)[start:], _text(quad.object)[start:]
                of_edge = set(self._of(f"{BASE}interaction/{names[0]}_{names[1]}"))
                for evidence in _objects(of_edge, TFL + "evidence"):
                    of_edge |= set(self._of(evidence))
                found |= of_edge
        return found

    def _parts(self, iri: str, triples: set[ox.Triple], known: set[str]) -> set[ox.Triple]:
        found: set[ox.Triple] = set()
        for triple in triples:
            part = triple.object.value if isinstance(triple.object, ox.NamedNode) else ""
            if part.startswith(f"{iri}#") and part not in known:
                known.add(part)
                of_part = set(self._of(part))
                found |= of_part | self._parts(iri, of_part, known)
        return found

    def _names(self, triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
        """The names of what triples name; classes and edges have none here."""
        named = {
            term
            for triple in triples
            if triple.predicate.value != TYPE
            for term in (triple.subject, triple.object)
            if isinstance(term, ox.NamedNode) and not term.value.startswith(f"{BASE}interaction/")
        }
        for term in named:
            for name in NAMES:
                yield from self._of(term, name)


def as_graph(triples: set[ox.Triple]) -> rdflib.Graph:
    """Triples as rdflib has them."""
    data = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=data, format="nt")


def _text(term: Node | ox.Literal | ox.Triple | None) -> str:
    """What a term says; a triple in place of a term is in no data of ours."""
    assert not isinstance(term, ox.Triple)
    return "" if term is None else term.value


def _objects(triples: Iterable[ox.Triple], predicate: str) -> set[str]:
    return {
        triple.object.value
        for triple in triples
        if triple.predicate.value == predicate and isinstance(triple.object, ox.NamedNode)
    }
