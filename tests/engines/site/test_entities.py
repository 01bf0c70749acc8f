"""The tests of ``tests/server/test_entities.py``, with other engines behind the site."""

from tests.server.test_entities import *  # noqa: F403 - tests and the fixtures that they have
