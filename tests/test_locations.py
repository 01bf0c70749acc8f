"""Where binding sites lie: what the length of a sequence proves, and how FALDO says it."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest
import rdflib
from rdflib import RDF, Literal, URIRef

from rdfconv.identifiers import ASSEMBLY, BINDING_SITE, TERM
from rdfconv.locations import FALDO, TURTLE_HEAD, Location, base_of, described

SITE, CHROMOSOME = BINDING_SITE + "TFLinkSS00000001", ASSEMBLY + "hg38/chr1"


def graph_of(location: Location) -> rdflib.Graph:
    graph = rdflib.Graph()
    for triple in location.triples():
        graph.parse(data=f"{triple} .", format="nt")
    return graph


@pytest.mark.parametrize(
    ("sequence", "strand", "base", "begin", "end"),
    [
        ("ACGT", "+", "0-based, half-open", 101, 104),
        ("ACGT", "-", "0-based, half-open", 104, 101),
        ("ACGTA", "+", "1-based, closed", 100, 104),
        ("ACGTA", "-", "1-based, closed", 104, 100),
        ("ACGT", "", "0-based, half-open", 101, 104),
        ("", "+", "assumed", None, None),
        ("ACG", "+", "unknown", None, None),
        ("ACGTAC", "-", "unknown", None, None),
    ],
)
def test_what_a_sequence_proves(
    sequence: str, strand: str, base: str, begin: int | None, end: int | None
) -> None:
    found = described(SITE, CHROMOSOME, 100, 104, strand, sequence)
    assert (found.base, found.begin, found.end) == (base, begin, end)


@pytest.mark.parametrize(
    ("strand", "kind"),
    [
        ("+", "ForwardStrandPosition"),
        ("-", "ReverseStrandPosition"),
        ("", "StrandedPosition"),
    ],
)
def test_the_shape(strand: str, kind: str) -> None:
    location = described(SITE, CHROMOSOME, 100, 104, strand, "ACGT")
    graph, faldo = graph_of(location), rdflib.Namespace(FALDO)
    region = graph.value(URIRef(SITE), faldo.location)
    assert region == URIRef(SITE + "#region")
    assert (region, RDF.type, faldo.Region) in graph
    for property, number in ((faldo.begin, location.begin), (faldo.end, location.end)):
        position = graph.value(region, property)
        assert set(graph.objects(position, RDF.type)) == {faldo.ExactPosition, faldo[kind]}
        assert graph.value(position, faldo.position) == Literal(number)
        assert graph.value(position, faldo.reference) == URIRef(CHROMOSOME)
    assert len(graph) == 12


def test_what_is_not_proven_has_no_position() -> None:
    for sequence, base in (("", "assumed"), ("A", "unknown")):
        graph = graph_of(described(SITE, CHROMOSOME, 100, 104, "+", sequence))
        assert list(graph) == [(URIRef(SITE), URIRef(TERM + "coordinateBase"), Literal(base))]


def test_lines_stand_below_one_head() -> None:
    """A site of another shape, too, which the base could make something else of."""
    odd = BINDING_SITE + "a:b"
    found = [described(one, CHROMOSOME, 1, 2, "+", "A") for one in (SITE, odd)]
    assert all(one.turtle().count("\n") == 1 for one in found)
    text = TURTLE_HEAD + "".join(one.turtle() for one in found)
    graph = rdflib.Graph().parse(data=text, format="turtle")
    assert len(graph) == 24
    assert (URIRef(odd), URIRef(FALDO + "location"), URIRef(odd + "#region")) in graph


def test_the_rows_of_the_pages(data: Path) -> None:
    """By assembly: all count from 0 but some of the fly's, as far as sequences tell."""
    lengths: Counter[str] = Counter()
    name = ""
    folder = data / "binding_sites"
    sequences = folder / "binding_site_sequences_SS_from_pages.fasta.gz"
    with gzip.open(sequences, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(">"):
                name = line[1:].split(";")[0]
            else:
                lengths[name] += len(line.strip())
    found: Counter[tuple[str, str]] = Counter()
    with gzip.open(folder / "binding_sites_from_pages.tsv.gz", "rt", encoding="utf-8") as rows:
        next(rows)
        for row in rows:
            site, _, _, _, assembly, _, start, end, *_ = row.split("\t")
            if start != "-":
                found[assembly, base_of(int(start), int(end), lengths[site])] += 1
    assert {assembly for assembly, base in found if base == "0-based, half-open"} == {
        "hg38", "mm10", "rn6", "dm6", "ce10", "saccer1",
    }  # fmt: skip
    assert found["dm6", "1-based, closed"] == 1936
    assert found["dm6", "unknown"] == 30
    assert {assembly for assembly, base in found if base in ("1-based, closed", "unknown")} == {
        "dm6"
    }
