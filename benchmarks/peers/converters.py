"""Two more converters: SDM-RDFizer and maplib, each in a virtual environment of its own."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import pinned
from benchmarks.sides import HERE, BenchmarkError, Job, Side, install_peers

PEERS = HERE / "peers"
MAPPING = PEERS / "sdm_rdfizer.rml.ttl"


@dataclass(frozen=True, slots=True)
class Environment:
    """A peer's virtual environment.

    Attributes:
        package: the package that it is there for.
        requirements: the pinned requirements.
        folder: where it is, or will be.
    """

    package: str
    requirements: Path
    folder: Path

    @property
    def python(self) -> str:
        """Its Python."""
        return str(self.folder / "bin" / "python")

    @property
    def version(self) -> str:
        """The version of the package.

        >>> environment("maplib", "maplib").version
        '0.20.26'
        """
        return pinned(self.requirements)[self.package]

    def install(self, say: Callable[[str], None]) -> None:
        """Make it, unless it is there.

        Raises:
            BenchmarkError: it cannot be made, or the package does not work.
        """
        install_peers(say, self.folder, self.requirements)
        tried = subprocess.run(
            [self.python, "-c", f"import {self.package}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if tried.returncode:
            why = tried.stderr.strip().rpartition("\n")[2]
            raise BenchmarkError(
                f"{self.package} does not start: {why} (of Debian's packages it needs what "
                f"{self.requirements.name} names; try --no-peers)"
            )


def environment(package: str, name: str) -> Environment:
    """The environment of a package, by the name of its files."""
    return Environment(package, PEERS / f"{name}.txt", HERE / "work" / "peers" / name)


SDM_RDFIZER = environment("rdfizer", "sdm_rdfizer")
MAPLIB = environment("maplib", "maplib")


def sdm_rdfizer() -> Side:
    """SDM-RDFizer with the mapping of sdm_rdfizer.rml.ttl."""

    def command(job: Job) -> list[str]:
        mapping = job.out.with_suffix(".rml.ttl")
        text = MAPPING.read_text("utf-8").replace('"table.csv"', f'"{_as_csv(job.with_evidence)}"')
        mapping.write_text(text, encoding="utf-8")
        settings = job.out.with_suffix(".ini")
        settings.write_text(
            "[datasets]\n"
            "number_of_datasets: 1\n"
            f"output_folder: {job.out.parent}\n"
            "all_in_one_file: no\n"
            "remove_duplicate: yes\n"
            "enrichment: yes\n"
            "ordered: yes\n"
            "large_file: false\n"
            "name: edges\n"
            "[dataset1]\n"
            f"name: {job.out.stem}\n"
            f"mapping: {mapping}\n",
            encoding="utf-8",
        )
        script = str(PEERS / "with_sdm_rdfizer.py")
        return [SDM_RDFIZER.python, script, str(settings), str(job.out.with_suffix(".error.log"))]

    return Side("SDM-RDFizer", "edges only", True, True, command)


def _as_csv(table: Path) -> Path:
    """The same table with commas, made if it is missing or old.

    SDM-RDFizer counts the commas of every line, tabs or not, and says nothing and writes nothing
    where a cell has one.
    """
    made = table.with_suffix(".csv")
    if made.is_file() and made.stat().st_mtime_ns > table.stat().st_mtime_ns:
        return made
    with (
        table.open(encoding="utf-8", newline="\n") as lines,
        made.open("w", encoding="utf-8", newline="") as output,
    ):
        csv.writer(output).writerows(line.rstrip("\n").split("\t") for line in lines)
    return made


def maplib() -> Side:
    """maplib with a template of OTTR."""

    def command(job: Job) -> list[str]:
        script = str(PEERS / "with_maplib.py")
        return [MAPLIB.python, script, str(job.with_evidence), str(job.out)]

    return Side("maplib", "edges only", True, True, command)
