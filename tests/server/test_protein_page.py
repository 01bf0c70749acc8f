"""The page of a protein, against real servers: every number and row equals a query."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from tests.conftest import SAMPLE
from tests.server.markup import Element, numbers, read
from tests.server.stored import TFL, Stored
from tests.server.web import fetch

UNIPROT = "http://purl.uniprot.org/uniprot/"
EXAMPLES = ["Q06945", "P11308", "Q6TEL1", "Q07120", "P02283", "A0A0N4STU7"]
"""A regulator that is regulated, one of which no page is there, a hub with more than 2,000
targets, a target alone, one with one edge, one that no page is about."""
UNRELATED = "Q10024"
"""A protein without edges."""


def page_of(url: str, accession: str, query: str = "") -> Element:
    reply = fetch(f"{url}/protein/{accession}.html{query}")
    assert reply.status == 200, reply.text
    return read(reply.text)


def shown(page: Element, id: str) -> tuple[list[int], list[str]]:
    """The numbers of a list's caption, and the accessions of its rows."""
    section = page.section(id)
    captions = section.all("caption")
    return (
        numbers(captions[0].text) if captions else [],
        [cells[1].text for cells in section.rows()],
    )


def partners(stored: Stored, accession: str, id: str, more: str = "") -> set[str]:
    """The accessions at the other end of the edges of a list, by a query."""
    roles = ("target", "transcriptionFactor")
    mine, other = roles if id == "regulators" else roles[::-1]
    rows = stored.select(
        f"SELECT DISTINCT ?other {{ ?i tfl:{mine} <{UNIPROT}{accession}> ; tfl:{other} ?other ; "
        f"tfl:evidence ?evidence . {more} }}"
    )
    return {iri.removeprefix(UNIPROT) for (iri,) in rows}


@pytest.mark.parametrize("accession", EXAMPLES)
def test_the_summary_counts_the_edges(base_url: str, stored: Stored, accession: str) -> None:
    page = page_of(base_url, accession)
    lead = page.one("p", class_="lead").text
    as_target = stored.count(f"?x tfl:regulates <{UNIPROT}{accession}>")
    as_regulator = stored.count(f"<{UNIPROT}{accession}> tfl:regulates ?x")
    said = re.search(r"([\d,]+) transcription factors? regulates?", lead)
    assert (numbers(said[1])[0] if said else 0) == as_target
    assert bool(said) != ("No transcription factor that regulates it is listed" in lead)
    said = re.search(r"it regulates ([\d,]+) targets?", lead)
    assert (numbers(said[1])[0] if said else 0) == as_regulator
    is_factor = stored.count(f"<{UNIPROT}{accession}> a tfl:TranscriptionFactor")
    assert ("listed by TFLink as a transcription factor" in lead) == bool(is_factor)
    for id, total in (("regulators", as_target), ("targets", as_regulator)):
        assert numbers(page.section(id).one("h2").text) == ([total] if total else [])


def test_a_protein_without_edges(base_url: str) -> None:
    page = page_of(base_url, UNRELATED)
    assert "No transcription factor that regulates it is listed" in page.text
    assert page.section("regulators").rows() == page.section("targets").rows() == []
    assert "None listed." in page.section("targets").text
    assert not page.all("form", class_="filters")


def front_matter(path: Path) -> dict[str, Any]:
    found = yaml.safe_load(path.read_text("utf-8").split("\n---\n")[0].removeprefix("---\n"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("path", sorted((SAMPLE / "pages").glob("*.md")), ids=lambda p: p.stem)
def test_what_tflink_s_page_states_and_lists(base_url: str, path: Path) -> None:
    """By TFLink's own page: its number of interactions, and whether its lists are cut at 100."""
    states = front_matter(path)
    page = page_of(base_url, states["uniprot_accession"])
    lists = [
        len([line for line in (states[name] or "").splitlines() if line.strip()])
        for name in ("tfs", "targets")
    ]
    (notice,) = [one.text for one in page.all("p", class_="notice") if "on TFLink" in one.text]
    said = re.search(
        r"states ([\d,]+) interactions? and lists (\d+) transcription factors? and (\d+) targets?",
        notice,
    )
    assert said
    number = int(states["number_of_interactions"])
    assert [numbers(text)[0] for text in said.groups()] == [number, *lists]
    assert ("TFLink cuts the lists on its pages at 100 rows" in notice) == (max(lists) >= 100)
    missing = re.search(r"([\d,]+) of the interactions it states are not in this release", notice)
    edges = sum(numbers(page.section(id).one("h2").text)[:1][0] if page.section(id).rows() else 0
                for id in ("regulators", "targets"))  # fmt: skip
    if missing:
        assert numbers(missing[1]) == [number - edges]
    else:
        assert max(lists) < 100 or number <= edges


def test_sox4_is_said_to_be_cut(base_url: str) -> None:
    text = page_of(base_url, "Q06945").text
    assert "states 6,827 interactions and lists 51 transcription factors and 100 targets" in text
    assert "6,676 of the interactions it states are not in this release" in text


@pytest.mark.parametrize("accession", ["Q06945", "P10242"])
@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("", ""),
        ("scale=small", "?evidence tfl:smallScale true ."),
        ("database=GTRD", f"?evidence tfl:sourceDatabase <{TFL[:-9]}database/GTRD> ."),
        ("min_papers=1", "?evidence tfl:primaryReferenceCount ?n . FILTER(?n >= 1)"),
        ("name=a", '?other rdfs:label ?l FILTER(CONTAINS(LCASE(?l), "a"))'),
        (
            "method=MI_0402&scale=large",
            "?evidence tfl:detectionMethodOrBroader obo:MI_0402 ; tfl:smallScale false .",
        ),
        ("name=nothing-has-this-name", "FILTER(false)"),
    ],
)
def test_filtered_lists_equal_a_query(
    base_url: str, stored: Stored, accession: str, query: str, condition: str
) -> None:
    page = page_of(base_url, accession, f"?{query}" if query else "")
    for id in ("regulators", "targets"):
        wanted = partners(stored, accession, id, condition)
        caption, found = shown(page, id)
        assert len(found) == len(set(found)) == min(len(wanted), 100)
        assert set(found) <= wanted
        assert caption == ([1, len(found), len(wanted)] if wanted else [])
        total = len(partners(stored, accession, id))
        text = page.section(id).text
        if query and 0 < len(wanted) < total:
            assert f"{len(wanted):,} of {total:,} meet the filter" in text
        elif query and total and not wanted:
            assert f"None of the {total:,} meets the filter" in text
    notices = [one for one in page.all("p", class_="notice") if "Show all" in one.text]
    assert bool(notices) == bool(query)
    for notice in notices:
        assert notice.links == [f"/protein/{accession}.html"]
    # The summary counts all edges, whatever is chosen.
    for id in ("regulators", "targets"):
        total = len(partners(stored, accession, id))
        assert not total or f"{total:,} " in page.one("p", class_="lead").text


@pytest.mark.parametrize("id", ["regulators", "targets"])
def test_the_state_is_in_all_addresses(base_url: str, id: str) -> None:
    """Downloads, the network, sorting, turning pages and the form keep what was chosen."""
    query = "?scale=large&database=GTRD&targets_sort=name&name=a"
    page = page_of(base_url, "Q06945", query)
    chosen = {"scale": ["large"], "database": ["GTRD"], "name": ["a"]}
    end = {"target" if id == "regulators" else "tf": ["Q06945"]}
    downloads = [link for link in page.section(id).links if link.startswith("/interactions.")]
    assert len(downloads) == 12  # GMT with three kinds of ids
    for link in downloads:
        carried = parse_qs(urlsplit(link).query)
        assert carried.pop("ids", []) in ([], ["entrez"], ["uniprot"])
        assert carried == chosen | end
    for heading in page.section(id).all("th", scope="col"):
        for link in heading.links:
            asked = parse_qs(urlsplit(link).query)
            assert {name: asked.get(name) for name in chosen} == chosen
            if id == "regulators":
                assert asked["targets_sort"] == ["name"]
    (network,) = [link for link in page.one("main").links if link.startswith("/network?")]
    assert parse_qs(urlsplit(network).query) == chosen | {"protein": ["Q06945"]}
    form = page.one("form", class_="filters")
    assert form.attrs["action"] == "/protein/Q06945.html"
    values = {one.attrs["name"]: one.attrs["value"] for one in form.all("input")}
    for select in form.all("select"):
        values[select.attrs["name"]] = select.one("option", selected="").attrs["value"] if (
            select.all("option", selected="")) else ""  # fmt: skip
    assert {name: [value] for name, value in values.items() if value} == chosen


@pytest.mark.parametrize(
    ("sort", "key", "ascending"),
    [
        ("name", lambda cells: cells[0].text.upper(), True),
        ("-name", lambda cells: cells[0].text.upper(), False),
        ("papers", lambda cells: papers(cells[5]), True),
        ("-papers", lambda cells: papers(cells[5]), False),
        ("-databases", lambda cells: len(cells[3].all("a")), False),
        ("", lambda cells: papers(cells[5]), False),
        ("-support", lambda cells: papers(cells[5]), True),
    ],
)
def test_sorting(base_url: str, sort: str, key: Any, ascending: bool) -> None:
    page = page_of(base_url, "Q06945", f"?targets_sort={sort}" if sort else "")
    found = [key(cells) for cells in page.section("targets").rows()]
    assert found == sorted(found, reverse=not ascending)
    assert len(set(found)) > 1
    marked = page.section("targets").all("th", aria_sort="ascending")
    marked += page.section("targets").all("th", aria_sort="descending")
    assert len(marked) == (0 if sort in ("", "-support") else 1)
    for heading in marked:
        assert heading.attrs["aria-sort"] == ("ascending" if ascending else "descending")
    # The other list is not touched.
    assert shown(page, "regulators") == shown(page_of(base_url, "Q06945"), "regulators")


def papers(cell: Element) -> int:
    more = re.search(r"([\d,]+) more$", cell.text)
    return len([a for a in cell.all("a") if "more" not in a.text]) + (
        numbers(more[1])[0] if more else 0
    )


def state(address: str) -> tuple[str, dict[str, list[str]]]:
    """A path and its parameters, in whatever order."""
    parts = urlsplit(address)
    return parts.path, parse_qs(parts.query)


@pytest.mark.parametrize("query", ["", "?scale=large&targets_sort=-databases"])
def test_the_pages_of_a_list_cover_every_edge_once(
    base_url: str, stored: Stored, query: str
) -> None:
    condition = "?evidence tfl:smallScale false ." if "scale" in query else ""
    wanted = partners(stored, "Q6P0E1", "targets", condition)
    assert len(wanted) > 400
    found: list[str] = []
    path, back = f"/protein/Q6P0E1.html{query}", ""
    while path:
        page = read(fetch(base_url + path).text)
        caption, rows = shown(page, "targets")
        assert caption == [len(found) + 1, len(found) + len(rows), len(wanted)]
        found += rows
        assert [state(a.attrs["href"]) for a in page.all("a", rel="prev")] == (
            [state(back)] if back else []
        )
        back, path = path, "".join(a.attrs["href"] for a in page.all("a", rel="next"))
    assert len(found) == len(set(found)) == len(wanted)
    assert set(found) == wanted


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("surprise=1", 400, "'surprise'"),
        ("page=2", 400, "'page'"),
        ("databse=GTRD", 400, "'databse'"),
        ("scale=tiny", 400, "'tiny'"),
        ("min_papers=-1", 400, "'-1'"),
        ("min_papers=many", 400, "'many'"),
        ("paper=abc", 400, "'abc'"),
        ("evidence=abc", 400, "'abc'"),
        ("targets_sort=colour", 400, "'colour'"),
        ("targets_page=0", 400, "'0'"),
        ("targets_page=x", 400, "'x'"),
        (f"name={'x' * 101}", 400, "101 characters"),
        ("targets_page=2", 404, "The last page is 1"),
        ("regulators_page=99&scale=large", 404, "?scale=large&regulators_page=1"),
    ],
)
def test_wrong_parameters_are_named(base_url: str, query: str, status: int, said: str) -> None:
    reply = fetch(f"{base_url}/protein/Q06945.html?{query}")
    assert reply.status == status, reply.text
    assert said in reply.json["detail"] + reply.json["hint"]
    assert reply.json["hint"]


def test_facts_of_a_protein(base_url: str, stored: Stored) -> None:
    accession = "P08047"
    iri = UNIPROT + accession
    terms = page_of(base_url, accession).terms()
    matrices = stored.select(f"SELECT ?m {{ <{iri}> tfl:jasparMatrix ?m }}")
    assert len(matrices) == 5
    assert set(terms["Motifs in JASPAR"].links) == {matrix for (matrix,) in matrices}
    outside = terms["On other sites"].links
    assert f"https://www.uniprot.org/uniprotkb/{accession}" in outside
    assert f"https://alphafold.ebi.ac.uk/entry/{accession}" in outside
    assert f"https://tflink.net/protein/{accession.lower()}/" in outside
    assert f"https://www.bgee.org/search/genes?search={accession}" in outside
    ((gene,),) = stored.select(f"SELECT ?g {{ <{iri}> tfl:encodedBy ?g }}")
    assert f"https://www.ncbi.nlm.nih.gov/gene/{gene.rpartition('/')[2]}" in outside


@pytest.mark.parametrize("accession", ["Q06945", "P14065", "P11308"])
def test_orthologs_equal_a_query(base_url: str, stored: Stored, accession: str) -> None:
    wanted = {
        other.removeprefix(UNIPROT): organism
        for other, organism in stored.select(
            f"SELECT ?o ?n {{ <{UNIPROT}{accession}> orth:hasOrtholog ?o . "
            "OPTIONAL { ?o obo:RO_0002162/up:scientificName ?n } }"
        )
    }
    page = page_of(base_url, accession)
    if not wanted:
        assert not page.all("section", aria_labelledby="orthologs")
        return
    section = page.section("orthologs")
    assert numbers(section.one("h2").text) == [len(wanted)]
    items = section.all("li")
    assert {item.links[0].rpartition("/")[2] for item in items} == set(wanted)
    for item in items:
        assert wanted[item.links[0].rpartition("/")[2]] in item.text


# What the sample does not have


def test_conserved_edges_equal_a_query(crafted: tuple[str, Stored]) -> None:
    url, stored = crafted
    total = 0
    for accession in ("P00001", "P00002", "Q00001", "Q00002", "Q00003"):
        page = page_of(url, accession)
        for id in ("regulators", "targets"):
            for cells in page.section(id).rows():
                ends = [accession, cells[1].text] if id == "targets" else [cells[1].text, accession]
                wanted = {
                    (f"/interaction/{a.rpartition('/')[2]}_{b.rpartition('/')[2]}", organism)
                    for a, b, organism in stored.select(
                        f"SELECT ?a ?b ?n {{ <{UNIPROT}{ends[0]}> orth:hasOrtholog ?a . "
                        f"<{UNIPROT}{ends[1]}> orth:hasOrtholog ?b . ?a tfl:regulates ?b . "
                        "?a obo:RO_0002162/up:scientificName ?n }"
                    )
                }
                # There is no such column where no row has any.
                links = [a for cell in cells[7:] for a in cell.all("a")]
                found = {(a.attrs["href"], a.text) for a in links}
                assert found == wanted
                total += len(found)
    assert total == 6


def test_a_self_regulation_is_in_both_lists(crafted: tuple[str, Stored]) -> None:
    page = page_of(crafted[0], "P00001")
    assert shown(page, "regulators") == ([1, 2, 2], ["P00002", "P00001"]) or (
        set(shown(page, "regulators")[1]) == {"P00001", "P00002"}
    )
    assert "P00001" in shown(page, "targets")[1]


def test_several_reports_are_one_row(crafted: tuple[str, Stored]) -> None:
    page = page_of(crafted[0], "P00002")
    (cells,) = page.section("regulators").rows()
    assert cells[1].text == "P00001"
    assert cells[2].links == ["/interaction/P00001_P00002"]
    assert "activation" in cells[2].text
    assert cells[3].text == "A, B"
    assert cells[4].text == "broad, narrow"
    assert cells[5].text == "11"
    # Of several data sets the row tells which.
    assert cells[6].text == "First, Second"
    assert cells[7].text == "small"
    # With a filter a row shows the reports that pass, and no others.
    page = page_of(crafted[0], "P00002", "?scale=large")
    (cells,) = page.section("regulators").rows()
    assert [cell.text for cell in cells[3:7]] == ["A, B", "broad", "none", "large"]


def test_the_notice_of_a_cut_list(crafted: tuple[str, Stored]) -> None:
    text = page_of(crafted[0], "P00002").text
    assert "states 300 interactions and lists 100 transcription factors and 1 target." in text
    assert "298 of the interactions it states are not in this release" in text
    assert "TFLink cuts" not in page_of(crafted[0], "P00001").text
