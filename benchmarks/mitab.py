"""Generated rows as MITAB 2.8: 46 columns without a header, spelled as TFLink spells them.

Beside the table's cells a row states the mode of regulation where TRRUST is among its databases
(column 26): as often activator, repressor and unknown as TRRUST 2 does for human pairs. All other
rows state none. It does not state orthologs.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

from benchmarks.mixes import DATABASE_PAPERS, Evidence
from benchmarks.proteins import Protein
from benchmarks.table import Block
from rdfconv import vocabulary

MODES = {
    ("unknown",): 3568,
    ("activator",): 2433,
    ("repressor",): 1581,
    ("activator", "unknown"): 504,
    ("repressor", "unknown"): 134,
    ("activator", "repressor", "unknown"): 112,
    ("activator", "repressor"): 95,
}
"""The modes that TRRUST 2 states of one human pair, with the number of such pairs."""

_INTERACTION = 'psi-mi:"MI:2232"("molecular association")'
_ROLES = "\t".join(
    (
        'psi-mi:"MI:2274"("regulator")',
        'psi-mi:"MI:2275"("regulator target")',
        'psi-mi:"MI:0499"("unspecified role")',
        'psi-mi:"MI:0499"("unspecified role")',
        'psi-mi:"MI:0326"("protein")',
        'psi-mi:"MI:0250"("gene")',
    )
)
_DATES = "2017-05-01\t2020-07-22"


def mitab_text(block: Block, rng: random.Random) -> str:
    """The rows of a block as MITAB 2.8, each ended by LF.

    Args:
        block: the rows.
        rng: decides the modes of regulation.
    """
    lines = []
    one, gene, alias = _id(block.tf), _gene(block.tf), _alias(block.tf)
    taxon = f'taxid:{vocabulary.organisms()[block.organism].taxon}("{block.organism}")'
    modes, weights = [_mode(each) for each in MODES], list(MODES.values())
    for target, evidence in zip(block.targets, block.evidence, strict=True):
        methods, papers, databases, small_scale, has_mode = _evidence(evidence)
        mode = rng.choices(modes, weights)[0] if has_mode else "-"
        lines.append(
            f"{one}\t{_id(target)}\t{gene}\t{_gene(target)}\t{alias}\t{_alias(target)}\t"
            f"{methods}\t-\t{papers}\t{taxon}\t{taxon}\t{_INTERACTION}\t{databases}\t-\t-\t-\t"
            f"{_ROLES}\t-\t-\t-\t{mode}\t-\t{small_scale}\t-\t-\t{_DATES}" + "\t-" * 14 + "\n"
        )
    return "".join(lines)


def _id(protein: Protein) -> str:
    return f"uniprot:{protein.accession}"


def _gene(protein: Protein) -> str:
    if protein.gene_ids == "-":
        return "-"
    return "geneid:" + protein.gene_ids.replace(";", "|geneid:")


def _alias(protein: Protein) -> str:
    return "-" if protein.name == "-" else f'uniprot:"{protein.name}"("protein name")'


def _mode(modes: Sequence[str]) -> str:
    return "|".join(f'function:"{mode}"' for mode in modes)


@cache
def _evidence(evidence: Evidence) -> tuple[str, str, str, str, bool]:
    """The cells of methods, papers, databases and scale; whether the mode is stated."""
    terms = {term: name for method in evidence.methods.split(";") for term, name in _terms(method)}
    methods = [f'psi-mi:"{term}"("{name}")' for term, name in sorted(terms.items())]
    names = evidence.databases.split(";")
    databases = sorted(f'pubmed:{DATABASE_PAPERS[name]}("{name}")' for name in names)
    return (
        "|".join(methods),
        "pubmed:" + evidence.references.replace(";", "|pubmed:"),
        "|".join(databases),
        f'comment:"Small-scale.evidence:{evidence.small_scale}"',
        "TRRUST" in names,
    )


@cache
def _terms(method: str) -> list[tuple[str, str]]:
    """The PSI-MI ids of a method and their names; two for the one name that stands for two."""
    known = vocabulary.methods()
    names = {one.term: name for name, one in known.items() if one.term}
    one = known[method]
    return [(term.replace("_", ":"), names[term]) for term in one.broader or (one.term,)]
