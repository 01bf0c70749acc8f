"""Engines that have the sample: the release's own store, and others in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rdfconv.config import Settings
from rdfconv.dumping import DATA_GRAPH
from server.engine import Engine
from server.engine.embedded import EmbeddedEngine
from server.engine.remote import RemoteEngine
from tests.engines.databases import oxigraph_of, virtuoso_of_sample
from tests.server.remotes import Behaviour, endpoint


@pytest.fixture(scope="module")
def settings(sample_release: Path) -> Settings:
    return Settings(release=str(sample_release), workers=1)


@pytest.fixture(scope="module")
def local(settings: Settings) -> Iterator[Engine]:
    """The release's own store."""
    engine = EmbeddedEngine(settings)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def oxigraph(
    settings: Settings, sample_release: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An Oxigraph server that has the release's store."""
    with oxigraph_of(sample_release, tmp_path_factory.mktemp("oxigraph") / "log") as url:
        engine = RemoteEngine(settings, url)
        yield engine
        engine.close()


@pytest.fixture(scope="module")
def of_virtuoso(
    settings: Settings, sample_release: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A Virtuoso that has the release's graphs."""
    with virtuoso_of_sample(tmp_path_factory, sample_release) as running_one:
        engine = RemoteEngine(settings, running_one.url, DATA_GRAPH)
        yield engine
        engine.close()


@pytest.fixture
def odd(settings: Settings) -> Iterator[Callable[[Behaviour], Engine]]:
    """Engines behind which stands an endpoint that behaves as told."""
    with endpoint(lambda visit: None) as running_one:
        engine = RemoteEngine(settings, running_one.url)

        def start(behaviour: Behaviour) -> Engine:
            running_one.behaviour = behaviour
            return engine

        yield start
        engine.close()
