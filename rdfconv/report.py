"""What a run did: rows and pages read, written, merged and rejected, with reasons and places.

The totals add up: ``read = written + merged + rejected``, for rows and, apart from them, for pages
and for the binding sites that pages list.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

from rdfconv.problems import Kind, Problem, ProblemLog
from rdfconv.readers.sources import InputFile

MEANINGS = {
    "read": "found in the input; a page that was merged or rejected counts as a page only",
    "written": "converted",
    "rows merged": (
        "the row repeats an edge, the same transcription factor and target, that another row "
        "tells too, often on another page; the edge was written once, with the evidence of both"
    ),
    "pages merged": "the page is equal, line ends apart, to one that was read before",
    "rejected": "left out, each with a reason and a place",
}
"""What the words of the totals mean."""

TRIPLES_MERGED = {
    "triples merged": "a triple of an RDF file that an input before, or the file itself, tells too"
}
"""What is explained, too, where there are RDF files."""

NOT_MERGED = (
    "repeated edges are not merged: a row that repeats an edge counts as written; "
    "only 'rdfconv build' counts distinct edges"
)
"""What stands in the place of ``rows merged`` where there is no store to count edges in."""

EXAMPLES = 3
"""How many places of a kind `Report.lines` names."""


def software() -> dict[str, str]:
    """The versions of what a run's outcome depends on, by name."""
    return {
        "rdfconv": version("rdfconv"),
        "pyoxigraph": version("pyoxigraph"),
        "python": platform.python_version(),
    }


@dataclass(slots=True)
class Totals:
    """Counts of one unit.

    Attributes:
        read: how many the input has.
        written: how many were written.
        merged: how many said what had been said before.
        rejected: how many were left out, with a problem of their own each.
    """

    read: int = 0
    written: int = 0
    merged: int = 0
    rejected: int = 0

    def add(self, other: Totals) -> None:
        """Adds another run's counts."""
        self.read += other.read
        self.written += other.written
        self.merged += other.merged
        self.rejected += other.rejected

    @property
    def adds_up(self) -> bool:
        """Whether nothing was lost in silence."""
        return self.read == self.written + self.merged + self.rejected


@dataclass(slots=True)
class Report:
    """The report of a run.

    Attributes:
        source: the reporting data set; None if it is not known.
        digest: the data digest of the release, as hex (builds only).
        rows: the interactions' rows. Where two pages tell one edge, N-Triples repeats its lines:
            only a build, which counts distinct edges in its store, says how many were merged.
        pages: the protein pages.
        sites: the binding sites that pages list, rows and sequences.
        rdf: the triples of RDF files, and their quads.
        written: how many records of each kind were written once: ``Evidence``, ``Protein`` ...
        triples: distinct triples in the store's default graph (builds only).
        inputs: the inputs with their checksums.
        problems: what was rejected and what was doubtful.
        seconds: how long each stage took.
    """

    source: str | None = None
    digest: str | None = None
    rows: Totals = field(default_factory=Totals)
    pages: Totals = field(default_factory=Totals)
    sites: Totals = field(default_factory=Totals)
    rdf: Totals = field(default_factory=Totals)
    written: dict[str, int] = field(default_factory=dict)
    triples: int | None = None
    inputs: list[InputFile] = field(default_factory=list)
    problems: ProblemLog = field(default_factory=ProblemLog)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def rejections(self) -> int:
        """How many rows, pages, binding sites and files were rejected."""
        return self.problems.rejections

    @property
    def meanings(self) -> dict[str, str]:
        """What the words of the totals mean in this run."""
        meanings = MEANINGS if self.triples is not None else MEANINGS | {"rows merged": NOT_MERGED}
        return meanings | TRIPLES_MERGED if self.rdf.read else meanings

    def as_json(self) -> dict[str, Any]:
        """The report as plain data. ``seconds`` is all that differs between two equal runs."""
        return {
            "source": self.source,
            "digest": self.digest,
            "software": software(),
            "rows": asdict(self.rows),
            "pages": asdict(self.pages),
            "sites": asdict(self.sites),
            "rdf": asdict(self.rdf),
            "meaning": dict(self.meanings),
            "written": dict(self.written),
            "triples": self.triples,
            "inputs": [asdict(file) for file in self.inputs],
            "rejected": dict(self._by_kind(rejecting=True)),
            "warnings": dict(self._by_kind(rejecting=False)),
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }

    def lines(self) -> Iterator[str]:
        """The report as a person reads it."""
        units = (
            ("rows", self.rows),
            ("pages", self.pages),
            ("binding sites", self.sites),
            ("triples of RDF files", self.rdf),
        )
        for name, totals in units:
            if totals.read:
                merged = f", {totals.merged:,} merged" if totals.merged else ""
                yield (
                    f"{name}: {totals.read:,} read, {totals.written:,} written{merged}, "
                    f"{totals.rejected:,} rejected"
                )
        if self.rows.read and self.triples is None:
            yield NOT_MERGED
        if self.written:
            kinds = ", ".join(f"{count:,} {name}" for name, count in self.written.items())
            yield f"written once: {kinds}"
        if self.triples is not None:
            yield f"triples: {self.triples:,}"
        for file in self.inputs:
            if file.skipped:
                yield f"{file.name}: {file.skipped:,} files of other kinds were not read"
        for kind in Kind:
            if count := self.problems.counts.get(kind):
                what = f"rejected {kind.unit.value}s" if kind.rejects else "warnings"
                yield f"{what}: {kind.value}: {count:,}"
        yield from self._examples()

    def _examples(self) -> Iterator[str]:
        for kind, places in self._places().items():
            for problem, _count in places[:EXAMPLES]:
                yield f"  {problem.error()}"
            told = sum(count for _problem, count in places[:EXAMPLES])
            if more := self.problems.counts[kind] - told:
                yield f"  ... and {more:,} more of {kind.value}"

    def _places(self) -> dict[Kind, list[tuple[Problem, int]]]:
        """The problems that are listed, by kind; each stands for a number of equal ones."""
        places: dict[Kind, list[tuple[Problem, int]]] = {}
        for problem, count in self.problems:
            places.setdefault(problem.kind, []).append((problem, count))
        return places

    def _by_kind(self, *, rejecting: bool) -> Iterator[tuple[str, object]]:
        """The kinds of problems; ``listed`` < ``count`` where the list of places was cut."""
        for kind, places in self._places().items():
            if kind.rejects is rejecting:
                yield (
                    kind.value,
                    {
                        "unit": kind.unit.value,
                        "message": kind.message,
                        "hint": kind.hint,
                        "count": self.problems.counts[kind],
                        "listed": sum(count for _problem, count in places),
                        "first": [_place(problem, count) for problem, count in places],
                    },
                )


def _place(problem: Problem, count: int) -> dict[str, object]:
    return {
        "source": problem.source,
        "line": problem.line,
        "column": problem.column,
        "value": problem.value,
        "detail": problem.detail,
        "count": count,
    }
