"""The clients: how each asks the questions, and which version it has.

Those of other languages are programs in ``clients/`` that are started once for all questions.
"""

from __future__ import annotations

import csv
import importlib.metadata
import json
import os
import subprocess
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pandas
import pyoxigraph as ox
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, TURTLE, SPARQLWrapper

from tests.conftest import ROOT
from tests.federation.standins import program
from tests.interop.questions import GET, POST, Answer, Question, as_json

CLIENTS = Path(__file__).parent / "clients"
NPM = ROOT / "tests" / "npm"
RESULTS = "application/sparql-results+json"
SECONDS = 300
"""How long a program may take: the first that imports decoupler compiles it."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client of SPARQL.

    Attributes:
        ask: gives its answers by the names of the questions, after an endpoint, the questions and
            an empty folder; questions that it cannot ask have none.
        version: tells its version.
        lacks: what it cannot do or does wrongly, by feature, and why.
    """

    ask: Callable[[str, Sequence[Question], Path], dict[str, Answer]]
    version: Callable[[], str]
    lacks: dict[str, str]


def run(
    command: Sequence[str | Path],
    *,
    given: str = "",
    cwd: Path = ROOT,
    fails: bool = False,
) -> str:
    """What a program prints, in UTF-8; if it fails, what it says of that, too.

    Args:
        command: the program and its arguments.
        given: its standard input.
        cwd: the folder that it runs in.
        fails: whether it may fail.
    """
    done = subprocess.run(
        [program(str(command[0])), *command[1:]],
        input=given,
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        encoding="utf-8",
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert fails or done.returncode == 0, done.stderr
    return done.stdout if done.returncode == 0 else f"{_FAILED}{done.stdout}{done.stderr}"


_FAILED = "failed: "


# Commands, asked one question after the other


def of_curl(endpoint: str, question: Question) -> Answer:
    """curl's answer: the body as it comes."""
    graph = question.form == "CONSTRUCT"
    accept = f"Accept: {'application/n-triples' if graph else RESULTS}"
    get = ["--get"] if question.method == GET else []
    sent = ["--data-urlencode", f"query={question.query}"]
    told = run(["curl", "-sS", "--fail-with-body", *get, endpoint, "-H", accept, *sent], fails=True)
    if told.startswith(_FAILED):
        return {"error": told}
    return {"graph": told} if graph else {"results": json.loads(told)}


def of_roqet(endpoint: str, question: Question) -> Answer | None:
    """roqet's answer; it has only GET."""
    if question.method == POST:
        return None
    told = run(["roqet", "-q", "-r", "xml", "-p", endpoint, "-e", question.query], fails=True)
    if told.startswith(_FAILED):
        return {"error": told}
    try:
        found = ox.parse_query_results(told, format=ox.QueryResultsFormat.XML)
    except SyntaxError as error:
        return {"error": f"no results: {error}"}
    assert isinstance(found, ox.QuerySolutions)
    written = found.serialize(format=ox.QueryResultsFormat.JSON)
    assert written is not None
    return {"results": json.loads(written)}


# Libraries of Python


def of_sparqlwrapper(endpoint: str, question: Question) -> Answer:
    """SPARQLWrapper's answer."""
    graph = question.form == "CONSTRUCT"
    wrapper = SPARQLWrapper(endpoint)
    wrapper.setReturnFormat(TURTLE if graph else JSON)
    wrapper.setMethod(question.method)
    wrapper.setQuery(question.query)
    found = wrapper.queryAndConvert()
    if graph:
        assert isinstance(found, bytes)
        return {"graph": rdflib.Graph().parse(data=found, format="turtle").serialize(format="nt")}
    return {"results": found}


def of_sparqlstore(endpoint: str, question: Question) -> Answer:
    """The answer of rdflib's SPARQLStore."""
    found = rdflib.Graph(SPARQLStore(endpoint, method=question.method)).query(question.query)
    if found.graph is not None:
        return {"graph": found.graph.serialize(format="nt")}
    written = found.serialize(format="json")
    assert written is not None
    return {"results": json.loads(written)}


def of_pandas(endpoint: str, question: Question) -> Answer | None:
    """The answer of pandas, which reads tables from addresses."""
    if question.method == POST or question.form == "CONSTRUCT":
        return None
    address = f"{endpoint}?{urlencode({'query': question.query, 'format': 'csv'})}"
    if question.form == "ASK":
        [[answer]] = pandas.read_csv(address, header=None).to_numpy().tolist()
        return {"results": {"head": {}, "boolean": answer}}
    rows = pandas.read_csv(address, dtype=str, keep_default_na=False)
    return {"cells": [list(rows.columns), *rows.to_numpy().tolist()]}


def one_by_one(
    ask: Callable[[str, Question], Answer | None],
) -> Callable[[str, Sequence[Question], Path], dict[str, Answer]]:
    """Asks all questions one after the other; what is raised is what a user is told."""

    def answers(endpoint: str, questions: Sequence[Question], _: Path) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        for question in questions:
            try:
                with warnings.catch_warnings():
                    # SPARQLWrapper and rdflib use what rdflib has deprecated.
                    warnings.simplefilter("ignore")
                    answer = ask(endpoint, question)
            except Exception as error:  # noqa: BLE001 - a client may raise what it likes
                answer = {"error": str(error)}
            if answer is not None:
                found[question.name] = answer
        return found

    return answers


# Programs, asked all questions at once


def of_node(
    name: str, *arguments: str
) -> Callable[[str, Sequence[Question], Path], dict[str, Answer]]:
    """Asks a program of JavaScript in `CLIENTS`, which gets the file of questions and arguments."""

    def answers(endpoint: str, questions: Sequence[Question], folder: Path) -> dict[str, Answer]:
        asked = folder / "questions.json"
        asked.write_text(as_json(endpoint, questions), "utf-8")
        program = (CLIENTS / name).read_text("utf-8")
        return json.loads(node(program, asked, *arguments))  # type: ignore[no-any-return]

    return answers


def node(text: str, *arguments: str | Path) -> str:
    """What a program of JavaScript prints; it finds the packages of `NPM`."""
    return run(["node", "--input-type=module", "-", *arguments], given=text, cwd=NPM)


def of_perl(endpoint: str, questions: Sequence[Question], folder: Path) -> dict[str, Answer]:
    """The answers of RDF::Query::Client."""
    asked = folder / "questions.json"
    asked.write_text(as_json(endpoint, questions), "utf-8")
    return json.loads(run(["perl", CLIENTS / "rdf-query-client.pl", asked]))  # type: ignore[no-any-return]


def of_r(endpoint: str, questions: Sequence[Question], folder: Path) -> dict[str, Answer]:
    """The answers of R's read.csv, which reads tables from addresses."""
    asked = folder / "questions.csv"
    with asked.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "form", "query"])
        for one in questions:
            if one.method == GET and one.form != "CONSTRUCT":
                writer.writerow([one.name, one.form, one.query])
    return json.loads(run(["Rscript", CLIENTS / "read-csv.R", endpoint, asked]))  # type: ignore[no-any-return]


# Versions


def of_python(name: str) -> Callable[[], str]:
    """The version of a package of Python."""
    return lambda: importlib.metadata.version(name)


def of_npm(name: str) -> Callable[[], str]:
    """The version of a package of npm that is asked for in `NPM`."""
    return lambda: str(json.loads((NPM / "package.json").read_text("utf-8"))["dependencies"][name])


def told_by(*command: str) -> Callable[[], str]:
    """The version that a command prints as its first number."""
    return lambda: next(
        word for word in run(command).replace(",", " ").split() if word[:1].isdigit()
    )


_TABLE = "a table has no triples"
_BY_ADDRESS = "reads addresses, which is GET"
_STATUS = "status alone"
CLIENT = {
    "curl": Client(one_by_one(of_curl), told_by("curl", "--version"), {}),
    "SPARQLWrapper": Client(one_by_one(of_sparqlwrapper), of_python("SPARQLWrapper"), {}),
    "rdflib SPARQLStore": Client(
        one_by_one(of_sparqlstore),
        of_python("rdflib"),
        {"error 400": "says that something is wrong"},
    ),
    "pandas read_csv": Client(
        one_by_one(of_pandas),
        of_python("pandas"),
        {"SELECT, POST": _BY_ADDRESS, "CONSTRUCT": _TABLE, "error 400": _STATUS},
    ),
    "R read.csv": Client(
        of_r,
        told_by("R", "--version"),
        {"SELECT, POST": _BY_ADDRESS, "CONSTRUCT": _TABLE, "error 400": _STATUS},
    ),
    "roqet": Client(
        one_by_one(of_roqet),
        told_by("roqet", "--version"),
        {
            "SELECT, POST": "has only GET",
            "ASK": "prints no rows for either answer",
            "CONSTRUCT": "accepts tables alone, so 406",
            "error 400": _STATUS,
        },
    ),
    "RDF::Query::Client": Client(
        of_perl,
        told_by("perl", "-MRDF::Query::Client", "-e", "print $RDF::Query::Client::VERSION"),
        {},
    ),
    "Comunica": Client(
        of_node("comunica.mjs"),
        of_npm("@comunica/query-sparql"),
        {"no PREFIX": "parses queries itself"},
    ),
    "fetch-sparql-endpoint": Client(
        of_node("rdf-js.mjs", "fetch-sparql-endpoint"), of_npm("fetch-sparql-endpoint"), {}
    ),
    "sparql-http-client": Client(
        of_node("rdf-js.mjs", "sparql-http-client"), of_npm("sparql-http-client"), {}
    ),
}
"""The clients by the names that the document calls them."""
