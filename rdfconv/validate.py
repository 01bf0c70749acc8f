"""Whether data keeps the rules of ``ontology/shapes.ttl``, told in two ways.

The shapes are compiled to queries (`rdfconv.shapes`), which run on a release's store or on a file
loaded into a store in memory. pySHACL, which works on graphs of Python objects, gives a second
opinion on what fits. Both look at the same triples: the default graph, the graph of pages, and the
ontology with the tree of methods, which stand in a release's default graph and are added to a file.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import cast

import pyoxigraph
import rdflib
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Store
from rdflib import SH

from rdfconv.errors import ReleaseError, UsageError
from rdfconv.findings import LIMIT, METHODS, QUERIES, SHACL, Finding, Validation, result_of, text_of
from rdfconv.formats import rdf_format_of
from rdfconv.identifiers import PAGES_GRAPH
from rdfconv.mapping import MappingFile
from rdfconv.rdf_input import RdfFile, load
from rdfconv.release import open_release
from rdfconv.serialize import Term
from rdfconv.shapes import (
    FOCUS_SLOT,
    Check,
    Shape,
    compile_shapes,
    load_shapes,
    node_shapes,
    parents,
    path_text,
)
from rdfconv.vocabulary import FILES, PREFIXES, ontology_folder, short

SHACL_TRIPLES = 1_000_000
"""What pySHACL is given at most: it takes about three minutes and 1.5 GB for as many triples, and
the queries a tenth of the time."""
FOCUS_NODES = 250
"""How many focus nodes a query is asked for at a time, where it compares two sets."""

OnShape = Callable[[str, int, int], None]
"""Called before each shape with its name, its place (from 1) and the number of shapes."""

_PAGES = NamedNode(PAGES_GRAPH)
_SUBCLASSES = f"SELECT ?sub {{ ?sub <{PREFIXES['rdfs']}subClassOf>* <%s> }}"


def validate(
    path: str | PathLike[str],
    *,
    method: str = QUERIES,
    limit: int = LIMIT,
    format: str | None = None,
    on_shape: OnShape = lambda name, place, total: None,
) -> Validation:
    """Checks a release or an RDF file against the shapes.

    Args:
        path: a releases' root, a release, or a file of RDF (``.gz`` if compressed).
        method: one of `METHODS`.
        limit: how many findings of a shape are kept; all are counted.
        format: the file's format, a name of `rdfconv.formats.RDF_FORMATS`; None tells it from the
            file's name.
        on_shape: called before each shape.

    Raises:
        UsageError: the path does not exist, the format is unknown, pySHACL is not installed, or
            the data is too much for it.
        InputError: the file is not RDF; the line is told.
        ReleaseError: the release cannot be opened.
        OntologyError: the shapes have a construct that is not known.
    """
    if method not in METHODS:
        raise UsageError(f"there is no method {method!r}", hint=f"there are: {', '.join(METHODS)}")
    store = open_data(Path(path), format)
    check = by_queries if method == QUERIES else by_shacl
    return check(store, load_shapes(), limit=limit, on_shape=on_shape)


def open_data(path: Path, format: str | None = None) -> Store:
    """The store of a release, or a file and the ontology in a store in memory.

    Raises:
        UsageError, InputError, ReleaseError: see `validate`.
    """
    if path.is_dir():
        release = open_release(path)
        try:
            return Store.read_only(str(release.store))
        except OSError as error:
            raise ReleaseError(f"{release.store} cannot be opened: {error}") from error
    if not path.exists():
        raise UsageError(f"{path} does not exist", hint="name a release's folder or an RDF file")
    fmt = rdf_format_of(path.name, format)
    store = Store()
    load(store, [RdfFile(str(path), str(path.absolute()), fmt.name, path.resolve().as_uri())])
    for name in FILES:  # as a release has them
        store.bulk_load(path=str(ontology_folder() / name), format=pyoxigraph.RdfFormat.TURTLE)
    return store


def by_queries(
    store: Store,
    shapes: rdflib.Graph,
    *,
    limit: int = LIMIT,
    on_shape: OnShape = lambda name, place, total: None,
) -> Validation:
    """Checks a store by queries that the shapes are compiled to."""
    compiled = compile_shapes(shapes, lambda name: _subclasses(store, name))
    in_pages = _classes_of_pages()
    results = []
    for place, shape in enumerate(compiled, 1):
        on_shape(shape.name, place, len(compiled))
        graphs: list[NamedNode | DefaultGraph] = [DefaultGraph()]
        if in_pages.intersection(shape.classes):
            graphs.append(_PAGES)
        findings = (
            finding for check in shape.checks for finding in _found(store, graphs, shape, check)
        )
        results.append(result_of(shape.name, findings, limit))
    return Validation(QUERIES, tuple(results))


def by_shacl(
    store: Store,
    shapes: rdflib.Graph,
    *,
    limit: int = LIMIT,
    on_shape: OnShape = lambda name, place, total: None,
) -> Validation:
    """Checks what is in a store by pySHACL.

    Raises:
        UsageError: pySHACL is not installed, or there is too much for it.
    """
    try:
        import pyshacl
    except ImportError as error:
        raise UsageError(
            "--method shacl needs pySHACL",
            hint="pip install 'rdfconv[validate]', or use --method queries",
        ) from error
    if len(store) > SHACL_TRIPLES:
        raise UsageError(
            f"{len(store):,} triples are too many for pySHACL (at most {SHACL_TRIPLES:,})",
            hint="use --method queries: it checks the same rules",
        )
    names = node_shapes(shapes)
    results = []
    with _quiet():
        data = _rdflib(store)
        for place, shape in enumerate(names, 1):
            name = shape.rpartition("#")[2]
            on_shape(name, place, len(names))
            _, report, _ = pyshacl.validate(
                data, shacl_graph=shapes, use_shapes=[shape], inplace=True, inference="none"
            )
            results.append(result_of(name, _reported(cast(rdflib.Graph, report), shapes), limit))
    return Validation(SHACL, tuple(results))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps rdflib from telling of ill-formed literals, which become findings."""
    log = logging.getLogger("rdflib.term")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="rdflib.term")
            yield
    finally:
        log.setLevel(before)


def _found(
    store: Store, graphs: Sequence[NamedNode | DefaultGraph], shape: Shape, check: Check
) -> Iterator[Finding]:
    """What a check finds."""
    queries = _split(store, graphs, check) if check.focus_query else iter([check.query])
    for query in queries:
        for row in _rows(store, query, graphs):
            value = row["value"] if "?value" in query.partition("{")[0] else None
            path = check.path
            if path == "?path":
                path = short(text_of(row["path"]))
            for index, component in enumerate(check.components):
                if len(check.components) == 1 or text_of(row[f"c{index}"]) == '"true"':
                    yield Finding(
                        shape.name,
                        text_of(row["focus"]),
                        path,
                        component,
                        text_of(value),
                        check.message,
                    )


def _split(store: Store, graphs: Sequence[NamedNode | DefaultGraph], check: Check) -> Iterator[str]:
    """A check's query for some of the focus nodes at a time, so that little is held at once."""
    blank = False

    def named() -> Iterator[str]:
        nonlocal blank
        for row in _rows(store, check.focus_query, graphs):
            if isinstance(row["focus"], BlankNode):
                blank = True  # a query cannot name it
            else:
                yield str(row["focus"])

    nodes = named()
    while some := list(islice(nodes, FOCUS_NODES)):
        yield check.query.replace(FOCUS_SLOT, f"VALUES ?focus {{ {' '.join(some)} }}")
    if blank:
        yield check.query.replace(FOCUS_SLOT, "FILTER(isBlank(?focus))")


def _rows(
    store: Store, query: str, graphs: Sequence[NamedNode | DefaultGraph]
) -> pyoxigraph.QuerySolutions:
    solutions = store.query(query, default_graph=list(graphs))
    if not isinstance(solutions, pyoxigraph.QuerySolutions):
        raise TypeError("a SELECT query gives solutions")
    return solutions


def _subclasses(store: Store, name: str) -> list[str]:
    """A class and its subclasses in the data; the class first, for it is the likeliest."""
    rows = _rows(store, _SUBCLASSES % name, [DefaultGraph()])
    found = {row["sub"].value for row in rows if isinstance(row["sub"], NamedNode)}
    return [name, *sorted(found - {name})]


def _classes_of_pages() -> set[str]:
    """The classes whose members the mapping writes into the graph of pages."""
    found: set[str] = set()
    for record in MappingFile.load().records.values():
        for block in record.blocks:
            if block.subject.graph == PAGES_GRAPH:
                found.update(
                    value.value
                    for predicate, values in block.pairs
                    if predicate == PREFIXES["rdf"] + "type"
                    for value in values
                    if isinstance(value, Term)
                )
    return found


def _rdflib(store: Store) -> rdflib.Graph:
    """The default graph and the graph of pages as one rdflib graph, term by term the same."""
    graph = rdflib.Graph()
    node = cache(_node)  # a term stands in many triples, and rdflib is slow to make one
    for name in (DefaultGraph(), _PAGES):
        for quad in store.quads_for_pattern(None, None, None, name):
            graph.add((node(quad.subject), node(quad.predicate), node(quad.object)))
    return graph


def _node(term: object) -> rdflib.URIRef | rdflib.BNode | rdflib.Literal:
    match term:
        case pyoxigraph.NamedNode():
            return rdflib.URIRef(term.value)
        case pyoxigraph.BlankNode():
            return rdflib.BNode(term.value)
        case pyoxigraph.Literal():
            datatype = None if term.language else rdflib.URIRef(term.datatype.value)
            return rdflib.Literal(
                term.value, lang=term.language, datatype=datatype, normalize=False
            )
    raise TypeError(f"{term!r} has no counterpart")


def _reported(report: rdflib.Graph, shapes: rdflib.Graph) -> Iterator[Finding]:
    """The results of a SHACL report."""
    owners = parents(shapes)
    for result in report.subjects(rdflib.RDF.type, SH.ValidationResult):
        source = report.value(result, SH.sourceShape)
        component = report.value(result, SH.sourceConstraintComponent)
        assert source is not None
        path = shapes.value(source, SH.path)
        if component == SH.ClosedConstraintComponent:
            path = report.value(result, SH.resultPath)
        yield Finding(
            owners[source].rpartition("#")[2],
            text_of(report.value(result, SH.focusNode)),
            path_text(shapes, path) if path is not None else "",
            str(component).removeprefix(str(SH)),
            text_of(report.value(result, SH.value)),
            str(report.value(result, SH.resultMessage)),
        )
