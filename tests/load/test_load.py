"""Half a minute of ``make load``."""

from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.load.__main__ import SETTINGS, Load, run

SECONDS = 30
CLIENTS = 32


@pytest.fixture(scope="module")
def load(sample_release: Path, start_server: StartServer) -> Load:
    server = start_server(sample_release, **SETTINGS)
    found = run(server, sample_release, SECONDS, CLIENTS)
    server.stop()
    return found


def test_no_answer_is_wrong(load: Load) -> None:
    assert load.wrong == []
    assert len(load.seconds) > CLIENTS


def test_hostile_queries_were_among_them(load: Load) -> None:
    statuses = load.statuses["hostile"]
    assert statuses[400] + statuses[403] > 0
    assert statuses[504] + statuses[503] + statuses[429] > 0


def test_memory_is_flat(load: Load) -> None:
    assert load.growth() < 1.5
