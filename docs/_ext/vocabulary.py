"""The ontology's terms and the example queries, from the files of ``ontology/``."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph

from docs._ext.markdown import block, code, plain, sections, spaced, table
from rdfconv.examples import Example, examples
from rdfconv.vocabulary import ontology_folder
from server.terms import Part, Row, TermView, Vocabulary


def vocabulary() -> Vocabulary:
    """The ontology as the server's own page of it shows it."""
    path = ontology_folder() / "tflink.ttl"
    quads = pyoxigraph.parse(path=str(path), format=pyoxigraph.RdfFormat.TURTLE)
    return Vocabulary([quad.triple for quad in quads])


def terms() -> str:
    """A section for each term of our own, by kind."""
    found = vocabulary()
    parts = [f"Version {found.version}. {plain(found.description)}"]
    for section in found.sections():
        parts.append(f"## {plain(section.heading)}")
        parts += [_term(view) for view in section.terms]
    return sections(*parts)


def terms_from_elsewhere() -> str:
    """The terms of others that the data use."""
    views = vocabulary().terms_from_elsewhere()
    rows = ([code(one.curie), plain(one.label), plain(one.kind), plain(one.iri)] for one in views)
    return table(["term", "name", "kind", "IRI"], rows)


def _term(view: TermView) -> str:
    shown = [row for row in view.rows if not row.is_code]
    rows = [["Kind", plain(view.kind)], *([plain(row.heading), _items(row)] for row in shown)]
    return sections(
        f"### {plain(view.label)}",
        plain(view.definition),
        table(["Term", code(view.curie)], rows),
        *(_examples(row) for row in view.rows if row.is_code),
    )


def _items(row: Row) -> str:
    return "; ".join("".join(map(_part, item)) for item in row.items)


def _part(part: Part) -> str:
    return code(part.text) if part.is_code else spaced(part.text)


def _examples(row: Row) -> str:
    texts = ("".join(part.text for part in item) for item in row.items)
    return sections(plain(f"{row.heading}:"), *(block(text) for text in texts))


def queries() -> str:
    """A section for each example query, by level."""
    parts = []
    level = None
    for one in examples():
        if one.level is not level:
            level = one.level
            parts.append(f"## {level.value.capitalize()}")
        parts.append(_query(one))
    return sections(*parts)


def _query(one: Example) -> str:
    return sections(
        f"### {plain(one.title)}",
        plain(one.description),
        _about(one),
        block(one.text, "sparql"),
    )


def _about(one: Example) -> str:
    facts: Iterable[tuple[str, str]] = (
        ("File", code(f"ontology/queries/{one.name}.rq")),
        ("keywords", plain(", ".join(one.keywords))),
        ("asks also", ", ".join(code(iri) for iri in one.federates_with)),
    )
    return "; ".join(f"{name}: {value}" for name, value in facts if value) + "."
