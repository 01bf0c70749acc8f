"""What the picture of a network shows: which proteins, which edges, and how that is said as data.

The proteins come by support: the best supported regulators and targets of one protein by turns,
then those of the proteins that are expanded, one after the other. All edges between a protein that
is expanded and another in the picture are shown, and on wish those among the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from rdfconv.edges.reader import Edge, EdgeTable, Evidence, Protein
from rdfconv.filters import Filter, name_of_iri
from rdfconv.identifiers import PUBMED, UNIPROT
from server.pages.links import local_address, outside

NODES = 150
"""How many proteins the picture shows before anything is expanded, at most."""
ADDED = 50
"""How many proteins one expansion adds at most."""
MOST_NODES = 500
"""How many proteins the picture shows at most."""
MOST_EDGES = 1500
"""How many edges the picture shows at most."""

REGULATOR, TARGET = "regulator", "target"
_BATCH = 200

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the picture shall show.

    Attributes:
        protein: the accession of the protein in the middle.
        filter: the conditions on edges, without any on their ends.
        nodes: how many proteins are shown at most before anything is expanded.
        expand: the accessions of the proteins that are expanded, in order.
        among: whether the edges among the partners are shown, too.
    """

    protein: str
    filter: Filter = field(default_factory=Filter)
    nodes: int = NODES
    expand: tuple[str, ...] = ()
    among: bool = False

    def query(self) -> str:
        """The parameters of a URL that asks for this.

        >>> Wanted("Q06945", Filter(scale="small"), expand=("P10275",)).query()
        'protein=Q06945&scale=small&expand=P10275'
        """
        pairs = [("protein", self.protein), *self.filter.parameters().items()]
        if self.nodes != NODES:
            pairs.append(("nodes", str(self.nodes)))
        if self.among:
            pairs.append(("among", "yes"))
        pairs += [("expand", accession) for accession in self.expand]
        return urlencode(pairs)


@dataclass(frozen=True, slots=True)
class Hub:
    """A protein whose partners are shown, and how many of them.

    Attributes:
        protein: the protein.
        added: how many proteins came into the picture as its partners.
        regulators: how many of its regulators are shown.
        all_regulators: how many it has that pass the filter.
        targets: how many of its targets are shown.
        all_targets: how many it has that pass the filter.
    """

    protein: Protein
    added: int
    regulators: int
    all_regulators: int
    targets: int
    all_targets: int

    @property
    def is_complete(self) -> bool:
        """Whether all its partners are shown."""
        return (self.regulators, self.targets) == (self.all_regulators, self.all_targets)


@dataclass(frozen=True, slots=True)
class Node:
    """A protein in the picture.

    Attributes:
        protein: the protein.
        regulates: whether it regulates anything at all, in the picture or not.
        side: what it came into the picture as: ``regulator``, ``target``, or "" in the middle.
        of: the IRI of the protein whose partner it came as.
        organism: the name of its organism.
    """

    protein: Protein
    regulates: bool
    side: str
    of: str
    organism: str

    @property
    def id(self) -> str:
        """The accession; the IRI if it is no UniProt protein."""
        return id_of(self.protein)


@dataclass(frozen=True, slots=True)
class Term:
    """A database, method, paper or data set: its name, and the address of a page about it."""

    name: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Network:
    """What the picture shows.

    Attributes:
        wanted: what was asked for.
        hubs: the protein in the middle, and those that are expanded.
        nodes: the proteins, the one in the middle first, then in the order in which they came.
        edges: the edges, the best supported first.
        all_edges: how many edges there are that the picture should show.
        absent: accessions that were to be expanded, but are not in the picture.
        terms: what the reports name, by IRI.
    """

    wanted: Wanted
    hubs: list[Hub]
    nodes: list[Node]
    edges: list[Edge]
    all_edges: int
    absent: list[str]
    terms: dict[str, Term]

    @property
    def is_full(self) -> bool:
        """Whether no protein can be added."""
        return len(self.nodes) >= MOST_NODES


def read_network(table: EdgeTable, wanted: Wanted) -> Network | None:
    """Reads what the picture shows; None if no protein of the release has the accession.

    Raises:
        SlowError: it takes too long.
    """
    middle = table.protein(UNIPROT + wanted.protein)
    if middle is None:
        return None
    shown: dict[str, tuple[Protein, str, str]] = {middle.iri: (middle, "", "")}
    hubs = {middle.iri: _add(table, wanted, middle, shown, wanted.nodes - 1)}
    absent = []
    for accession in wanted.expand:
        iri = UNIPROT + accession
        if iri not in shown:
            absent.append(accession)
            continue
        room = min(ADDED, MOST_NODES - len(shown))
        hubs[iri] = hubs.get(iri, 0) + _add(table, wanted, shown[iri][0], shown, room)
    all_edges = table.among(list(shown), wanted.filter, None if wanted.among else list(hubs))
    edges = _shown_of(all_edges, hubs)
    regulators = table.regulators(list(shown))
    organisms = {protein.organism for protein, _, _ in shown.values()} - {""}
    names = {iri: table.name_of(iri) for iri in organisms}
    return Network(
        wanted,
        [_hub(table, wanted, shown[iri][0], added, edges) for iri, added in hubs.items()],
        [
            Node(protein, iri in regulators, side, of, names.get(protein.organism, ""))
            for iri, (protein, side, of) in shown.items()
        ],
        edges,
        len(all_edges),
        absent,
        _terms(table, edges),
    )


def _add(
    table: EdgeTable,
    wanted: Wanted,
    hub: Protein,
    shown: dict[str, tuple[Protein, str, str]],
    room: int,
) -> int:
    """Adds the best supported partners of a protein that are not shown yet, regulators and targets
    by turns; returns how many."""
    accession = hub.accession
    sides = {
        REGULATOR: _ends(table, wanted.filter.but(target=accession), lambda edge: edge.tf),
        TARGET: _ends(table, wanted.filter.but(tf=accession), lambda edge: edge.target),
    }
    added = 0
    while sides and added < room:
        for side in list(sides):
            partner = next((found for found in sides[side] if found.iri not in shown), None)
            if partner is None:
                del sides[side]
            elif added < room:
                shown[partner.iri] = (partner, side, hub.iri)
                added += 1
    return added


def _ends(table: EdgeTable, wanted: Filter, end: Callable[[Edge], Protein]) -> Iterator[Protein]:
    """One end of the edges that pass, the best supported first; read as far as needed."""
    offset = 0
    while found := table.page(wanted, offset=offset, limit=_BATCH):
        yield from map(end, found)
        offset += len(found)
        if len(found) < _BATCH:
            return


def _shown_of(edges: list[Edge], hubs: Iterable[str]) -> list[Edge]:
    """The edges that are shown if there are too many: first those of the hubs, which hold the
    picture together; the best supported first in both."""
    if len(edges) <= MOST_EDGES:
        return edges
    ends = set(hubs)
    is_other = [not {edge.tf.iri, edge.target.iri} & ends for edge in edges]
    first = sorted(range(len(edges)), key=lambda number: is_other[number])
    return [edges[number] for number in sorted(first[:MOST_EDGES])]


def _hub(table: EdgeTable, wanted: Wanted, hub: Protein, added: int, edges: list[Edge]) -> Hub:
    as_target = wanted.filter.but(target=hub.accession)
    as_regulator = wanted.filter.but(tf=hub.accession)
    return Hub(
        hub,
        added,
        sum(edge.target.iri == hub.iri for edge in edges),
        table.count(as_target),
        sum(edge.tf.iri == hub.iri for edge in edges),
        table.count(as_regulator),
    )


def _terms(table: EdgeTable, edges: Iterable[Edge]) -> dict[str, Term]:
    """What the reports of edges name."""
    terms = {}
    reports = {report.iri: report for edge in edges for report in edge.evidence}
    for report in reports.values():
        for iri in (*report.datasets, *report.databases, *report.methods):
            if iri not in terms:
                terms[iri] = Term(table.name_of(iri), address_of(iri))
        for iri in (*report.papers, *report.database_papers, *report.other_papers):
            if iri not in terms:
                terms[iri] = _paper(iri)
    return terms


def _paper(iri: str) -> Term:
    name = name_of_iri(iri)
    pages = outside("paper", name) if iri.startswith(PUBMED) else []
    return Term(f"PubMed {name}", pages[0][1]) if pages else Term(name, address_of(iri))


def address_of(iri: str) -> str | None:
    """Where a thing's page is: here, or at its IRI if a browser may follow it.

    >>> address_of("http://purl.uniprot.org/uniprot/Q06945"), address_of("javascript:alert(1)")
    ('/protein/Q06945', None)
    """
    here = local_address(iri)
    return here or (iri if iri.startswith(("http://", "https://")) else None)


# The same as data


def id_of(protein: Protein) -> str:
    """The accession; the IRI if it is no UniProt protein."""
    return protein.accession or protein.iri


def scale_of(flag: bool | None) -> str:
    """TFLink's flag in a word; "" if nothing is said."""
    return "" if flag is None else "small" if flag else "large"


def mode_of(edge: Edge) -> str:
    """Activation, repression, both, or "" if no report tells.

    >>> nobody = Protein("", "", "", ())
    >>> mode_of(Edge(nobody, nobody, ()))
    ''
    """
    told = {iri.rsplit("#", 1)[-1] for iri in edge.all_of("modes")}
    known = sorted(told & {"activation", "repression"})
    return "both" if len(known) == 2 else known[0] if known else ""


def document(network: Network) -> Json:
    """What the picture shows, for scripts and programs: ``elements`` in Cytoscape.js' form."""
    reports = {report.iri: report for edge in network.edges for report in edge.evidence}
    expanded = {hub.protein.iri for hub in network.hubs}
    return {
        "protein": network.wanted.protein,
        "filter": network.wanted.filter.parameters(),
        "among": network.wanted.among,
        "limits": {"nodes": MOST_NODES, "edges": MOST_EDGES, "added": ADDED},
        "counts": {
            "nodes": len(network.nodes),
            "edges": len(network.edges),
            "allEdges": network.all_edges,
        },
        "hubs": [_hub_data(hub) for hub in network.hubs],
        "absent": network.absent,
        "elements": {
            "nodes": [{"data": _node_data(node, expanded)} for node in network.nodes],
            "edges": [{"data": _edge_data(edge)} for edge in network.edges],
        },
        "reports": {iri: _report_data(report) for iri, report in reports.items()},
        "terms": {
            iri: {"name": term.name, "href": term.href} for iri, term in network.terms.items()
        },
    }


def _hub_data(hub: Hub) -> Json:
    return {
        "id": id_of(hub.protein),
        "name": hub.protein.name,
        "added": hub.added,
        "regulators": {"shown": hub.regulators, "all": hub.all_regulators},
        "targets": {"shown": hub.targets, "all": hub.all_targets},
    }


def _node_data(node: Node, expanded: set[str]) -> Json:
    return {
        "id": node.id,
        "name": node.protein.name,
        "accession": node.protein.accession,
        "iri": node.protein.iri,
        "href": address_of(node.protein.iri),
        "organism": node.organism,
        "genes": list(node.protein.genes),
        "regulates": node.regulates,
        "side": node.side,
        "of": name_of_iri(node.of),
        "expanded": node.protein.iri in expanded,
    }


def _edge_data(edge: Edge) -> Json:
    source, target = id_of(edge.tf), id_of(edge.target)
    return {
        "id": f"{source}_{target}",
        "source": source,
        "target": target,
        "iri": edge.interaction,
        "href": address_of(edge.interaction),
        "papers": len(edge.all_of("papers")),
        "databases": edge.all_of("databases"),
        "scale": scale_of(edge.small_scale),
        "mode": mode_of(edge),
        "reports": [report.iri for report in edge.evidence],
    }


def _report_data(report: Evidence) -> Json:
    return {
        "href": address_of(report.iri),
        "scale": scale_of(report.small_scale),
        "datasets": report.datasets,
        "databases": report.databases,
        "methods": report.methods,
        "papers": report.papers,
        "databasePapers": report.database_papers,
        "otherPapers": report.other_papers,
        "unparsed": report.unparsed,
        "modes": [iri.rsplit("#", 1)[-1] for iri in report.modes],
    }
