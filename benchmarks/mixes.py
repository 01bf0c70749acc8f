"""Evidence as TFLink's rows state it: real tuples, and how often each organism's rows have them.

Counted over 108,648 of TFLink 1.0's protein pages, whose lists hold at most 100 rows each, the
small-scale ones first: so the shares are those of the pages, not of the full tables. The human
shares are scaled so that the three most frequent tuples carry 93 % of the rows (96 % of the human
rows on the pages). ``tail_size`` and ``rare_share`` are chosen, not counted.
`benchmarks.evidence` draws from these tables.
"""

from __future__ import annotations

from dataclasses import dataclass

DATABASE_PAPERS = {
    "DoRothEA": "31340985",
    "FANTOM4_via_DoRothEA": "20211142",
    "GTRD": "27924024",
    "HTRI": "22900683",
    "IntAct_via_DoRothEA": "24234451",
    "KEGG_via_DoRothEA": "27899662",
    "ORegAnno": "26578589",
    "PAZAR": "18971253",
    "REDfly": "20965965",
    "ReMap": "29126285",
    "TFactS_via_DoRothea": "22761861",
    "TFe_via_DoRothEA": "22458515",
    "TRED": "17202159",
    "TRRD_via_DoRothEA": "11752324",
    "TRRUST": "29087512",
    "Yeastract": "24170807",
}
"""The 16 source databases, each with the paper that stands in every one of its rows."""

ALWAYS_SMALL = frozenset(
    name for name in DATABASE_PAPERS if name in {"TRRUST", "TRED"} or "DoRoth" in name
)
"""Databases whose rows are always small-scale (flag Yes)."""
ALWAYS_LARGE = frozenset({"GTRD", "ReMap"})
"""Databases that alone, or together, always make a large-scale row (flag No)."""

CHIP = "chromatin immunoprecipitation assay"
CHIP_CHIP = "chromatin immunoprecipitation array"
CURATED = "inferred by curator"
ARRAY = "array technology/partial DNA sequence identification by hybridization"
RNA_SEQ = "full identification by RNA sequencing"
EMSA = "electrophoretic mobility shift assay"
DNASE = "DNase I footprinting"

METHODS = (
    CHIP,
    ARRAY,
    CURATED,
    CHIP_CHIP,
    RNA_SEQ,
    EMSA,
    DNASE,
    "northern blot",
    "array technology",
    "tag visualisation by enzyme assay",
    "footprinting",
    "reverse transcription pcr",
    "experimental interaction detection",
    "quantitative reverse transcription pcr",
    "Identification by mass spectrometry",
    "electrophoretic mobility-based method",
    "western blot",
    "tag visualisation by fluorescence",
    "nuclease assay",
    "enzymatic study",
    "partial DNA sequence identification by hybridization",
    "quantitative pcr",
    "fluorescence-activated cell sorting",
    "one hybrid",
    "tag visualisation by luciferase assay",
    "genetic interference",
    "primer specific pcr",
    "filter trap assay",
    "affinity technology",
    "primer extension assay",
    "fluorescence microscopy",
    "partial RNA sequence identification",
    "ultraviolet (uv) footprinting",
    "protein complementation assay",
    "proximity labelling technology",
    "affinity chromatography technology",
    "tag visualisation",
    "synthetic genetic analysis",
    "fluorescence technology",
    "experimental participant identification",
    "mobility shift",
    "dna adenine methyltransferase identification",
    "surface plasmon resonance array",
    "fluorescence recovery after photobleaching",
    "anti tag western blot",
    "affinity blotting",
    "surface plasmon resonance",
    "confocal microscopy",
    "ribonuclease assay",
    "imaging technique",
    "fluorescence correlation spectroscopy",
)
"""The 51 detection methods of TFLink's interactions, spelled as there."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The four evidence cells of a row, as written."""

    methods: str
    references: str
    databases: str
    small_scale: str


@dataclass(frozen=True, slots=True)
class Mix:
    """How one organism's rows are spread over evidence tuples.

    Attributes:
        frequent: real tuples with their weights; the weights and ``tail_weight`` add up to the
            whole, in per mille of the rows.
        tail_weight: the per mille of the rows that draw from the made tail.
        tail_size: how many different tuples the tail can give.
        shapes: (databases, methods, flag, weight): what the tail's tuples are made from.
        rare_share: the share (0 to 1) of the tail's tuples that combine any of the 51 methods
            with any of the 16 databases.
    """

    frequent: tuple[tuple[Evidence, float], ...]
    tail_weight: float = 0.0
    tail_size: int = 0
    shapes: tuple[tuple[str, str, str, int], ...] = ()
    rare_share: float = 0.0


_GTRD = Evidence(CHIP, "27924024", "GTRD", "No")
_REMAP = Evidence(CHIP, "29126285", "ReMap", "No")
_BOTH = Evidence(CHIP, "29126285;27924024", "GTRD;ReMap", "No")
_CHIP_CURATED = f"{CHIP};{CURATED}"
_GTRD_OREG_PAZAR = Evidence(
    _CHIP_CURATED, "18971253;27924024;26578589", "GTRD;ORegAnno;PAZAR", "No"
)
_OREG_PAZAR = Evidence(CURATED, "18971253;26578589", "ORegAnno;PAZAR", "No")
_TRED = Evidence(CURATED, "17202159", "TRED", "Yes")
_GTRD_TRED = Evidence(_CHIP_CURATED, "27924024;17202159", "GTRD;TRED", "Yes")

_HUMAN = Mix(
    frequent=(
        (_GTRD, 539.0),
        (_BOTH, 246.0),
        (_REMAP, 145.0),
        (
            Evidence(
                _CHIP_CURATED,
                "29126285;18971253;27924024;26578589",
                "GTRD;ORegAnno;PAZAR;ReMap",
                "No",
            ),
            17.0,
        ),
        (_GTRD_OREG_PAZAR, 9.0),
        (_OREG_PAZAR, 8.0),
        (Evidence(CHIP, "19151767;22900683", "HTRI", "No"), 2.3),
        (
            Evidence(_CHIP_CURATED, "29126285;27924024;17202159", "GTRD;ReMap;TRED", "Yes"),
            1.7,
        ),
        (
            Evidence(
                f"{CHIP_CHIP};{CHIP}",
                "27924024;22900683;29126285;20610535",
                "GTRD;HTRI;ReMap",
                "No",
            ),
            1.4,
        ),
        (Evidence(CHIP, "19941826;27924024;29126285;22900683", "GTRD;HTRI;ReMap", "No"), 1.3),
    ),
    tail_weight=29.3,
    tail_size=30_000,
    shapes=(
        ("TRRUST", CURATED, "Yes", 2105),
        ("GTRD;ReMap;TRRUST", _CHIP_CURATED, "Yes", 1358),
        ("GTRD;TRRUST", _CHIP_CURATED, "Yes", 891),
        ("ReMap;TRRUST", _CHIP_CURATED, "Yes", 533),
        ("GTRD;ReMap;TRED;TRRUST", _CHIP_CURATED, "Yes", 297),
        ("TRED;TRRUST", CURATED, "Yes", 217),
        ("GTRD;TRED;TRRUST", _CHIP_CURATED, "Yes", 200),
        ("GTRD;ReMap;TFactS_via_DoRothea", _CHIP_CURATED, "Yes", 137),
        ("GTRD;ORegAnno;PAZAR;ReMap;TRRUST", _CHIP_CURATED, "Yes", 120),
        ("GTRD;HTRI;ReMap;TRRUST", f"{CHIP};{EMSA};{CURATED}", "Yes", 105),
        ("TFactS_via_DoRothea", CURATED, "Yes", 103),
        ("GTRD;IntAct_via_DoRothEA;ReMap", _CHIP_CURATED, "Yes", 82),
        ("GTRD;TFactS_via_DoRothea", _CHIP_CURATED, "Yes", 82),
        ("GTRD;HTRI;TRRUST", f"{CHIP};{EMSA};{CURATED}", "Yes", 71),
        ("FANTOM4_via_DoRothEA;GTRD;ReMap", _CHIP_CURATED, "Yes", 61),
        ("IntAct_via_DoRothEA", CURATED, "Yes", 59),
        ("GTRD;KEGG_via_DoRothEA;ReMap;TRRUST", _CHIP_CURATED, "Yes", 55),
        ("HTRI;TRRUST", f"{EMSA};{CURATED}", "Yes", 54),
        ("KEGG_via_DoRothEA;TRRUST", CURATED, "Yes", 43),
        ("GTRD;HTRI;ORegAnno;PAZAR;ReMap", _CHIP_CURATED, "No", 9),
        ("HTRI", CHIP_CHIP, "No", 8),
        ("DoRothEA;GTRD;ReMap", _CHIP_CURATED, "Yes", 6),
    ),
    rare_share=0.05,
)

_MOUSE = Mix(
    frequent=(
        (_GTRD, 984.2),
        (_GTRD_OREG_PAZAR, 5.5),
        (_OREG_PAZAR, 5.2),
        (_TRED, 0.45),
        (_GTRD_TRED, 0.45),
    ),
    tail_weight=4.2,
    tail_size=12_000,
    shapes=(
        ("TRRUST", CURATED, "Yes", 2927),
        ("GTRD;TRRUST", _CHIP_CURATED, "Yes", 1874),
        ("GTRD;TRED;TRRUST", _CHIP_CURATED, "Yes", 235),
        ("TRED;TRRUST", CURATED, "Yes", 152),
        ("GTRD;ORegAnno;PAZAR;TRRUST", _CHIP_CURATED, "Yes", 51),
        ("ORegAnno;PAZAR;TRRUST", CURATED, "Yes", 14),
    ),
)

_RAT = Mix(
    frequent=((_GTRD, 999.2), (_OREG_PAZAR, 0.65)),
    tail_weight=0.15,
    tail_size=20,
    shapes=(("ORegAnno", CURATED, "Yes", 6), ("ORegAnno;PAZAR", CURATED, "No", 1)),
)

_ZEBRAFISH = Mix(frequent=((_GTRD, 1000.0),))

_FLY = Mix(
    frequent=((_GTRD, 997.8),),
    tail_weight=2.2,
    tail_size=900,
    shapes=(
        ("REDfly", EMSA, "Yes", 192),
        ("ORegAnno;REDfly", f"{DNASE};{CURATED}", "Yes", 97),
        ("GTRD;ORegAnno;REDfly", f"{DNASE};{CHIP};{CURATED}", "Yes", 41),
        ("REDfly", DNASE, "No", 34),
        ("GTRD;REDfly", f"{CHIP};{EMSA}", "Yes", 34),
        ("REDfly", "experimental interaction detection", "Yes", 12),
        ("REDfly", "genetic interference", "Yes", 10),
        ("REDfly", "one hybrid", "No", 2),
    ),
)

_WORM = Mix(
    frequent=((_GTRD, 999.6),),
    tail_weight=0.4,
    tail_size=60,
    shapes=(
        ("ORegAnno", CURATED, "Yes", 17),
        ("GTRD;ORegAnno", _CHIP_CURATED, "Yes", 9),
    ),
)

_YEAST = Mix(
    frequent=(
        (Evidence(ARRAY, "20385592;24170807", "Yeastract", "No"), 205.4),
        (_GTRD, 186.4),
        (Evidence(ARRAY, "24170807;19346491", "Yeastract", "No"), 79.6),
        (Evidence(ARRAY, "18627600;24170807", "Yeastract", "No"), 64.8),
        (Evidence(ARRAY, "24170807;16880382", "Yeastract", "No"), 53.6),
        (Evidence(RNA_SEQ, "24170807;29620523", "Yeastract", "No"), 17.6),
        (Evidence(CHIP_CHIP, "15343339;24170807", "Yeastract", "No"), 15.5),
    ),
    tail_weight=377.1,
    tail_size=7_500,
    shapes=(
        ("Yeastract", f"{ARRAY};{CHIP_CHIP}", "No", 876),
        ("Yeastract", ARRAY, "No", 796),
        ("Yeastract", f"{ARRAY};{CHIP_CHIP};{CHIP}", "No", 459),
        ("GTRD;Yeastract", f"{ARRAY};{CHIP_CHIP};{CHIP}", "No", 381),
        ("Yeastract", f"{ARRAY};{CHIP}", "No", 276),
        ("Yeastract", CHIP_CHIP, "No", 187),
        ("GTRD;Yeastract", f"{ARRAY};{CHIP}", "No", 179),
        ("Yeastract", f"{ARRAY};{RNA_SEQ}", "No", 171),
        ("Yeastract", f"{ARRAY};tag visualisation by enzyme assay", "Yes", 120),
        ("Yeastract", "tag visualisation by enzyme assay", "Yes", 120),
        ("Yeastract", f"{ARRAY};northern blot", "Yes", 113),
        ("Yeastract", "northern blot", "Yes", 96),
        ("Yeastract", "reverse transcription pcr", "Yes", 66),
        ("Yeastract", "quantitative reverse transcription pcr", "Yes", 33),
        ("Yeastract", EMSA, "Yes", 28),
        ("Yeastract", "western blot", "Yes", 17),
    ),
    rare_share=0.02,
)

MIXES = {
    "Homo sapiens": _HUMAN,
    "Mus musculus": _MOUSE,
    "Rattus norvegicus": _RAT,
    "Danio rerio": _ZEBRAFISH,
    "Drosophila melanogaster": _FLY,
    "Caenorhabditis elegans": _WORM,
    "Saccharomyces cerevisiae": _YEAST,
}
"""The spread of each organism, by scientific name."""
