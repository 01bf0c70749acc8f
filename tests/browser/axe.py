"""Runs axe-core on a page and words what it finds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from playwright.sync_api import CDPSession, Page

from tests.conftest import ROOT

AXE = ROOT / "server" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
"""The impacts that fail a test; axe also knows minor and moderate ones."""

CONTRAST = ("color-contrast", "link-in-text-block")
"""The rules that look at colours."""
RUN = """axe.run(document, {resultTypes: ["violations"], preload: false, %s}).then(result => ({
  url: result.url,
  passes: result.passes.length,
  violations: result.violations.map(rule => ({
    rule: rule.id, impact: rule.impact, help: rule.help,
    places: rule.nodes.map(node => ({target: node.target.join(" "), why: node.failureSummary}))
  }))
}))"""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a page breaks.

    Attributes:
        rule: axe's name of the rule, as ``color-contrast``.
        impact: ``minor``, ``moderate``, ``serious`` or ``critical``.
        help: what the rule asks for.
        places: a CSS selector and what is wrong there, for every place.
    """

    rule: str
    impact: str
    help: str
    places: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        lines = [f"{self.impact}: {self.rule}: {self.help}"]
        for target, why in self.places:
            lines.append(f"  at {target}")
            lines += [f"    {line.strip()}" for line in why.splitlines() if line.strip()]
        return "\n".join(lines)


class Rules(Enum):
    """Which rules are checked."""

    ALL = "rules: {}"
    COLOURS = f"runOnly: {json.dumps(CONTRAST)}"
    """Those that look at colours: what else another scheme could change, there is not."""
    REST = f"rules: {json.dumps({name: {'enabled': False} for name in CONTRAST})}"
    """The others."""


def violations(page: Page, rules: Rules = Rules.ALL) -> list[Violation]:
    """The rules that the page breaks as it stands now.

    axe runs in a world of its own: it sees the page's document, but neither do the page's scripts
    see axe, nor does the page's content security policy have to let it in.

    Raises:
        FileNotFoundError: axe-core is not installed.
        AssertionError: axe failed, or checked nothing.
    """
    if not AXE.exists():
        raise FileNotFoundError(f"the browser tests need {AXE}; run: make vendor")
    session = page.context.new_cdp_session(page)
    try:
        frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})
        context = world["executionContextId"]
        _evaluate(session, context, f"{AXE.read_text('utf-8')}\n;0")
        found = _evaluate(session, context, RUN % rules.value)
    finally:
        session.detach()
    assert found["passes"], f"axe checked nothing on {found['url']}"
    return [
        Violation(
            rule=each["rule"],
            impact=each["impact"] or "unknown",
            help=each["help"],
            places=tuple((place["target"], place["why"]) for place in each["places"]),
        )
        for each in found["violations"]
    ]


def grave(page: Page, rules: Rules = Rules.ALL) -> str:
    """The serious and critical violations as text; empty if there is none."""
    return "\n".join(str(each) for each in violations(page, rules) if each.impact in GRAVE)


def _evaluate(session: CDPSession, context: int, text: str) -> Any:
    reply = session.send(
        "Runtime.evaluate",
        {"expression": text, "contextId": context, "awaitPromise": True, "returnByValue": True},
    )
    assert "exceptionDetails" not in reply, json.dumps(reply["exceptionDetails"], indent=1)
    return reply["result"].get("value")
