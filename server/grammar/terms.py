"""The parts of a query: terms, paths, patterns, and the groups that hold them.

All of it remembers the text it was written as, so that a query is put together again from its own
words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class TermKind(Enum):
    """What stands at one place of a triple pattern."""

    VARIABLE = "variable"
    BLANK = "blank"
    IRI = "iri"
    LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a pattern.

    Attributes:
        kind: what it is.
        text: how it is written.
        value: a variable's name with its question mark, a blank node's label, an absolute IRI, or a
            literal as N-Triples has it; "" for a literal that is written in another way.
    """

    kind: TermKind
    text: str
    value: str

    @property
    def name(self) -> str:
        """What joins it with other patterns; "" if it is a constant."""
        return self.value if self.kind in (TermKind.VARIABLE, TermKind.BLANK) else ""


class PathKind(Enum):
    """How a property path is made."""

    LINK = "link"
    INVERSE = "^"
    SEQUENCE = "/"
    ALTERNATIVE = "|"
    MAYBE = "?"
    STAR = "*"
    PLUS = "+"
    NEGATED = "!"


@dataclass(frozen=True, slots=True)
class Path:
    """A property path; a predicate or a variable in its place is the shortest one.

    Attributes:
        kind: how it is made.
        parts: the paths that it is made of.
        term: the predicate of a `PathKind.LINK`.
    """

    kind: PathKind
    parts: tuple[Path, ...] = ()
    term: Term | None = None

    @property
    def has_zero_length(self) -> bool:
        """Whether it may match without any triple, so that its ends need not be in the graph."""
        if self.kind in (PathKind.MAYBE, PathKind.STAR):
            return True
        return any(part.has_zero_length for part in self.parts)

    @property
    def text(self) -> str:
        """The path in words like those of a query."""
        if self.term is not None:
            return self.term.text
        inner = [part.text if part.term else f"({part.text})" for part in self.parts]
        if self.kind is PathKind.INVERSE:
            return f"^{inner[0]}"
        if self.kind in (PathKind.SEQUENCE, PathKind.ALTERNATIVE):
            return str(self.kind.value).join(inner)
        if self.kind is PathKind.NEGATED:
            return "!(...)"
        return f"{inner[0]}{self.kind.value}"


@dataclass(frozen=True, slots=True)
class Atom:
    """The least thing that an engine looks up: a sequence of two steps is two of them."""

    subject: Term
    path: Path
    object: Term

    @property
    def text(self) -> str:
        """The atom in words like those of a query; a node within a path is an underline."""
        ends = [one.text if one.text[0] != "/" else "_" for one in (self.subject, self.object)]
        return f"{ends[0]} {self.path.text} {ends[1]}"

    @property
    def names(self) -> frozenset[str]:
        """The variables and blank nodes in it."""
        terms = (self.subject, self.object, self.path.term)
        return frozenset(term.name for term in terms if term is not None and term.name)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern, with a path or without one.

    Attributes:
        subject: its subject.
        path: its path.
        path_text: how the path is written.
        object: its object.
    """

    subject: Term
    path: Path
    path_text: str
    object: Term

    @property
    def text(self) -> str:
        """The pattern in full, without a dot."""
        return f"{self.subject.text} {self.path_text} {self.object.text}"

    def atoms(self, number: int) -> tuple[Atom, ...]:
        """What an engine makes of it; between the steps of a sequence are nodes of its own.

        Args:
            number: tells those nodes from others.
        """
        start, atoms = self.subject, []
        steps = tuple(_steps(self.path))
        for position, step in enumerate(steps):
            label = f"/{number}.{position}"
            last = position == len(steps) - 1
            end = self.object if last else Term(TermKind.BLANK, label, label)
            if step.kind is PathKind.INVERSE:
                atoms.append(Atom(end, step.parts[0], start))
            else:
                atoms.append(Atom(start, step, end))
            start = end
        return tuple(atoms)


def _steps(path: Path) -> Iterator[Path]:
    if path.kind is PathKind.SEQUENCE:
        for part in path.parts:
            yield from _steps(part)
    elif path.kind is PathKind.INVERSE and path.parts[0].kind is PathKind.SEQUENCE:
        for part in reversed(path.parts[0].parts):
            yield from _steps(Path(PathKind.INVERSE, (part,)))
    elif path.kind is PathKind.INVERSE and path.parts[0].kind is PathKind.INVERSE:
        yield from _steps(path.parts[0].parts[0])
    else:
        yield path


# --- Groups ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Triples:
    """Triple patterns with nothing between them.

    Attributes:
        start: the offset of the first character.
        end: the offset behind the last one, which may be a dot.
        patterns: the patterns, each in full.
        blanks: whether there are blank nodes.
    """

    start: int
    end: int
    patterns: tuple[Pattern, ...]
    blanks: bool


@dataclass(frozen=True, slots=True)
class Equality:
    """A filter that lets one variable have some IRIs only."""

    variable: str
    choices: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter.

    Attributes:
        start: the offset of the first character.
        end: the offset behind the last one.
        equality: what it says if it is a plain one.
        variables: all variables in it.
        has_group: whether there is a group in it, as in EXISTS.
    """

    start: int
    end: int
    equality: Equality | None
    variables: frozenset[str]
    has_group: bool


@dataclass(frozen=True, slots=True)
class Values:
    """A table in the query.

    Attributes:
        start: the offset of the first character.
        end: the offset behind the last one.
        variables: its columns.
        cells: its rows, as long as `variables`; None is UNDEF.
    """

    start: int
    end: int
    variables: tuple[str, ...]
    cells: tuple[tuple[Term | None, ...], ...]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.cells)

    @property
    def only(self) -> Term | None:
        """The term of the single row of a single column, if it is such a table."""
        return self.cells[0][0] if len(self.variables) == 1 and self.rows == 1 else None

    @property
    def complete(self) -> bool:
        """Whether no cell is UNDEF."""
        return all(cell is not None for row in self.cells for cell in row)


class NestedKind(Enum):
    """What a group in a group is for."""

    GROUP = "group"
    UNION = "UNION"
    OPTIONAL = "OPTIONAL"
    MINUS = "MINUS"
    GRAPH = "GRAPH"
    SERVICE = "SERVICE"
    SELECT = "SELECT"
    BIND = "BIND"
    """No group at all, but it cuts a run of patterns like one."""


@dataclass(frozen=True, slots=True)
class Nested:
    """Groups in a group, e.g. the branches of a union.

    Attributes:
        kind: what they are for.
        start: the offset of the first character.
        end: the offset behind the last one, which may be a dot.
        groups: the groups; of a subselect, its pattern.
        name: the graph or the endpoint of GRAPH and SERVICE.
        silent: whether SERVICE is followed by SILENT.
        binds: the variables that a subselect shows or BIND binds; None if it shows all.
        fixed: those of a subselect's `binds` that it takes as they are, without an expression.
    """

    kind: NestedKind
    start: int
    end: int
    groups: tuple[Group, ...] = ()
    name: Term | None = None
    silent: bool = False
    binds: frozenset[str] | None = frozenset()
    fixed: frozenset[str] = frozenset()


Element = Triples | Filter | Values | Nested


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between two braces.

    Attributes:
        start: the offset of the opening brace.
        end: the offset behind the closing one.
        elements: its parts; a subselect in its place is the only one.
    """

    start: int
    end: int
    elements: tuple[Element, ...]

    @property
    def certain(self) -> frozenset[str]:
        """The variables that every solution of it binds; maybe not all of them."""
        return frozenset().union(*map(certain_of, self.elements))

    @property
    def visible(self) -> frozenset[str]:
        """The variables that its solutions may bind."""
        return frozenset().union(*map(visible_of, self.elements))


def certain_of(element: Element) -> frozenset[str]:
    """The variables that an element of a group surely binds."""
    if isinstance(element, Triples):
        return _variables(element)
    if isinstance(element, Values):
        return frozenset(element.variables) if element.complete else frozenset()
    if isinstance(element, Filter) or not element.groups or element.silent:
        return frozenset()
    if element.kind in (NestedKind.OPTIONAL, NestedKind.MINUS):
        return frozenset()
    found = frozenset.intersection(*(group.certain for group in element.groups))
    if element.kind is NestedKind.SELECT:
        return found if element.binds is None else found & element.fixed
    return found | _name(element)


def visible_of(element: Element) -> frozenset[str]:
    """The variables that solutions of an element may bind: those in scope behind it."""
    if isinstance(element, Triples):
        return _variables(element)
    if isinstance(element, Values):
        return frozenset(element.variables)
    if isinstance(element, Filter) or element.kind is NestedKind.MINUS:
        return frozenset()
    if element.binds:
        return element.binds
    inner = (group.visible for group in element.groups)
    return frozenset().union(_name(element), *inner)


def _variables(element: Triples) -> frozenset[str]:
    names = (atom.names for one in element.patterns for atom in one.atoms(0))
    return frozenset(name for some in names for name in some if name.startswith("?"))


def _name(element: Nested) -> frozenset[str]:
    name = element.name
    return frozenset((name.value,)) if name and name.kind is TermKind.VARIABLE else frozenset()


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query as far as it is taken apart.

    Attributes:
        text: the query.
        start: the offset behind the prologue.
        group: its pattern; None if it has none.
        dataset: the FROM clauses in which it names its graphs itself; "" if it has none.
        shows_all: whether some SELECT or DESCRIBE in it shows whatever variables there are.
        count: the query's parts if it is a count of one pattern.
        services: how many SERVICE clauses are among its groups.
        fresh: what begins no name in the query.
    """

    text: str
    start: int
    group: Group | None
    dataset: str
    shows_all: bool
    count: Count | None
    services: int
    fresh: str


@dataclass(frozen=True, slots=True)
class Count:
    """A query that does nothing but count the solutions of one pattern.

    Attributes:
        start: where it begins behind the prologue.
        variable: the variable of the number, as it is written.
        counted: the variable that is counted; "" for all solutions.
    """

    start: int
    variable: str
    counted: str
