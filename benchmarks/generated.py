"""The data set *generated*: TFLink's interaction table, made up, of any size.

Seeded and deterministic: the same arguments give the same bytes. Values are made; the columns, the
shape of the cells, the evidence's frequencies and the skew of the degrees are TFLink's. The rows
are grouped by transcription factor, sorted by its accession; no (factor, target) pair repeats.

    python -m benchmarks.generated --rows 1000000 --seed 1 -o table.tsv.gz
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import math
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path
from typing import cast

from benchmarks.evidence import Spread, counted, imitated
from benchmarks.organisms import PROFILES, Profile
from benchmarks.proteins import Protein, make_proteins

COLUMNS = (
    "UniprotID.TF",
    "UniprotID.Target",
    "NCBI.GeneID.TF",
    "NCBI.GeneID.Target",
    "Name.TF",
    "Name.Target",
    "Detection.method",
    "PubmedID",
    "Organism",
    "Source.database",
    "Small-scale.evidence",
    "TF.TFLink.ortho",
    "TF.nonTFLink.ortho",
    "Target.TFLink.ortho",
    "Target.nonTFLink.ortho",
)
"""The header of TFLink's simpleFormat table, v1.0."""

DEFAULT_ORGANISM = "Homo sapiens"

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


def blocks(
    rows: int, seed: int, organism: str = DEFAULT_ORGANISM, spread: Spread | None = None
) -> Iterator[str]:
    """The table as text: the header, then one block of lines per transcription factor.

    Args:
        rows: how many rows after the header.
        seed: decides every value.
        organism: a key of PROFILES.
        spread: where the evidence comes from; None for the organism's own.

    Yields:
        Lines, each ended by LF.

    Raises:
        KeyError: the organism is not one of TFLink's seven.
        ValueError: the number of rows is negative.
    """
    profile = PROFILES[organism]
    plan = make_plan(profile, rows)
    yield "\t".join(COLUMNS) + "\n"
    rng = random.Random(f"rows {seed} {organism}")
    spread = spread or imitated(organism, seed)
    proteins = make_proteins(profile, plan.proteins, seed)
    others = range(plan.targets, plan.proteins)
    factors = rng.sample(range(plan.targets), len(plan.degrees) - len(others)) + list(others)
    rng.shuffle(factors)
    pairs = zip(factors, plan.degrees, strict=True)
    by_accession = sorted(pairs, key=lambda pair: proteins[pair[0]].accession)
    for factor, degree in by_accession:
        chosen = _choose_targets(rng, plan.targets, degree)
        drawn = spread.draw(rng, degree)
        yield _block(proteins[factor], [proteins[each] for each in chosen], spread, drawn, organism)


def _choose_targets(rng: random.Random, targets: int, degree: int) -> list[int]:
    """Distinct targets of one factor; those with a low number are chosen by more factors."""
    reach = degree + int((targets - degree) * rng.random() ** 2)
    return rng.sample(range(reach), degree)


def _block(
    tf: Protein, targets: Sequence[Protein], spread: Spread, drawn: Sequence[int], organism: str
) -> str:
    lines = []
    cells = spread.cells
    end = f"{tf.orthologs}\t{tf.other_orthologs}"
    for target, number in zip(targets, drawn, strict=True):
        evidence = cells(number)
        lines.append(
            f"{tf.accession}\t{target.accession}\t{tf.gene_ids}\t{target.gene_ids}\t"
            f"{tf.name}\t{target.name}\t{evidence.methods}\t{evidence.references}\t{organism}\t"
            f"{evidence.databases}\t{evidence.small_scale}\t{end}\t"
            f"{target.orthologs}\t{target.other_orthologs}\n"
        )
    return "".join(lines)


def write_table(
    path: Path,
    rows: int,
    seed: int,
    organism: str = DEFAULT_ORGANISM,
    spread: Spread | None = None,
) -> None:
    """Write a table; the file appears under its name only when it is complete.

    Args:
        path: the file; gzip if it ends in ``.gz`` (without name or time, so bytes repeat).
        rows: how many rows after the header.
        seed: decides every value.
        organism: a key of PROFILES.
        spread: where the evidence comes from; None for the organism's own.

    Raises:
        KeyError: the organism is not one of TFLink's seven.
        ValueError: the number of rows is negative.
        OSError: the file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        with ExitStack() as stack:
            out = stack.enter_context(open(part, "wb"))
            if path.suffix == ".gz":
                packed = gzip.GzipFile(
                    filename="", mode="wb", compresslevel=1, fileobj=out, mtime=0
                )
                out = cast(BufferedWriter, stack.enter_context(closing(packed)))
            for block in blocks(rows, seed, organism, spread):
                out.write(block.encode("ascii"))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.generated", description="Write a made-up interaction table."
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--organism", choices=PROFILES, default=DEFAULT_ORGANISM, metavar="NAME")
    parser.add_argument(
        "--evidence-from",
        type=Path,
        action="append",
        default=[],
        metavar="TABLE",
        help="take evidence, with its frequency, from this interaction table (repeatable)",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.tsv[.gz]")
    given = parser.parse_args(arguments)
    if given.rows < 0:
        parser.error("--rows must not be negative")
    try:
        spread = counted(given.evidence_from) if given.evidence_from else None
        write_table(given.output, given.rows, given.seed, given.organism, spread)
    except (OSError, ValueError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    size = given.output.stat().st_size
    print(f"{given.output}: {given.rows:,} rows, {size:,} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
