"""Whose organism's a subject is: a protein's, also for edges and for binding sites."""

from __future__ import annotations

import mmap
import re
from collections.abc import Mapping

from rdfconv.identifiers import BINDING_SITE, INTERACTION, TERM, UNIPROT
from rdfconv.sparse import sparse

_BOUND_BY = re.compile(f"> <{re.escape(TERM)}boundBy> <([^>]*)> ".encode())
_SITE = f"<{BINDING_SITE}".encode()
_COMMON_ID = re.compile(b"TFLink([A-Z]{2})([0-9]{8})")
_PER_CLASS = 10**8
_MOST = 255
"""How many organisms one byte tells."""


class Owners:
    """Tells organisms.

    What is said of a binding site later does not tell which protein binds it, so each site's
    organism is kept: a byte for each, since there are millions.

    Args:
        organism_of: the organism of what has one.
    """

    def __init__(self, organism_of: Mapping[str, str]) -> None:
        self._organism_of = organism_of
        self._numbers: dict[str, int] = {}
        self._names: list[str] = [""]
        self._kept: dict[bytes, mmap.mmap] = {}
        self._others: dict[bytes, str] = {}

    def of(self, subject: bytes, lines: bytes) -> str:
        """The IRI of an organism; "" if it is of none.

        Args:
            subject: a subject, as N-Triples has it.
            lines: its lines; of a binding site, those that tell what binds it come first.
        """
        if subject.startswith(_SITE):
            return self._of_site(subject[len(_SITE) : -1], lines)
        iri = subject[1:-1].decode()
        if iri.startswith(INTERACTION):
            iri = UNIPROT + iri.removeprefix(INTERACTION).partition("_")[0]
        return self._organism_of.get(iri, "")

    def _of_site(self, name: bytes, lines: bytes) -> str:
        found = _BOUND_BY.search(lines)
        if found is None:
            return self._remembered(name)
        organism = self._organism_of.get(found[1].decode(), "")
        self._remember(name, organism)
        return organism

    def _remember(self, name: bytes, organism: str) -> None:
        number = self._numbers.get(organism)
        if number is None:
            number = self._numbers[organism] = len(self._names)
            self._names.append(organism)
        common = _COMMON_ID.fullmatch(name) if number <= _MOST else None
        if common is None:
            self._others[name] = organism
            return
        class_, digits = common.groups()
        if class_ not in self._kept:
            self._kept[class_] = sparse(_PER_CLASS)
        self._kept[class_][int(digits)] = number

    def _remembered(self, name: bytes) -> str:
        common = _COMMON_ID.fullmatch(name)
        if name in self._others or common is None or common[1] not in self._kept:
            return self._others.get(name, "")
        return self._names[self._kept[common[1]][int(common[2])]]
