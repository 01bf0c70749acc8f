"""The notebooks of docs/notebooks, run from their first cell to their last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rdfconv.client import connect
from tests.conftest import ROOT, StartServer
from tests.federation.standins import DATA, PUBLIC, oxigraph

NOTEBOOKS = ROOT / "docs" / "notebooks"
SECONDS = 300
"""How long a cell may take: the first one that imports decoupler compiles it."""


def executed(name: str, source: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Runs a notebook and gives what its cells printed and showed, one text for each code cell.

    Args:
        name: the notebook.
        source: what it shall connect to.
    """
    # Not at the top: what these packages do when they are imported is not ours to judge.
    import nbclient
    import nbformat

    monkeypatch.setenv("TFLINK", source)
    read: Any = nbformat.read
    notebook = read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=SECONDS, kernel_name="python3").execute()
    return [_text(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"]


def _text(outputs: list[Any]) -> str:
    return "".join(
        output.text if output.output_type == "stream" else output.data.get("text/plain", "")
        for output in outputs
    )


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    code = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    assert code
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)


def test_all_notebooks_are_tested() -> None:
    names = {path.stem for path in NOTEBOOKS.glob("*.ipynb")}
    assert names == {"explore-sox4", "tf-activity", "federate"}


@pytest.mark.parametrize("place", ["folder", "server"])
def test_explore_sox4(
    place: str, sample_release: Path, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = str(sample_release) if place == "folder" else base_url
    _, regulators, targets, report, mutual = executed("explore-sox4", source, monkeypatch)
    with connect(sample_release) as tflink:
        expected = tflink.regulators_of("Q06945"), tflink.targets_of("Q06945")
        small = expected[1]["small_scale"].sum()
    assert regulators.startswith(f"{len(expected[0])} regulators\n")
    assert targets.startswith(f"{len(expected[1])} targets, {small} with small-scale evidence\n")
    assert "databases: GTRD, TRRUST\n" in report
    assert "primary_papers: 19147588, 22098624\n" in report
    assert "database_papers: 27924024, 29087512\n" in report
    assert "partner" in mutual


def test_tf_activity(sample_release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, network, shape, scores, significant = executed(
        "tf-activity", str(sample_release), monkeypatch
    )
    assert all(name in network for name in ("SOX4", "MYB", "SP1"))
    assert shape.startswith("(4, ")
    assert "SOX4" in scores
    told = dict(line.rsplit(maxsplit=1) for line in significant.splitlines()[:4])
    assert told == {
        "control 1": "False",
        "control 2": "False",
        "treated 1": "True",
        "treated 2": "True",
    }


def test_federate(
    sample_release: Path,
    start_server: StartServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with oxigraph(tmp_path / "log", DATA / "uniprot.ttl") as standin:
        server = start_server(sample_release, federate=f"{PUBLIC['uniprot']}={standin}")
        _, processes, refused = executed("federate", server.url, monkeypatch)
        server.stop()
    assert "http://purl.obolibrary.org/obo/GO_" in processes
    assert refused.startswith("403 ")
    assert "https://example.org/sparql" in refused
