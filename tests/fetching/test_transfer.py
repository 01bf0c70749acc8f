"""How files come: in parts, after cuts, by servers that change them."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from rdfconv.fetching.client import FetchError
from rdfconv.fetching.files import File
from rdfconv.fetching.partial import Notes, Place
from rdfconv.fetching.transfer import PROGRESS, Fetched, Patience, State, fetch
from tests.fetch_server import Answer, Document, FileServer
from tests.fetching.given import (
    GZ,
    HALF,
    HALF_GZ,
    OTHER,
    PACKED,
    PLAIN,
    TABLE,
    Get,
    absent,
    names,
    whole,
)


@pytest.mark.parametrize(("file", "content"), [(PLAIN, TABLE), (PACKED, GZ)])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_good_server(
    file: File, content: bytes, chunked: bool, server: FileServer, folder: Path, get: Get
) -> None:
    server.always = Answer(chunked=chunked)
    told = get(file)
    assert told == Fetched(file, folder / file.name, len(content), len(content), State.FETCHED)
    whole(folder, file, content)
    [asked] = server.asked
    assert asked.path == f"/files/{file.name}"
    assert asked.headers["User-Agent"].startswith("rdfconv/")


@pytest.mark.parametrize("answer", [Answer(cut=HALF), Answer(cut=HALF, chunked=True)])
def test_a_cut_goes_on_where_it_was(
    answer: Answer, server: FileServer, folder: Path, get: Get, pauses: list[float]
) -> None:
    server.script = [answer, Answer(cut=10)]
    told = get()
    whole(folder, PLAIN, TABLE)
    assert (told.state, told.received) == (State.FETCHED, len(TABLE))
    assert server.sent == len(TABLE)
    assert [one.headers.get("Range") for one in server.asked] == [
        None,
        f"bytes={HALF}-",
        f"bytes={HALF + 10}-",
    ]
    assert len(pauses) == 2


def test_silence_ends_a_connection(server: FileServer, folder: Path, get: Get) -> None:
    server.script = [Answer(cut=HALF, stall=True)]
    get(silence=1.0)
    whole(folder, PLAIN, TABLE)
    assert server.asked[-1].sent == len(TABLE) - HALF


def test_a_server_without_a_word(folder: Path) -> None:
    """It takes the connection, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        patience = Patience(silence=0.2, retries=1, pause=0)
        with pytest.raises(FetchError, match="does not answer; asked 2 times"):
            fetch(PLAIN, folder, url, patience=patience)
    with pytest.raises(FetchError, match=r"cannot be reached: .*refused; asked 2 times"):
        fetch(PLAIN, folder, url, patience=patience)
    assert names(folder) == []


def test_what_came_is_kept_for_the_next_run(server: FileServer, folder: Path, get: Get) -> None:
    server.always = Answer(cut=1000)
    with pytest.raises(FetchError, match=r"cut .* before the end; asked 3 times") as caught:
        get(retries=2)
    assert "3,000 bytes are kept in" in caught.value.hint
    absent(folder, part=TABLE[:3000])
    server.always = Answer()
    told = get()
    assert (told.state, told.received) == (State.RESUMED, len(TABLE) - 3000)
    whole(folder, PLAIN, TABLE)


def test_all_that_came_but_the_name(server: FileServer, folder: Path, get: Get) -> None:
    """Killed between the last byte and the renaming: nothing is asked for again."""
    told = get()
    place = Place(told.path)
    known = place.notes.file
    place.path.rename(place.part)
    place.note(Notes(part=known))
    told = get()
    assert (told.state, told.received, len(server.asked)) == (State.RESUMED, 0, 1)
    whole(folder, PLAIN, TABLE)


@pytest.mark.parametrize(
    "second",
    [
        Answer(ignore_range=True),
        Answer(headers={"Content-Range": f"bytes 0-{len(TABLE) - 1}/{len(TABLE)}"}),
        Answer(headers={"Content-Range": ""}),
        Answer(headers={"Content-Range": f"bytes {HALF}-{len(TABLE) - 1}/*"}),
        Answer(extra=b"x"),
        Answer(status=416),
    ],
)
def test_a_server_that_cannot_go_on(
    second: Answer, server: FileServer, folder: Path, get: Get
) -> None:
    server.script = [Answer(cut=HALF), second]
    get()
    whole(folder, PLAIN, TABLE)
    assert len(server.asked) == (2 if second.ignore_range else 3)


def test_a_server_that_gives_little_at_once(server: FileServer, folder: Path, get: Get) -> None:
    server.script = [Answer(cut=HALF), Answer(at_most=1000), Answer(at_most=1000)]
    get()
    whole(folder, PLAIN, TABLE)
    assert [one.sent for one in server.asked] == [HALF, 1000, 1000, len(TABLE) - HALF - 2000]


def test_progress_makes_patient(server: FileServer, folder: Path, get: Get) -> None:
    """A bad line brings a large file, too, as long as each connection brings something."""
    content = TABLE * (5 * PROGRESS // len(TABLE))
    server.documents[PLAIN.name] = Document(content)
    server.always = Answer(cut=PROGRESS)
    get(retries=1)
    whole(folder, PLAIN, content)
    assert server.sent == len(content)


@pytest.mark.parametrize("second", [Answer(), Answer(ignore_if_range=True)])
@pytest.mark.parametrize("same_size", [True, False])
def test_a_file_that_changes_between_the_parts(
    second: Answer, same_size: bool, server: FileServer, folder: Path, get: Get
) -> None:
    new = TABLE[:-9] + b"\tchanged\n" if same_size else OTHER
    server.script = [Answer(cut=HALF), Answer(cut=0), second]
    with pytest.raises(FetchError):
        get(retries=1)
    server.documents[PLAIN.name] = Document(new, '"2"', "Wed, 02 Mar 2022 10:00:00 GMT")
    told = get()
    whole(folder, PLAIN, new)
    assert told.state == State.FETCHED


@pytest.mark.parametrize(
    ("document", "condition"),
    [
        (Document(TABLE, '"1"', ""), '"1"'),
        (Document(TABLE, 'W/"1"'), "Tue, 01 Mar 2022 10:00:00 GMT"),
        (Document(TABLE, 'W/"1"', ""), None),
        (Document(TABLE, "", ""), None),
    ],
)
def test_only_a_strong_condition_lets_parts_be_joined(
    document: Document, condition: str | None, server: FileServer, folder: Path, get: Get
) -> None:
    server.documents[PLAIN.name] = document
    server.script = [Answer(cut=HALF)]
    get()
    whole(folder, PLAIN, TABLE)
    second = server.asked[1]
    assert second.headers.get("If-Range") == condition
    assert ("Range" in second.headers) == (condition is not None)


def test_parts_that_do_not_make_a_whole(server: FileServer, folder: Path, get: Get) -> None:
    """Whatever happened to the first part on the disk: the sum tells, and all is fetched again."""
    server.always = Answer(cut=HALF_GZ)
    with pytest.raises(FetchError):
        get(PACKED, retries=0)
    server.always = Answer()
    damaged = GZ[: HALF_GZ - 100] + bytes(100)
    (folder / f"{PACKED.saved_as}.part").write_bytes(damaged)
    told = get(PACKED)
    whole(folder, PACKED, GZ)
    assert [one.sent for one in server.asked] == [HALF_GZ, len(GZ) - HALF_GZ, len(GZ)]
    assert told.state == State.FETCHED


@pytest.mark.parametrize("notes", ["", "[]", '{"file": null, "part": {"url": 1}}', "\x00"])
def test_notes_that_make_no_sense(notes: str, server: FileServer, folder: Path, get: Get) -> None:
    server.script = [Answer(cut=HALF), Answer(cut=0)]
    with pytest.raises(FetchError):
        get(retries=1)
    (folder / f".{PLAIN.saved_as}.fetch.json").write_text(notes, "utf-8")
    get()
    assert "Range" not in server.asked[-1].headers
    whole(folder, PLAIN, TABLE)


@pytest.mark.parametrize(
    "other", [{"url": "http://127.0.0.1/"}, {"etag": '"\n"'}, {"size": "1"}, {"etag": None}]
)
def test_a_part_of_something_else(
    other: dict[str, str], server: FileServer, folder: Path, get: Get
) -> None:
    server.always = Answer(cut=HALF)
    with pytest.raises(FetchError):
        get(retries=0)
    server.always = Answer()
    path = folder / f".{PLAIN.saved_as}.fetch.json"
    told = json.loads(path.read_text("utf-8"))
    told["part"] |= other
    path.write_text(json.dumps(told), "utf-8")
    get()
    assert "Range" not in server.asked[-1].headers
    whole(folder, PLAIN, TABLE)
