"""The query behind a page, and how to ask the same from a shell and from programs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from shlex import quote
from urllib.parse import urlencode

from flask import request


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a program that asks for what a page shows."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Behind:
    """The query behind a page.

    Attributes:
        title: what the query asks.
        query: its text.
        run: the address that runs it.
        snippets: how to ask it otherwise.
    """

    title: str
    query: str
    run: str
    snippets: list[Snippet]


def behind(title: str, query: str) -> Behind:
    """The query behind a page of the request's own site, a SELECT."""
    endpoint = request.url_root + "sparql"
    run = f"/sparql?{urlencode({'query': query})}"
    return Behind(title, query, run, snippets(endpoint, query))


def snippets(endpoint: str, query: str) -> list[Snippet]:
    """How to send a SELECT query and get a table.

    >>> print(snippets("http://127.0.0.1:8080/sparql", "SELECT * {}")[0].text)
    curl --get http://127.0.0.1:8080/sparql --header 'Accept: text/csv' \\
      --data-urlencode 'query=SELECT * {}'
    """
    text = query.strip()
    # Quotes in threes, or at the end, would end the string.
    python = re.sub(
        r'"{3,}|"+\Z', lambda quotes: '\\"' * len(quotes[0]), text.replace("\\", "\\\\")
    )
    r = text.replace("\\", "\\\\").replace('"', '\\"')
    return [
        Snippet(
            "curl",
            f"curl --get {quote(endpoint)} --header 'Accept: text/csv' \\\n"
            f"  --data-urlencode {quote('query=' + text)}",
        ),
        Snippet(
            "Python",
            "import csv, io, urllib.parse, urllib.request\n\n"
            f'query = """{python}"""\n'
            f'url = "{endpoint}?" + urllib.parse.urlencode({{"query": query, "format": "csv"}})\n'
            "with urllib.request.urlopen(url) as answer:\n"
            '    rows = list(csv.DictReader(io.TextIOWrapper(answer, "utf-8")))\n'
            "print(len(rows), rows[:3])",
        ),
        Snippet(
            "R",
            f'query <- "{r}"\n'
            f'url <- paste0("{endpoint}?format=csv&query=", URLencode(query, reserved = TRUE))\n'
            "rows <- read.csv(url)\n"
            "head(rows)",
        ),
        Snippet(
            "JavaScript",
            f"const query = {_template(text)};\n"
            f"const url = {json.dumps(endpoint + '?')} + "
            'new URLSearchParams({ query, format: "json" });\n'
            "const answer = await fetch(url);\n"
            "const { results } = await answer.json();\n"
            "console.log(results.bindings.length, results.bindings.slice(0, 3));",
        ),
    ]


def _template(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return f"`{escaped}`"
