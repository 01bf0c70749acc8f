"""The values a record gives to the variables of ``ontology/mapping.ttl``.

A value is one string, or a tuple of strings for a variable that may have none or many. This is
where names become IRIs, and where primary references are told apart from database references.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import cache, singledispatch
from urllib.parse import quote

from rdfconv import identifiers as ids
from rdfconv.model import (
    SEQUENCE_COLUMNS,
    SITE_COLUMNS,
    UNSTATED,
    Assembly,
    BindingSite,
    Chromosome,
    Dataset,
    DetectionMethod,
    Evidence,
    Gene,
    Interaction,
    ListedField,
    ListedRow,
    ListedSite,
    PageDocument,
    Paper,
    Protein,
    Record,
    SourceDatabase,
    Taxon,
)
from rdfconv.vocabulary import assemblies, databases, datasets, methods, organisms

Bindings = Mapping[str, str | tuple[str, ...]]
"""Values by the names of the mapping's variables or template fields."""

UNSPECIFIED_METHOD = "MI_0686"
"""PSI-MI's *unspecified method*: what is broader than a method no table knows."""

PAGE_CELLS = (
    "pageName", "pageGeneIds", "pageOrganism", "pageFunction", "pageTitle", "pageType",
    "pageLayout", "pageOrthologs", "pageMatrices", "pageFactors", "pageTargets", "pageSites",
    "pageSequences", "factorsDownload", "targetsDownload", "sitesDownload", "sitesGff3Download",
    "sequencesDownload",
)  # fmt: skip
"""The cells that a page may lack."""


@singledispatch
def bindings(record: Record) -> Bindings:
    """The values of a record.

    >>> bindings(Gene("6659"))
    {'geneId': '6659'}
    """
    raise TypeError(f"there is no mapping for {record!r}")


@bindings.register
def _(record: Interaction) -> Bindings:
    return {
        "tf": record.transcription_factor.accession,
        "target": record.target.accession,
        "evidence": record.evidence.id,
    }


@bindings.register
def _(record: Evidence) -> Bindings:
    references = sort_references(record)
    return {
        "evidence": record.id,
        "dataset": record.dataset,
        "sourceDatabase": tuple(map(database_iri, record.databases)),
        "detectionMethod": tuple(map(method_iri, record.methods)),
        "primaryReference": references["primary"],
        "databaseReference": references["database"],
        "plainReference": references["plain"],
        "unparsedReference": references["unparsed"],
        "referenceOrder": _optional(" ".join(map(_word, record.references))),
        "modeOfRegulation": tuple(ids.TERM + mode for mode in record.modes),
        "smallScale": () if record.small_scale is None else (str(record.small_scale).lower(),),
        "databaseCount": str(len(record.databases)),
        "primaryReferenceCount": () if references["plain"] else (str(len(references["primary"])),),
    }


@bindings.register
def _(record: Protein) -> Bindings:
    return {
        "accession": record.accession,
        "proteinRole": (ids.TERM + "TranscriptionFactor",)
        if record.is_transcription_factor
        else (),
        "targetRole": (ids.TERM + "TargetProtein",) if record.is_target else (),
        "proteinLabel": _optional(record.label),
        "proteinAltLabel": record.alt_labels,
        "proteinTaxon": tuple(map(taxon_iri, record.organisms)),
        "encodedBy": record.gene_ids,
        "unparsedGeneId": record.unparsed_gene_ids,
        "ortholog": record.orthologs,
        "jasparMatrix": record.jaspar_matrices,
        "accessionStatus": (f"{ids.TERM}{record.status}Accession",) if record.status else (),
        "replacement": record.replacements,
    }


@bindings.register
def _(record: Gene) -> Bindings:
    return {"geneId": record.gene_id}


@bindings.register
def _(record: Taxon) -> Bindings:
    known = organisms().get(record.name)
    return {
        "taxon": taxon_iri(record.name),
        "scientificName": record.name,
        "taxonId": (known.taxon,) if known else (),
    }


@bindings.register
def _(record: SourceDatabase) -> Bindings:
    known = databases().get(record.name)
    return {
        "database": database_iri(record.name),
        "databaseLabel": record.name,
        "databaseCitation": _optional(known.citation if known else ""),
        "databaseHomepage": _optional(known.homepage if known else ""),
    }


@bindings.register
def _(record: DetectionMethod) -> Bindings:
    known = methods().get(record.name)
    return {
        "method": method_iri(record.name),
        "methodLabel": record.name,
        "broaderMethod": known.broader if known else (UNSPECIFIED_METHOD,),
    }


@bindings.register
def _(record: Paper) -> Bindings:
    return {"pubmedId": record.pubmed_id}


@bindings.register
def _(record: Dataset) -> Bindings:
    known = datasets().get(record.name)
    return {
        "dataset": record.name,
        "datasetTitle": known.title if known else record.name,
        "datasetHomepage": _optional(known.homepage if known else ""),
        "datasetRights": _optional(known.rights if known else ""),
        "datasetCitation": _optional(known.citation if known else ""),
    }


@bindings.register
def _(record: BindingSite) -> Bindings:
    place = chromosome_iri(record.assembly, record.chromosome) if record.chromosome else ()
    return {
        "bindingSite": record.site,
        "boundBy": record.accession,
        "siteOnChromosome": place,
        "reportedStart": record.start or (),
        "reportedEnd": record.end or (),
        "strand": record.strand or (),
        "evidenceOfSite": record.evidence.id if record.evidence else (),
        "overlaps": record.overlaps or (),
        "overlappingSites": record.overlapping or (),
        "bindingSequence": record.sequence or (),
    }


@bindings.register
def _(record: Chromosome) -> Bindings:
    known = assemblies().get(record.assembly)
    refseq = known.chromosomes.get(record.name) if known else None
    return {
        "chromosome": chromosome_iri(record.assembly, record.name),
        "chromosomeLabel": record.name,
        "assemblyOfChromosome": assembly_iri(record.assembly),
        "refSeq": (refseq,) if refseq else (),
    }


@bindings.register
def _(record: Assembly) -> Bindings:
    known = assemblies().get(record.name)
    organism = known.organism if known else record.name.partition(UNSTATED)[2]
    return {
        "assembly": assembly_iri(record.name),
        "assemblyLabel": record.name,
        "assemblyTaxon": (taxon_iri(organism),) if organism else (),
    }


@bindings.register
def _(record: PageDocument) -> Bindings:
    return {
        **dict.fromkeys(PAGE_CELLS, ()),
        **record.cells,
        "accession": record.accession,
        "lowerAccession": record.accession.lower(),
        "dataset": record.dataset,
    }


@bindings.register
def _(record: ListedRow) -> Bindings:
    return {
        "accession": record.accession,
        "list": record.list,
        "index": str(record.place),
        "rowName": _optional(record.name),
        "rowGeneIds": _optional(record.gene_ids),
        "rowDatabases": _optional(record.databases),
        "rowMethods": _optional(record.methods),
        "rowReferences": _optional(record.references),
    }


@bindings.register
def _(record: ListedField) -> Bindings:
    return {
        "accession": record.accession,
        "index": str(record.place),
        "fieldName": record.name,
        "fieldValue": record.value,
    }


@bindings.register
def _(record: ListedSite) -> Bindings:
    return {
        **dict.fromkeys((*SITE_COLUMNS, *SEQUENCE_COLUMNS), ()),
        **dict(zip(SITE_COLUMNS, record.row, strict=False)),
        **dict(zip(SEQUENCE_COLUMNS, record.sequence, strict=False)),
        "accession": record.accession,
        "site": record.site,
    }


@cache
def vocabulary() -> Mapping[str, Set[str]]:
    """The variables that take their values from a closed vocabulary, with the known values.

    >>> "MI_0008" in vocabulary()["broaderMethod"]
    True
    """
    broader = {UNSPECIFIED_METHOD}.union(*(method.broader for method in methods().values()))
    return {
        "sourceDatabase": set(map(database_iri, databases())),
        "detectionMethod": set(map(method_iri, methods())),
        "proteinTaxon": set(map(taxon_iri, organisms())),
        "broaderMethod": broader,
    }


def vocabulary_records(unknown: str) -> list[Record]:
    """A record for each term of the closed vocabularies, and for one of each that no table knows.

    Args:
        unknown: the name of the unknown ones.
    """
    return [
        *map(SourceDatabase, (*databases(), unknown)),
        *map(DetectionMethod, (*methods(), unknown)),
        *map(Taxon, (*organisms(), unknown)),
    ]


def sort_references(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """A report's references, told apart.

    A reference is the paper of a listed database (``database``), or no PubMed id (``unparsed``).
    What is left is ``primary``, but only if it cannot be a database's own paper: if a listed
    database has no known paper, or if it is the paper of a known database that is not listed, it
    is ``plain``.

    >>> evidence = Evidence.of("tflink-1.0", ["GTRD", "TRRUST"], [],
    ...                        ["19148141", "29087512", "27924024"], True)
    >>> sort_references(evidence)["primary"], sort_references(evidence)["database"]
    (('19148141',), ('29087512', '27924024'))
    """
    known = databases()
    cited = [known[name].citation if name in known else "" for name in evidence.databases]
    others = {database.citation for database in known.values()} - set(cited)
    found: dict[str, list[str]] = {"primary": [], "database": [], "plain": [], "unparsed": []}
    for reference in dict.fromkeys(evidence.references):
        if not ids.PUBMED_ID.fullmatch(reference):
            found["unparsed"].append(reference)
        elif reference in cited:
            found["database"].append(reference)
        elif "" in cited or reference in others:
            found["plain"].append(reference)
        else:
            found["primary"].append(reference)
    return {kind: tuple(references) for kind, references in found.items()}


def database_iri(name: str) -> str:
    """The IRI of a source database."""
    return ids.DATABASE + ids.local_name(name)


def method_iri(name: str) -> str:
    """The IRI of a detection method: PSI-MI's term if there is one.

    >>> method_iri("inferred by curator")
    'http://purl.obolibrary.org/obo/MI_0364'
    """
    known = methods().get(name)
    if known is None:
        return ids.METHOD + ids.local_name(name)
    return ids.OBO + known.term if known.term else ids.METHOD + known.local


@cache
def chromosome_iri(assembly: str, name: str) -> str:
    """The IRI of a chromosome of a genome assembly.

    >>> chromosome_iri("hg38", "chr14")
    'https://w3id.org/tflink-rdf/assembly/hg38/chr14'
    """
    return f"{assembly_iri(assembly)}/{ids.local_name(name)}"


def assembly_iri(name: str) -> str:
    """The IRI of a genome assembly."""
    return ids.ASSEMBLY + ids.local_name(name)


def taxon_iri(name: str) -> str:
    """The IRI of an organism: UniProt's taxon if its name is known.

    >>> taxon_iri("Homo sapiens")
    'http://purl.uniprot.org/taxonomy/9606'
    """
    known = organisms().get(name)
    return ids.TAXON + known.taxon if known else ids.ORGANISM + ids.local_name(name)


def _optional(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _word(reference: str) -> str:
    """A reference without blanks, so that a list of them can be joined by blanks."""
    return reference if reference.isdigit() else quote(reference, safe="")
