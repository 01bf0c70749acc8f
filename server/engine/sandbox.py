"""Takes the right to open sockets from a process.

A query worker needs none: SERVICE is refused before a query gets to it. If a query slipped
through all the same, the kernel would stop it here. This is a seccomp filter of Linux, which
needs no privileges; elsewhere the process goes on without it.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_FAIL = 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE = 0, 4
_FOREIGN = 0x40000000
"""System calls from here on are those of x86's third interface (x32)."""
_SYSTEMS = {
    "x86_64": (0xC000003E, 41),
    "aarch64": (0xC00000B7, 198),
}
"""By machine: the kernel's number of the architecture, and that of the system call socket."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def forbid_sockets() -> bool:
    """Has every later ``socket`` call of this thread and its children fail with EPERM.

    Returns:
        Whether the filter is in force: not on systems without seccomp or of another architecture.
    """
    system = _SYSTEMS.get(platform.machine())
    if platform.system() != "Linux" or system is None:
        return False
    filters = _filter(*system)
    program = _Program(len(filters) // 8, filters)
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(library.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program)) == 0)


def _filter(architecture: int, socket_call: int) -> bytes:
    """The filter as instructions: code, jump if true, jump if false, operand."""
    instructions = (
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, 4, architecture),  # another interface of the kernel: fail
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 2, 0, _FOREIGN),
        (_EQUAL, 1, 0, socket_call),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _FAIL | errno.EPERM),
    )
    return b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
