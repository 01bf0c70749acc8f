"""The page of a binding site: what binds it, where it is, how sure that is, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import render_template
from pyoxigraph import Literal, NamedNode

from rdfconv.identifiers import ACCESSION, ASSEMBLY, BINDING_SITE, last_part, local_name
from rdfconv.locations import ASSUMED, FROM_0, FROM_1, UNKNOWN, Base, Location
from server.pages.documents import describe
from server.pages.edge_lists import Link, address
from server.pages.entity_view import said_of
from server.pages.facts import TFL, Graph
from server.pages.links import Kind, local_address
from server.pages.reports import EVIDENCE_QUERY, of_node
from server.pages.sites import Region, location_of, number_of, text_of
from server.pages.snippets import Behind, behind
from server.reader import Reader

OVERLAPPING = 200
"""How many overlapping sites a page looks up."""
AROUND = 500
"""How many bases before and behind the site its neighbours are offered in."""
LINE = 60
"""How many letters of a sequence stand in a line."""

BROWSER_NAMES: Mapping[str, str] = {
    "hg38": "hg38",
    "mm10": "mm10",
    "rn6": "rn6",
    "dm6": "dm6",
    "ce10": "ce10",
    "saccer1": "sacCer1",
}
"""What the UCSC Genome Browser calls an assembly; others are not offered there."""

_COUNTED: Mapping[Base, str] = {
    FROM_0: "The source counts from 0 and leaves the end out, as BED files do: the sequence has "
    "{letters}, as many as the end minus the start.",
    FROM_1: "The source counts from 1 and has both ends in, as GFF3 files do: the sequence has "
    "{letters}, one more than the end minus the start.",
    ASSUMED: "The source gives no sequence that would prove whether it counts from 0 or from 1. "
    "Nearly all of TFLink but Drosophila counts from 0 and leaves the end out: that is assumed "
    "here, and may be off by one.",
    UNKNOWN: "It is not known what the numbers count from: the sequence has {letters}, which fits "
    "neither counting from 0 nor counting from 1 (end minus start is {length}).",
}
"""How the coordinates are counted, and how that is known."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site is, in words.

    Attributes:
        assembly: the genome assembly.
        chromosome: the chromosome.
        start: the start as the source gives it.
        end: the end as the source gives it.
        strand: what is known of the strand.
        counted: how the numbers are counted, and how that is known.
        first: the first base, counted from 1; None if the base is not proven.
        last: the last base, counted from 1, or None.
        browser: the address in the UCSC Genome Browser; "" if it does not have the assembly.
        around: the address of the sites around this one; "" if there is none.
    """

    assembly: Link
    chromosome: Link
    start: int
    end: int
    strand: str
    counted: str
    first: int | None
    last: int | None
    browser: str
    around: str


def page(reader: Reader, kind: Kind, name: str, iri: str) -> str | None:
    """The HTML of a binding site; None if the release says nothing about it."""
    document = describe(reader, kind, iri)
    if not document.pages:
        return None
    graph = Graph(document.triples)
    sequence = text_of(graph, iri, "bindingSequence")
    place = _place(graph, iri, location_of(graph, iri), len(sequence))
    overlapping, more = _overlapping(reader, text_of(graph, iri, "overlappingSites").split())
    return render_template(
        "site.html",
        kind=kind,
        name=name,
        iri=iri,
        proteins=[_protein(link) for link in graph.links(iri, TFL + "boundBy")],
        place=place,
        letters=len(sequence),
        fasta=_fasta(name, place, sequence) if sequence else "",
        reports=[of_node(graph, found) for found in graph.iris(iri, TFL + "evidence")],
        overlaps=number_of(graph, iri, "overlaps"),
        overlapping=overlapping,
        more_overlapping=more,
        behind=_queries(iri),
    )


def browser_address(assembly: str, chromosome: str, first: int, last: int) -> str:
    """The address of a region in the UCSC Genome Browser; "" if it does not have the assembly.

    >>> browser_address("saccer1", "chr12", 5, 9)
    'https://genome.ucsc.edu/cgi-bin/hgTracks?db=sacCer1&position=chr12%3A5-9'
    >>> browser_address("unstated-Homo-sapiens", "chr12", 5, 9)
    ''
    """
    if assembly not in BROWSER_NAMES:
        return ""
    wanted = {"db": BROWSER_NAMES[assembly], "position": f"{chromosome}:{first}-{last}"}
    return f"https://genome.ucsc.edu/cgi-bin/hgTracks?{urlencode(wanted)}"


def _protein(link: Link) -> Link:
    accession = last_part(link.iri)
    return Link(link.name, link.iri, accession if ACCESSION.fullmatch(accession) else "")


def _place(graph: Graph, iri: str, location: Location | None, letters: int) -> Place | None:
    if location is None:
        return None
    start, end = (number_of(graph, iri, name) or 0 for name in ("reportedStart", "reportedEnd"))
    chromosome = Link(graph.name(location.chromosome), location.chromosome)
    assembly = location.chromosome.removesuffix("/" + last_part(location.chromosome))
    ends = sorted(end for end in (location.begin, location.end) if end is not None)
    first, last = ends or (None, None)
    # What is assumed to count from 0 is shown so; what is unknown is shown as it is.
    shown = (start + 1 if location.base == ASSUMED else start, end)
    words = "1 letter" if letters == 1 else f"{letters:,} letters"
    return Place(
        Link(assembly.removeprefix(ASSEMBLY), assembly),
        chromosome,
        start,
        end,
        {"+": "forward (+)", "-": "reverse (-)"}.get(location.strand, "not known"),
        _COUNTED[location.base].format(letters=words, length=f"{end - start:,}"),
        first,
        last,
        browser_address(assembly.removeprefix(ASSEMBLY), chromosome.name, *(ends or shown)),
        _around(location.chromosome, start),
    )


def _around(chromosome: str, start: int) -> str:
    path = local_address(chromosome)
    region = Region(max(start - AROUND, 0), max(start + AROUND, 0))
    return address(path, region.parameters()) if path else ""


def _fasta(name: str, place: Place | None, sequence: str) -> str:
    where = ""
    if place is not None:
        where = f" {place.assembly.name} {place.chromosome.name}:{place.start}-{place.end}"
    lines = [sequence[at : at + LINE] for at in range(0, len(sequence), LINE)]
    return "\n".join([f">{name}{where}", *lines])


def _overlapping(reader: Reader, names: list[str]) -> tuple[list[Link], int]:
    """The overlapping sites, those of the release with what binds them, and how many more there
    are than are looked up."""
    looked_up = [BINDING_SITE + local_name(name) for name in names[:OVERLAPPING]]
    if not looked_up:
        return [], 0
    values = " ".join(f"<{iri}>" for iri in looked_up)
    rows = reader.select(
        f"SELECT ?site ?protein ?name WHERE {{ VALUES ?site {{ {values} }} "
        "?site tfl:boundBy ?protein OPTIONAL { ?protein rdfs:label ?name } }",
        *("site", "protein", "name"),
    )
    known = {
        site.value: name.value if isinstance(name, Literal) else last_part(protein.value)
        for site, protein, name in rows
        if isinstance(site, NamedNode) and isinstance(protein, NamedNode)
    }
    # A site that is not in the release has no page: its IRI is no link.
    links = [
        Link(last_part(iri), iri, f"bound by {known[iri]}")
        if iri in known
        else Link(last_part(iri), "", "not in this release")
        for iri in looked_up
    ]
    return links, len(names) - len(looked_up)


def _queries(iri: str) -> list[Behind]:
    return [
        said_of("binding site", iri),
        behind("Its evidence", EVIDENCE_QUERY.format(iri=iri)),
    ]
