"""The stand-ins: each federated example query has an answer with them, and near misses stay out."""

from __future__ import annotations

import pyoxigraph
import pytest

from server.federation.endpoints import allowed
from tests.federation.standins import DATA, FEDERATED, PUBLIC, Rows, StandIns
from tests.server.web import ask

ROWS = {
    "disease-targets": 9,
    "drugs": 3,
    "expressed-targets": 4,
    "lipid-enzymes": 2,
    "oma-orthologs": 2,
    "paper-titles": 5,
    "paper-topics": 5,
    "target-pathways": 3,
    "target-processes": 3,
}
"""How many rows each federated example has."""
NEAR_MISSES = {
    "disease-targets": ("Li-Fraumeni", "Q14691"),
    "drugs": ("Belinostat", "marizomib", "erlotinib", "panobinostat", "Bortezomib"),
    "expressed-targets": ("ENSG00000149294", "P02768", "P09411", "P10746", "P34947"),
    "lipid-enzymes": ("14801", "18965", "rdf.rhea-db.org/standin"),
    "oma-orthologs": ("P35716", "www.uniprot.org"),
    "paper-titles": ("20554955", "20019190"),
    "paper-topics": ("19147588", "20610535"),
    "target-pathways": ("WP1742", "WP157", "standin-complex"),
    "target-processes": ("phosphoglycerate kinase", "cytosol", "keywords/324", "Q14691"),
}
"""What the stand-ins know and the federated examples must not find; see their files."""
JSON = "application/sparql-results+json"


def test_every_endpoint_of_the_examples_has_a_stand_in() -> None:
    asked = {iri for example in FEDERATED.values() for iri in example.federates_with}
    assert set(PUBLIC.values()) == asked
    assert {path.name for path in DATA.iterdir()} == {f"{name}.ttl" for name in PUBLIC}


def test_the_setting_names_every_stand_in(standins: StandIns) -> None:
    found = {iri: one.remote.url for iri, one in allowed(standins.setting).items()}
    assert found == dict(standins.urls)
    assert all(url.startswith("http://127.0.0.1:") for url in found.values())


@pytest.mark.parametrize("name", PUBLIC)
def test_each_answers_with_its_own_facts(standins: StandIns, name: str) -> None:
    reply = ask(standins.urls[PUBLIC[name]], "SELECT * { ?s ?p ?o }", accept=JSON)
    facts = pyoxigraph.Store()
    facts.load(path=DATA / f"{name}.ttl", format=pyoxigraph.RdfFormat.TURTLE)
    assert len(reply.json["results"]["bindings"]) == len(facts)


@pytest.mark.parametrize("name", FEDERATED)
def test_each_federated_example_has_rows(answers: dict[str, Rows], name: str) -> None:
    assert len(answers[name]) == ROWS[name]


@pytest.mark.parametrize("name", FEDERATED)
def test_near_misses_stay_out(answers: dict[str, Rows], name: str) -> None:
    known = pyoxigraph.Store()
    for file, iri in PUBLIC.items():
        if iri in FEDERATED[name].federates_with:
            known.load(path=DATA / f"{file}.ttl", format=pyoxigraph.RdfFormat.TURTLE)
    facts = str([str(quad) for quad in known])
    for miss in NEAR_MISSES[name]:
        assert miss in facts
        assert miss not in str(answers[name])
