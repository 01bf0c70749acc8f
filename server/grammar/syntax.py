"""Reads the shape of a query from its tokens: groups, patterns, filters, tables.

It knows that part of SPARQL's grammar that the planner may move and federation takes apart, and
skips expressions by their brackets. What it does not know, it does not guess at, but raises
`NotUnderstoodError`.

>>> query = parse("SELECT * { ?s a <x:c> ; <x:p> ?o FILTER(?o = <x:o>) }", {})
>>> [type(element).__name__ for element in query.group.elements]
['Triples', 'Filter']
>>> [pattern.text for pattern in query.group.elements[0].patterns]
['?s a <x:c>', '?s <x:p> ?o']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.grammar.terms import (
    Count,
    Element,
    Equality,
    Filter,
    Group,
    Nested,
    NestedKind,
    ParsedQuery,
    Path,
    PathKind,
    Pattern,
    Term,
    TermKind,
    Triples,
    Values,
)
from server.grammar.words import NotUnderstoodError, Words, variable_of
from server.query_text import Kind, Token, tokens

_CUTTING = {
    kind.value: kind
    for kind in (NestedKind.OPTIONAL, NestedKind.MINUS, NestedKind.GRAPH, NestedKind.SERVICE)
}
_VERBS = ("^", "(", "!")


def parse(text: str, prefixes: Mapping[str, str]) -> ParsedQuery:
    """Reads a query.

    Args:
        text: the query.
        prefixes: the prefixes that it may use without declaring them.

    Raises:
        NotUnderstoodError: there is something in it that is not known here.
        QueryTextError: there is no query in it.
    """
    return _Parser(text, prefixes).query()


class _Parser:
    def __init__(self, text: str, prefixes: Mapping[str, str]) -> None:
        self._words = Words(text, tokens(text), prefixes)
        self._shows_all = False
        self._dataset: list[str] = []
        self._services = 0

    def query(self) -> ParsedQuery:
        """The query."""
        words = self._words
        self._prologue()
        start = words.next.start
        form = words.take().upper
        count: Count | None = None
        if form == "CONSTRUCT":
            if not words.sees("{"):
                raise NotUnderstoodError("the pattern is the template as well")
            words.bracket()
        if form == "SELECT":
            count = self._count(start)
        if count is None:
            self._head(form)
        group = None
        if words.next.text:
            group = self._group()
        if words.next.text:
            count = None  # what follows, e.g. HAVING, may do away with the row
        return ParsedQuery(
            words.text,
            start,
            group,
            " ".join(self._dataset),
            self._shows_all,
            count,
            self._services,
            words.fresh,
        )

    def _prologue(self) -> None:
        words = self._words
        while True:
            if words.has_word("BASE"):
                words.iri()
            elif words.has_word("PREFIX"):
                name = words.take()
                space = words.take()
                if name.kind is not Kind.NAME or space.kind is not Kind.IRI:
                    raise words.unknown()
                words.prefixes[name.text.removesuffix(":")] = space.text[1:-1]
            else:
                return

    def _count(self, start: int) -> Count | None:
        """The head of a query that counts; nothing is taken if it is another one."""
        words = self._words
        ahead = words.ahead(10)
        texts = [token.upper or token.text for token in ahead]
        fixed = [*texts[:3], *texts[4:6], *texts[7:8]]
        if fixed != ["(", "COUNT", "(", ")", "AS", ")"] or ahead[6].kind is not Kind.VARIABLE:
            return None
        if ahead[3].kind is not Kind.VARIABLE and texts[3] != "*":
            return None
        if texts[8:9] != ["{"] and texts[8:] != ["WHERE", "{"]:
            return None
        for _ in texts[: texts.index("{")]:
            words.take()
        name = variable_of(ahead[3]) if ahead[3].kind is Kind.VARIABLE else ""
        return Count(start, ahead[6].text, name)

    def _head(self, form: str) -> tuple[frozenset[str] | None, frozenset[str]]:
        """Takes what stands between the form and the group's brace.

        Returns:
            The variables that are shown (None for all), and those of them without an expression.
        """
        words = self._words
        plain: set[str] = set()
        made: set[str] = set()
        shows_all = False
        if form not in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"):
            raise NotUnderstoodError(f"{form} is no form of a query")
        while words.next.text and not words.sees("{"):
            if words.sees("("):
                made.add(self._as(words.bracket()))
            elif words.has("*"):
                shows_all = True
            elif words.has_word("FROM"):
                start = words.last_end
                words.has_word("NAMED")
                words.iri()
                self._dataset.append(f"FROM{words.text[start : words.last_end]}")
            elif not (words.has_word("DISTINCT") or words.has_word("REDUCED")):
                if words.has_word("WHERE"):
                    continue
                if form == "DESCRIBE" and words.next.kind in (Kind.IRI, Kind.NAME):
                    words.iri()
                else:
                    plain.add(words.variable())
        self._shows_all |= shows_all
        return None if shows_all else frozenset(plain | made), frozenset(plain)

    def _as(self, content: Sequence[Token]) -> str:
        """The variable at the end of ``(... AS ?x)``, or of what stands in BIND's brackets."""
        if len(content) < 3 or content[-2].upper != "AS" or content[-1].kind is not Kind.VARIABLE:
            raise self._words.unknown()
        return variable_of(content[-1])

    # Groups

    def _group(self) -> Group:
        """Takes a group, or a query in its place."""
        words = self._words
        opens = words.next.start
        words.expect("{")
        start = words.next.start
        if words.has_word("SELECT"):
            binds, fixed = self._head("SELECT")
            inner = self._group()
            while not words.sees("}"):
                if words.sees("(", "{"):
                    words.bracket()
                else:
                    words.take()
            end = words.last_end
            words.expect("}")
            select = Nested(NestedKind.SELECT, start, end, (inner,), binds=binds, fixed=fixed)
            return Group(opens, words.last_end, (select,))
        elements: list[Element] = []
        while not words.has("}"):
            elements.append(self._element())
            if not isinstance(elements[-1], Triples):
                continue
            if not words.sees("}", "{") and words.next.kind is not Kind.WORD:
                raise words.unknown()
        return Group(opens, words.last_end, tuple(elements))

    def _element(self) -> Element:
        words = self._words
        start = words.next.start
        if words.sees("{"):
            return self._nested(NestedKind.GROUP, start)
        for word, kind in _CUTTING.items():
            if words.has_word(word):
                return self._nested(kind, start)
        if words.has_word("FILTER"):
            return self._filter(start)
        if words.has_word("BIND"):
            binds = frozenset((self._as(words.bracket()),))
            words.has(".")
            return Nested(NestedKind.BIND, start, words.last_end, binds=binds)
        if words.has_word("VALUES"):
            return self._values(start)
        return self._triples(start)

    def _nested(self, kind: NestedKind, start: int) -> Nested:
        words = self._words
        name = None
        self._services += kind is NestedKind.SERVICE
        silent = kind is NestedKind.SERVICE and words.has_word("SILENT")
        if kind in (NestedKind.GRAPH, NestedKind.SERVICE):
            if not words.is_name():
                raise words.unknown()
            name = words.term()
        groups = [self._group()]
        while kind in (NestedKind.GROUP, NestedKind.UNION) and words.has_word("UNION"):
            kind = NestedKind.UNION
            groups.append(self._group())
        words.has(".")
        return Nested(kind, start, words.last_end, tuple(groups), name, silent)

    def _filter(self, start: int) -> Filter:
        words = self._words
        equality = None
        if words.has_word("EXISTS") or words.has_word("NOT", "EXISTS"):
            content = words.bracket()
        elif words.sees("("):
            content = words.bracket()
            equality = self._equality(content)
        else:
            call = words.take()
            if call.kind not in (Kind.WORD, Kind.IRI, Kind.NAME) or not words.sees("("):
                raise words.unknown()
            content = words.bracket()
            if call.upper == "SAMETERM":
                equality = self._same(content)
        words.has(".")
        variables = frozenset(variable_of(one) for one in content if one.kind is Kind.VARIABLE)
        has_group = words.text[start : words.last_end].count("{") > 0
        return Filter(start, words.last_end, equality, variables, has_group)

    def _equality(self, content: Sequence[Token]) -> Equality | None:
        """What ``(?x = <y>)``, ``(<y> = ?x)`` or ``(?x IN (<y>, <z>))`` says."""
        texts = [token.upper or token.text for token in content]
        if len(content) == 3 and texts[1] == "=":
            return self._pair(content[0], content[2])
        if texts[:2] == ["SAMETERM", "("] and texts[-1:] == [")"]:
            return self._same(content[2:-1])
        if len(content) >= 5 and texts[1:3] == ["IN", "("] and texts[-1] == ")":
            listed = content[3:-1]
            if all(token.text == "," for token in listed[1::2]) and len(listed) % 2:
                return self._choice(content[0], listed[::2])
        return None

    def _same(self, content: Sequence[Token]) -> Equality | None:
        if len(content) == 3 and content[1].text == ",":
            return self._pair(content[0], content[2])
        return None

    def _pair(self, one: Token, other: Token) -> Equality | None:
        if other.kind is Kind.VARIABLE:
            one, other = other, one
        return self._choice(one, [other])

    def _choice(self, variable: Token, listed: Sequence[Token]) -> Equality | None:
        if variable.kind is not Kind.VARIABLE:
            return None
        if any(token.kind not in (Kind.IRI, Kind.NAME) for token in listed):
            return None
        terms = [self._words.iri_of(token) for token in listed]
        if not all(term.value for term in terms):
            return None  # two ways to write one IRI would be two rows
        choices = {term.value: term for term in reversed(terms)}
        return Equality(variable_of(variable), tuple(reversed(choices.values())))

    def _values(self, start: int) -> Values:
        words = self._words
        columns: list[str] = []
        single = not words.has("(")
        while words.next.kind is Kind.VARIABLE and not (single and columns):
            columns.append(words.variable())
        if not single:
            words.expect(")")
        words.expect("{")
        cells: list[tuple[Term | None, ...]] = []
        while not words.has("}"):
            if not single:
                words.expect("(")
            row = tuple(None if words.has_word("UNDEF") else words.term() for _ in columns)
            if not single:
                words.expect(")")
            cells.append(row)
        words.has(".")
        return Values(start, words.last_end, tuple(columns), tuple(cells))

    # Triples

    def _triples(self, start: int) -> Triples:
        self._patterns: list[Pattern] = []
        self._blanks = False
        words = self._words
        while True:
            if words.sees("["):
                subject, is_said = self._bracketed()
                if not is_said or self._sees_verb():
                    self._properties(subject)
            else:
                if not (words.is_name() or words.next.kind is Kind.BLANK):
                    raise words.unknown()
                self._properties(self._term())
            more = words.has(".")
            begins = words.is_name() or words.next.kind is Kind.BLANK or words.sees("[")
            if not more or not begins:
                break
        return Triples(start, words.last_end, tuple(self._patterns), self._blanks)

    def _term(self) -> Term:
        found = self._words.term()
        self._blanks |= found.kind is TermKind.BLANK
        return found

    def _bracketed(self) -> tuple[Term, bool]:
        """Takes a blank node in brackets; tells whether something is said of it there."""
        words = self._words
        words.expect("[")
        self._blanks = True
        node = words.blank()
        if words.has("]"):
            return node, False
        self._properties(node)
        words.expect("]")
        return node, True

    def _properties(self, subject: Term) -> None:
        words = self._words
        while True:
            self._objects(subject, *self._verb())
            if not words.sees(";"):
                return
            while words.has(";"):
                pass
            if not self._sees_verb():
                return

    def _sees_verb(self) -> bool:
        words = self._words
        return words.is_name() or words.sees(*_VERBS) or words.next.text == "a"

    def _verb(self) -> tuple[Path, str]:
        words = self._words
        start = words.next.start
        if words.next.kind is Kind.VARIABLE:
            path = Path(PathKind.LINK, term=words.term())
        else:
            path = words.path()
        return path, words.text[start : words.last_end]

    def _objects(self, subject: Term, path: Path, text: str) -> None:
        words = self._words
        while True:
            place = len(self._patterns)
            found = self._bracketed()[0] if words.sees("[") else self._term()
            self._patterns.insert(place, Pattern(subject, path, text, found))
            if not words.has(","):
                return
