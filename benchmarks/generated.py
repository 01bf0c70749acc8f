"""The data set *generated*: TFLink's tables, made up, of any size.

Seeded and deterministic: the same arguments give the same bytes. Values are made; the columns, the
shape of the cells, the evidence's frequencies and the skew of the degrees are TFLink's. The rows
are grouped by transcription factor, sorted by its accession; no (factor, target) pair repeats.

    python -m benchmarks.generated --rows 1000000 --seed 1 -o table.tsv.gz
    python -m benchmarks.generated --all --scale 0.01 --binding-sites --into folder
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import whole
from benchmarks.evidence import Spread, counted, imitated
from benchmarks.organisms import PROFILES
from benchmarks.plan import make_cast
from benchmarks.table import HEADER, make_blocks, replacing

DEFAULT_ORGANISM = "Homo sapiens"


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
    rng = random.Random(f"rows {seed} {organism}")
    cast = make_cast(PROFILES[organism], rows, seed, rng)
    yield HEADER
    for block in make_blocks(cast, spread or imitated(organism, seed), rng):
        yield block.text()


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
    with replacing(path) as out:
        for block in blocks(rows, seed, organism, spread):
            out.write(block.encode("ascii"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.generated", description="Write made-up tables."
    )
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    one = parser.add_argument_group("one interaction table")
    one.add_argument("--rows", type=int, default=1_000_000, help="default: %(default)s")
    one.add_argument("--organism", choices=PROFILES, default=DEFAULT_ORGANISM, metavar="NAME")
    one.add_argument(
        "--evidence-from",
        type=Path,
        action="append",
        default=[],
        metavar="TABLE",
        help="take evidence, with its frequency, from this interaction table (repeatable)",
    )
    one.add_argument("-o", "--output", type=Path, metavar="FILE.tsv[.gz]")
    every = parser.add_argument_group("the whole of TFLink")
    every.add_argument("--all", action="store_true", help="the tables of all seven organisms")
    every.add_argument("--scale", type=float, default=1.0, help="how much of it [%(default)s]")
    every.add_argument("--into", type=Path, metavar="DIR")
    every.add_argument("--binding-sites", action="store_true", help="their tables and sequences")
    every.add_argument(
        "--mitab",
        choices=PROFILES,
        action="append",
        default=[],
        metavar="ORGANISM",
        help="write this organism's interactions as MITAB 2.8, too (repeatable)",
    )
    every.add_argument("--jobs", type=int, default=1, help="processes [%(default)s]")
    given = parser.parse_args(arguments)
    if given.rows < 0:
        parser.error("--rows must not be negative")
    if given.all and not given.into:
        parser.error("--all needs --into DIR")
    if not given.all and not given.output:
        parser.error("one table needs -o FILE; all of them --all --into DIR")
    if given.scale <= 0 or given.jobs < 1:
        parser.error("--scale must be above 0, and --jobs 1 or more")
    try:
        written = _write_all(given) if given.all else [_write_one(given)]
    except (OSError, ValueError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for file in written:
        print(f"{file.path}: {file.rows:,} rows, {file.size:,} bytes", file=sys.stderr)
    return 0


def _write_one(given: argparse.Namespace) -> whole.Written:
    spread = counted(given.evidence_from) if given.evidence_from else None
    write_table(given.output, given.rows, given.seed, given.organism, spread)
    return whole.written(given.output, given.rows)


def _write_all(given: argparse.Namespace) -> list[whole.Written]:
    return whole.write_all(
        given.into,
        given.scale,
        given.seed,
        binding_sites=given.binding_sites,
        mitab=given.mitab,
        jobs=given.jobs,
    )


if __name__ == "__main__":
    sys.exit(main())
