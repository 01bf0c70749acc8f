"""The one set of filters over edges: for pages, exports, the API and the command line.

An edge passes if *one* report of it (one evidence node) meets all conditions on evidence: a
small-scale flag of one report and a paper of another say nothing together.

>>> found = parse({"tf": "Q06945", "scale": "small", "min_papers": "2"})
>>> found.parameters()
{'tf': 'Q06945', 'scale': 'small', 'min_papers': '2'}
>>> found.words()
'of the transcription factor Q06945; with small-scale evidence; with at least 2 primary papers'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any
from urllib.parse import unquote

from rdfconv.errors import UsageError, shown
from rdfconv.identifiers import (
    ACCESSION,
    DATABASE,
    DATASET,
    EVIDENCE,
    INTERACTION,
    METHOD,
    OBO,
    ORGANISM,
    PUBMED,
    PUBMED_ID,
    TAXON,
    TERM,
    UNIPROT,
    local_name,
)
from rdfconv.vocabulary import PREFIXES

SMALL, LARGE = "small", "large"
UNKNOWN = "unknown"
"""The mode of regulation of a report that gives none."""
MODES: Mapping[str, str] = {
    **{name: name for name in ("activation", "repression", UNKNOWN)},
    **{"activator": "activation", "repressor": "repression"},
}
"""The modes of regulation, by the ontology's names and by those of MITAB."""
LONGEST_NAME = 100
"""How many characters the name in a filter may have."""

_MI = re.compile(r"MI[:_]?([0-9]{4})", re.ASCII | re.IGNORECASE)
_TAXON_ID = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_EVIDENCE_ID = re.compile(r"[a-z2-7]{26}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions on edges; "" and 0 mean any.

    Attributes:
        tf: UniProtKB accession of the transcription factor.
        target: UniProtKB accession of the target.
        organism: NCBI taxonomy id, or the local name of an organism without one.
        scale: ``small`` or ``large``: TFLink's flag of the report.
        database: local name of a source database.
        method: a detection method, ``MI_0402`` or the local name of one of our own; narrower
            methods count, too.
        min_papers: how many primary papers a report has at least.
        paper: PubMed id of a primary paper.
        evidence: local name of an evidence node.
        name: text in the name of the partner, or, if neither `tf` nor `target` is given, of
            either end; upper and lower case are the same.
        mode: ``activation``, ``repression``, or ``unknown`` if the report gives no mode.
        dataset: local name of the data set that reports, like ``trrust-2``.
    """

    tf: str = ""
    target: str = ""
    organism: str = ""
    scale: str = ""
    database: str = ""
    method: str = ""
    min_papers: int = 0
    paper: str = ""
    evidence: str = ""
    name: str = ""
    mode: str = ""
    dataset: str = ""

    def __bool__(self) -> bool:
        """Whether there is any condition."""
        return self != Filter()

    @property
    def anchored(self) -> bool:
        """Whether an end of the edges is given."""
        return bool(self.tf or self.target)

    def parameters(self) -> dict[str, str]:
        """The conditions as parameters of a URL, in a fixed order."""
        return {name: str(value) for name, value in self._given().items()}

    def but(self, **changes: str | int) -> Filter:
        """The same filter with other values; "" or 0 takes a condition away."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def words(self, name_of: Callable[[str], str] | None = None) -> str:
        """The conditions in words.

        Args:
            name_of: gives the name of an IRI; without it ids stand for themselves.
        """

        def named(iri: str, text: str) -> str:
            return name_of(iri) if name_of else text

        words = {
            "tf": f"of the transcription factor {named(UNIPROT + self.tf, self.tf)}",
            "target": f"of the target {named(UNIPROT + self.target, self.target)}",
            "organism": f"in {named(organism_iri(self.organism), self.organism)}",
            "scale": f"with {self.scale}-scale evidence",
            "database": f"listed by {named(DATABASE + self.database, unquote(self.database))}",
            "method": f"found by {named(method_iri(self.method), unquote(self.method))}",
            "min_papers": f"with at least {self.min_papers} primary "
            f"{'paper' if self.min_papers == 1 else 'papers'}",
            "paper": f"with the primary paper PubMed {self.paper}",
            "evidence": f"with the evidence {self.evidence}",
            "name": f"whose partner's name has '{self.name}'"
            if self.anchored
            else f"with '{self.name}' in a name",
            "mode": f"with the mode of regulation {self.mode}",
            "dataset": f"reported by {named(DATASET + self.dataset, unquote(self.dataset))}",
        }
        return "; ".join(words[name] for name in self._given())

    def where(self) -> str:
        """The group graph pattern of a SPARQL query that binds ``?transcriptionFactor``,
        ``?target``, ``?interaction`` and ``?evidence`` to the edges that pass.

        What is most selective stands first: the engine keeps the order. A row is an edge with a
        report of it that meets the conditions; one that meets them in two ways comes twice.
        """
        return "\n".join(f"  {line}" for line in self._lines())

    def sparql(self, *, limit: int = 0) -> str:
        """A SPARQL query for the edges that pass, one row for each report.

        Args:
            limit: how many rows at most; 0 for all.
        """
        prefixes = [f"PREFIX {name}: <{PREFIXES[name]}>" for name in sorted(self._prefixes())]
        end = [f"LIMIT {limit}"] if limit else []
        return "\n".join(
            [
                *prefixes,
                "SELECT DISTINCT ?transcriptionFactor ?target ?evidence WHERE {",
                self.where(),
                "}",
                *end,
            ]
        )

    def _given(self) -> dict[str, Any]:
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name)
        }

    def _prefixes(self) -> set[str]:
        text = self.where()
        return {name for name in PREFIXES if re.search(rf"(?<![\w<:/]){name}:", text)}

    def _lines(self) -> list[str]:
        lines = []
        if self.tf and self.target:
            lines.append(f"VALUES ?interaction {{ <{INTERACTION}{self.tf}_{self.target}> }}")
        elif self.tf:
            lines.append(f"VALUES ?transcriptionFactor {{ <{UNIPROT}{self.tf}> }}")
        elif self.target:
            lines.append(f"VALUES ?target {{ <{UNIPROT}{self.target}> }}")
        of_edge = [
            "?interaction tfl:transcriptionFactor ?transcriptionFactor ;",
            "  tfl:target ?target ;",
            "  tfl:evidence ?evidence .",
        ]
        if self.target and not self.tf:
            of_edge = [
                "?interaction tfl:target ?target ;",
                "  tfl:transcriptionFactor ?transcriptionFactor ;",
                "  tfl:evidence ?evidence .",
            ]
        if self.anchored:
            return lines + of_edge + self._evidence_lines() + self._end_lines()
        by_evidence = self._evidence_lines()
        if by_evidence:
            return [
                *by_evidence,
                "?interaction tfl:evidence ?evidence ;",
                "  tfl:transcriptionFactor ?transcriptionFactor ;",
                "  tfl:target ?target .",
                *self._end_lines(),
            ]
        return self._end_lines() + of_edge

    def _evidence_lines(self) -> list[str]:
        lines = []
        if self.evidence:
            lines.append(f"VALUES ?evidence {{ <{EVIDENCE}{self.evidence}> }}")
        if self.paper:
            lines.append(f"?evidence tfl:primaryReference <{PUBMED}{self.paper}> .")
        if self.database:
            lines.append(f"?evidence tfl:sourceDatabase <{DATABASE}{self.database}> .")
        if self.method:
            path = "tfl:detectionMethod|tfl:detectionMethodOrBroader"
            lines.append(f"?evidence {path} <{method_iri(self.method)}> .")
        if self.dataset:
            lines.append(f"?evidence tfl:reportedBy <{DATASET}{self.dataset}> .")
        if self.mode == UNKNOWN:
            lines.append("FILTER NOT EXISTS { ?evidence tfl:modeOfRegulation ?mode }")
        elif self.mode:
            lines.append(f"?evidence tfl:modeOfRegulation tfl:{self.mode} .")
        if self.scale:
            lines.append(f"?evidence tfl:smallScale {str(self.scale == SMALL).lower()} .")
        if self.min_papers:
            lines.append("?evidence tfl:primaryReferenceCount ?papers .")
            lines.append(f"FILTER(?papers >= {self.min_papers})")
        return lines

    def _end_lines(self) -> list[str]:
        lines = []
        if self.organism:
            taxon = organism_iri(self.organism)
            lines.append(f"?transcriptionFactor obo:RO_0002162 <{taxon}> .")
        if self.name:
            text = _quoted(self.name.upper())
            ends = [("?target", not self.target), ("?transcriptionFactor", not self.tf)]
            open_ends = [end for end, is_open in ends if is_open]
            tests = [
                f'EXISTS {{ {end} rdfs:label ?label FILTER(CONTAINS(UCASE(?label), "{text}")) }}'
                for end in open_ends
            ]
            lines.append(f"FILTER({' || '.join(tests) if tests else 'false'})")
        return lines


NAMES = tuple(field.name for field in fields(Filter))
"""The names of the conditions, as parameters and options have them."""


def parse(values: Mapping[str, str]) -> Filter:
    """The filter that parameters describe; empty values mean any.

    Raises:
        UsageError: a name is unknown, or a value is not of its kind.

    >>> parse({"method": "mi:0402", "organism": "9606"}).parameters()
    {'organism': '9606', 'method': 'MI_0402'}
    >>> parse({"scale": "tiny"})
    Traceback (most recent call last):
    ...
    rdfconv.errors.UsageError: 'tiny' is no scale of evidence (use small or large)
    """
    checked: dict[str, Any] = {}
    for name, text in values.items():
        if name not in NAMES:
            near = get_close_matches(name, NAMES, n=1)
            raise UsageError(
                f"there is no filter {shown(name)}",
                hint=f"did you mean {near[0]!r}?" if near else f"there are {', '.join(NAMES)}",
            )
        if text.strip():
            checked[name] = _CHECKS[name](text.strip())
    return Filter(**checked)


def organism_iri(name: str) -> str:
    """The IRI of an organism from its taxonomy id or local name."""
    return TAXON + name if _TAXON_ID.fullmatch(name) else ORGANISM + name


def method_iri(name: str) -> str:
    """The IRI of a detection method from ``MI_0402`` or the local name of one of our own."""
    return OBO + name if _MI.fullmatch(name) else METHOD + name


def name_of_iri(iri: str) -> str:
    """What a filter calls an organism, database, method, mode, data set, paper or evidence node.

    >>> name_of_iri("http://purl.obolibrary.org/obo/MI_0402"), name_of_iri(TAXON + "9606")
    ('MI_0402', '9606')
    """
    for start in (TAXON, ORGANISM, DATABASE, METHOD, OBO, TERM, DATASET, PUBMED, EVIDENCE, UNIPROT):
        if iri.startswith(start):
            return iri.removeprefix(start)
    return iri


# What the values of parameters may be


def _accession(text: str) -> str:
    accession = text.upper()
    if not ACCESSION.fullmatch(accession):
        raise UsageError(
            f"{shown(text)} is no UniProtKB accession",
            hint="accessions look like Q06945; search for the name to find it",
        )
    return accession


def _organism(text: str) -> str:
    return text if _TAXON_ID.fullmatch(text) else _local(text)


def _scale(text: str) -> str:
    if text.lower() not in (SMALL, LARGE):
        raise UsageError(f"{shown(text)} is no scale of evidence", hint="use small or large")
    return text.lower()


def _method(text: str) -> str:
    found = _MI.fullmatch(text)
    return f"MI_{found[1]}" if found else _local(text)


def _mode(text: str) -> str:
    if text.lower() not in MODES:
        raise UsageError(
            f"{shown(text)} is no mode of regulation",
            hint=f"use {', '.join(sorted(set(MODES.values())))}",
        )
    return MODES[text.lower()]


def _local(text: str) -> str:
    """A local name, however it is spelled: with its escapes or without."""
    return local_name(unquote(text))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise UsageError(f"{shown(text)} is no number of papers", hint="use a number from 0 on")
    return int(text)


def _paper(text: str) -> str:
    if not PUBMED_ID.fullmatch(text):
        raise UsageError(f"{shown(text)} is no PubMed id", hint="use its digits, like 19148141")
    return text


def _evidence(text: str) -> str:
    if not _EVIDENCE_ID.fullmatch(text):
        raise UsageError(
            f"{shown(text)} names no evidence", hint="names have 26 letters and digits"
        )
    return text


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise UsageError(
            f"a name of {len(text)} characters is too long",
            hint=f"use at most {LONGEST_NAME}; a part of the name is enough",
        )
    return text


_CHECKS: Mapping[str, Callable[[str], object]] = {
    "tf": _accession,
    "target": _accession,
    "organism": _organism,
    "scale": _scale,
    "database": _local,
    "method": _method,
    "mode": _mode,
    "dataset": _local,
    "min_papers": _number,
    "paper": _paper,
    "evidence": _evidence,
    "name": _name,
}


def _quoted(text: str) -> str:
    """Text as it stands between the quotes of a SPARQL string."""
    escapes: Iterable[tuple[str, str]] = (
        ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"),
    )  # fmt: skip
    for character, escape in escapes:
        text = text.replace(character, escape)
    return text
