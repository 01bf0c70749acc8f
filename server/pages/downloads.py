"""The files of the release: ``/downloads``, a page that lists them, and the files themselves.

A file is asked for by its id in the release's manifest; no part of an address becomes a path.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from http import HTTPStatus
from itertools import groupby
from pathlib import Path

from flask import Blueprint, Response, g, render_template, send_file, url_for

from rdfconv.config import Settings
from rdfconv.downloads import BED, FALDO, FOLDER, LABELS, File, read_manifest
from rdfconv.errors import shown
from rdfconv.exports import EXPORT_FORMATS
from rdfconv.formats import RDF_FORMATS, Format
from rdfconv.release import folder_of
from server.caching import KEPT, begin
from server.engine import Engine
from server.negotiation import HTML
from server.pages.sitemap import site_address
from server.problems import Problem, accepted
from server.streaming import RELEASE_HEADER, content_type

JSON = Format("json", "JSON", "application/json", (), (".json",), False, "")
FORMATS = {HTML.name: HTML, JSON.name: JSON}
"""The formats of the list."""
HOW = "rdfconv build INPUT --into DIR"
"""What makes a release with files."""


@dataclass(frozen=True, slots=True)
class Group:
    """The files of an organism, or of all, from one data set.

    Attributes:
        dataset: what people call the data set; "" if there is but one.
        name: the organism's name; "" for all.
        anchor: what the group is linked by.
        files: the files.
    """

    dataset: str
    name: str
    anchor: str
    files: list[File]


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """The routes."""
    routes = Blueprint("downloads", __name__)

    def listed(fmt: Format, *, negotiated: bool) -> Response:
        release = engine.release()
        files = read_manifest(_folder(settings, release))
        address = site_address(settings)
        location = url_for("downloads.as_json") if fmt is JSON and negotiated else ""
        begin(release, "downloads", fmt.name, address, location=location)
        body = _json(files, address) if fmt is JSON else _page(files, address)
        response = Response(body, content_type=content_type(fmt))
        response.headers[RELEASE_HEADER] = release
        response.headers["Link"] = ", ".join(_links(fmt))
        if negotiated:
            response.vary.add("Accept")
        if location:
            response.headers["Content-Location"] = location
        return response

    @routes.get("/downloads")
    def page() -> Response:
        return listed(accepted(FORMATS), negotiated=True)

    @routes.get("/downloads.json")
    def as_json() -> Response:
        return listed(JSON, negotiated=False)

    @routes.get("/downloads/<name>")
    def download(name: str) -> Response:
        release = engine.release()
        folder = _folder(settings, release)
        files = {one.id: one for one in read_manifest(folder) or []}
        if name not in files:
            raise _no_such_file(name, files)
        response = _file(folder, files[name])
        response.headers[RELEASE_HEADER] = release
        return response

    return routes


def _folder(settings: Settings, release: str) -> Path:
    """The folder of the release that answers."""
    root = Path(settings.release)
    return folder_of(root, release)


def _file(folder: Path, file: File) -> Response:
    """A file, or the parts of it that are asked for; the system copies it to the client."""
    # It is complete as it is: compressed already, or read with ranges, and its tag is its checksum.
    g.answered = True
    response = send_file(
        folder.resolve() / FOLDER / file.file,
        mimetype=file.media_type,
        as_attachment=True,
        download_name=file.file,
        conditional=True,
        etag=file.sha256,
        last_modified=datetime.strptime(file.date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
    )
    if file.media_type.startswith("text/"):
        response.headers["Content-Type"] = f"{file.media_type}; charset=utf-8"
    response.headers["Cache-Control"] = KEPT
    return response


def _links(fmt: Format) -> Iterable[str]:
    addresses = {HTML: url_for("downloads.page"), JSON: url_for("downloads.as_json")}
    for other, address in addresses.items():
        if other is not fmt:
            yield f'<{address}>; rel="alternate"; type="{other.media_type}"'


def _json(files: list[File] | None, address: str) -> str:
    content = {
        "files": [
            {**asdict(one), "address": f"{address}{url_for('downloads.download', name=one.id)}"}
            for one in files or []
        ],
        **({} if files is not None else {"note": f"This release has no files; {HOW} makes one."}),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _page(files: list[File] | None, address: str) -> str:
    files = files or []
    return render_template(
        "downloads.html",
        files=files,
        groups=_groups(files),
        terms=sorted({(one.dataset, one.terms) for one in files}),
        datasets=_datasets(files),
        has_places=any(one.format in (FALDO, BED) for one in files),
        date=max((one.date for one in files), default=""),
        example=files[0] if files else None,
        site=address,
        size=size,
        format_name=format_name,
        how=HOW,
    )


def _datasets(files: list[File]) -> list[File]:
    """A file of each data set, for what all files of it have in common, if there are several."""
    first = {one.dataset: one for one in reversed(files)}
    return list(reversed(first.values())) if len(first) > 1 else []


def _groups(files: list[File]) -> list[Group]:
    """The files by data set and organism, in the manifest's order."""
    several = len({one.dataset for one in files}) > 1
    key: Callable[[File], tuple[str, str]] = lambda one: (  # noqa: E731
        (one.dataset_title or one.dataset) if several else "",
        one.organism,
    )
    return [
        Group(dataset, organism, f"group-{number}", list(same))
        for number, ((dataset, organism), same) in enumerate(groupby(files, key=key))
    ]


def format_name(file: File) -> str:
    """What people call the format of a file.

    The names are those of the tables of formats.
    """
    if file.format in LABELS:
        return LABELS[file.format]
    one = RDF_FORMATS.get(file.format)
    return one.label if one else EXPORT_FORMATS[file.format].label


def size(count: int) -> str:
    """A number of bytes in words.

    >>> size(999), size(1_234), size(5_096_175)
    ('999 B', '1.2 kB', '5.1 MB')
    """
    if count < 1000:
        return f"{count} B"
    units = ("kB", "MB", "GB", "TB")
    step = min((len(str(count)) - 1) // 3, len(units))
    return f"{count / 1000**step:.1f} {units[step - 1]}"


def _no_such_file(name: str, files: Iterable[str]) -> Problem:
    ids = list(files)
    near = get_close_matches(name, ids, n=3)
    return Problem(
        HTTPStatus.NOT_FOUND,
        "not-found",
        HTTPStatus.NOT_FOUND.phrase,
        f"The release has no file {shown(name)}.",
        hint="/downloads lists all of them" if ids else f"it has none at all; {HOW} makes some",
        available={one: url_for("downloads.download", name=one) for one in near},
    )
