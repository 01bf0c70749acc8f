"""The network around a protein, as a page and as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from rdfconv import filters
from rdfconv.config import Settings
from rdfconv.edges.reader import Edge, EdgeTable
from rdfconv.filters import Filter
from rdfconv.identifiers import UNIPROT
from server.app import create_app
from server.engine.embedded import EmbeddedEngine
from server.pages.network import EXPANSIONS, SCRIPTS
from server.pages.network_data import ADDED, MOST_EDGES, MOST_NODES, NODES
from tests import network_case
from tests.conftest import MakeRelease, StartServer
from tests.network_case import (
    ALONE,
    ATTACK,
    DENSE,
    DENSE_PARTNERS,
    HUB,
    MODES,
    NAMES,
    NO_PAGE,
    REGULATORS,
    SELF,
    TARGETS,
    accession,
)
from tests.server.web import Reply, fetch

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SOX4 = "Q06945"
Json = dict[str, Any]


class Page(HTMLParser):
    """The parts of a page: tags, text, the rows of its tables, the data of its picture."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.rows: dict[str, list[list[tuple[str, str]]]] = {}
        self.data: Json = {}
        self._table = ""
        self._in_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "table":
            self._table = found.get("id") or f"table{len(self.rows)}"
            self.rows[self._table] = []
        elif tag == "tr":
            self.rows[self._table].append([])
        elif tag in ("td", "th"):
            self.rows[self._table][-1].append(("", ""))
        elif tag == "a" and self._table:
            text, _ = self.rows[self._table][-1][-1]
            self.rows[self._table][-1][-1] = text, found.get("href") or ""
        self._in_data = tag == "script" and found.get("id") == "network-data"

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._table = ""
        self._in_data = False

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data = json.loads(data)
            return
        self.text += data
        if self._table and self.rows[self._table] and self.rows[self._table][-1]:
            text, href = self.rows[self._table][-1][-1]
            self.rows[self._table][-1][-1] = text + data, href

    @property
    def words(self) -> str:
        return " ".join(self.text.split())

    @property
    def links(self) -> list[str]:
        return [attrs["href"] or "" for tag, attrs in self.tags if tag == "a" and "href" in attrs]


@pytest.fixture(scope="module")
def made_root(tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease) -> Path:
    root = tmp_path_factory.mktemp("network")
    network_case.publish(root, make_release)
    return root


@pytest.fixture(scope="module")
def made_url(made_root: Path, start_server: StartServer) -> str:
    return start_server(made_root, workers=1).url


@pytest.fixture(scope="module")
def sample_table(sample_release: Path) -> Iterator[EdgeTable]:
    with EdgeTable(sample_release / "current") as table:
        yield table


@pytest.fixture(scope="module")
def made_table(made_root: Path) -> Iterator[EdgeTable]:
    with EdgeTable(made_root / "current") as table:
        yield table


Query = dict[str, str] | list[tuple[str, str]]


def read(url: str, query: Query) -> Json:
    reply = fetch(f"{url}/network.json", query=query)
    assert reply.status == 200, reply.text
    found = reply.json
    assert isinstance(found, dict)
    return found


def show(url: str, query: Query) -> Page:
    reply = fetch(f"{url}/network", query=query, accept=BROWSER)
    assert reply.status == 200, reply.text
    return Page(reply.text)


def nodes_of(data: Json) -> list[Json]:
    return [one["data"] for one in data["elements"]["nodes"]]


def edges_of(data: Json) -> list[Json]:
    return [one["data"] for one in data["elements"]["edges"]]


def ends(edges: list[Edge]) -> set[tuple[str, str]]:
    return {(edge.tf.accession, edge.target.accession) for edge in edges}


# Which proteins and edges


def test_the_sample(base_url: str, sample_table: EdgeTable) -> None:
    data = read(base_url, {"protein": SOX4})
    nodes, edges = nodes_of(data), edges_of(data)
    assert (len(nodes), len(edges)) == (NODES, NODES - 1)
    assert data["counts"] == {"nodes": NODES, "edges": NODES - 1, "allEdges": NODES - 1}
    assert nodes[0]["id"] == SOX4
    assert nodes[0]["organism"] == "Homo sapiens"
    (hub,) = data["hubs"]
    assert hub["regulators"] == {"shown": 51, "all": 51}
    assert hub["targets"] == {"shown": 98, "all": 100}
    # The two targets that are missing are those that come last by support.
    best = sample_table.page(Filter(tf=SOX4), limit=98)
    assert {edge["target"] for edge in edges if edge["source"] == SOX4} == {
        edge.target.accession for edge in best
    }
    factors = {node["id"]: node["regulates"] for node in nodes}
    assert factors[SOX4]
    for node, regulates in factors.items():
        assert regulates == bool(sample_table.count(Filter(tf=node))), node
    page = show(base_url, {"protein": SOX4})
    assert "150 proteins and 149 regulatory edges around SOX4 (Homo sapiens)" in page.words
    assert "all 51 regulators, 98 of 100 targets, the best supported" in page.words


def test_best_supported_first_and_both_sides_by_turns(made_url: str) -> None:
    few = nodes_of(read(made_url, {"protein": HUB, "nodes": "7"}))
    assert [node["side"] for node in few] == ["", *["regulator", "target"] * 3]
    assert [node["name"] for node in few] == ["HUB", "R700", "T000", "R701", "T001", "R702", "T002"]
    more = nodes_of(read(made_url, {"protein": HUB, "nodes": "150"}))
    sides = [node["side"] for node in more]
    assert (sides.count("regulator"), sides.count("target")) == (REGULATORS, 139)
    names = {node["name"] for node in more if node["side"] == "target"}
    assert names == {f"T{number:03}" for number in range(139)}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"scale": "small"},
        {"scale": "large"},
        {"min_papers": "1"},
        {"database": "GTRD"},
        {"method": "MI_0402"},
        {"organism": "9606"},
        {"organism": "10090"},
        {"paper": "20610535"},
        {"name": "KL"},
        {"scale": "small", "database": "HTRI", "min_papers": "2"},
    ],
)
def test_filters(base_url: str, sample_table: EdgeTable, query: dict[str, str]) -> None:
    data = read(base_url, {"protein": SOX4, **query, "nodes": "150"})
    wanted = filters.parse(query)
    as_regulator = ends(sample_table.page(wanted.but(tf=SOX4), limit=98))
    as_target = ends(sample_table.page(wanted.but(target=SOX4), limit=98))
    assert {(edge["source"], edge["target"]) for edge in edges_of(data)} == as_regulator | as_target
    assert data["filter"] == query
    for edge in edges_of(data):
        for iri in edge["reports"]:
            report = data["reports"][iri]
            assert query.get("scale") in (None, report["scale"])
            assert len(report["papers"]) >= int(query.get("min_papers", "0"))
    page = show(base_url, {"protein": SOX4, **query})
    assert ("Take all filters away" in page.text) == bool(query)
    chosen = {name: attrs for tag, attrs in page.tags if (name := attrs.get("name"))}
    assert set(query) <= set(chosen)


def test_full_lists_are_linked_with_the_filter(base_url: str) -> None:
    page = show(base_url, {"protein": SOX4, "scale": "small", "min_papers": "1"})
    for suffix in ("", ".cyjs", ".sif", ".tsv"):
        for side in ("tf", "target"):
            wanted = {side: [SOX4], "scale": ["small"], "min_papers": ["1"]}
            if suffix == ".sif":
                wanted["ids"] = ["uniprot"]
            (link,) = {
                link
                for link in page.links
                if urlsplit(link).path == f"/interactions{suffix}"
                and parse_qs(urlsplit(link).query) == wanted
            }
            assert fetch(f"{base_url}{link}", accept="*/*").status == 200


# The page says what the data say


@pytest.mark.parametrize(
    "query",
    [
        [("protein", SOX4)],
        [("protein", SOX4.lower()), ("scale", "small")],
        [("protein", SOX4), ("nodes", "20"), ("among", "yes"), ("expand", "P10275")],
        [("protein", SOX4), ("scale", "small"), ("database", "GTRD"), ("min_papers", "30")],
    ],
)
def test_page_picture_and_data_are_the_same(base_url: str, query: list[tuple[str, str]]) -> None:
    data = read(base_url, query)
    page = show(base_url, query)
    assert page.data == data
    _compare(page, data)


@pytest.mark.parametrize(
    ("protein", "among"),
    [(HUB, "no"), (DENSE, "yes"), (ATTACK, "no"), (MODES, "no"), (SELF, "yes"), (ALONE, "yes")],
)
def test_page_picture_and_data_are_the_same_in_odd_networks(
    made_url: str, protein: str, among: str
) -> None:
    query = {"protein": protein, "among": among}
    page = show(made_url, query)
    assert page.data == read(made_url, query)
    _compare(page, page.data)


def _compare(page: Page, data: Json) -> None:
    """Compares the page's tables with the data of its picture."""
    nodes = {node["id"]: node for node in nodes_of(data)}
    edges = edges_of(data)
    rows = page.rows.get("edges", [[]])[1:]
    assert len(rows) == len(edges)
    has_modes = any(edge["mode"] for edge in edges)
    for row, edge in zip(rows, edges, strict=True):
        source, target, papers, databases, scale, *rest = row
        assert source == (nodes[edge["source"]]["name"], nodes[edge["source"]]["href"] or "")
        assert target == (nodes[edge["target"]]["name"], nodes[edge["target"]]["href"] or "")
        assert papers[0] == str(edge["papers"])
        assert databases[0] == ", ".join(data["terms"][iri]["name"] for iri in edge["databases"])
        assert scale[0] == (edge["scale"] or "not stated")
        if has_modes:
            assert rest.pop(0)[0] == (
                "activation and repression" if edge["mode"] == "both" else edge["mode"] or "unknown"
            )
        assert rest[0][1] == (edge["href"] or "")
        for iri in edge["reports"]:
            assert data["reports"][iri]
    (listed,) = [rows for name, rows in page.rows.items() if name != "edges"]
    assert [row[0][0] for row in listed[1:]] == [node["name"] for node in nodes.values()]
    assert [row[1][0] for row in listed[1:]] == [node["accession"] for node in nodes.values()]
    shown = {edge[end] for edge in edges for end in ("source", "target")}
    assert shown <= set(nodes)


def test_an_edge_has_its_evidence(base_url: str, sample_table: EdgeTable) -> None:
    data = read(base_url, {"protein": SOX4})
    (edge,) = [edge for edge in edges_of(data) if edge["source"] == "P10275"]
    (stored,) = sample_table.page(Filter(tf="P10275", target=SOX4))
    assert edge["href"] == f"/interaction/P10275_{SOX4}"
    assert edge["papers"] == len(stored.all_of("papers")) == 2
    (report,) = [data["reports"][iri] for iri in edge["reports"]]
    assert report["papers"] == list(stored.evidence[0].papers)
    assert report["databasePapers"] == list(stored.evidence[0].database_papers)
    assert not set(report["papers"]) & set(report["databasePapers"])
    names = {data["terms"][iri]["name"] for iri in report["databases"]}
    assert names == {"DoRothEA", "HTRI"}
    paper = data["terms"][report["papers"][0]]
    assert paper == {
        "name": "PubMed 17721441",
        "href": "https://pubmed.ncbi.nlm.nih.gov/17721441/",
    }


def test_modes_and_several_reports(made_url: str) -> None:
    edges = {edge["target"]: edge for edge in edges_of(read(made_url, {"protein": MODES}))}
    modes = [edges[accession(3000 + number)]["mode"] for number in range(4)]
    assert modes == ["activation", "repression", "", "both"]
    twice = edges[accession(3000)]
    assert (twice["papers"], twice["scale"], len(twice["reports"])) == (3, "small", 2)
    assert edges[accession(3001)]["scale"] == "large"
    only = edges_of(read(made_url, {"protein": MODES, "scale": "large"}))
    assert {edge["target"]: len(edge["reports"]) for edge in only}[accession(3000)] == 1


def test_self_regulation_and_both_directions(made_url: str) -> None:
    data = read(made_url, {"protein": SELF})
    other = accession(3000)
    assert [node["id"] for node in nodes_of(data)] == [SELF, other]
    pairs = {(edge["source"], edge["target"]) for edge in edges_of(data)}
    assert pairs == {(SELF, SELF), (SELF, other), (other, SELF)}
    (hub,) = data["hubs"]
    assert (hub["regulators"]["all"], hub["targets"]["all"]) == (2, 2)


def test_a_protein_without_edges(made_url: str) -> None:
    page = show(made_url, {"protein": ALONE})
    assert "1 protein and 0 regulatory edges" in page.words
    assert "ALONE: no regulator and no target" in page.words
    assert "edges" not in page.rows


# Edges among the partners


def test_edges_among(base_url: str, sample_table: EdgeTable) -> None:
    data = read(base_url, {"protein": "P10242", "among": "yes"})
    shown = {node["id"] for node in nodes_of(data)}
    expected = {
        (edge.tf.accession, edge.target.accession)
        for edge in sample_table.all(Filter())
        if {edge.tf.accession, edge.target.accession} <= shown
    }
    found = {(edge["source"], edge["target"]) for edge in edges_of(data)}
    assert found == expected
    star = {(edge["source"], edge["target"])
            for edge in edges_of(read(base_url, {"protein": "P10242"}))}  # fmt: skip
    assert star == {pair for pair in expected if "P10242" in pair}
    assert len(found) > len(star)


def test_too_many_edges_are_cut_aloud_and_the_hub_keeps_its_own(made_url: str) -> None:
    query = {"protein": DENSE, "among": "yes"}
    data = read(made_url, query)
    everything = DENSE_PARTNERS * (DENSE_PARTNERS + 1)
    counts = {"nodes": DENSE_PARTNERS + 1, "edges": MOST_EDGES, "allEdges": everything}
    assert data["counts"] == counts
    own = [edge for edge in edges_of(data) if DENSE in (edge["source"], edge["target"])]
    assert len(own) == 2 * DENSE_PARTNERS
    assert {edge["papers"] for edge in own} == {0}
    words = show(made_url, query).words
    assert f"{MOST_EDGES:,} of {everything:,} regulatory edges among them, the best" in words
    assert f"The {MOST_EDGES:,} edges of the picture, of {everything:,}" in words


def test_among_of_the_table(made_table: EdgeTable) -> None:
    some = [UNIPROT + name for name in (DENSE, accession(2000), accession(2001), SELF)]
    found = made_table.among(some, Filter())
    assert len(found) == 7
    # The best supported first: four papers, two, none.
    assert [len(edge.evidence[0].papers) for edge in found] == [4, 4, 2, 0, 0, 0, 0]
    assert len(made_table.among(some, Filter(min_papers=3))) == 2
    assert len(made_table.among(some, Filter(tf=DENSE))) == 2
    assert len(made_table.among(some, Filter(), [UNIPROT + DENSE])) == 4
    assert made_table.among(some, Filter(), []) == []
    assert made_table.among([], Filter()) == []
    assert made_table.among([*some, *some, "x:unknown", '"]'], Filter()) == found
    assert made_table.regulators([*some, UNIPROT + ALONE]) == set(some)


# Expansions


def test_expansion_adds_new_partners(made_url: str) -> None:
    first = read(made_url, {"protein": HUB, "nodes": "20"})
    query = [("protein", HUB), ("nodes", "20"), ("expand", HUB)]
    second = read(made_url, query)
    before = [node["id"] for node in nodes_of(first)]
    after = [node["id"] for node in nodes_of(second)]
    assert after[:20] == before
    assert len(set(after)) == len(after) == 20 + ADDED
    assert second["hubs"][0]["added"] == 19 + ADDED
    data = read(made_url, [("protein", SELF), ("expand", accession(3000))])
    assert [node["id"] for node in nodes_of(data)] == [SELF, accession(3000), MODES]
    assert [node["expanded"] for node in nodes_of(data)] == [True, True, False]
    # The protein has two edges to SELF and one from MODES; they are all there.
    assert len(edges_of(data)) == 4
    assert [(hub["id"], hub["added"]) for hub in data["hubs"]] == [(SELF, 1), (accession(3000), 1)]
    words = show(made_url, [("protein", SELF), ("expand", accession(3000))]).words
    assert "M0: all 2 regulators, 1 target (1 protein added)" in words


def test_the_picture_gets_full_and_says_so(made_url: str) -> None:
    times = (MOST_NODES - NODES) // ADDED
    almost = show(made_url, [("protein", HUB), *[("expand", HUB)] * (times - 1)])
    assert "The picture is full" not in almost.text
    assert any(f"expand={accession(3)}" in link for link in almost.links)
    for more in (0, 1):
        query = [("protein", HUB), *[("expand", HUB)] * (times + more)]
        data = read(made_url, query)
        assert len(nodes_of(data)) == MOST_NODES
        assert data["hubs"][0]["targets"] == {"shown": MOST_NODES - 1 - REGULATORS, "all": TARGETS}
        page = show(made_url, query)
        assert "The picture is full: it holds 500 proteins at most" in page.words
        assert f"{MOST_NODES - 1 - REGULATORS} of 700 targets, the best supported" in page.words
        assert not [link for link in page.links if f"expand={accession(3)}" in link]


def test_expanding_what_a_filter_took_away_is_told(base_url: str) -> None:
    query = {"protein": SOX4, "expand": "P01106", "scale": "small"}
    data = read(base_url, query)
    assert data["absent"] == ["P01106"]
    assert "Not expanded" in show(base_url, query).words


# What is asked for


@pytest.mark.parametrize(
    ("query", "help_text"),
    [
        ({}, "/network?protein=Q06945"),
        ({"protein": SOX4, "nodes": "151"}, "2 to 150"),
        ({"protein": SOX4, "nodes": "1"}, "2 to 150"),
        ({"protein": SOX4, "nodes": "-3"}, "2 to 150"),
        ({"protein": SOX4, "nodes": "1e2"}, "2 to 150"),
        ({"protein": SOX4, "among": "maybe"}, "yes or no"),
        ({"protein": SOX4, "scale": "tiny"}, "small or large"),
        ({"protein": SOX4, "min_papers": "x"}, "number"),
        ({"protein": SOX4, "expand": "x"}, "accession"),
        ({"protein": SOX4, "tf": SOX4}, "protein, organism, scale"),
        ({"protein": SOX4, "expnd": SOX4}, "did you mean 'expand'?"),
        ([("protein", SOX4), ("protein", SOX4)], "give it once"),
        ([("protein", SOX4), *[("expand", SOX4)] * (EXPANSIONS + 1)], "another protein"),
        ({"protein": SOX4, "organism": "a\x00b<script>"}, ""),
    ],
)
@pytest.mark.parametrize("path", ["network", "network.json"])
def test_bad_parameters(base_url: str, path: str, query: Query, help_text: str) -> None:
    reply = fetch(f"{base_url}/{path}", query=query)
    if help_text:
        assert reply.status == 400, reply.text
        assert help_text in reply.json["hint"]
    else:
        # An organism that nobody has is no mistake; there are no edges.
        assert nodes_of(read(base_url, query))[1:] == []


@pytest.mark.parametrize("accept", [None, "text/html"])
@pytest.mark.parametrize(
    ("name", "help_text"),
    [
        ("A0A000AAA0", "this release knows nothing of it"),
        ("nonsense", "is no UniProt accession"),
        ("<script>", "is no UniProt accession"),
        ("sox4", "/network?protein=Q06945"),
    ],
)
def test_unknown_proteins(base_url: str, name: str, help_text: str, accept: str | None) -> None:
    reply = fetch(f"{base_url}/network", query={"protein": name}, accept=accept)
    assert reply.status == 404
    assert help_text in reply.text
    assert "<script>" not in reply.text or reply.media_type != "text/html"


# Headers


def test_caching(base_url: str) -> None:
    for path in ("network", "network.json"):
        first = fetch(f"{base_url}/{path}", query={"protein": SOX4})
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "public, no-cache"
        assert first.headers["TFLink-Release"]
        again = fetch(f"{base_url}/{path}", query={"protein": SOX4}, headers={"If-None-Match": tag})
        assert (again.status, again.body) == (304, b"")
        other = fetch(f"{base_url}/{path}", query={"protein": SOX4, "nodes": "10"})
        assert other.headers["ETag"] != tag


def test_policy_is_as_strict_as_everywhere(base_url: str) -> None:
    policies = {
        _policy(fetch(f"{base_url}{path}", accept=BROWSER))
        for path in (f"/network?protein={SOX4}", "/ontology")
    }
    assert len(policies) == 1
    assert "unsafe" not in policies.pop()


def _policy(reply: Reply) -> str:
    assert reply.status == 200
    return reply.headers["Content-Security-Policy"]


def test_the_page_links_its_data(base_url: str) -> None:
    reply = fetch(f"{base_url}/network", query={"protein": SOX4, "scale": "small"}, accept=BROWSER)
    address = f"/network.json?protein={SOX4}&scale=small"
    assert f'<{address}>; rel="alternate"; type="application/json"' in reply.headers["Link"]
    assert address in Page(reply.text).links
    assert fetch(f"{base_url}{address}").json == Page(reply.text).data


# Names that attack, and what is not installed


def test_attacks_are_shown_as_text(made_url: str) -> None:
    page = show(made_url, {"protein": ATTACK})
    for name in NAMES:
        assert name in page.text
    assert page.text.count(NO_PAGE) >= 2
    for tag, attrs in page.tags:
        assert tag not in ("iframe", "style")
        assert (attrs.get("src") or "/").startswith("/")
        assert not [name for name in attrs if name.startswith("on") or name == "style"], attrs
        assert tag != "script" or "src" in attrs or attrs.get("type") == "application/json"
    for link in page.links:
        assert link.startswith(("/", "http://", "https://", "#")), link
    assert NO_PAGE in {node["id"] for node in nodes_of(page.data)}
    by_id = {node["id"]: node for node in nodes_of(page.data)}
    assert by_id[NO_PAGE]["href"] is None
    assert page.data["terms"][NO_PAGE]["href"] is None


@pytest.fixture
def app(sample_release: Path) -> Iterator[Flask]:
    settings = Settings(release=str(sample_release), workers=1)
    engine = EmbeddedEngine(settings)
    yield create_app(settings, engine)
    engine.close()


@pytest.mark.parametrize("missing", SCRIPTS)
def test_without_the_scripts_of_others_there_is_the_table(app: Flask, missing: str) -> None:
    app.jinja_env.globals["vendored"] = lambda name: None if name == missing else f"/x/{name}"
    page = Page(app.test_client().get(f"/network?protein={SOX4}").get_data(as_text=True))
    assert "The picture is not installed on this server." in page.text
    assert len(page.rows["edges"]) == NODES
    assert not [attrs for tag, attrs in page.tags if attrs.get("id") == "picture"]
    assert not [attrs for _, attrs in page.tags if "network/" in (attrs.get("src") or "")]


def test_with_them_they_are_loaded_in_order(app: Flask) -> None:
    app.jinja_env.globals["vendored"] = lambda name: f"/x/{name}"
    page = Page(app.test_client().get(f"/network?protein={SOX4}").get_data(as_text=True))
    loaded = [src for tag, attrs in page.tags if tag == "script" and (src := attrs.get("src"))]
    assert [src for src in loaded if src.startswith("/x/")] == [f"/x/{name}" for name in SCRIPTS]
