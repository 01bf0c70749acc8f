"""A store's data as N-Triples, divided by organism: what a build offers for download.

What belongs to one organism, its proteins, their genes, binding sites and the edges they regulate,
its assemblies and chromosomes, goes to that organism's part, everything else to a common one. An
organism's file is the common part and its own; the file of everything is all parts.

Reading triples costs a look-up for each of their terms. Where all data were written by the mapping,
it is not needed: a `Recorder` keeps what is written once, and the interactions, which are nearly
all there is, are written again from the table of edges. That takes a fifth of the time. Then the
number of triples must be that of the store, or else all is read from the store after all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat

from rdfconv.counting import Counter
from rdfconv.downloading import shares
from rdfconv.downloading.owners import Owners
from rdfconv.downloading.parts import PartWriter
from rdfconv.downloading.shares import LeftOut, Share
from rdfconv.downloading.sites import SiteTable
from rdfconv.edges.reader import EdgeTable, Evidence
from rdfconv.emitter import Emitter
from rdfconv.entailment import FULL, entailed, vocabulary_conclusions
from rdfconv.filters import Filter
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import BINDING_SITE, EVIDENCE
from rdfconv.serialize import syntax_of
from rdfconv.store import asked_number
from rdfconv.vocabulary import FILES, PREFIXES, ontology_folder

COMMON = ""
"""What belongs to no single organism."""
CHUNK = 1 << 20
"""How many bytes of lines are divided at a time."""
BLANK_LINES = 1000
"""Up to how many lines with blank nodes get names for these that are always the same."""

IN_TAXON = PREFIXES["obo"] + "RO_0002162"
ENCODED_BY = PREFIXES["tfl"] + "encodedBy"
ASSEMBLIES = PREFIXES["obo"] + "SO_0001505"
"""The class of genome assemblies."""
OF_ASSEMBLY = PREFIXES["tfl"] + "assembly"

_SUBJECTS = re.compile(rb"([^ ]+) [^\n]*\n(?:\1 [^\n]*\n)*")
_LINES = re.compile(rb"[^\n]*\n")
_SITE = f"<{BINDING_SITE}".encode()
_BLANK = re.compile(rb"_:|.*> _:[^ ]+ \.\n")


class _Unusual(Exception):  # noqa: N818 (no error: it is done in another way)
    """The store holds something else than the mapping wrote."""


class Recorder(Counter):
    """Counts what a build writes, and keeps what it writes once in files.

    Args:
        entail: how much of what the ontology entails is written.
    """

    def __init__(self, entail: str) -> None:
        super().__init__(entailed(entail))
        self.entail = entail
        self._records: Path | None = None
        self._sites: Path | None = None
        self._lines: set[bytes] = set()

    def record(self, records: Path, sites: Path | None) -> None:
        """Keeps what is written from now on.

        Args:
            records: the file for all but binding sites.
            sites: the file for these; None keeps none of them.
        """
        self._records, self._sites = records, sites
        for file in filter(None, (records, sites)):
            file.touch()

    def once(self, lines: bytes) -> None:
        """Counts and keeps lines of records, as `Counter.once` has it."""
        super().once(lines)
        _append(self._records, lines)

    def sites(self, lines: bytes) -> None:
        """Counts and keeps lines of binding sites, as `Counter.sites` has it."""
        super().sites(lines)
        _append(self._sites, lines)

    def added(self, lines: bytes) -> None:
        """Counts and keeps what is said of binding sites later, as `Counter.added` has it."""
        super().added(lines)
        _append(self._sites, lines)

    def vocabulary(self, lines: bytes) -> None:
        """Counts and keeps lines of the small rest, as `Counter.vocabulary` has it."""
        super().vocabulary(lines)
        self._lines.update(_LINES.findall(lines))

    def recorded(self) -> Recorded:
        """What was kept."""
        files = tuple(filter(None, (self._records, self._sites)))
        return Recorded(files, frozenset(self._lines), self.entail)


def _append(file: Path | None, lines: bytes) -> None:
    if file is not None and lines:
        with file.open("ab") as stream:
            stream.write(lines)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a build wrote, apart from the interactions.

    Attributes:
        files: the lines that were written once, those of a subject side by side; only what is
            said of binding sites later stands apart.
        vocabulary: the lines of databases, methods, taxa, data sets.
        entail: how much of what the ontology entails was written.
    """

    files: tuple[Path, ...]
    vocabulary: frozenset[bytes]
    entail: str

    def whole_vocabulary(self) -> set[bytes]:
        """The lines of the vocabulary with those of the ontology and what follows from it."""
        lines = _ontology()
        lines.update(self.vocabulary)
        lines.update(_LINES.findall(vocabulary_conclusions(self.entail)))
        return lines


def write(
    store: pyoxigraph.Store,
    table: EdgeTable,
    outputs: Callable[[], tuple[Mapping[str, PartWriter], SiteTable]],
    recorded: Recorded | None,
    left_out: LeftOut = LeftOut(),  # noqa: B008 (it is frozen)
) -> tuple[Mapping[str, PartWriter], SiteTable]:
    """Writes the default graph of a store, divided by organism.

    Args:
        store: the store, open for reading.
        table: its table of edges.
        outputs: gives new writers, one for each organism's IRI and for `COMMON`, and what gathers
            binding sites; called again if all has to be written anew.
        recorded: what the build wrote; None if not all is by the mapping.
        left_out: what is not written.

    Returns:
        The writers that were written to, and the binding sites.
    """
    organism_of = organisms(store)
    if recorded is not None:
        parts, sites = outputs()
        try:
            divider = _Divider(Owners(organism_of), parts, left_out, sites)
            _by_mapping(store, table, divider, recorded, left_out)
            return parts, sites
        except _Unusual:
            for part in parts.values():
                part.close()
    parts, sites = outputs()
    divider = _Divider(Owners(organism_of), parts, left_out, sites)
    store.dump(cast("IO[bytes]", divider), RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
    divider.finish()
    return parts, sites


def write_share(store: pyoxigraph.Store, parts: Mapping[str, PartWriter], share: Share) -> None:
    """Writes what another data set than the main one reports, with the ontology.

    Args:
        store: the store, open for reading.
        parts: the writers, one for each organism's IRI and for `COMMON`.
        share: what it reports.
    """
    divider = _Divider(Owners(organisms(store)), parts)
    lines = _ontology()
    known = {line.split(b"> ", 1)[0][1:].decode() for line in lines if line.startswith(b"<")}
    conclusions = pyoxigraph.parse(vocabulary_conclusions(FULL), RdfFormat.N_TRIPLES)
    lines.update(f"{quad.triple} .\n".encode() for quad in conclusions if quad in store)
    divider.write(b"".join(sorted(lines)))
    for text in shares.lines(store, share, known):
        divider.write(text)
    divider.finish()


def organisms(store: pyoxigraph.Store) -> dict[str, str]:
    """The organism of each protein, gene, assembly and chromosome that has just one."""
    found = dict(sorted(_pairs(store, IN_TAXON), reverse=True))
    of_gene: dict[str, set[str]] = defaultdict(set)
    for protein, gene in _pairs(store, ENCODED_BY):
        of_gene[gene].add(found.get(protein, COMMON))
    genes = {gene: min(of) for gene, of in of_gene.items() if len(of) == 1}
    places = {
        chromosome: found.get(assembly, COMMON)
        for chromosome, assembly in _pairs(store, OF_ASSEMBLY)
    }
    return genes | places | found


def of_assemblies(store: pyoxigraph.Store) -> list[str]:
    """The organisms of which there are genome assemblies, sorted."""
    class_ = f"<{ASSEMBLIES}>"
    found = store.query(f"SELECT DISTINCT ?o {{ ?one a {class_} ; <{IN_TAXON}> ?o }}")
    assert isinstance(found, pyoxigraph.QuerySolutions)
    return sorted(one["o"].value for one in found)


def _pairs(store: pyoxigraph.Store, predicate: str) -> Iterator[tuple[str, str]]:
    for quad in store.quads_for_pattern(None, NamedNode(predicate), None, DefaultGraph()):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            yield quad.subject.value, quad.object.value


class _Divider:
    """A file to write N-Triples into, which gives each line to its organism's part.

    Args:
        owners: whose a subject is.
        parts: the organisms' writers, and that of `COMMON`.
        left_out: what is not written.
        sites: what gathers binding sites.

    Attributes:
        lines: how many lines were taken, those that were left out among them.
    """

    def __init__(
        self,
        owners: Owners,
        parts: Mapping[str, PartWriter],
        left_out: LeftOut = LeftOut(),  # noqa: B008 (it is frozen)
        sites: SiteTable | None = None,
    ) -> None:
        self._owners = owners
        self._parts = parts
        self._left_out = left_out
        self._touched = left_out.touched
        self._sites = sites
        self._held: list[bytes] = []
        self._size = 0
        self._blank: list[bytes] = []
        self.lines = 0

    def write(self, data: bytes) -> int:
        """Takes some bytes."""
        self._held.append(bytes(data))
        self._size += len(data)
        if self._size >= CHUNK:
            self._divide()
        return len(data)

    def flush(self) -> None:
        """Nothing: what is not a whole line yet is kept."""

    def put(self, organism: str, text: bytes) -> None:
        """Takes whole lines of an organism, none of them with a blank node."""
        self._parts[organism if organism in self._parts else COMMON].write(text)
        self.lines += text.count(b"\n")

    def finish(self) -> None:
        """Writes what is left, and the lines with blank nodes."""
        self._divide(is_all=True)
        self.put(COMMON, b"".join(sorted(_renamed(self._blank))))
        self._blank = []

    def _divide(self, *, is_all: bool = False) -> None:
        text = b"".join(self._held)
        end = text.rfind(b"\n") + 1
        if not is_all:
            end = _before_site(text, end)
        self._held, self._size = [text[end:]], len(text) - end
        found: dict[str, list[bytes]] = defaultdict(list)
        for match in _SUBJECTS.finditer(text, 0, end):
            subject, lines = match[1], match[0]
            if subject in self._touched:
                lines = self._left_out.kept(subject, lines)
                self.lines += match[0].count(b"\n") - lines.count(b"\n")
            if b"_:" in lines:
                self._blank += [line for line in _LINES.findall(lines) if _BLANK.match(line)]
                lines = b"".join(line for line in _LINES.findall(lines) if not _BLANK.match(line))
            if not lines:
                continue
            organism = self._owners.of(subject, lines)
            found[organism].append(lines)
            if self._sites is not None and subject.startswith(_SITE):
                self._sites.add(subject, lines, organism)
        for organism, pieces in found.items():
            self.put(organism, b"".join(pieces))


def _before_site(text: bytes, end: int) -> int:
    """Where lines end that are whole, without those of a binding site that may go on."""
    start = text.rfind(b"\n", 0, max(end - 1, 0)) + 1
    subject = text[start : text.find(b" ", start) + 1]
    if not subject.startswith(_SITE):
        return end
    while start and text.startswith(subject, before := text.rfind(b"\n", 0, start - 1) + 1):
        start = before
    return start


def _renamed(lines: list[bytes]) -> Iterable[bytes]:
    """Lines with blank nodes, whose names a store makes up, with names that are always the same."""
    if not lines or len(lines) > BLANK_LINES:
        return lines
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(b"".join(lines), RdfFormat.N_TRIPLES))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    content = pyoxigraph.serialize((quad.triple for quad in dataset), format=RdfFormat.N_TRIPLES)
    assert content is not None
    return _LINES.findall(content)


# What the mapping wrote


def _by_mapping(
    store: pyoxigraph.Store,
    table: EdgeTable,
    divider: _Divider,
    recorded: Recorded,
    left_out: LeftOut,
) -> None:
    """Writes what was recorded, and the interactions.

    Raises:
        _Unusual: that is not what the store holds.
    """
    divider.write(b"".join(sorted(recorded.whole_vocabulary())))
    for file in recorded.files:
        with file.open("rb") as stream:
            while text := stream.read(CHUNK):
                divider.write(text)
    divider.finish()
    emitter = Emitter(entailed(recorded.entail), syntax_of(RDF_FORMATS["nt"]))
    _write_interactions(table, emitter.interaction, divider, left_out)
    if divider.lines != asked_number(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"):
        raise _Unusual


def _ontology() -> set[bytes]:
    """The lines of the ontology."""
    lines: set[bytes] = set()
    for name in FILES:
        quads = pyoxigraph.parse(path=str(ontology_folder() / name))
        content = pyoxigraph.serialize((quad.triple for quad in quads), format=RdfFormat.N_TRIPLES)
        assert content is not None
        lines.update(_LINES.findall(content))
    return lines


def _write_interactions(
    table: EdgeTable, text_of: Callable[..., str], divider: _Divider, left_out: LeftOut
) -> None:
    def text_of_edge(reports: Iterable[Evidence]) -> str:
        text = ""
        for report in reports:
            more = text_of(tf, target, report.iri.removeprefix(EVIDENCE))
            text += _new_lines(text, more) if text else more
        return text

    texts: list[str] = []
    size, organism = 0, COMMON
    for edge in table.all(Filter()):
        tf, target = edge.tf.accession, edge.target.accession
        if not (tf and target):
            raise _Unusual
        if edge.tf.organism != organism or size >= CHUNK:
            divider.put(organism, "".join(texts).encode())
            texts, size, organism = [], 0, edge.tf.organism
        text = text_of_edge(edge.evidence)
        if left_out.evidence and any(one.iri in left_out.evidence for one in edge.evidence):
            whole = text.count("\n")
            text = text_of_edge(one for one in edge.evidence if one.iri not in left_out.evidence)
            divider.lines += whole - text.count("\n")
        texts.append(text)
        size += len(text)
    divider.put(organism, "".join(texts).encode())


def _new_lines(text: str, more: str) -> str:
    """The lines that a text has not yet: a second report of an edge repeats all but one."""
    known = set(text.splitlines(keepends=True))
    return "".join(line for line in more.splitlines(keepends=True) if line not in known)
