"""The pages and documents of all things, against real servers."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from pyld import jsonld

from rdfconv.building import build
from tests.conftest import StartServer
from tests.server.following import links, pages_of, same, union
from tests.server.markup import numbers, read
from tests.server.stored import BASE, TFL, Stored
from tests.server.web import ask, fetch

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FORMATS = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "html": "text/html",
}
ACCEPTS = [
    (None, "ttl"),
    ("", "ttl"),
    ("*/*", "ttl"),
    ("text/turtle", "ttl"),
    ("application/ld+json", "jsonld"),
    ("application/n-triples", "nt"),
    ("application/rdf+xml", "rdf"),
    ("text/html", "html"),
    (BROWSER, "html"),
    ("application/rdf+xml;q=0.8, application/ld+json;q=0.9, */*;q=0.1", "jsonld"),
]
UNIPROT = "http://purl.uniprot.org/uniprot/"
PUBMED = "http://rdf.ncbi.nlm.nih.gov/pubmed/"


@dataclass(frozen=True)
class Thing:
    """An example of a kind.

    Attributes:
        kind: the first part of the path of its page.
        name: the rest of it.
        iri: what the page is about.
        shows: what the page for people must say.
    """

    kind: str
    name: str
    iri: str
    shows: str

    @property
    def path(self) -> str:
        return f"/{self.kind}/{self.name}"


THINGS = [
    Thing("protein", "Q06945", f"{UNIPROT}Q06945", "SOX4"),
    Thing("interaction", "P11308_Q06945", f"{BASE}interaction/P11308_Q06945", "ERG"),
    Thing(
        "evidence",
        "q36utc5n7dnbl47n2bpr3wgm4a",
        f"{BASE}evidence/q36utc5n7dnbl47n2bpr3wgm4a",
        "inferred by curator",
    ),
    Thing("gene", "6659", "http://identifiers.org/ncbigene/6659", "SOX4"),
    Thing("paper", "24435928", f"{PUBMED}24435928", "SOX4"),
    Thing("organism", "9606", "http://purl.uniprot.org/taxonomy/9606", "Homo sapiens"),
    Thing("database", "TRRUST", f"{BASE}database/TRRUST", "29087512"),
    Thing("method", "MI_0402", "http://purl.obolibrary.org/obo/MI_0402", "chromatin immunoprecip"),
    Thing(
        "method",
        "array-technology-hybridization",
        f"{BASE}method/array-technology-hybridization",
        "array technology/partial DNA sequence identification by hybridization",
    ),
    Thing("dataset", "tflink-1.0", f"{BASE}dataset/tflink-1.0", "TFLink"),
    Thing("page", "Q06945", f"{BASE}page/Q06945", "6827"),
    Thing("page", "A1Z7K4", f"{BASE}page/A1Z7K4", "A1Z7K4"),
    Thing(
        "bindingsite",
        "TFLinkSS09281087",
        f"{BASE}bindingsite/TFLinkSS09281087",
        "The source counts from 1 and has both ends in",
    ),
    Thing(
        "bindingsite",
        "TFLinkLS05565588",
        f"{BASE}bindingsite/TFLinkLS05565588",
        "gives no sequence that would prove",
    ),
    Thing("assembly", "hg38", f"{BASE}assembly/hg38", "chr14"),
    Thing("assembly", "hg38/chr14", f"{BASE}assembly/hg38/chr14", "NC_000014.9"),
    Thing("graph", "void", f"{BASE}graph/void", "All its triples"),
]
NOT_GRAPHS = [thing for thing in THINGS if thing.kind != "graph"]


def named(thing: Thing) -> str:
    return thing.path


def expected_links(thing: Thing, suffix: str) -> dict[tuple[str, str], str]:
    found = {
        ("alternate", media_type): f"{thing.path}.{other}"
        for other, media_type in FORMATS.items()
        if other != suffix
    }
    found["describes", ""] = thing.iri
    if suffix == "html":
        found["describedby", "text/turtle"] = f"{thing.path}.ttl"
    return found


# Formats


@pytest.mark.parametrize("thing", NOT_GRAPHS, ids=named)
def test_formats_by_accept(base_url: str, thing: Thing) -> None:
    for accept, suffix in ACCEPTS:
        reply = fetch(base_url + thing.path, accept=accept)
        assert (reply.status, reply.media_type) == (200, FORMATS[suffix]), accept
        assert reply.headers["Content-Location"] == f"{thing.path}.{suffix}"
        assert reply.headers["Vary"] == "Accept, Accept-Encoding, Origin"
        assert reply.headers["TFLink-Release"]
        assert links(reply) == expected_links(thing, suffix)


@pytest.mark.parametrize("thing", THINGS, ids=named)
def test_formats_by_suffix(base_url: str, thing: Thing) -> None:
    for suffix, media_type in FORMATS.items():
        # The suffix decides, whatever the Accept header says.
        reply = fetch(f"{base_url}{thing.path}.{suffix}", accept="image/png")
        if thing.kind == "graph":
            reply = fetch(f"{base_url}{thing.path}.{suffix}")
        assert (reply.status, reply.media_type) == (200, media_type)
        assert reply.headers["Content-Location"] is None
        assert links(reply) == expected_links(thing, suffix)
        if suffix == "html":
            assert thing.shows in read(reply.text).one("main").text
        elif thing.kind != "graph":
            assert reply.body == fetch(base_url + thing.path, accept=media_type).body


@pytest.mark.parametrize("thing", THINGS, ids=named)
def test_what_is_not_acceptable(base_url: str, thing: Thing) -> None:
    reply = fetch(base_url + thing.path, accept="image/png, text/csv;q=0.5")
    assert (reply.status, reply.media_type) == (406, "application/problem+json")
    # A graph's address is the graph store's, which has formats for quads as well.
    assert set(reply.json["available"].values()) >= set(FORMATS.values())
    assert reply.json["hint"]
    assert "Accept" in (reply.headers["Vary"] or "")


@pytest.mark.parametrize("thing", THINGS, ids=named)
@pytest.mark.parametrize("accept", ["text/turtle", "text/html"])
def test_head_and_304(base_url: str, thing: Thing, accept: str) -> None:
    url = base_url + thing.path
    full = fetch(url, accept=accept)
    head = fetch(url, method="HEAD", accept=accept)
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "Content-Location", "ETag", "Link", "Vary"):
        assert head.headers[name] == full.headers[name], name
    known = fetch(url, accept=accept, headers={"If-None-Match": full.headers["ETag"]})
    assert (known.status, known.body) == (304, b"")
    assert known.headers["ETag"] == full.headers["ETag"]
    assert known.headers["Content-Location"] == full.headers["Content-Location"]
    other = "text/html" if accept == "text/turtle" else "text/turtle"
    assert fetch(url, accept=other, headers={"If-None-Match": full.headers["ETag"]}).status == 200


@pytest.mark.parametrize("thing", THINGS, ids=named)
def test_the_page_names_its_documents(base_url: str, thing: Thing) -> None:
    page = read(fetch(f"{base_url}{thing.path}.html").text)
    alternates = {
        link.attrs["type"]: link.attrs["href"] for link in page.all("link", rel="alternate")
    }
    assert alternates == {
        media_type: f"{thing.path}.{suffix}"
        for suffix, media_type in FORMATS.items()
        if suffix != "html"
    }
    assert set(alternates.values()) <= set(page.one("main").links)
    assert page.one("main").terms().get("IRI", page.one("main")).text
    assert page.one("title").text


# What documents say


@pytest.mark.parametrize("thing", THINGS, ids=named)
@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "nt", "rdf"])
def test_documents_say_what_the_store_says(
    base_url: str, stored: Stored, thing: Thing, suffix: str
) -> None:
    document = union(pages_of(base_url, f"{thing.path}.{suffix}"))
    assert len(document) > 1
    assert (rdflib.URIRef(thing.iri), None, None) in document
    assert same(document, expected(stored, thing))


def expected(stored: Stored, thing: Thing) -> rdflib.Graph:
    """What the documents of a thing say: of a site also its evidence, and where FALDO has it."""
    found = stored.description(thing.kind, thing.iri)
    if thing.kind == "bindingsite":
        for evidence in stored.objects(thing.iri, "evidence"):
            found += stored.description("evidence", evidence)
        (strand,) = stored.objects(thing.iri, "strand") or {""}
        found.parse(data=PLACES[thing.name](strand), format="turtle")
    return found


WORKED_OUT = ("faldo#location", "#coordinateBase")


def of_proven_base(strand: str) -> str:
    """A site from 11963086 to 11963099, counted from 1, in FALDO's words."""
    kind = {"+": "ForwardStrand", "-": "ReverseStrand", "": "Stranded"}[strand]
    begin, end = (11963099, 11963086) if strand == "-" else (11963086, 11963099)
    return f"""
        @prefix faldo: <http://biohackathon.org/resource/faldo#> .
        @prefix site: <{BASE}bindingsite/TFLinkSS09281087#> .
        <{BASE}bindingsite/TFLinkSS09281087> faldo:location site:region .
        site:region a faldo:Region ; faldo:begin site:begin ; faldo:end site:end .
        site:begin a faldo:ExactPosition , faldo:{kind}Position ;
          faldo:position {begin} ; faldo:reference <{BASE}assembly/dm6/chr3R> .
        site:end a faldo:ExactPosition , faldo:{kind}Position ;
          faldo:position {end} ; faldo:reference <{BASE}assembly/dm6/chr3R> ."""


PLACES: Mapping[str, Callable[[str], str]] = {
    "TFLinkSS09281087": of_proven_base,
    "TFLinkLS05565588": lambda strand: (
        f"""
        <{BASE}bindingsite/TFLinkLS05565588> <{TFL}coordinateBase> "assumed" ."""
    ),
}
"""Where the sites of `THINGS` lie, by their strand: what is said beside what the store holds."""


@pytest.mark.parametrize("thing", THINGS, ids=named)
def test_json_ld_says_the_same_to_another_reader(
    base_url: str, stored: Stored, thing: Thing
) -> None:
    """Another one than rdflib, which also reads what is not quite JSON-LD 1.1."""
    document = rdflib.Graph()
    for reply in pages_of(base_url, f"{thing.path}.jsonld"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            quads = jsonld.to_rdf(json.loads(reply.body), {"format": "application/n-quads"})
        document.parse(data=quads, format="nt")
    assert same(document, expected(stored, thing))


def test_documents_of_proteins_are_paged_and_lose_nothing(base_url: str, stored: Stored) -> None:
    protein = "Q6TEL1"
    iri = UNIPROT + protein
    as_regulator = stored.count(f"<{iri}> tfl:regulates ?t")
    as_target = stored.count(f"?r tfl:regulates <{iri}>")
    assert as_regulator > 2000
    assert as_target > 0
    itself = stored.count(f"<{iri}> tfl:regulates <{iri}>")
    replies = pages_of(base_url, f"/protein/{protein}", "application/n-triples")
    assert len(replies) == -(-(as_regulator + as_target) // 500)
    edges = []
    for number, reply in enumerate(replies, 1):
        graph = reply.graph()
        own = list(graph.triples((None, rdflib.URIRef(TFL + "regulates"), None)))
        assert len(own) == (500 if number < len(replies) else (as_regulator + as_target) % 500)
        edges += own
        query = f"?page={number}" if number > 1 else ""
        assert reply.headers["Content-Location"] == f"/protein/{protein}.nt{query}"
        previous = links(reply).get(("prev", ""))
        assert previous == (f"/protein/{protein}?page={number - 1}" if number > 1 else None)
    # It regulates itself, which is in both of its lists.
    assert len(set(edges)) == len(edges) - itself == as_regulator + as_target - itself
    assert same(union(replies), stored.description("protein", iri))
    behind = fetch(f"{base_url}/protein/{protein}.nt?page={len(replies) + 1}")
    assert behind.status == 404
    assert f"/protein/{protein}.nt?page={len(replies)}" in behind.json["hint"]


# Named graphs: their own addresses are the graph store's


@pytest.mark.parametrize("accept", [None, "*/*", *list(FORMATS.values())[:4]])
def test_a_graph_s_address_gives_the_graph(
    base_url: str, stored: Stored, accept: str | None
) -> None:
    reply = fetch(f"{base_url}/graph/prefixes", accept=accept)
    media_type = "text/turtle" if accept in (None, "*/*") else accept
    assert (reply.status, reply.media_type) == (200, media_type)
    assert "Accept" in (reply.headers["Vary"] or "")
    assert same(reply.graph(), stored.graph(f"{BASE}graph/prefixes"))


@pytest.mark.parametrize("accept", ["text/html", BROWSER])
def test_a_browser_gets_a_page_about_the_graph(base_url: str, accept: str) -> None:
    reply = fetch(f"{base_url}/graph/prefixes", accept=accept)
    assert (reply.status, reply.media_type) == (200, "text/html")
    assert reply.headers["Content-Location"] == "/graph/prefixes.html"
    assert "Accept" in (reply.headers["Vary"] or "")
    (whole,) = read(reply.text).one("main").terms()["All its triples"].links
    assert len(fetch(base_url + whole).graph()) == len(fetch(f"{base_url}/graph/prefixes").graph())


# What is not there


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("protein/q06945", "/protein/Q06945"),
        ("protein/q06945.ttl", "/protein/Q06945.ttl"),
        ("protein/Q06945.TTL", "/protein/Q06945.ttl"),
        ("protein/q06945.nt?page=2", "/protein/Q06945.nt?page=2"),
        ("protein/q06945?scale=small&name=%C3%A9", "/protein/Q06945?scale=small&name=%C3%A9"),
        ("interaction/p11308_q06945.HTML", "/interaction/P11308_Q06945.html"),
        ("page/q06945", "/page/Q06945"),
        ("gene/6659.TTL", "/gene/6659.ttl"),
    ],
)
def test_other_spellings_are_redirected(base_url: str, path: str, location: str) -> None:
    reply = fetch(f"{base_url}/{path}")
    assert (reply.status, reply.headers["Location"]) == (301, location)


@pytest.mark.parametrize(
    ("path", "help_text"),
    [
        ("protein/A0A000AAA0", "/search?q=A0A000AAA0"),
        ("protein/nonsense", "UniProtKB accession, like"),
        ("protein/Q06945.xyz", "/protein/Q06945.jsonld"),
        ("protein/Q0694", "UniProtKB accession"),
        ("protein/%3Cscript%3E", "UniProtKB accession"),
        ("protein/%0d%0aX-Header:%20x", "UniProtKB accession"),
        ("protein/%22%20%7D", "UniProtKB accession"),
        ("protein/%F0%9F%92%A9", "UniProtKB accession"),
        ("protein/%FF%FE", "UniProtKB accession"),
        (f"protein/{'A' * 2000}", "UniProtKB accession"),
        ("gene/SOX4", "/protein/Q06945"),
        ("gene/0", "NCBI gene id"),
        ("gene/999999999", "/search?q=999999999"),
        ("paper/abc", "PubMed id"),
        ("paper/1", "/search?q=1"),
        ("interaction/Q06945", "two UniProtKB accessions"),
        ("interaction/Q06945_P11308", "/protein/P11308"),
        ("interaction/Q06945_P11308", "no statement that there is no such regulation"),
        ("evidence/xyz", "26 letters and digits"),
        ("evidence/aaaaaaaaaaaaaaaaaaaaaaaaaa", "says nothing about"),
        ("organism/1", "says nothing about"),
        ("organism/Mus%20x", "says nothing about"),
        ("database/gtrd", "says nothing about"),
        ("method/MI_9999", "says nothing about"),
        ("dataset/x", "says nothing about"),
        ("page/P00000", "says nothing about"),
        ("bindingsite/TFLinkSS00000000", "/search?q=TFLinkSS00000000"),
        ("bindingsite/TFLinkSS00000000", "at most 100 binding sites"),
        ("assembly/hg38/chr99", "/assembly/hg38"),
        ("assembly/hg39", "says nothing about"),
        ("assembly/hg38/chr14/x", "an assembly and a chromosome, like"),
    ],
)
@pytest.mark.parametrize("accept", [None, "text/html", "text/plain"])
def test_what_is_not_there_is_helped(
    base_url: str, path: str, help_text: str, accept: str | None
) -> None:
    reply = fetch(f"{base_url}/{path}", accept=accept)
    assert reply.status == 404
    text = read(reply.text).text if reply.media_type == "text/html" else reply.text
    if reply.media_type == "text/html":
        text += " ".join(read(reply.text).links)
    assert help_text in text
    assert "X-Header" not in reply.headers


def test_what_is_not_there_has_no_such_document_either(base_url: str) -> None:
    for suffix in FORMATS:
        assert fetch(f"{base_url}/protein/A0A000AAA0.{suffix}").status == 404
        assert fetch(f"{base_url}/database/Nothing.{suffix}").status == 404


@pytest.mark.parametrize("kind", ["protein", "gene"])
def test_a_name_in_place_of_an_id_is_helped(base_url: str, kind: str) -> None:
    for name in ("SOX4", "sox4"):
        reply = fetch(f"{base_url}/{kind}/{name}")
        assert reply.status == 404
        assert reply.json["available"]["Q06945"] == "/protein/Q06945"


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e3", "99999999999999999999", "²", "1 "])
def test_malformed_pages(base_url: str, page: str) -> None:
    for path in ("/protein/Q06945.ttl", "/gene/6659.nt", "/database/GTRD.html"):
        reply = fetch(base_url + path, query={"page": page})
        assert reply.status == 400
        assert repr(page) in reply.json["detail"]


@pytest.mark.parametrize("path", ["/protein/Q06945.ttl", "/gene/6659.ttl", "/database/GTRD.ttl"])
def test_pages_behind_the_last(base_url: str, path: str) -> None:
    reply = fetch(f"{base_url}{path}?page=2")
    assert reply.status == 404
    assert f"{path}?page=1" in reply.json["hint"]


@pytest.mark.parametrize("thing", NOT_GRAPHS, ids=named)
@pytest.mark.parametrize("suffix", ["ttl", "html"])
def test_unknown_parameters(base_url: str, thing: Thing, suffix: str) -> None:
    reply = fetch(f"{base_url}{thing.path}.{suffix}?surprise=1")
    assert reply.status == 400
    assert "'surprise'" in reply.json["detail"]
    assert reply.json["hint"]


# Pages for people


@pytest.mark.parametrize("thing", NOT_GRAPHS, ids=named)
def test_links_lead_somewhere(base_url: str, thing: Thing) -> None:
    """Of each kind of page that a page links to, one."""
    page = read(fetch(f"{base_url}{thing.path}.html").text).one("main")
    tried = set()
    for link in page.links:
        if not link.startswith("/"):
            assert link.startswith(("#", "http://", "https://")), link
            continue
        kind = link.split("/")[1].partition("?")[0], "?" in link
        # Files are tested where they are made.
        if kind not in tried and not re.match(r"/interactions\.|/network", link):
            tried.add(kind)
            assert fetch(base_url + link, accept=BROWSER).status == 200, link


@pytest.mark.parametrize(
    ("thing", "pattern"),
    [
        (thing, pattern)
        for thing in THINGS
        if (
            pattern := {
                "evidence": "?i tfl:evidence <{iri}>",
                "paper": "?e tfl:primaryReference <{iri}> . ?i tfl:evidence ?e",
                "database": "?e tfl:sourceDatabase <{iri}> . ?i tfl:evidence ?e",
                "method": "?e tfl:detectionMethod|tfl:detectionMethodOrBroader <{iri}> . "
                "?i tfl:evidence ?e ; tfl:target ?t",
                "organism": "?i tfl:transcriptionFactor/obo:RO_0002162 <{iri}>",
            }.get(thing.kind)
        )
    ],
)
def test_the_edges_of_a_thing(base_url: str, stored: Stored, thing: Thing, pattern: str) -> None:
    section = read(fetch(f"{base_url}{thing.path}.html").text).section("edges")
    ((total,),) = stored.select(
        f"SELECT (COUNT(DISTINCT ?i) AS ?n) {{ {pattern.format(iri=thing.iri)} }}"
    )
    rows = section.rows()
    assert numbers(section.one("caption").text) == [1, len(rows), int(total)]
    assert len(rows) == min(int(total), 100)


@pytest.mark.parametrize(
    ("path", "heading", "pattern"),
    [
        ("/gene/6659", "Proteins it encodes", "?s tfl:encodedBy ncbigene:6659"),
        (
            "/paper/29087512",
            "Databases it describes",
            f"?s tfl:databaseCitation <{PUBMED}29087512>",
        ),
        ("/method/MI_0402", "Narrower methods", "?s tfl:broaderMethod obo:MI_0402"),
    ],
)
def test_what_refers_to_a_thing(
    base_url: str, stored: Stored, path: str, heading: str, pattern: str
) -> None:
    page = read(fetch(f"{base_url}{path}.html").text)
    (section,) = [one for one in page.all("section") if one.one("h2").text == heading]
    found = stored.select(f"SELECT DISTINCT ?s {{ {pattern} }}")
    assert found
    assert {link.rpartition("/")[2] for link in section.links} == {
        iri.rpartition("/")[2] for (iri,) in found
    }


@pytest.mark.parametrize(
    "thing",
    # The others have pages and tests of their own.
    [thing for thing in THINGS if thing.kind not in ("protein", "interaction")],
    ids=named,
)
def test_the_query_behind_a_page_gives_its_facts(base_url: str, thing: Thing) -> None:
    page = read(fetch(f"{base_url}{thing.path}.html").text)
    section = page.section("behind")
    query = section.all("pre", aria_label=f"{section.all('summary')[0].text}, SPARQL")[0].raw
    reply = ask(f"{base_url}/sparql", query, accept="application/sparql-results+json")
    assert reply.status == 200, reply.text
    rows = reply.json["results"]["bindings"]
    values = {row["value"]["value"] for row in rows}
    document = [
        quad
        for one in pages_of(base_url, f"{thing.path}.nt")
        for quad in ox.parse(one.body, ox.RdfFormat.N_TRIPLES)
    ]
    said = {
        quad.object.value
        for quad in document
        # Where a site lies is worked out from what the store says.
        if quad.subject.value == thing.iri and not quad.predicate.value.endswith(WORKED_OUT)
    }
    assert values == said
    run = next(link for link in section.links if link.startswith("/sparql?"))
    assert fetch(base_url + run, accept="text/csv").status == 200


# A release made up for what the sample does not have

TURTLE = f"""
@prefix tfl: <{TFL}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix up: <http://purl.uniprot.org/core/> .
@prefix void: <http://rdfs.org/ns/void#> .
@base <{BASE}> .

<organism/Mus%20imaginarius> a up:Taxon ; up:scientificName "Mus imaginarius" .
<database/Nested> a tfl:SourceDatabase ; rdfs:label "Nested" ;
  rdfs:seeAlso [ rdfs:label "one" ; rdfs:seeAlso [ rdfs:label "two" ; rdfs:seeAlso
    <database/Nested> ] ] .
<dataset/mine> a void:Dataset ; void:propertyPartition <dataset/mine#p> .
<dataset/mine#p> void:property rdfs:label ; rdfs:seeAlso <dataset/mine#q> , [ rdfs:label "b" ] .
<dataset/mine#q> rdfs:label "q" ; rdfs:seeAlso <dataset/mine#p> .
<dataset/mine#r> rdfs:label "not linked" .
<http://purl.uniprot.org/uniprot/P00001> tfl:regulates <http://purl.uniprot.org/uniprot/P00002> .
<http://purl.uniprot.org/uniprot/P00003> a up:Protein ; rdfs:seeAlso [ rdfs:label "blank" ] .
"""
SITES = 700


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, start_server: StartServer) -> tuple[str, Stored]:
    """A server with a release of RDF, and its store."""
    root: Path = tmp_path_factory.mktemp("made")
    (root / "made.ttl").write_text(TURTLE, "utf-8")
    sites = "".join(
        f"<{BASE}page/P00001#site{number}> <{TFL}{name}> {value} <{BASE}graph/pages> .\n"
        for number in range(SITES)
        for name, value in (
            ("listedOn", f"<{BASE}page/P00001>"),
            ("sequence", f'"{"ACGT" * 3}"'),
            ("reportedStart", f'"{number}"'),
        )
    )
    page = f"<{BASE}page/P00001> a <{TFL}ProteinPage> <{BASE}graph/pages> .\n".replace(
        " a ", " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
    )
    (root / "made.nq").write_text(page + sites, "utf-8")
    build([root / "made.ttl", root / "made.nq"], root / "releases")
    return start_server(root / "releases", workers=1).url, Stored(root / "releases")


@pytest.mark.parametrize(
    ("kind", "name", "iri"),
    [
        ("organism", "Mus%20imaginarius", f"{BASE}organism/Mus%20imaginarius"),
        ("database", "Nested", f"{BASE}database/Nested"),
        ("dataset", "mine", f"{BASE}dataset/mine"),
        ("protein", "P00001", f"{UNIPROT}P00001"),
        ("protein", "P00002", f"{UNIPROT}P00002"),
        ("protein", "P00003", f"{UNIPROT}P00003"),
    ],
)
@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "nt", "rdf"])
def test_unusual_documents(
    made: tuple[str, Stored], kind: str, name: str, iri: str, suffix: str
) -> None:
    url, stored = made
    reply = fetch(f"{url}/{kind}/{name}.{suffix}")
    assert reply.status == 200, reply.text
    assert same(reply.graph(), stored.description(kind, iri))
    assert len(reply.graph()) > 0
    assert not list(reply.graph().subjects(None, rdflib.Literal("not linked")))
    assert fetch(f"{url}/{kind}/{name}", accept=BROWSER).status == 200


def test_documents_of_other_things_are_paged_and_lose_nothing(made: tuple[str, Stored]) -> None:
    url, stored = made
    replies = pages_of(url, "/page/P00001")
    assert len(replies) == 2
    assert max(len(reply.graph()) for reply in replies) <= 2000
    assert same(union(replies), stored.description("page", f"{BASE}page/P00001"))
    assert len(union(replies)) == 3 * SITES + 1
