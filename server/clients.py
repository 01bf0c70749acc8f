"""Who asks: the address of the client, also behind a proxy that is trusted."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

from rdfconv.errors import UsageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(setting: str, text: str) -> tuple[Network, ...]:
    """The networks that a setting lists, separated by blanks or commas.

    >>> networks("trusted_proxies", "127.0.0.1, 10.0.0.0/8 ::1")
    (IPv4Network('127.0.0.1/32'), IPv4Network('10.0.0.0/8'), IPv6Network('::1/128'))

    Raises:
        UsageError: one of them is no address and no network.
    """
    found = []
    for word in text.replace(",", " ").split():
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError as error:
            raise UsageError(
                f"{word!r} in the setting {setting!r} is no network: {error}",
                hint="write networks like 127.0.0.0/8 or 10.1.2.3, separated by blanks",
            ) from error
    return tuple(found)


def client_address(peer: str, forwarded: str, trusted: Iterable[Network]) -> str:
    """The address of the client: the last one that no trusted proxy has.

    Args:
        peer: the address that the connection comes from.
        forwarded: the header X-Forwarded-For.
        trusted: the proxies whose word is taken.

    >>> client_address("127.0.0.1", "203.0.113.9, 192.0.2.1", networks("", "127.0.0.1"))
    '192.0.2.1'
    >>> client_address("192.0.2.1", "203.0.113.9", networks("", "127.0.0.1"))
    '192.0.2.1'
    """
    trusted = tuple(trusted)
    address = peer
    for hop in reversed(forwarded.split(",")):
        parsed = _parsed(address)
        if parsed is None or not any(parsed in network for network in trusted):
            break
        found = _parsed(hop)
        if found is None:
            break
        address = str(found)
    return address


def address_of(text: str) -> Address | None:
    """An address without its zone; an IPv4 address that stands in an IPv6 one is that.

    >>> address_of("::ffff:192.0.2.7"), address_of("fe80::1%eth0"), address_of("localhost")
    (IPv4Address('192.0.2.7'), IPv6Address('fe80::1'), None)
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _parsed(text: str) -> Address | None:
    """The address in a text that may have a port behind it, or brackets around it."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return address_of(text)


class TrustedProxies:
    """WSGI middleware: ``REMOTE_ADDR`` is the client and not the proxy.

    Args:
        app: the application.
        setting: the setting `trusted_proxies`.
    """

    def __init__(self, app: Callable[..., Any], setting: str) -> None:
        self._app = app
        self._trusted = networks("trusted_proxies", setting)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        peer = environ.get("REMOTE_ADDR", "")
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
        environ["REMOTE_ADDR"] = client_address(peer, forwarded, self._trusted)
        return self._app(environ, start_response)
