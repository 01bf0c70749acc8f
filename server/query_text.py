"""The one SPARQL tokenizer: what the server must know of a query before a worker sees it.

It tells the query's form, whether it has a SERVICE clause, how deep its brackets nest and roughly
how many triple patterns, groups and operators it has: each of them, in thousands, overflows the
engine's stack or keeps its planner busy for minutes. It parses nothing: the engine says what is
wrong with a query.

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
from collections.abc import Callable, Iterator, Mapping
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
        groups: how many groups in braces there are.
        operators: how many operators, calls and filters there are.
        deepest: where the nesting is deepest.
        last_pattern: where the last triple pattern begins.
        last_group: where the last group begins.
        last_operator: where the last operator stands.
        volatile: whether the same data may be answered from otherwise, or with other blank nodes,
            when it is asked again: it names a function such as NOW, or SERVICE, or makes nodes.
        prefixes: the prefixes that it declares, with their IRIs as written.
        names: the prefixed names and IRIs in it (the first `_NAMES_LIMIT`), each with the offset
            of its first use.
    """

    form: Form
    service: Place | None
    nesting: int
    patterns: int
    groups: int
    operators: int
    deepest: Place
    last_pattern: Place
    last_group: Place
    last_operator: Place
    volatile: bool
    prefixes: Mapping[str, str]
    names: Mapping[str, int]


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


class Kind(Enum):
    """The kind of a token."""

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
_LOCAL_END = r"(?:(?<!\.)|(?<=\\\.))"
"""A dot ends no name, but for one behind a backslash."""
_LESS = "<"
_TOKEN_LIMIT = 200_000
_NAMES_LIMIT = 1000
# UUID stands for STRUUID, too. "In" a word, since the engine's grammar has keywords end anywhere.
_VOLATILE = ("NOW", "RAND", "UUID", "BNODE", "SERVICE")
# What makes blank nodes in the template of a CONSTRUCT, apart from a blank node's label.
_MAKES_NODES = frozenset(("[", "(", "<<", "|", "~"))
_TOKENS = (
    (Kind.IRI, rf'<(?:[^<>"{{}}|^`\\\x00-\x20]|{_ESCAPE})*>'),
    (Kind.STRING, r"'''(?:'{0,2}(?:[^'\\]|\\.))*'''"),
    (Kind.STRING, r'"""(?:"{0,2}(?:[^"\\]|\\.))*"""'),
    # Neither may run into a third quote: then it is a long string that does not end.
    (Kind.STRING, r"'(?:[^'\\\n\r]|\\.)+'|''(?!')"),
    (Kind.STRING, r'"(?:[^"\\\n\r]|\\.)+"|""(?!")'),
    (Kind.VARIABLE, r"[?$]\w[\w\u00B7]*"),
    (Kind.BLANK, r"_:\w(?:[\w.\-\u00B7]*[\w\-\u00B7])?"),
    # The prefix is bounded: without that, a.a.a.a... would be searched again from every letter.
    (
        Kind.NAME,
        rf"(?:[^\W\d_](?:[\w.\-\u00B7]{{0,250}}[\w\-\u00B7])?)?:(?:{_LOCAL}*{_LOCAL_END})?",
    ),
    (Kind.LANGUAGE, r"@[A-Za-z]+(?:-{1,2}[A-Za-z0-9]+)*"),
    (Kind.NUMBER, r"(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?|\d+\.[eE][+-]?\d+"),
    (Kind.WORD, r"[A-Za-z_]\w*"),
    (Kind.MARK, r"<<|>>|\^\^|&&|\|\||!=|<=|>=|[{}()\[\].;,=<>!+\-*/|^?&~]"),
)
_TOKEN = re.compile("|".join(f"({regex})" for _, regex in _TOKENS), re.DOTALL)
_WHITE = re.compile(r"(?:[ \t\n\r]+|#[^\n\r]*)+")
_UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH")
)
_PROLOGUE = frozenset(("BASE", "PREFIX", "VERSION"))
_OPENING = {"{": "}", "(": ")", "[": "]", "<<": ">>"}
_NODES = frozenset((Kind.IRI, Kind.STRING, Kind.VARIABLE, Kind.BLANK, Kind.NAME, Kind.NUMBER))
_OPERAND_MARKS = frozenset((")", "}", ">>", "]"))
_PATTERN_MARKS = frozenset(("[", "/", "~", "<<"))
_OPERATOR_MARKS = frozenset(("!", "-", "+", "*", "/", "|", "^", "?", "(", "&&", "||"))
_COMPARISONS = frozenset(("=", "!=", "<", ">", "<=", ">="))


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark of a query, as written.

    Attributes:
        kind: its kind.
        text: the characters.
        start: the offset of the first one.
    """

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset behind the last character."""
        return self.start + len(self.text)

    @property
    def upper(self) -> str:
        """A word in capital letters; nothing if it is no word."""
        return self.text.upper() if self.kind is Kind.WORD else ""

    @property
    def ends_operand(self) -> bool:
        """Whether a ``<`` behind it may compare."""
        return (
            self.kind in _NODES
            or self.kind is Kind.LANGUAGE
            or self.text in _OPERAND_MARKS
            or self.upper in ("TRUE", "FALSE")
        )

    @property
    def is_node(self) -> bool:
        """Whether it is a term, or the beginning of one."""
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


def _prefix(name: Token) -> str:
    return name.text.partition(":")[0].upper()


def place_of(text: str, position: int) -> Place:
    """The place of an offset in a query; CR LF, LF and CR end lines."""
    lines = re.split(r"\r\n|\n|\r", text[:position])
    return Place(len(lines), len(lines[-1]) + 1)


def inspect(text: str) -> QueryText:
    """Looks through a query in one pass.

    Raises:
        QueryTextError: there is no query in it, or something that is no token.
    """
    return _Inspection(text).result()


def tokens(text: str) -> list[Token]:
    """The words and marks of a query, without white space and comments.

    Raises:
        QueryTextError: there is no query in it, or something that is no token.

    >>> [token.text for token in tokens("ASK { ?s a <x:y> } # why")]
    ['ASK', '{', '?s', 'a', '<x:y>', '}']
    """
    return looked_through(text)[1]


def looked_through(text: str) -> tuple[QueryText, list[Token]]:
    """What `inspect` and `tokens` find, in one pass.

    Raises:
        QueryTextError: there is no query in it, or something that is no token.
    """
    found: list[Token] = []
    return _Inspection(text, found.append).result(), found


class _Inspection:
    def __init__(self, text: str, on_token: Callable[[Token], None] = lambda token: None) -> None:
        self._text = text
        self._on_token = on_token
        self._levels = [_Level("", _Holds.EXPRESSION)]
        self._previous: Token | None = None
        self._before: Token | None = None
        self._form: Form | None = None
        self._service: int | None = None
        self._nesting = 0
        self._deepest = 0
        self._patterns = 0
        self._last_pattern = 0
        self._groups = 0
        self._last_group = 0
        self._operators = 0
        self._last_operator = 0
        self._first: int | None = None
        self._volatile = False
        self._template: bool | None = None
        """Whether this is within the template of a CONSTRUCT; None before it."""
        self._prefixes: dict[str, str] = {}
        self._names: dict[str, int] = {}

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
            self._note_volatile(token)
            self._note_name(token)
            if token.kind is Kind.MARK:
                self._note_bracket(token)
            elif token.kind is Kind.WORD:
                self._note_word(token)
            self._note_pattern(token)
            self._note_operator(token)
            self._before, self._previous = self._previous, token
            self._on_token(token)
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
            self._groups,
            self._operators,
            self._place(self._deepest),
            self._place(self._last_pattern),
            self._place(self._last_group),
            self._place(self._last_operator),
            self._volatile or service is not None,
            self._prefixes,
            self._names,
        )

    def _tokens(self) -> Iterator[Token]:
        position = 0
        while True:
            white = _WHITE.match(self._text, position)
            position = white.end() if white else position
            if position == len(self._text):
                return
            if self._text[position] == _LESS and self._compares(position):
                mark = "<=" if self._text.startswith("<=", position) else _LESS
                yield Token(Kind.MARK, mark, position)
                position += len(mark)
                continue
            match = _TOKEN.match(self._text, position)
            if match is None:
                raise QueryTextError(
                    f"unexpected {shown(self._text[position : position + 10])}",
                    self._place(position),
                    hint="a string or an IRI may lack its end",
                )
            assert match.lastindex is not None
            yield Token(_TOKENS[match.lastindex - 1][0], match[0], position)
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

    def _note_form(self, token: Token) -> None:
        if self._form is None and token.kind is Kind.WORD and token.upper not in _PROLOGUE:
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

    def _note_service(self, token: Token) -> None:
        # The engine's grammar has keywords end anywhere: it reads SERVICEex:a { } as SERVICE and
        # ex:a. Within braces, a name with a group behind it stands only after GRAPH otherwise.
        if self._service is not None:
            return
        if token.kind in (Kind.WORD, Kind.LANGUAGE) and "SERVICE" in token.text.upper():
            self._service = token.start
        elif token.text == "{" and self._previous is not None and len(self._levels) > 1:
            name, graph = self._previous, self._before is not None and self._before.upper == "GRAPH"
            if name.kind is Kind.NAME and "SERVICE" in _prefix(name) and not graph:
                self._service = name.start

    def _note_volatile(self, token: Token) -> None:
        if token.kind in (Kind.WORD, Kind.LANGUAGE):
            self._volatile |= any(name in token.text.upper() for name in _VOLATILE)
        if self._form is not Form.CONSTRUCT:
            return
        if len(self._levels) == 1:  # before the template, or behind it
            if self._template is None and token.text == "{":
                self._template = True
            elif self._template:
                self._template = False
        elif self._template and (token.kind is Kind.BLANK or token.text in _MAKES_NODES):
            self._volatile = True

    def _note_name(self, token: Token) -> None:
        previous, before = self._previous, self._before
        if previous is not None and previous.upper.endswith("PREFIX"):
            return
        declared = before is not None and before.upper.endswith("PREFIX")
        if previous is not None and declared and token.kind is Kind.IRI:
            self._prefixes[previous.text.removesuffix(":")] = token.text[1:-1]
        elif token.kind in (Kind.IRI, Kind.NAME) and len(self._names) < _NAMES_LIMIT:
            self._names.setdefault(token.text, token.start)

    def _note_word(self, token: Token) -> None:
        level = self._levels[-1]
        # "in", since the engine's grammar has keywords end anywhere: SELECTDISTINCT, trueFILTER.
        if "SELECT" in token.upper and level.mark in ("", "{"):
            level.holds = _Holds.EXPRESSION  # the whole subselect, up to its closing brace
        elif "FILTER" in token.upper:
            level.filter = True
        elif "VALUES" in token.upper:
            level.values = True

    def _note_bracket(self, token: Token) -> None:
        level = self._levels[-1]
        if token.text in _OPENING:
            self._levels.append(_Level(token.text, self._content(token.text)))
            level.filter = False
            if token.text == "{":
                level.values = False
                self._groups += 1
                self._last_group = token.start
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
        named = level.holds is _Holds.TRIPLES and previous.kind is Kind.NAME
        if named and "FILTER" in _prefix(previous):
            # FILTERex:f(1 < 2) is a call, and with a prefix "FILTERex" a property and a list.
            return _Holds.UNCLEAR
        called = previous.kind is Kind.WORD and not previous.is_node
        if level.holds is _Holds.EXPRESSION or level.filter or called:
            return _Holds.EXPRESSION
        return _Holds.TRIPLES

    def _note_pattern(self, token: Token) -> None:
        """Counts what begins a triple pattern: a subject, what follows ; or ``,``, a path step."""
        level, previous = self._levels[-1], self._previous
        if level.holds is not _Holds.TRIPLES or previous is None:
            return
        # Of a bracket that opens, the own level is the last one by now.
        adds = token.kind is Kind.MARK and token.text in _PATTERN_MARKS
        begins = level.mark == "(" or previous.text in ("{", "}", ".", ";", ",")
        # An annotation is two patterns more: for the triple, and for what is said of it.
        annotates = token.text == "|" and previous.text == "{"
        if adds or annotates or (token.is_node and begins):
            self._patterns += 3 if annotates else 1
            self._last_pattern = token.start

    def _note_operator(self, token: Token) -> None:
        """Counts what makes an expression or a path longer, and each term of DESCRIBE."""
        if self._levels[-1].holds is _Holds.DATA:
            return
        if token.kind is Kind.MARK:
            counts = token.text in _OPERATOR_MARKS or token.text in _COMPARISONS
        elif token.kind is Kind.WORD:
            counts = "FILTER" in token.upper or "EXISTS" in token.upper
        else:
            counts = self._form is Form.DESCRIBE and len(self._levels) == 1
        if counts:
            self._operators += 1
            self._last_operator = token.start

    def _place(self, position: int) -> Place:
        return place_of(self._text, position)
