"""Comparing releases: real ones, built from tables and from RDF, and read back."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat

from rdfconv.building import build
from rdfconv.cli.diff import FORMATS
from rdfconv.diffing import ADDED, COLUMNS, REMOVED, Comparison, Counts, Patch, lines, table
from rdfconv.errors import ExitCode, ReleaseError
from rdfconv.filters import Filter
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import EVIDENCE, INTERACTION, UNIPROT, accession_of
from rdfconv.release import Release
from rdfconv.vocabulary import PREFIXES
from tests.inputs import TURTLE_PREFIXES, row
from tests.inputs import table as table_of

Told = tuple[frozenset[str], frozenset[str], frozenset[str], str]
"""Databases, methods, references and flag of an edge, as a table has them."""
Rows = dict[tuple[str, str], Told]
"""Edges by their two accessions."""

TFL = PREFIXES["tfl"]
IS_A = NamedNode(PREFIXES["rdf"] + "type")
DATABASES = ("GTRD", "ReMap", "TRRUST")
METHODS = ("chromatin immunoprecipitation assay", "inferred by curator")
PAPERS = ("19148141", "27924024", "29087512", "29126285", "1724219e")
ENDS = ("Q9H9S0", "O94907", "Q06945", "P11308")
RDF = [name for name in FORMATS if name in RDF_FORMATS]


def told(
    databases: str = "TRRUST", methods: str = METHODS[1], papers: str = PAPERS[2], flag: str = "Yes"
) -> Told:
    parts = (frozenset(text.split(";")) for text in (databases, methods, papers))
    return (*parts, flag)  # type: ignore[return-value]


def built(folder: Path, rows: Rows, source: str = "tflink-1.0", **options: Any) -> Release:
    """A release of these edges."""
    text = table_of(
        *(
            row(
                UniprotID_TF=tf,
                UniprotID_Target=target,
                Name_TF=f"N{tf}",
                Name_Target=f"N{target}",
                NCBI_GeneID_TF="-",
                NCBI_GeneID_Target="-",
                Source_database=";".join(sorted(databases)),
                Detection_method=";".join(sorted(methods)),
                PubmedID=";".join(sorted(papers)),
                Small_scale_evidence=flag,
            )
            for (tf, target), (databases, methods, papers, flag) in rows.items()
        )
    )
    return of_file(folder, "table.tsv", text, source, **options)


def of_file(
    folder: Path, name: str, text: str, source: str = "tflink-1.0", **options: Any
) -> Release:
    """A release of one file."""
    folder.mkdir()
    (folder / name).write_text(text, "utf-8")
    chosen = {"plain": True, "downloads": False, **options}
    release, _ = build([folder / name], folder / "releases", source=source, **chosen)
    return release


def rows_of(before: Release, after: Release, wanted: Filter | None = None) -> list[dict[str, str]]:
    """The rows of the table of differences."""
    with Comparison(before, after, wanted) as comparison:
        text = b"".join(table(comparison)).decode()
    found = list(csv.DictReader(io.StringIO(text, newline=""), dialect="excel-tab", strict=True))
    assert all(None not in one and None not in one.values() for one in found)
    return found


def kinds_of(before: Release, after: Release) -> dict[tuple[str, str], str]:
    rows = rows_of(before, after)
    kinds = {(one["tf"], one["target"]): one["change"] for one in rows}
    assert len(kinds) == len(rows)
    assert list(kinds) == sorted(kinds)
    return kinds


def numbers_of(before: Release, after: Release, wanted: Filter | None = None) -> dict[str, Any]:
    with Comparison(before, after, wanted) as comparison:
        return comparison.summary().as_json()


def naive(before: Rows, after: Rows) -> dict[tuple[str, str], str]:
    """What happened to edges, by their rows."""
    kinds = dict.fromkeys(before.keys() - after.keys(), "removed")
    kinds |= dict.fromkeys(after.keys() - before.keys(), "added")
    both = before.keys() & after.keys()
    return kinds | {edge: "changed" for edge in both if before[edge] != after[edge]}


# --- Patches: applied to a graph, and what the graph says then ----------------------------------


def graph_of(release: Release) -> set[pyoxigraph.Triple]:
    store = pyoxigraph.Store.read_only(str(release.store))
    return {quad.triple for quad in store.quads_for_pattern(None, None, None, DefaultGraph())}


def patch_of(before: Release, after: Release, name: str = "nq") -> list[Quad]:
    with Comparison(before, after) as comparison:
        patch = Patch(comparison, RDF_FORMATS[name])
        text = b"".join(patch.pieces())
        assert patch.unnamed == 0
    return list(pyoxigraph.parse(text, getattr(RdfFormat, RDF_FORMATS[name].oxigraph)))


def applied(before: Release, patch: list[Quad]) -> set[pyoxigraph.Triple]:
    """A release's default graph with a patch applied, which must fit it exactly."""
    removed = {quad.triple for quad in patch if quad.graph_name == NamedNode(REMOVED)}
    added = {quad.triple for quad in patch if quad.graph_name == NamedNode(ADDED)}
    assert len(removed) + len(added) == len(set(patch))
    graph = graph_of(before)
    assert removed <= graph
    return (graph - removed) | added


def said(graph: set[pyoxigraph.Triple]) -> dict[tuple[str, str], set[frozenset[tuple[str, str]]]]:
    """The values of each edge's evidence, as a graph tells them, but not who reports them."""
    store = pyoxigraph.Store()
    store.extend(Quad(*triple) for triple in graph)

    def values(node: Any, name: str) -> list[Any]:
        quads = store.quads_for_pattern(node, NamedNode(TFL + name), None)
        return [quad.object for quad in quads]

    hidden = {TFL + "reportedBy", TFL + "referenceOrder"}
    found: dict[tuple[str, str], set[frozenset[tuple[str, str]]]] = {}
    quads: list[Any] = list(store.quads_for_pattern(None, NamedNode(TFL + "regulates"), None))
    for quad in quads:
        found[accession_of(quad.subject.value), accession_of(quad.object.value)] = set()
    edges = list(store.quads_for_pattern(None, IS_A, NamedNode(TFL + "RegulatoryInteraction")))
    assert len(edges) == len(found)
    linked = set()
    for edge in edges:
        [tf], [target] = values(edge.subject, "transcriptionFactor"), values(edge.subject, "target")
        for node in values(edge.subject, "evidence"):
            linked.add(node)
            quads = list(store.quads_for_pattern(node, None, None))
            assert quads, "a link to evidence that is not there"
            found[accession_of(tf.value), accession_of(target.value)].add(
                frozenset(
                    (q.predicate.value, q.object.value)
                    for q in quads
                    if q.predicate.value not in hidden
                )
            )
    nodes = store.quads_for_pattern(None, IS_A, NamedNode(TFL + "Evidence"))
    assert {quad.subject for quad in nodes} == linked
    return found


def own(graph: Iterable[Any]) -> set[pyoxigraph.Triple]:
    """The triples of edges and evidence."""
    starts = (INTERACTION, EVIDENCE)
    direct = {NamedNode(TFL + "regulates"), NamedNode(TFL + "regulatedBy")}
    return {
        triple
        for triple in graph
        if triple.predicate in direct
        or triple.subject.value.startswith(starts)
        or triple.object.value.startswith(INTERACTION)
    }


# --- Tables -------------------------------------------------------------------------------------

BEFORE: Rows = {
    ("Q9H9S0", "O94907"): told(),
    ("Q9H9S0", "Q06945"): told("GTRD;ReMap", METHODS[0], "27924024;29126285", "No"),
    ("Q06945", "Q06945"): told(),
    ("P11308", "Q06945"): told(papers="19148141;29087512"),
}
AFTER: Rows = {
    ("Q9H9S0", "O94907"): told(),
    ("Q9H9S0", "Q06945"): told("GTRD;TRRUST", ";".join(METHODS), "27924024;29087512", "Yes"),
    ("Q06945", "O94907"): told(),
    ("P11308", "Q06945"): told(papers="29087512"),
}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return built(tmp_path_factory.mktemp("diff") / "a", BEFORE, plain=False)


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return built(tmp_path_factory.mktemp("diff") / "b", AFTER, "tflink-1.1", plain=False)


def test_each_kind_of_difference_is_found(before: Release, after: Release) -> None:
    kinds = {(one["tf"], one["target"]): one for one in rows_of(before, after)}
    assert {edge: one["change"] for edge, one in kinds.items()} == {
        ("P11308", "Q06945"): "changed",
        ("Q06945", "O94907"): "added",
        ("Q06945", "Q06945"): "removed",
        ("Q9H9S0", "Q06945"): "changed",
    }
    one = kinds["Q9H9S0", "Q06945"]
    assert one == dict.fromkeys(COLUMNS, "") | {
        "change": "changed",
        "tf": "Q9H9S0",
        "tf_name": "NQ9H9S0",
        "target": "Q06945",
        "target_name": "NQ06945",
        "organism": "Homo sapiens",
        "taxon": "9606",
        "differs": "databases;methods;references;small_scale",
        "databases_lost": "ReMap",
        "databases_gained": "TRRUST",
        "methods_gained": "inferred by curator",
        "references_lost": "29126285",
        "references_gained": "29087512",
        "small_scale_before": "no",
        "small_scale_after": "yes",
        "reports_before": "1",
        "reports_after": "1",
        "tf_iri": f"{UNIPROT}Q9H9S0",
        "target_iri": f"{UNIPROT}Q06945",
        "interaction_iri": f"{INTERACTION}Q9H9S0_Q06945",
    }
    assert kinds["P11308", "Q06945"]["differs"] == "references"
    assert kinds["P11308", "Q06945"]["references_lost"] == "19148141"
    added = kinds["Q06945", "O94907"]
    assert (added["differs"], added["databases_gained"], added["reports_before"]) == (
        ("", "TRRUST", "0")
    )
    removed = kinds["Q06945", "Q06945"]
    assert (removed["databases_lost"], removed["reports_after"]) == ("TRRUST", "0")


def test_the_numbers(before: Release, after: Release) -> None:
    found = numbers_of(before, after)
    assert found["edges"] == {
        "before": 4, "after": 4, "added": 1, "removed": 1, "changed": 2, "unchanged": 1,
    }  # fmt: skip
    assert found["changed_in"] == {
        "databases": 1, "methods": 1, "references": 2, "small_scale": 1,
    }  # fmt: skip
    [organism] = found["organisms"]
    assert (organism["name"], organism["changed"]) == ("Homo sapiens", 2)
    databases = {one["name"]: one for one in found["databases"]}
    assert databases["TRRUST"] == {
        "iri": databases["TRRUST"]["iri"], "name": "TRRUST",
        "before": 3, "after": 4, "added": 2, "removed": 1, "changed": 1, "unchanged": 1,
    }  # fmt: skip
    assert (databases["ReMap"]["removed"], databases["GTRD"]["changed"]) == (1, 1)


def test_the_text(before: Release, after: Release) -> None:
    with Comparison(before, after) as comparison:
        text = "\n".join(lines(comparison, comparison.summary(), 2))
        everything = "\n".join(lines(comparison, comparison.summary(), 4))
    assert [line.split() for line in text.splitlines() if line.startswith(("edges", "  GTRD"))] == [
        ["edges", "4", "4", "1", "1", "2", "1"],
        ["GTRD", "1", "1", "0", "0", "1", "0"],
    ]
    assert text.endswith(
        "differences (the first 2 of 4):\n"
        "~ NP11308 P11308 -> NQ06945 Q06945: references -19148141\n"
        "+ NQ06945 Q06945 -> NO94907 O94907: (Homo sapiens); databases +TRRUST; methods +inferred "
        "by curator; references +29087512; small-scale +yes"
    )
    assert "differences:\n" in everything
    assert "small-scale -no, +yes" in everything.splitlines()[-1]


def test_the_other_way_round(before: Release, after: Release) -> None:
    swapped = {"added": "removed", "removed": "added", "changed": "changed"}
    assert kinds_of(after, before) == {
        edge: swapped[kind] for edge, kind in kinds_of(before, after).items()
    }


def test_a_release_and_itself(before: Release) -> None:
    assert rows_of(before, before) == []
    assert patch_of(before, before) == []
    assert numbers_of(before, before)["edges"]["unchanged"] == len(BEFORE)


def test_who_reports_and_the_order_of_references_is_no_difference(tmp_path: Path) -> None:
    first, second = (
        table_of(row(PubmedID=papers)) for papers in ("19148141;29087512", "29087512;19148141")
    )
    one = of_file(tmp_path / "a", "table.tsv", first)
    other = of_file(tmp_path / "b", "table.tsv", second, "mine-2.0")
    assert rows_of(one, other) == []
    assert patch_of(one, other) == []


@pytest.mark.parametrize("name", RDF)
def test_a_patch_makes_one_release_the_other(before: Release, after: Release, name: str) -> None:
    assert said(graph_of(before)) != said(graph_of(after))
    assert said(applied(before, patch_of(before, after, name))) == said(graph_of(after))
    assert said(applied(after, patch_of(after, before, name))) == said(graph_of(before))


def test_what_is_entailed_of_edges_is_patched(tmp_path: Path) -> None:
    a = built(tmp_path / "a", BEFORE, entail="full")
    b = built(tmp_path / "b", AFTER, entail="full")
    found = own(graph_of(b))
    assert {TFL + "regulatedBy", TFL + "isTargetIn"} < {one.predicate.value for one in found}
    assert own(applied(a, patch_of(a, b))) == found


def test_filters(before: Release, after: Release) -> None:
    found = rows_of(before, after, Filter(tf="Q06945"))
    assert {one["change"] for one in found} == {"added", "removed"}
    assert rows_of(before, after, Filter(organism="10090")) == []
    [one] = rows_of(before, after, Filter(database="ReMap"))
    assert (one["change"], one["target"]) == ("removed", "Q06945")
    found_json = numbers_of(before, after, Filter(target="Q06945"))
    assert found_json["conditions"] == {"target": "Q06945"}
    assert found_json["edges"]["before"] == 3


def test_a_filtered_patch_takes_no_edge_away_that_stays(before: Release, after: Release) -> None:
    """Under the filter the edge is removed, but the other release has it by another report."""
    with Comparison(before, after, Filter(database="ReMap")) as comparison:
        text = b"".join(Patch(comparison, RDF_FORMATS["nq"]).pieces())
    graph = applied(before, list(pyoxigraph.parse(text, RdfFormat.N_QUADS)))
    edges = said(graph)
    assert edges.keys() == BEFORE.keys()
    assert edges["Q9H9S0", "Q06945"] == set()


EDGES = st.tuples(st.sampled_from(ENDS), st.sampled_from(ENDS))
TOLD: st.SearchStrategy[Told] = st.tuples(
    st.frozensets(st.sampled_from(DATABASES), min_size=1),
    st.frozensets(st.sampled_from(METHODS), min_size=1),
    st.frozensets(st.sampled_from(PAPERS), min_size=1),
    st.sampled_from(["Yes", "No"]),
)
TABLES = st.dictionaries(EDGES, TOLD, min_size=1, max_size=6)
CHANGES = st.dictionaries(EDGES, st.none() | TOLD, max_size=4)


@settings(max_examples=12, deadline=None)
@given(TABLES, CHANGES, st.sampled_from(["tflink-1.0", "tflink-1.1"]))
def test_as_a_naive_comparison(old: Rows, changes: dict[Any, Told | None], source: str) -> None:
    new = {edge: one for edge, one in {**old, **changes}.items() if one is not None}
    with tempfile.TemporaryDirectory() as folder:
        a = built(Path(folder) / "a", old)
        b = built(Path(folder) / "b", new or old, source)
        expected = naive(old, new or old)
        assert kinds_of(a, b) == expected
        found = numbers_of(a, b)
        kinds = list(expected.values())
        assert found["edges"] == {
            "before": len(old),
            "after": len(new or old),
            "added": kinds.count("added"),
            "removed": kinds.count("removed"),
            "changed": kinds.count("changed"),
            "unchanged": len(old) - kinds.count("removed") - kinds.count("changed"),
        }
        for one in found["databases"]:
            was, now = (
                {edge: told for edge, told in rows.items() if one["name"] in told[0]}
                for rows in (old, new or old)
            )
            assert (one["before"], one["after"]) == (len(was), len(now))
            assert [one["added"], one["removed"], one["changed"]] == [
                list(naive(was, now).values()).count(kind)
                for kind in ("added", "removed", "changed")
            ]
        graph = applied(a, patch_of(a, b))
        assert said(graph) == said(graph_of(b))
        if source == "tflink-1.0":
            assert own(graph) == own(graph_of(b))


# --- RDF ----------------------------------------------------------------------------------------

PROTEINS = "u:Q9H9S0 a up:Protein . u:O94907 a up:Protein . u:Q06945 a up:Protein .\n"
REPORT = "{} a tfl:Evidence ; tfl:sourceDatabase tfldb:TRRUST ; tfl:smallScale true ; {} .\n"


def of_rdf(folder: Path, text: str) -> Release:
    return of_file(folder, "data.ttl", TURTLE_PREFIXES + PROTEINS + text)


def edge(node: str, rest: str = "", tf: str = "u:Q9H9S0", target: str = "u:O94907") -> str:
    more = f"; {rest}" if rest else ""
    return (
        f"{tf} tfl:regulates {target} . {node} a tfl:RegulatoryInteraction ; "
        f"tfl:transcriptionFactor {tf} ; tfl:target {target} {more} .\n"
    )


def test_modes_and_several_reports(tmp_path: Path) -> None:
    one = REPORT.format("tfle:a", "tfl:modeOfRegulation tfl:activation")
    two = REPORT.format("tfle:b", "tfl:modeOfRegulation tfl:repression")
    again = REPORT.format("tfle:c", "tfl:modeOfRegulation tfl:activation ; tfl:reportedBy tfld:x")
    node = "tfli:Q9H9S0_O94907"
    a = of_rdf(tmp_path / "a", one + edge(node, "tfl:evidence tfle:a"))
    b = of_rdf(tmp_path / "b", one + two + edge(node, "tfl:evidence tfle:a , tfle:b"))
    c = of_rdf(tmp_path / "c", one + again + edge(node, "tfl:evidence tfle:a , tfle:c"))
    [found] = rows_of(a, b)
    assert (found["differs"], found["modes_gained"]) == ("modes", "repression")
    assert (found["reports_before"], found["reports_after"]) == ("1", "2")
    assert rows_of(a, c) == []
    assert said(applied(a, patch_of(a, b))) == said(graph_of(b))
    assert said(applied(b, patch_of(b, a))) == said(graph_of(a))


def test_reports_that_share_their_parts_otherwise(tmp_path: Path) -> None:
    def two(*pairs: tuple[str, str]) -> str:
        text = edge("tfli:Q9H9S0_O94907", "tfl:evidence tfle:a , tfle:b")
        for name, (database, paper) in zip("ab", pairs, strict=True):
            text += (
                f"tfle:{name} a tfl:Evidence ; tfl:sourceDatabase tfldb:{database} ; "
                f"tfl:primaryReference <{PREFIXES['pubmed']}{paper}> .\n"
            )
        return text

    a = of_rdf(tmp_path / "a", two(("GTRD", "1"), ("ReMap", "2")))
    b = of_rdf(tmp_path / "b", two(("GTRD", "2"), ("ReMap", "1")))
    [found] = rows_of(a, b)
    assert (found["change"], found["differs"]) == ("changed", "reports")
    assert numbers_of(a, b)["changed_in"] == {"reports": 1}
    with Comparison(a, b) as comparison:
        last = list(lines(comparison, comparison.summary(), 5))[-1]
    assert last == "~ Q9H9S0 -> O94907: the same in other reports"
    assert own(applied(a, patch_of(a, b))) == own(graph_of(b))


def test_edges_without_evidence(tmp_path: Path) -> None:
    bare = edge("tfli:Q9H9S0_O94907")
    direct = "u:Q9H9S0 tfl:regulates u:Q06945 .\n"
    report = REPORT.format("tfle:a", 'tfl:unparsedReference "x"')
    a = of_rdf(tmp_path / "a", bare + direct)
    b = of_rdf(tmp_path / "b", report + edge("tfli:Q9H9S0_O94907", "tfl:evidence tfle:a"))
    kinds = {(one["target"], one["change"]): one for one in rows_of(a, b)}
    assert set(kinds) == {("O94907", "changed"), ("Q06945", "removed")}
    assert kinds["O94907", "changed"]["references_gained"] == "x"
    assert numbers_of(a, b)["edges"]["before"] == 2
    assert numbers_of(a, b, Filter(target="O94907"))["edges"]["before"] == 1
    assert numbers_of(a, b, Filter(organism="9606"))["edges"]["before"] == 0
    assert numbers_of(a, b, Filter(database="TRRUST"))["edges"]["added"] == 1
    assert own(applied(a, patch_of(a, b))) == own(graph_of(b))


def test_edges_with_other_names(tmp_path: Path) -> None:
    """Files of RDF may call edges and proteins as they like."""
    report = REPORT.format("tfle:a", 'tfl:unparsedReference "x"')
    mine = edge("<http://example.org/edge>", "tfl:evidence tfle:a")
    other = edge("<http://example.org/e>", "tfl:evidence tfle:a", target="<http://example.org/p>")
    a = of_rdf(tmp_path / "a", report + mine)
    b = of_rdf(tmp_path / "b", report + other)
    c = of_rdf(tmp_path / "c", report + edge("tfli:Q9H9S0_O94907", "tfl:evidence tfle:a"))
    assert rows_of(a, c) == []
    found = {one["change"]: one for one in rows_of(a, b)}
    assert (found["added"]["target"], found["added"]["target_iri"]) == ("", "http://example.org/p")
    graph = applied(a, patch_of(a, b))
    assert not any("example.org/edge" in str(triple) for triple in graph)
    assert sum("example.org/p" in str(triple) for triple in graph) == 2


def test_edges_that_no_document_can_name(tmp_path: Path) -> None:
    report = REPORT.format("tfle:a", 'tfl:unparsedReference "x"')
    a = of_rdf(tmp_path / "a", report)
    b = of_rdf(tmp_path / "b", report + edge("_:e", "tfl:evidence tfle:a"))
    with Comparison(a, b) as comparison:
        patch = Patch(comparison, RDF_FORMATS["nq"])
        quads = list(pyoxigraph.parse(b"".join(patch.pieces()), RdfFormat.N_QUADS))
    assert patch.unnamed == 1
    assert [quad.predicate.value for quad in quads] == [TFL + "regulates"]


def test_evidence_of_a_binding_site_stays(tmp_path: Path) -> None:
    report = REPORT.format("tfle:a", 'tfl:unparsedReference "x"')
    site = "tfls:s tfl:evidence tfle:a .\n"
    told = report + edge("tfli:Q9H9S0_O94907", "tfl:evidence tfle:a")
    empty = of_rdf(tmp_path / "c", "")
    for name, text, kept in (("plain", told, 0), ("site", told + site, 4)):
        release = of_rdf(tmp_path / name, text)
        assert len(own(applied(release, patch_of(release, empty)))) == kept


def test_names_cannot_steer_a_terminal(tmp_path: Path) -> None:
    name = 'u:Q9H9S0 rdfs:label "\\u001B[2J\\tx" .\n'
    report = REPORT.format("tfle:a", 'tfl:unparsedReference "x\\ny"')
    a = of_rdf(tmp_path / "a", "")
    b = of_rdf(tmp_path / "b", name + report + edge("tfli:Q9H9S0_O94907", "tfl:evidence tfle:a"))
    with Comparison(a, b) as comparison:
        text = "\n".join(lines(comparison, comparison.summary(), 5))
    assert "\x1b" not in text
    assert text.splitlines()[-1].startswith("+ \\x1b[2J\\tx Q9H9S0 -> O94907: ")
    [found] = rows_of(a, b)
    assert (found["tf_name"], found["references_gained"]) == ("\x1b[2J\\tx", "x\\ny")


def test_numbers_that_do_not_add_up(before: Release, after: Release) -> None:
    assert Counts(before=2, after=2, changed=3).adds_up is False
    with Comparison(before, after) as comparison:
        summary = comparison.summary()
        summary.edges.added += 1
        with pytest.raises(ReleaseError, match="do not add up"):
            summary.check()


# --- The command --------------------------------------------------------------------------------


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rdfconv", "diff", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command(before: Release, after: Release, tmp_path: Path) -> None:
    result = run(before.path, after.path.parent.parent)
    assert (result.returncode, result.stderr) == (ExitCode.DONE, "")
    assert result.stdout.startswith(f"A  {before.id}\nB  {after.id}\n")
    assert result.stdout.count(" -> ") == 4
    result = run(before.path, after.path, "--json", "--exit-code")
    assert result.returncode == 1
    assert json.loads(result.stdout)["edges"]["changed"] == 2
    assert run(before.path, before.path, "--exit-code").stdout.endswith("no differences\n")
    file = tmp_path / "d.nq.gz"
    result = run(before.path, after.path, "-o", file)
    assert result.stderr == "1 edges added, 1 removed, 2 changed, 1 unchanged\n"
    quads = list(pyoxigraph.parse(gzip.decompress(file.read_bytes()), RdfFormat.N_QUADS))
    assert set(quads) == set(patch_of(before, after))
    result = run(before.path, after.path, "--format", "tsv", "--quiet", "--tf", "q06945")
    assert (result.stderr, len(result.stdout.splitlines())) == ("", 3)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["{a}"], ExitCode.USAGE, "Missing argument 'RELEASE_B'"),
        (["{a}", "{none}"], ExitCode.FAILED, "there is no release in"),
        (["{a}", "{b}", "--tf", "SOX4"], ExitCode.USAGE, "'SOX4' is no UniProtKB accession"),
        (["{a}", "{b}", "--format", "ttl"], ExitCode.USAGE, "'ttl' is not one of 'text', 'tsv'"),
        (["{a}", "{b}", "-o", "{none}.ttl"], ExitCode.USAGE, "does not tell the format"),
        (["{a}", "{b}", "-o", "{none}/x.tsv"], ExitCode.FAILED, "cannot write"),
        (["{a}", "{b}", "--json", "-f", "nq"], ExitCode.USAGE, "would both write"),
        (["{a}", "{b}", "--first", "-1"], ExitCode.USAGE, "--first"),
    ],
)
def test_what_is_wrong_is_told(
    before: Release,
    after: Release,
    tmp_path: Path,
    arguments: list[str],
    code: ExitCode,
    message: str,
) -> None:
    places: Mapping[str, object] = {"a": before.path, "b": after.path, "none": tmp_path / "none"}
    result = run(*(one.format(**places) for one in arguments))
    assert result.returncode == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_release_without_edges_table(before: Release, after: Release, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    (broken / "store").mkdir(parents=True)
    (broken / "release.json").write_text("{}", "utf-8")
    result = run(before.path, broken)
    assert result.returncode == ExitCode.FAILED
    assert "has no table of edges" in result.stderr
