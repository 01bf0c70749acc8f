"""A server of files, and a folder that they are fetched into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rdfconv.fetching.files import File
from rdfconv.fetching.transfer import Fetched, Patience, fetch
from tests.conftest import PATIENCE
from tests.fetch_server import Document, FileServer, file_server
from tests.fetching.given import (
    GZ,
    PACKED,
    PLAIN,
    TABLE,
    Get,
)


@pytest.fixture
def server() -> Iterator[FileServer]:
    """A server that has a table, plain and compressed."""
    with file_server() as running:
        running.documents = {PLAIN.name: Document(TABLE), PACKED.name: Document(GZ)}
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tflink"


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that were made."""
    return []


@pytest.fixture
def get(server: FileServer, folder: Path, pauses: list[float]) -> Get:
    """Fetches a file, without waiting between tries."""

    def run(file: File = PLAIN, *, retries: int = 5, silence: float = PATIENCE) -> Fetched:
        patience = Patience(silence=silence, retries=retries, sleep=pauses.append)
        return fetch(file, folder, server.url, patience=patience)

    return run
