"""What a case of bad input is, and how it is checked."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest

from rdfconv.cli import main
from rdfconv.errors import ExitCode
from rdfconv.problems import Kind
from rdfconv.release import open_release, verify
from rdfconv.vocabulary import PREFIXES
from tests.inputs import page, row, table

Counts = tuple[int, int, int, int]
"""Read, written, merged, rejected."""

UNITS = ("rows", "pages", "sites")
GOOD: dict[str, bytes] = {"good.md": page().encode(), "good.tsv": table(row()).encode()}
GOOD_EDGES = ("P11308 Q06945", "Q9H9S0 O94907")
NEW = {"title": "P41225", "uniprot_accession": "P41225", "protein_name": "SOX3"}
"""Makes the page of another protein."""
BEFORE, AFTER = row(UniprotID_TF="P17542"), row(UniprotID_TF="P15172")
"""Good rows around a bad one."""
NEIGHBOURS = ("P17542 O94907", "P15172 O94907")
ON_PAGE = ("P11308 P41225",)
"""The edge of the page of another protein."""
PROTEIN = (Kind.ORGANISMS_DIFFER, Kind.NAMES_DIFFER)
"""Problems whose place is a protein, not a file."""


@dataclass(frozen=True)
class Case:
    """Something bad, and what must come of it.

    Attributes:
        kind: the problem that is told.
        files: the bad files, by name.
        place: how the message begins: file and line, or file and key.
        value: what the message quotes.
        rows: the counts of the rows of the bad files.
        pages: the same of pages.
        sites: the same of binding sites.
        edges: what must be in the store, beside `GOOD_EDGES`.
        absent: what must not be in the store.
        also: other problems that come with it.
        count: how often the problem is counted.
        pattern: what else the store must hold: a SPARQL pattern.
    """

    kind: Kind
    files: Mapping[str, bytes]
    place: str
    value: str = ""
    rows: Counts = (0, 0, 0, 0)
    pages: Counts = (0, 0, 0, 0)
    sites: Counts = (0, 0, 0, 0)
    edges: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    also: tuple[Kind, ...] = ()
    count: int = 1
    pattern: str = ""


def run(*arguments: str | Path) -> tuple[int, str]:
    """Runs the command line, with outputs that take nothing but UTF-8, within this process:
    starting one takes as long as a small build.

    Returns:
        The exit code and what was written to standard error.
    """
    output, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8", "strict") for _ in range(2))
    with redirect_stdout(output), redirect_stderr(errors), pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    errors.seek(0)
    assert isinstance(ended.value.code, int)
    return ended.value.code, errors.read()


def check(case: Case, path: Path) -> None:
    """Asserts what must come of a case.

    Args:
        case: the case.
        path: an empty folder.
    """
    folder, root = write(path / "input", {**GOOD, **case.files}), path / "output"
    # A file of unknown kind with the suffix of pages is read as a page only by force.
    force = ["--kind", "page"] if case.kind is Kind.NO_FRONT_MATTER else []
    inputs = [folder / "good.md", folder / "bad.md"] if force else [folder]
    if case.kind.rejects:
        code, errors = run("build", *inputs, *force, "--into", root, "--strict")
        assert code == ExitCode.FAILED
        assert errors.startswith("error: 1 rows, pages")
        nothing(root)
    code, errors = run("build", *inputs, *force, "--into", root)
    assert code == (ExitCode.REJECTED if case.kind.rejects else ExitCode.DONE)
    place = case.place if case.kind in PROTEIN else f"{folder}/{case.place}"
    [told] = [line for line in errors.splitlines() if line.startswith(f"  {place}")]
    assert case.kind.message in told
    assert case.value in told
    assert told.endswith(f"({case.kind.hint})")
    release = open_release(root)
    verify(release)
    report = json.loads((release.path / "report.json").read_text("utf-8"))
    if not force:
        assert totals(report) == expected(case)
    problems = {**report["rejected"], **report["warnings"]}
    assert {case.kind.value, *(kind.value for kind in case.also)} == problems.keys()
    assert problems[case.kind.value]["count"] == case.count
    store = pyoxigraph.Store.read_only(str(release.store))
    for edge in (*(GOOD_EDGES[:1] if force else GOOD_EDGES), *case.edges):
        assert has_edge(store, edge), edge
    for edge in case.absent:
        assert not has_edge(store, edge), edge
    assert has(store, case.pattern), case.pattern


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Writes a folder of files."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def expected(case: Case) -> dict[str, dict[str, int]]:
    """The totals of a case together with the good files."""
    good = {"rows": (2, 2, 0, 0), "pages": (1, 1, 0, 0), "sites": (0, 0, 0, 0)}
    return {
        unit: dict(
            zip(
                ("read", "written", "merged", "rejected"),
                map(sum, zip(good[unit], getattr(case, unit), strict=True)),
                strict=True,
            )
        )
        for unit in UNITS
    }


def has(store: pyoxigraph.Store, pattern: str) -> bool:
    """Whether a store holds a SPARQL pattern."""
    return bool(store.query(f"ASK {{ {pattern} }}", prefixes=dict(PREFIXES)))


def has_edge(store: pyoxigraph.Store, edge: str) -> bool:
    """Whether a store holds an edge, given as two accessions: its triple and its node."""
    factor, target = (f"uniprotkb:{accession}" for accession in edge.split())
    direct = has(store, f"{factor} tfl:regulates {target}")
    node = has(store, f"?edge tfl:transcriptionFactor {factor} ; tfl:target {target}")
    assert direct == node, edge
    return direct


def nothing(root: Path) -> None:
    """Asserts that nothing was published and nothing is left over."""
    assert [path.name for path in root.rglob("*")] in ([], ["releases"])


def totals(report: Mapping[str, Any]) -> dict[str, Any]:
    """The totals of a report, which must add up."""
    for unit in UNITS:
        read, *others = (report[unit][key] for key in ("read", "written", "merged", "rejected"))
        assert read == sum(others), unit
    return {unit: report[unit] for unit in UNITS}
