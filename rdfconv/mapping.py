"""The mapping from records to triples, read and checked: ``ontology/mapping.ttl``.

The file holds, for each record type, the triples it yields, with variables in the place of values.
`rdfconv.emitter` compiles it for one syntax.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyoxigraph

from rdfconv.errors import OntologyError
from rdfconv.identifiers import BASE
from rdfconv.mapping_values import Bindings
from rdfconv.serialize import RDF_TYPE, Term, iri, literal
from rdfconv.vocabulary import ontology_folder

MAP = BASE + "mapping#"
VARIABLE = BASE + "mapping/variable/"
_FIELD = re.compile(r"\{([A-Za-z]+)\}")
_OCCURS = ("1", "?", "*")


@dataclass(eq=False)
class Variable:
    """What a variable stands for.

    Attributes:
        name: its local name.
        record: the record type whose triples it is the subject of, or "".
        graph: the named graph of those triples, or "".
        template: an IRI template with ``{field}`` places, or "".
        any_iri: the value is a whole IRI.
        datatype: the datatype IRI of a literal, or "".
        one_of: the only IRIs it may be.
        occurs: ``1``, ``?`` or ``*``.
        entailed: its triples follow from others by the ontology; levels of entailment that
            write nothing of that kind leave it out (see `rdfconv.entailment`).
    """

    name: str
    record: str = ""
    graph: str = ""
    template: str = ""
    any_iri: bool = False
    datatype: str = ""
    one_of: tuple[str, ...] = ()
    occurs: str = "1"
    entailed: bool = False

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The names of the values it is filled with."""
        return tuple(_FIELD.findall(self.template)) if self.template else (self.name,)

    def terms(self, values: Bindings) -> list[Term]:
        """The terms it stands for, given a record's values.

        Raises:
            OntologyError: the mapping does not fit the program: too many or wrong values.
        """
        if len(self.fields) == 1:
            value = values[self.fields[0]]
            if isinstance(value, str):
                return [self._term(value)]
            self.check_many()
            return [self._term(item) for item in value]
        return [iri(self.template.format_map(values))]

    def _term(self, value: str) -> Term:
        if self.template:
            before, after = self._around
            return iri(f"{before}{value}{after}")
        if self.datatype:
            return literal(value, self.datatype)
        return iri(self.checked(value))

    def check_many(self) -> None:
        """Raises OntologyError if it may not have a list of values."""
        if self.occurs == "1":
            raise OntologyError(f"v:{self.name} occurs once but has a list of values")

    def checked(self, value: str) -> str:
        """The IRI it shall stand for; raises OntologyError if it may not."""
        if self.one_of and value not in self.one_of:
            raise OntologyError(f"v:{self.name} cannot stand for <{value}>")
        return value

    @cached_property
    def _around(self) -> tuple[str, str]:
        before, _, rest = self.template.partition("{")
        return before, rest.partition("}")[2]


Object = Variable | Term
"""What stands in the place of an object: a variable or a constant."""


@dataclass(slots=True)
class Block:
    """The triples of one subject variable, in the order of the file, grouped by predicate."""

    subject: Variable
    pairs: list[tuple[str, list[Object]]] = field(default_factory=list)

    @property
    def is_constant(self) -> bool:
        """Whether every variable has exactly one value, and one that needs no escaping: a field
        of an IRI template, or a literal made of such a field."""
        safe = self.subject.fields if self.subject.template and not self.subject.graph else ()
        variables = [value for _, values in self.pairs for value in values]
        return bool(safe) and all(
            isinstance(value, Term)
            or (value.occurs == "1" and bool(value.template or value.name in safe))
            for value in variables
        )


class Derived:
    """A variable whose values follow from those of other variables.

    Args:
        variable: what it is called in the blocks; its values are IRIs.
        vocabulary: of variables with known values, these values.
    """

    def __init__(self, variable: Variable, vocabulary: Mapping[str, Set[str]]) -> None:
        self.variable = variable
        self._vocabulary = vocabulary
        self._rules: dict[str, tuple[Variable, dict[str | None, list[str | None]]]] = {}

    def add(self, given: Variable, value: str | None, follows: str | None) -> None:
        """Adds a rule: if a variable has a value, this IRI follows.

        Args:
            given: the variable.
            value: the value, or None for any that no other rule and no vocabulary knows.
            follows: the IRI, or None for the value's own.
        """
        _, by_value = self._rules.setdefault(given.name, (given, {}))
        by_value.setdefault(value, []).append(follows)

    def values(self, bindings: Bindings) -> tuple[str, ...]:
        """The IRIs that follow, each once, in the order of the rules."""
        found: dict[str, None] = {}
        for name, (variable, by_value) in self._rules.items():
            stated = bindings[variable.fields[0]]
            for value in (stated,) if isinstance(stated, str) else stated:
                known = value in by_value or value in self._vocabulary.get(name, ())
                for iri_or_own in by_value.get(value if known else None, ()):
                    if iri_or_own is None:
                        [term] = variable.terms({variable.fields[0]: value})
                        found[term.value] = None
                    else:
                        found[iri_or_own] = None
        return tuple(found)


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """All blocks of one record type, and the variables in them that follow from others."""

    name: str
    blocks: tuple[Block, ...]
    derived: tuple[Derived, ...] = ()


class MappingFile:
    """The mapping, read and checked.

    Attributes:
        records: the record types by name, in the order of the file.
        variables: the variables by name.
    """

    def __init__(self, records: Mapping[str, RecordMapping], variables: Mapping[str, Variable]):
        self.records = records
        self.variables = variables

    def stated(self) -> MappingFile:
        """The mapping without the triples that only follow from others."""
        records = {}
        for name, record in self.records.items():
            blocks = tuple(
                Block(
                    block.subject,
                    [
                        (predicate, kept)
                        for predicate, values in block.pairs
                        if (kept := [value for value in values if not _is_entailed(value)])
                    ],
                )
                for block in record.blocks
            )
            records[name] = RecordMapping(name, blocks)
        left = {name: one for name, one in self.variables.items() if not one.entailed}
        return MappingFile(records, left)

    @classmethod
    def load(cls, path: Path | None = None) -> MappingFile:
        """Reads the mapping; the one beside the ontology if no path is given.

        Raises:
            OntologyError: it is not Turtle, or a variable is unknown, unused or not described, or
                the ontology does not declare a term; with the line.
        """
        path = path or ontology_folder() / "mapping.ttl"
        quads = _parsed(path)
        _refuse_undeclared(quads, path)
        variables = _variables(quads, path)
        blocks = _blocks(quads, variables, path)
        names = dict.fromkeys(block.subject.record for block in blocks)
        records = {
            name: RecordMapping(
                name, tuple(block for block in blocks if block.subject.record == name)
            )
            for name in names
        }
        return cls(records, variables)


def _parsed(path: Path) -> list[pyoxigraph.Quad]:
    try:
        return list(pyoxigraph.parse(path=str(path), format=pyoxigraph.RdfFormat.TURTLE))
    except (OSError, SyntaxError) as error:
        raise OntologyError(f"{path}: cannot be read: {error}") from error


def _refuse_undeclared(quads: Sequence[pyoxigraph.Quad], path: Path) -> None:
    """Raises OntologyError for a property or class that the ontology does not declare."""
    declared = {
        quad.subject
        for quad in _parsed(ontology_folder() / "tflink.ttl")
        if quad.predicate.value == RDF_TYPE
    }
    terms = {
        term
        for quad in quads
        if not _is(quad.predicate, MAP)
        for term in (quad.predicate, quad.object)
        if isinstance(term, pyoxigraph.NamedNode) and not _is(term, VARIABLE)
    }
    terms.discard(pyoxigraph.NamedNode(RDF_TYPE))
    for term in sorted(terms - declared, key=str):
        raise OntologyError(
            f"{_place(path, term.value)}: {term} is not declared",
            hint="declare it in ontology/tflink.ttl, or mend its spelling",
        )


def _place(path: Path, term: str) -> str:
    """The file and the line that describes a variable, or the first that names a term."""
    local = re.split("[#/]", term)[-1]
    named = re.compile(rf"(?:{re.escape(term)}|[\w-]*:{re.escape(local)})(?![\w.-]*\w)")
    lines = [
        (number, found.start() == 0 and " map:" in line)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if not line.lstrip().startswith(("@prefix", "#")) and (found := named.search(line))
    ]
    described = [number for number, is_description in lines if is_description]
    return f"{path}:{(described or [number for number, _ in lines])[0]}" if lines else str(path)


def _is_entailed(value: Object) -> bool:
    return isinstance(value, Variable) and value.entailed


def _variables(quads: Sequence[pyoxigraph.Quad], path: Path) -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    for quad in quads:
        if not _is(quad.predicate, MAP):
            continue
        name = _local(quad.subject, VARIABLE, path)
        variable = found.setdefault(name, Variable(name))
        value = quad.object
        text = value.value if isinstance(value, pyoxigraph.Literal | pyoxigraph.NamedNode) else ""
        match quad.predicate.value.removeprefix(MAP):
            case "record":
                variable.record = _local(value, MAP, path)
            case "graph":
                variable.graph = text
            case "iri":
                variable.template = text
            case "anyIri":
                variable.any_iri = text == "true"
            case "datatype":
                variable.datatype = text
            case "oneOf":
                variable.one_of = (*variable.one_of, text)
            case "occurs" if text in _OCCURS:
                variable.occurs = text
            case "entailed":
                variable.entailed = text == "true"
            case other:
                place = _place(path, VARIABLE + name)
                raise OntologyError(f"{place}: v:{name}: map:{other} {value} is not understood")
    for variable in found.values():
        kinds = (variable.template, variable.any_iri, variable.datatype, variable.one_of)
        if sum(map(bool, kinds)) != 1:
            raise OntologyError(
                f"{_place(path, VARIABLE + variable.name)}: v:{variable.name} must have one of "
                "map:iri, map:anyIri, map:datatype and map:oneOf"
            )
    return found


def _blocks(
    quads: Sequence[pyoxigraph.Quad], variables: Mapping[str, Variable], path: Path
) -> list[Block]:
    blocks: dict[str, Block] = {}
    used = set()
    for quad in quads:
        if _is(quad.predicate, MAP):
            continue
        name = _known(quad.subject, variables, path)
        if not variables[name].record:
            place = _place(path, VARIABLE + name)
            raise OntologyError(f"{place}: v:{name} is a subject and needs map:record")
        block = blocks.setdefault(name, Block(variables[name]))
        value: Object
        if _is(quad.object, VARIABLE):
            value = variables[_known(quad.object, variables, path)]
            used.add(value.name)
        elif isinstance(quad.object, pyoxigraph.NamedNode):
            value = iri(quad.object.value)
        elif isinstance(quad.object, pyoxigraph.Literal):
            value = literal(quad.object.value, quad.object.datatype.value)
        else:
            raise OntologyError(f"{path}: v:{name}: {quad.object} is no variable, IRI or literal")
        pair = next((pair for pair in block.pairs if pair[0] == quad.predicate.value), None)
        if pair is None:
            pair = (quad.predicate.value, [])
            block.pairs.append(pair)
        pair[1].append(value)
    unused = variables.keys() - used - blocks.keys()
    if unused:
        place = _place(path, VARIABLE + min(unused))
        raise OntologyError(f"{place}: v:{min(unused)} is described but stands in no triple")
    return list(blocks.values())


def _is(term: object, namespace: str) -> bool:
    return isinstance(term, pyoxigraph.NamedNode) and term.value.startswith(namespace)


def _local(term: object, namespace: str, path: Path) -> str:
    if not isinstance(term, pyoxigraph.NamedNode) or not term.value.startswith(namespace):
        raise OntologyError(f"{path}: {term} must be a name in <{namespace}>")
    return term.value.removeprefix(namespace)


def _known(term: object, variables: Mapping[str, Variable], path: Path) -> str:
    name = _local(term, VARIABLE, path)
    if name not in variables:
        place = _place(path, VARIABLE + name)
        raise OntologyError(f"{place}: the variable v:{name} is not described")
    return name
