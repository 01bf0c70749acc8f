"""The tests of ``tests/server/test_interactions.py``, with other engines behind the site."""

from tests.server.test_interactions import *  # noqa: F403 - tests and the fixtures that they have
