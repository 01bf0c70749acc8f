"""Reads answers of endpoints as SPARQL results, XML or JSON, and as nothing else.

The format is what the Content-Type says; none is guessed. The parser resolves no entities, and a
document type declaration, in which they are made, is refused before it sees one.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import IO, TypeAlias, cast

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    Triple,
    parse_query_results,
)

from server.remote import FailureKind, RemoteError
from server.remote.client import Reply

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple

ACCEPT = "application/sparql-results+json, application/sparql-results+xml;q=0.5"
"""The formats that are read, as an Accept header. JSON is better: in XML, pyoxigraph drops the
blanks at a literal's ends and what stands before a comment in it, and refuses CDATA."""

_FORMATS = {
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "application/xml": QueryResultsFormat.XML,
    "text/xml": QueryResultsFormat.XML,
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
}
_BLOCK = 1 << 16
_PROLOG_SIZE = 8 << 10
"""Bytes that may stand before the first element of XML."""
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?(?>\s|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
"""What may stand before a document type declaration or the first element."""
_XML_END = re.compile(rb"</(?:[\w.-]+:)?sparql\s*>(?:\s|<!--.*?-->)*", re.DOTALL)
"""What XML results end with."""
_JSON_END = re.compile(rb"\]\s*\}\s*\}\s*\Z")
"""What JSON results end with, if nothing stands behind their rows."""
_ROWS_END = re.compile(rb"\]\s*\}\s*,")
"""What the rows of JSON results end with, if something does."""
_BEHIND_ROWS = "after the end of the bindings"
"""How pyoxigraph's error begins to say that; QLever writes its times there."""
_END_SIZE = 8 << 10
"""Bytes at the end of an answer in which all that must stand; yes or no has no more in all."""
_UNDECIDED = (b"", b"<", b"<!", b"<!-")


class Solutions:
    """The solutions of a SELECT query, as they come; to be read in the thread that began it.

    Attributes:
        variables: the names of the columns, without ``?``.
    """

    def __init__(self, reply: Reply, source: _Source, parsed: QuerySolutions, rows: int) -> None:
        self._reply = reply
        self._source = source
        self._parsed: QuerySolutions | None = parsed
        self._limit = rows
        self._thread = threading.get_ident()
        self.variables = tuple(variable.value for variable in parsed.variables)

    def __iter__(self) -> Iterator[tuple[Term | None, ...]]:
        """Yields the rows, once, and closes the answer.

        Raises:
            RemoteError: there are too many, or the answer is broken.
            RuntimeError: it is another thread; pyoxigraph would end the process.
        """
        if threading.get_ident() != self._thread:
            raise RuntimeError("solutions must be read in the thread that asked for them")
        count = 0
        try:
            while (row := self._next()) is not None:
                count += 1
                if self._limit and count > self._limit:
                    raise RemoteError(
                        FailureKind.LARGE,
                        f"the endpoint's answer has more than {self._limit:,} rows",
                    )
                yield row
            self._source.finish()
            _check_whole(self._reply, count)
        finally:
            self.close()

    def serialize(
        self, output: IO[bytes], results_format: QueryResultsFormat, rows: Callable[[], int]
    ) -> bool:
        """Writes the solutions as they come, and closes the answer.

        Args:
            output: where they are written.
            results_format: the format.
            rows: tells how many were written.

        Returns:
            Whether the end is missing that the format has behind its rows: of an answer with
            something behind its own, which is read, but not written.

        Raises:
            RemoteError: the answer is broken.
        """
        assert self._parsed is not None
        cut = False
        try:
            self._parsed.serialize(output, results_format)
            self._source.finish()
        except (SyntaxError, ValueError) as error:
            if _BEHIND_ROWS not in str(error):
                raise _unreadable(self._reply) from None
            self._source.finish_members()
            cut = True
        finally:
            self.close()
        _check_whole(self._reply, rows())
        return cut

    def close(self) -> None:
        """Closes the answer, and frees the parser: no other thread may do that."""
        self._parsed = None
        self._reply.close()

    def _next(self) -> tuple[Term | None, ...] | None:
        if self._parsed is None:
            return None
        try:
            solution = next(self._parsed, None)
            return None if solution is None else tuple(solution)
        except (SyntaxError, ValueError) as error:
            if _BEHIND_ROWS in str(error):
                self._source.finish_members()
                return None
            raise _unreadable(self._reply) from None


def solutions(reply: Reply, rows: int) -> Solutions:
    """The solutions that an answer holds.

    Args:
        reply: the answer; closed at the end of the solutions, or by an error.
        rows: how many there may be; 0 for any number.

    Raises:
        RemoteError: it holds none.
    """
    found = answer(reply, rows)
    if isinstance(found, bool):
        raise _unreadable(reply, "yes or no instead of a table")
    return found


def boolean(reply: Reply) -> bool:
    """What an answer to an ASK query says.

    Raises:
        RemoteError: it says neither yes nor no.
    """
    found = answer(reply, 0)
    if isinstance(found, bool):
        return found
    found.close()
    raise _unreadable(reply, "a table instead of yes or no")


def answer(reply: Reply, rows: int) -> Solutions | bool:
    """What an answer holds, whether it is a table or yes or no; see `solutions`.

    Raises:
        RemoteError: it is no SPARQL result.
    """
    results_format = _FORMATS.get(reply.media_type)
    if results_format is None:
        what = "an HTML page" if reply.media_type == "text/html" else "another format"
        raise _unreadable(reply, what)
    check_in_time(reply)
    source = _Source(reply, results_format == QueryResultsFormat.XML)
    try:
        source.refuse_document_type()
        parsed = parse_query_results(cast("IO[bytes]", source), results_format)
        if isinstance(parsed, QueryBoolean):
            source.finish(small=True)
            return bool(parsed)
    except (SyntaxError, ValueError):  # their texts quote the answer
        raise _unreadable(reply) from None
    assert isinstance(parsed, QuerySolutions)
    return Solutions(reply, source, parsed, rows)


class _Source:
    """An answer as the parser reads it: never more at once than it asks for."""

    def __init__(self, reply: Reply, xml: bool) -> None:
        self._reply = reply
        self._xml = xml
        self._start = b""
        self._end = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as `Reply.read` gives them."""
        if self._start:
            size = len(self._start) if size < 0 else size
            block, self._start = self._start[:size], self._start[size:]
        else:
            block = self._reply.read(size)
        self._end = (self._end + block)[-_END_SIZE:] if block else self._end
        return block

    def refuse_document_type(self) -> None:
        """Looks ahead to the first element of XML.

        Raises:
            RemoteError: there is a document type declaration, or too much before the element.
        """
        while self._xml and len(self._start) < _PROLOG_SIZE:
            block = self._reply.read(_PROLOG_SIZE - len(self._start))
            self._start += block
            found = _BEFORE.match(self._start)
            rest = self._start[found.end() :] if found else b""
            if rest[:2] == b"<!" and not b"<!--".startswith(rest[:4]):
                raise _unreadable(self._reply, "XML with a document type declaration")
            if not block or (rest not in _UNDECIDED and rest[:2] not in (b"<?", b"<!")):
                return
        if self._xml:
            raise _unreadable(self._reply, "XML with too much before its first element")

    def finish(self, *, small: bool = False) -> None:
        """Reads what is left, and looks at how it ends: the parser takes some that break off.

        Args:
            small: whether it is yes or no, after which the parser reads no more.

        Raises:
            RemoteError: it broke off.
        """
        self._drain()
        if self._xml:
            whole = len(self._end) in (found.end() for found in _XML_END.finditer(self._end))
        elif small:
            whole = _is_json(self._end)
        elif _JSON_END.search(self._end):
            whole = True
        else:
            self.finish_members()
            return
        if not whole:
            raise _unreadable(self._reply, "one that breaks off")

    def finish_members(self) -> None:
        """Reads what is left of JSON with something behind its rows.

        Raises:
            RemoteError: it broke off.
        """
        self._drain()
        ends = [found.end() for found in _ROWS_END.finditer(self._end)]
        if not any(_is_json(b"{" + self._end[end:]) for end in reversed(ends)):
            raise _unreadable(self._reply, "one that breaks off")

    def _drain(self) -> None:
        while self.read(_BLOCK):
            pass


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _check_whole(reply: Reply, rows: int) -> None:
    """Raises RemoteError if Virtuoso has cut an answer: a header is all that says so."""
    limit = reply.header("X-SPARQL-MaxRows").strip()
    if limit.isascii() and limit.isdigit() and len(limit) < 19 and rows >= int(limit):
        raise RemoteError(
            FailureKind.LARGE,
            f"the endpoint's answer is not complete: it sends no more than {int(limit):,} rows",
            hint="ask for less at once",
        )


def check_in_time(reply: Reply) -> None:
    """Raises RemoteError if Virtuoso's time was over and it sends what it had found till then: with
    the status 200, and headers are all that says so."""
    if reply.header("X-SQL-State").strip() == "S1TAT":
        reply.close()
        raise RemoteError(FailureKind.TIMEOUT, "the endpoint's time was over before it had all")


def _unreadable(reply: Reply, what: str = "") -> RemoteError:
    reply.close()
    told = f": it is {what}" if what else ""
    return RemoteError(FailureKind.FORMAT, f"the endpoint's answer is no SPARQL result{told}")
