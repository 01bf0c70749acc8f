"""The index of names: what is in it, that it agrees with the store, and that it repeats."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest

import rdfconv
from rdfconv.edges.index import FILE as EDGES
from rdfconv.edges.index import writing
from rdfconv.edges.triples import StoreTriples
from rdfconv.release import SEARCH, Release, open_release, verify
from rdfconv.search.index import CROWD, write
from rdfconv.search.terms import KEY_LENGTH, Kind, key, merit
from tests.inputs import TURTLE_PREFIXES, row, table

UNIPROT = "http://purl.uniprot.org/uniprot/"
HUMAN = "http://purl.uniprot.org/taxonomy/9606"


def ask(release: Release, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(release.path / SEARCH)) as connection:
        return connection.execute(query, values).fetchall()


def stored(release: Release, query: str) -> list[tuple[str, ...]]:
    """The rows of a query to the store: IRIs and the texts of literals."""
    store = pyoxigraph.Store.read_only(str(release.store))
    solutions = store.query(query, prefixes={"tfl": "https://w3id.org/tflink-rdf/ontology#"})
    assert isinstance(solutions, pyoxigraph.QuerySolutions)
    return [tuple(term.value for term in solution) for solution in solutions]


def turtle(path: Path, text: str) -> Path:
    path.write_text(TURTLE_PREFIXES + text, "utf-8")
    return path


def test_a_release_of_the_sample_agrees_with_its_store(sample_release: Path) -> None:
    release = open_release(sample_release)
    verify(release)
    counts = dict(ask(release, "SELECT kind, COUNT(*) FROM entities GROUP BY kind"))
    for kind, class_ in (
        (Kind.PROTEIN, "http://purl.uniprot.org/core/Protein"),
        (Kind.GENE, "https://w3id.org/tflink-rdf/ontology#Gene"),
        (Kind.PAPER, "https://schema.org/ScholarlyArticle"),
        (Kind.DATABASE, "https://w3id.org/tflink-rdf/ontology#SourceDatabase"),
        (Kind.METHOD, "https://w3id.org/tflink-rdf/ontology#DetectionMethod"),
        (Kind.ORGANISM, "http://purl.uniprot.org/core/Taxon"),
        (Kind.EVIDENCE, "https://w3id.org/tflink-rdf/ontology#Evidence"),
    ):
        [(number,)] = stored(release, f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s a <{class_}> }}")
        assert counts[kind] == int(number) > 0, kind
    degrees = {
        iri: int(number)
        for iri, number in stored(
            release, "SELECT ?s (COUNT(*) AS ?n) { ?s tfl:regulates ?o } GROUP BY ?s"
        )
    }
    told = ask(release, "SELECT iri, targets FROM entities WHERE targets > 0")
    assert dict(told) == degrees
    assert all(is_tf for (is_tf,) in ask(release, "SELECT regulator FROM entities WHERE targets"))
    genes = ask(
        release,
        "SELECT p.identifier FROM encoded JOIN entities AS p ON protein = p.id "
        "JOIN entities AS g ON gene = g.id WHERE g.identifier = '6659'",
    )
    assert genes == [("Q06945",)]


def test_content_repeats_to_the_byte(sample_release: Path, tmp_path: Path) -> None:
    release = open_release(sample_release)
    path = tmp_path / "again.sqlite"
    triples = StoreTriples(pyoxigraph.Store.read_only(str(release.store)))
    with writing(tmp_path / EDGES, triples) as numbers:
        write(path, triples, numbers)
        # The build counts what a conversion lists; here the direct edges are asked for.
        assert not numbers.are_all
    assert path.read_bytes() == (release.path / SEARCH).read_bytes()
    assert (tmp_path / EDGES).read_bytes() == (release.path / EDGES).read_bytes()


def test_a_plain_release_of_rdf_without_classes(tmp_path: Path) -> None:
    source = turtle(
        tmp_path / "mine.ttl",
        """
        u:P04637 tfl:regulates u:P38936 ; rdfs:label "TP53"@fr , "TP53" , "p53"@en ;
            skos:altLabel "LFS1" ; obo:RO_0002162 taxon:9606 .
        u:P38936 rdfs:label "CDKN1A" .
        <http://example.org/protein> a up:Protein ; rdfs:label "other's" .
        _:nameless a up:Protein ; rdfs:label "nameless" .
        tfli:P04637_P38936 tfl:evidence tfle:abc , [ tfl:sourceDatabase tfldb:X ] .
        <http://example.org/edge> tfl:transcriptionFactor u:P04637 ;
            tfl:evidence tfle:abc , <http://example.org/evidence> .
        <http://example.org/edge/2> tfl:evidence tfle:abc .
        tfle:abc a tfl:Evidence ; tfl:sourceDatabase tfldb:A%20B .
        """,
    )
    release, report = rdfconv.build([source], tmp_path / "output", plain=True)
    assert "index" in report.seconds
    verify(release)
    proteins = ask(
        release,
        "SELECT identifier, label, regulator, targets, regulators FROM entities "
        "WHERE kind = 'protein' ORDER BY id",
    )
    assert proteins == [
        ("P04637", "TP53", 1, 1, 0),
        ("P38936", "CDKN1A", 0, 0, 1),
        ("http://example.org/protein", "other's", 0, 0, 0),
    ]
    others = ask(release, "SELECT name FROM other_names JOIN entities ON id = entity "
                          "WHERE identifier = 'P04637'")  # fmt: skip
    assert others == [("LFS1",), ("p53",)]
    [(database, edges)] = ask(
        release, "SELECT identifier, edges FROM entities WHERE kind = 'database' AND edges > 0"
    )
    assert (database, edges) == ("A%20B", 1)  # the one with both ends


def test_an_empty_release(tmp_path: Path) -> None:
    source = turtle(tmp_path / "empty.ttl", "")
    release, _ = rdfconv.build([source], tmp_path / "output", plain=True)
    assert ask(release, "SELECT COUNT(*) FROM names") == [(0,)]


def test_an_edge_that_two_sources_report_counts_once_with_each(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(table(row(), row(UniprotID_TF="P11308")), "utf-8")
    source = turtle(
        tmp_path / "b.ttl",
        "tfli:Q9H9S0_O94907 a tfl:RegulatoryInteraction ; tfl:evidence tfle:mine . "
        "tfle:mine a tfl:Evidence .",
    )
    release, _ = rdfconv.build([tmp_path / "a.tsv", source], tmp_path / "output")
    evidence = "SELECT edges FROM entities WHERE kind = 'evidence' ORDER BY edges"
    assert ask(release, evidence) == [(1,), (2,)]


def test_stored_prefixes_are_the_best_of_all_that_begin_so(tmp_path: Path) -> None:
    """The crowd is ranked at the build just as the few are ranked by the server."""
    lines = []
    for number in range(CROWD + 500):
        accession = f"P{number // 1000}{number % 1000:03}{number % 10}"
        organism = ("10090", "9606", "7955")[number % 3]
        lines.append(
            f'u:{accession} a up:Protein ; rdfs:label "ab{number % 7}c{number}" ; '
            f'skos:altLabel "AB" , "x ab{number % 50}" ; obo:RO_0002162 taxon:{organism} .'
        )
    # Some of these accessions are the same: proteins of several names.
    source = turtle(tmp_path / "many.ttl", "\n".join(lines))
    release, _ = rdfconv.build([source], tmp_path / "output", plain=True)
    names = ask(release, "SELECT key, entity, quality FROM names")
    prefixes = {one for (one,) in ask(release, "SELECT DISTINCT prefix FROM prefixes")}
    assert prefixes >= {"a", "ab", "p", "x", "x ", "x a", "x ab"}
    for prefix in prefixes:
        found = [one for one in names if one[0].startswith(prefix)]
        assert len(found) > CROWD
        best: dict[int, int] = {}
        for name, number, quality in found:
            value = merit(name == prefix, quality)
            best[number] = min(value, best.get(number, value))
        expected = sorted(best, key=lambda number: (best[number], number))[:10]
        told = ask(release, "SELECT entity FROM prefixes WHERE prefix = ? ORDER BY place", prefix)
        assert [number for (number,) in told] == expected, prefix


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("SOX4", "sox4"),
        ("SOX\u200f4", "sox4"),
        ("\u202eSOX4\u202c", "sox4"),
        ("\uff33\uff2f\uff38\uff14", "sox4"),
        ("Straße", "STRASSE"),
        ("cafe\u0301", "caf\u00e9"),
        ("  a \t\n b ", "a b"),
        ("a\U0010ffffb", "ab"),
    ],
)
def test_keys_that_are_the_same(left: str, right: str) -> None:
    assert key(left) == key(right)


def test_keys_of_long_names_are_cut_behind_what_can_be_searched_for() -> None:
    assert len(key("a" * 1000)) == KEY_LENGTH + 1
    assert len(key("a" + " " * 1000 + "b")) == 3
    assert key("a" * 240).startswith(key("a" * KEY_LENGTH))
    assert key("a" * 240) != key("a" * KEY_LENGTH)
    assert key("\u200f") == ""
