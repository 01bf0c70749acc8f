"""Files of RDF in any format, as inputs of a release beside TFLink's own pages and tables.

Their quads go into the store as they are: triples into the default graph, quads into their own
graphs. They are read by the process that makes the store (`rdfconv.loading`); the build tells it
which files there are, and is told what was in them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO, cast
from xml.parsers import expat

import pyoxigraph

from rdfconv.errors import InputError, UsageError, shown
from rdfconv.formats import RDF_FORMATS, Format
from rdfconv.identifiers import TERM
from rdfconv.readers.sources import InputFile, translated
from rdfconv.vocabulary import PREFIXES

_GZIP = ".gz"
_TYPE = pyoxigraph.NamedNode(PREFIXES["rdf"] + "type")
_EDGE = pyoxigraph.NamedNode(TERM + "RegulatoryInteraction")
BATCH = 1 << 17
"""How many quads are loaded at a time: more take more memory, not less time."""

_XML_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class RdfFile:
    """A file of RDF that is to be loaded.

    Attributes:
        name: the path as it was given.
        path: the path to open.
        format: the format's name in `rdfconv.formats.RDF_FORMATS`.
        base: what relative IRIs in it are resolved against.
    """

    name: str
    path: str
    format: str
    base: str


@dataclass(slots=True)
class RdfInputFile(InputFile):
    """A file of RDF as it was given, with what was read of it.

    Attributes:
        triples: how many triples and quads it holds; one that it says twice counts twice.
    """

    triples: int = 0


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of the files.

    Attributes:
        files: the files with their triples, in order.
        written: how many quads the store has more than before.
        edges: how many regulatory interactions the store had before.
    """

    files: tuple[RdfInputFile, ...]
    written: int
    edges: int


# --- For the build -----------------------------------------------------------------------------


def divided(
    paths: Iterable[Path], kind: str | None = None, base: str = ""
) -> tuple[list[Path], list[RdfFile]]:
    """The inputs for the converter, and those that are RDF by the suffix of their names.

    Args:
        paths: the inputs in any order.
        kind: if it is given, the inputs are of this kind and none of them is RDF.
        base: what relative IRIs are resolved against; "" takes each file's own file: IRI.

    >>> paths = [Path("tests/data/sample"), Path("ontology/shapes.ttl")]
    >>> others, rdf = divided(paths, base="https://example.org/")
    >>> [str(path) for path in others], [(one.name, one.format, one.base) for one in rdf]
    (['tests/data/sample'], [('ontology/shapes.ttl', 'ttl', 'https://example.org/')])

    Raises:
        UsageError: a file of RDF does not exist, or the base is no absolute IRI.
    """
    if base:
        _check_base(base)
    others, files = [], []
    for path in paths:
        fmt = None if kind else rdf_format(path)
        if fmt is None:
            others.append(path)
            continue
        if not path.exists():
            raise UsageError(f"there is no file or folder {path}", hint="check the path")
        absolute = path.absolute()
        files.append(RdfFile(str(path), str(absolute), fmt.name, base or absolute.as_uri()))
    return others, files


def rdf_format(path: Path) -> Format | None:
    """The RDF format that a file's suffix tells (``.gz`` aside); None if it tells none.

    >>> rdf_format(Path("edges.nq.gz")).label
    'N-Quads'
    >>> rdf_format(Path("table.tsv"))
    """
    suffix = Path(path.name.removesuffix(_GZIP)).suffix
    found = [fmt for fmt in RDF_FORMATS.values() if suffix in fmt.suffixes]
    if not found:
        return None
    with translated(str(path)):
        return None if path.is_dir() else found[0]


def _check_base(base: str) -> None:
    try:
        pyoxigraph.parse(b"", pyoxigraph.RdfFormat.TURTLE, base_iri=base)
    except ValueError as error:
        raise UsageError(
            f"{shown(base)} cannot be the base of relative IRIs",
            hint="give an absolute IRI, like https://example.org/data/",
        ) from error


def told(answer: str) -> Loaded:
    """What the loading process wrote with `answer_of`.

    Raises:
        InputError: a file cannot be read.
    """
    content: dict[str, Any] = json.loads(answer)
    if "error" in content:
        raise InputError(**content["error"])
    content["files"] = tuple(RdfInputFile(**one) for one in content["files"])
    return Loaded(**content)


# --- For the process that loads ----------------------------------------------------------------


def answer_of(store: pyoxigraph.Store, files: Iterable[Mapping[str, str]]) -> tuple[str, bool]:
    """Loads files, and says in one line what was in them, or what is wrong.

    Args:
        store: where they go.
        files: the fields of each `RdfFile`.

    Returns:
        The line, and whether all is well.

    Raises:
        OSError: the store cannot be written.
    """
    try:
        loaded = load(store, [RdfFile(**one) for one in files])
    except InputError as error:
        fields = ("message", "source", "line", "value", "hint")
        return json.dumps({"error": {name: getattr(error, name) for name in fields}}), False
    return json.dumps(asdict(loaded)), True


def load(store: pyoxigraph.Store, files: Iterable[RdfFile]) -> Loaded:
    """Loads files into a store. Blank nodes of different files stay apart.

    Raises:
        InputError: a file cannot be read; the store is not to be used then.
        OSError: the store cannot be written.
    """
    before = len(store)
    edges = store.quads_for_pattern(None, _TYPE, _EDGE, pyoxigraph.DefaultGraph())
    number = sum(1 for _ in edges)
    read = tuple(_load_file(store, file) for file in files)
    return Loaded(read, len(store) - before, number)


def _load_file(store: pyoxigraph.Store, file: RdfFile) -> RdfInputFile:
    if RDF_FORMATS[file.format].name == "rdfxml":
        _refuse_entities(file)
    count = 0
    with translated(file.name):
        raw = _Stream(Path(file.path).open("rb"), file.name)  # noqa: SIM115
    with raw:
        try:
            quads = iter(_quads(file, _content(file, raw).read))
            while batch := list(islice(quads, BATCH)):
                count += len(batch)
                store.bulk_extend(batch)
        except SyntaxError as error:
            raise _syntax_error(file, error) from error
        raw.drain()
    return RdfInputFile(file.name, 1, raw.size, raw.digest(), triples=count)


def _quads(file: RdfFile, read: Callable[[int], bytes]) -> Iterable[pyoxigraph.Quad]:
    rdf_format = getattr(pyoxigraph.RdfFormat, RDF_FORMATS[file.format].oxigraph)
    stream = cast("IO[bytes]", _Readable(read))
    return pyoxigraph.parse(
        stream, rdf_format, base_iri=file.base, rename_blank_nodes=True
    )  # fmt: skip


def _content(file: RdfFile, raw: _Stream) -> _Stream:
    """What is in a file, decompressed."""
    if not file.path.endswith(_GZIP):
        return raw
    return _Stream(cast("BinaryIO", gzip.GzipFile(fileobj=cast("BinaryIO", raw))), file.name)


class _Stream:
    """A stream that counts and digests what is read of it, and names its file in errors."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self._sha256 = hashlib.sha256()
        self.size = 0

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self, size: int = -1) -> bytes:
        """Reads.

        Raises:
            InputError: the file is cut or damaged, or cannot be read.
        """
        with translated(self._name):
            return self._told(self._stream.read(size))

    def line(self, _: int = -1) -> bytes:
        """Reads one line, however long, as `read` does."""
        with translated(self._name):
            return self._told(self._stream.readline())

    def _told(self, data: bytes) -> bytes:
        self._sha256.update(data)
        self.size += len(data)
        return data

    def drain(self) -> None:
        """Reads what is left, so that size and digest are the whole file's."""
        while self.read(_XML_BLOCK):
            pass

    def digest(self) -> str:
        """The SHA-256 of what was read, as hex."""
        return self._sha256.hexdigest()


class _Readable:
    """A file with nothing but `read`, which is all that the parser asks for."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self.read = read


# --- What is wrong with a file -----------------------------------------------------------------


def _syntax_error(file: RdfFile, error: SyntaxError) -> InputError:
    what, line = " ".join(error.msg.split()), error.lineno
    what = what.partition(": ")[2] if what.startswith("Parser error at ") else what
    if line is None:
        line = _line_of_error(file)
    if RDF_FORMATS[file.format].name == "jsonld" and "LoadDocumentCallback" in what:
        what = "it names a context on another server, and nothing is fetched"
        line, hint = None, "put the context itself into the file"
    else:
        hint = "mend the line, or give the file the suffix of its format"
    label = RDF_FORMATS[file.format].label
    return InputError(f"this is not {label}: {what}", source=file.name, line=line, hint=hint)


def _line_of_error(file: RdfFile) -> int | None:
    """The line up to which the parser has to read to see the error, for those that do not say."""
    lines = 0
    with _Stream(Path(file.path).open("rb"), file.name) as raw:
        content = _content(file, raw)

        def read(_: int) -> bytes:
            nonlocal lines
            data = content.line()
            lines += bool(data)
            return data

        try:
            for _ in _quads(file, read):
                pass
        except SyntaxError:
            return lines
    return None


class _Prolog(Exception):  # noqa: N818 - it tells of no error
    """The prolog of an XML document ends here."""


def _refuse_entities(file: RdfFile) -> None:
    """Refuses RDF/XML that declares entities: a few lines of them can stand for gigabytes.

    Raises:
        InputError: it declares entities, or its prolog is no XML.
    """
    parser = expat.ParserCreate()

    def declared(name: str, *_: object) -> None:
        raise InputError(
            "the document type declares entities, which are not expanded",
            source=file.name,
            line=parser.CurrentLineNumber,
            value=name,
            hint="write the IRIs out, as 'xmllint --noent --dropdtd' does",
        )

    def begun(*_: object) -> None:
        raise _Prolog

    parser.EntityDeclHandler = declared
    parser.StartElementHandler = begun
    with translated(file.name):
        raw = _Stream(Path(file.path).open("rb"), file.name)  # noqa: SIM115
    with raw:
        content = _content(file, raw)
        try:
            while data := content.read(_XML_BLOCK):
                parser.Parse(data, False)
            parser.Parse(b"", True)
        except _Prolog:
            return
        except expat.ExpatError as error:
            raise InputError(
                f"this is not RDF/XML: {expat.ErrorString(error.code)}",
                source=file.name,
                line=error.lineno,
                hint="mend the line, or give the file the suffix of its format",
            ) from error
