"""Builds of TFLink at growing sizes, what they cost, and how the costs grow: ``make scale``.

Generates the tables of all organisms at each scale, builds a release of each with
``rdfconv build``, and fits how time, memory, disk and triples grow with the rows. Then it stops a
build half-way and looks whether anything is left of it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks import whole
from benchmarks.measure import RunError, machine
from benchmarks.organisms import PROFILES
from benchmarks.watch import Watched, size_on_disk, watch

GOAL = 1.05
"""The greatest growth exponent that is wanted: nearly as the rows."""
INTERRUPTED = 130
"""The exit code of a build that was interrupted."""


@dataclass(frozen=True, slots=True)
class Build:
    """What a build of one scale did and cost.

    Attributes:
        scale: how much of TFLink.
        rows: the rows of all tables, binding sites' included.
        triples: distinct triples in the release.
        wall: seconds of the whole process.
        cpu: seconds of all its processes.
        memory: bytes, the highest sum over its processes.
        disk: bytes of the release.
        temporary: bytes, the most that unfinished files took.
        tables: bytes of the tables that were read.
        generating: seconds it took to make them.
        stages: seconds of each stage, as the release's report tells.
    """

    scale: float
    rows: int
    triples: int
    wall: float
    cpu: float
    memory: int
    disk: int
    temporary: int
    tables: int
    generating: float
    stages: dict[str, float]


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a build that was interrupted left: ``problems`` is empty if all is well."""

    code: int
    after: float
    again: float
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one scale."""

    folder: Path

    @property
    def tables(self) -> Path:
        return self.folder / "tables"

    @property
    def root(self) -> Path:
        return self.folder / "release"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def unfinished(self) -> list[Path]:
        """The temporary folders of builds."""
        return list((self.root / "releases").glob(".tmp-*"))

    def current(self) -> Path:
        """The release that is served.

        Raises:
            OSError: there is none.
        """
        return (self.root / "current").resolve(strict=True)


def growth(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The exponent e of costs ~ sizes**e, by least squares over the logarithms.

    >>> growth([1, 10, 100], [3, 30, 300])
    1.0
    """
    x, y = [math.log(size) for size in sizes], [math.log(max(cost, 1e-9)) for cost in costs]
    middle, height = sum(x) / len(x), sum(y) / len(y)
    over = sum((one - middle) * (other - height) for one, other in zip(x, y, strict=True))
    return round(over / sum((one - middle) ** 2 for one in x), 3)


def growths(builds: Sequence[Build]) -> dict[str, float]:
    """The exponents of what matters, over the rows; none with fewer than two sizes."""
    if len({build.rows for build in builds}) < 2:
        return {}
    rows = [build.rows for build in builds]
    return {
        name: growth(rows, [getattr(build, name) for build in builds])
        for name in ("wall", "cpu", "memory", "disk", "temporary", "triples")
    }


def generate(place: Place, given: argparse.Namespace, scale: float) -> float:
    """Make the tables of a scale; returns the seconds it took."""
    command = [sys.executable, "-m", "benchmarks.generated", "--all", "--scale", str(scale)]
    command += ["--seed", str(given.seed), "--jobs", str(given.jobs), "--into", str(place.tables)]
    if given.binding_sites:
        command.append("--binding-sites")
    return _checked(command, watch(command, place.log), place).wall


def build(
    place: Place, jobs: int, interrupt: Callable[[float], bool] = lambda wall: False
) -> tuple[list[str], Watched]:
    """Run ``rdfconv build`` over the tables of a place; returns the command and its costs."""
    files = [str(path) for path in sorted(place.tables.iterdir())]
    command = [sys.executable, "-m", "rdfconv", "build", *files, "--into", str(place.root)]
    command += ["--no-downloads", "--jobs", str(jobs), "--quiet"]
    place.temporary.mkdir(exist_ok=True)
    return command, watch(
        command,
        place.log,
        folders=lambda: [*place.unfinished(), place.temporary],
        environment={**os.environ, "TMPDIR": str(place.temporary)},
        interrupt=interrupt,
    )


def measured(place: Place, given: argparse.Namespace, scale: float) -> Build:
    """Generate and build one scale.

    Raises:
        RunError: one of them failed, or rows of the tables are not in the release.
    """
    place.folder.mkdir(parents=True)
    generating = generate(place, given, scale)
    command, cost = build(place, given.jobs)
    _checked(command, cost, place)
    release = place.current()
    report = json.loads((release / "report.json").read_text(encoding="utf-8"))
    counts = [whole.scaled(profile, scale) for profile in PROFILES.values()]
    interactions = sum(each.interactions for each in counts)
    told = report["rows"]
    if told["read"] != interactions or told["written"] != interactions or report["rejected"]:
        raise RunError(
            f"{interactions:,} interactions were made; the report tells {told} of rows,"
            f" and {report['rejected']} rejected"
        )
    sites = sum(sum(each.sites) for each in counts) if given.binding_sites else 0
    return Build(
        scale,
        interactions + sites,
        report["triples"],
        cost.wall,
        cost.cpu,
        cost.memory,
        size_on_disk(release),
        cost.disk,
        size_on_disk(place.tables),
        generating,
        report["seconds"],
    )


def stopped(place: Place, jobs: int, seconds: float) -> Stopped:
    """Interrupt a build half-way, look at what is left, and build again.

    Args:
        place: where a release was built before.
        jobs: how many processes convert.
        seconds: how long a build takes.
    """
    for share in (1 / 2, 1 / 4, 1 / 8):  # sooner, should it be so much faster than before
        before, names = place.current(), _names(place)
        _, cost = build(place, jobs, partial(_is_under_way, place, seconds * share))
        if cost.code:
            break
    problems = []
    if cost.code != INTERRUPTED:
        problems.append(f"the exit code is {cost.code}, not {INTERRUPTED}")
    if place.current() != before or _names(place) != names:
        problems.append(f"the releases are {_names(place)}, they were {names}")
    command, again = build(place, jobs)
    if again.code:
        problems.append(f"the next build failed: {_failure(command, again, place)}")
    elif not (place.current() / "report.json").is_file():
        problems.append("the next build's release is not complete")
    left = [*place.unfinished(), *place.temporary.iterdir()]
    if left:
        problems.append(f"left behind: {', '.join(sorted(path.name for path in left))}")
    return Stopped(cost.code, cost.wall, again.wall, tuple(problems))


def _is_under_way(place: Place, seconds: float, wall: float) -> bool:
    """Whether a build has run as long as that, and has something to lose."""
    return wall >= seconds and bool(place.unfinished())


def _names(place: Place) -> list[str]:
    """What lies in the releases' folder."""
    return sorted(path.name for path in (place.root / "releases").iterdir())


def _checked(command: list[str], cost: Watched, place: Place) -> Watched:
    if cost.code:
        raise RunError(_failure(command, cost, place))
    return cost


def _failure(command: list[str], cost: Watched, place: Place) -> str:
    end = place.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
    return "\n".join([f"exit code {cost.code}: {' '.join(command)}", *end])


def lines(one: Build) -> list[str]:
    """What a build cost, as rows of a table."""
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in one.stages.items())
    return [
        f"| {one.scale:g} | {one.rows:,} | {one.triples:,} | {one.wall:.1f} | {one.cpu:.1f} "
        f"| {one.rows / one.wall:,.0f} | {one.triples / one.wall:,.0f} | {one.memory / 1e6:,.0f} "
        f"| {one.disk / 1e6:,.0f} | {one.temporary / 1e6:,.0f} |",
        f"  stages: {stages}; tables: {one.tables / 1e6:,.0f} MB made in {one.generating:.1f} s",
    ]


HEADER = (
    "| scale | rows | triples | wall s | CPU s | rows/s | triples/s | memory MB | release MB "
    "| temporary MB |\n|---|---|---|---|---|---|---|---|---|---|"
)


def growth_lines(exponents: Mapping[str, float], at_the_end: Mapping[str, float]) -> list[str]:
    """The exponents over all scales, each beside the goal, and between the two largest."""
    return [
        f"{name}: grows as rows ^ {exponent:.3f}"
        f" ({'within' if exponent <= GOAL else 'ABOVE'} the goal of {GOAL};"
        f" between the two largest scales {at_the_end[name]:.3f})"
        for name, exponent in exponents.items()
    ]


def stopped_lines(told: Stopped) -> list[str]:
    """What came of the build that was interrupted."""
    return [
        f"a build interrupted after {told.after:.1f} s ended with exit code {told.code}; "
        f"the next one took {told.again:.1f} s",
        *(f"PROBLEM: {problem}" for problem in told.problems),
        *(() if told.problems else ("nothing was left, the release before stayed current",)),
    ]


def run(given: argparse.Namespace) -> int:
    """Measure all scales, then stop a build; returns the exit code."""
    work: Path = given.work / "scale"
    places = {scale: Place(work / f"{scale:g}") for scale in sorted(given.scales)}
    builds: list[Build] = []
    print(f"{machine()}\n{HEADER}", flush=True)
    for scale, place in places.items():
        builds.append(measured(place, given, scale))
        print("\n".join(lines(builds[-1])), flush=True)
        if scale != min(places) and not given.keep:
            shutil.rmtree(place.folder)
    exponents, at_the_end = growths(builds), growths(builds[-2:])
    for line in growth_lines(exponents, at_the_end):
        print(line, flush=True)
    told = stopped(places[min(places)], given.jobs, builds[0].wall)
    print("\n".join(stopped_lines(told)))
    if given.json:
        found = {
            "machine": machine()._asdict(),
            "builds": [asdict(build) for build in builds],
            "goal": GOAL,
            "growth": exponents,
            "growth_at_the_end": at_the_end,
            "stopped": asdict(told),
        }
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 1 if told.problems else 0


def _scales(text: str) -> list[float]:
    scales = sorted({float(part) for part in text.split(",")})
    if not scales[0] > 0:
        raise ValueError(text)
    return scales


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale", description="Build TFLink at growing sizes."
    )
    parser.add_argument(
        "--scales", type=_scales, default="0.01,0.1,1", help="parted by commas [%(default)s]"
    )
    parser.add_argument("--binding-sites", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--jobs", type=int, default=2, help="processes [%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="of the tables [%(default)s]")
    parser.add_argument("--work", type=Path, default=Path("benchmarks/work"), metavar="DIR")
    parser.add_argument("--keep", action="store_true", help="keep tables and releases")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    given = parser.parse_args(arguments)
    work = given.work / "scale"
    if work.exists():
        parser.error(f"{work} is there already: remove it, or name another --work")
    try:
        return run(given)
    except (RunError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        if not given.keep:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
