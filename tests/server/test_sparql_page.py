"""The endpoint's page for people, as the server makes it: what a browser without scripts gets."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import rdflib
from rdflib.compare import isomorphic

from rdfconv.config import Settings
from rdfconv.examples import examples
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.identifiers import BASE, ONTOLOGY_GRAPH, TERM, VOID_GRAPH
from rdfconv.vocabulary import PREFIXES
from server.app import create_app
from server.engine.embedded import EmbeddedEngine
from server.pages.links import local_address
from server.sparql_page import LONGEST_ADDRESS, PAGE_ROWS, SCRIPT_ROWS
from tests.conftest import MakeRelease, StartServer
from tests.server.web import Reply, ask, fetch

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
SOX4 = "http://purl.uniprot.org/uniprot/Q06945"
SELECT = (
    "SELECT ?target ?name { uniprotkb:Q06945 tfl:regulates ?target . ?target rdfs:label ?name }"
)
CONSTRUCT = "CONSTRUCT WHERE { uniprotkb:Q06945 rdfs:label ?name ; dcterms:identifier ?id }"
DESCRIBE = "DESCRIBE <http://identifiers.org/ncbigene/6659>"
JSON, CSV, TURTLE = "application/sparql-results+json", "text/csv", "text/turtle"
VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass
class Element:
    """An element of a page: what is in it, in order."""

    name: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text for one in self.children)

    def all(self, name: str = "", **attributes: str) -> list[Element]:
        """The elements within of that name and with these attributes; ``class_`` is ``class``."""
        wanted = {key.rstrip("_").replace("_", "-"): text for key, text in attributes.items()}
        found = []
        for one in self.children:
            if isinstance(one, Element):
                fits = wanted.items() <= one.attributes.items()
                found += [one] if fits and name in ("", one.name) else []
                found += one.all(name, **attributes)
        return found

    def one(self, name: str = "", **attributes: str) -> Element:
        (found,) = self.all(name, **attributes)
        return found


class _Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(text)
        self.close()
        assert self._open == [self.root], f"not closed: {self._open[-1].name}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li") and self._open[-1].name != tag:
            return
        assert self._open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def page_of(reply: Reply) -> Element:
    """The page, if it is one that breaks no rule of its policy and runs nothing but files."""
    assert reply.media_type == "text/html", reply.text[:500]
    page = _Reader(reply.text).root
    for one in page.all():
        assert "style" not in one.attributes, one
        assert not [name for name in one.attributes if name.startswith("on")], one
        assert one.name != "style"
        for name in ("href", "src", "action"):
            assert not re.match(
                r"\s*(javascript|data|vbscript):", one.attributes.get(name, ""), re.I
            )
    for script in page.all("script"):
        inline = "src" not in script.attributes
        assert inline == (script.attributes.get("type") == "application/json")
        assert inline or script.attributes["src"].startswith("/static/")
    policy = reply.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    return page


def browse(base_url: str, text: str | None = None, **more: str) -> Reply:
    """What a browser gets that goes to the page."""
    query = {**({} if text is None else {"query": text}), **more}
    return fetch(f"{base_url}/sparql", accept=BROWSER, query=query)


def table_of(page: Element) -> list[list[str]]:
    (table,) = page.all("table", class_="result")
    return [[cell.text for cell in row.all("td")] for row in table.all("tr")][1:]


def data_of(page: Element) -> Any:
    return json.loads(page.one("script", id="sparql-data").text)


# Who gets the page


@pytest.mark.parametrize(
    ("text", "accept", "media_type"),
    [
        (SELECT, BROWSER, "text/html"),
        (SELECT, "text/html", "text/html"),
        (SELECT, "application/xhtml+xml", "text/html"),
        (SELECT, "text/html, text/turtle", "text/html"),
        (CONSTRUCT, BROWSER, "text/html"),
        (CONSTRUCT, "text/html;q=0.9, text/csv", "text/html"),
        ("ASK {}", BROWSER, "text/html"),
        (SELECT, None, JSON),
        (SELECT, "*/*", JSON),
        (SELECT, "text/*", CSV),
        (SELECT, "text/html;q=0.9, */*", JSON),
        (SELECT, f"text/html, {JSON}", JSON),
        (SELECT, "application/json, text/html;q=0.9", JSON),
        (SELECT, "text/html;q=0, */*;q=0.1", JSON),
        (CONSTRUCT, "*/*", TURTLE),
        (CONSTRUCT, "text/turtle, text/html", TURTLE),
        (DESCRIBE, "text/html;q=0.8, text/turtle;q=0.9", TURTLE),
    ],
)
def test_accept(base_url: str, text: str, accept: str | None, media_type: str) -> None:
    for way in ("get", "form"):
        reply = ask(f"{base_url}/sparql", text, way, accept=accept)
        assert (reply.status, reply.media_type) == (200, media_type)
        assert "Accept" in reply.headers["Vary"]


@pytest.mark.parametrize(
    ("name", "media_type"), [("csv", CSV), ("json", JSON), ("html", "text/html"), ("", "text/html")]
)
def test_a_named_format_goes_first(base_url: str, name: str, media_type: str) -> None:
    assert browse(base_url, SELECT, format=name).media_type == media_type
    if name:
        reply = ask(f"{base_url}/sparql", SELECT, accept="*/*", format=name)
        assert reply.media_type == media_type


@pytest.mark.parametrize(
    ("accept", "name", "media_type"),
    [
        (BROWSER, "", "text/html"),
        (BROWSER, "html", "text/html"),
        ("*/*", "html", "text/html"),
        ("*/*", "", "application/problem+json"),
        (JSON, "", "application/problem+json"),
        (CSV, "csv", "application/problem+json"),
    ],
)
def test_who_gets_a_problem_as_the_page(
    base_url: str, accept: str, name: str, media_type: str
) -> None:
    reply = fetch(
        f"{base_url}/sparql", accept=accept, query={"query": "SELECT nonsense", "format": name}
    )
    on_page = bool(re.search("<textarea[^>]*>\nSELECT nonsense</textarea>", reply.text))
    assert on_page == (media_type == "text/html")
    assert reply.status == 400
    if accept != BROWSER or not name:
        assert reply.media_type == media_type or on_page


# What it shows


def test_the_page_without_a_query(base_url: str) -> None:
    reply = browse(base_url)
    assert reply.status == 200
    page = page_of(reply)
    assert page.one("textarea").text == "\n" + examples()[0].text
    assert not page.all(id="result")
    form = page.one("form", id="query-form")
    assert (form.attributes["action"], form.attributes["method"]) == ("/sparql", "get")
    names = [option.attributes["value"] for option in form.all("option")]
    assert names == ["", *RESULT_FORMATS, *RDF_FORMATS]
    assert data_of(page)["asked"] is False
    assert "5,000,000 rows or triples a result may have" in page.text
    assert fetch(f"{base_url}/sparql", accept=BROWSER,
                 headers={"If-None-Match": reply.headers["ETag"]}).status == 304  # fmt: skip


def test_examples_run_with_one_click(base_url: str) -> None:
    page = page_of(browse(base_url))
    found = {link.attributes["data-example"]: link for link in page.all("a", class_="run")}
    assert set(found) == {one.name for one in examples() if not one.federates_with}
    for example in examples():
        item = page.one("li", id=example.name)
        assert example.title in item.text
        assert example.description in item.text
        assert item.one("pre").text == example.text
        if example.federates_with:
            assert not item.all("a")
            assert all(endpoint in item.text for endpoint in example.federates_with)
        else:
            asked = dict(parse_qsl(urlsplit(found[example.name].attributes["href"]).query))
            assert asked == {"query": example.text}
    headings = [section.text for section in page.all("h3")]
    assert headings == ["Beginner", "Intermediate", "Advanced"]


def test_federated_examples_run_where_the_endpoints_may_be_asked(
    sample_release: Path, start_server: StartServer
) -> None:
    server = start_server(sample_release, federate="uniprot", workers=1)
    page = page_of(browse(server.url))
    runnable = {link.attributes["data-example"] for link in page.all("a", class_="run")}
    uniprot = "https://sparql.uniprot.org/sparql"
    assert {one.name for one in examples() if set(one.federates_with) <= {uniprot}} == runnable
    told = page.one("li", id="lipid-enzymes").text
    assert "https://sparql.rhea-db.org/sparql, which this endpoint does not do" in told
    assert uniprot not in told.partition("Query")[0]
    server.stop()


def test_a_table(base_url: str) -> None:
    reply = browse(base_url, SELECT)
    page = page_of(reply)
    expected = ask(f"{base_url}/sparql", SELECT).json["results"]["bindings"]
    assert len(expected) == 99
    shown = table_of(page)
    for number, (row, cells) in enumerate(zip(expected, shown, strict=True), 1):
        accession = row["target"]["value"].rpartition("/")[2]
        assert cells == [str(number), f"uniprotkb:{accession}", row["name"]["value"]]
    result = page.one(id="result")
    assert "99 rows" in result.text
    assert [cell.text for cell in result.all("th")] == ["Row", "target", "name"]
    links = [link.attributes["href"] for link in result.one("table").all("a")]
    assert links == [local_address(row["target"]["value"]) for row in expected]
    assert page.one("textarea").text == "\n" + SELECT
    assert data_of(page)["asked"] is True
    assert reply.headers["TFLink-Release"]
    assert "RateLimit" in reply.headers


def test_a_table_with_gaps_and_one_row(base_url: str) -> None:
    page = page_of(browse(base_url, "SELECT ?a ?b ?c { VALUES (?a ?b) { (1 UNDEF) } }"))
    assert table_of(page) == [["1", "1", "", ""]]
    assert "1 row" in page.one("p", class_="counted").text


def test_no_rows(base_url: str) -> None:
    page = page_of(browse(base_url, "SELECT * { <x:y> ?p ?o }"))
    assert "No rows" in page.one(id="result").text
    assert not page.one(id="result").all("table")


@pytest.mark.parametrize(
    ("text", "said"), [("ASK { ?s ?p ?o }", "Yes:"), ("ASK { ?s <x:y> 1 }", "No:")]
)
def test_yes_and_no(base_url: str, text: str, said: str) -> None:
    page = page_of(browse(base_url, text))
    assert page.one("p", class_="boolean").text.startswith(said)


@pytest.mark.parametrize("text", [CONSTRUCT, DESCRIBE])
def test_triples_are_turtle(base_url: str, text: str) -> None:
    result = page_of(browse(base_url, text)).one(id="result")
    shown = rdflib.Graph().parse(data=result.one("pre").text, format="turtle")
    assert len(shown) >= 2
    assert isomorphic(shown, ask(f"{base_url}/sparql", text, format="nt").graph())
    named = [link.text for link in result.all("a", class_="button")]
    assert named == [fmt.label for fmt in RDF_FORMATS.values()]


def test_terms_are_told_apart(base_url: str) -> None:
    text = """SELECT * { VALUES ?term { "plain" "deutsch"@de 42 "2020-01-01"^^xsd:date
        "x"^^<http://example.org/type> rdfs:label <http://example.org/a> <urn:uuid:1> } }"""
    page = page_of(browse(base_url, text))
    assert [" ".join(row[1].split()) for row in table_of(page)] == [
        *("plain", "deutsch @de", "42", "2020-01-01 xsd:date", "x http://example.org/type"),
        *("rdfs:label", "http://example.org/a", "urn:uuid:1"),
    ]
    assert page.one("bdi", lang="de").text == "deutsch"
    links = [link.attributes["href"] for link in page.one("table").all("a")]
    assert links == [PREFIXES["rdfs"] + "label", "http://example.org/a"]


def test_a_blank_node_is_no_link(base_url: str) -> None:
    page = page_of(browse(base_url, "SELECT * { BIND(BNODE() AS ?b) }"))
    assert table_of(page)[0][1].startswith("_:")
    assert not page.one("table").all("a")


def test_the_nearest_term_is_told(base_url: str) -> None:
    reply = browse(base_url, "SELECT * { ?s tfl:regulate ?o }")
    assert "the nearest is tfl:regulates" in page_of(reply).one(id="result").text
    assert reply.headers["TFLink-Hint"].endswith("tfl:regulates")


# Long results


def test_a_long_table_says_so_and_leads_to_all_of_it(base_url: str) -> None:
    rows = PAGE_ROWS + 500
    reply = browse(base_url, f"SELECT * {{ ?s tfl:regulates ?o }} LIMIT {rows}")
    page = page_of(reply)
    assert len(table_of(page)) == PAGE_ROWS
    assert page.one("p", class_="warning").text == "Rows 1-1,000 of more."
    assert reply.headers["TFLink-Truncated"] == f"rows={PAGE_ROWS}"
    links = {link.text: link.attributes["href"] for link in page.all("a", class_="button")}
    assert list(links) == [fmt.label for fmt in RESULT_FORMATS.values()]
    whole = fetch(base_url + links["CSV"], accept=BROWSER)
    assert whole.media_type == "text/csv"
    assert "TFLink-Truncated" not in whole.headers
    assert len(list(csv.reader(io.StringIO(whole.text)))) == rows + 1
    exact = page_of(browse(base_url, f"SELECT * {{ ?s ?p ?o }} LIMIT {PAGE_ROWS}"))
    assert not exact.all("p", class_="warning")
    assert len(table_of(exact)) == PAGE_ROWS


def test_many_triples_say_so(base_url: str) -> None:
    reply = browse(base_url, f"CONSTRUCT WHERE {{ ?s tfl:regulates ?o }} LIMIT {2 * PAGE_ROWS}")
    page = page_of(reply)
    assert page.one("p", class_="warning").text == "Triples 1-1,000 of more."
    shown = rdflib.Graph().parse(data=page.one(id="result").one("pre").text, format="turtle")
    assert 900 < len(shown) <= PAGE_ROWS


def test_a_row_that_is_too_large_for_the_page(base_url: str) -> None:
    term = "CONCAT(STR(?s), STR(?o), STR(?s), STR(?o))"
    text = f"SELECT (GROUP_CONCAT({term}) AS ?all) {{ ?s tfl:regulates ?o }}"
    reply = browse(base_url, text)
    page = page_of(reply)
    assert "too large" in page.one("p", class_="warning").text
    assert not page.one(id="result").all("table")
    assert len(reply.body) < 1 << 20
    assert len(page.all("a", class_="button")) == len(RESULT_FORMATS)


def test_the_service_may_allow_less_than_the_page(
    sample_release: Path, start_server: StartServer
) -> None:
    server = start_server(sample_release, workers=1, result_rows=7)
    reply = browse(server.url, "SELECT * { ?s ?p ?o }")
    page = page_of(reply)
    assert len(table_of(page)) == 7
    # What the page itself needs is not cut by what clients may have.
    assert len(data_of(page)["properties"]) > 7
    assert page.one("p", class_="warning").text == "Rows 1-7 of more."
    assert data_of(page)["rows"] == 7
    assert ask(f"{server.url}/sparql", "SELECT * { ?s ?p ?o }", truncate="9").headers[
        "TFLink-Truncated"
    ] == "rows=7"  # fmt: skip
    server.stop()


@pytest.mark.parametrize("name", RESULT_FORMATS)
def test_who_asks_for_a_number_of_rows_gets_no_more(base_url: str, name: str) -> None:
    endpoint = f"{base_url}/sparql"
    text = "SELECT ?s { uniprotkb:Q06945 tfl:regulates ?s } ORDER BY ?s LIMIT 30"
    cut = ask(endpoint, text, format=name, truncate="10")
    assert cut.headers["TFLink-Truncated"] == "rows=10"
    whole = ask(endpoint, text, format=name, truncate="30")
    assert whole.headers["TFLink-Truncated"] is None
    assert whole.body == ask(endpoint, text, format=name).body
    assert cut.headers["ETag"] != whole.headers["ETag"]
    if name == "json":
        assert cut.json["results"]["bindings"] == whole.json["results"]["bindings"][:10]
    if name == "tsv":
        assert cut.text.splitlines() == whole.text.splitlines()[:11]


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "10x", "maybe", "9" * 10, "٣"])
def test_what_is_no_number_of_rows(base_url: str, value: str) -> None:
    reply = ask(f"{base_url}/sparql", SELECT, truncate=value)
    assert reply.status == 400
    assert "number of rows" in reply.json["detail"]


# What goes wrong


@pytest.mark.parametrize(
    ("text", "status", "title", "place"),
    [
        ("SELECT * {\n  ?s ?p\n}", 400, "The query is not SPARQL", (3, 1)),
        ("ASK { ?s un:x 1 }", 400, "The query is not SPARQL", (1, 10)),
        ("SELECT * {\n SERVICE <http://127.0.0.1:9/> {} }", 403, "SERVICE is not allowed", (2, 2)),
        ("DROP ALL", 403, "The service is read-only", None),
        ("ASK { " + "?s ?p ?o . " * 101 + "}", 400, "The query is too complex", (1, 1107)),
        ("", 400, "The query is not SPARQL", None),
    ],
)  # fmt: skip
def test_problems(
    base_url: str, text: str, status: int, title: str, place: tuple[int, int] | None
) -> None:
    reply = browse(base_url, text)
    page = page_of(reply)
    assert reply.status == status
    assert reply.headers["Cache-Control"] == "no-store"
    assert page.one("textarea").text == "\n" + text
    result = page.one("section", id="result")
    assert result.one("h2").text == title
    told = ask(f"{base_url}/sparql", text, accept="application/json").json
    assert told["hint"] in result.text
    assert told["detail"] in result.text
    assert f"HTTP status {status}" in result.text
    if place is not None:
        assert f"Line {place[0]}, column {place[1]}" in result.text
        assert (result.attributes["data-line"], result.attributes["data-column"]) == (
            str(place[0]), str(place[1]))  # fmt: skip
        before, caret = result.one("pre").text.split("\n")
        assert len(caret) <= len(before)
        assert result.one("pre").text == told["excerpt"]
    assert len(page.all("a", class_="run")) > 20


def test_a_query_that_takes_too_long(sample_release: Path, start_server: StartServer) -> None:
    server = start_server(sample_release, workers=1, query_timeout=0.5)
    text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    reply = browse(server.url, text)
    assert reply.status == 504
    page = page_of(reply)
    assert "LIMIT" in page.one(id="result").text
    assert page.one("textarea").text == "\n" + text
    server.stop()


def test_bad_parameters(base_url: str) -> None:
    reply = browse(base_url, SELECT, **{"default-graph-uri": "x:> <script>"})
    page = page_of(reply)
    assert reply.status == 400
    assert "is no absolute IRI" in page.one(id="result").text
    assert page.one("input", type="hidden").attributes["value"] == "x:> <script>"


def test_the_graphs_are_kept(base_url: str) -> None:
    graph = {"default-graph-uri": ONTOLOGY_GRAPH}
    page = page_of(browse(base_url, "SELECT DISTINCT ?s { ?s a owl:ObjectProperty }", **graph))
    assert page.one("input", type="hidden").attributes["value"] == ONTOLOGY_GRAPH
    rows = len(table_of(page))
    for link in page.all("a", class_="button"):
        assert dict(parse_qsl(urlsplit(link.attributes["href"]).query))["default-graph-uri"] == (
            ONTOLOGY_GRAPH
        )
    csv_link = page.all("a", class_="button")[2].attributes["href"]
    assert len(fetch(base_url + csv_link).text.splitlines()) == rows + 1


def test_a_query_too_long_for_a_link(base_url: str) -> None:
    text = f"ASK {{}} # {'x' * LONGEST_ADDRESS}"
    reply = ask(f"{base_url}/sparql", text, "form", accept=BROWSER)
    page = page_of(reply)
    assert page.one("p", class_="boolean").text.startswith("Yes")
    assert not page.all("a", class_="button")
    assert "too long for a link" in page.one(id="result").text


# Caching


def test_a_result_is_kept_as_long_as_the_release(base_url: str) -> None:
    first = browse(base_url, SELECT)
    tag = first.headers["ETag"]
    again = fetch(f"{base_url}/sparql", accept=BROWSER, query={"query": SELECT},
                  headers={"If-None-Match": tag})  # fmt: skip
    assert (again.status, again.body) == (304, b"")
    assert tag not in (ask(f"{base_url}/sparql", SELECT).headers["ETag"],
                       browse(base_url, CONSTRUCT).headers["ETag"])  # fmt: skip
    head = fetch(f"{base_url}/sparql", method="HEAD", accept=BROWSER, query={"query": SELECT})
    assert (head.status, head.headers["ETag"], head.body) == (200, tag, b"")


def test_what_is_not_the_same_twice_is_not_kept(base_url: str) -> None:
    reply = browse(base_url, "SELECT * { BIND(NOW() AS ?now) }")
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["ETag"] is None


# Names that attack

SCRIPT = "<script>alert(1)</script>"
NASTY = (
    SCRIPT,
    "</textarea></pre></script><script>alert(2)</script>",
    "\"' onmouseover='alert(3)' x=\"",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u2066",
    "<!-- --> ]]> &lt;b&gt; &amp;",
    "n" * 240,
    " spaces  and\nlines ",
)
BAD_IRIS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,%3Cscript%3Ealert(1)%3C/script%3E",
    "vbscript:x",
    "file:///etc/passwd",
    "urn:x:y",
)
GOOD_IRIS = {
    "https://example.org/?a=1&b='2'": "https://example.org/?a=1&b='2'",
    "http://example.org/\u202egnp": "http://example.org/\u202egnp",
    SOX4: "/protein/Q06945",
    f"{BASE}database/GTRD": "/database/GTRD",
    f"{TERM}regulates": "/ontology#regulates",
    # None of these may lead to another host or path than it says.
    f"{BASE}/example.org/": f"{BASE}/example.org/",
    f"{BASE}database//example.org/": f"{BASE}database//example.org/",
    "http://purl.uniprot.org/uniprot/../../x": "http://purl.uniprot.org/uniprot/../../x",
    "http://purl.uniprot.org/uniprot//example.org": "http://purl.uniprot.org/uniprot//example.org",
}


def test_texts_that_attack_are_texts(base_url: str) -> None:
    values = " ".join(json.dumps(text, ensure_ascii=False) for text in NASTY)
    page = page_of(browse(base_url, f"SELECT ?x {{ VALUES ?x {{ {values} }} }}"))
    assert [row[1] for row in table_of(page)] == list(NASTY)
    assert not page.one("table").all("script")
    assert not page.one("table").all("a")


def test_iris_that_attack_are_no_links(base_url: str) -> None:
    iris = [*BAD_IRIS, *GOOD_IRIS]
    binds = " UNION ".join(f"{{ BIND(IRI({json.dumps(iri)}) AS ?x) }}" for iri in iris)
    values = " ".join(f"<{iri}>" for iri in iris)
    for text in (f"SELECT ?x {{ {binds} }}", f"SELECT ?x {{ VALUES ?x {{ {values} }} }}"):
        page = page_of(browse(base_url, text))
        links = [link.attributes["href"] for link in page.one("table").all("a")]
        assert sorted(links) == sorted(GOOD_IRIS.values())
        assert len(table_of(page)) == len(iris)


def test_queries_that_attack_are_texts(base_url: str) -> None:
    for nasty in NASTY:
        for text in (f"ASK {{}} #{nasty}", f"SELECT {nasty}"):
            page = page_of(browse(base_url, text))
            assert page.one("textarea").text == "\n" + text
            assert len(page.all("script")) == len(page_of(browse(base_url)).all("script"))


def test_names_of_a_release_that_attack(
    tmp_path: Path, make_release: MakeRelease, start_server: StartServer
) -> None:
    label, name = "</script><script>alert(1)</script>\u2028", f"{PREFIXES['rdfs']}label"
    quads = [
        f"<x:p> <{PREFIXES['rdf']}type> <{PREFIXES['owl']}ObjectProperty> <{ONTOLOGY_GRAPH}> .",
        f"<x:p> <{name}> {json.dumps(label)} <{ONTOLOGY_GRAPH}> .",
        f"<x:v> <{PREFIXES['void']}property> <javascript:alert(1)> <{VOID_GRAPH}> .",
        f'<x:v> <{PREFIXES["void"]}triples> "7"^^<{PREFIXES["xsd"]}integer> <{VOID_GRAPH}> .',
    ]
    make_release(tmp_path, "\n".join(quads) + "\n")
    server = start_server(tmp_path, workers=1)
    page = page_of(browse(server.url))
    assert data_of(page)["properties"] == [
        {"iri": "javascript:alert(1)", "label": "", "count": 7},
        {"iri": "x:p", "label": label, "count": 0},
    ]
    server.stop()


# What the scripts are told


def test_the_terms_of_the_release(base_url: str) -> None:
    data = data_of(page_of(browse(base_url)))
    properties = {one["iri"]: one for one in data["properties"]}
    classes = {one["iri"]: one for one in data["classes"]}
    endpoint = f"{base_url}/sparql"
    for terms, text, iri in (
        (properties, "SELECT (COUNT(*) AS ?n) { ?s tfl:regulates ?o }", f"{TERM}regulates"),
        (classes, "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s a tfl:TranscriptionFactor }",
         f"{TERM}TranscriptionFactor"),
    ):  # fmt: skip
        number = ask(endpoint, text).json["results"]["bindings"][0]["n"]["value"]
        assert terms[iri]["count"] == int(number) > 0
        assert terms[iri]["label"]
    counts = [one["count"] for one in data["properties"]]
    assert counts == sorted(counts, reverse=True)
    assert data["prefixes"]["tfl"] == TERM
    assert data["rows"] == SCRIPT_ROWS


def test_scripts_find_the_same_pages_here(base_url: str) -> None:
    """The table that scripts read says what `local_address` says."""
    table = data_of(page_of(browse(base_url)))["local"]
    text = "SELECT DISTINCT ?x { { ?x ?p [] } UNION { [] ?x [] } FILTER(ISIRI(?x)) }"
    rows = ask(f"{base_url}/sparql", text).json["results"]["bindings"]
    iris = [row["x"]["value"] for row in rows] + list(GOOD_IRIS) + list(BAD_IRIS)
    local = 0
    for iri in iris:
        whole = iri.partition("#")[0]
        paths = [
            one["path"] + iri.removeprefix(one["start"])
            for one in table
            if whole.startswith(one["start"])
            and re.fullmatch(one["name"], whole[len(one["start"]) :])
        ]
        assert (paths[0] if paths else None) == local_address(iri)
        local += bool(paths)
    assert local > 10_000


def test_without_the_editor_the_page_loads_no_scripts_for_it(sample_release: Path) -> None:
    engine = EmbeddedEngine(Settings(release=str(sample_release), workers=1))
    try:
        app = create_app(Settings(), engine)
        app.jinja_env.globals["vendored"] = lambda name: None
        plain = app.test_client().get("/sparql", headers={"Accept": BROWSER}).text
        assert "yasgui" not in plain
        assert "/static/sparql/sparql.js" not in plain
        assert "<textarea" in plain
        app.jinja_env.globals["vendored"] = lambda name: f"/static/vendor/{name}"
        full = app.test_client().get("/sparql", headers={"Accept": BROWSER}).text
        assert full.index("yasgui.min.js") < full.index("/static/sparql/sparql.js")
    finally:
        engine.close()
