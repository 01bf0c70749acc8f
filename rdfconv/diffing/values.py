"""What is compared of an edge: the values of its evidence, whoever reports them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rdfconv.edges.reader import Evidence
from rdfconv.filters import name_of_iri


class Kind(StrEnum):
    """What happened to an edge."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Value:
    """What one report says of an edge, without the data set that reports it.

    What is derived from it is left out: which references are primary papers, broader methods.

    Attributes:
        databases: IRIs of the source databases.
        methods: IRIs of the detection methods as reported.
        references: PubMed ids, and references that are none as they are; their order is nothing.
        small_scale: the flag as ``yes`` or ``no``; empty if the report has none.
        modes: IRIs of the modes of regulation.
    """

    databases: frozenset[str]
    methods: frozenset[str]
    references: frozenset[str]
    small_scale: frozenset[str]
    modes: frozenset[str]


ASPECTS = tuple(Value.__dataclass_fields__)
"""The parts of a value, in the order in which they are told."""
GROUPING = "reports"
"""What differs where all parts are the same: which of them stand together in one report."""

State = frozenset[Value]
"""The values of all reports of an edge; empty if it has no evidence."""


_shared = lru_cache(1 << 16)(frozenset[str])
"""Sets that are the same in many reports are kept once."""


def value_of(report: Evidence) -> Value:
    """The value of a report."""
    papers = (*report.papers, *report.database_papers, *report.other_papers)
    flag = report.small_scale
    return Value(
        _shared(report.databases),
        _shared(report.methods),
        frozenset((*map(name_of_iri, papers), *report.unparsed)),
        _shared(() if flag is None else ("yes" if flag else "no",)),
        _shared(report.modes),
    )


def all_of(state: State, aspect: str) -> frozenset[str]:
    """A part of the values, of all reports together."""
    return frozenset().union(*(getattr(value, aspect) for value in state))


@dataclass(frozen=True, slots=True)
class Change:
    """What an edge lost and gained, by `ASPECTS`, sorted."""

    lost: Mapping[str, tuple[str, ...]]
    gained: Mapping[str, tuple[str, ...]]

    @property
    def aspects(self) -> tuple[str, ...]:
        """The parts that differ; `GROUPING` if none does."""
        return tuple(one for one in ASPECTS if self.lost[one] or self.gained[one]) or (GROUPING,)


def change_of(before: State, after: State) -> Change:
    """What differs between two states."""
    lost, gained = {}, {}
    for aspect in ASPECTS:
        old, new = all_of(before, aspect), all_of(after, aspect)
        lost[aspect], gained[aspect] = tuple(sorted(old - new)), tuple(sorted(new - old))
    return Change(lost, gained)
