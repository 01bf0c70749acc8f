"""Documents that come in pages, and graphs put together from them."""

from __future__ import annotations

import re

import rdflib
from rdflib.compare import isomorphic

from tests.server.web import Reply, fetch


def links(reply: Reply) -> dict[tuple[str, str], str]:
    """The links of a reply: relation and type, and where they lead."""
    found = re.findall(
        r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?', reply.headers["Link"] or ""
    )
    assert len(found) == (reply.headers["Link"] or "").count("rel=")
    return {(relation, media_type): target for target, relation, media_type in found}


def pages_of(url: str, path: str, accept: str | None = None) -> list[Reply]:
    """A document with all that follow it."""
    found = []
    following: str | None = path
    while following is not None:
        reply = fetch(url + following, accept=accept)
        assert reply.status == 200, reply.text
        found.append(reply)
        following = links(reply).get(("next", ""))
        assert len(found) < 100
    return found


def union(replies: list[Reply]) -> rdflib.Graph:
    graph = rdflib.Graph()
    for reply in replies:
        for triple in reply.graph():
            graph.add(triple)
    return graph


def same(one: rdflib.Graph, other: rdflib.Graph) -> bool:
    """Whether two graphs say the same; tells what differs, where no blank nodes hide it."""
    lost, made_up = set(other) - set(one), set(one) - set(other)
    if not any(isinstance(term, rdflib.BNode) for triple in lost | made_up for term in triple):
        assert (lost, made_up) == (set(), set())
    return bool(isomorphic(one, other))
