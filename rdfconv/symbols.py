"""Proteins by their gene symbols, for sources that name genes by nothing else.

A symbol is looked up in the names that the other inputs give to proteins, spelled exactly so and
within one organism. Where a protein has the symbol as its whole name, proteins that have it among
other names do not count.

>>> symbols = Symbols()
>>> symbols.add("Homo sapiens", "Q16637", "SMN1;SMN2", ("SMN1", "SMN2"))
>>> symbols.resolve("Homo sapiens", "SMN2"), symbols.resolve("Mus musculus", "SMN2")
(('Q16637',), ())
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


class Symbols:
    """What symbols stand for."""

    def __init__(self) -> None:
        self._names: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._others: defaultdict[tuple[str, str], set[str]] = defaultdict(set)

    def add(self, organism: str, accession: str, name: str, others: Iterable[str] = ()) -> None:
        """Adds a protein.

        Args:
            organism: the organism's name.
            accession: the UniProtKB accession.
            name: its name; "" if it has none.
            others: its other names.
        """
        if name:
            self._names[organism, name].add(accession)
        for other in others:
            self._others[organism, other].add(accession)

    def resolve(self, organism: str, symbol: str) -> tuple[str, ...]:
        """The accessions that a symbol may stand for, sorted; () if it is not known."""
        key = organism, symbol
        return tuple(sorted(self._names.get(key) or self._others.get(key) or ()))
