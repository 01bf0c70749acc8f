"""Results of queries, read without the engine's own code, and compared as SPARQL has it.

Two tables are equal if they have the same variables and the same rows, as often, blank nodes apart
from their names; in the same order only if the query has ORDER BY. Literals of the numeric types,
booleans and times are compared by their values: the store keeps values and not spellings, so that
"01"^^xsd:integer comes back as 1. Their datatypes must be the same.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace, Node, URIRef
from rdflib.compare import isomorphic
from rdflib.query import Result

RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
_VARIABLE = "urn:variable:"
_COUNT, _INDEX = URIRef("urn:count"), URIRef("urn:index")

RESULT_SUFFIXES = {".srx": "xml", ".srj": "json", ".csv": "csv", ".tsv": "tsv"}
GRAPH_SUFFIXES = {".ttl": "turtle", ".rdf": "xml", ".nt": "nt"}

Row = Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Table:
    """The answer of a SELECT query."""

    variables: tuple[str, ...]
    rows: tuple[Row, ...]


Outcome = Table | Graph | bool


def expected(file: Path, base: str) -> tuple[Outcome, str]:
    """What a file of a test expects, and the format to ask for.

    Args:
        file: the file.
        base: what its relative IRIs are resolved against.
    """
    suffix = file.suffix
    if suffix in RESULT_SUFFIXES:
        name = RESULT_SUFFIXES[suffix]
        return parse(file.read_bytes(), name), name
    graph = Graph().parse(file, format=GRAPH_SUFFIXES[suffix], publicID=base)
    [*sets] = graph.subjects(RDF.type, RS.ResultSet)
    return (_table_in(graph, sets[0]), "json") if sets else (graph, "ttl")


def parse(content: bytes, name: str) -> Outcome:
    """Reads an answer.

    Args:
        content: the answer.
        name: a format's name in `rdfconv.formats`.
    """
    if name in ("ttl", "nt"):
        return Graph().parse(data=content, format="turtle")
    result = Result.parse(io.BytesIO(content), format=name)
    if result.type == "ASK":
        return bool(result.askAnswer)
    variables = tuple(map(str, result.vars or ()))
    rows = tuple(
        {str(name): term for name, term in binding.items() if term is not None}
        for binding in result.bindings
    )
    return Table(variables, rows)


def _table_in(graph: Graph, node: Node) -> Table:
    """A table in the words of the test suite's own vocabulary."""
    rows = []
    for solution in graph.objects(node, RS.solution):
        row = {}
        for binding in graph.objects(solution, RS.binding):
            name, value = graph.value(binding, RS.variable), graph.value(binding, RS.value)
            assert name is not None
            assert value is not None
            row[str(name)] = value
        rows.append(row)
    return Table(tuple(map(str, graph.objects(node, RS.resultVariable))), tuple(rows))


def difference(actual: Outcome, wanted: Outcome, *, ordered: bool, lax: bool, plain: bool) -> str:
    """In which way an answer is not what is wanted; "" if it is.

    Args:
        actual: the answer.
        wanted: what is wanted.
        ordered: whether the rows have an order.
        lax: whether duplicates may be left out.
        plain: whether the format has no types, so that all that looks like a number may be one.
    """
    if type(actual) is not type(wanted):
        return f"a {type(wanted).__name__} is wanted, not a {type(actual).__name__}"
    if isinstance(actual, bool) or isinstance(wanted, bool):
        return "" if actual == wanted else f"{wanted} is wanted"
    if isinstance(actual, Graph) and isinstance(wanted, Graph):
        same = isomorphic(_valued(actual), _valued(wanted))
        return "" if same else f"{_lines(wanted)}\nis wanted, not\n{_lines(actual)}"
    assert isinstance(actual, Table)
    assert isinstance(wanted, Table)
    if sorted(actual.variables) != sorted(wanted.variables):
        return f"the columns {wanted.variables} are wanted, not {actual.variables}"
    if lax:
        most, got = len(wanted.rows), len(actual.rows)
        wanted, actual = (_distinct(table, plain) for table in (wanted, actual))
        if not len(wanted.rows) <= got <= most:
            return f"{len(wanted.rows)} to {most} rows are wanted, not {got}"
    one, two = (_graph(table.rows, ordered, plain) for table in (actual, wanted))
    return "" if isomorphic(one, two) else f"{wanted.rows}\nis wanted, not\n{actual.rows}"


def _distinct(table: Table, plain: bool) -> Table:
    return Table(table.variables, tuple({_key(row, plain): row for row in table.rows}.values()))


def _key(row: Row, plain: bool) -> frozenset[tuple[str, Node]]:
    return frozenset((name, _value(term, plain)) for name, term in row.items())


def _graph(rows: Iterable[Row], ordered: bool, plain: bool) -> Graph:
    """Rows as a graph, so that two of them are equal if the graphs are isomorphic."""
    graph = Graph()
    keys = [_key(row, plain) for row in rows]
    numbered = [(key, (_INDEX, place)) for place, key in enumerate(keys)]
    counted = [(key, (_COUNT, count)) for key, count in Counter(keys).items()]
    for key, (predicate, number) in numbered if ordered else counted:
        row = BNode()
        graph.add((row, predicate, Literal(number)))
        for name, term in key:
            graph.add((row, URIRef(_VARIABLE + name), term))
    return graph


def _valued(graph: Graph) -> Graph:
    valued = Graph()
    for subject, predicate, object_ in graph:
        valued.add((subject, predicate, _value(object_, plain=False)))
    return valued


def _value(term: Node, plain: bool) -> Node:
    """A term that is equal for equal values: a number becomes a text of its datatype and value."""
    if not isinstance(term, Literal):
        return term
    if term.language:
        return Literal(str(term), lang=term.language.lower())
    if plain:
        try:
            return Literal(f"number {Decimal(str(term)).normalize()}")
        except ArithmeticError:
            return Literal(str(term))
    value = term.value
    if isinstance(value, float):
        return Literal(f"{term.datatype} {value!r}")
    if isinstance(value, Decimal):
        return Literal(f"{term.datatype} {value.normalize()}")
    if value is not None and term.datatype not in (None, XSD.string):
        return Literal(f"{term.datatype} {value!r}")
    # RDF 1.1: a literal without a datatype is a string.
    return Literal(str(term), datatype=None if term.datatype == XSD.string else term.datatype)


def _lines(graph: Graph) -> str:
    return "\n".join(sorted(graph.serialize(format="nt").splitlines()))
