"""The body of a request for a gene list, checked."""

from __future__ import annotations

import json
from difflib import get_close_matches
from http import HTTPStatus

from flask import request

from rdfconv.errors import UsageError, shown
from server.api.gene_lists import GENES, MEMBERS, MOST_GENES
from server.problems import Problem
from server.search import JSON

_KNOWN = {one.name: one for one in MEMBERS}


def read() -> tuple[dict[str, str], dict[str, object]]:
    """The members that are parameters, as texts, and the genes.

    Raises:
        Problem: it is not sent as JSON.
        UsageError: it is no JSON, or a member is unknown, missing or wrong.
    """
    if request.mimetype != JSON.media_type:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE.phrase,
            f"The body is sent as {shown(request.mimetype)}.",
            hint=f"send it with Content-Type: {JSON.media_type}",
        )
    members = _members(request.get_data())
    genes = _genes(members.pop(GENES.name, None))
    return {name: _value(name, value) for name, value in members.items()}, {GENES.name: genes}


def _members(content: bytes) -> dict[str, object]:
    try:
        found = json.loads(content)
        # A half of a surrogate pair is no text, and no database takes it.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise UsageError("the body is no JSON text", hint='send {"genes": ["SOX4"]}') from None
    if not isinstance(found, dict):
        raise UsageError("the body is no JSON object", hint='send {"genes": ["SOX4"]}')
    return found


def _genes(genes: object) -> list[str]:
    """The genes that are given."""
    hint = f"send 1 to {MOST_GENES} accessions, NCBI gene ids or symbols as a list of texts"
    if genes is None:
        raise UsageError(f"the member {GENES.name!r} is missing", hint=hint)
    if not isinstance(genes, list) or not 1 <= len(genes) <= MOST_GENES:
        raise UsageError(f"the member {GENES.name!r} is no list of that length", hint=hint)
    for gene in genes:
        if not isinstance(gene, str):
            raise UsageError(f"{shown(json.dumps(gene))} is no gene", hint=hint)
        GENES.check(gene)
    return genes


def _value(name: str, value: object) -> str:
    """A parameter's value as text."""
    if name not in _KNOWN:
        near = get_close_matches(name, (GENES.name, *_KNOWN), n=1)
        raise UsageError(
            f"there is no member {shown(name)}",
            hint=f"did you mean {near[0]!r}?"
            if near
            else f"there are {', '.join((GENES.name, *_KNOWN))}",
        )
    is_number = _KNOWN[name].least is not None
    if is_number and isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON has no whole numbers of their own
    if not isinstance(value, int if is_number else str) or isinstance(value, bool):
        raise UsageError(
            f"{name} is {shown(json.dumps(value))}",
            hint="send a number" if is_number else "send a text",
        )
    return _KNOWN[name].check(str(value))
