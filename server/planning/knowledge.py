"""How many triples a pattern may match, by the numbers of a release.

Averages are those of ``statistics.json``; where a hub stands in a pattern, ``planning.json`` has
its own number.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import prod, sqrt
from pathlib import Path

from rdfconv import heavy
from rdfconv.heavy import Heavy
from rdfconv.statistics import FILE as STATISTICS
from rdfconv.statistics import Statistics
from server.grammar.terms import Atom, PathKind, Term, TermKind
from server.grammar.terms import Path as Route
from server.grammar.words import RDF_TYPE

_REACH = 10.0
"""How many times as many nodes a repeated path is taken to reach as a single step."""
_UNKNOWN = 100
"""How many triples a property is taken to have that the data lack: only metadata use it."""

_Ends = tuple[Term | None, Term | None]


@dataclass(frozen=True, slots=True)
class _Numbers:
    triples: float
    subjects: float
    objects: float


class Knowledge:
    """The numbers of a release.

    Args:
        statistics: the numbers of its data.
        heavy: exact counts and hubs; None if the release has no such file.
    """

    def __init__(self, statistics: Statistics, heavy: Heavy | None = None) -> None:
        self.heavy = heavy
        self._all = _Numbers(
            max(statistics.triples, 1), max(statistics.subjects, 1), max(statistics.objects, 1)
        )
        self._properties = {
            one.property: _Numbers(one.triples, max(one.subjects, 1), max(one.objects, 1))
            for one in statistics.properties
        }
        self._spreads = [
            {name: self._spread(name, of_one, number) for name, of_one in hubs.items()}
            for number, hubs in enumerate((heavy.subjects, heavy.objects) if heavy else ())
        ] or [{}, {}]
        self._classes: Mapping[str, int] = {one.class_: one.entities for one in statistics.classes}
        if heavy is not None and heavy.classes is not None:
            self._classes = heavy.classes

    def matches(self, atom: Atom, bound: Collection[str], fixed: Mapping[str, Term]) -> float:
        """How many solutions an atom has for one solution of what came before.

        Args:
            atom: the atom.
            bound: the variables that have a value by then.
            fixed: those whose single value is known.
        """
        subject = fixed.get(atom.subject.name, atom.subject)
        object_ = fixed.get(atom.object.name, atom.object)
        ends = (
            subject if not subject.name else None,
            object_ if not object_.name else None,
        )
        known = (
            _is_known(atom.subject, bound),
            _is_known(atom.object, bound),
        )
        return max(self._along(atom.path, known, ends), 1e-6)

    def _spread(self, name: str, hubs: Mapping[str, int], end: int) -> float:
        """How many times more triples a variable's value has than the average term.

        What a join arrives at has many triples more often than few: arrived at by the triples
        themselves, by as much as the mean of squares is above the square of the mean. Arrived at
        otherwise, by nothing. What is taken is between the two.
        """
        numbers = self._properties.get(name)
        if numbers is None:
            return 1.0
        average = numbers.triples / (numbers.objects if end else numbers.subjects)
        arrived = sum(number**2 for number in hubs.values()) / max(numbers.triples, 1)
        return max(sqrt(arrived / average), 1.0)

    def selectivity(self, variable: str, choices: int, atom: Atom) -> float:
        """The part of an atom's solutions that a filter on one of its ends lets pass."""
        numbers = self._numbers(atom.path.term)
        ends = numbers.subjects if atom.subject.name == variable else numbers.objects
        return min(choices / ends, 1.0)

    def _numbers(self, predicate: Term | None) -> _Numbers:
        if predicate is None or predicate.kind is not TermKind.IRI:
            return self._all
        found = self._properties.get(predicate.value)
        return found or _Numbers(_UNKNOWN, _UNKNOWN, _UNKNOWN)

    def _along(self, path: Route, known: tuple[bool, bool], ends: _Ends) -> float:
        """Likewise of a path.

        Args:
            path: the path.
            known: whether its beginning and its end have a value by then.
            ends: the values of those that are the same each time.
        """
        if path.kind is PathKind.LINK:
            return self._link(path.term, known, ends)
        turned = (known[1], known[0]), (ends[1], ends[0])
        if path.kind is PathKind.INVERSE:
            return self._along(path.parts[0], *turned)
        if path.kind is PathKind.ALTERNATIVE:
            return sum(self._along(part, known, ends) for part in path.parts)
        if path.kind is PathKind.SEQUENCE:
            return self._sequence(path.parts, known)
        if path.kind is PathKind.NEGATED:
            return self._link(None, known, ends)
        if all(known):
            return 0.5
        one = self._along(path.parts[0], known, ends)
        reached = one if path.kind is PathKind.MAYBE else one * _REACH
        if path.has_zero_length:
            reached += 1 if any(known) else self._all.subjects + self._all.objects
        return reached

    def _sequence(self, parts: Collection[Route], known: tuple[bool, bool]) -> float:
        nobody = (None, None)
        forward = [self._along(part, (True, False), nobody) for part in parts]
        backward = [self._along(part, (False, True), nobody) for part in parts]
        if known[0] or known[1]:
            found = prod(forward) if known[0] else prod(backward)
            return found / self._all.objects if all(known) else found
        first = self._along(next(iter(parts)), known, nobody)
        return first * prod(forward[1:])

    def _link(self, predicate: Term | None, known: tuple[bool, bool], ends: _Ends) -> float:
        numbers = self._numbers(predicate)
        by_subject = numbers.triples / numbers.subjects
        by_object = numbers.triples / numbers.objects
        if predicate is not None and predicate.kind is TermKind.IRI:
            by_subject = self._of_subject(predicate.value, ends[0], by_subject)
            by_object = self._of_object(predicate.value, ends[1], by_object)
        if all(known):
            # The less of the two is what an engine might look through; here it asks for one triple.
            if ends[1] is not None:
                return min(by_object / numbers.subjects, 1.0)
            return min(by_subject / numbers.objects, 1.0)
        name = predicate.value if predicate is not None else ""
        if known[0]:
            return by_subject * (self._spreads[0].get(name, 1.0) if ends[0] is None else 1.0)
        if known[1]:
            return by_object * (self._spreads[1].get(name, 1.0) if ends[1] is None else 1.0)
        return numbers.triples

    def _of_subject(self, predicate: str, subject: Term | None, average: float) -> float:
        if subject is None or self.heavy is None or not subject.value:
            return average
        return self.heavy.subjects.get(predicate, {}).get(_written(subject), average)

    def _of_object(self, predicate: str, object_: Term | None, average: float) -> float:
        if object_ is None or not object_.value:
            return average
        if predicate == RDF_TYPE and object_.kind is TermKind.IRI:
            return self._classes.get(object_.value, _UNKNOWN)
        if self.heavy is None:
            return average
        return self.heavy.objects.get(predicate, {}).get(_written(object_), average)


def _is_known(term: Term, bound: Collection[str]) -> bool:
    return not term.name or term.name in bound


def _written(term: Term) -> str:
    """The term as N-Triples has it."""
    return f"<{term.value}>" if term.kind is TermKind.IRI else term.value


def read(folder: Path) -> Knowledge | None:
    """The numbers of a release by its folder; None if it has none, as a plain one."""
    try:
        statistics = Statistics.from_json((folder / STATISTICS).read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        found = Heavy.from_json((folder / heavy.FILE).read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        found = None
    return Knowledge(statistics, found)
