"""Static files: ``/static/...``, with addresses that change with the content.

`url_for("static", filename=...)` adds ``v=``, a part of the file's hash. A file that is asked for
by its present hash never changes under that address, so browsers keep it without asking again.
"""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, send_from_directory

FOLDER = Path(__file__).parent / "static"
"""Where the files are."""
TEMPLATES = Path(__file__).parent / "templates"
VERSION = "v"
"""The parameter that holds the version."""


def version_of(content: bytes) -> str:
    """The version of a file with this content.

    >>> version_of(b"")
    '38b060a751ac9638'
    """
    return hashlib.sha384(content).hexdigest()[:16]


def file_version(filename: str) -> str | None:
    """The version of a static file; None if there is no such file."""
    path = FOLDER / filename
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return _version(path, found.st_mtime_ns, found.st_size) if path.is_file() else None


@lru_cache(maxsize=256)
def _version(path: Path, changed: int, size: int) -> str:
    """Read again only if the file has changed."""
    return version_of(path.read_bytes())


@cache
def look() -> str:
    """A hash of all static files and templates, as they were when it was asked for first.

    What a page holds follows from it, beside the release: the addresses of its files, and whether
    those of others are installed.
    """
    digest = hashlib.sha384()
    for folder in (FOLDER, TEMPLATES):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                digest.update(repr((path.relative_to(folder).as_posix(), len(content))).encode())
                digest.update(content)
    return digest.hexdigest()[:16]


def install(app: Flask) -> None:
    """Adds the route, and the version to the addresses made by `url_for`."""
    # Flask's own route of this name would tag the files by itself, whatever their coding.
    app.add_url_rule("/static/<path:filename>", "static", _static)

    @app.url_defaults
    def versioned(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and VERSION not in values:
            found = file_version(str(values.get("filename", "")))
            if found is not None:
                values[VERSION] = found


def _static(filename: str) -> Response:
    return send_from_directory(FOLDER, filename, conditional=False, etag=False)
