"""Chooses the text of a join: the order of its patterns, and tables for what shall come first.

A one-row table is what Oxigraph takes first of all. So ``FILTER(?t = <x>)`` may become
``VALUES ?t { <x> }``, and a pattern that should come first, but has a worse shape than another, may
have its IRI or literal put into one. What is chosen costs least by the engine's own way of going
about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

from server.grammar.terms import Atom, Equality, PathKind, Pattern, Term, TermKind
from server.planning.engine import Part, Run, Table, run
from server.planning.knowledge import Knowledge

GAIN = 4.0
"""How many times cheaper another text must be than the written one: estimates rest on averages."""
FLOOR = 1000.0
"""A join that goes through fewer triples than this stays as it is."""
MOST_PATTERNS = 20
"""A join of more patterns stays as it is: to plan it would take longer than it gains."""

_STARTS = 8
_WORK = 48
"""How many patterns times beginnings are tried; what is tried takes milliseconds."""
_MOST_FILTERS = 3
_FEW = 6
"""Up to so many patterns, each choice of filters is tried; with more, none and all of them."""
_ANCHOR = 1.05
"""How much better a text must be that has a variable of its own."""


@dataclass(frozen=True, slots=True)
class Join:
    """What is joined at one place of a query.

    Attributes:
        written: tables and patterns, as they follow each other in the text.
        filters: the filters to IRIs on variables that the patterns bind.
        given: the variables that have values before.
        fresh: a variable that the query has not; "" if there may be none.
    """

    written: tuple[Table | Pattern, ...]
    filters: tuple[Equality, ...]
    given: frozenset[str]
    fresh: str

    @property
    def patterns(self) -> list[Pattern]:
        """The patterns alone."""
        return [one for one in self.written if isinstance(one, Pattern)]

    @property
    def tables(self) -> list[Table]:
        """The tables alone."""
        return [one for one in self.written if isinstance(one, Table)]


@dataclass(frozen=True, slots=True)
class Choice:
    """A text for a join.

    Attributes:
        tables: tables that are new.
        patterns: the patterns, in their new order.
        replaced: the filters that the tables stand for.
        anchored: the term that was put into a table, to come first; "" if there is none.
        run: how the engine will go about it.
    """

    tables: tuple[Table, ...]
    patterns: tuple[Pattern, ...]
    replaced: tuple[Equality, ...]
    anchored: str
    run: Run


def choose(join: Join, knowledge: Knowledge) -> tuple[Run, Choice | None]:
    """How the engine goes about a join as it is written, and what is better, if anything is."""
    as_written = run(_parts(join.written), join.given, join.filters, knowledge)
    patterns = join.patterns
    if len(patterns) > MOST_PATTERNS or as_written.cost < FLOOR:
        return as_written, None
    best: Choice | None = None
    least = as_written.cost / GAIN
    for candidate in _candidates(join, knowledge):
        cost = candidate.run.cost * (_ANCHOR if candidate.anchored else 1.0)
        if cost < least:
            best, least = candidate, cost
    return as_written, best


def _candidates(join: Join, knowledge: Knowledge) -> Iterator[Choice]:
    filters = join.filters[:_MOST_FILTERS]
    every = len(join.patterns) <= _FEW or len(filters) < 2
    numbers = range(len(filters) + 1) if every else (0, len(filters))
    subsets = chain.from_iterable(combinations(filters, number) for number in numbers)
    for replaced in subsets:
        tables = tuple(map(table_of, replaced))
        kept = [one for one in join.filters if one not in replaced]
        for order in _orders(join, tables, knowledge):
            for patterns, anchor in _anchored(order, join.fresh):
                added = (*tables, anchor) if anchor else tables
                parts = _parts([*added, *join.tables, *patterns])
                found = run(parts, join.given, kept, knowledge)
                written = anchor.only.text if anchor and anchor.only else ""
                yield Choice(added, patterns, replaced, written, found)


def table_of(equality: Equality) -> Table:
    """The table that says what a filter says."""
    terms = " ".join(term.text for term in equality.choices)
    only = equality.choices[0] if len(equality.choices) == 1 else None
    text = f"VALUES {equality.variable} {{ {terms} }}"
    return Table((equality.variable,), len(equality.choices), only, text)


def _parts(written: Sequence[Table | Pattern]) -> list[Part]:
    parts: list[Part] = []
    for number, one in enumerate(written):
        parts.extend((one,) if isinstance(one, Table) else one.atoms(number))
    return parts


def _orders(
    join: Join, tables: Sequence[Table], knowledge: Knowledge
) -> Iterator[tuple[Pattern, ...]]:
    """Orders of the patterns: the written one, and greedy ones from the best beginnings."""
    patterns = join.patterns
    yield tuple(patterns)
    bound, fixed = set(join.given), {}
    for table in (*tables, *join.tables):
        bound |= table.names
        if table.only is not None:
            fixed[table.variables[0]] = table.only
    atoms = [(atom, n) for n, one in enumerate(patterns) for atom in one.atoms(n)]
    most = max(min(_STARTS, _WORK // len(atoms)), 1)
    starts = sorted(atoms, key=lambda one: knowledge.matches(one[0], bound, fixed))[:most]
    seen = {tuple(range(len(patterns)))}
    for start in starts:
        order = tuple(dict.fromkeys(_greedy(start, atoms, bound, fixed, knowledge)))
        if order not in seen:
            seen.add(order)
            yield tuple(patterns[number] for number in order)


def _greedy(
    start: tuple[Atom, int],
    atoms: Sequence[tuple[Atom, int]],
    given: set[str],
    fixed: dict[str, Term],
    knowledge: Knowledge,
) -> Iterator[int]:
    """The patterns' numbers: always one that is connected, and of these the one that matches
    least."""
    left = list(atoms)
    bound = set(given)
    taken = start
    while True:
        left.remove(taken)
        bound |= taken[0].names
        yield taken[1]
        if not left:
            return
        connected = [one for one in left if not bound.isdisjoint(one[0].names)]
        taken = min(connected or left, key=lambda one: knowledge.matches(one[0], bound, fixed))


def _anchored(
    order: tuple[Pattern, ...], fresh: str
) -> Iterator[tuple[tuple[Pattern, ...], Table | None]]:
    """The patterns as they are, and with the first one's constant in a table."""
    yield order, None
    first = order[0]
    if not fresh or first.path.kind is not PathKind.LINK:
        return
    variable = Term(TermKind.VARIABLE, fresh, fresh)
    if first.object.kind in (TermKind.IRI, TermKind.LITERAL) and first.subject.name:
        changed, anchor = replace(first, object=variable), first.object
    elif first.subject.kind is TermKind.IRI and first.object.name:
        changed, anchor = replace(first, subject=variable), first.subject
    else:
        return
    yield (changed, *order[1:]), table_of(Equality(fresh, (anchor,)))
