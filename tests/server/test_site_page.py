"""The pages of binding sites and chromosomes, and what the pages of proteins say of sites and of
accessions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from rdfconv.building import build
from rdfconv.config import Settings
from server.app import create_app
from server.engine.embedded import EmbeddedEngine
from server.pages import sites
from tests.server.markup import Element, read
from tests.server.stored import BASE, PREFIXES

CHROMOSOME = "/assembly/saccer1/chrX"
SITES = {
    "zero": (100, 104, "+", "ACGT"),
    "one": (200, 204, "-", "ACGTA"),
    "bare": (300, 304, "", ""),
    "odd": (400, 404, "+", "ACGTACG"),
    "large": (12_000, 13_000, "-", "ACGT" * 250),
    **{f"many{number:03}": (20_000 - number, 20_010, "+", "") for number in range(150)},
}
"""Sites by name: reported start and end, strand, sequence."""


def crafted() -> str:
    text = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    text += f"@base <{BASE}> .\n@prefix site: <{BASE}bindingsite/> .\n"
    for name, (start, end, strand, sequence) in SITES.items():
        text += f"""
site:{name} a obo:SO_0000235 ; tfl:boundBy uniprotkb:P00001 ;
  tfl:chromosome <assembly/saccer1/chrX> ; tfl:reportedStart {start} ; tfl:reportedEnd {end} ."""
        text += f'site:{name} tfl:strand "{strand}" .' if strand else ""
        text += f'site:{name} tfl:bindingSequence "{sequence}" .' if sequence else ""
    return (
        text
        + f"""
<assembly/saccer1> a obo:SO_0001505 ; rdfs:label "saccer1" .
<assembly/saccer1/chrX> a obo:SO_0000340 ; rdfs:label "chrX" ; tfl:assembly <assembly/saccer1> .
<assembly/unstated-yeast/chrX> a obo:SO_0000340 ; rdfs:label "chrX" .
<assembly/saccer1/chrY> a obo:SO_0000340 ; rdfs:label "chrY" .
site:TFLinkSS00000001 a obo:SO_0000235 ; tfl:boundBy uniprotkb:P00002 .
site:elsewhere a obo:SO_0000235 ; tfl:boundBy uniprotkb:P00002 ; tfl:reportedStart 7 ;
  tfl:reportedEnd 9 ; tfl:chromosome <assembly/unstated-yeast/chrX> .
site:zero tfl:overlaps 3 ; tfl:overlappingSites "one bare TFLinkSS00000009" ;
  tfl:evidence <evidence/{"a" * 26}> .
site:bare tfl:overlaps 0 .
<evidence/{"a" * 26}> a tfl:Evidence ; tfl:smallScale true ;
  tfl:reportedBy <dataset/first> ; tfl:sourceDatabase <database/A> ;
  tfl:detectionMethod <method/narrow> ; tfl:primaryReference <{PUBMED}11> ;
  tfl:databaseReference <{PUBMED}22> ; tfl:reference <{PUBMED}11> , <{PUBMED}22> , <{PUBMED}33> .
<database/A> rdfs:label "Alpha base" . <method/narrow> rdfs:label "narrow method" .
uniprotkb:P00001 a up:Protein ; rdfs:label "ALPHA" ;
  tfl:accessionStatus tfl:mergedAccession ;
  dcterms:isReplacedBy uniprotkb:P00002 , uniprotkb:P00003 .
uniprotkb:P00002 a up:Protein ; rdfs:label "BETA" .
uniprotkb:P00003 a up:Protein ; tfl:accessionStatus tfl:deletedAccession .
uniprotkb:P00004 a up:Protein ; rdfs:label "DELTA" .
"""
    )


PUBMED = "http://rdf.ncbi.nlm.nih.gov/pubmed/"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    root = tmp_path_factory.mktemp("sites")
    (root / "crafted.ttl").write_text(crafted(), "utf-8")
    build([root / "crafted.ttl"], root / "releases")
    settings = Settings(release=str(root / "releases"), workers=1)
    engine = EmbeddedEngine(settings)
    yield create_app(settings, engine).test_client()
    engine.close()


def main_of(client: FlaskClient, path: str) -> Element:
    reply = client.get(path, headers={"Accept": "text/html"})
    assert reply.status_code == 200, reply.text
    return read(reply.text).one("main")


def browser(client: FlaskClient, name: str) -> dict[str, list[str]] | None:
    links = main_of(client, f"/bindingsite/{name}").links
    found = [link for link in links if link.startswith("https://genome.ucsc.edu/")]
    return parse_qs(urlsplit(found[0]).query) if found else None


# Sites


@pytest.mark.parametrize(
    ("name", "counted", "proven"),
    [
        ("zero", "counts from 0 and leaves the end out", "101-104 (4 bases)"),
        ("one", "counts from 1 and has both ends in", "200-204 (5 bases)"),
        ("large", "1,000 letters, as many as", "12,001-13,000 (1,000 bases)"),
        ("bare", "gives no sequence that would prove", None),
        ("odd", "7 letters, which fits neither", None),
    ],
)
def test_how_coordinates_are_counted(
    client: FlaskClient, name: str, counted: str, proven: str | None
) -> None:
    main = main_of(client, f"/bindingsite/{name}")
    terms = main.terms()
    start, end, strand, sequence = SITES[name]
    assert terms["Reported start and end"].text == f"{start:,}-{end:,}"
    assert counted in terms["How they are counted"].text
    found = terms.get("Counted from 1, both ends in")
    assert (found.text if found else None) == proven
    assert {"+": "forward", "-": "reverse", "": "not known"}[strand] in terms["Strand"].text
    fasta = [pre.raw for pre in main.all("pre") if pre.raw.startswith(">")]
    if sequence:
        head, *lines = fasta[0].strip().split("\n")
        assert head == f">{name} saccer1 chrX:{start}-{end}"
        assert "".join(lines) == sequence
        assert max(map(len, lines)) <= 60
    else:
        assert not fasta


@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("zero", "chrX:101-104"),
        ("one", "chrX:200-204"),
        # Assumed to count from 0; of what is not known, what the source says.
        ("bare", "chrX:301-304"),
        ("odd", "chrX:400-404"),
    ],
)
def test_the_genome_browser(client: FlaskClient, name: str, position: str) -> None:
    assert browser(client, name) == {"db": ["sacCer1"], "position": [position]}


def test_what_the_genome_browser_does_not_have(client: FlaskClient) -> None:
    assert browser(client, "elsewhere") is None
    assert browser(client, "TFLinkSS00000001") is None
    place = main_of(client, "/bindingsite/TFLinkSS00000001").terms()["Place"]
    assert "does not say" in place.text


def test_the_protein_and_the_evidence(client: FlaskClient) -> None:
    main = main_of(client, "/bindingsite/zero")
    assert "/protein/P00001" in main.links
    assert "ALPHA (P00001)" in main.text
    terms = main.section("evidence").terms()
    assert terms["Source databases"].text == "Alpha base"
    assert terms["Detection methods"].text == "narrow method"
    assert terms["Primary papers"].text == "11"
    assert terms["Papers of the databases"].text == "22"
    assert terms["Other references"].text == "33"
    assert terms["Scale"].text == "small-scale"
    (evidence,) = terms["Evidence node"].links
    (back,) = [
        section
        for section in main_of(client, evidence).all("section")
        if section.one("h2").text == "Binding sites with it"
    ]
    assert back.links == ["/bindingsite/zero"]


def test_overlapping_sites(client: FlaskClient) -> None:
    section = main_of(client, "/bindingsite/zero").section("overlapping")
    assert "3 other sites" in section.text
    assert section.links == ["/bindingsite/one", "/bindingsite/bare"]
    assert "TFLinkSS00000009 not in this release" in section.text
    assert "No other site" in main_of(client, "/bindingsite/bare").section("overlapping").text


def test_the_sites_around(client: FlaskClient) -> None:
    terms = main_of(client, "/bindingsite/one").terms()
    around = next(link for link in terms["Chromosome"].links if "start=" in link)
    assert names(main_of(client, around)) == ["zero", "one", "bare", "odd"]


# Chromosomes


def names(main: Element) -> list[str]:
    return [link.rpartition("/")[2] for link in main.section("sites").links if "/bindings" in link]


def pages_from(client: FlaskClient, path: str) -> list[str]:
    """The sites on all pages of a list."""
    found: list[str] = []
    while path:
        main = main_of(client, path)
        found += names(main)
        path = next((one.attrs["href"] for one in main.all("a", rel="next")), "")
    return found


BY_START = sorted(SITES, key=lambda name: SITES[name][0])


def test_the_sites_of_a_chromosome(client: FlaskClient) -> None:
    main = main_of(client, CHROMOSOME)
    assert main.section("sites").one("caption").text == f"1-100 of {len(SITES)}"
    assert pages_from(client, CHROMOSOME) == BY_START
    assert "None listed" in main_of(client, "/assembly/saccer1/chrY").text


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize(
    ("start", "end"), [(200, 400), (201, 399), (19_000, 20_000), (500, 600), (0, 9_999)]
)
def test_the_sites_of_a_region(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, is_large: bool, start: int, end: int
) -> None:
    if is_large:
        monkeypatch.setattr(sites, "SORTED", 20)
    found = pages_from(client, f"{CHROMOSOME}?start={start}&end={end}")
    assert found == [name for name in BY_START if start <= SITES[name][0] <= end]


def test_a_large_chromosome_is_not_sorted(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites, "SORTED", 20)
    assert sorted(pages_from(client, CHROMOSOME)) == sorted(SITES)
    main = main_of(client, CHROMOSOME)
    assert "in no order" in main.section("sites").text
    assert main.section("sites").one("caption").text == "1-100"
    wide = client.get(f"{CHROMOSOME}.html?start=1&end=10001")
    assert wide.status_code == 400
    problem = json.loads(wide.data)
    assert "10,001 bases" in problem["detail"]
    assert "at most 10,000" in problem["hint"]
    monkeypatch.setattr(sites, "FARTHEST", 1)
    assert len(pages_from(client, CHROMOSOME)) == 100
    assert client.get(f"{CHROMOSOME}.html?page=2").status_code == 404


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("start=5", 400, "one end of the region is missing"),
        ("start=x&end=5", 400, "is no position"),
        ("start=-1&end=5", 400, "is no position"),
        (f"start=1&end={'9' * 5000}", 400, "is no position"),
        ("start=9&end=5", 400, "ends before it starts"),
        ("page=0", 400, "no number from 1 on"),
        ("page=3", 404, "The last page is 2"),
        ("start=1&end=500&page=2", 404, "The last page is 1"),
        ("from=5", 400, "there is no parameter"),
    ],
)
def test_bad_regions(client: FlaskClient, query: str, status: int, words: str) -> None:
    reply = client.get(f"{CHROMOSOME}.html?{query}")
    assert reply.status_code == status
    problem = json.loads(reply.data)
    assert words in problem["detail"]
    assert problem["hint"]


def test_the_query_gives_the_sites(client: FlaskClient) -> None:
    for path, start, end in ((CHROMOSOME, 0, 10**9), (f"{CHROMOSOME}?start=1&end=300", 1, 300)):
        section = main_of(client, path).section("behind")
        run = [link for link in section.links if link.startswith("/sparql?")][-1]
        reply = client.get(run, headers={"Accept": "application/sparql-results+json"})
        rows = json.loads(reply.data)["results"]["bindings"]
        found = [row["site"]["value"].rpartition("/")[2] for row in rows]
        assert found == [name for name in BY_START if start <= SITES[name][0] <= end]


# Proteins


def test_the_sites_of_a_protein(client: FlaskClient) -> None:
    main = main_of(client, "/protein/P00001")
    assert names(main) == BY_START[:100]
    assert "The first 100; all" in main.text
    whole = next(link for link in main.links if link.endswith("format=csv"))
    assert len(client.get(whole).text.split()) == len(SITES) + 1
    other = main_of(client, "/protein/P00002").section("sites")
    assert sorted(link for link in other.links if "/bindings" in link) == [
        "/bindingsite/TFLinkSS00000001",
        "/bindingsite/elsewhere",
    ]
    assert "not known" in other.text


def test_a_protein_without_sites(client: FlaskClient) -> None:
    assert "Binding sites" not in main_of(client, "/protein/P00004").text


def test_accessions_that_are_no_more(client: FlaskClient) -> None:
    merged = main_of(client, "/protein/P00001")
    assert "UniProt merged this accession into BETA (P00002), P00003" in merged.text
    assert {"/protein/P00002", "/protein/P00003"} <= set(merged.links)
    assert "UniProt deleted the entry" in main_of(client, "/protein/P00003").text
    for words in ("UniProt merged", "UniProt deleted"):
        assert words not in main_of(client, "/protein/P00002").text


# The search


@pytest.mark.parametrize(
    "text",
    [
        "TFLinkSS00000001",
        " tflinkss00000001 ",
        "tfls:TFLinkSS00000001",
        f"{BASE}bindingsite/TFLinkSS00000001",
    ],
)
def test_an_id_leads_to_its_site(client: FlaskClient, text: str) -> None:
    reply = client.get("/search", query_string={"q": text}, headers={"Accept": "text/html"})
    assert reply.status_code in (302, 303)
    assert urlsplit(reply.headers["Location"]).path == "/bindingsite/TFLinkSS00000001"


def test_an_id_of_no_site_is_searched_for(client: FlaskClient) -> None:
    reply = client.get("/search.json", query_string={"q": "TFLinkSS99999999"})
    assert (reply.status_code, json.loads(reply.data)["address"]) == (200, None)
