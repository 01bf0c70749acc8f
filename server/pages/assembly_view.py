"""The pages of genome assemblies and of their chromosomes, with the binding sites on these."""

from __future__ import annotations

from flask import render_template, request

from rdfconv.identifiers import last_part
from rdfconv.vocabulary import PREFIXES
from server.pages import entity_view
from server.pages.documents import own_triples, with_names
from server.pages.edge_lists import Link
from server.pages.facts import LABEL, TYPE, Graph, facts_of
from server.pages.links import Kind
from server.pages.sites import PARAMETERS, SORTED, WIDEST, on_chromosome
from server.pages.snippets import behind
from server.parameters import given
from server.reader import Reader

SEE_ALSO = PREFIXES["rdfs"] + "seeAlso"
"""What leads from a chromosome to its sequence in RefSeq."""


def page(reader: Reader, kind: Kind, name: str, iri: str) -> str | None:
    """The HTML of an assembly or a chromosome; None if the release says nothing about it.

    Raises:
        Problem: there is no such page of sites, or no such region.
    """
    if "/" not in name:
        return entity_view.page(reader, kind, name, iri)
    own = own_triples(reader, kind, iri)
    if not own:
        return None
    graph = Graph(with_names(reader, own))
    headings = Graph(reader.describe({triple.predicate.value for triple in own}, LABEL))
    parameters = given(PARAMETERS)
    sites, is_large = on_chromosome(reader, iri, request.path, parameters)
    return render_template(
        "chromosome.html",
        kind=kind,
        name=name,
        iri=iri,
        title=graph.name(iri),
        assembly=name.partition("/")[0],
        facts=facts_of(graph, iri, headings, (LABEL, TYPE, SEE_ALSO)),
        reference=[Link(last_part(found), found) for found in graph.iris(iri, SEE_ALSO)],
        sites=sites,
        is_large=is_large,
        sorted_at_most=SORTED,
        widest=WIDEST,
        chosen={key: parameters.get(key, "") for key in ("start", "end")},
        path=request.path,
        behind=[
            entity_view.said_of("chromosome", iri),
            behind("The binding sites listed", sites.query),
        ],
    )
