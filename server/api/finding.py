"""The site's search, and the numbers of the release."""

from __future__ import annotations

from dataclasses import asdict

from rdfconv.filters import Filter
from rdfconv.search.terms import Kind
from server import search
from server.api.asking import Asked
from server.api.objects import Object
from server.api.parameters import KIND, PAGE
from server.pages.edge_lists import no_such_page
from server.pages.start import read_facts
from server.search.query import read
from server.search.results import find

COUNTED_BY = ("organism", "scale", "database", "method", "mode", "dataset")
"""The filters whose values the statistics count."""


def search_all(asked: Asked) -> Object:
    """What the site's search finds: things by kind, edges, or what may have been meant.

    Raises:
        Problem: there is no such page.
    """
    kind = Kind(asked.values[KIND.name]) if KIND.name in asked.values else None
    page = int(asked.values.get(PAGE.name, PAGE.default)) if kind else 1
    names = search.index(asked.release)
    results = find(names, asked.reader, read(asked.values["q"]), kind, page)
    for group in results.groups:
        if page > group.pages:
            raise no_such_page(group.pages, f"page={group.pages}")
    kinds = []
    for group in results.groups:
        told = group.as_json()
        del told["next"]  # an address of the site's own search
        kinds.append({**told, "next_page": page + 1 if page < group.pages else None})
    return {**results.as_json(), "kinds": kinds}


def statistics(asked: Asked) -> Object:
    """What the release holds, and how many edges there are of each kind."""
    facts = read_facts(asked.reader)
    return {
        "counts": [{"what": what, "number": number} for number, what in facts.counts],
        "data_sets": [asdict(one) for one in facts.data_sets],
        "interactions": {
            "total": asked.table.count(Filter()),
            "by": {
                name: [asdict(choice) for choice in asked.table.choices(Filter(), name)]
                for name in COUNTED_BY
            },
        },
    }
