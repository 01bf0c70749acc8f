"""What the endpoint says of itself: the service description, with the release's own metadata.

Tools that find no metadata by their queries read the endpoint's address as RDF; so it holds the
description of the data set, the prefixes and the example queries as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

import pyoxigraph
from pyoxigraph import Literal, NamedNode, Triple

from rdfconv.config import Settings
from rdfconv.formats import Format
from rdfconv.identifiers import METADATA_GRAPHS, TERM, VOID_GRAPH
from rdfconv.serialize import dumps
from rdfconv.vocabulary import METADATA_PREFIXES, PREFIXES
from server.federation.endpoints import allowed
from server.reader import Reader

SD = METADATA_PREFIXES["sd"]
_FORMATS = METADATA_PREFIXES["formats"]
_TYPE = NamedNode(PREFIXES["rdf"] + "type")
RESULT_FORMAT_NAMES = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
    "N-Quads",
    "TriG",
)
"""The W3C's names of the formats in `rdfconv.formats`, results before RDF."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of the endpoint, from the table of settings.

    Attributes:
        term: the ontology's property for it.
        help: what it limits.
        value: the limit in force.
    """

    term: str
    help: str
    value: float


def limits(settings: Settings) -> list[Limit]:
    """The limits in force: the settings that are marked so; 0 is no limit. Those of federation are
    told where there is any.

    The property of ``query_timeout`` is ``tfl:queryTimeout``, and so on.
    """
    return [
        Limit(TERM + local_name(one.name), one.metadata["help"], getattr(settings, one.name))
        for one in fields(settings)
        if one.metadata.get("limit")
        and getattr(settings, one.name)
        and (settings.federate or not one.name.startswith("federate"))
    ]


def local_name(setting: str) -> str:
    """The local name of the property that tells a limit.

    >>> local_name("query_timeout")
    'queryTimeout'
    """
    first, *others = setting.split("_")
    return first + "".join(word.capitalize() for word in others)


def service_description(
    endpoint: str,
    fmt: Format,
    metadata: Iterable[Triple] = (),
    settings: Settings | None = None,
) -> str:
    """The SPARQL 1.1 service description.

    Args:
        endpoint: the URL that the endpoint was asked at.
        fmt: one of `rdfconv.formats.RDF_FORMATS`.
        metadata: what the release says of itself.
        settings: where the limits are taken from that it tells.
    """
    described = list(metadata)
    service = NamedNode(endpoint)
    triples = [
        Triple(service, _TYPE, NamedNode(SD + "Service")),
        Triple(service, NamedNode(SD + "endpoint"), NamedNode(endpoint)),
        Triple(service, NamedNode(SD + "supportedLanguage"), NamedNode(SD + "SPARQL11Query")),
    ]
    triples += [
        Triple(service, NamedNode(SD + "resultFormat"), NamedNode(_FORMATS + name))
        for name in RESULT_FORMAT_NAMES
    ]
    decimal = NamedNode(PREFIXES["xsd"] + "decimal")
    for limit in limits(settings) if settings is not None else ():
        if isinstance(limit.value, float):
            value = Literal(f"{limit.value:f}".rstrip("0").rstrip("."), datatype=decimal)
        else:
            value = Literal(limit.value)
        triples.append(Triple(service, NamedNode(limit.term), value))
    if settings is not None and settings.federate:
        feature = NamedNode(SD + "BasicFederatedQuery")
        triples.append(Triple(service, NamedNode(SD + "feature"), feature))
        triples += [
            Triple(service, NamedNode(TERM + "federatesWith"), NamedNode(iri))
            for iri in sorted(allowed(settings.federate))
        ]
    datasets = _with_type(described, SD + "Dataset")
    if not datasets:
        datasets = [NamedNode(f"{endpoint}#dataset")]
        graph = NamedNode(f"{endpoint}#default-graph")
        described += [
            Triple(datasets[0], _TYPE, NamedNode(SD + "Dataset")),
            Triple(datasets[0], NamedNode(SD + "defaultGraph"), graph),
            Triple(graph, _TYPE, NamedNode(SD + "Graph")),
        ]
    triples += [Triple(service, NamedNode(SD + "defaultDataset"), one) for one in datasets]
    return written([*triples, *described, *_addresses(endpoint, described)], fmt)


def read_metadata(reader: Reader) -> list[Triple]:
    """What the release says of itself: its data set, prefixes and example queries.

    Raises:
        EngineError: there is no answer.
    """
    return [triple for graph in METADATA_GRAPHS for triple in reader.graph(graph)]


def read_void(reader: Reader) -> list[Triple]:
    """The description of the data set; nothing if the release has none.

    Raises:
        EngineError: there is no answer.
    """
    return reader.graph(VOID_GRAPH)


def written(triples: Iterable[Triple], fmt: Format) -> str:
    """Triples without blank nodes as one document."""
    if fmt.name not in ("ttl", "trig"):
        return dumps(triples, fmt)
    content = pyoxigraph.serialize(
        triples,
        format=getattr(pyoxigraph.RdfFormat, fmt.oxigraph),
        prefixes={**PREFIXES, **METADATA_PREFIXES},
    )
    assert content is not None
    return content.decode()


def _addresses(endpoint: str, described: list[Triple]) -> Iterator[Triple]:
    """Where the data set and the example queries can be asked, if the release does not know."""
    for predicate, kind in (
        (PREFIXES["void"] + "sparqlEndpoint", METADATA_PREFIXES["dcat"] + "Dataset"),
        (PREFIXES["schema"] + "target", METADATA_PREFIXES["sh"] + "SPARQLExecutable"),
    ):
        known = {triple.subject for triple in described if triple.predicate.value == predicate}
        for subject in _with_type(described, kind):
            if subject not in known:
                yield Triple(subject, NamedNode(predicate), NamedNode(endpoint))


def _with_type(triples: Iterable[Triple], kind: str) -> list[NamedNode]:
    """The subjects that have a class."""
    class_ = NamedNode(kind)
    return [
        one.subject
        for one in triples
        if one.predicate == _TYPE and one.object == class_ and isinstance(one.subject, NamedNode)
    ]
