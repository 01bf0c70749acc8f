"""What search engines read: the schema.org block of pages, compared with the data."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld

from server.pages.schema_org import as_script
from tests.server.markup import read
from tests.server.stored import BASE, Stored
from tests.server.web import fetch

SCHEMA = "https://schema.org/"
PROFILES = "https://bioschemas.org/profiles/"
UNIPROT = "http://purl.uniprot.org/uniprot/"


def block_of(url: str, path: str) -> Any:
    page = read(fetch(f"{url}{path}.html").text)
    (script,) = page.all("script", type="application/ld+json")
    return json.loads(script.raw)


def as_graph(data: Any) -> rdflib.Graph:
    """The block as triples: its context names no document, so nothing has to be fetched."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        quads = jsonld.to_rdf(data, {"format": "application/n-quads"})
    return rdflib.Graph().parse(data=quads, format="nt")


@pytest.mark.parametrize(
    ("path", "iri", "type_", "profile", "name_of"),
    [
        ("/protein/Q06945", f"{UNIPROT}Q06945", "Protein", "Protein/0.11-RELEASE", "rdfs:label"),
        ("/gene/6659", "http://identifiers.org/ncbigene/6659", "Gene", "Gene/1.0-RELEASE", ""),
        (
            "/organism/9606",
            "http://purl.uniprot.org/taxonomy/9606",
            "Taxon",
            "Taxon/0.6-RELEASE",
            "up:scientificName",
        ),
        ("/dataset/tflink-1.0", f"{BASE}dataset/tflink-1.0", "Dataset", "Dataset/1.0-RELEASE", ""),
        (
            "/paper/24435928",
            "http://rdf.ncbi.nlm.nih.gov/pubmed/24435928",
            "ScholarlyArticle",
            "",
            "",
        ),
    ],
)
def test_the_block_says_what_the_data_say(
    base_url: str, stored: Stored, path: str, iri: str, type_: str, profile: str, name_of: str
) -> None:
    data = block_of(base_url, path)
    graph = as_graph(data)
    thing = rdflib.URIRef(iri)

    def said(property_: str) -> set[str]:
        return {str(value) for value in graph.objects(thing, rdflib.URIRef(SCHEMA + property_))}

    assert set(graph.objects(thing, rdflib.RDF.type)) == {rdflib.URIRef(SCHEMA + type_)}
    conforms = {str(value) for value in graph.objects(thing, rdflib.DCTERMS.conformsTo)}
    assert conforms == ({PROFILES + profile} if profile else set())
    assert data["url"] == f"{base_url}{path}.html"

    def stated(property_: str) -> set[str]:
        return {value for (value,) in stored.select(f"SELECT ?v {{ <{iri}> {property_} ?v }}")}

    assert said("identifier") == (stated("dcterms:identifier") or {iri.rpartition("/")[2]})
    assert said("sameAs") == stated("skos:exactMatch")
    assert len(said("name")) == 1
    if name_of:
        assert said("name") == stated(name_of)


def test_a_protein_s_gene_and_organism(base_url: str, stored: Stored) -> None:
    data = block_of(base_url, "/protein/Q06945")
    taxa = stored.select("SELECT ?v { uniprotkb:Q06945 obo:RO_0002162 ?v }")
    assert [(data["taxonomicRange"]["@id"],)] == taxa
    genes = stored.select("SELECT ?v { uniprotkb:Q06945 tfl:encodedBy ?v }")
    assert [(data["isEncodedByBioChemEntity"]["@id"],)] == genes
    assert data["isEncodedByBioChemEntity"]["@type"] == "Gene"


def test_a_data_set_has_what_bioschemas_asks_for(base_url: str) -> None:
    """The minimum of Dataset 1.0: description, identifier, keywords, licence, name, URL."""
    data = block_of(base_url, "/dataset/tflink-1.0")
    for name in ("description", "identifier", "license", "name", "url"):
        assert data[name]
    assert data["license"].startswith("http")


@pytest.mark.parametrize(
    "path", ["/database/GTRD", "/method/MI_0402", "/page/Q06945", "/graph/void"]
)
def test_other_things_have_none(base_url: str, path: str) -> None:
    page = read(fetch(f"{base_url}{path}.html").text)
    assert not page.all("script", type="application/ld+json")


@given(st.text())
def test_no_text_ends_the_script(text: str) -> None:
    written = as_script({"name": text, "@id": [text]})
    assert json.loads(written) == {"name": text, "@id": [text]}
    for character in "<\u2028\u2029":
        assert character not in written
