"""What a release says of itself: every number counted again, and whatever tools ask for."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from pyoxigraph import NamedNode, RdfFormat, Store
from rdflib import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SH, VOID, XSD, Literal, Namespace, URIRef

import rdfconv
from rdfconv import metadata
from rdfconv.errors import UsageError
from rdfconv.examples import examples
from rdfconv.identifiers import DATASET, EXAMPLES_GRAPH, METADATA_GRAPHS, PAGES_GRAPH, VOID_GRAPH
from rdfconv.metadata import Download, Facts, checked_url, description
from rdfconv.release import open_release
from rdfconv.statistics import Statistics, from_store
from rdfconv.vocabulary import LINKED, METADATA_PREFIXES, PREFIXES
from tests.inputs import row, table

EXT = Namespace(METADATA_PREFIXES["void-ext"])
PAV = Namespace(METADATA_PREFIXES["pav"])
SD = Namespace(METADATA_PREFIXES["sd"])
SPDX = Namespace(METADATA_PREFIXES["spdx"])
SPEX = Namespace(METADATA_PREFIXES["spex"])
SCHEMA = Namespace(PREFIXES["schema"])
TFLINK = URIRef(DATASET + "tflink-1.0")

SIB_QUERIES = {
    "prefixes": """PREFIX sh: <http://www.w3.org/ns/shacl#>
        SELECT DISTINCT ?prefix ?namespace
        WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix } ORDER BY ?prefix""",
    "examples": """PREFIX sh: <http://www.w3.org/ns/shacl#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT DISTINCT ?sq ?comment ?query
        WHERE { ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ;
            sh:select|sh:ask|sh:construct|sh:describe ?query } ORDER BY ?sq""",
    "void": """PREFIX void: <http://rdfs.org/ns/void#>
        PREFIX void-ext: <http://ldf.fi/void-ext#>
        SELECT DISTINCT ?subjectClass ?prop ?objectClass ?objectDatatype
        WHERE {
          { ?cp void:class ?subjectClass ; void:propertyPartition ?pp .
            ?pp void:property ?prop .
            OPTIONAL {
              { ?pp void:classPartition [ void:class ?objectClass ] }
              UNION { ?pp void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] }
            } }
          UNION
          { ?linkset void:subjectsTarget [ void:class ?subjectClass ] ;
              void:linkPredicate ?prop ; void:objectsTarget [ void:class ?objectClass ] }
        }""",
}
"""What SIB's tools ask, without GRAPH; they wait five seconds at most."""


@pytest.fixture(scope="module")
def folder(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of two pages: large enough to have every kind of record."""
    pages = [sample / "pages" / "p03069.md", sample / "pages" / "q06945.md"]
    return rdfconv.build(pages, tmp_path_factory.mktemp("described"))[0].path


@pytest.fixture(scope="module")
def graph(folder: Path) -> rdflib.Graph:
    """All of the metadata, read by rdflib."""
    quads = pyoxigraph.parse(path=str(folder / "metadata.nq"))
    return as_graph(quad.triple for quad in quads)


def as_graph(triples: Iterable[pyoxigraph.Triple]) -> rdflib.Graph:
    text = pyoxigraph.serialize(triples, format=RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=text, format="nt")


@pytest.fixture(scope="module")
def data(folder: Path) -> Store:
    """The data alone: what stands in the default graph and in no metadata graph."""
    store = Store.read_only(str(folder / "store"))
    described = {
        quad.triple
        for name in METADATA_GRAPHS
        for quad in store.quads_for_pattern(None, None, None, NamedNode(name))
    }
    assert described
    default = store.quads_for_pattern(None, None, None, pyoxigraph.DefaultGraph())
    alone = Store()
    alone.bulk_extend(quad for quad in default if quad.triple not in described)
    return alone


Row = tuple[str | int, ...]


def rows(store: Store, query: str) -> set[Row]:
    """The rows of a query, with numbers as such and without rows that have nothing to count."""
    solutions = store.query(query, prefixes={**PREFIXES, **METADATA_PREFIXES})
    assert isinstance(solutions, pyoxigraph.QuerySolutions)
    return {tuple(plain(value) for value in solution) for solution in solutions}


def plain(term: object) -> str | int:
    assert isinstance(term, NamedNode | pyoxigraph.Literal)
    integer = isinstance(term, pyoxigraph.Literal) and term.datatype.value == str(XSD.integer)
    return int(term.value) if integer else term.value


COUNTS = "(COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?ns) (COUNT(DISTINCT ?o) AS ?no)"
NUMBERS = "void:triples ?n ; void:distinctSubjects ?ns ; void:distinctObjects ?no"


@pytest.mark.parametrize(
    ("stated", "counted"),
    [
        (
            f"SELECT ?n ?ns ?no {{ ?d a dcat:Dataset ; {NUMBERS} }}",
            f"SELECT {COUNTS} {{ ?s ?p ?o }}",
        ),
        (
            "SELECT ?e ?c ?p { ?d void:entities ?e ; void:classes ?c ; void:properties ?p }",
            "SELECT (COUNT(DISTINCT ?e) AS ?es) (COUNT(DISTINCT ?c) AS ?cs) ?ps { ?e a ?c "
            "{ SELECT (COUNT(DISTINCT ?p) AS ?ps) { ?s ?p ?o } } } GROUP BY ?ps",
        ),
        (
            "SELECT ?c ?e { ?d a dcat:Dataset ; void:classPartition ?x . "
            "?x void:class ?c ; void:entities ?e }",
            "SELECT ?c (COUNT(DISTINCT ?s) AS ?e) { ?s a ?c } GROUP BY ?c",
        ),
        (
            "SELECT ?c ?n { ?d a dcat:Dataset ; void:classPartition ?x . "
            "?x void:class ?c ; void:triples ?n }",
            "SELECT ?c (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o } GROUP BY ?c",
        ),
        (
            "SELECT ?p ?n ?ns ?no { ?d a dcat:Dataset ; void:propertyPartition ?x . "
            f"?x void:property ?p ; {NUMBERS} }}",
            f"SELECT ?p {COUNTS} {{ ?s ?p ?o }} GROUP BY ?p",
        ),
        (
            "SELECT ?c ?p ?n ?ns ?no { ?d a dcat:Dataset ; void:classPartition ?x . "
            "?x void:class ?c ; void:propertyPartition ?y . "
            f"?y void:property ?p ; {NUMBERS} }}",
            f"SELECT ?c ?p {COUNTS} {{ ?s a ?c ; ?p ?o }} GROUP BY ?c ?p",
        ),
        (
            "SELECT ?c ?p ?oc { ?d a dcat:Dataset ; void:classPartition ?x . "
            "?x void:class ?c ; void:propertyPartition ?y . "
            "?y void:property ?p ; void:classPartition [ void:class ?oc ] }",
            "SELECT DISTINCT ?c ?p ?oc { ?s a ?c ; ?p ?o . ?o a ?oc }",
        ),
        (
            "SELECT ?c ?p ?t { ?d a dcat:Dataset ; void:classPartition ?x . "
            "?x void:class ?c ; void:propertyPartition ?y . "
            "?y void:property ?p ; void-ext:datatypePartition [ void-ext:datatype ?t ] }",
            "SELECT DISTINCT ?c ?p ?t { ?s a ?c ; ?p ?o . BIND(DATATYPE(?o) AS ?t) "
            "FILTER(BOUND(?t)) }",
        ),
        (
            "SELECT ?p ?space ?n { ?l a void:Linkset ; void:linkPredicate ?p ; void:triples ?n ; "
            "void:objectsTarget [ void:uriSpace ?space ] }",
            f"SELECT ?p ?space (COUNT(*) AS ?n) {{ VALUES ?space {{ "
            f"{' '.join(repr(space) for space in LINKED)} }} "
            "?s ?p ?o FILTER(isIRI(?o) && STRSTARTS(STR(?o), ?space)) } GROUP BY ?p ?space",
        ),
    ],
)
def test_every_number_counted_again(folder: Path, data: Store, stated: str, counted: str) -> None:
    store = Store.read_only(str(folder / "store"))
    found = rows(store, stated)
    assert found == rows(data, counted)
    assert len(found) > 0


def test_the_files_and_the_store_say_the_same(folder: Path, data: Store) -> None:
    store = Store.read_only(str(folder / "store"))
    quads = set(pyoxigraph.parse(path=str(folder / "metadata.nq")))
    named = {
        q for g in METADATA_GRAPHS for q in store.quads_for_pattern(None, None, None, NamedNode(g))
    }
    assert quads == named
    for quad in quads:
        assert pyoxigraph.Quad(quad.subject, quad.predicate, quad.object) in store
        assert not isinstance(quad.subject, pyoxigraph.BlankNode)
        assert not isinstance(quad.object, pyoxigraph.BlankNode)
    statistics = Statistics.from_json((folder / "statistics.json").read_text("utf-8"))
    assert statistics == from_store(store) == from_store(data)


@pytest.mark.parametrize("name", SIB_QUERIES)
def test_what_tools_ask_without_graph(folder: Path, name: str) -> None:
    store = Store.read_only(str(folder / "store"))
    start = time.monotonic()
    solutions = store.query(SIB_QUERIES[name])
    assert isinstance(solutions, pyoxigraph.QuerySolutions)
    found = list(solutions)
    assert time.monotonic() - start < 1
    if name == "prefixes":
        pairs = {(one["prefix"].value, one["namespace"].value) for one in found}
        assert pairs == {*PREFIXES.items(), *METADATA_PREFIXES.items()}
    elif name == "examples":
        assert [one["query"].value for one in found] == [
            one.text for one in sorted(examples(), key=lambda one: one.name)
        ]
    else:
        told = {tuple(value.value if value else "" for value in one) for one in found}
        tfl, up = PREFIXES["tfl"], PREFIXES["up"]
        assert (f"{up}Protein", f"{tfl}regulates", f"{up}Protein", "") in told
        label = PREFIXES["rdfs"] + "label"
        assert (f"{up}Protein", label, "", str(XSD.string)) in told


def test_the_example_queries(graph: rdflib.Graph) -> None:
    for example in examples():
        node = URIRef(f"{EXAMPLES_GRAPH}#{example.name}")
        assert graph.value(node, SH[example.form.lower()]) == Literal(example.text)
        words = {str(word) for word in graph.objects(node, SCHEMA.keywords)}
        assert words == set(example.keywords)
        others = {str(other) for other in graph.objects(node, SPEX.federatesWith)}
        assert others == set(example.federates_with)
        assert list(graph.objects(graph.value(node, SH.prefixes), SH.declare))
        assert not list(graph.objects(node, SCHEMA.target))  # nobody knows the address
    assert any(example.federates_with for example in examples())


def test_the_data_set_and_its_versions(graph: rdflib.Graph) -> None:
    summary = graph.value(TFLINK, DCTERMS.isVersionOf)
    assert summary == URIRef(DATASET + "tflink")
    assert graph.value(summary, PAV.hasCurrentVersion) == TFLINK
    assert graph.value(summary, DCTERMS.title) == Literal("TFLink", lang="en")
    assert graph.value(TFLINK, PAV.version) == Literal("1.0")
    terms = graph.value(TFLINK, DCTERMS.license)
    assert "non-commercial" in str(graph.value(terms, DCTERMS.description))
    assert "baac083" in str(graph.value(TFLINK, DCTERMS.bibliographicCitation))
    assert graph.value(URIRef(VOID_GRAPH), FOAF.primaryTopic) == TFLINK
    assert not list(graph.objects(TFLINK, VOID.sparqlEndpoint))


def test_where_it_comes_from(folder: Path, graph: rdflib.Graph) -> None:
    build = graph.value(TFLINK, PROV.wasGeneratedBy)
    started, ended = (graph.value(build, one) for one in (PROV.startedAtTime, PROV.endedAtTime))
    assert isinstance(started, Literal)
    assert isinstance(ended, Literal)
    assert started.toPython() <= ended.toPython() <= datetime.now(UTC)
    versions = {
        str(graph.value(agent, DCTERMS.title)): str(graph.value(agent, PAV.version))
        for agent in graph.objects(build, PROV.wasAssociatedWith)
    }
    info = open_release(folder).info
    assert versions == info["software"]
    used = set(graph.objects(build, PROV.used))
    assert used == set(graph.objects(TFLINK, PROV.wasDerivedFrom))
    sums = {str(graph.value(graph.value(one, SPDX.checksum), SPDX.checksumValue)) for one in used}
    assert sums == {one["sha256"] for one in info["inputs"]}


def test_the_graphs(graph: rdflib.Graph) -> None:
    dataset = graph.value(predicate=RDF.type, object=SD.Dataset)
    assert (graph.value(dataset, SD.defaultGraph), RDF.type, SD.Graph) in graph
    names = {str(graph.value(one, SD.name)) for one in graph.objects(dataset, SD.namedGraph)}
    assert names >= {*METADATA_GRAPHS, PAGES_GRAPH}
    for name in names:
        assert graph.value(URIRef(name), DCTERMS.description)


def test_the_terms_come_from_known_namespaces(graph: rdflib.Graph) -> None:
    known = (*PREFIXES.values(), *METADATA_PREFIXES.values())
    assert all(str(predicate).startswith(known) for predicate in graph.predicates())


def test_downloads_and_the_address() -> None:
    download = Download("tflink.nt.gz", "application/n-triples", 12, "ab" * 32)
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    facts = Facts("mine", {}, [], now, now, "https://example.org/x", [download])
    graph = as_graph(quad.triple for quad in description(facts, []))
    node, file = URIRef(DATASET + "mine"), URIRef("https://example.org/x/downloads/tflink.nt.gz")
    assert graph.value(node, VOID.dataDump) == file
    distribution = graph.value(predicate=DCAT.downloadURL, object=file)
    assert (node, DCAT.distribution, distribution) in graph
    checksum = graph.value(distribution, SPDX.checksum)
    assert graph.value(checksum, SPDX.checksumValue) == Literal("ab" * 32, datatype=XSD.hexBinary)
    endpoint = URIRef("https://example.org/x/sparql")
    assert graph.value(node, VOID.sparqlEndpoint) == endpoint
    targets = set(graph.objects(predicate=SCHEMA.target))
    assert targets == {endpoint}
    assert graph.value(predicate=DCAT.endpointURL, object=endpoint)
    # A data set that no table knows has no terms and no version to tell.
    assert not list(graph.objects(node, DCTERMS.license | DCTERMS.isVersionOf))


@pytest.mark.parametrize(
    "url", ["ftp://example.org", "example.org", "https://example.org/?a", "https://a b", "https://"]
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match="cannot be the public address"):
        checked_url(url)


def test_two_builds_differ_in_times_only(tmp_path: Path) -> None:
    source = tmp_path / "table.tsv"
    source.write_text(table(row()), "utf-8")
    contents: list[object] = []
    for name in ("one", "two"):
        release, report = rdfconv.build([source], tmp_path / name, public_url="http://a.example/")
        quads = set(pyoxigraph.parse(path=str(release.path / metadata.METADATA)))
        times = {q for q in quads if q.predicate.value.endswith(("AtTime", "created"))}
        assert len(times) == 3
        assert any(q.predicate.value == str(VOID.sparqlEndpoint) for q in quads)
        contents.append(quads - times)
        statistics = (release.path / "statistics.json").read_text("utf-8")
        contents.append(statistics)
        assert report.triples == Statistics.from_json(statistics).triples
        assert release.info["public_url"] == "http://a.example"
    assert contents[:2] == contents[2:]


def test_labels_are_english(graph: rdflib.Graph) -> None:
    comments = list(graph.objects(predicate=RDFS.comment))
    assert comments
    assert all(isinstance(one, Literal) and one.language == "en" for one in comments)
