"""The programs that pages show: run for real, they give what the page lists."""

from __future__ import annotations

import ast
import csv
import io
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.pages.snippets import Snippet, snippets
from tests.server.markup import Element, read
from tests.server.stored import Stored
from tests.server.web import fetch

NODE = shutil.which("node")
R = shutil.which("Rscript")
PATIENCE = 60
PAGES = [
    "/protein/Q06945.html?scale=small",
    "/protein/Q06945.html?name=a",
    "/interaction/P11308_Q06945.html",
    "/interactions?database=TRRUST&name=%22%5C",
    "/database/HTRI.html",
    "/gene/6659.html",
]
"""Pages with queries; one has quotes and backslashes in its query."""


def run(*command: str, text: str = "") -> str:
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def queries_of(url: str, path: str) -> list[tuple[str, dict[str, str]]]:
    """Each query of a page, with the programs that ask it, by their languages."""
    page = read(fetch(url + path, accept="text/html").text)
    found = []
    for details in page.section("behind").all("details"):
        title = details.all("summary")[0].text
        queries = details.all("pre", aria_label=f"{title}, SPARQL")
        if queries:
            programs = {
                name: details.one("pre", aria_label=f"{title}, {name}").raw
                for name in ("curl", "Python", "R", "JavaScript")
            }
            found.append((queries[0].raw, programs))
    assert found
    return found


def asked(url: str, query: str) -> list[list[str]]:
    """The rows of a query as CSV has them."""
    reply = fetch(f"{url}/sparql", query={"query": query, "format": "csv"})
    assert reply.status == 200, reply.text
    return list(csv.reader(io.StringIO(reply.text)))[1:]


def listed(page: Element) -> int:
    return sum(len(section.rows()) for section in page.all("section", class_="edges"))


@pytest.mark.parametrize("path", PAGES)
def test_curl(base_url: str, path: str) -> None:
    total = 0
    for query, programs in queries_of(base_url, path):
        out = run("bash", "-e", text=programs["curl"].replace("curl ", "curl --silent --fail "))
        rows = list(csv.reader(io.StringIO(out)))[1:]
        assert rows == asked(base_url, query)
        total += len(rows)
    if "evidence" not in path and ("protein" in path or "interactions" in path):
        assert total == listed(read(fetch(base_url + path, accept="text/html").text))


@pytest.mark.parametrize("path", PAGES)
def test_python(base_url: str, path: str) -> None:
    for query, programs in queries_of(base_url, path):
        program = programs["Python"] + "\nprint([list(row.values()) for row in rows])\n"
        out = run(sys.executable, "-", text=program).splitlines()
        rows = ast.literal_eval(out[-1])
        assert rows == asked(base_url, query)
        assert out[0].startswith(f"{len(rows)} ")


@pytest.mark.parametrize("path", PAGES)
def test_javascript(base_url: str, path: str) -> None:
    for query, programs in queries_of(base_url, path):
        program = programs["JavaScript"] + "\nconsole.log('rows', results.bindings.length);\n"
        out = run(NODE or "", "--input-type=module", "-", text=program).splitlines()
        assert out[-1] == f"rows {len(asked(base_url, query))}"


@pytest.mark.parametrize("path", PAGES)
def test_r(base_url: str, path: str) -> None:
    for query, programs in queries_of(base_url, path):
        program = programs["R"] + "\ncat('\\nrows', nrow(rows), '\\n')\n"
        out = run(R or "", "-", text=program).splitlines()
        assert out[-1].split() == ["rows", str(len(asked(base_url, query)))]


def test_several_reports_of_an_edge_are_several_rows(crafted: tuple[str, Stored]) -> None:
    ((query, programs),) = queries_of(crafted[0], "/protein/P00002.html?scale=small")[:1]
    assert len(asked(crafted[0], query)) == 1
    assert "smallScale true" in programs["R"]


# Any query, in any language


def by_language(query: str, endpoint: str = "http://x/sparql") -> dict[str, Snippet]:
    return {snippet.language: snippet for snippet in snippets(endpoint, query)}


def query_of_python(program: str) -> Any:
    for statement in ast.parse(program).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "query":
            return ast.literal_eval(statement.value)
    raise AssertionError(program)


def query_of_r(program: str) -> str:
    """What R reads between the first quotes: backslash and quote are the only escapes there."""
    match = re.match(r'query <- "((?:[^"\\]|\\.)*)"\n', program, re.DOTALL)
    assert match, program
    escapes = set(re.findall(r"\\(.)", match[1], re.DOTALL))
    assert escapes <= {"\\", '"'}
    return re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), min_size=1)


@given(TEXTS)
@example('SELECT * { ?s rdfs:label """a\\"b""" }')
@example('ends in a quote "')
@example('"""')
@example("back\\slash\\")
@example("`${process.exit(1)}`")
@example("{}%s$(id)`id`'")
def test_any_query_is_quoted(query: str) -> None:
    found = by_language(query)
    wanted = query.strip()
    assert shlex.split(found["curl"].text.replace("\\\n", " ", 1))[-1] == f"query={wanted}"
    assert query_of_python(found["Python"].text) == wanted
    assert query_of_r(found["R"].text) == wanted


def test_any_query_is_quoted_in_javascript(tmp_path: Path) -> None:
    queries = [
        'SELECT * { ?s rdfs:label """a\\"b""" }',
        "`${process.exit(1)}`",
        "back\\slash\\ \\u0041 \\",
        "$`{",
        "</script>",
        "'\"\n\t\u2028",
    ]
    lines = ["const all = [];"]
    for query in queries:
        first = by_language(query)["JavaScript"].text.partition("\nconst url")[0]
        lines.append(f"{{ {first} all.push(query); }}")
    lines.append("console.log(JSON.stringify(all));")
    out = run(NODE or "", "--input-type=module", "-", text="\n".join(lines))
    assert ast.literal_eval(out) == [query.strip() for query in queries]


@pytest.mark.parametrize("host", ['a"b', "a'b", "a$(id)", "a`id`", "a\\b", "a b", "<script>"])
def test_no_host_gets_into_programs(base_url: str, host: str) -> None:
    """The address in a program is the request's own: a name that is none is not repeated."""
    reply = fetch(f"{base_url}/gene/6659.html", headers={"Host": host})
    assert reply.status == 400 or host not in read(reply.text).section("behind").text
