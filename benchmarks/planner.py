"""How long queries take as they are written and as the planner puts them: ``python -m
benchmarks.planner RELEASE``.

Each question is written in the order that is worst for an engine without statistics, and is asked
about edges drawn at random (with a seed), each in turn without and with the planner, in one run.
Both answers must have the same rows. The last question is well written already: what planning
costs alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import machine
from rdfconv.config import Settings
from rdfconv.formats import RESULT_FORMATS
from rdfconv.heavy import FILE
from rdfconv.release import open_release
from server.engine import EngineError, ErrorKind, Limits, Query
from server.engine.embedded import EmbeddedEngine
from server.planning import Planner

QUESTIONS = {
    "evidence first, target last": (
        "SELECT ?i {{ ?i tfl:evidence <{evidence}> . ?i tfl:target <{target}> }}"
    ),
    "class first, target last": (
        "SELECT ?i {{ ?i a tfl:RegulatoryInteraction . ?i tfl:target <{target}> }}"
    ),
    "organism first, target last": (
        "SELECT ?f {{ ?f obo:RO_0002162 <{organism}> . ?f tfl:regulates <{target}> }}"
    ),
    "filter to a target": (
        "SELECT ?f {{ ?i tfl:transcriptionFactor ?f . ?i tfl:target ?t FILTER(?t = <{target}>) }}"
    ),
    "names first, filter to two targets": (
        "SELECT ?n ?e {{ ?f rdfs:label ?n . ?i tfl:transcriptionFactor ?f . ?i tfl:evidence ?e . "
        "?i tfl:target ?t FILTER(?t IN (<{target}>, <{other}>)) }}"
    ),
    "organism first in OPTIONAL": (
        "SELECT ?f {{ VALUES ?t {{ <{target}> }} OPTIONAL {{ ?f obo:RO_0002162 <{organism}> . "
        "?i tfl:transcriptionFactor ?f . ?i tfl:target ?t }} }}"
    ),
    "partners: a factor's targets first": (
        "SELECT ?f ?t {{ <{factor}> tfl:regulates ?t . ?f tfl:regulates ?t . "
        "?f tfl:regulates <{target}> }}"
    ),
    "count of all triples": "SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }}",
    "count of a property": "SELECT (COUNT(*) AS ?n) {{ ?i tfl:evidence ?e }}",
    "count of a class": "SELECT (COUNT(?i) AS ?n) {{ ?i a tfl:RegulatoryInteraction }}",
    "target first (well written)": (
        "SELECT ?i {{ ?i tfl:target <{target}> . ?i tfl:evidence <{evidence}> }}"
    ),
}


@dataclass(frozen=True, slots=True)
class Timing:
    """An answer: its seconds, and its rows' digest; without one if it took too long."""

    seconds: float
    digest: str


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Times queries with and without the planner.")
    parser.add_argument("release", type=Path, help="a releases' root, or one release")
    parser.add_argument("--edges", type=int, default=5, help="how many edges are asked about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds a query may take")
    options = parser.parse_args()
    folder = open_release(options.release).path
    engine = EmbeddedEngine(Settings(release=str(folder), workers=1, query_memory=0))
    limits = Limits(options.timeout, 60.0)
    try:
        edges = _drawn(engine, random.Random(options.seed), options.edges)
        print(f"{machine()}\n{folder.name}, {FILE}: {(folder / FILE).exists()}\n")
        print("| question | as written, s | planned, s | planning, ms |\n|---|---|---|---|")
        planner = Planner.of(folder)
        for name, text in QUESTIONS.items():
            print(_row(engine, planner, limits, name, [text.format(**edge) for edge in edges]))
    finally:
        engine.close()


def _row(
    engine: EmbeddedEngine, planner: Planner, limits: Limits, name: str, texts: list[str]
) -> str:
    found: dict[bool, list[Timing]] = {False: [], True: []}
    planning = []
    for text in dict.fromkeys(texts):
        start = time.perf_counter()
        planner.plan(text)
        planning.append((time.perf_counter() - start) * 1000)
        for plan, timings in found.items():
            timings.append(_timed(engine, text, limits, plan=plan))
        one, other = (timings[-1].digest for timings in found.values())
        if one and other and one != other:
            raise SystemExit(f"the answers differ: {text}")
    cells = [_seconds(timings, limits.seconds) for timings in found.values()]
    return f"| {name} | {cells[0]} | {cells[1]} | {statistics.median(planning):.1f} |"


def _seconds(timings: list[Timing], limit: float) -> str:
    """The median and the worst."""
    seconds = [timing.seconds for timing in timings]
    late = "> " if any(not timing.digest for timing in timings) else ""
    median = statistics.median(seconds)
    return f"{median:.4f} (at most {late}{min(max(seconds), limit):.4f})"


def _timed(engine: EmbeddedEngine, text: str, limits: Limits, *, plan: bool) -> Timing:
    start = time.perf_counter()
    try:
        query = Query(text, RESULT_FORMATS["tsv"], plan=plan)
        content = b"".join(engine.run(query, limits).chunks)
    except EngineError as error:
        if error.kind is not ErrorKind.TIMEOUT:
            raise
        content = b""
        _rows(engine, "SELECT * {}", limits)  # the worker was ended; the next one starts now
    seconds = time.perf_counter() - start
    rows = b"\n".join(sorted(content.splitlines()))
    return Timing(seconds, hashlib.sha256(rows).hexdigest() if content else "")


def _drawn(engine: EmbeddedEngine, rng: random.Random, number: int) -> list[dict[str, str]]:
    """Edges, each with its ends, evidence and organism, and the target of another edge."""
    limits = Limits(600.0, 60.0)
    [[total]] = _rows(engine, "SELECT (COUNT(*) AS ?n) { ?i tfl:evidence ?e }", limits)
    found = []
    for _ in range(number):
        offset = rng.randrange(int(total))
        text = f"SELECT ?i {{ ?i tfl:evidence ?e }} OFFSET {offset} LIMIT 1"
        [[edge]] = _rows(engine, text, limits)
        [row] = _rows(
            engine,
            "SELECT ?evidence ?factor ?target ?organism { "
            f"<{edge}> tfl:evidence ?evidence ; tfl:transcriptionFactor ?factor ; "
            "tfl:target ?target . ?factor obo:RO_0002162 ?organism } LIMIT 1",
            limits,
        )
        found.append(dict(zip(("evidence", "factor", "target", "organism"), row, strict=True)))
    for edge_number, one in enumerate(found):
        one["other"] = found[edge_number - 1]["target"]
    return found


def _rows(engine: EmbeddedEngine, text: str, limits: Limits) -> list[list[str]]:
    content = b"".join(engine.run(Query(text, RESULT_FORMATS["json"]), limits).chunks)
    document = json.loads(content)
    names = document["head"]["vars"]
    return [[row[name]["value"] for name in names] for row in document["results"]["bindings"]]


if __name__ == "__main__":
    main()
