"""What search engines read: schema.org JSON-LD in the profiles of Bioschemas.

The profiles are Protein 0.11, Gene 1.0, Taxon 0.6 and Dataset 1.0 (https://bioschemas.org/profiles).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rdfconv.vocabulary import PREFIXES
from server.pages.facts import Graph
from server.pages.links import Kind

_PROFILE = "https://bioschemas.org/profiles/"
_NAME_OF = {"protein": "Protein/0.11-RELEASE", "gene": "Gene/1.0-RELEASE",
            "organism": "Taxon/0.6-RELEASE", "dataset": "Dataset/1.0-RELEASE"}  # fmt: skip
_TYPES = {"protein": "Protein", "gene": "Gene", "organism": "Taxon", "dataset": "Dataset",
          "paper": "ScholarlyArticle"}  # fmt: skip
_DCTERMS, _SKOS = PREFIXES["dcterms"], PREFIXES["skos"]


def structured_data(
    kind: Kind, iri: str, name: str, graph: Graph, address: str
) -> Mapping[str, object] | None:
    """The structured data of a page; None for kinds that schema.org has no type for.

    Args:
        kind: the kind of thing.
        iri: the thing.
        name: what the page calls it.
        graph: its description.
        address: the page's whole address.
    """
    if kind.path not in _TYPES:
        return None
    identifier = graph.values(iri, _DCTERMS + "identifier") or [iri.rsplit("/", 1)[-1]]
    found: dict[str, object] = {
        "@context": {"@vocab": "https://schema.org/", "dct": _DCTERMS},
        "@type": _TYPES[kind.path],
        "@id": iri,
        "identifier": identifier[0],
        "name": name,
        "url": address,
    }
    if kind.path in _NAME_OF:
        found["dct:conformsTo"] = {"@id": _PROFILE + _NAME_OF[kind.path]}
    same = graph.iris(iri, _SKOS + "exactMatch")
    if same:
        found["sameAs"] = _one_or_all([{"@id": other} for other in same])
    if kind.path == "protein":
        taxa = graph.iris(iri, PREFIXES["obo"] + "RO_0002162")
        genes = graph.iris(iri, PREFIXES["tfl"] + "encodedBy")
        if taxa:
            found["taxonomicRange"] = _one_or_all([{"@id": taxon} for taxon in taxa])
        if genes:
            found["isEncodedByBioChemEntity"] = _one_or_all(
                [{"@type": "Gene", "@id": gene} for gene in genes]
            )
        found["alternateName"] = graph.values(iri, _SKOS + "altLabel")
    if kind.path == "dataset":
        found["description"] = (graph.values(iri, _DCTERMS + "description") or [name])[0]
        licences = graph.iris(iri, _DCTERMS + "license")
        if licences:
            found["license"] = licences[0]
    return {key: value for key, value in found.items() if value != []}


def as_script(data: Mapping[str, object]) -> str:
    """JSON that can stand in a script element: nothing in it ends the element.

    >>> as_script({"name": "</script>"})
    '{"name": "\\\\u003c/script>"}'
    """
    text = json.dumps(data, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _one_or_all(values: Sequence[object]) -> object:
    return values[0] if len(values) == 1 else values
