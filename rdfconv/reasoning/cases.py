"""The templates of the mapping, closed once: what follows for a record in each of its cases.

owlrl closes one small graph: each record type of ``ontology/mapping.ttl`` with placeholders for
values, once as it is and once more with each of its optional triples, each truth value, and each
database, method and organism of the closed vocabularies. What it concludes for a placeholder holds
for every value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import rdflib
from rdflib import XSD, Literal, URIRef
from rdflib.term import Node

from rdfconv.emitter import Emitter
from rdfconv.errors import OntologyError
from rdfconv.formats import RDF_FORMATS
from rdfconv.mapping import MappingFile, RecordMapping, Variable
from rdfconv.mapping_values import vocabulary, vocabulary_records
from rdfconv.model import Record
from rdfconv.reasoning import closure
from rdfconv.reasoning.closure import Triple, short
from rdfconv.reasoning.conclusions import (
    UNKNOWN,
    Case,
    Conclusion,
    Learned,
    unknown_values,
)
from rdfconv.serialize import XSD_BOOLEAN, XSD_INTEGER, syntax_of

_PLACEHOLDER = "urn:rdfconv:"


def triples_of(case: Case, mapping: MappingFile) -> Iterator[Triple]:
    """The triples of the record in this case."""
    given = {variable.name: value for variable, value in case.given}
    for block in mapping.records[case.record].blocks:
        subject = node_of(case, block.subject)
        for predicate, objects in block.pairs:
            for value in objects:
                if not isinstance(value, Variable):
                    yield subject, URIRef(predicate), URIRef(value.value)
                elif value.name in given or not _is_special(value):
                    node = node_of(case, value, given.get(value.name))
                    yield subject, URIRef(predicate), node


def node_of(case: Case, variable: Variable, value: str | None = None) -> Node:
    """What stands for a variable."""
    if value is not None:
        [term] = variable.terms({variable.fields[0]: value})
        if term.datatype:
            return Literal(term.value, datatype=URIRef(term.datatype))
        return URIRef(term.value)
    name = f"{_PLACEHOLDER}{case.name}:{variable.name}"
    if variable.datatype == XSD_INTEGER:  # any number that no other variable has
        return Literal(int.from_bytes(name.encode(), "big"))
    return Literal(name) if variable.datatype else URIRef(name)


def cases(mapping: MappingFile, record: RecordMapping) -> list[Case]:
    """The cases of a record type: as it is first, then with each optional part, then with all."""
    found: list[tuple[Variable, str | None]] = []
    for variable in _special(record):
        if variable.datatype == XSD_BOOLEAN:
            found += [(variable, "true"), (variable, "false")]
        elif variable.one_of:
            found += [(variable, value) for value in variable.one_of]
        else:
            known = vocabulary().get(variable.name, ())
            found += [(variable, value) for value in sorted(known)]
            found.append((variable, unknown_values().get(variable.name)))
    every = {variable.name: (variable, value) for variable, value in found}
    given: list[tuple[tuple[Variable, str | None], ...]] = [(), *((one,) for one in found)]
    if len(every) > 1:
        given.append(tuple(every.values()))
    return [
        Case(f"{record.name}{number}", record.name, optional)
        for number, optional in enumerate(given)
    ]


def graph_of(emitter: Emitter, records: Iterable[Record]) -> rdflib.Graph:
    """The triples of records as they are written."""
    text = "".join(map(emitter.write, records))
    return rdflib.Graph().parse(data=text, format="nt")


def learn(mapping: MappingFile, ontology: rdflib.Graph) -> Learned:
    """What follows in each case of each record type.

    Records in named graphs are left out: they are documents, and nothing is concluded from them.

    Raises:
        OntologyError: the ontology contradicts a record, or a conclusion needs two optional parts.
    """
    every = [
        case
        for record in mapping.records.values()
        if not any(block.subject.graph for block in record.blocks)
        for case in cases(mapping, record)
    ]
    plain = Emitter(mapping.stated(), syntax_of(RDF_FORMATS["nt"]))
    graph = graph_of(plain, vocabulary_records(UNKNOWN))
    for triple in ontology:
        graph.add(triple)
    stated = {case.name: set(triples_of(case, mapping)) for case in every}
    for triples in stated.values():
        for triple in triples:
            graph.add(triple)
    closed = closure.close(graph)
    closure.refuse_contradiction(closed, "the ontology, with the mapping's records,")
    found: dict[str, set[Conclusion]] = {case.name: set() for case in every}
    for triple in closure.conclusions(closed):
        name = _case_of(triple)
        if name and triple not in stated[name]:
            found[name].add(_conclusion(triple))
    learned: dict[str, dict[Case, frozenset[Conclusion]]] = {}
    for record_name, group in groupby(every, key=lambda case: case.record):
        first, *others = group
        base = found[first.name]
        learned[record_name] = {first: frozenset(base)}
        for case in others:
            if len(case.given) == 1:
                learned[record_name][case] = frozenset(found[case.name] - base)
            else:
                parts = set().union(*learned[record_name].values())
                asserted = {_conclusion(triple) for triple in stated[case.name]}
                _refuse_combination(found[case.name] - parts - asserted, record_name)
    return learned


def _refuse_combination(unexplained: set[Conclusion], record: str) -> None:
    if unexplained:
        one = min(unexplained)
        raise OntologyError(
            f"{short(URIRef(one.predicate))} of v:{one.subject} follows from two optional triples "
            f"of map:{record} together, which cannot be written for each record alone",
            hint="change the axiom that concludes it, or make one of the triples mandatory",
        )


def _case_of(triple: Triple) -> str:
    """The name of the case a triple is about; "" if it is about the ontology alone."""
    names = {
        str(term).removeprefix(_PLACEHOLDER).partition(":")[0]
        for term in triple
        if isinstance(term, URIRef) and term.startswith(_PLACEHOLDER)
    }
    if len(names) > 1:
        raise OntologyError(
            f"{short(triple[1])} would join records that share nothing but a term of a vocabulary",
            hint="no axiom may lead from a database, method or organism back to a record",
        )
    return names.pop() if names else ""


def _conclusion(triple: Triple) -> Conclusion:
    subject, predicate, value = triple
    text = str(value)
    if isinstance(value, Literal) and value.datatype == XSD.integer:
        text = _of_number(int(value))
    is_variable = text.startswith(_PLACEHOLDER)
    return Conclusion(_name(str(subject)), str(predicate), _name(text), is_variable)


def _of_number(value: int) -> str:
    return value.to_bytes((value.bit_length() + 7) // 8, "big").decode(errors="replace")


def _name(text: str) -> str:
    """The variable of a placeholder; other text as it is."""
    if not text.startswith(_PLACEHOLDER):
        return text
    return text.removeprefix(_PLACEHOLDER).partition(":")[2]


def _special(record: RecordMapping) -> list[Variable]:
    """The variables of a record type that need cases of their own."""
    return list(
        {
            value.name: value
            for block in record.blocks
            for _, values in block.pairs
            for value in values
            if isinstance(value, Variable) and _is_special(value)
        }.values()
    )


def _is_special(variable: Variable) -> bool:
    return (
        variable.occurs != "1"
        or variable.datatype == XSD_BOOLEAN
        or bool(variable.one_of)
        or variable.name in vocabulary()
    )
