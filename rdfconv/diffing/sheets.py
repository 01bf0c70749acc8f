"""Differences for people and for tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice

from rdfconv.diffing.comparison import Comparison, Difference
from rdfconv.diffing.summary import Counts, Summary
from rdfconv.diffing.values import GROUPING, Kind, State, all_of, change_of
from rdfconv.edges.reader import Protein
from rdfconv.exports.tables import cell, listed, mode_of
from rdfconv.filters import name_of_iri
from rdfconv.identifiers import interaction_iri, last_part

BATCH = 1000
"""How many differences are written at a time."""
CACHED = 10_000
"""How many pairs of states are kept in words."""

COLUMNS = {
    "change": "added, removed or changed: what happened to the edge from the first to the second",
    "tf": "UniProtKB accession of the transcription factor",
    "tf_name": "its name",
    "target": "UniProtKB accession of the target",
    "target_name": "its name",
    "organism": "scientific name of the transcription factor's organism",
    "taxon": "its NCBI taxonomy id",
    "differs": "what differs: databases, methods, references, small_scale, modes; reports if all "
    "of them are the same, but stand together in other ways",
    "databases_lost": "source databases that the second does not name",
    "databases_gained": "source databases that the first does not name",
    "methods_lost": "detection methods that the second does not name",
    "methods_gained": "detection methods that the first does not name",
    "references_lost": "references, mostly PubMed ids, that the second does not name",
    "references_gained": "references that the first does not name",
    "modes_lost": "activation, repression: what the second does not name",
    "modes_gained": "activation, repression: what the first does not name",
    "small_scale_before": "the small-scale flags of the reports in the first: yes, no",
    "small_scale_after": "those in the second",
    "reports_before": "how many different reports the edge has in the first, whoever tells them",
    "reports_after": "how many it has in the second",
    "tf_iri": "IRI of the transcription factor",
    "target_iri": "IRI of the target",
    "interaction_iri": "IRI of the edge",
}
"""The columns of the table of differences, and what they hold. Cells are those of exported tables
(`rdfconv.exports.tables`); what an edge that was added has, it gained."""

_LISTED = ("databases", "methods", "references", "modes")
_SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}


def table(comparison: Comparison) -> Iterator[bytes]:
    """The pieces of a table with a row for each difference."""
    cells = lru_cache(CACHED)(lambda before, after: _cells(before, after, comparison.names))
    yield ("\t".join(COLUMNS) + "\n").encode()
    rows = (_row(one, cells(one.before, one.after), comparison) for one in comparison.differences())
    while batch := list(islice(rows, BATCH)):
        yield "".join(batch).encode()


def _row(one: Difference, told: str, comparison: Comparison) -> str:
    tf, target, organism = one.tf, one.target, one.tf.organism
    ends = tf.accession, target.accession
    ids = [tf.accession, tf.name, target.accession, target.name]
    ids += [comparison.names.get(organism, ""), name_of_iri(organism)]
    iris = [tf.iri, target.iri, interaction_iri(*ends) if all(ends) else ""]
    return "\t".join([one.kind, *map(cell, ids), told, *map(cell, iris)]) + "\n"


def _cells(before: State | None, after: State | None, names: Mapping[str, str]) -> str:
    """What differs, in cells."""
    old, new = before or frozenset(), after or frozenset()
    change = change_of(old, new)
    cells = [listed(change.aspects) if before is not None and after is not None else ""]
    for aspect in _LISTED:
        for values in (change.lost[aspect], change.gained[aspect]):
            cells.append(listed(_named(aspect, value, names) for value in values))
    cells += [listed(sorted(all_of(state, "small_scale"))) for state in (old, new)]
    return "\t".join([*cells, str(len(old)), str(len(new))])


def _named(aspect: str, value: str, names: Mapping[str, str]) -> str:
    return mode_of(value) if aspect == "modes" else names.get(value, value)


def lines(comparison: Comparison, summary: Summary, first: int) -> Iterator[str]:
    """A comparison in words: its numbers, then the first differences.

    Args:
        comparison: the comparison.
        summary: its numbers.
        first: how many differences are listed.
    """
    names = comparison.names
    yield f"A  {summary.before}"
    yield f"B  {summary.after}"
    if comparison.wanted:
        yield f"edges {comparison.wanted.words(lambda iri: _plain(names.get(iri, last_part(iri))))}"
    yield ""
    yield from _numbers(summary)
    yield ""
    if summary.aspects:
        told = ", ".join(f"{name} {edges:,}" for name, edges in sorted(summary.aspects.items()))
        yield from (f"changed in: {told.replace('_', '-')}", "")
    total = summary.edges.differences
    if not total:
        yield "no differences"
    elif first:
        yield (
            f"differences (the first {first:,} of {total:,}):" if first < total else "differences:"
        )
        yield from (_line(one, names) for one in islice(comparison.differences(), first))


def _numbers(summary: Summary) -> Iterator[str]:
    """The numbers, as a table of fixed width."""
    rows: list[tuple[str, Counts | None]] = [("edges", summary.edges)]
    for title, parts in (("by organism", summary.organisms), ("by database", summary.databases)):
        named = [(_plain(summary.names.get(iri, "")) or "unknown", iri) for iri in parts]
        rows += [(title, None), *((f"  {name}", parts[iri]) for name, iri in sorted(named))]
    wide = max(len(name) for name, _ in rows)
    heads = ("A", "B", "added", "removed", "changed", "unchanged")
    yield " " * wide + "".join(f"{head:>13}" for head in heads)
    for name, counts in rows:
        numbers = counts.as_json().values() if counts else ()
        yield f"{name:{wide}}{''.join(f'{number:13,}' for number in numbers)}".rstrip()


def _line(one: Difference, names: Mapping[str, str]) -> str:
    """A difference as a line."""
    change = change_of(one.before or frozenset(), one.after or frozenset())
    told = [] if one.kind is Kind.CHANGED else [f"({names.get(one.tf.organism, 'unknown')})"]
    for aspect in change.aspects:
        if aspect == GROUPING:
            told.append("the same in other reports")
            continue
        signed = [("-", value) for value in change.lost[aspect]]
        signed += [("+", value) for value in change.gained[aspect]]
        values = (f"{sign}{_named(aspect, value, names)}" for sign, value in signed)
        told.append(f"{aspect.replace('_', '-')} {', '.join(values)}")
    return _plain(f"{_SIGNS[one.kind]} {_end(one.tf)} -> {_end(one.target)}: {'; '.join(told)}")


def _end(protein: Protein) -> str:
    name = protein.accession or protein.iri
    return f"{protein.name} {name}" if protein.name not in (name, last_part(name)) else name


def _plain(text: str) -> str:
    """A text that cannot steer a terminal.

    >>> print(_plain(chr(27) + "[2J Schön"))
    \\x1b[2J Schön
    """
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
