"""How many edges two releases have, and how many of them differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from rdfconv.diffing.values import Kind
from rdfconv.errors import ReleaseError


@dataclass(slots=True)
class Counts:
    """Numbers of edges.

    >>> counts = Counts(before=10, after=9, added=1, removed=2, changed=3)
    >>> counts.unchanged, counts.adds_up
    (5, True)
    """

    before: int = 0
    after: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0

    @property
    def unchanged(self) -> int:
        """The edges that both releases have, with the same evidence."""
        return self.before - self.removed - self.changed

    @property
    def differences(self) -> int:
        """The edges that differ."""
        return self.added + self.removed + self.changed

    @property
    def adds_up(self) -> bool:
        """Whether the numbers of either release give the same rest."""
        return self.unchanged == self.after - self.added - self.changed >= 0

    def count(self, kind: Kind, edges: int = 1) -> None:
        """Counts edges to which something happened."""
        if kind is Kind.ADDED:
            self.added += edges
        elif kind is Kind.REMOVED:
            self.removed += edges
        else:
            self.changed += edges

    def as_json(self) -> dict[str, int]:
        """The numbers by name."""
        return {**asdict(self), "unchanged": self.unchanged}


@dataclass(slots=True)
class Summary:
    """The numbers of a comparison.

    Attributes:
        before: the id of the first release.
        after: that of the second.
        conditions: the filter, as parameters.
        names: the names of organisms and databases by IRI.
        edges: all edges.
        organisms: those of an organism, which is the transcription factor's, by its IRI; "" if
            none is known.
        databases: those that a database lists, by its IRI. An edge that both releases have is
            added for a database that lists it only in the second.
        aspects: the changed edges by what differs; several things may.
    """

    before: str
    after: str
    conditions: Mapping[str, str]
    names: Mapping[str, str]
    edges: Counts = field(default_factory=Counts)
    organisms: defaultdict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    databases: defaultdict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    aspects: Counter[str] = field(default_factory=Counter)

    def check(self) -> None:
        """Makes sure that the numbers add up.

        Raises:
            ReleaseError: they do not.
        """
        organisms = self.organisms.values()
        parts = (*organisms, *self.databases.values())
        whole = asdict(self.edges)
        total = {name: sum(getattr(counts, name) for counts in organisms) for name in whole}
        if not (self.edges.adds_up and total == whole and all(one.adds_up for one in parts)):
            raise ReleaseError(
                f"the edges of {self.before} and {self.after} do not add up",
                hint="a release was changed after it was built: build it again",
            )

    def as_json(self) -> dict[str, Any]:
        """The numbers as plain data."""
        return {
            "before": self.before,
            "after": self.after,
            "conditions": dict(self.conditions),
            "differs": bool(self.edges.differences),
            "edges": self.edges.as_json(),
            "organisms": self._by_name(self.organisms),
            "databases": self._by_name(self.databases),
            "changed_in": {name: self.aspects[name] for name in sorted(self.aspects)},
        }

    def _by_name(self, parts: Mapping[str, Counts]) -> list[dict[str, Any]]:
        return [
            {"iri": iri, "name": self.names.get(iri, ""), **parts[iri].as_json()}
            for iri in sorted(parts)
        ]
