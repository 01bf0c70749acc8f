"""The whole of TFLink, generated: the tables of all seven organisms, named as TFLink names them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.evidence import Divided, imitated
from benchmarks.families import related
from benchmarks.mitab import mitab_text
from benchmarks.organisms import PROFILES, Profile
from benchmarks.plan import Cast, make_cast
from benchmarks.sites import SITE_HEADER, make_sites
from benchmarks.table import HEADER, make_blocks, replacing

_PACKED = {"Homo sapiens", "Mus musculus"}  # whose interaction tables TFLink has as gzip


@dataclass(frozen=True, slots=True)
class Written:
    """A file: its rows (or FASTA records) and its bytes."""

    path: Path
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows an organism's tables have.

    Attributes:
        interactions: rows of the interaction table.
        small_scale: how many of them have small-scale evidence.
        sites: binding sites with small-scale evidence, and those without.
    """

    interactions: int
    small_scale: int
    sites: tuple[int, int]


def scaled(profile: Profile, scale: float) -> Counts:
    """TFLink's counts times a number, each rounded.

    >>> scaled(PROFILES["Homo sapiens"], 0.01)
    Counts(interactions=67394, small_scale=166, sites=(354, 88571))
    """
    small, large = profile.sites
    return Counts(
        round(profile.interactions * scale),
        round(profile.small_scale * scale),
        (round(small * scale), round(large * scale)),
    )


def interaction_file(organism: str) -> str:
    """The name of an organism's table of all interactions.

    >>> interaction_file("Danio rerio")
    'TFLink_Danio_rerio_interactions_All_simpleFormat_v1.0.tsv'
    """
    name = f"{_prefix(organism)}_interactions_All_simpleFormat_v1.0.tsv"
    return f"{name}.gz" if organism in _PACKED else name


def mitab_file(organism: str) -> str:
    """The name of the same interactions as MITAB."""
    return f"{_prefix(organism)}_interactions_All_mitab_v1.0.tsv.gz"


def site_file(organism: str) -> str:
    """The name of an organism's table of all binding sites."""
    name = f"{_prefix(organism)}_bindingSites_All_annotation_v1.0.tsv"
    return f"{name}.gz" if organism == "Homo sapiens" else name


def sequence_file(organism: str) -> str:
    """The name of the binding sites' sequences."""
    return f"{_prefix(organism)}_bindingSites_All_v1.0.fasta"


def _prefix(organism: str) -> str:
    return f"TFLink_{organism.replace(' ', '_')}"


def make_casts(scale: float, seed: int) -> dict[str, Cast]:
    """Who takes part in each organism's tables, with orthologs among each other."""
    casts = {}
    for organism, profile in PROFILES.items():
        rng = random.Random(f"cast {seed} {organism}")
        casts[organism] = make_cast(profile, scaled(profile, scale).interactions, seed, rng)
    return related(casts, seed)


def write_all(
    into: Path,
    scale: float,
    seed: int,
    *,
    binding_sites: bool = False,
    mitab: Sequence[str] = (),
    jobs: int = 1,
) -> list[Written]:
    """Write the tables of all organisms.

    Args:
        into: the folder, made if it is missing.
        scale: how much of TFLink; 1 gives its own numbers of rows.
        seed: decides every value; the number of jobs does not.
        binding_sites: write binding sites and their sequences, too.
        mitab: the organisms whose interactions are written as MITAB, too.
        jobs: how many processes write.

    Returns:
        The files in the order of the organisms; an organism has none of what it has no row of.

    Raises:
        OSError: a file cannot be written.
    """
    into.mkdir(parents=True, exist_ok=True)
    tasks = list(_tasks(into, scale, seed, binding_sites, mitab))
    if jobs == 1:
        return [file for write, arguments in tasks for file in write(*arguments)]
    with ProcessPoolExecutor(jobs) as pool:
        running = [pool.submit(write, *arguments) for write, arguments in tasks]
        return [file for each in running for file in each.result()]


_Task = tuple[Callable[..., list[Written]], tuple[object, ...]]


def _tasks(
    into: Path, scale: float, seed: int, binding_sites: bool, mitab: Sequence[str]
) -> Iterator[_Task]:
    """What to write, as functions with their arguments."""
    first = 1
    for organism, cast in make_casts(scale, seed).items():
        counts = scaled(PROFILES[organism], scale)
        if counts.interactions:
            yield _write_interactions, (into, cast, counts, seed, organism in mitab)
        if binding_sites and any(counts.sites):
            yield _write_sites, (into, cast, counts.sites, first, seed)
            first += sum(counts.sites)


def _write_interactions(
    into: Path, cast: Cast, counts: Counts, seed: int, with_mitab: bool
) -> list[Written]:
    """Write an organism's interaction table and, if asked for, its MITAB."""
    organism = cast.organism
    table, other = into / interaction_file(organism), into / mitab_file(organism)
    rng = random.Random(f"whole {seed} {organism}")
    modes = random.Random(f"modes {seed} {organism}")
    spread = Divided(imitated(organism, seed), counts.interactions, counts.small_scale)
    with ExitStack() as stack:
        out = stack.enter_context(replacing(table))
        beside = stack.enter_context(replacing(other)) if with_mitab else None
        out.write(HEADER.encode("ascii"))
        for block in make_blocks(cast, spread, rng):
            out.write(block.text().encode("ascii"))
            if beside:
                beside.write(mitab_text(block, modes).encode("ascii"))
    return [written(path, counts.interactions) for path in (table, other)[: 1 + with_mitab]]


def _write_sites(
    into: Path, cast: Cast, counts: tuple[int, int], first: int, seed: int
) -> list[Written]:
    """Write an organism's binding sites and their sequences."""
    table, fasta = into / site_file(cast.organism), into / sequence_file(cast.organism)
    with replacing(table) as rows, replacing(fasta) as sequences:
        rows.write(SITE_HEADER.encode("ascii"))
        for lines, records in make_sites(cast, *counts, first, seed):
            rows.write(lines.encode("ascii"))
            sequences.write(records.encode("ascii"))
    return [written(path, sum(counts)) for path in (table, fasta)]


def written(path: Path, rows: int) -> Written:
    """A file that is written, with its size."""
    return Written(path, rows, path.stat().st_size)
