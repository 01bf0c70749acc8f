"""The tree of detection methods, from PSI-MI: ``ontology/methods.ttl``.

For maintainers, after a change of ``methods.tsv`` or with a new PSI-MI::

    make methods PSI_MI=psi-mi.obo

The file has each PSI-MI term that ``methods.tsv`` names, and every method above it, with its direct
parents. PSI-MI's upmost term, *molecular interaction*, is no method and is left out; so the tree's
roots are the kinds of detection method: of interactions, of participants and of features.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import Literal

from rdfconv.errors import OntologyError
from rdfconv.mapping_values import UNSPECIFIED_METHOD
from rdfconv.vocabulary import PREFIXES, methods

ROOT = "MI_0000"
"""PSI-MI's upmost term, which is no method."""
PSI_MI = PREFIXES["obo"] + "mi.owl"

_ESCAPED = re.compile(r"\\(.)")
_HEADER = """\
# The detection methods, and all methods above them, as PSI-MI arranges them.
#
# Made from PSI-MI and methods.tsv by `make methods`, not by hand. A method that methods.tsv names
# has the label that it has there, which a build writes, too; every other has PSI-MI's name.
#
# PSI-MI, the controlled vocabulary for molecular interactions of the HUPO Proteomics Standards
# Initiative, is used under CC BY 4.0, https://creativecommons.org/licenses/by/4.0/ ; of it are here
# the names and the is_a relations of some terms. Reference: Hermjakob et al., The HUPO PSI's
# molecular interaction format, Nature Biotechnology 22 (2004), 177-183, PubMed 14755292.
"""
_USED_PREFIXES = ("dcterms", "obo", "owl", "rdfs", "skos", "tfl")


class MethodTerm(NamedTuple):
    """A term of PSI-MI: its name, its direct parents (``MI_0091``), and whether it is obsolete."""

    name: str
    parents: tuple[str, ...]
    obsolete: bool


class PsiMi(NamedTuple):
    """PSI-MI: its version and its terms by local name (``MI_0402``)."""

    version: str
    terms: Mapping[str, MethodTerm]


def read_psi_mi(text: str) -> PsiMi:
    r"""Reads PSI-MI in OBO format.

    >>> obo = '''date: 15:04:2021 22:57
    ... remark: CVversion: 2.5.5
    ...
    ... [Term]
    ... id: MI:0401
    ... name: biochemical
    ... is_a: MI:0045 ! experimental interaction detection
    ... '''
    >>> read_psi_mi(obo).version
    '2.5.5 of 2021-04-15'
    >>> read_psi_mi(obo).terms["MI_0401"]
    MethodTerm(name='biochemical', parents=('MI_0045',), obsolete=False)

    Raises:
        OntologyError: it has no date, no version or no terms.
    """
    header, *stanzas = re.split(r"\n\n(?=\[)", text)
    date = re.search(r"^date: (\d\d):(\d\d):(\d{4}) ", header, re.MULTILINE)
    version = re.search(r"^remark: CVversion: (\S+)$", header, re.MULTILINE)
    terms = {}
    for stanza in stanzas:
        kind, *lines = stanza.splitlines()
        tags: dict[str, list[str]] = {}
        for line in lines:
            tag, _, value = line.partition(": ")
            tags.setdefault(tag, []).append(value)
        if kind == "[Term]" and "id" in tags and "name" in tags:
            terms[_local(tags["id"][0])] = MethodTerm(
                _ESCAPED.sub(r"\1", tags["name"][0]),
                tuple(sorted(_local(value.split()[0]) for value in tags.get("is_a", ()))),
                tags.get("is_obsolete") == ["true"],
            )
    if not (date and version and terms):
        raise OntologyError("this is not PSI-MI in OBO format: no date, CVversion or terms")
    day, month, year = date.groups()
    return PsiMi(f"{version[1]} of {year}-{month}-{day}", terms)


def tree(psi_mi: PsiMi, wanted: Iterable[str]) -> dict[str, MethodTerm]:
    """The terms wanted and all above them but the `ROOT`, sorted, with direct parents.

    Raises:
        OntologyError: a term is unknown or obsolete, or stands above itself.
    """
    found: dict[str, MethodTerm] = {}

    def add(name: str, below: tuple[str, ...]) -> None:
        if name in below:
            raise OntologyError(f"PSI-MI: {name} stands above itself: {' '.join(below)}")
        if name in found:
            return
        term = psi_mi.terms.get(name)
        if term is None or term.obsolete:
            fault = "is obsolete" if term else "is unknown"
            raise OntologyError(
                f"PSI-MI: {name} {fault} ({' '.join(below) or 'named in methods.tsv'})"
            )
        parents = tuple(parent for parent in term.parents if parent != ROOT)
        found[name] = term._replace(parents=parents)
        for parent in parents:
            add(parent, (*below, name))

    for name in wanted:
        add(name, ())
    return dict(sorted(found.items()))


def wanted_terms() -> list[str]:
    """The terms that ``methods.tsv`` names, as method or as broader one, and the one that is
    above a method without a term."""
    named = {term for method in methods().values() for term in (method.term, *method.broader)}
    return sorted((named | {UNSPECIFIED_METHOD}) - {""})


def turtle(psi_mi: PsiMi) -> str:
    """The text of ``ontology/methods.ttl``.

    Raises:
        OntologyError: see `tree`.
    """
    labels = {method.term: method.name for method in methods().values() if method.term}
    prefixes = "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in _USED_PREFIXES)
    about = f"<{PSI_MI}> " + _predicates(
        ("dcterms:title", '"Molecular Interactions Controlled Vocabulary"'),
        ("dcterms:license", "<https://creativecommons.org/licenses/by/4.0/>"),
        ("owl:versionInfo", str(Literal(psi_mi.version))),
    )
    blocks = []
    for name, term in tree(psi_mi, wanted_terms()).items():
        label = labels.get(name, term.name)
        pairs = [("rdfs:label", str(Literal(label)))]
        if label != term.name:
            pairs.append(("skos:altLabel", str(Literal(term.name))))
        if term.parents:
            parents = " , ".join(f"obo:{parent}" for parent in term.parents)
            pairs.append(("tfl:broaderMethod", parents))
        pairs.append(("rdfs:isDefinedBy", f"<{PSI_MI}>"))
        blocks.append(f"obo:{name} " + _predicates(("a", "tfl:DetectionMethod"), *pairs))
    return "\n".join((_HEADER, prefixes, about, "\n".join(blocks)))


def _predicates(*pairs: tuple[str, str]) -> str:
    return " ;\n    ".join(f"{predicate} {value}" for predicate, value in pairs) + " .\n"


def _local(identifier: str) -> str:
    return identifier.replace(":", "_")


def main(arguments: Sequence[str]) -> int:
    """Writes the tree to standard output.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong usage.
    """
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m rdfconv.method_tree psi-mi.obo > ontology/methods.ttl\n")
        return 2
    try:
        text = turtle(read_psi_mi(Path(arguments[0]).read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, OntologyError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.buffer.write(text.encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
