"""HTML read into a tree, by the standard library: to look into pages as people see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"))
"""The elements that have no end tag."""


@dataclass
class Element:
    """An element with what is in it.

    Attributes:
        tag: its name.
        attrs: its attributes; one without a value has "".
        children: elements and texts, in order.
    """

    tag: str
    attrs: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Element]:
        """All elements within, in the order of the document."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child

    @property
    def raw(self) -> str:
        """The text within, as it is."""
        return "".join(
            child.raw if isinstance(child, Element) else child for child in self.children
        )

    @property
    def text(self) -> str:
        """The text within, with single spaces."""
        return " ".join(self.raw.split())

    def all(self, tag: str, **attrs: str) -> list[Element]:
        """The elements of a name that have these attributes, ``_`` for ``-``, ``class_``."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
        return [
            element
            for element in self
            if element.tag == tag
            and all(_has(element.attrs.get(name), name, value) for name, value in wanted.items())
        ]

    def one(self, tag: str, **attrs: str) -> Element:
        """The only element of a name that has these attributes."""
        found = self.all(tag, **attrs)
        assert len(found) == 1, f"{len(found)} elements {tag} {attrs}"
        return found[0]

    def section(self, id: str) -> Element:
        """The section whose heading has an id."""
        return self.one("section", aria_labelledby=id)

    @property
    def links(self) -> list[str]:
        """Where the links within lead."""
        return [link.attrs["href"] for link in self.all("a") if "href" in link.attrs]

    def rows(self) -> list[list[Element]]:
        """The cells of the rows of the bodies of the tables within."""
        return [
            [cell for cell in row.children if isinstance(cell, Element)]
            for body in self.all("tbody")
            for row in body.all("tr")
        ]

    def terms(self) -> dict[str, Element]:
        """What the lists of facts within say, by the fact's name."""
        found: dict[str, Element] = {}
        name = ""
        for element in self:
            if element.tag == "dt":
                name = element.text
            elif element.tag == "dd":
                assert name not in found, f"{name!r} is there twice"
                found[name] = element
        return found


class _Reader(HTMLParser):
    """Makes the tree; an element that is not closed where it should be is a mistake."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> ends <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(text: str) -> Element:
    """The tree of a page.

    Raises:
        AssertionError: an element is not closed, or something stands in it twice that must not.
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is not closed"
    ids = [element.attrs["id"] for element in reader.root if "id" in element.attrs]
    assert len(ids) == len(set(ids)), "an id is there twice"
    return reader.root


def numbers(text: str) -> list[int]:
    """The numbers in a text, with commas between the thousands.

    >>> numbers("1-100 of 19,771")
    [1, 100, 19771]
    """
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", text)]


def _has(found: str | None, name: str, wanted: str) -> bool:
    if found is None:
        return False
    return wanted in found.split() if name in ("class", "rel") else found == wanted
