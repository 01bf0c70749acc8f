"""The table of what engines cannot pass is about differences that are known, and about tests."""

from __future__ import annotations

import pytest

from server.engine.dialects import ANY as EVERY
from server.engine.dialects import DIFFERENCES, VIRTUOSO
from tests.engines.site import test_entities, test_protocol, test_search
from tests.engines.site.differences import ANY, SMALL, TABLE, Otherwise

MODULES = (test_entities, test_protocol, test_search)
NAMES = {ANY: EVERY, "virtuoso": VIRTUOSO}
"""How the table of differences calls the engines."""


@pytest.mark.parametrize("one", TABLE, ids=lambda one: f"{one.test}-{one.case}")
def test_each_is_a_difference(one: Otherwise) -> None:
    found = [each for each in DIFFERENCES if each.what.startswith(one.what)]
    assert [each.engine for each in found] == [NAMES[one.engine]]
    assert any(hasattr(module, one.test) for module in MODULES)


def test_the_small_set_has_differences() -> None:
    assert SMALL & {one.test for one in TABLE if one.engine != ANY}
