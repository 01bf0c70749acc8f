"""The example queries: the files ``ontology/queries/*.rq``, each with a header that describes it.

A header is the comment at the beginning of the file: fields ``# name: value``, each once, and under
a field more lines of its value, indented by at least two blanks behind the ``#``::

    # title: Genes that SOX4 regulates
    # description: The targets of one transcription factor,
    #   with their names.
    # level: beginner
    # keywords: targets, transcription factor
    # federates-with: https://sparql.uniprot.org/sparql

``federates-with`` names the endpoints of the query's SERVICE clauses, parted by blanks, and is left
out if there are none.

>>> simplest = examples()[0]
>>> simplest.name, simplest.level, simplest.form, simplest.federates_with
('targets', <Level.BEGINNER: 'beginner'>, <Form.SELECT: 'SELECT'>, ())
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import takewhile
from pathlib import Path

from rdfconv.errors import OntologyError, shown
from rdfconv.vocabulary import ontology_folder


class Level(StrEnum):
    """How much SPARQL one should know to read a query."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Form(StrEnum):
    """The form of a query."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"


@dataclass(frozen=True, slots=True)
class Example:
    """An example query.

    Attributes:
        name: the file's name without ``.rq``: lower-case letters, digits and hyphens.
        title: one line.
        description: what it answers, and what it does not claim; one line, however it is wrapped.
        level: how hard it is.
        keywords: at least one.
        federates_with: the IRIs of the endpoints of its SERVICE clauses, in the header's order.
        text: the query without the header.
        form: the query's form.
        source: the whole file, header and query.
    """

    name: str
    title: str
    description: str
    level: Level
    keywords: tuple[str, ...]
    federates_with: tuple[str, ...]
    text: str
    form: Form
    source: str


@cache
def examples() -> tuple[Example, ...]:
    """All example queries, the simplest first.

    They are sorted by level; then those that ask no other endpoint come first, and among them
    those about the data, and SELECT; last by length.

    Raises:
        OntologyError: a file cannot be read, or its header is not complete.
    """
    found = [read(path) for path in (ontology_folder() / "queries").glob("*.rq")]
    return tuple(sorted(found, key=_difficulty))


def _difficulty(one: Example) -> tuple[int, bool, bool, bool, int, str]:
    return (
        list(Level).index(one.level),
        bool(one.federates_with),
        "metadata" in one.keywords,
        one.form is not Form.SELECT,
        len(one.text),
        one.name,
    )


_REQUIRED = ("title", "description", "level", "keywords")
_FIELDS = (*_REQUIRED, "federates-with")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FIELD = re.compile(r"# ([a-z-]+):(?: +(.*))?")
_MORE = re.compile(r"# {2,}(\S.*)")
_FORM = re.compile(rf"^({'|'.join(Form)})\b", re.MULTILINE)
_SERVICE = re.compile(r"^[^#\n]*\bSERVICE\s+(?:SILENT\s+)?<([^<>]*)>", re.MULTILINE)


def read(path: Path) -> Example:
    """Reads one example query and checks its header.

    Raises:
        OntologyError: the file cannot be read, or its header is not complete.
    """
    try:
        source = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path}: cannot be read: {error}") from error
    if not _NAME.fullmatch(path.stem):
        raise OntologyError(
            f"{path}: a bad name for an example query",
            hint="use lower-case letters, digits and single hyphens",
        )
    header = list(takewhile(lambda line: line.startswith("#"), source.splitlines()))
    fields = _fields(path, header)
    text = "\n".join(source.splitlines()[len(header) :]).strip() + "\n"
    form = _FORM.search(text)
    if form is None:
        raise OntologyError(
            f"{path}:{len(header) + 1}: no query under the header",
            hint=f"one line must begin with one of {', '.join(Form)}",
        )
    return Example(
        name=path.stem,
        title=fields["title"][1],
        description=fields["description"][1],
        level=_level(path, *fields["level"]),
        keywords=_keywords(path, *fields["keywords"]),
        federates_with=_endpoints(path, *fields.get("federates-with", (len(header), "")), text),
        text=text,
        form=Form(form[1]),
        source=source,
    )


def _fields(path: Path, header: list[str]) -> dict[str, tuple[int, str]]:
    """The fields of a header: the line that each begins in, and its value in one line."""
    fields: dict[str, tuple[int, str]] = {}
    name = ""
    for number, line in enumerate(header, 1):
        more = _MORE.fullmatch(line)
        if more and name:
            start, value = fields[name]
            fields[name] = start, f"{value} {more[1].strip()}".strip()
            continue
        match = _FIELD.fullmatch(line)
        if match is None or match[1] not in _FIELDS:
            raise OntologyError(
                f"{path}:{number}: no field of the header: {shown(line)}",
                hint=f"the fields are {', '.join(_FIELDS)}; '# name: value', more lines indented",
            )
        name = match[1]
        if name in fields:
            raise OntologyError(f"{path}:{number}: {name!r} for the second time")
        fields[name] = number, (match[2] or "").strip()
    for name in _REQUIRED:
        if name not in fields:
            raise OntologyError(
                f"{path}:{len(header) + 1}: the header ends without {name!r}",
                hint=f"add a line '# {name}: ...' to the comment that begins the file",
            )
    for name, (number, value) in fields.items():
        if not value:
            raise OntologyError(f"{path}:{number}: {name!r} has no value")
    return fields


def _level(path: Path, number: int, value: str) -> Level:
    if value not in list(Level):
        raise OntologyError(
            f"{path}:{number}: no level: {shown(value)}", hint=f"there are {', '.join(Level)}"
        )
    return Level(value)


def _keywords(path: Path, number: int, value: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in value.split(","))
    if not all(words) or len(set(words)) < len(words):
        raise OntologyError(
            f"{path}:{number}: an empty or repeated keyword: {shown(value)}",
            hint="part them by single commas",
        )
    return words


def _endpoints(path: Path, number: int, value: str, text: str) -> tuple[str, ...]:
    named, asked = tuple(value.split()), set(_SERVICE.findall(text))
    if len(set(named)) < len(named) or set(named) != asked:
        raise OntologyError(
            f"{path}:{number}: 'federates-with' must name the endpoints of the SERVICE clauses, "
            f"each once: {shown(value)}",
            hint=f"the query asks {' '.join(sorted(asked)) or 'no other endpoint'}",
        )
    return named
