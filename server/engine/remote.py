"""The engine that has another SPARQL endpoint answer: Virtuoso, QLever, an Oxigraph server ...

Pages, search and metadata come from the release as ever, whose store may be missing then; queries
go to the endpoint, each through a query worker (`server.engine.remote_store`). A worker is killed
at a query's deadline, and the endpoint sees its connection closed.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from rdfconv.config import Settings
from rdfconv.errors import UsageError
from server.engine.embedded import EmbeddedEngine
from server.engine.probe import Probe
from server.engine.remote_store import Target
from server.remote import RemoteError
from server.remote.addresses import target
from server.remote.client import user_agent


class RemoteEngine(EmbeddedEngine):
    """See `server.engine.Engine`. It belongs to one process, which must not fork afterwards.

    Args:
        settings: the release, the number of workers and their memory.
        url: the endpoint that answers in place of the release's store.
        graph: the named graph in which it has our default graph; "" if it is its default graph.

    Raises:
        EngineError: there is no release.
        UsageError: that is no address of an endpoint.
    """

    def __init__(self, settings: Settings, url: str, graph: str = "") -> None:
        super().__init__(settings, endpoint_argument(settings, url, graph))
        self._probe = Probe(url, user_agent(settings))

    def check(self) -> None:
        """See `EmbeddedEngine.check`; the endpoint is asked, at most once in some seconds."""
        super().check()
        self._probe.check()

    def close(self) -> None:
        """See `server.engine.Engine.close`."""
        super().close()
        self._probe.close()


def engine_of(settings: Settings) -> EmbeddedEngine:
    """The engine that the settings name.

    Raises:
        EngineError: there is no release.
        UsageError: the setting ``engine`` cannot be used.
    """
    if settings.engine:
        url, _, graph = settings.engine.partition(" ")
        return RemoteEngine(settings, url, graph.strip())
    return EmbeddedEngine(settings)


def endpoint_argument(settings: Settings, url: str, graph: str = "") -> str:
    """What a worker is told of an endpoint.

    Args:
        settings: whom requests come from.
        url: the endpoint.
        graph: see `Target`.

    Raises:
        UsageError: that is no address of an endpoint.
    """
    try:
        target(url)
    except RemoteError as error:
        raise UsageError(
            f"the setting 'engine' is no address of an endpoint: {error.message}",
            hint="write https://host/sparql, or virtuoso",
        ) from error
    return json.dumps(asdict(Target(url, graph, user_agent(settings))))
