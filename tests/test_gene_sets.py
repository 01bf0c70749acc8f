"""The edges of whole tables against TFLink's own gene sets: an independent check of all of them."""

from pathlib import Path

import pytest

import rdfconv
from rdfconv.model import Interaction
from rdfconv.problems import Problem

Edges = set[tuple[str, str]]

TABLES = {
    "zebrafish": ("Danio_rerio_interactions_union_from_pages.tsv.gz", "Danio_rerio_All", 0),
    "rat": ("Rattus_norvegicus_interactions_union_from_pages.tsv.gz", "Rattus_norvegicus_All", 0),
    "mouse small-scale": ("Mus_musculus_interactions_SS_from_pages.tsv", "Mus_musculus_SS", 0),
    # TFLink's pages, from which this table was put together, lack nine of its interactions.
    "human small-scale": ("Homo_sapiens_interactions_SS_from_pages.tsv", "Homo_sapiens_SS", 9),
}


def gene_sets(path: Path) -> Edges:
    """The edges of a GMT file: regulator, name, targets; comment lines come first."""
    edges = set()
    for line in path.read_text("utf-8").splitlines():
        regulator, *rest = line.split("\t")
        if rest:
            edges |= {(regulator, target) for target in rest[1:]}
    return edges


@pytest.mark.parametrize("name", TABLES)
def test_edges_equal_gene_sets(name: str, data: Path) -> None:
    table, gene_set, lacking = TABLES[name]
    gmt = data / "gmt" / f"Transcription_factor_TFLink_{gene_set}_UniprotID.gmt"
    problems: list[Problem] = []
    read: Edges = set()
    for record in rdfconv.read(data / "tables" / table, on_problem=problems.append):
        assert isinstance(record, Interaction)
        read.add((record.transcription_factor.accession, record.target.accession))
    stated = gene_sets(gmt)
    assert not [problem for problem in problems if problem.kind.rejects]
    assert read <= stated
    assert len(stated - read) == lacking


def test_edges_of_the_graph_equal_gene_sets(data: Path, tmp_path: Path) -> None:
    """The direct edges and the edge nodes as written, not only as read."""
    table, gene_set, _ = TABLES["zebrafish"]
    output = tmp_path / "zebrafish.nt"
    rdfconv.convert([data / "tables" / table], str(output))
    direct: Edges = set()
    nodes: Edges = set()
    with output.open(encoding="utf-8") as lines:
        for line in lines:
            subject, predicate, value, _ = line.split(" ", 3)
            if predicate.endswith("#regulates>"):
                direct.add((_local(subject), _local(value)))
            elif value.endswith("#RegulatoryInteraction>"):
                factor, target = _local(subject).split("_")
                nodes.add((factor, target))
    gmt = data / "gmt" / f"Transcription_factor_TFLink_{gene_set}_UniprotID.gmt"
    assert direct == nodes == gene_sets(gmt)


def _local(iri: str) -> str:
    return iri.strip("<>").rpartition("/")[2]
