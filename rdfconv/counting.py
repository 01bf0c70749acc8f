"""The numbers of the data, counted while a build writes it.

All but the interactions is written once, each record's lines side by side: its lines are counted
as they are. For the interactions, which are nearly all there is, the mapping is enough: of each
of their triples the numbers follow from how many edges, regulators and targets there are. Only
where proteins have different classes, or edges several reports, must the store be asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph

from rdfconv.errors import OntologyError
from rdfconv.identifiers import OBO, UNIPROT
from rdfconv.mapping import MappingFile, Object, Variable
from rdfconv.serialize import Term
from rdfconv.statistics import (
    Graph,
    Partition,
    PropertyPartition,
    Statistics,
    iri_of,
    lines_of,
    statistics_of,
)
from rdfconv.store import asked_number
from rdfconv.tally import TYPE, Group, Tally, Use, linked

SITE = f"<{OBO}SO_0000235>".encode()
"""The class of binding sites."""
_FACTOR, _TARGET, _EDGE = frozenset({"tf"}), frozenset({"target"}), frozenset({"tf", "target"})
_EVIDENCE = frozenset({"evidence"})


@dataclass(frozen=True, slots=True)
class Edges:
    """What the conversion knows of the interactions.

    Attributes:
        count: how many distinct edges there are.
        factors: the accessions of the regulators.
        targets: the accessions of the targets.
        evidence: the IRIs of the evidence that they have.
    """

    count: int
    factors: Collection[str]
    targets: Collection[str]
    evidence: Collection[str]


class Counter:
    """Counts what a build writes.

    Args:
        mapping: the mapping that is written, with all that it entails.
    """

    def __init__(self, mapping: MappingFile) -> None:
        self._mapping = mapping
        self._tally = Tally()
        self._vocabulary: set[bytes] = set()
        self._added: dict[bytes, Use] = {}

    def once(self, lines: bytes) -> None:
        """Counts whole N-Triples lines of proteins, genes, papers and evidence: all lines of a
        subject side by side, and in no other place."""
        self._tally.add(lines)

    def sites(self, lines: bytes) -> None:
        """Counts such lines of binding sites."""
        self._tally.add(lines)

    def added(self, lines: bytes) -> None:
        """Counts whole N-Triples lines that say something new of binding sites that were counted,
        each property once of a site."""
        for line in lines.split(b" .\n")[:-1]:
            _, predicate, value = line.split(b" ", 2)
            self._added.setdefault(predicate, Use()).pending.append(value)

    def vocabulary(self, lines: bytes) -> None:
        """Counts whole N-Triples lines of the small rest, in any order and any number of times:
        the ontology, the method tree, databases, methods, taxa, the data set."""
        self._vocabulary.update(lines.split(b" .\n"))

    def statistics(
        self, store: pyoxigraph.Store, edges: Edges, apart: Iterable[pyoxigraph.Triple] = ()
    ) -> Statistics:
        """The numbers of all that was written.

        Args:
            store: the store that holds it, for what follows from nothing else.
            edges: what is known of the interactions.
            apart: triples that do not count, such as those of the metadata; they must be among
                the vocabulary.

        Raises:
            OntologyError: the interactions have a triple that cannot be counted like this.
        """
        small = Tally(lines_of(apart))
        small.add(b" .\n".join(sorted(self._vocabulary)) + b" .\n")
        groups = [*self._tally.groups(), *small.groups()]
        self._add_to_sites(groups)
        interactions = _Interactions(self._mapping, Graph(groups), store, edges)
        return interactions.statistics()

    def _add_to_sites(self, groups: Iterable[Group]) -> None:
        """Adds what was said of binding sites later to their group; they have one class each."""
        if not self._added:
            return
        [sites] = [group for group in groups if group.classes == {SITE}]
        for predicate, use in self._added.items():
            new = len(use.pending)
            there = sites.uses.setdefault(predicate, Use())
            there.pending += use.pending
            there.subjects += new
            there.count()
            use.pending.clear()


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A triple of the interaction's mapping. An object that is a constant has no fields."""

    subject: Variable
    predicate: bytes
    object: Object

    @property
    def subject_fields(self) -> frozenset[str]:
        return frozenset(self.subject.fields)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(self.object.fields) if isinstance(self.object, Variable) else frozenset()


class _Interactions:
    """The interactions' part of the numbers.

    Args:
        graph: all that is written once.
    """

    def __init__(
        self, mapping: MappingFile, graph: Graph, store: pyoxigraph.Store, edges: Edges
    ) -> None:
        self._mapping = mapping
        self._graph = graph
        self._store = store
        self._edges = edges
        self._patterns = list(_patterns(mapping)) if edges.count else []

    def statistics(self) -> Statistics:
        """The numbers of everything."""
        classes = [
            _constant(one)
            for one in self._patterns
            if one.subject_fields == _EDGE and one.predicate == TYPE
        ]
        group = Group(frozenset(classes), nameless=self._edges.count)
        special: dict[bytes, Partition] = {}
        for one in self._patterns:
            if one.subject_fields == _EDGE:
                self._add(group, one)
                continue
            groups = (group, *self._graph.groups)
            if any(one.predicate in other.uses for other in groups):
                raise _uncountable(one, "other triples have the same property")
            special[one.predicate] = self._special(one, group)
        if self._patterns:
            self._graph.groups.append(group)
        return statistics_of(self._graph, special)

    # Triples about an interaction

    def _add(self, group: Group, one: _Pattern) -> None:
        """Adds the triples of a pattern whose subject is the interaction."""
        use = group.uses.setdefault(one.predicate, Use())
        if use.triples and one.fields:
            raise _uncountable(one, "two values of an interaction may be the same")
        use.subjects = self._edges.count
        if one.fields == _EVIDENCE:
            triples = self._reports(one)
            use.objects.extend(self._evidence())
        elif one.fields in (_FACTOR, _TARGET):
            triples = self._edges.count
            use.objects.extend(map(hash, self._proteins(one.fields)))
        elif not one.fields:
            triples = self._edges.count
            use.objects.append(hash(_constant(one)))
        else:
            raise _uncountable(one, "its object is not known")
        use.triples += triples
        if space := _space(one):
            use.linked[space] += triples

    def _reports(self, one: _Pattern) -> int:
        """How many distinct pairs of interaction and evidence there are."""
        stored = self._number(f"SELECT (COUNT(*) AS ?n) {{ ?s {one.predicate.decode()} ?o }}")
        others = (group.uses.get(one.predicate) for group in self._graph.groups)
        return stored - sum(use.triples for use in others if use)

    def _evidence(self) -> Iterator[int]:
        """The hashes of all evidence nodes that interactions have."""
        return (hash(f"<{one}>".encode()) for one in self._edges.evidence)

    def _proteins(self, side: frozenset[str]) -> Iterator[bytes]:
        """The regulators or the targets, as N-Triples has them."""
        accessions = self._edges.factors if side == _FACTOR else self._edges.targets
        return (f"<{UNIPROT}{one}>".encode() for one in accessions)

    # Triples about a regulator or a target

    def _special(self, one: _Pattern, interactions: Group) -> Partition:
        """How to count the triples of a pattern whose subject is a regulator or a target."""
        side = one.subject_fields
        other = _TARGET if side == _FACTOR else _FACTOR
        if side not in (_FACTOR, _TARGET) or one.fields not in (other, _EDGE):
            raise _uncountable(one, "it does not go from one end of the edge to the other")
        graph = self._graph
        members = self._by_group(side)
        others = set(map(hash, self._proteins(other)))
        other_groups = {graph.owners[one] for one in others}
        for number, proteins in members.items():
            graph.groups[number].uses[one.predicate] = Use(subjects=len(proteins))
        if space := _space(one):  # the sum over the groups is what counts
            first = graph.groups[min(members)].uses[one.predicate]
            first.linked[space] = self._edges.count
        if one.fields == other:
            graph.everything |= others
        else:
            graph.nameless_objects = self._edges.count

        def partition(predicate: bytes, groups: frozenset[int]) -> PropertyPartition:
            ends = _Ends(self._store, self._direct(), side, members, groups)
            triples = ends.edges(self._edges.count)
            if one.fields == _EDGE:
                objects = triples
                classes = tuple(sorted(map(iri_of, interactions.classes)))
            else:
                objects = ends.others(len(others))
                classes = ends.classes(graph, other_groups)
            subjects = sum(len(members[number]) for number in groups)
            return PropertyPartition(iri_of(predicate), triples, subjects, objects, classes)

        return partition

    def _by_group(self, side: frozenset[str]) -> dict[int, list[str]]:
        """The regulators or the targets, as N-Triples has them, by their groups."""
        found: dict[int, list[str]] = {}
        for protein in self._proteins(side):
            found.setdefault(self._graph.owners[hash(protein)], []).append(protein.decode())
        return found

    def _direct(self) -> str:
        """The property that leads from the regulator to the target."""
        for one in self._patterns:
            if (one.subject_fields, one.fields) == (_FACTOR, _TARGET):
                return one.predicate.decode()
        raise OntologyError("the mapping's interaction has no triple from regulator to target")

    def _number(self, query: str) -> int:
        return asked_number(self._store, query)


class _Ends:
    """Edges whose one end is among the proteins of some groups.

    The numbers for all groups are known; of the others, the smaller part is looked up.

    Args:
        direct: the property that leads from the regulator to the target.
        side: which end it is.
        members: all proteins that are such an end, by group.
        groups: the groups wanted.
    """

    def __init__(
        self,
        store: pyoxigraph.Store,
        direct: str,
        side: frozenset[str],
        members: Mapping[int, list[str]],
        groups: frozenset[int],
    ) -> None:
        self._store = store
        self._direct = direct
        self._outward = side == _FACTOR
        wanted = [one for number in groups for one in members[number]]
        rest = [one for number in members.keys() - groups for one in members[number]]
        self._few = min(wanted, rest, key=len)
        self._wants_few = self._few is wanted
        self._whole = not rest
        self._wanted = wanted

    def edges(self, total: int) -> int:
        """How many edges there are, out of the total."""
        few = self._few_number("COUNT(*)")
        return few if self._wants_few else total - few

    def others(self, total: int) -> int:
        """How many distinct proteins are the other end, out of the total."""
        if self._wants_few:
            return self._few_number("COUNT(DISTINCT ?other)")
        few = set(self._few)
        pattern = self._pattern(self._few)
        rows = self._solutions(f"SELECT DISTINCT ?other {{ {pattern} }}") if few else ()
        return total - sum(not self._meets_others(row["other"], few) for row in rows)

    def classes(self, graph: Graph, other_groups: Collection[int]) -> tuple[str, ...]:
        """The classes of the other ends."""
        possible = graph.classes_of(other_groups)
        if self._whole:
            return possible
        pattern = self._pattern(self._wanted)
        return tuple(
            one
            for one in possible
            if self._store.query(f"ASK {{ {pattern} ?other {TYPE.decode()} <{one}> }}")
        )

    def _few_number(self, what: str) -> int:
        if not self._few:
            return 0
        return asked_number(self._store, f"SELECT ({what} AS ?n) {{ {self._pattern(self._few)} }}")

    def _pattern(self, proteins: Iterable[str]) -> str:
        edge = ("?one", "?other") if self._outward else ("?other", "?one")
        values = " ".join(proteins)
        return f"VALUES ?one {{ {values} }} {edge[0]} {self._direct} {edge[1]} ."

    def _meets_others(self, protein: Any, few: Collection[str]) -> bool:
        """Whether a protein has an edge with another one than these few."""
        property_ = pyoxigraph.NamedNode(self._direct[1:-1])
        if self._outward:
            quads = self._store.quads_for_pattern(None, property_, protein, _DEFAULT)
            return any(str(quad.subject) not in few for quad in quads)
        quads = self._store.quads_for_pattern(protein, property_, None, _DEFAULT)
        return any(str(quad.object) not in few for quad in quads)

    def _solutions(self, query: str) -> Iterator[pyoxigraph.QuerySolution]:
        solutions = self._store.query(query)
        assert isinstance(solutions, pyoxigraph.QuerySolutions)
        return solutions


_DEFAULT = pyoxigraph.DefaultGraph()


def _patterns(mapping: MappingFile) -> Iterator[_Pattern]:
    for block in mapping.records["Interaction"].blocks:
        for predicate, values in block.pairs:
            for value in values:
                yield _Pattern(block.subject, f"<{predicate}>".encode(), value)


def _constant(one: _Pattern) -> bytes:
    """The object of a pattern that is no variable; an interaction has none but IRIs."""
    assert isinstance(one.object, Term)
    if one.object.is_literal:
        raise _uncountable(one, "its object is a literal")
    return f"<{one.object.value}>".encode()


def _space(one: _Pattern) -> bytes:
    """What the objects of a pattern begin with if they are IRIs of another data set."""
    if isinstance(one.object, Variable):
        return linked(f"<{one.object.template}>".encode())
    return linked(_constant(one))


def _uncountable(one: _Pattern, why: str) -> OntologyError:
    return OntologyError(
        f"the interaction's triples with {one.predicate.decode()} cannot be counted: {why}"
    )
