"""What the tests of federation have in common: stand-ins, and what the queries should answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest

from rdfconv.release import open_release
from tests.federation.standins import FEDERATED, Rows, StandIns, expected, one_store
from tests.federation.standins import standins as started

RESULTS: list[str] = []
"""The lines of the table that the tests made: engine, direction, query, result, what it cost."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the table, if the tests were asked for by name."""
    asked = any("federation" in argument for argument in terminalreporter.config.args)
    if not asked or not RESULTS:
        return
    terminalreporter.section("Federation")
    for line in RESULTS:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def standins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    """A stand-in for each public endpoint that an example query federates with."""
    with started(tmp_path_factory.mktemp("standins")) as found:
        yield found


@pytest.fixture(scope="session")
def together(sample_release: Path, tmp_path_factory: pytest.TempPathFactory) -> pyoxigraph.Store:
    """A store with the facts of the sample and of all stand-ins."""
    return one_store(open_release(sample_release).path, tmp_path_factory.mktemp("together"))


@pytest.fixture(scope="session")
def answers(together: pyoxigraph.Store) -> dict[str, Rows]:
    """What each federated example answers, evaluated in one store."""
    return {name: expected(together, example) for name, example in FEDERATED.items()}
