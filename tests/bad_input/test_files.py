"""Files that are bad as a whole: of no kind, empty, cut, unsafe."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from rdfconv.problems import Kind
from tests.bad_input.case import BEFORE, NEIGHBOURS, NEW, ON_PAGE, Case, check
from tests.inputs import page, table


def unsafe(name: str, kind: bytes) -> Case:
    """An archive with a member that is not read, before one that is."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as members:
        told = tarfile.TarInfo(name)
        told.type, told.linkname = kind, "/etc/passwd"
        members.addfile(told)
        good = page(NEW).encode()
        told = tarfile.TarInfo("good.md")
        told.size = len(good)
        members.addfile(told, io.BytesIO(good))
    return Case(
        Kind.UNSAFE_MEMBER,
        {"bad.tar.gz": packed.getvalue()},
        f"bad.tar.gz:{name}: ",
        repr(name),
        (1, 1, 0, 0),
        (1, 1, 0, 0),
        edges=ON_PAGE,
    )


CASES: dict[str, Case] = {
    "a binary file": Case(
        Kind.UNKNOWN_KIND, {"bad.tsv": bytes(range(256))}, "bad.tsv: ", "", absent=NEIGHBOURS
    ),
    "a table with other columns": Case(
        Kind.UNKNOWN_HEADER,
        {"bad.tsv": table(BEFORE).replace("PubmedID", "Paper", 1).encode()},
        "bad.tsv:1: ",
        "interaction table: UniprotID.TF",
        absent=NEIGHBOURS,
    ),
    "an empty file": Case(Kind.EMPTY_FILE, {"bad.md": b""}, "bad.md: "),
    "a member outside the archive": unsafe("../escape.md", tarfile.REGTYPE),
    "a member that is a link": unsafe("link.md", tarfile.SYMTYPE),
    "a member that is a device": unsafe("device.md", tarfile.CHRTYPE),
    # lists of accessions
    "a list without accessions": Case(
        Kind.NO_ACCESSIONS, {"sec_ac.txt": b"Secondary AC     Primary AC\n"}, "sec_ac.txt: "
    ),
    "a list that is cut": Case(
        Kind.NOT_AN_ACCESSION,
        {"sec_ac.txt": b"Secondary AC     Primary AC\nO94907     Q9NEW1\nP12345     Q0694"},
        "sec_ac.txt:3: ",
        "'P12345     Q0694'",
        pattern="uniprotkb:O94907 tfl:accessionStatus ?status",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_thing_beside_good_ones(name: str, tmp_path: Path) -> None:
    check(CASES[name], tmp_path)
