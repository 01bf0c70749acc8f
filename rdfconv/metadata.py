"""What a release says of itself, in RDF: VoID, DCAT and HCLS, PROV, prefixes, example queries.

Each part is a named graph of its own, and stands in the default graph as well, where tools ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pyoxigraph
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from rdfconv import heavy, void
from rdfconv.data_sets import (
    Download,
    Facts,
    data_sets,
    distributions,
    file_facts,
    other_datasets,
)
from rdfconv.edges.index import Numbers
from rdfconv.errors import UsageError, shown
from rdfconv.examples import Example, examples
from rdfconv.identifiers import (
    COUNTS_GRAPH,
    DATASET,
    EXAMPLES_GRAPH,
    METADATA_GRAPHS,
    ONTOLOGY_GRAPH,
    PAGES_GRAPH,
    PREFIXES_GRAPH,
    VOID_GRAPH,
)
from rdfconv.statistics import FILE as STATISTICS
from rdfconv.statistics import Statistics, from_store
from rdfconv.void import ALL_PREFIXES, about, english, term, time_of, typed

__all__ = ["Download", "Facts", "checked_url", "description", "example", "prefixes", "write"]

METADATA = "metadata.nq"
"""The file's name in a release's folder."""

GRAPHS: Mapping[str, str] = {
    ONTOLOGY_GRAPH: "The ontology; it is in the default graph, too.",
    PAGES_GRAPH: "TFLink's protein pages as documents.",
    COUNTS_GRAPH: "How many edges each evidence node, transcription factor and target has.",
    VOID_GRAPH: "The description of the data set; it is in the default graph, too.",
    PREFIXES_GRAPH: "Prefixes for queries; they are in the default graph, too.",
    EXAMPLES_GRAPH: "Example queries; they are in the default graph, too.",
}
"""What our named graphs hold."""

_URL = re.compile(r"https?://[A-Za-z0-9._~%:\[\]-]+(?:/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?")

Count = Callable[[Store, Collection[Triple]], Statistics]
"""Counts the data of a store, without the given triples."""


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
    numbers: Numbers | None = None,
    counts: Path | None = None,
) -> Statistics:
    """Describes a release that is not published yet: ``metadata.nq``, ``statistics.json``, store.

    Args:
        folder: the release's folder.
        store: its store, which nobody else has open.
        facts: what is known of it.
        count: counts the data of the store, without the triples of the description.
        numbers: how many edges there are, for the planner of queries; None writes nothing for it.
        counts: the file of these numbers (`rdfconv.edge_counts`), which goes to the store.

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
    counted = [_in_graph(one, graph) for one in void.triples(facts.iri, statistics)]
    quads = sorted({*described, *counted}, key=str)
    content = pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.N_QUADS)
    assert content is not None
    (folder / METADATA).write_bytes(content)
    (folder / STATISTICS).write_text(statistics.as_json(), "utf-8", newline="\n")
    # Few enough for one small write: nothing here takes long or needs a process of its own.
    writable = Store(str(store))
    if counts:
        writable.bulk_load(path=str(counts), format=pyoxigraph.RdfFormat.N_QUADS)
    writable.bulk_extend([*quads, *(_in_graph(quad.triple, DefaultGraph()) for quad in quads)])
    writable.flush()
    del writable
    if numbers:
        triples = [quad.triple for quad in quads]
        planned = heavy.of_release(Store.read_only(str(store)), statistics, triples, numbers)
        heavy.write(folder, planned)
    return statistics


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
            *data_sets(facts),
            *distributions(facts),
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


def _provenance(facts: Facts) -> Iterator[Triple]:
    """The build, the software that did it, and the files it used."""
    node = NamedNode(facts.iri)
    build = void.fragment(facts.iri, activity="build")
    yield from about(node, ("prov:wasGeneratedBy", build))
    yield from about(
        build,
        ("rdf:type", term("prov:Activity")),
        ("prov:startedAtTime", time_of(facts.started)),
        ("prov:endedAtTime", time_of(facts.ended)),
    )
    for name, version in facts.software.items():
        agent = void.fragment(facts.iri, software=name)
        yield from about(build, ("prov:wasAssociatedWith", agent))
        yield from about(
            agent,
            ("rdf:type", term("prov:SoftwareAgent")),
            ("dcterms:title", name),
            ("pav:version", version),
        )
    for file in facts.inputs:
        entity = void.fragment(facts.iri, input=file["sha256"])
        yield from about(node, ("prov:wasDerivedFrom", entity))
        yield from about(build, ("prov:used", entity))
        yield from about(
            entity,
            ("rdf:type", term("prov:Entity")),
            ("dcterms:title", file["name"]),
        )
        yield from file_facts(entity, file["size"], file["sha256"])


def _graphs(facts: Facts, graphs: Iterable[str]) -> Iterator[Triple]:
    """The graphs of the endpoint's data set, in the words of the service description."""
    dataset = void.fragment(facts.iri, sparql="dataset")
    default = void.fragment(facts.iri, sparql="default-graph")
    yield from about(
        dataset,
        ("rdf:type", term("sd:Dataset")),
        ("sd:defaultGraph", default),
    )
    yield from about(
        default,
        ("rdf:type", term("sd:Graph")),
        ("dcterms:title", english("The default graph: the data, the ontology and what describes "
                                   "them")),
        ("void:subset", NamedNode(facts.iri)),
        *(("void:subset", NamedNode(DATASET + name)) for name in facts.others),
    )  # fmt: skip
    for name in sorted(graphs):
        named = void.fragment(facts.iri, sparql=name)
        graph = NamedNode(name)
        yield from about(dataset, ("sd:namedGraph", named))
        yield from about(
            named,
            ("rdf:type", term("sd:NamedGraph")),
            ("sd:name", graph),
            ("sd:graph", graph),
        )
        what = GRAPHS.get(name)
        yield from about(
            graph,
            ("rdf:type", term("sd:Graph")),
            ("dcterms:description", english(what) if what else None),
        )


# --- Prefixes and examples ---------------------------------------------------------------------


def prefixes() -> Iterator[Triple]:
    """The prefixes in the words of SHACL."""
    node = NamedNode(PREFIXES_GRAPH)
    for name, namespace in ALL_PREFIXES.items():
        one = NamedNode(f"{PREFIXES_GRAPH}#{name}")
        yield from about(node, ("sh:declare", one))
        yield from about(
            one,
            ("rdf:type", term("sh:PrefixDeclaration")),
            ("sh:prefix", name),
            ("sh:namespace", typed(namespace, "anyURI")),
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
    yield from about(
        node,
        ("rdf:type", term("sh:SPARQLExecutable")),
        ("rdf:type", term(f"{special}:SPARQL{form.capitalize()}Executable")),
        ("rdfs:label", english(one.title)),
        ("rdfs:comment", english(f"{one.title}. {one.description}")),
        ("sh:prefixes", NamedNode(PREFIXES_GRAPH)),
        (f"sh:{form}", one.text),
        ("schema:target", endpoint),
    )
    for word in one.keywords:
        yield Triple(node, term("schema:keywords"), Literal(word))
    for other in one.federates_with:
        yield Triple(node, term("spex:federatesWith"), NamedNode(other))
