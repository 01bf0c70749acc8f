"""Content negotiation (RFC 9110, section 12.5.1) over tables of formats.

>>> from rdfconv.formats import RESULT_FORMATS
>>> formats = tuple(RESULT_FORMATS.values())
>>> negotiate("text/csv;q=0.5, application/*;q=0.4", formats).name
'csv'
>>> negotiate("*/*", formats).name
'json'
>>> negotiate("text/turtle", formats) is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rdfconv.formats import Format

HTML = Format("html", "HTML", "text/html", ("application/xhtml+xml",), (".html",), False, "")
"""Pages for browsers. Not in the tables of formats: nothing converts to it."""

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE = re.compile(rf"({_NAME})/({_NAME})")
_PARAMETER = re.compile(rf'\s*;\s*(?:({_NAME})\s*=\s*({_NAME}|"(?:[^"\\]|\\.)*"))?')
_QUALITY = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')


@dataclass(frozen=True, slots=True)
class MediaRange:
    """A media range of an Accept header.

    Attributes:
        type: the type, or ``*``.
        subtype: the subtype, or ``*``.
        parameters: how many parameters it has, apart from the quality.
        quality: from 0 (never) to 1.
    """

    type: str
    subtype: str
    parameters: int
    quality: float

    @property
    def specificity(self) -> tuple[int, int]:
        """The greater, the more specific the range is."""
        return (self.type != "*") + (self.subtype != "*"), self.parameters

    def matches(self, media_type: str) -> bool:
        """Whether the range covers a media type."""
        main, _, sub = media_type.partition("/")
        return self.type in ("*", main) and self.subtype in ("*", sub)


def parse_accept(header: str) -> list[MediaRange]:
    """The media ranges of an Accept header; elements that are no media range do not count.

    Everything is served in UTF-8, so a range with another charset covers nothing and is left out.
    Other parameters (a profile, a version) make a range more specific and are preferences that a
    server may pass over.
    """
    ranges = (_media_range(element.strip()) for element in _ELEMENT.findall(header))
    return [found for found in ranges if found is not None]


def _media_range(element: str) -> MediaRange | None:
    match = _RANGE.match(element)
    if match is None or (match[1] == "*" and match[2] != "*"):
        return None
    quality, parameters, position = 1.0, 0, match.end()
    while position < len(element):
        parameter = _PARAMETER.match(element, position)
        if parameter is None:
            return None
        position = parameter.end()
        name, value = (parameter[1] or "").lower(), (parameter[2] or "").strip('"')
        if name == "q":
            if not _QUALITY.fullmatch(value):
                return None
            quality = float(value)
        elif name == "charset" and value.lower() != "utf-8":
            return None
        elif name:
            parameters += 1
    return MediaRange(match[1].lower(), match[2].lower(), parameters, quality)


def negotiate(header: str | None, formats: Sequence[Format]) -> Format | None:
    """The format that an Accept header likes best.

    The most specific range that covers a format's media type gives its quality. An alias counts
    only where it is named: ``text/*`` asks for Turtle and not, by ``text/plain``, for N-Triples.
    Of formats that are liked equally, one that is named wins over one that a wildcard covers, and
    then the first of the table.

    Args:
        header: the header's value; None or empty if there is none, which accepts everything.
        formats: the formats there are, the preferred one first.

    Returns:
        A format; None if none is acceptable.
    """
    ranges = parse_accept(header or "")
    if not ranges:
        # Also a header of which nothing could be understood says nothing against any format.
        return formats[0]
    best: Format | None = None
    best_rank: tuple[float, tuple[int, int]] = (0.0, (0, 0))
    for fmt in formats:
        rank = _rank(ranges, fmt)
        if rank[0] > 0 and rank > best_rank:
            best, best_rank = fmt, rank
    return best


def _rank(ranges: Iterable[MediaRange], fmt: Format) -> tuple[float, tuple[int, int]]:
    covering = [found for found in ranges if found.matches(fmt.media_type)]
    named = [found for found in covering if found.subtype != "*"]
    if named:
        chosen = max(named, key=lambda found: (found.specificity, found.quality))
        return chosen.quality, chosen.specificity
    aliased = [
        found
        for found in ranges
        if found.subtype != "*" and any(found.matches(alias) for alias in fmt.aliases)
    ]
    candidates = aliased or covering
    if not candidates:
        return 0.0, (0, 0)
    chosen = max(candidates, key=lambda found: (found.specificity, found.quality))
    return chosen.quality, chosen.specificity


def named_format(name: str, formats: Iterable[Format]) -> Format | None:
    """The format that ``format=NAME`` asks for.

    NAME is the format's name; other spellings that SPARQL clients send are its label, a media
    type or the second half of one, or a file name ending.

    >>> from rdfconv.formats import RDF_FORMATS
    >>> [named_format(name, RDF_FORMATS.values()).name for name in ("turtle", "xml", "json-ld")]
    ['ttl', 'rdfxml', 'jsonld']
    """
    wanted = name.strip().lower()
    table = list(formats)
    for fmt in table:
        if wanted == fmt.name:
            return fmt
    for fmt in table:
        media_types = (fmt.media_type, *fmt.aliases)
        spellings = {fmt.label.lower(), *media_types, *(fmt.media_type.split("/")[1:])}
        if wanted in spellings or f".{wanted}" in fmt.suffixes:
            return fmt
    return None
