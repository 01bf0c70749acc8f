"""What other engines are known to do otherwise than SPARQL 1.1 or than our own store.

One table: what differs, and what is done about it. docs/engines.md shows it to readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from pyoxigraph import Literal, NamedNode, Triple

from rdfconv.vocabulary import PREFIXES
from server.remote import FailureKind, RemoteError
from server.remote.client import Reply

VIRTUOSO = "Virtuoso 7"
ANY = "any"


class Remedy(StrEnum):
    """What is done about a difference."""

    MENDED = "mended"
    """The answer is as it should be."""
    REFUSED = "an error"
    """There is no answer, and it is said that there is none."""
    LEFT = "left"
    """The answer is the engine's."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that an engine does otherwise.

    Attributes:
        engine: the engine.
        what: what it does.
        remedy: what is done about it.
    """

    engine: str
    what: str
    remedy: Remedy


DIFFERENCES = (
    Difference(VIRTUOSO, "ASK is answered with a table of one row, or of none", Remedy.MENDED),
    Difference(VIRTUOSO, "`true` and `false` come back as 1 and 0", Remedy.MENDED),
    Difference(VIRTUOSO, "literals with a datatype are called `typed-literal`", Remedy.MENDED),
    Difference(
        VIRTUOSO,
        "there is no default graph; all graphs together stand in for it, its own among them",
        Remedy.MENDED,
    ),
    Difference(VIRTUOSO, "`GRAPH ?g` finds graphs of its own, too", Remedy.MENDED),
    Difference(
        VIRTUOSO, "beyond `ResultSetMaxRows` answers are cut, and a header says so", Remedy.REFUSED
    ),
    Difference(
        VIRTUOSO,
        "a path such as `rdfs:subClassOf*` with variables at both ends is not answered",
        Remedy.REFUSED,
    ),
    Difference(VIRTUOSO, "blank nodes have names that SPARQL does not have", Remedy.MENDED),
    Difference(
        VIRTUOSO, "expressions that are true or false, such as EXISTS, are 1 or 0", Remedy.LEFT
    ),
    Difference(VIRTUOSO, "`GRAPH ?g { }` without a pattern finds no graph", Remedy.LEFT),
    Difference(
        VIRTUOSO, "`SELECT DISTINCT ... LIMIT 1000` may give more than 1,000 rows", Remedy.LEFT
    ),
    Difference(VIRTUOSO, "GROUP_CONCAT of nothing is an empty text, not unbound", Remedy.LEFT),
    Difference(
        VIRTUOSO, "an error in IF counts as false, and COALESCE does not see it", Remedy.LEFT
    ),
    Difference(
        VIRTUOSO,
        "functions such as `bif:http_get` fetch addresses for whoever asks",
        Remedy.REFUSED,
    ),
    Difference(
        VIRTUOSO, "`FROM` without `FROM NAMED` leaves all graphs to `GRAPH ?g`", Remedy.LEFT
    ),
    Difference(
        VIRTUOSO,
        "CONSTRUCT is cut at one triple more than `ResultSetMaxRows`, and nothing says so",
        Remedy.REFUSED,
    ),
    Difference(
        VIRTUOSO,
        "with `timeout` in its address it sends what it had in time, and a header says so",
        Remedy.REFUSED,
    ),
    Difference(VIRTUOSO, "DESCRIBE tells what others say of a thing, too", Remedy.LEFT),
    Difference(
        VIRTUOSO, "DESCRIBE does not tell all of what blank nodes of a thing lead to", Remedy.LEFT
    ),
    Difference(VIRTUOSO, "groups in groups, some 70 deep, are not answered", Remedy.REFUSED),
    Difference(
        VIRTUOSO,
        "names with `%` or `\\` in them, such as `uniprotkb:a%20b`, are not read; IRIs are",
        Remedy.REFUSED,
    ),
    Difference(VIRTUOSO, "the character U+0000 in a text ends the query", Remedy.MENDED),
    Difference(
        VIRTUOSO, "numbers are rounded and written in its own way: 1.50 is 1.5", Remedy.LEFT
    ),
    Difference(ANY, "a release that is published later is not there at once", Remedy.LEFT),
)

OWN_GRAPHS = (
    "http://www.openlinksw.com/",
    "http://www.w3.org/ns/ldp#",
    "http://www.w3.org/2002/07/owl#",
    "http://localuriqaserver/",
    "urn:activitystreams-owl:",
    "urn:core:services:",
)
"""What the IRIs of Virtuoso's own graphs begin with."""

_BOOLEAN = b'XMLSchema#boolean", "value": "%s"'
_NODE = b'"type": "bnode", "value": "'
_MENDED = {
    _BOOLEAN % b"1": _BOOLEAN % b"true",
    _BOOLEAN % b"0": _BOOLEAN % b"false",
    _NODE + b"nodeID://": _NODE,
}
_KEPT = max(map(len, _MENDED))
"""Bytes that are kept back: what is looked for may be cut between two blocks."""


_FEW = 10_000
"""Rows that are asked for first, to learn a limit; it is the limit of Virtuoso as it comes."""
_DATATYPE = NamedNode(f"{PREFIXES['xsd']}boolean")
_WORDS = {"1": "true", "0": "false"}


def is_virtuoso(reply: Reply) -> bool:
    """Whether an answer comes from Virtuoso."""
    return reply.header("Server").startswith("Virtuoso")


def mended(triple: Triple) -> Triple:
    """A triple of Virtuoso with ``true`` and ``false`` for 1 and 0.

    >>> one = Triple(NamedNode("x:s"), NamedNode("x:p"), Literal("1", datatype=_DATATYPE))
    >>> mended(one).object.value
    'true'
    """
    value = triple.object
    if isinstance(value, Literal) and value.datatype == _DATATYPE and value.value in _WORDS:
        word = Literal(_WORDS[value.value], datatype=_DATATYPE)
        return Triple(triple.subject, triple.predicate, word)
    return triple


class TripleLimit:
    """The limit at which a Virtuoso cuts what CONSTRUCT finds.

    A header tells it, but only with a SELECT that finds as much, so one is asked: of one variable,
    and its rows are not read. What came whole once is not asked for again.

    Args:
        ask: sends a query.
    """

    def __init__(self, ask: Callable[[str], Reply]) -> None:
        self._ask = ask
        self._whole = 0
        self._limit: int | None = None

    def checked(self, triples: Iterable[Triple]) -> Iterator[Triple]:
        """The triples of an answer.

        Raises:
            RemoteError: they were cut.
        """
        number = 0
        for triple in triples:
            number += 1
            yield triple
        while self._limit is None and self._whole < number:
            self._look(max(self._whole * 10, _FEW))
        if self._limit is not None and number > self._limit:
            raise RemoteError(
                FailureKind.LARGE,
                f"the endpoint sends no more than {self._limit:,} triples",
                hint="ask for less at once",
            )

    def _look(self, rows: int) -> None:
        with self._ask(f"SELECT ?a {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {rows}") as reply:
            found = reply.header("X-SPARQL-MaxRows").strip()
        if found.isascii() and found.isdigit() and len(found) < 19:
            self._limit = int(found)
        else:
            self._whole = rows


class Mended:
    """An answer of Virtuoso in JSON, with booleans and blank nodes as SPARQL has them.

    What is looked for cannot stand within a value: quotes are escaped there.

    Args:
        reply: the answer.
    """

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._held = b""
        self._ready = b""
        self.media_type = reply.media_type

    def header(self, name: str) -> str:
        """A header of the answer."""
        return self._reply.header(name)

    def close(self) -> None:
        """Closes the answer."""
        self._reply.close()

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        while not self._ready:
            block = self._reply.read(1 << 16)
            text = self._held + block
            for theirs, ours in _MENDED.items():
                text = text.replace(theirs, ours)
            place = len(text) - _KEPT if block else len(text)
            self._ready, self._held = text[: max(place, 0)], text[max(place, 0) :]
            if not block:
                break
        size = len(self._ready) if size < 0 else size
        found, self._ready = self._ready[:size], self._ready[size:]
        return found
