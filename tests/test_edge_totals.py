"""What is counted of the rows of edges, against counting edge by edge."""

from array import array
from collections import Counter, defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from rdfconv.edges import rows, totals
from rdfconv.edges.totals import Key

TAXA = [0, 1, 1, 2, 2, 0]
"""The taxon of a protein, at the place of its number; of 5 it is not known."""
PROTEINS = st.integers(1, len(TAXA) - 1)
REPORTS = st.integers(1, 4)
VALUES = st.fixed_dictionaries(
    {"database": st.sets(st.integers(1, 4)), "method": st.sets(st.integers(5, 6))}
)
SAID = st.tuples(st.sets(st.integers(8, 9)), VALUES)
ROWS = st.sets(st.tuples(PROTEINS, PROTEINS, REPORTS))


def arrays(found: set[tuple[int, int, int]]) -> rows.Rows:
    of_tf: defaultdict[int, array[int]] = defaultdict(lambda: array("q"))
    for tf, target, report in sorted(found):
        of_tf[tf].append(target << 32 | report)
    return of_tf


@settings(deadline=None)
@given(found=ROWS, said=st.lists(SAID, min_size=4, max_size=4))
def test_an_edge_counts_once_for_what_its_reports_say(
    found: set[tuple[int, int, int]], said: list[tuple[set[int], dict[str, set[int]]]]
) -> None:
    about: list[list[Key]] = [[], *(totals.keys(datasets, values) for datasets, values in said)]
    edges: dict[tuple[int, Key], set[tuple[int, int]]] = defaultdict(set)
    for tf, target, report in found:
        datasets, values = said[report - 1]
        for dataset in datasets or {0}:
            for role in ("database", "method"):
                for value in values[role]:
                    edges[TAXA[tf], (dataset, role, (value,))].add((tf, target))
            for one in values["database"]:
                for other in values["database"]:
                    if one < other:
                        key = (dataset, "databases", (one, other))
                        edges[TAXA[tf], key].add((tf, target))
    counts = rows.count(arrays(found), TAXA)
    assert totals.by_key(counts, about) == {key: len(of_key) for key, of_key in edges.items()}


@settings(deadline=None)
@given(found=ROWS, orthologs=st.sets(st.tuples(PROTEINS, PROTEINS)))
def test_conserved_edges(found: set[tuple[int, int, int]], orthologs: set[tuple[int, int]]) -> None:
    edges = {(tf, target) for tf, target, _ in found}
    known: Counter[tuple[int, int]] = Counter()
    for tf, target in edges:
        known.update(
            {
                (tf, TAXA[other])
                for other, its_target in edges
                if (tf, other) in orthologs
                and (target, its_target) in orthologs
                and TAXA[other] == TAXA[its_target] != TAXA[tf]
                and TAXA[its_target] != TAXA[target]
                and TAXA[other]
            }
        )
    assert totals.conserved(arrays(found), TAXA, orthologs) == known


@settings(deadline=None)
@given(found=ROWS)
def test_shared_targets(found: set[tuple[int, int, int]]) -> None:
    targets: dict[int, set[int]] = defaultdict(set)
    for tf, target, _ in found:
        targets[tf].add(target)
    known = {
        (one, other): len(targets[one] & targets[other])
        for one in targets
        for other in targets
        if one != other and TAXA[one] == TAXA[other] and targets[one] & targets[other]
    }
    assert totals.shared(arrays(found), TAXA) == known


def test_those_that_share_the_most_are_told() -> None:
    found = {(tf, target, 1) for tf in range(1, 61) for target in range(1, tf + 1)}
    told = totals.shared(arrays(found), [1] * 61)
    of_40 = {other: number for (one, other), number in told.items() if one == 40}
    assert len(of_40) == totals.SHARED_MOST
    assert of_40 == {other: min(other, 40) for other in range(10, 61) if other != 40}
