"""A list of genes: which proteins they are, and what regulates them or is regulated by them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from http import HTTPStatus

from rdfconv import filters
from rdfconv.edges.reader import Protein
from rdfconv.filters import Filter
from rdfconv.identifiers import ACCESSION, GENE_ID, UNIPROT
from rdfconv.search.terms import Kind
from server.api.asking import Asked
from server.api.objects import Object
from server.api.parameters import FILTERS, LIMIT, Parameter
from server.engine import ErrorKind
from server.problems import Problem

MOST_GENES = 500
"""How many genes a list may have."""
MOST_EDGES = 500_000
"""How many edges are read for a list: some seconds."""
REGULATORS, TARGETS = "regulators", "targets"

GENES = Parameter(
    "genes", "UniProtKB accessions, NCBI gene ids or symbols, as a list of texts.", is_required=True
)
FIND = Parameter(
    "find",
    "What is looked for: the regulators of the genes, or their targets.",
    choices=(REGULATORS, TARGETS),
    default=REGULATORS,
)
MEMBERS = (
    FIND,
    LIMIT,
    *(one for name, one in FILTERS.items() if name not in ("tf", "target", "name")),
)
"""The members of the body beside `GENES`."""


@dataclass(slots=True)
class Resolved:
    """Which proteins the genes of a list are.

    Attributes:
        found: the protein by what was given.
        ambiguous: several proteins by what was given.
        unknown: what is known by no name.
    """

    found: dict[str, Protein] = field(default_factory=dict)
    ambiguous: dict[str, list[Protein]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def gene_list(asked: Asked) -> Object:
    """The regulators or targets of a list of genes, those of most of the genes first.

    Raises:
        Problem: there are too many edges.
    """
    genes = asked.body[GENES.name]
    assert isinstance(genes, list)
    resolved = _resolve(asked, list(dict.fromkeys(gene.strip() for gene in genes)))
    is_target = asked.values.get(FIND.name, FIND.default) == REGULATORS
    conditions = [
        asked.filter.but(**{"target" if is_target else "tf": accession})
        for accession in sorted({one.accession for one in resolved.found.values()})
    ]
    edges = sum(asked.table.count(condition) for condition in conditions)
    if edges > MOST_EDGES:
        raise _too_many(edges)
    partners = _partners(asked, conditions, is_target)
    listed = sorted(partners, key=lambda one: (-len(partners[one]), one.name.upper(), one.iri))[
        : asked.limit
    ]
    make = asked.objects.proteins
    return {
        "find": REGULATORS if is_target else TARGETS,
        "genes": [
            {"given": given, "protein": one}
            for given, one in zip(resolved.found, make(list(resolved.found.values())), strict=True)
        ],
        "ambiguous": [
            {"given": given, "proteins": make(several)}
            for given, several in resolved.ambiguous.items()
        ],
        "unknown": resolved.unknown,
        "interactions": edges,
        "total": len(partners),
        "partners": [
            {"protein": one, "genes": sorted(partners[partner]), "count": len(partners[partner])}
            for partner, one in zip(listed, make(listed), strict=True)
        ],
    }


def _partners(asked: Asked, conditions: list[Filter], is_target: bool) -> dict[Protein, list[str]]:
    """The proteins at the other ends of edges, with the accessions of the genes at this end."""
    partners: defaultdict[Protein, list[str]] = defaultdict(list)
    for condition in conditions:
        for edge in asked.table.all(condition):
            if is_target:
                partners[edge.tf].append(condition.target)
            else:
                partners[edge.target].append(condition.tf)
    return partners


def _resolve(asked: Asked, genes: list[str]) -> Resolved:
    """Which proteins genes are. None is chosen of several: who asks has to say which."""
    resolved = Resolved()
    for gene in genes:
        several = [one for one in _candidates(asked, gene) if one.accession]
        if len(several) == 1:
            resolved.found[gene] = several[0]
        elif several:
            resolved.ambiguous[gene] = several
        else:
            resolved.unknown.append(gene)
    return resolved


def _candidates(asked: Asked, gene: str) -> list[Protein]:
    """The proteins that an accession, an NCBI gene id or a symbol may mean."""
    if ACCESSION.fullmatch(gene.upper()):
        iris = [UNIPROT + gene.upper()]
    else:
        names = asked.names
        if GENE_ID.fullmatch(gene):
            found = [
                one for each in names.identified(gene, Kind.GENE) for one in names.encoded_by(each)
            ]
        else:
            named = names.named(gene, Kind.PROTEIN)
            # What is another name of one protein may be the label of another, which is meant then.
            found = [one for one in named if one.exact] or named
        wanted = asked.filter.organism
        organism = filters.organism_iri(wanted) if wanted else ""
        iris = [one.iri for one in found if organism in ("", one.organism)]
    proteins = (asked.table.protein(iri) for iri in dict.fromkeys(iris))
    return [one for one in proteins if one]


def _too_many(edges: int) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        ErrorKind.LARGE.value,
        "The answer is too large",
        f"The genes have {edges:,} edges, and {MOST_EDGES:,} are read at most.",
        hint="send fewer genes or add filters; /downloads has files of all edges",
    )
