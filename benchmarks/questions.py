"""The questions of a run at full size, each with entities of the release drawn by a seed."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.analytics import ANALYTICAL
from benchmarks.sides import BenchmarkError
from rdfconv.edges.index import FILE
from rdfconv.examples import Example, Form, examples
from rdfconv.identifiers import COUNTS_GRAPH, UNIPROT, accession_of, interaction_iri
from rdfconv.vocabulary import PREFIXES

EXAMPLE_GOAL, ANALYTICAL_GOAL = 0.5, 10.0
"""Seconds that a query may take."""
_Any = TypeVar("_Any")

HUBS = 20
"""How many of the proteins with the most edges count as hubs."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query with different entities.

    Attributes:
        name: the query's name, with ``plain`` behind it if it counts all edges.
        goal: the seconds that it may take.
        form: the form of the query.
        texts: the query, each time with other entities (or the same, where it has none). The first
            is for warming up.
        has_order: whether rows are in a total order, so that a LIMIT always leaves the same ones.
        is_about_release: whether it asks for graphs that only the release has.
    """

    name: str
    goal: float
    form: Form
    texts: tuple[str, ...]
    has_order: bool
    is_about_release: bool = False

    @property
    def limits(self) -> set[int]:
        """The numbers of rows at which answers may differ: those of LIMIT without a total order."""
        if self.has_order:
            return set()
        return {int(number) for number in re.findall(r"\bLIMIT (\d+)", self.texts[0])}


def questions(folder: Path, repeats: int, seed: int) -> Iterator[Question]:
    """The example queries that ask no other endpoint, and the analytical ones in both variants.

    Args:
        folder: the release's folder.
        repeats: how often each is asked after it was asked once to warm up.
        seed: of the entities.
    """
    with closing(sqlite3.connect(f"{(folder / FILE).as_uri()}?immutable=1", uri=True)) as table:
        drawn = Drawn(table, repeats + 1, seed)
    for one in examples():
        if not one.federates_with:
            texts = tuple(_with_entities(one, drawn, turn) for turn in range(repeats + 1))
            graphs = set(re.findall(r"\bGRAPH (\S+)", one.text)) - {f"<{COUNTS_GRAPH}>"}
            yield Question(one.name, EXAMPLE_GOAL, one.form, texts, False, bool(graphs))
    for other in ANALYTICAL:
        turns = [other.texts(drawn.values(other.draws, turn)) for turn in range(repeats + 1)]
        for variant in ("", "plain"):
            texts = tuple(turn[variant] for turn in turns)
            name = f"{other.name}, {variant}" if variant else other.name
            yield Question(name, ANALYTICAL_GOAL, Form.SELECT, texts, True)


class Drawn:
    """Entities of a release: two of five are hubs, and the largest is always among them.

    Args:
        table: the release's table of edges.
        number: how many of each kind.
        seed: the same seed draws the same.

    Raises:
        BenchmarkError: the release has too few edges to draw from.
    """

    def __init__(self, table: sqlite3.Connection, number: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._number = number
        factors, targets = _ends(table, "tf"), _ends(table, "target")
        self.factors = [iri for iri, *_ in self._some(factors)]
        self.targets = [iri for iri, *_ in self._some(targets)]
        known = [one for one in targets if one[3] and not set(one[1]) & set('"\\') and one[1]]
        self.named = [(name, taxon) for _, name, _, taxon in self._some(known)]
        with_genes = [genes.split()[0] for _, _, genes, _ in targets if genes and genes.split()]
        self.genes = self._some(with_genes)
        self.papers = self._some(_papers(table))
        self.edges = [
            (factor, self._random.choice(_targets(table, factor))) for factor in self.factors
        ]
        organisms = {iri: taxon for iri, _, _, taxon in factors}
        self.pairs = [
            self._other(iri, [one for one, *_ in factors if organisms[one] == organisms[iri]])
            for iri in self.factors
        ]
        databases = [iri for (iri,) in table.execute(_DATABASES)]
        self.databases = [
            self._other(self._random.choice(databases), databases) for _ in range(number)
        ]

    def _some(self, ranked: Sequence[_Any]) -> list[_Any]:
        """The first for warming up, then the largest, other hubs, and any."""
        if not ranked:
            raise BenchmarkError("the release has too few edges to draw entities from")
        hubs = (self._number - 1) * 2 // 5
        chosen = [self._random.choice(ranked[:HUBS]), ranked[0]]
        chosen += [self._random.choice(ranked[:HUBS]) for _ in range(hubs - 1)]
        chosen += [self._random.choice(ranked) for _ in range(self._number - len(chosen))]
        return chosen[: self._number]

    def _other(self, one: str, ranked: Sequence[str]) -> tuple[str, str]:
        """With one of the hubs of the same kind if it is a hub, else with any."""
        near = ranked[:HUBS] if one in ranked[:HUBS] else ranked
        others = [other for other in near if other != one]
        return one, self._random.choice(others or [one])

    def values(self, kind: str, turn: int) -> dict[str, str]:
        """What the placeholders of an analytical question stand for."""
        if kind == "factor":
            return {"factor": self.factors[turn]}
        if kind:
            one, other = (self.pairs if kind == "two factors" else self.databases)[turn]
            return {"one": one, "other": other}
        return {}


_DATABASES = """SELECT iri FROM term WHERE id IN
  (SELECT term FROM evidence_term WHERE role = 'database') ORDER BY iri"""


def _ends(table: sqlite3.Connection, end: str) -> list[tuple[str, str, str, str]]:
    """IRI, name, genes and the organism's IRI of proteins, those with the most edges first."""
    index = "" if end == "tf" else "INDEXED BY edge_by_target"
    return table.execute(
        f"SELECT p.iri, p.name, p.genes, COALESCE(t.iri, '') FROM (SELECT {end} AS id, "
        f"COUNT(*) AS n FROM edge {index} GROUP BY {end}) AS e JOIN protein AS p ON p.id = e.id "
        "LEFT JOIN term AS t ON t.id = p.taxon WHERE p.iri GLOB ? ORDER BY e.n DESC, p.iri",
        [f"{UNIPROT}*"],
    ).fetchall()


def _targets(table: sqlite3.Connection, factor: str) -> list[str]:
    rows = table.execute(
        "SELECT t.iri FROM protein AS p JOIN edge AS e ON e.tf = p.id JOIN protein AS t "
        "ON t.id = e.target WHERE p.iri = ? AND t.iri GLOB ? ORDER BY t.iri",
        [factor, f"{UNIPROT}*"],
    )
    return [iri for (iri,) in rows]


def _papers(table: sqlite3.Connection) -> list[str]:
    """The primary papers, those with the most edges first."""
    rows = table.execute(
        "SELECT t.iri FROM evidence_term AS p JOIN number AS n ON n.evidence = p.evidence "
        "JOIN term AS t ON t.id = p.term WHERE p.role = 'paper' "
        "GROUP BY t.id ORDER BY SUM(n.edges) DESC, t.iri"
    )
    return [iri for (iri,) in rows]


def _with_entities(example: Example, drawn: Drawn, turn: int) -> str:
    """An example query about other entities of the same kinds."""
    text = example.text
    factor, target = drawn.edges[turn]
    name, taxon = drawn.named[turn]
    interaction = interaction_iri(accession_of(factor), accession_of(target))
    protein = drawn.targets[turn] if "tfl:target uniprotkb:" in text else factor
    changes: dict[str, Callable[[re.Match[str]], str]] = {
        r"tfli:\w+": lambda _: f"<{interaction}>",
        # Only the one that asks for a pair has a second protein, at the end.
        r"uniprotkb:\w+(?=\n}\n$)": lambda _: f"<{target}>",
        r"uniprotkb:\w+": lambda _: f"<{protein}>",
        r"ncbigene:\d+": lambda _: f"<{PREFIXES['ncbigene']}{drawn.genes[turn]}>",
        r"pubmed:\d+": lambda _: f"<{drawn.papers[turn]}>",
        r'"SOX4"': lambda _: f'"{name}"',
    }
    if '"SOX4"' in text:
        changes[r"taxon:\d+"] = lambda _: f"<{taxon}>"
    for pattern, change in changes.items():
        text = re.sub(pattern, change, text)
    return text
