"""Which addresses may be asked: no trick reaches this machine or the network around it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import pytest

from server.remote import Caps, FailureKind, Remote, RemoteError
from server.remote.addresses import public, resolve, target
from server.remote.client import Cancel, Client
from tests.server.remotes import (
    Names,
    Trap,
    Visit,
    always,
    endpoint,
    http_answer,
    trap,
    xml_results,
)

CAPS = Caps(seconds=5)

HERE = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0177.0x0.1",
    "127.0.0.1.",
    "0.0.0.0",
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:7f00:0001::1]",
    "[2001:0:7f00:1::]",
    "[2001:0:c000:201::80ff:fffe]",
)
"""Hosts that are this machine, or that mean it to somebody on the way."""
AROUND = (
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[fe80::1]",
    "[fc00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[2001:2::1]",
    "[2001:20::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[64:ff9b::a00:1]",
    "[2002:a00:1::1]",
)
"""Hosts that are near this machine, or nowhere."""
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "193.62.193.80",
    "2001:200::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
)


@pytest.fixture
def trapped() -> Iterator[Trap]:
    with trap() as found:
        yield found


def kind_of(client: Client, url: str, *, private: bool = False) -> FailureKind:
    """Why an address cannot be asked."""
    with pytest.raises(RemoteError) as caught:
        client.post(Remote(url, private), "ASK {}", "*/*", CAPS, Cancel())
    return caught.value.kind


# --- the trap -------------------------------------------------------------------------------------


def test_the_trap_catches(trapped: Trap) -> None:
    """Where an operator allows it, the same client does come: the other tests could fail."""
    client = Client("test", pause=0)
    for host in ("127.0.0.1", "2130706433", "0177.1", "0x7f.1", "localhost"):
        before = trapped.count
        kind = kind_of(client, f"http://{host}:{trapped.port}/", private=True)
        assert kind is FailureKind.BROKEN
        assert trapped.count > before, host


@pytest.mark.parametrize("host", HERE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_form_of_this_machine_is_reached(trapped: Trap, scheme: str, host: str) -> None:
    kind = kind_of(Client("test", pause=0), f"{scheme}://{host}:{trapped.port}/sparql")
    # Some systems do not know a form at all.
    assert kind in (FailureKind.ADDRESS, FailureKind.CONNECT)
    assert trapped.count == 0


@pytest.mark.parametrize("host", AROUND)
def test_nothing_around_this_machine_is_asked(host: str) -> None:
    assert kind_of(Client("test"), f"http://{host}/sparql") is FailureKind.ADDRESS


def test_this_machines_own_name_is_not_reached(trapped: Trap) -> None:
    kind = kind_of(Client("test", pause=0), f"http://{socket.gethostname()}:{trapped.port}/")
    assert kind in (FailureKind.ADDRESS, FailureKind.CONNECT)
    assert trapped.count == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://sparql.uniprot.org@127.0.0.1:{port}/",
        "http://sparql.uniprot.org:443@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}\\@sparql.uniprot.org/",
        "http://sparql.uniprot.org\\@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}#@sparql.uniprot.org/",
        "http://127.0.0.1:{port}/#fragment",
        "http://127.0.0.1 :{port}/",
        "http://127.0.0.1\t:{port}/",
        "http://127.0.0.1:{port}/\r\nHost: sparql.uniprot.org",
        "http://①②⑦.⓪.⓪.①:{port}/",
        "http://\uff11\uff12\uff17.0.0.1:{port}/",
        "http://127。0。0。1:{port}/",
        "http://ⓛocalhost:{port}/",
        "http://[fe80::1%25lo]:{port}/",
        "http://[::1%lo]:{port}/",
        "http://[::1:{port}/",
        "http://%31%32%37.0.0.1:{port}/",
        "http:127.0.0.1:{port}/",
        "http:///127.0.0.1:{port}/",
        "http://:{port}/",
        "//127.0.0.1:{port}/",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/",
        "gopher://127.0.0.1:{port}/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "",
    ],
)
def test_addresses_in_disguise_are_refused(trapped: Trap, url: str) -> None:
    """Also where an operator would allow what is behind it."""
    for private in (False, True):
        kind = kind_of(Client("test"), url.format(port=trapped.port), private=private)
        assert kind is FailureKind.ADDRESS
    assert trapped.count == 0


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["2606:4700::1", "::1"]],
)
def test_a_name_is_refused_if_one_of_its_addresses_is(answers: list[str], trapped: Trap) -> None:
    names = Names(answers)
    client = Client("test", partial(resolve, lookup=names))
    kind = kind_of(client, f"http://sparql.example.org:{trapped.port}/")
    assert kind is FailureKind.ADDRESS
    assert (names.asked, trapped.count) == (["sparql.example.org"], 0)


def test_what_is_checked_is_what_is_returned() -> None:
    """The second answer of the name server is never asked for."""
    names = Names(["8.8.8.8", "2606:4700::1", "8.8.8.8"], ["127.0.0.1"])
    assert resolve("example.org", 443, False, names) == ("8.8.8.8", "2606:4700::1")
    assert names.asked == ["example.org"]


def test_the_checked_address_is_the_one_connected_to() -> None:
    """A name that the system finds elsewhere is asked where the check saw it, and only there."""
    reached: list[str] = []

    def behave(visit: Visit) -> bool:
        reached.append(visit.connection.getsockname()[0])
        visit.send(http_answer(xml_results("here")))
        return True

    names = Names(["127.0.0.2"], ["127.0.0.1"])
    with (
        endpoint(behave, "0.0.0.0") as other,
        closing(Client("test", partial(resolve, lookup=names))) as client,
    ):
        remote = Remote(f"http://localhost:{other.port}/sparql", private=True)
        for _ in range(3):
            with client.post(remote, "ASK {}", "*/*", CAPS, Cancel()) as reply:
                assert reply.read() == xml_results("here")
        assert [visit.headers["host"] for visit in other.visits] == [f"localhost:{other.port}"] * 3
    assert (names.asked, reached, other.connections) == (["localhost"], ["127.0.0.2"] * 3, 1)


def test_an_address_is_checked_again_for_each_connection(trapped: Trap) -> None:
    """A name that moves to this machine while it is used is refused from then on."""
    answer = http_answer(xml_results("here"), headers={"Connection": "close"})
    checked: list[str] = []

    def resolver(host: str, port: int, private: bool) -> tuple[str, ...]:
        checked.append(host)
        return ("127.0.0.1",) if len(checked) == 1 else resolve("127.0.0.1", port, private)

    with endpoint(always(answer, keep=False)) as other:
        client = Client("test", resolver)
        url = f"http://sparql.example.org:{other.port}/sparql"
        with client.post(Remote(url), "ASK {}", "*/*", CAPS, Cancel()) as reply:
            reply.read()
        assert kind_of(client, url) is FailureKind.ADDRESS
        assert (len(checked), other.connections) == (2, 1)


def test_a_connection_to_a_private_address_is_not_used_by_those_who_may_not() -> None:
    answer = http_answer(xml_results("here"))
    with endpoint(always(answer)) as other, closing(Client("test")) as client:
        with client.post(other.remote, "ASK {}", "*/*", CAPS, Cancel()) as reply:
            reply.read()
        assert kind_of(client, other.url) is FailureKind.ADDRESS
        assert len(other.visits) == 1


def test_a_name_without_an_address_cannot_be_reached() -> None:
    def unknown(host: str, port: int) -> list[tuple[object, object, object, str, tuple[()]]]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    for lookup in (unknown, Names([])):
        with pytest.raises(RemoteError) as caught:
            resolve("sparql.example.org", 443, False, lookup)
        assert caught.value.kind is FailureKind.CONNECT


# --- the parts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert public(address)
    assert resolve("example.org", 443, False, Names([address])) == (
        socket.getaddrinfo(address, 443)[0][4][0],
    )


def test_no_text_that_is_no_address_is_public() -> None:
    assert not any(map(public, ("", "example.org", "1.1.1", "fe80::1%eth0", "1.1.1.1/8")))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://example.org", (False, "example.org", 80, "/")),
        ("https://EXAMPLE.org.:8443/a/b?c=d/", (True, "example.org", 8443, "/a/b?c=d/")),
        ("https://[2606:4700::1]:444/", (True, "2606:4700::1", 444, "/")),
        ("http://example.org?a", (False, "example.org", 80, "/?a")),
    ],
)
def test_the_parts_of_an_address(url: str, expected: tuple[bool, str, int, str]) -> None:
    parts = target(url)
    assert (parts.secure, parts.host, parts.port, parts.path) == expected
