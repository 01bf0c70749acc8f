"""Accessions, gene and PubMed ids, and the only maker of IRIs.

The IRIs follow one rule each, so that two builds of the same data, and two sources that tell the
same edge, meet in the same node. The base is one constant; nothing depends on its resolving.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from urllib.parse import quote

BASE = "https://w3id.org/tflink-rdf/"
"""Where all IRIs of our own start. The ontology's files spell it in their prefixes."""

TERM = BASE + "ontology#"
INTERACTION = BASE + "interaction/"
EVIDENCE = BASE + "evidence/"
DATABASE = BASE + "database/"
METHOD = BASE + "method/"
DATASET = BASE + "dataset/"
ORGANISM = BASE + "organism/"
BINDING_SITE = BASE + "bindingsite/"
ASSEMBLY = BASE + "assembly/"
GRAPH = BASE + "graph/"
PAGE = BASE + "page/"
ONTOLOGY_GRAPH = GRAPH + "ontology"
"""The named graph that holds the ontology; its triples stand in the default graph as well."""
PAGES_GRAPH = GRAPH + "pages"
"""The named graph that holds TFLink's pages as documents."""
VOID_GRAPH = GRAPH + "void"
"""The named graph that describes the data set: VoID, DCAT, PROV."""
PREFIXES_GRAPH = GRAPH + "prefixes"
"""The named graph that declares prefixes for queries."""
EXAMPLES_GRAPH = GRAPH + "examples"
"""The named graph that holds the example queries."""
COUNTS_GRAPH = GRAPH + "counts"
"""The named graph that holds numbers of edges (see `rdfconv.edge_counts`)."""
METADATA_GRAPHS = (VOID_GRAPH, PREFIXES_GRAPH, EXAMPLES_GRAPH)
"""The graphs of metadata; their triples stand in the default graph as well, and are not data."""
UNIPROT = "http://purl.uniprot.org/uniprot/"
TAXON = "http://purl.uniprot.org/taxonomy/"
PUBMED = "http://rdf.ncbi.nlm.nih.gov/pubmed/"
NCBI_GENE = "http://identifiers.org/ncbigene/"
OBO = "http://purl.obolibrary.org/obo/"

ACCESSION = re.compile(
    r"[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2}", re.ASCII
)
"""A UniProtKB accession (https://www.uniprot.org/help/accession_numbers). Use ``fullmatch``."""
GENE_ID = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
"""An NCBI gene id."""
PUBMED_ID = re.compile(r"[1-9][0-9]{0,7}", re.ASCII)
"""A PubMed id: eight digits at most (39 million papers in 2025); longer ones in TFLink are two ids
that lost what stood between them."""
JASPAR_ID = re.compile(r"[A-Z]{2}[0-9]{4,5}\.[0-9]{1,3}", re.ASCII)
"""A JASPAR matrix id with its version."""
SITE_ID = re.compile(r"TFLink[A-Z]{2}[0-9]+", re.ASCII)
"""TFLink's id of a binding site, e.g. ``TFLinkSS09281087``: SS small-scale, LS large-scale."""
DATASET_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", re.ASCII)
"""A data set's name (``--source``): a local name that needs no escaping anywhere."""
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that XML 1.0 cannot carry, so that results in XML would break."""

_ASCII_XML = bytes((9, 10, 13, *range(32, 128)))


def not_xml(content: bytes) -> bool:
    """Whether UTF-8 text may hold a character that XML 1.0 cannot carry; quick if it is ASCII.

    >>> not_xml(b"a\\tb"), not_xml(b"a\\x0bb")
    (False, True)
    """
    if content.isascii():
        return bool(content.translate(None, _ASCII_XML))
    return NOT_XML.search(content.decode(errors="surrogateescape")) is not None


def local_name(name: str) -> str:
    """The local name of a term that no table knows: all but RFC 3986's unreserved is escaped.

    >>> local_name("Mus musculus/x")
    'Mus%20musculus%2Fx'
    """
    return quote(name, safe="")


def accession_of(iri: str) -> str:
    """The accession of a protein's IRI; "" if it is no UniProt protein.

    >>> accession_of("http://purl.uniprot.org/uniprot/Q06945")
    'Q06945'
    """
    accession = iri.removeprefix(UNIPROT) if iri.startswith(UNIPROT) else ""
    return accession if ACCESSION.fullmatch(accession) else ""


def last_part(iri: str) -> str:
    """The part of an IRI behind its last slash or number sign: what stands for a name.

    >>> last_part("https://example.org/a#b"), last_part("https://example.org/a/")
    ('b', 'a')
    """
    return iri.rstrip("/#").rsplit("/", 1)[-1].rsplit("#", 1)[-1]


def interaction_iri(transcription_factor: str, target: str) -> str:
    """The IRI of an edge, from the two UniProtKB accessions.

    >>> interaction_iri("Q9H9S0", "O94907")
    'https://w3id.org/tflink-rdf/interaction/Q9H9S0_O94907'
    """
    return f"{INTERACTION}{transcription_factor}_{target}"


def evidence_id(
    source: str,
    databases: Iterable[str],
    methods: Iterable[str],
    references: Iterable[str],
    small_scale: bool | None,
    modes: Iterable[str] = (),
) -> str:
    """The local name of an evidence node: a hash of exactly what the source states.

    The first 26 characters of the lower-case base32 (RFC 4648) of SHA-256 over UTF-8 lines, each
    ended by LF: ``tfl-evidence-1``, ``source=``, ``db=`` and ``method=`` (each sorted by code
    point), ``ref=`` (in the source's order), ``scale=Yes|No|-`` and ``mode=`` (sorted). Values
    are the input's own strings, with backslash and LF escaped.

    Args:
        source: the reporting data set's name, e.g. ``tflink-1.0``.
        databases: names of source databases.
        methods: names of detection methods, as the source spells them.
        references: PubMed ids, in the source's order.
        small_scale: the small-scale flag; None if the source has none.
        modes: ``activation``, ``repression``, both or neither.

    Returns:
        26 characters of ``a-z2-7``.

    >>> evidence_id("tflink-1.0", ["GTRD"], ["chromatin immunoprecipitation assay"],
    ...             ["27924024"], False)
    'xpikidlzaonangf3ukd7cgi6t2'
    """
    lines = ["tfl-evidence-1", f"source={_escaped(source)}"]
    lines += [f"db={_escaped(name)}" for name in sorted(databases)]
    lines += [f"method={_escaped(name)}" for name in sorted(methods)]
    lines += [f"ref={_escaped(reference)}" for reference in references]
    lines.append(f"scale={'-' if small_scale is None else 'Yes' if small_scale else 'No'}")
    lines += [f"mode={_escaped(mode)}" for mode in sorted(modes)]
    digest = hashlib.sha256("".join(line + "\n" for line in lines).encode()).digest()
    return base64.b32encode(digest).decode("ascii")[:26].lower()


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")
