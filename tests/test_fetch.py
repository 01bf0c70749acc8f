"""Fetching TFLink's files, from a real server that misbehaves in every way we could think of.

Whatever happens, a file has its name only if it is, byte for byte, what the server has.
"""

from __future__ import annotations

import gzip
import json
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rdfconv import vocabulary
from rdfconv.errors import ExitCode, RdfconvError, UsageError
from rdfconv.fetching import files
from rdfconv.fetching.client import FetchError, checked_base, redirected
from rdfconv.fetching.content import SHAPES
from rdfconv.fetching.files import ALL, KINDS, SCALES, SERIES, File, published, select
from rdfconv.fetching.partial import Notes, Place, Version
from rdfconv.fetching.transfer import PROGRESS, Fetched, Patience, State, fetch
from tests.conftest import PATIENCE, wait_until
from tests.fetch_server import Answer, Document, FileServer, file_server
from tests.inputs import on_terminal, row, table

[PLAIN] = select(["Dr"], ["interactions"], ALL).files
[PACKED] = select(["Hs"], ["interactions"], "large").files
NUMBERS = random.Random("fetch")
TABLE = table(
    *(row(PubmedID=str(NUMBERS.randrange(10**7, 10**8)), Name_Target="-") for _ in range(2500))
).encode()
OTHER = table(row(Name_TF="SOX4")).encode() + TABLE
HALF = len(TABLE) // 2
GZ = gzip.compress(TABLE, mtime=0)
HALF_GZ = len(GZ) // 2
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def server() -> Iterator[FileServer]:
    """A server that has a table, plain and compressed."""
    with file_server() as running:
        running.documents = {PLAIN.name: Document(TABLE), PACKED.name: Document(GZ)}
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tflink"


Get = Callable[..., Fetched]


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that were made."""
    return []


@pytest.fixture
def get(server: FileServer, folder: Path, pauses: list[float]) -> Get:
    """Fetches a file, without waiting between tries."""

    def run(file: File = PLAIN, *, retries: int = 5, silence: float = PATIENCE) -> Fetched:
        patience = Patience(silence=silence, retries=retries, sleep=pauses.append)
        return fetch(file, folder, server.url, patience=patience)

    return run


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def whole(folder: Path, file: File, content: bytes) -> None:
    """The file is there, and nothing but it and its notes."""
    assert (folder / file.saved_as).read_bytes() == content
    assert names(folder) == [f".{file.saved_as}.fetch.json", file.saved_as]


def absent(folder: Path, file: File = PLAIN, *, part: bytes = b"") -> None:
    """The file is not there; what came of it is."""
    place = Place(folder / file.saved_as)
    assert not place.path.exists()
    assert place.part.exists() == bool(part)
    if part:
        assert place.part.read_bytes() == part


# --- which files ----------------------------------------------------------------------------------


def test_the_names_are_those_of_tflinks_table(data: Path) -> None:
    """All but GFF3, which has nothing that the table of binding sites has not."""
    told = json.loads((data / "site" / "download_files.json").read_text("utf-8"))
    expected = {
        (name, key): f"TFLink_{name}_{file}"
        for name, listed in told.items()
        for key, file in listed.items()
        if not key.endswith("binding_site_annotation")
    }
    found = {
        (organism.name.replace(" ", "_"), file.key): file.name
        for organism in vocabulary.organisms().values()
        for file in published(organism)
    }
    assert found == expected


def test_a_file_named_twice_compressed_is_saved_with_one_suffix() -> None:
    twice = [
        (file.organism.code, file.saved_as)
        for file in select([ALL], KINDS, None).files
        if file.saved_as != file.name
    ]
    assert twice == [
        ("Ce", "TFLink_Caenorhabditis_elegans_interactions_LS_mitab_v1.0.tsv.gz"),
        ("Dm", "TFLink_Drosophila_melanogaster_interactions_LS_mitab_v1.0.tsv.gz"),
    ]


@pytest.mark.parametrize("name", ["Homo sapiens", "Homo_sapiens", "homo sapiens", "9606", "hs"])
def test_an_organism_has_several_names(name: str) -> None:
    selection = select([name, "Hs"], ["gmt"], "small")
    assert [file.key for file in selection.files] == [
        "ss_interaction_gmt",
        "ss_interaction_gmt_ncbi",
        "ss_interaction_gmt_name",
    ]
    assert {file.organism.taxon for file in selection.files} == {"9606"}


def test_binding_sites_are_table_and_sequences() -> None:
    assert [file.shape for file in select(["Mm"], ["binding-sites"], ALL).files] == [
        "TFLink's table of binding sites",
        "FASTA of binding sites",
    ]


def test_what_an_organism_has_not_is_an_error_that_says_what_it_has() -> None:
    with pytest.raises(UsageError, match="no file of the kind binding-sites") as caught:
        select(["7955"], ["interactions", "binding-sites"], ALL)
    assert caught.value.hint == (
        "it has interactions (scale all, large), mitab (scale all, large), gmt (scale all, large)"
    )
    with pytest.raises(UsageError, match="interactions and scale small of Danio rerio"):
        select(["Dr"], ["interactions"], "small")
    with pytest.raises(UsageError, match="Danio rerio"):
        select([ALL, "Dr"], ["binding-sites"], ALL)
    with pytest.raises(UsageError, match="no organism 'Xx'") as caught:
        select(["Xx"], KINDS, None)
    assert "Rattus norvegicus (10116, Rn)" in caught.value.hint


def test_all_skips_what_is_not_there_and_says_so() -> None:
    selection = select([ALL], ["binding-sites"], "large")
    assert {file.organism.code for file in selection.files} == {"Ce", "Dm", "Hs", "Mm", "Rn"}
    assert len(selection.skipped) == 2
    assert selection.skipped[0].endswith("scale large of Danio rerio")


def test_the_terms_are_those_of_the_data_set() -> None:
    [cited] = {word for word in files.TERMS.split() if word.isdigit()}
    told = vocabulary.datasets()["tflink-1.0"]
    assert f"PMID {cited}" in told.citation
    assert "non-commercial use" in told.rights
    assert "non-commercial use" in files.TERMS


def test_every_series_has_a_known_shape() -> None:
    assert {series.shape for series in SERIES} == set(SHAPES)


# --- how they come --------------------------------------------------------------------------------


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


# --- what is not taken for the file ---------------------------------------------------------------


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


MITAB = 'uniprot:Q9H9S0\tuniprot:O94907\tgeneid:79923\tgeneid:22943\tuniprot:"NANOG"' + "\t-" * 41


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


# --- redirects ------------------------------------------------------------------------------------


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


# --- what is there already ------------------------------------------------------------------------


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


# --- two at once, and folders that cannot be written ----------------------------------------------


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


# --- the command ----------------------------------------------------------------------------------


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
