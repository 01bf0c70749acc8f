"""What the tests of pages have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from rdfconv.building import build
from tests.conftest import StartServer
from tests.server.stored import BASE, PREFIXES, Stored

REPORTS = {"one": "a" * 26, "two": "b" * 26, "three": "c" * 26}
"""The names of the evidence nodes in `CRAFTED`."""
CRAFTED = f"""
@base <{BASE}> .
@prefix e: <{BASE}evidence/> .
@prefix pubmed: <http://rdf.ncbi.nlm.nih.gov/pubmed/> .
@prefix taxon: <http://purl.uniprot.org/taxonomy/> .
{"".join(f"@prefix {name}: <{iri}> ." for name, iri in PREFIXES.items())}

taxon:9606 a up:Taxon ; up:scientificName "Homo sapiens" .
taxon:10090 a up:Taxon ; up:scientificName "Mus musculus" .
uniprotkb:P00001 a up:Protein , tfl:TranscriptionFactor ; rdfs:label "ALPHA" ;
  obo:RO_0002162 taxon:9606 ; orth:hasOrtholog uniprotkb:Q00001 , uniprotkb:Q00003 .
uniprotkb:P00002 a up:Protein ; rdfs:label "BETA" ; obo:RO_0002162 taxon:9606 ;
  orth:hasOrtholog uniprotkb:Q00002 .
uniprotkb:P00009 a up:Protein ; rdfs:label "GAMMA" ; obo:RO_0002162 taxon:9606 .
uniprotkb:Q00001 a up:Protein , tfl:TranscriptionFactor ; rdfs:label "Alpha" ;
  obo:RO_0002162 taxon:10090 ; orth:hasOrtholog uniprotkb:P00001 .
uniprotkb:Q00002 a up:Protein ; rdfs:label "Beta" ; obo:RO_0002162 taxon:10090 ;
  orth:hasOrtholog uniprotkb:P00002 .
uniprotkb:Q00003 a up:Protein ; rdfs:label "Alpha2" ; obo:RO_0002162 taxon:10090 .

<database/A> a tfl:SourceDatabase ; rdfs:label "A" ; tfl:databaseCitation pubmed:22 .
<database/B> a tfl:SourceDatabase ; rdfs:label "B" .
<method/broad> a tfl:DetectionMethod ; rdfs:label "broad" .
<method/narrow> a tfl:DetectionMethod ; rdfs:label "narrow" ; tfl:broaderMethod <method/broad> .
<dataset/first> rdfs:label "First" .
<dataset/second> rdfs:label "Second" .

e:{REPORTS["one"]} a tfl:Evidence ; tfl:reportedBy <dataset/first> ;
  tfl:sourceDatabase <database/A> ; tfl:databaseCount 1 ; tfl:detectionMethod <method/narrow> ;
  tfl:detectionMethodOrBroader <method/narrow> , <method/broad> ;
  tfl:primaryReference pubmed:11 ; tfl:primaryReferenceCount 1 ;
  tfl:databaseReference pubmed:22 ; tfl:reference pubmed:11 , pubmed:22 ;
  tfl:smallScale true ; tfl:modeOfRegulation tfl:activation .
e:{REPORTS["two"]} a tfl:Evidence ; tfl:reportedBy <dataset/second> ;
  tfl:sourceDatabase <database/A> , <database/B> ; tfl:databaseCount 2 ;
  tfl:detectionMethod <method/broad> ; tfl:detectionMethodOrBroader <method/broad> ;
  tfl:databaseReference pubmed:22 ; tfl:reference pubmed:22 , pubmed:33 ;
  tfl:primaryReferenceCount 0 ; tfl:unparsedReference "17e" ; tfl:smallScale false .
e:{REPORTS["three"]} a tfl:Evidence ; tfl:reportedBy <dataset/second> ;
  tfl:primaryReferenceCount 0 ; tfl:databaseCount 0 .
"""
EDGES = {
    ("P00001", "P00002"): ("one", "two"),
    ("P00002", "P00001"): ("two",),
    ("Q00001", "Q00002"): ("one",),
    ("Q00003", "Q00002"): ("two",),
    ("P00001", "Q00002"): ("three",),
    ("P00001", "P00001"): ("two",),
    ("P00001", "P00009"): (),
}
"""The edges of the crafted release, with their reports."""
PAGES = f"""
<{BASE}graph/pages> {{
  <{BASE}page/P00001> a tfl:ProteinPage ; tfl:statedNumberOfInteractions 7 ;
    tfl:listedTargets "P00002 P00009" ; tfl:listedTranscriptionFactors "P00002" .
  <{BASE}page/P00002> a tfl:ProteinPage ; tfl:statedNumberOfInteractions 300 ;
    tfl:listedTargets "P00001" ;
    tfl:listedTranscriptionFactors "{" ".join(["P00009", "P00001"] + ["P00009"] * 98)}" .
}}
"""


def crafted_edges() -> str:
    """The edges in Turtle."""
    text = ""
    for (tf, target), reports in EDGES.items():
        text += f"uniprotkb:{tf} tfl:regulates uniprotkb:{target} .\n"
        text += f"<interaction/{tf}_{target}> a tfl:RegulatoryInteraction ;\n"
        text += f"  tfl:transcriptionFactor uniprotkb:{tf} ; tfl:target uniprotkb:{target} .\n"
        for report in reports:
            text += f"<interaction/{tf}_{target}> tfl:evidence e:{REPORTS[report]} .\n"
    return text


@pytest.fixture(scope="session")
def stored(sample_release: Path) -> Stored:
    """The store of the sample."""
    return Stored(sample_release)


@pytest.fixture(scope="session")
def crafted(
    tmp_path_factory: pytest.TempPathFactory, start_server: StartServer
) -> tuple[str, Stored]:
    """A server with what the sample does not have, and its store: several reports of an edge,
    edges between orthologs, edges in both directions."""
    root = tmp_path_factory.mktemp("crafted")
    (root / "crafted.trig").write_text(CRAFTED + crafted_edges() + PAGES, "utf-8")
    build([root / "crafted.trig"], root / "releases")
    return start_server(root / "releases", workers=1).url, Stored(root / "releases")
