"""Loaders side by side, on the triples of generated tables: ``python -m benchmarks.loaders``.

Each side loads the same N-Triples into an empty store, several times in turns, each time in a new
process. First what a store holds then is compared with the document, triple by triple, for a small
table; at the large one each store must hold as many. A rate is what the large document has more,
divided by the median time it takes longer.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError

import pyoxigraph

from benchmarks.convert import SEED
from benchmarks.endpoint import OXIGRAPH, install_oxigraph
from benchmarks.generated import write_table
from benchmarks.measure import Measure, RunError, machine, run
from benchmarks.peers.stores import VIRTUOSO, compressed, cut
from benchmarks.results import Comparison, Row, rdfconv_version, table, today, write
from benchmarks.runs import Runs, spread
from benchmarks.sides import HERE, BenchmarkError, count_lines
from rdfconv.errors import RdfconvError
from rdfconv.virtuoso import SERVER, check_programs

SMALL_ROWS = 1000
BOOLEAN = "http://www.w3.org/2001/XMLSchema#boolean"
Triples = frozenset[str]


@dataclass(frozen=True, slots=True)
class Loader:
    """A side: its name, the way of `benchmarks.peers.stores`, and whether the store is compacted
    then (look-ups in one that is not take about ten times as long)."""

    name: str
    way: str
    compacted: str


LOADERS = (
    Loader("rdfconv build's load", "rdfconv", "yes"),
    Loader("oxigraph load, optimize", "oxigraph-compact", "yes"),
    Loader("pyoxigraph bulk_load, optimize", "bulk-load-compact", "yes"),
    Loader("oxigraph load", "oxigraph", "no"),
    Loader("pyoxigraph bulk_load", "bulk-load", "no"),
    Loader("Virtuoso ld_dir", VIRTUOSO, "another kind"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """N-Triples to load.

    Attributes:
        rows: how many rows the table had.
        whole: the file.
        parts: the folder of its parts.
        triples: how many it has.
    """

    rows: int
    whole: Path
    parts: Path
    triples: int


def document(work: Path, rows: int) -> Document:
    """The triples of a generated table, whole and in parts."""
    name = work / f"load-{rows}"
    generated, whole = name.with_suffix(".tsv"), name.with_suffix(".nt")
    write_table(generated, rows, SEED)
    command = [sys.executable, "-m", "rdfconv", "convert", str(generated), "-o", str(whole)]
    subprocess.run([*command, "--entail", "none", "--jobs", "2", "--quiet"], check=True)
    generated.unlink()
    shutil.rmtree(name, ignore_errors=True)
    cut(whole, name)
    compressed(name)
    return Document(rows, whole, name, count_lines(whole))


def load(side: Loader, given: Document, store: Path, dump: Path | None = None) -> Measure:
    """Load a document into a new store.

    Raises:
        RunError: the side fails.
        BenchmarkError: the store has another number of triples.
    """
    shutil.rmtree(store, ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.peers.stores", side.way, str(store)]
    command += [str(given.parts), *([str(dump)] if dump else [])]
    measure = run(command, str(store.with_suffix(".log")))
    if side.way != VIRTUOSO:  # which has counted already
        held = len(pyoxigraph.Store.read_only(str(store)))
        if held != given.triples:
            raise BenchmarkError(f"{side.name} holds {held:,} of {given.triples:,} triples")
    return measure


def triples(path: Path) -> Triples:
    """The triples of an N-Triples file, in one spelling."""
    return frozenset(_lines(path))


def _lines(path: Path) -> Iterator[str]:
    for quad in pyoxigraph.parse(path=str(path), format=pyoxigraph.RdfFormat.N_TRIPLES):
        value = quad.object
        if isinstance(value, pyoxigraph.Literal) and value.datatype.value == BOOLEAN:
            # Virtuoso has 1 for true.
            number = {"true": "1", "false": "0"}.get(value.value, value.value)
            value = pyoxigraph.Literal(number, datatype=value.datatype)
        yield f"{quad.subject} {quad.predicate} {value}"


def check(sides: Sequence[Loader], given: Document, store: Path) -> None:
    """Load a document with every side, and compare what the stores hold with it.

    Raises:
        BenchmarkError: a store holds something else.
        RunError: a side fails.
    """
    wanted = triples(given.whole)
    dump = store.with_suffix(".nt")
    for side in sides:
        load(side, given, store, dump)
        different = sorted(wanted ^ triples(dump))
        if different:
            raise BenchmarkError(
                f"what {side.name} holds differs in {len(different)} triples, for example "
                f"{different[0]}"
            )
        _say(f"{side.name} holds the {len(wanted):,} triples of the small table")
    dump.unlink()


def race(sides: Sequence[Loader], given: Document, store: Path, repeats: int) -> dict[str, Runs]:
    """Let the sides load a document in turns."""
    runs = {side.name: Runs(given.rows, given.triples) for side in sides}
    for _ in range(repeats):
        for side in sides:
            told = runs[side.name]
            told.measures.append(load(side, given, store))
            told.bytes = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
            _say(f"{side.name}: {given.triples:,} triples in {told.measures[-1].wall:.2f} s")
    shutil.rmtree(store, ignore_errors=True)
    return runs


def rows(
    sides: Sequence[Loader],
    few: dict[str, Runs],
    many: dict[str, Runs],
    more: int,
) -> tuple[Row, ...]:
    """The rows of the table; the first side is the unit.

    Args:
        sides: the sides.
        few: their runs on the small document.
        many: their runs on the large one.
        more: how many triples that has more.
    """
    made: list[Row] = []
    unit = None
    for side in sides:
        little, much = few[side.name], many[side.name]
        seconds = much.wall - little.wall
        # A document too small to tell gives no rate.
        rate = more / seconds if seconds > 0 else None
        unit = unit if made else rate
        cells = (
            f"{rate:,.0f}" if rate else "-",
            f"{little.wall:.1f}",
            f"{much.wall:.1f}",
            f"{much.cpu:.1f}",
            f"{much.peak / 1e6:,.0f}",
            f"{much.bytes / 1e6:,.0f}",
            side.compacted,
        )
        made.append(Row("", side.name, rate / unit if rate and unit else None, cells))
    return tuple(made)


def compare(work: Path, number: int, repeats: int, sides: Sequence[Loader]) -> Comparison:
    """Run all of it.

    Args:
        work: the folder for documents and stores.
        number: rows of the large table.
        repeats: runs of each side on each document.
        sides: who takes part; the first is the unit.

    Raises:
        BenchmarkError: a store does not hold what it was given.
        RunError: a side fails.
    """
    where, day = machine(), today()
    work.mkdir(parents=True, exist_ok=True)
    install_oxigraph(HERE / "work")
    small, large = document(work, SMALL_ROWS), document(work, number)
    store = work / "loaded"
    check(sides, small, store)
    few, many = (race(sides, given, store, repeats) for given in (small, large))
    more = large.triples - small.triples
    beside = f"{virtuoso_version()}; " if any(side.way == VIRTUOSO for side in sides) else ""
    return Comparison(
        "loaders",
        "Loaders: triples a second",
        "The ratio is a side's triples a second over those of rdfconv build's load: above 1 is "
        "faster.",
        ("triples/s", "start, s", "whole, s", "CPU, s", "peak, MB", "disk, MB", "compacted"),
        rows(sides, few, many, more),
        (
            f"{rdfconv_version()}; {OXIGRAPH.replace('==', ' ')}; pyoxigraph "
            f"{pyoxigraph.__version__}; {beside}{large.triples:,} triples of "
            f"{number:,} generated rows, in as many parts as there are cores.",
            f"Before: each store held the {small.triples:,} triples of {SMALL_ROWS:,} rows, "
            "compared as sets, and at the full size the same number.",
            f"Runs of each side: {repeats}, in turns; figures are medians. Rates are without the "
            "start, which is the time for the small document. Peak is that of a side's largest "
            "process.",
            spread(many.values()),
        ),
        where,
        day,
    )


def virtuoso_version() -> str:
    """The name and version of Virtuoso."""
    told = subprocess.run([SERVER, "-?"], capture_output=True, text=True, check=False)
    words = (told.stdout + told.stderr).partition("Version ")[2].split()
    return f"Virtuoso {words[0]}" if words else "Virtuoso"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.loaders", description="Measure loaders side by side."
    )
    parser.add_argument("--rows", type=int, default=200_000, help="default: %(default)s")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; default: %(default)s")
    parser.add_argument("--no-virtuoso", action="store_true", help="without Virtuoso")
    parser.add_argument("--work", type=Path, default=HERE / "work" / "loaders", metavar="DIR")
    parser.add_argument(
        "--write", type=Path, metavar="DOCS", help="put the results into DOCS/benchmarks.md, too"
    )
    given = parser.parse_args(arguments)
    if given.rows <= SMALL_ROWS or given.repeat < 1:
        parser.error(f"--rows must be above {SMALL_ROWS}, --repeat above 0")
    sides = [side for side in LOADERS if side.way != VIRTUOSO or not given.no_virtuoso]
    try:
        if not given.no_virtuoso:
            check_programs()
        found = compare(given.work.resolve(), given.rows, given.repeat, sides)
        if given.write:
            write(found, given.write)
    except (BenchmarkError, RdfconvError, RunError, OSError, CalledProcessError) as error:
        _say(f"error: {error}")
        return 1
    print(table(found), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
