"""Redirects, and addresses that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from rdfconv.errors import UsageError
from rdfconv.fetching.client import FetchError, checked_base, redirected
from rdfconv.fetching.transfer import fetch
from tests.fetch_server import Answer, FileServer
from tests.fetching.given import (
    HALF,
    PLAIN,
    TABLE,
    Get,
    absent,
    whole,
)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(status: int, server: FileServer, folder: Path, get: Get) -> None:
    server.script = [
        Answer(status=status, headers={"Location": f"/moved/{PLAIN.name}"}),
        Answer(cut=HALF),
        Answer(status=status, headers={"Location": f"/again/{PLAIN.name}"}),
    ]
    get()
    whole(folder, PLAIN, TABLE)
    assert [one.path.split("/")[1] for one in server.asked] == ["files", "moved", "files", "again"]
    assert server.sent - len("<html>no</html>") * 2 == len(TABLE)


def test_redirects_without_end(server: FileServer, folder: Path, get: Get) -> None:
    server.always = Answer(status=302, headers={"Location": f"/files/{PLAIN.name}"})
    with pytest.raises(FetchError, match="after 5 redirects, and redirects again"):
        get()
    assert len(server.asked) == 6
    absent(folder)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "//:x/"])
def test_a_redirect_out_of_the_web(target: str, server: FileServer, folder: Path, get: Get) -> None:
    server.always = Answer(status=302, headers={"Location": target})
    with pytest.raises(FetchError, match="which is no web address"):
        get()
    assert len(server.asked) == 1
    absent(folder)


def test_a_redirect_never_gives_up_protection() -> None:
    assert redirected("http://a.org/x", "https://b.org/y") == "https://b.org/y"
    assert redirected("https://a.org/x", "//b.org/y z") == "https://b.org/y%20z"
    with pytest.raises(FetchError, match="not protected"):
        redirected("https://a.org/x", "http://a.org/x")


def test_a_name_that_no_server_has(folder: Path) -> None:
    for host in ("a..b", "a" * 64):
        with pytest.raises(FetchError, match="is no web address"):
            fetch(PLAIN, folder, f"http://{host}/")


@pytest.mark.parametrize(
    "url", ["", "a.org", "ftp://a.org/", "file:///etc/", "http://", "http://a.org:x/",
            "http://a.org:99999/", "http://a.org/?x=", "http://a.org/#x", "http://a b/",
            "http://u:p@a.org/", "http://a.org/\n", "http://[::1/"],
)  # fmt: skip
def test_only_folders_of_the_web(url: str) -> None:
    with pytest.raises(UsageError, match="not the address of a folder"):
        checked_base(url)
