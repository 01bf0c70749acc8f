"""Which things have a page, and that every address leads to one."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st

from rdfconv.building import build
from rdfconv.identifiers import DATABASE, METHOD, ORGANISM, local_name
from server.pages.links import KINDS, OUTSIDE, local_address, outside
from tests.conftest import StartServer
from tests.server.following import pages_of, union
from tests.server.markup import read
from tests.server.stored import BASE, Stored
from tests.server.web import fetch

SPACES = (
    "http://purl.uniprot.org/uniprot/",
    "http://identifiers.org/ncbigene/",
    "http://rdf.ncbi.nlm.nih.gov/pubmed/",
    "http://purl.uniprot.org/taxonomy/",
    "http://purl.obolibrary.org/obo/MI_",
    BASE,
)
"""Where the IRIs start of which every one must have a page."""
EACH = 4
"""How many things of a kind are asked for."""


@pytest.fixture(scope="module")
def iris(stored: Stored) -> dict[str, list[str]]:
    """All IRIs of the sample that must have a page, by the start of their addresses."""
    found = {
        term.value
        for quad in stored.store
        for term in (quad.subject, quad.object)
        if isinstance(term, ox.NamedNode) and term.value.startswith(SPACES)
    }
    # The ontology's versions are named by the ontology, not described here.
    found = {iri for iri in found if not iri.startswith(f"{BASE}ontology/")}
    by_kind: dict[str, list[str]] = defaultdict(list)
    for iri in sorted(found):
        by_kind[re.split("[/#]", local_address(iri) or "/")[1]].append(iri)
    return by_kind


def test_every_thing_has_an_address(iris: dict[str, list[str]]) -> None:
    assert iris.pop("", []) == []
    assert set(iris) == {*KINDS, "ontology"}


def test_every_address_leads_to_the_thing(base_url: str, iris: dict[str, list[str]]) -> None:
    document_of = cache(lambda path: union(pages_of(base_url, path)))
    for kind, things in iris.items():
        if kind in ("", "ontology"):
            continue
        step = max(len(things) // EACH, 1)
        for iri in things[::step][:EACH]:
            address = local_address(iri)
            assert address is not None
            path, _, fragment = address.partition("#")
            # A graph's own address is that of the graph, in which its parts are.
            whole = kind == "graph" and fragment
            document = document_of(path if whole else f"{path}.nt")
            assert (rdflib.URIRef(iri), None, None) in document, iri
            assert fetch(base_url + path, accept="text/html").status == 200, iri


def test_every_term_of_the_ontology_has_a_place(base_url: str, iris: dict[str, list[str]]) -> None:
    page = read(fetch(f"{base_url}/ontology", accept="text/html").text)
    ids = {element.attrs["id"] for element in page if "id" in element.attrs}
    for iri in iris["ontology"]:
        path, _, fragment = (local_address(iri) or "").partition("#")
        assert path == "/ontology"
        assert not fragment or fragment in ids, iri


ODD = [
    "Mus x",
    "a/b",
    "a//b",
    "/a",
    "a/",
    "a/../b",
    "x.ttl",
    "x.html",
    ".rdf",
    "100%",
    "%2F",
    "a?b#c",
    "quotes \" and '",
    "back\\slash",
    "<script>alert(1)</script>",
    "\u202egnirts",
    "naïve ☃ 💩",
    "{{ 7 * 7 }}",
    "~tilde_-.",
    "a\u0301",
    "x" * 240,
]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example("..")
@example(".")
@example("MI_0402")
@example("9606")
@example("a\nb")
def test_addresses_lead_back_to_names(name: str) -> None:
    """What the address names, decoded as a server does, is the thing again."""
    for kind, start in (("database", DATABASE), ("method", METHOD), ("organism", ORGANISM)):
        iri = start + local_name(name)
        address = local_address(iri)
        if address is None:
            # A client would not ask for it, or it would mean something else.
            assert name in (".", "..") or KINDS[kind].iri(name) != iri
            continue
        assert address == f"/{kind}/{local_name(name)}"
        assert KINDS[kind].iri(unquote(address).removeprefix(f"/{kind}/")) == iri
        assert KINDS[kind].address(name) == address


@given(st.from_regex(r"(Q[0-9][A-Z0-9]{3}[0-9]|[1-9][0-9]{0,6}|MI_[0-9]{4})", fullmatch=True))
def test_ids_of_others(name: str) -> None:
    for kind in KINDS.values():
        iri = kind.iri(name)
        if iri is not None:
            assert local_address(iri) == f"/{kind.path}/{name}"
            for _, address in outside(kind.path, name):
                assert address.startswith("https://")
                assert name.lower() in address.lower().replace(":", "_")


@pytest.mark.parametrize(
    "iri",
    [
        "",
        "javascript:alert(1)",
        "https://example.org/",
        BASE,
        f"{BASE}nothing",
        f"{BASE}nothing/x",
        f"{BASE}database/",
        f"{BASE}database/a b",
        f"{BASE}database/a%2fb",
        f"{BASE}database/%41",
        f"{BASE}database/a/b",
        f"{BASE}database/<script>",
        f"{BASE}database/..",
        f"{BASE}organism/9606",
        f"{BASE}method/MI_0402",
        f"{BASE}page/q06945",
        f"{BASE}interaction/Q06945",
        "http://purl.uniprot.org/uniprot/nonsense",
        "http://purl.uniprot.org/taxonomy/0",
        "http://purl.obolibrary.org/obo/GO_0003700",
        f"{BASE}assembly/a/b/c",
    ],
)
def test_what_has_no_page(iri: str) -> None:
    assert local_address(iri) is None


def test_only_known_things_have_pages_outside() -> None:
    for kind in KINDS:
        assert outside(kind, "<script>") == []
        assert outside(kind, "Mus%20x") == []
    assert set(OUTSIDE) <= set(KINDS)


# Names as they come, over HTTP


@pytest.fixture(scope="module")
def odd_url(tmp_path_factory: pytest.TempPathFactory, start_server: StartServer) -> str:
    """A server whose databases have odd names."""
    root: Path = tmp_path_factory.mktemp("odd")
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    database = f"<{BASE}ontology#SourceDatabase>"
    kind = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    triples = [
        ox.Triple(ox.NamedNode(DATABASE + local_name(name)), ox.NamedNode(label), ox.Literal(name))
        for name in (*ODD, "a\nb")
    ]
    lines = [f"{triple} .\n{triple.subject} {kind} {database} .\n" for triple in triples]
    (root / "odd.nt").write_text("".join(lines), "utf-8")
    build([root / "odd.nt"], root / "releases")
    return start_server(root / "releases", workers=1).url


@pytest.mark.parametrize("name", [*ODD, "a\nb"])
def test_odd_names(odd_url: str, name: str) -> None:
    iri = DATABASE + local_name(name)
    address = local_address(iri)
    assert address is not None
    reply = fetch(odd_url + address, accept="text/turtle")
    assert reply.status == 200, reply.text
    assert (rdflib.URIRef(iri), rdflib.RDFS.label, rdflib.Literal(name)) in reply.graph()
    assert reply.headers["Content-Location"] == f"{address}.ttl"
    page = read(fetch(odd_url + address, accept="text/html").text)
    assert page.one("h1").all("bdi")[0].raw == name
    for link in page.all("link", rel="alternate"):
        alternate = fetch(odd_url + link.attrs["href"])
        assert (rdflib.URIRef(iri), None, None) in alternate.graph()
    for suffix in ("ttl", "jsonld", "nt", "rdf", "html"):
        assert f"{address}.{suffix}" in reply.headers["Link"] + reply.headers["Content-Location"]
