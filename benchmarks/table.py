"""The rows of a generated interaction table, and files that appear when they are complete."""

from __future__ import annotations

import gzip
import random
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path

from benchmarks.evidence import Divided, Spread
from benchmarks.mixes import Evidence
from benchmarks.plan import Cast
from benchmarks.proteins import Protein

COLUMNS = (
    "UniprotID.TF",
    "UniprotID.Target",
    "NCBI.GeneID.TF",
    "NCBI.GeneID.Target",
    "Name.TF",
    "Name.Target",
    "Detection.method",
    "PubmedID",
    "Organism",
    "Source.database",
    "Small-scale.evidence",
    "TF.TFLink.ortho",
    "TF.nonTFLink.ortho",
    "Target.TFLink.ortho",
    "Target.nonTFLink.ortho",
)
"""The header of TFLink's simpleFormat table, v1.0."""
HEADER = "\t".join(COLUMNS) + "\n"

Out = BufferedWriter | gzip.GzipFile
"""What a table is written to."""


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one transcription factor: its targets, and the evidence for each."""

    organism: str
    tf: Protein
    targets: list[Protein]
    evidence: list[Evidence]

    def text(self) -> str:
        """The rows in TFLink's 15 columns, each ended by LF."""
        lines = []
        tf, organism = self.tf, self.organism
        end = f"{tf.orthologs}\t{tf.other_orthologs}"
        for target, evidence in zip(self.targets, self.evidence, strict=True):
            lines.append(
                f"{tf.accession}\t{target.accession}\t{tf.gene_ids}\t{target.gene_ids}\t"
                f"{tf.name}\t{target.name}\t{evidence.methods}\t{evidence.references}\t{organism}\t"
                f"{evidence.databases}\t{evidence.small_scale}\t{end}\t"
                f"{target.orthologs}\t{target.other_orthologs}\n"
            )
        return "".join(lines)


def make_blocks(cast: Cast, spread: Spread | Divided, rng: random.Random) -> Iterator[Block]:
    """The rows of a table, a block per transcription factor, sorted by its accession.

    Args:
        cast: who takes part.
        spread: where the evidence comes from.
        rng: decides the targets and the evidence.
    """
    proteins = cast.proteins
    for factor, degree in sorted(cast.factors, key=lambda pair: proteins[pair[0]].accession):
        chosen = _choose_targets(rng, cast.targets, degree)
        drawn = spread.draw(rng, degree)
        yield Block(
            cast.organism,
            proteins[factor],
            [proteins[each] for each in chosen],
            [spread.cells(number) for number in drawn],
        )


def _choose_targets(rng: random.Random, targets: int, degree: int) -> list[int]:
    """Distinct targets of one factor; those with a low number are chosen by more factors."""
    reach = degree + int((targets - degree) * rng.random() ** 2)
    return rng.sample(range(reach), degree)


@contextmanager
def replacing(path: Path) -> Generator[Out, None, None]:
    """A file to write that appears under its name only when it is complete.

    Args:
        path: the file; gzip if it ends in ``.gz`` (without name or time, so bytes repeat).

    Raises:
        OSError: the file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        with ExitStack() as stack:
            out: Out = stack.enter_context(open(part, "wb"))
            if path.suffix == ".gz":
                out = stack.enter_context(
                    gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=out, mtime=0)
                )
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
