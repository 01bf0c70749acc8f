"""From records to triples in one syntax: the mapping, compiled.

A block whose variables all have exactly one value becomes one string, filled by one formatting
operation. In the line-based syntaxes, which carry the bulk, each triple of the other blocks
becomes a line around its value. What is left is put together term by term.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set

from rdfconv.errors import OntologyError
from rdfconv.mapping import Block, MappingFile, Object, RecordMapping, Variable
from rdfconv.mapping_values import Bindings, bindings
from rdfconv.model import Interaction, Record
from rdfconv.serialize import SLOT_FIRST, Syntax, Term, escaped, iri, literal, safe_iri

Fill = Callable[[Bindings], str]


class Emitter:
    """Writes records in one syntax.

    Args:
        mapping: the mapping.
        syntax: the syntax of the blocks.
    """

    def __init__(self, mapping: MappingFile, syntax: Syntax) -> None:
        self._syntax = syntax
        self._mapping = mapping
        self._fills = {
            name: [self._compiled(block) for block in record.blocks]
            for name, record in mapping.records.items()
        }
        self._derived = {name: record.derived for name, record in mapping.records.items()}
        self.interaction = _interaction(mapping.records["Interaction"], syntax)

    def write(self, record: Record) -> str:
        """The blocks of a record."""
        if isinstance(record, Interaction):
            return self.interaction(
                record.transcription_factor.accession,
                record.target.accession,
                record.evidence.id,
            )
        name = type(record).__name__
        values = bindings(record)
        if derived := self._derived[name]:
            values = {**values, **{one.variable.name: one.values(values) for one in derived}}
        return "".join([fill(values) for fill in self._fills[name]])

    def template(
        self, record: str, parameters: Sequence[str], present: Set[str], *, whole: bool
    ) -> Callable[..., str]:
        """A function that writes a record of one block quickly, if it has values for certain
        fields, one each, and for no others.

        Args:
            record: the record type.
            parameters: the names of all fields, in the order of the function's parameters. Their
                values must need no escaping.
            present: the fields that have a value; the others' values do not matter.
            whole: whether the triples without variables are written, too.

        Raises:
            OntologyError: some of the record's triples follow from its values.
        """
        [block] = self._mapping.records[record].blocks
        if self._mapping.records[record].derived:
            raise OntologyError(f"what follows from the values of a {record} cannot be written")
        pairs = [
            (predicate, kept)
            for predicate, values in block.pairs
            if (kept := [value for value in values if _has_value(value, present, whole=whole)])
        ]
        text, order = _template(Block(block.subject, pairs), parameters, self._syntax)
        return _compiled_text(text, [parameters[index] for index in order], parameters)

    def _compiled(self, block: Block) -> Fill:
        if block.is_constant:
            fields = block_fields(block)
            text, order = _template(block, fields, self._syntax)
            fill = _compiled_text(text, [fields[index] for index in order], fields)
            return lambda values: fill(*[values[name] for name in fields])
        if self._syntax.is_line_based and all(
            isinstance(value, Term) or len(value.fields) == 1
            for _, values in block.pairs
            for value in values
        ):
            return _lines(block, self._syntax)
        return lambda values: self.block(block, values)

    def block(self, block: Block, values: Bindings) -> str:
        """A block put together term by term: slow, and right in every syntax."""
        [subject] = block.subject.terms(values)
        pairs = []
        for predicate, objects in block.pairs:
            terms: list[Term] = []
            for value in objects:
                if isinstance(value, Term):
                    terms.append(value)
                else:
                    terms += value.terms(values)
            if terms:
                pairs.append((predicate, terms))
        return self._syntax.graph_block(block.subject.graph, subject, pairs)


def _has_value(value: Object, present: Set[str], *, whole: bool) -> bool:
    return present >= set(value.fields) if isinstance(value, Variable) else whole


def _lines(block: Block, syntax: Syntax) -> Fill:
    """A block as lines: a function, made for it, that adds each triple around its value."""
    subject, value_place = SLOT_FIRST, chr(ord(SLOT_FIRST) + 1)
    constants: list[str] = []
    steps: list[str] = []
    names: dict[str, object] = {"block": block, "escaped": escaped, "safe_iri": safe_iri}
    for predicate, objects in block.pairs:
        for value in objects:
            if isinstance(value, Term):
                term = value
            elif value.datatype:
                term = literal(value_place, value.datatype)
            else:
                term = iri(re.sub(r"\{\w+\}", value_place, value.template) or value_place)
            line = syntax.graph_block(block.subject.graph, iri(subject), [(predicate, [term])])
            if isinstance(value, Term):
                constants.append(line)
                continue
            before, _, after = line.partition(value_place)
            names[f"v_{value.name}"] = value
            steps += _steps(value, _inside_f(before, subject), _inside_f(after, subject))
    start = f'out = f"{_inside_f("".join(constants), subject)}"'
    code = [
        "def fill(values):",
        " [term] = block.subject.terms(values)",
        " start = safe_iri(term.value)",
        *(f" {step}" for step in (start, *steps, "return out")),
    ]
    # Nothing of the input goes into the code: it is made of the mapping alone.
    exec("\n".join(code), names)  # noqa: S102
    function = names["fill"]
    assert callable(function)
    return function


def _steps(variable: Variable, before: str, after: str) -> list[str]:
    """The code that adds a line for each value of a variable."""
    if variable.datatype:
        inside = "escaped(one)"
    elif variable.template:
        inside = "one"
    else:
        inside = f"safe_iri(v_{variable.name}.checked(one))"
    line = f'out += f"{before}{{{inside}}}{after}"'
    return [
        f"one = values[{variable.fields[0]!r}]",
        "if one.__class__ is str:",
        f" {line}",
        "elif one:",
        f" v_{variable.name}.check_many()",
        " for one in one:",
        f"  {line}",
    ]


def _inside_f(text: str, subject: str) -> str:
    """A text as it stands in an f-string, with the subject's place filled."""
    quoted = repr(text)[1:-1].replace("{", "{{").replace("}", "}}").replace('"', '\\"')
    return quoted.replace(repr(subject)[1:-1], "{start}")


def _interaction(record: RecordMapping, syntax: Syntax) -> Callable[..., str]:
    """One string for all triples of an edge, filled with (factor, target, evidence id)."""
    fields = ("tf", "target", "evidence")
    texts, order = [], []
    for block in record.blocks:
        if not block.is_constant:
            raise OntologyError("the triples of an interaction must have one value each")
        text, places = _template(block, fields, syntax)
        texts.append(text)
        order += places
    return _compiled_text("".join(texts), [fields[index] for index in order], fields)


def _compiled_text(
    template: str, names: Sequence[str], parameters: Sequence[str]
) -> Callable[..., str]:
    """A function that fills the ``%s`` places of a template with its parameters.

    It is compiled to an f-string, which takes half the time of the ``%`` operator. Nothing of the
    input goes into the code: the template is made of the mapping alone.
    """
    pieces = [piece.replace("%%", "%") for piece in re.split("(?<!%)%s", template)]
    text = "".join(
        repr(piece)[1:-1].replace("{", "{{").replace("}", "}}").replace('"', '\\"')
        + (f"{{{names[index]}}}" if index < len(names) else "")
        for index, piece in enumerate(pieces)
    )
    code = f'lambda {", ".join(parameters)}: f"{text}"'
    function: Callable[..., str] = eval(code, {})  # noqa: S307
    return function


def block_fields(block: Block) -> tuple[str, ...]:
    """The names of all values a constant block is filled with."""
    variables = [block.subject, *(value for _, values in block.pairs for value in values)]
    names = (
        name for variable in variables if isinstance(variable, Variable) for name in variable.fields
    )
    return tuple(dict.fromkeys(names))


def _template(block: Block, fields: Sequence[str], syntax: Syntax) -> tuple[str, list[int]]:
    """A block as a ``%`` template, and which field stands at each of its places."""
    slots = {name: chr(ord(SLOT_FIRST) + index) for index, name in enumerate(fields)}
    for name in block_fields(block):
        if name not in slots:
            raise OntologyError(f"the mapping has a field {{{name}}} that the record has not")

    def term(value: Object) -> Term:
        if isinstance(value, Term):
            return value
        if value.datatype:
            return literal(slots[value.name], value.datatype)
        if value.any_iri:
            return iri(slots[value.name])
        return iri(value.template.format_map(slots))

    text = syntax.block(
        term(block.subject),
        [(predicate, [term(value) for value in values]) for predicate, values in block.pairs],
    )
    places = re.compile(f"[{''.join(slots.values())}]")
    order = [ord(place) - ord(SLOT_FIRST) for place in places.findall(text)]
    return places.sub("%s", text.replace("%", "%%")), order
