"""The contestants of the converter benchmark, the tables they read and the triples they share."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generated import write_table
from rdfconv.identifiers import evidence_id

HERE = Path(__file__).resolve().parent
ONTOLOGY = HERE.parent / "ontology"
PEERS = HERE / ".venv"
REQUIREMENTS = HERE / "requirements.txt"
MAPPING = HERE / "morph_kgc.rml.ttl"
TRIPLES_OF_AN_EDGE = 5

_TERM = re.escape("https://w3id.org/tflink-rdf/ontology#")
_EDGE = re.compile(
    rf"<[^>]*> <(?:{_TERM}(?:regulates|transcriptionFactor|target|evidence)> <[^>]*>"
    rf"|http://www\.w3\.org/1999/02/22-rdf-syntax-ns#type> <{_TERM}RegulatoryInteraction>)$"
)


class BenchmarkError(Exception):
    """The benchmark cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Job:
    """One conversion: what to read and what to write.

    Attributes:
        rows: how many rows the table has.
        table: the generated table.
        with_evidence: the same with one more column, the local name of each evidence's IRI.
        out: the N-Triples file to write.
        size: bytes to write, for the raw limit.
    """

    rows: int
    table: Path
    with_evidence: Path
    out: Path
    size: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """One contestant.

    Attributes:
        name: as the report calls it.
        writes: which triples it writes.
        slow: whether it takes part only with the smaller one of the large tables.
        writes_edges: whether its edge triples can be compared.
        command: gives the command of a job.
    """

    name: str
    writes: str
    slow: bool
    writes_edges: bool
    command: Callable[[Job], list[str]]


def rdfconv(jobs: int) -> Side:
    """This project's converter."""

    def command(job: Job) -> list[str]:
        line = [sys.executable, "-m", "rdfconv", "convert", str(job.table), "-o", str(job.out)]
        # Nobody else writes what follows; benchmarks/entailment.py has what that costs.
        return [*line, "--entail", "none", "--jobs", str(jobs), "--quiet"]

    return Side(f"rdfconv --jobs {jobs}", "all", False, True, command)


def rdflib_loop() -> Side:
    """A loop over the rows that fills an rdflib graph."""

    def command(job: Job) -> list[str]:
        script = str(HERE / "rdflib_loop.py")
        return [_peers_python(), script, str(job.table), str(job.out), str(ONTOLOGY)]

    return Side("rdflib loop", "all", True, True, command)


def morph_kgc(processes: int) -> Side:
    """morph-kgc with the mapping of morph_kgc.rml.ttl."""

    def command(job: Job) -> list[str]:
        settings = job.out.with_suffix(".ini")
        settings.write_text(
            "[CONFIGURATION]\n"
            f"output_file={job.out}\n"
            "output_format=N-TRIPLES\n"
            f"number_of_processes={processes}\n"
            "logging_level=ERROR\n"
            "[table]\n"
            f"mappings={MAPPING}\n"
            f"file_path={job.with_evidence}\n",
            encoding="utf-8",
        )
        return [_peers_python(), "-m", "morph_kgc", str(settings)]

    return Side(f"morph-kgc, processes: {processes}", "edges only", True, True, command)


def raw_limit() -> Side:
    """Reading, splitting and writing alone."""

    def command(job: Job) -> list[str]:
        script = str(HERE / "raw_limit.py")
        return [sys.executable, script, str(job.table), str(job.out), str(job.size)]

    return Side("raw limit", "no triples", False, False, command)


def _peers_python() -> str:
    return str(PEERS / "bin" / "python")


def install_peers(
    say: Callable[[str], None], folder: Path = PEERS, requirements: Path = REQUIREMENTS
) -> None:
    """Make the peers' virtual environment, unless it is there with these very requirements.

    Args:
        say: told when there is something to install.
        folder: the environment.
        requirements: the file of its requirements.

    Raises:
        BenchmarkError: they cannot be installed.
    """
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    mark = folder / "requirements.sha256"
    if mark.is_file() and mark.read_text(encoding="ascii") == wanted:
        return
    say(f"installing the peers of {requirements.name} into {folder}")
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "-r", str(requirements)]
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run(pip, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BenchmarkError(f"the peers cannot be installed (try --no-peers): {error}") from error
    mark.write_text(wanted, encoding="ascii")


def prepare(work: Path, rows: int, seed: int, peers: bool) -> Job:
    """Generate a table, and for morph-kgc the same with the column ``Evidence``.

    Args:
        work: the folder for all files.
        rows: how many rows.
        seed: the table's seed.
        peers: whether the second table is needed.
    """
    job = Job(
        rows,
        work / f"generated-{rows}.tsv",
        work / f"generated-{rows}-evidence.tsv",
        work / f"out-{rows}.nt",
    )
    write_table(job.table, rows, seed)
    if peers:
        _add_evidence(job.table, job.with_evidence)
    return job


def _add_evidence(table: Path, out: Path) -> None:
    """Append to each row the local name of its evidence's IRI."""
    known: dict[tuple[str, str, str, str], str] = {}
    with (
        open(table, encoding="utf-8", newline="\n") as lines,
        open(out, "w", encoding="utf-8", newline="\n") as output,
    ):
        output.write(next(lines).rstrip("\n") + "\tEvidence\n")
        for line in lines:
            row = line.rstrip("\n")
            cells = row.split("\t")
            key = (cells[9], cells[6], cells[7], cells[10])
            if key not in known:
                names, methods, papers = (cell.split(";") for cell in key[:3])
                known[key] = evidence_id("tflink-1.0", names, methods, papers, key[3] == "Yes")
            output.write(f"{row}\t{known[key]}\n")


def edge_triples(path: Path) -> set[str]:
    """The edge triples of an N-Triples file, as lines without their end."""
    with open(path, encoding="utf-8", newline="\n") as lines:
        return {line.rstrip("\n").rstrip(" .") for line in lines if _EDGE.match(line)}


def compare(outputs: Sequence[tuple[Side, Path]], rows: int) -> dict[str, int]:
    """Check that the sides wrote the same: those that write all alike, the others the edges.

    Args:
        outputs: each side and its N-Triples file; the first side writes all.
        rows: how many rows each converted.

    Returns:
        How many different triples each wrote, by the side's name.

    Raises:
        BenchmarkError: two sides differ, or the first has not five edge triples for each row.
    """
    first, path = outputs[0]
    whole = _triples(path)
    edges = set(filter(_EDGE.match, whole))
    if len(edges) != TRIPLES_OF_AN_EDGE * rows:
        raise BenchmarkError(f"{first.name} wrote {len(edges)} edge triples for {rows} rows")
    counts = {}
    for side, path in outputs:
        written = _triples(path)
        counts[side.name] = len(written)
        different = sorted(written ^ (whole if side.writes == first.writes else edges))
        if different:
            raise BenchmarkError(
                f"{first.name} and {side.name} differ in {len(different)} triples, "
                f"for example {different[0]}"
            )
    return counts


def _triples(path: Path) -> set[str]:
    """The triples of an N-Triples file without comments, as lines without their end."""
    with open(path, encoding="utf-8", newline="\n") as lines:
        return {line.rstrip("\n").removesuffix(".").rstrip() for line in lines}


def count_lines(path: Path) -> int:
    """How many lines a file has; of N-Triples as written here, how many triples."""
    with open(path, "rb") as opened:
        return sum(block.count(b"\n") for block in iter(lambda: opened.read(1 << 20), b""))
