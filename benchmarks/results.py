"""The home of results: a comparison as a table in docs/benchmarks.md and as a chart beside it.

The document has a pair of markers for each comparison; what stands between them is replaced as a
whole, table and chart together, so that both are always of one run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.measure import Machine
from benchmarks.sides import BenchmarkError
from rdfconv.output import write_pieces

DOCUMENT = "benchmarks.md"
CHARTS = "benchmarks"
"""The folder of the charts, beside the document."""
WIDTH, NAME_WIDTH, RATIO_WIDTH = 720, 250, 70
LINE, BAR, HEAD = 26, 16, 44
"""Pixels of the chart: a line, a bar in it, and what stands above the first line."""


@dataclass(frozen=True, slots=True)
class Row:
    """A side of a comparison.

    Attributes:
        group: what it shares with its neighbours, such as the input; "" for nothing.
        name: the side, with its version where it has one.
        ratio: its speed over that of the side that is the unit; None if it has none.
        cells: the other columns, as text.
    """

    group: str
    name: str
    ratio: float | None
    cells: tuple[str, ...]

    @property
    def told(self) -> str:
        """The ratio as text.

        >>> Row("", "a", 0.0481, ()).told, Row("", "a", 12.34, ()).told, Row("", "a", None, ()).told
        ('0.05', '12.3', '-')
        >>> Row("", "a", 0.0018, ()).told
        '0.002'
        """
        if self.ratio is None:
            return "-"
        digits = 1 if self.ratio >= 10 else 2 if self.ratio >= 0.01 else 3
        return f"{self.ratio:.{digits}f}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one run found.

    Attributes:
        key: the name of its markers and of its chart.
        title: what is compared.
        unit: which side has the ratio 1, and what a ratio above it means.
        columns: the headings of the columns behind name and ratio.
        rows: the sides, those of a group one after the other.
        notes: what a reader must know of the figures; sentences.
        machine: where it ran.
        day: when, as in 2026-01-31.
    """

    key: str
    title: str
    unit: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    machine: Machine
    day: str


def today() -> str:
    """The day of a run that begins now."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def rdfconv_version() -> str:
    """This project's name and version."""
    return f"rdfconv {version('rdfconv')}"


def table(comparison: Comparison) -> str:
    """The comparison in Markdown: the run, the ratios first, and the notes."""
    where = comparison.machine
    head = ["ratio", "side", *comparison.columns]
    lines = [
        f"{comparison.unit} {comparison.day}, {where.cpu}, {where.cores} cores, "
        f"{where.memory / 1e9:.0f} GB, {where.system}, Python {where.python}, "
        f"load {where.load} at the start."
    ]
    for group, rows in groupby(comparison.rows, lambda row: row.group):
        lines += ["", *([f"**{group}**", ""] if group else [])]
        lines += [_line(head), _line(["---"] * len(head))]
        lines += [_line([row.told, row.name, *row.cells]) for row in rows]
    lines += ["", *(f"- {note}" for note in comparison.notes)]
    return "\n".join(lines).rstrip() + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def chart(comparison: Comparison) -> str:
    """The comparison as an SVG document: a bar for each ratio, as long as the ratio is large.

    It has no script, loads nothing, and follows the light or dark scheme; a title and a
    description say the same to those who do not see it.
    """
    rows = [row for row in comparison.rows if row.ratio is not None]
    longest = max((row.ratio or 0 for row in rows), default=0) or 1
    room = WIDTH - NAME_WIDTH - RATIO_WIDTH
    body: list[str] = []
    y = HEAD
    for group, members in groupby(rows, lambda row: row.group):
        if group:
            body.append(_text("group", 16, y + BAR, group))
            y += LINE
        for row in members:
            length = max(1.0, room * (row.ratio or 0) / longest)
            body.append(_text("name", NAME_WIDTH - 8, y + BAR - 3, row.name))
            body.append(
                f'<rect class="bar" x="{NAME_WIDTH}" y="{y}" width="{length:.1f}" height="{BAR}"/>'
            )
            body.append(_text("ratio", NAME_WIDTH + length + 6, y + BAR - 3, row.told))
            y += LINE
    told = "; ".join(
        f"{row.group + ', ' if row.group else ''}{row.name}: {row.told}" for row in rows
    )
    unit = NAME_WIDTH + room / longest
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 8}" '
            f'width="{WIDTH}" height="{y + 8}" role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(comparison.title)}</title>',
            f'<desc id="desc">{escape(f"{comparison.unit} {told}.")}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="back" width="{WIDTH}" height="{y + 8}"/>',
            _text("head", 16, 26, comparison.title),
            f'<line class="unit" x1="{unit:.1f}" x2="{unit:.1f}" y1="{HEAD - 6}" y2="{y}"/>',
            *body,
            "</svg>",
            "",
        ]
    )


# Text has a contrast of at least 12 : 1 on either ground, bars one of at least 5 : 1.
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1c1f23}"
    ".head{font-size:15px;font-weight:600}.group{font-weight:600}.name{text-anchor:end}"
    ".back{fill:#fff}.bar{fill:#2c6fb3}.unit{stroke:#6b7280;stroke-dasharray:3 3}"
    "@media(prefers-color-scheme:dark){text{fill:#e6e8eb}.back{fill:#15181c}"
    ".bar{fill:#6aa9e9}.unit{stroke:#9aa3ad}}"
)


def _text(role: str, x: float, y: float, text: str) -> str:
    return f'<text class="{role}" x="{x:.1f}" y="{y}">{escape(text)}</text>'


def markers(key: str) -> tuple[str, str]:
    """The lines around what is written of a comparison."""
    return f"<!-- {key}: written by a run -->", f"<!-- end of {key} -->"


def written(document: str, comparison: Comparison) -> str:
    """The document with the comparison between its markers.

    Raises:
        BenchmarkError: the markers are not there once each, in order.
    """
    begin, end = markers(comparison.key)
    head, _, rest = document.partition(begin)
    _, found, tail = rest.partition(end)
    if not found or begin in rest or end in tail:
        raise BenchmarkError(f"the document needs the lines {begin!r} and {end!r}, once each")
    picture = f"![{comparison.title}]({CHARTS}/{comparison.key}.svg)"
    return f"{head}{begin}\n{picture}\n\n{table(comparison)}{end}{tail}"


def write(comparison: Comparison, folder: Path) -> None:
    """Puts a comparison into the document of a folder, and its chart beside it.

    Raises:
        BenchmarkError: the document has no place for it.
        OSError: the document cannot be read.
        RdfconvError: a file cannot be written.
    """
    document = folder / DOCUMENT
    text = written(document.read_text("utf-8"), comparison)
    (folder / CHARTS).mkdir(exist_ok=True)
    write_pieces(str(folder / CHARTS / f"{comparison.key}.svg"), [chart(comparison).encode()])
    write_pieces(str(document), [text.encode()])


def pinned(requirements: Path) -> Mapping[str, str]:
    """The versions that a file of requirements pins, by the package's name.

    >>> pinned(Path("benchmarks/requirements.txt"))["morph_kgc"]
    '2.10.0'
    """
    return dict(_pins(requirements.read_text("utf-8").splitlines()))


def _pins(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if found := re.fullmatch(r"([\w.-]+)==(\S+)", line.strip()):
            yield found[1], found[2]
