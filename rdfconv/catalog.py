"""What is written once: the proteins, genes, organisms, databases, methods and papers.

Interactions stream; what they name is gathered here and put together at the end, so that it does
not matter in which order, or by how many processes, the rows were read.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from operator import itemgetter

from rdfconv.identifiers import GENE_ID, JASPAR_ID, PUBMED_ID
from rdfconv.model import (
    AccessionStatus,
    Assembly,
    Chromosome,
    Dataset,
    DetectionMethod,
    Evidence,
    Gene,
    Interaction,
    ListedRow,
    Mention,
    Paper,
    Protein,
    ProteinPage,
    Record,
    SourceDatabase,
    Taxon,
)
from rdfconv.problems import Kind, Problem, ProblemLog
from rdfconv.symbols import Symbols
from rdfconv.vocabulary import assemblies, databases

Spelling = tuple[str, str, str]
"""An accession, and the cells of the protein's name and gene ids as a row has them."""


def spelling(mention: Mention) -> Spelling:
    """How a row spells a protein.

    >>> spelling(Mention("Q06945", "", ("1", "2"), "Homo sapiens", ()))
    ('Q06945', '-', '1;2')
    """
    return mention.accession, mention.name or "-", ";".join(mention.gene_ids) or "-"


class Tally:
    """Counts what the rows of one process name, at the cost of a few C calls a row.

    A reader makes one record per different mention, so mentions are told apart by their identity;
    hashing them with all their orthologs would take longer than reading the row.
    """

    def __init__(self) -> None:
        self._factor_rows: Counter[int] = Counter()
        self._target_rows: Counter[int] = Counter()
        self._mentions: dict[int, Mention] = {}  # keeps them alive, so that an id stays theirs
        self._evidence: set[str] = set()
        self._listed: list[tuple[str, str, array[int]]] = []
        self.pages: list[ProteinPage] = []

    def add_rows(self, rows: Sequence[Interaction]) -> None:
        """Counts the mentions of interactions."""
        for column, counts in ((0, self._factor_rows), (1, self._target_rows)):
            mentions = list(map(itemgetter(column), rows))
            ids = list(map(id, mentions))
            self._mentions.update(zip(ids, mentions, strict=True))
            counts.update(ids)

    def new_evidence(self, rows: Sequence[Interaction]) -> list[Evidence]:
        """The evidence of interactions that is new, in the order of first use."""
        return _new({told.id: told for _, _, told in rows}, self._evidence)

    def add_names(self, mentions: Mapping[int, Mention]) -> None:
        """Keeps what is said of proteins beside interactions, by the identities of the records."""
        self._mentions.update(mentions)

    def add_page(self, page: ProteinPage) -> None:
        """Keeps what a page says of its own protein, and which mentions stand in which row."""
        accession = page.protein.accession
        for name, column, rows in (
            ("tfs", 0, page.transcription_factors),
            ("targets", 1, page.targets),
        ):
            if rows:
                ids = array("Q", map(id, map(itemgetter(column), rows)))
                self._listed.append((accession, name, ids))
        self.pages.append(page._replace(transcription_factors=(), targets=(), document=None))

    def rows_of(self, spellings: Set[Spelling]) -> list[ListedRow]:
        """The rows of pages that spell a protein in one of the given ways."""
        wanted = {key for key, mention in self._mentions.items() if spelling(mention) in spellings}
        if not wanted:
            return []
        return [
            ListedRow(accession, name, place, *spelling(self._mentions[key])[1:])
            for accession, name, ids in self._listed
            if not wanted.isdisjoint(ids)
            for place, key in enumerate(ids)
            if key in wanted
        ]

    def mentions(self) -> list[tuple[Mention, int, int]]:
        """All mentions, each with the number of rows as regulator and as target."""
        return [
            (mention, self._factor_rows[key], self._target_rows[key])
            for key, mention in self._mentions.items()
        ]


@dataclass(slots=True)
class _Facts:
    """What is known of one protein so far; a name counts the rows that spell it so."""

    own_name: str | None = None
    names: dict[str, int] = field(default_factory=dict)
    gene_ids: tuple[str, ...] = ()
    organisms: tuple[str, ...] = ()
    orthologs: tuple[str, ...] = ()
    jaspar_matrices: tuple[str, ...] = ()
    regulates: bool = False
    is_regulated: bool = False


def _new(told: dict[str, Evidence], known: set[str]) -> list[Evidence]:
    new = [evidence for key, evidence in told.items() if key not in known]
    known.update(told)
    return new


class Catalog:
    """Puts together what interactions, binding sites and pages name.

    Args:
        dataset: the reporting data set.

    Attributes:
        edge_evidence: the ids of the evidence that interactions have.
    """

    def __init__(self, dataset: str) -> None:
        self.dataset = dataset
        self._proteins: dict[str, _Facts] = {}
        self._pages: list[ProteinPage] = []
        self._evidence: set[str] = set()
        self.edge_evidence: set[str] = set()
        self._datasets: set[str] = set()
        self._chromosomes: set[tuple[str, str]] = set()
        self._statuses: dict[str, tuple[str, ...]] = {}
        self._databases: set[str] = set()
        self._methods: set[str] = set()
        self._papers: set[str] = set()

    def add_mention(self, mention: Mention, as_factor: int, as_target: int) -> None:
        """Adds what a number of rows say of a protein as regulator and as target."""
        facts = self._described(mention)
        facts.names[mention.name] = facts.names.get(mention.name, 0) + as_factor + as_target
        facts.regulates = facts.regulates or as_factor > 0
        facts.is_regulated = facts.is_regulated or as_target > 0

    def add_page(self, page: ProteinPage) -> None:
        """Adds what a page says of its own protein."""
        self._pages.append(page)
        facts = self._described(page.protein)
        facts.own_name = page.protein.name
        matrices = (matrix for matrix in page.jaspar_matrices or () if JASPAR_ID.fullmatch(matrix))
        facts.jaspar_matrices = _union(facts.jaspar_matrices, matrices)

    def differing(self, mentions: Iterable[Mention]) -> set[Spelling]:
        """How mentions are spelled where that is not how a page that lists them is written back:
        as the protein's own page has it or, if it has none, by its label and sorted gene ids."""
        own = {page.protein.accession: spelling(page.protein) for page in self._pages}
        told = set(map(spelling, mentions))
        usual: dict[str, Spelling] = {}
        for accession, _, _ in told:
            if accession not in own and accession not in usual:
                protein = _protein(accession, self._proteins[accession], ProblemLog())
                genes = (*protein.gene_ids, *protein.unparsed_gene_ids)
                usual[accession] = (accession, protein.label or "-", ";".join(genes) or "-")
        return {one for one in told if one != own.get(one[0], usual.get(one[0]))}

    def add_evidence(self, evidence: Evidence, *, of_edge: bool = True) -> bool:
        """Adds a report on an edge or on a binding site; returns whether it is new."""
        if of_edge:
            self.edge_evidence.add(evidence.id)
        if evidence.id in self._evidence:
            return False
        self._evidence.add(evidence.id)
        self._datasets.add(evidence.dataset)
        self._databases.update(evidence.databases)
        self._methods.update(evidence.methods)
        self._papers.update(filter(PUBMED_ID.fullmatch, evidence.references))
        return True

    def add_chromosomes(self, chromosomes: Iterable[tuple[str, str]]) -> None:
        """Adds assemblies and chromosomes that binding sites lie on; ("", "") is none."""
        self._chromosomes.update(chromosomes)

    def add_status(self, status: AccessionStatus) -> None:
        """Adds what UniProt says of an accession; of others than are named it is not kept."""
        if status.accession in self._proteins:
            known = self._statuses.get(status.accession, ())
            self._statuses[status.accession] = _union(known, status.replacements)

    def symbols(self) -> Symbols:
        """The proteins by their symbols."""
        symbols = Symbols()
        for protein in self.proteins(self.accessions(), ProblemLog()):
            for organism in protein.organisms:
                symbols.add(organism, protein.accession, protein.label, protein.alt_labels)
        return symbols

    def factors(self) -> set[str]:
        """The accessions of all that regulates something."""
        return {accession for accession, facts in self._proteins.items() if facts.regulates}

    def targets(self) -> set[str]:
        """The accessions of all that is regulated."""
        return {accession for accession, facts in self._proteins.items() if facts.is_regulated}

    def accessions(self) -> list[str]:
        """The accessions of all proteins, sorted."""
        return sorted(self._proteins)

    def proteins(self, accessions: Iterable[str], log: ProblemLog) -> Iterator[Protein]:
        """Some of the proteins; contradictions go to the log."""
        for accession in accessions:
            protein = _protein(accession, self._proteins[accession], log)
            replacements = self._statuses.get(accession)
            if replacements is not None:
                status = "merged" if replacements else "deleted"
                protein = protein._replace(status=status, replacements=tuple(sorted(replacements)))
            yield protein

    def others(self) -> Iterator[Record]:
        """All that was gathered beside the proteins, each kind sorted."""
        genes = {gene for facts in self._proteins.values() for gene in facts.gene_ids}
        yield from map(Gene, sorted(filter(GENE_ID.fullmatch, genes), key=int))
        species = {name for facts in self._proteins.values() for name in facts.organisms}
        known_assemblies = assemblies()
        species |= {
            known_assemblies[one].organism
            for one, _ in self._chromosomes
            if one in known_assemblies
        }
        yield from map(Taxon, sorted(species))
        yield from map(SourceDatabase, sorted(self._databases))
        yield from map(DetectionMethod, sorted(self._methods))
        known = databases()
        cited = {known[name].citation for name in self._databases if name in known}
        yield from map(Paper, sorted(self._papers | cited - {""}, key=int))
        yield from map(Dataset, sorted(self._datasets or {self.dataset}))
        chromosomes = sorted(self._chromosomes - {("", "")})
        yield from (Chromosome(*one) for one in chromosomes)
        yield from map(Assembly, dict.fromkeys(assembly for assembly, _ in chromosomes))

    def _described(self, mention: Mention) -> _Facts:
        facts = self._proteins.get(mention.accession)
        if facts is None:
            facts = self._proteins[mention.accession] = _Facts()
        if mention.gene_ids != facts.gene_ids:
            facts.gene_ids = _union(facts.gene_ids, mention.gene_ids)
        if mention.organism:
            facts.organisms = _union(facts.organisms, (mention.organism,))
        if mention.orthologs:
            accessions = [ortholog.accession for ortholog in mention.orthologs]
            facts.orthologs = _union(facts.orthologs, accessions)
            for ortholog in mention.orthologs:
                other = self._proteins.setdefault(ortholog.accession, _Facts())
                other.organisms = _union(other.organisms, (ortholog.organism,))
                other.orthologs = _union(other.orthologs, (mention.accession,))
        return facts


def _union(old: tuple[str, ...], new: Iterable[str]) -> tuple[str, ...]:
    """The old tuple itself if nothing is new, so that equal facts share their memory."""
    missing = [item for item in new if item not in old]
    return (*old, *dict.fromkeys(missing)) if missing else old


def _protein(accession: str, facts: _Facts, log: ProblemLog) -> Protein:
    spelled = {name: rows for name, rows in facts.names.items() if _says_something(name)}
    label = facts.own_name if facts.own_name and _says_something(facts.own_name) else ""
    if not label and spelled:
        label = min(spelled, key=lambda name: (-spelled[name], name))
    others = set(spelled).union(*map(_single_names, (label, *spelled)))
    if len(facts.organisms) > 1:
        both = "; ".join(sorted(facts.organisms))
        log.add(Problem(Kind.ORGANISMS_DIFFER, accession, None, "organism", both))
    spellings = spelled.keys() | ({label} - {""})
    if len(spellings) > 1:
        log.add(Problem(Kind.NAMES_DIFFER, accession, None, "name", " | ".join(sorted(spellings))))
    genes = [gene for gene in facts.gene_ids if GENE_ID.fullmatch(gene)]
    return Protein(
        accession,
        label,
        tuple(sorted(others - {label, ""})),
        tuple(sorted(genes, key=int)),
        tuple(sorted(set(facts.gene_ids) - set(genes))),
        tuple(sorted(facts.organisms)),
        facts.regulates,
        facts.is_regulated,
        tuple(sorted(facts.orthologs)),
        tuple(sorted(facts.jaspar_matrices)),
    )


def _says_something(name: str) -> bool:
    """Whether a name is more than the separators of an empty list (TFLink has ``; ;``)."""
    return bool(name.strip("; "))


def _single_names(name: str) -> list[str]:
    """The names in a list of names joined by ``;``; none if it is no such list."""
    parts = [part.strip() for part in name.split(";")]
    return parts if len(parts) > 1 and all(parts) else []
