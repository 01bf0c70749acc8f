"""Lists narrowed to a mode of regulation or a data set, against real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from rdfconv.building import build
from tests.conftest import StartServer
from tests.inputs import mitab_row, row, table
from tests.server import web
from tests.server.markup import Element, read

FIELDS = {"mode", "dataset"}


@pytest.fixture(scope="module")
def blended(tmp_path_factory: pytest.TempPathFactory, start_server: StartServer) -> Iterator[str]:
    """A server with TFLink's rows, one of them with a mode, and TRRUST's."""
    folder = tmp_path_factory.mktemp("blended")
    (folder / "table.tsv").write_text(table(row(UniprotID_TF="P10242", Name_TF="MYB")), "utf-8")
    activates = mitab_row(annotation_A='function:"activator"')
    (folder / "mitab.tsv").write_text(f"{activates}\n", "utf-8")
    trrust = "NANOG\tDKK1\tRepression\t19148141\nDKK1\tNANOG\tUnknown\t1\n"
    (folder / "trrust.human.tsv").write_text(trrust, "utf-8")
    build([folder], folder / "releases")
    server = start_server(folder / "releases", workers=1)
    yield server.url
    server.stop()


def page_of(url: str) -> Element:
    reply = web.fetch(url, accept="text/html")
    assert reply.status == 200, reply.text
    return read(reply.text)


def fields_of(page: Element) -> dict[str, list[str]]:
    """The values that the form's lists offer, by their names."""
    return {
        field.attrs["name"]: [one.attrs["value"] for one in field.all("option")]
        for field in page.one("form", class_="filters").all("select")
    }


def test_fields_stand_where_the_release_varies(blended: str) -> None:
    fields = fields_of(page_of(f"{blended}/interactions"))
    assert fields["mode"] == ["", "activation", "repression", "unknown"]
    assert fields["dataset"] == ["", "tflink-1.0", "trrust-2"]


def test_no_fields_where_it_does_not(base_url: str) -> None:
    """The sample is one data set, which tells no mode."""
    for path in ("/interactions", "/protein/Q06945"):
        page = page_of(base_url + path)
        assert not FIELDS & set(fields_of(page)), path
        assert not [href for href in page.links if "mode=" in href or "dataset=" in href], path


@pytest.mark.parametrize(
    ("query", "edges"),
    [
        ("mode=activation", {"Q9H9S0_O94907"}),
        ("mode=activator", {"Q9H9S0_O94907"}),
        ("mode=repression", {"Q9H9S0_O94907"}),
        ("mode=unknown", {"P10242_O94907", "O94907_Q9H9S0"}),
        ("dataset=trrust-2", {"Q9H9S0_O94907", "O94907_Q9H9S0"}),
        ("dataset=tflink-1.0&mode=unknown", {"P10242_O94907"}),
        ("dataset=tflink-1.0&mode=repression", set()),
    ],
)
def test_page_query_files_and_network_agree(blended: str, query: str, edges: set[str]) -> None:
    page = page_of(f"{blended}/interactions?{query}")
    start = "/interaction/"
    links = {href.removeprefix(start) for href in page.links if href.startswith(start)}
    assert links == edges
    shown = page.section("behind").one("pre", aria_label="The edges listed, SPARQL").raw
    reply = web.ask(f"{blended}/sparql", shown, "form")
    assert reply.status == 200, reply.text
    rows = reply.json["results"]["bindings"]
    ends = ("transcriptionFactor", "target")
    assert {"_".join(one[end]["value"].rsplit("/", 1)[-1] for end in ends) for one in rows} == edges
    told = json.loads(web.fetch(f"{blended}/interactions.json?{query}").text)
    iris = {one["interaction"].rsplit("/", 1)[-1] for one in told["edges"]}
    assert iris == edges
    drawn = web.fetch(f"{blended}/network.json?protein=O94907&{query}").json["elements"]["edges"]
    assert {f"{one['data']['source']}_{one['data']['target']}" for one in drawn} == edges


def test_chips_lead_to_the_narrower_list_and_back(blended: str) -> None:
    page = page_of(f"{blended}/interactions")
    [href] = {one for one in page.links if one == "/interactions?mode=repression"}
    narrow = page_of(blended + href)
    [chosen] = [one for one in narrow.all("a", class_="chip") if "aria-current" in one.attrs]
    assert chosen.attrs["href"] == "/interactions"
    files = [one for one in narrow.links if one.startswith("/interactions.")]
    assert files
    assert all("mode=repression" in one for one in files)


def test_the_network_keeps_the_filter(blended: str) -> None:
    page = page_of(f"{blended}/network?protein=O94907&mode=repression&dataset=trrust-2")
    kept = {one.attrs["name"]: one.attrs.get("value") for one in page.all("input", type="hidden")}
    assert (kept["mode"], kept["dataset"]) == ("repression", "trrust-2")


def test_a_wrong_mode_is_refused(blended: str) -> None:
    for path in ("/interactions", "/interactions.tsv", "/network.json?protein=O94907"):
        reply = web.fetch(f"{blended}{path}{'&' if '?' in path else '?'}mode=inhibitor")
        assert reply.status == 400, path
        assert "is no mode of regulation" in reply.text
