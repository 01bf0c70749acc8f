"""What somebody means who types something into the search box.

>>> read("TP53 -> CDKN1A").edge
('TP53', 'CDKN1A')
>>> read("PMID: 19148141")
Asked(text='PMID: 19148141', name='19148141', kind=<Kind.PAPER: 'paper'>, edge=None)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rdfconv.identifiers import BINDING_SITE, INTERACTION
from rdfconv.search.terms import NAMESPACES, Kind

ARROW = re.compile(r"\s*(?:[-=\u2013\u2014]*>|[\u2192\u27f6\u21d2])\s*")
"""What stands between a regulator and its target."""

PREFIXES: Mapping[str, Kind] = {
    "pmid": Kind.PAPER,
    "pubmed": Kind.PAPER,
    "paper": Kind.PAPER,
    "gene": Kind.GENE,
    "geneid": Kind.GENE,
    "entrez": Kind.GENE,
    "ncbigene": Kind.GENE,
    "protein": Kind.PROTEIN,
    "uniprot": Kind.PROTEIN,
    "uniprotkb": Kind.PROTEIN,
    "organism": Kind.ORGANISM,
    "taxid": Kind.ORGANISM,
    "taxon": Kind.ORGANISM,
    "ncbitaxon": Kind.ORGANISM,
    "database": Kind.DATABASE,
    "tfldb": Kind.DATABASE,
    "method": Kind.METHOD,
    "obo": Kind.METHOD,
    "evidence": Kind.EVIDENCE,
    "tfle": Kind.EVIDENCE,
}
"""Words that, with a colon behind them, say what kind of thing is meant."""

_PREFIXED = re.compile(r"([a-z]+)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
_PUBMED = re.compile(r"(?:pmid|pubmed)\s+(\d+)", re.IGNORECASE | re.ASCII)
_EDGE_PREFIX = re.compile(r"(?:tfli|interaction)\s*:\s*(\w+)_(\w+)", re.IGNORECASE | re.ASCII)
_SITE = re.compile(
    rf"(?:(?:tfls|site|bindingsite)\s*:\s*|{re.escape(BINDING_SITE)})?tflink([a-z]{{2}}[0-9]+)",
    re.IGNORECASE | re.ASCII,
)
_ELSEWHERE = re.compile(
    r"https?://(?:www\.)?(uniprot\.org/uniprot(?:kb)?/|pubmed\.ncbi\.nlm\.nih\.gov/|"
    r"ncbi\.nlm\.nih\.gov/(?:gene|pubmed)/|tflink\.net/protein/)(\w+)/?.*",
    re.IGNORECASE | re.ASCII,
)
"""Addresses of pages that people copy."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for.

    Attributes:
        text: what was typed, without spaces around it.
        name: the name or identifier in it.
        kind: the kind of thing, if it was said.
        edge: the names of a regulator and a target, if there is an arrow between them.
    """

    text: str
    name: str
    kind: Kind | None = None
    edge: tuple[str, str] | None = None

    @property
    def site(self) -> str | None:
        """TFLink's id of a binding site, if it is one.

        >>> read("tfls:tflinkss09281087").site, read("TFLink").site
        ('TFLinkSS09281087', None)
        """
        match = _SITE.fullmatch(self.text)
        return f"TFLink{match[1].upper()}" if match else None

    @property
    def words(self) -> tuple[str, str] | None:
        """The two words, if it is just two: perhaps a regulator and a target."""
        words = self.name.split()
        return (words[0], words[1]) if len(words) == 2 and self.kind is None else None


def read(text: str) -> Asked:
    """Reads what was typed."""
    text = text.strip()
    if text.lower().startswith(("http://", "https://")):
        return _address(text)
    if match := _EDGE_PREFIX.fullmatch(text):
        return Asked(text, text, edge=(match[1], match[2]))
    if match := _PUBMED.fullmatch(text):
        return Asked(text, match[1], Kind.PAPER)
    parts = ARROW.split(text)
    if len(parts) == 2 and all(parts):
        return Asked(text, text, edge=(parts[0], parts[1]))
    match = _PREFIXED.fullmatch(text)
    kind = PREFIXES.get(match[1].lower()) if match else None
    if match and kind:
        return Asked(text, match[2].strip(), kind)
    return Asked(text, text)


def _address(text: str) -> Asked:
    """An IRI, or the address of a page."""
    if text.startswith(INTERACTION):
        regulator, mark, target = text.removeprefix(INTERACTION).partition("_")
        if regulator and mark and target:
            return Asked(text, text, edge=(regulator, target))
    for kind, spaces in NAMESPACES.items():
        for space in spaces:
            if text.startswith(space) and text != space:
                return Asked(text, text.removeprefix(space), kind)
    if match := _ELSEWHERE.fullmatch(text):
        place = match[1].lower()
        if "gene/" in place:
            return Asked(text, match[2], Kind.GENE)
        return Asked(text, match[2], Kind.PAPER if "pubmed" in place else Kind.PROTEIN)
    return Asked(text, text)
