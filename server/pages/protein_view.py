"""The page of a protein: who regulates it, what it regulates, and what is known of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from flask import render_template, request
from pyoxigraph import Literal, NamedNode

from rdfconv.filters import Filter
from rdfconv.identifiers import INTERACTION, NCBI_GENE, PAGE, PAGES_GRAPH, last_part
from rdfconv.vocabulary import PREFIXES
from server.pages.documents import with_names
from server.pages.edge_lists import EdgeList, Link, Lists, Row, address, form_choices
from server.pages.facts import LABEL, TFL, TYPE, Graph, facts_of
from server.pages.links import Kind, outside
from server.pages.protein import describe_protein, exists
from server.pages.schema_org import as_script, structured_data
from server.pages.sites import SiteList, of_protein
from server.pages.snippets import Behind, behind
from server.parameters import given
from server.reader import Reader

ORTHOLOG = PREFIXES["orth"] + "hasOrtholog"
IN_TAXON = PREFIXES["obo"] + "RO_0002162"
MATRIX = TFL + "jasparMatrix"
STATUS = TFL + "accessionStatus"
REPLACED = PREFIXES["dcterms"] + "isReplacedBy"
SHOWN_ELSEWHERE = (
    *(TYPE, ORTHOLOG, MATRIX, IN_TAXON, LABEL, PREFIXES["dcterms"] + "identifier"),
    *(STATUS, REPLACED),
)
"""The properties that the page's head and lists show."""

OWN = ("targets_page", "targets_sort", "regulators_page", "regulators_sort")
OFFERED = ("scale", "database", "method")

_SUMMARY_QUERY = """\
PREFIX tfl: <https://w3id.org/tflink-rdf/ontology#>

SELECT ?regulator ?target WHERE {{
  {{ <{iri}> tfl:regulates ?target }} UNION {{ ?regulator tfl:regulates <{iri}> }}
}}"""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the protein's own page on TFLink says.

    Attributes:
        page: the page as a document.
        number: the number of interactions that it states; None if it has none.
        listed_targets: how many targets it lists.
        listed_regulators: how many transcription factors it lists.
    """

    page: Link
    number: int | None
    listed_targets: int
    listed_regulators: int


def page(reader: Reader, kind: Kind, name: str, iri: str) -> str | None:
    """The HTML of a protein; None if the release says nothing about it."""
    if not exists(reader, iri):
        return None
    own = with_names(reader, describe_protein(reader, iri))
    graph = Graph(own)
    title = graph.name(iri)
    table = reader.edges
    lists = Lists(table, request.path, given(), OWN)
    regulators = lists.make(Filter(target=name), "regulators_", OFFERED)
    targets = lists.make(Filter(tf=name), "targets_", OFFERED)
    data = structured_data(kind, iri, title, graph, request.base_url)
    headings = Graph(reader.describe({triple.predicate.value for triple in own}, LABEL))
    taxa = graph.links(iri, IN_TAXON)
    sites = of_protein(reader, iri)
    return render_template(
        "protein.html",
        kind=kind,
        name=name,
        iri=iri,
        title=title,
        is_regulator=TFL + "TranscriptionFactor" in graph.iris(iri, TYPE),
        taxa=taxa,
        genes=[
            Link(last_part(gene), gene)
            for gene in graph.iris(iri, TFL + "encodedBy")
            if gene.startswith(NCBI_GENE)
        ],
        orthologs=_orthologs(reader, graph, iri),
        matrices=[Link(last_part(found), found) for found in graph.iris(iri, MATRIX)],
        facts=facts_of(graph, iri, headings, SHOWN_ELSEWHERE),
        regulators=replace(regulators, rows=_conserved(reader, regulators.rows, iri, False)),
        targets=replace(targets, rows=_conserved(reader, targets.rows, iri, True)),
        choices=form_choices(lists.chosen, regulators, targets),
        chosen=lists.chosen,
        filtered=lists.chosen.words(table.name_of) if lists.chosen else "",
        without=lists.without_filters(),
        stated=_stated(reader, name),
        status=last_part(next(iter(graph.iris(iri, STATUS)), "")),
        replacements=[
            replace(link, note=last_part(link.iri)) for link in graph.links(iri, REPLACED)
        ],
        sites=sites,
        all_sites=_all_sites(sites) if sites else [],
        outside=outside(kind.path, name),
        network=address(
            "/network", {"protein": name, **lists.chosen.but(tf="", target="").parameters()}
        ),
        structured=as_script(data) if data else "",
        behind=_queries(iri, regulators, targets, sites),
    )


def _stated(reader: Reader, name: str) -> Stated | None:
    rows = reader.select(
        f"SELECT ?number ?targets ?factors WHERE {{ GRAPH <{PAGES_GRAPH}> {{ VALUES ?page {{ "
        f"<{PAGE}{name}> }} ?page a tfl:ProteinPage . "
        "OPTIONAL { ?page tfl:statedNumberOfInteractions ?number } "
        "OPTIONAL { ?page tfl:listedTargets ?targets } "
        "OPTIONAL { ?page tfl:listedTranscriptionFactors ?factors } } }",
        *("number", "targets", "factors"),
    )
    if not rows:
        return None
    number, targets, factors = (
        value.value if isinstance(value, Literal) else "" for value in rows[0]
    )
    return Stated(
        Link(name, PAGE + name),
        int(number) if number.isdigit() else None,
        len(targets.split()),
        len(factors.split()),
    )


def _orthologs(reader: Reader, graph: Graph, iri: str) -> list[tuple[Link, str]]:
    """The orthologs and their organisms."""
    found = graph.links(iri, ORTHOLOG)
    taxa = Graph(reader.describe([link.iri for link in found], IN_TAXON)) if found else Graph([])
    rows = []
    for link in found:
        organisms = [reader.edges.name_of(taxon) for taxon in taxa.iris(link.iri, IN_TAXON)]
        rows.append((replace(link, note=last_part(link.iri)), ", ".join(organisms)))
    return sorted(rows, key=lambda row: (row[1], row[0].name))


def _conserved(reader: Reader, rows: list[Row], iri: str, is_regulator: bool) -> list[Row]:
    """The rows, with the orthologous edges that the release lists."""
    partners = [row.target.iri if is_regulator else row.regulator.iri for row in rows]
    if not partners:
        return rows
    edge = "?own tfl:regulates ?other" if is_regulator else "?other tfl:regulates ?own"
    values = " ".join(f"<{partner}>" for partner in partners)
    found = reader.select(
        f"SELECT ?partner ?own ?other WHERE {{ VALUES ?partner {{ {values} }} "
        f"?partner orth:hasOrtholog ?other . <{iri}> orth:hasOrtholog ?own . {edge} }}",
        *("partner", "own", "other"),
    )
    edges: dict[str, list[Link]] = defaultdict(list)
    for partner, own, other in found:
        assert isinstance(partner, NamedNode)
        assert isinstance(own, NamedNode)
        assert isinstance(other, NamedNode)
        protein = reader.edges.protein(own.value)
        organism = reader.edges.name_of(protein.organism) if protein else last_part(own.value)
        ends = (own.value, other.value) if is_regulator else (other.value, own.value)
        name = "_".join(last_part(end) for end in ends)
        edges[partner.value].append(Link(organism, INTERACTION + name))
    return [
        replace(row, conserved=sorted(set(edges[partner]), key=lambda link: link.name))
        for row, partner in zip(rows, partners, strict=True)
    ]


def _all_sites(sites: SiteList) -> list[tuple[str, str]]:
    """Label and address of the whole list of sites, as a query and as a file."""
    asked = {"query": sites.query}
    return [
        ("As a query", address("/sparql", asked)),
        ("CSV", address("/sparql", asked | {"format": "csv"})),
    ]


def _queries(
    iri: str, regulators: EdgeList, targets: EdgeList, sites: SiteList | None
) -> list[Behind]:
    found = []
    if regulators.total:
        found.append(behind("The transcription factors listed", regulators.query))
    if targets.total:
        found.append(behind("The targets listed", targets.query))
    if sites:
        found.append(behind("The binding sites listed", sites.query))
    return found or [behind("The edges of this protein", _SUMMARY_QUERY.format(iri=iri))]
