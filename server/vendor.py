"""Scripts and styles of others that some pages use: what is installed, and its addresses.

They are copied from npm's packages to ``server/static/vendor`` by `server.vendor_copy`, which
``make vendor`` runs. Without them the application works, and the pages are plain.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, url_for

from server.assets import FOLDER

VENDOR = FOLDER / "vendor"
"""Where the files are served from."""
MANIFEST = "manifest.json"
"""What is installed: a list of `Vendored`."""
LICENCE_TEXTS = "licences.txt"
"""The licences of the packages, and of those that are within their files."""


@dataclass(frozen=True, slots=True)
class Vendored:
    """A file of a package.

    Attributes:
        file: its name in the folder.
        package: the npm package.
        version: the package's version.
        licence: the package's licence, an SPDX expression.
        sha384: the file's hash, as Subresource Integrity writes it (``sha384-`` and base64).
    """

    file: str
    package: str
    version: str
    licence: str
    sha384: str


def read_manifest(folder: Path = VENDOR) -> list[Vendored]:
    """What the folder holds; nothing if the files were not installed."""
    try:
        entries = json.loads((folder / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return []
    return [Vendored(**entry) for entry in entries]


def install(app: Flask, folder: Path = VENDOR) -> None:
    """Gives templates ``vendored(name)``."""
    files = {one.file for one in read_manifest(folder)}

    def vendored(name: str) -> str | None:
        """The address of a file; None if it is not installed."""
        if name not in files or not (folder / name).is_file():
            return None
        return url_for("static", filename=f"vendor/{name}")

    app.jinja_env.globals["vendored"] = vendored
