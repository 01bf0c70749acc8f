"""SERVICE over HTTP: what is refused, what reaches nothing, and remotes that misbehave."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from rdfconv.building import build
from tests.conftest import RunningServer, StartServer
from tests.server.remotes import (
    SECRET,
    XML,
    Endpoint,
    Trap,
    Visit,
    always,
    endpoint,
    http_answer,
    trap,
    xml_results,
)
from tests.server.web import FORM, Reply, fetch

ROWS = 3000
REMOTE = "http://remote.example/sparql"
DATA = "\n".join(f'<http://x.example/{n}> <http://x.example/p> "{n}" .' for n in range(ROWS))
LOCAL = "?s <http://x.example/p> ?x ."
ASKED = f"SELECT * {{ {LOCAL} SERVICE <{REMOTE}> {{ ?r <x:q> ?x }} }}"
ONE = ASKED.replace(LOCAL, f"{LOCAL} FILTER(?x = '7')")
JSON = "application/sparql-results+json"
"""Asks for what the endpoints of `tests.server.remotes` answer: a column x."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with as many triples as `ROWS`."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "data.nt").write_text(DATA, "utf-8")
    build([folder / "data.nt"], folder / "releases")
    return folder / "releases"


@pytest.fixture(scope="module")
def remote() -> Iterator[Endpoint]:
    """An endpoint whose behaviour a test sets."""
    with endpoint(lambda visit: None) as running:
        yield running


@pytest.fixture(scope="module")
def trapped() -> Iterator[Trap]:
    """Where nobody may come."""
    with trap() as found:
        yield found


@pytest.fixture(scope="module")
def server(root: Path, remote: Endpoint, start_server: StartServer) -> RunningServer:
    """A server that may ask the endpoint and one where nobody listens, within small limits."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    return start_server(
        root,
        workers=2,
        federate=f"{REMOTE}={remote.url} http://dead.example/=http://127.0.0.1:{port}/",
        federate_seconds=1.5,
        federate_bytes=1 << 20,
        federate_rows=5000,
        federate_requests=40,
        federate_cache_seconds=0,
        client_seconds=0,
        client_queries=0,
    )


def ask(server: RunningServer, text: str, accept: str = JSON) -> Reply:
    """The server's answer to a query."""
    body = "query=" + "".join(f"%{byte:02X}" for byte in text.encode())
    return fetch(
        f"{server.url}/sparql", method="POST", accept=accept, content_type=FORM, body=body.encode()
    )


def numbers(reply: Reply) -> list[str]:
    """The values of x in an answer."""
    assert reply.status == 200, reply.text
    return [row["x"]["value"] for row in json.loads(reply.body)["results"]["bindings"]]


def sent(visit: Visit) -> list[str]:
    """The values in the table of a request."""
    (query,) = (value for name, value in visit.form if name == "query")
    return re.findall(r'\("(\d+)"\)', query)


def answers_all(visit: Visit) -> bool:
    """Answers with the values that it was asked for."""
    visit.send(http_answer(xml_results(*sent(visit))))
    return True


def test_rows_go_in_batches(server: RunningServer, remote: Endpoint) -> None:
    """Every value is sent once, in few requests, and nothing but SPARQL results is asked for."""
    remote.behaviour = answers_all
    before = len(remote.visits)
    assert sorted(numbers(ask(server, ASKED))) == sorted(map(str, range(ROWS)))
    visits = remote.visits[before:]
    assert sorted(x for visit in visits for x in sent(visit)) == sorted(map(str, range(ROWS)))
    assert len(visits) < ROWS / 100
    for visit in visits:
        assert "application/sparql-results+xml" in visit.headers["accept"]
        assert visit.headers["user-agent"].startswith("rdfconv/")


def test_a_batch_that_fails_is_halved(server: RunningServer, remote: Endpoint) -> None:
    """An endpoint that refuses long tables is asked with shorter ones."""

    def refuses_long_ones(visit: Visit) -> bool:
        if len(sent(visit)) > 150:
            visit.send(http_answer(b"too long", "text/plain", 413))
            return True
        return answers_all(visit)

    remote.behaviour = refuses_long_ones
    assert sorted(numbers(ask(server, ASKED))) == sorted(map(str, range(ROWS)))


def test_nothing_is_asked_without_rows(server: RunningServer, remote: Endpoint) -> None:
    remote.behaviour = answers_all
    before = len(remote.visits)
    assert numbers(ask(server, ASKED.replace("/p>", "/nothing>"))) == []
    assert len(remote.visits) == before


def test_prefixes_go_along(server: RunningServer, remote: Endpoint) -> None:
    """Declared ones, and the well-known ones that need no declaration."""
    remote.behaviour = answers_all
    text = (
        f"PREFIX x: <http://x.example/> SELECT * {{ ?s x:p ?x FILTER(?x < '1000') "
        f"SERVICE <{REMOTE}> {{ ?r x:q ?x ; rdfs:label ?l . <relative> a up:Protein }} }}"
    )
    assert numbers(ask(server, text))
    (query,) = (value for name, value in remote.visits[-1].form if name == "query")
    assert "PREFIX x: <http://x.example/>" in query
    assert "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>" in query
    assert "PREFIX up: <http://purl.uniprot.org/core/>" in query
    assert f"BASE <{server.url}/sparql>" in query


def test_blank_nodes_of_others_become_iris(server: RunningServer, remote: Endpoint) -> None:
    body = (
        xml_results("7")
        .replace(
            b"</binding></result>",
            b'</binding><binding name="r"><bnode>b1</bnode></binding></result>',
        )
        .replace(b'<variable name="x"/>', b'<variable name="x"/><variable name="r"/>')
    )
    remote.behaviour = always(http_answer(body))
    (row,) = json.loads(ask(server, ONE).body)["results"]["bindings"]
    assert row["r"]["type"] == "uri"
    assert "/.well-known/genid/" in row["r"]["value"]


BAD = {
    "not found": (http_answer(SECRET.encode(), "text/plain", 404), "404"),
    "a page": (http_answer(b"<html>" + SECRET.encode(), "text/html"), "HTML"),
    "broken JSON": (http_answer(b'{"head": {"vars": ["x"]}, "resul', JSON), ""),
    "broken XML": (http_answer(xml_results("1", SECRET)[:-30]), ""),
    "cut": (http_answer(xml_results("1"), length=100_000), ""),
    "moved": (http_answer(b"", status=302, headers={"Location": "http://127.0.0.1/"}), "302"),
    "too many rows": (http_answer(xml_results(*map(str, range(6000)))), "5,000 rows"),
    "too many bytes": (http_answer(xml_results("x" * (2 << 20))), ""),
    "entities": (
        http_answer(b'<!DOCTYPE x [<!ENTITY e "e">]>' + xml_results("1")),
        "",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_answers(server: RunningServer, remote: Endpoint, name: str) -> None:
    """A clear error with the place, and an empty solution under SILENT; nothing of the body."""
    content, told = BAD[name]

    def behave(visit: Visit) -> None:
        visit.send(content)

    remote.behaviour = behave
    reply = ask(server, ONE)
    assert reply.status == 502, reply.text
    problem = reply.json
    assert problem["type"].endswith("remote")
    assert problem["column"] == ONE.index("SERVICE") + 1
    assert REMOTE in problem["detail"]
    assert told in problem["detail"]
    assert SECRET not in reply.text
    assert numbers(ask(server, ONE.replace("SERVICE", "SERVICE SILENT"))) == ["7"]


@pytest.mark.parametrize("name", ["stalls", "drips", "endless"])
def test_answers_that_do_not_end(server: RunningServer, remote: Endpoint, name: str) -> None:
    """It is told that there was no answer in time, or too much; others are served meanwhile."""

    def behave(visit: Visit) -> None:
        if name == "stalls":
            visit.stall()
        elif name == "drips":
            visit.drip(http_answer(xml_results(*map(str, range(500)))))
        else:
            start, _, _ = xml_results("1").partition(b"<result>")
            visit.send(http_answer(start, length=1 << 40))
            while True:
                visit.send(b'<result><binding name="x"><literal>1</literal></binding></result>')

    remote.behaviour = behave
    reply = ask(server, ONE)
    assert reply.status == 502, reply.text
    assert numbers(ask(server, ONE.replace("SERVICE", "SERVICE SILENT"))) == ["7"]
    assert numbers(ask(server, f"SELECT * {{ {LOCAL} }} LIMIT 1"))


def test_an_endpoint_that_is_down(server: RunningServer) -> None:
    text = ASKED.replace(REMOTE, "http://dead.example/")
    reply = ask(server, text)
    assert (reply.status, reply.json["type"].rpartition("/")[2]) == (502, "remote")
    assert len(numbers(ask(server, text.replace("SERVICE", "SERVICE SILENT")))) == ROWS


def test_too_many_requests(server: RunningServer, remote: Endpoint) -> None:
    """A query may not send more requests than the setting allows."""

    def refuses_all(visit: Visit) -> bool:
        visit.send(http_answer(b"", status=413))
        return True

    remote.behaviour = refuses_all
    before = len(remote.visits)
    assert ask(server, ASKED).status == 502
    assert len(remote.visits) - before <= 40


SHAPES = {
    "within another": f"SERVICE <{REMOTE}> {{ SERVICE <{REMOTE}> {{ ?a ?b ?c }} }}",
    "in EXISTS": f"?s ?p ?x FILTER EXISTS {{ SERVICE <{REMOTE}> {{ ?s ?p ?x }} }}",
    "in NOT EXISTS": f"?s ?p ?x FILTER(NOT EXISTS {{ SERVICE <{REMOTE}> {{ ?s ?p ?x }} }})",
    "in BIND": f"?s ?p ?x BIND(EXISTS {{ SERVICE <{REMOTE}> {{ ?s ?p ?x }} }} AS ?y)",
    "a variable": "?s ?p ?e SERVICE ?e { ?s ?p ?x }",
    "a variable that may be anything": "VALUES ?e { UNDEF } SERVICE ?e { ?s ?p ?x }",
    "a relative address": "SERVICE <sparql> { ?s ?p ?x }",
    "an unknown prefix": "SERVICE nothing:here { ?s ?p ?x }",
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_cannot_be_answered(server: RunningServer, remote: Endpoint, name: str) -> None:
    """They get 400 that says so, and nothing is asked."""
    before = len(remote.visits)
    reply = ask(server, f"SELECT * {{ {SHAPES[name]} }}")
    assert reply.status == 400, reply.text
    assert reply.json["type"].endswith("service-shape")
    assert len(remote.visits) == before


def disguises(port: int) -> dict[str, str]:
    """Clauses that ask what nobody allowed, each in another disguise."""
    url = f"http://127.0.0.1:{port}/"
    hidden = "".join(f"\\u{ord(letter):04X}" for letter in url)
    hosts = {
        "loopback": "127.0.0.1",
        "metadata service": "169.254.169.254",
        "IPv6": "[::1]",
        "mapped": "[::ffff:127.0.0.1]",
        "decimal": "2130706433",
        "octal": "0177.0.0.1",
        "hexadecimal": "0x7f.1",
        "short": "127.1",
        "any": "0.0.0.0",
        "name": "localhost",
        "name with a dot": "localhost.",
        "userinfo": "remote.example@127.0.0.1",
    }
    found = {
        name: f"SELECT * {{ SERVICE <http://{host}:{port}/> {{ ?s ?p ?o }} }}"
        for name, host in hosts.items()
    }
    clause = f"SERVICE <{url}> {{ ?s ?p ?o }}"
    found |= {
        "prefix": f"PREFIX h: <{url}> SELECT * {{ SERVICE h: {{ ?s ?p ?o }} }}",
        "prefix in parts": f"PREFIX h: <http://127.0.0.1:> SELECT * {{ SERVICE h:{port} {{ }} }}",
        "base": f"BASE <{url}> SELECT * {{ SERVICE <> {{ ?s ?p ?o }} }}",
        "escape": f"SELECT * {{ SERVICE <{hidden}> {{ ?s ?p ?o }} }}",
        "comment": f"SELECT * {{ SERVICE # <{REMOTE}>\n <{url}> {{ ?s ?p ?o }} }}",
        "silent": f"SELECT * {{ {clause.replace('SERVICE', 'sErViCe SiLeNt')} }}",
        "glued": f"PREFIX SERVICEh: <{url}> SELECT * {{ SERVICEh: {{ ?s ?p ?o }} }}",
        "exists": f"ASK {{ ?s ?p ?o FILTER EXISTS {{ {clause} }} }}",
        "lateral": f"SELECT * {{ ?s ?p ?o LATERAL {{ {clause} }} }}",
        "construct": f"CONSTRUCT {{ ?s ?p ?o }} {{ {clause} }}",
        "subselect": f"SELECT * {{ {{ SELECT * {{ {clause} }} }} }}",
        "values": f"SELECT * {{ VALUES ?e {{ <{REMOTE}> <{url}> }} SERVICE ?e {{ ?s ?p ?o }} }}",
        "aggregate": f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }} HAVING(EXISTS {{ {clause} }})",
        "nested": f"SELECT * {{ SERVICE <{REMOTE}> {{ {clause} }} }}",
        "from": f"SELECT * FROM <{url}> {{ {clause} }}",
        "nearly": f"SELECT * {{ SERVICE <{REMOTE}@127.0.0.1:{port}/> {{ ?s ?p ?o }} }}",
        "nearly, too": f"SELECT * {{ SERVICE <{REMOTE}/../> {{ ?s ?p ?o }} }}",
    }
    return found


@pytest.mark.parametrize("name", disguises(0))
def test_nobody_is_asked_who_may_not(
    server: RunningServer, remote: Endpoint, trapped: Trap, name: str
) -> None:
    before = len(remote.visits)
    reply = ask(server, disguises(trapped.port)[name], "*/*")
    assert reply.status in (400, 403), reply.text
    assert trapped.count == 0
    assert len(remote.visits) == before


def test_an_injection_by_an_answer(server: RunningServer, remote: Endpoint, trapped: Trap) -> None:
    """What an endpoint answers cannot become part of the query."""
    evil = f"http://x> }} }} SERVICE &lt;http://127.0.0.1:{trapped.port}/> {{ ?s ?p ?o"
    body = xml_results("7").replace(b"<literal>7</literal>", f"<uri>{evil}</uri>".encode())
    remote.behaviour = always(http_answer(body, XML))
    assert ask(server, ASKED).status == 502
    assert trapped.count == 0


def test_off_by_default(root: Path, start_server: StartServer) -> None:
    server = start_server(root, workers=1)
    for text in (ASKED, ASKED.replace("SERVICE", "SERVICE SILENT")):
        reply = ask(server, text)
        assert (reply.status, reply.json["type"].rpartition("/")[2]) == (403, "service")
    server.stop()


def test_metadata_of_the_allowed(server: RunningServer) -> None:
    described = fetch(f"{server.url}/sparql", accept="text/turtle").text
    assert REMOTE in described
    assert "127.0.0.1" not in described.replace(server.url, "")


def explained(server: RunningServer, text: str) -> Reply:
    """How a query would be answered."""
    body = "explain=yes&query=" + "".join(f"%{byte:02X}" for byte in text.encode())
    return fetch(f"{server.url}/sparql", method="POST", content_type=FORM, body=body.encode())


def test_what_would_be_asked_is_told(server: RunningServer, remote: Endpoint) -> None:
    """The parts can be run as they are, and nobody is asked."""
    before = len(remote.visits)
    text = f"SELECT * {{ SERVICE SILENT <http://dead.example/> {{ ?r <x:q> ?z }} {ASKED[11:-2]} }}"
    found = json.loads(explained(server, text).body)["services"]
    assert len(remote.visits) == before
    assert [(one["endpoints"], one["silent"], one["values"]) for one in found] == [
        ([REMOTE], False, ["?x"]),
        (["http://dead.example/"], True, ["?r"]),
    ]
    remote.behaviour = answers_all
    assert len(numbers(ask(server, found[0]["first"]))) == ROWS
    assert "VALUES (?x) {" in found[0]["request"]
    assert (found[0]["line"], found[0]["column"]) == (1, text.index(f"SERVICE <{REMOTE}") + 1)
    shown = fetch(
        f"{server.url}/sparql?explain=yes&format=text&query="
        + "".join(f"%{byte:02X}" for byte in text.encode())
    ).text
    assert f"{REMOTE}\n\n  The values of ?x come first" in shown


def test_what_may_not_be_asked_is_not_explained(server: RunningServer) -> None:
    reply = explained(server, "SELECT * { SERVICE <http://other.example/> { ?s ?p ?o } }")
    assert reply.status == 403
    assert "http://other.example/" in reply.text


def test_requests_are_counted(server: RunningServer, remote: Endpoint) -> None:
    def told() -> dict[str, float]:
        lines = fetch(f"{server.url}/metrics").text.splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line.startswith("rdfconv_remote_"))
        return {name: float(number) for name, number in pairs}

    before = told()
    remote.behaviour = answers_all
    numbers(ask(server, ONE))
    assert ask(server, ONE.replace(REMOTE, "http://dead.example/")).status == 502
    after = told()

    def more(name: str) -> float:
        return after[name] - before.get(name, 0)

    requests = 'rdfconv_remote_requests_total{endpoint="%s",outcome="%s"}'
    assert more(requests % (REMOTE, "complete")) == 1
    assert more(requests % ("http://dead.example/", "connect")) == 1
    assert more(f'rdfconv_remote_bytes_total{{endpoint="{REMOTE}"}}') == len(xml_results("7"))
    assert more(f'rdfconv_remote_seconds_count{{endpoint="{REMOTE}"}}') == 1
