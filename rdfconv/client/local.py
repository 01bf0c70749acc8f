"""A release's folder as a source: its store, read in this process, without a server."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph

from rdfconv.client.answers import Answer, answer_of, query_error
from rdfconv.errors import ReleaseError
from rdfconv.release import open_release
from rdfconv.vocabulary import PREFIXES


class LocalSource:
    """Answers from the release that was current when it was opened.

    Args:
        root: the releases' folder, or one release.

    Raises:
        ReleaseError: there is none, or it cannot be read.
    """

    def __init__(self, root: Path) -> None:
        release = open_release(root)
        self._release = release.id
        try:
            self._store: pyoxigraph.Store | None = pyoxigraph.Store.read_only(str(release.store))
        except OSError as error:
            raise ReleaseError(
                f"the store of {release.path} cannot be read: {error}",
                hint="build the release again",
            ) from error

    def ask(self, query: str) -> Answer:
        """The answer to a query.

        Raises:
            QueryError: it is not SPARQL.
            ReleaseError: the store cannot be read, or the source is closed.
        """
        if self._store is None:
            raise ReleaseError("this source was closed", hint="connect again")
        try:
            return answer_of(self._store.query(query, prefixes=dict(PREFIXES)), self._release)
        except SyntaxError as error:
            raise query_error(error) from error
        except OSError as error:
            raise ReleaseError(f"the store cannot be read: {error}") from error

    def close(self) -> None:
        """Lets go of the store."""
        self._store = None
