"""What the endpoint says of itself: the service description and the example queries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode, Triple

from rdfconv.errors import OntologyError
from rdfconv.formats import Format
from rdfconv.serialize import dumps
from rdfconv.vocabulary import PREFIXES, ontology_folder

SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
RESULT_FORMAT_NAMES = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
    "N-Quads",
    "TriG",
)
"""The W3C's names of the formats in `rdfconv.formats`, results before RDF."""


@dataclass(frozen=True, slots=True)
class Example:
    """An example query: its file's name, the title and description in its header, its text."""

    name: str
    title: str
    description: str
    text: str


def examples() -> list[Example]:
    """The example queries in the ontology's folder, sorted by name.

    Raises:
        OntologyError: a file cannot be read or has no title or description.
    """
    return [_example(path) for path in sorted((ontology_folder() / "queries").glob("*.rq"))]


def _example(path: Path) -> Example:
    try:
        lines = path.read_text("utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path}: cannot be read: {error}") from error
    header: dict[str, str] = {}
    while lines and lines[0].startswith("#"):
        match = re.fullmatch(r"#\s*(\w+):\s*(.*?)\s*", lines.pop(0))
        if match:
            header[match[1]] = match[2]
    if not (header.get("title") and header.get("description")):
        raise OntologyError(f"{path}: must begin with '# title: ...' and '# description: ...'")
    return Example(path.stem, header["title"], header["description"], "".join(lines).strip() + "\n")


def service_description(endpoint: str, fmt: Format) -> str:
    """The SPARQL 1.1 service description.

    Args:
        endpoint: the URL that the endpoint was asked at.
        fmt: one of `rdfconv.formats.RDF_FORMATS`.
    """
    service = NamedNode(f"{endpoint}#service")
    dataset = NamedNode(f"{endpoint}#dataset")
    graph = NamedNode(f"{endpoint}#default-graph")
    kind = NamedNode(PREFIXES["rdf"] + "type")
    triples = [
        Triple(service, kind, NamedNode(SD + "Service")),
        Triple(service, NamedNode(SD + "endpoint"), NamedNode(endpoint)),
        Triple(service, NamedNode(SD + "supportedLanguage"), NamedNode(SD + "SPARQL11Query")),
    ]
    triples += [
        Triple(service, NamedNode(SD + "resultFormat"), NamedNode(_FORMATS + name))
        for name in RESULT_FORMAT_NAMES
    ]
    triples += [
        Triple(service, NamedNode(SD + "defaultDataset"), dataset),
        Triple(dataset, kind, NamedNode(SD + "Dataset")),
        Triple(dataset, NamedNode(SD + "defaultGraph"), graph),
        Triple(graph, kind, NamedNode(SD + "Graph")),
    ]
    return dumps(triples, fmt)
