"""The generated data set: repeatable, well formed, and shaped like TFLink's table."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest

from benchmarks import generated
from benchmarks.evidence import Divided, Tail, counted, imitated
from benchmarks.generated import blocks, write_table
from benchmarks.mixes import ALWAYS_LARGE, ALWAYS_SMALL, DATABASE_PAPERS, METHODS, MIXES
from benchmarks.organisms import PROFILES, Profile
from benchmarks.plan import make_plan
from benchmarks.proteins import ODD_NAMES, long_accession, make_proteins, short_accession
from benchmarks.table import COLUMNS
from rdfconv.identifiers import ACCESSION, GENE_ID, PUBMED_ID

ROWS = 20_000
HEAD = {("GTRD", "27924024"), ("ReMap", "29126285"), ("GTRD;ReMap", "29126285;27924024")}

Rows = list[dict[str, str]]


def table(rows: int, seed: int = 1, organism: str = "Homo sapiens") -> Rows:
    lines = "".join(blocks(rows, seed, organism)).split("\n")
    assert lines.pop() == ""
    return [dict(zip(COLUMNS, line.split("\t"), strict=True)) for line in lines[1:]]


@pytest.fixture(scope="module")
def human() -> Rows:
    return table(ROWS)


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.tsv", "b.tsv", "c.tsv", "a.tsv.gz", "b.tsv.gz")]
    for path, seed in zip(paths, (1, 1, 2, 1, 1), strict=True):
        write_table(path, 500, seed)
    a, b, other, packed, again = (path.read_bytes() for path in paths)
    assert a == b != other
    assert packed == again
    assert gzip.decompress(packed) == a
    assert sorted(tmp_path.iterdir()) == sorted(paths)  # no unfinished file is left


def test_nothing_is_left_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        write_table(tmp_path / "table.tsv", 10, 1, "Escherichia coli")
    with pytest.raises(ValueError, match="negative"):
        write_table(tmp_path / "table.tsv", -1, 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 10, 51, 999])
@pytest.mark.parametrize("organism", PROFILES)
def test_any_number_of_rows(rows: int, organism: str) -> None:
    made = table(rows, organism=organism)
    assert len(made) == rows
    assert len({(row["UniprotID.TF"], row["UniprotID.Target"]) for row in made}) == rows


def test_cells(human: Rows) -> None:
    codes = {profile.code for profile in PROFILES.values()} - {"Hs"}
    for row in human:
        assert row["Organism"] == "Homo sapiens"
        assert row["Small-scale.evidence"] in {"Yes", "No"}
        assert set(row["Detection.method"].split(";")) <= set(METHODS)
        assert all(PUBMED_ID.fullmatch(paper) for paper in row["PubmedID"].split(";"))
        for role in ("TF", "Target"):
            assert ACCESSION.fullmatch(row[f"UniprotID.{role}"])
            genes = row[f"NCBI.GeneID.{role}"]
            assert genes == "-" or all(map(GENE_ID.fullmatch, genes.split(";")))
            assert row[f"Name.{role}"]
            for kind in ("TFLink", "nonTFLink"):
                cell = row[f"{role}.{kind}.ortho"]
                for item in () if cell == "-" else cell.split(";"):
                    code, _, accession = item.partition(":")
                    assert code in codes
                    assert ACCESSION.fullmatch(accession)


def test_odd_cells_occur(human: Rows) -> None:
    names = {row["Name.Target"] for row in human}
    assert "-" in names
    assert len(names.intersection(ODD_NAMES)) > 3
    genes = {row["NCBI.GeneID.Target"] for row in human}
    assert "-" in genes
    assert any(";" in gene for gene in genes)


def test_proteins_are_told_alike_in_all_rows(human: Rows) -> None:
    told: dict[str, set[tuple[str, ...]]] = {}
    species: dict[str, set[str]] = {}
    for row in human:
        for role in ("TF", "Target"):
            cells = tuple(
                row[name.format(role)]
                for name in ("NCBI.GeneID.{}", "Name.{}", "{}.TFLink.ortho", "{}.nonTFLink.ortho")
            )
            told.setdefault(row[f"UniprotID.{role}"], set()).add(cells)
            for item in ";".join(cells[2:]).split(";"):
                code, _, accession = item.partition(":")
                species.setdefault(accession, set()).add(code)
    assert all(len(cells) == 1 for cells in told.values())
    assert all(len(codes) == 1 for codes in species.values())
    assert told.keys().isdisjoint(species)  # an ortholog is another organism's protein


def test_pairs_are_unique_and_grouped_by_factor(human: Rows) -> None:
    pairs = [(row["UniprotID.TF"], row["UniprotID.Target"]) for row in human]
    assert len(set(pairs)) == ROWS
    factors = [factor for factor, _ in groupby(pair[0] for pair in pairs)]
    assert factors == sorted(set(factors))


def test_degrees_are_skewed_with_one_hub(human: Rows) -> None:
    degrees = sorted(Counter(row["UniprotID.TF"] for row in human).values(), reverse=True)
    assert degrees[0] == ROWS // 50
    assert degrees[0] > 1.05 * degrees[1]
    assert degrees[len(degrees) // 2] < degrees[0] / 5


def test_the_real_hub() -> None:
    for rows in (1_000_000, 4_500_000, PROFILES["Homo sapiens"].interactions, 12_000_000):
        plan = make_plan(PROFILES["Homo sapiens"], rows)
        assert sum(plan.degrees) == rows
        assert max(plan.degrees) == plan.degrees[0] == 19_771
        assert min(plan.degrees) >= 1


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.code)
def test_the_real_counts(profile: Profile) -> None:
    plan = make_plan(profile, profile.interactions)
    assert len(plan.degrees) == profile.factors
    assert plan.degrees[0] == profile.hub
    assert (plan.targets, plan.proteins) == (profile.targets, profile.proteins)


def test_three_tuples_carry_93_percent(human: Rows) -> None:
    counts = Counter((row["Source.database"], row["PubmedID"]) for row in human)
    assert {pair for pair, _ in counts.most_common(3)} == HEAD
    assert 0.92 < sum(counts[pair] for pair in HEAD) / ROWS < 0.94
    head = [row for row in human if (row["Source.database"], row["PubmedID"]) in HEAD]
    assert {row["Small-scale.evidence"] for row in head} == {"No"}
    assert {row["Detection.method"] for row in head} == {"chromatin immunoprecipitation assay"}
    assert 300 < len(counts) < 900


def test_distinct_tuples_of_a_large_table() -> None:
    weights = [(rank + 1) ** -0.9 for rank in range(MIXES["Homo sapiens"].tail_size)]
    unit = MIXES["Homo sapiens"].tail_weight / 1000 / sum(weights)
    expected = sum(1 - (1 - weight * unit) ** 4_500_000 for weight in weights)
    assert 20_000 < expected < 24_000


@pytest.mark.parametrize("organism", MIXES)
def test_evidence_agrees_with_itself(organism: str) -> None:
    mix = MIXES[organism]
    tail = Tail(mix, 5)
    tuples = [tuple_ for tuple_, _ in mix.frequent]
    tuples += [tail[number] for number in range(min(2000, mix.tail_size))]
    own = 0
    for cells in tuples:
        names, methods = cells.databases.split(";"), cells.methods.split(";")
        papers = cells.references.split(";")
        assert names == sorted(set(names))
        assert methods == sorted(set(methods))
        assert len(papers) == len(set(papers))
        assert {DATABASE_PAPERS[name] for name in names} <= set(papers)
        assert len(papers) - len(names) <= 20
        own += len(papers) > len(names)
        if not ALWAYS_SMALL.isdisjoint(names):
            assert cells.small_scale == "Yes"
        if ALWAYS_LARGE.issuperset(names):
            assert cells.small_scale == "No"
    assert own or organism == "Danio rerio"
    assert sum(weight for _, weight in mix.frequent) + mix.tail_weight == pytest.approx(1000)


def test_the_tail_uses_all_methods_and_databases() -> None:
    tail = Tail(MIXES["Homo sapiens"], 1)
    made = [tail[number] for number in range(10_000)]
    assert {name for cells in made for name in cells.databases.split(";")} == set(DATABASE_PAPERS)
    assert {name for cells in made for name in cells.methods.split(";")} == set(METHODS)
    assert len(METHODS) == len(set(METHODS)) == 51
    assert len(DATABASE_PAPERS) == 16


def test_the_tail_does_not_depend_on_the_order_of_asking() -> None:
    one, other = Tail(MIXES["Homo sapiens"], 1), Tail(MIXES["Homo sapiens"], 1)
    assert [one[number] for number in range(50)] == [other[n] for n in reversed(range(50))][::-1]


def test_evidence_of_a_given_table(tmp_path: Path) -> None:
    given = tmp_path / "given.tsv.gz"
    write_table(given, 300, 3, "Saccharomyces cerevisiae")
    made = tmp_path / "made.tsv"
    command = ["--rows", "200", "--evidence-from", str(given), "-o", str(made)]
    assert generated.main(command) == 0
    with gzip.open(given, "rt") as lines:
        known = {tuple(line.split("\t")[i] for i in (6, 7, 9, 10)) for line in lines}
    for line in made.read_text().splitlines():
        assert tuple(line.split("\t")[i] for i in (6, 7, 9, 10)) in known
    empty = tmp_path / "empty.tsv"
    write_table(empty, 0, 1)
    with pytest.raises(ValueError, match="no rows"):
        counted([empty])


def test_command_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generated.main(["--rows", "5", "-o", str(tmp_path / "no" / "table.tsv")]) == 1
    assert "error: " in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        generated.main(["--rows", "-1", "-o", str(tmp_path / "table.tsv")])


@pytest.mark.parametrize("make", [short_accession, long_accession])
def test_accessions_never_repeat(make: Callable[[int, int], str]) -> None:
    made = [make(number, 4) for number in range(50_000)]
    assert len(set(made)) == len(made)
    assert all(map(ACCESSION.fullmatch, made))


def test_accessions_of_two_organisms_never_meet() -> None:
    made = [
        protein.accession
        for profile in PROFILES.values()
        for protein in make_proteins(profile, 500, 9)
    ]
    assert len(set(made)) == len(made)


def test_a_divided_spread_has_the_number_of_small_scale_rows() -> None:
    spread = Divided(imitated("Homo sapiens", 1), 10_000, 37)
    rng = random.Random(1)
    flags = [
        spread.cells(number).small_scale
        for count in (1, 4_999, 3_000, 2_000)
        for number in spread.draw(rng, count)
    ]
    assert len(flags) == 10_000
    assert flags.count("Yes") == 37
    assert spread.draw(rng, 0) == []
    with pytest.raises(ValueError, match="no tuple of a scale"):
        Divided(imitated("Danio rerio", 1), 10, 1)


def test_draws_follow_the_weights() -> None:
    spread = imitated("Homo sapiens", 1)
    drawn = Counter(spread.draw(random.Random(1), 50_000))
    assert spread.cells(0).databases == "GTRD"
    assert 0.52 < drawn[0] / 50_000 < 0.56
