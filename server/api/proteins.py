"""Proteins by accession, by name, and all of them."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode

from rdfconv import filters
from rdfconv.edges.reader import EdgeTable, Protein
from rdfconv.filters import Filter
from rdfconv.identifiers import UNIPROT, accession_of, last_part
from rdfconv.search.terms import Kind
from rdfconv.vocabulary import PREFIXES
from server.api.asking import Asked, unknown
from server.api.objects import Object
from server.api.parameters import MOST_ROWS
from server.pages.facts import TFL, TYPE, Graph
from server.pages.protein import describe_protein, exists
from server.pages.protein_view import MATRIX, ORTHOLOG, REPLACED, STATUS

OTHER_NAME = PREFIXES["skos"] + "altLabel"


def protein(asked: Asked) -> Object:
    """What the release says of a protein.

    Raises:
        Problem: nothing.
    """
    accession = asked.values["accession"]
    iri = UNIPROT + accession
    if not exists(asked.reader, iri):
        raise unknown("protein", accession)
    graph = Graph(describe_protein(asked.reader, iri))
    [known] = asked.objects.proteins(_proteins(asked.table, [iri]))
    return {
        **known,
        "other_names": sorted(graph.values(iri, OTHER_NAME)),
        "transcription_factor": TFL + "TranscriptionFactor" in graph.iris(iri, TYPE),
        "targets": asked.table.count(Filter(tf=accession)),
        "regulators": asked.table.count(Filter(target=accession)),
        "orthologs": _accessions(graph.iris(iri, ORTHOLOG)),
        "jaspar_matrices": sorted(map(last_part, graph.iris(iri, MATRIX))),
        "accession_status": next(map(last_part, graph.iris(iri, STATUS)), None),
        "replaced_by": _accessions(graph.iris(iri, REPLACED)),
    }


def proteins(asked: Asked) -> Object:
    """A page of the proteins whose names begin with a text, or of all.

    All of them come in the store's order, which is always the same within a release: sorting a
    hundred thousand takes the engine seconds.
    """
    if "q" in asked.values:
        iris, following = _named(asked)
    else:
        iris, following = _all(asked)
    found = asked.objects.proteins(_proteins(asked.table, iris))
    return asked.page(found, following)


def _named(asked: Asked) -> tuple[list[str], int | None]:
    """The IRIs of a page of proteins with such a name, and where the next one begins."""
    wanted = asked.filter.organism
    organism = filters.organism_iri(wanted) if wanted else ""
    place, limit = asked.place, asked.limit
    # The names are of all organisms: so many are looked at, and fewer rows may be left of them.
    size = MOST_ROWS if organism else limit
    rows = asked.names.search(asked.values["q"], Kind.PROTEIN, size + 1, place)
    fitting = [n for n, row in enumerate(rows[:size]) if organism in ("", row.organism)]
    end = fitting[limit - 1] + 1 if len(fitting) >= limit else size
    return [rows[n].iri for n in fitting[:limit]], place + end if len(rows) > end else None


def _all(asked: Asked) -> tuple[list[str], int | None]:
    """The IRIs of a page of all proteins, and where the next one begins."""
    values = ""
    if asked.filter.organism:
        taxon = filters.organism_iri(asked.filter.organism)
        values = f"VALUES ?taxon {{ <{taxon}> }} ?protein obo:RO_0002162 ?taxon . "
    place = asked.place
    rows = asked.reader.select(
        f"SELECT ?protein WHERE {{ {values}?protein a up:Protein }} "
        f"LIMIT {asked.limit + 1} OFFSET {place}",
        "protein",
    )
    iris = [row[0].value for row in rows[: asked.limit] if isinstance(row[0], NamedNode)]
    return iris, place + asked.limit if len(rows) > asked.limit else None


def _proteins(table: EdgeTable, iris: Iterable[str]) -> list[Protein]:
    return [table.protein(iri) or Protein(iri, last_part(iri), "", ()) for iri in iris]


def _accessions(iris: Iterable[str]) -> list[str]:
    return sorted(filter(None, map(accession_of, iris)))
