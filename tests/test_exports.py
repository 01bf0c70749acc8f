"""Exports: every format read back, the numbers those of the filter, names that attack."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from rdfconv.building import build
from rdfconv.cli.exports import condition_help
from rdfconv.edges.reader import Edge, EdgeTable
from rdfconv.errors import ExitCode, UsageError
from rdfconv.exports import (
    EXPORT_FORMATS,
    Ids,
    Tally,
    export,
    export_format,
    export_format_of,
    file_name,
    ids_for,
)
from rdfconv.exports.gmt import BREAKING
from rdfconv.exports.rdf import NAMED, OF_PROTEINS, REGULATES, from_store
from rdfconv.exports.tables import COLUMNS, NETWORK_COLUMNS, cell, listed
from rdfconv.filters import NAMES, Filter
from rdfconv.identifiers import UNIPROT
from rdfconv.release import Release, open_release
from rdfconv.vocabulary import PREFIXES
from tests.gene_sets import read_gmt
from tests.inputs import row, table

FILTERS = (
    Filter(tf="P03069"),
    Filter(target="Q06945", scale="small"),
    Filter(tf="P10275", target="Q06945"),
    Filter(organism="10116"),
    Filter(scale="small", min_papers=4),
    Filter(method="MI_0402", organism="6239"),
    Filter(database="TRRUST", name="sox"),
    Filter(tf="Q99999"),
)
NASTY = {
    "P10275": "=cmd|'/c calc'!A0",
    "P11308": '<script>alert("1")</script>',
    "P15408": "A B,C",
    "P17535": "A_B_C",
    "Q12809": "\u202egpj.exe",
    "P04637": "n" * 240,
    "P01106": "-1+1; @SUM",
    "Q01094": "back\\slash \\t",
}
RDF_NAMES = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt", "rdf": "xml"}


@pytest.fixture(scope="module")
def release(sample_release: Path) -> Release:
    return open_release(sample_release)


@pytest.fixture(scope="module")
def edges(release: Release) -> Iterator[EdgeTable]:
    with EdgeTable(release.path) as opened:
        yield opened


@pytest.fixture(scope="module")
def store(release: Release) -> pyoxigraph.Store:
    return pyoxigraph.Store.read_only(str(release.store))


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeTable]:
    """Edges between proteins whose names attack; P15408 and P17535 share a gene, too."""
    folder = tmp_path_factory.mktemp("nasty")
    genes = {accession: str(number) for number, accession in enumerate(NASTY, 100)}
    genes["P17535"] = genes["P15408"]
    genes["Q12809"] = "-"
    rows = [
        row(
            UniprotID_TF=tf,
            UniprotID_Target=target,
            Name_TF=NASTY[tf],
            Name_Target=NASTY[target],
            NCBI_GeneID_TF=genes[tf],
            NCBI_GeneID_Target=genes[target],
            PubmedID=f"290875{number:02}",
        )
        for number, (tf, target) in enumerate(
            (tf, target) for tf in NASTY for target in NASTY if tf != target
        )
    ]
    (folder / "table.tsv").write_text(table(*rows), "utf-8")
    built, _ = build([folder / "table.tsv"], folder / "releases", downloads=False)
    with EdgeTable(built.path) as opened:
        yield opened


def written(
    edges: EdgeTable,
    wanted: Filter,
    name: str,
    *,
    ids: Ids = Ids.SYMBOL,
    store: pyoxigraph.Store | None = None,
    tally: Tally | None = None,
) -> str:
    describe = from_store(store) if store is not None else None
    fmt = EXPORT_FORMATS[name]
    pieces = export(edges, wanted, fmt, ids=ids, describe=describe, tally=tally)
    return b"".join(pieces).decode()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), dialect="excel-tab", strict=True))


def unescaped(text: str) -> str:
    """What a cell stands for."""
    return values_of(text.replace(";", "\\;"))[0]


def values_of(text: str) -> list[str]:
    """The values of a cell that lists several."""
    values, escaped = [""], False
    for character in text:
        if escaped:
            values[-1] += {"t": "\t", "n": "\n", "r": "\r"}.get(character, character)
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == ";":
            values.append("")
        else:
            values[-1] += character
    return values


def pairs_of(found: list[Edge]) -> set[tuple[str, str]]:
    return {(edge.tf.accession, edge.target.accession) for edge in found}


# The formats


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_tables_and_objects_say_the_same(edges: EdgeTable, wanted: Filter) -> None:
    tally = Tally()
    rows = rows_of(written(edges, wanted, "tsv", tally=tally))
    found = list(edges.all(wanted))
    assert len(rows) == tally.edges == edges.count(wanted) == len(found)
    assert tally.regulators == len({edge.tf.iri for edge in found})
    document = json.loads(written(edges, wanted, "json"))
    assert document["filter"] == wanted.parameters()
    for line, told, edge in zip(rows, document["edges"], found, strict=True):
        assert tuple(line) == tuple(COLUMNS)
        assert line["tf"] == told["transcription_factor"]["accession"] == edge.tf.accession
        assert unescaped(line["target_name"]) == told["target"]["name"] == edge.target.name
        assert line["interaction_iri"] == told["interaction"] == edge.interaction
        assert told["transcription_factor"]["iri"] == line["tf_iri"]
        assert told["target"]["iri"] == line["target_iri"] == edge.target.iri
        assert line["taxon"] == edge.tf.organism.rsplit("/", 1)[-1]
        flags = {"yes": True, "no": False, "": None}
        assert flags[line["small_scale"]] is told["small_scale"] is edge.small_scale
        assert int(line["reports"]) == len(told["evidence"]) == len(edge.evidence)
        assert values_of(line["evidence_iris"]) == [one["iri"] for one in told["evidence"]]
        for column, key in (("primary_papers", "primary_papers"), ("databases", "databases")):
            values = {
                one["name"] if isinstance(one, dict) else one
                for report in told["evidence"]
                for one in report[key]
            }
            assert set(filter(None, values_of(line[column]))) == values
        methods = {
            (one["id"], one["name"]) for report in told["evidence"] for one in report["methods"]
        }
        ids, names = values_of(line["method_ids"]), values_of(line["methods"])
        assert set(zip(ids, names, strict=True)) - {("", "")} == methods


@pytest.mark.parametrize("ids", Ids)
@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_gene_sets(edges: EdgeTable, wanted: Filter, ids: Ids) -> None:
    tally = Tally()
    text = written(edges, wanted, "gmt", ids=ids, tally=tally)
    sets = read_gmt(text)
    assert tally.sets == len(sets)
    expected: dict[str, set[str]] = {}
    for edge in edges.all(wanted):
        one, other = edge.tf, edge.target
        if wanted.target and not wanted.tf:
            one, other = other, one
        own = {
            Ids.SYMBOL: [other.name] if other.name != other.accession else [],
            Ids.ENTREZ: other.genes,
            Ids.UNIPROT: [other.accession],
        }[ids]
        expected.setdefault(one.iri, set()).update(re.sub(r"[\s,]+", "_", name) for name in own)
    about = {line.split("\t")[1]: line.split("\t") for line in text.splitlines()}
    assert {iri: set(line[2:]) for iri, line in about.items()} == {
        iri: members for iri, members in expected.items() if members
    }
    assert tally.empty_sets == sum(not members for members in expected.values())
    for iri, line in about.items():
        start = "regulators_of_" if wanted.target and not wanted.tf else ""
        assert line[0].startswith(start)
        assert f"_{line[0]}".endswith(f"_{iri.removeprefix(UNIPROT)}")


def test_a_target_gives_one_set_of_its_regulators(edges: EdgeTable) -> None:
    sets = read_gmt(written(edges, Filter(target="Q06945", scale="small"), "gmt"))
    assert sets == {"regulators_of_SOX4_Q06945": ["AR", "ERG", "FOSL2", "JUND", "KCNH2"]}


@pytest.mark.parametrize("ids", Ids)
@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_networks_have_each_pair_once(edges: EdgeTable, wanted: Filter, ids: Ids) -> None:
    rows = rows_of(written(edges, wanted, "network", ids=ids))
    pairs = Counter((line["source"], line["target"]) for line in rows)
    assert set(pairs.values()) <= {1}
    papers: dict[tuple[str, str], set[str]] = {}
    for edge in edges.all(wanted):
        for source in spelled(edge.tf, ids):
            for target in spelled(edge.target, ids):
                papers.setdefault((source, target), set()).update(edge.all_of("papers"))
    assert set(pairs) == set(papers)
    for line in rows:
        assert tuple(line) == tuple(NETWORK_COLUMNS)
        number = len(papers[line["source"], line["target"]])
        assert float(line["weight"]) == 1 + number == 1 + int(line["primary_papers"])
    lines = written(edges, wanted, "sif", ids=ids).splitlines()
    assert [line.split("\t") for line in lines] == [
        [line["source"], "regulates", line["target"]] for line in rows
    ]


def spelled(protein: Any, ids: Ids) -> list[str]:
    name = protein.name if protein.name != protein.accession else ""
    found = {Ids.SYMBOL: [name], Ids.ENTREZ: protein.genes, Ids.UNIPROT: [protein.accession]}
    return [one for one in found[ids] if one]


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_cytoscape(edges: EdgeTable, wanted: Filter) -> None:
    document = json.loads(written(edges, wanted, "cyjs"))
    nodes = [one["data"] for one in document["elements"]["nodes"]]
    lines = [one["data"] for one in document["elements"]["edges"]]
    found = list(edges.all(wanted))
    assert len(lines) == len(found)
    by_id = {node["id"]: node for node in nodes}
    assert len(by_id) == len(nodes)
    assert len({line["id"] for line in lines} | set(by_id)) == len(lines) + len(nodes)
    assert {end for line in lines for end in (line["source"], line["target"])} == set(by_id)
    assert {(line["source"], line["target"]) for line in lines} == pairs_of(found)
    for line, edge in zip(lines, found, strict=True):
        assert line["iri"] == edge.interaction
        assert len(line["primary_papers"]) == len(edge.all_of("papers")) == line["weight"] - 1
        assert by_id[line["source"]]["name"] == edge.tf.name
        assert line.get("small_scale") is edge.small_scale


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_rdf_is_what_a_query_constructs(
    edges: EdgeTable, store: pyoxigraph.Store, wanted: Filter
) -> None:
    text = written(edges, wanted, "nt", store=store)
    lines = text.splitlines()
    found = {quad.triple for quad in pyoxigraph.parse(text, pyoxigraph.RdfFormat.N_TRIPLES)}
    assert len(found) == len(lines)  # nothing twice
    assert found == constructed(store, wanted)


def constructed(store: pyoxigraph.Store, wanted: Filter) -> set[pyoxigraph.Triple]:
    """What an export says, by queries over the filter's own pattern."""
    terms = [f"?report <{of}> ?s ." for of in NAMED if of.startswith(PREFIXES["tfl"])]
    report = "?interaction tfl:evidence ?report ."
    parts = [
        f"BIND(?transcriptionFactor AS ?s) BIND(<{REGULATES}> AS ?p) BIND(?target AS ?o) ?s ?p ?o",
        "BIND(?interaction AS ?s) ?s ?p ?o",
        f"{report} BIND(?report AS ?s) ?s ?p ?o",
        *(
            f"BIND({end} AS ?s) VALUES ?p {{ {' '.join(f'<{one}>' for one in OF_PROTEINS)} }} "
            "?s ?p ?o"
            for end in ("?transcriptionFactor", "?target")
        ),
        *(
            f"{end} obo:RO_0002162 ?s . BIND(up:scientificName AS ?p) ?s ?p ?o"
            for end in ("?transcriptionFactor", "?target")
        ),
        *(f"{report} {one} BIND(rdfs:label AS ?p) ?s ?p ?o" for one in terms),
    ]
    found: set[pyoxigraph.Triple] = set()
    for part in parts:
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {wanted.where()} {part} }}"
        triples = store.query(query, prefixes=dict(PREFIXES))
        assert isinstance(triples, pyoxigraph.QueryTriples)
        found |= set(triples)
    return found


@pytest.mark.parametrize("name", RDF_NAMES)
def test_rdf_formats_are_the_same_graph(
    edges: EdgeTable, store: pyoxigraph.Store, name: str
) -> None:
    wanted = Filter(target="Q06945", scale="small")
    expected = rdflib.Graph().parse(data=written(edges, wanted, "nt", store=store), format="nt")
    assert len(expected) > 50
    text = written(edges, wanted, name, store=store)
    with warnings.catch_warnings():
        # rdflib's own JSON-LD reader uses what rdflib has deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        graph = rdflib.Graph().parse(data=text, format=RDF_NAMES[name])
    assert isomorphic(graph, expected)


def test_rdf_in_several_batches(edges: EdgeTable, store: pyoxigraph.Store) -> None:
    wanted = Filter(organism="9606")
    assert edges.count(wanted) > 500
    text = written(edges, wanted, "nt", store=store)
    found = {quad.triple for quad in pyoxigraph.parse(text, pyoxigraph.RdfFormat.N_TRIPLES)}
    assert found == constructed(store, wanted)
    assert len(found) == len(text.splitlines())


def test_edges_without_a_node_are_counted(tmp_path: Path) -> None:
    """Somebody else's edges, whose nodes have other names."""
    tfl, up = PREFIXES["tfl"], PREFIXES["up"]
    (tmp_path / "mine.nt").write_text(
        f"<x:1> <{tfl}transcriptionFactor> <x:a> .\n<x:1> <{tfl}target> <x:b> .\n"
        f"<x:1> <{tfl}evidence> <x:e> .\n<x:e> a <{tfl}Evidence> .\n".replace(
            " a ", f" <{PREFIXES['rdf']}type> "
        )
        + f"<x:a> <{PREFIXES['rdf']}type> <{up}Protein> .\n"
        + f'<x:a> <{PREFIXES["rdfs"]}label> "A" .\n'
    )
    built, _ = build([tmp_path / "mine.nt"], tmp_path / "releases")
    tally = Tally()
    with EdgeTable(built.path) as edges:
        store = pyoxigraph.Store.read_only(str(built.store))
        text = written(edges, Filter(), "nt", store=store, tally=tally)
        assert f"<x:a> <{tfl}regulates> <x:b> ." in text
        assert f"<x:e> <{PREFIXES['rdf']}type> <{tfl}Evidence> ." in text
        assert tally.unnamed == 1
        assert "1 edge without a node of their own" in tally.lines()
        [line] = rows_of(written(edges, Filter(), "tsv"))
        assert (line["tf"], line["tf_iri"], line["interaction_iri"]) == ("", "x:a", "")
        assert written(edges, Filter(), "gmt", ids=Ids.UNIPROT, tally=tally) == ""
        assert tally.empty_sets == 1


# Names that attack


def test_names_come_back_from_tables(nasty: EdgeTable) -> None:
    text = written(nasty, Filter(), "tsv")
    assert all(line.count("\t") == len(COLUMNS) - 1 for line in text.splitlines())
    rows = rows_of(text)
    assert len(rows) == len(NASTY) * (len(NASTY) - 1)
    for line in rows:
        assert unescaped(line["tf_name"]) == NASTY[line["tf"]]
        assert unescaped(line["target_name"]) == NASTY[line["target"]]
    document = json.loads(written(nasty, Filter(), "json"))
    names = {one["target"]["accession"]: one["target"]["name"] for one in document["edges"]}
    assert names == NASTY
    nodes = json.loads(written(nasty, Filter(), "cyjs"))["elements"]["nodes"]
    assert {one["data"]["id"]: one["data"]["name"] for one in nodes} == NASTY


def test_names_do_not_break_gene_sets(nasty: EdgeTable) -> None:
    tally = Tally()
    sets = read_gmt(written(nasty, Filter(), "gmt", tally=tally))
    assert len(sets) == len(NASTY)
    assert all(name.isascii() and name.isprintable() for name in sets)
    members = {member for found in sets.values() for member in found}
    assert members == {BREAKING.sub("_", name) for name in NASTY.values()}
    assert "A_B_C" in members  # two proteins, one of which is spelled 'A B,C'
    assert tally.respelled == {name for name in NASTY.values() if BREAKING.search(name)}
    assert any("respelled" in line for line in tally.lines())


def test_proteins_without_the_id_are_left_out_and_counted(nasty: EdgeTable) -> None:
    tally = Tally()
    sets = read_gmt(written(nasty, Filter(), "gmt", ids=Ids.ENTREZ, tally=tally))
    assert len(sets) == len(NASTY)
    assert tally.left_out == {f"{UNIPROT}Q12809"}
    assert "1 protein left out: no id of that kind" in tally.lines()


def test_pairs_that_share_an_id_are_joined(nasty: EdgeTable) -> None:
    rows = rows_of(written(nasty, Filter(), "network", ids=Ids.ENTREZ))
    pairs = {(line["source"], line["target"]): line for line in rows}
    assert len(pairs) == len(rows)
    # P15408 and P17535 have the gene 102, P10275 has 100: two edges, each with a paper.
    assert pairs["102", "100"]["primary_papers"] == "2"
    assert pairs["100", "101"]["primary_papers"] == "1"
    assert pairs["102", "102"]["weight"] == "3"


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_cells_can_be_read_back(texts: list[str]) -> None:
    line = "\t".join([*map(cell, texts), listed(texts)]) + "\r\n"
    [found] = csv.reader(io.StringIO(line, newline=""), dialect="excel-tab", strict=True)
    assert [unescaped(one) for one in found[:-1]] == texts
    assert values_of(found[-1]) == texts


@given(st.text(min_size=1))
def test_members_are_one_word(text: str) -> None:
    spelled_so = BREAKING.sub("_", text)
    assert spelled_so.split() == [spelled_so]
    assert "," not in spelled_so


# Names of files and formats


@pytest.mark.parametrize(
    ("wanted", "name", "ids", "expected"),
    [
        (Filter(target="Q06945", scale="small"), "gmt", Ids.SYMBOL,
         "SOX4_Q06945_regulators_small-scale.gmt"),
        (Filter(tf="P03069", organism="4932"), "network", Ids.ENTREZ,
         "GCN4_P03069_targets_Saccharomyces_cerevisiae_entrez.network.tsv"),
        (Filter(tf="P10275", target="Q06945"), "ttl", Ids.SYMBOL,
         "AR_P10275_regulates_SOX4_Q06945.ttl"),
        (Filter(method="MI_0402", min_papers=2, name='"; rm -rf /\r\n'), "tsv", Ids.SYMBOL,
         "interactions_chromatin_immunoprecipitation_assay_2-papers_rm_-rf.tsv"),
        (Filter(tf="Q99999"), "sif", Ids.SYMBOL, "Q99999_targets.sif"),
        (Filter(), "json", Ids.SYMBOL, "interactions.json"),
    ],
)  # fmt: skip
def test_file_names(edges: EdgeTable, wanted: Filter, name: str, ids: Ids, expected: str) -> None:
    assert file_name(wanted, EXPORT_FORMATS[name], edges, ids) == expected


def test_long_file_names_are_cut(nasty: EdgeTable) -> None:
    name = file_name(Filter(tf="P04637", name="x" * 100), EXPORT_FORMATS["gmt"], nasty)
    assert name.startswith("nnn")
    assert name.endswith(".gmt")
    assert len(name) < 200


def test_formats_are_told_apart() -> None:
    suffixes = [one.suffix for one in EXPORT_FORMATS.values()]
    assert len(set(suffixes)) == len(suffixes)
    for name, one in EXPORT_FORMATS.items():
        assert export_format(name) is export_format(one.suffix) is one
        assert export_format_of(f"a{one.suffix}.gz") is one
        assert one.is_rdf == (one.sheet is None)
    with pytest.raises(UsageError, match="did you mean 'gmt'"):
        export_format("gmtx")
    with pytest.raises(UsageError, match="does not tell"):
        export_format_of("a.xls")


def test_ids_are_a_choice_of_some_formats() -> None:
    assert ids_for(EXPORT_FORMATS["gmt"], "entrez") is Ids.ENTREZ
    assert ids_for(EXPORT_FORMATS["ttl"], "") is Ids.SYMBOL
    with pytest.raises(UsageError, match="Turtle has no choice of ids"):
        ids_for(EXPORT_FORMATS["ttl"], "entrez")
    with pytest.raises(UsageError, match="use symbol, entrez, uniprot"):
        ids_for(EXPORT_FORMATS["gmt"], "ensembl")


# The command


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "rdfconv", "export", *arguments],
        capture_output=True,
        timeout=120,
        cwd=cwd,
        check=False,
    )


def test_the_command_writes_files(sample_release: Path, edges: EdgeTable, tmp_path: Path) -> None:
    release = ("--release", str(sample_release))
    done = run(*release, "--target", "Q06945", "--scale", "small", "-f", "gmt", cwd=tmp_path)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert done.stdout == b""
    assert b"5 edges of 5 regulators\n1 gene set\n" in done.stderr
    wanted = Filter(target="Q06945", scale="small")
    written_file = tmp_path / "SOX4_Q06945_regulators_small-scale.gmt"
    assert written_file.read_text() == written(edges, wanted, "gmt")
    packed = run(*release, "--organism", "10116", "-o", "rat.tsv.gz", "-q", cwd=tmp_path)
    assert (packed.returncode, packed.stderr) == (0, b"")
    text = gzip.decompress((tmp_path / "rat.tsv.gz").read_bytes()).decode()
    assert text == written(edges, Filter(organism="10116"), "tsv")
    streamed = run(*release, "--tf", "P03069", "-o", "-", "-f", "network", cwd=tmp_path)
    assert streamed.stdout.decode() == written(edges, Filter(tf="P03069"), "network")
    assert b"written" not in streamed.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "SOX4_Q06945_regulators_small-scale.gmt",
        "rat.tsv.gz",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "-"], b"--format"),
        (["-o", "a.xls"], b"does not tell the export format"),
        (["-f", "ttl", "--ids", "entrez"], b"no choice of ids"),
        (["-f", "gmt", "--tf", "SOX4"], b"no UniProtKB accession"),
        (["-f", "gmt", "--traget", "Q06945"], b"--target"),
    ],
)
def test_wrong_commands(arguments: list[str], words: bytes, tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == ExitCode.USAGE
    assert words in done.stderr
    assert not list(tmp_path.iterdir())


def test_no_release(tmp_path: Path) -> None:
    done = run("--release", str(tmp_path), "-o", "a.gmt", cwd=tmp_path)
    assert done.returncode == ExitCode.FAILED
    assert b"there is no release" in done.stderr
    assert not list(tmp_path.iterdir())


def test_every_condition_is_an_option_with_help(tmp_path: Path) -> None:
    assert tuple(condition_help()) == NAMES
    text = run("--help", cwd=tmp_path).stdout.decode()
    for name in NAMES:
        assert f"--{name.replace('_', '-')} " in text
    for one in EXPORT_FORMATS.values():
        assert one.name in text
