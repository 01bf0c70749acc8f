"""docs/endpoint.md: what it names exists, what exists it names, what it shows works."""

import re
import shlex
import subprocess
from pathlib import Path

from rdfconv.identifiers import ONTOLOGY_GRAPH
from server.engine import ErrorKind
from tests.conftest import ROOT, StartServer
from tests.server.web import fetch

TEXT = (ROOT / "docs" / "endpoint.md").read_text("utf-8")
BY_STATUS = {"not-found", "method-not-allowed"}
"""Problems named after their status."""


def named(heading: str) -> set[str]:
    """What stands in code in the first column of a section's table."""
    section = TEXT.partition(f"## {heading}")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall("`([^`]*)`", row)}


def test_every_problem_is_told() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "server").rglob("*.py"))
    found = set(re.findall(r'HTTPStatus\.[A-Z_]+,\s*"([a-z-]+)"', code))
    assert named("Errors") == found | {kind.value for kind in ErrorKind} | BY_STATUS


def test_every_header_is_told() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "server").rglob("*.py"))
    own = set(re.findall(r'^[A-Z]+_HEADER = "([^"]+)"', code, re.MULTILINE))
    assert named("Headers") == own | {"ETag", "Retry-After"}


def test_every_route_answers(base_url: str) -> None:
    for route in named("Routes"):
        path = route.replace("ACCESSION", "Q06945")
        path = path.replace("IRI", ONTOLOGY_GRAPH)
        status = fetch(base_url + path).status
        assert status == (404 if "security.txt" in path else 200), path


def test_the_command_works(base_url: str) -> None:
    [command] = re.findall(r"^    (curl (?:.*\\\n)*.*)$", TEXT, re.MULTILINE)
    words = shlex.split(command.replace("\\\n", " ").replace("http://127.0.0.1:8080", base_url))
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 4


def test_a_body_that_is_too_long_has_the_same_name_as_a_query(
    sample_release: Path, start_server: StartServer
) -> None:
    server = start_server(sample_release, request_bytes=1000)
    for body in (b"ASK {}" + b" " * 2000, b"query=" + b"x" * 2000):
        kind = (
            "application/sparql-query" if body[:1] == b"A" else "application/x-www-form-urlencoded"
        )
        reply = fetch(f"{server.url}/sparql", method="POST", content_type=kind, body=body)
        assert (reply.status, reply.json["type"].rpartition("/")[2]) == (413, "too-large")
    server.stop()
