"""The ontology: complete for the mapping, inside its own rules, sound under OWL RL; its context."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from typing import Any, cast

import pyoxigraph
import pytest
from owlrl import DeductiveClosure, OWLRL_Semantics
from pyld import jsonld
from rdflib import OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from rdfconv.entailment import CORE_TERMS
from rdfconv.identifiers import BASE, TERM, evidence_id
from rdfconv.vocabulary import PREFIXES, ontology_folder
from tests.ontology_files import methods, ontology

MAP = Namespace(BASE + "mapping#")
VARIABLE = BASE + "mapping/variable/"
ONTOLOGY = URIRef(BASE + "ontology")
TFL = Namespace(TERM)
OBO = Namespace(PREFIXES["obo"])
UP = Namespace(PREFIXES["up"])
DCTERMS = Namespace(PREFIXES["dcterms"])
ORTH = Namespace(PREFIXES["orth"])
TFLI = Namespace(PREFIXES["tfli"])
TFLE = Namespace(PREFIXES["tfle"])
UNIPROT = Namespace(PREFIXES["uniprotkb"])
ERROR = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
"""What owlrl says an inconsistency with."""
BUILT_IN = (str(RDF), str(OWL), str(XSD))
DECLARATIONS = {
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    OWL.NamedIndividual,
}
COUNTED = {
    URIRef(TERM + name)
    for name in (
        *("EdgeCount", "edgeCount", "countedEvidence", "countedOrganism"),
        *("countedTranscriptionFactor", "countedTarget", "countedDatabase", "sharedByDatabase"),
        *("countedMethod", "countedPaper", "countedDataset", "conservedIn", "conservedEdgeCount"),
        *("oneTranscriptionFactor", "otherTranscriptionFactor", "sharedTargetCount"),
    )
}
"""The terms of the numbers that a build counts (rdfconv/edge_counts.py)."""
LATER = "written from a later version on"
FULL_ONLY = "written with --entail full only"
NEVER = "not written: "
NO_DOMAIN = {
    "evidence": "binding sites have evidence, too",
    "listedOn": "rows, fields and binding sites are listed",
    "statedName": "of pages, rows and binding sites",
    "statedGeneIds": "of pages and rows",
    "statedOrganism": "of pages and binding sites",
    "statedMethods": "of rows and binding sites",
    "statedReferences": "of rows and binding sites",
    "statedDatabases": "of rows and binding sites",
}
"""Own properties without a domain, and why: OWL RL has no union of classes there."""
NO_RANGE = {
    "jasparMatrix": "pages of JASPAR are of no class here",
    "modeOfRegulation": "its values are two individuals; a shape lists them",
    "accessionStatus": "its values are two individuals; a shape lists them",
    "federatesWith": "an address of an endpoint, of which nothing else is known here",
}
"""Own properties without a range, and why."""
DISJOINT = {
    *(PREFIXES["up"] + name for name in ("Protein", "Taxon")),
    *(TERM + name for name in ("Gene", "RegulatoryInteraction", "Evidence")),
    *(TERM + name for name in ("SourceDatabase", "DetectionMethod")),
    PREFIXES["schema"] + "ScholarlyArticle",
    PREFIXES["obo"] + "SO_0000235",
}
TURTLE_PREFIX = re.compile(r"^@prefix (\w+): +<([^>]*)> \.$", re.MULTILINE)


@cache
def mapping() -> Graph:
    return Graph().parse(ontology_folder() / "mapping.ttl")


@cache
def context() -> dict[str, Any]:
    text = (ontology_folder() / "context.jsonld").read_text(encoding="utf-8")
    return cast(dict[str, Any], json.loads(text)["@context"])


def declared(term: Node) -> set[Node]:
    return set(ontology().objects(term, RDF.type)) & DECLARATIONS


def own_terms() -> set[URIRef]:
    subjects = ontology().subjects(unique=True)
    return {s for s in subjects if isinstance(s, URIRef) and s.startswith(TERM)}


@cache
def written() -> frozenset[URIRef]:
    """Predicates, classes and other constant terms that the mapping writes."""
    terms = set()
    for s, p, o in mapping():
        if p == MAP.oneOf:
            terms.add(o)
        if not str(p).startswith(MAP) and str(s).startswith(VARIABLE):
            terms |= {p, o}
    constants = {t for t in terms if isinstance(t, URIRef)}
    return frozenset(t for t in constants if not str(t).startswith((VARIABLE, *BUILT_IN)))


def written_predicates() -> dict[URIRef, set[Node]]:
    """Each predicate the mapping writes, but for rdf:type, with the variables in its object."""
    found: dict[URIRef, set[Node]] = {}
    for _, p, o in mapping():
        if isinstance(p, URIRef) and not p.startswith(MAP) and p != RDF.type:
            found.setdefault(p, set()).add(o)
    return found


def notes(term: URIRef) -> list[str]:
    return [str(note) for note in ontology().objects(term, SKOS.editorialNote)]


def entailed_properties() -> set[URIRef]:
    """The own properties that are written at some level of entailment but not in the mapping."""
    properties = {t for t in own_terms() if OWL.ObjectProperty in declared(t)}
    return {t for t in properties if str(t) in CORE_TERMS or FULL_ONLY in notes(t)} - written()


def closed(turtle: str = "") -> Graph:
    """The OWL RL closure, by owlrl, of the ontology with more triples."""
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    graph = Graph().parse(data=prefixes + turtle, format="turtle")
    graph += ontology()
    DeductiveClosure(OWLRL_Semantics).expand(graph)
    return graph


def errors(graph: Graph) -> list[str]:
    return [str(message) for message in graph.objects(None, ERROR)]


EDGE = """
tfli:Q9H9S0_O94907 a tfl:RegulatoryInteraction ;
    tfl:transcriptionFactor uniprotkb:Q9H9S0 ;
    tfl:target uniprotkb:O94907 .
"""
RECORDS = (
    EDGE
    + """
tfli:Q9H9S0_O94907 tfl:evidence tfle:yi3hxzp5x2hs3viberaatte7qd .
tfle:yi3hxzp5x2hs3viberaatte7qd a tfl:Evidence ;
    tfl:reportedBy tfld:tflink-1.0 ;
    tfl:sourceDatabase tfldb:GTRD ;
    tfl:detectionMethod obo:MI_0402 ;
    tfl:primaryReference pubmed:19148141 ;
    tfl:databaseReference pubmed:27924024 ;
    tfl:smallScale true ;
    tfl:databaseCount 3 .
obo:MI_0402 tfl:broaderMethod obo:MI_0019 .
obo:MI_0019 tfl:broaderMethod obo:MI_0004 .
uniprotkb:Q9H9S0 a up:Protein ; tfl:encodedBy ncbigene:79923 .
uniprotkb:O94907 orth:hasOrtholog uniprotkb:Q9PWH3 .
"""
)


# Prefixes, header, declarations


def test_the_header() -> None:
    assert (ONTOLOGY, RDF.type, OWL.Ontology) in ontology()
    (version,) = ontology().objects(ONTOLOGY, OWL.versionInfo)
    (earlier,) = ontology().objects(ONTOLOGY, OWL.priorVersion)
    assert (str(version), str(earlier)) == ("0.3.0", f"{ONTOLOGY}/0.2.0")
    assert (ONTOLOGY, OWL.versionIRI, URIRef(f"{ONTOLOGY}/{version}")) in ontology()
    changes = [str(note) for note in ontology().objects(ONTOLOGY, SKOS.changeNote)]
    assert any(change.startswith(f"{version}: ") for change in changes)
    licence = URIRef("https://creativecommons.org/publicdomain/zero/1.0/")
    assert (ONTOLOGY, DCTERMS.license, licence) in ontology()


@pytest.mark.parametrize("name", ["tflink.ttl", "mapping.ttl"])
def test_the_prefixes_of_a_turtle_file_are_those_of_the_program(name: str) -> None:
    text = (ontology_folder() / name).read_text(encoding="utf-8")
    prefixes = dict(TURTLE_PREFIX.findall(text))
    assert len(prefixes) == text.count("@prefix")
    assert prefixes["tfl"] == TERM
    if name == "mapping.ttl":
        assert prefixes.pop("map") == str(MAP)
        assert prefixes.pop("v") == VARIABLE
    assert prefixes.items() <= PREFIXES.items()
    for prefix in prefixes:
        assert text.count(f"{prefix}:") > 1, f"{prefix}: is not used"


def test_the_prefixes_of_the_context_are_those_of_the_program() -> None:
    prefixes = {
        name: iri
        for name, iri in context().items()
        if isinstance(iri, str) and iri.startswith("http")
    }
    assert prefixes == dict(PREFIXES)


def test_every_term_that_the_mapping_writes_is_declared_once() -> None:
    assert len(written()) > 40
    for term in written():
        assert len(declared(term)) == 1, term


def test_every_own_term_is_written_or_says_that_it_is_not() -> None:
    conclusions = {term for triple in closed(RECORDS) for term in triple}
    for term in own_terms():
        told = [n for n in notes(term) if n in (LATER, FULL_ONLY) or n.startswith(NEVER)]
        always = term in written() | COUNTED or str(term) in CORE_TERMS
        assert always + len(told) == 1, f"tflink.ttl: {term}: written, yet not: {told}"
        if always or told == [FULL_ONLY]:
            known = written() | COUNTED | conclusions
            assert term in known, f"tflink.ttl: {term}: nothing entails it"


def test_every_own_term_that_is_used_is_defined() -> None:
    used = {
        node
        for triple in ontology()
        for node in triple
        if isinstance(node, URIRef) and node.startswith(TERM)
    }
    assert used == own_terms()
    for term in own_terms():
        assert len(declared(term)) == 1, term
        for prop in (RDFS.label, SKOS.definition):
            (text,) = ontology().objects(term, prop)
            assert isinstance(text, Literal)
            assert text.language == "en"
        assert (term, SKOS.example, None) in ontology(), f"{term} has no example"
        assert (term, RDFS.isDefinedBy, ONTOLOGY) in ontology(), term


def examples() -> list[tuple[URIRef, str]]:
    return [
        (term, str(text))
        for term in sorted(own_terms())
        for text in ontology().objects(term, SKOS.example)
        if term != TFL.Evidence
    ]


def test_each_example_is_turtle_that_uses_its_term_and_all_agree() -> None:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    statements = []
    for term, text in examples():
        statements.append(text if text.endswith(" .") else f"[] {text} .")
        graph = Graph().parse(data=prefixes + statements[-1], format="turtle")
        assert term in {node for triple in graph for node in triple}, text
    assert not errors(closed("\n".join(statements)))


def test_every_other_term_is_declared_with_its_home() -> None:
    used = set(ontology().predicates(unique=True)) | set(methods().predicates(unique=True))
    used |= written()
    for prop in (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, SKOS.closeMatch):
        used |= {o for o in ontology().objects(None, prop) if isinstance(o, URIRef)}
    names = {str(term): term for term in used}
    for name, term in names.items():
        structural = term in {RDFS.domain, RDFS.range, RDFS.subClassOf, RDFS.subPropertyOf}
        if name.startswith(BUILT_IN) or structural:
            continue
        assert len(declared(term)) == 1, name
        assert (term, RDFS.isDefinedBy, None) in ontology(), name


# The rules of the house


def test_nothing_merges_nodes_and_nothing_is_imported() -> None:
    nodes = {node for triple in ontology() for node in triple}
    forbidden = {
        OWL.FunctionalProperty,
        OWL.InverseFunctionalProperty,
        OWL.hasKey,
        OWL.sameAs,
        OWL.imports,
        OWL.maxCardinality,
        OWL.maxQualifiedCardinality,
        OBO.RO_0002211,
    }
    assert not nodes & forbidden


def test_domains_and_ranges_are_stated_of_own_properties_only() -> None:
    for prop in (RDFS.domain, RDFS.range):
        for subject, value in ontology().subject_objects(prop):
            assert subject in own_terms()
            assert isinstance(value, URIRef)
            if OWL.DatatypeProperty in declared(subject) and prop == RDFS.range:
                assert value in {XSD.string, XSD.boolean, XSD.integer, XSD.decimal}
            else:
                assert declared(value) == {OWL.Class}
    assert (TFL.evidence, RDFS.domain, None) not in ontology()


def test_every_own_property_has_a_domain_and_a_range_where_they_hold() -> None:
    kinds = {OWL.ObjectProperty, OWL.DatatypeProperty}
    properties = {term for term in own_terms() if declared(term) & kinds}
    assert len(properties) > 60
    for prop, exceptions in ((RDFS.domain, NO_DOMAIN), (RDFS.range, NO_RANGE)):
        without = {t for t in properties if (t, prop, None) not in ontology()}
        assert {t.removeprefix(TERM) for t in without} == set(exceptions), prop


def test_the_classes_of_the_model_are_disjoint() -> None:
    (node,) = ontology().subjects(RDF.type, OWL.AllDisjointClasses)
    (members,) = ontology().objects(node, OWL.members)
    assert {str(member) for member in Collection(ontology(), members)} == DISJOINT


def test_property_kinds_fit_what_the_mapping_writes() -> None:
    for predicate, variables in written_predicates().items():
        literal = {(v, MAP.datatype, None) in mapping() for v in variables}
        assert len(literal) == 1, predicate
        (kind,) = declared(predicate)
        if kind == OWL.AnnotationProperty:
            continue
        assert kind == (OWL.DatatypeProperty if literal == {True} else OWL.ObjectProperty)
        for variable in variables:
            datatype = mapping().value(variable, MAP.datatype)
            ranged = ontology().value(predicate, RDFS.range)
            assert ranged is None or datatype is None or ranged == datatype, predicate


def test_sub_properties_and_chains_are_of_one_kind() -> None:
    for sub, above in ontology().subject_objects(RDFS.subPropertyOf):
        assert declared(sub) == declared(above)
    for prop, chain in ontology().subject_objects(OWL.propertyChainAxiom):
        for part in (prop, *Collection(ontology(), chain)):
            assert declared(part) == {OWL.ObjectProperty}


# Evidence hashes


def vectors() -> list[str]:
    return sorted(str(text) for text in ontology().objects(TFL.Evidence, SKOS.example))


def test_there_are_three_vectors_and_the_readme_has_them() -> None:
    assert len(vectors()) == 3
    readme = (ontology_folder() / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^```text\n(.*?)\n```$", readme, re.MULTILINE | re.DOTALL)) == (
        vectors()
    )


@pytest.mark.parametrize("vector", vectors())
def test_a_vector_gives_its_node(vector: str) -> None:
    lines, _, node = vector.rpartition("\n")
    digest = hashlib.sha256(f"{lines}\n".encode()).digest()
    assert node == "tfle:" + base64.b32encode(digest).decode("ascii").lower()[:26]


@pytest.mark.parametrize("vector", vectors())
def test_the_program_agrees_with_a_vector(vector: str) -> None:
    first, *lines, node = vector.split("\n")
    assert first == "tfl-evidence-1"
    values: dict[str, list[str]] = {}
    for line in lines:
        key, _, value = line.partition("=")
        plain = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value)
        values.setdefault(key, []).append(plain)
    (source,), (scale,) = values.pop("source"), values.pop("scale")
    local = evidence_id(
        source,
        values.pop("db", [])[::-1],
        values.pop("method", [])[::-1],
        values.pop("ref", []),
        {"Yes": True, "No": False, "-": None}[scale],
        values.pop("mode", [])[::-1],
    )
    assert not values
    assert node == f"tfle:{local}"


# OWL RL


@pytest.fixture(scope="module")
def closure() -> Graph:
    return closed(RECORDS)


def test_the_ontology_is_consistent() -> None:
    assert errors(closed()) == []


def test_records_are_consistent_with_it(closure: Graph) -> None:
    assert errors(closure) == []


def test_a_contradiction_is_found() -> None:
    assert errors(closed("tfle:x a tfl:Evidence , tfl:RegulatoryInteraction ."))


def test_nothing_becomes_a_process(closure: Graph) -> None:
    processes = {OBO.BFO_0000015, OBO.GO_0008150, OBO.RO_0002211}
    assert not processes & {node for triple in closure for node in triple}
    protein = UNIPROT.Q9H9S0
    types = set(closure.objects(protein, RDF.type)) - {OWL.Thing}
    assert types == {UP.Protein, TFL.TranscriptionFactor}


def test_the_chain_gives_the_direct_edge() -> None:
    graph = closed(EDGE)
    assert (UNIPROT.Q9H9S0, TFL.regulates, UNIPROT.O94907) in graph
    assert (UNIPROT.O94907, TFL.regulatedBy, UNIPROT.Q9H9S0) in graph
    assert (UNIPROT.Q9H9S0, OBO.RO_0002566, UNIPROT.O94907) in graph
    assert (UNIPROT.O94907, TFL.regulates, UNIPROT.Q9H9S0) not in graph


def test_what_the_axioms_entail(closure: Graph) -> None:
    interaction, evidence = TFLI.Q9H9S0_O94907, TFLE.yi3hxzp5x2hs3viberaatte7qd
    sio = Namespace(PREFIXES["sio"])
    pubmed = Namespace(PREFIXES["pubmed"])
    expected = [
        (interaction, RDF.type, sio.SIO_000897),
        (UNIPROT.Q9H9S0, TFL.isTranscriptionFactorIn, interaction),
        (UNIPROT.O94907, TFL.isTargetIn, interaction),
        (UNIPROT.O94907, RDF.type, TFL.TargetProtein),
        (UNIPROT.Q9PWH3, ORTH.hasOrtholog, UNIPROT.O94907),
        (evidence, RDF.type, TFL.SmallScaleEvidence),
        (evidence, TFL.detectionMethodOrBroader, OBO.MI_0402),
        (evidence, TFL.detectionMethodOrBroader, OBO.MI_0019),
        (evidence, TFL.detectionMethodOrBroader, OBO.MI_0004),
        (evidence, DCTERMS.source, URIRef(PREFIXES["tfldb"] + "GTRD")),
    ]
    for paper in (pubmed["19148141"], pubmed["27924024"]):
        expected += [(evidence, TFL.reference, paper), (evidence, DCTERMS.references, paper)]
    for triple in expected:
        assert triple in closure, triple
    assert (evidence, TFL.primaryReference, pubmed["27924024"]) not in closure


def test_nothing_leads_from_evidence_back_to_an_edge(closure: Graph) -> None:
    evidence = TFLE.yi3hxzp5x2hs3viberaatte7qd
    for _, predicate, value in closure.triples((evidence, None, None)):
        assert not str(value).startswith((str(TFLI), str(UNIPROT))), predicate


# The JSON-LD context


def test_the_context_has_one_term_for_each_property_written() -> None:
    names = {
        name: value if isinstance(value, dict) else {"@id": value}
        for name, value in context().items()
        if name not in PREFIXES and name not in {"@version", "id", "type"}
    }
    assert context()["id"] == "@id"
    assert context()["type"] == "@type"
    expected = {}
    for predicate, variables in written_predicates().items():
        (datatype,) = {mapping().value(v, MAP.datatype) for v in variables}
        kinds = {None: "@id", XSD.boolean: "xsd:boolean", XSD.integer: "xsd:integer"}
        expected[str(predicate)] = kinds.get(cast(URIRef | None, datatype))
    expected |= {str(predicate): "@id" for predicate in entailed_properties()}
    properties = {term for term in COUNTED if (term, RDFS.range, None) in ontology()}
    expected |= {str(one): "@id" for one in properties}
    numbers = ("edgeCount", "conservedEdgeCount", "sharedTargetCount")
    expected |= dict.fromkeys((TERM + name for name in numbers), "xsd:integer")
    found = {}
    for name, value in names.items():
        assert set(value) <= {"@id", "@type"}, name
        prefix, _, local = value["@id"].partition(":")
        assert name == ("inTaxon" if local == "RO_0002162" else local)
        found[PREFIXES[prefix] + local] = value.get("@type")
    assert found == expected
    assert len(found) == len(names)


DOCUMENT: list[dict[str, Any]] = [
    {
        "id": "uniprotkb:Q9H9S0",
        "type": ["up:Protein", "tfl:TranscriptionFactor"],
        "label": "NANOG",
        "altLabel": ["Nanog", "hNanog"],
        "identifier": "Q9H9S0",
        "inTaxon": "taxon:9606",
        "encodedBy": "ncbigene:79923",
        "hasOrtholog": ["uniprotkb:Q80Z64"],
        "exactMatch": "https://identifiers.org/uniprot/Q9H9S0",
        "regulates": "uniprotkb:O94907",
    },
    {
        "id": "tfle:yi3hxzp5x2hs3viberaatte7qd",
        "type": "tfl:Evidence",
        "reportedBy": "tfld:tflink-1.0",
        "detectionMethod": ["obo:MI_0364", "obo:MI_0402"],
        "referenceOrder": "19148141 29087512 29126285 27924024",
        "smallScale": True,
        "databaseCount": 3,
    },
    {"id": "pubmed:19148141", "seeAlso": "https://pubmed.ncbi.nlm.nih.gov/19148141/"},
]
TRIPLES = """
uniprotkb:Q9H9S0 a up:Protein , tfl:TranscriptionFactor ;
    rdfs:label "NANOG" ;
    skos:altLabel "Nanog" , "hNanog" ;
    dcterms:identifier "Q9H9S0" ;
    obo:RO_0002162 taxon:9606 ;
    tfl:encodedBy ncbigene:79923 ;
    orth:hasOrtholog uniprotkb:Q80Z64 ;
    skos:exactMatch <https://identifiers.org/uniprot/Q9H9S0> ;
    tfl:regulates uniprotkb:O94907 .
tfle:yi3hxzp5x2hs3viberaatte7qd a tfl:Evidence ;
    tfl:reportedBy tfld:tflink-1.0 ;
    tfl:detectionMethod obo:MI_0364 , obo:MI_0402 ;
    tfl:referenceOrder "19148141 29087512 29126285 27924024" ;
    tfl:smallScale true ;
    tfl:databaseCount 3 .
pubmed:19148141 rdfs:seeAlso <https://pubmed.ncbi.nlm.nih.gov/19148141/> .
"""


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("reader", ["pyld", "rdflib", "pyoxigraph"])
def test_the_context_gives_the_right_triples(reader: str) -> None:
    document = {"@context": context(), "@graph": DOCUMENT}
    if reader == "pyld":
        quads = jsonld.to_rdf(document, {"format": "application/n-quads"})
        graph = Graph().parse(data=quads, format="nt")
    elif reader == "rdflib":
        graph = Graph().parse(data=json.dumps(document), format="json-ld")
    else:
        parsed = pyoxigraph.parse(json.dumps(document), pyoxigraph.RdfFormat.JSON_LD)
        lines = pyoxigraph.serialize(parsed, format=pyoxigraph.RdfFormat.N_TRIPLES)
        graph = Graph().parse(data=lines, format="nt")
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    assert set(graph) == set(Graph().parse(data=prefixes + TRIPLES, format="turtle"))


def test_the_context_compacts_to_its_names() -> None:
    document = {"@context": context(), "@graph": DOCUMENT}
    compacted = jsonld.compact(jsonld.expand(document), context())
    nodes = {node["id"]: node for node in compacted["@graph"]}
    assert nodes["tfle:yi3hxzp5x2hs3viberaatte7qd"]["smallScale"] is True
    protein = nodes["uniprotkb:Q9H9S0"]
    assert (protein["inTaxon"], protein["label"]) == ("taxon:9606", "NANOG")
