"""What the export formats that list edges have in common: ids, counts, and how they are written."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rdfconv.edges.reader import Edge, Protein
from rdfconv.errors import UsageError, shown
from rdfconv.filters import Filter


class Ids(StrEnum):
    """What stands for a protein in gene sets and networks."""

    SYMBOL = "symbol"
    """The name, which is mostly a gene symbol."""
    ENTREZ = "entrez"
    """The NCBI gene ids, of which a protein may have several."""
    UNIPROT = "uniprot"
    """The UniProtKB accession."""


def ids_of(text: str) -> Ids:
    """The kind of ids that a parameter names; "" is `Ids.SYMBOL`.

    >>> ids_of("Entrez"), ids_of("")
    (<Ids.ENTREZ: 'entrez'>, <Ids.SYMBOL: 'symbol'>)

    Raises:
        UsageError: there is no such kind.
    """
    try:
        return Ids(text.strip().lower() or Ids.SYMBOL)
    except ValueError:
        raise UsageError(f"there are no ids {shown(text)}", hint=f"use {', '.join(Ids)}") from None


def ids_in(protein: Protein, ids: Ids) -> tuple[str, ...]:
    """The ids of a protein; none if it has none of that kind.

    A protein without a name is called by the last part of its IRI; that is no gene symbol.

    >>> sox4 = Protein("http://purl.uniprot.org/uniprot/Q06945", "SOX4", "", ("6659",))
    >>> [ids_in(sox4, kind) for kind in Ids]
    [('SOX4',), ('6659',), ('Q06945',)]
    """
    if ids is Ids.ENTREZ:
        return protein.genes
    if ids is Ids.UNIPROT:
        return (protein.accession,) if protein.accession else ()
    return (protein.name,) if protein.name != protein.iri.rstrip("/").rsplit("/", 1)[-1] else ()


_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.-]+")


def plain(text: str) -> str:
    """A text as a part of a file's or set's name: ASCII letters, digits, ``.``, ``-`` and ``_``.

    >>> plain("E(spl)m8-HLH"), plain("Danio  rerio"), plain("...")
    ('E_spl_m8-HLH', 'Danio_rerio', '')
    """
    return _NOT_IN_NAMES.sub("_", text).strip("_.-")


def label_of(protein: Protein) -> str:
    """A name for a protein within other names: its own, and what tells it from others.

    >>> label_of(Protein("http://purl.uniprot.org/uniprot/Q06945", "SOX4", "", ()))
    'SOX4_Q06945'
    """
    local = plain(protein.accession or protein.iri.rstrip("/").rsplit("/", 1)[-1])
    name = plain(protein.name)
    return "_".join(part for part in (name, local) if part and (part != name or name != local)) or (
        local or "protein"
    )


@dataclass(slots=True)
class Tally:
    """What was written, complete at the end.

    Attributes:
        edges: the edges.
        regulators: their transcription factors.
        left_out: the IRIs of proteins that have no id of the kind asked for.
        respelled: the names that a format cannot carry as they are.
        sets: the gene sets.
        empty_sets: those that were left out, as none of their members has an id.
        unnamed: edges that are no node of their own in the data.
    """

    edges: int = 0
    regulators: int = 0
    left_out: set[str] = field(default_factory=set)
    respelled: set[str] = field(default_factory=set)
    sets: int = 0
    empty_sets: int = 0
    unnamed: int = 0

    def lines(self) -> list[str]:
        """What was written, in words, the most important first.

        >>> Tally(edges=12345, regulators=30, left_out={"x"}).lines()
        ['12,345 edges of 30 regulators', '1 protein left out: no id of that kind']
        """
        told = [f"{_number(self.edges, 'edge')} of {_number(self.regulators, 'regulator')}"]
        if self.sets:
            told.append(f"{_number(self.sets, 'gene set')}")
        if self.empty_sets:
            told.append(f"{_number(self.empty_sets, 'gene set')} left out: no member has an id")
        if self.left_out:
            told.append(f"{_number(len(self.left_out), 'protein')} left out: no id of that kind")
        if self.respelled:
            told.append(
                f"{_number(len(self.respelled), 'name')} respelled: blanks and commas became '_'"
            )
        if self.unnamed:
            told.append(f"{_number(self.unnamed, 'edge')} without a node of their own")
        return told


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Context:
    """What a sheet may know beside the edges.

    Attributes:
        wanted: the filter that the edges pass.
        ids: what stands for proteins, in the formats that have a choice.
        name_of: gives the name of an IRI.
        regulators: gives the transcription factors of the edges, in their order.
        tally: what is counted into.
    """

    wanted: Filter
    ids: Ids
    name_of: Callable[[str], str]
    regulators: Callable[[], Iterable[Protein]]
    tally: Tally


class Sheet(ABC):
    """Writes edges in one format, batch by batch. Those of a regulator come side by side."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._ids: dict[str, tuple[str, ...]] = {}

    def ids_in(self, protein: Protein) -> tuple[str, ...]:
        """The ids of a protein; one without any is counted as left out."""
        found = self._ids.get(protein.iri)
        if found is None:
            found = self._ids[protein.iri] = ids_in(protein, self.context.ids)
            if not found:
                self.context.tally.left_out.add(protein.iri)
        return found

    def head(self) -> str:
        """What comes first."""
        return ""

    @abstractmethod
    def rows(self, edges: Sequence[Edge]) -> str:
        """A batch of edges; "" if they are kept for later."""

    def foot(self) -> str:
        """What comes last."""
        return ""


class Known(dict[str, str]):
    """Texts by key, made once each."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: str) -> str:
        found = self[key] = self._make(key)
        return found
