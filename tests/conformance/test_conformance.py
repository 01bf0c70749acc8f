"""The W3C's SPARQL 1.1 tests, one by one; those that are known to fail must fail as told."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from tests.conformance.checks import CHECKS, Failure
from tests.conformance.conftest import PASSED, RESULTS, known_failure_of, known_failures
from tests.conformance.manifests import Case, cases

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_w3c(case: Case, endpoint: str) -> None:
    known = known_failure_of(case.id)
    if case.kind == "GraphStoreProtocolTest":
        endpoint = endpoint.removesuffix("/sparql") + "/graph-store"
    if known is None:
        CHECKS[case.kind](case, endpoint)
        RESULTS[case.id] = PASSED
        return
    failure = failure_of(case, endpoint)
    assert failure is not None, f"it passes: take it out of expected.toml ({known.reason})"
    assert failure.status == known.answer, f"it fails otherwise than told: {failure}"
    RESULTS[case.id] = known.reason


def failure_of(case: Case, endpoint: str) -> Failure | None:
    try:
        CHECKS[case.kind](case, endpoint)
    except Failure as failure:
        return failure
    return None


def test_every_known_failure_is_a_test() -> None:
    for known in known_failures():
        for pattern in known.tests:
            assert any(fnmatchcase(case.id, pattern) for case in CASES), pattern


def test_the_groups_are_whole() -> None:
    """As many tests as the W3C's manifests have, without those that the README leaves out."""
    assert len(CASES) == 643 - 70 - 18
    assert len({case.id for case in CASES}) == len(CASES)
