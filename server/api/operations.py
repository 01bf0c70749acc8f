"""The table of what the API can do. Routes, description and page are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from server.api.asking import Asked
from server.api.finding import search_all, statistics
from server.api.gene_lists import GENES, MEMBERS, gene_list
from server.api.interactions import evidence, evidence_of, interaction, interactions
from server.api.objects import Object
from server.api.parameters import (
    CURSOR,
    FILTERS,
    KIND,
    LIMIT,
    NAME,
    PAGE,
    QUESTION,
    SORT,
    Parameter,
    in_path,
)
from server.api.proteins import protein, proteins

PREFIX = "/api/v1"
"""What the paths of the API begin with."""
ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_ACCEPTABLE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
"""The statuses of problems that every operation may have."""


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that can be asked.

    Attributes:
        name: names it in programs that are made from the description.
        path: behind `PREFIX`; parameters of the path stand in braces.
        summary: what it gives, in a few words.
        text: more about it.
        answer: the shape of the answer, one of `server.api.schemas.SCHEMAS`.
        view: makes the answer.
        parameters: those of path and query.
        problems: the statuses of problems beside `ALWAYS`.
        example: values of parameters; for an operation with a body its members.
        body: the shape of the body; "" if there is none, and then the method is GET.
        members: the members of the body.
    """

    name: str
    path: str
    summary: str
    text: str
    answer: str
    view: Callable[[Asked], Object]
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[HTTPStatus, ...] = ()
    example: Mapping[str, object] = field(default_factory=dict)
    body: str = ""
    members: tuple[Parameter, ...] = ()

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "POST" if self.body else "GET"

    @property
    def example_path(self) -> str:
        """The path of the example, with its parameters."""
        if self.body:
            return PREFIX + self.path
        inside = {one.name for one in self.parameters if one.in_path}
        path = self.path.format(**{name: self.example[name] for name in inside})
        rest = {name: value for name, value in self.example.items() if name not in inside}
        return f"{PREFIX}{path}?{urlencode(rest)}" if rest else PREFIX + path


_ACCESSION = in_path("protein", "accession", "A UniProtKB accession.")
_INTERACTION = in_path(
    "interaction", "interaction", "The accessions of the transcription factor and the target."
)
_EVIDENCE = in_path("evidence", "id", "The local name of an evidence node.")
_NOT_THERE = (HTTPStatus.NOT_FOUND,)
_PAGED = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)

OPERATIONS = (
    Operation(
        "listProteins",
        "/proteins",
        "Proteins",
        "Those whose names begin with q, the best first, or all of them in no special order.",
        "Proteins",
        proteins,
        (NAME, FILTERS["organism"], LIMIT, CURSOR),
        _PAGED,
        {"q": "sox", "limit": 10},
    ),
    Operation(
        "getProtein",
        "/proteins/{accession}",
        "A protein",
        "Its names, genes and orthologs, and how many edges it has.",
        "ProteinDetails",
        protein,
        (_ACCESSION,),
        _NOT_THERE,
        {"accession": "Q06945"},
    ),
    Operation(
        "listInteractions",
        "/interactions",
        "Regulatory interactions",
        "The edges that pass all filters, each with the reports of it that pass. For whole lists "
        "there are files: /interactions.tsv and others with the same filters.",
        "Interactions",
        interactions,
        (*FILTERS.values(), SORT, LIMIT, CURSOR),
        _PAGED,
        {"target": "Q06945", "scale": "small", "limit": 10},
    ),
    Operation(
        "getInteraction",
        "/interactions/{interaction}",
        "A regulatory interaction",
        "The edge with all its evidence.",
        "InteractionDetails",
        interaction,
        (_INTERACTION,),
        _NOT_THERE,
        {"interaction": "P11308_Q06945"},
    ),
    Operation(
        "getEvidenceOfInteraction",
        "/interactions/{interaction}/evidence",
        "The evidence of an interaction",
        "What each data set reports: databases, methods, primary papers, and apart from them "
        "the papers that describe the databases.",
        "EvidenceList",
        evidence_of,
        (_INTERACTION,),
        _NOT_THERE,
        {"interaction": "P11308_Q06945"},
    ),
    Operation(
        "getEvidence",
        "/evidence/{id}",
        "Evidence",
        "What one data set reports. All edges with the same report share it: they are the "
        "interactions with the filter evidence.",
        "EvidenceDetails",
        evidence,
        (_EVIDENCE,),
        _NOT_THERE,
        {"id": "q36utc5n7dnbl47n2bpr3wgm4a"},
    ),
    Operation(
        "search",
        "/search",
        "Search",
        "Proteins, genes, papers, databases, methods and organisms by name or identifier, and "
        "edges like SOX4 > TP53: what the site's search finds, by 20 of a kind.",
        "SearchResults",
        search_all,
        (QUESTION, KIND, PAGE),
        _NOT_THERE,
        {"q": "SOX4"},
    ),
    Operation(
        "getStatistics",
        "/statistics",
        "Statistics",
        "What the release holds, and how many edges have each organism, scale, database, method, "
        "mode and data set.",
        "Statistics",
        statistics,
    ),
    Operation(
        "findForGenes",
        "/gene-lists",
        "Regulators or targets of a list of genes",
        "Genes are UniProtKB accessions, NCBI gene ids or symbols. With an organism, symbols and "
        "gene ids mean its proteins. Unknown and ambiguous ones are told and left out. Partners "
        "of most of the genes come first.",
        "GeneListAnswer",
        gene_list,
        problems=(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        example={"genes": ["SOX4", "Q06945", "7157", "NOSUCH1"], "organism": "9606", "limit": 5},
        body="GeneList",
        members=(GENES, *MEMBERS),
    ),
)
"""What can be asked, in the order in which it is described."""
