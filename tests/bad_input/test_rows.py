"""Rows of tables of edges that are bad: of all interactions, of one protein, MITAB, TRRUST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from rdfconv.problems import Kind
from tests.bad_input.case import AFTER, BEFORE, NEIGHBOURS, Case, Counts, check
from tests.inputs import MITAB, mitab_row, protein_rows, row, table

MITAB_BEFORE, MITAB_AFTER = (mitab_row(uniqueID_A=f"uniprot:{one}") for one in ("P17542", "P15172"))
"""`BEFORE` and `AFTER` as MITAB has them."""
TWINS = ("P15172", "P17542")
"""Accessions of proteins that get the same name."""


def rejected_row(kind: Kind, line: str | bytes, place: str, value: str) -> Case:
    """A row of a table that is left out."""
    text = line if isinstance(line, bytes) else line.encode()
    lines = table(BEFORE, "LINE", AFTER).encode().replace(b"LINE", text)
    return Case(
        kind, {"bad.tsv": lines}, f"bad.tsv:3: {place}", value, (3, 2, 0, 1), edges=NEIGHBOURS
    )


def doubtful_row(kind: Kind, place: str, value: str, pattern: str = "", **changes: str) -> Case:
    """A row of a table that is kept with a warning."""
    values = {"UniprotID_Target": "P41225", **changes}
    return Case(
        kind,
        {"bad.tsv": table(BEFORE, row(**values), AFTER).encode()},
        place,
        value,
        (3, 3, 0, 0),
        edges=(*NEIGHBOURS, f"{changes.get('UniprotID_TF', 'Q9H9S0')} P41225"),
        pattern=pattern,
    )


def mitab_lines(line: str) -> bytes:
    """A MITAB file: a row between good ones."""
    return f"{MITAB_BEFORE}\n{line}\n{MITAB_AFTER}\n".encode()


def rejected_mitab(kind: Kind, line: str, place: str, value: str) -> Case:
    """A row of MITAB that is left out."""
    files = {"bad.tsv": mitab_lines(line)}
    return Case(kind, files, f"bad.tsv:2: {place}", value, (3, 2, 0, 1), edges=NEIGHBOURS)


def rejected_trrust(
    kind: Kind,
    line: str,
    place: str,
    value: str,
    files: Mapping[str, bytes] | None = None,
    rows: Counts = (0, 0, 0, 0),
) -> Case:
    """A row of TRRUST that is left out, beside a good one and other files with their rows."""
    text = f"TF\tgene_symbol\tinteraction\tposition\nNANOG\tSOX4\tRepression\t123\n{line}\n"
    read, written, merged, rejected = rows
    return Case(
        kind,
        {"trrust_rawdata.human.tsv": text.encode(), **(files or {})},
        f"trrust_rawdata.human.tsv:3: {place}",
        value,
        (read + 2, written + 1, merged, rejected + 1),
        edges=("Q9H9S0 Q06945",),
        pattern="?evidence tfl:reportedBy tfld:trrust-2 ; tfl:modeOfRegulation tfl:repression "
        "FILTER NOT EXISTS { ?other tfl:modeOfRegulation tfl:activation }",
    )


CASES: dict[str, Case] = {
    "a row with too few columns": rejected_row(
        Kind.COLUMN_COUNT, row().rpartition("\t")[0], "14 columns", "'Q9H9S0\\tO94907\\t"
    ),
    "a row with too many columns": rejected_row(
        Kind.COLUMN_COUNT, row() + "\tmore", "16 columns", "'Q9H9S0\\tO94907\\t"
    ),
    "an accession with isoform": rejected_row(
        Kind.MALFORMED_ACCESSION, row(UniprotID_TF="Q9H9S0-2"), "UniprotID", "'Q9H9S0-2'"
    ),
    "a flag that is none": rejected_row(
        Kind.MALFORMED_FLAG, row(Small_scale_evidence="yes"), "Small-scale.evidence", "'yes'"
    ),
    "a control character in a row": rejected_row(
        Kind.FORBIDDEN_CHARACTER, row(Name_Target="a\x0bb"), "Name.Target", r"'a\x0bb'"
    ),
    "a row that is not UTF-8": rejected_row(
        Kind.ROW_NOT_UTF8,
        row(Name_Target="BYTE").encode().replace(b"BYTE", b"a\xff"),
        "Name.Target",
        r"'a\udcff'",
    ),
    "a list with an empty item": replace(
        doubtful_row(
            Kind.EMPTY_ITEM, "bad.tsv:3: Detection.method", "';inferred by curator'",
            '?evidence tfl:detectionMethod ?method . ?method rdfs:label "inferred by curator"',
            Detection_method=";inferred by curator",
        ),
        also=(Kind.UNSORTED_LIST,),
    ),
    "an ortholog that is no accession": doubtful_row(
        Kind.NOT_AN_ORTHOLOG, "bad.tsv:3: ortho", "'Mm:MOUSE04050'", TF_TFLink_ortho="Mm:MOUSE04050"
    ),
    "an unknown database": replace(
        doubtful_row(
            Kind.UNKNOWN_DATABASE, "bad.tsv:3: Source.database", "'New DB'",
            "?evidence tfl:sourceDatabase <https://w3id.org/tflink-rdf/database/New%20DB> ; "
            "tfl:reference pubmed:29087512 FILTER NOT EXISTS { ?evidence tfl:primaryReference ?p }",
            Source_database="New DB",
        ),
        also=(Kind.UNLISTED_DATABASE,),
    ),
    "an unknown method": doubtful_row(
        Kind.UNKNOWN_METHOD, "bad.tsv:3: Detection.method", "'guessing'",
        '?evidence tfl:detectionMethod ?method . ?method rdfs:label "guessing"',
        Detection_method="guessing",
    ),
    "an unknown organism": replace(
        doubtful_row(
            Kind.UNKNOWN_ORGANISM, "bad.tsv:3: Organism", "'Homo novus'",
            'uniprotkb:P41225 ?in ?taxon . ?taxon a up:Taxon ; up:scientificName "Homo novus"',
            Organism="Homo novus", UniprotID_TF="Q12809",
        ),
        count=2,  # for both proteins
    ),
    "the paper of a database that is not listed": doubtful_row(
        Kind.UNLISTED_DATABASE, "bad.tsv:3: PubmedID", "'18971253'",
        "?evidence tfl:reference pubmed:18971253", PubmedID="29087512;18971253",
    ),
    "a gene id that is none": doubtful_row(
        Kind.NOT_A_GENE_ID, "bad.tsv:3: NCBI.GeneID", "'NA'",
        'uniprotkb:P41225 tfl:unparsedGeneId "NA"', NCBI_GeneID_Target="NA",
    ),
    "rows that give two organisms": doubtful_row(
        Kind.ORGANISMS_DIFFER, "Q9H9S0: organism", "Homo sapiens",
        "uniprotkb:Q9H9S0 ?in ?human, ?mouse . "
        '?human up:scientificName "Homo sapiens" . ?mouse up:scientificName "Mus musculus"',
        Organism="Mus musculus",
    ),
    "rows that give two names": doubtful_row(
        Kind.NAMES_DIFFER, "Q9H9S0: name", "NANOG",
        'uniprotkb:Q9H9S0 rdfs:label "NANOG" ; skos:altLabel "Nanog"', Name_TF="Nanog",
    ),
    # MITAB
    "a MITAB row with too few columns": rejected_mitab(
        Kind.COLUMN_COUNT, mitab_row().rpartition("\t")[0], "45 columns", "'uniprot:Q9H9S0"
    ),
    "a MITAB file whose last line is cut": replace(
        rejected_mitab(
            Kind.COLUMN_COUNT, mitab_row(uniqueID_A="uniprot:P41225")[:100], "", "'uniprot:P41225"
        ),
        files={"bad.tsv": f"{MITAB_BEFORE}\n{MITAB_AFTER}\n{mitab_row()[:100]}".encode()},
        place="bad.tsv:3: 6 columns",
        value="'uniprot:Q9H9S0",
    ),
    "a MITAB cell of another form": rejected_mitab(
        Kind.MALFORMED_CELL,
        mitab_row(alternativeID_A="entrez:79923"),
        "alternativeID_A",
        "'entrez:79923'",
    ),
    "a MITAB row whose ends are exchanged": rejected_mitab(
        Kind.MALFORMED_CELL,
        mitab_row(biolRole_A=MITAB["biolRole_B"], biolRole_B=MITAB["biolRole_A"]),
        "biolRole_A",
        "regulator target",
    ),
    "a MITAB row that denies an interaction": rejected_mitab(
        Kind.NEGATIVE_ROW, mitab_row(negative="true"), "negative", "'true'"
    ),
    "an unknown mode of regulation": Case(
        Kind.UNKNOWN_MODE,
        {"bad.tsv": mitab_lines(mitab_row(annotation_A='function:"inhibitor"'))},
        "bad.tsv:2: annotation_A",
        "inhibitor",
        (3, 2, 1, 0),
        edges=NEIGHBOURS,
        pattern="FILTER NOT EXISTS { ?evidence tfl:modeOfRegulation ?mode }",
    ),
    "a row that reports otherwise than the one with a mode": Case(
        Kind.REPORTS_DIFFER,
        {
            "bad.tsv": mitab_lines(
                mitab_row(annotation_A='function:"repressor"', pubmedID="pubmed:19148141")
            )
        },
        "good.tsv: edge",
        "'Q9H9S0 O94907'",
        (3, 2, 1, 0),
        edges=NEIGHBOURS,
        pattern="?edge tfl:transcriptionFactor uniprotkb:Q9H9S0 ; tfl:target uniprotkb:O94907 ; "
        "tfl:evidence ?one . ?one tfl:modeOfRegulation tfl:repression "
        "FILTER NOT EXISTS { ?edge tfl:evidence ?other FILTER(?other != ?one) }",
    ),
    # tables of one protein
    "a table of one protein with too many columns": Case(
        Kind.COLUMN_COUNT,
        {"targets_of_P17542.tsv": (protein_rows(row()) + "a\tb\n").encode()},
        "targets_of_P17542.tsv:3: 2 columns",
        r"'a\tb'",
        (2, 1, 0, 1),
        edges=NEIGHBOURS[:1],
    ),
    "a table of one protein that is not named": Case(
        Kind.NO_PROTEIN,
        {"bad.tsv": protein_rows(row()).encode()},
        "bad.tsv:2: file name",
        "'O94907'",
        (1, 0, 0, 1),
        absent=NEIGHBOURS,
    ),
    # TRRUST
    "a row of TRRUST with too few columns": rejected_trrust(
        Kind.COLUMN_COUNT, "NANOG\tSOX4\tActivation", "3 columns", "'NANOG"
    ),
    "a mode that TRRUST does not have": rejected_trrust(
        Kind.MALFORMED_CELL, "NANOG\tSOX4\tactivates\t123", "interaction", "'activates'"
    ),
    "a symbol that no protein has": rejected_trrust(
        Kind.UNKNOWN_SYMBOL, "NANOG\tSOX44\tActivation\t123", "gene_symbol", "'SOX44'"
    ),
    "a symbol that several proteins have": rejected_trrust(
        Kind.AMBIGUOUS_SYMBOL,
        "TWIN\tSOX4\tActivation\t123",
        "TF",
        "'TWIN: P15172, P17542'",
        {"twins.tsv": table(*(row(UniprotID_TF=one, Name_TF="TWIN") for one in TWINS)).encode()},
        (2, 2, 0, 0),
    ),
    "a TRRUST table of no organism": Case(
        Kind.NO_ORGANISM,
        {"bad.tsv": b"NANOG\tSOX4\tActivation\t123\n"},
        "bad.tsv:1: file name",
        "'NANOG'",
        (1, 0, 0, 1),
        absent=("Q9H9S0 Q06945",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_bad_thing_beside_good_ones(name: str, tmp_path: Path) -> None:
    check(CASES[name], tmp_path)
