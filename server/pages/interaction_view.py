"""The page of a regulatory interaction: why the data say that one protein regulates another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import render_template, request
from pyoxigraph import Literal, NamedNode

from rdfconv.edges.reader import EdgeTable, Protein
from rdfconv.filters import Filter
from rdfconv.identifiers import PAGE, PAGES_GRAPH, UNIPROT
from server.pages.documents import describe
from server.pages.edge_lists import Link, downloads_of, protein_link
from server.pages.facts import Graph, facts_of
from server.pages.links import Kind
from server.pages.reports import EVIDENCE_QUERY, of_edge
from server.pages.snippets import Behind, behind
from server.reader import Reader

_ORTHOLOGOUS = """\
PREFIX orth: <http://purl.org/net/orth#>
PREFIX tfl: <https://w3id.org/tflink-rdf/ontology#>

SELECT ?transcriptionFactor ?target WHERE {{
  <{tf}> orth:hasOrtholog ?transcriptionFactor .
  <{target}> orth:hasOrtholog ?target .
  ?transcriptionFactor tfl:regulates ?target .
}}
ORDER BY ?transcriptionFactor ?target"""


@dataclass(frozen=True, slots=True)
class Orthologous:
    """The edge between orthologs."""

    regulator: Link
    target: Link
    edge: Link
    organism: Link | None


def page(reader: Reader, kind: Kind, name: str, iri: str) -> str | None:
    """The HTML of an interaction; None if the release does not list it."""
    document = describe(reader, kind, iri)
    if not document.pages:
        return None
    accession, _, other = name.partition("_")
    wanted = Filter(tf=accession, target=other)
    table = reader.edges
    ends = [_protein(table, UNIPROT + one) for one in (accession, other)]
    edges = table.page(wanted)
    reports = [of_edge(table, told) for edge in edges for told in edge.evidence]
    graph = Graph(document.triples)
    reverse = table.count(Filter(tf=other, target=accession)) if accession != other else 0
    return render_template(
        "interaction.html",
        iri=iri,
        name=name,
        kind=kind,
        regulator=protein_link(ends[0]),
        target=protein_link(ends[1]),
        organism=_organism(table, ends[0]),
        target_organism=_organism(table, ends[1]),
        reports=reports,
        papers=_all(report.papers for report in reports),
        databases=_all(report.databases for report in reports),
        methods=_all(report.methods for report in reports),
        modes=sorted({mode for report in reports for mode in report.modes}),
        only_database_papers=any(report.database_papers for report in reports)
        and not any(report.others or report.unparsed for report in reports),
        is_small=any(report.scale == "small" for report in reports),
        facts=facts_of(graph, iri, Graph([])) if not reports else [],
        listed_on=listed_on(reader, accession, other),
        orthologous=_orthologous(reader, *ends),
        reverse=f"/interaction/{other}_{accession}" if reverse else "",
        downloads=downloads_of(wanted),
        behind=_queries(iri, accession, other),
        address=request.path,
    )


def listed_on(reader: Reader, accession: str, other: str) -> list[tuple[Link, str]]:
    """The TFLink pages that list an edge, and as what: the regulator's and the target's page."""
    rows = reader.select(
        f"SELECT ?page ?targets ?factors WHERE {{ GRAPH <{PAGES_GRAPH}> {{ VALUES ?page {{ "
        f"<{PAGE}{accession}> <{PAGE}{other}> }} ?page a tfl:ProteinPage . "
        "OPTIONAL { ?page tfl:listedTargets ?targets } "
        "OPTIONAL { ?page tfl:listedTranscriptionFactors ?factors } } }",
        *("page", "targets", "factors"),
    )
    found = set()
    for page, targets, factors in rows:
        assert isinstance(page, NamedNode)
        if page.value == PAGE + accession and _lists(targets, other):
            found.add((Link(accession, page.value), "among its targets"))
        if page.value == PAGE + other and _lists(factors, accession):
            found.add((Link(other, page.value), "among its transcription factors"))
    return sorted(found, key=lambda pair: (pair[1], pair[0].name))


def _lists(text: object, accession: str) -> bool:
    return isinstance(text, Literal) and accession in text.value.split()


def _protein(table: EdgeTable, iri: str) -> Protein:
    return table.protein(iri) or Protein(iri, iri.rsplit("/", 1)[-1], "", ())


def _organism(table: EdgeTable, protein: Protein) -> Link | None:
    return Link(table.name_of(protein.organism), protein.organism) if protein.organism else None


def _all(groups: Iterable[list[Link]]) -> list[Link]:
    return sorted({link for group in groups for link in group}, key=lambda link: link.name)


def _orthologous(reader: Reader, tf: Protein, target: Protein) -> list[Orthologous]:
    rows = reader.select(
        _ORTHOLOGOUS.format(tf=tf.iri, target=target.iri), "transcriptionFactor", "target"
    )
    found = []
    for first, second in rows:
        if isinstance(first, NamedNode) and isinstance(second, NamedNode):
            ends = _protein(reader.edges, first.value), _protein(reader.edges, second.value)
            edge = reader.edges.page(Filter(tf=ends[0].accession, target=ends[1].accession))
            iri = edge[0].interaction if edge else ""
            found.append(
                Orthologous(
                    protein_link(ends[0]),
                    protein_link(ends[1]),
                    Link("evidence", iri),
                    _organism(reader.edges, ends[0]),
                )
            )
    return found


def _queries(iri: str, accession: str, other: str) -> list[Behind]:
    return [
        behind("The evidence of this edge", EVIDENCE_QUERY.format(iri=iri)),
        behind(
            "The same edge between orthologs",
            _ORTHOLOGOUS.format(tf=UNIPROT + accession, target=UNIPROT + other),
        ),
    ]
