"""Stand-ins on loopback for the endpoints that the example queries federate with.

Each is a real SPARQL server: Oxigraph's, with the facts of ``data/NAME.ttl``; and a Virtuoso with
the facts of all. Everything listens on ports that the system chooses and is stopped at the end.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph

from rdfconv.examples import Example, examples
from rdfconv.virtuoso import alone, free_port, started
from tests.conftest import PATIENCE, wait_until

DATA = Path(__file__).parent / "data"
PUBLIC = {
    "uniprot": "https://sparql.uniprot.org/sparql",
    "rhea": "https://sparql.rhea-db.org/sparql",
    "bgee": "https://www.bgee.org/sparql/",
    "oma": "https://sparql.omabrowser.org/sparql/",
    "wikipathways": "https://sparql.wikipathways.org/sparql",
    "wikidata": "https://query.wikidata.org/sparql",
    "pubmed": "https://rdfportal.org/ncbi/sparql",
}
"""The endpoint that each file of `DATA` stands in for."""
FEDERATED = {example.name: example for example in examples() if example.federates_with}
"""The example queries that federate."""

GRAPH = "urn:x-standin:all"
"""The graph that the facts are in at Virtuoso, which has no default graph of its own."""
GRANTS = (
    'GRANT SELECT ON DB.DBA.SPARQL_SINV_2 TO "SPARQL"',
    'GRANT EXECUTE ON DB.DBA.SPARQL_SINV_IMP TO "SPARQL"',
)
"""What Virtuoso's public user needs for SERVICE; docs/federation.md shows them."""
_SERVICE = re.compile(r"SERVICE <([^<>]*)> \{\n(.*?)\n  \}\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class StandIns:
    """Running stand-ins.

    Attributes:
        urls: where each public endpoint's stand-in listens, by the public IRI.
    """

    urls: Mapping[str, str]

    @property
    def setting(self) -> str:
        """The setting that sends requests for the public endpoints here: ``IRI=URL IRI=URL``."""
        return " ".join(f"{iri}={url}" for iri, url in self.urls.items())


def local(text: str) -> str:
    """A query with each ``SERVICE <IRI> { }`` made a plain group.

    >>> local("SELECT * WHERE {\\n  SERVICE <http://a.example/> {\\n    ?s ?p ?o .\\n  }\\n}\\n")
    'SELECT * WHERE {\\n  {\\n    ?s ?p ?o .\\n  }\\n}\\n'
    """
    return _SERVICE.sub(r"{\n\2\n  }\n", text)


def turned(
    text: str, ours: str, own: Sequence[str], others: Mapping[str, str], *, last: bool = False
) -> str:
    r"""A query as the other side asks it: what was SERVICE there is local, what was local SERVICE.

    Args:
        text: an example query.
        ours: our endpoint.
        own: the public IRIs of the endpoints whose facts the other side has.
        others: where the endpoints that it has not are, by their IRIs.
        last: whether the SERVICE that asks us stands behind the rest.

    >>> print(turned("SELECT * WHERE {\n  ?s a ?c .\n  SERVICE <http://a.example/> {\n"
    ...     "    ?s ?p ?o .\n  }\n}\n", "http://b.example/", ["http://a.example/"], {}), end="")
    SELECT * WHERE {
      SERVICE <http://b.example/> {
      ?s a ?c .
      }
      {
        ?s ?p ?o .
      }
    }
    """
    head, opening, rest = text.partition("WHERE {\n")
    pattern, closing, tail = rest.rpartition("\n}\n")

    def group(found: re.Match[str]) -> str:
        before = "" if found[1] in own else f"SERVICE <{others[found[1]]}> "
        return f"  {before}{{\n{found[2]}\n  }}\n"

    known = "".join(group(found) for found in _SERVICE.finditer(pattern + "\n"))
    asked = f"  SERVICE <{ours}> {{\n{_SERVICE.sub('', pattern + chr(10)).rstrip()}\n  }}\n"
    both = known + asked if last else asked + known
    return f"{head}{opening}{both.rstrip()}{closing}{tail}"


def one_store(release: Path, folder: Path) -> pyoxigraph.Store:
    """A store with what a release has and with the facts of all stand-ins.

    Args:
        release: the release's folder.
        folder: where the store is made.
    """
    shutil.copytree(release / "store", folder / "store")
    store = pyoxigraph.Store(folder / "store")
    for name in PUBLIC:
        store.load(path=DATA / f"{name}.ttl", format=pyoxigraph.RdfFormat.TURTLE)
    return store


Rows = list[tuple[str | None, ...]]


def rows(found: object) -> Rows:
    """A SELECT's rows, sorted: terms as N-Triples writes them, in the order of the columns' names;
    engines differ in the order of columns."""
    assert isinstance(found, pyoxigraph.QuerySolutions)
    names = sorted(variable.value for variable in found.variables)
    cells = ([row[name] for name in names] for row in found)
    read = [tuple(None if term is None else str(term) for term in row) for row in cells]
    return sorted(read, key=lambda row: [cell or "" for cell in row])


def expected(store: pyoxigraph.Store, example: Example) -> Rows:
    """What a federated example answers, evaluated in one store."""
    return rows(store.query(local(example.text)))


@contextmanager
def running(command: Sequence[str], port: int, log: Path) -> Iterator[None]:
    """A server process, from when it listens on a port to its end."""
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL)
    try:

        def listens() -> bool:
            assert process.poll() is None, f"{command[0]} ended: {log.read_text()}"
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
                return True
            return False

        wait_until(listens, f"{command[0]} on port {port}")
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def program(name: str) -> str:
    """A program of the virtual environment or of the system."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found is not None, f"the tests need the program {name}: see 'make install-test'"
    return found


@contextmanager
def oxigraph(log: Path, *data: Path) -> Iterator[str]:
    """An Oxigraph server that has the facts of some Turtle files; its endpoint's address."""
    port = free_port()
    command = [program("oxigraph"), "serve", "--bind", f"127.0.0.1:{port}"]
    with running(command, port, log):
        for path in data:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/store?default",
                path.read_bytes(),
                {"Content-Type": "text/turtle"},
            )
            urllib.request.urlopen(request, timeout=PATIENCE).close()
        yield f"http://127.0.0.1:{port}/query"


@contextmanager
def standins(folder: Path) -> Iterator[StandIns]:
    """A stand-in for each public endpoint.

    Args:
        folder: where their logs go.
    """
    with ExitStack() as stack:
        urls = {
            iri: stack.enter_context(oxigraph(folder / f"{name}.log", DATA / f"{name}.ttl"))
            for name, iri in PUBLIC.items()
        }
        yield StandIns(urls)


def loaded_with_facts(folder: Path) -> None:
    """Makes the database of a Virtuoso that has the facts of all stand-ins and may use SERVICE.

    Args:
        folder: does not exist; the database is ``virtuoso`` in it.
    """
    database = folder / "virtuoso"
    with alone(folder) as lock:
        database.mkdir()
        with started(database, DATA, 0, 0, lock) as server:
            statements = [f"ld_dir('{DATA}', '*.ttl', '{GRAPH}')", "rdf_loader_run()", *GRANTS]
            for statement in statements:
                server.sql_rows(f"{statement};")
            failed = "SELECT ll_error FROM DB.DBA.LOAD_LIST WHERE ll_error IS NOT NULL;"
            assert not server.sql_rows(failed)
