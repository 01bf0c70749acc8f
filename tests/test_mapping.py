"""The compiled emitters against the mapping file, filled in by plain rdflib."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from rdflib import RDF, Literal, URIRef
from rdflib.term import Node

import rdfconv
from rdfconv.catalog import Catalog
from rdfconv.emitter import Emitter
from rdfconv.errors import OntologyError
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import BASE
from rdfconv.mapping import MappingFile
from rdfconv.mapping_values import Bindings, bindings, sort_references
from rdfconv.model import Evidence, Gene, Interaction, ProteinPage, Record, Taxon
from rdfconv.problems import ProblemLog
from rdfconv.readers.listed_sites import ListedSiteReader
from rdfconv.serialize import syntax_of
from rdfconv.vocabulary import ontology_folder

MAP = rdflib.Namespace(BASE + "mapping#")
IRI, DATATYPE = MAP.iri, MAP.datatype
VARIABLE = BASE + "mapping/variable/"
Triples = set[tuple[Node, Node, Node]]


class PlainMapping:
    """The mapping file as rdflib reads it: no compiling, no templates, one triple at a time."""

    def __init__(self) -> None:
        self.graph = rdflib.Graph().parse(ontology_folder() / "mapping.ttl")
        self.patterns: dict[str, list[tuple[Node, Node, Node]]] = {}
        self.variables: dict[Node, tuple[Node | None, Node | None]] = {}
        for subject, predicate, value in self.graph:
            is_entailed = self.graph.value(value, MAP.entailed) is not None
            if not str(predicate).startswith(MAP) and not is_entailed:
                [record] = self.graph.objects(subject, MAP.record)
                name = str(record).removeprefix(MAP)
                self.patterns.setdefault(name, []).append((subject, predicate, value))

    def fill(self, record: Record) -> Iterator[tuple[Node, Node, Node]]:
        values = bindings(record)
        for subject, predicate, value in self.patterns[type(record).__name__]:
            for one in self.terms(subject, values):
                for other in self.terms(value, values):
                    yield one, predicate, other

    def said(self, variable: Node) -> tuple[Node | None, Node | None]:
        """The template and the datatype of a variable."""
        if variable not in self.variables:
            found = (self.graph.value(variable, IRI), self.graph.value(variable, DATATYPE))
            self.variables[variable] = found
        return self.variables[variable]

    def terms(self, node: Node, values: Bindings) -> Iterator[Node]:
        if not str(node).startswith(VARIABLE):
            yield node
            return
        template, datatype = self.said(node)
        names = re.findall(r"\{(\w+)\}", str(template)) if template is not None else []
        if len(names) > 1:
            yield URIRef(str(template).format(**values))
            return
        value = values[names[0] if names else str(node).removeprefix(VARIABLE)]
        for item in (value,) if isinstance(value, str) else value:
            if template is not None:
                yield URIRef(str(template).format(**{names[0]: item}))
            elif isinstance(datatype, URIRef):
                yield Literal(item, datatype=datatype)
            else:
                yield URIRef(item)


def all_records(path: Path) -> Iterator[Record]:
    """Every record of an input, gathered without the pipeline."""
    catalog = Catalog("tflink-1.0")
    for record in rdfconv.read(path, on_problem=lambda problem: None):
        interactions = [record]
        if isinstance(record, ProteinPage):
            catalog.add_page(record)
            interactions = list(record.interactions())
            yield from sites_of(record, catalog)
        for interaction in interactions:
            assert isinstance(interaction, Interaction)
            yield interaction
            catalog.add_mention(interaction.transcription_factor, 1, 0)
            catalog.add_mention(interaction.target, 0, 1)
            if catalog.add_evidence(interaction.evidence):
                yield interaction.evidence
    yield from catalog.proteins(catalog.accessions(), ProblemLog())
    yield from catalog.others()


def sites_of(page: ProteinPage, catalog: Catalog) -> Iterator[Record]:
    """The binding sites that a page lists, and their evidence."""
    assert page.document is not None
    reader = ListedSiteReader("tflink-1.0", lambda problem: None)
    for site in reader.sites(page.document.sites, "page"):
        yield site
        catalog.add_chromosomes([(site.assembly, site.chromosome)])
        if site.evidence and catalog.add_evidence(site.evidence, of_edge=False):
            yield site.evidence
    for mention in reader.take_mentions().values():
        catalog.add_mention(mention, 0, 0)


def test_compiled_equals_plain_rdflib_on_the_sample(sample: Path, tmp_path: Path) -> None:
    plain = PlainMapping()
    # No blank nodes are written, so two graphs are isomorphic when their triples are equal.
    wanted = {
        f"{subject.n3()} {predicate.n3()} {_n3(value)} ."
        for record in all_records(sample)
        for subject, predicate, value in plain.fill(record)
    }
    output = tmp_path / "sample.nt"
    rdfconv.convert([sample], str(output), entail="none")
    got = set(output.read_text("utf-8").splitlines())
    assert got == wanted
    assert len(got) > 500_000


def _n3(node: Node) -> str:
    """A term in canonical N-Triples, from rdflib's own value."""
    if isinstance(node, Literal):
        assert str(node.datatype) != str(RDF.langString)
        datatype = pyoxigraph.NamedNode(str(node.datatype))
        return str(pyoxigraph.Literal(str(node), datatype=datatype))
    return node.n3()


@pytest.mark.parametrize("name", RDF_FORMATS)
def test_compiled_interaction_equals_slow_path(name: str) -> None:
    """The one string per edge says the same as the blocks put together value by value."""
    syntax = syntax_of(RDF_FORMATS[name])
    emitter = Emitter(MappingFile.load(), syntax)
    evidence = Evidence.of("tflink-1.0", ["GTRD"], [], ["27924024"], False)
    values = {"tf": "Q9H9S0", "target": "O94907", "evidence": evidence.id}
    slow = "".join(
        emitter.block(block, values) for block in MappingFile.load().records["Interaction"].blocks
    )
    assert emitter.interaction("Q9H9S0", "O94907", evidence.id) == slow


def test_percent_signs_survive_compiling() -> None:
    emitter = Emitter(MappingFile.load(), syntax_of(RDF_FORMATS["nt"]))
    assert "organism/Homo%20novus>" in emitter.write(Taxon("Homo novus"))
    assert '"12"' in emitter.write(Gene("12"))


@pytest.mark.parametrize(
    ("databases", "references", "kind", "expected"),
    [
        (["GTRD"], ["27924024"], "database", ("27924024",)),
        (["GTRD"], ["27924024", "1"], "primary", ("1",)),
        (["GTRD"], ["1", "27924024", "1"], "primary", ("1",)),
        # JASPAR has no paper of its own, so what is left over may be anything.
        (["GTRD", "JASPAR"], ["27924024", "1"], "plain", ("1",)),
        (["GTRD", "New"], ["27924024", "1"], "database", ("27924024",)),
        # PAZAR's paper on a row that does not list PAZAR.
        (["GTRD"], ["18971253", "1"], "plain", ("18971253",)),
        (["GTRD"], ["18971253", "1"], "primary", ("1",)),
        (["GTRD"], ["1724219e"], "unparsed", ("1724219e",)),
        ([], ["1"], "primary", ("1",)),
    ],
)
def test_references_are_told_apart(
    databases: list[str], references: list[str], kind: str, expected: tuple[str, ...]
) -> None:
    evidence = Evidence.of("tflink-1.0", databases, [], references, None)
    assert sort_references(evidence)[kind] == expected


REGULATES = "v:tf tfl:regulates v:target ."
GENE_ID = "v:geneId                map:datatype xsd:string ."


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (REGULATES, "v:tf tfl:regulates v:nobody .", "HERE: the variable v:nobody is not"),
        (REGULATES, "v:tf tfl:regulate v:target .", "HERE: <https://w3id.org/tflink-rdf/ontology#"),
        (" a tfl:RegulatoryInteraction ;", " a sio:SIO_1 ;", "not been declared"),
        (" a tfl:RegulatoryInteraction ;", " a tfl:Interaction ;", "HERE: <https://w3id.org/"),
        (REGULATES, "v:tf tfl:regulates v:target", "at line NEXT"),
        (GENE_ID, "", "the variable v:geneId is not described"),
        (GENE_ID, GENE_ID + " v:spare map:anyIri true .", "HERE: v:spare is described but"),
        (GENE_ID, GENE_ID + " v:geneId map:anyIri true .", "HERE: v:geneId must have one of"),
        ('map:occurs "*"', 'map:occurs "many"', "not understood"),
        ("map:record map:Gene ;", "", "v:gene is a subject"),
    ],
)
def test_a_broken_mapping_is_told(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = (ontology_folder() / "mapping.ttl").read_text("utf-8")
    assert old in text
    changed = tmp_path / "mapping.ttl"
    changed.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(OntologyError) as error:
        MappingFile.load(changed)
    assert str(changed) in str(error.value)
    line = text[: text.index(old)].count("\n") + 1
    wanted = message.replace("NEXT", str(line + 1)).replace("HERE", f"{changed}:{line}")
    assert wanted in str(error.value)
