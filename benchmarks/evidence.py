"""Evidence to draw for generated rows: few tuples carry nearly all rows, a long tail the rest.

A tuple is (methods, references, databases, flag), the four evidence cells of a row. The frequent
tuples are real ones, about as often as TFLink's pages have them. The tail is made: its tuples take
databases, methods and flag from the commonest real combinations and get 1 to 20 papers of their
own, some combine any method with any database; each listed database's own paper is always among
the references.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.mixes import (
    ALWAYS_LARGE,
    ALWAYS_SMALL,
    DATABASE_PAPERS,
    METHODS,
    MIXES,
    Evidence,
    Mix,
)

_PAPER_COUNTS = range(1, 21)
# how many of about a thousand tuples of the tail have 1, 2, ... 20 papers of their own; rounded
# from the human pages
_PAPER_WEIGHTS = (840, 90, 35, 14, 8, 4, 2) + (1,) * 13
_PAPERS = 14_000
_TAIL_EXPONENT = 0.9  # 4.5 million human rows then have about 22,000 tuples


class Tail(dict[int, Evidence]):
    """The made tuples of a mix by number, each made when first asked for, whatever the order."""

    def __init__(self, mix: Mix, seed: int) -> None:
        super().__init__()
        self._mix = mix
        self._seed = seed

    def __missing__(self, number: int) -> Evidence:
        rng = random.Random(f"evidence {self._seed} {number}")
        databases, methods, flag = self._shape(rng)
        papers = {DATABASE_PAPERS[name] for name in databases}
        count = rng.choices(_PAPER_COUNTS, _PAPER_WEIGHTS)[0]
        while len(papers) < len(databases) + count:
            papers.add(str(1_000_000 + rng.randrange(_PAPERS) * 2_099))
        references = sorted(papers)
        rng.shuffle(references)
        made = Evidence(";".join(methods), ";".join(references), ";".join(databases), flag)
        self[number] = made
        return made

    def _shape(self, rng: random.Random) -> tuple[list[str], list[str], str]:
        """Databases, methods and flag of a tuple, each list in code point order."""
        mix = self._mix
        if rng.random() >= mix.rare_share:
            weights = [shape[3] for shape in mix.shapes]
            databases, methods, flag, _ = rng.choices(mix.shapes, weights)[0]
            return sorted(databases.split(";")), sorted(methods.split(";")), flag
        names = sorted(rng.sample(sorted(DATABASE_PAPERS), rng.choices((1, 2, 3), (6, 3, 1))[0]))
        chosen = sorted(rng.sample(METHODS, rng.choices((1, 2, 3), (6, 3, 1))[0]))
        if not ALWAYS_SMALL.isdisjoint(names):
            flag = "Yes"
        elif ALWAYS_LARGE.issuperset(names):
            flag = "No"
        else:
            flag = rng.choice(("Yes", "No"))
        return names, chosen, flag


class Spread:
    """Evidence tuples to draw from, each with its frequency."""

    def __init__(
        self, tuples: Sequence[Evidence], weights: Iterable[float], tail: Tail | None = None
    ) -> None:
        """The given tuples first, then the tail's by number.

        Args:
            tuples: the tuples that are spelled out.
            weights: a weight for each of them, then one for each number of the tail.
            tail: the tuples after those; None if there are no more.
        """
        self._tuples = tuples
        self.weights = list(weights)
        self._cumulative = list(itertools.accumulate(self.weights))
        self._numbers = range(len(self._cumulative))
        self._tail = tail

    def draw(self, rng: random.Random, count: int) -> list[int]:
        """Draw ``count`` tuples, as numbers for ``cells``."""
        return rng.choices(self._numbers, cum_weights=self._cumulative, k=count)

    def cells(self, number: int) -> Evidence:
        """The tuple of a number that ``draw`` gave."""
        given = len(self._tuples)
        if number < given:
            return self._tuples[number]
        assert self._tail is not None
        return self._tail[number - given]


class Divided:
    """A spread with a set number of small-scale rows among all that are drawn.

    What is drawn depends on how much was drawn before: the small-scale rows come evenly.
    """

    def __init__(self, spread: Spread, rows: int, small_scale: int) -> None:
        """Divide a spread.

        Args:
            spread: its frequencies hold among the small-scale rows, and among the others.
            rows: how many rows will be drawn in all.
            small_scale: how many of them; all others are large-scale.

        Raises:
            ValueError: the spread has no tuple of a scale that is wanted.
        """
        self.cells = spread.cells
        self._rows, self._wanted, self._drawn = rows, small_scale, 0
        self._small, self._large = _Choice(), _Choice()
        for number, weight in enumerate(spread.weights):
            is_small = spread.cells(number).small_scale == "Yes"
            (self._small if is_small else self._large).add(number, weight)
        if (small_scale and not self._small.numbers) or (
            small_scale < rows and not self._large.numbers
        ):
            raise ValueError("the evidence has no tuple of a scale that is wanted")

    def draw(self, rng: random.Random, count: int) -> list[int]:
        """Draw ``count`` tuples, as numbers for ``cells``."""
        before = self._drawn * self._wanted // self._rows
        self._drawn += count
        small = self._drawn * self._wanted // self._rows - before
        drawn = self._large.draw(rng, count - small) + self._small.draw(rng, small)
        for place in range(count - small, count):  # among the others, wherever
            other = rng.randrange(count)
            drawn[place], drawn[other] = drawn[other], drawn[place]
        return drawn


class _Choice:
    """Numbers with weights."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._cumulative: list[float] = []

    def add(self, number: int, weight: float) -> None:
        self.numbers.append(number)
        self._cumulative.append(weight + (self._cumulative[-1] if self._cumulative else 0.0))

    def draw(self, rng: random.Random, count: int) -> list[int]:
        if not count:
            return []
        return rng.choices(self.numbers, cum_weights=self._cumulative, k=count)


def imitated(organism: str, seed: int) -> Spread:
    """The spread of an organism, made to look like TFLink's.

    Args:
        organism: a key of MIXES.
        seed: decides the tail's tuples.
    """
    mix = MIXES[organism]
    ranks = [(rank + 1) ** -_TAIL_EXPONENT for rank in range(mix.tail_size)]
    unit = mix.tail_weight / sum(ranks) if ranks else 0.0
    weights = [weight for _, weight in mix.frequent] + [rank * unit for rank in ranks]
    return Spread([tuple_ for tuple_, _ in mix.frequent], weights, Tail(mix, seed))


def counted(tables: Iterable[Path]) -> Spread:
    """The tuples of given interaction tables with the frequency they have there.

    Args:
        tables: 15-column interaction tables (``.tsv`` or ``.tsv.gz``), e.g. real ones.

    Raises:
        ValueError: the tables hold no row.
        KeyError: a column is missing.
    """
    counts: Counter[Evidence] = Counter()
    for table in tables:
        opened = gzip.open if table.suffix == ".gz" else open
        with opened(table, "rt", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                counts[
                    Evidence(
                        row["Detection.method"],
                        row["PubmedID"],
                        row["Source.database"],
                        row["Small-scale.evidence"],
                    )
                ] += 1
    if not counts:
        raise ValueError("no rows to take evidence from")
    return Spread(list(counts), counts.values())
