"""What is there already, two at once, and folders that cannot be written."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from rdfconv.errors import RdfconvError
from rdfconv.fetching.client import FetchError
from rdfconv.fetching.partial import Notes, Place, Version
from rdfconv.fetching.transfer import State, fetch
from tests.fetch_server import Answer, Document, FileServer
from tests.fetching.given import (
    HALF,
    OTHER,
    PLAIN,
    TABLE,
    Get,
    whole,
)


@pytest.mark.parametrize(
    "document", [Document(TABLE), Document(TABLE, 'W/"1"', ""), Document(TABLE, "")]
)
def test_an_unchanged_file_is_left(
    document: Document, server: FileServer, folder: Path, get: Get
) -> None:
    server.documents[PLAIN.name] = document
    before = get().path.stat()
    told = get()
    assert (told.state, told.bytes, told.received) == (State.UNCHANGED, len(TABLE), 0)
    assert told.path.stat() == before
    assert [one.status for one in server.asked] == [200, 304]
    whole(folder, PLAIN, TABLE)


def test_a_changed_file_is_fetched(server: FileServer, folder: Path, get: Get) -> None:
    get()
    server.documents[PLAIN.name] = Document(OTHER, '"2"', "Wed, 02 Mar 2022 10:00:00 GMT")
    seen = []
    path = folder / PLAIN.saved_as
    server.script = [Answer(cut=HALF), Answer(before=lambda: seen.append(path.read_bytes()))]
    assert get().state == State.FETCHED
    assert seen == [TABLE], "the old file stays until the new one is whole"
    whole(folder, PLAIN, OTHER)
    assert get().state == State.UNCHANGED


@pytest.mark.parametrize("harm", ["cut", "no notes", "another address"])
def test_a_file_that_is_not_known_to_be_whole_is_fetched(
    harm: str, server: FileServer, folder: Path, get: Get
) -> None:
    path = get().path
    if harm == "cut":
        path.write_bytes(TABLE[:HALF])
    elif harm == "no notes":
        (folder / f".{path.name}.fetch.json").unlink()
    else:
        Place(path).note(Notes(file=Version("http://a.org/", '"1"', "", len(TABLE))))
    assert get().state == State.FETCHED
    assert [one.status for one in server.asked] == [200, 200]
    whole(folder, PLAIN, TABLE)


# Two at once, and folders that cannot be written


def test_two_do_not_write_one_file(server: FileServer, folder: Path, get: Get) -> None:
    errors: list[str] = []

    def second() -> None:
        try:
            fetch(PLAIN, folder, server.url)
        except FetchError as error:
            errors.append(str(error))

    thread = threading.Thread(target=second)

    def meanwhile() -> None:
        thread.start()
        thread.join()

    server.script = [Answer(cut=HALF), Answer(before=meanwhile)]
    get()
    path = folder / PLAIN.saved_as
    assert errors == [f"another process is fetching {path} (wait until it has ended)"]
    whole(folder, PLAIN, TABLE)


def test_many_at_once(server: FileServer, folder: Path) -> None:
    """Each of them has the file, or is told that another one fetches it."""
    came: list[str] = []

    def one() -> None:
        try:
            came.append(fetch(PLAIN, folder, server.url).state)
        except FetchError as error:
            came.append(error.message)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    busy = f"another process is fetching {folder / PLAIN.saved_as}"
    assert set(came) <= {State.FETCHED, State.UNCHANGED, busy}
    assert State.FETCHED in came
    whole(folder, PLAIN, TABLE)


def test_a_folder_that_cannot_be(server: FileServer, folder: Path, get: Get) -> None:
    folder.write_text("a file", "utf-8")
    with pytest.raises(RdfconvError, match=r"cannot write .*: File exists"):
        get()
    assert server.asked == []


def test_a_link_is_not_written_through(
    server: FileServer, folder: Path, tmp_path: Path, get: Get
) -> None:
    """What stands where the part shall be is not ours to follow."""
    folder.mkdir()
    (tmp_path / "mine").write_text("mine", "utf-8")
    (folder / f"{PLAIN.saved_as}.part").symlink_to(tmp_path / "mine")
    with pytest.raises(RdfconvError, match="cannot write"):
        get()
    assert (tmp_path / "mine").read_text("utf-8") == "mine"
