"""Tells what the planner makes of a query, as JSON and as plain text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rdfconv.formats import Format
from server.planning import Plan
from server.planning.engine import Run, Table
from server.planning.rewriting import Change
from server.problems import PLAIN
from server.query_text import place_of

JSON = Format("json", "JSON", "application/json", (), (".json",), False, "")
FORMATS = {JSON.name: JSON, PLAIN.name: PLAIN}
"""The formats of an explanation."""


def document(
    plan: Plan, release: str, services: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The plan as a document for JSON.

    Args:
        plan: the plan.
        release: the id of the release whose numbers it rests on.
        services: what would be asked of other endpoints (`server.federation.explaining`).
    """
    return {
        "release": release,
        "changed": plan.changed,
        "query": plan.given,
        "rewritten": plan.text,
        "steps": [_step(change, plan.given) for change in plan.changes],
        "services": [*services],
    }


def written(
    plan: Plan, release: str, fmt: Format, services: Sequence[Mapping[str, Any]] = ()
) -> str:
    """The plan in one of the `FORMATS`; see `document`."""
    found = document(plan, release, services)
    if fmt is JSON:
        return json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    return "\n".join(_lines(found)) + "\n"


def _step(change: Change, text: str) -> dict[str, Any]:
    place = place_of(text, change.start)
    step: dict[str, Any] = {
        "line": place.line,
        "column": place.column,
        "changed": change.changed,
        "reason": change.reason,
    }
    if change.before is not None:
        step["before"] = _run(change.before)
    if change.after is not None:
        step["after"] = _run(change.after)
    return step


def _run(run: Run) -> dict[str, Any]:
    """How the engine goes about a join: ``cost`` counts triples and solutions."""
    order = []
    for step in run.steps:
        part = step.part
        words = " ".join(part.text.split())
        kind = "table" if isinstance(part, Table) else "pattern"
        order.append({kind: words, "solutions": _rounded(step.solutions)})
    return {"cost": _rounded(run.cost), "order": order}


def _rounded(number: float) -> float:
    """Three digits are more than an estimate has.

    >>> _rounded(123456.7), _rounded(0.012345)
    (123000.0, 0.0123)
    """
    return float(f"{number:.3g}")


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"Release {found['release']}"
    yield "The engine gets another text." if found["changed"] else "The engine gets it as it is."
    for name, title in (("query", "The query"), ("rewritten", "The engine gets")):
        yield f"\n{title}:\n\n{found[name].rstrip()}"
    for step in found["steps"]:
        yield f"\nLine {step['line']}, column {step['column']}: {step['reason']}"
        for name, title in (("before", "As written"), ("after", "As sent")):
            if name in step:
                yield f"\n  {title}, at a cost of about {step[name]['cost']:,.15g}:"
                for part in step[name]["order"]:
                    words = part.get("pattern") or part.get("table")
                    yield f"    {part['solutions']:>14,.15g}  {words}"
    for one in found["services"]:
        yield f"\nLine {one['line']}, column {one['column']}: {' and '.join(one['endpoints'])}"
        if one["values"]:
            yield f"\n  The values of {' '.join(one['values'])} come first, by"
            yield f"\n{one['first']}\n\n  and go there, {one['rows']:,} rows at a time at most, in"
        else:
            yield "\n  It shares nothing with the rest, so all is asked for:"
        yield f"\n{one['request']}"
