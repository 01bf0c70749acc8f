"""``/downloads``: the list, and the files with ranges, on a real server."""

from __future__ import annotations

import gzip
import hashlib
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rdfconv.building import build
from rdfconv.downloads import FOLDER, read_manifest
from rdfconv.release import open_release
from server.pages.downloads import size
from tests.conftest import StartServer
from tests.inputs import row, site_row, site_table, table
from tests.server.web import fetch

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WHOLE = "tflink-1.0_all.nt.gz"
SETS = "tflink-1.0_homo-sapiens_targets_symbol.gmt"


@pytest.fixture(scope="module")
def folder(sample_release: Path) -> Path:
    return open_release(sample_release).path / FOLDER


@pytest.fixture(scope="module")
def listed(base_url: str) -> list[dict[str, Any]]:
    files = fetch(f"{base_url}/downloads.json").json["files"]
    assert isinstance(files, list)
    return files


# The list


def test_the_page_tells_all_of_each_file(base_url: str, folder: Path) -> None:
    page = fetch(f"{base_url}/downloads", accept=BROWSER)
    assert page.status == 200
    assert page.media_type == "text/html"
    files = read_manifest(folder.parent)
    assert files
    for one in files:
        assert f'href="/downloads/{one.id}"' in page.text
        assert one.sha256 in page.text
        assert f"{one.count:,} {one.counted}" in page.text
        assert size(one.bytes) in page.text
    assert "Free for non-commercial use" in page.text
    assert "sha256sum -c" in page.text
    assert "<script>" not in page.text
    assert "style=" not in page.text
    assert len(page.body) < 200_000


def test_the_list_as_json(base_url: str, folder: Path, listed: list[dict[str, Any]]) -> None:
    files = read_manifest(folder.parent)
    assert files
    assert [one["id"] for one in listed] == [one.id for one in files]
    by_accept = fetch(f"{base_url}/downloads", accept="application/json")
    assert by_accept.json["files"] == listed
    assert by_accept.headers["Content-Location"] == "/downloads.json"
    assert "Accept" in by_accept.headers["Vary"]
    assert fetch(f"{base_url}/downloads", accept="text/turtle").status == 406
    tag = by_accept.headers["ETag"]
    again = fetch(
        f"{base_url}/downloads", accept="application/json", headers={"If-None-Match": tag}
    )
    assert again.status == 304


def test_the_commands_on_the_page_work(base_url: str, tmp_path: Path) -> None:
    page = fetch(f"{base_url}/downloads", accept=BROWSER).text
    [first, second] = re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert "jq -r" in second
    command = first.replace("&#34;", '"').replace("&gt;", ">")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == f"{WHOLE}: OK\n"


# The files


def test_every_file_is_what_the_list_says(
    base_url: str, folder: Path, listed: list[dict[str, Any]]
) -> None:
    for one in listed:
        reply = fetch(one["address"], headers={"Accept-Encoding": "gzip"})
        assert reply.status == 200
        assert reply.body == (folder / one["file"]).read_bytes()
        assert len(reply.body) == one["bytes"] == int(reply.headers["Content-Length"])
        assert hashlib.sha256(reply.body).hexdigest() == one["sha256"]
        assert reply.headers["ETag"] == f'"{one["sha256"]}"'
        assert reply.media_type == one["media_type"]
        assert reply.headers["Content-Encoding"] is None  # as it is: nothing is compressed again
        assert reply.headers["Accept-Ranges"] == "bytes"
        assert one["file"] in reply.headers["Content-Disposition"]
        assert one["address"] == f"{base_url}/downloads/{one['id']}"
    whole = fetch(f"{base_url}/downloads/{WHOLE}")
    assert gzip.decompress(whole.body).startswith(b"<")


@pytest.mark.parametrize("name", [WHOLE, SETS])
@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-7", -7, None), ("bytes=5-5", 5, 5)],
)
def test_ranges(
    base_url: str, folder: Path, name: str, asked: str, first: int, last: int | None
) -> None:
    data = (folder / name).read_bytes()
    reply = fetch(
        f"{base_url}/downloads/{name}", headers={"Range": asked, "Accept-Encoding": "gzip"}
    )
    assert reply.status == 206
    assert reply.body == data[first:] if last is None else data[first : last + 1]
    start = first % len(data)
    end = start + len(reply.body) - 1
    assert reply.headers["Content-Range"] == f"bytes {start}-{end}/{len(data)}"
    assert reply.headers["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'


def test_a_download_goes_on_where_it_stopped(base_url: str, folder: Path) -> None:
    address, data = f"{base_url}/downloads/{WHOLE}", (folder / WHOLE).read_bytes()
    begun = fetch(address, headers={"Range": "bytes=0-999"})
    tag = begun.headers["ETag"]
    rest = fetch(address, headers={"Range": "bytes=1000-", "If-Range": tag})
    assert (rest.status, begun.body + rest.body) == (206, data)
    # The file is another now: all of it comes.
    other = fetch(address, headers={"Range": "bytes=1000-", "If-Range": '"other"'})
    assert (other.status, other.body) == (200, data)


def test_ranges_that_are_none(base_url: str, folder: Path) -> None:
    size_now = (folder / WHOLE).stat().st_size
    reply = fetch(f"{base_url}/downloads/{WHOLE}", headers={"Range": f"bytes={size_now}-"})
    assert reply.status == 416


def test_head_and_tags(base_url: str, folder: Path) -> None:
    address = f"{base_url}/downloads/{WHOLE}"
    head = fetch(address, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) == (folder / WHOLE).stat().st_size
    same = fetch(address, headers={"If-None-Match": head.headers["ETag"]})
    assert (same.status, same.body) == (304, b"")
    assert same.headers["ETag"] == head.headers["ETag"]


@pytest.mark.parametrize(
    "name",
    [
        "release.json",
        "..%2frelease.json",
        "%2e%2e/release.json",
        "..",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "tflink-1.0_all.nt.gz%00",
        "tflink-1.0_all.nt.gz/",
        ".parts",
        "TFLINK-1.0_ALL.NT.GZ",
    ],
)
def test_nothing_else_is_served(base_url: str, name: str) -> None:
    reply = fetch(f"{base_url}/downloads/{name}", accept="application/problem+json")
    assert reply.status == 404


def test_unknown_files_name_the_nearest(base_url: str) -> None:
    reply = fetch(f"{base_url}/downloads/tflink-1.0_all.nt")
    assert reply.status == 404
    assert reply.json["available"][WHOLE] == f"/downloads/{WHOLE}"
    assert "/downloads lists all" in reply.json["hint"]


# Several data sets


def test_the_page_tells_the_terms_of_each_data_set(
    tmp_path: Path, start_server: StartServer
) -> None:
    (tmp_path / "table.tsv").write_text(table(row()), "utf-8")
    (tmp_path / "sites.tsv").write_text(site_table(site_row()), "utf-8")
    (tmp_path / "trrust.human.tsv").write_text("NANOG\tDKK1\tRepression\t19148141\n", "utf-8")
    names = ("table.tsv", "sites.tsv", "trrust.human.tsv")
    build([tmp_path / name for name in names], tmp_path / "releases")
    server = start_server(tmp_path / "releases")
    page = fetch(f"{server.url}/downloads", accept=BROWSER)
    assert page.status == 200
    for title, terms, cited in (
        ("TFLink 1.0", "Free for non-commercial use", "Liska O"),
        ("TRRUST 2", "CC BY-SA 4.0", "Han H"),
    ):
        [notice] = re.findall(rf"<strong>{title}</strong>.*?</p>", page.text, re.DOTALL)
        assert terms in notice
        assert cited in notice
        assert f"{title}: <bdi>Homo sapiens</bdi></h2>" in page.text
    assert "each has files of its own" in page.text
    for name in (
        "trrust-2_homo-sapiens.nt.gz",
        "tflink-1.0_homo-sapiens_hg38_binding-sites.bed.gz",
        "tflink-1.0_homo-sapiens_binding-sites_faldo.ttl.gz",
    ):
        assert f'href="/downloads/{name}"' in page.text
        assert fetch(f"{server.url}/downloads/{name}").status == 200
    assert "Turtle (FALDO) (gzip)" in page.text
