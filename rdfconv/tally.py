"""Counting lines of N-Triples: subjects that have the same classes, and how they use properties."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from rdfconv.vocabulary import LINKED, PREFIXES

TYPE = f"<{PREFIXES['rdf']}type>".encode()
BATCH = 4096
"""How many subjects of a group are counted together."""


@dataclass(slots=True)
class Use:
    """How the subjects of a group use a property.

    Attributes:
        triples: how many triples.
        subjects: how many of the subjects.
        objects: the hashes of the objects, some of them repeated.
        datatypes: the datatypes of literals: what follows the closing quote.
        linked: how many objects are IRIs of other data sets, by namespace.
        pending: objects that are not counted yet.
    """

    triples: int = 0
    subjects: int = 0
    objects: array[int] = field(default_factory=lambda: array("q"))
    datatypes: set[bytes] = field(default_factory=set)
    linked: Counter[bytes] = field(default_factory=Counter)
    pending: list[bytes] = field(default_factory=list)
    _tidy_at: int = 1 << 16

    def count(self) -> None:
        """Counts what is pending."""
        pending = self.pending
        if not pending:
            return
        self.triples += len(pending)
        self.objects.extend(map(hash, pending))
        if len(self.objects) > self._tidy_at:  # throws away what is repeated
            self.objects = array("q", set(self.objects))
            self._tidy_at = max(self._tidy_at, 2 * len(self.objects))
        # What stands between two terms that begin equally begins so, too.
        first, last = min(pending), max(pending)
        if first.startswith(b'"') and last.startswith(b'"'):
            self.datatypes.update({value[value.rfind(b'"') + 1 :] for value in pending})
        elif (space := linked(first)) and last.startswith(space):
            self.linked[space] += len(pending)
        else:
            self.linked.update(space for value in pending if (space := linked(value)))
            literals = [value for value in pending if value.startswith(b'"')]
            self.datatypes.update({value[value.rfind(b'"') + 1 :] for value in literals})
        pending.clear()


@dataclass(slots=True)
class _Plan:
    """What to do with the objects of a subject that has certain predicates.

    Attributes:
        takers: takes an object each, in the order of the predicates.
        uses: the uses of these predicates, each once.
        subjects: how many subjects came.
    """

    takers: list[Callable[[bytes], None]]
    uses: list[Use]
    subjects: int = 0


@dataclass(slots=True)
class Group:
    """The subjects that have the same classes.

    Attributes:
        classes: the classes, as N-Triples has them.
        subjects: the hashes of the subjects.
        nameless: how many more there are whose hashes are not known.
        uses: how they use the properties, by the properties as N-Triples has them.
    """

    classes: frozenset[bytes]
    subjects: array[int] = field(default_factory=lambda: array("q"))
    nameless: int = 0
    uses: dict[bytes, Use] = field(default_factory=dict)
    _plans: dict[tuple[bytes, ...], _Plan] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.subjects) + self.nameless

    def add(self, subject: bytes, predicates: tuple[bytes, ...], values: list[bytes]) -> None:
        """Adds a subject with all its triples, none of them twice."""
        plan = self._plans.get(predicates)
        if plan is None:
            plan = self._plans[predicates] = self._planned(predicates)
        plan.subjects += 1
        for take, value in zip(plan.takers, values, strict=True):
            take(value)
        self.subjects.append(hash(subject))
        if not len(self.subjects) % BATCH:
            self.count()

    def count(self) -> None:
        """Counts what is pending."""
        for use in self.uses.values():
            use.count()
        for plan in self._plans.values():
            for use in plan.uses:
                use.subjects += plan.subjects
            plan.subjects = 0

    def _planned(self, predicates: tuple[bytes, ...]) -> _Plan:
        uses = {one: self.uses.setdefault(one, Use()) for one in predicates}
        return _Plan([uses[one].pending.append for one in predicates], list(uses.values()))


class Tally:
    """Counts lines of N-Triples; all lines of a subject must come side by side.

    Args:
        apart: lines that do not count, without what ends a line.
    """

    def __init__(self, apart: Collection[bytes] = ()) -> None:
        self._apart = apart
        self._subject = b""
        self._predicates: list[bytes] = []
        self._values: list[bytes] = []
        self._types: dict[tuple[bytes, ...], list[int]] = {}
        self._groups: dict[frozenset[bytes], Group] = {}

    def add(self, lines: bytes) -> None:
        """Counts whole lines."""
        subject, predicates, values = self._subject, self._predicates, self._values
        apart = self._apart
        for line in lines.split(b" .\n"):
            if not line or (apart and line in apart):
                continue
            one, predicate, value = line.split(b" ", 2)
            if one != subject:
                if values:
                    self._end(subject, predicates, values)
                subject, predicates, values = one, [], []
            predicates.append(predicate)
            values.append(value)
        self._subject, self._predicates, self._values = subject, predicates, values

    def _end(self, subject: bytes, predicates: list[bytes], values: list[bytes]) -> None:
        """Counts a subject all of whose lines have come."""
        if len(set(values)) < len(values):  # a triple may have come twice
            pairs = dict.fromkeys(zip(predicates, values, strict=True))
            predicates, values = [one for one, _ in pairs], [value for _, value in pairs]
        key = tuple(predicates)
        places = self._types.get(key)
        if places is None:
            places = [place for place, predicate in enumerate(key) if predicate == TYPE]
            self._types[key] = places
        classes = frozenset([values[place] for place in places])
        group = self._groups.get(classes)
        if group is None:
            group = self._groups[classes] = Group(classes)
        group.add(subject, key, values)

    def groups(self) -> list[Group]:
        """All that was counted."""
        if self._values:
            self._end(self._subject, self._predicates, self._values)
            self._predicates, self._values = [], []
        for group in self._groups.values():
            group.count()
        return list(self._groups.values())


_SPACES = tuple(f"<{namespace}".encode() for namespace in LINKED)


def linked(value: bytes) -> bytes:
    """What an object begins with if it is an IRI of another data set, else nothing."""
    if value.startswith(_SPACES):
        return next(space for space in _SPACES if value.startswith(space))
    return b""
