"""The document's programs, as a reader copies them, made to ask a server that a test started."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.interop.programs import node, run

DOCUMENT = ROOT / "docs" / "interoperability.md"
_SHOWN = "http://127.0.0.1:8080"
"""Where the document's programs ask."""
_PROGRAM = re.compile(r"^### (.*)\n(?:(?!#).*\n)*?```(\w+)\n((?:.*\n)*?)```$", re.MULTILINE)
LANGUAGES = {
    "sh": ["bash", "-e", "-s"],
    "python": [sys.executable, "-"],
    "r": ["Rscript", "-"],
    "perl": ["perl", "-w", "-"],
}
"""What runs a program that it is given on standard input."""


def programs(heading: str) -> dict[str, tuple[str, str]]:
    """The language and the text of each program of a section, by the headings below it."""
    text = DOCUMENT.read_text("utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return {name: (language, code) for name, language, code in _PROGRAM.findall(section)}


def printed(program: tuple[str, str], url: str, folder: Path, before: str = "") -> str:
    """What a program prints.

    Args:
        program: its language and text.
        url: the server that it asks.
        folder: where it runs.
        before: what its text supposes: lines that go before it.
    """
    language, code = program
    assert _SHOWN in code
    text = before + code.replace(_SHOWN, url)
    return node(text) if language == "js" else run(LANGUAGES[language], given=text, cwd=folder)
