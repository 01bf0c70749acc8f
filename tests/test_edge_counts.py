"""The numbers of edges that a release keeps are those that the engine counts."""

from pathlib import Path

import pyoxigraph
import pytest

import rdfconv
from rdfconv.edge_counts import write
from rdfconv.edges.index import Numbers
from rdfconv.identifiers import COUNTS_GRAPH, TERM
from rdfconv.release import STORE
from tests.inputs import row, table

PREFIX = f"""PREFIX tfl: <{TERM}>
PREFIX obo: <http://purl.obolibrary.org/obo/>
"""
TOLD = """?i tfl:evidence ?e ; tfl:transcriptionFactor ?f . ?e tfl:reportedBy ?d .
OPTIONAL { ?f obo:RO_0002162 ?o }"""


@pytest.fixture(scope="module")
def store(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> pyoxigraph.Store:
    folder = tmp_path_factory.mktemp("counts")
    (folder / "trrust.human.tsv").write_text(
        "SOX4\tGAGE5\tActivation\t1\nSOX4\tGAGE5\tRepression\t2\n", "utf-8"
    )
    release, _ = rdfconv.build(
        [sample, folder / "trrust.human.tsv"], folder / "out", downloads=False
    )
    return pyoxigraph.Store.read_only(str(release.path / STORE))


def rows(store: pyoxigraph.Store, query: str) -> set[tuple[str, ...]]:
    found = store.query(PREFIX + query)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    return {tuple("" if one is None else str(one) for one in solution) for solution in found}


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        (
            "?e ?o ?n { ?c tfl:countedEvidence ?e ; tfl:edgeCount ?n . "
            "OPTIONAL { ?c tfl:countedOrganism ?o } }",
            "SELECT ?e ?o (COUNT(?i) AS ?n) { ?i tfl:evidence ?e ; tfl:transcriptionFactor ?f . "
            "OPTIONAL { ?f obo:RO_0002162 ?o } } GROUP BY ?e ?o",
        ),
        (
            "?f ?n { ?c tfl:countedTranscriptionFactor ?f ; tfl:edgeCount ?n }",
            "SELECT ?f (COUNT(?t) AS ?n) { ?f tfl:regulates ?t } GROUP BY ?f",
        ),
        (
            "?t ?n { ?c tfl:countedTarget ?t ; tfl:edgeCount ?n }",
            "SELECT ?t (COUNT(?f) AS ?n) { ?f tfl:regulates ?t } GROUP BY ?t",
        ),
        *(
            (
                f"?d ?o ?v ?n {{ ?c tfl:{kept} ?v ; tfl:countedDataset ?d ; tfl:edgeCount ?n . "
                "OPTIONAL { ?c tfl:countedOrganism ?o } }",
                f"SELECT ?d ?o ?v (COUNT(DISTINCT ?i) AS ?n) {{ {TOLD} ?e tfl:{said} ?v }} "
                "GROUP BY ?d ?o ?v",
            )
            for kept, said in (
                ("countedDatabase", "sourceDatabase"),
                ("countedMethod", "detectionMethod"),
                ("countedPaper", "primaryReference"),
            )
        ),
        (
            "?d ?o ?v ?w ?n { ?c tfl:sharedByDatabase ?v, ?w ; tfl:countedDataset ?d ; "
            "tfl:edgeCount ?n FILTER(STR(?v) < STR(?w)) "
            "OPTIONAL { ?c tfl:countedOrganism ?o } }",
            f"SELECT ?d ?o ?v ?w (COUNT(DISTINCT ?i) AS ?n) {{ {TOLD} "
            "?e tfl:sourceDatabase ?v, ?w FILTER(STR(?v) < STR(?w)) } GROUP BY ?d ?o ?v ?w",
        ),
    ],
)
def test_the_numbers_are_those_of_the_edges(
    store: pyoxigraph.Store, counted: str, told: str
) -> None:
    variables, pattern = counted.split("{", 1)
    kept = f"SELECT {variables} {{ GRAPH <{COUNTS_GRAPH}> {{ {pattern} }}"
    wanted = rows(store, told)
    assert rows(store, kept) == wanted
    assert len(wanted) > 20


def test_they_stand_in_their_graph_alone(store: pyoxigraph.Store) -> None:
    default = pyoxigraph.DefaultGraph()
    for name in ("countedEvidence", "edgeCount"):
        predicate = pyoxigraph.NamedNode(TERM + name)
        assert not [*store.quads_for_pattern(None, predicate, None, default)]


def test_numbers_of_proteins_are_left_out_where_files_of_rdf_may_tell_more(tmp_path: Path) -> None:
    (tmp_path / "table.tsv").write_text(table(row()), "utf-8")
    more = f"<x:a> <{TERM}regulates> <x:b> .\n"
    (tmp_path / "more.nt").write_text(more, "utf-8")
    release, _ = rdfconv.build(
        [tmp_path / "table.tsv", tmp_path / "more.nt"], tmp_path / "out", downloads=False
    )
    store = pyoxigraph.Store.read_only(str(release.path / STORE))
    of_reports = "SELECT ?n { GRAPH ?g { ?c tfl:countedEvidence ?e ; tfl:edgeCount ?n } }"
    assert rows(store, of_reports) == {('"1"^^<http://www.w3.org/2001/XMLSchema#integer>',)}
    assert not rows(store, "SELECT ?c { GRAPH ?g { ?c tfl:countedTranscriptionFactor ?f } }")


def test_an_organism_that_is_not_known_is_left_out(tmp_path: Path) -> None:
    numbers = Numbers({("https://w3id.org/tflink-rdf/evidence/x", ""): 2}, {}, {}, {}, {}, {}, True)
    write(tmp_path / "counts.nq", numbers)
    found = pyoxigraph.parse(path=str(tmp_path / "counts.nq"))
    assert [quad.predicate.value.removeprefix(TERM) for quad in found][1:] == [
        "countedEvidence",
        "edgeCount",
    ]
