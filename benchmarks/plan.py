"""Who takes part in a generated table: how many proteins, and which regulate how many others."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass

from benchmarks.organisms import Profile
from benchmarks.proteins import Protein, make_proteins

# A factor's number of targets as a share of the hub's, by the factor's rank (0 the first, 1 the
# last). The upper half is read off TFLink's human pages, which state targets and regulators added
# up; the lower half is lowered by guess for the regulators in it.
_DEGREE_CURVE = (
    (0.0, 1.0),
    (0.01, 0.9),
    (0.05, 0.78),
    (0.1, 0.69),
    (0.25, 0.39),
    (0.5, 0.097),
    (0.75, 0.01),
    (0.9, 0.001),
    (1.0, 0.0001),
)
_MEAN_OF_CURVE = 0.2
_HUB_SHARE = 1 / 50  # of the rows, when there are too few for the real hub


@dataclass(frozen=True, slots=True)
class Plan:
    """How many of what a table has.

    Attributes:
        degrees: the number of targets of each transcription factor, the hub's first; their sum
            is the number of rows.
        targets: how many proteins may be a target.
        proteins: how many proteins there are, targets and others.
    """

    degrees: tuple[int, ...]
    targets: int
    proteins: int


def make_plan(profile: Profile, rows: int) -> Plan:
    """Scale an organism's measures to a number of rows.

    With as many rows as the organism has in TFLink the measures are TFLink's. With fewer there
    are fewer proteins and a smaller hub, with more there are more proteins and the same hub.

    Args:
        profile: the organism.
        rows: how many rows; 0 or more.

    Raises:
        ValueError: the number is negative.

    >>> from benchmarks.organisms import PROFILES
    >>> make_plan(PROFILES["Homo sapiens"], 1_000_000).degrees[0]
    19771
    """
    if rows < 0:
        raise ValueError(f"the number of rows must not be negative: {rows}")
    if rows == 0:
        return Plan((), 0, 0)
    growth = max(1.0, rows / profile.interactions)
    share = max(_HUB_SHARE, profile.hub / profile.interactions)
    hub = min(profile.hub, max(1, round(rows * share)))
    wanted = max(math.ceil(rows / (_MEAN_OF_CURVE * hub)), rows // 50)
    factors = min(math.ceil(profile.factors * growth), wanted, rows - hub + 1)
    in_proportion = math.ceil(rows * profile.targets / profile.interactions)
    enough = max(hub, factors, rows // 20, in_proportion)
    targets = min(math.ceil(profile.targets * growth), enough)
    others = min(math.ceil((profile.proteins - profile.targets) * growth), factors)
    return Plan(tuple(_degrees(rows, factors, hub)), targets, targets + others)


def _degrees(rows: int, factors: int, hub: int) -> list[int]:
    """Split rows over factors along the curve: all 1 to ``hub``, the first ``hub``.

    There must be a solution: hub + factors - 1 <= rows <= hub * factors.
    """
    weights = [_on_curve(rank / max(1, factors - 1)) for rank in range(factors)]
    low, high = 0.0, float(rows) / min(weights)
    for _ in range(100):  # bisect the scale at which the capped degrees add up to the rows
        scale = (low + high) / 2
        if sum(_clamp(weight * scale, hub) for weight in weights) < rows:
            low = scale
        else:
            high = scale
    degrees = [hub] + [_clamp(weight * low, hub) for weight in weights[1:]]
    place = 1
    while (missing := rows - sum(degrees)) != 0:
        step = 1 if missing > 0 else -1
        for _ in range(abs(missing)):
            place = place % (factors - 1) + 1
            if 1 <= degrees[place] + step <= hub:
                degrees[place] += step
    return degrees


def _clamp(value: float, hub: int) -> int:
    return max(1, min(hub, round(value)))


def _on_curve(rank: float) -> float:
    """The curve at a rank of 0 to 1, interpolated in the logarithm."""
    for (left, above), (right, below) in itertools.pairwise(_DEGREE_CURVE):
        if rank <= right:
            return float(above * (below / above) ** ((rank - left) / (right - left)))
    return _DEGREE_CURVE[-1][1]


@dataclass(frozen=True, slots=True)
class Cast:
    """The proteins of a table and their parts in it.

    Attributes:
        organism: the scientific name.
        proteins: all; those with a low number are chosen as targets by more factors.
        targets: how many of them, the first, may be a target.
        factors: the transcription factors' numbers with how many targets each has, in the order
            of the plan: the hub first.
    """

    organism: str
    proteins: tuple[Protein, ...]
    targets: int
    factors: tuple[tuple[int, int], ...]


def make_cast(profile: Profile, rows: int, seed: int, rng: random.Random) -> Cast:
    """Fill a plan with proteins.

    Args:
        profile: the organism.
        rows: how many rows the table has; 0 or more.
        seed: decides the proteins.
        rng: decides which of them are transcription factors.

    Raises:
        ValueError: the number of rows is negative.
    """
    plan = make_plan(profile, rows)
    others = range(plan.targets, plan.proteins)
    factors = rng.sample(range(plan.targets), len(plan.degrees) - len(others)) + list(others)
    rng.shuffle(factors)
    proteins = make_proteins(profile, plan.proteins, seed)
    pairs = tuple(zip(factors, plan.degrees, strict=True))
    return Cast(profile.name, tuple(proteins), plan.targets, pairs)
