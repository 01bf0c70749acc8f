"""Connections to a remote that keep a deadline, can be cut from another thread, and are kept.

`http.client` reads and writes them like sockets. A socket's own timeout starts anew with every
byte; here each wait is only as long as the time that is left, so that one byte a second is no way
to hold a thread.
"""

from __future__ import annotations

import io
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from server.remote import FailureKind, RemoteError
from server.remote.addresses import Resolver
from server.remote.waiting import Cancel, Deadline, OutOfTimeError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_SIZE = 64 << 10
"""Bytes that the head of an answer may have, in all."""
TRIED = 4
"""How many addresses of a name are tried."""
LOOKUPS = 16
"""How many names may be looked up at once; the system gives no way to end a look-up."""
KEPT = 4
"""How many idle connections to one remote are kept."""
KEPT_IN_ALL = 16
"""How many idle connections are kept."""
KEPT_SECONDS = 15.0
"""How long an idle connection is kept."""

TLS = Callable[[], ssl.SSLContext]
"""Gives what certificates are checked with."""

_lookups = threading.BoundedSemaphore(LOOKUPS)


class Line:
    """A connection, as `http.client` and a client use it.

    Args:
        sock: not connected yet, or connected.
        deadline: when waiting on it ends.

    Attributes:
        deadline: when waiting on it ends.
        received: the bytes that came since `begin`.
        head: whether what comes now is an answer's head, and so has a limit.
        used: whether an answer came over it before.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._socket = sock
        self._lock = threading.Lock()  # so that nobody cuts a socket whose number is used again
        self._ended = False
        self.deadline = deadline
        self.received = 0
        self.head = True
        self.used = False

    def begin(self, deadline: Deadline) -> None:
        """Makes ready for an exchange."""
        self.deadline, self.received, self.head = deadline, 0, True

    def connect(self, address: str, port: int) -> None:
        """Connects to an address; no name is looked up.

        Raises:
            OSError: it cannot be reached.
            OutOfTimeError: it took too long.
        """
        place = _place(address, port)[1]
        self._socket.settimeout(self.deadline.left())
        self._socket.connect(place)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Speaks TLS from now on, with nobody but the host.

        Raises:
            OSError: it cannot be, `ssl.SSLError` among them.
            OutOfTimeError: it took too long.
        """
        self._socket.settimeout(self.deadline.left())
        plain = self._socket
        wrapped = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        with self._lock:
            self._socket = wrapped
        wrapped.do_handshake()

    # --- what http.client calls -------------------------------------------------------------------

    def makefile(self, mode: str) -> io.BufferedReader:
        """What an answer is read from."""
        return io.BufferedReader(_Reading(self), 1 << 16)

    def sendall(self, content: bytes | memoryview) -> None:
        """Sends all of it.

        Raises:
            OSError: it cannot be.
            OutOfTimeError: the remote took it too slowly.
        """
        rest = memoryview(content)
        while rest:
            self._socket.settimeout(self.deadline.left())
            rest = rest[self._socket.send(rest[: 1 << 16]) :]

    def close(self) -> None:
        """Nothing: http.client closes before an answer is read, if it is the last one."""

    # --- what the client calls --------------------------------------------------------------------

    def receive(self, buffer: memoryview) -> int:
        """Waits for the next bytes.

        Raises:
            OSError: the connection is broken.
            OutOfTimeError: the time is over.
        """
        if self.head and self.received > HEAD_SIZE:
            raise RemoteError(
                FailureKind.BROKEN,
                f"the endpoint's answer has headers of more than {HEAD_SIZE:,} bytes",
            )
        self._socket.settimeout(self.deadline.left())
        count = self._socket.recv_into(buffer)
        if self.head and not count:
            raise ConnectionResetError  # http.client would take a head that ends so as complete
        self.received += count
        return count

    def fresh(self) -> bool:
        """Whether an idle connection can be used: nobody closed it or wrote without being asked."""
        try:
            waiting, _, _ = select.select([self._socket], [], [], 0)
        except (OSError, ValueError):
            return False
        return not waiting

    def cut(self) -> None:
        """Ends what another thread does on it; that thread then closes it."""
        with self._lock:
            if not self._ended:
                with suppress(OSError):  # not connected yet, or not any more
                    # Of the plain socket: that of TLS would forget its state under the reader.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def end(self) -> None:
        """Closes it; may be called more than once."""
        with self._lock:
            self._ended = True
            self._socket.close()


class _Reading(io.RawIOBase):
    """The side of a line that is read; it outlives no answer, and the line outlives it."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        return self._line.receive(memoryview(buffer))


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose connections may be used for each other's requests."""

    secure: bool
    host: str
    port: int
    private: bool


class Idle:
    """Idle connections, the last used one first; all methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: list[tuple[Origin, Line, float]] = []

    def take(self, origin: Origin) -> Line | None:
        """A connection that still stands; None if there is none."""
        while True:
            with self._lock:
                places = [n for n, (one, _, _) in enumerate(self._lines) if one == origin]
                if not places:
                    return None
                _, line, since = self._lines.pop(places[-1])
            if time.monotonic() - since < KEPT_SECONDS and line.fresh():
                return line
            line.end()

    def put(self, origin: Origin, line: Line) -> None:
        """Keeps a connection whose answer was read to its end."""
        line.used = True
        with self._lock:
            self._lines.append((origin, line, time.monotonic()))
            same = [one for one in self._lines if one[0] == origin]
            too_many = same[:-KEPT] or self._lines[:-KEPT_IN_ALL]
            for one in too_many:
                self._lines.remove(one)
        for _, old, _ in too_many:
            old.end()

    def end(self) -> None:
        """Closes them all."""
        with self._lock:
            lines, self._lines = self._lines, []
        for _, line, _ in lines:
            line.end()


def checked_addresses(
    resolve: Resolver, origin: Origin, deadline: Deadline, cancel: Cancel
) -> tuple[str, ...]:
    """What a resolver says, in time: the system gives no way to end a look-up, so it is left alone.

    Raises:
        RemoteError: the resolver refuses the host, too many look-ups hang, or it is cancelled.
        OutOfTimeError: it took too long.
    """
    if not _lookups.acquire(timeout=deadline.left()):
        raise OutOfTimeError
    answer: SimpleQueue[tuple[str, ...] | Exception | None] = SimpleQueue()

    def look_up() -> None:
        try:
            answer.put(resolve(origin.host, origin.port, origin.private))
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            answer.put(error)
        finally:
            _lookups.release()

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    with cancel.watching(lambda: answer.put(None)):
        try:
            found = answer.get(timeout=deadline.left())
        except Empty:
            raise OutOfTimeError from None
    if isinstance(found, Exception):
        raise found
    return found or ()


def opened(
    addresses: tuple[str, ...], origin: Origin, deadline: Deadline, cancel: Cancel, tls: TLS
) -> Line:
    """A new connection to the first of some addresses that takes it.

    Raises:
        OSError: none does; the last one's error.
        RemoteError: it is cancelled.
        OutOfTimeError: it took too long.
    """
    addresses = addresses[:TRIED]
    for number, address in enumerate(addresses, 1):
        share = deadline.or_after(deadline.left() / (len(addresses) - number + 1))
        line = Line(socket.socket(_place(address, origin.port)[0], socket.SOCK_STREAM), share)
        try:
            with cancel.watching(line.cut):
                line.connect(address, origin.port)
                if origin.secure:
                    line.secure(tls(), origin.host)
            return line
        except (OSError, OutOfTimeError):
            line.end()
            if number == len(addresses) or cancel.cancelled:
                raise
        except BaseException:
            line.end()
            raise
    raise OSError("no address")


def _place(address: str, port: int) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    """The family and the socket address of an address; no name is looked up."""
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    [(family, _, _, _, place), *_] = socket.getaddrinfo(
        address, port, type=socket.SOCK_STREAM, flags=flags
    )
    return family, place
