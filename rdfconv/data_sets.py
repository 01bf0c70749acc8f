"""What a release says of its data sets and of the files with them: VoID, DCAT and HCLS.

Each data set has its own terms of use, which the files with what it reports have, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyoxigraph
from pyoxigraph import Literal, NamedNode, Store, Triple

from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import BASE, DATASET, DATASET_NAME, TERM, VOID_GRAPH
from rdfconv.vocabulary import PREFIXES, datasets
from rdfconv.void import about, english, fragment, term, time_of, typed

_VERSION = re.compile(r"(.+)-(\d[\w.]*)", re.ASCII)
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_RDF_TYPES = {fmt.media_type for fmt in RDF_FORMATS.values()}


@dataclass(frozen=True, slots=True)
class Download:
    """A file to download: its name in the folder, what it is, its checksum.

    The media type is that of what is in it; a name that ends in ``.gz`` says that it is compressed.

    Attributes:
        dataset: the data set that reports what is in it; "" for the main one.
        triples: how many triples it has if it holds all of its data set, else 0.
    """

    name: str
    media_type: str
    bytes: int
    sha256: str
    dataset: str = ""
    triples: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of a release, beside its numbers.

    Attributes:
        dataset: the reporting data set's name, e.g. ``tflink-1.0``.
        software: versions by name.
        inputs: the inputs: ``name``, ``size``, ``sha256``.
        started: when the build began.
        ended: when the data were complete.
        public_url: where the release is served, without a slash at the end, or "".
        downloads: the files that are served below ``downloads/``.
        others: the names of other data sets that report some of it.
    """

    dataset: str
    software: Mapping[str, str]
    inputs: Collection[Mapping[str, Any]]
    started: datetime
    ended: datetime
    public_url: str = ""
    downloads: Collection[Download] = ()
    others: Collection[str] = ()

    @property
    def iri(self) -> str:
        """The data set's IRI."""
        return DATASET + self.dataset

    @property
    def endpoint(self) -> NamedNode | None:
        """The endpoint's address, if it is known."""
        return NamedNode(f"{self.public_url}/sparql") if self.public_url else None


def other_datasets(store: Store, main: str) -> list[str]:
    """The names of the data sets besides the main one that report something, sorted."""
    found = store.query(f"SELECT DISTINCT ?d {{ ?e <{TERM}reportedBy> ?d }}")
    assert isinstance(found, pyoxigraph.QuerySolutions)
    names = {one["d"].value.removeprefix(DATASET) for one in found}
    return sorted(name for name in names - {main} if DATASET_NAME.fullmatch(name))


def data_sets(facts: Facts) -> Iterator[Triple]:
    """The data sets and their versions, as the HCLS profile has them, each with its own terms."""
    graph = NamedNode(VOID_GRAPH)
    yield from about(
        graph,
        ("rdf:type", term("void:DatasetDescription")),
        ("dcterms:title", english(f"Description of {_title(facts.dataset)}")),
        ("foaf:primaryTopic", NamedNode(facts.iri)),
    )
    yield from _dataset(facts.dataset, facts)
    for name in facts.others:
        node = NamedNode(DATASET + name)
        yield from _dataset(name, facts)
        for one in facts.downloads:
            if one.dataset == name and one.triples:
                yield Triple(node, term("void:triples"), Literal(one.triples))


def _title(dataset: str) -> str:
    known = datasets().get(dataset)
    return known.title if known else dataset


def _terms(dataset: str) -> NamedNode | None:
    """The terms of use of a data set, if they are known."""
    known = datasets().get(dataset)
    return fragment(DATASET + dataset, terms="use") if known and known.rights else None


def _dataset(name: str, facts: Facts) -> Iterator[Triple]:
    node, title = NamedNode(DATASET + name), _title(name)
    known = datasets().get(name)
    homepage = NamedNode(known.homepage) if known and known.homepage else None
    version = _VERSION.fullmatch(name)
    text = (
        f"{title} as linked data: which transcription factor regulates which gene, with the "
        "evidence."
    )
    if facts.others and name == facts.dataset:
        others = ", ".join(map(_title, facts.others))
        text += f" The endpoint and the numbers have what {others} reports, too, on its own terms."
    terms = _terms(name)
    yield from about(
        node,
        ("rdf:type", term("void:Dataset")),
        ("rdf:type", term("dcat:Dataset")),
        ("dcterms:title", title),
        ("dcterms:identifier", name),
        ("dcterms:description", english(text)),
        ("dcterms:created", time_of(facts.ended)),
        ("dcterms:language", "en"),
        ("foaf:homepage", homepage),
        ("dcterms:rights", known.rights if known else None),
        ("dcterms:bibliographicCitation", known.citation if known else None),
        ("dcterms:license", terms),
        ("pav:version", version[2] if version else None),
        ("void:uriSpace", BASE),
    )
    if known and terms:
        yield from about(
            terms,
            ("rdf:type", term("dcterms:LicenseDocument")),
            ("dcterms:description", english(known.rights)),
            ("rdfs:seeAlso", homepage),
        )
    for prefix in ("tfl", "up", "skos", "orth", "lscr", "schema", "dcterms"):
        yield from about(node, ("void:vocabulary", NamedNode(PREFIXES[prefix])))
    if version:
        summary = NamedNode(DATASET + version[1])
        yield from about(node, ("dcterms:isVersionOf", summary))
        yield from about(
            summary,
            ("rdf:type", term("dcmitype:Dataset")),
            ("dcterms:title", english(title.removesuffix(version[2]).strip())),
            ("dcterms:identifier", version[1]),
            ("foaf:page", homepage),
            ("dcterms:license", fragment(node.value, terms="use") if known else None),
            ("pav:hasCurrentVersion", node),
        )


def distributions(facts: Facts) -> Iterator[Triple]:
    """Where the data can be had; nothing if it is not known where they are served."""
    node = NamedNode(facts.iri)
    if facts.endpoint is None:
        return
    service = fragment(facts.iri, service="sparql")
    distribution = fragment(facts.iri, distribution="sparql")
    yield from about(
        node,
        ("void:sparqlEndpoint", facts.endpoint),
        ("dcat:distribution", distribution),
    )
    yield from about(
        distribution,
        ("rdf:type", term("dcat:Distribution")),
        ("dcterms:title", english("SPARQL endpoint")),
        ("dcat:accessURL", facts.endpoint),
        ("dcat:accessService", service),
    )
    yield from about(
        service,
        ("rdf:type", term("dcat:DataService")),
        ("dcat:endpointURL", facts.endpoint),
        ("dcat:endpointDescription", facts.endpoint),
        ("dcat:servesDataset", node),
    )
    for other in facts.others:
        also = NamedNode(DATASET + other)
        yield from about(also, ("void:sparqlEndpoint", facts.endpoint))
        yield from about(service, ("dcat:servesDataset", also))
    for one in facts.downloads:
        yield from _download(facts, one)


def _download(facts: Facts, one: Download) -> Iterator[Triple]:
    """A file, with the terms of its own data set."""
    dataset = one.dataset or facts.dataset
    node = NamedNode(DATASET + dataset)
    address = NamedNode(f"{facts.public_url}/downloads/{one.name}")
    file = fragment(node.value, distribution=one.name)
    gzip = NamedNode(f"{_MEDIA_TYPES}application/gzip")
    yield from about(
        node,
        ("void:dataDump", address if one.media_type in _RDF_TYPES else None),
        ("dcat:distribution", file),
    )
    yield from about(
        file,
        ("rdf:type", term("dcat:Distribution")),
        ("dcterms:title", one.name),
        ("dcterms:license", _terms(dataset)),
        ("dcat:downloadURL", address),
        ("dcat:mediaType", NamedNode(_MEDIA_TYPES + one.media_type)),
        ("dcat:compressFormat", gzip if one.name.endswith(".gz") else None),
    )
    yield from file_facts(file, one.bytes, one.sha256)


def file_facts(node: NamedNode, size: int, sha256: str) -> Iterator[Triple]:
    """A file's size and checksum."""
    checksum = NamedNode(f"{node.value};checksum=sha256")
    yield from about(
        node,
        ("dcat:byteSize", Literal(size)),
        ("spdx:checksum", checksum),
    )
    yield from about(
        checksum,
        ("rdf:type", term("spdx:Checksum")),
        ("spdx:algorithm", term("spdx:checksumAlgorithm_sha256")),
        ("spdx:checksumValue", typed(sha256, "hexBinary")),
    )
