"""The commands that read inputs: convert, build, check."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from rdfconv import config
from rdfconv.building import build as run_build
from rdfconv.building import convert as run_convert
from rdfconv.building import refuse_if_strict
from rdfconv.cli.base import INTERRUPTS, main
from rdfconv.cluster import PART_BYTES
from rdfconv.cluster import convert as convert_on_cluster
from rdfconv.entailment import CORE, LEVELS
from rdfconv.errors import ExitCode
from rdfconv.formats import RDF_FORMATS
from rdfconv.output import STDOUT
from rdfconv.pipeline import Conversion
from rdfconv.rdf_input import divided
from rdfconv.readers import DATASET, KINDS, Inputs
from rdfconv.release import KEPT_AT_LEAST, prune
from rdfconv.report import Report
from rdfconv.tasks import Options


def _inputs(function: Callable[..., Any]) -> Callable[..., Any]:
    """The arguments and options of the commands that read inputs."""
    decorators = [
        click.argument("inputs", nargs=-1, required=True, metavar="INPUT..."),
        click.option(
            "--kind", type=click.Choice(KINDS), help="What the inputs are [told by their content]."
        ),
        click.option(
            "--source",
            default=DATASET,
            show_default=True,
            metavar="NAME",
            help="The data set that reports the evidence.",
        ),
        click.option(
            "-j",
            "--jobs",
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            help="How many processes convert.",
        ),
        click.option("--strict", is_flag=True, help="Publish nothing if anything is rejected."),
        click.option(
            "--pages/--no-pages",
            default=True,
            help="Keep the pages as documents, too (formats with named graphs).  [default: pages]",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="Print the report as JSON."),
    ]
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


_entail = click.option(
    "--entail",
    type=click.Choice(LEVELS),
    default=CORE,
    show_default=True,
    help="How much of what the ontology entails is written: nothing, what queries need, or all.",
)


@main.command(
    examples="""
    rdfconv convert q06945.md -o SOX4.ttl
    rdfconv convert pages/ table.tsv.gz -o edges.nt.gz --jobs 2
    rdfconv convert tflink-pages.tar.xz -o - --format nq | head
    rdfconv convert s3://tflink/tables/ -o s3://mine/edges.nt.gz/ --scheduler tcp://host:8786
    """
)
@_inputs
@_entail
@click.option("-o", "--output", required=True, metavar="FILE", help="'-' is standard output.")
@click.option(
    "-f", "--format", "format_name", type=click.Choice(list(RDF_FORMATS)), help="[told by FILE]"
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Convert on a Dask cluster, tcp://HOST:PORT, or on N processes here, local:N; INPUT and "
    "FILE may be URLs then, and FILE is a new folder of parts.",
)
@click.option(
    "--part-bytes",
    type=click.IntRange(min=1),
    default=PART_BYTES,
    show_default=True,
    metavar="BYTES",
    help="With --scheduler: how much input becomes a part.",
)
def convert(
    inputs: tuple[str, ...],
    kind: str | None,
    source: str,
    jobs: int,
    strict: bool,
    pages: bool,
    quiet: bool,
    as_json: bool,
    entail: str,
    output: str,
    format_name: str | None,
    scheduler: str | None,
    part_bytes: int,
) -> int:
    """Convert protein pages, tables and TFLink's other files to one RDF file.

    INPUT is a file, a folder, or a .tar.xz or .tar.gz archive; several may be given. The kind of
    each file is told by its content: a protein page, an interaction table, MITAB, binding sites
    as a table, GFF3 or FASTA, the table of one protein, TRRUST, or UniProt's lists of merged and
    deleted accessions. FILE is compressed if its name ends in .gz.
    """
    if as_json and output == STDOUT:
        raise click.UsageError("--json and -o - would both write to standard output")
    if scheduler is not None:
        if jobs > 1 or output == STDOUT:
            raise click.UsageError("--scheduler goes neither with --jobs nor with -o -")
        with _part_progress(quiet) as on_part:
            report = convert_on_cluster(
                inputs,
                output,
                scheduler=scheduler,
                part_bytes=part_bytes,
                format=format_name,
                source=source,
                kind=kind,
                strict=strict,
                pages=pages,
                entail=entail,
                on_part=on_part,
            )
        _tell(report, quiet, as_json)
        return _code(report)
    with _progress(inputs, quiet) as on_progress:
        report = run_convert(
            inputs,
            output,
            format=format_name,
            jobs=jobs,
            source=source,
            kind=kind,
            strict=strict,
            pages=pages,
            entail=entail,
            on_progress=on_progress,
        )
    _tell(report, quiet, as_json)
    return _code(report)


@main.command(
    examples="""
    rdfconv build tests/data/sample --into output
    rdfconv build tflink-pages.tar.xz --into /srv/tflink --jobs 2 --strict
    rdfconv build mine.ttl others.nq.gz --into /srv/mine --plain
    """
)
@_inputs
@_entail
@click.option(
    "--into", default="output", show_default=True, metavar="DIR", help="The releases' folder."
)
@click.option(
    "--public-url", metavar="URL", help="Where the release will be served, for its description."
)
@click.option(
    "--keep",
    type=click.IntRange(min=KEPT_AT_LEAST),
    metavar="N",
    help="Remove all but the N newest releases and the current one [all stay].",
)
@click.option(
    "--plain", is_flag=True, help="Add neither the ontology nor a description of the data."
)
@click.option(
    "--downloads/--no-downloads",
    default=True,
    help="Write files of the data for download, too; --plain has none.  [default: downloads]",
)
@click.option(
    "--base",
    default="",
    metavar="IRI",
    help="What relative IRIs in RDF files are resolved against [the file's own IRI].",
)
def build(
    inputs: tuple[str, ...],
    kind: str | None,
    source: str,
    jobs: int,
    strict: bool,
    pages: bool,
    quiet: bool,
    as_json: bool,
    entail: str,
    into: str,
    public_url: str | None,
    keep: int | None,
    plain: bool,
    downloads: bool,
    base: str,
) -> int:
    """Build a release: an Oxigraph store with its report, published atomically.

    INPUT is what 'rdfconv convert' takes; several may be given. RDF files, told by their suffix
    (.gz aside), are loaded as they are: triples into the default graph, quads into their own
    graphs. DIR/current is the release that 'rdfconv serve' and 'rdfconv query' use; it changes in
    one step, when the new release is complete.
    """
    # Without files of RDF the indexes are made while the store is loaded.
    files = divided([Path(path) for path in inputs], kind, base)[1]
    gone_through = {"index": bool(files), "downloads": downloads and not plain}
    stages = [one for one in STAGES if gone_through.get(one, True)]
    with _progress(inputs, quiet, stages) as on_progress:
        release, report = run_build(
            inputs,
            into,
            jobs=jobs,
            source=source,
            kind=kind,
            strict=strict,
            pages=pages,
            entail=entail,
            public_url=config.load({"public_url": public_url}).public_url,
            plain=plain,
            base=base,
            downloads=downloads,
            on_progress=on_progress,
        )
    for number in INTERRUPTS:  # the release is published: nothing is left to give up
        signal.signal(number, signal.SIG_IGN)
    _tell(report, quiet, as_json)
    if not quiet:
        click.echo(f"published: {release.path}", err=True)
    removed = prune(Path(into), keep) if keep else []
    if removed and not quiet:
        click.echo(f"removed: {', '.join(removed)}", err=True)
    return _code(report)


@main.command(
    examples="""
    rdfconv check tflink-pages.tar.xz
    rdfconv check table.tsv --json | jq .rejected
    """
)
@_inputs
def check(
    inputs: tuple[str, ...],
    kind: str | None,
    source: str,
    jobs: int,
    strict: bool,
    pages: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Read inputs, report what is wrong with them, write nothing."""
    with _progress(inputs, quiet) as on_progress:
        report = Conversion(
            [Path(path) for path in inputs],
            Options(None, source, kind, jobs, pages),
            lambda count: on_progress("check", count),
        ).run()
    _tell(report, quiet, as_json)
    refuse_if_strict(report, strict)
    return _code(report)


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stage that follows when everything was read.

    Attributes:
        title: what a progress bar calls it.
        share: how long it takes at most, as a part of the time for reading; measured with tables
            of 40,000 to 12 million rows.
    """

    title: str
    share: float


STAGES = {
    "load": _Stage("loading", 0.5),
    "count": _Stage("counting", 0.02),
    "index": _Stage("indexing", 0.4),
    "downloads": _Stage("writing downloads", 0.5),
    "describe": _Stage("describing", 0.06),
}


def _stage_label(stage: str, reading: float, stages: Collection[str] = STAGES) -> str:
    """What a progress bar says of a stage.

    Args:
        stage: one of `STAGES`.
        reading: how many seconds reading took.
        stages: those that are gone through.

    >>> _stage_label("index", 2.0), _stage_label("index", 600.0, ("index", "describe"))
    ('indexing', 'indexing, about 5 minutes left')
    """
    following = list(STAGES)[list(STAGES).index(stage) :]
    left = reading * sum(STAGES[one].share for one in following if one in stages)
    if left < 5:
        return STAGES[stage].title
    number, unit = (round(left / 60), "minute") if left >= 90 else (round(left), "second")
    return f"{STAGES[stage].title}, about {number} {unit}s left"


@contextmanager
def _progress(
    inputs: tuple[str, ...], quiet: bool, stages: Collection[str] = STAGES
) -> Iterator[Callable[[str, int], None]]:
    """A progress bar by bytes read, then the later stages; on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage, count: None
        return
    size = Inputs([Path(path) for path in inputs], None, lambda problem: None).size()
    began = read = time.monotonic()
    with click.progressbar(length=size, file=sys.stderr, label="reading", width=0) as bar:

        def on_progress(stage: str, count: int) -> None:
            nonlocal read
            bar.update(count)
            if stage in stages:
                bar.label = _stage_label(stage, read - began, stages)
            elif stage not in STAGES and bar.pos >= size:
                bar.label = "writing"
            if count:
                read = time.monotonic()
            else:
                bar.render_progress()

        yield on_progress


@contextmanager
def _part_progress(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar by parts; on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, all_parts: None
        return
    with click.progressbar(length=1, file=sys.stderr, label="parts", show_pos=True) as bar:

        def on_part(done: int, all_parts: int) -> None:
            bar.length = all_parts
            bar.update(done - bar.pos)

        yield on_part


def _tell(report: Report, quiet: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    elif not quiet:
        for line in report.lines():
            click.echo(line, err=True)


def _code(report: Report) -> int:
    return ExitCode.REJECTED if report.rejections else ExitCode.DONE
