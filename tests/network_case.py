"""A release made up for the network's pages: what the sample does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph

from rdfconv import release
from rdfconv.edges import index
from rdfconv.edges.triples import StoreTriples
from rdfconv.identifiers import (
    BASE,
    DATABASE,
    DATASET,
    EVIDENCE,
    INTERACTION,
    PUBMED,
    TERM,
    UNIPROT,
)
from rdfconv.vocabulary import PREFIXES
from tests.conftest import MakeRelease

HUB, DENSE, ATTACK, ALONE, MODES, SELF = (f"P0000{number}" for number in range(1, 7))
TARGETS = 700
"""How many targets the hub has; they are supported the worse the later they come."""
REGULATORS = 10
"""How many regulators it has, all better supported than its targets."""
DENSE_PARTNERS = 45
"""How many partners DENSE has; all of them, and DENSE, regulate each other."""
NAMES = (
    '<script>window.attacked = "name"</script>',
    "\"'><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}\u202egnp.exe",
    "x" * 240,
)
"""The names of ATTACK and its targets."""
NO_PAGE = "javascript:window.attacked=1"
"""The IRI of a database and of a target."""


def accession(number: int) -> str:
    """A ten-character accession for every number below 10,000."""
    return f"A0A{number // 10:03}AAA{number % 10}"


def publish(root: Path, make_release: MakeRelease) -> None:
    """Publishes the release, with its table of edges."""
    folder = make_release(root, "".join(f"{line} .\n" for line in _quads())).path
    store = pyoxigraph.Store.read_only(str(folder / release.STORE))
    with index.writing(folder / index.FILE, StoreTriples(store)):
        pass


def _quads() -> Iterator[str]:
    yield from _label(HUB, "HUB")
    yield from _label(ALONE, "ALONE")
    for number in range(TARGETS):
        yield from _label(accession(number), f"T{number:03}")
        papers = 6 - number // 100
        yield from _edge(HUB, accession(number), f"target{number // 100}", papers=papers)
    for number in range(TARGETS, TARGETS + REGULATORS):
        yield from _label(accession(number), f"R{number}")
        yield from _edge(accession(number), HUB, "regulator", papers=9, small="true")
    yield from _dense()
    yield from _attacks()
    for number, modes in enumerate([("activation",), ("repression",), (), TWO_MODES]):
        target = accession(3000 + number)
        yield from _label(target, f"M{number}")
        yield from _edge(MODES, target, f"mode{number}", papers=1, modes=modes, small="false")
    yield from _edge(MODES, accession(3000), "again", papers=3, small="true")
    yield from _label(MODES, "MODES")
    yield from _label(SELF, "SELF")
    yield from _edge(SELF, SELF, "self", papers=2)
    yield from _edge(SELF, accession(3000), "self", papers=2)
    yield from _edge(accession(3000), SELF, "self", papers=2)


TWO_MODES = ("activation", "repression")


def _dense() -> Iterator[str]:
    """Proteins that all regulate each other; the edges of DENSE are the worst supported."""
    proteins = [DENSE, *(accession(2000 + number) for number in range(DENSE_PARTNERS))]
    for protein in proteins:
        yield from _label(protein, f"D{protein}")
        for other in proteins:
            if other != protein:
                weak = DENSE in (protein, other)
                yield from _edge(protein, other, "weak" if weak else "strong", 0 if weak else 4)


def _attacks() -> Iterator[str]:
    proteins = [ATTACK, *(accession(4000 + number) for number in range(len(NAMES) - 1))]
    for protein, name in zip(proteins, NAMES, strict=True):
        yield from _label(protein, name.replace("\\", "\\\\").replace('"', '\\"'))
    for protein in proteins[1:]:
        yield from _edge(ATTACK, protein, "attack", papers=1, databases=(NO_PAGE,))
    odd = f"<{INTERACTION}odd>"
    yield f"{odd} <{TERM}transcriptionFactor> <{UNIPROT}{ATTACK}>"
    yield f"{odd} <{TERM}target> <{NO_PAGE}>"
    yield f"{odd} <{TERM}evidence> <{evidence('attack')}>"


def evidence(name: str) -> str:
    """The IRI of an evidence node: 26 letters."""
    digits = "abcdefghij"
    letters = "".join(digits[int(each)] if each.isdigit() else each for each in name)
    return EVIDENCE + letters.ljust(26, "z")


def _label(protein: str, name: str) -> Iterator[str]:
    yield f"<{UNIPROT}{protein}> <{PREFIXES['rdf']}type> <{PREFIXES['up']}Protein>"
    yield f'<{UNIPROT}{protein}> <{PREFIXES["rdfs"]}label> "{name}"'


def _edge(
    tf: str,
    target: str,
    name: str,
    papers: int,
    *,
    small: str = "",
    modes: Iterable[str] = (),
    databases: Iterable[str] = (DATABASE + "GTRD",),
) -> Iterator[str]:
    """An edge with a report; reports of the same name are one."""
    report = f"<{evidence(name)}>"
    yield f"<{INTERACTION}{tf}_{target}> <{TERM}evidence> {report}"
    yield f"{report} <{PREFIXES['rdf']}type> <{TERM}Evidence>"
    yield f"{report} <{TERM}reportedBy> <{DATASET}made>"
    for number in range(papers):
        yield f"{report} <{TERM}primaryReference> <{PUBMED}{1000 + number}>"
    yield f"{report} <{TERM}databaseReference> <{PUBMED}99>"
    yield f'{report} <{TERM}unparsedReference> "see-there"'
    for database in databases:
        yield f"{report} <{TERM}sourceDatabase> <{database}>"
    for mode in modes:
        yield f"{report} <{TERM}modeOfRegulation> <{BASE}ontology#{mode}>"
    if small:
        yield f'{report} <{TERM}smallScale> "{small}"^^<{PREFIXES["xsd"]}boolean>'
