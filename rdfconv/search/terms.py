"""How names and what is searched for are compared, for whoever writes the index or reads it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from rdfconv.identifiers import (
    DATABASE,
    EVIDENCE,
    METHOD,
    NCBI_GENE,
    OBO,
    ORGANISM,
    PUBMED,
    TAXON,
    UNIPROT,
)

FORMAT = 1
"""What ``PRAGMA user_version`` of an index says; another number is another layout."""
PROPOSALS = 10
"""How many entities are stored for a short prefix."""
KEY_LENGTH = 200
"""How many characters of a name are compared. What is searched for is never longer."""
LAST = "\U0010ffff"
"""No key holds it, so it comes behind all that begin alike."""

LABELLED, NAMED, IDENTIFIED, HIDDEN = range(4)
"""How a name belongs to an entity: as its label; as another name, or a later word of one; as an
identifier; as an identifier that is only found when it is given in full."""


class Kind(StrEnum):
    """What an entity is. The order is the one in which equally good finds are proposed."""

    PROTEIN = "protein"
    DATABASE = "database"
    METHOD = "method"
    ORGANISM = "organism"
    GENE = "gene"
    PAPER = "paper"
    EVIDENCE = "evidence"


NAMESPACES: Mapping[Kind, tuple[str, ...]] = {
    Kind.PROTEIN: (UNIPROT,),
    Kind.DATABASE: (DATABASE,),
    Kind.METHOD: (OBO, METHOD),
    Kind.ORGANISM: (TAXON, ORGANISM),
    Kind.GENE: (NCBI_GENE,),
    Kind.PAPER: (PUBMED,),
    Kind.EVIDENCE: (EVIDENCE,),
}
"""What the IRIs of a kind begin with; the rest is the identifier."""

_UNSEEN = ("Cc", "Cf", "Cs")
"""The Unicode categories of characters that nobody types: controls and direction marks."""


def key(text: str) -> str:
    """What a name and what is searched for are compared by.

    >>> key("  Sox4\\u200f ") == key("SOX4")
    True

    Returns:
        The text in compatibility form and without case, unseen characters and repeated spaces; one
        character more than `KEY_LENGTH` if it is longer than that.
    """
    begin = " ".join(text.split())[: 2 * KEY_LENGTH]
    folded = unicodedata.normalize("NFKC", begin).casefold()
    spaced = " ".join(folded.split())
    if not spaced.isascii() or not spaced.isprintable():
        spaced = "".join(
            one for one in spaced if unicodedata.category(one) not in _UNSEEN and one != LAST
        )
        spaced = " ".join(spaced.split())
    return spaced[: KEY_LENGTH + 1]


def merit(exact: bool, quality: int) -> int:
    """How good a find is, 0 the best.

    Args:
        exact: whether the whole name was given, and not its beginning.
        quality: how the name belongs to the entity.

    >>> merit(True, IDENTIFIED) == merit(True, LABELLED) < merit(True, NAMED) < merit(False, 0)
    True
    """
    if exact:
        return 1 if quality == NAMED else 0
    return 2 + quality


def identifier_of(kind: Kind, iri: str) -> str:
    """What is left of an IRI behind its kind's namespace; all of it if it has another.

    >>> identifier_of(Kind.METHOD, "http://purl.obolibrary.org/obo/MI_0402")
    'MI_0402'
    """
    for space in NAMESPACES[kind]:
        if iri.startswith(space):
            return iri.removeprefix(space)
    return iri
