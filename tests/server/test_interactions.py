"""The list of all edges, against real servers: its rows and numbers equal those of queries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from rdfconv.exports import EXPORT_FORMATS
from tests.server import web
from tests.server.markup import Element, numbers, read
from tests.server.stored import BASE, Stored
from tests.server.web import ask

UNIPROT = "http://purl.uniprot.org/uniprot/"
EVIDENCE = "q36utc5n7dnbl47n2bpr3wgm4a"
CONDITIONS = {
    "tf=Q06945": "?i tfl:transcriptionFactor uniprotkb:Q06945",
    "target=Q06945": "?i tfl:target uniprotkb:Q06945",
    "tf=P11308&target=Q06945": "?i tfl:transcriptionFactor uniprotkb:P11308 ; "
    "tfl:target uniprotkb:Q06945",
    "organism=10090": "?i tfl:transcriptionFactor/obo:RO_0002162 "
    "<http://purl.uniprot.org/taxonomy/10090>",
    "organism=9606&scale=small": "?e tfl:smallScale true . ?i tfl:transcriptionFactor/"
    "obo:RO_0002162 <http://purl.uniprot.org/taxonomy/9606>",
    "database=TRRUST": f"?e tfl:sourceDatabase <{BASE}database/TRRUST>",
    "database=ORegAnno&min_papers=1": f"?e tfl:sourceDatabase <{BASE}database/ORegAnno> ; "
    "tfl:primaryReference ?p",
    "method=MI_0413": "?e tfl:detectionMethodOrBroader obo:MI_0413",
    "method=MI_0415": "?e tfl:detectionMethodOrBroader obo:MI_0415",
    "min_papers=9": "?e tfl:primaryReferenceCount ?n FILTER(?n >= 9)",
    "paper=24435928": "?e tfl:primaryReference <http://rdf.ncbi.nlm.nih.gov/pubmed/24435928>",
    f"evidence={EVIDENCE}": f"?i tfl:evidence <{BASE}evidence/{EVIDENCE}>",
    "name=sox4": "{ ?i tfl:target/rdfs:label ?l } UNION { ?i tfl:transcriptionFactor/rdfs:label "
    '?l } FILTER(CONTAINS(LCASE(?l), "sox4"))',
    "name=a%22%5C%29": "FILTER(false)",
    "organism=Mus%20imaginarius": "FILTER(false)",
}
"""Filters, and a pattern for the edges that pass; `?e` is one report of the edge `?i`."""


def fetch(url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> web.Reply:
    """Asks for a page; who does not gets a file."""
    return web.fetch(url, method=method, accept="text/html", headers=headers)


def page_of(url: str, query: str = "") -> Element:
    reply = fetch(f"{url}/interactions{'?' if query else ''}{query}")
    assert reply.status == 200, reply.text
    return read(reply.text)


def edges_of(page: Element) -> list[tuple[str, str]]:
    """The accessions of the ends of the edges in the rows."""
    found = []
    for cells in page.section("edges").rows():
        ends = tuple(cell.links[0].removeprefix("/protein/") for cell in cells[:2])
        assert cells[2].links == [f"/interaction/{ends[0]}_{ends[1]}"]
        found.append((ends[0], ends[1]))
    return found


def all_pages(url: str, query: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    path = f"/interactions?{query}"
    while path:
        page = read(fetch(url + path).text)
        rows = edges_of(page)
        if rows:
            caption = numbers(page.section("edges").one("caption").text)
            assert caption[:2] == [len(found) + 1, len(found) + len(rows)]
        found += rows
        path = "".join(a.attrs["href"] for a in page.all("a", rel="next"))
    return found


def wanted_edges(stored: Stored, pattern: str) -> set[tuple[str, str]]:
    rows = stored.select(
        "SELECT DISTINCT ?a ?b { ?i tfl:evidence ?e ; tfl:transcriptionFactor ?a ; tfl:target ?b "
        f". {pattern} }}"
    )
    return {(a.removeprefix(UNIPROT), b.removeprefix(UNIPROT)) for a, b in rows}


@pytest.mark.parametrize("query", CONDITIONS)
def test_a_list_equals_the_query_it_shows_and_another(
    base_url: str, stored: Stored, query: str
) -> None:
    """The rows of all pages, what the query on the page gives, and a query written by hand."""
    rows = all_pages(base_url, query)
    assert len(rows) == len(set(rows))
    page = page_of(base_url, query)
    shown = page.section("behind").one("pre", aria_label="The edges listed, SPARQL").raw
    reply = ask(f"{base_url}/sparql", shown, "form")
    assert reply.status == 200, reply.text
    asked = {
        (
            row["transcriptionFactor"]["value"].removeprefix(UNIPROT),
            row["target"]["value"].removeprefix(UNIPROT),
        )
        for row in reply.json["results"]["bindings"]
    }
    assert set(rows) == asked == wanted_edges(stored, CONDITIONS[query])
    total = numbers(page.section("edges").one("h2").text)
    assert total == ([len(rows)] if rows else [])
    (run,) = [link for link in page.section("behind").links if link.startswith("/sparql?")]
    assert parse_qs(urlsplit(run).query)["query"] == [shown]


def test_all_edges(base_url: str, stored: Stored) -> None:
    page = page_of(base_url)
    total = stored.count("?i a tfl:RegulatoryInteraction")
    assert numbers(page.section("edges").one("caption").text) == [1, 100, total]
    assert len(edges_of(page)) == 100
    last = fetch(f"{base_url}/interactions?page={-(-total // 100)}")
    assert len(edges_of(read(last.text))) == total % 100
    assert not read(last.text).all("a", rel="next")


# Chips


def chips(page: Element, label: str) -> dict[str, tuple[str, int, bool]]:
    """Name, address, number and whether it is chosen, of the chips with a label."""
    (group,) = page.section("edges").all("ul", aria_label=label) or [Element("ul", {})]
    found = {}
    for link in group.all("a"):
        name = link.one("bdi").text
        count = numbers(link.one("span", class_="count").text)[0]
        found[name] = (link.attrs["href"], count, "aria-current" in link.attrs)
    return found


LABELS = {
    "scale": "Narrow by scale of the evidence",
    "organism": "Narrow by organism",
    "database": "Narrow by source database",
    "method": "Narrow by detection method",
}
PATTERNS = {
    "scale": "?e tfl:smallScale ?value",
    "organism": "?i tfl:transcriptionFactor/obo:RO_0002162 ?value",
    "database": "?e tfl:sourceDatabase ?value",
    # The methods that are reported, each with the reports of narrower ones.
    "method": "?e tfl:detectionMethod|tfl:detectionMethodOrBroader ?value",
}
REPORTED = "?e tfl:detectionMethod ?value"


def counted(stored: Stored, name: str, condition: str) -> dict[str, int]:
    """How many edges each value of a filter leaves, by the value's name."""
    found = counted_by(stored, PATTERNS[name], condition)
    if name == "method":
        reported = counted_by(stored, REPORTED, condition)
        found = {label: number for label, number in found.items() if label in reported}
    return found


def counted_by(stored: Stored, pattern: str, condition: str) -> dict[str, int]:
    """How many edges have each value of a pattern, by the value's name."""
    rows = stored.select(
        f"SELECT ?value (SAMPLE(?l) AS ?label) (COUNT(DISTINCT ?i) AS ?n) "
        f"{{ ?i a tfl:RegulatoryInteraction ; tfl:evidence ?e . "
        f"{condition} {pattern} . "
        "OPTIONAL { ?value rdfs:label|up:scientificName ?l } } GROUP BY ?value"
    )
    words = {"true": "small-scale", "false": "large-scale"}
    return {label or words[value]: int(number) for value, label, number in rows}


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("", ""),
        ("scale=small", "?e tfl:smallScale true ."),
        ("database=ReMap", f"?e tfl:sourceDatabase <{BASE}database/ReMap> ."),
        ("target=Q06945", "?i tfl:target uniprotkb:Q06945 ."),
    ],
)
def test_chips_count_edges(
    base_url: str, stored: Stored, name: str, query: str, condition: str
) -> None:
    page = page_of(base_url, query)
    if query.startswith(name):
        condition = ""  # the other values are those that it could be changed to
    wanted = counted(stored, name, condition)
    found = chips(page, LABELS[name])
    assert {label: count for label, (_, count, _) in found.items()}.items() <= wanted.items()
    shown = sorted((count for _, count, _ in found.values()), reverse=True)
    assert shown[:12] == sorted(wanted.values(), reverse=True)[:12]
    more = page.section("edges").text
    if len(wanted) > 12:
        assert f"{len(wanted) - len(found)} more in the form above" in more


@pytest.mark.parametrize(
    ("query", "name", "label", "value"),
    [
        ("scale=small", "scale", "small-scale", "small"),
        ("scale=large&database=GTRD", "database", "GTRD", "GTRD"),
        ("organism=10090&scale=large", "organism", "Mus musculus", "10090"),
        # One of the rare ones, which are not among those offered first.
        ("database=DoRothEA", "database", "DoRothEA", "DoRothEA"),
        ("method=MI_0432", "method", "one hybrid", "MI_0432"),
    ],
)
def test_chips_lead_where_they_say(
    base_url: str, query: str, name: str, label: str, value: str
) -> None:
    """Those of a list lead to as many edges as they say; what is chosen is taken away again."""
    page = page_of(base_url, f"{query}&sort=name&page=1")
    address, _, chosen = chips(page, LABELS[name])[label]
    assert chosen
    asked = parse_qs(urlsplit(address).query)
    kept = {key: values for key, values in parse_qs(query).items() if key != name}
    assert asked == kept | {"sort": ["name"]}
    without = read(fetch(base_url + address).text)
    assert not any(chosen for *_, chosen in chips(without, LABELS[name]).values())
    for offered, (target, count, is_chosen) in chips(page, LABELS[name]).items():
        if not is_chosen and name != "method":
            assert "page" not in parse_qs(urlsplit(target).query)
            heading = read(fetch(base_url + target).text).section("edges").one("h2").text
            assert numbers(heading) == [count], offered


def test_all_filters_can_be_taken_away(base_url: str) -> None:
    query = f"tf=Q06945&scale=small&evidence={EVIDENCE}&min_papers=1&name=a&paper=1"
    page = page_of(base_url, query)
    (notice,) = page.all("p", class_="notice")
    for words in ("of the transcription factor SOX4", "small-scale", "at least 1 primary paper"):
        assert words in notice.text
    assert notice.links == ["/interactions"]
    hidden = page.one("form", class_="filters").all("input", type="hidden")
    assert {one.attrs["name"]: one.attrs["value"] for one in hidden} == {
        "tf": "Q06945", "paper": "1", "evidence": EVIDENCE
    }  # fmt: skip


# Parameters


@pytest.mark.parametrize("query", ["", *list(CONDITIONS)[:8]])
def test_downloads_carry_the_filter(base_url: str, query: str) -> None:
    section = page_of(base_url, f"{query}&sort=name".strip("&")).section("edges")
    downloads = [link for link in section.links if link.startswith("/interactions.")]
    suffixes = {urlsplit(link).path.partition(".")[2] for link in downloads}
    assert suffixes == {one.suffix[1:] for one in EXPORT_FORMATS.values()}
    for link in downloads:
        carried = parse_qs(urlsplit(link).query)
        assert carried.pop("ids", []) in ([], ["entrez"], ["uniprot"])
        assert carried == parse_qs(query)


@pytest.mark.parametrize("sort", ["", "name", "papers", "-databases"])
def test_sorting_and_paging_lose_nothing(base_url: str, stored: Stored, sort: str) -> None:
    rows = all_pages(base_url, f"database=ReMap&sort={sort}".removesuffix("&sort="))
    wanted = wanted_edges(stored, CONDITIONS["database=TRRUST"].replace("TRRUST", "ReMap"))
    assert len(rows) == len(wanted) > 300
    assert set(rows) == wanted
    opposite = sort.removeprefix("-") if sort.startswith("-") else f"-{sort or 'support'}"
    other = all_pages(base_url, f"database=ReMap&sort={opposite}")
    assert set(other) == wanted
    assert other != rows


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("surprise=1", 400, "'surprise'"),
        ("organsim=9606", 400, "did you mean 'organism'?"),
        ("scale=tiny", 400, "'tiny' is no scale of evidence"),
        ("tf=SOX4", 400, "'SOX4' is no UniProtKB accession"),
        ("target=%3Cscript%3E", 400, "'<script>' is no UniProtKB accession"),
        ("paper=x", 400, "'x' is no PubMed id"),
        ("evidence=x", 400, "'x' names no evidence"),
        ("min_papers=1.5", 400, "'1.5' is no number of papers"),
        ("sort=colour", 400, "'colour'"),
        ("page=0", 400, "'0'"),
        ("page=%C2%B2", 400, "'²'"),
        ("tf=Q06945&page=9", 404, "/interactions?tf=Q06945&page=1"),
        (f"name={'x' * 101}", 400, "101 characters"),
    ],
)
def test_wrong_parameters_are_named(base_url: str, query: str, status: int, said: str) -> None:
    reply = fetch(f"{base_url}/interactions?{query}")
    assert reply.status == status, reply.text
    assert said in read(reply.text).text


@pytest.mark.parametrize(
    ("accept", "name", "media_type"),
    [
        (None, "", "text/tab-separated-values"),
        ("*/*", "", "text/tab-separated-values"),
        ("text/turtle", "", "text/turtle"),
        ("application/json", "", "application/json"),
        ("text/html", "gmt", "text/tab-separated-values"),
        ("text/html", "rdf", "application/rdf+xml"),
        ("text/turtle", "html", "text/html"),
    ],
)
def test_the_format_is_that_of_the_header_or_the_parameter(
    base_url: str, accept: str | None, name: str, media_type: str
) -> None:
    query = "tf=Q06945&min_papers=1" + (f"&format={name}" if name else "")
    reply = web.fetch(f"{base_url}/interactions?{query}", accept=accept)
    assert (reply.status, reply.media_type) == (200, media_type), reply.text
    assert "Accept" in reply.headers["Vary"]


def test_a_format_that_is_not_there(base_url: str) -> None:
    reply = web.fetch(f"{base_url}/interactions?tf=Q06945", accept="image/png")
    assert reply.status == 406
    assert reply.json["available"]["gmt"] == "text/tab-separated-values"


@pytest.mark.parametrize(
    "name", ['"', "\\", "\\n", "a b", "%", "_", "'", "$", "?", "}", "é", "ß", "\u202e", "İ", "\x00"]
)
def test_any_text_in_a_name(base_url: str, stored: Stored, name: str) -> None:
    """It is text, in SQL as in SPARQL, and means the same in both."""
    page = page_of(base_url, urlencode({"name": name, "database": "TRRUST"}))
    shown = page.section("behind").all("pre", aria_label="The edges listed, SPARQL")[0].raw
    reply = ask(f"{base_url}/sparql", shown, "form")
    assert reply.status == 200, reply.text
    rows = reply.json["results"]["bindings"]
    total = numbers(page.section("edges").one("h2").text)
    assert len(rows) == (total[0] if total else 0)


def test_spellings_of_values(base_url: str) -> None:
    """What has escapes in its IRI is found by either spelling; upper and lower case are one."""
    for query, same in (
        ("method=mi:0413", "method=MI_0413"),
        ("tf=q06945", "tf=Q06945"),
        ("name=SoX4", "name=sox4"),
        ("scale=SMALL", "scale=small"),
        ("database=%20TRRUST%20", "database=TRRUST"),
        ("method=array%2Dtechnology-hybridization", "method=array-technology-hybridization"),
        ("tf=Q06945&scale=&page=", "tf=Q06945"),
    ):
        assert edges_of(page_of(base_url, query)) == edges_of(page_of(base_url, same)), query


def test_numbers_with_several_reports(crafted: tuple[str, Stored]) -> None:
    url, stored = crafted
    page = page_of(url)
    for name in LABELS:
        found = {label: count for label, (_, count, _) in chips(page, LABELS[name]).items()}
        assert found == counted(stored, name, ""), name
    # Both conditions hold of one report, or the edge does not pass.
    assert edges_of(page_of(url, "scale=large&min_papers=1")) == []
    rows = edges_of(page_of(url, "method=broad"))
    assert len(rows) == len(set(rows))
    assert set(rows) == wanted_edges(
        stored, f"?e tfl:detectionMethodOrBroader <{BASE}method/broad>"
    )


def test_it_is_a_page_like_others(base_url: str) -> None:
    full = fetch(f"{base_url}/interactions?tf=Q06945")
    assert full.media_type == "text/html"
    head = fetch(f"{base_url}/interactions?tf=Q06945", method="HEAD")
    assert (head.status, head.headers["ETag"]) == (200, full.headers["ETag"])
    tag = {"If-None-Match": full.headers["ETag"]}
    assert fetch(f"{base_url}/interactions?tf=Q06945", headers=tag).status == 304
    assert fetch(f"{base_url}/interactions?tf=P11308", headers=tag).status == 200
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", full.headers["TFLink-Release"])
