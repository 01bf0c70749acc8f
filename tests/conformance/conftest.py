"""The server that the W3C's tests are asked of, and the table of what came of them."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pyoxigraph
import pytest

import rdfconv
from tests.conformance.manifests import Case, cases, file_of
from tests.conftest import StartServer

PROTOCOL_GRAPH = "http://kasei.us/2009/09/sparql/data/data{}.rdf"
"""The graphs that the tests of the protocol expect to be there."""
LIMITS = {"client_seconds": 0, "client_queries": 0}
"""The tests come fast and from one address."""

_FORMATS = {
    ".ttl": pyoxigraph.RdfFormat.TURTLE,
    ".rdf": pyoxigraph.RdfFormat.RDF_XML,
    ".nt": pyoxigraph.RdfFormat.N_TRIPLES,
}


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """Tests that are known to fail.

    Attributes:
        tests: patterns of their ids.
        reason: why.
        answer: the status that they fail with.
    """

    tests: tuple[str, ...]
    reason: str
    answer: int


@cache
def known_failures() -> tuple[KnownFailure, ...]:
    """What ``expected.toml`` lists."""
    content = tomllib.loads(Path(__file__).with_name("expected.toml").read_text("utf-8"))
    return tuple(
        KnownFailure(tuple(one["tests"]), one["reason"], one["answer"])
        for one in content.get("expected", ())
    )


def known_failure_of(name: str) -> KnownFailure | None:
    """Why a test is known to fail; None if it must pass."""
    found = [one for one in known_failures() if any(fnmatchcase(name, test) for test in one.tests)]
    assert len(found) <= 1, f"{name} is listed twice"
    return found[0] if found else None


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory, start_server: StartServer) -> str:
    """A server whose release has each of the tests' files as a graph."""
    folder = tmp_path_factory.mktemp("w3c")
    data = folder / "w3c.nq"
    content = pyoxigraph.serialize(_quads(cases()), format=pyoxigraph.RdfFormat.N_QUADS)
    assert content is not None
    data.write_bytes(content)
    rdfconv.build([data], folder / "output", plain=True)
    return start_server(folder / "output", **LIMITS).url + "/sparql"


def _quads(all_cases: Iterable[Case]) -> list[pyoxigraph.Quad]:
    graphs = {iri for case in all_cases for iri in (*case.data, *case.graphs)}
    files = {iri: path for iri in graphs if (path := file_of(iri))}
    for number in (1, 2, 3):
        iri = PROTOCOL_GRAPH.format(number)
        files[iri] = Path(__file__).parent / "w3c" / "protocol" / f"data{number}.nt"
    quads = []
    for iri, path in sorted(files.items()):
        parsed = pyoxigraph.parse(
            path=path, format=_FORMATS[path.suffix], base_iri=iri, rename_blank_nodes=True
        )
        name = pyoxigraph.NamedNode(iri)
        quads += [pyoxigraph.Quad(one.subject, one.predicate, one.object, name) for one in parsed]
    return quads


# --- The table ---------------------------------------------------------------------------------

PASSED = "passed"
RESULTS: dict[str, str] = {}
"""What came of each test that was run: `PASSED`, or the reason why it is known to fail."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the table, if the tests were asked for by name."""
    asked = any("conformance" in argument for argument in terminalreporter.config.args)
    if not asked or not RESULTS:
        return
    terminalreporter.section("SPARQL 1.1 conformance")
    for line in table(RESULTS):
        terminalreporter.write_line(line)


def table(results: dict[str, str]) -> Iterable[str]:
    """The lines of the table: by group, and the known failures by reason."""
    passed, known = Counter[str](), Counter[tuple[str, str]]()
    groups = dict.fromkeys(name.partition("/")[0] for name in results)
    for name, result in results.items():
        group = name.partition("/")[0]
        if result == PASSED:
            passed[group] += 1
        else:
            known[group, result] += 1
    yield f"{'group':<22}{'tests':>6}{'passed':>8}{'known failures':>16}"
    for group in sorted(groups):
        failures = sum(count for (of, _), count in known.items() if of == group)
        yield f"{group:<22}{passed[group] + failures:>6}{passed[group]:>8}{failures:>16}"
    total = sum(known.values())
    yield f"{'all':<22}{passed.total() + total:>6}{passed.total():>8}{total:>16}"
    yield ""
    reasons = Counter[str]()
    for (_, reason), count in known.items():
        reasons[reason] += count
    for reason, count in reasons.most_common():
        yield f"{count:>6}  {reason}"
