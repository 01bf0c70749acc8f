"""Writing RDF: a *syntax* writes one block, all triples of one subject, at a time.

A document is a head, blocks, and a foot, so it streams in every format; memory does not grow with
its size. Reading the formats is left to rdflib and pyoxigraph.

>>> from rdfconv.formats import RDF_FORMATS
>>> turtle = syntax_of(RDF_FORMATS["ttl"])
>>> print(turtle.block(iri("http://purl.uniprot.org/uniprot/Q9H9S0"), [
...     (RDF_TYPE, [iri("http://purl.uniprot.org/core/Protein")]),
...     ("http://www.w3.org/2000/01/rdf-schema#label", [literal("NANOG")]),
... ]), end="")
uniprotkb:Q9H9S0 a up:Protein ;
    rdfs:label "NANOG" .
<BLANKLINE>
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, cast
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph

from rdfconv.errors import OntologyError
from rdfconv.formats import Format
from rdfconv.vocabulary import PREFIXES, ontology_folder

XSD = PREFIXES["xsd"]
XSD_STRING = XSD + "string"
XSD_INTEGER = XSD + "integer"
XSD_BOOLEAN = XSD + "boolean"
RDF_TYPE = PREFIXES["rdf"] + "type"
RDF_LANG_STRING = PREFIXES["rdf"] + "langString"

SLOT_FIRST, SLOT_LAST = "\ue000", "\uf8ff"
"""Private-use characters stand for slots while a template is compiled (see mapping.py): every
syntax must let them through where a value that needs no escaping can stand."""
_SLOTS = f"{SLOT_FIRST}-{SLOT_LAST}"


class Term(NamedTuple):
    """An RDF term: an IRI, a blank node (``_:`` and its label), or a literal.

    Attributes:
        value: the IRI, the blank node with ``_:``, or the literal's lexical form.
        datatype: the literal's datatype IRI; "" for IRIs and blank nodes.
        language: the literal's language tag, or "".
    """

    value: str
    datatype: str = ""
    language: str = ""

    @property
    def is_literal(self) -> bool:
        """Whether it is a literal."""
        return bool(self.datatype)


Pairs = Sequence[tuple[str, Sequence[Term]]]
"""The predicates of a block, each with its objects."""


def iri(value: str) -> Term:
    """An IRI."""
    return Term(value)


def literal(value: str, datatype: str = XSD_STRING) -> Term:
    """A literal."""
    return Term(value, datatype)


class Syntax(ABC):
    """How one format writes documents.

    Attributes:
        separator: what each block's text begins with and a document's first block must not.
    """

    separator = ""
    has_graphs = False
    """Whether it can carry named graphs."""
    is_line_based = False
    """Whether each triple is a line that begins with its subject in angle brackets."""

    def head(self) -> str:
        """What a document begins with."""
        return ""

    def foot(self) -> str:
        """What a document ends with."""
        return ""

    @abstractmethod
    def block(self, subject: Term, pairs: Pairs) -> str:
        """All given triples of one subject, in the default graph; "" if there are none."""

    def graph_block(self, graph: str, subject: Term, pairs: Pairs) -> str:
        """All given triples of one subject in a named graph, or the default graph if its IRI is "";
        "" if the syntax has no graphs."""
        return "" if graph else self.block(subject, pairs)

    def document(self, blocks: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
        """The pieces of a whole document in UTF-8, from those of its blocks."""
        yield self.head().encode()
        first = True
        for text in blocks:
            if first and text:
                first = False
                yield bytes(text).removeprefix(self.separator.encode())
            else:
                yield text
        yield self.foot().encode()


class NTriples(Syntax):
    """N-Triples: canonical lines."""

    is_line_based = True

    def block(self, subject: Term, pairs: Pairs) -> str:
        start = _nt(subject)
        return "".join(
            [
                f"{start} {_nt_predicate(predicate)} {_nt(value)} .\n"
                for predicate, values in pairs
                for value in values
            ]
        )


class NQuads(NTriples):
    """N-Quads: canonical lines."""

    has_graphs = True

    def graph_block(self, graph: str, subject: Term, pairs: Pairs) -> str:
        lines = self.block(subject, pairs)
        return lines.replace(" .\n", f" <{safe_iri(graph)}> .\n") if graph else lines


class Turtle(Syntax):
    """Turtle: prefixes, one paragraph per subject."""

    def head(self) -> str:
        lines = [f"@prefix {name}: <{namespace}> .\n" for name, namespace in PREFIXES.items()]
        return "".join(lines) + "\n"

    def block(self, subject: Term, pairs: Pairs) -> str:
        lines = [
            f"{_turtle_predicate(predicate)} {', '.join([_turtle(value) for value in values])}"
            for predicate, values in pairs
            if values
        ]
        if not lines:
            return ""
        end = " .\n" if len(lines) == 1 else " .\n\n"
        return f"{_turtle(subject)} " + " ;\n    ".join(lines) + end


class TriG(Turtle):
    """TriG: as Turtle; each block of a named graph in a GRAPH of its own."""

    has_graphs = True

    def graph_block(self, graph: str, subject: Term, pairs: Pairs) -> str:
        text = self.block(subject, pairs)
        if not graph:
            return text
        return f"GRAPH {_curie(graph)} {{\n{text.rstrip()}\n}}\n\n" if text else ""


class RdfXml(Syntax):
    """RDF/XML, one rdf:Description per subject."""

    def head(self) -> str:
        names = "".join(f'\n  xmlns:{name}="{space}"' for name, space in PREFIXES.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{names}>\n'

    def foot(self) -> str:
        return "</rdf:RDF>\n"

    def block(self, subject: Term, pairs: Pairs) -> str:
        lines = [
            self._property(predicate, value) for predicate, values in pairs for value in values
        ]
        if not lines:
            return ""
        about = self._reference("rdf:about", subject)
        return f"<rdf:Description {about}>\n{''.join(lines)}</rdf:Description>\n"

    def _property(self, predicate: str, value: Term) -> str:
        name, declared = _xml_name(predicate)
        start = f"  <{name}{declared}"
        if not value.is_literal:
            return f"{start} {self._reference('rdf:resource', value)}/>\n"
        kind = ""
        if value.language:
            kind = f" xml:lang={_attribute(value.language)}"
        elif value.datatype != XSD_STRING:
            kind = f" rdf:datatype={_attribute(value.datatype)}"
        text = escape(value.value, {"\r": "&#13;"})
        return f"{start}{kind}>{text}</{name}>\n"

    def _reference(self, attribute: str, value: Term) -> str:
        if value.value.startswith("_:"):
            return f'rdf:nodeID="{value.value[2:]}"'
        return f"{attribute}={_attribute(value.value)}"


class JsonLd(Syntax):
    """JSON-LD with the context of ontology/context.jsonld inline, one node per subject and line."""

    separator = ",\n"
    has_graphs = True

    def head(self) -> str:
        text = json.dumps(_context(), ensure_ascii=False, indent=1)
        return f'{{"@context": {text},\n"@graph": [\n'

    def foot(self) -> str:
        return "\n]}\n"

    def graph_block(self, graph: str, subject: Term, pairs: Pairs) -> str:
        text = self.block(subject, pairs)
        if not graph:
            return text
        node = text.removeprefix(self.separator)
        graph_id = json.dumps(_compact(graph))
        return f'{self.separator}{{"id": {graph_id}, "@graph": [{node}]}}' if node else ""

    def block(self, subject: Term, pairs: Pairs) -> str:
        node: dict[str, object] = {"id": _compact(subject.value)}
        for predicate, values in pairs:
            if predicate == RDF_TYPE and not any(value.is_literal for value in values):
                if values:
                    node["type"] = _one_or_all([_compact(value.value) for value in values])
                continue
            for value in values:
                key, item = _json_value(predicate, value)
                cast("list[object]", node.setdefault(key, [])).append(item)
        if len(node) == 1:
            return ""
        packed = {
            key: _one_or_all(value) if isinstance(value, list) else value
            for key, value in node.items()
        }
        return self.separator + json.dumps(packed, ensure_ascii=False)


def syntax_of(fmt: Format) -> Syntax:
    """The syntax that writes an RDF format."""
    syntaxes: dict[str, Callable[[], Syntax]] = {
        "nt": NTriples,
        "nq": NQuads,
        "ttl": Turtle,
        "trig": TriG,
        "rdfxml": RdfXml,
        "jsonld": JsonLd,
    }
    return syntaxes[fmt.name]()


def dumps(triples: Iterable[pyoxigraph.Triple], fmt: Format) -> str:
    """A small graph as one document, grouped by subject in the order of first appearance.

    Args:
        triples: triples without triple terms.
        fmt: an RDF format.
    """
    subjects: dict[Term, dict[str, list[Term]]] = {}
    for triple in triples:
        predicates = subjects.setdefault(term_of(triple.subject), {})
        values = predicates.setdefault(triple.predicate.value, [])
        value = term_of(triple.object)
        if value not in values:
            values.append(value)
    syntax = syntax_of(fmt)
    blocks = (
        syntax.block(
            subject, sorted(predicates.items(), key=lambda pair: (pair[0] != RDF_TYPE, pair[0]))
        ).encode()
        for subject, predicates in subjects.items()
    )
    return b"".join(syntax.document(blocks)).decode()


def term_of(term: object) -> Term:
    """A term of a pyoxigraph triple.

    Raises:
        TypeError: it is a triple.
    """
    if isinstance(term, pyoxigraph.NamedNode):
        return Term(term.value)
    if isinstance(term, pyoxigraph.BlankNode):
        return Term(f"_:{term.value}")
    if isinstance(term, pyoxigraph.Literal):
        return Term(term.value, term.datatype.value, term.language or "")
    raise TypeError(f"cannot write the term {term}")


# --- N-Triples and Turtle ----------------------------------------------------------------------

_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)
_UNSAFE_IN_IRI = str.maketrans(
    {character: f"%{ord(character):02X}" for character in [*map(chr, range(33)), *'<>"{}|^`\\']}
)
_UNSAFE = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_LOCAL = re.compile(rf"(?:[A-Za-z0-9_{_SLOTS}](?:[A-Za-z0-9_.{_SLOTS}-]*[A-Za-z0-9_{_SLOTS}-])?)?")
_NAMES = {namespace: name for name, namespace in PREFIXES.items()}
_SHORT = {XSD_INTEGER: re.compile("[+-]?[0-9]+"), XSD_BOOLEAN: re.compile("true|false")}


def safe_iri(value: str) -> str:
    """An IRI without characters that could end it."""
    if _UNSAFE.search(value) is None:  # nearly always; translating takes four times as long
        return value
    return value.translate(_UNSAFE_IN_IRI)


@cache
def _nt_predicate(predicate: str) -> str:
    return f"<{safe_iri(predicate)}>"


@cache
def _turtle_predicate(predicate: str) -> str:
    return "a" if predicate == RDF_TYPE else _curie(predicate)


def escaped(value: str) -> str:
    """The characters of a literal as they stand between quotes."""
    if value.isprintable() and '"' not in value and "\\" not in value:  # nearly always
        return value
    return value.translate(_ESCAPES)


def _quoted(value: Term, datatype: str) -> str:
    text = f'"{escaped(value.value)}"'
    if value.language:
        return f"{text}@{value.language}"
    return text if value.datatype == XSD_STRING else f"{text}^^{datatype}"


def _nt(term: Term) -> str:
    if term.datatype:
        return _quoted(term, _nt_predicate(term.datatype))
    return term.value if term.value.startswith("_:") else f"<{safe_iri(term.value)}>"


def _turtle(term: Term) -> str:
    if not term.is_literal:
        return term.value if term.value.startswith("_:") else _curie(term.value)
    short = _SHORT.get(term.datatype)
    if short and short.fullmatch(term.value):
        return term.value
    return _quoted(term, _curie(term.datatype))


def _split(value: str) -> tuple[str, str]:
    """An IRI's namespace (up to its last ``#`` or ``/``) and local name."""
    end = max(value.rfind("#"), value.rfind("/")) + 1
    return value[:end], value[end:]


def _curie(value: str) -> str:
    namespace, local = _split(value)
    name = _NAMES.get(namespace)
    if name is None or not _LOCAL.fullmatch(local):
        return f"<{safe_iri(value)}>"
    return f"{name}:{local}"


# --- RDF/XML -----------------------------------------------------------------------------------

_XML_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")


def _attribute(value: str) -> str:
    return quoteattr(value, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


@cache
def _xml_name(predicate: str) -> tuple[str, str]:
    """The element name of a predicate, and the declaration of its namespace if it needs one."""
    namespace, local = _split(predicate)
    name = _NAMES.get(namespace)
    if name is not None and _XML_LOCAL.match(local):
        return f"{name}:{local}", ""
    found = re.search(r"[A-Za-z_][A-Za-z0-9_.-]*\Z", predicate)
    if found is None:
        raise ValueError(f"RDF/XML cannot write the predicate <{predicate}>")
    return f"ns:{found.group()}", f" xmlns:ns={_attribute(predicate[: found.start()])}"


# --- JSON-LD -----------------------------------------------------------------------------------


class _ContextTerm(NamedTuple):
    name: str
    coerced: str
    """``@id``, a datatype IRI, or xsd:string for plain strings."""


@cache
def _context() -> Mapping[str, Any]:
    path = ontology_folder() / "context.jsonld"
    try:
        return cast("Mapping[str, Any]", json.loads(path.read_text("utf-8"))["@context"])
    except (OSError, ValueError, KeyError) as error:
        raise OntologyError(f"{path}: is not a JSON-LD context: {error}") from error


@cache
def _context_terms() -> Mapping[str, _ContextTerm]:
    """The context's terms by the IRI of their property."""
    terms = {}
    for name, definition in _context().items():
        if name in PREFIXES or name in ("@version", "id", "type"):
            continue
        full = definition if isinstance(definition, dict) else {"@id": definition}
        coerced = _expanded(str(full.get("@type", XSD_STRING)))
        terms[_expanded(str(full["@id"]))] = _ContextTerm(name, coerced)
    return terms


def _expanded(value: str) -> str:
    name, _, local = value.partition(":")
    return PREFIXES[name] + local if name in PREFIXES else value


def _compact(value: str) -> str:
    namespace, local = _split(value)
    name = _NAMES.get(namespace)
    return f"{name}:{local}" if name is not None and local else value


def _json_value(predicate: str, value: Term) -> tuple[str, object]:
    """The key and the value of one triple, as short as the context allows."""
    wanted = value.datatype if value.is_literal else "@id"
    term = _context_terms().get(predicate)
    if term is not None and term.coerced == wanted and not value.language:
        if wanted == XSD_BOOLEAN and value.value in ("true", "false"):
            return term.name, value.value == "true"
        if wanted == XSD_INTEGER and re.fullmatch("-?[1-9][0-9]{0,14}|0", value.value):
            return term.name, int(value.value)
        return term.name, value.value if value.is_literal else _compact(value.value)
    key = _compact(predicate)
    if not value.is_literal:
        return key, {"id": _compact(value.value)}
    if value.language:
        return key, {"@value": value.value, "@language": value.language}
    if value.datatype == XSD_STRING:
        return key, {"@value": value.value}
    return key, {"@value": value.value, "@type": _compact(value.datatype)}


def _one_or_all(values: list[Any]) -> object:
    return values[0] if len(values) == 1 else values
