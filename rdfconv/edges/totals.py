"""Numbers of edges by what their reports say, and of edges that other organisms have, too."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from itertools import chain, combinations
from typing import TypeAlias

from rdfconv.edges.rows import Counts, Rows

Key: TypeAlias = "tuple[int, str, tuple[int, ...]]"
"""What a report says: the number of the data set that tells it (0 if none is named), a role, and
the numbers of its values: one, or two databases."""
ROLES = ("database", "method", "paper")
"""The roles whose values are counted one by one."""
SHARED_MOST = 50
"""Of how many other regulators the shared targets are told."""
SHARED = "databases"
"""The role of two databases that a report names."""


def keys(datasets: Iterable[int], values: Mapping[str, Iterable[int]]) -> list[Key]:
    """What edges are counted by of what a report says.

    Args:
        datasets: the data sets that tell the report.
        values: the numbers of its values by role.

    >>> keys([1], {"database": [3, 2], "method": [7]})
    [(1, 'database', (2,)), (1, 'database', (3,)), (1, 'method', (7,)), (1, 'databases', (2, 3))]
    """
    said: list[tuple[str, tuple[int, ...]]] = [
        (role, (value,)) for role in ROLES for value in sorted(values.get(role, ()))
    ]
    said += [(SHARED, pair) for pair in combinations(sorted(values.get("database", ())), 2)]
    return [(dataset, role, value) for dataset in sorted(datasets) or [0] for role, value in said]


def by_key(counts: Counts, about: Sequence[Sequence[Key]]) -> dict[tuple[int, Key], int]:
    """How many edges have a report that says something; each edge counts once.

    Args:
        counts: the numbers of rows.
        about: what a report says, at the place of its number.

    Returns:
        The numbers of edges by the number of their regulator's taxon, and what is said.
    """
    found: dict[tuple[int, Key], int] = defaultdict(int)
    for taxon, report, number in counts.numbers():
        for key in about[report]:
            found[taxon, key] += number
    for (taxon, reports), number in counts.together.items():
        told = Counter(chain.from_iterable(about[report] for report in reports))
        for key, times in told.items():
            found[taxon, key] -= number * (times - 1)
    return dict(found)


def conserved(
    rows: Rows, taxa: Sequence[int], orthologs: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    """How many edges of a regulator another organism has, too: from an ortholog of the regulator
    to an ortholog of the target.

    Args:
        rows: the edges.
        taxa: the number of a protein's taxon (0 if it has none), at the place of its number.
        orthologs: a protein and its ortholog.

    Returns:
        The numbers of edges by regulator and taxon, where there are any.
    """
    near: defaultdict[int, defaultdict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for protein, other in orthologs:
        if taxa[other] and taxa[other] != taxa[protein]:
            near[taxa[other]][protein].add(other)
    found = {}
    for tf in rows:
        targets: set[int] | None = None
        for taxon, of_taxon in near.items():
            others = [rows[other] for other in of_taxon.get(tf, ()) if other in rows]
            if not others:
                continue
            if targets is None:
                targets = {row >> 32 for row in rows[tf]}
            regulated = {row >> 32 for other in others for row in other}
            known = targets & of_taxon.keys()
            missing = sum(map(regulated.isdisjoint, map(of_taxon.__getitem__, known)))
            number = len(known) - missing
            if number:
                found[tf, taxon] = number
    return found


def shared(rows: Rows, taxa: Sequence[int]) -> dict[tuple[int, int], int]:
    """How many targets two regulators of one organism share.

    Args:
        rows: the edges.
        taxa: the number of a protein's taxon (0 if it has none), at the place of its number.

    Returns:
        The numbers of targets, for each regulator with those others with which it shares the most
        (`SHARED_MOST`; of equals those with the lower number).
    """
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for tf in sorted(rows):
        groups[taxa[tf]].append(tf)
    found = {}
    for group in groups.values():
        sets = _bits(rows, group)
        of: list[list[int]] = [[0] * len(group) for _ in group]
        for one, other in combinations(range(len(group)), 2):
            of[one][other] = of[other][one] = (sets[one] & sets[other]).bit_count()
        for tf, numbers in zip(group, of, strict=True):
            best = nlargest(SHARED_MOST, range(len(group)), key=lambda at: (numbers[at], -at))
            found.update({(tf, group[at]): numbers[at] for at in best if numbers[at]})
    return found


def _bits(rows: Rows, group: Sequence[int]) -> list[int]:
    """The targets of each regulator as the bits of an integer: two of them share as many as the
    conjunction has."""
    places: dict[int, int] = {}
    sets = []
    for tf in group:
        bits = bytearray()
        for target in {row >> 32 for row in rows[tf]}:
            place = places.setdefault(target, len(places))
            if place >> 3 >= len(bits):
                bits.extend(bytes(len(places) // 8 + 1 - len(bits)))
            bits[place >> 3] |= 1 << (place & 7)
        sets.append(int.from_bytes(bits, "little"))
    return sets
