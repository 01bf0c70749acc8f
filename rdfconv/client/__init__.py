"""TFLink's edges as data frames, from a release on disk or from a server: the same code for both.

    from rdfconv.client import connect

    tflink = connect("output")                    # a releases' folder, without a server
    tflink = connect("https://tflink.example")    # or a server
    tflink.regulators_of("SOX4", organism=9606)

It needs pandas or polars: ``pip install 'rdfconv[client]'``.

With a release of two edges:

>>> from tempfile import TemporaryDirectory
>>> from rdfconv.building import build
>>> folder = TemporaryDirectory()
>>> pages = Path(folder.name, "edges.ttl")
>>> from rdfconv.vocabulary import PREFIXES
>>> prefixes = "".join(f"@prefix {name}: <{iri}> . " for name, iri in PREFIXES.items())
>>> _ = pages.write_text(prefixes + '''
... uniprotkb:Q06945 a up:Protein ; rdfs:label "SOX4" ; obo:RO_0002162 taxon:9606 ;
...   tfl:regulates uniprotkb:Q08211 , uniprotkb:P04637 .
... uniprotkb:Q08211 a up:Protein ; rdfs:label "DHX9" ; obo:RO_0002162 taxon:9606 .
... uniprotkb:P04637 a up:Protein ; rdfs:label "TP53" ; obo:RO_0002162 taxon:9606 .
... tfli:Q06945_Q08211 tfl:transcriptionFactor uniprotkb:Q06945 ; tfl:target uniprotkb:Q08211 ;
...   tfl:evidence <https://example.org/report> .
... <https://example.org/report> a tfl:Evidence ; tfl:smallScale true ;
...   tfl:sourceDatabase tfldb:GTRD ; tfl:primaryReference pubmed:19148141 ;
...   tfl:databaseReference pubmed:27924024 .
... ''')
>>> _ = build([pages], Path(folder.name, "output"))
>>> tflink = connect(Path(folder.name, "output"))
>>> edges = tflink.targets_of("SOX4")
>>> edges[["regulator", "target", "target_name", "small_scale"]].values.tolist()
[['Q06945', 'Q08211', 'DHX9', True], ['Q06945', 'P04637', 'TP53', <NA>]]
>>> tflink.regulators_of("P04637")["regulator_name"].tolist()
['SOX4']
>>> report = tflink.evidence("SOX4", "DHX9").iloc[0]
>>> report["databases"], report["primary_papers"], report["database_papers"]
(['GTRD'], ['19148141'], ['27924024'])
>>> tflink.sparql("SELECT (COUNT(*) AS ?edges) { ?tf tfl:regulates ?target }")["edges"].tolist()
[2]
>>> tflink.regulators_of("SOX40")
Traceback (most recent call last):
...
rdfconv.client.errors.UnknownProteinError: there is no protein 'SOX40' (names are gene symbols \
as TFLink spells them; accessions look like Q06945)
>>> tflink.close()
>>> folder.cleanup()
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from rdfconv.client import edges, names
from rdfconv.client.answers import Answer
from rdfconv.client.edges import EDGE_COLUMNS, EVIDENCE_COLUMNS, Protein, Source
from rdfconv.client.errors import (
    AmbiguousNameError,
    Candidate,
    QueryError,
    ServiceError,
    UnknownProteinError,
)
from rdfconv.client.frames import Column, Kind, Table, table_of, to_pandas, to_polars
from rdfconv.client.local import LocalSource
from rdfconv.client.remote import RemoteSource
from rdfconv.errors import UsageError, shown

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = [
    "EDGE_COLUMNS",
    "EVIDENCE_COLUMNS",
    "AmbiguousNameError",
    "Candidate",
    "Client",
    "Column",
    "Kind",
    "QueryError",
    "ServiceError",
    "UnknownProteinError",
    "connect",
]

TIMEOUT = 120.0
"""Seconds that a server may be silent."""

Frame = TypeVar("Frame")
_FRAMES: dict[str, Callable[[Table], Any]] = {"pandas": to_pandas, "polars": to_polars}


@overload
def connect(
    source: str | Path, *, frames: Literal["pandas"] = "pandas", timeout: float = TIMEOUT
) -> Client[pd.DataFrame]: ...
@overload
def connect(
    source: str | Path, *, frames: Literal["polars"], timeout: float = TIMEOUT
) -> Client[pl.DataFrame]: ...
def connect(source: str | Path, *, frames: str = "pandas", timeout: float = TIMEOUT) -> Client[Any]:
    """Opens a release, or gets ready to ask a server.

    Args:
        source: the releases' folder or one release, or the http(s) address of a server or of its
            SPARQL endpoint.
        frames: ``pandas`` or ``polars``.
        timeout: seconds that a server may be silent.

    Raises:
        ReleaseError: there is no release in the folder.
        UsageError: the address or `frames` cannot be used.
    """
    if frames not in _FRAMES:
        raise UsageError(f"there are no frames {shown(frames)}", hint=f"use {' or '.join(_FRAMES)}")
    opened: Source
    if isinstance(source, str) and "://" in source:
        opened = RemoteSource(source, timeout)
    else:
        opened = LocalSource(Path(source))
    return Client(opened, _FRAMES[frames])


class Client(Generic[Frame]):
    """Asks one source; made by `connect`. To be used in one thread, and closed in the end.

    Args:
        source: what answers.
        to_frame: makes a data frame of a table.
    """

    def __init__(self, source: Source, to_frame: Callable[[Table], Frame]) -> None:
        self._source = source
        self._to_frame = to_frame

    def __enter__(self) -> Client[Frame]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the source."""
        self._source.close()

    def regulators_of(self, protein: str, *, organism: int | None = None) -> Frame:
        """The transcription factors that regulate a protein's gene, one row for each edge.

        Args:
            protein: a UniProtKB accession, or a name such as a gene symbol.
            organism: NCBI taxonomy id, where several organisms have the name.

        Returns:
            The columns of `EDGE_COLUMNS`, those with the most databases first, then those with
            the most primary papers.

        Raises:
            UnknownProteinError: no protein has that name.
            AmbiguousNameError: several have it; the error lists them.
            ServiceError: the server gives no answer, or no complete one.
        """
        return self._frame(
            lambda source: edges.regulators(source, names.resolve(source, protein, organism))
        )

    def targets_of(self, protein: str, *, organism: int | None = None) -> Frame:
        """The proteins whose genes a transcription factor regulates, one row for each edge.

        Arguments, columns and errors are those of `regulators_of`.
        """
        return self._frame(
            lambda source: edges.targets(source, names.resolve(source, protein, organism))
        )

    def evidence(self, tf: str, target: str, *, organism: int | None = None) -> Frame:
        """What stands behind an edge, one row for each report; no row if there is no such edge.

        Args:
            tf: the transcription factor: an accession or a name.
            target: the target, likewise.
            organism: NCBI taxonomy id of both, where several organisms have the names.

        Returns:
            The columns of `EVIDENCE_COLUMNS`. Primary papers and the databases' own papers are
            apart, as only the former are about the edge.

        Raises:
            UnknownProteinError, AmbiguousNameError, ServiceError: see `regulators_of`.
        """

        def read(source: Source) -> Table:
            ends = (names.resolve(source, end, organism) for end in (tf, target))
            return edges.evidence(source, *ends)

        return self._frame(read)

    def sparql(self, query: str) -> Frame:
        """The answer to a SPARQL query; the well-known prefixes need not be declared.

        SELECT gives a column for each variable, typed by its values: integers, numbers, booleans,
        else text (IRIs as they are). ASK gives the column ``answer``. CONSTRUCT and DESCRIBE give
        ``subject``, ``predicate`` and ``object``, sorted. Rows without ORDER BY may come in any
        order.

        Raises:
            QueryError: it is not SPARQL; `line` and `column` say where.
            ServiceError: the server gives no answer, or no complete one.
        """
        return self._to_frame(table_of(self._source.ask(query)))

    def protein(self, name: str, *, organism: int | None = None) -> Protein:
        """The protein that a name stands for: its `iri`, `id`, `name` and `taxon`.

        Raises:
            UnknownProteinError, AmbiguousNameError, ServiceError: see `regulators_of`.
        """
        return names.resolve(self._source, name, organism)

    def _frame(self, read: Callable[[Source], Table]) -> Frame:
        """What is read from one release: once more if another one was published meanwhile."""
        for _ in range(2):
            watched = _Watched(self._source)
            table = read(watched)
            if len(watched.releases) < 2:
                return self._to_frame(table)
        raise ServiceError("the data were replaced while they were read", hint="ask again")


class _Watched:
    """A source that notes the releases that answered."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.releases: set[str] = set()

    def ask(self, query: str) -> Answer:
        answer = self._source.ask(query)
        self.releases.add(answer.release)
        return answer

    def close(self) -> None:
        """The source is closed by whoever opened it."""
