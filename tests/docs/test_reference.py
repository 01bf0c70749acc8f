"""The reference: what the program has, it tells; what it tells, the program has."""

from __future__ import annotations

import re
from dataclasses import fields

import click
import pytest

from docs._ext import PAGES, REFERENCE, ROOT, errors, linked, service, vocabulary
from rdfconv.cli import all_commands
from rdfconv.config import Settings
from rdfconv.errors import ExitCode
from rdfconv.examples import examples
from rdfconv.exports import EXPORT_FORMATS
from rdfconv.filters import NAMES
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.problems import Kind
from rdfconv.readers.kinds import KINDS
from server.api.operations import OPERATIONS, PREFIX
from server.pages import links
from tests.server.test_endpoint_docs import named


def first_column(name: str) -> list[str]:
    """What stands in code in the first column of a generated table."""
    cells = re.findall(r"^\| (`.+?`) \|", REFERENCE[name](), re.MULTILINE)
    return [one for cell in cells for one in re.findall("`([^`]+)`", cell)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("settings", [one.name for one in fields(Settings)]),
        ("filters", list(NAMES)),
        ("rdf-formats", list(RDF_FORMATS)),
        ("result-formats", list(RESULT_FORMATS)),
        ("export-formats", list(EXPORT_FORMATS)),
        ("input-formats", list(KINDS)),
        ("operations", [f"{one.method} {PREFIX}{one.path}" for one in OPERATIONS]),
        ("things", [f"/{path}/NAME" for path in links.KINDS]),
    ],
)
def test_tables_are_whole(name: str, expected: list[str]) -> None:
    assert first_column(name) == expected


def test_input_problems_are_all_told() -> None:
    assert sorted(first_column("input-problems")) == sorted(kind.value for kind in Kind)


def test_http_problems_are_those_that_the_endpoint_tells() -> None:
    found = errors.all_http_problems()
    assert {one.name for one in found} == named("Errors")
    assert first_column("http-problems") == [one.name for one in sorted(found)]
    told = next(one for one in found if one.name == "timeout")
    assert (told.status, told.title) == (504, "The query took too long")


def test_exit_codes() -> None:
    lines = errors.exit_codes().splitlines()[2:]
    assert [int(line.split("|")[1]) for line in lines] == [code.value for code in ExitCode]


def test_the_error_tree_is_indented() -> None:
    text = errors.error_tree()
    assert "| `RdfconvError` | `rdfconv.errors` | The root of the tree. | 1 |" in text
    assert "| · `UsageError` |" in text
    assert "| · · `UnknownProteinError` | `rdfconv.client.errors` |" in text


def test_commands_and_options_are_all_told() -> None:
    text = REFERENCE["commands"]()
    assert re.findall(r"^## rdfconv (\S+)$", text, re.MULTILINE) == sorted(all_commands())
    for name, command in all_commands().items():
        section = text.partition(f"## rdfconv {name}\n")[2].partition("\n## ")[0]
        options = [
            option
            for parameter in command.params
            if isinstance(parameter, click.Option)
            for option in (*parameter.opts, *parameter.secondary_opts)
        ]
        assert [option for option in options if option not in section] == []
        assert section.count("```sh") == 1, f"{name} has no examples"


def test_every_route_is_told_once() -> None:
    app = service.application()
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    operations = {PREFIX + one.path.replace("{", "<").replace("}", ">") for one in OPERATIONS}
    things = {f"/{path}/<name:name>" for path in links.KINDS}
    told = first_column("routes")
    assert len(told) == len(set(told))
    assert set(told) == rules - operations - things
    assert {"/sparql", "/graph/<path:name>", "/api/v1/openapi.json"} <= set(told)
    assert all(line.split("|")[3].strip() for line in service.routes().splitlines())


def test_terms_are_all_told() -> None:
    found = vocabulary.vocabulary()
    own = [view for section in found.sections() for view in section.terms]
    text = REFERENCE["terms"]()
    assert text.count("\n### ") == len(own) > 50
    assert all(f"| Term | `{view.curie}` |" in text for view in own)
    others = [view.curie for view in found.terms_from_elsewhere()]
    assert first_column("terms-from-elsewhere") == others


def test_queries_are_those_of_the_ontology() -> None:
    text = REFERENCE["queries"]()
    assert re.findall(r"```sparql\n(.*?)\n```", text, re.DOTALL) == [
        one.text.strip("\n") for one in examples()
    ]


def test_everything_that_can_be_generated_is_shown() -> None:
    pages = (ROOT / "docs").rglob("*.md")
    text = "".join(page.read_text("utf-8") for page in pages if "_build" not in page.parts)
    shown = re.findall(r"^```\{generated\} (\S+)$", text, re.MULTILINE)
    assert sorted(shown) == sorted(REFERENCE)
    files = re.findall(r"^```\{repository\} (\S+)$", text, re.MULTILINE)
    assert {*files, "README.md"} == set(PAGES)


@pytest.mark.parametrize(
    ("text", "folder", "page", "expected"),
    [
        ("[a](../deploy/README.md#x)", "docs", "endpoint", "[a](running.md#x)"),
        ("[a](../deploy/README.md)", "docs/reference", "reference/cli", "[a](../deploy/README.md)"),
        ("[a](../docs/api.md)", "deploy", "running", "[a](api.md)"),
        ("[a](nginx.conf)", "deploy", "running", "[a](../deploy/nginx.conf)"),
        ("[a](https://b.c/d.md) [e](#f)", "docs", "api", "[a](https://b.c/d.md) [e](#f)"),
    ],
)
def test_links_lead_to_pages(text: str, folder: str, page: str, expected: str) -> None:
    assert linked(text, folder, page) == expected
