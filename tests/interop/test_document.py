"""The programs that the document shows, run as they stand: they print the targets of SOX4."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.interop.document import printed, programs
from tests.interop.programs import CLIENT
from tests.server.stored import Stored

SHOWN = programs("Clients of SPARQL")


def test_each_client_has_a_program() -> None:
    assert list(SHOWN) == list(CLIENT)


@pytest.mark.parametrize("name", SHOWN)
def test_programs_of_clients(
    base_url: str, sample_release: Path, tmp_path: Path, name: str
) -> None:
    out = printed(SHOWN[name], base_url, tmp_path)
    query = "SELECT ?target { uniprotkb:Q06945 tfl:regulates ?target }"
    rows = Stored(sample_release).select(query)
    found = re.findall(r"http://purl.uniprot.org/uniprot/\w+", out)
    assert sorted(found) == sorted(target for (target,) in rows)
    assert len(found) > 3
