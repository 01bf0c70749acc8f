"""Scripts and styles of others: pinned, licensed, the same as recorded, and not needed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import render_template_string

from rdfconv.errors import UsageError
from server import vendor
from server.assets import file_version
from server.vendor import LICENCE_TEXTS, MANIFEST, VENDOR, read_manifest
from server.vendor_copy import FILES, SOURCE, copy, integrity, is_allowed
from tests.server.test_health import MISSING, Fixed, app, client

PACKAGE: dict[str, Any] = json.loads((SOURCE / "package.json").read_text("utf-8"))
LOCK_TEXT = (SOURCE / "package-lock.json").read_text("utf-8")
LOCK: dict[str, Any] = json.loads(LOCK_TEXT)["packages"]
INSTALLED = {
    place.rpartition("node_modules/")[2]: entry
    for place, entry in LOCK.items()
    if place and not entry.get("dev")
}
"""What is not for tests alone, by name."""


def test_the_files_are_those_of_the_manifest() -> None:
    found = read_manifest()
    assert found, "there are no vendor files; 'make vendor' copies them"
    for one in found:
        assert integrity((VENDOR / one.file).read_bytes()) == one.sha384, one.file
        assert is_allowed(one.licence), one
        assert INSTALLED[one.package]["version"] == one.version
    named = {one.file for one in found} | {MANIFEST, LICENCE_TEXTS}
    assert {path.name for path in VENDOR.iterdir()} == named
    assert {one.package for one in found} == FILES.keys()


def test_versions_are_pinned() -> None:
    pinned = PACKAGE["dependencies"] | PACKAGE["devDependencies"]
    assert PACKAGE["private"] is True
    for name, version in pinned.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert LOCK[f"node_modules/{name}"]["version"] == version
    assert PACKAGE["dependencies"].keys() == FILES.keys()


def test_the_lock_file_names_hashes_and_no_registry() -> None:
    for place, entry in LOCK.items():
        assert not place or entry["integrity"].startswith("sha512-"), place
        assert "resolved" not in entry, place
    assert "registry" not in LOCK_TEXT


def test_all_licences_are_told() -> None:
    """Also those of the packages that are within the files of others."""
    text = (VENDOR / LICENCE_TEXTS).read_text("utf-8")
    told = dict(re.findall(r"^=+\n(\S+) [\d.]+: (.*)$", text, re.MULTILINE))
    assert told.keys() == INSTALLED.keys()
    assert all(map(is_allowed, told.values())), told


def test_what_tests_need_is_not_served() -> None:
    assert LOCK["node_modules/axe-core"]["dev"] is True
    assert "axe-core" not in INSTALLED
    assert not list(VENDOR.glob("axe*"))


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("(MIT OR GPL-3.0-only)", True),
        ("(MIT AND GPL-3.0-only)", False),
        ("MIT AND (GPL-3.0-only OR MIT)", False),
        ("", False),
        ("SEE LICENSE IN x", False),
    ],
)
def test_licences(licence: str, expected: bool) -> None:
    assert is_allowed(licence) is expected


# Copying


def installed(folder: Path, **changes: str) -> Path:
    """A folder as npm leaves it, with small files."""
    packages: dict[str, dict[str, object]] = {}
    for name, files in FILES.items():
        home = folder / "node_modules" / name
        for file in files:
            (home / file).parent.mkdir(parents=True, exist_ok=True)
            (home / file).write_text(f"/* {name} */", "utf-8")
        described = {"version": "1.0.0", "license": "MIT", "author": {"name": "A. N. Author"}}
        if name == "cytoscape":
            described |= changes
        (home / "package.json").write_text(json.dumps(described), "utf-8")
        packages[f"node_modules/{name}"] = {"version": "1.0.0"}
    (folder / "node_modules" / "cytoscape" / "LICENSE").write_text("Do as you like.", "utf-8")
    packages["node_modules/only-for-tests"] = {"version": "1.0.0", "dev": True}
    (folder / "package-lock.json").write_text(
        json.dumps({"packages": {"": {}} | packages}), "utf-8"
    )
    return folder


def test_copy(tmp_path: Path) -> None:
    target = tmp_path / "vendor"
    target.mkdir()
    (target / "old.js").write_text("old", "utf-8")
    found = copy(installed(tmp_path / "source"), target)
    assert not (target / "old.js").exists()
    assert read_manifest(target) == found
    assert {one.file for one in found} == {
        Path(name).name for names in FILES.values() for name in names
    }
    for one in found:
        assert integrity((target / one.file).read_bytes()) == one.sha384
    text = (target / LICENCE_TEXTS).read_text("utf-8")
    assert "cytoscape 1.0.0: MIT\n\nDo as you like." in text
    assert "by A. N. Author names its licence" in text
    assert "only-for-tests" not in text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"license": "GPL-3.0-only"}, "has the licence 'GPL-3.0-only'"),
        ({"version": "1.0.1"}, "is 1.0.1, not 1.0.0"),
    ],
)
def test_packages_that_are_refused(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    target = tmp_path / "vendor"
    with pytest.raises(UsageError, match=message):
        copy(installed(tmp_path / "source", **changes), target)
    assert not target.exists()


def test_packages_and_files_that_are_missing(tmp_path: Path) -> None:
    source, target = installed(tmp_path / "source"), tmp_path / "vendor"
    file = source / "node_modules" / "layout-base" / "layout-base.js"
    file.unlink()
    with pytest.raises(UsageError, match=r"has no file layout-base\.js") as caught:
        copy(source, target)
    assert "make vendor" in str(caught.value)
    (file.parent / "package.json").unlink()
    with pytest.raises(UsageError, match="layout-base is not installed"):
        copy(source, target)
    assert not target.exists()


# Serving


def test_addresses_have_the_version() -> None:
    made = app()
    with made.test_request_context("/"):
        address = render_template_string("{{ vendored('cytoscape.min.js') }}")
        assert render_template_string("{{ vendored('nothing.js') }}") == "None"
        assert render_template_string("{{ vendored('manifest.json') }}") == "None"
    assert address == f"/static/vendor/cytoscape.min.js?v={file_version('vendor/cytoscape.min.js')}"
    reply = made.test_client().get(address, buffered=True)
    assert reply.status_code == 200
    assert reply.mimetype == "text/javascript"
    assert reply.data == (VENDOR / "cytoscape.min.js").read_bytes()
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789abcdef"])
def test_other_addresses_are_asked_for_again(query: str) -> None:
    reply = client().get(f"/static/site.css{query}", buffered=True)
    assert (reply.status_code, reply.headers["Cache-Control"]) == (200, "public, no-cache")


def test_the_version_is_that_of_the_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.assets.FOLDER", tmp_path)
    (tmp_path / "a.css").write_text("a", "utf-8")
    before = file_version("a.css")
    (tmp_path / "a.css").write_text("bb", "utf-8")
    after = file_version("a.css")
    assert None not in (before, after)
    assert before != after
    assert file_version("none.css") is None
    assert file_version("\0") is None
    assert file_version("") is None


def test_without_the_files_pages_come(tmp_path: Path) -> None:
    made = app(Fixed(error=MISSING))
    vendor.install(made, tmp_path)
    with made.test_request_context("/"):
        assert render_template_string("{{ vendored('cytoscape.min.js') }}") == "None"
    assert made.test_client().get("/").status_code == 200
