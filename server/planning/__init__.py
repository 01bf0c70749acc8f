"""Plans queries: reorders and rephrases them by the numbers of a release, before the engine.

Oxigraph's planner has no statistics, so that the same question takes milliseconds or minutes,
depending on how it is written. `Planner.plan` gives a text that is answered sooner, with the same
solutions; what it does not understand, it leaves as it is.

The query is read by `server.grammar`; `knowledge` estimates, `engine`
knows how Oxigraph goes about a join, `ordering` chooses, `rewriting` writes, `explain` tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rdfconv.vocabulary import PREFIXES
from server.grammar.syntax import parse
from server.grammar.words import NotUnderstoodError
from server.planning.knowledge import Knowledge, read
from server.planning.rewriting import Change, rewrite
from server.query_text import QueryTextError

__all__ = ["Plan", "Planner"]

LONGEST = 50_000
"""How many characters a query may have; to read a longer one takes longer than most answers."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What became of a query.

    Attributes:
        given: the query.
        text: what the engine gets; the same if there is nothing to gain.
        changes: what was done and what was not, part by part.
    """

    given: str
    text: str
    changes: tuple[Change, ...]

    @classmethod
    def unchanged(cls, text: str, reason: str) -> Plan:
        """The plan that leaves a query as it is."""
        return cls(text, text, (Change(0, False, reason),))

    @property
    def changed(self) -> bool:
        """Whether the engine gets another text."""
        return self.text != self.given


class Planner:
    """Plans the queries to one release.

    Args:
        knowledge: the release's numbers; None if it has none.
        prefixes: the prefixes that queries may use without declaring them.
    """

    def __init__(self, knowledge: Knowledge | None, prefixes: Mapping[str, str] = PREFIXES) -> None:
        self._knowledge = knowledge
        self._prefixes = prefixes

    @classmethod
    def of(cls, folder: Path) -> Planner:
        """The planner of a release by its folder."""
        return cls(read(folder))

    def plan(self, text: str) -> Plan:
        """Plans a query that the engine is asked over the default graph of the release."""
        if self._knowledge is None:
            return Plan.unchanged(text, "the release has no statistics")
        if len(text) > LONGEST:
            return Plan.unchanged(text, f"the query has more than {LONGEST} characters")
        try:
            query = parse(text, self._prefixes)
        except (NotUnderstoodError, QueryTextError) as error:
            return Plan.unchanged(text, f"the query stays as it is: {error}")
        if query.services:
            return Plan.unchanged(text, "the parts between SERVICE clauses are planned one by one")
        return Plan(text, *rewrite(query, self._knowledge))
