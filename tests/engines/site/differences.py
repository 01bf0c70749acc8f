"""Which tests cannot pass with which engine, and what of `DIFFERENCES` is why."""

from __future__ import annotations

from dataclasses import dataclass

ANY = ""


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Tests that an engine cannot pass.

    Attributes:
        engine: the engine, or ``ANY``.
        test: the test's name.
        case: what stands in the names of the cases it is about.
        what: how the difference begins that is the reason, see `server.engine.dialects`.
    """

    engine: str
    test: str
    case: str
    what: str


_PUBLISHED = "a release that is published later"
_BLANK = "DESCRIBE does not tell all of what blank nodes"
TABLE = (
    Otherwise(ANY, "test_a_new_release_is_searched_at_once", "", _PUBLISHED),
    Otherwise("virtuoso", "test_too_deep_and_too_many", "", "groups in groups"),
    Otherwise("virtuoso", "test_a_hint_is_one_line_of_ascii", "", "names with `%`"),
    Otherwise("virtuoso", "test_unusual_documents", "database-Nested", _BLANK),
    Otherwise("virtuoso", "test_unusual_documents", "dataset-mine", _BLANK),
    Otherwise("virtuoso", "test_unusual_documents", "protein-P00003", _BLANK),
)
"""Anything else must pass."""

_SMALL = """a_hint_is_one_line_of_ascii ask construct_and_describe dataset facts_of_a_protein
headers_of_every_answer links_lead_somewhere syntax_errors_name_the_place
the_summary_counts_the_edges too_deep_and_too_many"""
SMALL = frozenset(f"test_{name}" for name in _SMALL.split())
"""The tests that run as a rule."""


def difference(engine: str, test: str, name: str) -> str:
    """Why a test cannot pass with an engine; "" if it must.

    Args:
        engine: the engine.
        test: the test's name.
        name: the same with its case.
    """
    for one in TABLE:
        if one.engine in (ANY, engine) and one.test == test and one.case in name:
            return one.what
    return ""
