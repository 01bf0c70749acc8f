"""Tables of one protein: the direction is the header's, the protein the file name's; and the counts
of the published tables, which these edges are a part of."""

from __future__ import annotations

from pathlib import Path

import pytest

from rdfconv.model import Interaction
from rdfconv.readers.protein_table import FACTORS_HEADER, TARGETS_HEADER
from tests.inputs import protein_rows, read_as, row, written

HUMAN, CURATED = "Homo sapiens", "inferred by curator"
CELLS = ("P11308", "2078", "ERG", CURATED, "29087512", HUMAN, "TRRUST", "Yes")


def text(header: tuple[str, ...], *rows: tuple[str, ...]) -> str:
    """A table."""
    return "".join("\t".join(cells) + "\n" for cells in (header, *rows))


def test_the_real_table(data: Path) -> None:
    path = data / "per_protein_tsv" / "targets_of_A0A0B4K692.EXCERPT.tsv"
    edges, problems = read_as(Interaction, path)
    assert not problems
    assert len(edges) == 12
    assert {edge.transcription_factor.accession for edge in edges} == {"A0A0B4K692"}
    assert len({edge.target.accession for edge in edges}) == 12
    assert {edge.target.organism for edge in edges} == {"Drosophila melanogaster"}
    first = edges[0].target
    assert (first.accession, first.name, first.gene_ids) == ("G2J5W6", "SRPK-RA", ())  # NA
    assert any(edge.target.gene_ids for edge in edges)
    assert all(gene.isdecimal() for edge in edges for gene in edge.target.gene_ids)
    assert edges[0].evidence.small_scale is False


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("name", ["{}_of_Q06945.tsv", "TFLink_{}_of_Q06945.tsv"])
def test_both_directions(name: str, jobs: int, tmp_path: Path) -> None:
    paths = [tmp_path / name.format(one) for one in ("targets", "tfs")]
    for path, header in zip(paths, (TARGETS_HEADER, FACTORS_HEADER), strict=True):
        path.write_text(text(header, CELLS), "utf-8")
        [edge], problems = read_as(Interaction, path)
        ends = [edge.transcription_factor.accession, edge.target.accession]
        assert ends == (["Q06945", "P11308"] if "targets" in path.name else ["P11308", "Q06945"])
        assert not problems
    lines, report = written(paths, jobs=jobs)
    assert report.rows.written == 2
    for factor, target in (("Q06945", "P11308"), ("P11308", "Q06945")):
        uniprot = "http://purl.uniprot.org/uniprot/"
        regulates = "https://w3id.org/tflink-rdf/ontology#regulates"
        assert f"<{uniprot}{factor}> <{regulates}> <{uniprot}{target}> .\n" in lines


def test_gene_ids_joined_by_a_comma(tmp_path: Path) -> None:
    rows = [(CELLS[0], genes, *CELLS[2:]) for genes in ("1,22", "NA", "-")]
    path = tmp_path / "tfs_of_Q06945.tsv"
    edges, problems = read_as(Interaction, path, text(FACTORS_HEADER, *rows))
    assert [edge.transcription_factor.gene_ids for edge in edges] == [("1", "22"), (), ()]
    assert not problems


def test_the_evidence_is_the_tables(tmp_path: Path) -> None:
    edges, _ = read_as(Interaction, tmp_path / "targets_of_Q9H9S0.tsv", protein_rows(row()))
    [edge] = edges
    assert edge.evidence.id == "53vhspkpxrtk57bxzboas2qcbc"
    assert edge.target.name == "DKK1"


@pytest.mark.parametrize("name", ["edges.tsv", "targets_of_.tsv", "targets_of_q06945.tsv"])
def test_a_file_that_does_not_name_its_protein(name: str, tmp_path: Path) -> None:
    edges, problems = read_as(Interaction, tmp_path / name, text(TARGETS_HEADER, CELLS, CELLS))
    assert not edges
    assert problems.kinds == ["no-protein", "no-protein"]


def test_a_file_that_names_something_else(tmp_path: Path) -> None:
    path = tmp_path / "targets_of_SOX4.tsv"
    edges, [problem] = read_as(Interaction, path, text(TARGETS_HEADER, CELLS))
    assert not edges
    assert (problem.kind.value, problem.value) == ("malformed-accession", "SOX4")


# --- The published tables -----------------------------------------------------------------------

SMALL = "{}_interactions_SS_from_pages.tsv"
WHOLE = "{}_interactions_union_from_pages.tsv.gz"


@pytest.mark.parametrize(
    ("name", "factors", "targets", "edges"),
    [
        (WHOLE.format("Danio_rerio"), 17, 13_769, 25_960),
        (WHOLE.format("Rattus_norvegicus"), 56, 13_530, 81_229),
        (SMALL.format("Mus_musculus"), 846, 2_503, 8_687),
        (SMALL.format("Drosophila_melanogaster"), 173, 281, 699),
        (SMALL.format("Caenorhabditis_elegans"), 18, 93, 109),
        (SMALL.format("Saccharomyces_cerevisiae"), 191, 2_166, 5_349),
        (SMALL.format("Rattus_norvegicus"), 6, 6, 8),
    ],
)
def test_counts_are_those_that_tflink_states(
    name: str, factors: int, targets: int, edges: int, data: Path
) -> None:
    rows, problems = read_as(Interaction, data / "tables" / name)
    assert not [problem for problem in problems if problem.kind.rejects]
    pairs = {(one.transcription_factor.accession, one.target.accession) for one in rows}
    assert len(rows) == len(pairs) == edges
    assert len({factor for factor, _ in pairs}) == factors
    assert len({target for _, target in pairs}) == targets
