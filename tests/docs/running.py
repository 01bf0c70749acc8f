"""Runs what the documentation shows, in a folder, as a reader would."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import tarfile
import textwrap
from pathlib import Path
from types import TracebackType

from tests.conftest import PATIENCE, ROOT, SAMPLE, wait_until
from tests.docs.blocks import dialogue

SHOWN_ADDRESS = "http://127.0.0.1:8080"
"""Where the documentation says that the server is."""
OLDER = "20200101T000000Z-00000000"
"""The id of the release that a rollback goes to."""


class Reader:
    """Somebody who does what a page says, in a folder; leaving stops the servers started there.

    Args:
        folder: where commands are run.
        address: where the server is, if one runs already.
    """

    def __init__(self, folder: Path, address: str = SHOWN_ADDRESS) -> None:
        self.folder = folder
        self.address = address
        self._servers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.send_signal(signal.SIGTERM)
            server.wait(PATIENCE)

    def run(self, command: str) -> str:
        """What a command prints, on both of its outputs.

        Raises:
            AssertionError: it failed.
        """
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self._here(command)],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=2 * PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{command}\nended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def python(self, code: str) -> str:
        """What a program in Python prints."""
        (self.folder / "snippet.py").write_text(self._here(code), "utf-8")
        return self.run("python snippet.py")

    def serve(self, command: str) -> None:
        """Starts a server as a command says, but on a free port, and waits until it listens."""
        assert re.search(r"--port \d+", command), f"this is no server with a port: {command}"
        log = self.folder / "server.log"
        with log.open("wb") as stream:
            server = subprocess.Popen(
                ["bash", "-c", f"exec {re.sub(r'--port [0-9]+', '--port 0', command)}"],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            )
        self._servers.append(server)

        def listening() -> bool:
            assert server.poll() is None, f"{command}\nended:\n{log.read_text()}"
            return "listening at " in log.read_text()

        wait_until(listening, command)
        self.address = log.read_text().partition("listening at ")[2].split()[0]

    def talk(self, text: str) -> None:
        """Types the commands of a console's lines, and compares what they print.

        Raises:
            AssertionError: something else was printed.
        """
        for command, shown in dialogue(text):
            if command.startswith("rdfconv serve"):
                self.serve(command)
            else:
                printed = self.run(command)
                assert fits(printed, shown), f"{command}\nprinted:\n{printed}\ninstead of:\n" + (
                    "\n".join(shown)
                )

    def _here(self, text: str) -> str:
        return text.replace(SHOWN_ADDRESS, self.address)

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        return {**os.environ, "PATH": path}


def fits(printed: str, shown: list[str]) -> bool:
    """Whether lines are those that are shown; ``...`` stands for any, at the end of a line for any
    rest of it.

    >>> fits("a b\\nc\\nd\\n", ["a ...", "...", "d"]), fits("a\\n", ["b"]), fits("", [])
    (True, False, True)
    """
    pattern = ""
    for line in shown:
        if line == "...":
            pattern += r"(?:.*\n)*"
        else:
            whole = line.removesuffix("...")
            pattern += re.escape(whole) + (r".*\n" if whole != line else r"\n")
    return re.fullmatch(pattern, printed) is not None


def furnish(folder: Path) -> None:
    """Puts into a folder what the documentation's commands take as given: pages, tables, an
    archive, RDF files, and the repository's own folders."""
    for name in ("tests", "ontology"):
        (folder / name).symlink_to(ROOT / name)
    page = (SAMPLE / "pages" / "q06945.md").read_bytes()
    (folder / "q06945.md").write_bytes(page)
    (folder / "pages").mkdir()
    (folder / "pages" / "q06945.md").write_bytes(page)
    with tarfile.open(folder / "tflink-pages.tar.xz", "w:xz") as archive:
        archive.add(folder / "pages", "pages")
    [source] = (SAMPLE / "tables").glob("*cerevisiae*")
    table = b"".join(source.read_bytes().splitlines(keepends=True)[:101])
    (folder / "table.tsv").write_bytes(table)
    (folder / "table.tsv.gz").write_bytes(gzip.compress(table))
    triple = "<https://my.org/a> <https://my.org/b> <https://my.org/c>"
    (folder / "mine.ttl").write_text(f"{triple} .\n", "utf-8")
    quad = f"{triple} <https://my.org/graph> .\n".encode()
    (folder / "others.nq.gz").write_bytes(gzip.compress(quad))


def put_releases(folder: Path, root: Path) -> None:
    """Puts releases into a folder, and takes away those that were there: an older and a newer one
    in ``output``, which share their files, and ``releases/A`` and ``B``.

    Args:
        folder: the folder.
        root: the root of the release to take; nothing in it changes.
    """
    current = (root / "current").resolve()
    script = f"""
        rm -rf output releases
        mkdir -p output/releases releases
        cp -al '{current}' output/releases/{OLDER}
        cp -al '{current}' output/releases/{current.name}
        ln -s releases/{current.name} output/current
        ln -s '{current}' releases/A
        ln -s '{current}' releases/B
    """
    subprocess.run(["bash", "-ec", textwrap.dedent(script)], cwd=folder, check=True)
