"""The command that writes edges to files: export."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from inspect import cleandoc
from itertools import groupby
from pathlib import Path
from typing import Any

import click
import pyoxigraph

from rdfconv import config
from rdfconv.cli.base import main
from rdfconv.edges.reader import EdgeTable
from rdfconv.exports import (
    EXPORT_FORMATS,
    Ids,
    Tally,
    export,
    export_format_of,
    file_name,
    ids_for,
)
from rdfconv.exports.rdf import from_store
from rdfconv.filters import NAMES, Filter, parse
from rdfconv.output import STDOUT, write_pieces
from rdfconv.release import open_release

_FORMATS = "; ".join(
    f"{', '.join(one.name for one in same)}: {about}"
    for about, same in groupby(EXPORT_FORMATS.values(), key=lambda one: one.about)
)


def condition_help() -> dict[str, str]:
    """What each condition of a filter means, from the one place that says so.

    >>> condition_help()["paper"]
    'PubMed id of a primary paper.'
    """
    told: dict[str, str] = {}
    name = ""
    for line in cleandoc(Filter.__doc__ or "").partition("Attributes:")[2].splitlines():
        found = re.fullmatch(r"    (\w+): (.*)", line)
        if found:
            name = found[1]
            told[name] = found[2]
        elif name and line.strip():
            told[name] += " " + line.strip()
    return {name: text.replace("`", "") for name, text in told.items()}


def _conditions(function: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each condition of a filter."""
    told = condition_help()
    for name in reversed(NAMES):
        option = "--" + name.replace("_", "-")
        metavar = "N" if name == "min_papers" else "VALUE"
        text = told.get(name, "")
        decorate = click.option(option, name, metavar=metavar, help=text[:1].upper() + text[1:])
        function = decorate(function)
    return function


@main.command(
    "export",
    examples="""
    rdfconv export --target Q06945 --scale small -o SOX4_regulators.gmt
    rdfconv export --format gmt --ids entrez --organism 9606 -o human.gmt
    rdfconv export --tf Q06945 --min-papers 2 -o - --format tsv | head
    rdfconv export --database TRRUST -o trrust.ttl.gz --release /srv/tflink
    """,
)
@_conditions
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(list(EXPORT_FORMATS), case_sensitive=False),
    help=f"[told by FILE]  {_FORMATS}.",
)
@click.option(
    "--ids",
    type=click.Choice([one.value for one in Ids], case_sensitive=False),
    help="What stands for proteins in gmt, network and sif: symbols, NCBI gene ids or UniProtKB "
    "accessions.  [default: symbol]",
)
@click.option("--release", metavar="DIR", help="The releases' folder, or one release.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="'-' is standard output; .gz compresses. [a name that tells the filter, in this folder]",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def export_edges(
    format_name: str | None,
    ids: str | None,
    release: str | None,
    output: str | None,
    quiet: bool,
    **conditions: str | None,
) -> None:
    """Write the edges of a release that pass a filter.

    All conditions on evidence have to be met by one report. The bytes are those that the address
    /interactions.SUFFIX of a server gives for the same filter.
    """
    wanted = parse({name: value for name, value in conditions.items() if value is not None})
    if format_name is None and output in (None, STDOUT):
        raise click.UsageError("give --format, or -o FILE with a suffix that tells the format")
    fmt = export_format_of(output or "", format_name)
    kind = ids_for(fmt, ids)
    opened = open_release(Path(config.load({"release": release}).release))
    tally = Tally()
    with EdgeTable(opened.path) as table:
        path = output or file_name(wanted, fmt, table, kind)
        describe = from_store(pyoxigraph.Store.read_only(str(opened.store))) if fmt.is_rdf else None
        pieces = export(table, wanted, fmt, ids=kind, describe=describe, tally=tally)
        shown = sys.stderr.isatty() and not quiet
        write_pieces(path, _watched(pieces, table.count(wanted), tally) if shown else pieces)
    if not quiet:
        for line in tally.lines():
            click.echo(line, err=True)
        if path != STDOUT:
            click.echo(f"written: {path}", err=True)


def _watched(pieces: Iterator[bytes], total: int, tally: Tally) -> Iterator[bytes]:
    """Pieces, with a bar that shows how many edges are written."""
    with click.progressbar(length=total, file=sys.stderr, label="writing", width=0) as bar:
        for piece in pieces:
            yield piece
            bar.update(tally.edges - bar.pos)
