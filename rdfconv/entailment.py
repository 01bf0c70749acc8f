"""What the ontology entails, worked out once for the mapping's templates, not for each triple.

owlrl closes one small graph: each record type of ``ontology/mapping.ttl`` with placeholders for
values, once as it is and once more with each of its optional triples, each truth value, and each
database, method and organism of the closed vocabularies. What it concludes for a placeholder holds
for every value, so it becomes part of the template and is written with every record.

That is sound as long as no conclusion needs two records. So a second graph, of records that share
their evidence, proteins, genes and papers as real ones do, is closed as a whole and compared: an
axiom that joins records stops the program, by name. The axioms that are known to
(`rdfconv.reasoning.closure.JOINING_AXIOMS`) are declared for people and left out here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache

from rdfconv.errors import OntologyError
from rdfconv.identifiers import TERM
from rdfconv.mapping import Block, Derived, MappingFile, Object, RecordMapping, Variable
from rdfconv.mapping_values import vocabulary
from rdfconv.reasoning.conclusions import Case, Conclusion, Learned, unknown_values
from rdfconv.serialize import RDF_TYPE, iri
from rdfconv.vocabulary import METHODS, ONTOLOGY, ontology_folder

NONE, CORE, FULL = "none", "core", "full"
LEVELS = (NONE, CORE, FULL)
"""How much of what the ontology entails is written: nothing, what queries need (`CORE_TERMS`), or
all of it."""

CORE_TERMS = frozenset(
    TERM + name
    for name in (
        "reference",
        "detectionMethodOrBroader",
        "broaderMethod",
        "SmallScaleEvidence",
        "TargetProtein",
        "TranscriptionFactor",
    )
)
"""The properties, and the classes as objects of rdf:type, that level *core* writes."""

ENTAILED = "entailed.json"
"""Beside the ontology: what was worked out, so that it need not be at each start. Made by
``python -m rdfconv.reasoning``; another ontology is worked out anew."""


@cache
def entailed(level: str) -> MappingFile:
    """The mapping with what it entails.

    Args:
        level: one of `LEVELS`.

    Raises:
        OntologyError: the mapping or the ontology is broken, or an axiom joins records.
    """
    if level == NONE:
        return MappingFile.load().stated()
    return _entailments().mapping(level)


def vocabulary_conclusions(level: str) -> bytes:
    """What follows from the ontology and the tree of methods alone, as N-Triples lines, sorted.

    Raises:
        OntologyError: as `entailed`.
    """
    if level == NONE:
        return b""
    lines = _entailments().vocabulary
    wanted = {f"<{term}>" for term in CORE_TERMS}
    return "".join(line for line in lines if level == FULL or line.split()[1] in wanted).encode()


@dataclass(frozen=True, slots=True)
class Entailments:
    """All that was worked out.

    Attributes:
        learned: what follows for records.
        vocabulary: what follows from ontology and tree of methods alone, as N-Triples lines.
    """

    learned: Learned
    vocabulary: tuple[str, ...]

    @classmethod
    def work_out(cls) -> Entailments:
        """Asks owlrl: about two seconds.

        Raises:
            OntologyError: the mapping or the ontology is broken, or an axiom joins records.
        """
        # Only here: most starts have no use for a reasoner, which takes its time to import.
        from rdfconv.reasoning import closure
        from rdfconv.reasoning.cases import learn
        from rdfconv.reasoning.joins import check

        ontology = closure.read_ontology()
        applied = closure.without_joining(ontology)
        mapping = MappingFile.load()
        learned = learn(mapping, applied)
        check(mapping.stated(), cls(learned, ()).mapping(FULL), applied)
        lines = sorted(
            f"{subject.n3()} {predicate.n3()} {value.n3()} .\n"
            for subject, predicate, value in closure.conclusions(closure.close(applied))
            if (subject, predicate, value) not in ontology
        )
        return cls(learned, tuple(lines))

    def mapping(self, level: str) -> MappingFile:
        """The mapping with what follows at a level."""
        return _at_level(MappingFile.load(), self.learned, level)

    def as_json(self) -> str:
        """As text that `from_json` reads."""
        cases = [
            {
                "name": case.name,
                "record": case.record,
                "given": [[variable.name, value] for variable, value in case.given],
                "conclusions": [astuple(one) for one in sorted(conclusions)],
            }
            for by_case in self.learned.values()
            for case, conclusions in by_case.items()
            if conclusions or not case.given
        ]
        content = {"digest": _digest(), "cases": cases, "vocabulary": self.vocabulary}
        return json.dumps(content, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Entailments | None:
        """What was worked out before; None if the ontology has changed since, or it is no JSON."""
        try:
            content = json.loads(text)
        except ValueError:
            return None
        if content.get("digest") != _digest():
            return None
        variables = MappingFile.load().variables
        learned: dict[str, dict[Case, frozenset[Conclusion]]] = {}
        for told in content["cases"]:
            given = tuple((variables[name], value) for name, value in told["given"])
            case = Case(told["name"], told["record"], given)
            conclusions = frozenset(Conclusion(*one) for one in told["conclusions"])
            learned.setdefault(case.record, {})[case] = conclusions
        return cls(learned, tuple(content["vocabulary"]))


@cache
def _entailments() -> Entailments:
    """Read from the file, if it is of this ontology; else worked out."""
    path = ontology_folder() / ENTAILED
    if path.is_file() and (known := Entailments.from_json(path.read_text(encoding="utf-8"))):
        return known
    return Entailments.work_out()


def _digest() -> str:
    """Of all that the entailments depend on."""
    names = (ONTOLOGY, METHODS, "mapping.ttl",
             *sorted(path.name for path in ontology_folder().glob("*.tsv")))  # fmt: skip
    digest = hashlib.sha256()
    for name in names:
        try:
            digest.update((ontology_folder() / name).read_bytes() + b"\0")
        except OSError as error:
            raise OntologyError(f"{name}: cannot be read: {error.strerror}") from error
    return digest.hexdigest()


# --- From conclusions to templates --------------------------------------------------------------


def _at_level(mapping: MappingFile, learned: Learned, level: str) -> MappingFile:
    records = dict(mapping.records)
    variables = dict(mapping.variables)
    for name, by_case in learned.items():
        if name == "Interaction":
            [conclusions] = by_case.values()
            told = [one for one in conclusions if _is_of_edge(one) and _is_at(one, level)]
            records[name] = _with_blocks(mapping, records[name], sorted(told))
        else:
            records[name] = _with_derived(mapping, records[name], by_case, level)
            variables |= {one.variable.name: one.variable for one in records[name].derived}
    return MappingFile(records, variables)


def _is_at(conclusion: Conclusion, level: str) -> bool:
    if level == FULL:
        return True
    is_type = conclusion.predicate == RDF_TYPE
    return (conclusion.value if is_type else conclusion.predicate) in CORE_TERMS


def _is_of_edge(conclusion: Conclusion) -> bool:
    """Whether a conclusion is of the edge, not of one of its ends: what holds of a protein or a
    report is written once, with its own record."""
    return conclusion.subject == "interaction" or conclusion.is_variable


def _with_blocks(
    mapping: MappingFile, record: RecordMapping, conclusions: Sequence[Conclusion]
) -> RecordMapping:
    """A record type with conclusions of any subject, each of which has exactly one value."""
    blocks = [
        Block(block.subject, [(p, list(v)) for p, v in block.pairs]) for block in record.blocks
    ]
    for one in conclusions:
        block = next((each for each in blocks if each.subject.name == one.subject), None)
        if block is None:
            block = Block(mapping.variables[one.subject])
            blocks.append(block)
        value: Object = mapping.variables[one.value] if one.is_variable else iri(one.value)
        _add(block, one.predicate, value)
    return replace(record, blocks=tuple(blocks))


def _add(block: Block, predicate: str, value: Object) -> None:
    for known, values in block.pairs:
        if known == predicate:
            values.append(value)
            return
    block.pairs.append((predicate, [value]))


def _with_derived(
    mapping: MappingFile,
    record: RecordMapping,
    by_case: Mapping[Case, frozenset[Conclusion]],
    level: str,
) -> RecordMapping:
    """A record type with the conclusions about its own subject. What follows for other nodes is
    written with their own records, which `check` sees to."""
    [old] = record.blocks
    block = Block(old.subject, [(predicate, list(values)) for predicate, values in old.pairs])
    derived: dict[str, Derived] = {}
    for case, conclusions in by_case.items():
        for one in sorted(conclusions):
            if one.subject != block.subject.name or not _is_at(one, level):
                continue
            if not case.given:
                value: Object = mapping.variables[one.value] if one.is_variable else iri(one.value)
                _add(block, one.predicate, value)
                continue
            [(variable, given)] = case.given
            in_vocabulary = variable.name in vocabulary()
            if one.is_variable and not in_vocabulary:
                _add(block, one.predicate, mapping.variables[one.value])
                continue
            if one.predicate not in derived:
                name = f"entailed{len(derived) + 1}Of{record.name}"
                derived[one.predicate] = Derived(
                    Variable(name, any_iri=True, occurs="*"), vocabulary()
                )
                _add(block, one.predicate, derived[one.predicate].variable)
            is_unknown = given == unknown_values().get(variable.name)
            own = one.is_variable or (is_unknown and one.value == given)
            derived[one.predicate].add(
                variable, None if is_unknown else given, None if own else one.value
            )
    return replace(record, blocks=(block,), derived=tuple(derived.values()))
