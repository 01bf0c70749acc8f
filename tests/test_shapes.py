"""The shapes: complete for what the mapping writes; each broken once, found in both ways alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pyoxigraph
import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store
from pyshacl import validate as pyshacl
from rdflib import RDF, RDFS, SH, XSD, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from rdfconv.errors import OntologyError
from rdfconv.findings import Finding
from rdfconv.identifiers import ACCESSION, ASSEMBLY, BASE, PAGES_GRAPH, TERM
from rdfconv.mapping import MappingFile, Variable
from rdfconv.shapes import compile_shapes, load_shapes, node_shapes, path_text
from rdfconv.validate import by_queries, by_shacl
from rdfconv.vocabulary import FILES, PREFIXES, datasets, ontology_folder

SHAPE = BASE + "shapes#"
TURTLE_PREFIX = re.compile(r"^@prefix (\w+): +<([^>]*)> \.$", re.MULTILINE)
NOT_PROPERTIES = {RDF.type}
WITHOUT_CLASS_TARGET = {PREFIXES["void"] + "Dataset"}
"""Metadata has members of these classes, too; the shape tells its own by a property."""

HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
VALID = (
    HEADER
    + """
uniprotkb:Q9H9S0 tfl:regulates uniprotkb:O94907 , uniprotkb:Q06945 .
tfli:Q9H9S0_O94907 a tfl:RegulatoryInteraction , sio:SIO_000897 ;
    tfl:transcriptionFactor uniprotkb:Q9H9S0 ; tfl:target uniprotkb:O94907 ;
    tfl:evidence tfle:yi3hxzp5x2hs3viberaatte7qd .
tfli:Q9H9S0_Q06945 a tfl:RegulatoryInteraction ;
    tfl:transcriptionFactor uniprotkb:Q9H9S0 ; tfl:target uniprotkb:Q06945 ;
    tfl:evidence tfle:xpikidlzaonangf3ukd7cgi6t2 , tfle:bcxmicwfk4bz6wqfezktk46n5k .

tfle:yi3hxzp5x2hs3viberaatte7qd a tfl:Evidence , tfl:SmallScaleEvidence ;
    tfl:reportedBy tfld:tflink-1.0 ; tfl:sourceDatabase tfldb:GTRD ;
    tfl:detectionMethod obo:MI_0402 ;
    tfl:detectionMethodOrBroader obo:MI_0402 , obo:MI_0019 , tflm:new ;
    tfl:primaryReference pubmed:19148141 ; tfl:databaseReference pubmed:27924024 ;
    tfl:reference pubmed:19148141 , pubmed:27924024 ; tfl:unparsedReference "1724219e" ;
    dcterms:references pubmed:19148141 , pubmed:27924024 ; dcterms:source tfldb:GTRD ;
    tfl:referenceOrder "19148141 27924024 1724219e" ; tfl:modeOfRegulation tfl:activation ;
    tfl:smallScale true ; tfl:databaseCount 1 ; tfl:primaryReferenceCount 1 .
tfle:xpikidlzaonangf3ukd7cgi6t2 a tfl:Evidence ;
    tfl:reportedBy tfld:tflink-1.0 ; tfl:databaseCount 0 .
tfle:bcxmicwfk4bz6wqfezktk46n5k a tfl:Evidence ;
    tfl:reportedBy tfld:lab-2026 ; tfl:databaseCount 0 ;
    tfl:modeOfRegulation tfl:activation , tfl:repression .

uniprotkb:Q9H9S0 a up:Protein , tfl:TranscriptionFactor ;
    rdfs:label "NANOG" ; skos:altLabel "Nanog" , "hNanog" ; dcterms:identifier "Q9H9S0" ;
    obo:RO_0002162 taxon:9606 ; tfl:encodedBy ncbigene:79923 ; tfl:unparsedGeneId "x" ;
    orth:hasOrtholog uniprotkb:Q06945 ;
    tfl:accessionStatus tfl:mergedAccession ; dcterms:isReplacedBy uniprotkb:O94907 ;
    tfl:jasparMatrix <https://jaspar.elixir.no/matrix/MA0003.1/> ;
    skos:exactMatch <https://identifiers.org/uniprot/Q9H9S0> .
uniprotkb:O94907 a up:Protein , tfl:TargetProtein ; dcterms:identifier "O94907" ;
    skos:exactMatch <https://identifiers.org/uniprot/O94907> .
uniprotkb:Q06945 a tfl:TargetProtein ; dcterms:identifier "Q06945" ;
    orth:hasOrtholog uniprotkb:Q9H9S0 ;
    skos:exactMatch <https://identifiers.org/uniprot/Q06945> .
ncbigene:79923 a tfl:Gene ; dcterms:identifier "79923" ;
    skos:exactMatch <https://identifiers.org/ncbigene/79923> ,
        <http://purl.uniprot.org/geneid/79923> ;
    lscr:xrefNCBIGene <https://www.ncbi.nlm.nih.gov/gene/79923> .
taxon:9606 a up:Taxon ; up:scientificName "Homo sapiens" ; skos:exactMatch obo:NCBITaxon_9606 .

tfls:TFLinkSS09281087 a obo:SO_0000235 ; tfl:boundBy uniprotkb:Q9H9S0 ;
    tfl:chromosome <https://w3id.org/tflink-rdf/assembly/hg38/chr14> ;
    tfl:reportedStart 0 ; tfl:reportedEnd 4 ; tfl:strand "-" ;
    tfl:evidence tfle:yi3hxzp5x2hs3viberaatte7qd ; tfl:overlaps 1 ;
    tfl:overlappingSites "TFLinkSS1 TFLinkLS00000002" ; tfl:bindingSequence "ACGN" .
tfls:TFLinkLS00000002 a obo:SO_0000235 ; tfl:boundBy uniprotkb:Q9H9S0 .
<https://w3id.org/tflink-rdf/assembly/hg38/chr14> a obo:SO_0000340 ; rdfs:label "chr14" ;
    tfl:assembly <https://w3id.org/tflink-rdf/assembly/hg38> ;
    rdfs:seeAlso <https://www.ncbi.nlm.nih.gov/nuccore/NC_000014.9> .
<https://w3id.org/tflink-rdf/assembly/hg38> a obo:SO_0001505 ; rdfs:label "hg38" ;
    obo:RO_0002162 taxon:9606 .

tfldb:GTRD a tfl:SourceDatabase ; rdfs:label "GTRD" ; tfl:databaseCitation pubmed:27924024 ;
    foaf:homepage <http://gtrd.biouml.org/> .
obo:MI_0402 a tfl:DetectionMethod ; tfl:broaderMethod obo:MI_0019 , obo:MI_0001 ;
    rdfs:label "chromatin immunoprecipitation assay" .
obo:MI_0019 a tfl:DetectionMethod ; rdfs:label "coimmunoprecipitation" .
tflm:new a tfl:DetectionMethod ; rdfs:label "new" ; tfl:broaderMethod obo:MI_0686 .
pubmed:19148141 a schema:ScholarlyArticle ; dcterms:identifier "19148141" ;
    skos:exactMatch <http://purl.uniprot.org/citations/19148141> ;
    rdfs:seeAlso <https://pubmed.ncbi.nlm.nih.gov/19148141/> .
pubmed:27924024 a schema:ScholarlyArticle ; dcterms:identifier "27924024" ;
    skos:exactMatch <http://purl.uniprot.org/citations/27924024> ;
    rdfs:seeAlso <https://pubmed.ncbi.nlm.nih.gov/27924024/> .
tfld:tflink-1.0 a void:Dataset ; dcterms:title "TFLink 1.0" ; foaf:homepage <https://tflink.net/> ;
    dcterms:rights "free" ; dcterms:bibliographicCitation "Liska et al." .
tfld:lab-2026 a void:Dataset ; dcterms:title "lab-2026" .
tfld:summary a void:Dataset .

GRAPH <https://w3id.org/tflink-rdf/graph/pages> {
    tflp:Q9H9S0 a tfl:ProteinPage ; foaf:primaryTopic uniprotkb:Q9H9S0 ;
        dcterms:isPartOf tfld:tflink-1.0 ;
        prov:wasDerivedFrom <https://tflink.net/protein/q9h9s0/> ;
        tfl:statedName "NANOG" ; tfl:statedNumberOfInteractions 2 .
    <https://w3id.org/tflink-rdf/page/Q9H9S0#tfs-0> a tfl:ListedRow ;
        tfl:listedOn tflp:Q9H9S0 ; tfl:statedName "nanog" .
    <https://w3id.org/tflink-rdf/page/Q9H9S0#field-0> a tfl:ListedField ;
        tfl:listedOn tflp:Q9H9S0 ; tfl:fieldName "more" ; tfl:fieldValue "less" .
    <https://w3id.org/tflink-rdf/page/Q9H9S0#TFLinkSS1> a tfl:ListedBindingSite ;
        tfl:listedOn tflp:Q9H9S0 ; tfl:statedName "NANOG" ; tfl:sequence "ACGT" .
}
"""
)
"""Small data that is valid, with a member of each class and all that is inferred."""


@cache
def shapes() -> Graph:
    return load_shapes()


def valid() -> Store:
    store = Store()
    store.load(VALID.encode(), pyoxigraph.RdfFormat.TRIG)
    for name in FILES:
        store.load(path=str(ontology_folder() / name))
    return store


def parts() -> Iterator[tuple[URIRef, Node]]:
    """All property shapes with their node shapes."""
    for shape in node_shapes(shapes()):
        for part in shapes().objects(shape, SH.property):
            yield shape, part


def findings(store: Store) -> list[Finding]:
    """What both ways find, which must be the same."""
    by = [
        sorted(
            finding
            for result in check(store, shapes(), limit=1000).results
            for finding in result.findings
        )
        for check in (by_queries, by_shacl)
    ]
    assert by[0] == by[1]
    return by[0]


# What the file says


def test_the_shapes_are_shacl_core_and_well_formed() -> None:
    own = load_shapes()  # pySHACL adds to it
    conforms, _, text = pyshacl(Graph(), shacl_graph=own, meta_shacl=True)
    assert conforms, text
    beyond = {SH.sparql, SH.rule, SH.target, SH.js, SH.expression, SH.parameter}
    assert not beyond & set(shapes().predicates())


def test_the_prefixes_are_those_of_the_program() -> None:
    text = (ontology_folder() / "shapes.ttl").read_text(encoding="utf-8")
    prefixes = dict(TURTLE_PREFIX.findall(text))
    assert len(prefixes) == text.count("@prefix")
    assert (prefixes.pop("sh"), prefixes.pop("shape")) == (str(SH), SHAPE)
    assert prefixes.items() <= PREFIXES.items()
    for prefix in prefixes:
        assert text.count(f"{prefix}:") > 1, f"{prefix}: is not used"


def test_each_shape_says_what_it_is_for_and_what_is_wrong() -> None:
    for shape in node_shapes(shapes()):
        assert shape.startswith(SHAPE)
        own = set(shapes().predicates(shape)) & {SH.nodeKind, SH.pattern, SH["class"], SH.closed}
        for needed in (RDFS.label, RDFS.comment, *([SH.message] if own else [])):
            assert len(list(shapes().objects(shape, needed))) == 1, (shape, needed)
    for shape, part in parts():
        for needed in (SH.name, SH.message):
            assert len(list(shapes().objects(part, needed))) == 1, (shape, needed)


def test_every_term_is_declared_in_the_ontology() -> None:
    ontology = Graph().parse(ontology_folder() / "tflink.ttl")
    own = (str(SH), PREFIXES["xsd"], SHAPE, str(RDF), PREFIXES["tfld"])
    used = {node for _, _, node in shapes() if isinstance(node, URIRef)}
    assert len(used) > 60
    for term in used:
        if not str(term).startswith(own):
            assert (term, RDFS.isDefinedBy, None) in ontology, term


def test_every_record_of_the_mapping_has_a_shape_that_agrees() -> None:
    """Its class, each of its properties, and how often they occur, as what."""
    by_class = {
        str(target): shape
        for shape in node_shapes(shapes())
        for target in shapes().objects(shape, SH.targetClass)
    }
    checked = 0
    for record in MappingFile.load().records.values():
        for block in record.blocks:
            pairs = dict(block.pairs)
            if str(RDF.type) not in pairs:
                assert list(pairs) == [TERM + "regulates"]
                continue
            constants = [v.value for v in pairs.pop(str(RDF.type)) if not isinstance(v, Variable)]
            [name] = constants
            if name in WITHOUT_CLASS_TARGET:
                assert name not in by_class
                shape = URIRef(SHAPE + name.rpartition("#")[2])
            else:
                shape = by_class[name]
            for predicate, values in pairs.items():
                variables = [v for v in values if isinstance(v, Variable)]
                found = {
                    parameter: value
                    for part in shapes().objects(shape, SH.property)
                    if shapes().value(part, SH.path) == URIRef(predicate)
                    for parameter, value in shapes().predicate_objects(part)
                }
                place = f"{name} {predicate}"
                assert found, place
                many = len(variables) > 1 or variables[0].occurs == "*"
                least = 0 if variables[0].occurs != "1" else len(variables)
                many = many or predicate == TERM + "evidence"  # several data sets may tell
                assert int(str(found.get(SH.minCount, 0))) == least, place
                if many:
                    assert int(str(found.get(SH.maxCount, len(variables)))) == len(variables)
                else:
                    assert int(str(found[SH.maxCount])) == 1, place
                datatype = variables[0].datatype
                if variables[0].one_of:
                    listed = Collection(shapes(), found[SH["in"]])
                    assert {str(one) for one in listed} == set(variables[0].one_of), place
                elif SH.datatype in found:
                    assert str(found[SH.datatype]) == datatype, place
                else:
                    kind = SH.Literal if datatype else SH.IRI
                    assert found[SH.nodeKind] == kind, place
                checked += 1
    assert checked > 80


def test_the_classes_of_roles_have_shapes() -> None:
    targets = {str(target) for target in shapes().objects(None, SH.targetClass)}
    roles = {
        value
        for record in MappingFile.load().records.values()
        for block in record.blocks
        for property_, values in block.pairs
        for variable in values
        if property_ == str(RDF.type) and isinstance(variable, Variable)
        for value in variable.one_of
    }
    assert roles
    assert roles | {TERM + "TargetProtein", TERM + "SmallScaleEvidence"} <= targets


def test_each_known_data_set_gives_one_evidence_for_an_edge() -> None:
    nested = shapes().objects(None, SH.qualifiedValueShape)
    values = [str(shapes().value(part, SH.hasValue)) for part in nested]
    assert sorted(values) == sorted(PREFIXES["tfld"] + name for name in datasets())


def test_accessions_look_as_the_readers_know_them() -> None:
    accession = ACCESSION.pattern.replace("?:", "")
    patterns = [str(p) for p in shapes().objects(None, SH.pattern)]
    with_accession = [p for p in patterns if "[OPQ]" in p]
    assert len(with_accession) == 9
    for pattern in with_accession:
        assert f"({accession})" in pattern


# The compiler


@pytest.mark.parametrize(
    ("turtle", "place"),
    [
        ("sh:property [ sh:path tfl:target ; sh:lessThan tfl:x ]", "shape:X, tfl:target: sh:less"),
        ("sh:property [ sh:path tfl:target ; sh:minCount 1 , 2 ]", "sh:minCount has more than one"),
        ("sh:property [ sh:path tfl:target ; sh:nodeKind sh:BlankNode ]", "sh:nodeKind"),
        ("sh:property [ sh:path tfl:target ; sh:datatype xsd:date ]", "sh:datatype"),
        ("sh:property [ sh:path [ sh:zeroOrMorePath tfl:target ] ; sh:minCount 1 ]", "sh:path"),
        ("sh:property [ sh:minCount 1 ]", "sh:path"),
        ("sh:property [ sh:path tfl:target ; sh:qualifiedMaxCount 1 ]", "go together"),
        (
            "sh:property [ sh:path tfl:target ; sh:qualifiedMaxCount 1 ; "
            "sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ]",
            "sh:nodeKind is not known",
        ),
        ("sh:not [ sh:nodeKind sh:IRI ]", "shape:X: sh:not is not known"),
        ("sh:deactivated true", "shape:X: sh:deactivated"),
        ("sh:severity sh:Warning", "sh:severity"),
        ("sh:pattern 'a' ; sh:flags 'i'", "sh:flags"),
    ],
)
def test_what_the_compiler_does_not_know_is_an_error(turtle: str, place: str) -> None:
    graph = small(f"shape:X a sh:NodeShape ; sh:targetClass tfl:Gene ; {turtle} .")
    with pytest.raises(OntologyError, match=re.escape(place)):
        compile_shapes(graph)


@pytest.mark.parametrize(
    "turtle",
    [
        "shape:X a sh:NodeShape ; sh:nodeKind sh:IRI .",
        "shape:X sh:targetClass tfl:Gene ; sh:nodeKind sh:IRI .",
        "shape:X a sh:PropertyShape ; sh:path tfl:target ; sh:minCount 1 .",
        "[] a sh:NodeShape ; sh:targetClass tfl:Gene ; sh:nodeKind sh:IRI .",
    ],
)
def test_a_shape_that_would_be_skipped_is_an_error(turtle: str) -> None:
    with pytest.raises(OntologyError, match=r"no target|belongs to no"):
        compile_shapes(small(turtle))


def small(turtle: str) -> Graph:
    prefixes = f"PREFIX sh: <{SH}>\nPREFIX shape: <{SHAPE}>\n"
    return Graph().parse(data=HEADER + prefixes + turtle, format="turtle")


# Each constraint broken once


@dataclass(frozen=True)
class Mistake:
    """Data that breaks one constraint of the shapes.

    Attributes:
        shape, path, component: the constraint.
        focus: the node that breaks it.
        add: triples to add to the valid data.
        remove: what to remove: patterns of triples.
    """

    shape: str
    path: str
    component: str
    focus: str
    add: tuple[tuple[object, str, object], ...] = ()
    remove: tuple[tuple[str | None, str, str | None], ...] = ()

    def __str__(self) -> str:
        return f"{self.shape}-{self.path}-{self.component}"

    def made(self) -> Store:
        store = valid()
        graph = NamedNode(PAGES_GRAPH) if self.shape in IN_PAGES else DefaultGraph()
        for s, p, o in self.remove:
            found = store.quads_for_pattern(
                NamedNode(s) if s else None, NamedNode(p), NamedNode(o) if o else None, None
            )
            removed = list(found)
            assert removed
            for quad in removed:
                store.remove(quad)
        for subject, p, value in self.add:
            store.add(Quad(term(subject), NamedNode(p), term(value), graph))  # type: ignore[arg-type]
        return store


IN_PAGES = ("ProteinPage", "ListedRow", "ListedField", "ListedBindingSite")
STRANGE = "urn:x:strange"
FOCUS = {
    "DirectEdge": "uniprotkb:Q9H9S0",
    "RegulatoryInteraction": "tfli:Q9H9S0_Q06945",
    "Evidence": "tfle:yi3hxzp5x2hs3viberaatte7qd",
    "SmallScaleEvidence": "tfle:yi3hxzp5x2hs3viberaatte7qd",
    "BindingSite": "tfls:TFLinkSS09281087",
    "Chromosome": "assembly:hg38/chr14",
    "Assembly": "assembly:hg38",
    "Protein": "uniprotkb:Q9H9S0",
    "TranscriptionFactor": "uniprotkb:Q9H9S0",
    "TargetProtein": "uniprotkb:O94907",
    "Ortholog": "uniprotkb:Q9H9S0",
    "Gene": "ncbigene:79923",
    "Taxon": "taxon:9606",
    "SourceDatabase": "tfldb:GTRD",
    "DetectionMethod": "obo:MI_0402",
    "Paper": "pubmed:19148141",
    "Dataset": "tfld:tflink-1.0",
    "ProteinPage": "tflp:Q9H9S0",
    "ListedRow": "tflp:Q9H9S0#tfs-0",
    "ListedField": "tflp:Q9H9S0#field-0",
    "ListedBindingSite": "tflp:Q9H9S0#TFLinkSS1",
}
"""For each shape a node of the valid data to break it at."""


def full(name: str) -> str:
    prefix, _, local = name.partition(":")
    return (ASSEMBLY if prefix == "assembly" else PREFIXES[prefix]) + local


def term(value: object) -> object:
    """A term for the store; text is an IRI, or a blank node's label behind ``_:``."""
    if isinstance(value, str):
        return BlankNode(value[2:]) if value.startswith("_:") else NamedNode(value)
    return value


def typed(text: str, datatype: str) -> Literal:
    return Literal(text, datatype=NamedNode(PREFIXES["xsd"] + datatype))


def component(parameter: str) -> str:
    return f"{parameter[0].upper()}{parameter[1:]}ConstraintComponent"


def wrong_values(parameter: str, wanted: Node) -> list[object]:
    """Values of several kinds that break a constraint on single values."""
    if parameter == "nodeKind":
        return [Literal("text"), "_:b"] if wanted == SH.IRI else [STRANGE, "_:b"]
    if parameter == "datatype":
        other: list[object] = [STRANGE, typed("2026-01-01", "date"), Literal("x", language="en")]
        if wanted != XSD.string:
            other.append(typed("maybe", str(wanted).rpartition("#")[2]))
        return other
    if parameter == "pattern":
        text = " \n "
        assert not re.search(str(wanted), text)
        return [Literal(text), "_:b", *([] if re.search(str(wanted), STRANGE) else [STRANGE])]
    if parameter == "class":
        return [STRANGE, Literal("text"), "_:b"]
    if parameter == "in":
        return [STRANGE, Literal("activation")]
    if parameter == "minInclusive":
        return [typed(str(int(str(wanted)) - 1), "integer"), Literal("0"), STRANGE]
    return []


def mistakes() -> Iterator[Mistake]:
    for shape in node_shapes(shapes()):
        name = shape.removeprefix(SHAPE)
        yield from own_mistakes(shape, name)
        for part in shapes().objects(shape, SH.property):
            for predicate, wanted in shapes().predicate_objects(part):
                if predicate in (SH.path, SH.name, SH.message, SH.qualifiedValueShape):
                    continue
                parameter = str(predicate).removeprefix(str(SH))
                yield from mistakes_of(name, part, parameter, wanted)


def own_mistakes(shape: URIRef, name: str) -> Iterator[Mistake]:
    focus = full(FOCUS[name])
    for predicate, wanted in shapes().predicate_objects(shape):
        parameter = str(predicate).removeprefix(str(SH))
        if parameter == "closed":
            for new in (STRANGE, str(RDFS.label), TERM + "listedOn"):
                path = path_text(shapes(), URIRef(new))
                add = ((focus, new, Literal("more")),)
                yield Mistake(name, path, component(parameter), focus, add)
        for value in wrong_values(parameter, wanted):
            if isinstance(value, str):
                yield own_mistake(shape, name, component(parameter), value)
            elif name == "Dataset":  # the object of a property may be a literal
                evidence = full(FOCUS["Evidence"])
                assert isinstance(value, Literal)
                told = ((evidence, TERM + "reportedBy", value),)
                yield Mistake(name, "", component(parameter), f'"{value.value}"', told)


def own_mistake(shape: URIRef, name: str, what: str, node: str) -> Mistake:
    target = shapes().value(shape, SH.targetClass)
    if target is not None:
        return Mistake(name, "", what, node, ((node, str(RDF.type), str(target)),))
    of = shapes().value(shape, SH.targetObjectsOf)
    assert of is not None
    return Mistake(name, "", what, node, ((full(FOCUS["Evidence"]), str(of), node),))


def mistakes_of(name: str, part: Node, parameter: str, wanted: Node) -> Iterator[Mistake]:
    focus = full(FOCUS[name])
    path = shapes().value(part, SH.path)
    text = path_text(shapes(), path)
    what = component(parameter)
    inverse = None if path is None else shapes().value(path, SH.inversePath)
    plain = str(path)
    if parameter == "minCount":
        pattern = (None, str(inverse), focus) if inverse else (focus, plain, None)
        yield Mistake(name, text, what, focus, remove=(pattern,))
    elif parameter == "maxCount":
        new = [STRANGE + str(number) for number in range(int(str(wanted)) + 1)]
        more = [*new, *map(Literal, new)]
        yield Mistake(name, text, what, focus, tuple((focus, plain, value) for value in more))
    elif parameter == "hasValue":
        yield Mistake(name, text, what, focus, remove=((focus, plain, None),))
    elif parameter == "equals":
        yield Mistake(name, text, what, focus, ((focus, str(wanted), STRANGE),))
        yield Mistake(name, text, what, focus, remove=((focus, str(wanted), None),))
        if inverse:
            yield Mistake(name, text, what, focus, ((STRANGE, str(inverse), focus),))
        else:
            assert path is not None
            first, second = Collection(shapes(), path)
            step = str(shapes().value(first, SH.inversePath))
            new_edge = ((STRANGE, step, focus), (STRANGE, str(second), STRANGE))
            yield Mistake(name, text, what, focus, new_edge)
    elif parameter == "qualifiedMaxCount":
        [nested] = shapes().objects(part, SH.qualifiedValueShape)
        by = str(shapes().value(nested, SH.path))
        source = str(shapes().value(nested, SH.hasValue))
        new = [STRANGE + str(number) for number in range(int(str(wanted)) + 1)]
        add = tuple((focus, plain, value) for value in new)
        yield Mistake(
            name, text, "QualifiedMaxCountConstraintComponent", focus,
            (*add, *((value, by, source) for value in new)),
        )  # fmt: skip
    else:
        values = wrong_values(parameter, wanted)
        assert values, f"there is no broken example of {parameter}"
        yield Mistake(name, text, what, focus, tuple((focus, plain, value) for value in values))


ALL = list(mistakes())


def test_the_valid_data_is_valid() -> None:
    assert findings(valid()) == []


def test_every_constraint_has_a_broken_example() -> None:
    constraints = {
        (shape.name, check.path, what)
        for shape in compile_shapes(shapes())
        for check in shape.checks
        for what in check.components
    }
    closed = {("Evidence", "?path", "ClosedConstraintComponent")}
    broken = {(mistake.shape, mistake.path, mistake.component) for mistake in ALL}
    assert constraints - closed == {m for m in broken if m[2] != "ClosedConstraintComponent"}
    assert len(constraints) > 200


@pytest.mark.parametrize("mistake", ALL, ids=str)
def test_a_mistake_is_found_in_both_ways_alike(mistake: Mistake) -> None:
    found = findings(mistake.made())
    wanted = (mistake.shape, mistake.focus, mistake.path, mistake.component)
    assert wanted in [finding[:4] for finding in found]
    assert all(finding.message for finding in found)
