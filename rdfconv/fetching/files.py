"""The files that TFLink publishes: one small table, from which all names follow.

Source: the table of downloads of TFLink's site, release 1.0.

>>> [file] = select(["9606"], ["interactions"], "small").files
>>> file.name
'TFLink_Homo_sapiens_interactions_SS_simpleFormat_v1.0.tsv'
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rdfconv import vocabulary
from rdfconv.errors import UsageError
from rdfconv.vocabulary import Organism

BASE_URL = "https://cdn.netbiol.org/tflink/download_files/"
"""The folder of TFLink's server that the files lie in."""
TERMS = "TFLink is freely available for non-commercial use; cite PMID 36124642"
"""What TFLink asks of those who use its files."""
ALL = "all"
"""Stands for all organisms, and for evidence of both scales."""
SCALES = {ALL: "All", "small": "SS", "large": "LS"}
"""The scales of the evidence, with what TFLink calls them in names."""


@dataclass(frozen=True, slots=True)
class Series:
    """Files of one content, one for each organism and scale.

    Attributes:
        kind: what the files are asked for by.
        key: what TFLink's table of downloads calls them, without the scale.
        pattern: what the names end in; ``{}`` is the scale.
        shape: which content the files must have, a name of `rdfconv.fetching.content.SHAPES`.
        compressed: which are ``.gz``, as words ``code-scale`` or, for all organisms, ``scale``.
        misnamed: which are called ``.gz.gz``, in the same way.
        missing: which do not exist, in the same way.
    """

    kind: str
    key: str
    pattern: str
    shape: str
    compressed: str = ""
    misnamed: str = ""
    missing: str = ""


_NO_SITES = "Dr-All Dr-SS Dr-LS Sc-LS"
SERIES = (
    Series(
        "interactions",
        "interaction_table",
        "interactions_{}_simpleFormat_v1.0.tsv",
        "TFLink's interaction table",
        compressed="Hs-All Hs-LS Mm-All Mm-LS",
        missing="Dr-SS",
    ),
    Series(
        "mitab",
        "interaction_mitab",
        "interactions_{}_mitab_v1.0.tsv",
        "MITAB",
        compressed="All LS",
        misnamed="Ce-LS Dm-LS",
        missing="Dr-SS",
    ),
    Series(
        "binding-sites",
        "binding_site_table",
        "bindingSites_{}_annotation_v1.0.tsv",
        "TFLink's table of binding sites",
        compressed="Hs-All Hs-LS",
        missing=_NO_SITES,
    ),
    Series(
        "binding-sites",
        "binding_site_sequence",
        "bindingSites_{}_v1.0.fasta",
        "FASTA of binding sites",
        missing=_NO_SITES,
    ),
    *(
        Series("gmt", key, f"interactions_{{}}_GMT_{ids}_v1.0.gmt", "GMT", missing="Dr-SS")
        for key, ids in (
            ("interaction_gmt", "uniprotID"),
            ("interaction_gmt_ncbi", "ncbiGeneID"),
            ("interaction_gmt_name", "proteinName"),
        )
    ),
)
"""Every series of files that is fetched."""
KINDS = tuple(dict.fromkeys(series.kind for series in SERIES))
"""The kinds of files: interaction tables, MITAB, binding sites with sequences, gene sets."""


@dataclass(frozen=True, slots=True)
class File:
    """A published file.

    Attributes:
        organism: the organism.
        scale: a key of `SCALES`.
        kind: one of `KINDS`.
        key: what TFLink's table of downloads calls it.
        name: its name on TFLink's server, to the letter.
        shape: which content it must have.
    """

    organism: Organism
    scale: str
    kind: str
    key: str
    name: str
    shape: str

    @property
    def saved_as(self) -> str:
        """The name it is saved under.

        TFLink calls two files ``.tsv.gz.gz`` by mistake: they are fetched by that name, and saved
        with one ``.gz``.
        """
        return self.name.removesuffix(".gz") if self.name.endswith(".gz.gz") else self.name


@dataclass(frozen=True, slots=True)
class Selection:
    """The files that were asked for, and what there is none of, in words."""

    files: list[File]
    skipped: list[str]


def published(organism: Organism) -> Iterator[File]:
    """All files of an organism."""
    for series in SERIES:
        for scale, letters in SCALES.items():
            words = {letters, f"{organism.code}-{letters}"}
            if words & set(series.missing.split()):
                continue
            suffix = ".gz" if words & set(series.compressed.split()) else ""
            if words & set(series.misnamed.split()):
                suffix = ".gz.gz"
            name = f"TFLink_{_underscored(organism.name)}_{series.pattern.format(letters)}{suffix}"
            key = f"{letters.lower()}_{series.key}"
            yield File(organism, scale, series.kind, key, name, series.shape)


def select(organisms: Sequence[str], kinds: Sequence[str], scale: str | None) -> Selection:
    """The files of organisms, of some kinds and of one scale.

    Args:
        organisms: scientific names, taxonomy ids, TFLink's two-letter codes, or `ALL`.
        kinds: kinds of `KINDS`; () for all that there are.
        scale: a key of `SCALES`; None for each of them.

    Raises:
        UsageError: no such organism; or it has no file of that kind and scale, and it was named
            (what is missing where `ALL` was asked for is skipped).
    """
    named = [organism(text) for text in organisms if text.lower() != ALL]
    rest = vocabulary.organisms().values() if len(named) < len(organisms) else ()
    files: list[File] = []
    skipped: list[str] = []
    for one in dict.fromkeys([*named, *rest]):
        there = list(published(one))
        for kind in dict.fromkeys(kinds or (file.kind for file in there)):
            found = [file for file in there if file.kind == kind and scale in (None, file.scale)]
            if not found:
                message = f"TFLink has no {_called(kind, scale)} of {one.name}"
                if one in named:
                    raise UsageError(message, hint=f"it has {_told(there)}")
                skipped.append(message)
            files += found
    return Selection(files, skipped)


def organism(text: str) -> Organism:
    """An organism by its scientific name, taxonomy id or TFLink's two-letter code.

    >>> organism("homo_sapiens").code, organism("10090").code, organism("Dr").taxon
    ('Hs', 'Mm', '7955')

    Raises:
        UsageError: there is no such organism.
    """
    wanted = text.strip().replace("_", " ").lower()
    known = vocabulary.organisms().values()
    for one in known:
        if wanted in (one.name.lower(), one.taxon, one.code.lower()):
            return one
    listed = ", ".join(f"{one.name} ({one.taxon}, {one.code})" for one in known)
    raise UsageError(f"TFLink has no organism {text!r}", hint=f"there are: {listed}; or {ALL}")


def _underscored(name: str) -> str:
    return name.replace(" ", "_")


def _called(kind: str, scale: str | None) -> str:
    return f"file of the kind {kind}" + (f" and scale {scale}" if scale else "")


def _told(files: Sequence[File]) -> str:
    """What there is: each kind with its scales."""
    scales: dict[str, dict[str, None]] = {}
    for file in files:
        scales.setdefault(file.kind, {})[file.scale] = None
    return ", ".join(f"{kind} (scale {', '.join(names)})" for kind, names in scales.items())
