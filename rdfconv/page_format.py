"""How TFLink's protein pages write PubMed ids and sequences; for reading and for writing back."""

from __future__ import annotations

from collections.abc import Iterable

UID = "%5Buid%5D"
"""How a page writes ``[uid]`` behind each PubMed id of its search link."""
OR = "+OR+"
"""How a page joins PubMed ids."""
LINE = 80
"""How many letters a line of a sequence has."""


def written_references(references: Iterable[str]) -> str:
    """PubMed ids as a page writes them.

    >>> written_references(["29087512", "24435928"])
    '29087512%5Buid%5D+OR+24435928%5Buid%5D'
    """
    return OR.join([reference + UID for reference in references])


def read_references(cell: str) -> list[str]:
    """PubMed ids that a page has written.

    >>> read_references("29087512%5Buid%5D+OR+24435928%5Buid%5D")
    ['29087512', '24435928']
    """
    return [item.removesuffix(UID) for item in cell.split(OR) if item]


def wrapped(sequence: str) -> str:
    """The lines of a sequence as a page's body has them, without CR.

    >>> wrapped("ACGT")
    'ACGT\\\\'
    """
    lines = (sequence[start : start + LINE] for start in range(0, len(sequence), LINE))
    return "".join(f"{line}\\" for line in lines)
