"""Which addresses may be asked: public ones, unless an operator named the remote.

A name is looked up once, all its answers are judged, and what is connected to are those answers:
a name server that says something else the next time changes nothing. Whatever form an address is
written in (decimal, octal, hexadecimal, short, inside IPv6), the one that it means is judged.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from server.remote import FailureKind, RemoteError

Resolver = Callable[[str, int, bool], tuple[str, ...]]
"""Gives the checked addresses of a host: `resolve`, or one like it."""
Lookup = Callable[[str, int], Sequence[tuple[Any, Any, Any, str, tuple[Any, ...]]]]
"""Asks for a host's addresses; answers like `socket.getaddrinfo`."""

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[0-9A-Za-z._:-]{1,253}")
_URL = re.compile(r"""[!-~]+""")

_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
"""All that is given out as global unicast."""
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by a provider's customers
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local: where clouds tell their secrets
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation, like 198.51.100 and 203.0.113
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation, like 3fff
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
"""What IANA's special-purpose registries take out of the global unicast addresses."""
_EMBEDDING = (ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96"))
"""IPv6 addresses that mean the IPv4 address at their end: mapped ones, and NAT64's."""


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of an endpoint's address: `path` with the query, `host` without brackets."""

    secure: bool
    host: str
    port: int
    path: str


def target(url: str) -> Target:
    """The parts of an endpoint's address.

    Raises:
        RemoteError: it is no address of an endpoint (`FailureKind.ADDRESS`).

    >>> target("https://sparql.example.org/sparql?a=b")
    Target(secure=True, host='sparql.example.org', port=443, path='/sparql?a=b')
    >>> target("https://somebody@sparql.example.org/")
    Traceback (most recent call last):
    ...
    server.remote.RemoteError: the endpoint's address has a user name in it
    """
    if not _URL.fullmatch(url) or "\\" in url:
        raise _refused("the endpoint's address has characters that no address has")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _refused("the endpoint's address is malformed") from error
    if parts.scheme not in _PORTS:
        raise _refused("the endpoint's address does not begin with https:// or http://")
    if "@" in parts.netloc:
        raise _refused("the endpoint's address has a user name in it")
    if "#" in url:
        raise _refused("the endpoint's address has a fragment (#...)")
    if not _HOST.fullmatch(host) or port == 0:
        raise _refused("the endpoint's address has no proper host or port")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(
        parts.scheme == "https", host.removesuffix("."), port or _PORTS[parts.scheme], path
    )


def resolve(host: str, port: int, private: bool, lookup: Lookup | None = None) -> tuple[str, ...]:
    """The addresses of a host, each of which may be asked.

    Args:
        host: a name or an address, without brackets.
        port: where it will be asked.
        private: whether addresses that are not public may be asked.
        lookup: how names are looked up; the system's way if None.

    Raises:
        RemoteError: one of its addresses may not be asked (`FailureKind.ADDRESS`), or it has none
            (`FailureKind.CONNECT`).

    >>> resolve("2130706433", 80, private=True)
    ('127.0.0.1',)
    """
    if not _HOST.fullmatch(host):  # also zone ids, and digits that look like others
        raise _refused("the endpoint's host is no name and no address")
    try:
        found = (lookup or _look_up)(host, port)
    except (OSError, UnicodeError) as error:
        raise RemoteError(
            FailureKind.CONNECT, "the endpoint's name cannot be looked up", hint="try again later"
        ) from error
    addresses = tuple(dict.fromkeys(str(answer[4][0]) for answer in found))
    if not addresses:
        raise RemoteError(FailureKind.CONNECT, "the endpoint's name has no address")
    if not private and not all(map(public, addresses)):
        raise _refused(
            "the endpoint's address is not public", hint="an operator can allow it by naming it"
        )
    return addresses


def public(address: str) -> bool:
    """Whether an address is one of the public internet.

    >>> public("192.0.43.8"), public("169.254.169.254"), public("::ffff:10.0.0.1"), public("::1")
    (True, False, False, False)
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and any(parsed in one for one in _EMBEDDING):
        parsed = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed not in _GLOBAL_IPV6:
        return False
    return not any(parsed in network for network in _SPECIAL)


def _look_up(host: str, port: int) -> Sequence[tuple[Any, Any, Any, str, tuple[Any, ...]]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _refused(message: str, *, hint: str = "") -> RemoteError:
    return RemoteError(FailureKind.ADDRESS, message, hint=hint)
