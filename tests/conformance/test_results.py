"""The comparison of results: what must count as equal, and what must not."""

from __future__ import annotations

import json

import pytest
from rdflib import Graph

from tests.conformance.results import Outcome, Table, difference, parse

XSD = "http://www.w3.org/2001/XMLSchema#"


def table(*rows: dict[str, str]) -> Outcome:
    """A table of a column x: ``_:`` begins a blank node, ``3^^integer`` is a literal."""

    def term(text: str) -> dict[str, str]:
        if text.startswith("_:"):
            return {"type": "bnode", "value": text[2:]}
        value, _, datatype = text.partition("^^")
        typed = {"datatype": XSD + datatype} if datatype else {}
        value, _, language = value.partition("@")
        return {"type": "literal", "value": value, **typed} | (
            {"xml:lang": language} if language else {}
        )

    bindings = [{name: term(text) for name, text in row.items()} for row in rows]
    content = {"head": {"vars": ["x", "y"]}, "results": {"bindings": bindings}}
    return parse(json.dumps(content).encode(), "json")


def told(one: Outcome, two: Outcome, **more: bool) -> bool:
    return bool(difference(one, two, **{"ordered": False, "lax": False, "plain": False, **more}))


A, B = {"x": "a"}, {"x": "b"}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ([A, B], [B, A]),
        ([{"x": "01^^integer"}], [{"x": "1^^integer"}]),
        ([{"x": "1.0E1^^double"}], [{"x": "10^^double"}]),
        ([{"x": "1.50^^decimal"}], [{"x": "1.5^^decimal"}]),
        ([{"x": "a^^string"}], [{"x": "a"}]),
        ([{"x": "a@EN"}], [{"x": "a@en"}]),
        ([{"x": "_:a"}, {"x": "_:b"}], [{"x": "_:c"}, {"x": "_:a"}]),
        ([{"x": "_:a", "y": "_:a"}], [{"x": "_:b", "y": "_:b"}]),
        ([{}], [{}]),
    ],
)
def test_equal(one: list[dict[str, str]], two: list[dict[str, str]]) -> None:
    assert not told(table(*one), table(*two))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ([A], [B]),
        ([A], [A, A]),
        ([A], []),
        ([{}], []),
        ([A], [{"y": "a"}]),
        ([{"x": "1^^integer"}], [{"x": "1"}]),
        ([{"x": "1^^integer"}], [{"x": "1^^int"}]),
        ([{"x": "1^^integer"}], [{"x": "2^^integer"}]),
        ([{"x": "1^^integer"}], [{"x": "1^^decimal"}]),
        ([{"x": "a@en"}], [{"x": "a"}]),
        ([{"x": "_:a", "y": "_:a"}], [{"x": "_:a", "y": "_:b"}]),
        ([{"x": "_:a"}, {"x": "_:a"}], [{"x": "_:a"}, {"x": "_:b"}]),
    ],
)
def test_different(one: list[dict[str, str]], two: list[dict[str, str]]) -> None:
    assert told(table(*one), table(*two))
    assert told(table(*two), table(*one))


def test_order_and_duplicates() -> None:
    assert not told(table(A, B), table(A, B), ordered=True)
    assert told(table(B, A), table(A, B), ordered=True)
    assert not told(table(A, B), table(A, A, B), lax=True)
    assert not told(table(A, A, B), table(A, A, B), lax=True)
    assert told(table(A, A, A, B), table(A, A, B), lax=True)
    assert told(table(A), table(A, A, B), lax=True)


def test_other_kinds() -> None:
    yes, no = (parse(b'{"head": {}, "boolean": %s}' % word, "json") for word in (b"true", b"false"))
    assert not told(yes, True)
    assert told(no, True)
    assert told(table(A), True)
    one, two = (Graph().parse(data=f"<a:a> <a:b> {o} .") for o in ("01", "1"))
    assert not told(one, two)
    assert told(one, Graph().parse(data="<a:a> <a:b> 2 ."))
    csv, same, other = (parse(f"x\r\n{x}\r\n".encode(), "csv") for x in ("1.0E1", "10", "11"))
    assert isinstance(csv, Table)
    assert not told(csv, same, plain=True)
    assert told(csv, other, plain=True)
