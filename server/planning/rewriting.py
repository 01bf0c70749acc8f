"""Puts a query into the words that the engine answers soonest, with the same answer.

What may be changed, and why the answer stays:

- A run of triple patterns is a join, and a join has no order. Filters hold for their whole group,
  wherever they stand in it.
- A filter that a variable is one of some IRIs, where a pattern of the same group binds the
  variable: the same as a join with a table of these IRIs, next to that pattern.
- The number of triples of a property, of entities of a class, or of all triples, where the release
  knows it exactly.

Nothing is changed within GRAPH, EXISTS, or a query that names its graphs: the numbers are those of
the default graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from server.grammar.terms import (
    Count,
    Element,
    Filter,
    Group,
    NestedKind,
    ParsedQuery,
    Pattern,
    TermKind,
    Triples,
    Values,
    certain_of,
)
from server.grammar.words import RDF_TYPE
from server.planning.engine import Run, Table
from server.planning.knowledge import Knowledge
from server.planning.ordering import Choice, Join, choose

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one part of a query.

    Attributes:
        start: the offset of the part.
        changed: whether it is written anew.
        reason: why, or why not.
        before: how the engine would have gone about it, if that was looked at.
        after: how it will, if it is written anew.
    """

    start: int
    changed: bool
    reason: str
    before: Run | None = None
    after: Run | None = None


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def rewrite(query: ParsedQuery, knowledge: Knowledge) -> tuple[str, tuple[Change, ...]]:
    """The query's new text, which is the old one if there is nothing to gain, and what was done."""
    if query.dataset:
        reason = "the query names its graphs, and the numbers are those of the default graph"
        return query.text, (Change(0, False, reason),)
    if query.group is None:
        return query.text, (Change(0, False, "there is no pattern"),)
    if query.count is not None:
        number, reason = _number(query.count, query.group, knowledge)
        change = Change(query.count.start, number is not None, reason)
        if number is not None:
            name = query.count.variable
            values = f"SELECT {name} {{ VALUES {name} {{ {number} }} }}"
            return query.text[: query.count.start] + values, (change,)
        text, changes = _Rewriting(query, knowledge).result(query.group)
        return text, (change, *changes)
    return _Rewriting(query, knowledge).result(query.group)


def _number(count: Count, group: Group, knowledge: Knowledge) -> tuple[int | None, str]:
    """The number that a count gives, if it is known, and why it is known or not."""
    heavy = knowledge.heavy
    if heavy is None:
        return None, "the release has no exact counts"
    pattern = _only_pattern(group)
    if pattern is None or pattern.path.term is None:
        return None, "only counts of one pattern are known"
    terms = (pattern.subject, pattern.path.term, pattern.object)
    names = [term.value for term in terms if term.kind is TermKind.VARIABLE]
    if len(set(names)) < len(names) or any(term.kind is TermKind.BLANK for term in terms):
        return None, "only counts of one pattern with different variables are known"
    if (count.counted and count.counted not in names) or f"?{count.variable[1:]}" in names:
        return None, "the variables do not fit"
    subject, predicate, object_ = terms
    if subject.kind is not TermKind.VARIABLE:
        return None, "counts by subject are not known"
    if len(names) == 3:
        return heavy.triples, "the release knows how many triples there are"
    if predicate.kind is not TermKind.IRI or not predicate.value:
        return None, "counts without a property are not known"
    if len(names) == 2:
        return heavy.properties.get(predicate.value, 0), "the release has counted this property"
    is_class = predicate.value == RDF_TYPE and object_.kind is TermKind.IRI and object_.value
    if is_class and heavy.classes is not None:
        return heavy.classes.get(object_.value, 0), "the release has counted this class"
    return None, "counts by object are not known"


def _only_pattern(group: Group) -> Pattern | None:
    if len(group.elements) != 1:
        return None
    [element] = group.elements
    if not isinstance(element, Triples) or len(element.patterns) != 1:
        return None
    return element.patterns[0]


@dataclass(slots=True)
class _Segment:
    """Elements of a group that follow each other, with nothing that cuts the join between them."""

    given: frozenset[str]
    elements: list[Element] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    """The filters to IRIs of the whole group on variables that the patterns bind."""

    @property
    def triples(self) -> list[Triples]:
        return [one for one in self.elements if isinstance(one, Triples)]

    @property
    def patterns(self) -> list[Pattern]:
        return [pattern for one in self.triples for pattern in one.patterns]

    @property
    def values(self) -> list[Values]:
        return [one for one in self.elements if isinstance(one, Values)]

    @property
    def firm(self) -> set[str]:
        """The variables that triples bind, which no path of no length does."""
        return {
            term.value
            for one in self.patterns
            if not one.path.has_zero_length
            for term in (one.subject, one.object, one.path.term)
            if term is not None and term.kind is TermKind.VARIABLE
        }


class _Rewriting:
    def __init__(self, query: ParsedQuery, knowledge: Knowledge) -> None:
        self._query = query
        self._knowledge = knowledge
        self._edits: list[_Edit] = []
        self._changes: list[Change] = []

    def result(self, group: Group) -> tuple[str, tuple[Change, ...]]:
        """The query's new text, and what was done."""
        self._walk(group, _NONE)
        text, place = "", 0
        for edit in sorted(self._edits, key=lambda one: one.start):
            text += self._query.text[place : edit.start] + edit.text
            place = edit.end
        return text + self._query.text[place:], tuple(self._changes)

    def _walk(self, group: Group, given: frozenset[str]) -> None:
        segments = [_Segment(given)]
        for element in group.elements:
            if isinstance(element, Triples | Filter | Values):
                segments[-1].elements.append(element)
            else:
                # A table in a subquery, or what MINUS takes away, is found by itself.
                apart = element.kind in (NestedKind.MINUS, NestedKind.SELECT)
                if element.kind is not NestedKind.GRAPH:
                    for inner in element.groups:
                        self._walk(inner, _NONE if apart else given)
            given |= certain_of(element)
            if not isinstance(element, Triples | Filter | Values):
                segments.append(_Segment(given))
        for element in group.elements:
            if isinstance(element, Filter) and element.equality is not None:
                name = element.equality.variable
                binding = [one for one in segments if name in one.firm]
                if binding:
                    binding[0].filters.append(element)
        for segment in segments:
            if segment.patterns:
                alone = len(segments) == 1 and group is self._query.group
                self._plan(segment, alone=alone)

    def _plan(self, segment: _Segment, *, alone: bool) -> None:
        start = segment.elements[0].start
        refusal = _refusal(segment, alone=alone)
        if refusal:
            self._changes.append(Change(start, False, refusal))
            return
        fresh = f"?{self._query.fresh}{len(self._changes)}"
        join = Join(
            tuple(self._written(segment)),
            tuple(one.equality for one in segment.filters if one.equality is not None),
            segment.given,
            "" if self._query.shows_all else fresh,
        )
        before, choice = choose(join, self._knowledge)
        if choice is None:
            reason = "no other order would cost a fourth, or it costs little as it is"
            self._changes.append(Change(start, False, reason, before))
            return
        self._changes.append(Change(start, True, _reason(choice, join), before, choice.run))
        self._replace(segment, choice)

    def _written(self, segment: _Segment) -> Iterator[Table | Pattern]:
        for element in segment.elements:
            if isinstance(element, Triples):
                yield from element.patterns
            elif isinstance(element, Values):
                text = self._query.text[element.start : element.end]
                yield Table(element.variables, element.rows, element.only, text)

    def _replace(self, segment: _Segment, choice: Choice) -> None:
        replaced = [one for one in segment.filters if one.equality in choice.replaced]
        inside = [one for one in segment.elements if isinstance(one, Filter)]
        kept = [one for one in inside if one not in replaced]
        text = self._query.text
        parts = [
            *(table.text for table in choice.tables),
            *(text[one.start : one.end] for one in segment.values),
            *(f"{pattern.text} ." for pattern in choice.patterns),
            *(text[one.start : one.end] for one in kept),
        ]
        first, last = segment.elements[0], segment.elements[-1]
        self._edits.append(_Edit(first.start, last.end, "\n  ".join(parts)))
        outside = (one for one in replaced if one not in inside)
        self._edits.extend(_Edit(one.start, one.end, "") for one in outside)


def _refusal(segment: _Segment, *, alone: bool) -> str:
    """Why a segment stays as it is, whatever it costs; "" if it need not.

    Args:
        segment: the segment.
        alone: whether it is all there is in the query's pattern.
    """
    blank = any(one.blanks for one in segment.triples)
    if blank and (segment.values or len(segment.triples) > 1):
        return "blank nodes belong to their run of patterns"
    loose = _loose_ends(segment.patterns)
    if loose and (not alone or segment.values or len(set(loose)) < len(loose)):
        return "a path that may have no length ends in a variable that is bound elsewhere"
    return ""


def _loose_ends(patterns: Sequence[Pattern]) -> list[str]:
    """The variables at the ends of paths that may have no length, where nothing else in the run
    says that they are nodes of the graph; each as often as it is used."""
    atoms = [atom for number, one in enumerate(patterns) for atom in one.atoms(number)]
    linked = {
        term.name
        for atom in atoms
        if not atom.path.has_zero_length
        for term in (atom.subject, atom.object)
    }
    loose = {
        term.name
        for atom in atoms
        if atom.path.has_zero_length
        for term in (atom.subject, atom.object)
        if term.name and term.name not in linked
    }
    return [name for atom in atoms for name in atom.names if name in loose]


def _reason(choice: Choice, join: Join) -> str:
    reasons = [
        f"the filter on {one.variable} became a table, which the engine takes first"
        for one in choice.replaced
    ]
    if choice.anchored:
        reasons.append(
            f"{choice.anchored} was put into a table, so that the engine takes its pattern first"
        )
    if list(choice.patterns) != join.patterns and not choice.anchored:
        reasons.append("the patterns were put into another order")
    return "; ".join(reasons)
