"""A query's answer over HTTP: tagged, from memory if the client has it, streamed if not."""

from __future__ import annotations

from flask import Response

from rdfconv.formats import Format
from server import caching, compression
from server.engine import Engine, Limits, Query
from server.streaming import stream


def answer(engine: Engine, query: Query, limits: Limits, *, keep: bool = True) -> Response:
    """Answers a query.

    Args:
        engine: what answers.
        query: the query.
        limits: its limits.
        keep: whether the same release always gives the same answer.

    Raises:
        caching.Answered: nothing has to be asked.
        EngineError: there is no answer.
    """
    fmt: Format = query.media_type
    if keep:
        graphs = query.default_graphs, query.named_graphs
        # A planned query may have its rows in another order.
        parts = (query.text, query.base, *graphs, fmt.name, query.plan)
        # An answer that may be cut depends on where.
        cut = limits if query.truncate else None
        caching.begin(engine.release(), "query", *parts, cut)
    begun, length = compression.begun(engine.run(query, limits))
    response = stream(begun, fmt)
    if length is not None:
        response.content_length = length
    if not keep:
        response.headers["Cache-Control"] = caching.NOT_KEPT
    return response
