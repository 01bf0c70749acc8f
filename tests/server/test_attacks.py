"""Names that attack: whatever the data call things, pages show text and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest
import rdflib

from rdfconv.building import build
from tests.conftest import StartServer
from tests.inputs import row, table
from tests.server.markup import Element, read
from tests.server.stored import BASE, PREFIXES
from tests.server.web import Reply, ask, fetch

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ATTACKS = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</title></script><b onclick=alert(1)>",
    "{{ 7 * 7 }}{% include 'base.html' %}",
    "javascript:alert(1)",
    "&lt;i&gt; &amp; <!-- -->",
    "\u202egpj.exe\u2066 \u200f",
    "x" * 240,
    "\\u003c`${alert(1)}`\\",
]
NUMBERS = range(len(ATTACKS))
IRIS = ["javascript:alert(1)", "data:text/html,alert(1)", "vbscript:x", "urn:x:'onclick=alert(1)"]
"""IRIs that must not become links."""
ISOLATING = {"bdi", "title", "option", "pre", "code", "textarea", "script"}
"""Where text with marks of direction cannot move what stands around it."""
SCRIPTING = {"script", "img", "iframe", "object", "embed", "svg", "style", "link", "form"}


def protein(number: int) -> str:
    return f"P1000{number}"


def evidence(number: int) -> str:
    return "abcdefghi"[number] * 26


def address(kind: str, number: int) -> str:
    """The path of the page of something with an attack for a name."""
    local = {
        "protein": protein(number),
        "interaction": f"{protein(number)}_{protein((number + 1) % len(ATTACKS))}",
        "evidence": evidence(number),
        "gene": str(number + 1),
        "paper": str(number + 1),
        "page": protein(number),
    }.get(kind, quote(ATTACKS[number], safe=""))
    return f"/{kind}/{local}"


KINDS = (
    *("protein", "interaction", "evidence", "gene", "paper", "organism", "database", "method"),
    *("dataset", "page"),
)


def quads() -> Iterator[ox.Quad]:
    """Everything there is, with attacks for names and IRIs that must not become links."""
    pages = ox.NamedNode(f"{BASE}graph/pages")

    def own(kind: str, number: int) -> ox.NamedNode:
        return ox.NamedNode(BASE + address(kind, number)[1:])

    def term(name: str) -> ox.NamedNode:
        prefix, _, local = name.partition(":")
        return ox.NamedNode(PREFIXES[prefix] + local)

    a = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    label = term("rdfs:label")
    bad = [ox.NamedNode(iri) for iri in IRIS]
    for number, attack in enumerate(ATTACKS):
        name = ox.Literal(attack)
        one = term(f"uniprotkb:{protein(number)}")
        other = term(f"uniprotkb:{protein((number + 1) % len(ATTACKS))}")
        gene = term(f"ncbigene:{number + 1}")
        paper = ox.NamedNode(f"http://rdf.ncbi.nlm.nih.gov/pubmed/{number + 1}")
        edge, report = own("interaction", number), own("evidence", number)
        organism, database = own("organism", number), own("database", number)
        method, dataset = own("method", number), own("dataset", number)
        triples: list[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]] = [
            (one, a, term("up:Protein")), (one, label, name), (one, term("skos:altLabel"), name),
            (one, a, term("tfl:TranscriptionFactor")), (one, term("tfl:encodedBy"), gene),
             (one, term("orth:hasOrtholog"), other),
            (one, term("tfl:regulates"), other), (one, term("dcterms:identifier"), name),
            (gene, a, term("tfl:Gene")), (gene, label, name),
            (paper, a, term("schema:ScholarlyArticle")), (paper, label, name),
            (edge, a, term("tfl:RegulatoryInteraction")), (edge, term("tfl:target"), other),
            (edge, term("tfl:transcriptionFactor"), one), (edge, term("tfl:evidence"), report),
            (report, a, term("tfl:Evidence")), (report, term("tfl:sourceDatabase"), database),
            (report, term("tfl:detectionMethod"), method), (report, term("tfl:reference"), paper),
            (report, term("tfl:primaryReference"), paper), (report, term("rdfs:comment"), name),
            (report, term("tfl:unparsedReference"), name),
            (report, term("tfl:reportedBy"), dataset),
            (organism, a, term("up:Taxon")), (organism, term("up:scientificName"), name),
            (database, a, term("tfl:SourceDatabase")), (database, label, name),
            (method, a, term("tfl:DetectionMethod")), (method, label, name),
            (dataset, label, name), (dataset, term("dcterms:description"), name),
        ]  # fmt: skip
        triples.append((one, term("obo:RO_0002162"), organism))
        if number == 0:
            properties = ("rdfs:seeAlso", "skos:exactMatch", "tfl:encodedBy", "tfl:jasparMatrix",
                          "orth:hasOrtholog")  # fmt: skip
            triples += [(one, term(property_), iri) for property_ in properties for iri in bad]
            triples += [(thing, term("rdfs:seeAlso"), iri)
                        for thing in (gene, paper, organism, database, method, dataset, report)
                        for iri in bad]  # fmt: skip
            triples += [(report, term(f"tfl:{property_}"), iri)
                        for property_ in ("sourceDatabase", "detectionMethod", "primaryReference",
                                          "databaseReference", "reportedBy")
                        for iri in bad]  # fmt: skip
            triples += [(dataset, term("dcterms:license"), iri) for iri in bad]
        yield from (ox.Quad(*triple) for triple in triples)
        if number == 0:
            astray = term("uniprotkb:P20000")
            yield ox.Quad(astray, label, name)
            yield ox.Quad(astray, term("obo:RO_0002162"), bad[0])
        page = own("page", number)
        yield ox.Quad(page, a, term("tfl:ProteinPage"), pages)
        yield ox.Quad(page, term("tfl:listedTargets"), ox.Literal(protein(number)), pages)
        yield ox.Quad(page, term("tfl:proteinName"), name, pages)
        yield ox.Quad(page, term("rdfs:seeAlso"), bad[0], pages)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, start_server: StartServer) -> str:
    """A server on a release full of attacks."""
    root = tmp_path_factory.mktemp("attacks")
    ox.serialize(quads(), root / "attacks.nq", ox.RdfFormat.N_QUADS)
    build([root / "attacks.nq"], root / "releases")
    return start_server(root / "releases").url


def test_a_release_with_an_organism_of_a_long_name(tmp_path: Path) -> None:
    line = row(Organism="x" * 240)
    (tmp_path / "table.tsv").write_text(table(line), "utf-8")
    build([tmp_path / "table.tsv"], tmp_path / "releases")


def check(reply: Reply) -> Element:
    """Reads a page and checks that nothing in it can act; gives its main part."""
    assert reply.media_type == "text/html"
    policy = reply.headers["Content-Security-Policy"] or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = read(reply.text)
    for element in page:
        here = f"<{element.tag} {element.attrs}>"
        for name in element.attrs:
            assert not name.startswith("on"), here
            assert name != "style", here
        if element.tag == "script" and "src" not in element.attrs:
            assert element.attrs.get("type") in ("application/ld+json", "application/json"), here
            json.loads(element.raw)
        elif element.tag in SCRIPTING:
            source = element.attrs.get("src", element.attrs.get("href", ""))
            assert element.tag not in ("iframe", "object", "embed", "svg", "style"), here
            assert source.startswith("/") or element.tag == "form", here
            assert element.attrs.get("action", "/").startswith("/"), here
        for name in ("href", "src", "action", "formaction"):
            target = element.attrs.get(name, "/")
            assert target.startswith(("/", "#", "http://", "https://")), here
            assert not target.startswith("//"), here
    for within, text in texts(page, ()):
        if "\u202e" in text:
            assert ISOLATING & set(within), (within, text[:80])
    return page.one("main")


def texts(element: Element, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """All texts, with the elements they stand in."""
    for child in element.children:
        if isinstance(child, str):
            yield (*path, element.tag), child
        else:
            yield from texts(child, (*path, element.tag))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("kind", KINDS)
def test_names_are_text(url: str, kind: str, number: int) -> None:
    reply = fetch(url + address(kind, number), accept=BROWSER)
    assert reply.status == 200, reply.text
    main = check(reply)
    assert ATTACKS[number] in main.raw
    if kind not in ("evidence", "page", "interaction"):
        assert main.one("h1").all("bdi")[0].raw == ATTACKS[number]
    if kind != "page":
        title = read(reply.text).one("title").raw
        assert ATTACKS[number] in title or kind == "evidence"


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("kind", ["protein", "gene", "organism", "dataset", "paper"])
def test_structured_data_is_json(url: str, kind: str, number: int) -> None:
    page = read(fetch(f"{url}{address(kind, number)}.html").text)
    (script,) = page.all("script", type="application/ld+json")
    data = json.loads(script.raw)
    assert data["name"] == ATTACKS[number]
    assert data["url"] == f"{url}{address(kind, number)}.html"


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "nt", "rdf"])
def test_documents_keep_names(url: str, suffix: str, number: int) -> None:
    for kind in ("protein", "database", "organism"):
        graph = fetch(f"{url}{address(kind, number)}.{suffix}").graph()
        assert list(graph.subjects(None, rdflib.Literal(ATTACKS[number])))


@pytest.mark.parametrize("kind", KINDS)
def test_no_other_iri_becomes_a_link(url: str, kind: str) -> None:
    reply = fetch(url + address(kind, 0), accept=BROWSER)
    main = check(reply)
    # They are shown all the same.
    if kind != "interaction":
        assert IRIS[0] in main.raw
    outside = [link for link in main.links if not link.startswith(("/", "#"))]
    assert not [link for link in outside if "alert(1)" in link or "onclick" in link]
    main = check(fetch(f"{url}/protein/P20000", accept=BROWSER))
    assert IRIS[0] in main.raw or "alert(1)" in main.raw


@pytest.mark.parametrize("number", NUMBERS)
def test_lists_show_names_as_text(url: str, number: int) -> None:
    attack = ATTACKS[number]
    main = check(fetch(f"{url}/interactions", accept=BROWSER))
    names = [cells[0].all("bdi")[0].raw for cells in main.section("edges").rows()]
    assert attack in names
    for name in ("database", "method", "organism"):
        query = {name: attack}
        main = check(fetch(f"{url}/interactions", query=query, accept=BROWSER))
        assert len(main.section("edges").rows()) == 1
        (chosen,) = main.all("a", aria_current="true")
        assert chosen.one("bdi").raw == attack
        assert attack in main.one("p", class_="notice").raw


@pytest.mark.parametrize("name", [ATTACKS[0], ATTACKS[1], ATTACKS[3], ATTACKS[5]])
def test_the_list_of_a_thing_keeps_its_name(url: str, name: str) -> None:
    """Names with question marks, slashes, number and percent signs are spelled as addresses are."""
    path = f"/database/{quote(name, safe='')}"
    for asked in (path, f"{path}.html"):
        main = check(fetch(f"{url}{asked}?sort=name", accept=BROWSER))
        links = [link for link in main.links if "sort" in link or "=" in link.partition("?")[2]]
        own = [link for link in links if not link.startswith(("/sparql", "/interactions"))]
        assert own
        for link in own:
            assert link.startswith(f"{asked}?"), link
        (chip, *_) = main.all("a", class_="chip")
        shown = check(fetch(url + chip.attrs["href"], accept=BROWSER))
        (notice,) = shown.all("p", class_="notice")
        assert notice.links == [asked]


@pytest.mark.parametrize("number", NUMBERS)
def test_names_in_a_filter(url: str, number: int) -> None:
    wanted = ATTACKS[number][:100].strip()
    main = check(fetch(f"{url}/interactions", query={"name": wanted}, accept=BROWSER))
    form = main.one("form", class_="filters")
    assert form.one("input", name="name").attrs["value"] == wanted
    assert len(main.section("edges").rows()) == 2
    assert wanted in main.one("p", class_="notice").raw
    query = main.section("behind").all("pre", aria_label="The edges listed, SPARQL")[0].raw
    rows = ask(f"{url}/sparql", query, "form").json["results"]["bindings"]
    assert len(rows) == 2


@pytest.mark.parametrize("number", NUMBERS)
def test_searching_for_names(url: str, number: int) -> None:
    for query in (ATTACKS[number], ATTACKS[number][:20]):
        reply = fetch(f"{url}/search", query={"q": query}, accept=BROWSER)
        assert reply.status in (200, 400), reply.text
        check(reply)


@pytest.mark.parametrize("attack", ATTACKS)
def test_problems_repeat_names_as_text(url: str, attack: str) -> None:
    local = quote(attack, safe="")
    for path in (
        f"/protein/{local}",
        f"/gene/{local}",
        f"/organism/{local}x",
        f"/nothing/{local}",
        f"/interactions?tf={local}",
        f"/interactions?{local}=1",
        f"/protein/P10000?sort={local}",
        f"/database/{local}.ttl?x={local}",
    ):
        reply = fetch(url + path, accept="text/html")
        assert reply.status in (400, 404), path
        check(reply)


def test_results_keep_names(url: str) -> None:
    text = "SELECT ?name { ?s a up:Protein ; rdfs:label ?name }"
    rows = ask(f"{url}/sparql", text).json["results"]["bindings"]
    assert sorted(row["name"]["value"] for row in rows) == sorted(ATTACKS)
    page = fetch(f"{url}/sparql", query={"query": text}, accept=BROWSER)
    if page.media_type == "text/html":
        check(page)
