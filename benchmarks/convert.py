"""The converter against its peers, on the generated table: ``python -m benchmarks.convert``.

First the triples of all sides are compared as sets on a small table. Then each side converts a
small and a large table, several times in turns, each time in a new process. A rate is what the
large table has more, divided by the median time it takes longer, so that no side pays for its
start. README.md in this folder says what is compared and what is not fair.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.measure import Machine, Measure, RunError, machine, run
from benchmarks.peers.converters import MAPLIB, SDM_RDFIZER, maplib, sdm_rdfizer
from benchmarks.results import Comparison, Row, pinned, rdfconv_version, today, write
from benchmarks.runs import Runs, spread
from benchmarks.sides import (
    HERE,
    REQUIREMENTS,
    TRIPLES_OF_AN_EDGE,
    BenchmarkError,
    Job,
    Side,
    compare,
    count_lines,
    install_peers,
    morph_kgc,
    prepare,
    raw_limit,
    rdfconv,
    rdflib_loop,
)
from rdfconv.errors import RdfconvError

SMALL_ROWS = 1000
SEED = 1
FOOTNOTES = (
    "ratio: a side's rate over that of rdfconv --jobs 1 on the same table, in triples and in rows",
    "rates: (rows of the large table - rows of the small) / (median seconds - median seconds)",
    "~: the rest took less time than the start, so the rates are rough: take more rows",
    "start: median seconds for the small table; peak: resident MB of a side's largest process",
    "writes: 'all' is edges, evidence, proteins, genes, papers, vocabulary; 'edges only' is the",
    "  direct edge and the edge as a thing (5 triples a row), with the evidence's ids given",
    "  beforehand in a column; the raw limit reads and splits rows and writes as many bytes as",
    "  rdfconv",
)


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of one side.

    Attributes:
        name: the side.
        rows: how many rows its large table has.
        writes: which triples it writes.
        triples_per_second: without the start; None if the table is too small to tell.
        rows_per_second: likewise.
        triple_ratio: the triples per second over rdfconv's with one process on the same table.
        row_ratio: the rows per second, likewise.
        small: the runs on the small table.
        large: the runs on the large table.
    """

    name: str
    rows: int
    writes: str
    triples_per_second: float | None
    rows_per_second: float | None
    triple_ratio: float | None
    row_ratio: float | None
    small: Runs
    large: Runs

    @property
    def rough(self) -> bool:
        """Whether the start takes more of the time than the rest, so that rates are rough."""
        return self.large.wall < 2 * self.small.wall


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a run of the benchmark found.

    Attributes:
        machine: where it ran.
        seed: the tables' seed.
        repeats: runs of each side on each table.
        checked: triples that each side wrote for the small table, where they agreed.
        results: the figures, table by table, rdfconv with one process first.
    """

    machine: Machine
    seed: int
    repeats: int
    checked: dict[str, int]
    results: list[Result]


def check(sides: Sequence[Side], job: Job) -> dict[str, int]:
    """Convert a table once with every side and compare what they wrote.

    Returns:
        How many triples each side wrote altogether.

    Raises:
        BenchmarkError: two sides differ.
        RunError: a side fails.
    """
    outputs: list[tuple[Side, Path]] = []
    try:
        for number, side in enumerate(sides):
            if side.writes_edges:
                out = job.out.with_name(f"check-{number}.nt")
                outputs.append((side, out))
                _convert(side, replace(job, out=out))
        return compare(outputs, job.rows)
    finally:
        for _, out in outputs:
            out.unlink(missing_ok=True)


def race(sides: Sequence[Side], job: Job, repeats: int) -> dict[str, Runs]:
    """Let the sides convert one table in turns.

    Args:
        sides: who takes part; the raw limit writes as many bytes as the first one wrote.
        job: the table.
        repeats: how many times.

    Returns:
        What the runs gave, by side.

    Raises:
        BenchmarkError: a side wrote too few triples, or too many.
        RunError: a side fails.
    """
    runs = {side.name: Runs(job.rows) for side in sides}
    first = runs[sides[0].name]
    edges = TRIPLES_OF_AN_EDGE * job.rows
    for repeat in range(repeats):
        for side in sides:
            told = runs[side.name]
            told.measures.append(_convert(side, replace(job, size=first.bytes)))
            if repeat == 0:
                told.bytes = job.out.stat().st_size
                told.triples = count_lines(job.out) if side.writes_edges else 0
                wanted = first.triples if side.writes == sides[0].writes else edges
                if side.writes_edges and told.triples != wanted:
                    raise BenchmarkError(
                        f"{side.name} wrote {told.triples:,} of {wanted:,} triples"
                    )
            job.out.unlink()
            _say(f"{side.name}: {job.rows:,} rows in {told.measures[-1].wall:.2f} s")
    return runs


def _convert(side: Side, job: Job) -> Measure:
    job.out.unlink(missing_ok=True)
    return run(side.command(job), str(job.out.with_suffix(".log")))


def results(sides: Sequence[Side], small: dict[str, Runs], large: dict[str, Runs]) -> list[Result]:
    """The figures for one large table, in the order of the sides; the first is the unit."""
    made: list[Result] = []
    for side in sides:
        few, many = small[side.name], large[side.name]
        seconds = many.wall - few.wall
        known = seconds > 0 and many.rows > few.rows
        triples = (many.triples - few.triples) / seconds if known and side.writes_edges else None
        rows = (many.rows - few.rows) / seconds if known else None
        first = made[0] if made else None
        made.append(
            Result(
                side.name,
                many.rows,
                side.writes,
                triples,
                rows,
                _ratio(triples, first.triples_per_second if first else triples),
                _ratio(rows, first.rows_per_second if first else rows),
                few,
                many,
            )
        )
    return made


def _ratio(value: float | None, unit: float | None) -> float | None:
    return value / unit if value and unit else None


def report(outcome: Outcome) -> str:
    """The table for people, ended by LF."""
    where = outcome.machine
    head = (
        f"{'ratio':>6} {'(rows)':>6}  {'':<25} {'triples/s':>10} {'rows/s':>9} {'start s':>7} "
        f"{'wall s':>7} {'CPU s':>7} {'peak MB':>7} {'triples':>11} "
        f"{'out MB':>7}  writes"
    )
    lines = [
        f"{where.cpu}, {where.cores} cores, {where.memory / 1e9:.1f} GB, {where.system}, "
        f"Python {where.python}, load {where.load} at the start",
        "",
        head,
    ]
    rows = 0
    for each in outcome.results:
        large = each.large
        if each.rows != rows:
            rows = each.rows
            lines.append(f"{rows:,} rows")
        lines.append(
            f"{_short(each.triple_ratio, '.3f'):>6} {_short(each.row_ratio, '.3f'):>6}  "
            f"{each.name + ' ~' * each.rough:<25} {_short(each.triples_per_second, ',.0f'):>10} "
            f"{_short(each.rows_per_second, ',.0f'):>9} {each.small.wall:7.2f} "
            f"{large.wall:7.2f} {large.cpu:7.2f} {large.peak / 1e6:7.0f} "
            f"{large.triples:11,} {large.bytes / 1e6:7.0f}  {each.writes}"
        )
    return "\n".join([*lines, "", *FOOTNOTES, ""])


def comparison(outcome: Outcome, day: str) -> Comparison:
    """The outcome for the document."""
    peers = pinned(REQUIREMENTS)
    rows = [
        Row(
            f"{each.rows:,} rows",
            each.name + " ~" * each.rough,
            each.triple_ratio if each.triple_ratio is not None else each.row_ratio,
            (
                _short(each.triples_per_second, ",.0f"),
                _short(each.rows_per_second, ",.0f"),
                f"{each.small.wall:.2f}",
                f"{each.large.wall:.2f}",
                f"{each.large.cpu:.2f}",
                f"{each.large.peak / 1e6:.0f}",
                each.writes,
            ),
        )
        for each in outcome.results
    ]
    notes = [
        f"{rdfconv_version()}; maplib {MAPLIB.version}; morph-kgc {peers['morph_kgc']}; "
        f"SDM-RDFizer {SDM_RDFIZER.version}; rdflib {peers['rdflib']}.",
        f"Before: of {SMALL_ROWS:,} rows all sides wrote the triples that rdfconv writes, or "
        "where they write edges only exactly that part of it ("
        + "; ".join(f"{side}: {count:,}" for side, count in outcome.checked.items())
        + "); of the larger tables each wrote as many as it should.",
        f"Runs of each side: {outcome.repeats}, in turns; figures are medians. Rates are without "
        "the start, which is the time for the small table. Where a side's start takes longer than "
        "the rest (~), they are rough. The ratio of the raw limit is in rows.",
        spread(each.large for each in outcome.results),
    ]
    return Comparison(
        "converters",
        "Converters: triples a second",
        "The ratio is a side's triples a second over those of rdfconv --jobs 1: above 1 is faster.",
        ("triples/s", "rows/s", "start, s", "whole, s", "CPU, s", "peak, MB", "writes"),
        tuple(rows),
        tuple(notes),
        outcome.machine,
        day,
    )


def _plain(outcome: Outcome) -> dict[str, object]:
    """The outcome as JSON can hold it, named tuples as objects."""
    plain: dict[str, object] = asdict(outcome)
    plain["machine"] = outcome.machine._asdict()
    plain["results"] = [
        asdict(each) | {"small": _runs(each.small), "large": _runs(each.large)}
        for each in outcome.results
    ]
    return plain


def _runs(runs: Runs) -> dict[str, object]:
    return asdict(runs) | {"measures": [measure._asdict() for measure in runs.measures]}


def _short(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def benchmark(rows: int, peer_rows: int, work: Path, repeats: int, peers: bool) -> Outcome:
    """Run all of it.

    Args:
        rows: rows of the table for rdfconv and the raw limit alone.
        peer_rows: rows of the table for all sides.
        work: the folder for tables and outputs; made if missing.
        repeats: runs of each side on each table.
        peers: whether to run the peers.

    Raises:
        BenchmarkError: the peers cannot be installed, or two sides differ.
        RunError: a side fails.
    """
    where = machine()
    work.mkdir(parents=True, exist_ok=True)
    sides = [rdfconv(1), rdfconv(2)]
    if peers:
        install_peers(_say)
        for environment in (SDM_RDFIZER, MAPLIB):
            environment.install(_say)
        sides += [maplib(), morph_kgc(1), morph_kgc(2), sdm_rdfizer(), rdflib_loop()]
    sides.append(raw_limit())
    little = prepare(work, SMALL_ROWS, SEED, peers)
    checked = check(sides, little)
    _say(f"{len(checked)} sides agree; triples of each: {checked}")
    small = race(sides, little, repeats)
    found: list[Result] = []
    if rows != peer_rows or not peers:
        fast = [side for side in sides if not side.slow]
        found += results(fast, small, race(fast, prepare(work, rows, SEED, False), repeats))
    if peers:
        found += results(sides, small, race(sides, prepare(work, peer_rows, SEED, True), repeats))
    return Outcome(where, SEED, repeats, checked, found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.convert", description="Measure the converter and its peers."
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="default: %(default)s")
    parser.add_argument(
        "--peer-rows",
        type=int,
        default=100_000,
        help="rows where peers take part; default: %(default)s",
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; default: %(default)s")
    parser.add_argument("--no-peers", action="store_true", help="without the peers")
    parser.add_argument("--work", type=Path, default=HERE / "work", metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    parser.add_argument(
        "--write", type=Path, metavar="DOCS", help="put the results into DOCS/benchmarks.md, too"
    )
    given = parser.parse_args(arguments)
    day = today()
    if min(given.rows, given.peer_rows) <= SMALL_ROWS or given.repeat < 1:
        parser.error(f"--rows and --peer-rows must be above {SMALL_ROWS}, --repeat above 0")
    try:
        work = given.work.resolve()
        outcome = benchmark(given.rows, given.peer_rows, work, given.repeat, not given.no_peers)
        if given.json:
            text = json.dumps(_plain(outcome), indent=2, ensure_ascii=False)
            given.json.write_text(text + "\n", encoding="utf-8")
        if given.write:
            write(comparison(outcome, day), given.write)
    except (BenchmarkError, RdfconvError, RunError, OSError) as error:
        _say(f"error: {error}")
        return 1
    print(report(outcome), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
