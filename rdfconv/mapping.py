"""The mapping from records to triples, read and checked: ``ontology/mapping.ttl``.

The file holds, for each record type, the triples it yields, with variables in the place of values.
`rdfconv.emitter` compiles it for one syntax.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyoxigraph

from rdfconv.errors import OntologyError
from rdfconv.identifiers import BASE
from rdfconv.mapping_values import Bindings
from rdfconv.serialize import Term, iri, literal
from rdfconv.vocabulary import ontology_folder

MAP = BASE + "mapping#"
VARIABLE = BASE + "mapping/variable/"
_FIELD = re.compile(r"\{([A-Za-z]+)\}")
_OCCURS = ("1", "?", "*")


@dataclass
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
    """

    name: str
    record: str = ""
    graph: str = ""
    template: str = ""
    any_iri: bool = False
    datatype: str = ""
    one_of: tuple[str, ...] = ()
    occurs: str = "1"

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
        self.check_iri(value)
        return iri(value)

    def check_many(self) -> None:
        """Raises OntologyError if it may not have a list of values."""
        if self.occurs == "1":
            raise OntologyError(f"v:{self.name} occurs once but has a list of values")

    def check_iri(self, value: str) -> None:
        """Raises OntologyError if it may not stand for an IRI."""
        if self.one_of and value not in self.one_of:
            raise OntologyError(f"v:{self.name} cannot stand for <{value}>")

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


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """All blocks of one record type."""

    name: str
    blocks: tuple[Block, ...]


class MappingFile:
    """The mapping, read and checked.

    Attributes:
        records: the record types by name, in the order of the file.
        variables: the variables by name.
    """

    def __init__(self, records: Mapping[str, RecordMapping], variables: Mapping[str, Variable]):
        self.records = records
        self.variables = variables

    @classmethod
    def load(cls, path: Path | None = None) -> MappingFile:
        """Reads the mapping; the one beside the ontology if no path is given.

        Raises:
            OntologyError: it is not Turtle (with the line), or a variable is unknown, unused or
                not described.
        """
        path = path or ontology_folder() / "mapping.ttl"
        try:
            quads = list(pyoxigraph.parse(path=str(path), format=pyoxigraph.RdfFormat.TURTLE))
        except (OSError, SyntaxError) as error:
            raise OntologyError(f"{path}: cannot be read: {error}") from error
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
            case other:
                raise OntologyError(f"{path}: v:{name}: map:{other} {value} is not understood")
    for variable in found.values():
        kinds = (variable.template, variable.any_iri, variable.datatype, variable.one_of)
        if sum(map(bool, kinds)) != 1:
            raise OntologyError(
                f"{path}: v:{variable.name} must have one of map:iri, map:anyIri, map:datatype "
                "and map:oneOf"
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
            raise OntologyError(f"{path}: v:{name} is a subject and needs map:record")
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
        raise OntologyError(f"{path}: v:{min(unused)} is described but stands in no triple")
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
        raise OntologyError(f"{path}: the variable v:{name} is not described")
    return name
