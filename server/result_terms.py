"""The terms of a result as a page shows them: as text, and as links only where that is safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rdfconv.vocabulary import PREFIXES
from server.pages.links import KINDS, local_address
from server.terms import ONTOLOGY, curie

_PLAIN = {PREFIXES["xsd"] + name for name in ("string", "integer", "decimal", "double", "boolean")}
"""Datatypes that a value shows by itself."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A term.

    Attributes:
        text: what is shown.
        href: where it leads, if it may be followed.
        iri: the whole IRI, if the text is not all of it.
        language: of a text, as BCP 47 has it; "" if it has none.
        datatype: the short name of a datatype that the text does not show.
    """

    text: str
    href: str | None = None
    iri: str = ""
    language: str = ""
    datatype: str = ""


def address(iri: str) -> str | None:
    """Where a link to an IRI leads: to its page here, else into the web; None if nowhere.

    >>> address("http://purl.uniprot.org/uniprot/Q06945"), address("javascript:alert(1)")
    ('/protein/Q06945', None)
    """
    if not iri.startswith(("http://", "https://")):
        return None
    return local_address(iri) or iri


def local_table() -> list[dict[str, str]]:
    """`server.pages.links.local_address` as a table for scripts, in its order: where the IRIs of a
    kind start, a regular expression for the rest that JavaScript reads alike, and where the paths
    start.
    """
    ontology = {"start": ONTOLOGY, "name": "", "path": "/ontology"}
    return [ontology] + [
        {"start": space.start, "name": space.names.pattern, "path": f"/{kind.path}/"}
        for kind in KINDS.values()
        for space in kind.namespaces
    ]


def cell(term: Mapping[str, Any]) -> Cell:
    """A term of a result in SPARQL JSON.

    >>> cell({"type": "uri", "value": "https://w3id.org/tflink-rdf/ontology#target"}).text
    'tfl:target'
    >>> cell({"type": "literal", "value": "x", "xml:lang": "en"}).language
    'en'
    """
    kind, value = term["type"], term["value"]
    if kind == "uri":
        name = curie(value)
        return Cell(name, address(value), "" if name == value else value)
    if kind == "bnode":
        return Cell(f"_:{value}")
    if kind == "triple":
        parts = " ".join(cell(value[part]).text for part in ("subject", "predicate", "object"))
        return Cell(f"<< {parts} >>")
    datatype = term.get("datatype", "")
    return Cell(
        value,
        language=term.get("xml:lang", ""),
        datatype="" if datatype in _PLAIN else curie(datatype),
    )
