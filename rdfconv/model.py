"""The records that readers yield and the mapping writes.

They are named tuples: immutable, and made, hashed and compared in C, because a full conversion
makes twelve million of them. Strings are the input's own; a missing value (``-``) is ``""``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rdfconv.identifiers import evidence_id


class Evidence(NamedTuple):
    """What one data set reports for an edge: an immutable value that many edges share.

    Databases, methods and references are three separate sets: the source does not say which
    method or paper belongs to which database.

    Attributes:
        dataset: the reporting data set, e.g. ``tflink-1.0``.
        databases: names of source databases, sorted by code point.
        methods: names of detection methods as TFLink spells them, sorted by code point.
        references: PubMed ids in the source's order.
        small_scale: TFLink's small-scale flag; None if it is missing.
        modes: ``activation`` and ``repression``, sorted; empty if unknown.
        id: the local name of the evidence's IRI (see `rdfconv.identifiers.evidence_id`).
    """

    dataset: str
    databases: tuple[str, ...]
    methods: tuple[str, ...]
    references: tuple[str, ...]
    small_scale: bool | None
    modes: tuple[str, ...]
    id: str

    @classmethod
    def of(
        cls,
        dataset: str,
        databases: Iterable[str],
        methods: Iterable[str],
        references: Iterable[str],
        small_scale: bool | None,
        modes: Iterable[str] = (),
    ) -> Evidence:
        """Makes the record and its id from values in any order.

        >>> Evidence.of("tflink-1.0", ["ReMap", "GTRD"], [], ["29126285", "27924024"], False).id
        'mz2zuklc3kz3rdoxcvv5dv3qdz'
        """
        names = tuple(sorted(set(databases)))
        how = tuple(sorted(set(methods)))
        papers = tuple(references)
        signs = tuple(sorted(set(modes)))
        identifier = evidence_id(dataset, names, how, papers, small_scale, signs)
        return cls(dataset, names, how, papers, small_scale, signs, identifier)

    def without_modes(self) -> str:
        """The id that the report would have if it did not tell the mode of regulation."""
        if not self.modes:
            return self.id
        return evidence_id(
            self.dataset, self.databases, self.methods, self.references, self.small_scale
        )


class Ortholog(NamedTuple):
    """An orthologous protein: its organism's name ("" if unknown) and UniProtKB accession."""

    organism: str
    accession: str


class Mention(NamedTuple):
    """What a row says of one of its two proteins.

    Attributes:
        accession: the UniProtKB accession.
        name: the protein's name as the row spells it.
        gene_ids: NCBI gene ids as the row has them.
        organism: the organism's name.
        orthologs: the orthologs that the row lists (tables only).
    """

    accession: str
    name: str
    gene_ids: tuple[str, ...]
    organism: str
    orthologs: tuple[Ortholog, ...]


class Interaction(NamedTuple):
    """A row: the transcription factor regulates the target, and the evidence for it."""

    transcription_factor: Mention
    target: Mention
    evidence: Evidence


class BindingSite(NamedTuple):
    """A binding site of a transcription factor.

    Coordinates are the source's own, counted from 0 or from 1: only the length of the sequence
    tells (see `rdfconv.locations`).

    Attributes:
        site: TFLink's id, e.g. ``TFLinkSS09281087``.
        accession: the UniProtKB accession of the protein that binds it.
        assembly: the genome assembly, e.g. ``hg38``; "" if the site has no location.
        chromosome: the chromosome, e.g. ``chr14``; "" if the site has no location.
        start: the start as the source gives it; "" if the site has no location.
        end: the end as the source gives it; "" if the site has no location.
        strand: ``+`` or ``-``; "" if it is not known.
        evidence: what is reported for it; None if its source reports nothing.
        overlaps: how many other sites overlap with it; "" if the source does not say.
        overlapping: the ids of these, parted by blanks; "" if the source does not name them.
        sequence: its sequence; "" if the source has none.
    """

    site: str
    accession: str
    assembly: str
    chromosome: str
    start: str
    end: str
    strand: str
    evidence: Evidence | None
    overlaps: str
    overlapping: str
    sequence: str


class Assembly(NamedTuple):
    """A genome assembly, by its name, e.g. ``hg38``, or `UNSTATED` and an organism's name."""

    name: str


UNSTATED = "unstated-"
"""What the name of an assembly begins with that a source does not name; the organism follows."""


class Chromosome(NamedTuple):
    """A chromosome of a genome assembly."""

    assembly: str
    name: str


class AccessionStatus(NamedTuple):
    """What UniProt says of an accession that is no entry's primary one any more.

    Attributes:
        accession: the accession.
        replacements: the primary accessions of the entries it was merged into; several if its
            entry was split; () if it was deleted.
    """

    accession: str
    replacements: tuple[str, ...]


class ListedSite(NamedTuple):
    """A binding site as a page lists it: the cells of its row, its sequence, or both.

    Attributes:
        accession: the page's accession.
        site: TFLink's id, e.g. ``TFLinkSS09281087``.
        row: the row's cells from the name to the overlaps (see `SITE_COLUMNS`); () if the site
            has a sequence only.
        sequence: the name, assembly and location of the sequence's header, and the sequence;
            () if the site has a row only.
    """

    accession: str
    site: str
    row: tuple[str, ...]
    sequence: tuple[str, ...]


SITE_COLUMNS = (
    "siteName", "siteOrganism", "siteAssembly", "siteChromosome", "siteStart", "siteEnd",
    "siteStrand", "siteBrowser", "siteMethods", "siteReferences", "siteDatabases", "siteScale",
    "siteOverlaps",
)  # fmt: skip
"""The cells of a binding-site row behind its id and accession, as the mapping names them."""
SEQUENCE_COLUMNS = ("sequenceName", "sequenceAssembly", "sequenceLocation", "sequence")
"""What a sequence has behind its id and accession, as the mapping names it."""


class ListedRow(NamedTuple):
    """A row that is not written as its page would be written back: its protein is spelled
    otherwise than in the rest of the input, or its lists are not sorted. Cells that are as usual
    are "".

    Attributes:
        accession: the page's accession.
        list: ``tfs`` or ``targets``.
        place: the row's place in the list, from 0.
        name: the cell of the protein's name.
        gene_ids: the cell of its gene ids.
        databases: the cell of databases.
        methods: the cell of methods.
        references: the cell of PubMed ids.
    """

    accession: str
    list: str
    place: int
    name: str = ""
    gene_ids: str = ""
    databases: str = ""
    methods: str = ""
    references: str = ""


class ListedField(NamedTuple):
    """A key of a page's front matter that is not known; a list is written as JSON."""

    accession: str
    place: int
    name: str
    value: str


class PageDocument(NamedTuple):
    """A page as a document: its cells as they are, so that it can be written back.

    Attributes:
        accession: the UniProtKB accession.
        dataset: the data set that the page belongs to.
        cells: the cells by the names of the mapping's variables; a cell that is not there is a
            key that the page lacks or, for keys that every page has, an empty text.
        sites: the binding sites it lists.
        fields: the keys that are not known.
        rows: the rows whose lists are not sorted.
    """

    accession: str
    dataset: str
    cells: dict[str, str]
    sites: tuple[ListedSite, ...]
    fields: tuple[ListedField, ...]
    rows: tuple[ListedRow, ...]


class ProteinPage(NamedTuple):
    """A protein's page.

    Attributes:
        protein: what the page says of its own protein, with the orthologs.
        jaspar_matrices: JASPAR matrix ids; None where the page has an empty (null) value.
        transcription_factors: the listed regulators, in row order; each one's target is `protein`.
        targets: the listed targets, in row order; each one's transcription factor is `protein`.
        document: the page's cells as they are; None once they were written.
    """

    protein: Mention
    jaspar_matrices: tuple[str, ...] | None
    transcription_factors: tuple[Interaction, ...]
    targets: tuple[Interaction, ...]
    document: PageDocument | None

    def interactions(self) -> Iterator[Interaction]:
        """The interactions of both lists, regulators first."""
        yield from self.transcription_factors
        yield from self.targets


class Protein(NamedTuple):
    """A protein, with all that the input says of it put together.

    Attributes:
        accession: the UniProtKB accession.
        label: the name on its own page, else the spelling most rows use; "" if it has none.
        alt_labels: other spellings, and the single names of a list of names; sorted.
        gene_ids: NCBI gene ids, sorted as numbers.
        unparsed_gene_ids: what stands in the place of a gene id and is none.
        organisms: the organisms' names; more than one if the input contradicts itself.
        is_transcription_factor: whether it regulates something in this input.
        is_target: whether something in this input regulates it.
        orthologs: accessions of orthologs, sorted.
        jaspar_matrices: JASPAR matrix ids, sorted.
        status: ``merged`` or ``deleted`` if UniProt's lists say so; "" if they do not name it.
        replacements: the accessions that took the place of a merged one, sorted.
    """

    accession: str
    label: str
    alt_labels: tuple[str, ...]
    gene_ids: tuple[str, ...]
    unparsed_gene_ids: tuple[str, ...]
    organisms: tuple[str, ...]
    is_transcription_factor: bool
    is_target: bool
    orthologs: tuple[str, ...]
    jaspar_matrices: tuple[str, ...]
    status: str = ""
    replacements: tuple[str, ...] = ()


class Gene(NamedTuple):
    """A gene, by its NCBI gene id."""

    gene_id: str


class Taxon(NamedTuple):
    """An organism, by its scientific name."""

    name: str


class SourceDatabase(NamedTuple):
    """A source database, by its name."""

    name: str


class DetectionMethod(NamedTuple):
    """A detection method, by TFLink's name."""

    name: str


class Paper(NamedTuple):
    """A paper, by its PubMed id."""

    pubmed_id: str


class Dataset(NamedTuple):
    """A reporting data set, by its name."""

    name: str


Record = (
    Interaction | Evidence | Protein | Gene | Taxon | SourceDatabase | DetectionMethod | Paper
    | Dataset | PageDocument | ListedRow | ListedField | ListedSite | BindingSite | Chromosome
    | Assembly
)  # fmt: skip
"""What the mapping can write."""
