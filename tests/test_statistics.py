"""The numbers of a graph: counted in a store, counted while it is written, and counted naively."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, RdfFormat, Store

import rdfconv
from rdfconv.counting import Counter, Edges
from rdfconv.entailment import entailed
from rdfconv.errors import OntologyError
from rdfconv.identifiers import METADATA_GRAPHS, PAGES_GRAPH
from rdfconv.mapping import MappingFile
from rdfconv.statistics import (
    ClassPartition,
    Links,
    PropertyPartition,
    Statistics,
    from_store,
)
from rdfconv.vocabulary import LINKED, PREFIXES

# --- Against rdflib ----------------------------------------------------------------------------


def naive(graph: rdflib.Graph) -> Statistics:
    """The numbers by their definitions, without a thought of time."""
    kinds: dict[rdflib.term.Node, set[str]] = {}
    for subject, class_ in graph.subject_objects(rdflib.RDF.type):
        kinds.setdefault(subject, set()).add(str(class_))

    def partition(
        predicate: rdflib.term.Node, subjects: Iterable[rdflib.term.Node]
    ) -> PropertyPartition:
        wanted = set(subjects)
        found = [(s, o) for s, o in graph.subject_objects(predicate) if s in wanted]
        objects = {o for _, o in found}
        literals = [o for o in objects if isinstance(o, rdflib.Literal)]
        datatypes = {
            str(rdflib.RDF.langString if o.language else o.datatype or rdflib.XSD.string)
            for o in literals
        }
        classes = {kind for o in objects for kind in kinds.get(o, ())}
        return PropertyPartition(
            str(predicate),
            len(found),
            len({s for s, _ in found}),
            len(objects),
            tuple(sorted(classes)),
            tuple(sorted(datatypes)),
        )

    def partitions(subjects: set[rdflib.term.Node]) -> tuple[PropertyPartition, ...]:
        used = {p for s, p, _ in graph if s in subjects}
        return tuple(sorted((partition(p, subjects) for p in used), key=lambda one: one.property))

    classes = sorted({kind for all_of in kinds.values() for kind in all_of})
    links = {
        (str(p), space): sum(
            isinstance(o, rdflib.URIRef) and o.startswith(space) for o in graph.objects(predicate=p)
        )
        for p in graph.predicates(unique=True)
        for space in LINKED
    }
    members = {kind: {s for s, all_of in kinds.items() if kind in all_of} for kind in classes}
    return Statistics(
        len(graph),
        len(kinds),
        len(set(graph.subjects())),
        len(set(graph.objects())),
        tuple(
            ClassPartition(kind, len(members[kind]), partitions(members[kind])) for kind in classes
        ),
        partitions(set(graph.subjects())),
        tuple(Links(p, space, count) for (p, space), count in sorted(links.items()) if count),
    )


def counted(text: str, path: Path | None = None) -> Statistics:
    store = Store(str(path)) if path else Store()
    store.bulk_load(text.encode(), RdfFormat.N_QUADS)
    return from_store(store)


SUBJECTS = [f"<http://example.org/{name}>" for name in "abcde"]
SUBJECTS += [f"<{namespace}X1>" for namespace in list(LINKED)[:2]] + ["_:b1", "_:b2"]
PREDICATES = ["<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", "<x:p>", "<x:q>"]
CLASSES = ["<x:C>", "<x:D>", "<http://example.org/a>"]
LITERALS = [
    '"1"',
    '" .\\n <x:p> \\"x\\" ."',
    '"1"@en',
    '"1"^^<http://www.w3.org/2001/XMLSchema#integer>',
    '"x"^^<x:datatype>',
    '"http://purl.uniprot.org/uniprot/P1"',
]
JASPAR = "<https://jaspar.elixir.no/matrix/MA0001.1/>"


@st.composite
def lines(draw: st.DrawFn) -> str:
    subject = draw(st.sampled_from(SUBJECTS))
    predicate = draw(st.sampled_from(PREDICATES))
    is_type = predicate == PREDICATES[0]
    objects = CLASSES if is_type else [*SUBJECTS, *LITERALS, JASPAR]
    return f"{subject} {predicate} {draw(st.sampled_from(objects))} .\n"


@settings(max_examples=150, deadline=None)
@given(st.lists(lines(), max_size=40))
def test_small_graphs_as_rdflib_counts_them(triples: list[str]) -> None:
    text = "".join(triples)
    statistics = counted(text)
    assert statistics == naive(rdflib.Graph().parse(data=text, format="nt"))
    assert Statistics.from_json(statistics.as_json()) == statistics


def test_a_store_on_disk(tmp_path: Path) -> None:
    text = "".join(
        f"{s} {p} {o} .\n"
        for s, p, o in itertools.product(SUBJECTS, PREDICATES[1:], [*LITERALS, JASPAR])
    )
    text += f"{SUBJECTS[0]} {PREDICATES[0]} <x:C> .\n" * 3
    expected = naive(rdflib.Graph().parse(data=text, format="nt"))
    assert counted(text, tmp_path) == counted(text) == expected
    assert expected.links


@pytest.mark.parametrize("order", list(itertools.permutations(list(LINKED)[:3])))
def test_links_of_one_property_to_several_data_sets(order: tuple[str, ...]) -> None:
    text = "".join(f"<x:s> <x:p> <{space}{n}> .\n" for space in order for n in range(3))
    expected = tuple(Links("x:p", space, 3) for space in sorted(order))
    assert counted(text).links == expected
    # Between the least and the greatest object there is one that is no link.
    least, greatest = min(order), max(order)
    more = f"<x:s> <x:p> <{least}1> , <{greatest}1> , <{least}/> , <http://purl.uniprot.org/p> ."
    graph = rdflib.Graph().parse(data=more, format="turtle")
    assert counted(graph.serialize(format="nt")) == naive(graph)


def test_metadata_is_not_data() -> None:
    data = "<x:s> <x:p> <x:o> .\n<x:s> <x:p> <x:meta> .\n"
    graph = METADATA_GRAPHS[0]
    store = Store()
    text = f"{data}<x:s> <x:p> <x:meta> <{graph}> .\n<x:page> <x:p> <x:o> <{PAGES_GRAPH}> .\n"
    store.bulk_load(text.encode(), RdfFormat.N_QUADS)
    assert from_store(store) == naive(rdflib.Graph().parse(data="<x:s> <x:p> <x:o> ."))
    left_out = [quad.triple for quad in store.quads_for_pattern(None, None, NamedNode("x:o"), None)]
    assert from_store(store, left_out) == naive(rdflib.Graph())


# --- While it is written -----------------------------------------------------------------------

MAPPING = """
@prefix map: <https://w3id.org/tflink-rdf/mapping#> .
@prefix v: <https://w3id.org/tflink-rdf/mapping/variable/> .
v:tf tfl:regulates v:target ; tfl:isTranscriptionFactorIn v:interaction .
v:target tfl:regulatedBy v:tf .
v:interaction a tfl:RegulatoryInteraction , sio:SIO_000897 ;
    tfl:transcriptionFactor v:tf ; tfl:target v:target ;
    tfl:evidence v:evidenceOfInteraction .
v:evidence a tfl:Evidence .
v:tf map:record map:Interaction ; map:iri "http://purl.uniprot.org/uniprot/{tf}" .
v:target map:record map:Interaction ; map:iri "http://purl.uniprot.org/uniprot/{target}" .
v:interaction map:record map:Interaction ; map:iri "x:i/{tf}_{target}" .
v:evidenceOfInteraction map:iri "x:e/{evidence}" .
v:evidence map:record map:Evidence ; map:iri "x:e/{evidence}" .
"""
TYPE = PREDICATES[0]
UNIPROT = "http://purl.uniprot.org/uniprot/"


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> MappingFile:
    """Interactions with all the triples that an ontology may entail for them."""
    return written(MAPPING, tmp_path_factory.mktemp("mapping"))


def written(text: str, folder: Path) -> MappingFile:
    path = folder / "mapping.ttl"
    declared = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())
    path.write_text(declared + text, "utf-8")
    return MappingFile.load(path)


def interaction(tf: str, target: str, evidence: str) -> str:
    factor, regulated = f"uniprotkb:{tf}", f"uniprotkb:{target}"
    turtle = f"""
        {factor} tfl:regulates {regulated} ; tfl:isTranscriptionFactorIn <x:i/{tf}_{target}> .
        {regulated} tfl:regulatedBy {factor} .
        <x:i/{tf}_{target}> a tfl:RegulatoryInteraction , sio:SIO_000897 ;
            tfl:transcriptionFactor {factor} ; tfl:target {regulated} ;
            tfl:evidence <x:e/{evidence}> ."""
    return as_lines(turtle)


def as_lines(turtle: str) -> str:
    declared = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())
    quads = pyoxigraph.parse(declared + turtle, RdfFormat.TURTLE)
    return "".join(f"{quad.triple} .\n" for quad in quads)


NAMES = st.sampled_from([f"P{number}" for number in range(6)])
EDGES = st.lists(st.tuples(NAMES, NAMES, st.sampled_from("ab")), max_size=20)
VOCABULARY = '<x:C> <x:label> "c"@en .\n<x:d> <x:title> "t" .\n<x:C> <x:label> "c"@en .\n'


def once(edges: list[tuple[str, str, str]], *, roles: bool) -> str:
    """The lines of proteins and evidence."""
    text = ""
    factors, targets = {edge[0] for edge in edges}, {edge[1] for edge in edges}
    for number in range(8):  # two more than have edges
        protein = f"<{UNIPROT}P{number}>"
        text += f"{protein} {TYPE} <x:Protein> .\n"
        if f"P{number}" in factors:
            text += f"{protein} {TYPE} <x:Factor> .\n"
        if roles and f"P{number}" in targets:
            text += f"{protein} {TYPE} <x:Target> .\n"
        text += f'{protein} <x:label> "P{number}" .\n{protein} <x:twice> "1" .\n' * 2
    for evidence in sorted({edge[2] for edge in edges}):
        node = f"<x:e/{evidence}>"
        text += f"{node} {TYPE} <{PREFIXES['tfl']}Evidence> .\n"
        if evidence == "a":
            text += f"{node} {TYPE} <x:SmallEvidence> .\n"
    return text


@settings(max_examples=150, deadline=None)
@given(EDGES, st.booleans())
def test_counting_while_writing(
    mapping: MappingFile, edges: list[tuple[str, str, str]], roles: bool
) -> None:
    proteins = once(edges, roles=roles)
    text = proteins + VOCABULARY + "".join(interaction(*edge) for edge in edges)
    store = Store()
    store.bulk_load(text.encode(), RdfFormat.N_TRIPLES)
    counter = Counter(mapping)
    half = proteins.index("<", len(proteins) // 2)
    start = proteins.rindex("\n", 0, half) + 1
    for piece in (proteins[:start], proteins[start:]):
        counter.once(piece.encode())
    for piece in VOCABULARY.splitlines(keepends=True):
        counter.vocabulary(piece.encode())
    pairs = {edge[:2] for edge in edges}
    factors, targets, evidence = (
        (set(column) for column in zip(*edges, strict=True)) if edges else ((), (), ())
    )
    known = Edges(len(pairs), factors, targets, {f"x:e/{one}" for one in evidence})
    expected = naive(rdflib.Graph().parse(data=text, format="nt"))
    assert counter.statistics(store, known) == expected == from_store(store)


def test_what_is_apart_does_not_count_while_writing(mapping: MappingFile) -> None:
    store = Store()
    store.bulk_load(VOCABULARY.encode(), RdfFormat.N_TRIPLES)
    apart = [quad.triple for quad in store if quad.subject == NamedNode("x:d")]
    counter = Counter(mapping)
    counter.vocabulary(VOCABULARY.encode())
    numbers = counter.statistics(store, Edges(0, (), (), ()), apart)
    assert numbers.triples == 1
    assert numbers == from_store(store, apart)


@pytest.mark.parametrize(
    "more",
    [
        "v:tf a tfl:TranscriptionFactor .",
        "v:tf tfl:regulates v:interaction .",
        "v:interaction tfl:transcriptionFactor v:target .",
        'v:interaction rdfs:label "x" .',
        "v:target orth:hasOrtholog v:target .",
    ],
)
def test_what_cannot_be_counted_is_refused(more: str, tmp_path: Path) -> None:
    counter = Counter(written(MAPPING + more, tmp_path))
    edges = [("P0", "P1", "a")]
    text = once(edges, roles=False) + interaction(*edges[0])
    store = Store()
    store.bulk_load(text.encode(), RdfFormat.N_TRIPLES)
    counter.once(once(edges, roles=False).encode())
    with pytest.raises(OntologyError, match="cannot be counted"):
        counter.statistics(store, Edges(1, {"P0"}, {"P1"}, {"x:e/a"}))


def test_a_split_record_is_a_fault(mapping: MappingFile) -> None:
    counter = Counter(mapping)
    counter.once(b"<x:a> <x:p> <x:o> .\n<x:b> <x:p> <x:o> .\n<x:a> <x:q> <x:o> .\n")
    with pytest.raises(Exception, match="side by side"):
        counter.statistics(pyoxigraph.Store(), Edges(0, (), (), ()))


# --- The sample --------------------------------------------------------------------------------

ONCE = re.compile(
    rb"<http://(purl\.uniprot\.org/uniprot|rdf\.ncbi\.nlm\.nih\.gov|identifiers\.org)/"
    rb"|<https://w3id\.org/tflink-rdf/evidence/"
)
"""The subjects of what is written once and is not part of the vocabulary."""
SITE = re.compile(rb"<https://w3id\.org/tflink-rdf/bindingsite/")
"""Binding sites, which have evidence, too, that is no part of an edge."""
TOLD = re.compile(rb"ontology#evidence> <([^>]*)>")
EDGE = re.compile(rb"<[^>]*/interaction/([A-Z0-9]+)_([A-Z0-9]+)> ")


@pytest.mark.parametrize(
    ("level", "inputs"),
    [("core", "."), ("none", "pages/q06945.md"), ("full", "pages/q06945.md")],
)
def test_the_sample(level: str, inputs: str, sample: Path, tmp_path: Path) -> None:
    output = tmp_path / "output.nt"
    rdfconv.convert([sample / inputs], str(output), entail=level)
    mapping = entailed(level)
    direct = {pair for block in mapping.records["Interaction"].blocks for pair, _ in block.pairs}
    of_edges = tuple(f"> <{one}> <".encode() for one in direct - {TYPE[1:-1]})
    counter, pairs, written_lines = Counter(mapping), set(), []
    of_edges_evidence: set[str] = set()
    text = output.read_bytes().splitlines(keepends=True)
    for subject, group in itertools.groupby(text, lambda one: one.split(b" ")[0]):
        lines = list(group)
        written_lines += lines
        edge = EDGE.match(lines[0])
        if edge:
            pairs.add((edge[1].decode(), edge[2].decode()))
            of_edges_evidence.update(
                found[1].decode() for one in lines if (found := TOLD.search(one))
            )
        elif SITE.match(subject):
            counter.once(b"".join(lines))
        elif ONCE.match(subject):
            counter.once(b"".join(one for one in lines if not any(p in one for p in of_edges)))
        else:
            counter.vocabulary(b"".join(lines))
    store = Store(str(tmp_path / "store"))
    store.bulk_load(b"".join(written_lines), RdfFormat.N_TRIPLES)
    known = Edges(
        len(pairs), {one for one, _ in pairs}, {other for _, other in pairs}, of_edges_evidence
    )
    statistics = counter.statistics(store, known)
    assert statistics == from_store(store)
    assert statistics.triples == len(store)
    assert {one.property for one in statistics.properties} >= direct
