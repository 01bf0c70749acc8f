"""Generated binding sites: TFLink's 16 columns, and their sequences as FASTA.

Sites that have a place come first, chromosome by chromosome in the order of their starts; then
those without. Column 16 lists the sites that really overlap a site here, and column 15 says how
many they are. Nothing is held but the sites that a next one may still overlap.
"""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.plan import Cast
from benchmarks.site_mixes import GENOMES, GROUPS, LENGTHS, Genome, Group

SITE_COLUMNS = (
    "TFLinkID",
    "UniprotID.TF",
    "Name.TF",
    "Organism",
    "Assembly",
    "Chromosome",
    "Start",
    "End",
    "Strand",
    "Genome.browser",
    "Detection.method",
    "PubmedID",
    "Source.database",
    "Small-scale.evidence",
    "Number.of.TFBS.overlaps",
    "TFBS.overlaps",
)
"""The header of TFLink's binding-site table, v1.0."""
SITE_HEADER = "\t".join(SITE_COLUMNS) + "\n"

_CLOSE = 0.05  # the share of sites that begin inside the one before
_PLUS = 0.55  # of the located sites of the pages
_CLOSED = 2 / 3  # the share of fly sites whose sequence holds the base at the end position, too
_DRAWN = 4096
_POOL = 1 << 20  # bases that all sequences are cut from
_LINE = 80  # bases in a line of FASTA


@dataclass(frozen=True, slots=True)
class Source:
    """What sites of one factor and one kind of evidence have in common.

    Attributes:
        scale: ``SS`` or ``LS``, as in the sites' ids.
        factor: the cells of accession, name and organism, with a tab behind.
        evidence: the cells of methods, papers, database and scale, with a tab behind.
        title: accession and name, as in FASTA.
        lengths: how long the sites may be.
    """

    scale: str
    factor: str
    evidence: str
    title: str
    lengths: tuple[int, ...]


@dataclass(slots=True)
class _Site:
    """A located site; ``overlaps`` are ids."""

    identifier: str
    start: int
    end: int
    row: str
    overlaps: list[str]

    def text(self) -> str:
        return f"{self.row}{len(self.overlaps)}\t{';'.join(self.overlaps) or '-'}\n"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many sites of each kind: located or not, small-scale or not."""

    located: tuple[int, int]
    others: tuple[int, int]


def site_counts(organism: str, small_scale: int, large_scale: int) -> Counts:
    """Split sites into located and other ones, in the shares of the pages.

    Args:
        organism: a key of GROUPS.
        small_scale: how many sites have small-scale evidence.
        large_scale: how many have not.
    """
    placed = []
    for flag, count in (("Yes", small_scale), ("No", large_scale)):
        groups = [group for group in GROUPS[organism] if group.small_scale == flag]
        here = sum(group.weight for group in groups if group.located)
        placed.append(round(count * here / max(1, sum(group.weight for group in groups))))
    small, large = placed
    return Counts((small, large), (small_scale - small, large_scale - large))


def make_sites(
    cast: Cast, small_scale: int, large_scale: int, first: int, seed: int
) -> Iterator[tuple[str, str]]:
    """An organism's binding sites.

    Args:
        cast: whose transcription factors the sites are of.
        small_scale: how many sites have small-scale evidence.
        large_scale: how many have not.
        first: the number in the first site's id; the others follow.
        seed: decides every value.

    Yields:
        Lines of the table without its header, and records of FASTA: in the same order over all
        pairs, but a record may come before its line.

    Raises:
        KeyError: the organism has no binding sites in TFLink.
    """
    counts = site_counts(cast.organism, small_scale, large_scale)
    rng = random.Random(f"sites {seed} {cast.organism}")
    chosen = _Sources(cast, rng)
    writer = _Writer(cast.organism, rng)
    small, large = counts.located
    identifiers = itertools.count(first)
    sources = chosen.mixed(small, large, located=True)
    chromosomes = writer.genome.chromosomes
    done = 0
    reached = itertools.accumulate(chromosomes.values())
    for (name, length), behind in zip(chromosomes.items(), reached, strict=True):
        until = round((small + large) * behind / sum(chromosomes.values()))
        here = itertools.islice(sources, until - done)
        yield from writer.chromosome(name, int(length * 1e6), until - done, here, identifiers)
        done = until
    small, large = counts.others
    yield from writer.elsewhere(chosen.mixed(small, large, located=False), identifiers)


class _Sources:
    """The sources of an organism's sites by scale and by whether the sites are located."""

    def __init__(self, cast: Cast, rng: random.Random) -> None:
        self._rng = rng
        numbers = [number for number, _ in cast.factors]
        # A FASTA header cannot spell several names.
        numbers = [number for number in numbers if ";" not in cast.proteins[number].name]
        self._sources: dict[tuple[str, bool], tuple[list[Source], list[float]]] = {}
        for group in GROUPS[cast.organism]:
            known = self._sources.setdefault((group.small_scale, group.located), ([], []))
            told = sum(weight for _, _, weight, _ in group.evidence)
            for methods, papers, weight, factors in group.evidence:
                some = rng.sample(numbers, min(factors, len(numbers)))
                for number in some:
                    known[0].append(_source(cast, number, group, (methods, papers), rng))
                    known[1].append(group.weight * weight / told / len(some))

    def mixed(self, small: int, large: int, *, located: bool) -> Iterator[Source]:
        """As many sources as asked for, small-scale ones evenly among the others."""
        small_ones, large_ones = self._drawn("Yes", located), self._drawn("No", located)
        for number in range(small + large):
            is_small = (number + 1) * small // (small + large) > number * small // (small + large)
            yield next(small_ones if is_small else large_ones)

    def _drawn(self, flag: str, located: bool) -> Iterator[Source]:
        sources, weights = self._sources.get((flag, located), ([], []))
        cumulative = list(itertools.accumulate(weights))
        while sources:
            yield from self._rng.choices(sources, cum_weights=cumulative, k=_DRAWN)


def _source(
    cast: Cast, number: int, group: Group, evidence: tuple[str, str], rng: random.Random
) -> Source:
    factor = cast.proteins[number]
    lengths = LENGTHS[cast.organism, group.database]
    return Source(
        "SS" if group.small_scale == "Yes" else "LS",
        f"{factor.accession}\t{factor.name}\t{cast.organism}\t",
        "\t".join((*evidence, group.database, group.small_scale)) + "\t",
        f"{factor.accession};{factor.name}",
        # JASPAR's sites of one factor fit one matrix.
        (rng.choice(lengths),) if group.database == "JASPAR" else lengths,
    )


class _Writer:
    """Spells the sites of one organism."""

    def __init__(self, organism: str, rng: random.Random) -> None:
        self.genome: Genome = GENOMES[organism]
        self._rng = rng
        self._is_fly = self.genome.name == "dm6"
        self._pool = "".join(rng.choices("ACGT", k=_POOL))

    def chromosome(
        self,
        name: str,
        length: int,
        count: int,
        sources: Iterator[Source],
        identifiers: Iterator[int],
    ) -> Iterator[tuple[str, str]]:
        """The sites of one chromosome, evenly spread but for those that begin inside another."""
        rng = self._rng
        chance, genome = rng.random, self.genome
        place = f"{genome.name}\t{name}\t"
        browser = f"{genome.browser}&position={name}:"
        open_sites: deque[_Site] = deque()
        start, size = 0, 1
        lines: list[str] = []
        records: list[str] = []
        for number, source in enumerate(sources):
            if chance() < _CLOSE:
                start += int(chance() * size)
            else:
                start = max(start, int((number + chance()) * length / count))
            lengths = source.lengths
            size = lengths[int(chance() * len(lengths))]
            end = start + size
            identifier = f"TFLink{source.scale}{next(identifiers):08d}"
            strand = "+" if chance() < _PLUS else "-"
            site = _Site(
                identifier,
                start,
                end,
                f"{identifier}\t{source.factor}{place}{start}\t{end}\t{strand}\t"
                f"{browser}{start}-{end}\t{source.evidence}",
                [],
            )
            while open_sites and open_sites[0].end <= start:
                lines.append(open_sites.popleft().text())
            for other in open_sites:
                if other.end > start:
                    other.overlaps.append(identifier)
                    site.overlaps.append(other.identifier)
            open_sites.append(site)
            bases = size + 1 if self._is_fly and chance() < _CLOSED else size
            records.append(
                f">{identifier};{source.title};{genome.name};{name}:{start}-{end}\n"
                f"{self._sequence(bases)}\n"
            )
            if len(lines) >= _DRAWN:
                yield "".join(lines), "".join(records)
                lines.clear()
                records.clear()
        lines += [site.text() for site in open_sites]
        yield "".join(lines), "".join(records)

    def elsewhere(
        self, sources: Iterator[Source], identifiers: Iterator[int]
    ) -> Iterator[tuple[str, str]]:
        """Sites of which only the sequence is known."""
        nowhere = "-\t" * 6
        for source in sources:
            identifier = f"TFLink{source.scale}{next(identifiers):08d}"
            sequence = self._sequence(self._rng.choice(source.lengths))
            yield (
                f"{identifier}\t{source.factor}{nowhere}{source.evidence}-\t-\n",
                f">{identifier};{source.title};-;-:---\n{sequence}\n",
            )

    def _sequence(self, bases: int) -> str:
        first = int(self._rng.random() * (_POOL - bases))
        sequence = self._pool[first : first + bases]
        if bases <= _LINE:
            return sequence
        return "\n".join(sequence[at : at + _LINE] for at in range(0, bases, _LINE))
