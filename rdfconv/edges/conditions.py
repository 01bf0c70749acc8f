"""Filters in SQL, for the table of edges."""

from __future__ import annotations

from rdfconv.filters import SMALL, UNKNOWN, Filter, method_iri, organism_iri
from rdfconv.identifiers import DATABASE, DATASET, EVIDENCE, PUBMED, TERM, UNIPROT


class Where:
    """A filter in SQL, for rows ``e`` of the edges or of their numbers.

    Attributes:
        of_edges: the WHERE clause for edges, where the regulator or the target is given.
        by_evidence: that for edges in the order of their evidence. A plus keeps SQLite from
            using an index for a condition.
        by_ends: that for edges in the order of their ends.
        of_numbers: that for their numbers by taxon and evidence; of use if `is_by_evidence`.
        parameters: the values for either.
        evidence: a query for the evidence that meets the conditions.
        evidence_parameters: the values for that and `evidence_in`.
        is_of_evidence: whether anything is asked of the evidence.
        is_by_evidence: whether nothing is asked of the ends but the organism.
    """

    def __init__(self, wanted: Filter) -> None:
        self._evidence = _Conditions()
        add = self._evidence.add
        term = "(SELECT id FROM term WHERE iri = ?)"
        told = f"id IN (SELECT evidence FROM evidence_term WHERE term = {term} AND role"
        if wanted.evidence:
            add("iri = ?", EVIDENCE + wanted.evidence)
        if wanted.paper:
            add(f"{told} = 'paper')", PUBMED + wanted.paper)
        if wanted.database:
            add(f"{told} = 'database')", DATABASE + wanted.database)
        if wanted.method:
            add(f"{told} = 'broader')", method_iri(wanted.method))
        if wanted.dataset:
            add(f"{told} = 'dataset')", DATASET + wanted.dataset)
        if wanted.mode == UNKNOWN:
            given = "SELECT 1 FROM evidence_term AS m WHERE m.evidence = evidence.id"
            add(f"NOT EXISTS ({given} AND m.role = 'mode')")
        elif wanted.mode:
            add(f"{told} = 'mode')", TERM + wanted.mode)
        if wanted.scale:
            add("small_scale = ?", int(wanted.scale == SMALL))
        if wanted.min_papers:
            add("papers >= ?", wanted.min_papers)
        self.is_of_evidence = bool(self._evidence.texts)
        ends = _Conditions()
        protein = "(SELECT id FROM protein WHERE iri = ?)"
        if wanted.tf:
            ends.add(f"e.tf = {protein}", UNIPROT + wanted.tf)
        if wanted.target:
            ends.add(f"e.target = {protein}", UNIPROT + wanted.target)
        if wanted.name:
            named = "IN (SELECT id FROM protein WHERE instr(upper, ?))"
            is_open = {"e.tf": not wanted.tf, "e.target": not wanted.target}
            tests = [f"{end} {named}" for end in is_open if is_open[end]] or ["0"]
            values = [wanted.name.upper()] * sum(is_open.values())
            ends.add(f"({' OR '.join(tests)})", *values)
        of_number = _Conditions()
        if wanted.organism:
            taxon = organism_iri(wanted.organism)
            # With an end given, SQLite has to begin there, and not with the organism's proteins.
            plus = "+" if wanted.anchored else ""
            ends.add(f"{plus}e.tf IN (SELECT id FROM protein WHERE taxon = {term})", taxon)
            of_number.add(f"e.taxon = {term}", taxon)
        if self.is_of_evidence:
            ends.add(self.evidence_in("e"), *self._evidence.values)
            of_number.add(self.evidence_in("e"), *self._evidence.values)
        self.of_edges = self.by_evidence = self.by_ends = f"WHERE {ends.text()}"
        if not (wanted.anchored or wanted.name):
            self.by_evidence = self.of_edges.replace("e.tf IN", "+e.tf IN")
            self.by_ends = self.of_edges.replace("e.evidence IN", "+e.evidence IN")
        self.of_numbers = f"WHERE {of_number.text()}"
        self.parameters = ends.values
        self.evidence = f"SELECT id FROM evidence WHERE {self._evidence.text()}"
        self.evidence_parameters = self._evidence.values
        self.is_by_evidence = not (wanted.anchored or wanted.name)

    def evidence_in(self, alias: str) -> str:
        """That the evidence of a row meets the conditions."""
        if not self.is_of_evidence:
            return "1"
        return f"{alias}.evidence IN (SELECT id FROM evidence WHERE {self._evidence.text()})"


class _Conditions:
    """Conditions that hold together, with the values of their question marks."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.values: list[object] = []

    def add(self, text: str, *values: object) -> None:
        self.texts.append(text)
        self.values += values

    def text(self) -> str:
        return " AND ".join(self.texts) or "1"
