"""What somebody may have meant: the nearest prefix, the nearest term, the place in a query.

A term that the ontology lacks is no error in SPARQL: the query is answered, and has no rows. The
answer then carries the nearest term in the header ``TFLink-Hint``.

>>> from server.query_text import inspect
>>> hint(inspect("SELECT * { ?s tfl:%s ?o }" % "regulate")).partition(" is ")[2]
'no term of the ontology; the nearest is tfl:regulates'
>>> print(excerpt("SELECT * {\\n  ?s ?p }", 2, 9))
  ?s ?p }
        ^
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache

import pyoxigraph

from rdfconv.errors import shown
from rdfconv.identifiers import TERM
from rdfconv.vocabulary import METADATA_PREFIXES, PREFIXES, ontology_folder
from server.query_text import QueryText

HINT_HEADER = "TFLink-Hint"
"""The header that names the nearest terms to ones that the ontology lacks."""
SHOWN_BEFORE, SHOWN_AFTER = 60, 20
"""How many characters of a line an excerpt has before and behind the column."""
HINTS = 3
"""How many terms one hint names at most."""

_LONGEST_NAME = 80
# A keyword that ends where the prefix begins, which the engine's grammar allows: FILTERex:f(?x).
_GLUED = re.compile(r"(?i)(?:FILTER|HAVING|GRAPH|NAMED|DESCRIBE|SERVICE|SILENT)\w")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def excerpt(text: str, line: int, column: int) -> str:
    """A line of a query, and under it a caret at the column; long lines are cut.

    Args:
        text: the query.
        line: the 1-based line.
        column: the 1-based column, in characters.

    Returns:
        Two lines; "" if the query has no such line.
    """
    # Places come from a parser to which only LF ends a line, or from one to which CR does, too.
    for lines in (text.split("\n"), re.split(r"\r\n|\n|\r", text)):
        if line <= len(lines) and column <= len(lines[line - 1]) + 1:
            content, at = lines[line - 1].rstrip("\r"), column - 1
            start = max(at - SHOWN_BEFORE, 0)
            piece = _UNSEEN.sub(" ", content[start : at + SHOWN_AFTER])
            before, after = "..." if start else "", "..." if at + SHOWN_AFTER < len(content) else ""
            return f"{before}{piece}{after}\n{' ' * (len(before) + at - start)}^"
    return ""


def not_blank(text: str, line: int, column: int) -> tuple[int, int]:
    """The last place in a query up to the one given where something stands.

    The engine's parser names the place behind all that it looked at, which is often the end.

    >>> not_blank("ASK {\\n ?s }\\n", 3, 1)
    (2, 5)
    """
    lines = text.split("\n")[:line]
    if len(lines) == line:
        lines[-1] = lines[-1][:column]
    before = "\n".join(lines).rstrip()
    return before.count("\n") + 1, max(len(before) - before.rfind("\n") - 1, 1)


def unknown_prefix(found: QueryText) -> tuple[str, str, int] | None:
    """The first prefix that is neither declared nor well known.

    Returns:
        What is wrong, what to do, and the offset in the query; None if there is none.
    """
    for name, offset in found.names.items():
        prefix = name.partition(":")[0]
        if name.startswith("<") or prefix in found.prefixes or prefix in PREFIXES:
            continue
        if _GLUED.match(prefix):
            continue
        detail = f"the prefix {shown(prefix + ':')} is not declared"
        if prefix in METADATA_PREFIXES:
            return detail, f"begin with 'PREFIX {prefix}: <{METADATA_PREFIXES[prefix]}>'", offset
        declare = f"begin with 'PREFIX {shown(prefix)[1:-1]}: <...>'"
        near = get_close_matches(prefix.lower(), PREFIXES, n=1)
        if near:
            return detail, f"did you mean {near[0]}: <{PREFIXES[near[0]]}>? Else {declare}", offset
        return detail, declare, offset
    return None


def hint(found: QueryText) -> str:
    """What to say of the terms in a query that the ontology lacks: one line of ASCII, or ""."""
    namespaces = {**PREFIXES, **found.prefixes}
    hints: list[str] = []
    for name in found.names:
        prefix, _, local = name.partition(":")
        iri = name[1:-1] if name.startswith("<") else namespaces.get(prefix, "") + local
        term = iri.removeprefix(TERM)
        if not iri.startswith(TERM) or not term or term in terms():
            continue
        # Only letters, digits and hyphens of what was sent go into the answer's header.
        said = re.sub(r"[^A-Za-z0-9_.-]", "?", term[:_LONGEST_NAME])
        known = {one.lower(): one for one in sorted(terms())}
        near = get_close_matches(term[:_LONGEST_NAME].lower(), known, n=1)
        nearest = f"; the nearest is tfl:{known[near[0]]}" if near else ", nor is any like it"
        hints.append(f"tfl:{said} is no term of the ontology{nearest}")
        if len(hints) == HINTS:
            break
    return " | ".join(dict.fromkeys(hints))


@cache
def terms() -> frozenset[str]:
    """The local names of the ontology's own terms."""
    path = ontology_folder() / "tflink.ttl"
    triples = pyoxigraph.parse(path=path, format=pyoxigraph.RdfFormat.TURTLE)
    subjects = {
        one.subject.value for one in triples if isinstance(one.subject, pyoxigraph.NamedNode)
    }
    return frozenset(iri.removeprefix(TERM) for iri in subjects if iri.startswith(TERM))
