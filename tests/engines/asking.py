"""Asking engines, and what comes."""

from __future__ import annotations

import json
from collections import Counter

import pyoxigraph
import pytest

from rdfconv.examples import examples
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from server.engine import Engine, EngineError, Limits, Query

LIMITS = Limits(60.0, 10.0)
OWN = [one for one in examples() if not one.federates_with]


def content(engine: Engine, text: str, name: str = "json", limits: Limits = LIMITS) -> bytes:
    """An engine's answer."""
    fmt = {**RESULT_FORMATS, **RDF_FORMATS}[name]
    return b"".join(engine.run(Query(text, fmt), limits).chunks)


def failure(engine: Engine, text: str, limits: Limits = LIMITS) -> EngineError:
    """Why there is no answer, or no whole one."""
    with pytest.raises(EngineError) as caught:
        content(engine, text, limits=limits)
    return caught.value


def triples(engine: Engine, text: str) -> set[pyoxigraph.Quad]:
    """The triples that an engine answers with, those of blank nodes apart."""
    found = pyoxigraph.parse(content(engine, text, "nt"), pyoxigraph.RdfFormat.N_TRIPLES)
    blank = pyoxigraph.BlankNode
    return {
        one for one in found if not isinstance(one.subject, blank | type(None))
        and not isinstance(one.object, blank)
    }  # fmt: skip


def rows(engine: Engine, text: str) -> Counter[str]:
    """The rows that an engine answers with."""
    found = json.loads(content(engine, text))
    return Counter(json.dumps(row, sort_keys=True) for row in found["results"]["bindings"])
