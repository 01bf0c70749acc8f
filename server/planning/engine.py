"""In which order Oxigraph takes the parts of a join, and what that costs by a release's numbers.

Oxigraph knows no numbers. It takes the part first that has the best *shape* (a table by its rows;
subject and property known: 10; property and object known: 10,000 ...), then always the best one
that shares a variable. Between parts of one shape, the order in the text decides. So a text is
planned for by going through the same steps (https://github.com/oxigraph/oxigraph,
lib/sparopt/src/optimizer.rs), and by adding up how many triples each step looks at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.grammar.terms import Atom, Equality, Path, PathKind, Term
from server.grammar.words import RDF_TYPE
from server.planning.knowledge import Knowledge

_LARGEST = 2**64 - 1
_TABLE_PART = 1e-3
"""What part of solutions each row of a table lets pass that joins them late."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table in a query; `only` is its one term, if it has no more."""

    variables: tuple[str, ...]
    rows: int
    only: Term | None
    text: str

    @property
    def names(self) -> frozenset[str]:
        """The variables."""
        return frozenset(self.variables)


Part = Table | Atom


@dataclass(frozen=True, slots=True)
class Step:
    """A part that is joined, and how many solutions there are then."""

    part: Part
    solutions: float


@dataclass(frozen=True, slots=True)
class Run:
    """How a join is carried out, and how many triples and solutions it goes through."""

    steps: tuple[Step, ...]
    cost: float


def run(
    parts: Sequence[Part],
    given: frozenset[str],
    filters: Sequence[Equality],
    knowledge: Knowledge,
) -> Run:
    """What the engine makes of a join.

    Args:
        parts: what is joined, in the order of the text.
        given: the variables that have values before.
        filters: filters that take solutions away as soon as their variable has a value.
        knowledge: the numbers.
    """
    steps: list[Step] = []
    cost, found = 0.0, 1.0
    components = _components(parts, given)
    for component in components:
        some, own_cost, own = _followed(component, given, filters, knowledge)
        steps += some
        cost += own_cost
        found *= max(own, 1e-6)
    if len(components) > 1:
        cost += found
    return Run(tuple(steps), cost)


def _followed(
    parts: Sequence[Part],
    given: frozenset[str],
    filters: Sequence[Equality],
    knowledge: Knowledge,
) -> tuple[list[Step], float, float]:
    """The steps of parts in the order in which they are taken, their cost, and the solutions."""
    bound = set(given)
    fixed: dict[str, Term] = {}
    waiting = [one for one in filters if one.variable not in given]
    steps: list[Step] = []
    cost, found = 0.0, 1.0
    for part in parts:
        if isinstance(part, Table):
            late = not bound.isdisjoint(part.names)
            found *= min(part.rows * _TABLE_PART, 1.0) if late else part.rows
            cost += found
            if part.only is not None:
                fixed[part.variables[0]] = part.only
        else:
            matches = knowledge.matches(part, bound, fixed)
            cost += found * (1 + matches)
            found *= matches
        bound |= part.names
        for one in [one for one in waiting if one.variable in bound]:
            waiting.remove(one)
            if isinstance(part, Atom):
                found *= knowledge.selectivity(one.variable, len(one.choices), part)
            if len(one.choices) == 1:
                fixed[one.variable] = one.choices[0]
        steps.append(Step(part, found))
    return steps, cost, found


def _components(parts: Sequence[Part], given: frozenset[str]) -> list[list[Part]]:
    """The parts in the engine's order; those that share no variable apart from each other."""
    left = list(parts)
    components = []
    while left:
        first = min(left, key=lambda part: _size(part, given))
        left.remove(first)
        component, known, size = [first], set(first.names), _size(first, given)
        while True:
            connected = [part for part in left if not known.isdisjoint(part.names - given)]
            if not connected:
                break
            seen = known | given
            best = min(connected, key=lambda part: min(size * _size(part, seen), _LARGEST))
            left.remove(best)
            size = min(size * _size(best, seen), _LARGEST)
            component.append(best)
            known |= best.names
        components.append(component)
    return components


def _size(part: Part, bound: frozenset[str] | set[str]) -> int:
    if isinstance(part, Table):
        return part.rows
    ends = [not term.name or term.name in bound for term in (part.subject, part.object)]
    return _path_size(part.path, ends[0], ends[1], bound)


def _path_size(path: Path, start: bool, end: bool, bound: frozenset[str] | set[str]) -> int:
    parts = path.parts
    if path.kind is PathKind.LINK:
        assert path.term is not None
        shape = start, not path.term.name or path.term.name in bound, end
        if path.term.value == RDF_TYPE and shape == (False, True, True):
            return _OF_CLASS
        return _SHAPES[shape]
    if path.kind is PathKind.INVERSE:
        return _path_size(parts[0], end, start, bound)
    if path.kind is PathKind.ALTERNATIVE:
        return sum(_path_size(part, start, end, bound) for part in parts)
    if path.kind is PathKind.NEGATED:
        return _SHAPES[start, False, end]
    if path.kind is PathKind.SEQUENCE:
        rest = parts[1] if len(parts) == 2 else Path(PathKind.SEQUENCE, parts[1:])
        forward = _path_size(parts[0], start, False, bound) * _path_size(rest, True, end, bound)
        backward = _path_size(parts[0], start, True, bound) * _path_size(rest, False, end, bound)
        return min(forward, backward, _LARGEST)
    if start and end:
        return 1
    if path.has_zero_length and not (start or end):
        return 1_000_000_000
    one = _path_size(parts[0], start, end, bound)
    return one if path.kind is PathKind.MAYBE else min(one * 1000, _LARGEST)


_SHAPES: Mapping[tuple[bool, bool, bool], int] = {
    (True, True, True): 1,
    (True, True, False): 10,
    (True, False, True): 2,
    (False, True, True): 10_000,
    (True, False, False): 100,
    (False, False, False): 1_000_000_000,
    (False, True, False): 1_000_000,
    (False, False, True): 100_000,
}
"""Oxigraph's estimates by whether subject, property and object are known."""

_OF_CLASS = 50_000
"""The entities of a class come behind other objects that are known, and before all else: so
pyoxigraph 0.5.13 behaves, whatever its own number is."""
