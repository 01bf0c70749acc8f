"""The front matter of TFLink's pages as PyYAML writes it, read without a YAML parser.

Nearly every page has one shape: the known keys in their order, each with a plain or single-quoted
scalar, folded onto lines that two blanks indent. `FrontMatterReader` knows that shape and no more;
what is in doubt is left to PyYAML, which also tells what is wrong. A row of a list stands on many
pages, so its text is checked once and found again afterwards.

Why the answer is PyYAML's:

- A line break in a scalar is a blank, an empty line is a line end, and the indentation is no part
  of it. Blanks at the end of a line and a deeper indentation would be dropped: they are in doubt.
- In single quotes nothing but the doubled quote is special.
- A plain scalar begins with a letter, a digit or a semicolon, or with a hyphen before one of them
  or a comma. It has no number sign, which might begin a comment, and a colon only before another
  character of the same word.
- Double quotes are known only around the letters, digits and dots of a matrix id: no escapes.
- All is printable ASCII.
"""

from __future__ import annotations

import re
from typing import NamedTuple, cast

LISTS = ("tfs", "targets")
"""The keys of the two lists of rows."""
_BEFORE = (
    "type", "layout", "title", "protein_name", "uniprot_accession", "ncbi_gene_id", "organism",
    "function", "number_of_interactions", "orthologs", "jaspar_matrices",
)  # fmt: skip
_BEHIND = (
    "binding_sites", "tfs_download", "targets_download", "bindingSites_download",
    "bindingSites_download_gff3", "binding_sites_ls",
)  # fmt: skip
_OPTIONAL = ("binding_sites", "bindingSites_download_gff3")
_MATRICES = "jaspar_matrices"
"""The one key that may have a list of texts, or nothing."""

_FOLD, _LINE_END = "\r\n  ", "\r\n\r\n  "
"""How a blank and a line end are written in a folded scalar."""
_FOLDED = r"(?<=[!-~])\r\n  (?=[!-~])"
_ROW = rf"(?=[!-~])(?:[ -&(-~]++|''|{_FOLDED})+(?<! )"
_QUOTED = rf"'(?:{_ROW}(?:{_LINE_END}{_ROW})*)?'"
_PLAIN = rf'(?=-?[0-9A-Za-z;]|-,)(?:[ !"$-9;-~]++|:(?=[!-~])|{_FOLDED})+(?<! )'
_IDS = r'\["[0-9A-Za-z.]++"(?:,(?: |\r\n  )"[0-9A-Za-z.]++")*\]'
ROWS_KEPT = 1 << 18
"""How many different rows are remembered."""


def _entry(key: str) -> str:
    """The pattern of a key and its value, from the line end before it."""
    if key == _MATRICES:
        return rf"\r\n{key}:(?: ({_QUOTED}|{_PLAIN}|{_IDS})?)?(?=\r\n)"
    entry = rf"\r\n{key}: ({_QUOTED}|{_PLAIN})(?=\r\n)"
    return f"(?:{entry})?" if key in _OPTIONAL else entry


_START = re.compile("".join(map(_entry, _BEFORE)) + r"\r\ntfs: ")
_END = re.compile("".join(map(_entry, _BEHIND)) + r"\r\n(?:\r\n)?")
_WHOLE_ROW, _WHOLE_PLAIN = re.compile(_ROW), re.compile(_PLAIN)


class FrontMatter(NamedTuple):
    """The front matter of a page.

    Attributes:
        values: the keys and their values, without the two lists of rows.
        tfs: the rows of the regulators.
        targets: the rows of the targets.
    """

    values: dict[str, str | list[str]]
    tfs: list[str]
    targets: list[str]


class FrontMatterReader:
    """Reads front matters of the usual shape, and remembers their rows."""

    def __init__(self) -> None:
        self._rows: dict[str, str] = {}  # by how they are written within quotes

    def read(self, front: bytes) -> FrontMatter | None:
        r"""The front matter; None if PyYAML has to read it.

        Args:
            front: what stands between the two lines of hyphens, from the first line's end on.

        >>> FrontMatterReader().read(b"\ntitle: Q06945\n") is None  # keys are missing
        True
        """
        if not front.isascii():
            return None
        text = front.decode("ascii")
        if "\r" not in text:
            text = text.replace("\n", "\r\n")
        start = _START.match(text)
        if start is None:
            return None
        # Any place may be taken for the end of the list, as all between is checked.
        middle = text.rfind("\r\ntargets: ", start.end())
        if middle < 0:
            return None
        at = middle + len("\r\ntargets: ")
        end = text.find("\r\nbinding_sites: ", at)
        if end < 0:
            end = text.find("\r\ntfs_download: ", at)
        behind = _END.fullmatch(text, end) if end >= 0 else None
        if behind is None:
            return None
        tfs, targets = self._list(text[start.end() : middle]), self._list(text[at:end])
        if tfs is None or targets is None:
            return None
        values: dict[str, str | list[str]] = {
            key: _value(value or "") for key, value in zip(_BEFORE, start.groups(), strict=True)
        }
        for key, value in zip(_BEHIND, behind.groups(), strict=True):
            if value:
                values[key] = _value(value)
        return FrontMatter(values, tfs, targets)

    def _list(self, scalar: str) -> list[str] | None:
        """The rows of a list; None if they are in doubt."""
        if scalar == "''":
            return []
        if not (len(scalar) > 1 and scalar[0] == scalar[-1] == "'"):
            return [_unfolded(scalar)] if _WHOLE_PLAIN.fullmatch(scalar) else None
        written = scalar[1:-1].split(_LINE_END)
        rows = list(map(self._rows.get, written))
        if all(rows):
            return cast("list[str]", rows)
        if not all(map(_WHOLE_ROW.fullmatch, written)):
            return None
        if len(self._rows) > ROWS_KEPT:
            self._rows.clear()
        return [self._rows.setdefault(row, _quoted(row)) for row in written]


def _value(scalar: str) -> str | list[str]:
    """What a scalar or a list of matrix ids says."""
    if scalar[:1] == "'":
        return _quoted(scalar[1:-1])
    text = _unfolded(scalar)
    return text[2:-2].split('", "') if text[:1] == "[" else text


def _quoted(text: str) -> str:
    return _unfolded(text).replace("''", "'")


def _unfolded(text: str) -> str:
    return text.replace(_LINE_END, "\n").replace(_FOLD, " ") if "\r" in text else text
