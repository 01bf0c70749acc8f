"""``/interactions.<suffix>``: the files, their headers, limits and errors, on real servers."""

from __future__ import annotations

import http.client
import json
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from rdflib.compare import isomorphic

from rdfconv.building import build
from rdfconv.config import Settings
from rdfconv.edges.reader import EdgeTable
from rdfconv.exports import EXPORT_FORMATS
from rdfconv.filters import Filter
from rdfconv.release import open_release
from server.app import create_app
from server.engine import EngineError
from server.engine.embedded import EmbeddedEngine
from server.pages import exports
from tests.conftest import StartServer, wait_until
from tests.gene_sets import read_gmt
from tests.inputs import row, table
from tests.server.web import fetch

SOX4 = {"target": "Q06945", "scale": "small"}
GCN4 = {"tf": "P03069", "min_papers": "2"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def exported(root: Path, name: str, values: dict[str, str], folder: Path) -> bytes:
    """What the command writes for the same filter."""
    options = [f"--{key.replace('_', '-')}={value}" for key, value in values.items()]
    path = folder / "file"
    command = [sys.executable, "-m", "rdfconv", "export", "--release", str(root), "-q"]
    subprocess.run([*command, *options, "-f", name, "-o", str(path)], check=True, timeout=60)
    return path.read_bytes()


@pytest.mark.parametrize("name", EXPORT_FORMATS)
def test_the_bytes_are_those_of_the_command(
    base_url: str, sample_release: Path, tmp_path: Path, name: str
) -> None:
    values = GCN4 | ({"ids": "entrez"} if EXPORT_FORMATS[name].has_ids else {})
    fmt = EXPORT_FORMATS[name]
    reply = fetch(f"{base_url}/interactions{fmt.suffix}", query=values)
    assert reply.status == 200
    assert reply.body == exported(sample_release, name, values, tmp_path)
    assert reply.media_type == fmt.media_type
    file = re.fullmatch(r'attachment; filename="([!-~]+)"', reply.headers["Content-Disposition"])
    assert file is not None
    assert file[1].startswith("GCN4_P03069_targets_2-papers")
    assert file[1].endswith(fmt.suffix)


def test_numbers_are_those_of_the_filter(base_url: str, sample_release: Path) -> None:
    with EdgeTable(open_release(sample_release).path) as edges:
        for values in (SOX4, GCN4, {"organism": "9606"}, {"name": "sox"}):
            reply = fetch(f"{base_url}/interactions.json", query=values)
            wanted = Filter(**{**values, "min_papers": int(values.get("min_papers", 0))})  # type: ignore[arg-type]
            assert len(reply.json["edges"]) == edges.count(wanted)


def test_all_edges_are_a_table(base_url: str, sample_release: Path) -> None:
    reply = fetch(f"{base_url}/interactions.tsv")
    with EdgeTable(open_release(sample_release).path) as edges:
        assert reply.text.count("\n") == 1 + edges.count(Filter())
    assert 'filename="interactions.tsv"' in reply.headers["Content-Disposition"]


def test_the_gene_set_of_a_target(base_url: str) -> None:
    reply = fetch(f"{base_url}/interactions.gmt", query=SOX4)
    file = reply.headers["Content-Disposition"].partition('"')[2].rstrip('"')
    assert file == "SOX4_Q06945_regulators_small-scale.gmt"
    sets = read_gmt(reply.text, file)
    assert list(sets) == ["regulators_of_SOX4_Q06945"]
    assert int(reply.headers["Content-Length"]) == len(reply.body)


def test_rdf_is_one_graph(base_url: str) -> None:
    graphs = [
        fetch(f"{base_url}/interactions.{name}", query=SOX4).graph()
        for name in ("nt", "ttl", "jsonld", "rdf")
    ]
    assert len(graphs[0]) > 50
    for graph in graphs[1:]:
        assert isomorphic(graphs[0], graph)


def test_the_queries_of_an_export_are_logged_as_its_own(
    sample_release: Path, start_server: StartServer
) -> None:
    server = start_server(sample_release)
    reply = fetch(f"{server.url}/interactions.nt", query={"organism": "9606"})
    lines = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
    queries = [json.loads(line) for line in lines if "CONSTRUCT" in line]
    assert len(queries) > 8  # several batches
    assert {one["id"] for one in queries} == {reply.headers["X-Request-Id"]}


def test_suffixes_and_names(base_url: str) -> None:
    first = fetch(f"{base_url}/interactions.network.tsv", query=SOX4)
    second = fetch(f"{base_url}/interactions.network", query=SOX4)
    third = fetch(f"{base_url}/interactions.NETWORK", query=SOX4)
    assert first.body == second.body == third.body
    assert first.headers["ETag"] == second.headers["ETag"]


# Caching


def test_tags(base_url: str) -> None:
    address = f"{base_url}/interactions.gmt"
    tags = {
        name: fetch(address, query=values).headers["ETag"]
        for name, values in (
            ("plain", SOX4),
            ("entrez", SOX4 | {"ids": "entrez"}),
            ("other", GCN4),
        )
    }
    assert len(set(tags.values())) == 3
    # The order of the parameters and empty ones mean nothing.
    turned = [("scale", "small"), ("tf", ""), ("target", "q06945"), ("ids", "symbol")]
    assert fetch(address, query=turned).headers["ETag"] == tags["plain"]
    again = fetch(address, query=SOX4, headers={"If-None-Match": tags["plain"]})
    assert (again.status, again.body) == (304, b"")
    packed = fetch(f"{base_url}/interactions.json", query=SOX4, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    head = fetch(address, method="HEAD", query=SOX4)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["ETag"] == tags["plain"]
    assert "SOX4" in head.headers["Content-Disposition"]


# What is refused


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ([("targt", "Q06945")], "did you mean 'target'?"),
        ([("id", "entrez")], "did you mean 'ids'?"),
        ([("xyz", "1")], "there are tf, target"),
        ([("tf", "P03069"), ("tf", "Q06945")], "give it once"),
        ([("tf", "SOX4")], "accessions look like"),
        ([("scale", "tiny")], "use small or large"),
        ([("ids", "ensembl")], "use symbol, entrez, uniprot"),
    ],
)
def test_wrong_parameters(base_url: str, query: list[tuple[str, str]], words: str) -> None:
    reply = fetch(f"{base_url}/interactions.gmt", query=query)
    assert reply.status == 400
    assert reply.media_type == "application/problem+json"
    assert words in reply.json["hint"]


def test_ids_where_there_is_no_choice(base_url: str) -> None:
    reply = fetch(f"{base_url}/interactions.ttl", query=SOX4 | {"ids": "entrez"})
    assert reply.status == 400
    assert "Turtle has no choice of ids" in reply.json["detail"]


def test_unknown_suffixes_list_the_formats(base_url: str) -> None:
    reply = fetch(f"{base_url}/interactions.xls", query=SOX4)
    assert reply.status == 404
    available = reply.json["available"]
    assert len(available) == len(EXPORT_FORMATS)
    for label, address in available.items():
        found = fetch(f"{base_url}{address}")
        assert found.status == 200, label
        assert "SOX4_Q06945" in found.headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["ttl", "nt", "jsonld", "rdf"])
def test_all_edges_as_rdf_are_files(base_url: str, name: str) -> None:
    reply = fetch(f"{base_url}/interactions.{name}")
    assert reply.status == 413
    assert reply.json["available"] == {"files": "/downloads"}
    assert "33,181 edges" in reply.json["detail"]


def test_too_many_rows(sample_release: Path, start_server: StartServer) -> None:
    server = start_server(sample_release, result_rows=6000, result_bytes=1_000_000)
    reply = fetch(f"{server.url}/interactions.tsv")
    assert reply.status == 413
    assert "There are 33,181 edges" in reply.json["detail"]
    zebrafish = fetch(f"{server.url}/interactions.gmt", query={"organism": "7955"})
    assert zebrafish.status == 413
    assert "lets 25,960 edges pass, and GMT may have 6,000" in zebrafish.json["detail"]
    # Within the rows, and too large: the answer is broken off, so that nobody takes it for whole.
    with pytest.raises(http.client.IncompleteRead):
        fetch(f"{server.url}/interactions.tsv", query={"organism": "4932"})
    # Known before the first byte, it is an error.
    server = start_server(sample_release, result_bytes=10_000)
    large = fetch(f"{server.url}/interactions.json", query={"tf": "P03069"})
    assert large.status == 413
    assert "10,000 bytes" in large.json["detail"]


def test_an_old_release_without_the_table(
    sample_release: Path, tmp_path: Path, start_server: StartServer
) -> None:
    old = open_release(sample_release)
    folder = tmp_path / "releases" / old.id
    folder.mkdir(parents=True)
    for path in old.path.iterdir():
        if path.name not in ("edges.sqlite", "downloads.json"):
            (folder / path.name).symlink_to(path)
    (tmp_path / "current").symlink_to(folder)
    server = start_server(tmp_path)
    reply = fetch(f"{server.url}/interactions.tsv", query=SOX4)
    assert reply.status == 503
    assert "build the release again" in reply.json["hint"]
    page = fetch(f"{server.url}/downloads", accept=BROWSER)
    assert page.status == 200
    assert "This release was built without files" in page.text
    assert "rdfconv build" in page.text
    assert fetch(f"{server.url}/downloads.json").json["files"] == []
    assert fetch(f"{server.url}/downloads/tflink-1.0_all.nt.gz").status == 404


# Clients that are slow or leave


def test_clients_that_leave_free_their_places(
    sample_release: Path, start_server: StartServer
) -> None:
    server = start_server(sample_release)
    parts = urlsplit(server.url)
    held = []
    for _ in range(exports.EACH_AT_ONCE):
        connection = socket.create_connection((parts.hostname, parts.port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /interactions.json HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        held.append(connection)
    refused = fetch(f"{server.url}/interactions.gmt", query=SOX4)
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert fetch(f"{server.url}/protein/Q06945.ttl").status == 200
    for connection in held:
        linger = struct.pack("ii", 1, 0)  # closed at once, as a client that dies is
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.close()
    wait_until(
        lambda: fetch(f"{server.url}/interactions.gmt", query=SOX4).status == 200, "a free place"
    )


def test_places_are_given_back_whatever_happens(sample_release: Path) -> None:
    settings = Settings(release=str(sample_release), workers=1)
    engine = EmbeddedEngine(settings)
    try:
        app = create_app(settings, engine)
        client = app.test_client()
        places = app.extensions["exports"]
        for address in ("tsv?tf=P03069", "ttl?tf=P03069", "ttl", "gmt?tf=Q99999"):
            for _ in range(exports.AT_ONCE + 1):
                for method in (client.get, client.head):
                    reply = method(f"/interactions.{address}", headers={"If-None-Match": '"x"'})
                    assert reply.status_code in (200, 413)
                    reply.close()
        assert places._running.total() == 0
    finally:
        engine.close()


def test_no_more_than_so_many_at_once() -> None:
    places = exports.Places(4, 3)
    inside, most, lock = 0, 0, threading.Lock()

    def enter(client: str) -> None:
        nonlocal inside, most
        for _ in range(50):
            try:
                leave = places.enter(client)
            except EngineError:
                continue
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.0001)
            with lock:
                inside -= 1
            leave()
            leave()

    threads = [threading.Thread(target=enter, args=(f"192.0.2.{n % 3}",)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= most <= 4
    leave = [places.enter(f"192.0.2.{n}") for n in range(4)]  # all places are free again
    assert len(leave) == 4


def test_http_1_0_gets_it_at_once(base_url: str) -> None:
    parts = urlsplit(base_url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        address = f"/interactions.gmt?{urlencode(SOX4)}"
        connection.sendall(f"GET {address} HTTP/1.0\r\n\r\n".encode())
        text = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = text.partition(b"\r\n\r\n")
    assert b"Content-Length: " in head
    assert body.startswith(b"regulators_of_SOX4_Q06945\t")


def test_another_release_in_between(tmp_path: Path, start_server: StartServer) -> None:
    """An export tells one release, the one that its header names."""
    (tmp_path / "table.tsv").write_text(table(row()), "utf-8")
    first, _ = build([tmp_path / "table.tsv"], tmp_path / "releases", downloads=False)
    server = start_server(tmp_path / "releases")
    address = f"{server.url}/interactions.ttl"
    wanted = {"tf": "Q9H9S0"}
    before = fetch(address, query=wanted)
    assert before.headers["TFLink-Release"] == first.id
    (tmp_path / "table.tsv").write_text(table(row(Name_Target="NEW")), "utf-8")
    second, _ = build([tmp_path / "table.tsv"], tmp_path / "releases", downloads=False)
    wait_until(
        lambda: fetch(address, query=wanted).headers["TFLink-Release"] == second.id, "the release"
    )
    after = fetch(address, query=wanted)
    assert (b"NEW" in before.body, b"NEW" in after.body) == (False, True)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert json.loads(fetch(f"{server.url}/interactions.json").body)["edges"]


# Negotiation, for the page of the list


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        ("", BROWSER, None),
        ("", "text/turtle", "ttl"),
        ("", "application/json", "json"),
        ("", "application/ld+json", "jsonld"),
        ("", "text/tab-separated-values", "tsv"),
        ("", "*/*", "tsv"),
        ("format=gmt", BROWSER, "gmt"),
        ("format=html", "text/turtle", None),
    ],
)
def test_negotiation(query: str, accept: str, expected: str | None) -> None:
    from flask import Flask

    with Flask(__name__).test_request_context(f"/interactions?{query}", headers={"Accept": accept}):
        found = exports.wanted_format()
    assert (found.name if found else None) == expected
