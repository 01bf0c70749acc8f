"""Engines side by side: ``python -m benchmarks.engines [ROOT]``.

rdfconv's endpoint, Oxigraph's own server on the same store, and Virtuoso with the same triples are
asked the same questions in turns: the example queries that ask no other endpoint and the analytical
ones of `benchmarks.questions`, with entities drawn by a seed. Only questions that all of them
answer, and answer alike, count. Without ROOT, a release is built of a generated table.
"""

from __future__ import annotations

import argparse
import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from math import exp, log
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from pyoxigraph import Store

from benchmarks.convert import SEED
from benchmarks.endpoint import JSON, OXIGRAPH, Endpoint, install_oxigraph, running
from benchmarks.full_size import Answer, Result, _rows, _stop, difference, endpoint, form
from benchmarks.generated import write_table
from benchmarks.loaders import virtuoso_version
from benchmarks.measure import machine
from benchmarks.questions import ANALYTICAL_GOAL, Question, questions
from benchmarks.results import Comparison, Row, rdfconv_version, table, today, write
from benchmarks.sides import HERE, BenchmarkError
from rdfconv.errors import RdfconvError
from rdfconv.examples import Form
from rdfconv.release import Release, open_release
from rdfconv.virtuoso import check_programs, free_port, virtuoso

Say = Callable[[str], None]
Asked = tuple[Question, list[Result]]


@dataclass(frozen=True, slots=True)
class Virtuoso(Endpoint):
    """A Virtuoso, which is told what its default graph is; ``limit`` is in seconds."""

    limit: float = 0

    def target(self, text: str) -> str:
        """The path of a query."""
        return f"{self.path}?{urlencode(form(text, self.limit))}"


def built(work: Path, rows: int) -> Path:
    """The root of a release of a generated table, built if it is not there."""
    root = work / f"release-{rows}"
    if not (root / "current").exists():
        work.mkdir(parents=True, exist_ok=True)
        generated = work / f"release-{rows}.tsv"
        write_table(generated, rows, SEED)
        command = [sys.executable, "-m", "rdfconv", "build", str(generated), "--into", str(root)]
        subprocess.run([*command, "--no-downloads", "--quiet"], check=True, stdout=sys.stderr)
        generated.unlink()
    return root


def ask(side: Endpoint, text: str) -> Answer:
    """The answer to a query, its rows in order."""
    start = time.perf_counter()
    try:
        status, body = side.ask(text, JSON)
    except (OSError, http.client.HTTPException) as error:
        return Answer(time.perf_counter() - start, problem=str(error) or type(error).__name__)
    seconds = time.perf_counter() - start
    if status != http.client.OK:
        return Answer(seconds, problem=f"status {status}")
    try:
        return Answer(seconds, tuple(sorted(_rows(body))))
    except (ValueError, KeyError) as error:
        return Answer(seconds, problem=f"the answer cannot be read: {error}")


def asked(question: Question, sides: Sequence[Endpoint]) -> tuple[list[Result], str]:
    """Asks all sides in turns.

    Returns:
        How it went on each side, and why the question does not count ("" if it does).
    """
    results = [Result(side.name) for side in sides]
    for turn, text in enumerate(question.texts):
        for side, result in zip(sides, results, strict=True):
            answer = ask(side, text)
            if answer.problem:
                return results, f"{side.name}: {answer.problem}"
            result.answers[turn] = answer
    for other in results[1:]:
        if differs := difference(question, results[0], other):
            return results, f"{other.side}: {differs}"
    return results, ""


def rows(found: Sequence[Asked]) -> tuple[Row, ...]:
    """The rows of the table, by kinds of questions; the first side is the unit."""
    made: list[Row] = []
    for kind, members in groupby(sorted(found, key=_rank), _kind):
        results = [result for _, result in members]
        for number, first in enumerate(results[0]):
            ratios = [median(one[0].times) / median(one[number].times) for one in results]
            times = [median(one[number].times) for one in results]
            made.append(
                Row(
                    f"{kind} ({len(results)})",
                    first.side,
                    exp(sum(map(log, ratios)) / len(ratios)),
                    (
                        f"{median(times) * 1e3:,.1f}",
                        f"{max(times) * 1e3:,.0f}",
                        f"{sum(ratio > 1 for ratio in ratios)}" if number else "-",
                    ),
                )
            )
    return tuple(made)


_KINDS = ("Example queries", "Analytical questions", "Analytical questions, counting all edges")


def _rank(one: Asked) -> int:
    question = one[0]
    return 0 if question.goal < ANALYTICAL_GOAL else 2 if question.name.endswith("plain") else 1


def _kind(one: Asked) -> str:
    return _KINDS[_rank(one)]


def compare(
    release: Release, sides: Sequence[Endpoint], repeats: int, say: Say
) -> tuple[list[Asked], list[str]]:
    """Asks everything; gives what counts, and why the rest does not."""
    found: list[Asked] = []
    left_out: list[str] = []
    for question in questions(release.path, repeats, SEED):
        if question.is_about_release or question.form not in (Form.SELECT, Form.ASK):
            continue
        results, problem = asked(question, sides)
        if problem:
            left_out.append(f"{question.name} ({problem})")
        else:
            found.append((question, results))
        times = ", ".join(f"{one.side} {one.cells}" for one in results)
        say(f"{question.name}: {problem or times}")
    return found, left_out


def comparison(root: Path, work: Path, repeats: int, limit: float, beside: bool) -> Comparison:
    """Run all of it.

    Args:
        root: a releases' root.
        work: the folder for Virtuoso's database.
        repeats: how often each question is asked after it was asked once to warm up.
        limit: seconds that a query may take.
        beside: whether Virtuoso takes part.

    Raises:
        BenchmarkError: a server does not start.
        RdfconvError: Virtuoso fails, or the release cannot be read.
    """
    release, where, day = open_release(root), machine(), today()
    program = install_oxigraph(HERE / "work")
    with ExitStack() as stack:
        ours = stack.enter_context(endpoint(root, limit))
        theirs = Endpoint("Oxigraph's server", free_port(), "/query")
        command = [program, "serve-read-only", "--location", str(release.store)]
        command += ["--bind", f"127.0.0.1:{theirs.port}"]
        stack.enter_context(running(command, theirs.port))
        sides = [Endpoint("rdfconv serve", ours.port, "/sparql"), theirs]
        if beside:
            server = stack.enter_context(virtuoso(release, work, _say))
            sides.append(Virtuoso("Virtuoso", server.http, "/sparql", limit))
        found, left_out = compare(release, sides, repeats, _say)
    if not found:
        raise BenchmarkError("there is no question that all engines answer alike")
    triples = len(Store.read_only(str(release.store)))
    versions = [rdfconv_version(), OXIGRAPH.replace("==", " "), *[virtuoso_version()] * beside]
    return Comparison(
        "engines",
        "Engines: how quick answers are",
        "The ratio is the time of rdfconv's endpoint over a side's, the geometric mean over the "
        "questions: above 1 is faster.",
        ("median question, ms", "slowest question, ms", "quicker than rdfconv in"),
        rows(found),
        (
            f"{'; '.join(versions)}; {triples:,} triples.",
            f"Each question is asked {repeats} times after once to warm up, with other entities "
            "each time; its time is the median, from the request to the last byte.",
            "All answers that count are alike. Left out: " + ("; ".join(left_out) or "none") + ".",
        ),
        where,
        day,
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.engines", description="Ask engines the same questions."
    )
    parser.add_argument("release", type=Path, nargs="?", help="a releases' root")
    parser.add_argument(
        "--rows", type=int, default=200_000, help="of the table, without a release [200000]"
    )
    parser.add_argument("--repeat", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--limit", type=float, default=60, help="seconds of a query [60]")
    parser.add_argument("--no-virtuoso", action="store_true", help="without Virtuoso")
    parser.add_argument("--work", type=Path, default=HERE / "work" / "engines", metavar="DIR")
    parser.add_argument(
        "--write", type=Path, metavar="DOCS", help="put the results into DOCS/benchmarks.md, too"
    )
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    beside = not given.no_virtuoso
    try:
        if beside:
            check_programs()
        work = given.work.resolve()
        root = given.release or built(work, given.rows)
        found = comparison(root, work, given.repeat, given.limit, beside)
        if given.write:
            write(found, given.write)
    except (BenchmarkError, RdfconvError, OSError, subprocess.CalledProcessError) as error:
        _say(f"error: {error}")
        return 1
    print(table(found), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
