"""The API's description: it is OpenAPI 3.1, says what the table of operations says, and is true."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from rdfconv import filters
from rdfconv.filters import NAMES, parse
from server.api import openapi
from server.api.operations import OPERATIONS, PREFIX
from server.api.parameters import FILTERS
from server.api.schemas import SCHEMAS
from tests.server.web import fetch

SEED = 1
EXAMPLES = 5
"""How many random requests are made up for each operation, beside those at the limits of values."""


def test_the_served_document_is_valid_and_that_of_the_table(base_url: str) -> None:
    reply = fetch(f"{base_url}{PREFIX}/openapi.json")
    assert (reply.status, reply.media_type) == (200, "application/json")
    document = reply.json
    assert document == openapi.content()
    assert document["openapi"].startswith("3.1.")
    validate(document)
    described = {
        (method.upper(), document["servers"][0]["url"] + path, told["operationId"])
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    }
    assert described == {(one.method, PREFIX + one.path, one.name) for one in OPERATIONS}
    used = reply.text
    assert all(f"#/components/schemas/{name}" in used for name in SCHEMAS)


def test_a_broken_document_is_not_valid() -> None:
    broken = openapi.content()
    del broken["info"]
    with pytest.raises(Exception, match=r".info. is a required property"):
        validate(broken)


def test_the_filters_are_the_filters() -> None:
    assert tuple(FILTERS) == NAMES
    [interactions] = [one for one in OPERATIONS if one.name == "listInteractions"]
    names = [one.name for one in interactions.parameters]
    assert names == [*NAMES, "sort", "limit", "cursor"]
    [genes] = [one for one in OPERATIONS if one.body]
    assert {one.name for one in genes.members} - {"genes", "find", "limit"} == {*NAMES} - {
        "tf",
        "target",
        "name",
    }


def test_what_the_description_allows_the_filters_take() -> None:
    for name, parameter in FILTERS.items():
        values: tuple[str, ...] = parameter.choices
        if parameter.least is not None:
            values = (str(parameter.least), str(parameter.most))
        elif parameter.pattern:
            values = {
                "tf": ("Q06945", "A0A024RBG1"),
                "target": ("Q06945", "A0A024RBG1"),
                "paper": ("1", "99999999"),
                "evidence": ("a" * 26, "234567" + "z" * 20),
            }[name]
        elif not values:
            values = ("x", "x" * parameter.most)
        for value in values:
            parsed = parse({name: parameter.check(value)})
            assert bool(parsed) == (value != "0")
    assert set(FILTERS["mode"].choices) == set(filters.MODES)


def test_made_up_requests_get_what_the_description_says(base_url: str, tmp_path: Path) -> None:
    """Requests at the limits of values, random ones and chains of them, good ones and bad ones:
    none gets a status, a shape or a content type that is not described, none is answered that
    is wrong, none refused that is right, and none is the server's fault."""
    command = [sys.executable, "-m", "schemathesis.cli", "run"]
    command += [f"{base_url}{PREFIX}/openapi.json", "--checks", "all", "--no-color"]
    command += ["--seed", str(SEED), "--max-examples", str(EXAMPLES), "--no-shrink"]
    command += ["--generation-database", "none"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert f"{len(OPERATIONS)} selected / {len(OPERATIONS)} total" in done.stdout
