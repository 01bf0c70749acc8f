"""What follows for records, in which case: the words that reasoning and templates share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rdfconv.mapping import Variable
from rdfconv.mapping_values import database_iri, method_iri, taxon_iri

UNKNOWN = "-unknown-"
"""The name of a database, a method and an organism that no table knows."""


@dataclass(frozen=True, slots=True)
class Case:
    """One graph to close: a record with its mandatory triples and some optional ones.

    Attributes:
        name: its name in placeholders, letters and digits only.
        record: the record type.
        given: the variables beyond the mandatory ones, each with the value it has or None for a
            placeholder.
    """

    name: str
    record: str
    given: tuple[tuple[Variable, str | None], ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Conclusion:
    """A triple that follows for a record: names of variables or IRIs.

    Attributes:
        subject: the name of a variable.
        predicate: an IRI.
        value: an IRI, or the name of a variable.
        is_variable: whether the value is a variable.
    """

    subject: str
    predicate: str
    value: str
    is_variable: bool


Learned = Mapping[str, Mapping[Case, frozenset[Conclusion]]]
"""What follows in each case of each record type."""


@cache
def unknown_values() -> Mapping[str, str]:
    """The values of vocabulary variables that stand for all values no table knows."""
    return {
        "sourceDatabase": database_iri(UNKNOWN),
        "detectionMethod": method_iri(UNKNOWN),
        "proteinTaxon": taxon_iri(UNKNOWN),
    }
