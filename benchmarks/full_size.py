"""Queries at full size, beside Virtuoso with the same triples: ``python -m benchmarks.full_size
ROOT``.

The example queries that ask no other endpoint and ten analytical ones are asked of the project's
endpoint and of Virtuoso in turns, each several times with entities drawn by a seed, and once before
to warm up. Answers are compared. The table is on standard output, progress on standard error. The
exit code is 1 if answers differ.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import pyoxigraph

from benchmarks.endpoint import JSON, TURTLE, running
from benchmarks.measure import machine
from benchmarks.questions import Question, questions
from benchmarks.sides import HERE, BenchmarkError
from rdfconv.dumping import DATA_GRAPH
from rdfconv.errors import RdfconvError
from rdfconv.examples import Form
from rdfconv.identifiers import COUNTS_GRAPH
from rdfconv.release import open_release
from rdfconv.statistics import FILE as STATISTICS
from rdfconv.virtuoso import free_port, virtuoso

BOOLEAN = "http://www.w3.org/2001/XMLSchema#boolean"
PATIENCE = 30
"""Seconds that a side has to say that a query took too long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the seconds to the last byte, the rows as text, or what went wrong."""

    seconds: float
    rows: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """An endpoint: its name, its port, and the form of a query."""

    name: str
    port: int
    form: Callable[[str], dict[str, str]]

    def ask(self, text: str, form: Form, limit: float) -> Answer:
        """The answer to a query, which may take ``limit`` seconds."""
        accept = JSON if form in (Form.SELECT, Form.ASK) else TURTLE
        headers = {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"}
        start = time.perf_counter()
        address = ("127.0.0.1", self.port)
        try:
            with closing(http.client.HTTPConnection(*address, timeout=limit + PATIENCE)) as one:
                one.request("POST", "/sparql", urlencode(self.form(text)), headers)
                reply = one.getresponse()
                body = reply.read()
                seconds = time.perf_counter() - start
                # Virtuoso gives what it has found when the time is over.
                is_part = reply.getheader("X-SQL-State", "") == "S1TAT"
        except (OSError, http.client.HTTPException) as error:
            return Answer(time.perf_counter() - start, problem=str(error) or type(error).__name__)
        if is_part or seconds > limit:
            return Answer(seconds, problem=f"over {limit:.0f} s")
        if reply.status != 200:
            said = " ".join(body.decode("utf-8", "replace").split())[:120]
            return Answer(seconds, problem=f"status {reply.status}: {said}")
        try:
            rows = _rows(body) if accept == JSON else _triples(body)
        except (ValueError, SyntaxError, KeyError) as error:
            return Answer(seconds, problem=f"the answer cannot be read: {error}")
        return Answer(seconds, tuple(sorted(rows)))


def _rows(body: bytes) -> Iterator[str]:
    """The rows of an answer in JSON, so that both engines write the same."""
    found = json.loads(body)
    if "boolean" in found:
        yield _value("literal", str(found["boolean"]).lower(), BOOLEAN)
        return
    for row in found["results"]["bindings"]:
        cells = (row.get(name) for name in found["head"]["vars"])
        yield "\t".join(
            _value(cell["type"], cell["value"], cell.get("datatype", "")) if cell else ""
            for cell in cells
        )


def _triples(body: bytes) -> Iterator[str]:
    """The triples of an answer in Turtle."""
    for quad in pyoxigraph.parse(body, pyoxigraph.RdfFormat.TURTLE):
        yield "\t".join(map(_term, (quad.subject, quad.predicate, quad.object)))


def _term(term: object) -> str:
    if isinstance(term, pyoxigraph.Literal):
        return _value("literal", term.value, term.datatype.value)
    if isinstance(term, pyoxigraph.NamedNode):
        return term.value
    return _value("bnode", "", "")


def _value(kind: str, value: str, datatype: str) -> str:
    """A term as text. Virtuoso has 1 for true; the order in joined values is left open."""
    if kind == "bnode":
        return "_:"
    if kind == "uri":
        return value
    if datatype == BOOLEAN:
        return {"true": "1", "false": "0"}.get(value, value)
    return " ".join(sorted(re.split(r",?\s+", value)))


@dataclass(slots=True)
class Result:
    """How a question went on one side: its answers by their turns (0: to warm up), or the problem
    after which it was not asked again."""

    side: str
    answers: dict[int, Answer] = field(default_factory=dict)
    spent: float = 0
    problem: str = ""

    @property
    def times(self) -> list[float]:
        """The seconds of the answers that count."""
        return [one.seconds for turn, one in self.answers.items() if turn]

    @property
    def cells(self) -> str:
        """Median and worst time, as cells of the table."""
        times = self.times
        return f"{median(times):.3f} | {max(times):.3f}" if times else "- | -"


def asked(question: Question, sides: Sequence[Side], limit: float) -> list[Result]:
    """Asks all sides in turns. A side that fails, or takes longer in all than two queries may, is
    asked no more."""
    results = [Result(side.name) for side in sides]
    for turn, text in enumerate(question.texts):
        for side, result in zip(sides, results, strict=True):
            if result.problem or (turn > 1 and result.spent > 2 * limit):
                continue
            answer = side.ask(text, question.form, limit)
            result.spent += answer.seconds
            result.problem = answer.problem
            if not answer.problem:
                result.answers[turn] = answer
    return results


def difference(question: Question, ours: Result, theirs: Result) -> str:
    """How the answers of two sides differ; "" if they do not, as far as both answered."""
    for turn in sorted(ours.answers.keys() & theirs.answers.keys()):
        mine, other = ours.answers[turn].rows, theirs.answers[turn].rows
        if len(mine) != len(other):
            return f"{len(mine):,} and {len(other):,} rows"
        # Which rows a LIMIT leaves is open without a total order; one in a subselect may be reached
        # by fewer rows than there are in the end.
        if mine != other and not any(len(mine) >= number for number in question.limits):
            row = next(one for one, two in zip(mine, other, strict=True) if one != two)
            return f"rows differ, for example {row[:100]!r}"
    return ""


def line(question: Question, results: Sequence[Result], differs: str) -> str:
    """A row of the table."""
    ours = results[0]
    rows = sorted(len(one.rows) for one in ours.answers.values()) or [0]
    number = f"{rows[0]:,} to {rows[-1]:,}" if rows[0] < rows[-1] else f"{rows[0]:,}"
    theirs, ratio = "- | -", "-"
    if len(results) > 1:
        theirs = results[1].cells
        if ours.times and results[1].times:
            ratio = f"{median(results[1].times) / median(ours.times):.3g}"
    notes = [f"**{differs}**"] if differs else []
    notes += [f"{one.side}: {one.problem}" for one in results if one.problem]
    if ours.problem or max(ours.times, default=0) > question.goal:
        notes.append(f"**over {question.goal:g} s**")
    cells = [question.name, ours.cells, theirs, ratio, number, "; ".join(notes)]
    return f"| {' | '.join(cells)} |"


HEADING = (
    "| query | rdfconv: median, s | worst | Virtuoso: median, s | worst | ratio | rows | notes |",
    "|---|---|---|---|---|---|---|---|",
)


@contextmanager
def endpoint(root: Path, limit: float) -> Iterator[Side]:
    """The project's endpoint, once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "rdfconv", "serve", "--release", str(root)]
    settings = {"RDFCONV_QUERY_TIMEOUT": str(limit), "RDFCONV_CLIENT_SECONDS": "0"}
    side = Side("rdfconv", port, lambda query: {"query": query})
    with running([*command, "--port", str(port)], port, **settings):
        answer = side.ask("ASK {}", Form.ASK, limit)
        if answer.problem:
            raise BenchmarkError(f"the endpoint does not answer: {answer.problem}")
        yield side


def measured(
    found: Sequence[Question], sides: Sequence[Side], limit: float, say: Callable[[str], None]
) -> tuple[list[str], int]:
    """The rows of the table, and how many questions had different answers."""
    lines, different = [], 0
    for number, question in enumerate(found, 1):
        say(f"{number} of {len(found)}: {question.name}")
        able = sides[:1] if question.is_about_release else sides
        results = asked(question, able, limit)
        differs = difference(question, *results) if len(results) > 1 else ""
        different += bool(differs)
        lines.append(line(question, results, differs))
        say(lines[-1])
    return lines, different


def form(query: str, seconds: float) -> dict[str, str]:
    """How Virtuoso is asked: over the data and the numbers, and it stops after some seconds."""
    return {
        "query": query,
        "default-graph-uri": DATA_GRAPH,
        "named-graph-uri": COUNTS_GRAPH,
        "timeout": str(round(seconds * 1000)),
    }


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _stop(*_: Any) -> None:
    sys.exit("stopped")  # leaves the contexts, which end the servers


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.full_size", description=__doc__)
    parser.add_argument("release", type=Path, help="a releases' root")
    parser.add_argument("--repeat", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--limit", type=float, default=120, help="seconds of a query [120]")
    parser.add_argument("--seed", type=int, default=1, help="of the entities [1]")
    parser.add_argument("--only", action="append", metavar="NAME", help="ask this query alone")
    parser.add_argument("--no-virtuoso", action="store_true", help="ask the endpoint alone")
    parser.add_argument("--work", type=Path, default=HERE / "work", metavar="DIR")
    given = parser.parse_args(arguments)
    given.work.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _stop)
    where = machine()
    try:
        release = open_release(given.release)
        found = list(questions(release.path, given.repeat, given.seed))
        unknown = set(given.only or ()) - {one.name for one in found}
        if unknown:
            parser.error(f"there is no query {', '.join(sorted(unknown))}")
        found = [one for one in found if not given.only or one.name in given.only]
        if given.no_virtuoso:
            with endpoint(given.release, given.limit) as ours:
                lines, different = measured(found, [ours], given.limit, _say)
        else:
            with (
                virtuoso(release, given.work, _say) as server,
                endpoint(given.release, given.limit) as ours,
            ):
                theirs = Side("Virtuoso", server.http, lambda text: form(text, given.limit))
                lines, different = measured(found, [ours, theirs], given.limit, _say)
    except (BenchmarkError, RdfconvError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    triples = json.loads((release.path / STATISTICS).read_text("utf-8"))["triples"]
    print(f"{where.cpu}, {where.cores} cores, {where.memory / 2**30:.0f} GiB, load {where.load}")
    print(f"{release.id}, {triples:,} triples; seed {given.seed}, {given.repeat} repeats\n")
    print("\n".join([*HEADING, *lines]))
    print(f"\n{different} of {len(found)} queries have different answers")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
