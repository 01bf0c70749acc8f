"""What can go wrong: exit codes, errors of the library, problems of the input and of HTTP."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from werkzeug.exceptions import MethodNotAllowed, NotFound, RequestEntityTooLarge

import server
from docs._ext.markdown import code, plain, prose, sections, table
from rdfconv.errors import ExitCode, RdfconvError, ReleaseError, UsageError
from rdfconv.problems import Kind, Unit
from server.engine import EngineError, ErrorKind
from server.problems import problem_of

_WITH_ERRORS = ("rdfconv.client.errors", "rdfconv.fetching.client")
"""The modules that define errors for callers of the library, beside `rdfconv.errors`."""


def exit_codes() -> str:
    """The exit codes of every command."""
    return table(["code", "name", "meaning"], ([str(c.value), c.name, c.meaning] for c in ExitCode))


def error_tree() -> str:
    """The errors that the library raises, each below the one that it is a kind of."""
    for module in _WITH_ERRORS:
        importlib.import_module(module)
    rows = (
        [
            f"{'· ' * depth}{code(error.__name__)}",
            code(error.__module__),
            prose((inspect.getdoc(error) or "").partition("\n")[0]),
            str(error.exit_code.value),
        ]
        for depth, error in _tree(RdfconvError, 0)
    )
    return table(["error", "module", "meaning", "exit code"], rows)


def _tree(error: type[RdfconvError], depth: int) -> Iterator[tuple[int, type[RdfconvError]]]:
    yield depth, error
    for below in sorted(error.__subclasses__(), key=lambda one: one.__name__):
        if below.__module__ in (RdfconvError.__module__, *_WITH_ERRORS):
            yield from _tree(below, depth + 1)


_UNITS = {
    Unit.ROW: "Rows that are rejected",
    Unit.PAGE: "Pages that are rejected",
    Unit.FILE: "Files that are rejected",
    Unit.SITE: "Binding sites that are rejected",
    Unit.WARNING: "Warnings: nothing is left out",
}


def input_problems() -> str:
    """What can be wrong with the input, by what it costs."""
    return sections(
        *(
            sections(
                f"### {title}",
                table(
                    ["kind", "what is wrong", "what to do, or what was done"],
                    (
                        [code(kind.value), plain(kind.message), plain(kind.hint)]
                        for kind in Kind
                        if kind.unit is unit
                    ),
                ),
            )
            for unit, title in _UNITS.items()
        )
    )


@dataclass(frozen=True, slots=True, order=True)
class HttpProblem:
    """A problem that a server answers with.

    Attributes:
        status: the HTTP status.
        name: what its ``type`` ends in.
        title: what is wrong; "" if the code makes it from the request.
        hint: what to do; "" if that is not always the same.
    """

    status: int
    name: str
    title: str
    hint: str


def http_problems() -> str:
    """The problems of the server, sorted by status."""
    rows = (
        [code(one.name), str(one.status), plain(one.title), plain(one.hint)]
        for one in sorted(all_http_problems())
    )
    return table(["type", "status", "title", "what to do"], rows)


def all_http_problems() -> list[HttpProblem]:
    """One for each status, name and title: of queries, of requests, and those of single routes."""
    errors = (
        *(EngineError(kind, "") for kind in ErrorKind),
        *(UsageError(""), ReleaseError(""), RuntimeError()),
        *(NotFound(), MethodNotAllowed(), RequestEntityTooLarge()),
    )
    found = []
    for error in errors:
        one = problem_of(error)
        # The methods that a route takes are told of each request.
        hint = "" if isinstance(error, MethodNotAllowed) else one.hint
        found.append(HttpProblem(int(one.status), one.name, one.title, hint))
    folder = Path(server.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        if "node_modules" not in path.parts:
            found += _raised(ast.parse(path.read_text("utf-8")))
    kinds: dict[tuple[int, str, str], set[str]] = {}
    for problem in found:
        kinds.setdefault((problem.status, problem.name, problem.title), set()).add(problem.hint)
    return [
        HttpProblem(*kind, hints.pop() if len(hints) == 1 else "") for kind, hints in kinds.items()
    ]


def _raised(module: ast.Module) -> Iterator[HttpProblem]:
    """The problems that a module makes with a name of its own."""
    for call in ast.walk(module):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            continue
        if call.func.id != "Problem" or len(call.args) < 3:
            continue
        status, name, title = call.args[:3]
        if not (isinstance(status, ast.Attribute) and isinstance(name, ast.Constant)):
            continue
        hints = [one.value for one in call.keywords if one.arg == "hint"]
        code_of = HTTPStatus[status.attr]
        text = _text(title) or (code_of.phrase if isinstance(title, ast.Attribute) else "")
        yield HttpProblem(int(code_of), str(name.value), text, _text(*hints))


def _text(*nodes: ast.expr) -> str:
    """The text of a constant; "" for anything else."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
    return ""
