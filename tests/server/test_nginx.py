"""Behind nginx, with the configuration that we give as an example."""

from __future__ import annotations

import getpass
import http.client
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.conftest import PATIENCE, ROOT, MakeRelease, RunningServer, StartServer, wait_until
from tests.server.test_limits import FOREVER, Leaving, computes
from tests.server.test_truncation import (
    MANY,
    NAMES,
    breaks_off_in_curl,
    format_of,
    query_of,
    raw,
    rows_of,
    target,
)
from tests.server.web import ask

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

FRAME = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 100; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {server}
}}
"""


@dataclass
class Site:
    """A server and the nginx in front of it."""

    url: str
    server: RunningServer


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease, start_server: StartServer
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    lines = "".join(f'<x:s{n}> <x:p> "{n}" .\n' for n in range(MANY))
    make_release(folder / "release", lines)
    server = start_server(
        folder / "release",
        workers=1,
        result_rows=MANY - 1,
        query_timeout=30,
        trusted_proxies="127.0.0.1",
        client_queries=1,
    )
    with before(folder, urlsplit(server.url).netloc) as url:
        yield Site(url, server)


@contextmanager
def before(folder: Path, target: str, upstream: str = "") -> Iterator[str]:
    """nginx with our example of a configuration; its address.

    Args:
        folder: for its files.
        target: the host and port that requests go to, or the name of the upstream.
        upstream: the block that says which machines those are.
    """
    assert NGINX is not None, "there is no nginx; 'make system-packages' installs it"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = (ROOT / "deploy" / "nginx.conf").read_text()
    config, ports = re.subn(r"listen 80;", f"listen 127.0.0.1:{port};", config, count=1)
    config, upstreams = re.subn(r"127\.0\.0\.1:8080", target, config)
    assert ports == 1
    assert upstreams
    text = FRAME.format(folder=folder, server=upstream + config)
    (folder / "nginx.conf").write_text(text)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", f"user {user()};"],
            stderr=log,
            stdout=log,
        )
        try:
            wait_until(lambda: process.poll() is not None or accepts(port), "nginx")
            assert process.poll() is None, (folder / "log").read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(PATIENCE)


def user() -> str:
    """The user that the tests run as."""
    return getpass.getuser()


def accepts(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def test_answers_come_through(site: Site) -> None:
    reply = ask(f"{site.url}/sparql", "ASK {}")
    assert reply.json["boolean"] is True
    assert "RateLimit" in reply.headers


@pytest.mark.parametrize("name", NAMES)
def test_a_transfer_breaks_off(site: Site, name: str) -> None:
    with pytest.raises(http.client.IncompleteRead):
        ask(f"{site.url}/sparql", query_of(name), format=format_of(name))
    breaks_off_in_curl(site.url + target(name))


@pytest.mark.parametrize("name", NAMES)
def test_http_1_0_gets_a_status(site: Site, name: str) -> None:
    head, _, body = raw(site.url, "1.0", target(name)).partition(b"\r\n\r\n")
    assert head.split()[1] == b"413"
    assert json.loads(body)["status"] == 413


def test_a_complete_answer_over_http_1_0(site: Site) -> None:
    address = target("csv").replace("%7D", "%7D+LIMIT+20000")
    head, _, body = raw(site.url, "1.0", address).partition(b"\r\n\r\n")
    assert head.split()[1] == b"200"
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert rows_of("csv", body) == 20000


def test_rows_come_before_the_query_has_ended(site: Site) -> None:
    endless = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    with Leaving(site.url, endless, "csv") as client:
        assert client.receive(200_000)
        # Each client may have one query at a time here: the first one is not done.
        assert ask(f"{site.url}/sparql", "ASK {}").status == 429


def settled(site: Site) -> None:
    """Waits until the client, who may have one query at a time here, has none."""
    wait_until(lambda: ask(f"{site.url}/sparql", "ASK {}").status == 200, "the queries' end")


def test_a_client_that_leaves_ends_its_query(site: Site) -> None:
    settled(site)
    with Leaving(site.url, FOREVER):
        wait_until(lambda: computes(site.server), "the query to run")
    wait_until(lambda: not computes(site.server), "the query's end")
    settled(site)


def test_the_proxy_is_not_the_client(site: Site) -> None:
    """Each client may have one query at a time here; a made-up address is no other client."""
    settled(site)
    with Leaving(site.url, FOREVER, headers={"X-Forwarded-For": "192.0.2.1"}):
        wait_until(lambda: computes(site.server), "the query to run")
        reply = ask(f"{site.url}/sparql", "ASK {}")
        assert reply.status == 429, reply.text
        assert int(reply.headers["Retry-After"]) > 0


class Two(NamedTuple):
    """Two machines behind one nginx, each with its own copy of the releases."""

    url: str
    roots: list[Path]
    servers: list[RunningServer]


@pytest.fixture
def two(tmp_path: Path, make_release: MakeRelease, start_server: StartServer) -> Iterator[Two]:
    tmp_path.chmod(0o755)
    roots = [tmp_path / name for name in "ab"]
    make_release(roots[0], '<x:s> <x:p> "old" .')
    shutil.copytree(roots[0], roots[1], symlinks=True)
    servers = [start_server(root, workers=1, trusted_proxies="127.0.0.1") for root in roots]
    upstream = (ROOT / "deploy" / "upstream.conf").read_text()
    for name, server in zip("ab", servers, strict=True):
        upstream, count = re.subn(
            rf"{name}\.example\.org:8080", urlsplit(server.url).netloc, upstream
        )
        assert count == 1
    with before(tmp_path, "rdfconv", upstream) as url:
        yield Two(url, roots, servers)
    for server in servers:
        server.stop()


class Asking(threading.Thread):
    """A client that asks without a pause, and keeps what it got: status, release, value."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.answers: list[tuple[int, str, str]] = []
        self._url = url
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.is_set():
            reply = ask(f"{self._url}/sparql", "SELECT ?v { <x:s> <x:p> ?v }", accept="text/csv")
            value = reply.text.split()[-1]
            self.answers.append((reply.status, reply.headers["TFLink-Release"] or "", value))

    def values(self) -> list[str]:
        """The values that it got, each run of equal ones once."""
        found = [value for _, _, value in list(self.answers)]
        return [one for place, one in enumerate(found) if found[place - 1 : place] != [one]]

    def stop(self) -> None:
        self._ended.set()
        self.join()


def test_a_swap_on_two_machines(two: Two, make_release: MakeRelease) -> None:
    """The release is made once, copied, and taken up by one machine after the other; a client gets
    every answer, whole, and sees the change once."""
    client = Asking(two.url)
    client.start()
    try:
        wait_until(lambda: len(client.answers) > 10, "answers of the old release")
        new = make_release(two.roots[0], '<x:s> <x:p> "new" .')
        shutil.copytree(two.roots[0] / "releases", two.roots[1] / "releases", dirs_exist_ok=True)
        switch = ["rollback", "--release", str(two.roots[1]), "--to", new.id]
        subprocess.run([sys.executable, "-m", "rdfconv", *switch], check=True, cwd=ROOT)
        wait_until(lambda: client.values()[-1:] == ["new"], "answers of the new release")
        many = len(client.answers)
        wait_until(lambda: len(client.answers) > many + 10, "more of them")
    finally:
        client.stop()
    assert client.values() == ["old", "new"]
    assert {status for status, _, _ in client.answers} == {200}
    assert len({(release, value) for _, release, value in client.answers}) == 2


def test_a_machine_that_goes(two: Two) -> None:
    """When the machine stops that a client is on, the other one answers, and no answer is lost."""
    client = Asking(two.url)
    client.start()
    try:
        wait_until(lambda: len(client.answers) > 10, "answers of both")
        for server in two.servers:
            if len(server.log.read_text().splitlines()) > 10:  # a line for each query
                server.stop()
                break
        else:
            pytest.fail("no machine was asked")
        many = len(client.answers)
        wait_until(lambda: len(client.answers) > many + 50, "answers of the other one")
    finally:
        client.stop()
    assert {status for status, _, _ in client.answers} == {200}
