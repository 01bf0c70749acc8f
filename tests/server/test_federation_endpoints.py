"""Which endpoints a setting allows: those that it names, to the letter, and no other."""

from __future__ import annotations

import re

import pytest

from rdfconv import vocabulary
from rdfconv.errors import UsageError
from server.federation.endpoints import Endpoint, allowed, shipped
from server.remote import Remote
from server.remote.addresses import target

UNIPROT = "https://sparql.uniprot.org/sparql"
SIB = ("uniprot", "bgee", "oma", "rhea")


def iris(*names: str) -> list[str]:
    return [one.iri for one in shipped() if one.name in names]


# --- the table ------------------------------------------------------------------------------------


def test_the_table_has_those_that_were_promised() -> None:
    names = {one.name for one in shipped()}
    assert names >= {*SIB, "wikipathways", "wikidata", "idsm", "rdfportal-ncbi"}
    assert [one.name for one in shipped() if one.group == "sib"] == list(SIB)


def test_every_line_of_the_table_can_be_used() -> None:
    words = [one.name for one in shipped()] + sorted({one.group for one in shipped()} - {""})
    assert len(set(words)) == len(words)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", word) for word in words)
    assert len({one.iri for one in shipped()}) == len(shipped())
    for one in shipped():
        assert target(one.iri).secure
        assert one.remote == Remote(one.iri, private=False)
        assert one.title.strip() == one.title != ""


def test_the_example_queries_ask_only_those_of_the_table() -> None:
    folder = vocabulary.ontology_folder() / "queries"
    asked = {
        iri
        for path in folder.glob("*.rq")
        for line in re.findall(r"^# federates-with: (.*)$", path.read_text("utf-8"), re.MULTILINE)
        for iri in line.split()
    }
    assert len(asked) >= 5
    assert asked <= {one.iri for one in shipped()}


# --- the setting ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("", []),
        (" , ", []),
        ("uniprot", iris("uniprot")),
        ("sib", iris(*SIB)),
        ("rhea,uniprot", [*iris("rhea"), *iris("uniprot")]),
        ("rhea uniprot,\n rhea", [*iris("rhea"), *iris("uniprot")]),
        ("uniprot sib", [*iris("uniprot"), *iris("bgee", "oma", "rhea")]),
        ("https://example.org/sparql?a=b", ["https://example.org/sparql?a=b"]),
        (UNIPROT, [UNIPROT]),
    ],
)
def test_a_setting_lists_endpoints(setting: str, expected: list[str]) -> None:
    found = allowed(setting)
    assert list(found) == expected
    assert all(iri == one.iri == one.remote.url for iri, one in found.items())
    assert not any(one.remote.private for one in found.values())


def test_an_endpoint_is_its_iri_to_the_letter() -> None:
    found = allowed("oma")
    for other in ("https://sparql.omabrowser.org/sparql", "http://sparql.omabrowser.org/sparql/",
                  "https://SPARQL.omabrowser.org/sparql/", "https://sparql.omabrowser.org/sparql/?",
                  "https://sparql.omabrowser.org:443/sparql/"):  # fmt: skip
        assert other not in found


def test_an_iri_that_is_not_in_the_table_has_no_name() -> None:
    iri = "https://example.org/sparql"
    assert allowed(iri) == {iri: Endpoint(iri, "", "", iri, Remote(iri))}


@pytest.mark.parametrize(
    ("setting", "iri", "url"),
    [
        ("uniprot=http://127.0.0.1:7878/query", UNIPROT, "http://127.0.0.1:7878/query"),
        (f"{UNIPROT}=https://mirror.lan/q?a=b", UNIPROT, "https://mirror.lan/q?a=b"),
        ("http://a.example/?x=y=http://[::1]:1/", "http://a.example/?x=y", "http://[::1]:1/"),
        ("https://é.example/=http://10.0.0.1", "https://é.example/", "http://10.0.0.1"),
    ],
)
def test_requests_can_go_elsewhere(setting: str, iri: str, url: str) -> None:
    assert {one.iri: one.remote for one in allowed(setting).values()} == {
        iri: Remote(url, private=True)
    }


@pytest.mark.parametrize("setting", ["sib uniprot={}", "uniprot={} sib", "uniprot={0} uniprot={0}"])
def test_a_mirror_counts_wherever_it_stands(setting: str) -> None:
    found = allowed(setting.format("http://127.0.0.1:1/"))
    assert found[UNIPROT].remote == Remote("http://127.0.0.1:1/", private=True)
    assert found[UNIPROT].name == "uniprot"
    assert not any(one.remote.private for iri, one in found.items() if iri != UNIPROT)


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("uniprto", "'uniprot'"),
        ("SIB", "there are"),
        ("rdf-portal", "'rdfportal'"),
        ("sparql.uniprot.org", ""),
        ("=http://127.0.0.1/", ""),
        ("sib=http://127.0.0.1/", "uniprot, bgee, oma, rhea"),
        ("uniprot=http://127.0.0.1:1/ uniprot=http://127.0.0.1:2/", "two addresses"),
        ("http://example.org/sparql", "http://example.org/sparql=URL"),
        ("https://me:secret@example.org/sparql", "user name"),
        ("uniprot=http://me:secret@127.0.0.1/", "user name"),
        ("https://example.org/sparql#here", "fragment"),
        ("uniprot=http://127.0.0.1/#here", "fragment"),
        ("https:///sparql", "host"),
        ("https://example.org:0/", "port"),
        ("https://example.org:99999/", "malformed"),
        ("ftp://example.org/sparql", "https://"),
        ("uniprot=ftp://127.0.0.1/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("https://example.org/<a>", "https://"),
        ("https://é.example/sparql", "characters"),
        ("https://[fe80::1%25eth0]/sparql", ""),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(setting: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        allowed(setting)
    assert told in str(caught.value)
