"""The frames that a query worker and the web process exchange over two pipes.

A frame is one byte (its type), four bytes (the payload's length, big endian) and the payload.

>>> import io
>>> pipe = io.BytesIO()
>>> write_frame(pipe, FrameType.DATA, b"abc")
>>> pipe.seek(0)
0
>>> read_frame(pipe)
(<FrameType.DATA: b'D'>, b'abc')
>>> read_frame(pipe) is None
True
"""

from __future__ import annotations

import struct
from enum import Enum
from typing import BinaryIO

_HEADER = struct.Struct(">cI")


class FrameType(Enum):
    """What a frame carries."""

    READY = b"R"
    """Worker: the store is open."""
    QUERY = b"Q"
    """Web process: a query as JSON: text, graphs, the format's name and table."""
    TAKEN = b"T"
    """Worker: the query has arrived."""
    FAULT = b"F"
    """Worker: what went wrong that the query need not suffer from, as text."""
    KIND = b"K"
    """Worker: the answer begins; its kind and, behind a blank, what it was cut to, if it was."""
    ROWS = b"N"
    """Worker: how many rows the answer has with the bytes that follow, in formats with rows."""
    DATA = b"D"
    """Worker: bytes of the answer."""
    END = b"E"
    """Worker: the answer is complete; the payload is its peak resident memory in bytes."""
    ERROR = b"X"
    """Worker: there is no answer, or no more of it; JSON with kind, detail, line, column."""


def write_frame(pipe: BinaryIO, kind: FrameType, payload: bytes | bytearray = b"") -> None:
    """Writes a frame and flushes it."""
    pipe.write(_HEADER.pack(kind.value, len(payload)))
    pipe.write(payload)
    pipe.flush()


def read_frame(pipe: BinaryIO) -> tuple[FrameType, bytes] | None:
    """Reads a frame; None where the pipe ended, also in the middle of a frame."""
    header = pipe.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    value, length = _HEADER.unpack(header)
    payload = pipe.read(length)
    return (FrameType(value), payload) if len(payload) == length else None
