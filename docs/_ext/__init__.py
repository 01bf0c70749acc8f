"""What makes the reference: a Sphinx extension that turns the program's own tables into pages.

A page says ``{generated} settings``, and `REFERENCE` says which function writes that, as Markdown.
A page that says ``{repository} deploy/README.md`` shows that file, which has its home elsewhere.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from docs._ext import commands, errors, program, service, vocabulary
from docs._ext.markdown import relinked

ROOT = Path(__file__).parents[2]

REFERENCE: Mapping[str, Callable[[], str]] = {
    "commands": commands.commands,
    "settings": program.settings,
    "filters": program.filters,
    "rdf-formats": program.rdf_formats,
    "result-formats": program.result_formats,
    "export-formats": program.export_formats,
    "input-formats": program.input_formats,
    "exit-codes": errors.exit_codes,
    "error-tree": errors.error_tree,
    "input-problems": errors.input_problems,
    "http-problems": errors.http_problems,
    "routes": service.routes,
    "things": service.things,
    "operations": service.operations,
    "terms": vocabulary.terms,
    "terms-from-elsewhere": vocabulary.terms_from_elsewhere,
    "queries": vocabulary.queries,
}
"""What can be generated, by name."""

PAGES: Mapping[str, str] = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "comparisons.md",
    "deploy/README.md": "running.md",
    "ontology/README.md": "ontology.md",
}
"""The pages that show files from outside this folder, by the paths of the files."""


_SCROLLED = re.compile(r'<(pre(?=>)|div(?= class="table-wrapper))')


class Generated(SphinxDirective):
    """Shows what a function of `REFERENCE` writes."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The nodes of the Markdown."""
        self.env.note_reread()  # whatever module the table is in
        return _parsed(self, REFERENCE[self.arguments[0]]())


class Repository(SphinxDirective):
    """Shows a Markdown file of the repository that is not in this folder."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The nodes of the Markdown."""
        path = ROOT / self.arguments[0]
        self.env.note_dependency(str(path))
        folder = posixpath.dirname(self.arguments[0])
        return _parsed(self, linked(path.read_text("utf-8"), folder, self.env.docname))


def linked(text: str, folder: str, page: str) -> str:
    """A text with links that fit the page it is shown on.

    Args:
        text: Markdown of a file.
        folder: where the file is, from the top of the repository.
        page: the page's name, like ``reference/cli``.
    """
    here = posixpath.dirname(f"docs/{page}")

    def place(path: str) -> str:
        target = f"docs/{PAGES[path]}" if path in PAGES else path
        return posixpath.relpath(target, here)

    return relinked(text, folder, place)


def setup(app: Sphinx) -> dict[str, Any]:
    """Tells Sphinx what there is here."""
    app.add_directive("generated", Generated)
    app.add_directive("repository", Repository)
    app.connect("source-read", _relink)
    app.connect("html-page-context", _make_focusable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _relink(app: Sphinx, page: str, source: list[str]) -> None:
    source[0] = linked(source[0], posixpath.dirname(f"docs/{page}"), page)


def _make_focusable(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Lets the keyboard reach code and tables that are wider than the page, to scroll them."""
    if "body" in context:
        context["body"] = _SCROLLED.sub(r'<\1 tabindex="0"', context["body"])


def _parsed(directive: SphinxDirective, markdown: str) -> list[nodes.Node]:
    content = nodes.Element()
    lines = StringList(markdown.splitlines(), source=directive.get_source_info()[0])
    directive.state.nested_parse(lines, directive.content_offset, content, match_titles=True)
    return list(content.children)
