"""The things that have a page here: which IRI each kind has, and under which address it stands.

Own IRIs have the path of the IRI itself, so that the base only has to be led here. Things of
others (proteins, genes, papers ...) have a document about them under a path of their own.

>>> local_address("http://purl.uniprot.org/uniprot/Q06945")
'/protein/Q06945'
>>> local_address("https://w3id.org/tflink-rdf/database/GTRD")
'/database/GTRD'
>>> local_address("https://example.org/") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from rdfconv.identifiers import (
    ACCESSION,
    BASE,
    DATABASE,
    DATASET,
    EVIDENCE,
    GENE_ID,
    GRAPH,
    INTERACTION,
    METHOD,
    NCBI_GENE,
    OBO,
    ORGANISM,
    PAGE,
    PUBMED,
    PUBMED_ID,
    TAXON,
    UNIPROT,
)

# A name "." or ".." would not be asked for: clients take it out of a path (RFC 3986, 5.2.4).
_LOCAL = re.compile(r"(?!\.\.?(?:/|$))(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+", re.ASCII)
_TAXON_ID = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_MI = re.compile(r"MI_[0-9]{4}", re.ASCII)
_PAIR = re.compile(f"(?:{ACCESSION.pattern})_(?:{ACCESSION.pattern})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Namespace:
    """Where the IRIs of a kind start, and what their local names look like."""

    start: str
    names: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that has pages.

    Attributes:
        path: the first part of its pages' paths.
        words: what it is called, in a sentence.
        looks: what its names look like, for those who mistyped one.
        namespaces: where its IRIs start, those of others before our own.
        upper: whether names are written in capitals.
    """

    path: str
    words: str
    looks: str
    namespaces: tuple[Namespace, ...]
    upper: bool = False

    def iri(self, name: str) -> str | None:
        """The IRI of the thing that a decoded path names; None if no name looks like that.

        >>> KINDS["organism"].iri("Mus x"), KINDS["organism"].iri("9606")
        ('https://w3id.org/tflink-rdf/organism/Mus%20x', 'http://purl.uniprot.org/taxonomy/9606')
        """
        local = self._local(name)
        for namespace in self.namespaces:
            if namespace.names.fullmatch(local):
                return namespace.start + local
        return None

    def address(self, name: str, suffix: str = "") -> str:
        """The path of the page of the thing that a decoded name names, or of a document about it.

        >>> KINDS["organism"].address("Mus x/y", "ttl"), KINDS["assembly"].address("hg38/chr1")
        ('/organism/Mus%20x%2Fy.ttl', '/assembly/hg38/chr1')
        """
        return f"/{self.path}/{self._local(name)}" + (f".{suffix}" if suffix else "")

    def _local(self, name: str) -> str:
        return quote(name, safe="/" if self.path == "assembly" else "")


def _own(start: str, names: re.Pattern[str] = _LOCAL) -> tuple[Namespace, ...]:
    return (Namespace(start, names),)


KINDS: Mapping[str, Kind] = {
    kind.path: kind
    for kind in (
        Kind("protein", "protein", "a UniProtKB accession, like Q06945 or A0A024RBG1",
             (Namespace(UNIPROT, ACCESSION),), upper=True),
        Kind("interaction", "regulatory interaction",
             "two UniProtKB accessions, like Q9H9S0_O94907", _own(INTERACTION, _PAIR), upper=True),
        Kind("evidence", "evidence", "26 letters and digits",
             _own(EVIDENCE, re.compile(r"[a-z2-7]{26}", re.ASCII))),
        Kind("gene", "gene", "an NCBI gene id, like 6659", (Namespace(NCBI_GENE, GENE_ID),)),
        Kind("paper", "paper", "a PubMed id, like 19148141", (Namespace(PUBMED, PUBMED_ID),)),
        Kind("organism", "organism", "an NCBI taxonomy id, like 9606",
             (Namespace(TAXON, _TAXON_ID), Namespace(ORGANISM, _LOCAL))),
        Kind("database", "source database", "a database's name, like GTRD", _own(DATABASE)),
        Kind("method", "detection method", "a PSI-MI id, like MI_0402",
             (Namespace(OBO, _MI), Namespace(METHOD, _LOCAL))),
        Kind("dataset", "data set", "a data set's name, like tflink-1.0", _own(DATASET)),
        Kind("page", "TFLink page", "a UniProtKB accession, like Q06945",
             _own(PAGE, ACCESSION), upper=True),
        Kind("graph", "named graph", "a graph's name, like pages", _own(GRAPH)),
        Kind("bindingsite", "binding site", "TFLink's id of a site, like TFLinkSS09281087",
             _own(BASE + "bindingsite/")),
        Kind("assembly", "genome assembly", "an assembly and a chromosome, like hg38/chr14",
             _own(BASE + "assembly/", re.compile(rf"{_LOCAL.pattern}(?:/{_LOCAL.pattern})?"))),
    )
}  # fmt: skip
"""All kinds, by the first part of the path of their pages."""


def local_address(iri: str) -> str | None:
    """The path of a thing's page; None if it has none. A fragment stays where it is."""
    whole, mark, fragment = iri.partition("#")
    rest = mark + fragment
    if whole == BASE + "ontology":
        return f"/ontology{rest}"
    for kind in KINDS.values():
        for namespace in kind.namespaces:
            name = whole.removeprefix(namespace.start)
            # An own name may look like an id of others, which the address would then mean.
            if name != whole and kind.iri(unquote(name)) == whole:
                return f"/{kind.path}/{name}{rest}"
    return None


OUTSIDE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "protein": (
        ("UniProt", "https://www.uniprot.org/uniprotkb/{name}"),
        ("AlphaFold DB", "https://alphafold.ebi.ac.uk/entry/{name}"),
        ("Bgee", "https://www.bgee.org/search/genes?search={name}"),
        ("TFLink", "https://tflink.net/protein/{lower}/"),
    ),
    "gene": (
        ("NCBI Gene", "https://www.ncbi.nlm.nih.gov/gene/{name}"),
        ("Bgee", "https://www.bgee.org/search/genes?search={name}"),
    ),
    "paper": (
        ("PubMed", "https://pubmed.ncbi.nlm.nih.gov/{name}/"),
        ("Europe PMC", "https://europepmc.org/article/MED/{name}"),
    ),
    "organism": (
        ("UniProt taxonomy", "https://www.uniprot.org/taxonomy/{name}"),
        ("NCBI Taxonomy",
         "https://www.ncbi.nlm.nih.gov/Taxonomy/Browser/wwwtax.cgi?id={name}"),
    ),
    "method": (("PSI-MI in OLS",
                "https://www.ebi.ac.uk/ols4/ontologies/mi/classes?obo_id={colon}"),),
    "page": (("TFLink", "https://tflink.net/protein/{lower}/"),),
}  # fmt: skip
"""Pages of others about a thing, by its kind. They are for things with an id of others only."""


def outside(kind: str, name: str) -> list[tuple[str, str]]:
    """The pages of others about a thing: whose they are, and their addresses.

    >>> outside("gene", "6659")[0]
    ('NCBI Gene', 'https://www.ncbi.nlm.nih.gov/gene/6659')
    """
    first = KINDS[kind].namespaces[0]
    if not first.names.fullmatch(name):
        return []
    values = {"name": name, "lower": name.lower(), "colon": name.replace("_", ":")}
    return [(whose, address.format(**values)) for whose, address in OUTSIDE.get(kind, ())]
