"""What is written beyond what the input states, against owlrl's own closure of whole graphs."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import rdflib
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rdflib import OWL, RDF, RDFS, BNode, Literal, URIRef
from rdflib.collection import Collection

import rdfconv
from rdfconv.catalog import Catalog, Tally
from rdfconv.emitter import Emitter
from rdfconv.entailment import (
    CORE,
    CORE_TERMS,
    ENTAILED,
    FULL,
    LEVELS,
    NONE,
    Entailments,
    entailed,
    vocabulary_conclusions,
)
from rdfconv.errors import OntologyError
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import TERM
from rdfconv.mapping import MappingFile
from rdfconv.model import Evidence, Interaction, Mention, Ortholog, Record
from rdfconv.problems import ProblemLog
from rdfconv.reasoning import closure
from rdfconv.reasoning.cases import graph_of, learn
from rdfconv.reasoning.joins import check, linked_records
from rdfconv.serialize import syntax_of
from rdfconv.vocabulary import PREFIXES, databases, methods, ontology_folder, organisms

ROOT = Path(__file__).parent.parent
TFL = rdflib.Namespace(TERM)
ONTOLOGY = closure.read_ontology()
APPLIED = closure.without_joining(ONTOLOGY)


def graph(level: str, records: Sequence[Record]) -> rdflib.Graph:
    """What is written for records at a level, with what follows from the vocabulary alone."""
    made = graph_of(Emitter(entailed(level), syntax_of(RDF_FORMATS["nt"])), records)
    return made.parse(data=vocabulary_conclusions(level), format="nt")


def closed(records: Sequence[Record]) -> set[closure.Triple]:
    """What owlrl concludes from what records state and the ontology."""
    both = graph(NONE, records)
    for triple in APPLIED:
        both.add(triple)
    return set(closure.conclusions(closure.close(both)))


# --- Small random graphs -------------------------------------------------------------------------

ACCESSIONS = st.sampled_from([f"P0000{number}" for number in range(1, 6)])
GENES = st.lists(st.sampled_from(["1", "2", "none"]), max_size=2, unique=True).map(tuple)
ORTHOLOGS = st.lists(st.builds(Ortholog, st.just("Mus musculus"), ACCESSIONS), max_size=2)
PAPERS = sorted({one.citation for one in databases().values()} - {""})


@st.composite
def mentions(draw: st.DrawFn) -> Mention:
    return Mention(
        draw(ACCESSIONS),
        draw(st.sampled_from(["", "A", "B;C"])),
        draw(GENES),
        draw(st.sampled_from(["", "Homo novus", *organisms()])),
        tuple(draw(ORTHOLOGS)),
    )


REPORTS = st.builds(
    Evidence.of,
    st.just("tflink-1.0"),
    st.lists(st.sampled_from([*databases(), "New"]), max_size=3, unique=True),
    st.lists(st.sampled_from([*methods(), "new method"]), max_size=3, unique=True),
    st.lists(st.sampled_from([*PAPERS, "1", "2", "1724219e"]), max_size=4, unique=True),
    st.sampled_from([True, False, None]),
)
ROWS = st.lists(st.builds(Interaction, mentions(), mentions(), REPORTS), min_size=1, max_size=4)


def records_of(rows: Sequence[Interaction]) -> list[Record]:
    """All records of rows, as a conversion gathers them."""
    tally, catalog = Tally(), Catalog("tflink-1.0")
    tally.add_rows(rows)
    evidence = tally.new_evidence(rows)
    for told in evidence:
        catalog.add_evidence(told)
    for mention, as_factor, as_target in tally.mentions():
        catalog.add_mention(mention, as_factor, as_target)
    proteins = catalog.proteins(catalog.accessions(), ProblemLog())
    return [*rows, *evidence, *proteins, *catalog.others()]


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would take many minutes
)
@given(ROWS)
def test_full_is_owlrls_own_closure(rows: list[Interaction]) -> None:
    records = records_of(rows)
    written = set(graph(FULL, records)) | set(APPLIED)
    wanted = closed(records)
    assert wanted - written == set()
    assert set(closure.conclusions(written)) - wanted == set()


@settings(max_examples=10, deadline=None)
@given(ROWS)
def test_the_levels_hold_each_other(rows: list[Interaction]) -> None:
    records = records_of(rows)
    none, core, full = (set(graph(level, records)) for level in LEVELS)
    assert none < core < full
    added = {
        str(value if predicate == RDF.type else predicate) for _, predicate, value in core - none
    }
    assert added <= CORE_TERMS


def test_a_whole_table_says_the_same_as_its_records(sample: Path) -> None:
    """The real pipeline, with files and processes, on one real page."""
    page = sample / "pages" / "q13069.md"
    made = rdfconv.to_graph(page, entail=FULL)
    stated = rdfconv.to_graph(page, entail=NONE)
    for triple in APPLIED:
        stated.add(triple)
    wanted = set(closure.conclusions(closure.close(stated)))
    ontology = set(closure.conclusions(closure.close(APPLIED)))
    assert wanted - ontology == set(closure.conclusions(set(made) - ontology))


# --- What core adds ------------------------------------------------------------------------------


def test_core_adds_what_queries_need() -> None:
    records = linked_records()
    added = set(graph(CORE, records)) - set(graph(NONE, records))
    evidence = next(one for one in records if isinstance(one, Evidence) and one.small_scale)
    node = URIRef(PREFIXES["tfle"] + evidence.id)
    obo = rdflib.Namespace(PREFIXES["obo"])
    protein = URIRef(PREFIXES["uniprotkb"] + "P00002")
    assert {
        (node, RDF.type, TFL.SmallScaleEvidence),
        (node, TFL.reference, URIRef(PREFIXES["pubmed"] + "1")),
        (node, TFL.detectionMethodOrBroader, obo.MI_0402),  # the method itself
        (node, TFL.detectionMethodOrBroader, obo.MI_0001),  # the root
        (protein, RDF.type, TFL.TargetProtein),
    } <= added
    other = next(one for one in records if isinstance(one, Evidence) and one.small_scale is False)
    small = (URIRef(PREFIXES["tfle"] + other.id), RDF.type, TFL.SmallScaleEvidence)
    assert small not in added


def test_a_method_no_table_knows_has_broader_ones() -> None:
    made = graph(CORE, linked_records())
    new = URIRef(PREFIXES["tflm"] + "new%20method")
    [evidence] = made.subjects(TFL.detectionMethod, new)
    broader = set(made.objects(evidence, TFL.detectionMethodOrBroader))
    assert new in broader
    assert URIRef(PREFIXES["obo"] + "MI_0686") in broader  # unspecified method


def test_what_was_worked_out_is_of_this_ontology() -> None:
    told = (ontology_folder() / ENTAILED).read_text("utf-8")
    assert told == Entailments.work_out().as_json(), "run: python -m rdfconv.reasoning"


# --- Axioms that join records --------------------------------------------------------------------


@pytest.mark.parametrize(
    "axiom", closure.JOINING_AXIOMS, ids=lambda axiom: closure.short(axiom.subject)
)
def test_a_joining_axiom_is_declared_and_not_claimed(axiom: closure.JoiningAxiom) -> None:
    """It would add something, nobody writes it, and the query says the same."""
    assert (axiom.subject, axiom.predicate, None) in ONTOLOGY
    records = linked_records()
    both = graph(NONE, records)
    for triple in ONTOLOGY:
        both.add(triple)
    concluded = set(closure.close(both).subject_objects(axiom.subject))
    assert concluded
    written = graph(FULL, records)
    assert set(written.subject_objects(axiom.subject)) == set()
    prefixes = "".join(f"PREFIX {name}: <{space}> " for name, space in PREFIXES.items())
    asked = written.query(f"{prefixes} SELECT ?subject ?object {{ {axiom.instead} }}")
    assert {tuple(row) for row in asked} == concluded  # type: ignore[arg-type]


def with_chain(ontology: rdflib.Graph, name: str, *steps: URIRef) -> rdflib.Graph:
    made = rdflib.Graph()
    for triple in ontology:
        made.add(triple)
    head = BNode()
    Collection(made, head, list(steps))
    made.add((TFL[name], OWL.propertyChainAxiom, head))
    made.add((TFL[name], RDF.type, OWL.ObjectProperty))
    return made


def refused(ontology: rdflib.Graph) -> str:
    with pytest.raises(OntologyError) as error:
        applied(ontology)
    return str(error.value)


def applied(ontology: rdflib.Graph) -> None:
    """What a build does with an ontology."""
    mapping = MappingFile.load()
    full = Entailments(learn(mapping, ontology), ()).mapping(FULL)
    check(mapping.stated(), full, ontology)


def test_an_axiom_that_joins_edges_through_their_evidence_is_named() -> None:
    ontology = with_chain(APPLIED, "sharesEvidenceWith", TFL.evidence, TFL.supports)
    ontology.add((TFL.supports, OWL.inverseOf, TFL.evidence))
    told = refused(ontology)
    assert "tfl:sharesEvidenceWith owl:propertyChainAxiom" in told
    assert "joins records" in told


def test_a_chain_over_edges_is_named() -> None:
    told = refused(with_chain(APPLIED, "regulatesIndirectly", TFL.regulates, TFL.regulates))
    assert "tfl:regulatesIndirectly owl:propertyChainAxiom" in told


def test_an_axiom_from_a_database_back_to_its_evidence_is_refused() -> None:
    ontology = with_chain(APPLIED, "sameDatabase", TFL.sourceDatabase, TFL.listedIn)
    ontology.add((TFL.listedIn, OWL.inverseOf, TFL.sourceDatabase))
    assert "tfl:sameDatabase" in refused(ontology)


def test_a_conclusion_from_two_optional_triples_is_refused() -> None:
    ontology = rdflib.Graph()
    for triple in APPLIED:
        ontology.add(triple)
    parts = BNode()
    for name, value in (("A", TFL.smallScale), ("B", TFL.unparsedReference)):
        ontology.add((value, RDFS.domain, TFL[name]))
    both = BNode()
    Collection(ontology, parts, [TFL.A, TFL.B])
    ontology.add((both, OWL.intersectionOf, parts))
    ontology.add((TFL.Both, OWL.equivalentClass, both))
    ontology.add((TFL.Both, OWL.intersectionOf, parts))
    assert "two optional triples of map:Evidence" in refused(ontology)


def test_an_ontology_that_contradicts_its_records_is_refused() -> None:
    ontology = rdflib.Graph()
    for triple in APPLIED:
        ontology.add(triple)
    ontology.add((TFL.target, RDFS.range, TFL.Evidence))
    assert "contradicts itself" in refused(ontology)


# --- A broken ontology stops a build before any data is read -------------------------------------


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program and its ontology in a folder of their own."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("rdfconv", "ontology", "server"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("tflink.ttl", "tfl:regulates a owl:ObjectProperty ;",
         "tfl:regulates a owl:ObjectProperty ,", "tflink.ttl"),
        ("tflink.ttl", "tfl:target a owl:ObjectProperty ;",
         "tfl:target a owl:ObjectProperty , owl:FunctionalProperty ;",
         "tfl:target rdf:type owl:FunctionalProperty"),
        ("tflink.ttl", "tfl:Gene a owl:Class ;",
         "tfl:Gene a owl:Class ; owl:hasKey ( dcterms:identifier ) ;", "tfl:Gene owl:hasKey"),
        ("tflink.ttl", "tfl:regulates a owl:ObjectProperty ;",
         "tfl:regulates a owl:ObjectProperty , owl:TransitiveProperty ;",
         "tfl:regulates rdf:type owl:TransitiveProperty"),
        ("mapping.ttl", "tfl:target v:target ;", "tfl:targets v:target ;", "ontology#targets"),
        ("mapping.ttl", "tfl:target v:target ;", "tfl:target v:goal ;", "v:goal is not described"),
        ("methods.ttl", "@prefix", "@preefix", "methods.ttl"),
    ],
)  # fmt: skip
def test_a_broken_ontology_stops_a_build(
    copy: Path, tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    path = copy / "ontology" / file
    text = path.read_text("utf-8")
    assert old in text
    into = tmp_path / "out"
    path.write_text(text.replace(old, new, 1), "utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "rdfconv", "build", ROOT / "tests/data/sample", "--into", into],
            cwd=copy, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    finally:
        path.write_text(text, "utf-8")
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(into.rglob("*.json")) if into.exists() else True


def test_a_wrong_level_is_refused(sample: Path) -> None:
    with pytest.raises(rdfconv.errors.UsageError, match="none, core, full"):
        rdfconv.to_graph(sample / "pages" / "q13069.md", entail="most")


def test_literals_are_no_subjects() -> None:
    for subject, _, _ in graph(FULL, linked_records()):
        assert not isinstance(subject, Literal)
