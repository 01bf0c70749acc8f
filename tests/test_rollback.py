"""Going back to an earlier release, and removing old ones."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rdfconv import release
from rdfconv.cli import main
from rdfconv.errors import ExitCode, ReleaseError
from rdfconv.release import Release, open_release, prune, releases, roll_back, verify
from tests.conftest import SAMPLE, MakeRelease


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


@pytest.fixture
def built(root: Path, make_release: MakeRelease) -> list[Release]:
    """Three releases, all of one second as likely as not."""
    return [make_release(root, f"<x:s> <x:p> <x:o{n}> .\n", str(n)) for n in (3, 1, 2)]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_back_and_forth(root: Path, built: list[Release]) -> None:
    first, second, third = built
    assert releases(root) == built
    assert roll_back(root) == second
    assert roll_back(root) == first == open_release(root)
    with pytest.raises(ReleaseError, match="no release before the current") as caught:
        roll_back(root)
    assert third.id in caught.value.hint
    assert roll_back(root, third.id) == third
    assert sorted(path.name for path in root.iterdir()) == ["current", "releases"]
    assert (root / "current").readlink() == Path("releases") / third.id


def test_command(root: Path, built: list[Release]) -> None:
    told = run("rollback", "--release", root)
    assert told.exit_code == ExitCode.DONE
    assert told.stderr == f"current: {built[1].path}\n"
    listed = run("rollback", "--release", root, "--list")
    assert listed.stdout.splitlines() == [
        f"  {built[0].id}",
        f"* {built[1].id}",
        f"  {built[2].id}",
    ]
    assert open_release(root) == built[1]
    assert run("rollback", "--release", root, "--to", built[2].id).exit_code == ExitCode.DONE
    assert open_release(root) == built[2]


def test_unknown_release(root: Path, built: list[Release], tmp_path: Path) -> None:
    for name in ("20200101T000000Z-00000000", "../root", ""):
        told = run("rollback", "--release", root, "--to", name)
        assert told.exit_code == ExitCode.FAILED
        assert built[0].id in told.stderr
    nowhere = run("rollback", "--release", tmp_path / "nowhere")
    assert nowhere.exit_code == ExitCode.FAILED
    assert "no releases' folder" in nowhere.stderr
    assert not (tmp_path / "nowhere").exists()
    assert open_release(root) == built[-1]


@pytest.mark.parametrize("change", ["grown", "lost", "added"])
def test_a_changed_release_is_refused(root: Path, built: list[Release], change: str) -> None:
    victim = next(path for path in sorted(built[1].store.iterdir()) if path.stat().st_size)
    if change == "grown":
        with victim.open("ab") as stream:
            stream.write(b"x")
    elif change == "lost":
        victim.unlink()
    else:
        (built[1].path / "more").write_text("x", "utf-8")
    with pytest.raises(ReleaseError, match="was changed after it was built"):
        roll_back(root)
    assert open_release(root) == built[2]
    assert roll_back(root, built[0].id) == built[0]


def test_a_broken_current_release_can_be_left(root: Path, built: list[Release]) -> None:
    (built[2].path / release.INFO).unlink()
    assert roll_back(root) == built[1]
    (root / "current").unlink()
    assert roll_back(root) == built[1]


def test_not_while_a_build_writes(root: Path, built: list[Release]) -> None:
    with release.building(root), pytest.raises(ReleaseError, match="another build"):
        roll_back(root)
    assert open_release(root) == built[-1]


def test_a_rollback_that_was_killed_costs_no_release(
    root: Path, built: list[Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its link tells the next build nothing: what it names was published and stays."""
    with monkeypatch.context() as patched:
        # As if it had ended between making the link and giving it its name.
        patched.setattr(Path, "replace", lambda path, target: path)
        patched.setattr(Path, "unlink", lambda path, missing_ok: None)
        roll_back(root, built[0].id)
    (left,) = [path for path in root.iterdir() if path.name not in ("current", "releases")]
    assert left.is_symlink()
    with release.building(root):
        pass
    assert sorted(path.name for path in root.iterdir()) == ["current", "releases"]
    assert releases(root) == built
    verify(built[0])


def test_prune(root: Path, built: list[Release], make_release: MakeRelease) -> None:
    built.append(make_release(root, "<x:s> <x:p> <x:o> .\n", "0"))
    assert prune(root, 9) == []
    roll_back(root, built[0].id)
    assert prune(root, 3) == [built[1].id]
    assert releases(root) == [built[0], *built[2:]]
    assert prune(root, 0) == [built[2].id]
    assert releases(root) == [built[0], built[3]]
    assert sorted(path.name for path in (root / "releases").iterdir()) == sorted(
        one.id for one in (built[0], built[3])
    )


def test_build_keeps_as_many_as_told(root: Path, built: list[Release]) -> None:
    table = SAMPLE / "pages" / "q06945.md"
    refused = run("build", table, "--into", root, "--keep", "1")
    assert refused.exit_code == ExitCode.USAGE
    told = run("build", table, "--into", root, "--keep", "2")
    assert told.exit_code == ExitCode.DONE, told.stderr
    assert [one.id for one in releases(root)] == [built[2].id, open_release(root).id]
    assert f"removed: {built[0].id}, {built[1].id}" in told.stderr


def test_order_is_that_of_building(root: Path, make_release: MakeRelease) -> None:
    """Within one second the names say nothing of the order."""
    made = [make_release(root, "<x:s> <x:p> <x:o> .\n", digit) for digit in "fa0"]
    now = datetime.now(UTC).timestamp()
    for number, one in enumerate(made):
        os.utime(one.path / release.INFO, (now, now + number))
    assert [one.info["digest"][0] for one in releases(root)] == ["f", "a", "0"]
