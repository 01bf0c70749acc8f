"""What pages show of an evidence node: what one data set reports of an edge or a binding site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rdfconv.edges.reader import EdgeTable, Evidence
from server.pages.edge_lists import Link, named
from server.pages.facts import TFL, Graph

EVIDENCE_QUERY = """\
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX tfl: <https://w3id.org/tflink-rdf/ontology#>

SELECT ?evidence ?property ?value ?name WHERE {{
  <{iri}> tfl:evidence ?evidence .
  ?evidence ?property ?value .
  OPTIONAL {{ ?value rdfs:label ?name }}
}}
ORDER BY ?evidence ?property ?value"""
"""The query for the evidence of an edge or a binding site, by its IRI."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one data set reports.

    Attributes:
        evidence: the evidence node.
        scale: ``small``, ``large`` or "".
        modes: activation, repression.
        papers: the primary papers.
        database_papers: the own papers of the databases.
        others: references that are neither primary nor a database's own, or no PubMed ids.
    """

    evidence: Link
    datasets: list[Link]
    scale: str
    modes: list[str]
    databases: list[Link]
    methods: list[Link]
    papers: list[Link]
    database_papers: list[Link]
    others: list[Link]
    unparsed: tuple[str, ...]


def of_edge(table: EdgeTable, told: Evidence) -> Report:
    """A report of an edge, as the table of edges has it."""
    flag = told.small_scale
    return Report(
        Link(told.iri.rsplit("/", 1)[-1], told.iri),
        named(table, list(told.datasets)),
        "" if flag is None else "small" if flag else "large",
        modes_of(told.modes),
        named(table, list(told.databases)),
        named(table, list(told.methods)),
        named(table, list(told.papers)),
        named(table, list(told.database_papers)),
        named(table, list(told.other_papers)),
        told.unparsed,
    )


def of_node(graph: Graph, iri: str) -> Report:
    """A report as a description of its evidence node has it."""

    def links(name: str) -> list[Link]:
        return graph.links(iri, TFL + name)

    flags = graph.values(iri, TFL + "smallScale")
    papers, database_papers = links("primaryReference"), links("databaseReference")
    return Report(
        Link(iri.rsplit("/", 1)[-1], iri),
        links("reportedBy"),
        {"true": "small", "false": "large"}.get(flags[0], "") if flags else "",
        modes_of(graph.iris(iri, TFL + "modeOfRegulation")),
        links("sourceDatabase"),
        links("detectionMethod"),
        papers,
        database_papers,
        [link for link in links("reference") if link not in (*papers, *database_papers)],
        tuple(graph.values(iri, TFL + "unparsedReference")),
    )


def modes_of(iris: Iterable[str]) -> list[str]:
    """The names of modes of regulation.

    >>> modes_of(["https://w3id.org/tflink-rdf/ontology#repression"])
    ['repression']
    """
    return sorted(iri.rpartition("#")[2] for iri in iris)
