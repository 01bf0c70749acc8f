"""What a search finds: entities by kind, edges between two named proteins, or nearly spelled names.

Names need the release's index. Identifiers and edges between accessions are found without it, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode

from rdfconv.identifiers import ACCESSION, BINDING_SITE, interaction_iri
from rdfconv.search.terms import Kind
from rdfconv.vocabulary import PREFIXES
from server.pages.links import KINDS, local_address
from server.reader import Reader
from server.search.names import PLURALS, Found, Index
from server.search.query import Asked

PAGE_SIZE = 20
"""How many entities of a kind one page shows."""
CANDIDATES = 100
"""How many proteins of one name are looked at for an edge."""

_NAMES = (PREFIXES["up"] + "scientificName", PREFIXES["rdfs"] + "label")
_QUOTABLE = re.compile(r'[^\x00-\x20<>"{}|^`\\]+')


@dataclass(frozen=True, slots=True)
class Group:
    """A page of the entities of one kind.

    Attributes:
        kind: the kind.
        total: how many there are on all pages.
        page: the page's number.
        found: those on it.
        text: what was searched for.
    """

    kind: Kind
    total: int
    page: int
    found: list[Found]
    text: str

    @property
    def heading(self) -> str:
        """What the kind is called."""
        return PLURALS[self.kind]

    @property
    def first(self) -> int:
        """The number of the first entity of the page."""
        return (self.page - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        """The number of the last."""
        return self.first + len(self.found) - 1

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(-(-self.total // PAGE_SIZE), 1)

    def address(self, page: int, suffix: str = "") -> str | None:
        """The address of another page; None if there is no such page."""
        if not 1 <= page <= self.pages:
            return None
        parts = {"q": self.text, "kind": str(self.kind)} | ({"page": page} if page > 1 else {})
        return f"/search{suffix}?{urlencode(parts)}"

    def as_json(self) -> dict[str, object]:
        """What programs are told."""
        return {
            "kind": str(self.kind),
            "total": self.total,
            "first": self.first,
            "last": self.last,
            "results": [one.as_json() for one in self.found],
            "next": self.address(self.page + 1, ".json"),
        }


@dataclass(frozen=True, slots=True)
class EdgeFound:
    """An edge between two proteins."""

    regulator: Found
    target: Found

    @property
    def address(self) -> str | None:
        """The path of its page; None if an end is no UniProt protein."""
        ends = self.regulator.identifier, self.target.identifier
        return (
            local_address(interaction_iri(*ends)) if all(map(ACCESSION.fullmatch, ends)) else None
        )

    def as_json(self) -> dict[str, object]:
        """What programs are told."""
        return {
            "regulator": self.regulator.as_json(),
            "target": self.target.as_json(),
            "address": self.address,
        }


@dataclass(frozen=True, slots=True)
class Side:
    """One end of an edge that was asked for.

    Attributes:
        text: what was typed.
        found: the proteins of that name.
        cut: whether there are more than were looked at.
        near: names that are spelled nearly so, if there is none.
    """

    text: str
    found: list[Found]
    cut: bool = False
    near: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Edges:
    """What is known of an edge that was asked for.

    Attributes:
        left: the regulator asked for.
        right: the target asked for.
        found: the edges.
        reverse: the edges the other way round, if there is none that way.
    """

    left: Side
    right: Side
    found: list[EdgeFound]
    reverse: list[EdgeFound]

    @property
    def known(self) -> bool:
        """Whether there are proteins of both names."""
        return bool(self.left.found and self.right.found)

    @property
    def cut(self) -> bool:
        """Whether there are more proteins of a name than were looked at."""
        return self.left.cut or self.right.cut

    def as_json(self) -> dict[str, object]:
        """What programs are told."""
        return {
            "regulators": [one.as_json() for one in self.left.found],
            "targets": [one.as_json() for one in self.right.found],
            "results": [one.as_json() for one in self.found],
            "reverse": [one.as_json() for one in self.reverse],
            "did_you_mean": {
                side.text: side.near for side in (self.left, self.right) if not side.found
            },
            "complete": not self.cut,
        }


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to a search.

    Attributes:
        asked: what was asked for.
        indexed: whether names could be searched.
        groups: the entities by kind.
        edges: the edge, if one was asked for.
        near: names that may have been meant, if nothing was found.
        only: the address of the one thing that was meant; None if that is not clear.
    """

    asked: Asked
    indexed: bool
    groups: list[Group] = field(default_factory=list)
    edges: Edges | None = None
    near: list[str] = field(default_factory=list)
    only: str | None = None

    @property
    def total(self) -> int:
        """How many entities were found."""
        return sum(group.total for group in self.groups)

    def as_json(self) -> dict[str, object]:
        """What programs are told."""
        return {
            "query": self.asked.text,
            "names_searched": self.indexed,
            "address": self.only,
            "total": self.total,
            "kinds": [group.as_json() for group in self.groups],
            "edges": self.edges.as_json() if self.edges else None,
            "did_you_mean": self.near,
        }


def find(
    index: Index | None, reader: Reader, asked: Asked, kind: Kind | None = None, page: int = 1
) -> Results:
    """Answers a search.

    Args:
        index: the release's index; None if it has none.
        reader: asks the release.
        asked: what to search for.
        kind: only entities of this kind, if no edge is asked for.
        page: which page of them.

    Raises:
        EngineError: the release has to be asked, and does not answer.
    """
    edges = None
    if asked.site and (address := _site(reader, asked.site)):
        return Results(asked, index is not None, only=address)
    if asked.edge:
        edges = _edges(index, reader, *asked.edge)
        if edges.known:
            return Results(asked, index is not None, edges=edges, only=_only_edge(edges))
    if index is None:
        found = _identified(reader, asked)
        groups = [
            Group(one, len(same), 1, same, asked.text)
            for one in Kind
            if (same := [each for each in found if each.kind is one])
        ]
        only = found[0].address if len(found) == 1 else None
        return Results(asked, False, groups, edges, only=only)
    within = kind or asked.kind
    counts = index.counts(asked.name)
    groups = [
        Group(one, total, page, _page(index, asked, one, page), asked.text)
        for one, total in counts.items()
        if within in (None, one)
    ]
    if groups:
        only = None if kind else _only(index, asked)
        return Results(asked, True, groups, edges, only=only)
    if not asked.edge and asked.words:
        pair = _edges(index, reader, *asked.words)
        if pair.known:
            return Results(asked, True, edges=pair, only=_only_edge(pair))
    near = [] if asked.edge else index.near(asked.name, within)
    return Results(asked, True, edges=edges, near=near)


def _site(reader: Reader, name: str) -> str | None:
    """The address of a binding site, which no index has; None if there is no such site."""
    iri = BINDING_SITE + name
    found = reader.select(f"SELECT ?protein WHERE {{ <{iri}> tfl:boundBy ?protein }}", "protein")
    return local_address(iri) if found else None


def _page(index: Index, asked: Asked, kind: Kind, page: int) -> list[Found]:
    return index.search(asked.name, kind, PAGE_SIZE, (page - 1) * PAGE_SIZE)


def _only(index: Index, asked: Asked) -> str | None:
    """The address of the one entity with this identifier, if nothing else is called so.

    What identifies a database is its name, and so might be the beginning of others.
    """
    identified = [
        one
        for one in index.identified(asked.name, asked.kind)
        if asked.kind or one.kind is not Kind.DATABASE
    ]
    named = index.named(asked.name, asked.kind, 2)
    if len(identified) == 1 and all(one.number == identified[0].number for one in named):
        return identified[0].address
    return None


# Edges


def _only_edge(edges: Edges) -> str | None:
    return edges.found[0].address if len(edges.found) == 1 and not edges.cut else None


def _edges(index: Index | None, reader: Reader, left: str, right: str) -> Edges:
    sides = [_side(index, reader, text) for text in (left, right)]
    found = _between(reader, *sides)
    reverse = [] if found else _between(reader, *reversed(sides))
    return Edges(sides[0], sides[1], found, reverse)


def _side(index: Index | None, reader: Reader, text: str) -> Side:
    """The proteins that a name, an accession or an NCBI gene id stands for."""
    if index is None:
        return Side(text, _identified(reader, Asked(text, text, Kind.PROTEIN)))
    found = index.named(text, Kind.PROTEIN, CANDIDATES + 1)
    for gene in index.identified(text, Kind.GENE):
        found += index.encoded_by(gene)
    distinct = list({one.number: one for one in found}.values())
    near = [] if distinct else index.near(text, Kind.PROTEIN)
    return Side(text, distinct[:CANDIDATES], len(distinct) > CANDIDATES, near)


def _between(reader: Reader, left: Side, right: Side) -> list[EdgeFound]:
    """The edges from proteins to proteins."""
    # Numbers of edges are of the index; without one they are not known, and all are asked for.
    regulators = {one.iri: one for one in left.found if one.targets or not one.number}
    targets = {one.iri: one for one in right.found if one.regulators or not one.number}
    if not regulators or not targets:
        return []
    text = (
        f"SELECT ?tf ?target WHERE {{ VALUES ?tf {{ {_quoted(list(regulators))} }} "
        f"VALUES ?target {{ {_quoted(list(targets))} }} ?tf tfl:regulates ?target }}"
    )
    pairs = {
        (tf.value, target.value)
        for tf, target in reader.select(text, "tf", "target")
        if isinstance(tf, NamedNode) and isinstance(target, NamedNode)
    }
    return [
        EdgeFound(regulators[tf], targets[target])
        for tf in regulators
        for target in targets
        if (tf, target) in pairs
    ]


def _quoted(iris: Sequence[str]) -> str:
    return " ".join(f"<{iri}>" for iri in iris if _QUOTABLE.fullmatch(iri))


# Without an index


def _identified(reader: Reader, asked: Asked) -> list[Found]:
    """The things with an identifier, asked for in the store."""
    name = asked.name.strip()
    possible: dict[str, Found] = {}
    for kind in Kind:
        rules = KINDS[kind]
        spelled = name.upper() if rules.upper else name
        if kind is Kind.METHOD:
            spelled = re.sub(r"(?i)^mi[:_]", "MI_", name)
        iri = rules.iri(spelled)
        if iri and asked.kind in (None, kind):
            possible[iri] = Found(kind, iri, spelled, exact=True)
    quoted = _quoted(list(possible))
    if not quoted:
        return []
    rows = reader.select(
        f"SELECT ?s WHERE {{ VALUES ?s {{ {quoted} }} "
        "FILTER (EXISTS { ?s ?p ?o } || EXISTS { ?x ?y ?s }) }",
        "s",
    )
    there = [row[0].value for row in rows if isinstance(row[0], NamedNode)]
    labels = dict.fromkeys(there, "")
    for predicate in _NAMES:
        for triple in reader.describe(there, predicate):
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, Literal):
                labels[triple.subject.value] = triple.object.value
    return [replace(one, label=labels[iri]) for iri, one in possible.items() if iri in labels]
