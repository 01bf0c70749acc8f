"""A release's index of names, opened for reading.

`server.search.index` gives it to whoever needs it. What is searched for is a value of a query,
never a part of it, so nothing in it means anything to SQLite.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import quote

from rdfconv.search.terms import (
    FORMAT,
    HIDDEN,
    LAST,
    NAMED,
    PROPOSALS,
    Kind,
    key,
)
from server.pages.links import local_address

NEAR = 5
"""How many names are proposed for one that nothing has."""
ENCODED = 20
"""With how many of its proteins a gene is shown."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-. "
"""What a slip may have put in the place of another character."""
_CORRECTED = 40
"""Longer names are not corrected letter by letter."""
_COMPARED = 2000
"""With how many names that begin alike a misspelled one is compared."""
_LIKENESS = 0.7
_SAME = 1000
"""How many entities of one name may be looked through for one with that identifier."""
_FEW = (Kind.DATABASE, Kind.METHOD, Kind.ORGANISM)
"""Kinds with so few names that a misspelled one is compared with all of them."""

_ENTITY = (
    "SELECT e.kind, e.iri, e.identifier, e.label, coalesce(o.iri, ''), "
    "coalesce(nullif(o.label, ''), o.identifier, ''), "
    "e.regulator, e.targets, e.regulators, e.edges "
    "FROM entities AS e LEFT JOIN entities AS o ON o.id = e.organism "
)
_MERIT = f"CASE WHEN key = :key THEN quality = {NAMED} ELSE 2 + quality END"
"""`rdfconv.search.index.merit` for SQLite."""
_BEGINS = f"key >= :key AND key < :last AND (quality <> {HIDDEN} OR key = :key)"
_OF_KIND = "entity BETWEEN :first AND :end"

PLURALS = {
    Kind.PROTEIN: "Proteins",
    Kind.DATABASE: "Databases",
    Kind.METHOD: "Detection methods",
    Kind.ORGANISM: "Organisms",
    Kind.GENE: "Genes",
    Kind.PAPER: "Papers",
    Kind.EVIDENCE: "Evidence",
}
_TITLES = {Kind.GENE: "NCBI gene", Kind.PAPER: "PubMed", Kind.EVIDENCE: "Evidence"}
"""What stands before the identifiers of kinds without names."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was found.

    Attributes:
        kind: what it is.
        iri: its IRI.
        identifier: its accession or id, or its IRI if that has another namespace than its kind's.
        label: its label, or "".
        organism: the IRI of its organism, or "".
        organism_name: what that is called, or "".
        regulator: whether it is a transcription factor.
        targets: how many direct edges start at it.
        regulators: how many direct edges end at it.
        edges: how many edges a protein has; how often others stand in the evidence of an edge.
        exact: whether it has exactly the name that was searched for.
        number: its number in the index; 0 if it is not from there.
    """

    kind: Kind
    iri: str
    identifier: str
    label: str = ""
    organism: str = ""
    organism_name: str = ""
    regulator: bool = False
    targets: int = 0
    regulators: int = 0
    edges: int = 0
    exact: bool = False
    number: int = 0

    @property
    def title(self) -> str:
        """What it is called.

        >>> Found(Kind.PAPER, "http://rdf.ncbi.nlm.nih.gov/pubmed/1", "1").title
        'PubMed 1'
        """
        if self.kind in _TITLES:
            return f"{_TITLES[self.kind]} {self.identifier}"
        return self.label or self.identifier

    @property
    def address(self) -> str | None:
        """The path of its page; None if it has none.

        >>> Found(Kind.PROTEIN, "http://purl.uniprot.org/uniprot/Q06945", "Q06945").address
        '/protein/Q06945'
        """
        return local_address(self.iri)

    @property
    def detail(self) -> str:
        """What tells it from others of its name, in one line."""
        parts = []
        if self.kind is Kind.GENE and self.label:
            parts.append(f"encodes {self.label}")
        elif self.label and self.kind is Kind.PROTEIN:
            parts.append(self.identifier)
        parts.append(self.organism_name)
        if self.kind is Kind.PROTEIN:
            parts.append("transcription factor" if self.regulator else "")
            parts.append(_counted(self.targets, "target"))
            parts.append(_counted(self.regulators, "regulator"))
        elif self.kind is not Kind.GENE:
            parts.append(_counted(self.edges, "reported interaction"))
        return ", ".join(part for part in parts if part)

    def as_json(self) -> dict[str, object]:
        """What programs are told."""
        told: dict[str, object] = {
            "kind": str(self.kind),
            "label": self.title,
            "identifier": self.identifier,
            "iri": self.iri,
            "address": self.address,
            "organism": {"iri": self.organism, "label": self.organism_name}
            if self.organism
            else None,
            "detail": self.detail,
            "exact": self.exact,
        }
        if self.kind is Kind.PROTEIN:
            told["transcription_factor"] = self.regulator
            told["targets"] = self.targets
            told["regulators"] = self.regulators
        return told


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}" if number else ""


class Index:
    """The index of one release. It belongs to the thread that opened it.

    Args:
        path: the file, which never changes.
        release: the release's id.

    Raises:
        sqlite3.Error: it is no index that this version can read.
    """

    def __init__(self, path: Path, release: str) -> None:
        self.release = release
        address = f"file:{quote(str(path))}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(address, uri=True)
        try:
            # All threads read through one mapping of the file.
            self._connection.execute(f"PRAGMA mmap_size = {1 << 30}")
            [(version,)] = self._connection.execute("PRAGMA user_version")
            if version != FORMAT:
                raise sqlite3.NotSupportedError(f"an index of another version ({version})")
            self._kinds = {
                Kind(kind): (first, last)
                for kind, first, last in self._connection.execute("SELECT * FROM kinds")
            }
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    # What is found

    def suggest(self, text: str, kind: Kind | None = None, limit: int = PROPOSALS) -> list[Found]:
        """The best entities with a name or identifier that begins with the text.

        Args:
            text: what was typed.
            kind: only entities of this kind; of very many that begin alike some may be left out.
            limit: how many, `PROPOSALS` at most.
        """
        wanted = key(text)
        if not wanted:
            return []
        first, end = self._kinds[kind] if kind else (0, 1 << 62)
        values = {"key": wanted, "last": wanted + LAST, "first": first, "end": end}
        [(crowded,)] = self._connection.execute(
            "SELECT EXISTS (SELECT 1 FROM prefixes WHERE prefix = :key)", values
        )
        query = (
            f"SELECT entity FROM prefixes WHERE prefix = :key AND {_OF_KIND} ORDER BY place"
            if crowded
            else f"SELECT entity FROM names WHERE {_BEGINS} AND {_OF_KIND} GROUP BY entity "
            f"ORDER BY MIN({_MERIT}), entity"
        )
        rows = self._connection.execute(f"{query} LIMIT {limit}", values)
        return self._entities([number for (number,) in rows], wanted)

    def counts(self, text: str) -> dict[Kind, int]:
        """How many entities have a name or identifier that begins with the text; kinds without
        any are left out."""
        wanted = key(text)
        if not wanted:
            return {}
        rows = self._connection.execute(
            f"SELECT kind, COUNT(*) FROM (SELECT DISTINCT entity FROM names WHERE {_BEGINS}) "
            "JOIN kinds ON entity BETWEEN first AND last GROUP BY kind",
            {"key": wanted, "last": wanted + LAST},
        )
        found = {Kind(kind): int(count) for kind, count in rows}
        return {kind: found[kind] for kind in Kind if kind in found}

    def search(self, text: str, kind: Kind, limit: int, offset: int = 0) -> list[Found]:
        """A slice of the entities of a kind that `counts` counts, the best first."""
        wanted = key(text)
        first, end = self._kinds[kind]
        rows = self._connection.execute(
            f"SELECT entity FROM names WHERE {_BEGINS} AND {_OF_KIND} GROUP BY entity "
            f"ORDER BY MIN({_MERIT}), entity LIMIT :limit OFFSET :offset",
            {"key": wanted, "last": wanted + LAST, "first": first, "end": end}
            | {"limit": limit, "offset": offset},
        )
        return self._entities([number for (number,) in rows], wanted)

    def named(self, text: str, kind: Kind | None = None, limit: int = 100) -> list[Found]:
        """The entities with exactly this name or identifier, but for case."""
        wanted = key(text)
        first, end = self._kinds[kind] if kind else (0, 1 << 62)
        rows = self._connection.execute(
            f"SELECT entity FROM names WHERE key = :key AND {_OF_KIND} "
            f"ORDER BY quality = {NAMED}, entity LIMIT :limit",
            {"key": wanted, "first": first, "end": end, "limit": limit},
        )
        return self._entities([number for (number,) in rows], wanted) if wanted else []

    def identified(self, text: str, kind: Kind | None = None) -> list[Found]:
        """The entities with exactly this identifier, but for case."""
        wanted = key(text)
        return [
            one
            for one in self.named(text, kind, _SAME)
            if wanted in (key(one.identifier), key(one.identifier.replace("_", ":")))
        ]

    def other_names(self, found: Found) -> list[str]:
        """Its names beside the label."""
        rows = self._connection.execute(
            "SELECT name FROM other_names WHERE entity = ? ORDER BY name", (found.number,)
        )
        return [name for (name,) in rows]

    def encoded_by(self, gene: Found, limit: int = ENCODED) -> list[Found]:
        """The proteins that a gene encodes."""
        rows = self._connection.execute(
            "SELECT protein FROM encoded WHERE gene = ? ORDER BY protein LIMIT ?",
            (gene.number, limit),
        )
        return self._entities([number for (number,) in rows])

    def first_of(self, kind: Kind) -> Found | None:
        """The best known entity of a kind."""
        first, end = self._kinds[kind]
        found = self._entities([first] if first <= end else [])
        return found[0] if found else None

    def _entities(self, numbers: Iterable[int], wanted: str | None = None) -> list[Found]:
        """The entities of these numbers, in this order; those that are called so are exact."""
        found = []
        for number in numbers:
            for row in self._connection.execute(f"{_ENTITY} WHERE e.id = ?", (number,)):
                kind, iri, identifier, label, organism, called, regulator, *counts = row
                targets, regulators, edges = counts
                found.append(
                    Found(
                        Kind(kind), iri, identifier, label, organism, called, bool(regulator),
                        targets, regulators, edges, wanted in (key(label), key(identifier)), number,
                    )
                )  # fmt: skip
        return found

    # What may have been meant

    def near(self, text: str, kind: Kind | None = None) -> list[str]:
        """Names that are spelled nearly so, the best first."""
        wanted = key(text)
        if len(wanted) < 2:
            return []
        first, end = self._kinds[kind] if kind else (0, 1 << 62)
        named = f"quality <= {NAMED} AND {_OF_KIND}"
        values = {"first": first, "end": end}
        slips = json.dumps(sorted(set(_slips(wanted)))) if len(wanted) <= _CORRECTED else "[]"
        rows = self._connection.execute(
            f"SELECT MIN(entity) FROM names WHERE key IN (SELECT value FROM json_each(:slips)) "
            f"AND {named} GROUP BY key ORDER BY MIN(entity) LIMIT {NEAR}",
            values | {"slips": slips},
        )
        numbers = [number for (number,) in rows]
        if not numbers:
            alike = dict(self._alike(wanted, named, values))
            close = get_close_matches(wanted, alike, n=NEAR, cutoff=_LIKENESS)
            numbers = [alike[name] for name in close]
        return list(dict.fromkeys(one.title for one in self._entities(numbers)))

    def _alike(self, wanted: str, named: str, values: dict[str, int]) -> Iterator[tuple[str, int]]:
        """The names worth a comparison, with the numbers of their entities."""
        for kind in _FEW:
            first, last = self._kinds[kind]
            if values["first"] <= first and last <= values["end"]:
                for label, number in self._connection.execute(
                    f"SELECT label, id FROM entities WHERE id BETWEEN ? AND ? LIMIT {_COMPARED}",
                    (first, last),
                ):
                    yield key(label), number
        begin = wanted[:3]
        yield from self._connection.execute(
            f"SELECT key, entity FROM names WHERE key >= :begin AND key < :last AND {named} "
            f"ORDER BY entity LIMIT {_COMPARED}",
            values | {"begin": begin, "last": begin + LAST},
        )


def _slips(text: str) -> Iterator[str]:
    """What differs from a text by one slip: a character left out, put in, another in its place, or
    two that changed places.

    >>> ["sox4" in set(_slips(text)) for text in ("sx4", "soxx4", "sax4", "osx4", "oxs4")]
    [True, True, True, True, False]
    """
    for place in range(len(text) + 1):
        before, after = text[:place], text[place:]
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in _LETTERS)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        yield from (before + letter + after for letter in _LETTERS)
