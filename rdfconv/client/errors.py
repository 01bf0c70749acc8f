"""What can go wrong when data are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rdfconv.errors import RdfconvError, UsageError, shown


@dataclass(frozen=True, slots=True)
class Candidate:
    """A protein that a name may stand for.

    Attributes:
        accession: its UniProtKB accession.
        name: its label; "" if it has none.
        taxon: the NCBI taxonomy id of its organism; None if none is known.
    """

    accession: str
    name: str
    taxon: int | None

    def __str__(self) -> str:
        of = f"{self.name}, " if self.name else ""
        return f"{self.accession} ({of}taxon {self.taxon or 'unknown'})"


class QueryError(UsageError):
    """A query that is not SPARQL.

    Args:
        message: what is wrong.
        line: the 1-based line in the query; None if the place is not known.
        column: the 1-based column in that line.
        hint: what to do next.
    """

    def __init__(
        self,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}, column {self.column}: "
        return f"{place}{super().__str__()}"


class UnknownProteinError(UsageError):
    """No protein has that accession or name."""


class AmbiguousNameError(UsageError):
    """Several proteins have that name.

    Args:
        name: the name.
        candidates: the proteins, sorted by accession.
    """

    def __init__(self, name: str, candidates: Sequence[Candidate]) -> None:
        listed = ", ".join(map(str, candidates))
        taxa = {one.taxon for one in candidates}
        narrow = "organism=TAXID or " if len(taxa) > 1 else ""
        super().__init__(
            f"{shown(name)} may be any of {len(candidates)} proteins: {listed}",
            hint=f"give {narrow}an accession",
        )
        self.candidates = tuple(candidates)


class ServiceError(RdfconvError):
    """A server gives no answer, or no complete one.

    Args:
        message: what happened.
        status: the HTTP status; None if there was none.
        retry_after: in how many seconds the server wants to be asked again; None if it does not
            say.
        hint: what to do next.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after = retry_after
