"""An answer of an endpoint, read as it comes and within its limits."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from types import TracebackType

from server.remote import FailureKind, RemoteError
from server.remote.connections import Line
from server.remote.waiting import Cancel, OutOfTimeError

_BLOCK = 1 << 16


class Reply:
    """An answer of status 200, read as it comes; closed at its end, or by whoever had enough.

    Args:
        response: the answer.
        line: the connection it comes over.
        limit: bytes it may have, decompressed; 0 for any number.
        cancel: ends it from another thread.
        keep: takes the connection when it can be used again.

    Attributes:
        status: its HTTP status.
        media_type: its type, in lower case and without parameters; empty if it has none.
        size: the bytes that were read, decompressed.
    """

    def __init__(
        self,
        response: HTTPResponse,
        line: Line,
        limit: int,
        cancel: Cancel,
        keep: Callable[[Line], None],
    ) -> None:
        self._response = response
        self._line = line
        self._limit = limit
        self._cancel = cancel
        self._keep = keep
        self._rest = memoryview(b"")
        self._packed = 0
        self._open = True
        self.status = response.status
        self.media_type = self.header("Content-Type").partition(";")[0].strip().lower()
        self.size = 0
        coding = self.header("Content-Encoding").strip().lower()
        self._inflate = zlib.decompressobj(wbits=31) if coding in ("gzip", "x-gzip") else None
        if self._inflate is None and coding not in ("", "identity"):
            raise RemoteError(
                FailureKind.FORMAT, "the endpoint's answer is compressed in a way nobody asked for"
            )

    def header(self, name: str) -> str:
        """The value of a header, "" if there is none; the remote chose it, so never show it."""
        return self._response.getheader(name, "")

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        Args:
            size: how many at most; all that are left if it is negative.

        Returns:
            At least one byte if there are any left and some were asked for.

        Raises:
            RemoteError: the answer is too large, broke off, took too long or was cancelled.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(_BLOCK), b""))
        if not self._rest and size and self._open:
            self._rest = memoryview(self._next())
        block, self._rest = bytes(self._rest[:size]), self._rest[size:]
        return block

    def close(self) -> None:
        """Closes the connection if the answer was not read to its end; may be called twice."""
        if self._open:
            self._open = False
            self._cancel.forget(self._line.cut)
            self._line.end()

    def __enter__(self) -> Reply:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _next(self) -> bytes:
        try:
            block = self._inflated() if self._inflate else self._received()
            if not block:
                self._finish()
            self.size += len(block)
            self._check(self.size)
        except (OutOfTimeError, OSError, HTTPException, ValueError, zlib.error) as error:
            self.close()
            raise failure(error, self._cancel) from None
        except BaseException:
            self.close()
            raise
        return block

    def _received(self) -> bytes:
        """The next bytes as they come.

        Raises:
            RemoteError: the answer broke off; http.client passes over that if it knows the length.
        """
        block = self._response.read1(_BLOCK)
        if not block:
            self._cancel.check()
            if self._response.length:
                raise broken()
        self._packed += len(block)
        self._check(self._packed)
        return block

    def _inflated(self) -> bytes:
        """The next bytes, decompressed; never much more than a block at once."""
        inflate = self._inflate
        assert inflate is not None
        while not inflate.eof:
            packed = inflate.unconsumed_tail or self._received()
            if not packed:
                raise broken()
            block = inflate.decompress(packed, _BLOCK)
            if block:
                return block
        if inflate.unused_data or self._received():
            raise broken()
        return b""

    def _check(self, size: int) -> None:
        if self._limit and size > self._limit:
            raise RemoteError(
                FailureKind.LARGE, f"the endpoint's answer has more than {self._limit:,} bytes"
            )

    def _finish(self) -> None:
        if self._response.will_close:
            self.close()
            return
        self._open = False
        self._cancel.forget(self._line.cut)
        self._keep(self._line)


def failure(error: Exception, cancel: Cancel) -> RemoteError:
    """What an error of a connection means."""
    if cancel.cancelled:
        return RemoteError(FailureKind.CANCELLED, "the request was cancelled")
    return late() if isinstance(error, (OutOfTimeError, TimeoutError)) else broken()


def late() -> RemoteError:
    return RemoteError(FailureKind.TIMEOUT, "the endpoint did not answer in time")


def broken() -> RemoteError:
    return RemoteError(
        FailureKind.BROKEN, "the endpoint's answer broke off, or is no HTTP", hint="try again later"
    )
