"""Conversion on real clusters of processes, from and to real storages."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from distributed import Client, LocalCluster
from moto.server import ThreadedMotoServer

from rdfconv.building import convert as convert_here
from rdfconv.cluster import convert, pool
from rdfconv.cluster.known import Known
from rdfconv.cluster.partitions import begin, planned
from rdfconv.cluster.run import MANIFEST, MARKER, Run
from rdfconv.cluster.work import Failure, convert_part
from rdfconv.errors import InputError, RdfconvError, StrictError, UsageError
from rdfconv.readers.kinds import Cut
from rdfconv.report import Report
from tests.cluster_inputs import every_kind
from tests.conftest import PATIENCE, children, wait_until
from tests.inputs import row, table

PART_BYTES = 5000
"""Small, so that small inputs have many parts."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Worker processes with their scheduler; each is one that its nanny starts again."""
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as started:
        yield started


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with inputs of every kind."""
    return every_kind(tmp_path_factory.mktemp("inputs") / "all")


@pytest.fixture(scope="module")
def expected(
    cluster: LocalCluster, kinds: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """The parts of these inputs, made by one worker."""
    folder = tmp_path_factory.mktemp("one") / "out.nq"
    convert([str(kinds)], str(folder), scheduler=cluster.scheduler_address, part_bytes=PART_BYTES)
    return parts(folder)


def parts(folder: Path) -> dict[str, bytes]:
    """The parts in a complete folder by their names; the manifest lists them and nothing else is
    there."""
    manifest = json.loads((folder / MANIFEST).read_text())
    found = {one.name: one.read_bytes() for one in folder.iterdir() if one.name != MANIFEST}
    assert [one["name"] for one in manifest["parts"]] == sorted(found)
    for one in manifest["parts"]:
        content = found[one["name"]]
        assert one["bytes"] == len(content)
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        lines = gzip.decompress(content) if one["name"].endswith(".gz") else content
        assert one["lines"] == lines.count(b"\n")
    return found


def lines_of(found: dict[str, bytes]) -> set[bytes]:
    """All lines of some parts."""
    return {line for content in found.values() for line in content.splitlines()}


def comparable(report: Report) -> dict[str, Any]:
    """What two runs report alike."""
    told = report.as_json()
    del told["seconds"]
    return told


def cli(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A run of the command line."""
    return subprocess.run(
        [sys.executable, "-m", "rdfconv", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("format_name", ["nt", "nq"])
def test_it_writes_and_reports_what_one_process_does(
    cluster: LocalCluster, kinds: Path, tmp_path: Path, format_name: str
) -> None:
    one = tmp_path / f"one.{format_name}"
    told = convert_here([kinds], str(one))
    folder = tmp_path / f"many.{format_name}"
    seen: list[tuple[int, int]] = []
    report = convert(
        [str(kinds)],
        str(folder),
        scheduler=cluster.scheduler_address,
        part_bytes=PART_BYTES,
        on_part=lambda done, of: seen.append((done, of)),
    )
    found = parts(folder)
    assert lines_of(found) == set(one.read_bytes().splitlines())
    assert comparable(report) == comparable(told)
    assert report.rows.adds_up
    assert report.sites.adds_up
    assert report.pages.adds_up
    assert {one.value for one in report.problems.counts} >= {
        "repeated-site", "second-page", "reports-differ", "column-count", "sequence-without-site",
    }  # fmt: skip
    assert any(name.endswith("-rows.nq") for name in found) == (format_name == "nq")
    assert [done for done, _ in seen] == list(range(1, seen[-1][1] + 1))


def test_parts_do_not_depend_on_the_number_of_workers(
    cluster: LocalCluster, kinds: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    for count in (2, 3):
        cluster.scale(count)
        folder = tmp_path / f"{count}.nq"
        with Client(cluster, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=PATIENCE)
        convert(
            [str(kinds)], str(folder), scheduler=cluster.scheduler_address, part_bytes=PART_BYTES
        )
        assert parts(folder) == expected


def test_parts_do_not_depend_on_the_order_of_work(kinds: Path, tmp_path: Path) -> None:
    names = [str(kinds / "edges.tsv"), str(kinds / "sequences.fasta")]
    partitions = planned(names, None, PART_BYTES).partitions
    assert len(partitions) >= 10
    outputs = []
    for seed in (1, 2):
        run = Run.of(str(tmp_path / f"{seed}.nt"), None, "tflink-1.0", None, True, "core")
        run.job.folder.make()
        run.job.folder.write(run.job.marker, b"")
        shuffled = list(partitions)
        random.Random(seed).shuffle(shuffled)
        for one in shuffled:
            assert not isinstance(convert_part(run.job, one, Known(), {}), Failure)
        run.job.folder.remove(run.job.marker)
        folder = tmp_path / f"{seed}.nt"
        outputs.append({one.name: one.read_bytes() for one in folder.iterdir()})
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) == len(partitions)


def test_what_a_killed_worker_did_is_done_again(
    cluster: LocalCluster, kinds: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    cluster.scale(2)
    folder = tmp_path / "out.nq"
    killed: list[int] = []
    with Client(cluster, set_as_default=False) as client:
        wait_until(lambda: len(client.nthreads()) == 2, "two workers")
        pids = sorted(client.run(os.getpid).values())

        def kill(done: int, of: int) -> None:
            if done in (3, of // 2):
                victim = pids[len(killed)]
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

        report = convert(
            [str(kinds)],
            str(folder),
            scheduler=cluster.scheduler_address,
            part_bytes=PART_BYTES,
            on_part=kill,
        )
        client.wait_for_workers(2, timeout=PATIENCE)
        assert not set(client.run(os.getpid).values()) & set(killed)
    assert len(killed) == 2
    assert parts(folder) == expected
    assert report.rows.adds_up


def test_without_workers_it_does_not_wait_for_ever(
    monkeypatch: pytest.MonkeyPatch, kinds: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(pool, "PATIENCE", 3)
    with LocalCluster(1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as own:

        def stop(done: int, of: int) -> None:
            if done == 3:
                own.scale(0)
                wait_until(lambda: not own.scheduler.workers, "the end of all workers")

        with pytest.raises(RdfconvError, match="all workers are lost"):
            convert(
                [str(kinds)],
                str(tmp_path / "out.nt"),
                scheduler=own.scheduler_address,
                part_bytes=1000,
                on_part=stop,
            )
    assert not (tmp_path / "out.nt").exists()


def test_a_part_is_not_put_after_its_run_was_given_up(kinds: Path, tmp_path: Path) -> None:
    run = Run.of(str(tmp_path / "out.nt"), None, "tflink-1.0", None, True, "core")
    run.job.folder.make()
    [first, *_] = planned([str(kinds / "edges.tsv")], None, PART_BYTES).partitions
    assert convert_part(run.job, first, Known(), {}) == Failure("the conversion was given up")
    assert not list((tmp_path / "out.nt").iterdir())


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of a storage on loopback; its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    fsspec.filesystem("s3").mkdir("tflink")
    yield "s3://tflink"
    fsspec.filesystem("s3").clear_instance_cache()
    server.stop()


def test_from_and_to_s3(s3: str, kinds: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    storage = fsspec.filesystem("s3")
    storage.put(str(kinds), f"{s3}/in", recursive=True)
    given = ["--scheduler", "local:2", "--part-bytes", str(PART_BYTES)]
    done = cli("convert", f"{s3}/in", "-o", f"{s3}/out.nq/", *given)
    assert done.returncode == 3, done.stderr
    assert "454 read, 353 written" in done.stderr
    local = tmp_path / "out.nq"
    storage.get(f"{s3}/out.nq/", str(local), recursive=True)
    assert parts(local) == expected

    given[1] = "local:1"  # the faults that follow are the main process's
    again = cli("convert", f"{s3}/in", "-o", f"{s3}/out.nq/", *given)
    assert again.returncode == 2
    assert "holds a complete conversion" in again.stderr
    no_bucket = cli("convert", f"{s3}/in", "-o", "s3://nobody/out.nq/", *given)
    assert no_bucket.returncode == 1
    assert no_bucket.stderr.startswith("error: cannot write s3://nobody/out.nq: ")
    refused = cli("convert", f"{s3}/in", "-o", f"{s3}/strict.nq", "--strict", *given)
    assert refused.returncode == 1
    assert "were rejected" in refused.stderr
    storage.invalidate_cache()
    assert not storage.exists(f"{s3}/strict.nq")


def test_file_addresses_and_compressed_parts(
    cluster: LocalCluster, kinds: Path, tmp_path: Path
) -> None:
    plain, packed = tmp_path / "edges.nt", tmp_path / "edges.nt.gz"
    for folder in (plain, packed):
        convert(
            [f"file://{kinds}/edges.tsv", f"file://{kinds}/pages"],
            f"file://{folder}/",
            scheduler=cluster.scheduler_address,
            part_bytes=PART_BYTES,
        )
    unpacked = {name[:-3]: gzip.decompress(one) for name, one in parts(packed).items()}
    assert unpacked == parts(plain)


def test_a_cut_file_ends_the_run_and_leaves_nothing(
    cluster: LocalCluster, kinds: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.tsv.gz"
    broken.write_bytes((kinds / "more.tsv.gz").read_bytes()[:-20])
    folder = tmp_path / "out.nt"
    with pytest.raises(RdfconvError, match=r"broken\.tsv\.gz: the file is cut or damaged"):
        convert(
            [str(kinds / "edges.tsv"), str(broken)],
            str(folder),
            scheduler=cluster.scheduler_address,
            part_bytes=PART_BYTES,
        )
    assert not folder.exists()


def test_a_file_that_changes_meanwhile(kinds: Path, tmp_path: Path) -> None:
    run = Run.of(str(tmp_path / "out.nt"), None, "tflink-1.0", None, True, "core")
    run.job.folder.make()
    changing = tmp_path / "edges.tsv"
    changing.write_bytes((kinds / "edges.tsv").read_bytes())
    [first, *_] = planned([str(changing)], None, PART_BYTES).partitions
    changing.write_bytes(b"")
    told = convert_part(run.job, first, Known(), {})
    assert isinstance(told, Failure)
    assert "bytes and now has 0" in told.text


def test_strict_publishes_nothing(cluster: LocalCluster, kinds: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out.nt"
    folder.mkdir()
    with pytest.raises(StrictError):
        convert(
            [str(kinds / "edges.tsv")],
            str(folder),
            scheduler=cluster.scheduler_address,
            strict=True,
        )
    assert not list(folder.iterdir())


def test_what_is_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, kinds: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(pool, "PATIENCE", 1)
    table_file, out = str(kinds / "edges.tsv"), str(tmp_path / "out.nt")
    (tmp_path / "used.nt").mkdir()
    (tmp_path / "used.nt" / f"{MARKER}1").touch()
    (tmp_path / "empty").mkdir()

    def refused(error: type[RdfconvError], match: str, path: str, to: str, at: str) -> None:
        with pytest.raises(error, match=match):
            convert([path], to, scheduler=at)

    refused(UsageError, "there is no file or folder", "nowhere.tsv", out, "local:1")
    refused(InputError, "holds nothing to read", str(tmp_path / "empty"), out, "local:1")
    refused(UsageError, "is not empty", table_file, str(tmp_path / "used.nt"), "local:1")
    refused(UsageError, "cannot be written in parts", table_file, f"{out}.ttl", "local:1")
    refused(UsageError, "no kind of address", table_file, "gopher2://x/out.nt", "local:1")
    refused(UsageError, "is no scheduler", table_file, out, "local:0")
    refused(RdfconvError, "there is no scheduler at", table_file, out, "tcp://127.0.0.1:1")
    refused(RdfconvError, "cannot write", table_file, "/proc/rdfconv/out.nt", "local:1")
    assert not Path(out).exists()


def test_without_the_extra_it_says_what_to_install(kinds: Path, tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['distributed'] = None; from rdfconv.cli import main; "
        "main(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "convert", str(kinds), "-o", str(tmp_path / "out.nt"),
         "--scheduler", "local"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 2
    assert "pip install 'rdfconv[cluster]'" in done.stderr


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    edges = tmp_path / "edges.tsv"
    edges.write_text(table(*(row(PubmedID=str(place)) for place in range(1, 20_000))))
    folder = tmp_path / "out.nt"
    process = subprocess.Popen(
        [sys.executable, "-m", "rdfconv", "convert", str(edges), "-o", str(folder),
         "--scheduler", "local:1", "--part-bytes", "20000"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_until(lambda: folder.is_dir() and len(list(folder.iterdir())) > 3, "some parts")
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert "Traceback" not in told
    assert not folder.exists()
    assert not children(process.pid)


@pytest.mark.parametrize(
    ("content", "body", "cut"),
    [
        (b"head\na\n\nbcd\r\nlast", 5, Cut.LINES),
        (b"a\nbb\n", 0, Cut.LINES),
        (b">a\nAC>G\nAC\n>b\n\n>c", 0, Cut.RECORDS),
    ],
)
def test_ranges_hold_each_line_once(content: bytes, body: int, cut: Cut) -> None:
    mark = b"\n>" if cut is Cut.RECORDS else b"\n"
    stream = io.BytesIO(content)
    for size in range(1, len(content) + 2):
        places = [*range(0, len(content), size), len(content)]
        starts = [begin(stream, at, body, len(content), cut) for at in places[:-1]]
        ends = [*starts[1:], len(content)]
        found = [content[start:end] for start, end in zip(starts, ends, strict=True)]
        assert b"".join(found) == content[body:]
        for one in found[:-1]:
            assert one.endswith(b"\n") or one in (b"", content[-len(one) :])
        for place, start in zip(places, starts, strict=False):
            assert start == body or content[start - 1 :].startswith(mark) or start == len(content)
            assert start >= place or start == body
