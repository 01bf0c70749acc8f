"""The plain way: csv, a loop, rdflib's Graph.add for each triple, serialize as N-Triples.

    python rdflib_loop.py TABLE OUT ONTOLOGY_FOLDER

Writes what rdfconv writes for an interaction table, on its own code: it imports nothing of
rdfconv, so it is also a second opinion on the triples. Runs in the peers' environment.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import sys
from pathlib import Path

from rdflib import RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, VOID

Table = dict[str, dict[str, str]]

BASE = "https://w3id.org/tflink-rdf/"
TFL = Namespace(BASE + "ontology#")
TFLI = Namespace(BASE + "interaction/")
TFLE = Namespace(BASE + "evidence/")
TFLDB = Namespace(BASE + "database/")
TFLM = Namespace(BASE + "method/")
UNIPROT = Namespace("http://purl.uniprot.org/uniprot/")
CORE = Namespace("http://purl.uniprot.org/core/")
TAXON = Namespace("http://purl.uniprot.org/taxonomy/")
PUBMED = Namespace("http://rdf.ncbi.nlm.nih.gov/pubmed/")
GENE = Namespace("http://identifiers.org/ncbigene/")
OBO = Namespace("http://purl.obolibrary.org/obo/")
ORTHOLOGY = Namespace("http://purl.org/net/orth#")
LSCR = Namespace("http://purl.org/lscr#")
SCHEMA = Namespace("https://schema.org/")

DATASET = "tflink-1.0"
REPORTER = URIRef(BASE + "dataset/" + DATASET)


class Loop:
    """A graph that is filled row by row.

    Args:
        ontology: the folder with the tables of organisms, databases, methods and data sets.
    """

    def __init__(self, ontology: Path) -> None:
        self.graph = Graph()
        self.organisms = _read(ontology / "organisms.tsv", "name")
        self.codes = _read(ontology / "organisms.tsv", "code")
        self.databases = _read(ontology / "databases.tsv", "name")
        self.methods = _read(ontology / "methods.tsv", "name")
        self.datasets = _read(ontology / "datasets.tsv", "name")
        self.reports: dict[tuple[str, str, str, str], URIRef] = {}
        self.mentions: set[tuple[str, ...]] = set()
        self.factors: set[str] = set()
        self.seen: set[str] = set()

    def row(self, row: dict[str, str]) -> None:
        """Add one row."""
        factor, target = row["UniprotID.TF"], row["UniprotID.Target"]
        edge = TFLI[f"{factor}_{target}"]
        add = self.graph.add
        add((UNIPROT[factor], TFL.regulates, UNIPROT[target]))
        add((edge, RDF.type, TFL.RegulatoryInteraction))
        add((edge, TFL.transcriptionFactor, UNIPROT[factor]))
        add((edge, TFL.target, UNIPROT[target]))
        add((edge, TFL.evidence, self.evidence(row)))
        if factor not in self.factors:
            self.factors.add(factor)
            add((UNIPROT[factor], RDF.type, TFL.TranscriptionFactor))
        for role in ("TF", "Target"):
            cells = (
                row["UniprotID." + role],
                row["Name." + role],
                row["NCBI.GeneID." + role],
                row["Organism"],
                row[role + ".TFLink.ortho"],
                row[role + ".nonTFLink.ortho"],
            )
            if cells not in self.mentions:
                self.mentions.add(cells)
                self.protein(*cells)

    def evidence(self, row: dict[str, str]) -> URIRef:
        """The node of a row's evidence, added when it is new."""
        key = (
            row["Source.database"],
            row["Detection.method"],
            row["PubmedID"],
            row["Small-scale.evidence"],
        )
        node = self.reports.get(key)
        if node is not None:
            return node
        names, methods, papers = (_items(cell) for cell in key[:3])
        node = self.reports[key] = TFLE[_evidence_id(names, methods, papers, key[3])]
        add = self.graph.add
        add((node, RDF.type, TFL.Evidence))
        add((node, TFL.reportedBy, REPORTER))
        for name in names:
            add((node, TFL.sourceDatabase, TFLDB[name]))
            self.database(name)
        for method in methods:
            add((node, TFL.detectionMethod, self.method(method)))
        cited = {self.databases[name]["citation"] for name in names}
        for paper in papers:
            own = paper in cited
            add((node, TFL.databaseReference if own else TFL.primaryReference, PUBMED[paper]))
            self.paper(paper)
        add((node, TFL.referenceOrder, Literal(" ".join(papers))))
        add((node, TFL.smallScale, Literal(key[3] == "Yes")))
        add((node, TFL.databaseCount, Literal(len(names))))
        add((node, TFL.primaryReferenceCount, Literal(len(set(papers) - cited))))
        return node

    def protein(
        self, accession: str, name: str, genes: str, organism: str, inside: str, outside: str
    ) -> None:
        """Add what a row says of a protein. All rows of the generated table agree on the name."""
        node = self.node(accession, organism)
        add = self.graph.add
        if name != "-":
            add((node, RDFS.label, Literal(name)))
            for part in name.split(";") if ";" in name else ():
                add((node, SKOS.altLabel, Literal(part)))
        for gene in _items(genes):
            add((node, TFL.encodedBy, GENE[gene]))
            self.gene(gene)
        for cell in _items(inside) + _items(outside):
            code, _, other = cell.partition(":")
            ortholog = self.node(other, self.codes[code]["name"])
            add((node, ORTHOLOGY.hasOrtholog, ortholog))
            add((ortholog, ORTHOLOGY.hasOrtholog, node))

    def node(self, accession: str, organism: str) -> URIRef:
        """The node of a protein, with what holds for each; added when it is new."""
        node = UNIPROT[accession]
        if accession not in self.seen:
            self.seen.add(accession)
            taxon = TAXON[self.organisms[organism]["taxon"]]
            same = URIRef("https://identifiers.org/uniprot/" + accession)
            self.graph.add((node, RDF.type, CORE.Protein))
            self.graph.add((node, DCTERMS.identifier, Literal(accession)))
            self.graph.add((node, OBO.RO_0002162, taxon))
            self.graph.add((node, SKOS.exactMatch, same))
            self.taxon(organism)
        return node

    def gene(self, gene: str) -> None:
        """Add a gene."""
        add, node = self.graph.add, GENE[gene]
        add((node, RDF.type, TFL.Gene))
        add((node, DCTERMS.identifier, Literal(gene)))
        add((node, SKOS.exactMatch, URIRef("https://identifiers.org/ncbigene/" + gene)))
        add((node, SKOS.exactMatch, URIRef("http://purl.uniprot.org/geneid/" + gene)))
        add((node, LSCR.xrefNCBIGene, URIRef("https://www.ncbi.nlm.nih.gov/gene/" + gene)))

    def taxon(self, organism: str) -> None:
        """Add an organism."""
        number = self.organisms[organism]["taxon"]
        self.graph.add((TAXON[number], RDF.type, CORE.Taxon))
        self.graph.add((TAXON[number], CORE.scientificName, Literal(organism)))
        self.graph.add((TAXON[number], SKOS.exactMatch, OBO["NCBITaxon_" + number]))

    def database(self, name: str) -> None:
        """Add a source database, with its own paper."""
        add, node, known = self.graph.add, TFLDB[name], self.databases[name]
        add((node, RDF.type, TFL.SourceDatabase))
        add((node, RDFS.label, Literal(name)))
        add((node, TFL.databaseCitation, PUBMED[known["citation"]]))
        self.paper(known["citation"])
        if known["homepage"]:
            add((node, FOAF.homepage, URIRef(known["homepage"])))

    def method(self, name: str) -> URIRef:
        """Add a detection method; returns its node."""
        known = self.methods[name]
        node = OBO[known["term"]] if known["term"] else TFLM[known["local"]]
        self.graph.add((node, RDF.type, TFL.DetectionMethod))
        self.graph.add((node, RDFS.label, Literal(name)))
        for term in known["broader"].split():
            self.graph.add((node, TFL.broaderMethod, OBO[term]))
        return node

    def paper(self, number: str) -> None:
        """Add a paper."""
        add, node = self.graph.add, PUBMED[number]
        add((node, RDF.type, SCHEMA.ScholarlyArticle))
        add((node, DCTERMS.identifier, Literal(number)))
        add((node, SKOS.exactMatch, URIRef("http://purl.uniprot.org/citations/" + number)))
        add((node, RDFS.seeAlso, URIRef(f"https://pubmed.ncbi.nlm.nih.gov/{number}/")))

    def dataset(self) -> None:
        """Add the reporting data set."""
        add, known = self.graph.add, self.datasets[DATASET]
        add((REPORTER, RDF.type, VOID.Dataset))
        add((REPORTER, DCTERMS.title, Literal(known["title"])))
        add((REPORTER, FOAF.homepage, URIRef(known["homepage"])))
        add((REPORTER, DCTERMS.rights, Literal(known["rights"])))
        add((REPORTER, DCTERMS.bibliographicCitation, Literal(known["citation"])))


def _items(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split(";")


def _evidence_id(names: list[str], methods: list[str], papers: list[str], flag: str) -> str:
    """The evidence's local name, from its definition in the model's documentation."""
    lines = ["tfl-evidence-1", "source=" + DATASET]
    lines += ["db=" + name for name in sorted(names)]
    lines += ["method=" + method for method in sorted(methods)]
    lines += ["ref=" + paper for paper in papers]
    lines += ["scale=" + flag, ""]
    digest = hashlib.sha256("\n".join(lines).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:26]


def _read(path: Path, key: str) -> Table:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row[key]: row for row in rows}


def main(table: str, out: str, ontology: str) -> None:
    """Convert ``table`` to the N-Triples file ``out``."""
    loop = Loop(Path(ontology))
    with open(table, encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            loop.row(row)
    loop.dataset()
    loop.graph.serialize(out, format="nt", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
