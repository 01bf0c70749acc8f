"""What a run did: rows and pages read, written, merged and rejected, with reasons and places.

The totals add up: ``read = written + merged + rejected``, for rows and, apart from them, pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from rdfconv.problems import Kind, ProblemLog
from rdfconv.readers.sources import InputFile


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
        rows: the interactions' rows. Where two pages tell one edge, N-Triples repeats its lines:
            only a build, which counts distinct edges in its store, says how many were merged.
        pages: the protein pages.
        written: how many records of each kind were written once: ``Evidence``, ``Protein`` ...
        triples: distinct triples in the store (builds only).
        inputs: the inputs with their checksums.
        problems: what was rejected and what was doubtful.
        seconds: how long each stage took.
    """

    rows: Totals = field(default_factory=Totals)
    pages: Totals = field(default_factory=Totals)
    written: dict[str, int] = field(default_factory=dict)
    triples: int | None = None
    inputs: list[InputFile] = field(default_factory=list)
    problems: ProblemLog = field(default_factory=ProblemLog)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def rejections(self) -> int:
        """How many rows, pages and files were rejected."""
        return self.problems.rejections

    def as_json(self) -> dict[str, Any]:
        """The report as plain data. ``seconds`` is all that differs between two equal runs."""
        return {
            "rows": asdict(self.rows),
            "pages": asdict(self.pages),
            "written": self.written,
            "triples": self.triples,
            "inputs": [asdict(file) for file in self.inputs],
            "rejected": dict(self._by_kind(rejecting=True)),
            "warnings": dict(self._by_kind(rejecting=False)),
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }

    def lines(self) -> Iterator[str]:
        """The report as a person reads it."""
        for name, totals in (("rows", self.rows), ("pages", self.pages)):
            if totals.read:
                merged = f", {totals.merged:,} merged" if totals.merged else ""
                yield (
                    f"{name}: {totals.read:,} read, {totals.written:,} written{merged}, "
                    f"{totals.rejected:,} rejected"
                )
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

    def _examples(self, limit: int = 3) -> Iterator[str]:
        shown: dict[Kind, int] = {}
        for problem, _count in self.problems:
            shown[problem.kind] = shown.get(problem.kind, 0) + 1
            if shown[problem.kind] <= limit:
                yield f"  {problem.error()}"

    def _by_kind(self, *, rejecting: bool) -> Iterator[tuple[str, object]]:
        for kind in Kind:
            if kind.rejects is not rejecting or kind not in self.problems.counts:
                continue
            yield (
                kind.value,
                {
                    "unit": kind.unit.value,
                    "message": kind.message,
                    "hint": kind.hint,
                    "count": self.problems.counts[kind],
                    "first": [
                        {
                            "source": problem.source,
                            "line": problem.line,
                            "column": problem.column,
                            "value": problem.value,
                            "detail": problem.detail,
                            "count": count,
                        }
                        for problem, count in self.problems
                        if problem.kind is kind
                    ],
                },
            )
