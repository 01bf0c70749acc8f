"""The commands and snippets of a Markdown file, with the remarks that stand before them.

A remark is a comment that only the source shows, right before a block:

- ``<!-- not run: REASON -->``: none of it is run;
- ``<!-- not run: COMMAND: REASON -->``: the commands that begin so are not run;
- ``<!-- file: NAME -->``: the block is also saved under this name, for the commands behind it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from markdown_it import MarkdownIt

SHELL = ("sh", "bash")
"""The languages of commands without their output; so are blocks that are only indented."""
_REMARK = re.compile(r"<!-- (not run|file): (.*?) -->")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code.

    Attributes:
        document: its file, from the top of the repository.
        line: its first line, from 1.
        language: of a fence what it says, of an indented block ``sh``.
        text: the code.
        remarks: pairs of ``not run`` or ``file``, and what follows.
    """

    document: str
    line: int
    language: str
    text: str
    remarks: tuple[tuple[str, str], ...]

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"{self.document}:{self.line}"

    @property
    def file(self) -> str:
        """The name it is to be saved under; "" if there is none."""
        return next((text for what, text in self.remarks if what == "file"), "")

    def not_run(self) -> dict[str, str]:
        """How what is not run begins, and why it is not; "" is the beginning of everything."""
        told = {}
        for what, text in self.remarks:
            head, _, reason = text.partition(": ")
            if what == "not run" and reason and self._has_command(head):
                told[head] = reason
            elif what == "not run":
                told[""] = text
        return told

    def runs(self, command: str = "") -> bool:
        """Whether it is run; or a command of it."""
        return not any(command.startswith(beginning) for beginning in self.not_run())

    def _has_command(self, beginning: str) -> bool:
        return self.language in SHELL and any(
            command.startswith(beginning) for command in commands(self.text)
        )


def blocks(text: str, document: str) -> list[Block]:
    """The blocks of a document, without what Sphinx makes something of (``{toctree}``).

    >>> [block] = blocks("<!-- not run: b: it is slow -->\\n\\n    a\\n    b c\\n", "x.md")
    >>> block.place, block.language, block.runs("a"), block.runs("b c")
    ('x.md:3', 'sh', True, False)
    """
    found, remarks = [], []
    for token in MarkdownIt().parse(text):
        if token.type == "html_block":
            remarks += _REMARK.findall(token.content)
        elif token.type in ("fence", "code_block"):
            assert token.map
            language = token.info.split(" ")[0] if token.type == "fence" else "sh"
            if not language.startswith("{"):
                line = token.map[0] + 1
                found.append(Block(document, line, language, token.content, tuple(remarks)))
            remarks = []
        else:
            assert not remarks, f"{document}: a remark must stand right before a block: {remarks}"
    return found


def commands(text: str) -> list[str]:
    """The commands of a shell's lines, each of which may have several.

    >>> commands("a \\\\\\n  b  # it's one\\n\\n# two\\nc 'd\\ne'")
    ["a \\\\\\n  b  # it's one", "c 'd\\ne'"]
    """
    found: list[str] = []
    lines: list[str] = []
    for line in text.splitlines():
        if not lines and (not line.strip() or line.lstrip().startswith("#")):
            continue
        lines.append(line)
        if _is_whole("\n".join(lines)):
            found.append("\n".join(lines))
            lines = []
    assert not lines, f"this command does not end: {lines}"
    return found


def _is_whole(text: str) -> bool:
    if text.endswith("\\"):
        return False
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return False
    return True


def dialogue(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a console's lines, each with the lines that it prints.

    >>> dialogue("$ a \\\\\\n>   b\\nc\\n$ d\\n")
    [('a \\\\\\n  b', ['c']), ('d', [])]
    """
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.startswith("> ") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line[2:]}", [])
        else:
            found[-1][1].append(line)
    return found
