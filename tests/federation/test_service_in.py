"""SERVICE in: other engines that ask us, each with each federated example query turned round.

What an example asks of UniProt, Bgee ... is what the other engine has itself; what it asks of us is
our SERVICE. The table of docs/federation.md holds what is found here.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyoxigraph
import pytest

from tests.conftest import ROOT, StartServer
from tests.engines.databases import virtuoso_of_facts
from tests.federation.conftest import RESULTS
from tests.federation.relay import Relay, Request, relayed
from tests.federation.standins import (
    DATA,
    FEDERATED,
    GRANTS,
    GRAPH,
    PUBLIC,
    Rows,
    StandIns,
    local,
    program,
    rows,
    turned,
)
from tests.server.web import Reply, ask

NPM = ROOT / "tests" / "npm"
DOCUMENT = (ROOT / "docs" / "federation.md").read_text("utf-8")
XML = "application/sparql-results+xml"
FORMATS = {
    XML: pyoxigraph.QueryResultsFormat.XML,
    "application/sparql-results+json": pyoxigraph.QueryResultsFormat.JSON,
}
ENGINES = {
    "oxigraph": "Oxigraph 0.5",
    "virtuoso": "Virtuoso 7, SERVICE last",
    "virtuoso-first": "Virtuoso 7, SERVICE first",
    "comunica": "Comunica 4, SERVICE",
    "comunica-sources": "Comunica 4, list of sources",
}
"""The engines, and how the document calls them."""
MISSING = "rows missing: a path behind SERVICE"
REASONS = {
    ("virtuoso-first", "lipid-enzymes"): MISSING,
    ("virtuoso-first", "target-processes"): MISSING,
}
"""What does not work, by engine and query, and why."""
OUR_PREFIX = "https://w3id.org/tflink-rdf/"

Told = tuple[Rows, list[Request]]
"""An answer, and what was asked of us for it."""


@pytest.fixture(scope="module")
def ours(sample_release: Path, start_server: StartServer) -> Iterator[Relay]:
    # Comunica asks a list of sources more at once than a client may by default.
    server = start_server(sample_release, client_queries=100, queue_length=100)
    with relayed(server.url) as relay:
        yield relay


@pytest.fixture(scope="module")
def of_virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with virtuoso_of_facts(tmp_path_factory, DATA) as server:
        yield server.url


def parsed(reply: Reply | Request) -> Rows:
    """The rows of a SELECT's answer."""
    return rows(pyoxigraph.parse_query_results(reply.body, format=FORMATS[reply.media_type]))


class Comunica:
    """A process of Comunica that is asked one query after the other."""

    def __init__(self, errors: Path) -> None:
        self._errors = errors
        with errors.open("wb") as stream:
            self._process = subprocess.Popen(
                [program("node"), "ask.mjs"],
                cwd=NPM,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
            )

    def ask(self, query: str, sources: Sequence[object]) -> Rows:
        """What it answers to a query over sources."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"query": query, "sources": sources}).encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, self._errors.read_text("utf-8")
        form = pyoxigraph.QueryResultsFormat.JSON
        return rows(pyoxigraph.parse_query_results(line, format=form))

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def of_comunica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Comunica]:
    asked = Comunica(tmp_path_factory.mktemp("comunica") / "errors")
    yield asked
    asked.close()


@pytest.fixture(scope="module")
def told(
    ours: Relay, standins: StandIns, of_virtuoso: str, of_comunica: Comunica
) -> dict[tuple[str, str], Told]:
    """What each engine answers to each query, and asks of us for it."""
    endpoint = f"{ours.url}/sparql"

    def of_oxigraph(name: str) -> Rows:
        [own, *_] = FEDERATED[name].federates_with
        query = turned(FEDERATED[name].text, endpoint, [own], standins.urls)
        return parsed(ask(standins.urls[own], query, "form", XML))

    def of_virtuoso_by(last: bool) -> Callable[[str], Rows]:
        def answer(name: str) -> Rows:
            one = FEDERATED[name]
            query = turned(one.text, endpoint, one.federates_with, {}, last=last)
            return parsed(ask(of_virtuoso, query, "form", XML))

        return answer

    def of_comunica_service(name: str) -> Rows:
        [own, *_] = FEDERATED[name].federates_with
        query = turned(FEDERATED[name].text, endpoint, [own], standins.urls)
        # As a file, so that Comunica itself evaluates SERVICE and does not pass it on.
        facts = standins.urls[own].replace("/query", "/store?default")
        return of_comunica.ask(query, [{"type": "file", "value": facts}])

    def of_comunica_sources(name: str) -> Rows:
        others = [standins.urls[iri] for iri in FEDERATED[name].federates_with]
        return of_comunica.ask(local(FEDERATED[name].text), [endpoint, *others])

    ways: dict[str, Callable[[str], Rows]] = {
        "oxigraph": of_oxigraph,
        "virtuoso": of_virtuoso_by(last=True),
        "virtuoso-first": of_virtuoso_by(last=False),
        "comunica": of_comunica_service,
        "comunica-sources": of_comunica_sources,
    }
    assert list(ways) == list(ENGINES)
    ours.taken()
    return {(way, name): (ways[way](name), ours.taken()) for way in ways for name in FEDERATED}


def rows_sent(requests: Sequence[Request]) -> int:
    """How many rows we sent as answers; an ASK's answer has none."""
    selects = [one for one in requests if "SELECT" in one.query and one.media_type in FORMATS]
    return sum(len(parsed(one)) for one in selects)


@pytest.mark.parametrize("way", ENGINES)
def test_the_document_has_what_each_engine_answers(
    told: dict[tuple[str, str], Told], answers: dict[str, Rows], way: str
) -> None:
    lines = []
    for name in sorted(FEDERATED):
        found, requests = told[way, name]
        right = found == answers[name]
        assert right is ((way, name) not in REASONS), (name, found)
        verdict = "ok" if right else REASONS[way, name]
        lines.append(f"| {ENGINES[way]} | in | {name} | {verdict} |")
        cost = f"{len(requests)} requests, {rows_sent(requests)} rows"
        RESULTS.append(f"{lines[-1]} {cost} |")
    assert [line for line in lines if line not in DOCUMENT.splitlines()] == []


def test_the_document_has_nothing_else() -> None:
    rows_in = [line for line in DOCUMENT.splitlines() if re.match(r"\| [^|]+ \| in \| ", line)]
    assert len(rows_in) == len(set(rows_in)) == len(ENGINES) * len(FEDERATED)


def test_no_request_is_refused(told: dict[tuple[str, str], Told]) -> None:
    requests = [request for _, some in told.values() for request in some]
    assert [one for one in requests if one.status != 200] == []


def test_oxigraph_asks_once_and_gets_all_rows(told: dict[tuple[str, str], Told]) -> None:
    for name in FEDERATED:
        [one] = told["oxigraph", name][1]
        assert (one.method, one.media_type) == ("POST", "application/sparql-results+json")


def test_virtuoso_asks_once_per_left_row_if_service_is_last(
    told: dict[tuple[str, str], Told],
) -> None:
    requests = told["virtuoso", "target-processes"][1]
    assert len({one.query for one in requests}) == len(requests) > 3
    assert {one.method for one in requests} == {"GET"}
    assert all(one.parameters["maxrows"] for one in requests)
    [only] = told["virtuoso-first", "target-processes"][1]
    assert rows_sent([only]) > rows_sent(requests)


def test_virtuoso_moves_its_own_default_graph_into_our_query(ours: Relay, of_virtuoso: str) -> None:
    one = FEDERATED["drugs"]
    query = turned(one.text, f"{ours.url}/sparql", one.federates_with, {})
    ours.taken()
    reply = ask(of_virtuoso, query, "form", XML, **{"default-graph-uri": GRAPH})
    assert parsed(reply) == []
    assert all(f"GRAPH <{GRAPH}>" in request.query for request in ours.taken())


def test_virtuoso_sends_no_sparql_for_an_optional_service(ours: Relay, of_virtuoso: str) -> None:
    inner = f"SERVICE <{ours.url}/sparql> {{ uniprotkb:Q06945 tfl:regulates ?target }}"
    prefixes = (
        f"PREFIX tfl: <{OUR_PREFIX}ontology#>\n"
        "PREFIX up: <http://purl.uniprot.org/core/>\n"
        "PREFIX uniprotkb: <http://purl.uniprot.org/uniprot/>\n"
    )
    ours.taken()
    query = f"{prefixes}SELECT * {{ ?target up:mnemonic ?name OPTIONAL {{ {inner} }} }}"
    assert ask(of_virtuoso, query, "form", XML).status == 500
    [request] = ours.taken()
    assert (request.status, " UNDEF " in request.query) == (400, True)


def test_comunica_looks_for_a_description_first(told: dict[tuple[str, str], Told]) -> None:
    for way in ("comunica", "comunica-sources"):
        for name in FEDERATED:
            first = told[way, name][1][0]
            assert (first.method, first.path, first.query) == ("GET", "/sparql", "")
            assert first.accept.startswith("application/n-quads,")
            assert first.media_type == "application/n-quads"


def test_comunica_finds_our_description(ours: Relay) -> None:
    command = [program("node"), "found.mjs", f"{ours.url}/sparql"]
    done = subprocess.run(command, cwd=NPM, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["uri"] for one in found["datasets"]] == [f"{OUR_PREFIX}dataset/tflink-1.0"]
    assert found["sparqlService"] == f"{ours.url}/sparql"


def blocks(heading: str) -> list[str]:
    """The blocks of code in a section of the document, without their indentation."""
    section = DOCUMENT.partition(f"### {heading}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    found = re.findall(r"(?:^    .*\n)(?:^(?:    .*)?\n)*", section, re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE).strip() for block in found]


def run(command: str, cwd: Path, **addresses: str) -> str:
    """What a command of the document prints, with the addresses of the test."""
    for port, url in addresses.items():
        command = command.replace(f"http://127.0.0.1:{port.removeprefix('port')}", url)
    words = shlex.split(command.replace("\\\n", " "))
    if words[0] == "npx":
        words = [str(NPM / "node_modules" / ".bin" / words[1]), *words[2:]]
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


WIEDEMANN = "Wiedemann-Steiner syndrome"


def test_what_the_document_shows_of_oxigraph(ours: Relay, standins: StandIns) -> None:
    [command] = blocks("Oxigraph")
    uniprot = standins.urls[PUBLIC["uniprot"]].removesuffix("/query")
    printed = run(command, ROOT, port8080=ours.url, port7878=uniprot)
    assert WIEDEMANN in printed
    assert len(printed.splitlines()) == 7


def test_what_the_document_shows_of_virtuoso(ours: Relay, of_virtuoso: str) -> None:
    grants, command = blocks("Virtuoso")
    assert grants.splitlines() == [f"{grant};" for grant in GRANTS]
    there = of_virtuoso.removesuffix("/sparql")
    printed = run(command, ROOT, port8080=ours.url, port8890=there)
    assert WIEDEMANN in printed
    assert len(printed.splitlines()) == 7


def test_what_the_document_shows_of_comunica(
    sample_release: Path, start_server: StartServer, standins: StandIns
) -> None:
    package, command = blocks("Comunica")
    kept = json.loads((NPM / "package.json").read_text("utf-8"))
    shown = json.loads(package)
    assert shown["overrides"] == kept["overrides"]
    assert shown["dependencies"].items() <= kept["dependencies"].items()
    uniprot = standins.urls[PUBLIC["uniprot"]].removesuffix("/query")
    # So few that Comunica must be refused, and repeat what was.
    with relayed(start_server(sample_release, client_queries=1).url) as relay:
        printed = run(command, NPM, port8080=relay.url, port7878=uniprot)
        assert 429 in {request.status for request in relay.taken()}
        assert WIEDEMANN in printed
        assert len(json.loads(printed)) == 6
