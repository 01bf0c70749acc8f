"""Asking endpoints that misbehave: a clear error in time, and nothing of theirs in it."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from rdfconv.errors import UsageError
from server.remote import Caps, FailureKind, Remote, RemoteError
from server.remote.addresses import resolve
from server.remote.client import Cancel, Client
from server.remote.connections import HEAD_SIZE, KEPT
from tests.conftest import PATIENCE
from tests.server.remotes import (
    CAPS,
    QUERY,
    SECRET,
    XML,
    Endpoint,
    Names,
    Visit,
    always,
    asked,
    endpoint,
    failure,
    framed,
    http_answer,
    in_turn,
    trap,
    xml_results,
)

BODY = xml_results("one", "two")
GOOD = http_answer(BODY)
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


# --- what is sent ---------------------------------------------------------------------------------


def test_a_query_is_posted_as_the_protocol_says(
    start: Start, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No proxy of the environment is asked, and no cookie comes back."""
    with trap() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}/")
        good = start(
            always(http_answer(BODY, f"{XML}; charset=utf-8", headers={"Set-Cookie": "a=b"}))
        )
        parameters = [("default-graph-uri", "urn:a"), ("default-graph-uri", "urn:b")]
        for _ in range(2):
            assert asked(client, good.remote, parameters=parameters) == BODY
        assert proxy.count == 0
    for visit in good.visits:
        assert visit.path == "/sparql"
        assert visit.form == [("query", QUERY), *parameters]
        assert visit.headers == {
            "host": f"127.0.0.1:{good.port}",
            "user-agent": "rdfconv/test (mailto:someone@example.org)",
            "accept": XML,
            "accept-encoding": "gzip",
            "content-type": "application/x-www-form-urlencoded",
            "content-length": visit.headers["content-length"],
        }


def test_the_query_of_an_address_is_kept(start: Start, client: Client) -> None:
    good = start(always(GOOD))
    assert asked(client, Remote(f"{good.url}?key=a/b", private=True)) == BODY
    assert good.visits[0].path == "/sparql?key=a/b"


@pytest.mark.parametrize("name", ["a\r\nHost: b", "rdfconv (é)", "a\0b"])
def test_a_client_has_a_name_that_can_be_sent(name: str) -> None:
    with pytest.raises(UsageError):
        Client(name)


# --- what comes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [-1, 1, 7, 1000, 1 << 20])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("framing", ["length", "chunks", "close"])
def test_a_good_answer_comes_whole(
    start: Start, client: Client, framing: str, packed: bool, size: int
) -> None:
    body = BODY * 50
    answer = framed(gzip.compress(body) if packed else body, framing, packed=packed)
    good = start(always(answer, keep=framing != "close"))
    for _ in range(2):
        with client.post(good.remote, QUERY, XML, CAPS, Cancel()) as reply:
            assert (reply.status, reply.media_type) == (200, XML)
            blocks = [reply.read()] if size < 0 else list(iter(lambda: reply.read(size), b""))
            assert reply.read(5) == b""
        assert b"".join(blocks) == body
        assert reply.size == len(body)
        assert size < 0 or max(map(len, blocks)) <= size
    assert good.connections == (2 if framing == "close" else 1)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (http_answer(BODY, length=len(BODY) + 1), FailureKind.BROKEN),
        (http_answer(b"", length=10**12), FailureKind.BROKEN),
        (framed(BODY, "chunks", end=False), FailureKind.BROKEN),
        (framed(BODY, "chunks", end=False)[:-20], FailureKind.BROKEN),
        (framed(b"", "chunks", end=False) + b"zz\r\n", FailureKind.BROKEN),
        (framed(b"", "chunks", end=False) + b"-5\r\n", FailureKind.BROKEN),
        (framed(gzip.compress(BODY)[:-9], "length", packed=True), FailureKind.BROKEN),
        (framed(gzip.compress(BODY)[:-9], "close", packed=True), FailureKind.BROKEN),
        (framed(gzip.compress(BODY) + b"more", "length", packed=True), FailureKind.BROKEN),
        (framed(BODY, "length", packed=True), FailureKind.BROKEN),
        (framed(b"", "length", packed=True), FailureKind.BROKEN),
        (http_answer(BODY, headers={"Content-Encoding": "deflate"}), FailureKind.FORMAT),
        (http_answer(BODY, headers={"Content-Encoding": "gzip, gzip"}), FailureKind.FORMAT),
        (b"", FailureKind.BROKEN),
        (b"HTTP/1.1 200", FailureKind.BROKEN),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/pl", FailureKind.BROKEN),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/n-triples\r\n", FailureKind.BROKEN),
        (b"SSH-2.0-OpenSSH_9.6 " + SECRET.encode() + b"\r\n", FailureKind.BROKEN),
        (b"<html>" + SECRET.encode() + b"</html>\r\n\r\n", FailureKind.BROKEN),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * HEAD_SIZE * 3 + b"\r\n\r\n", FailureKind.BROKEN),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n" + BODY, FailureKind.BROKEN),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * HEAD_SIZE, FailureKind.BROKEN),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_sound_is_an_error(
    start: Start, client: Client, answer: bytes, kind: FailureKind
) -> None:
    remote = start(always(answer, keep=False)).remote
    assert failure(client, remote).kind is kind


@pytest.mark.parametrize("status", [201, 202, 204, 206, 300, 400, 401, 403, 404, 406, 500, 501])
def test_other_statuses_are_told_without_the_body(
    start: Start, client: Client, status: int
) -> None:
    """206 is what Virtuoso sends with a part of the solutions."""
    other = start(always(http_answer(SECRET.encode(), "text/html", status), keep=False))
    error = failure(client, other.remote)
    assert (error.kind, error.status) == (FailureKind.STATUS, status)
    assert str(status) in error.message
    assert len(other.visits) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(start: Start, client: Client, status: int) -> None:
    with trap() as elsewhere:
        headers = {
            "Location": f"http://127.0.0.1:{elsewhere.port}/{SECRET}",
            "Refresh": f"0; url=http://127.0.0.1:{elsewhere.port}/",
            "Alt-Svc": f'h2="127.0.0.1:{elsewhere.port}"',
        }
        other = start(always(http_answer(b"", status=status, headers=headers)))
        for _ in range(2):
            error = failure(client, other.remote)
            assert (error.kind, error.status) == (FailureKind.STATUS, status)
            assert "redirect" in error.hint
        assert elsewhere.count == 0


def test_an_answer_that_virtuoso_stopped_at_is_an_error(start: Start, client: Client) -> None:
    partly = http_answer(BODY, headers={"X-SQL-State": "S1TAT", "X-SQL-Message": SECRET})
    assert failure(client, start(always(partly)).remote).kind is FailureKind.TIMEOUT


# --- size -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("framing", ["length", "chunks", "close"])
@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_may_be_as_large_as_the_limit(
    start: Start, client: Client, framing: str, packed: bool
) -> None:
    body = bytes(100_000)
    answer = framed(gzip.compress(body) if packed else body, framing, packed=packed)
    remote = start(always(answer, keep=framing != "close")).remote
    assert asked(client, remote, Caps(PATIENCE, size=len(body))) == body
    assert asked(client, remote, Caps(PATIENCE, size=0)) == body
    error = failure(client, remote, Caps(PATIENCE, size=len(body) - 1))
    assert error.kind is FailureKind.LARGE


def test_an_endless_answer_ends_at_the_limit(start: Start, client: Client) -> None:
    def behave(visit: Visit) -> None:
        visit.send(framed(b"", "close"))
        while not visit.ended.is_set():
            visit.send(b"<result/>" * 1000)

    assert failure(client, start(behave).remote).kind is FailureKind.LARGE


def test_a_gzip_bomb_is_not_unpacked(start: Start, client: Client) -> None:
    """100 MB of zeros in 100 kB."""
    squeeze = zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    bomb = b"".join(squeeze.compress(zeros) for _ in range(100)) + squeeze.flush()
    remote = start(always(framed(bomb, "length", packed=True), keep=False)).remote
    with client.post(remote, QUERY, XML, CAPS, Cancel()) as reply:
        with pytest.raises(RemoteError) as caught:
            reply.read()
        assert caught.value.kind is FailureKind.LARGE
        assert reply.size <= CAPS.size + (1 << 17)


def test_gzip_that_holds_nothing_has_an_end(start: Start, client: Client) -> None:
    """Its bytes count as they come, too."""
    squeeze = zlib.compressobj(wbits=31)
    head = squeeze.compress(b"a") + squeeze.flush(zlib.Z_FULL_FLUSH)
    empty = b"\0\0\0\xff\xff"
    remote = start(
        always(framed(head + empty * (1 << 19), "length", packed=True), keep=False)
    ).remote
    assert failure(client, remote).kind is FailureKind.LARGE


# --- connections that are kept --------------------------------------------------------------------


def test_a_connection_that_was_given_up_is_replaced(start: Start, client: Client) -> None:
    """The endpoint closes it just when the next request comes: that is sent once more."""
    other = start(in_turn(always(GOOD), lambda visit: False, always(GOOD)))
    assert asked(client, other.remote) == BODY
    assert asked(client, other.remote) == BODY
    assert (other.connections, len(other.visits)) == (2, 3)


def test_a_new_connection_that_is_given_up_is_not_replaced(start: Start, client: Client) -> None:
    other = start(lambda visit: False)
    assert failure(client, other.remote).kind is FailureKind.BROKEN
    assert len(other.visits) == 1


def test_a_connection_on_which_more_came_is_not_used_again(start: Start, client: Client) -> None:
    """What nobody asked for is no answer to the next request."""
    read, said = threading.Event(), threading.Event()

    def behave(visit: Visit) -> bool:
        visit.send(GOOD)
        if not visit.number and read.wait(PATIENCE):
            visit.send(http_answer(xml_results("smuggled")))
            said.set()
        return True

    other = start(behave)
    assert asked(client, other.remote) == BODY
    read.set()
    assert said.wait(PATIENCE)
    assert asked(client, other.remote) == BODY
    assert asked(client, other.remote) == BODY


def test_an_answer_that_was_not_read_ends_its_connection(start: Start, client: Client) -> None:
    other = start(always(GOOD))
    with client.post(other.remote, QUERY, XML, CAPS, Cancel()) as reply:
        reply.read(10)
    assert asked(client, other.remote) == BODY
    assert other.connections == 2


def test_few_connections_are_kept(start: Start, client: Client) -> None:
    other = start(always(GOOD))
    for expected in (KEPT + 3, KEPT + 3 + 3):
        replies = [client.post(other.remote, QUERY, XML, CAPS, Cancel()) for _ in range(KEPT + 3)]
        assert {reply.read() for reply in replies} == {BODY}
        assert other.connections == expected


# --- once more ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("wait", ["", "0"])
def test_an_endpoint_that_is_busy_is_asked_once_more(
    start: Start, client: Client, status: int, wait: str
) -> None:
    busy = always(http_answer(b"", status=status, headers={"Retry-After": wait}))
    other = start(in_turn(busy, always(GOOD)))
    assert asked(client, other.remote) == BODY
    other = start(busy)
    error = failure(client, other.remote)
    assert (error.kind, error.status, len(other.visits)) == (FailureKind.STATUS, status, 2)


@pytest.mark.parametrize(
    "wait", ["3", "86400", "9" * 400, "Wed, 21 Oct 2065 07:28:00 GMT", "-1", "1e9"]
)
def test_an_endpoint_that_wants_to_be_left_alone_is(
    start: Start, client: Client, wait: str
) -> None:
    other = start(always(http_answer(b"", status=503, headers={"Retry-After": wait})))
    assert failure(client, other.remote).status == 503
    assert len(other.visits) == 1


def test_there_is_no_pause_longer_than_the_time_left(start: Start) -> None:
    other = start(always(http_answer(b"", status=503, headers={"Retry-After": "2"})))
    assert failure(Client("test"), other.remote, Caps(1.5)).status == 503
    assert len(other.visits) == 1


def test_an_endpoint_that_cannot_be_reached_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    names = Names(["127.0.0.1"])
    client = Client("test", partial(resolve, lookup=names), pause=0)
    error = failure(client, Remote(f"http://example.org:{port}/", private=True))
    assert error.kind is FailureKind.CONNECT
    assert names.asked == ["example.org"] * 2


def test_the_next_address_is_tried_if_one_is_not_there(start: Start) -> None:
    other = start(always(GOOD, keep=False), "127.0.0.2")
    client = Client("test", partial(resolve, lookup=Names(["127.0.0.3", "127.0.0.2"])))
    answer = asked(client, Remote(f"http://example.org:{other.port}/", private=True))
    client.close()
    assert answer == BODY
