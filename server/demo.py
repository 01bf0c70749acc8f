"""``make demo``: serves a release, shows where, and one query with its real answer."""

from __future__ import annotations

import argparse
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

QUERY = (
    "SELECT ?target ?name { uniprotkb:Q06945 tfl:regulates ?target . ?target rdfs:label ?name } "
    "ORDER BY ?name LIMIT 5"
)
"""What SOX4 (Q06945) regulates."""
WAIT = 30.0
"""Seconds the server may take to start."""


def main() -> int:
    """Starts the server, prints what to try, and stays until the server ends or Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", default="output")
    parser.add_argument("--port", default="8080")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the server, too
    address = f"http://127.0.0.1:{arguments.port}"
    command = [sys.executable, "-m", "rdfconv", "serve", "--release", arguments.release]
    server = subprocess.Popen([*command, "--port", arguments.port])
    try:
        if not _is_up(server, address):
            return server.wait() or 1
        _show(address)
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        server.terminate()
        server.wait()


def _is_up(server: subprocess.Popen[bytes], address: str) -> bool:
    """Whether the server answers within `WAIT` seconds and has not ended."""
    end = time.monotonic() + WAIT
    while server.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):  # noqa: S310
                return server.poll() is None
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _show(address: str) -> None:
    answer = urllib.request.Request(  # noqa: S310
        f"{address}/sparql",
        data=urllib.parse.urlencode({"query": QUERY}).encode(),
        headers={"Accept": "text/csv"},
    )
    with urllib.request.urlopen(answer, timeout=60) as response:  # noqa: S310
        text = response.read().decode()
    lines = [
        "",
        f"TFLink's sample is served at {address}/ (Ctrl-C stops it). Try:",
        "",
        f"  curl -H 'Accept: text/csv' {address}/sparql \\",
        f"    --data-urlencode {shlex.quote('query=' + QUERY)}",
        "",
        *text.splitlines(),
        "",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
