"""Gene sets as GMT: a line for each set with its name, an IRI and its members.

A set is a transcription factor with its targets, named ``SOX4_Q06945``. Where a target is asked
for and no transcription factor, there is one set, ``regulators_of_SOX4_Q06945``, of its regulators.

Readers are crude: some split lines at any blank, some cut a member at a comma. So names of sets
have letters, digits, ``.``, ``-`` and ``_`` only, and in a member's symbol a run of blanks or
commas becomes one ``_`` (``ADE5,7`` is ``ADE5_7``, as TFLink itself writes it at times).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rdfconv.edges.reader import Edge, Protein
from rdfconv.exports.sheets import Context, Sheet, label_of

BREAKING = re.compile(r"[\s,]+")
"""What readers of GMT take for the end of a member."""


class GeneSets(Sheet):
    """Writes gene sets; members stand in the order of their names, each once."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._by_target = bool(context.wanted.target and not context.wanted.tf)
        self._set: Protein | None = None
        self._members: dict[str, None] = {}
        self._spelled: dict[str, list[str]] = {}
        self._names: set[str] = set()

    def rows(self, edges: Sequence[Edge]) -> str:
        """The sets that are complete."""
        done = []
        for edge in edges:
            one, member = (edge.target, edge.tf) if self._by_target else (edge.tf, edge.target)
            if self._set is None or one.iri != self._set.iri:
                done.append(self._line())
                self._set = one
            self._add(member)
        return "".join(done)

    def foot(self) -> str:
        """The last set."""
        return self._line()

    def _add(self, member: Protein) -> None:
        spelled = self._spelled.get(member.iri)
        if spelled is None:
            found = self.ids_in(member)
            spelled = self._spelled[member.iri] = [BREAKING.sub("_", one) for one in found]
            self.context.tally.respelled.update(set(found) - set(spelled))
        for one in spelled:
            self._members[one] = None

    def _line(self) -> str:
        """The line of the set that was gathered."""
        if self._set is None:
            return ""
        members, self._members = list(self._members), {}
        if not members:
            self.context.tally.empty_sets += 1
            return ""
        self.context.tally.sets += 1
        return "\t".join([self._name(self._set), self._set.iri, *members]) + "\n"

    def _name(self, protein: Protein) -> str:
        """A name that no other set has; only IRIs that are no UniProt's can need a number."""
        start = "regulators_of_" if self._by_target else ""
        name = base = start + label_of(protein)
        number = 1
        while name in self._names:
            number += 1
            name = f"{base}_{number}"
        self._names.add(name)
        return name
