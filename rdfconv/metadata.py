"""What a release says of itself, in RDF: VoID, DCAT and HCLS, PROV, prefixes, example queries.

Each part is a named graph of its own, and stands in the default graph as well, where tools ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyoxigraph
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from rdfconv import void
from rdfconv.errors import UsageError, shown
from rdfconv.examples import Example, examples
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import (
    BASE,
    COUNTS_GRAPH,
    DATASET,
    DATASET_NAME,
    EXAMPLES_GRAPH,
    METADATA_GRAPHS,
    ONTOLOGY_GRAPH,
    PAGES_GRAPH,
    PREFIXES_GRAPH,
    TERM,
    VOID_GRAPH,
)
from rdfconv.statistics import Statistics, from_store
from rdfconv.vocabulary import PREFIXES, datasets
from rdfconv.void import ALL_PREFIXES, term

METADATA = "metadata.nq"
STATISTICS = "statistics.json"
"""The names of the files in a release's folder."""

GRAPHS: Mapping[str, str] = {
    ONTOLOGY_GRAPH: "The ontology; it is in the default graph, too.",
    PAGES_GRAPH: "TFLink's protein pages as documents.",
    COUNTS_GRAPH: "How many edges each evidence node, transcription factor and target has.",
    VOID_GRAPH: "The description of the data set; it is in the default graph, too.",
    PREFIXES_GRAPH: "Prefixes for queries; they are in the default graph, too.",
    EXAMPLES_GRAPH: "Example queries; they are in the default graph, too.",
}
"""What our named graphs hold."""

_VERSION = re.compile(r"(.+)-(\d[\w.]*)", re.ASCII)
_URL = re.compile(r"https?://[A-Za-z0-9._~%:\[\]-]+(?:/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?")
_XSD = PREFIXES["xsd"]
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_RDF_TYPES = {fmt.media_type for fmt in RDF_FORMATS.values()}

Count = Callable[[Store, Collection[Triple]], Statistics]
"""Counts the data of a store, without the given triples."""


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


def checked_url(text: str) -> str:
    """An address that others can be told, without a slash at the end.

    >>> checked_url("https://example.org/tflink/")
    'https://example.org/tflink'

    Raises:
        UsageError: it is no http or https address, or has more than a path.
    """
    url = text.rstrip("/")
    if url and not _URL.fullmatch(url):
        raise UsageError(
            f"{shown(text)} cannot be the public address",
            hint="give it like https://example.org/tflink, without '?' and '#'",
        )
    return url


def write(
    folder: Path,
    store: Path,
    facts: Facts,
    count: Count = from_store,
    more: Iterable[Quad] = (),
) -> Statistics:
    """Describes a release that is not published yet: ``metadata.nq``, ``statistics.json``, store.

    Args:
        folder: the release's folder.
        store: its store, which nobody else has open.
        facts: what is known of it.
        count: counts the data of the store, without the triples of the description.
        more: quads of other named graphs that go to the store alone.

    Raises:
        OSError: a file or the store cannot be written.
    """
    readable = Store.read_only(str(store))
    names = [graph.value for graph in readable.named_graphs() if isinstance(graph, NamedNode)]
    facts = replace(facts, others=other_datasets(readable, facts.dataset))
    described = description(facts, names)
    statistics = count(readable, [quad.triple for quad in described])
    del readable
    graph = NamedNode(VOID_GRAPH)
    numbers = [_in_graph(one, graph) for one in void.triples(facts.iri, statistics)]
    quads = sorted({*described, *numbers}, key=str)
    content = pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.N_QUADS)
    assert content is not None
    (folder / METADATA).write_bytes(content)
    (folder / STATISTICS).write_text(statistics.as_json(), "utf-8", newline="\n")
    # Few enough for one small write: nothing here takes long or needs a process of its own.
    writable = Store(str(store))
    writable.bulk_extend(more)
    writable.bulk_extend([*quads, *(_in_graph(quad.triple, DefaultGraph()) for quad in quads)])
    writable.flush()
    return statistics


def other_datasets(store: Store, main: str) -> list[str]:
    """The names of the data sets besides the main one that report something, sorted."""
    found = store.query(f"SELECT DISTINCT ?d {{ ?e <{TERM}reportedBy> ?d }}")
    assert isinstance(found, pyoxigraph.QuerySolutions)
    names = {one["d"].value.removeprefix(DATASET) for one in found}
    return sorted(name for name in names - {main} if DATASET_NAME.fullmatch(name))


def _in_graph(one: Triple, graph: NamedNode | DefaultGraph) -> Quad:
    return Quad(one.subject, one.predicate, one.object, graph)


def description(facts: Facts, graphs: Iterable[str]) -> list[Quad]:
    """All that does not depend on the data's numbers.

    Args:
        facts: what is known of the release.
        graphs: the named graphs of its store.
    """
    parts = {
        VOID_GRAPH: [
            *_datasets(facts),
            *_distributions(facts),
            *_provenance(facts),
            *_graphs(facts, {*graphs, *METADATA_GRAPHS, COUNTS_GRAPH}),
        ],
        PREFIXES_GRAPH: list(prefixes()),
        EXAMPLES_GRAPH: [triple for one in examples() for triple in example(one, facts.endpoint)],
    }
    return [
        _in_graph(triple, NamedNode(graph))
        for graph, triples in parts.items()
        for triple in dict.fromkeys(triples)
    ]


def _about(
    subject: NamedNode, *pairs: tuple[str, NamedNode | Literal | str | None]
) -> Iterator[Triple]:
    """Triples of one subject; a string is a plain literal, and None or "" says nothing."""
    for predicate, value in pairs:
        if value:
            object_ = Literal(value) if isinstance(value, str) else value
            yield Triple(subject, term(predicate), object_)


def _english(text: str) -> Literal:
    return Literal(text, language="en")


def _typed(value: str, datatype: str) -> Literal:
    return Literal(value, datatype=NamedNode(_XSD + datatype))


def _time(moment: datetime) -> Literal:
    return _typed(f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "dateTime")


# --- The data set ------------------------------------------------------------------------------


def _datasets(facts: Facts) -> Iterator[Triple]:
    """The data sets and their versions, as the HCLS profile has them, each with its own terms."""
    graph = NamedNode(VOID_GRAPH)
    yield from _about(
        graph,
        ("rdf:type", term("void:DatasetDescription")),
        ("dcterms:title", _english(f"Description of {_title(facts.dataset)}")),
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
    return void.fragment(DATASET + dataset, terms="use") if known and known.rights else None


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
    yield from _about(
        node,
        ("rdf:type", term("void:Dataset")),
        ("rdf:type", term("dcat:Dataset")),
        ("dcterms:title", title),
        ("dcterms:identifier", name),
        ("dcterms:description", _english(text)),
        ("dcterms:created", _time(facts.ended)),
        ("dcterms:language", "en"),
        ("foaf:homepage", homepage),
        ("dcterms:rights", known.rights if known else None),
        ("dcterms:bibliographicCitation", known.citation if known else None),
        ("dcterms:license", terms),
        ("pav:version", version[2] if version else None),
        ("void:uriSpace", BASE),
    )
    if known and terms:
        yield from _about(
            terms,
            ("rdf:type", term("dcterms:LicenseDocument")),
            ("dcterms:description", _english(known.rights)),
            ("rdfs:seeAlso", homepage),
        )
    for prefix in ("tfl", "up", "skos", "orth", "lscr", "schema", "dcterms"):
        yield from _about(node, ("void:vocabulary", NamedNode(PREFIXES[prefix])))
    if version:
        summary = NamedNode(DATASET + version[1])
        yield from _about(node, ("dcterms:isVersionOf", summary))
        yield from _about(
            summary,
            ("rdf:type", term("dcmitype:Dataset")),
            ("dcterms:title", _english(title.removesuffix(version[2]).strip())),
            ("dcterms:identifier", version[1]),
            ("foaf:page", homepage),
            ("dcterms:license", void.fragment(node.value, terms="use") if known else None),
            ("pav:hasCurrentVersion", node),
        )


def _distributions(facts: Facts) -> Iterator[Triple]:
    """Where the data can be had; nothing if it is not known where they are served."""
    node = NamedNode(facts.iri)
    if facts.endpoint is None:
        return
    service = void.fragment(facts.iri, service="sparql")
    distribution = void.fragment(facts.iri, distribution="sparql")
    yield from _about(
        node,
        ("void:sparqlEndpoint", facts.endpoint),
        ("dcat:distribution", distribution),
    )
    yield from _about(
        distribution,
        ("rdf:type", term("dcat:Distribution")),
        ("dcterms:title", _english("SPARQL endpoint")),
        ("dcat:accessURL", facts.endpoint),
        ("dcat:accessService", service),
    )
    yield from _about(
        service,
        ("rdf:type", term("dcat:DataService")),
        ("dcat:endpointURL", facts.endpoint),
        ("dcat:endpointDescription", facts.endpoint),
        ("dcat:servesDataset", node),
    )
    for other in facts.others:
        also = NamedNode(DATASET + other)
        yield from _about(also, ("void:sparqlEndpoint", facts.endpoint))
        yield from _about(service, ("dcat:servesDataset", also))
    for one in facts.downloads:
        yield from _download(facts, one)


def _download(facts: Facts, one: Download) -> Iterator[Triple]:
    """A file, with the terms of its own data set."""
    dataset = one.dataset or facts.dataset
    node = NamedNode(DATASET + dataset)
    address = NamedNode(f"{facts.public_url}/downloads/{one.name}")
    file = void.fragment(node.value, distribution=one.name)
    gzip = NamedNode(f"{_MEDIA_TYPES}application/gzip")
    yield from _about(
        node,
        ("void:dataDump", address if one.media_type in _RDF_TYPES else None),
        ("dcat:distribution", file),
    )
    yield from _about(
        file,
        ("rdf:type", term("dcat:Distribution")),
        ("dcterms:title", one.name),
        ("dcterms:license", _terms(dataset)),
        ("dcat:downloadURL", address),
        ("dcat:mediaType", NamedNode(_MEDIA_TYPES + one.media_type)),
        ("dcat:compressFormat", gzip if one.name.endswith(".gz") else None),
    )
    yield from _file(file, one.bytes, one.sha256)


def _file(node: NamedNode, size: int, sha256: str) -> Iterator[Triple]:
    checksum = NamedNode(f"{node.value};checksum=sha256")
    yield from _about(
        node,
        ("dcat:byteSize", Literal(size)),
        ("spdx:checksum", checksum),
    )
    yield from _about(
        checksum,
        ("rdf:type", term("spdx:Checksum")),
        ("spdx:algorithm", term("spdx:checksumAlgorithm_sha256")),
        ("spdx:checksumValue", _typed(sha256, "hexBinary")),
    )


def _provenance(facts: Facts) -> Iterator[Triple]:
    """The build, the software that did it, and the files it used."""
    node = NamedNode(facts.iri)
    build = void.fragment(facts.iri, activity="build")
    yield from _about(node, ("prov:wasGeneratedBy", build))
    yield from _about(
        build,
        ("rdf:type", term("prov:Activity")),
        ("prov:startedAtTime", _time(facts.started)),
        ("prov:endedAtTime", _time(facts.ended)),
    )
    for name, version in facts.software.items():
        agent = void.fragment(facts.iri, software=name)
        yield from _about(build, ("prov:wasAssociatedWith", agent))
        yield from _about(
            agent,
            ("rdf:type", term("prov:SoftwareAgent")),
            ("dcterms:title", name),
            ("pav:version", version),
        )
    for file in facts.inputs:
        entity = void.fragment(facts.iri, input=file["sha256"])
        yield from _about(node, ("prov:wasDerivedFrom", entity))
        yield from _about(build, ("prov:used", entity))
        yield from _about(
            entity,
            ("rdf:type", term("prov:Entity")),
            ("dcterms:title", file["name"]),
        )
        yield from _file(entity, file["size"], file["sha256"])


def _graphs(facts: Facts, graphs: Iterable[str]) -> Iterator[Triple]:
    """The graphs of the endpoint's data set, in the words of the service description."""
    dataset = void.fragment(facts.iri, sparql="dataset")
    default = void.fragment(facts.iri, sparql="default-graph")
    yield from _about(
        dataset,
        ("rdf:type", term("sd:Dataset")),
        ("sd:defaultGraph", default),
    )
    yield from _about(
        default,
        ("rdf:type", term("sd:Graph")),
        ("dcterms:title", _english("The default graph: the data, the ontology and what describes "
                                   "them")),
        ("void:subset", NamedNode(facts.iri)),
        *(("void:subset", NamedNode(DATASET + name)) for name in facts.others),
    )  # fmt: skip
    for name in sorted(graphs):
        named = void.fragment(facts.iri, sparql=name)
        graph = NamedNode(name)
        yield from _about(dataset, ("sd:namedGraph", named))
        yield from _about(
            named,
            ("rdf:type", term("sd:NamedGraph")),
            ("sd:name", graph),
            ("sd:graph", graph),
        )
        what = GRAPHS.get(name)
        yield from _about(
            graph,
            ("rdf:type", term("sd:Graph")),
            ("dcterms:description", _english(what) if what else None),
        )


# --- Prefixes and examples ---------------------------------------------------------------------


def prefixes() -> Iterator[Triple]:
    """The prefixes in the words of SHACL."""
    node = NamedNode(PREFIXES_GRAPH)
    for name, namespace in ALL_PREFIXES.items():
        one = NamedNode(f"{PREFIXES_GRAPH}#{name}")
        yield from _about(node, ("sh:declare", one))
        yield from _about(
            one,
            ("rdf:type", term("sh:PrefixDeclaration")),
            ("sh:prefix", name),
            ("sh:namespace", _typed(namespace, "anyURI")),
        )


def example(one: Example, endpoint: NamedNode | None) -> Iterator[Triple]:
    """An example query in the words of SHACL.

    Args:
        one: the query.
        endpoint: the address it can be sent to, if that is known.
    """
    node = NamedNode(f"{EXAMPLES_GRAPH}#{one.name}")
    form = one.form.value.lower()
    # SHACL has no DESCRIBE; the tools that read examples take it as if it had.
    special = "spex" if form == "describe" else "sh"
    yield from _about(
        node,
        ("rdf:type", term("sh:SPARQLExecutable")),
        ("rdf:type", term(f"{special}:SPARQL{form.capitalize()}Executable")),
        ("rdfs:label", _english(one.title)),
        ("rdfs:comment", _english(f"{one.title}. {one.description}")),
        ("sh:prefixes", NamedNode(PREFIXES_GRAPH)),
        (f"sh:{form}", one.text),
        ("schema:target", endpoint),
    )
    for word in one.keywords:
        yield Triple(node, term("schema:keywords"), Literal(word))
    for other in one.federates_with:
        yield Triple(node, term("spex:federatesWith"), NamedNode(other))
