"""Tables with typed columns, as data frames of pandas or polars.

>>> table = Table((Column("tf", Kind.TEXT, ""), Column("papers", Kind.TEXTS, "")),
...               [("Q06945", ["9", "11"])])
>>> frame = to_pandas(table)
>>> frame["papers"].iloc[0]
['9', '11']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from rdfconv.client.answers import Answer, Term
from rdfconv.errors import RdfconvError
from rdfconv.vocabulary import PREFIXES

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

_XSD = PREFIXES["xsd"]
_INTEGERS = {
    _XSD + name
    for name in (
        *("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger"),
        *("negativeInteger", "nonPositiveInteger", "unsignedInt", "unsignedShort", "unsignedByte"),
        "unsignedLong",
    )
}
_NUMBERS = {_XSD + name for name in ("decimal", "double", "float")}
_INT64 = range(-(2**63), 2**63)


class Kind(StrEnum):
    """The type of a column. Every column may have missing values, but those of lists."""

    TEXT = "text"
    """pandas ``string``, polars ``String``"""
    INTEGER = "integer"
    """pandas ``Int64``, polars ``Int64``"""
    NUMBER = "number"
    """pandas ``Float64``, polars ``Float64``"""
    BOOLEAN = "boolean"
    """pandas ``boolean``, polars ``Boolean``"""
    TEXTS = "list of text"
    """pandas ``object`` (lists of str), polars ``List(String)``"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type, and what it says."""

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values of the columns' types; None where there is no value."""

    columns: tuple[Column, ...]
    rows: Sequence[tuple[Any, ...]]

    def values(self, place: int) -> list[Any]:
        """The values of a column, by its place."""
        return [row[place] for row in self.rows]


def table_of(answer: Answer) -> Table:
    """The table of a query's answer, each column of the type that all its values have.

    IRIs are text, and so are literals of other types than numbers and booleans, and columns of
    several types. A column without any value is text.
    """
    columns, contents = [], []
    for place, name in enumerate(answer.columns):
        terms = [row[place] for row in answer.rows]
        kind = _kind(terms)
        columns.append(Column(name, kind, ""))
        contents.append([None if term is None else _value(term, kind) for term in terms])
    return Table(tuple(columns), list(zip(*contents, strict=True)))


def to_pandas(table: Table) -> pd.DataFrame:
    """The table in pandas.

    Raises:
        RdfconvError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise _missing("pandas") from error
    types = {
        Kind.TEXT: "string",
        Kind.INTEGER: "Int64",
        Kind.NUMBER: "Float64",
        Kind.BOOLEAN: "boolean",
        Kind.TEXTS: "object",
    }
    series: dict[str, Any] = {
        column.name: pd.Series(table.values(place), dtype=types[column.kind])
        for place, column in enumerate(table.columns)
    }
    return pd.DataFrame(series, columns=[column.name for column in table.columns])


def to_polars(table: Table) -> pl.DataFrame:
    """The table in polars.

    Raises:
        RdfconvError: polars is not installed.
    """
    try:
        import polars as pl
    except ImportError as error:
        raise _missing("polars") from error
    types: dict[Kind, Any] = {
        Kind.TEXT: pl.String,
        Kind.INTEGER: pl.Int64,
        Kind.NUMBER: pl.Float64,
        Kind.BOOLEAN: pl.Boolean,
        Kind.TEXTS: pl.List(pl.String),
    }
    return pl.DataFrame(
        {
            column.name: pl.Series(column.name, table.values(place), dtype=types[column.kind])
            for place, column in enumerate(table.columns)
        }
    )


def _missing(package: str) -> RdfconvError:
    return RdfconvError(
        f"{package} is not installed", hint="install it: pip install 'rdfconv[client]'"
    )


def _kind(terms: Sequence[Term | None]) -> Kind:
    kinds = {_kind_of(term) for term in terms if term is not None}
    return kinds.pop() if len(kinds) == 1 else Kind.TEXT


def _kind_of(term: Term) -> Kind:
    if not isinstance(term, Literal):
        return Kind.TEXT
    datatype = term.datatype.value
    try:
        if datatype in _INTEGERS and int(term.value) in _INT64:
            return Kind.INTEGER
        if datatype in _NUMBERS:
            float(term.value)
            return Kind.NUMBER
    except ValueError:  # "abc"^^xsd:integer
        return Kind.TEXT
    is_boolean = datatype == _XSD + "boolean" and term.value in ("true", "false", "0", "1")
    return Kind.BOOLEAN if is_boolean else Kind.TEXT


def _value(term: Term, kind: Kind) -> object:
    text = term.value if isinstance(term, NamedNode | Literal) else str(term)
    if kind is Kind.INTEGER:
        return int(text)
    if kind is Kind.NUMBER:
        return float(text)
    if kind is Kind.BOOLEAN:
        return text in ("true", "1")
    return text
