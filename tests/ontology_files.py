"""The ontology's files as graphs, each read once; nobody may change them."""

from __future__ import annotations

from functools import cache

from rdflib import Graph

from rdfconv.vocabulary import METHODS, ONTOLOGY, ontology_folder


@cache
def ontology() -> Graph:
    """The terms."""
    return Graph().parse(ontology_folder() / ONTOLOGY)


@cache
def methods() -> Graph:
    """The tree of detection methods."""
    return Graph().parse(ontology_folder() / METHODS)
