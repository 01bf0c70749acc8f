"""Binding sites as TFLink states them: real evidence, how often it occurs, lengths, chromosomes.

Counted over the binding-site rows of TFLink 1.0's protein pages, which list at most 100 each; of
every group the eight most frequent tuples of methods and papers. The lengths of chromosomes are
rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.mixes import CHIP, CURATED, DNASE, EMSA

_CHIP_CURATED = f"{CHIP};{CURATED}"
_SELEX = "selex"
_HYBRID = "one hybrid"


@dataclass(frozen=True, slots=True)
class Group:
    """Sites of one database.

    Attributes:
        database: its name.
        small_scale: ``Yes`` or ``No``.
        located: whether the sites have a place in the genome.
        weight: the number of rows on the pages.
        evidence: methods, papers, the number of rows, and that of the factors they are of.
    """

    database: str
    small_scale: str
    located: bool
    weight: int
    evidence: tuple[tuple[str, str, int, int], ...]


GROUPS = {
    "Homo sapiens": (
        Group("JASPAR", "No", True, 3993, (
            (CHIP, "17916232", 271, 3),
            (CHIP, "18555785", 200, 2),
            (CHIP, "8321207", 179, 3),
            (CHIP, "19887448", 100, 1),
            (CHIP, "12086670", 100, 1),
            (CHIP, "16420676", 100, 1),
            (CHIP, "21803131", 100, 1),
            (CHIP, "26906734", 100, 1),
        )),
        Group("JASPAR", "No", False, 1086, (
            (_SELEX, "8321207", 116, 2),
            (_SELEX, "12101405", 100, 1),
            (CHIP, "17512414", 100, 1),
            (CHIP, "18798982", 100, 1),
            (CHIP, "17558387", 85, 1),
            (CHIP, "17540862", 78, 1),
            (_SELEX, "9973626", 76, 1),
            (_SELEX, "7926749", 61, 1),
        )),
        Group("ORegAnno", "No", True, 874, (
            (_CHIP_CURATED, "18971253", 874, 12),
        )),
        Group("ORegAnno", "Yes", True, 771, (
            (CURATED, "18971253", 695, 49),
            (CURATED, "15933209", 31, 6),
            (CURATED, "24315822", 6, 1),
            (CURATED, "16314317", 4, 1),
            (CURATED, "16019164", 4, 3),
            (CURATED, "15592430", 4, 1),
            (CURATED, "25108683", 4, 1),
            (CURATED, "24634209", 3, 1),
        )),
        Group("JASPAR", "Yes", False, 164, (
            (CURATED, "17916232", 62, 2),
            (CURATED, "-", 22, 1),
            (_HYBRID, "16041365", 18, 1),
            (CURATED, "7816599", 17, 1),
            (CURATED, "17558387", 15, 1),
            (CURATED, "8496174", 13, 1),
            (CURATED, "1411535", 10, 1),
            (CURATED, "8383622", 7, 1),
        )),
    ),
    "Mus musculus": (
        Group("JASPAR", "No", True, 930, (
            (CHIP, "10669605", 100, 1),
            (CHIP, "12853459", 100, 1),
            (CHIP, "20189986", 100, 1),
            (CHIP, "7791790", 100, 1),
            (CHIP, "15563547", 99, 1),
            (CHIP, "16437161", 99, 1),
            (CHIP, "1638017", 98, 1),
            (CHIP, "20412780", 97, 1),
        )),
        Group("ORegAnno", "Yes", True, 758, (
            (CURATED, "18971253", 740, 73),
            (CURATED, "7829523", 5, 2),
            (CURATED, "15933209", 4, 3),
            (CURATED, "7852366", 2, 1),
            (CURATED, "8474439", 1, 1),
            (CURATED, "1324403", 1, 1),
            (CURATED, "1847137", 1, 1),
            (CURATED, "7814403", 1, 1),
        )),
        Group("JASPAR", "No", False, 409, (
            (CHIP, "18555785", 300, 3),
            (_SELEX, "8344258", 40, 1),
            (_SELEX, "16997917", 38, 1),
            (_SELEX, "14704343", 31, 1),
        )),
        Group("ORegAnno", "No", True, 385, (
            (_CHIP_CURATED, "18971253", 385, 6),
        )),
        Group("JASPAR", "Yes", False, 52, (
            (CURATED, "17916232", 25, 1),
            (_HYBRID, "16041365", 15, 1),
            (CURATED, "8406007", 12, 1),
        )),
    ),
    "Rattus norvegicus": (
        Group("ORegAnno", "Yes", True, 145, (
            (CURATED, "18971253", 133, 26),
            (CURATED, "15933209", 5, 1),
            (CURATED, "1655408", 2, 1),
            (CURATED, "8007990", 2, 1),
            (CURATED, "9111345", 2, 2),
            (CURATED, "12413486", 1, 1),
        )),
        Group("JASPAR", "Yes", False, 17, (
            (CURATED, "8139574", 17, 1),
        )),
    ),
    "Drosophila melanogaster": (
        Group("REDfly", "Yes", True, 1977, (
            (EMSA, "17660749;20965965", 42, 2),
            (DNASE, "9250684;20965965", 34, 4),
            (EMSA, "29023471;20965965", 30, 3),
            (DNASE, "8062827;20965965", 30, 1),
            (DNASE, "8582299;20965965", 29, 1),
            (DNASE, "8096172;20965965", 26, 1),
            (EMSA, "10903170;20965965", 25, 3),
            (DNASE, "14701680;20965965", 25, 3),
        )),
        Group("JASPAR", "Yes", False, 1889, (
            (_HYBRID, "18332042", 1456, 54),
            (DNASE, "15572468", 184, 8),
            (_HYBRID, "18585360", 180, 8),
            (_HYBRID, "16041365", 37, 1),
            (CURATED, "2507923", 16, 1),
            (CURATED, "7590239", 10, 1),
            (CURATED, "8062827", 6, 1),
        )),
        Group("ORegAnno", "Yes", True, 619, (
            (CURATED, "9250684", 31, 4),
            (CURATED, "12853632", 19, 2),
            (CURATED, "9376314", 17, 4),
            (CURATED, "14701680", 16, 2),
            (CURATED, "11159914", 16, 2),
            (CURATED, "12200449", 15, 1),
            (CURATED, "11303087", 14, 1),
            (CURATED, "9694800", 12, 3),
        )),
        Group("JASPAR", "No", True, 304, (
            (CHIP, "9367990", 85, 1),
            (CHIP, "8608596", 82, 1),
            (CHIP, "18585360", 56, 1),
            (CHIP, "9118222", 46, 1),
            (CHIP, "2571934", 31, 1),
            (CHIP, "15572468", 4, 1),
        )),
        Group("JASPAR", "No", False, 281, (
            (_SELEX, "1290524", 80, 1),
            (_SELEX, "1673656", 80, 1),
            (_SELEX, "8371971", 40, 1),
            (_SELEX, "1280827", 38, 1),
            (_SELEX, "1582412", 22, 1),
            (_SELEX, "10637336", 21, 1),
        )),
        Group("REDfly", "No", True, 15, (
            (_HYBRID, "22037703;20965965", 10, 9),
            ("affinity technology", "22037703;20965965", 5, 4),
        )),
    ),
    "Caenorhabditis elegans": (
        Group("JASPAR", "No", True, 152, (
            (CHIP, "15375261", 91, 1),
            (CHIP, "20623595", 61, 1),
        )),
        Group("ORegAnno", "Yes", True, 114, (
            (CURATED, "15492775", 28, 1),
            (CURATED, "15790967", 22, 1),
            (CURATED, "15177025", 20, 2),
            (CURATED, "11823633", 10, 1),
            (CURATED, "15489294", 6, 1),
            (CURATED, "15375261", 3, 1),
            (CURATED, "10414952", 3, 1),
            (CURATED, "10514435", 3, 1),
        )),
        Group("JASPAR", "No", False, 100, (
            (_SELEX, "16314527", 100, 1),
        )),
        Group("JASPAR", "Yes", False, 27, (
            (CURATED, "17606643", 27, 1),
        )),
    ),
    "Saccharomyces cerevisiae": (
        Group("ORegAnno", "Yes", True, 5, (
            (CURATED, "9199298", 4, 2),
            (CURATED, "8657150", 1, 1),
        )),
    ),
}  # fmt: skip
"""The groups of each organism that has binding sites."""

LENGTHS = {
    ("Homo sapiens", "JASPAR"): (9, 10, 10, 10, 11, 11, 12, 12, 13, 14, 15, 20),
    ("Homo sapiens", "ORegAnno"): (8, 25, 66, 107, 130, 149, 238, 304, 500, 599, 914, 1599),
    ("Mus musculus", "JASPAR"): (7, 10, 10, 10, 10, 10, 12, 13, 13, 14, 14, 14),
    ("Mus musculus", "ORegAnno"): (4, 4, 4, 4, 8, 13, 28, 124, 211, 250, 500, 610),
    ("Rattus norvegicus", "JASPAR"): (10,),
    ("Rattus norvegicus", "ORegAnno"): (4, 5, 5, 7, 9, 10, 12, 12, 15, 17, 21, 28),
    ("Drosophila melanogaster", "JASPAR"): (9, 9, 10, 10, 10, 10, 10, 13, 13, 14, 14, 14),
    ("Drosophila melanogaster", "ORegAnno"): (7, 8, 9, 11, 12, 14, 16, 18, 19, 22, 27, 36),
    ("Drosophila melanogaster", "REDfly"): (4, 5, 6, 7, 8, 9, 11, 13, 15, 19, 25, 40),
    ("Caenorhabditis elegans", "JASPAR"): (9, 9, 9, 9, 9, 14, 14, 14, 14, 14, 14, 14),
    ("Caenorhabditis elegans", "ORegAnno"): (5, 6, 6, 6, 6, 7, 9, 13, 13, 14, 15, 15),
    ("Saccharomyces cerevisiae", "ORegAnno"): (8, 8, 8, 8, 45),
}
"""The lengths of located sites, in twelfths from short to long (rat: JASPAR's by guess)."""


@dataclass(frozen=True, slots=True)
class Genome:
    """A genome assembly.

    Attributes:
        name: as TFLink spells it.
        browser: as the genome browser spells it.
        chromosomes: their lengths in millions of bases.
    """

    name: str
    browser: str
    chromosomes: dict[str, float]


def _numbered(*lengths: int) -> dict[str, float]:
    """Chromosomes 1, 2, ... X, in millions of bases."""
    names = [f"chr{number}" for number in range(1, len(lengths))] + ["chrX"]
    return dict(zip(names, lengths, strict=True))


GENOMES = {
    "Homo sapiens": Genome("hg38", "hg38", _numbered(
        248, 242, 198, 190, 181, 170, 159, 145, 138, 133, 135, 133, 114, 107, 101, 90, 83, 80,
        58, 64, 46, 50, 156)),
    "Mus musculus": Genome("mm10", "mm10", _numbered(
        195, 182, 160, 156, 151, 149, 145, 129, 124, 130, 122, 120, 120, 124, 104, 98, 94, 90,
        61, 171)),
    "Rattus norvegicus": Genome("rn6", "rn6", _numbered(
        282, 266, 177, 184, 173, 147, 145, 133, 122, 112, 90, 52, 114, 115, 111, 90, 90, 88,
        62, 56, 159)),
    "Drosophila melanogaster": Genome("dm6", "dm6", {
        "chr2L": 23.5, "chr2R": 25.2, "chr3L": 28.1, "chr3R": 32.0, "chr4": 1.3, "chrX": 23.5}),
    "Caenorhabditis elegans": Genome("ce10", "ce10", {
        "chrI": 15.0, "chrII": 15.2, "chrIII": 13.7, "chrIV": 17.4, "chrV": 20.9, "chrX": 17.7}),
    "Saccharomyces cerevisiae": Genome("saccer1", "sacCer1", {"chr10": 0.7, "chr12": 1.0}),
}  # fmt: skip
"""The genome of each organism that has binding sites."""
