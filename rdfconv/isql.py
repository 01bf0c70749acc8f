"""SQL for a Virtuoso, by its own client.

What stands in the arguments of a process is seen by everybody on the machine (``ps``), so the
password and the statement go through standard input. The client asks for a password only after it
has tried its default one, and reads it from standard input only without a terminal.
"""

from __future__ import annotations

import subprocess
import threading
from contextlib import suppress
from typing import IO

from rdfconv.errors import RdfconvError

CLIENT = "isql-vt"
_OPTIONS = ("VERBOSE=OFF", "BANNER=OFF", "PROMPT=OFF", "ERRORS=STDOUT")
_KNOWN = "dba"
"""The password that Virtuoso comes with. It is no secret, and it is not asked for."""
_PROMPT = b"Enter password"
_ERRORS = ("*** Error", "ERROR:")
_ENTERED = b"it-is-open"
_ENTERING = threading.Lock()
"""Held until the client is in: four that have failed in turn, and Virtuoso locks all out."""


def sql_rows(address: str, user: str, password: str, statement: str) -> list[str]:
    """The lines that an SQL statement gives.

    Args:
        address: the host and the port of a Virtuoso's SQL.
        user: who asks.
        password: theirs.
        statement: the statement, with a semicolon at its end.

    Raises:
        RdfconvError: it fails.
    """
    secret = [] if password == _KNOWN else [password]
    command = [CLIENT, address, user, *([] if secret else [_KNOWN]), *_OPTIONS]
    lines = "\n".join([*secret, f"SELECT '{_ENTERED.decode()}';", statement, ""])
    with _ENTERING:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # without the terminal, of which it would ask the password
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(lines.encode())
        told = _entered(process.stdout)
        if _ENTERED not in told:
            process.kill()  # it would ask for the password again
    with process.stdout as output:
        told += output.read()
    failed = process.wait() != 0
    before, entered, rest = told.decode("utf-8", "replace").partition(_ENTERED.decode())
    found = [line.strip() for line in (rest if entered else before).splitlines() if line.strip()]
    if not entered or failed or any(line.startswith(_ERRORS) for line in found):
        shown = "a password" if "password" in statement.lower() else statement
        raise RdfconvError(f"Virtuoso: {shown}: {' '.join(found)}")
    return found


def _entered(output: IO[bytes]) -> bytes:
    """What the client says until it is in, or does not get in."""
    told = b""
    while _ENTERED not in told and told.count(_PROMPT) < 2:
        block = output.read1(4096)  # type: ignore[attr-defined]
        if not block:
            break
        told += block
    return told
