"""The texts of the queries that a federated query is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pyoxigraph import BlankNode, Literal, NamedNode

from rdfconv.identifiers import BASE
from server.federation.clauses import Clause, Surroundings
from server.grammar.terms import Element, Filter, Group, Nested, NestedKind, ParsedQuery, certain_of
from server.grammar.words import declarations, is_iri
from server.query_text import Kind, tokens

GENID = f"{BASE}.well-known/genid/"
"""What IRIs begin with that stand for the blank nodes of other endpoints (RDF 1.1, section 3.5):
a blank node cannot stand in a table, and outside of its answer nothing else is known of it."""

Row = tuple[str | None, ...]
"""The terms of a solution as SPARQL writes them; None if a variable is unbound."""

_LANGUAGE = re.compile("[A-Za-z]+(-{1,2}[A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Table:
    """Solutions.

    Attributes:
        variables: the columns, with question marks.
        rows: the rows, as long as `variables`.
    """

    variables: tuple[str, ...]
    rows: Sequence[Row]

    @property
    def text(self) -> str:
        """The table as an inline one.

        >>> Table(("?a", "?b"), [("<x:a>", None)]).text
        'VALUES (?a ?b) { (<x:a> UNDEF) }'
        """
        rows = " ".join(f"({' '.join(cell or 'UNDEF' for cell in row)})" for row in self.rows)
        return f"VALUES ({' '.join(self.variables)}) {{ {rows} }}"


def term_text(term: object, scope: str = "") -> str | None:
    """A term as SPARQL writes it; None for None.

    Args:
        term: a term of an answer.
        scope: tells the blank nodes of one answer from those of others.

    Raises:
        ValueError: there is no way to write it.

    >>> term_text(Literal('say "yes"')), term_text(NamedNode("x:a"))
    ('"say \\\\"yes\\\\""', '<x:a>')
    """
    if term is None:
        return None
    if isinstance(term, NamedNode):
        return f"<{_checked(term.value)}>"
    if isinstance(term, Literal):
        if term.language and not _LANGUAGE.fullmatch(term.language):
            raise ValueError("a language tag that is none")
        _checked(term.datatype.value)
        return str(term)
    if isinstance(term, BlankNode):
        return f"<{GENID}{scope}-{term.value}>"
    raise ValueError("a term that SPARQL 1.1 does not have")


def _checked(iri: str) -> str:
    if not is_iri(iri):
        raise ValueError("an IRI that is none")
    return iri


def local_query(query: ParsedQuery, around: Surroundings, variables: Iterable[str]) -> str:
    """The query for the different values of variables in a clause's surroundings.

    >>> from server.grammar.syntax import parse
    >>> local_query(parse("ASK { }", {}), Surroundings("?a <x:p> ?b ."), ["?b"])
    'SELECT DISTINCT ?b WHERE { ?a <x:p> ?b . }'
    """
    head = f"{query.text[: query.start]}SELECT DISTINCT {' '.join(variables)}"
    dataset = f" {query.dataset}" if query.dataset else ""
    return f"{head}{dataset} WHERE {{ {around.text} }}"


@dataclass(frozen=True, slots=True)
class RemoteText:
    """How a clause is asked.

    Attributes:
        variables: the columns of the answer.
        head: the query up to the pattern.
        pattern: the clause's pattern, with its braces.
        inline: the variables that a table of may stand right before the pattern's own parts, with
            the same answer as if it were joined with the whole.
    """

    variables: tuple[str, ...]
    head: str
    pattern: str
    inline: frozenset[str]

    def query(self, table: Table | None) -> str:
        """The query for the solutions that fit a table; for all if there is none."""
        if table is None or not table.variables:
            return f"{self.head} WHERE {self.pattern}"
        if self.inline.issuperset(table.variables):
            return f"{self.head} WHERE {{ {table.text} {self.pattern[1:]}"
        return f"{self.head} WHERE {{ {table.text} {self.pattern} }}"


def remote_text(
    query: ParsedQuery, clause: Clause, prefixes: Mapping[str, str], base: str
) -> RemoteText:
    """How a clause is asked, with the variables that the rest of the query knows.

    Args:
        query: the query.
        clause: one of its clauses.
        prefixes: the prefixes that the query may use without declaring them.
        base: the IRI that relative ones are resolved against, if the query has no BASE.
    """
    pattern = clause.pattern
    found = tokens(query.text)
    inside = [one for one in found if pattern.start <= one.start < pattern.end]
    outside = [one for one in found if not clause.element.start <= one.start < pattern.end]
    prologue = [one for one in found if one.start < query.start]
    elsewhere = {f"?{one.text[1:]}" for one in outside if one.kind is Kind.VARIABLE}
    counted = (one.upper + two.text for one, two in pairwise(outside))  # COUNT(DISTINCT *)
    shows_all = query.shows_all or "DISTINCT*" in counted
    visible = clause.visible if shows_all else clause.visible & elsewhere
    # Without a column there is no way to tell how many rows there are.
    columns = tuple(sorted(visible or sorted(clause.visible)[:1]))
    declared = declarations(inside, prologue, prefixes, base)
    head = f"{declared}{query.text[: query.start]}SELECT {' '.join(columns) or '*'}"
    return RemoteText(columns, head, query.text[pattern.start : pattern.end], _inline(pattern))


def _inline(pattern: Group) -> frozenset[str]:
    """The variables that the parts bind which a pattern begins with, as far as they are joined."""
    found: set[str] = set()
    for element in pattern.elements:
        if isinstance(element, Filter):
            continue
        if _starts_otherwise(element):
            break
        found |= certain_of(element)
    return frozenset(found)


def _starts_otherwise(element: Element) -> bool:
    joined = (NestedKind.GROUP, NestedKind.UNION, NestedKind.GRAPH)
    return isinstance(element, Nested) and element.kind not in joined
