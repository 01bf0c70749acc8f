"""Terms and property paths, read token by token."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from rdfconv.errors import RdfconvError
from rdfconv.vocabulary import PREFIXES
from server.grammar.terms import Path, PathKind, Term, TermKind
from server.query_text import Kind, Token

RDF_TYPE = f"{PREFIXES['rdf']}type"
DEEPEST = 60
"""How deep brackets may nest in what is read: a recursion has an end."""

_XSD = PREFIXES["xsd"]
_CLOSING = {"(": ")", "{": "}", "[": "]", "<<": ">>"}
_REPEATS = {"?": PathKind.MAYBE, "*": PathKind.STAR, "+": PathKind.PLUS}
# RFC 3987, as far as it matters: absolute, and nothing in it that ends an IRI in a query.
_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]*')
_NOWHERE = Token(Kind.MARK, "", 0)


class NotUnderstoodError(RdfconvError):
    """A part of a query is not of a kind that is taken apart here.

    Args:
        message: what is not understood.
        start: the offset of the place, if it is known.
    """

    def __init__(self, message: str, start: int | None = None) -> None:
        super().__init__(message)
        self.start = start


class Words:
    """The tokens of a query, and a place among them.

    Args:
        text: the query.
        tokens: its tokens.
        prefixes: the prefixes that it may use without declaring them.

    Raises:
        NotUnderstoodError: brackets nest too deep.
    """

    def __init__(self, text: str, tokens: Sequence[Token], prefixes: Mapping[str, str]) -> None:
        self.text = text
        self.prefixes = dict(prefixes)
        self._tokens = tokens
        self._place = 0
        self._labels = 0
        self.fresh = "planned"
        while self.fresh in text:
            self.fresh += "0"
        depth = 0
        for token in tokens:
            depth += (token.text in _CLOSING) - (token.text in _CLOSING.values())
            if depth > DEEPEST:
                raise NotUnderstoodError("brackets nest too deep")

    @property
    def next(self) -> Token:
        """The next token; one without text at the end."""
        return self._tokens[self._place] if self._place < len(self._tokens) else _NOWHERE

    @property
    def last_end(self) -> int:
        """The offset behind the token that was taken last."""
        return self._tokens[self._place - 1].end

    def ahead(self, number: int) -> Sequence[Token]:
        """The next tokens, as many as there are."""
        return self._tokens[self._place : self._place + number]

    def take(self) -> Token:
        """Takes the next token.

        Raises:
            NotUnderstoodError: there is none.
        """
        token = self.next
        if token is _NOWHERE:
            raise NotUnderstoodError("the query ends early")
        self._place += 1
        return token

    def sees(self, *marks: str) -> bool:
        """Whether the next token is one of these marks."""
        return self.next.kind is Kind.MARK and self.next.text in marks

    def has(self, mark: str) -> bool:
        """Takes a mark if it is the next token."""
        found = self.sees(mark)
        self._place += found
        return found

    def has_word(self, *words: str) -> bool:
        """Takes a keyword if it is the next token; of several words, all of them."""
        found = [token.upper for token in self.ahead(len(words))] == list(words)
        self._place += len(words) if found else 0
        return found

    def expect(self, mark: str) -> None:
        """Takes a mark.

        Raises:
            NotUnderstoodError: it is not the next token.
        """
        if not self.has(mark):
            raise self.unknown()

    def unknown(self) -> NotUnderstoodError:
        """What to raise at the next token."""
        return NotUnderstoodError(
            f"{self.next.text or 'its end'!r} is not expected here", self.next.start
        )

    def bracket(self) -> list[Token]:
        """Takes a bracket with all that is in it, and gives what is in it.

        Raises:
            NotUnderstoodError: there is none, or it is not closed.
        """
        waiting: list[str] = []
        start = self._place
        while True:
            token = self.take()
            if token.kind is Kind.MARK and token.text in _CLOSING:
                waiting.append(_CLOSING[token.text])
            elif not waiting:
                raise NotUnderstoodError(f"{token.text!r} is not expected here")
            elif token.kind is Kind.MARK and token.text == waiting[-1]:
                waiting.pop()
                if not waiting:
                    return list(self._tokens[start + 1 : self._place - 1])

    # Terms

    def blank(self) -> Term:
        """A blank node that the query has not yet."""
        self._labels += 1
        label = f"_:{self.fresh}{self._labels}"
        return Term(TermKind.BLANK, label, label)

    def is_name(self) -> bool:
        """Whether the next token is a variable or an IRI."""
        return self.next.kind in (Kind.VARIABLE, Kind.IRI, Kind.NAME)

    def variable(self) -> str:
        """Takes a variable and gives its name, beginning with a question mark.

        Raises:
            NotUnderstoodError: the next token is none.
        """
        if self.next.kind is not Kind.VARIABLE:
            raise self.unknown()
        return variable_of(self.take())

    def term(self) -> Term:
        """Takes a variable, an IRI, a labelled blank node or a literal.

        Raises:
            NotUnderstoodError: the next token is none of them.
        """
        token = self.next
        if token.kind is Kind.VARIABLE:
            self.take()
            return Term(TermKind.VARIABLE, token.text, variable_of(token))
        if token.kind is Kind.BLANK:
            self.take()
            return Term(TermKind.BLANK, token.text, token.text)
        if token.kind in (Kind.IRI, Kind.NAME):
            return self.iri()
        return self._literal()

    def iri(self) -> Term:
        """Takes an IRI or a prefixed name.

        Raises:
            NotUnderstoodError: the next token is none, or its prefix is not known.
        """
        if self.next.kind not in (Kind.IRI, Kind.NAME):
            raise self.unknown()
        return self.iri_of(self.take())

    def iri_of(self, token: Token) -> Term:
        """The term of a token that is an IRI or a prefixed name.

        Raises:
            NotUnderstoodError: its prefix is not known.
        """
        if token.kind is Kind.IRI:
            return Term(TermKind.IRI, token.text, _absolute(token.text[1:-1]))
        prefix, _, local = token.text.partition(":")
        if prefix not in self.prefixes:
            raise NotUnderstoodError(f"the prefix {prefix!r} is not declared")
        space = _absolute(self.prefixes[prefix])
        value = _absolute(space + local.replace("\\", "")) if space else ""
        return Term(TermKind.IRI, token.text, value)

    def _literal(self) -> Term:
        token = self.take()
        if token.upper in ("TRUE", "FALSE"):
            value = f'"{token.text.lower()}"^^<{_XSD}boolean>'
            return Term(TermKind.LITERAL, token.text, value)
        if token.text == "-" and self.next.kind is Kind.NUMBER and self.next.start == token.end:
            return Term(TermKind.LITERAL, f"-{self.take().text}", "")
        if token.kind is Kind.NUMBER:
            plain = token.text.isdecimal() and str(int(token.text[:20])) == token.text
            value = f'"{token.text}"^^<{_XSD}integer>' if plain else ""
            return Term(TermKind.LITERAL, token.text, value)
        if token.kind is not Kind.STRING:
            raise NotUnderstoodError(f"{token.text!r} is not expected here")
        content = token.text[1:-1]
        known = not any(mark in content for mark in "\\\"'\n\r")
        if self.next.kind is Kind.LANGUAGE:
            self._adjacent(token)
            language = self.take().text
            value = f'"{content}"{language}' if known else ""
            return Term(TermKind.LITERAL, token.text + language, value)
        if self.sees("^^"):
            self._adjacent(token)
            mark = self.take()
            self._adjacent(mark)
            datatype = self.iri()
            value = f'"{content}"^^<{datatype.value}>' if known and datatype.value else ""
            return Term(TermKind.LITERAL, f"{token.text}^^{datatype.text}", value)
        return Term(TermKind.LITERAL, token.text, f'"{content}"' if known else "")

    def _adjacent(self, token: Token) -> None:
        if self.next.start != token.end:
            raise NotUnderstoodError("a literal is written with a gap")

    # Paths

    def path(self) -> Path:
        """Takes a property path; a predicate is one, too.

        Raises:
            NotUnderstoodError: there is none.
        """
        return self._joined("|", PathKind.ALTERNATIVE)

    def _joined(self, mark: str, kind: PathKind) -> Path:
        parts = [self._part(mark)]
        while self.has(mark):
            parts.append(self._part(mark))
        return parts[0] if len(parts) == 1 else Path(kind, tuple(parts))

    def _part(self, mark: str) -> Path:
        return self._joined("/", PathKind.SEQUENCE) if mark == "|" else self._step()

    def _step(self) -> Path:
        if self.has("^"):
            return Path(PathKind.INVERSE, (self._repeated(),))
        return self._repeated()

    def _repeated(self) -> Path:
        found = self._primary()
        if not self.sees(*_REPEATS):
            return found
        mark = self.take()
        if self.next.kind is Kind.NUMBER and self.next.start == mark.end:
            raise NotUnderstoodError("a sign and a number behind a path can be read in two ways")
        return Path(_REPEATS[mark.text], (found,))

    def _primary(self) -> Path:
        if self.has("("):
            found = self.path()
            self.expect(")")
            return found
        if self.has("!"):
            if self.sees("("):
                self.bracket()
            else:
                self.has("^")
                self._link()
            return Path(PathKind.NEGATED)
        return self._link()

    def _link(self) -> Path:
        if self.next.text == "a" and self.next.kind is Kind.WORD:
            self.take()
            return Path(PathKind.LINK, term=Term(TermKind.IRI, "a", RDF_TYPE))
        return Path(PathKind.LINK, term=self.iri())


def declarations(
    used: Iterable[Token], prologue: Iterable[Token], prefixes: Mapping[str, str], base: str
) -> str:
    """What has to stand before a query that is sent elsewhere, where no prefix is known beforehand.

    Args:
        used: the tokens of the query, or of that part of it that is sent.
        prologue: the tokens of its prologue, which is sent, too.
        prefixes: the prefixes that it may use without declaring them.
        base: the IRI that relative ones are resolved against, if it has no BASE; "" for none.

    >>> from server.query_text import tokens
    >>> declarations(tokens("ASK { ?s a x:y }"), [], {"x": "http://x.example/"}, "")
    'PREFIX x: <http://x.example/> '
    """
    used, prologue = list(used), list(prologue)
    missing = sorted((_prefixes(used) - _prefixes(prologue)) & prefixes.keys())
    found = [f"PREFIX {one}: <{prefixes[one]}> " for one in missing]
    is_relative = any(one.kind is Kind.IRI and ":" not in one.text for one in used)
    if base and is_relative and not any(one.upper == "BASE" for one in prologue):
        found.insert(0, f"BASE <{base}> ")
    return "".join(found)


def _prefixes(found: Iterable[Token]) -> set[str]:
    return {one.text.partition(":")[0] for one in found if one.kind is Kind.NAME}


def is_iri(text: str) -> bool:
    """Whether a text is an absolute IRI that can stand in a query between < and >.

    >>> is_iri("http://example.org/a"), is_iri("a"), is_iri("x:a> } #")
    (True, False, False)
    """
    return _IRI.fullmatch(text) is not None


def variable_of(token: Token) -> str:
    """The name of a variable: ``$x`` is the same as ``?x``."""
    return f"?{token.text[1:]}"


def _absolute(iri: str) -> str:
    """The IRI if it is absolute and written as it is, else ""."""
    scheme, colon, _ = iri.partition(":")
    plain = "\\" not in iri and "/." not in iri
    return iri if colon and scheme.isascii() and scheme.isalnum() and plain else ""
