"""What is not taken for the file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from rdfconv.fetching.client import FetchError
from rdfconv.fetching.content import SHAPES
from rdfconv.fetching.files import File
from rdfconv.fetching.transfer import State
from tests.fetch_server import Answer, Document, FileServer
from tests.fetching.given import (
    GZ,
    HALF,
    HALF_GZ,
    HTML,
    MITAB,
    PACKED,
    PLAIN,
    TABLE,
    Get,
    absent,
    names,
    whole,
)
from tests.inputs import row, table


@pytest.mark.parametrize(
    ("status", "words"), [(404, "answered 404"), (403, "answered 403"), (410, "answered 410")]
)
def test_a_refusal_is_final(
    status: int, words: str, server: FileServer, folder: Path, get: Get
) -> None:
    server.always = Answer(status=status)
    with pytest.raises(FetchError, match=words) as caught:
        get()
    assert "--base-url" in caught.value.hint
    assert len(server.asked) == 1
    assert names(folder) == []


@pytest.mark.parametrize("status", [206, 304, 416])
def test_an_answer_to_another_question(
    status: int, server: FileServer, folder: Path, get: Get
) -> None:
    server.always = Answer(status=status)
    with pytest.raises(FetchError, match=f"answered {status} to a plain question"):
        get()
    absent(folder)


def test_errors_that_go_by(server: FileServer, folder: Path, get: Get, pauses: list[float]) -> None:
    server.script = [Answer(status=500), Answer(status=503), Answer(status=502)]
    get()
    whole(folder, PLAIN, TABLE)
    assert pauses == [1, 2, 4]


def test_errors_that_do_not_go_by(
    server: FileServer, folder: Path, get: Get, pauses: list[float]
) -> None:
    server.always = Answer(status=503)
    with pytest.raises(FetchError, match="503 Service Unavailable; asked 10 times"):
        get(retries=9)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert names(folder) == []


def test_a_server_that_asks_to_wait(
    server: FileServer, folder: Path, get: Get, pauses: list[float]
) -> None:
    server.script = [Answer(status=429, headers={"Retry-After": "7"})]
    get()
    whole(folder, PLAIN, TABLE)
    assert pauses == [7]
    (folder / PLAIN.saved_as).unlink()
    server.script = [Answer(status=429, headers={"Retry-After": "3600"})]
    with pytest.raises(FetchError, match="429 Too Many Requests, and asks to wait 3,600 s"):
        get()
    absent(folder)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/octet-stream"])
@pytest.mark.parametrize("file", [PLAIN, PACKED])
def test_an_html_page(kind: str, file: File, server: FileServer, folder: Path, get: Get) -> None:
    page = b"\n<!DOCTYPE html><title>Log in</title>" + TABLE
    server.documents[file.name] = Document(page)
    server.always = Answer(headers={"Content-Type": kind})
    with pytest.raises(FetchError, match="an HTML page") as caught:
        get(file)
    assert "browser" in caught.value.hint
    absent(folder, file)


def test_an_html_page_in_between_spoils_nothing(server: FileServer, folder: Path, get: Get) -> None:
    """As networks send them that want a login first."""
    server.script = [Answer(cut=HALF), Answer(ignore_range=True, headers=HTML)]
    with pytest.raises(FetchError, match="an HTML page"):
        get()
    absent(folder, part=TABLE[:HALF])
    assert get().state == State.RESUMED
    whole(folder, PLAIN, TABLE)


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        (PACKED, GZ[:-9], "cut or damaged"),
        (PACKED, GZ[:5000] + bytes([GZ[5000] ^ 1]) + GZ[5001:], "cut or damaged"),
        (PACKED, GZ[:-8] + bytes(8), "cut or damaged: CRC"),
        (PACKED, GZ + b"<html>", "cut or damaged"),
        (PACKED, TABLE, "begins with .*, not gzip"),
        (PACKED, gzip.compress(GZ, mtime=0), "compressed with gzip, not TFLink's inter"),
        (PACKED, gzip.compress(b"", mtime=0), "something else, not TFLink's interaction table"),
        (PACKED, b"", "empty"),
        (PLAIN, GZ, "compressed with gzip, not TFLink's interaction table"),
        (PLAIN, b"", "empty"),
        (PLAIN, b">TFLinkSS1\nACGT\n", "begins with '>TFLinkSS1', not TFLink's interaction table"),
    ],
)
def test_a_damaged_or_wrong_file(
    file: File, content: bytes, words: str, server: FileServer, folder: Path, get: Get
) -> None:
    server.documents[file.name] = Document(content)
    with pytest.raises(FetchError, match=words):
        get(file)
    assert len(server.asked) == 1
    assert names(folder) == []


def test_what_is_sound_stays_when_what_comes_is_not(
    server: FileServer, folder: Path, get: Get
) -> None:
    get()
    server.documents[PLAIN.name] = Document(b"<html>", '"2"', "")
    with pytest.raises(FetchError):
        get()
    whole(folder, PLAIN, TABLE)


def test_a_length_that_is_too_long(server: FileServer, folder: Path, get: Get) -> None:
    server.always = Answer(headers={"Content-Length": str(len(TABLE) + 1)})
    with pytest.raises(FetchError, match="cut 1 bytes before the end"):
        get(retries=0)
    absent(folder, part=TABLE)


def test_a_length_that_is_too_short(server: FileServer, folder: Path, get: Get) -> None:
    server.always = Answer(headers={"Content-Length": str(len(GZ) - 1)})
    with pytest.raises(FetchError, match="cut or damaged"):
        get(PACKED)
    absent(folder, PACKED)


def test_without_a_length_only_a_sum_tells_that_it_is_whole(
    server: FileServer, folder: Path, get: Get
) -> None:
    server.always = Answer(headers={"Content-Length": ""})
    with pytest.raises(FetchError, match="does not say how long the file is"):
        get()
    absent(folder)
    server.script = [Answer(headers={"Content-Length": ""}, cut=HALF_GZ)]
    with pytest.raises(FetchError, match="cut or damaged"):
        get(PACKED)
    absent(folder, PACKED)
    get(PACKED)
    assert (folder / PACKED.saved_as).read_bytes() == GZ


def test_more_than_the_disk_holds(server: FileServer, folder: Path, get: Get) -> None:
    server.always = Answer(headers={"Content-Length": str(10**18)})
    with pytest.raises(FetchError, match=r"needs 1,000,000,000,000,000,000 bytes more") as caught:
        get()
    assert "make room" in caught.value.hint
    absent(folder)


@pytest.mark.parametrize(
    ("shape", "good"),
    [
        ("TFLink's interaction table", table(row())),
        ("MITAB", MITAB),
        ("TFLink's table of binding sites", "TFLinkID\tUniprotID.TF\tName.TF\tOrganism"),
        ("FASTA of binding sites", ">TFLinkSS09282705;Q9VHM6;Ouib;dm6;chr3R:3-9\nACGT\n"),
        ("GMT", "Q09555\tdaf-19\tQ18917\tQ18918\n"),
        ("GMT", "# taxon_name: Danio rerio\n\n\nQ6P0E1\tsox2\tF1QKG2\n"),
    ],
)
def test_shapes(shape: str, good: str) -> None:
    assert [name for name, fits in SHAPES.items() if fits(good.encode())] == [shape]


def test_tflinks_own_files_have_their_shapes(data: Path) -> None:
    def shape_of(path: Path) -> str:
        content = path.read_bytes()
        head = (gzip.decompress(content) if path.suffix == ".gz" else content)[: 1 << 16]
        [shape] = [name for name, fits in SHAPES.items() if fits(head)]
        return shape

    tables, sites = data / "tables", data / "binding_sites"
    assert shape_of(tables / "bgw3_tflink_9606_mitab28_3rows.tsv") == "MITAB"
    for path in tables.glob("*_from_pages.tsv*"):
        assert shape_of(path) == "TFLink's interaction table"
    site_table = sites / "binding_sites_from_pages.tsv.gz"
    assert shape_of(site_table) == "TFLink's table of binding sites"
    sequences = sites / "binding_site_sequences_SS_from_pages.fasta.gz"
    assert shape_of(sequences) == "FASTA of binding sites"
    assert [shape_of(path) for path in (data / "gmt").glob("*.gmt")] == ["GMT"] * 12
