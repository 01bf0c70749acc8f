"""MITAB: the same evidence as the table's rows, and the mode of regulation beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.whole import interaction_file, mitab_file, write_all
from rdfconv.model import Interaction
from rdfconv.readers.mitab import HEADER
from rdfconv.vocabulary import PREFIXES, methods
from tests.inputs import mitab_row, read_as, row, table, written

HUMAN = "Homo sapiens"
REAL = "bgw3_tflink_9606_mitab28_3rows.tsv"
UNKNOWN, ACTIVATED, REPRESSED = "Q9H9S0 O94907", "P37231 P10826", "P04637 P10415"
"""The edges of the real rows, by what they say of the mode of regulation."""


def edges(path: Path) -> dict[str, Interaction]:
    """The rows of a file by the edges they tell, each once."""
    rows, _ = read_as(Interaction, path)
    told = {f"{one.transcription_factor.accession} {one.target.accession}": one for one in rows}
    assert len(told) == len(rows)
    return told


def evidence_of(text: str, edge: str) -> set[str]:
    """The ids of the evidence that an edge has in N-Triples."""
    node = f"<{PREFIXES['tfli']}{edge.replace(' ', '_')}> <{PREFIXES['tfl']}evidence> "
    found = re.findall(rf"^{re.escape(node)}<{re.escape(PREFIXES['tfle'])}(\w+)>", text, re.M)
    return set(found)


# --- Real rows ----------------------------------------------------------------------------------


def test_real_rows_report_what_the_tables_rows_report(data: Path) -> None:
    told = edges(data / "tables" / REAL)
    assert {edge: one.evidence.modes for edge, one in told.items()} == {
        UNKNOWN: (),
        ACTIVATED: ("activation",),
        REPRESSED: ("repression",),
    }
    tables = [edges(data / "tables" / "Homo_sapiens_interactions_SS_from_pages.tsv")]
    published = edges(data / "tables" / "tflink_homo_sapiens_interactions.sample49.tsv.gz")
    assert UNKNOWN in published
    for rows in (*tables, published):
        for edge, one in told.items():
            if edge in rows:
                same = rows[edge].evidence
                assert one.evidence.without_modes() == same.id
                assert (one.evidence.id == same.id) == (edge == UNKNOWN)
                assert one.evidence._replace(modes=(), id=same.id) == same
                for mention, other in zip(one[:2], rows[edge][:2], strict=True):
                    assert mention[:4] == other[:4]  # all but the orthologs


@pytest.mark.parametrize("names", [("a.tsv", "b.tsv"), ("b.tsv", "a.tsv")])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_row_with_a_mode_is_the_edges_only_evidence(
    names: tuple[str, str], jobs: int, data: Path, tmp_path: Path
) -> None:
    """Whatever the files are called and in which order they are given."""
    whole = (data / "tables" / "Homo_sapiens_interactions_SS_from_pages.tsv").read_text("utf-8")
    keys = [edge.replace(" ", "\t") + "\t" for edge in (UNKNOWN, ACTIVATED, REPRESSED)]
    lines = [line for line in whole.splitlines() if line.startswith(tuple(keys))]
    assert len(lines) == 3
    paths = [tmp_path / name for name in names]
    paths[0].write_text(table(*lines), "utf-8")
    paths[1].write_bytes((data / "tables" / REAL).read_bytes())
    rows, reports = edges(paths[0]), edges(paths[1])
    text, report = written([tmp_path], jobs=jobs)
    for edge in rows:
        assert evidence_of(text, edge) == {reports[edge].evidence.id}
    for edge in (ACTIVATED, REPRESSED):
        assert rows[edge].evidence.id not in text
    # The row of the edge whose mode is not known says the same again.
    assert (report.rows.read, report.rows.written, report.rows.merged) == (6, 4, 2)
    assert not report.problems.counts


def test_generated_rows_report_what_the_tables_rows_report(tmp_path: Path) -> None:
    write_all(tmp_path, 0.0005, 1, mitab=[HUMAN])
    rows, told = edges(tmp_path / interaction_file(HUMAN)), edges(tmp_path / mitab_file(HUMAN))
    assert rows.keys() == told.keys()
    assert {one.evidence.modes for one in told.values()} >= {(), ("activation",), ("repression",)}
    for edge, one in told.items():
        assert one.evidence.without_modes() == rows[edge].evidence.id, edge
    paths = [tmp_path / name(HUMAN) for name in (interaction_file, mitab_file)]
    text, report = written(paths)
    assert (text, report.rows) == (written(paths, jobs=2)[0], report.rows)
    assert report.rows.merged == sum(bool(one.evidence.modes) for one in told.values())
    assert all(evidence_of(text, edge) == {one.evidence.id} for edge, one in list(told.items())[:9])


# --- Cells --------------------------------------------------------------------------------------


def test_a_made_row_is_the_tables_row(tmp_path: Path) -> None:
    [one], problems = read_as(Interaction, tmp_path / "m.tsv", mitab_row() + "\n")
    [other], _ = read_as(Interaction, tmp_path / "t.tsv", table(row()))
    assert one == other
    assert not problems


def test_comments_and_a_header_hold_no_rows(tmp_path: Path) -> None:
    lines = (mitab_row(), "#a comment", "\t".join(HEADER), mitab_row(negative="false"))
    rows, problems = read_as(Interaction, tmp_path / "m.tsv", "\r\n".join(lines))
    assert len(rows) == 2
    assert not problems


@pytest.mark.parametrize("name", [name for name, one in methods().items() if one.term])
def test_each_term_is_tflinks_name(name: str, tmp_path: Path) -> None:
    term = methods()[name].term.replace("_", ":")
    line = mitab_row(detectionMethod=f'psi-mi:"{term}"("{name}")')
    [one], problems = read_as(Interaction, tmp_path / "m.tsv", line)
    assert one.evidence.methods == (name,)
    assert not problems


def test_one_method_that_stands_for_two_terms(tmp_path: Path) -> None:
    cell = 'psi-mi:"MI:0008"("array technology")|psi-mi:"MI:0080"("partial DNA")'
    [one], problems = read_as(
        Interaction, tmp_path / "m.tsv", mitab_row(detectionMethod=f'{cell}|psi-mi:"MI:0364"("x")')
    )
    together = "array technology/partial DNA sequence identification by hybridization"
    assert one.evidence.methods == (together, "inferred by curator")
    assert not problems


def test_cells_with_lists_and_missing_cells(tmp_path: Path) -> None:
    line = mitab_row(
        alias_A='uniprot:"su(w[a])"("protein name")|uniprot:"DUR1,2"("protein name")',
        alternativeID_A="geneid:2|geneid:1",
        alias_B="-",
        alternativeID_B="-",
        detectionMethod="-",
        pubmedID="-",
        sourceDatabase='pubmed:27924024("GTRD")|("New")|pubmed:27924024("GTRD")',
        annotation_int="-",
        annotation_A='function:"repressor"|function:"unknown"|function:"activator"',
        taxonomyID_A='taxid:4932("Baker\'s yeast")',
        taxonomyID_B='taxid:1("Root")',
    )
    [one], problems = read_as(Interaction, tmp_path / "m.tsv", line)
    factor, target, told = one
    assert (factor.name, factor.gene_ids) == ("su(w[a]);DUR1,2", ("2", "1"))
    assert factor.organism == "Saccharomyces cerevisiae"
    assert (target.name, target.gene_ids, target.organism) == ("", (), "Root")
    assert told.databases == ("GTRD", "New")
    assert (told.methods, told.references, told.small_scale) == ((), (), None)
    assert told.modes == ("activation", "repression")
    assert sorted(problems.kinds) == ["unknown-database", "unknown-organism"]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("uniqueID_A", "refseq:NP_1"),
        ("alternativeID_B", "geneid:1|2"),
        ("alias_A", 'uniprot:"NANOG"(gene name)'),
        ("alias_A", 'uniprot:"NANOG"("protein name")|'),
        ("detectionMethod", "chromatin immunoprecipitation assay"),
        ("detectionMethod", 'psi-mi:"MI:04"("x")'),
        ("pubmedID", "pubmed:1|doi:2"),
        ("taxonomyID_B", "9606"),
        ("sourceDatabase", "GTRD"),
        ("biolRole_A", "-"),
        ("biolRole_B", 'psi-mi:"MI:2274"("regulator")'),
        ("annotation_int", 'comment:"Small-scale.evidence:maybe"'),
    ],
)
def test_a_cell_of_another_form_rejects_the_row(column: str, cell: str, tmp_path: Path) -> None:
    """Also behind a good row that has all other cells alike."""
    text = f"{mitab_row()}\n{mitab_row(**{column: cell})}\n{mitab_row()}\n"
    rows, [problem] = read_as(Interaction, tmp_path / "m.tsv", text)
    assert len(rows) == 2
    assert (problem.kind.value, problem.line) == ("malformed-cell", 2)
    assert (problem.column, problem.value) == (column, cell)


def test_an_accession_that_is_none(tmp_path: Path) -> None:
    line = mitab_row(uniqueID_A="uniprot:Q9H9S0-2")
    rows, [problem] = read_as(Interaction, tmp_path / "m.tsv", line)
    assert not rows
    assert (problem.kind.value, problem.value) == ("malformed-accession", "Q9H9S0-2")


def test_what_is_no_paper_or_mode_is_told(tmp_path: Path) -> None:
    line = mitab_row(pubmedID="pubmed:29087512|pubmed:1724219e", annotation_A='function:"both"')
    [one], problems = read_as(Interaction, tmp_path / "m.tsv", line)
    assert one.evidence.references == ("29087512", "1724219e")
    assert one.evidence.modes == ()
    assert sorted(problems.kinds) == ["not-a-pubmed-id", "unknown-mode"]
