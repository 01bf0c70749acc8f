"""docs/adding-a-source.md, done step by step as it stands there, in a copy of the package."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph
import pytest

from rdfconv.vocabulary import PREFIXES

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "adding-a-source.md").read_text("utf-8")
BLOCKS = re.findall(r"^```\w+\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
"""The code and the lines of the document, in its order."""
END_OF_KINDS = '}\n"""The formats by their names'


def test_what_is_shown_of_trrust() -> None:
    kinds = (ROOT / "rdfconv" / "readers" / "kinds.py").read_text("utf-8")
    assert BLOCKS[0] in kinds
    for path in re.findall(r"`((?:rdfconv|ontology|tests)/[^`]+)`", GUIDE):
        assert (ROOT / path).is_file() or "exampledb" in path, path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package with the source added."""
    for folder in ("rdfconv", "ontology"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    _, example, reader, imported, row, dataset, database = BLOCKS
    (tmp_path / "example.tsv").write_text(example, "utf-8")
    readers = tmp_path / "rdfconv" / "readers"
    (readers / "exampledb.py").write_text(reader, "utf-8")
    kinds = (readers / "kinds.py").read_text("utf-8")
    first = "from rdfconv.readers import ("
    assert (kinds.count(END_OF_KINDS), kinds.count(first)) == (1, 1)
    kinds = kinds.replace(END_OF_KINDS, row + END_OF_KINDS).replace(first, imported + first)
    (readers / "kinds.py").write_text(kinds, "utf-8")
    for name, line in (("datasets.tsv", dataset), ("databases.tsv", database)):
        table = tmp_path / "ontology" / name
        header, *lines = table.read_text("utf-8").splitlines(keepends=True)
        table.write_text("".join((header, *sorted((*lines, line)))), "utf-8")
    return tmp_path


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command of the copy."""
    return subprocess.run(
        [sys.executable, "-m", "rdfconv", *arguments],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_source_can_be_read(checkout: Path) -> None:
    result = run(checkout, "check", "example.tsv", "--strict")
    assert result.returncode == 0, result.stderr
    assert "rows: 2 read, 2 written, 0 rejected" in result.stdout + result.stderr
    result = run(checkout, "convert", "example.tsv", "-o", "example.ttl")
    assert result.returncode == 0, result.stderr
    store = pyoxigraph.Store()
    store.load(path=str(checkout / "example.ttl"))
    found = store.query(
        """ASK { uniprotkb:P48431 tfl:regulates uniprotkb:Q01860 .
            tfli:P48431_Q01860 tfl:evidence ?evidence .
            ?evidence tfl:reportedBy tfld:exampledb-1 ; tfl:sourceDatabase tfldb:ExampleDB ;
                tfl:primaryReference pubmed:16153702, pubmed:18358816 .
            tfld:exampledb-1 dcterms:title "ExampleDB 1" .
            tfldb:ExampleDB tfl:databaseCitation pubmed:12345678 }""",
        prefixes=dict(PREFIXES),
    )
    assert bool(found)


def test_what_is_wrong_is_told(checkout: Path) -> None:
    (checkout / "bad.tsv").write_text(
        BLOCKS[1] + "SOX2\tQ01860\t1\nP48431\tQ9H9S0\tx\nP48431\n", "utf-8"
    )
    result = run(checkout, "check", "bad.tsv")
    assert "bad.tsv:4: regulator: this is not a UniProtKB accession: 'SOX2'" in result.stderr
    assert "bad.tsv:5: pubmed: this is not a PubMed id: 'x'" in result.stderr
    assert "bad.tsv:6: 1 columns: the row has the wrong number of columns" in result.stderr
    assert "rows: 5 read, 3 written, 2 rejected" in result.stdout + result.stderr


def test_the_reader_keeps_the_rules_of_the_code(checkout: Path) -> None:
    path = checkout / "rdfconv" / "readers" / "exampledb.py"
    for command in (
        ["ruff", "check", "--config", str(ROOT / "pyproject.toml"), str(path)],
        ["ruff", "format", "--check", "--config", str(ROOT / "pyproject.toml"), str(path)],
        ["mypy", "--config-file", str(ROOT / "pyproject.toml"), str(path)],
    ):
        result = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=checkout,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
