"""The proteins of a generated table: accessions, gene ids, names and ortholog cells."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass

from benchmarks.organisms import PROFILES, Profile

ALPHANUMERIC = string.digits + string.ascii_uppercase
SHORT_ACCESSIONS = 3 * 10 * 36**3 * 10
"""How many accessions ``short_accession`` can give before it repeats."""
LONG_ACCESSIONS = 36**2 * 10 * 26 * 36**2 * 10
"""How many accessions ``long_accession`` can give before it repeats."""
ODD_NAMES = (
    "Dmel\\CG4896",
    "su(w[a])",
    "mt:ND4",
    "si:ch211-194k22.8",
    "hnRNP U",
    "CG14253-5'utr",
    "IMP2'",
    "SS18/SSX1 fusion",
    "DUR1,2",
    "SMN1;SMN2",
    "Q9VHT6_DROME",
    "na",
    "N",
    "11",
)
"""Real names that trip readers; about one protein in a hundred gets one."""

_SHORT_STEP = 7_368_787  # shares no factor with SHORT_ACCESSIONS (2, 3, 5), so never repeats
_LONG_STEP = 1_876_543_211  # nor with LONG_ACCESSIONS (2, 3, 5, 13)
_ODD_SHARE = 0.01
_FIRST_ORTHOLOG = 8_000_000
_ORTHOLOGS = 200_000
_NO_ORTHOLOGS = (0.35, 0.55)  # shares of `-` in the two ortholog columns


@dataclass(frozen=True, slots=True)
class Protein:
    """One protein as the table spells it; every field is a cell."""

    accession: str
    gene_ids: str
    name: str
    orthologs: str
    other_orthologs: str


def short_accession(number: int, seed: int) -> str:
    """A six-character UniProtKB accession; distinct for distinct numbers.

    Args:
        number: 0 to SHORT_ACCESSIONS - 1.
        seed: moves all of them.

    >>> short_accession(0, 1) == short_accession(0, 1) != short_accession(1, 1)
    True
    """
    value = (number * _SHORT_STEP + seed * 104_729) % SHORT_ACCESSIONS
    value, last = divmod(value, 10)
    value, third = divmod(value, 36)
    value, second = divmod(value, 36)
    value, first = divmod(value, 36)
    letter, digit = divmod(value, 10)
    middle = ALPHANUMERIC[first] + ALPHANUMERIC[second] + ALPHANUMERIC[third]
    return f"{'OPQ'[letter]}{digit}{middle}{last}"


def long_accession(number: int, seed: int) -> str:
    """A ten-character UniProtKB accession (``A0A...``); distinct for distinct numbers.

    Args:
        number: 0 to LONG_ACCESSIONS - 1.
        seed: moves all of them.
    """
    value = (number * _LONG_STEP + seed * 104_729) % LONG_ACCESSIONS
    value, last = divmod(value, 10)
    value, fourth = divmod(value, 36)
    value, third = divmod(value, 36)
    value, letter = divmod(value, 26)
    value, digit = divmod(value, 10)
    first, second = divmod(value, 36)
    head = ALPHANUMERIC[first] + ALPHANUMERIC[second]
    tail = ALPHANUMERIC[third] + ALPHANUMERIC[fourth]
    return f"A0A{head}{digit}{string.ascii_uppercase[letter]}{tail}{last}"


def make_proteins(profile: Profile, count: int, seed: int) -> list[Protein]:
    """The proteins of one organism, the same for the same arguments.

    Args:
        profile: the organism.
        count: how many.
        seed: decides all cells.

    Returns:
        ``count`` proteins with distinct accessions; gene ids never repeat within the organism.
    """
    organism = list(PROFILES).index(profile.name)
    first = organism * 1_000_000  # so that the accessions of two organisms never meet
    rng = random.Random(f"proteins {seed} {profile.name}")
    codes = [other.code for other in PROFILES.values()]
    genes = iter(range(organism * 10_000_000 + 1, (organism + 1) * 10_000_000, 7))
    proteins = []
    for number in range(first, first + count):
        long = rng.random() < profile.long_accession
        cells = [_orthologs(rng, codes, organism, missing, seed) for missing in _NO_ORTHOLOGS]
        proteins.append(
            Protein(
                long_accession(number, seed) if long else short_accession(number, seed),
                _gene_ids(rng, profile, [str(next(genes)) for _ in range(3)]),
                _name(rng, profile),
                cells[0],
                cells[1],
            )
        )
    return proteins


def _gene_ids(rng: random.Random, profile: Profile, ids: list[str]) -> str:
    chance = rng.random()
    if chance < profile.no_gene:
        return "-"
    if chance < profile.no_gene + profile.many_genes:
        return ";".join(ids[: rng.randint(2, len(ids))])
    return ids[0]


def _name(rng: random.Random, profile: Profile) -> str:
    chance = rng.random()
    if chance < profile.no_name:
        return "-"
    if chance < profile.no_name + _ODD_SHARE:
        return rng.choice(ODD_NAMES)
    stem = "".join(rng.choices(string.ascii_uppercase, k=rng.randint(2, 4)))
    name = f"{stem}{rng.randint(1, 999)}"
    if profile.code in {"Hs", "Sc"}:
        return name
    return name.capitalize() if profile.code in {"Mm", "Rn"} else name.lower()


def _orthologs(rng: random.Random, codes: list[str], own: int, missing: float, seed: int) -> str:
    """An ortholog cell: accessions of other organisms, past those of all organisms' own proteins.

    Args:
        rng: the source of chance.
        codes: the codes of the seven organisms; an accession's number decides which it is of.
        own: the number of the code that must not occur.
        missing: the share of cells that are ``-``.
        seed: the accessions' seed.
    """
    if rng.random() < missing:
        return "-"
    cells: dict[str, None] = {}
    for _ in range(rng.choices((1, 2, 3, 4, 5), (40, 30, 18, 8, 4))[0]):
        number = _FIRST_ORTHOLOG + rng.randrange(_ORTHOLOGS)
        number += number % len(codes) == own
        cells[f"{codes[number % len(codes)]}:{short_accession(number, seed)}"] = None
    return ";".join(cells)
