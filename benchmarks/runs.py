"""What the runs of one side of a comparison cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from benchmarks.measure import Measure


@dataclass(slots=True)
class Runs:
    """What the runs of one side on one input gave.

    Attributes:
        rows: how many rows the table has.
        triples: how many triples there were.
        bytes: the size of the output, a file or a store.
        measures: what each run cost.
    """

    rows: int
    triples: int = 0
    bytes: int = 0
    measures: list[Measure] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """Median seconds."""
        return median(measure.wall for measure in self.measures)

    @property
    def cpu(self) -> float:
        """Median seconds of processor time."""
        return median(measure.cpu for measure in self.measures)

    @property
    def peak(self) -> float:
        """Median peak of resident memory in bytes."""
        return median(measure.peak for measure in self.measures)

    @property
    def spread(self) -> float:
        """How many times as long as the quickest run the slowest took.

        >>> Runs(1, measures=[Measure(2, 1, 1), Measure(5, 1, 1), Measure(3, 1, 1)]).spread
        2.5
        """
        seconds = [measure.wall for measure in self.measures]
        return max(seconds) / min(seconds)


def spread(runs: Iterable[Runs]) -> str:
    """A sentence on how far the runs of the sides differ among themselves: what small ratios mean.

    >>> spread([Runs(1, measures=[Measure(2, 1, 1), Measure(5, 1, 1)])])
    "A side's slowest run took up to 2.5 times as long as its quickest (median: 2.5)."
    """
    found = [each.spread for each in runs]
    return (
        f"A side's slowest run took up to {max(found):.1f} times as long as its quickest "
        f"(median: {median(found):.1f})."
    )
