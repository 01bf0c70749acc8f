"""The tests of ``tests/server/test_protocol.py``, with other engines behind the site."""

from tests.server.test_protocol import *  # noqa: F403 - tests and the fixtures that they have
