"""Each folder of ``cases`` is an input with the output it must give, as bytes and as a graph.

After a wanted change: ``rdfconv convert tests/cases/NAME/input.* -o tests/cases/NAME/expected.ttl``
and read the difference.
"""

from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from rdflib.compare import isomorphic

import rdfconv
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import PAGES_GRAPH

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())


def case_input(case: Path) -> Path:
    [path] = case.glob("input.*")
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_turtle_as_bytes(case: Path, tmp_path: Path) -> None:
    output = tmp_path / "output.ttl"
    rdfconv.convert([case_input(case)], str(output))
    assert output.read_text("utf-8") == (case / "expected.ttl").read_text("utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("name", RDF_FORMATS)
def test_every_format_is_the_same_graph(case: Path, name: str, tmp_path: Path) -> None:
    output = tmp_path / "output"
    rdfconv.convert([case_input(case)], str(output), format=name)
    fmt = getattr(pyoxigraph.RdfFormat, RDF_FORMATS[name].oxigraph)
    quads = list(pyoxigraph.parse(path=str(output), format=fmt))
    got = {quad.triple for quad in quads if quad.graph_name == pyoxigraph.DefaultGraph()}
    expected = pyoxigraph.parse(path=str(case / "expected.ttl"), format=pyoxigraph.RdfFormat.TURTLE)
    assert got == {quad.triple for quad in expected}


def test_formats_with_graphs_hold_the_same_pages(sample: Path, tmp_path: Path) -> None:
    found = []
    for name, fmt in RDF_FORMATS.items():
        output = tmp_path / name
        rdfconv.convert([sample / "pages" / "a1z7k4.md"], str(output), format=name)
        quads = pyoxigraph.parse(
            path=str(output), format=getattr(pyoxigraph.RdfFormat, fmt.oxigraph)
        )
        graph = pyoxigraph.NamedNode(PAGES_GRAPH)
        pages = {quad.triple for quad in quads if quad.graph_name == graph}
        assert bool(pages) is fmt.quads
        found += [pages] if pages else []
        rdfconv.convert([sample / "pages" / "a1z7k4.md"], str(output), format=name, pages=False)
        assert PAGES_GRAPH not in output.read_text("utf-8")
    assert found[0] == found[1] == found[2]
    assert len(found[0]) > 100


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_to_graph(case: Path) -> None:
    expected = rdflib.Graph().parse(case / "expected.ttl")
    assert isomorphic(rdfconv.to_graph(case_input(case)), expected)
