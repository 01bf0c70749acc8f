"""The build report as a page: one HTML file without scripts, and nothing from outside.

The page is made from what ``report.json`` holds, so both tell the same numbers. It depends on
nothing else: two builds of one input differ in the times alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from rdfconv.errors import shown

UNITS = {"row": "rows", "page": "pages", "binding site": "sites", "triple": "rdf"}
"""The units whose totals must add up, with their keys; of others only rejections are counted."""

INPUTS_SHOWN = 1000
"""How many inputs the page names; ``report.json`` names all."""

OPEN_PLACES = 10
"""Lists of more places than these are folded."""

STAGES = {
    "convert": "read the inputs, write the triples",
    "load": "load the store and compact it",
    "count": "count distinct edges and triples",
    "index": "write the table of edges and the index of names",
    "downloads": "write the files for download",
    "describe": "count what the description says, and write it",
}
"""What the stages of a build do."""


class Sum(NamedTuple):
    """The totals of one unit.

    Attributes:
        unit: a name of `UNITS`.
        counts: read, written, merged and rejected.
        fault: in which way they do not add up; "" if they do.
    """

    unit: str
    counts: Mapping[str, int]
    fault: str

    @property
    def sentence(self) -> str:
        """The totals in words.

        >>> Sum("row", {"read": 4, "written": 2, "merged": 1, "rejected": 1}, "").sentence
        '4 rows read: 2 written, 1 merged, 1 rejected.'
        """
        written, merged, rejected = (
            f"{self.counts[name]:,} {name}" for name in ("written", "merged", "rejected")
        )
        read = counted(self.counts["read"], self.unit)
        return f"{read} read: {written}, {merged}, {rejected}."


def write(told: Mapping[str, Any], file: Path, page: Path) -> None:
    """Writes a report as ``report.json`` and as ``report.html``.

    Args:
        told: the report, as `rdfconv.report.Report.as_json` gives it.
        file: the JSON file.
        page: the HTML file.

    Raises:
        OSError: a file cannot be written.
    """
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    # A file name that is not UTF-8 holds lone surrogates; "\udcff" is what JSON writes for one.
    file.write_text(text, "utf-8", errors="backslashreplace", newline="\n")
    page.write_text(render(told), "utf-8", newline="\n")


def render(told: Mapping[str, Any]) -> str:
    """The page of a report.

    Args:
        told: the report, as `rdfconv.report.Report.as_json` gives it or ``report.json`` holds it.
    """
    environment = Environment(
        loader=PackageLoader("rdfconv"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(number=_number, plain=plain, shown=shown, words=_words)
    environment.globals.update(counted=counted, coverage=coverage)
    return environment.get_template("report.html").render(
        told=told,
        sums=_sums(told),
        sentences=list(_sentences(told)),
        rejections=_reasons(told["rejected"]),
        warnings=_reasons(told["warnings"]),
        inputs_shown=INPUTS_SHOWN,
        open_places=OPEN_PLACES,
        stages=STAGES,
    )


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def plain(text: str) -> str:
    """A text with what cannot be seen, or would turn the text around it, as escapes.

    >>> plain("a\\x0bb\\u202ec d")
    'a\\\\x0bb\\\\u202ec d'
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def coverage(problem: Mapping[str, Any]) -> str:
    """How much of its problems a list of places shows; a cut list says so.

    Args:
        problem: ``count`` problems, of which the places in ``first`` stand for ``listed``.

    >>> coverage({"count": 12345, "listed": 2, "first": [{}, {}]})
    'the first 2 of 12,345'
    >>> coverage({"count": 3, "listed": 3, "first": [{}, {}]})
    '2 different, for all 3'
    """
    count, listed, places = problem["count"], problem["listed"], len(problem["first"])
    if listed < count:
        if places == listed:
            return f"the first {places:,} of {count:,}"
        return f"the first {places:,} different, for {listed:,} of {count:,}"
    if places < count:
        return f"{places:,} different, for all {count:,}"
    return "one" if count == 1 else f"all {count:,}"


def _sums(told: Mapping[str, Any]) -> list[Sum]:
    """The totals of the units that the input has."""
    sums = []
    for unit, key in UNITS.items():
        counts: Mapping[str, int] = told[key]
        fault = _fault(counts, _reasons(told["rejected"], unit))
        if counts["read"] or fault:
            sums.append(Sum(unit, counts, fault))
    return sums


def _sentences(told: Mapping[str, Any]) -> Iterator[str]:
    """The report in a few sentences."""
    sums = _sums(told)
    for one in sums:
        yield one.sentence
    if not sums:
        yield "No rows and no pages were read."
    units = dict.fromkeys(reason["unit"] for reason in told["rejected"].values())
    for unit in units:
        if unit not in UNITS:
            yield f"{counted(_reasons(told['rejected'], unit), unit)} rejected."
    warnings = _reasons(told["warnings"])
    yield f"{counted(warnings, 'warning')}." if warnings else "No warnings."
    if told["triples"] is not None:
        yield f"{counted(told['triples'], 'triple')} in the store's default graph."


def _fault(counts: Mapping[str, int], reasons: int) -> str:
    """Why counts do not add up; "" if they do."""
    parts: Sequence[int] = [counts[name] for name in ("written", "merged", "rejected")]
    if sum(parts) != counts["read"]:
        terms = " + ".join(f"{part:,}" for part in parts)
        return f"{terms} = {sum(parts):,}, not {counts['read']:,}"
    if reasons != counts["rejected"]:
        return f"the reasons tell of {reasons:,} rejected, not {counts['rejected']:,}"
    return ""


def _reasons(kinds: Mapping[str, Any], unit: str | None = None) -> int:
    """How many problems there are, of one unit or of all."""
    return sum(kind["count"] for kind in kinds.values() if unit in (None, kind["unit"]))


def _number(value: int) -> str:
    return f"{value:,}"


def _words(name: str) -> str:
    """A record's name in words: ``DetectionMethod`` is ``Detection method``."""
    return re.sub(r"(?<=.)([A-Z])", r" \1", name).capitalize()
