"""A store with a hub, what is known of it, and the sample."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest

from rdfconv import release
from server.planning.knowledge import Knowledge
from tests.server.planning_cases import (
    HUB_EDGES,
    be_eager,
    knowledge_of,
)


@pytest.fixture(scope="module")
def store() -> pyoxigraph.Store:
    """Many items that share one evidence node; each has a target of its own, and a label."""
    lines = []
    for number in range(HUB_EDGES):
        item, target = f"<http://x.example/i{number}>", f"<http://x.example/t{number % 1000}>"
        lines.append(f"{item} <http://x.example/evidence> <http://x.example/hub> .")
        lines.append(f"{item} <http://x.example/target> {target} .")
        lines.append(f"{item} a <http://x.example/Item> .")
        lines.append(f'{target} <http://x.example/label> "{number % 1000}" .')
        lines.append(f"<http://x.example/big> <http://x.example/holds> {item} .")
        lines.append(f"{target} <http://x.example/broader> <http://x.example/t{number % 7}> .")
    made = pyoxigraph.Store()
    made.load("\n".join(lines).encode(), pyoxigraph.RdfFormat.TURTLE)
    return made


@pytest.fixture(scope="module")
def knowledge(store: pyoxigraph.Store) -> Knowledge:
    """What a release with this store knows of it."""
    return knowledge_of(store)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the planner rewrite whatever it may, whether it gains by it or not."""
    be_eager(monkeypatch)


@pytest.fixture(scope="module")
def counted(sample_release: Path) -> Path:
    """The sample's release, with exact counts."""
    return release.open_release(sample_release).path
