"""Bad pages, and bad things on pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rdfconv.problems import Kind
from tests.bad_input.case import NEW, ON_PAGE, Case, Counts, check
from tests.inputs import page

SITE = (
    "TFLinkSS00000001,P41225,SOX3,Homo sapiens,hg38,chr1,1,5,+,hg38&position=chr1:1-5,"
    "footprinting,123,ORegAnno,Yes,-"
)
SEQUENCE = "\\>TFLinkSS00000001;P41225;SOX3;hg38;chr1:1-5\\ACGT\\"


def rejected_page(
    kind: Kind, content: str | bytes, place: str, value: str = "", absent: tuple[str, ...] = ON_PAGE
) -> Case:
    """A page that is left out."""
    text = content if isinstance(content, bytes) else content.encode()
    return Case(kind, {"bad.md": text}, f"bad.md:{place}", value, pages=(1, 0, 0, 1), absent=absent)


def doubtful_page(
    kind: Kind,
    changes: Mapping[str, str | None],
    place: str,
    value: str,
    pattern: str = "",
    edges: tuple[str, ...] = ON_PAGE,
) -> Case:
    """A page that is kept with a warning."""
    return Case(
        kind,
        {"bad.md": page({**NEW, **changes}).encode()},
        f"bad.md: {place}",
        value,
        (1, 1, 0, 0),
        (1, 1, 0, 0),
        edges=edges,
        pattern=pattern,
    )


def listed(name: str, accession: str, databases: str, papers: str) -> str:
    """A row of a page."""
    return f"'{name},{accession},-,{databases},inferred by curator,{papers},Yes'"


def sites_page(kind: Kind, rows: str, body: str, place: str, value: str, sites: Counts) -> Case:
    """A page with a binding site that is left out."""
    text = page({**NEW, "binding_sites": rows, "bindingSites_download_gff3": "''"}, body)
    return Case(
        kind,
        {"bad.md": text.encode()},
        f"bad.md: {place}",
        value,
        (1, 1, 0, 0),
        (1, 1, 0, 0),
        sites,
        edges=ON_PAGE,
    )


def bomb() -> str:
    """Front matter of a few lines that stands for 10**9 values."""
    lines = ["jaspar_matrices: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"x{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return page({**NEW, "jaspar_matrices": None, "tfs": "''\n" + "\n".join(lines)})


CASES: dict[str, Case] = {
    "a control character on a page": rejected_page(
        Kind.PAGE_FORBIDDEN_CHARACTER, page({**NEW, "protein_name": "a\x0bb"}), "5: ", r"'\x0b'"
    ),
    "a control character that YAML escapes": rejected_page(
        Kind.PAGE_FORBIDDEN_CHARACTER,
        page({**NEW, "protein_name": r'"a\x0bb"'}),
        " protein_name: ",
        r"'a\x0bb'",
    ),
    "a page that is not UTF-8": rejected_page(
        Kind.PAGE_NOT_UTF8,
        page({**NEW, "protein_name": "BYTE"}).encode().replace(b"BYTE", b"a\xff"),
        "5: ",
    ),
    "a page without front matter": Case(
        Kind.NO_FRONT_MATTER,
        {"bad.md": b"SOX3\n"},
        "bad.md:1: ",
        "'SOX3\\n'",
        pages=(1, 0, 0, 1),
    ),
    "front matter that is not closed": rejected_page(
        Kind.NOT_CLOSED, page(NEW).rpartition("---")[0], " "
    ),
    "front matter that is not YAML": rejected_page(
        Kind.NOT_YAML, page({**NEW, "organism": "a: b: c"}), "8: "
    ),
    "front matter without a key": rejected_page(
        Kind.MISSING_KEY, page({**NEW, "organism": None}), " organism: "
    ),
    "front matter with a key twice": rejected_page(
        Kind.REPEATED_KEY, page({**NEW, "organism": "Homo sapiens\ntitle: P41225"}), " title: "
    ),
    "an alias bomb": rejected_page(Kind.NOT_TEXT, bomb(), " x1: "),
    "a bomb of one long value": rejected_page(
        Kind.NOT_TEXT,
        page({**NEW, "colour": f"&a {'x' * 10_000}\nx: [{', '.join(['*a'] * 100_000)}]"}),
        " ",
    ),
    "a list in place of text": rejected_page(
        Kind.NOT_TEXT, page({**NEW, "organism": "[a, b]"}), " organism: ", "['a', 'b']"
    ),
    "a malformed accession of a page": rejected_page(
        Kind.PAGE_ACCESSION,
        page({**NEW, "uniprot_accession": "P4122"}),
        " uniprot_accession: ",
        "'P4122'",
    ),
    "a count that is no number": rejected_page(
        Kind.MALFORMED_COUNT,
        page({**NEW, "number_of_interactions": "many"}),
        " number_of_interactions: ",
        "'many'",
    ),
    "orthologs that are no JSON": rejected_page(
        Kind.MALFORMED_ORTHOLOGS,
        page({**NEW, "orthologs": "'[{\"species\": 1'"}),
        " orthologs: ",
        "'[{\"species\": 1'",
    ),
    "the same page twice with different content": Case(
        Kind.SECOND_PAGE,
        {
            "bad-1.md": page(NEW).encode(),
            "bad-2.md": page(
                {**NEW, "tfs": "KCNH2,Q12809,-,TRRUST,inferred by curator,29087512%5Buid%5D,Yes"}
            ).encode(),
        },
        "bad-2.md: uniprot_accession: ",
        "'P41225'",
        (1, 1, 0, 0),
        (2, 1, 0, 1),
        edges=ON_PAGE,
        absent=("Q12809 P41225",),
    ),
    # what stands on pages
    "a row of a page with too few columns": Case(
        Kind.COLUMN_COUNT,
        {
            "bad.md": page(
                {
                    **NEW,
                    "tfs": "'ERG,P11308,2078,TRRUST\n\n"
                    "  ERG,P11308,2078,TRRUST,inferred by curator,29087512%5Buid%5D,Yes'",
                }
            ).encode()
        },
        "bad.md: tfs[0]",
        "'ERG,P11308,2078,TRRUST'",
        (2, 1, 0, 1),
        (1, 1, 0, 0),
        edges=ON_PAGE,
    ),
    "a binding site with too few columns": sites_page(
        Kind.MALFORMED_SITE, "TFLinkSS00000001", "", "binding_sites[0]", "'TFLink", (1, 0, 0, 1)
    ),
    "a sequence without header": sites_page(
        Kind.MALFORMED_SEQUENCE, "''", "ACGT", "body", "'ACGT'", (1, 0, 0, 1)
    ),
    "a binding site twice": sites_page(
        Kind.REPEATED_SITE,
        f"'{SITE}\n\n  {SITE}'",
        SEQUENCE,
        "binding_sites[1]",
        "'TFLinkSS00000001'",
        (3, 1, 1, 1),
    ),
    # warnings
    "a title that is not the accession": doubtful_page(
        Kind.TITLE_DIFFERS, {"title": "SOX3"}, "title", "'SOX3'"
    ),
    "a comma in a name": doubtful_page(
        Kind.COMMA_IN_NAME,
        {"tfs": listed("DUR1,2", "P32528", "TRRUST", "29087512%5Buid%5D")},
        "tfs[0] name",
        "'DUR1,2'",
        'uniprotkb:P32528 rdfs:label "DUR1,2"',
        ("P32528 P41225",),
    ),
    "an unknown key": doubtful_page(Kind.UNKNOWN_KEY, {"colour": "blue"}, "colour", "'blue'"),
    "a matrix without version": doubtful_page(
        Kind.NOT_A_MATRIX, {"jaspar_matrices": '["MA0003"]'}, "jaspar_matrices", "'MA0003'"
    ),
    "a corrupt PubMed id": doubtful_page(
        Kind.NOT_A_PUBMED_ID,
        {"tfs": listed("ERG", "P11308", "TRRUST", "29087512%5Buid%5D+OR+1724219e%5Buid%5D")},
        "tfs[0] PubMed ids",
        "'1724219e'",
        '?evidence tfl:unparsedReference "1724219e"',
    ),
    "a list that is not sorted": doubtful_page(
        Kind.UNSORTED_LIST,
        {"tfs": listed("ERG", "P11308", "TRRUST;GTRD", "27924024%5Buid%5D")},
        "tfs[0] databases",
        "'TRRUST;GTRD,",
        "?evidence tfl:sourceDatabase tfldb:GTRD, tfldb:TRRUST",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_thing_beside_good_ones(name: str, tmp_path: Path) -> None:
    check(CASES[name], tmp_path)
