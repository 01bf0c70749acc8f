"""The one SPARQL tokenizer: what the server must know of a query before a worker sees it.

It tells the query's form, whether it has a SERVICE clause, how deep its brackets nest and roughly
how many triple patterns it has. It parses nothing: the engine says what is wrong with a query.

The one hard place is ``<``, which opens an IRI between triples and compares in an expression. A
tokenizer that guessed could be led to see an IRI or a string where the engine sees SERVICE. So
brackets are tracked with what they hold, and whatever fits no token is refused.

>>> found = inspect("PREFIX ex: <http://example.org/#> SELECT * { ?s ex:SERVICE 'SERVICE' }")
>>> found.form, found.service, found.nesting, found.patterns
(<Form.SELECT: 'SELECT'>, None, 1, 1)
>>> inspect("SELECT * {service<http://example.org/>{?s ?p ?o}}").service
Place(line=1, column=11)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum

from rdfconv.errors import RdfconvError, shown


class Form(StrEnum):
    """The form of a request in SPARQL."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"
    UPDATE = "UPDATE"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a query; both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class QueryText:
    """What was found in a query.

    Attributes:
        form: the query's form.
        service: where the first SERVICE clause is, if there is one.
        nesting: how deep braces and brackets nest.
        patterns: about how many triple patterns there are; a step of a path counts as one.
        deepest: where the nesting is deepest.
        last_pattern: where the last triple pattern begins.
    """

    form: Form
    service: Place | None
    nesting: int
    patterns: int
    deepest: Place
    last_pattern: Place


class QueryTextError(RdfconvError):
    """The text is no SPARQL query.

    Args:
        message: what is wrong.
        place: where.
        hint: what to do.
    """

    def __init__(self, message: str, place: Place, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.place = place


class _Kind(Enum):
    IRI = "iri"
    STRING = "string"
    VARIABLE = "variable"
    BLANK = "blank"
    NAME = "name"
    LANGUAGE = "language"
    NUMBER = "number"
    WORD = "word"
    MARK = "mark"


_ESCAPE = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_LOCAL = r"(?:[\w:.\-\u00B7]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%])"
_LESS = "<"
_TOKEN_LIMIT = 200_000
_TOKENS = (
    (_Kind.IRI, rf'<(?:[^<>"{{}}|^`\\\x00-\x20]|{_ESCAPE})*>'),
    (_Kind.STRING, r"'''(?:'{0,2}(?:[^'\\]|\\.))*'''"),
    (_Kind.STRING, r'"""(?:"{0,2}(?:[^"\\]|\\.))*"""'),
    # Neither may run into a third quote: then it is a long string that does not end.
    (_Kind.STRING, r"'(?:[^'\\\n\r]|\\.)+'|''(?!')"),
    (_Kind.STRING, r'"(?:[^"\\\n\r]|\\.)+"|""(?!")'),
    (_Kind.VARIABLE, r"[?$]\w[\w\u00B7]*"),
    (_Kind.BLANK, r"_:\w(?:[\w.\-\u00B7]*[\w\-\u00B7])?"),
    # The prefix is bounded: without that, a.a.a.a... would be searched again from every letter.
    (_Kind.NAME, rf"(?:[^\W\d_](?:[\w.\-\u00B7]{{0,250}}[\w\-\u00B7])?)?:(?:{_LOCAL}*(?<!\.))?"),
    (_Kind.LANGUAGE, r"@[A-Za-z]+(?:-{1,2}[A-Za-z0-9]+)*"),
    (_Kind.NUMBER, r"(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?|\d+\.[eE][+-]?\d+"),
    (_Kind.WORD, r"[A-Za-z_]\w*"),
    (_Kind.MARK, r"<<|>>|\^\^|&&|\|\||!=|<=|>=|[{}()\[\].;,=<>!+\-*/|^?&~]"),
)
_WHITE = re.compile(r"(?:[ \t\n\r]+|#[^\n\r]*)+")
_UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH")
)
_PROLOGUE = frozenset(("BASE", "PREFIX", "VERSION"))
_OPENING = {"{": "}", "(": ")", "[": "]", "<<": ">>"}
_NODES = frozenset((_Kind.IRI, _Kind.STRING, _Kind.VARIABLE, _Kind.BLANK, _Kind.NAME, _Kind.NUMBER))
_OPERAND_MARKS = frozenset((")", "}", ">>", "]"))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: _Kind
    text: str
    start: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind is _Kind.WORD else ""

    @property
    def ends_operand(self) -> bool:
        return (
            self.kind in _NODES
            or self.kind is _Kind.LANGUAGE
            or self.text in _OPERAND_MARKS
            or self.upper in ("TRUE", "FALSE")
        )

    @property
    def is_node(self) -> bool:
        return self.kind in _NODES or self.upper in ("TRUE", "FALSE") or self.text == "a"


class _Holds(Enum):
    """What a bracket holds."""

    TRIPLES = "triples"
    EXPRESSION = "expression"
    DATA = "data"
    UNCLEAR = "unclear"


@dataclass(slots=True)
class _Level:
    """An open bracket."""

    mark: str
    holds: _Holds
    filter: bool = False
    values: bool = False


def _prefix(name: _Token) -> str:
    return name.text.partition(":")[0].upper()


def inspect(text: str) -> QueryText:
    """Looks through a query in one pass.

    Raises:
        QueryTextError: there is no query in it, or something that is no token.
    """
    return _Inspection(text).result()


class _Inspection:
    def __init__(self, text: str) -> None:
        self._text = text
        self._levels = [_Level("", _Holds.EXPRESSION)]
        self._previous: _Token | None = None
        self._before: _Token | None = None
        self._form: Form | None = None
        self._service: int | None = None
        self._nesting = 0
        self._deepest = 0
        self._patterns = 0
        self._last_pattern = 0
        self._first: int | None = None

    def result(self) -> QueryText:
        for number, token in enumerate(self._tokens()):
            if number == _TOKEN_LIMIT:
                raise QueryTextError(
                    f"the query has more than {_TOKEN_LIMIT} words and marks",
                    self._place(token.start),
                    hint="ask in several queries",
                )
            self._first = token.start if self._first is None else self._first
            self._note_form(token)
            self._note_service(token)
            if token.kind is _Kind.MARK:
                self._note_bracket(token)
            elif token.kind is _Kind.WORD:
                self._note_word(token)
            self._note_pattern(token)
            self._before, self._previous = self._previous, token
        if self._form is None:
            raise QueryTextError(
                "there is no query" if self._first is None else "this is no SPARQL query",
                self._place(self._first or 0),
                hint="a query starts with SELECT, ASK, CONSTRUCT or DESCRIBE",
            )
        service = None if self._service is None else self._place(self._service)
        return QueryText(
            self._form,
            service,
            self._nesting,
            self._patterns,
            self._place(self._deepest),
            self._place(self._last_pattern),
        )

    def _tokens(self) -> Iterator[_Token]:
        pattern = re.compile("|".join(f"({regex})" for _, regex in _TOKENS), re.DOTALL)
        position = 0
        while True:
            white = _WHITE.match(self._text, position)
            position = white.end() if white else position
            if position == len(self._text):
                return
            if self._text[position] == _LESS and self._compares(position):
                mark = "<=" if self._text.startswith("<=", position) else _LESS
                yield _Token(_Kind.MARK, mark, position)
                position += len(mark)
                continue
            match = pattern.match(self._text, position)
            if match is None:
                raise QueryTextError(
                    f"unexpected {shown(self._text[position : position + 10])}",
                    self._place(position),
                    hint="a string or an IRI may lack its end",
                )
            assert match.lastindex is not None
            yield _Token(_TOKENS[match.lastindex - 1][0], match[0], position)
            position = match.end()

    def _compares(self, position: int) -> bool:
        """Whether a ``<`` at the position is an operator: in an expression, after an operand."""
        level, previous = self._levels[-1], self._previous
        if level.mark != "(" or previous is None or not previous.ends_operand:
            return False
        if level.holds is _Holds.UNCLEAR:
            raise QueryTextError(
                "this can be read in two ways",
                self._place(position),
                hint="put a space behind FILTER, and give the prefix another name",
            )
        return level.holds is _Holds.EXPRESSION

    def _note_form(self, token: _Token) -> None:
        if self._form is None and token.kind is _Kind.WORD and token.upper not in _PROLOGUE:
            if token.upper in _UPDATES:
                self._form = Form.UPDATE
            elif token.upper in Form.__members__ and token.upper != Form.UPDATE:
                self._form = Form(token.upper)
            else:
                raise QueryTextError(
                    f"unexpected {shown(token.text)}",
                    self._place(token.start),
                    hint="a query starts with SELECT, ASK, CONSTRUCT or DESCRIBE",
                )

    def _note_service(self, token: _Token) -> None:
        # The engine's grammar has keywords end anywhere: it reads SERVICEex:a { } as SERVICE and
        # ex:a. Within braces, a name with a group behind it stands only after GRAPH otherwise.
        if self._service is not None:
            return
        if token.kind in (_Kind.WORD, _Kind.LANGUAGE) and "SERVICE" in token.text.upper():
            self._service = token.start
        elif token.text == "{" and self._previous is not None and len(self._levels) > 1:
            name, graph = self._previous, self._before is not None and self._before.upper == "GRAPH"
            if name.kind is _Kind.NAME and "SERVICE" in _prefix(name) and not graph:
                self._service = name.start

    def _note_word(self, token: _Token) -> None:
        level = self._levels[-1]
        # "in", since the engine's grammar has keywords end anywhere: SELECTDISTINCT, trueFILTER.
        if "SELECT" in token.upper and level.mark in ("", "{"):
            level.holds = _Holds.EXPRESSION  # the whole subselect, up to its closing brace
        elif "FILTER" in token.upper:
            level.filter = True
        elif "VALUES" in token.upper:
            level.values = True

    def _note_bracket(self, token: _Token) -> None:
        level = self._levels[-1]
        if token.text in _OPENING:
            self._levels.append(_Level(token.text, self._content(token.text)))
            level.filter = False
            if token.text == "{":
                level.values = False
            if len(self._levels) - 1 > self._nesting:
                self._nesting = len(self._levels) - 1
                self._deepest = token.start
        elif len(self._levels) > 1 and _OPENING[level.mark] == token.text:
            self._levels.pop()

    def _content(self, mark: str) -> _Holds:
        level, previous = self._levels[-1], self._previous
        if mark == "{":
            return _Holds.DATA if level.values else _Holds.TRIPLES
        if level.holds is _Holds.DATA or mark != "(" or previous is None:
            return _Holds.DATA if level.holds is _Holds.DATA else _Holds.TRIPLES
        if previous.text == "<<":
            return _Holds.TRIPLES
        named = level.holds is _Holds.TRIPLES and previous.kind is _Kind.NAME
        if named and "FILTER" in _prefix(previous):
            # FILTERex:f(1 < 2) is a call, and with a prefix "FILTERex" a property and a list.
            return _Holds.UNCLEAR
        called = previous.kind is _Kind.WORD and not previous.is_node
        if level.holds is _Holds.EXPRESSION or level.filter or called:
            return _Holds.EXPRESSION
        return _Holds.TRIPLES

    def _note_pattern(self, token: _Token) -> None:
        """Counts what begins a triple pattern: a subject, what follows ; or ``,``, a path step."""
        level, previous = self._levels[-1], self._previous
        if level.holds is not _Holds.TRIPLES or previous is None:
            return
        opened = token.text == "["  # the bracket's own level is the last one by now
        step = token.text == "/"
        begins = level.mark == "(" or previous.text in ("{", "}", ".", ";", ",")
        if opened or step or (token.is_node and begins):
            self._patterns += 1
            self._last_pattern = token.start

    def _place(self, position: int) -> Place:
        lines = re.split(r"\r\n|\n|\r", self._text[:position])
        return Place(len(lines), len(lines[-1]) + 1)
