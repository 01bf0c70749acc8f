"""Every command and snippet of the documentation runs, or says why it is not run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from docs._ext import PAGES
from rdfconv.building import build
from tests.conftest import ROOT, SAMPLE
from tests.docs.blocks import SHELL, Block, blocks, commands
from tests.docs.running import Reader, fits, furnish, put_releases

ELSEWHERE = {
    "docs/engines.md": "tests/engines",
    "docs/federation.md": "tests/federation",
    "docs/interoperability.md": "tests/interop",
}
"""Documents whose blocks need other programs, with the tests that read them."""
SHOWN = {
    "deploy/README.md": 5,  # root, nginx, systemd and other machines; see tests/test_deploy.py
    "benchmarks/README.md": 4,  # minutes and the peers; see tests/test_benchmarks.py
    "ontology/README.md": 0,
    "CONTRIBUTING.md": 0,
    "CHANGELOG.md": 0,
}
"""Files that have their home elsewhere and are shown as pages: how many of their blocks, none of
which is run here, are no plain text."""
FILES = {
    str(path.relative_to(ROOT)): path
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "_build" not in path.parts
}
DOCUMENTS = {
    name: blocks(path.read_text("utf-8"), name)
    for name, path in FILES.items()
    if name not in ELSEWHERE
}
"""The blocks of each document."""
NOT_RUN = {
    "README.md": ["make demo", "rdfconv fetch", "rdfconv serve", "rdfconv publish"],
    "docs/adding-a-source.md": ["", "", "", "", ""],
    "docs/benchmarks.md": ["make bench-loaders"],
    "docs/client.md": ["pip install"],
    "docs/mcp.md": ["pip install"],
    "docs/scaling.md": ["pip install", "rdfconv convert edges.tsv", "dask scheduler"],
    "docs/tutorial.md": ["make install"],
}
"""What is not run, by how it begins."""
LANGUAGES = {*SHELL, "console", "python", "sparql", "json", "text"}


@pytest.fixture(scope="module")
def pages_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a release of the sample's pages; no test writes into it."""
    root = tmp_path_factory.mktemp("pages")
    build([SAMPLE / "pages"], root)
    return root


@pytest.mark.parametrize("name", [name for name, found in DOCUMENTS.items() if found])
def test_it_runs(name: str, tmp_path: Path, pages_release: Path, base_url: str) -> None:
    """A page's console is one session, which begins beside nothing but the repository. Its other
    commands and programs stand for themselves; each finds releases, and a server of the sample."""
    (tmp_path / "alone").mkdir()
    (tmp_path / "session").mkdir()
    furnish(tmp_path / "alone")
    for folder in ("tests", "ontology"):
        (tmp_path / "session" / folder).symlink_to(ROOT / folder)
    with Reader(tmp_path / "alone", base_url) as alone, Reader(tmp_path / "session") as session:
        for block in DOCUMENTS[name]:
            if block.file:
                (session.folder / block.file).write_text(block.text, "utf-8")
            try:
                if block.language == "console":
                    session.talk(block.text)
                else:
                    _try(block, alone, pages_release)
            except AssertionError as error:
                raise AssertionError(f"{block.place}: {error}") from error


def _try(block: Block, reader: Reader, release: Path) -> None:
    if block.language in SHELL:
        for command in commands(block.text):
            if block.runs(command):
                put_releases(reader.folder, release)
                reader.run(command)
    elif block.language == "python" and block.runs():
        put_releases(reader.folder, release)
        reader.python(block.text)
    elif block.language == "sparql" and block.runs():
        put_releases(reader.folder, release)
        (reader.folder / "query.rq").write_text(block.text, "utf-8")
        answer = reader.run("rdfconv query @query.rq").splitlines()
        assert len(answer) > 1, f"the query finds nothing:\n{block.text}"
    elif block.language == "json":
        json.loads(block.text)


def test_no_more_is_left_out_than_this() -> None:
    left_out = {
        name: [(beginning, block.text.strip()) for block in found for beginning in block.not_run()]
        for name, found in DOCUMENTS.items()
        if any(block.not_run() for block in found)
    }
    assert left_out.keys() == NOT_RUN.keys()
    for name, expected in NOT_RUN.items():
        found = left_out[name]
        assert len(found) == len(expected), f"{name}: {found}"
        for (beginning, text), start in zip(found, expected, strict=True):
            assert (beginning or text).startswith(start), f"{name}: {beginning or text}"


@pytest.mark.parametrize("name", SHOWN)
def test_pages_from_elsewhere_have_no_more_blocks(name: str) -> None:
    found = blocks((ROOT / name).read_text("utf-8"), name)
    assert len([block for block in found if block.language != "text"]) == SHOWN[name]


def test_pages_from_elsewhere_are_all_looked_at() -> None:
    assert {*SHOWN, "README.md"} == set(PAGES)


def test_tests_that_are_named_are_there() -> None:
    reasons = [
        reason
        for found in DOCUMENTS.values()
        for block in found
        for reason in block.not_run().values()
    ]
    named = {path for reason in reasons for path in re.findall(r"tests/[\w/.]+", reason)}
    assert named
    assert [path for path in named if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_tested_elsewhere_is_read_there(name: str) -> None:
    read = "".join(path.read_text("utf-8") for path in (ROOT / ELSEWHERE[name]).glob("*.py"))
    assert f'"{Path(name).name}"' in read


def test_languages_are_known() -> None:
    """A fence in another language would be neither run nor looked at."""
    found = {block.language: block.place for some in DOCUMENTS.values() for block in some}
    assert {language: place for language, place in found.items() if language not in LANGUAGES} == {}


def test_the_runner_sees_what_is_wrong(tmp_path: Path) -> None:
    with Reader(tmp_path) as reader:
        with pytest.raises(AssertionError, match="ended with 7"):
            reader.run("exit 7")
        with pytest.raises(AssertionError, match="instead of:\nb"):
            reader.talk("$ echo a\nb\n")
        reader.talk("$ echo a\na\n")
    assert not fits("a\nb\n", ["a"])
