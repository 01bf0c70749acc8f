"""The tests of the protocol and of the site's pages, with other engines in place of the store.

The modules of this folder have the tests of those of the same name in ``tests/server``; here each
server that they start has another engine behind it. As a rule some of them run; all of them with
``RDFCONV_TEST_ENGINES=all`` (``make engines``), one engine's with ``-k oxigraph``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rdfconv.dumping import DATA_GRAPH
from rdfconv.release import open_release
from tests.conftest import RunningServer, StartServer, started
from tests.engines.databases import oxigraph_of, virtuoso_of, virtuoso_of_sample
from tests.engines.site.differences import SMALL, difference
from tests.server.conftest import crafted, stored

__all__ = ["crafted", "stored"]
HERE = Path(__file__).parent
ENGINES = ("oxigraph", "virtuoso")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the small set, if not all is asked for, and marks what must not pass: strictly, so
    that a difference that is gone is a failure."""
    is_whole = os.environ.get("RDFCONV_TEST_ENGINES") == "all"
    kept: list[pytest.Item] = []
    for item in items:
        if HERE not in item.path.parents or not isinstance(item, pytest.Function):
            kept.append(item)
        elif is_whole or item.originalname in SMALL:
            kept.append(item)
            engine = str(item.callspec.params["engine_name"])
            reason = difference(engine, item.originalname, item.name)
            if reason:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    left = [item for item in items if item not in set(kept)]
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.fixture(scope="session", params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine behind the servers."""
    return str(request.param)


@pytest.fixture(scope="session", autouse=True)
def start_server(
    engine_name: str, sample_release: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartServer]:
    """See `tests.conftest.start_server`; the engine has what the release has."""
    settings: dict[Path, str] = {}
    servers: list[RunningServer] = []
    sample = open_release(sample_release).path
    with ExitStack() as stack:

        def setting(root: Path) -> str:
            folder = tmp_path_factory.mktemp("engine")
            if engine_name == "oxigraph":
                return stack.enter_context(oxigraph_of(root, folder / "log"))
            if open_release(root).path == sample:
                one = stack.enter_context(virtuoso_of_sample(tmp_path_factory, root))
            else:
                one = stack.enter_context(virtuoso_of(root, folder))
            return f"{one.url} {DATA_GRAPH}"

        def start(root: Path, **given: Any) -> RunningServer:
            path = open_release(root).path
            if path not in settings:
                settings[path] = setting(root)
            log = tmp_path_factory.mktemp("server") / "log"
            servers.append(started(root, log, **{"engine": settings[path], **given}))
            return servers[-1]

        yield start
        for server in servers:
            server.stop()


@pytest.fixture(scope="session")
def base_url(sample_release: Path, start_server: StartServer) -> str:
    """See `tests.conftest.base_url`, which keeps the server that others have started."""
    return start_server(sample_release).url
