"""The SERVICE clauses of a query, and which part of the query limits what each of them is asked.

By SPARQL's semantics a SERVICE clause is a table: what its pattern matches at the endpoint,
whatever the rest of the query says. That table is joined with the rest. So it may be fetched
without the rows that would be lost in the join. Which rows those are tells the clause's
*surroundings*: a query over the parts around it that every solution of the whole goes through.
What is taken into them:

- Of the clause's own group, everything before it (in which order OPTIONAL and BIND stand matters,
  so behind a part that is not known yet only those are taken that are joined), and what is joined
  behind it.
- Of the groups around, the same; but around OPTIONAL and MINUS only what stands before them, and
  nothing further out: a row that is missing there changes what is left behind, instead of nothing.
- Nothing from outside of a subselect, whose LIMIT or GROUP BY would see other rows.
- Filters on variables that these parts surely bind.

SPARQL 1.1 Query Language, section 18 (https://www.w3.org/TR/sparql11-query/#sparqlAlgebra) and
SPARQL 1.1 Federated Query, section 5 (https://www.w3.org/TR/sparql11-federated-query/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.grammar.terms import (
    Element,
    Filter,
    Group,
    Nested,
    NestedKind,
    ParsedQuery,
    Term,
    TermKind,
    Triples,
    Values,
    certain_of,
    visible_of,
)

_JOINED = (NestedKind.GROUP, NestedKind.UNION, NestedKind.GRAPH, NestedKind.SELECT)
_BREAKING = (NestedKind.OPTIONAL, NestedKind.MINUS)


@dataclass(frozen=True, slots=True)
class Level:
    """A group on the way to a clause, and which of its elements leads there."""

    group: Group
    index: int

    @property
    def element(self) -> Element:
        """The element that leads to the clause."""
        return self.group.elements[self.index]


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """A SERVICE clause.

    Attributes:
        element: the clause.
        name: its endpoint: an IRI or a variable.
        pattern: the group that the endpoint is asked.
        levels: the groups around it, the outermost first; the last is its own.
    """

    element: Nested
    name: Term
    pattern: Group
    levels: tuple[Level, ...]

    @property
    def certain(self) -> frozenset[str]:
        """The variables that each of its rows binds."""
        return self.pattern.certain

    @property
    def visible(self) -> frozenset[str]:
        """The variables that its rows may bind, without the endpoint's."""
        return self.pattern.visible


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What limits the rows of a clause.

    Attributes:
        text: what stands between the braces of the query for it; "" if nothing does.
        certain: the variables that its solutions surely bind.
        visible: those that they may bind.
    """

    text: str = ""
    certain: frozenset[str] = frozenset()
    visible: frozenset[str] = frozenset()


def clauses_of(query: ParsedQuery) -> tuple[Clause, ...]:
    """The SERVICE clauses of a query, in the order of the text; none within another one.

    >>> from server.grammar.syntax import parse
    >>> query = parse("SELECT * { ?a <x:p> ?b SERVICE <x:e> { ?b <x:q> ?c } }", {})
    >>> [(one.name.value, sorted(one.visible)) for one in clauses_of(query)]
    [('x:e', ['?b', '?c'])]
    """
    return tuple(_clauses(query.group, ())) if query.group else ()


def _clauses(group: Group, above: tuple[Level, ...]) -> Iterator[Clause]:
    for index, element in enumerate(group.elements):
        if not isinstance(element, Nested):
            continue
        levels = (*above, Level(group, index))
        if element.kind is NestedKind.SERVICE:
            assert element.name is not None
            yield Clause(element, element.name, element.groups[0], levels)
        else:
            for inner in element.groups:
                yield from _clauses(inner, levels)


def holds_service(group: Group) -> bool:
    """Whether there is a SERVICE clause in a group, however deep.

    >>> from server.grammar.syntax import parse
    >>> holds_service(parse("ASK { { SERVICE <x:e> { } } }", {}).group)
    True
    """
    return any(True for _ in _clauses(group, ()))


def surroundings(text: str, clause: Clause, known: Mapping[Nested, str]) -> Surroundings:
    """The part of a query that every solution with a row of the clause goes through.

    Args:
        text: the query.
        clause: one of its clauses.
        known: the clauses that were asked, with the tables that stand in their place.

    >>> from server.grammar.syntax import parse
    >>> text = "SELECT * { ?a <x:p> ?b OPTIONAL { SERVICE <x:e> { ?b <x:q> ?c } } ?b <x:r> ?d }"
    >>> (clause,) = clauses_of(parse(text, {}))
    >>> surroundings(text, clause, {}).text
    '?a <x:p> ?b .'
    """
    found = Surroundings()
    for depth, level in enumerate(reversed(clause.levels)):
        inner = found if depth else None
        found = _around(text, level, inner, known)
        kind = level.element.kind if isinstance(level.element, Nested) else None
        above = clause.levels[-depth - 2].element if depth + 1 < len(clause.levels) else None
        if kind in _BREAKING or (isinstance(above, Nested) and above.kind is NestedKind.SELECT):
            break
    return found


def _around(
    text: str, level: Level, inner: Surroundings | None, known: Mapping[Nested, str]
) -> Surroundings:
    """What a group adds to what limits an element of it; `inner` is None for the clause itself."""
    parts: list[str] = []
    certain: set[str] = set()
    visible: set[str] = set()
    filters: list[Filter] = []
    exact = True  # whether all that stands before is taken
    breaks = isinstance(level.element, Nested) and level.element.kind in _BREAKING
    for index, element in enumerate(level.group.elements):
        if index == level.index:
            exact = False
            if inner is not None and inner.text:
                parts.append(_wrapped(element, inner.text))
                certain |= inner.certain
                visible |= inner.visible
            continue
        if isinstance(element, Filter):
            filters.append(element)
            continue
        if (breaks and index > level.index) or not _is_known(element, known):
            exact = False
            continue
        if not (exact or _is_joined(element, known)):
            continue
        parts.append(_source(text, element, known))
        certain |= certain_of(element)
        visible |= visible_of(element)
    for one in filters:
        if one.variables and one.variables <= certain and not one.has_group:
            parts.append(text[one.start : one.end])
    return Surroundings(" ".join(parts), frozenset(certain), frozenset(visible))


def _wrapped(element: Element, inner: str) -> str:
    assert isinstance(element, Nested)
    if element.kind is NestedKind.GRAPH and element.name is not None:
        return f"GRAPH {element.name.text} {{ {inner} }}"
    return f"{{ {inner} }}"


def _is_joined(element: Element, known: Mapping[Nested, str]) -> bool:
    if isinstance(element, Triples | Values):
        return True
    return isinstance(element, Nested) and (element.kind in _JOINED or element in known)


def _is_known(element: Element, known: Mapping[Nested, str]) -> bool:
    """Whether all clauses in an element were asked."""
    if not isinstance(element, Nested):
        return True
    if element.kind is NestedKind.SERVICE:
        return element in known
    return all(_is_known(inner, known) for group in element.groups for inner in group.elements)


def _source(text: str, element: Element, known: Mapping[Nested, str]) -> str:
    source = replaced(text, element.start, element.end, known)
    # What stood behind it may be gone, and two patterns need a dot between them.
    return f"{source} ." if isinstance(element, Triples) and source[-1] != "." else source


def replaced(text: str, start: int, end: int, known: Mapping[Nested, str]) -> str:
    """A stretch of a query with tables in the place of the clauses that were asked."""
    parts: list[str] = []
    for clause in sorted(known, key=lambda one: one.start):
        if start <= clause.start and clause.end <= end:
            parts += [text[start : clause.start], known[clause]]
            start = clause.end
    return "".join((*parts, text[start:end]))


def endpoints_of(clause: Clause) -> frozenset[str] | None:
    """The endpoints of a clause: absolute IRIs; None if they are not known before it is asked.

    A variable's values are known if VALUES lists them beside the clause or around it.
    """
    if clause.name.kind is TermKind.IRI:
        return frozenset((clause.name.value,)) if clause.name.value else None
    found: frozenset[str] | None = None
    for level in reversed(clause.levels):
        element = level.element
        breaks = isinstance(element, Nested) and element.kind in _BREAKING
        reach = level.group.elements[: level.index] if breaks else level.group.elements
        for one in reach:
            if isinstance(one, Values) and clause.name.value in one.variables:
                column = one.variables.index(clause.name.value)
                cells = [row[column] for row in one.cells]
                if all(cell and cell.kind is TermKind.IRI and cell.value for cell in cells):
                    iris = frozenset(cell.value for cell in cells if cell)
                    found = iris if found is None else found & iris
        if breaks or (isinstance(element, Nested) and element.kind is NestedKind.SELECT):
            break
    return found
