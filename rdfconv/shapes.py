"""``ontology/shapes.ttl`` compiled to SPARQL, for stores that no SHACL validator can hold.

The file is the only home of the rules. Of SHACL Core this knows what the file uses, and refuses the
rest with its place, so that no rule is skipped in silence.

Each constraint, or all constraints on the single values of a property, is one pass over the focus
nodes, told by the queries in the order in which a store without statistics should go: the focus
node first, its values by look-up. ``sh:equals`` compares two sets, which needs both of them at
hand: it is asked for some focus nodes at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, RDFS, SH, XSD, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from rdfconv.errors import OntologyError
from rdfconv.vocabulary import ontology_folder, short

FOCUS_SLOT = "%FOCUS%"
"""Where a query that is asked for some focus nodes at a time is told which: a pattern of ?focus."""

Subclasses = Callable[[str], Sequence[str]]
"""From a class to itself and, behind it, all its subclasses in the data."""

_DESCRIBING = frozenset({RDF.type, RDFS.label, RDFS.comment, SH.name, SH.description, SH.message})
_TARGETS = frozenset({SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf})
_OF_VALUES = (SH.nodeKind, SH.datatype, SH["class"], SH.pattern, SH["in"], SH.minInclusive)
_OF_SETS = frozenset(
    {SH.minCount, SH.maxCount, SH.hasValue, SH.equals, SH.qualifiedValueShape, SH.qualifiedMaxCount}
)
_OF_NODES = frozenset({SH.closed, SH.ignoredProperties, SH.property})
_KINDS = {SH.IRI: "isIRI(?value)", SH.Literal: "isLiteral(?value)"}
_DATATYPES = {
    XSD.string: "",
    XSD.boolean: "^(true|false|1|0)$",
    XSD.integer: "^[+-]?[0-9]+$",
}
"""The datatypes known, with what their literals look like."""


@dataclass(frozen=True, slots=True)
class Check:
    """One pass over the focus nodes.

    Attributes:
        components: the constraint components it checks. If there are several, the variables
            ``?c0``, ``?c1`` ... tell which of them a solution breaks; else every solution does.
        path: the property as a SPARQL path; "" for the focus node itself; ``?path`` if each
            solution tells.
        message: what is wrong, in plain words.
        query: a SELECT query of ``?focus`` and, if the component tells a value, ``?value``.
        focus_query: if not "", `query` has `FOCUS_SLOT`, and this selects what goes there.
    """

    components: tuple[str, ...]
    path: str
    message: str
    query: str
    focus_query: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A node shape, compiled.

    Attributes:
        iri: its IRI.
        name: the local name of its IRI.
        classes: the classes that it is for; empty if it is for subjects or objects of a property.
        checks: what is to be checked.
    """

    iri: str
    name: str
    classes: tuple[str, ...]
    checks: tuple[Check, ...]


def load_shapes(path: Path | None = None) -> Graph:
    """Reads the shapes; those beside the ontology if no path is given.

    Raises:
        OntologyError: they cannot be read.
    """
    path = path or ontology_folder() / "shapes.ttl"
    try:
        return Graph().parse(path, format="turtle")
    except (OSError, SyntaxError, ValueError) as error:
        raise OntologyError(f"{path}: cannot be read: {error}") from error


def node_shapes(graph: Graph) -> list[URIRef]:
    """The node shapes, sorted by IRI."""
    return sorted(s for s in graph.subjects(RDF.type, SH.NodeShape) if isinstance(s, URIRef))


def compile_shapes(graph: Graph, subclasses: Subclasses = lambda name: (name,)) -> list[Shape]:
    """Compiles all node shapes.

    Args:
        graph: the shapes.
        subclasses: which subclasses the data has.

    Raises:
        OntologyError: a construct is not known; its place is told.
    """
    reached = set(parents(graph))
    reached.update(graph.objects(None, SH.qualifiedValueShape))
    for name in (*_TARGETS, SH.property, SH.path):
        for subject in graph.subjects(name):
            if subject not in reached:
                raise OntologyError(
                    f"the shapes: {subject.n3()} with {_named(name)} belongs to no sh:NodeShape"
                )
    return [_Compiler(graph, shape, subclasses).shape() for shape in node_shapes(graph)]


def path_text(graph: Graph, path: Node | None, iri: Callable[[str], str] | None = None) -> str:
    """A SHACL path as a SPARQL path, with the well-known prefixes or as `iri` spells IRIs.

    Raises:
        OntologyError: it is not made of properties, inverses and sequences.
    """
    if isinstance(path, URIRef):
        return (iri or short)(path)
    if path is not None and (inverse := graph.value(path, SH.inversePath)) is not None:
        text = path_text(graph, inverse, iri)
        return f"^{text}" if isinstance(inverse, URIRef) else f"^({text})"
    if path is not None and (path, RDF.first, None) in graph:
        return "/".join(path_text(graph, part, iri) for part in Collection(graph, path))
    raise OntologyError("its sh:path is not made of properties, inverses and sequences")


def _long(iri: str) -> str:
    return f"<{iri}>"


class _Compiler:
    """Compiles one node shape."""

    def __init__(self, graph: Graph, node: URIRef, subclasses: Subclasses) -> None:
        self._graph = graph
        self._node = node
        self._subclasses = subclasses
        self._name = str(node).rpartition("#")[2]

    def shape(self) -> Shape:
        """The node shape, compiled."""
        known = _DESCRIBING | _TARGETS | _OF_NODES | set(_OF_VALUES)
        self._refuse_unknown(self._node, known, "")
        focus = self._focus()
        checks = self._of_values(self._node, "", f"{focus} BIND(?focus AS ?value)")
        if self._one(self._node, SH.closed, "") == Literal(True):
            checks.append(self._closed(focus))
        parts = self._graph.objects(self._node, SH.property)
        placed = [(self._path(part), part) for part in parts]
        for path, part in sorted(placed, key=lambda item: (item[0], self._message(item[1]))):
            checks += self._property(part, path, focus)
        classes = sorted(map(str, self._graph.objects(self._node, SH.targetClass)))
        return Shape(str(self._node), self._name, tuple(classes), tuple(checks))

    def _property(self, part: Node, path: str, focus: str) -> list[Check]:
        known = _DESCRIBING | {SH.path} | _OF_SETS | set(_OF_VALUES)
        self._refuse_unknown(part, known, path)
        long = path_text(self._graph, self._graph.value(part, SH.path), _long)
        values = f"{focus} ?focus {long} ?value ."
        checks = self._of_values(part, path, values)

        def add(component: str, query: str, focus_query: str = "") -> None:
            message = self._message(part)
            checks.append(Check((component,), path, message, query, focus_query))

        if (least := self._number(part, SH.minCount, path)) is not None:
            add("MinCountConstraintComponent", _at_least(least, focus, long))
        if (most := self._number(part, SH.maxCount, path)) is not None:
            add("MaxCountConstraintComponent", _at_most(most, focus, long))
        if (value := self._one(part, SH.hasValue, path)) is not None:
            missing = f"FILTER NOT EXISTS {{ ?focus {long} {value.n3()} }}"
            add("HasValueConstraintComponent", f"SELECT DISTINCT ?focus {{ {focus} {missing} }}")
        if (other := self._one(part, SH.equals, path)) is not None:
            query = _different(long, other.n3())
            add("EqualsConstraintComponent", query, f"SELECT DISTINCT ?focus {{ {focus} }}")
        nested = self._one(part, SH.qualifiedValueShape, path)
        most = self._number(part, SH.qualifiedMaxCount, path)
        if (nested is None) != (most is None):
            raise self._error(path, "sh:qualifiedValueShape and sh:qualifiedMaxCount go together")
        if nested is not None and most is not None:
            query = _at_most(most, focus, long, self._conforms(nested, path))
            add("QualifiedMaxCountConstraintComponent", query)
        return checks

    def _of_values(self, part: Node, path: str, values: str) -> list[Check]:
        """One pass for all constraints that each single value must meet."""
        conditions = {}
        for parameter in _OF_VALUES:
            term = self._one(part, parameter, path)
            if term is not None:
                name = str(parameter).removeprefix(str(SH))
                component = f"{name[0].upper()}{name[1:]}ConstraintComponent"
                conditions[component] = (
                    f"!COALESCE({self._condition(parameter, term, path)}, false)"
                )
        if not conditions:
            return []
        broken = " || ".join(f"({condition})" for condition in conditions.values())
        flags = " ".join(
            f"(({condition}) AS ?c{index})" for index, condition in enumerate(conditions.values())
        )
        shown = flags if len(conditions) > 1 else ""
        query = f"SELECT DISTINCT ?focus ?value {shown} {{ {values} FILTER({broken}) }}"
        return [Check(tuple(conditions), path, self._message(part), query)]

    def _condition(self, parameter: URIRef, term: Node, path: str) -> str:
        """The SPARQL expression that is true of a ?value that meets a constraint."""
        if parameter == SH.nodeKind and term in _KINDS:
            return _KINDS[URIRef(str(term))]
        if parameter == SH.datatype and term in _DATATYPES:
            form = _DATATYPES[URIRef(str(term))]
            well_formed = f" && REGEX(STR(?value), {Literal(form).n3()})" if form else ""
            return f"isLiteral(?value) && datatype(?value) = {term.n3()}{well_formed}"
        if parameter == SH.pattern:
            return f"!isBlank(?value) && REGEX(STR(?value), {Literal(str(term)).n3()})"
        if parameter == SH["class"]:
            classes = map(_long, self._subclasses(str(term)))
            return " || ".join(f"EXISTS {{ ?value a {name} }}" for name in classes)
        if parameter == SH["in"]:
            members = Collection(self._graph, term)
            return " || ".join(f"sameTerm(?value, {member.n3()})" for member in members)
        if parameter == SH.minInclusive and isinstance(term, Literal):
            return f"?value >= {term.n3()}"
        raise self._error(path, f"{_named(parameter)} {term.n3()} is not known")

    def _closed(self, focus: str) -> Check:
        allowed: set[Node] = set()
        for part in self._graph.objects(self._node, SH.property):
            allowed.update(self._graph.objects(part, SH.path))
        ignored = self._one(self._node, SH.ignoredProperties, "")
        if ignored is not None:
            allowed.update(Collection(self._graph, ignored))
        names = ", ".join(sorted(term.n3() for term in allowed if isinstance(term, URIRef)))
        query = (
            f"SELECT DISTINCT ?focus ?path ?value "
            f"{{ {focus} ?focus ?path ?value FILTER(?path NOT IN ({names})) }}"
        )
        message = self._message(self._node)
        return Check(("ClosedConstraintComponent",), "?path", message, query)

    def _conforms(self, nested: Node, path: str) -> str:
        """The pattern that a ?value of a qualified value shape matches."""
        known = {SH.path, SH.hasValue}
        self._refuse_unknown(nested, known | _DESCRIBING, f"{path}, sh:qualifiedValueShape")
        value = self._one(nested, SH.hasValue, path)
        if value is None:
            raise self._error(path, "sh:qualifiedValueShape needs sh:path and sh:hasValue")
        long = path_text(self._graph, self._graph.value(nested, SH.path), _long)
        return f"{long} {value.n3()}"

    def _focus(self) -> str:
        """The pattern that ?focus matches if it is a target; it may match more than once."""
        patterns = []
        for name in sorted(map(str, self._graph.objects(self._node, SH.targetClass))):
            known: list[str] = []  # a member of several classes is to be looked at once
            for each in self._subclasses(name):
                but = "".join(f" FILTER NOT EXISTS {{ ?focus a {other} }}" for other in known)
                patterns.append(f"?focus a {_long(each)} .{but}")
                known.append(_long(each))
        for name in sorted(map(str, self._graph.objects(self._node, SH.targetSubjectsOf))):
            patterns.append(f"?focus {_long(name)} ?any .")
        for name in sorted(map(str, self._graph.objects(self._node, SH.targetObjectsOf))):
            patterns.append(f"?any {_long(name)} ?focus .")
        if not patterns:
            raise self._error("", "it has no target")
        if len(patterns) == 1:
            return patterns[0]
        return " UNION ".join(f"{{ {pattern} }}" for pattern in patterns)

    def _path(self, part: Node) -> str:
        try:
            return path_text(self._graph, self._graph.value(part, SH.path))
        except OntologyError as error:
            raise self._error("", f"a property: {error}") from error

    def _message(self, part: Node) -> str:
        return str(self._graph.value(part, SH.message) or "")

    def _number(self, part: Node, parameter: URIRef, path: str) -> int | None:
        term = self._one(part, parameter, path)
        return None if term is None else int(str(term))

    def _one(self, part: Node, parameter: URIRef, path: str) -> Node | None:
        values = list(self._graph.objects(part, parameter))
        if len(values) > 1:
            raise self._error(path, f"{_named(parameter)} has more than one value")
        return values[0] if values else None

    def _refuse_unknown(self, part: Node, known: Iterable[Node], path: str) -> None:
        for predicate in sorted(set(self._graph.predicates(part)) - set(known), key=str):
            raise self._error(path, f"{_named(predicate)} is not known")

    def _error(self, path: str, message: str) -> OntologyError:
        place = f"shape:{self._name}{f', {path}' if path else ''}"
        return OntologyError(f"the shapes: {place}: {message}", hint="see rdfconv/shapes.py")


def _named(term: Node) -> str:
    return f"sh:{str(term).removeprefix(str(SH))}" if str(term).startswith(str(SH)) else term.n3()


def _at_least(count: int, focus: str, path: str) -> str:
    if count == 1:
        missing = f"FILTER NOT EXISTS {{ ?focus {path} ?value }}"
        return f"SELECT DISTINCT ?focus {{ {focus} {missing} }}"
    counted = f"{focus} OPTIONAL {{ ?focus {path} ?value }}"
    having = f"HAVING (COUNT(DISTINCT ?value) < {count})"
    return f"SELECT ?focus {{ {counted} }} GROUP BY ?focus {having}"


def _at_most(count: int, focus: str, path: str, matching: str = "") -> str:
    """No more than `count` values, of those that match a pattern if one is given.

    More than one is told by two values that differ, which takes no memory; more than that is
    counted.
    """

    def matches(variable: str) -> str:
        return f"FILTER EXISTS {{ {variable} {matching} }}" if matching else ""

    values = f"{focus} ?focus {path} ?value ."
    if count == 1:
        both = f"?focus {path} ?other . FILTER(!sameTerm(?value, ?other))"
        return (
            f"SELECT DISTINCT ?focus {{ {values} {both} {matches('?value')} {matches('?other')} }}"
        )
    having = f"HAVING (COUNT(DISTINCT ?value) > {count})"
    return f"SELECT ?focus {{ {values} {matches('?value')} }} GROUP BY ?focus {having}"


def _different(path: str, other: str) -> str:
    """The values of one of two properties that the other has not, for some focus nodes."""

    def only(left: str, right: str) -> str:
        return (
            f"{{ {FOCUS_SLOT} ?focus {left} ?value "
            f"MINUS {{ {FOCUS_SLOT} ?focus {right} ?value }} }}"
        )

    return f"SELECT DISTINCT ?focus ?value {{ {only(path, other)} UNION {only(other, path)} }}"


def parents(graph: Graph) -> Mapping[Node, URIRef]:
    """The node shape of each shape that can be the source of a result."""
    found: dict[Node, URIRef] = {}
    for shape in node_shapes(graph):
        found[shape] = shape
        found.update(dict.fromkeys(graph.objects(shape, SH.property), shape))
    return found
