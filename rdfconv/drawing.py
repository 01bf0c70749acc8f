"""SVG for diagrams: boxes, arrows and text in one font, as attributes and not as styles.

Without styles and scripts a drawing shows under any content security policy. It has a light ground
of its own, so that it can be read on a dark page, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

CHARACTER = 7.25
"""The width of a character."""
_FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_INK, _QUIET, _GROUND, _HEAD, _BODY = "#1b1f24", "#4a525b", "#ffffff", "#dce8f5", "#f7f9fb"


class Point(NamedTuple):
    """A place, in pixels from the upper left."""

    x: float
    y: float


class Drawing:
    """Collects the parts of a drawing; lines lie under everything else.

    >>> drawing = Drawing()
    >>> drawing.text(Point(4, 20), "a < b")
    >>> print(drawing.document(60, 30, "Title", "What is to be seen.").splitlines()[-2])
    <text x="4" y="20">a &lt; b</text>
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._parts: list[str] = []

    def text(
        self,
        place: Point,
        content: str,
        *,
        anchor: str = "start",
        bold: bool = False,
        quiet: bool = False,
        label: bool = False,
    ) -> None:
        """One line of text.

        Args:
            place: where its base line starts, or is centred, or ends.
            content: the text.
            anchor: ``start``, ``middle`` or ``end``.
            bold: whether it stands out.
            quiet: whether it stands back.
            label: whether it may lie on a line, which then keeps clear of it.
        """
        attributes = "" if anchor == "start" else f' text-anchor="{anchor}"'
        attributes += ' font-weight="bold"' if bold else ""
        attributes += f' fill="{_QUIET}"' if quiet else ""
        if label:
            attributes += f' stroke="{_GROUND}" stroke-width="4" paint-order="stroke"'
        self._parts.append(f"<text {_at(place)}{attributes}>{escape(content)}</text>")

    def arrow(self, path: Sequence[Point], *, bold: bool = False, head: bool = True) -> None:
        """An arrow through some points, or with no head just a line."""
        points = " ".join(f"{_number(point.x)},{_number(point.y)}" for point in path)
        attributes = ' stroke-width="3"' if bold else ""
        if head:
            attributes += f' marker-end="url(#{"bold-" if bold else ""}head)"'
        self._lines.append(f'<polyline points="{points}"{attributes}/>')

    def box(self, place: Point, width: float, height: float, head: float) -> None:
        """A box whose upper part, of the height `head`, is filled."""
        outline = f'stroke="{_INK}" rx="3"'
        self._parts += [
            f'<rect {_at(place)} {_size(width, height)} fill="{_BODY}" {outline}/>',
            f'<rect {_at(place)} {_size(width, head)} fill="{_HEAD}" {outline}/>',
        ]

    def frame(self, place: Point, width: float, height: float, radius: float = 3.0) -> None:
        """A dashed frame."""
        self._lines.append(
            f'<rect {_at(place)} {_size(width, height)} rx="{_number(radius)}" '
            f'stroke="{_QUIET}" stroke-dasharray="4 3"/>'
        )

    def document(self, width: float, height: float, title: str, description: str) -> str:
        """The whole SVG document."""
        size = f"{_number(width)} {_number(height)}"
        marker = 'orient="auto" markerUnits="userSpaceOnUse" viewBox="0 0 10 10"'
        head = f'<path d="M0 0 10 5 0 10z" fill="{_INK}"/></marker>'
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" {_size(width, height)}'
            ' role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(description)}</desc>',
            f'<defs><marker id="head" markerWidth="9" markerHeight="9" refX="10" refY="5" {marker}>'
            + head,
            '<marker id="bold-head" markerWidth="14" markerHeight="14" refX="10" refY="5" '
            f"{marker}>{head}</defs>",
            f'<rect {_size(width, height)} fill="{_GROUND}"/>',
            f'<g fill="none" stroke="{_INK}" stroke-linejoin="round">',
            *self._lines,
            "</g>",
            f'<g font-family={quoteattr(_FONT)} font-size="12" fill="{_INK}">',
            *self._parts,
            "</g></svg>",
        ]
        return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return f"{round(value, 1):g}"


def _at(place: Point) -> str:
    return f'x="{_number(place.x)}" y="{_number(place.y)}"'


def _size(width: float, height: float) -> str:
    return f'width="{_number(width)}" height="{_number(height)}"'
