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

from pyoxigraph import Literal, NamedNode, Quad

from rdfconv.edges.index import Numbers
from rdfconv.identifiers import COUNTS_GRAPH, TERM, last_part
from rdfconv.vocabulary import PREFIXES

_GRAPH = NamedNode(COUNTS_GRAPH)
_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_EDGE_COUNT = NamedNode(TERM + "EdgeCount")
_INTEGER = NamedNode(PREFIXES["xsd"] + "integer")
_SAID = {
    "database": "countedDatabase",
    "databases": "sharedByDatabase",
    "method": "countedMethod",
    "paper": "countedPaper",
}
"""The property for what a report says, by its role (`rdfconv.edges.index.Said`)."""


def quads(numbers: Numbers) -> Iterator[Quad]:
    """The numbers of edges as quads.

    Args:
        numbers: how many edges there are. Numbers of proteins are left out where the store may
            have other edges, too.
    """
    used: Counter[str] = Counter()
    for kind, about, property, number in _counted(numbers):
        known = [(name, iri) for name, iri in about if iri]
        name = "-".join(filter(None, [kind, *(last_part(iri) for _, iri in known)]))
        # The last parts of other people's IRIs may be the same.
        used[name] += 1
        node = NamedNode(f"{COUNTS_GRAPH}#{name}" + (f"-{used[name]}" if used[name] > 1 else ""))
        yield Quad(node, _TYPE, _EDGE_COUNT, _GRAPH)
        for term, iri in known:
            yield Quad(node, NamedNode(TERM + term), NamedNode(iri), _GRAPH)
        literal = Literal(str(number), datatype=_INTEGER)
        yield Quad(node, NamedNode(TERM + property), literal, _GRAPH)


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
