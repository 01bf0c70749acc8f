"""What the tests of clients have in common: a server, its store, and the document's tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from rdfconv.release import open_release
from tests.federation.relay import Relay, relayed
from tests.interop.document import DOCUMENT
from tests.interop.tables import Tables

_OPTION = "--write-tables"
TABLES = pytest.StashKey[Tables]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option that writes the document's tables instead of comparing them."""
    parser.addoption(_OPTION, action="store_true", help=f"write the tables of {DOCUMENT.name}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes the tables, if asked to."""
    tables = session.config.stash.get(TABLES, None)
    if tables is not None and session.config.getoption(_OPTION, default=False):
        DOCUMENT.write_text(tables.written(), "utf-8")


@pytest.fixture(scope="session")
def tables(pytestconfig: pytest.Config) -> Tables:
    """The document's tables, with which rows that are seen are compared."""
    compared = not pytestconfig.getoption(_OPTION, default=False)
    tables = Tables(DOCUMENT.read_text("utf-8"), compared=compared)
    return pytestconfig.stash.setdefault(TABLES, tables)


@pytest.fixture(scope="module")
def relay(base_url: str) -> Iterator[Relay]:
    """The sample's server, behind a relay that remembers how it was asked."""
    with relayed(base_url) as relay:
        yield relay


@pytest.fixture(scope="session")
def store(sample_release: Path) -> ox.Store:
    """The store of the sample, asked without a server."""
    return ox.Store.read_only(str(open_release(sample_release).store))
