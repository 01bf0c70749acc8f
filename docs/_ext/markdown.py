"""Markdown from Python values: text that stays text, code, tables, and links between files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|$~])")
_LINK = re.compile(r"\]\((?!#|[a-z]+:)([^)\s#]+)(#[^)\s]*)?\)")


def plain(text: str) -> str:
    """Text in which nothing is markup, on one line.

    >>> plain("a <b> | *c*")
    'a \\\\<b\\\\> \\\\| \\\\*c\\\\*'
    """
    return spaced(text.strip())


def prose(text: str) -> str:
    """A docstring's words: what it has in backquotes is code, the rest is text.

    >>> prose("see `run` or ``a_b``")
    'see `run` or `a_b`'
    """
    pieces = re.split(r"`+([^`]+)`+", text)
    shown = (code(one) if place % 2 else spaced(one) for place, one in enumerate(pieces))
    return "".join(shown)


def spaced(text: str) -> str:
    """As `plain`, with a blank kept at either end."""
    return _ACTIVE.sub(r"\\\1", re.sub(r"\s+", " ", text))


def code(text: str) -> str:
    """Code within a table's cell, or a line without ``|``; nothing if there is no text.

    >>> code("a|b"), code("")
    ('`a\\\\|b`', '')
    """
    fence = "``" if "`" in text else "`"
    return f"{fence}{text.replace('|', chr(92) + '|')}{fence}" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Several pieces of code, parted by commas."""
    return ", ".join(code(text) for text in texts)


def block(text: str, language: str = "text") -> str:
    """Lines of code."""
    return f"```{language}\n{text.strip(chr(10))}\n```"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are Markdown already.

    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [header, ["---"] * len(header), *rows]
    texts = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([texts[0], texts[1].replace(" ", ""), *texts[2:]])


def sections(*parts: str) -> str:
    """Blocks of Markdown, one below the other; empty ones are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"


def relinked(text: str, folder: str, place: Callable[[str], str]) -> str:
    """A text whose links to files lead elsewhere.

    Args:
        text: Markdown of a file.
        folder: the folder that file is in, from the top of the repository; "" for the top.
        place: what a path from the top of the repository is to be replaced by.

    >>> relinked("[a](../deploy/README.md#all) [b](https://c.d/)", "docs", lambda path: f"<{path}>")
    '[a](<deploy/README.md>#all) [b](https://c.d/)'
    """

    def other(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, found[1]))
        return f"]({place(path)}{found[2] or ''})"

    return _LINK.sub(other, text)
