"""Behind nginx, with the configuration that we give as an example."""

from __future__ import annotations

import getpass
import http.client
import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
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
    assert NGINX is not None, "there is no nginx; 'make system-packages' installs it"
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
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = (ROOT / "deploy" / "nginx.conf").read_text()
    config, ports = re.subn(r"listen 80;", f"listen 127.0.0.1:{port};", config, count=1)
    config, upstreams = re.subn(r"127\.0\.0\.1:8080", urlsplit(server.url).netloc, config)
    assert ports == 1
    assert upstreams
    (folder / "nginx.conf").write_text(FRAME.format(folder=folder, server=config))
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", f"user {user()};"],
        stderr=log,
        stdout=log,
    )
    try:
        wait_until(lambda: process.poll() is not None or accepts(port), "nginx")
        assert process.poll() is None, (folder / "log").read_text()
        yield Site(f"http://127.0.0.1:{port}", server)
    finally:
        process.terminate()
        process.wait(PATIENCE)
        log.close()


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
