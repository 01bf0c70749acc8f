"""The command that compares releases: diff."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePath
from typing import Any

import click

from rdfconv.cli.base import main
from rdfconv.cli.exports import condition_help
from rdfconv.diffing import Comparison, Patch, Summary, lines, table
from rdfconv.edges.reader import EdgeTable
from rdfconv.errors import ExitCode
from rdfconv.filters import Filter, parse
from rdfconv.formats import RDF_FORMATS
from rdfconv.output import STDOUT, write_pieces
from rdfconv.release import Release, open_release

TEXT, TSV = "text", "tsv"
FORMATS = (TEXT, TSV, *(fmt.name for fmt in RDF_FORMATS.values() if fmt.quads))
"""What differences are written as; RDF needs named graphs."""
CONDITIONS = ("tf", "target", "organism", "database")
"""The conditions of filters that edges can be chosen by."""
FIRST = 20
"""How many differences are listed for people."""
PATIENCE = 2.0
"""After how many seconds a bar shows how far the reading has got."""


def _conditions(function: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each condition."""
    told = condition_help()
    for name in reversed(CONDITIONS):
        text = told[name]
        decorate = click.option(f"--{name}", metavar="VALUE", help=text[:1].upper() + text[1:])
        function = decorate(function)
    return function


@main.command(
    "diff",
    examples="""
    rdfconv diff /srv/tflink/releases/20261101T090000Z-1f0c2a9b /srv/tflink
    rdfconv diff old new --organism 9606 -o human.tsv
    rdfconv diff old new --format nq -o changes.nq.gz
    rdfconv diff old new --json --exit-code | jq .edges
    """,
)
@click.argument("release_a", metavar="RELEASE_A", type=click.Path(path_type=Path))
@click.argument("release_b", metavar="RELEASE_B", type=click.Path(path_type=Path))
@_conditions
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(FORMATS, case_sensitive=False),
    help="[told by FILE; text]  text: the numbers and the first differences; tsv: a row for each "
    "difference; RDF: the triples to take away and to add, in two named graphs.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default=STDOUT,
    help="'-', which is standard output, if not given; .gz compresses.",
)
@click.option(
    "--first",
    type=click.IntRange(min=0),
    metavar="N",
    default=FIRST,
    show_default=True,
    help="How many differences the text lists.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
@click.option("--exit-code", "tells", is_flag=True, help="Exit with 1 if the releases differ.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors and the differences.")
def diff(
    release_a: Path,
    release_b: Path,
    format_name: str | None,
    output: str,
    first: int,
    as_json: bool,
    tells: bool,
    quiet: bool,
    **conditions: str | None,
) -> int:
    """Compare the edges of two releases and their evidence.

    A release is its own folder, or a releases' folder, which stands for the current one. An edge
    is added, removed, or changed: its databases, methods, references, small-scale flag or modes
    of regulation differ. Which data set reports them (--source) is not compared. Of edges that
    are chosen by their database, only the reports that name it are compared.
    """
    name = _format_of(output, format_name)
    if as_json and output == STDOUT and format_name is not None:
        raise click.UsageError("--json and --format would both write to standard output")
    wanted = parse({key: value for key, value in conditions.items() if value is not None})
    before, after = open_release(release_a), open_release(release_b)
    with ExitStack() as stack:
        with _progress((before, after), wanted, quiet) as on_progress:
            comparison = stack.enter_context(Comparison(before, after, wanted, on_progress))
        summary = comparison.summary()
        if not (as_json and output == STDOUT):
            _write(comparison, summary, name, output, first, quiet)
    if as_json:
        click.echo(json.dumps(summary.as_json(), indent=2))
    return ExitCode.FAILED if tells and summary.edges.differences else ExitCode.DONE


def _write(
    comparison: Comparison, summary: Summary, name: str, output: str, first: int, quiet: bool
) -> None:
    """Writes the differences, and tells on standard error what was written."""
    if name == TEXT:
        pieces = (f"{line}\n".encode() for line in lines(comparison, summary, first))
        write_pieces(output, pieces)
        return
    patch = None if name == TSV else Patch(comparison, RDF_FORMATS[name])
    write_pieces(output, patch.pieces() if patch else table(comparison))
    if quiet:
        return
    edges = summary.edges
    click.echo(
        f"{edges.added:,} edges added, {edges.removed:,} removed, {edges.changed:,} changed, "
        f"{edges.unchanged:,} unchanged",
        err=True,
    )
    if patch and patch.unnamed:
        click.echo(
            f"{patch.unnamed:,} edges have blank nodes: triples with these are left out", err=True
        )


def _format_of(output: str, name: str | None) -> str:
    """The format that is named, or that a file's name tells."""
    if name is not None or output == STDOUT:
        return name or TEXT
    suffixes = {".txt": TEXT, ".tsv": TSV} | {
        suffix: fmt.name for fmt in RDF_FORMATS.values() if fmt.quads for suffix in fmt.suffixes
    }
    suffix = PurePath(output.removesuffix(".gz")).suffix
    if suffix not in suffixes:
        raise click.UsageError(
            f"the name {output!r} does not tell the format; give --format, or one of the suffixes "
            + ", ".join(suffixes)
        )
    return suffixes[suffix]


@contextmanager
def _progress(
    releases: tuple[Release, ...], wanted: Filter, quiet: bool
) -> Iterator[Callable[[int], None]]:
    """A bar by edges read, on a terminal only and if it takes its time."""
    if quiet or not sys.stderr.isatty():
        yield lambda edges: None
        return
    start = time.monotonic()
    read = total = 0
    for release in releases:
        with EdgeTable(release.path) as edges:
            total += edges.count(wanted)
    with ExitStack() as stack:
        bar: Any = None

        def on_progress(edges: int) -> None:
            nonlocal bar, read
            read += edges
            if bar is None and time.monotonic() - start > PATIENCE:
                shown = click.progressbar(length=total, file=sys.stderr, label="reading", width=0)
                bar = stack.enter_context(shown)
            if bar is not None:
                bar.label = "reading  " if read < total else "comparing"
                bar.update(read - bar.pos)

        yield on_progress
