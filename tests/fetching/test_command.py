"""The command ``rdfconv fetch``."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rdfconv.errors import ExitCode
from rdfconv.fetching import files
from rdfconv.fetching.files import ALL, SCALES, File, select
from tests.conftest import PATIENCE, wait_until
from tests.fetch_server import Answer, Document, FileServer
from tests.fetching.given import (
    GZ,
    MITAB,
    PACKED,
    PLAIN,
    TABLE,
    absent,
    whole,
)
from tests.inputs import on_terminal


def start(server: FileServer, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Starts the command, in a session of its own."""
    command = [sys.executable, "-m", "rdfconv", "fetch", *arguments]
    return subprocess.Popen(
        [*command, "--base-url", server.url, "--into", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(server: FileServer, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    process = start(server, folder, *arguments)
    output, errors = process.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize(("file", "content"), [(PLAIN, TABLE), (PACKED, GZ)])
def test_an_interrupted_fetch_goes_on(
    number: signal.Signals, file: File, content: bytes, server: FileServer, folder: Path
) -> None:
    half = len(content) // 2
    server.script = [Answer(cut=half, stall=True)]
    arguments = (file.organism.code, "--scale", file.scale)
    process = start(server, folder, *arguments)
    part = folder / f"{file.saved_as}.part"
    wait_until(
        lambda: (part.exists() and part.stat().st_size == half) or process.poll() is not None,
        "half of the file",
    )
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE)
    if number != signal.SIGKILL:
        assert process.returncode == ExitCode.INTERRUPTED
        assert errors.startswith("what came is kept; the same command goes on from there\n")
    absent(folder, file, part=content[:half])
    done = run(server, folder, *arguments)
    assert done.returncode == ExitCode.DONE
    assert f"{len(content):,} bytes, resumed\n" in done.stderr
    assert server.asked[-1].sent == len(content) - half
    whole(folder, file, content)


def test_a_disk_that_is_full(server: FileServer, folder: Path) -> None:
    """A limit of the system's on the size of files stands for it."""
    command = [sys.executable, "-m", "rdfconv", "fetch", "Dr", "--base-url", server.url]
    limited = ["bash", "-c", 'ulimit -f 100; exec "$@"', "limited", *command, "--into", str(folder)]
    done = subprocess.run(limited, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == ExitCode.FAILED
    assert f"error: cannot write {folder / PLAIN.saved_as}: File too large" in done.stderr
    absent(folder, part=TABLE[: 100 << 10])
    assert run(server, folder, "Dr").returncode == ExitCode.DONE
    assert server.asked[-1].sent == len(TABLE) - (100 << 10)
    whole(folder, PLAIN, TABLE)


def test_what_the_command_says(server: FileServer, folder: Path) -> None:
    path = folder / PLAIN.saved_as
    first = run(server, folder, "Danio rerio")
    assert (first.returncode, first.stdout) == (ExitCode.DONE, "")
    assert first.stderr == f"{path}: {len(TABLE):,} bytes, fetched\n{files.TERMS}\n"
    second = run(server, folder, "7955", "--json")
    told = json.loads(second.stdout)
    assert second.stderr == ""
    assert told == {
        "files": [
            {
                "name": PLAIN.name,
                "url": server.url + PLAIN.name,
                "organism": "Danio rerio",
                "taxon": "7955",
                "kind": "interactions",
                "scale": "all",
                "path": str(path),
                "bytes": len(TABLE),
                "received": 0,
                "state": "unchanged",
            }
        ],
        "failed": [],
        "skipped": [],
        "terms": files.TERMS,
    }
    quiet = run(server, folder, "Dr", "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (ExitCode.DONE, "", "")


def test_one_file_that_cannot_be_had_keeps_no_other_back(server: FileServer, folder: Path) -> None:
    """And where all organisms are asked for, what TFLink does not have is skipped and said."""
    for file in select([ALL], ["mitab"], "small").files:
        content = f"{MITAB}{file.organism.name}\n".encode()
        server.documents[file.name] = Document(content)
    del server.documents[select(["Hs"], ["mitab"], "small").files[0].name]
    done = run(server, folder, "all", "--kind", "mitab", "--scale", "small")
    assert done.returncode == ExitCode.FAILED
    lines = done.stderr.splitlines()
    assert (
        lines[0] == "skipped: TFLink has no file of the kind mitab and scale small of Danio rerio"
    )
    [error] = [line for line in lines if line.startswith("error: ")]
    assert "Homo_sapiens_interactions_SS_mitab_v1.0.tsv: the server answered 404" in error
    assert sum(line.endswith("bytes, fetched") for line in lines) == 5
    assert len(list(folder.glob("TFLink_*"))) == 5
    told = json.loads(
        run(server, folder, "all", "--kind", "mitab", "--scale", "small", "--json").stdout
    )
    assert [one["name"] for one in told["failed"]] == [
        "TFLink_Homo_sapiens_interactions_SS_mitab_v1.0.tsv"
    ]
    assert {one["state"] for one in told["files"]} == {"unchanged"}


def test_a_misnamed_file(server: FileServer, folder: Path) -> None:
    [file] = select(["Ce"], ["mitab"], "large").files
    content = gzip.compress(MITAB.encode())
    server.documents = {file.name: Document(content)}
    done = run(server, folder, "Ce", "--kind", "mitab", "--scale", "large")
    assert done.returncode == ExitCode.DONE
    assert server.asked[0].path.endswith("_LS_mitab_v1.0.tsv.gz.gz")
    whole(folder, file, content)
    assert file.saved_as.endswith("_LS_mitab_v1.0.tsv.gz")


def test_the_list(server: FileServer, folder: Path) -> None:
    done = run(server, folder, "--list")
    assert done.returncode == ExitCode.DONE
    lines = done.stdout.splitlines()
    # 150 names stand in TFLink's table, 16 of them of GFF3 files
    assert len(lines) == 134
    some = run(server, folder, "Dr", "--list", "--kind", "interactions", "--scale", "all")
    assert some.stdout.split() == ["Dr", "interactions", "all", PLAIN.name]
    told = json.loads(run(server, folder, "Dr", "--list", "--json").stdout)
    assert len(told) == 10
    assert told[0]["url"] == server.url + PLAIN.name
    assert {one["scale"] for one in told} <= set(SCALES)
    assert server.asked == []
    assert not folder.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing argument 'ORGANISM...'"),
        (["Xx"], "TFLink has no organism 'Xx'"),
        (["Dr", "--kind", "binding-sites"], "it has interactions (scale all, large)"),
        (["Dr", "--kind", "gff3"], "'gff3' is not one of"),
    ],
)
def test_wrong_commands(arguments: list[str], words: str, server: FileServer, folder: Path) -> None:
    done = run(server, folder, *arguments)
    assert done.returncode == ExitCode.USAGE
    assert words in done.stderr
    assert server.asked == []
    assert not folder.exists()


def test_trouble_is_told(server: FileServer, folder: Path) -> None:
    server.script = [Answer(status=503)]
    done = run(server, folder, "Dr")
    assert done.returncode == ExitCode.DONE
    first = done.stderr.splitlines()[0]
    assert first.endswith("the server answered 503 Service Unavailable; asking again in 1 s")


def test_a_bar_on_a_terminal(server: FileServer, folder: Path) -> None:
    shown, code = on_terminal("fetch", "Dr", "--base-url", server.url, "--into", str(folder))
    assert code == ExitCode.DONE
    assert b"100%" in shown
    assert b"Danio_rerio_interactions_All" in shown
    assert b"%" not in run(server, folder, "Dr").stderr.encode()
