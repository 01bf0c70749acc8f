"""The command that loads a release into another store: publish."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from rdfconv import config
from rdfconv.cli.base import main
from rdfconv.publishing import OnGraph, credentials, left_over, publish, publish_to_virtuoso
from rdfconv.release import open_release

_CLEAR_LINE = "\r\033[K"
_STEP = 0.2


@main.command(
    "publish",
    examples="""
    rdfconv publish --to http://127.0.0.1:7878/store --endpoint http://127.0.0.1:7878/query
    RDFCONV_PUBLISH_PASSWORD=... rdfconv publish --to https://db.example/store --user me
    rdfconv publish --virtuoso 127.0.0.1:1111 --folder /var/spool/tflink
    """,
)
@click.option("--release", metavar="DIR", help="The releases' folder, or one release.")
@click.option(
    "--to", "url", metavar="URL", help="Where a store takes graphs: Graph Store Protocol."
)
@click.option("--endpoint", metavar="URL", help="Where it answers queries; to count afterwards.")
@click.option("--user", default="", metavar="NAME", help="Who publishes.")
@click.option(
    "--virtuoso", metavar="HOST:PORT", help="A Virtuoso's SQL, to load by its own loader."
)
@click.option(
    "--folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --virtuoso: a folder that it may read, for the files.",
)
@click.option("--quiet", is_flag=True, help="Tell nothing but errors.")
def publish_(
    release: str | None,
    url: str | None,
    endpoint: str | None,
    user: str,
    virtuoso: str | None,
    folder: Path | None,
    quiet: bool,
) -> None:
    """Load a release into another store, which then serves it (see serve --engine).

    The graphs of the release replace those of the same names there, and its default graph the
    default graph. The password is taken from RDFCONV_PUBLISH_PASSWORD, a token from
    RDFCONV_PUBLISH_TOKEN.
    """
    if (url is None) == (virtuoso is None):
        raise click.UsageError("give --to URL, or --virtuoso HOST:PORT")
    if (virtuoso is None) != (folder is None):
        raise click.UsageError("--virtuoso and --folder go together")
    opened = open_release(Path(config.load({"release": release}).release))

    def say(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    if virtuoso is not None and folder is not None:
        password = os.environ.get("RDFCONV_PUBLISH_PASSWORD", "dba")
        found = publish_to_virtuoso(
            opened, virtuoso, folder, user=user or "dba", password=password, say=say
        )
    else:
        headers = credentials(user, os.environ)
        found = publish(
            opened,
            url or "",
            endpoint=endpoint or "",
            headers=headers,
            on_graph=_progress(quiet),
        )
        if endpoint and (others := left_over(endpoint, headers, found)):
            say(f"graphs of an earlier release are still there; drop them: {', '.join(others)}")
    counted = "counted there" if endpoint or virtuoso else "not counted there: give --endpoint"
    say(f"published {opened.id}: {sum(found.values()):,} triples in {len(found)} graphs, {counted}")


def _progress(quiet: bool) -> OnGraph:
    """Tells how many triples of a graph were sent, where somebody looks."""
    shows = not quiet and sys.stderr.isatty()
    told = 0.0

    def tell(graph: str, triples: int) -> None:
        nonlocal told
        if shows and time.monotonic() >= told + _STEP:
            told = time.monotonic()
            name = graph or "the default graph"
            click.echo(f"{_CLEAR_LINE}{name}: {triples:,} triples ", nl=False, err=True)

    return tell
