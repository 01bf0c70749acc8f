"""The shapes of answers as JSON Schema, as OpenAPI 3.1 has it. No object has more members."""

from __future__ import annotations

from collections.abc import Mapping

from rdfconv.search.terms import Kind
from server.api.finding import COUNTED_BY
from server.api.gene_lists import FIND, GENES, MEMBERS, MOST_GENES

Schema = Mapping[str, object]

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
FLAG_OR_NULL: Schema = {"type": ["boolean", "null"]}
PUBMED_IDS: Schema = {"type": "array", "items": {"type": "string"}, "description": "PubMed ids."}


def ref(name: str) -> Schema:
    """One of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "null"}]}


def _told(schema: Schema, meaning: str) -> Schema:
    return {**schema, "description": meaning}


def _object(properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


_NAMED = _object({"iri": TEXT, "name": TEXT})
_CHOICE = _object({"value": TEXT, "name": TEXT, "edges": NUMBER})
_RELEASE = {"release": _told(TEXT, "The release that answers.")}
_CURSOR = {
    "next_cursor": _told(TEXT_OR_NULL, "What gives the next page as cursor; null on the last.")
}
_PROTEIN: Mapping[str, Schema] = {
    "iri": TEXT,
    "accession": _told(TEXT_OR_NULL, "The UniProtKB accession."),
    "name": TEXT,
    "ncbi_genes": _told(_list(TEXT), "NCBI gene ids."),
    "organism": _or_null(_NAMED),
}
_EVIDENCE: Mapping[str, Schema] = {
    "iri": TEXT,
    "small_scale": FLAG_OR_NULL,
    "datasets": _told(_list(TEXT), "The data set that reports it."),
    "databases": _list(_NAMED),
    "methods": _list(_object({"iri": TEXT, "id": TEXT, "name": TEXT})),
    "primary_papers": _told(PUBMED_IDS, "PubMed ids of papers that report the edge."),
    "database_papers": _told(PUBMED_IDS, "PubMed ids of the papers that describe the databases."),
    "other_papers": _told(PUBMED_IDS, "PubMed ids of papers of which neither is known."),
    "unparsed_references": _told(_list(TEXT), "References that are no PubMed ids."),
    "modes": _told(_list(TEXT), "Modes of regulation: activation, repression."),
}
_INTERACTION: Mapping[str, Schema] = {
    "interaction": _told(TEXT_OR_NULL, "The IRI of the edge."),
    "transcription_factor": ref("Protein"),
    "target": ref("Protein"),
    "small_scale": _told(FLAG_OR_NULL, "Whether any report has the small-scale flag."),
    "evidence": _list(ref("Evidence")),
}
_FOUND: Mapping[str, Schema] = {
    "kind": {"type": "string", "enum": list(Kind)},
    "label": TEXT,
    "identifier": TEXT,
    "iri": TEXT,
    "address": _told(TEXT_OR_NULL, "The path of its page."),
    "organism": _or_null(_object({"iri": TEXT, "label": TEXT})),
    "detail": TEXT,
    "exact": FLAG,
    "transcription_factor": FLAG,
    "targets": NUMBER,
    "regulators": NUMBER,
}
_EDGE_FOUND = _object({"regulator": ref("Found"), "target": ref("Found"), "address": TEXT_OR_NULL})
_EDGES_FOUND = _object(
    {
        "regulators": _list(ref("Found")),
        "targets": _list(ref("Found")),
        "results": _list(_EDGE_FOUND),
        "reverse": _list(_EDGE_FOUND),
        "did_you_mean": {"type": "object", "additionalProperties": _list(TEXT)},
        "complete": FLAG,
    }
)
_GROUP = _object(
    {
        "kind": {"type": "string", "enum": list(Kind)},
        "total": NUMBER,
        "first": NUMBER,
        "last": NUMBER,
        "results": _list(ref("Found")),
        "next_page": {"type": ["integer", "null"]},
    }
)

GENE_LIST: Schema = _object(
    {
        GENES.name: {
            "type": "array",
            "description": GENES.meaning,
            "items": GENES.schema(),
            "minItems": 1,
            "maxItems": MOST_GENES,
        },
        **{one.name: _told(one.schema(), one.meaning) for one in MEMBERS},
    },
    optional=tuple(one.name for one in MEMBERS),
)
"""The body of a request for a gene list."""

PROBLEM: Schema = {
    "type": "object",
    "description": "What is wrong (RFC 9457).",
    "properties": {
        "type": _told(TEXT, "An IRI that ends in the problem's name."),
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "hint": _told(TEXT, "What to do next."),
        "available": {"type": "object", "additionalProperties": TEXT},
        "instance": _told(TEXT, "The request's id, which the log has, too."),
    },
    "required": ["type", "title", "status"],
}

SCHEMAS: Mapping[str, Schema] = {
    "Problem": PROBLEM,
    "GeneList": GENE_LIST,
    "Protein": _object(_PROTEIN),
    "ProteinDetails": _object(
        {
            **_RELEASE,
            **_PROTEIN,
            "other_names": _list(TEXT),
            "transcription_factor": FLAG,
            "targets": _told(NUMBER, "How many edges start at it."),
            "regulators": _told(NUMBER, "How many edges end at it."),
            "orthologs": _told(_list(TEXT), "UniProtKB accessions."),
            "jaspar_matrices": _list(TEXT),
            "accession_status": _told(TEXT_OR_NULL, "What became of the accession, if anything."),
            "replaced_by": _told(_list(TEXT), "UniProtKB accessions."),
        }
    ),
    "Proteins": _object({**_RELEASE, "items": _list(ref("Protein")), **_CURSOR}),
    "Evidence": _object(_EVIDENCE),
    "EvidenceDetails": _object(
        {**_RELEASE, **_EVIDENCE, "interactions": _told(NUMBER, "How many edges share it.")}
    ),
    "EvidenceList": _object({**_RELEASE, "items": _list(ref("Evidence"))}),
    "Interaction": _object(_INTERACTION),
    "InteractionDetails": _object({**_RELEASE, **_INTERACTION}),
    "Interactions": _object(
        {
            **_RELEASE,
            "total": _told(NUMBER, "How many edges pass the filter, on all pages."),
            "items": _list(ref("Interaction")),
            **_CURSOR,
        }
    ),
    "Found": _object(_FOUND, optional=("transcription_factor", "targets", "regulators")),
    "SearchResults": _object(
        {
            **_RELEASE,
            "query": TEXT,
            "names_searched": FLAG,
            "address": _told(TEXT_OR_NULL, "The page of the one thing that was meant."),
            "total": NUMBER,
            "kinds": _list(_GROUP),
            "edges": _or_null(_EDGES_FOUND),
            "did_you_mean": _list(TEXT),
        }
    ),
    "Statistics": _object(
        {
            **_RELEASE,
            "counts": _list(_object({"what": TEXT, "number": NUMBER})),
            "data_sets": _list(_object({"title": TEXT, "description": TEXT, "citation": TEXT})),
            "interactions": _object(
                {"total": NUMBER, "by": _object({name: _list(_CHOICE) for name in COUNTED_BY})}
            ),
        }
    ),
    "GeneListAnswer": _object(
        {
            **_RELEASE,
            FIND.name: FIND.schema(),
            "genes": _told(
                _list(_object({"given": TEXT, "protein": ref("Protein")})),
                "The genes that were found.",
            ),
            "ambiguous": _told(
                _list(_object({"given": TEXT, "proteins": _list(ref("Protein"))})),
                "Those that may mean several proteins; none of them was taken.",
            ),
            "unknown": _told(_list(TEXT), "Those that were not found."),
            "interactions": _told(NUMBER, "How many edges the genes have."),
            "total": _told(NUMBER, "How many partners there are."),
            "partners": _list(
                _object(
                    {
                        "protein": ref("Protein"),
                        "genes": _told(_list(TEXT), "Accessions of the genes that it goes with."),
                        "count": NUMBER,
                    }
                )
            ),
        }
    ),
}
"""The shapes by name."""
