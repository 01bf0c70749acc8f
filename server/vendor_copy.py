"""Copies the files that pages use from npm's packages: ``python -m server.vendor_copy``.

``make vendor`` has npm install what ``server/package.json`` names, and then runs this. The files
go to ``server/static/vendor``, with ``manifest.json`` and the licences.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rdfconv.errors import UsageError
from server.vendor import LICENCE_TEXTS, MANIFEST, VENDOR, Vendored

SOURCE = Path(__file__).parent
"""The folder of ``package-lock.json``, in which npm installs the packages."""

FILES: Mapping[str, tuple[str, ...]] = {
    "@zazuko/yasgui": ("build/yasgui.min.js", "build/yasgui.min.css"),
    "layout-base": ("layout-base.js",),
    "cose-base": ("cose-base.js",),
    "cytoscape": ("dist/cytoscape.min.js",),
    "cytoscape-fcose": ("cytoscape-fcose.js",),
}
"""The files that pages use, by package."""
LICENCES = frozenset({"MIT", "Apache-2.0", "BSD-3-Clause", "CC0-1.0", "CC-BY-4.0"})
"""The licences that packages may have. CC-BY-4.0 is that of icons."""
UNDECLARED: Mapping[str, str] = {"jsuri": "MIT"}
"""The licences of packages that come with the text alone."""


def integrity(content: bytes) -> str:
    """The hash of a file, as Subresource Integrity writes it.

    >>> integrity(b"")[:15]
    'sha384-OLBgp1Gs'
    """
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")


def is_allowed(licence: str) -> bool:
    """Whether an SPDX expression can be kept with licences of `LICENCES` alone.

    >>> is_allowed("(MPL-2.0 OR Apache-2.0)"), is_allowed("(MPL-2.0 AND MIT)"), is_allowed("")
    (True, False, False)
    """
    expression = licence.strip("()")
    if "(" in expression:
        return False  # nested: to be read by people
    choices = re.split(r" OR ", expression)
    return any(all(one in LICENCES for one in re.split(r" AND ", choice)) for choice in choices)


def copy(source: Path = SOURCE, target: Path = VENDOR) -> list[Vendored]:
    """Copies the files and the licences, and writes the manifest. What was there is replaced.

    Args:
        source: the folder of the lock file and of ``node_modules``.
        target: the folder to make.

    Raises:
        UsageError: a package or a file is missing, or has a licence that is not allowed.
    """
    installed = dict(_installed(source))
    new = target.with_name(target.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    found: list[Vendored] = []
    for package, names in FILES.items():
        if package not in installed:
            raise _missing(f"the lock file has no package {package}")
        version, licence, home = installed[package]
        for name in names:
            if not (home / name).is_file():
                raise _missing(f"the package {package} has no file {name}")
            content = (home / name).read_bytes()
            file = Path(name).name
            (new / file).write_bytes(content)
            found.append(Vendored(file, package, version, licence, integrity(content)))
    (new / LICENCE_TEXTS).write_text("\n".join(_licences(installed)), "utf-8")
    text = json.dumps([asdict(one) for one in found], indent=1)
    (new / MANIFEST).write_text(text + "\n", "utf-8")
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)
    return found


def _installed(source: Path) -> Iterator[tuple[str, tuple[str, str, Path]]]:
    """Version, licence and folder of each package that is not for tests alone, by its name."""
    lock: Mapping[str, Any] = json.loads((source / "package-lock.json").read_text("utf-8"))
    for place, entry in lock["packages"].items():
        if not place or entry.get("dev"):
            continue
        name, home = place.rpartition("node_modules/")[2], source / place
        try:
            described = json.loads((home / "package.json").read_text("utf-8"))
        except FileNotFoundError:
            raise _missing(f"the package {name} is not installed in {home.parent}") from None
        version, licence = described["version"], described.get("license", UNDECLARED.get(name, ""))
        if version != entry["version"]:
            raise _missing(f"the package {name} is {version}, not {entry['version']}")
        if not is_allowed(licence):
            raise UsageError(
                f"the package {name} has the licence {licence!r}",
                hint=f"use packages with one of: {', '.join(sorted(LICENCES))}",
            )
        yield name, (version, licence, home)


def _licences(installed: Mapping[str, tuple[str, str, Path]]) -> Iterator[str]:
    yield "The packages in this folder, and those that are within their files."
    for name, (version, licence, home) in installed.items():
        yield f"\n{'=' * 79}\n{name} {version}: {licence}\n"
        texts = sorted(
            path for path in home.iterdir() if path.stem.upper() in ("LICENSE", "LICENCE")
        )
        for path in texts:
            yield path.read_text("utf-8").strip()
        if not texts:
            described = json.loads((home / "package.json").read_text("utf-8"))
            author = described.get("author", "")
            author = author.get("name", "") if isinstance(author, dict) else author
            by = f" by {author}" if author else ""
            yield f"The package{by} names its licence and comes without the text."
    yield ""


def _missing(message: str) -> UsageError:
    return UsageError(message, hint="run 'make vendor', which installs what the lock file names")


def main() -> int:
    """Copies the files; returns the exit code."""
    try:
        found = copy()
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit_code)
    sys.stdout.write(f"{len(found)} files are in {VENDOR}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
