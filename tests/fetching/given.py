"""The files that the tests fetch, and what a folder holds of them."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

from rdfconv.fetching.files import ALL, File, select
from rdfconv.fetching.partial import Place
from rdfconv.fetching.transfer import Fetched
from tests.inputs import row, table

[PLAIN] = select(["Dr"], ["interactions"], ALL).files
[PACKED] = select(["Hs"], ["interactions"], "large").files
NUMBERS = random.Random("fetch")
TABLE = table(
    *(row(PubmedID=str(NUMBERS.randrange(10**7, 10**8)), Name_Target="-") for _ in range(2500))
).encode()
OTHER = table(row(Name_TF="SOX4")).encode() + TABLE
HALF = len(TABLE) // 2
GZ = gzip.compress(TABLE, mtime=0)
HALF_GZ = len(GZ) // 2
HTML = {"Content-Type": "text/html"}
MITAB = 'uniprot:Q9H9S0\tuniprot:O94907\tgeneid:79923\tgeneid:22943\tuniprot:"NANOG"' + "\t-" * 41
Get = Callable[..., Fetched]
"""Fetches a file, see the fixture `get`."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def whole(folder: Path, file: File, content: bytes) -> None:
    """The file is there, and nothing but it and its notes."""
    assert (folder / file.saved_as).read_bytes() == content
    assert names(folder) == [f".{file.saved_as}.fetch.json", file.saved_as]


def absent(folder: Path, file: File = PLAIN, *, part: bytes = b"") -> None:
    """The file is not there; what came of it is."""
    place = Place(folder / file.saved_as)
    assert not place.path.exists()
    assert place.part.exists() == bool(part)
    if part:
        assert place.part.read_bytes() == part
