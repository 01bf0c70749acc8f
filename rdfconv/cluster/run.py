"""One run on a cluster: its folder is complete, with a manifest, or has nothing in it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import uuid4

from rdfconv.building import refuse_if_strict
from rdfconv.cluster.driver import Driver, OnPart
from rdfconv.cluster.partitions import planned
from rdfconv.cluster.pool import connected
from rdfconv.cluster.storage import TEMPORARY, Folder, url_of
from rdfconv.cluster.work import Job, Part
from rdfconv.errors import RdfconvError, UsageError
from rdfconv.formats import rdf_format_of
from rdfconv.report import Report, software
from rdfconv.serialize import syntax_of
from rdfconv.tasks import Options

MANIFEST = "manifest.json"
"""The file that lists the parts. It is written last: where it is, all parts are."""
PART, MARKER = "part-", "unfinished-"
"""What the names of parts, and of the file that is there while a run lasts, begin with."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run.

    Attributes:
        job: what all its parts share.
        format: the name of the parts' format.
    """

    job: Job
    format: str

    @staticmethod
    def of(
        output: str, format: str | None, source: str, kind: str | None, pages: bool, entail: str
    ) -> Run:
        """A run, from arguments of `rdfconv.cluster.convert`.

        Raises:
            UsageError: an argument is wrong.
        """
        url = url_of(output).rstrip("/")
        name = url.rpartition("/")[2]
        told = rdf_format_of(name, format)
        if not syntax_of(told).is_line_based:
            raise UsageError(
                f"{told.label} cannot be written in parts", hint="use --format nt or nq"
            )
        options = Options(told, source, kind, 1, pages, entail)
        suffix = told.suffixes[0] + (".gz" if name.endswith(".gz") else "")
        return Run(Job(options, Folder(url), suffix, MARKER + uuid4().hex[:12]), told.name)

    def convert(
        self, inputs: Sequence[str], scheduler: str, part_bytes: int, strict: bool, on_part: OnPart
    ) -> Report:
        """Converts the inputs (see `rdfconv.cluster.convert`)."""
        start = time.monotonic()
        folder = self.job.folder
        _refuse_if_used(folder)
        plan = planned(inputs, self.job.options.kind, part_bytes)
        made = folder.make()
        folder.write(self.job.marker, b"A conversion writes here; without it nothing is put.\n")
        try:
            with connected(scheduler) as pool:
                driver = Driver(inputs, plan, self.job, pool, on_part)
                driver.convert()
            refuse_if_strict(driver.report, strict)
            self._complete(driver.parts, driver.report, part_bytes)
        except BaseException as error:
            self._clear(error, made=made)
            raise
        driver.report.seconds["convert"] = time.monotonic() - start
        return driver.report

    def _complete(self, parts: Sequence[Part], report: Report, part_bytes: int) -> None:
        """Ends the run: nothing more is put into the folder, and the manifest says so."""
        folder = self.job.folder
        folder.remove(self.job.marker)
        for name in folder.names():
            if name.startswith(TEMPORARY):  # of workers that were killed
                folder.remove(name)
        for part in parts:
            if (size := folder.size(part.name)) != part.bytes:
                raise RdfconvError(
                    f"{folder.url}/{part.name} has {size:,} bytes instead of {part.bytes:,}",
                    hint="convert again into a new folder, and let nothing else write there",
                )
        told = report.as_json()
        manifest = {
            "format": self.format,
            "part_bytes": part_bytes,
            "software": software(),
            "rows": told["rows"],
            "pages": told["pages"],
            "sites": told["sites"],
            "inputs": told["inputs"],
            "parts": [asdict(part) for part in parts],
        }
        folder.write(MANIFEST, json.dumps(manifest, indent=2).encode() + b"\n")

    def _clear(self, error: BaseException, *, made: bool) -> None:
        """Removes what a failed run has written.

        Raises:
            RdfconvError: that fails, too.
        """
        folder = self.job.folder
        try:
            folder.remove(self.job.marker)  # first: workers that still run put nothing more
            for name in folder.names():
                if name.startswith((PART, TEMPORARY, MANIFEST)):
                    folder.remove(name)
            if made:
                folder.unmake()
        except RdfconvError as second:
            raise RdfconvError(
                f"{error}; what was written until then is left in {folder.url}: {second.message}",
                hint="remove it",
            ) from error


def _refuse_if_used(folder: Folder) -> None:
    names = folder.names()
    if MANIFEST in names:
        raise UsageError(
            f"{folder.url} holds a complete conversion", hint="name a new folder, or remove it"
        )
    if names:
        raise UsageError(
            f"{folder.url} is not empty: it has {names[0]}",
            hint="name a new folder, or empty it: an interrupted run may have left it so",
        )
