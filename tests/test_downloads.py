"""The files that a build offers for download: complete, divided, the same each time."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat
from rdflib import DCAT, DCTERMS, RDF, VOID, Literal, URIRef
from rdflib.compare import isomorphic

from rdfconv import downloading
from rdfconv.building import build
from rdfconv.downloading import slices
from rdfconv.downloading.parts import BLOCK, PartWriter, compressed, joined
from rdfconv.downloads import FOLDER, MANIFEST, File, read_manifest
from rdfconv.edges.reader import EdgeTable
from rdfconv.errors import ReleaseError
from rdfconv.exports import EXPORT_FORMATS, Ids, export
from rdfconv.filters import Filter
from rdfconv.identifiers import (
    BINDING_SITE,
    DATASET,
    INTERACTION,
    METADATA_GRAPHS,
    PUBMED,
    TERM,
    UNIPROT,
)
from rdfconv.locations import FALDO
from rdfconv.release import Release, open_release, verify
from rdfconv.validate import validate
from tests.gene_sets import read_gmt
from tests.inputs import row, site_row, site_table, table

ADDRESS = "https://example.org/tflink"


@pytest.fixture(scope="module")
def release(sample_release: Path) -> Release:
    return open_release(sample_release)


@pytest.fixture(scope="module")
def files(release: Release) -> list[File]:
    found = read_manifest(release.path)
    assert found
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of three organisms, one of them unknown."""
    folder = tmp_path_factory.mktemp("made")
    rows = [
        row(),
        row(UniprotID_TF="P10242", Name_TF="MYB", NCBI_GeneID_TF="4602"),
        row(UniprotID_TF="P06876", UniprotID_Target="P01108", Name_TF="Myb", Name_Target="Myc",
            NCBI_GeneID_TF="17863", NCBI_GeneID_Target="17869", Organism="Mus musculus"),
        row(UniprotID_TF="P32351", UniprotID_Target="P02283", Name_TF="\u00e9 <x>",
            Name_Target='"q"', NCBI_GeneID_TF="-", NCBI_GeneID_Target="-",
            Organism="../Homo sapiens", Small_scale_evidence="No"),
    ]  # fmt: skip
    (folder / "table.tsv").write_text(table(*rows), "utf-8")
    return folder / "table.tsv"


def content(release: Release, file: File) -> bytes:
    data = (release.path / FOLDER / file.file).read_bytes()
    return gzip.decompress(data) if file.is_compressed else data


def the(files: list[File], format: str, organism: str = "") -> File:
    [found] = [one for one in files if one.format == format and one.organism == organism]
    return found


def data_of(release: Release) -> set[pyoxigraph.Triple]:
    """The triples of the default graph, without what a release says of itself."""
    store = pyoxigraph.Store.read_only(str(release.store))
    described = {
        quad.triple
        for name in METADATA_GRAPHS
        for quad in store.quads_for_pattern(None, None, None, NamedNode(name))
    }
    default = store.quads_for_pattern(None, None, None, DefaultGraph())
    return {quad.triple for quad in default} - described


def triples_of(text: bytes) -> set[pyoxigraph.Triple]:
    return {quad.triple for quad in pyoxigraph.parse(text, RdfFormat.N_TRIPLES)}


def without_blank(triples: set[pyoxigraph.Triple]) -> set[pyoxigraph.Triple]:
    nodes = pyoxigraph.BlankNode
    return {
        one
        for one in triples
        if not isinstance(one.subject, nodes) and not isinstance(one.object, nodes)
    }


def blank_graph(triples: set[pyoxigraph.Triple]) -> rdflib.Graph:
    rest = triples - without_blank(triples)
    text = pyoxigraph.serialize(rest, format=RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=text, format="nt")


BLANK = re.compile(rb"_:|\S+ \S+ _:")
"""A line of N-Triples with a blank node."""


def as_lines(triples: Iterable[pyoxigraph.Triple]) -> list[bytes]:
    """Triples as lines, spelled as `dumped` spells them."""
    text = pyoxigraph.serialize(triples, format=RdfFormat.N_TRIPLES)
    assert text is not None
    return text.splitlines()


def dumped(store: pyoxigraph.Store, graph: NamedNode | DefaultGraph) -> set[bytes]:
    """The triples of a graph as lines."""
    text = store.dump(format=RdfFormat.N_TRIPLES, from_graph=graph)
    assert text is not None
    return set(text.splitlines())


# Completeness


def test_the_triples_are_those_of_the_store(release: Release, files: list[File]) -> None:
    """As lines, as there are half a million."""
    whole = the(files, "nt")
    text = content(release, whole)
    found = set(as_lines(quad.triple for quad in pyoxigraph.parse(text, RdfFormat.N_TRIPLES)))
    store = pyoxigraph.Store.read_only(str(release.store))
    expected = dumped(store, DefaultGraph())
    for name in METADATA_GRAPHS:
        expected -= dumped(store, NamedNode(name))
    assert text.count(b"\n") == len(found) == whole.count  # nothing twice
    blank = {line for line in found if BLANK.match(line)}
    blank_expected = {line for line in expected if BLANK.match(line)}
    # What the description says, too, counts as its own in the store.
    assert expected - blank_expected <= found
    extra = triples_of(b"\n".join(found - blank - expected))
    assert all(pyoxigraph.Quad(one.subject, one.predicate, one.object) in store for one in extra)
    assert len(extra) < 20
    graphs = [blank_graph(triples_of(b"\n".join(lines))) for lines in (blank, blank_expected)]
    assert len(graphs[0]) > 20
    assert isomorphic(*graphs)


def test_the_slices_are_the_whole(release: Release, files: list[File]) -> None:
    whole = set(content(release, the(files, "nt")).splitlines())
    by_organism = {
        one.organism: set(content(release, one).splitlines())
        for one in files
        if one.format == "nt" and one.organism
    }
    assert len(by_organism) == 7
    assert set.union(*by_organism.values()) == whole
    common = set.intersection(*by_organism.values())
    own = [lines - common for lines in by_organism.values()]
    assert sum(map(len, own)) + len(common) == len(whole)  # each line has one home
    sox4 = b"<http://purl.uniprot.org/uniprot/Q06945> "
    for organism, lines in by_organism.items():
        assert any(line.startswith(sox4) for line in lines) == (organism == "Homo sapiens")
    assert any(b"/evidence/" in line.split(b" ")[0] for line in common)
    assert not any(b"/interaction/" in line.split(b" ")[0] for line in common)


def test_tables_are_what_an_export_gives(release: Release, files: list[File]) -> None:
    with EdgeTable(release.path) as edges:
        for file in files:
            if file.format not in EXPORT_FORMATS or file.format == "nt":
                continue
            wanted = Filter(organism=file.taxon_id, scale=file.scale)
            ids = Ids(file.ids) if file.ids else Ids.SYMBOL
            text = b"".join(export(edges, wanted, EXPORT_FORMATS[file.format], ids=ids))
            assert_same(content(release, file), text, in_order=bool(file.organism))
            head = 0 if file.format == "gmt" else 1
            assert text.count(b"\n") - head == file.count
            if file.format == "tsv":
                assert file.count == edges.count(wanted)
            elif file.format == "gmt":
                assert len(read_gmt(text.decode(), file.file)) == file.count


def assert_same(found: bytes, expected: bytes, *, in_order: bool) -> None:
    if in_order:
        assert found == expected
    else:  # the file of all is organism by organism
        assert found.splitlines()[0] == expected.splitlines()[0]
        assert sorted(found.splitlines()) == sorted(expected.splitlines())


def test_what_there_is_for_each_organism(files: list[File]) -> None:
    human = [one for one in files if one.organism == "Homo sapiens"]
    kinds = {(one.format, one.ids, one.scale) for one in human}
    assert len(kinds) == len(human)
    assert kinds == {
        *((name, "", "") for name in ("nt", "tsv", "faldo", "bed")),
        *(("gmt", ids.value, scale) for ids in Ids for scale in ("", "small")),
        *(("network", ids.value, "") for ids in Ids),
    }
    assert {one.file for one in files} >= {
        "tflink-1.0_all.nt.gz",
        "tflink-1.0_all_edges.tsv.gz",
        "tflink-1.0_homo-sapiens.nt.gz",
        "tflink-1.0_homo-sapiens_targets_entrez_small-scale.gmt",
        "tflink-1.0_homo-sapiens_network_symbol.tsv.gz",
    }


# The manifest


def test_the_manifest_is_true(release: Release, files: list[File]) -> None:
    folder = release.path / FOLDER
    assert {path.name for path in folder.iterdir()} == {one.file for one in files}
    assert len({one.id for one in files}) == len(files)
    for one in files:
        data = (folder / one.file).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one.bytes, one.sha256)
        assert "non-commercial" in one.terms
        assert one.dataset == "tflink-1.0"
        assert datetime.fromisoformat(one.date) <= datetime.now(UTC)
    verify(release)  # they are sealed with the release
    assert not (release.path / ".once.nt").exists()


def test_broken_and_missing_manifests(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    for text in ("", "[]", '{"files": [{"id": "a"}]}'):
        (tmp_path / MANIFEST).write_text(text)
        with pytest.raises(ReleaseError, match="cannot be read"):
            read_manifest(tmp_path)


def test_the_description_names_the_files(made: Path, tmp_path: Path) -> None:
    built, _ = build([made], tmp_path, public_url=ADDRESS)
    graph = rdflib.Graph()
    for quad in pyoxigraph.parse(path=str(built.path / "metadata.nq")):
        text = pyoxigraph.serialize([quad.triple], format=RdfFormat.N_TRIPLES)
        graph.parse(data=text, format="nt")
    files = read_manifest(built.path)
    assert files
    node = URIRef(f"{DATASET}tflink-1.0")
    terms = graph.value(node, DCTERMS.license)
    for one in files:
        address = URIRef(f"{ADDRESS}/downloads/{one.id}")
        told = graph.value(predicate=DCAT.downloadURL, object=address)
        assert (node, DCAT.distribution, told) in graph
        assert (told, RDF.type, DCAT.Distribution) in graph
        assert graph.value(told, DCAT.byteSize) == Literal(one.bytes)
        assert graph.value(told, DCTERMS.license) == terms
        assert str(graph.value(told, DCAT.mediaType)).endswith(one.content_type)
        assert ((told, DCAT.compressFormat, None) in graph) == one.is_compressed
        assert ((node, VOID.dataDump, address) in graph) == (one.format == "nt")
    assert validate(built.path).conforms


# Odd releases


def test_odd_organisms_and_second_reports(made: Path, tmp_path: Path) -> None:
    again = row(PubmedID="1;2", Source_database="GTRD", Small_scale_evidence="No")
    (tmp_path / "again.tsv").write_text(table(again), "utf-8")
    built, report = build([made, tmp_path / "again.tsv"], tmp_path / "releases")
    assert report.seconds["downloads"] > 0
    files = read_manifest(built.path)
    assert files
    odd = the(files, "tsv", "../Homo sapiens")
    assert "/" not in odd.file
    assert odd.file.isascii()
    names = [one.file for one in files]
    assert len(set(names)) == len(names)  # two organisms have one name but for its dots
    [line] = csv.DictReader(io.StringIO(content(built, odd).decode()), dialect="excel-tab")
    assert (line["tf_name"], line["target_name"]) == ("\u00e9 <x>", '"q"')
    whole = triples_of(content(built, the(files, "nt")))
    assert without_blank(data_of(built)) <= without_blank(whole)
    assert len(whole) == the(files, "nt").count
    human = the(files, "tsv", "Homo sapiens")
    rows = csv.DictReader(io.StringIO(content(built, human).decode()), dialect="excel-tab")
    assert sorted(one["reports"] for one in rows) == ["1", "2"]
    small = [one for one in files if one.scale and one.ids == "symbol"]
    assert {one.organism for one in small} == {"Homo sapiens", "Mus musculus"}


def test_files_of_rdf_are_in_them(made: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.ttl").write_text(
        '<x:a> <x:b> "c _: d" ; <x:e> [ <x:f> "> _:b .\\n" ] . [] <x:g> <x:a> .'
    )
    built, _ = build([made, tmp_path / "mine.ttl"], tmp_path / "releases")
    files = read_manifest(built.path)
    assert files
    text = content(built, the(files, "nt"))
    found, expected = triples_of(text), data_of(built)
    assert without_blank(expected) <= without_blank(found)
    assert isomorphic(blank_graph(found), blank_graph(expected))
    assert b'<x:a> <x:b> "c _: d" .' in text
    assert "their terms hold" in the(files, "nt").terms


def test_what_is_recorded_must_be_what_the_store_holds(made: Path, tmp_path: Path) -> None:
    """If it is not, all is read from the store."""
    release, _ = build([made], tmp_path / "releases", source="mine", downloads=False)
    (tmp_path / "once").write_bytes(b"<x:a> <x:b> <x:c> .\n")
    recorded = slices.Recorded((tmp_path / "once",), frozenset(), "core")
    when = datetime(2026, 1, 2, tzinfo=UTC)
    (tmp_path / "edges.sqlite").symlink_to(release.path / "edges.sqlite")
    files = downloading.write(
        downloading.Release(tmp_path, release.store, "mine", recorded, when), 1
    )
    text = gzip.decompress((tmp_path / FOLDER / the(files, "nt").file).read_bytes())
    assert b"<x:a>" not in text
    assert without_blank(data_of(release)) <= without_blank(triples_of(text))
    assert {one.terms for one in files} == {""}  # nobody knows those of 'mine'


@pytest.mark.parametrize("entail", ["none", "full"])
def test_other_levels_of_entailment(made: Path, tmp_path: Path, entail: str) -> None:
    built, _ = build([made], tmp_path, entail=entail)
    files = read_manifest(built.path)
    assert files
    found, expected = triples_of(content(built, the(files, "nt"))), data_of(built)
    assert without_blank(expected) <= without_blank(found)
    assert isomorphic(blank_graph(found), blank_graph(expected))


def test_the_bytes_do_not_depend_on_processes(made: Path, tmp_path: Path) -> None:
    def sums(jobs: int) -> list[tuple[str, str]]:
        built, _ = build([made], tmp_path / str(jobs), jobs=jobs)
        return [(one.file, one.sha256) for one in read_manifest(built.path) or []]

    assert sums(1) == sums(2)


def test_releases_without_files(made: Path, tmp_path: Path) -> None:
    for number, options in enumerate(({"downloads": False}, {"plain": True})):
        built, report = build([made], tmp_path / str(number), **options)  # type: ignore[arg-type]
        assert read_manifest(built.path) is None
        assert not (built.path / FOLDER).exists()
        assert not (built.path / ".once.nt").exists()
        assert "downloads" not in report.seconds


# Several data sets, each with terms of its own

TRRUST = {
    "trrust.human.tsv": "NANOG\tDKK1\tRepression\t19148141\nNANOG\tMYB\tUnknown\t1\n"
    "DKK1\tNANOG\tUnknown\t19148141\n",
}


@pytest.fixture(scope="module")
def blended(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of TFLink and TRRUST: an edge that both report, and two that TRRUST alone does,
    one of them the other way round."""
    folder = tmp_path_factory.mktemp("blended")
    rows = row(), row(UniprotID_TF="P10242", Name_TF="MYB", NCBI_GeneID_TF="4602")
    (folder / "table.tsv").write_text(table(*rows), "utf-8")
    for name, text in TRRUST.items():
        (folder / name).write_text(text, "utf-8")
    built, _ = build([folder], folder / "releases", public_url=ADDRESS)
    return built


def of_dataset(release: Release, dataset: str) -> dict[str, File]:
    files = read_manifest(release.path)
    assert files
    return {one.file: one for one in files if one.dataset == dataset}


def whole(release: Release, dataset: str) -> set[pyoxigraph.Triple]:
    file = of_dataset(release, dataset)[f"{dataset}_all.nt.gz"]
    text = content(release, file)
    found = triples_of(text)
    assert text.count(b"\n") == len(found) == file.count
    return found


def named(triples: set[pyoxigraph.Triple], property: str) -> set[str]:
    return {
        getattr(one.object, "value", "")
        for one in triples
        if one.predicate.value == TERM + property
    }


def test_a_data_set_has_what_it_reports_and_no_more(blended: Release) -> None:
    tflink, trrust = whole(blended, "tflink-1.0"), whole(blended, "trrust-2")
    assert named(tflink, "reportedBy") == {DATASET + "tflink-1.0"}
    assert named(trrust, "reportedBy") == {DATASET + "trrust-2"}
    assert not named(tflink, "evidence") & named(trrust, "evidence")
    both, mine = INTERACTION + "Q9H9S0_O94907", INTERACTION + "Q9H9S0_P10242"
    turned = INTERACTION + "O94907_Q9H9S0"
    subjects = {name: {str(one.subject.value) for one in found if hasattr(one.subject, "value")}
                for name, found in (("tflink", tflink), ("trrust", trrust))}  # fmt: skip
    assert both in subjects["tflink"] & subjects["trrust"]
    assert {mine, turned} <= subjects["trrust"] - subjects["tflink"]
    regulates = NamedNode(TERM + "regulates")
    nanog, dkk1 = NamedNode(UNIPROT + "Q9H9S0"), NamedNode(UNIPROT + "O94907")
    there, back = (
        pyoxigraph.Triple(nanog, regulates, dkk1),
        pyoxigraph.Triple(dkk1, regulates, nanog),
    )
    assert there in tflink & trrust
    assert back in trrust - tflink
    # Papers, the other data set, and roles that only its edges tell.
    assert PUBMED + "19148141" in subjects["trrust"] - subjects["tflink"]
    assert DATASET + "trrust-2" not in subjects["tflink"]
    assert DATASET + "tflink-1.0" not in subjects["trrust"]
    role = pyoxigraph.Triple(
        dkk1, NamedNode(str(RDF.type)), NamedNode(TERM + "TranscriptionFactor")
    )
    assert role in trrust - tflink
    # Of proteins the other has what names them.
    of_proteins = {
        one.predicate.value
        for one in trrust
        if isinstance(one.subject, NamedNode) and one.subject.value.startswith(UNIPROT)
    }
    assert TERM + "encodedBy" not in of_proteins
    assert {str(RDF.type), str(DCTERMS.identifier), TERM + "regulates"} <= of_proteins
    # Nothing is lost.
    assert without_blank(data_of(blended)) <= without_blank(tflink | trrust)


def test_both_ways_of_writing_leave_out_the_same(blended: Release, tmp_path: Path) -> None:
    """What is read from the store is what is written again."""
    (tmp_path / "edges.sqlite").symlink_to(blended.path / "edges.sqlite")
    when = datetime(2026, 1, 2, tzinfo=UTC)
    files = downloading.write(
        downloading.Release(tmp_path, blended.store, "tflink-1.0", None, when), 1
    )
    assert {one.file for one in files} == {one.file for one in read_manifest(blended.path) or []}
    described = {
        quad.triple
        for name in METADATA_GRAPHS
        for quad in pyoxigraph.Store.read_only(str(blended.store)).quads_for_pattern(
            None, None, None, NamedNode(name)
        )
    }
    for dataset in ("tflink-1.0", "trrust-2"):
        text = gzip.decompress((tmp_path / FOLDER / f"{dataset}_all.nt.gz").read_bytes())
        again = without_blank(triples_of(text)) - described
        assert again == without_blank(whole(blended, dataset)) - described


def test_tables_count_the_reports_of_their_data_set(blended: Release) -> None:
    for dataset, expected in (
        ("tflink-1.0", {("NANOG", "DKK1"), ("MYB", "DKK1")}),
        ("trrust-2", {("NANOG", "DKK1"), ("NANOG", "MYB"), ("DKK1", "NANOG")}),
    ):
        for name in (f"{dataset}_all_edges.tsv.gz", f"{dataset}_homo-sapiens_edges.tsv.gz"):
            file = of_dataset(blended, dataset)[name]
            text = content(blended, file).decode()
            rows = list(csv.DictReader(io.StringIO(text), dialect="excel-tab"))
            assert {(one["tf_name"], one["target_name"]) for one in rows} == expected
            assert {one["datasets"] for one in rows} == {dataset}
            assert {one["reports"] for one in rows} == {"1"}
            assert file.count == len(rows)
    names = of_dataset(blended, "trrust-2")
    sets = content(blended, names["trrust-2_homo-sapiens_targets_symbol.gmt"]).decode()
    assert {members for one in read_gmt(sets).values() for members in one} == {
        "DKK1", "MYB", "NANOG",
    }  # fmt: skip
    assert not [name for name in names if "entrez" in name]  # gene ids are TFLink's


def test_each_file_tells_its_own_terms(blended: Release) -> None:
    for dataset, title, terms, cited in (
        ("tflink-1.0", "TFLink 1.0", "non-commercial", "Liska"),
        ("trrust-2", "TRRUST 2", "CC BY-SA 4.0", "Han H"),
    ):
        files = of_dataset(blended, dataset)
        assert files
        for name, one in files.items():
            assert name.startswith(f"{dataset}_")
            assert one.dataset_title == title
            assert terms in one.terms
            assert cited in one.citation
    assert not [one for one in of_dataset(blended, "trrust-2").values() if "non-comm" in one.terms]


def test_the_description_has_each_data_set(blended: Release) -> None:
    graph = rdflib.Graph()
    for quad in pyoxigraph.parse(path=str(blended.path / "metadata.nq")):
        text = pyoxigraph.serialize([quad.triple], format=RdfFormat.N_TRIPLES)
        graph.parse(data=text, format="nt")
    terms = {}
    for dataset in ("tflink-1.0", "trrust-2"):
        node = URIRef(DATASET + dataset)
        assert (node, RDF.type, VOID.Dataset) in graph
        terms[dataset] = graph.value(node, DCTERMS.license)
        files = of_dataset(blended, dataset)
        told = {
            str(graph.value(one, DCAT.downloadURL)).rpartition("/")[2]: one
            for one in graph.objects(node, DCAT.distribution)
        }
        assert files.keys() <= told.keys()
        assert {graph.value(told[name], DCTERMS.license) for name in files} == {terms[dataset]}
    assert terms["tflink-1.0"] != terms["trrust-2"]
    trrust = URIRef(DATASET + "trrust-2")
    count = of_dataset(blended, "trrust-2")["trrust-2_all.nt.gz"].count
    assert list(graph.objects(trrust, VOID.triples)) == [Literal(count)]
    assert validate(blended.path).conforms


@pytest.mark.parametrize("entail", ["none", "full"])
def test_nothing_leaks_by_entailment(site_files: Path, tmp_path: Path, entail: str) -> None:
    """What follows from an edge that another data set alone reports is left out, too; and the
    bytes do not depend on the number of processes."""
    (tmp_path / "trrust.human.tsv").write_text(TRRUST["trrust.human.tsv"], "utf-8")
    inputs = [site_files, tmp_path / "trrust.human.tsv"]
    built, again = (
        build(inputs, tmp_path / str(jobs), entail=entail, jobs=jobs)[0] for jobs in (1, 2)
    )
    tflink, trrust = whole(built, "tflink-1.0"), whole(built, "trrust-2")
    assert without_blank(data_of(built)) <= without_blank(tflink | trrust)
    turned = INTERACTION + "O94907_Q9H9S0"
    nanog, dkk1 = UNIPROT + "Q9H9S0", UNIPROT + "O94907"
    for triples, expected in ((tflink, False), (trrust, True)):
        ends = {
            (getattr(one.subject, "value", ""), getattr(one.object, "value", ""))
            for one in triples
            if one.predicate.value == TERM + "regulates"
        }
        assert ((dkk1, nanog) in ends) == expected
        assert (nanog, dkk1) in ends
        assert any(turned in str(one) for one in triples) == expected
    sums = [{one.file: one.sha256 for one in read_manifest(it.path) or []} for it in (built, again)]
    assert sums[0] == sums[1]


# Binding sites


@pytest.fixture(scope="module")
def site_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sites of two organisms, some of whose sequences come later, and one without a place."""
    folder = tmp_path_factory.mktemp("sited")
    nowhere = dict.fromkeys(("Assembly", "Chromosome", "Start", "End", "Strand"), "-")
    fly = {
        "UniprotID_TF": "P02836", "Name_TF": "en", "Organism": "Drosophila melanogaster",
        "Assembly": "dm6", "Chromosome": "chr2R", "Number_of_TFBS_overlaps": "0",
        "TFBS_overlaps": "-",
    }  # fmt: skip
    sites = [
        site_row(),
        site_row(TFLinkID="TFLinkSS00000002", Start="7", End="11", Strand="-"),
        site_row(TFLinkID="TFLinkSS00000003", **nowhere, Number_of_TFBS_overlaps="-",
                 TFBS_overlaps="-"),
        site_row(TFLinkID="TFLinkSS00000004", **fly),
        site_row(TFLinkID="TFLinkSS00000005", **fly, Start="10", End="14"),
    ]  # fmt: skip
    (folder / "table.tsv").write_text(table(row()), "utf-8")
    (folder / "sites.tsv").write_text(site_table(*sites), "utf-8")
    sequences = (
        ">TFLinkSS00000001;P41225;SOX3;hg38;chr1:100-104\nACGT\n"
        ">TFLinkSS00000004;P02836;en;dm6;chr2R:100-104\nACGTA\n"
        ">TFLinkSS00000005;P02836;en;dm6;chr2R:10-14\nACGTACGT\n"
    )
    (folder / "more.fasta").write_text(sequences, "utf-8")
    return folder


@pytest.fixture(scope="module")
def sited(site_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    built, report = build([site_files], tmp_path_factory.mktemp("sited-release"))
    assert not report.rejections
    return built


def sites_of(release: Release) -> dict[str, set[str]]:
    """The local names of the binding sites by the organism whose file has something of them."""
    found = {}
    for one in read_manifest(release.path) or []:
        if one.format == "nt" and one.organism:
            subjects = {line.split(b" ", 1)[0] for line in content(release, one).splitlines()}
            start = f"<{BINDING_SITE}".encode()
            found[one.organism] = {
                name.removeprefix(start)[:-1].decode()
                for name in subjects
                if name.startswith(start)
            }
    return found


def test_sites_are_with_the_organism_of_what_binds_them(sited: Release) -> None:
    assert sites_of(sited) == {
        "Homo sapiens": {f"TFLinkSS0000000{number}" for number in (1, 2, 3)},
        "Drosophila melanogaster": {"TFLinkSS00000004", "TFLinkSS00000005"},
    }
    files = read_manifest(sited.path) or []
    found = triples_of(content(sited, the(files, "nt")))
    assert without_blank(data_of(sited)) <= without_blank(found)
    fly = content(sited, the(files, "nt", "Drosophila melanogaster"))
    assert fly.count(b'bindingSequence> "') == 2  # they come after all else of their sites
    assert b"assembly/dm6/chr2R> <" in fly
    assert b"assembly/hg38" not in fly


def test_the_places_of_sites(sited: Release) -> None:
    files = read_manifest(sited.path) or []
    human, fly = (the(files, "bed", one) for one in ("Homo sapiens", "Drosophila melanogaster"))
    assert human.file == "tflink-1.0_homo-sapiens_hg38_binding-sites.bed.gz"

    def bed(file: File) -> list[str]:
        lines = content(sited, file).decode().splitlines()
        head = [line for line in lines if line.startswith("#")]
        assert lines[: len(head)] == head
        assert "non-commercial" in "".join(head)
        assert file.count == len(lines) - len(head)
        return lines[len(head) :]

    assert bed(human) == [
        "chr1\t7\t11\tTFLinkSS00000002\t500\t-",
        "chr1\t100\t104\tTFLinkSS00000001\t1000\t+",
    ]
    # Its sequence has one letter more: it counts from 1. That of the other contradicts it.
    assert bed(fly) == ["chr2R\t99\t104\tTFLinkSS00000004\t1000\t+"]
    graph = rdflib.Graph()
    for organism in ("Homo sapiens", "Drosophila melanogaster"):
        file = the(files, "faldo", organism)
        assert file.count == 2
        graph.parse(data=content(sited, file), format="turtle")
    region = rdflib.URIRef(f"{BINDING_SITE}TFLinkSS00000004#region")
    begin = graph.value(region, URIRef(FALDO + "begin"))
    assert graph.value(begin, URIRef(FALDO + "position")) == Literal(100)
    bases = {
        str(site).rpartition("/")[2]: str(base)
        for site, base in graph.subject_objects(URIRef(TERM + "coordinateBase"))
    }
    assert bases == {"TFLinkSS00000002": "assumed", "TFLinkSS00000005": "unknown"}


@pytest.mark.parametrize("size", [1, 300, 1000])
def test_sites_that_stand_across_chunks(
    size: int, sited: Release, site_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a text is cut, a site's lines stay together: when they are written again, and when
    they are read from the store."""
    monkeypatch.setattr(slices, "CHUNK", size)
    built, _ = build([site_files], tmp_path / "releases")
    assert sites_of(built) == sites_of(sited)
    (tmp_path / "edges.sqlite").symlink_to(sited.path / "edges.sqlite")
    when = datetime(2026, 1, 2, tzinfo=UTC)
    files = downloading.write(
        downloading.Release(tmp_path, sited.store, "tflink-1.0", None, when), 1
    )
    for found in (read_manifest(built.path) or [], files):
        counts = {one.file: one.count for one in found if one.format in ("bed", "faldo")}
        assert counts == {
            one.file: one.count
            for one in read_manifest(sited.path) or []
            if one.format in ("bed", "faldo")
        }


def test_what_is_recorded_is_enough(sited: Release, blended: Release) -> None:
    """Nothing had to be read from the store, which would have given it in another order."""
    for release in (sited, blended):
        files = read_manifest(release.path) or []
        lines = content(release, next(one for one in files if one.format == "nt")).splitlines()
        assert lines[:300] == sorted(lines[:300])


# Parts


def test_parts_are_gzip_again(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    line = b"<x:a> <x:b> <x:c> .\n"
    with ThreadPoolExecutor(2) as pool:
        writer = PartWriter(tmp_path / "a", pool)
        for _ in range(3 * BLOCK // len(line) // 1000):
            writer.write(line * 1000)
        part = writer.close()
    whole = joined(tmp_path / "b.gz", [compressed(b"# head\n"), part, part])
    data = (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress(data) == b"# head\n" + line * whole.lines
    assert whole.lines == 2 * part.lines
    assert (whole.bytes, whole.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert data[4:8] == b"\0\0\0\0"  # no time


def test_a_manifest_is_plain_json(release: Release, files: list[File]) -> None:
    told = json.loads((release.path / MANIFEST).read_text("utf-8"))
    assert [File(**one) for one in told["files"]] == files
    assert replace(files[0], taxon="http://purl.uniprot.org/taxonomy/9606").taxon_id == "9606"
