"""Entailment against general reasoners, on generated tables: ``python -m benchmarks.entailment``.

Each side closes the same statements under the same axioms (those that join records left out) and
writes the closure to a file. The figure is triples in that file per second of the whole process,
start and reading included; how long the peers took for closing alone stands beside it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.generated import write_table
from benchmarks.measure import machine
from benchmarks.results import Comparison, Row, rdfconv_version, table, today, write
from benchmarks.sides import HERE, count_lines
from rdfconv.reasoning import closure

REASONABLE = "reasonable==0.4.4"


@dataclass(frozen=True, slots=True)
class Closure:
    """What a side did.

    Attributes:
        side: who.
        stated: how many triples it was given.
        triples: how many it wrote.
        seconds: how long its process took.
        closing: how long closing alone took, if it can be told.
    """

    side: str
    stated: int
    triples: int
    seconds: float
    closing: float | None = None

    @property
    def rate(self) -> float:
        """Triples written per second."""
        return self.triples / self.seconds


def closed_by_rdfconv(table: Path, stated: int, jobs: int) -> Closure:
    """rdfconv, from the table."""
    out = table.with_suffix(".full.nt")
    start = time.perf_counter()
    _convert(table, out, "full", jobs)
    seconds = time.perf_counter() - start
    count = count_lines(out)
    out.unlink()
    return Closure(f"rdfconv --entail full --jobs {jobs}", stated, count, seconds)


def closed_by(engine: str, python: str, data: Path, ontology: Path) -> Closure:
    """A general reasoner, from N-Triples."""
    out = data.with_suffix(".closed.nt")
    command = [python, str(HERE / "closers.py"), engine, str(data), str(ontology), str(out)]
    start = time.perf_counter()
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seconds = time.perf_counter() - start
    count = count_lines(out)
    out.unlink()
    return Closure(engine, count_lines(data), count, seconds, float(told))


def _convert(table: Path, out: Path, level: str, jobs: int = 1) -> None:
    command = [sys.executable, "-m", "rdfconv", "convert", str(table), "-o", str(out), "--quiet"]
    subprocess.run([*command, "--entail", level, "--jobs", str(jobs)], check=True)


def _stated(work: Path, rows: int) -> tuple[Path, Path]:
    table, stated = work / f"entail-{rows}.tsv", work / f"entail-{rows}.nt"
    write_table(table, rows, 1)
    _convert(table, stated, "none")
    # reasonable reads Turtle, of which N-Triples is a part, and looks at the name.
    return table, stated.rename(stated.with_suffix(".ttl"))


def _reasonable(work: Path) -> str:
    """The Python of an environment that has reasonable, made if it is missing."""
    folder = work / "reasonable"
    python = folder / "bin" / "python"
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", REASONABLE], check=True)
    return str(python)


def rows(sides: Sequence[Closure]) -> tuple[Row, ...]:
    """The rows of the table for the document; the first side is the unit."""
    return tuple(
        Row(
            "",
            side.side,
            side.rate / sides[0].rate,
            (
                f"{side.rate:,.0f}",
                f"{side.stated:,}",
                f"{side.triples:,}",
                f"{side.seconds:.2f}",
                "-" if side.closing is None else f"{side.closing:.2f}",
            ),
        )
        for side in sides
    )


def compare(work: Path, number: int, few_rows: int) -> Comparison:
    """Run all of it.

    Args:
        work: the folder for tables and outputs.
        number: rows of the table.
        few_rows: rows of the one for owlrl.
    """
    work.mkdir(parents=True, exist_ok=True)
    where, day = machine(), today()
    ontology = work / "ontology.ttl"
    closure.without_joining(closure.read_ontology()).serialize(
        ontology, format="nt", encoding="utf-8"
    )
    _, few = _stated(work, few_rows)
    generated, many = _stated(work, number)
    sides = [closed_by_rdfconv(generated, count_lines(many), jobs) for jobs in (1, 2)]
    sides.append(closed_by("reasonable", _reasonable(work), many, ontology))
    sides.append(closed_by("owlrl", sys.executable, few, ontology))
    return Comparison(
        "entailment",
        "Entailment: triples written a second",
        "The ratio is a side's triples a second over those of rdfconv --entail full --jobs 1: "
        "above 1 is faster.",
        ("triples/s", "stated", "written", "whole, s", "closing alone, s"),
        rows(sides),
        (
            f"{rdfconv_version()}; {REASONABLE.replace('==', ' ')}; owlrl {version('owlrl')}.",
            "The general reasoners write trivial triples, too, a tenth more; owlrl gets a smaller "
            "table, since it takes so long. One run of each.",
        ),
        where,
        day,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.entailment", description="Measure entailment and its peers."
    )
    parser.add_argument("--rows", type=int, default=170_000, help="about a million triples")
    parser.add_argument("--few-rows", type=int, default=1000, help="about 10,000, for owlrl")
    parser.add_argument("--work", type=Path, default=HERE / "work", metavar="DIR")
    parser.add_argument(
        "--write", type=Path, metavar="DOCS", help="put the results into DOCS/benchmarks.md, too"
    )
    given = parser.parse_args(arguments)
    found = compare(given.work.resolve(), given.rows, given.few_rows)
    if given.write:
        write(found, given.write)
    print(table(found), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
