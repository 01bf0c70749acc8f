"""What the tests of pages have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.stored import Stored


@pytest.fixture(scope="session")
def stored(sample_release: Path) -> Stored:
    """The store of the sample."""
    return Stored(sample_release)
