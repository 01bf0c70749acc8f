"""HTTP to other SPARQL endpoints: what federation and the remote engine share.

What comes from there is never trusted: where it may come from is checked (`addresses`), how long
it takes and how much it is has limits (`client`), and it is read as SPARQL results or not at all
(`results`). Nothing that a remote wrote ever stands in an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rdfconv.errors import RdfconvError


class FailureKind(StrEnum):
    """Why there is no answer from a remote."""

    ADDRESS = "address"
    """Its address may not be asked: it is not public, or no address at all."""
    CONNECT = "connect"
    """It cannot be found, reached, or believed to be who it is (TLS)."""
    STATUS = "status"
    """It answered with another HTTP status than 200, or with a redirect."""
    TIMEOUT = "timeout"
    """The exchange took longer than `Caps.seconds`, or the remote gave up at a limit of its own."""
    LARGE = "large"
    """Its answer has more bytes or rows than it may."""
    FORMAT = "format"
    """Its answer is complete, but no SPARQL result."""
    BROKEN = "broken"
    """Its answer broke off, or is no HTTP."""
    CANCELLED = "cancelled"
    """Somebody called `client.Cancel.cancel`."""


class RemoteError(RdfconvError):
    """There is no answer from a remote, or no complete one.

    Args:
        kind: why.
        message: what happened; nothing of what the remote wrote.
        status: the HTTP status, if it came.
        hint: what to do next.
    """

    def __init__(
        self, kind: FailureKind, message: str, *, status: int | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.status = status


@dataclass(frozen=True, slots=True)
class Remote:
    """Where requests go.

    Attributes:
        url: the endpoint's address, http or https.
        private: whether it may be on loopback or in a private network: an operator named it.
    """

    url: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Caps:
    """How long an exchange may take, and how much may come.

    Attributes:
        seconds: wall-clock time for all of it, from finding the address to the last byte.
        connect_seconds: of them, for finding the address, the connection and TLS.
        size: bytes of the answer, decompressed; 0 for any number.
    """

    seconds: float
    connect_seconds: float = 5.0
    size: int = 0
