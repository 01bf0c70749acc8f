"""Much bad input at once, cut files and no input; and that every kind of problem has a case.

The cases themselves, one bad thing each, stand in `tests.bad_input`.
"""

from __future__ import annotations

import gzip
import json
import lzma
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rdfconv.errors import ExitCode
from rdfconv.problems import Kind
from tests.bad_input import case, test_files, test_pages, test_rows, test_sites
from tests.bad_input.case import AFTER, BEFORE, GOOD, NEW, nothing, totals, write
from tests.inputs import (
    archive,
    fasta,
    gff3,
    mitab_row,
    page,
    protein_rows,
    row,
    site_row,
    site_table,
    table,
)

CASES = {**test_rows.CASES, **test_pages.CASES, **test_sites.CASES, **test_files.CASES}


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the command line with an output that takes nothing but UTF-8."""
    return subprocess.run(
        [sys.executable, "-m", "rdfconv", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
    )


def test_every_kind_of_problem_has_a_case() -> None:
    assert {one.kind for one in CASES.values()} == set(Kind)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_all_bad_things_at_once(jobs: str, tmp_path: Path) -> None:
    """What ``check`` tells is what ``build`` reports, whatever the number of processes."""
    pages = ("front matter without a key", "a malformed accession of a page", "an unknown key")
    files = dict(GOOD)
    for number, (name, bad) in enumerate(CASES.items()):
        for file, content in bad.files.items():
            if file.endswith(".tsv") or name in pages:
                files[f"{number:02}-{file}"] = content
    folder, root = write(tmp_path / "input", files), tmp_path / "output"
    check = run("check", folder, "--json", "--jobs", jobs)
    build = run("build", folder, "--into", root, "--json", "--jobs", jobs)
    assert check.returncode == build.returncode == ExitCode.REJECTED
    told, report = json.loads(check.stdout), json.loads(build.stdout)
    assert report["rejected"] == told["rejected"]
    assert report["warnings"] == told["warnings"]
    assert totals(report)["rows"]["read"] == totals(told)["rows"]["read"] > 40
    assert totals(report)["pages"] == totals(told)["pages"]
    assert totals(report)["sites"] == totals(told)["sites"]
    assert report["rows"]["rejected"] + report["sites"]["rejected"] == sum(
        problem["count"]
        for problem in report["rejected"].values()
        if problem["unit"] in ("row", "binding site")
    )
    assert run("check", folder, "--strict", "--quiet").returncode == ExitCode.FAILED


TAR = "good.tar.gz"
WHOLE = {
    "mitab.tsv": mitab_row() + "\n",
    "sites.tsv": site_table(site_row()),
    "gff3": gff3("TFLinkSS00000001 101 104 +"),
    "fasta": fasta(TFLinkSS00000001="ACGT"),
    "targets_of_P17542.tsv": protein_rows(row()),
    "human.tsv": "NANOG\tSOX4\tRepression\t123\n",
    "sec_ac.txt": "Secondary AC     Primary AC\nO94907     Q9NEW1\n",
}
"""Good files of the other formats, by the ends of their names."""


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "cut.tsv.gz",
            gzip.compress(table(row()).encode(), mtime=0)[:-9],
            "the file is cut or damaged",
        ),
        ("cut.tar.gz", None, "the file is cut or damaged"),
        ("cut.md", b"\x1f\x8b", "the file is cut or damaged"),
        ("cut.tsv", lzma.compress(table(row()).encode())[:-9], "the file is cut or damaged"),
        *(
            (
                f"cut.{name}.gz",
                gzip.compress(text.encode(), mtime=0)[:-9],
                "the file is cut or damaged",
            )
            for name, text in WHOLE.items()
        ),
    ],
)
def test_a_cut_file_publishes_nothing(
    name: str, content: bytes | None, words: str, tmp_path: Path
) -> None:
    if content is None:
        content = archive(tmp_path / TAR, {"a.md": page(NEW).encode()}).read_bytes()[:-20]
    folder, root = write(tmp_path / "input", {**GOOD, name: content}), tmp_path / "output"
    code, errors = case.run("build", folder, "--into", root)
    assert code == ExitCode.FAILED
    assert errors.startswith(f"error: {folder / name}: {words}")
    assert errors.endswith("(fetch or pack it again)\n")
    nothing(root)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("missing", ExitCode.USAGE, "there is no file or folder {path} (check the path)"),
        ("a" * 300, ExitCode.FAILED, "{path}: cannot be read: File name too long"),
        (
            "empty",
            ExitCode.FAILED,
            "{path}: the folder holds nothing to read (what is read ends in",
        ),
    ],
)
def test_a_path_without_input_publishes_nothing(
    name: str, code: ExitCode, words: str, tmp_path: Path
) -> None:
    folder, root = write(tmp_path / "input", GOOD), tmp_path / "output"
    write(tmp_path / "empty", {"notes.pdf": b"%PDF"})
    result = run("build", folder, tmp_path / name, "--into", root)
    assert result.returncode == code
    assert result.stderr.startswith("error: " + words.format(path=tmp_path / name))
    nothing(root)


def test_names_and_values_that_are_no_unicode(tmp_path: Path) -> None:
    """They are told with escapes, in text and in JSON, and the rest converts."""
    orthologs = '\'[{"species": "Mus \\ud800", "id": ["x"]}]\''
    folder = write(
        tmp_path / "input", {**GOOD, "b.md": page({**NEW, "orthologs": orthologs}).encode()}
    )
    (folder / os.fsdecode(b"a\xff.tsv")).write_text(table(BEFORE, "short", AFTER), "utf-8")
    root = tmp_path / "output"
    result = run("build", folder, "--into", root)
    assert result.returncode == ExitCode.REJECTED
    assert rf"{folder}/a\xff.tsv:3: 1 columns" in result.stderr
    assert r"'Mus \ud800: x'" in result.stderr
    result = run("build", folder, "--into", root, "--json")
    assert result.returncode == ExitCode.REJECTED, result.stderr
    report = json.loads(result.stdout)
    [place] = report["rejected"]["column-count"]["first"]
    assert place["source"] == rf"{folder}/a\xff.tsv"
    assert totals(report)["rows"] == {"read": 6, "written": 5, "merged": 0, "rejected": 1}
