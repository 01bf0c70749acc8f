"""Prefixes and closed vocabularies: organisms, source databases, detection methods, data sets.

The tables lie beside the ontology as tab-separated files; nothing of them is spelled in code.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from rdfconv.errors import OntologyError
from rdfconv.identifiers import BASE

PREFIXES: Mapping[str, str] = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "lscr": "http://purl.org/lscr#",
    "ncbigene": "http://identifiers.org/ncbigene/",
    "obo": "http://purl.obolibrary.org/obo/",
    "orth": "http://purl.org/net/orth#",
    "prov": "http://www.w3.org/ns/prov#",
    "pubmed": "http://rdf.ncbi.nlm.nih.gov/pubmed/",
    "schema": "https://schema.org/",
    "sio": "http://semanticscience.org/resource/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "taxon": "http://purl.uniprot.org/taxonomy/",
    "tfl": BASE + "ontology#",
    "tfld": BASE + "dataset/",
    "tfldb": BASE + "database/",
    "tfle": BASE + "evidence/",
    "tfli": BASE + "interaction/",
    "tflm": BASE + "method/",
    "tflp": BASE + "page/",
    "tfls": BASE + "bindingsite/",
    "uniprotkb": "http://purl.uniprot.org/uniprot/",
    "up": "http://purl.uniprot.org/core/",
    "void": "http://rdfs.org/ns/void#",
}
"""The prefixes written in files and that queries may leave out."""

METADATA_PREFIXES: Mapping[str, str] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcmitype": "http://purl.org/dc/dcmitype/",
    "faldo": "http://biohackathon.org/resource/faldo#",
    "formats": "http://www.w3.org/ns/formats/",
    "pav": "http://purl.org/pav/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "spdx": "http://spdx.org/rdf/terms#",
    "spex": "https://purl.expasy.org/sparql-examples/ontology#",
    "void-ext": "http://ldf.fi/void-ext#",
}
"""The namespaces, beside those of `PREFIXES`, of what describes the data set and the service."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Another data set that the data links to: its title and home page."""

    title: str
    homepage: str


_UNIPROT = "https://www.uniprot.org/"
_NCBI_GENE = "https://www.ncbi.nlm.nih.gov/gene/"
_PUBMED = "https://pubmed.ncbi.nlm.nih.gov/"

LINKED: Mapping[str, Linked] = {
    "http://purl.uniprot.org/uniprot/": Linked("UniProtKB proteins", _UNIPROT),
    "http://purl.uniprot.org/taxonomy/": Linked("UniProt taxonomy", _UNIPROT),
    "http://purl.uniprot.org/citations/": Linked("UniProt citations", _UNIPROT),
    "http://purl.uniprot.org/geneid/": Linked("NCBI Gene in UniProt", _UNIPROT),
    "http://rdf.ncbi.nlm.nih.gov/pubmed/": Linked("PubMed RDF", _PUBMED),
    "https://pubmed.ncbi.nlm.nih.gov/": Linked("PubMed", _PUBMED),
    "http://identifiers.org/ncbigene/": Linked("NCBI Gene RDF", _NCBI_GENE),
    "https://identifiers.org/ncbigene/": Linked("NCBI Gene at identifiers.org", _NCBI_GENE),
    "https://www.ncbi.nlm.nih.gov/gene/": Linked("NCBI Gene", _NCBI_GENE),
    "https://identifiers.org/uniprot/": Linked("UniProtKB at identifiers.org", _UNIPROT),
    "https://jaspar.elixir.no/matrix/": Linked("JASPAR matrices", "https://jaspar.elixir.no/"),
    "http://purl.obolibrary.org/obo/": Linked("OBO ontologies", "https://obofoundry.org/"),
}
"""The data sets that the data links to, by what their IRIs begin with."""


ONTOLOGY, METHODS = "tflink.ttl", "methods.ttl"
"""The ontology's files: the terms, and the tree of detection methods."""
FILES = (ONTOLOGY, METHODS)
"""What a release's default graph has beside the data."""


def declared(*names: str) -> str:
    """The declarations of prefixes for a query, by their names in `PREFIXES`.

    >>> declared("xsd")
    'PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\\n'
    """
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in names)


def ontology_folder() -> Path:
    """Where the ontology's files lie: beside the package in a checkout, inside it in a wheel."""
    inside = Path(__file__).parent / "ontology"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "ontology"


def short(iri: str) -> str:
    """An IRI with a well-known prefix if its local name needs no escaping, else in brackets.

    >>> short("https://w3id.org/tflink-rdf/ontology#target")
    'tfl:target'
    """
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and local.isidentifier() and local.isascii():
            return f"{prefix}:{local}"
    return f"<{iri}>"


@dataclass(frozen=True, slots=True)
class Organism:
    """A species: TFLink's name, the NCBI taxonomy id, and TFLink's two-letter code."""

    name: str
    taxon: str
    code: str


@dataclass(frozen=True, slots=True)
class Database:
    """A source database: its name, the PubMed id of its own paper (or ""), its home page."""

    name: str
    citation: str
    homepage: str


@dataclass(frozen=True, slots=True)
class Method:
    """A detection method: TFLink's name and either its PSI-MI term or, if PSI-MI has none,
    ``local`` (the local name of a concept of our own) with the broader PSI-MI terms."""

    name: str
    term: str
    local: str
    broader: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A reporting data set and its own terms of use."""

    name: str
    title: str
    homepage: str
    rights: str
    citation: str


@dataclass(frozen=True, slots=True)
class Assembly:
    """A genome assembly: TFLink's name, its organism's name, and the RefSeq accessions of its
    chromosomes by their names; empty if they are not known for certain."""

    name: str
    organism: str
    chromosomes: Mapping[str, str]


@cache
def organisms() -> Mapping[str, Organism]:
    """The organisms by name."""
    rows = _table("organisms.tsv", ("name", "taxon", "code"))
    return {row["name"]: Organism(**row) for row in rows}


@cache
def assemblies() -> Mapping[str, Assembly]:
    """The genome assemblies by name."""
    rows = _table("assemblies.tsv", ("name", "organism", "chromosome", "refseq"))
    found: dict[str, Assembly] = {}
    for row in rows:
        one = found.setdefault(row["name"], Assembly(row["name"], row["organism"], {}))
        if row["chromosome"]:
            cast("dict[str, str]", one.chromosomes)[row["chromosome"]] = row["refseq"]
    return found


@cache
def databases() -> Mapping[str, Database]:
    """The source databases by name."""
    rows = _table("databases.tsv", ("name", "citation", "homepage"))
    return {row["name"]: Database(**row) for row in rows}


@cache
def methods() -> Mapping[str, Method]:
    """The detection methods by TFLink's name."""
    rows = _table("methods.tsv", ("name", "term", "local", "broader"))
    return {
        row["name"]: Method(row["name"], row["term"], row["local"], tuple(row["broader"].split()))
        for row in rows
    }


@cache
def datasets() -> Mapping[str, Dataset]:
    """The known data sets by name."""
    rows = _table("datasets.tsv", ("name", "title", "homepage", "rights", "citation"))
    return {row["name"]: Dataset(**row) for row in rows}


def _table(name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    path = ontology_folder() / name
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OntologyError(f"{path}: cannot be read: {error}") from error
    for number, row in enumerate(rows, 2):
        if tuple(row) != columns or None in row.values():
            raise OntologyError(f"{path}:{number}: must have the columns {', '.join(columns)}")
    if not rows:
        raise OntologyError(f"{path}: is empty")
    return rows
