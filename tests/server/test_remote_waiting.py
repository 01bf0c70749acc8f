"""Endpoints that take long, are given up by whoever asked, or are not who they should be."""

from __future__ import annotations

import gzip
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from server.remote import Caps, FailureKind, Remote, RemoteError
from server.remote.addresses import resolve
from server.remote.client import Cancel, Client
from tests.conftest import PATIENCE, wait_until
from tests.server.remotes import (
    CAPS,
    QUERY,
    XML,
    Behaviour,
    Endpoint,
    Names,
    Visit,
    always,
    asked,
    endpoint,
    failure,
    framed,
    http_answer,
    xml_results,
)

BODY = xml_results("one", "two")
GOOD = http_answer(BODY)
SHORT = Caps(seconds=0.4)
"""For what never ends by itself."""

Start = Callable[..., Endpoint]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts endpoints, which stop at the end."""
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(endpoint(*arguments))


@pytest.fixture
def client() -> Iterator[Client]:
    running = Client("rdfconv/test (mailto:someone@example.org)", pause=0)
    yield running
    running.close()


# --- time -----------------------------------------------------------------------------------------


def drip_head(visit: Visit) -> None:
    visit.drip(GOOD)


def drip_body(visit: Visit) -> None:
    visit.send(GOOD[: -len(BODY)])
    visit.drip(BODY)


def drip_chunks(visit: Visit) -> None:
    visit.send(framed(b"", "chunks", end=False))
    visit.drip(b"1\r\nx\r\n" * 50)


def drip_gzip(visit: Visit) -> None:
    packed = framed(gzip.compress(BODY), "length", packed=True)
    visit.send(packed[:150])
    visit.drip(packed[150:])


def rush(visit: Visit) -> None:
    """Never waits."""
    visit.send(framed(b"", "close"))
    while not visit.ended.is_set():
        visit.send(bytes(1 << 16))


@pytest.mark.parametrize(
    "behaviour", [Visit.stall, drip_head, drip_body, drip_chunks, drip_gzip, rush]
)
def test_a_slow_endpoint_is_given_up_at_the_deadline(
    start: Start, client: Client, behaviour: Behaviour
) -> None:
    """One byte at a time keeps nobody waiting longer; given time, these would all be read whole."""
    remote = start(behaviour).remote
    assert failure(client, remote, SHORT).kind is FailureKind.TIMEOUT


def test_an_endpoint_that_does_not_read_is_given_up(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        remote = Remote(f"http://127.0.0.1:{deaf.getsockname()[1]}/", private=True)
        with pytest.raises(RemoteError) as caught:
            client.post(remote, "x" * (64 << 20), XML, SHORT, Cancel())
    assert caught.value.kind is FailureKind.TIMEOUT


@pytest.mark.parametrize(
    ("caps", "kind"),
    [(SHORT, FailureKind.TIMEOUT), (Caps(PATIENCE, connect_seconds=0.2), FailureKind.CONNECT)],
)
def test_an_endpoint_that_never_says_hello_is_given_up(caps: Caps, kind: FailureKind) -> None:
    """TLS begins, and nothing comes."""
    client = Client("test", pause=0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        assert failure(client, Remote(url, private=True), caps).kind is kind


@pytest.mark.parametrize(
    ("caps", "kind"),
    [(SHORT, FailureKind.TIMEOUT), (Caps(PATIENCE, connect_seconds=0.2), FailureKind.CONNECT)],
)
def test_a_name_server_that_is_silent_is_given_up(caps: Caps, kind: FailureKind) -> None:
    released = threading.Event()

    def slow(host: str, port: int, private: bool) -> tuple[str, ...]:
        released.wait()
        return ()

    try:
        error = failure(Client("test", slow, pause=0), Remote("http://example.org/"), caps)
        assert error.kind is kind
    finally:
        released.set()


# --- cancelling -----------------------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", [Visit.stall, drip_head, drip_body, drip_chunks, rush])
def test_cancelling_ends_an_exchange_at_once(
    start: Start, client: Client, behaviour: Behaviour
) -> None:
    remote, cancel = start(behaviour), Cancel()
    errors: list[RemoteError] = []
    endless = Caps(PATIENCE)

    def ask() -> None:
        try:
            asked(client, remote.remote, endless, cancel=cancel)
        except RemoteError as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(remote.visits) == 3, "the requests")
    cancel.cancel()
    for thread in threads:
        thread.join(PATIENCE / 2)
        assert not thread.is_alive()
    assert [error.kind for error in errors] == [FailureKind.CANCELLED] * 3


def test_what_was_cancelled_asks_nobody(start: Start, client: Client) -> None:
    good, cancel = start(always(GOOD)), Cancel()
    cancel.cancel()
    with pytest.raises(RemoteError) as caught:
        asked(client, good.remote, cancel=cancel)
    assert caught.value.kind is FailureKind.CANCELLED
    assert (good.connections, cancel.cancelled) == (0, True)


def test_cancelling_leaves_other_exchanges_alone(start: Start, client: Client) -> None:
    """Also those over a connection that the cancelled one had used before."""
    good, first, second = start(always(GOOD)), Cancel(), Cancel()
    assert asked(client, good.remote, cancel=first) == BODY
    with client.post(good.remote, QUERY, XML, CAPS, second) as reply:
        first.cancel()
        assert reply.read() == BODY
    assert good.connections == 1


# --- TLS ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of ``sparql.example.org`` that it signed itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *(
                "-subj",
                "/CN=sparql.example.org",
                "-addext",
                "subjectAltName=DNS:sparql.example.org",
            ),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")),
        ],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def secure(start: Start, certificate: Path) -> Endpoint:
    other = start(always(GOOD))
    other.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    other.tls.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
    return other


def trusting(certificate: Path) -> Client:
    """A client that trusts the certificate, and finds every name on loopback."""
    tls = ssl.create_default_context(cafile=str(certificate / "certificate.pem"))
    return Client("test", partial(resolve, lookup=Names(["127.0.0.1"])), tls=tls, pause=0)


def test_the_certificate_is_that_of_the_name(secure: Endpoint, certificate: Path) -> None:
    client = trusting(certificate)
    remote = Remote(f"https://sparql.example.org:{secure.port}/sparql", private=True)
    for _ in range(2):
        assert asked(client, remote) == BODY
    client.close()
    assert secure.connections == 1
    assert secure.visits[0].headers["host"] == f"sparql.example.org:{secure.port}"


@pytest.mark.parametrize("host", ["other.example.org", "127.0.0.1", "localhost"])
def test_the_certificate_of_another_name_is_refused(
    secure: Endpoint, certificate: Path, host: str
) -> None:
    client = trusting(certificate)
    error = failure(client, Remote(f"https://{host}:{secure.port}/", private=True))
    assert (error.kind, len(secure.visits)) == (FailureKind.CONNECT, 0)
    assert "certificate" in error.message


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Endpoint) -> None:
    client = Client("test", partial(resolve, lookup=Names(["127.0.0.1"])), pause=0)
    error = failure(client, Remote(f"https://sparql.example.org:{secure.port}/", private=True))
    assert (error.kind, len(secure.visits)) == (FailureKind.CONNECT, 0)


def test_an_endpoint_without_tls_is_refused(start: Start, certificate: Path) -> None:
    other = start(always(GOOD))
    error = failure(
        trusting(certificate), Remote(f"https://sparql.example.org:{other.port}/", private=True)
    )
    assert (error.kind, len(other.visits)) == (FailureKind.CONNECT, 0)


def test_cancelling_ends_an_exchange_over_tls(secure: Endpoint, certificate: Path) -> None:
    client, cancel = trusting(certificate), Cancel()
    secure.behaviour = Visit.stall
    remote = Remote(f"https://sparql.example.org:{secure.port}/sparql", private=True)

    def cancel_later() -> None:
        wait_until(lambda: bool(secure.visits), "the request")
        cancel.cancel()

    thread = threading.Thread(target=cancel_later)
    thread.start()
    with pytest.raises(RemoteError) as caught:
        asked(client, remote, cancel=cancel)
    thread.join()
    assert caught.value.kind is FailureKind.CANCELLED
