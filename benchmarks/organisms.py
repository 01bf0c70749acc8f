"""What the generated tables imitate, organism by organism: TFLink 1.0's own counts and shares."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """The measures of one organism in TFLink 1.0.

    Attributes:
        name: the scientific name, as in the column ``Organism``.
        code: the two letters that TFLink puts before an ortholog's accession.
        factors: transcription factors.
        targets: target genes (as proteins).
        interactions: rows of the table of all interactions.
        proteins: pages, i.e. proteins that are one or the other.
        hub: targets of the best connected transcription factor.
        no_name: the share (0 to 1) of proteins whose name is missing.
        no_gene: the share of proteins without a gene id.
        many_genes: the share of proteins with several gene ids.
        long_accession: the share of proteins whose accession has ten characters.
        small_scale: interactions with small-scale evidence.
        sites: binding sites with small-scale evidence, and those without.
    """

    name: str
    code: str
    factors: int
    targets: int
    interactions: int
    proteins: int
    hub: int
    no_name: float
    no_gene: float
    many_genes: float
    long_accession: float
    small_scale: int
    sites: tuple[int, int]


_HS = Profile(
    "Homo sapiens", "Hs", 1606, 20139, 6739357, 20147, 19771, 0.027, 0.069, 0.0100, 0.031,
    16634, (35445, 8857060),
)  # fmt: skip
_MM = Profile(
    "Mus musculus", "Mm", 1156, 21536, 4057582, 21597, 19322, 0.008, 0.078, 0.0053, 0.051,
    8687, (10537, 363228),
)  # fmt: skip
_RN = Profile(
    "Rattus norvegicus", "Rn", 56, 13530, 81229, 13553, 9569, 0.041, 0.217, 0.0100, 0.128,
    8, (179, 0),
)  # fmt: skip
_DR = Profile(
    "Danio rerio", "Dr", 17, 13769, 25960, 13773, 9028, 0.062, 0.352, 0.0015, 0.173,
    0, (0, 0),
)  # fmt: skip
_DM = Profile(
    "Drosophila melanogaster", "Dm", 527, 18766, 368629, 18775, 12759, 0.175, 0.302, 0.0022, 0.032,
    699, (3262, 10948),
)  # fmt: skip
_CE = Profile(
    "Caenorhabditis elegans", "Ce", 289, 16519, 316018, 16548, 7754, 0.525, 0.111, 0.0027, 0.041,
    109, (116, 9746),
)  # fmt: skip
_SC = Profile(
    "Saccharomyces cerevisiae", "Sc", 333, 6549, 237714, 6555, 5693, 0.207, 0.100, 0.0174, 0.012,
    5349, (5, 0),
)  # fmt: skip

PROFILES = {profile.name: profile for profile in (_HS, _MM, _RN, _DR, _DM, _CE, _SC)}
"""All seven organisms by scientific name, the largest first."""
