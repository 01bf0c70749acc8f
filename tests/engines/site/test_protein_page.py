"""The tests of ``tests/server/test_protein_page.py``, with other engines behind the site."""

from tests.server.test_protein_page import *  # noqa: F403 - tests and the fixtures that they have
