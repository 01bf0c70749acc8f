"""The REST API, against real servers: its answers equal what the store holds."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from rdfconv.building import build
from server.api.operations import OPERATIONS, PREFIX, Operation
from server.api.parameters import FILTERS, MOST_ROWS
from server.api.schemas import SCHEMAS
from tests.conftest import ROOT, StartServer, wait_until
from tests.server.conftest import REPORTS
from tests.server.markup import read
from tests.server.stored import BASE, Stored
from tests.server.test_interactions import CONDITIONS, UNIPROT, wanted_edges
from tests.server.web import Reply, fetch

DOCUMENT = (ROOT / "docs" / "api.md").read_text("utf-8")
GENE_LISTS = f"{PREFIX}/gene-lists"
TAXON = "http://purl.uniprot.org/taxonomy/"


def get(url: str, path: str, **parameters: str) -> Any:
    reply = fetch(f"{url}{PREFIX}{path}", query=parameters or None)
    assert reply.status == 200, reply.text
    return reply.json


def post(url: str, body: object, content_type: str = "application/json") -> Reply:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return fetch(url + GENE_LISTS, method="POST", content_type=content_type, body=sent)


def all_pages(url: str, path: str, **parameters: str) -> list[Any]:
    """The rows of all pages of a list."""
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = get(url, path, **parameters, **cursor)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        assert page["items"]
        cursor = {"cursor": page["next_cursor"]}


def ends(edge: Any) -> tuple[str, str]:
    return edge["transcription_factor"]["accession"], edge["target"]["accession"]


def problem(reply: Reply) -> tuple[int, str]:
    assert reply.media_type == "application/problem+json"
    assert reply.json["detail"]
    assert reply.json["hint"]
    return reply.status, reply.json["type"].rpartition("/")[2]


def asked(url: str, operation: Operation) -> Reply:
    """The example of an operation."""
    if operation.body:
        return post(url, dict(operation.example))
    return fetch(url + operation.example_path)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_every_example_answers(base_url: str, operation: Operation) -> None:
    reply = asked(base_url, operation)
    assert (reply.status, reply.media_type) == (200, "application/json"), reply.text
    properties = SCHEMAS[operation.answer]["properties"]
    assert isinstance(properties, dict)
    assert set(reply.json) == set(properties)
    assert reply.json["release"] == reply.headers["TFLink-Release"]
    assert any(value for name, value in reply.json.items() if name != "release")


# Proteins


def test_all_proteins_page_by_page(base_url: str, stored: Stored) -> None:
    found = [one["iri"] for one in all_pages(base_url, "/proteins", limit=str(MOST_ROWS))]
    assert len(found) > 10 * MOST_ROWS
    assert Counter(found) == Counter(iri for (iri,) in stored.select("SELECT ?p {?p a up:Protein}"))


def test_proteins_of_an_organism(base_url: str, stored: Stored) -> None:
    found = all_pages(base_url, "/proteins", organism="10090", limit="500")
    wanted = stored.select(f"SELECT ?p {{ ?p a up:Protein ; obo:RO_0002162 <{TAXON}10090> }}")
    assert sorted(one["iri"] for one in found) == sorted(iri for (iri,) in wanted)
    assert {one["organism"]["name"] for one in found} == {"Mus musculus"}


def test_proteins_by_name(base_url: str, stored: Stored) -> None:
    found = all_pages(base_url, "/proteins", q="sOx", limit="3")
    labels = stored.select(
        "SELECT ?p { ?p a up:Protein ; rdfs:label ?l FILTER(STRSTARTS(UCASE(?l), 'SOX')) }"
    )
    assert {one["iri"] for one in found} >= {iri for (iri,) in labels}
    assert len(labels) > 3
    assert len({one["iri"] for one in found}) == len(found)
    fishes = all_pages(base_url, "/proteins", q="sOx", limit="3", organism="7955")
    assert fishes == [one for one in found if one["organism"]["iri"] == f"{TAXON}7955"] != []


def test_a_protein(base_url: str, stored: Stored) -> None:
    told = get(base_url, "/proteins/Q06945")
    iri = f"{UNIPROT}Q06945"
    assert (told["iri"], told["accession"], told["name"]) == (iri, "Q06945", "SOX4")
    assert told["ncbi_genes"] == ["6659"]
    assert told["organism"] == {"iri": f"{TAXON}9606", "name": "Homo sapiens"}
    assert told["transcription_factor"] is True
    assert told["targets"] == stored.count(f"<{iri}> tfl:regulates ?o")
    assert told["regulators"] == stored.count(f"?s tfl:regulates <{iri}>")
    orthologs = stored.select(f"SELECT ?o {{ <{iri}> orth:hasOrtholog ?o }}")
    assert told["orthologs"] == sorted(one.removeprefix(UNIPROT) for (one,) in orthologs)


# Interactions and evidence


@pytest.mark.parametrize("query", CONDITIONS)
def test_filtered_interactions_equal_a_query(base_url: str, stored: Stored, query: str) -> None:
    pages = all_pages(base_url, "/interactions", **dict(parse_qsl(query)), limit="1000")
    found = [ends(one) for one in pages]
    total = get(base_url, "/interactions", **dict(parse_qsl(query)))["total"]
    assert len(found) == len(set(found)) == total
    assert set(found) == wanted_edges(stored, CONDITIONS[query])


def test_interactions_are_those_of_the_export(base_url: str, crafted: tuple[str, Stored]) -> None:
    for url, query in ((base_url, {"target": "Q06945"}), (crafted[0], {"organism": "9606"})):
        listed = all_pages(url, "/interactions", limit="2", **query)
        exported = fetch(f"{url}/interactions.json", query=query).json["edges"]
        assert len(listed) > 2
        assert sorted(listed, key=ends) == sorted(exported, key=ends)


def test_the_order_and_its_pages(base_url: str) -> None:
    whole = get(base_url, "/interactions", target="Q06945", sort="-papers", limit="1000")["items"]
    pages = all_pages(base_url, "/interactions", target="Q06945", sort="-papers", limit="10")
    assert pages == whole
    papers = [max(len(told["primary_papers"]) for told in one["evidence"]) for one in whole]
    assert papers == sorted(papers, reverse=True)
    assert len(set(papers)) > 1


def test_the_next_page_is_linked(base_url: str) -> None:
    reply = fetch(f"{base_url}{PREFIX}/interactions?name=sox4&scale=large&limit=40")
    [link] = re.findall('^<(.*)>; rel="next"$', reply.headers["Link"])
    following = fetch(base_url + link).json["items"]
    both = get(base_url, "/interactions", name="sox4", scale="large", limit="80")["items"]
    assert both == reply.json["items"] + following


@pytest.mark.parametrize("report", REPORTS)
def test_evidence_is_the_same_by_its_id_and_of_an_edge(
    crafted: tuple[str, Stored], report: str
) -> None:
    url, stored = crafted
    iri = f"{BASE}evidence/{REPORTS[report]}"
    [(edge, *_), *_] = stored.select(f"SELECT ?i {{ ?i tfl:evidence <{iri}> }}")
    name = edge.removeprefix(f"{BASE}interaction/")
    listed = get(url, f"/interactions/{name}/evidence")["items"]
    assert listed == get(url, f"/interactions/{name}")["evidence"]
    [of_edge] = [one for one in listed if one["iri"] == iri]
    by_id = get(url, f"/evidence/{REPORTS[report]}")
    assert by_id.pop("release")
    assert by_id.pop("interactions") == stored.count(f"?i tfl:evidence <{iri}>")
    assert by_id == of_edge


def test_papers_of_the_edge_and_of_the_database_stand_apart(crafted: tuple[str, Stored]) -> None:
    url, stored = crafted
    for name in REPORTS.values():
        told = get(url, f"/evidence/{name}")
        of_kind = {"primary_papers": "primaryReference", "database_papers": "databaseReference"}
        for member, property_ in of_kind.items():
            papers = stored.objects(f"{BASE}evidence/{name}", property_)
            assert set(told[member]) == {iri.rpartition("/")[2] for iri in papers}
    two = get(url, f"/evidence/{REPORTS['two']}")
    assert (two["primary_papers"], two["database_papers"]) == ([], ["22"])
    assert (two["other_papers"], two["unparsed_references"]) == (["33"], ["17e"])
    assert get(url, f"/evidence/{REPORTS['one']}")["modes"] == ["activation"]


def test_an_edge_of_which_nothing_is_reported(crafted: tuple[str, Stored]) -> None:
    told = get(crafted[0], "/interactions/P00001_P00009")
    assert (ends(told), told["evidence"]) == (("P00001", "P00009"), [])
    assert told["target"]["name"] == "GAMMA"


def test_evidence_that_only_binding_sites_have(base_url: str, stored: Stored) -> None:
    of_sites = set(stored.select("SELECT ?e { ?s tfl:boundBy ?p ; tfl:evidence ?e }"))
    of_edges = set(stored.select("SELECT DISTINCT ?e { ?i tfl:target ?t ; tfl:evidence ?e }"))
    [iri] = min(of_sites - of_edges)
    told = get(base_url, f"/evidence/{iri.rpartition('/')[2]}")
    assert told["interactions"] == 0
    assert told["databases"]


# Search and statistics


@pytest.mark.parametrize("text", ["SOX4", "SOX4 > TP53", "gene:6659", "sxo4", "TFLinkSS09281087"])
def test_search_is_the_search_of_the_site(base_url: str, text: str) -> None:
    told = get(base_url, "/search", q=text)
    del told["release"]
    site = fetch(f"{base_url}/search.json", query={"q": text}).json
    for group, other in zip(told["kinds"], site["kinds"], strict=True):
        assert (group.pop("next_page") is None) == (other.pop("next") is None)
    assert told == site


def test_the_pages_of_a_search(base_url: str) -> None:
    found = []
    for page in range(1, 6):
        [group] = get(base_url, "/search", q="a", kind="protein", page=str(page))["kinds"]
        found += [one["iri"] for one in group["results"]]
        assert group["next_page"] == page + 1
    assert len(set(found)) == len(found) == 100
    reply = fetch(f"{base_url}{PREFIX}/search?q=sox4&kind=protein&page=9")
    assert problem(reply) == (404, "no-such-page")


def test_the_statistics_are_those_of_the_store(base_url: str, stored: Stored) -> None:
    told = get(base_url, "/statistics")
    counts = {one["what"]: one["number"] for one in told["counts"]}
    edges = stored.count("?i a tfl:RegulatoryInteraction")
    assert told["interactions"]["total"] == counts["regulatory interactions"] == edges
    assert counts["transcription factors"] == stored.count("?p a tfl:TranscriptionFactor")
    by = told["interactions"]["by"]
    assert {one["value"]: one["edges"] for one in by["organism"]} == {
        iri.removeprefix(TAXON): int(number)
        for iri, number in stored.select(
            "SELECT ?o (COUNT(DISTINCT ?i) AS ?n) "
            "{ ?i tfl:transcriptionFactor/obo:RO_0002162 ?o } GROUP BY ?o"
        )
    }
    for one in by["scale"] + by["database"][:3] + by["mode"]:
        name = next(name for name in by if one in by[name])
        assert get(base_url, "/interactions", **{name: one["value"]})["total"] == one["edges"]
    assert [one["title"] for one in told["data_sets"]] == ["TFLink 1.0"]


# Gene lists


@pytest.mark.parametrize("find", ["regulators", "targets"])
def test_the_partners_of_genes(base_url: str, stored: Stored, find: str) -> None:
    genes = {"SOX4": "Q06945", "6659": "Q06945", "TP53": "P04637", "p10275": "P10275"}
    body = {"genes": [*genes, "NOSUCH1"], "organism": "9606", "find": find, "limit": 1000}
    told = post(base_url, body).json
    assert {one["given"]: one["protein"]["accession"] for one in told["genes"]} == genes
    assert (told["unknown"], told["ambiguous"]) == (["NOSUCH1"], [])
    edge = "?o tfl:regulates ?g" if find == "regulators" else "?g tfl:regulates ?o"
    values = " ".join(f"uniprotkb:{one}" for one in sorted(set(genes.values())))
    rows = stored.select(f"SELECT ?o ?g {{ VALUES ?g {{ {values} }} {edge} }}")
    assert told["interactions"] == len(rows) > 50
    wanted: dict[str, list[str]] = {}
    for partner, gene in sorted(rows):
        wanted.setdefault(partner, []).append(gene.removeprefix(UNIPROT))
    partners = told["partners"]
    assert {one["protein"]["iri"]: one["genes"] for one in partners} == wanted
    assert told["total"] == len(wanted)
    order = [(-one["count"], one["protein"]["name"].upper()) for one in partners]
    assert order == sorted(order)
    assert [len(one["genes"]) for one in partners] == [one["count"] for one in partners]
    few = post(base_url, {**body, "limit": 2}).json
    assert (few["partners"], few["total"]) == (partners[:2], len(wanted))


def test_a_gene_list_with_filters(base_url: str) -> None:
    body = {"genes": ["Q06945"], "scale": "small", "min_papers": 2}
    told = post(base_url, body).json
    listed = get(base_url, "/interactions", target="Q06945", scale="small", min_papers="2")
    assert told["interactions"] == listed["total"] > 0
    partners = {one["protein"]["accession"] for one in told["partners"]}
    assert partners == {ends(one)[0] for one in listed["items"]}


def test_ambiguous_genes_are_told_and_not_used(crafted: tuple[str, Stored]) -> None:
    url, _ = crafted
    told = post(url, {"genes": ["alpha", "beta", "GAMMA"]}).json
    by_given = {
        one["given"]: [each["accession"] for each in one["proteins"]] for one in told["ambiguous"]
    }
    assert by_given == {"alpha": ["P00001", "Q00001"], "beta": ["P00002", "Q00002"]}
    assert [one["given"] for one in told["genes"]] == ["GAMMA"]
    told = post(url, {"genes": ["alpha", "beta"], "organism": "10090", "find": "targets"}).json
    assert [one["protein"]["accession"] for one in told["genes"]] == ["Q00001", "Q00002"]
    assert told["ambiguous"] == []
    assert [one["protein"]["accession"] for one in told["partners"]] == ["Q00002"]


BAD_BODIES: dict[str, tuple[object, str]] = {
    "no JSON": (b"{", "no JSON text"),
    "half a character": (b'{"genes": ["\\ud800"]}', "no JSON text"),
    "very deep": (b"[" * 100_000, "no JSON text"),
    "no object": (["SOX4"], "no JSON object"),
    "no genes": ({"find": "targets"}, "'genes' is missing"),
    "none": ({"genes": []}, "no list of that length"),
    "too many": ({"genes": ["SOX4"] * 501}, "no list of that length"),
    "a number": ({"genes": [7157]}, "'7157' is no gene"),
    "empty": ({"genes": [" "]}, "genes is ' '"),
    "unknown member": ({"genes": ["SOX4"], "organsim": "9606"}, "no member 'organsim'"),
    "an end": ({"genes": ["SOX4"], "target": "Q06945"}, "no member 'target'"),
    "find": ({"genes": ["SOX4"], "find": "both"}, "find is 'both'"),
    "type": ({"genes": ["SOX4"], "organism": 9606}, "organism is '9606'"),
    "limit": ({"genes": ["SOX4"], "limit": 0}, "limit is '0'"),
    "no limit": ({"genes": ["SOX4"], "limit": True}, "limit is 'true'"),
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_bad_bodies(base_url: str, case: str) -> None:
    body, words = BAD_BODIES[case]
    reply = post(base_url, body)
    assert problem(reply) == (400, "bad-request")
    assert words in reply.json["detail"]


def test_a_body_of_another_type(base_url: str) -> None:
    reply = post(base_url, b"genes=SOX4", "application/x-www-form-urlencoded")
    assert problem(reply) == (415, "unsupported-media-type")


# Errors


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_unknown_parameters_are_errors(base_url: str, operation: Operation) -> None:
    mark = "&" if "?" in operation.example_path else "?"
    path = f"{base_url}{operation.example_path}{mark}scael=small"
    reply = fetch(path, method=operation.method, content_type="application/json", body=b"{}")
    assert problem(reply) == (400, "bad-request")
    assert "no parameter 'scael'" in reply.json["detail"]


BAD_ADDRESSES = {
    "/openapi.json?x=1": (400, "bad-request"),
    "/interactions?tf=SOX4": (400, "bad-request"),
    "/interactions?tf=": (400, "bad-request"),
    "/interactions?name=%20": (400, "bad-request"),
    "/interactions?name=%1F%EF%BB%BF": (400, "bad-request"),
    f"/interactions?name={'x' * 101}": (400, "bad-request"),
    "/interactions?scale=tiny": (400, "bad-request"),
    "/interactions?min_papers=-1": (400, "bad-request"),
    "/interactions?limit=1001": (400, "bad-request"),
    "/interactions?sort=age": (400, "bad-request"),
    "/interactions?scale=small&scale=large": (400, "bad-request"),
    "/interactions?cursor=abc": (404, "no-such-page"),
    "/interactions?cursor=%C3%A4": (400, "bad-request"),
    "/search": (400, "bad-request"),
    "/search?q=sox4&kind=fish": (400, "bad-request"),
    "/proteins/sox4": (404, "not-found"),
    "/proteins/P99998": (404, "no-such-protein"),
    "/interactions/Q06945": (404, "not-found"),
    "/interactions/P99998_P99998": (404, "no-such-interaction"),
    "/interactions/P99998_P99998/evidence": (404, "no-such-interaction"),
    f"/evidence/{'a' * 26}": (404, "no-such-evidence"),
    "/evidence/a": (404, "not-found"),
    "/nothing": (404, "not-found"),
}


@pytest.mark.parametrize("path", BAD_ADDRESSES)
def test_bad_addresses(base_url: str, path: str) -> None:
    reply = fetch(f"{base_url}{PREFIX}{path}")
    assert (reply.status, reply.json["type"].rpartition("/")[2]) == BAD_ADDRESSES[path]
    assert reply.media_type == "application/problem+json"


def test_a_problem_leads_to_the_search(base_url: str) -> None:
    for path in ("/proteins/TP53", "/proteins/P99998"):
        reply = fetch(f"{base_url}{PREFIX}{path}")
        assert fetch(base_url + reply.json["available"]["search"]).status == 200


def test_other_formats_are_refused(base_url: str) -> None:
    reply = fetch(f"{base_url}{PREFIX}/statistics", accept="text/turtle")
    assert reply.status == 406


def test_a_cursor_belongs_to_its_question(base_url: str) -> None:
    page = get(base_url, "/interactions", target="Q06945", limit="2")
    for path in ("/interactions?tf=Q06945", "/interactions", "/proteins"):
        mark = "&" if "?" in path else "?"
        reply = fetch(f"{base_url}{PREFIX}{path}{mark}cursor={page['next_cursor']}")
        assert problem(reply) == (404, "no-such-page")
    other = get(base_url, "/interactions", target="Q06945", limit="5", cursor=page["next_cursor"])
    assert other["items"][0] not in page["items"]


def test_a_cursor_belongs_to_its_release(
    tmp_path: Path, sample: Path, start_server: StartServer
) -> None:
    page = sample / "pages" / "q06945.md"
    build([page], tmp_path / "releases")
    server = start_server(tmp_path / "releases", workers=1)
    old = get(server.url, "/interactions", tf="Q06945", limit="2")
    build([page, sample / "pages" / "a5jng8.md"], tmp_path / "releases", plain=True)
    wait_until(
        lambda: bool(get(server.url, "/statistics")["release"] != old["release"]), "the release"
    )
    parameters = {"tf": "Q06945", "limit": "2", "cursor": old["next_cursor"]}
    reply = fetch(f"{server.url}{PREFIX}/interactions", query=parameters)
    assert problem(reply) == (410, "stale-cursor")
    assert old["release"] in reply.json["detail"]
    server.stop()


# Caching and compression


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if not one.body], ids=lambda one: one.name
)
def test_answers_are_tagged_and_compressed(base_url: str, operation: Operation) -> None:
    url = base_url + operation.example_path
    reply = fetch(url)
    again = fetch(url, headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    squeezed = fetch(url, headers={"Accept-Encoding": "gzip"})
    if squeezed.headers["Content-Encoding"]:
        assert gzip.decompress(squeezed.body) == reply.body
        assert squeezed.headers["ETag"] != reply.headers["ETag"]
    else:
        assert len(reply.body) < 1024
    head = fetch(url, method="HEAD")
    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", reply.headers["ETag"])


def test_gene_lists_are_not_kept(base_url: str) -> None:
    reply = post(base_url, {"genes": ["SOX4"]})
    assert (reply.headers["Cache-Control"], reply.headers["ETag"]) == ("no-store", None)


# What tells of it


def test_the_page_shows_every_operation(base_url: str) -> None:
    reply = fetch(f"{base_url}/api", accept="text/html")
    page = read(reply.text)
    assert [one.text for one in page.all("h2")] == [one.summary for one in OPERATIONS]
    text = page.text
    for operation in OPERATIONS:
        assert f"{operation.method} {PREFIX}{operation.path}" in text
        for parameter in (*operation.parameters, *operation.members):
            assert parameter.meaning
            assert parameter.meaning in text
    links = [link for link in page.links if link.startswith(PREFIX)]
    assert {one.example_path for one in OPERATIONS if not one.body} < set(links)
    assert all(fetch(base_url + link).status == 200 for link in links)
    loaded = [one.attrs.get("src") or one.attrs.get("href") for one in page.all("script")]
    loaded += [one.attrs["href"] for one in page.all("link")]
    assert all(address is None or address.startswith("/") for address in loaded)


def test_the_command_of_the_page_works(base_url: str) -> None:
    page = read(fetch(f"{base_url}/api", accept="text/html").text)
    [command] = [one.raw for one in page.all("pre")]
    assert _run(command)["unknown"] == ["NOSUCH1"]


def test_the_filters_are_explained_where_they_are_defined() -> None:
    assert all(one.meaning for one in FILTERS.values())
    assert FILTERS["scale"].meaning == "small or large: TFLink's flag of the report."


def test_the_documentation_names_every_operation() -> None:
    named = re.findall(r"^\| `(\w+) (/\S+)`", DOCUMENT, re.MULTILINE)
    assert named == [(one.method, PREFIX + one.path) for one in OPERATIONS]


def test_the_commands_of_the_documentation_work(base_url: str) -> None:
    commands = re.findall(r"^    (curl (?:.*\\\n)*.*)$", DOCUMENT, re.MULTILINE)
    edges, evidence, genes = (
        _run(command.replace("http://127.0.0.1:8080", base_url)) for command in commands
    )
    assert len(edges["items"]) == edges["total"] == 5
    assert evidence["items"][0]["primary_papers"] == ["24435928"]
    assert evidence["items"][0]["database_papers"] == ["29087512"]
    assert (genes["unknown"], genes["total"]) == (["NOSUCH1"], 52)


def _run(command: str) -> Any:
    words = shlex.split(command.replace("\\\n", " "))
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
