"""The numbers of edges that a release keeps, so that nobody has to count twelve million of them.

Edges share evidence: one number for each evidence node and organism answers what would take the
engine minutes. One for each database, each two of them, each method and each paper saves the sums
of ten thousands of these; one for each protein tells who regulates most, and one for each
transcription factor and organism how much of its regulation the organism has, too, and one for each
two transcription factors that share many targets how many these are. They stand in a named graph of
their own and say nothing that the edges do not say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rdfconv.edges.index import Numbers
from rdfconv.identifiers import COUNTS_GRAPH, TERM, last_part
from rdfconv.vocabulary import PREFIXES

_GRAPH = f"<{COUNTS_GRAPH}> .\n"
_EDGE_COUNT = f"<{PREFIXES['rdf']}type> <{TERM}EdgeCount> {_GRAPH}"
_INTEGER = f"<{PREFIXES['xsd']}integer> {_GRAPH}"
_SAID = {
    "database": "countedDatabase",
    "databases": "sharedByDatabase",
    "method": "countedMethod",
    "paper": "countedPaper",
}
"""The property for what a report says, by its role (`rdfconv.edges.index.Said`)."""


def write(path: Path, numbers: Numbers) -> None:
    """Writes the numbers of edges, as N-Quads.

    Args:
        path: the file.
        numbers: how many edges there are. Numbers of proteins are left out where the store may
            have other edges, too.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(_texts(numbers))


def _texts(numbers: Numbers) -> Iterator[str]:
    """The lines of each number."""
    used: Counter[str] = Counter()
    for kind, about, property, number in _counted(numbers):
        known = [(name, iri) for name, iri in about if iri]
        name = "-".join(filter(None, [kind, *(last_part(iri) for _, iri in known)]))
        # The last parts of other people's IRIs may be the same.
        used[name] += 1
        node = f"<{COUNTS_GRAPH}#{name}" + (f"-{used[name]}>" if used[name] > 1 else ">")
        told = "".join(f"{node} <{TERM}{term}> <{iri}> {_GRAPH}" for term, iri in known)
        count = f'{node} <{TERM}{property}> "{number}"^^{_INTEGER}'
        yield f"{node} {_EDGE_COUNT}{told}{count}"


def _counted(numbers: Numbers) -> Iterator[tuple[str, list[tuple[str, str]], str, int]]:
    """How a number's name begins, what it is about (property and IRI, "" if not known), the
    property that tells it, and the number."""
    for (evidence, organism), number in numbers.reports.items():
        about = [("countedEvidence", evidence), ("countedOrganism", organism)]
        yield "", about, "edgeCount", number
    for said, number in numbers.said.items():
        about = [(_SAID[said.role], value) for value in said.values]
        about += [("countedDataset", said.dataset), ("countedOrganism", said.organism)]
        yield said.role, about, "edgeCount", number
    if not numbers.are_all:
        return
    for protein, number in numbers.targets.items():
        yield "factor", [("countedTranscriptionFactor", protein)], "edgeCount", number
    for protein, number in numbers.regulators.items():
        yield "target", [("countedTarget", protein)], "edgeCount", number
    for (protein, organism), number in numbers.conserved.items():
        about = [("oneTranscriptionFactor", protein), ("conservedIn", organism)]
        yield "conserved", about, "conservedEdgeCount", number
    for (protein, other), number in numbers.shared.items():
        about = [("oneTranscriptionFactor", protein), ("otherTranscriptionFactor", other)]
        yield "shared", about, "sharedTargetCount", number
