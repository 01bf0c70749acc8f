"""What the tests of clients have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from rdfconv.building import build
from tests.inputs import TURTLE_PREFIXES

CRAFTED = """
taxon:9606 a up:Taxon ; up:scientificName "Homo sapiens" .
taxon:10090 a up:Taxon ; up:scientificName "Mus musculus" .
u:P00001 a up:Protein ; rdfs:label "ALPHA" ; obo:RO_0002162 taxon:9606 .
u:P00002 a up:Protein ; rdfs:label "TWIN" ; obo:RO_0002162 taxon:9606 .
u:P00003 a up:Protein ; rdfs:label "TWIN" ; obo:RO_0002162 taxon:9606 .
u:Q00001 a up:Protein ; rdfs:label "TWIN" ; obo:RO_0002162 taxon:10090 .
u:Q00002 a up:Protein ; rdfs:label "Alpha" ; obo:RO_0002162 taxon:10090 ;
  skos:altLabel "TWIN" , "Other one" .
u:P00004 a up:Protein .
u:P00005 a up:Protein ; rdfs:label "C4ORF3" ; obo:RO_0002162 taxon:9606 .
u:P00006 a up:Protein ; rdfs:label 'A "b" \\\\c' ; obo:RO_0002162 taxon:9606 .
tfldb:A a tfl:SourceDatabase ; rdfs:label "Database A" .
tflm:m a tfl:DetectionMethod ; rdfs:label "method m" .
tfle:aaaaaaaaaaaaaaaaaaaaaaaaaa a tfl:Evidence ; tfl:reportedBy tfld:first ; tfl:smallScale true ;
  tfl:sourceDatabase tfldb:A , tfldb:Unnamed ; tfl:detectionMethod tflm:m ;
  tfl:primaryReference pubmed:9 , pubmed:11 ; tfl:databaseReference pubmed:22 ;
  tfl:reference pubmed:9 , pubmed:11 , pubmed:22 , pubmed:33 ;
  tfl:modeOfRegulation tfl:activation .
tfle:bbbbbbbbbbbbbbbbbbbbbbbbbb a tfl:Evidence ; tfl:reportedBy tfld:second ; tfl:smallScale false ;
  tfl:sourceDatabase tfldb:A ; tfl:reference pubmed:44 ;
  tfl:unparsedReference "17e" .
u:P00001 tfl:regulates u:P00002 , u:P00004 , u:P00001 .
tfli:P00001_P00002 tfl:transcriptionFactor u:P00001 ; tfl:target u:P00002 ;
  tfl:evidence tfle:aaaaaaaaaaaaaaaaaaaaaaaaaa , tfle:bbbbbbbbbbbbbbbbbbbbbbbbbb .
tfli:P00001_P00001 tfl:transcriptionFactor u:P00001 ; tfl:target u:P00001 ;
  tfl:evidence tfle:bbbbbbbbbbbbbbbbbbbbbbbbbb .
"""
"""What the sample does not have: names that several proteins have, an edge with two reports, an
edge without any, a protein without name and organism."""


@pytest.fixture(scope="session")
def crafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a release with `CRAFTED`."""
    root = tmp_path_factory.mktemp("crafted")
    (root / "crafted.ttl").write_text(TURTLE_PREFIXES + CRAFTED, "utf-8")
    build([root / "crafted.ttl"], root / "releases")
    return root / "releases"
