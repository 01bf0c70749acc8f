"""The network around a protein: ``/network`` as a page, ``/network.json`` as data.

The page holds the data of its picture and a table made from the same data. Every change (a filter,
an expansion) is another address; the page's scripts (``static/network``) fetch that page and take
its parts over, so picture and table always come from one answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for

from rdfconv.config import Settings
from rdfconv.edges.reader import Choice, EdgeTable
from rdfconv.errors import UsageError, shown
from rdfconv.filters import NAMES, Filter, parse
from rdfconv.identifiers import ACCESSION, UNIPROT
from server.caching import begin
from server.engine import Engine
from server.negotiation import HTML
from server.pages import protein
from server.pages.network_data import (
    ADDED,
    MOST_NODES,
    NODES,
    Hub,
    Network,
    Wanted,
    document,
    id_of,
    read_network,
)
from server.parameters import given
from server.problems import Problem
from server.reader import Reader, consistent
from server.streaming import RELEASE_HEADER, content_type

SCRIPTS = ("layout-base.js", "cose-base.js", "cytoscape.min.js", "cytoscape-fcose.js")
"""The scripts of others that the picture needs, in the order in which they are loaded."""
EXPANSIONS = 20
"""How many proteins one address may expand."""
CANDIDATES = 10
"""How many proteins a 404 proposes at most."""
FEWEST_NODES = 2
SIZES = (25, 50, 100, NODES)
"""What the page proposes as the number of proteins."""
PAPERS = (0, 1, 2, 3, 5, 10)
"""What the page proposes as the least number of primary papers."""
EXPORTS = ("cyjs", "sif", "tsv")
"""The formats in which the page links the whole network of a protein."""

FILTERS = tuple(name for name in NAMES if name not in ("tf", "target"))
"""The filters that the picture knows; its ends follow from the protein."""
NAMES_OF_ALL = ("protein", *FILTERS, "nodes", "among", "expand")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows: the network, what its filters could be set to, and the filter in words."""

    network: Network
    databases: list[Choice]
    methods: list[Choice]
    words: str


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The routes."""
    routes = Blueprint("network", __name__)

    def read(ask: Callable[[Reader], T]) -> tuple[T, str]:
        return consistent(engine, settings, ask)

    def wanted_now() -> Wanted:
        return _wanted(lambda name: read(lambda reader: _candidates(reader, name))[0])

    @routes.get("/network")
    def network_page() -> Response:
        wanted = wanted_now()
        begin(engine.release(), "network", request.url)
        view, release = read(lambda reader: _view(reader.edges, wanted))
        response = Response(_html(view), content_type=content_type(HTML))
        response.headers[RELEASE_HEADER] = release
        response.headers["Link"] = (
            f'<{url_for("network.network_data")}?{wanted.query()}>; rel="alternate"; '
            'type="application/json"'
        )
        return response

    @routes.get("/network.json")
    def network_data() -> Response:
        wanted = wanted_now()
        begin(engine.release(), "network.json", request.url)
        network, release = read(lambda reader: _network(reader.edges, wanted))
        body = json.dumps(document(network), ensure_ascii=False, separators=(",", ":")) + "\n"
        response = Response(body, content_type="application/json")
        response.headers[RELEASE_HEADER] = release
        return response

    return routes


# What is asked for


def _wanted(candidates: Callable[[str], dict[str, str]]) -> Wanted:
    """What the request asks for.

    Args:
        candidates: finds the proteins that have a name.

    Raises:
        UsageError: a parameter is unknown, given twice, or not of its kind.
        Problem: no protein is named, or by something else than its accession.
    """
    values = given(NAMES_OF_ALL, repeatable=("expand",))
    accession = values.get("protein", "").strip()
    if not accession:
        raise UsageError(
            "no protein is named", hint="give its accession, as in /network?protein=Q06945"
        )
    if not ACCESSION.fullmatch(accession.upper()):
        raise _malformed(accession, candidates(accession))
    expand = [_expanded(text) for text in request.args.getlist("expand") if text.strip()]
    if len(expand) > EXPANSIONS:
        raise UsageError(
            f"{len(expand)} proteins are to be expanded, more than {EXPANSIONS}",
            hint="begin with the network of another protein",
        )
    return Wanted(
        accession.upper(),
        parse({name: values[name] for name in FILTERS if name in values}),
        _size(values.get("nodes", "")),
        tuple(expand),
        _yes(values.get("among", "")),
    )


def _expanded(text: str) -> str:
    accession = text.strip().upper()
    if not ACCESSION.fullmatch(accession):
        raise UsageError(
            f"'expand' names {shown(text)}, which is no UniProtKB accession",
            hint="accessions look like Q06945",
        )
    return accession


def _size(text: str) -> int:
    if not text.strip():
        return NODES
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    if not FEWEST_NODES <= number <= NODES:
        raise UsageError(
            f"{shown(text)} is no number of proteins to begin with",
            hint=f"use {FEWEST_NODES} to {NODES}; expand a protein to see more",
        )
    return number


def _yes(text: str) -> bool:
    if text not in ("", "no", "yes"):
        raise UsageError(f"{shown(text)} is no answer to 'among'", hint="use yes or no")
    return text == "yes"


# What is read


def _network(table: EdgeTable, wanted: Wanted) -> Network:
    network = read_network(table, wanted)
    if network is None:
        raise _unknown(wanted.protein)
    return network


def _view(table: EdgeTable, wanted: Wanted) -> View:
    return View(
        _network(table, wanted),
        _choices(table, wanted, "database"),
        _choices(table, wanted, "method"),
        wanted.filter.words(table.name_of),
    )


def _choices(table: EdgeTable, wanted: Wanted, name: str) -> list[Choice]:
    """What the edges of the protein in the middle could be narrowed to, sorted by name."""
    found = {
        choice.value: choice
        for side in ("tf", "target")
        for choice in table.choices(wanted.filter.but(**{side: wanted.protein}), name)
    }
    return sorted(found.values(), key=lambda choice: (choice.name.upper(), choice.value))


def _candidates(reader: Reader, name: str) -> dict[str, str]:
    found = protein.proteins_named(reader, name, CANDIDATES)
    return {
        accession: url_for("network.network_page", protein=accession) for accession in sorted(found)
    }


# The page


def _html(view: View) -> str:
    network, wanted = view.network, view.network.wanted
    data = document(network)
    return render_template(
        "network.html",
        data=data,
        nodes={one["data"]["id"]: one["data"] for one in data["elements"]["nodes"]},
        network=network,
        wanted=wanted,
        hubs=[_hub_view(hub, wanted) for hub in network.hubs],
        complete={id_of(hub.protein) for hub in network.hubs if hub.is_complete},
        may_expand=not network.is_full and len(wanted.expand) < EXPANSIONS,
        most_nodes=MOST_NODES,
        most_expansions=EXPANSIONS,
        added=ADDED,
        databases=_with(view.databases, wanted.filter.database),
        methods=_with(view.methods, wanted.filter.method),
        papers=sorted({*PAPERS, wanted.filter.min_papers}),
        most_first=NODES,
        sizes=sorted({*SIZES, wanted.nodes}),
        words=view.words,
        kept={
            name: value
            for name, value in wanted.filter.parameters().items()
            if name not in ("scale", "database", "method", "min_papers")
        },
        scripts=SCRIPTS,
        address=lambda **changes: _address(wanted, **changes),
    )


def _with(choices: Iterable[Choice], value: str) -> list[Choice]:
    """Choices with the one that is made, though nothing may be left of it."""
    found = list(choices)
    if value and value not in {choice.value for choice in found}:
        found.append(Choice(value, value, 0))
    return found


def _address(wanted: Wanted, *, expand: str = "", middle: str = "", filtered: bool = True) -> str:
    """The address of another picture.

    Args:
        expand: a protein that is expanded as well.
        middle: a protein that stands in the middle instead, with nothing expanded.
        filtered: whether the filter is the same; else there is none.
    """
    other = Wanted(
        middle or wanted.protein,
        wanted.filter if filtered else Filter(),
        wanted.nodes,
        () if middle else (*wanted.expand, *([expand] if expand else [])),
        wanted.among,
    )
    return f"{url_for('network.network_page')}?{other.query()}"


def _hub_view(hub: Hub, wanted: Wanted) -> Mapping[str, object]:
    """What the page says of a protein whose partners are shown, with links to all of them."""

    def lists(side: str) -> dict[str, str]:
        wanted_of = wanted.filter.but(**{side: hub.protein.accession})
        addresses = {}
        for suffix in ("", *EXPORTS):
            # As in the picture's own file: two proteins may have one name.
            ids = {"ids": "uniprot"} if suffix == "sif" else {}
            query = urlencode({**wanted_of.parameters(), **ids})
            addresses[suffix] = f"/interactions{suffix and '.' + suffix}?{query}"
        return addresses

    return {"hub": hub, "regulators": lists("target"), "targets": lists("tf")}


# What is not there


def _malformed(name: str, found: Mapping[str, str]) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no-such-protein",
        "There is no such protein",
        f"{shown(name)} is no UniProt accession, which looks like Q06945 or A0A024RBG1.",
        hint=(
            "these proteins have it for a name"
            if found
            else "no protein has it for a name either; use the search box"
        ),
        available=found,
    )


def _unknown(accession: str) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no-such-protein",
        "There is no such protein",
        f"{accession} is well-formed, but this release knows nothing of it ({UNIPROT}{accession}).",
        hint="search for the protein's name: it may be listed under another accession",
    )
