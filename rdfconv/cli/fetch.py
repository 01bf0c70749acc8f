"""The command that fetches TFLink's published files: fetch."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from rdfconv.cli.base import main
from rdfconv.errors import ExitCode, RdfconvError
from rdfconv.fetching.client import checked_base
from rdfconv.fetching.files import ALL, BASE_URL, KINDS, SCALES, TERMS, File, select
from rdfconv.fetching.transfer import Fetched, OnProgress, fetch

_CLEAR_LINE = "\r\033[K"


@main.command(
    "fetch",
    examples="""
    rdfconv fetch 'Danio rerio' --into tflink
    rdfconv fetch 9606 --scale small --kind interactions --kind mitab
    rdfconv fetch Hs Mm --kind gmt --kind binding-sites
    rdfconv fetch all --kind mitab --json | jq '.files[].path'
    rdfconv fetch 7955 --list
    """,
)
@click.argument("organisms", nargs=-1, metavar="ORGANISM...")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(KINDS),
    multiple=True,
    help="What is fetched; may be given several times. binding-sites are the table and the "
    "sequences, gmt is one file for each kind of ids.  [default: interactions]",
)
@click.option(
    "--scale",
    type=click.Choice(list(SCALES)),
    help="The scale of the evidence: both in one file, small or large.  [default: all]",
)
@click.option(
    "--into",
    default="tflink",
    show_default=True,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to save in; made if it is missing.",
)
@click.option(
    "--base-url",
    default=BASE_URL,
    show_default=True,
    metavar="URL",
    help="The folder on the web that has the files.",
)
@click.option("--list", "only_list", is_flag=True, help="Show what there is, fetch nothing.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of each file as JSON.")
def fetch_files(
    organisms: tuple[str, ...],
    kinds: tuple[str, ...],
    scale: str | None,
    into: Path,
    base_url: str,
    only_list: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Fetch the files that TFLink publishes.

    ORGANISM is a scientific name, an NCBI taxonomy id or TFLink's two-letter code, or 'all'.
    What was cut or interrupted goes on where it stopped when the same command is given again; a
    file that is there is fetched again only if TFLink has changed it. A file gets its name when it
    is whole and was found to be what it should be.
    """
    base_url = checked_base(base_url)
    if only_list:
        _list(select(organisms or [ALL], kinds, scale).files, base_url, as_json)
        return ExitCode.DONE
    if not organisms:
        raise click.UsageError("Missing argument 'ORGANISM...'; --list shows what there is.")
    selection = select(organisms, kinds or KINDS[:1], scale or ALL)
    for message in () if quiet else selection.skipped:
        click.echo(f"skipped: {message}", err=True)
    try:
        done, failed = _fetch_all(selection.files, into, base_url, quiet, as_json)
    except KeyboardInterrupt:
        if not quiet:
            click.echo("what came is kept; the same command goes on from there", err=True)
        raise
    if as_json:
        told = {
            "files": [_told(one, base_url) for one in done],
            "failed": failed,
            "skipped": selection.skipped,
            "terms": TERMS,
        }
        click.echo(json.dumps(told, indent=2))
    elif not quiet:
        click.echo(TERMS, err=True)
    return ExitCode.FAILED if failed else ExitCode.DONE


def _fetch_all(
    files: Sequence[File], into: Path, base_url: str, quiet: bool, as_json: bool
) -> tuple[list[Fetched], list[dict[str, str]]]:
    """Fetches file after file; one that cannot be had keeps none of the others back."""
    done: list[Fetched] = []
    failed: list[dict[str, str]] = []
    shown = sys.stderr.isatty() and not quiet

    def trouble(message: str) -> None:
        if not quiet:
            click.echo(f"{_CLEAR_LINE if shown else ''}{message}", err=True)

    for file in files:
        try:
            with _progress(file, shown) as on_progress:
                one = fetch(file, into, base_url, on_progress=on_progress, on_trouble=trouble)
        except RdfconvError as error:
            click.echo(f"error: {error}", err=True)
            failed.append({"name": file.name, "url": base_url + file.name, "error": str(error)})
            continue
        done.append(one)
        if not quiet and not as_json:
            click.echo(f"{one.path}: {one.bytes:,} bytes, {one.state}", err=True)
    return done, failed


@contextmanager
def _progress(file: File, shown: bool) -> Iterator[OnProgress]:
    """A progress bar by bytes, on a terminal only."""
    if not shown:
        yield lambda done, size: None
        return
    label = file.name.removeprefix("TFLink_")
    with ExitStack() as stack:
        bar: Any = None  # shown when the first byte comes

        def on_progress(done: int, size: int | None) -> None:
            nonlocal bar
            if bar is None:
                made = click.progressbar(length=1, file=sys.stderr, label=label, width=0)
                bar = stack.enter_context(made)
            bar.length = size or done + 1
            bar.update(done - bar.pos)

        yield on_progress


def _list(files: Sequence[File], base_url: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_named(file, base_url) for file in files], indent=2))
        return
    for file in files:
        click.echo(f"{file.organism.code}  {file.kind:13}  {file.scale:5}  {file.name}")


def _named(file: File, base_url: str) -> dict[str, str | int]:
    """What a file is, for JSON."""
    return {
        "name": file.name,
        "url": base_url + file.name,
        "organism": file.organism.name,
        "taxon": file.organism.taxon,
        "kind": file.kind,
        "scale": file.scale,
    }


def _told(one: Fetched, base_url: str) -> dict[str, str | int]:
    """What came of a file, for JSON."""
    return _named(one.file, base_url) | {
        "path": str(one.path),
        "bytes": one.bytes,
        "received": one.received,
        "state": one.state,
    }
