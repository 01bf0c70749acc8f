"""Programs that exports are made for load them, and compute with them what is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rdfconv.exports.gmt import BREAKING
from tests.interop.document import printed, programs
from tests.interop.programs import of_npm, of_python
from tests.interop.tables import Tables
from tests.server.stored import Stored

HEADING = "Readers of exports"
SHOWN = programs(HEADING)
REGULATOR, OTHER = "HAC1", "RPN4"
"""Factors whose targets the made-up data show."""
GENES = f"""
import json, pandas
rows = pandas.read_csv("NETWORK", sep="\\t", keep_default_na=False)
targets = dict(sorted(rows.groupby("source").target.apply(sorted).items()))
genes = targets["{REGULATOR}"]
"""
"""What the document's program of gseapy supposes: a list of genes."""
EXPRESSION = f"""
names = sorted(set(rows.target))
levels = [[5.0 if name in targets[factor] else float(number % 3) for number, name in
           enumerate(names)] for factor in ("{REGULATOR}", "{OTHER}")]
expression = pandas.DataFrame(levels, index=["{REGULATOR}", "{OTHER}"], columns=names)
"""
"""What that of decoupler supposes: two samples, in each of which one factor's targets are high."""
TELL = """
best = found.results.sort_values("Adjusted P-value").iloc[0]
sets = decoupler.pp.read_gmt("tflink.gmt")
print("\\n" + json.dumps({
    "enriched": best["Term"],
    "gseapy": gseapy.read_gmt("tflink.gmt"),
    "decoupler": sorted(zip(sets["source"], sets["target"])),
    "active": scores.idxmax(axis="columns").to_dict(),
    "unsure": p_values.min(axis="columns").max(),
    "network": [[str(network.source[n]), str(network.target[n]), int(network.weight[n])]
                for n in network.index],
}))
"""
YEAST = """
  ?factor tfl:regulates ?target ; obo:RO_0002162 <http://purl.uniprot.org/taxonomy/4932> .
  ?target rdfs:label ?label
  OPTIONAL { ?factor rdfs:label ?name }
"""
"""The edges of yeast's factors; the files have symbols, so what has none is left out of them."""


@pytest.fixture(scope="module")
def told(base_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the two programs of Python loaded and found; one process, for what it takes to start."""
    folder = tmp_path_factory.mktemp("exports")
    address = f"{base_url}/interactions.network.tsv?organism=4932"
    (language, first), (_, second) = SHOWN["gseapy"], SHOWN["decoupler"]
    text = f"{first}{EXPRESSION}{second}{TELL}"
    before = GENES.replace("NETWORK", address)
    out = printed((language, text), base_url, folder, before=before)
    return json.loads(out.splitlines()[-1])  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def stored(sample_release: Path) -> Stored:
    return Stored(sample_release)


@pytest.fixture(scope="module")
def sets(stored: Stored) -> dict[str, set[str]]:
    """The gene sets of yeast's factors, by their names."""
    found: dict[str, set[str]] = {}
    for factor, name, label in stored.select(f"SELECT ?factor ?name ?label {{ {YEAST} }}"):
        accession = factor.rpartition("/")[2]
        one = f"{name}_{accession}" if name else accession
        found.setdefault(one, set()).add(BREAKING.sub("_", label))
    assert len(found) > 10
    return found


def test_gseapy(told: dict[str, Any], sets: dict[str, set[str]], tables: Tables) -> None:
    assert {name: set(members) for name, members in told["gseapy"].items()} == sets
    assert told["enriched"].startswith(f"{REGULATOR}_")
    tables.add(HEADING, ["gseapy", of_python("gseapy")(), "GMT, and tests a list of genes", "ok"])


def test_decoupler_reads_gene_sets(
    told: dict[str, Any], sets: dict[str, set[str]], tables: Tables
) -> None:
    wanted = sorted([name, one] for name, members in sets.items() for one in members)
    assert told["decoupler"] == wanted
    tables.add(HEADING, ["decoupler read_gmt", of_python("decoupler")(), "GMT", "ok"])


def test_decoupler_scores_with_the_network(
    told: dict[str, Any], stored: Stored, tables: Tables
) -> None:
    papers: dict[tuple[str, str], set[str]] = {}
    query = f"""SELECT ?name ?label ?paper {{ {YEAST}
      ?edge tfl:transcriptionFactor ?factor ; tfl:target ?target ; tfl:evidence ?evidence .
      OPTIONAL {{ ?evidence tfl:primaryReference ?paper }} }}"""
    for name, label, paper in stored.select(query):
        if name:
            papers.setdefault((name, label), set()).update({paper} - {""})
    pairs = [(source, target) for source, target, _ in told["network"]]
    assert len(pairs) == len(set(pairs))
    weights = {(source, target): weight for source, target, weight in told["network"]}
    assert weights == {pair: 1 + len(some) for pair, some in papers.items()}
    assert told["active"] == {REGULATOR: REGULATOR, OTHER: OTHER}
    assert told["unsure"] < 1e-6
    reads = "the network table, and scores samples with ulm"
    tables.add(HEADING, ["decoupler ulm", of_python("decoupler")(), reads, "ok"])


def test_cytoscape(base_url: str, stored: Stored, tables: Tables, tmp_path: Path) -> None:
    rows = stored.select("""SELECT DISTINCT ?factor {
      ?edge tfl:target uniprotkb:Q06945 ; tfl:transcriptionFactor ?factor ;
        tfl:evidence/tfl:smallScale true }""")
    nodes = {factor for (factor,) in rows} | {"http://purl.uniprot.org/uniprot/Q06945"}
    assert len(rows) > 3
    out = printed(SHOWN["Cytoscape.js"], base_url, tmp_path)
    assert out.split() == [str(len(nodes)), "proteins", str(len(rows)), "edges"]
    tables.add(HEADING, ["Cytoscape.js", of_npm("cytoscape")(), "cyjs, without a screen", "ok"])


def test_the_document_has_nothing_else(tables: Tables) -> None:
    names = ["gseapy", "decoupler read_gmt", "decoupler ulm", "Cytoscape.js"]
    assert [row[0] for row in tables.rows(HEADING)] == names
