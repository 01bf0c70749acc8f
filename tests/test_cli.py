"""The command line as a user runs it: a process, its streams and its exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rdfconv.cli import all_commands
from rdfconv.cli.base import HOMES
from rdfconv.errors import ExitCode
from tests.inputs import on_terminal, row, table


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rdfconv", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
        check=False,
    )


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("good") / "table.tsv"
    path.write_text(table(row()), "utf-8")
    return path


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bad") / "table.tsv"
    path.write_text(table(row(), "bad"), "utf-8")
    return path


@pytest.mark.parametrize("command", sorted(all_commands()))
def test_every_command_has_help_with_examples(command: str) -> None:
    result = run(command, "--help")
    assert result.returncode == ExitCode.DONE
    assert f"Examples:\n  rdfconv {command}" in result.stdout


def test_help_lists_the_exit_codes() -> None:
    text = run("--help").stdout
    for code in ExitCode:
        assert f"{code.value:>3}  {code.meaning}" in text


def test_convert(good: Path, tmp_path: Path) -> None:
    result = run("convert", str(good), "-o", "out.ttl", cwd=tmp_path)
    assert result.returncode == ExitCode.DONE
    assert result.stdout == ""
    assert "rows: 1 read, 1 written, 0 rejected" in result.stderr
    assert "tfli:Q9H9S0_O94907 a tfl:RegulatoryInteraction" in (tmp_path / "out.ttl").read_text()


def test_convert_to_standard_output(good: Path) -> None:
    result = run("convert", str(good), "-o", "-", "--format", "nt", "--quiet")
    assert result.stderr == ""
    assert result.stdout.startswith("<https://w3id.org/tflink-rdf/evidence/")
    assert run("convert", str(good), "-o", "-").returncode == ExitCode.USAGE
    clash = run("convert", str(good), "-o", "-", "--format", "nt", "--json")
    assert clash.returncode == ExitCode.USAGE


def test_a_reader_that_goes_away_is_no_traceback(sample: Path) -> None:
    command = f"{sys.executable} -m rdfconv convert {sample} -o - --format nt -q | head -1"
    result = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.stdout.count("\n") == 1
    assert result.stderr == ""


def test_rejections_end_with_3_and_are_told(bad: Path, tmp_path: Path) -> None:
    result = run("convert", str(bad), "-o", "out.nt", cwd=tmp_path)
    assert result.returncode == ExitCode.REJECTED
    assert f"{bad}:3: 1 columns: the row has the wrong number of columns: 'bad'" in result.stderr
    strict = run("convert", str(bad), "-o", "strict.nt", "--strict", cwd=tmp_path)
    assert strict.returncode == ExitCode.FAILED
    assert strict.stderr.startswith("error: 1 rows, pages, sites or files were rejected")
    assert not (tmp_path / "strict.nt").exists()


def test_check_writes_nothing(bad: Path, tmp_path: Path) -> None:
    result = run("check", str(bad), "--json", cwd=tmp_path)
    assert result.returncode == ExitCode.REJECTED
    report = json.loads(result.stdout)
    assert report["rows"] == {"read": 2, "written": 1, "merged": 0, "rejected": 1}
    assert report["rejected"]["column-count"]["first"][0]["value"] == "bad"
    assert list(tmp_path.iterdir()) == []
    assert run("check", str(bad), "--strict", "-q").returncode == ExitCode.FAILED


def test_build_and_query(good: Path, tmp_path: Path) -> None:
    result = run("build", str(good), "--into", "out", "--json", cwd=tmp_path)
    assert result.returncode == ExitCode.DONE
    assert json.loads(result.stdout)["rows"]["written"] == 1
    assert "published: " in result.stderr

    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run("query", "--release", str(tmp_path / "out"), *arguments)

    select = "SELECT ?t { uniprotkb:Q9H9S0 tfl:regulates ?t }"
    assert ask(select).stdout == "t\nhttp://purl.uniprot.org/uniprot/O94907\n"
    assert json.loads(ask(select, "--format", "json").stdout)["head"]["vars"] == ["t"]
    assert ask(select, "-f", "xml").stdout.startswith("<?xml")
    assert ask(select, "-f", "tsv").stdout.startswith("?t\n<http")
    assert json.loads(ask("ASK { ?a tfl:regulates ?b }").stdout)["boolean"] is True
    construct = "CONSTRUCT WHERE { ?a tfl:regulates ?b }"
    assert "uniprotkb:Q9H9S0 tfl:regulates uniprotkb:O94907" in ask(construct).stdout
    assert ask(construct, "-f", "nt").stdout.endswith("uniprot/O94907> .\n")
    assert json.loads(ask(construct, "-f", "jsonld").stdout)
    file = tmp_path / "query.rq"
    file.write_text(select, "utf-8")
    assert ask(f"@{file}").stdout == ask(select).stdout
    for wrong in ([select, "-f", "ttl"], [construct, "-f", "csv"], ["SELEC ?t"], ["@missing"]):
        told = ask(*wrong)
        assert told.returncode == ExitCode.USAGE
        assert told.stdout == ""
        assert "Traceback" not in told.stderr


def test_query_without_a_release(tmp_path: Path) -> None:
    result = run("query", "--release", str(tmp_path), "ASK {}")
    assert result.returncode == ExitCode.FAILED
    assert "make one with 'rdfconv build INPUT --into DIR'" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["convert", "missing.md", "-o", "x.nt"],
        ["convert", "{good}", "-o", "x.docx"],
        ["convert", "{good}"],
        ["convert", "{good}", "-o", "x.nt", "--jobs", "0"],
        ["convert", "{good}", "-o", "x.nt", "--source", "a b"],
        ["nonsense"],
    ],
)
def test_usage_errors_end_with_2(arguments: list[str], good: Path, tmp_path: Path) -> None:
    result = run(*[argument.format(good=good) for argument in arguments], cwd=tmp_path)
    assert result.returncode == ExitCode.USAGE
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(good: Path, tmp_path: Path) -> None:
    result = run("convert", str(good), "-o", str(tmp_path / "no" / "out.nt"))
    assert result.returncode == ExitCode.FAILED
    assert "cannot write" in result.stderr
    (tmp_path / "file").write_text("", "utf-8")
    result = run("build", str(good), "--into", str(tmp_path / "file"))
    assert result.returncode == ExitCode.FAILED
    assert "cannot write into" in result.stderr


def test_progress_is_shown_on_a_terminal_only(good: Path, tmp_path: Path) -> None:
    shown, code = on_terminal("convert", str(good), "-o", str(tmp_path / "out.nt"))
    assert code == ExitCode.DONE
    assert b"100%" in shown
    assert b"\r" in shown
    silent = run("convert", str(good), "-o", str(tmp_path / "out.nt"))
    assert "%" not in silent.stderr
    shown, code = on_terminal("build", str(good), "--into", str(tmp_path / "releases"))
    assert code == ExitCode.DONE
    for stage in (b"loading", b"counting", b"writing downloads", b"describing"):
        assert stage in shown
    assert b"indexing" not in shown  # it goes on beside
    (tmp_path / "more.nt").write_text("<x:a> <x:b> <x:c> .\n", "utf-8")
    more = str(tmp_path / "more.nt")
    shown, code = on_terminal("build", str(good), more, "--into", str(tmp_path / "releases"))
    assert code == ExitCode.DONE
    assert b"indexing" in shown


def test_every_command_is_where_the_command_line_looks() -> None:
    found = all_commands()
    assert list(found) == sorted(HOMES)
    for name, command in found.items():
        assert command.callback
        assert command.callback.__module__ == f"rdfconv.cli.{HOMES[name]}"
