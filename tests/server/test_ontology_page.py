"""The ontology's page and its documents, against real servers."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SKOS
from rdflib.compare import isomorphic

from rdfconv.identifiers import BASE, ONTOLOGY_GRAPH, TERM
from rdfconv.vocabulary import ontology_folder
from tests.conftest import MakeRelease, StartServer
from tests.server.web import Reply, fetch

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
MEDIA_TYPES = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "html": "text/html",
}
ONTOLOGY = rdflib.URIRef(f"{BASE}ontology")
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class _Page(HTMLParser):
    """Tags with their attributes, and the text, also of each element with an id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.text = ""
        self._open: list[tuple[str, str | None]] = []
        self.feed(text)
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in {"dt", "dd", "li", "p"}:
            self.handle_data(" ")
        self.tags.append((tag, found))
        if tag not in VOID:
            self._open.append((tag, found.get("id")))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for _, name in self._open:
            if name:
                self.texts[name] = self.texts.get(name, "") + data

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag == name]

    @property
    def links(self) -> list[str]:
        return [attrs["href"] or "" for attrs in self.all("a")]


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    return rdflib.Graph().parse(ontology_folder() / "tflink.ttl")


@pytest.fixture(scope="module")
def version(ontology: rdflib.Graph) -> str:
    return str(ontology.value(ONTOLOGY, OWL.versionInfo))


@pytest.fixture(scope="module")
def reply(base_url: str) -> Reply:
    return fetch(f"{base_url}/ontology", accept=BROWSER)


@pytest.fixture(scope="module")
def page(reply: Reply) -> _Page:
    return _Page(reply.text)


# The documents


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        (None, "ttl"),
        ("*/*", "ttl"),
        ("application/ld+json", "jsonld"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "rdf"),
        ("text/html", "html"),
        (BROWSER, "html"),
    ],
)
@pytest.mark.parametrize("of_version", [False, True])
def test_formats(
    base_url: str, version: str, accept: str | None, suffix: str, of_version: bool
) -> None:
    path = f"/ontology/{version}" if of_version else "/ontology"
    reply = fetch(f"{base_url}{path}", accept=accept)
    assert (reply.status, reply.media_type) == (200, MEDIA_TYPES[suffix])
    assert reply.headers["Content-Location"] == f"{path}.{suffix}"
    assert reply.headers["Vary"] == "Accept, Accept-Encoding, Origin"
    assert reply.headers["TFLink-Release"]
    for other, media_type in MEDIA_TYPES.items():
        link = f'<{path}.{other}>; rel="alternate"; type="{media_type}"'
        assert (link in reply.headers["Link"]) == (other != suffix)
    assert f'<{ONTOLOGY}>; rel="describes"' in reply.headers["Link"]
    by_suffix = fetch(f"{base_url}{path}.{suffix}", accept="image/png")
    assert (by_suffix.status, by_suffix.body) == (200, reply.body)
    assert "Content-Location" not in by_suffix.headers
    head = fetch(f"{base_url}{path}", accept=accept, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(reply.body))


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "nt", "rdf"])
def test_documents_say_what_the_ontology_says(
    base_url: str, ontology: rdflib.Graph, suffix: str
) -> None:
    assert isomorphic(fetch(f"{base_url}/ontology.{suffix}").graph(), ontology)


def test_turtle_is_for_people(base_url: str) -> None:
    text = fetch(f"{base_url}/ontology.ttl").text
    first = re.search(r"^[^@\n].*", text, re.MULTILINE)
    assert first is not None
    assert first[0].startswith(f"<{ONTOLOGY}> a owl:Ontology")
    assert text.index("\ntfl:regulates a") < text.index("\nup:Protein a")
    assert "owl:propertyChainAxiom ( tfl:isTranscriptionFactorIn tfl:target )" in text
    assert "_:" not in text
    assert "rdf:first" not in text


@pytest.mark.parametrize("suffix", ["owl", "json", "xml"])
def test_other_suffixes_are_redirected(base_url: str, version: str, suffix: str) -> None:
    usual = {"owl": "rdf", "json": "jsonld", "xml": "rdf"}[suffix]
    for path in ("/ontology", f"/ontology/{version}"):
        reply = fetch(f"{base_url}{path}.{suffix}")
        assert (reply.status, reply.headers["Location"]) == (301, f"{path}.{usual}")


def test_406(base_url: str) -> None:
    reply = fetch(f"{base_url}/ontology", accept="image/png")
    assert reply.status == 406
    assert reply.json["available"] == MEDIA_TYPES


@pytest.mark.parametrize("accept", [None, "text/html", "text/plain;q=0.9, */*;q=0.1"])
def test_what_is_not_there(base_url: str, version: str, accept: str | None) -> None:
    for path in ("/9.9.9", "/9.9.9.ttl", "/%3Cscript%3E", "/%0d%0aX-Header:%20x"):
        reply = fetch(f"{base_url}/ontology{path}", accept=accept)
        assert reply.status == 404
        assert f"/ontology/{version}" in reply.text
        assert "<script>" not in reply.text or reply.media_type != "text/html"
        assert "X-Header" not in reply.headers
    reply = fetch(f"{base_url}/ontology.xyz", accept=accept)
    assert reply.status == 404
    assert "/ontology.jsonld" in reply.text or ".jsonld" in reply.text


# The page


def test_every_term_has_its_place_on_the_page(page: _Page, ontology: rdflib.Graph) -> None:
    terms = {term for term in ontology.subjects() if str(term).startswith(TERM)}
    assert len(terms) > 70
    for term in terms:
        name = str(term).removeprefix(TERM)
        shown = page.texts[name]
        assert f"#{name}" in page.links
        assert str(term) in shown
        for predicate in (RDFS.label, SKOS.definition, SKOS.example, SKOS.editorialNote):
            for value in ontology.objects(term, predicate):
                assert str(value) in shown, (term, predicate)


def test_what_is_said_of_a_term_is_shown_in_words(page: _Page) -> None:
    shown = {name: " ".join(text.split()) for name, text in page.texts.items()}
    regulates = shown["regulates"]
    assert "Implies obo:RO_0002566 (causally influences)" in regulates
    assert "From (domain) tfl:TranscriptionFactor" in regulates
    assert "To (range) tfl:TargetProtein" in regulates
    assert "Follows from tfl:isTranscriptionFactorIn, then tfl:target" in regulates
    assert "Inverse of tfl:regulatedBy" in regulates
    assert "Used in the chain of tfl:regulatesGene" in regulates
    assert "Inverse of tfl:regulates" in shown["regulatedBy"]
    assert "Same as whatever has for tfl:smallScale the value true" in shown["SmallScaleEvidence"]
    assert "Close match of: tfl:Gene" in shown["term-obo:SO_0000704"]
    assert "Kinds of it tfl:SmallScaleEvidence" in shown["Evidence"]
    assert "Never also" in shown["Gene"]
    assert "tfl:Gene" not in shown["Gene"].partition("Never also")[2].partition("To")[0]
    assert "object property, transitive" in shown["broaderMethod"]
    assert "an expression that only the RDF shows" not in page.text


def test_everything_else_is_shown_too(page: _Page, ontology: rdflib.Graph) -> None:
    text = " ".join(page.text.split())
    for predicate, value in ontology.predicate_objects(ONTOLOGY):
        if predicate != RDF.type:
            text_of = str(value).partition("T00:00")[0]  # a date without its time
            shown = " ".join(text_of.split())
            assert shown in text, (predicate, value)
    for _, value in ontology.subject_objects(SKOS.scopeNote):
        assert " ".join(str(value).split()) in text
    for term in ontology.subjects(RDFS.isDefinedBy, unique=True):
        assert str(term) in page.links


def test_links_and_labels_lead_somewhere(page: _Page, base_url: str) -> None:
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for link in page.links:
        assert link.startswith(("#", "/", "http://", "https://")), link
        if link.startswith("#"):
            assert link[1:] in ids, link
        elif link.startswith("/"):
            assert fetch(f"{base_url}{link}").status == 200, link
    for _, attrs in page.tags:
        labelled = attrs.get("aria-labelledby")
        assert labelled is None or labelled in ids


def test_headings_are_in_order_and_tables_have_headers(page: _Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.all("main")) == 1
    assert {attrs["scope"] for attrs in page.all("th")} == {"col", "row"}
    for attrs in page.all("pre"):
        assert attrs["aria-label"]


def test_the_policy_of_the_site_is_kept(page: _Page, base_url: str) -> None:
    for tag, attrs in page.tags:
        assert tag not in {"style", "iframe"}
        assert tag != "script" or (attrs.get("src") or "").startswith("/static/")
        assert not [name for name in attrs if name.startswith("on") or name == "style"]
    (image,) = [attrs for attrs in page.all("img") if attrs.get("class") == "model"]
    assert "tfl:regulates" in (image["alt"] or "")
    assert image["src"] in page.links
    picture = fetch(f"{base_url}{image['src']}")
    assert (picture.status, picture.media_type) == (200, "image/svg+xml")


def test_the_site_links_it(base_url: str) -> None:
    assert "/ontology" in _Page(fetch(f"{base_url}/").text).links


# Releases made up


def _serve(
    root: Path, make_release: MakeRelease, start_server: StartServer, lines: list[str]
) -> str:
    make_release(root, "".join(f"{line} <{ONTOLOGY_GRAPH}> .\n" for line in lines))
    return start_server(root, workers=1).url


def test_a_release_without_an_ontology(
    tmp_path: Path, make_release: MakeRelease, start_server: StartServer
) -> None:
    url = _serve(tmp_path, make_release, start_server, [])
    for suffix in ("", ".html", ".ttl", "/1.0.0"):
        reply = fetch(f"{url}/ontology{suffix}")
        assert reply.status == 404
        assert "rdfconv build" in reply.json["hint"]


ATTACK = '<script>alert("x")</script>'


@pytest.mark.parametrize("endless", [False, True])
def test_what_is_strange_is_shown_and_does_no_harm(
    tmp_path: Path, make_release: MakeRelease, start_server: StartServer, endless: bool
) -> None:
    quoted = ATTACK.replace('"', '\\"')
    odd = f"<{TERM}odd>"
    lines = [
        f'<{ONTOLOGY}> <{OWL.versionInfo}> "7"',
        f"{odd} <{RDF.type}> <{OWL.ObjectProperty}>",
        f'{odd} <{RDFS.label}> "{quoted}"',
        f'{odd} <{SKOS.definition}> "auf Deutsch"@de',
        f'{odd} <{SKOS.definition}> "in English"@en',
        f'{odd} <{SKOS.definition}> "en français"@fr',
        f"{odd} <{RDFS.seeAlso}> <javascript:alert(1)>",
        f'{odd} <http://example.org/unheard-of> "unheard of"',
        f"{odd} <{RDFS.domain}> _:u",
        f"_:u <{OWL.unionOf}> _:l1",
        f"_:l1 <{RDF.first}> <{TERM}odd>",
        f"_:l1 <{RDF.rest}> _:l2",
        f"_:l2 <{RDF.first}> <{TERM}other>",
        f"_:l2 <{RDF.rest}> {'_:l1' if endless else f'<{RDF.nil}>'}",
        f"{odd} <{RDFS.range}> _:nothing",
        f"<{TERM}other> <{RDF.type}> <http://example.org/Kind>",
        f"<http://example.org/datum> <{RDF.type}> <{TERM}other>",
        f"<javascript:alert(2)> <{RDF.type}> <{OWL.Class}>",
    ]
    url = _serve(tmp_path, make_release, start_server, lines)
    assert fetch(f"{url}/ontology/7").status == 200
    reply = fetch(f"{url}/ontology.html")
    assert reply.status == 200
    page = _Page(reply.text)
    shown = " ".join(page.texts["odd"].split())
    assert ATTACK in shown
    assert "in English" in shown
    assert "http://example.org/unheard-of unheard of" in shown
    assert ("tfl:odd or tfl:other" in shown) != endless
    assert "an expression that only the RDF shows" in shown
    assert "http://example.org/Kind" in page.texts["other"]
    assert all((attrs.get("src") or "").startswith("/static/") for attrs in page.all("script"))
    assert not [link for link in page.links if link.startswith("javascript:")]
    assert "1 nodes that are no terms" in page.text
    assert "http://example.org/datum" not in page.text
    for suffix in ("ttl", "nt", "jsonld"):
        assert len(fetch(f"{url}/ontology.{suffix}").graph()) == len(lines)
