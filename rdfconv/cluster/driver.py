"""The main process of a conversion on a cluster: hands partitions out, takes results in order.

It is a `Conversion` whose blocks are converted elsewhere: what is counted, merged, rejected and
written once is decided by the same code.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from rdfconv.catalog import Spelling, spelling
from rdfconv.cluster.known import Known, SomeSites
from rdfconv.cluster.partitions import InputPart, Partition, Plan, folder_digest
from rdfconv.cluster.pool import Pool
from rdfconv.cluster.reading import FileRead, PartReader
from rdfconv.cluster.storage import url_of
from rdfconv.cluster.work import (
    Job,
    OpenPart,
    Outcome,
    Part,
    convert_part,
    digest,
    look_through,
    open_part,
    write_listed_rows,
)
from rdfconv.model import Evidence, Mention
from rdfconv.pipeline import Conversion
from rdfconv.problems import ProblemLog
from rdfconv.readers import Phase, phase_of, read_blocks
from rdfconv.readers.kinds import ADDING
from rdfconv.tasks import Modes

OnPart = Callable[[int, int], object]


class Driver(Conversion):
    """One run on a cluster.

    Args:
        inputs: local paths and addresses.
        plan: their partitions.
        job: the run.
        pool: the workers.
        on_part: called with the numbers of parts that are done and of all.

    Attributes:
        parts: what was written.
    """

    def __init__(
        self, inputs: Sequence[str], plan: Plan, job: Job, pool: Pool, on_part: OnPart
    ) -> None:
        super().__init__([], job.options)
        self._paths = inputs
        self._job = job
        self._pool = pool
        self._on_part = on_part
        self._plan = plan
        self.parts: list[Part] = []
        self._written_elsewhere = False
        self._with_pages: list[tuple[Partition, Known]] = []
        self._spelled: dict[Spelling, Mention] = {}
        self._lines: dict[InputPart, int] = {}
        self._read: dict[InputPart, FileRead] = {}
        self._modes_there: object = {}

    def convert(self) -> None:
        """Converts everything; `parts` and the report are complete then.

        Raises:
            InputError, RdfconvError: what a conversion fails with, or the workers are lost.
        """
        partitions = self._plan.partitions
        with open_part(self._job) as last:
            for phase in Phase:
                for partition, known, outcome in self._outcomes(phase):
                    self._take(partition, known, outcome)
                    self._on_part(len(self.parts), len(partitions) + 1)
                if phase is Phase.MODES and self._modes:
                    self._modes_there = self._pool.kept(self._modes)
                    self._local.answer(Modes(self._modes))
                if phase is Phase.ROWS:
                    for block in self._second.blocks(self.report, self._local):
                        last.write_all(self._worked(block, self._local))
            own = self._local.answer(None)
            self._gather(own)
            if self._local.page_emitter:
                self._spelled.update((spelling(one), one) for one, _, _ in own.mentions)
                last.write_all(self._rows_spelled_otherwise())
            self._convert_late(last)
            self.report.problems.merge(self._files)
            last.write_all(self._once(self.report.problems))
            self.parts.append(last.publish(self._job.part_name(len(partitions))))
        self._on_part(len(partitions) + 1, len(partitions) + 1)
        self.parts.sort(key=lambda part: part.name)
        self._tell_inputs()

    def _outcomes(self, phase: Phase) -> Iterator[tuple[Partition, Known, Outcome]]:
        """The partitions of a phase, in order, with what was known before and what they gave."""
        partitions = [one for one in self._plan.partitions if one.phase is phase]
        given: deque[Known] = deque()

        def items() -> Iterator[tuple[object, ...]]:
            for partition, known in self._first_known(phase, partitions):
                given.append(known)
                yield self._job, partition, known, self._modes_there

        for partition, outcome in zip(
            partitions, self._pool.map(convert_part, items()), strict=True
        ):
            known = given.popleft()
            if not self._holds(known, outcome):
                known = self._known(outcome.sites(), outcome.pages.first)
                item = self._job, partition, known, self._modes_there
                [outcome] = self._pool.map(convert_part, [item])
            yield partition, known, outcome

    def _first_known(
        self, phase: Phase, partitions: list[Partition]
    ) -> Iterator[tuple[Partition, Known]]:
        """What is taken to be known of the partitions, before those in front of them are done."""
        if phase not in ADDING:
            yield from ((one, Known()) for one in partitions)
            return
        # All of what adds to sites is about sites that were told: these are looked up first.
        items = ((self._job, one) for one in partitions)
        for one, sites in zip(partitions, self._pool.map(look_through, items), strict=True):
            yield one, self._known(sites, ())

    def _known(self, sites: Iterable[tuple[str, int]], pages: Iterable[str]) -> Known:
        return Known.of(sites, self._register, pages, self._second.first)

    def _holds(self, known: Known, outcome: Outcome) -> bool:
        """Whether no more is known now than what a partition was converted with."""
        given, register = SomeSites(known), self._register
        return all(
            self._second.first.get(one) == known.pages.get(one)
            for one in outcome.pages.first
            if one in self._second.first
        ) and all(given.entry(*site) == register.entry(*site) for site in outcome.sites())

    def _take(self, partition: Partition, known: Known, outcome: Outcome) -> None:
        """Takes over what a partition gave."""
        before = self._lines_before(partition, outcome)
        self._written_elsewhere = True
        for block, result in outcome.results:
            result.problems = _further_down(result.problems, before)
            self._register.note(result.claims)
            for _ in self._taken(block, result, b""):
                pass
        self._written_elsewhere = False
        self._gather(outcome.gathered)
        self._files.merge(outcome.files)
        self._second.first.update(outcome.pages.first)
        self._second.aside += outcome.pages.aside
        self._second.merged += outcome.pages.merged
        self._read.update((one.file, one) for one in outcome.read)
        if outcome.part:
            self.parts.append(outcome.part)
        if self._local.page_emitter and outcome.gathered.pages:
            self._with_pages.append((partition, known))
            self._spelled.update((spelling(one), one) for one, _, _ in outcome.gathered.mentions)

    def _lines_before(self, partition: Partition, outcome: Outcome) -> int:
        """How many lines of its file stand before a partition."""
        if partition.range is None:
            return 0
        [file] = partition.files
        before = self._lines.get(file, 1 if partition.range.header else 0)
        self._lines[file] = before + outcome.lines
        return before

    def _new_evidence(self, reports: Iterable[Evidence], *, of_edge: bool) -> Iterator[bytes]:
        """The triples of evidence that was not written yet; each part has those of its own."""
        written = super()._new_evidence(reports, of_edge=of_edge)
        if not self._written_elsewhere:
            yield from written
            return
        for _ in written:
            pass

    def _rows_spelled_otherwise(self) -> Iterator[bytes]:
        """Has parts written of the rows of pages that spell a protein otherwise than is usual;
        yields the triples of those of pages that were converted here."""
        differing = self._catalog.differing(self._spelled.values())
        if not differing:
            return
        there = self._pool.kept(differing)
        items = ((self._job, *one, there) for one in self._with_pages)
        self.parts += [part for part in self._pool.map(write_listed_rows, items) if part]
        yield from self._listed_rows([self._local.answer(differing)])

    def _convert_late(self, last: OpenPart) -> None:
        """Converts what is read when everything else is known."""
        reader = PartReader([file for _, file in self._plan.late], self.options.kind)
        last.write_all(self._late(groupby(read_blocks(reader), phase_of)))
        self._files.merge(reader.log)
        self._read.update((one.file, one) for one in reader.told)

    def _tell_inputs(self) -> None:
        """Puts the inputs into the report, with their checksums."""
        # A checksum needs the whole file from its beginning, so what was cut is read once more.
        cut = [file for file in self._plan.files if file not in self._read]
        sums = self._pool.map(digest, ((self._job, file) for file in cut))
        for file, checksum in zip(cut, sums, strict=True):
            self._read[file] = FileRead(file, 1, file.size, checksum)
        for place, (path, told) in enumerate(zip(self._paths, self._plan.inputs, strict=True)):
            files = [self._read[file] for file in self._plan.files if file.place == place]
            told.files = sum(one.sources for one in files)
            told.size = sum(one.size for one in files)
            if [one.file.url for one in files] == [url_of(path)]:
                told.sha256 = files[0].sha256
            else:
                files.sort(key=lambda one: one.file.name.split("/"))
                told.sha256 = folder_digest(path, [(one.file.name, one.sha256) for one in files])
        self.report.inputs = self._plan.inputs


def _further_down(log: ProblemLog, lines: int) -> ProblemLog:
    """Problems of a range, with the numbers of lines in their file."""
    if not lines or not log.counts:
        return log
    moved = ProblemLog()
    for problem, count in log:
        line = None if problem.line is None else problem.line + lines
        moved.add(problem._replace(line=line), count)
    moved.counts = dict(log.counts)
    return moved
