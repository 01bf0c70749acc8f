"""Readers of RDF take the documents of a real server; each reads the same triples from each format.

What they are compared with is the document's N-Triples, which `tests/server/test_entities.py`
compares with the store.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from pyld import jsonld

from tests.interop.programs import CLIENTS, node, of_npm, of_python, run, told_by
from tests.interop.tables import Tables
from tests.server.web import fetch

HEADING = "Readers of RDF"
FORMATS = {"ttl": "Turtle", "nt": "N-Triples", "jsonld": "JSON-LD", "rdf": "RDF/XML"}
"""The endings of addresses, and what the document calls the formats."""
DOCUMENTS = (
    "protein/Q06945",
    "interaction/P11308_Q06945",
    "evidence/z6di3ratu7gbsqyr466xf4kdek",
    "gene/6659",
    "paper/17721441",
    "organism/9606",
    "database/GTRD",
    "method/MI_0402",
    "dataset/tflink-1.0",
    "page/Q06945",
    "bindingsite/TFLinkSS09281087",
    "assembly/hg38",
    "ontology",
)
"""One of each kind."""
NOT_ITS = "not its format"

Read = Mapping[str, str]
"""What a reader found: N-Quads by the names of files; those that it cannot read are missing."""


@pytest.fixture(scope="module")
def folder(base_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all documents in all formats."""
    folder = tmp_path_factory.mktemp("documents")
    for path in DOCUMENTS:
        for ending in FORMATS:
            reply = fetch(f"{base_url}/{path}.{ending}")
            assert reply.status == 200
            (folder / f"{path.replace('/', '-')}.{ending}").write_bytes(reply.body)
    return folder


def by_file(*endings: str) -> Callable[[Callable[[Path], str]], Callable[[Path], Read]]:
    """Makes a reader of files a reader of a folder's files with some endings."""

    def made(read: Callable[[Path], str]) -> Callable[[Path], Read]:
        return lambda folder: {
            path.name: read(path) for path in folder.iterdir() if path.suffix[1:] in endings
        }

    return made


@by_file("ttl", "nt", "rdf")
def of_rapper(path: Path) -> str:
    guessed = {".ttl": "turtle", ".nt": "ntriples", ".rdf": "rdfxml"}[path.suffix]
    return run(["rapper", "-q", "-i", guessed, "-o", "ntriples", path])


@by_file(*FORMATS)
def of_rdflib(path: Path) -> str:
    with warnings.catch_warnings():
        # rdflib's own JSON-LD reader uses what rdflib has deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return rdflib.Graph().parse(path).serialize(format="nt")


@by_file("jsonld")
def of_pyld(path: Path) -> str:
    options = {"format": "application/n-quads"}
    return str(jsonld.to_rdf(json.loads(path.read_text("utf-8")), options))


def of_javascript(*endings: str) -> Callable[[Path], Read]:
    def read(folder: Path) -> Read:
        program = (CLIENTS / "rdf-readers.mjs").read_text("utf-8")
        found = json.loads(node(program, folder))
        return {name: text for name, text in found.items() if name.rpartition(".")[2] in endings}

    return read


READERS: dict[str, tuple[Callable[[Path], Read], Callable[[], str]]] = {
    "rapper": (of_rapper, told_by("rapper", "--version")),
    "rdflib": (of_rdflib, of_python("rdflib")),
    "PyLD": (of_pyld, of_python("PyLD")),
    "N3.js": (of_javascript("ttl", "nt"), of_npm("n3")),
    "jsonld.js": (of_javascript("jsonld"), of_npm("jsonld")),
}
"""The readers, and their versions, by the names that the document calls them."""


@cache
def triples(text: str) -> frozenset[ox.Quad]:
    """The triples of a document, with its blank nodes named by what is said of them."""
    dataset = ox.Dataset(ox.parse(text, format=ox.RdfFormat.N_QUADS))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(dataset)


@pytest.mark.parametrize("name", READERS)
def test_the_document_has_what_each_reader_reads(
    folder: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # rdflib writes times, numbers ... in a way of its own, if it is not told to leave them.
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    read, version = READERS[name]
    found = read(folder)
    cells = []
    for ending in FORMATS:
        texts = {path: found.get(f"{path.replace('/', '-')}.{ending}") for path in DOCUMENTS}
        if set(texts.values()) == {None}:
            cells.append(NOT_ITS)
            continue
        for path, text in texts.items():
            wanted = triples((folder / f"{path.replace('/', '-')}.nt").read_text("utf-8"))
            assert len(wanted) > 1
            assert triples(text or "") == wanted, (path, ending)
        cells.append("ok")
    tables.add(HEADING, [name, version(), *cells])


def test_the_document_has_nothing_else(tables: Tables) -> None:
    assert [row[0] for row in tables.rows(HEADING)] == list(READERS)
