"""Releases of RDF files: every format, nothing lost, nothing published where a file has a fault."""

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from rdflib.compare import isomorphic

import rdfconv
from rdfconv.errors import ExitCode, InputError, UsageError
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import METADATA_GRAPHS, TERM
from rdfconv.rdf_input import RdfInputFile
from rdfconv.release import Release, open_release, verify
from tests.conftest import PATIENCE, ROOT, children, runs, wait_until
from tests.inputs import row, table

S, P = "http://example.org/s", "http://example.org/p"
TURTLE = f'<{S}> <{P}> "one", "two" ; <{P}/q> [ <{P}> 3 ] .\n'
ENTITIES = """<?xml version="1.0"?>
<!DOCTYPE rdf:RDF [
  <!ENTITY a "aaaaaaaaaa">
  <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">
  <rdf:Description rdf:about="http://e/s"><e:p>&b;</e:p></rdf:Description>
</rdf:RDF>
"""


def stored(release: Release) -> pyoxigraph.Store:
    return pyoxigraph.Store.read_only(str(release.store))


def graph_of(release: Release) -> rdflib.Graph:
    """The default graph."""
    text = stored(release).dump(
        format=pyoxigraph.RdfFormat.N_TRIPLES, from_graph=pyoxigraph.DefaultGraph()
    )
    return rdflib.Graph().parse(data=text, format="nt")


def write(path: Path, text: str | bytes) -> Path:
    content = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def failure(path: Path, tmp_path: Path, error: type[Exception] = InputError) -> str:
    """What a build of a file says that must fail; nothing may be published."""
    root = tmp_path / "output"
    with pytest.raises(error) as raised:
        rdfconv.build([path], root, plain=True)
    assert not (root / "current").exists()
    assert not list(root.glob("releases/*"))
    return str(raised.value)


@pytest.mark.parametrize(
    "suffix", [suffix for fmt in RDF_FORMATS.values() for suffix in fmt.suffixes]
)
@pytest.mark.parametrize("compressed", ["", ".gz"])
def test_every_format_by_its_suffix(suffix: str, compressed: str, tmp_path: Path) -> None:
    [fmt] = [fmt for fmt in RDF_FORMATS.values() if suffix in fmt.suffixes]
    quads = list(pyoxigraph.parse(TURTLE.encode(), pyoxigraph.RdfFormat.TURTLE))
    text = pyoxigraph.serialize(quads, format=getattr(pyoxigraph.RdfFormat, fmt.oxigraph))
    assert text is not None
    path = write(tmp_path / f"mine{suffix}{compressed}", text)
    release, report = rdfconv.build([path], tmp_path / "output", plain=True)
    assert isomorphic(graph_of(release), rdflib.Graph().parse(data=TURTLE, format="turtle"))
    assert (report.rdf.read, report.rdf.written, report.triples) == (4, 4, 4)
    assert not report.rows.read
    verify(release)


def test_a_plain_release_has_nothing_but_the_files(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.nq", f"<{S}> <{P}> <{S}> <http://example.org/g> .\n")
    release, report = rdfconv.build([path], tmp_path / "output", plain=True)
    assert open_release(tmp_path / "output") == release
    assert [str(quad) for quad in stored(release)] == [f"<{S}> <{P}> <{S}> <http://example.org/g>"]
    assert (report.rdf.read, report.rdf.written, report.triples) == (1, 1, 0)
    assert sorted(one.name for one in release.path.iterdir()) == [
        "SHA256SUMS",
        "edges.sqlite",
        "release.json",
        "report.html",
        "report.json",
        "search.sqlite",
        "store",
    ]


def test_otherwise_ontology_and_description_come_with_them(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.ttl", TURTLE)
    release, report = rdfconv.build([path], tmp_path / "output", source="mine-2.0")
    store = stored(release)
    names = {graph.value for graph in store.named_graphs() if hasattr(graph, "value")}
    assert set(METADATA_GRAPHS) <= names
    assert (pyoxigraph.NamedNode(S), pyoxigraph.NamedNode(P)) in {
        (quad.subject, quad.predicate) for quad in store.quads_for_pattern(None, None, None)
    }
    told = json.loads((release.path / "statistics.json").read_text("utf-8"))
    assert told["triples"] == report.triples
    [partition] = [one for one in told["properties"] if one["property"] == P]
    assert (partition["triples"], partition["subjects"], partition["objects"]) == (3, 2, 3)
    metadata = (release.path / "metadata.nq").read_text("utf-8")
    assert report.inputs[0].sha256 in metadata


def test_beside_tables(tmp_path: Path) -> None:
    """Files of RDF add to the converted data; edges that they tell are none of a table's rows."""
    source = write(tmp_path / "table.tsv", table(row(), row()))
    edge = f"<http://example.org/e> a <{TERM}RegulatoryInteraction> ."
    rdf = write(tmp_path / "mine.ttl", TURTLE + edge)
    alone, _ = rdfconv.build([source], tmp_path / "alone", entail="none")
    both, report = rdfconv.build([source, rdf], tmp_path / "both", entail="none")
    assert (report.rows.read, report.rows.written, report.rows.merged) == (2, 1, 1)
    assert (report.rdf.read, report.rdf.written) == (5, 5)
    assert [one.name for one in report.inputs] == [str(source), str(rdf)]
    one, two = (
        json.loads((release.path / "statistics.json").read_text("utf-8"))
        for release in (alone, both)
    )
    assert two["triples"] == one["triples"] + 5 == report.triples
    again, report = rdfconv.build([rdf, source, rdf], tmp_path / "twice", plain=True)
    assert (report.rdf.read, report.rdf.merged) == (10, 3)  # a blank node is another each time
    assert (None, None, rdflib.URIRef(TERM + "RegulatoryInteraction")) in graph_of(again)
    assert not list(stored(again).named_graphs())


def test_counts_by_file_add_up(tmp_path: Path) -> None:
    one = write(tmp_path / "one.ttl", TURTLE + TURTLE)
    two = write(tmp_path / "two.nq.gz", f'<{S}> <{P}> "one" .\n<{S}> <{P}> "one" <{S}> .\n')
    _, report = rdfconv.build([one, two], tmp_path / "output", plain=True)
    files = [file for file in report.inputs if isinstance(file, RdfInputFile)]
    assert [(file.name, file.triples) for file in files] == [(str(one), 8), (str(two), 2)]
    assert [file.size for file in files] == [one.stat().st_size, two.stat().st_size]
    assert (report.rdf.read, report.rdf.written, report.rdf.merged) == (10, 7, 3)
    assert "triples of RDF files: 10 read, 7 written, 3 merged, 0 rejected" in report.lines()
    page = next((tmp_path / "output" / "releases").glob("*/report.html")).read_text("utf-8")
    assert "10 triples read: 7 written, 3 merged, 0 rejected." in page


def test_blank_nodes_of_different_files_stay_apart(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.nt", f'_:a <{P}> "{name}" .\n') for name in ("x", "y")]
    release, _ = rdfconv.build(files, tmp_path / "output", plain=True)
    assert len(set(graph_of(release).subjects())) == 2


def test_relative_iris(tmp_path: Path) -> None:
    path = write(tmp_path / "a b.ttl", f"<x> <{P}> <> .")
    release, _ = rdfconv.build([path], tmp_path / "one", plain=True)
    own, folder = path.as_uri(), tmp_path.as_uri()
    [triple] = graph_of(release)
    assert [str(term) for term in triple] == [f"{folder}/x", P, own]
    other, _ = rdfconv.build([path], tmp_path / "two", plain=True, base="http://example.org/d/")
    [triple] = graph_of(other)
    assert [str(term) for term in triple] == [
        "http://example.org/d/x",
        P,
        "http://example.org/d/",
    ]
    assert release.digest != other.digest
    assert str(tmp_path.as_uri()) not in (release.path / "release.json").read_text("utf-8")
    with pytest.raises(UsageError, match="cannot be the base"):
        rdfconv.build([path], tmp_path / "three", plain=True, base="not an IRI")


def test_two_builds_of_the_same_files(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.ttl", TURTLE)
    first, one = rdfconv.build([path], tmp_path / "output", plain=True)
    second, two = rdfconv.build([path], tmp_path / "output", plain=True)
    assert first.info == second.info
    assert isomorphic(graph_of(first), graph_of(second))
    told = [one.as_json(), two.as_json()]
    for report in told:
        del report["seconds"]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("name", "text", "line", "what"),
    [
        ("a.ttl", "# x\n\n<http://a> <http://b> x .\n", 3, "not Turtle"),
        ("a.nt", f"<{S}> <{P}> <{S}> .\n<{S}> <{P}> .\n", 2, "not N-Triples"),
        ("a.nq.gz", f"<{S}> <{P}> <{S}> .\n<{S}> <{P}> <a b> .\n", 2, "not N-Quads"),
        ("a.trig", "<http://g> {\n <http://a> \n", 3, "not TriG"),
        ("a.jsonld", '{\n"@id": "http://a",\n"http://p": ]}', 3, "not JSON-LD"),
        ("a.json", '{\n"@id": "http://a",\n"http://p": {"@value": 1, "@type": [3]}}', 3, "@type"),
        ("a.rdf", ENTITIES.replace("&b;</e:p>", "x</e:q>").replace("<!ENTITY", "<!ELEMENT"), 3, ""),
        ("b.owl", "<?xml version='1.0'?>\n<a xmlns='http://a/'>\n<b></c>\n</a>", 3, "`</c>` was"),
        ("b.xml", "<?xml version='1.0'?>\n<!DOCTYPE\n<a/>", 3, "not RDF/XML"),
        ("a.rdf.gz", ENTITIES, 3, "declares entities, which are not expanded: 'a'"),
    ],
)
def test_a_syntax_error_names_the_line(
    name: str, text: str, line: int, what: str, tmp_path: Path
) -> None:
    path = write(tmp_path / name, text)
    message = failure(path, tmp_path)
    assert message.startswith(f"{path}:{line}: ")
    assert what in message


def test_a_context_is_never_fetched(tmp_path: Path) -> None:
    text = '{"@context": "http://127.0.0.1:9/context", "@id": "http://a", "p": 1}'
    message = failure(write(tmp_path / "a.jsonld", text), tmp_path)
    assert "names a context on another server, and nothing is fetched" in message


def test_a_document_type_without_entities_is_fine(tmp_path: Path) -> None:
    head, _, rest = ENTITIES.replace("&b;", "x").partition(" [\n")
    path = write(tmp_path / "a.rdf", head + rest[rest.index("]>") + 1 :])
    _, report = rdfconv.build([path], tmp_path / "output", plain=True)
    assert report.rdf.written == 1


@pytest.mark.parametrize("cut", [4, 30])
def test_a_cut_file_is_told(cut: int, tmp_path: Path) -> None:
    path = write(tmp_path / "a.nt.gz", f"<{S}> <{P}> <{S}> .\n" * 10)
    path.write_bytes(path.read_bytes()[:-cut])
    assert failure(path, tmp_path).startswith(f"{path}: the file is cut or damaged")


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "there is no file or folder" in failure(tmp_path / "a.ttl", tmp_path, UsageError)
    path = write(tmp_path / "not.ttl.gz", "")
    path.write_bytes(b"not compressed")
    assert "cut or damaged" in failure(path, tmp_path)


def test_a_fault_leaves_the_release_that_was_there(tmp_path: Path) -> None:
    root = tmp_path / "output"
    good = write(tmp_path / "good.ttl", TURTLE)
    release, _ = rdfconv.build([good], root, plain=True)
    with pytest.raises(InputError):
        rdfconv.build([good, write(tmp_path / "bad.ttl", "x")], root, plain=True)
    assert open_release(root) == release


def test_the_command(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.ttl", TURTLE + "<x> <y> <z> .")
    command = [sys.executable, "-m", "rdfconv", "build", str(path), "--plain", "--json"]
    command += ["--into", str(tmp_path / "output"), "--base", "http://example.org/"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == ExitCode.DONE
    told = json.loads(result.stdout)
    assert told["rdf"] == {"read": 5, "written": 5, "merged": 0, "rejected": 0}
    assert told["inputs"][0]["triples"] == 5
    path.write_text("<x> <y>", "utf-8")
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == ExitCode.FAILED
    assert result.stderr.startswith(f"error: {path}:1: this is not Turtle")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_it_at_once(number: signal.Signals, tmp_path: Path) -> None:
    """Also while a file is being loaded; the process that loads ends with the build."""
    endless = tmp_path / "endless.nt"
    os.mkfifo(endless)
    root = tmp_path / "output"
    command = [sys.executable, "-m", "rdfconv", "build", str(endless), "--into", str(root)]
    build = subprocess.Popen([*command, "--plain"], cwd=ROOT, stderr=subprocess.PIPE)
    with endless.open("wb") as stream:  # opens as soon as the loading process reads
        stream.write(f"<{S}> <{P}> <{S}> .\n".encode())
        stream.flush()
        [loading] = children(build.pid)
        build.send_signal(number)
        _, errors = build.communicate(timeout=PATIENCE)
        wait_until(lambda: not runs(loading), "the end of the process that loads")
    if number is signal.SIGKILL:
        assert build.returncode == -number
    else:
        assert build.returncode == ExitCode.INTERRUPTED
        assert errors.strip() == b"interrupted; nothing was published"
        assert not list((root / "releases").iterdir())
    assert not (root / "current").exists()
