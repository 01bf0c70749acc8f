"""SERVICE out: our endpoint asks others, each federated example query as it is published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT, RunningServer, StartServer
from tests.engines.databases import virtuoso_of_facts
from tests.federation.conftest import RESULTS
from tests.federation.relay import Relay, relayed
from tests.federation.standins import DATA, FEDERATED, PUBLIC, Rows, StandIns
from tests.federation.test_service_in import parsed
from tests.server.web import ask

DOCUMENT = (ROOT / "docs" / "federation.md").read_text("utf-8")
JSON = "application/sparql-results+json"
ENGINES = ("Oxigraph 0.5", "Virtuoso 7")
"""The engines that are asked, as the document calls them."""

Asked = tuple[RunningServer, list[Relay]]
"""Our server, and the relays before the endpoints that it asks."""


def served(
    stack: ExitStack, release: Path, start_server: StartServer, urls: dict[str, str]
) -> Asked:
    """Our server, which asks endpoints through relays.

    Args:
        stack: ends the relays.
        release: the releases' root.
        start_server: starts it.
        urls: the endpoint that answers for each public one.
    """
    hosts = {url: f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in urls.values()}
    relays = {url: stack.enter_context(relayed(host)) for url, host in hosts.items()}
    setting = " ".join(f"{iri}={relays[url].url}{urlsplit(url).path}" for iri, url in urls.items())
    server = start_server(release, federate=setting, client_seconds=0)
    return server, list(relays.values())


@pytest.fixture(scope="module")
def servers(
    sample_release: Path,
    start_server: StartServer,
    standins: StandIns,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Asked]]:
    """Our server before the stand-ins, and before a Virtuoso that has the facts of all of them."""
    with ExitStack() as stack:
        beside = stack.enter_context(virtuoso_of_facts(tmp_path_factory, DATA))
        all_in_one = dict.fromkeys(PUBLIC.values(), beside.url)
        yield {
            "Oxigraph 0.5": served(stack, sample_release, start_server, dict(standins.urls)),
            "Virtuoso 7": served(stack, sample_release, start_server, all_in_one),
        }


@pytest.mark.parametrize("name", FEDERATED)
@pytest.mark.parametrize("engine", ENGINES)
def test_published_queries(
    servers: dict[str, Asked], answers: dict[str, Rows], engine: str, name: str
) -> None:
    """The rows are those of one store with all facts, and the document says so."""
    server, relays = servers[engine]
    for relay in relays:
        relay.taken()
    reply = ask(f"{server.url}/sparql", FEDERATED[name].text, accept=JSON)
    assert reply.status == 200, reply.text
    assert parsed(reply) == answers[name]
    requests = [request for relay in relays for request in relay.taken()]
    sent = sum(request.query.count("(<") for request in requests)
    back = sum(len(parsed(request)) for request in requests)
    line = f"| {engine} | out | {name} | ok |"
    RESULTS.append(f"{line} {len(requests)} requests, {sent} rows sent, {back} rows back |")
    assert line in DOCUMENT.splitlines()
    # The sample has at most some hundred values, and a hundred go at once.
    assert len(requests) <= 3 * len(FEDERATED[name].federates_with)


def test_the_document_has_nothing_else() -> None:
    lines = [line for line in DOCUMENT.splitlines() if re.match(r"\| [^|]+ \| out \| ", line)]
    assert len(lines) == len(set(lines)) == len(ENGINES) * len(FEDERATED)
