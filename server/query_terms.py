"""The terms that a query can be made of: the classes and properties of a release.

They come from the release's own description (VoID), which counts them, and from its ontology,
which names them. The query page completes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from rdfconv.identifiers import ONTOLOGY_GRAPH, VOID_GRAPH
from server.reader import Reader

_COUNTED = f"""
SELECT ?term (MAX(?number) AS ?count) {{
  GRAPH <{VOID_GRAPH}> {{ ?part void:%s ?term ; void:%s ?number }}
}} GROUP BY ?term
"""
_DECLARED = f"""
SELECT DISTINCT ?term {{ GRAPH <{ONTOLOGY_GRAPH}> {{ VALUES ?kind {{ %s }} ?term a ?kind }} }}
"""
_LABELS = f"""
SELECT ?term (MIN(?text) AS ?label) {{
  GRAPH <{ONTOLOGY_GRAPH}> {{ ?term rdfs:label ?text FILTER(LANG(?text) IN ("", "en")) }}
}} GROUP BY ?term
"""
_PROPERTIES = "owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty"


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A class or a property.

    Attributes:
        iri: its IRI.
        label: its name for people; "" if the release has none.
        count: how many instances or triples the release has of it.
    """

    iri: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """The terms of a release, the most frequent first."""

    classes: tuple[QueryTerm, ...]
    properties: tuple[QueryTerm, ...]


def read(reader: Reader) -> QueryTerms:
    """The terms of a release; none if it has neither description nor ontology.

    Raises:
        EngineError: there is no answer.
    """
    labels = {
        term.value: label.value
        for term, label in reader.select(_LABELS, "term", "label")
        if isinstance(term, NamedNode) and isinstance(label, Literal)
    }

    def terms(partition: str, size: str, kinds: str) -> tuple[QueryTerm, ...]:
        counts = {
            term.value: 0
            for (term,) in reader.select(_DECLARED % kinds, "term")
            if isinstance(term, NamedNode)
        }
        for term, number in reader.select(_COUNTED % (partition, size), "term", "count"):
            if isinstance(term, NamedNode) and isinstance(number, Literal):
                counts[term.value] = int(number.value)
        found = [QueryTerm(iri, labels.get(iri, ""), count) for iri, count in counts.items()]
        return tuple(sorted(found, key=lambda one: (-one.count, one.iri)))

    return QueryTerms(
        terms("class", "entities", "owl:Class"), terms("property", "triples", _PROPERTIES)
    )
