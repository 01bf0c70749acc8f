"""Filters: what values may be, and what the error says."""

from __future__ import annotations

import pytest

from rdfconv import filters
from rdfconv.errors import UsageError
from rdfconv.filters import MODES, NAMES, UNKNOWN, Filter, parse
from rdfconv.readers import mitab, trrust


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("tf", "SOX4", "is no UniProtKB accession.*search for the name"),
        ("target", "Q0694", "is no UniProtKB accession"),
        ("scale", "tiny", "use small or large"),
        ("min_papers", "-1", "is no number of papers"),
        ("min_papers", "٣", "is no number of papers"),
        ("paper", "1724219e", "is no PubMed id"),
        ("evidence", "x", "names no evidence"),
        ("name", "x" * 101, "101 characters is too long"),
        ("databse", "GTRD", "did you mean 'database'"),
        ("zzz", "1", "there are tf, target"),
    ],
)
def test_wrong_values_are_told(name: str, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse({name: text})


@pytest.mark.parametrize(
    "values",
    [
        {"tf": "Q06945", "scale": "small"},
        {"target": "A0A024RBG1", "min_papers": "3", "name": "sox"},
        {"organism": "9606", "database": "GTRD", "method": "MI_0402"},
        {"organism": "Mus%20x", "database": "a%2Fb", "method": "array-technology-hybridization"},
        {"paper": "19148141", "evidence": "z6di3ratu7gbsqyr466xf4kdek"},
    ],
)
def test_parameters_give_the_same_filter_again(values: dict[str, str]) -> None:
    found = parse(values)
    assert found.parameters() == values
    assert parse(found.parameters()) == found


def test_nothing_is_any_edge() -> None:
    assert not Filter()
    assert parse({"tf": " ", "scale": ""}) == Filter()
    assert Filter().parameters() == {}


def test_spellings_of_one_value() -> None:
    assert parse({"tf": "q06945"}) == Filter(tf="Q06945")
    assert parse({"method": "mi:0402"}) == parse({"method": "MI_0402"})
    assert parse({"mode": "Activator"}) == Filter(mode="activation")
    assert parse({"mode": "REPRESSION"}) == parse({"mode": "repressor"})
    assert parse({"database": "a/b"}) == parse({"database": "a%2Fb"})


@pytest.mark.parametrize("text", ['"', "\\", 'x" . ?s ?p ?o . #', "\n", "{", "</script>"])
def test_names_cannot_leave_the_string_of_the_query(text: str) -> None:
    import pyoxigraph

    query = Filter(tf="Q06945", name=text).sparql()
    pyoxigraph.Store().query(query)
    assert query.count("SELECT") == 1


def test_every_condition_has_words_and_a_check() -> None:
    ends = ("Q06945", "Q08211", "9606")
    found = Filter(*ends, "small", "GTRD", "MI_0402", 2, "1", "a" * 26, "x", "unknown", "trrust-2")
    words = found.words()
    assert len(words.split("; ")) == len(NAMES)
    assert set(filters._CHECKS) == set(NAMES)
    assert words.endswith(
        "whose partner's name has 'x'; with the mode of regulation unknown; reported by trrust-2"
    )


def test_modes_are_those_of_the_ontology() -> None:
    stated = {name for text in (*mitab.MODES.values(), *trrust.MODES.values()) for name in text}
    assert set(MODES.values()) == {*stated, UNKNOWN}
    assert {*mitab.MODES} <= {*MODES}  # how MITAB spells them is taken, too
    with pytest.raises(UsageError, match=r"no mode of regulation.*activation, repression, unknown"):
        parse({"mode": "inhibitor"})
