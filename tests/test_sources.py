"""Files, folders and archives: told apart by content, and never read as whole when they are cut."""

import gzip
import hashlib
import io
import lzma
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import rdfconv
from rdfconv.errors import InputError, UsageError
from rdfconv.model import Interaction, ProteinPage
from rdfconv.readers import Inputs
from tests.inputs import PAGE, Problems, archive, page, row, table

PAGES = {
    f"protein/{name.lower()}.md": page({"title": name, "uniprot_accession": name}).encode()
    for name in ("Q06945", "P11308", "Q12809")
}


def read(path: Path) -> tuple[list[str], Problems]:
    """The accessions of pages and regulators, in order."""
    problems = Problems()
    names = []
    for record in rdfconv.read(path, on_problem=problems):
        if isinstance(record, ProteinPage):
            names.append(record.protein.accession)
        else:
            assert isinstance(record, Interaction)
            names.append(record.transcription_factor.accession)
    return names, problems


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder everybody may read, while this process is a user whom a mode can refuse."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    (folder / "closed").chmod(0o700)
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_read_is_no_empty_one(nobody: Path) -> None:
    user = os.geteuid()
    os.seteuid(os.getuid())
    (nobody / "q06945.md").write_bytes(PAGES["protein/q06945.md"])
    (nobody / "closed").mkdir(mode=0)
    os.seteuid(user)
    with pytest.raises(InputError, match="closed: the folder cannot be read: Permission denied"):
        read(nobody)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_archives(tmp_path: Path, mode: str) -> None:
    path = archive(tmp_path / "no-suffix", PAGES, mode)
    names, problems = read(path)
    assert names == ["Q06945", "P11308", "Q12809"]
    assert not problems


def test_an_archive_may_hold_tables_too(tmp_path: Path) -> None:
    members = {**PAGES, "table.tsv": table(row()).encode()}
    names, _ = read(archive(tmp_path / "mixed.tar.gz", members))
    assert sorted(names) == ["P11308", "Q06945", "Q12809", "Q9H9S0"]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name, content in PAGES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    inputs = Inputs([tmp_path], None, Problems())
    names = [source.name for source in inputs.sources()]
    assert names == sorted(names)
    assert len(names) == 3
    [told] = inputs.read
    assert (told.files, told.skipped) == (3, 1)
    assert told.size == sum(map(len, PAGES.values()))
    lines = "".join(
        f"{hashlib.sha256(PAGES[name]).hexdigest()}  {name}\n" for name in sorted(PAGES)
    )
    assert told.sha256 == hashlib.sha256(lines.encode()).hexdigest()


def test_the_checksum_of_a_file_is_the_whole_files(tmp_path: Path) -> None:
    path = archive(tmp_path / "pages.tar.gz", PAGES)
    inputs = Inputs([path], None, Problems())
    counted: list[int] = []
    inputs.on_bytes = counted.append
    for source in inputs.sources():
        source.stream.read(10)
    [told] = inputs.read
    assert told.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert told.size == path.stat().st_size == sum(counted) == inputs.size()


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_cut_archive_is_an_error(tmp_path: Path, mode: str) -> None:
    whole = archive(tmp_path / "whole", PAGES, mode).read_bytes()
    # Where the content ends, the zeros that follow it in a plain archive do not matter.
    end = len(whole) if mode != "w" else tarfile.BLOCKSIZE * 2 * len(PAGES) + tarfile.BLOCKSIZE
    cut = tmp_path / "cut"
    step = max(1, end // 40)
    for length in range(tarfile.BLOCKSIZE if mode == "w" else 100, end, step):
        cut.write_bytes(whole[:length])
        with pytest.raises(InputError, match="cut"):
            read(cut)


def test_a_cut_gzip_table_is_an_error(tmp_path: Path) -> None:
    whole = gzip.compress(table(*[row()] * 100).encode())
    cut = tmp_path / "cut.tsv.gz"
    for length in range(20, len(whole), 7):
        cut.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cut\.tsv\.gz: the file is cut or damaged"):
            read(cut)


def test_a_damaged_archive_is_an_error(tmp_path: Path) -> None:
    content = bytearray(archive(tmp_path / "pages.tar.xz", PAGES, "w:xz").read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged = tmp_path / "damaged.tar.xz"
    damaged.write_bytes(content)
    with pytest.raises(InputError, match="cut or damaged"):
        read(damaged)


def test_two_archives_in_one_file_are_not_read_as_one(tmp_path: Path) -> None:
    first = archive(tmp_path / "a.tar", PAGES, "w").read_bytes()
    both = tmp_path / "both.tar"
    both.write_bytes(first + first)
    with pytest.raises(InputError, match="behind the archive's end"):
        read(both)


def test_unsafe_members_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "unsafe.tar"
    content = PAGES["protein/q06945.md"]
    with tarfile.open(path, "w") as packed:
        for name, kind in (
            ("../escape.md", tarfile.REGTYPE),
            ("/absolute.md", tarfile.REGTYPE),
            ("a/../../escape.md", tarfile.REGTYPE),
            ("link.md", tarfile.SYMTYPE),
            ("hard.md", tarfile.LNKTYPE),
            ("device", tarfile.CHRTYPE),
            ("pipe", tarfile.FIFOTYPE),
            ("folder", tarfile.DIRTYPE),
            ("good.md", tarfile.REGTYPE),
        ):
            told = tarfile.TarInfo(name)
            told.type = kind
            told.linkname = "/etc/passwd"
            told.size = len(content) if kind == tarfile.REGTYPE else 0
            packed.addfile(told, io.BytesIO(content))
    names, problems = read(path)
    assert names == ["Q06945"]
    assert problems.kinds == ["unsafe-member"] * 7
    assert problems[0].source == f"{path}:../escape.md"


def test_what_is_no_input_is_told(tmp_path: Path) -> None:
    for name, content, kind in (
        ("empty.md", b"", "empty-file"),
        ("empty.tsv.gz", gzip.compress(b"", mtime=0), "empty-file"),
        ("binary", os.urandom(1000), "unknown-kind"),
        ("other.tsv", b"a\tb\n1\t2\n", "unknown-kind"),
        ("random.xz", lzma.compress(os.urandom(1000)), "unknown-kind"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        names, problems = read(path)
        assert (names, problems.kinds) == ([], [kind])


def test_a_missing_path() -> None:
    with pytest.raises(UsageError, match="there is no file or folder nowhere"):
        list(rdfconv.read("nowhere"))


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "loop"
    path.mkdir()
    inputs = Inputs([path], None, Problems())
    path.rmdir()
    with pytest.raises(InputError, match="cannot be read"):
        list(inputs.sources())


def test_page_and_table_of_a_release_tell_the_same(sample: Path) -> None:
    """The same edge on a page and in a table has the same evidence, so the same triples."""
    from_pages: dict[tuple[str, str], str] = {}
    from_tables: dict[tuple[str, str], str] = {}
    for record in rdfconv.read(sample / "pages", on_problem=Problems()):
        assert isinstance(record, ProteinPage)
        for edge in record.interactions():
            key = (edge.transcription_factor.accession, edge.target.accession)
            from_pages[key] = edge.evidence.id
    for record in rdfconv.read(sample / "tables", on_problem=Problems()):
        assert isinstance(record, Interaction)
        key = (record.transcription_factor.accession, record.target.accession)
        from_tables[key] = record.evidence.id
    both = from_pages.keys() & from_tables.keys()
    assert len(both) > 200
    assert [key for key in both if from_pages[key] != from_tables[key]] == []


def test_the_made_page_is_a_page() -> None:
    assert PAGE["title"] == PAGE["uniprot_accession"]
