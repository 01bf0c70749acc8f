"""Who is whose ortholog over the seven generated tables: reciprocal, and alike in rank.

The proteins of all organisms stand in families, and the members of a family that are of other
organisms are a protein's orthologs. Transcription factors share families with transcription
factors of about the same rank by number of targets, other proteins with others that are chosen as
targets about as often; so what is a busy edge in man is often one in mouse, too.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks.organisms import PROFILES
from benchmarks.plan import Cast

_FAMILIES = 0.8  # families per protein of the organism that has most: so some have two members
_MEMBERS = (
    0.75  # the share of proteins that are in a family: TFLink's pages have 60 % with orthologs
)


def related(casts: Mapping[str, Cast], seed: int) -> dict[str, Cast]:
    """The same casts with orthologs among each other in the place of their own.

    Args:
        casts: by organism.
        seed: decides who is in a family.
    """
    cells: dict[str, dict[int, str]] = {organism: {} for organism in casts}
    for part in ("factors", "others"):
        numbers = {organism: _numbers(cast, part) for organism, cast in casts.items()}
        rng = random.Random(f"families {seed} {part}")
        for family in _families(numbers, rng):
            _tell(family, casts, cells)
    return {
        organism: replace(
            cast,
            proteins=tuple(
                replace(protein, orthologs=cells[organism].get(number, "-"))
                for number, protein in enumerate(cast.proteins)
            ),
        )
        for organism, cast in casts.items()
    }


def _numbers(cast: Cast, part: str) -> Sequence[int]:
    """The numbers of a cast's factors, or of its other proteins, the busiest first."""
    factors = [number for number, _ in cast.factors]
    if part == "factors":
        return factors
    known = set(factors)
    return [number for number in range(len(cast.proteins)) if number not in known]


def _families(
    numbers: Mapping[str, Sequence[int]], rng: random.Random
) -> list[list[tuple[str, int]]]:
    """Families of (organism, number); where an organism has fewer proteins it is in fewer."""
    count = math.ceil(_FAMILIES * max(map(len, numbers.values())))
    families: list[list[tuple[str, int]]] = [[] for _ in range(count)]
    for organism, given in numbers.items():
        for place, number in enumerate(given):
            if rng.random() < _MEMBERS:
                families[place * count // len(given)].append((organism, number))
    return families


def _tell(
    family: list[tuple[str, int]], casts: Mapping[str, Cast], cells: dict[str, dict[int, str]]
) -> None:
    items = {
        (organism, number): (
            f"{PROFILES[organism].code}:{casts[organism].proteins[number].accession}"
        )
        for organism, number in family
    }
    for organism, number in family:
        others = [item for (other, _), item in items.items() if other != organism]
        if others:
            cells[organism][number] = ";".join(others)
